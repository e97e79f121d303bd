"""Figures over time: official series as lines, what single texts print as dots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, floor

from kumkm_analysis.charts import labels, sheet, svg
from kumkm_analysis.charts.labels import Box, Label
from kumkm_analysis.charts.marks import Chart, Mark, breaks, highest, named, runs
from kumkm_analysis.charts.sheet import EDGE, INK, LINE, PAD, SMALL, TEXT, WIDTH, Scale, Sheet

HEIGHT = 210.0  # points, of the field in which marks stand
FEW = 6  # dots beside lines that are all named
NEAR = 3.0  # points within which two marks share a name
LONGEST = WIDTH / 2  # of the name of a mark
AT_THE_EDGE = 16.0  # points above the field for figures far above all others
KINDS = {  # of what: a series, of the highlighted year
    (True, True): "own-small", (True, False): "line", (False, True): "own", (False, False): "other",
}  # fmt: skip
WORDS = {
    "id": {"end": "akhir tahun", "break": "wilayah berubah"},
    "en": {"end": "end of the year", "break": "territory changes"},
}


def timeline(
    marks: Sequence[Mark], language: str, alt: str, title: str = "", highlight: str = "",
    rule: str = "", counted: str = "",
) -> Chart:  # fmt: skip
    """Draw figures over time, those of one official series joined by a line.

    Figures of the period ``highlight`` ("2012") are in the accent colour and named first, the
    others are their context; a name that finds no room is left to the table beside the chart.
    ``rule`` is written at the dashed rule where the territory of a series changes. Stocks stand at
    the end of their period, flows in its middle. ``counted`` is what the values count, where the
    package calls that otherwise than the library.
    """
    most = highest(marks)
    above = [m for m in marks if m.value > most]
    page = Sheet(LINE + PAD + HEIGHT + sheet.AXIS - (LINE if marks[0].flow else 0), title)
    field = page.top + LINE + PAD
    top, bottom = field + (AT_THE_EDGE if above else 0), field + HEIGHT
    shown = [m for m in marks if m.value <= most]
    up, left, taken = _values(page, shown, top, bottom, language, counted)
    across = _years(page, marks, left, bottom, language, highlight)

    words = rule or WORDS[language]["break"]
    for at in breaks(marks):
        taken += _rule(page, across(at), field, bottom, words)
        words = ""
    lines: dict[str, list[Mark]] = {}
    for mark in marks:
        if mark.line:
            lines.setdefault(mark.group or mark.publisher, []).append(mark)
    for group in lines.values():
        for part in runs(m for m in group if m.value <= most):
            points = [(across(m.at), up(m.value)) for m in part]
            page.line(points, sheet.ACCENT if part[0].own else INK, 1.4)
            taken += labels.along(points)

    places: dict[int, tuple[float, float]] = {}
    for number, mark in enumerate(marks):
        x = across(mark.at)
        places[number] = x, (up(mark.value) if mark.value <= most else field)
        kind = KINDS[mark.line, _within(mark, highlight)]
        page.mark(*places[number], kind, hollow=mark in above, ring=mark.doubted)
        if mark not in above:
            taken += labels.along(page.interval(mark, x, up, upright=True))
    wanted = _names(
        marks, places, above, highlight, language, every=sum(not m.line for m in marks) <= FEW
    )
    room = (EDGE, page.top, WIDTH, bottom)
    around = [labels.around(*spot, 6.5 if m.doubted else 4.5)
              for m, spot in zip(marks, places.values(), strict=True)]  # fmt: skip
    for placed in labels.place(wanted, around, taken, room):
        if placed.leader:
            page.line(placed.leader, sheet.ACCENT if placed.label.bold else sheet.GREY, 0.8)
        base = placed.box[3] - labels.DESCENT * SMALL
        words, bold = placed.label.words, placed.label.bold
        page.text(placed.box[0], base, words, size=SMALL, bold=bold)
    return page.finish(alt)


def _values(
    page: Sheet,
    marks: Sequence[Mark],
    top: float,
    bottom: float,
    language: str,
    counted: str,
) -> tuple[Scale, float, list[Box]]:
    """Write values at the left with lines across; return their scale, its edge and its room."""
    power = sheet.power_of_ten(marks)
    low, high = sheet.extent(marks)
    up = sheet.linear(low, high, bottom, top)
    grid = sheet.ticks(low, high, 4, power, language)
    left = EDGE + max(svg.width(words, TEXT) for _, words in grid) + PAD
    unit = counted or sheet.unit_title(marks[0].figure.unit, power, language)
    page.text(EDGE, page.top + LINE - 3, unit)
    taken = [(0.0, page.top, EDGE + svg.width(unit, TEXT) + PAD, page.top + LINE)]
    for value, words in grid:
        y = up(value)
        page.line([(left, y), (WIDTH - EDGE, y)], INK, faint=True)
        page.text(left - PAD, y + TEXT * sheet.RISE, words, "right", scale=True)
        taken.append((0.0, y - LINE / 2, left, y + LINE / 2))
    return up, left, taken


def _years(
    page: Sheet, marks: Sequence[Mark], left: float, bottom: float, language: str, highlight: str
) -> Scale:
    """Write years under the field, at their end for stocks, in their middle for flows.

    Where there is no room for all, that of the highlighted period is among those written.
    """
    flow = marks[0].flow
    shift = Fraction(1, 2) if flow else Fraction(1)
    first, last = (f(m.at for m in marks) - shift for f in (min, max))
    years = range(floor(first), max(ceil(last), floor(first) + 1) + 1)
    wide = svg.width("2000", TEXT)
    across = sheet.linear(
        years[0] + shift - Fraction(1, 4), years[-1] + shift, left, WIDTH - EDGE - wide / 2
    )
    step = max(1, ceil((wide + PAD) / (across(1) - across(0))))
    wanted = int(highlight[:4]) if highlight else years[-1]
    for year in years:
        if (year - wanted) % step == 0:
            x = across(year + shift)
            page.line([(x, bottom), (x, bottom + 3)], INK)
            page.text(x, bottom + PAD + LINE * 0.7, str(year), "center", scale=True)
    page.line([(left, bottom), (WIDTH - EDGE, bottom)], INK)
    if not flow:
        middle = (left + WIDTH) / 2
        page.text(middle, bottom + PAD + LINE * 1.7, WORDS[language]["end"], "center", size=SMALL)
    return across


def _rule(page: Sheet, x: float, top: float, bottom: float, words: str) -> Iterator[Box]:
    """Draw a dashed rule where the territory changes, with words at its foot."""
    page.line([(x, top), (x, bottom)], INK, dashed=True)
    yield x - 1, top, x + 1, bottom
    wide = svg.width(words, SMALL)
    start = x + PAD / 2 if x + PAD / 2 + wide <= WIDTH else x - PAD / 2 - wide
    if words:
        page.text(start, bottom - PAD / 2, words, size=SMALL)
        yield start, bottom - PAD / 2 - SMALL, start + wide, bottom


def _names(
    marks: Sequence[Mark], places: dict[int, tuple[float, float]], above: Sequence[Mark],
    highlight: str, language: str, *, every: bool,
) -> Iterator[Label]:  # fmt: skip
    """Yield the names in the order of their claim to room.

    Figures at the edge come first, with their number; then series at their end, the period of the
    page, the ends of the record; where there are few figures, all of them. Marks that nearly
    coincide share one label.
    """
    order = sorted(range(len(marks)), key=lambda n: (marks[n].at, marks[n].value))
    ends: dict[str, int] = {}
    for n in order:
        if marks[n].line and marks[n] not in above:
            ends[marks[n].group or marks[n].publisher] = n
    single = [n for n in order if not marks[n].line]
    chosen = [n for n in single if _within(marks[n], highlight)]
    extremes = [single[-1], single[0]] if single else []
    extremes += sorted(single, key=lambda n: marks[n].value)[:: max(1, len(single) - 1)]
    edge = [n for n in order if marks[n] in above]
    wanted = dict.fromkeys([*edge, *ends.values(), *chosen, *extremes, *(single if every else [])])
    said: set[int] = set()
    for n in wanted:
        if n in said:
            continue
        (x, y), bold, names = places[n], n in chosen, [_called(marks[n], bold=n in chosen)]
        left_out = False
        for o in order:
            near = abs(places[o][0] - x) < NEAR and abs(places[o][1] - y) < NEAR
            if o in said or not near or marks[o].line != marks[n].line:
                continue
            longer = dict.fromkeys([*names, _called(marks[o], bold=bold)])
            if svg.width(", ".join(longer), SMALL, bold=bold) <= LONGEST:
                names = list(longer)
            elif o in chosen:
                continue
            else:
                left_out = True
            said.add(o)
        said.add(n)
        words = sheet.shortened(", ".join(names), LONGEST, SMALL, bold=bold) + " …" * left_out
        if n in edge:
            words = f"{marks[n].figure.text(language, style='table')} {words}"
        gap = labels.REACH + (3.5 if marks[n].doubted or n in edge else 0.0)
        yield Label(x, y, words, bold, gap, far=n not in ends.values())


def _within(mark: Mark, highlight: str) -> bool:
    """Tell whether a figure is of the year that is highlighted."""
    return bool(highlight) and mark.figure.period[:4] == highlight[:4]


def _called(mark: Mark, *, bold: bool) -> str:
    """Return the name of a mark, with what is against it: the name is cut, never the doubt."""
    room = LONGEST - svg.width(named("", mark.note), SMALL, bold=bold)
    return named(sheet.shortened(mark.publisher or mark.label, room, SMALL, bold=bold), mark.note)
