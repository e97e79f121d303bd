"""Why a published report would be made again: its ingredients then, and what they are now."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner import notebooks, provenance, published, session
from kumkm_analysis.runner.plan import Request
from kumkm_analysis.runner.publish import INDEX, Folder
from kumkm_analysis.runner.session import Options


def of(report: str, notebook: str | None, data: Path, output: Path) -> list[str]:
    """Return the answer in lines.

    Raises :class:`~kumkm_analysis.errors.ParameterError` when there is no such report, or its
    notebook cannot be found.
    """
    name, folder = _name(report, output)
    found = provenance.read(folder.home(name))
    if found is None and folder.page(name).is_file():
        advice = "It was altered since it was published; make the report again with kumkm run."
        expected = "what the report was made from"
        fault = Fault(f"report {name}", f"no {provenance.FILE} that can be read", expected, advice)
        raise ParameterError(fault)
    if found is None:
        near = get_close_matches(name, folder.published(), 1)
        advice = f"Did you mean {near[0]}?" if near else f"See {folder.path / INDEX}."
        expected = f"the name of a report in {folder.path}"
        raise ParameterError(Fault("report", f"no report {name!r}", expected, advice))
    if notebook is None and found.ingredients["notebook"] not in notebooks.shipped():
        said = f"a notebook of your own, {found.ingredients['notebook']}"
        advice = f"Give it after the name: kumkm why {name} PATH"
        raise ParameterError(Fault(f"report {name}", said, "its path", advice))
    request = Request.again(name, found.ingredients, notebook)
    steps, _ = session.prepare(request, Options(data, folder.path))
    step = next((s for s in steps if s.name == name), None)
    if step is None:
        where = f"report {name}"
        expected = "the notebook that it was made from"
        raise ParameterError(Fault(where, f"notebook {notebook}", expected))
    if step.unchanged:
        return [f"{name}: unchanged, key {found.key[:12]}"]
    return [f"{name}: would be made again", *(f"  {reason}" for reason in step.reasons)]


def _name(report: str, output: Path) -> tuple[str, Folder]:
    """Return the name and the folder of a report that is given by name or by path."""
    path = Path(report)
    if path.is_dir() and path.name == report:  # a bare name is one in the output folder
        return report, Folder(output)
    folder, name = published.at(path) or (Folder(output), report)
    return name, folder
