"""The one object a notebook holds: it finds figures, says sentences, shows tables and charts.

A sentence takes both languages at once and speaks the one of the run; whatever number stands in
it is a :class:`~kumkm_analysis.metrics.figures.Figure`, so that the closing list of evidence
and the machine-readable results are complete by construction.

>>> report = open_report(region="64", period="2012", language="en")
>>> report.metric("members_per_cooperative").text("en")
'72.8'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.request import check_parameters
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.metrics import compute
from kumkm_analysis.metrics.comparisons import Comparison
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.readings import Cell, Reader
from kumkm_analysis.report import (
    agreement,
    answers,
    contradictions,
    official,
    pictures,
    results,
    sensitivity,
    tables,
)  # fmt: skip
from kumkm_analysis.report import html as markup
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.programme import Programme
from kumkm_analysis.report.sentences import Part, show

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset


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
            and compute.exceeds(self.part.interval, self.whole.interval)
        )

    @property
    def passes(self) -> bool:
        """Both are printed and the part does not exceed the whole."""
        return bool(self.part) and bool(self.whole) and not self.breach


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

    def figure(self, indicator: str, category: str = "") -> Figure | Missing:
        """Return the printed figure that the reading lets speak, or what is missing (falsy)."""
        return self.page.figure(indicator, category)

    def metric(self, name: str) -> Figure | Missing:
        """Return a derived figure with its interval, or what is missing (falsy)."""
        return self.page.metric(name)

    def candidates(self, indicator: str, category: str = "") -> tuple[Figure, ...]:
        """Return what every text prints for the cell, whatever the reading says."""
        return self.page.candidates(indicator, category)

    def comparison(self, metric: str) -> Comparison:
        """Set the metric beside the accounts of the nation, the level below and our own region."""
        return self.page.comparison(metric)

    def count(self, name: str, figures: Sequence[Figure]) -> Figure:
        """Return how many ``texts`` or ``publishers`` print some figures, as a figure."""
        return self.page.count(name, figures)

    def tally(self) -> tuple[Figure, ...]:
        """Return how many figures, texts and findings there are for the region."""
        return contradictions.tally(self.page)

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

    def official(self, indicator: str) -> Figure | Missing:
        """Return what the yearly series of the statistics office gives for the period's year."""
        return official.official(self.page, indicator)

    def has(self, indicator: str, *, any_time: bool = False, by: str = "") -> bool:
        """Tell whether anything is printed of an indicator: in the period, ever, or by a part."""
        return answers.has(self.page, indicator, any_time=any_time, by=by)

    def has_below(self, indicator: str) -> bool:
        """Tell whether anything is printed of an indicator for the regions below."""
        return answers.has_below(self.page, indicator)

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

    def quote(self, figure: Figure | Missing) -> None:
        """Show the sentence of the source around a printed figure, where the data have it."""
        answers.quote(self.page, figure)

    def fill(self, texts: Mapping[str, str], parts: Mapping[str, Part], plain: bool = False) -> str:
        """Return a sentence of the run's language with its placeholders filled."""
        return self.page.fill(texts, parts, plain)

    def close(self) -> None:
        """End the page: the evidence of every number, and the results for machines."""
        from IPython.display import display

        contradictions.testable(self.page)
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

    def nearest(self, *indicators: str) -> None:
        """Where nothing is printed for the period, say what is printed nearest to it."""
        answers.nearest(self.page, *indicators)

    def same_in_another_year(self, indicator: str) -> None:
        """Say when another text gives exactly the figure that speaks, but for another year."""
        answers.same_in_another_year(self.page, indicator)

    def no_office(self, *indicators: str) -> None:
        """Say of which figures no office's own text in the data gives any."""
        answers.no_office(self.page, *indicators)

    # ---- the official series ----

    def say_official(self, indicator: str) -> None:
        """Say what the official series gives for the year, and whether it was measured."""
        official.say_official(self.page, indicator)

    def say_change(self, indicator: str, since: str = "", until: str = "") -> None:
        """Say how an official series moved, in each territory by itself."""
        official.say_change(self.page, indicator, since, until)

    def say_rank(self, name: str) -> None:
        """Say where the region stands among those of its level, a range where it is one."""
        official.say_rank(self.page, name)

    def through_the_years(self, *names: str) -> None:
        """Show indicators and metrics of the official series year by year, in a closed table."""
        official.through_the_years(self.page, *names)

    # ---- agreement and comparison ----

    def what_sources_print(self, indicator: str, category: str = "") -> None:
        """Show what every text prints for a cell in the period, and whether they agree."""
        agreement.what_sources_print(self.page, indicator, category)

    def how_sure(self, indicator: str) -> None:
        """Grade the figure that speaks: undisputed, disputed, or the only one of its kind."""
        agreement.how_sure(self.page, indicator)

    def passed_over(self, figure: Figure | Missing) -> None:
        """Say which doubted figures would have spoken, had this one not been preferred."""
        agreement.passed_over(self.page, figure)

    def same_elsewhere(self, indicator: str) -> None:
        """Say when a region above or below is printed with exactly the figure of this one."""
        agreement.same_elsewhere(self.page, indicator)

    def loose_peers(self, comparison: Comparison) -> None:
        """Say which figures of a comparison are bounded on one side and may reach our own."""
        agreement.loose_peers(self.page, comparison)

    def set_aside(self, comparison: Comparison) -> None:
        """List the figures of a comparison that rest on a doubted one and so bound nothing."""
        agreement.set_aside(self.page, comparison)

    def undated_peers(self, comparison: Comparison) -> None:
        """Say what undated figures of comparison there are, and what contradicts them."""
        agreement.undated_peers(self.page, comparison)

    def under(self, *names: str, readings: Iterable[str] = ()) -> None:
        """Show quantities under several readings, with the full range of all sources."""
        sensitivity.under(self.page, *names, readings=readings)

    def history(
        self, indicator: str, since: str = "", until: str = "", category: str = "",
        *, official: bool = False,
    ) -> None:  # fmt: skip
        """Show the dated figures of an indicator for the region: official series as a line.

        Without years those that the data package sets for the indicator, else all.
        """
        first, _, last = self.data.settings.years.get(indicator, "/").partition("/")
        since, until = since or first, until or last or "9999"
        pictures.history(self.page, indicator, since, until, category, official=official)

    def texts(self, indicator: str) -> None:
        """Draw what each text gives for the period, where at least three of them do."""
        pictures.texts(self.page, indicator)

    def remark(self, name: str, *, when: bool = True) -> None:
        """Say what ``remarks.csv`` of the package says under a name: what holds for it only."""
        if (found := self.data.remarks.get(name, None)) is not None:
            self.say(id=found.text_id, en=found.text_en, when=when)

    def part_against_whole(self, found: PartAndWhole) -> None:
        """Draw a part that exceeds its whole as two bars; nothing where it does not."""
        if found.breach:
            pictures.part_against_whole(self.page, found.part, found.whole)

    def comparison_table(self, metric: str, decimals: int = 1) -> None:
        """Show a metric beside the accounts that give its inputs, as dots and as a table."""
        pictures.comparison_table(self.page, metric, decimals)

    def across(self, name: str, period: str, level: str = "", category: str = "") -> None:
        """Show an indicator or metric for every region of a level at one reference period."""
        pictures.across(self.page, name, period, level, category)

    def breakdown(self, indicator: str, key: str) -> None:
        """Show an indicator by the values of one breakdown key."""
        tables.breakdown(self.page, indicator, key)

    def subregions(self, indicator: str, category: str = "") -> None:
        """Show the regions below with the figure printed nearest in time to the period."""
        tables.subregions(self.page, indicator, category)

    def intervals(self, *names: str) -> None:
        """Show derived figures with their bounds."""
        tables.intervals(self.page, *names)

    # ---- the evidence ----

    def record(self) -> None:
        """Say how many figures of how many texts there are, and how many findings in them."""
        contradictions.record(self.page)

    def foremost(self, most: int = 3) -> None:
        """Tell the findings that matter most, whatever their kind."""
        contradictions.foremost(self.page, most)

    def contradictions(self, *kinds: str, severity: str = "") -> None:
        """Tell the findings of the given kinds, or of a severity, that were not told yet."""
        contradictions.contradictions(self.page, *kinds, severity=severity)

    def finds(self, severity: str = "") -> bool:
        """Tell whether there are findings of a severity (hard, soft, note) not yet told."""
        return contradictions.finds(self.page, severity=severity)

    def has_series(self) -> bool:
        """Tell whether any series of several texts is long enough for a picture."""
        return bool(pictures.drawable(self.page))

    def has_repairs(self) -> bool:
        """Tell whether a typing error is offered for any figure of the region."""
        return bool(contradictions.possible_repairs(self.page))

    def trifles(self) -> None:
        """List the notes in a closed list."""
        contradictions.trifles(self.page)

    def pictures(self) -> None:
        """Draw every series that several texts print, with contested figures marked."""
        pictures.pictures(self.page)

    def repairs(self) -> None:
        """List the typing errors that would resolve a finding, with the reason."""
        contradictions.repairs(self.page)

    def programme(self, before: str = "", after: str = "") -> Programme:
        """Return what can be said of a programme between two windows of years (2008/2012)."""
        return Programme(self.page, before, after)

    def sources_examined(self) -> None:
        """List the texts with figures that a finding is about: how many, of how many in all."""
        contradictions.sources_examined(self.page)


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
