"""Tests of the metrics: documented, guarded, and right for the founding document."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kumkm_analysis import metrics
from kumkm_analysis.dataset import Dataset
from kumkm_analysis.errors import KumkmError, ParameterError
from kumkm_analysis.figures import Figure, Missing
from kumkm_analysis.interval import Interval
from kumkm_analysis.metrics import METRICS, Refused, compute
from kumkm_analysis.readings import Cell

FOUNDING = "kalnews-revitalisasi-2013"
# The quantities that the reports are built on.
WANTED = {
    "members_per_cooperative", "employees_per_cooperative", "members_per_employee",
    "cooperatives_per_100k", "members_per_100", "active_share", "annual_meeting_rate",
    "annual_growth", "total_capital", "own_capital_share", "external_capital_share",
    "debt_to_equity", "capital_per_cooperative", "capital_per_member", "own_capital_per_member",
    "external_capital_per_borrower", "borrowing_share", "return_on_own_capital",
    "asset_turnover", "balance_gap",
}  # fmt: skip
UNIT_WORDS = {
    "people": ("people", "members", "memberships"), "cooperatives": ("cooperatives",),
    "percent": ("per cent",), "IDR": ("IDR",), "ratio": ("rupiah of debt", "times"),
}  # fmt: skip


def founding(data: Dataset, indicator: str) -> Interval:
    """Return the interval of a figure of the founding document."""
    return data.observations[f"64.{indicator}.2012.{FOUNDING}"].interval


def test_every_wanted_quantity_exists(data: Dataset) -> None:
    """Each is a public function, registered or standing alone, and described in metrics.csv."""
    for name in WANTED:
        assert callable(getattr(metrics, name)), name
        assert name in data.metrics
    assert set(METRICS) | {"annual_growth"} == set(data.metrics)


@pytest.mark.parametrize("name", [*METRICS, "annual_growth"])
def test_a_metric_says_its_formula_its_unit_and_an_example_that_runs(
    data: Dataset, name: str
) -> None:
    """The docstring holds unit and doctest, the table the same unit and the same formula."""
    function = getattr(metrics, name)
    text = inspect.getdoc(function) or ""
    assert ">>>" in text
    unit = re.search(r"\[([^]]+)\]", " ".join(text.split()))
    assert unit, "no unit in square brackets"
    defined = data.metrics[name]
    assert any(word in unit[1] for word in UNIT_WORDS[defined.unit]), unit[1]
    assert defined.source
    if name in METRICS:
        assert METRICS[name].unit == defined.unit


@pytest.mark.parametrize("name", METRICS)
def test_the_formula_of_the_table_is_the_formula_of_the_code(data: Dataset, name: str) -> None:
    """Evaluated on the same inputs, metrics.csv and the function agree exactly."""
    recipe = METRICS[name]
    values = {c.indicator: Fraction(n) for n, c in zip((7, 11, 13), recipe.inputs.values())}  # noqa: B905
    formula = ast.parse(data.metrics[name].formula, mode="eval")
    expected = eval(compile(formula, name, "eval"), {}, dict(values))
    given_ = {argument: values[cell.indicator] for argument, cell in recipe.inputs.items()}
    assert recipe.function(**given_) == expected


@pytest.mark.parametrize("name", METRICS)
def test_the_inputs_of_a_metric_are_its_arguments_in_order(name: str) -> None:
    """What the decorator names is what the function takes."""
    recipe = METRICS[name]
    assert list(recipe.inputs) == list(inspect.signature(recipe.function).parameters)


# What the founding document gives, to the digits that the reports must show. The expected values
# follow from its seven printed figures, computed here with nothing but fractions.
@pytest.mark.parametrize(
    ("name", "formula", "shown"),
    [
        ("members_per_cooperative", lambda d: d("members") / d("cooperatives"), "72.81"),
        ("employees_per_cooperative", lambda d: d("employees") / d("cooperatives"), "1.239"),
        ("members_per_employee", lambda d: d("members") / d("employees"), "58.78"),
        ("total_capital", lambda d: d("own_capital") + d("external_capital"), "2.7652"),
        (
            "own_capital_share",
            lambda d: 100 * d("own_capital") / (d("own_capital") + d("external_capital")),
            "77.499",
        ),
        ("debt_to_equity", lambda d: d("external_capital") / d("own_capital"), "0.29034"),
        (
            "capital_per_cooperative",
            lambda d: (d("own_capital") + d("external_capital")) / d("cooperatives"),
            "472.3",
        ),
        (
            "capital_per_member",
            lambda d: (d("own_capital") + d("external_capital")) / d("members"),
            "6.486",
        ),
        (
            "external_capital_per_borrower",
            lambda d: d("external_capital") / d("cooperatives_with_external_capital"),
            "256.37",
        ),
        (
            "borrowing_share",
            lambda d: 100 * d("cooperatives_with_external_capital") / d("cooperatives"),
            "41.45",
        ),
        ("own_capital_per_cooperative", lambda d: d("own_capital") / d("cooperatives"), "366.0"),
    ],
)
def test_the_founding_document_gives_its_known_figures(
    data: Dataset,
    name: str,
    formula: Callable[[Callable[[str], Fraction]], Fraction],
    shown: str,
) -> None:
    """Value, text and pedigree of every figure that the reports are known for."""

    def point(indicator: str) -> Fraction:
        return Fraction(data.observations[f"64.{indicator}.2012.{FOUNDING}"].value)

    figure = compute(name, data, "64", "2012", "coherent")
    assert isinstance(figure, Figure)
    assert figure.value == formula(point)
    assert re.findall(r"\d[\d.]*", figure.text("en")) == [shown]
    assert re.findall(r"\d[\d,]*", figure.text("id")) == [shown.replace(".", ",")]
    assert figure.coherent
    sources = {data.observations[i].source_id for i in figure.observations}
    assert sources == {FOUNDING}
    assert figure.interval.contains(figure.value)


def test_the_founding_intervals_are_those_of_the_printed_rounding(data: Dataset) -> None:
    """Corners worked out by hand: own high with external low, and the reverse."""
    own, external = founding(data, "own_capital"), founding(data, "external_capital")
    assert own.low is not None
    assert own.high is not None
    assert external.low is not None
    assert external.high is not None
    total = compute("total_capital", data, "64", "2012")
    share = compute("own_capital_share", data, "64", "2012")
    ratio = compute("debt_to_equity", data, "64", "2012")
    assert isinstance(total, Figure)
    assert isinstance(share, Figure)
    assert isinstance(ratio, Figure)
    assert total.interval == Interval(own.low + external.low, own.high + external.high)
    assert share.interval == Interval(
        100 * own.low / (own.low + external.high), 100 * own.high / (own.high + external.low)
    )
    assert ratio.interval == Interval(external.low / own.high, external.high / own.low)
    assert total.nearest_bounds("en", 4) == "[2.7647, 2.7657]"
    assert share.between("en", "table") == "77.4948–77.5030%"
    assert ratio.between("en", "table") == "0.29027–0.29041"


def test_own_capital_per_holder_is_refused_with_the_figures_that_forbid_it(data: Dataset) -> None:
    """22.977 holders of 5.855 cooperatives: no quotient is given, both figures are."""
    refused = compute("own_capital_per_holder", data, "64", "2012")
    assert isinstance(refused, Refused)
    assert not refused
    assert refused.part is not None
    assert refused.whole is not None
    assert (refused.part.as_printed, refused.whole.as_printed) == ("22.977 unit", "5.855 unit")


def test_a_part_as_large_as_its_whole_is_no_breach() -> None:
    """Only what exceeds the whole whatever the print allows is refused."""
    part, whole = Interval.exact(5), Interval.exact(5)
    assert not metrics.exceeds(part, whole)
    assert metrics.exceeds(Interval.exact(6), whole)
    assert not metrics.exceeds(Interval(Fraction(5), Fraction(9)), whole)
    assert not metrics.exceeds(Interval(None, Fraction(9)), whole)
    assert not metrics.exceeds(Interval.exact(6), Interval(Fraction(1), None))


def test_what_no_source_prints_is_missing_and_not_nought(data: Dataset) -> None:
    """A region without figures gives a falsy Missing with its name."""
    found = compute("members_per_cooperative", data, "6501", "1999")
    assert isinstance(found, Missing)
    assert (found.name, found.region, found.period) == ("members_per_cooperative", "6501", "1999")


def test_an_unknown_metric_is_answered_with_the_nearest(data: Dataset) -> None:
    """A slip in a name is a parameter error with a suggestion."""
    with pytest.raises(ParameterError, match="Did you mean members_per_cooperative"):
        compute("member_per_cooperative", data, "64", "2012")


@pytest.mark.parametrize(
    ("printing", "value"), [("about", "1"), ("at_most", "100"), ("exact", "0"), ("rounded", "0")]
)
def test_a_divisor_that_may_be_nought_gives_no_figure(
    made: Callable[..., Dataset], printing: str, value: str
) -> None:
    """Nearly a hundred cooperatives may be none: members per cooperative have no bound."""
    data = made(
        {"source_id": "paper", "indicator_id": "members", "as_printed": "400", "unit": "orang"},
        {"source_id": "paper", "indicator_id": "cooperatives", "as_printed": value,
         "printing": printing},
        paper=("press", "2013"),
    )  # fmt: skip
    found = compute("members_per_cooperative", data, "64", "2012")
    assert isinstance(found, Missing)
    assert found.reason == "divisor_may_be_zero"


def test_a_count_of_at_most_does_not_reach_below_nought(made: Callable[..., Dataset]) -> None:
    """Nearly 400 members of 4 cooperatives are none to a hundred each, never fewer."""
    data = made(
        {"source_id": "paper", "indicator_id": "members", "as_printed": "400", "unit": "orang",
         "printing": "at_most"},
        {"source_id": "paper", "indicator_id": "cooperatives", "as_printed": "4"},
        paper=("press", "2013"),
    )  # fmt: skip
    found = compute("members_per_cooperative", data, "64", "2012")
    assert isinstance(found, Figure)
    assert found.interval == Interval(Fraction(0), Fraction(100))


# ---- differences and growth ----


def figure(value: int | Fraction, width: int | Fraction = 0, unit: str = "people") -> Figure:
    """Return a figure of a value and a half-width."""
    return Figure(
        name="members", kind="derived", value=Fraction(value),
        interval=Interval(Fraction(value) - width, Fraction(value) + width), unit=unit,
        region="64", period="2012", reading="coherent", observations=(f"id-{value}",),
    )  # fmt: skip


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.fractions(0, 1), st.fractions(0, 1))
def test_growth_encloses_every_growth_that_the_bounds_allow(
    a: int, b: int, wide_a: Fraction, wide_b: Fraction
) -> None:
    """For one year exactly, for other spans with the floating root inside the bounds."""
    one, two = figure(a + 1, wide_a), figure(b + 1, wide_b)
    for years in (1, 2, Fraction(5, 2)):
        grown = metrics.growth(one, two, Fraction(years))
        assert grown.unit == "percent"
        assert grown.observations == (*one.observations, *two.observations)
        for x in (one.interval.low, one.interval.high):
            for y in (two.interval.low, two.interval.high):
                assert x is not None
                assert y is not None
                exact = (Fraction(float(y / x) ** (1 / float(years))) - 1) * 100
                slack = Fraction(1, 10**9) * (1 + abs(exact))
                assert grown.interval.low is not None
                assert grown.interval.high is not None
                assert grown.interval.low - slack <= exact <= grown.interval.high + slack


def test_growth_from_nought_or_over_no_time_is_refused() -> None:
    """A sentence, not a division by zero or a complex number."""
    for earlier, later, years in ((0, 5, 1), (5, 6, 0), (5, 6, -1), (0, 5, 2), (-5, 5, 2)):
        with pytest.raises(KumkmError):
            metrics.growth(figure(earlier), figure(later), Fraction(years))


def test_shares_differ_by_percentage_points() -> None:
    """The distance of two shares is positive, in points, and rests on both."""
    far = metrics.difference(figure(42, 1, "percent"), figure(77, 1, "percent"))
    assert (far.value, far.unit) == (35, "points")
    assert far.interval == Interval(Fraction(33), Fraction(37))
    assert far.observations == ("id-42", "id-77")


def test_an_indicator_is_looked_up_as_printed(data: Dataset) -> None:
    """One printed figure comes with its token, its source's reserve and its own unit."""
    found = metrics.look_up(Cell("own_capital"), data, "64", "2012")
    assert isinstance(found, Figure)
    assert found.kind == "observed"
    assert found.printed is not None
    assert found.printed.token == "Rp2,143 triliun"
    assert metrics.observed(data, data.observations[found.observations[0]], "coherent") == found
