"""Closed intervals of exact numbers: what a printed figure may stand for, and what follows.

Bounds are :class:`fractions.Fraction`; ``None`` is an open end. Nothing here is a statistical
error: an interval holds the rounding of print only.

>>> from kumkm_analysis.dataset.numerals import parse
>>> Interval.from_printed(parse("Rp2,143 triliun"), "rounded", whole_count=False)
Interval(2142500000000, 2143500000000)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product

from kumkm_analysis.dataset.numerals import Printed
from kumkm_analysis.errors import Fault, KumkmError

PRINTINGS = ("exact", "rounded", "truncated", "about", "at_least", "at_most")
PROBES = 4  # parts of an interval at whose ends a function is tried
FAR = Fraction(10) ** 30  # stands for "without bound" when a function is probed


@dataclass(frozen=True, slots=True, repr=False)
class Interval:
    """All values between ``low`` and ``high``, both included; ``None`` is without bound."""

    low: Fraction | None
    high: Fraction | None

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise KumkmError(
                Fault("interval", f"low {self.low} above high {self.high}", "low ≤ high")
            )

    def __repr__(self) -> str:
        return f"Interval({_short(self.low)}, {_short(self.high)})"

    @classmethod
    def exact(cls, value: Fraction | int | Decimal) -> Interval:
        """Return the interval of one value."""
        return cls(Fraction(value), Fraction(value))

    @classmethod
    def from_printed(cls, printed: Printed, printing: str, *, whole_count: bool) -> Interval:
        """Return what a printed number may stand for.

        ``exact`` the value; ``rounded`` half a unit of the last printed digit to either side;
        ``truncated`` up to one unit further from zero; ``about`` half a unit of the last digit
        that is not a trailing zero, however the number is spelt: "about 400 thousand" and "about
        400,000" are both 350 to 450 thousand;
        ``at_least`` and ``at_most`` without bound on one side. Trailing zeros of a bare whole
        count (``whole_count``: no scale word, no decimals) that is not exact are not significant:
        5.300 cooperatives, rounded, may be 5.250 to 5.350.
        """
        value = Fraction(printed.value)
        if printing == "exact":
            return cls(value, value)
        unit = Fraction(printed.last_digit)
        if whole_count and not printed.scaled and unit == 1:
            unit = _last_nonzero(value)
        if printing == "rounded":
            return cls(value - unit / 2, value + unit / 2)
        if printing == "truncated":
            return cls(value - unit, value) if value < 0 else cls(value, value + unit)
        if printing == "about":
            if _is_thousandfold(unit):
                unit = max(unit, _last_nonzero(value))
            return cls(value - unit / 2, value + unit / 2)
        if printing == "at_least":
            return cls(value, None)
        if printing == "at_most":
            return cls(None, value)
        raise KumkmError(Fault("printing", repr(printing), "one of " + ", ".join(PRINTINGS)))

    @property
    def width(self) -> Fraction | None:
        """The distance between the bounds, ``None`` when there is an open end."""
        return None if self.low is None or self.high is None else self.high - self.low

    @property
    def is_exact(self) -> bool:
        """Tell whether the interval is a single value."""
        return self.low is not None and self.low == self.high

    def contains(self, value: Fraction | int) -> bool:
        """Tell whether a value lies in the interval."""
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)

    def not_below_zero(self) -> Interval:
        """Return the part of the interval that a count or an amount can take.

        >>> Interval(None, Fraction(5)).not_below_zero()
        Interval(0, 5)
        """
        if self.high is not None and self.high < 0:
            return self
        return Interval(max(self.low or Fraction(0), Fraction(0)), self.high)

    def exceeds(self, other: Interval) -> bool:
        """Tell whether all of it lies above another interval."""
        return self.low is not None and other.high is not None and self.low > other.high

    def meets(self, other: Interval) -> bool:
        """Tell whether two intervals have a value in common: the two figures agree."""
        starts = self.low is None or other.high is None or self.low <= other.high
        return starts and (self.high is None or other.low is None or other.low <= self.high)


def hull(*intervals: Interval) -> Interval:
    """Return the smallest interval that holds all of them.

    >>> hull(Interval.exact(3), Interval.exact(7))
    Interval(3, 7)
    """
    lows = [i.low for i in intervals]
    highs = [i.high for i in intervals]
    return Interval(
        None if None in lows else min(low for low in lows if low is not None),
        None if None in highs else max(high for high in highs if high is not None),
    )


def corners(function: Callable[..., Fraction], *intervals: Interval) -> Interval:
    """Return the exact bounds of a function that is monotone in each input.

    The extremes lie on the 2ⁿ corners of the box of inputs, and each input counts once however
    often it occurs in the formula. An open end is probed at two far values: if the function still
    moves there by as much again, the result is open on that side; if it settles (a share tends to
    100 per cent), the bound is the number it settles at. Raises
    :class:`~kumkm_analysis.errors.KumkmError` when a divisor may be zero.

    >>> corners(lambda own, ext: own / (own + ext), Interval(Fraction(1), Fraction(3)),
    ...         Interval.exact(1))
    Interval(1/2, 3/4)
    """
    ends = [_ends(i, FAR) for i in intervals]
    values = _values(function, intervals, ends)
    low, high = min(values), max(values)
    if not any(i.low is None or i.high is None for i in intervals):
        return Interval(low, high)
    nearer = _values(function, intervals, [_ends(i, FAR / 10**6) for i in intervals])
    drop, rise = min(nearer) - low, high - max(nearer)
    return Interval(
        None if _runs_away(drop) else _limit(low, -drop),
        None if _runs_away(rise) else _limit(high, rise),
    )


def strays(
    function: Callable[..., Fraction], span: Interval, *intervals: Interval
) -> tuple[Fraction, ...] | None:
    """Return a point within some intervals at which a function leaves the bounds of its corners.

    Such a function is not monotone in each input. A few points inside are tried; of an interval
    without bound only its end.

    >>> around_two = Interval(Fraction(1), Fraction(3))
    >>> span = corners(lambda x: (x - 2) ** 2, around_two)
    >>> strays(lambda x: (x - 2) ** 2, span, around_two)
    (Fraction(3, 2),)
    """
    tried = [
        [i.low + (i.high - i.low) * Fraction(n, PROBES) for n in range(PROBES + 1)]
        if i.low is not None and i.high is not None and i.low != i.high
        else [next((end for end in (i.low, i.high) if end is not None), Fraction(1))]
        for i in intervals
    ]
    ends = [abs(end) for end in (span.low, span.high) if end is not None]
    rounding = max(ends, default=Fraction(0)) / 10**12  # of functions that reckon in floats
    reach = Interval(
        None if span.low is None else span.low - rounding,
        None if span.high is None else span.high + rounding,
    )
    points = product(*tried)
    return next((p for p in points if not reach.contains(Fraction(function(*p)))), None)


def _values(
    function: Callable[..., Fraction],
    intervals: tuple[Interval, ...],
    ends: list[tuple[Fraction, ...]],
) -> list[Fraction]:
    """Evaluate the function on every corner."""
    for place, interval in enumerate(intervals):
        below = interval.low is None or interval.low < 0
        if below and (interval.high is None or interval.high > 0):
            # A monotone divisor is not monotone across zero: the zero itself is a corner too.
            ends[place] = (*ends[place], Fraction(0))
    try:
        return [Fraction(function(*corner)) for corner in product(*ends)]
    except ZeroDivisionError:
        raise KumkmError(
            Fault("a metric", "a divisor that may be zero", "divisors above zero")
        ) from None


def _ends(interval: Interval, far: Fraction) -> tuple[Fraction, ...]:
    low = -far if interval.low is None else interval.low
    high = far if interval.high is None else interval.high
    return (low,) if low == high else (low, high)


def _runs_away(step: Fraction) -> bool:
    """Tell whether a function still moves between two far values."""
    return step > 1


def _limit(far: Fraction, step: Fraction) -> Fraction:
    """Return what a function settles at: the round number within its last step, else beyond it."""
    round_number = Fraction(round(far * 10**6), 10**6)
    return round_number if abs(round_number - far) <= abs(step) else far + step


def _last_nonzero(value: Fraction) -> Fraction:
    """Return the unit of the last non-zero digit of a whole number."""
    unit = Fraction(1)
    while value and value % (unit * 10) == 0:
        unit *= 10
    return unit


def _is_thousandfold(unit: Fraction) -> bool:
    """Tell whether a last digit stands before the decimal sign of a number in any unit word."""
    return unit >= 1 and (len(str(int(unit))) - 1) % 3 == 0


def _short(bound: Fraction | None) -> str:
    return "…" if bound is None else str(bound)
