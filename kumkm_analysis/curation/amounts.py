"""Figures in a sentence: the printed token with its unit, and how exactly it was printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.money import UNIT_WORDS
from kumkm_analysis.dataset.numerals import (
    LOCALES,
    NUMBER_WORDS,
    PERCENT_WORDS,
    SCALES,
    parse,
)
from kumkm_analysis.errors import NumeralError

if TYPE_CHECKING:
    from kumkm_analysis.curation.lexicon import Lexicon

COUNT, MONEY, PERCENT = "count", "money", "percent"
NUMBER = r"\d+(?:[.,]\d+)*"
CONVERTED = re.compile(r"\s*\([^()\d]{0,12}(?:US|AS|S|A)?[$€£¥][^()]*\)")  # the same in other money
MOST_WORDS = 5  # of a number that is written out
LEAST_BARE = 100  # a bare count below it may be anything


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure in a sentence; ``value`` is in base units, ``noun`` the unit of what is counted."""

    start: int
    end: int  # of the token with its unit words and qualifiers
    tail: int  # where the number ends and its unit begins
    as_printed: str
    numerals: str
    kind: str
    noun: str
    value: Decimal
    printing: str
    exception: str = ""
    said: str = ""  # the word that says how exact it is


class Amounts:
    """Finds the figures of sentences in one language."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon, either = lexicon, lexicon.either
        scales = {**SCALES, **_numbers(lexicon.words("scale"))}
        self.scales = scales
        scale = "|".join(sorted(map(re.escape, scales), key=len, reverse=True))
        percent = "|".join(map(re.escape, PERCENT_WORDS))
        units = {w.lower() for w in UNIT_WORDS} | {w.lower() for w in lexicon.words("unit")}
        unit = "|".join(sorted((re.escape(u) for u in units if u.isprintable() and u not in
                                PERCENT_WORDS), key=len, reverse=True))  # fmt: skip
        suffix = either("suffix_after")
        money = "|".join(sorted(map(re.escape, lexicon.words("currency")), key=len, reverse=True))
        bridge = rf"(?:{either('qualifier_after')})"
        self.pattern = re.compile(
            rf"(?<![\w.,/\-])(?P<money>(?:{money})\.?\s*)?(?P<sign>[-−])?(?P<number>{NUMBER})"
            rf"(?:\s*(?:-|–|{either('range')})\s*(?:(?:{money})\.?\s*)?(?P<second>{NUMBER})"
            rf"(?!\s*(?:{self.lexicon.month_pattern})\b))?"
            rf"(?P<suffix>\s?-\s?(?:{suffix})\b)?"
            rf"(?P<scale>\s+(?:{scale})\b)?(?P<more>\s+{bridge}\b)?"
            rf"(?P<unit>\s*(?:{percent})(?!\w)|\s+(?:{unit})\b)?(?P<cash>\s+(?:{money})\b(?!\.?\s*\d))?",
            re.IGNORECASE,
        )
        self.before = re.compile(rf"(?<!\w)(?P<word>{either('qualifier_before')})\s+$",
                                 re.IGNORECASE)  # fmt: skip
        self.not_before = re.compile(
            rf"(?<!\w)(?:{either('not_before')})\s*[.:]?\s*(?:-\s*)?$", re.IGNORECASE)  # fmt: skip
        self.year_before = re.compile(
            rf"(?<!\w)(?:{either('year', 'on', 'part', 'since')})\s+$", re.IGNORECASE)  # fmt: skip
        self.not_after = re.compile(rf"\s*-?(?:{either('not_after')})\b", re.IGNORECASE)
        self.barred = re.compile(
            r"\+\d{2}[\d ()./-]{7,}\d|(?<![\d.,])\(?\b0[\d ()./-]{7,}\d|\b\d{9,}\b|https?://\S+"
            rf"|\S+@\S+|(?<![\w.,])\d{{1,2}}[.:]\d\d(?=\s*(?:{either('not_after')})\b)"
            r"|\(\d{1,2}/\d{1,2}\)|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b"
        )  # telephones, addresses, times of day, dates
        law, year = either("law"), either("year")
        self.law = re.compile(
            rf"(?<!\w)(?i:{law})\b\.?(?:\s+(?:(?i:{law})|[A-Z]\w+)\.?){{0,4}}\s*\(?\d[\w/.\-]*\)?"
            rf"(?:\s*(?:(?i:{year})|/|,)\s*(?:19|20)\d\d)?"
        )
        numeral = "|".join(map(re.escape, {*NUMBER_WORDS, *lexicon.words("numeral")}))
        self.words = re.compile(
            rf"(?<!\w)(?P<number>(?:{numeral})(?:\s+(?:{numeral}|{scale})){{0,{MOST_WORDS}}})"
            rf"(?P<unit>\s+(?:{unit}|{percent}))(?!\w)", re.IGNORECASE)  # fmt: skip

    @classmethod
    def of(cls, lexicon: Lexicon) -> Amounts:
        """Return what finds figures by some words, made ready once."""
        name = f"{__name__} {lexicon.language}"
        if name not in lexicon.data.kept:
            lexicon.data.kept[name] = cls(lexicon)
        found: Amounts = lexicon.data.kept[name]
        return found

    def find(self, text: str) -> list[Amount]:
        """Return the figures of a sentence in their order: no dates, ages, laws or telephones."""
        barred = [m.span() for m in self.law.finditer(text)]
        barred += [(a, b) for a, b, _ in self.lexicon.whole_dates(text)]
        barred += [m.span() for m in self.barred.finditer(text)]
        barred += [m.span() for m in CONVERTED.finditer(text)]
        found = [a for m in self.pattern.finditer(text) if (a := self._amount(text, m, barred))]
        taken = [(a.start, a.end) for a in found] + barred
        for match in self.words.finditer(text):
            if not _within(match.start(), match.end(), taken):
                found += [*self._in_words(text, match)]
        return sorted(found, key=lambda amount: amount.start)

    def _amount(self, text: str, m: re.Match[str], barred: list[tuple[int, int]]) -> Amount | None:
        """Return the figure of a match, None for what is none."""
        ahead, behind = text[: m.start()], text[m.end() :]
        unit, word = (m["unit"] or "").strip(), (m["scale"] or "").strip().lower()
        money, percent = bool(m["money"] or m["cash"]), unit.lower() in PERCENT_WORDS
        if _within(*m.span("number"), barred):
            return None
        if re.fullmatch(r"(19|20)\d\d", m["number"]) and self.year_before.search(ahead):
            return None
        if self.not_before.search(ahead) and not (money or percent or word):
            return None
        if self.not_after.match(behind) and not (money or unit):
            return None
        if not (money or unit or word or m["suffix"]) and (
            re.match(r"-?[A-Za-z]", behind)  # part of a name: 4G
            or _no_figure(m["number"], ahead, behind)
            or self._dated(ahead, behind)
        ):
            return None
        numerals, value = self._read(m["number"])
        if value is None:
            return None
        value = value.scaleb(self.scales.get(word, 0)) * (-1 if m["sign"] else 1)
        exception = "misspelt_word" if word and word not in SCALES else ""
        exact = not word and not percent and value == int(value)
        printing, said = "exact" if exact else "rounded", ""
        if m["suffix"]:
            printing, exception, said = "about", "approximate_suffix", m["suffix"].strip(" -")
        if m["second"]:
            printing, exception = "at_least", "bound_of_range"
        tail = next(m.end(name) for name in ("scale", "suffix", "second", "number") if m[name])
        more = m["more"] or self._more(unit, behind)
        start, end = m.start(), m.end() + (0 if m["more"] else len(more))
        if money and (converted := CONVERTED.match(text, end)):
            end = converted.end()
        if more:
            said = more.strip()
            printing = self.lexicon.words("qualifier_after").get(said.lower(), printing)
        if before := self.before.search(ahead):
            start, said = before.start(), before["word"]
            printing = self._said_before(said, printing)
        begin = m.start("money") if m["money"] else m.start("number") - len(m["sign"] or "")
        kept = not m["more"] and unit.lower() in (*UNIT_WORDS, *PERCENT_WORDS)
        token = text[begin:tail] + (m["unit"] if kept else "")
        if not exception and not _reads(token, numerals, value):
            token = text[begin:tail]
            exception = "" if _reads(token, numerals, value) else "words_inside"
        noun = "" if percent else self.lexicon.words("unit").get(unit.lower(), "")
        kind = MONEY if money else PERCENT if percent else COUNT
        return Amount(start, end, tail, token, numerals, kind, noun, value, printing, exception,
                      said)  # fmt: skip

    def _more(self, unit: str, behind: str) -> str:
        """Return the “more” behind a unit, as in 5 billion more, empty where it compares."""
        words = self.lexicon.either("qualifier_after")
        compares = self.lexicon.either("level", "base")
        found = re.match(rf"\s+(?:{words})\b(?!\s+(?:{compares})\b)", behind)
        return found[0] if found and unit else ""

    def _said_before(self, word: str, otherwise: str) -> str:
        """Return how a figure is printed behind a word such as “about”."""
        known = {k.lower(): v for k, v in self.lexicon.words("qualifier_before").items()}
        return known.get(" ".join(word.lower().split()), otherwise)

    def _read(self, digits: str) -> tuple[str, Decimal | None]:
        """Return whose separators digits have, those of the language first, and their value."""
        home = self.lexicon.language or next(iter(LOCALES))
        for numerals in dict.fromkeys((home, *LOCALES)):
            try:
                return numerals, parse(digits, numerals).value
            except NumeralError:
                continue
        return home, None

    def _dated(self, ahead: str, behind: str) -> bool:
        """Tell whether a bare number is a day or year beside the name of a month."""
        month = self.lexicon.month_pattern
        return bool(
            re.search(rf"(?<!\w)(?:{month})\.?\s+$", ahead, re.IGNORECASE)
            or re.match(rf"(?:\s*(?:-|–)\s*\d+)?\s+(?:{month})\b", behind, re.IGNORECASE)
        )

    def _in_words(self, text: str, m: re.Match[str]) -> Iterator[Amount]:
        """Yield the figure that is written out in words with a unit, as far as it can be told."""
        words, unit = m["number"].lower().split(), m["unit"].strip()
        value = _spelt(words, self.lexicon.words("numeral"), self.scales)
        if value is None:
            return
        home = self.lexicon.language or next(iter(LOCALES))
        token = next((t for t in (m[0], m["number"]) if _reads(t, home, value)), m[0])
        code = "" if _reads(token, home, value) else "number_in_words"
        before = self.before.search(text[: m.start()])
        start, said = (before.start(), before["word"]) if before else (m.start(), "")
        printing = self._said_before(said, "exact")
        noun = self.lexicon.words("unit").get(unit.lower(), "")
        kind = PERCENT if unit.lower() in PERCENT_WORDS else COUNT
        yield Amount(start, m.end(), m.end("number"), token, home, kind, noun, value, printing,
                     code, said)  # fmt: skip


def _numbers(words: dict[str, str]) -> dict[str, int]:
    return {word.lower(): int(meaning) for word, meaning in words.items()}


def _within(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    return any(a < end and start < b for a, b in spans)


def _no_figure(digits: str, ahead: str, behind: str) -> bool:
    """Tell whether bare digits are a year, an ordinal, a count of a list, or stand in brackets."""
    if re.fullmatch(r"(19|20)\d\d", digits) or (digits[0] == "0" and not re.match("0[.,]", digits)):
        return True
    if re.search(r"\b[A-Z]\w*\s*\($", ahead) and behind.startswith(")") and len(digits) <= 2:
        return True  # an age behind a name
    if re.match(r"(?:st|nd|rd|th)\b|[.)]\s+[A-Z]", behind) and not ahead.strip():
        return True
    return bool(re.match(r"\s*[x×:]\s*\d|/\d", behind))


def _spelt(words: list[str], numeral: dict[str, str], scales: dict[str, int]) -> Decimal | None:
    """Return the value of a number in words, None where they make none.

    >>> _spelt("dua ratus lima puluh".split(), {"ratus": "100", "puluh": "10"}, {})
    Decimal('250')
    """
    total = part = last = 0
    for word in words:
        times = int(numeral.get(word, -1))
        if word in NUMBER_WORDS:
            last = NUMBER_WORDS[word]
        elif times == 0:
            part, last = part + last + 10, 0
        elif 0 < times < 1000:
            part, last = part + (last or 1) * times, 0
        elif times == 1000 or word in scales:
            total, part, last = total + (part + last or 1) * (10 ** scales.get(word, 3)), 0, 0
        else:
            return None
    return Decimal(total + part + last) or None


def _reads(token: str, numerals: str, value: Decimal) -> bool:
    try:
        return parse(token, numerals).value == value
    except NumeralError:
        return False
