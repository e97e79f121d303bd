"""What no single check shows: repeated values, figures of another region, and parallel lines."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from kumkm_analysis.findings.checks import Check

if TYPE_CHECKING:
    from kumkm_analysis.findings.columns import Bools, Columns, Ints

LARGE = 1000
SIGNIFICANT = 4
FAR_APART = 180  # days between two dates that a figure can be carried over
NORMAL_DELAY = 456  # fifteen months: a text's "now" may be the last count
LINES_APART = 1.3
OUT_OF_LINE = 3.0


@dataclass(frozen=True, slots=True)
class Lines:
    """A series that falls into two: the rows of the lower and of the upper line."""

    lower: tuple[int, ...]
    upper: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A figure that is exactly that of another region."""

    row: int
    owner: int


def repeated(columns: Columns, stock: Bools) -> list[tuple[int, ...]]:
    """Return the large exact figures that one series has at successive periods.

    A figure called "now" may repeat the last count; it is stale when that is over fifteen months
    old. A count of the same year is not a new period.
    """
    c = columns
    flow = ~stock
    spanning = np.array(["/" in p for p in c.period.words], bool)[c.period.codes]
    rows = np.flatnonzero(
        (c.year > 0) & (c.low >= LARGE) & (_significant(c) | (flow & spanning)) & c.sharp
    )
    order = rows[np.lexsort((c.end[rows], c.low[rows], c.series[rows]))]
    if not len(order):
        return []
    new = (np.diff(c.series[order]) != 0) | (np.diff(c.low[order]) != 0)
    starts = np.flatnonzero(np.concatenate(([True], new)))
    stops = np.concatenate((starts[1:], [len(order)]))
    found = []
    for start, stop in zip(starts, stops, strict=True):
        if stop - start < 2:
            continue
        group = order[start:stop]
        years = c.year[group]
        if years.min() == years.max():
            continue
        kept = _carried_over(c, group)
        if len(kept) > 1:
            found.append(tuple(kept))
    return found


def _carried_over(columns: Columns, group: Ints) -> list[int]:
    """Return the first figure and those that repeat it long after."""
    c = columns
    first = int(group[0])
    kept = [first]
    for row in group[1:].tolist():
        distance = int(c.end[row] - c.end[first])
        delay = FAR_APART if c.stated[row] and c.stated[first] else NORMAL_DELAY
        if c.year[row] != c.year[first] and distance > delay:
            kept.append(row)
    return kept


def borrowed(columns: Columns, broken: Iterable[Check]) -> list[Borrowed]:
    """Return the figures that stand out in their own region and are exactly another region's.

    The owner is a region above or below, its figure of the same year and unit. Figures of few
    digits count only when both texts appeared on the same day.
    """
    c = columns
    suspicious = {m for check in broken for m in check.members} | set(_out_of_line(c).tolist())
    suspicious = {r for r in suspicious if c.year[r] and c.value[r] >= LARGE}
    alike: dict[float, list[int]] = defaultdict(list)
    match = np.isin(c.value, c.value[sorted(suspicious)]) & (c.year > 0)
    for row in np.flatnonzero(match).tolist():
        alike[float(c.value[row])].append(row)
    significant = _significant(c)
    found = []
    for row in sorted(suspicious):
        owners = (
            other
            for other in alike[float(c.value[row])]
            if _owns(c, other, row, bool(significant[row]))
            and (other not in suspicious or _above(c, other, row))
        )
        owner = next(owners, None)
        if owner is not None:
            found.append(Borrowed(row, owner))
    return found


def _owns(columns: Columns, owner: int, row: int, significant: bool) -> bool:
    """Tell whether a figure may be that of another region above or below, printed here too."""
    c = columns
    one, other = c.rows[row], c.rows[owner]
    if one.unit != other.unit or c.year[row] != c.year[owner]:
        return False
    if not (_above(c, owner, row) or _above(c, row, owner)):
        return False
    days = {c.data.sources[o.source_id].published for o in (one, other)}
    return significant or (len(days) == 1 and len(days.pop()) == len("2012-07-17"))


