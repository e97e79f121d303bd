"""Reports side by side, a process each, in one thread: the limit, retries, the end of all of it.

This is the helper of a run (``python -m`` with the name of this module): a process that loads and
does once what every report needs, and then forks a process for each. It starts no thread and does
nothing else, so what it forks is clean: nothing of one report can reach another. When the other
end of its pipe closes, however that came about, it ends every report and then itself.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import deque
from dataclasses import dataclass, replace
from multiprocessing import connection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kumkm_analysis import paths
from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner import tree, warm, worker
from kumkm_analysis.runner.jobs import Answer, Job

ATTEMPTS = 3  # a fault of the machinery is retried twice
READY = 0  # in place of an order's number
LOOK = 1.0  # seconds after which is looked whether a process ended unheard


@dataclass
class Order:
    """A report that was asked for; what it has left of its time counts from its first attempt."""

    number: int
    job: Job
    folder: Path | None
    timeout: float
    left: float
    attempt: int = 0
    end: float = 0.0
    process: Any = None
    private: Path = Path()


class Pool:
    """Makes reports, so many at a time.

    ``control`` is the pipe of the helper, which a fork is not to keep open.
    """

    def __init__(
        self,
        home: Path,
        data: Path,
        jobs: int,
        warmed: bool,
        start: str,
        control: Connection,
    ) -> None:
        self.home, self.data, self.jobs, self.warmed = home, data, jobs, warmed
        self.context: Any = multiprocessing.get_context(start)
        self.inherited = control.fileno() if start == "fork" else None
        self.queue: deque[Order] = deque()
        self.running: list[Order] = []
        self.drawn = not warmed

    def begin(self) -> Order | None:
        """Begin the next report, if there is one and room for it."""
        if not self.queue or len(self.running) >= self.jobs:
            return None
        order = self.queue.popleft()
        if not self.drawn and not order.job.report.shipped:
            self.drawn = True  # our own notebooks never do, and need not wait for it
            with_errors_told(warm.draw)
        order.attempt += 1
        order.end = order.end or time.monotonic() + order.left
        self.running.append(order)
        self.home.mkdir(parents=True, exist_ok=True)  # a notebook can take it away
        order.private = Path(tempfile.mkdtemp(prefix="r-", dir=self.home))
        given = order.job, order.folder, order.private, self.data, self.warmed, self.inherited
        order.process = self.context.Process(target=worker.run, args=given)
        order.process.start()
        return order

    def wait(self, *others: Any) -> list[Any]:
        """Wait until something happens; return which of the others have something."""
        ends = [order.end - time.monotonic() for order in self.running]
        sentinels = [order.process.sentinel for order in self.running]
        return connection.wait([*others, *sentinels], max(0.0, min([LOOK, *ends])))

    def ended(self) -> list[tuple[int, Answer]]:
        """Return the answers that are there; what was lost is made again."""
        answers = []
        for order in list(self.running):
            late = time.monotonic() > order.end
            if order.process.is_alive() and not late:  # sentinels only hurry: a child may hold one
                continue
            answer = self.take(order, late)
            if answer.lost and order.attempt < ATTEMPTS:
                self.queue.appendleft(order)
                continue
            seconds = order.left + time.monotonic() - order.end
            answers.append((order.number, replace(answer, attempts=order.attempt, seconds=seconds)))
        return answers

    def take(self, order: Order, late: bool = False) -> Answer:
        """End a report with all that is left of it, and return its answer."""
        self.running.remove(order)
        process = order.process
        if process.is_alive():
            tree.end_below(process.pid, itself=True)
        tree.end_group(process.pid)
        process.join()
        process.close()
        try:
            answer: Answer = pickle.loads((order.private / worker.ANSWER).read_bytes())  # noqa: S301
        except (OSError, EOFError, pickle.PickleError):
            self.end_strays()  # of one that was killed itself
            found = "the process that made it ended"
            answer = timed_out(order.job, order.timeout) if late else lost(order.job, found)
        shutil.rmtree(order.private, ignore_errors=True)
        return answer

    def end_strays(self) -> None:
        """End what has come to this process, which adopts, and is no report."""
        tree.end_below(os.getpid(), {order.process.pid for order in self.running})

    def close(self) -> None:
        """End everything."""
        self.queue.clear()
        for order in list(self.running):
            self.take(order)


def serve(control: Connection, pool: Pool) -> None:
    """Make what is asked for until nobody asks any more."""
    try:
        control.send((READY, None))
        while True:
            try:
                while order := pool.begin():
                    control.send((order.number, None))
            except OSError as error:
                order = pool.running.pop()
                control.send((order.number, no_room(f"temporary folder {pool.home}", error)))
                continue
            if control in pool.wait(control):
                if (asked := control.recv()) is None:
                    break
                pool.queue.append(Order(*asked))
            for answer in pool.ended():
                control.send(answer)
    except (EOFError, OSError):
        pass
    finally:
        pool.close()


def lost(job: Job, found: str) -> Answer:
    """Return the answer for a report that the machinery lost."""
    fault = Fault(job.report.name, found, "a report that is made to the end")
    return Answer(error=RunError(fault), lost=True)


def timed_out(job: Job, timeout: float) -> Answer:
    """Return the answer for a report whose time is over."""
    step = "Allow more with --timeout SECONDS, or look for what takes so long."
    fault = Fault(job.report.name, f"no end after {timeout:g} s", "a report within its time", step)
    return Answer(error=RunError(fault), timed_out=True)


def no_room(place: str, error: OSError) -> Answer:
    """Return the answer for a report that finds no folder to be made in."""
    step = "Make room there, or set TMPDIR to a folder that can be written."
    found = error.strerror or type(error).__name__
    return Answer(error=RunError(Fault(place, found, "room to work in", step)))


def with_errors_told(action: Any, *given: Any) -> bool:
    """Do what saves time; where it fails reports are slower, and the log says why."""
    try:
        action(*given)
    except Exception:  # noqa: BLE001
        traceback.print_exc()
        return False
    return True


def main() -> None:
    """Warm up, say so, serve."""
    home, jobs, warmed, handle = sys.argv[1:]
    if not sys.flags.safe_path:
        del sys.path[0]  # where it was started, which Python puts there for ``-m``
    os.set_inheritable(int(handle), False)
    is_warm = warmed == "1" and with_errors_told(warm.up, paths.data_path())
    start = "fork" if threading.active_count() == 1 else "spawn"  # threads do not live on in forks
    is_warm = is_warm and start == "fork"
    tree.adopt()
    control = Connection(int(handle))
    serve(control, Pool(Path(home), paths.data_path(), int(jobs), is_warm, start, control))
    tree.end_below(os.getpid())
    shutil.rmtree(home, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main()
