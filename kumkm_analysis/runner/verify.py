"""Made again from what its provenance names: is a published report still what it claims to be?

The published files are first held against their own digests, then the report is made anew in a
private folder and compared byte by byte. When it differs, the figures that differ come first, then
which files, then which ingredients are no longer what they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kumkm_analysis import dataset
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner.planning import decide, keys, plan
from kumkm_analysis.runner.planning.jobs import Job
from kumkm_analysis.runner.planning.keys import NONE, Keys
from kumkm_analysis.runner.planning.plan import Request
from kumkm_analysis.runner.publication import diff, provenance, published, stored
from kumkm_analysis.runner.publication.provenance import Provenance
from kumkm_analysis.runner.publication.publish import RESULTS, Folder


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one report: identical, or how it differs."""

    name: str
    altered: tuple[str, ...] = ()
    figures: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = ()
    error: str = ""

    @property
    def identical(self) -> bool:
        """Every file came out as it was published, and none was altered since."""
        return not (self.altered or self.files or self.error)

    def lines(self) -> list[str]:
        """Return the verdict as text."""
        if self.identical:
            return [f"identical  {self.name}"]
        found = [f"{'failed' if self.error else 'differs':<10} {self.name}"]
        found += diff.figure_lines(self.figures) if self.figures else ()
        found += [f"  altered since it was published: {name}" for name in self.altered]
        found += [f"  other bytes: {name}" for name in self.files]
        found += [f"  ingredient: {phrase}" for phrase in self.ingredients]
        found += [f"  {line}" for line in self.error.splitlines()]
        return found


def reports(
    found: Sequence[tuple[Folder, str]],
    data: Path,
    notebook: str | None,
    jobs: int,
    tell: Callable[[Verdict], None],
) -> bool:
    """Make published reports again and tell of each; return whether all are identical.

    ``notebook`` is the path of a user's own, which provenance does not hold. Raises
    :class:`~kumkm_analysis.errors.ParameterError` when a report has no provenance, or the data
    no longer know what it was made with.
    """
    from kumkm_analysis.runner.workers.engines import LocalEngine

    known = Keys(data)
    wanted = [(folder, name, *_job(folder, name, data, notebook, known)) for folder, name in found]
    good = True
    with LocalEngine(data, min(jobs, len(wanted))) as engine:
        futures = [engine.submit(job) for _, _, _, job in wanted]
        for (folder, name, before, job), future in zip(wanted, futures, strict=True):
            answer = future.result()
            made = None if answer.product is None else answer.product.files
            verdict = _verdict(folder.home(name), name, before, job, made, str(answer.error or ""))
            good = good and verdict.identical
            tell(verdict)
    return good


def _job(
    folder: Folder, name: str, data: Path, notebook: str | None, known: Keys
) -> tuple[Provenance, Job]:
    """Return the provenance of a report and the job that makes it again."""
    found = provenance.read(folder.home(name))
    if found is None:
        step = "Only reports made by kumkm run can be verified."
        raise ParameterError(
            Fault(f"report {name}", f"no {provenance.FILE} that can be read", "provenance", step)
        )
    request = Request.again(name, found.ingredients, notebook)
    planned = plan.make(request, dataset.domain(data))
    report = next((r for r in planned if r.name == name), None)
    if report is None:
        step = "Name the notebook that it was made from with --notebook."
        raise ParameterError(Fault(f"report {name}", "another notebook", "its own", step))
    other = found.ingredients.get("translation", NONE)
    return found, decide.job(report, known, None if other == NONE else other)


def _verdict(
    home: Path,
    name: str,
    before: Provenance,
    job: Job,
    made: Mapping[str, bytes] | None,
    error: str,
) -> Verdict:
    altered = tuple(file for file, facts in before.files.items() if not _kept(home / file, facts))
    changed = tuple(keys.changes(before.ingredients, job.ingredients))
    if made is None:
        return Verdict(name, altered, ingredients=changed, error=error or "It was not made.")
    there = {p.name: p.read_bytes() for p in home.iterdir() if p.is_file()}
    names = sorted(there.keys() | made.keys())
    files = tuple(n for n in names if there.get(n) != made.get(n))
    figures = {}
    old, new = _parsed(there.get(RESULTS)), _parsed(made.get(RESULTS))
    if RESULTS in files and old is not None and new is not None:  # of damaged ones none is told
        figures = diff.results(old, new)
    return Verdict(name, altered, figures, files, changed)


def _kept(file: Path, facts: Mapping[str, object]) -> bool:
    """Tell whether a file still has the digest that it was published with."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest() == facts["sha256"]
    except OSError:
        return False


def _parsed(content: bytes | None) -> Mapping[str, Any] | None:
    try:
        found = stored.parse(content or b"{}")
    except ValueError:
        return None
    return found if published.readable(found) else None
