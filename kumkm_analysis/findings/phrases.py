"""The words of the findings, and sentences whose numbers are Figures.

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
from typing import TYPE_CHECKING, Any, Literal

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.numerals import LOCALES, Printed
from kumkm_analysis.dataset.records import Observation
from kumkm_analysis.dataset.vocabulary import capital, join, the, when
from kumkm_analysis.metrics.compute import counted_in, observed
from kumkm_analysis.metrics.figures import Figure

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset

LANGUAGES = tuple(LOCALES)
MOST_DIGITS = 3  # more decimals than printed that a difference may need to be seen


def read(file: Path) -> dict[str, Mapping[str, str]]:
    """Return the phrases of a file by their key, each in both languages."""
    found: dict[str, Mapping[str, str]] = {}

    def collect(prefix: str, table: Mapping[str, Any]) -> None:
        for name, value in table.items():
            if "id" in value and isinstance(value["id"], str):
                found[prefix + name] = value
            else:
                collect(f"{prefix}{name}.", value)

    collect("", tomllib.loads(file.read_text("utf-8")))
    return found


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return all phrases of the findings."""
    return read(Path(__file__).with_name("phrases.toml"))


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
    """Sentences of one language in the making, and the figures that they name."""

    data: Dataset
    language: str
    text: str = ""
    parts: dict[str, Figure] = field(default_factory=dict)

    def add(self, key: str, **parts: str) -> None:
        """Append a phrase; its parts are words and the names of figures."""
        self.text = f"{self.text} {self.say(key, **parts)}".strip()

    def say(self, key: str, **parts: str) -> str:
        """Return a phrase, fit to be a part of another."""
        own = self.data.settings.in_words(texts()[key][self.language], self.language)
        return own.format(**parts)

    def figure(self, o: Observation, kind: str = "observed") -> Name:
        """Enter a printed figure and return its name."""
        name = Name(f"n{len(self.parts)}")
        self.parts[name] = observed(self.data, o, "").replace(kind=kind)
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

    def join(self, texts: list[str], style: Literal["standard", "or"] = "standard") -> str:
        """Return texts as a list of the language."""
        return join(texts, self.language, style)

    def subject(self, o: Observation) -> str:
        """Return what a figure counts, with its breakdown and register."""
        name = self.data.indicators[o.indicator_id].title(self.language)
        known = (
            (p, self.data.terms.get(p.replace("=", "."), None)) for p in o.breakdown.split(";") if p
        )
        labels = [term.title(self.language) if term else part for part, term in known]
        return literal(f"{name} ({', '.join(labels)})" if labels else name)

    def area(self, region: str) -> str:
        """Return the name of a region as it stands within a sentence."""
        return the(literal(self.data.regions[region].title(self.language)), self.language)

    def place(self, o: Observation, dated: bool = True) -> str:
        """Return where and, if wanted, when of a figure: ``in East Kalimantan in 2012``."""
        day = when(o.reference_period, self.language) if dated else ""
        return self.say("place", region=self.area(o.region_id), when=day)

    def head(self, o: Observation, dated: bool = True) -> str:
        """Return the opening of a sentence on a figure, or undated on several periods."""
        return capital(f"{self.subject(o)} {self.place(o, dated)}".strip())

    def who(self, sources: Iterable[str]) -> str:
        """Return who publishes some sources, each once, with the count of its texts."""
        known: dict[str, set[str]] = {}
        for source in sources:
            known.setdefault(self.data.sources[source].publisher, set()).add(source)
        names = [
            who if len(ids) == 1
            else self.say("texts.two" if len(ids) == 2 else "texts.several", who=who)
            for who, ids in known.items()
        ]  # fmt: skip
        return literal(self.join(names))


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
        if format_spec == "when":
            return when(value.period, self.language)
        return str(value.text(self.language))
