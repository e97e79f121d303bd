"""Where reports are made: on this machine, by workers forked from a warm server or started afresh.

An engine makes one job after another in as many threads as it is asked from; a thread only waits.
The limit on a report's time and the retries are here, outside of whatever makes the report.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner import homes
from kumkm_analysis.runner.calls import Call, FreshCall, WarmServer
from kumkm_analysis.runner.jobs import Answer, Job, Task

ATTEMPTS = 3  # a fault of the machinery is retried twice
TIMEOUT = 600.0  # seconds for a whole report


class LocalEngine:
    """Makes reports on this machine. A context manager: leaving it ends all that still runs.

    ``kernel_start`` is "warm", where the system allows it, or "ordinary". ``home`` is a folder of
    its own, which it takes away in the end; by default a new one. A notebook can take it away
    before: then there is another one, in which ``furnish`` lays the data and tells where, if they
    were in the first.
    """

    def __init__(
        self,
        data: Path,
        jobs: int,
        timeout: float = TIMEOUT,
        kernel_start: str = "warm",
        home: homes.Home | None = None,
        furnish: Callable[[homes.Home], Path] | None = None,
    ) -> None:
        self.data = data.resolve()  # workers stand elsewhere
        self.jobs = max(1, jobs)
        self.timeout = timeout
        self.kernel_start = kernel_start if hasattr(os, "fork") else "ordinary"
        self._home = home or homes.make()
        self._furnish = furnish
        self._server: WarmServer | None = None
        self._lock = threading.Lock()
        self._running: set[Callable[[], None]] = set()
        self._closed = False
        self._pool = ThreadPoolExecutor(self.jobs, thread_name_prefix="report")
        if self.kernel_start == "warm":
            self._server = WarmServer(data, self._home)

    @property
    def home(self) -> Path:
        """The folder in which everything is made."""
        return self._home.path

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, job: Job) -> Future[Answer]:
        """Have a report made as soon as there is room for it."""
        return self._pool.submit(self.make, job)

    def make(self, job: Job) -> Answer:
        """Make one report; blocks until it is made, failed, or its time is over."""
        begun = time.monotonic()
        limit = _Limit(self.timeout)
        answer = self._attempt(job, limit)
        for attempt in range(2, ATTEMPTS + 1):
            if not answer.lost or self._closed:
                break
            answer = replace(self._attempt(job, limit), attempts=attempt)
        return replace(answer, seconds=time.monotonic() - begun)

    def close(self) -> None:
        """End everything that still runs, and take away what it left."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        for end in list(self._running):
            end()
        if self._server is not None:
            self._server.close()
        self._pool.shutdown(wait=True)
        if self._server is not None:
            self._server.close()  # it may be one that took the place of a lost one meanwhile
        self._home.remove()

    def _attempt(self, job: Job, limit: _Limit) -> Answer:
        """Make one report once, in a private folder and a process group of its own."""
        try:
            self._settle()
            private = Path(tempfile.mkdtemp(prefix="r-", dir=self.home))
        except OSError as error:
            step = "Make room there, or set TMPDIR to a folder that can be written."
            found = error.strerror or type(error).__name__
            fault = Fault(f"temporary folder {self.home}", found, "room to work in", step)
            return Answer(error=RunError(fault), lost=not self.home.is_dir())
        try:
            task = Task(job, private, _stand(job, private), self.data)
            server = self._warm_server()
            call = FreshCall(task) if server is None else server.call(task)
            answer = self._wait(job, call, limit)
            if answer.product is None and not private.is_dir():  # another one took it away
                answer = replace(answer, lost=not answer.timed_out)
            return answer
        except OSError as error:
            return _lost(job, error.strerror or type(error).__name__)
        finally:
            shutil.rmtree(private, ignore_errors=True)

    def _settle(self) -> None:
        """See to a home: where a notebook has taken it away, make another, with a server in it.

        The server of the first one goes when the reports that it still makes have ended.
        """
        with self._lock:
            if self._closed or self.home.is_dir():
                return
            fresh, server = homes.make(), None
            try:
                if self._furnish is not None:
                    self.data = self._furnish(fresh)
                if self._server is not None:
                    server = WarmServer(self.data, fresh)
            except OSError:
                fresh.remove()
                raise
            if self._server is not None:
                self._server.retire()
            self._home.remove()
            self._home, self._server = fresh, server

    def _wait(self, job: Job, call: Call, limit: _Limit) -> Answer:
        """Wait for the answer of a worker, not longer than the limit."""
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            call.end()

        self._running.add(call.end)
        answer: object | None = None
        try:
            if self._closed:
                call.end()
            if call.begun():
                with limit.running(expire):
                    answer = call.answer()
        finally:
            self._running.discard(call.end)
            call.close()
        if isinstance(answer, Answer):
            return answer
        if expired.is_set():
            return _timed_out(job, self.timeout)
        return _lost(job, "the process that made it ended")

    def _warm_server(self) -> WarmServer | None:
        """Return the warm server, a new one when it was lost; None where it cannot be had."""
        with self._lock:
            if self._server is None or self._closed:
                return self._server
            if not self._server.fit():
                fresh = WarmServer(self.data, self._home) if self._server.was_fit else None
                self._server.close()
                self._server = fresh if fresh is not None and fresh.fit() else None
            return self._server


class _Limit:
    """The time of a report: what its attempts take together, without the start of a server."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    @contextmanager
    def running(self, expire: Callable[[], None]) -> Iterator[None]:
        """Have the time run, and ``expire`` called when it is over."""
        begun = time.monotonic()
        timer = threading.Timer(max(0.0, self._left), expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._left -= time.monotonic() - begun


def _stand(job: Job, private: Path) -> Path:
    """Return the working directory of a job's kernel: a user's own notebook has its own folder.

    Where its inputs travelled, they are laid into a private one.
    """
    if job.report.shipped:
        return private
    if not job.inputs:
        return job.report.path.parent
    stand = private / "inputs"
    for name, content in job.inputs.items():
        (stand / name).parent.mkdir(parents=True, exist_ok=True)
        (stand / name).write_bytes(content)
    return stand


def _lost(job: Job, found: str) -> Answer:
    fault = Fault(job.report.name, found, "a report that is made to the end")
    return Answer(error=RunError(fault), lost=True)


def _timed_out(job: Job, timeout: float) -> Answer:
    step = "Allow more with --timeout SECONDS, or look for what takes so long."
    fault = Fault(job.report.name, f"no end after {timeout:g} s", "a report within its time", step)
    return Answer(error=RunError(fault), timed_out=True)
