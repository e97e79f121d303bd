"""Validation: nothing is computed from a data package that breaks a rule of its descriptor.

Every table is read once; its columns are held to the descriptor (types, constraints, keys), then
to what a descriptor cannot say: the double entry of printed token and value, real dates, the unit
of the indicator, blanks and leavings that nobody means. All faults are told at once, each with
file, row and column.
"""

from __future__ import annotations

import hashlib
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kumkm_analysis.dataset import numerals, remote
from kumkm_analysis.dataset.files import DESCRIPTOR, Problem, Rows, data_files
from kumkm_analysis.dataset.observation import TABLE_UNITS, factor
from kumkm_analysis.dataset.periods import PERIOD_FORM, check_period
from kumkm_analysis.dataset.records import AIM, BUILT_IN_READINGS, TABLES
from kumkm_analysis.dataset.settings import Settings
from kumkm_analysis.errors import TURNERS, DataError, Fault, NumeralError, short

if TYPE_CHECKING:
    from kumkm_analysis.dataset.descriptor import Column, Resource

FORMS = {
    kind: re.compile(form, re.ASCII)
    for kind, form in {
        "number": r"-?\d+(\.\d+)?",
        "integer": r"-?\d+",
        "boolean": "true|false",
        "date": r"\d{4}-\d{2}-\d{2}",
        "year": r"\d{4}",
    }.items()
}
BOUNDS = {"minimum": ("at least", operator.ge), "maximum": ("at most", operator.le)}
# Joiners have work to do between letters of some scripts, none beside a Latin one.
UNSEEN = re.compile(
    rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u034f\u115f\u1160\u180e\u200b\u2060-\u2064\u2800\u3164"
    rf"\ufeff\uffa0{TURNERS}]|[\u200c-\u200f](?=[\0-\u024f]|\Z)|(?:\A|(?<=[\0-\u024f]))[\u200c-\u200f]"
)
RESIDUE = re.compile(
    r"#(N/A|NV|GETTING_DATA|¡?[^\W_][\w/]*[!?])|Err:\d{3}|#{3,}|=[A-Z.]+\(.*"
    r"|\d{4}-\d\d-\d\d 00:00.*|nan|nat|null|none|n/a|<na>|-?\d+[.,]\d+E[+-]?\d+|-?\d+E\+\d+",
    re.IGNORECASE,
)
ODD_BLANK = re.compile(r"\s\s|[^\S ]")
SPANS = (("valid_from", "valid_to"), ("used_from", "used_to"))
FREE_TEXT = ("as_printed", "definition", "locator", "note", "reason")  # other columns hold names
DATES = ("published", "reference_period", "survey_month", *(end for span in SPANS for end in span))
PLACE_IN_TABLE = re.compile(r"\b(?:row|line|column)\b", re.ASCII)  # in a locator
WRITE_NUMBERS = "Write base units with a decimal point and without separators, such as 2143."
CORRECT = "Correct whichever was copied wrongly; the printed token stays as the source has it."
SEE = "See the column in data/README.md."
ONCE = "Give every row its own code; the same code stands in an earlier row."


@dataclass(frozen=True)
class Package:
    """A data package as it was read: its descriptor, its tables, and all of their faults."""

    descriptor: Mapping[str, Any]
    tables: Mapping[str, Rows]
    faults: Sequence[Fault]


def read(folder: Path) -> Package:
    """Read the package in a folder and validate what was read; faults are returned, not raised.

    A table that can be read in spite of a byte order mark, foreign line ends or another encoding is
    checked to its last cell all the same, so that one run tells everything.
    """
    from kumkm_analysis.dataset.descriptor import closed, read_descriptor

    faults, content, resources = read_descriptor(folder)
    if faults:
        return Package({}, {}, faults)
    tables = {one.name: Rows.read(folder, one.name, one.paths, one.columns) for one in resources}
    settings = Settings.of(content)
    known = closed(settings)
    for resource in resources:
        _check_columns(tables[resource.name], resource, known)
        _check_keys(tables[resource.name], resource, tables)
        _check_order(tables[resource.name])
    _check_observations(tables)
    _check_cells_of_tables(tables["observations"])
    _check_territories(tables)
    _check_readings(tables)
    _check_programme(tables)
    faults = [*_default_faults(settings, tables["regions"])]
    faults += (f for rows in tables.values() for f in rows.faults())
    return Package(content, tables, faults)


