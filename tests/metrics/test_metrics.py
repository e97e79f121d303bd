"""Tests of derived quantities: the formulas, and the founding document's figures on the page."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from html import unescape

import pytest
from conftest import Page, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

from kumkm_analysis.charts.sheet import unit_title
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.errors import KumkmError, ParameterError
from kumkm_analysis.metrics import formulas
from kumkm_analysis.metrics.compute import Refused, compute, difference, growth, look_up, observed
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.formulas import METRICS, MONEY
from kumkm_analysis.metrics.readings import Cell

FOUNDING = "kalnews-revitalisasi-2013"
Make = Callable[..., Dataset]

# ---- what there is ----

# What the project promises to derive; annual growth stands between two figures and is no recipe.
PROMISED = {
    "members_per_cooperative", "employees_per_cooperative", "members_per_employee",
    "cooperatives_per_100k", "members_per_100", "active_share", "annual_meeting_rate",
    "total_capital", "own_capital_share", "external_capital_share", "debt_to_equity",
    "capital_per_cooperative", "capital_per_member", "own_capital_per_member",
    "external_capital_per_borrower", "borrowing_share", "return_on_own_capital", "asset_turnover",
    "balance_gap",
}  # fmt: skip


def test_every_promised_metric_exists() -> None:
    """Nothing that the reports were promised to derive is lacking."""
    assert set(METRICS) >= PROMISED
    assert callable(formulas.annual_growth)


def test_metrics_and_their_definitions_match_in_both_directions(data: Dataset) -> None:
    """A formula in code has a row of metrics.csv, with the same unit, and the other way round."""
    of_windows = {"window_growth", "window_difference", "difference_of_changes"}
    assert set(data.metrics) == {*METRICS, "annual_growth", *of_windows}
    money = {MONEY: data.settings.currency}
    units = {name: money.get(metric.unit, metric.unit) for name, metric in METRICS.items()}
    assert {name: data.metrics[name].unit for name in METRICS} == units


@pytest.mark.parametrize("name", [*METRICS, "annual_growth"])
def test_a_metric_is_documented_with_its_unit_and_an_example(name: str) -> None:
    """The docstring gives the unit in brackets and an example that pytest runs."""
    doc = inspect.getdoc(getattr(formulas, name)) or ""
    assert re.search(r"\[[^\]]*\w[^\]]*\]", doc.split("\n\n")[0]), doc
    assert re.search(rf">>> .*\b{name}\(", doc), doc


@pytest.mark.parametrize("name", METRICS)
@given(drawn=st.data())
@settings(max_examples=20)
def test_the_written_formula_and_the_code_agree(
    data: Dataset, name: str, drawn: st.DataObject
) -> None:
    """The formula that the page shows (metrics.csv) gives what the function gives."""
    recipe = METRICS[name]
    values = {
        argument: drawn.draw(st.fractions(min_value=Fraction(1, 100), max_value=10**9))
        for argument in recipe.inputs
    }
    formula, named = data.metrics[name].formula, {}
    for argument, cell in recipe.inputs.items():  # grdp[price=current;series=2010] is one term
        term = f"{cell.indicator}[{cell.category}]" if cell.category else cell.indicator
        assert term in formula
        formula = formula.replace(term, argument) if cell.category else formula
        named[argument if cell.category else cell.indicator] = values[argument]
    written = eval(formula, {"__builtins__": {}}, named)
    assert written == recipe.function(**values)


# ---- the founding document ----


@dataclass(frozen=True)
class Expected:
    """A figure as the founding document gives it: on which page, how written, and its bounds."""

    notebook: str
    metric: str
    en: str
    bounds: tuple[str, ...] = ()  # as they must stand on the English page

    def written(self, language: str) -> list[str]:
        """Return what must stand on the page in a language."""
        return [translated(text, language) for text in self.bounds or (self.en,)]


SIGNS = str.maketrans(",.", ".,")
WORDS = {"trillion": "triliun", "billion": "miliar", "million": "juta", "per cent": "persen"}


def translated(text: str, language: str) -> str:
    """Return an English number, amount or pair of bounds as the language writes it."""
    if language == "en":
        return text
    for english, indonesian in WORDS.items():
        text = text.replace(english, indonesian)
    return text.replace(", ", "; ").translate(SIGNS)


MEMBERSHIP, CAPITAL = "membership", "capital_structure"
FOUND = [
    Expected(MEMBERSHIP, "members_per_cooperative", "72.8"),
    Expected(MEMBERSHIP, "employees_per_cooperative", "1.24"),
    Expected(MEMBERSHIP, "members_per_employee", "58.8"),
    Expected(CAPITAL, "total_capital", "Rp2.77 trillion", ("Rp2.764–2.766 trillion",)),
    Expected(CAPITAL, "own_capital_share", "77.5 per cent", ("77.49–77.51%",)),
    Expected(CAPITAL, "debt_to_equity", "0.290", ("0.2902–0.2905",)),
    Expected(CAPITAL, "capital_per_cooperative", "Rp472 million", ("Rp472.1–472.4 million",)),
    Expected(CAPITAL, "capital_per_member", "Rp6.49 million", ("Rp6.484–6.488 million",)),
    Expected(CAPITAL, "external_capital_per_borrower", "Rp256 million", ("Rp256.3–256.4 million",)),
    Expected(CAPITAL, "borrowing_share", "41.5 per cent"),
    Expected(CAPITAL, "own_capital_per_cooperative", "Rp366 million", ("Rp365.9–366.1 million",)),
]
by_metric = pytest.mark.parametrize("expected", FOUND, ids=lambda e: e.metric)
in_both_languages = pytest.mark.parametrize("language", ["id", "en"])


def founding(data: Dataset, metric: str) -> Figure:
    """Return a metric of the founding document."""
    figure = compute(metric, data, "64", "2012", "coherent")
    assert isinstance(figure, Figure)
    return figure


@by_metric
@in_both_languages
def test_the_founding_figures_are_computed_from_its_own_text(
    data: Dataset, expected: Expected, language: str
) -> None:
    """Every input comes from the founding document, and the point is written as promised."""
    figure = founding(data, expected.metric)
    assert {data.observations[i].source_id for i in figure.observations} == {FOUNDING}
    assert figure.coherent
    shown = figure.text(language).replace("\N{NO-BREAK SPACE}", " ")
    assert shown == translated(expected.en, language)


def test_the_bounds_are_the_bounds_of_the_promise(data: Dataset) -> None:
    """Total capital, share and ratio lie in the intervals that rounding allows, to their digits."""
    bounds = {
        "total_capital": (12, "[2.7647, 2.7657]"),
        "own_capital_share": (0, "[77.4948, 77.5030]"),
        "debt_to_equity": (0, "[0.29027, 0.29041]"),
    }
    for name, (scale, promised) in bounds.items():
        interval = founding(data, name).interval
        ends = [interval.low, interval.high]
        for end, text in zip(ends, re.findall(r"[\d.]+", promised), strict=True):
            assert end is not None
            decimals = len(text.partition(".")[2])
            assert round(float(end / 10**scale), decimals) == float(text)


def test_counts_printed_to_the_unit_give_figures_without_interval(data: Dataset) -> None:
    """Members, employees, cooperatives and borrowers are printed to the unit: no width."""
    for expected in FOUND:
        assert founding(data, expected.metric).interval.is_exact == (not expected.bounds)


@by_metric
@in_both_languages
def test_the_founding_figures_stand_on_the_page_with_their_bounds(
    page: Callable[[str, str], Page], expected: Expected, language: str
) -> None:
    """A reader finds the figure and, where the print is rounded, its bounds."""
    text = page(expected.notebook, language).text
    for written in expected.written(language):
        assert written in text


@by_metric
@in_both_languages
def test_the_founding_figures_lead_to_their_source_on_the_page(
    data: Dataset, page: Callable[[str, str], Page], expected: Expected, language: str
) -> None:
    """From the number its line opens, from there every printed input, and from those the source."""
    shown = page(expected.notebook, language)
    figure = founding(data, expected.metric)
    (entry,) = [
        f
        for f in shown.results["figures"]
        if f["name"] == expected.metric and f["region"] == "64" and f["reading"] == "coherent"
        and f["observations"] == list(figure.observations)
    ]  # fmt: skip
    assert f"popovertarget={entry['id']}>" in shown.html
    lines = {
        m[1]: m[2]
        for m in re.finditer(r"<li id=(f\d+) popover>(.*?)(?=<li id=|</ul>)", shown.html, re.DOTALL)
    }
    records = dict(re.findall(r"<p id=(\w+) popover>(.*?)</p>", shown.html, re.DOTALL))
    opened = re.findall(r"popovertarget=(f\d+)\b", lines[entry["id"]])
    tokens = set()
    for line in (lines[i] for i in opened):
        record = [i for i in re.findall(r"popovertarget=(\w+)", line) if i in records][-1]
        (address,) = re.findall(r"<a href=\"?([^\s\">]+)", records[record])
        assert unescape(address) == data.sources[FOUNDING].url
        tokens.add(text_of(re.findall(r"<q[^>]*>(.*?)</q>", line)[0]))
    formula = data.metrics[expected.metric].formula
    inputs = [data.observations[i] for i in figure.observations]
    assert tokens == {o.as_printed for o in inputs if re.search(rf"\b{o.indicator_id}\b", formula)}


# ---- the impossible part ----


def test_own_capital_per_holder_is_refused_with_the_two_figures_that_forbid_it(
    data: Dataset,
) -> None:
    """22.977 holders of 5.855 cooperatives: no figure, and both printed figures as the reason."""
    refused = compute("own_capital_per_holder", data, "64", "2012", "coherent")
    assert isinstance(refused, Refused)
    assert not refused
    assert refused.reason == "part_exceeds_whole"
    assert refused.part is not None
    assert refused.whole is not None
    assert (refused.part.as_printed, refused.whole.value) == ("22.977 unit", 5855)


@in_both_languages
def test_the_page_says_why_own_capital_per_holder_is_not_computed(
    data: Dataset, page: Callable[[str, str], Page], language: str
) -> None:
    """The page names both figures, refuses the division and gives what the total implies."""
    text = page(CAPITAL, language).text
    reasons = {
        "id": [
            "ada 22.977 (diragukan: bagian melebihi keseluruhan) koperasi bermodal sendiri",
            "menurut teks yang sama, seluruh koperasinya 5.855",
            "melebihi keseluruhannya, modal sendiri per koperasi pemiliknya tidak dihitung",
            "sekurang-kurangnya Rp365,9 juta",
        ],
        "en": [
            "22,977 (doubted: part larger than its whole) cooperatives in East Kalimantan hold",
            "The same text counts 5,855 cooperatives in all",
            "is more than the whole, own capital per cooperative that holds it is not computed",
            "at least Rp365.9 million",
        ],
    }
    for reason in reasons[language]:
        assert reason in text
    own = look_up(Cell("own_capital"), data, "64", "2012")
    holders = look_up(Cell("cooperatives_with_own_capital"), data, "64", "2012")
    assert isinstance(own, Figure)
    assert isinstance(holders, Figure)
    forbidden = own.known / holders.known / 10**6
    assert not re.search(rf"Rp{int(forbidden)}[.,]\d+ (juta|million)", text)
    results = page(CAPITAL, language).results["figures"]
    held = [f for f in results if f["name"] == "own_capital_per_holder"]
    assert {f["reading"] for f in held if f["region"] == "64"} <= {"repaired"}


def test_a_part_within_its_whole_is_computed(made: Make) -> None:
    """The refusal rests on the figures, not on the metric."""
    rows = {"own_capital": "600 unit", "cooperatives_with_own_capital": "3", "cooperatives": "4"}
    data = made(
        *({"source_id": "paper", "indicator_id": i, "as_printed": t} for i, t in rows.items()),
        paper=("press", "2013"),
    )
    figure = compute("own_capital_per_holder", data, "64", "2012")
    assert isinstance(figure, Figure)
    assert figure.value == 200


# ---- computing ----


def test_a_missing_input_gives_what_is_missing_not_nought(data: Dataset) -> None:
    """Where no source prints an input there is no figure, and it is falsy."""
    found = compute("own_capital_share", data, "11", "1999")
    assert isinstance(found, Missing)
    assert not found


def test_an_unknown_metric_is_an_error_that_names_the_nearest(data: Dataset) -> None:
    """A slip in the name is met with the right one."""
    with pytest.raises(ParameterError, match="Did you mean members_per_cooperative"):
        compute("member_per_cooperative", data, "64", "2012")


@pytest.mark.parametrize(
    ("printed", "printing"),
    [("100", "at_most"), ("0", "exact"), ("0", "rounded")],
)
def test_a_divisor_that_may_be_nothing_gives_no_figure(
    made: Make, printed: str, printing: str
) -> None:
    """Nearly a hundred may be nothing at all: the ratio is not given."""
    data = made(
        {"source_id": "paper", "indicator_id": "members", "as_printed": "400", "unit": "orang"},
        {
            "source_id": "paper", "indicator_id": "cooperatives", "as_printed": printed,
            "printing": printing,
        },
        paper=("press", "2013"),
    )  # fmt: skip
    found = compute("members_per_cooperative", data, "64", "2012")
    assert isinstance(found, Missing)
    assert found.reason == "divisor_may_be_zero"


def test_a_count_of_at_most_does_not_reach_below_nought(made: Make) -> None:
    """Nearly 400 members of 4 cooperatives are none to a hundred each, never fewer."""
    data = made(
        {
            "source_id": "paper", "indicator_id": "members", "as_printed": "400", "unit": "orang",
            "printing": "at_most",
        },
        {"source_id": "paper", "indicator_id": "cooperatives", "as_printed": "4"},
        paper=("press", "2013"),
    )  # fmt: skip
    found = compute("members_per_cooperative", data, "64", "2012")
    assert isinstance(found, Figure)
    assert found.interval == Interval(Fraction(0), Fraction(100))


def test_an_observed_figure_repeats_what_was_printed(data: Dataset) -> None:
    """Value, interval and token of the observation, nothing added."""
    o = data.observations[f"64.own_capital.2012.{FOUNDING}"]
    figure = observed(data, o, "coherent")
    assert (figure.value, figure.interval, figure.printed) == (o.value, o.interval, o.printed)
    assert figure.observations == (o.observation_id,)


def test_enterprises_and_areas_are_not_counted_as_cooperatives(data: Dataset) -> None:
    """The data count them in the same unit; the results and the axis of a chart tell them apart."""
    counted: dict[str, set[str]] = {}
    for o in data.observations.values():
        counted.setdefault(observed(data, o, "").unit, set()).add(o.indicator_id)
    kinds = {f"{size}_enterprises" for size in ("micro", "small", "medium")}
    assert counted["enterprises"] == {"msmes", "manufacturing_enterprises", *kinds}
    assert counted["areas"] == {"regencies_and_cities"}
    assert all("cooperatives" in i or "meetings" in i for i in counted["cooperatives"])
    assert unit_title("enterprises", 0, "id") == "usaha"


def test_a_distance_is_positive_and_holds_every_possible_one(data: Dataset) -> None:
    """The distance of two shares has both inputs' width, in percentage points, either way round."""
    one, other = (founding(data, n) for n in ("own_capital_share", "external_capital_share"))
    apart, back = difference(one, other), difference(other, one)
    assert apart.value == back.value == one.known - other.known
    assert apart.interval == back.interval
    assert apart.unit == "points"
    assert one.interval.high is not None
    assert other.interval.low is not None
    assert apart.interval.high == one.interval.high - other.interval.low


