"""Tests of what a page says first and from the official series, each against its plain meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from conftest import text_of

from kumkm_analysis import open_report
from kumkm_analysis.dataset.dataset import Dataset, Table
from kumkm_analysis.dataset.records import Quotation
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.findings.doubts import doubts
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.report.report import Report

Make = Callable[..., Dataset]
Shown = list[dict[str, Any]]
SOURCES = {
    "paper": ("press", "2013"), "office": ("provincial_government", "2014"),
    "bps": ("statistics_office", "2022"),
}  # fmt: skip


def words(shown: Shown) -> str:
    """Return what was shown, as a reader sees it."""
    return text_of("\n".join(bundle.get("text/html", "") for bundle in shown))


def row(source: str, indicator: str, printed: str, **more: str) -> dict[str, str]:
    """Return one observation of a made dataset."""
    unit = "orang" if indicator == "members" else "unit"
    return {
        "source_id": source, "indicator_id": indicator, "as_printed": printed, "unit": unit, **more
    }  # fmt: skip


def opened(data: Dataset, region: str = "64", period: str = "2012", language: str = "en") -> Report:
    """Return a report on a made dataset."""
    return Report(data, region, period, language, "coherent")


def years(values: Sequence[int], since: int, **more: str) -> list[dict[str, str]]:
    """Return active cooperatives year by year, as the statistics office prints them."""
    return [
        row("bps", "active_cooperatives", f"{value:,}".replace(",", "."), value=str(value),
            reference_period=str(year), **more)
        for year, value in enumerate(values, start=since)
    ]  # fmt: skip


# ---- sections ----


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_section_without_content_is_not_there(made: Make, shown: Shown, language: str) -> None:
    """It shows nothing and tells the notebook not to go on."""
    report = opened(made(row("paper", "cooperatives", "5"), **SOURCES), language=language)
    assert not report.section(id="Tenaga kerja", en="Employment", when=report.has("employees"))
    assert shown == []
    assert report.section(id="Koperasi", en="Cooperatives", when=report.has("cooperatives"))
    [heading] = shown
    assert heading["text/markdown"] == {"id": "## Koperasi", "en": "## Cooperatives"}[language]


def test_what_a_region_has_is_asked_of_the_data(made: Make) -> None:
    """In the period, at any time, by a part, and for the regions below."""
    report = opened(made(
        row("paper", "cooperatives", "5", reference_period="2010"),
        row("paper", "cooperatives", "3", breakdown="type=serba_usaha"),
        row("paper", "members", "9", region_id="6401"),
        row("paper", "assets", "Rp1 miliar", value="1000000000", reference_period=""),
        **SOURCES,
    ))  # fmt: skip
    assert not report.has("cooperatives")
    assert report.has("cooperatives", any_time=True)
    assert report.has("cooperatives", by="type")
    assert not report.has("members", any_time=True)
    assert report.has_below("members")
    assert not report.has_below("cooperatives")
    assert not report.has("assets", any_time=True)  # without a date nothing is drawn over time


# ---- the nearest figure ----


def test_the_figure_nearest_in_time_is_said_where_the_period_has_none(
    made: Make, shown: Shown
) -> None:
    """286 in July 2019 is nearer to 2020 than 310 of 2015; what is undated is no answer."""
    data = made(
        row("paper", "cooperatives", "310", reference_period="2015"),
        row("office", "cooperatives", "286", reference_period="2019-07"),
        row("paper", "cooperatives", "999", reference_period=""),
        **SOURCES,
    )
    opened(data, period="2020").nearest("cooperatives")
    assert words(shown) == (
        "For East Kalimantan in 2020 no text in these data gives the number of cooperatives; the "
        "nearest in time is 286, in July 2019 (Office)."
    )


def test_nearest_is_silent_where_the_period_has_a_figure_and_plain_where_nothing_is_printed(
    made: Make, shown: Shown
) -> None:
    """Of two indicators only the second is wanting, and of that nothing is printed at any time."""
    report = opened(made(row("paper", "cooperatives", "5"), **SOURCES))
    report.nearest("cooperatives")
    assert shown == []
    report.nearest("cooperatives", "members")
    assert "no text in these data gives figures on the number of members" in words(shown)


def test_what_is_wanting_of_several_is_said_in_one_sentence(made: Make, shown: Shown) -> None:
    """And a page that shows no figure ends by saying so, without a list of sources."""
    report = opened(made(row("paper", "cooperatives", "5"), **SOURCES), region="11")
    report.nearest("cooperatives", "members")
    assert "the number of cooperatives or the number of members" in words(shown)
    report.close()
    assert words(shown).endswith("This page holds no figures.")


def test_one_figure_over_the_years_is_said_and_not_tabled(made: Make, shown: Shown) -> None:
    """A table of one row is none."""
    data = made(row("paper", "cooperatives", "5", reference_period="2019"), **SOURCES)
    opened(data).history("cooperatives")
    assert words(shown) == "Number of cooperatives in East Kalimantan in 2019: 5 (Paper)."


def test_what_the_press_alone_gives_is_not_said_to_be_given_by_no_text(
    made: Make, shown: Shown
) -> None:
    """Under the reading that hears offices only, it is no office that gives it."""
    data = made(row("paper", "cooperatives", "5"), **SOURCES)
    Report(data, "64", "2012", "en", "official").nearest("cooperatives")
    assert "no official" in words(shown) or "no office" in words(shown)
    assert "no text in these data gives the" not in words(shown)


# ---- the same figure elsewhere in time ----


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (row("office", "cooperatives", "5.855", reference_period="2011"), True),
        (
            row("office", "cooperatives", "5.855", reference_period="2012-06"),
            False,
        ),  # the same year
        (row("office", "cooperatives", "5.856", reference_period="2011"), False),
        (row("paper", "cooperatives", "5.855", reference_period="2011"), False),  # no other text
        (row("office", "cooperatives", "5.855", reference_period=""), False),
    ],
)
def test_exactly_the_figure_of_another_year_and_text_is_named(
    made: Make, shown: Shown, other: dict[str, str], said: bool
) -> None:
    """5,855 of 2012 is the office's own figure for 2011."""
    data = made(row("paper", "cooperatives", "5.855"), other, **SOURCES)
    report = opened(data)
    if report.figure("cooperatives"):
        report.same_in_another_year("cooperatives")
    told = "The figure 5,855 of Paper is exactly the one that Office gives for 2011, 5,855."
    assert (words(shown) == told) is said


