"""Where reports are made: on this machine, by a helper process (see :mod:`.pool`).

An engine takes jobs and gives back futures. The helper holds the limit on a report's time and
retries what was lost; a helper that is lost itself is replaced, and its reports are made again.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kumkm_analysis import paths
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import begin, pool
from kumkm_analysis.runner.jobs import Answer, Job, system_faults

TIMEOUT = 600.0  # seconds for a whole report
LAST_WAIT = 10.0  # seconds for the helper to end what it makes
LONGEST_TEMP = 40  # bytes of a temporary folder that leaves room for the paths of sockets
HELPER = pool.__name__


@dataclass
class _Asked:
    """A report that was asked for."""

    job: Job
    left: float  # seconds of its time
    begun: float | None = None
    attempts: int = 0
    told: object = None  # the helper that has heard of it
    future: Future[Answer] = field(default_factory=Future)


class LocalEngine:
    """Makes reports on this machine. A context manager: leaving it ends all that still runs.

    ``kernel_start`` is "warm" or "ordinary". A user's own notebook
    runs in its own folder. ``package`` is what a data package holds that came from elsewhere; with
    it every notebook runs in a private folder, with what travelled with it. ``home`` is the folder
    in which everything is made.
    """

    def __init__(
        self,
        data: Path,
        jobs: int,
        timeout: float = TIMEOUT,
        kernel_start: str = "warm",
        package: Mapping[str, bytes] | None = None,
    ) -> None:
        if faults := system_faults():
            raise ParameterError(faults)
        self.data = data.resolve()  # reports are made elsewhere
        self.jobs = max(1, jobs)
        self.timeout = timeout
        self.kernel_start = kernel_start
        self.home = Path(tempfile.mkdtemp(prefix="kumkm-", dir=_short_temp()))
        self._package = package
        self._lock = threading.RLock()
        self._sending = threading.Lock()
        self._pending: dict[int, _Asked] = {}
        self._count = 0
        self._closed = False
        try:
            if package is not None:
                self.data = self.home / "data"
                self.data.mkdir()
                for name, content in package.items():
                    (self.data / name).parent.mkdir(parents=True, exist_ok=True)
                    (self.data / name).write_bytes(content)
            self._start()
        except OSError:
            shutil.rmtree(self.home, ignore_errors=True)
            raise

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, job: Job) -> Future[Answer]:
        """Have a report made as soon as there is room for it."""
        with self._lock:
            self._count += 1
            number, asked = self._count, _Asked(job, self.timeout)
            self._pending[number] = asked
        self._send(number, asked)
        return asked.future

    def make(self, job: Job) -> Answer:
        """Make one report; blocks until it is made, failed, or its time is over."""
        return self.submit(job).result()

    def close(self) -> None:
        """End everything that still runs, and take away what it left."""
        with self._lock:
            self._closed = True
        self._end()
        self._listener.join()
        for asked in self._pending.values():
            if not asked.future.cancel():
                _settle(asked, pool.lost(asked.job, "the run ended"))
        self._pending.clear()
        shutil.rmtree(self.home, ignore_errors=True)

    def _start(self) -> None:
        """Start the helper."""
        self._ready = False
        self._control, theirs = multiprocessing.Pipe()
        words = [self.home, self.jobs, int(self.kernel_start == "warm"), theirs.fileno()]
        added = {**begin.environment(), paths.DATA_VARIABLE: str(self.data)}
        with theirs, (self.home / "helper.log").open("ab") as log:
            self._helper = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", HELPER, *map(str, words)],
                pass_fds=[theirs.fileno()],
                env={**os.environ, **added},
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we end it
            )
        self._listener = threading.Thread(target=self._listen, args=[self._control], daemon=True)
        self._listener.start()

    def _send(self, number: int, asked: _Asked) -> None:
        folder = None
        if self._package is None and not asked.job.report.shipped:
            # Where a link lies, not where it leads: that is where its user keeps what it reads.
            folder = Path(os.path.abspath(asked.job.report.path)).parent  # noqa: PTH100
        order = number, asked.job, folder, self.timeout, asked.left, asked.attempts
        with self._sending, suppress(OSError):  # when a helper was lost another is asked
            if asked.told is not self._helper:
                asked.told = self._helper
                self._control.send(order)

    def _listen(self, control: Any) -> None:
        """Pass on what the helper says until it ends; then replace it."""
        with suppress(EOFError, OSError):
            while True:
                number, answer = control.recv()
                self._ready = True
                with self._lock:
                    asked = self._pending.get(number)
                    if asked is not None and answer is not None:
                        del self._pending[number]
                        _settle(asked, answer)
                    elif asked is not None:
                        asked.begun = asked.begun or time.monotonic()
                        if not (asked.future.running() or asked.future.cancelled()):
                            asked.future.set_running_or_notify_cancel()
        with self._lock:
            if not self._closed:
                self._replace()

    def _replace(self) -> None:
        """Start another helper, and have it make what the lost one had not."""
        self._helper.kill()
        self._helper.wait()
        now = time.monotonic()
        for number, asked in list(self._pending.items()):
            if asked.begun is not None or not self._ready:
                asked.attempts += 1
            asked.left -= now - (asked.begun or now)
            asked.begun = None
            if asked.attempts >= pool.ATTEMPTS or asked.left <= 0:
                del self._pending[number]
                answer = pool.lost(asked.job, "the process that made it ended")
                if asked.left <= 0:
                    answer = pool.timed_out(asked.job, self.timeout)
                _settle(asked, answer)
        if not self._ready:
            self.kernel_start = "ordinary"  # what it loads beforehand may be what ends it
        try:
            self.home.mkdir(exist_ok=True)
            self._start()
        except OSError as error:
            for asked in self._pending.values():
                _settle(asked, pool.no_room(f"temporary folder {self.home}", error))
            self._pending.clear()
            return
        for number, asked in self._pending.items():
            self._send(number, asked)

    def _end(self) -> None:
        """Have the helper end with all that it makes; warming up it makes and hears nothing."""
        if not self._ready:
            self._helper.kill()
        with self._sending, suppress(OSError):
            self._control.send(None)
        try:
            self._helper.wait(LAST_WAIT)
        except subprocess.TimeoutExpired:
            self._helper.kill()
            self._helper.wait()


def _settle(asked: _Asked, answer: Answer) -> None:
    with suppress(InvalidStateError):  # it was cancelled
        asked.future.set_result(answer)


def _short_temp() -> str:
    """Return a folder for temporary files whose path leaves room for the paths of sockets."""
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) <= LONGEST_TEMP or not os.access("/tmp", os.W_OK):  # noqa: S108
        return usual
    return "/tmp"  # noqa: S108
