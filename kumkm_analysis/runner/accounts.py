"""Every numeral on a page is accounted for: the walk over the finished page that proves it.

A numeral in prose, table, caption or chart must stand inside a ``<data value>`` whose button opens
the evidence of a figure of the results, with that figure's value; what the button shows must be
that value or a bound of it, to its last digit. In a chart it must also stand in the table of the
same chart. A count in words before what is counted ("twelve cooperatives") is a numeral, and so is
one that looks a year ("2000 cooperatives"). Declared, and left alone, is what is no figure: dates
and years, names of laws, headings, code, names of sources, quotations, a figure's own line of
evidence, the scale of a chart. Numerals are told from names by their surroundings: KBR68H has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kumkm_analysis.runner.walk import VOID, walk

MONTHS = "|".join(
    (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
        "Oktober", "November", "Desember", "January", "February", "March", "May", "June", "July",
        "August", "October", "December",
    )
)  # fmt: skip
DATE = re.compile(rf"\b\d{{1,2}}\s(?:{MONTHS})\b|(?<![\d.,])(?:18|19|20)\d\d(?![\d.,]\d|\d)")
LAW = re.compile(
    r"\b(?:UU|PP|Law|Undang-Undang|Peraturan \w+|Regulation)(?: Nomor| No\.?)? "
    r"\d+(?:/\d{4}| Tahun \d{4})?"
)
# What is counted on the pages: a number before it is a count, though it be a word or look a year.
COUNTED = "koperasi|anggota|orang|unit|usaha|cooperatives|members|people|enterprises|units"
YEAR_BEFORE = {
    *MONTHS.lower().split("|"),
    *"pada tahun sejak akhir awal sampai hingga dan in of since until by from year and".split(),  # noqa: SIM905
}
YEAR_LIKE = re.compile(rf"(?:(\w+)\s)?(?<![\w.,])((?:18|19|20)\d\d)\s(?:{COUNTED})\b")
WORDS = (
    "dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|se(?:puluh|belas|ratus|ribu)|belas|puluh|"
    "ratus|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|"
    "eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred"
)
SPELT = re.compile(
    rf"\b(?:(every|each|per|setiap|tiap)\s)?((?:(?:{WORDS}|ribu|juta|thousand|million)(?:[\s-]|\sand\s))*(?:{WORDS}|ribu|juta|"
    rf"thousand|million))\s(?:{COUNTED})\b",
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
# Not figures by what they are in: names, quotations, code, headings, formulas.
DECLARED = frozenset(
    "h1 h2 h3 h4 h5 h6 code pre cite q var style nav time summary".split()  # noqa: SIM905
)
SCALE = "kumkm-scale"
LEFT_ALONE = ".left-alone"  # no name of an element
DIGIT = re.compile(rf"[\d{SIGNS}]")
IMPLIED_END = {
    "li": {"li"}, "td": {"td", "th"}, "th": {"td", "th"}, "tr": {"tr", "td", "th"},
    "tbody": {"tr", "td", "th", "thead"}, "dd": {"dd", "dt"}, "dt": {"dd", "dt"}, "p": {"p"},
}  # fmt: skip
MOST_PROBLEMS = 20


def problems(html: str, results: Mapping[str, Any]) -> list[str]:
    """Return the numerals of a page that no figure of its results accounts for.

    >>> page = '<main><p>In 2012 there were <data value="7"><button popovertarget=f1>7</button>'
    >>> known = {"figures": [{"id": "f1", "value": "7"}]}
    >>> problems(page + '</data> of 8.</p><ul><li id=f1 popover>7: 7 unit</ul></main>', known)
    ["the numeral '8' in <p>: 'of 8.'"]
    """
    accountant = Accountant(results)
    walk(html, accountant)
    return accountant.problems()


def numerals(text: str) -> list[str]:
    """Return the numerals of a text that are neither dates nor names of laws, and spelt counts.

    >>> numerals("On 31 December 2014, under Law 25/1992, KBR68H prints 2,012 of 5.5 cooperatives")
    ['2,012', '5.5']
    >>> numerals("2000 koperasi, pada 2012 koperasi; twelve cooperatives")
    ['2000', 'twelve']
    """
    found = NUMERAL.findall(DATE.sub(" ", LAW.sub(" ", text)))
    found += [n for before, n in YEAR_LIKE.findall(text) if before.lower() not in YEAR_BEFORE]
    return found + spelt(text)


def spelt(text: str) -> list[str]:
    """Return the counts of a text that are written in words.

    "One" and "two" are left alone, since they speak of any one or two as often as they count; so
    is what a rate is of, and a sentence that tells what a law demands.

    >>> spelt("dua belas koperasi, dua jenis; twenty-two members for every hundred thousand people")
    ['dua belas', 'twenty-two']
    """
    sentences = (part for part in re.split(r"(?<=\.)\s", text) if not OF_LAW.search(part))
    found = (pair for part in sentences for pair in SPELT.findall(part))
    return [count for of_each, count in found if not of_each and count.lower() not in ANY_TWO]


class Accountant:
    """Follows a page, with the elements that are open around every text."""

    def __init__(self, results: Mapping[str, Any]) -> None:
        self.figures = {f["id"]: f["value"] or "" for f in results.get("figures", ())}
        self.ends = {
            f["id"]: (f["unit"], [f[end] for end in ("value", "low", "high") if f[end] is not None])
            for f in results.get("figures", ())
            if {"unit", "low", "high"} <= f.keys()
        }
        self.language = str(results.get("parameters", {}).get("language", "en"))
        self.shown: list[tuple[str, list[str]]] = []  # the text of every number, by its figure
        self.found: list[str] = []
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
            self.evidence.add(attributes.get("id", ""))
        if tag == "button" and self.inside["data"]:
            self._opener(attributes.get("popovertarget", ""))
        if self.inside["main"] and not self.inside[LEFT_ALONE] and "popover" not in attributes:
            self._spoken(tag, attributes)
        if tag not in VOID:
            self.open.append((tag, attributes))
            self.inside.update(_names(tag, attributes))

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
        if not inside["main"] or inside[LEFT_ALONE]:
            return
        if not DIGIT.search(text) and not SPELT.search(text):
            return
        found = numerals(text)
        if inside["svg"] and self.charts:
            if not inside[SCALE]:
                self.charts[-1] += [(n, f"a chart: {text.strip()[:60]!r}") for n in found]
        elif inside["data"] and inside["button"] and self.shown:
            self.shown[-1][1].append(text)
            if self.tables:
                self.tables[-1].update(found)
        else:
            where = f"<{self.open[-1][0]}>: {text.strip()[:60]!r}"
            self.found += [f"the numeral {numeral!r} in {where}" for numeral in found]

    def problems(self) -> list[str]:
        """Look back: every number leads to evidence that is there, with the figure's value."""
        found = list(self.found)
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

    def _close(self) -> str:
        """Close the element that was opened last; return its name."""
        tag, attributes = self.open.pop()
        self.inside.subtract(_names(tag, attributes))
        return tag

    def _spoken(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Look at what an element says beside its text, and at lists that count from elsewhere."""
        words = [attributes[name] for name in SPOKEN if name in attributes]
        found = [(n, f"the description {said[:60]!r}") for said in words for n in numerals(said)]
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


def _names(tag: str, attributes: Mapping[str, str]) -> list[str]:
    """Return what a text is inside of when it is inside of an element."""
    names = [tag]
    if tag in DECLARED or "popover" in attributes:
        names.append(LEFT_ALONE)
    if attributes.get("class") == SCALE:
        names.append(SCALE)
    return names
