"""What a finding is about, and the words that every sentence about one needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.records import Observation
from kumkm_analysis.dataset.vocabulary import capital, the
from kumkm_analysis.findings.checks import Check, Get
from kumkm_analysis.findings.model import SUM
from kumkm_analysis.findings.rules import wording
from kumkm_analysis.findings.sentences import LANGUAGES, Wording, head, literal, source, subject

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Story:
    """What a finding is about: its kind and rule, the checks that it breaks, and its figures.

    ``first`` is the figure that names it; ``rows`` are all its figures in the order of telling.
    """

    kind: str
    rule: str
    severity: str
    checks: tuple[Check, ...]
    rows: tuple[int, ...]
    missing: str = ""

    @property
    def first(self) -> int:
        """The row that names the finding."""
        return self.rows[0]


def named_by(check: Check) -> int:
    """Return the row that names a check: the whole of a sum, the percentage of a quotient."""
    if check.form in ("equal", "at_most") and check.kind == SUM:
        pairs = zip(check.members, check.coefficients, strict=True)
        return [m for m, sign in pairs if sign < 0][-1]
    return check.members[-1]


class Narrator:
    """Speaks about the rows of one dataset."""

    def __init__(self, data: Dataset, rows: Sequence[Observation], get: Get) -> None:
        self.data = data
        self.rows = rows
        self.get = get

    def _head(self, row: int) -> dict[str, str]:
        return {k: head(self.data, self.rows[row], k) for k in LANGUAGES}

    def _who(self, *rows: int) -> dict[str, str]:
        return {k: source(self.data, [self.rows[r] for r in rows], k) for k in LANGUAGES}

    def _what(self, row: int) -> dict[str, str]:
        return {k: subject(self.data, self.rows[row], k) for k in LANGUAGES}

    def _topic(self, row: int) -> dict[str, str]:
        """Return the opening of a sentence on several periods: what is counted, and where."""
        what, region = self._what(row), self.data.regions[self.rows[row].region_id]
        return {
            "id": f"{capital(what['id'])} di {literal(region.title('id'))}",
            "en": f"{capital(what['en'])} in {the(literal(region.title('en')), 'en')}",
        }

    def _listed(
        self, groups: Iterable[Sequence[int]], words: Wording, between: str = ", ", *,
        dated: bool = True,
    ) -> dict[str, str]:  # fmt: skip
        """Enter one figure of each group and return them in a list, each with who prints it."""
        named = [(words.figure(self.rows[group[0]]), self._who(*group)) for group in groups]
        return {
            k: between.join(
                f"{{{name}}} {{{name}:when}} ({who[k]})" if dated else f"{{{name}}} ({who[k]})"
                for name, who in named
            )
            for k in LANGUAGES
        }

    def _by_value(self, rows: Sequence[int]) -> list[list[int]]:
        """Return the rows grouped by what is printed, in order of value."""
        groups: dict[object, list[int]] = {}
        for row in sorted(rows, key=lambda r: self.rows[r].value):
            o = self.rows[row]
            groups.setdefault((o.value, o.printing), []).append(row)
        return list(groups.values())

    def _rule(self, story: Story) -> dict[str, str]:
        return {k: literal(wording(self.data, story.rule, k)) for k in LANGUAGES}

    def _date(self, row: int) -> tuple[str, int]:
        """Return a key that sorts rows by their period."""
        return self.rows[row].reference_period, row
