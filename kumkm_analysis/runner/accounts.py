"""Every numeral on a page is accounted for: the walk over the finished page that proves it.

A numeral in prose, table, caption or chart must stand inside a ``<data value>`` whose button opens
the evidence of a figure of the results, with that figure's value; in a chart it must also stand in
the table of the same chart. Declared, and left alone, is what is no figure: dates and years, names
of laws, headings, code, names of sources, quotations, a figure's own line of evidence, the scale of
a chart. Numerals are told from names by their surroundings: KBR68H has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

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
NUMERAL = re.compile(r"(?<!\w)(?:Rp\s?)?(\d+(?:[.,]\d+)*)")
# Not figures by what they are in: names, quotations, code, headings, formulas.
DECLARED = frozenset(
    "h1 h2 h3 h4 h5 h6 code pre cite q var style title nav time summary".split()  # noqa: SIM905
)
SCALE = "kumkm-scale"
VOID = frozenset("area br col hr img input link meta source wbr path circle rect".split())  # noqa: SIM905
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
    walker = _Walker({f["id"]: f["value"] or "" for f in results.get("figures", ())})
    walker.feed(html)
    walker.close()
    walker.finish()
    return list(dict.fromkeys(walker.found))[:MOST_PROBLEMS]


def numerals(text: str) -> list[str]:
    """Return the numerals of a text that are neither dates nor names of laws.

    >>> numerals("On 31 December 2014, under Law 25/1992, KBR68H prints 2,012 of 5.5 cooperatives")
    ['2,012', '5.5']
    """
    return NUMERAL.findall(DATE.sub(" ", LAW.sub(" ", text)))


class _Walker(HTMLParser):
    """Follows a page, with the elements that are open around every text."""

    def __init__(self, figures: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.figures = figures
        self.found: list[str] = []
        self.open: list[tuple[str, Mapping[str, str]]] = []
        self.evidence: set[str] = set()
        self.opened: dict[str, str] = {}
        self.charts: list[list[tuple[str, str]]] = []  # numerals drawn, of every open <figure>
        self.tables: list[set[str]] = []  # numerals in the data of every open <figure>

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, after those whose end it implies."""
        values = {name: value or "" for name, value in attrs}
        while self.open and self.open[-1][0] in IMPLIED_END.get(tag, ()):
            self.open.pop()
        if tag == "figure":
            self.charts.append([])
            self.tables.append(set())
        if "popover" in values:
            self.evidence.add(values.get("id", ""))
        if tag == "button" and self._inside("data"):
            self._opener(values.get("popovertarget", ""))
        alt = values.get("aria-label") if tag == "svg" else values.get("alt")
        if alt and self.charts:
            self.charts[-1] += [(n, f"the description {alt[:60]!r}") for n in numerals(alt)]
        if tag not in VOID:
            self.open.append((tag, values))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Pass an element that has no content."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close an element with all that is open in it."""
        if not self._inside(tag):
            return
        while self.open.pop()[0] != tag:
            pass
        if tag == "figure" and self.charts:
            shown = self.tables.pop()
            self.found += [
                f"the numeral {numeral!r} in {where}, which the table of the chart lacks"
                for numeral, where in self.charts.pop()
                if numeral not in shown
            ]

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        if not self._inside("main") or any(tag in DECLARED for tag, _ in self.open):
            return
        if any("popover" in values for _, values in self.open):
            return
        found = numerals(data)
        if self._inside("svg"):
            if self.charts and not any(v.get("class") == SCALE for _, v in self.open):
                self.charts[-1] += [(n, f"a chart: {data.strip()[:60]!r}") for n in found]
        elif self._inside("data"):
            if self.tables:
                self.tables[-1].update(found)
        else:
            where = f"<{self.open[-1][0]}>: {data.strip()[:60]!r}"
            self.found += [f"the numeral {numeral!r} in {where}" for numeral in found]

    def finish(self) -> None:
        """Look back: every number leads to evidence that is there, with the figure's value."""
        for target, value in self.opened.items():
            if target not in self.figures:
                self.found.append(f"a number that leads to {target!r}, which is no figure")
            elif target not in self.evidence:
                self.found.append(f"a number whose evidence {target!r} is not on the page")
            elif value != self.figures[target]:
                expected = self.figures[target]
                self.found.append(f"the value {value!r} at {target!r} instead of {expected!r}")
        for identity in self.figures.keys() - self.evidence:
            self.found.append(f"a figure {identity!r} of the results without evidence on the page")

    def _opener(self, target: str) -> None:
        data = next(values for tag, values in reversed(self.open) if tag == "data")
        value = data.get("value", "")
        if self.opened.setdefault(target, value) != value:
            self.found.append(f"two values for {target!r}: {self.opened[target]!r} and {value!r}")

    def _inside(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.open)
