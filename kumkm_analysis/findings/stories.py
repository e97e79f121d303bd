"""From broken checks to troubles: what has one cause is told once.

The same contradiction in two copies of one release, the percentages of one text that all fail, the
regions of one revision, the jumps of a table that breaks: each is one trouble.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kumkm_analysis.findings.change import SAME_STATE, OtherBase
from kumkm_analysis.findings.checks import Check
from kumkm_analysis.findings.consistency import Gap
from kumkm_analysis.findings.facts import Fact
from kumkm_analysis.findings.localise import components
from kumkm_analysis.findings.model import (
    BREAK,
    CHANGE,
    CONFLICT,
    EXCEEDS,
    INCOMPLETE,
    JUMP,
    RATIO,
    REVISION,
    SEVERITIES,
    SHARE,
    SUM,
)
from kumkm_analysis.findings.patterns import Pattern

SAME_PAIR = 3  # conflicts of one pair of texts that are told as one
MANY_PERCENTAGES = 3  # that fail in one text, and are then its trouble


@dataclass(frozen=True, slots=True)
class Story:
    """What a finding is about: its kind and rule, the checks that it breaks, and its figures.

    ``rows`` are all its figures in the order of telling, the first names it; ``suspects`` are known
    from a pattern, else they are found by error localisation.
    """

    kind: str
    rule: str
    severity: str
    checks: tuple[Check, ...]
    rows: tuple[Fact, ...]
    suspects: tuple[Fact, ...] = ()
    years: tuple[int, ...] = ()
    missing: str = ""


def stories(
    broken: Sequence[Check],
    patterns: Sequence[Pattern],
    gaps: Iterable[Gap],
    other_base: Iterable[OtherBase],
) -> list[Story]:
    """Return one story for each trouble that is to be told."""
    of_kind: dict[str, list[Check]] = defaultdict(list)
    for check in broken:
        of_kind[check.kind].append(check)
    exceeding = {frozenset(c.members) for c in of_kind[EXCEEDS]}
    of_kind[RATIO] = [c for c in of_kind[RATIO] if frozenset(c.members) not in exceeding]
    breaking = {
        frozenset(pair) for p in patterns if p.kind == BREAK
        for pair in zip(p.rows[::2], p.rows[1::2], strict=True)
    }  # fmt: skip
    of_kind[JUMP] = [c for c in of_kind[JUMP] if frozenset(c.members) not in breaking]
    found = list(_exceeding(of_kind[EXCEEDS]))
    found += [_story(SUM, group) for group in _grouped(of_kind[SUM], _copy)]
    found += _percentages([*of_kind[SHARE], *of_kind[CHANGE]])
    found += [_story(RATIO, group) for group in _grouped(of_kind[RATIO], _copy)]
    found += _conflicts(of_kind[CONFLICT])
    found += _jumps(of_kind[JUMP])
    found += [
        Story(p.kind, p.rule or p.kind, p.severity, (), p.rows, p.suspects, p.years)
        for p in patterns
    ]
    found += [
        Story(INCOMPLETE, g.rule, "note", (), (g.whole, *g.parts), missing=g.missing) for g in gaps
    ]
    for b in other_base:
        check = Check(CHANGE, b.rule, "note", "growth", (b.earlier, b.later, b.growth))
        found.append(Story(CHANGE, b.rule, "note", (check,), (b.growth, b.earlier, b.later)))
    return found


def _story(kind: str, checks: Sequence[Check]) -> Story:
    rows = tuple(dict.fromkeys(m for c in checks for m in c.members))
    worst = min((c.severity for c in checks), key=SEVERITIES.index)
    return Story(kind, checks[0].rule, worst, tuple(checks), rows)


def _grouped(checks: Iterable[Check], key: Callable[[Check], Hashable]) -> Iterator[list[Check]]:
    groups: dict[Hashable, list[Check]] = defaultdict(list)
    for check in checks:
        groups[key(check)].append(check)
    yield from groups.values()


def _copy(check: Check) -> Hashable:
    """Return what is the same of the same printed values in several texts."""
    printed = sorted((m.series, m.o.value) for m in check.members)
    return check.rule, tuple(printed)


def _exceeding(checks: Sequence[Check]) -> Iterator[Story]:
    """Yield the parts larger than their wholes, those of one pair of texts together."""

    def texts(check: Check) -> Hashable:
        return check.rule, *((m.o.source_id, m.o.region_id, m.year) for m in check.members)

    for group in _grouped([g[0] for g in _grouped(checks, _copy)], texts):
        yield _story(EXCEEDS, group)


def _percentages(checks: Sequence[Check]) -> Iterator[Story]:
    """Yield the shares and changes that do not follow, many of one text as its one trouble."""

    def text(group: list[Check]) -> Hashable:
        last = group[0].members[-1].o
        return group[0].severity == "note", last.source_id, last.region_id

    texts: dict[Hashable, list[list[Check]]] = defaultdict(list)
    for group in _grouped(checks, _copy):
        texts[text(group)].append(group)
    for groups in texts.values():
        if len(groups) >= MANY_PERCENTAGES:
            kinds = [g[0].kind for g in groups]
            yield _story(max(set(kinds), key=kinds.count), [c for g in groups for c in g])
        else:
            yield from (_story(g[0].kind, g) for g in groups)


def _conflicts(checks: Sequence[Check]) -> Iterator[Story]:
    def release(check: Check) -> Hashable:
        a, b = sorted(check.members, key=lambda m: m.o.source_id)
        return a.o.source_id, b.o.source_id, a.o.indicator_id, a.year

    for group in _grouped([c for c in checks if c.severity == "note"], release):
        yield _story(REVISION, sorted(group, key=lambda c: len(c.members[0].o.region_id)))
    others = [c for c in checks if c.severity != "note"]
    same_state = [c for c in others if c.rule == SAME_STATE]
    told: set[Check] = set()
    for group in _grouped(same_state, lambda c: frozenset(m.o.source_id for m in c.members)):
        if len(group) >= SAME_PAIR:
            told.update(group)
            yield _story(CONFLICT, group)
    yield from _connected(CONFLICT, [c for c in others if c not in told])


def _jumps(checks: Sequence[Check]) -> Iterator[Story]:
    """Yield the jumps that have one cause: of one series, or of one region between two texts."""

    def edge(check: Check) -> frozenset[Hashable]:
        texts = tuple((m.o.source_id, m.o.region_id, m.year) for m in check.members)
        return frozenset((*check.members, texts))

    for part in components([edge(c) for c in checks]):
        yield _story(JUMP, [checks[i] for i in part])


def _connected(kind: str, checks: Sequence[Check]) -> Iterator[Story]:
    for part in components([frozenset(c.members) for c in checks]):
        yield _story(kind, [checks[i] for i in part])
