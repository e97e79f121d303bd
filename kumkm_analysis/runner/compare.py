"""What is different between two published reports or folders, told by figures and not by bytes.

A figure has *moved* when its intervals are apart: no value fits both. One whose numbers changed
while the intervals still meet may be the same printed more finely; it is told apart from those.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner import published
from kumkm_analysis.runner.publish import Folder

Figure = Mapping[str, Any]
IDENTITY = ("kind", "name", "breakdown", "register", "region", "period", "reading")
VALUE = ("value", "low", "high", "unit")
KINDS = ("moved", "changed", "new", "gone")
SHOWN = ("id", "label", *IDENTITY, *VALUE, "text", "observations")


def folders(old: Path, new: Path) -> dict[str, Any]:
    """Return what differs between two folders: of reports that both have, and which only one has.

    Either may be one report's own folder. Raises
    :class:`~kumkm_analysis.errors.ParameterError` when one of them holds no report.
    """
    before, after = _reports(old), _reports(new)
    if len(before) == len(after) == 1:  # two reports are compared whatever their names are
        pairs = [(next(iter(after)), next(iter(before.values())), next(iter(after.values())))]
        only: tuple[list[str], list[str]] = ([], [])
    else:
        pairs = [(name, before[name], after[name]) for name in after if name in before]
        only = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    reports = {name: results(one, other) for name, one, other in pairs}
    return {
        "new_reports": only[1],
        "gone_reports": only[0],
        "unchanged_reports": [name for name, found in reports.items() if not any(found.values())],
        "reports": {name: found for name, found in reports.items() if any(found.values())},
    }


def results(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the figures and findings that differ between two results.

    >>> known = {"kind": "derived", "name": "share", "unit": "percent", "observations": ["a"]}
    >>> old = {"figures": [{**known, "value": "5", "low": "4", "high": "6"}]}
    >>> new = {"figures": [{**known, "value": "7", "low": "6.5", "high": "8"}]}
    >>> [(k, len(v)) for k, v in results(old, new).items() if v]
    [('moved', 1)]
    """
    found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for one, other in _pairs(old.get("figures", []), new.get("figures", [])):
        if one is None or other is None:
            found["new" if one is None else "gone"].append(_shown(other or one or {}))
        elif [one.get(n) for n in VALUE] != [other.get(n) for n in VALUE]:
            kind = "changed" if _meet(one, other) else "moved"
            found[kind].append({"before": _shown(one), "after": _shown(other)})
    before, after = _findings(old), _findings(new)
    found["new_findings"] = [after[i] for i in after if i not in before]
    found["settled_findings"] = [before[i] for i in before if i not in after]
    return found


def moved(before: bytes | None, after: bytes | None) -> dict[str, Any]:
    """Return what moved between two results files of a report; nothing when nothing did."""
    old, new = parsed(before), parsed(after)
    if old is None:
        return {} if new is None else {"new": True}
    found = results(old, new or {})
    pairs = [(p["before"], p["after"]) for p in (*found["moved"], *found["changed"])]
    pairs += [(None, figure) for figure in found["new"]]
    pairs += [(figure, None) for figure in found["gone"]]
    figures = [
        {**{n: (one or other).get(n) for n in IDENTITY}, "before": one, "after": other}
        for one, other in pairs
    ]
    return {"figures": figures} if figures else {}


