"""Notebooks as the runner sees them: found by name or path, their contract read without running."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from workbench import called, write

from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import notebooks

PARAMETERS = 'top: int = 5  # how many\nname = "a"\nlimit: float | None = None\nmade = len("abc")'


def test_the_shipped_notebooks_declare_the_four_parameters() -> None:
    """Each has region, period, language and reading, with defaults, in one cell, before others."""
    assert notebooks.shipped()
    for name in notebooks.shipped():
        found = notebooks.find(name)
        assert found.shipped
        standard = list(found.parameters.values())[:4]
        assert [p.name for p in standard] == ["region", "period", "language", "reading"]
        assert all(p.type == "str" and p.default for p in standard)
        assert all(p.type == "str" and p.default is not None for p in found.parameters.values())


def test_a_contract_is_read_from_the_cell(tmp_path: Path) -> None:
    """Types as written, or inferred from the default; what is computed has no known default."""
    found = notebooks.read(write(tmp_path / "own.ipynb", parameters=PARAMETERS))
    declared = {p.name: (p.type, p.default) for p in found.parameters.values()}
    assert declared == {
        "top": ("int", 5),
        "name": ("str", "a"),
        "limit": ("float | None", None),
        "made": ("Any", None),
    }
    assert not found.shipped


def test_a_value_is_converted_or_refused_with_the_place(tmp_path: Path) -> None:
    """A wrong type and an unknown name are told with notebook and parameter."""
    found = notebooks.read(write(tmp_path / "own.ipynb", parameters=PARAMETERS))
    assert found.convert("top", "7") == 7
    with pytest.raises(ParameterError, match="notebook own, parameter top: found 'x'"):
        found.convert("top", "x")
    with pytest.raises(ParameterError, match=r"Did you mean limit\?"):
        found.convert("limt", "1")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "no notebook inside"),
        ("[]", "no notebook inside"),
        (json.dumps({"cells": []}), "no notebook inside"),
        (json.dumps({"cells": [], "metadata": {"kernelspec": []}, "nbformat": 4}), "no notebook"),
        (json.dumps({"cells": [], "metadata": {}}), "no notebook inside"),
        (json.dumps({"cells": [], "metadata": {}, "nbformat": 4}), "no parameters cell"),
        (json.dumps({"cells": [], "metadata": {}, "nbformat": 3}), "nbformat 3"),
        (json.dumps({"cells": [], "metadata": {}, "nbformat": 99}), "nbformat 99"),
        (json.dumps({"cells": [], "metadata": {}, "nbformat": "4"}), 'nbformat "4"'),
        (json.dumps({"cells": [], "metadata": [], "nbformat": 4}), "no notebook inside"),
    ],
)
def test_a_file_that_is_no_notebook_is_told(content: str, told: str, tmp_path: Path) -> None:
    """Neither a traceback nor a guess."""
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    with pytest.raises(ParameterError, match=told):
        notebooks.read(path)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("cell_type", None),
        ("metadata", []),
        ("metadata", {"tags": "parameters"}),
        ("metadata", {"tags": [1]}),
        ("source", 3),
        ("source", [None]),
    ],
)
def test_a_cell_of_another_shape_is_told_by_its_number(
    part: str, value: object, tmp_path: Path
) -> None:
    """Whatever a program that writes notebooks made of it; no traceback, here nor later."""
    path = write(tmp_path / "x.ipynb", "print(1)")
    content = json.loads(path.read_text())
    content["cells"][1][part] = value
    path.write_text(json.dumps(content))
    with pytest.raises(ParameterError) as error:
        notebooks.read(path)
    [fault] = error.value.faults
    assert fault.found == "cell 2 is none"
    assert fault.expected == "a .ipynb file of format 4"


@pytest.mark.usefixtures("at_hand")
def test_a_cell_may_lack_what_is_not_needed(tmp_path: Path) -> None:
    """Without metadata and source it is an empty cell, to the planner and to the runner."""
    path = write(tmp_path / "x.ipynb", "print(1)")
    content = json.loads(path.read_text())
    content["cells"] += [{"cell_type": "code"}, {"cell_type": "markdown"}]
    path.write_text(json.dumps(content))
    done = called("run", path, "--output", tmp_path / "out")
    assert (done.exit_code, done.stderr) == (0, "")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """The system's reason is told, not advice on what is inside."""
    with pytest.raises(ParameterError, match="Is a directory"):
        notebooks.read(tmp_path)


def test_a_slip_in_the_parameters_cell_names_its_line(tmp_path: Path) -> None:
    """The line of the cell is told."""
    path = write(tmp_path / "slip.ipynb", parameters="a = 1\nb = = 2")
    with pytest.raises(ParameterError, match="parameters cell, line 2"):
        notebooks.read(path)


def test_a_name_that_is_close_is_suggested(tmp_path: Path) -> None:
    """A slip in a shipped name is met with the name."""
    with pytest.raises(ParameterError, match=r"Did you mean membership\?"):
        notebooks.find("membrship")
