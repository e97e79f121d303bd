"""Regions that make up a region: what one text prints for all of them, added up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kumkm_analysis.findings.checks import Batch
from kumkm_analysis.findings.consistency import Gap, Structure, listed, pairs
from kumkm_analysis.findings.rules import of_kind

if TYPE_CHECKING:
    from kumkm_analysis.findings.columns import Bools, Columns, Ints

RULE = "regions"
COUNTED = ("unit", "orang")
COOPERATIVES = "cooperatives"
PROVINCIAL = 0.05  # the part that may stand under provincial guidance, outside the regencies


class Territories:
    """Finds in the columns which regions of one release belong below another."""

    def __init__(self, columns: Columns, structure: Structure) -> None:
        self.columns = columns
        self.structure = structure
        self.data = columns.data

    def batches(self) -> Iterator[Batch]:
        """Yield the checks that regions do not exceed, and make up, the region above them."""
        c, data = self.columns, self.data
        adding = {i.indicator_id for i in data.indicators.values() if i.adds_over_regions == "yes"}
        usable = c.sharp & self._of(adding)
        if not usable.any():
            return
        parent = self._parents()
        everywhere = np.flatnonzero(usable)
        keys = c.release[everywhere] * len(c.region.words) + c.region.codes[everywhere]
        order = np.argsort(keys)
        rows = np.flatnonzero(usable & (parent >= 0))
        wanted = c.release[rows] * len(c.region.words) + parent[rows]
        spot = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
        found = keys[order][spot] == wanted
        yield from self._sums(rows[found], everywhere[order][spot][found])
        alone = rows[~found]
        for indicator in sorted(adding):
            if data.indicators[indicator].unit in COUNTED:
                mine = alone[c.indicator.codes[alone] == c.indicator.code(indicator)]
                yield from self.structure.across(RULE, mine, indicator, None, parent)

    def units(self, region: str, year: int) -> frozenset[str]:
        """Return the regions that make up a region in the statistics of a year.

        Statistics follow a change of boundaries late: a unit counts from the year after it was
        made until the year after it ended. East Kalimantan thus has fourteen units until 2013
        and ten from 2014 on. Empty for an undated figure.
        """
        if not year:
            return frozenset()
        return frozenset(r for r, first, last in self._below[region] if first < year <= last + 1)

    def _sums(self, rows: Ints, whole: Ints) -> Iterator[Batch]:
        c = self.columns
        counted = self._of({i for i in c.indicator.words if self._unit(i) in COUNTED})
        yield pairs(RULE, "hard", rows[counted[rows]], whole[counted[rows]])
        order = np.argsort(whole, kind="stable")
        rows, whole = rows[order], whole[order]
        units = {
            w: self.units(c.region.words[c.region.codes[w]], int(c.year[w]))
            for w in np.unique(whole).tolist()
        }
        strange = np.array(
            [
                c.region.words[c.region.codes[r]] not in units[w]
                for r, w in zip(rows.tolist(), whole.tolist(), strict=True)
            ],
            bool,
        )
        mixed = np.isin(whole, whole[strange])  # units of two territories are never added up
        rows, whole = rows[~mixed], whole[~mixed]
        if not len(rows):
            return
        size = np.bincount(whole)[whole]
        expected = np.array([len(units[w]) for w in whole.tolist()], np.int64)
        complete, several = size == expected, size > 1
        outside = self._under_the_province(rows, whole)
        severity = next((r.severity for r in of_kind(self.data, RULE)), "soft")
        for kept, weight, full in (
            (several & complete & ~outside, severity, True),
            (several & complete & outside, "note", True),
            (several & ~complete & counted[rows], "hard", False),
        ):
            if kept.any():
                yield listed(RULE, weight, full, rows[kept], whole[kept], whole[kept])
        for w in np.unique(whole[several & (size == expected - 1)]):
            parts = tuple(int(r) for r in rows[whole == w])
            (missing,) = units[int(w)] - {c.region.words[c.region.codes[r]] for r in parts}
            self.structure.gaps.append(Gap(RULE, int(w), parts, missing))

    def _under_the_province(self, rows: Ints, whole: Ints) -> Bools:
        """Return the lists of cooperatives that lack a few: the province may guide them itself."""
        c = self.columns
        family = {COOPERATIVES} | {
            i.indicator_id for i in self.data.indicators.values() if i.part_of == COOPERATIVES
        }
        total = np.bincount(whole, weights=c.value[rows])[whole]
        short = c.value[whole] - total
        return self._of(family)[rows] & (short > 0) & (short <= PROVINCIAL * c.value[whole])

    def _of(self, indicators: set[str]) -> Bools:
        """Return which rows are of some indicators."""
        c = self.columns
        return np.isin(c.indicator.codes, [c.indicator.code(i) for i in indicators])

    def _unit(self, indicator: str) -> str:
        return self.data.indicators[indicator].unit

    def _parents(self) -> Ints:
        """Return the code of the region above each row's region, -1 where none is printed."""
        c = self.columns
        above = [
            c.region.code(self.data.regions[r].parent_id) if self.data.regions[r].parent_id else -1
            for r in c.region.words
        ]
        return np.array(above, np.int64)[c.region.codes]

    @cached_property
    def _below(self) -> dict[str, list[tuple[str, int, int]]]:
        below: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for region in self.data.regions.values():
            first = int((region.valid_from or "0")[:4])
            last = int((region.valid_to or "9999")[:4])
            below[region.parent_id].append((region.region_id, first, last))
        return below
