"""Tests of the dataset: frozen records, tidy tables, honest representations."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kumkm_analysis.dataset import dataset, request, validate
from kumkm_analysis.dataset.dataset import Dataset, Table
from kumkm_analysis.dataset.records import TABLES
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.findings import examine

ROOT = Path(__file__).parents[2]
DTYPES = {"string": "string", "number": "Float64", "integer": "Int64"}


# ---- records and tables ----


@pytest.mark.parametrize("name", TABLES)
def test_records_cannot_be_changed(data: Dataset, name: str) -> None:
    """No field of any record of any table can be set or deleted."""
    record = next(iter(getattr(data, name).values()))
    for field in dataclasses.fields(record):
        with pytest.raises((dataclasses.FrozenInstanceError, AttributeError)):
            setattr(record, field.name, "changed")
        with pytest.raises((dataclasses.FrozenInstanceError, AttributeError)):
            delattr(record, field.name)


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_read_only_mappings_in_the_order_of_the_file(data: Dataset, name: str) -> None:
    """A table offers no way to put, delete or clear, and keeps the order of the file."""
    table: Table[Any] = getattr(data, name)
    first = next(iter(table))
    with pytest.raises(TypeError):
        table[first] = None  # type: ignore[index]
    with pytest.raises(TypeError):
        del table[first]  # type: ignore[attr-defined]
    assert not hasattr(table, "clear")
    assert not hasattr(table, "update")
    descriptor = json.loads((data.path / "datapackage.json").read_text(encoding="utf-8"))
    path = next(r["path"] for r in descriptor["resources"] if r["name"] == name)
    file = data.path / (path if isinstance(path, str) else path[0])
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith(first)
    key = str(table.frame().index.name)
    assert list(table) == [getattr(row, key) for row in table.values()]


def test_the_dataset_itself_cannot_be_changed(data: Dataset) -> None:
    """Tables cannot be exchanged in a dataset, nor the descriptor's schemas."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.observations = data.observations  # type: ignore[misc]
    with pytest.raises(TypeError):
        data.schemas["observations"] = {}  # type: ignore[index]
    with pytest.raises(TypeError):
        data.schemas["observations"]["fields"][0]["type"] = "number"


def test_a_value_and_its_interval_are_exact(data: Dataset) -> None:
    """Numbers are decimals and fractions as printed, no floating point on the way."""
    founding = data.observations["64.own_capital.2012.kalnews-revitalisasi-2013"]
    assert str(founding.value) == "2143000000000"
    assert (founding.interval.low, founding.interval.high) == (2142500000000, 2143500000000)
    for observation in data.observations.values():
        assert observation.interval.contains(_fraction(observation.value))


def _fraction(value: Any) -> Any:
    from fractions import Fraction

    return Fraction(value)


# ---- frames ----


@pytest.mark.parametrize("name", TABLES)
def test_frames_are_tidy_with_the_documented_columns_and_types(data: Dataset, name: str) -> None:
    """One row a record, the key as index, nullable types, categories in the descriptor's order."""
    table: Table[Any] = getattr(data, name)
    frame = table.frame()
    fields = data.schemas[name]["fields"]
    bounds = ["low", "high"] if name == "observations" else []
    assert [frame.index.name, *frame.columns] == [f["name"] for f in fields] + bounds
    assert len(frame) == len(table)
    assert frame.index.is_unique
    for field in fields[1:]:
        column = frame[field["name"]]
        codes = field.get("constraints", {}).get("enum")
        if codes:
            assert list(column.cat.categories) == list(codes)
        else:
            assert column.dtype == DTYPES[field["type"]]
    for bound in bounds:
        assert frame[bound].dtype == "Float64"


def test_an_empty_cell_is_missing_and_an_open_end_too(data: Dataset) -> None:
    """Nothing is an empty text or a nought that was not printed."""
    frame = data.observations.frame()
    texts: pd.DataFrame = frame.select_dtypes("string")
    assert not (texts == "").any().any()
    open_above = frame[frame["printing"] == "at_least"]
    assert len(open_above)
    assert open_above["high"].isna().all()
    assert open_above["low"].notna().all()
    assert frame["value"].notna().all()


