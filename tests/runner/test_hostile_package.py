"""A hostile data package on its whole way: gate, page, index, table, crate, and into a browser."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import PHONE, opened, sideways, unfold
from conftest import kumkm
from nbformat import v4
from playwright.sync_api import Browser

from kumkm_analysis import errors
from kumkm_analysis.dataset import validate
from kumkm_analysis.report import html as markup
from kumkm_analysis.runner import page, tables
from kumkm_analysis.runner.plan import Report

RAN = "document.title='ran'"
# No digits: a number that no figure accounts for keeps a page from being published.
PAYLOADS = (
    f"<script>{RAN}</script>",
    f"<img src=x onerror={RAN}>",
    f"</style></title></button><svg onload={RAN}>",
    f"javascript:{RAN}",
    f"\"' autofocus onfocus={RAN} x=",
    "=cmd|' /C calc'!A",
    "\N{ARABIC LETTER SHEEN}\N{ARABIC LETTER REH}\N{ARABIC LETTER KAF}",
    "{region} %s ${x} {{ x }} {% x %}",
    f"[a](javascript:{RAN}) `x` **b** $x$",
    "&lt;b&gt; &amp;amp; ]]> --><!--",
    "m" * 10_000,
)
FORMULAS = ("=cmd|' /C calc'!A", "+x", "-x", "@SUM(x)", "\t=x", "%x", "|x")
# Not prose: these are parsed, and what they may hold is checked where they are.
PARSED = {
    "as_printed", "repair_as_printed", "formula", "left", "right", "breakdown", "part_of",
    "indicator_id", "observation_id",
}  # fmt: skip
NAMES = [f"{n}-64-2012-coherent.en" for n in ("membership", "capital_structure", "evidence")]


def prose(package: Path) -> dict[str, list[str]]:
    """Return the columns of every table that may hold any text, as its descriptor tells."""
    descriptor = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for resource in descriptor["resources"]:
        schema = resource["schema"]
        keys = {f for key in schema.get("foreignKeys", []) for f in _listed(key["fields"])}
        keys |= set(_listed(schema.get("primaryKey", []))) | PARSED
        columns = [
            field["name"]
            for field in schema["fields"]
            if field["type"] == "string"
            and field["name"] not in keys
            and not field.get("constraints", {}).keys() & {"enum", "pattern"}
        ]
        found |= dict.fromkeys(_listed(resource["path"]), columns)
    return found


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def spoil(package: Path, payload: Callable[[int, str], str]) -> int:
    """Put a payload into every cell of prose; return how many there are."""
    changed = 0
    for name, columns in prose(package).items():
        file = package / name
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
        for number, row in enumerate(rows):
            for place, column in enumerate(columns):
                row[column] = payload(number + place, row[column])
                changed += 1
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]) if rows else columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        if rows:
            file.write_text(text.getvalue(), encoding="utf-8")
    return changed


@pytest.fixture(scope="module")
def package(small_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the small data with a payload before the text of every cell of prose."""
    folder = tmp_path_factory.mktemp("hostile") / "data"
    shutil.copytree(small_package, folder)
    # The long text is rare: a cell in five hundred.
    count = len(PAYLOADS)

    def payload(number: int, cell: str) -> str:
        long = number % 500 == 7
        return f"{PAYLOADS[-1] if long else PAYLOADS[number % (count - 1)]} {cell}".strip()

    assert spoil(folder, payload) > 3_000
    return folder


