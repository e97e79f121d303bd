"""What a chart is made of: figures with their names, where they lie in time, what may be joined."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kumkm_analysis.metrics.figures import Figure

FEWEST = 3  # points that a chart has at least
FAR_ABOVE = 4  # a few figures that many times above all others are set apart at the edge
SPOKEN = ("about", "at_least", "at_most")  # roundings of speech, through which no line runs
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished picture: SVG text and the words that stand for it."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One figure in a chart and what is written beside it.

    Attributes:
        figure: The number; a hollow mark with a ring where it is contested.
        label: What it is called: a place, the text that has it, what a bar counts.
        group: What it belongs to, such as its source; a line joins figures of one group.
        own: It is what the page is about: drawn in the accent colour, named in bold.
        contested: It is doubted on other grounds than those that the figure knows.
        publisher: Who printed it; the name beside a mark over time.
        when: Its period in words.
        note: What is against it, in a word or two; written in brackets beside its number.
        line: It is part of an official series.
        flow: It counts what happened during its period, not what there was at its end.
    """

    figure: Figure
    label: str = ""
    group: str = ""
    own: bool = False
    contested: bool = False
    publisher: str = ""
    when: str = ""
    note: str = ""
    line: bool = False
    flow: bool = False

    @property
    def doubted(self) -> bool:
        """Something is known against the figure."""
        return self.contested or self.figure.contested

    @property
    def at(self) -> Fraction:
        """Where the figure lies on the axis of time."""
        return position(self.figure.period, flow=self.flow)

    @property
    def value(self) -> Fraction:
        """The value to be drawn; of a figure with bounds only their middle, or the one there is."""
        ends = [e for e in (self.figure.interval.low, self.figure.interval.high) if e is not None]
        known = self.figure.value
        return known if known is not None else sum(ends, Fraction(0)) / max(1, len(ends))

    def number(self, language: str) -> str:
        """Return the figure as it is written in a chart, with what is against it."""
        return named(self.figure.text(language, style="table"), self.note)


def named(text: str, note: str) -> str:
    """Return a text with a note in brackets, if there is one.

    >>> named("44,407", "doubted"), named("4,407", "")
    ('44,407 (doubted)', '4,407')
    """
    return f"{text} ({note})" if note else text


def position(period: str, *, flow: bool = False) -> Fraction:
    """Return where a period lies on the axis of time, in years.

    What was counted at one time (a stock) stands at the end of what its period names, so that
    "2012" and "2012-12-31" are one place; what happened during a period (a flow) in its middle.

    >>> position("2012"), position("2012-12"), position("2012-12-31"), position("2012-06")
    (Fraction(2013, 1), Fraction(2013, 1), Fraction(2013, 1), Fraction(4025, 2))
    >>> position("2012", flow=True)
    Fraction(4025, 2)
    """
    first, last = period.split("/")[0], period.split("/")[-1]
    end = _span(last)[1]
    return (_span(first)[0] + end) / 2 if flow else end


def _span(period: str) -> tuple[Fraction, Fraction]:
    """Return the beginning and the end of a year, a month or a day."""
    year, *rest = (int(part) for part in period.split("-"))
    if not rest:
        return Fraction(year), Fraction(year + 1)
    month = year + Fraction(rest[0] - 1, MONTHS)
    if len(rest) == 1:
        return month, month + Fraction(1, MONTHS)
    day = Fraction(1, MONTHS * monthrange(year, rest[0])[1])
    return month + (rest[1] - 1) * day, month + rest[1] * day


def worth_drawing(marks: Iterable[Mark]) -> bool:
    """Tell whether there are at least three points; two numbers are better said than drawn."""
    return len({(m.label, m.figure.period, m.value) for m in marks}) >= FEWEST


def highest(marks: Sequence[Mark]) -> Fraction:
    """Return the highest value to be drawn to scale: all, or all but a few far above the others."""
    ordered = sorted(m.value for m in marks)
    for place in range(len(ordered) - 1, 1, -1):
        few = len(ordered) - place <= max(1, len(ordered) // 5)
        if few and ordered[place] > FAR_ABOVE * ordered[place - 1] > 0:
            return ordered[place - 1]
    return ordered[-1]


def runs(marks: Iterable[Mark]) -> list[list[Mark]]:
    """Return the figures of one series in parts that a line may join.

    A line never leads across a change of territory, nor through figures that are doubted or are
    roundings of speech.
    """
    parts: list[list[Mark]] = [[]]
    for mark in sorted(marks, key=lambda m: m.at):
        unsure = mark.doubted or mark.figure.printing in SPOKEN
        before = parts[-1][-1].figure.territory if parts[-1] else mark.figure.territory
        if unsure or before != mark.figure.territory:
            parts.append([])
        if not unsure:
            parts[-1].append(mark)
    return [part for part in parts if len(part) > 1]


def breaks(marks: Iterable[Mark]) -> list[Fraction]:
    """Return the places in time between two figures of one group that are of two territories."""
    groups: dict[str, list[Mark]] = {}
    for mark in sorted(marks, key=lambda m: m.at):
        groups.setdefault(mark.group or mark.publisher, []).append(mark)
    return sorted(
        {
            (earlier.at + later.at) / 2
            for group in groups.values()
            for earlier, later in pairwise(group)
            if earlier.figure.territory != later.figure.territory
        }
    )
