"""To be deleted with frame.py once reports call timeline, rows and texts: the former charts.

A chart takes Figures and gives a :class:`Chart`: inline SVG with text as text, the ink in the
colour of the page (so that it reads in light and dark), and alt text made from the data. Marks
differ by shape as well as colour. Charts are drawn at the width of a phone, so that their text is
never smaller than the captions around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from kumkm_analysis.charts import frame
from kumkm_analysis.charts.frame import INK, TEXT
from kumkm_analysis.charts.marks import Chart, Mark
from kumkm_analysis.metrics.figures import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 250  # points, of a chart over time
ROW = 17  # points between the rows of a dot chart
LONGEST_LABEL = 0.75  # of the width of a chart
ACCENT, SECOND = "#c8553d", "#3a7ca5"  # told apart by the colour-blind, legible on light and dark
MARKS = "osD^vP<>X*hd"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FAR_ABOVE = 4  # a few figures that many times above all others are set apart at the upper edge


def series(marks: Sequence[Mark], language: str, alt: str) -> Chart:
    """Draw figures over time: one shape and letter a publisher, intervals as bars.

    ``marks`` must be dated; ``group`` is the source, and figures of one group are joined by a thin
    line so that incompatible lines are seen as lines; ``letter`` is that of its publisher, or the
    group where none is given. A figure far above all others stands at the upper edge under an
    arrow, with its number, so that the others can be told apart.
    """
    import pandas as pd
    import seaborn as sns

    from kumkm_analysis.charts import svg as vector

    canvas, axes = frame.empty(HEIGHT)
    most = _ceiling([m.figure.known for m in marks])
    scale = frame.power_of_ten([m.figure for m in marks if m.figure.known <= most])
    rows = pd.DataFrame(
        {
            "year": [float(position(m.figure.period)) for m in marks],
            "value": [float(m.figure.known / 10**scale) for m in marks],
            "source": [m.group for m in marks],
            "letter": [m.letter or m.group for m in marks],
            "text": [m.figure.text(language) for m in marks],
        }
    )
    ceiling = float(most / 10**scale)
    within = rows[rows["value"] <= ceiling]
    letters = list(dict.fromkeys(rows["letter"]))
    for _, part in within.sort_values("year").groupby("source", sort=False):
        axes.plot(part["year"], part["value"], color=INK, alpha=0.3, linewidth=0.8, zorder=1)
    frame.name_for_now(axes)
    # All letters in one call: seaborn takes as long for one as for ten.
    colours = (ACCENT, SECOND)
    sns.scatterplot(
        data=within.assign(letter=pd.Categorical(within["letter"], letters)).sort_values("letter"),
        x="year", y="value", style="letter", hue="letter",
        markers={g: MARKS[n % len(MARKS)] for n, g in enumerate(letters)},
        palette={g: colours[(n // len(MARKS) + n) % 2] for n, g in enumerate(letters)},
        edgecolor=INK, s=40, linewidth=0.6, ax=axes, legend=False, zorder=3,
    )  # fmt: skip
    for mark, year, value in zip(marks, rows["year"], rows["value"], strict=True):
        if value <= ceiling:
            _bar(axes, mark.figure, scale, at=year, vertical=True)
        if mark.contested and value <= ceiling:
            axes.plot([year], [value], "o", mfc="none", mec=ACCENT, mew=1.6, ms=13, zorder=4)
    frame.scale_of_years(axes, rows["year"])
    above = rows[rows["value"] > ceiling]
    if len(above):
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + (high - low) / 8)
    widest = frame.scale_of_values(axes, "y", language)
    axes.set_xlabel("")
    axes.set_ylabel("")
    title = frame.unit_title(marks[0].figure.unit, scale, language)
    axes.set_title(title, loc="left", fontsize=TEXT, y=1, pad=frame.PAD)
    frame.fit(canvas, axes, widest)
    top = axes.get_ylim()[1]
    if len(above):
        axes.plot(above["year"], [top] * len(above), "^", color=INK, markersize=7, clip_on=False)
    _letters(axes, within, above.assign(value=top))
    return Chart(vector.draw(canvas), alt)


def dots(marks: Sequence[Mark], language: str, alt: str) -> Chart:
    """Draw one row a figure, a dot with its interval; the page's own region is filled and bold."""
    import pandas as pd
    import seaborn as sns

    from kumkm_analysis.charts import svg as vector

    canvas, axes = frame.empty(44 + ROW * len(marks))
    scale = frame.power_of_ten([m.figure for m in marks])
    rows = pd.DataFrame(
        {
            "label": range(len(marks)),
            "value": [float(m.figure.known / 10**scale) for m in marks],
            "own": [m.own for m in marks],
        }
    )
    frame.name_for_now(axes)
    sns.scatterplot(
        data=rows.sort_values("own"), x="value", y="label", hue="own", style="own",
        palette={False: SECOND, True: ACCENT}, markers={False: "o", True: "D"},
        s=45, edgecolor="none", ax=axes, legend=False, zorder=3,
    )  # fmt: skip
    for place, mark in enumerate(marks):
        _bar(axes, mark.figure, scale, at=place, vertical=False)
    axes.set_ylim(len(marks) - 0.4, -0.6)
    axes.set_ylabel("")
    axes.set_xlim(left=min(0, axes.get_xlim()[0]))
    widest = _name_rows(axes, marks)
    frame.scale_of_values(axes, "x", language, beside=widest)
    axes.set_xlabel(frame.unit_title(marks[0].figure.unit, scale, language), fontsize=TEXT)
    frame.fit(canvas, axes, widest)
    return Chart(vector.draw(canvas), alt)


