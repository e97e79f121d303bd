"""What a disagreement changes: how far any metric moves when the nearest fitting value is taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from statistics import median

from kumkm_analysis.findings.checks import Story
from kumkm_analysis.findings.facts import Fact, Facts
from kumkm_analysis.findings.model import ANOTHER_SCOPE, PARALLEL
from kumkm_analysis.metrics.formulas import METRICS, Metric

Movement = tuple[float, str]
DIFFERENCES = frozenset({"balance_gap"})  # near nothing by nature: no relative movement
MOST = 99.0  # how far a figure of nought moves


class Consequences:
    """Works metrics out with one figure and with another in its place.

    The other inputs come from the same account where it prints them, else from the same region and
    year; a figure that no metric takes moves only itself.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._taking: dict[str, list[Metric]] = defaultdict(list)
        for metric in (m for m in METRICS.values() if not m.own):
            for cell in metric.inputs.values() if metric.name not in DIFFERENCES else ():
                self._taking[cell.indicator].append(metric)
        self._beside: dict[tuple[str, int, str, str], list[Fact]] = defaultdict(list)
        for fact in facts:
            if not fact.series[2]:
                o = fact.o
                self._beside[o.region_id, fact.year, fact.world[0], o.indicator_id].append(fact)

    def read(self, fact: Fact) -> bool:
        """Tell whether a metric that people read takes the figure."""
        return not fact.series[2] and fact.o.indicator_id in self._taking

    def of(self, story: Story, suspects: Sequence[Fact]) -> Movement | None:
        """Return the largest movement of the disagreement, by the least change that mends it.

        A conjecture or an absurd rival has no say: of the figures of a check, the one that needs to
        move least is moved, unless the suspect is told.
        """
        best: Movement | None = None
        for check in story.checks:
            moves: list[Movement] = []
            for fact in [m for m in check.members if m in suspects] or check.members:
                implied = check.implied(fact)
                ends = (implied.low, implied.high) if implied else ()
                known = [e for e in ends if e is not None]
                if known:
                    own = Fraction(fact.o.value)
                    moves.append(self.movement(fact, min(known, key=lambda e: abs(e - own))))
            if moves and (best is None or min(moves) > best):
                best = min(moves)
        if story.kind == ANOTHER_SCOPE:
            near = [f for f in self.facts.series[story.rows[0].series] if f is not story.rows[0]]
            if near:
                nearest = min(near, key=lambda f: (abs(f.seen - story.rows[0].seen), f.number))
                best = self.movement(story.rows[0], Fraction(nearest.o.value))
        if story.kind == PARALLEL:
            lower = median(f.o.value for f in story.rows if f not in story.suspects)
            best = self.movement(story.suspects[0], Fraction(lower))
        return best

    def movement(self, fact: Fact, value: Fraction) -> Movement:
        """Return the largest relative movement of any metric, and its name ("" for the figure)."""
        best: Movement = (_moved(Fraction(fact.o.value), value), "")
        for metric in self._taking[fact.o.indicator_id] if not fact.series[2] else ():
            inputs = self._inputs(metric, fact)
            if inputs is None:
                continue
            cells = metric.inputs.items()
            name = next(n for n, cell in cells if cell.indicator == fact.o.indicator_id)
            try:
                before, after = (
                    metric.function(**inputs),
                    metric.function(**{**inputs, name: value}),
                )
            except ZeroDivisionError:
                continue
            moved = _moved(Fraction(before), Fraction(after))
            if moved > best[0] or (moved == best[0] and not best[1]):
                best = (moved, metric.name)
        return best

    def _inputs(self, metric: Metric, fact: Fact) -> dict[str, Fraction] | None:
        found: dict[str, Fraction] = {}
        for name, cell in metric.inputs.items():
            near = [fact]
            if cell.indicator != fact.o.indicator_id:
                key = (fact.o.region_id, fact.year, fact.world[0], cell.indicator)
                near = [f for f in self._beside[key] if fact.year or f.account == fact.account]
            if not near:
                return None
            best = min(near, key=lambda f: (f.account != fact.account, f.number))
            found[name] = Fraction(best.o.value)
        return found


def _moved(before: Fraction, after: Fraction) -> float:
    """Return the movement relative to the smaller of two values: ten times too large is 9."""
    if before == after:
        return 0.0
    if before == 0 or after == 0 or (before > 0) != (after > 0):
        return min(abs(float(after - before)) / max(abs(float(before)), abs(float(after))), MOST)
    ratio = float(after / before)
    return max(ratio, 1 / ratio) - 1
