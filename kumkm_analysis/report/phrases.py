"""The words of the reports: ``phrases.toml``, both languages of a phrase side by side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kumkm_analysis.findings.phrases import read

FILE = Path(__file__).parent / "phrases.toml"


@cache
def phrases() -> Mapping[str, Mapping[str, str]]:
    """Return every phrase by its key: ``{"agreement.only": {"id": …, "en": …}}``."""
    return read(FILE)


def word(key: str, language: str, **parts: str) -> str:
    """Return a word or sentence in the language, its placeholders filled.

    >>> word("words.source", "id"), word("words.by", "en", what="members", term="type")
    ('Sumber', 'members by type')
    """
    text = phrases()[key][language]
    return text.format(**parts) if parts else text
