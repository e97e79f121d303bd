"""A drawing as small SVG: matplotlib's artists on a renderer of our own.

Matplotlib's SVG writer spends some forty kilobytes on a chart of thirty points, with ids that are
drawn by lot. This one gathers everything of one style into one path, writes text as text, rounds
to a tenth of a point, and has no ids: the same drawing is always the same bytes.
"""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from matplotlib.backend_bases import FigureCanvasBase, GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

INK = "#010203"  # stands for the colour of the page's own text
SCALE = "kumkm-scale"  # the class (and gid) of axis labels: a scale to read by, not figures
CIRCLE = 26  # the points of a circle's curve; a test holds it against matplotlib
MOST_MEASURED = 200  # characters; wider than any drawing of ours
HEIGHT, DESCENT = 0.96, 0.24  # of the line of a text, in parts of its size
FAMILY = "system-ui,sans-serif"
ANCHORS = {"center": "middle", "right": "end"}


def draw(figure: Figure) -> str:
    """Return a figure (at 72 dots per inch) as an SVG element that takes the colour of its page."""
    pen = prepare(figure).get_renderer()
    figure.draw(pen)
    return pen.svg()


def prepare(figure: Figure) -> Canvas:
    """Give a figure our canvas, so that its layout is reckoned as it will be drawn."""
    return figure.canvas if isinstance(figure.canvas, Canvas) else Canvas(figure)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is in points, by the font that the layout reckons with."""
    return sum(_advance(letter, size, bold) for letter in text[:MOST_MEASURED])


@cache
def _advance(letter: str, size: float, bold: bool) -> float:
    """Return the width of a letter between two others; measuring whole texts takes far longer."""
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    pen = RendererBase()
    with_it, without = (
        pen.get_text_width_height_descent(text, font, False)[0] for text in (f"n{letter}n", "nn")
    )
    return float(with_it - without)


class Canvas(FigureCanvasBase):
    """The canvas that hands our renderer to matplotlib's layout."""

    def get_renderer(self) -> Pen:
        """Return a fresh renderer of the figure's size."""
        width, height = self.figure.bbox.size
        return Pen(float(width), float(height))


class Pen(RendererBase):
    """Collects paths and texts by style, in the order in which the styles first appear."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self._paths: dict[str, list[str]] = {}
        self._texts: dict[str, list[str]] = {}

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return the size of the drawing in points."""
        return self.width, self.height

    def points_to_pixels(self, points: Any) -> Any:
        """Return points: one of them is one unit of the drawing."""
        return points

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Any,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        """Add a path to those of its style; what has neither fill nor stroke is left out."""
        flipped = transform.transform_path(path)
        place = [(float(x), self.height - float(y)) for x, y in flipped.vertices]
        if len(place) == CIRCLE and rgbFace is not None:
            shown = len(rgbFace) < 4 or float(rgbFace[3]) > 0
            self._dot(place, gc, rgbFace) if shown else self._ring(place, gc)
            return
        style = _style(gc, rgbFace)
        shape = _shape(place, flipped)
        if style is not None and shape.lstrip("M.-0123456789 ") not in ("", "h0", "z"):
            self._add(style, shape)

    def _dot(self, place: list[tuple[float, float]], gc: GraphicsContextBase, face: Any) -> None:
        """Add a disc with a rim: two points of a line with round ends, the shortest there is."""
        left, right = min(x for x, _ in place), max(x for x, _ in place)
        low, high = min(y for _, y in place), max(y for _, y in place)
        centre = f"M{_number((left + right) / 2)} {_number((low + high) / 2)}h0"
        rim = gc.get_linewidth()
        for colour, width in ((gc.get_rgb(), rim), (face, -rim)) if rim else ((face, 0),):
            size = _number(right - left + width)
            ink = "" if _colour(colour) == "currentColor" else f' stroke="{_colour(colour)}"'
            self._add(f' stroke-linecap="round" stroke-width="{size}"{ink}', centre)

    def _ring(self, place: list[tuple[float, float]], gc: GraphicsContextBase) -> None:
        """Add a circle without a face."""
        left, right = min(x for x, _ in place), max(x for x, _ in place)
        middle = (min(y for _, y in place) + max(y for _, y in place)) / 2
        radius, width = _number((right - left) / 2), _number(right - left)
        arc = f"a{radius} {radius} 0 1 0"
        style = _style(gc, None)
        if style is not None:
            start = f"M{_number(left)} {_number(middle)}"
            self._add(style, f"{start}{arc} {width} 0{arc} -{width} 0")

    def _add(self, style: str, shape: str) -> None:
        """Add a shape to those of its style, each once."""
        if shape not in self._paths.setdefault(style, []):
            self._paths[style].append(shape)

    def get_text_width_height_descent(
        self, s: str, prop: Any, ismath: Any
    ) -> tuple[float, float, float]:
        """Return the size of a line of text in points, and how much of it is below the baseline."""
        size = float(prop.get_size_in_points())
        wide = width(s, size, bold=str(prop.get_weight()) == "bold")
        return wide, HEIGHT * size, DESCENT * size

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        """Add a text, anchored where its artist is, so that any font keeps the alignment."""
        anchor = str(mtext.get_horizontalalignment()) if mtext is not None else "left"
        if mtext is not None:
            position = mtext.get_transform().transform(mtext.get_unitless_position())
            x = float(position[0])
        style = f' font-size="{_number(prop.get_size_in_points())}"'
        if anchor in ANCHORS:
            style += f' text-anchor="{ANCHORS[anchor]}"'
        if str(prop.get_weight()) == "bold":
            style += ' font-weight="bold"'
        if mtext is not None and mtext.get_gid() == SCALE:
            style += f' class="{SCALE}"'
        place = f'x="{_number(x)}" y="{_number(y)}"'
        self._texts.setdefault(style, []).append(f"<text {place}>{escape(s, quote=False)}</text>")

    def svg(self) -> str:
        """Return the drawing."""
        size = f"{_number(self.width)} {_number(self.height)}"
        lines = "".join(f'<path{s} d="{"".join(shapes)}"/>' for s, shapes in self._paths.items())
        texts = "".join(f"<g{s}>{''.join(t)}</g>" for s, t in self._texts.items())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" fill="none" '
            f'stroke="currentColor">{lines}'
            f'<g fill="currentColor" stroke="none" font-family="{FAMILY}">{texts}</g></svg>'
        )


