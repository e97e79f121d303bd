"""Reports made on a Dask cluster: the same function on workers that share no disk with us.

The notebook and the parameters of a report travel with its job; the data package travels once to
every worker. Pages come back as bytes, and only the coordinator publishes. A worker makes its
reports as this machine would: forked from a warm server of its own, within the same limit and with
the same retries. When a worker is lost, Dask gives its reports to another.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, ParameterError, RunError
from kumkm_analysis.runner import keys
from kumkm_analysis.runner.jobs import Answer, Job

WAIT_FOR_SCHEDULER = 30.0  # seconds
WAIT_FOR_ANSWER = 60.0  # seconds for a finished page to arrive
WAIT_FOR_END = 20.0  # seconds for the workers to end what they are making


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
        except ImportError:
            step = 'Install it with: pip install "kumkm-analysis[dask]"'
            fault = Fault("--engine dask", "no Dask here", "the package distributed", step)
            raise ParameterError(fault) from None
        if not scheduler:
            step = "Name it, such as --scheduler tcp://host:8786."
            raise ParameterError(Fault("--scheduler", "none", "the address of a scheduler", step))
        try:
            self._client = Client(scheduler, timeout=WAIT_FOR_SCHEDULER, set_as_default=False)
        except (OSError, ValueError) as error:
            step = "Check the address, and that the scheduler runs: dask scheduler"
            found = f"{scheduler} does not answer ({type(error).__name__})"
            raise ParameterError(Fault("--scheduler", found, "a scheduler", step)) from None
        self._bench = f"kumkm-{os.urandom(8).hex()}"
        self._lock = threading.Lock()
        self._results: dict[Any, tuple[Job, Future[Answer]]] = {}
        self._closed = False
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
        with suppress(Exception):  # a scheduler that is gone has no number; what it had ends
            threads = self._client.scheduler_info(n_workers=-1)["workers"].values()
            self._jobs = max(1, sum(int(worker["nthreads"]) for worker in threads))
        return self._jobs

    def submit(self, job: Job) -> Future[Answer]:
        """Have a report made by any worker."""
        from kumkm_analysis.runner import cluster_worker

        result: Future[Answer] = Future()
        key = f"report-{os.urandom(8).hex()}"
        try:
            future = self._client.submit(
                cluster_worker.make, self._bench, job, pure=False, retries=0, key=key
            )
        except Exception as error:  # noqa: BLE001 - a lost cluster is told, not raised
            result.set_result(_lost(job, error))
            return result
        with self._lock:
            self._results[future] = job, result
        future.add_done_callback(self._settle)
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
        if self._client.status == "running":
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

    def _settle(self, future: Any) -> None:
        """Pass on what became of a report."""
        with self._lock:
            job, result = self._results.pop(future, (None, None))
        if job is None or result is None:  # it was cancelled
            return
        try:
            answer = future.result(timeout=WAIT_FOR_ANSWER)
        except Exception as error:  # noqa: BLE001 - a lost cluster is told, not raised
            answer = _lost(job, error)
        result.set_result(answer)


def _lost(job: Job, error: Exception) -> Answer:
    found = f"{type(error).__name__}: {error}"[:300]
    step = "Look at the logs of the workers; run again to make what is missing."
    fault = Fault(job.report.name, found, "a worker that makes the report", step)
    return Answer(error=RunError(fault), lost=True)
