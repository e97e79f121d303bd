"""SOURCE_DATE_EPOCH: the time that stands for that of publication, where it is set."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

from kumkm_analysis.errors import Fault

VARIABLE = "SOURCE_DATE_EPOCH"
LAST = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())  # of the calendar
DIGITS = re.compile(rf"[0-9]{{1,{len(str(LAST))}}}")


def seconds() -> int | None:
    """Return the time that is set, in seconds since 1970; None where there is none, or a wrong one.

    >>> os.environ[VARIABLE] = "86400"
    >>> seconds(), faults()
    (86400, [])
    >>> os.environ[VARIABLE] = "tomorrow"
    >>> seconds(), len(faults())
    (None, 1)
    >>> del os.environ[VARIABLE]
    """
    given = os.environ.get(VARIABLE, "")
    return int(given) if DIGITS.fullmatch(given) and int(given) <= LAST else None


def faults() -> list[Fault]:
    """Return what is wrong with the time that is set."""
    given = os.environ.get(VARIABLE, "")
    if not given or seconds() is not None:
        return []
    expected = f"whole seconds since 1970, 0 to {LAST}"
    step = "Set it to such a number, as date +%s prints one, or unset it."
    return [Fault(f"environment, {VARIABLE}", repr(given)[:80], expected, step)]
