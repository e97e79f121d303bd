"""Tests of files to take away: every format read back as its readers do, no mark lost."""

from __future__ import annotations

import builtins
import csv
import json
import stat
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from kumkm_analysis.errors import ParameterError
from kumkm_analysis.explore.export import STATA_LABEL, WRITERS
from kumkm_analysis.explore.package import Package

FORMATS = sorted(WRITERS)
MARKS = ["value", "low", "high", "contested", "doubt", "findings", "as_printed", "publisher", "url"]


def read(path: Path, locale: str) -> pd.DataFrame:
    """Return the figures of a file as whoever gets it would read them, indexed by their id."""
    if path.suffix == ".xlsx":
        table = pd.read_excel(path, sheet_name="figures", dtype={"period": str})
    elif path.suffix == ".dta":
        table = pd.read_stata(path)
    elif path.suffix == ".parquet":
        return pd.read_parquet(path)
    elif path.suffix == ".json":
        table = pd.DataFrame(json.loads(path.read_text("utf-8"))["figures"])
    else:
        european = locale == "id_ID"
        table = pd.read_csv(
            path, sep=";" if european else ",", decimal="," if european else ".",
            encoding="utf-8-sig", dtype={"region": str, "period": str},
        )  # fmt: skip
    return table.set_index("observation")


@pytest.mark.parametrize("locale", ["", "id_ID"])
@pytest.mark.parametrize("ending", FORMATS)
def test_a_round_trip_loses_no_bound_and_no_mark(
    small: Package, tmp_path: Path, ending: str, locale: str
) -> None:
    """Values, bounds, doubts, findings and sources come back as they were, row by row."""
    path = small.export(tmp_path / f"figures{ending}", locale=locale)
    sent: Any = small.frame(labels=True)
    back: Any = read(path, locale)
    assert back.index.tolist() == sent.index.tolist()
    assert sent["contested"].any()
    for name in MARKS:
        for one, other in zip(sent[name], back[name], strict=True):
            if pd.isna(one):
                assert pd.isna(other) or other == ""
            else:
                assert other == one, name
    suspects = {o for f in small.findings() for o in f.suspects if f.severity != "note"}
    assert {i for i, text in back["against"].fillna("").items() if text} == suspects
    assert [*tmp_path.glob(".export-*")] == []


@pytest.mark.parametrize("ending", FORMATS)
def test_sources_findings_and_dictionary_travel_along(
    small: Package, tmp_path: Path, ending: str
) -> None:
    """As sheets, tables or beside the file; Stata, which has no place for them, gets labels."""
    path = small.export(tmp_path / f"figures{ending}")
    if ending == ".dta":
        reading: Any = pd.read_stata
        with reading(path, iterator=True) as reader:
            labels = reader.variable_labels()
            assert small.version in reader.data_label
        assert all(0 < len(text) <= STATA_LABEL for n, text in labels.items() if n in MARKS)
        return
    sheets: Any = pd.read_excel
    readers: dict[str, Any] = {
        ".xlsx": lambda: {n: [*t.T.to_dict().values()] for n, t in sheets(path, None).items()},
        ".parquet": lambda: read(path, "").attrs,
        ".json": lambda: json.loads(path.read_text("utf-8")),
        ".csv": lambda: json.loads(Path(f"{path}-metadata.json").read_text("utf-8"))["notes"][0],
    }
    tables = readers[ending]()
    assert [row["source_id"] for row in tables["sources"]] == ["daily", "office"]
    ids = [row["finding"] for row in tables["findings"]]
    assert ids == small.findings().list()
    meant = {row["column"]: row["meaning"] for row in tables["dictionary"]}
    assert all(meant[name] for name in small.frame(labels=True).columns)
    assert any(row["value"] == small.fingerprint for row in tables["about"])


def test_a_workbook_has_numbers_days_and_no_formula(small: Package, tmp_path: Path) -> None:
    """Real numbers with a format, years without separator, a header that stays, texts as texts."""
    book = openpyxl.load_workbook(small.export(tmp_path / "figures.xlsx", locale="id_ID"))
    sheet: Any = book["figures"]
    assert all(one.freeze_panes == "B2" for one in book.worksheets)
    columns = {cell.value: cell.column for cell in sheet[1]}
    assert all(cell.font.bold for cell in sheet[1])
    value, year, start = (sheet.cell(2, columns[name]) for name in ("value", "year", "start"))
    assert (value.value, value.number_format) == (5855, "[$-421]#,##0")
    assert (year.value, year.number_format) == (2012, "[$-421]0")
    assert start.is_date
    every = [cell for one in book.worksheets for row in one.iter_rows() for cell in row]
    assert [cell.coordinate for cell in every if cell.data_type == "f"] == []
    [risky] = [cell for cell in every if cell.value == "=1+1"]
    assert risky.quotePrefix


