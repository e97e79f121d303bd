"""The second stage of the gate: what a spreadsheet or an editor does to a file of text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, short

LONGEST_CELL = 20_000  # characters; the longest honest note is far below
LONGEST_PARSED = 4 * LONGEST_CELL  # beyond it a row is not read to its end
LARGEST_TABLE = 256 * 2**20  # bytes
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
Rows = list[tuple[int, dict[str, str]]]


@dataclass
class RawTable:
    """What the bytes of a table hold: faults, text, and whether its cells are in order."""

    faults: list[Fault] = field(default_factory=list)
    text: str = ""
    readable: bool = False

    @property
    def rows(self) -> Rows:
        """The rows with their numbers as a spreadsheet shows them."""
        reader = csv.DictReader(_lines(self.text))
        return [
            (n, {k: v for k, v in row.items() if isinstance(k, str) and isinstance(v, str)})
            for n, row in enumerate(reader, start=2)
        ]


def read_table(folder: Path, resource: Mapping[str, Any]) -> RawTable:
    """Read the table of a resource, noting all that keeps it from being plain UTF-8 CSV."""
    found = RawTable()
    file = folder / resource["path"]
    content = _content(file, found.faults)
    if not content:
        return found
    text = _decoded(file.name, content, found.faults)
    if text is None:
        return found
    found.text = text
    shape = list(_shape_faults(file.name, text, resource))
    found.faults += shape
    found.readable = not shape
    return found


def _content(file: Path, faults: list[Fault]) -> bytes:
    """Return the bytes of a file, empty with a fault when there is nothing to read."""
    name = file.name
    if not file.is_file():
        step = f"Put {name} into {file.parent}, or take it out of datapackage.json."
        faults.append(Fault(name, "no such file", "the table that the descriptor names", step))
        return b""
    size = file.stat().st_size
    if size > LARGEST_TABLE:
        step = "Look for a cell that was filled by accident, or split the table."
        faults.append(Fault(name, f"{size:,} bytes", f"at most {LARGEST_TABLE:,}", step))
        return b""
    try:
        content = file.read_bytes()
    except OSError as error:
        step = "Check who may read the file."
        faults.append(Fault(name, error.strerror or "no access", "a readable file", step))
        return b""
    if not content:
        faults.append(Fault(name, "an empty file", "a header row and rows", "Restore the file."))
    return content


def _decoded(name: str, content: bytes, faults: list[Fault]) -> str | None:
    """Return the text with plain line ends, None where its bytes are no text at all."""
    if content.startswith(UTF_16):
        faults.append(Fault(name, "UTF-16", "plain UTF-8", "Save it as UTF-8 without BOM."))
        return None
    if content.startswith(b"\xef\xbb\xbf"):
        step = "Save it as UTF-8 without BOM."
        faults.append(Fault(name, "a byte order mark (BOM)", "plain UTF-8", step))
    if b"\0" in content:
        step = "Restore the line from a good copy."
        where = f"{name}, line {_line(content, content.index(0))}"
        faults.append(Fault(where, "a NUL byte", "text", step))
        return None
    if b"\r" in content:
        where = f"{name}, line {_line(content, content.index(13))}"
        step = "Save it with LF line ends (in a spreadsheet: Unix line ends)."
        faults.append(Fault(where, "a carriage return (CR or CRLF)", "LF line ends", step))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte, meant = content[error.start], content[error.start : error.start + 1]
        step = f"Save it as UTF-8 (in Latin-1 that byte is {meant.decode('latin-1')!r})."
        where = f"{name}, line {_line(content, error.start)}"
        faults.append(Fault(where, f"byte 0x{byte:02X}, not UTF-8", "UTF-8", step))
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1


def _lines(text: str, start: int = 0) -> Iterator[str]:
    """Yield the lines, each with its end; str.splitlines would break at other characters too."""
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _shape_faults(name: str, text: str, resource: Mapping[str, Any]) -> Iterator[Fault]:
    """Check the header and look for cells too long to be honest."""
    expected = [f["name"] for f in resource["schema"]["fields"]]
    header = text.split("\n", 1)[0]
    for sign, word in ((";", "semicolons"), ("\t", "tabs")):
        if sign in header and "," not in header:
            step = "Save it with commas between the cells."
            yield Fault(f"{name}, row 1", f"{word} between the columns", "commas", step)
            return
    limit = csv.field_size_limit(LONGEST_PARSED)
    reader = csv.reader(_lines(text), strict=True)
    row, line = 0, 0
    try:
        for row, cells in enumerate(reader, start=1):
            if row == 1:
                yield from _header_faults(name, cells, expected)
            for place, cell in enumerate(cells):
                if len(cell) > LONGEST_CELL:
                    yield _too_long(name, row, expected, place, f"{len(cell):,} characters")
            line = reader.line_num
    except csv.Error as error:
        if "field larger" in str(error):
            place = _place_of_long_cell(text, line, len(expected))
            found = f"more than {LONGEST_PARSED:,} characters"
            yield _too_long(name, row + 1, expected, place, found)
            return
        step = 'Double every quote inside a quoted cell ("") and close every quote.'
        found = f"broken quoting ({error})"
        yield Fault(f"{name}, row {row + 1}", found, "well-formed CSV", step)
    finally:
        csv.field_size_limit(limit)


def _too_long(name: str, row: int, expected: list[str], place: int, found: str) -> Fault:
    column = expected[place] if place < len(expected) else str(place + 1)
    return Fault(
        f"{name}, row {row}, column {column}",
        f"a cell of {found}",
        f"at most {LONGEST_CELL:,} characters",
        "Shorten the cell, or close a quote that was left open.",
    )


def _place_of_long_cell(text: str, line: int, columns: int) -> int:
    """Return which cell of the row after a line is too long to be parsed."""
    start = 0
    for _ in range(line):
        start = text.index("\n", start) + 1
    # The cells before it are shorter than the limit, so it reaches the limit within this much.
    beginning = text[start : start + (columns + 2) * LONGEST_PARSED]
    csv.field_size_limit(len(beginning) + 1)
    cells = next(csv.reader(_lines(beginning)))
    sizes = [len(cell) >= LONGEST_PARSED for cell in cells]
    return sizes.index(True) if True in sizes else len(cells) - 1


def _header_faults(name: str, header: list[str], expected: list[str]) -> Iterator[Fault]:
    where = f"{name}, row 1"
    for column in expected:
        if column not in header:
            step = f"Restore the column; the order is {', '.join(expected)}."
            yield Fault(where, f"no column {column!r}", "every column of the descriptor", step)
    for place, column in enumerate(header):
        shown = short(column, 60)
        if column in header[:place]:
            step = "Rename or remove the second one."
            yield Fault(where, f"two columns {shown!r}", "every column once", step)
        elif column not in expected:
            near = get_close_matches(column, expected, 1) if shown == column else []
            step = f"Did you mean {near[0]!r}?" if near else "Remove it, or describe it."
            yield Fault(where, f"unknown column {shown!r}", "columns of the descriptor", step)
    if sorted(header) == sorted(expected) and header != expected:
        yield Fault(where, "columns in another order", ", ".join(expected), "Restore the order.")
