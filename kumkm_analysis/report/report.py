"""The one object a notebook holds: it finds figures, says sentences, shows tables and charts.

A sentence takes both languages at once and speaks the one of the run; whatever number stands in
it is a :class:`~kumkm_analysis.metrics.figures.Figure`, so that the closing list of evidence
and the machine-readable results are complete by construction.

>>> report = open_report(region="64", period="2012", language="en")
>>> report.metric("members_per_cooperative").text("en")
'72.8'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.request import check_parameters
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.readings import Cell, Reader
from kumkm_analysis.report import agreement, answers, results, sensitivity, tables
from kumkm_analysis.report import contradictions as evidence
from kumkm_analysis.report import html as markup
from kumkm_analysis.report import official as yearly
from kumkm_analysis.report import pictures as charts
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.programme import Programme
from kumkm_analysis.report.sentences import Part, show

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset

Given = ParamSpec("Given")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class PartAndWhole:
    """A part set against its whole, and whether the part is larger as printed."""

    part: Figure | Missing
    whole: Figure | Missing

    @property
    def breach(self) -> bool:
        """The part exceeds the whole whatever the print allows."""
        return (
            isinstance(self.part, Figure)
            and isinstance(self.whole, Figure)
            and self.part.interval.exceeds(self.whole.interval)
        )

    @property
    def passes(self) -> bool:
        """Both are printed and the part does not exceed the whole."""
        return bool(self.part) and bool(self.whole) and not self.breach


def of_page(
    function: Callable[Concatenate[Page, Given], Made],
) -> Callable[Concatenate[Report, Given], Made]:
    """Return what a page does as a method of the report that has it."""

    @wraps(function)
    def method(report: Report, /, *given: Given.args, **named: Given.kwargs) -> Made:
        return function(report.page, *given, **named)

    return method


class Report:
    """A report on one region and period, in one language, under one reading."""

    def __init__(
        self, data: Dataset, region: str, period: str, language: str, reading: str, name: str = ""
    ) -> None:
        self.page = Page(data, region, period, language, reading)
        self.data, self.ledger, self.region = data, self.page.ledger, self.page.region
        self.period, self.language, self.reading = period, language, reading
        self.name = name
        self.heading = ""
        self._headline: list[Figure] = []

    # ---- figures ----

    figure = of_page(Page.figure)
    metric = of_page(Page.metric)
    candidates = of_page(Page.candidates)
    comparison = of_page(Page.comparison)
    count = of_page(Page.count)
    tally = of_page(evidence.tally)

    def part_and_whole(self, part: str, whole: str) -> PartAndWhole:
        """Set a part against its whole, both from one source where one gives both."""
        reader = Reader(self.data, self.region.region_id, self.period, self.reading)
        scenarios = reader.scenarios({"part": Cell(part), "whole": Cell(whole)})
        if not scenarios:
            return PartAndWhole(self.figure(part), self.figure(whole))
        both = scenarios[0].inputs
        return PartAndWhole(self.page.observed(both["part"]), self.page.observed(both["whole"]))

    def balance_holds(self) -> bool:
        """Tell whether own and external capital may equal the printed assets, given the print."""
        gap = self.metric("balance_gap")
        return self.balance_tells() and isinstance(gap, Figure) and gap.interval.contains(0)

    def balance_tells(self) -> bool:
        """Tell whether the print bounds what the balance lacks, on one side at least."""
        gap = self.metric("balance_gap")
        return isinstance(gap, Figure) and gap.interval != Interval(None, None)

    official = of_page(yearly.official)
    has = of_page(answers.has)
    has_below = of_page(answers.has_below)

    def together(self, *figures: Figure | Missing) -> bool:
        """Tell whether one sentence may name source and time for all: one source, one time."""
        known = [f for f in figures if isinstance(f, Figure)]
        printed = [self.data.observations[i] for f in known for i in f.observations]
        stood = {(o.source_id, o.reference_period) for o in printed}
        return len(known) == len(figures) and len(stood) == 1

    # ---- the page ----

    def title(self, *, id: str, en: str, when: bool = True, **parts: Part) -> None:
        """Open the page with its title and one line on what it covers and under which reading."""
        if not when:
            return
        page = self.page
        self.heading = page.fill({"id": id, "en": en}, parts, plain=True)
        scope = page.fill(
            {
                "id": "{region}, {period} · pilihan sumber: {reading} · data ",
                "en": "{region}, {period} · reading: {reading} · data ",
            },
            {"region": page.region_title, "reading": page.reading_title},
        )
        scope += f"<code>{markup.text(self.data.version)}</code>"
        heading = f"<h1>{markup.text(self.heading)}</h1>"
        show(heading + markup.paragraph(scope, "scope"), self.heading)

    def territory(self) -> None:
        """Say what is to be known of the territory: a split, a code that changed its meaning."""
        note = self.region.note(self.language)
        if note:
            show(f'<aside class="kumkm-note"><p>{markup.text(note)}</p></aside>', note)

    def headline(self, *figures: Figure | Missing) -> None:
        """Name the figures that stand for this page on the index; missing ones are left out."""
        for figure in figures:
            if isinstance(figure, Figure):
                self.ledger.number(figure)
                self._headline.append(figure)

    def say(self, *, id: str, en: str, when: bool = True, **parts: Part) -> None:
        """Say a sentence with figures in the language of the run.

        Placeholders: ``{own}`` a figure as printed, or as far as its interval bears, with what is
        known against it; ``{own:!}`` without that; ``{own:interval}`` its bounds in words,
        ``{own:low}`` and ``{own:high}`` one of them; ``{own:when}`` its period with a preposition;
        ``{own:source}`` who printed it; ``{own:region}`` where and ``{own:period}`` for when;
        ``{own:.1}`` one decimal; ``{n|text gives|texts give}`` a word by a count. ``{region}``,
        ``{period}`` and ``{when}`` are always there. When a part is missing, the page says what no
        text gives; with ``when=False`` nothing is said. Nobody prints the full range of several
        texts, so where the sentence says who printed one, the page says what it is. Raises
        :class:`~kumkm_analysis.errors.ParameterError` when one language lacks a placeholder or a
        placeholder its part, and for an f-string.
        """
        self.page.say(id=id, en=en, when=when, **parts)

    def section(self, *, id: str, en: str, when: bool = True) -> bool:
        """Open a section with its heading, and tell whether to go on: ``if report.section(…):``."""
        return answers.section(self.page, {"id": id, "en": en}, when=when)

    quote = of_page(answers.quote)

    def fill(self, texts: Mapping[str, str], parts: Mapping[str, Part], plain: bool = False) -> str:
        """Return a sentence of the run's language with its placeholders filled."""
        return self.page.fill(texts, parts, plain)

    def close(self) -> None:
        """End the page: the evidence of every number, and the results for machines."""
        from IPython.display import display

        evidence.testable(self.page)
        bundle = {
            "text/html": self.page.cards.html(),
            "text/plain": self.heading,
            results.MEDIA_TYPE: results.build(self.page, self.name, self.heading, self.headlines),
        }
        display(bundle, raw=True)

    @property
    def headlines(self) -> tuple[tuple[str, Figure], ...]:
        """The figures that stand for this page, with their titles."""
        return tuple((self.ledger.title(f.name), f) for f in self._headline)

    # ---- answers ----

    nearest = of_page(answers.nearest)
    same_in_another_year = of_page(answers.same_in_another_year)
    no_office = of_page(answers.no_office)

    # ---- the official series ----

    say_official = of_page(yearly.say_official)
    say_change = of_page(yearly.say_change)
    say_rank = of_page(yearly.say_rank)
    through_the_years = of_page(yearly.through_the_years)

    # ---- agreement and comparison ----

    what_sources_print = of_page(agreement.what_sources_print)
    how_sure = of_page(agreement.how_sure)
    passed_over = of_page(agreement.passed_over)
    same_elsewhere = of_page(agreement.same_elsewhere)
    loose_peers = of_page(agreement.loose_peers)
    set_aside = of_page(agreement.set_aside)
    undated_peers = of_page(agreement.undated_peers)
    under = of_page(sensitivity.under)

    def history(
        self, indicator: str, since: str = "", until: str = "", category: str = "",
        *, official: bool = False,
    ) -> None:  # fmt: skip
        """Show the dated figures of an indicator for the region: official series as a line.

        Without years those that the data package sets for the indicator, else all.
        """
        first, _, last = self.data.settings.years.get(indicator, "/").partition("/")
        since, until = since or first, until or last or "9999"
        charts.history(self.page, indicator, since, until, category, official=official)

    texts = of_page(charts.texts)

    def remark(self, name: str, *, when: bool = True) -> None:
        """Say what ``remarks.csv`` of the package says under a name: what holds for it only."""
        if (found := self.data.remarks.get(name, None)) is not None:
            self.say(id=found.text_id, en=found.text_en, when=when)

    def part_against_whole(self, found: PartAndWhole) -> None:
        """Draw a part that exceeds its whole as two bars; nothing where it does not."""
        if found.breach:
            charts.part_against_whole(self.page, found.part, found.whole)

    comparison_table = of_page(charts.comparison_table)
    across = of_page(charts.across)
    breakdown = of_page(tables.breakdown)
    subregions = of_page(tables.subregions)
    intervals = of_page(tables.intervals)

    # ---- the evidence ----

    record = of_page(evidence.record)
    foremost = of_page(evidence.foremost)
    contradictions = of_page(evidence.contradictions)

    def finds(self, severity: str = "") -> bool:
        """Tell whether there are findings of a severity (hard, soft, note) not yet told."""
        return evidence.finds(self.page, severity=severity)

    def has_series(self) -> bool:
        """Tell whether any series of several texts is long enough for a picture."""
        return bool(charts.drawable(self.page))

    def has_repairs(self) -> bool:
        """Tell whether a typing error is offered for any figure of the region."""
        return bool(evidence.possible_repairs(self.page))

    trifles = of_page(evidence.trifles)
    pictures = of_page(charts.pictures)
    repairs = of_page(evidence.repairs)

    def programme(self, before: str = "", after: str = "") -> Programme:
        """Return what can be said of a programme between two windows of years (2008/2012)."""
        return Programme(self.page, before, after)

    sources_examined = of_page(evidence.sources_examined)


def open_report(
    region: str | int = "",
    period: str | int = "",
    language: str = "",
    reading: str = "coherent",
    *,
    data: Dataset | None = None,
    name: str = "",
) -> Report:
    """Open a report after checking its parameters against the dataset, all faults at once.

    ``region`` and ``period`` may be numbers (papermill turns ``64`` into one); for what is empty
    stands what the data package sets. Raises :class:`~kumkm_analysis.errors.ParameterError`.
    """
    from kumkm_analysis.dataset.dataset import load

    data = data or load()
    asked = {"region": region, "period": period, "language": language, "reading": reading}
    given = {name: str(value) or data.domain.default(name)[0] for name, value in asked.items()}
    if faults := check_parameters(data.domain, given):
        raise ParameterError(faults, "The report cannot be opened.")
    return Report(data, **given, name=name)
