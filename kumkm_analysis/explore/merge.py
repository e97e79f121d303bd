"""Several data packages read as one: what they share counts once, what they tell apart is told."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.records import TABLES, translated
from kumkm_analysis.dataset.settings import Settings
from kumkm_analysis.dataset.table import Table
from kumkm_analysis.errors import DataError, Fault, short

TITLED = ("regions", "indicators", "metrics")  # tables in which a title means one row


def merge(packages: Sequence[Dataset]) -> Dataset:
    """Return one dataset of all rows of several, in the languages that all of them have.

    Raises :class:`~kumkm_analysis.errors.DataError` where two packages have different rows under
    one code, one title for different codes, two currencies, other words for one thing or no
    language in common, all of them at once.
    """
    unique = list({one.fingerprint: one for one in packages}.values())
    if not unique:
        raise DataError(Fault("load", "no package", "one package or more"))
    if len(unique) == 1:
        return unique[0]
    settings, unlike = _settings(unique)
    # A table that a package leaves out says nothing against that of another.
    owners = {name: [one for one in unique if name in one.schemas] or unique[:1] for name in TABLES}
    faults = [*unlike, *(fault for name in TABLES for fault in _clashes(name, owners[name]))]
    if faults:
        raise DataError(faults, f"{_both(unique)} cannot be read together.")
    schemas = {name: _schema(name, unique, settings.languages)
               for name in {n for one in unique for n in one.schemas}}  # fmt: skip
    tables: dict[str, Any] = {}
    for name in TABLES:
        having = owners[name]
        rows = {key: row for one in reversed(having) for key, row in getattr(one, name).items()}
        ordered = dict.fromkeys(key for one in having for key in getattr(one, name))
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
        settings=settings,
        **tables,
    )


def _settings(packages: Sequence[Dataset]) -> tuple[Settings, list[Fault]]:
    """Return what holds for all packages, and in what they cannot be joined."""
    first, *others = packages
    own, faults = first.settings, []
    common = tuple(k for k in own.languages if all(k in o.settings.languages for o in others))
    for other in others:
        where = f"in {first.path} and {other.path}"
        theirs = other.settings
        if theirs.currency and own.currency and theirs.currency != own.currency:
            found = f"{own.currency} and {theirs.currency}"
            step = "Read each by itself: amounts of two currencies do not stand side by side."
            faults.append(Fault(f"currency, {where}", found, "one currency", step))
        if theirs.words != own.words:
            step = "Read each by itself: the words of one would be said of the other."
            faults.append(Fault(f"kumkm.words, {where}", "other words", "the same", step))
        if not any(k in theirs.languages for k in own.languages):
            found = f"{', '.join(own.languages)} and {', '.join(theirs.languages)}"
            faults.append(Fault(f"languages, {where}", found, "one in common"))
    levels = dict(own.levels)
    for other in others:
        levels |= {k: said for k, said in other.settings.levels.items() if k not in levels}
    return replace(own, languages=common, levels=levels), faults


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


def _schema(
    name: str, packages: Sequence[Dataset], languages: Collection[str]
) -> Mapping[str, Any]:
    """Return the descriptor of a table: columns and codes of all packages, in some languages."""
    both = translated(TABLES[name]) if name in TABLES else ()
    known: dict[str, Mapping[str, Any]] = {}
    schemas = [one.schemas[name] for one in packages if name in one.schemas]
    for schema in schemas:
        for field in schema["fields"]:
            if field["name"] in both and field["name"][-2:] not in languages:
                continue
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
