"""What every report asks of the library, done once, so that what it keeps is there for all to come.

A process from which many reports are made runs this before the first; see
:mod:`kumkm_analysis.runner.warm`.
"""

from __future__ import annotations

import contextlib
import io
import string
from pathlib import Path

from kumkm_analysis.charts import sheet, svg
from kumkm_analysis.dataset.dataset import Dataset, load
from kumkm_analysis.report.report import open_report

LETTERS = f"{string.ascii_letters}{string.digits}.,:;()/%'\N{EN DASH}\N{MINUS SIGN}"


def exercise(data: Path) -> None:
    """Read every figure, measure the letters of charts, and make one small report a language."""
    loaded = load(data)
    for observation in loaded.observations.values():
        observation.interval  # noqa: B018 - kept once it was reckoned
    for bold in (False, True):
        svg.width(LETTERS, sheet.TEXT, bold=bold)
    for language in loaded.settings.languages:
        _small_report(loaded, language)


def _small_report(data: Dataset, language: str) -> None:
    """Show what notebooks show, into nothing."""
    with contextlib.redirect_stdout(io.StringIO()):
        report = open_report(language=language, name="exercise", data=data)
        report.title(id="Latihan", en="Exercise")
        report.history("cooperatives")
        report.comparison_table("own_capital_share")
        report.under("own_capital_share", "cooperatives")
        report.close()
