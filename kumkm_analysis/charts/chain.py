"""A results chain: from what a programme plans to what would show it, and what the figures say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kumkm_analysis.charts import sheet
from kumkm_analysis.charts.marks import Chart
from kumkm_analysis.charts.sheet import EDGE, GREY, INK, LINE, PAD, SMALL, TEXT, WIDTH, Sheet

INDENT, STEM = 18.0, 7.0  # points: of what a strategy leads to, and of the line that leads there
KINDS = {"shown": ("own", False), "not_shown": ("other", False), "cannot_tell": ("other", True)}


@dataclass(frozen=True, slots=True)
class Link:
    """A strategy or goal: its name, the words of its verdict, and what would show it.

    ``group`` is whom it is for; ``signs`` are lines such as "active cooperatives: no clear move",
    each with its own verdict; there are none where nothing would show it, and ``words`` say so. A
    verdict is ``shown``, ``not_shown`` or ``cannot_tell``.
    """

    name: str
    group: str
    verdict: str
    words: str
    signs: Sequence[tuple[str, str]] = ()


def chain(links: Sequence[Link], alt: str, title: str = "") -> Chart:
    """Draw strategies below each other, each with its verdict and the signs it rests on.

    What is shown has a mark in the accent colour, what is not a grey one, what cannot be told a
    hollow one; the words beside them say the same.
    """
    lines = _lines(links)
    page = Sheet(sum(height for height, *_ in lines) + EDGE, title)
    y, stem = page.top, 0.0
    for height, kind, words, verdict in lines:
        middle = y + LINE * 0.45
        if kind == "group":
            page.line([(EDGE, y + PAD), (WIDTH - EDGE, y + PAD)], INK, faint=True)
            page.text(EDGE, y + PAD + LINE, words[0], bold=True, size=TEXT + 1)
        else:
            left = EDGE + INDENT * (2 if kind == "sign" else 1)
            if verdict:
                _mark(page, left - INDENT / 2 - 1, middle, verdict)
            if kind == "sign":
                page.line([(EDGE + STEM, stem), (EDGE + STEM, middle)], GREY)
                page.line([(EDGE + STEM, middle), (left - INDENT + 1, middle)], GREY)
                stem = middle
            for place, line in enumerate(words):
                size = TEXT if kind == "name" else SMALL
                page.text(left, y + LINE * (place + 0.8), line, bold=kind == "name", size=size)
            if kind == "name":
                stem = middle + STEM
        y += height
    drawn = page.finish(alt)
    return replace(drawn, svg=drawn.svg.replace("<svg", '<svg class="tall"', 1))  # on paper


def _mark(page: Sheet, x: float, y: float, verdict: str) -> None:
    kind, hollow = KINDS[verdict]
    page.mark(x, y, kind, hollow=hollow)


def _lines(links: Sequence[Link]) -> list[tuple[float, str, list[str], str]]:
    """Return height, kind, lines of text and mark of all that is drawn, from the top down."""
    found: list[tuple[float, str, list[str], str]] = []
    group = ""
    for link in links:
        if link.group != group:
            group = link.group
            found.append((LINE * 1.6 + PAD, "group", [group], ""))
        name = sheet.wrapped(link.name, WIDTH - 2 * EDGE - INDENT, TEXT)
        found.append((LINE * len(name), "name", name, link.verdict))
        words = sheet.wrapped(link.words, WIDTH - 2 * EDGE - INDENT, SMALL)
        found.append((LINE * len(words), "verdict", words, ""))
        for sign, verdict in link.signs:
            said = sheet.wrapped(sign, WIDTH - 2 * EDGE - 2 * INDENT, SMALL)
            found.append((LINE * len(said), "sign", said, verdict))
        found.append((PAD, "verdict", [], ""))
    return found
