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
LONGEST = 0.41 * WIDTH  # of a name with its number, beside those of other regions
AT_THE_EDGE = 20.0  # points right of the scale for doubted figures far above all others
STEP, MOST_STACKED = 9.0, 6  # points between dots upon each other, and the height of the field


def multiples(
    panels: Mapping[str, Sequence[Mark]], language: str, alt: str, title: str = ""
) -> Chart:
    """Draw a small line for every region, the own one in the accent colour with its latest number.

    Each begins at zero and is as high as its own highest value, so that shapes can be compared,
    not sizes. A line is not joined across a change of territory; doubted figures are left out.
    """
    down = -(-len(panels) // COLUMNS)
    page = Sheet(PANEL * down + EDGE, title)
    wide = (WIDTH - 2 * EDGE - GAP * (COLUMNS - 1)) / COLUMNS
    sure = {name: [m for m in marks if not m.doubted] for name, marks in panels.items()}
    latest = {name: max(marks, key=lambda m: m.at) for name, marks in sure.items() if marks}
    numbers = {n: m.figure.text(language, style="table") for n, m in latest.items() if m.own}
    room = wide - max((svg.width(n, SMALL, bold=True) for n in numbers.values()), default=0) - PAD
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
        y = min(max(y + SMALL * RISE, top + LINE + SMALL * 0.8), bottom)  # clear of the name
        if own:
            page.text(left + wide, y, numbers[name], "right", size=SMALL, bold=True)
    return page.finish(alt)


def spread(marks: Sequence[Mark], language: str, alt: str, title: str = "") -> Chart:
    """Draw where the value of one region lies among those of all others.

    Dots that would cover each other are stacked. The own region, the lowest and the highest are
    named (``label: number``); a doubted figure is hollow, and stands at the edge if far above all.
    """
    ordered = sorted(marks, key=lambda m: (m.value, m.label))
    sure = [m for m in ordered if not m.doubted] or ordered
    most = FAR_ABOVE * max(abs(m.value) for m in sure)
    shown = [m for m in ordered if m.value <= most]
    named = [m for m in ordered if m.own or m in (ordered[0], ordered[-1])]
    page = Sheet(STEP * MOST_STACKED + LINE * len(named) + sheet.AXIS, title)
    field, bottom = page.top + LINE * len(named), page.height - sheet.AXIS
    right = WIDTH - 3 * EDGE
    end = right if shown == ordered else right - AT_THE_EDGE
    across = page.level_axis(shown, 3 * EDGE, end, field, bottom, language)
    page.line([(EDGE, bottom), (WIDTH - EDGE, bottom)], INK)
    levels: list[float] = []  # where the last dot of every level lies
    spots: list[tuple[float, float]] = []  # of the named ones
    for mark in ordered:
        x = right if mark.value > most else across(mark.value)
        level = next((n for n, before in enumerate(levels) if x - before >= STEP), len(levels))
        levels[level : level + 1] = [x]
        y = bottom - STEP * (min(level, MOST_STACKED) + 0.7)
        page.mark(x, y, "own" if mark.own else "other", hollow=mark.value > most, ring=mark.doubted)
        if mark in named:
            spots.append((x, y))
    names = [_said(m, language) for m in named]
    widths = [svg.width(n, TEXT, bold=m.own) for n, m in zip(names, named, strict=True)]
    for line, (n, start) in enumerate(_names_above([x for x, _ in spots], widths)):
        (x, y), stands = spots[n], page.top + LINE * (line + 0.8)
        page.text(start, stands, names[n], bold=named[n].own)
        page.line([(x, stands + 4), (x, y - 7)], ACCENT if named[n].own else GREY)
    return page.finish(alt)


def _said(mark: Mark, language: str) -> str:
    """Return name and number; but for the own region they leave room for those beside them."""
    number = f": {mark.number(language)}"
    room = WIDTH if mark.own else LONGEST
    return sheet.shortened(mark.label, room - svg.width(number, TEXT), bold=mark.own) + number


def _names_above(spots: Sequence[float], widths: Sequence[float]) -> list[tuple[int, float]]:
    """Return names from the uppermost down, each with where it begins.

    From every name a line goes down to its mark, so each stands to one side of all lines from
    above: to their right if that can be, else to their left.
    """
    found: list[tuple[int, float]] = []
    for way in (1, -1):
        found = []
        for n in range(len(spots))[::way]:
            start = min(max(spots[n] - widths[n] / 2, EDGE), WIDTH - EDGE - widths[n])
            if found:
                line = spots[n - way]
                start = max(start, line + 4) if way > 0 else min(start, line - 4 - widths[n])
            found.append((n, start))
        if all(EDGE <= start <= WIDTH - EDGE - widths[n] for n, start in found):
            break
    return found
