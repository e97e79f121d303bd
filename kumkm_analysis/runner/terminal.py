r"""What a program wrote for a terminal, as a terminal would leave it standing, and not endless.

Carriage returns, backspaces and the cursor's ways are followed, so that of a progress bar the last
state is left; colours and titles are left out; a link (OSC 8) stays one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from unicodedata import combining

HEAD, TAIL = 800_000, 200_000  # characters of one text that are kept, and of what came before
CONTROL = re.compile(
    r"(?:\x1b\[|\x9b)([0-9:;<=>?]*)[ -/]*([@-~])"  # CSI: cursor, erasing, colours
    r"|\x1b\]((?:(?!\x1b\\)[^\x07])*)(?:\x07|\x1b\\)"  # OSC: links, titles
    r"|\x1b[PX^_].*?\x1b\\|\x1b[ -/]*[0-~]"  # what else a terminal takes and does not show
    r"|[\x00-\x1f\x7f-\x9f]",
    re.DOTALL,
)
Cell = tuple[str, str]  # a sign, and where it leads
BLANK: Cell = (" ", "")
FARTHEST = 10_000  # columns and lines that the cursor may jump


def cut(text: str) -> tuple[str, int]:
    """Return a text with its middle left out where it is too long, and how much that is.

    >>> cut("short")
    ('short', 0)
    """
    left = len(text) - HEAD - TAIL
    if left <= 0:
        return text, 0
    told = f"\n… {left:,} characters are left out here …\n"
    return text[:HEAD] + told + text[-TAIL:], left


def plain(text: str) -> str:
    r"""Return a text as a terminal shows it in the end.

    >>> plain("  0%\r 50%\r100%\nab\b\bxy \x1b[1;31mred\x1b[0m")
    '100%\nxy red'
    >>> plain("one\ntwo\n\x1b[1A\x1b[2KTWO")
    'one\nTWO\n'
    """
    if not CONTROL.search(text.replace("\n", "")):
        return text
    return "\n".join("".join(sign for sign, _ in line) for line in _lines(text))


def html(text: str) -> str:
    r"""Return the same as HTML, in which links are links.

    >>> html("\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\ <b>")
    '<a href="http://example.org">link</a> &lt;b&gt;'
    """
    if "\x1b]8;" not in text:
        return escape(plain(text))
    return "\n".join("".join(_linked(line)) for line in _lines(text))


def _linked(line: list[Cell]) -> Iterator[str]:
    for address, cells in groupby(line, key=lambda cell: cell[1]):
        shown = escape("".join(sign for sign, _ in cells))
        yield f'<a href="{escape(address)}">{shown}</a>' if address else shown


def _lines(text: str) -> list[list[Cell]]:
    screen = _Screen()
    place = 0
    for control in CONTROL.finditer(text):
        screen.write(text[place : control.start()])
        place = control.end()
        if control[2]:
            screen.obey(control[2], control[1])
        elif control[3] is not None:
            screen.link(control[3])
        else:
            screen.move(control[0])
    screen.write(text[place:])
    return screen.lines


class _Screen:
    """A screen without end to the right and below."""

    def __init__(self) -> None:
        self.lines: list[list[Cell]] = [[]]
        self.row = self.column = 0
        self.address = ""

    def write(self, text: str) -> None:
        """Write over what stands at the cursor."""
        if not text:
            return
        while self.row >= len(self.lines):
            self.lines.append([])
        line = self.lines[self.row]
        line += [BLANK] * (self.column - len(line))
        if text.isascii():
            line[self.column : self.column + len(text)] = [(sign, self.address) for sign in text]
            self.column += len(text)
            return
        for sign in text:
            if combining(sign) and self.column:
                sign, self.column = line[self.column - 1][0] + sign, self.column - 1
            line[self.column : self.column + 1] = [(sign, self.address)]
            self.column += 1

    def move(self, control: str) -> None:
        """Follow a single control; others than these show nothing."""
        if control == "\t":
            self.write("\t")
        elif control == "\r":
            self.column = 0
        elif control == "\b":
            self.column = max(0, self.column - 1)
        elif control in "\n\v\f\x85":
            self.row, self.column = self.row + 1, 0
            while self.row >= len(self.lines):
                self.lines.append([])

    def link(self, said: str) -> None:
        """Begin or end a link; only one that a page may hold is one."""
        kind, _, rest = said.partition(";")
        if kind == "8":
            address = rest.partition(";")[2]
            self.address = address if address.startswith(("http://", "https://")) else ""

    def obey(self, final: str, given: str) -> None:
        """Move the cursor or erase; colours and modes show nothing."""
        numbers = [int(one) for one in given.split(";") if one.isascii() and one.isdigit()]
        first = min(numbers[0], FARTHEST) if numbers else 0
        by = max(first, 1)
        if final in "AF":
            self.row = max(0, self.row - by)
        elif final in "BE":
            self.row = min(self.row + by, len(self.lines) + FARTHEST)
        elif final == "C":
            self.column = min(self.column + by, FARTHEST)
        elif final == "D":
            self.column = max(0, self.column - by)
        elif final == "G":
            self.column = by - 1
        elif final in "KJ":
            self._erase(final, first)
        if final in "EF":
            self.column = 0

    def _erase(self, final: str, what: int) -> None:
        """Erase in the line (K) or the screen (J): what follows, what precedes, or all."""
        if self.row < len(self.lines):
            line = self.lines[self.row]
            if what == 0:
                del line[self.column :]
            else:
                kept = line[self.column + 1 :] if what == 1 else []
                line[:] = [BLANK] * (self.column + 1) + kept if kept else []
        if final == "J" and what == 0:
            del self.lines[self.row + 1 :]
        elif final == "J" and what in (2, 3):
            self.lines[:] = [[]]
            self.row = self.column = 0
