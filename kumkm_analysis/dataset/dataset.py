"""The data package as immutable records and tidy tables; the only module that opens ``data/``.

:func:`load` validates the package and returns a :class:`Dataset`. Every table is a
:class:`Table`: a mapping from the row's key to a frozen record, with :meth:`Table.frame` for a
fresh pandas DataFrame.

>>> data = load()
>>> founding = data.observations["64.own_capital.2012.kalnews-revitalisasi-2013"]
>>> founding.as_printed
'Rp2,143 triliun'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property, lru_cache
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from kumkm_analysis import paths
from kumkm_analysis.dataset import remote, validate
from kumkm_analysis.dataset.files import Rows
from kumkm_analysis.dataset.records import (
    TABLES,
    Acknowledgement,
    Alias,
    Choice,
    Indicator,
    Limit,
    MetricDefinition,
    Observation,
    Quotation,
    Region,
    Remark,
    Rule,
    Series,
    Source,
    Strategy,
    Term,
    Territory,
    Word,
    partner,
    translated,
)
from kumkm_analysis.dataset.request import Domain, asked, check_one_of
from kumkm_analysis.dataset.settings import Settings, credit
from kumkm_analysis.dataset.table import Table as Table
from kumkm_analysis.dataset.table import frozen
from kumkm_analysis.errors import Fault, short

Key = TypeVar("Key")


@dataclass(frozen=True)
class Dataset:
    """The published figures with their sources: everything read once, nothing changed after."""

    path: Path
    name: str
    version: str
    fingerprint: str
    sources: Table[Source]
    regions: Table[Region]
    territories: Table[Territory]
    region_aliases: Table[Alias]
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
    quotations: Table[Quotation]
    words: Table[Word]
    remarks: Table[Remark]
    schemas: Mapping[str, Mapping[str, Any]] = field(repr=False)
    settings: Settings = field(default_factory=Settings)
    contributors: tuple[str, ...] = ()
    created: str = ""
    homepage: str = ""

    def select(
        self,
        *,
        region: str | int | None = None,
        indicator: str | None = None,
        period: str | int | None = None,
        category: str | None = "",
        status: str = "outcome",
    ) -> tuple[Observation, ...]:
        """Return the observations that fit, in the order of the file.

        ``period`` takes all that lies within it; ``category`` is the breakdown without its
        register (``None`` takes every breakdown); ``status`` leaves targets out by default. Raises
        :class:`~kumkm_analysis.errors.ParameterError` for a region, indicator or period that there
        is not.

        >>> [o.as_printed for o in load().select(region="64", indicator="own_capital")]
        ['Rp2,143 triliun']
        """
        region, indicator, period = asked(self, region, indicator, period)
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
        said = self._field(table, column)["codes"][code]
        return str(said.get(f"title_{language}") or said[f"title_{self.settings.languages[0]}"])

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

    def territory_of(self, observation: Observation) -> str:
        """Return the territory that a figure holds: the one it names, or that of its year.

        Empty where the region has no territories, or the figure no date.

        >>> data = load()
        >>> [data.territory_of(o) for o in data.select(region="64", indicator="own_capital")]
        ['64-14']
        """
        year = observation.reference_period[:4]
        holding = (t.territory_id for t in self.territories.values() if t.holds_unnamed(year))
        of_region = (t for t in holding if self.territories[t].region_id == observation.region_id)
        return observation.territory or next(of_region, "")

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
        return check_one_of("breakdown", key, sorted(_breakdowns(self) | _breakdowns(_shipped())))

    def check_category(self, category: str) -> Fault | None:
        """Return what is wrong with a part such as ``type=serba_usaha``: no term or row has it.

        >>> load().check_category("serba_usaha").next_step
        'Did you mean type=serba_usaha?'
        """
        known = self._categories
        if all(part in known for part in category.split(";")):
            return None
        wrong = next(part for part in category.split(";") if part not in known)
        ends = [name for name in sorted(known) if name.partition("=")[2] == wrong.lower()]
        near = [*ends, *get_close_matches(wrong.lower(), known, 1)]
        step = f"Did you mean {near[0]}?" if near else "See data/terms.csv."
        return Fault("category", repr(short(wrong)), "a part as key=value", step)

    @cached_property
    def _categories(self) -> frozenset[str]:
        """Every part of a breakdown that terms or figures have."""
        named = (term.replace(".", "=", 1) for term in self.terms if "." in term)
        used = (p for o in self.observations.values() for p in o.category.split(";") if p)
        return frozenset((*named, *used))

    def check_level(self, level: str) -> Fault | None:
        """Return what is wrong with a level of regions."""
        return check_one_of("level", level, sorted({*self.domain.levels.values()}))

    @cached_property
    def domain(self) -> Domain:
        """What a request may name: regions and readings, with their titles."""
        tables = (self.regions, self.readings, self.region_aliases)
        rows = [[asdict(row) for row in table.values()] for table in tables]
        periods = (o.reference_period for o in self.observations.values())
        return Domain.of(rows[0], rows[1], rows[2], periods, self.settings)

    @cached_property
    def whole(self) -> Region | None:
        """The region that holds all others, where there is one: a nation, or what stands for it."""
        above = [r for r in self.regions.values() if not r.parent_id]
        return above[0] if len(above) == 1 else None

    def __repr__(self) -> str:
        kind = type(self).__name__
        return (
            f"<{kind} {self.name} {self.version}: {len(self.observations)} printed figures, "
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
    """Read a data package and validate it.

    ``path`` is the folder of the package, a zip of it, or an address such as ``https://…`` or
    ``s3://…`` (:mod:`~kumkm_analysis.dataset.remote`); without it the variable ``KUMKM_DATA`` or
    the package that comes with the library is taken. Raises
    :class:`~kumkm_analysis.errors.DataError` with every fault located by file, row and column.

    >>> load()
    <Dataset kumkm-analysis-data 2026.12.0: 14571 printed figures, 167 sources, 55 regions>
    """
    folder = remote.folder(path)
    try:
        content = validate.fingerprint(folder)
    except (OSError, ValueError, LookupError, TypeError):
        content = ""  # no package; what it lacks is told with all else
    return _load(folder, content)


@lru_cache(maxsize=4)
def _load(folder: Path, fingerprint: str) -> Dataset:
    """Read a package once for every content that it has; what is read is never changed after."""
    package = validate.require(folder)
    schemas = {one["name"]: one["schema"] for one in package.descriptor["resources"]}
    tables: dict[str, Any] = {
        name: _table(record, schemas[name], package.tables[name])
        if name in package.tables
        else _empty(name, record)
        for name, record in TABLES.items()
    }
    settings = Settings.of(package.descriptor)
    if "metrics" not in package.tables:
        tables["metrics"] = _defined(settings)
    return Dataset(
        path=folder,
        name=package.descriptor["name"],
        version=package.descriptor["version"],
        fingerprint=fingerprint,
        schemas=frozen(schemas),
        settings=settings,
        **credit(package.descriptor),
        **tables,
    )


def _defined(settings: Settings) -> Table[MetricDefinition]:
    """Return what metrics mean, in the words of a package that does not say it itself."""
    basis = {"source": "definition of this project", "source_locator": "", "note": ""}
    rows = {}
    for name, row in _shipped().metrics.items():
        texts = {f: getattr(row, f) for f in translated(MetricDefinition)}
        said = {f: settings.in_words(text, f[-2:]) for f, text in texts.items()}
        rows[name] = replace(row, **basis, **said)
    return _shipped().metrics.replacing(rows)


def _table(record: type, schema: Mapping[str, Any], rows: Rows) -> Table[Any]:
    """Return the rows of a table as frozen records.

    A text that a package has in one language
    only is that in both, and a column that it lacks is empty.
    """
    both = translated(record)
    read = {f.name: f.name for f in fields(record) if f.name in rows.names}
    read |= {n: partner(n) for n in both if n not in read and partner(n) in read}
    columns = [f.name for f in fields(record) if f.name in read]
    records: dict[str, Any] = {}
    for row in rows.columns([read[name] for name in columns]):
        cells: dict[str, Any] = dict(zip(columns, row, strict=True))
        if record is Observation:
            cells["value"] = Decimal(cells["value"])
        records[row[0]] = record(**cells)
    return Table(rows.name, records, frozen(schema))


def _empty(name: str, record: type) -> Table[Any]:
    """Return a table that a package does without."""
    columns = [{"name": field.name, "type": "string"} for field in fields(record)]
    return Table(name, {}, {"fields": columns})


def _shipped() -> Dataset:
    return load(paths.shipped_data_path())


def _breakdowns(data: Dataset) -> set[str]:
    """Return the keys by which figures are broken down: what stands before the dot of a term."""
    return {key for key, dot, _ in (term.partition(".") for term in data.terms) if dot}
