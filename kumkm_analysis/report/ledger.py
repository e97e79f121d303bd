"""The ledger of a page: every figure it shows, numbered, and the texts in which they stand.

A figure is entered when it is written; a derived figure enters the printed figures it rests on as
well, so that a reader comes from any number to who printed what, and where.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kumkm_analysis import paths
from kumkm_analysis.metrics.compute import observed
from kumkm_analysis.metrics.doubts import NONE, Doubts
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.report.phrases import phrases, word

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Observation, Source

MOST_COUNTED = 4  # printed figures that a card names one by one
PLACES = ("sentence", "table", "chart")


class Ledger:
    """Numbers the figures of one page in the order in which they first appear.

    On a page that is published their ids are plain (``f12``) and the same from run to run. Where a
    notebook is run by hand they begin with a token of this very report, so that no number opens
    the source of another, though two notebooks or an earlier run stand beside it.
    """

    def __init__(self, data: Dataset, language: str, doubts: Doubts = NONE) -> None:
        self.data = data
        self.doubts = doubts
        self.language = language
        self.published = paths.publishing()
        self._token = "" if self.published else f"k{secrets.token_hex(4)}-"
        self._numbers: dict[tuple[object, ...], int] = {}
        self._figures: list[Figure] = []
        self._places: dict[int, set[str]] = {}
        self._sources: dict[str, int] = {}

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures of the page, in the order of their numbers."""
        return tuple(self._figures)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that the page lists."""
        for figure in self._figures:
            if figure.kind == "observed":
                self.source(self.source_of(figure).source_id)
        return tuple(self._sources)

    def number(self, figure: Figure) -> int:
        """Enter a figure (and what it rests on) and return its number, from 1.

        Of an official table only the figures that are shown are entered: what rests on others names
        them, and their table. A count of many figures enters none of them.
        """
        key = _key(figure)
        if key not in self._numbers:
            self._figures.append(figure)
            self._numbers[key] = len(self._figures)
            if figure.kind != "observed" and not counts_many(figure):
                for i in figure.observations:
                    if not self.tabled(i):
                        self.number(self.printed(i, figure.reading))
        return self._numbers[key]

    def number_of(self, figure: Figure) -> int | None:
        """Return the number of a figure if the page has it."""
        return self._numbers.get(_key(figure))

    def stands(self, figures: Iterable[Figure], place: str) -> None:
        """Take note that figures stand in a ``sentence``, a ``table`` or a ``chart``."""
        for figure in figures:
            self._places.setdefault(self.number(figure), set()).add(place)

    def places(self, number: int) -> list[str]:
        """Return where a figure stands; nowhere when another one only rests on it."""
        return [place for place in PLACES if place in self._places.get(number, ())]

    def anchor(self, number: int) -> str:
        """Return the id of a figure's card."""
        return f"{self._token}f{number}"

    def source(self, source_id: str) -> str:
        """Return the id under which the page lists a source."""
        number = self._sources.setdefault(source_id, len(self._sources) + 1)
        return f"{self._token}s{number}"

    def source_of(self, figure: Figure) -> Source:
        """Return the source of a printed figure."""
        return self.data.sources[self.data.observations[figure.observations[0]].source_id]

    def tabled(self, observation_id: str) -> bool:
        """Tell whether a figure stands in an official table, one of many rows and years."""
        source = self.data.observations[observation_id].source_id
        return self.data.sources[source].kind == "statistics_office"

    def seen(self, observation_id: str, reading: str) -> Observation:
        """Return an observation as a reading sees it."""
        return self.data.under(reading).observations[observation_id]

    def printed(self, observation_id: str, reading: str) -> Figure:
        """Return a printed figure as a reading sees it, with what is known against it."""
        seen = self.seen(observation_id, reading)
        return observed(self.data, seen, reading).known_by(self.doubts)

    def title(self, name: str) -> str:
        """Return the title of an indicator, metric or count in the language of the page."""
        for table in (self.data.metrics, self.data.indicators):
            if name in table:
                return table[name].title(self.language)
        # A package may describe less than the notebooks ask for: the code stands for its title.
        known = f"counts.{name}" in phrases()
        if known:
            return word(f"counts.{name}", self.language)
        return self.data.settings.in_words(name.replace("_", " "), self.language)

    def label(self, figure: Figure) -> str:
        """Return what a number is: a ratio of two figures on capital is not called capital."""
        title = self.title(figure.name)
        if figure.unit == "points":
            return f"{word('words.points', self.language)}, {title}"
        if figure.kind == "derived" and figure.name in self.data.indicators:
            own = self.data.indicators[figure.name].unit
            if figure.unit in ("ratio", "percent") and figure.unit != own:
                return word(f"words.{figure.unit}_of", self.language, what=title)
        made = figure.value is not None and figure.name in self.data.indicators
        kind = {"repair": "conjecture", "derived": "computed"}.get(figure.kind) if made else None
        return f"{title} ({word(f'words.{kind}', self.language)})" if kind else title

    def full_label(self, figure: Figure) -> str:
        """Return what a number is and of which part: register and breakdown in brackets."""
        register = f"register={figure.register}" if figure.register else ""
        of = ", ".join(self.terms(part) for part in (register, figure.category) if part)
        return f"{self.label(figure)} ({of})" if of else self.label(figure)

    def terms(self, category: str) -> str:
        """Return a breakdown in words."""
        labels = []
        for part in category.split(";"):
            term = self.data.terms.get(part.replace("=", "."), None)
            labels.append(term.title(self.language) if term else part)
        return ", ".join(labels)

    def contradictions(self, figure: Figure) -> tuple[Figure, ...]:
        """Return what other texts print for the very same thing that cannot be reconciled."""
        own = self.data.observations[figure.observations[0]]
        if not own.reference_period:
            return ()
        same = self.data.select(
            region=own.region_id,
            indicator=own.indicator_id,
            period=own.reference_period,
            category=own.category,
        )
        return tuple(
            self.printed(other.observation_id, figure.reading)
            for other in same
            if other.reference_period == own.reference_period
            and (other.register, other.status) == (own.register, own.status)
            and not other.interval.meets(own.interval)
        )


def counts_many(figure: Figure) -> bool:
    """Tell whether a figure counts so many others that its card cannot name them."""
    return figure.kind == "count" and len(figure.observations) > MOST_COUNTED


def _key(figure: Figure) -> tuple[object, ...]:
    """Return what makes a line of evidence: a printed figure is one under every reading.

    Conjectures differ by their value, and what follows from figures by how far they are written.
    """
    if figure.kind == "observed":
        return figure.replace(reading="").key
    return (*figure.key, figure.value, figure.unit, figure.interval)
