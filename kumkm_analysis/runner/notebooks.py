"""Notebooks as the runner sees them: where they are, and what parameters they declare.

A notebook's contract is its cell tagged ``parameters``: ``name: type = default  # help``. It is
read without running anything; a notebook without such a cell has no parameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kumkm_analysis import paths
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner import inputs, parameters
from kumkm_analysis.runner.parameters import Parameter

# What else lies in their folder, such as an ``Untitled.ipynb``, is somebody's own.
SHIPPED = ("capital_structure", "evidence", "membership", "revitalisation")
TAG = "parameters"
INJECTED = "injected-parameters"  # the tag of the cell that papermill writes values into
TO_TAG = f"Tag the one cell that sets the parameters with '{TAG}' (in JupyterLab: the gear "
TO_TAG += "at the upper right, Cell Tags)."
OWN = "python3"  # the name under which notebooks ask for the kernel of the environment they are in
PUT_IN = "put_in"  # of a cell's metadata, under kumkm: it holds parameters and is nobody's
FORMAT = 4
OLDER = (1, 2, 3)
READ = ("markdown", "code")  # the kinds of cells that name files
MOST_FAULTS = 3  # of a notebook that are named


class MalformedError(ValueError):
    """What a file holds is no notebook; the message says what it holds instead."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook file with its contract; ``inputs`` are patterns of files that it reads.

    ``kernel`` and ``language`` are what it asks to be run in; the language may be empty.
    """

    path: Path
    name: str
    shipped: bool
    kernel: str
    parameters: Mapping[str, Parameter]
    inputs: tuple[str, ...] = ()
    language: str = ""

    @property
    def place(self) -> Path:
        """Where it lies, whichever way leads there; a link lies where it is, not where it leads."""
        return self.path.parent.resolve() / self.path.name

    def runs_in(self, wanted: str = "") -> tuple[str, str]:
        """Return the kernel to run in, and a remark where it is not the one that is asked for.

        A name that is not known here is that of an environment of another machine; Python then runs
        in ours. Raises :class:`~kumkm_analysis.errors.ParameterError` for one that is ``wanted``,
        or of another language.
        """
        name = wanted or self.kernel
        if name == OWN:
            return name, ""
        from jupyter_client.kernelspec import KernelSpecManager

        known = sorted({OWN, *KernelSpecManager().find_kernel_specs()})
        if name in known:
            return name, ""
        if wanted or not self.language.startswith("python"):
            where, found = f"notebook {self.name}, kernel", f"no kernel {name!r}"
            step = f"Install it, or choose one of these, such as --kernel {OWN}."
            raise ParameterError(Fault(where, found, "one of " + ", ".join(known), step))
        remark = f"the notebook asks for the kernel {name}, which is not installed here; it was "
        remark += "run in that of kumkm (--kernel NAME chooses another)"
        return OWN, remark

    def convert(self, name: str, text: str) -> Any:
        """Return a value given on the command line in the type that the notebook declares.

        Raises :class:`~kumkm_analysis.errors.ParameterError` for an unknown name or another type.
        """
        where = f"notebook {self.name}, parameter {name}"
        parameter = self.parameters.get(name)
        if parameter is None:
            near = get_close_matches(name, self.parameters, 1)
            step = f"Did you mean {near[0]}?" if near else f"Declare it in the cell tagged '{TAG}'."
            declared = "one of " + ", ".join(self.parameters)
            if not self.parameters:
                declared, step = "none, for the notebook declares none", TO_TAG
            raise ParameterError(Fault(where, "no such parameter", declared, step))
        try:
            return parameters.read(text, parameter.type)
        except parameters.MismatchError as error:
            raise ParameterError(Fault(where, repr(text), str(error), error.step)) from None


def find(name: str) -> Notebook:
    """Return a shipped notebook by its name, or a user's own by its path.

    Raises :class:`~kumkm_analysis.errors.ParameterError` when there is none, or when it has no
    readable parameters cell.
    """
    if name in SHIPPED:
        return read(paths.notebooks_path() / f"{name}.ipynb")
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return read(path)
    near = get_close_matches(path.stem, SHIPPED, 1)
    step = f"Did you mean {near[0]}? " if near else ""
    step += "A notebook of your own is given by its path, such as ./mine.ipynb."
    expected = "one of " + ", ".join(SHIPPED) + ", or the path of a .ipynb file"
    raise ParameterError(Fault("notebook", f"no notebook {name!r}", expected, step))


def read(path: Path) -> Notebook:
    """Read a notebook's contract without running anything."""
    where = f"notebook {path.name}"
    try:
        content = path.read_bytes()
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise ParameterError(Fault(where, found, "a file that can be read")) from None
    try:
        parsed = parse(content)
    except MalformedError as error:
        step = "Open it in JupyterLab and save it again."
        expected = "a .ipynb file of format 4"
        raise ParameterError(Fault(where, str(error), expected, step)) from None
    tagged, injected = _tagged(parsed, TAG), _tagged(parsed, INJECTED)
    if len(tagged) > 1 or (injected and not tagged):
        found = f"{len(tagged)} parameters cells"
        if not tagged:
            found = f"values of an earlier run of papermill ('{INJECTED}') and no parameters cell"
        raise ParameterError(Fault(where, found, f"one cell tagged '{TAG}'", TO_TAG))
    try:
        declared = {p.name: p for p in parameters.declared("".join(tagged))}
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        found, expected = getattr(error, "msg", None) or str(error), "Python, such as top: int = 5"
        fault = Fault(f"{where}, parameters cell, line {line}", found, expected)
        raise ParameterError(fault) from None
    ours = path.stem in SHIPPED and path.resolve().parent == paths.notebooks_path().resolve()
    read_there = tuple(inputs.declared(parsed["metadata"]))
    kernel, language = _kernel(parsed["metadata"])
    return Notebook(path, path.stem, ours, kernel, declared, read_there, language)


