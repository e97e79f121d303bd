"""What printed figures show of a programme: a verdict for each strategy and goal, by one rule.

A strategy is *shown* when at least one of the quantities tied to it can be compared between two
windows and all that can be compared moved the way that is hoped for; *not shown* when one of them
did not; it *cannot be told* when none can be compared or none is tied to it. A verdict says how
figures moved, never what moved them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kumkm_analysis.metrics.claims import is_above
from kumkm_analysis.metrics.compute import observed
from kumkm_analysis.metrics.doubts import NONE, Doubts
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.metrics.windows import FELL, ROSE, UNTOLD, Move, move

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.periods import Window
    from kumkm_analysis.dataset.records import Aim, Strategy

SHOWN, NOT_SHOWN, CANNOT_TELL = "shown", "not_shown", "cannot_tell"
HOPED = {"rise": ROSE, "fall": FELL}
STATED = "stated"  # the print says of which time a figure is
REACHED, MISSED, OPEN, UNPRINTED = "reached", "missed", "open", "unprinted"


@dataclass(frozen=True, slots=True)
class Sign:
    """One quantity that would show a strategy: where it should go, and where it went."""

    aim: Aim
    move: Move

    @property
    def verdict(self) -> str:
        """Whether it moved as hoped for, did not, or cannot be compared."""
        if self.move.way == UNTOLD:
            return CANNOT_TELL
        return SHOWN if self.move.way == HOPED[self.aim.wanted] else NOT_SHOWN


@dataclass(frozen=True, slots=True)
class Verdict:
    """A strategy or goal with what would show it."""

    strategy: Strategy
    signs: tuple[Sign, ...]

    @property
    def verdict(self) -> str:
        """``shown``, ``not_shown`` or ``cannot_tell``, by the rule of this module."""
        told = {sign.verdict for sign in self.signs} - {CANNOT_TELL}
        if not told:
            return CANNOT_TELL
        return SHOWN if told == {SHOWN} else NOT_SHOWN


def verdicts(
    data: Dataset, region: str, earlier: Window, later: Window, doubts: Doubts = NONE
) -> tuple[Verdict, ...]:
    """Return a verdict for every strategy and goal, from the figures of a region.

    >>> from kumkm_analysis.dataset.dataset import load
    >>> from kumkm_analysis.dataset.periods import windows
    >>> found = verdicts(load(), "52", *windows("2012"))
    >>> {one.strategy.strategy_id: one.verdict for one in found}["poverty"]
    'shown'
    """
    moves: dict[tuple[str, str], Move] = {}
    found = []
    for strategy in data.programme.values():
        signs = []
        for aim in strategy.aims:
            cell = (aim.name, aim.category)
            if cell not in moves:
                moves[cell] = move(data, aim.name, region, earlier, later, aim.category, doubts)
            signs.append(Sign(aim, moves[cell]))
        found.append(Verdict(strategy, tuple(signs)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Target:
    """What a text promises, and what texts give for the same thing and year.

    ``undated`` are printed figures that do not say of which time they are.
    """

    promised: Figure
    outcomes: tuple[Figure, ...]
    undated: frozenset[str] = frozenset()

    @property
    def verdict(self) -> str:
        """``reached`` or ``missed`` whatever the print allows, ``open``, or ``unprinted``.

        A figure of a time before the target's own can show that it was reached, not that it was
        missed. Figures that are suspect decide nothing, nor do those that do not say of which time
        they are: they may count other years besides.
        """
        if not self.outcomes:
            return UNPRINTED
        if self.undated.intersection(self.promised.observations):
            return OPEN
        sure = [
            f
            for f in self.outcomes
            if not f.suspects and not self.undated.intersection(f.observations)
        ]
        if sure and all(_reaches(f, self.promised) for f in sure):
            return REACHED
        at_its_time = [f for f in sure if f.period == self.promised.period]
        below = at_its_time and all(is_above(self.promised, f) for f in sure)
        return MISSED if below else OPEN


def _reaches(outcome: Figure, promised: Figure) -> bool:
    low, wanted = outcome.interval.low, promised.interval.high
    if promised.one_sided:  # "more than": its own number is the least
        wanted = promised.interval.low
    return low is not None and wanted is not None and low >= wanted


def targets(data: Dataset, region: str, doubts: Doubts = NONE) -> tuple[Target, ...]:
    """Return what texts promise for a region, each with the outcomes of its year."""
    found = []
    for o in data.select(region=region, category=None, status="target"):
        same = data.select(region=region, indicator=o.indicator_id, category=o.category)
        year = o.reference_period[:4]
        outcomes = tuple(
            observed(data, other, "coherent").known_by(doubts)
            for other in same
            if year and other.reference_period[:4] == year
        )
        promised = observed(data, o, "coherent").known_by(doubts)
        undated = frozenset(x.observation_id for x in (o, *same) if x.period_basis != STATED)
        found.append(Target(promised, outcomes, undated))
    return tuple(sorted(found, key=lambda t: (t.promised.period, t.promised.name)))
