"""Who is to blame: the smallest set of figures without which no rule is broken.

Error localisation after Fellegi and Holt (1976): find the set of least weight such that changing
its members alone can satisfy every check. A figure weighs more the better it is confirmed, by
texts of different origin that print it and by sums and percentages that come out with it; less in
a text that is wrong elsewhere. Small groups of findings are solved exactly by branch and bound; of
very large ones the figure that breaks most for its weight is taken first, again and again, and the
result is marked as untold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from kumkm_analysis.findings import model
from kumkm_analysis.findings.checks import Check, common
from kumkm_analysis.findings.facts import Fact, Facts, components

LARGEST_EXACT = 40  # edges of a component that is solved exactly
MOST_STEPS = 20_000
LIGHT = 1e-6
MARGIN = 1.0  # one independent confirmation: what the next best choice must cost more
CONFIRMING = ("equal", "share", "growth")
NEAR_YEARS = 2
REPETITION = 0.1  # what another text of the same origin adds
WRONG_ELSEWHERE = 0.8  # what a figure weighs in a text of which another trouble is sure


@dataclass(frozen=True, slots=True)
class Verdict:
    """The suspects of a component, and the ``sure`` ones: to avoid them costs a confirmation.

    ``possible`` are those that some choice includes which costs less than a confirmation more.
    """

    suspects: frozenset[int]
    sure: frozenset[int]
    possible: frozenset[int] = frozenset()


def localise(
    edges: Sequence[frozenset[int]],
    weight: Mapping[int, float],
    feasible: Callable[[frozenset[int]], bool],
) -> Verdict:
    """Return the suspects of one component of broken checks, each edge the nodes of one check."""
    unique = sorted(set(edges), key=len)
    # Whoever hits the smaller of two edges, one inside the other, hits both.
    edges = [e for i, e in enumerate(unique) if not any(o <= e for o in unique[:i])]
    best = None
    if len(edges) <= LARGEST_EXACT:
        best = _search(edges, weight, feasible, frozenset())
    if best is None:
        return Verdict(_greedy(edges, weight), frozenset())
    cost = sum(weight[n] for n in best)
    sure = frozenset(
        node
        for node in best
        if _search(edges, weight, feasible, frozenset((node,)), cost + MARGIN) is None
    )
    possible = set(best)
    for node in weight.keys() - best:
        rest = [e for e in edges if node not in e]
        limit = cost + MARGIN - weight[node]
        if _search(rest, weight, partial(_with, feasible, node), frozenset(), limit) is not None:
            possible.add(node)
    return Verdict(best, sure, frozenset(possible))


def _with(feasible: Callable[[frozenset[int]], bool], node: int, chosen: frozenset[int]) -> bool:
    return feasible(chosen | {node})


def _search(
    edges: Sequence[frozenset[int]],
    weight: Mapping[int, float],
    feasible: Callable[[frozenset[int]], bool],
    excluded: frozenset[int],
    limit: float = float("inf"),
) -> frozenset[int] | None:
    """Return the lightest feasible set that hits every edge without the excluded nodes.

    With a ``limit``, only sets that weigh less are looked for.
    """
    best: frozenset[int] | None = None
    bound = limit - 1e-9
    steps = 0

    def visit(chosen: frozenset[int], banned: frozenset[int], cost: float) -> None:
        nonlocal best, bound, steps
        steps += 1
        if cost >= bound or steps > MOST_STEPS:
            return
        open_edges = [e for e in edges if not e & chosen]
        if not open_edges:
            if feasible(chosen):
                best, bound = chosen, cost
            return
        edge = min(open_edges, key=lambda e: (len(e - banned), sorted(e)))
        for node in sorted(edge - banned, key=lambda n: (weight[n], n)):
            visit(chosen | {node}, banned, cost + weight[node])
            banned = banned | {node}

    visit(frozenset(), excluded, 0.0)
    return best


def _greedy(edges: Sequence[frozenset[int]], weight: Mapping[int, float]) -> frozenset[int]:
    open_edges = list(edges)
    chosen: set[int] = set()
    while open_edges:
        counts = Counter(node for edge in open_edges for node in edge)
        node = max(counts, key=lambda n: (counts[n] / max(weight[n], LIGHT), -n))
        chosen.add(node)
        open_edges = [e for e in open_edges if node not in e]
    return frozenset(chosen)


def merely_unusual(check: Check) -> bool:
    """Tell whether a check is a mere reason to look, which a true figure may well break."""
    soft = check.severity == "soft" and (
        check.kind == model.EXCEEDS or check.form in ("quotient", "difference")
    )
    return soft or check.kind in (model.RATIO, model.JUMP)


class Verdicts:
    """Suspects of every component of broken checks."""

    def __init__(
        self,
        facts: Facts,
        broken: Iterable[Check],
        touching: Mapping[Fact, Sequence[Check]],
        borrowed: frozenset[Fact],
    ) -> None:
        self.facts = facts
        self.touching = touching
        self.borrowed = borrowed
        self.counted = [c for c in broken if c.severity != "note"]
        self._solved = frozenset(self.counted)
        self.breaking: dict[Fact, list[Check]] = defaultdict(list)
        for check in self.counted:
            for member in check.members:
                self.breaking[member].append(check)
        self._node: dict[Fact, int] = {}
        self._copies: dict[int, list[Fact]] = defaultdict(list)
        self._enter()
        edges = [frozenset(self._node[m] for m in c.members) for c in self.counted]
        parts = components(edges)
        # Where one text breaks a rule by itself, it weighs less in every other trouble.
        self._faulty: dict[str, set[int]] = defaultdict(set)
        for number, part in enumerate(parts):
            for i in part:
                sources = {m.o.source_id for m in self.counted[i].members}
                if self.counted[i].kind in model.SURELY_WRONG and len(sources) == 1:
                    self._faulty[sources.pop()].add(number)
        self._verdict: dict[int, Verdict] = {}
        for number, part in enumerate(parts):
            mine = [edges[i] for i in part]
            weight = {n: self.weight(n, number) for n in frozenset().union(*mine)}
            verdict = localise(mine, weight, self._feasible)
            firm = [edges[i] for i in part if not merely_unusual(self.counted[i])]
            if 0 < len(firm) < len(mine):  # what is merely unusual clears nobody
                known = {n: w for n, w in weight.items() if any(n in e for e in firm)}
                alone = localise(firm, known, self._feasible)
                verdict = replace(verdict, possible=verdict.possible | alone.possible)
            self._verdict.update(dict.fromkeys(weight, verdict))
        suspects = {f for n, v in self._verdict.items() if n in v.suspects for f in self._copies[n]}
        # What is merely unusual takes no rule away from others.
        self.suspects = frozenset(
            f for f in suspects if not all(merely_unusual(c) for c in self.breaking[f])
        )

    def of(
        self, kind: str, checks: Sequence[Check], rows: Sequence[Fact]
    ) -> tuple[tuple[Fact, ...], str]:
        """Return the suspects of a finding, and whether they are told or not."""
        known = [f for f in rows if f in self._node]
        if not known or all(c.severity == "note" for c in checks):
            return (), model.NOBODY
        sure = [f for f in known if self._node[f] in self._verdict[self._node[f]].sure]
        hit = all(any(m in sure for m in c.members) for c in checks if c in self._solved)
        if kind == model.CONFLICT and not all(self._outweighed(f, checks) for f in sure):
            hit = False
        if sure and hit and not (kind == model.CONFLICT and len(sure) == len(known)):
            return tuple(sure), model.TOLD
        possible = [f for f in known if self._node[f] in self._verdict[self._node[f]].possible]
        return tuple(possible if possible and kind != model.CONFLICT else known), model.UNTOLD

    def broken_by(self, rows: Iterable[Fact]) -> list[Check]:
        """Return every broken check that some figures take part in."""
        return list(dict.fromkeys(c for f in rows for c in self.breaking.get(f, ())))

    def _outweighed(self, fact: Fact, checks: Sequence[Check]) -> bool:
        """Tell whether something besides the conflict itself speaks against a figure.

        Either it breaks other rules, too, or the others are better confirmed. That a text is
        coherent in itself says nothing against another text.
        """
        elsewhere = any(c.kind != model.CONFLICT for c in self.breaking[fact])
        sides = {m for c in checks if fact in c.members for m in c.members} - {fact}
        rivals = [self._origins(self._node[m]) for m in sides if m in self._node]
        return elsewhere or min(rivals, default=0) >= self._origins(self._node[fact]) + 1

    def _origins(self, node: int) -> int:
        """Return how many independent origins print a figure for its series and year."""
        return len({f.origin for f in self.witnesses(self._copies[node][0])})

    def weight(self, node: int, component: int) -> float:
        """Return how well a figure is confirmed.

        One for each independent origin that prints it for the series and year, a little for each
        repetition, and one for each sum, share or change that comes out with it; a fifth less in a
        text in which another trouble is sure. A figure that is exactly another region's is nothing.
        """
        copies = self._copies[node]
        if copies[0] in self.borrowed:
            return 0.0
        alike = {*self.witnesses(copies[0]), *copies}
        origins = {f.origin for f in alike}
        sources = {f.o.source_id for f in alike}
        confirmed = {
            id(check)
            for f in copies
            for check in self.touching.get(f, ())
            if check.form in CONFIRMING and check.kind != model.CONFLICT and check.holds()
        }
        total = len(origins) + REPETITION * (len(sources) - len(origins)) + len(confirmed)
        wrong = all(self._faulty[f.o.source_id] - {component} for f in alike)
        return total * (WRONG_ELSEWHERE if wrong else 1.0)

    def witnesses(self, fact: Fact) -> list[Fact]:
        """Return the figures that confirm one by printing it, too.

        Every print of the year counts, whatever it says of its date; one within two years counts
        when either text calls it "now" or gives no period, since that may be the last count.
        """
        return [
            f
            for f in self.facts.series[fact.series]
            if f.o.value == fact.o.value
            and (
                f is fact
                or (f.seen == fact.seen and fact.seen)
                or (f.seen and fact.seen and not (f.stated and f.year and fact.stated and fact.year)
                    and abs(f.seen - fact.seen) <= NEAR_YEARS)
            )
        ]  # fmt: skip

    def _enter(self) -> None:
        """Make one node of the figures that print one value for one series and year."""
        keys: dict[tuple[object, ...], int] = {}
        for check in self.counted:
            for fact in check.members:
                if fact not in self._node:
                    undated = () if fact.year else fact.account
                    key = (fact.series, fact.o.value, fact.year, undated)
                    node = keys.setdefault(key, fact.number)
                    self._node[fact] = node
                    self._copies[node].append(fact)

    def _feasible(self, chosen: frozenset[int]) -> bool:
        """Tell whether each chosen figure could be something with which its checks hold."""
        free = {f for n in chosen for f in self._copies[n]} | self.borrowed
        for fact in {f for n in chosen for f in self._copies[n]}:
            asked = [
                check
                for check in self.touching.get(fact, ())
                if check.severity != "note"
                and not merely_unusual(check)
                and not (set(check.members) - {fact}) & free
            ]
            if common(check.implied(fact) for check in asked) is None:
                return False
        return True
