"""Figures side by side, one row each: places through the years, named texts, parts and wholes.

``alt`` is what a picture says, in words; ``title`` what it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kumkm_analysis.charts import sheet, svg
from kumkm_analysis.charts.marks import Chart, Mark, highest
from kumkm_analysis.charts.sheet import EDGE, INK, LINE, PAD, RISE, SMALL, TEXT, WIDTH, Sheet

ROW = 17.0  # points between the rows of places
TRACK = 32.0  # points of a row whose name stands above its mark
BAR, HATCH = 11.0, 7.0  # points: how thick a bar is, and between the strokes of a hollow one
LONGEST = 0.45  # of the width, for the name of a place
AT_THE_EDGE = 20.0  # points right of the scale for figures far above all others


def rows(
    marks: Sequence[Mark], language: str, alt: str, title: str = "", counted: str = ""
) -> Chart:
    """Draw one row a place (``label``) with a dot a period, sorted by the latest value.

    The latest figure of a place has the large mark; its period (``when``) is named where places
    differ in it. A figure far above all others stands at the edge, with its number.
    """
    places: dict[str, list[Mark]] = {}
    for mark in sorted(marks, key=lambda m: m.at):
        places.setdefault(mark.label, []).append(mark)
    latest = sorted((dated[-1] for dated in places.values()), key=lambda m: (-m.value, m.label))
    dated = len({m.when for m in latest}) > 1
    names = [sheet.shortened(m.label, LONGEST * WIDTH, bold=m.own) for m in latest]
    names = [f"{n}, {m.when}" if dated else n for n, m in zip(names, latest, strict=True)]
    widths = [svg.width(n, TEXT, bold=m.own) for n, m in zip(names, latest, strict=True)]
    most = highest(marks)
    shown = [m for m in marks if m.value <= most]
    page = Sheet(ROW * len(places) + sheet.AXIS, title)
    bottom = page.top + ROW * len(places)
    left, right = EDGE + PAD + max(widths), WIDTH - 3 * PAD
    end = right if len(shown) == len(marks) else right - AT_THE_EDGE
    across = page.level_axis(shown, left, end, page.top, bottom, language, counted)
    for place, (name, last) in enumerate(zip(names, latest, strict=True)):
        y = page.top + ROW * (place + 0.5)
        page.text(left - PAD, y + TEXT * RISE, name, "right", bold=last.own)
        page.line([(left, y), (WIDTH - EDGE, y)], INK, faint=True)
        drawn = [across(m.value) for m in places[last.label] if m.value <= most]
        if len(drawn) > 1:
            page.line([(min(drawn), y), (max(drawn), y)])
        for mark in places[last.label]:
            far = mark.value > most
            x = right if far else across(mark.value)
            kind = ("own" if mark.own else "other") if mark is last else sheet.SMALLER[mark.own]
            page.mark(x, y, kind, hollow=far, ring=mark.doubted)
            if far:
                start = x - sheet.RING / 2 - EDGE
                page.text(start, y + SMALL * RISE, mark.number(language), "right", size=SMALL)
            else:
                page.interval(mark, y, across, upright=False)
    return page.finish(alt)


def texts(marks: Sequence[Mark], language: str, alt: str, title: str = "") -> Chart:
    """Draw what named texts print for one thing: one row a text, with its number.

    A text is named by ``label`` or ``publisher`` and its date, ``when``.
    """
    ordered = sorted(marks, key=lambda m: (m.value, m.label, m.publisher))
    most = highest(ordered)
    low, high = sheet.extent([m for m in ordered if m.value <= most])
    page = Sheet(TRACK * len(ordered) + EDGE, title)
    widest = max(svg.width(m.number(language), TEXT, bold=True) for m in ordered)
    across = sheet.linear(low, high, 3 * EDGE, WIDTH - EDGE - widest - 3 * PAD)
    for place, mark in enumerate(ordered):
        y = _name(page, place, mark)
        far = mark.value > most
        x = across(high if far else mark.value)
        page.line([(EDGE, y), (x - sheet.RING / 2, y)], INK, faint=True)
        page.mark(x, y, "own" if mark.own else "other", hollow=far, ring=mark.doubted)
        ends = [] if far else page.interval(mark, y, across, upright=False)
        start = max(x + sheet.RING / 2, *(end for end, _ in ends), x) + PAD / 2
        page.text(start, y + TEXT * RISE, mark.number(language), bold=mark.own)
    return page.finish(alt)


def bars(marks: Sequence[Mark], language: str, alt: str, title: str = "") -> Chart:
    """Draw two or three bars from zero with their numbers, in the order given.

    ``label`` says what a bar counts, ``note`` what is against its figure ("cannot be right"); the
    bar of a doubted figure is hollow and hatched.
    """
    page = Sheet(TRACK * len(marks) + EDGE, title)
    most = max(m.value for m in marks) or Fraction(1)
    # Every bar leaves room for its own number, so a short one may have a long note.
    rooms = [
        (WIDTH - 2 * EDGE - PAD - svg.width(m.number(language), TEXT, bold=True))
        * float(most / max(m.value, Fraction(most, 1000)))
        for m in marks
    ]
    across = sheet.linear(Fraction(0), most, EDGE, EDGE + min(rooms))
    for place, mark in enumerate(marks):
        y, end = _name(page, place, mark), across(mark.value)
        _bar(page, end, y, sheet.ACCENT if mark.own else sheet.GREY, hollow=mark.doubted)
        page.text(end + PAD, y + TEXT * RISE, mark.number(language), bold=True)
    return page.finish(alt)


def _name(page: Sheet, place: int, mark: Mark) -> float:
    """Write the name of a row above its mark; return where the mark lies."""
    top = page.top + TRACK * place
    words = ", ".join(filter(None, (mark.label or mark.publisher, mark.when)))
    words = sheet.shortened(words, WIDTH - 2 * EDGE, bold=mark.own)
    page.text(EDGE, top + LINE * 0.8, words, bold=mark.own)
    return top + LINE + BAR / 2 + 1


def _bar(page: Sheet, end: float, y: float, colour: str, *, hollow: bool) -> None:
    """Draw a bar from zero, a hollow one with slanting strokes."""
    top, bottom = y - BAR / 2, y + BAR / 2
    corners = [(EDGE, top), (end, top), (end, bottom), (EDGE, bottom)]
    if not hollow:
        return page.area(corners, colour)
    page.line([*corners, corners[0]], colour, 1.4)
    for n in range(1, int((end - EDGE - BAR) / HATCH) + 1):
        start = EDGE + n * HATCH
        page.line([(start, bottom), (start + BAR, top)], colour)
    return None
