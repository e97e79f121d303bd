"""A table of frozen records, and the pandas frame of it for whoever explores."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from kumkm_analysis.dataset.records import Observation
from kumkm_analysis.errors import Fault, UnknownNameError, short

if TYPE_CHECKING:
    import pandas as pd

Record = TypeVar("Record")
Default = TypeVar("Default")
SEARCHED = ("indicators", "metrics", "regions", "sources")  # what kumkm.search() looks through
LISTED = "Its list() names them all."
NO_DEFAULT: Any = object()
TOLD = ("publisher", "published", "level", "unit", "formula")  # columns that info() shows


class Table(Mapping[str, Record], Generic[Record]):
    """An immutable table: key → frozen record, in the order of the file.

    Four verbs explore it: :meth:`list`, :meth:`get`, :meth:`info` and :meth:`frame`.
    """

    def __init__(self, name: str, records: Mapping[str, Record], schema: Mapping[str, Any]) -> None:
        self.name = name
        self._records = MappingProxyType(dict(records))
        self._schema = schema

    def __getitem__(self, key: str | int) -> Record:
        try:
            return self._records[key]  # type: ignore[index]
        except KeyError:
            if str(key) not in self._records:
                raise UnknownNameError(self.unknown(key)) from None
            return self._records[str(key)]

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self)} rows>"

    def replacing(self, records: Mapping[str, Record]) -> Table[Record]:
        """Return a table in which some records are replaced by others of the same key."""
        return Table(self.name, {**self._records, **records}, self._schema)

    def list(self) -> builtins.list[str]:
        """Return the codes of all rows, in the order of the file."""
        return [*self._records]

    @overload
    def get(self, key: str | int) -> Record: ...

    @overload
    def get(self, key: str | int, default: Default) -> Record | Default: ...

    def get(self, key: str | int, default: Any = NO_DEFAULT) -> Any:
        """Return the row of a code or title, such as ``64`` or ``"Kalimantan Timur"``.

        With a ``default``, that is returned for what is no code of the table, as of any mapping.
        Raises :class:`~kumkm_analysis.errors.UnknownNameError` without one.

        >>> from kumkm_analysis.dataset.dataset import load
        >>> load().regions.get("kalimantan timur").region_id
        '64'
        """
        if default is not NO_DEFAULT:
            return self._records.get(str(key), default)
        code = self.code(key)
        if code is None:
            raise UnknownNameError(self.unknown(key))
        return self._records[code]

    def code(self, given: str | int) -> str | None:
        """Return the code that a code or a title in any language means, if it means one."""
        if str(given) in self._records:
            return str(given)
        found = self._titled.get(" ".join(str(given).casefold().split()), [])
        return found[0] if len(found) == 1 else None

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which the rows have titles."""
        names = (str(field["name"]) for field in self._schema["fields"])
        return tuple(n.removeprefix("title_") for n in names if n.startswith("title_"))

    @cached_property
    def _titled(self) -> Mapping[str, builtins.list[str]]:
        """The codes of the rows by their titles in any language, in small letters."""
        found: dict[str, builtins.list[str]] = {}
        for code, row in self._records.items():
            for language in self.languages:
                codes = found.setdefault(str(getattr(row, f"title_{language}", "")).casefold(), [])
                codes += [code] * (code not in codes)
        return found

    def unknown(self, given: object) -> Fault:
        """Return what is wrong with a name that the table does not have, and the nearest it has."""
        titled = self._titled
        meant = " ".join(str(given).casefold().split())
        rivals = titled.get(meant, [])
        names = {**{code.casefold(): code for code in self._records},
                 **{t: codes[0] for t, codes in titled.items()}}  # fmt: skip
        near = [names[n] for n in get_close_matches(meant, names, 1, 0.65)]
        sought = self.name in SEARCHED
        step = f"kumkm.search({short(given, 40)!r}) looks for it." * sought or LISTED
        if near := [*rivals, *near][: max(1, len(rivals))]:
            step = f"Did you mean {' or '.join(self._told(code) for code in near)}?"
        noun = self.name.replace("_", " ").removesuffix("s")
        expected = f"a code{' or title' * bool(self.languages)} of {self.name}"
        return Fault(noun, repr(short(given, 60)), expected, step)

    def _told(self, code: str) -> str:
        """Return a code with its title."""
        titles = [getattr(self._records[code], f"title_{one}", "") for one in self.languages]
        return f"{code} ({titles[-1]})" if any(titles[-1:]) else code

    def info(self, q: str = "") -> pd.DataFrame:
        """Return codes and titles of the rows; with ``q``, of those that hold all its words.

        >>> from kumkm_analysis.dataset.dataset import load
        >>> load().indicators.info("own capital").index.tolist()
        ['cooperatives_with_own_capital', 'own_capital', 'own_capital_growth_pct']
        """
        table = self.frame()
        told = table[[n for n in table.columns if n.startswith("title") or n in TOLD]]
        texts = (" ".join(map(str, row)).casefold() for row in told.itertuples())
        return told[[all(word in text for word in q.casefold().split()) for text in texts]]

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


def frozen(value: Any) -> Any:
    """Return JSON that nobody can change."""
    if isinstance(value, dict):
        return MappingProxyType({key: frozen(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return tuple(frozen(inner) for inner in value)
    return value
