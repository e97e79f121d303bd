"""The text of a matrix, YAML or JSON: every value of it as text, every slip with its place.

It is read without knowing what it lists; that is for :mod:`~kumkm_analysis.runner.sweeps`.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, ParameterError

OPEN = re.compile(r"/(proc/\d+|dev)/fd/")  # what is open already, by its number
PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab]\w\w)\\u(d[c-f]\w\w)", re.IGNORECASE)
EXPECTED = re.compile(r"expected (?P<expected>.+), but (?:found|got) (?P<found>.+)")
SAID = (
    (re.compile("^(?:but )?found "), ""),
    (re.compile("^could not find expected "), "no "),
    (re.compile("^second occurrence$"), "an anchor that is there already"),
    (re.compile("(.+) are not allowed (?:here|in this context)"), r"\1 where none can be"),
)


def read(path: Path, where: str, faults: list[Fault]) -> Any:
    """Return what a file of YAML or JSON holds, every value as text; note keys that come twice.

    Raises :class:`~kumkm_analysis.errors.ParameterError` when it cannot be read.
    """
    import yaml

    try:
        return parsed(_text(path), where, faults)
    except OSError as error:
        found = error.strerror or type(error).__name__
        step = "Give the path of a YAML or JSON file."
        raise ParameterError(Fault(where, found, "a file that can be read", step)) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ParameterError(_unread(where, error)) from None


def _unread(where: str, error: Exception) -> Fault:
    """Return why a text is no YAML; its parser says so in half sentences of many kinds."""
    mark = getattr(error, "problem_mark", None)
    place = f"{where}, line {mark.line + 1}" if mark else where
    step = "Mend the file at that place." if mark else "Mend the file."
    if isinstance(error, UnicodeDecodeError):
        wrong = f"the byte 0x{error.object[error.start]:02x}, which is no UTF-8"
        return Fault(place, wrong, "YAML or JSON in UTF-8", step)
    if isinstance(error, RecursionError):
        return Fault(place, "lists nested too deeply", "YAML or JSON", step)
    said = (getattr(error, "problem", None) or str(error)).partition("\n")[0]
    said = said.replace("'<stream end>'", "the end of the file")
    said = said.replace("the node content", "a value")
    both = EXPECTED.fullmatch(said)
    if both:
        return Fault(place, both["found"], f"{both['expected']}, as in YAML or JSON", step)
    for form, words in SAID:
        said = form.sub(words, said)
    return Fault(place, said, "YAML or JSON", step)


def _text(path: Path) -> str:
    """Return the text of a matrix.

    A pipe of the shell, as ``<(…)`` makes one, gives it once, and is asked twice. Whatever else is
    no file may never end, nor even begin. Raises :class:`OSError`.
    """
    if OPEN.match(os.path.realpath(path)):
        return _once(str(path))
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "a pipe or a device")
    return path.read_text(encoding="utf-8-sig")


@lru_cache
def _once(path: str) -> str:
    return Path(path).read_text(encoding="utf-8-sig")


def parsed(text: str, where: str, faults: list[Fault]) -> Any:
    """Return what a text of YAML or JSON holds, every value as text; note keys that come twice.

    The loader in C is ten times faster, where PyYAML was built with it. What it refuses is read
    again without it: so a file has the same faults, in the same words, everywhere.
    """
    import yaml

    text = _joined(text)
    fast = getattr(yaml, "CBaseLoader", None)
    if fast is not None:
        with suppress(yaml.YAMLError, RecursionError):
            return _constructed(fast(text), where, faults)
    return _constructed(yaml.BaseLoader(text), where, faults)


def _joined(text: str) -> str:
    """Return JSON with its pairs of UTF-16, which YAML does not know, as escapes of one character.

    So it is written by whatever writes ASCII only; lines stay where they are.
    """
    if text.lstrip()[:1] not in ("[", "{") or not PAIR.search(text):
        return text
    with suppress(ValueError, RecursionError):
        json.loads(text)  # in YAML of another kind it may be no escape
        return PAIR.sub(_character, text)
    return text


def _character(pair: re.Match[str]) -> str:
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"{pair[1]}\\U{0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00:08x}"


def _constructed(loader: Any, where: str, faults: list[Fault]) -> Any:
    """Return what a loader reads; it knows texts, lists and mappings only.

    Of a key that comes twice YAML itself takes the last and is silent.
    """
    try:
        root = loader.get_single_node()
        content = None if root is None else loader.construct_document(root)
        faults += _repeated(where, root)
    finally:
        loader.dispose()
    return content


def _repeated(where: str, root: Any) -> Iterator[Fault]:
    """Yield the keys that come twice, in the file, in an entry, or in its parameters."""
    yield from _twice(where, root)
    entries = root if root is None or root.id == "sequence" else _value(root, "reports")
    if entries is None or entries.id != "sequence":
        return
    for number, entry in enumerate(entries.value, start=1):
        place = f"{where}, entry {number}"
        yield from _twice(place, entry)
        yield from _twice(f"{place}, parameters", _value(entry, "parameters"))


def _twice(where: str, node: Any) -> Iterator[Fault]:
    if node is not None and node.id == "mapping":
        count = Counter(key.value for key, _ in node.value if key.id == "scalar")
        step = "Write it once; several values are one list, such as [64, 51]."
        for name, times in count.items():
            if times > 1:
                yield Fault(where, f"{name!r} {times} times", "every key once", step)


def _value(node: Any, name: str) -> Any:
    """Return the node under a key of a mapping; None when there is none."""
    if node.id != "mapping":
        return None
    found = [value for key, value in node.value if key.id == "scalar" and key.value == name]
    return found[-1] if found else None
