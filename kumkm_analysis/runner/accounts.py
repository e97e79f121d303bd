"""Every numeral on a page is accounted for: the walk over the finished page that proves it.

A numeral in prose, table, caption or chart must stand inside a ``<data value>`` whose button opens
the evidence of a figure of the results, with that figure's value; what the button shows must be
that value or a bound of it (see :mod:`~kumkm_analysis.runner.shown`). In a chart it must also
stand in the table of the same chart, and what a line of evidence begins with must be its figure's.
What is no figure is let through where it is declared, not by its shape: dates and laws of the data
(see :mod:`~kumkm_analysis.runner.mentions`), a source that the evidence lists and the data
have. Left alone are headings, the folded code, a figure's own line of evidence and the scale of a
chart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kumkm_analysis.runner import bibliography
from kumkm_analysis.runner.mentions import PERIOD, Declared, numerals, speaks
from kumkm_analysis.runner.shown import Known, of_other_unit, untrue
from kumkm_analysis.runner.walk import VOID, walk

SPOKEN = ("alt", "aria-label", "aria-description", "placeholder", "title")  # shown or read aloud
# Not figures by what they are in: headings, and the contents, which repeat them.
DECLARED = frozenset("h1 h2 h3 h4 h5 h6 style nav".split())  # noqa: SIM905
FACTORS = frozenset({"100", "100,000", "100.000"})  # in a formula
NAMING = frozenset({"a", "cite", "small", "th"})  # what holds the name of a source and no more
LETTER = re.compile(r"[^\W\d_]")
# A year that stands alone is a date only in a column of dates; elsewhere it may as well be a count.
YEARS = re.compile(r"\W*(?:(?:18|19|20)\d\d\b\W*)+")
OF_DATES = re.compile(r"\b(?:period|periode|date|tanggal|year|tahun)\b", re.IGNORECASE)
RECORD = re.compile(r"s\d+")  # the id of a source on a page
SCALE = "kumkm-scale"
LEFT_ALONE = ".left-alone"  # no name of an element
LISTED = ".record"  # nor this: the record of a source
IMPLIED_END = {
    "li": {"li"}, "td": {"td", "th"}, "th": {"td", "th"}, "tr": {"tr", "td", "th"},
    "tbody": {"tr", "td", "th", "thead"}, "dd": {"dd", "dt"}, "dt": {"dd", "dt"}, "p": {"p"},
}  # fmt: skip
MOST_PROBLEMS = 20

Open = tuple[str, Mapping[str, str], list[str]]  # an element, and what its texts are inside of


def problems(
    html: str, results: Mapping[str, Any], prose: str = "", code: str = "", sources: str = ""
) -> list[str]:
    """Return the numerals of a page that no figure of its results accounts for.

    ``prose`` is that of the data, whose dates and laws may stand on the page, ``code`` that of the
    notebook, whose periods may, and ``sources`` the table of the data that lists them.

    >>> page = '<main><p>In 2012 there were <data value="7"><button popovertarget=f1>7</button>'
    >>> known = {"figures": [{"id": "f1", "value": "7", "period": "2012"}]}
    >>> problems(page + '</data> of 8.</p><ul><li id=f1 popover>7: 7 unit</ul></main>', known)
    ["the numeral '8' in <p>: 'of 8.'"]
    """
    accountant = Accountant(results, prose, code, sources)
    walk(html, accountant)
    return accountant.problems()


class Accountant:
    """Follows a page, with the elements that are open around every text."""

    def __init__(
        self, results: Mapping[str, Any], prose: str = "", code: str = "", sources: str = ""
    ) -> None:
        periods = {f.get("period", "") for f in results.get("figures", ())}
        periods |= {results.get("parameters", {}).get("period", ""), *PERIOD.findall(code)}
        self.declared = Declared.by(periods, prose)
        self.version = str(results.get("data", {}).get("version") or "")
        self.sources = sources
        self.names = set[str]()
        self.figures = {f["id"]: f["value"] or "" for f in results.get("figures", ())}
        self.known = {
            f["id"]: Known(
                f["unit"],
                *(None if f[end] is None else Decimal(f[end]) for end in ("value", "low", "high")),
            )
            for f in results.get("figures", ())
            if {"unit", "low", "high"} <= f.keys()
        }
        self.language = str(results.get("parameters", {}).get("language", "en"))
        self.shown: list[tuple[str, list[str]]] = []  # the text of every number, by its figure
        self.said: list[str] = []  # what the number that is open shows so far
        self.found: list[str] = []
        self.named: list[tuple[str, str]] = []  # texts that may hold names, and what they are in
        self.record: list[str] = []  # the texts of the record that is open
        self.awaited = ""  # whose value the next text is
        self.open: list[Open] = []
        self.inside = defaultdict[str, int](int)  # how many of each name are open
        self.evidence: set[str] = set()
        self.opened: dict[str, str] = {}
        self.heads: list[str] = []  # of the columns of the table that is open
        self.column = -1  # in which the cell stands that is open
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
            self.awaited = ""
        elif tag == "b" and self.open and "popover" in self.open[-1][1]:
            self.awaited = self.open[-1][1].get("id", "")
        if tag in ("td", "th"):
            self._cell(attributes)
        elif tag == "tr":
            self.column = -1
        elif tag == "table":
            self.heads = []
        if tag == "data":
            self.said = []
        elif tag == "button" and self.inside["data"]:
            self._opener(attributes.get("popovertarget", ""))
        if self.inside["main"] and not self.inside[LEFT_ALONE]:
            self._spoken(tag, attributes)
        if tag not in VOID:
            names = self._names(tag, attributes)
            self.open.append((tag, attributes, names))
            for name in names:
                self.inside[name] += 1

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
        if inside[LISTED]:
            self.record.append(text)
            return
        if not inside["main"] or inside[LEFT_ALONE]:
            return
        if inside["data"]:
            self.said.append(text)
        if inside["thead"] and self.heads:
            self.heads[-1] += text
        if not speaks(text):
            return
        found = numerals(text, self.declared)
        if inside["svg"] and self.charts:
            if not inside[SCALE]:
                self.charts[-1] += [(n, f"a chart: {text.strip()[:60]!r}") for n in found]
        elif inside["data"] and inside["button"] and self.shown:
            if self.tables:
                self.tables[-1].update(found)
        elif found and not (
            (inside["var"] and FACTORS.issuperset(found))
            or (inside["code"] and text.strip() == self.version)
        ):
            self.named.append((text, self.open[-1][0]))
        elif not found and YEARS.fullmatch(text) and not self._dated():
            self.found.append(f"the numeral {text.strip()!r} alone, where no date is awaited")

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
            found += self._untrue(target, "".join(texts))
        for identity in self.figures.keys() - self.evidence:
            found.append(f"a figure {identity!r} of the results without evidence on the page")
        return list(dict.fromkeys(found))[:MOST_PROBLEMS]

    def _unnamed(self) -> list[str]:
        """Return the numerals in texts, but for those in names that the page lists as sources.

        A name is a whole word, and one without a letter the whole of what it stands in.
        """
        found = []
        known = sorted((n for n in self.names if speaks(n)), key=len, reverse=True)
        for text, tag in self.named:
            rest = "" if tag in NAMING and text.strip() in self.names else text
            for name in known:
                if name in rest and LETTER.search(name):
                    rest = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", rest)
            said = f"<{tag}>: {text.strip()[:60]!r}"
            found += [f"the numeral {n!r} in {said}" for n in numerals(rest, self.declared)]
        return found

    def _beginning(self, text: str) -> None:
        """Keep the value that a line of evidence begins with."""
        self.shown.append((self.awaited, [text]))
        self.awaited = ""

    def _recorded(self, identity: str) -> None:
        """Look at the record of a source: it says what the data have of it, and its date."""
        record = "".join(self.record)
        self.record = []
        publisher, rest, dates = bibliography.read(record, self.sources)
        if publisher:
            self.names.add(publisher)
        self.found += [
            f"the numeral {n!r} in the record {identity!r}: {record.strip()[:60]!r}"
            for n in numerals(rest, dates)
        ]

    def _close(self) -> str:
        """Close the element that was opened last; return its name."""
        tag, attributes, names = self.open.pop()
        for name in names:
            self.inside[name] -= 1
        if LISTED in names:
            self._recorded(attributes.get("id", ""))
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
        """Return what the text of a number shows that its figure does not have."""
        figure = self.known.get(target)
        if figure is None:
            return []
        found = [
            f"the numeral {numeral!r} for {target!r}, which is neither its value nor a bound"
            for numeral in untrue(text, self.language, figure)
        ]
        if of_other_unit(text, self.language, figure.unit):
            found.append(f"the number {text[:60]!r} for {target!r}, whose unit is {figure.unit}")
        return found

    def _cell(self, attributes: Mapping[str, str]) -> None:
        """Enter a cell of a table, be it the head of a column."""
        self.column += 1
        if self.inside["thead"] and attributes.get("scope") == "col":
            self.heads.append("")

    def _dated(self) -> bool:
        """Tell whether the head of the column says that dates stand in it."""
        inside = self.inside["td"] or self.inside["th"]
        head = self.heads[self.column] if inside and self.column < len(self.heads) else ""
        return OF_DATES.search(head) is not None

    def _opener(self, target: str) -> None:
        data = next(values for tag, values, _ in reversed(self.open) if tag == "data")
        value = data.get("value", "")
        # One number may have several buttons ("between 5 and 6"); what it shows is one text.
        if not self.shown or self.shown[-1][1] is not self.said or self.shown[-1][0] != target:
            self.shown.append((target, self.said))
        if self.opened.setdefault(target, value) != value:
            self.found.append(f"two values for {target!r}: {self.opened[target]!r} and {value!r}")

    def _names(self, tag: str, attributes: Mapping[str, str]) -> list[str]:
        """Return what a text is inside of when it is inside of an element."""
        names = [tag]
        kind = attributes.get("class")
        line = attributes.get("id", "") if "popover" in attributes else ""
        of_figure = line and line in self.figures
        if of_figure or tag in DECLARED or (tag == "details" and kind == "code"):
            names.append(LEFT_ALONE)
        elif line and RECORD.fullmatch(line):
            names.append(LISTED)
        if kind == SCALE:
            names.append(SCALE)
        return names
