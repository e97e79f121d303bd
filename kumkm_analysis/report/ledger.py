"""The ledger of a page: every figure it shows, numbered, with its line of descent.

A figure is entered when it is written; a derived figure enters the printed figures it rests on as
well, so that a reader comes from any number to who printed what, and where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kumkm_analysis.dataset import numerals
from kumkm_analysis.dataset.vocabulary import LACKING, capital, join, locator, the
from kumkm_analysis.metrics.compute import observed
from kumkm_analysis.metrics.doubts import NONE, Doubts
from kumkm_analysis.metrics.figures import Figure, machine_value
from kumkm_analysis.report import html as markup
from kumkm_analysis.report.phrases import phrases, word

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Observation, Source

COUNTED = frozenset({"findings", "texts", "publishers"})
TERM = re.compile(
    r"[a-z]+(?:_[a-z]+)*(?:\[[^]]*\])?"
)  # an indicator, or a part of one, in a formula


class Ledger:
    """Numbers the figures of one page in the order in which they first appear."""

    def __init__(self, data: Dataset, language: str, doubts: Doubts = NONE) -> None:
        self.data = data
        self.doubts = doubts
        self.language = language
        self._numbers: dict[tuple[object, ...], int] = {}
        self._figures: list[Figure] = []
        self._sources: dict[str, int] = {}

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures of the page, in the order of their numbers."""
        return tuple(self._figures)

    def number(self, figure: Figure) -> int:
        """Enter a figure (and what it rests on) and return its number, from 1."""
        key = _key(figure)
        if key not in self._numbers:
            self._figures.append(figure)
            self._numbers[key] = len(self._figures)
            if figure.kind != "observed":
                for i in figure.observations:
                    self.number(observed(self.data, self._seen(i, figure.reading), figure.reading))
        return self._numbers[key]

    def link(self, figure: Figure, shown: str, more: str = "") -> str:
        """Return the figure as it stands on the page, opening its evidence."""
        return markup.figure(self.number(figure), machine_value(figure), shown, more)

    def title(self, name: str) -> str:
        """Return the title of an indicator, metric or count in the language of the page."""
        for table in (self.data.metrics, self.data.indicators):
            if name in table:
                return table[name].title(self.language)
        # A package may describe less than the notebooks ask for: the code stands for its title.
        return (
            word(f"counts.{name}", self.language)
            if f"counts.{name}" in phrases()
            else (name.replace("_", " "))
        )

    def html(self) -> str:
        """Return the list of evidence: printed figures by source, then what was made of them."""
        lines = {
            number: markup.evidence_line(number, self._line(figure))
            for number, figure in enumerate(self.figures, start=1)
        }
        sources: dict[str, list[str]] = {}
        made: dict[tuple[str, str, str], list[str]] = {}
        heads: dict[tuple[str, str, str], tuple[str, str]] = {}
        for number, figure in enumerate(self.figures, start=1):
            if figure.kind == "observed":
                sources.setdefault(self._source(figure).source_id, []).append(lines[number])
            else:
                rule = (figure.kind, figure.name, figure.reading)
                heads.setdefault(rule, (self._rule(figure), self._told(figure)))
                made.setdefault(rule, []).append(lines[number])
        ordered = sorted(
            (self.data.sources[i] for i in sources),
            key=lambda s: (s.publisher.casefold(), s.published, s.source_id),
        )
        printed = [
            markup.evidence_group(self.source(s.source_id), self._head(s), sources[s.source_id])
            for s in ordered
        ]
        computed = [markup.rule_group(*heads[rule], group) for rule, group in made.items()]
        titles = (
            word("words.printed_figures", self.language),
            word("words.computed_figures", self.language),
        )
        return markup.evidence(
            word("words.evidence", self.language),
            word("words.evidence_lead", self.language),
            [part for part in zip(titles, (printed, computed), strict=True) if part[1]],
        )

    def _line(self, figure: Figure) -> str:
        """Return all that is known of a figure, first what it says and of what."""
        shown = figure.text(self.language, style="table")
        if not figure.interval.is_exact and figure.value is not None:
            shown += f" ({figure.between(self.language, style='table')})"
        title = markup.text(self.title(figure.name))
        what = f", {self.data.regions[figure.region].title(self.language)}"
        if figure.register:
            what += f", {self._terms(f'register={figure.register}')}"
        if figure.category:
            what += f", {self._terms(figure.category)}"
        if figure.kind != "count":
            what += f", {self._period(figure.period)}"
        if figure.unit == "points":
            title = f"{word('words.points', self.language)}, {title}"
        head = f"<b>{markup.text(shown)}</b> {title}{markup.text(what)}"
        descents = {
            "observed": self._printed,
            "count": self._counted,
            "repair": self._conjecture,
        }
        descent = descents.get(figure.kind, self._derived)
        return f"{head}{descent(figure)}"

    def _printed(self, figure: Figure) -> str:
        """Return who printed a figure, how and where, and who prints something else."""
        observation = self._seen(figure.observations[0], figure.reading)
        source = self._source(figure)
        printed = self.data.observations[observation.observation_id].as_printed
        parts = [markup.quote(printed, _other(source, self.language))]
        if not figure.interval.is_exact:
            code = observation.printing
            printing = self.data.code_title("observations", "printing", code, self.language)
            parts.append(markup.text(printing))
        if observation.period_basis == "publication":
            parts.append(markup.text(word("words.now_text", self.language)))
        if observation.repaired_by:
            parts.append(markup.text(self._repaired(observation)))
        place = locator(observation.locator, self.language)
        parts += [markup.text(place)] if place else []
        html = f": {', '.join(parts)}. {self._source_link(source)}"
        against = [self._otherwise(other) for other in self.contradictions(figure)]
        if against:
            html += f"<br>{word('words.others_print', self.language)} {', '.join(against)}."
        return html

    def _seen(self, observation_id: str, reading: str) -> Observation:
        """Return an observation as a reading sees it."""
        return self.data.under(reading).observations[observation_id]

    def _repaired(self, observation: Observation) -> str:
        """Return that a reading repairs a figure, by which choice and why."""
        choice = self.data.readings[observation.repaired_by]
        reason = choice.reason_id if self.language == "id" else choice.reason_en
        return word(
            "words.repaired_reading",
            self.language,
            token=observation.as_printed,
            choice=choice.choice_id,
            reason=reason.rstrip("."),
        )

    def _conjecture(self, figure: Figure) -> str:
        """Return what a conjectured repair would stand in place of."""
        places = [
            f"{self._openers([o.observation_id], figure.reading)} ({self._place(o, source=True)})"
            for o in (self._seen(i, figure.reading) for i in figure.observations)
        ]
        return f": {word('words.conjecture_for', self.language)} {', '.join(places)}."

    def contradictions(self, figure: Figure) -> tuple[Figure, ...]:
        """Return what other sources print for the very same thing that cannot be reconciled."""
        own = self.data.observations[figure.observations[0]]
        return tuple(
            observed(self.data, other, figure.reading)
            for other in self.data.select(
                region=own.region_id,
                indicator=own.indicator_id,
                period=own.reference_period,
                category=own.category,
            )
            if own.reference_period
            and other.reference_period == own.reference_period
            and (other.register, other.status) == (own.register, own.status)
            and not other.interval.meets(own.interval)
        )

    def _otherwise(self, other: Figure) -> str:
        """Return what another source prints; it opens its evidence when it is on the page too."""
        shown = other.text(self.language, style="table")
        number = self._numbers.get(_key(other))
        value = markup.opener(markup.anchor(number), shown) if number else markup.text(shown)
        return f"{value} ({markup.text(self._source(other).publisher)})"

    def _derived(self, figure: Figure) -> str:
        """Return the formula with the printed figures put in, and where those stand.

        Formula and reading are those of its group: see :meth:`_told`.
        """
        seen = [self._seen(i, figure.reading) for i in figure.observations]
        one_source = len({o.source_id for o in seen}) == 1
        one_place = one_source and len({o.locator for o in seen}) == 1
        inputs: dict[str, list[str]] = {}
        for o in seen:
            token = self._openers([o.observation_id], figure.reading)
            place = "" if one_place else self._place(o, source=not one_source)
            said = f"{token} ({place})" if place else token
            inputs.setdefault(o.indicator_id, []).append(said)
            inputs.setdefault(f"{o.indicator_id}[{o.category}]", []).append(said)
        definition = self.data.metrics.get(figure.name)
        if definition is None:
            tokens = (t for name, found in inputs.items() if "[" not in name for t in found)
            made = f": {word('words.computed_from', self.language)} {', '.join(tokens)}"
        else:
            made = f" = {self._formula(definition.formula, lambda i: ', '.join(inputs.get(i, ())))}"
        if one_place and self._place(seen[0]):
            made += f", {self._place(seen[0])}"
        if not figure.coherent:
            made += f"; {word('words.mixed_sources', self.language)}"
        made += "."
        if one_source:
            made += f" {self._source_link(self.data.sources[seen[0].source_id])}"
        return f"{made}{markup.aside(self._disputed(figure, seen))}"

    def _place(self, observation: Observation, *, source: bool = False) -> str:
        """Return where in its source a figure stands, on demand with the source before it.

        That copies of the source lack the place is said in the figure's own card.
        """
        found = [self._source_link(self.data.sources[observation.source_id])] if source else []
        place = observation.locator.removesuffix(f", {LACKING}")
        found += [markup.text(locator(place, self.language))]
        return ", ".join(part for part in found if part)

    def _disputed(self, figure: Figure, seen: Sequence[Observation]) -> str:
        """Return which inputs of a figure other sources print otherwise.

        A metric may rest on a figure that only bounds it; that one is not in its formula. What a
        hull takes in differs within it, not from it.
        """
        definition = self.data.metrics.get(figure.name)
        terms = None if definition is None else set(TERM.findall(definition.formula))
        cells = {term.partition("[")[0] for term in terms or ()}
        inputs = [o for o in seen if terms is None or o.indicator_id in cells]
        printed = (observed(self.data, o, figure.reading) for o in inputs)
        within = set(figure.observations)
        what = dict.fromkeys(
            self.title(f.name)
            for f in printed
            if any(not within.issuperset(other.observations) for other in self.contradictions(f))
        )
        if not what:
            return ""
        listed = join(list(what), self.language)
        return markup.text(word("words.others_differ", self.language, what=listed)) + "."

    def _told(self, figure: Figure) -> str:
        """Return formula and reading as every card of a group says them, in plain text."""
        parts = []
        definition = self.data.metrics.get(figure.name)
        if definition is not None:
            formula = self._formula(definition.formula, self._cell_title)
            parts.append(capital(formula))
        if figure.reading:
            parts.append(capital(self._reading(figure.reading)))
        return " ".join(f"{part}." for part in parts)

    def _named(self, cell: str) -> str:
        return markup.text(self._cell_title(cell))

    def _cell_title(self, cell: str) -> str:
        """Return the title of an indicator, or of a part of one (``grdp[price=current]``)."""
        indicator, _, category = cell.removesuffix("]").partition("[")
        title = self.data.indicators[indicator].title(self.language)
        return f"{title} ({self._terms(category)})" if category else title

    def _reading(self, reading: str) -> str:
        """Return a reading by its title in the language of the page."""
        titles = self.data.domain.readings[reading]
        title = titles[0 if self.language == "id" else 1]
        return word("words.under_reading", self.language, reading=title)

    def _rule(self, figure: Figure) -> str:
        """Return what a metric is: its formula in words, its definition, the reading it follows."""
        parts = [f"<b>{markup.text(capital(self.title(figure.name)))}</b>"]
        definition = self.data.metrics.get(figure.name)
        if definition is not None:
            parts[0] += f" = <var>{self._formula(definition.formula, self._named)}</var>"
            meaning = (
                definition.definition_id if self.language == "id" else definition.definition_en
            )
            parts += [markup.text(meaning.rstrip("."))] if meaning else []
        if figure.reading:
            parts.append(markup.text(capital(self._reading(figure.reading))))
        return ". ".join(parts) + "."

    def _counted(self, figure: Figure) -> str:
        """Return what was counted: one by one, or in a word what is all that the page lists."""
        listed = self._listed(figure.region)
        counted: dict[str, set[str]] = {}
        for i in figure.observations:
            counted.setdefault(self.data.observations[i].source_id, set()).add(i)
        whole = [s for s, ids in counted.items() if len(ids) > 1 and listed.get(s) == ids]
        rest = [i for i in figure.observations if self.data.observations[i].source_id not in whole]
        title = self.data.regions[figure.region].title(self.language)
        region = markup.text(the(title, self.language))
        said = [self._openers(rest, figure.reading)] if rest else []
        if counted == listed and len(listed) > 1:
            said = [word("words.every_figure", self.language, region=region)]
        elif whole:
            sources = "; ".join(self._source_opener(self.data.sources[s]) for s in whole)
            every = word("words.every_figure_from", self.language, region=region, sources=sources)
            said.insert(0, every)
        of = figure.name if figure.name in COUNTED else "from"
        joined = word(
            "words.and_about" if of == "findings" else "words.and_of", self.language
        ).join(said)
        return f": <span>{word(f'words.counted_{of}', self.language)} {joined}</span>."

    def _listed(self, region: str) -> dict[str, set[str]]:
        """Return the printed figures on a region that the page lists, by source."""
        found: dict[str, set[str]] = {}
        for figure in self._figures:
            if figure.kind == "observed" and figure.region == region:
                source = self._source(figure).source_id
                found.setdefault(source, set()).update(figure.observations)
        return found

    def _head(self, source: Source) -> str:
        """Return a source as a bibliography has it."""
        title = markup.link(source.url, source.title or source.url, _other(source, self.language))
        publisher = markup.text(source.publisher)
        return f"{publisher}, “{title}”, {markup.text(self._published(source))}."

    def _source_link(self, source: Source) -> str:
        """Return who printed something and when; it leads to the source, or opens its title."""
        if not markup.is_web(source.url):
            return self._source_opener(source)
        self.source(source.source_id)
        return markup.link(source.url, self._by(source))

    def _source_opener(self, source: Source) -> str:
        """Return who printed something and when; it opens title and address."""
        return markup.opener(self.source(source.source_id), self._by(source))

    def _by(self, source: Source) -> str:
        return f"{source.publisher}, {self._published(source)}"

    def _published(self, source: Source) -> str:
        if not source.published:
            return word("words.undated_text", self.language)
        return numerals.format_period(source.published, self.language)

    def _source(self, figure: Figure) -> Source:
        return self.data.sources[self.data.observations[figure.observations[0]].source_id]

    def _period(self, period: str) -> str:
        if not period:
            return word("words.no_period", self.language)
        return numerals.format_period(period, self.language)

    def _formula(self, formula: str, term: Callable[[str], str]) -> str:
        """Return a formula with the signs of print, its indicators written by ``term``."""
        signs = formula.replace("100000", "{hundred_thousand}").replace("100", "{hundred}")
        signs = signs.format(
            hundred_thousand=numerals.format_number(100_000, self.language),
            hundred=numerals.format_number(100, self.language),
        )
        signs = signs.replace(" * ", " × ").replace(" / ", " ÷ ").replace(" - ", " \N{MINUS SIGN} ")

        def written(match: re.Match[str]) -> str:
            known = match[0].partition("[")[0] in self.data.indicators
            return term(match[0]) if known else match[0]

        return TERM.sub(written, signs)

    def _openers(self, observations: Sequence[str], reading: str) -> str:
        """Return printed tokens that open their own evidence."""
        written = []
        for observation in (self._seen(i, reading) for i in observations):
            figure = observed(self.data, observation, reading)
            language = _other(self._source(figure), self.language)
            written.append(markup.opener(self._anchor(figure), observation.as_printed, language))
        return ", ".join(written)

    def _anchor(self, figure: Figure) -> str:
        return markup.anchor(self.number(figure))

    def source(self, source_id: str) -> str:
        """Return the id under which the page lists a source."""
        return f"s{self._sources.setdefault(source_id, len(self._sources) + 1)}"

    def _terms(self, category: str) -> str:
        labels = []
        for part in category.split(";"):
            term = self.data.terms.get(part.replace("=", "."))
            labels.append(term.title(self.language) if term else part)
        return ", ".join(labels)


def _key(figure: Figure) -> tuple[object, ...]:
    """Return what makes a line of evidence: a printed figure is one under every reading.

    Conjectures differ by their value, and what follows from figures by how far they are written.
    """
    if figure.kind == "observed":
        return figure.replace(reading="").key
    return (*figure.key, figure.value, figure.unit, figure.interval)


def _other(source: Source, language: str) -> str:
    """Return the language of a source where it is not that of the page."""
    return source.language if source.language != language else ""
