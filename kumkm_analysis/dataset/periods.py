"""The form of a period, a year, a month or a day that there is, and of windows of years."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kumkm_analysis.errors import Fault, ParameterError, short

LONGEST_ECHO = 60  # characters of a wrong value that a message repeats
PERIOD_FORM = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)
WINDOW_FORM = re.compile(r"([1-9]\d{3})/([1-9]\d{3})", re.ASCII)
LENGTH, BETWEEN = 5, 4  # years of a window, and between two of them, where none are asked for


def check_period(period: str) -> Fault | None:
    """Return what is wrong with a period: another form than YYYY, YYYY-MM, YYYY-MM-DD, or no date.

    >>> check_period("2014-12-31") is None, check_period("2012-02-30") is None
    (True, False)
    """
    forms = "YYYY, YYYY-MM or YYYY-MM-DD"
    if not PERIOD_FORM.fullmatch(period):
        step = "Write a year, month or day such as 2020, 2020-06 or 2020-12-31."
        return Fault("period", repr(short(period, LONGEST_ECHO)), f"a period as {forms}", step)
    year, month, day = ([int(part) for part in period.split("-")] + [1, 1])[:3]
    try:
        date(year, month, day)
    except ValueError:
        step = "Check the month and the day." if "-" in period else "Check the year."
        return Fault("period", repr(period), f"a real date, as {forms}", step)
    return None


@dataclass(frozen=True, slots=True)
class Window:
    """Some years, the first and the last included."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}\N{EN DASH}{self.last}"

    def holds(self, period: str) -> bool:
        """Tell whether a reference period begins and ends in these years."""
        years = [part[:4] for part in period.split("/") if part]
        return bool(years) and all(self.first <= int(year) <= self.last for year in years)


def windows(period: str, before: str = "", after: str = "") -> tuple[Window, Window]:
    """Return two windows of years, each as ``2008/2012``.

    By default the earlier one holds five years and ends with the year of ``period``; the later
    one is as long and begins after four years between. Raises
    :class:`~kumkm_analysis.errors.ParameterError` where one has another form, ends before it
    begins, or the two overlap.

    >>> [str(window) for window in windows("2012")]
    ['2008–2012', '2017–2021']
    >>> windows("2012", after="2011/2014")
    Traceback (most recent call last):
        ...
    kumkm_analysis.errors.ParameterError: after: found '2011/2014'; expected years after 2012.
      Take a later window that begins after the earlier one ends.
    """
    year = int(period[:4])
    faults: list[Fault] = []
    earlier = _window("before", before, Window(year - LENGTH + 1, year), faults)
    start = earlier.last + BETWEEN + 1
    length = earlier.last - earlier.first
    later = _window("after", after, Window(start, start + length), faults)
    if not faults and later.first <= earlier.last:
        step = "Take a later window that begins after the earlier one ends."
        faults.append(
            Fault("after", repr(short(after, LONGEST_ECHO)), f"years after {earlier.last}", step)
        )
    if faults:
        raise ParameterError(faults)
    return earlier, later


def _window(name: str, given: str, default: Window, faults: list[Fault]) -> Window:
    """Return the window that is asked for; what is wrong with it is added to the faults."""
    if not given:
        return default
    found = WINDOW_FORM.fullmatch(given)
    if found is None or found[2] < found[1]:
        step = "Write the first and the last year, as in 2016/2020."
        faults.append(
            Fault(name, repr(short(given, LONGEST_ECHO)), "two years in order, YYYY/YYYY", step)
        )
        return default
    return Window(int(found[1]), int(found[2]))


def check_windows(parameters: Mapping[str, object]) -> list[Fault]:
    """Return what is wrong with the windows ``before`` and ``after`` of a period that is one.

    >>> [fault.where for fault in check_windows({"period": "2012", "before": "2012"})]
    ['before']
    """
    period, before, after = (
        str(parameters.get(name, "")) for name in ("period", "before", "after")
    )
    if check_period(period):
        return []
    try:
        windows(period, before, after)
    except ParameterError as error:
        return list(error.faults)
    return []