@pytest.mark.parametrize("years", [Fraction(1), Fraction(2), Fraction(7, 2)])
def test_growth_is_compound_and_encloses_the_truth(made: Make, years: Fraction) -> None:
    """Compounded over its years, the growth leads from the one figure to the other."""
    rows = [
        {
            "source_id": "paper", "indicator_id": "members", "as_printed": f"{thousands} ribu",
            "value": str(thousands * 1000), "printing": "rounded", "reference_period": year,
            "unit": "orang",
        }
        for year, thousands in (("2010", 400), ("2012", 484))
    ]  # fmt: skip
    data = made(*rows, paper=("press", "2013"))
    earlier, later = (observed(data, o, "coherent") for o in data.observations.values())
    found = growth(earlier, later, years)

    def factor(percent: Fraction | None) -> float:
        assert percent is not None
        return float((1 + float(percent) / 100) ** float(years))

    assert found.unit == "percent"
    assert factor(found.known) == pytest.approx(484 / 400)
    assert factor(found.interval.low) == pytest.approx(483.5 / 400.5)
    assert factor(found.interval.high) == pytest.approx(484.5 / 399.5)
    assert set(found.observations) == set(data.observations)


def test_growth_over_no_time_is_refused(data: Dataset) -> None:
    """Two figures of one moment have no growth."""
    figure = founding(data, "total_capital")
    with pytest.raises(ParameterError, match="positive"):
        growth(figure, figure, Fraction(0))


