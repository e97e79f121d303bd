"""The first stage of the gate: the folder, its descriptor, and the tables that we need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from kumkm_analysis.dataset.records import OPTIONAL_TABLES, TABLES
from kumkm_analysis.errors import Fault, short

DESCRIPTOR = "datapackage.json"
COMPARE = "Compare it with the descriptor of the project, or see data/README.md."
# Columns of which the pages need every code in words, and in the order of trust.
CODED = {("sources", "kind"), ("observations", "printing")}


def read_descriptor(path: Path) -> tuple[list[Fault], dict[str, Any]]:
    """Read the descriptor and check that it describes the tables that we need."""

    def fault(found: str, expected: str, step: str) -> tuple[list[Fault], dict[str, Any]]:
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
    except (ValueError, RecursionError) as error:
        return fault(str(error), "JSON", "Mend the JSON at that place.")
    if not isinstance(content, dict) or not isinstance(content.get("resources"), list):
        return fault("no list of resources", "an object with 'resources'", COMPARE)
    faults = [
        Fault(DESCRIPTOR, f"no text under {key!r}", f"a {key}", COMPARE)
        for key in ("name", "version")
        if not isinstance(content.get(key), str)
    ]
    described: set[str] = set()
    for place, resource in enumerate(content["resources"], start=1):
        where = f"{DESCRIPTOR}, resource {place}"
        faults += _resource_faults(where, resource)
        name = resource.get("name") if isinstance(resource, dict) else None
        if isinstance(name, str):
            if name in described:
                step = "Describe every table once."
                faults.append(Fault(where, f"a second {name!r}", "another name", step))
            described.add(name)
    for table in TABLES:
        if table not in described and table not in OPTIONAL_TABLES:
            step = f"Describe the table {table} in {DESCRIPTOR}."
            faults.append(Fault(DESCRIPTOR, f"no resource {table!r}", f"the table {table}", step))
    return faults, content


def _resource_faults(where: str, resource: Any) -> Iterator[Fault]:
    """Check that a resource names a file of the folder and describes its columns."""
    if not isinstance(resource, dict):
        yield Fault(where, short(repr(resource), 80), "an object", COMPARE)
        return
    name, file = resource.get("name"), resource.get("path")
    if not isinstance(name, str) or not isinstance(file, str):
        yield Fault(where, "no name or no path", "texts under 'name' and 'path'", COMPARE)
        return
    if Path(file).name != file or not file.isprintable():
        step = "Put the table beside the descriptor and name it here."
        yield Fault(where, f"path {file!r}", "the name of a file in the same folder", step)
        return
    where = f"{where} ({name})"
    schema = resource.get("schema")
    described = schema.get("fields") if isinstance(schema, dict) else None
    if not isinstance(described, list) or not all(
        isinstance(f, dict) and isinstance(f.get("name"), str) for f in described
    ):
        yield Fault(where, "no list of fields", "a schema with named 'fields'", COMPARE)
        return
    named = {f["name"]: f for f in described}
    for column, spec in named.items():
        if not _has_plain_codes(spec):
            expected = "a list of different texts or numbers"
            yield Fault(f"{where}, field {column}", "an enum of other things", expected, COMPARE)
    if name in TABLES:
        for column in (f.name for f in fields(TABLES[name]) if f.default is MISSING):
            if column not in named:
                yield Fault(where, f"no field {column!r}", "a field of that name", COMPARE)
            elif (name, column) in CODED and not _is_coded(named[column]):
                expected = "an enum, and under 'codes' two titles for each of its codes"
                yield Fault(f"{where}, field {column}", "codes without titles", expected, COMPARE)


def _has_plain_codes(field: dict[str, Any]) -> bool:
    """Tell whether the codes of a column, if it lists any, are different texts or numbers."""
    constraints = field.get("constraints")
    allowed = constraints.get("enum") if isinstance(constraints, dict) else None
    if allowed is None:
        return True
    return (
        isinstance(allowed, list)
        and all(isinstance(c, str | int | float) and not isinstance(c, bool) for c in allowed)
        and len(set(allowed)) == len(allowed)
    )


def _is_coded(field: dict[str, Any]) -> bool:
    """Tell whether a column lists its codes and says in both languages what they mean."""
    constraints, codes = field.get("constraints"), field.get("codes")
    allowed = constraints.get("enum") if isinstance(constraints, dict) else None
    if not isinstance(allowed, list) or not isinstance(codes, dict):
        return False
    return all(
        isinstance(code, str)
        and isinstance(codes.get(code), dict)
        and all(isinstance(codes[code].get(f"title_{language}"), str) for language in ("id", "en"))
        for code in allowed
    )
