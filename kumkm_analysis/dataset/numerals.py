"""Printed numbers: ``Rp2,143 triliun`` ⇄ an exact decimal and its last printed digit.

Reading is strict: a token that could mean two numbers is refused with what was read and what is
allowed. Writing goes through Babel in Indonesian (``id``) and British English (``en``), with long
scale words only, since the short ``M`` means *miliar* in one language and *million* in the other.

>>> parse("Rp2,143 triliun").value, parse("Rp2,143 triliun").last_digit
(Decimal('2.143E+12'), Decimal('1E+9'))
>>> parse("22.977 unit").value
Decimal('22977')
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Any

from kumkm_analysis.dataset.money import CODES, MARK, UNIT_WORDS, mark
from kumkm_analysis.errors import Fault, NumeralError, ParameterError

LOCALES = {"id": "id_ID", "en": "en_GB"}
NBSP = "\N{NO-BREAK SPACE}"
SCALES = {
    "ribu": 3,
    "juta": 6,
    "miliar": 9,
    "milyar": 9,
    "triliun": 12,
    "thousand": 3,
    "million": 6,
    "billion": 9,
    "trillion": 12,
}
SCALE_WORDS = {
    "id": {3: "ribu", 6: "juta", 9: "miliar", 12: "triliun"},
    "en": {3: "thousand", 6: "million", 9: "billion", 12: "trillion"},
}
NUMBER_WORDS = {
    word: number
    for words in (
        "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh",
        "zero one two three four five six seven eight nine ten",
    )
    for number, word in enumerate(words.split())
}
PERCENT_WORDS = ("persen", "per cent", "percent", "%")
_ENDINGS = (*PERCENT_WORDS, *(" " + word for word in UNIT_WORDS))
BOUND_EXAMPLES = "a number such as '2,143 triliun', '22.977 unit', '0,99 persen' or 'lima unit'"
MOST_DIGITS = 27  # more than any figure that was ever printed; Decimal reckons with 28
_WIDE = 60  # digits: room to compute exactly with all of them


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed number: ``value`` and ``last_digit`` in base units (money, per cent, counts).

    ``head`` is the power of ten in the head of its table, 0 without one.
    """

    token: str
    value: Decimal
    last_digit: Decimal
    unit: str | None = None
    scaled: bool = False
    in_words: bool = False
    head: int = 0


def parse(token: str, numerals: str = "id") -> Printed:
    """Read a printed number, ``numerals`` telling whose separators it uses (``id`` or ``en``).

    Raises :class:`~kumkm_analysis.errors.NumeralError` when the token is malformed or ambiguous.

    >>> parse("0,99 persen").value, parse("lima unit").value, parse("901,167 milyar").value
    (Decimal('0.99'), Decimal('5'), Decimal('9.01167E+11'))
    >>> parse("27.1 million", "en").value
    Decimal('2.71E+7')
    >>> try:
    ...     parse("12.5")
    ... except NumeralError as error:
    ...     print(error.faults[0].found, "-", error.faults[0].next_step)
    '12.5' in Indonesian numerals - If the source uses English separators, set numerals to 'en'.
    """
    if numerals not in LOCALES:
        raise NumeralError(Fault("numerals", repr(numerals), "'id' or 'en'"))
    if token.isdecimal() and token.isascii() and token[0] != "0" and len(token) <= MOST_DIGITS:
        return Printed(token, Decimal(token), Decimal(1))  # as most cells of tables are
    rest, negative = _without_sign(token.replace(NBSP, " ").strip())
    unit: str | None = None
    if marked := MARK.match(rest):
        unit, rest = CODES[marked[0]], rest[marked.end() :].removeprefix(". ").lstrip()
        if not negative:
            rest, negative = _without_sign(rest)
    rest, unit = _without_unit(rest, unit)
    head, _, tail = rest.rpartition(" ")
    scale = SCALES.get(tail.lower(), 0) if head else 0
    number_text = head.strip() if scale else rest
    word = NUMBER_WORDS.get(number_text.lower())
    number = Decimal(word) if word is not None else _number(token, number_text, numerals)
    exponent = min(int(number.as_tuple().exponent), 0)
    value = number
    if scale:
        with localcontext(prec=_WIDE):
            value = number.scaleb(scale)
    return Printed(
        token=token,
        value=value.copy_negate() if negative and value else value,
        last_digit=Decimal(1).scaleb(exponent + scale),
        unit=unit,
        scaled=scale != 0,
        in_words=word is not None,
    )


def _without_sign(rest: str) -> tuple[str, bool]:
    """Strip a leading minus and tell whether there was one."""
    negative = rest[:1] in ("-", "\N{MINUS SIGN}")
    return rest[1:] if negative else rest, negative


