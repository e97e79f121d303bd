"""Whatever a report starts ends with it, in a session of its own too.

A signal to a process group misses what has left the group (``start_new_session=True``, a daemon).
So on Linux every worker adopts the orphans below it: all that its report starts stays below it in
the tree of processes, whoever forked whom, and reports that run side by side cannot be mistaken
for each other. The orphans of a worker that died come to its server, which adopts as well and
keeps no children but workers. Where there is no server to adopt them, a mark in the environment
tells whose they are. Elsewhere than on Linux nothing here does anything.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

MARK = "KUMKM_REPORT"  # the variable that tells a report's processes when the tree cannot
PATIENCE = 1.0  # seconds for all to stand still before they are killed
LOOK_AGAIN = 0.002  # seconds
GONE = "X"
STILL = f"TtZ{GONE}"  # states in which a process forks nothing
SET_CHILD_SUBREAPER = 36
PROC = Path("/proc")
LINUX = sys.platform == "linux"


class Process(NamedTuple):
    """A process as the system lists it; number and start together are its own for ever."""

    number: int
    parent: int
    state: str
    start: str


def adopt() -> bool:
    """Become the parent of every orphan below this process; False where the system cannot."""
    if not LINUX:
        return False
    with suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    return False


def bury(spare: int = 0) -> None:
    """From now on bury dead orphans, as init would: who waits for their end must see it.

    Children of this process's own group, and ``spare``, are left to whoever waits for them here.
    """

    def look(*_: object) -> None:
        for child in _children(os.getpid()):
            with suppress(OSError):
                if child != spare and os.getpgid(child) != os.getpgrp():
                    os.waitpid(child, os.WNOHANG)

    if LINUX:
        signal.signal(signal.SIGCHLD, look)


def end_below(root: int, spare: Collection[int] = ()) -> None:
    """End every process below another; those of ``spare``, and all below them, are left alone."""
    if LINUX and set(_children(root)) - set(spare):
        _end(lambda: itertools.islice(_walk([root], spare), 1, None))


def end_tree(root: int) -> None:
    """End a child of this process with every process below it."""
    if LINUX:
        _end(lambda: _walk([root]))


def end_marked(mark: str) -> None:
    """End every process that carries a mark in its environment, with all below it.

    A mark is a path; what carries a path below it is meant as well. This process is not.
    """
    entry = f"{MARK}={mark}".encode()
    if LINUX:
        own = {os.getpid()}
        _end(lambda: _walk([n for n in _numbers() if n not in own and _carries(n, entry)], own))


def end_with(asker: int) -> None:
    """End this process's group and all below it once the other end of a socket is closed.

    To be called in the main thread, after the kernel was forked.
    """

    def watch() -> None:
        with suppress(OSError):
            os.read(asker, 1)
        end_below(os.getpid())
        os.killpg(0, signal.SIGKILL)

    # The system hangs up on a group in which something stands still when its parent ends; that
    # would end this process before it has killed what it stopped.
    signal.signal(signal.SIGHUP, lambda *_: None)
    threading.Thread(target=watch, name="end-with-asker", daemon=True).start()


def _end(walk: Callable[[], Iterable[Process]]) -> None:
    """Stop all that a walk meets until nothing moves, so that none forks meanwhile; then kill all.

    One that ended while it was looked for may have left a child that was not met. So all is still
    only when two walks in a row met the same processes, none of which moved.
    """
    end = time.monotonic() + PATIENCE
    met: list[Process] = []
    while True:
        before, met, still = met, [], True
        for process in walk():
            met.append(process)
            if process.state not in STILL:
                still = False
                _send(process, signal.SIGSTOP)  # at once: it may be gone after the walk
        if (still and met == before) or time.monotonic() > end:
            break
        time.sleep(LOOK_AGAIN)
    for process in reversed(met):  # the lowest first: one whose parent ends may be woken by it
        _send(process, signal.SIGKILL)


def _send(process: Process, number: signal.Signals) -> None:
    """Send a signal to a process, never to another that has got its number since."""
    with suppress(OSError):
        try:
            handle = os.pidfd_open(process.number)
        except OSError:  # an old or a guarded system
            handle = -1
        try:
            now = _look(process.number)
            if now is None or now.start != process.start:
                return
            if handle < 0:
                os.kill(process.number, number)
            else:
                signal.pidfd_send_signal(handle, number)
        finally:
            if handle >= 0:
                os.close(handle)


def _walk(roots: Iterable[int], spare: Collection[int] = ()) -> Iterator[Process]:
    """Meet processes and all below them, parents before their children, the youngest first.

    The children are asked for after the parent was given out. One that is gone by then is met as
    such: what it left behind may be elsewhere.
    """
    queue = list(dict.fromkeys(roots))
    known = {*queue, *spare}
    for number in queue:  # grows as it goes
        yield _look(number) or Process(number, 0, GONE, "")
        new = [child for child in reversed(_children(number)) if child not in known]
        known.update(new)
        queue += new


def _numbers() -> list[int]:
    """Return the number of every process that the system lists."""
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()]


def _look(number: int) -> Process | None:
    """Return a process as it is now; None when there is none of that number."""
    try:
        text = (PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return Process(number, int(fields[1]), fields[0], fields[19])


def _children(number: int) -> list[int]:
    """Return the children of a process, the eldest first; of one that is gone, none."""
    if not _tells_children():
        looked = map(_look, _numbers())
        return [one.number for one in looked if one is not None and one.parent == number]
    found: list[int] = []
    with suppress(OSError):
        for thread in (PROC / str(number) / "task").iterdir():
            with suppress(OSError):
                found += map(int, (thread / "children").read_text().split())
    return found


@cache
def _tells_children() -> bool:
    """Tell whether this system lists the children of a process; some are built without."""
    return (PROC / "thread-self" / "children").exists()


def _carries(number: int, entry: bytes) -> bool:
    """Tell whether a process of ours was started with an entry in its environment, or below it."""
    try:
        found = (PROC / str(number) / "environ").read_bytes()
    except OSError:
        return False
    return any(e == entry or e.startswith(entry + b"/") for e in found.split(b"\0"))
