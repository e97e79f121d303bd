"""An empty picture, measured in points from its upper left corner, and what is drawn on it.

One point is one pixel on a phone, so that no text is smaller than the captions around the picture.
Marks are drawn by seaborn in its style, everything is written by :mod:`kumkm_analysis.charts.svg`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from kumkm_analysis.charts import svg
from kumkm_analysis.charts.marks import Chart, Mark
from kumkm_analysis.dataset import numerals
from kumkm_analysis.dataset.money import is_money, mark

INK = svg.INK
POINTS = 72  # to the inch
WIDTH = 360.0
WIDEST = (
    "30rem"  # 480 pixels at most, in JupyterLab too; wider, the text would be larger than prose
)
TEXT, SMALL = 11.5, 10.5
LINE, PAD, EDGE = 14.0, 6.0, 3.0  # points: a line of text, between it and the picture, around all
RISE = 0.36  # from the middle of a line of text down to where it stands, in parts of its size
AXIS = PAD + 2 * LINE + EDGE  # points under a field: its numbers, and what they count
ARROW = 11.0
RING, HOLLOW = 13.0, 7.0  # how wide the ring around a doubted mark and the mark in it are
FAINT = 0.16  # how much of the ink is in the lines of a grid
ACCENT = "#c8553d"  # with the grey: legible on light and dark, told apart by the colour-blind
GREY = "#7f7f7f"
# Every kind of mark: shape, colour, area; no two are told apart by colour alone.
KINDS = {
    "own": ("D", ACCENT, 40), "other": ("o", GREY, 30), "own-small": ("D", ACCENT, 10),
    "small": ("o", GREY, 9), "line": ("o", INK, 9),
}  # fmt: skip
SMALLER = {True: "own-small", False: "small"}
SCALE_WORDS = {
    "id": {12: "triliun", 9: "miliar", 6: "juta"},
    "en": {12: "trillion", 9: "billion", 6: "million"},
}
UNITS = {
    "percent": {"id": "persen", "en": "per cent"},
    "people": {"id": "orang", "en": "people"},
    "cooperatives": {"id": "koperasi", "en": "cooperatives"},
    "enterprises": {"id": "usaha", "en": "enterprises"},
    "areas": {"id": "wilayah", "en": "areas"},
}
Point = tuple[float, float]
Style = tuple[str, float, Any, float | None]
Scale = Callable[[Fraction | float], float]


class Sheet:
    """A picture in the making; ``top`` is where its title ends."""

    def __init__(self, height: float, title: str = "") -> None:
        import seaborn as sns
        from matplotlib.figure import Figure as Canvas

        lines = wrapped(title, WIDTH - 2 * EDGE)
        self.top = EDGE + LINE * len(lines) + (PAD if lines else 0)
        self.height = self.top + height
        with sns.axes_style("ticks", {"axes.facecolor": "none", "figure.facecolor": "none"}):
            self._canvas = Canvas(figsize=(WIDTH / POINTS, self.height / POINTS), dpi=POINTS)
            svg.prepare(self._canvas)
            self._axes = self._canvas.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, WIDTH), ylim=(self.height, 0))
        self._axes.set_axis_off()
        self._axes.set(xticks=[], yticks=[], xlabel=" ", ylabel=" ")  # else seaborn lays them out
        self._marks: list[tuple[float, float, str]] = []
        self._lines: dict[Style, list[Sequence[Point]]] = {}
        for place, words in enumerate(lines):
            self.text(EDGE, EDGE + LINE * (place + 0.8), words, bold=True, size=TEXT + 1)

    def text(
        self, x: float, y: float, words: str, anchor: str = "left", *, bold: bool = False,
        size: float = TEXT, scale: bool = False,
    ) -> None:  # fmt: skip
        """Write a text that stands on ``y``; ``scale`` tells a number of an axis from a figure."""
        self._axes.text(
            x, y, words, ha=anchor, va="baseline", fontsize=size, color=INK, parse_math=False,
            fontweight="bold" if bold else "normal", gid=svg.SCALE if scale else None,
            fontfamily="DejaVu Sans",
        )  # fmt: skip

    def line(
        self, points: Sequence[Point], colour: str = GREY, width: float = 1.0, *,
        dashed: bool = False, faint: bool = False,
    ) -> None:  # fmt: skip
        """Draw a line through points."""
        dashes = (0, (3 / width, 3 / width)) if dashed else "-"
        self._lines.setdefault((colour, width, dashes, FAINT if faint else None), []).append(points)

    def area(self, points: Sequence[Point], colour: str) -> None:
        """Fill what lies between points."""
        self._axes.fill(*zip(*points, strict=True), facecolor=colour, linewidth=0)

    def mark(
        self, x: float, y: float, kind: str, *, hollow: bool = False, ring: bool = False
    ) -> None:
        """Draw a mark of one of ``KINDS``.

        Hollow is what stands at the edge of the scale; what is doubted is hollow with a ring, and
        large even in a series of small marks, or nobody would see it.
        """
        shape, colour, _ = KINDS[kind]
        if not (hollow or ring):
            self._marks.append((x, y, kind))
            return
        for form, size in ((shape, HOLLOW), ("o", RING))[: 1 + ring]:
            self._axes.plot(
                [x], [y], form, mfc="none", mec=colour, mew=1.3, markersize=size, zorder=2
            )

    def interval(self, mark: Mark, at: float, scale: Scale, *, upright: bool) -> list[Point]:
        """Draw what the print of a figure allows: a bar, with an open arrow where it has no end.

        Returns:
            The ends of the bar; none where the figure is exact.
        """
        low, high = mark.figure.interval.low, mark.figure.interval.high
        if mark.figure.interval.is_exact:
            return []
        outward = -1.0 if upright else 1.0  # greater values are higher up, or farther right
        ends = [scale(mark.value if end is None else end) for end in (low, high)]
        for place, end, way in ((0, low, -outward), (1, high, outward)):
            if end is None:
                tip = ends[place] = ends[place] + way * ARROW
                wings = [(at - 3.5, tip - way * 4), (at, tip), (at + 3.5, tip - way * 4)]
                self.line(_turned(wings, upright), INK, 1.3)
        bar = _turned([(at, ends[0]), (at, ends[1])], upright)
        self.line(bar, INK, 1.3)
        return bar

    def level_axis(
        self, marks: Sequence[Mark], left: float, right: float, top: float, bottom: float,
        language: str, counted: str = "",
    ) -> Scale:  # fmt: skip
        """Draw a scale of values under a field, with as many as stand clear of each other."""
        low, high = extent(marks)
        power = power_of_ten(marks)
        scale = linear(low, high, left, right)
        for most in (5, 4, 3, 2, 1):
            found = ticks(low, high, most, power, language)
            found = [(v, w) for v, w in found if scale(v) + svg.width(w, TEXT) / 2 <= WIDTH]
            found = [(v, w) for v, w in found if scale(v) - svg.width(w, TEXT) / 2 >= 0]
            widths = [svg.width(words, TEXT) / 2 + PAD for _, words in found]
            steps = [scale(b) - scale(a) for (a, _), (b, _) in pairwise(found)]
            if all(step >= a + b for step, (a, b) in zip(steps, pairwise(widths), strict=True)):
                break
        for value, words in found:
            x = scale(value)
            self.line([(x, top), (x, bottom)], INK, faint=True)
            self.text(x, bottom + PAD + LINE * 0.7, words, "center", scale=True)
        unit = counted or unit_title(marks[0].figure.unit, power, language)
        self.text((left + right) / 2, bottom + PAD + LINE * 1.7, unit, "center")
        return scale

    def finish(self, alt: str) -> Chart:
        """Return the picture with the words that stand for it."""
        import pandas as pd
        import seaborn as sns
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        # One artist for all lines of a style: matplotlib takes a millisecond for each.
        for (colour, width, dashes, alpha), lines in self._lines.items():
            codes = [c for points in lines for c in (1, *[2] * (len(points) - 1))]
            path = Path([point for points in lines for point in points], codes)
            self._axes.add_artist(
                PathPatch(path, fill=False, ec=colour, lw=width, ls=dashes, alpha=alpha, zorder=1)
            )
        if self._marks:
            sns.scatterplot(
                data=pd.DataFrame(self._marks, columns=["x", "y", "kind"]), x="x", y="y",
                hue="kind", style="kind", size="kind", legend=False, linewidth=0, zorder=3,
                markers={k: shape for k, (shape, _, _) in KINDS.items()},
                palette={k: colour for k, (_, colour, _) in KINDS.items()},
                sizes={k: area for k, (_, _, area) in KINDS.items()}, ax=self._axes,
            )  # fmt: skip
        drawn = svg.draw(self._canvas)
        return Chart(drawn.replace("<svg", f'<svg style="max-width:{WIDEST}"', 1), alt)


def _turned(points: Iterable[Point], upright: bool) -> list[Point]:
    """Return points as they are for an upright axis of values, turned for a level one."""
    return [(x, y) if upright else (y, x) for x, y in points]


def wrapped(words: str, room: float, size: float = TEXT + 1) -> list[str]:
    """Return a title in lines that fit.

    >>> wrapped("How many cooperatives East Kalimantan had", 180)
    ['How many cooperatives', 'East Kalimantan had']
    """
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and svg.width(longer, size, bold=True) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def shortened(words: str, room: float, size: float = TEXT, *, bold: bool = False) -> str:
    """Return words that fit, no number cut in two; the table beside the chart has them whole.

    >>> shortened("Kalimantan News, 2012", 200), shortened("Kalimantan News, 2012", 115)
    ('Kalimantan News, 2012', 'Kalimantan News…')
    """
    kept = whole = words
    while len(kept) > 1 and svg.width(words, size, bold=bold) > room:
        kept = whole[: len(kept) - 1]
        if whole[len(kept)].isdigit():
            kept = kept.rstrip("0123456789.,") or kept
        kept = kept.rstrip(" ,")
        words = kept + "…"
    return words


def linear(low: Fraction, high: Fraction, start: float, end: float) -> Scale:
    """Return the function that leads from values to places in the drawing."""
    width = float(high - low) or 1.0
    return lambda value: start + float(value - low) / width * (end - start)


def extent(marks: Sequence[Mark]) -> tuple[Fraction, Fraction]:
    """Return from where to where values are drawn: all, with a little room around them.

    Nothing below zero is drawn where nothing is below zero.
    """
    bounds = (e for m in marks for e in (m.figure.interval.low, m.figure.interval.high))
    ends = [*(m.value for m in marks), *(e for e in bounds if e is not None)]
    low, high = min(ends), max(ends)
    room = (high - low) / 12 or abs(high) / 12 or Fraction(1)
    return (max(low - room, Fraction(0)) if low >= 0 else low - room), high + room


def ticks(
    low: Fraction, high: Fraction, most: int, power: int, language: str
) -> list[tuple[Fraction, str]]:
    """Return at most so many round values of an axis, written in the language of the page."""
    from matplotlib.ticker import MaxNLocator

    unit = Fraction(10) ** power
    locator = MaxNLocator(most, min_n_ticks=min(3, most))
    found = locator.tick_values(float(low / unit), float(high / unit))
    values = [Fraction(f"{float(value):.12g}") for value in found]
    return [
        (v * unit, numerals.format_number(v, language)) for v in values if low <= v * unit <= high
    ]


def power_of_ten(marks: Iterable[Mark]) -> int:
    """Return the power of ten that amounts of money are drawn in."""
    size = max((abs(m.value) for m in marks if is_money(m.figure.unit)), default=Fraction(0))
    return next((s for s in SCALE_WORDS["en"] if size >= 10**s), 0)


def unit_title(unit: str, scale: int, language: str) -> str:
    """Return what the values of an axis are counted in.

    >>> unit_title("IDR", 9, "id"), unit_title("people", 0, "en"), unit_title("ratio", 0, "en")
    ('Rp miliar', 'people', '')
    """
    if is_money(unit):
        return f"{mark(unit).strip()} {SCALE_WORDS[language].get(scale, '')}".strip()
    return UNITS[unit][language] if unit in UNITS else ""
