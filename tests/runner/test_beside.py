"""What lies beside a user's notebook: found by what it says, counted in its key, sent with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import workbench
from workbench import kumkm, printed, tell, write

from kumkm_analysis import paths
from kumkm_analysis.runner import beside, keys
from kumkm_analysis.runner.beside import Surroundings
from kumkm_analysis.runner.engines import LocalEngine
from kumkm_analysis.runner.plan import Report


def lay(folder: Path, *names: str) -> None:
    """Lay files into a folder, each with its name in it."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {name}")


def found(folder: Path, text: str) -> list[str]:
    """Return what a notebook with that text reads beside it."""
    return list(beside.find(folder / "own.ipynb", [text]).files)


@pytest.mark.parametrize(
    "text",
    [
        "open('b.txt')", "!cat b.txt", "x = !cat ./b.txt", "%%bash\nwc -l < b.txt", "%run b.txt",
        "![a picture](b.txt)", '<img src="./b.txt">', "a b.txt c", "open('*.txt')", "open('b.t?t')",
        "this is = no Python of b.txt", "glob(r'[ab].txt')",
    ],
)  # fmt: skip
def test_a_file_counts_however_a_cell_names_it(text: str, tmp_path: Path) -> None:
    """In Python, in a command, in a cell of another language, in prose, or by a pattern."""
    lay(tmp_path, "b.txt", "other.csv", ".hidden.txt")
    assert found(tmp_path, text) == ["b.txt"]


@pytest.mark.parametrize("name", ["two words.csv", "größe.csv", "日本.csv"])
def test_names_may_be_written_as_a_shell_or_an_address_has_them(name: str, tmp_path: Path) -> None:
    """With a backslash before a space, or with per cent signs."""
    lay(tmp_path, name)
    for text in (f"open({name!r})", "!cat " + name.replace(" ", "\\ "), f"![]({quote(name)})"):
        assert found(tmp_path, text) == [name], text


def test_modules_count_and_what_they_name_in_turn(tmp_path: Path) -> None:
    """All modules beside it; those of packages that it names, with the files that those read."""
    lay(
        tmp_path, "unnamed.py", "helpers/__init__.py", "helpers/deep/core.py", "other/x.py", "d.csv"
    )
    lay(tmp_path, "helpers/table.csv", "helpers/unread.csv", "helpers/__pycache__/core.pyc")
    assert found(tmp_path, "1") == ["unnamed.py"]
    (tmp_path / "helpers" / "deep" / "core.py").write_text("open('d.csv'); open('table.csv')")
    expected = ["d.csv", "helpers/__init__.py", "helpers/deep/core.py", "helpers/table.csv"]
    assert found(tmp_path, "from helpers.deep import core") == [*expected, "unnamed.py"]


def test_patterns_reach_into_folders_that_are_named(tmp_path: Path) -> None:
    """``inputs/*`` means all in there, ``**/`` every folder; two stars before a name no file."""
    lay(tmp_path, "inputs/a.csv", "inputs/2012/b.csv", "other/c.csv", "root.csv", "d.txt")
    deep = ["inputs/2012/b.csv", "inputs/a.csv"]
    assert found(tmp_path, "glob('inputs/*')") == deep
    everywhere = [*deep, "other/c.csv", "root.csv"]
    for pattern in ("glob('**/*.csv')", "rglob('*.csv')", "glob('*/*.csv') + glob('*.csv')"):
        assert found(tmp_path, pattern) == everywhere, pattern
    assert found(tmp_path, "f(*args, **kwargs) * 3 + x[0] + df[i]") == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sales 2012.csv", "glob('sales 20*.csv')"), ("a+b1.csv", "glob('a+b*.csv')"),
        ("my(1).csv", "glob('my(*).csv')"), ("a.csv", "!cat {a,b}.csv"), ("a.csv", "f'{name}.csv'"),
        ("it's.csv", r"open('it\'s.csv')"), ("ab.csv", "open('a' 'b.csv')"),
        ("é.csv", r"open('\u00e9.csv')"), (".settings.json", "open('.settings.json')"),
        (".config/x.json", "open('.config/x.json')"), ("2012.csv", "glob('2*')"),
    ],
)  # fmt: skip
def test_a_file_counts_as_python_and_a_shell_read_its_name(
    name: str, text: str, tmp_path: Path
) -> None:
    """Escapes undone, pieces joined, spaces and brackets in patterns, hidden files by name."""
    lay(tmp_path, name, "zz", ".zz.csv")
    assert found(tmp_path, text) == [name]


