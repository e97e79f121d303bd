"""Published figures on Indonesian cooperatives, kept as printed, with interval and provenance.

>>> import kumkm_analysis as kumkm
>>> data = kumkm.load()
>>> kumkm.compute("members_per_cooperative", data, region="64", period="2012").text("en")
'72.8'

>>> kumkm.search("modal sendiri")["id"][0]
'own_capital'

``regions``, ``sources``, ``indicators``, ``metrics`` and ``findings`` are catalogues of these
data: each has ``list()``, ``get(id)``, ``info(q)`` and ``frame()``.

Importing the package loads neither pandas nor matplotlib; a name below loads its module on use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kumkm_analysis import findings as findings
    from kumkm_analysis import metrics as metrics
    from kumkm_analysis.dataset.dataset import Dataset as Dataset
    from kumkm_analysis.dataset.interval import Interval as Interval
    from kumkm_analysis.dataset.records import Indicator, Region, Source
    from kumkm_analysis.dataset.table import Table
    from kumkm_analysis.errors import KumkmError as KumkmError
    from kumkm_analysis.explore.compute import compute as compute
    from kumkm_analysis.explore.compute import compute_frame as compute_frame
    from kumkm_analysis.explore.compute import metric as metric
    from kumkm_analysis.explore.package import Package as Package
    from kumkm_analysis.explore.package import load as load
    from kumkm_analysis.explore.search import search as search
    from kumkm_analysis.findings.examine import examine as examine
    from kumkm_analysis.metrics.figures import Figure as Figure
    from kumkm_analysis.report.report import Report as Report
    from kumkm_analysis.report.report import open_report as open_report

    __version__: str
    indicators: Table[Indicator]
    regions: Table[Region]
    sources: Table[Source]

_HOMES = {
    "Dataset": "dataset.dataset",
    "Figure": "metrics.figures",
    "Interval": "dataset.interval",
    "KumkmError": "errors",
    "Package": "explore.package",
    "Report": "report.report",
    "compute": "explore.compute",
    "compute_frame": "explore.compute",
    "examine": "findings.examine",
    "load": "explore.package",
    "metric": "explore.compute",
    "open_report": "report.report",
    "search": "explore.search",
}
_TABLES = ("indicators", "regions", "sources")  # of the data that load() gives
_ROOMS = ("findings", "metrics")  # catalogues themselves
__all__ = [
    "Dataset",
    "Figure",
    "Interval",
    "KumkmError",
    "Package",
    "Report",
    "compute",
    "compute_frame",
    "examine",
    "findings",
    "indicators",
    "load",
    "metric",
    "metrics",
    "open_report",
    "regions",
    "search",
    "sources",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return globals().setdefault(name, _version())
    if name in _ROOMS:
        return import_module(f"kumkm_analysis.{name}")
    if name in _TABLES:
        return getattr(import_module("kumkm_analysis.dataset.dataset").load(), name)
    if name in _HOMES:
        return getattr(import_module(f"kumkm_analysis.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'kumkm_analysis' has no attribute {name!r}")


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("kumkm-analysis")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0+unknown"


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
