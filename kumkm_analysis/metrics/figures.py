"""Figure: a number that is never alone, with its interval, unit and pedigree.

Whatever stands on a page is a Figure: an *observed* one repeats a printed number with exactly the
printed digits; a *derived* one shows no more digits than its interval can bear.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction

from kumkm_analysis.dataset import numerals
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.money import is_money, mark
from kumkm_analysis.dataset.numerals import Printed
from kumkm_analysis.errors import Fault, UndecidedError
from kumkm_analysis.metrics.doubts import Doubts

SCALES = (12, 9, 6)
COUNT_WORDS = {
    "id": ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"],
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
}
COUNTED = frozenset({"people", "cooperatives", "enterprises", "areas"})  # in whole numbers
# Outward rounding may widen the interval shown by at most this part of its width.
WIDENING = Fraction(1, 20)
MOST_DECIMALS = 9
DIGITS = 1000  # of an exact decimal


@dataclass(frozen=True, repr=False)
class Figure:
    """A value with everything needed to doubt it.

    ``value`` is the point (None when only bounds are known), ``interval`` all values that the
    print allows, both in base units (full money, per cent, counts, ratios); ``observations`` are
    the ids of the printed figures it rests on; ``digits`` the most significant digits shown.
    ``one_sided`` tells that it rests on one that a text gives as "more than" or "nearly".
    ``findings`` are the ids of those that touch any of these, ``suspects`` the observations among
    them that a finding accuses, ``disputed`` those that do not go together with another,
    ``instead_of`` the suspect ones that a reading passed over.
    """

    name: str
    kind: str
    value: Fraction | None
    interval: Interval
    unit: str
    region: str
    period: str
    reading: str
    observations: tuple[str, ...]
    category: str = ""
    register: str = ""
    printed: Printed | None = None
    printing: str = "exact"
    digits: int = 4
    coherent: bool = True
    territory: str = ""
    one_sided: bool = False
    findings: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        shown = self.text("en", style="table")
        if self.value is not None and not self.interval.is_exact:
            shown += f" ({self.between('en', style='table')})"
        where = ", ".join(filter(None, (self.name, self.category, self.region, self.period)))
        against = ", contested" * self.contested
        return f"<Figure {where}: {shown}; {len(self.observations)} printed{against}>"

    @property
    def contested(self) -> bool:
        """Some printed figure that it rests on is suspect or disputed."""
        return bool(self.suspects or self.disputed)

    def known_by(self, doubts: Doubts) -> Figure:
        """Return the figure with the findings that touch what it rests on."""
        if not doubts:
            return self
        return replace(
            self,
            findings=doubts.findings(self.observations),
            suspects=doubts.suspects(self.observations),
            disputed=doubts.disputes(self.observations),
        )

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two figures the same line of evidence."""
        return (
            self.name, self.kind, self.region, self.period, self.reading, self.observations,
            self.category,
        )  # fmt: skip

    @property
    def known(self) -> Fraction:
        """The point; raises :class:`~kumkm_analysis.errors.UndecidedError` when there is none."""
        if self.value is None:
            raise UndecidedError(Fault(self.name, "bounds only", "a single value"))
        return self.value

    def text(self, language: str, decimals: int | None = None, style: str = "prose") -> str:
        """Return the figure in words: as printed when observed, rounded to what it bears else."""
        if self.printed is not None and decimals is None:
            shown = numerals.format_printed(self.printed, self.unit, language, style)
            return _qualified(shown, self.printing, language)
        if self.value is None:
            return self.between(language, style=style)
        if self.kind == "count":
            return self._count(language, style)
        return self._format(self.value, language, decimals, style)

    def between(self, language: str, style: str = "prose") -> str:
        """Return the interval in words, its bounds rounded outward."""
        low, high = self.interval.low, self.interval.high
        if low is not None and low == high:
            return self._format(low, language, None, style)
        decimals, scale = self._bound_decimals(), self._scale()
        ends = numerals.round_outward(
            None if low is None else low / 10**scale,
            None if high is None else high / 10**scale,
            decimals,
        )
        if style == "table" and ends[0] is not None and ends[1] is not None:
            return self._span(ends[0], ends[1], scale, decimals, language)
        shown = [
            None if end is None else self._write(end, scale, decimals, language, style)
            for end in ends
        ]
        return _between(shown[0], shown[1], language)

    def bound(self, side: str, language: str, style: str = "prose") -> str:
        """Return the ``low`` or ``high`` bound in words, rounded outward; "…" where there is none.

        "At least" takes the lower bound alone, "at most" the upper.
        """
        low, high = self.interval.low, self.interval.high
        decimals, scale = self._bound_decimals(), self._scale()
        ends = numerals.round_outward(
            None if low is None else low / 10**scale,
            None if high is None else high / 10**scale,
            decimals,
        )
        end = ends[0] if side == "low" else ends[1]
        return "…" if end is None else self._write(end, scale, decimals, language, style)

    def _span(self, low: Decimal, high: Decimal, scale: int, decimals: int, language: str) -> str:
        """Return two bounds as a table has them: the unit once, an en dash between them."""
        first = numerals.format_number(low, language, decimals)
        last = self._write(high, scale, decimals, language, "table")
        prefix = mark(self.unit)
        dash = "–" if low >= 0 else " – "
        return f"{prefix}{first}{dash}{last.removeprefix(prefix)}"

    def nearest_bounds(self, language: str, decimals: int) -> str:
        """Return the bounds rounded to the nearest, in brackets: how wide, at a glance."""
        scale = self._scale()
        ends = [
            "…"
            if end is None
            else numerals.format_number(_nearest(end / 10**scale, decimals), language, decimals)
            for end in (self.interval.low, self.interval.high)
        ]
        separator = "; " if language == "id" else ", "
        return f"[{separator.join(ends)}]"

    def _format(self, value: Fraction, language: str, decimals: int | None, style: str) -> str:
        scale = self._scale()
        places = self._decimals() if decimals is None else decimals
        rounded = _nearest(value / 10**scale, places)
        beside = style == "table" and decimals is None and not self.interval.is_exact
        if beside and not self.interval.contains(Fraction(rounded) * 10**scale):
            places = max(places, self._bound_decimals())  # no value outside the bounds beside it
            rounded = _nearest(value / 10**scale, places)
        return self._write(rounded, scale, places, language, style)

    def _write(self, value: Decimal, scale: int, decimals: int, language: str, style: str) -> str:
        if is_money(self.unit):
            return numerals.format_money(
                numerals.scaled(value, scale), self.unit, language, decimals=decimals, scale=scale
            )
        if self.unit == "percent":
            return numerals.format_percent(value, language, decimals=decimals, style=style)
        return numerals.format_number(value, language, decimals)

    def _count(self, language: str, style: str) -> str:
        number = int(self.known)
        if style == "prose" and 0 <= number <= 9:
            return COUNT_WORDS[language][number]
        return numerals.format_number(Decimal(number), language, 0)

    def _scale(self) -> int:
        """Return the power of ten of the scale word (trillion, million), 0 without one."""
        if not is_money(self.unit):
            return 0
        size = max(
            (abs(end) for end in (self.value, self.interval.low, self.interval.high)
             if end is not None),
            default=Fraction(0),
        )  # fmt: skip
        scales = (*SCALES, 3) if self.kind == "derived" else SCALES  # "ribu" is rarely printed
        return next((scale for scale in scales if size >= 10**scale), 0)

    def _half_width(self) -> Fraction | None:
        """Return how far the value may be off to its farther known bound, in the shown scale."""
        gaps = [
            abs(self.value - end)
            for end in (self.interval.low, self.interval.high)
            if end is not None and self.value is not None
        ]
        return max(gaps) / 10 ** self._scale() if gaps else None

    def _decimals(self) -> int:
        """Return the decimals that the value bears: no digit finer than its half-width."""
        value = (self.value or Fraction(0)) / 10 ** self._scale()
        if self.unit in COUNTED and value.denominator == 1:
            return 0
        if self.kind == "observed" and self.printed is not None:
            exponent = int(self.printed.last_digit.normalize().as_tuple().exponent)
            return max(0, self._scale() - exponent)
        allowed = self.digits - _whole_digits(value)
        half = self._half_width()
        if half:
            allowed = min(allowed, -math.floor(math.log10(half)))
        return max(0, min(allowed, MOST_DECIMALS))

    def _bound_decimals(self) -> int:
        """Return the fewest decimals with which outward rounding hardly widens the interval.

        A derived figure's bounds get at most one significant digit more than its value.
        """
        scale = 10 ** self._scale()
        low, high = self.interval.low, self.interval.high
        start = 0 if self.kind == "observed" else self._decimals()
        if low is None or high is None:
            return max((_places(end / scale) for end in (low, high) if end is not None), default=0)
        most = MOST_DECIMALS
        if self.kind == "derived" and self.value is not None:
            most = max(start, self.digits + 1 - _whole_digits(self.value / scale))
        width = (high - low) / scale
        for decimals in range(start, most):
            ends = numerals.round_outward(low / scale, high / scale, decimals)
            if Fraction(ends[1] or 0) - Fraction(ends[0] or 0) <= width * (1 + WIDENING):
                return decimals
        return most

    def replace(self, **changes: object) -> Figure:
        """Return a copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def _places(value: Fraction) -> int:
    """Return how many decimals a value needs, at most those that are ever shown."""
    places = range(MOST_DECIMALS)
    return next((n for n in places if (value * 10**n).denominator == 1), MOST_DECIMALS)


def _whole_digits(value: Fraction) -> int:
    """Return how many digits stand before the decimal sign, 0 or less for small fractions."""
    return math.floor(math.log10(abs(value))) + 1 if value else 1


@dataclass(frozen=True, repr=False)
class Missing:
    """What stands where no source prints a figure: falsy, with the name of what is missing."""

    name: str
    region: str
    period: str
    reason: str = "not_printed"
    category: str = ""

    def __repr__(self) -> str:
        where = ", ".join(filter(None, (self.name, self.category, self.region, self.period)))
        return f"<{type(self).__name__} {where}: {self.reason.replace('_', ' ')}>"

    def __bool__(self) -> bool:
        return False

    def known_by(self, doubts: Doubts) -> Missing:
        """Return what is missing as it is: nothing is known against it."""
        return self


def _nearest(value: Fraction, decimals: int) -> Decimal:
    """Round half away from zero to a number of decimals, exactly."""
    shifted = abs(value) * 10**decimals
    units = math.floor(shifted + Fraction(1, 2))
    rounded = numerals.scaled(Decimal(units), -decimals)
    return rounded.copy_negate() if value < 0 else rounded


QUALIFIERS = {
    "id": {
        "about": "sekitar {}",
        "at_least": "lebih dari {}",
        "at_most": "hampir {}",
    },
    "en": {"about": "about {}", "at_least": "more than {}", "at_most": "nearly {}"},
}


def _qualified(text: str, printing: str, language: str) -> str:
    """Return the printed figure with the source's own reserve (about, more than, nearly)."""
    return QUALIFIERS[language].get(printing, "{}").format(text)


def _between(low: str | None, high: str | None, language: str) -> str:
    """Join two written bounds: ``between a and b``, or what one of them says alone."""
    if low is None and high is None:
        return "tanpa batas yang diketahui" if language == "id" else "without known bounds"
    if high is None:
        return ("sekurang-kurangnya " if language == "id" else "at least ") + str(low)
    if low is None:
        return ("paling banyak " if language == "id" else "at most ") + high
    return f"antara {low} dan {high}" if language == "id" else f"between {low} and {high}"


def machine_value(figure: Figure) -> str:
    """Return the value for machines: an exact decimal where there is one, else 17 digits."""
    return exact(figure.value) if figure.value is not None else ""


def exact(value: Fraction) -> str:
    """Return a fraction as a plain decimal, exact when it has one and to 17 digits otherwise.

    >>> exact(Fraction(2143000000000)), exact(Fraction(1, 8)), exact(Fraction(2, 3))
    ('2143000000000', '0.125', '0.66666666666666663')
    """
    with localcontext(Context(prec=DIGITS, traps=[Inexact])), suppress(Inexact):
        return f"{Decimal(value.numerator) / value.denominator:f}"
    return f"{float(value):.17g}"
