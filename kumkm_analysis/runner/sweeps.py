"""Sweeps: words that stand for many values.

>>> from kumkm_analysis.dataset.request import Domain
>>> domain = Domain({"ID": ("Indonesia", "Indonesia"), "64": ("Kaltim", "East Kalimantan")}, {},
...                 {"ID": "country", "64": "province"})
>>> regions(domain, ["all"]), regions(domain, ["province", "64"])
(['ID', '64'], ['64'])
>>> periods(["2010:2012", "2014"]), periods(["2011-11:2012-01"])
(['2010', '2011', '2012', '2014'], ['2011-11', '2011-12', '2012-01'])
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kumkm_analysis.dataset.request import LANGUAGES, Domain
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner.plan import Request

ALL = "all"
BOTH = "both"
MONTH = r"(\d{4})(?:-(0[1-9]|1[0-2]))?"
RANGE = re.compile(f"{MONTH}:{MONTH}", re.ASCII)
MOST_PERIODS = 1200


def expand(request: Request, domain: Domain | None) -> Request:
    """Return a request in which every value stands for itself."""
    return replace(
        request,
        region=list(request.region) if domain is None else regions(domain, request.region),
        period=periods(request.period),
        reading=_words(request.reading, [ALL] if domain else [], domain.readings if domain else ()),
        language=_words(
            request.language, [ALL, BOTH], domain.default("language") if domain else LANGUAGES
        ),
    )


def regions(domain: Domain, given: Iterable[str]) -> list[str]:
    """Return region codes: ``all`` stands for every region, the name of a level for all on it."""
    found = _words(given, [ALL], domain.regions)
    for level in set(domain.levels.values()):
        found = _words(found, [level], (c for c, at in domain.levels.items() if at == level))
    return found


def periods(given: Iterable[str]) -> list[str]:
    """Return periods: ``2010:2014`` stands for five years, ``2012-01:2012-06`` for six months.

    Raises :class:`~kumkm_analysis.errors.ParameterError` for a range that is none.
    """
    found: list[str] = []
    for value in given:
        found += _range(value) if ":" in value else [value]
    return list(dict.fromkeys(found))


def _range(value: str) -> list[str]:
    match = RANGE.fullmatch(value)
    step = "Write the first and the last year or month, such as 2010:2014 or 2014-01:2014-06."
    wrong = Fault("period", repr(value), "a range of years or of months", step)
    if match is None or (match[2] is None) != (match[4] is None):
        raise ParameterError(wrong, "Nothing was run.")
    if match[2] is None:
        years = range(int(match[1]), int(match[3]) + 1)
        found = [f"{year:04d}" for year in years]
    else:
        first, last = (int(match[n]) * 12 + int(match[n + 1]) - 1 for n in (1, 3))
        months = range(first, last + 1)
        found = [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]
    if not 0 < len(found) <= MOST_PERIODS:
        raise ParameterError(wrong, "Nothing was run.")
    return found


def _words(given: Iterable[str], words: Iterable[str], meant: Iterable[str]) -> list[str]:
    """Return values, of which some words mean many."""
    meant = list(meant)
    found = [each for value in given for each in (meant if value.lower() in words else [value])]
    return list(dict.fromkeys(found))
