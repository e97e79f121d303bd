"""Tests of the architecture: who imports whom, redrawn from the source, and what is public."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import kumkm_analysis
from kumkm_analysis import paths
from kumkm_analysis.runner.notebooks import SHIPPED

PACKAGE = Path(kumkm_analysis.__file__).parent
NAME = "kumkm_analysis"

# The rooms, from the pages down to the printed figures; each uses what stands below it only.
ROOMS = ("explore", "report", "charts", "findings", "metrics", "dataset")
CURATION_MAY_USE = {"findings", "metrics", "dataset", "curation"}  # and what is at the root
RUNNER_MAY_USE = {"dataset.request", "errors", "paths", ""}  # the package itself: its version
MOST_AT_THE_ROOT = 8
LONGEST = 400  # lines of a module


def modules() -> dict[str, Path]:
    """Return every module of the package by its name below the package, '' for the package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imported(name: str) -> Iterator[str]:
    """Yield the modules of the package that a module imports, wherever in it, types included."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield from known(full) or known(str(node.module))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from known(alias.name)


def known(full: str) -> list[str]:
    """Return a full name below the package in a list, an empty one for what is not ours."""
    if full != NAME and not full.startswith(NAME + "."):
        return []
    name = full.removeprefix(NAME).removeprefix(".")
    return [name] if name in MODULES else []


GRAPH = {name: set(imported(name)) for name in MODULES}


def room(name: str) -> str:
    """Return the folder of a module, '' for one at the root."""
    return name.partition(".")[0] if PACKAGE.joinpath(name.partition(".")[0]).is_dir() else ""


def test_there_are_eight_folders_and_few_modules_beside_them() -> None:
    """A stranger finds eight questions, and at the root what all of them share."""
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name[0] != "_"}
    assert folders - {"shipped"} == {*ROOMS, "runner", "curation"}
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_AT_THE_ROOT


def test_no_import_returns() -> None:
    """There is no cycle, neither of modules nor of imports inside functions or for types."""
    list(TopologicalSorter(GRAPH).static_order())  # raises CycleError


def test_imports_run_downwards() -> None:
    """Every room of the library uses only itself and what stands below it; none the runner."""
    below = {name: {*ROOMS[place:]} for place, name in enumerate(ROOMS)}
    upward = {
        (one, other)
        for one, uses in GRAPH.items()
        for other in uses
        if room(one) in ROOMS and room(other) not in below[room(one)]
        if other not in ("errors", "paths")
    }
    assert upward == set()


def test_the_runner_meets_the_library_in_the_notebook_only() -> None:
    """Of the library the runner knows what a request may name, the errors and the paths."""
    used = {
        (one, other)
        for one, uses in GRAPH.items()
        for other in uses
        if room(one) == "runner" and room(other) != "runner"
        if other not in RUNNER_MAY_USE
    }
    assert used == set()


def test_curation_stands_apart() -> None:
    """What adds to the data reads and examines them; nothing but the command knows it."""
    used = {room(other) for one, uses in GRAPH.items() if room(one) == "curation" for other in uses}
    assert used <= {*CURATION_MAY_USE, ""}
    users = {one for one, uses in GRAPH.items() if any(room(u) == "curation" for u in uses)}
    assert {one for one in users if room(one) != "curation"} == {"cli"}


def test_the_library_names_nothing_that_windows_lacks() -> None:
    """No module imports what only POSIX has; outside the runner no function of it is named."""
    lacking = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios"}
    of_os = "fork forkpty killpg register_at_fork setsid wait waitid waitpid getuid getpgid uname"
    of_signal = "SIGKILL SIGHUP SIGCHLD alarm setitimer"
    only_posix = {f"os.{one}" for one in of_os.split()}
    only_posix |= {f"signal.{one}" for one in of_signal.split()}
    for name, path in MODULES.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert room(name) == "runner" or not named & only_posix, name
        imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
        used = {alias.name for node in imports for alias in node.names}
        used |= {str(node.module) for node in imports if isinstance(node, ast.ImportFrom)}
        assert not used & lacking, name


def test_modules_are_short() -> None:
    """A module can be read in one sitting."""
    long = {
        name: lines
        for name, path in MODULES.items()
        if (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST
    }
    assert long == {}


def test_errors_are_used_by_everyone_and_use_no_one() -> None:
    """The errors stand on nothing of the package."""
    assert GRAPH["errors"] == set()
    assert sum("errors" in uses for uses in GRAPH.values()) > len(GRAPH) // 4


def test_only_the_command_knows_both_wings() -> None:
    """No module imports the command, and the command loads a room when it is called."""
    assert [name for name, uses in GRAPH.items() if "cli" in uses] == ["__main__"]
    top = ast.parse(MODULES["cli"].read_text(encoding="utf-8")).body
    used = [full for node in top if isinstance(node, ast.ImportFrom) for full in [node.module]]
    light = {NAME, f"{NAME}.errors", f"{NAME}.options"}
    assert {u for u in used if u and u.startswith(NAME)} <= light


def test_no_room_asks_a_table_for_what_it_may_lack_without_saying_so() -> None:
    """``table.get(code)`` is strict; who can do without a row gives a default."""
    tables = {"data", "page.data", "self.data", "words.data", "facts.data"}
    strict = [
        f"{name}: {ast.unparse(node)}"
        for name, path in MODULES.items()
        if room(name) in ROOMS[1:]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and len(node.args) == 1
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get"
        if ast.unparse(node.func.value).rpartition(".")[0] in tables
    ]
    assert strict == []


def test_only_the_dataset_opens_the_tables() -> None:
    """CSV is read where data are read, and where drafts and broken tables are mended."""
    readers = {
        room(name)
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("csv.reader", "csv.DictReader")
    }
    assert readers - {"runner"} == {"dataset", "curation"}


# ---- what is public ----

PUBLIC = [
    "Dataset", "Figure", "Interval", "KumkmError", "Package", "Report", "compute", "compute_frame",
    "examine", "findings", "indicators", "load", "metric", "metrics", "open_report", "regions",
    "search", "sources",
]  # fmt: skip


def test_the_public_names_are_these() -> None:
    """What users may rely on is written down here; a change is a decision."""
    assert kumkm_analysis.__all__ == PUBLIC
    assert set(dir(kumkm_analysis)) == {*PUBLIC, "__version__"}
    for name in PUBLIC:
        public = getattr(kumkm_analysis, name)  # a module is at home in itself
        assert (getattr(public, "__module__", "") or public.__name__).startswith(NAME)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        kumkm_analysis.nothing  # noqa: B018


def test_importing_the_package_is_light() -> None:
    """``import kumkm_analysis`` loads no pandas, no matplotlib, no validator, no Jupyter."""
    heavy = {
        "pandas", "numpy", "matplotlib", "seaborn", "frictionless", "papermill", "nbconvert",
        "IPython", "jupyter_client", "babel",
    }  # fmt: skip
    code = "import sys, kumkm_analysis; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "kumkm_analysis" in loaded
    assert not loaded & heavy


def test_every_module_says_what_it_is_for() -> None:
    """The first sentence of every module ends, so that it can be read."""
    for name, path in MODULES.items():
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert doc, name
        first = doc.split("\n\n")[0]
        assert first.rstrip().endswith((".", ":", "?")), (name, first)


def test_every_public_function_is_annotated_and_documented() -> None:
    """Parameters and result of what has no underscore have types, and a docstring."""
    lacking = []
    for name, path in MODULES.items():
        for node in public(ast.parse(path.read_text(encoding="utf-8"))):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [
                a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")
            ]
            if bare or node.returns is None or not ast.get_docstring(node):
                lacking.append(f"{name}.{node.name}: {bare}")
    assert lacking == []


def public(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the public functions and methods of a module."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (m for m in node.body if isinstance(m, ast.FunctionDef) and shown(m))
        elif isinstance(node, ast.FunctionDef) and shown(node):
            yield node


def shown(node: ast.FunctionDef) -> bool:
    """Tell whether a name is public."""
    return not node.name.startswith("_") and "overload" not in map(ast.unparse, node.decorator_list)


# ---- what holds for one country stands in its data ----

# How print marks money is a table of all currencies; the name of a language is no country.
OF_ONE_COUNTRY = re.compile(
    r"Kalimantan|Kaltim|[Rr]upiah|\bRp\b|\bIDR\b|(?<!bahasa )Indonesia(?!n)|\bBPS\b|2012|^64$"
    r"|sakernas"
)
MARKS = PACKAGE / "dataset" / "marks.toml"


def spoken(path: Path) -> Iterator[str]:
    """Yield the texts of a module but for docstrings, of a table of phrases, of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        yield from ("".join(cell["source"]) for cell in json.loads(text)["cells"])
    elif path.suffix == ".toml":
        yield from text.splitlines()
    else:
        tree = ast.parse(text)
        said = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            if node.body and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield "" if id(node) in said else node.value


def test_neither_library_nor_notebooks_name_a_country() -> None:
    """Region, currency, offices and years of one package stand in its tables and descriptor."""
    ours = [paths.notebooks_path() / f"{name}.ipynb" for name in (*SHIPPED, "explore")]
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.toml"), *ours]
    named = {
        (path.name, text.strip()[:60])
        for path in files
        if path != MARKS and "shipped" not in path.parts
        for text in spoken(path)
        if OF_ONE_COUNTRY.search(text)
    }
    assert named == set()
