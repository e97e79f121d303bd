"""The numerals of a text, and which of them the data declare to be no figures.

A date passes where it is a period of the figures or stands in the prose of the data, a law where
the data name it, the name of a source where the data list it; none passes by its shape. A count in
words ("twelve cooperatives") is a numeral, and so is one that looks a year ("2000 cooperatives").
Numerals are told from names by their surroundings: KBR68H has none.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from kumkm_analysis.dataset.request import MARKS

# Tables of the data: dates and laws in their prose may stand on a page, and titles of sources.
PROSE = (
    "regions",
    "rules",
    "metrics",
    "indicators",
    "terms",
    "acknowledgements",
    "quotations",
    "territories",
    "programme",
    "remarks",
)
MONTHS = {
    name: number
    for names in (
        "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
        "January February March April May June July August September October November December",
    )
    for number, name in enumerate(names.split(), start=1)
}
BEFORE = [re.escape(mark) for marks in MARKS.values() for mark in marks]  # of amounts of money
MONEY = "|".join(rf"(?<={mark}\s)" for mark in BEFORE)
NOT_MONEY = "".join(rf"(?<!{mark}\s)" for mark in BEFORE)
SCALE = "ribu|juta|miliar|triliun|thousand|million|billion|trillion"
YEAR = r"((?:18|19|20)\d\d)(?![\d.,]\d|\d)"
DATE = re.compile(
    rf"\b(\d{{1,2}})\s({'|'.join(MONTHS)})\b(?:\s{YEAR})?"
    rf"|{NOT_MONEY}(?<![\w.,$€£¥]){YEAR}(?!\s?(?:%|(?:per\scent|persen|{SCALE})\b))"
)
ISO = re.compile(r"\b((?:18|19|20)\d\d)(?:-(\d\d))?(?:-(\d\d))?\b")
PERIOD = re.compile(r"[\"']([\d/-]{4,})[\"']")  # in code
LAW = re.compile(
    r"\b(?:UU|PP|Law|Undang-Undang|Peraturan \w+|Regulation)(?: Nomor| No\.?)? "
    r"(\d+)(?:/| Tahun | of )(\d{4})\b"
)
# What is counted on the pages: a number before it is a count, though it be a word or look a year.
COUNTED = (
    "koperasi|anggota|orang|unit|usaha|karyawan|penduduk|jiwa|sumber|angka|temuan|provinsi|"
    "kabupaten|kota|wilayah|cooperatives|members|people|enterprises|units|employees|inhabitants|"
    "sources|figures|findings|provinces|regencies|cities|regions|MSMEs|UMKM"
)
YEAR_BEFORE = {
    *(month.lower() for month in MONTHS),
    *"pada tahun sejak akhir awal sampai hingga dan in of since until by from year and".split(),  # noqa: SIM905
}
YEAR_LIKE = re.compile(rf"(?:(\w+)\s)?(?<![\w.,])((?:18|19|20)\d\d)\s(?:{COUNTED})\b")
CURRENCY = "|".join(sorted(BEFORE, key=len, reverse=True))  # may stand close before a numeral
NUMERAL = re.compile(rf"(?<!\w)(?:(?:{CURRENCY})\s?)?(\d+(?:[.,]\d+)*)")
DIGIT = re.compile(r"\d")
# A number in words before one of these measures, or is a rule's: no page counts it.
MEASURES = frozenset((
    "times", "years", "year", "months", "month", "per", "points", "point", "digits", "digit",
    "questions", "to", "and", "or", "kali", "tahun", "bulan", "persen", "poin", "pertanyaan",
    "sampai", "dan", "atau",
))  # fmt: skip
WORDS = (
    "dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|se(?:puluh|belas|ratus|ribu|juta|lusin)|belas|"
    "puluh|ratus|lusin|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    "(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|"
    f"dozens?|{SCALE}"
)
SPELT = re.compile(
    r"\b(?:(every|each|per|setiap|tiap|times\sone|dikali)\s)?"
    rf"(?!(?:(?<=\d\s)|{MONEY})(?:{SCALE})\b)"  # that is the scale of a numeral, or of a chart
    rf"((?:(?:{WORDS})(?:[\s-]|\sand\s))*(?:{WORDS}))\b(?!…)(?![\s-](?:{WORDS})\b)(?:[\s-](\w+))?",
    re.IGNORECASE,
)
OF_LAW = re.compile(r"\b(?:Law|UU|Undang-Undang)\b")
ANY_TWO = frozenset({"two", "dua"})
BY = frozenset({"times one", "dikali"})
FACTORS = frozenset({"hundred", "hundred thousand", "seratus", "seratus ribu"})  # of a rate
LETTER = re.compile(r"[^\W\d_]")

Day = tuple[int, int]  # month, day


@dataclass(frozen=True, slots=True)
class Declared:
    """What stands on a page by leave of the data: dates, laws that are named, and sources."""

    years: frozenset[str] = frozenset()
    days: frozenset[Day] = frozenset()  # of any year, as a text may leave it out
    dates: frozenset[tuple[str, Day]] = frozenset()
    laws: frozenset[tuple[str, str]] = frozenset()  # number and year
    names: frozenset[str] = frozenset()  # of publishers, where they hold a numeral

    @classmethod
    def by(cls, periods: Iterable[str], prose: str = "", sources: str = "") -> Declared:
        """Return what periods (2014-12-31), prose and the table of sources (CSV) declare."""
        named = DATE.findall(prose)
        found = {match.groups() for match in ISO.finditer(" ".join(periods))}
        dates = {(y, (MONTHS[month], int(day))) for day, month, y, _ in named if day}
        dates |= {(year, (int(month), int(day))) for year, month, day in found if day}
        years = {y or alone for _, _, y, alone in named} | {year for year, *_ in found}
        publishers = {row["publisher"] for row in csv.DictReader(io.StringIO(sources))}
        return cls(
            frozenset(years), frozenset(day for _, day in dates),
            frozenset((y, day) for y, day in dates if y), frozenset(LAW.findall(prose)),
            frozenset(filter(speaks, publishers)),
        )  # fmt: skip

    def and_by(self, periods: Iterable[str]) -> Declared:
        """Return this with some periods besides."""
        more = Declared.by(periods)
        years, days, dates = self.years | more.years, self.days | more.days, self.dates | more.dates
        return replace(self, years=years, days=days, dates=dates)

    def numerals(self, text: str, *, naming: bool = False) -> list[str]:
        """Return the numerals of a text that are neither declared nor names, and spelt counts.

        A name is a whole word; one without a letter counts where ``naming`` says that the text
        stands where nothing but a name does.

        >>> known = Declared.by(["2014-12-31", "2012"], "Law 25/1992")
        >>> known.numerals("On 31 December 2014, under Law 25/1992, KBR68H prints 2,012 of 5.5")
        ['2,012', '5.5']
        >>> known.numerals("On 30 December 2014, under Law 12 and Law 17/2012, in 1999")
        ['30', '2014', '12', '17', '1999']
        >>> known.numerals("2012 koperasi, pada 2012 koperasi; twelve cooperatives")
        ['2012', 'twelve']
        """
        if naming and text.strip() in self.names:
            return []
        for name in sorted(self.names, key=len, reverse=True):
            if name in text and LETTER.search(name):
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text)
        found = []
        if DIGIT.search(text):
            found = NUMERAL.findall(DATE.sub(self._date, LAW.sub(self._law, text)))
            counts = (
                n for before, n in YEAR_LIKE.findall(text) if before.lower() not in YEAR_BEFORE
            )
            found += [n for n in counts if n not in found]
        return found + spelt(text)

    def _law(self, law: re.Match[str]) -> str:
        return " " if (law[1], law[2]) in self.laws else law[0]

    def _date(self, date: re.Match[str]) -> str:
        day, month, year, alone = date.groups()
        if alone:
            return " " if alone in self.years else date[0]
        of_year = (MONTHS[month], int(day))
        known = (year, of_year) in self.dates if year else of_year in self.days
        return " " if known else date[0]


@lru_cache(maxsize=4)
def of_data(folder: Path, sha256: str) -> Declared:
    """Return what a data package declares; the digest tells when it is another."""
    texts = {
        name: (folder / f"{name}.csv").read_text(encoding="utf-8-sig")
        for name in (*PROSE, "sources")
        if (folder / f"{name}.csv").is_file()
    }
    sources = texts.pop("sources", "")
    return Declared.by((), "\n".join(texts.values()), sources)


@lru_cache(maxsize=16384)
def speaks(text: str) -> bool:
    """Tell whether a text may hold a numeral; most texts of a page stand on others as well."""
    return bool(DIGIT.search(text) or SPELT.search(text))


def spelt(text: str) -> list[str]:
    """Return the counts of a text that are written in words.

    "One" and "two" are left alone, since they speak of any one or two as often as they count; so
    is what a rate is of and its factor ("times one hundred"), what measures ("three times"), and a
    sentence on what a law demands.

    >>> spelt("dua belas koperasi, dua jenis; twenty-two members for every hundred thousand people")
    ['dua belas', 'twenty-two']
    >>> spelt("three times in four years, six other sources, nine markets; Kalimantan Ten…")
    ['six', 'nine']
    >>> spelt("There were twelve (a dozen), times one hundred. Rp million; times one dozen")
    ['twelve', 'dozen', 'dozen']
    """
    sentences = (part for part in re.split(r"(?<=\.)\s", text) if not OF_LAW.search(part))
    found = (spoken for part in sentences for spoken in SPELT.findall(part))
    return [
        count
        for before, count, what in found
        if count.lower() not in ANY_TWO
        and what.lower() not in MEASURES
        and not (before and (before.lower() not in BY or count.lower() in FACTORS))
    ]
