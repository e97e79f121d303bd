"""What a number on a page shows, read back: its amounts, each with the scale of its own words.

The library writes a scale beside the amount ("Rp2.143 trillion"), once for two bounds ("Rp2.1425–
2.1435 trillion"), and not at all for bounds in brackets, which take that of the amount before
them. No head of a table or chart lends one, so an amount without a scale word has none.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

SCALES = {
    "ribu": 3, "juta": 6, "miliar": 9, "triliun": 12,
    "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
}  # fmt: skip
DIGITS = r"\d+(?:[.,]\d+)*"
AMOUNT = re.compile(
    rf"(?<!\w)(?:Rp\s?)?({DIGITS})(?:\s?–\s?−?({DIGITS}))?(?:\s({'|'.join(SCALES)}))?(?!\w)"
)
BRACKETS = re.compile(r"\[([^\]]*)\]")
WRITTEN = {  # with separators as the language has them
    "en": re.compile(r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?"),
    "id": re.compile(r"(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?"),
}
LEFT = re.compile(r"\w*\d\w*")  # a word with a digit that is part of no amount


class Amount(NamedTuple):
    """One numeral that a number shows: what it says in base units, and one in its last place."""

    numeral: str
    number: Decimal
    last: Decimal


class Shown(NamedTuple):
    """All that a number shows."""

    amounts: tuple[Amount, ...]
    unread: tuple[str, ...]  # numerals that say no amount in the language of the page


class Ends(NamedTuple):
    """The value of a figure and its bounds, so far as they are known."""

    value: Decimal | None
    low: Decimal | None
    high: Decimal | None


def untrue(text: str, language: str, ends: Ends) -> list[str]:
    """Return the numerals in the text of a number that its figure does not have.

    >>> own = Ends(Decimal("2143E9"), Decimal("21425E8"), Decimal("21435E8"))
    >>> untrue("Rp2.143 trillion Rp2.1425–2.1435 trillion [2.1425, 2.1435]", "en", own)
    []
    >>> untrue("Rp2.143, Rp2.143 billion", "en", own)
    ['2.143', '2.143']
    """
    shown = read(text, language)
    known = [abs(end) for end in ends if end is not None]
    found = [
        amount.numeral
        for amount in shown.amounts
        if not any(abs(end - amount.number) < amount.last for end in known)
    ]
    return [*found, *shown.unread]


@lru_cache(maxsize=8192)
def read(text: str, language: str) -> Shown:
    """Read what a number shows; pages of a run show the same again and again."""
    amounts: list[Amount] = []
    unread: list[str] = []

    def enter(numeral: str, scale: int) -> None:
        if not WRITTEN[language].fullmatch(numeral):
            unread.append(numeral)
            return
        group, point = (".", ",") if language == "id" else (",", ".")
        number = Decimal(numeral.replace(group, "").replace(point, "."))
        last = Decimal(1).scaleb(int(number.as_tuple().exponent) + scale)
        amounts.append(Amount(numeral, number.scaleb(scale), last))

    scale = 0
    outside = BRACKETS.sub(" ", text)
    for first, second, word in AMOUNT.findall(outside):
        scale = SCALES.get(word, 0)
        for numeral in (first, second):
            if numeral:
                enter(numeral, scale)
    for inside in BRACKETS.findall(text):
        for numeral in re.findall(DIGITS, inside):
            enter(numeral, scale)
    unread += LEFT.findall(AMOUNT.sub(" ", outside))
    return Shown(tuple(amounts), tuple(unread))
