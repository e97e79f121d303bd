"""Small sets of printed figures for tests, under the rules of the project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from kumkm_analysis.dataset.dataset import Dataset, Table, load
from kumkm_analysis.dataset.numerals import parse
from kumkm_analysis.dataset.records import Observation, Source

MONEY = ("own_capital", "external_capital", "assets", "business_volume", "net_surplus")
PEOPLE = ("members", "employees", "managers", "workforce", "population")


def figure(
    cell: str, token: str, source: str = "a", *, region: str = "63", printing: str = "exact",
    basis: str = "stated", status: str = "outcome",
) -> Observation:  # fmt: skip
    """Return a figure; ``cell`` reads indicator@period or indicator:breakdown@period."""
    name, _, period = cell.partition("@")
    indicator, _, breakdown = name.partition(":")
    unit = "IDR" if indicator in MONEY else "orang" if indicator in PEOPLE else "unit"
    if indicator.endswith(("_pct", "_share")):
        unit, printing = "percent", "rounded"
    key = f"{region}.{cell}.{source}".replace(":", ".").replace("=", "-").replace("@", ".")
    return Observation(
        observation_id=key.replace("..", ".undated."), source_id=source, region_id=region,
        indicator_id=indicator, breakdown=breakdown, reference_period=period, period_basis=basis,
        status=status, as_printed=token, numerals="id", printing=printing, token_exception="",
        value=parse(token).value, unit=unit, locator="p", note="",
    )  # fmt: skip


@cache
def rules() -> Dataset:
    """Return the dataset of the project, of which the rules are taken."""
    return load()


def of(*figures: Observation) -> Dataset:
    """Return a dataset of these figures, under the rules of the project."""
    base = rules()
    sources = {
        o.source_id: Source(o.source_id, "press", o.source_id, "", o.source_id, "", "", "id", "")
        for o in figures
    }

    def table(name: str, rows: Iterable[tuple[str, Any]]) -> Table[Any]:
        return Table(name, dict(rows), base.schemas[name])

    return replace(
        base,
        sources=table("sources", sources.items()),
        observations=table("observations", ((o.observation_id, o) for o in figures)),
        readings=table("readings", ()),
        series=table("series", ()),
        acknowledgements=table("acknowledgements", ()),
    )
