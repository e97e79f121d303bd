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
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

UNKNOWN = "Any"
TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
WHOLE = re.compile(r"[+-]?\d{1,4000}", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NO_LITERAL = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)
COLLECTIONS: Mapping[Any, str] = {list: "['a', 'b']", tuple: "('a', 'b')", dict: "{'a': 1}"}
EXPECTED: Mapping[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    datetime.date: "a date such as 2013-05-31",
    datetime.datetime: "a date and time such as 2013-05-31T12:00",
    Path: "a path",
}
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
    for node in _parsed(source).body:
        default = _value(getattr(node, "value", None))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield Parameter(node.target.id, ast.unparse(node.annotation), default)
        elif isinstance(node, ast.Assign):
            kind = UNKNOWN if default is None else type(default).__name__
            names = (target.id for target in node.targets if isinstance(target, ast.Name))
            yield from (Parameter(name, kind, default) for name in names)


def _parsed(source: str) -> ast.Module:
    r"""Return the code of a cell; magics in it, such as ``%matplotlib inline``, declare nothing.

    >>> ast.unparse(_parsed("%%time\ntop = 5"))
    'top = 5'
    """
    try:
        return ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        body = re.sub(r"\A\s*%%[^\n]*", "", source)
        plain: str = TransformerManager().transform_cell(body)
        return ast.parse(plain)


def read(text: str, annotation: str) -> Any:
    """Return the value that a text is under a type annotation, as JSON and papermill have it.

    A text is taken for nothing, for a truth, a number or a collection only where the type asks for
    one. A tuple arrives as a list, a date and a path as text. Under a type that only running the
    notebook would tell, a plain Python literal is taken as such and other text as text. Raises
    :class:`MismatchError`, also for what no file in UTF-8 can hold.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        step = "It is written into the notebook, in UTF-8."
        raise MismatchError("characters of UTF-8", step) from None
    return text if annotation == "str" else _under(text, _type(annotation))


def _under(text: str, kind: Any) -> Any:
    from pydantic import ValidationError

    inner = typing.get_args(kind)
    if kind is Any or (Any in inner and _is_union(kind)):
        return None if types.NoneType in inner and text.lower() == "none" else _literal(text)
    for value in _candidates(text):
        try:
            found = _adapter(kind).validate_json(json.dumps(value), strict=True)
        except ValidationError:
            continue
        if not isinstance(value, str):
            return _adapter(kind).dump_python(found, mode="json")
        if not isinstance(found, datetime.date) or value.startswith(str(found)[:10]):
            return value  # of seconds since 1970 pydantic would make a date too
    raise MismatchError(*_expected(text, kind))


def _candidates(text: str) -> Iterator[Any]:
    """Yield what a text may be; a type that takes several of them gets the first, text last."""
    word = text.lower()
    if word == "none":
        yield None
    if word in TRUTHS:
        yield TRUTHS[word]
    if WHOLE.fullmatch(text):
        yield int(text)
    if NUMBER.fullmatch(text) and math.isfinite(float(text)):
        yield float(text)
    literal = _literal(text)
    if isinstance(literal, list | dict):
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
    if base is float and NUMBER.fullmatch(text):
        return "a finite number", "It is more than a float of Python can hold."
    return EXPECTED.get(base, str(kind)), STEPS.get(base, "")


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType)


class _Names(dict[str, Any]):
    """The names that an annotation may use; what any other stands for is not known."""

    def __missing__(self, name: str) -> Any:
        return Any


NAMES = _Names(
    {kind.__name__: kind for kind in (*EXPECTED, *COLLECTIONS)}
    | {name: getattr(typing, name) for name in ("Any", "Literal", "Optional", "Union")}
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
        found = eval(compile(named, "annotation", "eval"), {"__builtins__": {}}, NAMES)  # noqa: S307
        if isinstance(found, str):
            return _type(found)
        _adapter(found)
    except Exception:  # noqa: BLE001 - whatever Python or pydantic say: it is no type of ours
        return Any
    return found


class _LastNames(ast.NodeTransformer):
    """Takes ``typing.Literal`` for ``Literal``, however the module is called there."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.Name:
        return ast.Name(node.attr, ast.Load())


@lru_cache
def _adapter(kind: Any) -> Any:
    from pydantic import ConfigDict, TypeAdapter

    return TypeAdapter(kind, config=ConfigDict(allow_inf_nan=False))


def _value(node: ast.expr | None) -> Any:
    """Return the value of a literal, None for anything that would have to be computed."""
    try:
        return None if node is None else ast.literal_eval(node)
    except NO_LITERAL:
        return None


def _literal(text: str) -> Any:
    """Return the value of a text that is a Python literal of plain data, else the text."""
    try:
        return json.loads(
            json.dumps(ast.literal_eval(text), allow_nan=False, ensure_ascii=False).encode()
        )
    except NO_LITERAL:
        return text
