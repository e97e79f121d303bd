"""Tests of printed numbers: every kind of token is read, nothing is guessed, writing is exact."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kumkm_analysis.dataset import numerals
from kumkm_analysis.dataset.numerals import NBSP, Printed, parse
from kumkm_analysis.errors import KumkmError, NumeralError

LANGUAGES = ("id", "en")
SEPARATORS = {"id": (".", ","), "en": (",", ".")}

whole_numbers = st.integers(min_value=0, max_value=10**18)
amounts = st.decimals(min_value=0, max_value=10**15, places=3, allow_nan=False)
signed = st.decimals(min_value=-(10**12), max_value=10**12, places=4, allow_nan=False)
languages = st.sampled_from(LANGUAGES)


def written(number: Decimal, language: str) -> str:
    """Write a number by hand, independent of the library and of Babel."""
    group, point = SEPARATORS[language]
    whole, _, decimals = f"{abs(number):f}".partition(".")
    grouped = re.sub(r"(?<=\d)(?=(\d{3})+$)", group, whole)
    sign = "\N{MINUS SIGN}" if number < 0 else ""
    return sign + grouped + (point + decimals if decimals else "")


# ---- reading ----


@pytest.mark.parametrize(
    ("token", "language", "value", "last_digit", "unit"),
    [
        ("Rp2,143 triliun", "id", "2143000000000", "1000000000", "IDR"),
        ("Rp 2,143 triliun", "id", "2143000000000", "1000000000", "IDR"),
        (f"Rp2,143{NBSP}triliun", "id", "2143000000000", "1000000000", "IDR"),
        ("22.977 unit", "id", "22977", "1", None),
        ("2.427 unit koperasi", "id", "2427", "1", None),
        ("780 tidak aktif", "id", "780", "1", None),
        ("1,777 juta jiwa", "id", "1777000", "1000", None),
        ("211,88 ribu warga", "id", "211880", "10", None),
        ("Rp. 444.248", "id", "444248", "1", "IDR"),
        ("14 kabupaten dan kota", "id", "14", "1", None),
        ("Rp622,200 miliar", "id", "622200000000", "1000000", "IDR"),
        ("Rp366 juta", "id", "366000000", "1000000", "IDR"),
        ("Rp 1.234.567", "id", "1234567", "1", "IDR"),
        ("0,99 persen", "id", "0.99", "0.01", "percent"),
        ("54,97%", "id", "54.97", "0.01", "percent"),
        ("54,97 %", "id", "54.97", "0.01", "percent"),
        ("54,97", "id", "54.97", "0.01", None),
        ("-2,1 persen", "id", "-2.1", "0.1", "percent"),
        ("\N{MINUS SIGN}2,1 persen", "id", "-2.1", "0.1", "percent"),
        ("\N{MINUS SIGN}Rp3 juta", "id", "-3000000", "1000000", "IDR"),
        ("Rp-3 juta", "id", "-3000000", "1000000", "IDR"),
        ("lima unit", "id", "5", "1", None),
        ("Sepuluh persen", "id", "10", "1", "percent"),
        ("five members", "en", "5", "1", None),
        ("901,167 milyar", "id", "901167000000", "1000000", None),
        ("41 ribu unit", "id", "41000", "1000", None),
        ("0", "id", "0", "1", None),
        ("426.325 orang", "id", "426325", "1", None),
        ("7.253 Karyawan", "id", "7253", "1", None),
        ("27.1 million", "en", "27100000", "100000", None),
        ("22,977 units", "en", "22977", "1", None),
        ("Rp2.143 trillion", "en", "2143000000000", "1000000000", "IDR"),
        ("0.99 per cent", "en", "0.99", "0.01", "percent"),
        ("0.99 percent", "en", "0.99", "0.01", "percent"),
        ("4.5 persen", "en", "4.5", "0.1", "percent"),
    ],
)
def test_a_token_is_read_with_its_last_printed_digit_and_unit(
    token: str, language: str, value: str, last_digit: str, unit: str | None
) -> None:
    """Every kind of token that sources print gives its exact value in base units."""
    printed = parse(token, language)
    assert printed.value == Decimal(value)
    assert printed.last_digit == Decimal(last_digit)
    assert printed.unit == unit
    assert printed.token == token


@pytest.mark.parametrize(
    ("token", "language"),
    [
        *(("12.5", "id"), ("1.23.456", "id"), ("1.2345", "id"), (",5", "id"), ("5,", "id")),
        *(("5.", "id"), ("1,234,567", "id"), ("0.123", "id"), ("007", "id"), ("01.234", "id")),
        *(("12,5", "en"), ("1.234.567", "en"), ("0,123", "en"), (".5", "en")),
        *(("", "id"), (" ", "id"), ("Rp", "id"), ("persen", "id"), ("unit", "id")),
        *(("2,1 M", "id"), ("Rp2,1 M", "id"), ("2.1 M", "en"), ("2,1 T", "id"), ("2.1 bn", "en")),
        *(("Rp2,1triliun", "id"), ("5 juta juta", "id"), ("5 juta miliar", "id")),
        *(("--3", "id"), ("+3", "id"), ("- 3", "id"), ("-Rp-3 juta", "id")),
        *(("1e5", "id"), ("NaN", "id"), ("Infinity", "id"), ("1_000", "id"), ("0x10", "id")),
        *(("\N{FULLWIDTH DIGIT ONE}2", "id"), ("\N{ARABIC-INDIC DIGIT THREE}", "id")),
        *(("12 000", "id"), ("12-13 persen", "id"), ("7.000-an", "id"), ("lebih dari 5", "id")),
        *(("Rp5 persen", "id"), ("Rp5 unit", "id"), ("5 persen persen", "id"), ("rp5", "id")),
        *(("1" * 31, "id"), ("0," + "1" * 31, "id"), ("9" * 100_000, "id")),
    ],
)
def test_an_ambiguous_or_malformed_token_is_refused(token: str, language: str) -> None:
    """The error says what was read, what is allowed and what to do; nothing is guessed."""
    with pytest.raises(NumeralError) as caught:
        parse(token, language)
    (fault,) = caught.value.faults
    assert fault.found
    assert fault.expected
    assert fault.next_step
    assert len(str(fault)) < 500


def test_a_number_that_fits_the_other_language_says_so() -> None:
    """Who wrote an English decimal point in an Indonesian row learns of the column to change."""
    for token, language, other in (("12.5", "id", "en"), ("12,5", "en", "id")):
        with pytest.raises(NumeralError, match=f"set numerals to '{other}'"):
            parse(token, language)
    with pytest.raises(NumeralError) as caught:
        parse("007", "id")
    assert "set numerals" not in caught.value.faults[0].next_step


def test_a_refusal_is_also_a_value_error() -> None:
    """Callers who know only Python's own errors can catch it."""
    assert issubclass(NumeralError, ValueError)
    assert issubclass(NumeralError, KumkmError)
    with pytest.raises(NumeralError, match="'id' or 'en'"):
        parse("5", "fr")


