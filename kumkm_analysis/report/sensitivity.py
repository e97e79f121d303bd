"""What if we believed another source: one quantity under every reading, side by side."""

from __future__ import annotations

from collections.abc import Iterable

from kumkm_analysis.dataset.vocabulary import capital, join
from kumkm_analysis.metrics import compute
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.formulas import METRICS
from kumkm_analysis.metrics.readings import Cell
from kumkm_analysis.report import html
from kumkm_analysis.report.agreement import Agreement
from kumkm_analysis.report.sentences import show

ENVELOPE = "envelope"


class Alternatives(Agreement):
    """The words of the section in which a reader may try another reading."""

    def under(self, *names: str, readings: Iterable[str] = ()) -> None:
        """Show metrics or indicators under several readings, with the hull of all sources.

        ``readings`` defaults to all of the dataset. Readings that rest on the same printed figures
        share a row; a quantity on which all agree is said in a sentence instead.
        """
        chosen = [r for r in (readings or self.data.domain.readings) if r != ENVELOPE]
        missing: list[Missing] = []
        for name in names:
            found = {r: self._under(name, r) for r in chosen}
            figures = {r: f for r, f in found.items() if isinstance(f, Figure)}
            if figures:
                self._show_under(name, figures)
            else:
                missing += [f for f in found.values() if isinstance(f, Missing)][:1]
        if missing:
            self.say_missing(missing)

    def _show_under(self, name: str, figures: dict[str, Figure]) -> None:
        """Say that all readings agree, or show what each gives."""
        hull = self._under(name, ENVELOPE)
        rows: dict[tuple[str, ...], list[str]] = {}
        for reading, figure in figures.items():
            rows.setdefault(figure.observations, []).append(reading)
        spoken = next(iter(figures.values()))
        if len(rows) == 1 and isinstance(hull, Figure) and hull.interval == spoken.interval:
            self.say(
                id="{what}: semua bacaan memberi hasil yang sama, {it}.",
                en="{what}: all readings give the same result, {it}.",
                what=capital(self.ledger.title(name)),
                it=spoken,
            )
            return
        body = [
            [html.text(capital(self._titles(names))), self.printed(it), self._sources(it)]
            for names in rows.values()
            for it in (figures[names[0]],)
        ]
        if isinstance(hull, Figure):
            bounds = self.cell(hull, "interval")
            body.append([html.text(capital(self._titles([ENVELOPE]))), bounds, self._sources(hull)])
        caption = capital(self.ledger.title(name))
        show(self._table(caption, ("reading", "value", "source"), body), caption)

    def _titles(self, readings: list[str]) -> str:
        place = 0 if self.language == "id" else 1
        return join([self.data.domain.readings[r][place] for r in readings], self.language)

    def _under(self, name: str, reading: str) -> Figure | Missing:
        """Return a metric or a printed figure of the report's region and period under a reading."""
        where = (self.data, self.region.region_id, self.period, reading)
        if name in METRICS:
            return compute.compute(name, *where)
        return compute.look_up(Cell(name), *where)
