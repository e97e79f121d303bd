"""What a request may name, and what to say when it names something else.

Used by the command line before any kernel starts and by the report inside the notebook, so that
both give the same answer to the same slip.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from kumkm_analysis.errors import Fault

LANGUAGES = {"id": "Indonesia", "en": "English"}
BUILT_IN_READINGS: dict[str, tuple[str, str]] = {
    "coherent": ("satu sumber untuk semua masukan", "one source for all inputs"),
    "latest": ("teks yang terbit terakhir", "the text published last"),
    "official": ("hanya dinas, kementerian, dan badan statistik", "offices and ministries only"),
    "envelope": ("selubung semua sumber", "the hull of all sources"),
}


@dataclass(frozen=True, slots=True)
class Domain:
    """The regions and readings of a dataset: code → titles in Indonesian and English."""

    regions: Mapping[str, tuple[str, str]]
    readings: Mapping[str, tuple[str, str]]


def check_parameters(domain: Domain, given: Mapping[str, object]) -> list[Fault]:
    """Return the faults of the parameters region, period, language and reading that are given.

    >>> domain = Domain({"6409": ("Kabupaten Penajam Paser Utara", "Penajam Paser Utara Regency")},
    ...                 BUILT_IN_READINGS)
    >>> print(check_parameters(domain, {"region": "6499"})[0])
    region: found no region 6499; expected a code of regions.csv.
      Did you mean 6409 Kabupaten Penajam Paser Utara?
    """
    checks = {
        "region": check_region,
        "period": check_period,
        "language": check_language,
        "reading": check_reading,
    }
    found = (check(domain, str(given[name])) for name, check in checks.items() if name in given)
    return [fault for fault in found if fault is not None]


def check_region(domain: Domain, region: str) -> Fault | None:
    """Return what is wrong with a region code, with the nearest code or name."""
    if region in domain.regions:
        return None
    near = nearest_region(domain, region)
    step = f"Did you mean {near} {domain.regions[near][0]}?" if near else "See data/regions.csv."
    return Fault("region", f"no region {region}", "a code of regions.csv", step)


def nearest_region(domain: Domain, text: str) -> str | None:
    """Return the code of the region that a text most likely means, by name or by code."""
    wanted = text.strip().lower()
    names = {
        title.lower(): code for code, titles in domain.regions.items() for title in titles
    }
    for title, code in names.items():
        if wanted and wanted == title.removeprefix("kabupaten ").removeprefix("kota "):
            return code
    if not wanted[:1].isdigit():
        near = get_close_matches(wanted, names, 1, cutoff=0.5)
        return names[near[0]] if near else None
    # The last code of the best matches: for 6499 the one that shares most digits in place.
    def likeness(code: str) -> tuple[bool, int, int]:
        same = sum(a == b for a, b in zip(code, wanted, strict=False))
        return (len(code) == len(wanted), same, int(code) if code.isdigit() else 0)

    alike = [c for c in domain.regions if c[:2] == wanted[:2] and len(c) == len(wanted)]
    pool = alike or get_close_matches(wanted, domain.regions, 3, cutoff=0.4)
    if not pool:
        return None
    best = max(likeness(code)[:2] for code in pool)
    return next(code for code in pool if likeness(code)[:2] == best)


def check_period(domain: Domain, period: str) -> Fault | None:
    """Return what is wrong with a period: not YYYY, YYYY-MM or YYYY-MM-DD, or no real date."""
    expected = "YYYY, YYYY-MM or YYYY-MM-DD"
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", period, re.ASCII):
        return Fault("period", repr(period), expected, "Write 2012, 2012-06 or 2014-12-31.")
    year, month, day = ([int(p) for p in period.split("-")] + [1, 1])[:3]
    try:
        date(year, month, day)
    except ValueError:
        return Fault("period", repr(period), f"a real date, {expected}", "Check month and day.")
    return None


def check_language(domain: Domain, language: str) -> Fault | None:
    """Return what is wrong with a language."""
    if language in LANGUAGES:
        return None
    return Fault("language", repr(language), "id (Indonesian) or en (English)")


def check_reading(domain: Domain, reading: str) -> Fault | None:
    """Return what is wrong with the name of a reading."""
    if reading in domain.readings:
        return None
    near = get_close_matches(reading, domain.readings, 1)
    step = f"Did you mean {near[0]}?" if near else "Named readings stand in data/readings.csv."
    return Fault("reading", repr(reading), "one of " + ", ".join(domain.readings), step)
