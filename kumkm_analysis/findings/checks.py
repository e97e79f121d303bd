"""What must hold between printed figures: a few figures tied together in one of a few forms.

All arithmetic is exact, on intervals: a check is broken only when no true values that could be
printed like this satisfy it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.findings.facts import Fact

# sum of coefficient × figure = 0, or ≤ 0; part and whole give a percentage; earlier and later give
# growth in per cent; a quotient, or a difference, lies within bounds
Form = Literal["equal", "at_most", "share", "growth", "quotient", "difference"]
Bound = Fraction | None
EVERYTHING = Interval(None, None)
HUNDRED = Fraction(100)


@dataclass(frozen=True, slots=True)
class Check:
    """One rule applied to a few figures."""

    kind: str
    rule: str
    severity: str
    form: Form
    members: tuple[Fact, ...]
    signs: tuple[int, ...] = ()
    low: Bound = None
    high: Bound = None

    def implied(self, member: Fact) -> Interval | None:
        """Return what the others let a member be; None when nothing would do."""
        place = self.members.index(member)
        if self.form in ("equal", "at_most"):
            return self._linear(place)
        spans = [m.span for m in self.members]
        if self.form == "share":
            part, whole, share = spans
            if place == 0:
                return _times(_product(whole, share), 1 / HUNDRED)
            return _times(_over(part, share if place == 1 else whole), HUNDRED)
        if self.form == "growth":
            return _growth(place, spans)
        if self.form == "quotient":
            return _quotient(place, spans, self.low, self.high)
        other, most = spans[1 - place], self.high
        if most is None:
            return EVERYTHING
        return Interval(_plus(other.low, -most), _plus(other.high, most))

    def sign(self, member: Fact) -> int:
        """Return the coefficient of a member of a sum."""
        return self.signs[self.members.index(member)]

    def holds(self) -> bool:
        """Tell whether the figures can all be true together."""
        if len(self.members) == 2 and self.signs == (1, -1):
            one, other = self.members[0].span, self.members[1].span
            if self.form == "equal":
                return one.meets(other)
            return one.low is None or other.high is None or one.low <= other.high
        implied = self.implied(self.members[0])
        return implied is not None and implied.meets(self.members[0].span)

    def _linear(self, place: int) -> Interval:
        low: Bound = Fraction(0)
        high: Bound = Fraction(0)
        for i, (m, sign) in enumerate(zip(self.members, self.signs, strict=True)):
            if i != place:
                ends = (m.span.low, m.span.high) if sign > 0 else (m.span.high, m.span.low)
                low = None if low is None or ends[0] is None else low + sign * ends[0]
                high = None if high is None or ends[1] is None else high + sign * ends[1]
        own = self.signs[place]
        total = _times(Interval(low, high), Fraction(-1, own))
        if self.form == "equal":
            return total
        return Interval(None, total.high) if own > 0 else Interval(total.low, None)


def agrees(one: Interval, other: Interval, *, edge: bool = False) -> bool:
    """Tell whether two intervals share more than an edge; a single value may lie anywhere inside.

    >>> half = Interval(Fraction(1), Fraction(2))
    >>> agrees(half, Interval(Fraction(2), Fraction(3))), half.meets(Interval.exact(2))
    (False, True)
    """
    if not one.meets(other):
        return False
    if edge or (one.is_exact and other.is_exact):
        return True
    lows = [x for x in (one.low, other.low) if x is not None]
    highs = [x for x in (one.high, other.high) if x is not None]
    if not lows or not highs or max(lows) < min(highs):
        return True
    wide = other if one.is_exact else one
    inside = one.is_exact or other.is_exact
    return inside and wide.low != max(lows) and wide.high != max(lows)


def distance(one: Interval, other: Interval) -> Fraction:
    """Return how far two intervals lie apart, 0 when they meet."""
    if one.low is not None and other.high is not None and one.low > other.high:
        return one.low - other.high
    if other.low is not None and one.high is not None and other.low > one.high:
        return other.low - one.high
    return Fraction(0)


def common(asked: Iterable[Interval | None]) -> Interval | None:
    """Return what a figure would have to be for all that is asked of it, None when nothing does."""
    low: Bound = None
    high: Bound = None
    for implied in asked:
        if implied is None:
            return None
        if implied.low is not None and (low is None or implied.low > low):
            low = implied.low
        if implied.high is not None and (high is None or implied.high < high):
            high = implied.high
    return None if low is not None and high is not None and low > high else Interval(low, high)


def _plus(one: Bound, other: Fraction) -> Bound:
    return None if one is None else one + other


def _times(span: Interval, factor: Fraction) -> Interval:
    low = None if span.low is None else span.low * factor
    high = None if span.high is None else span.high * factor
    return Interval(low, high) if factor > 0 else Interval(high, low)


def _over(one: Interval, other: Interval) -> Interval:
    """Return the quotient of two intervals; a divisor may be open, but is never negative."""
    if other.low is None or other.low <= 0:
        floor = None if one.low is None or one.low < 0 or not other.high else one.low / other.high
        return Interval(floor, None)
    far = Fraction(0) if other.high is None else 1 / other.high
    near = 1 / other.low
    return Interval(
        None if one.low is None else one.low * (near if one.low < 0 else far),
        None if one.high is None else one.high * (near if one.high >= 0 else far),
    )


def _product(one: Interval, other: Interval) -> Interval:
    """Return the product of two intervals; an open end stays open."""
    bounds = [(a, b) for a in (one.low, one.high) for b in (other.low, other.high)]
    corners = [a * b for a, b in bounds if a is not None and b is not None]
    if len(corners) == len(bounds):
        return Interval(min(corners), max(corners))
    low = None if one.low is None or other.low is None else one.low * other.low
    return Interval(low, None) if low is None or low >= 0 else EVERYTHING


def _growth(place: int, spans: list[Interval]) -> Interval | None:
    earlier, later, growth = spans
    if place == 2:
        quotient = _times(_over(later, earlier), HUNDRED)
        return Interval(_plus(quotient.low, -HUNDRED), _plus(quotient.high, -HUNDRED))
    factor = _times(Interval(_plus(growth.low, HUNDRED), _plus(growth.high, HUNDRED)), 1 / HUNDRED)
    if place == 1:
        return _product(earlier, factor)
    return _over(later, factor) if factor.high is None or factor.high > 0 else None


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
    return (
        None if most is not None and least is not None and most < least else Interval(least, most)
    )
