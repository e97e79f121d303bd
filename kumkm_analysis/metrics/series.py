"""One indicator of one region through the years, as one office prints it.

Years are never joined across a change of territory or a break of reporting, and every figure of a
series comes from one source and one breakdown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from kumkm_analysis.errors import KumkmError
from kumkm_analysis.metrics.compute import growth, observed
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.readings import OFFICIAL_KINDS

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset

FEWEST = 5  # yearly figures of one source that make a series
YEAR = 4  # letters of a period that is a year


def official_series(data: Dataset, indicator: str, region: str) -> tuple[Figure, ...]:
    """Return the yearly figures of the office that prints most of them, in order of time.

    Empty when no office prints at least five years.

    >>> from kumkm_analysis.dataset.dataset import load
    >>> series = official_series(load(), "active_cooperatives", "64")
    >>> series[0].period, series[-1].period
    ('2006', '2021')
    """
    found: dict[str, dict[str, Figure]] = {}
    for o in data.select(region=region, indicator=indicator):
        if len(o.reference_period) == YEAR and data.sources[o.source_id].kind in OFFICIAL_KINDS:
            years = found.setdefault(o.source_id, {})
            years.setdefault(o.reference_period, observed(data, o, "official"))
    years = max(found.values(), key=len, default={})
    return tuple(years[y] for y in sorted(years)) if len(years) >= FEWEST else ()


def spans(series: Sequence[Figure], breaks: Collection[int] = ()) -> tuple[tuple[Figure, ...], ...]:
    """Return a series in parts, each of one territory, and none across a break of reporting.

    ``breaks`` are the years from which it seems to be reported otherwise.
    """
    parts: list[list[Figure]] = []
    for figure in series:
        last = parts[-1][-1] if parts else None
        if (
            last is None
            or last.territory != figure.territory
            or any(int(last.period) < year <= int(figure.period) for year in breaks)
        ):
            parts.append([])
        parts[-1].append(figure)
    return tuple(map(tuple, parts))


def change(earlier: Figure, later: Figure) -> Figure | Missing:
    """Return the compound growth a year between two years of a series [per cent a year].

    Missing (falsy) across a change of territory, and for amounts that may be zero or less.
    """
    where = (later.region, later.period)
    if earlier.territory != later.territory:
        return Missing("annual_growth", *where, "territory_changed")
    try:
        return growth(earlier, later, Fraction(int(later.period) - int(earlier.period)))
    except KumkmError:
        return Missing("annual_growth", *where, "not_above_zero")
