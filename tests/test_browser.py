"""The pages in a real browser: Debian's Chromium, driven by Playwright, judged by axe-core."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Playwright, sync_playwright
from playwright.sync_api import Page as Tab

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = 390, 1280
PAGES = [
    f"{notebook}-64-2012-coherent.{language}"
    for notebook in ("membership", "capital_structure")
    for language in ("id", "en")
]


def launched(playwright: Playwright) -> Browser:
    """Start Chromium; where there is none skip the test, unless a browser is required."""
    required = os.environ.get("KUMKM_REQUIRE_BROWSER") == "1"
    try:
        return playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
    except Error as error:
        reason = f"Chromium cannot be started: {str(error).splitlines()[0]}"
        (pytest.fail if required else pytest.skip)(reason)
        raise  # never reached: both of them raise


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Chromium for the tests of this module."""
    with sync_playwright() as playwright:
        chromium = launched(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address(reports: Path) -> Callable[[str], str]:
    """Return where a page of the published folder is, by the name of its report."""

    def of(name: str) -> str:
        file = reports / name / f"{name}.html" if name != "index" else reports / "index.html"
        assert file.is_file()
        return file.as_uri()

    return of


@contextmanager
def opened(browser: Browser, address: str, width: int = DESK, **options: Any) -> Iterator[Tab]:
    """Open a page in a fresh context; fail when it asks for anything or complains."""
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 844}, **options
    )
    asked: list[str] = []
    said: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(address)
    yield tab
    assert [url for url in asked if url.partition("#")[0] != address] == []
    assert said == []
    context.close()


def axe(tab: Tab) -> list[str]:
    """Return what axe-core objects to, one line a rule and the first element that breaks it.

    Contrast, by far the slowest rule, is measured on the first rows of a table and the first lines
    under a source; those that follow are of the same make.
    """
    source = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    tab.evaluate(source + ";0")
    found = tab.evaluate(
        """async tags => {
          const all = {runOnly: tags, resultTypes: ['violations']};
          const rest = await axe.run({...all, rules: {'color-contrast': {enabled: false}}});
          const repeated = ['li[popover]:nth-child(n+3)', 'tr:nth-child(n+6)'];
          const contrast = await axe.run({exclude: repeated}, {runOnly: ['color-contrast']});
          return [...rest.violations, ...contrast.violations];
        }""",
        WCAG,
    )
    return [f"{v['id']} ({len(v['nodes'])}): {v['nodes'][0]['html'][:200]}" for v in found]


def sideways(tab: Tab) -> int:
    """Return how many pixels the page is wider than the window."""
    return int(
        tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*PAGES, "index"])
def test_no_barrier_is_found_on_any_page(
    browser: Browser, address: Callable[[str], str], name: str, scheme: Any, width: int
) -> None:
    """axe-core finds no violation of WCAG 2.2 AA; nothing is loaded, nothing scrolls sideways."""
    with opened(browser, address(name), width, color_scheme=scheme) as tab:
        assert axe(tab) == []
        assert sideways(tab) == 0


