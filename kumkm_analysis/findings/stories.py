"""From broken checks to stories: what belongs together is told once.

The same contradiction in two copies of one release, the many conflicts of two parallel lines, the
fifteen regions of one revision: each is one story.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kumkm_analysis.findings.blame import components
from kumkm_analysis.findings.change import SAME_STATE
from kumkm_analysis.findings.checks import Check
from kumkm_analysis.findings.consistency import Gap
from kumkm_analysis.findings.model import (
    ANOTHER_SCOPE,
    CHANGE,
    CONFLICT,
    EXCEEDS,
    INCOMPLETE,
    JUMP,
    PARALLEL,
    RATIO,
    REPEATED,
    REVISION,
    SEVERITIES,
    SHARE,
    SUM,
)
from kumkm_analysis.findings.narration import Story
from kumkm_analysis.findings.patterns import Borrowed, Lines
from kumkm_analysis.findings.quotients import OtherBase
from kumkm_analysis.findings.rules import SAME

if TYPE_CHECKING:
    from kumkm_analysis.findings.columns import Columns

SELDOM_BY_CHANCE = 10_000  # a count that moves by a few per cent seldom stays the same
SAME_PAIR = 3  # conflicts of one pair of texts that are told as one


def stories(
    columns: Columns,
    broken: Sequence[Check],
    lines: Sequence[Lines],
    borrowed: Sequence[Borrowed],
    repeated: Sequence[tuple[int, ...]],
    gaps: Iterable[Gap],
    other_base: Iterable[OtherBase],
) -> list[Story]:
    """Return one story for each thing that is to be told."""
    of_kind: dict[str, list[Check]] = defaultdict(list)
    for check in broken:
        of_kind[check.kind].append(check)
    found: list[Story] = []
    found += _exceeding(columns, of_kind[EXCEEDS])
    for kind in (SUM, SHARE, CHANGE, RATIO):
        found += [_story(kind, group) for group in _copies(columns, of_kind[kind])]
    found += _conflicts(columns, of_kind[CONFLICT], lines)
    found += _jumps(of_kind[JUMP])
    found += [Story(PARALLEL, SAME, "soft", (), (*x.lower, *x.upper)) for x in lines]
    found += [Story(ANOTHER_SCOPE, "scope", "soft", (), (b.row, b.owner)) for b in borrowed]
    found += [
        Story(REPEATED, "repeated", _weight_of_repeat(columns, rows), (), rows) for rows in repeated
    ]
    found += [Story(INCOMPLETE, g.rule, "note", (), (g.whole, *g.parts), g.missing) for g in gaps]
    found += [_backwards(b) for b in other_base]
    return found


def _story(kind: str, checks: Sequence[Check]) -> Story:
    rows = tuple(dict.fromkeys(m for c in checks for m in c.members))
    worst = min(checks, key=lambda c: list(SEVERITIES).index(c.severity))
    return Story(kind, checks[0].rule, worst.severity, tuple(checks), rows)


def _weight_of_repeat(columns: Columns, rows: Sequence[int]) -> str:
    """Return how much a repeat weighs: a small count may stay the same unless others moved."""
    c = columns
    if c.value[rows[0]] >= SELDOM_BY_CHANCE:
        return "soft"
    beside = np.flatnonzero(c.series == c.series[rows[0]])
    years = {int(c.year[r]) for r in rows}
    moved = any(int(c.year[r]) in years and c.value[r] != c.value[rows[0]] for r in beside.tolist())
    return "soft" if moved else "note"


def _backwards(b: OtherBase) -> Story:
    check = Check(CHANGE, b.rule, "note", "growth", (b.earlier, b.later, b.growth))
    return Story(CHANGE, b.rule, "note", (check,), (b.growth, b.earlier, b.later))


def _copies(columns: Columns, checks: Sequence[Check]) -> Iterator[list[Check]]:
    """Yield the checks that say the same of the same printed values in several texts."""
    c = columns
    groups: dict[tuple[object, ...], list[Check]] = defaultdict(list)
    for check in checks:
        printed = tuple(sorted((int(c.series[m]), float(c.value[m])) for m in check.members))
        groups[check.rule, printed].append(check)
    yield from groups.values()


def _exceeding(columns: Columns, checks: Sequence[Check]) -> Iterator[Story]:
    """Yield the parts larger than their wholes, those of one pair of texts together."""
    c = columns
    groups: dict[tuple[object, ...], list[Check]] = defaultdict(list)
    for group in _copies(c, checks):
        part, whole = group[0].members
        one = (c.source.codes[part], c.region.codes[part], c.year[part])
        other = (c.source.codes[whole], c.region.codes[whole], c.year[whole])
        alike = group[0].rule, *one, *other
        groups[alike].append(group[0])
    for members in groups.values():
        yield _story(EXCEEDS, members)


def _conflicts(
    columns: Columns, checks: Sequence[Check], lines: Sequence[Lines]
) -> Iterator[Story]:
    c = columns
    across = {frozenset((a, b)) for line in lines for a in line.lower for b in line.upper}
    checks = [k for k in checks if frozenset(k.members) not in across]
    revisions: dict[tuple[object, ...], list[Check]] = defaultdict(list)
    others: list[Check] = []
    for check in checks:
        if check.severity == "note":
            a, b = sorted(check.members, key=lambda m: int(c.source.codes[m]))
            key = (c.source.codes[a], c.source.codes[b], c.indicator.codes[a], c.year[a])
            revisions[key].append(check)
        else:
            others.append(check)
    for group in revisions.values():
        yield _story(REVISION, sorted(group, key=lambda k: len(c.rows[k.members[0]].region_id)))
    pairs: dict[tuple[int, ...], list[Check]] = defaultdict(list)
    for check in others:
        if check.rule == SAME_STATE:
            pairs[tuple(sorted(int(c.source.codes[m]) for m in check.members))].append(check)
    told: set[Check] = set()
    for group in pairs.values():
        if len(group) >= SAME_PAIR:
            told.update(group)
            yield _story(CONFLICT, group)
    others = [k for k in others if k not in told]
    for part in components([frozenset(k.members) for k in others]):
        yield _story(CONFLICT, [others[i] for i in part])


def _jumps(checks: Sequence[Check]) -> Iterator[Story]:
    for part in components([frozenset(k.members) for k in checks]):
        yield _story(JUMP, [checks[i] for i in part])
