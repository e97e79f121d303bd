"""Tests of the words that examine the evidence: the record, findings, repairs, other readings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import Page, text_of

from kumkm_analysis import open_report
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.findings import examine
from kumkm_analysis.metrics.compute import compute
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.report.contradictions import in_order
from kumkm_analysis.report.report import Report

Shown = list[dict[str, Any]]
LANGUAGES = ("id", "en")


def words(shown: Shown) -> str:
    """Return what was shown as text."""
    return text_of("\n".join(b["text/html"] for b in shown))


@pytest.fixture(params=LANGUAGES)
def report(data: Dataset, request: pytest.FixtureRequest) -> Report:
    """Return a report on East Kalimantan in 2012, once in each language."""
    return open_report("64", "2012", request.param, data=data)


# ---- the record ----


def test_the_record_counts_every_figure_source_and_finding(data: Dataset) -> None:
    """The tally is that of the tables, whatever the period of the report."""
    own = [o for o in data.observations.values() if o.region_id == "64"]
    told = examine(data).select(region="64").leading
    for period in ("2012", "2023"):
        tally = open_report("64", period, "en", data=data).tally()
        assert [f.known for f in tally] == [
            len(own), len({o.source_id for o in own}), len(told)
        ]  # fmt: skip


def test_a_region_without_any_figure_has_no_tally_and_says_so(
    made: Callable[..., Dataset], shown: Shown
) -> None:
    """A package may have nothing on a region; the page says that and stays whole."""
    empty = Report(made(), "6411", "2012", "en", "coherent")
    assert empty.tally() == ()
    empty.record()
    assert "These data hold no figures for Mahakam Ulu Regency." in words(shown)


# ---- findings ----


def test_every_finding_of_the_region_is_told_exactly_once(
    render: Callable[..., Page], data: Dataset
) -> None:
    """The evidence page tells each story of its region one time, with its sources."""
    for language in LANGUAGES:
        page = render("evidence", language=language)
        text = text_of("\n".join(b.get("text/html", "") for b in page.bundles[:-1]))  # no cards
        for finding in examine(data).select(region="64").leading:
            sentence = finding.sentence(language).replace("\N{NO-BREAK SPACE}", " ")
            assert text.count(sentence) == 1, finding.finding_id


def test_the_weightiest_findings_come_first_and_are_not_told_again(
    report: Report, shown: Shown
) -> None:
    """What stands at the head of the page is left out of its section, which says so."""
    first = in_order(report.page)[0]
    report.foremost(1)
    head = words(shown)
    assert first.sentence(report.language).replace("\N{NO-BREAK SPACE}", " ") in head
    shown.clear()
    report.contradictions(first.kind)
    assert first.sentence(report.language).replace("\N{NO-BREAK SPACE}", " ") not in words(shown)


def test_every_number_of_a_finding_leads_to_its_evidence(report: Report, shown: Shown) -> None:
    """The printed figures of a finding are figures of the page's ledger."""
    report.foremost(3)
    entered = {i for figure in report.ledger.figures for i in figure.observations}
    for finding in in_order(report.page)[:3]:
        told = finding.sentence(report.language)
        figures = [report.data.observations[i] for i in finding.observations]
        said = {o.value for o in figures if report.page.observed(o).text(report.language) in told}
        assert said
        assert said <= {o.value for o in figures if o.observation_id in entered}


def test_the_results_carry_the_findings_about_what_the_page_shows(
    render: Callable[..., Page],
) -> None:
    """22.977 of 5.855 stands in the results of the capital page, the same in both languages."""
    pages = [render("capital_structure", language=language).results for language in LANGUAGES]
    for results in pages:
        shown = {i for figure in results["figures"] for i in figure["observations"]}
        assert all(shown.intersection(f["observations"]) for f in results["findings"])
        assert any("22.977 unit" in f["printed"] for f in results["findings"])
    plain = [
        [{k: v for k, v in f.items() if k not in ("sentence", "repairs")} for f in r["findings"]]
        for r in pages
    ]
    assert plain[0] == plain[1]


def test_a_contested_input_is_told_beside_a_comparison(data: Dataset, shown: Shown) -> None:
    """The misprinted count of Bali bounds nothing, and the page says so where it compares."""
    report = open_report("64", "2012", "en", data=data)
    comparison = report.comparison("members_per_cooperative")
    assert "51" in {figure.region for figure in comparison.set_aside}
    report.set_aside(comparison)
    assert "Not part of the range" in words(shown)
    assert "Bali" in words(shown)