@given(st.text(max_size=30), languages)
def test_reading_any_text_gives_a_number_or_a_refusal(token: str, language: str) -> None:
    """No text whatever ends in another kind of error, and what is read is finite."""
    try:
        printed = parse(token, language)
    except NumeralError:
        return
    assert printed.value.is_finite()
    assert printed.last_digit > 0


@given(st.text(alphabet="0123456789.,-−Rp %trilunjamo\u00a0", max_size=24), languages)
def test_reading_near_numbers_gives_a_number_or_a_refusal(token: str, language: str) -> None:
    """The same for texts made of the characters that numbers are made of."""
    try:
        printed = parse(token, language)
    except NumeralError:
        return
    # The value is a whole number of last printed digits.
    assert Fraction(printed.value) % Fraction(printed.last_digit) == 0


@given(whole_numbers)
def test_one_group_of_three_is_read_as_the_row_says(number: int) -> None:
    """``1.234`` is a thousand in Indonesian and one and a bit in English, never a guess."""
    assume(number % 1000)
    text = f"{number % 999 + 1}.{number % 1000:03}"
    assert parse(text, "id").value == Decimal(text.replace(".", ""))
    assert parse(text, "en").value == Decimal(text)


# ---- writing ----


@given(signed, languages)
def test_numbers_are_written_with_the_separators_of_the_language(
    number: Decimal, language: str
) -> None:
    """Babel's output is what grouping by hand gives, with a true minus sign."""
    assume(number or not number.is_signed())
    assert numerals.format_number(number, language, 4) == written(number, language)


