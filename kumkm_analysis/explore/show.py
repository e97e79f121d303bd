"""One printed figure, or one finding, as text: what stands where, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.money import is_money
from kumkm_analysis.dataset.numerals import format_period
from kumkm_analysis.errors import Fault, ParameterError, short
from kumkm_analysis.explore.names import language_of
from kumkm_analysis.findings.examine import examine
from kumkm_analysis.metrics.compute import observed
from kumkm_analysis.report.citations import plain

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.findings.model import Finding


def lines(data: Dataset, identity: str) -> Iterator[str]:
    """Yield what there is to say of an observation or a finding, by its id.

    Raises :class:`~kumkm_analysis.errors.ParameterError` for an id of neither.

    >>> from kumkm_analysis.dataset.dataset import load
    >>> next(lines(load(), "64.own_capital.2012.kalnews-revitalisasi-2013"))
    'own capital, East Kalimantan, 2012: “Rp2,143 triliun”'
    """
    found, language = examine(data), language_of(data)
    if identity in data.observations:
        yield from _observation(data, identity, language)
        for finding in found.of(identity).findings:
            yield from ("", *_finding(finding, language))
    elif identity in found.list():
        finding = found[identity]
        yield from _finding(finding, language)
        for one in finding.observations:
            yield from ("", *_observation(data, one, language))
    else:
        known = [*data.observations, *found.list()]
        near = get_close_matches(identity, known, 1, 0.8)
        step = f"Did you mean {near[0]}?" if near else "data.frame() and data.findings() list them."
        expected = "the id of an observation or a finding, or REPORT#FIGURE"
        raise ParameterError(Fault("figure", repr(short(identity)), expected, step))


def _observation(data: Dataset, identity: str, language: str) -> Iterator[str]:
    """Yield one printed figure: token, bounds, source and place."""
    o = data.observations[identity]
    figure = observed(data, o, "")
    period = format_period(o.reference_period, language) if o.reference_period else "undated"
    what, where = data.indicators[o.indicator_id], data.regions[o.region_id]
    parts = [what.title(language), o.breakdown, where.title(language), period]
    yield f"{', '.join(filter(None, parts))}: “{o.as_printed}”"
    if not figure.interval.is_exact:
        unit = "" if is_money(figure.unit) or figure.unit == "percent" else f" {figure.unit}"
        yield f"  {figure.between(language, style='table')}{unit} ({o.printing})"
    yield f"  {plain(data.sources[o.source_id], language)}"
    yield f"  {o.locator}  ({identity})"
    if o.note:
        yield f"  {o.note}"


def _finding(finding: Finding, language: str) -> Iterator[str]:
    """Yield one finding, who is suspect, and the misprints that would explain it."""
    title, weight = finding.title(language), finding.weight(language)
    yield f"{title} ({weight}): {finding.finding_id}"
    yield f"  {finding.sentence(language)}"
    if finding.settled_by:
        yield f"  settled by {finding.settled_by}"
