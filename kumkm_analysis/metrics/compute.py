"""Figures from the dataset: as printed, computed by a metric, compared, or counted.

:func:`compute` asks the reading for the inputs of a metric, evaluates its function on the corners
of their intervals, each input once, and returns a
:class:`~kumkm_analysis.metrics.figures.Figure` with
interval, unit and the observations that it rests on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.interval import Interval, corners, hull, strays
from kumkm_analysis.dataset.request import check_one_of, check_parameters
from kumkm_analysis.errors import Fault, KumkmError, ParameterError
from kumkm_analysis.metrics.doubts import NONE, Doubts
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.formulas import METRICS, MONEY, PERCENT, Metric, annual_growth
from kumkm_analysis.metrics.readings import Cell, Reader, Scenario

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Observation

YEAR, MONTH = len("YYYY"), len("YYYY-MM")
DIGITS = 3  # significant digits of a metric that metrics.csv does not describe
UNITS = {"unit": "cooperatives", "orang": "people", "jenis": "groups"}
NO_COOPERATIVES = {  # what else is counted in units
    "msmes": "enterprises", "manufacturing_enterprises": "enterprises",
    "regencies_and_cities": "areas",
}  # fmt: skip
ONE_SIDED = frozenset({"at_least", "at_most"})  # codes of printing
MAY_BE_NEGATIVE = frozenset({"net_surplus"})  # a loss; all other inputs are counts and amounts


@dataclass(frozen=True, slots=True, repr=False)
class Refused(Missing):
    """A metric that must not be computed, with the two figures that forbid it."""

    part: Observation | None = None
    whole: Observation | None = None

    def __bool__(self) -> bool:
        return False


def compute(
    name: str,
    data: Dataset,
    region: str | int,
    period: str | int,
    reading: str = "coherent",
    doubts: Doubts = NONE,
) -> Figure | Missing:
    r"""Compute a metric for a region and period under a reading.

    Returns a Figure; :class:`~kumkm_analysis.metrics.figures.Missing` (falsy) when an input is
    printed by no source; :class:`Refused` (falsy) when a part exceeds its whole as printed. Raises
    :class:`~kumkm_analysis.errors.ParameterError` for a metric, region, period or reading that
    does not exist, all of them at once.

    >>> from kumkm_analysis.dataset.dataset import load
    >>> figure = compute("own_capital_share", load(), "64", "2012")
    >>> figure.text("en"), figure.between("en", style="table")
    ('77.5\xa0per\xa0cent', '77.49–77.51%')
    """
    wrong = check_one_of("metric", name, METRICS)
    region, period = _asked(data, region, period, reading, wrong)
    recipe, data = METRICS[name], data.under(reading)
    scenarios = Reader(data, region, period, reading, doubts).scenarios(recipe.inputs)
    if not scenarios:
        return Missing(name, region, period)
    if reading != "envelope":
        return evaluate(recipe, data, scenarios[0], region, period, reading).known_by(doubts)
    figures = [evaluate(recipe, data, s, region, period, reading) for s in scenarios]
    held = [f for f in figures if isinstance(f, Figure)]
    return (envelope(held) if held else figures[0]).known_by(doubts)


def evaluate(
    recipe: Metric, data: Dataset, scenario: Scenario, region: str, period: str, reading: str
) -> Figure | Missing:
    """Evaluate a metric on one scenario: the point, and the corners of the inputs' intervals."""
    if recipe.part_of:
        part, whole = (scenario.inputs[argument] for argument in recipe.part_of)
        if part.interval.exceeds(whole.interval):
            return Refused(recipe.name, region, period, "part_exceeds_whole", "", part, whole)
    observations = list(scenario.inputs.values())
    intervals = [
        o.interval if o.indicator_id in MAY_BE_NEGATIVE else o.interval.not_below_zero()
        for o in observations
    ]

    try:
        span = corners(recipe.function, *intervals)
    except KumkmError:  # a divisor that may be zero: "about 1.000" reaches down to nothing
        return Missing(recipe.name, region, period, "divisor_may_be_zero")
    if recipe.own and (found := strays(recipe.function, span, *intervals)):
        told = ", ".join(f"{a} = {float(v):g}" for a, v in zip(recipe.inputs, found, strict=True))
        expected = "a function that rises or falls throughout in each of its inputs"
        step = "Its bounds are taken at the corners; write it as several metrics, or otherwise."
        raise ParameterError(
            Fault(
                f"metric {recipe.name}", f"a value outside of its bounds at {told}", expected, step
            )
        )
    return Figure(
        name=recipe.name,
        kind="derived",
        value=recipe.function(*(Fraction(o.value) for o in observations)),
        interval=span,
        unit=data.settings.currency if recipe.unit == MONEY else recipe.unit,
        region=region,
        period=scenario.reference_period or period,
        reading=reading,
        observations=tuple(o.observation_id for o in observations),
        register=next((o.register for o in observations if o.register), ""),
        digits=int(data.metrics[recipe.name].digits) if recipe.name in data.metrics else DIGITS,
        coherent=scenario.coherent,
        instead_of=scenario.instead_of,
        one_sided=any(o.printing in ONE_SIDED for o in observations),
        territory=next(filter(None, map(data.territory_of, observations)), ""),
    )


