"""Reports made on a Dask cluster: the same function on workers that share no disk with us.

The notebook, its parameters and inputs travel with each job; the data package travels once to every
worker, in a plugin that sets up an engine there as on this machine: the same limit, the same
retries. Pages come back as bytes, and only the coordinator publishes. When a worker is lost, Dask
gives its reports to another; when the run's client has gone, however that came about, a plugin of
the scheduler takes away what the run set up.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from kumkm_analysis.dataset import request
from kumkm_analysis.errors import Fault, ParameterError, RunError
from kumkm_analysis.runner import keys
from kumkm_analysis.runner.engines import LocalEngine
from kumkm_analysis.runner.jobs import Answer, Job
from kumkm_analysis.runner.pool import no_room

try:
    from distributed import Client, SchedulerPlugin, WorkerPlugin, get_worker
    from distributed.comm import get_address_host_port
except ImportError:  # told when an engine is asked for
    Client, SchedulerPlugin, WorkerPlugin = None, object, object

WAIT_FOR_SCHEDULER = 30.0  # seconds
WAIT_FOR_END = 20.0  # seconds for the workers to end what they are making
TALKATIVE = ("distributed", "distributed.client")  # each has a level of its own
SAME = "what the command runs with, or a page is not what its key says"
INSTALL = "Install the same version of kumkm-analysis, of its libraries and of Python there."
GONE = "the scheduler is gone"
SHOWN = 3  # so many differences are named, the others counted


class DaskEngine:
    """Makes reports on the workers of a scheduler; each worker as many as it has threads.

    A context manager: leaving it ends all that still runs on the workers.
    """

    def __init__(self, scheduler: str, data: Path, timeout: float) -> None:
        """Connect and set up the workers.

        Raises :class:`~kumkm_analysis.errors.ParameterError` when the scheduler does not answer,
        or when a worker has other versions installed than this machine.
        """
        self._client = _connected(scheduler)
        for logger in TALKATIVE:
            logging.getLogger(logger).setLevel(logging.CRITICAL)  # faults are told by us
        self._executor = self._client.get_executor(pure=False, retries=0)
        self._bench = f"kumkm-{os.urandom(8).hex()}"
        self._pending: dict[Future[Answer], Future[Answer]] = {}  # ours, and that of Dask
        self._closed = self._lost = False
        self._jobs = 1
        try:
            self._set_up(scheduler, data, timeout)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> DaskEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def jobs(self) -> int:
        """The number of reports that the workers make at a time; workers may come and go."""
        with suppress(OSError):  # it is about to be gone
            self._jobs = max(1, sum(self._threads()))
        return self._jobs

    @property
    def workers(self) -> int:
        """The number of workers that are there."""
        return len(self._threads())

    def _threads(self) -> list[int]:
        """Return the number of threads of each worker."""
        if not self._there:
            return []
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return [int(worker["nthreads"]) for worker in workers]

    @property
    def _there(self) -> bool:
        """Tell whether the scheduler is there; once it was lost, it knows nothing of our run."""
        self._lost = self._lost or self._client.status != "running"
        return not self._lost

    def submit(self, job: Job) -> Future[Answer]:
        """Have a report made by any worker."""
        result: Future[Answer] = Future()
        try:
            if not self._there:  # Dask would keep it for a scheduler that comes back
                raise ConnectionError(GONE)
            asked = self._executor.submit(make, self._bench, job)
        except Exception as error:  # noqa: BLE001 - a lost cluster is told, not raised
            result.set_result(_no_answer(job, error))
            return result
        self._pending[result] = asked
        asked.add_done_callback(lambda done: self._settle(job, result, done))
        return result

    def close(self) -> None:
        """Cancel what has not been made, end what is being made, let go of the scheduler."""
        if self._closed:
            return
        self._closed = True
        for result, asked in list(self._pending.items()):
            result.cancel()
            asked.cancel()
        if self._there:
            # The lease would see to it once we are gone; but so we know when it is done.
            end = self._client.scheduler.unregister_worker_plugin
            with suppress(Exception):
                self._client.sync(end, name=self._bench, callback_timeout=WAIT_FOR_END)
        self._client.close()

    def _set_up(self, scheduler: str, data: Path, timeout: float) -> None:
        """Give every worker the data and an engine, and ask each whether it fits."""
        files = request.data_files(data)
        package = {name: (data / name).read_bytes() for name in files if (data / name).is_file()}
        bench = Bench(self._bench, package, keys.installed(), timeout)
        with suppress(Exception):  # one without this package leaves them to us
            self._client.register_plugin(Lease(self._bench, self._client.id))
        try:
            self._client.register_plugin(bench, name=self._bench)
            answers = self._client.run(faults, self._bench)
        except Exception as error:  # noqa: BLE001 - whatever a worker could not load
            found = f"a worker that cannot be set up ({type(error).__name__}: {error})"[:300]
            raise ParameterError(
                Fault(scheduler, found, SAME, INSTALL), "Nothing was run."
            ) from None
        if told := [fault for found in answers.values() for fault in found]:
            raise ParameterError(told, "Nothing was run.")

    def _settle(self, job: Job, result: Future[Answer], asked: Future[Answer]) -> None:
        """Pass on what became of a report, unless nobody waits for it any more."""
        self._pending.pop(result, None)
        if not result.set_running_or_notify_cancel():
            return
        try:
            answer = asked.result()
        except (Exception, CancelledError) as error:  # noqa: BLE001 - told, not raised
            answer = _no_answer(job, error if self._there else ConnectionError(GONE))
        result.set_result(answer)


class Bench(WorkerPlugin):  # type: ignore[misc] # distributed is not typed
    """What a run sets up in every worker, those that join later too: the data, and an engine.

    ``package`` holds the files of the data by name; ``installed`` is what the coordinator's
    reports depend on beside them (:func:`kumkm_analysis.runner.keys.installed`).
    """

    def __init__(
        self, name: str, package: Mapping[str, bytes], installed: Mapping[str, str], timeout: float
    ) -> None:
        self.name = name
        self.package = package
        self.installed = installed
        self.timeout = timeout
        self.faults: list[Fault] = []
        self._engine: LocalEngine | None = None

    async def setup(self, worker: Any) -> None:
        """Compare what is installed, write the data down, and start to warm up."""
        await asyncio.to_thread(self._set_up, worker.address, worker.state.nthreads)

    async def teardown(self, worker: Any) -> None:
        """End what still runs, and take everything away."""
        if self._engine is not None:
            await asyncio.to_thread(self._engine.close)

    def make(self, job: Job, address: str) -> Answer:
        """Make one report."""
        # Of a user's notebook all that is installed is an ingredient; so it is compared here.
        wanted = {n: v for n, v in job.ingredients.items() if n == keys.ENVIRONMENT}
        found = {name: keys.environment() for name in wanted}
        told = self.faults or _different(address, wanted, found)
        if self._engine is None or told:
            return Answer(error=RunError(told))
        return self._engine.make(job)

    def _set_up(self, address: str, threads: int) -> None:
        self.faults = _different(address, self.installed, keys.installed())
        if self.faults:
            return
        try:
            self._engine = LocalEngine(Path(), threads, self.timeout, package=self.package)
        except OSError as error:
            told = no_room(f"worker {address}", error).error
            self.faults = [] if told is None else list(told.faults)


class Lease(SchedulerPlugin):  # type: ignore[misc] # distributed is not typed
    """Takes the benches of a run away when its client leaves the scheduler."""

    def __init__(self, bench: str, client: str) -> None:
        self.name = f"lease-{bench}"
        self._bench = bench
        self._client = client
        self._ending: asyncio.Task[object] | None = None  # kept, or it may be collected

    def remove_client(self, scheduler: Any, client: str) -> None:
        """Take note of a client that has gone."""
        if client == self._client:
            scheduler.remove_plugin(self.name)
            if self._bench in scheduler.worker_plugins:
                ending = scheduler.unregister_worker_plugin(None, self._bench)
                self._ending = asyncio.ensure_future(ending)


def make(bench: str, job: Job) -> Answer:
    """Make one report on the worker that this runs on."""
    worker = get_worker()
    found = worker.plugins.get(bench)
    if not isinstance(found, Bench):
        step = "Run again; should it stay, look at the logs of the workers."
        place = f"worker {worker.address}"
        fault = Fault(place, "nothing of this run", "what a run sets up in every worker", step)
        return Answer(error=RunError(fault), lost=True)
    return found.make(job, worker.address)


def faults(bench: str, dask_worker: Any) -> list[Fault]:
    """Return why a worker cannot make the reports of a run; nothing when it can."""
    return list(dask_worker.plugins[bench].faults)


def _connected(scheduler: str) -> Any:
    """Return a client of a scheduler."""
    if Client is None:
        step = 'Install it, in the checkout, with: pip install ".[dask]"'
        fault = Fault("--engine dask", "no Dask here", "the package 'distributed'", step)
        raise ParameterError(fault)
    try:
        get_address_host_port(scheduler)  # a client that was never whole hangs in its end
    except ValueError as error:
        step = "Write it as tcp://host:8786."
        found = f"{scheduler} ({error})"
        raise ParameterError(Fault("--scheduler", found, "an address", step)) from None
    try:
        return Client(scheduler, timeout=WAIT_FOR_SCHEDULER, set_as_default=False)
    except (OSError, ValueError) as error:
        step = "Check the address, and that the scheduler runs: dask scheduler"
        found = f"{scheduler} does not answer ({type(error).__name__})"
        raise ParameterError(Fault("--scheduler", found, "a scheduler", step)) from None


def _no_answer(job: Job, error: BaseException) -> Answer:
    found = f"{type(error).__name__}: {error}"[:300]
    step = "Look at the logs of the workers; run again to make what is missing."
    fault = Fault(job.report.name, found, "a worker that makes the report", step)
    return Answer(error=RunError(fault), lost=True)


def _different(address: str, wanted: Mapping[str, str], found: Mapping[str, str]) -> list[Fault]:
    """Return a fault when a worker has other things installed than the coordinator."""
    other = keys.differences(wanted, found)
    if not other:
        return []
    more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
    return [Fault(f"worker {address}", "; ".join(other[:SHOWN]) + more, SAME, INSTALL)]