def sources(content: bytes, *kinds: str) -> str:
    """Return what stands in the cells of some kinds; nothing of what is no notebook."""
    try:
        cells = parse(content)["cells"]
    except MalformedError:  # since it was planned; its making will say so
        return ""
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] in kinds)


def _tagged(notebook: Mapping[str, Any], tag: str) -> list[str]:
    """Return the sources of the code cells with a tag."""
    return [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and tag in cell["metadata"].get("tags", [])
    ]


def _kernel(metadata: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name of the kernel that a notebook asks for, and its language, if it says any."""
    spec, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    told = info.get("name") if isinstance(info, Mapping) else None
    language = str(spec.get("language") or told or "").lower()
    foreign = language and not language.startswith("python")
    return str(spec.get("name") or (language if foreign else OWN)), language


def parse(content: bytes) -> dict[str, Any]:
    """Return a notebook as plain data, its cells of the shape that is relied on.

    One of an older format is brought to today's. A cell that lacks metadata or a source gets empty
    ones; else :class:`MalformedError` is raised.
    """
    try:
        found = json.loads(content.decode("utf-8-sig"))
        if found["nbformat"] in OLDER:
            found = _upgraded(found)
        cells, metadata, version = found["cells"], found["metadata"], found["nbformat"]
        inputs.declared(metadata)
        whole = isinstance(cells, list) and isinstance(metadata.get("kernelspec", {}), dict)
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise MalformedError("no notebook inside")
    if version != FORMAT:
        raise MalformedError(f"nbformat {json.dumps(version)}")
    wrong = [f"cell {n} is none" for n, cell in enumerate(cells, start=1) if not _is_cell(cell)]
    if wrong:
        raise MalformedError("; ".join(wrong[:MOST_FAULTS]))
    return dict(found)


def _upgraded(found: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook in today's format, as nbformat reads it."""
    import nbformat

    try:
        old = nbformat.reads(json.dumps(found), as_version=FORMAT)
    except Exception as error:  # whatever it stumbles over
        raise MalformedError(f"nbformat {found['nbformat']}, broken") from error
    return dict(json.loads(nbformat.writes(old)))


def counted(notebook: Any) -> list[tuple[int, Any]]:
    """Return the cells of an executed notebook by number, as the author counts them.

    A cell that was put in with the parameters has the number of the cell above it.
    """
    numbered, number = [], 0
    for cell in notebook.cells:
        number += not cell.metadata.get("kumkm", {}).get(PUT_IN)
        numbered.append((number, cell))
    return numbered


def _is_cell(cell: Any) -> bool:
    """Tell whether a cell has a type, a source and tags, or takes empty ones."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in (*READ, "raw"):
        return False
    metadata, source = cell.setdefault("metadata", {}), cell.setdefault("source", "")
    texts = isinstance(source, str) or _texts(source)
    return texts and isinstance(metadata, dict) and _texts(metadata.get("tags", []))


def _texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)
