"""The documents of JSON that a run writes.

One figure, finding or file stands on a line, keys in their order: so two documents compare line by
line, and are written by the fast half of Python's encoder, which an indented one is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def written(content: Mapping[str, Any]) -> bytes:
    """Return a document as the bytes of a file.

    >>> print(written({"b": 1, "a": [{"y": 2, "x": 1}, {}], "c": {"k": None}}).decode(), end="")
    {
    "a": [
     {"x": 1, "y": 2},
     {}
    ],
    "b": 1,
    "c": {
     "k": null
    }
    }
    """
    parts = ",\n".join(f"{_encode(name)}: {_part(content[name])}" for name in sorted(content))
    return f"{{\n{parts}\n}}\n".encode(errors="replace")  # a path may be no UTF-8


def _part(value: Any) -> str:
    """Return a value, with a line for each member of a list or mapping."""
    if isinstance(value, Mapping):
        members = (f"{_encode(name)}: {_encode(value[name])}" for name in sorted(value))
        return _spread("{", members, "}")
    if isinstance(value, list):
        return _spread("[", map(_encode, value), "]")
    return _encode(value)


def _spread(begin: str, members: Iterable[str], end: str) -> str:
    inside = ",\n ".join(members)
    return f"{begin}\n {inside}\n{end}" if inside else begin + end
