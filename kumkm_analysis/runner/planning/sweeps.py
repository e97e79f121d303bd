"""Sweeps: words that stand for many values, and files that list many requests.

>>> from kumkm_analysis.domain import Domain
>>> domain = Domain({"ID": ("Indonesia", "Indonesia"), "64": ("Kaltim", "East Kalimantan")}, {},
...                 {"ID": "country", "64": "province"})
>>> regions(domain, ["all"]), regions(domain, ["province", "64"])
(['ID', '64'], ['64'])
>>> periods(["2010:2012", "2014"]), periods(["2011-11:2012-01"])
(['2010', '2011', '2012', '2014'], ['2011-11', '2011-12', '2012-01'])
"""

from __future__ import annotations

import errno
import json
import os
import re
import reprlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from kumkm_analysis.domain import LANGUAGES, Domain
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner.planning.plan import Request

ALL = "all"
BOTH = "both"
MONTH = r"(\d{4})(?:-(0[1-9]|1[0-2]))?"
RANGE = re.compile(f"{MONTH}:{MONTH}", re.ASCII)
MOST_PERIODS = 1200
OPEN = re.compile(r"/(proc/\d+|dev)/fd/")  # what is open already, by its number
PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab]\w\w)\\u(d[c-f]\w\w)", re.IGNORECASE)
EXPECTED = re.compile(r"expected (?P<expected>.+), but (?:found|got) (?P<found>.+)")
SAID = (
    (re.compile("^(?:but )?found "), ""),
    (re.compile("^could not find expected "), "no "),
    (re.compile("^second occurrence$"), "an anchor that is there already"),
    (re.compile("(.+) are not allowed (?:here|in this context)"), r"\1 where none can be"),
)
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
    import yaml

    where = f"matrix {path}"
    faults: list[Fault] = []
    try:
        content = _parsed(_text(path), where, faults)
    except OSError as error:
        found = error.strerror or type(error).__name__
        step = "Give the path of a YAML or JSON file."
        raise ParameterError(Fault(where, found, "a file that can be read", step)) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ParameterError(_unread(where, error)) from None
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


def _parsed(text: str, where: str, faults: list[Fault]) -> Any:
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
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        faults.append(Fault(where, "parameters that are no mapping", expected))
        return {}
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
