"""The frame of a chart: an empty picture in the house style, its scales, the room around it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from operator import ge
from typing import TYPE_CHECKING, Any

from kumkm_analysis.dataset import numerals
from kumkm_analysis.metrics.figures import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

MOST_TICKS = 7
POINTS = 72  # to the inch
WIDTH = 360  # points; one point is one CSS pixel on a phone
TEXT = 11.5
LINE, PAD, EDGE = 14, 6, 3  # points: a line of text, between it and the picture, around all
INK = "#010203"  # vector.INK: replaced by currentColor in the finished SVG
GRID: dict[str, Any] = {"color": INK, "alpha": 0.13, "linewidth": 0.6}
SCALE_WORDS = {
    "id": {12: "triliun", 9: "miliar", 6: "juta"},
    "en": {12: "trillion", 9: "billion", 6: "million"},
}

_beforehand: list[tuple[Canvas, Axes]] = []  # each is taken once
_looks_beforehand: dict[str, Any] = {}  # matplotlib's settings when they were drawn


def empty(height: float) -> tuple[Canvas, Axes]:
    """Return an empty figure in the house style, outside pyplot's global state."""
    fits = _beforehand and _looks() == _looks_beforehand
    canvas, axes = _beforehand.pop() if fits else _blank()
    canvas.set_figheight(height / POINTS)
    return canvas, axes


def draw_beforehand(count: int) -> None:
    """Draw frames for charts to come, ticks included: a good part of the work of a chart.

    It is for a process from which others are forked, since each of these finds all of them. They
    are for the settings of matplotlib as they are now; under others a chart draws its own.
    """
    _looks_beforehand.clear()
    _looks_beforehand.update(_looks())
    for _ in range(count):
        canvas, axes = _blank()
        for axis in (axes.xaxis, axes.yaxis):
            axis.get_major_ticks(MOST_TICKS)  # it makes them
        _beforehand.append((canvas, axes))


def _looks() -> dict[str, Any]:
    """Return matplotlib's settings, but for where it shows things."""
    import matplotlib as mpl

    return {n: v for n, v in dict.items(mpl.rcParams) if n not in ("interactive", "backend")}


def _blank() -> tuple[Canvas, Axes]:
    import seaborn as sns
    from matplotlib.figure import Figure as Canvas

    from kumkm_analysis.charts import svg

    style: dict[str, Any] = {
        "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK,
        "ytick.color": INK, "grid.color": INK, "font.family": ["DejaVu Sans"],
        "xtick.bottom": False, "ytick.left": False, "axes.facecolor": "none",
        "figure.facecolor": "none",
    }  # fmt: skip
    with sns.axes_style("ticks", style), sns.plotting_context("paper"):
        canvas = Canvas(figsize=(WIDTH / POINTS, 1), dpi=POINTS)
        svg.prepare(canvas)
        axes = canvas.add_subplot()
    sns.despine(ax=axes)
    axes.tick_params(labelsize=TEXT, pad=PAD, length=0)
    axes.grid(visible=True, axis="both", **GRID)
    axes.set_axisbelow(True)
    return canvas, axes


def name_for_now(axes: Axes) -> None:
    """Give the axes names for the time being: seaborn would lay out every tick to find some."""
    axes.set(xlabel=" ", ylabel=" ")


def fit(canvas: Canvas, axes: Axes, widest: float) -> None:
    """Leave room around the picture for the texts beside it, of which the widest is at the left.

    Matplotlib's layouts measure every text five times, which takes longer than the drawing.
    """
    from kumkm_analysis.charts import svg

    high = canvas.get_figheight() * POINTS
    below = EDGE + LINE + PAD + (LINE if axes.get_xlabel() else 0)
    above = EDGE + (LINE + PAD if axes.get_title("left") else 0)
    left, right = EDGE + widest + PAD, WIDTH - EDGE
    low, end = axes.get_xlim()
    beyond = (end - axes.get_xticks()[-1]) / (end - low) * (right - left)
    last = axes.get_xticklabels()[-1].get_text()
    right -= max(0, svg.width(last, TEXT) / 2 - beyond)
    size = high - below - above
    axes.set_position((left / WIDTH, below / high, (right - left) / WIDTH, size / high))
    # Where a text has a fixed place, matplotlib measures nothing to find one.
    axes.xaxis.set_label_coords(0.5, -(LINE + PAD) / size)
    axes.yaxis.set_label_coords(0, 0.5)


def power_of_ten(figures: Sequence[Figure]) -> int:
    """Return the power of ten that the axis is drawn in."""
    if figures[0].unit != "IDR":
        return 0
    size = max(abs(f.known) for f in figures)
    return next((s for s in SCALE_WORDS["en"] if size >= 10**s), 0)


def scale_of_years(axes: Axes, years: Any) -> None:
    """Mark years in their middle, not too many of them."""
    span = range(int(years.min()), int(years.max()) + 1)
    step = max(1, -(-len(span) // MOST_TICKS))
    axes.set_xticks([y + 0.5 for y in span[::step]], [str(y) for y in span[::step]])
    axes.set_xlim(span[0] - 0.2, span[-1] + 1.2)
    _mark_scale(axes.get_xticklabels())


def scale_of_values(axes: Axes, axis: str, language: str, beside: float = 0) -> float:
    """Write the tick labels in the language of the page; return how wide the widest is.

    ``beside`` is how wide the texts at the left are. Along the x axis there are as many labels as
    stand clear of each other in the room that these leave.
    """
    from matplotlib.ticker import MaxNLocator

    from kumkm_analysis.charts import svg

    low, high = axes.get_ylim() if axis == "y" else axes.get_xlim()
    for most in (4, 3, 2, 1):
        found = MaxNLocator(most, min_n_ticks=min(3, most)).tick_values(low, high)
        ticks = [float(t) for t in found if low <= t <= high]
        labels = [numerals.format_number(Fraction(f"{t:.12g}"), language) for t in ticks]
        widths = [svg.width(label, TEXT) for label in labels]
        room = WIDTH - 2 * EDGE - PAD - beside - widths[-1] / 2
        steps = [(b - a) / (high - low) * room for a, b in pairwise(ticks)]
        needed = [(a + b) / 2 + PAD for a, b in pairwise(widths)]
        if axis == "y" or all(map(ge, steps, needed)):
            break
    if axis == "y":
        axes.set_yticks(ticks, labels)
        _mark_scale(axes.get_yticklabels())
    else:
        axes.set_xticks(ticks, labels)
        _mark_scale(axes.get_xticklabels())
    return max(widths)


def _mark_scale(labels: Sequence[Any]) -> None:
    """Tell the labels of a scale from the figures of a chart."""
    from kumkm_analysis.charts import svg

    for label in labels:
        label.set_gid(svg.SCALE)


UNITS = {
    "percent": {"id": "persen", "en": "per cent"},
    "people": {"id": "orang", "en": "people"},
    "cooperatives": {"id": "koperasi", "en": "cooperatives"},
    "enterprises": {"id": "usaha", "en": "enterprises"},
    "areas": {"id": "kabupaten/kota", "en": "areas"},
}


def unit_title(unit: str, scale: int, language: str) -> str:
    """Return what the values of an axis are counted in.

    >>> unit_title("IDR", 9, "id"), unit_title("people", 0, "en"), unit_title("ratio", 0, "en")
    ('Rp miliar', 'people', '')
    """
    if unit == "IDR":
        return f"Rp {SCALE_WORDS[language].get(scale, '')}".strip()
    return UNITS[unit][language] if unit in UNITS else ""
