"""What people call things: codes or titles, texts or numbers, one or several; never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.periods import Window, check_period
from kumkm_analysis.dataset.request import check_reading, check_region
from kumkm_analysis.errors import Fault, ParameterError, short
from kumkm_analysis.metrics.formulas import METRICS

if TYPE_CHECKING:
    from kumkm_analysis.dataset.records import Observation

Name: TypeAlias = str | int
Names: TypeAlias = Name | Iterable[Name] | None  # None is whatever there is
SPAN = re.compile(r"(\d{4})\s*[-–/]\s*(\d{4})")  # years as people write them
PREFERRED = "en"  # the language of this library's own words


def listed(given: Names) -> list[str]:
    """Return one name or several as a list of texts; a whole number is one however it is kept.

    >>> listed(64), listed(["64", 6472.0]), listed(None)
    (['64'], ['64', '6472'], [])
    """
    if given is None:
        return []
    if isinstance(given, str) or not isinstance(given, Iterable):
        return [_text(given)]
    return [_text(one) for one in given]


def _text(name: object) -> str:
    """Return a name as a text; pandas makes 2012.0 of a year where another one is missing."""
    return f"{name:.0f}" if isinstance(name, float) and name.is_integer() else str(name)


def language_of(data: Dataset, asked: bool | str = True) -> str:
    """Return a language in which the titles of the data stand; English by itself, if they have it.

    Raises :class:`~kumkm_analysis.errors.ParameterError` for another one.
    """
    known = data.indicators.languages or (PREFERRED,)
    if isinstance(asked, str):
        asking = Asked(data)
        asking.one_of("language", asked, known)
        asking.settle()
        return asked
    return PREFERRED if PREFERRED in known else known[0]


class Asked:
    """The names of one request, put into codes; what is wrong with any is told all at once.

    >>> from kumkm_analysis.dataset.dataset import load
    >>> asked = Asked(load())
    >>> asked.regions("Kalimantan Timur"), asked.indicators(["members", "modal sendiri"])
    (('64',), ('members', 'own_capital'))
    """

    def __init__(self, data: Dataset) -> None:
        if not isinstance(data, Dataset):
            step = "Name what is meant: region=…, period=…."
            found = short(repr(data), 60)
            raise ParameterError(Fault("data", found, "a package, as kumkm.load() gives it", step))
        self.data = data
        self.faults: list[Fault] = []

    def settle(self) -> None:
        """Raise :class:`~kumkm_analysis.errors.ParameterError` with every fault, if any."""
        if self.faults:
            raise ParameterError(self.faults)

    def regions(self, given: Names) -> tuple[str, ...] | None:
        """Return regions by code, title or other spelling, and all of a level such as province."""
        return self._each(given, self._region)

    def indicators(self, given: Names) -> tuple[str, ...] | None:
        """Return indicators by code or title; one that only the shipped package lists is fine."""
        return self._each(given, self._indicator)

    def metrics(self, given: Name) -> list[str]:
        """Return a metric by code or title, or an indicator, ``indicator[breakdown]`` as well."""
        text = str(given)
        indicator, bracket, category = text.removesuffix("]").partition("[")
        code = self.data.metrics.code(text) or text.replace(" ", "_")
        if code in METRICS:
            return [code]
        if bracket:
            known = (self.indicators(indicator) or (), self.categories(category) or ())
            return [f"{known[0][0]}[{known[1][0]}]"] if all(known) else []
        code = self.data.indicators.code(text) or ""
        if code or self.data.check_indicator(text) is None:
            return [code or text]
        tables = (self.data.metrics, self.data.indicators)
        titles = [r.title(k) for table in tables for r in table.values() for k in table.languages]
        near = get_close_matches(text, [*METRICS, *self.data.indicators, *titles], 1)
        step = f"kumkm.search({short(text, 40)!r}) looks for it."
        if self.data.metrics.code(text):
            step = "It compares figures of several periods; its row in metrics.csv says which."
        elif near:
            step = f"Did you mean {near[0]}?"
        return self._refuse(Fault("metric", repr(short(text, 60)), "a metric or indicator", step))

    def unit(self, given: str) -> list[str]:
        """Return a unit in which some metric or indicator is counted."""
        known = {*self.codes("indicators", "unit"), *(recipe.unit for recipe in METRICS.values())}
        return self.one_of("unit", given, known)

    def sources(self, given: Names) -> tuple[str, ...] | None:
        """Return sources by code."""
        table = self.data.sources

        def find(name: str) -> list[str]:
            code = table.code(name)
            return [code] if code else self._refuse(table.unknown(name))

        return self._each(given, find)

    def publishers(self, given: Names) -> tuple[str, ...] | None:
        """Return publishers, in whatever letters."""
        known = {s.publisher for s in self.data.sources.values()}
        return self._each(given, lambda name: self.one_of("publisher", name, known))

    def categories(self, given: Names) -> tuple[str, ...] | None:
        """Return breakdowns such as ``type=serba_usaha``; an empty one is the whole."""
        check = self.data.check_category
        return self._each(given, lambda name: self._known(name, check(name) if name else None))

    def statuses(self, given: Names) -> tuple[str, ...] | None:
        """Return statuses of figures: outcome, target, estimate."""
        known = self.codes("observations", "status")
        return self._each(given, lambda name: self.one_of("status", name, known))

    def reading(self, given: str) -> str:
        """Return the name of a reading."""
        wrong = check_reading(self.data.domain, given)
        self.faults += [wrong] if wrong else []
        return given

    def codes(self, table: str, column: str) -> Collection[str]:
        """Return the codes of a column, as its descriptor lists them or as its rows have them."""
        fields = self.data.schemas[table]["fields"]
        limits: Any = next((f.get("constraints", {}) for f in fields if f["name"] == column), {})
        rows = getattr(self.data, table).values()
        return limits.get("enum") or {getattr(row, column) for row in rows}

    def periods(self, given: Names) -> Callable[[Observation], bool]:
        """Return the test of a year, month, day, ``2006:2021``, or any of several of them."""
        spans = [self._period(one) for one in listed(given)]
        if given is None:
            return lambda observation: True
        return lambda o: any(
            span.holds(o.reference_period) if isinstance(span, Window) else o.within(span)
            for span in spans
        )

    def years(self, given: Names) -> tuple[str, ...]:
        """Return single periods, a span such as ``2006:2021`` as its years."""
        found: list[str] = []
        for span in map(self._period, listed(given)):
            years = isinstance(span, Window)
            found += map(str, range(span.first, span.last + 1)) if years else [span]  # type: ignore[union-attr,list-item]
        return tuple(dict.fromkeys(found))

    def one_of(self, name: str, given: str, known: Collection[str]) -> list[str]:
        """Return the one of some words that is meant, in whatever letters."""
        folded = {one.casefold(): one for one in known}
        if given.casefold() in folded:
            return [folded[given.casefold()]]
        near = get_close_matches(given.casefold(), folded, 1)
        few = ", ".join(sorted(known)) if len(known) <= 12 else f"one of the {len(known)} there are"
        step = f"Did you mean {folded[near[0]]}?" if near else ""
        return self._refuse(Fault(name, repr(short(given, 60)), few, step))

    def _each(self, given: Names, find: Callable[[str], list[str]]) -> tuple[str, ...] | None:
        if given is None:
            return None
        return tuple(dict.fromkeys(code for one in listed(given) for code in find(one)))

    def _region(self, name: str) -> list[str]:
        data, domain = self.data, self.data.domain
        code = data.regions.code(name)
        if code is None and not name[:1].isdigit():  # codes of other schemes clash with ours
            code = domain.aliases.get(name.lower(), ("", None, ""))[1]
        if code is not None:
            return [code]
        of_level = [code for code, level in domain.levels.items() if level == name.casefold()]
        wrong = check_region(domain, name)
        if wrong is None or of_level:
            return of_level or [name]
        near = get_close_matches(name.casefold(), {*domain.levels.values()}, 1, 0.8)
        if near:
            wrong = replace(wrong, next_step=f"Did you mean {near[0]}?")
        elif not wrong.next_step.startswith("Did you mean"):
            wrong = data.regions.unknown(name)
        return self._refuse(wrong)

    def _indicator(self, name: str) -> list[str]:
        table = self.data.indicators
        code = table.code(name)
        wrong = self.data.check_indicator(name) if code is None else None
        return self._known(code or name, wrong and table.unknown(name))

    def _period(self, text: str) -> str | Window:
        first, colon, last = text.partition(":")
        if not colon:
            wrong = check_period(text)
            if wrong and (span := SPAN.fullmatch(text)):
                wrong = replace(wrong, next_step=f"Did you mean {span[1]}:{span[2]}?")
            self.faults += [wrong] if wrong else []
            return text
        years = [end.isascii() and end.isdigit() and len(end) == 4 for end in (first, last)]
        if all(years) and first <= last:
            return Window(int(first), int(last))
        step = "Write the first and the last year, as in 2006:2021."
        self.faults.append(Fault("period", repr(short(text, 60)), "two years in order", step))
        return Window(0, 0)

    def _known(self, name: str, wrong: Fault | None) -> list[str]:
        return [name] if wrong is None else self._refuse(wrong)

    def _refuse(self, fault: Fault) -> list[str]:
        self.faults.append(fault)
        return []
