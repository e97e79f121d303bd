"""From a dataset to its findings: screen, confirm, blame, mend, weigh, tell."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.findings.change import Sequences
from kumkm_analysis.findings.checks import Batch, Check, distance
from kumkm_analysis.findings.columns import Columns, columns
from kumkm_analysis.findings.consequences import Consequences
from kumkm_analysis.findings.consistency import Structure
from kumkm_analysis.findings.corrections import Mender
from kumkm_analysis.findings.localise import Verdicts
from kumkm_analysis.findings.model import (
    CHANGE,
    CONFLICT,
    JUMP,
    KINDS,
    RATIO,
    SEVERITIES,
    SHARE,
    SUM,
    SURELY_WRONG,
    TOLD,
    Finding,
    Findings,
    Repair,
)
from kumkm_analysis.findings.narration import Story, named_by
from kumkm_analysis.findings.patterns import borrowed, lines, repeated
from kumkm_analysis.findings.quotients import Quotients
from kumkm_analysis.findings.rules import SAME
from kumkm_analysis.findings.stories import stories
from kumkm_analysis.findings.tell import Teller
from kumkm_analysis.findings.territories import Territories

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Observation

MENDED = SURELY_WRONG | {RATIO, CONFLICT, JUMP}


def examine(data: Dataset) -> Findings:
    """Return what in a dataset contradicts itself, the most consequential first.

    A dataset never changes, so its findings are searched once and kept with it.
    """
    if __name__ not in data.kept:
        data.kept[__name__] = Examination(data).findings()
    found: Findings = data.kept[__name__]
    return found


class Examination:
    """One pass over a dataset; keeps the columns and the checks for those who look closer."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.columns: Columns = columns(data)
        self._rows = self.columns.rows
        structure = Structure(self.columns)
        territories = Territories(self.columns, structure)
        quotients = Quotients(self.columns, structure, self.interval)
        sequences = Sequences(self.columns)
        self.batches: list[Batch] = [
            b
            for wing in (structure, territories, quotients, sequences)
            for b in wing.batches()
            if len(b)
        ]
        self.broken: list[Check] = [
            check for batch in self.batches for check in batch.broken(self.columns, self.interval)
        ]
        conflicts = [c for c in self.broken if c.kind == CONFLICT and c.rule == SAME]
        self.lines = lines(self.columns, conflicts)
        self.borrowed = borrowed(self.columns, self.broken)
        self.stories = stories(
            self.columns, self.broken, self.lines, self.borrowed,
            repeated(self.columns, sequences.stock), structure.gaps, quotients.other_base,
        )  # fmt: skip

    def interval(self, row: int) -> Interval:
        """Return the interval of a row, exactly."""
        return self._rows[row].interval

    @property
    def checks(self) -> int:
        """How many checks were made."""
        return sum(len(b) for b in self.batches)

    def findings(self) -> Findings:
        """Return the findings, solved, mended and weighed."""
        touching = self._touching()
        verdicts = Verdicts(self.columns, self.broken, touching, self.lines, self.borrowed,
                            self.interval)  # fmt: skip
        mender = Mender(self.columns, touching, self.interval)
        teller = Teller(self.data, self._rows, self.interval)
        weigh = Consequences(self.columns)
        found = [self._finding(s, verdicts, mender, teller, weigh) for s in self.stories]
        ordered = sorted(_led(found), key=_consequence)
        return Findings(self.data, _settled(self.data, ordered), self.checks)

    def _touching(self) -> dict[int, list[Check]]:
        """Return, for every figure of a broken check, all checks that touch it."""
        wanted = np.zeros(len(self._rows), bool)
        wanted[[m for c in self.broken for m in c.members]] = True
        touching: dict[int, list[Check]] = defaultdict(list)
        for batch in self.batches:
            for check in batch.touching(wanted):
                for member in check.members:
                    if wanted[member]:
                        touching[member].append(check)
        return touching

    def _finding(
        self, story: Story, verdicts: Verdicts, mender: Mender, teller: Teller, weigh: Consequences
    ) -> Finding:
        words = teller.tell(story)
        suspects, blame = verdicts.of(story)
        repairs: tuple[Repair, ...] = ()
        sought = story.kind in MENDED and story.severity != "note"
        if sought:
            rows = suspects if blame == TOLD else story.rows
            others = verdicts.suspects - (set() if blame == TOLD else set(story.rows))
            # A suspect that is told is mended once, for everything that it breaks.
            broken = verdicts.broken_by(suspects) if blame == TOLD else story.checks
            repairs = mender.mend(rows, broken, others)
            verdicts.say(story, suspects, blame, repairs, words)
        shown = list(story.rows)
        first = self._rows[story.first]
        last = self._rows[named_by(story.checks[0])] if story.kind in _NAMED_BY_LAST else first
        moved = self._moved(story, suspects, repairs, weigh)
        ids = tuple(self._rows[r].observation_id for r in shown)
        return Finding(
            finding_id=_identity(story.kind, last, ids),
            kind=story.kind, severity=story.severity, rule=story.rule, region=last.region_id,
            indicator=last.indicator_id, category=last.category, period=last.reference_period,
            observations=ids, printed=tuple(self._rows[r].as_printed for r in shown),
            gap=self._gap(story), text_id=words.texts["id"], text_en=words.texts["en"],
            parts=words.parts, suspects=tuple(self._rows[r].observation_id for r in suspects),
            blame=blame, repairs=repairs,
            no_single_slip=sought and story.kind in SURELY_WRONG and not repairs,
            movement=None if moved is None else moved[0], metric="" if moved is None else moved[1],
        )  # fmt: skip

    def _moved(
        self, story: Story, suspects: Sequence[int], repairs: Sequence[Repair], weigh: Consequences
    ) -> tuple[float, str] | None:
        """Return the largest movement of a metric when a figure of the story gives way."""
        best: tuple[float, str] | None = None
        for row in suspects or story.rows:
            o = self._rows[row]
            instead = [r.value for r in repairs if r.observation == o.observation_id][:1]
            if not instead:
                instead = self._instead(story, row)
            moved = weigh.movement(row, instead)
            if moved is not None and (best is None or moved > best):
                best = moved
        return best

    def _instead(self, story: Story, row: int) -> list[Fraction]:
        """Return what would stand in a figure's place: other texts' figures, or what is implied."""
        c = self.columns
        if not story.checks:
            alike = [
                r
                for r in np.flatnonzero(c.series == c.series[row]).tolist()
                if c.year[r] and abs(int(c.year[r]) - int(c.year[row])) <= 1 and r != row
            ]
            return [Fraction(self._rows[r].value) for r in alike if c.value[r] != c.value[row]]
        own = Fraction(self._rows[row].value)
        found = []
        for check in story.checks:
            implied = check.implied(row, self.interval) if row in check.members else None
            ends = [] if implied is None else [implied.low, implied.high]
            known = [e for e in ends if e is not None]
            if known:
                found.append(min(known, key=lambda e: abs(e - own)))
        return found

    def _gap(self, story: Story) -> Fraction | None:
        """Return by how much the figures miss each other, in units of the last printed digit."""
        widest: Fraction | None = None
        for check in story.checks:
            row = check.members[-1] if check.form in ("share", "growth") else check.members[0]
            implied = check.implied(row, self.interval)
            if implied is None:
                continue
            coarsest = max(
                (_unit(self._rows[m]) for m in check.members), default=Fraction(1)
            ) if check.form in ("equal", "at_most") else _unit(self._rows[row])  # fmt: skip
            gap = distance(implied, self.interval(row)) / coarsest
            widest = gap if widest is None or gap > widest else widest
        return widest


