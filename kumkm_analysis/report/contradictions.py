"""What the evidence says about itself: the record of a region, its findings, repairs, sources.

The findings come from :mod:`kumkm_analysis.findings`; here they are said and listed for one region,
so that every number in them leads to its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.request import check_one_of
from kumkm_analysis.dataset.vocabulary import capital
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.findings import examine
from kumkm_analysis.findings.model import KINDS
from kumkm_analysis.metrics import compute
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.report import answers, html, pictures, tables
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.phrases import phrases, word
from kumkm_analysis.report.sentences import show

if TYPE_CHECKING:
    from kumkm_analysis.findings import Finding, Repair

MOST_REPAIRS = 2  # of one finding; the machine-readable results hold all of them
SEVERITIES = ("hard", "soft", "note")


def in_order(page: Page) -> tuple[Finding, ...]:
    """Return the findings of the region: hard before soft, those of the page's period first."""
    rows = page.data.observations

    def order(finding: Finding) -> tuple[int, bool]:
        now = any(rows[o].within(page.period) for o in finding.observations)
        return SEVERITIES.index(finding.severity), not now

    return tuple(sorted(page.found, key=order))


def tally(page: Page) -> tuple[Figure, ...]:
    """Return how many figures, texts and findings the record holds; nothing without any."""
    figures = [page.observed(o) for o in page.record]
    if not figures:
        return ()
    ids = tuple(o.observation_id for o in page.record)
    concerned = tuple(dict.fromkeys(i for f in page.found for i in f.observations))
    region = page.region.region_id
    return (
        compute.count("figures", ids, len(ids), region),
        page.count("texts", figures),
        compute.count("findings", concerned or ids, len(page.found), region),
    )


def record(page: Page) -> None:
    """Say how many figures of how many texts there are, and how many findings in them."""
    counted = tally(page)
    if not counted:
        return page.note(word("words.nothing", page.language, region=page.region_spoken))
    figures, texts, findings = counted
    publishers = page.count("publishers", [page.observed(o) for o in page.record])
    page.tell("record.size", n=figures, k=texts, p=publishers)
    page.tell("record.findings", when=bool(page.found), f=findings)
    page.tell("record.clean", when=not page.found)
    return None


def testable(page: Page) -> None:
    """Say how many figures of the region any rule could contradict, or that the page has none."""
    here = page.region.region_id
    own = [f for f in page.ledger.figures if f.kind == "observed" and f.region == here]
    ids = dict.fromkeys(i for f in own for i in f.observations)
    tied = tuple(i for i in ids if i in examine(page.data).testable)
    if tied:
        page.tell("record.testable", n=compute.count("testable", tied, len(tied), here))
    elif ids:
        page.tell("record.untestable")
    elif not page.ledger.figures:
        page.note(page.word("no_figures"))


def foremost(page: Page, most: int = 3) -> None:
    """Tell the findings that matter most, whatever their kind; trifles are not among them."""
    for finding in [f for f in in_order(page) if f.severity != "note"][:most]:
        tell(page, finding)


def contradictions(page: Page, *kinds: str, severity: str = "") -> None:
    """Tell the findings of the given kinds, or of a severity, that were not told yet."""
    asked = [check_one_of("kind of finding", k, KINDS) for k in kinds]
    asked += [check_one_of("severity", severity, SEVERITIES)] if severity else []
    if wrong := [fault for fault in asked if fault is not None]:
        raise ParameterError(wrong)
    for finding in _of(page, kinds, severity):
        if finding.finding_id not in page.told:
            tell(page, finding)


def finds(page: Page, *kinds: str, severity: str = "") -> bool:
    """Tell whether there are findings of the given kinds or severity that were not told yet."""
    return any(f.finding_id not in page.told for f in _of(page, kinds, severity))


def _of(page: Page, kinds: Sequence[str], severity: str) -> list[Finding]:
    return [
        f
        for f in in_order(page)
        if (not kinds or f.kind in kinds) and (f.severity == severity if severity else True)
    ]


def trifles(page: Page) -> None:
    """List the notes in a closed list: lesser things that deserve a look at most."""
    fresh = [f for f in in_order(page) if f.severity == "note" and f.finding_id not in page.told]
    if fresh:
        told = [_told(page, finding) for finding in fresh]
        kinds = dict.fromkeys(f.title(page.language) for f in fresh)
        summary = capital("; ".join(kinds))
        folded = html.folded(summary, "".join(part for part, _ in told))
        show(folded, "\n".join((summary, *(plain for _, plain in told))))


