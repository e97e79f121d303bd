"""The warm server: a process with everything loaded, from which reports are forked.

It is started with a home, one socket and the lock of that home, if it has one (``python -m
kumkm_analysis.runner.warm HOME FD [LOCK]``). Once it has loaded the
libraries and the data and has rehearsed what they load lazily, it says so and then forks a worker
for every request: nine bytes and the socket of that worker. It starts no thread and does nothing
else, so that what it forks is clean: nothing of one report can reach another. When the socket
closes, however that came about, it ends every worker and its kernel and then itself.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from kumkm_analysis import paths
from kumkm_analysis.runner import homes, orphans, rehearsal

REQUEST = struct.Struct("!cQ")
FORK, GUEST, KILL = b"O", b"G", b"K"  # a guest is a notebook that is not one of ours
READY, UNFIT, FORKED = b"R", b"U", b"F"
LOOK_UP = 0.25  # seconds
LAST_WAIT = 5.0  # seconds for all that was killed to be gone


class Server:
    """Forks workers, ends them with all that they started, and buries them.

    It adopts the orphans of workers that died, so every child of it that is no worker is one.
    """

    def __init__(self, control: socket.socket, home: homes.Home) -> None:
        self.control = control
        self.home = home
        self.workers: dict[int, int] = {}  # number of the request → process
        self.drawn = False
        self.wake, wake = socket.socketpair()
        self.wake.setblocking(False)
        wake.setblocking(False)
        self._wake = wake
        signal.set_wakeup_fd(wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        orphans.adopt()

    def serve(self) -> None:
        """Serve until the other side has gone."""
        selector = selectors.DefaultSelector()
        selector.register(self.control, selectors.EVENT_READ)
        selector.register(self.wake, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is self.wake:
                    with suppress(BlockingIOError):
                        self.wake.recv(4096)
                    self.bury()
                elif not self.obey(selector):
                    self.end_all()
                    return

    def obey(self, selector: selectors.BaseSelector) -> bool:
        """Obey one request; False when there will be no more."""
        try:
            message, handles, *_ = socket.recv_fds(self.control, REQUEST.size, 1)
        except OSError:
            return False
        if len(message) < REQUEST.size:
            return False
        order, number = REQUEST.unpack(message)
        if order == KILL:
            self.kill(number)
        elif handles:
            if order == GUEST:
                self.draw()
            os.set_inheritable(handles[0], False)  # it comes as one that programs would inherit
            process = os.fork()
            if process == 0:
                selector.close()
                self.become_worker(handles[0])
            with suppress(OSError):
                os.setpgid(process, process)
            self.workers[number] = process
            os.close(handles[0])
        return True

    def draw(self) -> None:
        """Draw once what guests draw; our own notebooks never do, and need not wait for it."""
        if not self.drawn:
            self.drawn = True
            with suppress(Exception):  # guests will be slower, or fail where that is told
                rehearsal.draw()
            gc.freeze()

    def become_worker(self, handle: int) -> NoReturn:
        """Make one report; never returns."""
        code = 1
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            for own in (self.control, self.wake, self._wake):
                own.close()
            if self.home.lock != homes.NONE:
                os.close(self.home.lock)  # what a report leaves must not keep the home
            _work(handle)
            code = 0
        finally:
            os._exit(code)

    def kill(self, number: int) -> None:
        """End a worker with all that it started, if it is still there."""
        process = self.workers.get(number)
        if process is not None:
            orphans.end_tree(process)
            _kill_group(process)

    def bury(self) -> None:
        """Bury what ended, and end whatever a worker that ended has left.

        An orphan that is killed here is buried, and its own children ended, when that is told.
        """
        numbers = {process: number for number, process in self.workers.items()}
        with suppress(ChildProcessError):
            # Looked at before it is buried, so that its number cannot be somebody else's yet.
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG):
                if ended.si_pid in numbers:
                    _kill_group(ended.si_pid)
                    del self.workers[numbers[ended.si_pid]]
                os.waitpid(ended.si_pid, 0)
        orphans.end_below(os.getpid(), self.workers.values())

    def end_all(self) -> None:
        """End every worker and take away what they left."""
        orphans.end_below(os.getpid())
        for process in self.workers.values():
            _kill_group(process)
        end = time.monotonic() + LAST_WAIT
        with suppress(ChildProcessError):
            while time.monotonic() < end:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.001)
        self.home.remove()


def _kill_group(process: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)


def _work(handle: int) -> None:
    """Receive one task, make it, answer."""
    from kumkm_analysis.runner import forked, kernels, worker
    from kumkm_analysis.runner.jobs import Task

    orphans.adopt()
    asker = socket.socket(fileno=handle)
    asker.sendall(FORKED)
    with asker.makefile("rwb") as pipe:
        task = worker.receive(pipe)
        if not isinstance(task, Task):
            return
        warm = None
        if task.job.report.kernel == kernels.OWN:
            warm = forked.ForkedKernel(task)  # before any thread is started
            orphans.bury(spare=warm.pid)  # not before: a kernel waits for its children itself
        orphans.end_with(handle)
        worker.send(pipe, worker.make(task, warm))
        orphans.end_below(os.getpid())  # the server may be gone


def warm_up(data: Path) -> None:
    """Load and rehearse everything that a report needs; leaves no thread and no trace."""
    from kumkm_analysis.runner import forked

    gc.disable()  # hardly anything that is loaded is let go of again
    ordinary = rehearsal.kernel()
    rehearsal.rehearse(data)
    forked.prepare(rehearsal.codes(), ordinary)
    gc.freeze()  # what is there now is never looked at again, and so never copied
    gc.enable()


@contextmanager
def _while_awaited(control: socket.socket, home: homes.Home) -> Iterator[None]:
    """Look up now and then from a long piece of work, and end when nobody waits for it any more."""

    def look(*_: object) -> None:
        with suppress(BlockingIOError):
            if not control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                home.remove()
                os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOK_UP, LOOK_UP)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def main() -> None:
    """Warm up, say so, serve."""
    path, handle, *locks = sys.argv[1:]
    if not sys.flags.safe_path:
        del sys.path[0]  # the home, which Python puts there for ``-m``; it holds no modules
    control = socket.socket(fileno=int(handle))
    home = homes.Home(Path(path), *map(int, locks))
    if locks:
        os.set_inheritable(home.lock, False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        with _while_awaited(control, home):
            warm_up(paths.data_path())
    except Exception:
        control.sendall(UNFIT)
        raise
    if threading.active_count() > 1:
        control.sendall(UNFIT)
        raise SystemExit("a thread was started, and a process with threads cannot be forked")
    control.sendall(READY)
    Server(control, home).serve()


if __name__ == "__main__":
    main()
