"""What a report knows and how it asks: figures of one region, period, language and reading.

The functions of the rooms beside it (sentences on agreement, tables, pictures, findings) take a
:class:`Page`, ask it for figures and have it say sentences; every figure that is written is entered
in its ledger, with what is known against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.numerals import format_period
from kumkm_analysis.dataset.vocabulary import capital, join, the, when
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.findings import doubts as against
from kumkm_analysis.findings import examine
from kumkm_analysis.metrics import compute
from kumkm_analysis.metrics.comparisons import Comparison, compare
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.formulas import METRICS
from kumkm_analysis.metrics.readings import Cell, Reader
from kumkm_analysis.report import html as markup
from kumkm_analysis.report.cards import Cards
from kumkm_analysis.report.ledger import Ledger
from kumkm_analysis.report.phrases import phrases, word
from kumkm_analysis.report.sentences import (
    FindingSentence,
    Part,
    Sentence,
    check_placeholders,
    placeholders,
    running_cell,
    show,
    written,
)

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Observation
    from kumkm_analysis.findings import Finding

NOWHERE = object()
UNPRINTED = frozenset({"missing", "missing_official"})  # words for what nobody prints


class Page:
    """The figures and the voice of a report."""

    def __init__(
        self, data: Dataset, region: str, period: str, language: str, reading: str
    ) -> None:
        self.data = data
        self.region = data.regions[region]
        self.period = period
        self.language = language
        self.reading = reading
        self.doubts = against.doubts(data)
        self.ledger = Ledger(data, language, self.doubts)
        self.cards = Cards(self.ledger)
        self.told: set[str] = set()  # the findings that were told
        self._sentence = 0
        self._doubted: dict[str, int] = {}  # suspects by the sentence that said why
        self._lacking: set[tuple[str, str]] = set()  # what was said to be missing, and why
        self._lacking_at: object = NOWHERE  # the cell in which nothing was said since

    # ---- figures ----

    def figure(self, indicator: str, category: str = "") -> Figure | Missing:
        """Return the printed figure that the reading lets speak, or what is missing (falsy)."""
        return self.either(indicator, self.region.region_id, self.period, category)

    def metric(self, name: str) -> Figure | Missing:
        """Return a derived figure with its interval, or what is missing (falsy)."""
        where = (self.data, self.region.region_id, self.period, self.reading)
        return compute.compute(name, *where, self.doubts)

    def either(
        self, name: str, region: str, period: str, category: str = "", reading: str = ""
    ) -> Figure | Missing:
        """Return a metric or a printed figure of any region, period and reading."""
        reading = reading or self.reading
        if name in METRICS:
            return compute.compute(name, self.data, region, period, reading, self.doubts)
        self.refuse(category and self.data.check_category(category))
        cell = Cell(name, category)
        return compute.look_up(cell, self.data, region, period, reading, self.doubts)

    def candidates(self, indicator: str, category: str = "") -> tuple[Figure, ...]:
        """Return what every text prints for the cell, whatever the reading says."""
        found = self.select(indicator, period=self.period, category=category)
        ordered = sorted(found, key=lambda o: (o.reference_period, o.source_id, o.observation_id))
        return tuple(self.observed(o) for o in ordered)

    def comparison(self, metric: str) -> Comparison:
        """Set the metric beside every account of the nation, the provinces and our own region."""
        figure = self.metric(metric)
        own = figure if isinstance(figure, Figure) and figure.value is not None else None
        region = self.region.region_id
        return compare(self.data, metric, region, own, self.period, self.doubts)

    def count(self, name: str, figures: Sequence[Figure]) -> Figure:
        """Return how many texts or publishers print these figures, as a figure of its own.

        ``name`` is ``texts`` (a source is a text) or ``publishers``.
        """
        texts = self.sources_of(figures)
        publishers = {self.data.sources[s].publisher for s in texts}
        number = len(publishers if name == "publishers" else texts)
        ids = tuple(dict.fromkeys(i for f in figures for i in f.observations))
        return compute.count(name, ids, number, self.region.region_id)

    def sources_of(self, figures: Iterable[Figure]) -> set[str]:
        """Return the sources that print what some figures rest on."""
        return {self.data.observations[i].source_id for f in figures for i in f.observations}

    def select(
        self, indicator: str, *, region: str = "", period: str | None = None,
        category: str | None = "",
    ) -> tuple[Observation, ...]:  # fmt: skip
        """Return what is printed of an indicator for a region, by default that of the report."""
        self.refuse(self.data.check_indicator(indicator))
        self.refuse(category and self.data.check_category(category))
        return self.data.select(
            region=region or self.region.region_id,
            indicator=indicator,
            period=period,
            category=category,
        )

    def observed(self, observation: Observation) -> Figure:
        """Return a printed figure with what is known against it."""
        return compute.observed(self.data, observation, self.reading).known_by(self.doubts)

    @cached_property
    def found(self) -> tuple[Finding, ...]:
        """The findings that tell of this region, each story once, the most consequential first."""
        return tuple(examine(self.data).select(region=self.region.region_id).leading)

    @cached_property
    def record(self) -> tuple[Observation, ...]:
        """Every figure printed for the region."""
        own = self.region.region_id
        return tuple(o for o in self.data.observations.values() if o.region_id == own)

    def source(self, figure: Figure) -> str:
        """Return the source of a printed figure."""
        return self.data.observations[figure.observations[0]].source_id

    def is_own(self, figure: Figure) -> bool:
        """Tell whether a figure is about the region of the page."""
        return figure.region == self.region.region_id

    def refuse(self, fault: Fault | str | None) -> None:
        """Refuse a name that is none: the page would say that nothing is printed of it."""
        if isinstance(fault, Fault):
            raise ParameterError(fault)

    # ---- sentences ----

    def say(self, *, id: str, en: str, when: bool = True, **parts: Part) -> None:
        """Say a sentence with figures in the language of the run: see :meth:`Report.say`."""
        texts = {"id": id, "en": en}
        check_placeholders(texts, parts)
        if not when:
            return None
        missing = [p for p in parts.values() if isinstance(p, Missing)]
        if missing:
            return self.say_missing(missing)
        self._lacking_at = NOWHERE
        credited = {name for name, spec in placeholders(texts[self.language]) if spec == "source"}
        if any(isinstance(p := parts[n], Figure) and p.value is None for n in credited):
            return self._say_apart([p for p in parts.values() if isinstance(p, Figure)])
        self._show(texts, parts)
        return None

    def tell(self, key: str, *, when: bool = True, **parts: Part) -> None:
        """Say a sentence of ``phrases.toml``."""
        texts = phrases()[key]
        self.say(id=texts["id"], en=texts["en"], when=when, **parts)

    def note(self, sentence: str, kind: str = "missing") -> None:
        """Show a finished sentence without figures."""
        show(markup.paragraph(markup.text(sentence), kind), sentence)

    def _show(self, texts: Mapping[str, str], parts: Mapping[str, Part]) -> None:
        html = markup.paragraph(self.fill(texts, parts))
        show(html, self.fill(texts, parts, plain=True))
        self._sentence += 1

    def _say_apart(self, figures: Sequence[Figure]) -> None:
        """Say each figure of a sentence by itself, and which of them are full ranges."""
        for figure in figures:
            if figure.kind != "count":
                key = "words.hull_of_all" if figure.value is None else "words.printed_by"
                title = capital(self.ledger.title(figure.name))
                self._show(phrases()[key], {"what": title, "it": figure})

    def say_missing(self, missing: Sequence[Missing]) -> None:
        """Say which printed figures are lacking, or why none follows.

        Of what the page has said it says so, and within a cell it does not repeat it.
        """
        labels: dict[str, list[str]] = {}
        for m in missing:
            reason, lacking = self._reason(m)
            known = labels.setdefault(reason, [])
            known += [label for label in lacking if label not in known]
        every = frozenset((reason, label) for reason, known in labels.items() for label in known)
        again, cell = every <= self._lacking, running_cell()
        if again and self._lacking_at == cell:
            return
        self._lacking |= every
        self._lacking_at = cell
        for reason, known in labels.items():
            unprinted = reason in UNPRINTED
            titles = [the(label, self.language) for label in known]
            self.note(
                word(
                    f"words.{reason}_again" if again and unprinted else f"words.{reason}",
                    self.language,
                    what=join(titles, self.language, "or" if unprinted else "standard"),
                    region=self.region_spoken,
                    when=when(self.period, self.language),
                )
            )

    def own(self, text: str) -> str:
        """Return a sentence of the library in the words of the package."""
        return self.data.settings.in_words(text, self.language)

    def fill(
        self, texts: Mapping[str, str], parts: Mapping[str, Part], plain: bool = False,
        of_a_finding: bool = False,
    ) -> str:  # fmt: skip
        """Return the sentence of the run's language with its placeholders filled."""
        text = texts[self.language] if of_a_finding else self.own(texts[self.language])
        sentence = FindingSentence if of_a_finding else Sentence
        filled = sentence(self, plain=plain)
        return filled.vformat(text, (), {**self.always, **parts})

    @cached_property
    def always(self) -> dict[str, str]:
        """What a sentence may speak of anywhere: where, when, levels of regions, the currency."""
        own, language, whole = self.data.settings, self.language, self.data.whole
        money = own.money.get(language, own.currency)
        below = [region.level for region in self.data.children(self.region.region_id)]
        return {
            "region": self.region_spoken,
            "period": self.period_text(self.period),
            "when": when(self.period, language),
            "whole": the(whole.title(language), language) if whole else "",
            "level": own.level(self.region.level, language),
            "levels": own.level(self.region.level, language, many=True),
            "below": own.named(below, language),
            "money": money,
        }

    def doubt(self, figure: Figure, *, plain: bool) -> str:
        """Return what is known against a figure, in brackets; why, where it is said first."""
        accused = (*figure.suspects, *figure.disputed)
        if figure.kind == "count":
            return ""
        if conjectures := self._conjectures(figure):
            return self._conjectured(figure, conjectures[0], plain=plain)
        if not accused:
            return ""
        if figure.kind != "observed":
            return f" ({self.word('rests_on_doubted' if figure.suspects else 'rests_on_disputed')})"
        first = accused[0]
        key = "doubted" if figure.suspects else "disputed"
        said_at = self._doubted.setdefault(first, self._sentence)
        if said_at != self._sentence and self.ledger.published:
            return f" ({self.word(key)})"
        finding, rival = against.reason(self.data, first)
        if rival is None:
            label = finding.title(self.language)
            said = f"{self.word(key)}: {label if plain else markup.text(label)}"
            return f" ({said})"
        other = self.observed(rival)
        own = self.data.observations[first]
        same = self._publisher(own) == self._publisher(rival)
        texts = phrases()[f"doubt.{'same_publisher' if same else 'another_publisher'}"]
        parts = {"other": other.replace(suspects=(), disputed=())}
        reason = Sentence(self, plain=plain).vformat(texts[self.language], (), parts)
        return f" ({self.word(key)}: {reason})"

    def _conjectures(self, figure: Figure) -> list[Observation]:
        """Return what is printed in place of the inputs that the reading has repaired."""
        seen = self.data.under(figure.reading or self.reading).observations
        found = [self.data.observations[i] for i in figure.observations if seen[i].repaired_by]
        as_printed = figure.kind == "observed" and found and figure.value == found[0].value
        return [] if as_printed else found

    def _conjectured(self, figure: Figure, printed: Observation, *, plain: bool) -> str:
        """Return that a figure is a conjecture, and what its text has instead."""
        if figure.kind != "observed":
            return f" ({self.word('rests_on_conjecture')})"
        texts = phrases()["doubt.conjecture"]
        parts = {"printed": compute.observed(self.data, printed, "")}
        said = Sentence(self, plain=plain).vformat(texts[self.language], (), parts)
        return f" ({said})"

    def _publisher(self, observation: Observation) -> str:
        return self.data.sources[observation.source_id].publisher

    # ---- words ----

    def link(self, figure: Figure, shown: str, more: str = "", place: str = "sentence") -> str:
        """Return a figure as it stands in a place of the page, opening its card."""
        return self.cards.link(figure, shown, more, place)

    def cell(self, part: Part, spec: str = "") -> str:
        """Return a part as the HTML of a table cell."""
        return Sentence(self, plain=False, style="table").slot(part, f"{spec}!")

    def printed(self, figure: Figure, spec: str = "") -> str:
        """Return a figure as the HTML of a table cell, with its interval and doubt beneath."""
        shown = written(figure, spec, self.language, "table")
        bounds = "" if figure.interval.is_exact else figure.between(self.language, "table")
        more = bounds if bounds != shown else ""
        return self.link(figure, shown, self.small(figure, more), "table")

    def small(self, figure: Figure, more: str = "") -> str:
        """Return the second line of a figure in a table: what more there is, and its doubt."""
        said = f"{more} ({doubted})" if (doubted := self.against(figure)) else more
        return markup.small(said.strip()) if said else ""

    def against(self, figure: Figure) -> str:
        """Return the word for what is against a figure, nothing where nothing is."""
        key = "doubted" if figure.suspects else "disputed" if figure.disputed else ""
        key = "conjecture" if self._conjectures(figure) else key
        return self.word(key) if key else ""

    def word(self, key: str) -> str:
        """Return a fixed word in the language of the run."""
        return word(f"words.{key}", self.language)

    @property
    def region_title(self) -> str:
        """The region's name in the language of the run."""
        return self.region.title(self.language)

    @property
    def region_spoken(self) -> str:
        """The region's name as it stands within a sentence."""
        return the(self.region_title, self.language)

    @property
    def reading_title(self) -> str:
        """The reading by its title in the language of the run."""
        return self.data.domain.readings[self.reading][0 if self.language == "id" else 1]

    def period_text(self, period: str) -> str:
        """Return a reference period in words."""
        return format_period(period, self.language) if period else self.word("no_period")

    def term(self, term: str) -> str:
        """Return the label of a breakdown (``type.serba_usaha``)."""
        found = self.data.terms.get(term, None)
        return found.title(self.language) if found else term

    def place(self, figure: Figure) -> str:
        """Return the region of a figure, with its register when it belongs to one."""
        title = self.data.regions[figure.region].title(self.language)
        return f"{title} ({self.term('register.' + figure.register)})" if figure.register else title

    def publishers(self, figure: Figure) -> list[str]:
        """Return who printed what a figure rests on, each once."""
        ids = (self.data.observations[i].source_id for i in figure.observations)
        return list(dict.fromkeys(self.data.sources[i].publisher for i in ids))

    def cell_title(self, indicator: str, category: str) -> str:
        """Return the title of what is printed, with its breakdown where it is a part."""
        title = self.ledger.title(indicator)
        parts = [self.term(part.replace("=", ".")) for part in category.split(";") if part]
        return f"{title} ({', '.join(parts)})" if parts else title

    def _reason(self, missing: Missing) -> tuple[str, list[str]]:
        """Return the word for why something is missing, and of what it is said, by their titles.

        Of a quantity that is computed, this is said of its inputs that nobody prints.
        """
        if missing.reason != "not_printed":
            return missing.reason, [self.cell_title(missing.name, missing.category)]
        unprinted = "missing_official" if self.reading == "official" else "missing"
        if missing.name not in METRICS:
            return unprinted, [self.cell_title(missing.name, missing.category)]
        reader = Reader(self.data, self.region.region_id, self.period, self.reading)
        lacking = [
            self.cell_title(cell.indicator, cell.category)
            for cell in METRICS[missing.name].inputs.values()
            if not reader.candidates(cell)
        ]
        if lacking:
            return unprinted, lacking
        return "other_registers", [self.ledger.title(missing.name)]
