"""Several data packages read as one: what they share counts once, what they tell apart is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.records import TABLES
from kumkm_analysis.dataset.table import Table
from kumkm_analysis.errors import DataError, Fault, short

TITLED = ("regions", "indicators", "metrics")  # tables in which a title means one row


def merge(packages: Sequence[Dataset]) -> Dataset:
    """Return one dataset of all rows of several.

    Raises :class:`~kumkm_analysis.errors.DataError` where two packages have different rows under
    one code, or one title for different codes, all of them at once.
    """
    unique = list({one.fingerprint: one for one in packages}.values())
    if not unique:
        raise DataError(Fault("load", "no package", "one package or more"))
    if len(unique) == 1:
        return unique[0]
    faults = [fault for name in TABLES for fault in _clashes(name, unique)]
    if faults:
        raise DataError(faults, f"{_both(unique)} cannot be read together.")
    schemas = {name: _schema(name, unique) for name in {n for one in unique for n in one.schemas}}
    tables: dict[str, Any] = {}
    for name in TABLES:
        rows = {key: row for one in reversed(unique) for key, row in getattr(one, name).items()}
        ordered = dict.fromkeys(key for one in unique for key in getattr(one, name))
        merged = {key: rows[key] for key in ordered}
        schema = schemas.get(name) or getattr(unique[0], name)._schema
        tables[name] = Table(name, merged, schema)
    people = (person for one in unique for person in one.contributors)
    return replace(
        unique[0],
        name=" + ".join(one.name for one in unique),
        version=" + ".join(one.version for one in unique),
        fingerprint=hashlib.sha256("\n".join(o.fingerprint for o in unique).encode()).hexdigest(),
        created=max(one.created for one in unique),
        contributors=tuple(dict.fromkeys(people)),
        schemas=schemas,
        **tables,
    )


def _clashes(name: str, packages: Sequence[Dataset]) -> Iterator[Fault]:
    """Yield what two packages tell differently in one table."""
    rows: dict[str, tuple[Dataset, Any]] = {}
    titles: dict[tuple[str, str], tuple[Dataset, str]] = {}
    for package in packages:
        table = getattr(package, name)
        for key, row in table.items():
            owner, known = rows.setdefault(key, (package, row))
            if known != row:
                ours, theirs = asdict(known), asdict(row)
                differ = [column for column in ours if ours[column] != theirs[column]]
                told = [f"{c} {short(repr(str(ours[c])), 40)} and {short(repr(str(theirs[c])), 40)}"
                        for c in differ]  # fmt: skip
                yield Fault(
                    f"{name}, {key}, in {owner.path} and {package.path}", "; ".join(told),
                    "one row under one code", "Give one of them a code of its own, or one text.",
                )  # fmt: skip
            for language in table.languages if name in TITLED else ():
                title = getattr(row, f"title_{language}").casefold()
                first, code = titles.setdefault((language, title), (package, key))
                if title and code != key and first is not package:
                    yield Fault(
                        f"{name}, title_{language}, in {first.path} and {package.path}",
                        f"{title!r} for {code} and for {key}", "one code for one title",
                        "Use the same code for the same thing, or tell the two apart.",
                    )  # fmt: skip


def _schema(name: str, packages: Sequence[Dataset]) -> Mapping[str, Any]:
    """Return the descriptor of a table with the columns and codes of all packages."""
    known: dict[str, Mapping[str, Any]] = {}
    schemas = [one.schemas[name] for one in packages if name in one.schemas]
    for schema in schemas:
        for field in schema["fields"]:
            known[field["name"]] = _field(known.get(field["name"], field), field)
    return {**schemas[0], "fields": tuple(known.values())}


def _field(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a column with the codes of both, in the order of the first."""
    limits, more = one.get("constraints", {}), other.get("constraints", {})
    if one is other or "enum" not in limits or "enum" not in more:
        return one
    enum = tuple(dict.fromkeys((*limits["enum"], *more["enum"])))
    codes = {**other.get("codes", {}), **one.get("codes", {})}
    return {**one, "constraints": {**limits, "enum": enum}, "codes": codes}


def _both(packages: Sequence[Dataset]) -> str:
    return " and ".join(str(one.path) for one in packages)
