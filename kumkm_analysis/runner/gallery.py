"""The index of the published folder: what is there, in both languages, and what failed last."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from kumkm_analysis.runner import page
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.produce import RESULTS
from kumkm_analysis.runner.publish import Folder

INDEX = "index.html"


def write(folder: Folder, results: Sequence[Result]) -> None:
    """Write the index of everything that is published, the last thing a run does."""
    last = {result.name: result for result in results}
    entries = [_entry(folder, name, last.get(name)) for name in folder.published()]
    known = {entry["name"] for entry in entries}
    failed = [
        {"name": r.name, "outcome": r.outcome.value, "message": r.message}
        for r in results
        if r.name not in known and not r.outcome.good
    ]
    html = page.render("index.html.j2", {"language": "id", "entries": entries, "failed": failed})
    folder.write(folder.path / INDEX, html.encode())


def _entry(folder: Folder, name: str, last: Result | None) -> dict[str, Any]:
    """Return what the index says of one report."""
    results = _results(folder, name)
    parameters = results.get("parameters", {})
    return {
        "name": name,
        "address": f"{quote(name)}/{quote(name)}.html",
        "title": results.get("title") or name,
        "language": parameters.get("language", ""),
        "period": parameters.get("period", ""),
        "reading": parameters.get("reading", ""),
        "headline": results.get("headline", []),
        "data": results.get("data", {}).get("version", ""),
        "stale": "" if last is None or last.outcome.good else last.outcome.value,
        "message": "" if last is None or last.outcome is Outcome.CANCELLED else last.message,
    }


def _results(folder: Folder, name: str) -> Mapping[str, Any]:
    """Return the results of a published report, nothing when it has none."""
    try:
        content = json.loads((folder.home(name) / RESULTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