def test_rounded_figures_are_never_said_to_be_exactly_the_same(made: Make, shown: Shown) -> None:
    """Six thousand and six thousand may be two numbers."""
    round_one = {"value": "6000", "printing": "rounded"}
    data = made(
        row("paper", "cooperatives", "6 ribu", **round_one),
        row("office", "cooperatives", "6 ribu", reference_period="2011", **round_one),
        **SOURCES,
    )
    opened(data).same_in_another_year("cooperatives")
    assert shown == []


# ---- who is silent ----


def test_what_no_office_gives_is_said_and_what_one_gives_is_not(made: Make, shown: Shown) -> None:
    """Members stand in the press alone; of employees nobody prints anything, so nothing is said."""
    data = made(
        row("paper", "members", "400"), row("paper", "cooperatives", "4"),
        row("office", "cooperatives", "5"), **SOURCES,
    )  # fmt: skip
    opened(data).no_office("cooperatives", "employees")
    assert shown == []
    opened(data).no_office("cooperatives", "members", "employees")
    assert words(shown) == (
        "No government office's own text in these data gives the number of members for East "
        "Kalimantan in 2012."
    )


# ---- the source's own words ----


@pytest.fixture
def quoted(made: Make) -> Dataset:
    """Return a figure whose sentence the data have, and one whose sentence they lack."""
    data = made(
        row("paper", "cooperatives", "5.855 unit", value="5855"), row("paper", "members", "9"),
        **SOURCES,
    )  # fmt: skip
    said = Quotation(
        "64.cooperatives.2012.paper", "Ada 5.855 unit <koperasi> di sana", "Catatan.", "A remark."
    )
    table = Table("quotations", {said.observation_id: said}, data.schemas["quotations"])
    return replace(data, quotations=table)


