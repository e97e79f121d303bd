"""What the numbers on a page show, read back and compared with the figures that they open.

An amount has the scale of its own words.

The library writes a scale beside the amount ("Rp2.143 trillion"), once for two bounds ("Rp2.1425–
2.1435 trillion"), and not at all for bounds in brackets, which take that of the amount before
them. No head of a table or chart lends one, so an amount without a scale word has none. A value is
rounded to the nearest; of two bounds the lower is rounded down and the upper up, and in brackets
both to the nearest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any, NamedTuple

SCALES = {
    "ribu": 3, "juta": 6, "miliar": 9, "triliun": 12,
    "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
}  # fmt: skip
ONES = (
    "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen",
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SAID = {
    **{word: number for words in ONES for number, word in enumerate(words.split())},
    **{word: 10 * number for number, word in enumerate(TENS.split(), start=2)},
}
TIMES = {"ratus": 100, "hundred": 100, "lusin": 12, "dozen": 12, "dozens": 12}
SAID_ONE = {f"se{word}": (1, word) for word in ("ratus", "lusin", "ribu", "juta")}
ANY_SAID = "|".join((*SAID, *SCALES, *SAID_ONE, *TIMES, "belas", "puluh"))
NUMBER = re.compile(rf"\b(?:{ANY_SAID})\b(?:(?:[\s-]|\sand\s)(?:{ANY_SAID})\b)*", re.IGNORECASE)

DIGITS = r"\d+(?:[.,]\d+)*"
LOWER = ("between", "antara", "at least", "sekurang-kurangnya")
UPPER = ("and", "dan", "at most", "paling banyak")
AMOUNT = re.compile(
    rf"(?:\b({'|'.join(LOWER + UPPER)})\s)?(?<!\w)([−-]?)(?:Rp\s?)?([−-]?)({DIGITS})"
    rf"(?:\s?–\s?((?:[−-](?:Rp)?)?)({DIGITS}))?(?:\s({'|'.join(SCALES)}))?(?!\w)"
)
BOUND = re.compile(r"\b(?:at least|at most|sekurang-kurangnya|paling banyak)\s$")
INNER = re.compile(rf"([−-]?)({DIGITS})")
BRACKETS = re.compile(r"\[([^\]]*)\]")
WRITTEN = {  # with separators as the language has them
    "en": re.compile(r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?"),
    "id": re.compile(r"(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?"),
}
CURRENCY = re.compile(r"\bRp(?![a-z])")
PERCENT = re.compile(r"%|\b(?:per\scent|persen)\b")
UNSCALED = frozenset({"percent", "points", "ratio"})  # what nobody counts in thousands
KEPT = 17  # digits that results have of a value without an exact decimal
SLACK = Decimal("1e-15")
LEFT = re.compile(r"\w*\d\w*")  # a word with a numeral that is part of no amount


class Amount(NamedTuple):
    """One numeral that a number shows, or a count in words, and what it says in base units."""

    numeral: str
    said: Decimal
    last: Decimal  # one in its last place; words are exact
    part: str  # "value", "low" or "high", or "nearest" to one of these two


class Shown(NamedTuple):
    """All that a number shows."""

    amounts: tuple[Amount, ...]
    marks: tuple[bool, bool, bool]  # whether it shows a currency, per cent, a scale word
    unread: tuple[str, ...]  # numerals that say no amount in the language of the page


class Known(NamedTuple):
    """A figure's value and bounds, so far as they are known, and its unit."""

    unit: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None


def untrue(text: str, language: str, figure: Known) -> list[str]:
    """Return the numerals in the text of a number that its figure does not have.

    >>> own = Known("IDR", Decimal("2143E9"), Decimal("21425E8"), Decimal("21435E8"))
    >>> untrue("Rp2.143 trillion Rp2.1425–2.1435 trillion [2.1425, 2.1435]", "en", own)
    []
    >>> untrue("Rp2.143, Rp2.143 billion", "en", own)
    ['2.143', '2.143']
    """
    shown = read(text, language)
    found = [amount.numeral for amount in shown.amounts if not _is_of(amount, figure)]
    return [*found, *shown.unread]


def of_other_unit(text: str, language: str, unit: str) -> bool:
    """Tell whether a number shows another unit than that of its figure, or none.

    >>> of_other_unit("7 million", "en", "percent"), of_other_unit("7 per cent", "en", "percent")
    (True, False)
    """
    currency, percent, scaled = read(text, language).marks
    own = (unit == "IDR", unit == "percent")
    return (currency, percent) != own or (scaled and unit in UNSCALED)


def _is_of(amount: Amount, figure: Known) -> bool:
    """Tell whether an amount is the part of a figure that it says it is."""
    _, said, last, part = amount
    _, value, low, high = figure
    if part == "value" and value is not None:
        return _near(said, value, last)
    near = any(_near(said, end, last) for end in (low, high) if end is not None)
    alike = low is not None and low == high
    if part == "nearest" or (alike and (near or not _is_cut(low))):
        return near
    return (part != "high" and low is not None and _within(low - said, last, low)) or (
        part != "low" and high is not None and _within(said - high, last, high)
    )


def _is_cut(end: Decimal | None) -> bool:
    """Tell whether results may have cut a bound, so that another one reads the same."""
    return end is not None and len(end.as_tuple().digits) >= KEPT


def _near(said: Decimal, end: Decimal, last: Decimal) -> bool:
    return abs(end - said) * 2 <= last + abs(end) * SLACK


