"""What a request may name, and what to say when it names something else.

Used by the command line before any kernel starts and by the report inside the notebook, so that
both give the same answer to the same slip.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher, get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from kumkm_analysis.dataset import remote
from kumkm_analysis.dataset.files import DESCRIPTOR, data_files, paths_of, read_file
from kumkm_analysis.dataset.money import MARKS
from kumkm_analysis.dataset.periods import LONGEST_ECHO, check_period, check_windows
from kumkm_analysis.dataset.records import BUILT_IN_READINGS
from kumkm_analysis.dataset.settings import Settings, busiest
from kumkm_analysis.dataset.validate import fingerprint, require
from kumkm_analysis.dataset.vocabulary import capital
from kumkm_analysis.errors import Fault, ParameterError, short

__all__ = [
    "MARKS",
    "Domain",
    "check_language",
    "check_one_of",
    "check_parameters",
    "check_region",
    "check_windows",
    "data_files",
    "domain",
    "fingerprint",
    "require",
]

STANDARD = ("region", "period", "reading", "language")
LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "id": ("indonesian", "indonesia", "bahasa indonesia", "ind", "in"),
    "en": ("english", "inggris", "bahasa inggris", "eng"),
}


@dataclass(frozen=True, slots=True)
class Domain:
    """The regions and readings of a dataset: code → titles in Indonesian and English.

    ``levels`` tells the level of each region. ``aliases`` are other codes and spellings of regions:
    alias → its scheme, the region, and what to beware of. ``settings`` are those of the package.
    """

    regions: Mapping[str, tuple[str, str]]
    readings: Mapping[str, tuple[str, str]]
    levels: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    parents: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        regions: Iterable[Mapping[str, str]],
        choices: Iterable[Mapping[str, str]],
        aliases: Iterable[Mapping[str, str]],
        periods: Iterable[str],
        settings: Settings,
    ) -> Domain:
        """Return what the rows of three tables let a request name.

        ``periods`` are those of the figures: the busiest year is asked for where none is set.
        """
        readings = dict(BUILT_IN_READINGS)
        for row in choices:
            readings.setdefault(row["reading_id"], _both(row, "title"))
        rows = list(regions)
        first = rows[0]["region_id"] if rows else ""
        return cls(
            regions={row["region_id"]: _both(row, "title") for row in rows},
            readings=readings,
            levels={row["region_id"]: row["level"] for row in rows},
            aliases={
                row["alias"].lower(): (row["scheme"], row["region_id"], _both(row, "note")[1])
                for row in aliases
            },
            settings=replace(
                settings,
                region=settings.region or first,
                period=settings.period or busiest(periods) or settings.made,
            ),
            parents={row["region_id"]: row["parent_id"] for row in rows},
        )

    def depth(self, region: str) -> int:
        """Return how many regions stand above one, the most where they go in a circle.

        >>> domain().depth("ID"), domain().depth("6472")
        (0, 2)
        """
        above = 0
        while (region := self.parents.get(region, "")) and above < len(self.parents):
            above += 1
        return above

    def bare(self, region: str, title: str) -> str:
        """Return the title of a region without the name of its level.

        >>> domain().bare("6472", "Kota Samarinda")
        'Samarinda'
        """
        for language in self.settings.languages:
            level = capital(self.settings.level(self.levels.get(region, ""), language))
            title = title.removeprefix(f"{level} ").removesuffix(f" {level}")
        return title

    def default(self, name: str) -> Sequence[str]:
        """Return what a report is made for when nobody says: region, period, reading, languages.

        >>> domain().default("language")
        ('id', 'en')
        """
        own = self.settings
        if name == "language":
            return own.languages
        return {"region": (own.region,), "period": (own.period,)}.get(name, ("coherent",))


def domain(path: str | Path | None = None, *, validate: bool = True) -> Domain:
    """Return what a request may name, for a package that passes validation.

    Only the small tables are read: a scheduler asks this of every run, most of which change
    nothing. It does so without validation, and has the package validated before anything is made
    of it. Raises :class:`~kumkm_analysis.errors.DataError` with every fault of a package that
    cannot be used.

    >>> domain().levels["6472"]
    'city'
    """
    folder = remote.folder(path)
    if validate:
        require(folder)
    try:
        descriptor = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
        tables = {resource["name"]: resource for resource in descriptor["resources"]}
        settings = Settings.of(descriptor)
        read = partial(_rows, folder, tables)
        figures = () if settings.period else read("observations")
        return Domain.of(
            read("regions"),
            read("readings"),
            read("region_aliases"),
            (row["reference_period"] for row in figures),
            settings,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        require(folder)  # which says what is wrong with it
        raise


def _both(row: Mapping[str, str], name: str) -> tuple[str, str]:
    """Return a text in the two languages of the library, in one where the package has one."""
    found = [row.get(f"{name}_{language}") for language in LANGUAGES]
    return found[0] or found[1] or "", found[1] or found[0] or ""


def _rows(
    folder: Path, tables: Mapping[str, Mapping[str, Any]], name: str
) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table by their columns; none of a table that a package does without."""
    if name not in tables:
        return
    resource = tables[name]
    columns = [column["name"] for column in resource["schema"]["fields"]]
    for path in paths_of(resource):
        for cells in read_file(folder, path, columns).rows:
            yield dict(zip(columns, cells, strict=True))


