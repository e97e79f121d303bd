"""Errors that help: where it is, what was found, what was expected, what to do next.

Every fault that a user can cause is a :class:`Fault`, and faults travel together in one
:class:`KumkmError`, so that a person who edits ten rows learns of all ten after one run.

>>> fault = Fault("observations.csv, row 12, column value", "'2,143'", "a number such as 2143",
...               "Write the value in base units without separators.")
>>> print(DataError([fault]))
observations.csv, row 12, column value: found '2,143'; expected a number such as 2143.
  Write the value in base units without separators.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Texts that run from right to left: an Arabic word in a title would draw the number after it to
# its other side, and a hidden control character could show a number backwards.
TURNERS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# Controls that turn what follows them, by the names that Unicode gives them.
CONTROLS = {ord(character): f"[{unicodedata.bidirectional(character)}]" for character in TURNERS}
TURNING = re.compile(f"[{TURNERS}]")
LEFTWARD = frozenset({"R", "AL", "AN"})
FIRST_STRONG, END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


PUBLISH_VARIABLE = "KUMKM_PUBLISH"  # set where a page is made, and not where one works by hand


class Exit:
    """What a command ends with."""

    GOOD = 0
    SOME_FAILED = 1  # or some differ, or a check found faults
    BAD_REQUEST = 2
    BUSY = 3
    INTERRUPTED = 130


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")  # how a spreadsheet's formula begins
NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?(e[+-]?[0-9]+)?")


def short(text: object, most: int = 120) -> str:
    """Return a text short enough to be repeated in a message, at most ``most`` characters long.

    >>> short("Kabupaten Penajam Paser Utara", 10), short(2143)
    ('Kabupaten…', '2143')
    """
    shown = str(text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def isolated(text: str) -> str:
    r"""Return a text that leaves the order of its neighbours alone.

    Hidden controls are shown by name; a text with a letter that runs leftward is set apart.

    >>> isolated("5.855"), isolated("\u202e558.5"), isolated("\u0627\u0628") == "\u0627\u0628"
    ('5.855', '[RLO]558.5', False)
    """
    if text.isascii():
        return text
    shown = text.translate(CONTROLS) if TURNING.search(text) else text
    if any(unicodedata.bidirectional(character) in LEFTWARD for character in shown):
        return f"{FIRST_STRONG}{shown}{END}"
    return shown


def inert(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula; a number may begin so.

    >>> inert("-5.5"), inert("=cmd()"), inert("5.855")
    ('-5.5', "'=cmd()", '5.855')
    """
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    risky = text.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}").startswith(FORMULA)
    return f"'{text}" if risky and not NUMBER.fullmatch(text) else text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: its place, what stands there, what should, and the next step."""

    where: str
    found: str
    expected: str
    next_step: str = ""

    def __str__(self) -> str:
        line = f"{self.where}: found {self.found}; expected {self.expected}."
        return f"{line}\n  {self.next_step}" if self.next_step else line


class KumkmError(Exception):
    """Base of all errors of this package; holds one or more faults and survives pickling."""

    def __init__(self, faults: Fault | Iterable[Fault], summary: str = "") -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        self.summary = summary
        super().__init__(self.faults, summary)

    def __str__(self) -> str:
        lines = [self.summary] if self.summary else []
        return "\n".join(lines + [str(fault) for fault in self.faults])

    @property
    def _render_traceback_(self) -> Callable[[], list[str]]:
        """What Jupyter shows by hand: the message. A page in the making needs the line as well."""
        if os.environ.get(PUBLISH_VARIABLE):
            raise AttributeError("_render_traceback_")
        return lambda: [f"{type(self).__name__}: {self}"]


class DataError(KumkmError):
    """The data package breaks a rule of its descriptor, or cannot be read."""


class ParameterError(KumkmError):
    """A request names something that does not exist or is malformed; nothing was run."""


class UnknownNameError(ParameterError, KeyError):
    """A name that a table does not have."""


class NumeralError(KumkmError, ValueError):
    """A printed number cannot be read without guessing."""


class UndecidedError(KumkmError):
    """Sources disagree and the reading does not say which of them speaks."""


class RunError(KumkmError):
    """A notebook failed while it ran; the executed notebook is kept apart."""
