"""What if we believed another source: one quantity under every choice of sources, side by side."""

from __future__ import annotations

from collections.abc import Iterable

from kumkm_analysis.dataset.vocabulary import capital
from kumkm_analysis.metrics.claims import agreed, groups
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.report import html, tables
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.sentences import show

ENVELOPE = "envelope"


def under(page: Page, *names: str, readings: Iterable[str] = ()) -> None:
    """Show metrics or indicators under several readings, with the full range of all sources.

    ``readings`` defaults to all of the dataset. Readings that give the same share a row; a quantity
    on which all agree is said in a sentence instead.
    """
    chosen = [r for r in (readings or page.data.domain.readings) if r != ENVELOPE]
    missing: list[Missing] = []
    for name in names:
        found = {r: _under(page, name, r) for r in chosen}
        if any(isinstance(f, Figure) for f in found.values()):
            _show_under(page, name, found)
        else:
            missing += [f for f in found.values() if isinstance(f, Missing)][:1]
    if len(missing) == len(names):  # else the page has said that nobody prints it
        page.say_missing(missing)


def _show_under(page: Page, name: str, found: dict[str, Figure | Missing]) -> None:
    """Say that all readings agree, or show what each gives."""
    hull, caption = _under(page, name, ENVELOPE), capital(page.ledger.title(name))
    same = agreed(found)
    if same is not None and isinstance(hull, Figure) and hull.interval == same.interval:
        page.tell("sensitivity.all_agree", what=caption, it=same)
        return
    body = [
        [html.text(capital(_titles(page, readings))), page.printed(it), tables.sources(page, it)]
        for it, readings in groups(found)
    ]
    lacking = [r for r, figure in found.items() if isinstance(figure, Missing)]
    if lacking:
        body.append([html.text(capital(_titles(page, lacking))), page.word("gives_nothing"), ""])
    if isinstance(hull, Figure):
        bounds = page.cell(hull, "interval") + page.small(hull)
        title = html.text(capital(_titles(page, [ENVELOPE])))
        body.append([title, bounds, tables.sources(page, hull)])
    show(tables.table(page, caption, ("reading", "value", "source"), body), caption)


def _titles(page: Page, readings: Iterable[str]) -> str:
    place = 0 if page.language == "id" else 1
    return "; ".join(page.data.domain.readings[r][place] for r in readings)


def _under(page: Page, name: str, reading: str) -> Figure | Missing:
    return page.either(name, page.region.region_id, page.period, reading=reading)