def _without_unit(rest: str, unit: str | None) -> tuple[str, str | None]:
    """Strip a trailing unit word; a percentage is a unit of its own."""
    lowered = rest.lower()
    if unit is not None or not lowered.endswith(_ENDINGS):
        return rest, unit
    for word in PERCENT_WORDS:
        if lowered.endswith(word):
            return rest[: -len(word)].rstrip(), "percent"
    for word in UNIT_WORDS:
        if lowered.endswith(" " + word):
            return rest[: -len(word)].rstrip(), unit
    return rest, unit


def _number(token: str, text: str, numerals: str) -> Decimal:
    """Read bare digits with strict grouping."""
    group, point = (".", ",") if numerals == "id" else (",", ".")
    where = f"printed number {token!r}" if len(token) <= 2 * MOST_DIGITS else "a printed number"
    if len(text) > MOST_DIGITS and (
        len(text) > 2 * MOST_DIGITS or sum(c.isdigit() for c in text) > MOST_DIGITS
    ):
        found = f"{text[:MOST_DIGITS]!r}… of {len(text)} characters"
        raise NumeralError(Fault(where, found, f"at most {MOST_DIGITS} digits", _advice("")))
    if _is_grouped(text, group, point):
        return Decimal(text.replace(group, "").replace(point, "."))
    if not re.fullmatch(r"[\d.,]+", text, flags=re.ASCII):
        raise NumeralError(Fault(where, repr(text), BOUND_EXAMPLES, _advice(text)))
    name, other, other_name = (
        ("Indonesian", "en", "English") if numerals == "id" else ("English", "id", "Indonesian")
    )
    fits_other = _is_grouped(text, point, group)
    step = f"If the source uses {other_name} separators, set numerals to {other!r}."
    raise NumeralError(
        Fault(
            where,
            f"{text!r} in {name} numerals",
            f"{group!r} before every three digits, {point!r} before decimals, no leading zeros",
            step if fits_other else _advice(text),
        )
    )


def _is_grouped(text: str, group: str, point: str) -> bool:
    """Tell whether digits are grouped in threes or not at all, without leading zeros."""
    return _grouping(group, point).fullmatch(text) is not None


@lru_cache
def _grouping(group: str, point: str) -> re.Pattern[str]:
    pattern = rf"([1-9]\d{{0,2}}(\{group}\d{{3}})+|0|[1-9]\d*)(\{point}\d+)?"
    return re.compile(pattern, re.ASCII)


def _advice(text: str) -> str:
    if re.search(r"\d\s+\d", text) or re.search(r"[.,]\s", text):
        return "A blank stands inside the number: keep the token and code it as broken_token."
    return "Keep the token as printed; when it cannot be read by rule, give a token_exception code."


# ---- writing ---------------------------------------------------------------------------------


def format_number(
    value: Decimal | Fraction | int | float, language: str, decimals: int | None = None
) -> str:
    """Return a number with the separators of the language.

    >>> format_number(426325, "id"), format_number(Decimal("72.81"), "en")
    ('426.325', '72.81')
    >>> format_number(Decimal("622.2"), "id", 3)
    '622,200'
    """
    number = _decimal(value, decimals)
    places = max(0, -int(number.as_tuple().exponent)) if decimals is None else decimals
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return _locale_format(str(number), pattern, language)


def format_percent(
    value: Decimal | Fraction | int,
    language: str,
    decimals: int | None = None,
    style: str = "prose",
) -> str:
    """Return a percentage: ``77,5 persen`` / ``77.5 per cent`` in prose, with ``%`` in tables."""
    number = format_number(value, language, decimals)
    if style == "table":
        return f"{number}%"
    return number + NBSP + ("persen" if language == "id" else f"per{NBSP}cent")


def format_money(
    value: Decimal | Fraction | int,
    unit: str,
    language: str,
    decimals: int | None = None,
    scale: int | None = None,
) -> str:
    r"""Return an amount of a currency with a long scale word.

    ``scale`` is the power of ten of the word (12, 9, 6); by default the largest that fits, and
    none below one million.

    >>> format_money(Decimal("2.143E12"), "IDR", "id"), format_money(622_200_000, "KES", "en", 3)
    ('Rp2,143\xa0triliun', 'KSh622.200\xa0million')
    """
    number = _decimal(value, None)
    if scale is None:
        scale = next((s for s in (12, 9, 6) if abs(number) >= 10**s), 0)
    with localcontext(prec=_WIDE):
        shown = number.scaleb(-scale)
        if decimals is None:
            shown = _plain(shown)
    sign = "\N{MINUS SIGN}" if shown < 0 else ""
    text = f"{sign}{mark(unit)}{format_number(shown.copy_abs(), language, decimals)}"
    return f"{text}{NBSP}{SCALE_WORDS[language][scale]}" if scale else text