def test_what_others_made_beside_a_notebook_does_not_count(tmp_path: Path) -> None:
    """A virtual environment, packages of others, and the pages that a run itself writes."""
    lay(tmp_path, "env/pyvenv.cfg", "env/lib/x.py", "lib/site-packages/y.py", "lib/z.py")
    lay(tmp_path, "reports/run.json", "reports/.lock", "reports/own/results.json")
    text = "the env and lib of reports: glob('*.json'), results.json, rglob"
    assert found(tmp_path, text) == ["lib/z.py"]


def test_a_folder_is_named_by_a_word_and_not_by_part_of_one(tmp_path: Path) -> None:
    """``os.environ`` names no folder ``env``; ``import env`` does."""
    lay(tmp_path, "env/x.py")
    assert found(tmp_path, "os.environ['USER'], my_env") == []
    assert found(tmp_path, "import env") == ["env/x.py"]


@pytest.mark.parametrize("sign", ["0a", "x*", "*", "[", "{", "a.", "(((", "\\ "])
def test_looking_takes_no_more_than_the_text_is_long(sign: str, tmp_path: Path) -> None:
    """A word of a megabyte, as data in a cell may be, is read in one go."""
    import time

    lay(tmp_path, "a.csv")
    begun = time.process_time()
    beside.find(tmp_path / "own.ipynb", [f"DATA = '{sign * (2**20 // len(sign))}'"])
    assert time.process_time() - begun < 5


def test_folders_that_lead_round_in_a_ring_are_walked_once(tmp_path: Path) -> None:
    """A link to a folder above it is no way without end."""
    lay(tmp_path, "helpers/core.py")
    (tmp_path / "helpers" / "again").symlink_to(tmp_path / "helpers")
    (tmp_path / "helpers.txt").symlink_to("helpers.txt")
    assert found(tmp_path, "import helpers") == ["helpers/core.py"]


def test_a_name_that_is_no_utf_8_is_passed_over(tmp_path: Path) -> None:
    """No notebook can say it and no key can hold it."""
    try:
        Path(f"{tmp_path}/x\udcff.py").write_text("1")
    except OSError:
        pytest.skip("this system has no such names")
    assert found(tmp_path, "glob('*')") == []


