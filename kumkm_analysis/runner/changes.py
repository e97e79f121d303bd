"""What moved between two results of one report: figures that are new, gone, or have another value.

>>> before = {"figures": [{"name": "members", "region": "64", "period": "2012", "value": "1"}]}
>>> after = {"figures": [{"name": "members", "region": "64", "period": "2012", "value": "2"}]}
>>> [(c["name"], c["before"]["value"], c["after"]["value"]) for c in figures(before, after)]
[('members', '1', '2')]
>>> figures(before, before)
[]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kumkm_analysis.runner import published, stored

IDENTITY = ("kind", "name", "breakdown", "register", "region", "period", "reading")
VALUE = ("value", "low", "high", "unit")
SHOWN = (*VALUE, "text", "observations")


def figures(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the figures whose value or bounds are different, or that only one side has."""
    old, new = _by_identity(before), _by_identity(after)
    names = [*new, *(name for name in old if name not in new)]
    return [
        {
            **dict(zip(IDENTITY, name[0], strict=True)),
            "before": _shown(old.get(name)),
            "after": _shown(new.get(name)),
        }
        for name in names
        if _value(old.get(name)) != _value(new.get(name))
    ]


def of_report(before: bytes | None, after: bytes | None) -> dict[str, Any]:
    """Return what moved between two results files; nothing when nothing did."""
    old, new = _parsed(before), _parsed(after)
    if old is None:
        return {} if new is None else {"new": True}
    moved = figures(old, new or {})
    return {"figures": moved} if moved else {}


def _parsed(content: bytes | None) -> Mapping[str, Any] | None:
    try:
        found = stored.parse(content) if content is not None else None
    except ValueError:
        return None
    results = published.summary(found)
    whole = results is not None and all(map(_comparable, results.get("figures", [])))
    return results if whole else None


def _comparable(figure: object) -> bool:
    """Tell whether it can be said what a figure is of; damaged results may hold anything."""
    return isinstance(figure, Mapping) and all(
        isinstance(figure.get(name, ""), str) for name in IDENTITY
    )


def _by_identity(results: Mapping[str, Any]) -> dict[tuple[Any, int], Mapping[str, Any]]:
    """Return figures by what they are, counted where a page has several of the same."""
    found: dict[tuple[Any, int], Mapping[str, Any]] = {}
    for figure in results.get("figures", []):
        identity = tuple(figure.get(name) for name in IDENTITY)
        number = 0
        while (identity, number) in found:
            number += 1
        found[identity, number] = figure
    return found


def _value(figure: Mapping[str, Any] | None) -> Any:
    return None if figure is None else [figure.get(name) for name in VALUE]


def _shown(figure: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if figure is None else {n: figure[n] for n in SHOWN if n in figure}
