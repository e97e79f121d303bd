"""The figures of a page as a table for spreadsheets, ``results.csv``.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula. Numbers may
begin so; any other text gets an apostrophe before it, which spreadsheets show as text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

FILE = "results.csv"
COLUMNS = (
    "id", "kind", "name", "label", "breakdown", "register", "value", "low", "high", "unit", "text",
    "region", "period", "reading", "observations",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")


def document(results: Mapping[str, Any]) -> bytes:
    """Return the figures of a page as CSV: UTF-8 with a mark that spreadsheets know, CRLF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for figure in results["figures"]:
        writer.writerow([_cell(figure[column]) for column in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    """Return a value as a cell that is never a formula.

    >>> _cell("-5.5"), _cell("=cmd()"), _cell(None), _cell(["a", "b"])
    ('-5.5', "'=cmd()", '', 'a b')
    """
    text = "" if value is None else " ".join(value) if isinstance(value, list) else str(value)
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    risky = text.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}").startswith(FORMULA)
    return f"'{text}" if risky and not NUMBER.fullmatch(text) else text
