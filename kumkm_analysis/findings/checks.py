"""What must hold between printed figures: checks, one by one exactly and by the million in floats.

A check ties a few figures together in one of a few forms. A :class:`Batch` holds many checks of one
rule as arrays. Floats screen them with a slack that never lets a breach pass; what they suspect is
confirmed with exact fractions, so that rounding of the machine is never taken for a contradiction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np

from kumkm_analysis.dataset.interval import Interval

if TYPE_CHECKING:
    from kumkm_analysis.findings.columns import Bools, Columns, Floats, Ints

# sum of coefficient × figure = 0, or ≤ 0; part and whole give a percentage; earlier and later give
# growth in per cent; a quotient, or a difference, lies within bounds
Form = Literal["equal", "at_most", "share", "growth", "quotient", "difference"]
PERCENT = 100
SLACK = 1e-11  # relative; the error of a float sum of forty terms is below 1e-14
Get = Callable[[int], Interval]
Bound = Fraction | None
EVERYTHING = Interval(None, None)


@dataclass(frozen=True, slots=True)
class Check:
    """One rule applied to a few figures, named by their rows."""

    kind: str
    rule: str
    severity: str
    form: Form
    members: tuple[int, ...]
    coefficients: tuple[int, ...] = ()
    low: Bound = None
    high: Bound = None

    def implied(self, member: int, get: Get) -> Interval | None:
        """Return what the others let a member be; None when nothing would do."""
        place = self.members.index(member)
        if self.form in ("equal", "at_most"):
            return self._linear(place, get)
        spans = [get(m) for m in self.members]
        if self.form == "share":
            return _share(place, spans)
        if self.form == "growth":
            return _growth(place, spans)
        if self.form == "quotient":
            return _quotient(place, spans, self.low, self.high)
        return _difference(spans[1 - place], self.high)

    def sign(self, member: int) -> int:
        """Return the coefficient of a member of a sum."""
        return self.coefficients[self.members.index(member)]

    def holds(self, get: Get) -> bool:
        """Tell whether the figures can all be true together."""
        first = self.members[0]
        implied = self.implied(first, get)
        return implied is not None and implied.meets(get(first))

    def _linear(self, place: int, get: Get) -> Interval:
        others = [
            _times(get(m), Fraction(c))
            for i, (m, c) in enumerate(zip(self.members, self.coefficients, strict=True))
            if i != place
        ]
        total = Interval(_sum(o.low for o in others), _sum(o.high for o in others))
        own = Fraction(self.coefficients[place])
        if self.form == "equal":
            return _times(total, -1 / own)
        bound = None if total.low is None else -total.low / own
        return Interval(None, bound) if own > 0 else Interval(bound, None)


@dataclass(frozen=True)
class Batch:
    """Checks of one rule: the members of check ``i`` stand from ``starts[i]`` to the next start."""

    kind: str
    rule: str
    severity: str
    form: Form
    members: Ints
    starts: Ints
    coefficients: Ints
    low: Fraction | None = None
    high: Fraction | None = None

    @classmethod
    def of(
        cls, kind: str, rule: str, severity: str, form: Form, *slots: Ints,
        signs: Sequence[int] = (), low: Bound = None, high: Bound = None,
    ) -> Batch:  # fmt: skip
        """Return checks with one member from each of several columns of rows."""
        width, count = len(slots), len(slots[0])
        members = np.stack(slots, axis=1).ravel() if count else np.zeros(0, np.int64)
        return cls(
            kind, rule, severity, form, members, np.arange(count, dtype=np.int64) * width,
            np.tile(np.array(signs or [0] * width, np.int64), count), low, high,
        )  # fmt: skip

    @classmethod
    def ragged(
        cls, kind: str, rule: str, severity: str, form: Form,
        check: Ints, member: Ints, sign: Ints,
    ) -> Batch:  # fmt: skip
        """Return checks of any number of members, given as rows (check, member, sign)."""
        order = np.lexsort((member, sign, check))
        key = check[order]
        starts = np.flatnonzero(np.concatenate(([True], np.diff(key) != 0))) if len(key) else key
        return cls(kind, rule, severity, form, member[order], starts, sign[order])

    def __len__(self) -> int:
        return len(self.starts)

    def check(self, i: int) -> Check:
        """Return one check of the batch."""
        stop = self.starts[i + 1] if i + 1 < len(self.starts) else len(self.members)
        span = slice(int(self.starts[i]), int(stop))
        return Check(
            self.kind, self.rule, self.severity, self.form,
            tuple(int(m) for m in self.members[span]),
            tuple(int(c) for c in self.coefficients[span]), self.low, self.high,
        )  # fmt: skip

    def broken(self, columns: Columns, get: Get) -> Iterator[Check]:
        """Yield the checks that do not hold, each confirmed exactly."""
        if len(self):
            for i in np.flatnonzero(self._suspects(columns)):
                check = self.check(int(i))
                if not check.holds(get):
                    yield check

    def touching(self, wanted: Bools) -> Iterator[Check]:
        """Yield the checks of which some member is wanted (a mask over the rows)."""
        if len(self):
            hit = np.logical_or.reduceat(wanted[self.members], self.starts)
            for i in np.flatnonzero(hit):
                yield self.check(int(i))

    def _suspects(self, columns: Columns) -> Bools:
        """Return a mask of the checks that may be broken; none that is broken is left out."""
        low, high = columns.low[self.members], columns.high[self.members]
        with np.errstate(all="ignore"):
            if self.form in ("equal", "at_most"):
                return self._suspect_sums(columns, low, high)
            width = len(self.members) // len(self)
            lows, highs = low.reshape(-1, width), high.reshape(-1, width)
            if self.form == "share":
                floor, ceiling = (
                    PERCENT * lows[:, 0] / highs[:, 1], PERCENT * highs[:, 0] / lows[:, 1]
                )  # fmt: skip
                ask_low, ask_high = lows[:, 2], highs[:, 2]
            elif self.form == "growth":
                floor = PERCENT * (lows[:, 1] / highs[:, 0] - 1)
                ceiling = PERCENT * (highs[:, 1] / lows[:, 0] - 1)
                ask_low, ask_high = lows[:, 2], highs[:, 2]
            elif self.form == "quotient":
                least = -np.inf if self.low is None else float(self.low)
                most = np.inf if self.high is None else float(self.high)
                divisor = lows[:, 1], highs[:, 1]
                floor = np.minimum(least * divisor[0], least * divisor[1])
                ceiling = np.maximum(most * divisor[0], most * divisor[1])
                ask_low, ask_high = lows[:, 0], highs[:, 0]
            else:
                most = np.inf if self.high is None else float(self.high)
                floor, ceiling = lows[:, 1] - most, highs[:, 1] + most
                ask_low, ask_high = lows[:, 0], highs[:, 0]
            slack = SLACK * np.maximum(np.abs(ask_low), np.maximum(np.abs(floor), 1.0))
            slack = np.where(np.isfinite(slack), slack, 0)
            safe = (floor + slack <= ask_high) & (ceiling - slack >= ask_low)
            return np.asarray(~safe, bool)

    def _suspect_sums(self, columns: Columns, low: Floats, high: Floats) -> Bools:
        sign = self.coefficients
        least = np.add.reduceat(np.where(sign > 0, sign * low, sign * high), self.starts)
        most = np.add.reduceat(np.where(sign > 0, sign * high, sign * low), self.starts)
        size = np.add.reduceat(np.where(np.isfinite(low), np.abs(low), 0.0), self.starts)
        whole = np.logical_and.reduceat(columns.whole[self.members], self.starts)
        slack = np.where(whole, 0.0, SLACK * np.maximum(size, 1.0))
        over = np.where(whole, least > 0, least > -slack)
        under = np.where(whole, most < 0, most < slack)
        return np.asarray(over if self.form == "at_most" else over | under, bool)


def distance(one: Interval, other: Interval) -> Fraction:
    """Return how far two intervals lie apart, 0 when they meet."""
    if one.low is not None and other.high is not None and one.low > other.high:
        return one.low - other.high
    if other.low is not None and one.high is not None and other.low > one.high:
        return other.low - one.high
    return Fraction(0)


def _sum(bounds: Iterator[Bound]) -> Bound:
    total = Fraction(0)
    for bound in bounds:
        if bound is None:
            return None
        total += bound
    return total


def _times(span: Interval, factor: Fraction) -> Interval:
    low = None if span.low is None else span.low * factor
    high = None if span.high is None else span.high * factor
    return Interval(low, high) if factor > 0 else Interval(high, low)


def _over(one: Interval, other: Interval) -> Interval:
    """Return the quotient of two intervals; a divisor may be open, but is never negative."""
    if other.low is None or other.low <= 0:
        floor = None if one.low is None or one.low < 0 or not other.high else one.low / other.high
        return Interval(floor, None)
    if one.low is None:
        low = None
    elif one.low < 0:
        low = one.low / other.low
    else:
        low = one.low / other.high if other.high is not None else Fraction(0)
    if one.high is None:
        high = None
    elif one.high >= 0:
        high = one.high / other.low
    else:
        high = one.high / other.high if other.high is not None else Fraction(0)
    return Interval(low, high)


def _product(one: Interval, other: Interval) -> Interval:
    """Return the product of two intervals; an open end stays open."""
    bounds = [(a, b) for a in (one.low, one.high) for b in (other.low, other.high)]
    corners = [a * b for a, b in bounds if a is not None and b is not None]
    if len(corners) == len(bounds):
        return Interval(min(corners), max(corners))
    low = None if one.low is None or other.low is None else one.low * other.low
    high = None if one.high is None or other.high is None else one.high * other.high
    return Interval(low, high) if low is None or low >= 0 else EVERYTHING


def _share(place: int, spans: list[Interval]) -> Interval | None:
    part, whole, share = spans
    if place == 0:
        return _times(_product(whole, share), Fraction(1, PERCENT))
    if place == 1:
        return _times(_over(part, share), Fraction(PERCENT))
    return _times(_over(part, whole), Fraction(PERCENT))


def _growth(place: int, spans: list[Interval]) -> Interval | None:
    earlier, later, growth = spans
    factor = Interval(
        None if growth.low is None else 1 + growth.low / PERCENT,
        None if growth.high is None else 1 + growth.high / PERCENT,
    )
    if place == 1:
        return _product(earlier, factor)
    if place == 0:
        return _over(later, factor) if factor.high is None or factor.high > 0 else None
    quotient = _over(later, earlier)
    return Interval(
        None if quotient.low is None else (quotient.low - 1) * PERCENT,
        None if quotient.high is None else (quotient.high - 1) * PERCENT,
    )


def _quotient(place: int, spans: list[Interval], low: Bound, high: Bound) -> Interval | None:
    top, bottom = spans
    if place == 0:
        floors = [None if low is None or b is None else low * b for b in (bottom.low, bottom.high)]
        tops = [None if high is None or b is None else high * b for b in (bottom.low, bottom.high)]
        return Interval(
            None if None in floors else min(f for f in floors if f is not None),
            None if None in tops else max(t for t in tops if t is not None),
        )
    least = None if top.low is None or not high else max(top.low / high, Fraction(0))
    most = None if top.high is None or low is None or low <= 0 else top.high / low
    if low is not None and low < 0 and top.high is not None and top.high < 0:
        least = top.high / low
    if most is not None and least is not None and most < least:
        return None
    return Interval(least, most)


def _difference(other: Interval, most: Bound) -> Interval:
    if most is None:
        return EVERYTHING
    return Interval(
        None if other.low is None else other.low - most,
        None if other.high is None else other.high + most,
    )
