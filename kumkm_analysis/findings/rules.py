"""The rules of ``rules.csv`` and ``indicators.csv``, taken apart for use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.records import Rule
from kumkm_analysis.errors import DataError, Fault

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset

PART_OF = "part-of"  # the rule that indicators.csv declares in its column part_of
SAME = "same-figure"  # one region, indicator, breakdown and period has one figure
TERM = re.compile(r"([a-z0-9_]+)(?:\[([a-z_]+)\]|\{([a-z_]+=[A-Za-z_]+)\})?")

WORDING: Mapping[str, Mapping[str, str]] = {
    PART_OF: {
        "id": "Suatu bagian tidak melebihi keseluruhannya.",
        "en": "A part does not exceed its whole.",
    },
    SAME: {
        "id": "Satu wilayah, besaran, dan periode mempunyai satu angka.",
        "en": "One region, quantity and period has one figure.",
    },
    "regions": {
        "id": "Wilayah tidak melebihi wilayah induknya.",
        "en": "A region does not exceed the region above it.",
    },
    "repeated": {
        "id": "Angka besar jarang persis sama pada dua periode.",
        "en": "A large figure is seldom exactly the same at two periods.",
    },
    "scope": {
        "id": "Suatu wilayah jarang mempunyai angka yang persis sama dengan wilayah lain.",
        "en": "A region seldom has exactly the figure of another region.",
    },
}


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a sum: an indicator, undivided, summed over a key, or one label of a key."""

    sign: int
    indicator: str
    over: str = ""
    label: str = ""


def terms(rule: Rule, side: str) -> tuple[Term, ...]:
    """Return the terms of one side of a rule, with their signs.

    Raises :class:`~kumkm_analysis.errors.DataError` when the side cannot be read.
    """
    found = []
    text = getattr(rule, side)
    for piece in re.split(r" (?=[+-] )", text):
        sign = -1 if piece.startswith("- ") else 1
        match = TERM.fullmatch(piece.removeprefix("- ").removeprefix("+ "))
        if match is None:
            raise DataError(
                Fault(
                    f"rules.csv, rule {rule.rule_id}, column {side}",
                    repr(piece),
                    "an indicator, indicator[key] or indicator{key=label}",
                    "Join the terms with ' + ' or ' - '.",
                )
            )
        found.append(Term(sign, match[1], match[2] or "", match[3] or ""))
    return tuple(found)


def bound(rule: Rule, side: str) -> Fraction | None:
    """Return a numeric bound of a rule, None where it has none."""
    text = getattr(rule, side)
    return Fraction(text) if text else None


def in_force(rule: Rule) -> tuple[int, int]:
    """Return the first and last day of a rule as ordinals; 0 and a far day without limits."""
    first = date.fromisoformat(_full(rule.valid_from)).toordinal() if rule.valid_from else 0
    last = date.fromisoformat(_full(rule.valid_to)).toordinal() if rule.valid_to else 10**7
    return first, last


def of_kind(data: Dataset, *kinds: str) -> Iterator[Rule]:
    """Yield the rules of some kinds in the order of the table."""
    yield from (rule for rule in data.rules.values() if rule.kind in kinds)


def wording(data: Dataset, rule_id: str, language: str) -> str:
    """Return a rule in one sentence."""
    rule = data.rules.get(rule_id)
    return rule.title(language) if rule is not None else WORDING[rule_id][language]


def _full(text: str) -> str:
    return text + "-01" * (2 - text.count("-"))
