"""Claims about figures, computed: which is above every other, who is alone, what all agree on.

Each function says what it claims and gives the figures on which the claim rests, so that a sentence
is as strictly true as its numbers. A claim holds for every value that the print allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kumkm_analysis.metrics.figures import Figure, Missing

ABOVE, BELOW, INSIDE, UNKNOWN = "above", "below", "inside", "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure lies among others.

    ``where`` is above, below, inside or unknown. ``but`` are figures that are printed with one
    bound only ("more than") and so may lie on the other side: above all *but* these.
    """

    where: str
    but: tuple[Figure, ...] = ()


def place(own: Figure | None, others: Sequence[Figure]) -> Place:
    """Return where a figure lies among others, whatever their print allows.

    Above means: above every other one whose print bounds it. Inside means: above one of them and
    below another. Unknown where nothing of this is certain.
    """
    bounded = [f for f in others if not f.one_sided]
    open_ended = [f for f in others if f.one_sided]
    if own is None or own.value is None or not bounded:
        return Place(UNKNOWN)
    if all(is_above(own, f) for f in bounded):
        return Place(ABOVE, tuple(f for f in open_ended if not is_above(own, f)))
    if all(is_above(f, own) for f in bounded):
        return Place(BELOW, tuple(f for f in open_ended if not is_above(f, own)))
    above = any(is_above(own, f) for f in bounded)
    return Place(INSIDE if above and any(is_above(f, own) for f in bounded) else UNKNOWN)


def is_above(one: Figure, other: Figure) -> bool:
    """Tell whether one figure lies above another whatever the print allows."""
    return one.interval.exceeds(other.interval)


def compatible(figures: Sequence[Figure]) -> bool:
    """Tell whether figures may all be true at once: any two of their intervals meet."""
    return all(a.interval.meets(b.interval) for a in figures for b in figures)


def contradicting(own: Figure, others: Sequence[Figure]) -> tuple[Figure, ...]:
    """Return the figures that cannot be true together with one."""
    return tuple(f for f in others if not f.interval.meets(own.interval))


def agreed(found: Mapping[str, Figure | Missing]) -> Figure | None:
    """Return the figure that every reading gives; None where one gives another one, or nothing.

    Figures are the same where value and interval are, whichever texts they rest on.
    """
    figures = [f for f in found.values() if isinstance(f, Figure)]
    if not figures or len(figures) < len(found):
        return None
    same = {(f.value, f.interval) for f in figures}
    return figures[0] if len(same) == 1 else None


def groups(found: Mapping[str, Figure | Missing]) -> tuple[tuple[Figure, tuple[str, ...]], ...]:
    """Return the figures that readings give, each with those that give it, in their order."""
    by_value: dict[object, tuple[Figure, list[str]]] = {}
    for reading, figure in found.items():
        if isinstance(figure, Figure):
            key = (figure.value, figure.interval)
            by_value.setdefault(key, (figure, []))[1].append(reading)
    return tuple((figure, tuple(readings)) for figure, readings in by_value.values())
