"""Derived figures for exploring: with what is known against them, in one table, or of one's own."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import TYPE_CHECKING, Any, TypeVar

from babel.numbers import is_currency

from kumkm_analysis.dataset.dataset import Dataset, load
from kumkm_analysis.errors import Fault
from kumkm_analysis.explore import frames
from kumkm_analysis.explore.names import Asked, Name, Names, listed
from kumkm_analysis.explore.sourced import SourcedFigure
from kumkm_analysis.findings.doubts import doubts as known_doubts
from kumkm_analysis.metrics import compute as metrics
from kumkm_analysis.metrics import formulas
from kumkm_analysis.metrics.doubts import Doubts
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.readings import Cell, Reader

if TYPE_CHECKING:
    import pandas as pd

Function = TypeVar("Function", bound=Callable[..., Any])
COLUMNS = (
    "metric", "region", "period", "value", "low", "high", "unit", "contested", "doubt", "sources",
    "observations", "findings", "instead_of", "one_source", "reading", "missing",
)  # fmt: skip


def compute(
    name: str,
    data: Dataset | None = None,
    region: Name = "",
    period: Name = "",
    reading: str = "coherent",
    doubts: Doubts | None = None,
) -> Figure | Missing:
    r"""Compute a metric for a region and period under a reading, with what is known against it.

    Returns a figure that knows its sources (``sources()``, ``cite()``), the findings that touch
    what it rests on (``findings``) and whether one speaks against that (``contested``); or
    something false that says why there is none: an input that nobody prints, a part that exceeds
    its whole as printed, a divisor that may be zero. Under the reading ``coherent`` a suspect
    figure yields to another one. Without ``data`` the package that :func:`kumkm_analysis.load`
    gives is taken. Its findings are searched once (2 to 4 seconds).

    Raises :class:`~kumkm_analysis.errors.ParameterError` for a metric, region, period or reading
    that does not exist, all of them at once.

    >>> figure = compute("own_capital_share", region="Kalimantan Timur", period=2012)
    >>> figure.text("en"), figure.between("en", style="table"), figure.contested
    ('77.5\xa0per\xa0cent', '77.49–77.51%', True)
    """
    data = load() if data is None else data
    asked = Asked(data)
    names = asked.metrics(name)
    regions = asked.regions(region) or ()
    if len(regions) > 1:
        step = "kumkm.compute_frame computes many."
        asked.faults.append(Fault("region", f"{len(regions)} regions", "one region", step))
    asked.reading(reading)
    asked.years(period)
    asked.settle()
    known = known_doubts(data) if doubts is None else doubts
    return _figure(data, names[0], regions[0], str(period), reading, known)


def _figure(
    data: Dataset, name: str, region: str, period: str, reading: str, known: Doubts
) -> Figure | Missing:
    """Return a metric, or the printed figure of an indicator that the reading lets speak."""
    if name in formulas.METRICS:
        found = metrics.compute(name, data, region, period, reading, known)
    else:
        found = metrics.look_up(Cell.of(name), data, region, period, reading, known)
    return SourcedFigure.of(found, data) if isinstance(found, Figure) else found


def compute_frame(
    metric: Names,
    regions: Names = None,
    periods: Names = None,
    *,
    data: Dataset | None = None,
    reading: str = "coherent",
    labels: bool | str = False,
) -> pd.DataFrame:
    """Compute metrics for regions and periods into a table, one row each, none left out.

    ``metric`` may name indicators as well: then the printed figure is taken that the reading lets
    speak. ``regions`` are codes or titles, or a level such as ``province``; ``periods`` are
    ``2012``, ``"2006:2021"`` or several. Without them all regions, or all years in which an input
    is printed, are taken. Bounds are in the unit of the column ``unit``; ``sources`` and
    ``observations`` are codes with a blank between; ``missing`` says why there is no value.
    Raises :class:`~kumkm_analysis.errors.ParameterError` for all names that there are not.

    >>> table = compute_frame("members_per_cooperative", regions=[64, 65], periods=2012)
    >>> table[["value", "missing"]].round(2).values.tolist()
    [[72.81, <NA>], [<NA>, 'nobody prints members, cooperatives']]
    """
    import pandas as pd

    data = load() if data is None else data
    asked = Asked(data)
    names = [name for one in listed(metric) for name in asked.metrics(one)]
    places, years = asked.regions(regions), asked.years(periods)
    asked.reading(reading)
    asked.settle()
    known = known_doubts(data)
    rows = []
    for name in names:
        cells = _cells(name)
        spans = years if periods is not None else _printed_years(data, cells)
        for region in data.regions if places is None else places:
            rows += [_row(data, name, region, year, reading, known) for year in spans]
    columns = {name: [row.get(name) for row in rows] for name in COLUMNS}
    table = pd.DataFrame(
        {name: pd.array(cells, dtype=_dtype(name)) for name, cells in columns.items()}  # type: ignore[call-overload]
    )
    if labels:
        frames.label(data, table, labels)
    table.attrs |= {"reading": reading, **frames.told(data)}
    return table


def _row(
    data: Dataset, name: str, region: str, period: str, reading: str, known: Doubts
) -> dict[str, Any]:
    """Return one row: the figure, or why there is none."""
    found = _figure(data, name, region, period, reading, known)
    row = {"metric": name, "region": region, "period": period, "reading": reading}
    if not isinstance(found, SourcedFigure):
        return {**row, "missing": _why(data, found, name, reading)}  # type: ignore[arg-type]
    value, low, high = (
        None if end is None else float(end)
        for end in (found.value, found.interval.low, found.interval.high)
    )
    doubt = frames.SUSPECT if found.suspects else frames.DISPUTED if found.disputed else None
    return row | {
        "value": value, "low": low, "high": high, "unit": found.unit,
        "contested": found.contested, "doubt": doubt,
        "sources": " ".join(s.source_id for s in found.sources()),
        "observations": " ".join(found.observations), "findings": " ".join(found.findings) or None,
        "instead_of": " ".join(found.instead_of) or None, "one_source": found.coherent,
    }  # fmt: skip


def _why(data: Dataset, missing: Missing, name: str, reading: str) -> str:
    """Return why there is no figure, in words."""
    if missing.reason != "not_printed":
        return missing.reason.replace("_", " ")
    reader = Reader(data, missing.region, missing.period, reading)
    lacking = [
        f"{cell.indicator}[{cell.category}]" if cell.category else cell.indicator
        for cell in _cells(name)
        if not reader.candidates(cell)
    ]
    official = " by an office" * (reading == "official")
    if lacking:
        return f"nobody prints {', '.join(lacking)}{official}"
    return "the inputs are printed, but not of one year, territory and register"


def _cells(name: str) -> list[Cell]:
    """Return what has to be printed for a metric or indicator."""
    recipe = formulas.METRICS.get(name)
    return list(recipe.inputs.values()) if recipe else [Cell.of(name)]


def _printed_years(data: Dataset, cells: list[Cell]) -> list[str]:
    """Return the years of which the first input of a metric is printed anywhere."""
    found = data.select(indicator=cells[0].indicator, category=cells[0].category)
    return sorted({o.reference_period[:4] for o in found if o.reference_period})


def _dtype(name: str) -> str:
    kinds = {"contested": "boolean", "one_source": "boolean"}
    return "Float64" if name in frames.NUMBERS else kinds.get(name, "string")


def metric(
    unit: str, part_of: tuple[str, str] | None = None, **inputs: str
) -> Callable[[Function], Function]:
    """Register a function of your own as a metric, for this session.

    ``inputs`` say what is printed for each argument: an indicator, or ``indicator[breakdown]``.
    The function gets exact numbers (:class:`fractions.Fraction`) and must rise or fall throughout
    in each of them, since bounds are taken at the corners; where a value outside of these is met,
    computing refuses. A currency as ``unit`` stands for that of the package that is asked, since
    amounts are never converted. ``part_of`` names two arguments of which the first must not exceed
    the second. The name and first sentence of the function are its title and definition.

    Raises :class:`~kumkm_analysis.errors.ParameterError` for a unit, indicator or breakdown that
    there is not, for arguments in another order, and for the name of a metric of the library.

    >>> @metric("IDR", surplus="net_surplus", members="members")
    ... def surplus_per_member(surplus, members):
    ...     "Net surplus for each member."
    ...     return surplus / members
    >>> compute_frame("surplus_per_member", regions="Bali", periods="2012:2014").shape
    (3, 16)
    >>> del formulas.METRICS["surplus_per_member"]
    """

    def register(function: Function) -> Function:
        name = function.__name__
        asked = Asked(load())
        money = is_currency(unit)
        if not money:
            asked.unit(unit)
        for given in inputs.values():
            cell = Cell.of(str(given))
            asked.indicators(cell.indicator)
            asked.categories(cell.category)
        taken = list(signature(function).parameters)
        where = f"metric {name}"
        if taken != list(inputs):
            expected = f"the inputs in the order declared: {', '.join(inputs)}"
            asked.faults.append(Fault(where, f"({', '.join(taken)})", expected))
        for argument in part_of or ():
            if argument not in inputs:
                asked.faults.append(Fault(f"{where}, part_of", repr(argument), "an argument"))
        known = formulas.METRICS.get(name)
        if (known is not None and not known.own) or name in asked.data.indicators:
            step = "Give the function another name."
            asked.faults.append(Fault(where, "a name that is taken", "a name of its own", step))
        asked.settle()
        cells = {argument: Cell.of(str(given)) for argument, given in inputs.items()}
        of = formulas.MONEY if money else unit  # in the currency of the package that is asked
        formulas.METRICS[name] = formulas.Metric(name, function, of, cells, part_of, own=True)
        return function

    return register
