"""Tests of figures: as printed when printed, never more digits than the interval bears."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.numerals import parse
from kumkm_analysis.metrics.compute import compute, look_up, observed
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.readings import Cell

NBSP = "\N{NO-BREAK SPACE}"
RESERVES = ("sekitar", "lebih dari", "hampir", "about", "more than", "nearly")


def derived(
    value: Fraction | None, low: Fraction | None, high: Fraction | None, unit: str = "ratio",
    digits: int = 4,
) -> Figure:  # fmt: skip
    """Return a derived figure without pedigree."""
    return Figure(
        name="members", kind="derived", value=value, interval=Interval(low, high), unit=unit,
        region="64", period="2012", reading="coherent", observations=(), digits=digits,
    )  # fmt: skip


def plain(text: str) -> str:
    """Return a text with ordinary blanks."""
    return text.replace(NBSP, " ")


def test_a_printed_figure_keeps_its_digits_in_both_languages(data: Dataset) -> None:
    """Trailing zeros of print stand, the separators change."""
    figure = observed(
        data, data.observations["64.external_capital.2012.kalnews-revitalisasi-2013"], "coherent"
    )
    assert plain(figure.text("id")) == "Rp622,200 miliar"
    assert plain(figure.text("en")) == "Rp622.200 billion"


def test_every_printed_token_is_shown_with_the_digits_it_has(data: Dataset) -> None:
    """Read again, what a page shows is the printed number down to its last digit, in id and en."""
    reserves = re.compile("^(" + "|".join(RESERVES) + ") ")
    for o in data.observations.values():
        if o.token_exception or o.printed.in_words:
            continue
        for language in ("id", "en"):
            shown = plain(observed(data, o, "coherent").text(language))
            again = parse(reserves.sub("", shown).replace("\N{MINUS SIGN}", "-"), language)
            expected = (o.printed.value, o.printed.last_digit)
            assert (again.value, again.last_digit) == expected, (o.observation_id, shown)


@pytest.mark.parametrize(
    ("printing", "text_id", "text_en"),
    [
        ("about", "sekitar 5.300", "about 5,300"),
        ("at_least", "lebih dari 5.300", "more than 5,300"),
        ("at_most", "hampir 5.300", "nearly 5,300"),
        ("rounded", "5.300", "5,300"),
    ],
)
def test_the_reserve_of_the_source_is_shown(printing: str, text_id: str, text_en: str) -> None:
    """About, more than and nearly are said as the source says them."""
    printed = parse("5.300 unit")
    figure = Figure(
        name="cooperatives", kind="observed", value=Fraction(5300),
        interval=Interval.from_printed(printed, printing, whole_count=True), unit="cooperatives",
        region="64", period="2012", reading="coherent", observations=("x",), printed=printed,
        printing=printing,
    )  # fmt: skip
    assert (figure.text("id"), figure.text("en")) == (text_id, text_en)


@pytest.mark.parametrize(
    ("low", "high", "text_id", "text_en"),
    [
        (Fraction(1, 3), Fraction(2, 3), "antara 0,33 dan 0,67", "between 0.33 and 0.67"),
        (Fraction(1, 4), None, "sekurang-kurangnya 0,25", "at least 0.25"),
        (None, Fraction(3, 4), "paling banyak 0,75", "at most 0.75"),
        (Fraction(1, 2), Fraction(1, 2), "0,5", "0.5"),
    ],
)
def test_an_interval_is_said_in_words(
    low: Fraction | None, high: Fraction | None, text_id: str, text_en: str
) -> None:
    """Between, at least and at most, never a plus-minus and never a made-up bound."""
    figure = derived(Fraction(1, 2), low, high, digits=2)
    for language, expected in (("id", text_id), ("en", text_en)):
        shown = plain(figure.between(language))
        words = re.sub(r"[\d.,]+", "#", shown)
        assert words == re.sub(r"[\d.,]+", "#", expected)
        numbers = [
            parse(n, language).value for n in re.findall(r"\d[\d.,]*", shown)
        ]  # bounds shown enclose the bounds known
        if low is not None:
            assert numbers[0] <= low
        if high is not None:
            assert numbers[-1] >= high


@given(
    st.fractions(min_value=Fraction(1, 1000), max_value=10**7),
    st.fractions(min_value=0, max_value=Fraction(1, 2)),
    st.sampled_from(["id", "en"]),
    st.sampled_from(["percent", "ratio", "IDR"]),
)
def test_shown_bounds_enclose_and_shown_values_lie_between(
    value: Fraction, part: Fraction, language: str, unit: str
) -> None:
    """Bounds are rounded outward, and the value shown is not outside of the bounds shown."""
    factor = 10**6 if unit == "IDR" else 1
    value *= factor
    low, high = value * (1 - part), value * (1 + part)
    figure = derived(value, low, high, unit)
    words = {
        "ribu": 3,
        "thousand": 3,
        "juta": 6,
        "million": 6,
        "miliar": 9,
        "billion": 9,
        "triliun": 12,
        "trillion": 12,
    }

    def numbers(text: str) -> list[Fraction]:
        found = re.findall(r"(\d[\d.,]*)\s?(\w+)?", plain(text).replace(" per cent", ""))
        return [Fraction(parse(n, language).value) * 10 ** words.get(w, 0) for n, w in found]

    if part == 0:
        assert figure.between(language) == figure.text(language)
    else:
        bounds = numbers(figure.between(language))
        assert bounds[0] <= low
        assert bounds[-1] >= high
        (beside,) = numbers(figure.text(language, style="table").replace("%", ""))
        assert bounds[0] <= beside <= bounds[-1]
    (shown,) = numbers(figure.text(language))
    half = max(value - low, high - value)
    assert abs(shown - value) <= half + value / 1000


@given(st.fractions(min_value=1, max_value=1000), st.integers(1, 6))
def test_no_more_digits_are_shown_than_the_interval_bears(value: Fraction, places: int) -> None:
    """A half-width of a hundredth bears two decimals and never a third."""
    half = Fraction(1, 10**places)
    text = derived(value, value - half, value + half, digits=9).text("en")
    assert len(text.partition(".")[2]) <= places


def test_small_counts_are_words_in_prose_and_digits_in_tables() -> None:
    """Three sources print; a table holds 3; from ten on both are digits."""
    for number, text_id, text_en in ((1, "satu", "one"), (9, "sembilan", "nine"), (14, "14", "14")):
        figure = Figure(
            name="sources", kind="count", value=Fraction(number), interval=Interval.exact(number),
            unit="count", region="64", period="", reading="", observations=(),
        )  # fmt: skip
        assert (figure.text("id"), figure.text("en")) == (text_id, text_en)
        assert figure.text("id", style="table") == str(number)


def test_percentages_have_words_in_prose_and_a_sign_in_tables(data: Dataset) -> None:
    """77,5 persen in a sentence, 77,5% in a cell; as printed and derived alike."""
    figure = derived(Fraction(155, 2), Fraction(77), Fraction(78), "percent", 3)
    assert plain(figure.text("id")) == "77,5 persen"
    assert figure.text("en", style="table") == "77.5%"
    printed = next(
        observed(data, o, "coherent") for o in data.observations.values() if o.unit == "percent"
    )
    assert plain(printed.text("en")).endswith(" per cent")
    assert printed.text("en", style="table").endswith("%")
    assert NBSP not in printed.text("en", style="table")


def test_a_figure_is_true_and_what_is_missing_is_false() -> None:
    """A figure of nought is a figure."""
    assert derived(Fraction(0), Fraction(0), Fraction(0))
    assert not Missing("members", "64", "2012")


def test_a_figure_is_frozen() -> None:
    """Its fields cannot be set; a changed copy is another figure."""
    figure = derived(Fraction(1), Fraction(1), Fraction(1))
    with pytest.raises(FrozenInstanceError):
        figure.value = Fraction(2)  # type: ignore[misc]
    assert figure.replace(period="2013").period == "2013"
    assert figure.period == "2012"


def test_the_nearest_bounds_are_the_bounds_of_the_calculation() -> None:
    """[2.7647, 2.7657]: rounded to the nearest, separated as the language separates."""
    figure = derived(
        Fraction(2765200000000), Fraction(2764699500000), Fraction(2765700500000), "IDR", 5
    )
    assert figure.nearest_bounds("en", 4) == "[2.7647, 2.7657]"
    assert figure.nearest_bounds("id", 4) == "[2,7647; 2,7657]"
    assert figure.interval.low is not None
    assert Decimal("2.7647") < figure.interval.low / 10**12 + Fraction(1, 10**6)


def test_a_figure_says_in_a_session_what_it_is(data: Dataset) -> None:
    """Short enough for a line: what, where, when, its value and interval, on how much it rests."""
    share = compute("own_capital_share", data, "64", "2012")
    assert repr(share) == ("<Figure own_capital_share, 64, 2012: 77.5% (77.49–77.51%); 2 printed>")
    members = look_up(Cell("members"), data, "64", "2012")
    assert repr(members) == "<Figure members, 64, 2012: 426,325; 1 printed>"
