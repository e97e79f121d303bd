"""The data package as immutable records and tidy tables; the only module that opens ``data/``.

:func:`load` passes the package through the gate (a cached verdict makes that free when no byte
has changed) and returns a :class:`Dataset`. Every table is a :class:`Table`: a mapping from the
row's key to a frozen record, with :meth:`Table.frame` for a fresh pandas DataFrame.

>>> data = load()
>>> founding = data.observations["64.own_capital.2012.kalnews-revitalisasi-2013"]
>>> founding.as_printed
'Rp2,143 triliun'
>>> float(founding.interval.low), float(founding.interval.high)
(2142500000000.0, 2143500000000.0)
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kumkm_analysis import paths
from kumkm_analysis.dataset import validate
from kumkm_analysis.dataset.records import (
    OPTIONAL_TABLES,
    TABLES,
    Acknowledgement,
    Choice,
    Indicator,
    Limit,
    MetricDefinition,
    Observation,
    Region,
    Rule,
    Series,
    Source,
    Strategy,
    Term,
)
from kumkm_analysis.dataset.request import Domain, check_one_of
from kumkm_analysis.errors import Fault

if TYPE_CHECKING:
    import pandas as pd

Record = TypeVar("Record")
Key = TypeVar("Key")

LEVELS = frozenset({"country", "province", "regency", "city"})


class Table(Mapping[str, Record], Generic[Record]):
    """An immutable table: key → frozen record, in the order of the file."""

    def __init__(self, name: str, records: Mapping[str, Record], schema: Mapping[str, Any]) -> None:
        self.name = name
        self._records = MappingProxyType(dict(records))
        self._schema = schema

    def __getitem__(self, key: str) -> Record:
        return self._records[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self)} rows>"

    def replacing(self, records: Mapping[str, Record]) -> Table[Record]:
        """Return a table in which some records are replaced by others of the same key."""
        return Table(self.name, {**self._records, **records}, self._schema)

    def frame(self) -> pd.DataFrame:
        """Return a fresh DataFrame, one row a record, indexed by the key.

        Text columns are nullable strings, coded columns are categories in the order of the
        descriptor, ``value`` is a nullable float in base units (full rupiah, per cent, counts),
        whole numbers are nullable integers;
        observations gain ``low`` and ``high``, the bounds that the printing allows.
        """
        import pandas as pd

        names = [f["name"] for f in self._schema["fields"]]
        rows = list(self.values())
        columns: dict[str, Any] = {}
        for spec in self._schema["fields"]:
            cells = [getattr(row, spec["name"]) for row in rows]
            columns[spec["name"]] = _column(pd, spec, cells)
        if self.name == "observations":
            spans = [row.interval for row in rows if isinstance(row, Observation)]
            ends = {"low": [span.low for span in spans], "high": [span.high for span in spans]}
            for bound, values in ends.items():
                columns[bound] = pd.array(
                    [None if value is None else float(value) for value in values], dtype="Float64"
                )
        return pd.DataFrame(columns).set_index(names[0])

    def _repr_html_(self) -> str:
        return str(self.frame()._repr_html_())  # type: ignore[operator]


def _column(pd: Any, spec: Mapping[str, Any], cells: list[Any]) -> Any:
    """Return the cells as a pandas array of the type that the descriptor declares."""
    kind = spec.get("type")  # a field without one is text
    if kind == "integer":
        return pd.array([None if c == "" else int(c) for c in cells], dtype="Int64")
    if kind == "number":
        return pd.array([None if c == "" else float(c) for c in cells], dtype="Float64")
    texts = [c or None for c in cells]
    allowed = spec.get("constraints", {}).get("enum")
    if allowed:
        return pd.Categorical(texts, categories=allowed)
    return pd.array(texts, dtype="string")


@dataclass(frozen=True)
class Dataset:
    """The published figures with their sources: everything read once, nothing changed after."""

    path: Path
    name: str
    version: str
    fingerprint: str
    sources: Table[Source]
    regions: Table[Region]
    indicators: Table[Indicator]
    metrics: Table[MetricDefinition]
    terms: Table[Term]
    programme: Table[Strategy]
    readings: Table[Choice]
    observations: Table[Observation]
    rules: Table[Rule]
    limits: Table[Limit]
    series: Table[Series]
    acknowledgements: Table[Acknowledgement]
    schemas: Mapping[str, Mapping[str, Any]] = field(repr=False)

    def select(
        self,
        *,
        region: str | None = None,
        indicator: str | None = None,
        period: str | None = None,
        category: str | None = "",
        status: str = "outcome",
    ) -> tuple[Observation, ...]:
        """Return the observations that fit, in the order of the file.

        ``period`` takes all that lies within it; ``category`` is the breakdown without its
        register (``None`` takes every breakdown); ``status`` leaves targets out by default.

        >>> [o.as_printed for o in load().select(region="64", indicator="own_capital")]
        ['Rp2,143 triliun']
        """
        rows: Iterable[Observation] = self.observations.values()
        if region is not None:
            rows = self._by_region.get(region, ())
            if indicator is not None:
                rows = self._by_cell.get((region, indicator), ())
        return tuple(
            o
            for o in rows
            if (indicator is None or o.indicator_id == indicator)
            and (period is None or o.within(period))
            and (category is None or o.category == category)
            and o.status == status
        )

    @cached_property
    def _by_region(self) -> Mapping[str, tuple[Observation, ...]]:
        return _grouped(self.observations.values(), lambda o: o.region_id)

    @cached_property
    def _by_cell(self) -> Mapping[tuple[str, str], tuple[Observation, ...]]:
        return _grouped(self.observations.values(), lambda o: (o.region_id, o.indicator_id))

    @cached_property
    def source_kinds(self) -> tuple[str, ...]:
        """The kinds of source, in order of trust."""
        return tuple(self._field("sources", "kind")["constraints"]["enum"])

    def code_title(self, table: str, column: str, code: str, language: str) -> str:
        """Return what a code of a column means, in words.

        >>> load().code_title("observations", "printing", "rounded", "id")
        'dibulatkan'
        """
        return str(self._field(table, column)["codes"][code][f"title_{language}"])

    def _field(self, table: str, column: str) -> Mapping[str, Any]:
        """Return the descriptor of a column."""
        return next(f for f in self.schemas[table]["fields"] if f["name"] == column)

    @cached_property
    def _indicators_with_register(self) -> frozenset[str]:
        """The indicators of which registers keep series of their own that must not be mixed."""
        return frozenset(o.indicator_id for o in self.observations.values() if o.register)

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What others worked out from this dataset and keep with it, by their names."""
        return {}

    def under(self, reading: str) -> Dataset:
        """Return the dataset as a reading sees it: with the repairs that the reading accepts.

        A repaired figure is a virtual record under the same id; the printed one stays in
        ``self.observations``. Without repairs the dataset itself is returned, and a view is its
        own view under its reading.

        >>> view = load().under("repaired")
        >>> view.under("repaired") is view
        True
        """
        if reading not in self._views:
            self._views[reading] = self._view(reading)
        return self._views[reading]

    @cached_property
    def _views(self) -> dict[str, Dataset]:
        return {}

    def _view(self, reading: str) -> Dataset:
        repaired = {
            c.observation_id: self.observations[c.observation_id].repaired(
                c.repair_as_printed, c.choice_id
            )
            for c in self.readings.values()
            if c.reading_id == reading and c.repair_as_printed
        }
        if not repaired:
            return self
        view = self.replacing(repaired)
        view._views[reading] = view
        return view

    def replacing(self, records: Mapping[str, Observation]) -> Dataset:
        """Return a dataset in which some observations are replaced by others of the same id."""
        table = self.observations
        return replace(self, observations=table.replacing(records))

    def children(self, region: str) -> tuple[Region, ...]:
        """Return the regions directly below ``region``."""
        return tuple(r for r in self.regions.values() if r.parent_id == region)

    def check_indicator(self, name: str) -> Fault | None:
        """Return what is wrong with the name of an indicator; a slip is no figure nobody prints.

        A package on one province need not list what it has no figure of: what the shipped package
        lists may be asked of any.

        >>> load().check_indicator("member").next_step
        'Did you mean members?'
        """
        if name in self.indicators:
            return None
        return check_one_of("indicator", name, sorted({*self.indicators, *_shipped().indicators}))

    def check_breakdown(self, key: str) -> Fault | None:
        """Return what is wrong with the key of a breakdown, such as ``type``.

        >>> load().check_breakdown("type") is None, load().check_breakdown("typ").next_step
        (True, 'Did you mean type?')
        """
        known = _breakdowns(self)
        if key in known:
            return None
        return check_one_of("breakdown", key, sorted(known | _breakdowns(_shipped())))

    def check_level(self, level: str) -> Fault | None:
        """Return what is wrong with a level of regions."""
        return check_one_of("level", level, sorted(LEVELS | {*self.domain.levels.values()}))

    @cached_property
    def domain(self) -> Domain:
        """What a request may name: regions and readings, with their titles."""
        return Domain.of(map(asdict, self.regions.values()), map(asdict, self.readings.values()))

    def __repr__(self) -> str:
        return (
            f"<Dataset {self.name} {self.version}: {len(self.observations)} printed figures, "
            f"{len(self.sources)} sources, {len(self.regions)} regions>"
        )

    def _repr_html_(self) -> str:
        tables = [getattr(self, f.name) for f in fields(self)]
        rows = "".join(
            f"<tr><th scope='row' style='text-align:left'>{t.name}</th><td>{len(t)}</td></tr>"
            for t in tables
            if isinstance(t, Table)
        )
        caption = escape(f"{self.name} {self.version} ({self.fingerprint[:12]})")
        return (
            f"<table><caption>{caption}</caption><thead><tr><th scope='col'>table</th>"
            f"<th scope='col'>rows</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def _grouped(
    observations: Iterable[Observation], key: Callable[[Observation], Key]
) -> dict[Key, tuple[Observation, ...]]:
    """Return observations by a key, in the order of the file."""
    groups: dict[Key, list[Observation]] = {}
    for observation in observations:
        groups.setdefault(key(observation), []).append(observation)
    return {name: tuple(rows) for name, rows in groups.items()}