@given(signed, languages)
def test_a_number_written_and_read_again_is_the_same(number: Decimal, language: str) -> None:
    """Round trip of numbers, with every printed digit kept."""
    text = numerals.format_number(number, language, 4)
    again = parse(text, language)
    assert (again.value, again.last_digit) == (number, Decimal("0.0001"))


@given(signed, languages)
def test_a_percentage_written_and_read_again_is_the_same(number: Decimal, language: str) -> None:
    """Round trip of percentages in prose and in tables."""
    for style in ("prose", "table"):
        again = parse(numerals.format_percent(number, language, 4, style), language)
        assert (again.value, again.unit) == (number, "percent")


@given(amounts, languages, st.booleans())
def test_an_amount_of_rupiah_written_and_read_again_is_the_same(
    amount: Decimal, language: str, negative: bool
) -> None:
    """Round trip of rupiah with the scale word that fits."""
    value = -amount if negative else amount
    again = parse(numerals.format_money(value, "IDR", language), language)
    assert (again.value, again.unit) == (value, "IDR")


@given(
    st.integers(min_value=1, max_value=10**7),
    st.integers(min_value=0, max_value=4),
    st.sampled_from(["", "juta", "miliar", "triliun"]),
    languages,
)
def test_a_printed_amount_keeps_exactly_its_digits_in_both_languages(
    digits: int, places: int, scale: str, language: str
) -> None:
    """``Rp622,200 miliar`` becomes ``Rp622.200 billion``: no digit more, none less."""
    number = written(Decimal(digits).scaleb(-places), "id")
    token = f"Rp{number} {scale}".strip()
    printed = parse(token, "id")
    shown = numerals.format_printed(printed, "IDR", language)
    again = parse(shown, language)
    assert (again.value, again.last_digit) == (printed.value, printed.last_digit)
    if language == "id":
        assert shown.replace(NBSP, " ") == token


@given(st.decimals(min_value=0, max_value=10**16, places=2), languages)
def test_no_amount_is_ever_written_in_a_short_form(amount: Decimal, language: str) -> None:
    """The letter M means miliar in one language, million in the other: it is never written."""
    text = numerals.format_money(amount, "IDR", language)
    words = re.findall(r"[^\W\d_]+", text.removeprefix("Rp"))
    assert set(words) <= set(numerals.SCALE_WORDS[language].values())


@pytest.mark.parametrize(
    ("amount", "text_id", "text_en"),
    [
        ("2143000000000", "Rp2,143 triliun", "Rp2.143 trillion"),
        ("366000000", "Rp366 juta", "Rp366 million"),
        ("999999", "Rp999.999", "Rp999,999"),
        ("1000000000", "Rp1 miliar", "Rp1 billion"),
        ("0", "Rp0", "Rp0"),
        ("-1500000", "\N{MINUS SIGN}Rp1,5 juta", "\N{MINUS SIGN}Rp1.5 million"),
    ],
)
def test_rupiah_are_written_as_the_field_writes_them(
    amount: str, text_id: str, text_en: str
) -> None:
    """Rp without point or space, the long scale word after a space that does not break."""
    for language, text in (("id", text_id), ("en", text_en)):
        shown = numerals.format_money(Decimal(amount), "IDR", language)
        assert shown == text.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("period", "text_id", "text_en"),
    [
        ("2012", "2012", "2012"),
        ("2012-06", "Juni 2012", "June 2012"),
        ("2014-12-31", "31 Desember 2014", "31 December 2014"),
        ("2017-08-05", "5 Agustus 2017", "5 August 2017"),
        ("2011/2012", "2011/2012", "2011/2012"),
        ("", "tanpa tanggal", "undated"),
    ],
)
def test_periods_are_written_in_words(period: str, text_id: str, text_en: str) -> None:
    """Months by name, days without a leading zero, years without a separator."""
    for language, text in (("id", text_id), ("en", text_en)):
        assert numerals.format_period(period, language).replace(NBSP, " ") == text