def test_a_field_without_a_type_is_text(tiny: Path) -> None:
    """A descriptor may leave out the type of a field; its column is then a column of texts."""
    path = tiny / "datapackage.json"
    descriptor = json.loads(path.read_text())
    field = descriptor["resources"][0]["schema"]["fields"][-1]
    del field["type"]
    path.write_text(json.dumps(descriptor))
    frame = dataset.load(tiny).sources.frame()
    assert frame[field["name"]].dtype == "string"


def test_a_frame_is_a_copy(data: Dataset) -> None:
    """Whatever is done to a frame, the dataset gives the same one again."""
    frame = data.observations.frame()
    frame.loc[:, "value"] = 0
    del frame["note"]
    again = data.observations.frame()
    assert "note" in again
    assert (again["value"] != 0).any()


def test_a_frame_takes_what_pandas_users_do(data: Dataset) -> None:
    """Group, pivot and join work on the frames as they are."""
    frame = data.observations.frame()
    joined = frame.join(data.sources.frame()[["kind"]], on="source_id")
    assert joined["kind"].notna().all()
    counted = joined.groupby("kind", observed=True)["value"].count()
    assert counted.sum() == len(data.observations)
    assert isinstance(frame.pivot_table(index="region_id", values="value"), pd.DataFrame)


# ---- representations ----


def test_representations_say_what_is_there(data: Dataset) -> None:
    """Numbers of rows stand in the repr of the dataset and of its tables."""
    assert f"{len(data.observations)} printed figures" in repr(data)
    assert f"{len(data.sources)} sources" in repr(data)
    assert repr(data.regions) == f"<Table regions: {len(data.regions)} rows>"
    html = data._repr_html_()
    for name in TABLES:
        assert f">{name}</th><td>{len(getattr(data, name))}</td>" in html


def test_html_representations_escape_what_stands_in_the_data(tiny: Path) -> None:
    """A script in a title or in the name of the package is text in Jupyter too."""
    script = "<script>alert(1)</script>"
    file = tiny / "sources.csv"
    file.write_text(file.read_text().replace("Koperasi tahun itu", script))
    descriptor = json.loads((tiny / "datapackage.json").read_text())
    descriptor["version"] = script
    (tiny / "datapackage.json").write_text(json.dumps(descriptor))
    loaded = dataset.load(tiny)
    assert loaded.sources["office"].title == script
    for html in (loaded._repr_html_(), loaded.sources._repr_html_()):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


# ---- selecting ----


def test_select_takes_all_that_lies_within_a_period(data: Dataset) -> None:
    """A year contains its months and days; a month does not contain its year."""
    year = data.select(region="64", indicator="cooperatives", period="2012")
    assert {o.reference_period[:4] for o in year} == {"2012"}
    assert any(len(o.reference_period) > 4 for o in data.select(period="2014"))
    months = {o.reference_period for o in data.select(period="2014-12")}
    assert months
    assert all(m.startswith("2014-12") for m in months)
    assert data.select(region=64, period=2014) == data.select(region="64", period="2014") != ()
    assert data.select(region="East Kalimantan", indicator="koperasi aktif") != ()


