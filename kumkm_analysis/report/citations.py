"""How a source is cited, in full and in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kumkm_analysis.dataset import numerals
from kumkm_analysis.report import html
from kumkm_analysis.report.phrases import word

if TYPE_CHECKING:
    from kumkm_analysis.dataset.records import Source


def record(source: Source, language: str, *, address: bool = True) -> str:
    """Return a source as a bibliography has it, on demand with its address, as HTML."""
    title = html.text(source.title or source.url)
    where = f", {html.link(source.url, source.url)}" if address and source.url else ""
    when = html.text(published(source, language))
    return f"{html.text(source.publisher)}, “{title}”, {when}{where}."


def plain(source: Source, language: str) -> str:
    """Return a source as a bibliography has it, in plain text."""
    where = f", {source.url}" if source.url else ""
    return (
        f"{source.publisher}, “{source.title or source.url}”, {published(source, language)}{where}."
    )


def by(source: Source, language: str) -> str:
    """Return who printed something, and when."""
    return f"{source.publisher}, {published(source, language)}"


def published(source: Source, language: str) -> str:
    """Return when a source was published, in words."""
    if not source.published:
        return word("words.undated_text", language)
    return numerals.format_period(source.published, language)


def other_language(source: Source, language: str) -> str:
    """Return the language of a source where it is not that of the page, else nothing."""
    return source.language if source.language != language else ""
