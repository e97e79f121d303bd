"""The check that a page must pass before it is published: whole, without script, alone.

The page's Content-Security-Policy keeps a browser from running or loading anything; this check
makes sure that nothing is there to be kept from it, and that no output breaks the layout.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from html import unescape

from kumkm_analysis.runner.walk import VOID, walk

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
RUNNING = frozenset({"script", "iframe", "frame", "object", "embed", "applet", "base", "form"})
LOADING = frozenset(
    {"src", "srcset", "data", "poster", "background", "action", "formaction", "manifest", "ping"}
)
HEAD_ONLY = frozenset({"meta", "title", "html", "head", "body"})
OPTIONAL_END = frozenset(
    "p li dt dd td th tr tbody thead tfoot colgroup option optgroup".split()  # noqa: SIM905
)
STYLED = frozenset(
    {"style", "fill", "stroke", "filter", "mask", "clip-path", "cursor"}
    | {"marker", "marker-start", "marker-mid", "marker-end"}
)
SAFE_SCHEMES = ("http:", "https:", "mailto:")
MOST_PROBLEMS = 20
# CSS as its specification takes it apart: white space is these five, a function's name ends at its
# bracket, and a text in quotes ends with the line. Where another text could follow, only data may.
W = r"[ \t\r\n\f]"
DATA = r"""(?:"data:[^"\r\n\f]*"|'data:[^'\r\n\f]*')"""
KIND = rf"""(?:[\d.]+(?:x|dppx|dpi|dpcm)|type\({W}*(?:"[^"\r\n\f]*"|'[^'\r\n\f]*'){W}*\))"""
DRAWN = r"[a-z-]*gradient\([^()\"']*(?:\([^()\"']*\)[^()\"']*)*\)"  # which loads nothing
IMAGE = rf"""(?:{DATA}|{DRAWN}|url\({W}*(?:{DATA}{W}*|data:[^)'"(]*)\))(?:{W}+{KIND})*"""
STYLE_LOADS = re.compile(
    r"@import[^;]*"
    rf"|url\({W}*+['\"]?+(?!#|data:)[^)]*\)?"
    rf"|image-set\((?!{W}*{IMAGE}(?:{W}*,{W}*{IMAGE})*{W}*\))[^)]*\)?"
    rf"|(?<![\w-])src\((?!{W}*{DATA}{W}*\))[^)]*\)?",
    re.IGNORECASE | re.ASCII,
)
ESCAPE = re.compile(rf"\\(?:([0-9a-f]{{1,6}})(?:\r\n|{W})?|(.))", re.IGNORECASE | re.DOTALL)
WORD = re.compile(r"[\w:#-]", re.ASCII)


def problems(html: str) -> list[str]:
    """Return what forbids a page to be published; an empty list is a pass.

    >>> for problem in problems('<!DOCTYPE html><html><body><main><img src="//example.org/a.png">'):
    ...     print(problem)
    <img src> loads '//example.org/a.png'
    0 content security policies instead of ours alone
    a <main> that is never closed
    """
    inspector = Inspector()
    walk(html, inspector)
    return inspector.problems()


def loads(css: str) -> list[str]:
    r"""Return what a style would load from anywhere but itself.

    Comments stay: none can stand inside of what loads, and a text may hold what looks like one.

    >>> loads(r'a { b: u\72 l(//example.org/a) url("data:,") image-set("b" 1x) }')
    ['url(//example.org/a)', 'image-set("b" 1x)']
    """
    if "(" not in css and "@" not in css:
        return []
    return STYLE_LOADS.findall(ESCAPE.sub(_meant, css) if "\\" in css else css)


def _meant(escape: re.Match[str]) -> str:
    """Return the sign that an escape stands for, if it is one of a word; no escaped one parts."""
    code = int(escape[1], 16) if escape[1] else ord(escape[2])
    sign = chr(code) if code <= sys.maxunicode else ""
    return sign if WORD.fullmatch(sign) else "\N{REPLACEMENT CHARACTER}"


class Inspector:
    """Collects what a page would load or run, and elements that do not close where they opened."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.open: list[str] = []
        self.policies = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Look at one element."""
        if tag in RUNNING:
            self.found.append(f"a <{tag}> element")
        if tag in HEAD_ONLY and "main" in self.open and "svg" not in self.open:
            self.found.append(f"a <{tag}> element inside the page")
        if tag == "meta":
            self._meta(attributes)
        for name, value in attributes.items():
            self._attribute(tag, name, value.strip())
        if tag not in VOID:
            self.open.append(tag)

    def end(self, tag: str) -> None:
        """Close the nearest element of that name, if only such lie between as may stay open."""
        between: list[str] = []
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place] == tag:
                self.found += [f"a <{t}> that is never closed" for t in between]
                del self.open[place:]
                return
            if self.open[place] not in OPTIONAL_END:
                between.append(self.open[place])
        self.found.append(f"a </{tag}> that closes nothing")

    def text(self, text: str) -> None:
        """Look at the text of style sheets."""
        if self.open and self.open[-1] == "style":
            # In a drawing a browser reads references in it, elsewhere not.
            css = unescape(text) if "svg" in self.open else text
            self.found += [f"a style that loads {address[:60]!r}" for address in loads(css)]

    def problems(self) -> list[str]:
        """Look back at the whole page; return what forbids it to be published."""
        found = list(self.found)
        if self.policies != 1:
            found.append(f"{self.policies} content security policies instead of ours alone")
        left = [tag for tag in self.open if tag not in OPTIONAL_END]
        found += [f"a <{tag}> that is never closed" for tag in left if tag not in HEAD_ONLY]
        return list(dict.fromkeys(found))[:MOST_PROBLEMS]

    def _meta(self, values: Mapping[str, str]) -> None:
        kind = values.get("http-equiv", "").lower()
        if kind == "content-security-policy" and values.get("content") == POLICY:
            self.policies += 1
        elif kind:
            self.found.append(f"a <meta http-equiv={kind!r}>")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on"):
            self.found.append(f"a script in the attribute {name}")
        elif name == "srcdoc" or (name in LOADING and not value.startswith(("data:image/", "#"))):
            self.found.append(f"<{tag} {name}> loads {value[:80]!r}")
        elif tag == "link":
            self.found.append(f"a <link> with {name}={value[:80]!r}")
        elif name in ("href", "xlink:href"):
            self._link(tag, value)
        elif name in STYLED and loads(value):
            self.found.append(f"a style that loads {value[:80]!r}")

    def _link(self, tag: str, address: str) -> None:
        scheme = re.match(r"[a-z][a-z0-9+.-]*:", re.sub(r"[\x00-\x20]", "", address).lower())
        if tag not in ("a", "area") and not address.startswith(("#", "data:image/")):
            self.found.append(f"<{tag} href> loads {address[:80]!r}")
        elif tag in ("a", "area") and scheme and scheme[0] not in SAFE_SCHEMES:
            self.found.append(f"a link to {address[:80]!r}")