def _within(distance: Decimal, last: Decimal, end: Decimal) -> bool:
    return -abs(end) * SLACK <= distance < last + abs(end) * SLACK


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
        said = Decimal(numeral.replace(group, "").replace(point, ".")).scaleb(scale)
        last = Decimal(1).scaleb(int(said.as_tuple().exponent))
        amounts.append(Amount(numeral, -said if sign else said, last, part))

    scale, scaled = 0, False
    outside = BRACKETS.sub(" ", text)
    for bound, before, after, first, sign, second, word in AMOUNT.findall(outside):
        scale = SCALES.get(word, 0)
        scaled |= scale != 0
        part = "low" if second or bound in LOWER else "high" if bound in UPPER else "value"
        enter(before or after, first, scale, part)
        if second:
            enter(sign, second, scale, "high")
    for inside in BRACKETS.findall(text):
        for sign, numeral in INNER.findall(inside):
            enter(sign, numeral, scale, "nearest")
    rest = AMOUNT.sub(" ", outside)
    for words in NUMBER.findall(rest):
        amounts.append(Amount(words, Decimal(number(words)), Decimal(0), "value"))
    unread += LEFT.findall(rest)
    marks = (CURRENCY.search(text) is not None, PERCENT.search(text) is not None, scaled)
    return Shown(tuple(amounts), marks, tuple(unread))


def number(words: str) -> int:
    """Return what a number in words says.

    >>> [number(said) for said in ("eight", "dua belas", "twenty-two", "satu juta seribu lima")]
    [8, 12, 22, 1001005]
    >>> number("three hundred and five thousand"), number("tujuh ratus lima puluh satu")
    (305000, 751)
    """
    whole = below = last = 0  # what is said before and after the latest thousand, and by one word
    for said in re.split(r"[\s-]", words.lower()):
        one, word = SAID_ONE.get(said, (0, said))
        below, last = (below + one, one) if one else (below, last)
        if word in SAID:
            last = SAID[word]
            below += last
        elif word == "belas":
            below += 10
        elif word == "puluh":
            below += 9 * last
        elif word in TIMES:
            below += TIMES[word] * last - last if last else TIMES[word]
        elif word in SCALES:
            whole, below, last = whole + (below or 1) * 10 ** SCALES[word], 0, 0
    return whole + below


class Numbers(HTMLParser):
    """The numbers of a page: of each the value, the figure that it opens, its text and language.

    "At least" and the like may stand before a number instead of in it. What is quoted is written as
    in the language of the quotation.
    """

    def __init__(self, html: str, language: str = "en") -> None:
        super().__init__()
        self.values: list[tuple[str, str]] = []  # of ``<data value>``, by the figure that it opens
        self.shown: list[tuple[str, list[str], str]] = []
        self.own = self.language = language  # of the page, and of the quotation that is open
        self.before = ""  # the words before the number that is open
        self.value: str | None = None  # of the number that is open
        self.parts: list[str] = []
        self.line = ""  # the line of evidence whose value comes next
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a number, one of its buttons, or a line of evidence."""
        given = {name: value or "" for name, value in attrs}
        if tag == "blockquote":
            self.language = given.get("lang", self.own)
        if tag == "data":
            bound = BOUND.search(self.before)
            self.value, self.parts = given.get("value", ""), [bound[0]] if bound else []
        elif tag == "button" and self.value is not None:
            target = given.get("popovertarget", "")
            self.values.append((target, self.value))
            # One number may have several buttons ("between 5 and 6"); it shows one text.
            if (target, self.parts, self.language) not in self.shown[-1:]:
                self.shown.append((target, self.parts, self.language))
        elif tag == "b" and self.line:
            self.parts = []
            self.shown.append((self.line, self.parts, self.own))
        self.before = ""
        self.line = given.get("id", "") if tag == "li" and "popover" in given else ""

    def handle_endtag(self, tag: str) -> None:
        """Close a number."""
        if tag in ("data", "b"):
            self.value, self.parts = None, []
        if tag == "blockquote":
            self.language = self.own
        self.before = ""

    def handle_data(self, data: str) -> None:
        """Read a part of a number, or what stands before one."""
        self.parts.append(data)
        self.before = data


def faults(html: str, results: Mapping[str, Any]) -> list[str]:
    """Return what the numbers of a page show that the figures of its results do not have.

    Value, scale, rounding, sign and unit; also of what a line of evidence begins with.
    """
    page = Numbers(html, str(results.get("parameters", {}).get("language", "en")))
    figures = {figure["id"]: figure for figure in results["figures"]}
    found = [
        f"the value {value!r} at {target!r} instead of {figures[target]['value']!r}"
        for target, value in page.values
        if target in figures and value != (figures[target]["value"] or "")
    ]
    for target, parts, language in page.shown:
        figure, text = figures.get(target), "".join(parts)
        if figure is None or "low" not in figure:
            continue
        ends = (figure[end] for end in ("value", "low", "high"))
        known = Known(figure["unit"], *(None if end is None else Decimal(end) for end in ends))
        found += [
            f"the numeral {numeral!r} for {target!r}, which is neither its value nor a bound"
            for numeral in untrue(text, language, known)
        ]
        if of_other_unit(text, language, known.unit):
            found.append(f"the number {text[:60]!r} for {target!r}, whose unit is {known.unit}")
    return list(dict.fromkeys(found))
