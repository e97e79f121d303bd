"""The one object a notebook holds: it finds figures, says sentences, shows tables and charts.

A sentence takes both languages at once and speaks the one of the run; whatever number stands in
it is a :class:`~kumkm_analysis.metrics.figures.Figure`, so that the closing list of evidence
and the machine-readable results are complete by construction.

>>> report = open_report(region="64", period="2012", language="en")
>>> report.metric("members_per_cooperative").text("en")
'72.81'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.request import check_parameters
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.metrics import compute
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.readings import Cell, Reader
from kumkm_analysis.report import html as markup
from kumkm_analysis.report import results
from kumkm_analysis.report.contradictions import Contradictions
from kumkm_analysis.report.sentences import show

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
        known = isinstance(self.part, Figure) and isinstance(self.whole, Figure)
        return known and not self.breach


class Report(Contradictions):
    """A report on one region and period, in one language, under one reading."""

    def __init__(
        self, data: Dataset, region: str, period: str, language: str, reading: str, name: str = ""
    ) -> None:
        super().__init__(data, region, period, language, reading)
        self.name = name
        self.heading = ""
        self._headline: list[Figure] = []

    def title(self, *, id: str, en: str) -> None:
        """Open the page with its title and one line on what it covers and under which reading."""
        self.heading = self.fill({"id": id, "en": en}, {}, plain=True)
        scope = self.fill(
            {
                "id": "{region}, {period} · bacaan: {reading} · data ",
                "en": "{region}, {period} · reading: {reading} · data ",
            },
            {"region": self.region_title, "reading": self.reading_title},
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

    def part_and_whole(self, part: str, whole: str) -> PartAndWhole:
        """Set a part against its whole, both from one source where one gives both."""
        reader = Reader(self.data, self.region.region_id, self.period, self.reading)
        scenarios = reader.scenarios({"part": Cell(part), "whole": Cell(whole)})
        if not scenarios:
            return PartAndWhole(self.figure(part), self.figure(whole))
        inputs = scenarios[0].inputs
        return PartAndWhole(
            compute.observed(self.data, inputs["part"], self.reading),
            compute.observed(self.data, inputs["whole"], self.reading),
        )

    def balance_holds(self) -> bool:
        """Tell whether own and external capital may equal the printed assets, given the print."""
        gap = self.metric("balance_gap")
        return self.balance_tells() and isinstance(gap, Figure) and gap.interval.contains(0)

    def balance_tells(self) -> bool:
        """Tell whether the print bounds what the balance lacks, on one side at least."""
        gap = self.metric("balance_gap")
        return isinstance(gap, Figure) and gap.interval != Interval(None, None)

    def close(self) -> None:
        """End the page: the evidence of every number, and the results for machines."""
        from IPython.display import display

        html = self.ledger.html()
        bundle = {
            "text/html": html,
            "text/plain": self.heading,
            results.MEDIA_TYPE: results.build(self, self.name, self.heading, self.headlines),
        }
        display(bundle, raw=True)

    @property
    def headlines(self) -> tuple[tuple[str, Figure], ...]:
        """The figures that stand for this page, with their titles."""
        return tuple((self.ledger.title(f.name), f) for f in self._headline)


def open_report(
    region: str | int = "64",
    period: str | int = "2012",
    language: str = "id",
    reading: str = "coherent",
    *,
    data: Dataset | None = None,
    name: str = "",
) -> Report:
    """Open a report after checking its parameters against the dataset, all faults at once.

    ``region`` and ``period`` may be numbers (papermill turns ``64`` into one). Raises
    :class:`~kumkm_analysis.errors.ParameterError`.
    """
    from kumkm_analysis.dataset.dataset import load

    data = data or load()
    given = {
        "region": str(region),
        "period": str(period),
        "language": language,
        "reading": reading,
    }
    faults = check_parameters(data.domain, given)
    if faults:
        raise ParameterError(faults, "The report cannot be opened.")
    return Report(data, given["region"], given["period"], language, reading, name)
