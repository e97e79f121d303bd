"""Learn from the official series how far figures move from year to year, as rows of limits.csv.

``python benchmarks/findings/limits.py > data/limits.csv``. Taken are the tables of the statistics
office; left out are figures that repeat the year before (nobody measured them) and the years in
which a whole table breaks. A limit lies three times the width of the middle half beyond that half
(the far fence of Tukey, on a log scale), so that no outlier widens it: by indicator, by size where
there are enough movements, and by the years between. With 0 years it is how far a figure strays
from the middle of its two neighbours in time: four widths, and no less than 99 in 100 do.
"""

from __future__ import annotations

import csv
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from statistics import quantiles

from kumkm_analysis import load
from kumkm_analysis.dataset.dataset import Dataset

COUNTS, MONEY = ("active_cooperatives",), ("business_volume", "net_surplus")
DEFAULTS = {"unit": COUNTS, "orang": COUNTS, "IDR": MONEY}
SIZES = {"active_cooperatives": (0, 2000)}
GAPS = (1, 2, 3)
FEWEST = 100  # movements from which a range is learned
NEAR = 2  # years between the two neighbours of a figure
STRAY, SELDOM = 4, 0.005
FENCE = 3  # widths of the middle half; beyond it lies one in half a million of a normal curve
BROKEN = math.log(1.6)  # a table whose middle moves further than this breaks
HEADS = (
    "limit_id", "indicator_id", "unit", "size_from", "years", "low", "high", "pairs", "learned_from"
)  # fmt: skip
Cell = tuple[str, str, str, str]  # source, indicator, breakdown and vintage, region
Tables = dict[Cell, dict[str, float]]
Move = tuple[float, float]  # size, movement on a log scale


def main() -> None:
    """Print the limits of the package."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows(learned(load()))


def learned(data: Dataset, hidden: str = "") -> Iterator[tuple[object, ...]]:
    """Yield the limits of a package, of which one source may be hidden."""
    tables: Tables = defaultdict(dict)
    for o in data.observations.values():
        table = data.sources[o.source_id].kind == "statistics_office" and o.source_id != hidden
        level = data.indicators[o.indicator_id].stock_or_flow != "change"
        if table and level and o.value > 0:
            kept = f"{o.breakdown};{o.vintage};{o.territory}"
            cell = (o.source_id, o.indicator_id, kept, o.region_id)
            tables[cell][o.survey_month or o.reference_period] = float(o.value)
    reference = {i.indicator_id for i in data.indicators.values() if i.role == "reference"}
    yield from (row for row in learn(tables) if row[4] == 0 or row[1] not in reference)


def learn(tables: Tables) -> Iterator[tuple[object, ...]]:
    """Yield the rows of limits.csv."""
    breaks = set(_breaks(tables))
    moves: dict[tuple[str, int], list[Move]] = defaultdict(list)
    astray: dict[str, list[float]] = defaultdict(list)
    for (source, indicator, *_), periods in tables.items():
        years = _yearly(periods)
        for year, value in years.items():
            for gap in GAPS:
                later = years.get(year + gap)
                steps = range(year, year + gap)
                if later and later != value and not any((source, s) in breaks for s in steps):
                    moves[indicator, gap].append((value, math.log(later / value)))
        labels = sorted(periods)
        for a, b, c in zip(labels, labels[1:], labels[2:], strict=False):
            near = len(a) == len(b) == len(c) and int(c[:4]) - int(a[:4]) <= NEAR
            before, middle, after = (math.log(periods[x]) for x in (a, b, c))
            if near and before != middle != after:
                astray[indicator].append(middle - (before + after) / 2)
    for indicator in sorted({i for i, _ in moves}):
        sizes = SIZES.get(indicator, (0,))
        for size, above in zip(sizes, (*sizes[1:], math.inf), strict=True):
            mine = [[m for s, m in moves[indicator, g] if size <= s < above] for g in GAPS]
            yield from _rows(indicator, "", size, mine, indicator)
    for unit, indicators in DEFAULTS.items():
        pooled = [[m for i in indicators for _, m in moves[i, g]] for g in GAPS]
        yield from _rows("", unit, 0, pooled, " ".join(indicators))
    for indicator, found in sorted(astray.items()):
        if len(found) >= FEWEST:
            ends = _fence(found, STRAY, SELDOM)
            name = f"{indicator}-0-0".replace("_", "-")
            low, high = (f"{math.exp(e):.4f}" for e in ends)
            yield (name, indicator, "", 0, 0, low, high, len(found), indicator)


def _yearly(periods: dict[str, float]) -> dict[int, float]:
    return {int(p): v for p, v in periods.items() if len(p) == len("2012")}


def _fence(found: list[float], widths: float, tail: float = 0.0) -> tuple[float, float]:
    """Return the bounds so many widths of the middle half beyond it, and beyond a tail."""
    first, _, third = quantiles(found, n=4)
    reach = widths * (third - first)
    ordered, last = sorted(found), len(found) - 1
    ends = ordered[math.floor(tail * last)], ordered[math.ceil((1 - tail) * last)]
    low, high = first - reach, third + reach
    return (min(low, ends[0], 0.0), max(high, ends[1], 0.0)) if tail else (low, high)


def _rows(
    indicator: str, unit: str, size: int, moves: Iterable[list[float]], learned: str
) -> Iterator[tuple[object, ...]]:
    """Yield the limits over one, two and three years; a longer span allows no less."""
    low = high = 1.0
    for gap, found in zip(GAPS, moves, strict=True):
        if len(found) < FEWEST:
            return
        ends = _fence(found, FENCE)
        low, high = min(low, math.exp(ends[0])), max(high, math.exp(ends[1]))
        name = f"{indicator or unit}-{size}-{gap}".lower().replace("_", "-")
        shown = (f"{low:.3f}", f"{high:.3f}", len(found))
        yield (name, indicator, unit, size, gap, *shown, learned)


def _breaks(tables: Tables) -> Iterator[tuple[str, int]]:
    """Yield the source and first year of the movements in which a whole table breaks."""
    steps: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for (source, indicator, *_), periods in tables.items():
        years = _yearly(periods)
        for year, value in years.items():
            if years.get(year + 1):
                steps[source, indicator, year].append(math.log(years[year + 1] / value))
    for (source, _, year), found in steps.items():
        if len(found) >= 10 and abs(sorted(found)[len(found) // 2]) > BROKEN:
            yield source, year


if __name__ == "__main__":
    main()
