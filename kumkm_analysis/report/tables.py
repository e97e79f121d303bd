"""What a report shows beside its sentences: tables and charts of figures, with their sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from kumkm_analysis.charts import series as charts
from kumkm_analysis.charts.series import Mark
from kumkm_analysis.dataset.vocabulary import capital, join, the, when, word
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.metrics import compute
from kumkm_analysis.metrics.comparisons import Comparison, compare
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.formulas import METRICS
from kumkm_analysis.metrics.readings import Cell
from kumkm_analysis.report import html
from kumkm_analysis.report.sentences import Voice, show

if TYPE_CHECKING:
    from kumkm_analysis.dataset.records import Observation


MOST_OWN = 4  # figures of the page's own region that the description of a chart names one by one


class Tables(Voice):
    """Tables and charts, each a word of the notebooks."""

    def figure(self, indicator: str, category: str = "") -> Figure | Missing:
        """Return the printed figure that the reading lets speak, or what is missing (falsy)."""
        cell = Cell(indicator, category)
        return compute.look_up(cell, self.data, self.region.region_id, self.period, self.reading)

    def metric(self, name: str) -> Figure | Missing:
        """Return a derived figure with its interval, or what is missing (falsy)."""
        return compute.compute(name, self.data, self.region.region_id, self.period, self.reading)

    def candidates(self, indicator: str, category: str = "") -> tuple[Figure, ...]:
        """Return what every source prints for the cell, whatever the reading says."""
        found = self._select(indicator, period=self.period, category=category)
        ordered = sorted(found, key=lambda o: (o.reference_period, o.source_id, o.observation_id))
        return tuple(self._observed(o) for o in ordered)

    def comparison(self, metric: str) -> Comparison:
        """Set the metric beside every account of the nation, the provinces and our own region."""
        figure = self.metric(metric)
        own = figure if isinstance(figure, Figure) and figure.value is not None else None
        return compare(self.data, metric, self.region.region_id, own)

    def count(self, name: str, figures: Sequence[Figure]) -> Figure:
        """Return how many sources print these figures, as a figure that rests on them."""
        ids = tuple(dict.fromkeys(i for f in figures for i in f.observations))
        return compute.count(name, ids, len(self._sources_of(figures)), self.region.region_id)

    def _sources_of(self, figures: Sequence[Figure]) -> set[str]:
        """Return the sources that print what some figures rest on."""
        return {self.data.observations[i].source_id for f in figures for i in f.observations}

    def history(
        self,
        indicator: str,
        since: str = "",
        until: str = "9999",
        contested: frozenset[str] = frozenset(),
    ) -> None:
        """Show every dated figure of an indicator for the region, each publisher with its mark.

        A publisher has a letter, and each of several texts of one a small letter after it.
        A ring is drawn around the observations named in ``contested``.
        """
        found = [
            self._observed(o)
            for o in self._select(indicator)
            if o.reference_period and since <= o.reference_period[:4] <= until
        ]
        label = self.ledger.title(indicator)
        if not found:
            return self._say_no_rows(label)
        found.sort(key=lambda f: (charts.position(f.period), f.observations))
        texts = self._by_publisher(dict.fromkeys(self._source(f) for f in found))
        letters = {publisher: charts.letter(place) for place, publisher in enumerate(texts)}
        codes = {
            source: letters[publisher] + (charts.letter(place).lower() if len(sources) > 1 else "")
            for publisher, sources in texts.items()
            for place, source in enumerate(sources)
        }
        caption = f"{capital(label)}, {self.region_title}"
        if len(found) == 1:  # no chart, so no letters that would lead to its marks
            return show(self._printed_table(caption, found), caption)
        table = self._printed_table(caption, found, codes)
        low, high = min(found, key=lambda f: f.known), max(found, key=lambda f: f.known)
        alt = word(
            "alt_series",
            self.language,
            what=capital(label),
            region=self.region_spoken,
            first=found[0].period[:4],
            last=found[-1].period[:4],
            low=low.text(self.language),
            low_when=self.period_text(low.period),
            high=high.text(self.language),
            high_when=self.period_text(high.period),
        )
        marks = [
            Mark(
                f, "", source, contested=f.observations[0] in contested,
                letter=letters[self.data.sources[source].publisher],
            )
            for f in found
            for source in [self._source(f)]
        ]  # fmt: skip
        legend = "; ".join(
            f"<b>{letters[publisher]}</b>\N{NO-BREAK SPACE}{self._texts(publisher, sources)}"
            for publisher, sources in texts.items()
        )
        drawn = charts.series(marks, self.language, alt)
        text = f"{html.text(caption)}. {legend}."
        if any(mark.contested for mark in marks):
            text += f" {html.text(self.word('ring'))}"
        show(html.chart(drawn, text, self.word("data_of_chart"), table), alt)
        return None

    def comparison_table(self, metric: str, decimals: int = 1) -> None:
        """Show a metric beside every account that gives its inputs, as dots and as a table."""
        rows = self.comparison(metric).rows
        label = self.ledger.title(metric)
        if not rows:
            return self._say_no_rows(label)
        marks: list[Mark] = []
        for f in rows:
            place, period = self.place(f), self.period_text(f.period)
            again = bool(marks) and marks[-1].group == place
            full = f"{place}, {period}"
            marks.append(Mark(f, full, place, self._is_own(f), tick=period if again else full))
        self._dots(label, marks, f".{decimals}", dated=True)
        return None

    def across(self, name: str, period: str, level: str = "province", category: str = "") -> None:
        """Show an indicator or metric for every region of a level at one reference period."""
        _refuse(self.data.check_level(level))
        found: list[Figure] = []
        lacking: list[str] = []
        for region in self.data.regions.values():
            if region.level == level:
                figure = self._either(name, region.region_id, period, category)
                if isinstance(figure, Figure) and figure.value is not None:
                    found.append(figure)
                else:
                    lacking.append(the(region.title(self.language), self.language))
        what = self.ledger.title(name)
        if category:
            what += f" ({self.term(category.replace('=', '.'))})"
        label = f"{what}, {self.period_text(period)}"
        if not found:
            return self._say_no_rows(label)
        found.sort(key=lambda f: f.known, reverse=True)
        marks = [Mark(f, self.place(f), own=self._is_own(f)) for f in found]
        self._dots(label, marks, "", dated=False)
        if lacking:
            regions = join(lacking, self.language)
            self._say_missing(word("not_printed_for", self.language, regions=regions))
        return None

    def breakdown(self, indicator: str, key: str) -> None:
        """Show an indicator by the values of one breakdown key.

        When the report's own period has none, the page says so and shows what other periods have.
        """
        _refuse(self.data.check_breakdown(key))
        every = [
            o
            for o in self._select(indicator, category=None)
            if o.category.startswith(key + "=") and ";" not in o.category
        ]
        within = [o for o in every if o.within(self.period)]
        label = word("by", self.language, what=self.ledger.title(indicator), term=self.term(key))
        if not every:
            return self._say_no_rows(label)
        if not within:
            sentence = word(
                "missing",
                self.language,
                what=the(label, self.language),
                region=self.region_spoken,
                when=when(self.period, self.language),
            )
            self._say_missing(sentence)
        found = sorted(within or every, key=lambda o: (o.reference_period, o.source_id, -o.value))
        heads = ("breakdown", "period_source", "as_printed")
        body = [
            [
                html.text(self.term(o.category.replace("=", "."))),
                self._when_by(f),
                self.printed(f),
            ]
            for o in found
            for f in [self._observed(o)]
        ]
        caption = f"{capital(label)}, {self.region_title}"
        show(self._table(caption, heads, body), caption)
        return None

    def subregions(self, indicator: str, category: str = "") -> None:
        """Show the regions below with the figure printed nearest in time to the period."""
        _refuse(self.data.check_indicator(indicator))
        label = self.ledger.title(indicator)
        if category:
            label += f", {self.term(category.replace('=', '.'))}"
        none = "tidak ada data" if self.language == "id" else "no data"
        body = []
        for child in self.data.children(self.region.region_id):
            name = html.text(child.title(self.language))
            found = [
                o
                for o in self._select(indicator, region=child.region_id, category=category)
                if o.reference_period
            ]
            if not found:
                body.append([name, "", none])
                continue
            nearest = min(found, key=lambda o: (self._distance(o), o.source_id, o.observation_id))
            figure = self._observed(nearest)
            body.append(
                [
                    name,
                    self._when_by(figure),
                    self.printed(figure),
                ]
            )
        if not body:
            if not category:
                self._say_missing(word("no_subregions", self.language, region=self.region_spoken))
            return
        heads = ("region", "period_source", "as_printed")
        near = "terdekat ke" if self.language == "id" else "nearest to"
        caption = f"{capital(label)}, {near} {self.period_text(self.period)}"
        show(self._table(caption, heads, body), caption)

    def intervals(self, *names: str, decimals: int = 4) -> None:
        """Show derived figures with their bounds, rounded outward and to the nearest."""
        every = [self.metric(name) for name in names]
        found = [f for f in every if isinstance(f, Figure)]
        if not found:
            return self.say_missing([m for m in every if isinstance(m, Missing)])
        bounded = any(not f.interval.is_exact for f in found)
        heads = ("quantity", "value", "bounds") if bounded else ("quantity", "value")
        body = []
        for f in found:
            row = [html.text(capital(self.ledger.title(f.name))), self.cell(f)]
            if bounded:
                row.append(
                    self.word("no_interval") if f.interval.is_exact else self._bounds(f, decimals)
                )
            body.append(row)
        caption = "Nilai dan batasnya" if self.language == "id" else "Values and their bounds"
        show(self._table(caption, heads, body), caption)
        return None

    def _bounds(self, figure: Figure, decimals: int) -> str:
        """Return bounds rounded outward, and in brackets to the nearest."""
        nearest = html.small(figure.nearest_bounds(self.language, decimals))
        return self.ledger.link(figure, figure.between(self.language, "table"), nearest)

    def _dots(self, label: str, marks: list[Mark], spec: str, *, dated: bool) -> None:
        """Show marks as a dot chart with its table folded."""
        caption = capital(label)
        publishers = dict.fromkeys(p for m in marks for p in self.publishers(m.figure))
        heads = ["region", "period_source", "value"] if dated else ["region", "value"]
        body = []
        for mark in marks:
            f = mark.figure
            row = [html.text(self.place(f)), self.printed(f, spec)]
            body.append([row[0], self._when_by(f), row[1]] if dated else row)
        table = self._table(caption, heads, body)
        listed = ", ".join(html.cite(p) for p in publishers)
        named = self.word("evidence" if len(publishers) > 1 else "source")
        text = f"{html.text(caption)}. {named}: {listed}."
        alt = self._alt(caption, marks, spec)
        drawn = charts.dots(marks, self.language, alt)
        show(html.chart(drawn, text, self.word("data_of_chart"), table), alt)

    def _alt(self, caption: str, marks: Sequence[Mark], spec: str) -> str:
        """Return what a dot chart shows, in words, from its data."""
        decimals = int(spec[1:]) if spec.startswith(".") else None

        def said(mark: Mark) -> str:
            return mark.figure.text(self.language, decimals)

        def extremes(key: str, marks: Sequence[Mark], **parts: str) -> str:
            low = min(marks, key=lambda m: m.figure.known)
            high = max(marks, key=lambda m: m.figure.known)
            parts |= {"low": said(low), "low_label": low.label}
            parts |= {"high": said(high), "high_label": high.label}
            return word(key, self.language, **parts)

        alt = extremes("alt_dots", marks, what=caption)
        own = [m for m in marks if m.own]
        if len(own) > MOST_OWN:
            return alt + extremes("alt_own_range", own)
        return alt + "".join(
            word("alt_own", self.language, label=m.label, value=said(m)) for m in own
        )

    def _printed_table(
        self, caption: str, found: Sequence[Figure], codes: dict[str, str] | None = None
    ) -> str:
        """Return a table of printed figures: who, when, what, and what the print allows."""
        heads = ("source", "reference_period", "as_printed")
        body = []
        for f in found:
            letter = f"<b>{codes[self._source(f)]}</b> " if codes else ""
            when = html.text(self._breaking(f.period))
            body.append([letter + self._sources(f), when, self.printed(f)])
        return self._table(caption, heads, body)

    def _table(self, caption: str, heads: Sequence[str], body: list[list[str]]) -> str:
        return html.table(html.text(caption), [html.text(self.word(h)) for h in heads], body)

    def _say_no_rows(self, label: str) -> None:
        what = the(label, self.language)
        self._say_missing(word("no_rows", self.language, what=what, region=self.region_spoken))

    def _say_missing(self, sentence: str) -> None:
        show(html.paragraph(html.text(sentence), "missing"), sentence)

    def _either(self, name: str, region: str, period: str, category: str) -> Figure | Missing:
        """Return a metric or a printed figure of any region and period."""
        if name in METRICS:
            return compute.compute(name, self.data, region, period, self.reading)
        return compute.look_up(Cell(name, category), self.data, region, period, self.reading)

    def _select(
        self, indicator: str, *, region: str = "", period: str | None = None,
        category: str | None = "",
    ) -> tuple[Observation, ...]:  # fmt: skip
        """Return what is printed of an indicator for a region, by default that of the report."""
        _refuse(self.data.check_indicator(indicator))
        region = region or self.region.region_id
        return self.data.select(
            region=region, indicator=indicator, period=period, category=category
        )

    def _observed(self, observation: Observation) -> Figure:
        return compute.observed(self.data, observation, self.reading)

    def _when_by(self, figure: Figure) -> str:
        """Return a cell with the period of a figure and, beneath, who printed it."""
        by = html.small(", ".join(self.publishers(figure)))
        return f"{html.text(self._breaking(figure.period))}{by}"

    def _breaking(self, period: str) -> str:
        """Return a period that may break over lines, as a narrow column needs."""
        return self.period_text(period).replace("\N{NO-BREAK SPACE}", " ")

    def _sources(self, figure: Figure) -> str:
        return html.text(", ".join(self.publishers(figure)))

    def _source(self, figure: Figure) -> str:
        return self.data.observations[figure.observations[0]].source_id

    def _listed(self, source_id: str) -> str:
        """Return the name of a source that leads to where the page lists it."""
        name = self.data.sources[source_id].publisher
        return html.to_record(self.ledger.source(source_id), name)

    def _by_publisher(self, sources: Iterable[str]) -> dict[str, list[str]]:
        """Return sources by who published them, in the order in which they come."""
        texts: dict[str, list[str]] = {}
        for source in sources:
            texts.setdefault(self.data.sources[source].publisher, []).append(source)
        return texts

    def _texts(self, publisher: str, sources: Sequence[str]) -> str:
        """Return a publisher that leads to its text, or its name with a letter for each of them."""
        if len(sources) == 1:
            return self._listed(sources[0])
        letters = (
            html.to_record(self.ledger.source(source), charts.letter(place).lower())
            for place, source in enumerate(sources)
        )
        return f"{html.text(publisher)}\N{NO-BREAK SPACE}({', '.join(letters)})"

    def _is_own(self, figure: Figure) -> bool:
        return figure.region == self.region.region_id

    def _distance(self, observation: Observation) -> Fraction:
        here = charts.position(self.period)
        return abs(charts.position(observation.reference_period) - here)


def _refuse(fault: Fault | None) -> None:
    """Refuse a name that is none: the page would say that nothing is printed of it."""
    if fault is not None:
        raise ParameterError(fault)
