"""Reports made on a Dask cluster: the same function on workers that share no disk with us.

The notebook and the parameters of a report travel with its job; the data package travels once to
every worker. Pages come back as bytes, and only the coordinator publishes. A worker makes its
reports as this machine would: forked from a warm server of its own, within the same limit and with
the same retries. When a worker is lost, Dask gives its reports to another.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, ParameterError, RunError
from kumkm_analysis.runner.engines import LocalEngine
from kumkm_analysis.runner.jobs import Answer, Job

WAIT_FOR_SCHEDULER = 30.0  # seconds
LOST_WORKERS = 2  # how often a report is given to another worker when its own was lost

_lock = threading.Lock()
_engines: dict[str, LocalEngine] = {}  # on a worker: by the data that its reports are made from


class DaskEngine:
    """Makes reports on the workers of a scheduler; each worker as many as it has threads."""

    def __init__(self, scheduler: str, data: Path, timeout: float) -> None:
        """Connect; raises :class:`~kumkm_analysis.errors.ParameterError` when that fails."""
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
        self._timeout = timeout
        package = {p.name: p.read_bytes() for p in sorted(data.iterdir()) if p.is_file()}
        self._data = self._client.scatter(package, broadcast=True, hash=True)
        self._results: dict[Any, Future[Answer]] = {}

    def __enter__(self) -> DaskEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def jobs(self) -> int:
        """The number of reports that the workers make at a time; workers may come and go."""
        threads = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return max(1, sum(int(worker["nthreads"]) for worker in threads))

    def submit(self, job: Job) -> Future[Answer]:
        """Have a report made by any worker."""
        result: Future[Answer] = Future()
        future = self._client.submit(
            make,
            job,
            self._data,
            self._timeout,
            pure=False,
            retries=0,
            key=f"report-{os.urandom(8).hex()}",
        )
        self._results[future] = result

        def settle(done: Any) -> None:
            self._results.pop(done, None)
            if not result.done():
                result.set_result(self._answer(job, done))

        future.add_done_callback(settle)
        return result

    def close(self) -> None:
        """Cancel what has not been made and let go of the scheduler."""
        for future, result in list(self._results.items()):
            future.cancel()
            result.cancel()
        self._client.close()

    @staticmethod
    def _answer(job: Job, done: Any) -> Answer:
        try:
            answer = done.result(timeout=60)
        except Exception as error:  # noqa: BLE001 - a lost cluster is told, not raised
            found = f"{type(error).__name__}: {error}"[:300]
            step = "Look at the logs of the workers; run again to make what is missing."
            expected = "a worker that makes the report"
            return Answer(error=RunError(Fault(job.report.name, found, expected, step)), lost=True)
        return answer if isinstance(answer, Answer) else Answer(lost=True)


def make(job: Job, package: Mapping[str, bytes], timeout: float) -> Answer:
    """Make one report on a worker."""
    return _engine(package, timeout).make(job)


def _engine(package: Mapping[str, bytes], timeout: float) -> LocalEngine:
    """Return the engine of this worker for a data package, which is written down only once."""
    digest = hashlib.sha256()
    for name, content in sorted(package.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    key = digest.hexdigest()
    with _lock:
        if key not in _engines:
            folder = Path(tempfile.mkdtemp(prefix="kumkm-data-"))
            for name, content in package.items():
                (folder / name).write_bytes(content)
            _engines[key] = LocalEngine(folder, jobs=1, timeout=timeout)
        engine = _engines[key]
        engine.timeout = timeout
        return engine
