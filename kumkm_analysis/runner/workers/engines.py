"""Where reports are made: on this machine, by workers forked from a warm server or started afresh.

An engine makes one job after another in as many threads as it is asked from; a thread only waits.
The limit on a report's time and the retries are here, outside of whatever makes the report.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner.kernel import kernels
from kumkm_analysis.runner.planning.jobs import Answer, Job, Task
from kumkm_analysis.runner.workers import homes, orphans, warm, worker

ATTEMPTS = 3  # a fault of the machinery is retried twice
TIMEOUT = 600.0  # seconds for a whole report
WARM_START = 600.0  # seconds; a large dataset with many contradictions takes its time
FORKED = 30.0  # seconds after which a server that forks nothing is taken for lost


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
        self._server: _WarmServer | None = None
        self._lock = threading.Lock()
        self._running: set[Callable[[], None]] = set()
        self._closed = False
        self._pool = ThreadPoolExecutor(self.jobs, thread_name_prefix="report")
        if self.kernel_start == "warm":
            self._server = _WarmServer(data, self._home)

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
            call = _FreshCall(task) if server is None else server.call(task)
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
                    server = _WarmServer(self.data, fresh)
            except OSError:
                fresh.remove()
                raise
            if self._server is not None:
                self._server.retire()
            self._home.remove()
            self._home, self._server = fresh, server

    def _wait(self, job: Job, call: _Call, limit: _Limit) -> Answer:
        """Wait for the answer of a worker, not longer than the limit."""
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            call.end()

        self._running.add(call.end)
        try:
            if self._closed:
                call.end()
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

    def _warm_server(self) -> _WarmServer | None:
        """Return the warm server, a new one when it was lost; None where it cannot be had."""
        with self._lock:
            if self._server is None or self._closed:
                return self._server
            if not self._server.fit():
                fresh = _WarmServer(self.data, self._home) if self._server.was_fit else None
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


class _Call:
    """A worker that was asked: its answer, and how to end it with all its group."""

    def answer(self) -> object | None:
        """Wait for the answer; None when the worker ended without one."""
        raise NotImplementedError

    def end(self) -> None:
        """End the worker with all its group."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the worker; what is left of it ends."""
        raise NotImplementedError


class _WarmServer:
    """Our side of a warm server."""

    def __init__(self, data: Path, home: homes.Home) -> None:
        self._socket, theirs = socket.socketpair()
        self._lock = threading.Lock()
        self._count = 0
        self._state: bytes | None = None
        self._calls = 0
        self._retired = False
        self._stuck = False
        self.was_fit = False
        environment = {**os.environ, **kernels.environment(data, home.path)}
        environment[orphans.MARK] = str(home.path)  # for the next run, should all of this be killed
        kept = [] if home.lock == homes.NONE else [home.lock]
        handles = [theirs.fileno(), *kept]
        with theirs, (home.path / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", warm.__name__, str(home.path), *map(str, handles)],
                pass_fds=handles,
                env=environment,
                cwd=home.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we end it
            )

    def fit(self) -> bool:
        """Tell whether it serves; waits for its warming up the first time."""
        if self._state is None:
            self._socket.settimeout(WARM_START)
            try:
                self._state = self._socket.recv(1)
            except OSError:
                self._state = b""
            self._socket.settimeout(None)
            self.was_fit = self._state == warm.READY
        return self.was_fit and not self._stuck and self._process.poll() is None

    def call(self, task: Task) -> _WarmCall:
        """Have a worker forked for a task."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            self._count += 1
            number = self._count
            order = warm.FORK if task.job.report.shipped else warm.GUEST
            request = warm.REQUEST.pack(order, number)
            try:
                socket.send_fds(self._socket, [request], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
            self._calls += 1
        return _WarmCall(ours, task, lambda: self._kill(number), self._called, self._give_up)

    def _give_up(self) -> None:
        """Take note that it forks nothing more: a notebook can stop any process of its user."""
        self._stuck = True

    def retire(self) -> None:
        """Close it as soon as every worker that was forked from it has been let go of."""
        with self._lock:
            self._retired = True
            idle = self._calls == 0
        if idle:
            self.close()

    def _called(self) -> None:
        """Take note of a worker that was let go of."""
        with self._lock:
            self._calls -= 1
            last = self._retired and self._calls == 0
        if last:
            self.close()

    def close(self) -> None:
        """End the server; it ends its workers first. Warming up it has none, and hears nothing."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # whoever waits for it wakes
        self._socket.close()
        if (self._stuck or not self.was_fit) and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _kill(self, number: int) -> None:
        with self._lock, suppress(OSError):
            self._socket.send(warm.REQUEST.pack(warm.KILL, number))