def _above(columns: Columns, upper: int, lower: int) -> bool:
    """Tell whether the region of one row lies above that of another."""
    regions = columns.data.regions
    parent = regions[columns.rows[lower].region_id].parent_id
    while parent:
        if parent == columns.rows[upper].region_id:
            return True
        parent = regions[parent].parent_id
    return False


def lines(columns: Columns, conflicts: Sequence[Check]) -> list[Lines]:
    """Return the series whose conflicts fall into two lines that keep apart."""
    c = columns
    contested: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for check in conflicts:
        a, b = check.members
        if c.year[a] == c.year[b]:
            contested[int(c.series[a])][int(c.year[a])] |= {a, b}
    found = []
    for years in contested.values():
        lower: list[int] = []
        upper: list[int] = []
        split_years = 0
        for rows in years.values():
            ordered = sorted(rows, key=lambda r: c.low[r])
            if c.low[ordered[0]] <= 0:
                continue
            steps = [math.log(c.low[b] / max(c.high[a], 1e-9)) for a, b in pairwise(ordered)]
            widest = max(range(len(steps)), key=steps.__getitem__)
            if steps[widest] >= math.log(LINES_APART):
                split_years += 1
                lower += ordered[: widest + 1]
                upper += ordered[widest + 1 :]
        kept_upper, kept_lower = _inliers(c, upper), _inliers(c, lower)
        both = {int(c.year[r]) for r in kept_upper} & {int(c.year[r]) for r in kept_lower}
        kept_upper = [r for r in kept_upper if c.year[r] in both]
        kept_lower = [r for r in kept_lower if c.year[r] in both]
        if split_years > 1 and len(both) > 1:
            top = max(float(c.high[r]) for r in kept_lower)
            bottom = min(float(c.low[r]) for r in kept_upper)
            if bottom >= top * LINES_APART:
                found.append(Lines(tuple(sorted(kept_lower)), tuple(sorted(kept_upper))))
    return found


def _inliers(columns: Columns, rows: list[int]) -> list[int]:
    """Drop what lies off its line by more than threefold: an outlier is no line."""
    if not rows:
        return rows
    middle = float(np.median(columns.low[rows]))
    return [r for r in rows if middle / OUT_OF_LINE <= columns.low[r] <= middle * OUT_OF_LINE]


def _significant(columns: Columns) -> Bools:
    """Return which exact figures have at least four digits that are not trailing zeros."""
    value = columns.low
    exact = (columns.low == columns.high) & np.isfinite(value) & (value != 0)
    out = np.zeros(len(value), bool)
    rows = np.flatnonzero(exact & (np.abs(value) >= LARGE))
    size = np.floor(np.log10(np.abs(value[rows]))).astype(np.int64)
    step = 10.0 ** (size - SIGNIFICANT + 2)
    out[rows] = np.abs(value[rows] / step - np.round(value[rows] / step)) > 1e-9
    return out


def _out_of_line(columns: Columns) -> Ints:
    """Return the rows that differ more than threefold from every other figure of their series."""
    c = columns
    rows = np.flatnonzero((c.year > 0) & (c.low > 0) & np.isfinite(c.high))
    order = rows[np.lexsort((c.low[rows], c.series[rows]))]
    if len(order) < 2:
        return order[:0]
    one, other = order[:-1], order[1:]
    same = c.series[one] == c.series[other]
    apart = c.low[other] > OUT_OF_LINE * c.high[one]
    before = np.concatenate(([False], same))
    after = np.concatenate((same, [False]))
    far_before = np.concatenate(([True], ~same | apart))
    far_after = np.concatenate((~same | apart, [True]))
    return order[(before | after) & far_before & far_after]