def test_select_refuses_what_there_is_not(data: Dataset) -> None:
    """All at once, as findings do: a slip is no figure that nobody prints."""
    with pytest.raises(ParameterError) as caught:
        data.select(region="99", indicator="membrs", period="201")
    assert [fault.where for fault in caught.value.faults] == ["region", "indicator", "period"]
    found = examine(data)
    by_number, by_text = found.select(region=64), found.select(region="64")
    assert by_number.list() == by_text.list() != []
    with pytest.raises(ParameterError):
        found.select(region="99")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["a", "c"]),
        ({"category": None}, ["a", "b", "c", "d"]),
        ({"category": "type=serba_usaha"}, ["b"]),
        ({"category": "type=serba_usaha;size=big"}, ["d"]),
        ({"status": "target"}, ["e"]),
        ({"region": "65"}, ["c"]),
        ({"region": "64", "indicator": "cooperatives"}, ["a"]),
        ({"indicator": "members"}, ["c"]),
        ({"region": "64", "indicator": "members"}, []),
    ],
)
def test_select_fits_every_condition(
    made: Callable[..., Dataset], wanted: dict[str, Any], expected: list[str]
) -> None:
    """Breakdowns and targets stand apart unless asked for; a register is no breakdown."""
    rows = [
        {"observation_id": "a"},
        {"observation_id": "b", "breakdown": "type=serba_usaha;register=ods"},
        {"observation_id": "c", "region_id": "65", "indicator_id": "members"},
        {"observation_id": "d", "breakdown": "type=serba_usaha;size=big"},
        {"observation_id": "e", "status": "target"},
    ]
    rows[2]["breakdown"] = "register=ods"
    base = {"source_id": "one", "indicator_id": "cooperatives", "as_printed": "5"}
    data = made(*({**base, **row} for row in rows), one=("press", "2013"))
    assert [o.observation_id for o in data.select(**wanted)] == expected


def test_select_keeps_the_order_of_the_file(data: Dataset) -> None:
    """With an index or without, figures come in the order of the table."""
    order = {key: place for place, key in enumerate(data.observations)}
    for found in (
        data.select(region="64", indicator="cooperatives"),
        data.select(period="2012", category=None),
    ):
        assert len(found) > 1
        places = [order[o.observation_id] for o in found]
        assert places == sorted(places)


# ---- loading ----


def test_the_folder_may_be_named_by_a_variable(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KUMKM_DATA names the package when no path is given; a path given wins."""
    monkeypatch.setenv("KUMKM_DATA", str(tiny))
    assert len(dataset.load().observations) == 3
    assert len(dataset.load(ROOT / "data").observations) > 1000
    assert len(dataset.load(str(tiny)).observations) == 3


def test_the_fingerprint_follows_every_byte(tiny: Path) -> None:
    """The same bytes give the same fingerprint, one more gives another."""
    first = dataset.load(tiny).fingerprint
    assert first == validate.fingerprint(tiny)
    copy = tiny.parent / "copy"
    os.rename(tiny, copy)  # noqa: PTH104 - the name of the folder is what changes
    assert dataset.load(copy).fingerprint == first
    with (copy / "terms.csv").open("a", encoding="utf-8") as file:
        file.write("size,ukuran,size,Ukuran.,Size.,usage,here\n")
    assert dataset.load(copy).fingerprint != first


def test_the_domain_names_regions_and_readings(data: Dataset) -> None:
    """What a request may name comes from the tables, built-in readings first."""
    domain = data.domain
    assert set(domain.regions) == set(data.regions)
    assert domain.regions["64"] == ("Kalimantan Timur", "East Kalimantan")
    named = {choice.reading_id for choice in data.readings.values()}
    assert set(domain.readings) == {"coherent", "latest", "official", "envelope"} | named


@pytest.mark.parametrize(
    ("asked", "meant", "warning"),
    [
        ("64.09", "6409 Kabupaten Penajam Paser Utara", "a code of another scheme (kemendagri)"),
        ("64.02", "6403 Kabupaten Kutai Kartanegara", "BPS code 6402 is Kutai Barat"),
        ("pasir", "6401 Kabupaten Paser", ""),
    ],
)
def test_another_code_or_spelling_of_a_region_is_answered_with_ours(
    asked: str, meant: str, warning: str
) -> None:
    """What a request may name is asked without reading a figure; codes that clash are told."""
    fault = request.check_region(request.domain(validate=False), asked)
    assert fault is not None
    assert fault.next_step.startswith(f"Did you mean {meant}?")
    assert warning in fault.next_step
    assert ("code" in fault.next_step) == bool(warning)


def test_the_children_of_a_region_are_those_directly_below(data: Dataset) -> None:
    """Provinces for the nation, regencies and cities for a province, none for a city."""
    assert {r.level for r in data.children("ID")} == {"province"}
    assert {r.parent_id for r in data.children("64")} == {"64"}
    assert data.children("6472") == ()
