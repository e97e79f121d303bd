"""An executed notebook becomes a page or a refusal: what is held against whom, and how it is told.

The notebooks are one's own unless said otherwise; what they show is what a real report showed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat import v4

from kumkm_analysis import paths
from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.errors import RunError
from kumkm_analysis.report.report import open_report
from kumkm_analysis.runner.jobs import Job, Product, Task
from kumkm_analysis.runner.plan import Report
from kumkm_analysis.runner.produce import finish

STRAY = "# Title\n\nOf the cooperatives of *Berau* some 812 were closed. More may follow."
SENTENCE = "'Of the cooperatives of Berau some 812 were closed.'"


@pytest.fixture
def made(shown: list[dict[str, Any]], tmp_path: Path) -> Callable[..., Product]:
    """Return a function that makes the page of a report with some prose.

    ``report`` is how far the report came: not opened, opened, given a number, or closed.
    """

    def make(
        prose: str, report: str, *, shipped: bool = False, strict: bool = False, more: Any = None
    ) -> Product:
        shown[:] = [more] if more else []
        if report:
            opened = open_report("64", "2012", "en", name="mine")
            opened.title(id="Judul", en="Title")
            if report != "opened":
                opened.say(
                    id="Ada {n} koperasi.", en="There were {n}.", n=opened.figure("cooperatives")
                )
            if report == "closed":
                opened.close()
        outputs = [v4.new_output("display_data", data=bundle) for bundle in shown]
        notebook = v4.new_notebook(
            cells=[v4.new_markdown_cell(prose), v4.new_code_cell("x = 813", outputs=outputs)]
        )
        given = {"region": "64", "period": "2012", "language": "en", "reading": "coherent"}
        asked = Report("mine", tmp_path / "mine.ipynb", given, shipped=shipped)
        ingredients = {"notebook": "mine", "notebook code": "0", "parameters": "{}"}
        job = Job(asked, b"", "key", ingredients, load().fingerprint, strict=strict)
        return finish(Task(job, tmp_path, tmp_path, paths.data_path()), notebook)

    return make


def test_a_stray_numeral_is_a_warning_that_names_its_sentence(made: Callable[..., Product]) -> None:
    """The page of a notebook of one's own is published with it."""
    product = made(STRAY, "closed")
    assert product.warnings == (f"the numeral '812' in <p>: {SENTENCE}",)
    (page,) = (text for name, text in product.files.items() if name.endswith(".html"))
    assert b"some 812 were closed" in page
    many = made(" ".join(f"Some {n} closed." for n in range(812, 840)), "closed").warnings
    assert (len(many), many[-1]) == (21, "8 more of the kind")
    assert made("Nothing is counted.", "closed").warnings == ()


@pytest.mark.parametrize("held", ["strict", "shipped"])
def test_a_stray_numeral_is_a_failure_where_it_is_asked(
    made: Callable[..., Product], held: str
) -> None:
    """With its place and what was expected; a notebook of ours is always held to it."""
    with pytest.raises(RunError) as told:
        made(STRAY, "closed", **{held: True})
    expected = "expected a figure for every numeral"
    assert f"page: found the numeral '812' in <p>: {SENTENCE}; {expected}" in str(told.value)
    assert made("Nothing is counted.", "closed", **{held: True}).warnings == ()


def test_a_notebook_without_a_report_may_say_what_it_likes(made: Callable[..., Product]) -> None:
    """It has promised nothing, however strict."""
    assert made(STRAY, "", strict=True).warnings == ()


@pytest.mark.parametrize("report", ["opened", "given a number"])
def test_a_report_that_is_never_closed_is_a_failure(
    made: Callable[..., Product], report: str
) -> None:
    """Its numbers would open nothing; the next step is said, once."""
    with pytest.raises(RunError, match=r"End the notebook with report\.close\(\)") as told:
        made("", report)
    assert "found a report that was opened and never closed" in str(told.value)
    with pytest.raises(RunError, match=r"End the notebook with report\.close\(\)") as told:
        made("", report, shipped=True)
    assert len(told.value.faults) == 1


def test_a_page_that_would_load_something_is_a_failure(
    made: Callable[..., Product],
) -> None:
    """Whosever it is; a picture of prose that lies elsewhere is a link, and a warning."""
    product = made("![A picture](https://example.org/a.png)", "")
    assert "picture https://example.org/a.png: it lies elsewhere" in product.warnings[0]
    ours = {"text/html": '<p class="kumkm-note"><img src="https://example.org/a.png"></p>'}
    with pytest.raises(RunError, match="loads nothing"):
        made("", "", more=ours)
