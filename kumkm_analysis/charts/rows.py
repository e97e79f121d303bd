"""Figures side by side, one row each: places through the years, named texts, parts and wholes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kumkm_analysis.charts import sheet, svg
from kumkm_analysis.charts.marks import Chart, Mark, highest
from kumkm_analysis.charts.sheet import EDGE, INK, LINE, PAD, RISE, SMALL, TEXT, WIDTH, Sheet

ROW = 17.0  # points between the rows of places
TRACK = 32.0  # points of a row whose name stands above its mark
BAR = 11.0  # points, how thick a bar is
HATCH = 7.0  # points between the strokes of a bar that cannot be right
LONGEST = 0.45  # of the width, for the name of a place
SMALLER = {True: "own-small", False: "small"}
AT_THE_EDGE = 20.0  # points right of the scale for figures far above all others


def rows(marks: Sequence[Mark], language: str, alt: str, title: str = "") -> Chart:
    """Draw one row a place with a dot a period, sorted by the latest value, the highest first.

    Args:
        marks: Figures of one unit, with the place as ``label`` and the period as ``when``. The
            latest of a place has the large mark; its period is named where places differ in it.
        language: ``id`` or ``en``.
        alt: What the picture says, in words.
        title: What it shows.
    """
    places: dict[str, list[Mark]] = {}
    for mark in sorted(marks, key=lambda m: m.at):
        places.setdefault(mark.label, []).append(mark)
    latest = sorted((dated[-1] for dated in places.values()), key=lambda m: (-m.value, m.label))
    dated = len({m.when for m in latest}) > 1
    names = [
        sheet.shortened(m.label, LONGEST * WIDTH, bold=m.own) + (f", {m.when}" * dated)
        for m in latest
    ]
    most = highest(marks)
    beyond = AT_THE_EDGE if most < max(m.value for m in marks) else 0.0
    low, high = sheet.extent(marks, most)
    power = sheet.power_of_ten([m for m in marks if m.value <= most])
    unit = sheet.unit_title(marks[0].figure.unit, power, language)
    page = Sheet(ROW * len(places) + PAD + LINE + (LINE if unit else 0) + 2 * EDGE, title)
    left = (
        EDGE + PAD + max(svg.width(n, TEXT, bold=m.own) for n, m in zip(names, latest, strict=True))
    )
    right, bottom = WIDTH - 3 * PAD, page.top + ROW * len(places)
    across = sheet.linear(low, high, left, right - beyond)
    grid = sheet.level_ticks(low, high, right - beyond - left, power, language)
    for value, words in grid:
        x = across(value)
        page.line([(x, page.top), (x, bottom)], INK, faint=True)
        page.text(x, bottom + PAD + LINE * 0.7, words, "center", scale=True)
    page.text((left + right) / 2, bottom + PAD + LINE * 1.7, unit, "center")
    for place, (name, last) in enumerate(zip(names, latest, strict=True)):
        y = page.top + ROW * (place + 0.5)
        page.text(left - PAD, y + TEXT * RISE, name, "right", bold=last.own)
        page.line([(left, y), (WIDTH - EDGE, y)], INK, faint=True)
        drawn = [m for m in places[last.label] if m.value <= most]
        if len(drawn) > 1:
            xs = [across(m.value) for m in drawn]
            page.line([(min(xs), y), (max(xs), y)])
        for mark in places[last.label]:
            x = across(mark.value) if mark.value <= most else right
            kind = ("own" if mark.own else "other") if mark is last else SMALLER[mark.own]
            page.mark(x, y, kind, hollow=mark.value > most, ring=mark.doubted)
            if mark.value > most:
                start = x - sheet.RING / 2 - EDGE
                page.text(start, y + SMALL * RISE, mark.number(language), "right", size=SMALL)
            else:
                page.interval(mark, y, across, upright=False)
    return page.finish(alt)


def texts(marks: Sequence[Mark], language: str, alt: str, title: str = "") -> Chart:
    """Draw what named texts print for one thing, one row a text, with its number.

    Args:
        marks: Figures of one cell; ``label`` or ``publisher`` names the text, ``when`` its date.
        language: ``id`` or ``en``.
        alt: What the picture says, in words.
        title: What it shows.
    """
    ordered = sorted(marks, key=lambda m: (m.value, m.label, m.publisher))
    most = highest(ordered)
    low, high = sheet.extent(ordered, most)
    page = Sheet(TRACK * len(ordered) + EDGE, title)
    widest = max(svg.width(m.number(language), TEXT, bold=True) for m in ordered)
    across = sheet.linear(low, high, 3 * EDGE, WIDTH - EDGE - widest - 3 * PAD)
    for place, mark in enumerate(ordered):
        y = _name(page, place, mark)
        far = mark.value > most
        x = across(high) if far else across(mark.value)
        page.line([(EDGE, y), (x - sheet.RING / 2, y)], INK, faint=True)
        page.mark(x, y, "own" if mark.own else "other", hollow=far, ring=mark.doubted)
        ends = [] if far else page.interval(mark, y, across, upright=False)
        start = max(x + sheet.RING / 2, *(end[0] for end in ends), x) + PAD / 2
        page.text(start, y + TEXT * RISE, mark.number(language), bold=mark.own)
    return page.finish(alt)


def bars(marks: Sequence[Mark], language: str, alt: str, title: str = "") -> Chart:
    """Draw two or three bars from zero with their numbers, in the order given.

    Args:
        marks: Figures of one unit; ``label`` says what a bar counts. What is against a figure is
            its ``note`` ("cannot be right"); the bar of a contested one is hollow and hatched.
        language: ``id`` or ``en``.
        alt: What the picture says, in words.
        title: What it shows.
    """
    page = Sheet(TRACK * len(marks) + EDGE, title)
    most = max(m.value for m in marks)
    numbers = [svg.width(m.number(language), TEXT, bold=True) + PAD for m in marks]
    # Every bar leaves room for its own number, so a short one may have a long note.
    room = min(
        (WIDTH - 2 * EDGE - wide) * float(most / m.value)
        for m, wide in zip(marks, numbers, strict=True) if m.value > 0
    )  # fmt: skip
    across = sheet.linear(Fraction(0), most, EDGE, EDGE + min(room, WIDTH - 2 * EDGE))
    for place, mark in enumerate(marks):
        y = _name(page, place, mark)
        _bar(page, across(mark.value), y, sheet.ACCENT if mark.own else sheet.GREY, mark.doubted)
        x = across(mark.value) + PAD
        page.text(x, y + TEXT * RISE, mark.number(language), bold=True)
    return page.finish(alt)


def _name(page: Sheet, place: int, mark: Mark) -> float:
    """Write the name of a row above its mark; return where the mark lies."""
    top = page.top + TRACK * place
    name = mark.label or mark.publisher
    words = f"{name}, {mark.when}" if mark.when else name
    page.text(EDGE, top + LINE * 0.8, sheet.shortened(words, WIDTH - 2 * EDGE, bold=mark.own),
              bold=mark.own)  # fmt: skip
    return top + LINE + BAR / 2 + 1


def _bar(page: Sheet, end: float, y: float, colour: str, hollow: bool) -> None:
    """Draw a bar from zero, a hollow one with slanting strokes."""
    top, bottom = y - BAR / 2, y + BAR / 2
    corners = [(EDGE, top), (end, top), (end, bottom), (EDGE, bottom)]
    if not hollow:
        page.area(corners, colour)
        return
    page.line([*corners, corners[0]], colour, 1.4)
    start = EDGE + HATCH
    while start + BAR < end:
        page.line([(start, bottom), (start + BAR, top)], colour)
        start += HATCH
