"""Reports made on a Dask cluster: the same function on workers that share no disk with us.

The notebook and the parameters of a report travel with its job; the data package travels once to
every worker. Pages come back as bytes, and only the coordinator publishes. A worker makes its
reports as this machine would: forked from a warm server of its own, within the same limit and with
the same retries. When a worker is lost, Dask gives its reports to another.
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, ParameterError, RunError
from kumkm_analysis.runner import keys
from kumkm_analysis.runner.jobs import Answer, Job

WAIT_FOR_SCHEDULER = 30.0  # seconds
WAIT_FOR_END = 20.0  # seconds for the workers to end what they are making
TALKATIVE = ("distributed", "distributed.client")  # each has a level of its own


class DaskEngine:
    """Makes reports on the workers of a scheduler; each worker as many as it has threads.

    A context manager: leaving it ends all that still runs on the workers.
    """

    def __init__(self, scheduler: str, data: Path, timeout: float) -> None:
        """Connect and set up the workers.

        Raises :class:`~kumkm_analysis.errors.ParameterError` when the scheduler does not answer,
        or when a worker has other versions installed than this machine.
        """
        try:
            from distributed import Client
            from distributed.comm import get_address_host_port
        except ImportError:
            step = 'Install it, in the checkout, with: pip install ".[dask]"'
            fault = Fault("--engine dask", "no Dask here", "the package 'distributed'", step)
            raise ParameterError(fault) from None
        try:
            get_address_host_port(scheduler)  # a client that was never whole hangs in its end
        except ValueError as error:
            step = "Write it as tcp://host:8786."
            found = f"{scheduler} ({error})"
            raise ParameterError(Fault("--scheduler", found, "an address", step)) from None
        try:
            self._client = Client(scheduler, timeout=WAIT_FOR_SCHEDULER, set_as_default=False)
        except (OSError, ValueError) as error:
            step = "Check the address, and that the scheduler runs: dask scheduler"
            found = f"{scheduler} does not answer ({type(error).__name__})"
            raise ParameterError(Fault("--scheduler", found, "a scheduler", step)) from None
        for logger in TALKATIVE:
            logging.getLogger(logger).setLevel(logging.CRITICAL)  # faults are told by us
        self._bench = f"kumkm-{os.urandom(8).hex()}"
        self._lock = threading.Lock()
        self._results: dict[Any, tuple[Job, Future[Answer]]] = {}
        self._closed = False
        self._lost = False
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
        if not self._connected:
            return []
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return [int(worker["nthreads"]) for worker in workers]

    @property
    def _connected(self) -> bool:
        """Tell whether the scheduler is there; once it was lost, it knows nothing of our run."""
        self._lost = self._lost or self._client.status != "running"
        return not self._lost

    def submit(self, job: Job) -> Future[Answer]:
        """Have a report made by any worker."""
        from kumkm_analysis.runner import cluster_worker

        result: Future[Answer] = Future()
        key = f"report-{os.urandom(8).hex()}"
        try:
            future = self._client.submit(
                cluster_worker.make, self._bench, job, pure=False, retries=0, key=key
            )
            with self._lock:
                self._results[future] = job, result
            future.add_done_callback(self._fetch)
        except Exception as error:  # noqa: BLE001 - a lost cluster is told, not raised
            result.set_result(_no_answer(job, error))
            return result
        if not self._connected:  # Dask would keep it for a scheduler that comes back
            self._settle(future)
        return result

    def close(self) -> None:
        """Cancel what has not been made, end what is being made, let go of the scheduler."""
        if self._closed:
            return
        self._closed = True
        with self._lock:
            running, self._results = self._results, {}
        for future, (_, result) in running.items():
            with suppress(Exception):
                future.cancel()
            result.cancel()
        if self._connected:
            # The lease would see to it once we are gone; but so we know when it is done.
            end = self._client.scheduler.unregister_worker_plugin
            with suppress(Exception):
                self._client.sync(end, name=self._bench, callback_timeout=WAIT_FOR_END)
        self._client.close()

    def _set_up(self, scheduler: str, data: Path, timeout: float) -> None:
        """Give every worker the data and a warm server, and ask each whether it fits."""
        from kumkm_analysis.runner import cluster_worker

        package = {p.name: p.read_bytes() for p in sorted(data.iterdir()) if p.is_file()}
        bench = cluster_worker.Bench(self._bench, package, keys.installed(), timeout)
        with suppress(Exception):  # one without this package leaves them to us
            self._client.register_plugin(cluster_worker.Lease(self._bench, self._client.id))
        try:
            self._client.register_plugin(bench, name=self._bench)
            answers = self._client.run(cluster_worker.faults, self._bench)
        except Exception as error:  # noqa: BLE001 - whatever a worker could not load
            found = f"a worker that cannot be set up ({type(error).__name__}: {error})"[:300]
            fault = Fault(scheduler, found, cluster_worker.SAME, cluster_worker.INSTALL)
            raise ParameterError(fault, "Nothing was run.") from None
        faults = [fault for found in answers.values() for fault in found]
        if faults:
            raise ParameterError(faults, "Nothing was run.")

    def _fetch(self, future: Any) -> None:
        """Fetch what was made; aside, since Dask calls back in one thread for all."""
        threading.Thread(target=self._settle, args=[future], daemon=True).start()

    def _settle(self, future: Any) -> None:
        """Pass on what became of a report."""
        try:
            if not self._connected:
                raise ConnectionError("the scheduler is gone")
            answer = future.result()
        except (Exception, CancelledError) as error:  # noqa: BLE001 - told, not raised
            answer = error
        with self._lock:
            job, result = self._results.pop(future, (None, None))
        if job is not None and result is not None:  # None when it was cancelled
            result.set_result(answer if isinstance(answer, Answer) else _no_answer(job, answer))


def _no_answer(job: Job, error: BaseException) -> Answer:
    found = f"{type(error).__name__}: {error}"[:300]
    step = "Look at the logs of the workers; run again to make what is missing."
    fault = Fault(job.report.name, found, "a worker that makes the report", step)
    return Answer(error=RunError(fault), lost=True)
