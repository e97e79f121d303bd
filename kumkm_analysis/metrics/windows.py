"""What changed between two windows of years: like set against like, or why nothing can be said.

A move is read from the figures themselves: something *rose* when every figure of the later window
lies above every one of the earlier window, whatever their print allows. Figures that are suspect
(misprints, years that nobody measured) are left out, and no figure is set against one of another
territory, register or survey month, or across a break of reporting. Where a region was split, the
rows of its later parts are added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.periods import Window
from kumkm_analysis.errors import KumkmError
from kumkm_analysis.metrics.claims import is_above
from kumkm_analysis.metrics.comparisons import accounts
from kumkm_analysis.metrics.compute import growth, known_together, observed, subtracted
from kumkm_analysis.metrics.doubts import NONE, Doubts
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.formulas import METRICS
from kumkm_analysis.metrics.readings import OFFICIAL_KINDS

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Observation

ROSE, FELL, UNCLEAR, UNTOLD = "rose", "fell", "unclear", "untold"
RATES = frozenset({"percent", "ratio"})


@dataclass(frozen=True, slots=True)
class Move:
    """How a quantity of a region moved between two windows.

    ``way`` is rose, fell, unclear (the two windows overlap) or untold; ``reason`` says why it is
    untold: ``none_before``, ``none_after``, ``none`` (printed), ``doubted`` (all that is printed),
    ``territory`` or ``register`` (it changed between them), ``break`` (of reporting) or ``month``
    (of the survey). ``parts`` are the regions whose rows were added up; ``month_unknown`` tells
    that the table does not print all months.
    """

    name: str
    category: str
    region: str
    years: tuple[Window, Window]
    before: tuple[Figure, ...] = ()
    after: tuple[Figure, ...] = ()
    reason: str = ""
    parts: tuple[str, ...] = ()
    month_unknown: bool = False

    @property
    def way(self) -> str:
        """Where the later figures lie, whatever the print allows."""
        if self.reason:
            return UNTOLD
        pairs = [*product(self.before, self.after)]
        if all(is_above(later, earlier) for earlier, later in pairs):
            return ROSE
        return FELL if all(is_above(*pair) for pair in pairs) else UNCLEAR

    def in_years_of(self, other: Move) -> Move | None:
        """Return the move in the years that another has, like set against like; None without."""
        sides = []
        for own, wanted in ((self.before, other.before), (self.after, other.after)):
            years = {f.period for f in wanted}
            kept = tuple(f for f in own if f.period in years)
            if self.reason or not years or {f.period for f in kept} != years:
                return None
            sides.append(kept)
        return replace(self, before=sides[0], after=sides[1])

    @property
    def size(self) -> Figure | Missing:
        """The change from the mean of the earlier to that of the later window.

        Per cent of the earlier mean; of rates and ratios the difference (percentage points).
        """
        if self.reason:
            return Missing("window_growth", self.region, "", self.reason, self.category)
        span = f"{self.years[0].first}/{self.years[1].last}"
        earlier, later = mean(self.before), mean(self.after).replace(period=span)
        if earlier.unit in RATES:
            return subtracted("window_difference", later, earlier)
        try:
            return growth(earlier, later, Fraction(1)).replace(
                name="window_growth", category=self.category
            )
        except KumkmError:
            return Missing("window_growth", self.region, "", "not_above_zero", self.category)


def move(
    data: Dataset, name: str, region: str, earlier: Window, later: Window,
    category: str = "", doubts: Doubts = NONE,
) -> Move:  # fmt: skip
    """Return how an indicator or a metric of a region moved between two windows.

    One table that prints both windows goes before several texts, an office before the press.

    >>> from kumkm_analysis.dataset.dataset import load
    >>> from kumkm_analysis.dataset.periods import windows
    >>> found = move(load(), "poverty_rate_pct", "35", *windows("2012"))
    >>> found.way, len(found.before), found.month_unknown
    ('fell', 5, True)
    """
    moved = Move(name, category, region, (earlier, later))
    if name in METRICS:
        return _compared(moved, _metric(data, name, region, doubts), doubts)
    rows = data.select(region=region, indicator=name, category=category)
    rows = tuple(o for o in rows if any(w.holds(o.reference_period) for w in (earlier, later)))
    sources = dict.fromkeys(o.source_id for o in rows)
    found = [
        _printed(data, moved, [o for o in rows if o.source_id == source], doubts, source)
        for source in sources
    ]
    told = [one for one in found if not one.reason]
    if told:
        return max(told, key=lambda one: (_is_official(data, one), len(one.before + one.after)))
    reasons = {one.reason for one in found}
    for reason in ("break", "territory", "month", "doubted")[: 4 if _surveyed(data, name) else 1]:
        if reason in reasons:
            return replace(moved, reason=reason)
    return _printed(data, moved, rows, doubts)


def _printed(
    data: Dataset, moved: Move, rows: Sequence[Observation], doubts: Doubts, source: str = ""
) -> Move:
    """Compare printed figures, of one source or of all; surveys of one month, where they are."""
    surveyed = _surveyed(data, moved.name)
    chosen = _of_one_month(rows, *moved.years) if surveyed else rows
    figures = _known(data, chosen or rows, doubts)
    one = _compared(moved, figures, doubts)
    if source and one.reason == "territory":
        one = _added(data, one, figures, source, doubts)
    if not one.reason and not chosen:
        return replace(moved, reason="month")
    unknown = surveyed and any(not _month(o) for o in chosen)
    return replace(one, month_unknown=unknown and not one.reason)


def _compared(moved: Move, figures: Sequence[Figure], doubts: Doubts) -> Move:
    """Set the figures of two windows against each other, those of one territory and register."""
    earlier, later = moved.years
    sure = [f for f in figures if not f.suspects]
    sides = [[f for f in sure if window.holds(f.period)] for window in (earlier, later)]
    printed = [any(window.holds(f.period) for f in figures) for window in (earlier, later)]
    if not all(sides):
        lost = [was and not left for was, left in zip(printed, sides, strict=True)]
        empty = "none" if not any(sides) else "none_after" if sides[0] else "none_before"
        return replace(moved, reason="doubted" if any(lost) and all(printed) else empty)
    alike = [{(f.territory, f.register) for f in side} for side in sides]
    both = sorted(alike[0] & alike[1])
    if not both:
        same = {territory for territory, _ in alike[0]} & {territory for territory, _ in alike[1]}
        return replace(moved, reason="register" if same else "territory")
    most = max(both, key=lambda one: sum((f.territory, f.register) == one for f in sure))
    kept = [tuple(f for f in side if (f.territory, f.register) == most) for side in sides]
    years = [int(f.period[:4]) for side in kept for f in side]
    if any(name == moved.name and min(years) < year <= max(years) for name, year in doubts.breaks):
        return replace(moved, reason="break")
    return replace(moved, before=kept[0], after=kept[1], reason="")


def _added(
    data: Dataset, moved: Move, figures: Sequence[Figure], source: str, doubts: Doubts
) -> Move:
    """Add up the later rows of a territory that was split, of the same table."""
    earlier, later = moved.years
    old = {f.territory for f in figures if earlier.holds(f.period) and not f.suspects}
    parts = [data.territories[t].parts for t in old if t in data.territories]
    if len(old) != 1 or not parts or not parts[0] or not data.indicators[moved.name].adds_up:
        return moved
    (territory,) = old
    years: dict[str, dict[str, Figure]] = {}
    for region in parts[0]:
        for o in data.select(region=region, indicator=moved.name, category=moved.category):
            held = data.territories.get(data.territory_of(o), None)
            undivided = held is not None and held.parts  # a row of the whole is no part of it
            if not undivided and o.source_id == source and later.holds(o.reference_period):
                figure = observed(data, o, "coherent").known_by(doubts)
                years.setdefault(o.reference_period, {})[region] = figure
    sums = [
        total([of[region] for region in parts[0]]).replace(region=moved.region, territory=territory)
        for of in years.values()
        if len(of) == len(parts[0])
    ]
    before = [f for f in figures if earlier.holds(f.period)]
    return replace(_compared(moved, [*before, *sums], doubts), parts=parts[0])


def total(figures: Sequence[Figure]) -> Figure:
    """Return the sum of figures of one quantity and one period [their unit]."""
    return _combined(figures, Fraction(1))


def mean(figures: Sequence[Figure]) -> Figure:
    """Return the mean of figures of one quantity [their unit]."""
    return _combined(figures, Fraction(1, len(figures)))


def _combined(figures: Sequence[Figure], factor: Fraction) -> Figure:
    lows, highs = ([getattr(f.interval, end) for f in figures] for end in ("low", "high"))
    span = Interval(
        None if None in lows else sum(lows, Fraction(0)) * factor,
        None if None in highs else sum(highs, Fraction(0)) * factor,
    )
    value = sum((f.known for f in figures), Fraction(0)) * factor
    first = figures[0]
    return first.replace(
        kind="derived", value=value, interval=span, printed=None, printing="exact",
        one_sided=any(f.one_sided for f in figures), **known_together(*figures),
    )  # fmt: skip


def difference_of_changes(own: Figure, other: Figure) -> Figure:
    """Return how much more one region changed than another [percentage points, or their unit].

    This is arithmetic. It would be the effect of a programme only if both regions had moved alike
    without it, which no figure can show.
    """
    return subtracted("difference_of_changes", own, other)


def _of_one_month(
    printed: Sequence[Observation], earlier: Window, later: Window
) -> list[Observation]:
    """Return the figures that may be of one month of the year, in both windows, else none.

    A table that names the month of some years only is taken at its word: the others may be of it.
    """
    months = sorted({_month(o) for o in printed} - {""}) or [""]
    fitting = [[o for o in printed if _month(o) in ("", month)] for month in months]
    fitting = [
        rows
        for rows in fitting
        if all(any(w.holds(o.reference_period) for o in rows) for w in (earlier, later))
    ]
    return max(fitting, key=len, default=[])


def _month(observation: Observation) -> str:
    """Return the month that was surveyed, empty where the print names none."""
    printed = observation.survey_month or observation.reference_period
    return "" if "/" in printed else printed[5:7]


def _surveyed(data: Dataset, indicator: str) -> bool:
    """Tell whether an indicator is measured by surveys of certain months."""
    if __name__ not in data.kept:  # a dataset never changes
        found = {o.indicator_id for o in data.observations.values() if o.survey_month}
        data.kept[__name__] = found
    return indicator in data.kept[__name__]


def _known(data: Dataset, rows: Iterable[Observation], doubts: Doubts) -> list[Figure]:
    """Return printed figures with what is known against them; of two vintages the later one."""
    recalculated = {(o.source_id, o.reference_period) for o in rows if o.vintage == "recalculated"}
    return [
        observed(data, o, "coherent").known_by(doubts)
        for o in rows
        if o.vintage != "first" or (o.source_id, o.reference_period) not in recalculated
    ]


def _metric(data: Dataset, name: str, region: str, doubts: Doubts) -> list[Figure]:
    """Return the yearly figures of a metric that rest on tables of offices only."""
    found = accounts(data, name, [data.regions[region].level], doubts)
    return [
        f
        for f in found
        if f.region == region
        and len(f.period) == len("YYYY")
        and all(
            data.sources[data.observations[i].source_id].kind in OFFICIAL_KINDS
            for i in f.observations
        )
    ]


def _is_official(data: Dataset, moved: Move) -> bool:
    sources = {data.observations[i].source_id for f in moved.before for i in f.observations}
    return all(data.sources[s].kind in OFFICIAL_KINDS for s in sources)
