"""Parts and wholes: what must not exceed and what must add up, in one text and across texts.

Within one text figures of one period are added up; where a term lacks that period, the only figure
that may be of the same date is taken, and a difference is then a reason to look. Nothing is added
that only looks like a part: groups overlap (KSU and KUD), a flow is never added to a stock, and
registers and territories stay apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from kumkm_analysis.dataset.records import Rule
from kumkm_analysis.findings.checks import Check, Form
from kumkm_analysis.findings.facts import Fact, Facts, year_end
from kumkm_analysis.findings.model import EXCEEDS, SUM
from kumkm_analysis.findings.rules import LIST, PART_OF, REGIONS, Term, applies, of_kind, terms

Cells = dict[tuple[str, str], list[Fact]]
COUNTED = ("unit", "orang")
COOPERATIVES = "cooperatives"
PROVINCIAL = 0.05  # the part that may stand under provincial guidance, outside the regencies
NEARLY = 0.01  # labels that come so near to their whole are a list of all of it
FEWEST_IN_A_LIST = 3
MOST_PARTS = 12  # ways of pairing the periods of one text that are tried


@dataclass(frozen=True, slots=True)
class Gap:
    """A list of parts that lacks exactly one: the whole, the parts, and what is missing."""

    rule: str
    whole: Fact
    parts: tuple[Fact, ...]
    missing: str


class Consistency:
    """Finds what belongs together as part and whole; ``gaps`` is known once all checks are."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.data = facts.data
        self.gaps: list[Gap] = []
        self._wholes: dict[tuple[object, ...], list[Fact]] = defaultdict(list)
        for fact in facts:
            if fact.sharp and fact.year and isfinite(fact.high):
                o = fact.o
                key = (o.region_id, o.indicator_id, fact.series[2], fact.world, fact.year)
                self._wholes[key].append(fact)

    def checks(self) -> Iterator[Check]:
        """Yield the checks of every rule on parts, wholes and sums."""
        sums = [
            (r, left, right)
            for r in of_kind(self.data, "sum")
            if (left := terms(r.left)) and (right := terms(r.right))
        ]
        for (_, _, world), cells in self.facts.accounts.items():
            yield from self._parts(cells, world)
            for rule, left, right in sums:
                yield from self._sum(rule, left, right, cells, world)
            yield from self._lists(cells)
        yield from self._regions()

    def matching(self, candidates: Sequence[Fact], anchor: Fact) -> tuple[Fact | None, bool]:
        """Return the figure of a text that is of the anchor's date, and whether both say so.

        A figure under another label of the same year, or under none, may be of the same date when
        it is the only one and a position.
        """
        ends = {year_end(anchor.o.reference_period), anchor.o.reference_period}
        for fact in candidates:
            if fact.o.reference_period == anchor.o.reference_period:
                return fact, True
        stock = self.facts.is_stock(anchor)
        near = [
            f for f in candidates
            if not (f.year and anchor.year) or (f.year == anchor.year and stock)
            if f.o.survey_month == anchor.o.survey_month or f.year == anchor.year
        ]  # fmt: skip
        exact = [f for f in near if stock and year_end(f.o.reference_period) in ends]
        if len(exact) == 1:
            return exact[0], True
        undated = near and not (near[0].year and anchor.year)
        return (
            (near[0], False)
            if len(near) == 1 == (len(candidates) if undated else 1)
            else (None, False)
        )

    # ---- parts --------------------------------------------------------------------------------

    def _parts(self, cells: Cells, world: tuple[str, ...]) -> Iterator[Check]:
        for (indicator, category), parts in cells.items():
            kind = self.data.indicators[indicator]
            if kind.part_of:
                yield from self._below(PART_OF, "hard", parts, kind.part_of, category, cells)
            if category and kind.unit != "percent":
                for rule in of_kind(self.data, "subset"):
                    key, _, label = rule.breakdown.partition("=")
                    of_key = category.startswith(key + "=") and ";" not in category
                    if of_key and (not label or category == rule.breakdown):
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
            fact, same = self.matching(wholes, part)
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
        wholes = self._wholes.get((region, whole, category, part.world, part.year), [])
        if self.data.indicators[whole].stock_or_flow == "flow":
            wholes = [w for w in wholes if w.end - w.start >= 364]
        if wholes and part.year:
            yield below(rule, "soft", part, max(wholes, key=lambda f: (f.high, -f.number)))

    # ---- sums ---------------------------------------------------------------------------------

    def _sum(
        self, rule: Rule, left: tuple[Term, ...], right: tuple[Term, ...], cells: Cells,
        world: tuple[str, ...],
    ) -> Iterator[Check]:  # fmt: skip
        form: Form = "equal" if rule.relation == "=" else "at_most"
        kind = EXCEEDS if form == "at_most" and len(left) == len(right) == 1 else SUM
        plain = not any(t.over or t.label for t in (*left, *right))
        categories = (
            sorted({c for (i, c) in cells if i == right[0].indicator or i == left[0].indicator})
            if plain
            else [""]
        )
        for category in categories:
            anchors = self._anchors(right, left, category, cells)
            for anchor in anchors:
                found = self._terms((*left, *right), category, cells, anchor)
                same = found is not None
                if found is None and form == "equal" and len(right) == 1:
                    found = self._terms(left, category, cells, anchor)
                if found is None or not applies(rule, anchor.end):
                    continue
                members, exact = found
                signs = list(self._signs(left, right, members))
                facts = tuple(f for group in members for f in group)
                if same:
                    severity = rule.severity if exact else "soft"
                    yield Check(kind, rule.rule_id, severity, form, facts, tuple(signs))
                else:
                    yield from self._sum_across(rule, kind, right[0], category, facts, signs)

    def _anchors(
        self, right: Sequence[Term], left: Sequence[Term], category: str, cells: Cells
    ) -> list[Fact]:
        """Return the figures whose dates a sum is tried at: of the whole, else of a part."""
        for term in (*right, *left):
            if not term.over:
                label = term.label or category
                if found := cells.get((term.indicator, label)):
                    return found[:MOST_PARTS]
        return []

    def _terms(
        self, wanted: Sequence[Term], category: str, cells: Cells, anchor: Fact
    ) -> tuple[list[list[Fact]], bool] | None:
        members: list[list[Fact]] = []
        exact = True
        for term in wanted:
            if term.over:
                group = [
                    f for (i, c), fs in cells.items()
                    if i == term.indicator and c.startswith(term.over + "=") and ";" not in c
                    for f in fs if f.o.reference_period == anchor.o.reference_period
                ]  # fmt: skip
                if len(group) < 2:
                    return None
                members.append(group)
                continue
            fact, same = self.matching(
                cells.get((term.indicator, term.label or category), []), anchor
            )
            if fact is None:
                return None
            members.append([fact])
            exact = exact and same
        return members, exact

    @staticmethod
    def _signs(
        left: Sequence[Term], right: Sequence[Term], members: Sequence[Sequence[Fact]]
    ) -> Iterator[int]:
        for i, group in enumerate(members):
            term = (*left, *right)[i]
            yield from [term.sign if i < len(left) else -term.sign] * len(group)

    def _sum_across(
        self, rule: Rule, kind: str, whole: Term, category: str, parts: tuple[Fact, ...],
        signs: Sequence[int],
    ) -> Iterator[Check]:  # fmt: skip
        """Set the parts of one text against the wholes that other texts print for the same date.

        When they make up any of them, they make up the whole.
        """
        first = parts[0]
        if not first.year or len({p.o.reference_period for p in parts}) > 1:
            return
        key = (first.o.region_id, whole.indicator, whole.label or category, first.world, first.year)
        period = year_end(first.o.reference_period)
        wholes = [
            w for w in self._wholes.get(key, ())
            if year_end(w.o.reference_period) == period and (w.stated or first.stated)
        ]  # fmt: skip
        tried = [
            Check(kind, rule.rule_id, "soft", "equal", (*parts, w), (*signs, -1)) for w in wholes
        ]
        yield from [c for c in tried if c.holds()][:1] or tried[:1]

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
            whole, same = self.matching(cells.get((indicator, ""), []), anchor)
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
                self.gaps.append(Gap(rule.rule_id, whole, parts, f"{rule.breakdown}={missing}"))

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
                self.gaps.append(Gap(REGIONS, whole, tuple(parts), *missing))

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

    def units(self, region: str, year: int) -> frozenset[str]:
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
        if COOPERATIVES not in (kind.indicator_id, kind.part_of):
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
