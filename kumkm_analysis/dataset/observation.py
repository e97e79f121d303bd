"""The record of one printed figure: its token, and what the token stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.numerals import Printed, parse

# What a figure is counted in when the head of its table says so.
TABLE_UNITS: Mapping[str, int] = {
    "": 1, "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9,
    "trillion": 10**12,
}  # fmt: skip
FALL = "fall_without_sign"
READ_BY_RULE = frozenset({"", FALL})
WHOLE_UNITS = frozenset({"unit", "orang", "jenis", "people", "groups"})


@dataclass(frozen=True)
class Observation:
    """One printed figure: the token as it stands in the source, and our reading of it.

    ``table_unit`` is the unit in the head of its table, ``survey_month`` the month measured where
    the table prints a year only, ``vintage`` whether it is a first print or was recalculated, and
    ``territory`` what its row holds where that is not what the region's code means.
    ``repaired_by`` is empty for what a source prints. Under a reading that accepts a repair, a
    virtual record with the repaired token takes the figure's place; it then names the choice.
    """

    observation_id: str
    source_id: str
    region_id: str
    indicator_id: str
    breakdown: str
    reference_period: str
    period_basis: str
    status: str
    as_printed: str
    numerals: str
    printing: str
    token_exception: str
    value: Decimal
    unit: str
    locator: str
    note: str
    obs_status: str = ""
    survey_month: str = ""
    vintage: str = ""
    territory: str = ""
    table_unit: str = ""
    repaired_by: str = ""

    @cached_property
    def printed(self) -> Printed:
        """The token read as a number; for coded exceptions the recorded value."""
        if self.token_exception in READ_BY_RULE:
            return self._in_base_units(parse(self.as_printed, self.numerals), self.value)
        return _recorded(self.as_printed, self.value)

    @cached_property
    def interval(self) -> Interval:
        """All values that could have been printed like this, in base units."""
        return self.interval_of(self.printed)

    @property
    def register(self) -> str:
        """The register of the figure (``ods``, ``aggregate`` …), empty when none is named."""
        return self.breakdown_parts.get("register", "")

    @property
    def breakdown_parts(self) -> Mapping[str, str]:
        """The breakdown as a mapping, ``{"type": "serba_usaha"}``."""
        pairs = (part.split("=", 1) for part in self.breakdown.split(";") if part)
        return dict(pairs)

    @property
    def category(self) -> str:
        """The breakdown without the register, in the order of the data."""
        parts = (p for p in self.breakdown.split(";") if p and not p.startswith("register="))
        return ";".join(parts)

    def repaired(self, token: str, choice: str = "") -> Observation:
        """Return a virtual record that prints ``token`` instead, with the interval of its printing.

        Raises :class:`~kumkm_analysis.errors.NumeralError` when the token cannot be read.
        """
        value = self.had_it_printed(token).value
        return replace(self, as_printed=token, value=value, repaired_by=choice)

    def had_it_printed(self, token: str) -> Printed:
        """Return how this figure would read had ``token`` been printed for it.

        Raises :class:`~kumkm_analysis.errors.NumeralError` when the token cannot be read.
        """
        read = parse(token, self.numerals)
        value = read.value * factor(self.token_exception, self.table_unit)
        if self.token_exception in READ_BY_RULE:
            return self._in_base_units(read, value)
        return _recorded(token, value)

    def interval_of(self, printed: Printed) -> Interval:
        """Return all values that could be printed so, by a source that prints as this one did."""
        whole = self.unit in WHOLE_UNITS or self.token_exception not in READ_BY_RULE
        return Interval.from_printed(printed, self.printing, whole_count=whole)

    def _in_base_units(self, read: Printed, value: Decimal) -> Printed:
        """Return a printed number in base units: the head of its table may count in millions."""
        unit = TABLE_UNITS[self.table_unit]
        last, scaled = read.last_digit * unit, read.scaled or unit != 1
        return replace(read, value=value, last_digit=last, scaled=scaled, head=len(str(unit)) - 1)

    def within(self, period: str) -> bool:
        """Tell whether the reference period lies in ``period`` (a year contains its months)."""
        own = self.reference_period
        return bool(period) and (own == period or own.startswith(period + "-"))


def factor(exception: str, table_unit: str) -> int:
    """Return what a token is multiplied by: the unit of its table, and a sign that is not printed.

    >>> factor("", "million"), factor("fall_without_sign", "")
    (1000000, -1)
    """
    return TABLE_UNITS[table_unit] * (-1 if exception == FALL else 1)


def _recorded(token: str, value: Decimal) -> Printed:
    """Return a token that cannot be read by rule, with the value that was recorded for it."""
    exponent = value.normalize().as_tuple().exponent
    return Printed(token=token, value=value, last_digit=Decimal(1).scaleb(int(exponent)))
