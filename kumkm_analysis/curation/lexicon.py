"""The words of the data, made ready to be found in sentences: what they do there, and mean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kumkm_analysis import paths
from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.dataset.numerals import LOCALES
from kumkm_analysis.dataset.periods import check_period

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Word

JOINED = r"[\s\-–]+"  # between the words of a phrase
NAMES = frozenset({"indicator", "breakdown"})  # what may have other words inside
BREAKDOWN = re.compile(r"\[(.*)\]")
BARE = re.compile(r"\s*\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A word found in a sentence: where, in which role, and the code that it means."""

    start: int
    end: int
    role: str
    meaning: str
    text: str


class Lexicon:
    """The words by which articles of one language are read, with the names of regions.

    A package without words of its own is read with those that come with the library.
    """

    def __init__(self, data: Dataset, language: str = "") -> None:
        self.data = data
        self.languages = tuple(LOCALES)
        self.language = language
        words = data.words or load(paths.shipped_data_path()).words
        self._all: Sequence[Word] = tuple(words.values())
        self._by_role: dict[str, dict[str, str]] = defaultdict(dict)
        for word in self._all:
            if not language or word.language in ("", language):
                meaning = BREAKDOWN.sub(r"|\1", word.meaning)
                self._by_role[word.role].setdefault(word.word, meaning)
        self._titles()
        self._patterns: dict[str, re.Pattern[str]] = {}

    @classmethod
    def of(cls, data: Dataset, language: str = "") -> Lexicon:
        """Return the words of a dataset in one language, made ready once and kept with it."""
        name = f"{__name__} {language}"
        if name not in data.kept:
            data.kept[name] = cls(data, language)
        found: Lexicon = data.kept[name]
        return found

    def language_of(self, text: str) -> str:
        """Return the language whose words stand most often in a text."""
        counts = dict.fromkeys(self.languages, 0)
        found = set(re.findall(r"\w+", text.lower()))
        for word in self._all:
            if word.language in counts and word.word.lower() in found:
                counts[word.language] += 1
        return max(counts, key=lambda one: counts[one])

    @property
    def roles(self) -> Iterable[str]:
        """The roles of words."""
        return self._by_role

    def words(self, role: str) -> dict[str, str]:
        """Return the words of a role with their meanings."""
        return self._by_role.get(role, {})

    def either(self, *roles: str) -> str:
        """Return a pattern of any word of some roles; one that matches nothing where none is."""
        words = sorted({w for role in roles for w in self.words(role)}, key=len, reverse=True)
        return "|".join(map(_spaced, words)) or r"(?!)"

    def marks(self, sentence: str, role: str) -> list[Mark]:
        """Return the words of a role in a sentence, the longest where several begin alike."""
        if role not in self._by_role:
            return []
        if role not in self._patterns:
            self._patterns[role] = self._pattern(role)
        return [*self._found(self._patterns[role], role, sentence)]

    def _found(self, pattern: re.Pattern[str], role: str, sentence: str) -> Iterator[Mark]:
        known = self._groups[role]
        for found in pattern.finditer(sentence):
            text, meaning = known[found.lastgroup or ""]
            if text.isupper() and len(text) > 1 and not found[0].startswith(text):
                continue  # a short form in capitals is no word of everyday use
            yield Mark(found.start(), found.end(), role, meaning, found[0])

    @cached_property
    def _groups(self) -> dict[str, dict[str, tuple[str, str]]]:
        return {
            role: {f"w{n}": pair for n, pair in enumerate(self._sorted(role))}
            for role in self._by_role
        }

    def _sorted(self, role: str) -> list[tuple[str, str]]:
        return sorted(self._by_role[role].items(), key=lambda pair: -len(pair[0]))

    def _pattern(self, role: str) -> re.Pattern[str]:
        """Return one pattern for all words of a role, with what may stand inside and behind."""
        filler = self.either("filler")
        between = rf"{JOINED}(?:(?:{filler}){JOINED}){{0,4}}" if role in NAMES else JOINED
        ending = rf"(?:{self.either('ending')})?"
        parts = []
        for number, (word, _) in enumerate(self._sorted(role)):
            pieces = [re.escape(piece).replace(",", ",?") + ending
                      for piece in re.split(JOINED, word) if piece]  # fmt: skip
            parts.append(f"(?P<w{number}>{between.join(pieces)})")
        flags = 0 if role == "place" else re.IGNORECASE
        return re.compile(rf"(?<![\w.])(?:{'|'.join(parts)})(?!\w)", flags)

    def _titles(self) -> None:
        """Take the titles of indicators and of breakdowns, and the names of regions, as words."""
        languages = [self.language] if self.language else self.languages
        names = self._by_role["indicator"]
        whole = {m.split()[0]: m for m in names.values() if " " in m}
        counted = re.compile(rf"^(?:{self.either('total')})\s+", re.IGNORECASE)
        for indicator in self.data.indicators.values():
            for title in (t for one in languages for t in _readings(indicator.title(one))):
                if counted.sub("", title) in names:
                    continue  # “number of members” is found as “members”
                names.setdefault(title, whole.get(indicator.indicator_id, indicator.indicator_id))
        for word, meaning in [*names.items()]:
            if meaning and not self.data.indicators.keys() & {*meaning.partition("|")[0].split()}:
                del names[word]
        places = self._by_role["place"]
        for region in self.data.regions.values():
            for title in (region.title_id, region.title_en):
                for name in (title, _without_level(title, region.level, self.data)):
                    known = places.get(name, "").split()
                    places[name] = " ".join(dict.fromkeys([*known, region.region_id]))
        for alias in self.data.region_aliases.values():
            if not alias.alias[0].isdigit():
                places.setdefault(alias.alias, alias.region_id)
        for name, meaning in [*places.items()]:
            places.setdefault(name.upper(), meaning)

    # ---- dates -------------------------------------------------------------------------------

    @cached_property
    def months(self) -> dict[str, int]:
        """The names of months, long and short, in lower case."""
        from babel import Locale

        found: dict[str, int] = {}
        for language in [self.language] if self.language else self.languages:
            names = Locale.parse(LOCALES[language]).months["format"]
            for width in ("wide", "abbreviated"):
                for number, name in names[width].items():
                    found.setdefault(str(name).lower().rstrip("."), number)
        return found

    @cached_property
    def weekdays(self) -> str:
        """A pattern of the names of days."""
        from babel import Locale

        days = [Locale.parse(LOCALES[one]).days["format"]["wide"] for one in self.languages]
        return "|".join(str(name) for names in days for name in names.values())

    @cached_property
    def month_pattern(self) -> str:
        """A pattern of the names of months."""
        names = sorted(self.months, key=len, reverse=True)
        return "|".join(map(re.escape, names))

    @cached_property
    def _dates(self) -> tuple[re.Pattern[str], ...]:
        month, year = rf"(?P<m>{self.month_pattern})\.?", r"(?P<y>(?:19|20)\d\d)"
        return tuple(
            re.compile(rf"(?<![\w/.]){form}(?![\w])", re.IGNORECASE)
            for form in (
                rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+{month}\s+{year}",
                rf"{month}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{year}",
                rf"{year}-(?P<m>\d\d)-(?P<d>\d\d)",
                rf"(?P<d>\d{{1,2}})[/-](?P<m>\d{{1,2}})[/-]{year}",
            )
        )

    def date_in(self, text: str) -> str:
        """Return the first whole date in a text as ``YYYY-MM-DD``, empty when there is none."""
        found = [m for pattern in self._dates if (m := pattern.search(text))]
        return self.written(min(found, key=lambda m: m.start())) if found else ""

    def whole_dates(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield where whole dates stand in a text, and the dates."""
        for pattern in self._dates:
            for found in pattern.finditer(text):
                if date := self.written(found):
                    yield found.start(), found.end(), date

    def written(self, found: re.Match[str]) -> str:
        """Return a date as the data write it, empty when there is no such day."""
        month = found["m"].lower().rstrip(".")
        number = int(month) if month.isdigit() else self.months[month]
        date = f"{found['y']}-{number:02}-{int(found['d']):02}"
        return "" if check_period(date) else date

    def is_boilerplate(self, text: str) -> bool:
        """Tell whether a paragraph begins as what is no text of the article."""
        found = self.marks(text[:60], "boilerplate")
        return (
            bool(found)
            and found[0].start <= 2
            and (len(text) < 160 or text[found[0].end :].lstrip().startswith(":"))
        )


def _spaced(word: str) -> str:
    return r"\s+".join(map(re.escape, word.split()))


def _readings(title: str) -> Iterable[str]:
    """Return a title without what stands in brackets, and a short form that stands there."""
    inner = re.findall(r"\(([^)]*)\)", title)
    return [t for t in (BARE.sub("", title).strip(), *filter(str.isupper, inner)) if "/" not in t]


def _without_level(title: str, level: str, data: Dataset) -> str:
    """Return the name of a region without the word for its level, where the data have that word."""
    words = {data.code_title("regions", "level", level, one) for one in LOCALES}
    for word in words:
        title = re.sub(rf"^{word}\s+|\s+{word}$", "", title, flags=re.IGNORECASE)
    return title
