"""Texts that run from right to left, kept from turning the words around them.

A page reads from left to right. An Arabic word in a title would draw the number after it to its
other side; a hidden control character could show a number backwards. Neither may happen where a
number must be read as it was printed.
"""

from __future__ import annotations

import re
import unicodedata

TURNERS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# Controls that turn what follows them, by the names that Unicode gives them.
CONTROLS = {ord(character): f"[{unicodedata.bidirectional(character)}]" for character in TURNERS}
TURNING = re.compile(f"[{TURNERS}]")
LEFTWARD = frozenset({"R", "AL", "AN"})
FIRST_STRONG, END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


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
