"""Figures of another area or scope, and series that are printed in two parallel lines."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from kumkm_analysis.findings.checks import Check, Story
from kumkm_analysis.findings.facts import LARGE, Fact, Facts, significant
from kumkm_analysis.findings.model import ANOTHER_SCOPE, PARALLEL
from kumkm_analysis.findings.patterns import SELDOM_BY_CHANCE

LINES_APART = 1.3
OUT_OF_LINE = 3.0
MISNAMED = "misnamed"  # the rule of a count that is exactly that of another indicator


def strangers(facts: Facts, broken: Sequence[Check]) -> list[Story]:
    """Return the figures that belong to another area or name another quantity."""
    return [*_misnamed(facts), *_borrowed(facts, broken)]


def _borrowed(facts: Facts, broken: Iterable[Check]) -> Iterator[Story]:
    """Yield the figures that stand out in their own region and are exactly another region's.

    The owner is a region above or below, its figure of the same year and unit. Figures of few
    digits count only when both texts appeared on the same day.
    """
    suspicious = {m for check in broken for m in check.members if check.severity != "note"}
    for members in facts.series.values():
        suspicious |= set(_out_of_line(members))
    alike: dict[object, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.year and fact.o.value >= LARGE:
            alike[fact.o.value].append(fact)
    for fact in sorted(suspicious, key=lambda f: f.number):
        for owner in alike[fact.o.value] if fact.year and fact.o.value >= LARGE else ():
            below = owner.o.region_id in facts.above(fact.o.region_id)
            above = fact.o.region_id in facts.above(owner.o.region_id)
            if not (below or above) or owner.o.unit != fact.o.unit or owner.year != fact.year:
                continue
            days = {facts.data.sources[f.o.source_id].published for f in (fact, owner)}
            one_day = len(days) == 1 and len(days.pop()) == len("YYYY-MM-DD")
            if (significant(fact) or one_day) and (owner not in suspicious or below):
                yield Story(ANOTHER_SCOPE, "soft", (fact, owner), (fact,))
                break


def _misnamed(facts: Facts) -> Iterator[Story]:
    """Yield the counts of a whole that are exactly those of its part in another text."""
    counts: dict[tuple[str, str, object], list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.seen and not fact.series[2] and significant(fact):
            counts[fact.o.region_id, fact.o.indicator_id, fact.o.value].append(fact)
    for (region, indicator, value), parts in counts.items():
        whole = facts.data.indicators[indicator].part_of
        owners = [
            o for o in counts.get((region, whole, value), ())
            if all(o.origin != p.origin and abs(o.seen - p.seen) <= 1 for p in parts)
        ]  # fmt: skip
        if owners and value >= SELDOM_BY_CHANCE:  # type: ignore[operator]
            yield Story(ANOTHER_SCOPE, "soft", (owners[0], parts[0]), rule=MISNAMED)


def lines(conflicts: Sequence[Check]) -> list[Story]:
    """Return the series whose conflicts fall into two lines that keep apart.

    The suspects of such a pattern are the upper line.
    """
    contested: dict[tuple[str, ...], dict[int, set[Fact]]] = defaultdict(lambda: defaultdict(set))
    for check in conflicts:
        a, b = check.members
        if a.year == b.year:
            contested[a.series][a.year] |= {a, b}
    found = []
    for years in contested.values():
        lower: list[Fact] = []
        upper: list[Fact] = []
        split_years = 0
        for group in years.values():
            ordered = sorted(group, key=lambda f: (f.low, f.number))
            if ordered[0].low <= 0:
                continue
            steps = [math.log(b.low / max(a.high, 1e-9)) for a, b in pairwise(ordered)]
            widest = max(range(len(steps)), key=steps.__getitem__)
            if steps[widest] >= math.log(LINES_APART):
                split_years += 1
                lower += ordered[: widest + 1]
                upper += ordered[widest + 1 :]
        lower, upper = _inliers(lower), _inliers(upper)
        both = {f.year for f in upper} & {f.year for f in lower}
        lower, upper = ([f for f in side if f.year in both] for side in (lower, upper))
        if split_years < 2 or len(both) < 2:
            continue
        sides = [[f.low for f in side] for side in (lower, upper)]
        if any(max(side) > LINES_APART * min(side) for side in sides):
            continue  # what scatters is no line
        if min(f.low for f in upper) >= LINES_APART * max(f.high for f in lower):
            found.append(Story(PARALLEL, "soft", (*lower, *upper), tuple(upper)))
    return found


def _inliers(side: list[Fact]) -> list[Fact]:
    """Drop what lies off its line by more than threefold: an outlier is no line."""
    if not side:
        return side
    middle = median(f.low for f in side)
    return [f for f in side if middle / OUT_OF_LINE <= f.low <= middle * OUT_OF_LINE]


def _out_of_line(members: Sequence[Fact]) -> Iterator[Fact]:
    """Yield the figures that differ more than threefold from every other one of their series."""
    usable = [f for f in members if f.year and f.low > 0 and f.high < math.inf]
    ordered = sorted(usable, key=lambda f: (f.low, f.number))
    for i, fact in enumerate(ordered if len(ordered) > 1 else ()):
        below = i == 0 or fact.low > OUT_OF_LINE * ordered[i - 1].high
        above = i + 1 == len(ordered) or ordered[i + 1].low > OUT_OF_LINE * fact.high
        if below and above:
            yield fact