def test_a_quotation_is_the_words_of_the_source_in_its_language(
    quoted: Dataset, shown: Shown
) -> None:
    """As they are, with the number leading to its source, who says them, and the remark."""
    report = opened(quoted)
    report.quote(report.figure("cooperatives"))
    html = shown[0]["text/html"]
    assert "Ada 5.855 unit <koperasi> di sana" in words(shown)
    assert "lang=id" in html
    assert "Paper" in words(shown)
    assert words(shown).endswith("A remark.")
    assert [f.name for f in report.ledger.figures] == ["cooperatives"]


def test_where_the_data_lack_the_words_nothing_is_quoted(quoted: Dataset, shown: Shown) -> None:
    """Nor is anything quoted around a figure that is missing."""
    report = opened(quoted)
    report.quote(report.figure("members"))
    report.quote(report.figure("employees"))
    assert shown == []


# ---- what is asked wrongly ----


@pytest.mark.parametrize(
    "ask",
    [
        lambda r, category: r.figure("cooperatives", category),
        lambda r, category: r.candidates("cooperatives", category),
        lambda r, category: r.what_sources_print("cooperatives", category),
        lambda r, category: r.subregions("cooperatives", category),
        lambda r, category: r.across("cooperatives", "2012", category=category),
    ],
)
@pytest.mark.parametrize("category", ["serba_usaha", "type=serba_usha"])
def test_an_unknown_part_is_refused_with_what_was_meant(
    data: Dataset, shown: Shown, ask: Callable[[Report, str], object], category: str
) -> None:
    """The page would say that no source prints it."""
    with pytest.raises(ParameterError) as refused:
        ask(open_report("64", "2012", "en", data=data), category)
    assert refused.value.faults[0].next_step == "Did you mean type=serba_usaha?"
    assert shown == []


@pytest.mark.parametrize("name", ["cooperatives", "members"])
def test_an_f_string_is_refused(made: Make, shown: Shown, name: str) -> None:
    """It has filled the figure, or what is missing, before the page could give it a source."""
    report = opened(made(row("paper", "cooperatives", "5"), **SOURCES))
    found = report.figure(name)
    assert isinstance(found, Figure if name == "cooperatives" else Missing)
    with pytest.raises(ParameterError, match="Leave out the f before the quotes"):
        report.say(id=f"Ada {found}.", en=f"There are {found}.")
    assert shown == []


# ---- the official series ----


def test_the_official_figure_of_the_year_is_said_with_its_office(made: Make, shown: Shown) -> None:
    """A year in which the series has none is not spoken of."""
    data = made(*years([31, 45, 52, 66, 73], 2008), **SOURCES)
    opened(data, period="2010-06").say_official("active_cooperatives")
    assert words(shown) == "Bps records active cooperatives in East Kalimantan in 2010: 52."
    opened(data, period="2020").say_official("active_cooperatives")
    assert len(shown) == 1
    assert not opened(data, period="2020").official("active_cooperatives")


def test_a_year_that_repeats_an_earlier_one_is_said_not_to_be_measured(
    data: Dataset, shown: Shown
) -> None:
    """3,458 active cooperatives stand for 2010, 2011 and 2012 alike."""
    open_report("64", "2012", "en", data=data).say_official("active_cooperatives")
    assert (
        "repeats its figure of 2010 for 2012; it seems that nothing was measured for 2012."
        in words(shown)
    )


def test_a_change_is_told_in_each_territory_by_itself(made: Make, shown: Shown) -> None:
    """Never from the fourteen units of 2013 to the ten of 2014."""
    data = made(*years([100, 110, 121, 80, 88, 80], 2011), **SOURCES)
    opened(data).say_change("active_cooperatives")
    with_north, without_north = words(shown).split("\n\n")
    assert with_north == (
        "From 2011 to 2013 (with North Kalimantan), active cooperatives went from 100 to 121, or "
        "10.0 per cent a year on average."
    )
    assert without_north.startswith("From 2014 to 2016 (without North Kalimantan), ")
    assert "from 80 to 80, or 0.0 per cent a year on average." in without_north


def test_no_change_is_told_across_a_break_of_reporting(data: Dataset, shown: Shown) -> None:
    """In 2016 the surplus of 27 areas fell to less than half at once."""
    breaks = [year for name, year in doubts(data).breaks if name == "net_surplus"]
    opened(data, region="ID", period="2021").say_change("net_surplus")
    told = [re.findall(r"From (\d{4}) to (\d{4})", line)[0] for line in words(shown).split("\n\n")]
    assert len(told) == len(breaks) + 1
    assert not any(int(a) < year <= int(b) for a, b in told for year in breaks)


