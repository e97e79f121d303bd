"""The pages in a real browser: every shipped notebook, language, scheme and width."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import pytest
from browsing import DESK, PHONE, axe, opened, pale, sideways, unfold
from conftest import NOTEBOOKS
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

OPEN = "[popover]:popover-open"
RECORD = "p[popover]:popover-open"  # of a source, which its name in a card opens
INDONESIAN, ENGLISH = (f"membership-64-2012-coherent.{language}" for language in ("id", "en"))
PAGES = [
    f"{notebook}-64-2012-coherent.{language}" for notebook in NOTEBOOKS for language in ("id", "en")
]


# Tables of our own, also those folded under a chart, that are wider than what holds them.
WIDE = (
    "[...document.querySelectorAll('.kumkm-table')]"
    ".filter(t => t.scrollWidth > t.clientWidth + 1)"
    ".map(t => t.querySelector('caption').textContent)"
)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Every notebook in both languages, at both widths and in both schemes, not each with each: a scheme
# is a handful of colours, which languages and widths do not choose.
SEEN = [
    (name, PHONE if name.endswith(".id") else DESK, SCHEMES[(number + number // 2) % 2])
    for number, name in enumerate(PAGES)
]
INDEX = [("index", width, scheme) for width in (PHONE, DESK) for scheme in SCHEMES]


@pytest.mark.parametrize(("name", "width", "scheme"), [*SEEN, *INDEX])
def test_no_barrier_is_found_on_any_page(
    browser: Browser,
    address: Callable[[str], str],
    name: str,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    """axe-core finds no violation of WCAG 2.2 AA, all folds open.

    Nor in an opened card; nothing is loaded, and neither page nor table scrolls sideways.
    """
    with opened(browser, address(name), width, color_scheme=scheme) as tab:
        unfold(tab)
        assert sideways(tab) == 0
        assert tab.evaluate(WIDE) == []
        assert axe(tab) == []
        assert pale(tab) == []
        if name != "index":
            tab.locator("main data button").nth(1).click()
            assert axe(tab, OPEN) == []
            assert pale(tab) == []
            tab.keyboard.press("Escape")
            assert tab.locator(OPEN).count() == 0


def test_every_report_is_looked_at_in_both_schemes_and_both_widths() -> None:
    """What is chosen above leaves out no notebook in the dark, nor on a phone."""
    for notebook in NOTEBOOKS:
        seen = [(width, scheme) for name, width, scheme in SEEN if name.startswith(notebook)]
        assert [set(part) for part in zip(*seen, strict=True)] == [{PHONE, DESK}, set(SCHEMES)]
    assert {(width, scheme) for _, width, scheme in SEEN} == {
        (width, scheme) for width in (PHONE, DESK) for scheme in SCHEMES
    }


@pytest.mark.parametrize(
    ("where", "html", "rule"),
    [
        ("main", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "image-alt"),
        ("main", '<p style="color:#ddd">pale words</p>', "color-contrast"),
        ("figure details", '<p style="color:#ddd">pale words</p>', "color-contrast"),
        ("tr:last-child td", '<span style="color:#ddd">pale words</span>', "color-contrast"),
        ("[popover]:popover-open", '<b style="color:#ddd">pale words</b>', "color-contrast"),
    ],
)
def test_axe_does_find_a_barrier_where_there_is_one(
    browser: Browser, address: Callable[[str], str], where: str, html: str, rule: str
) -> None:
    """The checks can fail, on a page, in a fold, in the last row of a table, in a card."""
    with opened(browser, address(ENGLISH)) as tab:
        unfold(tab)
        tab.locator("main data button").first.click()
        tab.evaluate(
            "([where, html]) => document.querySelector(where)"
            ".insertAdjacentHTML('beforeend', html)",
            [where, html],
        )
        assert rule in {
            line.split()[0] for line in (axe(tab) if rule == "image-alt" else pale(tab))
        }


# The numbers of sentences whose full stop, comma or the like stands on the line below.
LEFT_BEHIND = """() => [...document.querySelectorAll('main p > data')].filter(number => {
  const next = number.nextSibling, buttons = [...number.querySelectorAll('button')];
  if (next?.nodeType !== 3 || !/^[.,;:)”]/.test(next.data)) return false;
  const sign = document.createRange();
  sign.setStart(next, 0);
  sign.setEnd(next, 1);
  const last = [...buttons.at(-1).getClientRects()].at(-1);
  return last && sign.getBoundingClientRect().top > last.bottom - 2;
}).map(number => number.innerText)"""


def test_no_line_begins_with_the_sign_that_ends_a_number(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """A full stop or a comma stays with its number, however wide the window."""
    for name in PAGES:
        with opened(browser, address(name)) as tab:
            for width in range(320, 700, 47):
                tab.set_viewport_size({"width": width, "height": 844})
                assert tab.evaluate(LEFT_BEHIND) == [], f"{name} at {width}"


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_charts_are_legible(browser: Browser, address: Callable[[str], str], width: int) -> None:
    """No text in a chart is drawn smaller than eleven pixels, nor far larger than the prose."""
    for name in PAGES[::2]:
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

    The name of the source in the card opens its record, and that leads to its address; so does
    the card of a number that was made of several.
    """
    with opened(browser, address(ENGLISH), PHONE, java_script_enabled=scripts) as tab:
        tab.get_by_role("button", name="5,855", exact=True).first.click()
        card = tab.locator(OPEN)
        text = card.inner_text()
        for said in ("5,855", "East Kalimantan", "2012", "5.855 unit", "paragraphs 1-2"):
            assert said in text
        assert "Other texts give 5,611 (ANTARA Kaltim)" in " ".join(text.split())
        box = card.bounding_box()
        assert box is not None
        assert box["x"] >= 8  # clear of both edges
        assert box["x"] + box["width"] <= PHONE - 8
        address_of_source = "https://www.kalimantan-news.com/kaltim-revitalisasi-kumkm-2013/"
        for number in ("5,855", "72.8"):
            if number != "5,855":
                tab.get_by_role("button", name=number, exact=True).first.click()
            card.get_by_role("button", name=re.compile("^Kalimantan News, undated$")).click()
            record = tab.locator(RECORD)
            assert "Kalimantan News, “Kaltim Revitalisasi KUMKM 2013”" in record.inner_text()
            source = record.get_by_role("link", name=address_of_source)
            assert source.get_attribute("href") == address_of_source
            assert source.is_visible()
            tab.mouse.click(5, 5)
            assert tab.locator(OPEN).count() == 0


