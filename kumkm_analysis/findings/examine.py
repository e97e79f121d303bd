"""From a dataset to its findings: check, localise, correct, weigh, tell."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from kumkm_analysis.findings import model
from kumkm_analysis.findings.change import Change
from kumkm_analysis.findings.checks import Check, Story, distance
from kumkm_analysis.findings.consequences import Consequences
from kumkm_analysis.findings.consistency import Consistency
from kumkm_analysis.findings.corrections import Corrections, Mended
from kumkm_analysis.findings.explanations import TRUNCATED, explanation
from kumkm_analysis.findings.facts import Fact, Facts, prepare
from kumkm_analysis.findings.localise import Verdicts
from kumkm_analysis.findings.model import Finding, Findings
from kumkm_analysis.findings.patterns import patterns
from kumkm_analysis.findings.phrases import LANGUAGES, Wording
from kumkm_analysis.findings.ratios import Ratios
from kumkm_analysis.findings.rules import SAME, Limits
from kumkm_analysis.findings.scopes import lines, strangers
from kumkm_analysis.findings.stories import stories
from kumkm_analysis.findings.tell import named_by, tell, tell_blame, tell_explanation, tell_repairs

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset

MENDED = model.SURELY_WRONG | {model.RATIO, model.CONFLICT, model.JUMP}
NAMED_BY_LAST = frozenset({model.SUM, model.SHARE, model.CHANGE})
UNREAD = 0.1  # what a movement counts that no metric of a page shows
TRIFLE = 0.005  # a movement that nobody reads off a page


def examine(data: Dataset) -> Findings:
    """Return what in a dataset contradicts itself, the most consequential first.

    A dataset never changes, so its findings are searched once and kept with it.
    """
    if __name__ not in data.kept:
        data.kept[__name__] = Examination(data).findings()
    found: Findings = data.kept[__name__]
    return found


class Examination:
    """One pass over a dataset; keeps the facts and the checks for those who look closer."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.facts: Facts = prepare(data)
        self.limits = limits = Limits(data)
        consistency = Consistency(self.facts)
        change = Change(self.facts, limits)
        ratios = Ratios(self.facts)
        self.checks: list[Check] = [
            check for part in (consistency, ratios, change) for check in part.checks()
        ]
        self.broken = [check for check in self.checks if not check.holds()]
        two_lines = lines([c for c in self.broken if c.kind == model.CONFLICT and c.rule == SAME])
        across = frozenset(
            frozenset((a, b)) for p in two_lines for a in p.rows for b in p.suspects
            if a not in p.suspects
        )  # fmt: skip
        self._counted = [c for c in self.broken if frozenset(c.members) not in across]
        shown = [
            *two_lines, *patterns(self.facts, limits), *strangers(self.facts, self.broken),
            *consistency.gaps, *change.other_base,
        ]  # fmt: skip
        self.stories = stories(self._counted, shown)

    def findings(self) -> Findings:
        """Return the findings, solved, weighed, mended and told."""
        self._solve()
        found = [self._finding(story) for story in self.stories]
        order = sorted(_led(found), key=self._consequence)
        by_id = {f.finding_id: s for f, s in zip(found, self.stories, strict=True)}
        offered: set[tuple[str, str]] = set()
        told = [self._told(finding, by_id[finding.finding_id], offered) for finding in order]
        testable = frozenset(m.o.observation_id for c in self.checks for m in c.members)
        return Findings(self.data, _settled(self.data, told), len(self.checks), testable)

    def _solve(self) -> None:
        """Find the suspects, and prepare what weighs and mends."""
        wanted = {m for c in self.broken for m in c.members}
        touching: dict[Fact, list[Check]] = defaultdict(list)
        for check in self.checks:
            for member in check.members:
                if member in wanted:
                    touching[member].append(check)
        borrowed = frozenset(
            s.rows[0] for s in self.stories if s.kind == model.ANOTHER_SCOPE and s.suspects
        )
        self.verdicts = Verdicts(self.facts, self._counted, touching, borrowed)
        self.corrections = Corrections(self.facts, touching, self.limits, self.verdicts.suspects)
        self.consequences = Consequences(self.facts)

    def _finding(self, story: Story) -> Finding:
        """Return a finding with its suspects and weight, still without words and repairs."""
        suspects, blame = self._suspects(story)
        moved = self.consequences.of(story, suspects if blame == model.TOLD else ())
        first = story.rows[0]
        named = named_by(story.checks[0]) if story.kind in NAMED_BY_LAST else first
        ids = tuple(f.o.observation_id for f in story.rows)
        return Finding(
            finding_id=_identity(story.kind, named, ids), kind=story.kind,
            severity=story.severity, rule=story.rule or story.kind, region=named.o.region_id,
            indicator=named.o.indicator_id, category=named.o.category,
            period=named.o.reference_period, observations=ids,
            printed=tuple(f.o.as_printed for f in story.rows), gap=_gap(story),
            text_id="", text_en="", parts={},
            suspects=tuple(f.o.observation_id for f in suspects), blame=blame, years=story.years,
            movement=None if moved is None else moved[0], metric="" if moved is None else moved[1],
        )  # fmt: skip

    def _suspects(self, story: Story) -> tuple[tuple[Fact, ...], str]:
        if story.kind == model.PARALLEL:
            return (), model.UNTOLD
        if story.suspects:
            return story.suspects, model.TOLD
        return self.verdicts.of(story.kind, story.checks, story.rows)

    def _told(self, finding: Finding, story: Story, offered: set[tuple[str, str]]) -> Finding:
        """Return a finding in words, with its explanation or the repairs not offered before."""
        suspects, blame = self._suspects(story)
        mended, explained, severity = Mended(), "", finding.severity
        because: tuple[Fact, ...] = ()
        mendable = story.kind in MENDED and severity != "note"
        if mendable:
            rows = suspects or story.rows
            explained, because = explanation(self.corrections.cells, story.checks, rows)
        if explained == TRUNCATED:
            severity = "soft"
        elif mendable:
            own = () if blame == model.TOLD else story.rows
            # A suspect that is told is mended once, for everything that it breaks.
            broken = self.verdicts.broken_by(suspects) if blame == model.TOLD else story.checks
            mended = self.corrections.mend(rows, broken, self.verdicts.suspects - set(own))
        fresh = tuple(
            r for r in mended.repairs
            if (r.observation, r.token) not in offered
            and not (explained and r.kind == "two_slips")
        )  # fmt: skip
        offered.update((r.observation, r.token) for r in fresh)
        none = story.kind in model.SURELY_WRONG and mendable
        none = none and not (mended.repairs or mended.candidates or explained)
        said = {k: Wording(self.data, k) for k in LANGUAGES}
        for words in said.values():
            tell(story, words)
            if mendable:
                tell_blame(story, suspects, blame, words)
            if explained:
                tell_explanation(explained, because, words)
            tell_repairs(fresh, mended.candidates, words)
            if none:
                words.add("repair.none")
        return replace(
            finding, repairs=fresh, candidates=mended.candidates, explanation=explained,
            severity=severity, no_single_slip=none, text_id=said["id"].text,
            text_en=said["en"].text, parts=said["en"].parts,
        )  # fmt: skip

    def _consequence(self, finding: Finding) -> tuple[object, ...]:
        """Return the sort key: what moves a figure that people read comes first, remarks last."""
        moved = finding.movement or 0.0
        return (
            finding.severity == "note", moved < TRIFLE, model.SEVERITIES.index(finding.severity),
            -moved * (1 if finding.metric else UNREAD), -float(finding.gap or 0),
            finding.finding_id,
        )  # fmt: skip


