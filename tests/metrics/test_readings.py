"""Tests of the readings: each picks what it claims to pick, and nothing is ever blended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kumkm_analysis.dataset.dataset import Dataset, Table
from kumkm_analysis.dataset.records import Choice
from kumkm_analysis.errors import ParameterError, UndecidedError
from kumkm_analysis.metrics.compute import compute, look_up
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.metrics.readings import OFFICIAL_KINDS, Cell, Reader, Scenario

INPUTS = {"members": Cell("members"), "cooperatives": Cell("cooperatives")}
Make = Callable[..., Dataset]


def row(source: str, indicator: str, printed: str, **more: str) -> dict[str, str]:
    """Return one observation of a made dataset."""
    unit = "orang" if indicator == "members" else "unit"
    return {
        "source_id": source, "indicator_id": indicator, "as_printed": printed, "unit": unit, **more
    }  # fmt: skip


def chosen(data: Dataset, reading: str, period: str = "2012") -> Scenario:
    """Return the reading's own choice for members and cooperatives."""
    return Reader(data, "64", period, reading).scenarios(INPUTS)[0]


@pytest.fixture
def rivals(made: Make) -> Dataset:
    """Return a paper with both figures, an office with both, and a late blog with one."""
    return made(
        row("paper", "members", "400"),
        row("paper", "cooperatives", "4"),
        row("paper", "employees", "9"),
        row("office", "members", "500"),
        row("office", "cooperatives", "10"),
        row("weblog", "members", "700"),
        paper=("press", "2013-05"),
        office=("provincial_government", "2012-06"),
        weblog=("blog", "2020-01-01"),
    )


def test_coherent_takes_all_inputs_from_one_source(rivals: Dataset) -> None:
    """The blog's later figure has no partner and does not speak; the fullest account does."""
    scenario = chosen(rivals, "coherent")
    assert scenario.coherent
    assert scenario.sources == ("paper",)


def test_coherent_prefers_offices_between_equally_full_accounts(made: Make) -> None:
    """The kind of source decides where the fullness does not."""
    data = made(
        row("paper", "members", "400"), row("paper", "cooperatives", "4"),
        row("office", "members", "500"), row("office", "cooperatives", "10"),
        paper=("press", "2013-05"), office=("provincial_government", "2012-06"),
    )  # fmt: skip
    assert chosen(data, "coherent").sources == ("office",)


def test_coherent_prefers_the_later_text_of_two_equal_sources(made: Make) -> None:
    """Among papers with the same figures the last published one speaks, an undated one last."""
    data = made(
        *(row(s, i, "4") for s in ("early", "late", "undated") for i in INPUTS),
        early=("press", "2012"), late=("press", "2013-01"), undated=("press", ""),
    )  # fmt: skip
    scenarios = Reader(data, "64", "2012", "coherent").scenarios(INPUTS)
    assert [s.sources for s in scenarios] == [("late",), ("early",), ("undated",)]


def test_latest_takes_the_text_published_last(rivals: Dataset) -> None:
    """Of the complete accounts the later one speaks, whatever its kind."""
    assert chosen(rivals, "latest").sources == ("paper",)
    figure = look_up(Cell("members"), rivals, "64", "2012", "latest")
    assert isinstance(figure, Figure)
    assert figure.value == 700


def test_latest_goes_by_publication_before_the_moment_referred_to(made: Make) -> None:
    """A later text on June speaks before an earlier text on December; the moment decides ties."""
    june, december = ({"reference_period": f"2012-{month}"} for month in ("06", "12"))
    data = made(
        row("paper", "members", "400", **december), row("weblog", "members", "700", **june),
        row("weblog", "members", "710", **december),
        paper=("ministry", "2013-01"), weblog=("blog", "2014"),
    )  # fmt: skip
    scenarios = Reader(data, "64", "2012", "latest").scenarios({"value": Cell("members")})
    assert [int(s.inputs["value"].value) for s in scenarios] == [710, 700, 400]


def test_official_hears_offices_ministries_and_statistics_only(rivals: Dataset) -> None:
    """Press and blogs are no candidates, however full or late."""
    assert chosen(rivals, "official").sources == ("office",)
    candidates = Reader(rivals, "64", "2012", "official").candidates(Cell("members"))
    assert {rivals.sources[o.source_id].kind for o in candidates} <= OFFICIAL_KINDS


def test_official_is_missing_where_no_office_prints(made: Make) -> None:
    """No press figure fills the gap."""
    data = made(row("paper", "members", "400"), paper=("press", "2013"))
    assert not look_up(Cell("members"), data, "64", "2012", "official")
    assert look_up(Cell("members"), data, "64", "2012", "coherent")


def test_envelope_is_the_hull_of_every_coherent_account(rivals: Dataset) -> None:
    """100 by the paper, 50 by the office: between 50 and 100, resting on all four figures."""
    figure = compute("members_per_cooperative", rivals, "64", "2012", "envelope")
    assert isinstance(figure, Figure)
    assert (figure.interval.low, figure.interval.high) == (50, 100)
    assert figure.value is None
    assert len(figure.observations) == 4
    single = look_up(Cell("members"), rivals, "64", "2012", "envelope")
    assert isinstance(single, Figure)
    assert (single.interval.low, single.interval.high) == (400, 700)