def envelope(figures: list[Figure]) -> Figure:
    """Return the hull of several figures of one quantity: how wide is the disagreement.

    Its period is what the periods of all have in common: the year of two months.
    """
    first = figures[0]
    starts = ({f.period[:n] for f in figures} for n in (len(first.period), MONTH, YEAR))
    shared = next((one.pop() for one in starts if len(one) == 1), "")
    ids = tuple(dict.fromkeys(i for f in figures for i in f.observations))
    span = hull(*(f.interval for f in figures))
    single = len({f.value for f in figures}) == 1
    return first.replace(
        value=first.value if single else None,
        interval=span,
        period=shared,
        coherent=all(f.coherent for f in figures),
        one_sided=any(f.one_sided for f in figures),
        observations=ids,
        printed=first.printed if single else None,
        kind=first.kind if single else "derived",
    )


def counted_in(data: Dataset, indicator: str, unit: str) -> str:
    """Return what a figure of an indicator counts; a "unit" need not be a cooperative."""
    counted = UNITS.get(unit, unit)
    if unit == "unit":
        for whole in (data.indicators[indicator].part_of, indicator):
            counted = NO_COOPERATIVES.get(whole, counted)
    return counted


def observed(data: Dataset, observation: Observation, reading: str) -> Figure:
    """Return one printed figure as a Figure."""
    return Figure(
        name=observation.indicator_id,
        kind="observed",
        value=Fraction(observation.value),
        interval=observation.interval,
        unit=counted_in(data, observation.indicator_id, observation.unit),
        region=observation.region_id,
        period=observation.reference_period,
        reading=reading,
        observations=(observation.observation_id,),
        category=observation.category,
        register=observation.register,
        printed=observation.printed,
        printing=observation.printing,
        one_sided=observation.printing in ONE_SIDED,
        territory=data.territory_of(observation),
    )


def look_up(
    cell: Cell,
    data: Dataset,
    region: str | int,
    period: str | int,
    reading: str = "coherent",
    doubts: Doubts = NONE,
) -> Figure | Missing:
    """Return the figure that the reading lets speak for one cell, or what is missing.

    Raises :class:`~kumkm_analysis.errors.ParameterError` as :func:`compute` does.
    """
    region, period = _asked(data, region, period, reading, data.check_indicator(cell.indicator))
    data = data.under(reading)
    reader = Reader(data, region, period, reading, doubts)
    if reading == "envelope":
        candidates = reader.candidates(cell)
        if candidates:
            return envelope([observed(data, o, reading) for o in candidates]).known_by(doubts)
    scenarios = reader.scenarios({"value": cell})
    if not scenarios:
        return Missing(cell.indicator, region, period, category=cell.category)
    spoken = observed(data, scenarios[0].inputs["value"], reading)
    return spoken.replace(instead_of=scenarios[0].instead_of).known_by(doubts)