def test_growth_from_nothing_or_from_a_loss_is_refused(data: Dataset) -> None:
    """A sentence, not a division by zero and not a complex number."""
    figure = founding(data, "total_capital")
    for amount in (0, -5):
        other = figure.replace(value=Fraction(amount), interval=Interval.exact(amount))
        for pair in ((other, figure), (figure, other)):
            for years in (Fraction(1), Fraction(2)):
                with pytest.raises(KumkmError, match="amounts above zero"):
                    growth(*pair, years)


def test_every_wrong_argument_is_refused_at_once(data: Dataset) -> None:
    """A slip is no figure that nobody prints; numbers will do where they say the same."""
    with pytest.raises(ParameterError) as refused:
        compute("own_capital_shre", data, "99", "2012-13", "latst")
    places = [fault.where for fault in refused.value.faults]
    assert places == ["metric", "region", "period", "reading"]
    assert compute("own_capital_share", data, 64, 2012) == compute(
        "own_capital_share", data, "64", "2012"
    )


def test_a_metric_whose_inputs_are_declared_in_another_order_is_refused() -> None:
    """They are passed by position: a quotient would be turned over in silence."""
    with pytest.raises(TypeError, match="another order"):

        @formulas.metric("ratio", own="own_capital", external="external_capital")
        def upside_down(external: float, own: float) -> float:
            return external / own

    assert "upside_down" not in formulas.METRICS
