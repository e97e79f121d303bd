"""Single slips of a typist: which tokens could have been meant by the one that is printed.

A repair is a conjecture. It is written as another token, read by the same rules and with the same
printing as the printed one, and it never changes the data.

>>> [s.token for s in slips("22.977 unit") if s.kind == "doubled"]
['2.977 unit', '2.297 unit']
>>> [s.token for s in slips("Rp2,32 miliar") if s.kind == "magnitude"]
['Rp2,32 juta', 'Rp2,32 triliun']
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kumkm_analysis.dataset.numerals import SCALE_WORDS, SCALES

# What the typist did, the likeliest first. A doubled digit is confirmed once in the evidence (Bali,
# June 2012: 44.407 beside 4.407); the others follow the classes of Damerau (1964).
KINDS = (
    "doubled", "dropped", "inserted", "swapped", "replaced", "magnitude", "separator", "sign",
    "two_slips",
)  # fmt: skip
WORD = re.compile(r"[A-Za-z]+")
NUMBER = re.compile(r"\d[\d.,]*\d|\d")
MINUS = ("-", "\N{MINUS SIGN}")


@dataclass(frozen=True, slots=True)
class Slip:
    """A token that one slip turns into the printed one, and the kind of the slip."""

    kind: str
    token: str


@dataclass(frozen=True, slots=True)
class _Digits:
    """The number inside a token: its digits, how many are decimals, and how it was written."""

    digits: str
    decimals: int
    grouped: bool
    group: str
    point: str

    def write(self, digits: str, decimals: int | None = None) -> str | None:
        """Return other digits written alike; None when a number would not be written so."""
        places = self.decimals if decimals is None else decimals
        if len(digits) <= places or not digits:
            return None
        whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
        if len(whole) > 1 and whole[0] == "0":
            return None
        if self.grouped or (len(whole) > 3 and len(self.digits) - self.decimals <= 3):
            head = len(whole) % 3 or 3
            whole = self.group.join(
                [whole[:head], *(whole[i : i + 3] for i in range(head, len(whole), 3))]
            )
        return whole + (self.point + fraction if places else "")


def slips(token: str, numerals: str = "id", words: Sequence[str] = ()) -> tuple[Slip, ...]:
    """Return every token from which one slip leads to ``token``, each once, likeliest kind first.

    ``words`` are the words of magnitude that the same text prints elsewhere: only such a one may
    have been dropped. Empty when no number in digits stands in the token.
    """
    match = NUMBER.search(token)
    if match is None:
        return ()
    number = _read(match[0], numerals)
    before, after = token[: match.start()], token[match.end() :]
    found: dict[str, str] = {}
    for kind, written in _digit_slips(number):
        found.setdefault(before + written + after, kind)
    for kind, other in _word_slips(before, match[0], after, words):
        found.setdefault(other, kind)
    found.pop(token, None)
    ordered = sorted(found.items(), key=lambda item: KINDS.index(item[1]))
    return tuple(Slip(kind, other) for other, kind in ordered)


def two_wrong_digits(token: str, other: str) -> bool:
    """Tell whether two tokens print numbers of one length that differ in exactly two digits.

    >>> two_wrong_digits("5.611 unit", "6.111 unit"), two_wrong_digits("5.611", "5.111")
    (True, False)
    """
    one, two = (re.sub(r"\D", "", t) for t in (token, other))
    return len(one) == len(two) and sum(a != b for a, b in zip(one, two, strict=True)) == 2


def _read(text: str, numerals: str) -> _Digits:
    group, point = (".", ",") if numerals == "id" else (",", ".")
    whole, _, fraction = text.partition(point)
    digits = re.sub(r"\D", "", whole) + fraction
    return _Digits(digits, len(fraction), group in whole, group, point)


def _digit_slips(number: _Digits) -> Iterator[tuple[str, str]]:
    """Yield (kind, number) for the slips within the digits and of the decimal sign."""
    digits = number.digits
    places = range(len(digits))
    shrunk = max(number.decimals, 0)
    candidates: list[tuple[str, str, int]] = []
    for i in places:
        inside = i >= len(digits) - number.decimals
        rest = digits[:i] + digits[i + 1 :]
        twin = (i + 1 < len(digits) and digits[i] == digits[i + 1]) or (
            i > 0 and digits[i] == digits[i - 1]
        )
        candidates.append(("doubled" if twin else "inserted", rest, shrunk - inside))
    point = len(digits) - number.decimals
    for i in range(len(digits) + 1):
        for d in "0123456789":
            longer = digits[:i] + d + digits[i:]
            if i <= point or not number.decimals:
                candidates.append(("dropped", longer, number.decimals))
            if i >= point and number.decimals:
                candidates.append(("dropped", longer, number.decimals + 1))
    for i in places[:-1]:
        if digits[i] != digits[i + 1]:
            swapped = digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
            candidates.append(("swapped", swapped, number.decimals))
    for i in places:
        candidates += [
            ("replaced", digits[:i] + d + digits[i + 1 :], number.decimals)
            for d in "0123456789"
            if d != digits[i]
        ]
    if number.decimals:
        candidates += [
            ("separator", digits, number.decimals + step)
            for step in (-1, 1)
            if number.decimals + step >= 0
        ]
        candidates.append(("separator", digits, 0))
    for kind, text, decimals in candidates:
        written = number.write(text, decimals)
        if written is not None:
            yield kind, written


def _word_slips(
    before: str, number: str, after: str, dropped: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield (kind, token) for the word of magnitude and the sign."""
    word = re.match(r"\s*([A-Za-z]+)", after)
    scale = SCALES.get(word[1].lower()) if word else None
    if word and scale:
        english = word[1].lower() in SCALE_WORDS["en"].values()
        words = SCALE_WORDS["en" if english else "id"]
        for step in (-3, 3):
            if scale + step in words:
                start, end = word.span(1)
                yield (
                    "magnitude",
                    before + number + after[:start] + words[scale + step] + after[end:],
                )
    elif number.isdigit() and len(number) <= 3 and "%" not in after:
        for dropped_word in dropped:
            yield "magnitude", f"{before}{number} {dropped_word}{after}"
    if "%" in after or "persen" in after.lower() or "cent" in after.lower():
        if before.endswith(MINUS):
            yield "sign", before[:-1] + number + after
        else:
            yield "sign", f"{before}-{number}{after}"


def word_of(token: str) -> str:
    """Return the word of magnitude in a token, empty without one.

    >>> word_of("Rp2,143 triliun"), word_of("5.855 unit")
    ('triliun', '')
    """
    return next((w for w in WORD.findall(token) if w.lower() in SCALES), "")


def digits_of(token: str) -> str:
    """Return the digits of a token."""
    return re.sub(r"\D", "", token)


def number_in(token: str, numerals: str) -> float:
    """Return the bare number in a token, 0 without one in digits."""
    match = NUMBER.search(token)
    group, point = (".", ",") if numerals == "id" else (",", ".")
    text = (match[0] if match else "0").replace(group, "").replace(point, ".")
    return float(text) if text.count(".") < 2 else 0.0


@lru_cache(maxsize=65536)
def decimals(token: str, numerals: str) -> int:
    """Return how many decimals the number in a token has.

    >>> decimals("9.006", "en"), decimals("9.006", "id")
    (3, 0)
    """
    match = NUMBER.search(token)
    _, _, fraction = (match[0] if match else "").partition("," if numerals == "id" else ".")
    return len(fraction)
