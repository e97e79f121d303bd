"""The descriptor of a data package: read, and checked before any table is opened."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kumkm_analysis.dataset.files import DESCRIPTOR, RESTORE, foreign_content
from kumkm_analysis.dataset.interval import PRINTINGS
from kumkm_analysis.dataset.numerals import LOCALES
from kumkm_analysis.dataset.observation import TABLE_UNITS, WHOLE_UNITS
from kumkm_analysis.dataset.records import NEEDED_TABLES, ROLES, TABLES, translated
from kumkm_analysis.dataset.settings import Settings
from kumkm_analysis.errors import Fault, short

COMPARE = "Compare it with the descriptor of the project, or see data/README.md."
# The keys of the standard; one that is nearly one of them is a slip.
KEYS = frozenset(
    "name title description version created keywords licenses contributors homepage sources "  # noqa: SIM905
    "resources path scheme format mediatype encoding dialect schema fields type constraints codes "
    "primaryKey foreignKeys missingValues reference resource role roles".split()
)
# Columns of which the pages need every code in words, and in the order of trust.
CODED = {("sources", "kind"), ("observations", "printing")}
# Columns whose codes this library reckons by: a descriptor may name fewer, never others.
# A unit may be a currency as well, of which a package has one.
CLOSED: Mapping[tuple[str, str], Sequence[str]] = {
    ("indicators", "unit"): sorted(WHOLE_UNITS | {"percent"}),
    ("indicators", "role"): ROLES,
    ("metrics", "unit"): ("people", "cooperatives", "percent", "ratio"),
    ("observations", "unit"): sorted(WHOLE_UNITS | {"percent"}),
    ("observations", "numerals"): tuple(LOCALES),
    ("observations", "printing"): PRINTINGS,
    ("observations", "table_unit"): [*filter(None, TABLE_UNITS)],
    ("observations", "vintage"): ("first", "recalculated"),
}


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        raise ValueError("a regular expression") from None
    return text


def _codes(codes: list[Any]) -> list[str]:
    plain = all(isinstance(c, str | int | float) and not isinstance(c, bool) for c in codes)
    if not plain or len({*codes}) < len(codes):
        raise ValueError("a list of different texts or numbers")
    return [str(code) for code in codes]


def _path(path: str) -> str:
    if not path.isprintable() or {"", ".", ".."} & {*path.split("/")} or re.search(r"[\\:]", path):
        raise ValueError("the name of a file beside the descriptor or below it")
    return path


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class Constraints(_Part):
    """What the cells of a column are held to."""

    model_config = ConfigDict(extra="forbid")
    required: bool = False
    unique: bool = False
    pattern: Annotated[str, AfterValidator(_pattern)] = ""
    enum: Annotated[list[Any], AfterValidator(_codes)] = []
    minimum: float | None = None
    maximum: float | None = None


class Column(_Part):
    """A column of a table."""

    name: str
    type: Literal["string", "any", "number", "integer", "boolean", "date", "year"] = "string"
    constraints: Constraints = Constraints()
    codes: Any = None


class Target(_Part):
    """Where a foreign key leads: another table, or none for its own, and columns there."""

    resource: str = ""
    fields: Names


class Reference(_Part):
    """A foreign key: the columns whose cells must be known where it leads."""

    fields: Names
    reference: Target


class Schema(_Part):
    """The columns and keys of a table."""

    fields: list[Column]
    key: Names = Field([], alias="primaryKey")
    references: list[Reference] = Field([], alias="foreignKeys")


class Resource(_Part):
    """A table of a package: its files, which all have the same columns."""

    name: str
    paths: Annotated[
        list[Annotated[str, AfterValidator(_path)]], BeforeValidator(_listed), Field(min_length=1)
    ] = Field(alias="path")
    table: Schema = Field(alias="schema")

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in the order of the files."""
        return [column.name for column in self.table.fields]


Words = dict[Literal["id", "en"], dict[str, str]]


