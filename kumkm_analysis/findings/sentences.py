"""Findings in words: sentences of two languages whose numbers are Figures."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.numerals import Printed
from kumkm_analysis.dataset.records import Observation
from kumkm_analysis.dataset.vocabulary import capital, join, the, when
from kumkm_analysis.metrics.compute import counted_in, observed
from kumkm_analysis.metrics.figures import Figure

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset

LANGUAGES = ("id", "en")


@dataclass
class Wording:
    """A sentence in the making: its text in both languages, and the figures that it names."""

    data: Dataset
    texts: dict[str, str] = field(default_factory=lambda: dict.fromkeys(LANGUAGES, ""))
    parts: dict[str, Figure] = field(default_factory=dict)

    def add(self, id: str, en: str, **parts: Figure) -> None:
        """Append a sentence; literal braces are not allowed in it."""
        for language, text in (("id", id), ("en", en)):
            self.texts[language] = f"{self.texts[language]} {text}".strip()
        self.parts.update(parts)

    def figure(self, o: Observation) -> str:
        """Enter a printed figure and return the name of its placeholder."""
        name = f"n{len(self.parts)}"
        self.parts[name] = observed(self.data, o, "")
        return name

    def derived(
        self, value: Fraction, span: Interval, unit: str, rows: Sequence[Observation],
        like: Observation | None = None,
    ) -> str:  # fmt: skip
        """Enter a figure that follows from printed ones and return its placeholder.

        A sum is written ``like`` the printed figure that it is set against, down to its last digit.
        """
        name = f"n{len(self.parts)}"
        first = rows[-1]
        self.parts[name] = Figure(
            name=first.indicator_id, kind="derived", value=value, interval=span,
            unit=counted_in(self.data, first.indicator_id, unit), region=first.region_id,
            period=first.reference_period,
            reading="", observations=tuple(o.observation_id for o in rows),
            category=first.category, register=first.register, digits=3,
            printed=_written_like(value, rows, like) if like is not None else None,
        )  # fmt: skip
        return name


def _written_like(
    value: Fraction, rows: Sequence[Observation], like: Observation
) -> Printed | None:
    """Return an exact sum in the manner of a printed figure."""
    finest = min(o.printed.last_digit for o in (*rows, like))
    number = Decimal(value.numerator) / Decimal(value.denominator)
    return replace(like.printed, value=number, last_digit=finest)


def subject(data: Dataset, o: Observation, language: str) -> str:
    """Return what a figure counts, with its breakdown and register."""
    title = data.indicators[o.indicator_id].title(language)
    labels = [
        term.title(language) if (term := data.terms.get(p.replace("=", "."))) else p
        for p in o.breakdown.split(";")
        if p
    ]
    return literal(f"{title} ({', '.join(labels)})" if labels else title)


def place(data: Dataset, o: Observation, language: str) -> str:
    """Return where and when of a figure: ``in East Kalimantan in 2012``."""
    region = literal(data.regions[o.region_id].title(language))
    at = f"di {region}" if language == "id" else f"in {the(region, language)}"
    return f"{at} {when(o.reference_period, language)}"


def head(data: Dataset, o: Observation, language: str) -> str:
    """Return the opening of a sentence on a figure."""
    return capital(f"{subject(data, o, language)} {place(data, o, language)}")


def source(data: Dataset, rows: Iterable[Observation], language: str) -> str:
    """Return who prints some figures, each publisher once, with the count of its texts."""
    texts: dict[str, set[str]] = {}
    for o in rows:
        publisher = data.sources[o.source_id].publisher
        texts.setdefault(publisher, set()).add(o.source_id)
    names = []
    for publisher, ids in texts.items():
        several = ("dua teks", "two texts") if len(ids) == 2 else ("beberapa teks", "several texts")
        suffix = f", {several[0 if language == 'id' else 1]}" if len(ids) > 1 else ""
        names.append(publisher + suffix)
    return literal(join(names, language))


def literal(text: str) -> str:
    """Return a text of the data as it must stand in a sentence with placeholders."""
    return text.replace("{", "{{").replace("}", "}}")


def fill(text: str, parts: Mapping[str, Figure], language: str) -> str:
    """Return a sentence in plain words, its figures as print bears them."""
    return _Plain(language).vformat(text, (), parts)


class _Plain(string.Formatter):
    """Fills placeholders with figures in words."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one figure."""
        if format_spec == "interval":
            return str(value.between(self.language))
        if format_spec == "when":
            return when(value.period, self.language)
        return str(value.text(self.language))
