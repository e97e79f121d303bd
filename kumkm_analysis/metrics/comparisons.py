"""One metric over the whole dataset: every account that gives all its inputs, and where ours lies.

Accounts are never mixed: a row is one source, one region, one reference period, one register. The
range of comparison is that of the dated rows of other regions; rows without a date stand beside
it, since nobody can say what they are to be compared with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from kumkm_analysis.metrics.claims import Place, place
from kumkm_analysis.metrics.compute import difference, evaluate
from kumkm_analysis.metrics.doubts import NONE, Doubts
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.formulas import METRICS
from kumkm_analysis.metrics.readings import (
    Account,
    Scenario,
    breadth,
    denominator,
    is_reference,
)

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Observation

ENOUGH = 10  # other regions of one year, for a comparison within that year


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of other regions beside our own: ``rows`` in order of region and time."""

    own: Figure | None
    rows: tuple[Figure, ...]
    region: str

    @property
    def peers(self) -> tuple[Figure, ...]:
        """The dated figures of other regions that are not suspect: the range of comparison."""
        return tuple(f for f in self._others if f.period and not f.suspects)

    @property
    def set_aside(self) -> tuple[Figure, ...]:
        """The figures of other regions that rest on a suspect one: they bound nothing."""
        return tuple(f for f in self._others if f.suspects)

    @property
    def undated(self) -> tuple[Figure, ...]:
        """The figures of other regions whose text gives no date."""
        return tuple(f for f in self._others if not f.period and not f.suspects)

    @property
    def _others(self) -> tuple[Figure, ...]:
        return tuple(f for f in self.rows if f.region != self.region)

    @property
    def _bounded(self) -> tuple[Figure, ...]:
        return tuple(f for f in self.peers if not f.one_sided)

    @property
    def lowest(self) -> Figure | None:
        """The lowest figure of the range, by its printed point; a bare bound is none."""
        return min(self._bounded, key=lambda f: f.known, default=None)

    @property
    def highest(self) -> Figure | None:
        """The highest figure of the range, by its printed point; a bare bound is none."""
        return max(self._bounded, key=lambda f: f.known, default=None)

    @property
    def distance(self) -> Figure | Missing:
        """How far our figure lies from the nearer end of the range, when it lies outside."""
        end = {"above": self.highest, "below": self.lowest}.get(self.place)
        if self.own is None or end is None:
            return Missing("distance", self.region, "")
        return difference(self.own, end)

    @property
    def placed(self) -> Place:
        """Where our figure lies among the peers, and which of these may lie elsewhere."""
        return place(self.own, self.peers)

    @property
    def place(self) -> str:
        """Where our figure lies: ``above``, ``below``, ``inside`` or ``unknown``."""
        return self.placed.where

    def contradicted(self, figure: Figure) -> tuple[Figure, ...]:
        """Return the dated figures of the same region when not one of them meets a figure."""
        dated = tuple(f for f in self.rows if f.region == figure.region and f.period)
        return () if any(f.interval.meets(figure.interval) for f in dated) else dated


def accounts(
    data: Dataset, metric: str, levels: Iterable[str], doubts: Doubts = NONE
) -> tuple[Figure, ...]:
    """Return the metric for every account of the dataset that gives its inputs.

    Reference data (population, GRDP) are those of the year and territory of the account. Regions
    are those of the given levels. Ordered by region, then reference period, undated last.
    """
    wanted = set(levels)
    kept: dict[object, tuple[Figure, ...]] = data.kept.setdefault(__name__, {})
    key = METRICS[metric].function  # one of a user's own may be written anew
    if key not in kept:  # a dataset never changes
        kept[key] = _every(data, metric)
    return tuple(f.known_by(doubts) for f in kept[key] if data.regions[f.region].level in wanted)


def _every(data: Dataset, metric: str) -> tuple[Figure, ...]:
    """Return the metric for every account of every region, whatever is known against it."""
    recipe = METRICS[metric]
    reference = {n: c for n, c in recipe.inputs.items() if is_reference(data, c)}
    reference = reference if len(reference) < len(recipe.inputs) else {}
    inputs = {name: cell for name, cell in recipe.inputs.items() if name not in reference}
    found: dict[tuple[str, Account], dict[str, Observation]] = {}
    for region, (name, cell) in product(data.regions, inputs.items()):
        for o in data.select(region=region, indicator=cell.indicator, category=cell.category):
            given = found.setdefault((region, Account.of(data, o)), {})
            if name not in given or breadth(o) < breadth(given[name]):
                given[name] = o
    figures = []
    for (region, account), given in found.items():
        if len(given) < len(inputs):
            continue
        period = account.reference_period
        for name, cell in reference.items():
            beside = denominator(data, cell, tuple(given.values()), period) if period else None
            if beside is not None:
                given[name] = beside
        if len(given) < len(recipe.inputs):
            continue
        scenario = Scenario({n: given[n] for n in recipe.inputs}, coherent=True)
        figure = evaluate(recipe, data, scenario, region, period, "coherent")
        if isinstance(figure, Figure):
            figures.append(figure.replace(period=period))
    order = {region: place for place, region in enumerate(data.regions)}
    return tuple(
        sorted(figures, key=lambda f: (order[f.region], f.period == "", f.period, f.observations))
    )


def compare(
    data: Dataset,
    metric: str,
    region: str,
    own: Figure | None,
    period: str = "",
    doubts: Doubts = NONE,
) -> Comparison:
    """Set our own figure beside the accounts of the two highest levels and of our own region's.

    Where enough of them are of the year of ``period``, they are those of that year; else all.
    """
    levels = {*[*data.settings.levels][:2], data.regions[region].level}
    every = accounts(data, metric, levels, doubts)
    year = [f for f in every if period and f.period.startswith(period[:4])]
    peers = {f.region for f in year} - {region}
    return Comparison(own, tuple(year) if len(peers) >= ENOUGH else every, region)
