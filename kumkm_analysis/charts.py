"""Pictures of figures: seaborn marks, every interval drawn, every source named, no colour needed.

A chart takes Figures and gives a :class:`Chart`: inline SVG with text as text, the ink in the
colour of the page (so that it reads in light and dark), and alt text made from the data. Marks
differ by shape as well as colour.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from kumkm_analysis import numerals
from kumkm_analysis.figures import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

WIDTH = 5.6  # inches; at 72 points an inch about the width of a phone, so that text keeps its size
INK = "#010203"  # replaced by currentColor in the finished SVG
ACCENT, SECOND = "#c8553d", "#3a7ca5"  # told apart by the colour-blind, legible on light and dark
MARKS = "osD^vP<>X*hd"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SCALE_WORDS = {
    "id": {12: "triliun", 9: "miliar", 6: "juta"},
    "en": {12: "trillion", 9: "billion", 6: "million"},
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished picture: SVG text and the words that stand for it."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One figure in a chart: its label, what it belongs to, and whether it is the page's own."""

    figure: Figure
    label: str
    group: str = ""
    own: bool = False


def series(marks: Sequence[Mark], language: str, alt: str, name: str) -> Chart:
    """Draw figures over time: one shape and letter a source, intervals as bars.

    ``marks`` must be dated; ``group`` is the source's letter, and figures of one group are joined
    by a thin line so that incompatible lines are seen as lines.
    """
    import pandas as pd
    import seaborn as sns

    canvas, axes = _canvas(3.6)
    scale = _scale([m.figure for m in marks])
    rows = pd.DataFrame(
        {
            "year": [float(position(m.figure.period)) for m in marks],
            "value": [float(m.figure.known / 10**scale) for m in marks],
            "source": [m.group for m in marks],
        }
    )
    groups = list(dict.fromkeys(rows["source"]))
    for order, group in enumerate(groups):
        part = rows[rows["source"] == group].sort_values("year")
        axes.plot(part["year"], part["value"], color=INK, alpha=0.25, linewidth=0.8, zorder=1)
        sns.scatterplot(
            data=part,
            x="year",
            y="value",
            marker=MARKS[order % len(MARKS)],
            color=(ACCENT, SECOND)[(order // len(MARKS) + order) % 2],
            edgecolor=INK,
            s=42,
            linewidth=0.6,
            ax=axes,
            legend=False,
            zorder=3,
        )
    for mark, year in zip(marks, rows["year"], strict=True):
        _bar(axes, mark.figure, scale, at=year, vertical=True)
    for row in rows.drop_duplicates(["source", "value", "year"]).itertuples():
        axes.annotate(
            str(row.source),
            (float(str(row.year)), float(str(row.value))),
            xytext=(5, 4),
            textcoords="offset points",
            fontsize=9,
            color=INK,
        )
    years = range(int(rows["year"].min()), int(rows["year"].max()) + 1)
    step = max(1, -(-len(years) // 7))
    axes.set_xticks([y + 0.5 for y in years[::step]], [str(y) for y in years[::step]])
    axes.set_xlim(years[0] - 0.2, years[-1] + 1.2)
    _value_axis(axes.yaxis, marks[0].figure.unit, scale, language)
    axes.set_xlabel("")
    axes.set_ylabel(_axis_title(marks[0].figure.unit, scale, language))
    return Chart(_svg(canvas, name), alt)


def dots(marks: Sequence[Mark], language: str, alt: str, name: str) -> Chart:
    """Draw one row a figure, a dot with its interval; the page's own region is filled and bold."""
    import pandas as pd
    import seaborn as sns

    canvas, axes = _canvas(max(1.4, 0.6 + 0.235 * len(marks)))
    scale = _scale([m.figure for m in marks])
    rows = pd.DataFrame(
        {
            "label": range(len(marks)),
            "value": [float(m.figure.known / 10**scale) for m in marks],
            "own": [m.own for m in marks],
        }
    )
    for own, colour, shape in ((False, SECOND, "o"), (True, ACCENT, "D")):
        part = rows[rows["own"] == own]
        if len(part):
            sns.scatterplot(
                data=part, x="value", y="label", color=colour, marker=shape, s=46,
                edgecolor=INK, linewidth=0.6, ax=axes, legend=False, zorder=3,
            )  # fmt: skip
    for place, mark in enumerate(marks):
        _bar(axes, mark.figure, scale, at=place, vertical=False)
    axes.set_yticks(range(len(marks)), [m.label for m in marks])
    for tick, mark in zip(axes.get_yticklabels(), marks, strict=True):
        tick.set_fontweight("bold" if mark.own else "normal")
    axes.set_ylim(len(marks) - 0.4, -0.6)
    axes.set_ylabel("")
    axes.set_xlim(left=min(0, axes.get_xlim()[0]))
    axes.grid(visible=True, axis="y", color=INK, alpha=0.08)
    _value_axis(axes.xaxis, marks[0].figure.unit, scale, language)
    axes.set_xlabel(_axis_title(marks[0].figure.unit, scale, language))
    return Chart(_svg(canvas, name), alt)


def position(period: str) -> Fraction:
    """Return where a reference period lies on the time axis: the middle of what it names.

    >>> position("2012"), position("2012-12"), position("2014-12-31")
    (Fraction(4025, 2), Fraction(48311, 24), Fraction(8970781, 4452))
    """
    parts = [int(p) for p in period.split("/")[-1].split("-")]
    if len(parts) == 1:
        return parts[0] + Fraction(1, 2)
    month = Fraction(parts[1] - 1, 12)
    if len(parts) == 2:
        return parts[0] + month + Fraction(1, 24)
    return parts[0] + month + Fraction(parts[2], 371)


def _canvas(height: float) -> tuple[Canvas, Axes]:
    """Return an empty figure in the house style, outside pyplot's global state."""
    import seaborn as sns
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    style: dict[str, Any] = {
        "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK,
        "ytick.color": INK, "grid.color": INK,
    }  # fmt: skip
    with sns.axes_style("ticks", style), sns.plotting_context("paper", font_scale=1.12):
        canvas = Canvas(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasSVG(canvas)
        axes = canvas.add_subplot()
    sns.despine(ax=axes)
    axes.grid(visible=True, axis="both", color=INK, alpha=0.12, linewidth=0.6)
    axes.set_axisbelow(True)
    return canvas, axes


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


def _scale(figures: Sequence[Figure]) -> int:
    """Return the power of ten that the axis is drawn in."""
    if figures[0].unit != "IDR":
        return 0
    size = max(abs(f.known) for f in figures)
    return next((s for s in SCALE_WORDS["en"] if size >= 10**s), 0)


def _value_axis(axis: Any, unit: str, scale: int, language: str) -> None:
    """Write the tick labels in the language of the page."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(5, min_n_ticks=3))

    def write(value: float, _: int) -> str:
        return numerals.format_number(Fraction(value).limit_denominator(1000), language)

    axis.set_major_formatter(FuncFormatter(write))


def _axis_title(unit: str, scale: int, language: str) -> str:
    if unit == "IDR":
        return f"Rp {SCALE_WORDS[language].get(scale, '')}".strip()
    if unit == "percent":
        return "persen" if language == "id" else "per cent"
    if unit == "people":
        return "orang" if language == "id" else "people"
    if unit == "cooperatives":
        return "koperasi" if language == "id" else "cooperatives"
    return ""


def _svg(canvas: Canvas, name: str) -> str:
    """Return the drawing as an SVG element that inherits colour, with stable ids."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        canvas.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*pt"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*pt"', r"\1", svg, count=1)
    svg = svg.replace(INK, "currentColor")
    svg = re.sub(r"'DejaVu Sans'[^;\"]*", "system-ui, sans-serif", svg)
    return re.sub(r"\n\s*\n+", "\n", svg).strip()
