"""The gate: nothing is computed from a data package that breaks a rule of its descriptor.

Four stages, each reporting all it finds: the folder and its descriptor; the raw bytes of the
tables; the descriptor's own rules, by Frictionless; and the double entry of printed token and
value. A verdict is cached under the hash of every byte that was checked, so that an unchanged
package costs only the hashing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from kumkm_analysis import numerals
from kumkm_analysis.errors import DataError, Fault, NumeralError
from kumkm_analysis.records import OPTIONAL_TABLES, TABLES

DESCRIPTOR = "datapackage.json"
LONGEST_CELL = 20_000  # characters; the longest honest note is far below
LARGEST_TABLE = 512 * 2**20  # bytes
MOST_FAULTS = 200  # a table, after which only their number is told
PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
Rows = list[tuple[int, dict[str, str]]]


def require(path: Path) -> None:
    """Raise :class:`~kumkm_analysis.errors.DataError` with every fault of a package."""
    faults = check(path)
    if faults:
        raise DataError(faults, f"The data package in {path} cannot be used.")


def check(path: Path) -> list[Fault]:
    """Return every fault of the package in a folder, located by file, row and column.

    An empty list is a good verdict. It is remembered by content; faults are looked for afresh.
    """
    faults, descriptor = _descriptor(path)
    if faults:
        return faults
    names = {r["name"]: str(r["path"]) for r in descriptor["resources"]}
    verdict = _verdict_file(fingerprint(path))
    if verdict.is_file():
        return []
    broken: dict[str, list[Fault]] = {}
    for resource in descriptor["resources"]:
        found = list(_raw_faults(path / resource["path"], resource))
        if found:
            broken[resource["name"]] = found
    faults = [fault for found in broken.values() for fault in found]
    faults += _frictionless_faults(path, descriptor, skip=set(broken))
    for name in TABLES:
        if name in names and name not in broken:
            faults += _own_faults(names[name], name, _rows(path / names[name]))
    if not {"readings", "observations"} & set(broken):
        faults += _repair_faults(path, names["readings"], names["observations"])
    if not faults:
        _remember(verdict)
    return faults


def fingerprint(path: Path) -> str:
    """Return the SHA-256 over the descriptor and its tables, by name and content."""
    descriptor = (path / DESCRIPTOR).read_bytes()
    digest = hashlib.sha256()
    resources = json.loads(descriptor)["resources"]
    for name in (DESCRIPTOR, *sorted(str(r["path"]) for r in resources)):
        content = (path / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


# ---- 1 the folder and its descriptor ---------------------------------------------------------


def _descriptor(path: Path) -> tuple[list[Fault], dict[str, Any]]:
    """Read the descriptor and check that it describes the tables that we need."""

    def fault(found: str, expected: str, step: str = "") -> tuple[list[Fault], dict[str, Any]]:
        return [Fault(DESCRIPTOR, found, expected, step)], {}

    if not path.is_dir():
        found = "a file" if path.exists() else "nothing there"
        step = "Give the folder that holds datapackage.json."
        return [Fault(f"data folder {path}", found, "the folder of a data package", step)], {}
    file = path / DESCRIPTOR
    if not file.is_file():
        return fault(f"no {DESCRIPTOR} in {path}", "a descriptor", "Copy data/ of the project.")
    try:
        content = json.loads(file.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        return fault(f"byte {error.start} is not UTF-8", "a UTF-8 file", "Save it as UTF-8.")
    except (json.JSONDecodeError, RecursionError) as error:
        return fault(str(error), "JSON", "Mend the JSON at that place.")
    if not isinstance(content, dict) or not isinstance(content.get("resources"), list):
        return fault("no list of resources", "an object with 'resources'", "See data/README.md.")
    faults = [
        Fault(DESCRIPTOR, f"no text under {key!r}", f"a {key}", "See data/README.md.")
        for key in ("name", "version")
        if not isinstance(content.get(key), str)
    ]
    described: dict[str, Any] = {}
    for place, resource in enumerate(content["resources"]):
        faults += _resource_faults(path, place, resource)
        if isinstance(resource, dict):
            described[str(resource.get("name"))] = resource
    for table in TABLES:
        if table not in described and table not in OPTIONAL_TABLES:
            step = f"Describe the table {table} in {DESCRIPTOR}."
            faults.append(Fault(DESCRIPTOR, f"no resource {table!r}", f"the table {table}", step))
    return faults, content


def _resource_faults(path: Path, place: int, resource: Any) -> Iterator[Fault]:
    """Check that a resource is described, lies in the folder and is a table that we can read."""
    where = f"{DESCRIPTOR}, resource {place + 1}"
    if not isinstance(resource, dict):
        yield Fault(where, repr(resource)[:80], "an object", "See data/README.md.")
        return
    name, file = resource.get("name"), resource.get("path")
    if not isinstance(name, str) or not isinstance(file, str):
        yield Fault(where, "no name or no path", "texts under 'name' and 'path'")
        return
    if Path(file).name != file:
        yield Fault(where, f"path {file!r}", "the name of a file in the same folder")
        return
    schema = resource.get("schema")
    described = schema.get("fields") if isinstance(schema, dict) else None
    named = [f.get("name") for f in described or [] if isinstance(f, dict)]
    if not isinstance(described, list) or len(named) != len(described):
        yield Fault(f"{where} ({name})", "no list of fields", "a schema with named 'fields'")
        return
    if name in TABLES:
        for column in (f.name for f in fields(TABLES[name]) if f.default is MISSING):
            if column not in named:
                yield Fault(f"{where} ({name})", f"no field {column!r}", "a field of that name")
    table = path / file
    if not table.is_file():
        step = f"Put {file} into {path}, or take it out of {DESCRIPTOR}."
        yield Fault(file, "no such file", "the table that the descriptor names", step)
    elif table.stat().st_size == 0:
        yield Fault(file, "an empty file", "a header row and rows", "Restore the file.")
    elif table.stat().st_size > LARGEST_TABLE:
        yield Fault(file, f"{table.stat().st_size:,} bytes", f"at most {LARGEST_TABLE:,}")


# ---- 2 the raw bytes --------------------------------------------------------------------------


def _raw_faults(file: Path, resource: Mapping[str, Any]) -> Iterator[Fault]:
    """Check what a spreadsheet or an editor does to a file before any cell can be read."""
    name = file.name
    content = file.read_bytes()
    if content.startswith(b"\xef\xbb\xbf"):
        yield Fault(name, "a byte order mark (BOM)", "plain UTF-8", "Save it as UTF-8 without BOM.")
    if b"\0" in content:
        row = content.count(b"\n", 0, content.index(b"\0")) + 1
        yield Fault(
            f"{name}, line {row}", "a NUL byte", "text", "Restore the line from a good copy."
        )
        return
    if b"\r" in content:
        row = content.count(b"\n", 0, content.index(b"\r")) + 1
        step = "Save it with LF line ends (in a spreadsheet: Unix line ends)."
        yield Fault(f"{name}, line {row}", "a carriage return (CR or CRLF)", "LF line ends", step)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        step = f"Save it as UTF-8 (in Latin-1 that byte is {bytes([byte]).decode('latin-1')!r})."
        yield Fault(f"{name}, line {row}", f"byte 0x{byte:02X}, not UTF-8", "UTF-8", step)
        return
    yield from _shape_faults(name, text.replace("\r\n", "\n").replace("\r", "\n"), resource)


def _shape_faults(name: str, text: str, resource: Mapping[str, Any]) -> Iterator[Fault]:
    """Check the header and look for cells too long to be honest."""
    expected = [f["name"] for f in resource["schema"]["fields"]]
    header = text.split("\n", 1)[0]
    if ";" in header and "," not in header:
        step = "Save it with commas between the cells."
        yield Fault(f"{name}, row 1", "semicolons between the columns", "commas", step)
        return
    csv.field_size_limit(LONGEST_CELL * 4)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), strict=True), start=1):
            if number == 1:
                yield from _header_faults(name, row, expected)
            for place, cell in enumerate(row):
                if len(cell) > LONGEST_CELL:
                    column = expected[place] if place < len(expected) else str(place + 1)
                    yield _too_long(name, number, column, f"{len(cell):,} characters")
    except csv.Error as error:
        if "field larger" in str(error):
            yield _too_long(name, None, "", f"more than {LONGEST_CELL * 4:,} characters")
        else:
            step = 'Double every quote inside a quoted cell ("") and close every quote.'
            yield Fault(name, f"broken quoting ({error})", "well-formed CSV", step)


def _too_long(name: str, row: int | None, column: str, found: str) -> Fault:
    where = name + (f", row {row}" if row else "") + (f", column {column}" if column else "")
    step = "Shorten the cell, or close a quote that was left open."
    return Fault(where, f"a cell of {found}", f"at most {LONGEST_CELL:,} characters", step)


def _header_faults(name: str, header: list[str], expected: list[str]) -> Iterator[Fault]:
    where = f"{name}, row 1"
    for column in expected:
        if column not in header:
            step = f"Restore the column; the order is {', '.join(expected)}."
            yield Fault(where, f"no column {column!r}", "every column of the descriptor", step)
    for column in header:
        if column not in expected:
            near = get_close_matches(column, expected, 1)
            step = f"Did you mean {near[0]!r}?" if near else "Remove it, or describe it."
            yield Fault(where, f"unknown column {column!r}", "columns of the descriptor", step)
    if sorted(header) == sorted(expected) and header != expected:
        yield Fault(where, "columns in another order", ", ".join(expected), "Restore the order.")


# ---- 3 the rules of the descriptor ------------------------------------------------------------


def _frictionless_faults(path: Path, descriptor: Mapping[str, Any], skip: set[str]) -> list[Fault]:
    """Let Frictionless check types, keys, foreign keys, enums and patterns of sound tables."""
    from frictionless import Checklist, Package, system

    sound = []
    for resource in descriptor["resources"]:
        if resource["name"] in skip:
            continue
        schema = dict(resource["schema"])
        schema["foreignKeys"] = [
            key
            for key in schema.get("foreignKeys", [])
            if key.get("reference", {}).get("resource") not in skip
        ]
        sound.append({**resource, "schema": schema})
    if not sound:
        return []
    try:
        with system.use_context(trusted=False):
            package = Package.from_descriptor(
                {**descriptor, "resources": sound}, basepath=str(path)
            )
            report = package.validate(Checklist(), limit_errors=MOST_FAULTS)
    except Exception as error:  # noqa: BLE001 - whatever a descriptor says, the user gets a sentence
        step = "Compare it with the descriptor of the project."
        return [Fault(DESCRIPTOR, str(error).strip()[:300], "a valid Data Package", step)]
    faults = [Fault(DESCRIPTOR, e.message, "a valid Data Package") for e in report.errors]
    keys = {
        name: _keys(path, descriptor, name) for name in _referred(descriptor) if name not in skip
    }
    for task in report.tasks:
        file = Path(str(task.place)).name
        resource = next((r for r in sound if r["name"] == task.name), sound[0])
        faults += [_translate(file, error, resource, keys) for error in task.errors]
    return faults


def _translate(
    file: str, error: Any, resource: Mapping[str, Any], keys: Mapping[str, list[str]]
) -> Fault:
    """Turn an error of Frictionless into a fault with its place and a next step."""
    row = getattr(error, "row_number", None)
    column = getattr(error, "field_name", None)
    cell = getattr(error, "cell", None)
    where = file + (f", row {row}" if row else "") + (f", column {column}" if column else "")
    found = repr(_short(cell)) if cell is not None else _short(error.note or error.message)
    spec: Mapping[str, Any] = next(
        (f for f in resource["schema"]["fields"] if f["name"] == column), {}
    )
    allowed = spec.get("constraints", {})
    if error.type == "type-error":
        step = (
            "Write base units with a decimal point and without separators, such as 2143 or 54.97."
        )
        return Fault(where, found, f"a {spec.get('type', 'value')}", step)
    if error.type in ("extra-cell", "missing-cell"):
        count = len(getattr(error, "cells", []) or [])
        expected = f"{len(resource['schema']['fields'])} cells"
        step = 'A comma inside a value? Put that value in double quotes, as in "Rp2,1 triliun".'
        return Fault(f"{file}, row {row}", f"{count} cells", expected, step)
    if error.type == "primary-key":
        key = resource["schema"]["primaryKey"]
        step = "Give every row its own code; the same code stands in an earlier row."
        return Fault(where + f", column {', '.join(key)}", found, "a code that occurs once", step)
    if error.type == "unique-error":
        return Fault(where, found, "a value that occurs once", "Give every row its own code.")
    if error.type == "foreign-key":
        return _foreign_fault(file, error, row, resource, keys)
    if error.type == "constraint-error":
        if "enum" in allowed and "enum" in error.note:
            near = get_close_matches(str(cell), allowed["enum"], 1)
            step = f"Did you mean {near[0]!r}?" if near else "See the codes in data/README.md."
            return Fault(where, found, "one of " + ", ".join(allowed["enum"]), step)
        if "pattern" in error.note:
            step = "See the column in data/README.md."
            return Fault(where, found, f"text of the form {allowed.get('pattern')}", step)
        if "required" in error.note:
            return Fault(where, "an empty cell", "a value", "Fill the cell; it is required.")
        return Fault(where, found, _short(error.note), "See the column in data/README.md.")
    return Fault(where, found, _short(error.title), _short(error.note))


def _foreign_fault(
    file: str, error: Any, row: Any, resource: Mapping[str, Any], keys: Mapping[str, list[str]]
) -> Fault:
    """Name the unknown code, the table it should stand in and the nearest known one."""
    names = list(getattr(error, "field_names", []) or [])
    cells = list(getattr(error, "field_cells", []) or [])
    table = str(getattr(error, "reference_name", "") or resource["name"])
    value = str(cells[0]) if cells else ""
    near = get_close_matches(value, keys.get(table, []), 1)
    step = f"Did you mean {near[0]!r}? " if near else ""
    step += f"Otherwise add the row to {table}.csv first."
    where = f"{file}, row {row}, column {', '.join(names)}"
    return Fault(where, repr(_short(value)), f"a code of {table}.csv", step)


def _referred(descriptor: Mapping[str, Any]) -> set[str]:
    return {
        key["reference"].get("resource") or resource["name"]
        for resource in descriptor["resources"]
        for key in resource["schema"].get("foreignKeys", [])
    }


def _keys(path: Path, descriptor: Mapping[str, Any], table: str) -> list[str]:
    resource = next((r for r in descriptor["resources"] if r["name"] == table), None)
    if resource is None:
        return []
    first = resource["schema"]["fields"][0]["name"]
    return [row.get(first) or "" for _, row in _rows(path / resource["path"])]


# ---- 4 what the descriptor cannot say -----------------------------------------------------------


def _own_faults(file: str, table: str, rows: Rows) -> Iterator[Fault]:
    """Check the double entry, real dates, breakdown labels and stray control characters."""
    for number, row in rows:
        for column, cell in row.items():
            if cell and CONTROL.search(cell):
                where = f"{file}, row {number}, column {column}"
                yield Fault(where, repr(_short(cell)), "text without control characters")
        if table == "observations":
            yield from _observation_faults(f"{file}, row {number}", row)
        for column in ("published", "valid_from", "valid_to"):
            if row.get(column) and not is_period(row[column]):
                yield _date_fault(f"{file}, row {number}, column {column}", row[column])
        if row.get("valid_from") and row.get("valid_to") and row["valid_from"] > row["valid_to"]:
            where = f"{file}, row {number}, column valid_to"
            yield Fault(where, repr(row["valid_to"]), f"a date from {row['valid_from']} on")


def _observation_faults(where: str, row: Mapping[str, str]) -> Iterator[Fault]:
    period = row.get("reference_period") or ""
    if period and not all(is_period(part) for part in period.split("/")):
        yield _date_fault(f"{where}, column reference_period", period)
    value = row.get("value") or ""
    if not PLAIN_NUMBER.fullmatch(value):
        if _is_number(value):
            step = "Write the digits out, with a decimal point and nothing else."
            yield Fault(f"{where}, column value", repr(value), "a plain number", step)
        return
    exception = row.get("token_exception") or ""
    if row.get("numerals") not in numerals.LOCALES:
        return
    token = row.get("as_printed") or ""
    try:
        printed = numerals.parse(token, row["numerals"]).value
    except NumeralError as error:
        if not exception:
            fault = error.faults[0]
            step = f"{fault.next_step} Or code the row in token_exception."
            yield Fault(f"{where}, column as_printed", repr(_short(token)), fault.expected, step)
        return
    expected = {"table_head_millions": printed * 10**6, "fall_without_sign": -printed}.get(
        exception, printed
    )
    if expected != Decimal(value):
        step = "Correct whichever was copied wrongly; the printed token stays as the source has it."
        found = f"{value}, while {token!r} reads {expected:f}"
        yield Fault(f"{where}, column value", found, "the value of the printed token", step)


def _repair_faults(path: Path, readings: str, observations: str) -> Iterator[Fault]:
    """Check that an accepted repair names its figure and can be read like it."""
    figures = {row.get("observation_id"): row for _, row in _rows(path / observations)}
    for number, row in _rows(path / readings):
        token = row.get("repair_as_printed")
        if not token:
            continue
        where = f"{readings}, row {number}, column"
        figure = figures.get(row.get("observation_id", ""))
        if figure is None:
            step = "Name the figure that is repaired."
            yield Fault(
                f"{where} observation_id", repr(row.get("observation_id")), "a figure", step
            )
            continue
        try:
            numerals.parse(token, figure.get("numerals") or "id")
        except NumeralError as error:
            fault = error.faults[0]
            yield Fault(
                f"{where} repair_as_printed", repr(_short(token)), fault.expected, fault.next_step
            )


def _date_fault(where: str, found: str) -> Fault:
    step = "Check the day and month; leave the cell empty when the text gives none."
    return Fault(where, repr(_short(found)), "a real year, month or day (YYYY-MM-DD)", step)


def is_period(text: str) -> bool:
    """Tell whether a text is a real year, month or day.

    >>> is_period("2012"), is_period("2012-12-31"), is_period("2012-02-30")
    (True, True, False)
    """
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text, re.ASCII):
        return False
    year, month, day = ([int(p) for p in text.split("-")] + [1, 1])[:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True


def _rows(file: Path) -> Rows:
    """Return the rows of a sound table with their row numbers as a spreadsheet shows them."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        return [
            (n, {k: v for k, v in row.items() if isinstance(k, str) and isinstance(v, str)})
            for n, row in enumerate(reader, start=2)
        ]


def _short(text: object) -> str:
    shown = str(text)
    return shown if len(shown) <= 120 else shown[:117] + "…"


# ---- the cache of verdicts --------------------------------------------------------------------


@lru_cache
def _own_hash() -> str:
    """Return the hash of the code that judges: another gate, another verdict."""
    digest = hashlib.sha256()
    for module in ("gate.py", "numerals.py", "records.py"):
        digest.update((Path(__file__).parent / module).read_bytes())
    return digest.hexdigest()


def _verdict_file(content: str) -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path("~").expanduser() / ".cache")
    key = hashlib.sha256(f"{content}{_own_hash()}".encode()).hexdigest()
    return Path(home) / "kumkm-analysis" / "verdicts" / key


def _remember(verdict: Path) -> None:
    """Write a good verdict, whole or not at all; a cache that cannot be written is no fault."""
    try:
        verdict.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=verdict.parent)
        os.close(handle)
        Path(name).replace(verdict)
    except OSError:
        return
