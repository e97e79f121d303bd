"""What the evidence says about itself: contradictions between and within sources.

>>> from kumkm_analysis.dataset.dataset import load
>>> found = examine(load()).select(kind="part_exceeds_whole", region="64", period="2012")
>>> found[0].printed
('22.977 unit', '5.855 unit')
>>> found[0].repairs[0].token
'2.977 unit'

Nothing here changes a figure. :func:`examine` applies the rules of ``rules.csv`` and
``indicators.csv``; two printed figures agree when their intervals meet. How each kind is found, and
what cannot be found, stands in ``docs/findings.md``.

The package is a catalogue, too: ``list()``, ``get(id)``, ``info(q)`` and ``frame()`` answer for
the findings in the data that :func:`kumkm_analysis.load` gives.
"""

from __future__ import annotations

from typing import Any

from kumkm_analysis.findings.examine import Examination, examine
from kumkm_analysis.findings.model import KINDS, Finding, Findings, Repair

__all__ = ["KINDS", "Examination", "Finding", "Findings", "Repair", "examine"]
VERBS = ("list", "get", "info", "frame")


def __getattr__(name: str) -> Any:
    if name in VERBS:
        from kumkm_analysis.dataset.dataset import load

        return getattr(examine(load()), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
