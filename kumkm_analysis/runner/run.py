"""The coordinator: obeys a plan, several reports at a time, and alone writes to the folder.

Whatever an engine makes comes back as bytes and is published here. A page that links to its
translation appears together with it: neither is published before the other is known.
"""

from __future__ import annotations

import errno
import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner import changes, decide, interrupts
from kumkm_analysis.runner.decide import Step
from kumkm_analysis.runner.jobs import Answer, Job, Product
from kumkm_analysis.runner.keys import Keys
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.publish import INDEX, RESULTS, TAKEN, Folder
from kumkm_analysis.runner.record import Record
from kumkm_analysis.runner.untold import Untold

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


@dataclass
class Coordinator:
    """Runs the steps of a plan on an engine and publishes what comes back."""

    folder: Folder
    keys: Keys
    tell: Tell
    warn: Callable[[str], None]
    fail_fast: bool = False
    results: dict[str, Result] = field(default_factory=dict)
    _queue: deque[Job] = field(default_factory=deque)
    _running: dict[Future[Answer], tuple[Job, float]] = field(default_factory=dict)
    _held: dict[str, tuple[Job, Answer, float]] = field(default_factory=dict)
    _waiting: dict[str, Job] = field(default_factory=dict)  # by the translation they wait for
    _warned: set[str] = field(default_factory=set)

    def run(self, steps: Sequence[Step], engine: Engine) -> None:
        """Make and publish what has to be made; ``results`` fills as it comes.

        One failed report never stops the others, unless ``fail_fast`` says so. An interrupt is
        passed on after everything that runs was ended; what is missing then was cancelled.
        """
        self._queue.extend(step.job for step in steps if not step.unchanged)
        for step in steps:
            if step.unchanged:
                self._tell(Result(step.name, Outcome.UNCHANGED, key=step.job.key))
            if step.waits and step.job.translation:
                self._waiting[step.job.translation] = step.job
        try:
            while self._queue or self._running:
                self._fill(engine)
                done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                if not (self.fail_fast and any(f.result().product is None for f in done)):
                    self._fill(engine)  # the engine works on while we publish
                for future in done:
                    job, begun = self._running.pop(future)
                    self._take(job, future.result(), time.monotonic() - begun)
                if self.fail_fast and any(not r.outcome.good for r in self.results.values()):
                    break
        finally:
            if self._running:
                engine.close()
            for job, answer, seconds in list(self._held.values()):
                self._settle_alone(job, answer, seconds)

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

    def _take(self, job: Job, answer: Answer, seconds: float) -> None:
        """Publish what came back, or hold it until its translation is known."""
        name, other = job.report.name, job.translation
        seconds = answer.seconds or seconds
        if answer.product is None:
            self._fail(job, answer, seconds)
        elif other is None or self.folder.page(other).is_file():
            self._publish([(job, answer, seconds)])
        elif other in self._held:
            self._publish([self._held.pop(other), (job, answer, seconds)])
        elif self._expected(other):
            self._held[name] = job, answer, seconds
        else:
            self._queue.appendleft(decide.job(job.report, self.keys, None))

    def _expected(self, name: str) -> bool:
        """Tell whether a report is still to come."""
        jobs = [*self._queue, *(job for job, _ in self._running.values())]
        return any(job.report.name == name for job in jobs)

    def _fail(self, job: Job, answer: Answer, seconds: float) -> None:
        """Note a failure; a page that was held for this one is made again without a link to it."""
        name = job.report.name
        kept = self._keep(name, answer.notebook)
        outcome = Outcome.TIMED_OUT if answer.timed_out else Outcome.FAILED
        message = str(answer.error or "no answer")
        self._tell(Result(name, outcome, seconds, message, kept, job.key, answer.attempts))
        other = job.translation
        if other in self._held and not self.folder.page(name).is_file():
            held, _, _ = self._held.pop(other)
            self._queue.appendleft(decide.job(held.report, self.keys, None))

    def _keep(self, name: str, notebook: bytes | None) -> Path | None:
        """Keep the notebook of a failed report; that it cannot be kept is told once, if so."""
        try:
            return self.folder.keep_failed(name, notebook)
        except RunError as error:
            if str(error) not in self._warned:
                self._warned.add(str(error))
                self.warn(str(error))
            return None

    def _settle_alone(self, job: Job, answer: Answer, seconds: float) -> None:
        """Publish a held page after the end, if the page it links to is there."""
        if job.translation is not None and self.folder.page(job.translation).is_file():
            self._publish([(job, answer, seconds)])
        self._held.pop(job.report.name, None)

    def _publish(self, finished: Sequence[tuple[Job, Answer, float]]) -> None:
        """Write all aside, then move it into place: pages that link to each other together."""
        staged: list[tuple[Job, Result, Path]] = []
        lacking: set[str] = set()
        for job, answer, seconds in finished:
            name, product = job.report.name, answer.product or Product({})
            news = changes.of_report(self.folder.read(name, RESULTS), product.files.get(RESULTS))
            page, attempts = self.folder.page(name), answer.attempts
            result = Result(name, Outcome.DONE, seconds, "", page, job.key, attempts, news)
            try:
                if not self.folder.takes(name):  # before any page that links to it can be seen
                    raise FileExistsError(errno.EEXIST, f"{name} {TAKEN}")
                Untold(self.folder).keep(name)
                staged.append((job, result, self.folder.stage(product.files)))
            except OSError as error:
                self._tell(self._unwritten(job, error, seconds))
                lacking.add(name)
        with interrupts.deferred():  # what can be seen is told
            placed = self._place(staged, lacking)
            for job, result in placed:
                if self._links_nowhere(job, lacking):  # the other could not be placed
                    self._queue.appendleft(decide.job(job.report, self.keys, None))
                    continue
                self._tell(result)
                if result.name in self._waiting:
                    self._queue.append(self._waiting.pop(result.name))

    def _place(
        self, staged: Sequence[tuple[Job, Result, Path]], lacking: set[str]
    ) -> list[tuple[Job, Result]]:
        """Move staged folders into place; return what is there now, add what is not."""
        if len(staged) > 1 and all(self.folder.free(result.name) for _, result, _ in staged):
            with suppress(OSError):  # one by one it turns out which cannot be placed
                self.folder.place_together({result.name: fresh for _, result, fresh in staged})
                return [(job, result) for job, result, _ in staged]
        placed: list[tuple[Job, Result]] = []
        for job, result, fresh in staged:
            if self._links_nowhere(job, lacking):
                self.folder.discard(fresh)
                self._queue.appendleft(decide.job(job.report, self.keys, None))
                continue
            try:
                self.folder.place(result.name, fresh)
                placed.append((job, result))
            except OSError as error:
                self._tell(self._unwritten(job, error, result.seconds))
                lacking.add(result.name)
        return placed

    def _links_nowhere(self, job: Job, lacking: Collection[str]) -> bool:
        """Tell whether the translation of a page could not be published, and never was."""
        other = job.translation
        return other is not None and other in lacking and not self.folder.page(other).is_file()

    def _unwritten(self, job: Job, error: OSError, seconds: float) -> Result:
        where = f"output folder {self.folder.path}"
        found, expected = error.strerror or type(error).__name__, "room and leave to write"
        step = "The last good page is kept. Make room, or choose another --output; then run again."
        if not self.folder.path.is_dir():
            found, expected, step = GONE
        fault = Fault(where, found, expected, step)
        return Result(job.report.name, Outcome.FAILED, seconds, str(fault), key=job.key)

    def _tell(self, result: Result) -> None:
        self.results[result.name] = result
        self.tell(result)