class _WarmCall(_Call):
    """A worker forked from the warm server."""

    def __init__(
        self,
        ours: socket.socket,
        task: Task,
        kill: Callable[[], None],
        gone: Callable[[], None],
        stuck: Callable[[], None],
    ) -> None:
        self._socket = ours
        self._pipe = ours.makefile("rwb")
        self._task = task
        self._kill, self._gone, self._stuck = kill, gone, stuck

    def answer(self) -> object | None:
        try:
            if not self._forked():
                return None
            worker.send(self._pipe, self._task)
            return worker.receive(self._pipe)
        except OSError:
            return None

    def _forked(self) -> bool:
        """Wait for the first sign of the worker; tell whether there is one."""
        self._socket.settimeout(FORKED)
        try:
            return self._socket.recv(len(warm.FORKED)) == warm.FORKED
        except TimeoutError:
            self._stuck()
            return False
        finally:
            self._socket.settimeout(None)

    def end(self) -> None:
        self._kill()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._pipe.close()
        self._socket.close()
        self._gone()


class _FreshCall(_Call):
    """A worker started afresh, which starts an ordinary kernel."""

    def __init__(self, task: Task) -> None:
        log = (task.private / kernels.LOG).open("ab")
        self._lock = threading.Lock()
        self._mark = str(task.private)  # no other report has it
        environment = {**os.environ, **kernels.environment(task.data, task.private)}
        environment[orphans.MARK] = self._mark
        with log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", worker.__name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                cwd=task.private,
                start_new_session=sys.platform != "win32",
            )
        with suppress(OSError):
            worker.send(self._process.stdin, task)  # type: ignore[arg-type]

    def answer(self) -> object | None:
        try:
            return worker.receive(self._process.stdout)  # type: ignore[arg-type]
        except OSError:
            return None

    def end(self) -> None:
        with self._lock:  # it is not buried meanwhile, so that its number stays its own
            if self._process.poll() is not None:
                return
            if sys.platform == "win32":
                self._process.kill()  # its kernel watches for its end
                return
            orphans.end_tree(self._process.pid)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        self.end()
        with self._lock:
            self._process.wait()
        orphans.end_marked(self._mark)  # what it could not end itself, having been killed
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


def _stand(job: Job, private: Path) -> Path:
    """Return the working directory of a job's kernel, one of its own.

    A user's notebook finds in it what lies beside it, as in Jupyter: what its key holds as copies,
    as it was then, the rest by links, where the system has them. What it writes anew stays in here.
    """
    if job.report.shipped:
        return private
    stand = private / "beside"
    stand.mkdir()
    for name, content in job.neighbours.items():
        copy = stand / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    with suppress(OSError):  # a worker elsewhere has only what travelled
        _link(job.report.path.resolve().parent, stand)
    return stand


def _link(folder: Path, stand: Path) -> None:
    """Lay links to what is in a folder beside the copies of what its key holds."""
    for entry in folder.iterdir():
        here = stand / entry.name
        if here.is_dir():
            _link(entry, here)
        elif entry.name != "__pycache__" and not here.exists():
            here.symlink_to(entry)


def _lost(job: Job, found: str) -> Answer:
    fault = Fault(job.report.name, found, "a report that is made to the end")
    return Answer(error=RunError(fault), lost=True)


def _timed_out(job: Job, timeout: float) -> Answer:
    step = "Allow more with --timeout SECONDS, or look for what takes so long."
    fault = Fault(job.report.name, f"no end after {timeout:g} s", "a report within its time", step)
    return Answer(error=RunError(fault), timed_out=True)
