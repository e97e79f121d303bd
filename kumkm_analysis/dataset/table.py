"""A table of frozen records, and the pandas frame of it for whoever explores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kumkm_analysis.dataset.records import Observation

if TYPE_CHECKING:
    import pandas as pd

Record = TypeVar("Record")


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
        descriptor, ``value`` is a nullable float in base units (full money, per cent, counts),
        whole numbers are nullable integers;
        observations gain ``low`` and ``high``, the bounds that the printing allows.
        """
        import pandas as pd

        rows = list(self.values())
        # A package may describe columns that this library does not know.
        specs = [f for f in self._schema["fields"] if not rows or hasattr(rows[0], f["name"])]
        columns: dict[str, Any] = {}
        for spec in specs:
            cells = [getattr(row, spec["name"]) for row in rows]
            columns[spec["name"]] = _column(pd, spec, cells)
        if self.name == "observations":
            spans = [row.interval for row in rows if isinstance(row, Observation)]
            ends = {"low": [span.low for span in spans], "high": [span.high for span in spans]}
            for bound, values in ends.items():
                columns[bound] = pd.array(
                    [None if value is None else float(value) for value in values], dtype="Float64"
                )
        return pd.DataFrame(columns).set_index(specs[0]["name"])

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