def test_each_page_says_how_many_of_its_figures_a_rule_could_contradict(
    render: Callable[..., Page], data: Dataset
) -> None:
    """The count is that of the printed figures on the region that stand in a check."""
    page = render("membership", language="en")
    (count,) = (f for f in page.results["figures"] if f["name"] == "testable")
    shown = {
        i
        for f in page.results["figures"]
        if (f["kind"], f["region"]) == ("observed", "64")
        for i in f["observations"]
    }
    assert set(count["observations"]) == shown & examine(data).testable
    assert 0 < int(count["value"]) == len(count["observations"]) < len(shown)
    assert f"{count['text']} are bound by a rule that could find a contradiction" in page.text


# ---- repairs and other readings ----


def test_repairs_are_listed_beside_the_printed_figure_with_their_reason(
    report: Report, shown: Shown
) -> None:
    """22.977 is offered as 2.977 because a digit was typed twice."""
    report.repairs()
    text = words(shown)
    numbers = ("22.977", "2.977") if report.language == "id" else ("22,977", "2,977")
    reason = {"id": "Satu digit terketik dua kali", "en": "A digit typed twice"}
    assert all(number in text for number in numbers)
    assert reason[report.language] in text


def test_two_repairs_of_one_figure_are_two_lines_of_evidence(report: Report, shown: Shown) -> None:
    """Conjectures of one figure differ by their value and do not share a number."""
    report.repairs()
    repairs = [f for f in report.ledger.figures if f.kind == "repair"]
    assert len(repairs) > len({f.observations for f in repairs})
    assert len({(f.observations, f.value) for f in repairs}) == len(repairs)


def test_a_region_without_a_picture_shows_none(data: Dataset, shown: Shown) -> None:
    """The page asks first, and opens no section."""
    west_papua = open_report("91", "2012", "en", data=data)
    drawn = west_papua.has_series()
    west_papua.pictures()
    assert bool(shown) is drawn
    assert open_report("64", "2012", "en", data=data).has_series()
    nothing = open_report("6411", "2012", "en", data=data)
    assert not nothing.has_series()
    assert not nothing.has_repairs()


def test_without_a_repair_the_page_does_not_say_that_there_are_no_figures(
    data: Dataset, shown: Shown
) -> None:
    """West Papua has printed figures; what it lacks is a finding that a slip explains."""
    west_papua = open_report("91", "2012", "en", data=data)
    assert west_papua.tally()
    west_papua.repairs()
    assert "No finding is explained by a single typing error in a figure of West Papua." in words(
        shown
    )
    assert "hold no figures" not in words(shown)


def test_a_quantity_stands_under_every_reading_with_the_hull(
    report: Report, data: Dataset, shown: Shown
) -> None:
    """Each reading's value is there, readings that agree share a row, the hull comes last."""
    report.under("members_per_cooperative")
    text = words(shown)
    for reading in ("coherent", "latest", "official", "founding", "repaired"):
        figure = compute("members_per_cooperative", data, "64", "2012", reading)
        assert isinstance(figure, Figure)
        assert figure.text(report.language) in text
        title = data.domain.readings[reading][0 if report.language == "id" else 1]
        assert title.lower() in text.lower()
    hull = compute("members_per_cooperative", data, "64", "2012", "envelope")
    assert isinstance(hull, Figure)
    assert hull.between(report.language, style="table") in text


def test_a_repair_shows_what_it_would_change(data: Dataset, shown: Shown) -> None:
    """Own capital per holder is refused as printed, and computed under the repair alone."""
    open_report("64", "2012", "en", data=data).under("own_capital_per_holder")
    repaired = compute("own_capital_per_holder", data, "64", "2012", "repaired")
    assert isinstance(repaired, Figure)
    text = words(shown)
    assert repaired.text("en").replace("\N{NO-BREAK SPACE}", " ") in text
    assert "With repairs of misprints" in text
    (refused,) = (row for row in text.split("\n\n") if "One source for all inputs" in row)
    assert "\ngives no figure\n" in refused


def test_a_quantity_on_which_all_agree_is_a_sentence(data: Dataset, shown: Shown) -> None:
    """One source prints the capital: every reading gives the same share."""
    asked = ["coherent", "latest", "founding"]
    open_report("64", "2012", "en", data=data).under("own_capital_share", readings=asked)
    assert "every choice of sources gives the same result, 77.5 per cent" in words(shown)


def test_a_quantity_that_nobody_prints_is_said_to_be_missing(data: Dataset, shown: Shown) -> None:
    """No assets are printed for 2012; the page says so instead of an empty table."""
    open_report("64", "2012", "en", data=data).under("assets")
    assert "no text in these data gives figures on assets" in words(shown)
    assert "<table>" not in "".join(b["text/html"] for b in shown)
