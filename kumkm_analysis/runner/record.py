"""The record of a run, ``run.json``: times, outcomes, keys and versions, for machines.

Failures that a later run did not touch stay on record as standing, so that the index keeps their
pages marked as stale until they are made anew.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kumkm_analysis import __version__
from kumkm_analysis.runner import documents, provenance
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.publish import INDEX, Folder

FILE = "run.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of earlier runs: failures that stand, and what the index was made from."""

    standing: Mapping[str, Result] = field(default_factory=dict)
    index: str = ""

    @classmethod
    def read(cls, folder: Folder) -> Record:
        """Return the record that a folder holds; an empty one when it has none."""
        try:
            content = json.loads((folder.path / FILE).read_bytes())
            entries = [*content["standing"], *content["reports"]]
            results = [_result(entry) for entry in entries]
            index = str(content["index"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()
        return cls({r.name: r for r in results if r.outcome.bad}, index)

    def left(self, results: Sequence[Result]) -> list[Result]:
        """Return the failures that stand after a run: those that it did not touch, or cancelled."""
        touched = {r.name for r in results if r.outcome is not Outcome.CANCELLED}
        return [result for name, result in self.standing.items() if name not in touched]


def document(
    results: Sequence[Result],
    standing: Sequence[Result],
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
        "index": index,
    }
    return documents.written(content)


def write_index(
    folder: Folder,
    results: Sequence[Result],
    before: Record,
    code: Mapping[str, str],
    data: Path | None = None,
) -> str:
    """Write the index of everything published, last of all; return what it was made from.

    An index that would come out the same is left alone, and so is all that it takes to make it.
    ``code`` are the digests of our own files, ``data`` is the folder of the data package.
    """
    standing = before.left(results)
    bad = sorted(
        (r.name, r.outcome.value, r.message) for r in (*results, *standing) if not r.outcome.good
    )
    found = {name: provenance.read(folder.home(name)) for name in folder.published()}
    keys = [(name, one.key if one else "") for name, one in found.items()]
    state = hashlib.sha256(json.dumps([bad, keys, sorted(code.items())]).encode()).hexdigest()
    if state != before.index or not (folder.path / INDEX).is_file():
        from kumkm_analysis.runner import index

        index.write(folder, [*results, *standing], data)
    return state


def entry(result: Result) -> dict[str, Any]:
    """Return one result as plain data."""
    more = {
        "key": result.key,
        "attempts": result.attempts if result.attempts > 1 else None,
        "message": result.message,
        "warnings": list(result.warnings),
        "changes": dict(result.changes),
    }
    return {
        "name": result.name,
        "outcome": result.outcome.value,
        "seconds": round(result.seconds, 3),
        **{name: value for name, value in more.items() if value},
    }


def _result(entry: Mapping[str, Any]) -> Result:
    return Result(
        name=str(entry["name"]),
        outcome=Outcome(entry["outcome"]),
        message=str(entry.get("message", "")),
    )
