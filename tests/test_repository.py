"""Tests of what surrounds the code: set-up, lock, environments, citation, documents, hooks."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from kumkm_analysis.runner.notebooks import SHIPPED

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = "".join((ROOT / f"{one}requirements.lock").read_text("utf-8") for one in ("", "docs/"))
CITATION_SCHEMA = Path(__file__).parent / "data" / "cff-schema-1.2.0.json"
# How conda-forge names what the package index names otherwise.
CONDA_NAMES = {"python-build": "build"}
CHANGELOG_SECTIONS = ["Data", "Analysis", "Code"]


def requirements(lines: Sequence[str]) -> dict[str, SpecifierSet]:
    """Return the version bounds of requirement lines by canonical name."""
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): one.specifier for one in parsed}


def group(name: str) -> list[str]:
    """Return the requirement lines of a dependency group, included groups resolved."""
    lines = []
    for line in PROJECT["dependency-groups"][name]:
        lines += [line] if isinstance(line, str) else group(line["include-group"])
    return lines


def runtime() -> dict[str, SpecifierSet]:
    """Return the runtime dependencies with their bounds."""
    return requirements(PROJECT["project"]["dependencies"])


def extras() -> list[str]:
    """Return the requirement lines of all extras."""
    return [
        line for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines
    ]


def locked(text: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Yield every requirement of a lock with its hashes."""
    for entry in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", entry.strip())
        yield Requirement(requirement), hashes


# --- The lock -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["requirements", "docs/requirements", "tests/tools/airflow", "tests/tools/roc-validator"],
)
def test_a_lock_holds_versions_markers_and_hashes_only(name: str) -> None:
    """No address, comment or option stands in a lock; each entry is one version with hashes."""
    text = (ROOT / f"{name}.lock").read_text("utf-8")
    entries = list(locked(text))
    assert len(entries) > len(runtime())
    for requirement, hashes in entries:
        assert requirement.url is None
        assert [one.operator for one in requirement.specifier] == ["=="], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), requirement
    assert "://" not in text


def test_every_dependency_is_locked_within_its_bounds() -> None:
    """Each requirement of pyproject.toml is in the lock, with a version that it allows."""
    asked = [
        *PROJECT["build-system"]["requires"],
        *PROJECT["project"]["dependencies"],
        *extras(),
        *(line for name in PROJECT["dependency-groups"] for line in group(name)),
    ]
    versions: dict[str, list[str]] = {}
    for requirement, _ in locked(LOCK):
        pins = [one.version for one in requirement.specifier]
        versions.setdefault(canonicalize_name(requirement.name), []).extend(pins)
    for line in asked:
        requirement = Requirement(line)
        found = versions.get(canonicalize_name(requirement.name), [])
        assert found, f"{line} is not locked: make lock"
        assert all(version in requirement.specifier for version in found), (line, found)


def test_the_build_group_repeats_the_build_system() -> None:
    """What builds the package is locked too, since the set-up builds without isolation."""
    build, system = requirements(group("build")), PROJECT["build-system"]["requires"]
    assert requirements(system).items() <= build.items()


