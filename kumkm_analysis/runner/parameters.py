"""Parameters: what a notebook declares in its parameters cell, and texts read in those types.

The cell is parsed, never run; types are annotations, over which pydantic judges strictly. Papermill
has an inspector of its own, but it gives names and texts only, and loading it takes longer than a
whole run in which nothing changed.

>>> read("007", "str"), read("7", "int"), read("true", "bool"), read("['a', 'b']", "list[str]")
('007', 7, True, ['a', 'b'])
>>> read("none", "float | None") is None
True
>>> read("seven", "int")
Traceback (most recent call last):
    ...
kumkm_analysis.runner.parameters.MismatchError: a whole number
"""

from __future__ import annotations

import ast
import datetime
import json
import math
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

UNKNOWN = "Any"
TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NO_LITERAL = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)
COLLECTIONS: Mapping[Any, str] = {list: "['a', 'b']", tuple: "('a', 'b')", dict: "{'a': 1}"}
# Kinds that papermill cannot write into a notebook: a text that is one of them arrives as text.
AS_TEXT: Mapping[str, tuple[Callable[[str], object], str]] = {
    "date": (datetime.date.fromisoformat, "a date such as 2013-05-31"),
    "datetime": (datetime.datetime.fromisoformat, "a date and time such as 2013-05-31T12:00"),
    "time": (datetime.time.fromisoformat, "a time such as 12:00"),
    "Path": (Path, "a path"),
}
EXPECTED = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
STEPS = {
    int: "Write it without separators, such as 2143.",
    float: "Write it with a decimal point, such as 2.143.",
}
PARTS = (
    ast.Expression, ast.Name, ast.Load, ast.Attribute, ast.Subscript, ast.Tuple, ast.List,
    ast.Constant, ast.BinOp, ast.BitOr, ast.UnaryOp, ast.USub,
)  # fmt: skip