def parsed(content: bytes | None) -> Mapping[str, Any] | None:
    """Return the results in a file; None when there is none, or none that can be read."""
    try:
        found = json.loads(content or b"null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def lines(difference: Mapping[str, Any]) -> Iterator[str]:
    """Yield a difference as text, figures first."""
    for name, found in difference["reports"].items():
        yield name
        yield from figure_lines(found)
    for word, names in (("new", "new_reports"), ("gone", "gone_reports")):
        yield from (f"{word:<8} report {name}" for name in difference[names])
    same = len(difference["unchanged_reports"])
    yield f"{same} report{'s' if same != 1 else ''} with the same figures"


def figure_lines(found: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Yield the differences of one report as text."""
    for kind in ("moved", "changed"):
        for pair in found[kind]:
            before, after = pair["before"], pair["after"]
            sides = [_bounds(before), _bounds(after)]
            if sides[0] == sides[1]:  # written alike, so what differs is the value behind it
                sides = [f"{f.get('value')} {f.get('unit')}" for f in (before, after)]
            yield f"  {kind:<8} {_named(after)}: {' to '.join(sides)}"
    for kind in ("new", "gone"):
        yield from (f"  {kind:<8} {_named(f)}: {_bounds(f)}" for f in found[kind])
    yield from (f"  finding  new: {_finding(f)}" for f in found["new_findings"])
    yield from (f"  finding  settled: {_finding(f)}" for f in found["settled_findings"])


def as_json(difference: Mapping[str, Any]) -> str:
    """Return a difference for machines."""
    return json.dumps({"schema_version": 1, **difference}, indent=1)


def differs(difference: Mapping[str, Any]) -> bool:
    """Tell whether there is any difference."""
    return any(difference[name] for name in ("reports", "new_reports", "gone_reports"))


def _reports(path: Path) -> dict[str, Mapping[str, Any]]:
    home = path.resolve()
    if (home / f"{home.name}.html").is_file():
        return {home.name: published.results(home)}
    names = Folder(path).published()
    if not names:
        step = "Name a folder that kumkm run has written, or a report's folder in it."
        raise ParameterError(Fault("folder", f"no report in {path}", "published reports", step))
    return {name: published.results(path / name) for name in names}


def _pairs(
    old: Sequence[Figure], new: Sequence[Figure]
) -> Iterator[tuple[Figure | None, Figure | None]]:
    """Yield figures of the same thing: resting on the same print, else the only ones of a kind."""
    left, right = _without_same(old, new), _without_same(new, old)
    for key in (_exact, _loose):
        known = _unique(left, key)
        for identity, figure in _unique(right, key).items():
            if identity in known:
                yield known[identity], figure
                left.remove(known[identity])
                right.remove(figure)
    yield from ((None, figure) for figure in right)
    yield from ((figure, None) for figure in left)


def _without_same(figures: Sequence[Figure], others: Sequence[Figure]) -> list[Figure]:
    """Return the figures that are not among the others with the very same value.

    Of one printed figure there may be several conjectures, told apart by their values alone.
    """
    same = Counter(map(_whole, others))
    left = []
    for figure in figures:
        identity = _whole(figure)
        if same[identity]:
            same[identity] -= 1
        else:
            left.append(figure)
    return left


def _whole(figure: Figure) -> tuple[Any, ...]:
    return (*_exact(figure), *(figure.get(name) for name in VALUE))


def _unique(figures: Sequence[Figure], key: Any) -> dict[Any, Figure]:
    """Return the figures that are the only ones under their key."""
    found: dict[Any, list[Figure]] = {}
    for figure in figures:
        found.setdefault(key(figure), []).append(figure)
    return {identity: group[0] for identity, group in found.items() if len(group) == 1}


def _exact(figure: Figure) -> tuple[Any, ...]:
    return (*_loose(figure), tuple(figure.get("observations", ())))


def _loose(figure: Figure) -> tuple[Any, ...]:
    return tuple(figure.get(name) for name in IDENTITY)


def _meet(one: Figure, other: Figure) -> bool:
    """Tell whether some value lies in the intervals of both; an end that is None is open."""
    if one.get("unit") != other.get("unit"):
        return False

    def reaches(low: Figure, high: Figure) -> bool:
        a, b = low.get("low"), high.get("high")
        return a is None or b is None or Decimal(a) <= Decimal(b)

    return reaches(one, other) and reaches(other, one)


def _findings(results: Mapping[str, Any]) -> dict[str, Any]:
    return {str(f["id"]): f for f in results.get("findings", ()) if "id" in f}


def _shown(figure: Figure) -> dict[str, Any]:
    return {name: figure[name] for name in SHOWN if name in figure}


def _named(figure: Figure) -> str:
    parts = (figure.get(n) for n in ("name", "breakdown", "register", "region", "period"))
    return " ".join(str(part) for part in parts if part)


def _bounds(figure: Figure) -> str:
    """Return a figure as it was shown, with its interval when it has one."""
    low, high = figure.get("low"), figure.get("high")
    text = str(figure.get("text", figure.get("value")))
    return text if low == high else f"{text} [{low or '…'}, {high or '…'}]"


def _finding(finding: Mapping[str, Any]) -> str:
    return str(finding.get("sentence") or finding["id"])