def test_a_number_opens_its_source_by_keyboard(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """Tab reaches the number, Enter opens it, Tab goes into it, Escape closes and gives back.

    In it Tab reaches the name of the source, and Enter opens the record with its address.
    """
    with opened(browser, address(ENGLISH)) as tab:
        tab.get_by_role("link", name="In short").focus()
        number = tab.get_by_role("button", name="72.8", exact=True).first
        for _ in range(40):
            tab.keyboard.press("Tab")
            if number.evaluate("e => e === document.activeElement"):
                break
        tab.keyboard.press("Enter")
        assert "426.325 orang (paragraph 2) ÷ 5.855 unit" in tab.locator(OPEN).inner_text()
        tab.keyboard.press("Tab")
        inside = "document.activeElement.closest('[popover]:popover-open') !== null"
        assert tab.evaluate(inside)
        source = tab.locator(OPEN).get_by_role("button", name=re.compile("^Kalimantan News"))
        for _ in range(5):
            if source.evaluate("e => e === document.activeElement"):
                break
            tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        assert tab.locator(RECORD).get_by_role("link").is_visible()
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.href").startswith("https://www.kalimantan-news")
        tab.keyboard.press("Shift+Tab")
        tab.keyboard.press("Escape")
        assert tab.locator(RECORD).count() == 0
        assert source.evaluate("e => e === document.activeElement")
        tab.keyboard.press("Escape")
        assert tab.locator(OPEN).count() == 0
        assert number.evaluate("e => e === document.activeElement")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            ENGLISH,
            "Number of members ÷ number of cooperatives. Reading: one source for all inputs.",
        ),
        (
            INDONESIAN,
            "Jumlah anggota ÷ jumlah koperasi. Pilihan sumber: satu sumber untuk semua masukan.",
        ),
    ],
)
def test_a_computed_number_opens_all_that_is_behind_it(
    browser: Browser, address: Callable[[str], str], name: str, told: str
) -> None:
    """Its card alone says tokens, paragraphs, source, formula, reading and what is disputed."""
    english = name == ENGLISH
    with opened(browser, address(name), PHONE) as tab:
        number = "72.8" if english else "72,8"
        tab.get_by_role("button", name=number, exact=True).first.click()
        card = tab.locator(OPEN)
        shown = " ".join(card.inner_text().split())
        one, two = ("paragraph 2", "paragraphs 1-2") if english else ("paragraf 2", "paragraf 1-2")
        assert f"426.325 orang ({one}) ÷ 5.855 unit ({two})" in shown
        assert f"Kalimantan News, {'undated' if english else 'tanpa tanggal'}" in shown
        assert ("Other sources differ on" if english else "Sumber lain berbeda dalam") in shown
        assert card.evaluate("e => getComputedStyle(e, '::after').content") == f'"{told}"'
        assert card.get_by_role("button", name=re.compile("^Kalimantan News")).count() == 1