def test_what_is_too_large_to_travel_counts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest is in the key; its content stays where it is."""
    lay(tmp_path, "a.csv", "b.csv", "c.csv")
    whole = beside.find(tmp_path / "own.ipynb", ["*.csv"]).files
    monkeypatch.setattr(beside, "MOST_BYTES", 2 * len(b"# a.csv"))
    part = beside.find(tmp_path / "own.ipynb", ["*.csv"]).files
    assert {n: one.sha256 for n, one in part.items()} == {n: o.sha256 for n, o in whole.items()}
    assert sum(one.content is None for one in part.values()) == 1
    assert all(one.content for one in whole.values())


def ingredients(path: Path) -> tuple[Mapping[str, str], Surroundings]:
    """Return what the key of a notebook is made from, and what travels with it."""
    known, report = keys.Keys(paths.data_path()), Report(path.stem, path, {})
    return known.ingredients(report, None), known.surroundings(report)


def test_a_package_that_changed_is_told_by_its_path(tmp_path: Path) -> None:
    """``kumkm why`` names the module, however deep."""
    lay(tmp_path, "helpers/core.py")
    path = write(tmp_path / "own.ipynb", "from helpers import core")
    before, _ = ingredients(path)
    (tmp_path / "helpers" / "core.py").write_text("VALUE = 2")
    after, _ = ingredients(path)
    assert keys.changes(before, after) == ["beside the notebook/helpers/core.py changed"]


def test_a_notebook_finds_packages_and_files_as_its_key_holds_them(tmp_path: Path) -> None:
    """What changed since it was planned is not seen; the rest of a folder is there by links."""
    lay(tmp_path, "helpers/rest.txt", "inputs/b.txt")
    (tmp_path / "helpers" / "core.py").write_text("VALUE = 1")
    (tmp_path / "p.png").write_bytes(b"")
    look = "import os\nfrom helpers import core\nb = open('inputs/b.txt').read()\n"
    rest = "sorted(n for n in os.listdir('helpers') if n[0] != '_')"
    path = write(tmp_path / "own.ipynb", look + tell(f"[core.VALUE, b, {rest}]"))
    _, travels = ingredients(path)
    job = workbench.job(path)
    (tmp_path / "helpers" / "core.py").write_text("VALUE = 2")
    with LocalEngine(paths.data_path(), 1) as engine:
        answer = engine.make(replace(job, beside=travels))
    assert printed(answer) == [1, "# inputs/b.txt", ["core.py", "rest.txt"]]
    assert sorted(p.name for p in (tmp_path / "helpers").iterdir()) == ["core.py", "rest.txt"]


def test_a_run_makes_a_report_again_when_its_package_changed(tmp_path: Path) -> None:
    """Not before, and not when something else beside it did."""
    lay(tmp_path, "helpers/core.py", "b.txt", "c.txt")
    path = write(tmp_path / "own.ipynb", "from helpers import core", "lines = !cat b.txt")
    words = ("run", path, "--output", tmp_path / "out")
    assert "1 done" in kumkm(*words).stdout
    (tmp_path / "c.txt").write_text("another")
    assert "1 unchanged" in kumkm(*words).stdout
    for name in ("helpers/core.py", "b.txt"):
        (tmp_path / name).write_text("1")
        why = kumkm("why", "own", path, "--output", tmp_path / "out")
        assert f"beside the notebook/{name} changed" in why.stdout
        assert "1 done" in kumkm(*words).stdout


def test_a_notebook_shows_the_picture_that_it_drew_itself(tmp_path: Path) -> None:
    """As in Jupyter: prose shows what stands in the notebook's folder when it has run."""
    draw = "from matplotlib.figure import Figure\nFigure().savefig('drawn.png')"
    path = write(tmp_path / "own.ipynb", draw)
    content = json.loads(path.read_text())
    content["cells"].append(
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "![an empty one](drawn.png)"}
    )
    path.write_text(json.dumps(content))
    done = kumkm("run", path, "--output", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "data:image/png;base64," in (tmp_path / "out" / "own" / "own.html").read_text()
    assert not (tmp_path / "drawn.png").exists()


def test_a_notebook_runs_a_program_beside_it_and_writes_into_no_folder_of_the_user(
    tmp_path: Path,
) -> None:
    """A copy may be run as the original may; that it may is part of the key; its time is the old.

    A folder that is named takes what is written, though nothing in it counts.
    """
    lay(tmp_path, "out/kept")
    tool = tmp_path / "tool.sh"
    tool.write_text("#!/bin/sh\necho ran")
    tool.chmod(0o755)
    cells = ["said = !./tool.sh", "import os\nopen('out/result.csv', 'w').close()"]
    path = write(tmp_path / "own.ipynb", *cells, tell("[said, os.stat('tool.sh').st_mtime]"))
    words = ("run", path, "--output", tmp_path / "pages")
    before = sorted(p for p in tmp_path.rglob("*"))
    with LocalEngine(paths.data_path(), 1) as engine:
        _, travels = ingredients(path)
        answer = engine.make(replace(workbench.job(path), beside=travels))
    assert printed(answer) == [["ran"], tool.stat().st_mtime]
    assert sorted(p for p in tmp_path.rglob("*")) == before
    assert "1 done" in kumkm(*words).stdout
    assert "1 unchanged" in kumkm(*words).stdout
    tool.chmod(0o644)
    why = kumkm("why", "own", path, "--output", tmp_path / "pages")
    assert "beside the notebook/tool.sh changed" in why.stdout
