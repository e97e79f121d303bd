"""A matrix: a YAML or JSON file that lists requests, each with the options of the command line.

Every value is read as text, so that 64 stays a code and no word becomes a truth value.
"""

from __future__ import annotations

import os
import re
import reprlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner.plan import Request

OPEN = re.compile(r"/(proc/\d+|dev)/fd/")  # what a shell's <(…) leads to
SHORT = reprlib.Repr()
SHORT.maxlevel = 2  # aliases make a small file a thing without end
NULLS = ("~", "null", "Null", "NULL")
LEAVE_OUT = "Leave the key out for its default."
COLUMNS = ("notebook", "region", "period", "reading", "language", "parameters")


def read(path: Path) -> list[Request]:
    """Return the requests that a file lists.

    Raises :class:`~kumkm_analysis.errors.ParameterError` with every fault of the file.
    """
    file = _File(f"matrix {path}")
    content = file.content(path)
    entries = content.get("reports") if isinstance(content, Mapping) else content
    if not isinstance(entries, list) or not entries:
        step = "Write 'reports:' and below it one '- notebook: …' an entry; see docs/scheduling.md."
        file.fault("", "no list of reports", "a list under 'reports'", step)
        entries = []
    if isinstance(content, Mapping):
        for name in content.keys() - {"reports"}:
            file.fault("", repr(name), "the key 'reports' only")
    requests = [file.request(f", entry {n}", entry) for n, entry in enumerate(entries, start=1)]
    if file.faults:
        raise ParameterError(file.faults, "Nothing was run.")
    return requests


@dataclass
class _File:
    """A matrix that is being read, and what is wrong with it."""

    where: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, place: str, found: str, expected: str, step: str = "") -> None:
        """Take note of a fault."""
        self.faults.append(Fault(f"{self.where}{place}", found, expected, step))

    def content(self, path: Path) -> Any:
        """Return what the file holds, as texts, lists and mappings."""
        import yaml

        try:
            ordinary = not path.exists() or path.is_file() or path.is_dir()
            if not (ordinary or OPEN.match(os.path.realpath(path))):  # it may never end nor begin
                raise OSError(0, "a pipe or a device")
            text = path.read_text(encoding="utf-8-sig")
            return self._plain(_composed(text), {})
        except OSError as error:
            found, expected = error.strerror or type(error).__name__, "a file that can be read"
            step = "Give the path of a YAML or JSON file."
        except UnicodeDecodeError as error:
            found = f"the byte 0x{error.object[error.start]:02x}, which is no UTF-8"
            expected, step = "YAML or JSON in UTF-8", ""
        except RecursionError:
            found, expected, step = "lists nested too deeply", "YAML or JSON", ""
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self.where += f", line {mark.line + 1}" if mark else ""
            found = (getattr(error, "problem", None) or str(error)).partition("\n")[0]
            expected, step = "YAML or JSON", "Mend the file at that place."
        raise ParameterError(Fault(self.where, found, expected, step))

    def _plain(self, node: Any, known: dict[int, Any]) -> Any:
        """Return a node of YAML with all its values as text; note keys that come twice."""
        if node is None or id(node) in known:
            return known.get(id(node))
        if node.id == "scalar":  # JSON writes what is beyond 16 bits as a pair
            return node.value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if node.id == "sequence":
            found = known[id(node)] = []
            found += [self._plain(one, known) for one in node.value]
            return found
        mapping: dict[str, Any] = known.setdefault(id(node), {})
        for key, value in node.value:
            name = str(key.value)
            if name in mapping:
                step = "Write it once; several values are one list, such as [64, 51]."
                line = key.start_mark.line + 1
                self.fault(f", line {line}", f"{name!r} again", "every key once", step)
            mapping[name] = self._plain(value, known)
        return mapping

    def request(self, place: str, entry: Any) -> Request:
        """Return one entry as a request."""
        expected = "a mapping such as notebook: membership"
        if _is_nothing(entry) or not isinstance(entry, Mapping):
            found = "nothing" if _is_nothing(entry) else SHORT.repr(entry)[:60]
            self.fault(place, found, expected, "Write what is meant, or leave the entry out.")
            return Request()
        for name in entry.keys() - set(COLUMNS):
            self.fault(place, repr(name), "one of " + ", ".join(COLUMNS))
        parameters = self._parameters(place, entry["parameters"]) if "parameters" in entry else {}
        values = [self._list(place, n, entry[n]) if n in entry else [] for n in COLUMNS[:-1]]
        notebooks, region, period, reading, language = values
        return Request(notebooks, region, period, reading, language, tuple(parameters.items()))

    def _parameters(self, place: str, value: Any) -> Mapping[str, str]:
        """Return the parameters of an entry, in which an empty text is a value like any other."""
        if _is_nothing(value) or not isinstance(value, Mapping):
            found = "nothing" if _is_nothing(value) else SHORT.repr(value)[:60]
            self.fault(f"{place}, parameters", found, "name: value, one each", LEAVE_OUT)
            return {}
        step = "Write a list or a mapping in quotes, as one text that is read in the declared type."
        for name, one in value.items():
            if not isinstance(one, str):
                self.fault(f"{place}, parameter {name}", SHORT.repr(one)[:60], "one text", step)
        return value

    def _list(self, place: str, name: str, value: Any) -> list[str]:
        """Return a value as a list of texts; commas part them as on the command line.

        One that was written and names nothing is a slip: taken for none, it would mean everything.
        """
        items = value if isinstance(value, list) else [value]
        expected = "a value or a list of values, such as [64, 51]"
        if _is_nothing(value) or any(map(_is_nothing, items)):
            self.fault(f"{place}, {name}", "nothing", expected, LEAVE_OUT)
        elif not all(isinstance(item, str) for item in items):
            self.fault(f"{place}, {name}", SHORT.repr(value)[:60], expected)
        else:
            return [part.strip() for item in items for part in item.split(",") if part.strip()]
        return []


def _composed(text: str) -> Any:
    """Return the nodes of a text of YAML, of which JSON is a part.

    The loader in C is ten times faster, where PyYAML was built with it. What it refuses is read
    again without it: so a fault has the same words everywhere.
    """
    import yaml

    fast = getattr(yaml, "CBaseLoader", None)
    if fast is not None:
        with suppress(yaml.YAMLError):
            return yaml.compose(text, fast)
    return yaml.compose(text, yaml.BaseLoader)


def _is_nothing(value: Any) -> bool:
    """Tell whether a value names nothing: one that is empty, only commas, or null as text."""
    if isinstance(value, str):
        return value in NULLS or not value.replace(",", "").strip()
    return not value
