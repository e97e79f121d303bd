"""Values from the command line, read strictly in the type that a notebook declares.

>>> read("007", "str"), read("7", "int"), read("true", "bool"), read("['a', 'b']", "list[str]")
('007', 7, True, ['a', 'b'])
>>> read("none", "float | None") is None
True
>>> read("seven", "int")
Traceback (most recent call last):
    ...
kumkm_analysis.runner.values.MismatchError: a whole number
"""

from __future__ import annotations

import ast
import math
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

UNKNOWN = "Any"
TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
UNIONS = ("Optional", "Union")
NO_LITERAL = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)
SURROGATES = re.compile("[\ud800-\udfff]")


class MismatchError(ValueError):
    """A text that is no value of the declared type; the message says what would be one."""

    def __init__(self, expected: str, step: str = "") -> None:
        super().__init__(expected)
        self.step = step


def read(text: str, annotation: str) -> Any:
    """Return the value that ``text`` is under a type annotation.

    Understands str, int, float, bool, list, dict, tuple, Literal, Optional and unions; under any
    other annotation a plain Python literal is taken as such and other text as text. Raises
    :class:`MismatchError`, also for what no file in UTF-8 can hold.
    """
    value = _under(text, annotation)
    if not _is_writable(value):
        raise MismatchError("characters of UTF-8", "It is written into the notebook, in UTF-8.")
    return value


def restored(value: Any, annotation: str) -> Any:
    """Return a value that was kept as JSON as it was read; JSON keeps a tuple as a list.

    >>> restored([1, 2], "tuple[int, int]"), restored([1, 2], "list"), restored("5", "int")
    ((1, 2), [1, 2], '5')
    """
    if not isinstance(value, list):
        return value
    for made in (value, tuple(value)):
        try:
            if read(repr(made), annotation) == made:
                return made
        except MismatchError:
            pass
    return value


def _under(text: str, annotation: str) -> Any:
    try:
        node = ast.parse(annotation, mode="eval").body
    except (SyntaxError, ValueError):
        return _anything(text)
    return _read(text, node)


def _read(text: str, node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return read(text, node.value)
    alternatives = _alternatives(node)
    if alternatives:
        return _first(text, alternatives)
    name = _name(node.value if isinstance(node, ast.Subscript) else node)
    if name == "Literal" and isinstance(node, ast.Subscript):
        return _one_of(text, node.slice)
    return READERS.get(name, _anything)(text)


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """Return the members of ``X | Y``, ``Optional[X]`` or ``Union[X, Y]``, else nothing."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*(_alternatives(node.left) or [node.left]), node.right]
    if isinstance(node, ast.Subscript) and _name(node.value) in UNIONS:
        members = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return [*members, *([ast.Constant(None)] if _name(node.value) == "Optional" else [])]
    return []


def _first(text: str, alternatives: list[ast.expr]) -> Any:
    """Return the value under the first alternative that fits; text comes last."""
    none = [a for a in alternatives if isinstance(a, ast.Constant) and a.value is None]
    if none and text.lower() == "none":
        return None
    expected: list[str] = []
    for node in sorted((a for a in alternatives if a not in none), key=lambda a: _name(a) == "str"):
        try:
            return _read(text, node)
        except MismatchError as error:
            expected.append(str(error))
    raise MismatchError(" or ".join([*expected, "none"] if none else expected))


def _name(node: ast.expr) -> str:
    """Return ``list`` of ``list``, ``typing.Optional`` and the like."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _one_of(text: str, node: ast.expr) -> Any:
    """Return the member of a Literal that a text is.

    What a member such as ``Colour.RED`` stands for only running the notebook would tell; beside
    one, any value is taken.
    """
    members = node.elts if isinstance(node, ast.Tuple) else [node]
    allowed: list[Any] = []
    for member in members:
        with suppress(*NO_LITERAL):
            allowed.append(ast.literal_eval(member))
    for value in allowed:
        if str(value) == text:
            return value
    if len(allowed) < len(members):
        return _anything(text)
    raise MismatchError("one of " + ", ".join(str(value) for value in allowed))


def _whole(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        raise MismatchError("a whole number", "Write it without separators, such as 2143.")
    most = sys.get_int_max_str_digits()
    if most and len(text.lstrip("+-")) > most:
        raise MismatchError(f"a whole number of at most {most} digits")
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        raise MismatchError("a number", "Write it with a decimal point, such as 2.143.")
    if not math.isfinite(float(text)):
        raise MismatchError("a finite number", "It is more than a float of Python can hold.")
    return float(text)


def _truth(text: str) -> bool:
    if text.lower() not in TRUTHS:
        raise MismatchError("true or false")
    return TRUTHS[text.lower()]


def _collection(kind: type) -> Callable[[str], Any]:
    examples: dict[type, str] = {list: "['a', 'b']", tuple: "('a', 'b')", dict: "{'a': 1}"}

    def reader(text: str) -> Any:
        value = _literal(text)
        fits = isinstance(value, kind)
        if not fits:
            step = f'Quote it for the shell and its texts for Python: "{examples[kind]}".'
            raise MismatchError(f"a {kind.__name__}", step)
        return tuple(_listed(one) for one in value) if kind is tuple else _listed(value)

    return reader


def _anything(text: str) -> Any:
    return _listed(_literal(text))


def _literal(text: str) -> Any:
    try:
        value = ast.literal_eval(text)
    except NO_LITERAL:
        return text
    return value if _is_plain(value) else text


def _listed(value: Any) -> Any:
    """Return a value with lists for tuples: where no type asks for these, a key has no others."""
    if isinstance(value, dict):
        return {name: _listed(one) for name, one in value.items()}
    return [_listed(one) for one in value] if isinstance(value, list | tuple) else value


def _is_plain(value: Any) -> bool:
    """Tell whether a value can be written into a notebook and read back the same.

    1e999 is infinity to Python, which no parameter may be.
    """
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(_is_plain(v) for v in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int | bool)


def _is_writable(value: Any) -> bool:
    """Tell whether every text of a plain value is one of UTF-8.

    Bytes of an argument that are none arrive as half pairs of UTF-16, and so can escapes.
    """
    if isinstance(value, dict):
        return all(_is_writable(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return all(map(_is_writable, value))
    return not isinstance(value, str) or value.isascii() or not SURROGATES.search(value)


READERS: Mapping[str, Callable[[str], Any]] = {
    "str": str,
    "int": _whole,
    "float": _number,
    "bool": _truth,
    **dict.fromkeys(("list", "List", "Sequence"), _collection(list)),
    **dict.fromkeys(("dict", "Dict", "Mapping"), _collection(dict)),
    **dict.fromkeys(("tuple", "Tuple"), _collection(tuple)),
}
