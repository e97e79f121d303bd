"""Drafts: the rows that are proposed, as CSV or as a workbook with lists to choose from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kumkm_analysis.errors import Fault, ParameterError, short

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset

SOURCE = "source."  # begins the columns of a source that the data do not have yet
OWN = ("confidence", "sentence")
SHEET, LISTS = "draft", "lists"
WIDTHS = {"sentence": 70, "note": 40, "indicator_id": 28, "as_printed": 18}
PACKED = b"PK\x03\x04"
UNKNOWN = "Remove it, or rename it to a column of observations."
Row = dict[str, str]


@dataclass
class Draft:
    """The rows of a draft, each with its number in the file, and what was mended in reading it."""

    path: Path
    columns: list[str]
    rows: list[Row]
    numbers: list[int]
    mended: list[str] = field(default_factory=list)


def columns_of(data: Dataset, *, with_source: bool) -> list[str]:
    """Return the columns of a draft: those of the observations, ours, those of a new source."""
    schemas = data.schemas
    names = [f["name"] for f in schemas["observations"]["fields"]]
    source = [SOURCE + f["name"] for f in schemas["sources"]["fields"] if f["name"] != "source_id"]
    return [*names, *OWN, *(source if with_source else [])]


def as_csv(rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> str:
    """Return rows as CSV with a header, as the tables of the data are written."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_workbook(
    path: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str], data: Dataset
) -> None:
    """Write rows as a workbook in which every cell is text and codes are chosen from lists."""
    openpyxl = _openpyxl(path)
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    sheet, lists = book.active, book.create_sheet(LISTS)
    sheet.title, lists.sheet_state = SHEET, "hidden"
    sheet.freeze_panes = "A2"
    for number, name in enumerate(columns, start=1):
        letter = openpyxl.utils.get_column_letter(number)
        sheet.column_dimensions[letter].width = WIDTHS.get(name, 14)
        for place, text in enumerate([name, *(row.get(name, "") for row in rows)], start=1):
            cell = sheet.cell(place, number)
            cell.value, cell.data_type, cell.number_format = text, "s", "@"
        if codes := _codes(data, name):
            for place, code in enumerate(codes, start=1):
                lists.cell(place, number, code).data_type = "s"
            chosen = DataValidation("list", f"{LISTS}!${letter}$1:${letter}${len(codes)}")
            chosen.showErrorMessage = name in ("confidence",)
            sheet.add_data_validation(chosen)
            chosen.add(f"{letter}2:{letter}{max(len(rows) + 50, 200)}")
    book.save(path)


def _codes(data: Dataset, name: str) -> list[str]:
    """Return the codes that a column takes, empty for free text."""
    table, column = ("sources", name.removeprefix(SOURCE)) if name.startswith(SOURCE) else (
        "observations", name)  # fmt: skip
    known: dict[str, Iterable[str]] = {
        "indicator_id": data.indicators, "region_id": data.regions, "confidence":
        ("high", "medium", "low"), "territory": data.territories,
    }  # fmt: skip
    if table == "observations" and name in known:
        return [*known[name]]
    fields = data.schemas[table]["fields"]
    described: Mapping[str, Any] = next((f for f in fields if f["name"] == column), {})
    return [*described.get("constraints", {}).get("enum", ())]


def read_draft(path: Path, data: Dataset) -> Draft:
    """Return a draft as CSV or workbook, whatever a spreadsheet made of its separators and ends.

    Raises :class:`~kumkm_analysis.errors.ParameterError` for a file that is no draft.
    """
    if not path.is_file():
        raise ParameterError(Fault(f"draft {path}", "no such file", "a draft of `kumkm read`"))
    content = path.read_bytes()
    if content.startswith(PACKED):
        cells, mended = _sheet(path), list[str]()
    else:
        cells, mended = _table(content)
    cells = [[cell.strip() for cell in row] for row in cells]
    header = cells[0] if cells else []
    while header and not header[-1]:
        header.pop()
    allowed = columns_of(data, with_source=True)
    faults = [
        Fault(f"{path.name}, row 1", f"unknown column {short(repr(name), 60)}",
              "columns of observations, confidence, sentence, source.*", UNKNOWN)
        for name in header if name not in allowed
    ]  # fmt: skip
    needed = {"source_id", "region_id", "indicator_id", "reference_period", "as_printed", "locator"}
    faults += [Fault(f"{path.name}, row 1", f"no column {name}", "every column that is needed",
                     "Start from a draft of `kumkm read`.")
               for name in sorted(needed - {*header})]  # fmt: skip
    draft = Draft(path, header, [], [], mended)
    for number, row in enumerate(cells[1:], start=2):
        if not any(row):
            continue
        if any(row[len(header) :]):
            step = "A comma inside a value? Put that value in double quotes."
            found, expected = f"{len(row)} cells", f"{len(header)} cells"
            faults.append(Fault(f"{path.name}, row {number}", found, expected, step))
        padded = [*row, *[""] * (len(header) - len(row))]
        draft.rows.append(dict(zip(header, padded, strict=False)))
        draft.numbers.append(number)
    if not faults and not draft.rows:
        faults.append(Fault(f"draft {path}", "no rows", "at least one row"))
    if faults:
        raise ParameterError(faults, f"{path} cannot be used as a draft.")
    return draft


def _table(content: bytes) -> tuple[list[list[str]], list[str]]:
    """Return the cells of a CSV file and what was mended in reading it."""
    text, mended = plain_text(content)
    first = text.split("\n", 1)[0]
    sign = max(",;\t", key=first.count)
    if sign != ",":
        mended.append({";": "semicolons", "\t": "tabs"}[sign] + " between the cells")
    rows = [*csv.reader(io.StringIO(text, newline=""), delimiter=sign)]
    return rows, mended


def plain_text(content: bytes) -> tuple[str, list[str]]:
    """Return the text of a file with plain line ends, and what a spreadsheet did to it."""
    mended = []
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, mended = content.decode("utf-16", errors="replace"), ["UTF-16"]
    else:
        if content.startswith(b"\xef\xbb\xbf"):
            mended.append("a byte order mark")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text, mended = content.decode("cp1252", errors="replace"), [*mended, "Windows-1252"]
    if "\r" in text:
        text, mended = text.replace("\r\n", "\n").replace("\r", "\n"), [*mended, "CR or CRLF ends"]
    return text, mended


def _sheet(path: Path) -> list[list[str]]:
    """Return the cells of a workbook's first sheet as texts."""
    book = _openpyxl(path).load_workbook(path, read_only=True, data_only=True)
    sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
    rows = [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    book.close()
    return rows


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    if hasattr(cell, "isoformat"):  # a date that the spreadsheet made of a period
        return str(cell.isoformat())[:10]
    return str(cell)


def _openpyxl(path: Path) -> Any:
    try:
        import openpyxl
        import openpyxl.utils
    except ImportError:
        step = "Install it with: pip install 'kumkm-analysis[curation]'; or use CSV."
        fault = Fault(f"draft {path}", "a workbook, and no openpyxl", "the package openpyxl", step)
        raise ParameterError(fault) from None
    return openpyxl