_NAMED_BY_LAST = frozenset({SUM, SHARE, CHANGE})


@lru_cache(maxsize=4096)
def _unit(o: Observation) -> Fraction:
    """Return the size of the last printed digit."""
    width = o.interval.width
    if width and o.printing in ("rounded", "truncated"):
        return width
    return Fraction(o.printed.last_digit)


def _identity(kind: str, o: Observation, ids: Iterable[str]) -> str:
    """Return a code that stays as long as the finding is about the same figures."""
    digest = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:6]
    period = o.reference_period.replace("/", "-") or "undated"
    return f"{kind}.{o.region_id}.{o.indicator_id}.{period}.{digest}"


def _led(found: Sequence[Finding]) -> list[Finding]:
    """Mark the findings that tell of the same suspects as a plainer one does."""
    order = list(KINDS)
    leaders: dict[str, Finding] = {}
    for finding in sorted(found, key=lambda f: (order.index(f.kind), -len(f.suspects))):
        if finding.blame == TOLD:
            for suspect in finding.suspects:
                leaders.setdefault(suspect, finding)
    marked = []
    for finding in found:
        if finding.blame == TOLD:
            others = [leaders[s] for s in finding.suspects]
            if finding not in others:
                finding = replace(finding, told_by=others[0].finding_id)
        marked.append(finding)
    return marked


def _consequence(finding: Finding) -> tuple[object, ...]:
    """Return the sort key: what moves a metric most comes first, remarks last."""
    return (
        finding.severity == "note",
        -(finding.movement or 0.0),
        list(SEVERITIES).index(finding.severity),
        -(float(finding.gap) if finding.gap is not None else 0.0),
        finding.finding_id,
    )


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
