"""What a notebook of one's own reads: declared, counted in its key, told when it is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from workbench import called, write

from kumkm_analysis.dataset import request
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import inputs, plan
from kumkm_analysis.runner.plan import Request


def lay(folder: Path, *names: str) -> None:
    """Lay files into a folder, each with its name in it."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {name}")


def found(folder: Path, *patterns: str) -> list[str]:
    """Return what counts for a notebook that declares patterns."""
    return list(inputs.files(folder / "own.ipynb", patterns))


def test_modules_always_count_and_other_files_when_they_are_declared(tmp_path: Path) -> None:
    """By name, by a pattern, or with all that is in their folder; what Python caches does not."""
    lay(tmp_path, "a.csv", "b.csv", "mine.py", "two words.txt", "own.ipynb")
    lay(
        tmp_path,
        "data/2012.csv",
        "data/deep/größe.csv",
        "data/__pycache__/x.pyc",
        "helpers/core.py",
    )
    assert found(tmp_path) == ["mine.py"]
    assert found(tmp_path, "a.csv", "two words.txt") == ["a.csv", "mine.py", "two words.txt"]
    assert found(tmp_path, "*.csv") == ["a.csv", "b.csv", "mine.py"]
    assert found(tmp_path, "data") == ["data/2012.csv", "data/deep/größe.csv", "mine.py"]
    assert found(tmp_path, "data/*.csv") == ["data/2012.csv", "mine.py"]
    assert found(tmp_path, "**/core.py") == ["helpers/core.py", "mine.py"]
    assert "own.ipynb" not in found(tmp_path, "*")


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        ("pd.read_csv('x.csv')", ["x.csv"]),
        ("open('two words.csv')", ["two words.csv"]),
        ("os.listdir('data')", ["data/a.csv", "data/deep/b.csv"]),
        ("open(f'data/{name}.csv')", ["data/a.csv", "data/deep/b.csv"]),
        ("pd.read_csv('../data/z.csv')", ["../data/z.csv"]),
        ("sorted(glob('*.csv'))", ["two words.csv", "x.csv"]),
        ("os.listdir()", ["two words.csv", "x.csv"]),
        ("Path('.').iterdir()", ["two words.csv", "x.csv"]),
        ("!cat x.csv", ["x.csv"]),
        ("sys.path.append('..')", []),
        ("'/usr', '/', '*', '[', '..', 'none.csv', '%s', 'published', ''", []),
        ("'" + "x" * 5000 + "'", []),
    ],
)
def test_files_count_that_are_named_in_the_code(
    code: str, counts: list[str], tmp_path: Path
) -> None:
    """Also in folders, by patterns and above; not those of reports that were published."""
    lay(tmp_path, "data/z.csv", "home/x.csv", "home/two words.csv", "home/own.ipynb")
    lay(tmp_path, "home/data/a.csv", "home/data/deep/b.csv", "home/data/.hidden/c.csv")
    lay(tmp_path, "home/published/run.json", "home/published/own/own.html")
    assert list(inputs.named(tmp_path / "home" / "own.ipynb", code)) == counts


@pytest.mark.usefixtures("at_hand")
def test_a_page_is_not_left_stale_by_a_file_that_its_notebook_names(tmp_path: Path) -> None:
    """Without anything declared, the report is made again when such a file changes or comes."""
    lay(tmp_path, "data/2012.csv", "other.txt")
    cell = "import os\nfor n in sorted(os.listdir('data')):\n    print(n, open('data/' + n).read())"
    words = (write(tmp_path / "own.ipynb", cell), "--output", tmp_path / "out")
    assert "1 done" in called("run", *words).stdout
    (tmp_path / "other.txt").write_text("another")
    assert "1 unchanged" in called("run", *words).stdout
    (tmp_path / "data" / "2012.csv").write_text("fresh content")
    assert "input data/2012.csv changed" in called("plan", *words).stdout
    assert "1 done" in called("run", *words).stdout
    assert "fresh content" in (tmp_path / "out" / "own" / "own.html").read_text()
    lay(tmp_path, "data/2013.csv")
    assert "input data/2013.csv is new" in called("plan", *words).stdout


