"""The numerals that a text mentions: which of them the data declare, and which must be figures.

A date passes where it is a period of the figures or stands in the prose of the data, a law where
the data name it; neither passes by its shape. A count in words ("twelve cooperatives") is a
numeral, and so is one that looks a year ("2000 cooperatives") or is Roman (MMXII). Numerals are
told from names by their surroundings: KBR68H has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from kumkm_analysis.runner.spelt import SCALE, SPELT, spelt

MONTHS = {
    name: number
    for names in (
        "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
        "January February March April May June July August September October November December",
    )
    for number, name in enumerate(names.split(), start=1)
}
DATE = re.compile(
    rf"\b(\d{{1,2}})\s({'|'.join(MONTHS)})\b(?:\s((?:18|19|20)\d\d)(?![\d.,]\d|\d))?"
    r"|(?<!Rp\s)(?<!IDR\s)(?<!USD\s)(?<![\w.,$€£¥])((?:18|19|20)\d\d)(?![\d.,]\d|\d)"
    rf"(?!\s?(?:%|(?:per\scent|persen|{SCALE})\b))"
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
# Numerals that are no digits, as Unicode knows them: ½, ⑫, Ⅻ, 五.
SIGNS = "".join(c for c in map(chr, range(0x80, 0x10000)) if c.isnumeric() and not c.isdecimal())
CURRENCY = "Rp|IDR|USD|US|SGD|MYR|RM|JPY|EUR|GBP|AUD|CNY"  # may stand close before a numeral
NUMERAL = re.compile(rf"(?<!\w)(?:(?:{CURRENCY})\s?)?(\d+(?:[.,]\d+)*|[{SIGNS}]+)")
LETTERS = "M{0,4}(?:CM|CD|D?C{0,4})(?:XC|XL|L?X{0,4})(?:IX|IV|V?I{0,4})"
ROMAN = re.compile(  # of three letters or more, and in one case: "DI" is a name, "mix" a word
    rf"\b(?=(?:[MDCLXVI]{{3,}}|[mdclxvi]{{3,}})\b)(?!mix\b)(?:{LETTERS}|{LETTERS.lower()})(?<=\w)\b"
)
DIGIT = re.compile(rf"[\d{SIGNS}]")


Day = tuple[int, int]  # month, day


@dataclass(frozen=True, slots=True)
class Declared:
    """What stands on a page by leave of the data: its dates, and the laws that are named."""

    years: frozenset[str] = frozenset()
    days: frozenset[Day] = frozenset()  # of any year, as a text may leave it out
    dates: frozenset[tuple[str, Day]] = frozenset()
    laws: frozenset[tuple[str, str]] = frozenset()  # number and year

    @classmethod
    def by(cls, periods: Iterable[str], prose: str = "") -> Declared:
        """Return what periods (2014-12-31) and the prose of the data declare."""
        said = _named_in(prose)
        found = {match.groups() for match in ISO.finditer(" ".join(periods))}
        dates = {(year, (int(month), int(day))) for year, month, day in found if day}
        return cls(
            said.years | {year for year, *_ in found},
            said.days | {day for _, day in dates},
            said.dates | dates,
            said.laws,
        )

    def without(self, text: str) -> str:
        """Return a text without the dates and names of laws that are declared."""
        if not DIGIT.search(text):
            return text
        return DATE.sub(self._date, LAW.sub(self._law, text))

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
def _named_in(prose: str) -> Declared:
    """Return what a prose names; all pages of a run stand on the same."""
    found = DATE.findall(prose)
    of_year = {(y, (MONTHS[month], int(day))) for day, month, y, _ in found if day}
    return Declared(
        frozenset(year or alone for _, _, year, alone in found),
        frozenset(day for _, day in of_year),
        frozenset(of_year),
        frozenset(LAW.findall(prose)),
    )


@lru_cache(maxsize=16384)
def speaks(text: str) -> bool:
    """Tell whether a text may hold a numeral; most texts of a page stand on others as well."""
    return any(sign.search(text) for sign in (DIGIT, SPELT, ROMAN))


def numerals(text: str, declared: Declared) -> list[str]:
    """Return the numerals of a text that are neither declared nor names, and spelt counts.

    >>> known = Declared.by(["2014-12-31", "2012"], "Law 25/1992")
    >>> numerals("On 31 December 2014, under Law 25/1992, KBR68H prints 2,012 of 5.5", known)
    ['2,012', '5.5']
    >>> numerals("On 30 December 2014, under Law 12 and Law 17/2012, in 1999", known)
    ['30', '2014', '12', '17', '1999']
    >>> numerals("2012 koperasi, pada 2012 koperasi; twelve cooperatives", known)
    ['2012', 'twelve']
    """
    found = NUMERAL.findall(declared.without(text))
    counts = (n for before, n in YEAR_LIKE.findall(text) if before.lower() not in YEAR_BEFORE)
    found += [n for n in counts if n not in found]
    return found + spelt(text) + ROMAN.findall(text)
