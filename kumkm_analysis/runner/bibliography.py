"""The sources as the data have them: what the record of a source on a page may say."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import lru_cache

from kumkm_analysis.runner.mentions import Declared

ISOLATES = str.maketrans("", "", "\u2068\u2069")  # a page sets texts apart with them


@lru_cache(maxsize=2)
def heads(sources: str) -> Mapping[str, tuple[str, Declared]]:
    r"""Return by every publisher with title who that is, and the dates of what it published.

    >>> heads("publisher,title,url,published\nBlog 44,7 dari 812,,2013-12\n").keys()
    dict_keys(['Blog 44, “7 dari 812'])
    """
    known: dict[str, tuple[str, set[str]]] = {}
    for row in csv.DictReader(io.StringIO(sources)):
        publisher, title, url, published = (
            (row.get(name) or "").strip() for name in ("publisher", "title", "url", "published")
        )
        head = f"{publisher}, “{title or url}".translate(ISOLATES)
        known.setdefault(head, (publisher, set()))[1].add(published)
    return {head: (by, Declared.by(dates)) for head, (by, dates) in known.items()}


def read(record: str, sources: str) -> tuple[str, str, Declared]:
    """Return who published what a record names, what else it says, and the dates it may say.

    Of a record that is none of the data, all is what else it says.
    """
    head, _, rest = record.translate(ISOLATES).rpartition("”, ")
    publisher, dates = heads(sources).get(head.strip(), ("", Declared()))
    return publisher, rest if publisher else record, dates
