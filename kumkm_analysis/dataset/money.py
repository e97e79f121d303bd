"""Currencies: their codes of ISO 4217, what they are called, and how print marks an amount."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

NBSP = "\N{NO-BREAK SPACE}"
_PRINT = tomllib.loads(Path(__file__).with_name("marks.toml").read_text(encoding="utf-8"))
MARKS: Mapping[str, list[str]] = _PRINT["money"]  # of a currency, the one that pages write first
UNIT_WORDS = tuple(_PRINT["after"]["words"])
CODES = {mark: code for code, marks in MARKS.items() for mark in marks}
MARK = re.compile("|".join(map(re.escape, sorted(CODES, key=len, reverse=True))))
_MONEY = re.compile("[A-Z]{3}", re.ASCII)


def is_money(unit: str) -> bool:
    """Tell whether a unit is a currency, by its code of ISO 4217.

    >>> is_money("KES"), is_money("unit")
    (True, False)
    """
    return _MONEY.fullmatch(unit) is not None


def currencies() -> frozenset[str]:
    """Return the codes of all currencies, as ISO 4217 has them."""
    from babel import Locale

    return frozenset(Locale("en").currencies)


def name_of_currency(code: str, language: str) -> str:
    """Return what a currency is called, without the country, as in an amount of several.

    >>> name_of_currency("KES", "en"), name_of_currency("EUR", "id")
    ('shillings', 'euro')
    """
    from babel.numbers import get_currency_name

    words = str(get_currency_name(code, count=2, locale=language)).split() or [code]
    word = words[0 if language == "id" else -1]
    return word if word == code else word.lower()


def mark(unit: str) -> str:
    r"""Return what stands before an amount of a currency, nothing before what is no money.

    >>> mark("IDR"), mark("ISK"), mark("unit")
    ('Rp', 'ISK\xa0', '')
    """
    return MARKS.get(unit, [unit + NBSP])[0] if is_money(unit) else ""
