"""How tests look at a page: in Debian's Chromium, driven by Playwright, judged by axe-core."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Playwright
from playwright.sync_api import Page as Tab

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
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


def axe(
    tab: Tab, within: str = "html", rules: Sequence[str] = WCAG, contrast: bool = True
) -> list[str]:
    """Return what axe-core objects to, one line a rule and the first element that breaks it.

    ``rules`` are tags, or the name of a rule. Contrast takes longer than all other rules together.
    """
    if not tab.evaluate("'axe' in window"):
        source = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        tab.evaluate(source + ";0")
    found = tab.evaluate(
        "async ([within, runOnly, enabled]) => (await axe.run(within, {"
        "runOnly, rules: {'color-contrast': {enabled}}, resultTypes: ['violations']})).violations",
        [within, list(rules), contrast],
    )
    return [f"{v['id']} ({len(v['nodes'])}): {v['nodes'][0]['html'][:200]}" for v in found]


def unfold(tab: Tab) -> None:
    """Open all that is folded."""
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


def sideways(tab: Tab) -> int:
    """Return how many pixels the page is wider than the window."""
    return int(
        tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )
