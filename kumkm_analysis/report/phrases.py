"""The words of the reports: ``phrases.toml``, both languages of a phrase side by side."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "phrases.toml"


@cache
def phrases() -> Mapping[str, Mapping[str, str]]:
    """Return every phrase by its key: ``{"agreement.only": {"id": …, "en": …}}``."""
    return dict(_flat(tomllib.loads(FILE.read_text(encoding="utf-8"))))


def word(key: str, language: str, **parts: str) -> str:
    """Return a word or sentence in the language, its placeholders filled.

    >>> word("words.source", "id"), word("words.by", "en", what="members", term="type")
    ('Sumber', 'members by type')
    """
    text = phrases()[key][language]
    return text.format(**parts) if parts else text


def _flat(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    for key, value in content.items():
        if "id" in value and "en" in value:
            yield f"{above}{key}", value
        else:
            yield from _flat(value, f"{above}{key}.")
