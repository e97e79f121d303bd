"""What a spreadsheet did to the tables of a package, undone where that is safe, and told."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kumkm_analysis.curation.drafts import plain_text
from kumkm_analysis.curation.tables import replace_all
from kumkm_analysis.dataset.files import DESCRIPTOR, paths_of
from kumkm_analysis.dataset.validate import RESIDUE
from kumkm_analysis.errors import Fault, ParameterError, short

KEPT = ("as_printed", "repair_as_printed", "quotation")  # the words of a source
NUMBERS = ("number", "integer")
DECIMAL_COMMA = re.compile(r"-?\d+,\d+", re.ASCII)
FLOAT_OF_WHOLE = re.compile(r"(-?\d+)\.0", re.ASCII)
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass
class Tidied:
    """A file of a package: its new text where something changed, and what did."""

    name: str
    text: str | None = None
    changes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def tidy(folder: Path, *, dry_run: bool = False) -> list[Tidied]:
    """Mend the tables of the package in a folder, all or none; return what changed in each.

    Mended are separators, byte order marks, encodings, line ends, empty rows and columns at the
    end, blanks at the edge of a cell, and decimal commas in numeric columns. The words of a source
    are left as they are. Raises :class:`~kumkm_analysis.errors.ParameterError`, naming every cell
    by file, row and column, where what stood there cannot be told.
    """
    file = folder / DESCRIPTOR
    try:
        resources = json.loads(file.read_text(encoding="utf-8-sig"))["resources"]
        tables = [(path, one["schema"]["fields"]) for one in resources for path in paths_of(one)]
    except (OSError, ValueError, KeyError, TypeError):
        step = "Name the folder that holds datapackage.json."
        fault = Fault(f"folder {folder}", "no readable descriptor", "a data package", step)
        raise ParameterError(fault) from None
    found = [_tidied(folder, path, fields) for path, fields in tables if (folder / path).is_file()]
    faults = [fault for one in found for fault in one.faults]
    if faults:
        raise ParameterError(faults, f"Nothing in {folder} was changed.")
    if not dry_run:
        replace_all({folder / one.name: one.text.encode() for one in found if one.text is not None})
    return found


def _tidied(folder: Path, name: str, fields: Sequence[dict[str, object]]) -> Tidied:
    result = Tidied(name)
    content = (folder / name).read_bytes()
    text, changes = plain_text(content)
    result.changes += changes
    columns = [str(field["name"]) for field in fields]
    kinds = {str(field["name"]): field.get("type", "string") for field in fields}
    if text.lower().startswith("sep="):
        text = text.split("\n", 1)[-1]
        result.changes.append("a first line sep=")
    sign = _separator(text.split("\n", 1)[0], columns)
    if sign != ",":
        result.changes.append(f"{SEPARATORS[sign]} between the cells")
    try:
        rows = [*csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)]
    except csv.Error as error:
        step = "Close every quote, and double those inside a quoted cell."
        result.faults.append(Fault(name, f"broken quoting ({error})", "well-formed CSV", step))
        return result
    rows = _without_empty(rows, len(columns), result)
    counts: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            column = columns[place] if place < len(columns) else ""
            where = f"{name}, row {number}, column {column or place + 1}"
            mended, change = _cell(cell, column, str(kinds.get(column, "")), number, sign)
            if change.startswith("!"):
                step = "Restore the cell from a good copy; the file does not say what stood there."
                result.faults.append(Fault(where, repr(short(cell)), change[1:], step))
            elif change:
                counts[change] = counts.get(change, 0) + 1
                row[place] = mended
    result.changes += [f"{change}: {count}" for change, count in counts.items()]
    if result.changes and not result.faults:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        result.text = out.getvalue()
    return result


def _separator(header: str, columns: Sequence[str]) -> str:
    """Return what parts the cells: the sign that gives the columns of the descriptor."""

    def fits(sign: str) -> int:
        cells = [cell.strip().strip('"') for cell in header.split(sign)]
        return sum(cell in columns for cell in cells)

    return max((",", *SEPARATORS), key=fits)


def _without_empty(rows: list[list[str]], width: int, result: Tidied) -> list[list[str]]:
    """Return rows without those that are empty, and without empty cells past the last column."""
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    if len(kept) < len(rows):
        result.changes.append(f"empty rows: {len(rows) - len(kept)}")
    extra = [row for row in kept if len(row) > width and not any(map(str.strip, row[width:]))]
    for row in extra:
        del row[width:]
    if extra:
        result.changes.append(f"empty cells behind the last column: {len(extra)} rows")
    return kept


def _cell(cell: str, column: str, kind: str, row: int, sign: str) -> tuple[str, str]:
    """Return a mended cell and what changed; what begins with ! says what was expected."""
    if column in KEPT:
        return cell, ""
    bare = cell.strip()
    if row > 1 and RESIDUE.fullmatch(bare) and (kind in NUMBERS or bare.startswith(("#", "Err"))):
        return cell, "!what belongs there, which a spreadsheet did not keep"
    if row > 1 and kind in NUMBERS:
        if DECIMAL_COMMA.fullmatch(bare):
            if sign == "," and re.fullmatch(r"-?\d{1,3}(,\d{3})+", bare):
                return cell, "!a plain number; the comma may be a decimal or a thousands mark"
            return bare.replace(",", "."), f"decimal commas in {column}"
        if whole := FLOAT_OF_WHOLE.fullmatch(bare):
            return whole[1], f"decimals .0 in {column}"
    return (bare, f"blanks at the edge in {column or 'a cell'}") if bare != cell else (cell, "")


def lines(found: Sequence[Tidied], *, dry_run: bool) -> Iterator[str]:
    """Yield what changed, file by file."""
    changed = [one for one in found if one.changes]
    for one in changed:
        yield f"{one.name}: {'; '.join(one.changes)}"
    word = "would change" if dry_run else "changed"
    yield f"{len(changed)} of {len(found)} files {word}."
