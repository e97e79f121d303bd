"""Where names stand: beside their marks, clear of marks, lines and each other, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kumkm_analysis.charts import svg
from kumkm_analysis.charts.sheet import LINE, SMALL, Point

Box = tuple[float, float, float, float]  # left, top, right, bottom
REACH = 5.5  # points from the middle of a mark to its name
# right, left, above, below, the corners and between them; then the same farther off
DIRECTIONS = (
    (1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1),
    (2, -1), (2, 1), (-2, -1), (-2, 1), (1, -2), (1, 2), (-1, -2), (-1, 2),
)  # fmt: skip
DISTANCES = (1.0, 1.7, 2.6, 3.8, 5.4, 7.2)
LEADER = 2.0  # distances from which on a thin line leads from the name to its mark
ASCENT, DESCENT = 0.76, 0.22  # of a line of text above and below where it stands, in its size


@dataclass(frozen=True, slots=True)
class Label:
    """A name and the mark that it belongs to; ``far`` where it may stand away from it."""

    x: float
    y: float
    words: str
    bold: bool = False
    gap: float = REACH
    far: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A name with the place where it stands, and the line that leads to its mark."""

    label: Label
    box: Box
    leader: tuple[Point, ...]


def place(
    labels: Iterable[Label], marks: Iterable[Box], lines: Iterable[Box], room: Box
) -> Iterator[Placed]:
    """Yield those labels that find a place, the first ones first.

    A name covers no mark, no line and no name before it, and lies within ``room``; the line that
    leads to it crosses no mark where that can be had. A name that finds no such place is left out,
    since the table beside the chart has it.

    >>> spots = [Label(10, 20, "BPS"), Label(14, 20, "Kompas"), Label(10, 20, "Republika")]
    >>> [p.label.words for p in place(spots, [(9, 19, 15, 21)], [], (-40, 0, 80, 40))]
    ['BPS', 'Kompas']
    """
    solid = list(marks)
    full = [*solid, *lines]
    for label in labels:
        free = [
            Placed(label, box, _leader(label, box) if distance > LEADER else ())
            for distance, box in _boxes(label)
            if box[0] >= room[0] and box[1] >= room[1] and box[2] <= room[2] and box[3] <= room[3]
            and not meets(box, full)
        ]  # fmt: skip
        clear = (p for p in free if not any(meets(s, solid) for s in along(p.leader, 2.0, 0.3)))
        placed = next(clear, free[0] if free else None)
        if placed is not None:
            led = list(along(placed.leader))
            full += [placed.box, *led]
            solid += [placed.box, *led]
            yield placed


def meets(box: Box, others: Iterable[Box]) -> bool:
    """Tell whether a box covers a part of any other."""
    return any(box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in others)


def around(x: float, y: float, reach: float) -> Box:
    """Return the box of a mark."""
    return x - reach, y - reach, x + reach, y + reach


def along(points: Iterable[Point], step: float = 6.0, reach: float = 1.5) -> Iterator[Box]:
    """Yield small boxes along a line, so that no name stands upon it."""
    before: Point | None = None
    for x, y in points:
        left, top = before or (x, y)
        parts = max(1, int(max(abs(x - left), abs(y - top)) / step))
        for n in range(parts + 1):
            yield around(left + (x - left) * n / parts, top + (y - top) * n / parts, reach)
        before = (x, y)


def _boxes(label: Label) -> Iterator[tuple[float, Box]]:
    """Yield the boxes that a label could fill, the nearest first."""
    wide, high = svg.width(label.words, SMALL, bold=label.bold), LINE - 2
    for distance in DISTANCES if label.far else DISTANCES[:2]:
        away = distance * label.gap
        for right, down in DIRECTIONS:
            left = label.x + away * right - (0 if right > 0 else wide if right < 0 else wide / 2)
            top = label.y + away * down - (0 if down > 0 else high if down < 0 else high / 2)
            yield distance * max(abs(right), abs(down)), (left, top, left + wide, top + high)


def _leader(label: Label, box: Box) -> tuple[Point, ...]:
    """Return the line from a mark to the nearest point of its name."""
    x = min(max(label.x, box[0]), box[2])
    y = min(max(label.y, box[1]), box[3])
    long = max(((x - label.x) ** 2 + (y - label.y) ** 2) ** 0.5, 1.0)
    gap = min((label.gap + 1) / long, 1.0)
    start = (label.x + (x - label.x) * gap, label.y + (y - label.y) * gap)
    return start, (x, y)
