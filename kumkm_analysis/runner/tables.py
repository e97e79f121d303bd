"""The figures of a page as tables for spreadsheets: ``results.csv``, ``results.id.csv``.

The second is for spreadsheets that are set to Indonesian: semicolons between cells, decimal commas.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula. Numbers may
begin so; any other text gets an apostrophe before it, which spreadsheets show as text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FILE, INDONESIAN = "results.csv", "results.id.csv"
NUMBERS = frozenset({"value", "low", "high"})
COLUMNS = (
    "id", "kind", "name", "label", "breakdown", "register", "value", "low", "high", "unit", "text",
    "region", "period", "reading", "token", "source", "publisher", "address", "contested",
    "findings", "places", "observations",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")


def documents(results: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the figures of a page as CSV: UTF-8 with a mark that spreadsheets know, CRLF."""
    rows = [COLUMNS, *_rows(results)]
    indonesian = [
        [cell.replace(".", ",") if name in NUMBERS else cell for name, cell in zip(COLUMNS, row)]
        for row in rows
    ]
    return {FILE: _written(rows, ","), INDONESIAN: _written(indonesian, ";")}


def _rows(results: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield the cells of every figure, with who printed what it rests on."""
    known = {source["id"]: source for source in results["sources"]}
    for figure in results["figures"]:
        sources = [known[source] for source in figure["sources"]]
        row = {
            **figure,
            "source": figure["sources"],
            "publisher": "; ".join(dict.fromkeys(s["publisher"] for s in sources)),
            "address": [s["address"] for s in sources if s["address"]],
        }
        yield [_cell(row[column]) for column in COLUMNS]


def _written(rows: Sequence[Sequence[str]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    """Return a value as a cell that is never a formula.

    >>> _cell("-5.5"), _cell("=cmd()"), _cell(None), _cell(["a", "b"]), _cell(True)
    ('-5.5', "'=cmd()", '', 'a b', 'true')
    """
    text = "" if value is None else " ".join(value) if isinstance(value, list) else str(value)
    text = text.lower() if isinstance(value, bool) else text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    risky = text.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}").startswith(FORMULA)
    return f"'{text}" if risky and not NUMBER.fullmatch(text) else text