def require(folder: Path) -> Package:
    """Return the package in a folder.

    Raises :class:`~kumkm_analysis.errors.DataError` with every fault that it has.
    """
    package = read(folder)
    if package.faults:
        place = remote.address(folder)
        raise DataError(package.faults, f"The data package in {place} cannot be used.")
    return package


def check(folder: Path) -> list[Fault]:
    """Return every fault of the package in a folder; an empty list is a good verdict."""
    return list(read(folder).faults)


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 over the descriptor and its tables, by name and content."""
    digest = hashlib.sha256()
    for name in data_files(folder):
        content = (folder / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


# ---- what the descriptor says, and what holds for every table ------------------------------------


def _check_columns(
    rows: Rows, resource: Resource, closed: Mapping[tuple[str, str], Sequence[str]]
) -> None:
    """Check every column, each of its different cells once."""
    for column in resource.table.fields:
        problem = _cell_check(column, closed.get((rows.name, column.name), ()))
        cells = rows.column(column.name)
        wrong = {cell: found for cell in dict.fromkeys(cells) if (found := problem(cell))}
        for row, cell in enumerate(cells) if wrong else ():
            if cell in wrong:
                rows.add(row, column.name, wrong[cell])


def _cell_check(column: Column, closed: Sequence[str]) -> Callable[[str], Problem | None]:
    """Return the check of a cell of a column; ``closed`` are all codes that it may hold at all."""
    rules, kind = column.constraints, column.type
    form, pattern = FORMS.get(kind), re.compile(rules.pattern)
    allowed = rules.enum or [*closed]
    codes = frozenset(allowed)
    is_name, is_date = not column.name.startswith(FREE_TEXT), column.name in DATES
    bounds = [
        (bound, words, fits)
        for rule, (words, fits) in BOUNDS.items()
        if (bound := getattr(rules, rule)) is not None
    ]

    def check(cell: str) -> Problem | None:
        if not cell:
            step = "Fill the cell; it is required."
            return ("an empty cell", "a value", step) if rules.required else None
        if unseen := UNSEEN.search(cell):
            found = f"{unseen[0]!a} in {short(cell)!a}"
            step = "Type the cell anew; such a character comes along when text is copied."
            return found, "text without control characters", step
        found = repr(short(cell))
        if RESIDUE.fullmatch(cell.strip()):
            step = "Restore the cell from a good copy, and have the spreadsheet treat it as text."
            return f"{found}, which a spreadsheet left", "what belongs there", step
        if cell != cell.strip() or (is_name and ODD_BLANK.search(cell)):
            step = "Take out what is too many; a no-break space looks like an ordinary blank."
            return ascii(short(cell)), "single, ordinary blanks between words", step
        if form and not form.fullmatch(cell):
            return found, f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}", WRITE_NUMBERS
        if allowed and cell not in codes:
            near = get_close_matches(cell, allowed, 1)
            step = f"Did you mean {near[0]!r}?" if near else "See the codes in data/README.md."
            return found, "one of " + ", ".join(allowed), step
        if rules.pattern and not pattern.fullmatch(cell):
            return found, f"text of the form {rules.pattern}", SEE
        for bound, words, fits in bounds:
            if form and not fits(float(cell), bound):
                return found, f"{words} {bound:g}", SEE
        return _period_problem(cell) if is_date else None

    return check


def _period_problem(cell: str) -> Problem | None:
    """Return what is wrong with a period; one of another form is found by the column's pattern."""
    parts = cell.split("/")
    if any(PERIOD_FORM.fullmatch(part) and check_period(part) for part in parts):
        step = "Check the day and month; leave the cell empty when the text gives none."
        return repr(short(cell)), "a real year, month or day (YYYY-MM-DD)", step
    if parts[-1] < parts[0]:
        return repr(cell), "the earlier date first", "Exchange the two dates."
    return None


