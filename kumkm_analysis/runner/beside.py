"""What lies beside a user's notebook and is read by it, so far as its code says.

Counted are all Python modules beside it, and every file there whose name stands anywhere in its
cells or in those modules: as text, as an argument of a shell command, in a picture's address, or by
a pattern such as ``*.csv``. In the folders beside it the same counts, when their names stand there.
What a name leads to that is put together while the notebook runs is not known.

Where it is not clear what is meant, more is counted: then a report is made once too often.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

MOST_BYTES = 64 * 2**20  # of all files that travel; larger ones are looked up where they are
ALWAYS = frozenset({"matplotlibrc"})  # read without being named
MADE_BY_OTHERS = frozenset({"__pycache__", "node_modules", "site-packages"})
SIGNS = ({"pyvenv.cfg"}, {"run.json", ".lock"})  # a virtual environment, an output folder of ours
WORD = re.compile(r"""[^\s'"`;|&<>=,()]+""")
WILD = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|[*?{}\[\]]")
BRACES = re.compile(r"\{[^{}]*\}")  # of a shell, or of a text that is filled in
ALL_FOLDERS = re.compile(r"\*/|\brglob\b|\bos\.walk\b")
LONGEST_PATTERN = 200


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A file beside a notebook: its content where it travels, and what else can be seen of it."""

    sha256: str
    content: bytes | None = None
    executable: bool = False
    modified: float = 0.0

    @property
    def ingredient(self) -> str:
        """What of it counts in a key."""
        return f"{self.sha256} executable" if self.executable else self.sha256


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a notebook reads beside it: files by their path, and the folders that it names."""

    files: Mapping[str, Neighbour] = field(default_factory=dict)
    folders: Sequence[str] = ()


def find(notebook: Path, sources: Iterable[str]) -> Surroundings:
    """Return what a notebook reads beside it; ``sources`` are the texts of its cells."""
    files: dict[str, Neighbour] = {}
    folders: set[str] = set()
    room, said, more = MOST_BYTES, _Said(), list(sources)
    while more:
        for source in more:
            said.add(source)
        more = []
        for name, path in _walk(notebook.parent, said, folders):
            if name in files or path == notebook or not said.names(name):
                continue
            with suppress(OSError):
                files[name] = _read(path, room)
                content = files[name].content
                room -= len(content or b"")
                if content is not None and name.endswith(".py"):
                    more.append(content.decode(errors="replace"))
    return Surroundings(dict(sorted(files.items())), tuple(sorted(folders)))


class _Said:
    """All that a notebook and its modules say, and what it may mean."""

    def __init__(self) -> None:
        self._text = ""
        self._patterns: dict[re.Pattern[str], None] = {}
        self.everywhere = False

    def add(self, source: str) -> None:
        """Take note of the text of a cell or of a module."""
        constants = _constants(source)
        texts = (source, *constants, source.replace("\\ ", " "), unquote(source))
        self._text += "\n".join(dict.fromkeys(texts)) + "\n"
        self.everywhere = self.everywhere or bool(ALL_FOLDERS.search(source))
        meant = {_pattern(one, least=1) for one in constants}
        words = WORD.findall(BRACES.sub("*", source))
        meant |= {_pattern(one, least=2) for one in words if _wild(one)}
        self._patterns |= dict.fromkeys(one for one in meant if one is not None)

    def names(self, path: str) -> bool:
        """Tell whether a file, by its path, is read or may be."""
        name = path.rpartition("/")[2]
        hidden = any(part.startswith(".") for part in path.split("/"))
        return (
            path in ALWAYS
            or name in self._text
            or (name.endswith(".py") and not hidden)
            or (not hidden and any(one.search(path) for one in self._patterns))
        )

    def names_folder(self, name: str) -> bool:
        """Tell whether the name of a folder stands there as a word."""
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self._text) is not None


def _constants(source: str) -> list[str]:
    """Return the texts in Python code as it means them: escapes undone, pieces joined."""
    lines = (line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [one for one in found if isinstance(one, str)]


def _wild(word: str) -> bool:
    """Tell whether a word of code may be a pattern; an index such as ``x[0]`` is none."""
    return bool({"*", "?"} & {*word}) or {".", "]"} <= {*word}


@lru_cache(maxsize=4096)
def _pattern(text: str, least: int) -> re.Pattern[str] | None:
    """Return what a text means as a pattern of paths; None when it is none.

    Its longest piece without a wildcard has at least so many letters. It may have been cut out at
    either side, so it may stand anywhere in a path.
    """
    if len(text) > LONGEST_PATTERN or not WILD.search(text):
        return None
    pieces = WILD.split(text.removeprefix("./").replace("**/", "*"))
    if max(sum(c.isalnum() or c == "." for c in piece) for piece in pieces) < least:
        return None
    if not any(c.isalnum() for c in text):
        return None
    return re.compile(".*".join(map(re.escape, pieces)), re.DOTALL)


def _walk(folder: Path, said: _Said, named: set[str]) -> Iterator[tuple[str, Path]]:
    """Yield the files in a folder, and in those folders in it that are named, by their path."""
    for path in _entries(folder):
        if path.is_file():
            yield path.name, path
        elif said.names_folder(path.name) or (said.everywhere and path.name[0] != "."):
            if _made_by_others(path):
                continue
            named.add(path.name)
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
        elif path.name[0] != "." and not _made_by_others(path):
            yield from _below(path, seen)


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder, but for names that no UTF-8 can say and so no key can hold."""
    with suppress(OSError):
        return [p for p in folder.iterdir() if p.name.encode(errors="replace").decode() == p.name]
    return []


def _made_by_others(path: Path) -> bool:
    """Tell whether something is no folder, or one that is not the user's own work."""
    if path.name in MADE_BY_OTHERS or not path.is_dir():
        return True
    return any(all((path / name).exists() for name in sign) for sign in SIGNS)


def _read(path: Path, room: int) -> Neighbour:
    facts = path.stat()
    seen = bool(facts.st_mode & 0o100), facts.st_mtime
    if facts.st_size <= room:
        content = path.read_bytes()
        return Neighbour(hashlib.sha256(content).hexdigest(), content, *seen)
    with path.open("rb") as file:
        return Neighbour(hashlib.file_digest(file, "sha256").hexdigest(), None, *seen)
