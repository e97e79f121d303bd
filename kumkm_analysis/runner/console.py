"""What a run says: a line a report and a summary for people, JSON lines for machines."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from kumkm_analysis.errors import Exit
from kumkm_analysis.runner import record
from kumkm_analysis.runner.decide import Step
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.publish import INDEX


class TextListener:
    """Speaks to people: a progress bar on a terminal, plain lines elsewhere.

    Reports in which nothing changed are counted, not listed: a schedule should be quiet.
    """

    def __init__(self) -> None:
        self._bar: Any = None

    def planned(self, steps: Sequence[Step], jobs: int | None) -> None:
        """Say how many reports there are before the first begins."""
        wanted = sum(not step.unchanged for step in steps)
        line = _summary(steps)
        share = "on the workers" if jobs is None else f"{min(jobs, wanted)} at a time"
        _say(f"{line}; {share}" if wanted else line)
        if wanted and sys.stderr is not None and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=wanted, unit="report", leave=False)

    def result(self, result: Result) -> None:
        """Write one line, and one for each warning on its page."""
        for sentence in result.warnings:
            self.warning(f"{result.name}: {sentence}")
        if result.outcome is Outcome.UNCHANGED:
            return
        line = f"{result.outcome.value:<10} {result.name}  {result.seconds:.1f} s"
        if result.attempts > 1:
            line += f"  (attempt {result.attempts})"
        if self._bar is None:
            _say(line)
        else:
            with suppress(OSError):
                self._bar.write(line, file=sys.stdout)
                self._bar.update()

    def ended(self, results: Sequence[Result], output: Path, code: int) -> None:
        """Say for every report that did not end well why, and where to look."""
        if self._bar is not None:
            with suppress(OSError):
                self._bar.close()
        for result in results:
            if result.outcome.bad:
                _say(f"\n{result.name}: {result.outcome.value}", err=True)
                _say(result.message, err=True)
                if result.path is not None:
                    _say(f"  The executed notebook: {result.path}", err=True)
        if code == Exit.INTERRUPTED:
            _say("Interrupted; finished pages stay, nothing is half published.", err=True)
        outcomes = Counter(result.outcome for result in results)
        parts = ", ".join(f"{_grouped(outcomes[o])} {o.value}" for o in Outcome if outcomes[o])
        index = output / INDEX
        _say(f"{_count(len(results))}: {parts}" + (f"; open {index}" if index.is_file() else ""))

    def warning(self, text: str) -> None:
        """Write to the error stream."""
        if self._bar is None:
            _say(text, err=True)
        else:
            with suppress(OSError):
                self._bar.write(text, file=sys.stderr)


class JsonListener:
    """Speaks to machines: one JSON object a line on the output."""

    def planned(self, steps: Sequence[Step], jobs: int | None) -> None:
        """Tell the plan in numbers."""
        wanted = sum(not step.unchanged for step in steps)
        self._write(event="planned", reports=len(steps), to_make=wanted, jobs=jobs)

    def result(self, result: Result) -> None:
        """Tell one report."""
        self._write(event="report", **record.entry(result))

    def ended(self, results: Sequence[Result], output: Path, code: int) -> None:
        """Tell the end."""
        outcomes = Counter(result.outcome.value for result in results)
        self._write(event="ended", outcomes=outcomes, output=str(output), exit_code=code)

    def warning(self, text: str) -> None:
        """Tell a warning."""
        self._write(event="warning", message=text)

    def _write(self, **content: Any) -> None:
        _say(json.dumps(content))


Listener = TextListener | JsonListener


def _say(text: str, *, err: bool = False) -> None:
    """Write a line; where nobody can take it (a closed pipe, a full disk) be silent instead."""
    try:
        click.echo(text, err=err)
    except OSError:
        silence(sys.stderr if err else sys.stdout)


def silence(stream: Any) -> None:
    """Have a stream lead nowhere, so that what it still holds does not fail again at the end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def plan_lines(steps: Sequence[Step]) -> list[str]:
    """Return a plan as lines: every report with its outcome to be, and the number of them."""
    return [*(f"{step.name}  {step.foreseen}" for step in steps), _summary(steps)]


def plan_json(steps: Sequence[Step]) -> str:
    """Return a plan as JSON."""
    entries = [
        {
            "name": step.name,
            "outcome": "unchanged" if step.unchanged else "run",
            "reasons": list(step.reasons),
            "key": step.job.key,
        }
        for step in steps
    ]
    return json.dumps({"reports": entries}, indent=1)


def _summary(steps: Sequence[Step]) -> str:
    """Return how many reports there are, and what is to be done."""
    wanted = sum(not step.unchanged for step in steps)
    same = len(steps) - wanted
    return f"{_count(len(steps))}: {_grouped(wanted)} to make, {_grouped(same)} unchanged"


def _count(number: int) -> str:
    return f"{_grouped(number)} report{'' if number == 1 else 's'}"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")
