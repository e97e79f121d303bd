"""Tests of the notebooks as documents, and of what every run of them must give.

That they are kept without outputs is tested with the other habits of the repository.
"""

from __future__ import annotations

import ast
import json
import re
import string
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import fastjsonschema
import nbformat
import pytest
from conftest import NOTEBOOKS, ROOT, Page
from nbclient import NotebookClient
from nbformat import NotebookNode

from kumkm_analysis.charts import rows
from kumkm_analysis.charts.marks import Chart
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.request import STANDARD, check_parameters
from kumkm_analysis.report import peers, pictures, report, results
from kumkm_analysis.report.phrases import word
from kumkm_analysis.runner import check_page

LANGUAGES = ("id", "en")
SCHEMA = json.loads(
    (ROOT / "kumkm_analysis" / "runner" / "results.schema.json").read_text(encoding="utf-8")
)
VALIDATE = fastjsonschema.compile(SCHEMA)
# Names that prose may hold although they contain digits: laws and their years.
NAMES_WITH_DIGITS = re.compile(
    r"(UU|Undang-Undang|Permenkop( UKM)?|Law|Regulation) (No\. ?|Nomor )?\d+(/| Tahun | of )\d{4}"
)
each_notebook = pytest.mark.parametrize("name", NOTEBOOKS)


def read(name: str) -> NotebookNode:
    """Return a notebook of the project."""
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return list(cell.metadata.get("tags", []))


def code_of(name: str) -> list[NotebookNode]:
    """Return the code cells of a notebook."""
    return [c for c in read(name).cells if c.cell_type == "code"]


# ---- documents ----


@each_notebook
def test_one_cell_holds_the_parameters_with_types_and_defaults(data: Dataset, name: str) -> None:
    """It comes first, and its defaults are a valid request."""
    first, *rest = read(name).cells
    assert tags(first) == ["parameters"]
    assert not [c.id for c in rest if "parameters" in tags(c)]
    given = {}
    for statement in ast.parse(first.source).body:
        assert isinstance(statement, ast.AnnAssign)
        assert isinstance(statement.target, ast.Name)
        assert isinstance(statement.value, ast.Constant)
        assert ast.unparse(statement.annotation) == type(statement.value.value).__name__
        given[statement.target.id] = statement.value.value
    own = ["before", "after"] if name == "revitalisation" else []
    assert list(given) == ["region", "period", "language", "reading", *own]
    assert {*given} - {*own} == set(STANDARD)
    taken = {name: value for name, value in given.items() if value}  # the rest the data set
    assert [*taken] == ["reading"]
    assert check_parameters(data.domain, taken) == []


@each_notebook
def test_prose_stands_in_pairs_of_both_languages(name: str) -> None:
    """Every Indonesian cell is followed by its English one, and nothing stands between them."""
    cells = read(name).cells
    prose = [(place, c) for place, c in enumerate(cells) if c.cell_type == "markdown"]
    assert len(prose) % 2 == 0
    for (place, first), (next_place, second) in zip(prose[::2], prose[1::2], strict=True):
        assert (tags(first), tags(second)) == (["lang-id"], ["lang-en"])
        assert next_place == place + 1
        assert first.id.removesuffix("-id") == second.id.removesuffix("-en")


@each_notebook
def test_both_languages_have_the_same_structure(name: str) -> None:
    """The cells of a pair have the same headings, paragraphs and lists, in the same order."""
    prose = [c for c in read(name).cells if c.cell_type == "markdown"]
    for first, second in zip(prose[::2], prose[1::2], strict=True):
        assert structure(first.source) == structure(second.source), first.id
        assert first.source != second.source


def structure(source: str) -> list[str]:
    """Return the kinds of the lines of a Markdown cell."""
    kinds = {"#": "heading", "-": "item", "|": "row", ">": "quote"}
    lines = [line for line in source.splitlines() if line.strip()]
    return [
        line.partition(" ")[0] if line.startswith("#") else kinds.get(line[0], "paragraph")
        for line in lines
    ]


@each_notebook
def test_prose_holds_no_numbers(name: str) -> None:
    """A number in prose would have no source; laws may be named with theirs."""
    for cell in read(name).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\d", NAMES_WITH_DIGITS.sub("", cell.source)), cell.id


