"""The ledger of a page: every figure it shows, numbered, with its line of descent.

A figure is entered when it is written; a derived figure enters the printed figures it rests on as
well, so that a reader comes from any number to who printed what, and where.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from kumkm_analysis import markup, numerals
from kumkm_analysis.figures import Figure
from kumkm_analysis.metrics import observed
from kumkm_analysis.vocabulary import locator, word

if TYPE_CHECKING:
    from kumkm_analysis.dataset import Dataset

COUNTS = {
    "sources": {"id": "jumlah sumber", "en": "number of sources"},
    "distance": {"id": "selisih terhadap pembanding", "en": "distance from the comparison"},
}


def machine_value(figure: Figure) -> str:
    """Return the value for machines: an exact decimal where there is one, else 17 digits."""
    return exact(figure.value) if figure.value is not None else ""


def exact(value: Fraction) -> str:
    """Return a fraction as a plain decimal, exact when it has one and to 17 digits otherwise.

    >>> exact(Fraction(2143000000000)), exact(Fraction(1, 8)), exact(Fraction(2, 3))
    ('2143000000000', '0.125', '0.66666666666666663')
    """
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    if rest == 1:
        places = 0
        while (value * 10**places).denominator != 1:
            places += 1
        digits = str(abs((value * 10**places).numerator)).rjust(places + 1, "0")
        sign = "-" if value < 0 else ""
        return f"{sign}{digits[:-places]}.{digits[-places:]}"
    return f"{float(value):.17g}"


class Ledger:
    """Numbers the figures of one page in the order in which they first appear."""

    def __init__(self, data: Dataset, language: str) -> None:
        self.data = data
        self.language = language
        self._numbers: dict[tuple[object, ...], int] = {}
        self._figures: list[Figure] = []

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures of the page, in the order of their numbers."""
        return tuple(self._figures)

    def number(self, figure: Figure) -> int:
        """Enter a figure (and what it rests on) and return its number, from 1."""
        if figure.key not in self._numbers:
            self._figures.append(figure)
            self._numbers[figure.key] = len(self._figures)
            if figure.kind != "observed":
                for i in figure.observations:
                    self.number(observed(self.data, self.data.observations[i], figure.reading))
        return self._numbers[figure.key]

    def link(self, figure: Figure, shown: str) -> str:
        """Return the figure as it stands on the page, leading to its evidence."""
        return markup.figure(self.number(figure), machine_value(figure), shown)

    def title(self, name: str) -> str:
        """Return the title of an indicator, metric or count in the language of the page."""
        for table in (self.data.metrics, self.data.indicators):
            if name in table:
                return table[name].title(self.language)
        # A package may describe less than the notebooks ask for: the code stands for its title.
        return COUNTS[name][self.language] if name in COUNTS else name.replace("_", " ")

    def html(self) -> str:
        """Return the list of evidence, one line a figure."""
        for figure in self.figures:
            self.number(figure)
        items = [(n, self._line(figure)) for n, figure in enumerate(self.figures, start=1)]
        return markup.evidence(
            word("evidence", self.language), word("evidence_lead", self.language), items
        )

    def _line(self, figure: Figure) -> str:
        region = self.data.regions[figure.region].title(self.language)
        what = markup.text(_capital(f"{self.title(figure.name)}, {region}"))
        if figure.category:
            what += markup.text(f", {self._terms(figure.category)}")
        period = (
            numerals.format_period(figure.period, self.language)
            if figure.period
            else word("no_period", self.language)
        )
        if figure.kind == "count":
            head = f"{what}: {markup.text(figure.text(self.language, style='table'))}"
            return f"{head}; {word('counted_from', self.language)} {self._inputs(figure)}."
        value = markup.text(figure.text(self.language))
        head = f"<b>{what}</b>, {markup.text(period)}: {value}"
        if not figure.interval.is_exact and figure.value is not None:
            head += f" ({markup.text(figure.between(self.language))})"
        descent = self._printed if figure.kind == "observed" else self._derived
        return f"{head}. {descent(figure)}"

    def _printed(self, figure: Figure) -> str:
        observation = self.data.observations[figure.observations[0]]
        source = self.data.sources[observation.source_id]
        published = (
            numerals.format_period(source.published, self.language)
            if source.published
            else word("undated_text", self.language)
        )
        token = word("printed_as", self.language, token=observation.as_printed)
        place = locator(observation.locator, self.language)
        parts = [
            markup.cite(source.publisher),
            f"“{markup.link(source.url, source.title)}”",
            markup.text(published),
            markup.text(place),
            markup.text(token),
        ]
        code = observation.printing
        printing = self.data.code_title("observations", "printing", code, self.language)
        parts.append(markup.text(printing))
        if observation.period_basis == "publication":
            parts.append(markup.text(word("now_text", self.language)))
        return ", ".join(p for p in parts if p) + "."

    def _derived(self, figure: Figure) -> str:
        definition = self.data.metrics.get(figure.name)
        parts = []
        if definition is not None:
            formula = self._formula(definition.formula)
            parts.append(markup.text(f"{word('formula', self.language)}: {formula}"))
        parts.append(f"{word('computed_from', self.language)} {self._inputs(figure)}")
        if not figure.coherent:
            parts.append(word("mixed_sources", self.language))
        return _capital("; ".join(parts)) + "."

    def _formula(self, formula: str) -> str:
        """Return a formula with the titles of its indicators and the signs of print."""

        def title(match: re.Match[str]) -> str:
            indicator = self.data.indicators.get(match[0])
            return indicator.title(self.language) if indicator else match[0]

        signs = formula.replace("100000", "{hundred_thousand}").replace("100", "{hundred}")
        signs = signs.format(
            hundred_thousand=numerals.format_number(100_000, self.language),
            hundred=numerals.format_number(100, self.language),
        )
        signs = signs.replace(" * ", " × ").replace(" / ", " ÷ ").replace(" - ", " \N{MINUS SIGN} ")
        return re.sub(r"[a-z]+(_[a-z]+)*", title, signs)

    def _inputs(self, figure: Figure) -> str:
        links = []
        for i in figure.observations:
            observation = self.data.observations[i]
            number = self.number(observed(self.data, observation, figure.reading))
            links.append(f'<a href="#fig-{number}">{markup.text(observation.as_printed)}</a>')
        return ", ".join(links)

    def _terms(self, category: str) -> str:
        labels = []
        for part in category.split(";"):
            term = self.data.terms.get(part.replace("=", "."))
            labels.append(term.title(self.language) if term else part)
        return ", ".join(labels)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
