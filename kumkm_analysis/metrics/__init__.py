"""What follows from printed figures: readings, formulas, derived quantities with bounds.

The package is a catalogue, too: ``list()``, ``get(id)``, ``info(q)`` and ``frame()`` answer for
the metrics of the data that :func:`kumkm_analysis.load` gives, and for those of one's own.

>>> import kumkm_analysis as kumkm
>>> kumkm.metrics.get("debt_to_equity").formula
'external_capital / own_capital'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import MetricDefinition
    from kumkm_analysis.dataset.table import Table
    from kumkm_analysis.metrics.formulas import Metric

VERBS = ("list", "get", "info", "frame")


def catalogue(data: Dataset) -> Table[MetricDefinition]:
    """Return the metrics that a package describes, and those that only a function does."""
    from kumkm_analysis.metrics.formulas import METRICS

    own = {name: _described(one) for name, one in METRICS.items() if name not in data.metrics}
    return data.metrics.replacing(own) if own else data.metrics


def _described(recipe: Metric) -> MetricDefinition:
    """Return what a function says of itself, in place of a row of metrics.csv."""
    from kumkm_analysis.dataset.records import MetricDefinition

    title = recipe.name.replace("_", " ")
    said = (recipe.function.__doc__ or "").strip().partition("\n\n")[0]
    cells = dict.fromkeys(MetricDefinition.__dataclass_fields__, "")
    cells |= {n: title for n in cells if n.startswith("title_")}
    cells |= {n: " ".join(said.split()) for n in cells if n.startswith("definition_")}
    return MetricDefinition(**cells | {"metric_id": recipe.name, "unit": recipe.unit})


def __getattr__(name: str) -> Any:
    if name in VERBS:
        from kumkm_analysis.dataset.dataset import load

        return getattr(catalogue(load()), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