def test_a_count_opens_the_record_of_what_it_counts(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """Where all figures of a source are counted, its name opens title and address."""
    with opened(browser, address("evidence-64-2012-coherent.en"), PHONE) as tab:
        unfold(tab)
        counts = tab.locator(
            "li[popover]", has_text=re.compile(r"count of \d+ printed[^)]*ANTARA Kaltim")
        )
        number = counts.first.get_attribute("id")
        tab.locator(f"button[popovertarget={number}]").first.click()
        tab.locator(OPEN).get_by_role("button", name=re.compile("^ANTARA Kaltim")).click()
        record = tab.locator(RECORD)
        assert "ANTARA Kaltim, “" in record.inner_text()
        href = record.get_by_role("link").get_attribute("href")
        assert href is not None
        assert href.startswith("https://")


def test_the_keyboard_skips_to_the_content(browser: Browser, address: Callable[[str], str]) -> None:
    """The first stop of the Tab key is the link past the head of the page."""
    with opened(browser, address(INDONESIAN)) as tab:
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
            assert len(targets) > 50
            assert None not in targets


def test_the_page_reads_the_same_without_javascript(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """There is nothing that a script would add."""
    texts = []
    for scripts in (True, False):
        with opened(browser, address(INDONESIAN), java_script_enabled=scripts) as tab:
            texts.append(tab.locator("body").inner_text())
    assert texts[0] == texts[1]


def test_high_contrast_keeps_the_charts(browser: Browser, address: Callable[[str], str]) -> None:
    """With forced colours the ink of a chart is that of the text."""
    with opened(browser, address(INDONESIAN), forced_colors="active") as tab:
        same = tab.evaluate(
            "getComputedStyle(document.querySelector('figure svg')).color ==="
            "getComputedStyle(document.querySelector('main p')).color"
        )
        assert same


def test_the_page_holds_at_large_text(browser: Browser, address: Callable[[str], str]) -> None:
    """At 320 pixels, which is what 400 per cent of zoom leaves, nothing scrolls sideways."""
    for name in (INDONESIAN, "index"):
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
        assert tab.locator(".region li:visible").count() == 1
        tab.get_by_role("link", name=re.compile("^Kalimantan Timur ·")).click()
        assert tab.url.endswith("#region-64")


def test_the_other_language_is_one_click_away(
    browser: Browser, address: Callable[[str], str]
) -> None:
    """The link leads to the same report in the other language, and back to the index."""
    with opened(browser, address(INDONESIAN)) as tab:
        href = tab.get_by_role("link", name="In English").get_attribute("href")
        assert href == f"../{ENGLISH}/{ENGLISH}.html"
        assert tab.locator("html").get_attribute("lang") == "id"
