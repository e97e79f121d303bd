"""Where a figure stands among others: a rank that is a range wherever intervals overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kumkm_analysis.metrics.figures import Figure


@dataclass(frozen=True, slots=True)
class Rank:
    """The best and the worst place that a figure can hold among so many, itself included.

    Place 1 is the highest figure.
    """

    first: int
    last: int
    among: int

    @property
    def is_certain(self) -> bool:
        """Only one place is possible."""
        return self.first == self.last


def rank(own: Figure, others: Iterable[Figure]) -> Rank:
    """Return the places that a figure can hold among others, whatever their print allows.

    A figure without a bound on one side may be anywhere on that side.

    >>> from fractions import Fraction
    >>> from kumkm_analysis.dataset.interval import Interval
    >>> def of(low, high):
    ...     span = Interval(Fraction(low), Fraction(high))
    ...     return Figure("x", "derived", None, span, "percent", "64", "2012", "", ())
    >>> rank(of(4, 6), [of(7, 8), of(5, 9), of(1, 2)])
    Rank(first=2, last=3, among=4)
    """
    above = possibly = count = 0
    for other in others:
        count += 1
        above += other.interval.exceeds(own.interval)
        possibly += _is_above(other.interval.high, own.interval.low)
    return Rank(1 + above, 1 + possibly, 1 + count)


def _is_above(high: object, low: object) -> bool:
    """Tell whether an interval that ends at ``high`` can lie above ``low``."""
    return high is None or low is None or high > low  # type: ignore[operator]
