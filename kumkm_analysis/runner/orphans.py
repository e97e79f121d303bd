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
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MARK = "KUMKM_REPORT"  # the variable that tells a report's processes when the tree cannot
PATIENCE = 1.0  # seconds for all to stand still before they are killed
LOOK_AGAIN = 0.002  # seconds
STILL = "TtZX"  # states in which a process forks nothing
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
        for child in _children(os.getpid()) or ():
            with suppress(OSError):
                if child != spare and os.getpgid(child) != os.getpgrp():
                    os.waitpid(child, os.WNOHANG)

    if LINUX:
        signal.signal(signal.SIGCHLD, look)


def end_below(root: int, spare: Collection[int] = ()) -> None:
    """End every process below another; those of ``spare``, and all below them, are left alone."""
    children = _children(root)
    if LINUX and (children is None or children - set(spare)):
        _end(lambda: _below([root], _listed(), spare)[1:])


def end_tree(root: int) -> None:
    """End a child of this process with every process below it."""
    if LINUX:
        _end(lambda: _below([root], _listed()))


def end_marked(mark: str) -> None:
    """End every process that carries a mark in its environment, with all below it."""

    def find() -> list[Process]:
        listed = _listed()
        return _below([number for number in listed if _carries(number, entry)], listed)

    entry = f"{MARK}={mark}".encode()
    if LINUX:
        _end(find)


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


def _end(find: Callable[[], list[Process]]) -> None:
    """Stop all that is found until nothing moves, so that none forks meanwhile; then kill all."""
    end = time.monotonic() + PATIENCE
    while True:
        found = find()
        moving = [process for process in found if process.state not in STILL]
        if not moving or time.monotonic() > end:
            break
        for process in moving:
            _send(process, signal.SIGSTOP)
        time.sleep(LOOK_AGAIN)
    for process in reversed(found):  # the lowest first: one whose parent ends may be woken by it
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


def _below(
    roots: Collection[int], listed: dict[int, Process], spare: Collection[int] = ()
) -> list[Process]:
    """Return processes and all below them, parents before their children."""
    children: dict[int, list[int]] = {}
    for process in listed.values():
        children.setdefault(process.parent, []).append(process.number)
    numbers = dict.fromkeys(roots)
    queue = list(numbers)
    for number in queue:  # grows as it goes
        for child in children.get(number, ()):
            if child not in spare and child not in numbers:
                numbers[child] = None
                queue.append(child)
    return [listed[number] for number in queue if number in listed]


def _listed() -> dict[int, Process]:
    """Return every process that the system lists."""
    numbers = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()]
    return {number: found for number in numbers if (found := _look(number)) is not None}


def _look(number: int) -> Process | None:
    """Return a process as it is now; None when there is none of that number."""
    try:
        text = (PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return Process(number, int(fields[1]), fields[0], fields[19])


def _children(number: int) -> set[int] | None:
    """Return the children of a process at little cost; None where that cannot be had."""
    found: set[int] = set()
    try:
        for thread in (PROC / str(number) / "task").iterdir():
            with suppress(ProcessLookupError):
                found |= {int(word) for word in (thread / "children").read_text().split()}
    except OSError:
        return None
    return found


def _carries(number: int, entry: bytes) -> bool:
    """Tell whether a process of ours was started with an entry in its environment."""
    try:
        return entry in (PROC / str(number) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