def test_what_is_installed_fits_together() -> None:
    """No installed package misses a requirement or has one of a wrong version."""
    command = [sys.executable, "-m", "uv", "pip", "check", "--python", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def imports() -> dict[str, str]:
    """Return every name of a module that the package imports from elsewhere, with one place."""
    found: dict[str, str] = {}
    for path in (ROOT / "kumkm_analysis").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            found |= {name.partition(".")[0]: str(path.relative_to(ROOT)) for name in names}
    return {n: place for n, place in found.items() if n not in sys.stdlib_module_names}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    """No module rests on a package that only another dependency happens to bring."""
    known = {**packages_distributions(), "kumkm_analysis": []}
    used = {
        canonicalize_name(name): f"{module} in {place}"
        for module, place in imports().items()
        for name in known[module]
    }
    optional = PROJECT["project"]["optional-dependencies"]
    wanted = [one for extra in ("curation", "dask", "export", "remote") for one in optional[extra]]
    declared = runtime() | requirements(wanted)
    del declared["s3fs"]  # which fsspec imports where an address asks for it
    assert {name: used[name] for name in used.keys() - declared.keys()} == {}
    assert declared.keys() - used.keys() == set()


# --- The conda environment ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def environment() -> dict[str, Any]:
    """Return environment.yml as data."""
    content = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def conda_lines(environment: dict[str, Any]) -> list[str]:
    """Return the lines for conda, in the manner of pip."""
    return [re.sub(r"(?<![<>=!~])=(?!=)", "==", line)
            for line in environment["dependencies"] if isinstance(line, str)]  # fmt: skip


def pip_lines(environment: dict[str, Any]) -> list[str]:
    """Return the lines for pip."""
    return next(one["pip"] for one in environment["dependencies"] if isinstance(one, dict))


def test_the_conda_environment_names_the_same_packages_with_the_same_bounds(
    environment: dict[str, Any],
) -> None:
    """environment.yml and pyproject.toml (runtime, extras, tests) are in step, both ways."""
    conda = requirements(conda_lines(environment))
    named = {CONDA_NAMES.get(name, name): bounds for name, bounds in conda.items()}
    python, pip = named.pop("python"), named.pop("pip")
    assert str(pip) == ""
    packages = [line for line in pip_lines(environment) if not line.startswith("-")]
    assert not named.keys() & requirements(packages).keys()
    assert named | requirements(packages) == runtime() | requirements([*extras(), *group("test")])
    pin = str(python).removeprefix("==")
    assert re.fullmatch(r"3\.\d+", pin), "Binder takes another Python unless one is pinned"
    assert pin in SpecifierSet(PROJECT["project"]["requires-python"])


def test_the_conda_environment_installs_the_project_itself(environment: dict[str, Any]) -> None:
    """The package comes from the checkout, editable, and nothing comes from an address."""
    options = [line for line in pip_lines(environment) if line.startswith("-")]
    assert options == ["-e ."]
    assert "://" not in yaml.safe_dump(environment)


# --- Citation and changes -------------------------------------------------------------------------


@pytest.fixture
def citation() -> dict[str, Any]:
    """Return CITATION.cff as data; the schema wants dates as strings, which YAML would convert."""
    loaded = yaml.load((ROOT / "CITATION.cff").read_text("utf-8"), Loader=yaml.BaseLoader)
    assert isinstance(loaded, dict)
    return loaded


def citation_faults(citation: dict[str, Any]) -> list[str]:
    """Return where a citation breaks the schema of the Citation File Format 1.2."""
    schema = json.loads(CITATION_SCHEMA.read_text("utf-8"))
    validator = jsonschema.Draft7Validator(
        schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(citation)]


def test_the_citation_is_valid(citation: dict[str, Any]) -> None:
    """CITATION.cff holds to the schema of the format it names."""
    assert citation["cff-version"] == "1.2.0"
    assert citation_faults(citation) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("title",), ""),
        (("license",), "MIT License"),
        (("references", 0, "date-released"), "23 November 2026"),
        (("references", 1, "authors"), []),
        (("reviewer",), "someone"),
    ],
)
def test_a_broken_citation_is_noticed(
    citation: dict[str, Any], path: tuple[str | int, ...], value: object
) -> None:
    """The check of the citation can fail: a wrong value is found where it stands."""
    place: Any = citation
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert any(str(path[-1]) in fault for fault in citation_faults(citation))


def test_the_citation_names_the_versions_that_are_here(citation: dict[str, Any]) -> None:
    """Code and data are cited in the versions of pyproject.toml and the descriptor."""
    descriptor = json.loads((ROOT / "data" / "datapackage.json").read_text("utf-8"))
    [data] = [one for one in citation["references"] if one["type"] == "data"]
    assert citation["version"] == PROJECT["project"]["version"]
    assert citation["license"] == PROJECT["project"]["license"]
    assert data["version"] == descriptor["version"]
    assert data["title"] == descriptor["title"]
    assert data["license"] == descriptor["licenses"][0]["name"]
    assert data["date-released"] == descriptor["created"][:10]


def test_the_citation_names_the_founding_document_as_the_data_do(
    citation: dict[str, Any],
) -> None:
    """Title, publisher and address of the founding document are those of sources.csv."""
    from kumkm_analysis import load

    source = load().sources["kalnews-revitalisasi-2013"]
    [article] = [one for one in citation["references"] if one["type"] == "newspaper-article"]
    cited = (article["title"], article["authors"][0]["name"], article["url"])
    assert cited == (source.title, source.publisher, source.url)


