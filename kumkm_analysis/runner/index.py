"""The index of the published folder: what is there, how fresh it is, and what failed last.

One page without script for two languages and thousands of reports: tile maps and a list by name
lead to a region, and buttons of choice narrow what is shown by notebook, period, language and
state. What it says of a report it takes from that report's own files, first what its page says
first.
"""

from __future__ import annotations

import html
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kumkm_analysis import paths
from kumkm_analysis.dataset.request import LANGUAGES, Domain, domain
from kumkm_analysis.errors import DataError
from kumkm_analysis.runner import compare, page
from kumkm_analysis.runner.outcomes import Result
from kumkm_analysis.runner.publish import INDEX, RESULTS, Folder

FEW_REGIONS = 3  # up to so many regions lie open; more are folded, one click away

SAID = re.compile(r'<p class="kumkm-say">(.*?)</p>', re.DOTALL)
TAG = re.compile("<[^>]*>")
OPENING = 2**16  # bytes of a page that are read for what it opens with

Group = list["Entry"]  # a report in its languages


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
    lead: Sequence[str] = ()
    headline: Sequence[Mapping[str, str]] = ()
    state: str = "fresh"
    why: str = ""

    @property
    def address(self) -> str:
        """The relative address of the page."""
        return f"{quote(self.name)}/{quote(self.name)}.html"


def write(folder: Folder, results: Sequence[Result], data: Path | None) -> None:
    """Write the index of everything that is published, the last thing a run does."""
    folder.write(folder.path / INDEX, document(folder, results, data).encode())


def document(folder: Folder, results: Sequence[Result], data: Path | None = None) -> str:
    """Return the index of a folder after a run with these results.

    ``data`` is the folder of the package, which knows the levels of regions and where they lie.
    """
    known_regions = _domain(data)
    own = known_regions.settings
    words, last = page.words()["index"], {result.name: result for result in results}
    entries = [_entry(folder, name, last.get(name)) for name in folder.published()]
    entries = _aged(entries, {name for name, result in last.items() if result.outcome.good})
    known = {entry.name for entry in entries}
    regions = _regions(entries, known_regions)
    facets = []  # what the reports can be narrowed by, and to what, where there is a choice
    for name, title in words["facets"].items():
        values = sorted({str(getattr(e, name)) for e in entries} - {""})
        facets += [(name, title, values)] if len(values) > 1 else []
    return page.fill(
        "index.html.j2",
        language=own.languages[0],
        languages=own.languages,
        own=own.in_words,
        entries=entries,
        regions=regions,
        open=len(regions) <= FEW_REGIONS,
        failed=[r for r in results if r.name not in known and r.outcome.bad],
        facets=facets,
        classes={(f, v): f"{f[0]}{n}" for f, _, values in facets for n, v in enumerate(values)},
        words=words,
        maps=_maps(entries, {region: title for region, title, *_ in regions}, own.maps),
    )


def _domain(data: Path | None) -> Domain:
    """Return what a package says of its regions; nothing where it cannot be read."""
    try:
        return domain(data or paths.data_path(), validate=False)
    except DataError:
        return Domain({}, {})


def _entry(folder: Folder, name: str, last: Result | None) -> Entry:
    """Return what the index says of one report; it has no results where it brought none."""
    results = compare.parsed(folder.read(name, RESULTS)) or {}
    given, data = results.get("parameters", {}), results.get("data", {})
    bad = last is not None and last.outcome.bad
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")  # which stands for the day of publication
    made = int(fixed) if fixed.isdecimal() else folder.page(name).stat().st_mtime
    return Entry(
        name=name,
        title=str(results.get("title") or name),
        notebook=str(results.get("notebook", "")),
        region=str(given.get("region", "")),
        region_title=str(results.get("region_title", "")),
        period=str(given.get("period", "")),
        language=str(given.get("language", "")),
        reading=str(given.get("reading", "")),
        reading_title=str(results.get("reading_title") or given.get("reading", "")),
        data=str(data.get("version", "")),
        sha256=str(data.get("sha256", "")),
        made=datetime.fromtimestamp(made, UTC).date().isoformat(),
        lead=_lead(folder.page(name)),
        headline=results.get("headline", ()),
        state="stale" if bad else "fresh",
        why=last.outcome.value if bad and last is not None else "",
    )


def _lead(page: Path) -> list[str]:
    """Return what a page says first: at most two paragraphs, before any picture."""
    with page.open("rb") as file:
        text = file.read(OPENING).decode(errors="ignore")
    first = "".join(text.split("<h2", 2)[1:2]).partition("<figure")[0]
    return [html.unescape(TAG.sub("", said)) for said in SAID.findall(first)[:2]]


def _aged(entries: Sequence[Entry], good: set[str]) -> list[Entry]:
    """Mark as stale what was made from other data than the latest pages."""
    dated = [e for e in entries if e.sha256]
    current = {e.sha256 for e in dated if e.name in good}
    if not current and dated:
        current = {max(dated, key=lambda e: e.made).sha256}
    return [
        replace(e, state="stale", why="data")
        if e.sha256 and e.sha256 not in current and e.state == "fresh"
        else e
        for e in entries
    ]


def _regions(
    entries: Sequence[Entry], known: Domain
) -> list[tuple[str, str, tuple[str, ...], list[Group]]]:
    """Return every region with its title, its level in both languages and its reports.

    By level, and there by its name, the word for its level aside; without code last.
    """
    depths = {region: known.depth(region) for region in known.regions}
    regions: dict[str, dict[tuple[str, ...], Group]] = {}
    for e in sorted(entries, key=lambda e: (e.notebook, e.period, e.reading, e.name)):
        same = (e.notebook, e.period, e.reading) if e.notebook and e.language else (e.name,)
        same = (*same, e.name.rpartition(".")[0] or e.name)
        regions.setdefault(e.region, {}).setdefault(same, []).append(e)
    found = []
    for region, reports in regions.items():
        groups = [sorted(g, key=lambda e: e.language != "id") for g in reports.values()]
        titles = {e.language: e.region_title for group in groups for e in group}
        both = dict.fromkeys(t for t in (titles.get("id"), titles.get("en")) if t)
        beside = [known.levels[r] for r, depth in depths.items() if depth == depths.get(region)]
        said = [known.settings.named(beside, k) for k in LANGUAGES] if beside else []
        level = tuple(f"{one[:1].upper()}{one[1:]}" for one in said)
        found.append((region, " · ".join(both), level, groups))
    deepest = len(depths)
    found.sort(key=lambda r: (r[0] == "", depths.get(r[0], deepest), known.bare(*r[:2]), r[0]))
    return found


def _maps(
    entries: Sequence[Entry], titles: Mapping[str, str], maps: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the tile maps, with title and number of reports of every region that has any."""
    count = Counter(entry.region for entry in entries)
    return [
        {
            "title": {k: drawn.get(f"title_{k}", "") for k in LANGUAGES},
            "kind": "small" if any(tile[1] for tile in drawn["tiles"].values()) else "large",
            "columns": max(tile[2] for tile in drawn["tiles"].values()) + 1,
            "tiles": [
                {
                    "region": region, "name": name, "short": short, "column": column + 1,
                    "row": row + 1, "title": titles.get(region, ""), "count": count[region],
                }
                for region, (name, short, column, row) in sorted(
                    drawn["tiles"].items(), key=lambda item: (item[1][3], item[1][2])
                )
            ],
        }
        for drawn in maps
        if any(region in count for region in drawn["tiles"])
    ]  # fmt: skip
