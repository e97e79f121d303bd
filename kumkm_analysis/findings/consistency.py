"""Parts and wholes: what must not exceed, and what must add up, within one account and across.

Nothing is added that only looks like a part: groups of cooperatives overlap (KSU and KUD), a flow
is never added to a stock, and registers stay apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kumkm_analysis.dataset.records import Rule
from kumkm_analysis.findings.checks import Batch, Form
from kumkm_analysis.findings.model import EXCEEDS, SUM
from kumkm_analysis.findings.rules import PART_OF, Term, of_kind, terms

if TYPE_CHECKING:
    from kumkm_analysis.findings.columns import Columns, Ints

ABSENT = -1


@dataclass(frozen=True, slots=True)
class Gap:
    """A list of parts that lacks exactly one: the whole, the parts, and what is missing."""

    rule: str
    whole: int
    parts: tuple[int, ...]
    missing: str


class Structure:
    """Finds in the columns what belongs together as part and whole."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.data = columns.data
        self._at_place: dict[int, Ints] = {}

    def batches(self) -> Iterator[Batch]:
        """Yield the checks of every rule on parts, wholes and sums."""
        yield from self._part_of()
        for rule in of_kind(self.data, "subset"):
            yield from self._subset(rule)
        for rule in of_kind(self.data, "sum"):
            yield from self._sum(rule)
        for rule in of_kind(self.data, "partition"):
            yield from self._partition(rule)

    @cached_property
    def gaps(self) -> list[Gap]:
        """The lists of which exactly one part is not printed; known once all batches are built."""
        return []

    # ---- looking up ---------------------------------------------------------------------------

    def at_place(self, indicator: str) -> Ints:
        """Return the row of an indicator at each place (account and breakdown), -1 where none."""
        code = self.columns.indicator.code(indicator)
        if code not in self._at_place:
            table = np.full(self.columns.place_count, ABSENT, np.int64)
            rows = np.flatnonzero((self.columns.indicator.codes == code) & self.columns.sharp)
            table[self.columns.place[rows]] = rows
            self._at_place[code] = table
        return self._at_place[code]

    def at_account(self, indicator: str, category: str = "") -> Ints:
        """Return the row of an indicator and one breakdown in each account, -1 where none."""
        c = self.columns
        table = np.full(c.account_count, ABSENT, np.int64)
        rows = self.rows(indicator)
        rows = rows[c.category.codes[rows] == c.category.code(category)]
        table[c.account[rows]] = rows
        return table

    def rows(self, indicator: str, key: str = "") -> Ints:
        """Return the sharpest rows of an indicator; with a key, those with one label of it."""
        c = self.columns
        rows = np.flatnonzero((c.indicator.codes == c.indicator.code(indicator)) & c.sharp)
        if not key:
            return rows
        labels = [
            i
            for i, word in enumerate(c.category.words)
            if word.startswith(key + "=") and ";" not in word
        ]
        return rows[np.isin(c.category.codes[rows], labels)]

    # ---- parts ----------------------------------------------------------------------------------

    def _part_of(self) -> Iterator[Batch]:
        for part in self.data.indicators.values():
            if not part.part_of:
                continue
            parts, wholes = self.at_place(part.indicator_id), self.at_place(part.part_of)
            both = (parts >= 0) & (wholes >= 0)
            yield pairs(PART_OF, "hard", parts[both], wholes[both])
            alone = self.rows(part.indicator_id)
            alone = alone[wholes[self.columns.place[alone]] < 0]
            yield from self.across(PART_OF, alone, part.part_of, None)

    def _subset(self, rule: Rule) -> Iterator[Batch]:
        key, _, label = rule.breakdown.partition("=")
        for indicator in self.data.indicators.values():
            if indicator.unit == "percent":
                continue
            rows = self.rows(indicator.indicator_id, key)
            if label:
                wanted = self.columns.category.code(rule.breakdown)
                rows = rows[self.columns.category.codes[rows] == wanted]
            if not len(rows):
                continue
            whole = self.at_account(indicator.indicator_id)[self.columns.account[rows]]
            inside = whole >= 0
            yield pairs(rule.rule_id, rule.severity, rows[inside], whole[inside])
            yield from self.across(rule.rule_id, rows[~inside], indicator.indicator_id, "")

    def across(
        self, rule: str, parts: Ints, whole: str, category: str | None, up: Ints | None = None
    ) -> Iterator[Batch]:
        """Set parts that stand alone in their text against the largest whole of other texts.

        Only a whole of an overlapping date counts: for stocks one of the same year, for flows one
        of the whole year. A part is suspect when it exceeds every one of them.
        """
        c = self.columns
        wholes = self.rows(whole)
        if self.data.indicators[whole].stock_or_flow == "flow":
            wholes = wholes[c.end[wholes] - c.start[wholes] >= 364]
        wholes = wholes[(c.year[wholes] > 0) & np.isfinite(c.high[wholes])]
        parts = parts[c.year[parts] > 0]
        if not len(parts) or not len(wholes):
            return
        region = (c.region.codes if up is None else up)[parts]
        if category is None:
            mine, theirs = c.category.codes[parts], c.category.codes[wholes]
        else:
            undivided = c.category.code(category)
            wholes = wholes[c.category.codes[wholes] == undivided]
            mine, theirs = np.zeros(len(parts), np.int64), np.zeros(len(wholes), np.int64)
        key = self._year_key(region, mine, parts)
        keys = self._year_key(c.region.codes[wholes], theirs, wholes)
        order = np.lexsort((c.high[wholes], keys))
        last = (
            np.flatnonzero(np.concatenate((np.diff(keys[order]) != 0, [True])))
            if len(order)
            else order
        )
        best = dict(zip(keys[order][last].tolist(), wholes[order][last].tolist(), strict=True))
        largest = np.array([best.get(k, ABSENT) for k in key.tolist()], np.int64)
        found = largest >= 0
        yield pairs(rule, "soft", parts[found], largest[found])

    def _year_key(self, region: Ints, category: Ints, rows: Ints) -> Ints:
        c = self.columns
        key = region * (len(c.category.words) + 1) + category
        key = key * (int(c.world.max()) + 2) + c.world[rows]
        return np.asarray(key * 10_000 + c.year[rows], np.int64)

    # ---- sums -----------------------------------------------------------------------------------

    def _sum(self, rule: Rule) -> Iterator[Batch]:
        left, right = terms(rule, "left"), terms(rule, "right")
        signed = [(t, t.sign) for t in left] + [(t, -t.sign) for t in right]
        form: Form = "equal" if rule.relation == "=" else "at_most"
        single = form == "at_most" and len(left) == len(right) == 1
        kind = EXCEEDS if single else SUM
        if not any(t.over or t.label for t, _ in signed):
            slots = [self.at_place(t.indicator) for t, _ in signed]
            full = np.logical_and.reduce([s >= 0 for s in slots])
            signs = [sign for _, sign in signed]
            chosen = [s[full] for s in slots]
            yield Batch.of(kind, rule.rule_id, rule.severity, form, *chosen, signs=signs)
            return
        yield self._ragged_sum(rule, kind, form, signed)

    def _ragged_sum(
        self, rule: Rule, kind: str, form: Form, signed: list[tuple[Term, int]]
    ) -> Batch:
        c = self.columns
        full = np.ones(c.account_count, bool)
        pieces: list[tuple[Ints, Ints, int]] = []
        for term, sign in signed:
            if term.over:
                rows = self.rows(term.indicator, term.over)
                full &= np.bincount(c.account[rows], minlength=c.account_count) > 1
            else:
                table = self.at_account(term.indicator, term.label)
                full &= table >= 0
                rows = table[table >= 0]
            pieces.append((c.account[rows], rows, sign))
        account = np.concatenate([p[0] for p in pieces])
        member = np.concatenate([p[1] for p in pieces])
        signs = np.concatenate([np.full(len(p[1]), p[2], np.int64) for p in pieces])
        kept = full[account]
        return Batch.ragged(
            kind, rule.rule_id, rule.severity, form, account[kept], member[kept], signs[kept]
        )

    def _partition(self, rule: Rule) -> Iterator[Batch]:
        """Add up the labels of a key: all of them equal the whole, fewer do not exceed it."""
        c = self.columns
        labels = [f"{rule.breakdown}={label}" for label in rule.left.split(" + ")]
        codes = [c.category.code(label) for label in labels]
        for indicator in self.data.indicators.values():
            if indicator.unit == "percent" or rule.indicator_id not in ("", indicator.indicator_id):
                continue
            rows = self.rows(indicator.indicator_id, rule.breakdown)
            rows = rows[np.isin(c.category.codes[rows], codes)]
            whole = self.at_account(indicator.indicator_id)[c.account[rows]]
            yield from self._lists(
                rule, rows, whole, c.account[rows], labels, c.category.codes[rows], codes
            )

    def _lists(
        self, rule: Rule, rows: Ints, whole: Ints, group: Ints, names: list[str],
        label: Ints, labels: list[int],
    ) -> Iterator[Batch]:  # fmt: skip
        rows, group, label, whole = (x[whole >= 0] for x in (rows, group, label, whole))
        if not len(rows):
            return
        counts = np.bincount(group)
        size = counts[group]
        for complete in (True, False):
            kept = size == len(labels) if complete else (size > 1) & (size < len(labels))
            if kept.any():
                yield listed(
                    rule.rule_id, rule.severity if complete else "hard", complete,
                    rows[kept], whole[kept], group[kept],
                )  # fmt: skip
        for g in np.unique(group[(size == len(labels) - 1) & (size > 1)]):
            mine = group == g
            (absent,) = set(labels) - set(label[mine].tolist())
            parts = tuple(int(r) for r in rows[mine])
            name = names[labels.index(absent)]
            self.gaps.append(Gap(rule.rule_id, int(whole[mine][0]), parts, name))


def pairs(rule: str, severity: str, parts: Ints, wholes: Ints) -> Batch:
    """Return checks that parts do not exceed their wholes."""
    return Batch.of(EXCEEDS, rule, severity, "at_most", parts, wholes, signs=(1, -1))


def listed(rule: str, severity: str, complete: bool, rows: Ints, whole: Ints, group: Ints) -> Batch:
    """Return checks of lists against their wholes."""
    first = np.unique(group, return_index=True)[1]
    return Batch.ragged(
        SUM, rule, severity, "equal" if complete else "at_most",
        np.concatenate((group, group[first])), np.concatenate((rows, whole[first])),
        np.concatenate((np.ones(len(rows), np.int64), np.full(len(first), -1, np.int64))),
    )  # fmt: skip
