"""A figure's line of descent, from the page to the paragraph, as text.

It needs the published results of a page and the data: what the page shows, how it was computed,
which printed figures it rests on, who printed them, where, and in which words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from kumkm_analysis.dataset.numerals import format_period
from kumkm_analysis.dataset.request import LANGUAGES
from kumkm_analysis.dataset.vocabulary import locator
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.metrics.compute import observed
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.report.ledger import Ledger

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset


def lines(results: Mapping[str, Any], figure: str, data: Dataset) -> Iterator[str]:
    """Yield the descent of a figure of a page; ``figure`` is its id, or the name of what it is.

    A page of an older version may lack what later ones say: then what is there is told.
    Raises :class:`~kumkm_analysis.errors.ParameterError` when the page has no such figure.
    """
    made = results.get("data", {})
    used, version = str(made.get("sha256", "")), made.get("version", "no version")
    if not used:
        yield f"The page does not say which data it was made from; at hand are {data.version}."
    elif used != data.fingerprint:
        other = f"{version}, {used[:12]}"
        yield f"The page was made from other data ({other}) than those at hand ({data.version})."
    for found in _named(results, figure):
        yield from _figure(results, found, data)


def _named(results: Mapping[str, Any], figure: str) -> Sequence[Mapping[str, Any]]:
    known = results["figures"]
    found = [f for f in known if f["id"] == figure] or [f for f in known if f["name"] == figure]
    if not found:
        near = get_close_matches(figure, {f["name"] for f in known}, 1)
        step = f"Did you mean {near[0]}?" if near else "The ids are in results.json."
        expected = f"an id from f1 to f{len(known)}, or the name of an indicator or metric"
        raise ParameterError(Fault("figure", f"no figure {figure!r}", expected, step))
    return found


def _figure(results: Mapping[str, Any], found: Mapping[str, Any], data: Dataset) -> Iterator[str]:
    """Yield one figure: what the page says, then what it rests on."""
    spoken = str(results.get("parameters", {}).get("language"))
    language = spoken if spoken in LANGUAGES else "en"
    place = [_region(found["region"], data, language), _period(found["period"], language)]
    yield f"{found['id']}  {found['text']}"
    yield "  " + ", ".join([found["label"], *filter(None, place)])
    if found["low"] != found["high"]:
        yield f"  interval [{found['low'] or '…'}, {found['high'] or '…'}] {found['unit']}"
    definition = data.metrics.get(found["name"], None)
    if definition is not None:
        yield f"  = {definition.formula}"
        yield f"  {definition.title(language)}: {getattr(definition, f'definition_{language}')}"
    if found["reading"] and found["kind"] == "derived":
        yield f"  reading {found['reading']}"
    ledger = Ledger(data, language)
    for identity in found["observations"]:
        yield from _observation(identity, found["reading"], data, ledger, language)


def _region(region: str, data: Dataset, language: str) -> str:
    """Return the title of a region; its code where the data at hand do not know it."""
    known = data.regions.get(region, None)
    if known is None:
        return f"{region} (no region of the data at hand)" if region else ""
    return known.title(language)


def _period(period: str, language: str) -> str:
    """Return a period in words; as it stands where it is none."""
    try:
        return format_period(period, language) if period else ""
    except (ValueError, LookupError):
        return period


def _observation(
    identity: str, reading: str, data: Dataset, ledger: Ledger, language: str
) -> Iterator[str]:
    """Yield one printed figure: the words of the source, where they stand, who says otherwise."""
    observation = data.observations.get(identity, None)
    if observation is None:
        yield f"    {identity}: no longer in the data"
        return
    source = data.sources[observation.source_id]
    figure: Figure = observed(data, observation, reading)
    published = format_period(source.published, language) if source.published else "undated"
    yield f"    {observation.indicator_id} “{observation.as_printed}”  ({identity})"
    yield f"      {source.publisher}, “{source.title}”, {published}"
    yield f"      {locator(observation.locator, language)}"
    yield f"      {source.url}"
    for other in ledger.contradictions(figure):
        printed = data.observations[other.observations[0]]
        by = data.sources[printed.source_id].publisher
        yield f"      otherwise: “{printed.as_printed}”, {by}  ({printed.observation_id})"
