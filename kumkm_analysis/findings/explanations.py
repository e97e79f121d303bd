"""What explains a finding without any typing error; it is offered before a repair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from kumkm_analysis.findings.checks import Check
from kumkm_analysis.findings.facts import Fact, telling
from kumkm_analysis.findings.model import CONFLICT

TRUNCATED, OTHER_YEAR = "truncated", "other_year"
OTHER_SCOPE, OTHER_DEFINITION = "other_scope", "other_definition"
Cells = Mapping[tuple[str, str, str], Sequence[Fact]]  # by region, indicator and status


def explanation(
    cells: Cells, checks: Sequence[Check], rows: Sequence[Fact]
) -> tuple[str, tuple[Fact, ...]]:
    """Return what explains a conflict without any typing error, and the figures it rests on."""
    for check in checks:
        if check.kind == CONFLICT and len(check.members) > 1:
            for one, other in (check.members, check.members[::-1]):
                if _truncates(one, other):
                    return TRUNCATED, (one, other)
    for fact in rows:
        for other in cells[fact.o.region_id, fact.o.indicator_id, fact.o.status]:
            if other in rows or other.o.value != fact.o.value or not telling(fact):
                continue
            if other.series[:3] == fact.series[:3] and other.world != fact.world:
                if other.year == fact.year:
                    return OTHER_DEFINITION, (fact, other)
            elif other.series == fact.series and other.o.source_id != fact.o.source_id:
                if 0 < abs(other.year - fact.year) <= 2 and other.stated and fact.year:
                    return OTHER_YEAR, (fact, other)
            elif other.year == fact.year and other.series != fact.series:
                return OTHER_SCOPE, (fact, other)
    return "", ()


def _truncates(one: Fact, other: Fact) -> bool:
    """Tell whether the first figure is the second with its last digits cut off."""
    unit = Fraction(one.o.printed.last_digit)
    finer = Fraction(other.o.printed.last_digit) < unit
    return finer and one.o.value < other.o.value < one.o.value + one.o.printed.last_digit