def verified(results: Sequence[Result], folder: Folder) -> list[Result]:
    """Return results of which only those are good whose page is there, after all has ended."""
    where, expected = f"output folder {folder.path}", "the page that was there"
    return [
        result
        if folder.page(result.name).is_file() or not result.outcome.good
        else replace(
            result,
            outcome=Outcome.FAILED,
            path=None,
            message=str(Fault(where, f"no {result.name}", expected, GONE[2])),
        )
        for result in results
    ]


def ordered(steps: Sequence[Step], results: Mapping[str, Result]) -> list[Result]:
    """Return the results in the plan's order; what has none was cancelled."""
    return [
        results.get(step.name) or Result(step.name, Outcome.CANCELLED, key=step.job.key)
        for step in steps
    ]


def write_index(folder: Folder, results: Sequence[Result], record: Record, keys: Keys) -> str:
    """Write the index of everything published, last of all; return what it was made from.

    An index that would come out the same is left alone, and so is all that it takes to make it.
    """
    standing = record.left(results)
    bad = sorted(
        (r.name, r.outcome.value, r.message) for r in (*results, *standing) if not r.outcome.good
    )
    parts = [bad, list(_published_keys(folder)), sorted(keys.own.items())]
    state = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    if state != record.index or not (folder.path / INDEX).is_file():
        from kumkm_analysis.runner import index

        index.write(folder, [*results, *standing])
    return state


def _published_keys(folder: Folder) -> Iterator[tuple[str, str]]:
    from kumkm_analysis.runner import provenance

    for name in folder.published():
        found = provenance.read(folder.home(name))
        yield name, "" if found is None else found.key
