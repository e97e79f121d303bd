"""The process that makes one report: client, page and kernel, all in one process group.

It is either forked from a warm server or started afresh (``python -m`` with the name of this module
and the task on its standard input), answers once and ends. When whoever asked goes away, the
whole group goes with it, and so does all that the report started elsewhere (see
:mod:`~kumkm_analysis.runner.orphans`).
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
import threading
from contextlib import suppress
from typing import Protocol

from kumkm_analysis.errors import Fault, KumkmError, RunError
from kumkm_analysis.runner import orphans
from kumkm_analysis.runner.jobs import Answer, Task
from kumkm_analysis.runner.kernels import WarmKernel

LENGTH = struct.Struct("!Q")


def make(task: Task, warm: WarmKernel | None = None) -> Answer:
    """Return what became of a task; nothing that goes wrong in a report is raised."""
    from kumkm_analysis.runner.execute import CellError, LostError, one_line
    from kumkm_analysis.runner.produce import produce

    try:
        return Answer(produce(task, warm))
    except CellError as error:
        return Answer(error=RunError(error.faults), notebook=error.notebook)
    except LostError as error:
        return Answer(error=RunError(error.faults), lost=True)
    except KumkmError as error:
        return Answer(error=error)
    except Exception as error:  # noqa: BLE001 - one broken report never stops the others
        found = one_line(f"{type(error).__name__}: {error}")
        step = "Run it again; if it stays, it is a fault of kumkm: please report it."
        return Answer(error=RunError(Fault(task.job.report.name, found, "a finished page", step)))


class Pipe(Protocol):
    """What both a socket and a process are spoken to through."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, fewer only at the end."""

    def write(self, content: bytes, /) -> object:
        """Write bytes."""

    def flush(self) -> object:
        """Send what was written."""


def send(pipe: Pipe, value: object) -> None:
    """Write a value with its length before it."""
    content = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(LENGTH.pack(len(content)) + content)
    pipe.flush()


def receive(pipe: Pipe) -> object | None:
    """Read a value; None when the other side ended before it was complete."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = pipe.read(length)
    # Both ends are processes of this run that nobody else can write to.
    return pickle.loads(content) if len(content) == length else None  # noqa: S301


def main() -> None:
    """Make one report with an ordinary kernel: the task comes in and the answer goes out."""
    orphans.adopt()
    orphans.bury()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed by accident is no answer
    tasks = sys.stdin.buffer
    task = receive(tasks)
    if not isinstance(task, Task):
        raise SystemExit(1)

    def end_with_asker() -> None:
        with suppress(OSError, ValueError):
            tasks.read(1)
        if sys.platform == "win32":
            os._exit(1)
        orphans.end_below(os.getpid())
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=end_with_asker, daemon=True).start()
    os.chdir(os.sep)  # a notebook can take away where it was started
    send(answers, make(task))
    orphans.end_below(os.getpid())
    os._exit(0)


if __name__ == "__main__":
    main()
