"""What a report shows in tables: printed figures with their sources, metrics with their bounds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from kumkm_analysis.charts import marks as charts
from kumkm_analysis.dataset.vocabulary import capital, the, when
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.report import html
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.phrases import word
from kumkm_analysis.report.sentences import show

if TYPE_CHECKING:
    from kumkm_analysis.dataset.records import Observation


def breakdown(page: Page, indicator: str, key: str) -> None:
    """Show an indicator by the values of one breakdown key.

    When the report's own period has none, the page says so and shows what other periods have.
    """
    page.refuse(page.data.check_breakdown(key))
    every = [
        o
        for o in page.select(indicator, category=None)
        if o.category.startswith(key + "=") and ";" not in o.category
    ]
    within = [o for o in every if o.within(page.period)]
    label = word("words.by", page.language, what=page.ledger.title(indicator), term=page.term(key))
    if not every:
        return say_no_rows(page, label)
    if not within:
        sentence = word(
            "words.other_times",
            page.language,
            what=the(label, page.language),
            region=page.region_spoken,
            when=when(page.period, page.language),
        )
        page.note(sentence)
    found = sorted(within or every, key=lambda o: (o.reference_period, o.source_id, -o.value))
    heads = ("breakdown", "period_source", "as_printed")
    body = [
        [
            html.text(page.term(o.category.replace("=", "."))),
            when_by(page, f),
            page.printed(f),
        ]
        for o in found
        for f in [page.observed(o)]
    ]
    caption = f"{capital(label)}, {page.region_title}"
    show(table(page, caption, heads, body), caption)
    return None


def subregions(page: Page, indicator: str, category: str = "") -> None:
    """Show the regions below with the figure printed nearest in time to the period."""
    page.refuse(page.data.check_indicator(indicator))
    label = page.ledger.title(indicator)
    if category:
        label += f", {page.term(category.replace('=', '.'))}"
    none = page.word("no_data")
    body = []
    for child in page.data.children(page.region.region_id):
        name = html.text(child.title(page.language))
        found = [
            o
            for o in page.select(indicator, region=child.region_id, category=category)
            if o.reference_period
        ]
        if not found:
            body.append([name, "", none])
            continue
        nearest = min(found, key=lambda o: (distance(page, o), o.source_id, o.observation_id))
        figure = page.observed(nearest)
        body.append(
            [
                name,
                when_by(page, figure),
                page.printed(figure),
            ]
        )
    if not body:
        if not category:
            page.note(word("words.no_subregions", page.language, region=page.region_spoken))
        return
    heads = ("region", "period_source", "as_printed")
    near = page.word("nearest_to")
    caption = f"{capital(label)}, {near} {page.period_text(page.period)}"
    show(table(page, caption, heads, body), caption)


def intervals(page: Page, *names: str) -> None:
    """Show derived figures with their bounds, rounded outward."""
    every = [page.metric(name) for name in names]
    found = [f for f in every if isinstance(f, Figure)]
    if not found:
        return page.say_missing([m for m in every if isinstance(m, Missing)])
    bounded = any(not f.interval.is_exact for f in found)
    heads = ("quantity", "value", "bounds") if bounded else ("quantity", "value")
    body = []
    for f in found:
        value = f"{page.cell(f)}{page.small(f)}"
        row = [html.text(capital(page.ledger.title(f.name))), value]
        if bounded:
            row.append(page.word("no_interval") if f.interval.is_exact else bounds(page, f))
        body.append(row)
    caption = page.word("values_and_bounds")
    show(table(page, caption, heads, body), caption)
    return None


def bounds(page: Page, figure: Figure) -> str:
    """Return bounds rounded outward, as a cell."""
    return page.link(figure, figure.between(page.language, "table"), "", "table")


def printed_table(page: Page, caption: str, found: Sequence[Figure]) -> str:
    """Return a table of printed figures: who, when, what, and what the print allows."""
    heads = ("source", "reference_period", "as_printed")
    body = []
    for f in found:
        when = html.text(breaking(page, f.period))
        body.append([sources(page, f), when, page.printed(f)])
    return table(page, caption, heads, body)


def table(page: Page, caption: str, heads: Sequence[str], body: list[list[str]]) -> str:
    """Return a table with a caption and the named heads; cells are finished HTML."""
    words = [page.word(h) for h in heads]
    return titled(page, caption, words, body)


def titled(
    page: Page,
    caption: str,
    heads: Sequence[str],
    body: list[list[str]],
    data: Sequence[Sequence[str]] = (),
) -> str:
    """Return a table with its heads in words, and with a link to its data, or to more of them."""
    words = [html.text(h) for h in heads]
    return html.table(html.text(caption), words, body, page.language, page.word("download"), data)


def say_no_rows(page: Page, label: str, key: str = "words.no_rows") -> None:
    """Say that nothing is printed of something for the region, or no series of it."""
    what = the(label, page.language)
    page.note(word(key, page.language, what=what, region=page.region_spoken))


def when_by(page: Page, figure: Figure) -> str:
    """Return a cell with the period of a figure and, beneath, who printed it."""
    by = html.small(", ".join(page.publishers(figure)))
    return f"{html.text(breaking(page, figure.period))}{by}"


def breaking(page: Page, period: str) -> str:
    """Return a period that may break over lines, as a narrow column needs."""
    return page.period_text(period).replace("\N{NO-BREAK SPACE}", " ")


def sources(page: Page, figure: Figure) -> str:
    """Return a cell with who printed what a figure rests on."""
    return html.text(", ".join(page.publishers(figure)))


def distance(page: Page, observation: Observation) -> Fraction:
    """Return how far in time a printed figure lies from the period of the page, in years."""
    here = charts.position(page.period)
    return abs(charts.position(observation.reference_period) - here)