class TileMap(_Part):
    """A tile map of the index: by region its name, a short one, column, row."""

    model_config = ConfigDict(extra="forbid")
    title_id: str = ""
    title_en: str = ""
    tiles: dict[str, Annotated[list[str | int], Field(min_length=4, max_length=4)]]


class Own(_Part):
    """What a package says of itself, under ``kumkm``; see docs/packages.md."""

    model_config = ConfigDict(extra="forbid")
    region: str = ""
    period: str = ""
    words: Words = {}
    years: dict[str, Annotated[str, Field(pattern=r"^(\d{4})?/(\d{4})?$")]] = {}
    maps: list[TileMap] = []


class Descriptor(_Part):
    """The tables of a package, with its name and version."""

    name: str
    version: str
    resources: list[Resource]
    licenses: list[dict[str, Any]] = []
    own: Own = Field(Own(), alias="kumkm")


def read_descriptor(folder: Path) -> tuple[list[Fault], Any, list[Resource]]:
    """Return the faults of a descriptor, its content, and when it has none, its tables."""
    file, content = folder / DESCRIPTOR, None

    def fault(found: str, expected: str, step: str) -> tuple[list[Fault], Any, list[Resource]]:
        return [Fault(DESCRIPTOR, found, expected, step)], content, []

    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing there"
        step = "Give the folder that holds datapackage.json."
        where = f"data folder {folder}"
        return [Fault(where, found, "the folder of a data package", step)], None, []
    if not file.is_file():
        return fault(f"no {DESCRIPTOR} in {folder}", "a descriptor", "Copy data/ of the project.")
    try:
        text = file.read_bytes().decode("utf-8")
        if foreign := foreign_content(text):
            return fault(foreign, "JSON", RESTORE)
        content = json.loads(text)
        json.dumps(content, ensure_ascii=False).encode()  # no halves of letters, as \ud800 is
        resources = Descriptor.model_validate(content).resources
    except ValidationError as error:
        return [*_shape_faults(content, error)], content, []
    except OSError as error:
        found = error.strerror or "no access"
        return fault(found, "a readable file", "Check who may read the file.")
    except UnicodeDecodeError as error:
        return fault(f"byte {error.start} is not UTF-8", "a UTF-8 file", "Save it as UTF-8.")
    except (ValueError, RecursionError) as error:
        return fault(str(error), "JSON", "Mend the JSON at that place.")
    return (
        [*_slips(DESCRIPTOR, content), *_table_faults(resources, Settings.of(content))],
        content,
        resources,
    )


def _slips(where: str, part: Any) -> Iterator[Fault]:
    """Yield the keys that are nearly one of the standard's, which would be passed over."""
    for name, inner in part.items() if isinstance(part, dict) else enumerate(part):
        key = re.sub("_[a-z]{2,3}$|^\\$", "", str(name))
        near = [] if key in KEYS else get_close_matches(key, KEYS, 1, 0.8)
        if near:
            yield Fault(where, f"the key {name!r}", repr(near[0]), "Mend or remove it.")
        if isinstance(inner, dict | list) and name not in ("codes", "constraints", "kumkm"):
            called = inner.get("name", name) if isinstance(inner, dict) else name
            yield from _slips(f"{where}, {called}", inner)


def closed(settings: Settings) -> Mapping[tuple[str, str], Sequence[str]]:
    """Return the columns whose codes the library reckons by, with those that a package may use."""
    money = [settings.currency] * bool(settings.currency)
    return {at: [*known, *(money if at[1] == "unit" else ())] for at, known in CLOSED.items()}