def check_parameters(domain: Domain | None, given: Mapping[str, object]) -> list[Fault]:
    """Return every fault of the parameters region, period, reading and language that are given.

    Values may be text or numbers (papermill turns ``64`` into one). Without a domain, when the
    data cannot be read, only period and language are checked; other names are ignored.

    >>> domain = Domain({"6409": ("Kabupaten Penajam Paser Utara", "Penajam Paser Utara Regency")},
    ...                 BUILT_IN_READINGS)
    >>> for fault in check_parameters(domain, {"region": 6499, "period": "2012-13"}):
    ...     print(fault)
    region: found no region 6499; expected a code of regions.csv.
      Did you mean 6409 Kabupaten Penajam Paser Utara?
    period: found '2012-13'; expected a real date, as YYYY, YYYY-MM or YYYY-MM-DD.
      Check the month and the day.
    """
    texts = {name: str(given[name]) for name in STANDARD if name in given}
    found: list[Fault | None] = []
    if domain is not None and "region" in texts:
        found.append(check_region(domain, texts["region"]))
    if "period" in texts:
        found.append(check_period(texts["period"]))
    if domain is not None and "reading" in texts:
        found.append(check_reading(domain, texts["reading"]))
    if "language" in texts:
        known = domain.settings.languages if domain is not None else tuple(LANGUAGES)
        found.append(check_language(texts["language"], known))
    return [fault for fault in found if fault is not None]


def check_region(domain: Domain, region: str) -> Fault | None:
    """Return what is wrong with a region code, naming the nearest code or name.

    >>> domain = Domain({"64": ("Kalimantan Timur", "East Kalimantan")}, BUILT_IN_READINGS)
    >>> check_region(domain, "64") is None
    True
    >>> check_region(domain, "East Kalimantan").next_step
    'Did you mean 64 Kalimantan Timur?'
    """
    if region in domain.regions:
        return None
    scheme, near, note = domain.aliases.get(region.lower(), ("", "", ""))
    near = near if near in domain.regions else _nearest_region(domain, region) or ""
    step = f"Did you mean {near} {domain.regions[near][0]}?" if near else "See data/regions.csv."
    if note or (scheme and region[:1].isdigit()):
        step += f" {note or f'It is a code of another scheme ({scheme}).'}"
    shown = short(region, LONGEST_ECHO)
    if not re.fullmatch(r"\w+", region):
        shown = repr(shown)
    return Fault("region", f"no region {shown}", "a code of regions.csv", step)