def _gap(story: Story) -> Fraction | None:
    """Return by how much the figures miss each other, in units of the last printed digit."""
    gaps = []
    for check in story.checks:
        fact = check.members[-1] if check.form in ("share", "growth") else check.members[0]
        implied = check.implied(fact)
        if implied is not None:
            sums = check.form in ("equal", "at_most")
            unit = max(_unit(m) for m in (check.members if sums else (fact,)))
            gaps.append(distance(implied, fact.span) / unit)
    return max(gaps, default=None)


def _unit(fact: Fact) -> Fraction:
    """Return the size of the last printed digit."""
    width = fact.span.width
    if width and fact.o.printing in ("rounded", "truncated"):
        return width
    return Fraction(fact.o.printed.last_digit)


def _identity(kind: str, fact: Fact, ids: Iterable[str]) -> str:
    """Return a code that stays as long as the finding is about the same figures."""
    digest = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:6]
    period = fact.o.reference_period.replace("/", "-") or "undated"
    return f"{kind}.{fact.o.region_id}.{fact.o.indicator_id}.{period}.{digest}"


def _led(found: Sequence[Finding]) -> list[Finding]:
    """Mark the findings that tell of the same suspects, or of no other figures, as another."""
    ordered = sorted(found, key=lambda f: (model.KINDS.index(f.kind), -len(f.suspects)))
    leaders: dict[str, Finding] = {}
    about: dict[str, list[Finding]] = defaultdict(list)
    for finding in ordered:
        for observation in finding.observations:
            about[observation].append(finding)
        if finding.blame == model.TOLD:
            for suspect in finding.suspects:
                leaders.setdefault(suspect, finding)
    marked = []
    for finding in found:
        others: list[Finding] = []
        if finding.blame == model.TOLD:
            others = [leaders[s] for s in finding.suspects]
            leads = finding in others
        elif finding.severity != "note":
            mine = set(finding.observations)
            others = [
                f for f in about[finding.observations[0]]
                if mine <= set(f.observations) and f.severity != "note"
            ]  # fmt: skip
            leads = others[0] is finding
        leader = others[0].finding_id if others and not leads else _same_jump(finding, about)
        marked.append(replace(finding, told_by=leader) if leader else finding)
    return marked


def _same_jump(finding: Finding, about: Mapping[str, Sequence[Finding]]) -> str:
    """Return the first unusual jump that has two figures in common with another one."""
    if finding.kind != model.JUMP:
        return ""
    mine = [f for o in finding.observations for f in about[o] if f.kind == model.JUMP]
    shared = [f for f in mine if mine.count(f) > 1]
    first = max(shared, key=lambda f: (len(f.observations), f.finding_id), default=finding)
    return "" if first is finding else first.finding_id


def _settled(data: Dataset, found: Sequence[Finding]) -> list[Finding]:
    """Name what settles a finding: an acknowledgement, or a repair that a reading accepts."""
    choices = {c.observation_id: c.choice_id for c in data.readings.values() if c.observation_id}
    settled = []
    for finding in found:
        chosen = next((choices[o] for o in finding.suspects if o in choices), "")
        chosen = chosen or next((choices[o] for o in finding.observations if o in choices), "")
        if finding.finding_id in data.acknowledgements:
            chosen = "acknowledgements"
        settled.append(replace(finding, settled_by=chosen) if chosen else finding)
    return settled
