"""The index of the published folder: what is there, how fresh it is, and what failed last.

One page without script for two languages and thousands of reports: tile maps and a list by name
lead to a region, and buttons of choice narrow what is shown by notebook, period, language and
state. What it says of a report it takes from that report's own files, first what its page says
first.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kumkm_analysis.runner import epoch, page, published, stored
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
SOFT = "\N{SOFT HYPHEN}"
# Where regions lie on the tile maps, column and row from the north-west: the provinces as they were
# before 2022, and the regencies and cities that made up East Kalimantan in 2012. The names are
# those in common use, with the code of ISO 3166-2:ID where there is no room for them.
PROVINCES: Mapping[str, tuple[str, str, int, int]] = {
    "11": ("Aceh", "AC", 0, 0), "12": ("Sumut", "SU", 1, 1), "13": ("Sumbar", "SB", 1, 2),
    "14": ("Riau", "RI", 2, 2), "15": ("Jambi", "JA", 2, 3), "16": ("Sumsel", "SS", 3, 3),
    "17": ("Bengkulu", "BE", 2, 4), "18": ("Lampung", "LA", 3, 4), "19": ("Babel", "BB", 4, 3),
    "21": ("Kepri", "KR", 3, 1), "31": ("Jakarta", "JK", 5, 5), "32": ("Jabar", "JB", 5, 6),
    "33": ("Jateng", "JT", 6, 6), "34": ("Yogya", "YO", 6, 7), "35": ("Jatim", "JI", 7, 6),
    "36": ("Banten", "BT", 4, 6), "51": ("Bali", "BA", 8, 6), "52": ("NTB", "NB", 9, 6),
    "53": ("NTT", "NT", 10, 6), "61": ("Kalbar", "KB", 6, 2), "62": ("Kalteng", "KT", 7, 2),
    "63": ("Kalsel", "KS", 7, 3), "64": ("Kaltim", "KI", 8, 2), "65": ("Kaltara", "KU", 8, 1),
    "71": ("Sulut", "SA", 12, 1), "72": ("Sulteng", "ST", 10, 2), "73": ("Sulsel", "SN", 10, 4),
    "74": ("Sultra", "SG", 11, 3), "75": (f"Goron{SOFT}talo", "GO", 11, 1),
    "76": ("Sulbar", "SR", 10, 3), "81": ("Maluku", "MA", 13, 3), "82": ("Malut", "MU", 13, 2),
    "91": ("Papua Barat", "PB", 14, 2), "94": ("Papua", "PA", 14, 3),
}  # fmt: skip
EAST_KALIMANTAN: Mapping[str, tuple[str, str, int, int]] = {
    "6408": ("Nunukan", "", 1, 0), "6473": ("Tarakan", "", 3, 0), "6406": ("Malinau", "", 1, 1),
    "6410": ("Tana Tidung", "", 2, 1), "6407": ("Bulungan", "", 3, 1), "6405": ("Berau", "", 3, 2),
    "6402": ("Kutai Barat", "", 0, 3), "6403": (f"Kutai Kar{SOFT}tanegara", "", 1, 3),
    "6404": ("Kutai Timur", "", 2, 2), "6474": ("Bontang", "", 2, 3),
    "6472": (f"Sama{SOFT}rinda", "", 2, 4), "6409": (f"Penajam Pa{SOFT}ser Utara", "", 1, 5),
    "6471": (f"Balik{SOFT}papan", "", 2, 5), "6401": ("Paser", "", 1, 6),
}  # fmt: skip
MAPS = (
    ("Provinsi", "Provinces", "provinces", PROVINCES),
    ("Kalimantan Timur 2012", "East Kalimantan in 2012", "units", EAST_KALIMANTAN),
)

# The level of a region, told by the pattern of its code, as the list of regions is headed.
LEVELS = (
    (re.compile("ID"), "Negara", "Country"),
    (re.compile(r"\d{2}"), "Provinsi", "Provinces"),
    (re.compile(r"\d{4}"), "Kabupaten dan kota", "Regencies and cities"),
)
KIND = re.compile("(Kabupaten|Kota) ")  # before the name that regions are sorted by
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


def write(folder: Folder, results: Sequence[Result]) -> None:
    """Write the index of everything that is published, the last thing a run does."""
    folder.write(folder.path / INDEX, document(folder, results).encode())


def document(folder: Folder, results: Sequence[Result]) -> str:
    """Return the index of a folder after a run with these results."""
    last = {result.name: result for result in results}
    entries = [_entry(folder, name, last.get(name)) for name in folder.published()]
    entries = _aged(entries, {name for name, result in last.items() if result.outcome.good})
    known = {entry.name for entry in entries}
    regions = _regions(entries)
    facets = []  # what the reports can be narrowed by, and to what, where there is a choice
    for name, title_id, title_en in FACETS:
        values = sorted({str(getattr(e, name)) for e in entries} - {""})
        facets += [(name, title_id, title_en, values)] if len(values) > 1 else []
    return page.fill(
        "index.html.j2",
        language="id",
        entries=entries,
        regions=regions,
        open=len(regions) <= FEW_REGIONS,
        failed=[r for r in results if r.name not in known and r.outcome.bad],
        facets=facets,
        classes={(f, v): f"{f[0]}{n}" for f, _, _, values in facets for n, v in enumerate(values)},
        states=STATES,
        indonesian=INDONESIAN,
        notebooks=NOTEBOOKS,
        maps=_maps(entries, {region: title for region, title, *_ in regions}),
    )


def _entry(folder: Folder, name: str, last: Result | None) -> Entry:
    """Return what the index says of one report; it has no results where it brought none."""
    try:
        content = stored.parse((folder.home(name) / RESULTS).read_bytes())
    except (OSError, ValueError):
        content = None
    results = published.summary(content) or {}
    given, data = results.get("parameters", {}), results.get("data", {})
    bad = last is not None and last.outcome.bad
    fixed = epoch.seconds()  # which stands for the day of publication
    made = folder.page(name).stat().st_mtime if fixed is None else fixed
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


def _regions(entries: Sequence[Entry]) -> list[tuple[str, str, tuple[str, ...], list[Group]]]:
    """Return every region with its title, its level in both languages and its reports.

    By level, and there by the name that follows "Kabupaten" or "Kota"; without code last.
    """
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
        level = next((said for code, *said in LEVELS if code.fullmatch(region)), ())
        found.append((region, " · ".join(both), tuple(level), groups))
    place = {"": 2, "ID": 0}  # before and after all others
    found.sort(key=lambda r: (place.get(r[0], 1), len(r[0]), KIND.sub("", r[1], count=1), r[0]))
    return found


def _maps(entries: Sequence[Entry], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the tile maps, with title and number of reports of every region that has any."""
    count = Counter(entry.region for entry in entries)
    return [
        {
            "title_id": title_id,
            "title_en": title_en,
            "kind": kind,
            "tiles": [
                {
                    "region": region, "name": name, "short": short, "column": column + 1,
                    "row": row + 1, "title": titles.get(region, ""), "count": count[region],
                }
                for region, (name, short, column, row) in sorted(
                    places.items(), key=lambda item: (item[1][3], item[1][2])
                )
            ],
        }
        for title_id, title_en, kind, places in MAPS
        if any(region in count for region in places)
    ]  # fmt: skip