def test_every_month_has_its_name_in_both_languages() -> None:
    """The names of the twelve months come from the locale and differ within a language."""
    for language in LANGUAGES:
        names = {numerals.format_period(f"2012-{m:02}", language) for m in range(1, 13)}
        assert len(names) == 12
    assert numerals.format_period("2012-08", "id") != numerals.format_period("2012-08", "en")


# ---- rounding ----


@given(
    st.fractions(min_value=-(10**6), max_value=10**6),
    st.fractions(min_value=0, max_value=10**6),
    st.integers(min_value=0, max_value=9),
)
def test_bounds_rounded_outward_enclose_the_bounds(
    low: Fraction, width: Fraction, decimals: int
) -> None:
    """What is shown contains what is known and is less than one last digit wider at each end."""
    high = low + width
    shown_low, shown_high = numerals.round_outward(low, high, decimals)
    assert shown_low is not None
    assert shown_high is not None
    step = Fraction(1, 10**decimals)
    assert low - step < Fraction(shown_low) <= low
    assert high <= Fraction(shown_high) < high + step
    assert -int(shown_low.as_tuple().exponent) == decimals


def test_an_open_bound_stays_open_when_rounded() -> None:
    """No number is put where none is known."""
    assert numerals.round_outward(None, Fraction(1, 3), 1) == (None, Decimal("0.4"))
    assert numerals.round_outward(Fraction(1, 3), None, 1) == (Decimal("0.3"), None)


def test_numbers_are_rounded_half_away_from_zero() -> None:
    """As a reader rounds, not as floating point does."""
    assert numerals.format_number(Decimal("0.125"), "en", 2) == "0.13"
    assert numerals.format_number(Decimal("2.5"), "en", 0) == "3"
    assert numerals.format_number(Fraction(2, 3), "id", 3) == "0,667"


@pytest.mark.parametrize("first", ["0", "-0.004"])
def test_nothing_looks_the_same_whatever_was_written_before(first: str) -> None:
    """A number just below nothing, written before it, gives nothing no minus sign."""
    numerals._locale_format.cache_clear()
    numerals.format_number(Decimal(first), "en", 2)
    assert numerals.format_number(Decimal(0), "en", 2) == "0.00"


def test_a_number_in_a_table_head_is_written_with_the_word_of_the_head() -> None:
    """``1.284,2`` under "million rupiah" is Rp1.284,2 juta."""
    read = parse("1.284,2", "id")
    printed = Printed(
        token=read.token,
        value=read.value * 10**6,
        last_digit=read.last_digit * 10**6,
        unit=None,
        scaled=True,
        head=6,
    )
    assert numerals.format_printed(printed, "IDR", "id") == f"Rp1.284,2{NBSP}juta"
    assert numerals.format_printed(printed, "IDR", "en") == f"Rp1,284.2{NBSP}million"


def test_as_many_digits_as_the_gate_takes_can_be_written() -> None:
    """None is rounded away, and no bound turns inward, beyond the digits of a usual context."""
    digits = "9" * (numerals.MOST_DIGITS - 1) + "7"
    printed = numerals.parse(digits)
    assert plain(numerals.format_printed(printed, "people", "en")) == digits
    third = Fraction(int(digits)) + Fraction(1, 3)
    low, high = numerals.round_outward(third, third, 2)
    assert low is not None
    assert high is not None
    assert (low.as_tuple().exponent, high - low) == (-2, Decimal("0.01"))
    assert Fraction(low) < third < Fraction(high)
    assert plain(numerals.format_money(high, "IDR", "en", 2, 0)) == f"Rp{digits}.34"
    assert plain(numerals.format_number(high.copy_negate(), "en", 2)).endswith(f"{digits}.34")


def plain(text: str) -> str:
    """Return a number without what groups its digits."""
    return text.replace(",", "")
