"""Printed percentages and changes against the printed values, and ratios against their bounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from kumkm_analysis.dataset.records import Rule
from kumkm_analysis.findings.checks import Batch, Check, Get
from kumkm_analysis.findings.model import CHANGE, RATIO, SHARE
from kumkm_analysis.findings.rules import bound, in_force, of_kind

if TYPE_CHECKING:
    from kumkm_analysis.findings.columns import Bools, Columns, Ints
    from kumkm_analysis.findings.consistency import Structure

YEAR_AND_A_HALF = 548  # days; an earlier figure further back is no base of a yearly change
FEWEST_PEERS = 5
MARGIN = 1e-9  # relative; floats decide what lies further apart than this


@dataclass(frozen=True, slots=True)
class OtherBase:
    """A printed change that follows only when the later figure is made the base."""

    rule: str
    earlier: int
    later: int
    growth: int


class Quotients:
    """Finds in the columns which percentages and ratios can be worked out again."""

    def __init__(self, columns: Columns, structure: Structure, get: Get) -> None:
        self.columns = columns
        self.structure = structure
        self.data = columns.data
        self.get = get
        self.other_base: list[OtherBase] = []

    def batches(self) -> Iterator[Batch]:
        """Yield the checks of every rule on shares, changes and ratios."""
        for rule in of_kind(self.data, "share"):
            yield self._share(rule)
        for rule in of_kind(self.data, "growth", "change"):
            yield from self._change(rule)
        for rule in of_kind(self.data, "ratio"):
            yield self._ratio(rule)
        for rule in of_kind(self.data, "peers"):
            yield from self._peers(rule)

    # ---- shares ---------------------------------------------------------------------------------

    def _share(self, rule: Rule) -> Batch:
        c, s = self.columns, self.structure
        if not rule.breakdown:
            part, whole, share = (s.at_place(i) for i in (rule.left, rule.right, rule.indicator_id))
            full = (part >= 0) & (whole >= 0) & (share >= 0)
            slots = part[full], whole[full], share[full]
        else:
            rows = s.rows(rule.indicator_id)
            if rule.breakdown == "*":
                rows = rows[c.category.codes[rows] != c.category.code("")]
                parts = s.at_place(rule.left)[c.place[rows]]
            else:
                rows = rows[c.category.codes[rows] == c.category.code(rule.breakdown)]
                parts = s.at_account(rule.left)[c.account[rows]]
            wholes = s.at_account(rule.right)[c.account[rows]]
            full = (parts >= 0) & (wholes >= 0)
            slots = parts[full], wholes[full], rows[full]
        sound = c.low[slots[1]] > 0
        return Batch.of(
            SHARE, rule.rule_id, rule.severity, "share", *(slot[sound] for slot in slots)
        )

    # ---- changes --------------------------------------------------------------------------------

    def _change(self, rule: Rule) -> Iterator[Batch]:
        """Set a printed change against the printed values before and after.

        The text seldom says from when: any earlier figure of the same text that fits is taken as
        its base; when none fits, the one a year before, or else the last one, is reported.
        """
        c = self.columns
        base = np.flatnonzero(c.indicator.codes == c.indicator.code(rule.left))
        at_place: dict[int, list[int]] = defaultdict(list)
        history: dict[tuple[int, int], list[int]] = defaultdict(list)
        elsewhere: dict[tuple[int, str], list[int]] = defaultdict(list)
        for row in base.tolist():
            at_place[int(c.place[row])].append(row)
            if c.year[row] and (c.low[row] > 0 or rule.kind == "change"):
                history[int(c.source.codes[row]), int(c.series[row])].append(row)
                if c.stated[row]:
                    period = c.period.words[c.period.codes[row]]
                    elsewhere[int(c.series[row]), year_end(period)].append(row)
        own: list[tuple[int, int, int]] = []
        others: list[tuple[int, int, int]] = []
        for growth in np.flatnonzero(c.indicator.codes == c.indicator.code(rule.indicator_id)):
            row = int(growth)
            later = at_place.get(int(c.place[row]), [])
            if not later:
                continue
            if not c.year[row]:
                own += self._undated(rule, later, row)
                continue
            b = min(later, key=lambda r: float(c.high[r] - c.low[r]))
            key = (int(c.source.codes[row]), int(c.series[b]))
            earlier = [r for r in history[key] if c.end[r] < c.end[b]]
            period = c.period.words[c.period.codes[b]]
            if earlier:
                own += self._from(rule, earlier, b, row)
            elif before := elsewhere.get((int(c.series[b]), year_before(period))):
                others += self._from(rule, before, b, row)
        for triples, severity in ((own, rule.severity), (others, "soft")):
            if triples:
                table = np.array(triples, np.int64)
                if rule.kind == "growth":
                    yield Batch.of(CHANGE, rule.rule_id, severity, "growth", *table.T)
                else:
                    signs = (-1, 1, -1)
                    yield Batch.of(CHANGE, rule.rule_id, severity, "equal", *table.T, signs=signs)

    def _from(
        self, rule: Rule, earlier: list[int], later: int, change: int
    ) -> list[tuple[int, int, int]]:
        """Return the change with the earlier figure it follows from, or the likeliest one."""
        c = self.columns

        def likeliest(r: int) -> tuple[float, float, int]:
            sharp = c.high[r] - c.low[r]
            return (abs(float(c.end[later] - c.end[r]) - 365), float(sharp), r)

        ordered = sorted(earlier, key=likeliest)
        for a in ordered:
            if self._fits(rule, a, later, change):
                return [(a, later, change)]
        for a in ordered:
            if rule.kind == "growth" and self._follows_backwards(a, later, change):
                self.other_base.append(OtherBase(rule.rule_id, a, later, change))
                return []
        near = [a for a in ordered if c.end[later] - c.end[a] <= YEAR_AND_A_HALF]
        return [(near[0], later, change)] if near else []

    def _undated(self, rule: Rule, rows: list[int], change: int) -> list[tuple[int, int, int]]:
        """Return a change between two undated figures of one text, if some two of them fit."""
        for a in rows:
            for b in rows:
                if (
                    a != b
                    and self.columns.low[a] > 0
                    and self._trial(rule, a, b, change).holds(self.get)
                ):
                    return [(a, b, change)]
        return []

    def _fits(self, rule: Rule, a: int, b: int, change: int) -> bool:
        """Tell whether a change follows; floats decide where they leave no doubt."""
        c = self.columns
        early, late = (c.low[a], c.high[a]), (c.low[b], c.high[b])
        if early[0] > 0 and np.isfinite(early[1] + late[0] + late[1]):
            if rule.kind == "growth":
                low, high = 100 * (late[0] / early[1] - 1), 100 * (late[1] / early[0] - 1)
            else:
                low, high = late[0] - early[1], late[1] - early[0]
            margin = MARGIN * max(abs(low), abs(high), 1.0)
            if low + margin < c.high[change] and high - margin > c.low[change]:
                return True
            if low - margin > c.high[change] or high + margin < c.low[change]:
                return False
        return self._trial(rule, a, b, change).holds(self.get)

    def _trial(self, rule: Rule, a: int, b: int, change: int) -> Check:
        if rule.kind == "growth":
            return Check(CHANGE, rule.rule_id, rule.severity, "growth", (a, b, change))
        return Check(CHANGE, rule.rule_id, rule.severity, "equal", (a, b, change), (-1, 1, -1))

    def _follows_backwards(self, a: int, b: int, change: int) -> bool:
        """Tell whether the change follows when divided by the later figure."""
        early, late, printed = self.get(a), self.get(b), self.get(change)
        bounds = (early.low, early.high, late.low, late.high, printed.low, printed.high)
        if any(x is None for x in bounds) or not late.low or late.low <= 0:
            return False
        assert early.low is not None  # noqa: S101 - just checked, for the type checker
        assert early.high is not None  # noqa: S101
        low = 100 * (1 - early.high / late.low)
        high = 100 * (1 - early.low / late.low if late.high is None else 1 - early.low / late.high)
        return bool(low <= printed.high and printed.low <= high)  # type: ignore[operator]

    # ---- ratios ---------------------------------------------------------------------------------

    def _ratio(self, rule: Rule) -> Batch:
        top, bottom = self.structure.at_place(rule.left), self.structure.at_place(rule.right)
        both = (top >= 0) & (bottom >= 0)
        top, bottom = top[both], bottom[both]
        kept = self._in_force(rule, top) & (self.columns.low[bottom] > 0)
        return Batch.of(
            RATIO, rule.rule_id, rule.severity, "quotient", top[kept], bottom[kept],
            low=bound(rule, "low"), high=bound(rule, "high"),
        )  # fmt: skip

    def _in_force(self, rule: Rule, rows: Ints) -> Bools:
        """Return which rows a rule applies to; to an undated figure, only one without an end."""
        first, last = in_force(rule)
        end = self.columns.end[rows]
        dated = (end >= first) & (end <= last)
        return np.where(end > 0, dated, not rule.valid_to)

    def _peers(self, rule: Rule) -> Iterator[Batch]:
        """Set a value per head against the range of the other regions, made ten times wider."""
        c = self.columns
        top, bottom = self.structure.at_place(rule.left), self.structure.at_place(rule.right)
        both = (top >= 0) & (bottom >= 0)
        top, bottom = top[both], bottom[both]
        usable = (
            (c.low[bottom] > 0) & np.isfinite(c.high[top]) & (c.low[top] > 0)
            & (c.category.codes[top] == c.category.code(""))
        )  # fmt: skip
        top, bottom = top[usable], bottom[usable]
        region = c.region.codes[top]
        if len(np.unique(region)) < FEWEST_PEERS:
            return
        ratio = c.low[top] / c.high[bottom]
        factor = bound(rule, "high") or Fraction(10)
        outside = _edges(ratio, region)
        edges = {r: (ratio[region != r].min(), ratio[region != r].max()) for r in outside}
        inner = (ratio.min(), ratio.max())
        for r, (low, high) in {**edges, -1: inner}.items():
            mine = region == r if r >= 0 else ~np.isin(region, list(edges))
            if mine.any():
                yield Batch.of(
                    RATIO, rule.rule_id, rule.severity, "quotient", top[mine], bottom[mine],
                    low=Fraction(low) / factor, high=Fraction(high) * factor,
                )  # fmt: skip


def _edges(ratio: object, region: Ints) -> set[int]:
    """Return the regions that hold the smallest and the largest ratio."""
    values = np.asarray(ratio)
    return {int(region[values.argmin()]), int(region[values.argmax()])}


def year_end(period: str) -> str:
    """Return a period with the end of a year written as the year, as positions are dated.

    >>> year_end("2012-12-31"), year_end("2012-12"), year_end("2012-06")
    ('2012', '2012', '2012-06')
    """
    return period[:4] if period[4:] in ("-12", "-12-31") else period


def year_before(period: str) -> str:
    """Return the same period a year earlier.

    >>> year_before("2012-12"), year_before("2012-06")
    ('2011', '2011-06')
    """
    ended = year_end(period)
    return f"{int(ended[:4]) - 1}{ended[4:]}"
