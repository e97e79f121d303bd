"""One report from its ingredients to finished files: execute, lay out, check. Nothing is published.

This is the pure function of the project: the same notebook, parameters, data and code give the
same files, on this machine or another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kumkm_analysis import __version__
from kumkm_analysis.errors import Fault, RunError, short
from kumkm_analysis.runner import (
    check_page,
    crate,
    declared,
    documents,
    page,
    provenance,
    tables,
)
from kumkm_analysis.runner.execute import execute
from kumkm_analysis.runner.jobs import Job, Product, Task
from kumkm_analysis.runner.plan import Report
from kumkm_analysis.runner.provenance import FILE as PROVENANCE
from kumkm_analysis.runner.publish import RESULTS

BESIDE = (RESULTS, tables.FILE, tables.INDONESIAN, PROVENANCE, crate.FILE)
SCHEMA = Path(__file__).parent / "results.schema.json"
CLOSE = "End the notebook with report.close()."


def produce(task: Task) -> Product:
    """Execute a report and return its files: page, provenance, results where it has any.

    Raises :class:`~kumkm_analysis.errors.RunError` when a cell fails, the kernel dies or the
    finished page breaks a rule of publication.
    """
    return finish(task, execute(task))


def finish(task: Task, notebook: Any) -> Product:
    """Return the files of a report whose notebook was executed.

    Raises :class:`~kumkm_analysis.errors.RunError` when the page breaks a rule of publication.
    """
    job, report = task.job, task.job.report
    results = page.results(notebook)
    if results is not None:
        results["title"] = page.title(notebook, report, task.cwd)
    faults = _result_faults(report, results)
    if results is not None and faults:  # no page can be laid out around them
        raise RunError(faults)
    other = None if job.translation is None else address(job.translation)
    notes: list[str] = []
    html = page.build(notebook, report, other, BESIDE, task.cwd, notes)
    broken, doubtful = _page_faults(task, html, results, notebook, notes)
    faults += [*broken, *_data_faults(job, results)]
    if faults:
        raise RunError(faults)
    files = {f"{report.name}.html": html.encode()}
    if results is not None:
        files[RESULTS] = documents.written(results)
        files |= tables.documents(results)
        published = [*files, PROVENANCE]
        files[crate.FILE] = crate.document(
            report.name, results, job.ingredients, published, __version__
        )
    files[PROVENANCE] = provenance.document(report.name, job.key, job.ingredients, files)
    return Product(files, (*report.remarks, *doubtful))


def rehearse(data: Path) -> None:
    """Compile and read what every report of some data needs compiled and read."""
    keeps_schema()
    declared.of_data(data, "")


def address(other: str) -> str:
    """Return the relative address of another report's page.

    >>> address("membership-64-2012-coherent.id")
    '../membership-64-2012-coherent.id/membership-64-2012-coherent.id.html'
    """
    return f"../{quote(other)}/{quote(other)}.html"


def _page_faults(
    task: Task, html: str, results: Mapping[str, Any] | None, notebook: Any, notes: Sequence[str]
) -> tuple[list[Fault], list[str]]:
    """Return what forbids a page to be published, and the warnings on it.

    A numeral without a figure is a fault of a notebook of ours, and of one's own that is held to be
    strict; else a notebook of one's own is warned. So it is with ``notes`` of what is not shown.
    """
    job, where = task.job, f"{task.job.report.name}, page"
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    known = declared.of_data(task.data, job.data_sha256)
    broken, dead, numerals = check_page.check(html, results, known, code)
    whole, live = "a page that is whole and loads nothing", "the evidence of every number"
    faults = [Fault(where, problem, whole) for problem in broken]
    if not (job.report.shipped and results is None):  # of which it is told already
        faults += [Fault(where, problem, live, CLOSE) for problem in dead]
    strict = job.report.shipped or job.strict
    if strict and not faults:
        faults = [Fault(where, problem, "a figure for every numeral") for problem in numerals]
        faults += [Fault(where, note, "a page that shows all that cells put out") for note in notes]
    return faults, [] if strict else [*notes, *numerals]


def _data_faults(job: Job, results: Mapping[str, Any] | None) -> list[Fault]:
    """Return whether the page was made from other data than planned: they changed meanwhile."""
    data = (results or {}).get("data")
    used = data.get("sha256") if isinstance(data, Mapping) else None
    if used in (None, job.data_sha256):
        return []
    where = f"{job.report.name}, data"
    step = "The data changed while the run was going on; run again."
    return [Fault(where, f"data {used[:12]}", f"data {job.data_sha256[:12]}", step)]


def _result_faults(report: Report, results: Mapping[str, Any] | None) -> list[Fault]:
    """Return where the results of a report break the schema; ours must bring some."""
    where = f"{report.name}, results"
    if results is None:
        return [Fault(where, "none", "the results of the page", CLOSE)] if report.shipped else []
    from fastjsonschema import JsonSchemaValueException

    try:
        keeps_schema()(results)
    except JsonSchemaValueException as error:
        place = str(error.name).removeprefix("data").strip(".") or "as a whole"
        rule = str(error.message).removeprefix(str(error.name)).strip()
        step = "Leave the results to report.close()."
        return [Fault(f"{where}, {place}", short(repr(error.value)), f"what {rule}", step)]
    return []


@lru_cache
def keeps_schema() -> Any:
    """Return the schema of results as code, which raises where it is not kept."""
    import fastjsonschema

    text = SCHEMA.read_text(encoding="utf-8").replace("$defs", "definitions")
    schema = json.loads(text) | {"$schema": "http://json-schema.org/draft-07/schema#"}
    return fastjsonschema.compile(schema)  # draft 7 is the newest it knows
