"""From broken checks to troubles: what has one cause is told once.

The same contradiction in two copies of one release, the percentages of one text that all fail, the
regions of one revision, the jumps of a table that breaks: each is one trouble.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from kumkm_analysis.findings import model
from kumkm_analysis.findings.change import SAME_STATE
from kumkm_analysis.findings.checks import Check, Story
from kumkm_analysis.findings.facts import components, grouped

SAME_PAIR = 3  # conflicts of one pair of texts that are told as one
MANY_PERCENTAGES = 3  # that fail in one text, and are then its trouble


def stories(broken: Sequence[Check], shown: Sequence[Story]) -> list[Story]:
    """Return one story for each trouble that broken checks tell, and those that figures show."""
    of_kind: dict[str, list[Check]] = defaultdict(list)
    for check in broken:
        of_kind[check.kind].append(check)
    exceeding = {frozenset(c.members) for c in of_kind[model.EXCEEDS]}
    breaking = {
        frozenset(pair) for s in shown if s.kind == model.BREAK
        for pair in zip(s.rows[::2], s.rows[1::2], strict=True)
    }  # fmt: skip
    ratios = [c for c in of_kind[model.RATIO] if frozenset(c.members) not in exceeding]
    jumps = [c for c in of_kind[model.JUMP] if frozenset(c.members) not in breaking]
    return [
        *_exceeding(of_kind[model.EXCEEDS]),
        *(_story(model.SUM, group) for group in grouped(of_kind[model.SUM], _copy)),
        *_percentages([*of_kind[model.SHARE], *of_kind[model.CHANGE]]),
        *(_story(model.RATIO, group) for group in grouped(ratios, _copy)),
        *_conflicts(of_kind[model.CONFLICT]),
        *_jumps(jumps),
        *shown,
    ]


def _story(kind: str, checks: Sequence[Check]) -> Story:
    rows = tuple(dict.fromkeys(m for c in checks for m in c.members))
    worst = min((c.severity for c in checks), key=model.SEVERITIES.index)
    return Story(kind, worst, rows, rule=checks[0].rule, checks=tuple(checks))


def _copy(check: Check) -> Hashable:
    """Return what is the same of the same printed values in several texts."""
    printed = sorted((m.series, m.o.value) for m in check.members)
    return check.rule, tuple(printed)


def _exceeding(checks: Sequence[Check]) -> Iterator[Story]:
    """Yield the parts larger than their wholes, those of one pair of texts together."""

    def texts(check: Check) -> Hashable:
        return check.rule, *((m.o.source_id, m.o.region_id, m.year) for m in check.members)

    for group in grouped([g[0] for g in grouped(checks, _copy)], texts):
        yield _story(model.EXCEEDS, group)


def _percentages(checks: Sequence[Check]) -> Iterator[Story]:
    """Yield the shares and changes that do not follow, many of one text as its one trouble."""

    def text(group: list[Check]) -> Hashable:
        last = group[0].members[-1].o
        return group[0].severity == "note", last.source_id, last.region_id

    texts: dict[Hashable, list[list[Check]]] = defaultdict(list)
    for group in grouped(checks, _copy):
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

    for group in grouped([c for c in checks if c.severity == "note"], release):
        yield _story(model.REVISION, sorted(group, key=lambda c: len(c.members[0].o.region_id)))
    others = [c for c in checks if c.severity != "note"]
    same_state = [c for c in others if c.rule == SAME_STATE]
    told: set[Check] = set()
    for group in grouped(same_state, lambda c: frozenset(m.o.source_id for m in c.members)):
        if len(group) >= SAME_PAIR:
            told.update(group)
            yield _story(model.CONFLICT, group)
    apart = [c for c in others if c not in told]
    for part in components([frozenset(c.members) for c in apart]):
        yield _story(model.CONFLICT, [apart[i] for i in part])


def _jumps(checks: Sequence[Check]) -> Iterator[Story]:
    """Yield the jumps that have one cause: of one series, or of one region between two texts."""

    def edge(check: Check) -> frozenset[Hashable]:
        texts = tuple((m.o.source_id, m.o.region_id, m.year) for m in check.members)
        return frozenset((*check.members, texts))

    for part in components([edge(c) for c in checks]):
        yield _story(model.JUMP, [checks[i] for i in part])
