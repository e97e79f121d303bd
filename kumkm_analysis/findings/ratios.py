"""Printed percentages against the printed values, and ratios against their bounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from math import isfinite

from kumkm_analysis.dataset.records import Rule
from kumkm_analysis.findings.checks import Check, likeliest
from kumkm_analysis.findings.facts import Cells, Fact, Facts, year_end
from kumkm_analysis.findings.model import RATIO, SHARE
from kumkm_analysis.findings.rules import applies, bound, of_kind

FEWEST_PEERS = 5


class Ratios:
    """Finds which percentages and ratios can be worked out again."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.data = facts.data

    def checks(self) -> Iterator[Check]:
        """Yield the checks of every rule on shares and ratios."""
        shares = list(of_kind(self.data, "share"))
        ratios = list(of_kind(self.data, "ratio"))
        for cells in self.facts.accounts.values():
            for rule in shares:
                for (indicator, category), facts in cells.items():
                    if indicator == rule.indicator_id:
                        for share in facts:
                            yield from self._share(rule, cells, category, share)
            for rule in ratios:
                yield from self._ratio(rule, cells)
        for rule in of_kind(self.data, "peers"):
            yield from self._peers(rule)

    def _share(self, rule: Rule, cells: Cells, category: str, share: Fact) -> Iterator[Check]:
        """Set a percentage against its part and whole, else against those of other texts."""
        any_label = rule.breakdown == "*" and category
        if not (any_label or category == (rule.breakdown if rule.breakdown != "*" else None)):
            return
        part_of = category if any_label else ""
        part, exact = self.facts.matching(cells.get((rule.left, part_of), []), share)
        whole, also = self.facts.matching(cells.get((rule.right, ""), []), share)
        if part and whole:
            if whole.low > 0:
                severity = rule.severity if exact and also else "soft"
                yield Check(SHARE, rule.rule_id, severity, "share", (part, whole, share))
            return
        parts = [part] if part else self._elsewhere(rule.left, part_of, share)
        wholes = [whole] if whole else self._elsewhere(rule.right, "", share)
        tried = [
            Check(SHARE, rule.rule_id, "soft", "share", (p, w, share))
            for p in parts for w in wholes
            if w.low > 0 and (part or whole or p.o.source_id == w.o.source_id)
        ]  # fmt: skip
        yield from likeliest(tried)

    def _elsewhere(self, indicator: str, category: str, like: Fact) -> list[Fact]:
        """Return what other texts print for the same region and date, both stated."""
        series = (like.o.region_id, indicator, category, *like.world)
        period = year_end(like.o.reference_period)
        found = self.facts.of_year(series, like.year) if like.stated else []
        return [f for f in found if f.stated and year_end(f.o.reference_period) == period]

    def _ratio(self, rule: Rule, cells: Cells) -> Iterator[Check]:
        low, high = bound(rule.low), bound(rule.high)
        for (indicator, category), tops in cells.items():
            if indicator != rule.left:
                continue
            for top in tops:
                bottom, same = self.facts.matching(cells.get((rule.right, category), []), top)
                fits = bottom and bottom.low > 0 and applies(rule, top.end)
                if bottom and fits and (same or self.facts.is_stock(top)):
                    yield Check(RATIO, rule.rule_id, rule.severity, "quotient",
                                    (top, bottom), (), low, high)  # fmt: skip

    def _peers(self, rule: Rule) -> Iterator[Check]:
        """Set a value per head against the range of the other regions, made some times wider."""
        pairs = []
        for cells in self.facts.accounts.values():
            for top in cells.get((rule.left, ""), ()):
                bottom, same = self.facts.matching(cells.get((rule.right, ""), []), top)
                if same and bottom and bottom.low > 0 and top.low > 0 and isfinite(top.high):
                    pairs.append((top.low / bottom.high, top, bottom))
        by_region: dict[str, list[float]] = defaultdict(list)
        for ratio, top, _ in pairs:
            by_region[top.o.region_id].append(ratio)
        if len(by_region) < FEWEST_PEERS:
            return
        ends = {r: (min(v), max(v)) for r, v in by_region.items()}
        lows = sorted((low, r) for r, (low, _) in ends.items())
        highs = sorted(((high, r) for r, (_, high) in ends.items()), reverse=True)
        factor = bound(rule.high) or Fraction(10)
        for _, top, bottom in pairs:
            low = next(x for x, r in lows if r != top.o.region_id)
            high = next(x for x, r in highs if r != top.o.region_id)
            yield Check(RATIO, rule.rule_id, rule.severity, "quotient", (top, bottom), (),
                        Fraction(low) / factor, Fraction(high) * factor)  # fmt: skip
