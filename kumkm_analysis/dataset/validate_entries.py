"""The fourth stage of the gate: what a descriptor cannot say.

The double entry of printed token and value, real dates, the unit of the indicator, names that
are taken, and characters that nobody sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kumkm_analysis.dataset import numerals
from kumkm_analysis.dataset.periods import PERIOD_FORM, check_period
from kumkm_analysis.dataset.records import BUILT_IN_READINGS, FACTORS, TABLES, UNITS
from kumkm_analysis.dataset.validate_bytes import RawTable
from kumkm_analysis.errors import TURNERS, Fault, NumeralError, short

PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
UNSEEN = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f{TURNERS}]")
DATES = ("published", "valid_from", "valid_to")
Row = Mapping[str, str]


def entry_faults(descriptor: Mapping[str, Any], tables: Mapping[str, RawTable]) -> list[Fault]:
    """Return the faults of every readable table of ours, row by row."""
    files = {str(r["name"]): str(r["path"]) for r in descriptor["resources"]}
    readable = [name for name in TABLES if name in tables and tables[name].readable]
    rows = {name: tables[name].rows for name in readable}
    units = {row.get("indicator_id"): row.get("unit") for _, row in rows.get("indicators", [])}
    faults: list[Fault] = []
    for name in readable:
        for number, row in rows[name]:
            where = f"{files[name]}, row {number}"
            faults += _row_faults(where, row)
            if name == "observations":
                faults += _observation_faults(where, row)
                faults += _unit_faults(where, row, units)
            if name == "readings" and row.get("reading_id") in BUILT_IN_READINGS:
                found, step = repr(row["reading_id"]), "Give the reading a name of its own."
                where += ", column reading_id"
                faults.append(Fault(where, found, "a name that is not built in", step))
    if "readings" in rows and "observations" in rows:
        figures = {row.get("observation_id"): row for _, row in rows["observations"]}
        for number, row in rows["readings"]:
            faults += _repair_faults(f"{files['readings']}, row {number}", row, figures)
    return faults


def _repair_faults(where: str, row: Row, figures: Mapping[str | None, Row]) -> Iterator[Fault]:
    """Check that an accepted repair names its figure and can be read like it."""
    token, observation = row.get("repair_as_printed", ""), row.get("observation_id", "")
    if not token:
        return
    figure = figures.get(observation)
    if figure is None:
        if not observation:  # an unknown code is told by the foreign key
            place = f"{where}, column observation_id"
            yield Fault(place, "an empty cell", "a figure", "Name the figure that is repaired.")
        return
    try:
        numerals.parse(token, figure.get("numerals") or "id")
    except NumeralError as error:
        fault = error.faults[0]
        place = f"{where}, column repair_as_printed"
        yield Fault(place, repr(short(token)), fault.expected, fault.next_step)


def _row_faults(where: str, row: Row) -> Iterator[Fault]:
    """Check what holds for every table: characters that are seen and dates that exist."""
    for column, cell in row.items():
        if unseen := UNSEEN.search(cell):
            step = "Type the cell anew; such a character comes along when text is copied."
            place = f"{where}, column {column}"
            found = f"{unseen[0]!a} in {short(cell)!a}"
            yield Fault(place, found, "text without control characters", step)
    for column in DATES:
        if _is_no_date(row.get(column, "")):
            yield _date_fault(f"{where}, column {column}", row[column])
    since, until = row.get("valid_from"), row.get("valid_to")
    if since and until and since > until:
        step = "Exchange the two dates, or correct one of them."
        yield Fault(f"{where}, column valid_to", repr(until), f"a date from {since} on", step)


def _is_no_date(text: str) -> bool:
    """Tell a date that does not exist; one of another form is found by the column's pattern."""
    return bool(PERIOD_FORM.fullmatch(text)) and check_period(text) is not None


def _observation_faults(where: str, row: Row) -> Iterator[Fault]:
    """Check the reference period, and the printed token against the value."""
    period = row.get("reference_period", "")
    parts = period.split("/")
    place = f"{where}, column reference_period"
    if any(_is_no_date(part) for part in parts):
        yield _date_fault(place, period)
    elif len(parts) == 2 and parts[1] < parts[0]:
        yield Fault(place, repr(period), "the earlier date first", "Exchange the two dates.")
    value = row.get("value", "")
    if not PLAIN_NUMBER.fullmatch(value):
        if _is_number(value):
            step = "Write the digits out, with a decimal point and nothing else."
            yield Fault(f"{where}, column value", repr(value), "a plain number", step)
        return
    if sum(map(str.isdigit, value)) > numerals.MOST_DIGITS:
        step = "Correct it; the printed token stays as the source has it."
        expected = f"at most {numerals.MOST_DIGITS} digits"
        yield Fault(f"{where}, column value", repr(short(value)), expected, step)
        return
    if row.get("numerals") in numerals.LOCALES:
        yield from _double_entry_faults(where, row, value)


def _double_entry_faults(where: str, row: Row, value: str) -> Iterator[Fault]:
    exception, token = row.get("token_exception", ""), row.get("as_printed", "")
    try:
        printed = numerals.parse(token, row["numerals"]).value
    except NumeralError as error:
        if not exception:
            fault = error.faults[0]
            step = f"{fault.next_step} Or code the row in token_exception."
            yield Fault(f"{where}, column as_printed", repr(short(token)), fault.expected, step)
        return
    expected = printed * FACTORS.get(exception, 1)
    if expected != Decimal(value):
        step = "Correct whichever was copied wrongly; the printed token stays as the source has it."
        found = f"{short(value)}, while {token!r} reads {expected:f}"
        yield Fault(f"{where}, column value", found, "the value of the printed token", step)


def _unit_faults(where: str, row: Row, units: Mapping[str | None, str | None]) -> Iterator[Fault]:
    """Check that a figure is in the unit of its indicator."""
    indicator, unit = row.get("indicator_id"), row.get("unit")
    expected = units.get(indicator)
    # A word that is no unit at all is found by the column's enum.
    if unit in UNITS and expected and unit != expected:
        step = "One indicator has one unit: correct the unit, or name another indicator."
        place = f"{where}, column unit"
        yield Fault(place, repr(short(unit)), f"{expected}, the unit of {indicator}", step)


def _date_fault(where: str, found: str) -> Fault:
    step = "Check the day and month; leave the cell empty when the text gives none."
    return Fault(where, repr(short(found)), "a real year, month or day (YYYY-MM-DD)", step)


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True
