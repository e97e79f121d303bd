"""The results of a page for machines: built from the ledger, checked against one schema.

They travel inside the executed notebook as an output of our own media type; the runner checks
them against the same ``results.schema.json`` and lays them beside the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kumkm_analysis.metrics.figures import Figure, exact, machine_value
from kumkm_analysis.report.contradictions import concerning
from kumkm_analysis.report.page import Page

if TYPE_CHECKING:
    from kumkm_analysis.dataset.records import Source
    from kumkm_analysis.findings import Finding

MEDIA_TYPE = "application/vnd.kumkm.results+json"
SCHEMA_VERSION = 2


def build(
    page: Page, name: str, title: str, headlines: Sequence[tuple[str, Figure]]
) -> dict[str, Any]:
    """Return everything a page shows as plain data, the same in both languages but for words.

    ``name`` is the notebook's, ``title`` the page's; ``headlines`` are the figures that stand
    for it on the index, each with its title.
    """
    ledger = page.ledger
    figures = [entry(page, n, f) for n, f in enumerate(ledger.figures, start=1)]
    sources = sorted(page.sources_of(ledger.figures))
    return {
        "schema_version": SCHEMA_VERSION,
        "notebook": name,
        "title": title,
        "parameters": {
            "region": page.region.region_id,
            "period": page.period,
            "language": page.language,
            "reading": page.reading,
        },
        "region_title": page.region.title(page.language),
        "reading_title": page.reading_title,
        "data": {
            "name": page.data.name,
            "version": page.data.version,
            "sha256": page.data.fingerprint,
            "contributors": list(page.data.contributors),
            "created": page.data.created,
            "homepage": page.data.homepage,
            "licence": page.data.settings.licence,
            "licence_url": page.data.settings.licence_url,
        },
        "headline": [
            {"label": label, "text": figure.text(page.language, style="table")}
            for label, figure in headlines
        ],
        "figures": figures,
        "findings": [_finding(f, page.language) for f in concerning(page, ledger.figures)],
        "sources": [_source(page.data.sources[source]) for source in sources],
    }


def _source(source: Source) -> dict[str, Any]:
    """Return a text that prints figures as plain data."""
    return {
        "id": source.source_id,
        "publisher": source.publisher,
        "title": source.title,
        "published": source.published,
        "address": source.url,
    }


def _finding(finding: Finding, language: str) -> dict[str, Any]:
    """Return one finding as plain data, its words in the language of the page."""
    return {
        "id": finding.finding_id,
        "kind": finding.kind,
        "severity": finding.severity,
        "observations": list(finding.observations),
        "printed": list(finding.printed),
        "gap": None if finding.gap is None else exact(finding.gap),
        "sentence": finding.sentence(language),
        "suspects": list(finding.suspects),
        "repairs": [
            {
                "observation": repair.observation,
                "as_printed": repair.as_printed,
                "repair": repair.token,
                "rank": repair.rank,
                "certainty": repair.certainty,
                "reason": repair.reason(language),
            }
            for repair in finding.repairs
        ],
        "settled_by": finding.settled_by,
    }


def entry(page: Page, number: int, figure: Figure) -> dict[str, Any]:
    """Return one figure as plain data; numbers are exact decimals written as text."""
    low, high = figure.interval.low, figure.interval.high
    printed = [page.data.observations[i] for i in figure.observations]
    return {
        "id": f"f{number}",
        "kind": figure.kind,
        "name": figure.name,
        "breakdown": figure.category,
        "register": figure.register,
        "label": page.ledger.full_label(figure),
        "value": machine_value(figure) or None,
        "low": None if low is None else exact(low),
        "high": None if high is None else exact(high),
        "unit": figure.unit,
        "text": figure.text(page.language),
        "region": figure.region,
        "period": figure.period,
        "reading": figure.reading,
        "observations": list(figure.observations),
        "sources": sorted({o.source_id for o in printed}),
        "token": printed[0].as_printed if figure.kind == "observed" else "",
        "places": page.ledger.places(number),
        "contested": figure.contested,
        "findings": list(figure.findings),
        "suspects": list(figure.suspects),
        "disputed": list(figure.disputed),
    }
