"""The third stage of the gate: the rules that the descriptor itself states, by Frictionless."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kumkm_analysis.dataset.validate_descriptor import COMPARE, DESCRIPTOR
from kumkm_analysis.errors import Fault, short

MOST_FAULTS = 200  # a table, after which the rest is left to the next check
VALID = "a valid Data Package"
SEE = "See the column in data/README.md."


def rule_faults(path: Path, descriptor: Mapping[str, Any], skip: set[str]) -> list[Fault]:
    """Let Frictionless check types, keys, foreign keys, enums and patterns of sound tables.

    ``skip`` names the tables that cannot be read; keys that refer to them are not checked.
    """
    from frictionless import Checklist, Package, system

    sound = [_without_keys_to(skip, r) for r in descriptor["resources"] if r["name"] not in skip]
    if not sound:
        return []
    try:
        with system.use_context(trusted=False):
            package = Package.from_descriptor(
                {**descriptor, "resources": sound}, basepath=str(path)
            )
            report = package.validate(Checklist(), limit_errors=MOST_FAULTS)
        faults = [Fault(DESCRIPTOR, e.message, VALID, COMPARE) for e in report.errors]
        keys = {name: _keys(path, sound, name) for name in _referred(sound)}
        for task in report.tasks:
            file = Path(str(task.place)).name
            resource = next((r for r in sound if r["name"] == task.name), sound[0])
            translated = (_translate(file, error, resource, keys) for error in task.errors)
            faults += [fault for fault in translated if fault is not None]
            if len(task.errors) >= MOST_FAULTS:
                step = "Mend those listed, then check again."
                faults.append(Fault(file, f"{MOST_FAULTS} faults and perhaps more", "none", step))
    except Exception as error:  # noqa: BLE001 - whatever a descriptor says, the user gets a sentence
        return [Fault(DESCRIPTOR, short(str(error).strip() or repr(error), 300), VALID, COMPARE)]
    return faults


def _without_keys_to(skip: set[str], resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource without the foreign keys that point into tables that cannot be read."""
    schema = dict(resource["schema"])
    keys = schema.get("foreignKeys")
    if isinstance(keys, list):
        schema["foreignKeys"] = [key for key in keys if _target(key) not in skip]
    return {**resource, "schema": schema}


def _target(key: Any) -> str:
    """Return the table that a foreign key refers to, empty when it is its own."""
    reference = key.get("reference") if isinstance(key, dict) else None
    return str(reference.get("resource") or "") if isinstance(reference, dict) else ""


def _translate(
    file: str, error: Any, resource: Mapping[str, Any], keys: Mapping[str, list[str]]
) -> Fault | None:
    """Turn an error of Frictionless into a fault with its place and a next step.

    None for an error that only repeats another one.
    """
    row = getattr(error, "row_number", None)
    column = getattr(error, "field_name", None)
    cell = getattr(error, "cell", None)
    where = file + (f", row {row}" if row else "") + (f", column {column}" if column else "")
    found = repr(short(cell)) if cell is not None else short(error.note or error.message)
    spec = _spec(resource, str(column))
    if error.type == "type-error":
        step = (
            "Write base units with a decimal point and without separators, such as 2143 or 54.97."
        )
        kind = str(spec.get("type", "value"))
        return Fault(where, found, f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}", step)
    if error.type in ("extra-cell", "missing-cell"):
        count = len(getattr(error, "cells", []) or [])
        expected = f"{len(resource['schema']['fields'])} cells"
        step = 'A comma inside a value? Put that value in double quotes, as in "Rp2,1 triliun".'
        return Fault(f"{file}, row {row}", f"{count} cells", expected, step)
    if error.type == "blank-row":
        return Fault(where, "an empty line", "a row", "Delete the line.")
    if error.type == "primary-key":
        key = ", ".join(_listed(resource["schema"]["primaryKey"]))
        codes = [c for c in getattr(error, "cells", []) or [] if c]
        unique = _spec(resource, key).get("constraints", {}).get("unique")
        if not codes or unique:
            return None  # an empty line, or a cell that is reported as not unique
        step = "Give every row its own code; the same code stands in an earlier row."
        return Fault(f"{where}, column {key}", found, "a code that occurs once", step)
    if error.type == "unique-error":
        step = "Give every row its own code; the same code stands in an earlier row."
        return Fault(where, found, "a code that occurs once", step)
    if error.type == "foreign-key":
        return _foreign_fault(file, error, row, resource, keys)
    if error.type == "constraint-error":
        return _constraint_fault(where, found, error, spec.get("constraints", {}))
    return Fault(where, found, short(error.title), short(error.note) or COMPARE)


def _spec(resource: Mapping[str, Any], column: str) -> Mapping[str, Any]:
    """Return the description of a column, empty when there is none."""
    return next((f for f in resource["schema"]["fields"] if f["name"] == column), {})


def _constraint_fault(where: str, found: str, error: Any, allowed: Mapping[str, Any]) -> Fault:
    """Say which constraint of the column a cell breaks."""
    if "enum" in allowed and "enum" in error.note:
        near = get_close_matches(str(error.cell), allowed["enum"], 1)
        step = f"Did you mean {near[0]!r}?" if near else "See the codes in data/README.md."
        return Fault(where, found, "one of " + ", ".join(allowed["enum"]), step)
    if "pattern" in error.note:
        return Fault(where, found, f"text of the form {allowed.get('pattern')}", SEE)
    if "required" in error.note:
        return Fault(where, "an empty cell", "a value", "Fill the cell; it is required.")
    return Fault(where, found, short(error.note), SEE)


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
    return Fault(where, repr(short(value)), f"a code of {table}.csv", step)


def _referred(resources: list[dict[str, Any]]) -> set[str]:
    """Return the tables that some foreign key refers to."""
    return {
        _target(key) or str(resource["name"])
        for resource in resources
        for key in resource["schema"].get("foreignKeys") or []
    }


def _keys(path: Path, resources: list[dict[str, Any]], table: str) -> list[str]:
    """Return the codes of a table: its first column."""
    resource = next((r for r in resources if r["name"] == table), None)
    if resource is None:
        return []
    with (path / resource["path"]).open(encoding="utf-8", newline="") as lines:
        return [row[0] for row in csv.reader(lines) if row][1:]


def _listed(value: Any) -> list[str]:
    """Return a key of one or several columns as a list."""
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]
