"""Tests of the package as users get it: built, installed from a wheel, used in an empty folder.

The wheel goes into an environment of its own, which sees the packages of this one through a path
file; so what is installed is the wheel alone, and nothing is downloaded.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
SHIPPED = PurePosixPath("kumkm_analysis/shipped")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an sdist, and with the wheel that was built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """Return the wheel."""
    [path] = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the ``bin`` folder of an environment in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("an environment") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    command = [
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-index"),
        *("--no-deps", "--python", str(python), str(wheel)),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # A path file of the other environment is not followed, so its editable install stays out.
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "neighbours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def run(installed: Path, cwd: Path, program: str, *words: str | Path) -> str:
    """Run a program of the environment in a folder and return what it prints."""
    names = ("KUMKM_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    settings = {k: v for k, v in os.environ.items() if not k.startswith(names)}
    settings["PATH"] = f"{installed}{os.pathsep}{os.defpath}"
    # Installed as a dependency, nbconvert and ipykernel would lie in this environment's share.
    settings["JUPYTER_PATH"] = str(Path(sysconfig.get_path("data")) / "share" / "jupyter")
    done = subprocess.run(
        [str(installed / program), *map(str, words)],
        cwd=cwd,
        env=settings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tracked(*folders: str) -> set[PurePosixPath]:
    """Return the files of folders of the checkout, without what tools leave there."""
    left = {"__pycache__", ".ipynb_checkpoints"}
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    relative = (PurePosixPath(path.relative_to(ROOT).as_posix()) for path in found)
    return {path for path in relative if not left & set(path.parts)}


def test_the_wheel_holds_code_data_and_notebooks_and_nothing_else(wheel: Path) -> None:
    """Every module, template, table and notebook is in the wheel, byte for byte."""
    expected = {path: path for path in tracked("kumkm_analysis")}
    expected |= {SHIPPED / path: path for path in tracked("data", "notebooks")}
    with zipfile.ZipFile(wheel) as archive:
        names = {PurePosixPath(name) for name in archive.namelist()}
        ours = {name for name in names if not name.parts[0].endswith(".dist-info")}
        assert ours == expected.keys()
        for name, path in expected.items():
            assert archive.read(str(name)) == (ROOT / path).read_bytes(), name


def test_the_wheel_asks_for_the_runtime_dependencies_only(wheel: Path) -> None:
    """The metadata of the wheel name the runtime dependencies; others are extras."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(archive.read(name).decode("utf-8"))
    asked = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    always = {one.name for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})}
    assert {"pandas", "papermill", "pydantic"} <= always
    assert not always & {"jupyterlab", "pytest", "uv", "ruff", "hatchling"}
    extras = {"distributed", "fsspec", "ipywidgets", "jupyterlab", "openpyxl", "pyarrow", "s3fs"}
    extras |= {"beautifulsoup4", "pypdf"}
    assert {one.name for one in asked if one.name not in always} == extras
    assert metadata.get_all("Provides-Extra") == ["curation", "dask", "export", "lab", "remote"]
    assert metadata.get_all("License-File") == ["LICENSE", "LICENSE-DATA.md"]


def test_the_sdist_holds_what_a_fresh_start_needs(built: Path) -> None:
    """From the sdist one can set up, test, build and cite, as from the repository."""
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {PurePosixPath(*PurePosixPath(name).parts[1:]) for name in archive.getnames()}
    assert tracked("kumkm_analysis", "data", "notebooks", "tests", "docs", "benchmarks") <= names
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        top = {PurePosixPath(name) for name in listed.stdout.split("\0") if "/" not in name}
        assert top - {PurePosixPath()} <= names


def test_an_installed_wheel_loads_its_own_data_in_an_empty_folder(
    installed: Path, tmp_path: Path
) -> None:
    """Outside the checkout the library works on the data inside the wheel."""
    code = (
        "import kumkm_analysis as k; from kumkm_analysis import paths as r;"
        "print(k.__file__, r.data_path(), r.notebooks_path(), k.load(), sep='\\n')"
    )
    here, data, notebooks, dataset = run(installed, tmp_path, "python", "-c", code).split("\n", 3)
    environment = installed.parent
    assert Path(here).is_relative_to(environment)
    assert Path(data) == Path(here).parent / "shipped" / "data"
    assert Path(notebooks) == Path(here).parent / "shipped" / "notebooks"
    files = [*(ROOT / "data" / "observations").glob("*.csv")]
    rows = sum(len([*csv.DictReader(file.read_text("utf-8").splitlines())]) for file in files)
    assert f" {rows} " in dataset


def test_an_installed_wheel_makes_a_page_in_an_empty_folder(
    installed: Path, small_package: Path, tmp_path: Path
) -> None:
    """``kumkm run`` from a wheel gives a page in the folder it was started in, and only there."""
    run(
        installed, tmp_path, "kumkm", "run", "capital_structure",
        "--language", "en", "--output", "out", "--data", small_package,
    )  # fmt: skip
    pages = [p for p in (tmp_path / "out").rglob("*.html") if "capital_structure" in str(p)]
    assert len(pages) == 1
    page = pages[0].read_text("utf-8")
    assert '<html lang="en">' in page
    assert "22.977" in page, "the page shows the printed figure that cannot hold"
    assert str(ROOT) not in page
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_installed_wheel_checks_its_own_data(installed: Path, tmp_path: Path) -> None:
    """``kumkm check`` finds the data inside the wheel sound."""
    assert run(installed, tmp_path, "kumkm", "check").strip()
