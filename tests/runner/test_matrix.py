"""A matrix: requests from a file of YAML or JSON, read as text, with every slip at its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from workbench import write

from kumkm_analysis import paths as resources
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import matrix, session
from kumkm_analysis.runner.plan import Request


def test_a_matrix_lists_requests(tmp_path: Path) -> None:
    """Each entry is a request; codes stay text, and no word becomes a truth value."""
    file = tmp_path / "weekly.yml"
    file.write_text(
        "reports:\n"
        "  - notebook: membership\n    region: [64, 51]\n    period: 2012-06\n    language: no\n"
        "  - notebook: [capital_structure]\n    region: province\n    parameters: {top: 007}\n"
        "    kernel: geo\n"
    )
    first, second = matrix.read(file)
    assert first.region == ["64", "51"]
    assert first.period == ["2012-06"]
    assert first.language == ["no"]
    assert second.extra == (("top", "007"),)
    assert (first.kernel, second.kernel) == ("", "geo")
    file.write_text(json.dumps({"reports": [{"notebook": "membership"}]}))
    assert matrix.read(file) == [
        Request(notebooks=["membership"], region=[], period=[], reading=[], language=[])
    ]


def test_a_fault_of_a_matrix_is_told_with_its_entry(tmp_path: Path) -> None:
    """Which of forty entries names no region is said, and those of the command are not entries."""
    file = tmp_path / "weekly.yml"
    file.write_text("reports:\n  - region: 64\n  - region: nowhere\n  - period: 1800s\n")
    with pytest.raises(ParameterError) as error:
        session.plan_reports(Request(reading=["odd"]), resources.data_path(), file)
    places = [fault.where.rpartition(", ")[0] for fault in error.value.faults]
    assert places == [f"matrix {file}, entry 2", f"matrix {file}, entry 3", ""]


def test_an_entry_of_a_matrix_has_one_kernel(tmp_path: Path) -> None:
    """Kernels do not multiply as regions do."""
    file = tmp_path / "weekly.yml"
    file.write_text("reports:\n  - notebook: ./mine.ipynb\n    kernel: [geo, python3]\n")
    with pytest.raises(ParameterError, match="entry 1, kernel: found geo, python3; expected one"):
        matrix.read(file)


@pytest.mark.parametrize("way", ["two entries", "an entry and the command", "one entry"])
def test_two_notebooks_for_one_page_are_refused_wherever_they_were_asked_for(
    way: str, tmp_path: Path
) -> None:
    """Neither is dropped in silence, nor where only the case of letters tells them apart."""
    paths = []
    for folder, name in (("a", "trend"), ("b", "Trend")):
        (tmp_path / folder).mkdir()
        paths.append(write(tmp_path / folder / f"{name}.ipynb", f"print('{folder}')"))
    entries = {
        "two entries": [[paths[0]], [paths[1]]],
        "an entry and the command": [[paths[1]]],
        "one entry": [paths],
    }
    file = tmp_path / "m.json"
    file.write_text(json.dumps([{"notebook": [str(p) for p in each]} for each in entries[way]]))
    request = Request(notebooks=[str(paths[0])] if way == "an entry and the command" else ())
    with pytest.raises(ParameterError) as error:
        session.plan_reports(request, resources.data_path(), file)
    [fault] = error.value.faults
    assert all(str(path) in fault.found for path in paths)
    assert fault.expected.casefold() == "one report for the page trend.html"


def test_what_is_asked_for_twice_is_made_once(tmp_path: Path) -> None:
    """The same report in two entries, its notebook named in two ways, is one report."""
    path = write(tmp_path / "trend.ipynb", "print(1)")
    other = tmp_path / "other" / ".." / "trend.ipynb"
    other.parent.parent.mkdir()
    file = tmp_path / "m.json"
    file.write_text(json.dumps([{"notebook": str(path)}, {"notebook": str(other)}]))
    assert [r.name for r in session.plan_reports(Request(), resources.data_path(), file)] == [
        "trend"
    ]


def test_faults_of_matrix_and_command_come_at_once(tmp_path: Path) -> None:
    """A matrix that cannot be read keeps nothing back of what else is wrong."""
    with pytest.raises(ParameterError) as error:
        session.plan_reports(Request(language=["fr"]), tmp_path, tmp_path / "none.yml")
    said = str(error.value)
    assert "none.yml: found No such file" in said
    assert "'fr'" in said
    assert "datapackage.json" in said


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ("notebook:", "notebook"), ('region: ""', "region"), ("region: []", "region"),
        ("period: ~", "period"), ("reading: null", "reading"), ('language: ","', "language"),
        ("region: [64, null]", "region"), ("region: {}", "region"), ("parameters:", "parameters"),
        ("parameters: {}", "parameters"), ("parameters: null", "parameters"),
        ("period: ' , '", "period"),
    ],
)  # fmt: skip
def test_an_empty_value_of_a_matrix_is_not_everything(entry: str, key: str, tmp_path: Path) -> None:
    """Whoever writes a key and nothing behind it has forgotten something; each is told at once."""
    file = tmp_path / "m.yml"
    file.write_text(f"- notebook: membership\n- {entry}\n- {entry}\n")
    with pytest.raises(ParameterError) as error:
        matrix.read(file)
    told = [(f.where, f.found, f.next_step) for f in error.value.faults]
    step = "Leave the key out for its default."
    assert told == [(f"matrix {file}, entry {n}, {key}", "nothing", step) for n in (2, 3)]


@pytest.mark.parametrize("entry", ["{}", "", "~", "null"])
def test_an_entry_of_a_matrix_that_names_nothing_is_refused(entry: str, tmp_path: Path) -> None:
    """It would mean every report there is."""
    file = tmp_path / "m.yml"
    file.write_text(f"- {entry}\n- notebook: membership\n")
    with pytest.raises(ParameterError, match="entry 1: found nothing"):
        matrix.read(file)


def test_an_empty_text_is_a_parameter_like_any_other(tmp_path: Path) -> None:
    """And a word that YAML knows is that word."""
    file = tmp_path / "m.json"
    file.write_text('[{"notebook": "own.ipynb", "parameters": {"a": "", "b": null, "c": true}}]')
    assert matrix.read(file)[0].extra == (("a", ""), ("b", "null"), ("c", "true"))


@pytest.mark.parametrize(
    "entry",
    [
        "region: 64\n    period: 2012\n    region: 51",
        "notebook: own.ipynb\n    parameters: {top: 1,\n      'top': 2, low: 3}",
        '{"region": 64,\n\n     "region": 51}',
    ],
)
def test_a_key_that_comes_twice_in_a_matrix_is_told(entry: str, tmp_path: Path) -> None:
    """In an entry or its parameters, with its line; YAML would take the last in silence."""
    file = tmp_path / "weekly.yml"
    file.write_text(f"reports:\n  - {entry}\n")
    with pytest.raises(ParameterError, match=r"line 4: found '(region|top)' again"):
        matrix.read(file)


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("reports: [", ", line 1", "node content"), ("reports: {}", "", "no list of reports"),
        ("reports:\n  - regoin: 64\n  - 7", ", entry 1", "'regoin'"),
        ("reports:\n  - region: {a: 1}", ", entry 1, region", "{'a': '1'}"),
        ("- parameters: 5", ", entry 1, parameters", "5"),
        ("reports:\n\t- a", ", line 2", "character"),
        ("reports:\n  - region: 64\ndefaults: {period: 2012}", "", "'defaults'"),
        ("--- a\n--- b", ", line 2", "another document"), ("- *x", ", line 1", "undefined alias"),
        ("a\0", "", "unacceptable character"), ("\udcff", "", "byte 0xff, which is no UTF-8"),
    ],
)  # fmt: skip
def test_a_slip_in_the_file_is_told_with_its_place(
    text: str, place: str, found: str, tmp_path: Path
) -> None:
    """On one line."""
    file = tmp_path / "m.yml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ParameterError) as error:
        matrix.read(file)
    told = [f for f in error.value.faults if f.where == f"matrix {file}{place}"]
    assert [found in fault.found for fault in told[:1]] == [True], str(error.value)
    assert len(told[0].found.splitlines()) == 1
