"""The record of a run, ``run.json``: times, outcomes, keys and versions, for machines.

Failures that a later run did not touch stay on record as standing, so that the index keeps their
pages marked as stale until they are made anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kumkm_analysis import __version__
from kumkm_analysis.runner import lines, stored
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.publish import Folder

FILE = "run.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of earlier runs: failures that stand, and what the index was made from.

    ``announced`` are the failures of which the command of ``--on-change`` has heard.
    """

    standing: Mapping[str, Result] = field(default_factory=dict)
    index: str = ""
    announced: Mapping[str, Outcome] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Folder) -> Record:
        """Return the record that a folder holds; an empty one when it has none."""
        try:
            content = stored.parse((folder.path / FILE).read_bytes())
            entries = [*content["standing"], *content["reports"]]
            results = [_result(entry) for entry in entries]
            index = str(content["index"])
            announced = {name: Outcome(word) for name, word in content.get("announced", {}).items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()
        return cls({r.name: r for r in results if r.outcome.bad}, index, announced)

    def left(self, results: Sequence[Result]) -> list[Result]:
        """Return the failures that stand after a run: those that it did not touch, or cancelled."""
        touched = {r.name for r in results if r.outcome is not Outcome.CANCELLED}
        return [result for name, result in self.standing.items() if name not in touched]

    def failing(self, results: Sequence[Result]) -> dict[str, Result]:
        """Return all failures that stand after a run, with those of the run."""
        return {r.name: r for r in (*self.left(results), *results) if r.outcome.bad}


def document(
    results: Sequence[Result],
    standing: Sequence[Result],
    announced: Mapping[str, Outcome],
    index: str,
    started: datetime,
    facts: Mapping[str, Any],
) -> bytes:
    """Return the record of a run as the bytes of its file."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        **facts,
        "outcomes": Counter(result.outcome.value for result in results),
        "reports": [entry(result) for result in results],
        "standing": [entry(result) for result in standing],
        "announced": {name: outcome.value for name, outcome in announced.items()},
        "index": index,
    }
    return lines.document(content)


def entry(result: Result) -> dict[str, Any]:
    """Return one result as plain data."""
    found: dict[str, Any] = {
        "name": result.name,
        "outcome": result.outcome.value,
        "seconds": round(result.seconds, 3),
    }
    if result.key:
        found["key"] = result.key
    if result.attempts > 1:
        found["attempts"] = result.attempts
    if result.message:
        found["message"] = result.message
    if result.changes:
        found["changes"] = dict(result.changes)
    return found


def _result(entry: Mapping[str, Any]) -> Result:
    return Result(
        name=str(entry["name"]),
        outcome=Outcome(entry["outcome"]),
        message=str(entry.get("message", "")),
    )