def format_printed(printed: Printed, unit: str, language: str, style: str = "prose") -> str:
    r"""Return a printed number in a language with exactly the digits that were printed.

    >>> format_printed(parse("Rp622,200 miliar"), "IDR", "en")
    'Rp622.200\xa0billion'
    >>> format_printed(parse("22.977 unit"), "cooperatives", "en")
    '22,977'
    """
    scale = _printed_scale(printed)
    with localcontext(prec=_WIDE):
        shown = printed.value.scaleb(-scale)
        last = printed.last_digit.scaleb(-scale)
    places = max(0, -int(last.normalize().as_tuple().exponent))
    if 0 < scale <= places:  # the token's digits could not be derived: no more than the value has
        places = max(0, -int(shown.normalize().as_tuple().exponent))
    if unit == "percent":
        return format_percent(shown, language, places, style)
    sign = "\N{MINUS SIGN}" if shown < 0 else ""
    text = format_number(shown.copy_abs(), language, places)
    if scale:
        text += NBSP + SCALE_WORDS[language][scale]
    return f"{sign}{mark(unit)}{text}"


def _printed_scale(printed: Printed) -> int:
    """Return the power of ten of the scale word in the token, 0 without one."""
    words = printed.token.lower().replace(NBSP, " ").split()
    found = [SCALES[w] for w in words if w in SCALES]
    if found:
        return found[-1]
    # A bare number under a head in millions is written out with the word of the head.
    return printed.head if printed.head in SCALE_WORDS["en"] else 0


def format_period(period: str, language: str) -> str:
    r"""Return a reference period in words.

    >>> format_period("2014-12-31", "id"), format_period("2014-12", "en"), format_period("", "en")
    ('31\xa0Desember\xa02014', 'December\xa02014', 'undated')
    """
    if not period:
        return "tanpa tanggal" if language == "id" else "undated"
    if "/" in period:
        return "/".join(format_period(part, language) for part in period.split("/"))
    parts = period.split("-")
    if len(parts) == 1:
        return period
    month = _months(language)[int(parts[1])]
    day = [str(int(parts[2]))] if len(parts) == 3 else []
    return NBSP.join([*day, month, parts[0]])


def round_outward(
    low: Decimal | Fraction | None, high: Decimal | Fraction | None, decimals: int
) -> tuple[Decimal | None, Decimal | None]:
    """Round a pair of bounds away from each other, so that what is shown encloses what is known.

    >>> round_outward(Fraction(224970, 10**6), Fraction(225052, 10**6), 4)
    (Decimal('0.2249'), Decimal('0.2251'))
    """
    return (
        None if low is None else _directed(Fraction(low), decimals, ROUND_FLOOR),
        None if high is None else _directed(Fraction(high), decimals, ROUND_CEILING),
    )


def _directed(value: Fraction, decimals: int, rounding: str) -> Decimal:
    moved = value * 10**decimals
    whole = math.ceil(moved) if rounding == ROUND_CEILING else math.floor(moved)
    return scaled(Decimal(whole), -decimals)


def scaled(value: Decimal, places: int) -> Decimal:
    """Return a value with its decimal sign moved, and all its digits.

    >>> scaled(Decimal("123456789012345678901234567890"), -2)
    Decimal('1234567890123456789012345678.90')
    """
    with localcontext(prec=_WIDE):
        return value.scaleb(places)


def _decimal(value: Decimal | Fraction | int | float, decimals: int | None) -> Decimal:
    """Return the value as a Decimal, rounded half up to ``decimals`` when given."""
    with localcontext(prec=_WIDE):
        if isinstance(value, Fraction):
            number = Decimal(value.numerator) / Decimal(value.denominator)
        else:
            number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        if decimals is not None:
            number = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        return number


def _plain(number: Decimal) -> Decimal:
    """Drop trailing zeros without an exponent."""
    normal = number.normalize()
    return normal.quantize(Decimal(1)) if int(normal.as_tuple().exponent) > 0 else normal


@lru_cache(8192)
def _locale_format(number: str, pattern: str, language: str) -> str:
    """Return a number in a pattern; it comes as text, for 0 and -0 are equal and look unlike."""
    with localcontext(prec=_WIDE):
        text = _pattern(pattern).apply(Decimal(number), _locale(language))
    return str(text).replace("-", "\N{MINUS SIGN}")


@lru_cache
def _pattern(pattern: str) -> Any:
    """Return a number pattern of Unicode's locale data, taken apart."""
    from babel.numbers import parse_pattern

    return parse_pattern(pattern)


@lru_cache
def _locale(language: str) -> Any:
    """Return Babel's locale, which would be looked for at every number when given by its name."""
    from babel import Locale

    if language not in LOCALES:
        raise ParameterError(Fault("language", repr(language), " or ".join(LOCALES)))
    return Locale.parse(LOCALES[language])


@lru_cache
def _months(language: str) -> dict[int, str]:
    months = _locale(language).months["format"]["wide"]
    return {number: str(name) for number, name in months.items()}
