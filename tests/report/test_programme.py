"""Tests of the page on the programme: what it claims follows from the figures, by one rule."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from conftest import Page

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.periods import windows
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.findings.doubts import doubts
from kumkm_analysis.metrics.verdicts import verdicts
from kumkm_analysis.report.phrases import word
from kumkm_analysis.report.report import open_report

Render = Callable[..., Page]
in_both_languages = pytest.mark.parametrize("language", ["id", "en"])


@in_both_languages
def test_every_strategy_has_the_verdict_that_the_figures_give(
    data: Dataset, render: Render, language: str
) -> None:
    """The table names all fifteen lines of the programme, each with its own verdict."""
    text = render("revitalisation", language=language).text
    rows = " ".join(text.split())
    found = verdicts(data, "64", *windows("2012"), doubts(data))
    assert {one.verdict for one in found} == {"not_shown", "cannot_tell"}
    for one in found:
        title = one.strategy.title(language)
        verdict = word(f"words.verdict_{one.verdict}", language)
        assert f"{title[:1].upper()}{title[1:]} {verdict}" in rows, title


@in_both_languages
def test_the_picture_says_what_the_table_says(render: Render, language: str) -> None:
    """The chain of results has every strategy, verdict and reason in its words."""
    html = render("revitalisation", language=language).html
    title = word("words.chain_title", language, region="").split("{")[0][:25]
    [chain] = [s for s in re.findall(r'aria-label="([^"]*)"', html) if s.startswith(title)]
    table = re.search(r"<table>(?:(?!</table>).)*?</table>", html, re.DOTALL)
    assert table is not None
    for row in re.findall(r"<th scope=row>(.*?)<td>(.*?) <small>(.*?)</small>", table[0]):
        strategy, verdict, reason = row
        alone = reason == word("words.no_indicator", language)
        said = f"{verdict}: {reason}" if alone else f"{verdict} ({reason})"
        assert f"{strategy}: {said}." in chain


@in_both_languages
def test_the_document_is_quoted_with_its_place(render: Render, language: str) -> None:
    """Each strategy stands in the words of the document; on an English page with a translation."""
    html = render("revitalisation", language=language).html
    lang = " lang=id" if language == "en" else ""
    assert f"<q{lang}>peningkatan daya saing SDM</q>" in html
    assert ("more competitive human resources" in html) is (language == "en")


def test_the_year_before_the_programme_is_said_to_rest_on_no_measurement(render: Render) -> None:
    """The official series repeats its figure of 2010 for 2012."""
    text = render("revitalisation", language="en").text
    assert "The official series repeats its figure of 2010 for 2012" in text


@pytest.mark.parametrize("region", ["35", "ID", "91", "6401", "6411"])
@in_both_languages
def test_another_region_is_told_what_changed_without_the_programme(
    render: Render, region: str, language: str
) -> None:
    """No strategy, no verdict and no promise of East Kalimantan stands on its page."""
    page = render("revitalisation", region=region, language=language)
    assert word("words.strategy", language) not in page.text
    assert "<q" not in page.html.partition("kumkm-evidence")[0]
    assert word("programme.comparable", language).partition("{of}")[0] in page.text


def test_a_region_with_a_clear_change_is_told_so(render: Render) -> None:
    """The poverty rate of East Java fell: every later figure lies below every earlier one."""
    text = render("revitalisation", region="35", language="en").text
    said = "Poverty rate: every compared figure of 2017–2021 lies below every one of 2008–2012"
    assert said in text
    assert "For some of the years the table does not name the month of the survey" in text


def test_other_windows_give_other_answers(render: Render) -> None:
    """The windows are parameters, and named in every sentence that rests on them."""
    page = render(
        "revitalisation", region="35", language="en", before="2014/2015", after="2019/2020"
    )
    assert "between 2014–2015 and 2019–2020" in page.text
    assert "2017–2021" not in page.text


def test_windows_that_overlap_are_refused_before_anything_is_shown(data: Dataset) -> None:
    """The message names the parameter and the next step."""
    report = open_report("64", "2012", "en", data=data)
    with pytest.raises(ParameterError, match="begins after the earlier one ends"):
        report.programme(after="2010/2014")