def load(path: str | Path | None = None) -> Dataset:
    """Read a data package, after the gate has passed it.

    ``path`` is the folder of the package; without it the variable ``KUMKM_DATA`` or the package
    that comes with the library is taken. Raises :class:`~kumkm_analysis.errors.DataError` with
    every fault located by file, row and column.

    >>> load()
    <Dataset kumkm-analysis-data 2026.11.0: 1071 printed figures, 128 sources, 55 regions>
    """
    folder = Path(path) if path is not None else paths.data_path()
    validate.require(folder)
    return _load(folder, validate.fingerprint(folder))


@lru_cache(maxsize=4)
def _load(folder: Path, fingerprint: str) -> Dataset:
    """Read a package once for every content that it has; what is read is never changed after."""
    descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    schemas = {r["name"]: r for r in descriptor["resources"]}
    tables = {
        name: _read(folder, schemas[name], record)
        if name in schemas
        else Table(
            name, {}, {"fields": [{"name": f.name, "type": "string"} for f in fields(record)]}
        )
        for name, record in TABLES.items()
        if name in schemas or name in OPTIONAL_TABLES
    }
    return Dataset(
        path=folder,
        name=descriptor["name"],
        version=descriptor["version"],
        fingerprint=fingerprint,
        schemas=_frozen({name: r["schema"] for name, r in schemas.items()}),
        **tables,
    )


def _read(folder: Path, resource: Mapping[str, Any], record: type) -> Table[Any]:
    """Read one table of the package into frozen records."""
    names = [f.name for f in fields(record)]
    rows: dict[str, Any] = {}
    with (folder / resource["path"]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cells: dict[str, Any] = {name: row.get(name) or "" for name in names}
            if record is Observation:
                cells["value"] = Decimal(cells["value"])
            rows[cells[names[0]]] = record(**cells)
    return Table(resource["name"], rows, _frozen(resource["schema"]))


def _frozen(value: Any) -> Any:
    """Return JSON that nobody can change."""
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(inner) for inner in value)
    return value


def _shipped() -> Dataset:
    return load(paths.shipped_data_path())


def _breakdowns(data: Dataset) -> set[str]:
    """Return the keys by which figures are broken down: what stands before the dot of a term."""
    return {key for key, dot, _ in (term.partition(".") for term in data.terms) if dot}