def test_a_change_is_told_between_the_years_asked_for_and_from_two_on(
    made: Make, shown: Shown
) -> None:
    """One year within a territory is no change."""
    data = made(*years([100, 110, 121, 80, 88, 97], 2011), **SOURCES)
    opened(data).say_change("active_cooperatives", since="2012", until="2014")
    assert words(shown).startswith("From 2012 to 2013 ")
    assert len(shown) == 1


@pytest.fixture
def provinces(data: Dataset, made: Make) -> Callable[..., Dataset]:
    """Return a function that gives twelve provinces their rounded thousands, five years each."""
    others = [r for r, region in data.regions.items() if region.level == "province" and r != "64"]

    def make(own: int, thousands: Sequence[int]) -> Dataset:
        every = {"64": own, **dict(zip(others, thousands, strict=False))}
        return made(
            *(
                row("bps", "active_cooperatives", f"{value} ribu", value=f"{value}000",
                    printing="rounded", region_id=region, reference_period=str(year))
                for region, value in every.items()
                for year in range(2009, 2014)
            ),
            **SOURCES,
        )  # fmt: skip

    return make


def test_a_rank_is_a_place_where_the_print_allows_one_only(
    provinces: Callable[..., Dataset], shown: Shown
) -> None:
    """Three provinces have more, eight have fewer."""
    opened(provinces(9, [20, 30, 40, *range(1, 9)])).say_rank("active_cooperatives")
    said = words(shown)
    assert said.startswith("At 9 thousand, East Kalimantan holds place four of 12 provinces by ")


def test_a_rank_is_a_range_where_intervals_overlap(
    provinces: Callable[..., Dataset], shown: Shown
) -> None:
    """Two others are printed as 9 thousand as well: any of three places may be ours."""
    opened(provinces(9, [20, 9, 9, *range(1, 9)])).say_rank("active_cooperatives")
    assert "holds a place between two and four of 12 provinces by active coop" in words(shown)


def test_among_few_provinces_no_rank_is_told(
    provinces: Callable[..., Dataset], shown: Shown
) -> None:
    """Third of five says little of thirty-four."""
    opened(provinces(9, [20, 1, 2, 3])).say_rank("active_cooperatives")
    assert shown == []


def test_a_doubted_figure_takes_no_place_in_a_rank(data: Dataset, shown: Shown) -> None:
    """It is held against the figures of the year that no finding accuses."""
    report = open_report("51", "2016", "en", data=data)
    report.say_rank("active_cooperatives")
    of_year = {
        r: f
        for r, region in data.regions.items() if region.level == "province"
        for f in [open_report(r, "2016", "en", data=data).official("active_cooperatives")]
        if isinstance(f, Figure)
    }  # fmt: skip
    doubted = [r for r, f in of_year.items() if f.suspects]
    sure = {r: f for r, f in of_year.items() if r not in doubted}
    assert doubted
    place = 1 + sum(f.known > sure["51"].known for f in sure.values())
    named = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    written = named[place] if place < 10 else str(place)
    assert f"holds place {written} of {len(sure)} provinces" in words(shown)


def test_years_stand_in_a_closed_table_with_the_break_of_territory(
    made: Make, shown: Shown
) -> None:
    """A row a year, and a line between where the row begins to mean something else."""
    data = made(*years([31, 45, 52, 66], 2012), *years([70], 2017), **SOURCES)
    opened(data).through_the_years("active_cooperatives", "active_cooperatives_per_100k")
    [table] = shown
    assert table["text/html"].startswith("<details")
    cells = [line for line in words(shown).splitlines() if line]
    firsts = [line for line in cells if line[:4].isdigit() and len(line) == 4]
    assert firsts == ["2012", "2013", "2014", "2015", "2017"]
    assert cells.index("2013") < cells.index("the territory changes") < cells.index("2014")
    assert not any("inhabitants" in cell for cell in cells)  # of which the series has nothing
    shown.clear()
    opened(data, "51").through_the_years("active_cooperatives")
    assert shown == []