class MismatchError(ValueError):
    """A text that is no value of the declared type; the message says what would be one."""

    def __init__(self, expected: str, step: str = "") -> None:
        super().__init__(expected)
        self.step = step


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter: its name, its type as written or inferred, and its default."""

    name: str
    type: str
    default: Any


def declared(source: str) -> Iterator[Parameter]:
    """Yield the assignments of a parameters cell. Raises :class:`SyntaxError`.

    >>> [(p.name, p.type, p.default) for p in declared("top: int = 5; name = 'a'")]
    [('top', 'int', 5), ('name', 'str', 'a')]
    """
    for node in ast.parse(source).body:
        default = _value(getattr(node, "value", None))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield Parameter(node.target.id, ast.unparse(node.annotation), default)
        elif isinstance(node, ast.Assign):
            kind = UNKNOWN if default is None else type(default).__name__
            names = (target.id for target in node.targets if isinstance(target, ast.Name))
            yield from (Parameter(name, kind, default) for name in names)


def read(text: str, annotation: str) -> Any:
    """Return the value that a text is under a type annotation.

    A text is taken for nothing, for a truth, a number or a collection only where the type asks for
    one. Under a type that only running the notebook would tell, a plain Python literal is taken as
    such and other text as text. Raises :class:`MismatchError`, also for what no file in UTF-8 can
    hold.
    """
    value = text if annotation == "str" else _under(text, _type(annotation))
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        step = "It is written into the notebook, in UTF-8."
        raise MismatchError("characters of UTF-8", step) from None
    return value


def restored(value: Any, annotation: str) -> Any:
    """Return a value that was kept as JSON as it was read; JSON keeps a tuple as a list.

    >>> restored([1, 2], "tuple[int, int]"), restored([1, 2], "list"), restored("5", "int")
    ((1, 2), [1, 2], '5')
    """
    kind = _type(annotation) if isinstance(value, list) else None
    if kind is None or kind is Any or _fits(value, kind):
        return value
    return tuple(value) if _fits(value, kind, as_json=True) else value


def _under(text: str, kind: Any) -> Any:
    inner = typing.get_args(kind)
    if kind is Any or (Any in inner and _is_union(kind)):
        none = types.NoneType in inner and text.lower() == "none"
        return None if none else _listed(_literal(text))
    for value in _candidates(text):
        if _fits(value, kind):
            found = _adapter(kind).validate_python(value, strict=True)
            # Where no type asks for a tuple it is a list: so two values of one key are one.
            return tuple(map(_listed, found)) if isinstance(found, tuple) else _listed(found)
    raise MismatchError(*_expected(text, kind))


def _candidates(text: str) -> Iterator[Any]:
    """Yield what a text may be; a type that takes several of them gets the first, text last."""
    word = text.lower()
    if word == "none":
        yield None
    if word in TRUTHS:
        yield TRUTHS[word]
    if WHOLE.fullmatch(text) and not _too_long(text):
        yield int(text)
    if NUMBER.fullmatch(text) and math.isfinite(float(text)):
        yield float(text)
    literal = _literal(text)
    if isinstance(literal, list | tuple | dict):
        yield literal
    yield text


def _expected(text: str, kind: Any) -> tuple[str, str]:
    """Return what would have been a value of a type, and what to do."""
    base, inner = typing.get_origin(kind) or kind, typing.get_args(kind)
    if _is_union(kind):
        told = [_expected(text, k)[0] for k in inner if k is not types.NoneType]
        return " or ".join([*told, "none"] if types.NoneType in inner else told), ""
    if base is typing.Literal:
        return "one of " + ", ".join(map(str, inner)), ""
    if base in COLLECTIONS:
        of = f" as in {kind}".replace("typing.", "") if inner else ""
        step = f'Quote it for the shell and its texts for Python: "{COLLECTIONS[base]}".'
        return f"a {base.__name__}{of}", step
    if base is int and WHOLE.fullmatch(text) and _too_long(text):
        return f"a whole number of at most {sys.get_int_max_str_digits()} digits", ""
    if base is float and NUMBER.fullmatch(text):
        return "a finite number", "It is more than a float of Python can hold."
    if base is typing.Annotated:
        return str(inner[1]), ""
    return EXPECTED.get(base, str(kind)), STEPS.get(base, "")


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType)


def _too_long(text: str) -> bool:
    most = sys.get_int_max_str_digits()
    return bool(most) and len(text.lstrip("+-")) > most


class _Names(dict[str, Any]):
    """The names that an annotation may use; what any other stands for is not known."""

    def __missing__(self, name: str) -> Any:
        return Any


@lru_cache
def _names() -> _Names:
    from pydantic import AfterValidator

    def text(accepts: Callable[[str], object], told: str) -> Any:
        def taken(value: str) -> str:
            accepts(value)
            return value

        return typing.Annotated[str, told, AfterValidator(taken)]

    return _Names(
        {kind.__name__: kind for kind in (*EXPECTED, *COLLECTIONS)}
        | {name: getattr(typing, name) for name in ("Any", "Literal", "Optional", "Union")}
        | {name: text(*known) for name, known in AS_TEXT.items()}
        | {"List": list, "Dict": dict, "Tuple": tuple, "Sequence": list, "Mapping": dict}
    )


@lru_cache
def _type(annotation: str) -> Any:
    """Return the type that an annotation names; ``Any`` when only the notebook could tell."""
    try:
        tree = ast.parse(annotation, mode="eval")
        if not all(isinstance(node, PARTS) for node in ast.walk(tree)):
            return Any
        named = ast.fix_missing_locations(_LastNames().visit(tree))
        found = eval(compile(named, "annotation", "eval"), {"__builtins__": {}}, _names())  # noqa: S307
        if isinstance(found, str):
            return _type(found)
        _adapter(found)
    except Exception:  # noqa: BLE001 - whatever Python or pydantic say: it is no type of ours
        return Any
    return Any if _has_unknown_literal(found) else found


def _has_unknown_literal(kind: Any) -> bool:
    """Tell whether a literal has a member such as ``Colour.RED``."""
    inner = typing.get_args(kind)
    if typing.get_origin(kind) is typing.Literal:
        return Any in inner
    return any(map(_has_unknown_literal, inner))


class _LastNames(ast.NodeTransformer):
    """Takes ``typing.Literal`` for ``Literal``, however the module is called there."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.Name:
        return ast.Name(node.attr, ast.Load())


@lru_cache
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _fits(value: Any, kind: Any, *, as_json: bool = False) -> bool:
    from pydantic import ValidationError

    adapter = _adapter(kind)
    try:
        if as_json:
            adapter.validate_json(json.dumps(value), strict=True)
        else:
            found = adapter.validate_python(value, strict=True)
            return not isinstance(found, float) or math.isfinite(found)
    except ValidationError:
        return False
    return True


def _value(node: ast.expr | None) -> Any:
    """Return the value of a literal, None for anything that would have to be computed."""
    try:
        return None if node is None else ast.literal_eval(node)
    except NO_LITERAL:
        return None


def _literal(text: str) -> Any:
    try:
        value = ast.literal_eval(text)
    except NO_LITERAL:
        return text
    return value if _is_plain(value) else text


def _listed(value: Any) -> Any:
    """Return a value with lists for tuples."""
    if isinstance(value, dict):
        return {name: _listed(one) for name, one in value.items()}
    return [_listed(one) for one in value] if isinstance(value, list | tuple) else value


def _is_plain(value: Any) -> bool:
    """Tell whether a value can be written into a notebook and read back the same.

    1e999 is infinity to Python, which no parameter may be.
    """
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_plain(v) for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return all(map(_is_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int | bool)
