"""The rules of ``rules.csv`` and ``indicators.csv`` taken apart, and what is wrong with them.

How far a figure moves from one date to another is no rule of ours: ``limits.csv`` holds what the
official series have done, by indicator, size and years between.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.records import Limit, Rule
from kumkm_analysis.errors import Fault

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset

PART_OF = "part-of"  # the rule that indicators.csv declares in its column part_of
SAME = "same-figure"  # one region, indicator, breakdown and period has one figure
REGIONS = "regions"
LIST = "list"  # labels of one text that come within one per cent of their whole
TERM = re.compile(r"([a-z0-9_]+)(?:\[([a-z_]+)\]|\{([a-z_]+=[A-Za-z_]+)\})?")
LEAST_GAP = 0.4  # years; counts of two days may differ by what five months bring
BOUNDED = ("ratio", "peers", "jump_points", "spike")


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a sum: an indicator, undivided, summed over a key, or one label of a key."""

    sign: int
    indicator: str
    over: str = ""
    label: str = ""


def terms(text: str) -> tuple[Term, ...] | None:
    """Return the terms of one side of a rule with their signs, None when it cannot be read.

    >>> [t.indicator for t in terms("own_capital + external_capital")]
    ['own_capital', 'external_capital']
    """
    found = []
    for piece in re.split(r" (?=[+-] )", text):
        match = TERM.fullmatch(piece.removeprefix("- ").removeprefix("+ "))
        if match is None:
            return None
        sign = -1 if piece.startswith("- ") else 1
        found.append(Term(sign, match[1], match[2] or "", match[3] or ""))
    return tuple(found)


@cache
def bound(text: str) -> Fraction | None:
    """Return a numeric bound, None where there is none."""
    return Fraction(text) if text else None


def applies(rule: Rule, day: int) -> bool:
    """Tell whether a rule was in force on a day; to an undated figure, only one without an end."""
    if not day:
        return not rule.valid_to
    first, last = (
        date.fromisoformat(text + "-01" * (2 - text.count("-"))).toordinal() if text else None
        for text in (rule.valid_from, rule.valid_to)
    )
    return (first is None or day >= first) and (last is None or day <= last)


def of_kind(data: Dataset, *kinds: str) -> Iterator[Rule]:
    """Yield the rules of some kinds in the order of the table."""
    yield from (rule for rule in data.rules.values() if rule.kind in kinds)


class Limits:
    """How far figures of a kind have moved in the official series, from one year to another."""

    def __init__(self, data: Dataset) -> None:
        self._rows: dict[tuple[str, str], list[Limit]] = defaultdict(list)
        # What flows do was learned from money, the only flows with long official series.
        money = data.settings.currency
        self._units = {
            i.indicator_id: money if i.stock_or_flow == "flow" else i.unit
            for i in data.indicators.values()
        }
        for limit in data.limits.values():
            self._rows[limit.indicator_id, "" if limit.indicator_id else limit.unit].append(limit)

    def learned(self, indicator: str) -> bool:
        """Tell whether an indicator has limits of its own, rather than those of its unit."""
        return (indicator, "") in self._rows

    def astray(self, indicator: str) -> Limit | None:
        """Return how far a figure strays from the middle of its neighbours in time."""
        rows = self._rows.get((indicator, ""), ())
        return next((r for r in rows if r.years == "0"), None)

    def between(
        self, indicator: str, size: float, days: int
    ) -> tuple[Limit, Fraction, Fraction] | None:
        """Return the factors that a figure stays between over some days; None when unknown.

        Less than a year takes its share of the year's movement; beyond the longest span that was
        learned nothing is known.
        """
        rows = self._rows.get((indicator, "")) or self._rows.get(("", self._units[indicator]))
        if not rows or size <= 0:
            return None
        years = max(days / 365.25, LEAST_GAP)
        fitting = [
            r for r in rows
            if float(r.size_from) <= size and int(r.years) >= max(years - 0.1, LEAST_GAP)
        ]  # fmt: skip
        if not fitting:
            return None
        limit = min(fitting, key=lambda r: (int(r.years), -float(r.size_from)))
        return limit, _within(limit.low, min(years, 1)), _within(limit.high, min(years, 1))


@cache
def _within(factor: str, years: float) -> Fraction:
    """Return what is left of a factor within part of a year."""
    if years == 1:
        return Fraction(factor)
    return Fraction(math.exp(math.log(float(factor)) * years)).limit_denominator(1000)


def faults(data: Dataset) -> list[Fault]:
    """Return what is wrong with the tables of rules, each fault with its row and column."""
    found: list[Fault] = []
    known = sorted(data.indicators)
    terms_known = {i.replace(".", "=", 1) for i in data.terms}

    def unknown(where: str, name: str, codes: list[str], table: str) -> None:
        near = get_close_matches(name, codes, 1)
        step = f"Did you mean {near[0]}? " if near else ""
        step += f"Otherwise add the row to {table} first."
        found.append(Fault(where, repr(name), f"a code of {table}", step))

    def label(where: str, text: str) -> None:
        if text not in terms_known:
            unknown(where, text.replace("=", "."), sorted(data.terms), "terms.csv")

    for row, rule in enumerate(data.rules.values(), start=2):
        _rule_faults(f"rules.csv, row {row}, column ", rule, known, unknown, label, found)
    dated = {o.indicator_id for o in data.observations.values() if o.reference_period}
    for row, limit in enumerate(data.limits.values(), start=2):
        where = f"limits.csv, row {row}, column "
        if limit.indicator_id and limit.indicator_id not in data.indicators:
            unknown(where + "indicator_id", limit.indicator_id, known, "indicators.csv")
        elif limit.indicator_id and limit.indicator_id not in dated:
            step = "Delete the row, or bring in the figures it was learned from."
            fault = "no dated figure of " + limit.indicator_id
            found.append(Fault(where + "indicator_id", fault, "an indicator with figures", step))
        if not 0 < float(limit.low) <= 1 <= float(limit.high):
            step = "Learn the limits again: python benchmarks/findings/limits.py."
            fault = f"{limit.low} to {limit.high}"
            found.append(Fault(where + "low", fault, "0 < low ≤ 1 ≤ high", step))
    return found


def _rule_faults(
    where: str, rule: Rule, known: list[str],
    unknown: Callable[[str, str, list[str], str], None], label: Callable[[str, str], None],
    found: list[Fault],
) -> None:  # fmt: skip
    if rule.indicator_id and rule.indicator_id not in known:
        unknown(where + "indicator_id", rule.indicator_id, known, "indicators.csv")
    if rule.kind in ("partition", "synonym"):
        names = rule.left.split(" + ") + ([rule.right] if rule.kind == "synonym" else [])
        for name in names:
            column = "right" if name == rule.right else "left"
            label(where + column, f"{rule.breakdown}={name}")
        return
    if rule.kind == "subset" and "=" in rule.breakdown:
        label(where + "breakdown", rule.breakdown)
    for column, text in (("left", rule.left), ("right", rule.right)):
        parsed = terms(text) if text else ()
        if parsed is None:
            step = "Join the terms with ' + ' or ' - '."
            expected = "an indicator, indicator[key] or indicator{key=label}"
            found.append(Fault(where + column, repr(text), expected, step))
            continue
        for term in parsed:
            if term.indicator not in known:
                unknown(where + column, term.indicator, known, "indicators.csv")
            if term.label:
                label(where + column, term.label)
    if rule.kind in BOUNDED and not (rule.low or rule.high):
        step = "Give the rule a bound, or delete the row."
        found.append(Fault(where + "high", "an empty cell", "a number", step))
