"""The end of a run: the index, the record, and the command that hears what is new.

The exit code on record is the one that the run ends with, whatever goes wrong here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kumkm_analysis.errors import Exit, Fault
from kumkm_analysis.runner import hook, interrupts, record, run
from kumkm_analysis.runner.keys import Keys
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.publish import INDEX, Folder
from kumkm_analysis.runner.untold import Untold


@dataclass(frozen=True, slots=True)
class Clock:
    """When a run began, and how long it takes: clocks are set now and then."""

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _begun: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """The seconds since it began."""
        return round(time.monotonic() - self._begun, 3)


class Ending:
    """Writes what a run leaves beside its pages; ``code`` is what the run ends with."""

    def __init__(
        self,
        folder: Folder,
        keys: Keys,
        before: record.Record,
        results: Sequence[Result],
        clock: Clock,
        warn: Callable[[str], None],
        code: int,
    ) -> None:
        self.code = code
        self._folder, self._keys, self._before = folder, keys, before
        self._results, self._clock, self._warn = results, clock, warn
        self._announced: Mapping[str, Outcome] = before.announced
        self._index = ""

    def write(self) -> None:
        """Write index and record; that one cannot be written is told."""
        try:
            try:
                self._write()
            except KeyboardInterrupt:  # pages have changed; the next one does not come so soon
                self.code = Exit.INTERRUPTED
                self._write()
        except OSError as error:
            found = error.strerror or type(error).__name__
            expected = f"{INDEX} and {record.FILE} that can be written"
            step = "The pages are there. Make room, or move away what is in their place; then run "
            step += "again."
            if not self._folder.path.is_dir():
                found, expected, step = run.GONE
            fault = Fault(f"output folder {self._folder.path}", found, expected, step)
            self._warn(str(fault))
            self.code = self.code or Exit.SOME_FAILED

    def announce(self, command: str, timeout: float) -> None:
        """Have the command hear what is new; what it does not hear it hears the next time.

        Of a run that was interrupted it hears nothing.
        """
        if self.code == Exit.INTERRUPTED:
            return
        untold, failing = Untold(self._folder), self._before.failing(self._results)
        ended = f"The command of --on-change was ended: {command}"
        try:
            news = hook.news(self._results, failing, self._announced, untold.moved())
            if not news:
                untold.told()
                return
            problem = hook.call(command, news, self._folder.path, timeout)
            with interrupts.deferred():  # what it has heard is on record
                ended = ""
                if not problem:
                    untold.told()
                    self._announced = {name: one.outcome for name, one in failing.items()}
                self._tell(problem, self.code or (Exit.SOME_FAILED if problem else Exit.GOOD))
        except KeyboardInterrupt:
            self._tell(ended, Exit.INTERRUPTED)
        except OSError as error:
            found = f"{error.strerror or type(error).__name__}: {error.filename}"
            self._tell(f"The news for --on-change could not be read ({found}).", Exit.SOME_FAILED)

    def _tell(self, problem: str, code: int) -> None:
        """Warn of a problem, if there is one, and write the record with the code that follows."""
        self.code = code
        if problem:
            self._warn(problem)
        with suppress(OSError):  # what cannot be written was told before
            self._write_record()

    def _write(self) -> None:
        self._index = run.write_index(self._folder, self._results, self._before, self._keys)
        self._write_record()

    def _write_record(self) -> None:
        facts = {
            "seconds": self._clock.seconds,
            "exit_code": self.code,
            "data": self._keys.data_sha256,
            "versions": self._keys.versions,
        }
        content = record.document(
            self._results,
            self._before.left(self._results),
            self._announced,
            self._index,
            self._clock.started,
            facts,
        )
        self._folder.write(self._folder.path / record.FILE, content)
