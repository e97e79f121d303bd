"""What must hold between printed figures: a few figures tied together in one of a few forms.

All arithmetic is exact, on intervals: a check is broken only when no true values that could be
printed like this satisfy it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Literal

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.findings.facts import Fact

# sum of coefficient × figure = 0, or ≤ 0; part and whole give a percentage; earlier and later give
# growth in per cent; a quotient, or a difference, lies within bounds
Form = Literal["equal", "at_most", "share", "growth", "quotient", "difference"]
Bound = Fraction | None
EVERYTHING = Interval(None, None)
HUNDRED = Fraction(100)


@dataclass(frozen=True, slots=True, eq=False)
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
    _implied: dict[Fact, Interval | None] = field(default_factory=dict, init=False, repr=False)

    def implied(self, member: Fact) -> Interval | None:
        """Return what the others let a member be; None when nothing would do."""
        if member not in self._implied:
            self._implied[member] = self._asked(self.members.index(member))
        return self._implied[member]

    def _asked(self, place: int) -> Interval | None:
        spans = [m.span for m in self.members]
        match self.form:
            case "equal" | "at_most":
                own = self.signs[place]
                rest = [(-own * s, x) for i, (s, x) in enumerate(self.terms) if i != place]
                total = combined(rest)
                if self.form == "equal":
                    return total
                return Interval(None, total.high) if own > 0 else Interval(total.low, None)
            case "share":
                part, whole, share = spans
                if place == 0:
                    return _times(_product(whole, share), 1 / HUNDRED)
                return _times(over(part, share if place == 1 else whole), HUNDRED)
            case "growth":
                return _growth(place, spans)
            case "quotient":
                return _quotient(place, spans, self.low, self.high)
        other, most = spans[1 - place], self.high or Fraction(0)
        return Interval(_plus(other.low, -most), _plus(other.high, most))

    @property
    def terms(self) -> list[tuple[int, Interval]]:
        """The coefficients and intervals of a sum."""
        return [(s, m.span) for s, m in zip(self.signs, self.members, strict=True)]

    def sign(self, member: Fact) -> int:
        """Return the coefficient of a member of a sum."""
        return self.signs[self.members.index(member)]

    def holds(self) -> bool:
        """Tell whether the figures can all be true together."""
        if len(self.members) == 2 and self.signs == (1, -1):
            one, other = self.members[0].span, self.members[1].span
            if self.form == "equal":
                return one.meets(other)
            return not one.exceeds(other)
        implied = self.implied(self.members[0])
        return implied is not None and implied.meets(self.members[0].span)


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """What a finding is about: its kind, the figures in the order of telling, the broken checks.

    The first of ``rows`` names it. ``suspects`` are known where several figures show something
    together, else they are found by error localisation; ``years`` rest on no measurement;
    ``missing`` is what a list lacks.
    """

    kind: str
    severity: str
    rows: tuple[Fact, ...]
    suspects: tuple[Fact, ...] = ()
    years: tuple[int, ...] = ()
    rule: str = ""
    checks: tuple[Check, ...] = ()
    missing: str = ""


def likeliest(tried: Sequence[Check]) -> Sequence[Check]:
    """Return the first check that holds, else the first: figures that fit any are no trouble."""
    return [c for c in tried if c.holds()][:1] or tried[:1]


def combined(terms: Sequence[tuple[int, Interval]]) -> Interval:
    """Return what some intervals come to when added up, each with its coefficient."""
    low = [x.low if s > 0 else x.high and -x.high for s, x in terms]
    high = [x.high if s > 0 else x.low and -x.low for s, x in terms]
    return Interval(_sum(low), _sum(high))


def _sum(bounds: Sequence[Bound]) -> Bound:
    """Return a sum of fractions, brought to one denominator only once; None where one is open."""
    numbers = [b for b in bounds if b is not None]
    if len(numbers) < len(bounds):
        return None
    denominator = lcm(*(n.denominator for n in numbers))
    whole = sum(n.numerator * (denominator // n.denominator) for n in numbers)
    return Fraction(whole, denominator)


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


def over(one: Interval, other: Interval) -> Interval:
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
        quotient = _times(over(later, earlier), HUNDRED)
        return Interval(_plus(quotient.low, -HUNDRED), _plus(quotient.high, -HUNDRED))
    factor = _times(Interval(_plus(growth.low, HUNDRED), _plus(growth.high, HUNDRED)), 1 / HUNDRED)
    if place == 1:
        return _product(earlier, factor)
    return over(later, factor) if factor.high is None or factor.high > 0 else None


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
