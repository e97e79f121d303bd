"""How tests look at a page: in Debian's Chromium, driven by Playwright, judged by axe-core."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Playwright
from playwright.sync_api import Page as Tab

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = 390, 1280


def launched(playwright: Playwright) -> Browser:
    """Start Chromium; where there is none skip the test, unless a browser is required."""
    required = os.environ.get("KUMKM_REQUIRE_BROWSER") == "1"
    try:
        return playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
    except Error as error:
        reason = f"Chromium cannot be started: {str(error).splitlines()[0]}"
        (pytest.fail if required else pytest.skip)(reason)
        raise  # never reached: both of them raise


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


# Marks, of all elements that hold text, the first of every look: ink, paper, size and weight.
LOOKS = """() => {
  const seen = new Set();
  document.querySelectorAll('[data-look]').forEach(e => e.removeAttribute('data-look'));
  for (const element of document.body.querySelectorAll('*')) {
    if (![...element.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const look = getComputedStyle(element);
    let paper = element;
    const bare = e => getComputedStyle(e).backgroundColor === 'rgba(0, 0, 0, 0)';
    while (paper.parentElement && bare(paper)) paper = paper.parentElement;
    const key = [look.color, look.fill, look.opacity, look.fontSize, look.fontWeight,
                 element.localName, getComputedStyle(paper).backgroundColor].join();
    if (!seen.has(key)) element.dataset.look = seen.add(key).size;
  }
  return seen.size;
}"""


def _judged(tab: Tab, within: object, options: dict[str, object]) -> list[str]:
    """Return the violations that axe-core finds, one line a rule with the first culprit."""
    if not tab.evaluate("'axe' in window"):
        source = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        tab.evaluate(source + ";0")
    found = tab.evaluate(
        "async ([within, options]) => (await axe.run(within, options)).violations",
        [within, {"resultTypes": ["violations"], **options}],
    )
    return [f"{v['id']} ({len(v['nodes'])}): {v['nodes'][0]['html'][:200]}" for v in found]


def axe(tab: Tab, within: str = "html") -> list[str]:
    """Return what axe-core objects to by any rule but contrast."""
    return _judged(tab, within, {"runOnly": WCAG, "rules": {"color-contrast": {"enabled": False}}})


def pale(tab: Tab) -> list[str]:
    """Return where axe-core finds too little contrast, of every look that a text on a page has.

    A page has a thousand texts and a dozen looks; on all of them the rule takes half a minute.
    """
    assert tab.evaluate(LOOKS) > 0
    return _judged(tab, "[data-look]", {"runOnly": ["color-contrast"]})


def unfold(tab: Tab) -> None:
    """Open all that is folded."""
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


def sideways(tab: Tab) -> int:
    """Return how many pixels the page is wider than the window."""
    return int(
        tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )
