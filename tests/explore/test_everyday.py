"""Ten everyday questions: the page that answers them runs, and each was longer before."""

from __future__ import annotations

import ast
import doctest
import inspect
import os
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

import kumkm_analysis as kumkm
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.explore.package import Package
from kumkm_analysis.findings.doubts import doubts
from kumkm_analysis.metrics import compute as metrics
from kumkm_analysis.metrics.formulas import METRICS, metric

PAGE = Path(__file__).parents[2] / "docs" / "exploring.md"
README = PAGE.parents[1] / "README.md"
ROW = re.compile(r"^\| (\d+)\. .+? \| (\d+) \| (\d+) \|$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write into a folder of the test, draw into memory, take back metrics of one's own."""
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")
    before = dict(METRICS)
    yield
    METRICS.clear()
    METRICS.update(before)
    plt.close("all")


def test_every_line_of_the_page_gives_what_stands_below_it() -> None:
    """Real answers, copied from nowhere."""
    kind = doctest.NORMALIZE_WHITESPACE
    done = doctest.testfile(
        os.fspath(PAGE), module_relative=False, optionflags=kind, encoding="utf-8"
    )
    assert done.attempted >= 10
    assert done.failed == 0


# ---- the same answers by what there was before, and in one line ----


def _name_before(data: Any) -> Any:
    found = []
    for kind, table in (("indicator", data.indicators), ("metric", data.metrics)):
        for code, row in table.items():
            if "modal sendiri" in row.title_id.lower() or "modal sendiri" in row.title_en.lower():
                found.append((len(row.title_id), kind, code))
    return min(found)[2]


def _name_after(data: Any) -> Any:
    return kumkm.search("modal sendiri", data)["id"][0]


def _figures_before(data: Any) -> Any:
    rows = data.observations.frame()
    rows = rows[(rows["region_id"] == "64") & (rows["indicator_id"] == "members")]
    rows = rows[rows["reference_period"].str.startswith("2012").fillna(False)]
    rows = rows[rows["status"] == "outcome"]
    rows = rows.join(data.sources.frame()[["publisher", "url"]], on="source_id")
    known = doubts(data)
    rows["contested"] = rows.index.isin(known.suspect | known.disputed)
    return rows[["as_printed", "publisher", "contested"]].values.tolist()


def _figures_after(data: Any) -> Any:
    return data.frame("members", 64, 2012)[["as_printed", "publisher", "contested"]].values.tolist()


def _pivot_before(data: Any) -> Any:
    cells: Any = {}
    known = doubts(data)
    for o in sorted(data.select(region="64", indicator="cooperatives"), key=lambda o: o.value):
        if o.reference_period[:4] not in ("2011", "2012"):
            continue
        mark = " (doubted)" if o.observation_id in known.suspect else ""
        mark = mark or (" (disputed)" if o.observation_id in known.disputed else "")
        key = int(o.reference_period[:4]), data.sources[o.source_id].publisher
        cells.setdefault(key, {})[f"{o.as_printed}{mark}"] = None
    return {key: " | ".join(tokens) for key, tokens in cells.items()}


def _pivot_after(data: Any) -> Any:
    return data.pivot("cooperatives", region=64, period="2011:2012").stack().dropna().to_dict()


def _provinces_before(data: Any) -> Any:
    known, rows = doubts(data), {}
    for region in data.regions.values():
        if region.level == "province":
            figure: Any = metrics.compute(
                "members_per_cooperative", data, region.region_id, "2012", doubts=known
            )
            if figure:
                rows[region.title_en] = (float(figure.value), figure.contested)
    return rows


def _provinces_after(data: Any) -> Any:
    return rows_of(
        kumkm.compute_frame("members_per_cooperative", "province", 2012, data=data, labels=True)
    )


def _own_before(data: Any) -> Any:
    known = [i for i in ("net_surplus", "members") if i not in data.indicators]
    assert not known, known
    metric("IDR", surplus="net_surplus", members="members")(surplus_per_member)
    figure: Any = metrics.compute("surplus_per_member", data, "64", "2013", doubts=doubts(data))
    return figure.interval if figure else None


def _own_after(data: Any) -> Any:
    kumkm.metric("IDR", surplus="net_surplus", members="members")(surplus_per_member)
    return kumkm.compute("surplus_per_member", data, 64, 2013).interval  # type: ignore[union-attr]


def _trust_before(data: Any) -> Any:
    figure: Any = metrics.compute(
        "members_per_cooperative", data, "51", "2012", doubts=doubts(data)
    )
    return figure.instead_of if figure else ()


def _trust_after(data: Any) -> Any:
    return kumkm.compute("members_per_cooperative", data, "Bali", 2012).instead_of  # type: ignore[union-attr]


def _cite_before(data: Any) -> Any:
    figure: Any = metrics.compute("members_per_cooperative", data, "64", "2012")
    lines = []
    for source_id in dict.fromkeys(data.observations[o].source_id for o in figure.observations):
        source = data.sources[source_id]
        when = source.published or "undated"
        lines.append(f"{source.publisher}, “{source.title}”, {when}, {source.url}.")
    return "\n".join(lines)


def _cite_after(data: Any) -> Any:
    return kumkm.compute("members_per_cooperative", data, 64, 2012).cite()  # type: ignore[union-attr]


def _findings_before(data: Any) -> Any:
    found = kumkm.examine(data).select(region="64", severity="hard", period="2012")
    return [f.finding_id for f in found]


def _findings_after(data: Any) -> Any:
    return data.findings(region=64, severity="hard", period=2012).list()


def _plot_before(data: Any) -> Any:
    known = doubts(data)
    _, ax = plt.subplots()
    for o in data.select(region="64", indicator="members"):
        if not o.reference_period:
            continue
        publisher = data.sources[o.source_id].publisher
        hollow = o.observation_id in known.suspect | known.disputed
        value = Fraction(o.value)
        ends = [[float(value - o.interval.low)], [float(o.interval.high - value)]]
        bar = ax.errorbar(
            int(o.reference_period[:4]), float(o.value), yerr=ends, fmt="o", label=publisher
        )
        if hollow:
            bar[0].set_markerfacecolor("white")
    ax.set_ylabel("people")
    ax.set_title("Number of members, East Kalimantan", loc="left")
    ax.legend()
    return ax.get_title(loc="left")


def _plot_after(data: Any) -> Any:
    return data.plot("members", region=64).get_title(loc="left")


def _export_before(data: Any) -> Any:
    rows = data.observations.frame()
    rows = rows[(rows["region_id"] == "64") & (rows["status"] == "outcome")]
    rows = rows.join(data.sources.frame()[["publisher", "url"]], on="source_id")
    known = doubts(data)
    rows["contested"] = rows.index.isin(known.suspect | known.disputed)
    found = kumkm.examine(data).frame()
    with kumkm_writer("kaltim.xlsx") as book:
        rows.to_excel(book, sheet_name="figures", freeze_panes=(1, 1))
        data.sources.frame().to_excel(book, sheet_name="sources")
        found.astype(str).to_excel(book, sheet_name="findings")
    return sorted(rows.index)


def _export_after(data: Any) -> Any:
    return ids_in(data.export("kaltim.xlsx", region=64, locale="id_ID"))


def surplus_per_member(surplus: Any, members: Any) -> Any:
    """Net surplus for each member."""
    return surplus / members


def rows_of(table: Any) -> Any:
    """Return value and mark by region."""
    rows = table.dropna(subset="value")[["region_label", "value", "contested"]]
    return {region: (value, contested) for region, value, contested in rows.values.tolist()}


def kumkm_writer(name: str) -> Any:
    """Return a writer of workbooks."""
    import pandas as pd

    return pd.ExcelWriter(name, engine="openpyxl")


def ids_in(path: Path) -> list[str]:
    """Return the figures in a workbook."""
    import openpyxl

    [_, *rows] = openpyxl.load_workbook(path, read_only=True)["figures"].iter_rows(max_col=1)
    return sorted(str(row[0].value) for row in rows)


WAYS = [_name_before, _figures_before, _pivot_before, _provinces_before, _own_before, _trust_before,
        _cite_before, _findings_before, _plot_before, _export_before]  # fmt: skip


def lines_of(function: Callable[..., Any]) -> int:
    """Return how many statements a function has, however they are broken into lines."""
    [tree] = ast.parse(inspect.getsource(function)).body
    assert isinstance(tree, ast.FunctionDef)
    return sum(isinstance(node, ast.stmt) for node in ast.walk(tree)) - 1


@pytest.mark.parametrize("before", WAYS, ids=lambda function: function.__name__)
def test_one_line_answers_as_many_did(
    before: Callable[..., Any], package: Package, data: Dataset
) -> None:
    """Both ways give the same, from the same data."""
    after = globals()[before.__name__.replace("before", "after")]
    assert after(package) == before(data)


def test_the_page_counts_the_lines_as_they_are() -> None:
    """Its last table has what these functions need."""
    told = [tuple(map(int, row)) for row in ROW.findall(PAGE.read_text("utf-8"))]
    counted = [
        (n, lines_of(before), lines_of(globals()[before.__name__.replace("before", "after")]))
        for n, before in enumerate(WAYS, start=1)
    ]
    assert told == counted
    assert sum(after for *_, after in counted) <= len(WAYS) + 1  # a decorated function is two
