"""The index of the published folder: what is there, how fresh it is, and what failed last.

One page without script for two languages and thousands of reports: tile maps lead to a region, and
buttons of choice narrow what is shown by notebook, period, language and state. What it says of a
report it takes from that report's own files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from kumkm_analysis.runner import epoch, published, stored, templates, tiles
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.publish import INDEX, RESULTS, Folder

FEW_REGIONS = 3  # up to so many regions lie open; more are folded, one click away
STATES = {
    "fresh": ("terkini", "fresh"),
    "stale": ("usang", "stale"),
    "failed": ("gagal", "failed"),
}
INDONESIAN = {Outcome.FAILED: "gagal", Outcome.TIMED_OUT: "melewati batas waktu"}
NOTEBOOKS = {
    "capital_structure": ("struktur permodalan", "capital structure"),
    "evidence": ("bukti", "evidence"),
    "membership": ("keanggotaan", "membership"),
}
FACETS = (
    ("notebook", "Laporan", "Report"),
    ("period", "Periode", "Period"),
    ("language", "Bahasa", "Language"),
    ("state", "Keadaan", "State"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index says of one report."""

    name: str
    title: str
    notebook: str
    region: str
    region_title: str
    period: str
    language: str
    reading: str
    reading_title: str
    data: str
    sha256: str
    made: str
    headline: Sequence[Mapping[str, str]] = ()
    findings: int | None = None
    state: str = "fresh"
    why: str = ""

    @property
    def address(self) -> str:
        """The relative address of the page."""
        return f"{quote(self.name)}/{quote(self.name)}.html"


def write(folder: Folder, results: Sequence[Result]) -> None:
    """Write the index of everything that is published, the last thing a run does."""
    folder.write(folder.path / INDEX, document(folder, results).encode())


def document(folder: Folder, results: Sequence[Result]) -> str:
    """Return the index of a folder after a run with these results."""
    last = {result.name: result for result in results}
    entries = [_entry(folder, name, last.get(name)) for name in folder.published()]
    entries = _aged(entries, last)
    known = {entry.name for entry in entries}
    failed = [r for r in results if r.name not in known and r.outcome.bad]
    facets = _facets(entries)
    facts = {
        "language": "id",
        "entries": entries,
        "regions": _regions(entries),
        "open": len({e.region for e in entries}) <= FEW_REGIONS,
        "failed": failed,
        "facets": facets,
        "classes": _classes(facets),
        "states": STATES,
        "indonesian": INDONESIAN,
        "notebooks": NOTEBOOKS,
        "maps": _maps(entries),
    }
    return templates.fill(templates.plain(), "index.html.j2", **facts)


def _entry(folder: Folder, name: str, last: Result | None) -> Entry:
    """Return what the index says of one report."""
    results = _results(folder, name)
    parameters = results.get("parameters", {})
    data = results.get("data", {})
    bad = last is not None and last.outcome.bad
    findings = results.get("findings")
    return Entry(
        name=name,
        title=str(results.get("title") or name),
        notebook=str(results.get("notebook", "")),
        region=str(parameters.get("region", "")),
        region_title=str(results.get("region_title", "")),
        period=str(parameters.get("period", "")),
        language=str(parameters.get("language", "")),
        reading=str(parameters.get("reading", "")),
        reading_title=str(results.get("reading_title") or parameters.get("reading", "")),
        data=str(data.get("version", "")),
        sha256=str(data.get("sha256", "")),
        made=_made(folder, name),
        headline=results.get("headline", ()),
        findings=None if findings is None else len(findings),
        state="stale" if bad else "fresh",
        why=last.outcome.value if bad and last is not None else "",
    )


def _aged(entries: Sequence[Entry], last: Mapping[str, Result]) -> list[Entry]:
    """Mark as stale what was made from other data than the latest pages."""
    from dataclasses import replace

    made = [e for e in entries if e.sha256 and e.name in last and last[e.name].outcome.good]
    newest = max((e for e in made or entries if e.sha256), key=lambda e: e.made, default=None)
    if newest is None:
        return list(entries)
    current = {e.sha256 for e in made} or {newest.sha256}
    return [
        replace(e, state="stale", why="data")
        if e.sha256 and e.sha256 not in current and e.state == "fresh"
        else e
        for e in entries
    ]


def _made(folder: Folder, name: str) -> str:
    """Return the day on which a page was published, or that of SOURCE_DATE_EPOCH when it is set."""
    fixed = epoch.seconds()
    seconds = folder.page(name).stat().st_mtime if fixed is None else fixed
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _regions(entries: Sequence[Entry]) -> list[tuple[str, str, list[list[Entry]]]]:
    """Return every region with its reports, translations together, the region without code last."""
    regions: dict[str, dict[tuple[str, ...], list[Entry]]] = {}
    for e in sorted(entries, key=lambda e: (e.notebook, e.period, e.reading, e.name)):
        same = (e.notebook, e.period, e.reading) if e.notebook and e.language else (e.name,)
        same = (*same, e.name.rpartition(".")[0] or e.name)
        regions.setdefault(e.region, {}).setdefault(same, []).append(e)
    order = sorted(regions, key=lambda r: (r == "", r != "ID", r))
    found = []
    for region in order:
        groups = [sorted(g, key=lambda e: e.language != "id") for g in regions[region].values()]
        titles = {e.language: e.region_title for group in groups for e in group}
        both = dict.fromkeys(t for t in (titles.get("id"), titles.get("en")) if t)
        found.append((region, " · ".join(both), groups))
    return found


def _facets(entries: Sequence[Entry]) -> list[tuple[str, str, str, list[str]]]:
    """Return what the reports can be narrowed by, and to what, where there is a choice."""
    found = []
    for name, title_id, title_en in FACETS:
        values = sorted({str(getattr(e, name)) for e in entries} - {""})
        if len(values) > 1:
            found.append((name, title_id, title_en, values))
    return found


def _classes(facets: Sequence[tuple[str, str, str, list[str]]]) -> dict[tuple[str, str], str]:
    """Return a short class for every value of every facet."""
    return {
        (name, value): f"{name[0]}{number}"
        for name, _, _, values in facets
        for number, value in enumerate(values)
    }


def _maps(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the tile maps, with title and number of reports of every region that has any."""
    titles = {region: title for region, title, _ in _regions(entries)}
    count: dict[str, int] = {}
    for e in entries:
        count[e.region] = count.get(e.region, 0) + 1
    return [
        {
            "title_id": title_id,
            "title_en": title_en,
            "kind": kind,
            "tiles": [
                {
                    "region": region, "short": short, "column": column + 1, "row": row + 1,
                    "title": titles.get(region, ""), "count": count.get(region, 0),
                }
                for region, (short, column, row) in sorted(
                    places.items(), key=lambda item: (item[1][2], item[1][1])
                )
            ],
        }
        for title_id, title_en, kind, places in tiles.MAPS
        if any(region in count for region in places)
    ]  # fmt: skip


def _results(folder: Folder, name: str) -> Mapping[str, Any]:
    """Return the results of a published report, nothing when it has none."""
    try:
        content = stored.parse((folder.home(name) / RESULTS).read_bytes())
    except (OSError, ValueError):
        return {}
    return published.summary(content) or {}
