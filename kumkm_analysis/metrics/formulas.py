"""Derived quantities, one plain function each.

A metric is arithmetic on exact numbers (:class:`fractions.Fraction` in, Fraction out; floats work
too). Its decorator declares the unit and which printed indicators it takes;
:mod:`~kumkm_analysis.metrics.compute` adds interval and pedigree.

All functions are monotone in each input as long as divisors are positive, so the corners are the
exact bounds; a property test guards that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from inspect import signature
from typing import TypeVar

from kumkm_analysis.metrics.readings import Cell

Number = TypeVar("Number", float, Fraction)
PERCENT = 100
MONEY = "money"  # the unit of what is measured in the currency of a package, whichever it is
HUNDRED_THOUSAND = 100_000


@dataclass(frozen=True, slots=True)
class Metric:
    """A registered metric: its function, unit, inputs and what must hold before it is computed.

    ``own`` marks one that a user registered, whose bounds are probed when it is computed.
    """

    name: str
    function: Callable[..., Fraction]
    unit: str
    inputs: Mapping[str, Cell]
    part_of: tuple[str, str] | None = None
    own: bool = False


METRICS: dict[str, Metric] = {}
Function = TypeVar("Function", bound=Callable[..., object])


def metric(
    unit: str, part_of: tuple[str, str] | None = None, **inputs: str
) -> Callable[[Function], Function]:
    """Register a function as a metric; ``inputs`` name what is printed for each argument.

    That is an indicator, or ``indicator[breakdown]``.

    ``part_of`` names two inputs of which the first must not exceed the second: where it does as
    printed, the metric is refused, because its divisor cannot hold.
    """

    def register(function: Function) -> Function:
        if list(signature(function).parameters) != list(inputs):  # they are passed by position
            raise TypeError(f"{function.__name__} takes its inputs in another order than declared")
        cells = {argument: Cell.of(printed) for argument, printed in inputs.items()}
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


@metric(
    "percent",
    part_of=("active", "cooperatives"),
    active="active_cooperatives",
    cooperatives="cooperatives",
)
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


@metric(MONEY, own="own_capital", external="external_capital")
def total_capital(own: Number, external: Number) -> Number:
    """Own plus external capital [money]; not the same as total assets.

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
    """External capital divided by own capital [money of debt per money of own capital].

    >>> round(debt_to_equity(2_143e9, 622.2e9), 5)  # East Kalimantan, 2012
    0.29034
    """
    return external / own


@metric(MONEY, own="own_capital", external="external_capital", cooperatives="cooperatives")
def capital_per_cooperative(own: Number, external: Number, cooperatives: Number) -> Number:
    """Own plus external capital per registered cooperative [money per cooperative].

    >>> round(capital_per_cooperative(2_143e9, 622.2e9, 5_855) / 1e6, 1)  # East Kalimantan, 2012
    472.3
    """
    return (own + external) / cooperatives


@metric(MONEY, own="own_capital", external="external_capital", members="members")
def capital_per_member(own: Number, external: Number, members: Number) -> Number:
    """Own plus external capital per member [money per membership].

    >>> round(capital_per_member(2_143e9, 622.2e9, 426_325) / 1e6, 3)  # East Kalimantan, 2012
    6.486
    """
    return (own + external) / members


@metric(MONEY, own="own_capital", cooperatives="cooperatives")
def own_capital_per_cooperative(own: Number, cooperatives: Number) -> Number:
    """Own capital per registered cooperative [money per cooperative].

    Holders of own capital can be no more than all cooperatives, so own capital per holder is at
    least this much.

    >>> round(own_capital_per_cooperative(2_143e9, 5_855) / 1e6, 1)  # East Kalimantan, 2012
    366.0
    """
    return own / cooperatives


@metric(
    MONEY,
    part_of=("holders", "cooperatives"),
    own="own_capital",
    holders="cooperatives_with_own_capital",
    cooperatives="cooperatives",
)
def own_capital_per_holder(own: Number, holders: Number, cooperatives: Number) -> Number:
    """Own capital per cooperative that holds any [money per holder]; refused if holders > all.

    >>> own_capital_per_holder(600, 3, 4)
    200.0
    """
    del cooperatives  # only checked: the holders are a part of them
    return own / holders


@metric(MONEY, own="own_capital", members="members")
def own_capital_per_member(own: Number, members: Number) -> Number:
    """Own capital per member [money per membership].

    >>> round(own_capital_per_member(2_143e9, 426_325) / 1e6, 2)  # East Kalimantan, 2012
    5.03
    """
    return own / members


@metric(
    MONEY,
    part_of=("borrowers", "cooperatives"),
    external="external_capital",
    borrowers="cooperatives_with_external_capital",
    cooperatives="cooperatives",
)
def external_capital_per_borrower(
    external: Number, borrowers: Number, cooperatives: Number
) -> Number:
    """External capital per cooperative that holds any [money per borrowing cooperative].

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


@metric("cooperatives", active="active_cooperatives", population="population")
def active_cooperatives_per_100k(active: Number, population: Number) -> Number:
    """Active cooperatives per 100,000 inhabitants [cooperatives per 100,000 people].

    >>> round(active_cooperatives_per_100k(2_901, 3_808_235), 1)
    76.2
    """
    return active * HUNDRED_THOUSAND / population


@metric(MONEY, volume="business_volume", active="active_cooperatives")
def volume_per_active_cooperative(volume: Number, active: Number) -> Number:
    """Business volume divided by active cooperatives [money per active cooperative and year].

    >>> volume_per_active_cooperative(1_200e9, 3_000)
    400000000.0
    """
    return volume / active


@metric(MONEY, volume="business_volume", population="population")
def volume_per_inhabitant(volume: Number, population: Number) -> Number:
    """Business volume of cooperatives divided by population [money per inhabitant and year].

    >>> volume_per_inhabitant(1_200e9, 3_000_000)
    400000.0
    """
    return volume / population


@metric("percent", volume="business_volume", grdp="grdp[price=current;series=2010]")
def volume_to_grdp(volume: Number, grdp: Number) -> Number:
    """Business volume set against gross regional domestic product at current prices [per cent].

    Volume is turnover and GRDP is value added, so this is a measure of size, not a share.

    >>> volume_to_grdp(1_200e9, 480_000e9)
    0.25
    """
    return volume * PERCENT / grdp


@metric(
    MONEY,
    volume="business_volume",
    constant="grdp[price=constant;series=2010]",
    current="grdp[price=current;series=2010]",
)
def real_business_volume(volume: Number, constant: Number, current: Number) -> Number:
    """Business volume at prices of 2010 by the implied GRDP deflator [money of 2010 a year].

    The deflator is the ratio of GRDP at current prices to GRDP at constant prices. It follows the
    prices of all that a province produces (in East Kalimantan mostly coal, oil and gas), not those
    that members of cooperatives pay.

    >>> real_business_volume(1_200e9, 400_000e9, 480_000e9)
    1000000000000.0
    """
    return volume * constant / current


@metric("ratio", volume="business_volume", assets="assets")
def asset_turnover(volume: Number, assets: Number) -> Number:
    """Business volume divided by assets [times a year, when the volume is a year's].

    >>> asset_turnover(140, 200)
    0.7
    """
    return volume / assets


@metric(MONEY, assets="assets", own="own_capital", external="external_capital")
def balance_gap(assets: Number, own: Number, external: Number) -> Number:
    """Assets minus own and external capital [money]; the balance holds if 0 lies in the interval.

    >>> balance_gap(1_398, 594, 803)
    1
    """
    return assets - own - external
