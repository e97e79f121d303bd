"""What a report says from the yearly series of the statistics office: a year, a change, a rank."""

from __future__ import annotations

from kumkm_analysis.dataset.vocabulary import capital, join, the
from kumkm_analysis.findings import examine
from kumkm_analysis.metrics.comparisons import accounts
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.formulas import METRICS
from kumkm_analysis.metrics.rank import rank
from kumkm_analysis.metrics.series import change, official_series, spans
from kumkm_analysis.report import html, tables
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.phrases import word
from kumkm_analysis.report.sentences import Part, show

# Kinds of finding that say of a year of a series that nobody measured it.
UNMEASURED = frozenset({"carried_forward", "carried_back", "territories_added"})
FEWEST = 10  # regions of one year, for a rank to say something


def official(page: Page, indicator: str) -> Figure | Missing:
    """Return what the official series gives for the year of the page, or what is missing."""
    return _year(page, series(page, indicator), page.period[:4], indicator)


def series(page: Page, indicator: str) -> tuple[Figure, ...]:
    """Return the official series of an indicator for the region, with what is known against it."""
    found = official_series(page.data, indicator, page.region.region_id)
    return tuple(figure.known_by(page.doubts) for figure in found)


def say_official(page: Page, indicator: str) -> None:
    """Say what the official series gives for the year, and whether it was measured."""
    found = official(page, indicator)
    if isinstance(found, Missing):
        return
    what = the(page.ledger.title(indicator), page.language)
    page.tell("official.year", what=what, it=found)
    for finding in examine(page.data).select(observation=found.observations[0]):
        if finding.kind in UNMEASURED and found.observations[0] in finding.suspects:
            earlier = _repeated(page, indicator, found)
            if finding.kind == "carried_forward" and earlier is not None:
                page.tell("official.repeats", it=found, earlier=earlier)
            else:
                page.tell("official.unmeasured", it=found)
            return


def _repeated(page: Page, indicator: str, figure: Figure) -> Figure | None:
    """Return the earliest of the unbroken run of years that give the same figure."""
    run = [f for f in series(page, indicator) if f.period <= figure.period]
    first = None
    for earlier in reversed(run[:-1]):
        if earlier.value != figure.value:
            break
        first = earlier
    return first


def say_change(page: Page, indicator: str, since: str = "", until: str = "") -> None:
    """Say how an official series moved within each territory, between two years or its ends.

    Across a break of reporting nothing is said, but of the years before it and of those after it.
    Suspect figures are no ends: nothing is said to have moved to a year that nobody measured.
    """
    what = the(page.ledger.title(indicator), page.language)
    breaks = [year for name, year in page.doubts.breaks if name == indicator]
    for part in spans(series(page, indicator), breaks):
        of_years = (f for f in part if (since or "0") <= f.period <= (until or "9"))
        within = [f for f in of_years if not f.suspects]
        if len(within) < 2:
            continue
        first, last = within[0], within[-1]
        rate = change(first, last)
        title = _territory(page, first)
        key = "official.change_of" if title else "official.change"
        parts: dict[str, Part] = {"territory": title} if title else {}
        page.tell(key, when=True, what=what, first=first, last=last, rate=rate, **parts)


def say_rank(page: Page, name: str) -> None:
    """Say where the region stands among the provinces of the same year; a range where it is one."""
    own, others = _of_the_year(page, name)
    if own is None or len(others) < FEWEST:
        return
    found = rank(own, others)
    what = the(page.ledger.title(name), page.language)
    ids = tuple(dict.fromkeys(i for f in (own, *others) for i in f.observations))
    parts: dict[str, Part] = {
        "what": what,
        "it": own,
        "first": _place(page, found.first, ids),
        "last": _place(page, found.last, ids),
        "n": _place(page, found.among, ids),
    }
    page.tell(
        "official.rank", when=found.is_certain, **{k: v for k, v in parts.items() if k != "last"}
    )
    page.tell("official.rank_range", when=not found.is_certain, **parts)
    page.tell("official.rank_disputed", when=any(f.disputed for f in (own, *others)))


def _place(page: Page, number: int, ids: tuple[str, ...]) -> Figure:
    from kumkm_analysis.metrics.compute import count

    return count("places", ids, number, page.region.region_id)


def _of_the_year(page: Page, name: str) -> tuple[Figure | None, list[Figure]]:
    """Return the region's figure of the page's year, and those of the other provinces."""
    year = page.period[:4]
    level = page.region.level
    if name in METRICS:
        computed = accounts(page.data, name, [level], page.doubts)
        every = [f for f in computed if f.period == year and _is_official(page, f)]
    else:
        regions = (r for r in page.data.regions.values() if r.level == level)
        printed = (f for r in regions for f in official_series(page.data, name, r.region_id))
        every = [f.known_by(page.doubts) for f in printed if f.period == year]
    every = [f for f in every if not f.suspects]
    own = next((f for f in every if page.is_own(f)), None)
    return own, [f for f in every if not page.is_own(f)]


def through_the_years(page: Page, *names: str) -> None:
    """Show indicators and metrics of the official series year by year, a part a territory.

    One of which the series has nothing has no column.
    """
    found = {name: _yearly(page, name) for name in names}
    names = tuple(name for name, column in found.items() if column)
    columns = [found[name] for name in names]
    years = sorted({year for column in columns for year in column})
    if not years:
        return
    body: list[list[str]] = []
    before = ""
    for year in years:
        figures = [column.get(year) for column in columns]
        territory = next((f.territory for f in figures if f is not None), "")
        if body and territory != before:
            body.append([html.text(page.word("new_territory")), *[""] * len(names)])
        before = territory
        body.append([year, *("–" if f is None else page.printed(f) for f in figures)])
    heads = [page.word("year"), *(capital(page.ledger.title(name)) for name in names)]
    what = join([page.ledger.title(name) for name in names], page.language)
    caption = word("words.through_the_years", page.language, region=page.region_title, what=what)
    made = tables.titled(page, caption, heads, body)
    show(html.folded(caption, made), caption)


def _yearly(page: Page, name: str) -> dict[str, Figure]:
    """Return an indicator or metric of the official series by year."""
    if name not in METRICS:
        return {f.period: f for f in series(page, name)}
    level = page.region.level
    own = page.region.region_id
    found = accounts(page.data, name, [level], page.doubts)
    return {
        f.period: f
        for f in found
        if f.region == own and len(f.period) == len("YYYY") and _is_official(page, f)
    }


def _is_official(page: Page, figure: Figure) -> bool:
    sources = (page.data.observations[i].source_id for i in figure.observations)
    return all(page.data.sources[s].kind == "statistics_office" for s in sources)


def _territory(page: Page, figure: Figure) -> str:
    """Return the title of the territory of a figure, nothing where it has none of its own."""
    territory = page.data.territories.get(figure.territory, None)
    return territory.title(page.language) if territory else ""


def _year(page: Page, found: tuple[Figure, ...], year: str, indicator: str) -> Figure | Missing:
    missing = Missing(indicator, page.region.region_id, year)
    return next((f for f in found if f.period == year), missing)
