"""Who is to blame: the smallest set of figures without which no rule is broken.

Error localisation after Fellegi and Holt (1976): find the set of least weight such that changing
its members alone can satisfy every check. A figure weighs more the better it is confirmed, by
texts of different origin that print it and by sums and percentages that come out with it. Small
groups of findings are solved exactly by branch and bound; of very large ones the figure that
breaks most for its weight is taken first, again and again, and the result is marked as untold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.findings.checks import Check, Get

LARGEST_EXACT = 40  # edges of a component that is solved exactly
MOST_STEPS = 20_000
LIGHT = 1e-6
MARGIN = 1.0  # one independent confirmation: what the next best choice must cost more


@dataclass(frozen=True, slots=True)
class Verdict:
    """The suspects of a component, and the ``sure`` ones: to avoid them costs a confirmation."""

    suspects: frozenset[int]
    sure: frozenset[int]


def components(edges: Sequence[frozenset[int]]) -> list[list[int]]:
    """Return the indices of the edges that hang together by shared nodes."""
    parent: dict[int, int] = {}

    def find(node: int) -> int:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for edge in edges:
        first, *rest = edge
        for node in rest:
            parent[find(node)] = find(first)
        find(first)
    groups: dict[int, list[int]] = {}
    for i, edge in enumerate(edges):
        groups.setdefault(find(next(iter(edge))), []).append(i)
    return list(groups.values())


def localise(
    edges: Sequence[frozenset[int]],
    weight: Mapping[int, float],
    feasible: Callable[[frozenset[int]], bool],
) -> Verdict:
    """Return the suspects of one component of broken checks, each edge the nodes of one check."""
    edges = _minimal(edges)
    if len(edges) > LARGEST_EXACT:
        return Verdict(_greedy(edges, weight), frozenset())
    best = _search(edges, weight, feasible, frozenset())
    if best is None:
        return Verdict(_greedy(edges, weight), frozenset())
    cost = _cost(best, weight)
    sure = set()
    for node in best:
        other = _search(edges, weight, feasible, frozenset((node,)), cost + MARGIN)
        if other is None:
            sure.add(node)
    return Verdict(best, frozenset(sure))


def solvable(checks: Iterable[Check], member: int, get: Get) -> Interval | None:
    """Return what a figure would have to be for all checks to hold, None when nothing would do."""
    low, high = None, None
    for check in checks:
        implied = check.implied(member, get)
        if implied is None:
            return None
        if implied.low is not None and (low is None or implied.low > low):
            low = implied.low
        if implied.high is not None and (high is None or implied.high < high):
            high = implied.high
    if low is not None and high is not None and low > high:
        return None
    return Interval(low, high)


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
    best: list[frozenset[int] | None] = [None]
    bound = [limit - 1e-9]
    steps = [0]

    def visit(chosen: frozenset[int], banned: frozenset[int], cost: float) -> None:
        steps[0] += 1
        if cost >= bound[0] or steps[0] > MOST_STEPS:
            return
        open_edges = [e for e in edges if not e & chosen]
        if not open_edges:
            if feasible(chosen):
                best[0], bound[0] = chosen, cost
            return
        edge = min(open_edges, key=lambda e: (len(e - banned), sorted(e)))
        tried = banned
        for node in sorted(edge - banned, key=lambda n: (weight[n], n)):
            visit(chosen | {node}, tried, cost + weight[node])
            tried = tried | {node}

    visit(frozenset(), excluded, 0.0)
    return best[0]


def _greedy(edges: Sequence[frozenset[int]], weight: Mapping[int, float]) -> frozenset[int]:
    open_edges = list(edges)
    chosen: set[int] = set()
    while open_edges:
        counts: dict[int, int] = {}
        for edge in open_edges:
            for node in edge:
                counts[node] = counts.get(node, 0) + 1
        node = max(counts, key=lambda n: (counts[n] / max(weight[n], LIGHT), -n))
        chosen.add(node)
        open_edges = [e for e in open_edges if node not in e]
    return frozenset(chosen)


def _minimal(edges: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Drop the edges that contain another: whoever hits the smaller hits them too."""
    unique = sorted(set(edges), key=len)
    kept: list[frozenset[int]] = []
    for edge in unique:
        if not any(other <= edge for other in kept):
            kept.append(edge)
    return kept


def _cost(nodes: Iterable[int], weight: Mapping[int, float]) -> float:
    return sum(weight[n] for n in nodes)
