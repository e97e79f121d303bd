"""Tests of the architecture: who imports whom, redrawn from the source, and what is public."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import kumkm_analysis

PACKAGE = Path(kumkm_analysis.__file__).parent
NAME = "kumkm_analysis"

# The library, in the order in which data flow; each room may use what stands before it.
LIBRARY = (
    ("errors",),
    ("resources", "domain", "direction", "numerals", "labels", "vector"),
    ("interval", "vocabulary", "repairs", "dictionary"),
    ("records", "figures"),
    ("gate_bytes", "gate_descriptor"),
    ("gate_rules", "gate_entries", "gate", "frame"),
    ("dataset",),
    ("readings",),
    ("metrics",),
    ("derivation",),
    ("findings",),
    ("comparisons", "charts", "markup", "checking"),
    ("evidence",),
    ("voice", "descent"),
    ("exhibits",),
    ("alternatives", "contradictions"),
    ("results",),
    ("report",),
    ("exercise",),
)
# The runner likewise, folder by folder.
RUNNER = (
    ("exits", "epoch", "interrupts", "check"),
    ("outcomes",),
    ("publication",),
    ("planning",),
    ("kernel",),
    ("pages",),
    ("workers",),
    ("run", "hook", "console"),
    ("ending",),
    ("session", "verify"),
    ("reasons",),
)
EVERYONES = {"errors", "domain", "direction", "resources"}
# Where the wings meet all the same, and why. Everything else between them is a fault.
MEETINGS = {
    ("runner.session", "dataset"): "asks for the names that a request may use",
    ("runner.verify", "dataset"): "asks for the names that a request may use",
    ("runner.planning.keys", "gate"): "names the bytes of the data by the gate's fingerprint",
    ("runner.workers.rehearsal", "exercise"): "makes a small report, so that kernels are warm",
    ("runner.workers.rehearsal", "findings.beforehand"): "has what all share searched meanwhile",
}
# A method of the dataset gives its findings, and imports what examines it when it is called.
ON_REQUEST = {("dataset", "findings")}


def modules() -> dict[str, Path]:
    """Return every module of the package by its name below the package, '' for the package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imported(name: str) -> Iterator[str]:
    """Yield the modules of the package that a module imports when it runs, wherever in it.

    What is imported for type checkers alone is left out: it is never executed.
    """
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    for node in running(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield from known(full) or known(str(node.module))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from known(alias.name)


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree without what stands under ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from running(node)


def known(full: str) -> list[str]:
    """Return a full name below the package in a list, an empty one for what is not ours."""
    if full != NAME and not full.startswith(NAME + "."):
        return []
    name = full.removeprefix(NAME).removeprefix(".")
    return [name] if name in MODULES else []


GRAPH = {name: set(imported(name)) for name in MODULES}


def room(name: str) -> str:
    """Return the room of a module: its first name, in the runner its second."""
    return name.removeprefix("runner").removeprefix(".").partition(".")[0]


def wing(name: str) -> str:
    """Return where a module belongs."""
    wings = {"runner": "runner", "cli": "cli", "__main__": "cli", "": "package"}
    return wings.get(name.partition(".")[0], "library")


def test_the_picture_names_every_room() -> None:
    """A new module has its place in the picture, and no place is empty."""
    for picture, side in ((LIBRARY, "library"), (RUNNER, "runner")):
        drawn = [name for level in picture for name in level]
        assert len(drawn) == len(set(drawn))
        assert set(drawn) == {room(n) for n in MODULES if wing(n) == side} - {""}


def test_no_import_returns() -> None:
    """There is no cycle, neither of modules nor of imports inside functions."""
    list(TopologicalSorter(GRAPH).static_order())  # raises CycleError


def test_data_flow_one_way_through_the_library() -> None:
    """Every room uses only what stands before it, or beside it, in the picture."""
    level = {name: place for place, names in enumerate(LIBRARY) for name in names}
    against = {
        (one, other)
        for one, uses in GRAPH.items()
        for other in uses
        if wing(one) == wing(other) == "library" and level[room(one)] < level[room(other)]
    }
    assert {(room(one), room(other)) for one, other in against} == ON_REQUEST


def test_nothing_in_the_runner_uses_what_stands_after_it() -> None:
    """From plan to published page every folder uses only what stands before it, or itself."""
    level = {name: place for place, names in enumerate(RUNNER) for name in names}
    against = {
        (one, other)
        for one, uses in GRAPH.items()
        for other in uses
        if wing(one) == wing(other) == "runner"
        if room(one) != room(other) and level[room(one)] <= level[room(other)]
    }
    assert against == set()


def test_the_findings_are_imported_when_they_are_asked_for() -> None:
    """Whoever loads the data alone does not load what examines them."""
    at_the_top = {
        f"{node.module}.{alias.name}"
        for node in ast.parse(MODULES["dataset"].read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert not [full for full in at_the_top if full.startswith(f"{NAME}.findings")]


def test_the_wings_meet_only_where_it_is_said() -> None:
    """Neither wing imports the other, but for four rooms of everyone's and four named meetings."""
    between = {
        (one, other)
        for one, uses in GRAPH.items()
        for other in uses
        if {wing(one), wing(other)} == {"library", "runner"} and room(other) not in EVERYONES
    }
    assert between == set(MEETINGS)


def test_the_runner_asks_the_dataset_for_names_only() -> None:
    """Of the dataset's module the runner uses ``domain`` and nothing else."""
    for name in (one for one, other in MEETINGS if other == "dataset"):
        tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "dataset"
        }
        assert used == {"domain"}, name


def test_errors_are_used_by_everyone_and_use_no_one() -> None:
    """The errors stand on nothing of the package."""
    assert GRAPH["errors"] == set()
    assert sum("errors" in uses for uses in GRAPH.values()) > len(GRAPH) // 4


def test_only_the_command_knows_both_wings() -> None:
    """No module imports the command, and the command loads a room when it is called."""
    assert [name for name, uses in GRAPH.items() if "cli" in uses] == ["__main__"]
    top = ast.parse(MODULES["cli"].read_text(encoding="utf-8")).body
    used = [full for node in top if isinstance(node, ast.ImportFrom) for full in [node.module]]
    light = {NAME, f"{NAME}.errors", f"{NAME}.runner.exits"}
    assert {u for u in used if u and u.startswith(NAME)} <= light
    assert GRAPH["runner.exits"] == set()


def test_only_the_dataset_and_its_gate_open_the_tables() -> None:
    """``csv`` is imported where data are read or written, nowhere else."""
    readers = {
        name
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(a.name == "csv" for a in node.names)
    }
    library = {name for name in readers if wing(name) == "library"}
    assert library <= {"dataset", "gate_bytes", "gate_entries", "gate_rules", "gate"}


# ---- what is public ----

PUBLIC = [
    "Dataset", "Figure", "Interval", "KumkmError", "Report", "compute", "load", "open_report",
]  # fmt: skip


def test_the_public_names_are_these() -> None:
    """What users may rely on is written down here; a change is a decision."""
    assert kumkm_analysis.__all__ == PUBLIC
    assert set(dir(kumkm_analysis)) == {*PUBLIC, "__version__"}
    for name in PUBLIC:
        assert getattr(kumkm_analysis, name).__module__.startswith(NAME)
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
    return not node.name.startswith("_")
