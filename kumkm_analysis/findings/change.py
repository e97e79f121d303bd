"""One series over time and over texts: printed changes, figures of one date, and movement.

How periods are compared:

* the same period is the same period; a year and its December are the same date, by convention;
* two dates within one year, and a figure that a text calls "now" (``publication``), may both hold:
  they are set apart only when they lie further apart than the official series move in that time;
* flows of different spans are never compared;
* two texts that print the same sub-totals describe one state, whatever dates they give;
* a figure without any date is compared with nothing outside its own text.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise

from kumkm_analysis.dataset.records import Rule
from kumkm_analysis.findings.checks import Check, Story, likeliest
from kumkm_analysis.findings.facts import Fact, Facts, year_end
from kumkm_analysis.findings.model import CHANGE, CONFLICT, JUMP
from kumkm_analysis.findings.rules import SAME, Limits, bound, of_kind

SAME_STATE = "same-state"  # two accounts that share their sub-totals
SHARED_TOKENS = 2
SHARED_DIGITS = 6  # of all shared sub-totals together; fewer may be alike by chance
LEAST_SHARED = 100
YEAR_AND_A_HALF = 548  # days; an earlier figure further back is no base of a yearly change
TWO_YEARS = 2 * 366
THREE_YEARS = 3 * 366
HALF_A_YEAR = 183
LEAST_MOVING = 50  # a count below it may do anything
MOST_COUPLES = 24


class Change:
    """Finds which figures of a series stand beside each other."""

    def __init__(self, facts: Facts, limits: Limits) -> None:
        self.facts = facts
        self.data = facts.data
        self.limits = limits
        self.other_base: list[Story] = []  # what follows only when the later figure is the base

    def checks(self) -> Iterator[Check]:
        """Yield the checks of printed changes and between figures of one series."""
        for rule in of_kind(self.data, "growth", "change"):
            yield from self._printed_changes(rule)
        yield from self._same_year()
        yield from self._same_state()
        points = next(of_kind(self.data, "jump_points"), None)
        spike = next(of_kind(self.data, "spike"), None)
        for members in self.facts.series.values():
            if self.facts.is_change(members[0]):
                continue
            dated = [f for f in members if f.year and f.width < math.inf]
            if self._in_points(members[0]):
                yield from _points(points, dated)
                yield from _spikes(spike, dated)
            else:
                yield from self._jumps(dated)

    # ---- printed changes ----------------------------------------------------------------------

    def _printed_changes(self, rule: Rule) -> Iterator[Check]:
        """Set a printed change against the printed values before and after.

        The text seldom says from when: any earlier figure of the same text that fits is taken as
        its base; when none fits, the one a year before, or else the last one, is reported.
        """
        for cells in self.facts.accounts.values():
            for (indicator, category), changes in cells.items():
                values = cells.get((rule.left, category), [])
                if indicator != rule.indicator_id or not values:
                    continue
                for change in (c for c in changes if c.year):
                    checks: list[Check] = []
                    for later in _later(values, change):
                        own = [f for f in values if f.year and f.end < later.start]
                        own = own or [f for f in values if f.year and f.end < later.end]
                        before = own or ([] if rule.relation == "-" else self._year_before(later))
                        checks += self._from(rule, before, later, change, "" if own else "soft")
                    yield from likeliest(checks)

    def _year_before(self, later: Fact) -> list[Fact]:
        period = year_end(later.o.reference_period)
        wanted = f"{int(period[:4]) - 1}{period[4:]}"
        return [
            f for f in self.facts.series[later.series]
            if f.stated and f.year and year_end(f.o.reference_period) == wanted
        ]  # fmt: skip

    def _from(
        self, rule: Rule, earlier: Sequence[Fact], later: Fact, change: Fact, severity: str
    ) -> Iterator[Check]:
        """Yield the change with the earlier figure it follows from, or the likeliest one."""
        positive = [a for a in earlier if a.low > 0 or rule.kind == "change"]
        ordered = sorted(positive, key=lambda a: (abs(later.end - a.end - 365), a.width, a.number))
        tried = [_trial(rule, a, later, change, severity) for a in ordered]
        if fitting := next((c for c in tried if c.holds()), None):
            yield fitting
            return
        for a in ordered:
            if rule.kind == "growth" and _follows_backwards(a, later, change):
                check = _trial(rule, a, later, change, "note")
                rows = (change, a, later)
                story = Story(CHANGE, "note", rows, rule=rule.rule_id, checks=(check,))
                self.other_base.append(story)
                return
        near = [c for c in tried if later.end - c.members[0].end <= YEAR_AND_A_HALF]
        yield from near[:1]

    # ---- one date -----------------------------------------------------------------------------

    def _same_year(self) -> Iterator[Check]:
        for members in self.facts.series.values():
            years: dict[int, list[Fact]] = defaultdict(list)
            for fact in members:
                years[fact.year].append(fact)
            for year, group in years.items():
                if year and len(group) > 1:
                    for a, b in _couples(sorted(group, key=lambda f: (f.low, f.high, f.number))):
                        yield from self._pair(a, b)

    def _pair(self, a: Fact, b: Fact) -> Iterator[Check]:
        one_text = a.o.source_id == b.o.source_id
        if self.facts.is_reference(a) and not one_text and _weight(a, b) != "note":
            return  # a denominator is examined within its own tables
        if one_text and a.o.status == "target":
            return  # they may be for two things
        stock = self.facts.is_stock(a)
        same = a.o.reference_period == b.o.reference_period and a.o.survey_month == b.o.survey_month
        # A flow that is dated December is, as a rule, that of the year.
        alike = same or year_end(a.o.reference_period) == year_end(b.o.reference_period)
        if alike and ((a.stated and b.stated) or (same and one_text)):
            yield Check(CONFLICT, SAME, _weight(a, b), "equal", (a, b), (1, -1))
        elif not self.facts.is_change(a):
            if self._in_points(a):
                rule = next(of_kind(self.data, "jump_points"), None)
                if rule:
                    limit = bound(rule.high)
                    yield Check(
                        CONFLICT, rule.rule_id, "soft", "difference", (a, b), (), None, limit
                    )
            elif stock or same or self.facts.unit(a) == "percent":
                yield from self._moved(CONFLICT, a, b)

    def _in_points(self, fact: Fact) -> bool:
        """Tell whether a percentage of which nothing was learned is compared in points."""
        learned = self.limits.learned(fact.o.indicator_id)
        return self.facts.unit(fact) == "percent" and not learned

    def _moved(self, kind: str, a: Fact, b: Fact) -> Iterator[Check]:
        """Yield the check that a figure moved no further than such figures do in that time."""
        one, other = (a, b) if a.end <= b.end else (b, a)
        least = 0 if self.facts.unit(one) == "percent" else LEAST_MOVING
        small = min(one.low, other.low) <= 0 or max(one.high, other.high) < least
        if small or one.width + other.width == math.inf or self.facts.is_reference(one):
            return
        # A year without a month may be any day of it.
        apart = max(other.end - one.end, other.start - one.start)
        apart = apart if one.stated and other.stated else max(apart, HALF_A_YEAR)
        found = self.limits.between(one.o.indicator_id, float(one.o.value), apart)
        if found:
            limit, low, high = found
            rule = limit.limit_id
            yield Check(kind, rule, "soft", "quotient", (other, one), (), low, high)

    # ---- one state ----------------------------------------------------------------------------

    def _same_state(self) -> Iterator[Check]:
        """Compare two accounts of neighbouring years that print the same sub-totals."""
        shared: dict[tuple[tuple[object, ...], ...], list[float]] = defaultdict(list)
        accounts: dict[tuple[object, ...], list[Fact]] = defaultdict(list)
        for fact in self.facts:
            accounts[*fact.account, fact.o.reference_period].append(fact)
        for members in self.facts.series.values():
            alike: dict[Fraction, list[Fact]] = defaultdict(list)
            for f in members:
                if f.span.is_exact and f.low >= LEAST_SHARED and f.sharp and f.year:
                    alike[Fraction(f.o.value)].append(f)
            for group in alike.values():
                for a, b in _couples(group) if len(group) > 1 else ():
                    if a.o.source_id != b.o.source_id and abs(a.year - b.year) == 1:
                        keys = (
                            (*a.account, a.o.reference_period),
                            (*b.account, b.o.reference_period),
                        )
                        shared[tuple(sorted(keys, key=str))].append(math.log10(a.low))
        for (one, other), digits in shared.items():
            if len(digits) >= SHARED_TOKENS and sum(digits) >= SHARED_DIGITS:
                yield from self._two_states(accounts[one], accounts[other])

    def _two_states(self, one: Sequence[Fact], other: Sequence[Fact]) -> Iterator[Check]:
        theirs = {f.series: f for f in other if f.sharp}
        pairs = [
            (a, theirs[a.series]) for a in one
            if a.sharp and a.series in theirs and not self.facts.is_change(a)
        ]  # fmt: skip
        apart = [(a, b) for a, b in pairs if not a.span.meets(b.span)]
        if 2 * len(apart) <= len(pairs):  # else they are two states after all
            for a, b in apart:
                yield Check(CONFLICT, SAME_STATE, "soft", "equal", (a, b), (1, -1))

    # ---- over the years -----------------------------------------------------------------------

    def _jumps(self, dated: Sequence[Fact]) -> Iterator[Check]:
        """Compare each figure with the one before it, in another year but not long ago."""
        stock = bool(dated) and self.facts.is_stock(dated[0])
        for one, other in pairwise(dated):
            spans = [f.end - f.start for f in (one, other)]
            percent = self.facts.unit(one) == "percent"
            comparable = stock or percent or (min(spans) >= 364 and max(spans) <= 366)
            if one.year != other.year and other.end - one.end <= THREE_YEARS and comparable:
                yield from self._moved(JUMP, one, other)


def _points(rule: Rule | None, dated: Sequence[Fact]) -> Iterator[Check]:
    """Compare each percentage with the one before it."""
    for one, other in pairwise(dated) if rule else ():
        if rule and one.year != other.year and other.end - one.end <= TWO_YEARS:
            limit = bound(rule.high)
            yield Check(
                JUMP, rule.rule_id, rule.severity, "difference", (one, other), (), None, limit
            )


def _spikes(rule: Rule | None, dated: Sequence[Fact]) -> Iterator[Check]:
    """Compare a percentage with both its neighbours in time where these lie close together."""
    limit = bound(rule.high) if rule else None
    if rule is None or limit is None:
        return
    for a, b, d in zip(dated, dated[1:], dated[2:], strict=False):
        one, middle, other = (float(f.o.value) for f in (a, b, d))
        near = d.end - a.end <= 2 * TWO_YEARS and a.year != b.year != d.year
        off = min(abs(middle - one), abs(middle - other)) > limit
        if near and off and abs(one - other) < limit / 2:
            for pair in ((a, b), (b, d)):
                yield Check(JUMP, rule.rule_id, rule.severity, "difference", pair, (), None, limit)


def _weight(a: Fact, b: Fact) -> str:
    """Return how much it weighs that two figures of one date differ."""
    if {a.o.obs_status, b.o.obs_status} >= {"P"} and a.o.obs_status != b.o.obs_status:
        return "note"
    if a.o.source_id == b.o.source_id:
        return "soft"  # one text that prints two figures may mean two things
    return "hard" if a.o.reference_period == b.o.reference_period else "soft"


def _later(values: Sequence[Fact], change: Fact) -> list[Fact]:
    """Return the figures that a change may lead to: of its period, else any of its year."""
    of_period = [f for f in values if f.o.reference_period == change.o.reference_period]
    if of_period:
        return [min(of_period, key=lambda f: f.width)]
    return [f for f in values if f.year == change.year]


def _trial(rule: Rule, a: Fact, b: Fact, change: Fact, severity: str) -> Check:
    severity = severity or rule.severity
    if rule.kind == "growth":
        return Check(CHANGE, rule.rule_id, severity, "growth", (a, b, change))
    gone = 1 if rule.relation == "-" else -1  # what was dissolved is taken from the total
    return Check(CHANGE, rule.rule_id, severity, "equal", (a, b, change), (-1, 1, gone))


def _follows_backwards(a: Fact, b: Fact, change: Fact) -> bool:
    """Tell whether the change follows when divided by the later figure."""
    ends = (a.span.low, a.span.high, b.span.low, b.span.high, change.span.low, change.span.high)
    if any(x is None for x in ends) or b.low <= 0:
        return False
    first, last, start, stop, floor, top = (x for x in ends if x is not None)
    return 100 * (1 - last / start) <= top and floor <= 100 * (1 - first / stop)


def _couples(facts: Sequence[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Yield the pairs of a group; of a large one, neighbours and those with the first."""
    if len(facts) <= MOST_COUPLES:
        yield from combinations(facts, 2)
    else:
        yield from pairwise(facts)
        yield from ((facts[0], b) for b in facts[2:])
