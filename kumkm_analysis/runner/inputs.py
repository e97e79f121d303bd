"""What a user's own notebook reads beside the data, so far as that can be known, for its key.

Python modules beside a notebook always count, and so do files and folders whose names stand in its
code and the pictures that its prose shows. Others count when a pattern names them, in the
notebook's metadata (``{"kumkm": {"inputs": ["data", "*.csv"]}}``) or by ``--input``; of a folder
all counts.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote

from kumkm_analysis.errors import Fault

SKIPPED = "__pycache__"
PUBLISHED = "run.json"  # a folder with it is one of reports
# What may be the name of a file: a text in quotes, up to what an f-string fills in, or the words of
# a line that is for the shell or a magic.
QUOTED = re.compile(r"""(["'])([^"'\n{]+)""")
COMMAND = re.compile(r"^\s*[%!](.*)$", re.MULTILINE)
# A look at all that lies in the folder itself.
LOOK = re.compile(r"""(?:listdir|scandir|walk|glob|Path)\(\s*(?:["'](?:\.|\*)["'])?\s*\)""")
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


def files(notebook: Path, patterns: Sequence[str], text: str = "") -> dict[str, Path]:
    """Return the files that count, by their path from the notebook's folder, sorted.

    ``text`` is what stands in its cells, and may show pictures.
    """
    folder = notebook.parent
    named = {path for path in folder.glob("*.py") if path.is_file()}
    named.update(_pictures(folder, text))
    for pattern in patterns:
        if not _leads_out(pattern):
            named.update(_matching(folder, pattern))
    return _by_name(folder, named - {notebook})


def named(notebook: Path, code: str) -> dict[str, Path]:
    """Return the files that are named in code, by their path from the notebook's folder, sorted.

    Of a folder that is named all files count, of a pattern those that it matches; of what is put
    together while the notebook runs its beginning at most. What a name could mean but does not,
    counts too: then a report is made once too often.
    """
    folder = notebook.parent
    words = {match[2].strip() for match in QUOTED.finditer(code)}
    words |= {word for line in COMMAND.findall(code) for word in line.split()}
    found = {one for word in words for one in _called(folder, word)}
    if LOOK.search(code):
        found.update(path for path in folder.iterdir() if path.is_file())
    return _by_name(folder, found - {notebook})


def _by_name(folder: Path, found: set[Path]) -> dict[str, Path]:
    """Return files by their path from a folder, sorted."""
    wanted = {Path(os.path.relpath(path, folder)).as_posix(): path for path in found}
    return dict(sorted(wanted.items()))


def _called(folder: Path, word: str) -> Iterator[Path]:
    """Yield the files that a word may name; a folder is one beside the notebook or beside that."""
    if not re.search(r"\w", word) or not word.isprintable():
        return
    home = folder.resolve()
    try:
        for name in glob.glob(word, root_dir=folder) or [word]:  # noqa: PTH207 - it knows ".."
            path = folder / name
            if path.is_file():
                yield path
            elif not Path(name).is_absolute() and path.is_dir():
                yield from _inside(path) if path.resolve() not in (home, *home.parents) else ()
    except (OSError, ValueError):  # too long for a name, or closed to us
        return


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, but for hidden ones, caches and published reports."""
    for home, folders, files in os.walk(folder):
        if PUBLISHED in files:
            folders.clear()
            continue
        folders[:] = [one for one in folders if one != SKIPPED and not one.startswith(".")]
        yield from (Path(home, one) for one in files if not one.startswith("."))


def _pictures(folder: Path, text: str) -> Iterator[Path]:
    """Yield the pictures that are shown, wherever they are."""
    for found in NAMED.finditer(text):
        name = unquote(next(filter(None, found.groups())))
        path = folder / name
        if name.lower().endswith(PICTURES) and path.is_file():
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