def test_no_source_gives_all_so_each_input_comes_from_the_best_and_is_marked(made: Make) -> None:
    """A ratio of two sources is computed only when there is no other, and says so."""
    data = made(
        row("paper", "members", "400"), row("office", "cooperatives", "10"),
        row("weblog", "members", "700"),
        paper=("press", "2013"), office=("ministry", "2013"), weblog=("blog", "2020"),
    )  # fmt: skip
    scenario = chosen(data, "coherent")
    assert not scenario.coherent
    assert scenario.sources == ("paper", "office")
    figure = compute("members_per_cooperative", data, "64", "2012")
    assert isinstance(figure, Figure)
    assert not figure.coherent
    assert figure.value == 40


def test_figures_of_different_dates_or_registers_are_not_one_account(made: Make) -> None:
    """June's members and December's cooperatives of one source are no coherent pair."""
    data = made(
        row("paper", "members", "400", reference_period="2012-06"),
        row("paper", "cooperatives", "4", reference_period="2012-12"),
        paper=("press", "2013"),
    )
    assert not chosen(data, "coherent").coherent
    registers = made(
        row("office", "members", "400", breakdown="register=ods"),
        row("office", "cooperatives", "4", breakdown="register=aggregate"),
        office=("ministry", "2013"),
    )
    assert Reader(registers, "64", "2012", "coherent").scenarios(INPUTS) == ()


def test_the_sharper_of_two_figures_of_one_account_speaks(made: Make) -> None:
    """A rounded twin yields to the exact figure of the same source."""
    data = made(
        row("paper", "members", "400 ribu", value="400000", printing="rounded",
            observation_id="round"),
        row("paper", "members", "400.123", observation_id="sharp"),
        row("paper", "cooperatives", "4"),
        paper=("press", "2013"),
    )  # fmt: skip
    assert chosen(data, "coherent").inputs["members"].observation_id == "sharp"


def test_a_named_reading_lets_its_source_speak_first(data: Dataset) -> None:
    """The reading of readings.csv prefers the source that its row names, and others fill in."""
    for choice in data.readings.values():
        if choice.source_id:
            cell = next(
                o for o in data.observations.values()
                if o.source_id == choice.source_id and not o.category
            )  # fmt: skip
            reader = Reader(data, cell.region_id, cell.reference_period, choice.reading_id)
            found = reader.scenarios({"value": Cell(cell.indicator_id)})[0]
            assert found.sources == (choice.source_id,)


@pytest.mark.parametrize("reading", ["", "cohérent", "best", "Coherent"])
def test_an_unknown_reading_is_refused_and_the_known_ones_are_listed(
    data: Dataset, reading: str
) -> None:
    """Nobody decides silently which figure speaks."""
    with pytest.raises(ParameterError) as caught:
        Reader(data, "64", "2012", reading)
    for known in data.domain.readings:
        assert known in caught.value.faults[0].expected


def test_a_figure_without_a_point_does_not_pretend_to_one(rivals: Dataset) -> None:
    """Where the envelope gives bounds only, asking for the value is an error that says so."""
    figure = compute("members_per_cooperative", rivals, "64", "2012", "envelope")
    assert isinstance(figure, Figure)
    with pytest.raises(UndecidedError, match="bounds only"):
        figure.known  # noqa: B018


@pytest.mark.parametrize("reading", ["coherent", "official", "latest", "envelope"])
def test_the_choice_does_not_depend_on_the_order_of_the_rows(
    made: Make, rivals: Dataset, reading: str
) -> None:
    """The same figures in another order give the same choice."""
    backwards = [
        row(o.source_id, o.indicator_id, o.as_printed) for o in rivals.observations.values()
    ][::-1]
    kinds: dict[str, Any] = {s.source_id: (s.kind, s.published) for s in rivals.sources.values()}
    other = made(*backwards, **kinds)
    first = Reader(rivals, "64", "2012", reading).scenarios(INPUTS)
    second = Reader(other, "64", "2012", reading).scenarios(INPUTS)
    assert [s.sources for s in first] == [s.sources for s in second]


def test_a_repaired_reading_speaks_to_the_reader_and_leaves_the_data(data: Dataset) -> None:
    """Every repair of readings.csv is what its Reader hears; the printed token stays."""
    repairs = [c for c in data.readings.values() if c.repair_as_printed]
    assert repairs
    for choice in repairs:
        printed = data.observations[choice.observation_id]
        cell = {"value": Cell(printed.indicator_id, printed.category)}
        where = (data, printed.region_id, printed.reference_period)
        heard = Reader(*where, choice.reading_id).scenarios(cell)[0].inputs["value"]
        assert (heard.observation_id, heard.as_printed, heard.repaired_by) == (
            choice.observation_id, choice.repair_as_printed, choice.choice_id
        )  # fmt: skip
        assert data.observations[choice.observation_id] is printed
        assert printed.as_printed != heard.as_printed
        everything = Reader(*where, "coherent").candidates(cell["value"])
        assert printed in everything
        assert heard not in everything


def test_a_named_reading_prefers_what_its_rows_name(rivals: Dataset) -> None:
    """A row that names a source, and one that names a single figure, each let it speak first."""
    titles = ("hand-picked", "sesuai pilihan", "as chosen")
    source = Choice("c-1", *titles, "office", "", "", "Sebabnya.", "The reason.")
    figure = Choice(
        "c-2", *titles, "", "64.members.2012.weblog", "", "Sebabnya.", "The reason."
    )  # fmt: skip
    for choice, expected in ((source, "office"), (figure, "weblog")):
        chosen_data = replace(
            rivals, readings=Table("readings", {"c": choice}, rivals.schemas["readings"])
        )
        found = look_up(Cell("members"), chosen_data, "64", "2012", "hand-picked")
        assert isinstance(found, Figure)
        assert chosen_data.observations[found.observations[0]].source_id == expected
    assert chosen(rivals, "coherent").sources == ("paper",)
