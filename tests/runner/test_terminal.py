"""What programs write for a terminal is shown as a terminal leaves it standing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kumkm_analysis.runner import begin, terminal

WRITTEN = {
    "a bar that writes over itself": ("\r  0%|  |\r 50%|# |\r100%|##|\n", "100%|##|\n"),
    "a shorter line over a longer one": ("working…\rdone", "doneing…"),
    "a line that is erased first": ("working…\r\x1b[Kdone", "done"),
    "a line break of Windows": ("one\r\ntwo\r\n", "one\ntwo\n"),
    "backspaces": ("ab\b\bxy", "xy"),
    "a word struck over": ("b\bbo\bol\bld\bd", "bold"),
    "colours of every kind": ("\x1b[1;31ma\x1b[0m \x1b[38:5:9mb\x1b[0m \x1b[38;2;1;2;3mc", "a b c"),
    "two bars, one above the other": (
        "outer 0%\ninner 0%\x1b[A\router 9%\ninner 9%", "outer 9%\ninner 9%",
    ),
    "a display that is drawn again": ("a 1\nb 1\x1b[1A\r\x1b[2Ka 2\nb 2", "a 2\nb 2"),
    "a cursor that is hidden": ("\x1b[?25lwait\x1b[?25h", "wait"),
    "a title of the window": ("\x1b]0;title\x07text", "text"),
    "a column": ("abc\x1b[2Gx\x1b[5Gy", "axc y"),
    "the screen cleared": ("old\nold\x1b[2J\x1b[Hnew", "new"),
    "a bell and a null": ("a\a\0b", "ab"),
    "letters with marks of their own": ("\re\u0301\rx", "x"),
    "tabs": ("a\tb", "a\tb"),
    "colours in eight bits": ("\x9b31ma\x9b0m", "a"),
    "half an escape": ("a\x1b", "a"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_a_text_is_shown_as_a_terminal_leaves_it(name: str) -> None:
    """Whatever the cursor did on the way."""
    written, left = WRITTEN[name]
    assert terminal.plain(written) == left


def test_a_link_is_one_where_it_leads_to_the_web_only() -> None:
    """Other addresses are text; so is markup."""
    link = "\x1b]8;;{}\x1b\\<here>\x1b]8;;\x07!"
    assert terminal.html(link.format("https://example.org/?a&b")) == (
        '<a href="https://example.org/?a&amp;b">&lt;here&gt;</a>!'
    )
    assert terminal.html(link.format("javascript:alert(1)")) == "&lt;here&gt;!"


@given(st.text(alphabet=st.sampled_from("ab\r\n\b\x1b[]8;0123AJKHG\\\x07m "), max_size=60))
def test_no_text_stumbles_or_keeps_a_control(text: str) -> None:
    """Whatever a program writes."""
    assert not set(terminal.plain(text)) & set("\r\b\x1b\x07")


@given(st.text())
def test_a_text_without_controls_stays_as_it_is(text: str) -> None:
    """To the letter."""
    if not terminal.CONTROL.search(text.replace("\n", "")):
        assert terminal.plain(text) == text


def test_of_an_endless_text_the_beginning_and_the_end_are_kept() -> None:
    """And how much lies between them is told in its place."""
    kept, left = terminal.cut("a" * terminal.HEAD + "b" * 1234 + "c" * terminal.TAIL)
    assert left == 1234
    assert "a\n… 1,234 characters are left out here …\nc" in kept
    assert begin.END < terminal.TAIL  # so that what the kernel told of the middle is seen
