"""The coordinator: obeys a plan, several reports at a time, and alone writes to the folder.

Whatever an engine makes comes back as bytes and is published here. Of a page and its translation,
which link to each other, neither is published before the other is made.
"""

from __future__ import annotations

import errno
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from kumkm_analysis.errors import Fault
from kumkm_analysis.runner import compare, decide, interrupts
from kumkm_analysis.runner.decide import Step
from kumkm_analysis.runner.jobs import Answer, Job, Product
from kumkm_analysis.runner.keys import Keys
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.publish import RESULTS, TAKEN, Folder

Tell = Callable[[Result], None]
GONE = (
    "nothing there",
    "the folder in which the run began",
    "Look for what took it away, a notebook perhaps; then run again.",
)


class Engine(Protocol):
    """Where reports are made."""

    jobs: int

    def submit(self, job: Job) -> Future[Answer]:
        """Have a report made; never raises for what goes wrong in it."""

    def close(self) -> None:
        """End everything that still runs."""


class Made(NamedTuple):
    """A job that came back, and the seconds that it took."""

    job: Job
    answer: Answer
    seconds: float

    @property
    def name(self) -> str:
        """The name of the report."""
        return self.job.report.name


@dataclass
class Coordinator:
    """Runs the steps of a plan on an engine and publishes what comes back."""

    folder: Folder
    keys: Keys
    tell: Tell
    fail_fast: bool = False
    results: dict[str, Result] = field(default_factory=dict)
    _queue: deque[Job] = field(default_factory=deque)
    _running: dict[Future[Answer], tuple[Job, float]] = field(default_factory=dict)
    _held: dict[str, Made] = field(default_factory=dict)  # by the translation they link to

    def run(self, steps: Sequence[Step], engine: Engine | None) -> None:
        """Make and publish what has to be made; ``results`` fills as it comes.

        Where nothing has to be made no engine is needed.
        One failed report never stops the others, unless ``fail_fast`` says so. An interrupt is
        passed on after everything that runs was ended; what is missing then was cancelled.
        """
        self._queue.extend(step.job for step in steps if not step.unchanged)
        for step in steps:
            if step.unchanged:
                self._tell(Result(step.name, Outcome.UNCHANGED, key=step.job.key))
        try:
            while engine is not None and (self._queue or self._running):
                self._fill(engine)
                done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                if not (self.fail_fast and any(f.result().product is None for f in done)):
                    self._fill(engine)  # the engine works on while we publish
                for future in done:
                    job, begun = self._running.pop(future)
                    answer = future.result()
                    self._take(Made(job, answer, answer.seconds or time.monotonic() - begun))
                if self.fail_fast and any(not r.outcome.good for r in self.results.values()):
                    break
        finally:
            if engine is not None and self._running:
                engine.close()

    def _fill(self, engine: Engine) -> None:
        """Keep the engine busy: as many as it makes at a time, and as many again in waiting."""
        most = 2 * engine.jobs
        while (
            self._queue
            and len(self._running) < 2 * most
            and sum(not future.done() for future in self._running) < most
        ):
            job = self._queue.popleft()
            self._running[engine.submit(job)] = job, time.monotonic()

    def _take(self, made: Made) -> None:
        """Publish what came back, or hold it until its translation is known."""
        other = made.job.translation
        held = self._held.pop(made.name, None)
        if made.answer.product is None:
            self._fail(made)
            if held is not None:
                self._make_without_link(held.job)
        elif held is not None:
            self._publish(held, made)
        elif other is None or self.folder.page(other).is_file():
            self._publish(made)
        elif self._expected(other):
            self._held[other] = made
        else:
            self._make_without_link(made.job)

    def _expected(self, name: str) -> bool:
        """Tell whether a report is still to come."""
        jobs = [*self._queue, *(job for job, _ in self._running.values())]
        return any(job.report.name == name for job in jobs)

    def _make_without_link(self, job: Job) -> None:
        """Make a page again whose link would lead nowhere."""
        self._queue.appendleft(decide.linked(job, self.keys, None))

    def _fail(self, made: Made) -> None:
        job, answer = made.job, made.answer
        kept = self.folder.keep_failed(made.name, answer.notebook)
        outcome = Outcome.TIMED_OUT if answer.timed_out else Outcome.FAILED
        message = str(answer.error or "no answer")
        self._tell(
            Result(made.name, outcome, made.seconds, message, kept, job.key, answer.attempts)
        )

    def _publish(self, *finished: Made) -> None:
        """Write all aside, then move it into place: of a pair one right after the other."""
        staged = [(made, fresh) for made in finished if (fresh := self._stage(made))]
        coming = {made.name for made, _ in staged}
        placed: list[tuple[Made, Result]] = []
        with interrupts.deferred():  # what can be seen is told
            for made, fresh in staged:
                result = self._result(made)
                if not self._leads_somewhere(made, coming):
                    self.folder.discard(fresh)
                    self._make_without_link(made.job)
                    continue
                try:
                    self.folder.place(made.name, fresh)
                    placed.append((made, result))
                except OSError as error:
                    self._unwritten(made, error)
                    coming.discard(made.name)
            for made, result in placed:
                if self._leads_somewhere(made, coming):
                    self._tell(result)
                else:
                    self._make_without_link(made.job)

    def _stage(self, made: Made) -> Path | None:
        """Write the files of a report aside; that it cannot be done is told."""
        try:
            if not self.folder.takes(made.name):  # before a page that links to it can be seen
                raise FileExistsError(errno.EEXIST, f"{made.name} {TAKEN}")
            return self.folder.stage(made.answer.product.files if made.answer.product else {})
        except OSError as error:
            self._unwritten(made, error)
            return None

    def _leads_somewhere(self, made: Made, coming: Collection[str]) -> bool:
        """Tell whether the page that a page links to is there, or is just being placed."""
        other = made.job.translation
        return other is None or other in coming or self.folder.page(other).is_file()

    def _result(self, made: Made) -> Result:
        product = made.answer.product or Product({})
        news: Mapping[str, Any] = {"new": True}
        if self.folder.page(made.name).is_file():
            news = compare.moved(self.folder.read(made.name, RESULTS), product.files.get(RESULTS))
        return Result(
            made.name,
            Outcome.DONE,
            made.seconds,
            path=self.folder.page(made.name),
            key=made.job.key,
            attempts=made.answer.attempts,
            changes=news,
            warnings=product.warnings,
        )

    def _unwritten(self, made: Made, error: OSError) -> None:
        step = "The last good page is kept. Make room, or choose another --output; then run again."
        fault = unwritten(self.folder, error, "room and leave to write", step)
        self._tell(Result(made.name, Outcome.FAILED, made.seconds, str(fault), key=made.job.key))

    def _tell(self, result: Result) -> None:
        self.results[result.name] = result
        self.tell(result)


def unwritten(folder: Folder, error: OSError, expected: str, step: str) -> Fault:
    """Return why something could not be written into a folder, were it that the folder is gone."""
    found = error.strerror or type(error).__name__
    if not folder.path.is_dir():
        found, expected, step = GONE
    return Fault(f"output folder {folder.path}", found, expected, step)


def ended(steps: Sequence[Step], results: Mapping[str, Result], folder: Folder) -> list[Result]:
    """Return the results in the plan's order, after all has ended.

    What has none was cancelled, and only those are good whose page is there.
    """
    where, expected = f"output folder {folder.path}", "the page that was there"
    found = [
        results.get(step.name) or Result(step.name, Outcome.CANCELLED, key=step.job.key)
        for step in steps
    ]
    return [
        replace(
            result,
            outcome=Outcome.FAILED,
            path=None,
            message=str(Fault(where, f"no {result.name}", expected, GONE[2])),
        )
        if result.outcome.good and not folder.page(result.name).is_file()
        else result
        for result in found
    ]
