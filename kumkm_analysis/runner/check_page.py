"""The check of a finished page, in one pass of an HTML parser.

Every page must be whole, without script, and alone: its Content-Security-Policy keeps a browser
from running or loading anything, and here it is made sure that nothing is there to be kept from it.

A page that opened a report is held to more. A numeral in prose, table, caption or chart must stand
in a button that opens the evidence of a figure of the results; in a chart it must also stand in the
table of the same chart. What is no figure is let through where it is declared, not by its shape
(see :mod:`~kumkm_analysis.runner.declared`). Left alone are headings, the folded code, a figure's
own line of evidence, the record of a source and the scale of a chart. That a button shows the very
value of its figure, in its scale and unit, is what the tests of this project prove of the library
that writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any, NamedTuple

from kumkm_analysis.errors import short
from kumkm_analysis.runner.declared import PERIOD, Declared, speaks

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
MOST = 20  # problems of a kind that are told
# ---- what loads or runs ----
VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)
RUNNING = frozenset({"script", "iframe", "frame", "object", "embed", "applet", "base", "form"})
LOADING = frozenset(
    {"src", "srcset", "data", "poster", "background", "action", "formaction", "manifest", "ping"}
)
HEAD_ONLY = frozenset({"meta", "title", "html", "head", "body"})
STYLED = frozenset(
    {"style", "fill", "stroke", "filter", "mask", "clip-path", "cursor"}
    | {"marker", "marker-start", "marker-mid", "marker-end"}
)
LINKING = frozenset({"href", "xlink:href"})
SAFE_SCHEMES = ("http:", "https:", "mailto:", "tel:", "ftp:")
TABLE = "data:text/csv;"
STYLE_LOADS = re.compile(r"@import[^;]*|url\(\s*+['\"]?+(?!#|data:)[^)]*\)?", re.IGNORECASE)
# ---- how elements lie in one another ----
IMPLIED_END = {
    "li": {"li"}, "td": {"td", "th"}, "th": {"td", "th"}, "tr": {"tr", "td", "th"},
    "tbody": {"tr", "td", "th", "thead"}, "dd": {"dd", "dt"}, "dt": {"dd", "dt"}, "p": {"p"},
}  # fmt: skip
OPTIONAL_END = frozenset(
    "p li dt dd td th tr tbody thead tfoot colgroup option optgroup".split()  # noqa: SIM905
)
BLOCKS = frozenset(
    "p li dd dt td th caption figcaption summary pre div section text".split()  # noqa: SIM905
)
# What a text is inside of, one bit each.
MAIN, ALONE, DATUM, BUTTON, SVG, SCALE, FORMULA, CODE, FIGURE = (1 << place for place in range(9))
INSIDE = {
    **dict.fromkeys("h1 h2 h3 h4 h5 h6 style nav".split(), ALONE),  # noqa: SIM905
    "main": MAIN, "data": DATUM, "svg": SVG, "var": FORMULA, "code": CODE, "figure": FIGURE,
}  # fmt: skip
# ---- what is said ----
SPOKEN = frozenset({"alt", "aria-label", "aria-description", "placeholder", "title"})
FACTORS = frozenset({"1", "100", "100,000", "100.000"})  # in a formula
NAMING = frozenset({"a", "cite", "small", "th"})  # what holds the name of a source and no more
OURS = frozenset({"kumkm-scope", "kumkm-say"})  # by which a report is told that is never closed
LEFT_ALONE = frozenset({("var", "kumkm-rule"), ("details", "code"), ("details", "kumkm-source")})
LINE, SOURCE = re.compile(r"f\d+"), re.compile(r"s\d+")  # ids of a figure and of a source


class Problems(NamedTuple):
    """What is wrong with a page, by what it means for whoever reads it."""

    broken: list[str]  # it is not whole, or would run or load something
    dead: list[str]  # numbers that open nothing
    numerals: list[str]  # of which no figure of the results accounts


def check(
    html: str,
    results: Mapping[str, Any] | None = None,
    declared: Declared | None = None,
    code: str = "",
) -> Problems:
    """Return what is wrong with a page.

    ``results`` are those that its report brought, if any; ``declared`` is what the data declare,
    and ``code`` is that of the notebook, whose periods may stand on the page.

    >>> page = '<main><p>In 2012 there were <data value="7"><button popovertarget=f1>7</button>'
    >>> known = {"figures": [{"id": "f1", "value": "7", "period": "2012"}]}
    >>> check(page + "</data> of 8.</p><ul><li id=f1 popover>7: 7 unit</ul></main>", known).numerals
    ["the numeral '8' in <p>: 'In 2012 there were 7 of 8.'"]
    >>> check(page + "</data>.</p></main>").dead
    ['a report that was opened and never closed']
    """
    reader = _Reader(results, declared or Declared(), code)
    reader.feed(html)
    reader.close()
    return Problems(*(_told(list(dict.fromkeys(found))) for found in reader.problems()))


def problems(html: str) -> list[str]:
    """Return what forbids any page to be published; an empty list is a pass.

    >>> for problem in problems('<!DOCTYPE html><html><body><main><img src="//example.org/a.png">'):
    ...     print(problem)
    <img src> loads '//example.org/a.png'
    0 content security policies instead of ours alone
    a <main> that is never closed
    """
    return check(html).broken


def loads(css: str) -> list[str]:
    """Return what a style would load from anywhere but itself.

    What it could hide behind escapes the Content-Security-Policy of the page keeps from loading.

    >>> loads('a { b: url(//example.org/a) url("data:,") } @import "c";')
    ['url(//example.org/a)', '@import "c"']
    """
    return STYLE_LOADS.findall(css)


class _Reader(HTMLParser):
    """Reads a page once, with what is open around every text."""

    def __init__(self, results: Mapping[str, Any] | None, declared: Declared, code: str) -> None:
        super().__init__(convert_charrefs=True)
        figures = (results or {}).get("figures", ())
        periods = {f.get("period", "") for f in figures} | set(PERIOD.findall(code))
        periods.add((results or {}).get("parameters", {}).get("period", ""))
        self.closed = results is not None  # only such a page has promised anything of its numerals
        self.declared = declared.and_by(periods)
        self.version = str((results or {}).get("data", {}).get("version") or "")
        self.figures = {f["id"] for f in figures}
        self.found: list[str] = []
        self.numerals: list[str] = []
        self.unsaid: list[tuple[str, str, list[str], int]] = []  # numerals, where, in what block
        self.policies = 0
        self.ours = False
        self.elements: list[tuple[str, int]] = []  # name, what it lies inside of
        self.inside = 0
        self.block: list[str] = []  # the texts of the sentence that is being read
        self.evidence: set[str] = set()
        self.opened: set[str] = set()
        self.drawn: list[tuple[str, str]] = []  # numerals of the chart that is open
        self.tabled: set[str] = set()  # and those in its table

    def updatepos(self, i: int, j: int) -> int:
        """Count no lines: nobody asks where on the page something is."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, after those whose end it implies."""
        implied = IMPLIED_END.get(tag, ())
        while self.elements and self.elements[-1][0] in implied:
            self._leave()
        given = {name: value or "" for name, value in attrs}
        outer = self.inside
        self._inspect(tag, given)
        spoken = [name for name in given if name in SPOKEN]
        if spoken and outer & MAIN and not outer & ALONE:
            self._describe(tag, given, spoken)
        if tag in VOID:
            return
        if tag in BLOCKS:
            self.block = []
        identity = given.get("id", "")
        self.elements.append((tag, outer))
        self.inside |= INSIDE.get(tag, 0)
        if "popover" in given:
            self.evidence.add(identity)
            if identity in self.figures or SOURCE.fullmatch(identity):
                self.inside |= ALONE
        kind = given.get("class", "")
        self.ours |= kind in OURS
        if kind == "kumkm-scale":
            self.inside |= SCALE
        elif (tag, kind) in LEFT_ALONE:
            self.inside |= ALONE
        if outer & DATUM and LINE.fullmatch(target := given.get("popovertarget", "")):
            self.opened.add(target)
            self.inside |= BUTTON
        elif tag == "figure" and not outer & FIGURE:
            self.drawn, self.tabled = [], set()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element and close it."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._leave()

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest element of that name, if only such lie between as may stay open."""
        if tag in VOID:
            return
        for place in range(len(self.elements) - 1, -1, -1):
            if self.elements[place][0] == tag:
                break
        else:
            self.found += [] if tag in OPTIONAL_END else [f"a </{tag}> that closes nothing"]
            return
        while len(self.elements) > place + 1:
            self._unclosed(self._leave())
        self._leave()

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        inside, around = self.inside, self.elements[-1][0] if self.elements else ""
        if around == "style":
            self.found += [f"a style that loads {address[:60]!r}" for address in loads(data)]
        if not self.closed or not inside & MAIN or inside & ALONE:
            return
        self.block.append(data)
        if not speaks(data):
            return
        found = self.declared.numerals(data, naming=around in NAMING)
        if inside & SVG and inside & FIGURE:
            if not inside & SCALE:
                self.drawn += [(n, f"a chart: {short(data.strip(), 60)!r}") for n in found]
        elif inside & DATUM and inside & BUTTON:
            self.tabled.update(found)
        elif found:
            factor = inside & FORMULA and FACTORS.issuperset(found)
            if not factor and not (inside & CODE and data.strip() == self.version):
                at = len(self.block) - 1
                self.unsaid += [(n, f"<{around}>", self.block, at) for n in found]

    def problems(self) -> tuple[list[str], list[str], list[str]]:
        """Look back at the whole page."""
        if self.policies != 1:
            self.found.append(f"{self.policies} content security policies instead of ours alone")
        while self.elements:
            tag = self._leave()
            if tag not in HEAD_ONLY:
                self._unclosed(tag)
        for numeral, where, block, at in self.unsaid:
            said = _sentence(block, at, numeral)
            self.numerals.append(f"the numeral {numeral!r} in {where}: {short(said, 160)!r}")
        if not self.closed:
            begun = self.ours or self.opened
            dead = ["a report that was opened and never closed"] if begun else []
            return self.found, dead, []
        dead = [f"a number that leads to {t!r}, no figure" for t in self.opened - self.figures]
        lost = self.opened & self.figures - self.evidence
        dead += [f"a number whose evidence {t!r} is not on the page" for t in lost]
        lost = self.figures - self.evidence - lost
        dead += [f"a figure {t!r} of the results without evidence on the page" for t in lost]
        return self.found, sorted(dead), self.numerals

    def _leave(self) -> str:
        """Close the element that was opened last; return its name."""
        tag, outer = self.elements.pop()
        left, self.inside = self.inside & ~outer, outer
        if left & FIGURE:
            self.numerals += [
                f"the numeral {n!r} in {where}, which the table of the chart lacks"
                for n, where in self.drawn
                if n not in self.tabled
            ]
        return tag

    def _unclosed(self, tag: str) -> None:
        if tag not in OPTIONAL_END:
            self.found.append(f"a <{tag}> that is never closed")

    def _describe(self, tag: str, given: Mapping[str, str], spoken: Iterable[str]) -> None:
        """Look at what an element says beside its text."""
        if not self.closed:
            return
        found = [
            (n, f"the description {short(given[name], 60)!r}")
            for name in spoken
            if speaks(given[name])
            for n in self.declared.numerals(given[name])
        ]
        if self.inside & FIGURE and tag in ("svg", "img"):
            self.drawn += found
        else:
            self.numerals += [f"the numeral {n!r} in {where}" for n, where in found]

    def _inspect(self, tag: str, given: Mapping[str, str]) -> None:
        """Look at what an element would load or run."""
        if tag in RUNNING:
            self.found.append(f"a <{tag}> element")
        if tag in HEAD_ONLY and self.inside & MAIN and not self.inside & SVG:
            self.found.append(f"a <{tag}> element inside the page")
        if tag == "meta" and (kind := given.get("http-equiv", "").lower()):
            ours = kind == "content-security-policy" and given.get("content") == POLICY
            self.policies += ours
            self.found += [] if ours else [f"a <meta http-equiv={kind!r}>"]
        for name, value in given.items():
            if name.startswith("on"):
                self.found.append(f"a script in the attribute {name}")
            elif name == "srcdoc" or name in LOADING:
                value = value.strip()
                if name == "srcdoc" or not value.startswith(("data:image/", "#")):
                    self.found.append(f"<{tag} {name}> loads {value[:80]!r}")
            elif tag == "link":
                self.found.append(f"a <link> with {name}={value[:80]!r}")
            elif name in LINKING:
                self._link(tag, value.strip(), "download" in given)
            elif name in STYLED and loads(value):
                self.found.append(f"a style that loads {value[:80]!r}")

    def _link(self, tag: str, address: str, download: bool) -> None:
        scheme = re.match(r"[a-z][a-z0-9+.-]*:", re.sub(r"[\x00-\x20]", "", address).lower())
        if tag not in ("a", "area"):
            if not address.startswith(("#", "data:image/")):
                self.found.append(f"<{tag} href> loads {address[:80]!r}")
        elif download and address.startswith(TABLE):
            pass  # it holds what it offers: nothing is fetched, nothing opens
        elif scheme and scheme[0] not in SAFE_SCHEMES:
            self.found.append(f"a link to {address[:80]!r}")


def _told(found: list[str]) -> list[str]:
    more = len(found) - MOST
    return found[:MOST] + ([f"{more} more of the kind"] if more > 0 else [])


def _sentence(block: list[str], at: int, numeral: str) -> str:
    """Return the sentence of a block in which one of its texts has a numeral."""
    place = len("".join(block[:at])) + max(block[at].find(numeral), 0)
    text = "".join(block)
    ends = [0, *(end.end() for end in re.finditer(r"[.!?]\s+", text)), len(text)]
    begin = max(end for end in ends if end <= place)
    return " ".join(text[begin : min(end for end in ends if end > place)].split())
