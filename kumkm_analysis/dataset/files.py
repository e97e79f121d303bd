"""The files of a table: rows as texts, and what a spreadsheet or an editor did to them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, short

DESCRIPTOR = "datapackage.json"
LONGEST_CELL = 20_000  # characters; the longest honest note is far below
LONGEST_PARSED = 4 * LONGEST_CELL  # beyond it a row is not read to its end
MOST_FAULTS = 200  # a table, after which the rest is left to the next check
LARGEST_TABLE = 256 * 2**20  # bytes
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
FOREIGN = {
    "a page of a web server": ("<!doctype", "<!--", "<html", "<?xml", "<head", "<body"),
    "a pointer of Git LFS": ("version https://git-lfs.",),
    "a pointer of git-annex": ("/annex/objects/",),
    "marks of a merge that was not finished": ("<<<<<<< ",),
}
PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods, .gz, .xls
SHIFTED = 'A comma inside a value? Put that value in double quotes, as in "Rp2,1 triliun".'
RESTORE = "Fetch the file itself and put it here."
Problem = tuple[str, str, str]  # what is found, what is expected, the next step


@dataclass
class File:
    """The rows of a file under the columns that were expected, each with its number."""

    name: str
    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    readable: bool = False  # to the last row, so that others may refer to it

    def fault(self, place: str, found: str, expected: str, step: str) -> None:
        """Note what is wrong at a place of the file."""
        self.faults.append(Fault(self.name + place, found, expected, step))


@dataclass
class Rows:
    """The rows of a table, from all its files, and what is wrong with their cells."""

    name: str
    paths: Sequence[str]
    names: Sequence[str]  # of the columns
    places: list[tuple[str, int]] = field(default_factory=list)  # file and row
    cells: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by column
    file_faults: list[Fault] = field(default_factory=list)
    readable: bool = True
    found: dict[tuple[int, str], Fault] = field(default_factory=dict)
    cut: bool = False

    @classmethod
    def read(cls, folder: Path, name: str, paths: Sequence[str], names: Sequence[str]) -> Rows:
        """Read the files of a table, all of the same columns."""
        rows, cells = cls(name, paths, names), []
        for path in paths:
            file = read_file(folder, path, names)
            cells += file.rows
            rows.places += [(path, number) for number in file.numbers]
            rows.file_faults += file.faults
            rows.readable &= file.readable
        rows.cells = dict(zip(names, zip(*cells, strict=True), strict=False))
        return rows

    def column(self, name: str) -> tuple[str, ...]:
        """Return the cells of a column, empty ones where the package has no such column."""
        return self.cells.get(name) or ("",) * len(self.places)

    def columns(self, names: Sequence[str]) -> Iterator[Any]:
        """Yield the cells of some columns, row by row."""
        return zip(*map(self.column, names), strict=True)

    def add(self, row: int, column: str, problem: Problem) -> None:
        """Note a problem of a cell; the first one told of a cell stands for all."""
        if len(self.found) >= MOST_FAULTS:
            self.cut = True
            return
        file, number = self.places[row]
        place = f"{file}, row {number}, column {column}"
        self.found.setdefault((row, column), Fault(place, *problem))

    def faults(self) -> Iterator[Fault]:
        """Yield all faults, those of the files first, then the cells in their order."""
        yield from self.file_faults
        yield from (self.found[place] for place in sorted(self.found))
        if self.cut:
            file, found = ", ".join(self.paths), f"{MOST_FAULTS} faults and perhaps more"
            yield Fault(file, found, "none", "Mend those listed, then check again.")


def paths_of(resource: Mapping[str, Any]) -> list[str]:
    """Return the files of a resource of the descriptor, one or several of the same columns."""
    path = resource["path"]
    return [path] if isinstance(path, str) else list(path)


def data_files(folder: Path) -> list[str]:
    """Return the files that a package consists of: its descriptor, then those of its tables."""
    resources = json.loads((folder / DESCRIPTOR).read_bytes())["resources"]
    return [DESCRIPTOR, *sorted(path for one in resources for path in paths_of(one))]


def read_file(folder: Path, name: str, columns: Sequence[str]) -> File:
    """Read a file, noting all that keeps it from being a plain UTF-8 table of these columns."""
    table = File(name)
    text = _text(folder / name, table)
    if text is not None:
        _parse(text, columns, table)
    return table


def foreign_content(text: str) -> str:
    """Return what a file is that never was one of a data package, empty when it may be.

    >>> foreign_content("<!DOCTYPE html><title>404</title>")
    'a page of a web server'
    """
    start = text[:200].lstrip("\ufeff\r\n\t ").lower()
    return next((what for what, signs in FOREIGN.items() if start.startswith(signs)), "")


def _content(file: Path, table: File) -> bytes:
    """Return the bytes of a file, empty with a fault when there is nothing to read."""
    if not file.is_file():
        step = f"Put {table.name} into {file.parent}, or take it out of datapackage.json."
        table.fault("", "no such file", "the table that the descriptor names", step)
        return b""
    if (size := file.stat().st_size) > LARGEST_TABLE:
        step = "Look for a cell that was filled by accident, or split the table."
        table.fault("", f"{size:,} bytes", f"at most {LARGEST_TABLE:,}", step)
        return b""
    try:
        content = file.read_bytes()
    except OSError as error:
        found = error.strerror or "no access"
        table.fault("", found, "a readable file", "Check who may read the file.")
        return b""
    if not content:
        table.fault("", "an empty file", "a header row and rows", "Restore the file.")
    return content


def _text(file: Path, table: File) -> str | None:
    """Return the text of a file with plain line ends, None where it holds no text at all."""
    content = _content(file, table)
    if not content:
        return None

    def line(place: int) -> str:
        return f", line {content.count(10, 0, place) + 1}"

    if content.startswith(UTF_16):
        table.fault("", "UTF-16", "plain UTF-8", "Save it as UTF-8 without BOM.")
        return None
    if content.startswith(PACKED):
        found = "a spreadsheet or another packed file"
        table.fault("", found, "a CSV table", "Save the table as CSV with commas, in UTF-8.")
        return None
    if b"\0" in content:
        step = "Restore the line from a good copy."
        table.fault(line(content.index(0)), "a NUL byte", "text", step)
        return None
    if content.startswith(b"\xef\xbb\xbf"):
        step = "Save it as UTF-8 without BOM."
        table.fault("", "a byte order mark (BOM)", "plain UTF-8", step)
    if b"\r" in content:
        step = "Save it with LF line ends (in a spreadsheet: Unix line ends)."
        found = "a carriage return (CR or CRLF)"
        table.fault(line(content.index(13)), found, "LF line ends", step)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = content[error.start : error.start + 1]
        step = f"Save it as UTF-8 (in Latin-1 that byte is {byte.decode('latin-1')!r})."
        table.fault(line(error.start), f"byte 0x{byte[0]:02X}, not UTF-8", "UTF-8", step)
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lines(text: str, start: int = 0) -> Iterator[str]:
    """Yield the lines, each with its end; str.splitlines would break at other characters too."""
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _parse(text: str, columns: Sequence[str], table: File) -> None:
    """Say what the file is, if not a table with commas; else split it into rows and cells."""
    header = next(_lines(text)).rstrip("\n")
    signs = [sign for sign in SEPARATORS if sign in header and "," not in header]
    foreign = foreign_content(text)
    if not foreign and header.startswith(("{", "[{")):
        foreign = "JSON, as a server may send in place of a file"
    others, table.faults = table.faults, []  # what it is goes before how it is written
    if foreign:
        table.fault("", foreign, "a CSV table", RESTORE)
    elif header.lower().startswith("sep="):
        step = "Delete the line, and save the table with commas between the cells."
        table.fault(", row 1", repr(short(header, 20)), "the names of the columns", step)
    elif signs:
        step = "Save it with commas between the cells."
        table.fault(", row 1", f"{SEPARATORS[signs[0]]} between the columns", "commas", step)
    else:
        table.faults = others
        _split(text, columns, table)


def _split(text: str, columns: Sequence[str], table: File) -> None:
    limit = csv.field_size_limit(LONGEST_PARSED)
    reader = csv.reader(_lines(text), strict=True)
    number, line = 0, 0
    try:
        for number, cells in enumerate(reader, start=1):
            line = reader.line_num
            if number == 1:
                if cells != columns:
                    _header_faults(table, cells, columns)
                    return
            elif not cells:
                table.fault(f", row {number}", "an empty line", "a row", "Delete the line.")
            elif len(cells) != len(columns):
                found, expected = f"{len(cells)} cells", f"{len(columns)} cells"
                table.fault(f", row {number}", found, expected, SHIFTED)
            else:
                table.rows.append(cells)
                table.numbers.append(number)
                if len(longest := max(cells, key=len)) > LONGEST_CELL:
                    _too_long(table, number, columns[cells.index(longest)], f"{len(longest):,}")
        table.readable = True
    except csv.Error as error:
        if "field larger" in str(error):
            column = columns[_place_of_long_cell(text, line, len(columns))]
            _too_long(table, number + 1, column, f"more than {LONGEST_PARSED:,}")
        else:
            step = 'Double every quote inside a quoted cell ("") and close every quote.'
            found = f"broken quoting ({error})"
            table.fault(f", row {number + 1}", found, "well-formed CSV", step)
    finally:
        csv.field_size_limit(limit)


def _too_long(table: File, row: int, column: str, size: str) -> None:
    step = "Shorten the cell, or close a quote that was left open."
    where, found = f", row {row}, column {column}", f"a cell of {size} characters"
    table.fault(where, found, f"at most {LONGEST_CELL:,} characters", step)


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
    return min(sizes.index(True) if True in sizes else len(cells) - 1, columns - 1)


def _header_faults(table: File, header: list[str], expected: Sequence[str]) -> None:
    """Tell how the header differs from the columns of the descriptor."""
    where = ", row 1"
    if len(header) == 1 and header[0].split(",") == list(expected):
        step = "Save it without quotes around whole rows."
        table.fault(where, "a row in quotes, which is one cell", f"{len(expected)} cells", step)
        return
    bare = {column.strip() for column in header}  # one with a blank at its edge is told below
    for column in expected:
        if column not in bare:
            step = f"Restore the column; the order is {short(', '.join(expected), 400)}."
            table.fault(where, f"no column {column!r}", "every column of the descriptor", step)
    for place, column in enumerate(header):
        shown = short(column, 60)
        if column in header[:place]:
            step = "Rename or remove the second one."
            table.fault(where, f"two columns {shown!r}", "every column once", step)
        elif column not in expected:
            near = get_close_matches(column, expected, 1) if shown == column else []
            step = f"Did you mean {near[0]!r}?" if near else "Remove it, or describe it."
            table.fault(where, f"unknown column {shown!r}", "columns of the descriptor", step)
    if sorted(header) == sorted(expected):
        step = "Restore the order."
        table.fault(where, "columns in another order", short(", ".join(expected), 400), step)
