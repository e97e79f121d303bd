"""A draft for an article: its rows under a source that the data have, or one that they lack."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kumkm_analysis.curation.adding import identity
from kumkm_analysis.curation.articles import Article, read_article
from kumkm_analysis.curation.drafts import SOURCE, Row, columns_of
from kumkm_analysis.curation.lexicon import Lexicon
from kumkm_analysis.curation.reading import Reader
from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.dataset.periods import check_period
from kumkm_analysis.dataset.request import check_region
from kumkm_analysis.errors import ParameterError

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset


def propose(
    folder: Path, path: Path, *, source: str = "", region: str = "", published: str = "",
    url: str = "",
) -> tuple[Dataset, list[Row], list[str]]:  # fmt: skip
    """Return the dataset of a folder, the rows drafted from an article, and their columns.

    Raises :class:`~kumkm_analysis.errors.ParameterError` for an article, region or date that
    cannot be used.
    """
    data = load(folder)
    faults = [check_region(data.domain, region) if region else None,
              check_period(published) if published else None]  # fmt: skip
    if wrong := [fault for fault in faults if fault is not None]:
        raise ParameterError(wrong)
    article = read_article(path, Lexicon.of(data))
    known = data.sources.get(source, None)
    if known is not None:
        published = published or known.published
        article = replace(article, language=known.language)
    article = replace(article, published=published or article.published, url=url or article.url)
    rows = Reader(data, article, region).rows()
    code = source or _code(article, data)
    taken: Counter[str] = Counter()
    for row in rows:
        row["source_id"] = code
        if row["indicator_id"] and row["region_id"]:
            base = identity(row)
            taken[base] += 1
            row["observation_id"] = base + (f".{taken[base]}" if taken[base] > 1 else "")
    if known is None and rows:
        rows[0].update({SOURCE + name: text for name, text in _source(article, data).items()})
    return data, rows, columns_of(data, with_source=known is None)


def summary(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[str]:
    """Yield what was drafted, and what is left to do."""
    counts = Counter(row["confidence"] for row in rows)
    shown = ", ".join(f"{counts[level]} {level}" for level in ("high", "medium", "low"))
    yield f"{len(rows)} figures: {shown}. Look through them, then: kumkm add DRAFT --dry-run"
    if rows and SOURCE + "kind" in columns:
        lacking = [
            n for n in ("kind", "publisher", "title", "published") if not rows[0][SOURCE + n]
        ]
        if lacking:
            yield f"A new source; fill in its first row: {', '.join(SOURCE + n for n in lacking)}."


def _source(article: Article, data: Dataset) -> Row:
    """Return what is known of a new source; kind and publisher are those of the same web site."""
    site = _site(article.url)
    twins = [s for s in data.sources.values() if site and _site(s.url) == site]
    kind = Counter(s.kind for s in twins).most_common(1)
    publisher = Counter(s.publisher for s in twins).most_common(1)
    return {
        "kind": kind[0][0] if kind else "", "quotes": "",
        "publisher": publisher[0][0] if publisher else article.publisher,
        "title": article.title, "url": article.url, "published": article.published,
        "language": article.language, "note": "", "collection": "",
    }  # fmt: skip


def _site(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.").removeprefix("m.")


def _code(article: Article, data: Dataset) -> str:
    """Return a readable code for a new source: publisher or title, and date."""
    name = article.publisher or _site(article.url).rpartition(".")[0] or article.title
    words = re.findall(r"[a-z0-9]+", name.lower())[:3] or ["source"]
    code = "-".join([*words, *([article.published] if article.published else [])])
    number, free = 1, code
    while free in data.sources:
        number += 1
        free = f"{code}-{number}"
    return free
