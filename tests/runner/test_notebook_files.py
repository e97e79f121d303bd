"""Notebooks as the runner sees them: found by name or path, their contract read without running."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from workbench import called, write

from kumkm_analysis import paths
from kumkm_analysis.dataset import request
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import notebooks, plan
from kumkm_analysis.runner.plan import Request

PARAMETERS = 'top: int = 5  # how many\nname = "a"\nlimit: float | None = None\nmade = len("abc")'


def test_the_shipped_notebooks_declare_the_four_parameters() -> None:
    """Each has region, period, language and reading, with defaults, before what is its own."""
    assert notebooks.SHIPPED
    for name in notebooks.SHIPPED:
        found = notebooks.find(name)
        assert found.shipped
        standard = ["region", "period", "language", "reading"]
        assert list(found.parameters)[:4] == standard
        assert all(found.parameters[p].type == "str" for p in found.parameters)
        assert all(found.parameters[p].default is not None for p in standard)


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
        (json.dumps({"cells": [], "metadata": {}, "nbformat": 3}), "no notebook inside"),
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
        ("cell_type", "heading"),
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


def changed(path: Path, change: Any) -> Path:
    """Change the content of a notebook."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


def asking(path: Path, language: str = "", **spec: str) -> Path:
    """Have a notebook ask for a kernel, and say in which language it is written."""
    found = {"kernelspec": spec} if spec else {}
    info = {"language_info": {"name": language}} if language else {}
    return changed(path, lambda content: content.update(metadata={**found, **info}))


def test_a_notebook_that_lies_beside_ours_is_not_one_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What JupyterLab leaves there, such as an Untitled.ipynb, keeps no report from being made."""
    folder = Path(shutil.copytree(paths.notebooks_path(), tmp_path / "notebooks"))
    (folder / "Untitled.ipynb").write_text("")
    shutil.copy(folder / "membership.ipynb", folder / "membership-Copy1.ipynb")
    monkeypatch.setattr(paths, "notebooks_path", lambda: folder)
    made = plan.make(Request(), request.domain())
    assert {report.notebook for report in made} == set(notebooks.SHIPPED)
    assert not notebooks.find(str(folder / "membership-Copy1.ipynb")).shipped


def test_the_shipped_notebooks_are_those_of_the_checkout() -> None:
    """One that is added is named in the list of them; that to explore with is no report."""
    done = subprocess.run(
        ["git", "ls-files", "*.ipynb"], cwd=paths.notebooks_path(), capture_output=True, text=True
    )
    if done.returncode or not done.stdout:
        pytest.skip("no git checkout")
    found = {Path(name).stem for name in done.stdout.split()}
    assert tuple(sorted(found - {"explore"})) == notebooks.SHIPPED


def test_a_notebook_without_a_parameters_cell_has_no_parameters(tmp_path: Path) -> None:
    """It is made as it is; a parameter that is given is refused, with how to declare one."""
    path = changed(write(tmp_path / "plain.ipynb", "1"), lambda n: n["cells"].pop(0))
    found = notebooks.read(path)
    assert found.parameters == {}
    assert [r.name for r in plan.make(Request([str(path)]), request.domain())] == ["plain"]
    with pytest.raises(ParameterError, match="the notebook declares none") as error:
        found.convert("top", "5")
    assert "Cell Tags" in str(error.value)


def test_values_of_an_earlier_run_of_papermill_are_no_parameters_cell(tmp_path: Path) -> None:
    """Without the cell that they replace they would speak for what nobody asked for."""
    path = write(tmp_path / "again.ipynb", "print(top)", parameters="top = 9")
    injected = changed(
        path, lambda n: n["cells"][0]["metadata"].update(tags=["injected-parameters"])
    )
    with pytest.raises(ParameterError, match="values of an earlier run of papermill"):
        notebooks.read(injected)


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\ntop: int = 5",
        "%load_ext autoreload\n%autoreload 2\ntop: int = 5\n!date",
        "%%time\ntop: int = 5",
        "\n%%capture out\ntop: int = 5",
        "top: int = 5\nlen?",
    ],
)
def test_magics_in_the_parameters_cell_declare_nothing(source: str, tmp_path: Path) -> None:
    """What stands beside them does."""
    found = notebooks.read(write(tmp_path / "magic.ipynb", parameters=source))
    assert {p.name: (p.type, p.default) for p in found.parameters.values()} == {"top": ("int", 5)}


@pytest.mark.parametrize("name", [".venv", "conda-env-geo-py", "python2", "python"])
def test_the_kernel_of_another_machine_is_ours_and_that_is_said(name: str, tmp_path: Path) -> None:
    """Names of environments mean nothing here; for Python ours will do."""
    path = asking(write(tmp_path / "own.ipynb", "1"), "python", name=name, display_name=name)
    [report] = plan.make(Request([str(path)]), request.domain())
    assert report.kernel == "python3"
    [remark] = report.remarks
    assert f"asks for the kernel {name}, which is not installed here" in remark
    [chosen] = plan.make(Request([str(path)], kernel="python3"), request.domain())
    assert (chosen.kernel, chosen.remarks) == ("python3", ())


@pytest.mark.parametrize(
    ("language", "spec", "wanted", "told"),
    [
        ("R", {"name": "ir"}, "", "no kernel 'ir'"),
        ("julia", {}, "", "no kernel 'julia'"),
        ("", {"name": "unheard-of"}, "", "no kernel 'unheard-of'"),
        ("python", {"name": "python3"}, "mine", "no kernel 'mine'"),
    ],
)
def test_a_kernel_that_is_lacking_is_told_before_anything_runs(
    language: str, spec: dict[str, str], wanted: str, told: str, tmp_path: Path
) -> None:
    """One of another language, one of which nothing is known, and one that was asked for."""
    path = asking(write(tmp_path / "own.ipynb", "1"), language, **spec)
    with pytest.raises(ParameterError) as error:
        plan.make(Request([str(path)], kernel=wanted), request.domain())
    [fault] = error.value.faults
    assert (fault.where, fault.found) == ("notebook own, kernel", told)
    assert "python3" in fault.expected
    assert "--kernel python3" in fault.next_step


def test_a_kernel_that_is_installed_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that the notebook asks for, or the one that the user names."""
    home = tmp_path / "kernels" / "mine"
    home.mkdir(parents=True)
    spec = {"argv": ["true"], "display_name": "Mine", "language": "python"}
    (home / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    path = asking(write(tmp_path / "own.ipynb", "1"), name="mine")
    assert notebooks.read(path).runs_in() == ("mine", "")
    assert notebooks.read(asking(path)).runs_in("mine") == ("mine", "")


def test_our_notebooks_run_in_no_other_kernel() -> None:
    """The option is for a notebook of one's own."""
    with pytest.raises(
        ParameterError, match=r"--kernel: found ir; expected a notebook of your own"
    ):
        plan.make(Request(["membership"], kernel="ir"), request.domain())
