"""All that a report started ends with it, also what has left its process group.

On Linux every process of ours adopts the orphans below it, so whatever a report started stays below
it in the tree of processes, whoever forked whom. Elsewhere only what is still below it is found.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from multiprocessing import connection, parent_process

import psutil

SET_CHILD_SUBREAPER = 36
LOOK = 1.0  # seconds after which is looked whether the parent is there


def adopt() -> None:
    """Become the parent of every orphan below this process (Linux)."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def childless() -> bool:
    """Tell whether this process has no children, dead ones included."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    except ChildProcessError:
        return True
    except AttributeError:  # another system than Linux
        pass
    return False


def end_below(root: int, spare: Collection[int] = (), *, itself: bool = False) -> None:
    """Stop all below a process, then kill them: what is stopped starts nothing more.

    Children in ``spare``, and all below them, are left alone. ``itself`` ends the process too.
    """
    met: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        top = psutil.Process(root)
        if itself:
            met.append(top)
            top.suspend()
        while new := [process for process in _below(top, spare) if process not in met]:
            for process in new:
                with suppress(psutil.Error):
                    process.suspend()
            met += new
    for process in reversed(met):  # the lowest first: one whose parent ends may be woken by it
        with suppress(psutil.Error):
            process.kill()


def _below(top: psutil.Process, spare: Collection[int]) -> list[psutil.Process]:
    strays = [child for child in top.children() if child.pid not in spare]
    return [*strays, *(below for child in strays for below in child.children(recursive=True))]


def end_group(leader: int) -> None:
    """Kill a process group."""
    with suppress(OSError):
        os.killpg(leader, signal.SIGKILL)


def end_with_parent(clean_up: Callable[[], None]) -> None:
    """End this process and all below it when the one that started it has ended."""
    parent, starter = os.getppid(), parent_process()
    sentinels = [] if starter is None else [starter.sentinel]

    def watch() -> None:
        while os.getppid() == parent and not connection.wait(sentinels, LOOK):
            pass
        clean_up()
        end_below(os.getpid())
        end_group(os.getpid())
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
