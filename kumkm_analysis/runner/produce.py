"""One report from its ingredients to finished files: execute, lay out, check. Nothing is published.

This is the pure function of the project: the same notebook, parameters, data and code give the
same files, on this machine or another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kumkm_analysis import __version__
from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner import (
    accounts,
    bibliography,
    crate,
    inspection,
    lines,
    mentions,
    page,
    provenance,
    schema,
    tables,
)
from kumkm_analysis.runner.execute import execute
from kumkm_analysis.runner.jobs import Job, Product, Task
from kumkm_analysis.runner.plan import Report
from kumkm_analysis.runner.provenance import FILE as PROVENANCE
from kumkm_analysis.runner.publish import RESULTS
from kumkm_analysis.runner.walk import Visitor, walk

BESIDE = (RESULTS, tables.FILE, PROVENANCE, crate.FILE)
# Tables of the data: dates and laws in their prose may stand on a page, and titles of sources.
PROSE = ("regions", "rules", "metrics", "indicators", "terms", "acknowledgements")
SOURCES = ("sources",)


def produce(task: Task) -> Product:
    """Return the files of a report: page, provenance, and results where the notebook has any.

    Raises :class:`~kumkm_analysis.errors.RunError` when a cell fails, the kernel dies or the
    finished page breaks a rule of publication.
    """
    job, report = task.job, task.job.report
    notebook = execute(task)
    other = None if job.translation is None else address(job.translation)
    results = page.results(notebook)
    if results is not None:
        results["title"] = page.title(notebook, report, task.cwd)
    faults = _result_faults(report, results)
    if results is not None and faults:  # no page can be laid out around them
        raise RunError(faults)
    html = page.build(notebook, report, other, BESIDE, task.cwd)
    faults += _page_faults(task, html, results, notebook)
    faults += _data_faults(job, results)
    if faults:
        raise RunError(faults)
    files = {f"{report.name}.html": html.encode()}
    if results is not None:
        files[RESULTS] = lines.document(results)
        files[tables.FILE] = tables.document(results)
        published = [*files, PROVENANCE]
        files[crate.FILE] = crate.document(
            report.name, results, job.ingredients, published, task.data, __version__
        )
    files[PROVENANCE] = provenance.document(report.name, job.key, job.ingredients, files)
    return Product(files)


def rehearse(data: Path) -> None:
    """Compile and read what every report of some data needs compiled and read."""
    schema.compiled()
    mentions.Declared.by((), text_of(PROSE, data, ""))
    bibliography.heads(text_of(SOURCES, data, ""))


def address(other: str) -> str:
    """Return the relative address of another report's page.

    >>> address("membership-64-2012-coherent.id")
    '../membership-64-2012-coherent.id/membership-64-2012-coherent.id.html'
    """
    return f"../{quote(other)}/{quote(other)}.html"


def _page_faults(
    task: Task, html: str, results: Mapping[str, Any] | None, notebook: Any
) -> list[Fault]:
    """Return what forbids a page to be published; ours must account for every numeral."""
    report = task.job.report
    inspector, accountant = inspection.Inspector(), accounts.Accountant({})
    if report.shipped:
        code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
        prose, sources = (
            text_of(named, task.data, task.job.data_sha256) for named in (PROSE, SOURCES)
        )
        accountant = accounts.Accountant(results or {}, prose, code, sources)
    visitors: list[Visitor] = [inspector, accountant] if report.shipped else [inspector]
    walk(html, *visitors)
    where = f"{report.name}, page"
    expected = "a page that is whole and loads nothing"
    faults = [Fault(where, problem, expected) for problem in inspector.problems()]
    if report.shipped and results is not None and not faults:
        expected = "a figure for every numeral"
        faults = [Fault(where, problem, expected) for problem in accountant.problems()]
    return faults


@lru_cache(maxsize=4)
def text_of(named: Sequence[str], data: Path, data_sha256: str) -> str:
    """Return some tables of the data as text; the digest tells when they are others."""
    files = (data / f"{name}.csv" for name in named)
    return "\n".join(f.read_text(encoding="utf-8-sig") for f in files if f.is_file())


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
        step = "End the notebook with report.close()."
        return [Fault(where, "none", "the results of the page", step)] if report.shipped else []
    return schema.faults(where, results)
