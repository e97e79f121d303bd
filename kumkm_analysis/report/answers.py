"""What a page says first, and under which headings: the nearest figure, who is silent, a quote."""

from __future__ import annotations

from collections.abc import Mapping

from kumkm_analysis.charts.marks import position
from kumkm_analysis.dataset.vocabulary import join, the
from kumkm_analysis.metrics.compute import look_up
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.readings import Cell
from kumkm_analysis.report import html
from kumkm_analysis.report.citations import other_language
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.sentences import show


def section(page: Page, titles: Mapping[str, str], *, when: bool) -> bool:
    """Open a section of the page, and tell whether there is one: without content there is none."""
    if when:
        from IPython.display import display

        title = page.fill(titles, {}, plain=True)
        display({"text/markdown": f"## {title}", "text/plain": title}, raw=True)
    return when


def has(page: Page, indicator: str, *, any_time: bool = False, by: str = "") -> bool:
    """Tell whether anything is printed of an indicator for the region, in the period or ever."""
    period = None if any_time or by else page.period
    found = page.select(indicator, period=period, category=None if by else "")
    return any(o.category.startswith(f"{by}=") if by else o.reference_period for o in found)


def has_below(page: Page, indicator: str) -> bool:
    """Tell whether anything is printed of an indicator for the regions below."""
    below = page.data.children(page.region.region_id)
    return any(page.select(indicator, region=r.region_id) for r in below)


def nearest(page: Page, *indicators: str) -> None:
    """Where nothing is printed for the period, say what is printed nearest to it."""
    missing: list[Missing] = []
    for indicator in indicators:
        if isinstance(page.figure(indicator), Figure):
            continue
        here = position(page.period)
        found = [page.observed(o) for o in page.select(indicator) if o.reference_period]
        found.sort(key=lambda f: (bool(f.suspects), abs(position(f.period) - here), f.observations))
        what = the(page.ledger.title(indicator), page.language)
        if found and not has(page, indicator):  # what a text prints may still not be an office's
            page.tell("answers.nearest", what=what, it=found[0])
        else:
            missing.append(Missing(indicator, page.region.region_id, page.period))
    if missing:
        page.say_missing(missing)


def same_in_another_year(page: Page, indicator: str) -> None:
    """Say when another text gives exactly the figure that speaks, but for another year."""
    spoken = page.figure(indicator)
    if isinstance(spoken, Missing) or spoken.value is None or not spoken.interval.is_exact:
        return
    source = page.data.observations[spoken.observations[0]].source_id
    for o in page.select(indicator):
        other_year = o.reference_period[:4] not in ("", spoken.period[:4])
        if o.value == spoken.value and other_year and o.source_id != source:
            page.tell("answers.same_in_another_year", it=spoken, other=page.observed(o))
            return


def no_office(page: Page, *indicators: str) -> None:
    """Say of which figures no office's own text in the data gives any for the period."""
    silent = [
        the(page.ledger.title(name), page.language)
        for name in indicators
        if isinstance(page.figure(name), Figure) and not _office_gives(page, name)
    ]
    if silent:
        what = join(silent, page.language, "or")
        page.tell("answers.no_office", what=what)


def _office_gives(page: Page, indicator: str) -> bool:
    where = (page.region.region_id, page.period)
    return bool(look_up(Cell(indicator), page.data, *where, "official"))


def quote(page: Page, figure: Figure | Missing) -> None:
    """Show the sentence of the source around a printed figure, where the data have it."""
    if isinstance(figure, Missing):
        return
    for observation in figure.observations:
        found = page.data.quotations.get(observation, None)
        if found is None:
            continue
        source = page.data.sources[page.data.observations[observation].source_id]
        other = other_language(source, page.language)
        cited = f"<cite>{html.text(source.publisher)}</cite>"
        token = page.data.observations[observation].as_printed
        before, _, after = found.quotation.partition(token)
        own = page.ledger.printed(observation, figure.reading)
        link = page.link(own, token) if token in found.quotation else ""
        body = html.blockquote(f"{html.text(before)}{link}{html.text(after)}", other)
        note = found.note(page.language)
        remark = f"<p>{html.text(note)}</p>" if note else ""
        show(
            f'<figure class="kumkm-quote">{body}<figcaption>{cited}</figcaption></figure>{remark}',
            f"“{found.quotation}” ({source.publisher})",
        )
