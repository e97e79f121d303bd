"""Words between data and language: a period with its preposition, an article, a list, a place.

Titles of regions, indicators, metrics, codes and readings are columns of the data; the phrases
of the reports are in ``report/phrases.toml``.
"""

from __future__ import annotations

import re
from typing import Literal

from kumkm_analysis.dataset import numerals


def when(period: str, language: str) -> str:
    r"""Return a period with its preposition, fit for the end of a sentence.

    >>> when("2014-12-31", "en"), when("2012", "id"), when("", "en")
    ('on 31\xa0December\xa02014', 'pada 2012', 'at an unstated date')
    """
    if not period:
        return "tanpa tanggal" if language == "id" else "at an unstated date"
    written = numerals.format_period(period, language)
    if language == "id":
        return f"pada {written}"
    return f"on {written}" if len(period) == 10 else f"in {written}"


LACKING = "which the copies online lack"
LOCATOR_WORDS = {
    "(single paragraph)": "(satu-satunya paragraf)",
    "first paragraph": "paragraf pertama",
    "last paragraph": "paragraf terakhir",
    "map label": "label peta",
    "map of active cooperatives": "peta koperasi aktif",
    "map of": "peta",
    "paragraph on members": "paragraf tentang anggota",
    "last par": "paragraf terakhir",
    "par": "paragraf",
    "paragraphs": "paragraf",
    "paragraph": "paragraf",
    "abstract": "abstrak",
    "block": "blok",
    "bullet": "butir",
    "column": "kolom",
    "file": "berkas",
    "line": "baris",
    "PDF page": "halaman PDF",
    "series": "deret",
    "table row": "baris tabel",
    "and": "dan",
    "headline": "judul",
    "list": "daftar",
    "narrative": "uraian",
    "page": "halaman",
    "point": "butir",
    "row": "baris",
    "slide": "salindia",
    "table": "tabel",
    "text": "teks",
    "title": "judul",
    "under": "di bawah",
    LACKING: "yang tidak ada pada salinan daring",
}
_LOCATOR = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(LOCATOR_WORDS, key=len, reverse=True)))})(?!\w)"
)


def capital(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def locator(text: str, language: str) -> str:
    """Return where in the source a figure stands, its English words put into Indonesian.

    >>> locator("slide 6, map label", "id"), locator("paragraph 'Diketahui'", "id")
    ('salindia 6, label peta', "paragraf 'Diketahui'")
    """
    return text if language == "en" else _LOCATOR.sub(lambda found: LOCATOR_WORDS[found[0]], text)


ARTICLED = ("number of ", "share of ", "ratio of ", "Special Region of ")


def the(label: str, language: str) -> str:
    """Return a title as it stands within a sentence: in English some take an article.

    >>> the("number of members", "en"), the("own capital", "en"), the("jumlah anggota", "id")
    ('the number of members', 'own capital', 'jumlah anggota')
    >>> the("Riau Islands", "en"), the("Riau", "en")
    ('the Riau Islands', 'Riau')
    """
    articled = label.startswith(ARTICLED) or label.endswith(" Islands")
    return f"the {label}" if articled and language == "en" else label


def join(parts: list[str], language: str, style: Literal["standard", "or"] = "standard") -> str:
    """Join words into a list of the language: ``a, b, dan c``, ``a, b and c``; ``or`` as well."""
    from babel.lists import format_list

    locale = "id_ID" if language == "id" else "en_GB"
    return str(format_list(parts, style=style, locale=locale))
