"""One series over time and over sources: which figures should be alike, and how fast they may move.

How periods are compared:

* the same period is the same period; for a position, a year and its December are the same date;
* two dates within one year, and a figure that a text calls "now" (``publication``), may both hold:
  they are set apart only when they lie further apart than such a figure plausibly moves in a year;
* flows of different spans are never compared;
* two texts that print the same sub-totals describe one state, whatever dates they give;
* a figure without any date is compared with nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from kumkm_analysis.dataset.records import Rule
from kumkm_analysis.findings.checks import Batch
from kumkm_analysis.findings.model import CONFLICT, JUMP
from kumkm_analysis.findings.quotients import year_end
from kumkm_analysis.findings.rules import SAME, bound, of_kind

if TYPE_CHECKING:
    from kumkm_analysis.findings.columns import Columns, Ints

SAME_STATE = "same-state"  # two accounts that share their sub-totals
SHARED_TOKENS = 2
SHARED_DIGITS = 6  # of all shared sub-totals together; fewer may be alike by chance
LEAST_SHARED = 100
THREE_YEARS, TWO_YEARS = 3 * 366, 2 * 366
DEFAULT_MOVEMENT = Fraction(2)


class Sequences:
    """Finds in the columns which figures of a series stand beside each other."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.data = columns.data
        c = columns
        kinds = [self.data.indicators[i] for i in c.indicator.words]
        self.stock = np.array([k.stock_or_flow == "stock" for k in kinds], bool)[c.indicator.codes]
        self.points = np.array([k.unit == "percent" for k in kinds], bool)[c.indicator.codes]
        self.change = np.array([k.stock_or_flow == "change" for k in kinds], bool)[
            c.indicator.codes
        ]
        self._limits = {i: self._movement(i) for i in c.indicator.words}

    def batches(self) -> Iterator[Batch]:
        """Yield the checks between figures of one series."""
        yield from self._same_year()
        yield from self._same_state()
        for rule in of_kind(self.data, "jump", "jump_points"):
            yield self._jumps(rule)
        for rule in of_kind(self.data, "spike"):
            yield self._spikes(rule)

    # ---- one year -------------------------------------------------------------------------------

    def _same_year(self) -> Iterator[Batch]:
        c = self.columns
        rows = np.flatnonzero(c.year > 0)
        order = rows[np.lexsort((c.high[rows], c.low[rows], c.year[rows], c.series[rows]))]
        if not len(order):
            return
        new = (np.diff(c.series[order]) != 0) | (np.diff(c.year[order]) != 0)
        starts = np.flatnonzero(np.concatenate(([True], new)))
        sizes = np.diff(np.concatenate((starts, [len(order)])))
        lowest_high = np.minimum.reduceat(c.high[order], starts)
        highest_low = np.maximum.reduceat(c.low[order], starts)
        apart = highest_low > lowest_high
        beside = np.flatnonzero(~new)  # neighbours within one group
        calm = ~np.repeat(apart, sizes)[beside]
        one, other = order[beside[calm]], order[beside[calm] + 1]
        alike = self._alike(one, other)
        yield _equal(SAME, "hard", one[alike], other[alike])
        same: dict[str, list[tuple[int, int]]] = defaultdict(list)
        moved: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for i in np.flatnonzero(apart & (sizes > 1)):
            group = order[starts[i] : starts[i] + sizes[i]].tolist()
            for a, b in _couples(group):
                if self._two_targets(a, b):
                    continue
                if bool(self._alike(np.array([a]), np.array([b]))[0]):
                    same[self._weight(a, b)].append((a, b))
                elif self._comparable(a, b):
                    moved[c.indicator.words[c.indicator.codes[a]]].append((a, b))
        for severity, pairs in same.items():
            yield _equal(SAME, severity, *_columns(pairs))
        for indicator, pairs in moved.items():
            rule, limit = self._limits[indicator]
            yield self._apart(CONFLICT, rule, "soft", limit, pairs)

    def _alike(self, one: Ints, other: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Return which pairs are said of the same date."""
        c = self.columns
        ends = np.array([year_end(p) if p else "" for p in c.period.words], dtype=object)
        first, second = c.period.codes[one], c.period.codes[other]
        text = first == second
        year = (ends[first] == ends[second]) & self.stock[one]
        both = c.stated[one] & c.stated[other]
        within = c.source.codes[one] == c.source.codes[other]
        return np.asarray((text | year) & (both | (text & within)), bool)

    def _two_targets(self, a: int, b: int) -> bool:
        """Tell whether one text sets two targets: they may be for two things."""
        c = self.columns
        alike = c.source.codes[a] == c.source.codes[b]
        return bool(alike and c.rows[a].status == "target")

    def _weight(self, a: int, b: int) -> str:
        """Return how much it weighs that two figures of one date differ."""
        c = self.columns
        statuses = {c.rows[a].obs_status, c.rows[b].obs_status}
        if "P" in statuses and len(statuses) > 1:
            return "note"
        if c.source.codes[a] == c.source.codes[b]:
            return "soft"  # one text that prints two figures may mean two things
        return "hard" if c.period.codes[a] == c.period.codes[b] else "soft"

    def _comparable(self, a: int, b: int) -> bool:
        """Tell whether two figures of one year but different dates can be compared at all."""
        c = self.columns
        if self.change[a]:
            return False
        if self.stock[a] or self.points[a]:
            return True
        return bool(c.period.codes[a] == c.period.codes[b])

    def _movement(self, indicator: str) -> tuple[str, Fraction]:
        rules = {r.indicator_id: r for r in of_kind(self.data, "movement")}
        rule = rules.get(indicator) or rules.get("")
        if rule is None:
            return SAME, DEFAULT_MOVEMENT
        return rule.rule_id, bound(rule, "high") or DEFAULT_MOVEMENT

    def _apart(
        self, kind: str, rule: str, severity: str, limit: Fraction, pairs: list[tuple[int, int]]
    ) -> Batch:
        one, other = _columns(pairs)
        if len(one) and self.points[one[0]]:
            points = next(
                (bound(r, "high") for r in of_kind(self.data, "jump_points")), Fraction(20)
            )
            return Batch.of(kind, rule, severity, "difference", one, other, high=points)
        return Batch.of(kind, rule, severity, "quotient", one, other, low=1 / limit, high=limit)

    # ---- one state ------------------------------------------------------------------------------

    def _same_state(self) -> Iterator[Batch]:
        """Compare two accounts of neighbouring dates that print the same sub-totals."""
        c = self.columns
        shared = _shared_accounts(c)
        if not shared:
            return
        inside: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        wanted = np.isin(c.account, list({a for pair in shared for a in pair}))
        for row in np.flatnonzero(wanted & c.sharp & ~self.change).tolist():
            inside[int(c.account[row])][int(c.series[row])].append(row)
        years: dict[tuple[int, int], set[int]] = defaultdict(set)
        for row in np.flatnonzero(np.isin(c.source.codes, c.source.codes[wanted])).tolist():
            years[int(c.source.codes[row]), int(c.series[row])].add(int(c.year[row]))
        pairs: list[tuple[int, int]] = []
        for one, other in shared:
            alike = 0
            differing: list[tuple[int, int]] = []
            for series, rows in inside[one].items():
                for a in rows:
                    for b in inside[other].get(series, []):
                        if c.year[a] != c.year[b] and not (
                            {int(c.year[b])} & years[int(c.source.codes[a]), series]
                            or {int(c.year[a])} & years[int(c.source.codes[b]), series]
                        ):
                            same = c.low[a] <= c.high[b] and c.low[b] <= c.high[a]
                            alike += same
                            if not same:
                                differing.append((a, b))
            if len(differing) <= alike:  # else they are two states after all
                pairs += differing
        yield _equal(SAME_STATE, "soft", *_columns(pairs))

    # ---- over the years -------------------------------------------------------------------------

    def _jumps(self, rule: Rule) -> Batch:
        """Compare each position with the one before it, in another year but not long ago."""
        c = self.columns
        points = rule.kind == "jump_points"
        usable = (c.year > 0) & np.isfinite(c.low) & np.isfinite(c.high) & ~self.change
        usable &= self.points if points else self.stock & ~self.points & (c.low > 0)
        rows = np.flatnonzero(usable)
        order = rows[np.lexsort((c.low[rows], c.end[rows], c.series[rows]))]
        one, other = order[:-1], order[1:]
        far = TWO_YEARS if points else THREE_YEARS
        near = (c.series[one] == c.series[other]) & (c.year[one] != c.year[other])
        near &= c.end[other] - c.end[one] <= far
        one, other = one[near], other[near]
        limit = bound(rule, "high") or Fraction(3)
        if points:
            return Batch.of(JUMP, rule.rule_id, rule.severity, "difference", one, other, high=limit)
        return Batch.of(
            JUMP, rule.rule_id, rule.severity, "quotient", one, other, low=1 / limit, high=limit
        )

    def _spikes(self, rule: Rule) -> Batch:
        """Compare a percentage with both its neighbours in time where these lie close together."""
        c = self.columns
        rows = np.flatnonzero(self.points & (c.year > 0) & np.isfinite(c.high) & ~self.change)
        order = rows[np.lexsort((c.low[rows], c.end[rows], c.series[rows]))]
        a, b, d = order[:-2], order[1:-1], order[2:]
        limit = bound(rule, "high") or Fraction(10)
        close = (c.series[a] == c.series[d]) & (c.end[d] - c.end[a] <= 2 * TWO_YEARS)
        close &= (c.year[a] != c.year[b]) & (c.year[b] != c.year[d])
        close &= np.abs(c.value[a] - c.value[d]) < float(limit) / 2
        close &= np.abs(c.value[b] - c.value[a]) > float(limit)
        close &= np.abs(c.value[b] - c.value[d]) > float(limit)
        one = np.concatenate((a[close], b[close]))
        other = np.concatenate((b[close], d[close]))
        return Batch.of(JUMP, rule.rule_id, rule.severity, "difference", one, other, high=limit)


def _shared_accounts(columns: Columns) -> list[tuple[int, int]]:
    """Return the pairs of accounts of different dates that share exact sub-totals."""
    c = columns
    usable = (c.low == c.high) & (c.low >= LEAST_SHARED) & c.sharp & (c.year > 0)
    rows = np.flatnonzero(usable)
    order = rows[np.lexsort((c.low[rows], c.series[rows]))]
    if not len(order):
        return []
    new = (np.diff(c.series[order]) != 0) | (np.diff(c.low[order]) != 0)
    starts = np.flatnonzero(np.concatenate(([True], new)))
    sizes = np.diff(np.concatenate((starts, [len(order)])))
    shared: dict[tuple[int, int], list[float]] = defaultdict(list)
    for i in np.flatnonzero((sizes > 1) & (sizes <= 12)):
        group = order[starts[i] : starts[i] + sizes[i]]
        if len(np.unique(c.period.codes[group])) == 1:
            continue
        for a, b in _couples(group.tolist()):
            if c.source.codes[a] != c.source.codes[b] and abs(int(c.year[a]) - int(c.year[b])) == 1:
                pair = sorted((int(c.account[a]), int(c.account[b])))
                shared[pair[0], pair[1]].append(math.log10(c.value[a]))
    return [
        pair
        for pair, digits in shared.items()
        if len(digits) >= SHARED_TOKENS and sum(digits) >= SHARED_DIGITS
    ]


def _couples(rows: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a group; of a large one, neighbours and the two ends."""
    if len(rows) <= 24:
        yield from ((a, b) for i, a in enumerate(rows) for b in rows[i + 1 :])
    else:
        yield from pairwise(rows)
        yield from ((rows[0], b) for b in rows[2:])


def _columns(pairs: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _equal(rule: str, severity: str, one: Ints, other: Ints) -> Batch:
    return Batch.of(CONFLICT, rule, severity, "equal", one, other, signs=(1, -1))