@pytest.fixture(scope="module")
def published(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of reports made from the hostile package, whose text is no fault of it."""
    output = tmp_path_factory.mktemp("hostile") / "reports"
    done = kumkm("run", "--language", "en", "--data", package, "--output", output)
    assert done.returncode == 0, done.stdout + done.stderr
    return output


def test_nothing_runs_in_a_browser_with_scripts(published: Path, browser: Browser) -> None:
    """Pages and index of hostile data: nothing runs or loads, nothing scrolls sideways."""
    files = [published / name / f"{name}.html" for name in NAMES] + [published / "index.html"]
    for file in files:
        with opened(browser, file.as_uri(), PHONE, java_script_enabled=True) as tab:
            unfold(tab)
            assert tab.title() != "ran"
            assert sideways(tab) == 0
            strangers = "main :is(script, img, iframe, form), [onload], [onerror], [onfocus]"
            assert tab.locator(strangers).count() == 0
            assert tab.locator("a[href^='javascript:' i]").count() == 0
            if file.name != "index.html":
                tab.locator("main data button").first.click()
                assert tab.locator("[popover]:popover-open").count() == 1
                assert sideways(tab) == 0


def test_hostile_text_is_shown(published: Path, browser: Browser) -> None:
    """Every payload can be read on some page, sign by sign."""
    seen = ""
    for name in NAMES:
        with opened(browser, (published / name / f"{name}.html").as_uri()) as tab:
            seen += tab.locator("main").text_content() or ""
    assert [payload[:80] for payload in PAYLOADS if payload not in seen] == []


def test_no_table_for_spreadsheets_holds_a_formula(published: Path) -> None:
    """No cell of any results.csv is one that a spreadsheet would compute."""
    cells = 0
    for name in NAMES:
        content = (published / name / "results.csv").read_text(encoding="utf-8-sig")
        for row in csv.reader(io.StringIO(content, newline="")):
            for cell in row:
                cells += "cmd|" in cell
                assert errors.NUMBER.fullmatch(cell) or not cell.startswith(errors.FORMULA)
    assert cells > 0


def test_the_crate_holds_the_text_as_it_is(published: Path) -> None:
    """The crate is JSON whose title is that of the results, payload and all."""
    for name in NAMES:
        crate = json.loads((published / name / "ro-crate-metadata.json").read_bytes())
        results = json.loads((published / name / "results.json").read_bytes())
        (root,) = [entity for entity in crate["@graph"] if entity["@id"] == "./"]
        assert root["name"].startswith(results["title"])


def test_controls_that_turn_a_text_are_refused(tiny: Path) -> None:
    """In every column of prose, with file, row and column, each of them."""
    controls = "\u202a\u202d\u202e\u2066\u2067\u2068"
    expected = spoil(tiny, lambda number, cell: f"{cell}{controls[number % len(controls)]}x")
    found = [f.found for f in validate.check(tiny) if "control characters" in f.expected]
    assert len(found) == expected
    for control in controls:
        assert any(f"\\u{ord(control):04x}" in told for told in found)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_quoted_in_every_column_of_text(formula: str) -> None:
    """Whatever column of the results a formula stands in, the table shows it as text."""
    entry: dict[str, Any] = dict.fromkeys(tables.COLUMNS, formula)
    entry |= {"observations": [formula], "sources": [formula]}
    source = {"id": formula, "publisher": formula, "address": formula}
    made = tables.documents({"figures": [entry], "sources": [source]})
    content = made[tables.FILE].decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content, newline=""))
    assert set(row.values()) == {f"'{formula}"}


# ---- the order of words ----

ARABIC = "\N{ARABIC LETTER SHEEN}\N{ARABIC LETTER REH}\N{ARABIC LETTER KAF}"
OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}abc"
BREAKOUT = "\N{POP DIRECTIONAL ISOLATE}\N{RIGHT-TO-LEFT OVERRIDE}abc"
PLACES = """() => {
  const found = {};
  for (const word of ['first', 'second', 'third']) {
    const walker = document.createTreeWalker(document.querySelector('.kumkm-say'), 4);
    for (let node; (node = walker.nextNode());) {
      const at = node.data.indexOf(word);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + word.length);
      found[word] = range.getBoundingClientRect().x;
    }
  }
  return Object.values(found);
}"""


@pytest.fixture
def places(browser: Browser, tmp_path: Path) -> Callable[[str], list[float]]:
    """Return a function that tells where three words around a text stand on a page."""

    def where(html: str) -> list[float]:
        # Digits run along with the letters before them, so that they show what an override turns.
        said = markup.paragraph(f"first {html} 12 second 34 {html} third")
        shown = v4.new_output("display_data", data={"text/html": said})
        notebook = v4.new_notebook(cells=[v4.new_code_cell("x", outputs=[shown])])
        report = Report("x", Path("x.ipynb"), {"language": "en"})
        file = tmp_path / "page.html"
        file.write_text(page.build(notebook, report), encoding="utf-8")
        with opened(browser, file.as_uri()) as tab:
            return list(tab.evaluate(PLACES))

    return where


@pytest.mark.parametrize("text", [ARABIC, OVERRIDE, BREAKOUT])
def test_a_text_leaves_its_neighbours_in_order(
    text: str, places: Callable[[str], list[float]]
) -> None:
    """Words around a text that runs leftward, or would turn all that follows, stay in order."""
    found = places(markup.text(text))
    assert len(found) == 3
    assert found == sorted(found)


@pytest.mark.parametrize("text", [OVERRIDE, f"<bdi>{BREAKOUT}</bdi>"])
def test_without_our_care_the_words_would_be_turned(
    text: str, places: Callable[[str], list[float]]
) -> None:
    """The check can fail, and an element of its own would not be enough."""
    found = places(text)
    assert found != sorted(found)
