"""Sweeps: words that stand for many values, and files that list many requests.

>>> from kumkm_analysis.dataset.request import Domain
>>> domain = Domain({"ID": ("Indonesia", "Indonesia"), "64": ("Kaltim", "East Kalimantan")}, {},
...                 {"ID": "country", "64": "province"})
>>> regions(domain, ["all"]), regions(domain, ["province", "64"])
(['ID', '64'], ['64'])
>>> periods(["2010:2012", "2014"]), periods(["2011-11:2012-01"])
(['2010', '2011', '2012', '2014'], ['2011-11', '2011-12', '2012-01'])
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kumkm_analysis.dataset.request import LANGUAGES, Domain
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner import matrices
from kumkm_analysis.runner.plan import Request

ALL = "all"
BOTH = "both"
MONTH = r"(\d{4})(?:-(0[1-9]|1[0-2]))?"
RANGE = re.compile(f"{MONTH}:{MONTH}", re.ASCII)
MOST_PERIODS = 1200
SHORT = reprlib.Repr()
SHORT.maxlevel = 2  # aliases make a small file a thing without end
NULLS = ("~", "null", "Null", "NULL")
LEAVE_OUT = "Leave the key out for its default."
COLUMNS = ("notebook", "region", "period", "reading", "language", "parameters")


def expand(request: Request, domain: Domain | None) -> Request:
    """Return a request in which every value stands for itself."""
    return replace(
        request,
        region=list(request.region) if domain is None else regions(domain, request.region),
        period=periods(request.period),
        reading=_readings(domain, request.reading),
        language=_languages(request.language),
    )


def regions(domain: Domain, given: Iterable[str]) -> list[str]:
    """Return region codes: ``all`` stands for every region, the name of a level for all on it."""
    found: list[str] = []
    levels = set(domain.levels.values())
    for value in given:
        word = value.lower()
        if word == ALL:
            found += domain.regions
        elif word in levels:
            found += [code for code, level in domain.levels.items() if level == word]
        else:
            found.append(value)
    return list(dict.fromkeys(found))


def periods(given: Iterable[str]) -> list[str]:
    """Return periods: ``2010:2014`` stands for five years, ``2012-01:2012-06`` for six months.

    Raises :class:`~kumkm_analysis.errors.ParameterError` for a range that is none.
    """
    found: list[str] = []
    for value in given:
        found += _range(value) if ":" in value else [value]
    return list(dict.fromkeys(found))


def _range(value: str) -> list[str]:
    match = RANGE.fullmatch(value)
    step = "Write the first and the last year or month, such as 2010:2014 or 2012-01:2012-06."
    wrong = Fault("period", repr(value), "a range of years or of months", step)
    if match is None or (match[2] is None) != (match[4] is None):
        raise ParameterError(wrong, "Nothing was run.")
    if match[2] is None:
        years = range(int(match[1]), int(match[3]) + 1)
        found = [f"{year:04d}" for year in years]
    else:
        first, last = (int(match[n]) * 12 + int(match[n + 1]) - 1 for n in (1, 3))
        months = range(first, last + 1)
        found = [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]
    if not 0 < len(found) <= MOST_PERIODS:
        raise ParameterError(wrong, "Nothing was run.")
    return found


def _readings(domain: Domain | None, given: Sequence[str]) -> list[str]:
    found: list[str] = []
    for value in given:
        found += domain.readings if domain is not None and value.lower() == ALL else [value]
    return list(dict.fromkeys(found))


def _languages(given: Iterable[str]) -> list[str]:
    found: list[str] = []
    for value in given:
        found += LANGUAGES if value.lower() in (ALL, BOTH) else [value]
    return list(dict.fromkeys(found))


def matrix(path: Path) -> list[Request]:
    """Return the requests that a YAML or JSON file lists, each as the options of the command.

    Every value is read as text, so that 64 stays a code and no word becomes a truth value. Raises
    :class:`~kumkm_analysis.errors.ParameterError` with every fault of the file.
    """
    where = f"matrix {path}"
    faults: list[Fault] = []
    content = matrices.read(path, where, faults)
    entries = content.get("reports") if isinstance(content, Mapping) else content
    if not isinstance(entries, list) or not entries:
        step = "Write 'reports:' and below it one '- notebook: …' an entry; see docs/scheduling.md."
        faults.append(Fault(where, "no list of reports", "a list under 'reports'", step))
        raise ParameterError(faults, "Nothing was run.")
    if isinstance(content, Mapping):
        others = [repr(name) for name in content if name != "reports"]
        faults += [Fault(where, name, "the key 'reports' only") for name in others]
    found_requests = [
        _entry(f"{where}, entry {number}", entry, faults)
        for number, entry in enumerate(entries, start=1)
    ]
    if faults:
        raise ParameterError(faults, "Nothing was run.")
    return found_requests


def _entry(where: str, entry: Any, faults: list[Fault]) -> Request:
    """Return one entry of a matrix as a request."""
    expected = "a mapping such as notebook: membership"
    if _is_nothing(entry):
        step = "Name a notebook, a region or what else is meant, or leave the entry out."
        faults.append(Fault(where, "nothing", expected, step))
        return Request()
    if not isinstance(entry, Mapping):
        faults.append(Fault(where, SHORT.repr(entry)[:60], expected))
        return Request()
    for name in entry:
        if name not in COLUMNS:
            expected = "one of " + ", ".join(COLUMNS)
            faults.append(Fault(where, repr(name), expected))
    values = {
        name: _list(where, name, entry[name], faults) if name in entry else []
        for name in COLUMNS[:-1]
    }
    parameters = _parameters(where, entry["parameters"], faults) if "parameters" in entry else {}
    return Request(
        notebooks=values["notebook"],
        region=values["region"],
        period=values["period"],
        reading=values["reading"],
        language=values["language"],
        extra=tuple(parameters.items()),
    )


def _parameters(where: str, value: Any, faults: list[Fault]) -> Mapping[str, str]:
    """Return the parameters of an entry, in which an empty text is a value like any other."""
    expected = "name: value, one each"
    if _is_nothing(value):
        faults.append(Fault(f"{where}, parameters", "nothing", expected, LEAVE_OUT))
        return {}
    if not isinstance(value, Mapping):
        faults.append(Fault(where, "parameters that are no mapping", expected))
        return {}
    step = "Write a list or a mapping in quotes, as one text that is read in the declared type."
    for name, one in value.items():
        if not isinstance(one, str):
            found = SHORT.repr(one)[:60]
            faults.append(Fault(f"{where}, parameter {name}", found, "one text", step))
    return value


def _list(where: str, name: str, value: Any, faults: list[Fault]) -> list[str]:
    """Return a value of an entry as a list of texts; commas part them as on the command line.

    One that was written and names nothing is a slip: taken for none, it would mean everything.
    """
    items = value if isinstance(value, list) else [value]
    if _is_nothing(value) or any(map(_is_nothing, items)):
        expected = "a value or a list of values"
        faults.append(Fault(f"{where}, {name}", "nothing", expected, LEAVE_OUT))
        return []
    if not all(isinstance(item, str) for item in items):
        faults.append(Fault(where, f"{name} that is no text or list of texts", "such as [64, 51]"))
        return []
    return [part.strip() for item in items for part in item.split(",") if part.strip()]


def _is_nothing(value: Any) -> bool:
    """Tell whether a value names nothing: one that is empty, only commas, or null as text."""
    if isinstance(value, str):
        return value in NULLS or not value.replace(",", "").strip()
    return not value
