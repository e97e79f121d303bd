"""The card of a figure, its proof: who printed it, in which words, and who says otherwise.

A card is one line of the list that closes the page, and the popover of its numbers there. Where a
notebook is run by hand, a number brings its card with it, in the same output.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

from kumkm_analysis.dataset import numerals
from kumkm_analysis.dataset.vocabulary import LACKING, capital, join, locator
from kumkm_analysis.findings import doubts
from kumkm_analysis.metrics.figures import Figure, machine_value
from kumkm_analysis.report import citations, ledger
from kumkm_analysis.report import html as markup
from kumkm_analysis.report.phrases import phrases, word

if TYPE_CHECKING:
    from kumkm_analysis.dataset.records import Observation, Source
    from kumkm_analysis.report.ledger import Ledger

TERM = re.compile(r"[a-z]+(?:_[a-z]+)*(?:\[[^]]*\])?")  # an indicator, or a part of one


class Cards:
    """Writes what is known of the figures of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.data = ledger.data
        self.language = ledger.language
        self._emitted = count(1)
        self._told_at: dict[str, Figure] = {}  # findings by the card that tells them
        self._linked: set[str] = set()  # figures with a link to their card

    def link(self, figure: Figure, shown: str, more: str = "", place: str = "sentence") -> str:
        """Return a figure as it stands on the page, opening its card."""
        self.ledger.stands([figure], place)
        identity = self.ledger.anchor(self.ledger.number(figure))
        if self.ledger.published:
            return markup.figure(identity, machine_value(figure), shown, more)
        identity = f"{identity}-{next(self._emitted)}"
        number = markup.figure(identity, machine_value(figure), shown, more)
        return number + markup.card(identity, self.line(figure, told=True))

    def html(self) -> str:
        """Return the closing list: printed figures by source, then what was made of them."""
        ledger = self.ledger
        if not ledger.figures:
            return ""
        self._linked.clear()
        printed: dict[str, list[str]] = {}
        made: dict[tuple[str, str, str], list[str]] = {}
        heads: dict[tuple[str, str, str], tuple[str, str, str]] = {}
        for number, figure in enumerate(ledger.figures, start=1):
            line = markup.evidence_line(ledger.anchor(number), self.line(figure))
            if figure.kind == "observed":
                printed.setdefault(ledger.source_of(figure).source_id, []).append(line)
            else:
                rule = (figure.kind, figure.name, figure.reading)
                title = markup.text(capital(ledger.label(figure)))
                heads.setdefault(rule, (title, self._rule(figure), self._told(figure)))
                made.setdefault(rule, []).append(line)
        ordered = sorted(
            (self.data.sources[i] for i in ledger.sources),
            key=lambda s: (s.publisher.casefold(), s.published, s.source_id),
        )
        sources = [
            markup.evidence_group(
                ledger.source(s.source_id),
                citations.record(s, self.language, address=False),
                f"{citations.record(s, self.language)} {self._recorded}.",
                printed.get(s.source_id, []),
            )
            for s in ordered
        ]
        computed = [markup.rule_group(*heads[rule], group) for rule, group in made.items()]
        titles = (self._word("printed_figures"), self._word("computed_figures"))
        groups = [part for part in zip(titles, (sources, computed), strict=True) if part[1]]
        return markup.evidence(self._word("all_evidence"), self._word("evidence_lead"), groups)

    def line(self, figure: Figure, *, told: bool = False) -> str:
        """Return all that is known of a figure, first what it says and of what.

        Formula and reading stand once for a group of cards; ``told`` says them in the card itself.
        """
        shown = figure.text(self.language, style="table")
        if not figure.interval.is_exact and figure.value is not None:
            shown += f" ({figure.between(self.language, style='table')})"
        what = [self.ledger.label(figure), self.data.regions[figure.region].title(self.language)]
        if figure.register:
            what.append(self.ledger.terms(f"register={figure.register}"))
        if figure.category:
            what.append(self.ledger.terms(figure.category))
        if figure.kind != "count":
            what.append(self._period(figure.period))
        head = f"<b>{markup.text(shown)}</b> {markup.text(', '.join(what))}"
        of_kind = {"observed": self._printed, "count": self._counted, "repair": self._conjecture}
        descent = of_kind.get(figure.kind, self._derived)
        end = f" {markup.text(self._told(figure))}" if told and figure.kind == "derived" else ""
        return f"{head}{descent(figure)}{end}"

    # ---- printed figures ----

    def _printed(self, figure: Figure) -> str:
        """Return who printed a figure, how and where, who prints something else, and why doubt."""
        observation = self.ledger.seen(figure.observations[0], figure.reading)
        source = self.ledger.source_of(figure)
        language = citations.other_language(source, self.language)
        printed = self.data.observations[observation.observation_id].as_printed
        printing = "" if figure.interval.is_exact else observation.printing
        said = [
            self.data.code_title("observations", column, code, self.language)
            for column, code in (("printing", printing), ("vintage", observation.vintage))
            if code
        ]
        if observation.period_basis == "publication":
            said.append(self._word("now_text"))
        if month := observation.survey_month:
            said.append(word("words.measured_in", self.language, month=self._period(month)))
        if observation.repaired_by:
            said.append(self._repaired(observation))
        said.append(locator(observation.locator, self.language))
        parts = [markup.quote(printed, language), *map(markup.text, filter(None, said))]
        html = f": {', '.join(parts)}."
        quoted = self.data.quotations.get(observation.observation_id, None)
        if quoted is not None:
            note = quoted.note(self.language)
            html += f" {markup.quote(quoted.quotation, language)}. {markup.text(note)}"
        html += "".join(markup.aside_line(said) for said in self._against(figure))
        return html + markup.aside(self._citation(source, observation.observation_id))

    def _against(self, figure: Figure) -> Iterator[str]:
        """Yield what findings say against a printed figure, and what other texts give."""
        if figure.contested:
            finding, _ = doubts.reason(self.data, figure.observations[0])
            key = "doubted" if figure.suspects else "disputed"
            said = markup.text(f"{capital(self._word(key))}: {finding.title(self.language)}")
            told_at = self._told_at.setdefault(finding.finding_id, figure)
            if told_at is figure or not self.ledger.published:
                yield f"{said}. {markup.text(finding.sentence(self.language))}"
            else:
                yield f"{said} ({self._opener(told_at)})."
        rivals = [self._rival(other) for other in self.ledger.contradictions(figure)]
        if rivals:
            yield f"{self._word('others_print')} {', '.join(rivals)}."

    def _rival(self, other: Figure) -> str:
        """Return what another text gives; it opens its own card when it is on the page too."""
        source = self.ledger.source_of(other)
        known = self.ledger.number_of(other) is not None
        by = markup.text(source.publisher) if known else self._source_opener(source)
        return f"{self._opener(other)} ({by})"

    def _opener(self, figure: Figure) -> str:
        """Return a figure in digits; it opens its own card where the page has that."""
        shown = figure.text(self.language, style="table")
        number = self.ledger.number_of(figure)
        if number is None or not self.ledger.published:
            return markup.text(shown)
        return markup.opener(self.ledger.anchor(number), shown)

    def _citation(self, source: Source, observation_id: str) -> str:
        """Return the source, which opens a citation to copy, and a link to this very card.

        The citation stands on the page once a source, since with its address it is half a card;
        the code of the figure is the end of the link. By hand a card has all of it.
        """
        if not self.ledger.published:
            cited = citations.record(source, self.language)
            return f"{cited} {self._recorded}, {markup.text(observation_id)}."
        if observation_id in self._linked:  # the same figure under another reading
            return f"{self._source_opener(source)}."
        self._linked.add(observation_id)
        here = markup.to_here(f"obs-{observation_id}", self._word("link_here"))
        return f"{self._source_opener(source)}, {here}."

    def _repaired(self, observation: Observation) -> str:
        """Return that a reading repairs a figure, by which choice and why."""
        choice = self.data.readings[observation.repaired_by]
        reason = getattr(choice, f"reason_{self.language}")
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
            f"{self._token(o, figure.reading)} ({self._place(o, source=True)})"
            for o in (self.ledger.seen(i, figure.reading) for i in figure.observations)
        ]
        return f": {self._word('conjecture_for')} {', '.join(places)}."

    # ---- figures that follow from printed ones ----

    def _derived(self, figure: Figure) -> str:
        """Return the formula with the printed figures put in, and where those stand."""
        seen = [self.ledger.seen(i, figure.reading) for i in figure.observations]
        one_source = len({o.source_id for o in seen}) == 1
        one_place = one_source and len({o.locator for o in seen}) == 1
        inputs: dict[str, list[str]] = {}
        for o in seen:
            token = self._token(o, figure.reading)
            place = "" if one_place else self._place(o, source=not one_source)
            said = f"{token} ({place})" if place else token
            inputs.setdefault(o.indicator_id, []).append(said)
            inputs.setdefault(f"{o.indicator_id}[{o.category}]", []).append(said)
        formula = self._formula_of(figure)
        if formula:
            made = f" = {self._formula(formula, lambda i: ', '.join(inputs.get(i, ())))}"
        else:
            tokens = [t for name, found in inputs.items() if "[" not in name for t in found]
            of = self._many(seen) if len(seen) > ledger.MOST_COUNTED else ", ".join(tokens)
            made = f": {self._word('computed_from')} {of}"
        if one_place and self._place(seen[0]):
            made += f", {self._place(seen[0])}"
        if not figure.coherent:
            made += f"; {self._word('mixed_sources')}"
        made += "."
        if one_source:
            made += f" {self._source_opener(self.data.sources[seen[0].source_id])}."
        return f"{made}{markup.aside(self._disputed(figure, seen))}"

    def _disputed(self, figure: Figure, seen: Sequence[Observation]) -> str:
        """Return which inputs of a figure are doubted, or given otherwise by other texts.

        A metric may rest on a figure that only bounds it; that one is not in its formula. What a
        range takes in differs within it, not from it.
        """
        said: list[str] = []
        accused = figure.suspects or figure.disputed
        if accused:
            key = "rests_on_doubted" if figure.suspects else "rests_on_disputed"
            tokens = ", ".join(
                self._token(o, figure.reading) for o in seen if o.observation_id in accused
            )
            said.append(f"{markup.text(capital(self._word(key)))}: {tokens}.")
        cells = {term.partition("[")[0] for term in TERM.findall(self._formula_of(figure))}
        inputs = [o for o in seen if not cells or o.indicator_id in cells]
        printed = (self.ledger.printed(o.observation_id, figure.reading) for o in inputs)
        within = set(figure.observations)
        what = dict.fromkeys(
            self.ledger.title(f.name)
            for f in printed
            if any(
                not within.issuperset(other.observations) for other in self.ledger.contradictions(f)
            )
        )
        if what:
            listed = join(list(what), self.language)
            said.append(markup.text(word("words.others_differ", self.language, what=listed)) + ".")
        return " ".join(said)

    def _counted(self, figure: Figure) -> str:
        """Return what was counted: one by one, or how many and what they have in common."""
        if ledger.counts_many(figure):
            said = self._many([self.data.observations[i] for i in figure.observations])
        else:
            seen = [self.ledger.seen(i, figure.reading) for i in figure.observations]
            said = ", ".join(f"{self._token(o, figure.reading)}{self._not_listed(o)}" for o in seen)
        of = f"words.counted_{figure.name}"
        counted = word(of if of in phrases() else "words.counted_from", self.language)
        return f": <span>{counted} {said}</span>."

    def _many(self, counted: Sequence[Observation]) -> str:
        """Return how many printed figures were counted, of what, where, of when and by whom."""
        indicators = list(dict.fromkeys(o.indicator_id for o in counted))
        regions = list(dict.fromkeys(o.region_id for o in counted))
        periods = sorted({o.reference_period for o in counted if o.reference_period})
        sources = list(dict.fromkeys(o.source_id for o in counted))
        what, where = str(len(indicators)), str(len(regions))
        parts = [
            self.ledger.title(indicators[0])
            if len(indicators) == 1
            else word("words.many_quantities", self.language, n=what),
            self.data.regions[regions[0]].title(self.language)
            if len(regions) == 1
            else word("words.many_regions", self.language, n=where),
            " \N{EN DASH} ".join(map(self._period, dict.fromkeys(periods[:1] + periods[-1:]))),
        ]
        said = [markup.text(part) for part in parts if part]
        said += [self._source_opener(self.data.sources[sources[0]])] if len(sources) == 1 else []
        of = word("words.many_figures", self.language, n=str(len(counted)))
        return f"{markup.text(of)} ({'; '.join(said)})"

    def _not_listed(self, observation: Observation) -> str:
        """Return the source of a figure that has no card of its own on the page."""
        figure = self.ledger.printed(observation.observation_id, "coherent")
        if self.ledger.number_of(figure) is not None:
            return ""
        return f" ({self._source_opener(self.data.sources[observation.source_id])})"

    # ---- formulas ----

    def _formula_of(self, figure: Figure) -> str:
        """Return the formula of a metric over indicators; growth of whatever it be has none."""
        formula = d.formula if (d := self.data.metrics.get(figure.name, None)) else ""
        cells = (term.partition("[")[0] for term in TERM.findall(formula))
        return formula if any(cell in self.data.indicators for cell in cells) else ""

    def _told(self, figure: Figure) -> str:
        """Return formula and reading as every card of a group says them, in plain text."""
        parts = []
        definition = self.data.metrics.get(figure.name, None)
        if definition is not None:
            parts.append(capital(self._formula(definition.formula, self._cell_title)))
        if figure.reading:
            parts.append(capital(self._reading(figure.reading)))
        return " ".join(f"{part}." for part in parts)

    def _rule(self, figure: Figure) -> str:
        """Return what a metric is: its formula in words, its definition, the reading it follows."""
        parts = [f"<b>{markup.text(capital(self.ledger.label(figure)))}</b>"]
        definition = self.data.metrics.get(figure.name, None)
        if definition is not None:
            formula = self._formula(definition.formula, lambda c: markup.text(self._cell_title(c)))
            parts[0] += f" = <var>{formula}</var>"
            meaning = getattr(definition, f"definition_{self.language}")
            parts += [markup.text(meaning.rstrip("."))] if meaning else []
        if figure.reading:
            parts.append(markup.text(capital(self._reading(figure.reading))))
        return ". ".join(parts) + "."

    def _cell_title(self, cell: str) -> str:
        """Return the title of an indicator, or of a part of one (``grdp[price=current]``)."""
        indicator, _, category = cell.removesuffix("]").partition("[")
        title = self.data.indicators[indicator].title(self.language)
        return f"{title} ({self.ledger.terms(category)})" if category else title

    def _reading(self, reading: str) -> str:
        """Return a reading by its title in the language of the page."""
        title = self.data.domain.readings[reading][0 if self.language == "id" else 1]
        return word("words.under_reading", self.language, reading=title)

    def _formula(self, formula: str, term: Callable[[str], str]) -> str:
        """Return a formula with the signs of print, its indicators written by ``term``."""
        signs = formula.replace("100000", "{hundred_thousand}").replace("100", "{hundred}")
        signs = signs.format(
            hundred_thousand=numerals.format_number(100_000, self.language),
            hundred=numerals.format_number(100, self.language),
        )
        signs = signs.replace(" * ", " × ").replace(" / ", " ÷ ").replace(" - ", " \N{MINUS SIGN} ")

        def written(match: re.Match[str]) -> str:
            if match[0].partition("[")[0] in self.data.indicators:
                return term(match[0])
            name = f"formula.{match[0]}"
            return word(name, self.language) if name in phrases() else match[0]

        return TERM.sub(written, signs)

    def _token(self, observation: Observation, reading: str) -> str:
        """Return a printed token; it opens its own card where the page has that."""
        figure = self.ledger.printed(observation.observation_id, reading)
        language = citations.other_language(self.ledger.source_of(figure), self.language)
        number = self.ledger.number_of(figure)
        if number is None or not self.ledger.published:
            return markup.quote(observation.as_printed, language)
        return markup.opener(self.ledger.anchor(number), observation.as_printed, language)

    # ---- sources ----

    def _place(self, observation: Observation, *, source: bool = False) -> str:
        """Return where in its source a figure stands, on demand with the source before it.

        That copies of the source lack the place is said in the figure's own card.
        """
        found = [self._source_opener(self.data.sources[observation.source_id])] if source else []
        place = observation.locator.removesuffix(f", {LACKING}")
        found += [markup.text(locator(place, self.language))]
        return ", ".join(part for part in found if part)

    @property
    def _recorded(self) -> str:
        """What recorded a figure, for whoever cites it."""
        said = word("words.recorded_in", self.language, name=self.data.name)
        return f"{markup.text(said)} <code>{markup.text(self.data.version)}</code>"

    def _source_opener(self, source: Source) -> str:
        """Return who printed something and when; it opens title and address."""
        by = citations.by(source, self.language)
        if not self.ledger.published:
            return markup.link(source.url, by)
        return markup.opener(self.ledger.source(source.source_id), by)

    def _period(self, period: str) -> str:
        return numerals.format_period(period, self.language) if period else self._word("no_period")

    def _word(self, key: str) -> str:
        return word(f"words.{key}", self.language)
