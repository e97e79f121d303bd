"""What every Python kernel of a report begins with, forked or not, so that both make the same page.

A forked kernel calls :func:`begin` itself; an ordinary one finds it among the startup files of its
own IPython folder (see :func:`write_startup`).
"""

from __future__ import annotations

import os
import random
import select
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ipykernel.iostream import OutStream

from kumkm_analysis import paths

SEED = 0  # every report begins with the same random state, as it would if it were run again
CELLS = "cells"  # where the code of a cell is said to be, in place of a folder with a number
STARTUP = Path("profile_default", "startup", "00-report.py")
MOST, END = 2_000_000, 100_000  # characters that a cell may write, and of more those of its end
MARK = "\0"
WATCHED = 5.0  # seconds for what was written below Python to be read
STRAGGLERS = 0.05  # seconds for what a process that was forked by a cell said last


def environment() -> dict[str, str]:
    """Return the environment in which the same ingredients give the same bytes.

    One report has one core; a library that starts a thread a core would only get in the way.
    Settings of matplotlib are those beside the notebook, or its own; a user's are no ingredient.
    """
    wanted = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "0", "MATPLOTLIBRC": os.devnull}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        wanted[name] = os.environ.get(name, "1")
    return {**wanted, "PYDEVD_DISABLE_FILE_VALIDATION": "1", paths.PUBLISH_VARIABLE: "1"}


def write_startup(ipython: Path) -> None:
    """Have a kernel that is started with this folder of IPython begin as a forked one does."""
    file = ipython / STARTUP
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"__import__({__name__!r}, fromlist=['begin']).begin(get_ipython())\n")


def begin(shell: Any) -> None:
    """Begin with known random states, cells that are called the same everywhere, whole streams.

    ``shell`` is that of an ``ipykernel``; nothing that it publishes is dropped when much comes at
    once, and a cell that spoils the standard streams ends all the same.
    """
    import zmq
    from ipykernel import compiler

    def seed(*_: Any) -> None:  # a kernel draws numbers itself until its first cell
        import numpy

        random.seed(SEED)
        numpy.random.seed(SEED)
        shell.events.unregister("pre_run_cell", seed)

    shell.events.register("pre_run_cell", seed)
    compiler.get_tmp_directory = lambda: CELLS
    kernel = getattr(shell, "kernel", None)  # a notebook may start an IPython that has none
    if kernel is None:
        return
    # Its socket waits where it would drop messages that come faster than they are read.
    socket = kernel.iopub_thread.socket
    kernel.iopub_thread.schedule(lambda: socket.setsockopt(zmq.XPUB_NODROP, 1))
    streams = sys.stdout, sys.stderr
    for stream in streams:
        if type(stream) is OutStream:
            stream.__class__ = Stream
            stream.rest = []  # type: ignore[attr-defined]
    shell.events.register("post_run_cell", lambda *_: _end_cell(*streams))
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=lambda: Stream.forked.set())


class Stream(OutStream):
    """Standard output or error: sent when a cell ends, shows or flushes something, and whole.

    What a cell writes without end would fill the memory: of more than it may write its beginning
    and its end are kept.
    """

    flush_interval = 3600.0
    forked = threading.Event()  # set when a cell forks a process
    said = 0  # characters that the cell wrote
    held = 0  # of them, those that wait for the end of the cell
    rest: list[str]  # they themselves

    def flush(self) -> None:
        """Send what was written, also by others into the same file."""
        if self._fid is not None and select.select([self._fid], [], [], 0)[0]:
            self.settle()
        if self._buffers:
            super().flush()  # type: ignore[no-untyped-call]

    def settle(self) -> None:
        """Wait until the thread that reads what is written below Python has read all of it."""
        if self._fid is not None and os.getpid() == self._master_pid:
            self._read = threading.Event()
            os.write(self._original_stdstream_fd, MARK.encode())
            self._read.wait(WATCHED)

    def write(self, string: str) -> int:
        """Take what is printed, and know the mark of :meth:`settle` when it comes around."""
        if MARK not in string or threading.current_thread() is not self.watch_fd_thread:
            return self._take(string)
        rest = string.replace(MARK, "")
        if rest:
            self._take(rest)
        self._read.set()
        return len(rest)

    def _take(self, string: str) -> int:
        if type(string) is not str or self.said + len(string) <= MOST:
            written = super().write(string) or 0
            self.said += written
            return written
        room = max(0, MOST - self.said)
        if room:
            super().write(string[:room])
        self.said += len(string)
        string = string[room:]
        self.held += len(string)
        self.rest.append(string)
        if self.held > 4 * END:
            self.rest[:] = ["".join(self.rest)[-END:]]
            self.held = len(self.rest[0])
        return room + len(string)

    def end(self) -> None:
        """Write the end of what was too much, and how much is left out before it."""
        end = "".join(self.rest)[-END:]
        if self.said > MOST:
            super().write(
                f"\n… {self.said - MOST - len(end):,} characters are left out here …\n{end}"
            )
        self.said, self.held, self.rest = 0, 0, []


def _end_cell(*streams: Any) -> None:
    """Mend the streams, and wait for what came from below or from a process that was forked."""
    if Stream.forked.is_set():
        Stream.forked.clear()
        time.sleep(STRAGGLERS)
    for name, ours in zip(("stdout", "stderr"), streams, strict=True):
        try:
            getattr(sys, name).flush()
        except Exception:  # noqa: BLE001 - whatever a notebook put there; it would hang the kernel
            setattr(sys, name, ours)
        with suppress(Exception):
            ours.settle()
            ours.end()
