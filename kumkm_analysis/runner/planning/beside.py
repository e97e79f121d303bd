"""What lies beside a user's notebook and is read by it, so far as its code says.

Counted are all Python modules beside it, and every file there whose name stands anywhere in its
cells or in those modules: as text, as an argument of a shell command, in a picture's address, or by
a pattern such as ``*.csv``. In the folders beside it the same counts, when their names stand there.
What a name leads to that is put together while the notebook runs is not known.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import unquote

MOST_BYTES = 64 * 2**20  # of all files that travel; larger ones are looked up where they are
ALWAYS = frozenset({"matplotlibrc"})  # read without being named
NEVER = frozenset({"__pycache__", "node_modules"})
PATTERN = re.compile(r"[\w./?*\[\]!-]*[?*\[][\w./?*\[\]!-]*")
ALL_FOLDERS = "**/"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A file beside a notebook: the digest of its content, and the content where it travels."""

    sha256: str
    content: bytes | None = None


def find(notebook: Path, text: str) -> dict[str, Neighbour]:
    """Return what a notebook reads beside it, by path from its folder; ``text`` is all it says."""
    found: dict[str, Neighbour] = {}
    room = MOST_BYTES
    said, more = "", text
    while more:
        said, more = f"{said}\n{_plain(more)}", ""
        patterns = _patterns(said)
        for name, path in _files(notebook.parent, said):
            if name in found or path == notebook or not _wanted(name, said, patterns):
                continue
            with suppress(OSError):
                found[name] = _read(path, room)
                content = found[name].content
                room -= len(content or b"")
                if content is not None and name.endswith(".py"):
                    more += content.decode(errors="replace")
    return dict(sorted(found.items()))


def _plain(text: str) -> str:
    """Return a text in which names stand as the system has them."""
    return "\n".join(dict.fromkeys((text, text.replace("\\ ", " "), unquote(text))))


def _patterns(text: str) -> list[str]:
    """Return what may be a pattern of names of files."""
    found = dict.fromkeys(PATTERN.findall(text))
    return [one.removeprefix("./") for one in found if any(c.isalnum() for c in one)]


def _wanted(name: str, said: str, patterns: list[str]) -> bool:
    last = name.rpartition("/")[2]
    return (
        name.endswith(".py")
        or name in ALWAYS
        or last in said
        or any(fnmatchcase(last, one) or fnmatchcase(name, one) for one in patterns)
    )


def _files(folder: Path, said: str) -> Iterator[tuple[str, Path]]:
    """Yield the files in a folder, and in those folders in it that are named."""
    deep = ALL_FOLDERS in said
    for path in _entries(folder):
        if path.is_file():
            yield path.name, path
        elif path.is_dir() and (deep or path.name in said):
            for inner in _below(path, set()):
                yield inner.relative_to(folder).as_posix(), inner


def _below(folder: Path, seen: set[str]) -> Iterator[Path]:
    """Yield every file below a folder; links may lead round in a ring."""
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    for path in _entries(folder):
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from _below(path, seen)


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder, without what is hidden or made by others."""
    with suppress(OSError):
        return [p for p in folder.iterdir() if not (p.name in NEVER or p.name[0] == "." or _odd(p))]
    return []


def _odd(path: Path) -> bool:
    """Tell whether a name is none of UTF-8, which no notebook can say and no key can hold."""
    return path.name.encode(errors="replace").decode() != path.name


def _read(path: Path, room: int) -> Neighbour:
    if path.stat().st_size <= room:
        content = path.read_bytes()
        return Neighbour(hashlib.sha256(content).hexdigest(), content)
    with path.open("rb") as file:
        return Neighbour(hashlib.file_digest(file, "sha256").hexdigest())