def difference(one: Figure, other: Figure) -> Figure:
    """Return how far two figures of one quantity lie apart, always positive [their unit].

    Shares differ by percentage points.
    """
    greater, less = (one, other) if one.known >= other.known else (other, one)
    apart = subtracted("distance", greater, less)
    return one.replace(
        **{name: getattr(apart, name) for name in ("name", "kind", "value", "interval", "unit")},
        **known_together(one, other), printed=None, printing="exact", digits=3,
    )  # fmt: skip


def subtracted(name: str, one: Figure, other: Figure) -> Figure:
    """Return one figure less another of the same unit; between shares, percentage points."""
    return one.replace(
        name=name,
        kind="derived",
        value=one.known - other.known,
        interval=corners(lambda a, b: a - b, one.interval, other.interval),
        unit="points" if one.unit == "percent" else one.unit,
        printed=None,
        printing="exact",
        digits=3,
        one_sided=one.one_sided or other.one_sided,
        **known_together(one, other),
    )


def known_together(*figures: Figure) -> dict[str, tuple[str, ...]]:
    """Return what figures rest on and what is known against it, for one that follows from them."""
    names = ("observations", "findings", "suspects", "disputed")
    return {name: tuple(dict.fromkeys(i for f in figures for i in getattr(f, name)))
            for name in names}  # fmt: skip


def growth(earlier: Figure, later: Figure, years: Fraction) -> Figure:
    """Return the compound annual growth between two figures of one quantity [per cent a year].

    Exact for one year; for other spans the root is taken in floating point and the bounds are
    widened by one part in 10¹² so that they still enclose the truth. Raises
    :class:`~kumkm_analysis.errors.KumkmError` for amounts that may be zero or less.
    """
    if years <= 0:
        raise ParameterError(Fault("years", str(years), "a positive number of years"))
    for figure in (earlier, later):
        if figure.interval.low is None or figure.interval.low <= 0:
            found = str(figure.interval)
            raise KumkmError(Fault(f"growth of {figure.name}", found, "amounts above zero"))

    def function(a: Fraction, b: Fraction) -> Fraction:
        if years == 1:
            return (b / a - 1) * PERCENT
        return Fraction(annual_growth(float(a), float(b), float(years)))

    span = corners(function, earlier.interval, later.interval)
    if years != 1:
        span = _widened(span)
    return later.replace(
        name="annual_growth",
        kind="derived",
        value=function(earlier.known, later.known),
        interval=span,
        unit="percent",
        printed=None,
        printing="exact",
        digits=3,
        **known_together(earlier, later),
    )


def _widened(span: Interval) -> Interval:
    def step(end: Fraction | None, direction: int) -> Fraction | None:
        if end is None:
            return None
        return end + direction * max(abs(end), Fraction(1)) * Fraction(1, 10**12)

    return Interval(step(span.low, -1), step(span.high, 1))


def count(name: str, observations: tuple[str, ...], number: int, region: str) -> Figure:
    """Return a count that we made ourselves (of sources, regions …), resting on what it counted."""
    return Figure(
        name=name,
        kind="count",
        value=Fraction(number),
        interval=Interval.exact(Fraction(number)),
        unit="count",
        region=region,
        period="",
        reading="",
        observations=observations,
        digits=max(1, math.floor(math.log10(number)) + 1) if number else 1,
    )


def _asked(
    data: Dataset, region: str | int, period: str | int, reading: str, wrong: Fault | None
) -> tuple[str, str]:
    """Return region and period as text; raises what is wrong with them or what is asked."""
    given = {"region": str(region), "period": str(period), "reading": reading}
    faults = [*([wrong] if wrong else []), *check_parameters(data.domain, given)]
    if faults:
        raise ParameterError(faults)
    return given["region"], given["period"]