def position(period: str) -> Fraction:
    """Return where a reference period lies on the time axis: the middle of what it names.

    >>> position("2012"), position("2012-12"), position("2014-12-31")
    (Fraction(4025, 2), Fraction(48311, 24), Fraction(1499159, 744))
    """
    parts = [int(p) for p in period.split("/")[-1].split("-")]
    if len(parts) == 1:
        return parts[0] + Fraction(1, 2)
    month = Fraction(parts[1] - 1, 12)
    if len(parts) == 2:
        return parts[0] + month + Fraction(1, 24)
    return parts[0] + month + Fraction(2 * parts[2] - 1, 2 * 372)  # twelve months of 31 days


def _name_rows(axes: Axes, marks: Sequence[Mark]) -> float:
    """Name every row at its left end, with a line along it; return how wide the names are.

    A tick of matplotlib for each would take longer than all the rest of a chart.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.transforms import ScaledTranslation

    from kumkm_analysis.charts import svg as vector

    axes.set_yticks([])
    along = axes.get_yaxis_transform()
    beside = along + ScaledTranslation(-frame.PAD / frame.POINTS, 0, axes.figure.dpi_scale_trans)
    lines = [((0, row), (1, row)) for row in range(len(marks))]
    grid = LineCollection(lines, transform=along, zorder=0.5, **frame.GRID)
    axes.add_collection(grid, autolim=False)
    widest = 0.0
    for row, mark in enumerate(marks):
        name = _shortened(mark.tick or mark.label, bold=mark.own)
        widest = max(widest, vector.width(name, TEXT, bold=mark.own))
        weight = "bold" if mark.own else "normal"
        axes.text(
            0, row, name, transform=beside, fontsize=TEXT, fontweight=weight, color=INK,
            ha="right", va="center_baseline",
        )  # fmt: skip
    return widest


def _bar(axes: Axes, figure: Figure, scale: int, at: float, *, vertical: bool) -> None:
    """Draw the interval of a figure; an open end is an arrow to the edge of what is drawn."""
    if figure.interval.is_exact:
        return
    low, high = figure.interval.low, figure.interval.high
    value = figure.known
    ends = [float(value if e is None else e) / 10**scale for e in (low, high)]
    place = [at, at]
    across, along = (place, ends) if vertical else (ends, place)
    axes.plot(across, along, color=INK, linewidth=1.6, solid_capstyle="butt", zorder=2)
    if low is None or high is None:
        mark = {(True, True): "^", (True, False): "v", (False, True): ">", (False, False): "<"}
        end = ends[1] if high is None else ends[0]
        spot = (at, end) if vertical else (end, at)
        axes.plot(
            *spot, marker=mark[vertical, high is None], color=INK, markersize=9, alpha=0.5, zorder=2
        )


def _shortened(label: str, *, bold: bool) -> str:
    """Return a label that leaves room for the picture; the table beside it has it whole.

    A place is shortened before its period, since half a date says something else.
    """
    from kumkm_analysis.charts import svg as vector

    head, comma, tail = label.rpartition(", ") if ", " in label else (label, "", "")
    widest = LONGEST_LABEL * frame.WIDTH
    while len(head) > 2 and vector.width(head + comma + tail, TEXT, bold=bold) > widest:
        head = head[: max(1, len(head) * 9 // 10 - 1)].rstrip("… ,") + "…"
    return head + comma + tail


def _ceiling(values: Sequence[Fraction]) -> Fraction:
    """Return the highest value to be drawn to scale: all, or all but a few far above the others.

    >>> _ceiling([Fraction(3), Fraction(4), Fraction(400)]), _ceiling([Fraction(3), Fraction(4)])
    (Fraction(4, 1), Fraction(4, 1))
    """
    ordered = sorted(values)
    for place in range(len(ordered) - 1, 0, -1):
        few = len(ordered) - place <= max(1, len(ordered) // 5)
        if few and place > 1 and ordered[place] > FAR_ABOVE * ordered[place - 1] > 0:
            return ordered[place - 1]
    return ordered[-1]


def _letters(axes: Axes, within: Any, above: Any) -> None:
    """Write the letter of every mark beside it, one label a spot, where none is in the way."""

    def spot(row: Any) -> tuple[float, float]:
        x, y = axes.transData.transform((row.year, row.value))
        return float(x), float(y)

    spots: dict[tuple[float, float], str] = {}
    for row in within.itertuples():
        at = spot(row)
        near = next((s for s in spots if abs(s[0] - at[0]) < 3 and abs(s[1] - at[1]) < 3), at)
        known = spots.get(near, "")
        if row.letter not in known.split(","):
            spots[near] = f"{known},{row.letter}" if known else str(row.letter)
    for row in above.itertuples():
        at = spot(row)
        spots[at] = f"{row.letter} {row.text}"
    for (x, y), anchor, text in place_letters(spots, frame.WIDTH, TEXT - 1):
        year, value = axes.transData.inverted().transform((x, y))
        label = axes.text(year, value, text, fontsize=TEXT - 1, color=INK, ha=anchor, zorder=4)
        label.set_in_layout(False)


def letter(place: int) -> str:
    """Return A to Z, then AA, AB and so on."""
    first, last = divmod(place, len(LETTERS))
    return (LETTERS[first - 1] if first else "") + LETTERS[last]


Box = tuple[float, float, float, float]
MARK = 4.0  # half the width of a mark, in points
GAP = 2.0
ADVANCE, RISE = 0.66, 0.74  # width of a letter and height of a capital, in parts of the font size
# right, left, above, below and the corners between, then the same a little farther off
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
DISTANCES = (1.0, 1.8, 2.8)


def place_letters(
    spots: Mapping[tuple[float, float], str], width: float, size: float
) -> Iterator[tuple[tuple[float, float], str, str]]:
    """Yield for every spot where its label starts, its anchor and its text.

    ``spots`` are the centres of the marks in points, ``width`` that of the drawing. A label takes
    the first position that covers no mark and no label before it; when all are taken, the one that
    covers least. The result depends on nothing but the input.

    >>> list(place_letters({(10.0, 10.0): "A", (12.0, 10.0): "B"}, 100, 10))
    [((16.0, 6.3), 'left', 'A'), ((12.0, 16.0), 'center', 'B')]
    """
    taken: list[Box] = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in spots]
    for own, ((x, y), text) in enumerate(spots.items()):
        others = taken[:own] + taken[own + 1 :]
        options = []
        for order, (box, anchor) in enumerate(_positions(x, y, text, size)):
            outside = max(0.0, -box[0]) + max(0.0, box[2] - width)
            covered = sum(_overlap(box, other) for other in others)
            options.append((covered + 100 * outside, order, box, anchor))
            if covered == outside == 0:
                break
        _, _, box, anchor = min(options)
        taken.append(box)
        start = {"left": box[0], "right": box[2], "center": (box[0] + box[2]) / 2}[anchor]
        yield (start, box[1]), anchor, text


def _positions(x: float, y: float, text: str, size: float) -> Iterator[tuple[Box, str]]:
    """Yield the boxes that a label could fill, the best first, with the anchor of each."""
    wide, high = len(text) * size * ADVANCE, size * RISE
    for distance in DISTANCES:
        away = distance * (MARK + GAP)
        for right, up in DIRECTIONS:
            left = x + away if right > 0 else x - away - wide if right < 0 else x - wide / 2
            low = y + away if up > 0 else y - away - high if up < 0 else y - high / 2
            anchor = {1: "left", -1: "right", 0: "center"}[right]
            yield (left, low, left + wide, low + high), anchor


def _overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes share."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[1], other[1])
    return across * up if across > 0 and up > 0 else 0.0
