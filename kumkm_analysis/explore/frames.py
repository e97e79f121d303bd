"""Printed figures as tidy tables: one row a figure, or one cell for what is printed of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.explore.names import Asked, Names, language_of, listed
from kumkm_analysis.findings.doubts import doubts
from kumkm_analysis.findings.facts import days
from kumkm_analysis.metrics import catalogue
from kumkm_analysis.metrics.compute import counted_in
from kumkm_analysis.report.phrases import word

if TYPE_CHECKING:
    import pandas as pd

    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Observation

# The columns of a frame, in an order for reading: what, where, when, how much, who says so.
COLUMNS = (
    "indicator", "region", "category", "period", "year", "start", "end", "value", "low", "high",
    "unit", "as_printed", "contested", "doubt", "publisher", "source", "published", "url",
    "locator", "printing", "status", "period_basis", "register", "territory", "numerals",
    "findings", "note",
)  # fmt: skip
APART = ("indicator", "region", "category", "register", "status", "territory")  # never in one cell
NUMBERS = ("value", "low", "high")
SUSPECT, DISPUTED = "doubted", "disputed"


def select(
    data: Dataset,
    *,
    indicator: Names = None,
    region: Names = None,
    period: Names = None,
    category: Names = None,
    source: Names = None,
    publisher: Names = None,
    status: Names = "outcome",
) -> list[Observation]:
    """Return the printed figures that fit, in the order of the file.

    ``None`` takes all; an empty ``category`` those without a breakdown. Raises
    :class:`~kumkm_analysis.errors.ParameterError` for all names that there are not.
    """
    asked = Asked(data)
    wanted = {
        "indicator_id": asked.indicators(indicator), "region_id": asked.regions(region),
        "category": asked.categories(category), "source_id": asked.sources(source),
        "status": asked.statuses(status),
    }  # fmt: skip
    publishers, of_period = asked.publishers(publisher), asked.periods(period)
    asked.settle()
    sets = {column: frozenset(names) for column, names in wanted.items() if names is not None}
    return [
        o for o in data.observations.values()
        if all(getattr(o, column) in names for column, names in sets.items())
        and (publishers is None or data.sources[o.source_id].publisher in publishers)
        and of_period(o)
    ]  # fmt: skip


def figures(
    data: Dataset, observations: Iterable[Observation], labels: bool | str = False
) -> pd.DataFrame:
    """Return printed figures as a table, one row each, indexed by their id.

    ``value``, ``low`` and ``high`` are in base units (full currency, per cent, counts), the last
    two what the printing allows; ``year`` is empty where a period is longer than that. ``labels``
    adds titles beside the codes, in the language it names. ``doubt`` is ``doubted`` for a figure
    that a finding accuses, ``disputed`` for one of several that do not go together;
    ``contested`` is true for both, ``findings`` are the ids of all that touch the figure.
    """
    import pandas as pd

    rows = list(observations)
    known = doubts(data)
    cells: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for o in rows:
        source = data.sources[o.source_id]
        doubt = SUSPECT if o.observation_id in known.suspect else ""
        doubt = doubt or (DISPUTED if o.observation_id in known.disputed else "")
        first, last, year = days(o.reference_period)
        start, end = (date.fromordinal(day) if day else None for day in (first, last))
        row = {
            "indicator": o.indicator_id, "region": o.region_id, "period": o.reference_period,
            "year": year if start and start.year == year else None,
            "start": start and start.isoformat(), "end": end and end.isoformat(),
            "value": float(o.value),
            "low": _float(o.interval.low), "high": _float(o.interval.high),
            "unit": counted_in(data, o.indicator_id, o.unit), "contested": bool(doubt),
            "doubt": doubt, "publisher": source.publisher, "source": o.source_id,
            "published": source.published, "url": source.url,
            "territory": data.territory_of(o),
            "findings": " ".join(known.findings([o.observation_id])),
        }  # fmt: skip
        for name, column in cells.items():
            column.append(row[name] if name in row else getattr(o, name))
    typed: dict[str, Any] = {name: _typed(pd, name, column) for name, column in cells.items()}
    table = pd.DataFrame(
        typed, index=pd.Index([o.observation_id for o in rows], name="observation")
    )
    if labels:
        label(data, table, labels)
    units = dict(zip(cells["indicator"], cells["unit"], strict=True))
    table.attrs |= {"units": units, **told(data)}
    return table


def told(data: Dataset) -> dict[str, str]:
    """Return what a table says of the package it comes from."""
    return {"data": data.name, "version": data.version, "fingerprint": data.fingerprint}


def label(data: Dataset, table: pd.DataFrame, labels: bool | str) -> None:
    """Put titles beside the codes of a table."""
    language, metrics = language_of(data, labels), catalogue(data)
    titles: dict[str, Callable[[str], str]] = {
        "indicator": lambda code: data.indicators[code].title(language),
        "metric": lambda code: (metrics if code in metrics else data.indicators)[
            code.partition("[")[0]
        ].title(language),
        "region": lambda code: data.regions[code].title(language),
        "category": lambda code: ", ".join(part(data, one, language) for one in code.split(";")),
    }
    for name in [n for n in table.columns if n in titles]:
        shown = [
            titles[name](code) if isinstance(code, str) and code else None for code in table[name]
        ]
        place = table.columns.get_loc(name)
        table.insert(int(place) + 1, f"{name}_label", shown)  # type: ignore[arg-type]
        table[f"{name}_label"] = table[f"{name}_label"].astype("string")


def pivot(
    data: Dataset,
    table: pd.DataFrame,
    index: str | Sequence[str],
    columns: str | Sequence[str],
    values: str,
    language: str,
) -> pd.DataFrame:
    """Return a table of figures in rows and columns; see :meth:`Package.pivot`."""
    import pandas as pd

    asked = Asked(data)
    keys = [*listed(index), *listed(columns)]
    for key in keys:
        asked.one_of("index or columns", key, list(table.columns))
    for key in {one for one in keys if keys.count(one) > 1}:
        asked.faults.append(Fault("index and columns", f"{key} twice", "different columns"))
    asked.one_of("values", values, ("printed", *NUMBERS, "contested"))
    asked.settle()
    grouped = table.groupby(keys, dropna=False, observed=True)
    mixed = [
        name for name in APART
        if name not in keys and len(table) and (grouped[name].nunique(dropna=False) > 1).any()
    ]  # fmt: skip
    rows, across = [*mixed, *listed(index)], listed(columns)
    found: list[tuple[Any, ...]] = []
    clashes: list[str] = []
    texts = [name for name in (*rows, *across) if table.dtypes[name] == "string"]
    filled = table.assign(**{name: table[name].fillna("") for name in texts})
    groups: Iterable[Any] = filled.groupby([*rows, *across], dropna=False)
    for key, cell in groups:
        if values == "value" and cell["value"].nunique() > 1:
            where = ", ".join(str(k) for k in key if pd.notna(k) and k != "")
            clashes.append(f"{where}: {_printed(cell, language)}")
        found.append((*key, _cell(cell, values, language)))
    if clashes:
        step = (
            f"{'; '.join(clashes[:3])}{' …' * (len(clashes) > 3)}. Take values='printed', which "
            "shows them all, or 'low' and 'high', which span them, or name a source."
        )
        told = f"several different figures in {len(clashes)} cells"
        raise ParameterError(Fault("values", told, "one figure in a cell", step))
    kind = {"printed": "string", "contested": "boolean"}.get(values, "Float64")
    long = pd.DataFrame(found, columns=[*rows, *across, values])
    long = long.astype({name: table.dtypes[name] for name in (*rows, *across)} | {values: kind})
    column = long.set_index([*rows, *across])[values]
    wide = pd.DataFrame(column.unstack(across) if across else column)
    wide.attrs |= table.attrs
    return wide


def _cell(part: pd.DataFrame, values: str, language: str) -> Any:
    """Return what stands in one cell of a pivot; bounds are those of all figures together."""
    if values == "printed":
        return _printed(part, language)
    if values == "contested":
        return bool(part["contested"].any())
    if part[values].isna().any():
        return None  # an end without bound
    return part[values].max() if values == "high" else part[values].min()


def _printed(part: pd.DataFrame, language: str) -> str:
    """Return the different tokens of a cell in order of size, each with what is against it."""
    ordered = part.sort_values("value", kind="stable")
    tokens = [
        f"{token} ({word(f'words.{doubt}', language)})" if doubt else str(token)
        for token, doubt in zip(ordered["as_printed"], ordered["doubt"].fillna(""), strict=True)
    ]
    return " | ".join(dict.fromkeys(tokens))


def _typed(pd: Any, name: str, cells: list[Any]) -> Any:
    """Return a column in its type: nullable numbers, days, truths, texts."""
    if name in NUMBERS:
        return pd.array(cells, dtype="Float64")
    if name == "year":
        return pd.array(cells, dtype="Int64")
    if name in ("start", "end"):
        return pd.to_datetime(cells)
    if name == "contested":
        return pd.array(cells, dtype="boolean")
    return pd.array([cell or None for cell in cells], dtype="string")


def _float(bound: Any) -> float | None:
    return None if bound is None else float(bound)


def part(data: Dataset, code: str, language: str) -> str:
    """Return one part of a breakdown in words."""
    term = data.terms.get(code.replace("=", "."), None)
    return term.title(language) if term else code
