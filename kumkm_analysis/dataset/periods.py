"""The form of a period: a year, a month or a day that there is."""

from __future__ import annotations

import re
from datetime import date

from kumkm_analysis.errors import Fault, short

LONGEST_ECHO = 60  # characters of a wrong value that a message repeats
PERIOD_FORM = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)


def check_period(period: str) -> Fault | None:
    """Return what is wrong with a period: another form than YYYY, YYYY-MM, YYYY-MM-DD, or no date.

    >>> check_period("2014-12-31") is None, check_period("2012-02-30") is None
    (True, False)
    """
    forms = "YYYY, YYYY-MM or YYYY-MM-DD"
    if not PERIOD_FORM.fullmatch(period):
        step = "Write a year, month or day such as 2012, 2012-06 or 2014-12-31."
        return Fault("period", repr(short(period, LONGEST_ECHO)), f"a period as {forms}", step)
    year, month, day = ([int(part) for part in period.split("-")] + [1, 1])[:3]
    try:
        date(year, month, day)
    except ValueError:
        step = "Check the month and the day." if "-" in period else "Check the year."
        return Fault("period", repr(period), f"a real date, as {forms}", step)
    return None