def _shape_faults(content: Any, error: ValidationError) -> Iterator[Fault]:
    """Say where in the descriptor something is of another form, and what it should be."""
    if not isinstance(content, dict) or not isinstance(content.get("resources"), list):
        yield Fault(DESCRIPTOR, "no list of resources", "an object with 'resources'", COMPARE)
        return
    for one in error.errors(include_url=False):
        where, inner, rest = DESCRIPTOR, content, [*one["loc"]]
        while len(rest) > 1 and rest[0] in ("resources", "schema", "fields"):
            kind = rest.pop(0)
            inner = inner[kind]
            if kind != "schema" and rest and isinstance(rest[0], int):
                number = rest.pop(0)
                inner = inner[number]
                name = inner.get("name") if isinstance(inner, dict) else None
                if kind == "fields":
                    where += f", field {short(name or number + 1, 60)}"
                else:
                    where += f", resource {number + 1}" + f" ({short(name, 60)})" * bool(name)
        key = ".".join(map(str, rest)) or "an entry"
        expected = re.sub("^(Value error, |Input should be )", "", one["msg"])
        found = f"{key} {short(repr(one['input']), 80)}"
        if one["type"] in ("missing", "extra_forbidden"):
            missing = one["type"] == "missing"
            known = "a known key" if key.startswith("kumkm") else "a known constraint"
            found, expected = f"{'no ' * missing}{key!r}", "it" if missing else known
        yield Fault(where, found, expected, COMPARE)


def _table_faults(resources: list[Resource], settings: Settings) -> Iterator[Fault]:
    """Check that the tables that we need are described, and that keys lead somewhere."""
    known_codes = closed(settings)
    columns = {resource.name: resource.columns for resource in resources}
    for number, resource in enumerate(resources, start=1):
        name, own = resource.name, resource.columns
        where = f"{DESCRIPTOR}, resource {number} ({name})"
        if [one.name for one in resources].index(name) < number - 1:
            yield Fault(where, f"a second {name!r}", "another name", "Describe every table once.")
        if len({*own}) < len(own):
            yield Fault(where, "two fields of one name", "different names", COMPARE)
        both = translated(TABLES[name]) if name in TABLES else ()
        for field in fields(TABLES[name]) if name in TABLES else ():
            if field.name in both and field.name[-2:] not in settings.languages:
                continue
            if field.default is MISSING and field.name not in own:
                yield Fault(where, f"no field {field.name!r}", "a field of that name", COMPARE)
        for column in resource.table.fields:
            place = (name, column.name)
            for found, expected in _code_faults(place, column, known_codes, settings.languages):
                yield Fault(f"{where}, field {column.name}", found, expected, COMPARE)
        keys = [(resource.table.key, own)]
        for key in resource.table.references:
            there = columns.get(key.reference.resource or name)
            keys += [(key.fields, own), (key.reference.fields, there or [])]
            if there is None or len(key.fields) != len(key.reference.fields):
                expected = "fields, and as many of a table that is described"
                yield Fault(where, "a foreign key that leads nowhere", expected, COMPARE)
        for names, known in keys:
            for unknown in (one for one in names if one not in known):
                yield Fault(where, f"a key of {short(unknown, 60)!r}", "names of fields", COMPARE)
    for name in (name for name in NEEDED_TABLES if name not in columns):
        step = f"Describe the table {name} in {DESCRIPTOR}."
        yield Fault(DESCRIPTOR, f"no resource {name!r}", f"the table {name}", step)


def _code_faults(
    place: tuple[str, str],
    column: Column,
    closed: Mapping[tuple[str, str], Sequence[str]],
    languages: Sequence[str],
) -> Iterator[tuple[str, str]]:
    """Check the codes of a column by what this library can reckon with and put into words."""
    allowed, codes = column.constraints.enum, column.codes
    known = closed.get(place, allowed)
    for code in allowed:
        if code not in known:
            yield f"the code {short(code, 80)!r}", "one of " + ", ".join(known)
    explained = isinstance(codes, dict) and all(
        isinstance(codes.get(code), dict)
        and all(isinstance(codes[code].get(f"title_{one}"), str) for one in languages)
        for code in allowed
    )
    if place in CODED and not (allowed and explained):
        named = " and ".join(f"title_{one}" for one in languages)
        yield "codes without titles", f"an enum, and under 'codes' {named} for each of its codes"
