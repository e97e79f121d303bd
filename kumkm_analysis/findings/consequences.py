"""What a figure changes: how far any derived metric moves when the figure is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from kumkm_analysis.metrics.formulas import METRICS, Metric

if TYPE_CHECKING:
    from kumkm_analysis.findings.columns import Columns

Movement = tuple[float, str]
DIFFERENCES = frozenset({"balance_gap"})  # near nothing by nature: no relative movement


class Consequences:
    """Works metrics out with one figure and with another in its place.

    The other inputs come from the same account where it prints them, else from the same region and
    year; a figure that no metric takes moves only itself.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._taking: dict[str, list[Metric]] = {}
        for metric in METRICS.values():
            if metric.name in DIFFERENCES:
                continue
            for cell in metric.inputs.values():
                self._taking.setdefault(cell.indicator, []).append(metric)
        self._beside: Mapping[tuple[int, int], Sequence[int]] | None = None

    def movement(self, row: int, instead: Iterable[Fraction]) -> Movement | None:
        """Return the largest relative movement of any metric, and its name ("" for the figure)."""
        o = self.columns.rows[row]
        values = [v for v in instead if v != Fraction(o.value)]
        if not values:
            return None
        best: Movement = (
            max((_moved(Fraction(o.value), v) for v in values), default=0.0), ""
        )  # fmt: skip
        if o.category:
            return best
        for metric in self._taking.get(o.indicator_id, ()):
            inputs = self._inputs(metric, row)
            if inputs is None:
                continue
            name = next(n for n, cell in metric.inputs.items() if cell.indicator == o.indicator_id)
            for value in values:
                try:
                    before = metric.function(**inputs)
                    after = metric.function(**{**inputs, name: value})
                except ZeroDivisionError:
                    continue
                moved = _moved(before, after)
                if moved > best[0] or (moved == best[0] and not best[1]):
                    best = (moved, metric.name)
        return best

    def _inputs(self, metric: Metric, row: int) -> dict[str, Fraction] | None:
        c = self.columns
        own = c.rows[row]
        found: dict[str, Fraction] = {}
        near = self._neighbours(row)
        for name, cell in metric.inputs.items():
            if cell.indicator == own.indicator_id:
                found[name] = Fraction(own.value)
                continue
            rows = [r for r in near if c.rows[r].indicator_id == cell.indicator]
            if not rows:
                return None
            best = min(rows, key=lambda r: (c.account[r] != c.account[row], r))
            found[name] = Fraction(c.rows[best].value)
        return found

    def _neighbours(self, row: int) -> Sequence[int]:
        """Return the undivided figures of the same region, year and register."""
        c = self.columns
        if self._beside is None:
            beside: dict[tuple[int, int], list[int]] = {}
            undivided = c.category.code("")
            for r in (c.category.codes == undivided).nonzero()[0].tolist():
                beside.setdefault((int(c.region.codes[r]), int(c.year[r])), []).append(r)
            self._beside = beside
        return [
            r
            for r in self._beside.get((int(c.region.codes[row]), int(c.year[row])), ())
            if c.world_register[r] == c.world_register[row]
            and (c.year[row] or c.account[r] == c.account[row])
        ]


def _moved(before: Fraction, after: Fraction) -> float:
    """Return the movement relative to the smaller of two values: ten times too large is 9."""
    if before == after:
        return 0.0
    if before == 0 or after == 0 or (before > 0) != (after > 0):
        return abs(float(after - before)) / max(abs(float(before)), abs(float(after)))
    ratio = float(after / before)
    return max(ratio, 1 / ratio) - 1
