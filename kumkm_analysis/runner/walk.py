"""One walk over a finished page for all who have to look at it.

Taking HTML apart is most of the work of a check, so the checks before publication share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Protocol

VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)


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
    guide = _Guide(visitors)
    guide.feed(html)
    guide.close()


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
