"""Every numeral on a page is accounted for: the walk over the finished page that proves it.

A numeral in prose, table, caption or chart must stand inside a ``<data value>`` whose button opens
the evidence of a figure of the results, with that figure's value; what the button shows must be
that value or a bound of it, to its last digit. In a chart it must also stand in the table of the
same chart, and what a line of evidence begins with must be its figure's. A count in words ("twelve
cooperatives") is a numeral, and so is one that looks a year ("2000 cooperatives"). What is no
figure is let through where it is declared, not by its shape: a date that is a period of the figures
or stands in the prose of the data, a law that the data name, a source that the evidence lists. Left
alone are headings, the folded code, a figure's own line of evidence and the scale of a chart.
Numerals are told from names by their surroundings: KBR68H has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from kumkm_analysis.runner.walk import VOID, walk

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
    r"|(?<![\d.,])((?:18|19|20)\d\d)(?![\d.,]\d|\d)"
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
# What no page counts: a number in words before it measures, or is a rule's.
MEASURES = frozenset((
    "times", "years", "months", "per", "points", "digits", "questions", "to", "and", "or", "kali",
    "tahun", "bulan", "persen", "poin", "pertanyaan", "sampai", "dan", "atau",
))  # fmt: skip
YEAR_BEFORE = {
    *(month.lower() for month in MONTHS),
    *"pada tahun sejak akhir awal sampai hingga dan in of since until by from year and".split(),  # noqa: SIM905
}
YEAR_LIKE = re.compile(rf"(?:(\w+)\s)?(?<![\w.,])((?:18|19|20)\d\d)\s(?:{COUNTED})\b")
WORDS = (
    "dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|se(?:puluh|belas|ratus|ribu)|belas|puluh|"
    "ratus|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|"
    "eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|ribu|juta|thousand|million"
)
SPELT = re.compile(
    rf"\b(?:(every|each|per|setiap|tiap)\s)?((?:(?:{WORDS})(?:[\s-]|\sand\s))*(?:{WORDS}))"
    rf"\s(?!(?:{WORDS})\b)(\w+)",
    re.IGNORECASE,
)
OF_LAW = re.compile(r"\b(?:Law|UU|Undang-Undang)\b")
ANY_TWO = frozenset({"two", "dua"})
SIGNS = "²³¹¼-¾⁰⁴-⁹₀-₉⅐-ↂ↉①-⒛⓪-⓿❶-➓㈠-㈩㊀-㊉"  # numerals that are no digits: ½, ⑫, Ⅻ
NUMERAL = re.compile(rf"(?<!\w)(?:Rp\s?)?(\d+(?:[.,]\d+)*|[{SIGNS}]+)")
SCALES = {
    "ribu": 3, "juta": 6, "miliar": 9, "triliun": 12,
    "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
}  # fmt: skip
SCALED = re.compile(rf"\b(?:{'|'.join(SCALES)})\b")
SPOKEN = ("alt", "aria-label", "aria-description", "placeholder", "title")  # shown or read aloud
# Not figures by what they are in: headings, and the contents, which repeat them.
DECLARED = frozenset("h1 h2 h3 h4 h5 h6 style nav".split())  # noqa: SIM905
FACTORS = frozenset({"100", "100,000", "100.000"})  # in a formula
RECORD = re.compile(r"s\d+")  # the id of a source on a page
SCALE = "kumkm-scale"
LEFT_ALONE = ".left-alone"  # no name of an element
DIGIT = re.compile(rf"[\d{SIGNS}]")
IMPLIED_END = {
    "li": {"li"}, "td": {"td", "th"}, "th": {"td", "th"}, "tr": {"tr", "td", "th"},
    "tbody": {"tr", "td", "th", "thead"}, "dd": {"dd", "dt"}, "dt": {"dd", "dt"}, "p": {"p"},
}  # fmt: skip
MOST_PROBLEMS = 20


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


def problems(html: str, results: Mapping[str, Any], prose: str = "", code: str = "") -> list[str]:
    """Return the numerals of a page that no figure of its results accounts for.

    ``prose`` is that of the data, whose dates and laws may stand on the page, ``code`` that of the
    notebook, whose periods may.

    >>> page = '<main><p>In 2012 there were <data value="7"><button popovertarget=f1>7</button>'
    >>> known = {"figures": [{"id": "f1", "value": "7", "period": "2012"}]}
    >>> problems(page + '</data> of 8.</p><ul><li id=f1 popover>7: 7 unit</ul></main>', known)
    ["the numeral '8' in <p>: 'of 8.'"]
    """
    accountant = Accountant(results, prose, code)
    walk(html, accountant)
    return accountant.problems()


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
    return found + spelt(text)


def spelt(text: str) -> list[str]:
    """Return the counts of a text that are written in words.

    "One" and "two" are left alone, since they speak of any one or two as often as they count; so
    is what a rate is of, what measures ("three times"), and a sentence on what a law demands.

    >>> spelt("dua belas koperasi, dua jenis; twenty-two members for every hundred thousand people")
    ['dua belas', 'twenty-two']
    >>> spelt("three times in four years, six other sources, nine markets")
    ['six', 'nine']
    """
    sentences = (part for part in re.split(r"(?<=\.)\s", text) if not OF_LAW.search(part))
    found = (spoken for part in sentences for spoken in SPELT.findall(part))
    return [
        count
        for of_each, count, what in found
        if not of_each and count.lower() not in ANY_TWO and what.lower() not in MEASURES
    ]


class Accountant:
    """Follows a page, with the elements that are open around every text."""

    def __init__(self, results: Mapping[str, Any], prose: str = "", code: str = "") -> None:
        periods = {f.get("period", "") for f in results.get("figures", ())}
        periods |= {results.get("parameters", {}).get("period", ""), *PERIOD.findall(code)}
        self.declared = Declared.by(periods, prose)
        self.names = {str(results.get("data", {}).get("version") or "")}
        self.figures = {f["id"]: f["value"] or "" for f in results.get("figures", ())}
        self.ends = {
            f["id"]: (f["unit"], [f[end] for end in ("value", "low", "high") if f[end] is not None])
            for f in results.get("figures", ())
            if {"unit", "low", "high"} <= f.keys()
        }
        self.language = str(results.get("parameters", {}).get("language", "en"))
        self.shown: list[tuple[str, list[str]]] = []  # the text of every number, by its figure
        self.found: list[str] = []
        self.named: list[tuple[str, str]] = []  # texts that may hold names of sources
        self.awaited = ""  # whose name or value the next text is
        self.open: list[tuple[str, Mapping[str, str]]] = []
        self.inside: Counter[str] = Counter()  # how many of each element are open, and of popovers
        self.evidence: set[str] = set()
        self.opened: dict[str, str] = {}
        self.charts: list[list[tuple[str, str]]] = []  # numerals drawn, of every open <figure>
        self.tables: list[set[str]] = []  # numerals in the data of every open <figure>

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element, after those whose end it implies."""
        while self.open and self.open[-1][0] in IMPLIED_END.get(tag, ()):
            self._close()
        if tag == "figure":
            self.charts.append([])
            self.tables.append(set())
        if "popover" in attributes:
            identity = attributes.get("id", "")
            self.evidence.add(identity)
            self.awaited = identity if RECORD.fullmatch(identity) else ""
        elif tag == "b" and self.open and "popover" in self.open[-1][1]:
            self.awaited = self.open[-1][1].get("id", "")
        if tag == "button" and self.inside["data"]:
            self._opener(attributes.get("popovertarget", ""))
        if self.inside["main"] and not self.inside[LEFT_ALONE] and "popover" not in attributes:
            self._spoken(tag, attributes)
        if tag not in VOID:
            self.open.append((tag, attributes))
            self.inside.update(self._names(tag, attributes))

    def end(self, tag: str) -> None:
        """Close an element with all that is open in it."""
        if not self.inside[tag]:
            return
        while self._close() != tag:
            pass
        if tag == "figure" and self.charts:
            shown = self.tables.pop()
            self.found += [
                f"the numeral {numeral!r} in {where}, which the table of the chart lacks"
                for numeral, where in self.charts.pop()
                if numeral not in shown
            ]

    def text(self, text: str) -> None:
        """Look at a text."""
        inside = self.inside
        if self.awaited:
            self._beginning(text)
        if not inside["main"] or inside[LEFT_ALONE]:
            return
        if not DIGIT.search(text) and not SPELT.search(text):
            return
        found = numerals(text, self.declared)
        if inside["svg"] and self.charts:
            if not inside[SCALE]:
                self.charts[-1] += [(n, f"a chart: {text.strip()[:60]!r}") for n in found]
        elif inside["data"] and inside["button"] and self.shown:
            self.shown[-1][1].append(text)
            if self.tables:
                self.tables[-1].update(found)
        elif found and not (inside["var"] and FACTORS.issuperset(found)):
            self.named.append((text, f"<{self.open[-1][0]}>: {text.strip()[:60]!r}"))

    def problems(self) -> list[str]:
        """Look back: every number leads to evidence that is there, with the figure's value."""
        found = [*self.found, *self._unnamed()]
        for target, value in self.opened.items():
            if target not in self.figures:
                found.append(f"a number that leads to {target!r}, which is no figure")
            elif target not in self.evidence:
                found.append(f"a number whose evidence {target!r} is not on the page")
            elif value != self.figures[target]:
                expected = self.figures[target]
                found.append(f"the value {value!r} at {target!r} instead of {expected!r}")
        for target, texts in self.shown:
            found += [
                f"the numeral {numeral!r} for {target!r}, which is neither its value nor a bound"
                for numeral in self._untrue(target, " ".join(texts))
            ]
        for identity in self.figures.keys() - self.evidence:
            found.append(f"a figure {identity!r} of the results without evidence on the page")
        return list(dict.fromkeys(found))[:MOST_PROBLEMS]

    def _unnamed(self) -> list[str]:
        """Return the numerals in texts, but for those in names that the page lists as sources."""
        found = []
        known = sorted((n for n in self.names if DIGIT.search(n)), key=len, reverse=True)
        for text, where in self.named:
            rest = text
            for name in known:
                rest = rest.replace(name, " ")
            found += [f"the numeral {n!r} in {where}" for n in numerals(rest, self.declared)]
        return found

    def _beginning(self, text: str) -> None:
        """Keep the name of a source, or the value that a line of evidence begins with."""
        if RECORD.fullmatch(self.awaited):
            self.names.add(text.partition(", “")[0].strip())
        else:
            self.shown.append((self.awaited, [text]))
        self.awaited = ""

    def _close(self) -> str:
        """Close the element that was opened last; return its name."""
        tag, attributes = self.open.pop()
        self.inside.subtract(self._names(tag, attributes))
        return tag

    def _spoken(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Look at what an element says beside its text, and at lists that count from elsewhere."""
        words = [attributes[name] for name in SPOKEN if name in attributes]
        found = [
            (n, f"the description {said[:60]!r}")
            for said in words
            for n in numerals(said, self.declared)
        ]
        if tag in ("ol", "li"):
            counted = [name for name in ("start", "value") if name in attributes]
            found += [(attributes[name], f"<{tag} {name}>") for name in counted]
        if self.charts and tag in ("svg", "img"):
            self.charts[-1] += found
        else:
            self.found += [f"the numeral {numeral!r} in {where}" for numeral, where in found]

    def _untrue(self, target: str, text: str) -> list[str]:
        """Return the numerals in the text of a number that its figure does not have."""
        if target not in self.ends:
            return []
        unit, ends = self.ends[target]
        scales = {0, *(SCALES[word] for word in SCALED.findall(text))}
        if unit == "IDR" and len(scales) == 1:  # bounds in brackets share the word before them
            scales |= set(SCALES.values())
        group, point = (".", ",") if self.language == "id" else (",", ".")
        known = [abs(Decimal(end).scaleb(-scale)) for end in ends for scale in scales]
        untrue = []
        for numeral in NUMERAL.findall(text):
            try:
                number = Decimal(numeral.replace(group, "").replace(point, "."))
            except InvalidOperation:
                untrue.append(numeral)
                continue
            last = Decimal(1).scaleb(int(number.as_tuple().exponent))
            if not any(abs(end - number) < last for end in known):  # bounds are rounded outward
                untrue.append(numeral)
        return untrue

    def _opener(self, target: str) -> None:
        data = next(values for tag, values in reversed(self.open) if tag == "data")
        value = data.get("value", "")
        self.shown.append((target, []))
        if self.opened.setdefault(target, value) != value:
            self.found.append(f"two values for {target!r}: {self.opened[target]!r} and {value!r}")

    def _names(self, tag: str, attributes: Mapping[str, str]) -> list[str]:
        """Return what a text is inside of when it is inside of an element."""
        names = [tag]
        line = attributes.get("id", "") if "popover" in attributes else ""
        code = tag == "details" and attributes.get("class") == "code"
        if tag in DECLARED or code or line in self.figures or RECORD.fullmatch(line):
            names.append(LEFT_ALONE)
        if attributes.get("class") == SCALE:
            names.append(SCALE)
        return names
