"""Derived quantities: one plain function each, and one place that adds interval and pedigree.

A metric is arithmetic on exact numbers (:class:`fractions.Fraction` in, Fraction out; floats work
too). Its decorator declares the unit and which printed indicators it takes. :func:`compute` asks
the reading for the inputs, evaluates the function on the corners of their intervals, each input
once, and returns a :class:`~kumkm_analysis.figures.Figure`.

All functions are monotone in each input as long as divisors are positive, so the corners are the
exact bounds; a property test guards that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from inspect import signature
from typing import TYPE_CHECKING, TypeVar

from kumkm_analysis.domain import check_one_of, check_parameters
from kumkm_analysis.errors import Fault, KumkmError, ParameterError
from kumkm_analysis.figures import Figure, Missing
from kumkm_analysis.interval import Interval, corners, hull
from kumkm_analysis.readings import Cell, Reader, Scenario

if TYPE_CHECKING:
    from kumkm_analysis.dataset import Dataset
    from kumkm_analysis.records import Observation

Number = TypeVar("Number", float, Fraction)
PERCENT = 100
HUNDRED_THOUSAND = 100_000
DIGITS = 3  # significant digits of a metric that metrics.csv does not describe
UNITS = {"unit": "cooperatives", "orang": "people", "jenis": "groups"}
NO_COOPERATIVES = {"msmes": "enterprises", "regencies_and_cities": "areas"}  # their units
MAY_BE_NEGATIVE = frozenset({"net_surplus"})  # a loss; all other inputs are counts and amounts


@dataclass(frozen=True, slots=True)
class Metric:
    """A registered metric: its function, unit, inputs and what must hold before it is computed."""

    name: str
    function: Callable[..., Fraction]
    unit: str
    inputs: Mapping[str, Cell]
    part_of: tuple[str, str] | None = None


METRICS: dict[str, Metric] = {}
Function = TypeVar("Function", bound=Callable[..., object])


def metric(
    unit: str, part_of: tuple[str, str] | None = None, **inputs: str
) -> Callable[[Function], Function]:
    """Register a function as a metric; ``inputs`` name the indicator of each argument.

    ``part_of`` names two inputs of which the first must not exceed the second: where it does as
    printed, the metric is refused, because its divisor cannot hold.
    """

    def register(function: Function) -> Function:
        if list(signature(function).parameters) != list(inputs):  # they are passed by position
            raise TypeError(f"{function.__name__} takes its inputs in another order than declared")
        cells = {argument: Cell(indicator) for argument, indicator in inputs.items()}
        name = function.__name__
        METRICS[name] = Metric(name, function, unit, cells, part_of)  # type: ignore[arg-type]
        return function

    return register


@metric("people", members="members", cooperatives="cooperatives")
def members_per_cooperative(members: Number, cooperatives: Number) -> Number:
    """Members divided by registered cooperatives [people per cooperative].

    Memberships, not persons: one person in two cooperatives counts twice. Definition: this
    project's, after the field's use (``metrics.csv``).

    >>> round(members_per_cooperative(426_325, 5_855), 2)  # East Kalimantan, 2012
    72.81
    """
    return members / cooperatives


@metric("people", employees="employees", cooperatives="cooperatives")
def employees_per_cooperative(employees: Number, cooperatives: Number) -> Number:
    """Employees (karyawan) divided by registered cooperatives [people per cooperative].

    >>> round(employees_per_cooperative(7_253, 5_855), 3)  # East Kalimantan, 2012
    1.239
    """
    return employees / cooperatives


@metric("people", members="members", employees="employees")
def members_per_employee(members: Number, employees: Number) -> Number:
    """Members divided by employees [members per employee].

    >>> round(members_per_employee(426_325, 7_253), 2)  # East Kalimantan, 2012
    58.78
    """
    return members / employees


@metric("cooperatives", cooperatives="cooperatives", population="population")
def cooperatives_per_100k(cooperatives: Number, population: Number) -> Number:
    """Registered cooperatives per 100,000 inhabitants [cooperatives per 100,000 people].

    >>> round(cooperatives_per_100k(5_855, 3_821_676), 1)  # East Kalimantan, 2012
    153.2
    """
    return cooperatives * HUNDRED_THOUSAND / population


@metric("people", members="members", population="population")
def members_per_100(members: Number, population: Number) -> Number:
    """Memberships per hundred inhabitants [memberships per 100 people].

    May exceed 100, since memberships are counted, not persons.

    >>> round(members_per_100(426_325, 3_821_676), 2)  # East Kalimantan, 2012
    11.16
    """
    return members * PERCENT / population


@metric("percent", active="active_cooperatives", cooperatives="cooperatives")
def active_share(active: Number, cooperatives: Number) -> Number:
    """Active cooperatives as a share of all registered ones [per cent].

    What "active" means differs by source and year (Permenkop UKM 25/2015 and before).

    >>> round(active_share(2_901, 5_745), 2)  # East Kalimantan, end of 2021
    50.5
    """
    return active * PERCENT / cooperatives


@metric("percent", meetings="annual_meetings_held", active="active_cooperatives")
def annual_meeting_rate(meetings: Number, active: Number) -> Number:
    """Cooperatives that held the annual members' meeting (RAT), of the active ones [per cent].

    >>> round(annual_meeting_rate(1_598, 3_524), 2)  # East Kalimantan, 31 December 2014
    45.35
    """
    return meetings * PERCENT / active


def annual_growth(earlier: float, later: float, years: float) -> float:
    """Compound growth a year between two figures [per cent a year].

    ``years`` is the time between the two reference periods and must be positive.

    >>> round(annual_growth(5_338, 5_517, 1), 2)  # East Kalimantan, 2009 to 2010
    3.35
    >>> round(annual_growth(100, 121, 2), 6)
    10.0
    """
    return float((later / earlier) ** (1 / years) - 1) * PERCENT


@metric("IDR", own="own_capital", external="external_capital")
def total_capital(own: Number, external: Number) -> Number:
    """Own plus external capital [IDR]; not the same as total assets.

    Own and loan capital after Law 25/1992, article 41.

    >>> total_capital(2_143_000_000_000, 622_200_000_000)  # East Kalimantan, 2012
    2765200000000
    """
    return own + external


@metric("percent", own="own_capital", external="external_capital")
def own_capital_share(own: Number, external: Number) -> Number:
    """Own capital as a share of own plus external capital [per cent].

    The rules found give "kemandirian modal" no definition of this kind, so it is not called so.

    >>> round(own_capital_share(2_143e9, 622.2e9), 3)  # East Kalimantan, 2012
    77.499
    """
    return own * PERCENT / (own + external)


@metric("percent", own="own_capital", external="external_capital")
def external_capital_share(own: Number, external: Number) -> Number:
    """External capital as a share of own plus external capital [per cent].

    >>> round(external_capital_share(2_143e9, 622.2e9), 3)  # East Kalimantan, 2012
    22.501
    """
    return external * PERCENT / (own + external)


@metric("ratio", own="own_capital", external="external_capital")
def debt_to_equity(own: Number, external: Number) -> Number:
    """External capital divided by own capital [rupiah of debt per rupiah of own capital].

    >>> round(debt_to_equity(2_143e9, 622.2e9), 5)  # East Kalimantan, 2012
    0.29034
    """
    return external / own


@metric("IDR", own="own_capital", external="external_capital", cooperatives="cooperatives")
def capital_per_cooperative(own: Number, external: Number, cooperatives: Number) -> Number:
    """Own plus external capital per registered cooperative [IDR per cooperative].

    >>> round(capital_per_cooperative(2_143e9, 622.2e9, 5_855) / 1e6, 1)  # East Kalimantan, 2012
    472.3
    """
    return (own + external) / cooperatives


@metric("IDR", own="own_capital", external="external_capital", members="members")
def capital_per_member(own: Number, external: Number, members: Number) -> Number:
    """Own plus external capital per member [IDR per membership].

    >>> round(capital_per_member(2_143e9, 622.2e9, 426_325) / 1e6, 3)  # East Kalimantan, 2012
    6.486
    """
    return (own + external) / members


@metric("IDR", own="own_capital", cooperatives="cooperatives")
def own_capital_per_cooperative(own: Number, cooperatives: Number) -> Number:
    """Own capital per registered cooperative [IDR per cooperative].

    Holders of own capital can be no more than all cooperatives, so own capital per holder is at
    least this much.

    >>> round(own_capital_per_cooperative(2_143e9, 5_855) / 1e6, 1)  # East Kalimantan, 2012
    366.0
    """
    return own / cooperatives


@metric(
    "IDR",
    part_of=("holders", "cooperatives"),
    own="own_capital",
    holders="cooperatives_with_own_capital",
    cooperatives="cooperatives",
)
def own_capital_per_holder(own: Number, holders: Number, cooperatives: Number) -> Number:
    """Own capital per cooperative that holds any [IDR per holder]; refused if holders > all.

    >>> own_capital_per_holder(600, 3, 4)
    200.0
    """
    del cooperatives  # only checked: the holders are a part of them
    return own / holders


@metric("IDR", own="own_capital", members="members")
def own_capital_per_member(own: Number, members: Number) -> Number:
    """Own capital per member [IDR per membership].

    >>> round(own_capital_per_member(2_143e9, 426_325) / 1e6, 2)  # East Kalimantan, 2012
    5.03
    """
    return own / members


@metric(
    "IDR",
    part_of=("borrowers", "cooperatives"),
    external="external_capital",
    borrowers="cooperatives_with_external_capital",
    cooperatives="cooperatives",
)
def external_capital_per_borrower(
    external: Number, borrowers: Number, cooperatives: Number
) -> Number:
    """External capital per cooperative that holds any [IDR per borrowing cooperative].

    >>> round(external_capital_per_borrower(622.2e9, 2_427, 5_855) / 1e6, 2)  # E. Kalimantan 2012
    256.37
    """
    del cooperatives  # only checked: the borrowers are a part of them
    return external / borrowers


@metric(
    "percent",
    part_of=("borrowers", "cooperatives"),
    borrowers="cooperatives_with_external_capital",
    cooperatives="cooperatives",
)
def borrowing_share(borrowers: Number, cooperatives: Number) -> Number:
    """Cooperatives with external capital as a share of all [per cent].

    >>> round(borrowing_share(2_427, 5_855), 2)  # East Kalimantan, 2012
    41.45
    """
    return borrowers * PERCENT / cooperatives


@metric("percent", surplus="net_surplus", own="own_capital")
def return_on_own_capital(surplus: Number, own: Number) -> Number:
    """Net surplus (SHU) on own capital [per cent]; a flow on a stock, compare equal spans only.

    >>> return_on_own_capital(5, 100)
    5.0
    """
    return surplus * PERCENT / own


@metric("percent", surplus="net_surplus", volume="business_volume")
def surplus_margin(surplus: Number, volume: Number) -> Number:
    """Net surplus (SHU) as a share of business volume in the same span [per cent].

    >>> round(surplus_margin(234.729e9, 901.167e9), 1)  # East Kalimantan, 2008
    26.0
    """
    return surplus * PERCENT / volume


@metric("ratio", volume="business_volume", assets="assets")
def asset_turnover(volume: Number, assets: Number) -> Number:
    """Business volume divided by assets [times a year, when the volume is a year's].

    >>> asset_turnover(140, 200)
    0.7
    """
    return volume / assets


@metric("IDR", assets="assets", own="own_capital", external="external_capital")
def balance_gap(assets: Number, own: Number, external: Number) -> Number:
    """Assets minus own and external capital [IDR]; the balance holds if 0 lies in the interval.

    >>> balance_gap(1_398, 594, 803)
    1
    """
    return assets - own - external


@dataclass(frozen=True, slots=True)
class Refused(Missing):
    """A metric that must not be computed, with the two figures that forbid it."""

    part: Observation | None = None
    whole: Observation | None = None

    def __bool__(self) -> bool:
        return False


def compute(
    name: str, data: Dataset, region: str | int, period: str | int, reading: str = "coherent"
) -> Figure | Missing:
    r"""Compute a metric for a region and period under a reading.

    Returns a Figure; :class:`~kumkm_analysis.figures.Missing` (falsy) when an input is printed by
    no source; :class:`Refused` (falsy) when a part exceeds its whole as printed. Raises
    :class:`~kumkm_analysis.errors.ParameterError` for a metric, region, period or reading that
    does not exist, all of them at once.

    >>> from kumkm_analysis.dataset import load
    >>> figure = compute("own_capital_share", load(), "64", "2012")
    >>> figure.text("en"), figure.between("en", style="table")
    ('77.499\xa0per\xa0cent', '77.4948–77.5030%')
    """
    wrong = check_one_of("metric", name, METRICS)
    region, period = _asked(data, region, period, reading, wrong)
    recipe, data = METRICS[name], data.under(reading)
    scenarios = Reader(data, region, period, reading).scenarios(recipe.inputs)
    if not scenarios:
        return Missing(name, region, period)
    if reading != "envelope":
        return evaluate(recipe, data, scenarios[0], region, period, reading)
    figures = [evaluate(recipe, data, s, region, period, reading) for s in scenarios]
    held = [f for f in figures if isinstance(f, Figure)]
    return envelope(held) if held else figures[0]


def evaluate(
    recipe: Metric, data: Dataset, scenario: Scenario, region: str, period: str, reading: str
) -> Figure | Missing:
    """Evaluate a metric on one scenario: the point, and the corners of the inputs' intervals."""
    if recipe.part_of:
        part, whole = (scenario.inputs[argument] for argument in recipe.part_of)
        if exceeds(part.interval, whole.interval):
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
    return Figure(
        name=recipe.name,
        kind="derived",
        value=recipe.function(*(Fraction(o.value) for o in observations)),
        interval=span,
        unit=recipe.unit,
        region=region,
        period=scenario.reference_period or period,
        reading=reading,
        observations=tuple(o.observation_id for o in observations),
        register=next((o.register for o in observations if o.register), ""),
        digits=int(data.metrics[recipe.name].digits) if recipe.name in data.metrics else DIGITS,
        coherent=scenario.coherent,
    )


def exceeds(part: Interval, whole: Interval) -> bool:
    """Tell whether a part is larger than its whole whatever the print allows."""
    return part.low is not None and whole.high is not None and part.low > whole.high


def envelope(figures: list[Figure]) -> Figure:
    """Return the hull of several figures of one quantity: how wide is the disagreement."""
    first = figures[0]
    ids = tuple(dict.fromkeys(i for f in figures for i in f.observations))
    span = hull(*(f.interval for f in figures))
    single = len({f.value for f in figures}) == 1
    return first.replace(
        value=first.value if single else None,
        interval=span,
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
    )


def look_up(
    cell: Cell, data: Dataset, region: str | int, period: str | int, reading: str = "coherent"
) -> Figure | Missing:
    """Return the figure that the reading lets speak for one cell, or what is missing.

    Raises :class:`~kumkm_analysis.errors.ParameterError` as :func:`compute` does.
    """
    region, period = _asked(data, region, period, reading, data.check_indicator(cell.indicator))
    data = data.under(reading)
    reader = Reader(data, region, period, reading)
    if reading == "envelope":
        candidates = reader.candidates(cell)
        if candidates:
            return envelope([observed(data, o, reading) for o in candidates])
    scenarios = reader.scenarios({"value": cell})
    if not scenarios:
        return Missing(cell.indicator, region, period, category=cell.category)
    return observed(data, scenarios[0].inputs["value"], reading)


def difference(one: Figure, other: Figure) -> Figure:
    """Return how far two figures of one quantity lie apart, always positive [their unit].

    Shares differ by percentage points.
    """
    apart = corners(lambda a, b: a - b, one.interval, other.interval)
    value = one.known - other.known
    if value < 0:
        low = None if apart.high is None else -apart.high
        apart = Interval(low, None if apart.low is None else -apart.low)
    return one.replace(
        name="distance",
        kind="derived",
        value=abs(value),
        interval=apart,
        unit="points" if one.unit == "percent" else one.unit,
        observations=tuple(dict.fromkeys((*one.observations, *other.observations))),
        printed=None,
        printing="exact",
        digits=3,
    )


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
        observations=(*earlier.observations, *later.observations),
        printed=None,
        printing="exact",
        digits=3,
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
