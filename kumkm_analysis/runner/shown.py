"""What a number on a page shows, read back: its amounts, each with the scale of its own words.

The library writes a scale beside the amount ("Rp2.143 trillion"), once for two bounds ("Rp2.1425–
2.1435 trillion"), and not at all for bounds in brackets, which take that of the amount before
them. No head of a table or chart lends one, so an amount without a scale word has none. A value is
rounded to the nearest; of two bounds the lower is rounded down and the upper up, and in brackets
both to the nearest.
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
LOWER = ("between", "antara", "at least", "sekurang-kurangnya")
UPPER = ("and", "dan", "at most", "paling banyak")
AMOUNT = re.compile(
    rf"(?:\b({'|'.join(LOWER + UPPER)})\s)?(?<!\w)([−-]?)(?:Rp\s?)?([−-]?)({DIGITS})"
    rf"(?:\s?–\s?([−-]?)({DIGITS}))?(?:\s({'|'.join(SCALES)}))?(?!\w)"
)
INNER = re.compile(rf"([−-]?)({DIGITS})")
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
    part: str  # "value", "low" or "high", or "nearest" to one of these two


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
    found = [amount.numeral for amount in shown.amounts if not _is_of(amount, ends)]
    return [*found, *shown.unread]


def _is_of(amount: Amount, ends: Ends) -> bool:
    """Tell whether an amount is the part of a figure that it says it is."""
    _, number, last, part = amount
    value, low, high = ends
    exact = low is not None and low == high
    if part == "value" and value is not None:
        return abs(value - number) * 2 <= last
    if part == "nearest" or exact:
        return any(abs(end - number) * 2 <= last for end in (low, high) if end is not None)
    return (part != "high" and low is not None and 0 <= low - number < last) or (
        part != "low" and high is not None and 0 <= number - high < last
    )


@lru_cache(maxsize=8192)
def read(text: str, language: str) -> Shown:
    """Read what a number shows; pages of a run show the same again and again."""
    amounts: list[Amount] = []
    unread: list[str] = []

    def enter(sign: str, numeral: str, scale: int, part: str) -> None:
        if not WRITTEN[language].fullmatch(numeral):
            unread.append(numeral)
            return
        group, point = (".", ",") if language == "id" else (",", ".")
        number = Decimal(numeral.replace(group, "").replace(point, ".")).scaleb(scale)
        last = Decimal(1).scaleb(int(number.as_tuple().exponent))
        amounts.append(Amount(numeral, -number if sign else number, last, part))

    scale = 0
    outside = BRACKETS.sub(" ", text)
    for bound, before, after, first, sign, second, word in AMOUNT.findall(outside):
        scale = SCALES.get(word, 0)
        part = "low" if second or bound in LOWER else "high" if bound in UPPER else "value"
        enter(before or after, first, scale, part)
        if second:
            enter(sign, second, scale, "high")
    for inside in BRACKETS.findall(text):
        for sign, numeral in INNER.findall(inside):
            enter(sign, numeral, scale, "nearest")
    unread += LEFT.findall(AMOUNT.sub(" ", outside))
    return Shown(tuple(amounts), tuple(unread))
