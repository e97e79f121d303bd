"""Parts and wholes: what must not exceed and what must add up, in one text and across texts.

Within one text figures of one period are added up; where a term lacks that period, the only figure
that may be of the same date is taken, and a difference is then a reason to look. Nothing is added
that only looks like a part: groups overlap (KSU and KUD), a flow is never added to a stock, and
registers and territories stay apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from math import isfinite

from kumkm_analysis.dataset.records import Rule
from kumkm_analysis.findings.checks import Check, Form, Story, likeliest
from kumkm_analysis.findings.facts import Cells, Fact, Facts, year_end
from kumkm_analysis.findings.model import EXCEEDS, INCOMPLETE, SUM
from kumkm_analysis.findings.rules import LIST, PART_OF, REGIONS, Term, applies, of_kind, terms

COUNTED = ("unit", "orang", "people")
COOPERATIVES = "cooperatives"
GUIDANCE = "level"
PROVINCIAL = 0.05  # the part that may stand under provincial guidance, outside the regencies
NEARLY = 0.01  # labels that come so near to their whole are a list of all of it
FEWEST_IN_A_LIST = 3


class Consistency:
    """Finds what belongs together as part and whole; ``gaps`` is known once all checks are."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.data = facts.data
        self.gaps: list[Story] = []
        self._subsets = list(of_kind(self.data, "subset"))
        self.units = cache(self._units)

    def checks(self) -> Iterator[Check]:
        """Yield the checks of every rule on parts, wholes and sums."""
        sums = [
            (r, left, right)
            for r in of_kind(self.data, "sum")
            if (left := terms(r.left)) and (right := terms(r.right))
        ]
        for cells in self.facts.accounts.values():
            yield from self._parts(cells)
            for rule, left, right in sums:
                yield from self._sum(rule, left, right, cells)
            yield from self._lists(cells)
        yield from self._regions()

    # ---- parts --------------------------------------------------------------------------------

    def _parts(self, cells: Cells) -> Iterator[Check]:
        for (indicator, category), parts in cells.items():
            kind = self.data.indicators[indicator]
            if kind.part_of:
                yield from self._below(PART_OF, "hard", parts, kind.part_of, category, cells)
            key, _, label = category.partition("=")
            if label and ";" not in label and kind.unit != "percent":
                for rule in self._subsets:
                    if rule.breakdown in (key, category):
                        yield from self._below(
                            rule.rule_id, rule.severity, parts, indicator, "", cells
                        )

    def _below(
        self, rule: str, severity: str, parts: Iterable[Fact], whole: str, category: str,
        cells: Cells,
    ) -> Iterator[Check]:  # fmt: skip
        """Set parts against their whole in the same text, else the largest of other texts."""
        wholes = cells.get((whole, category), [])
        for part in parts:
            fact, same = self.facts.matching(wholes, part)
            if fact is not None:
                yield below(rule, severity if same else "soft", part, fact)
            elif not wholes:
                yield from self.across(rule, part, whole, category, part.o.region_id)

    def across(
        self, rule: str, part: Fact, whole: str, category: str, region: str
    ) -> Iterator[Check]:
        """Set a part that stands alone in its text against the largest whole of other texts.

        Only a whole of an overlapping date counts: for stocks one of the same year, for flows one
        of the whole year.
        """
        wholes = self._wholes(part, region, whole, category)
        if self.data.indicators[whole].stock_or_flow == "flow":
            wholes = [w for w in wholes if w.end - w.start >= 364]
        if wholes:
            yield below(rule, "soft", part, max(wholes, key=lambda f: (f.high, -f.number)))

    def _wholes(self, like: Fact, region: str, indicator: str, category: str) -> list[Fact]:
        """Return what all texts print of a whole in the year of a part, if it has an upper end."""
        found = self.facts.of_year((region, indicator, category, *like.world), like.year)
        return [w for w in found if isfinite(w.high)]

    # ---- sums ---------------------------------------------------------------------------------

    def _sum(
        self, rule: Rule, left: tuple[Term, ...], right: tuple[Term, ...], cells: Cells
    ) -> Iterator[Check]:
        form: Form = "equal" if rule.relation == "=" else "at_most"
        kind = EXCEEDS if form == "at_most" and len(left) == len(right) == 1 else SUM
        plain = not any(t.over or t.label for t in (*left, *right))
        heads = (left[0].indicator, right[0].indicator)
        for category in sorted({c for i, c in cells if i in heads}) if plain else [""]:
            for anchor in self._anchors((*right, *left), category, cells):
                if not applies(rule, anchor.end):
                    continue
                if found := self._terms(left, right, category, cells, anchor):
                    signs, facts, exact = found
                    severity = rule.severity if exact else "soft"
                    yield Check(kind, rule.rule_id, severity, form, facts, signs)
                elif (
                    form == "equal" and len(right) == 1
                    and (found := self._terms(left, (), category, cells, anchor))
                ):  # fmt: skip
                    whole = (right[0].indicator, right[0].label or category)
                    yield from self._sum_across(rule, whole, *found[:2])

    def _anchors(self, terms: Sequence[Term], category: str, cells: Cells) -> list[Fact]:
        """Return the figures whose dates a sum is tried at: of the whole, else of a part."""
        for term in terms:
            if not term.over and (found := cells.get((term.indicator, term.label or category))):
                return found
        return []

    def _terms(
        self, left: Sequence[Term], right: Sequence[Term], category: str, cells: Cells,
        anchor: Fact,
    ) -> tuple[tuple[int, ...], tuple[Fact, ...], bool] | None:  # fmt: skip
        """Return the signs and figures of a sum at one date, and whether all say so."""
        signs: list[int] = []
        facts: list[Fact] = []
        exact = True
        for side, term in [*((1, t) for t in left), *((-1, t) for t in right)]:
            if term.over:
                group = [
                    f for (i, c), fs in cells.items()
                    if i == term.indicator and c.startswith(term.over + "=") and ";" not in c
                    for f in fs if f.o.reference_period == anchor.o.reference_period
                ]  # fmt: skip
            else:
                printed = cells.get((term.indicator, term.label or category), [])
                fact, same = self.facts.matching(printed, anchor)
                group, exact = [fact] if fact else [], exact and same
            if len(group) < 1 + bool(term.over):
                return None
            facts += group
            signs += [side * term.sign] * len(group)
        return tuple(signs), tuple(facts), exact

    def _sum_across(
        self, rule: Rule, whole: tuple[str, str], signs: tuple[int, ...], parts: tuple[Fact, ...]
    ) -> Iterator[Check]:
        """Set the parts of one text against the wholes that other texts print for the same date."""
        first = parts[0]
        period = year_end(first.o.reference_period)
        if len({p.o.reference_period for p in parts}) == 1:
            yield from likeliest([
                Check(SUM, rule.rule_id, "soft", "equal", (*parts, w), (*signs, -1))
                for w in self._wholes(first, first.o.region_id, *whole)
                if year_end(w.o.reference_period) == period and (w.stated or first.stated)
            ])  # fmt: skip

    # ---- lists --------------------------------------------------------------------------------

    def _lists(self, cells: Cells) -> Iterator[Check]:
        groups: dict[tuple[str, str, str], dict[str, Fact]] = defaultdict(dict)
        for (indicator, category), facts in cells.items():
            key, _, label = category.partition("=")
            if label and ";" not in label and self.data.indicators[indicator].unit != "percent":
                for fact in facts:
                    groups[indicator, key, fact.o.reference_period][label] = fact
        for (indicator, key, _), labels in groups.items():
            anchor = next(iter(labels.values()))
            whole, same = self.facts.matching(cells.get((indicator, ""), []), anchor)
            if whole is None:
                continue
            declared = [
                r for r in of_kind(self.data, "partition")
                if r.breakdown == key and r.indicator_id in ("", indicator)
            ]  # fmt: skip
            complete = False
            for rule in declared:
                for check in self._partition(rule, labels, whole, same):
                    complete = complete or check.form == "equal"
                    yield check
            if not complete and len(labels) >= FEWEST_IN_A_LIST:
                total = sum(float(f.o.value) for f in labels.values())
                if abs(total - float(whole.o.value)) <= NEARLY * abs(float(whole.o.value)):
                    yield listed(LIST, "soft", tuple(labels.values()), whole)

    def _partition(
        self, rule: Rule, labels: dict[str, Fact], whole: Fact, same: bool
    ) -> Iterator[Check]:
        names = rule.left.split(" + ")
        found = {n: parts for n in names if (parts := self._label(rule.breakdown, n, labels))}
        parts = tuple(f for group in found.values() for f in group)
        if len(found) == len(names):
            yield listed(rule.rule_id, rule.severity if same else "soft", parts, whole)
        elif len(found) > 1:
            if same and rule.severity == "hard":
                yield listed(rule.rule_id, "hard", parts, whole, "at_most")
            if len(found) == len(names) - 1:
                (missing,) = set(names) - set(found)
                self.gaps.append(lacking(rule.rule_id, whole, parts, f"{rule.breakdown}={missing}"))

    def _label(self, key: str, name: str, labels: dict[str, Fact]) -> tuple[Fact, ...]:
        """Return the figure of a label, or those of the labels that together mean the same."""
        if name in labels:
            return (labels[name],)
        for rule in of_kind(self.data, "synonym"):
            pieces = rule.left.split(" + ")
            if (rule.breakdown, rule.right) == (key, name) and all(p in labels for p in pieces):
                return tuple(labels[p] for p in pieces)
        return ()

    # ---- regions ------------------------------------------------------------------------------

    def _regions(self) -> Iterator[Check]:
        """Yield the checks that regions do not exceed, and make up, the region above them."""
        releases: dict[tuple[object, ...], dict[str, Fact]] = defaultdict(dict)
        adding = {
            i.indicator_id for i in self.data.indicators.values() if i.adds_over_regions == "yes"
        }
        for fact in self.facts:
            if fact.sharp and fact.o.indicator_id in adding:
                o, (register, status, counted, _, vintage) = fact.o, fact.world
                text = (o.source_id, o.indicator_id, fact.series[2], o.reference_period)
                release = (*text, o.survey_month, register, status, counted, vintage)
                kept = releases[release].setdefault(o.region_id, fact)
                if kept.o.territory and not o.territory:
                    releases[release][o.region_id] = fact
        for regions in releases.values():
            below_of: dict[str, list[Fact]] = defaultdict(list)
            for region, fact in regions.items():
                parent = self.data.regions[region].parent_id
                if parent in regions:
                    below_of[parent].append(fact)
                elif parent and self.facts.unit(fact) in COUNTED:
                    yield from self.across(
                        REGIONS, fact, fact.o.indicator_id, fact.series[2], parent
                    )
            for parent, parts in below_of.items():
                yield from self._region(regions[parent], parts)

    def _region(self, whole: Fact, parts: list[Fact]) -> Iterator[Check]:
        counted = self.facts.unit(whole) in COUNTED
        if counted:
            yield from (below(REGIONS, "hard", part, whole) for part in parts)
        units = self.units(whole.o.region_id, self._year_of(whole))
        if whole.o.territory:
            parts = [p for p in parts if p.o.region_id in units]
        names = {p.o.region_id for p in parts}
        if names - units or len(parts) < 2:
            return  # units of two territories are never added up
        missing = units - names
        if len(missing) == 1 and any(p.o.territory for p in parts):
            missing = frozenset()  # a row that holds the older, larger territory
        if not missing and not self._split_off(parts, whole):
            severity = next((r.severity for r in of_kind(self.data, REGIONS)), "soft")
            severity = "note" if self._under_the_province(parts, whole) else severity
            yield listed(REGIONS, severity, tuple(parts), whole)
        else:
            if counted:
                yield listed(REGIONS, "hard", tuple(parts), whole, "at_most")
            if len(missing) == 1 and not listed(REGIONS, "", tuple(parts), whole).holds():
                self.gaps.append(lacking(REGIONS, whole, parts, *missing))

    def _split_off(self, parts: Sequence[Fact], whole: Fact) -> bool:
        """Tell whether a part stands without regions split off from it, which the data lack."""
        siblings = (r for r in self.data.regions.values() if r.parent_id == whole.o.region_id)
        newest = max((r.valid_from for r in siblings), default="")
        named = {p.o.territory for p in parts if p.o.territory}
        return any(self.data.territories[name].used_from > newest for name in named)

    def _year_of(self, whole: Fact) -> int:
        """Return the year whose units make up a figure: its territory may be older or newer."""
        split = self.facts.splits.get(whole.o.region_id)
        if split is None or not whole.year:
            return whole.year
        older, newer, last = split
        territory = whole.world[3]
        if territory == older:
            return min(whole.year, last)
        return max(whole.year, last + 1) if territory == newer else whole.year

    def _units(self, region: str, year: int) -> frozenset[str]:
        """Return the regions that make up a region in the statistics of a year.

        Statistics follow a change of boundaries late: a unit counts from the year after it was
        made until the year after it ended. East Kalimantan thus has fourteen units until 2013
        and ten from 2014 on. Empty for an undated figure.
        """
        return frozenset(
            r.region_id for r in self.data.regions.values()
            if year and r.parent_id == region
            and int((r.valid_from or "0")[:4]) < year <= int((r.valid_to or "9999")[:4]) + 1
        )  # fmt: skip

    def _under_the_province(self, parts: Iterable[Fact], whole: Fact) -> bool:
        """Tell whether a list of cooperatives lacks a few: the province may guide them itself."""
        kind = self.data.indicators[whole.o.indicator_id]
        guided = GUIDANCE in self.data.terms  # where cooperatives have a level of guidance at all
        if not guided or COOPERATIVES not in (kind.indicator_id, kind.part_of):
            return False
        short = float(whole.o.value - sum(p.o.value for p in parts))
        return 0 < short <= PROVINCIAL * float(whole.o.value)


def below(rule: str, severity: str, part: Fact, whole: Fact) -> Check:
    """Return the check that a part does not exceed its whole."""
    return Check(EXCEEDS, rule, severity, "at_most", (part, whole), (1, -1))


def listed(
    rule: str, severity: str, parts: tuple[Fact, ...], whole: Fact, form: Form = "equal"
) -> Check:
    """Return the check of a list against its whole."""
    return Check(SUM, rule, severity, form, (*parts, whole), (*[1] * len(parts), -1))


def lacking(rule: str, whole: Fact, parts: Iterable[Fact], missing: str) -> Story:
    """Return the remark on a list that lacks exactly one part."""
    return Story(INCOMPLETE, "note", (whole, *parts), rule=rule, missing=missing)