def test_a_csv_file_of_indonesia_has_its_signs_and_says_so(small: Package, tmp_path: Path) -> None:
    """Semicolons, decimal commas, no formula; the description beside it names both."""
    path = small.export(tmp_path / "figures.csv", locale="id_ID", indicator="net_surplus")
    with path.open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file, delimiter=";")
    assert row["value"] == "86500000000"
    note = json.loads(Path(f"{path}-metadata.json").read_text("utf-8"))
    assert note["dialect"]["delimiter"] == ";"
    described = {column["name"]: column for column in note["tableSchema"]["columns"]}
    assert [*described] == [*row]
    assert described["value"]["datatype"]["format"]["decimalChar"] == ","
    text = small.export(tmp_path / "all.csv").read_text("utf-8")
    assert "'=1+1" in text


def test_decimals_have_the_sign_of_the_locale(package: Package, tmp_path: Path) -> None:
    """A percentage of one decimal, in a region of the project."""
    path = package.export(
        tmp_path / "poverty.csv",
        locale="id_ID",
        indicator="poverty_rate_pct",
        region=64,
        period=2012,
    )
    back: Any = read(path, "id_ID")
    sent: Any = package.frame("poverty_rate_pct", 64, 2012)
    assert back["value"].tolist() == sent["value"].tolist()
    assert any("," in line.split(";")[12] for line in path.read_text("utf-8-sig").splitlines()[1:])


def test_the_file_speaks_the_language_that_is_asked_for(small: Package, tmp_path: Path) -> None:
    """Labels and sentences alike; any locale that Babel knows will do."""
    path = small.export(
        tmp_path / "figures.json", language="id", indicator="members", locale="en_KE"
    )
    [first, *_] = json.loads(path.read_text("utf-8"))["figures"]
    assert first["indicator_label"] == small.indicators["members"].title("id")


def test_what_cannot_be_written_is_told_and_leaves_what_was_there(
    small: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ending, folder and locale at once; a missing library with the line that installs it."""
    with pytest.raises(ParameterError, match=r"\.xlsx") as caught:
        small.export(tmp_path / "figures.ods", locale="xx_YY")
    assert [f.where for f in caught.value.faults] == ["path", "locale"]
    with pytest.raises(ParameterError, match="no folder"):
        small.export(tmp_path / "nowhere" / "figures.csv")
    old = tmp_path / "figures.xlsx"
    old.write_text("old")
    imported = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] in ("openpyxl", "pyarrow"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])
        return imported(name, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(builtins, "__import__", without)
        for ending in (".xlsx", ".parquet"):
            with pytest.raises(ParameterError, match=r"pip install 'kumkm-analysis\[export\]'"):
                small.export(old.with_suffix(ending))
    assert old.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["figures.xlsx"]


def test_others_may_read_the_file(small: Package, tmp_path: Path) -> None:
    """It has the rights of any new file of this person."""
    usual = tmp_path / "usual"
    usual.touch()
    path = small.export(tmp_path / "figures.csv")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


@pytest.mark.parametrize("ending", FORMATS)
def test_no_figures_are_a_file_with_its_columns(
    small: Package, tmp_path: Path, ending: str
) -> None:
    """A year of which nothing is printed is no mistake."""
    path = small.export(tmp_path / f"none{ending}", period=1800)
    assert len(pd.DataFrame(json.loads(path.read_text("utf-8"))["figures"])
               if ending == ".json" else read(path, "")) == 0  # fmt: skip


@pytest.mark.parametrize("ending", FORMATS)
def test_a_place_that_cannot_be_written_is_told(
    small: Package, tmp_path: Path, ending: str
) -> None:
    """A folder of the same name, or a folder that takes no file; nothing is left behind."""
    (tmp_path / f"taken{ending}").mkdir()
    with pytest.raises(ParameterError, match="cannot be written"):
        small.export(tmp_path / f"taken{ending}")
    assert [*tmp_path.glob(".export-*")] == []
    with pytest.raises(ParameterError, match="cannot be written"):
        small.export(Path("/proc") / f"figures{ending}")


def test_the_dictionary_tells_of_every_column_the_first_included(
    small: Package, tmp_path: Path
) -> None:
    """The codes of the rows as well."""
    path = small.export(tmp_path / "figures.json")
    content = json.loads(path.read_text("utf-8"))
    meant = {row["column"]: row["meaning"] for row in content["dictionary"]}
    assert [*meant] == [*content["figures"][0]]
    assert all(meant.values())
