"""What lies beside a page for machines: results, their table, and the research object crate."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import workbench
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kumkm_analysis import errors
from kumkm_analysis.runner import crate, produce, tables

NAMES = [
    f"{notebook}-64-2012-coherent.{language}"
    for notebook in ("membership", "capital_structure")
    for language in ("id", "en")
]


def results(reports: Path, name: str) -> dict[str, Any]:
    """Return the published results of a report."""
    return dict(json.loads((reports / name / "results.json").read_text(encoding="utf-8")))


# ---- results.json ----


@pytest.mark.parametrize("name", NAMES)
def test_results_keep_their_schema(reports: Path, name: str) -> None:
    """The published results are valid, and every figure names printed observations."""
    rules = json.loads(produce.SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(rules)
    found = results(reports, name)
    assert list(Draft202012Validator(rules).iter_errors(found)) == []
    assert all(f["observations"] for f in found["figures"])
    page = (reports / name / f"{name}.html").read_text(encoding="utf-8")
    assert all(f"<li id={f['id']} popover>" in page for f in found["figures"])


@pytest.mark.parametrize("notebook", ["membership", "capital_structure"])
def test_both_languages_bring_the_same_results(reports: Path, notebook: str) -> None:
    """They differ in words alone."""

    def wordless(language: str) -> dict[str, Any]:
        found = results(reports, f"{notebook}-64-2012-coherent.{language}")
        for name in ("title", "region_title", "reading_title", "headline"):
            del found[name]
        for finding in found["findings"]:
            del finding["sentence"]
            for repair in finding["repairs"]:
                del repair["reason"]
        del found["parameters"]["language"]
        words = ("label", "text")
        found["figures"] = [
            {k: v for k, v in f.items() if k not in words} for f in found["figures"]
        ]
        return found

    assert wordless("id") == wordless("en")


def test_nothing_published_tells_of_the_machine(reports: Path) -> None:
    """No file of a report holds a path of this machine, its name or its user."""
    import getpass
    import socket

    private = [
        str(Path.cwd()),
        str(reports),
        "/tmp/",
        socket.gethostname(),
        f"/{getpass.getuser()}",
    ]
    for name in NAMES:
        for file in (reports / name).iterdir():
            text = file.read_text(encoding="utf-8-sig")
            assert [word for word in private if word in text] == [], file.name


# ---- results.csv ----


def test_the_table_has_every_figure(reports: Path) -> None:
    """Row for figure, with plain numbers that a spreadsheet reads as such."""
    for name in NAMES:
        content = (reports / name / "results.csv").read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        figures = results(reports, name)["figures"]
        assert [(r["id"], r["value"], r["unit"]) for r in rows] == [
            (f["id"], f["value"] or "", f["unit"]) for f in figures
        ]


def test_the_table_for_indonesian_spreadsheets_has_the_same_numbers(reports: Path) -> None:
    """Semicolons between cells, decimal commas in numbers, and who printed what where."""
    for name in NAMES:
        plain, indonesian = (
            list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
            for file, delimiter in ((tables.FILE, ","), (tables.INDONESIAN, ";"))
            for text in [(reports / name / file).read_text(encoding="utf-8-sig")]
        )
        assert any("," in row["value"] for row in indonesian)
        assert [row["value"].replace(",", ".") for row in indonesian] == [
            row["value"] for row in plain
        ]
        printed = [row for row in plain if row["kind"] == "observed"]
        assert all(row["token"] and row["publisher"] and row["source"] for row in printed)
        assert any(row["contested"] == "true" and row["findings"] for row in plain)
        assert {"sentence", "table"} <= {p for row in plain for p in row["places"].split()}


def cells(text: str) -> list[str]:
    """Return the cells of the table of one figure that has a text everywhere."""
    figure: dict[str, Any] = dict.fromkeys(tables.COLUMNS, text)
    figure |= {"observations": [text], "sources": [text]}
    source = {"id": text, "publisher": text, "address": text}
    shown = tables.documents({"figures": [figure], "sources": [source]})
    content = shown[tables.FILE].decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))[1]


@given(st.text(max_size=30))
def test_no_cell_is_ever_a_formula(text: str) -> None:
    """A cell begins like a formula only when it is a number."""
    for cell in cells(text):
        formula = cell.lstrip(" \u00a0\ufeff").startswith(
            ("=", "+", "-", "@", "\t", "\r", "|", "%")
        )
        assert not formula or errors.NUMBER.fullmatch(cell)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1"])
def test_formulas_are_shown_as_text(text: str) -> None:
    """With the apostrophe that spreadsheets take for text; negative numbers stay numbers."""
    assert set(cells(text)) == {f"'{text}"}
    assert set(cells("-5.25")) == {"-5.25"}


# ---- ro-crate-metadata.json ----


@pytest.mark.parametrize("name", NAMES)
def test_the_crate_describes_what_is_there(reports: Path, name: str) -> None:
    """Its parts are the files of the folder, its action used the data and gave those files."""
    home = reports / name
    found = json.loads((home / crate.FILE).read_text(encoding="utf-8"))
    entities = {e["@id"]: e for e in found["@graph"]}
    parts = {p["@id"] for p in entities["./"]["hasPart"]}
    assert parts == {p.name for p in home.iterdir()} - {crate.FILE}
    assert parts <= entities.keys()
    run = entities["#run"]
    assert {r["@id"] for r in run["result"]} == parts
    for reference in [run["instrument"], *run["object"], run["agent"]]:
        assert reference["@id"] in entities
    known = results(reports, name)
    assert entities["#data"]["identifier"] == f"sha256:{known['data']['sha256']}"
    assert entities["#parameter-region"]["value"] == "64"


@pytest.fixture(scope="session")
def validator(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the command of roc-validator in an environment of its own; skip where it cannot be."""
    home = tmp_path_factory.mktemp("roc")
    python = workbench.apart("roc-validator", home / "env")
    return [python, str(workbench.TOOLS / "validate_crate.py"), str(home / "cache")]


def validated(validator: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the validator on a folder."""
    command = [*validator, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_crate_is_valid(validator: list[str], reports: Path) -> None:
    """roc-validator: RO-Crate 1.1 with Process Run Crate 0.5, everything that is required."""
    done = validated(validator, reports / NAMES[0])
    assert (done.returncode, done.stdout) == (0, "")


def test_the_validator_does_find_faults(
    validator: list[str], reports: Path, tmp_path: Path
) -> None:
    """The negative control: no instrument, no licence, a file that is not there."""
    broken = tmp_path / "broken"
    shutil.copytree(reports / NAMES[0], broken)
    file = broken / crate.FILE
    content = json.loads(file.read_text(encoding="utf-8"))
    for entity in content["@graph"]:
        if entity["@id"] == "./":
            del entity["license"]
        entity.pop("instrument", None)
    file.write_text(json.dumps(content), encoding="utf-8")
    (broken / "results.csv").unlink()
    done = validated(validator, broken)
    assert done.returncode == 1
    assert done.stdout.count("REQUIRED") >= 2