@each_notebook
def test_sentences_hold_no_numbers_but_figures(name: str) -> None:
    """Outside of its placeholders no said sentence has a digit."""
    said = 0
    for cell in code_of(name)[1:]:
        for node in ast.walk(ast.parse(cell.source)):
            if not isinstance(node, ast.keyword) or node.arg not in LANGUAGES:
                continue
            said += 1
            assert isinstance(node.value, ast.Constant), cell.id
            assert isinstance(node.value.value, str), cell.id
            for literal, *_ in string.Formatter().parse(node.value.value):
                assert not re.search(r"\d", NAMES_WITH_DIGITS.sub("", literal)), literal
    assert said


@each_notebook
def test_a_cell_is_a_sentence_a_call_or_a_chart(name: str) -> None:
    """No branch but a section that opens, no loop or function: a word of the report does it."""
    forbidden = (
        ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.With, ast.FunctionDef, ast.Lambda,
        ast.ClassDef, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp,
    )  # fmt: skip
    for cell in code_of(name):
        tree = ast.parse(cell.source)
        found = [
            n for n in ast.walk(tree)
            if isinstance(n, forbidden) and not (n in tree.body and opens_a_section(n))
        ]  # fmt: skip
        assert not found, (cell.id, [ast.unparse(n) for n in found])


def opens_a_section(node: ast.AST) -> bool:
    """Tell whether a branch is what a section shows, with nothing in its stead."""
    return (
        isinstance(node, ast.If)
        and not node.orelse
        and isinstance(node.test, ast.Call)
        and ast.unparse(node.test.func) == "report.section"
    )


