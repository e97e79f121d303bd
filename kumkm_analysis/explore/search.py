"""Find what a package has by any of its names, in any of its languages, spelt more or less so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.dataset import Dataset, load
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.metrics import catalogue

if TYPE_CHECKING:
    import pandas as pd

KINDS = {"indicators": "indicator", "metrics": "metric", "regions": "region", "sources": "source",
         "terms": "term"}  # fmt: skip
# Columns that are searched, and what a match in them counts.
FIELDS = {"title": 1.0, "alias": 1.0, "code": 0.9, "publisher": 0.9, "concept": 0.7,
          "definition": 0.5}  # fmt: skip
ALIKE = 0.75  # likeness of two words from which one may be a slip of the other
LEAST = 0.3  # score of what is shown
SHORTEST, LONG = 3, 5  # letters of a word that may begin another, and that may hold a slip


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that has names: its kind and code, and the words of each of its texts."""

    kind: str
    code: str
    titles: Mapping[str, str]
    texts: Mapping[str, tuple[str, ...]]


def search(text: str, data: Dataset | None = None, n: int = 10) -> pd.DataFrame:
    """Return indicators, metrics, regions, sources and terms that a text may mean, the best first.

    All languages of the package are searched, other spellings of regions too; a slip is forgiven.
    One row each: ``kind``, ``id``, the titles, the column that ``matched``, and a ``score`` up
    to 1. Without ``data`` the package that :func:`kumkm_analysis.load` gives is searched. Raises
    :class:`~kumkm_analysis.errors.ParameterError` for a text without a word.

    >>> search("modal sendri").iloc[0][["kind", "id"]].tolist()
    ['indicator', 'own_capital']
    """
    import pandas as pd

    data = load() if data is None else data
    wanted = words(text)
    if not wanted:
        step = "Write a word of a title, such as members."
        raise ParameterError(Fault("search", repr(text), "a text with a word in it", step))
    if __name__ not in data.kept:
        data.kept[__name__] = tuple(_entries(data))
    entries: tuple[Entry, ...] = data.kept[__name__]
    if any(recipe not in data.metrics for recipe in catalogue(data)):  # of one's own, of late
        entries = tuple(_entries(data))
    vocabulary = {word for entry in entries for text in entry.texts.values() for word in text}
    likeness = [{word: _alike(one, word) for word in vocabulary} for one in wanted]
    found = []
    for place, entry in enumerate(entries):
        scored = [(_score(wanted, t, likeness) * FIELDS[c.split("_")[0]], c)
                  for c, t in entry.texts.items()]  # fmt: skip
        score, column = max(scored, key=lambda pair: pair[0])
        if score >= LEAST:
            found.append((-score, place, entry, column))
    rows = [
        {"kind": e.kind, "id": e.code, **e.titles, "matched": column, "score": round(-score, 2)}
        for score, _, e, column in sorted(found, key=lambda row: row[:2])[:n]
    ]
    titles = [f"title_{language}" for language in data.indicators.languages]
    return pd.DataFrame(rows, columns=["kind", "id", *titles, "matched", "score"])


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text in small letters without accents.

    >>> words("Modal sendiri, Kab. Kutai")
    ('modal', 'sendiri', 'kab', 'kutai')
    """
    plain = unicodedata.normalize("NFKD", str(text).casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W_]+", bare))


def _entries(data: Dataset) -> Iterator[Entry]:
    """Yield everything that has a name, its title before its definition."""
    spelt: dict[str, list[str]] = {}
    for alias in data.region_aliases.values():
        spelt.setdefault(alias.region_id, []).append(alias.alias)
    languages = data.indicators.languages
    for table, kind in KINDS.items():
        rows = catalogue(data) if table == "metrics" else getattr(data, table)
        for code, row in rows.items():
            titles = {f"title_{k}": getattr(row, f"title_{k}", "") or getattr(row, "title", "")
                      for k in languages}  # fmt: skip
            texts = {c: t for c, t in titles.items() if t} | {"code": code}
            for stem in (
                "publisher",
                *(f"{f}_{k}" for f in ("concept", "definition") for k in languages),
            ):
                texts |= {stem: getattr(row, stem)} if getattr(row, stem, "") else {}
            if kind == "region":
                texts |= {f"alias_{n}": alias for n, alias in enumerate(spelt.get(code, ()))}
            yield Entry(kind, code, titles, {c: words(t) for c, t in texts.items()})


def _score(
    wanted: tuple[str, ...], text: tuple[str, ...], likeness: list[dict[str, float]]
) -> float:
    """Return how well a text answers: all words asked for, and few beside them."""
    if not text:
        return 0.0
    hits = [max(known[word] for word in text) for known in likeness]
    return (sum(hits) / len(hits)) ** 2 * (0.7 + 0.3 * min(1.0, len(wanted) / len(text)))


def _alike(wanted: str, word: str) -> float:
    """Return how likely one word is meant by another, from 0 to 1."""
    if wanted == word:
        return 1.0
    if len(wanted) >= SHORTEST and word.startswith(wanted):
        return 0.9
    if len(wanted) < LONG:
        return 0.0
    matcher = SequenceMatcher(None, wanted, word)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    ratio = matcher.ratio()
    return ratio * 0.9 if ratio >= ALIKE else 0.0
