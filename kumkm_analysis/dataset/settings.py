"""What a package says of itself in its descriptor: languages, money, levels, words, defaults.

Nothing here names a country: what holds for one stands in the descriptor of its package, under
``kumkm`` (``region``, ``period``, ``words``, ``years``, ``maps``) and in the codes of its columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kumkm_analysis.dataset.money import is_money
from kumkm_analysis.dataset.numerals import LOCALES
from kumkm_analysis.dataset.vocabulary import join

YEAR = 4  # letters of a period that is a year


@dataclass(frozen=True)
class Settings:
    """What the descriptor of a package sets; without any, what the library takes for granted.

    ``languages`` are those in which its tables have titles, ``region`` and ``period`` what a
    report is about when nobody names any. ``currency`` is a code of ISO 4217 and ``money`` its name
    by language. ``levels`` are the levels of regions from the highest down, each by language in the
    singular and the plural. ``words`` are by language what the package says for a word of the
    library (*credit unions* for *cooperatives*), ``years`` the first and last year (``2008/2021``)
    that the history of an indicator shows, ``maps`` the tile maps of the index.
    """

    languages: tuple[str, ...] = tuple(LOCALES)
    region: str = ""
    period: str = ""
    currency: str = ""
    money: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    years: Mapping[str, str] = field(default_factory=dict)
    maps: Sequence[Mapping[str, Any]] = ()
    licence: str = ""
    licence_url: str = ""
    made: str = ""  # the year in which the package was made, for one without any figure

    @classmethod
    def of(cls, descriptor: Mapping[str, Any]) -> Settings:
        """Return what a descriptor sets."""
        own = descriptor.get("kumkm") or {}
        levels, units = (
            codes(descriptor, "regions", "level"),
            codes(descriptor, "indicators", "unit"),
        )
        currency = next(filter(is_money, units), "")
        known = languages(descriptor)
        licence: Mapping[str, Any] = next(iter(descriptor.get("licenses") or ()), {})
        return cls(
            languages=known,
            region=own.get("region", ""),
            period=own.get("period", ""),
            currency=currency,
            money={k: _title(units[currency], k, currency) for k in known} if currency else {},
            levels={
                level: {
                    k: (one := _title(said, k, level), str(said.get(f"plural_{k}") or one))
                    for k in known
                }
                for level, said in levels.items()
            },
            words=own.get("words", {}),
            years=own.get("years", {}),
            maps=own.get("maps", ()),
            licence=str(licence.get("name") or "").replace("-", " "),
            licence_url=str(licence.get("path") or ""),
            made=str(descriptor.get("created") or "")[:YEAR],
        )

    def in_words(self, text: str, language: str) -> str:
        """Return a sentence of the library in the words of the package.

        >>> said = Settings(words={"en": {"cooperatives": "credit unions"}})
        >>> said.in_words("Cooperatives: {n} active cooperatives", "en")
        'Credit unions: {n} active credit unions'
        """
        own = self.words.get(language)
        if not own:
            return text
        known = "|".join(map(re.escape, sorted(own, key=len, reverse=True)))

        def said(found: re.Match[str]) -> str:
            word = own.get(found[0].lower(), found[0])  # a placeholder stays
            return word[:1].upper() + word[1:] if found[0][0].isupper() else word

        return re.sub(rf"\{{[^{{}}]*\}}|\b(?:{known})\b", said, text, flags=re.IGNORECASE)

    def named(self, levels: Iterable[str], language: str) -> str:
        """Return what the regions of some levels are called: in the plural where they are several.

        >>> own = Settings(levels={"ward": {"en": ("ward", "wards")}})
        >>> own.named(["ward"], "en"), own.named(["ward", "ward"], "en")
        ('ward', 'wards')
        """
        every = list(levels)
        kinds = sorted({*every}, key=[*self.levels, *every].index)
        return join([self.level(one, language, many=len(every) > 1) for one in kinds], language)

    def level(self, code: str, language: str, *, many: bool = False) -> str:
        """Return the name of a level of regions, in the singular or the plural."""
        one, more = self.levels.get(code, {}).get(language, (code, code))
        return more if many else one


def languages(descriptor: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the languages of the library for which the regions of a package have titles.

    >>> regions = {"name": "regions", "schema": {"fields": [{"name": "title_en"}]}}
    >>> languages({"resources": [regions]})
    ('en',)
    """
    columns = {column["name"] for column in _columns(descriptor, "regions")}
    return tuple(k for k in LOCALES if f"title_{k}" in columns) or tuple(LOCALES)


def credit(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """Return who is to be named for a package, when it was made and where it is to be had."""
    people = [c for c in descriptor.get("contributors") or () if isinstance(c, Mapping)]
    return {
        "contributors": tuple(str(c["title"]) for c in people if c.get("title")),
        "created": str(descriptor.get("created") or "")[:10],
        "homepage": str(descriptor.get("homepage") or ""),
    }


def codes(descriptor: Mapping[str, Any], table: str, column: str) -> dict[str, Mapping[str, Any]]:
    """Return the codes that a column may hold, in their order, each with what is said of it."""
    for one in _columns(descriptor, table):
        if one["name"] == column:
            given = one.get("codes")
            given = given if isinstance(given, Mapping) else {}
            said = {k: v for k, v in given.items() if isinstance(v, Mapping)}
            allowed = one.get("constraints", {}).get("enum") or said
            return {str(code): said.get(str(code), {}) for code in allowed}
    return {}


def busiest(periods: Iterable[str]) -> str:
    """Return the year of most figures, the latest of several; empty where none has a year.

    >>> busiest(["2019", "2020-06", "2020", "", "2019-12"])
    '2020'
    """
    years = Counter(period[:YEAR] for period in periods if period)
    return max(years, key=lambda year: (years[year], year), default="")


def _columns(descriptor: Mapping[str, Any], table: str) -> Sequence[Mapping[str, Any]]:
    return next(
        (one["schema"]["fields"] for one in descriptor["resources"] if one["name"] == table), ()
    )


def _title(said: Mapping[str, Any], language: str, otherwise: str) -> str:
    return str(said.get(f"title_{language}") or otherwise)
