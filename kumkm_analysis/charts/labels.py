"""Where the letters of a chart stand: beside their marks, clear of marks and of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Box = tuple[float, float, float, float]
MARK = 4.0  # half the width of a mark, in points
GAP = 2.0
ADVANCE, RISE = 0.66, 0.74  # width of a letter and height of a capital, in parts of the font size
# right, left, above, below and the corners between, then the same a little farther off
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
DISTANCES = (1.0, 1.8, 2.8)


def place(
    spots: Mapping[tuple[float, float], str], width: float, size: float
) -> Iterator[tuple[tuple[float, float], str, str]]:
    """Yield for every spot where its label starts, its anchor and its text.

    ``spots`` are the centres of the marks in points, ``width`` that of the drawing. A label takes
    the first position that covers no mark and no label before it; when all are taken, the one that
    covers least. The result depends on nothing but the input.

    >>> list(place({(10.0, 10.0): "A", (12.0, 10.0): "B"}, 100, 10))
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
