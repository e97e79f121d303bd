"""Calls for one report each, to a warm server that forks a worker, or to a worker started afresh.

This is our side of both. Who calls waits for the answer, and ends the call when its time is over.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from kumkm_analysis.runner import homes, kernels, orphans, warm, worker
from kumkm_analysis.runner.jobs import Task

WARM_START = 600.0  # seconds; a large dataset with many contradictions takes its time
FORKED = 30.0  # seconds after which a server that forks nothing is taken for lost
LOOK = 0.5  # seconds after which it is looked at, whether it was stopped


class Call:
    """A worker that was asked: its answer, and how to end it with all its group."""

    def begun(self) -> bool:
        """Wait for the worker to be there; False when there will be none."""
        return True

    def answer(self) -> object | None:
        """Wait for the answer; None when the worker ended without one."""
        raise NotImplementedError

    def end(self) -> None:
        """End the worker with all its group."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the worker; what is left of it ends."""
        raise NotImplementedError


class WarmServer:
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

    def call(self, task: Task) -> WarmCall:
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
        kill = partial(self._kill, number)
        return WarmCall(ours, task, kill, self._called, self.stopped, self._give_up)

    def stopped(self) -> bool:
        """Tell whether it was stopped, as a notebook can any process of its user."""
        with suppress(OSError):  # elsewhere than on Linux it shows by its silence
            stat = Path(f"/proc/{self._process.pid}/stat").read_text()
            return stat.rpartition(")")[2].split()[0] in "Tt"
        return False

    def _give_up(self) -> None:
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
        idle = self._stuck or not self.was_fit or self.stopped()
        if idle and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _kill(self, number: int) -> None:
        with self._lock, suppress(OSError):
            self._socket.send(warm.REQUEST.pack(warm.KILL, number))


class WarmCall(Call):
    """A worker forked from the warm server."""

    def __init__(
        self,
        ours: socket.socket,
        task: Task,
        kill: Callable[[], None],
        gone: Callable[[], None],
        stopped: Callable[[], bool],
        give_up: Callable[[], None],
    ) -> None:
        self._socket = ours
        self._pipe = ours.makefile("rwb")
        self._task = task
        self._kill, self._gone = kill, gone
        self._stopped, self._give_up = stopped, give_up

    def begun(self) -> bool:
        """Wait for the first sign of the worker; a server that forks none is given up."""
        end = time.monotonic() + FORKED
        self._socket.settimeout(LOOK)
        try:
            while True:
                try:
                    return self._socket.recv(len(warm.FORKED)) == warm.FORKED
                except TimeoutError:
                    if time.monotonic() >= end or self._stopped():
                        self._give_up()
                        return False
        except OSError:
            return False
        finally:
            with suppress(OSError):
                self._socket.settimeout(None)

    def answer(self) -> object | None:
        """Wait for the answer; None when the worker ended without one."""
        try:
            worker.send(self._pipe, self._task)
            return worker.receive(self._pipe)
        except OSError:
            return None

    def end(self) -> None:
        """End the worker with all its group."""
        self._kill()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the worker; what is left of it ends."""
        with suppress(OSError):
            self._pipe.close()
        self._socket.close()
        self._gone()


class FreshCall(Call):
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
        """Wait for the answer; None when the worker ended without one, or never began."""
        try:
            return worker.receive(self._process.stdout)  # type: ignore[arg-type]
        except OSError:
            return None

    def end(self) -> None:
        """End the worker with all its group."""
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
        """Let go of the worker; what is left of it ends."""
        self.end()
        with self._lock:
            self._process.wait()
        orphans.end_marked(self._mark)  # what it could not end itself, having been killed
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
