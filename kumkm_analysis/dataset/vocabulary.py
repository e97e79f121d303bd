"""The fixed words of the reports, in Indonesian and British English.

Titles of regions, indicators, metrics, codes and readings are columns of the data; here stand the
words that belong to no table. A test holds both languages to the same placeholders.
"""

from __future__ import annotations

import re
from typing import Literal

from kumkm_analysis.dataset import numerals

COUNTS = {
    "figures": {"id": "jumlah angka tercetak", "en": "number of printed figures"},
    "findings": {"id": "jumlah temuan", "en": "number of findings"},
    "contested": {"id": "jumlah angka dalam temuan", "en": "number of figures in findings"},
    "suspect": {"id": "jumlah angka yang patut diragukan", "en": "number of suspect figures"},
    "sources": {"id": "jumlah sumber", "en": "number of sources"},
    "distance": {"id": "selisih terhadap pembanding", "en": "distance from the comparison"},
}
WORDS: dict[str, dict[str, str]] = {
    "source": {"id": "Sumber", "en": "Source"},
    "reference_period": {"id": "Periode rujukan", "en": "Reference period"},
    "period_source": {"id": "Periode rujukan, sumber", "en": "Reference period, source"},
    "as_printed": {"id": "Sebagaimana tercetak", "en": "As printed"},
    "region": {"id": "Wilayah", "en": "Region"},
    "quantity": {"id": "Besaran", "en": "Quantity"},
    "value": {"id": "Nilai", "en": "Value"},
    "reading": {"id": "Bacaan", "en": "Reading"},
    "figure": {"id": "Angka", "en": "Figure"},
    "possible_reading": {"id": "Bacaan yang mungkin", "en": "Possible reading"},
    "why": {"id": "Alasan", "en": "Why"},
    "repairs": {
        "id": "bacaan yang mungkin bila ada salah ketik",
        "en": "possible readings, given a slip of a typist",
    },
    "figures": {"id": "Angka", "en": "Figures"},
    "contested": {"id": "Bertentangan", "en": "Contested"},
    "suspect": {"id": "Patut diragukan", "en": "Suspect"},
    "sources_examined": {
        "id": "sumber dan angkanya yang bertentangan",
        "en": "sources and their contested figures",
    },
    "ring": {
        "id": "Lingkaran menandai angka yang disebut dalam temuan.",
        "en": "A ring marks a figure that a finding is about.",
    },
    "breakdown": {"id": "Rincian", "en": "Breakdown"},
    "data_of_chart": {"id": "Data gambar", "en": "Data of this chart"},
    "evidence": {"id": "Sumber", "en": "Sources"},
    "evidence_lead": {
        "id": "Setiap angka di halaman ini membuka satu baris dari daftar ini: siapa yang "
        "mencetaknya, di mana, dan apa persisnya yang tercetak. Angka tanpa selang tercetak sampai "
        "satuan; bila sumbernya menulis “saat ini”, periodenya menurut waktu terbit atau, bila "
        "tanggalnya tidak tercetak, menurut perkiraan kami dari isinya. Selang hanya "
        "memuat pembulatan cetak, bukan galat pencacahan.",
        "en": "Every number on this page opens one line of this list: who printed it, where, and "
        "exactly what was printed. A figure without an interval is printed to the unit; where its "
        "source writes “now”, the period is that of its publication or, if no date is printed, our "
        "estimate from what it says. An interval holds the rounding of print only, not any error "
        "of counting.",
    },
    "printed_figures": {"id": "Angka tercetak, menurut sumber", "en": "Printed figures, by source"},
    "computed_figures": {"id": "Angka yang dihitung dari itu", "en": "Figures computed from them"},
    "others_print": {"id": "Sumber lain mencetak", "en": "Other sources print"},
    "others_differ": {
        "id": "Sumber lain berbeda dalam {what}",
        "en": "Other sources differ on {what}",
    },
    "under_reading": {"id": "bacaan: {reading}", "en": "reading: {reading}"},
    "no_interval": {"id": "tanpa selang", "en": "no interval"},
    "bounds": {"id": "Batas ke luar [terdekat]", "en": "Bounds outward [nearest]"},
    "repaired_reading": {
        "id": "dibaca sebagai “{token}” menurut pilihan {choice}: {reason}",
        "en": "read as “{token}” by the choice {choice}: {reason}",
    },
    "conjecture_for": {
        "id": "dugaan sebagai pengganti angka tercetak",
        "en": "a conjecture in place of the printed figure",
    },
    "hull_of_all": {
        "id": "{what} di {region} {when}: {it}, selubung semua sumber ({it:source}).",
        "en": "{what} in {region} {when}: {it}, the hull of all sources ({it:source}).",
    },
    "printed_by": {
        "id": "{what} di {it:region} {it:when}: {it} ({it:source}).",
        "en": "{what} in {it:region} {it:when}: {it} ({it:source}).",
    },
    "computed_from": {"id": "dihitung dari", "en": "computed from"},
    "points": {"id": "poin persen", "en": "percentage points"},
    "counted_from": {"id": "hitungan kami atas", "en": "our count of"},
    "counted_findings": {
        "id": "hitungan kami atas temuan tentang",
        "en": "our count of the findings about",
    },
    "counted_sources": {
        "id": "hitungan kami atas sumber dari",
        "en": "our count of the sources of",
    },
    "every_figure": {
        "id": "setiap angka {region} dalam daftar ini",
        "en": "every figure on {region} in this list",
    },
    "every_figure_from": {
        "id": "setiap angka {region} dalam daftar ini dari {sources}",
        "en": "every figure on {region} in this list from {sources}",
    },
    "and_about": {"id": ", dan tentang ", "en": ", and about "},
    "and_of": {"id": ", dan atas ", "en": ", and of "},
    "undated_text": {"id": "tanpa tanggal", "en": "undated"},
    "now_text": {"id": "sumber menulis “saat ini”", "en": "the source writes “now”"},
    "no_period": {"id": "periode tidak disebut", "en": "period not stated"},
    "mixed_sources": {
        "id": "masukannya dari sumber yang berlainan",
        "en": "its inputs come from different sources",
    },
    "missing": {
        "id": "Untuk {region} {when}, tidak ada sumber yang mencetak angka {what}.",
        "en": "For {region} {when}, no source prints figures on {what}.",
    },
    "missing_again": {
        "id": "Seperti disebut di atas, tidak ada sumber yang mencetak angka {what}.",
        "en": "As said above, no source prints figures on {what}.",
    },
    # Under the reading that hears offices only, others may well print it.
    "missing_official": {
        "id": "Untuk {region} {when}, tidak ada sumber resmi yang mencetak angka {what}.",
        "en": "For {region} {when}, no official source prints figures on {what}.",
    },
    "missing_official_again": {
        "id": "Seperti disebut di atas, tidak ada sumber resmi yang mencetak angka {what}.",
        "en": "As said above, no official source prints figures on {what}.",
    },
    "other_registers": {
        "id": "Untuk {region} {when}, {what} tidak dihitung: masukannya hanya tercetak dari "
        "register yang berlainan.",
        "en": "For {region} {when}, {what} cannot be computed: its inputs are printed for "
        "different registers only.",
    },
    "by": {"id": "{what} menurut {term}", "en": "{what} by {term}"},
    "divisor_may_be_zero": {
        "id": "Untuk {region} {when}, {what} tidak dihitung: menurut angka yang tercetak, "
        "pembaginya mungkin nol.",
        "en": "For {region} {when}, {what} cannot be computed: as printed, the divisor may be "
        "zero.",
    },
    "part_exceeds_whole": {
        "id": "Untuk {region} {when}, {what} tidak dihitung: sebagaimana tercetak, bagiannya "
        "melebihi keseluruhannya.",
        "en": "For {region} {when}, {what} cannot be computed: as printed, the part exceeds its "
        "whole.",
    },
    "no_rows": {
        "id": "Untuk {region} tidak ada angka tercetak tentang {what}.",
        "en": "For {region} there are no printed figures on {what}.",
    },
    "nothing": {
        "id": "Untuk {region} tidak ada angka tercetak.",
        "en": "For {region} there are no printed figures.",
    },
    "no_series": {
        "id": "Untuk {region} tidak ada deret beberapa sumber yang cukup panjang untuk digambar.",
        "en": "For {region} no series of several sources is long enough for a picture.",
    },
    "no_repairs": {
        "id": "Tidak ada temuan yang dapat dijelaskan oleh satu salah ketik pada angka {region}.",
        "en": "No finding is explained by a single slip in a figure of {region}.",
    },
    "no_subregions": {
        "id": "Data tidak memuat wilayah di dalam {region}.",
        "en": "The data hold no regions within {region}.",
    },
    "not_printed_for": {
        "id": "Tidak ada angka tercetak untuk {regions}.",
        "en": "No figure is printed for {regions}.",
    },
    "alt_series": {
        "id": "{what} di {region}, {first} sampai {last}, menurut setiap sumber: terendah {low} "
        "({low_when}), tertinggi {high} ({high_when}).",
        "en": "{what} in {region}, {first} to {last}, by each source: lowest {low} ({low_when}), "
        "highest {high} ({high_when}).",
    },
    "alt_dots": {
        "id": "{what}: terendah {low} ({low_label}), tertinggi {high} ({high_label}).",
        "en": "{what}: lowest {low} ({low_label}), highest {high} ({high_label}).",
    },
    "alt_own": {"id": " {label}: {value}.", "en": " {label}: {value}."},
    "alt_own_range": {
        "id": " Wilayah halaman ini: terendah {low} ({low_label}), "
        "tertinggi {high} ({high_label}).",
        "en": " The region of this page: lowest {low} ({low_label}), "
        "highest {high} ({high_label}).",
    },
}


def word(key: str, language: str, **parts: str) -> str:
    """Return a fixed word or sentence in the language, its placeholders filled."""
    return WORDS[key][language].format(**parts) if parts else WORDS[key][language]


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
    "map of RAT": "peta RAT",
    "paragraph on members": "paragraf tentang anggota",
    "paragraphs": "paragraf",
    "paragraph": "paragraf",
    "abstract": "abstrak",
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
