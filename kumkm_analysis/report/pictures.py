"""What a report draws: figures over time, texts side by side, a metric in many places.

Each chart is titled by what it shows and has its table folded beneath.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from kumkm_analysis.charts import marks as charts
from kumkm_analysis.charts import rows, sheet
from kumkm_analysis.charts.marks import Chart, Mark
from kumkm_analysis.charts.timeline import timeline
from kumkm_analysis.dataset.vocabulary import capital, join, the
from kumkm_analysis.metrics.claims import compatible
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.report import html, tables
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.phrases import word
from kumkm_analysis.report.sentences import show

MOST_OWN = 4  # figures of the page's own region that the description of a chart names one by one
FEWEST_IN_A_PICTURE = 3
MOST_PICTURES = 4  # of series on which texts contradict each other
OFFICIAL = "statistics_office"
YEAR = 4  # letters of a period that is a year


def history(
    page: Page, indicator: str, since: str = "", until: str = "9999", category: str = "",
    *, official: bool = False,
) -> None:  # fmt: skip
    """Show every dated figure of an indicator for the region: official series as a line.

    With ``official`` only those of the official series, for a page that tells much else.
    """
    found = [
        page.observed(o)
        for o in page.select(indicator, category=category)
        if o.reference_period and since <= o.reference_period[:4] <= until
    ]
    lacking = "words.no_series" if official and found else "words.no_rows"
    if official:
        dated = {(page.source(f), f.period[:YEAR]) for f in found if _is_yearly(page, f, found)}
        longest = Counter(sorted(source for source, _ in dated)).most_common(1)
        found = [f for f in found if page.source(f) in dict(longest)]
    label = page.cell_title(indicator, category)
    if not found:
        return tables.say_no_rows(page, label, lacking)
    flow = page.data.indicators[indicator].stock_or_flow == "flow"
    found.sort(key=lambda f: (charts.position(f.period, flow=flow), f.observations))
    caption = f"{capital(label)}, {page.region_title}"
    drawn = [
        Mark(
            f, group=page.source(f), publisher=page.publishers(f)[0],
            when=page.period_text(f.period), line=_is_yearly(page, f, found), flow=flow,
            note=page.against(f),
        )
        for f in found
    ]  # fmt: skip
    if len(found) == 1:
        return page.tell("words.printed_by", what=capital(label), it=found[0])
    table = tables.printed_table(page, caption, found)
    if not charts.worth_drawing(drawn):  # two numbers are better said than drawn
        return show(table, caption)
    alt = _news_of_history(page, label, found)
    counted = _counted(page, drawn)
    made = timeline(
        drawn, page.language, alt, caption, highlight=page.period[:YEAR], counted=counted
    )
    return show_chart(page, made, drawn, table)


def _is_yearly(page: Page, figure: Figure, found: Sequence[Figure]) -> bool:
    """Tell whether a figure is part of a yearly series of the statistics office."""
    source = page.source(figure)
    of_source = sum(page.source(f) == source for f in found)
    return page.data.sources[source].kind == OFFICIAL and of_source > FEWEST_IN_A_PICTURE


def _news_of_history(page: Page, label: str, found: Sequence[Figure]) -> str:
    """Return what a chart over time says, in words: its ends, and that texts disagree."""
    sure = [f for f in found if not f.suspects] or list(found)
    low, high = min(sure, key=lambda f: f.known), max(sure, key=lambda f: f.known)
    alt = word(
        "words.alt_series",
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
    doubted = sum(bool(f.contested) for f in found)
    return f"{alt} {word('words.alt_doubted', page.language)}" if doubted else alt


def texts(page: Page, indicator: str) -> None:
    """Draw what each text gives for a cell in the period, where at least three of them do."""
    found = page.candidates(indicator)
    label = page.ledger.title(indicator)
    drawn = [
        Mark(
            f, label=page.publishers(f)[0], publisher=page.publishers(f)[0],
            when=page.period_text(f.period), note=page.against(f),
            own=_speaks(page, indicator, f),
        )
        for f in found
    ]  # fmt: skip
    if len(found) < FEWEST_IN_A_PICTURE or len({f.value for f in found}) == 1:
        return
    key = "words.texts_agree" if compatible(found) else "words.texts_disagree"
    parts = {"what": the(label, page.language), "region": page.region_spoken}
    title = word(key, page.language, period=page.period_text(page.period), **parts)
    listed = "; ".join(f"{m.publisher}, {m.when}: {m.number(page.language)}" for m in drawn)
    made = rows.texts(drawn, page.language, f"{title} {listed}.", title)
    show_chart(page, made, drawn, tables.printed_table(page, title, found))


def part_against_whole(page: Page, part: Figure | Missing, whole: Figure | Missing) -> None:
    """Draw a part that exceeds its whole as two bars."""
    if isinstance(part, Missing) or isinstance(whole, Missing):
        return
    impossible = page.word("cannot_be_right")
    drawn = [
        Mark(whole, label=capital(page.ledger.title(whole.name))),
        Mark(part, label=capital(page.ledger.title(part.name)), own=True, note=impossible),
    ]
    title = word("words.part_exceeds_title", page.language, region=page.region_spoken)
    listed = "; ".join(f"{m.label}: {m.number(page.language)}" for m in drawn)
    made = rows.bars(drawn, page.language, f"{title} {listed}.", title)
    show_chart(page, made, drawn, tables.printed_table(page, title, [whole, part]))


def comparison_table(page: Page, metric: str, decimals: int = 1) -> None:
    """Show a metric beside the accounts that give its inputs: a row a place, a dot a period."""
    found = page.comparison(metric).rows
    label = page.ledger.title(metric)
    if not found:
        return tables.say_no_rows(page, label)
    drawn = [
        Mark(
            f, label=page.place(f), own=page.is_own(f), when=page.period_text(f.period),
            note=page.against(f),
        )
        for f in found
    ]  # fmt: skip
    return _places(page, capital(label), drawn, f".{decimals}")


def across(page: Page, name: str, period: str, level: str = "", category: str = "") -> None:
    """Show an indicator or metric for every region of a level at one reference period.

    By default that is the second level from above.
    """
    level = level or next(iter([*page.data.settings.levels][1:2]), page.region.level)
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
    label = f"{page.cell_title(name, category)}, {page.period_text(period)}"
    if not found:
        return tables.say_no_rows(page, label)
    found.sort(key=lambda f: f.known, reverse=True)
    drawn = [Mark(f, label=page.place(f), own=page.is_own(f), note=page.against(f)) for f in found]
    _places(page, capital(label), drawn, "")
    if lacking:
        regions = join(lacking, page.language)
        page.note(word("words.not_printed_for", page.language, regions=regions))
    return None


def _places(page: Page, caption: str, drawn: Sequence[Mark], spec: str) -> None:
    """Show figures of places as rows, with their sources in a line and their table folded."""
    dated = len({m.figure.period for m in drawn}) > 1
    body = []
    for mark in drawn:
        f = mark.figure
        row = [html.text(page.place(f)), page.printed(f, spec)]
        body.append([row[0], tables.when_by(page, f), row[1]] if dated else row)
    heads = ["region", "period_source", "value"] if dated else ["region", "value"]
    table = tables.table(page, caption, heads, body)
    if not charts.worth_drawing(drawn):
        return show(table, caption)
    publishers = dict.fromkeys(p for m in drawn for p in page.publishers(m.figure))
    named = page.word("evidence" if len(publishers) > 1 else "source")
    listed = f"{named}: {', '.join(html.cite(p) for p in publishers)}."
    dotted = [m for m in drawn if m.figure.period]
    alt, counted = _alt(page, caption, drawn, spec), _counted(page, drawn)
    made = rows.rows(dotted or drawn, page.language, alt, caption, counted=counted)
    return show_chart(page, made, drawn, table, listed)


def _counted(page: Page, marks: Sequence[Mark]) -> str:
    """Return what values count, in the words of the package; nothing where the chart knows it."""
    counts = marks[0].figure.unit == "cooperatives"
    return page.own(sheet.unit_title("cooperatives", 0, page.language)) if counts else ""


def show_chart(
    page: Page, drawn: Chart, marks: Sequence[Mark], table: str, caption: str = ""
) -> None:
    """Show a chart with its caption, if it has one beyond its title, and its table folded."""
    page.ledger.stands((mark.figure for mark in marks), "chart")
    show(html.chart(drawn, caption, page.word("data_of_chart"), table), drawn.alt)


def _speaks(page: Page, indicator: str, figure: Figure) -> bool:
    """Tell whether a figure is the one that the reading lets speak."""
    spoken = page.figure(indicator)
    return isinstance(spoken, Figure) and figure.observations == spoken.observations


def _alt(page: Page, caption: str, marks: Sequence[Mark], spec: str) -> str:
    """Return what a chart of places shows, in words, from its data."""
    decimals = int(spec[1:]) if spec.startswith(".") else None

    def said(mark: Mark) -> str:
        return mark.figure.text(page.language, decimals)

    def named(mark: Mark) -> str:
        return f"{mark.label}, {mark.when}" if mark.when else mark.label

    def extremes(key: str, marks: Sequence[Mark], **parts: str) -> str:
        sure = [m for m in marks if not m.figure.suspects] or marks
        low = min(sure, key=lambda m: m.figure.known)
        high = max(sure, key=lambda m: m.figure.known)
        parts |= {"low": said(low), "low_label": named(low)}
        parts |= {"high": said(high), "high_label": named(high)}
        return word(f"words.{key}", page.language, **parts)

    first = extremes("alt_dots", marks, what=caption)
    own = [m for m in marks if m.own]
    if len(own) > MOST_OWN or len({named(m) for m in own}) < len(own):
        return first + extremes("alt_own_range", own)
    return first + "".join(
        word("words.alt_own", page.language, label=named(m), value=said(m)) for m in own
    )


def drawable(page: Page) -> list[str]:
    """Return the indicators that texts contradict each other on most, and print often enough."""
    sources: dict[str, set[str]] = {}
    figures: Counter[str] = Counter()
    for o in page.record:
        indicator = page.data.indicators[o.indicator_id]
        if o.reference_period and not o.category and indicator.stock_or_flow in ("stock", "flow"):
            sources.setdefault(o.indicator_id, set()).add(o.source_id)
            figures[o.indicator_id] += not indicator.is_reference
    told = Counter(
        page.data.observations[i].indicator_id
        for f in page.found
        if f.severity != "note"
        for i in f.observations
    )
    return [
        indicator
        for indicator, _ in told.most_common()
        if figures[indicator] >= FEWEST_IN_A_PICTURE and len(sources[indicator]) > 1
    ][:MOST_PICTURES]


def pictures(page: Page) -> None:
    """Draw every series that several texts print and a finding is about."""
    for indicator in drawable(page):
        history(page, indicator)


def listed(page: Page, source_id: str) -> str:
    """Return the name of a source that leads to where the page lists it."""
    name = page.data.sources[source_id].publisher
    return html.to_record(page.ledger.source(source_id), name)


def by_publisher(page: Page, sources: Iterable[str]) -> dict[str, list[str]]:
    """Return sources by who published them, in the order in which they come."""
    found: dict[str, list[str]] = {}
    for source in sources:
        found.setdefault(page.data.sources[source].publisher, []).append(source)
    return found


def publisher(page: Page, name: str, sources: Sequence[str]) -> str:
    """Return a publisher that leads to its text, or its name with a number for each of them."""
    if len(sources) == 1:
        return listed(page, sources[0])
    letters = (
        html.to_record(page.ledger.source(source), chr(ord("a") + place % 26))
        for place, source in enumerate(sources)
    )
    return f"{html.text(name)}\N{NO-BREAK SPACE}({', '.join(letters)})"
