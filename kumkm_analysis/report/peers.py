"""A region among those of its level: small multiples, where its change lies, its rank."""

from __future__ import annotations

from collections.abc import Sequence

from kumkm_analysis.charts.marks import Mark
from kumkm_analysis.charts.multiples import multiples, spread
from kumkm_analysis.dataset.periods import Window
from kumkm_analysis.dataset.vocabulary import capital, join, the
from kumkm_analysis.metrics import compute
from kumkm_analysis.metrics.figures import Figure, machine_value
from kumkm_analysis.metrics.rank import rank
from kumkm_analysis.metrics.series import official_series
from kumkm_analysis.metrics.windows import Move, mean, move
from kumkm_analysis.report import html, pictures, tables
from kumkm_analysis.report.official import FEWEST
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.phrases import word
from kumkm_analysis.report.sentences import Part


def has_peers(page: Page, name: str) -> bool:
    """Tell whether enough regions of the page's level have an official series of an indicator."""
    return sum(bool(official_series(page.data, name, region)) for region in _peers(page)) >= FEWEST


def small_multiples(page: Page, name: str) -> None:
    """Draw the official series of an indicator for every region of the level, side by side.

    The own region has its latest figure; the data of the chart hold the years of all.
    """
    panels: dict[str, list[Mark]] = {}
    for region in _peers(page):
        title = page.data.regions[region].title(page.language)
        marks = [
            Mark(f.known_by(page.doubts), label=title, own=page.is_own(f), line=True)
            for f in official_series(page.data, name, region)
        ]
        if sum(not m.doubted for m in marks) > 1:
            panels[title] = marks
    if len(panels) < FEWEST:
        return
    what = capital(page.ledger.title(name))
    title = word("words.multiples_title", page.language, what=what, level=page.always["level"])
    own = [[m for m in marks if m.own and not m.doubted][-1:] for marks in panels.values()]
    latest = [mark for marks in own for mark in marks]
    heads = [page.word(head) for head in ("region", "reference_period", "as_printed")]
    body = [
        [html.text(m.label), html.text(m.figure.period), page.printed(m.figure)] for m in latest
    ]
    years = sorted({m.figure.period for marks in panels.values() for m in marks})
    data = [[page.word("region"), *years]]
    for label, marks in panels.items():
        of = {m.figure.period: _datum(m.figure) for m in marks}
        data.append([html.text(label), *(of.get(year, "") for year in years)])
    listed = "; ".join(f"{m.label}: {m.number(page.language)}" for m in latest)
    made = multiples(panels, page.language, f"{title}. {listed}.", title)
    pictures.show_chart(page, made, latest, tables.titled(page, title, heads, body, data))


def against_others(page: Page, name: str, category: str, earlier: Window, later: Window) -> None:
    """Draw how a quantity moved in every region of the level; say the rank before and after.

    Nothing where the own region cannot be compared, or fewer than ten others. All are compared in
    the years that the own region has. Named are the own region, the lowest and the highest; the
    data of the chart hold all.
    """
    moved = _moves(page, name, category, earlier, later)
    mine = moved[page.region.region_id]
    alike = {region: m.in_years_of(mine) for region, m in moved.items()}
    sizes = {region: m.size for region, m in alike.items() if m is not None}
    known = {r: s for r, s in sizes.items() if isinstance(s, Figure) and not s.suspects}
    own = page.region.region_id
    if own not in known or len(known) < FEWEST:
        return
    spoken = the(page.cell_title(name, category), page.language)
    said = {"what": spoken, "before": str(earlier), "after": str(later)}
    title = word("words.spread_title", page.language, level=page.always["level"], **said)
    marks = [
        Mark(f, label=page.data.regions[r].title(page.language), own=r == own)
        for r, f in known.items()
    ]
    ordered = sorted(marks, key=lambda m: -m.value)
    ends = [*ordered[:1], *(m for m in ordered[1:-1] if m.own), *ordered[-1:]]
    heads = [page.word("region"), page.word("change")]
    body = [[html.text(m.label), page.printed(m.figure)] for m in ends]
    data = [heads, *([html.text(m.label), _datum(m.figure)] for m in ordered)]
    alt = f"{title}. " + "; ".join(f"{m.label}: {m.number(page.language)}" for m in ends) + "."
    made = spread(marks, page.language, alt, title)
    pictures.show_chart(page, made, ends, tables.titled(page, title, heads, body, data))
    _say_rank(page, said, [m for r, m in alike.items() if m is not None and r in known])


def _moves(page: Page, name: str, category: str, earlier: Window, later: Window) -> dict[str, Move]:
    """Return how a quantity moved in every region of the level, worked out once a dataset."""
    key = f"{__name__}.{page.region.level}.{name}.{category}.{earlier}.{later}"
    if key not in page.data.kept:
        page.data.kept[key] = {
            region: move(page.data, name, region, earlier, later, category, page.doubts)
            for region in _peers(page)
        }
    found: dict[str, Move] = page.data.kept[key]
    return found


def _say_rank(page: Page, said: dict[str, str], moved: Sequence[Move]) -> None:
    """Say the rank of the region by the mean of each window, and whose rows are added up."""
    own = page.region.region_id
    for side in ("before", "after"):
        means = {m.region: mean(getattr(m, side)) for m in moved}
        place = rank(means[own], [f for r, f in means.items() if r != own])
        ids = tuple(dict.fromkeys(i for f in means.values() for i in f.observations))
        numbers = {"first": place.first, "last": place.last, "n": place.among}
        if place.is_certain:
            del numbers["last"]
        parts: dict[str, Part] = {
            name: compute.count("places", ids, number, own) for name, number in numbers.items()
        }
        key = "programme.ranks" if place.is_certain else "programme.ranks_range"
        page.tell(key, when=True, what=said["what"], years=said[side], **parts)
    disputed = any(f.disputed for m in moved for f in (*m.before, *m.after))
    page.tell("official.rank_disputed", when=disputed)
    added = next(m.parts for m in moved if m.region == own)
    regions = [the(page.data.regions[r].title(page.language), page.language) for r in added]
    page.tell("programme.added", when=bool(added), regions=join(regions, page.language))


def _peers(page: Page) -> list[str]:
    """Return the regions of the level of the page's own."""
    level = page.region.level
    return [r.region_id for r in page.data.regions.values() if r.level == level]


def _datum(figure: Figure) -> str:
    """Return a figure as the data of a chart have it: its exact value."""
    return f"<data value={machine_value(figure)}></data>"
