"""Many regions at once: a small picture each, or where one lies among all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from kumkm_analysis.charts import sheet, svg
from kumkm_analysis.charts.marks import FAR_ABOVE, Chart, Mark, highest, runs
from kumkm_analysis.charts.sheet import (
    ACCENT,
    EDGE,
    GREY,
    INK,
    LINE,
    PAD,
    RISE,
    SMALL,
    TEXT,
    WIDTH,
    Sheet,
)  # fmt: skip

COLUMNS = 3
GAP = 12.0  # points between the columns
SPARK, PANEL = 24.0, 47.0  # points: the height of a line, and of a panel with its name
AT_THE_EDGE = 20.0  # points right of the scale for doubted figures far above all others
STEP = 9.0  # points between dots that lie upon each other


def multiples(
    panels: Mapping[str, Sequence[Mark]], language: str, alt: str, title: str = ""
) -> Chart:
    """Draw a small line for every region, with its latest number, the own one in the accent colour.

    Each begins at zero and is as high as its own highest value, so that shapes can be compared,
    not sizes. A line is not joined across a change of territory; doubted figures are left out.

    Args:
        panels: The name of a region with its figures; those of the page's own are ``own``.
        language: ``id`` or ``en``.
        alt: What the picture says, in words.
        title: What it shows.
    """
    down = -(-len(panels) // COLUMNS)
    page = Sheet(PANEL * down + EDGE, title)
    wide = (WIDTH - 2 * EDGE - GAP * (COLUMNS - 1)) / COLUMNS
    sure = {name: [m for m in marks if not m.doubted] for name, marks in panels.items()}
    latest = {name: max(marks, key=lambda m: m.at) for name, marks in sure.items() if marks}
    numbers = {n: m.figure.text(language, style="table") for n, m in latest.items()}
    room = wide - max(svg.width(n, SMALL, bold=True) for n in numbers.values()) - PAD
    every = [m for marks in sure.values() for m in marks]
    first, last = min(m.at for m in every), max(m.at for m in every)
    for place, (name, marks) in enumerate(panels.items()):
        left = EDGE + (place // down) * (wide + GAP)
        top = page.top + (place % down) * PANEL
        own = any(m.own for m in marks)
        words = sheet.shortened(name, wide, SMALL, bold=own)
        page.text(left, top + SMALL, words, size=SMALL, bold=own)
        if name not in latest:
            continue
        most, bottom = highest(sure[name]), top + LINE + SPARK
        across = sheet.linear(first, last, left, left + room)
        up = sheet.linear(Fraction(0), most, bottom, top + LINE + 2)
        page.line([(left, bottom), (left + room, bottom)], INK, faint=True)
        for part in runs(m for m in sure[name] if m.value <= most):
            points = [(across(m.at), up(m.value)) for m in part]
            page.line(points, ACCENT if own else GREY, 2.0 if own else 1.3)
        x, y = across(latest[name].at), up(min(latest[name].value, most))
        page.mark(x, y, "own-small" if own else "small")
        y = min(y + SMALL * RISE, bottom)
        page.text(left + wide, y, numbers[name], "right", size=SMALL, bold=own)
    return page.finish(alt)


def spread(marks: Sequence[Mark], language: str, alt: str, title: str = "") -> Chart:
    """Draw where the value of one region lies among those of all others.

    Dots that would cover each other are stacked. The own region, the lowest and the highest are
    named; a doubted figure is hollow.

    Args:
        marks: One figure a region, named by ``label``; that of the page is ``own``.
        language: ``id`` or ``en``.
        alt: What the picture says, in words.
        title: What it shows.
    """
    ordered = sorted(marks, key=lambda m: (m.value, m.label))
    sure = [m for m in ordered if not m.doubted] or ordered
    most = FAR_ABOVE * max(abs(m.value) for m in sure)
    shown = [m for m in ordered if m.value <= most]
    low, high = sheet.extent(shown, most)
    across = sheet.linear(low, high, 3 * EDGE, WIDTH - 3 * EDGE - AT_THE_EDGE * (shown != ordered))
    spots: list[tuple[Mark, float, int]] = []
    levels: list[float] = []  # where the last dot of every level lies
    for mark in ordered:
        x = across(mark.value) if mark.value <= most else WIDTH - 3 * EDGE
        level = next((n for n, before in enumerate(levels) if x - before >= STEP), len(levels))
        levels[level : level + 1] = [x]
        spots.append((mark, x, level))
    power = sheet.power_of_ten(shown)
    unit = sheet.unit_title(marks[0].figure.unit, power, language)
    named = [m for m in ordered if m.own or m.value > most or m in (shown[0], shown[-1])]
    field = STEP * len(levels) + LINE * len(named)
    page = Sheet(field + PAD + LINE + (LINE if unit else 0) + EDGE, title)
    bottom = page.top + field
    for value, words in sheet.level_ticks(low, high, WIDTH - 6 * EDGE, power, language):
        page.line([(across(value), page.top), (across(value), bottom)], INK, faint=True)
        page.text(across(value), bottom + PAD + LINE * 0.7, words, "center", scale=True)
    page.text(WIDTH / 2, bottom + PAD + LINE * 1.7, unit, "center")
    page.line([(EDGE, bottom), (WIDTH - EDGE, bottom)], INK)
    for mark, x, level in spots:
        y = bottom - STEP * (level + 0.7)
        page.mark(x, y, "own" if mark.own else "other", hollow=mark.value > most, ring=mark.doubted)
        if mark in named:
            stands = page.top + LINE * (named.index(mark) + 0.8)
            name, size = f"{mark.label}: {mark.number(language)}", TEXT if mark.own else SMALL
            half = svg.width(name, size, bold=mark.own) / 2
            middle = min(max(x, EDGE + half), WIDTH - EDGE - half)
            page.text(middle, stands, name, "center", bold=mark.own, size=size)
            page.line([(x, stands + 4), (x, y - 7)], ACCENT if mark.own else GREY)
    return page.finish(alt)
