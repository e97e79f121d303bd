"""The key of a report: SHA-256 over its named ingredients, everything that its files depend on.

The same key means the same bytes, so nothing has to be done; another key says by name what
changed. Nothing is imported here that takes time: a run in which nothing changed only reads files.

Whatever a user's own notebook reads beyond the data package cannot be known. Counted is what it
declares (:mod:`~kumkm_analysis.runner.inputs`), and all that is installed.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from typing import Any

from kumkm_analysis import paths
from kumkm_analysis.dataset import request
from kumkm_analysis.runner import inputs, notebooks
from kumkm_analysis.runner.plan import Report

# The distributions whose version can be seen in a page: what computes, draws, runs and lays out.
VISIBLE = (
    "babel", "ipykernel", "ipython", "jinja2", "latex2mathml", "matplotlib", "matplotlib-inline",
    "mistune", "nbclient", "nbconvert", "nbformat", "numpy", "pandas", "papermill", "pygments",
    "seaborn",
)  # fmt: skip
NOT_SEEN = frozenset({"cli.py"})  # parts of the package that no page can depend on
OURS = (".py", ".json", ".j2", ".css", ".toml")
NONE = "none"
UNREADABLE = (OSError, ValueError, KeyError, TypeError)  # of a data package
ENVIRONMENT = "environment"
DIGESTS = ("data/", "package/", "notebook ", "input ", ENVIRONMENT)


class Keys:
    """Computes ingredients; what reports share is read once."""

    def __init__(self, data: Path) -> None:
        self.data = data
        try:
            self.data_sha256 = request.fingerprint(data)
        except UNREADABLE:  # which their validation tells, before anything is made of them
            self.data_sha256 = NONE
        self._notebooks: dict[tuple[Path, tuple[str, ...], str], tuple[bytes, dict[str, str]]] = {}
        self.own = _package()
        self.versions = _versions()
        self._shared = {**_data(data), **self.own, **self.versions}

    def notebook(self, report: Report) -> bytes:
        """Return the bytes of a report's notebook, as they were when they were first read."""
        return self._read(report)[0]

    def ingredients(self, report: Report, translation: str | None) -> dict[str, str]:
        """Return what a report depends on, by name; most values are digests of content."""
        given = {n: v for n, v in report.parameters.items() if n != "language"}
        parameters = json.dumps(given, sort_keys=True, ensure_ascii=False, default=repr)
        return {
            "notebook": report.notebook,
            "parameters": parameters,
            "language": report.language,
            "translation": translation or NONE,
            **self._read(report)[1],
            **self._shared,
        }

    def _read(self, report: Report) -> tuple[bytes, dict[str, str]]:
        wanted = report.path.absolute(), report.inputs, report.kernel
        if wanted not in self._notebooks:
            content = report.path.read_bytes()
            named = notebook_parts(content)
            if not report.shipped:
                text = notebooks.sources(content, *notebooks.READ)
                found = inputs.files(report.path, report.inputs, text) | inputs.named(
                    report.path, notebooks.sources(content, "code")
                )
                named |= {f"input {name}": _of_file(path) for name, path in found.items()}
                named[ENVIRONMENT] = environment()
                named["kernel"] = report.kernel
            self._notebooks[wanted] = content, named
        return self._notebooks[wanted]


def key(ingredients: Mapping[str, str]) -> str:
    """Return the key of named ingredients.

    >>> key({"a": "1", "b": "2"}) == key({"b": "2", "a": "1"}) != key({"a": "1", "b": "3"})
    True
    """
    return digest(json.dumps(ingredients, sort_keys=True, ensure_ascii=False).encode())


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return what is different between two sets of ingredients, one phrase each.

    >>> changes({"data/observations.csv": "aa", "numpy": "2.0"},
    ...         {"data/observations.csv": "bb", "numpy": "2.1", "data/terms.csv": "cc"})
    ['observations.csv changed', 'numpy changed from 2.0 to 2.1', 'terms.csv is new']
    """
    names = [*before, *(name for name in after if name not in before)]
    return [
        _phrase(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def installed() -> dict[str, str]:
    """Return what every report depends on that is installed here, read afresh."""
    return {**_package(), **_versions()}


@lru_cache
def environment() -> str:
    """Return the digest of all that is installed, for notebooks that may import any of it."""
    names = {f"{d.metadata['Name']}=={d.version}" for d in distributions()}
    return digest("\n".join(sorted(names)).encode())


def differences(wanted: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Return what another machine has installed in place of what is wanted, one phrase each.

    >>> differences({"numpy": "2.1", "package/a.py": "aa"}, {"numpy": "2.0", "package/a.py": "bb"})
    ['numpy 2.0 in place of 2.1', 'another a.py']
    """
    names = [*wanted, *(name for name in found if name not in wanted)]
    return [
        f"another {name.removeprefix('package/')}"
        if name.startswith(DIGESTS)
        else f"{name} {found.get(name, NONE)} in place of {wanted.get(name, NONE)}"
        for name in names
        if wanted.get(name) != found.get(name)
    ]


def notebook_parts(content: bytes) -> dict[str, str]:
    """Return the ingredients that a notebook is: its code, and its prose with all that is left."""
    try:
        notebook = notebooks.parse(content)
    except notebooks.MalformedError:  # since it was planned; its making will say so
        return {"notebook code": digest(content), "notebook prose": NONE}
    code: list[Any] = []
    prose: list[Any] = []
    for cell in notebook["cells"]:
        tags = sorted(cell["metadata"].get("tags", []))
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            code.append([source, tags])
            prose.append("code")
        else:
            prose.append([cell["cell_type"], source, tags, cell.get("attachments")])
    metadata = notebook["metadata"]
    return {
        "notebook code": digest(json.dumps([code, metadata.get("kernelspec")]).encode()),
        "notebook prose": digest(json.dumps([prose, metadata], sort_keys=True).encode()),
    }


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def _phrase(name: str, before: str | None, after: str | None) -> str:
    shown = name.removeprefix("data/").removeprefix("package/")
    if before is None:
        return f"{shown} is new"
    if after is None:
        return f"{shown} is gone"
    if name.startswith(DIGESTS):  # they tell nothing to a person
        return f"{shown} changed"
    return f"{shown} changed from {before} to {after}"


def _data(folder: Path) -> dict[str, str]:
    """Return the files of a data package by name."""
    try:
        return {f"data/{name}": _of_file(folder / name) for name in request.data_files(folder)}
    except UNREADABLE:
        return {}


def _of_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return NONE


def _package() -> dict[str, str]:
    """Return the files of this package that a page can depend on, by name."""
    return {
        f"package/{path.relative_to(paths.PACKAGE).as_posix()}": digest(path.read_bytes())
        for path in _own_files(paths.PACKAGE)
    }


def _own_files(package: Path) -> Iterator[Path]:
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        skipped = "__pycache__" in inside.parts or inside.parts[0] == "shipped"
        if path.suffix in OURS and not skipped and str(inside) not in NOT_SEEN:
            yield path


def _versions() -> dict[str, str]:
    """Return the versions of what touches a page, as they are installed."""
    found = {}
    for name in VISIBLE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = NONE
    found["python"] = f"{platform.python_implementation()} {platform.python_version()}"
    return found
