"""Hostile data: whatever stands in a text column is shown as text, runs nothing, breaks nothing."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import amounts
import pytest
from conftest import Page
from nbformat import v4

from kumkm_analysis import errors
from kumkm_analysis.dataset import dataset
from kumkm_analysis.dataset.dataset import Dataset, Table
from kumkm_analysis.errors import isolated
from kumkm_analysis.runner import check_page, page, tables
from kumkm_analysis.runner.plan import Report

PAYLOADS = (
    "<script>document.title='ran'</script>",
    "<img src=x onerror=alert(1)>",
    "</style></title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "\"' onmouseover=alert(1) x=",
    "=cmd|' /C calc'!A0",
    "\u202egnirts\u202c \u2066x\u2069",
    "{region} {0} %s ${x} {{ x }}",
    "[a](javascript:alert(1)) `x` **b** $x$",
    "&lt;b&gt; &amp;amp; ]]> --><!--",
)
TEXT = {
    "sources": ("publisher", "title", "note"),
    "regions": ("title_id", "title_en", "note_id", "note_en"),
    "indicators": ("title_id", "title_en", "concept_en", "definition_en", "note"),
    "metrics": ("title_id", "title_en", "definition_id", "definition_en", "note"),
    "terms": ("title_id", "title_en", "definition_en"),
    "observations": ("as_printed", "locator", "note"),
}


def spoilt(data: Dataset, payload: Callable[[int], str]) -> Dataset:
    """Return the dataset with a payload after the text of every text column of every row."""
    changed: dict[str, Any] = {}
    for name, columns in TEXT.items():
        table = getattr(data, name)
        records = {
            key: dataclasses.replace(
                record,
                **{
                    column: f"{getattr(record, column)} {payload(row + place)}"
                    for place, column in enumerate(columns)
                },
                **({"url": "javascript:alert(1)"} if name == "sources" and row % 2 else {}),
                **({"token_exception": "broken_token"} if name == "observations" else {}),
            )
            for row, (key, record) in enumerate(table.items())
        }
        changed[name] = Table(name, records, data.schemas[name])
    return dataclasses.replace(data, **changed)


def laid_out(shown: Page) -> str:
    """Return the finished page of what a notebook showed."""
    outputs = [v4.new_output("display_data", data=bundle) for bundle in shown.bundles]
    cell = v4.new_code_cell("report.close()", outputs=outputs)
    report = Report(shown.notebook, Path("x.ipynb"), shown.parameters, shipped=True)
    return page.build(v4.new_notebook(cells=[cell]), report)


@pytest.fixture(scope="module")
def hostile(small_package: Path, render: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Return a function that renders a notebook on a spoilt dataset."""
    patch = pytest.MonkeyPatch()
    data = dataset.load(small_package)

    def run(payload: Callable[[int], str], notebook: str, **parameters: str) -> Page:
        with patch.context() as context:
            context.setattr(dataset, "load", lambda *_: spoilt(data, payload))
            return render(notebook, **parameters)

    yield run
    patch.undo()


@pytest.fixture(scope="module")
def marked(hostile: Callable[..., Page]) -> tuple[str, Page]:
    """Return a page on which every text carries markup, in one payload or another."""
    shown = hostile(lambda row: PAYLOADS[row % len(PAYLOADS)], "membership", language="en")
    return laid_out(shown), shown


class Visible(HTMLParser):
    """The text that a page shows, and every element and attribute name on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note names."""
        self.names |= {tag, *(name for name, _ in attrs)}

    def handle_data(self, data: str) -> None:
        """Gather text."""
        self.text += data


def test_hostile_text_is_shown_and_nothing_runs(marked: tuple[str, Page]) -> None:
    """Every payload stands on the page as text; no element or attribute came of it."""
    text, _ = marked
    assert check_page.problems(text) == []
    seen = Visible(text)
    assert [p for p in PAYLOADS if isolated(p) not in seen.text] == []
    assert not seen.names & {"script", "img", "onerror", "onload", "onmouseover", "onclick"}
    assert 'href="javascript:' not in text


def test_hostile_text_leaves_every_number_accounted_for(marked: tuple[str, Page]) -> None:
    """The numbers still lead to their evidence; what digits payloads bring is found."""
    text, shown = marked
    assert check_page.check(text, shown.results).dead == []
    assert amounts.faults(text, shown.results) == []


def test_hostile_text_is_no_formula_in_the_table(marked: tuple[str, Page]) -> None:
    """No cell of results.csv begins like a formula."""
    content = tables.documents(marked[1].results)[tables.FILE].decode("utf-8-sig")
    for row in csv.reader(io.StringIO(content, newline="")):
        assert not any(
            cell.startswith(errors.FORMULA) and not errors.NUMBER.fullmatch(cell) for cell in row
        )


def test_hostile_results_stay_json(marked: tuple[str, Page]) -> None:
    """The results survive the way through text unchanged."""
    found = marked[1].results
    assert json.loads(json.dumps(found, ensure_ascii=False)) == found


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["marked", "long"])
def test_a_browser_shows_hostile_pages_in_peace(
    kind: str, marked: tuple[str, Page], hostile: Callable[..., Page], tmp_path: Path
) -> None:
    """In Chromium nothing runs, nothing is asked for, nothing scrolls sideways on a phone.

    Once with markup in every text, once with ten thousand characters without a blank in it.
    """
    from browsing import launched, opened, sideways
    from playwright.sync_api import sync_playwright

    text = marked[0]
    if kind == "long":
        shown = hostile(lambda row: "m" * (10_000 if row % 7 == 0 else 60), "capital_structure",
                        region="52")  # fmt: skip
        text = laid_out(shown)
    file = tmp_path / "page.html"
    file.write_text(text, encoding="utf-8")
    with sync_playwright() as playwright:
        browser = launched(playwright)
        with opened(browser, file.as_uri(), 390) as tab:
            assert tab.title() != "ran"
            assert sideways(tab) == 0
            tab.locator("data button").first.click()
            assert tab.locator("[popover]:popover-open").count() == 1
        browser.close()