def _style(gc: GraphicsContextBase, face: Any) -> str | None:
    """Return fill and stroke as attributes, None for what cannot be seen."""
    width, alpha = gc.get_linewidth(), float(gc.get_alpha())
    ink = gc.get_rgb()
    if len(ink) == 4 and not gc.get_forced_alpha():
        alpha *= float(ink[3])
    fills = face is not None and not (len(face) == 4 and float(face[3]) == 0)
    strokes = width > 0 and alpha > 0
    if not fills and not strokes:
        return None
    style = f' fill="{_colour(face)}"' if fills else ""
    if not strokes:
        return style + ' stroke="none"'
    if _colour(ink) != "currentColor":
        style += f' stroke="{_colour(ink)}"'
    if width != 1:
        style += f' stroke-width="{_number(width)}"'
    dashes: Any = gc.get_dashes()[1]
    if dashes:
        style += f' stroke-dasharray="{" ".join(_number(dash) for dash in dashes)}"'
    return style + (f' stroke-opacity="{_number(alpha, 2)}"' if alpha < 1 else "")


def _colour(rgb: Any) -> str:
    colour = to_hex(rgb, keep_alpha=False)
    return "currentColor" if colour == INK else str(colour)


def _shape(place: list[tuple[float, float]], path: Path) -> str:
    """Return straight lines as path data: absolute start, relative steps between rounded points."""
    lines = [Path.MOVETO, *[Path.LINETO] * (len(place) - 1)]
    codes: Any = lines if path.codes is None else path.codes
    parts: list[str] = []
    last = (0, 0)
    for (x, y), code in zip(place, codes, strict=True):
        if code == Path.CLOSEPOLY:
            parts.append("z")
            continue
        here = (round(x * 10), round(y * 10))
        if code == Path.MOVETO:
            parts.append(f"M{_number(x)} {_number(y)}")
        elif here[1] == last[1]:
            parts.append(f"h{_number((here[0] - last[0]) / 10)}")
        elif here[0] == last[0]:
            parts.append(f"v{_number((here[1] - last[1]) / 10)}")
        else:
            across, down = (_number((a - b) / 10) for a, b in zip(here, last, strict=True))
            parts.append(f"l{across}{'' if down.startswith('-') else ' '}{down}")
        last = here
    return "".join(parts)


def _number(value: float, decimals: int = 1) -> str:
    """Return a coordinate without needless digits.

    >>> _number(12.0), _number(0.34), _number(-0.04)
    ('12', '.3', '0')
    """
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"
    if text in ("-0", ""):
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
