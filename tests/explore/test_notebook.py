"""Tests of the notebook that teaches exploring, in a real kernel, on these data and on others."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient
from workbench import called

from kumkm_analysis import paths

NOTEBOOK = ROOT / "notebooks" / "explore.ipynb"
PACKAGES = (paths.shipped_data_path(), ROOT / "tests" / "data" / "credit_unions")


@pytest.mark.parametrize("package", PACKAGES, ids=[one.name for one in PACKAGES])
def test_every_cell_shows_something(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From top to bottom without an error; only the export waits for its hash to be taken away."""
    monkeypatch.setenv(paths.DATA_VARIABLE, str(package))
    monkeypatch.delenv(paths.PUBLISH_VARIABLE)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    silent = [cell.id for cell in notebook.cells if cell.cell_type == "code" and not cell.outputs]
    assert silent == ["export"]
    assert list(tmp_path.iterdir()) == []


def test_it_is_no_report(tmp_path: Path) -> None:
    """``kumkm run`` makes the reports only, and says so when it is asked for this notebook."""
    done = called("run", "explore", "--output", tmp_path / "out")
    assert done.exit_code == 2
    assert "no notebook 'explore'" in done.stderr
