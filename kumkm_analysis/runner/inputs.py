"""What a user's own notebook reads in its folder, so far as it is declared, for the report's key.

Python modules beside a notebook always count, and so do the pictures that its prose shows. Other
files count when a pattern names them, in the
notebook's metadata (``{"kumkm": {"inputs": ["data", "*.csv"]}}``) or by ``--input``; of a folder
all that it holds does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote

from kumkm_analysis.errors import Fault

SKIPPED = "__pycache__"
# How prose names a picture: in Markdown in brackets, pointed ones too, or after a colon; in HTML.
NAMED = re.compile(
    r"""\]\(\s*(?:<([^>\n]+)>|([^\s)]+))|^\s*\[[^\]]+\]:\s*(\S+)|src\s*=\s*["']([^"']+)""",
    re.MULTILINE,
)
PICTURES = (".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".avif")


def declared(metadata: Mapping[str, Any]) -> list[str]:
    """Return the patterns in a notebook's metadata. Raises :class:`TypeError` when they are none.

    >>> declared({"kumkm": {"inputs": ["data"]}}), declared({})
    (['data'], [])
    """
    found = metadata.get("kumkm", {})
    patterns = found.get("inputs", []) if isinstance(found, Mapping) else None
    if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
        raise TypeError("inputs of kumkm that are no list of texts")
    return patterns


def faults(notebook: Path, patterns: Sequence[str]) -> list[Fault]:
    """Return what is wrong with patterns: those that match nothing, or lead out of the folder."""
    found = []
    for pattern in patterns:
        where = f"notebook {notebook.name}, input {pattern!r}"
        step = "Name a file or folder beside the notebook, such as data or '*.csv'."
        if _leads_out(pattern):
            inside = "a path inside the notebook's folder"
            found.append(Fault(where, "a path that leads out", inside, step))
        elif next(_matching(notebook.parent, pattern), None) is None:
            there = f"a file or folder in {notebook.parent}"
            found.append(Fault(where, "nothing there", there, step))
    return found


def files(notebook: Path, patterns: Sequence[str]) -> dict[str, Path]:
    """Return the files that count, by their path from the notebook's folder, sorted."""
    folder = notebook.parent
    named = {path for path in folder.glob("*.py") if path.is_file()}
    named.update(_pictures(notebook))
    for pattern in patterns:
        if not _leads_out(pattern):
            named.update(_matching(folder, pattern))
    found = {path.relative_to(folder).as_posix(): path for path in named if path != notebook}
    return dict(sorted(found.items()))


def _pictures(notebook: Path) -> Iterator[Path]:
    """Yield the pictures in the folder that prose shows."""
    try:
        cells = json.loads(notebook.read_bytes().decode("utf-8-sig"))["cells"]
        prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    except (OSError, ValueError, KeyError, TypeError):  # of which it is told elsewhere
        return
    for found in NAMED.finditer("\n".join(prose)):
        name = unquote(next(filter(None, found.groups())))
        if name.lower().endswith(PICTURES) and not _leads_out(name):
            path = notebook.parent / name
            if path.is_file():
                yield path


def _leads_out(pattern: str) -> bool:
    path = PurePath(pattern)
    return not path.parts or path.is_absolute() or ".." in path.parts


def _matching(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield the files that a pattern names, and all those in the folders that it names."""
    for path in folder.glob(pattern):
        for one in path.rglob("*") if path.is_dir() else [path]:
            if one.is_file() and SKIPPED not in one.parts:
                yield one