def asked(
    data: Any, region: str | int | None, indicator: str | None, period: str | int | None
) -> tuple[str | None, str | None, str | None]:
    """Return codes of what is asked of a dataset by code or title; ``None`` asks for nothing.

    Raises :class:`~kumkm_analysis.errors.ParameterError` for all that there is not.
    """
    faults: list[Fault | None] = []
    place = None if region is None else data.regions.code(region)
    if region is not None and place is None:
        faults.append(data.regions.unknown(region))
    if indicator is not None:
        code = data.indicators.code(indicator)
        if code is None and data.check_indicator(indicator):
            faults.append(data.indicators.unknown(indicator))
        indicator = code or indicator
    if period:  # within an empty one nothing lies; what a change spans is named by both ends
        faults += map(check_period, str(period).split("/", 1))
    if wrong := [fault for fault in faults if fault]:
        raise ParameterError(wrong)
    return place, indicator, None if period is None else str(period)


def check_reading(domain: Domain, reading: str) -> Fault | None:
    """Return what is wrong with the name of a reading."""
    step = "Named readings stand in data/readings.csv."
    return check_one_of("reading", reading, domain.readings, step)


def check_one_of(
    name: str, given: str, known: Collection[str], otherwise: str = ""
) -> Fault | None:
    """Return what is wrong with a word that must be one of a few, naming the nearest of them.

    ``otherwise`` is the next step when none is near.

    >>> print(check_one_of("severity", "Hard", ("hard", "soft", "note")))
    severity: found 'Hard'; expected one of hard, soft, note.
      Did you mean hard?
    >>> check_one_of("severity", "soft", ("hard", "soft", "note")) is None
    True
    """
    if given in known:
        return None
    near = get_close_matches(given.lower(), known, 1)
    step = f"Did you mean {near[0]}?" if near else otherwise
    return Fault(name, repr(short(given, LONGEST_ECHO)), "one of " + ", ".join(known), step)


def check_language(language: str, known: Sequence[str] = tuple(LANGUAGES)) -> Fault | None:
    """Return what is wrong with a language; ``known`` are those of the package.

    >>> print(check_language("id", ["en"]))
    language: found 'id'; expected en (English).
      The tables of the package have no column title_id.
    """
    if language in known:
        return None
    meant = language.strip().lower()
    near = next((code for code, names in LANGUAGES.items() if meant in (code, *names)), "")
    step = f"Did you mean {near}?" if near in known else ""
    if near and not step:
        step = f"The tables of the package have no column title_{near}."
    expected = " or ".join(f"{code} ({LANGUAGES[code][0].title()})" for code in known)
    return Fault("language", repr(short(language, LONGEST_ECHO)), expected, step)


def _nearest_region(domain: Domain, text: str) -> str | None:
    """Return the code of the region that a text most likely means, by code or by name."""
    wanted = " ".join(text.lower().split())
    if wanted in domain.regions:
        return wanted
    if wanted[:1].isdigit():
        return _nearest_code(domain, wanted)
    names: dict[str, str] = {}
    for code, titles in domain.regions.items():
        for title in titles:
            names.setdefault(title.lower(), code)
            names.setdefault(domain.bare(code, title).lower(), code)
    near = get_close_matches(wanted, names, 1, cutoff=0.65)
    part = [name for name in names if len(wanted) > 2 and wanted in name]
    return next((names[name] for name in (*near, *part)), None)


def _nearest_code(domain: Domain, wanted: str) -> str | None:
    """Return the most similar code; a typing slip leaves the first digits and the length right."""

    def likeness(code: str) -> tuple[int, float]:
        in_place = sum(a == b for a, b in zip(code, wanted, strict=False))
        return in_place, SequenceMatcher(None, code, wanted).ratio()

    beside = [c for c in domain.regions if c[:2] == wanted[:2] and len(c) == len(wanted)]
    pool = beside or get_close_matches(wanted, domain.regions, 5, cutoff=0.65)
    return max(pool, key=likeness, default=None)
