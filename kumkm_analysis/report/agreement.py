"""What a report says of printed figures side by side: whether they agree, and which is bounded."""

from __future__ import annotations

from kumkm_analysis.dataset.vocabulary import capital, the
from kumkm_analysis.metrics.claims import compatible, contradicting
from kumkm_analysis.metrics.comparisons import Comparison
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.report import html, tables
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.sentences import Part, show


def what_sources_print(page: Page, indicator: str, category: str = "") -> None:
    """Show what every text prints for a cell in the period, and whether they agree."""
    found = page.candidates(indicator, category)
    if not found:
        where = (page.region.region_id, page.period)
        return page.say_missing([Missing(indicator, *where, "missing", category)])
    label = page.cell_title(indicator, category)
    parts: dict[str, Part] = {
        "what": capital(label),
        "low": min(found, key=lambda f: f.known),
        "high": max(found, key=lambda f: f.known),
        "n": page.count("texts", found),
        "k": page.count("publishers", found),
    }
    one = len(page.sources_of(found)) == 1
    agree = compatible(found)
    page.tell("agreement.only", when=one and agree, **parts)
    page.tell("agreement.agree", when=not one and agree, **parts)
    page.tell("agreement.range", when=not agree, **parts)
    if len(found) > 1:
        caption = f"{capital(label)}, {page.period_text(page.period)}"
        folded = html.folded(caption, tables.printed_table(page, caption, found))
        show(folded, caption)
    return None


def how_sure(page: Page, indicator: str) -> None:
    """Grade the figure that speaks: undisputed, disputed, or the only one of its kind."""
    spoken = page.figure(indicator)
    if isinstance(spoken, Missing):
        return None
    found = page.candidates(indicator)
    what = the(page.ledger.title(indicator), page.language)
    n, k = page.count("texts", found), page.count("publishers", found)
    low, high = min(found, key=lambda f: f.known), max(found, key=lambda f: f.known)
    if spoken.value is None:  # a full range, which nothing within it contradicts
        agree = compatible(found)
        page.tell("agreement.on_agree", when=agree, what=what, n=n, k=k)
        page.tell("agreement.on_range", when=not agree, what=what, n=n, k=k, low=low, high=high)
        return None
    others = [f for f in found if f.observations != spoken.observations]
    apart = contradicting(spoken, others)
    if not others:
        return page.tell("agreement.no_other", what=what)
    if not apart:
        return page.tell("agreement.none_contradicts", what=what)
    low, high = min(apart, key=lambda f: f.known), max(apart, key=lambda f: f.known)
    same = low.known == high.known
    alone = len(page.sources_of(apart)) == 1
    parts: dict[str, Part] = {
        "what": what,
        "low": low,
        "high": high,
        "n": page.count("texts", apart),
    }
    own_publisher = page.publishers(low) == page.publishers(spoken)
    own_publisher &= page.sources_of(apart).isdisjoint(page.sources_of([spoken]))
    page.tell("agreement.one_other_same", when=alone and same and own_publisher, **parts)
    page.tell("agreement.one_other", when=alone and same and not own_publisher, **parts)
    page.tell("agreement.others_same", when=not alone and same, **parts)
    page.tell("agreement.others_range", when=not same, **parts)
    return None


def passed_over(page: Page, figure: Figure | Missing) -> None:
    """Say which doubted figures would have spoken, had the choice of sources not avoided them."""
    for suspect in figure.instead_of if isinstance(figure, Figure) else ():
        printed = page.observed(page.data.observations[suspect])
        page.tell("agreement.passed_over", it=printed)


def same_elsewhere(page: Page, indicator: str) -> None:
    """Say when a region above or below is printed with exactly the figure of this one."""
    region = page.region
    relatives = {region.parent_id, *(r.region_id for r in page.data.children(region.region_id))}
    for own in page.candidates(indicator):
        for other in page.data.select(indicator=indicator, period=page.period):
            if other.region_id in relatives and other.value == own.value:
                page.tell("agreement.same_elsewhere", own=own, other=page.observed(other))


def loose_peers(page: Page, comparison: Comparison) -> None:
    """Say which figures of the range are bounded on one side only and may reach our own."""
    for figure in comparison.placed.but:
        page.tell("comparison.one_sided", it=figure)


def set_aside(page: Page, comparison: Comparison) -> None:
    """List the figures of other regions that bound nothing, since they rest on a doubted one."""
    for figure in comparison.set_aside:
        suspect = page.observed(page.data.observations[figure.suspects[0]])
        page.tell("comparison.set_aside", it=figure, suspect=suspect)


def undated_peers(page: Page, comparison: Comparison) -> None:
    """Say what undated figures of comparison there are, and what contradicts them."""
    for figure in comparison.undated:
        against = comparison.contradicted(figure)
        low = min(against, key=lambda f: f.known, default=figure)
        high = max(against, key=lambda f: f.known, default=figure)
        alone = len({tuple(page.publishers(f)) for f in against}) == 1
        if not against:
            page.tell("comparison.undated", it=figure)
        else:
            key = "comparison.undated_one" if alone else "comparison.undated_many"
            page.tell(key, it=figure, low=low, high=high)
