"""The figures of a page as tables for spreadsheets: ``results.csv``, ``results.id.csv``.

The second is for spreadsheets that are set to Indonesian: semicolons between cells, decimal commas.

A text that a spreadsheet would take for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kumkm_analysis.errors import inert

FILE, INDONESIAN = "results.csv", "results.id.csv"
NUMBERS = frozenset({"value", "low", "high"})
COLUMNS = (
    "id", "kind", "name", "label", "breakdown", "register", "value", "low", "high", "unit", "text",
    "region", "period", "reading", "token", "source", "publisher", "address", "contested",
    "findings", "places", "observations",
)  # fmt: skip


def documents(results: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the figures of a page as CSV: UTF-8 with a mark that spreadsheets know, CRLF."""
    rows = [COLUMNS, *_rows(results)]
    numbers = [column in NUMBERS for column in COLUMNS]
    indonesian = [
        [
            cell.replace(".", ",") if number else cell
            for cell, number in zip(row, numbers, strict=True)
        ]
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
    if isinstance(value, bool):
        return str(value).lower()
    return inert(
        "" if value is None else " ".join(value) if isinstance(value, list) else str(value)
    )
