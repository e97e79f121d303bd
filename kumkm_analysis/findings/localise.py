"""The verdicts on one dataset: broken checks solved together, and what can be said of blame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kumkm_analysis.findings.blame import Verdict, components, localise, solvable
from kumkm_analysis.findings.checks import Check, Get
from kumkm_analysis.findings.model import (
    ANOTHER_SCOPE,
    CONFLICT,
    EXCEEDS,
    JUMP,
    NOBODY,
    RATIO,
    SURELY_WRONG,
    TOLD,
    UNTOLD,
    Repair,
)
from kumkm_analysis.findings.narration import Story
from kumkm_analysis.findings.patterns import Borrowed, Lines
from kumkm_analysis.findings.sentences import Wording, source
from kumkm_analysis.findings.slips import DESCRIPTIONS

if TYPE_CHECKING:
    from kumkm_analysis.findings.columns import Columns

CONFIRMING = ("equal", "share", "growth")
NEAR_YEARS = 2
REPETITION = 0.1  # what another text of the same origin adds
BORROWED_WEIGHT = 0.0  # a figure that is exactly another region's bears nothing


def plausible(check: Check) -> bool:
    """Tell whether a check is a mere reason to look, which a true figure may well break."""
    soft = check.severity == "soft" and (check.kind == EXCEEDS or check.rule.startswith("movement"))
    return soft or check.kind in (RATIO, JUMP)


class Verdicts:
    """Suspects of every component of broken checks."""

    def __init__(
        self,
        columns: Columns,
        broken: Sequence[Check],
        touching: Mapping[int, Sequence[Check]],
        lines: Sequence[Lines],
        borrowed: Sequence[Borrowed],
        get: Get,
    ) -> None:
        self.columns = columns
        self.touching = touching
        self.get = get
        self._borrowed = {b.row for b in borrowed}
        self._node: dict[int, int] = {}
        self._rows: dict[int, list[int]] = defaultdict(list)
        self._series: dict[int, list[int]] = defaultdict(list)
        across = {frozenset((a, b)) for line in lines for a in line.lower for b in line.upper}
        counted = [c for c in broken if c.severity != "note" and frozenset(c.members) not in across]
        self._counted = counted
        self._enter(counted)
        edges = [frozenset(self._node[m] for m in c.members) for c in counted]
        self._verdict: dict[int, Verdict] = {}
        for part in components(edges):
            mine = [edges[i] for i in part]
            nodes = frozenset().union(*mine)
            weight = {n: self.weight(n) for n in nodes}
            verdict = localise(mine, weight, self._feasible)
            for node in nodes:
                self._verdict[node] = verdict
        self.suspects = frozenset(
            row
            for node, verdict in self._verdict.items()
            if node in verdict.suspects
            for row in self._rows[node]
        )

    def of(self, story: Story) -> tuple[tuple[int, ...], str]:
        """Return the suspect rows of a story, and whether they are told or not."""
        if story.kind == ANOTHER_SCOPE:
            return (story.first,), TOLD
        known = [r for r in story.rows if r in self._node and self._node[r] in self._verdict]
        if not known or not story.checks or story.severity == "note":
            return (), NOBODY
        chosen = [r for r in known if self._node[r] in self._verdict[self._node[r]].suspects]
        sure = [r for r in chosen if self._node[r] in self._verdict[self._node[r]].sure]
        hit = all(any(m in sure for m in c.members) for c in story.checks)
        if story.kind == CONFLICT and not all(self._outweighed(r, story) for r in sure):
            hit = False
        return (tuple(sure), TOLD) if sure and hit else (tuple(known), UNTOLD)

    def broken_by(self, rows: Sequence[int]) -> tuple[Check, ...]:
        """Return every broken check that some figures take part in."""
        wanted = set(rows)
        return tuple(c for c in self._counted if wanted & set(c.members))

    def _outweighed(self, row: int, story: Story) -> bool:
        """Tell whether something besides the conflict itself speaks against a figure.

        Either it breaks other rules, too, or the others are better confirmed. That a text is
        coherent in itself says nothing against another text.
        """
        elsewhere = any(row in check.members and check.kind != CONFLICT for check in self._counted)
        sides = {m for c in story.checks if row in c.members for m in c.members} - {row}
        rivals = [self._origins(self._node[m]) for m in sides if m in self._node]
        return elsewhere or min(rivals, default=0) >= self._origins(self._node[row]) + 1

    def _origins(self, node: int) -> int:
        """Return how many independent origins print a figure for its series and year."""
        c = self.columns
        return len({int(c.origin[r]) for r in self._alike(node)})

    def weight(self, node: int) -> float:
        """Return how well a figure is confirmed.

        One for each independent origin that prints it for the series and year, a little for each
        repetition, and one for each sum, share or change that comes out with it. The same figure
        within two years counts when a text calls it "now", since that may be the last count.
        """
        c = self.columns
        rows = self._rows[node]
        first = rows[0]
        alike = self._alike(node)
        origins = {int(c.origin[r]) for r in alike}
        sources = {int(c.source.codes[r]) for r in alike}
        confirmed = {
            check
            for r in rows
            for check in self.touching.get(r, ())
            if check.form in CONFIRMING and check.kind != CONFLICT and check.holds(self.get)
        }
        total = len(origins) + REPETITION * (len(sources) - len(origins)) + len(confirmed)
        return total * (BORROWED_WEIGHT if first in self._borrowed else 1.0)

    def _alike(self, node: int) -> list[int]:
        """Return the rows that confirm a figure by printing it, too."""
        c = self.columns
        rows = self._rows[node]
        first = rows[0]
        series = int(c.series[first])
        if series not in self._series:
            self._series[series] = (c.series == series).nonzero()[0].tolist()
        return [
            r
            for r in self._series[series]
            if c.value[r] == c.value[first]
            and (
                r in rows
                or c.year[r] == c.year[first]
                or (
                    not (c.stated[r] and c.stated[first])
                    and abs(int(c.year[r]) - int(c.year[first])) <= NEAR_YEARS
                )
            )
        ]

    def say(
        self, story: Story, suspects: Sequence[int], blame: str, repairs: Sequence[Repair],
        words: Wording,
    ) -> None:  # fmt: skip
        """Append who is suspect and which repair would do, or that none does."""
        c = self.columns
        if blame == TOLD and len({self._node[r] for r in suspects if r in self._node}) == 1:
            o = c.rows[suspects[0]]
            name = words.figure(o)
            words.add(
                id=f"Yang patut diragukan: {{{name}}}; tanpa angka itu tidak ada aturan yang "
                "dilanggar.",
                en=f"The suspect figure is {{{name}}}; without it no rule is broken.",
            )
        elif blame == UNTOLD and len(story.rows) > 1:
            words.add(
                id="Mana yang keliru tidak dapat dipastikan dari angka-angka ini.",
                en="Which of them is wrong cannot be told from these figures.",
            )
        if repairs:
            self._say_repairs([r for r in repairs if r.rank == 1], words)
        elif story.kind in SURELY_WRONG:
            words.add(
                id="Tidak ada satu salah ketik pun yang menjelaskannya.",
                en="No single slip of a typist explains it.",
            )

    def _say_repairs(self, repairs: Sequence[Repair], words: Wording) -> None:
        """Offer the likeliest repair, or those that are equally likely."""
        data = self.columns.data
        pieces: dict[str, list[str]] = {"id": [], "en": []}
        for repair in repairs:
            o = data.observations[repair.observation]
            was = words.figure(o)
            name = words.figure(o.repaired(repair.token))
            words.parts[name] = words.parts[name].replace(kind="repair")
            texts = [replace(o, source_id=s) for s in repair.printed_by]
            told = texts if repair.certainty == "printed" else []
            also = {k: source(data, told, k) if told else "" for k in pieces}
            slip = DESCRIPTIONS[repair.kind]
            by_id = f", dan itulah yang tercetak di {also['id']}" if told else ""
            by_en = f", and {also['en']} prints just that" if told else ""
            pieces["id"].append(f"{{{name}}} alih-alih {{{was}}} ({slip['id']}{by_id})")
            pieces["en"].append(f"{{{name}}} instead of {{{was}}} ({slip['en']}{by_en})")
        if len(repairs) == 1:
            words.add(
                id=f"Dugaan, salah satu bacaan: {pieces['id'][0]}.",
                en=f"A conjecture, one reading among others: {pieces['en'][0]}.",
            )
        else:
            words.add(
                id=f"Dugaan yang sama kuatnya: {'; '.join(pieces['id'])}.",
                en=f"Conjectures of equal weight: {'; '.join(pieces['en'])}.",
            )

    def _enter(self, checks: Iterable[Check]) -> None:
        """Make one node of the rows that print one value for one series and year."""
        c = self.columns
        keys: dict[tuple[int, float, int, int], int] = {}
        for check in checks:
            for row in check.members:
                if row in self._node:
                    continue
                undated = 0 if c.year[row] else int(c.account[row]) + 1
                key = (int(c.series[row]), float(c.value[row]), int(c.year[row]), undated)
                node = keys.setdefault(key, row)
                self._node[row] = node
                self._rows[node].append(row)

    def _feasible(self, chosen: frozenset[int]) -> bool:
        """Tell whether each chosen figure could be something with which its checks hold."""
        rows = {r for n in chosen for r in self._rows[n]} | self._borrowed
        for node in chosen:
            own = set(self._rows[node])
            for row in own:
                asked = [
                    check
                    for check in self.touching.get(row, ())
                    if check.severity != "note"
                    and not plausible(check)
                    and not (set(check.members) - {row}) & rows
                ]
                if solvable(asked, row, self.get) is None:
                    return False
        return True
