"""The walk over a page: plain HTML by one expression, and the same as by Python's parser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kumkm_analysis.runner import walk


class Diary:
    """Writes down what it meets."""

    def __init__(self) -> None:
        self.met: list[Any] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Meet an element."""
        self.met.append((tag, dict(attributes)))

    def end(self, tag: str) -> None:
        """Meet an end."""
        self.met.append(f"/{tag}")

    def text(self, text: str) -> None:
        """Meet a text; how it is cut does not matter."""
        if self.met and isinstance(self.met[-1], list):
            self.met[-1][0] += text
        else:
            self.met.append([text])


def by_the_parser(html: str) -> list[Any]:
    """Return what Python's parser tells of a page."""
    diary = Diary()
    guide = walk._Guide((diary,))
    guide.feed(html)
    guide.close()
    return diary.met


PIECES = st.sampled_from([
    "<p>", "</p>", "<P CLASS=a>", "<br>", "<br/>", "<br />", "</br>", '<svg viewBox="0 0 1 1">',
    "<path/>", "<path d=M0/>", "</svg>", "<data value=1.5>", "<a href=x/>", "<a href='x'>",
    "<a href=#s1>", "<g transform=translate(0,241.7)>", "<g a=(b;c)/>", "<g a=b;>", "<g a=)>",
    '<a title="1 &lt; 2">', '<a title="a>b">', '<a b c="">', "<a b=c\td>", "<a\nb = c>",
    "<style>", "</style>", "</style >", "</STYLE>",
    'a{b:"<p>"}', "a &amp; b", "a & b", "&#49;", "&#x31",
    "&notin", "<", ">", "1 < 2", "<1>", "</>", "</ p>", "<!-- 7 -->", "<!--", "-->",
    "<!DOCTYPE html>", "<?x?>", "<script>", "</script>", "<textarea>", "</textarea>", "<title>",
    "</title>", "<![CDATA[7]]>", "<input value=7>", "\x00", "\xa0", "\x0b", "\x85",
    "\n", "<a href=https://a.id/b/?c@d~e>", "<a href=https://a.id/ b>", "<a href=a/b/>",
    "<p\x0bclass=a>", "<p class=\xe9>", "<p\xe9>", "text", "1.234",
])  # fmt: skip


@settings(max_examples=1000)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_plain_html_is_read_as_python_reads_it(html: str) -> None:
    """Whatever is taken for plain gives the very tokens that the parser gives."""
    diary = Diary()
    walk.walk(html, diary)
    assert diary.met == by_the_parser(html)


@pytest.mark.parametrize("html", ["<!-- 7 -->", "<script>7</script>", "1 & 2", "<p class='a'>"])
def test_what_is_not_plain_is_left_to_the_parser(html: str) -> None:
    """The expression gives up rather than guess."""
    with pytest.raises(ValueError, match=r"plain|reference"):
        walk.plain(html)


def test_our_own_pages_are_plain(reports: Path) -> None:
    """The template and the charts write nothing that only the slower parser could read."""
    pages = sorted(reports.glob("*/*.html"))
    assert pages
    for page in pages:
        walk.plain(page.read_text(encoding="utf-8"))
