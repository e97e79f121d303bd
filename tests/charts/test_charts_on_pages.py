"""Tests of charts on pages: every one has words, a caption and its data."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import unescape
from typing import Any

import pytest
from conftest import NOTEBOOKS, Page, text_of

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.report.report import Report

Make = Callable[..., Dataset]


def charts_of(html: str) -> list[tuple[str, str, str]]:
    """Return alt text, caption and data table of every chart of a page."""
    return [
        (unescape(alt), text_of(caption), text_of(table))
        for alt, caption, table in re.findall(
            r'<figure class="kumkm-chart"><svg role="img" aria-label="([^"]*)".*?'
            r"(?:<figcaption>(.*?)</figcaption>)?<details>(.*?)</details></figure>",
            html,
            re.DOTALL,
        )
    ]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_chart_has_alt_text_and_its_data(
    page: Callable[[str, str], Page], name: str, language: str
) -> None:
    """Both languages have the same charts, each in words of its own."""
    found, others = (charts_of(page(name, spoken).html) for spoken in (language, other(language)))
    assert len(found) == len(others) == page(name, language).html.count("<svg")
    assert found
    for (alt, _, table), (alt_of_other, _, _) in zip(found, others, strict=True):
        assert alt.endswith(".")
        assert alt != alt_of_other
        assert table.count("\n") > 3


def other(language: str) -> str:
    """Return the language that a page is not in."""
    return "en" if language == "id" else "id"


def history(make: Make, language: str, values: Sequence[tuple[str, str, str]]) -> str:
    """Return the HTML of a series of made figures: source, year, token."""
    data = make(
        *(
            {"source_id": s, "indicator_id": "cooperatives", "reference_period": y, "as_printed": v}
            for s, y, v in values
        ),
        **{s: ("press", "2015") for s, _, _ in values},
    )
    bundles: list[dict[str, Any]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("IPython.display.display", lambda bundle, *, raw: bundles.append(bundle))
        Report(data, "64", "2012", language, "coherent").history("cooperatives")
    return "".join(b["text/html"] for b in bundles)


@pytest.mark.parametrize(
    ("language", "low", "high"), [("id", "1.234", "5.678"), ("en", "1,234", "5,678")]
)
def test_alt_text_is_computed_from_the_data(made: Make, language: str, low: str, high: str) -> None:
    """The lowest and the highest figure with their years; other figures, other words."""
    values = [("paper", "2010", "1.234"), ("paper", "2011", "3.000"), ("gazette", "2012", "5.678")]
    ((alt, _, table),) = charts_of(history(made, language, values))
    for part in (low, high, "2010", "2012"):
        assert part in alt
    assert "Paper" in table
    assert "Gazette" in table
    ((changed, _, _),) = charts_of(history(made, language, [*values, ("paper", "2014", "9.999")]))
    assert high not in changed
    assert re.sub(r"\D", "", "9999") in re.sub(r"\D", "", changed)


def test_a_comparison_names_every_source_of_its_dots(
    data: Dataset, page: Callable[[str, str], Page]
) -> None:
    """Whose figures are drawn stands under the chart."""
    shown = page("capital_structure", "en")
    captions = [c for alt, c, _ in charts_of(shown.html) if alt.startswith("Share of own capital")]
    assert captions
    drawn = [
        f for f in shown.results["figures"]
        if f["name"] == "own_capital_share" and f["reading"] == "coherent"
    ]  # fmt: skip
    publishers = {
        data.sources[data.observations[i].source_id].publisher
        for f in drawn
        for i in f["observations"]
    }
    assert len(publishers) > 1
    for publisher in publishers:
        assert publisher in captions[0]