def test_axe_does_find_a_barrier_where_there_is_one(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """The check can fail: a picture without words and a pale text are found."""
    with opened(browser, address(PAGES[0])) as tab:
        tab.evaluate(
            "html => document.querySelector('main').insertAdjacentHTML('afterbegin', html)",
            '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
            '<p style="color:#ddd">pale words</p>',
        )
        assert {line.split()[0] for line in axe(tab)} >= {"image-alt", "color-contrast"}


def test_nothing_in_a_page_scrolls_sideways_on_a_phone(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """Every table of our own fits the width of a phone, also those folded under a chart."""
    for name in PAGES:
        with opened(browser, address(name), PHONE) as tab:
            tab.evaluate("document.querySelectorAll('figure details').forEach(d => d.open = true)")
            wide = tab.evaluate(
                "[...document.querySelectorAll('.kumkm-table')]"
                ".filter(t => t.scrollWidth > t.clientWidth + 1)"
                ".map(t => t.querySelector('caption').textContent)"
            )
            assert wide == []


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_charts_are_legible(browser: Browser, address: Callable[[str], str], width: int) -> None:
    """No text in a chart is drawn smaller than eleven pixels, nor far larger than the prose."""
    for name in PAGES[:3:2]:
        with opened(browser, address(name), width) as tab:
            sizes = tab.evaluate(
                "[...document.querySelectorAll('figure svg')].map(s => "
                "Math.min(...[...s.querySelectorAll('g[font-size]')].map(g => "
                "g.getAttribute('font-size') * s.getBoundingClientRect().width "
                "/ s.viewBox.baseVal.width)))"
            )
            assert sizes
            assert min(sizes) > 10
            assert max(sizes) < 17


@pytest.mark.parametrize("scripts", [True, False])
def test_a_number_opens_its_source_by_mouse(
    browser: Browser, address: Callable[[str], str], scripts: bool
) -> None:
    """A click shows who printed it, how, where and when, and who says otherwise, without script.

    The source opens from there, with its title and address.
    """
    with opened(browser, address(PAGES[1]), PHONE, java_script_enabled=scripts) as tab:
        tab.get_by_role("button", name="5,855", exact=True).first.click()
        card = tab.locator("[popover]:popover-open")
        text = card.inner_text()
        for said in ("5,855", "East Kalimantan", "2012", "5.855 unit", "paragraphs 1-2"):
            assert said in text
        assert "Other sources print 5,611 (ANTARA Kaltim)" in " ".join(text.split())
        box = card.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE
        card.get_by_role("button", name=re.compile("Kalimantan News")).click()
        record = tab.locator("p[popover]:popover-open")
        assert "Kaltim Revitalisasi KUMKM 2013" in record.inner_text()
        href = record.get_by_role("link").get_attribute("href")
        assert href is not None
        assert href.startswith("https://")
        tab.mouse.click(5, 5)
        assert tab.locator("[popover]:popover-open").count() == 0


def test_a_number_opens_its_source_by_keyboard(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """Tab reaches the number, Enter opens it, Tab goes into it, Escape closes and gives back."""
    with opened(browser, address(PAGES[1])) as tab:
        tab.get_by_role("link", name="In short").focus()
        number = tab.get_by_role("button", name="72.81", exact=True).first
        for _ in range(40):
            tab.keyboard.press("Tab")
            if number.evaluate("e => e === document.activeElement"):
                break
        tab.keyboard.press("Enter")
        assert "426.325 orang ÷ 5.855 unit" in tab.locator("[popover]:popover-open").inner_text()
        tab.keyboard.press("Tab")
        inside = "document.activeElement.closest('[popover]:popover-open') !== null"
        assert tab.evaluate(inside)
        tab.keyboard.press("Escape")
        assert tab.locator("[popover]:popover-open").count() == 0
        assert number.evaluate("e => e === document.activeElement")


def test_the_keyboard_skips_to_the_content(browser: Browser, address: Callable[[str], str]) -> None:
    """The first stop of the Tab key is the link past the head of the page."""
    with opened(browser, address(PAGES[0])) as tab:
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.getAttribute('href')") == "#main"
        assert tab.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]


def test_every_number_opens_something_that_is_there(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """Every button has a popover of its own page as its target."""
    for name in PAGES:
        with opened(browser, address(name)) as tab:
            targets = tab.evaluate(
                "[...document.querySelectorAll('main button')].map(b => b.popoverTargetElement?.id)"
            )
            assert len(targets) > 100
            assert None not in targets


def test_the_page_reads_the_same_without_javascript(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """There is nothing that a script would add."""
    texts = []
    for scripts in (True, False):
        with opened(browser, address(PAGES[0]), java_script_enabled=scripts) as tab:
            texts.append(tab.locator("body").inner_text())
    assert texts[0] == texts[1]


def test_the_page_prints_with_evidence_and_whole_tables(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """In print the evidence is a list with addresses; no table of one page is cut in two."""
    with opened(browser, address(PAGES[1]), java_script_enabled=True) as tab:
        tab.emulate_media(media="print")
        for selector in ("nav.contents", "header.top", "details.code"):
            assert not tab.locator(selector).first.is_visible()
        assert tab.locator("li[popover]").first.is_visible()
        link = tab.locator(".kumkm-evidence a").first
        shown = link.evaluate("e => getComputedStyle(e, '::after').content")
        assert link.get_attribute("href") in shown
        kept = tab.evaluate(
            "[...document.querySelectorAll('.kumkm-table, figure, tr')]"
            ".every(e => getComputedStyle(e).breakInside === 'avoid')"
        )
        assert kept
        pdf = tab.pdf(prefer_css_page_size=True)
        assert pdf.startswith(b"%PDF")
        assert len(pdf) > 20_000


def test_high_contrast_keeps_the_charts(browser: Browser, address: Callable[[str], str]) -> None:
    """With forced colours the ink of a chart is that of the text."""
    with opened(browser, address(PAGES[0]), forced_colors="active") as tab:
        same = tab.evaluate(
            "getComputedStyle(document.querySelector('figure svg')).color ==="
            "getComputedStyle(document.querySelector('main p')).color"
        )
        assert same


def test_the_page_holds_at_large_text(browser: Browser, address: Callable[[str], str]) -> None:
    """At 320 pixels, which is what 400 per cent of zoom leaves, nothing scrolls sideways."""
    for name in (PAGES[0], "index"):
        with opened(browser, address(name), 320) as tab:
            assert sideways(tab) == 0


def test_the_index_narrows_without_script(browser: Browser, address: Callable[[str], str]) -> None:
    """A choice hides what it does not fit, and a tile leads to its region; JavaScript is off."""
    with opened(browser, address("index"), PHONE, java_script_enabled=False) as tab:
        every = tab.locator(".report:visible").count()
        assert every >= len(PAGES)
        tab.get_by_label("Indonesia", exact=True).check()
        assert tab.locator(".report:visible").count() == every // 2
        tab.get_by_label("membership").check()
        assert tab.locator(".report:visible").count() == 1
        tab.get_by_role("link", name=re.compile("^Kalimantan Timur ·")).click()
        assert tab.url.endswith("#region-64")


def test_the_other_language_is_one_click_away(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """The link leads to the same report in the other language, and back to the index."""
    with opened(browser, address(PAGES[0])) as tab:
        href = tab.get_by_role("link", name="In English").get_attribute("href")
        assert href == f"../{PAGES[1]}/{PAGES[1]}.html"
        assert tab.locator("html").get_attribute("lang") == "id"
