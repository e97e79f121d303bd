"""The pages on paper: printed by Chromium and read back from the PDF, by its tags and its text."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import pytest
from browsing import opened
from conftest import NOTEBOOKS
from playwright.sync_api import Browser
from pypdf import PdfReader

from kumkm_analysis.report import html

pytestmark = pytest.mark.browser

SHEET = 261  # millimetres between the margins of an A4 sheet
WIDTH = 673  # pixels between its margins, at 96 an inch
TOGETHER = 3  # rows of a table taller than a sheet that stay together at either end
EMPTIEST = 0.4  # of a sheet that is filled, but for the last: a table may take all of the next
ENDS = 2  # sheets that end where the next must be new: before the annex and before the sources
TALLEST = 0.6  # of a sheet that a chart takes, so that text stands beside it
SPLIT = "<style>figure,table,tr{break-inside:auto!important}td{height:8rem}</style>"
# Every notebook, and each language.
PAGES = [f"{name}-64-2012-coherent.{'id' if name == 'evidence' else 'en'}" for name in NOTEBOOKS]


@dataclass(frozen=True)
class Element:
    """A tagged element of a PDF: its kind, the sheets it lies on, and what it holds."""

    kind: str
    sheets: frozenset[int]
    inside: tuple[Element, ...]

    def every(self, kind: str) -> Iterator[Element]:
        """Yield every element of a kind in this one."""
        if self.kind == kind:
            yield self
        for element in self.inside:
            yield from element.every(kind)


@dataclass(frozen=True)
class Printed:
    """A page on paper, and what the browser laid out for it."""

    title: str
    reader: PdfReader
    tall: int  # tables taller than a sheet, which must break
    charts: tuple[float, ...]  # how much of a sheet each takes, but for a chain of results
    addresses: tuple[str, ...]
    lines: tuple[str, ...]

    @cached_property
    def root(self) -> Element:
        """What the tags of the PDF tell."""
        return structure(self.reader)

    @cached_property
    def sheets(self) -> tuple[str, ...]:
        """The text of every sheet."""
        return tuple(page.extract_text() for page in self.reader.pages)

    @cached_property
    def text(self) -> str:
        """The text of all sheets without their heads, squeezed."""
        return "".join(
            squeezed(sheet).removeprefix(f"{squeezed(self.title)}{number}")
            for number, sheet in enumerate(self.sheets, start=1)
        )


def structure(reader: PdfReader) -> Element:
    """Return the tagged structure of a PDF."""
    numbers = {page.indirect_reference.idnum: n for n, page in enumerate(reader.pages)}  # type: ignore[union-attr]

    def read(node: Any, sheet: int | None) -> Element:
        node = node.get_object()
        if isinstance(node, int):  # marked content of the sheet that its element names
            return Element("", frozenset({sheet} if sheet is not None else ()), ())
        if "/Pg" in node:
            sheet = numbers[node.raw_get("/Pg").idnum]
        if node.get("/Type") == "/MCR":
            return Element("", frozenset({sheet} if sheet is not None else ()), ())
        below = node.get("/K", [])
        inside = tuple(read(n, sheet) for n in (below if isinstance(below, list) else [below]))
        sheets = frozenset(n for element in inside for n in element.sheets)
        return Element(str(node.get("/S", "")), sheets, inside)

    return read(reader.root_object["/StructTreeRoot"], None)


def squeezed(text: str) -> str:
    """Return a text without blanks, which lines on paper move, and the signs that style adds."""
    return re.sub(r"[\s“”·]", "", unicodedata.normalize("NFKC", text))


@pytest.fixture(scope="module")
def on_paper(browser: Browser, address: Callable[[str], str]) -> Callable[..., Printed]:
    """Return a function that prints the page of a report, once."""

    @lru_cache
    def printed(name: str, more: str = "", *, lists: bool = False) -> Printed:
        with opened(browser, address(name), WIDTH) as tab:
            tab.emulate_media(media="print")
            tab.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", more)
            if lists:
                tab.evaluate(
                    "document.querySelectorAll('.kumkm-evidence details').forEach(d=>d.open=true)"
                )
            tables, charts = (
                tab.evaluate(
                    "([what, sheet]) => [...document.querySelectorAll(what)]"
                    ".filter(e => e.checkVisibility())"
                    ".map(e => e.getBoundingClientRect().height / sheet)",
                    [what, SHEET / 25.4 * 96],
                )
                for what in ("table", "figure:not(:has(.tall))")
            )
            addresses = tab.evaluate("[...document.querySelectorAll('main a')].map(a => a.href)")
            lines = tab.evaluate(
                "[...document.querySelectorAll('li[popover]')].map(l=>l.innerText)"
            )
            content = tab.pdf(format="A4", prefer_css_page_size=True, tagged=True)
            title = tab.locator("h1").inner_text()
        reader = PdfReader(io.BytesIO(content))
        outside = tuple(a for a in addresses if a.startswith("http"))
        tall = sum(height > 1 for height in tables)
        return Printed(title, reader, tall, tuple(charts), outside, tuple(lines))

    return printed


def split(page: Printed) -> list[Element]:
    """Return the tables that do not lie on one sheet, and the charts, each with its caption.

    What Chromium notes for the table itself is its frame, which may touch the next sheet.
    """
    found = []
    for kind in ("/Table", "/Figure"):
        for whole in page.root.every(kind):
            parts = [*whole.every("/Caption"), *whole.every("/TR"), *whole.every("/Figure")]
            if len({sheet for part in parts for sheet in part.sheets}) != 1:
                found.append(whole)
    return found


def filled(sheet: Any) -> float:
    """Return how far down a sheet its text reaches, from 0 to 1, its head and foot left aside."""
    points = 72 / 25.4
    height = float(sheet.mediabox.height)
    margin = (height - SHEET * points) / 2
    found: list[float] = []

    def place(text: str, cm: list[float], tm: list[float], *_: Any) -> None:
        if text.strip():
            found.append(cm[5] + tm[5] * cm[3])

    sheet.extract_text(visitor_text=place)
    inside = [y for y in found if margin - 2 < y < height - margin + 2]
    return (height - margin - min(inside)) / (SHEET * points)


@pytest.mark.parametrize("name", PAGES)
def test_sheets_are_well_filled_and_the_annex_begins_a_new_one(
    on_paper: Callable[..., Printed], name: str
) -> None:
    """A table that fits a sheet is on one, with its caption, and so is a chart.

    A chart of many rows is drawn smaller, so that text stands beside it; little white is left. Only
    a chain of results, which is all text, may fill a sheet, or nobody could read it. What
    is laid before a head of office takes at most two sheets and ends before the annex begins.
    """
    page = on_paper(name)
    assert len(list(page.root.every("/TR"))) > 10
    assert len(list(page.root.every("/Figure"))) > 1
    assert len(split(page)) == page.tall
    assert max(page.charts, default=0) < TALLEST
    assert sorted(filled(sheet) for sheet in page.reader.pages[:-1])[ENDS] > EMPTIEST
    annex = "Lampiran" if name.endswith(".id") else "Annex"
    begun = [n for n, sheet in enumerate(page.sheets) if sheet.splitlines()[2:3] == [annex]]
    assert begun in ([1], [2])


def test_a_split_table_is_seen(on_paper: Callable[..., Printed]) -> None:
    """The check can fail: without our rules tables break over sheets, and so does a row."""
    page = on_paper("membership-64-2012-coherent.en", SPLIT)
    assert {table.kind for table in split(page)} >= {"/Table"}
    assert len(split(page)) > page.tall


def test_a_table_taller_than_a_sheet_breaks_between_its_rows(
    on_paper: Callable[..., Printed],
) -> None:
    """It has its heads on each sheet, every row on one, and at either end some rows together.

    Of rows of which seven fill a sheet, as many as leave one to seven to the last.
    """
    high = [["a row", '<div style="height:3.2cm">words</div>']] * 21
    tables = [html.table("A caption", ("Row", "Words"), high[last:]) for last in range(7)]
    page = on_paper("capital_structure-64-2012-coherent.en", "".join(tables))
    assert page.tall == len(tables)
    assert len(split(page)) == page.tall
    for table in split(page):
        head, *body = table.every("/TR")
        assert [row for row in body if len(row.sheets) != 1] == []
        sheets = sorted(frozenset().union(*(row.sheets for row in body)))
        assert len(sheets) > 1
        assert head.sheets == frozenset(sheets)
        (caption,) = table.every("/Caption")
        assert min(caption.sheets) == sheets[0]
        for end in (body[:TOGETHER], body[-TOGETHER:]):
            assert len(frozenset().union(*(row.sheets for row in end))) == 1


def test_a_nearly_empty_sheet_is_seen(on_paper: Callable[..., Printed]) -> None:
    """The check can fail: a section on a sheet of its own leaves much white."""
    page = on_paper("membership-64-2012-coherent.en", "<style>h2{break-before:page}</style>")
    assert sorted(filled(sheet) for sheet in page.reader.pages[:-1])[ENDS] < EMPTIEST


def test_every_sheet_has_title_and_number(on_paper: Callable[..., Printed]) -> None:
    """Whoever holds one sheet knows of what it is part."""
    page = on_paper("membership-64-2012-coherent.en")
    title = " ".join(page.title.split())
    assert len(page.sheets) > 5
    for number, text in enumerate(page.sheets, start=1):
        head = text.splitlines()[:2]
        assert head[0] == title
        assert head[1] == str(number)


def test_addresses_are_written_out(on_paper: Callable[..., Printed]) -> None:
    """What is a link on the screen can be typed from paper."""
    page = on_paper("membership-64-2012-coherent.en")
    assert len(page.addresses) > 20
    assert [a for a in page.addresses if squeezed(a) not in page.text] == []


def test_paper_has_what_is_open_on_the_screen(on_paper: Callable[..., Printed]) -> None:
    """Of a closed list the sources, with the card of every number as an item once it is open."""
    name = "membership-64-2012-coherent.en"
    closed, opened = on_paper(name), on_paper(name, lists=True)
    assert len(opened.lines) > 100
    assert [line for line in opened.lines if squeezed(line) not in opened.text] == []
    assert len(list(opened.root.every("/LI"))) >= len(opened.lines)
    assert [a for a in opened.addresses if squeezed(a) not in closed.text] == []
    assert len(closed.sheets) < len(opened.sheets) - 3


def test_what_is_of_no_use_on_paper_is_left_out(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """Navigation, code and folds are not printed, and dark paper is not printed either."""
    name = "capital_structure-64-2012-coherent.en"
    with opened(browser, address(name), WIDTH, color_scheme="dark") as tab:
        ink = "getComputedStyle(document.querySelector('.kumkm-scope')).color"
        dark = tab.evaluate(ink)
        tab.emulate_media(media="print", color_scheme="dark")
        for selector in ("nav.contents", "header.top", "details.code", ".skip"):
            assert not tab.locator(selector).first.is_visible()
        on_print = tab.evaluate(ink)
        tab.emulate_media(media="screen", color_scheme="light")
        assert on_print == tab.evaluate(ink) != dark