def test_the_changelog_sorts_changes_by_what_they_change() -> None:
    """Every version of the changelog has the sections Data, Analysis and Code, and no other."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert re.match(r"\[(Unreleased|\d+\.\d+\.\d+)\]", versions[0])
    for version in versions:
        sections = re.findall(r"^### (.+)$", version, flags=re.MULTILINE)
        assert sections == [one for one in CHANGELOG_SECTIONS if one in sections], version[:20]
        assert sections, version[:20]


# --- Documents ------------------------------------------------------------------------------------

DOCUMENTS = sorted(
    path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "data" / "README.md"]
)


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    """Every relative link and picture of a document is a file of the repository."""
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", page.read_text("utf-8"))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_readme_says_what_each_runtime_dependency_is_for() -> None:
    """The README's table of dependencies names the runtime dependencies, all and no other."""
    text = (ROOT / "README.md").read_text("utf-8")
    parts = re.split(r"^##+ (.+)$", text, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    [section] = [body for title, body in sections.items() if "Dependencies" in title]
    rows = re.findall(r"^\| *`([^`|]+)` *\|(.*)\|", section, flags=re.MULTILINE)
    assert [canonicalize_name(name) for name, _ in rows] == sorted(runtime())
    assert all(purpose.strip() for _, purpose in rows)


def test_decisions_are_numbered_without_gaps() -> None:
    """Each decision is one page with a number, and says context, decision and consequences."""
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert len(pages) >= 5
    for number, page in enumerate(pages, start=1):
        text = page.read_text("utf-8")
        assert page.name.startswith(f"{number:04d}-")
        assert text.startswith(f"# {number}. ")
        for part in ("Context", "Decision", "Reasons", "Instead", "Consequences"):
            assert f"**{part}.**" in text, (page.name, part)


# --- Workflows of a forge -------------------------------------------------------------------------

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def workflow(path: Path) -> dict[str, Any]:
    """Return a workflow as data; its key ``on`` would be a truth value in YAML."""
    content = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    assert isinstance(content, dict)
    return content


def test_the_workflows_hold_to_the_rules_of_the_forge() -> None:
    """By the word of actionlint; where it is not installed that cannot be told."""
    tool = shutil.which("actionlint")
    if tool is None:
        lacking = "actionlint is not on PATH"
        (pytest.fail if os.environ.get("KUMKM_REQUIRE_ACTIONLINT") == "1" else pytest.skip)(lacking)
    done = subprocess.run([str(tool), *map(str, WORKFLOWS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_a_workflow_may_read_only_and_runs_weekly(path: Path) -> None:
    """What may write says so in its own job, and has no step of ours; versions are named."""
    content = workflow(path)
    assert content["permissions"] == {"contents": "read"}
    assert content["on"].keys() >= {"push", "schedule", "workflow_dispatch"}
    for job in content["jobs"].values():
        if "permissions" in job:
            assert not [step for step in job["steps"] if "run" in step]
        used = [step["uses"] for step in job["steps"] if "uses" in step]
        assert [one for one in used if not re.search(r"@(v\d+|[0-9a-f]{40})$", one)] == []


def test_the_tests_run_on_every_python_and_system_that_the_project_allows() -> None:
    """The oldest Python is that of pyproject.toml, and what make is asked for is a target."""
    content = workflow(ROOT / ".github" / "workflows" / "tests.yml")
    make, windows = content["jobs"]["make"], content["jobs"]["windows"]
    for job in (make, windows):
        pythons = job["strategy"]["matrix"]["python"]
        assert pythons == ["3.11", "3.12", "3.13", "3.14"]
        assert PROJECT["project"]["requires-python"] == f">={pythons[0]}"
    assert make["strategy"]["matrix"]["os"] == ["ubuntu-latest", "macos-latest"]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    text = "\n".join(path.read_text("utf-8") for path in WORKFLOWS)
    targets = [word for words in re.findall(r"run: make (.+)", text) for word in words.split()]
    assert {"docs", "report", "test", "check"} == {*targets}
    assert [target for target in targets if f"\n{target}:" not in makefile] == []
    paths = re.findall(r"(?:tests|kumkm_analysis)/[\w/.]+", windows["steps"][3]["run"])
    assert [path for path in paths if not (ROOT / path).exists()] == []


# --- Set-up by make -------------------------------------------------------------------------------

STUB_UV = """#!/bin/sh
echo "$@" >> "$UV_LOG"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder, with a space in its name, that holds what the set-up reads."""
    folder = tmp_path / "a check out"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def make(
    checkout: Path, *words: str, path: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run make in a folder, apart from any make that runs the tests."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    system = f"{path}{os.pathsep}{os.defpath}" if path else inherited["PATH"]
    settings = {"PYTHON": sys.executable, **inherited, "PATH": system, **variables}
    return subprocess.run(
        ["make", "--silent", *words], cwd=checkout, env=settings, capture_output=True, text=True
    )


@pytest.fixture
def stub(tmp_path: Path) -> tuple[Path, Path]:
    """Return a folder with a uv that only writes down what it was asked, and that log."""
    folder, log = tmp_path / "stub bin", tmp_path / "uv.log"
    folder.mkdir()
    (folder / "uv").write_text(STUB_UV)
    (folder / "uv").chmod(0o755)
    log.touch()
    return folder, log


def test_a_second_call_does_not_set_up_again_but_a_changed_lock_does(
    checkout: Path, stub: tuple[Path, Path]
) -> None:
    """Set-up runs once, and again when the lock has changed; nothing is asked for but the lock."""
    folder, log = stub

    def set_up() -> list[str]:
        log.write_text("")
        done = make(checkout, ".venv/packages", path=folder, UV_LOG=str(log))
        assert done.returncode == 0, done.stderr
        return [line for line in log.read_text().splitlines() if line != "--version"]

    [first] = set_up()
    assert first.startswith("pip sync")
    for option in ("--require-hashes", "--compile-bytecode", "--python .venv/bin/python"):
        assert option in first
    assert first.endswith(" requirements.lock")
    assert set_up() == []
    later = (checkout / ".venv" / "packages").stat().st_mtime + 1
    os.utime(checkout / "requirements.lock", (later, later))
    assert set_up() == [first]


def test_the_project_is_built_with_what_is_locked(checkout: Path, stub: tuple[Path, Path]) -> None:
    """The package itself is installed without its dependencies and without asking an index."""
    folder, log = stub
    assert make(checkout, ".venv/packages", path=folder, UV_LOG=str(log)).returncode == 0
    shutil.copy(folder / "uv", checkout / ".venv" / "bin" / "uv")
    log.write_text("")
    assert make(checkout, ".venv/project", path=folder, UV_LOG=str(log)).returncode == 0
    [line] = log.read_text().splitlines()
    for option in ("--no-deps", "--no-build-isolation", "--no-index", "--editable ."):
        assert option in line
    log.write_text("")
    assert make(checkout, ".venv/project", path=folder, UV_LOG=str(log)).returncode == 0
    assert log.read_text() == ""


def test_a_failed_set_up_is_not_taken_for_done(checkout: Path, stub: tuple[Path, Path]) -> None:
    """When uv fails, make fails and the next call tries again."""
    folder, log = stub
    (folder / "uv").write_text('#!/bin/sh\n[ "$1" = --version ]\n')
    assert make(checkout, ".venv/packages", path=folder).returncode != 0
    (folder / "uv").write_text(STUB_UV)
    assert make(checkout, ".venv/packages", path=folder, UV_LOG=str(log)).returncode == 0
    assert "pip sync" in log.read_text()


def test_without_a_fitting_python_make_says_what_to_do(checkout: Path, tmp_path: Path) -> None:
    """An interpreter that is too old is refused by name, with the next step."""
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make(checkout, ".venv/python", PYTHON=str(old))
    assert done.returncode != 0
    assert str(old) in done.stderr
    assert "make PYTHON=" in done.stderr
    assert not (checkout / ".venv").exists()


def test_without_pip_for_venv_make_says_what_to_do(checkout: Path, tmp_path: Path) -> None:
    """Debian's Python without python3-venv cannot make an environment with pip: a hint helps."""
    lame = tmp_path / "lame-python"
    lame.write_text(f'#!/bin/sh\n[ "$1 $2" = "-m venv" ] && exit 1\nexec "{sys.executable}" "$@"\n')
    lame.chmod(0o755)
    empty = tmp_path / "empty"
    empty.mkdir()
    done = make(checkout, ".venv/python", path=empty, PYTHON=str(lame))
    assert done.returncode != 0
    assert "python3-venv" in done.stderr
    assert not (checkout / ".venv" / "python").exists()


def test_make_alone_lists_the_commands(checkout: Path) -> None:
    """``make`` without a word names every command with what it does, and sets up nothing."""
    done = make(checkout)
    assert done.returncode == 0, done.stderr
    for command in ("report", "docs", "test", "lab", "check", "format", "lock", "clean", "help"):
        assert re.search(rf"^  make {command} +\S", done.stdout, flags=re.MULTILINE), command
    assert not (checkout / ".venv").exists()


# --- What is tracked ------------------------------------------------------------------------------


def test_notebooks_are_kept_without_outputs() -> None:
    """No notebook of the repository holds an output or an execution count."""
    notebooks = [ROOT / "notebooks" / f"{name}.ipynb" for name in (*SHIPPED, "explore")]
    done = verify(notebooks)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in notebooks:  # also where a tag asks the tool to keep what a cell printed
        code = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
        assert [c.id for c in code if c.outputs or c.execution_count] == [], path.name


def test_an_output_in_a_notebook_is_noticed(tmp_path: Path) -> None:
    """The check of the notebooks can fail: one output is enough."""
    cell = nbformat.v4.new_code_cell("1 + 1", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"})]
    notebook = tmp_path / "run.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)
    assert verify([notebook]).returncode != 0


def verify(notebooks: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    """Run the check of make check and the hooks on notebooks."""
    command = [sys.executable, "-m", "nbstripout", "--verify", "--keep-id"]
    return subprocess.run([*command, *map(str, notebooks)], capture_output=True, text=True)


def test_the_hooks_run_on_a_commit_and_stop_a_bad_one(tmp_path: Path) -> None:
    """The hooks pass on good files; a notebook with outputs or untidy code stops the commit."""
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "good.py").write_text('"""A module."""\n')
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    nbformat.write(notebook, tmp_path / "page.ipynb")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "good.py", "page.ipynb", ".pre-commit-config.yaml", "pyproject.toml")
    good = hooks(tmp_path)
    assert good.returncode == 0, good.stdout + good.stderr
    notebook.cells[0].execution_count = 1
    nbformat.write(notebook, tmp_path / "page.ipynb")
    (tmp_path / "good.py").write_text('"""A module."""\nx=1\n')
    git(tmp_path, "add", "good.py", "page.ipynb")
    bad = hooks(tmp_path).stdout
    assert re.findall(r"hook id: (\S+)", bad) == ["ruff-format", "stripped"], bad


def git(folder: Path, *words: str) -> None:
    """Run git in a folder, deaf to the user's own settings."""
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *words], cwd=folder, check=True, env={**outside(), **settings})


def hooks(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the hooks on what is staged in a folder."""
    cache = {"PRE_COMMIT_HOME": str(folder / "cache"), "PRE_COMMIT_COLOR": "never"}
    command = [sys.executable, "-m", "pre_commit", "run"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={**outside(), **cache}
    )


def outside() -> dict[str, str]:
    """Return the environment without what git sets for its hooks, which name another repository."""
    return {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}


def test_no_tracked_file_names_a_place_of_somebodys_machine() -> None:
    """No home folder, no path of the checkout and no package index stands in a tracked file."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, env=outside()
    )
    if done.returncode != 0:
        pytest.skip("not a git checkout (an unpacked sdist): nothing is tracked here")
    places = [str(Path.home()) + os.sep, str(ROOT) + os.sep, "/ho" + "me/", "pypi.o" + "rg/simple"]
    tracked = [ROOT / name for name in done.stdout.split("\0") if name]
    texts = {path: path.read_bytes() for path in tracked if path.is_file()}
    assert len(texts) > len(DOCUMENTS)
    found = [
        f"{path.relative_to(ROOT)}: {place}"
        for path, text in texts.items()
        for place in places
        if place.encode() in text
    ]
    assert found == []