def repairs(page: Page) -> None:
    """List the typing errors that would resolve a finding, with the reason."""
    rows = possible_repairs(page)
    if not rows:
        return page.note(word("words.no_repairs", page.language, region=page.region_spoken))
    heads = ("figure", "as_printed", "possible_reading", "why")
    body = [_repair_row(page, repair) for repair in rows]
    caption = f"{capital(page.word('repairs'))}, {page.region_title}"
    return show(tables.table(page, caption, heads, body), caption)


def possible_repairs(page: Page) -> list[Repair]:
    """Return the typing errors that are offered for figures of the region, each once."""
    rows = {
        (repair.observation, repair.token): repair
        for finding in page.found
        for repair in finding.repairs[:MOST_REPAIRS]
        if page.data.observations[repair.observation].region_id == page.region.region_id
    }
    return list(rows.values())


def sources_examined(page: Page) -> None:
    """List the texts with figures that a finding is about: how many, of how many in all.

    Every text of the page stands in its closing list; those that nothing contests stand only there.
    """
    told = [f for f in page.found if f.severity != "note"]
    contested = {i for f in told for i in f.observations}
    suspects = {i for f in told for i in f.suspects}
    groups: dict[str, list[str]] = {}
    for o in page.record:
        groups.setdefault(o.source_id, []).append(o.observation_id)
    of_source = {s: sum(i in contested for i in ids) for s, ids in groups.items()}
    order = sorted((s for s, n in of_source.items() if n), key=lambda s: (-of_source[s], s))
    if not order:
        return
    answers.section(page, phrases()["record.texts_examined"], when=True)
    body = [
        [
            pictures.listed(page, source),
            _number(page, "figures", groups[source]),
            _number(page, "contested", [i for i in groups[source] if i in contested]),
            _number(page, "suspect", [i for i in groups[source] if i in suspects]),
        ]
        for source in order
    ]
    heads = ("source", "figures", "contested", "suspect")
    caption = f"{capital(page.word('sources_examined'))}, {page.region_title}"
    show(tables.table(page, caption, heads, body), caption)


def tell(page: Page, finding: Finding) -> None:
    """Say a finding under its kind, with the texts it rests on."""
    show(*_told(page, finding))


def _told(page: Page, finding: Finding) -> tuple[str, str]:
    """Return a finding as HTML and as plain text, and remember that it is told."""
    page.told.add(finding.finding_id)
    texts = {"id": finding.text_id, "en": finding.text_en}
    label = html.text(capital(finding.title(page.language)))
    said = page.fill(texts, finding.parts, of_a_finding=True)
    plain = page.fill(texts, finding.parts, plain=True)
    rows = (page.data.observations[i] for i in finding.observations)
    sources = dict.fromkeys(o.source_id for o in rows)
    by_publisher = pictures.by_publisher(page, sources)
    listed = "; ".join(pictures.publisher(page, who, ids) for who, ids in by_publisher.items())
    named = page.word("evidence" if len(sources) > 1 else "source")
    return html.finding(label, said, f"{named}: {listed}."), plain


def _repair_row(page: Page, repair: Repair) -> list[str]:
    printed = page.data.observations[repair.observation]
    conjecture = compute.observed(page.data, printed.repaired(repair.token), "")
    figure = page.observed(printed)
    what = f"{page.ledger.title(figure.name)}, {tables.breaking(page, figure.period)}"
    return [
        html.text(capital(what)),
        page.cell(figure),
        page.cell(conjecture.replace(kind="repair")),
        html.text(capital(repair.slip(page.language))),
    ]


def _number(page: Page, name: str, ids: Sequence[str]) -> str:
    """Return a count of observations as a cell; none is a dash."""
    if not ids:
        return "–"
    return page.cell(compute.count(name, tuple(ids), len(ids), page.region.region_id))


def concerning(page: Page, figures: Iterable[Figure]) -> tuple[Finding, ...]:
    """Return the findings about any printed figure on which the given ones rest."""
    shown = {i for figure in figures for i in figure.observations}
    leading = examine(page.data).leading
    return tuple(f for f in leading if shown.intersection(f.observations))
