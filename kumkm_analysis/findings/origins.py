"""Which sources repeat one release: a repetition is no confirmation.

Two texts share an origin when they are seen to: both quote the same institution within a month of
each other, or they print the same exact figures for several cells. What nobody can see is not
assumed: sources without such a trace count as independent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from kumkm_analysis.dataset.records import Observation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kumkm_analysis.dataset.dataset import Dataset

SHARED_FIGURES = 3  # exact figures of four digits and more that two texts have in common
LEAST_SHARED = 1000
CLOSE = 31  # days between two texts that quote one institution
MOST_PRINTERS = 12  # a figure that more sources print is common knowledge and ties nobody


def origins(data: Dataset, rows: Sequence[Observation]) -> NDArray[np.int64]:
    """Return the origin of each source, in the order in which sources first occur in ``rows``."""
    codes = {s: i for i, s in enumerate(dict.fromkeys(o.source_id for o in rows))}
    parent = list(range(len(codes)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for one, other in (*_same_quotes(data, codes), *shared_figures(rows, codes)):
        parent[find(other)] = find(one)
    return np.array([find(i) for i in range(len(codes))], np.int64)


def shared_figures(
    rows: Sequence[Observation], codes: dict[str, int], least: int = SHARED_FIGURES
) -> list[tuple[int, int]]:
    """Return the pairs of sources that print several large exact figures alike."""
    printers: dict[tuple[str, str, str, object], set[int]] = defaultdict(set)
    for o in rows:
        if o.printing == "exact" and o.value >= LEAST_SHARED:
            printers[o.region_id, o.indicator_id, o.breakdown, o.value].add(codes[o.source_id])
    shared: Counter[tuple[int, int]] = Counter()
    for group in printers.values():
        if 1 < len(group) <= MOST_PRINTERS:
            ordered = sorted(group)
            shared.update((a, b) for i, a in enumerate(ordered) for b in ordered[i + 1 :])
    return [pair for pair, count in shared.items() if count >= least]


def _same_quotes(data: Dataset, codes: dict[str, int]) -> list[tuple[int, int]]:
    """Return the pairs of sources that quote one institution within a month."""
    quoting: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for source_id, code in codes.items():
        source = data.sources[source_id]
        if source.quotes and len(source.published) == 10:
            day = date.fromisoformat(source.published).toordinal()
            quoting[source.quotes].append((day, code))
    return [
        (a, b)
        for group in quoting.values()
        for (day, a), (later, b) in pairwise(sorted(group))
        if later - day <= CLOSE
    ]