def _check_keys(rows: Rows, resource: Resource, tables: Mapping[str, Rows]) -> None:
    """Check that codes occur once, and that those of other tables are known there."""
    unique = [[one.name] for one in resource.table.fields if one.constraints.unique]
    if resource.name in TABLES:
        unique.append([fields(TABLES[resource.name])[0].name])
    for columns in dict.fromkeys(map(tuple, [resource.table.key, *unique])):
        seen: set[tuple[str, ...]] = set()
        for row, cells in enumerate(rows.columns(columns)):
            if cells in seen and any(cells):
                found = repr(short(", ".join(cells)))
                rows.add(row, ", ".join(columns), (found, "a code that occurs once", ONCE))
            seen.add(cells)
    for key in resource.table.references:
        names, targets = key.fields, key.reference.fields
        other = tables[key.reference.resource or resource.name]
        known = {*other.columns(targets)}
        # Of a blank or a sign that is not seen it is told there.
        known |= {tuple(UNSEEN.sub("", cell).strip() for cell in cells) for cells in known}
        if not other.readable:
            continue
        wrong: dict[tuple[str, ...], Problem] = {}
        for row, cells in enumerate(rows.columns(names)):
            if any(cells) and cells not in known and not rows.cut:
                if cells not in wrong:
                    wrong[cells] = _unknown(cells[0], other, targets[0])
                rows.add(row, ", ".join(names), wrong[cells])


def _unknown(code: str, other: Rows, column: str) -> Problem:
    """Name the table in which an unknown code should stand, and the nearest known one."""
    table = ", ".join(other.paths)
    near = get_close_matches(code, other.column(column), 1)
    step = f"Did you mean {near[0]!r}? " if near else ""
    return repr(short(code)), f"a code of {table}", f"{step}Otherwise add the row to {table} first."


def _check_order(rows: Rows) -> None:
    """Check that what holds from a day on does not end before it."""
    for span in SPANS:
        for row, (since, until) in enumerate(rows.columns(span)):
            if since and until and since > until:
                step = "Exchange the two dates, or correct one of them."
                rows.add(row, span[1], (repr(until), f"a date from {since} on", step))


def _default_faults(settings: Settings, regions: Rows) -> Iterator[Fault]:
    """Check that the region and the period that a report is about by default are some."""
    place = f"{DESCRIPTOR}, kumkm"
    if settings.region and settings.region not in regions.column("region_id"):
        step = "Name one of the table, or leave the key out."
        yield Fault(f"{place}, region", repr(short(settings.region)), "a code of regions.csv", step)
    if settings.period and (fault := check_period(settings.period)):
        yield Fault(f"{place}, period", fault.found, fault.expected, fault.next_step)


# ---- what a descriptor cannot say ----------------------------------------------------------------


def _check_observations(tables: Mapping[str, Rows]) -> None:
    """Check the printed token of every figure against its value, and its unit."""
    rows = tables["observations"]
    units: dict[str, str] = dict(tables["indicators"].columns(("indicator_id", "unit")))
    names = ("as_printed", "numerals", "token_exception", "table_unit", "value")
    for row, (token, locale, exception, unit, value) in enumerate(rows.columns(names)):
        if problem := _value_problem(value):
            rows.add(row, "value", problem)
        elif locale in numerals.LOCALES and unit in TABLE_UNITS:
            _check_double_entry(partial(rows.add, row), token, locale, exception, unit, value)
    for row, (indicator, unit) in enumerate(rows.columns(("indicator_id", "unit"))):
        expected = units.get(indicator) or unit
        if unit != expected:
            step = "One indicator has one unit: correct the unit, or name another indicator."
            found = repr(short(unit))
            rows.add(row, "unit", (found, f"{expected}, the unit of {indicator}", step))


def _check_cells_of_tables(rows: Rows) -> None:
    """Check that a table prints one value in one cell; a text may well print two in two places."""
    names = ("source_id", "region_id", "indicator_id", "breakdown", "reference_period",
             "survey_month", "vintage", "territory", "status", "locator", "value")  # fmt: skip
    printed: dict[tuple[str, ...], tuple[int, str]] = {}
    for row, (*cell, locator, value) in enumerate(rows.columns(names)):
        table, *place = PLACE_IN_TABLE.split(locator)
        if not place and "table" not in locator:
            continue
        earlier, there = printed.setdefault((*cell, table), (row, value))
        if value != there:
            file, number = rows.places[earlier]
            found = f"{short(value)}, while {file}, row {number} has {there} for the same cell"
            step = "Delete the wrong row, or say in its columns how the two cells differ."
            rows.add(row, "value", (found, "one value in a cell of a table", step))