@pytest.mark.usefixtures("at_hand")
def test_a_notebook_of_another_machine_reaches_what_lies_above_it(tmp_path: Path) -> None:
    """Modules and files above, as under papermill; that its kernel is ours is told and recorded."""
    lay(tmp_path, "home/data/x.csv", "home/nb/y.txt")
    (tmp_path / "home" / "above.py").write_text("NAME = 'a module above'")
    cell = "import sys\nsys.path.append('..')\nimport above\n"
    cell += "print(above.NAME, open('../data/x.csv').read())"
    path = write(tmp_path / "home" / "nb" / "own.ipynb", cell, kernel="conda-env-x-py")
    content = json.loads(path.read_text())
    content["metadata"]["language_info"] = {"name": "python"}
    path.write_text(json.dumps(content))
    out = tmp_path / "out"
    done = called("run", path, "--output", out)
    assert done.exit_code == 0
    assert "asks for the kernel conda-env-x-py, which is not installed here" in done.stderr
    assert "conda-env-x-py" in (out / "run.json").read_text()
    assert "a module above # data/x.csv" in (out / "own" / "own.html").read_text().replace(
        "home/", ""
    )
    assert called("verify", "own", "--notebook", path, "--output", out).exit_code == 0
    assert called("run", path, "-k", "python3", "--output", out, "--force").stderr == ""


def test_folders_that_lead_round_in_a_ring_are_walked_once(tmp_path: Path) -> None:
    """A link to a folder above it is no way without end."""
    lay(tmp_path, "helpers/core.py")
    (tmp_path / "helpers" / "again").symlink_to(tmp_path / "helpers")
    assert found(tmp_path, "helpers") == ["helpers/core.py"]


def test_a_pattern_that_names_nothing_is_told_with_all_else(tmp_path: Path) -> None:
    """Absolute, leading out, empty, or matching nothing: with what else is wrong, and no run."""
    path = write(tmp_path / "own.ipynb", "1")
    content = json.loads(path.read_text())
    content["metadata"]["kumkm"] = {"inputs": ["none.csv"]}
    path.write_text(json.dumps(content))
    given = ["/etc/passwd", "../x", "", "*.nothing"]
    asked = Request([str(path)], inputs=given, extra=[("top", "1")])
    with pytest.raises(ParameterError) as error:
        plan.make(asked, request.domain())
    told = {f.where.partition("input ")[2]: f.found for f in error.value.faults}
    assert told.pop("") == "no such parameter"
    assert told == {
        "'none.csv'": "nothing there",
        "'/etc/passwd'": "a path that leads out",
        "'../x'": "a path that leads out",
        "''": "a path that leads out",
        "'*.nothing'": "nothing there",
    }


def test_an_input_of_what_reads_none_is_refused() -> None:
    """Notebooks of the package read the data only."""
    with pytest.raises(ParameterError, match=r"--input: found a\.csv; expected a note"):
        plan.make(Request(["membership"], inputs=["a.csv"]), request.domain())


@pytest.mark.usefixtures("at_hand")
def test_a_run_makes_a_report_again_when_a_declared_folder_holds_something_else(
    tmp_path: Path,
) -> None:
    """A file that came, changed or went, declared in the notebook or on the command line.

    What is not declared changes nothing; plan says what did, and verify takes the same option.
    """
    (tmp_path / "data").mkdir()
    lay(tmp_path, "data/2012.csv", "undeclared.txt", "more.txt")
    path = write(tmp_path / "own.ipynb", "import os\nprint(sorted(os.listdir('data')))")
    content = json.loads(path.read_text())
    content["metadata"]["kumkm"] = {"inputs": ["data"]}
    path.write_text(json.dumps(content))
    words = (path, "--input", "more.txt", "--output", tmp_path / "out")
    assert "1 done" in called("run", *words).stdout
    lay(tmp_path, "data/2013.csv")
    (tmp_path / "undeclared.txt").write_text("another")
    (tmp_path / "more.txt").write_text("another")
    said = called("plan", *words).stdout
    assert said.startswith("own  run: input more.txt changed; input data/2013.csv is new\n")
    assert "1 done" in called("run", *words).stdout
    assert "2013.csv" in (tmp_path / "out" / "own" / "own.html").read_text()
    (tmp_path / "data" / "2012.csv").unlink()
    assert "input data/2012.csv is gone" in called("plan", *words).stdout
    lay(tmp_path, "data/2012.csv")
    assert "1 unchanged" in called("run", *words).stdout
    verified = called("verify", "own", "--notebook", *words)
    assert verified.stdout == "identical  own\n", verified.stderr
