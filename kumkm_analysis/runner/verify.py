"""Made again from what its provenance names: is a published report still what it claims to be?

The published files are first held against their own digests, then the report is made anew in a
private folder and compared byte by byte. When it differs, the figures that differ come first, then
which files, then which ingredients are no longer what they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from kumkm_analysis.dataset import request
from kumkm_analysis.dataset.request import Domain
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner import compare, decide, keys, notebooks, plan, provenance
from kumkm_analysis.runner.jobs import Answer, Job
from kumkm_analysis.runner.keys import NONE, Keys
from kumkm_analysis.runner.notebooks import Notebook
from kumkm_analysis.runner.plan import Request
from kumkm_analysis.runner.provenance import Provenance
from kumkm_analysis.runner.publish import RESULTS, Folder


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
        found += compare.figure_lines(self.figures) if self.figures else ()
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
    inputs: Sequence[str] = (),
) -> bool:
    """Make published reports again and tell of each; return whether all are identical.

    ``notebook`` is the path of a user's own, which provenance does not hold, ``inputs`` are
    patterns of what that reads; what comes with the package needs none. A report that cannot be
    made again gets its verdict, and keeps no other from being verified. Raises
    :class:`~kumkm_analysis.errors.ParameterError` when it is the only one, or when there is no such
    notebook.
    """
    from kumkm_analysis.runner.engines import LocalEngine

    own = None if notebook is None else notebooks.find(notebook)
    known, domain = Keys(data), request.domain(data)
    wanted: list[_Again | Verdict] = []
    for folder, name in found:
        home = folder.home(name)
        before = provenance.read(home)
        try:
            wanted.append(_again(home, before, own, known, domain, inputs))
        except ParameterError as error:
            if len(found) == 1:
                raise
            told = "\n".join(map(str, error.faults))
            wanted.append(Verdict(name, _altered(home, before), error=told))
    planned = {n: each.job for n, each in enumerate(wanted) if isinstance(each, _Again)}
    good = True
    with ExitStack() as stack:
        futures = {}
        if planned:
            engine = stack.enter_context(LocalEngine(data, min(jobs, len(planned))))
            futures = {n: engine.submit(job) for n, job in planned.items()}
        for n, each in enumerate(wanted):
            verdict = each if isinstance(each, Verdict) else _verdict(each, futures[n].result())
            good = good and verdict.identical
            tell(verdict)
    return good


class _Again(NamedTuple):
    """A report to be made again: where it is, what it was made from, and the job that makes it."""

    home: Path
    before: Provenance
    job: Job


def _again(
    home: Path,
    before: Provenance | None,
    own: Notebook | None,
    known: Keys,
    domain: Domain,
    inputs: Sequence[str],
) -> _Again:
    """Return how to make a report again; ``own`` is the notebook that the user named."""
    where = f"report {home.name}"
    if before is None:
        step = "Only reports made by kumkm run can be verified."
        found = f"no {provenance.FILE} that can be read"
        raise ParameterError(Fault(where, found, "provenance", step))
    notebook = before.ingredients["notebook"]
    step = "Name the notebook that it was made from with --notebook."
    path = None
    if notebook not in notebooks.SHIPPED:
        if own is None:
            found = f"a notebook of your own, {notebook}"
            raise ParameterError(Fault(where, found, "its path", step))
        if plan.called(own) != notebook:
            found = f"another notebook, {own.path}"
            raise ParameterError(Fault(where, found, f"its own, {notebook}", step))
        path = str(own.path)
    planned = plan.make(Request.again(home.name, before.ingredients, path, inputs), domain)
    report = next((r for r in planned if r.name == home.name), None)
    if report is None:
        raise ParameterError(Fault(where, "another notebook", "its own", step))
    other = before.ingredients.get("translation", NONE)
    return _Again(home, before, decide.job(report, known, None if other == NONE else other))


def _verdict(again: _Again, answer: Answer) -> Verdict:
    """Return the verdict on a report that was made again, or failed."""
    home, before, job = again
    altered = _altered(home, before)
    changed = tuple(keys.changes(before.ingredients, job.ingredients))
    if answer.product is None:
        error = str(answer.error or "It was not made.")
        return Verdict(home.name, altered, ingredients=changed, error=error)
    made = answer.product.files
    there = {p.name: p.read_bytes() for p in home.iterdir() if p.is_file()}
    names = sorted(there.keys() | made.keys())
    files = tuple(n for n in names if there.get(n) != made.get(n))
    figures = {}
    old, new = (compare.parsed(held.get(RESULTS)) for held in (there, made))
    if RESULTS in files and old is not None and new is not None:  # of damaged ones none is told
        figures = compare.results(old, new)
    return Verdict(home.name, altered, figures, files, changed)


def _altered(home: Path, before: Provenance | None) -> tuple[str, ...]:
    """Return the files that are no longer what was published."""
    found = []
    for file, facts in before.files.items() if before else ():
        content = Folder(home.parent).read(home.name, file)
        if content is None or keys.digest(content) != facts["sha256"]:
            found.append(file)
    return tuple(found)