@each_notebook
def test_every_cell_has_a_readable_name_of_its_own(name: str) -> None:
    """Cells are named by what they are about, so that a difference can be read."""
    ids = [c.id for c in read(name).cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", i) for i in ids)


@each_notebook
def test_a_notebook_names_itself_and_closes(name: str) -> None:
    """It opens a report by its own name and ends by closing it."""
    cells = code_of(name)
    assert f'name="{name}"' in cells[1].source
    assert cells[-1].source == "report.close()"


# ---- plain Jupyter, plain papermill ----


def results_of(notebook: NotebookNode) -> dict[str, Any]:
    """Return the results that an executed notebook carries, which must be there once."""
    (found,) = [
        output.data[results.MEDIA_TYPE]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if results.MEDIA_TYPE in output.get("data", {})
    ]
    return dict(found)


@each_notebook
@pytest.mark.usefixtures("small_data")
def test_a_notebook_runs_top_to_bottom_with_its_defaults(name: str, tmp_path: Path) -> None:
    """As JupyterLab runs it: in a kernel of its own, somewhere else, without our runner."""
    notebook = read(name)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")
    client.execute(cwd=str(tmp_path))
    kinds = {o.output_type for c in notebook.cells if c.cell_type == "code" for o in c.outputs}
    assert kinds == {"display_data"}
    assert results_of(notebook)["notebook"] == name


@pytest.mark.usefixtures("small_data")
def test_plain_papermill_runs_with_a_region_that_it_takes_for_a_number(tmp_path: Path) -> None:
    """``-p region 64`` becomes an integer, and the report accepts it."""
    out = tmp_path / "out.ipynb"
    command = [
        sys.executable, "-m", "papermill", "--no-progress-bar", "notebooks/capital_structure.ipynb",
        str(out), "-p", "region", "64", "-p", "language", "en",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(out, as_version=4)
    assert notebook.metadata.papermill.parameters == {"region": 64, "language": "en"}
    assert results_of(notebook)["parameters"] == {
        "region": "64", "period": "2012", "language": "en", "reading": "coherent",
    }  # fmt: skip


# ---- every region, other periods, other readings ----


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the drawing, which is tested by itself; labels and alt text are still made."""

    def undrawn(marks: object, language: str, alt: str, title: str = "", **more: str) -> Chart:
        return Chart("<svg></svg>", alt)

    for kind in ("rows", "texts", "bars"):
        monkeypatch.setattr(rows, kind, undrawn)
    monkeypatch.setattr(pictures, "timeline", undrawn)
    for kind in ("multiples", "spread"):
        monkeypatch.setattr(peers, kind, undrawn)


def check_whole(page: Page, data: Dataset) -> None:
    """Hold a page to what every page must be: titled, valid, complete, in one language."""
    VALIDATE(page.results)
    language = page.parameters["language"]
    region = data.regions[str(page.parameters["region"])].title(language)
    assert page.results["region_title"] == region
    assert page.text.splitlines()[0] == page.results["title"]
    assert region in page.results["title"]
    (policy,) = check_page.problems(f"<!DOCTYPE html><main>{page.html}</main>")
    assert "content security" in policy  # of the template, which is not there
    ids = re.findall(r"<[a-z]+ id=\"?([\w.-]+)", page.html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"popovertarget=(\w+)", page.html)) <= set(ids)
    assert not re.search(r"\bNone\b|\bnan\b|[{}]|Fraction\(|Missing\(", page.text)
    last = "evidence_lead" if page.results["figures"] else "no_figures"
    assert word(f"words.{last}", language) in page.text
    assert page.bundles[-1][results.MEDIA_TYPE] == page.results
    for bundle, after in pairwise(page.bundles):  # no heading stands over nothing
        assert "text/markdown" not in bundle or "text/html" in after, bundle
        assert "text/markdown" not in bundle or after is not page.bundles[-1], bundle


KEY_FIGURES = {
    "membership": ("cooperatives", "members"),
    "capital_structure": ("own_capital", "external_capital"),
    "evidence": (),
    "revitalisation": (),
}


def check_gaps_are_told(page: Page, data: Dataset) -> None:
    """Hold a page to saying of its main figures who prints them, or that nobody does."""
    p = page.parameters
    opened = report.open_report(**p, data=data)
    official = p["reading"] == "official"
    gaps = ("words.missing", "words.missing_official") if official else ("words.missing",)
    said = [word(key, p["language"]).partition(", ")[2].partition("{")[0] for key in gaps]
    said.append(word("answers.nearest", p["language"]).partition("{when} ")[2].partition("{")[0])
    told = " ".join(line for line in page.text.splitlines() if any(gap in line for gap in said))
    for indicator in KEY_FIGURES[page.notebook]:
        title = opened.ledger.title(indicator)
        if opened.figure(indicator):
            assert indicator in {f["name"] for f in page.results["figures"]}
        else:
            assert title in told, indicator


@each_notebook
@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_every_region_has_a_whole_page(
    data: Dataset, render: Callable[..., Page], name: str, step: int
) -> None:
    """All regions of the data, in turn in either language: no error, and gaps are told.

    Where time is short, every sixth.
    """
    for place, region in enumerate(list(data.regions)[::step]):
        page = render(name, region=region, language=LANGUAGES[place % 2])
        check_whole(page, data)
        check_gaps_are_told(page, data)


def test_in_most_regions_something_is_missing(data: Dataset) -> None:
    """The last test has gaps to look at: capital is printed for very few regions in 2012."""
    printed = [r for r in data.regions if report.open_report(r, data=data).figure("own_capital")]
    assert 0 < len(printed) < len(data.regions) / 2


@each_notebook
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("region", ["64", "51", "6472"])
def test_pages_with_their_pictures_are_whole_in_both_languages(
    data: Dataset, render: Callable[..., Page], page: Callable[[str, str], Page], name: str,
    language: str, region: str,
) -> None:  # fmt: skip
    """A province, another one and a city, with real pictures."""
    shown = (
        page(name, language) if region == "64" else render(name, region=region, language=language)
    )
    check_whole(shown, data)
    check_gaps_are_told(shown, data)
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    assert word("words.evidence_lead", other) not in shown.text


@each_notebook
@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("period", ["1999", "2012-06", "2014-12-31", "2016"])
def test_other_periods_and_readings_have_whole_pages(
    data: Dataset, render: Callable[..., Page], name: str, period: str
) -> None:
    """Under every reading, where figures are plenty and where there are none."""
    for place, reading in enumerate(data.domain.readings):
        region = ("64", "51", "ID")[place % 3]
        page = render(
            name, region=region, period=period, reading=reading, language=LANGUAGES[place % 2]
        )
        check_whole(page, data)
        title = data.domain.readings[reading][place % 2]
        assert title in page.text.splitlines()[1]


@each_notebook
def test_both_languages_show_the_same_figures(page: Callable[[str, str], Page], name: str) -> None:
    """Values, bounds and origins of the two pages are the same, figure by figure."""

    def bare(language: str) -> list[dict[str, Any]]:
        words = ("label", "text")
        entries = page(name, language).results["figures"]
        return [{k: v for k, v in e.items() if k not in words} for e in entries]

    assert bare("id") == bare("en")
