"""The examples of README.md and docs/notebooks.md run, and the words they name are there."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
from workbench import called, write

from kumkm_analysis import Report, open_report
from kumkm_analysis.metrics import formulas
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.report.programme import Programme

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "notebooks.md").read_text("utf-8")
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
ROWS = re.findall(r"^\| (.+?) \|", GUIDE, re.MULTILINE)
TOLD = [pair for row in ROWS for pair in re.findall(r"`(\w+)\(([^`)]*)\)`", row)]


@pytest.mark.usefixtures("at_hand")
def test_the_notebook_of_the_guide_is_published_in_both_languages(tmp_path: Path) -> None:
    """Its cells, as they stand there, make a page whose sentence has the printed figure."""
    parameters, cells = PYTHON.findall(GUIDE)
    path = write(tmp_path / "mine.ipynb", cells, parameters=parameters)
    done = called("run", path, "--language", "id,en", "--output", tmp_path / "out")
    assert done.exit_code == 0, done.stdout + done.stderr
    for language, said in (("id", "beranggota"), ("en", "are printed as having")):
        name = f"mine-64-2012.{language}"
        home = tmp_path / "out" / name
        results = json.loads((home / "results.json").read_text("utf-8"))
        [figure] = [f for f in results["figures"] if f["id"] == "f1"]
        assert figure["name"] == "members"
        page = (home / f"{name}.html").read_text("utf-8")
        assert said in page
        assert figure["text"] in page


def test_the_guide_names_every_word_of_a_report_and_no_other() -> None:
    """What a new method does is told there; what is gone is not."""
    told = [name for name, _ in TOLD]
    there = [
        name
        for kind in (Report, Programme)
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if name[0] != "_"
    ]
    assert sorted(told) == sorted(there)


@pytest.mark.parametrize(("name", "given"), TOLD)
def test_the_guide_gives_a_word_the_arguments_that_it_takes(name: str, given: str) -> None:
    """In their order, without those that have to be left out."""
    owner = Report if hasattr(Report, name) else Programme
    _, *taken = inspect.signature(getattr(owner, name)).parameters
    assert [part.strip("* ") for part in given.split(",") if part] == taken


@pytest.mark.parametrize("placeholder", re.findall(r"`(\{.+?\})`", GUIDE))
def test_a_sentence_takes_every_placeholder_of_the_guide(placeholder: str) -> None:
    """None is refused, and none is left standing."""
    report = open_report()
    own = report.figure("members")
    assert isinstance(own, Figure)
    texts = dict.fromkeys(("id", "en"), placeholder.replace("\\", ""))
    said = report.fill(texts, {"own": own, "n": report.count("texts", [own])}, plain=True)
    assert said
    assert "{" not in said


def test_the_library_does_what_the_readme_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line runs, and what stands behind one as its value is its value."""
    [example] = PYTHON.findall((ROOT / "README.md").read_text("utf-8"))
    names: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path)
    kept = dict(formulas.METRICS)
    plt.switch_backend("agg")
    exec(compile(example, "README.md", "exec"), names)
    plt.close("all")
    shown = re.findall(r"^ *([^#\n]+?)  # ('[^']*'|True)", example, re.MULTILINE)
    assert len(shown) == 9
    for expression, value in shown:
        found = eval(expression, names)
        plain = found.replace("\N{NO-BREAK SPACE}", " ") if isinstance(found, str) else found
        assert plain == ast.literal_eval(value)
    for own in formulas.METRICS.keys() - kept.keys():
        del formulas.METRICS[own]
    assert [path.name for path in tmp_path.glob("kaltim.csv")] == ["kaltim.csv"]
