"""What a report draws: figures over time, a metric in many places, each with its table folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from kumkm_analysis.charts import series as charts
from kumkm_analysis.charts.series import Mark
from kumkm_analysis.dataset.vocabulary import capital, join, the
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.report import html, tables
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.phrases import word
from kumkm_analysis.report.sentences import show

MOST_OWN = 4  # figures of the page's own region that the description of a chart names one by one
FEWEST_IN_A_PICTURE = 3


def comparison_table(page: Page, metric: str, decimals: int = 1) -> None:
    """Show a metric beside every account that gives its inputs, as dots and as a table."""
    rows = page.comparison(metric).rows
    label = page.ledger.title(metric)
    if not rows:
        return tables.say_no_rows(page, label)
    marks: list[Mark] = []
    for f in rows:
        place, period = page.place(f), page.period_text(f.period)
        again = bool(marks) and marks[-1].group == place
        full = f"{place}, {period}"
        marks.append(Mark(f, full, place, page.is_own(f), tick=period if again else full))
    dots(page, label, marks, f".{decimals}", dated=True)
    return None


def across(page: Page, name: str, period: str, level: str = "province", category: str = "") -> None:
    """Show an indicator or metric for every region of a level at one reference period."""
    page.refuse(page.data.check_level(level))
    found: list[Figure] = []
    lacking: list[str] = []
    for region in page.data.regions.values():
        if region.level == level:
            figure = page.either(name, region.region_id, period, category)
            if isinstance(figure, Figure) and figure.value is not None:
                found.append(figure)
            else:
                lacking.append(the(region.title(page.language), page.language))
    what = page.ledger.title(name)
    if category:
        what += f" ({page.term(category.replace('=', '.'))})"
    label = f"{what}, {page.period_text(period)}"
    if not found:
        return tables.say_no_rows(page, label)
    found.sort(key=lambda f: f.known, reverse=True)
    marks = [Mark(f, page.place(f), own=page.is_own(f)) for f in found]
    dots(page, label, marks, "", dated=False)
    if lacking:
        regions = join(lacking, page.language)
        page.note(word("words.words.not_printed_for", page.language, regions=regions))
    return None


def drawable(page: Page) -> list[str]:
    """Return the indicators that several texts print often enough to be drawn."""
    sources: dict[str, set[str]] = {}
    figures: Counter[str] = Counter()
    for o in page.record:
        kind = page.data.indicators[o.indicator_id].stock_or_flow
        if o.reference_period and not o.category and kind in ("stock", "flow"):
            sources.setdefault(o.indicator_id, set()).add(o.source_id)
            figures[o.indicator_id] += 1
    return [
        indicator
        for indicator, number in figures.most_common()
        if number >= FEWEST_IN_A_PICTURE and len(sources[indicator]) > 1
    ]


def pictures(page: Page) -> None:
    """Draw every series that several texts print, with contested figures marked."""
    contested = frozenset(
        i for f in page.found if f.severity != "note" for i in f.suspects or f.observations
    )
    for indicator in drawable(page):
        history(page, indicator, contested=contested)


def history(
    page: Page,
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
        page.observed(o)
        for o in page.select(indicator)
        if o.reference_period and since <= o.reference_period[:4] <= until
    ]
    label = page.ledger.title(indicator)
    if not found:
        return tables.say_no_rows(page, label)
    found.sort(key=lambda f: (charts.position(f.period), f.observations))
    by_text = by_publisher(page, dict.fromkeys(page.source(f) for f in found))
    letters = {publisher: charts.letter(place) for place, publisher in enumerate(by_text)}
    codes = {
        source: letters[publisher] + (charts.letter(place).lower() if len(sources) > 1 else "")
        for publisher, sources in by_text.items()
        for place, source in enumerate(sources)
    }
    caption = f"{capital(label)}, {page.region_title}"
    if len(found) == 1:  # no chart, so no letters that would lead to its marks
        return show(tables.printed_table(page, caption, found), caption)
    table = tables.printed_table(page, caption, found, codes)
    low, high = min(found, key=lambda f: f.known), max(found, key=lambda f: f.known)
    alt = word(
        "alt_series",
        page.language,
        what=capital(label),
        region=page.region_spoken,
        first=found[0].period[:4],
        last=found[-1].period[:4],
        low=low.text(page.language),
        low_when=page.period_text(low.period),
        high=high.text(page.language),
        high_when=page.period_text(high.period),
    )
    marks = [
        Mark(
            f, "", source, contested=f.observations[0] in contested,
            letter=letters[page.data.sources[source].publisher],
        )
        for f in found
        for source in [page.source(f)]
    ]  # fmt: skip
    legend = "; ".join(
        f"<b>{letters[publisher]}</b>\N{NO-BREAK SPACE}{texts(page, publisher, sources)}"
        for publisher, sources in by_text.items()
    )
    drawn = charts.series(marks, page.language, alt)
    text = f"{html.text(caption)}. {legend}."
    if any(mark.contested for mark in marks):
        text += f" {html.text(page.word('ring'))}"
    page.ledger.stands((mark.figure for mark in marks), "chart")
    show(html.chart(drawn, text, page.word("data_of_chart"), table), alt)
    return None


def dots(page: Page, label: str, marks: list[Mark], spec: str, *, dated: bool) -> None:
    """Show marks as a dot chart with its table folded."""
    caption = capital(label)
    publishers = dict.fromkeys(p for m in marks for p in page.publishers(m.figure))
    heads = ["region", "period_source", "value"] if dated else ["region", "value"]
    body = []
    for mark in marks:
        f = mark.figure
        row = [html.text(page.place(f)), page.printed(f, spec)]
        body.append([row[0], tables.when_by(page, f), row[1]] if dated else row)
    data = tables.table(page, caption, heads, body)
    listed = ", ".join(html.cite(p) for p in publishers)
    named = page.word("evidence" if len(publishers) > 1 else "source")
    text = f"{html.text(caption)}. {named}: {listed}."
    words = alt(page, caption, marks, spec)
    drawn = charts.dots(marks, page.language, words)
    page.ledger.stands((mark.figure for mark in marks), "chart")
    show(html.chart(drawn, text, page.word("data_of_chart"), data), words)


def alt(page: Page, caption: str, marks: Sequence[Mark], spec: str) -> str:
    """Return what a dot chart shows, in words, from its data."""
    decimals = int(spec[1:]) if spec.startswith(".") else None

    def said(mark: Mark) -> str:
        return mark.figure.text(page.language, decimals)

    def extremes(key: str, marks: Sequence[Mark], **parts: str) -> str:
        low = min(marks, key=lambda m: m.figure.known)
        high = max(marks, key=lambda m: m.figure.known)
        parts |= {"low": said(low), "low_label": low.label}
        parts |= {"high": said(high), "high_label": high.label}
        return word(f"words.{key}", page.language, **parts)

    said_first = extremes("alt_dots", marks, what=caption)
    own = [m for m in marks if m.own]
    if len(own) > MOST_OWN:
        return said_first + extremes("alt_own_range", own)
    return said_first + "".join(
        word("words.alt_own", page.language, label=m.label, value=said(m)) for m in own
    )


def listed(page: Page, source_id: str) -> str:
    """Return the name of a source that leads to where the page lists it."""
    name = page.data.sources[source_id].publisher
    return html.to_record(page.ledger.source(source_id), name)


def by_publisher(page: Page, sources: Iterable[str]) -> dict[str, list[str]]:
    """Return sources by who published them, in the order in which they come."""
    texts: dict[str, list[str]] = {}
    for source in sources:
        texts.setdefault(page.data.sources[source].publisher, []).append(source)
    return texts


def texts(page: Page, publisher: str, sources: Sequence[str]) -> str:
    """Return a publisher that leads to its text, or its name with a letter for each of them."""
    if len(sources) == 1:
        return listed(page, sources[0])
    letters = (
        html.to_record(page.ledger.source(source), charts.letter(place).lower())
        for place, source in enumerate(sources)
    )
    return f"{html.text(publisher)}\N{NO-BREAK SPACE}({', '.join(letters)})"
