"""The words of the findings: both languages, the same parts, and each of them used."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from kumkm_analysis.findings import KINDS, phrases
from kumkm_analysis.findings.model import SEVERITIES
from kumkm_analysis.findings.slips import KINDS as SLIPS

ROOM = Path(phrases.__file__).parent
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOM.glob("*.py")))
# Keys that are put together from a code: kinds and severities, slips, explanations …
FAMILIES = ("kind.", "severity.", "slip.", "explained.", "printed.", "blame.", "rule.", "check.f")


def parts(text: str) -> set[tuple[str, str]]:
    """Return the placeholders of a phrase, with what is asked of them."""
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(phrases.texts()))
def test_a_phrase_has_both_languages_the_same_parts_and_a_use(key: str) -> None:
    """A native editor may change the words; what they name stays, and nothing lies idle."""
    words = phrases.texts()[key]
    assert set(words) == {"id", "en"}
    told = {name for name, _ in parts(words["id"])}
    assert told == {name for name, _ in parts(words["en"])} - {"years_word"}
    used = f'"{key}"' in SOURCE or key in KINDS or key.startswith(FAMILIES)
    assert used or key.split(".")[-1] in SOURCE, key


def test_every_kind_severity_and_slip_has_words() -> None:
    """None of them is told by its code."""
    for language in ("id", "en"):
        assert all(phrases.title(code, language) for code in (*KINDS, *SEVERITIES))
        assert all(phrases.phrase(f"slip.{slip}", language) for slip in SLIPS)
