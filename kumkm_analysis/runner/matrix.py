"""A matrix: a YAML or JSON file that lists requests, each with the options of the command line.

Every value is read as text, so that 64 stays a code and no word becomes a truth value.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kumkm_analysis.errors import Fault, ParameterError, short
from kumkm_analysis.runner.plan import Request

NULLS = ("~", "null", "Null", "NULL")
LEAVE_OUT = "Leave the key out for its default."
COLUMNS = ("notebook", "region", "period", "reading", "language", "kernel", "parameters")
LONGEST = 60  # characters of a value that are told


class Texts(yaml.BaseLoader):
    """YAML, of which JSON is a part, with every value as text and no key twice in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value!r} again", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(path: Path) -> list[Request]:
    """Return the requests that a file lists.

    Raises :class:`~kumkm_analysis.errors.ParameterError` with every fault of the file.
    """
    where = f"matrix {path}"
    content = _content(where, path)
    faults: list[Fault] = []
    entries = content.get("reports") if isinstance(content, Mapping) else content
    if not isinstance(entries, list) or not entries:
        step = "Write 'reports:' and below it one '- notebook: …' an entry; see docs/scheduling.md."
        faults.append(Fault(where, "no list of reports", "a list under 'reports'", step))
        entries = []
    if isinstance(content, Mapping):
        others = content.keys() - {"reports"}
        faults += [Fault(where, repr(name), "the key 'reports' only") for name in others]
    requests = [
        _request(f"{where}, entry {n}", entry, faults) for n, entry in enumerate(entries, start=1)
    ]
    if faults:
        raise ParameterError(faults, "Nothing was run.")
    return requests


def _content(where: str, path: Path) -> Any:
    """Return what a file holds, as texts, lists and mappings."""
    expected = "YAML or JSON"
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), Texts)  # noqa: S506 - texts only
    except OSError as error:
        found, expected = error.strerror or type(error).__name__, "a file that can be read"
        step = "Give the path of a YAML or JSON file."
    except UnicodeDecodeError as error:
        found = f"the byte 0x{error.object[error.start]:02x}, which is no UTF-8"
        expected, step = "YAML or JSON in UTF-8", ""
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where += f", line {mark.line + 1}" if mark else ""
        found = (getattr(error, "problem", None) or str(error)).partition("\n")[0]
        step = "Mend the file at that place."
    raise ParameterError(Fault(where, found, expected, step))


def _request(where: str, entry: Any, faults: list[Fault]) -> Request:
    """Return one entry as a request, and take note of what is wrong with it."""
    if not isinstance(entry, Mapping) or not entry:
        expected, step = "a mapping such as notebook: membership", "Write what is meant, or leave "
        step += "the entry out."
        faults.append(Fault(where, _shown(entry), expected, step))
        return Request()
    for name in entry.keys() - set(COLUMNS):
        faults.append(Fault(where, repr(name), "one of " + ", ".join(COLUMNS)))
    values = [
        _list(f"{where}, {name}", entry[name], faults) if name in entry else []
        for name in COLUMNS[:-1]
    ]
    parameters = entry.get("parameters", {})
    if "parameters" in entry and not (isinstance(parameters, Mapping) and parameters):
        expected = "name: value, one each"
        faults.append(Fault(f"{where}, parameters", _shown(parameters), expected, LEAVE_OUT))
        parameters = {}
    step = "Write a list or a mapping in quotes, as one text that is read in the declared type."
    for name, one in parameters.items():
        if not isinstance(one, str):
            faults.append(Fault(f"{where}, parameter {name}", _shown(one), "one text", step))
    notebooks, region, period, reading, language, kernel = values
    if len(kernel) > 1:
        faults.append(Fault(f"{where}, kernel", ", ".join(kernel), "one name"))
    extra = tuple(parameters.items())
    return Request(notebooks, region, period, reading, language, extra, kernel="".join(kernel[:1]))


def _list(where: str, value: Any, faults: list[Fault]) -> list[str]:
    """Return a value as a list of texts; commas part them as on the command line.

    One that was written and names nothing is a slip: taken for none, it would mean everything.
    """
    items = value if isinstance(value, list) and value else [value]
    wrong = [one for one in items if _is_nothing(one) or not isinstance(one, str)]
    if wrong:
        step = LEAVE_OUT if _is_nothing(wrong[0]) else ""
        expected = "a value or a list of values, such as [64, 51]"
        faults.append(Fault(where, _shown(wrong[0]), expected, step))
        return []
    return [part.strip() for item in items for part in item.split(",") if part.strip()]


def _is_nothing(value: Any) -> bool:
    """Tell whether a value names nothing: one that is empty, only commas, or null as text."""
    if isinstance(value, str):
        return value in NULLS or not value.replace(",", "").strip()
    return not value


def _shown(value: Any) -> str:
    return "nothing" if _is_nothing(value) else short(repr(value), LONGEST)
