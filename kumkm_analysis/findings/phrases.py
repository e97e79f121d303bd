"""The words of the findings, and sentences of two languages whose numbers are Figures.

All words stand in ``phrases.toml``. A sentence keeps a placeholder for every figure, so that on a
page each number leads to its evidence.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
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
MOST_DIGITS = 3  # more decimals than printed that a difference may need to be seen
Words = Mapping[str, str]  # one text in each language


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return all phrases by their key, each in both languages."""
    found: dict[str, Mapping[str, str]] = {}

    def collect(prefix: str, table: Mapping[str, Any]) -> None:
        for name, value in table.items():
            if "id" in value and isinstance(value["id"], str):
                found[prefix + name] = value
            else:
                collect(f"{prefix}{name}.", value)

    collect("", tomllib.loads(Path(__file__).with_name("phrases.toml").read_text("utf-8")))
    return found


def phrase(key: str, language: str, **parts: str) -> str:
    """Return a phrase with its words put in; a :class:`Name` stays a placeholder.

    >>> phrase("repair.rules", "en", n="2", of="3"), phrase("place", "id", region="A", when="B")
    ('satisfies 2 of 3 rules', 'di A B')
    """
    return texts()[key][language].format(**parts)


def title(code: str, language: str) -> str:
    """Return a kind or a severity of findings in words.

    >>> title("hard", "en"), title("conflict", "id")
    ('cannot be right', 'pertentangan antarangka')
    """
    known = texts()
    return known.get(f"kind.{code}", known.get(f"severity.{code}", {}))[language]


class Name(str):
    """The name of a figure: in a phrase it becomes a placeholder, ``{n0}`` or ``{n0:when}``."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return "{" + str(self) + (f":{spec}" if spec else "") + "}"


@dataclass
class Wording:
    """A sentence in the making: its text in both languages, and the figures that it names."""

    data: Dataset
    texts: dict[str, str] = field(default_factory=lambda: dict.fromkeys(LANGUAGES, ""))
    parts: dict[str, Figure] = field(default_factory=dict)

    def add(self, key: str, **parts: str | Words) -> None:
        """Append a phrase; a part is a figure's name, or a text in each language."""
        said = self.say(key, **parts)
        for language in LANGUAGES:
            self.texts[language] = f"{self.texts[language]} {said[language]}".strip()

    def say(self, key: str, **parts: str | Words) -> dict[str, str]:
        """Return a phrase in each language, fit to be a part of another."""
        return {
            k: phrase(key, k, **{n: p if isinstance(p, str) else p[k] for n, p in parts.items()})
            for k in LANGUAGES
        }

    def figure(self, o: Observation) -> Name:
        """Enter a printed figure and return its name."""
        name = Name(f"n{len(self.parts)}")
        self.parts[name] = observed(self.data, o, "")
        return name

    def derived(
        self, value: Fraction, span: Interval, unit: str, rows: Sequence[Observation],
        like: Observation | None = None,
    ) -> Name:  # fmt: skip
        """Enter a figure that follows from printed ones and return its name.

        It is written ``like`` the printed figure that it is set against: a sum down to its last
        digit, a percentage with as many digits more as make the difference visible.
        """
        name = Name(f"n{len(self.parts)}")
        last = rows[-1]
        self.parts[name] = Figure(
            name=last.indicator_id, kind="derived", value=value, interval=span,
            unit=counted_in(self.data, last.indicator_id, unit), region=last.region_id,
            period=last.reference_period, reading="",
            observations=tuple(o.observation_id for o in rows), category=last.category,
            register=last.register, digits=3,
            printed=None if like is None else _written_like(value, rows, like),
        )  # fmt: skip
        return name


def _written_like(value: Fraction, rows: Sequence[Observation], like: Observation) -> Printed:
    number = Decimal(value.numerator) / Decimal(value.denominator)
    last = like.printed.last_digit
    if like.unit != "percent":
        last = min(o.printed.last_digit for o in (*rows, like))
        return replace(like.printed, value=number, last_digit=last)
    shown = number
    for _ in range(MOST_DIGITS):
        last /= 10
        shown = number.quantize(last)
        if shown != like.value:
            break
    return replace(like.printed, value=shown, last_digit=last)


def subject(data: Dataset, o: Observation) -> dict[str, str]:
    """Return what a figure counts, with its breakdown and register."""
    words = {}
    for language in LANGUAGES:
        name = data.indicators[o.indicator_id].title(language)
        labels = [
            term.title(language) if (term := data.terms.get(p.replace("=", "."))) else p
            for p in o.breakdown.split(";")
            if p
        ]
        words[language] = literal(f"{name} ({', '.join(labels)})" if labels else name)
    return words


def area(data: Dataset, region: str) -> dict[str, str]:
    """Return the name of a region as it stands within a sentence."""
    return {k: the(literal(data.regions[region].title(k)), k) for k in LANGUAGES}


def place(data: Dataset, o: Observation) -> dict[str, str]:
    """Return where and when of a figure: ``in East Kalimantan in 2012``."""
    region = area(data, o.region_id)
    return {
        k: phrase("place", k, region=region[k], when=when(o.reference_period, k)) for k in LANGUAGES
    }


def head(data: Dataset, o: Observation) -> dict[str, str]:
    """Return the opening of a sentence on a figure."""
    what, where = subject(data, o), place(data, o)
    return {k: capital(f"{what[k]} {where[k]}") for k in LANGUAGES}


def topic(data: Dataset, o: Observation) -> dict[str, str]:
    """Return the opening of a sentence on several periods: what is counted, and where."""
    what, region = subject(data, o), area(data, o.region_id)
    where = {k: phrase("place", k, region=region[k], when="").strip() for k in LANGUAGES}
    return {k: capital(f"{what[k]} {where[k]}") for k in LANGUAGES}


def source(data: Dataset, rows: Iterable[Observation]) -> dict[str, str]:
    """Return who reports some figures, each publisher once, with the count of its texts."""
    known: dict[str, set[str]] = {}
    for o in rows:
        known.setdefault(data.sources[o.source_id].publisher, set()).add(o.source_id)
    words = {}
    for language in LANGUAGES:
        names = [
            publisher if len(ids) == 1
            else phrase("texts.two" if len(ids) == 2 else "texts.several", language, who=publisher)
            for publisher, ids in known.items()
        ]  # fmt: skip
        words[language] = literal(join(names, language))
    return words


def joined(names: Iterable[str], language: str) -> str:
    """Return names in a list of the language, each once."""
    return join(list(dict.fromkeys(names)), language)


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
