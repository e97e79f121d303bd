"""One report from its ingredients to finished files: execute, lay out, check. Nothing is published.

This is the pure function of the project: the same notebook, parameters, data and code give the
same files, on this machine or another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kumkm_analysis import resources
from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner import accounts, inspection, page
from kumkm_analysis.runner.execute import execute
from kumkm_analysis.runner.plan import Report

RESULTS = "results.json"
SCHEMA = resources.PACKAGE / "results.schema.json"


@dataclass(frozen=True, slots=True)
class Product:
    """The finished files of a report, by the name they get in its published folder."""

    files: Mapping[str, bytes]


def produce(report: Report, data: Path, private: Path, other: str | None = None) -> Product:
    """Return the files of a report: the page, and its results where the notebook has any.

    ``private`` is an empty folder of this report alone; ``other`` the relative address of the page
    in the other language. Raises :class:`~kumkm_analysis.errors.RunError` when a cell fails, the
    kernel dies or the finished page breaks a rule of publication.
    """
    notebook = execute(report, private, data)
    html = page.build(notebook, report, other)
    results = page.results(notebook)
    faults = [
        Fault(f"{report.name}, page", problem, "a page that is whole and loads nothing")
        for problem in inspection.problems(html)
    ]
    faults += _result_faults(report, results)
    if report.shipped and results is not None and not faults:
        expected = "a figure for every numeral"
        faults += [
            Fault(f"{report.name}, page", problem, expected)
            for problem in accounts.problems(html, results)
        ]
    if faults:
        raise RunError(faults)
    files = {f"{report.name}.html": html.encode()}
    if results is not None:
        text = json.dumps(results, ensure_ascii=False, indent=1, sort_keys=True)
        files[RESULTS] = f"{text}\n".encode()
    return Product(files)


def _result_faults(report: Report, results: Mapping[str, Any] | None) -> list[Fault]:
    """Return where the results of a report break the schema; ours must bring some."""
    where = f"{report.name}, results"
    if results is None:
        step = "End the notebook with report.close()."
        return [Fault(where, "none", "the results of the page", step)] if report.shipped else []
    return [
        Fault(f"{where}, {error.json_path}", error.message[:200], "what the schema allows")
        for error in _validator().iter_errors(results)
    ]


@lru_cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
