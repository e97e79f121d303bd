"""One walk over a finished page for all who have to look at it.

Taking HTML apart is most of the work of a check, so the checks before publication share it. Plain
HTML, as our template writes it, is taken apart by one expression; whatever else a page may hold is
left to Python's parser, which takes twice as long and tells visitors the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from typing import Protocol

VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)
# What is inside of these is text, or stands under rules of its own.
SPECIAL = frozenset(
    "iframe noembed noframes noscript plaintext script textarea xmp".split()  # noqa: SIM905
)
STYLE = re.compile(r"(.*?)(?=</style>)", re.DOTALL | re.ASCII)
DOCTYPE = re.compile(r"<!DOCTYPE html>", re.IGNORECASE)
TEXT = re.compile(r"[^<]*")
TAG = re.compile(  # in its plain form, with the text after it
    r"""<(?:([a-zA-Z][a-zA-Z0-9-]*)"""
    r"""((?:[ \n]+[a-zA-Z][\w:.-]*(?:="[^"<>]*"|=[\w.,:;%+#()/?@~-]+(?=[ \n>]))?)*)[ \n]*(/?)"""
    r"""|/([a-zA-Z][a-zA-Z0-9-]*))>([^<]*)""",
    re.ASCII,
)
ATTRIBUTE = re.compile(r'([a-zA-Z][\w:.-]*)(?:="([^"]*)"|=([\w.,:;%+#()/?@~-]+))?', re.ASCII)
REFERENCES = re.compile(r"(?:[^&]|&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);)*")

Token = tuple[str, str, Mapping[str, str]]  # "start", "end" or "text"; name or text; attributes


class Visitor(Protocol):
    """Looks at a page, one element and one text after the other, in their order."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Look at an element that opens; a void one never ends."""

    def end(self, tag: str) -> None:
        """Look at an end tag, which need not be that of the element opened last."""

    def text(self, text: str) -> None:
        """Look at a text."""


def walk(html: str, *visitors: Visitor) -> None:
    """Lead visitors over a page.

    >>> class Tags(list):
    ...     start = lambda self, tag, attributes: self.append(tag)
    ...     end = lambda self, tag: self.append(f"/{tag}")
    ...     text = lambda self, text: None
    >>> tags = Tags()
    >>> walk("<p>A<br>B<svg><path/></svg>", tags)
    >>> tags
    ['p', 'br', 'svg', 'path', '/path', '/svg']
    """
    try:
        tokens = plain(html)
    except ValueError:
        guide = _Guide(visitors)
        guide.feed(html)
        guide.close()
        return
    starts = [visitor.start for visitor in visitors]
    ends = [visitor.end for visitor in visitors]
    texts = [visitor.text for visitor in visitors]
    for kind, name, attributes in tokens:
        if kind == "start":
            for start in starts:
                start(name, attributes)
        else:
            for look in texts if kind == "text" else ends:
                look(name)


def plain(html: str) -> list[Token]:
    """Return the tokens of plain HTML; raises :class:`ValueError` for a page of any other kind.

    >>> plain('<p class="a">1 &lt; 2</p>')
    [('start', 'p', {'class': 'a'}), ('text', '1 < 2', {}), ('end', 'p', {})]
    """
    tokens: list[Token] = []
    add, nothing = tokens.append, dict[str, str]()
    doctype = DOCTYPE.match(html)
    found = TEXT.match(html, doctype.end() if doctype else 0)
    text = found[0] if found else ""
    while True:
        place = found.end() if found else 0
        if text:
            add(("text", _said(text), nothing))
        if place == len(html):
            return tokens
        found = TAG.match(html, place)
        if found is None:
            raise ValueError(f"no plain HTML at {place}")
        name, attributes, closed, ended, text = found.groups()
        if ended:
            if (ended := ended.lower()) not in VOID:
                add(("end", ended, nothing))
            continue
        name = name.lower()
        given = nothing
        if attributes:
            given = {a.lower(): bare or _said(v) for a, v, bare in ATTRIBUTE.findall(attributes)}
        add(("start", name, given))
        if name == "style":
            found = STYLE.match(html, found.start(5))
            if closed or found is None or "</style" in found[1].lower():
                raise ValueError(f"a style at {place} that is no plain HTML")
            if found[1]:
                add(("text", found[1], nothing))
            text = ""
        elif name in SPECIAL:
            raise ValueError(f"<{name}> is no plain HTML")
        elif closed and name not in VOID:
            add(("end", name, nothing))


def _said(text: str) -> str:
    """Return what a text with character references says."""
    if "&" not in text:
        return text
    if not REFERENCES.fullmatch(text):
        raise ValueError("an ampersand that is no reference")
    return unescape(text)


class _Guide(HTMLParser):
    """Tells visitors what it meets."""

    def __init__(self, visitors: tuple[Visitor, ...]) -> None:
        super().__init__(convert_charrefs=True)
        self._visitors = visitors

    def updatepos(self, i: int, j: int) -> int:
        """Count no lines: nobody asks where on the page something is."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        for visitor in self._visitors:
            visitor.start(tag, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            for visitor in self._visitors:
                visitor.end(tag)

    def handle_data(self, data: str) -> None:
        for visitor in self._visitors:
            visitor.text(data)
