"""The observations as columns: what can be compared at all, for a thousand rows or a million.

A *series* is one region, indicator, breakdown, register, status and way of counting. An *account*
is what one source says of one region at one period within one register; a *place* is one breakdown
of an account. A *release* is what one source says of one quantity at one period for all regions, a
*world* one register, status and way of counting. Only figures of one series are set against each
other, and only figures of one account or release are added up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kumkm_analysis.dataset.numerals import SCALES
from kumkm_analysis.dataset.records import Observation
from kumkm_analysis.findings.origins import origins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kumkm_analysis.dataset.dataset import Dataset

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

PLAIN = {
    numerals: re.compile(rf"(?:Rp ?)?-?[\d{group}]+(?:{point}(\d+))?(?: ([A-Za-z]+))?", re.ASCII)
    for numerals, group, point in (("id", ".", ","), ("en", ",", "[.]"))
}
UNDATED = 0  # the year of a figure whose text gives no period
EXACT_IN_FLOAT = 2.0**52


@dataclass(frozen=True, slots=True)
class Codes:
    """A column as whole numbers, and the words that they stand for."""

    codes: Ints
    words: Sequence[Any]

    def code(self, word: object) -> int:
        """Return the code of a word, -1 when no row has it."""
        try:
            return list(self.words).index(word)
        except ValueError:
            return -1


@dataclass
class Columns:
    """The observations of a dataset, one array a column, in the order of their ids."""

    data: Dataset
    rows: Sequence[Observation]
    region: Codes
    indicator: Codes
    category: Codes
    status: Codes
    source: Codes
    period: Codes
    world: Ints
    world_register: Ints
    release: Ints
    series: Ints
    account: Ints
    place: Ints
    origin: Ints
    value: Floats
    low: Floats
    high: Floats
    whole: Bools
    start: Ints
    end: Ints
    year: Ints
    stated: Bools
    sharp: Bools
    account_count: int
    place_count: int

    def __len__(self) -> int:
        return len(self.rows)


def columns(data: Dataset) -> Columns:
    """Return the columns of a dataset."""
    # By id, so that the order of the table changes nothing.
    rows = [data.observations[i] for i in sorted(data.observations)]
    own_series = {(s.source_id, s.indicator_id): s.series_id for s in data.series.values()}
    split = [_split(o.breakdown) for o in rows]
    region = _codes([o.region_id for o in rows])
    indicator = _codes([o.indicator_id for o in rows])
    category = _codes([s[0] for s in split])
    register = _codes([s[1] for s in split])
    status = _codes([o.status for o in rows])
    source = _codes([o.source_id for o in rows])
    counted = (
        _codes([own_series.get((o.source_id, o.indicator_id), "") for o in rows])
        if own_series
        else Codes(np.zeros(len(rows), np.int64), [""])
    )
    period = _codes([o.reference_period for o in rows])
    spans = np.array([_span(p) for p in period.words], np.int64).reshape(-1, 3)[period.codes]
    low, high = _bounds(rows)
    account, account_count = _joint(source, region, period, register, status)
    place, place_count = _pair(account, category.codes, len(category.words))
    series, _ = _joint(region, indicator, category, register, status, counted)
    width = high - low
    order = np.lexsort((np.arange(len(rows)), width, indicator.codes, place))
    first = np.ones(len(rows), bool)
    if len(rows):
        first[1:] = (np.diff(place[order]) != 0) | (np.diff(indicator.codes[order]) != 0)
    sharp = np.zeros(len(rows), bool)
    sharp[order[first]] = True
    world, _ = _joint(register, status, counted)
    release, _ = _joint(source, period, register, status, counted, indicator, category)
    return Columns(
        data=data, rows=rows, region=region, indicator=indicator, category=category,
        status=status, source=source, period=period, world=world,
        world_register=register.codes, release=release, series=series, account=account, place=place,
        origin=origins(data, rows)[source.codes] if rows else np.zeros(0, np.int64),
        value=np.array([float(o.value) for o in rows]), low=low, high=high,
        whole=np.isfinite(low) & np.isfinite(high) & (low == np.floor(low))
        & (high == np.floor(high)) & (np.abs(high) < EXACT_IN_FLOAT),
        start=spans[:, 0], end=spans[:, 1], year=spans[:, 2],
        stated=np.array([o.period_basis == "stated" for o in rows], bool),
        sharp=sharp, account_count=account_count, place_count=place_count,
    )  # fmt: skip


def _bounds(rows: Sequence[Observation]) -> tuple[Floats, Floats]:
    """Return the bounds as floats; what is exact or plainly rounded needs no exact interval."""
    low, high = np.empty(len(rows)), np.empty(len(rows))
    for i, o in enumerate(rows):
        half = 0.0 if o.printing == "exact" else _half(o)
        if half is not None:
            value = float(o.value)
            low[i], high[i] = value - half, value + half
        else:
            span = o.interval
            low[i] = -np.inf if span.low is None else float(span.low)
            high[i] = np.inf if span.high is None else float(span.high)
    return low, high


def _half(o: Observation) -> float | None:
    """Return half the last printed digit of a plainly rounded figure, None where it takes care."""
    if o.printing != "rounded" or o.token_exception:
        return None
    match = PLAIN[o.numerals].fullmatch(o.as_printed)
    if match is None:
        return None
    decimals, scale = len(match[1] or ""), SCALES.get((match[2] or "").lower(), 0)
    return 0.5 * 10.0 ** (scale - decimals) if decimals or scale else None


@lru_cache(maxsize=4096)
def _split(breakdown: str) -> tuple[str, str]:
    """Return the breakdown without its register, and the register."""
    parts = breakdown.split(";") if breakdown else []
    register = next((p for p in parts if p.startswith("register=")), "")
    return ";".join(p for p in parts if p != register), register


def _codes(words: list[str]) -> Codes:
    codes, unique = pd.factorize(np.array(words, dtype=object))
    return Codes(codes.astype(np.int64), [str(w) for w in unique])


def _pair(one: Ints, other: Ints, size: int) -> tuple[Ints, int]:
    """Return one code for two, and how many there are."""
    codes, unique = pd.factorize(one * max(size, 1) + other)
    return codes.astype(np.int64), len(unique)


def _joint(*parts: Codes) -> tuple[Ints, int]:
    """Return one code for several columns, and how many there are."""
    joint, count = parts[0].codes, len(parts[0].words)
    for part in parts[1:]:
        joint, count = _pair(joint, part.codes, len(part.words))
    return joint, count


def _span(period: str) -> tuple[int, int, int]:
    """Return first day, last day and year of a period; zeros when there is none.

    A span of several years has the year of its end.
    """
    if not period:
        return (0, 0, UNDATED)
    first, last = period.split("/")[0], period.split("/")[-1]
    end = _last_day(last)
    return _first_day(first).toordinal(), end.toordinal(), end.year


def _first_day(text: str) -> date:
    year, month, day = ([int(p) for p in text.split("-")] + [1, 1])[:3]
    return date(year, month, day)


def _last_day(text: str) -> date:
    parts = [int(p) for p in text.split("-")]
    if len(parts) == 3:
        return date(*parts)
    if len(parts) == 1:
        return date(parts[0], 12, 31)
    following = (parts[0] + parts[1] // 12, parts[1] % 12 + 1, 1)
    return date.fromordinal(date(*following).toordinal() - 1)