def _check_territories(tables: Mapping[str, Rows]) -> None:
    """Check that a figure's territory is one of its region and time, and its month of its year."""
    rows, names = tables["observations"], ("territory_id", "region_id", "used_from", "used_to")
    known = {}
    if "territories" in tables:
        known = {one: rest for one, *rest in tables["territories"].columns(names)}
    names = ("region_id", "reference_period", "survey_month", "territory")
    for row, (region, period, month, territory) in enumerate(rows.columns(names)):
        since, until = period.split("/")[0], period.split("/")[-1]
        if month and not (since and since[:7] <= month and month[: len(until)] <= until[:7]):
            step = "Correct the month or the period, or leave survey_month empty."
            rows.add(row, "survey_month", (repr(month), f"a month of {period or 'a year'}", step))
        if not territory:
            continue
        home, first, last = known.get(territory, ("", "", ""))
        if home != region:
            own = [one for one in known if known[one][0] == region]
            expected = f"a territory of {region}" + f", such as {', '.join(own)}" * bool(own)
            step = "Correct it, or add the territory to territories.csv."
            rows.add(row, "territory", (repr(territory), expected, step))
        elif until and (until < first[: len(until)] or since[: len(last)] > last[: len(since)]):
            used = " ".join([f"from {first}"] * bool(first) + [f"to {last}"] * bool(last))
            step = "Correct the territory or the period; territories.csv says when it is used."
            rows.add(row, "territory", (f"{territory!r} in {period}", f"it {used} only", step))


def _value_problem(value: str) -> Problem | None:
    if not FORMS["number"].fullmatch(value):
        return repr(short(value)), "a plain number", WRITE_NUMBERS
    if sum(map(str.isdigit, value)) > numerals.MOST_DIGITS:
        return repr(short(value)), f"at most {numerals.MOST_DIGITS} digits", CORRECT
    return None


def _check_double_entry(
    add: Callable[[str, Problem], None],
    token: str,
    locale: str,
    exception: str,
    unit: str,
    value: str,
) -> None:
    """Check that the printed token, in the unit of its table's head, is the recorded value."""
    try:
        printed = numerals.parse(token, locale).value
    except NumeralError as error:
        if not exception:
            fault = error.faults[0]
            step = f"{fault.next_step} Or code the row in token_exception."
            add("as_printed", (repr(short(token)), fault.expected, step))
        return
    times = factor(exception, unit)
    if printed * times != Decimal(value):
        reads = f"{token!r}{' in units of a ' * bool(unit)}{unit} reads {printed * times:f}"
        meant = [one for one, size in TABLE_UNITS.items() if printed * size == Decimal(value)]
        step = f"Does the head of the table say {meant[0]}? Code table_unit." if meant else CORRECT
        found = f"{short(value)}, while {reads}"
        add("value", (found, "the value of the printed token", step))


def _check_readings(tables: Mapping[str, Rows]) -> None:
    """Check that a reading has a name of its own and that an accepted repair can be read."""
    rows, figures = tables.get("readings"), tables["observations"]
    if rows is None:
        return
    locales: dict[str, str] = dict(figures.columns(("observation_id", "numerals")))
    names = ("reading_id", "observation_id", "repair_as_printed")
    for row, (reading, observation, token) in enumerate(rows.columns(names)):
        if reading in BUILT_IN_READINGS:
            step = "Give the reading a name of its own."
            rows.add(row, "reading_id", (repr(reading), "a name that is not built in", step))
        if token and not observation:
            step = "Name the figure that is repaired."
            rows.add(row, "observation_id", ("an empty cell", "a figure", step))
        elif token and observation in locales:
            try:
                numerals.parse(token, locales[observation] or "id")
            except NumeralError as error:
                fault = error.faults[0]
                problem = (repr(short(token)), fault.expected, fault.next_step)
                rows.add(row, "repair_as_printed", problem)


def _check_programme(tables: Mapping[str, Rows]) -> None:
    """Check that a strategy names indicators or metrics that there are."""
    rows = tables.get("programme")
    if rows is None:
        return
    known = {*tables["indicators"].column("indicator_id")}
    known |= {*tables["metrics"].column("metric_id")} if "metrics" in tables else {*()}
    for row, cell in enumerate(rows.column("indicators")):
        for _, name, _ in AIM.findall(cell):
            if name not in known:
                near = get_close_matches(name, known, 1)
                step = f"Did you mean {near[0]!r}?" if near else "See indicators.csv, metrics.csv."
                expected = "a code of indicators.csv or metrics.csv"
                rows.add(row, "indicators", (repr(short(name)), expected, step))
    for row, (cell, source) in enumerate(rows.columns(("indicators", "reason_source"))):
        if cell and not source:
            step = "Name the rule or definition that ties the strategy to them."
            rows.add(row, "reason_source", ("an empty cell", "a source of the reason", step))
