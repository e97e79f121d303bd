"""One call of ``kumkm run`` or ``kumkm plan``: request, plan, run, record, hook.

It has no words of its own: what is to be told goes to a :class:`Listener`, of which
:mod:`~kumkm_analysis.runner.console` has one for people and one for machines.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from kumkm_analysis.errors import DataError, Exit, Fault, ParameterError
from kumkm_analysis.runner import decide, epoch, hook, interrupts, plan, record, run, sweeps
from kumkm_analysis.runner.decide import Step
from kumkm_analysis.runner.ending import Clock, Ending
from kumkm_analysis.runner.keys import Keys
from kumkm_analysis.runner.outcomes import Outcome, Result, exit_code
from kumkm_analysis.runner.plan import Report, Request
from kumkm_analysis.runner.publish import Folder
from kumkm_analysis.runner.untold import Untold


class Listener(Protocol):
    """Told of what happens, in this order."""

    def planned(self, steps: Sequence[Step], jobs: int | None) -> None:
        """The plan is made; nothing has begun. ``None`` jobs: as many as the workers make."""

    def result(self, result: Result) -> None:
        """One report has ended."""

    def ended(self, results: Sequence[Result], output: Path, code: int) -> None:
        """Everything has ended and is on record."""

    def warning(self, text: str) -> None:
        """Something went wrong that no report suffers from."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run, as opposed to what."""

    data: Path
    output: Path
    jobs: int = 0
    timeout: float = 600.0
    wait: float = 0.0
    fail_fast: bool = False
    force: bool = False
    kernels: str = "warm"
    engine: str = "local"
    scheduler: str = ""
    on_change: str = ""
    hook_timeout: float = hook.TIMEOUT
    matrix: Path | None = None


def prepare(request: Request, options: Options) -> tuple[list[Step], Keys]:
    """Return what has to be done for a request; every fault of request and data is told at once."""
    reports = plan_reports(request, options.data, options.matrix)
    keys = Keys(options.data)
    folder = Folder(options.output)
    return decide.decide(reports, keys, folder, force=options.force), keys


def plan_reports(
    request: Request, data: Path, matrix: Path | None = None, known: Iterable[Fault] = ()
) -> list[Report]:
    """Return the reports of a request and of the requests in a matrix, each once.

    Raises :class:`~kumkm_analysis.errors.ParameterError` with every fault, after those that are
    ``known`` already.
    """
    from kumkm_analysis.dataset import request as names

    faults = list(known)
    domain = None
    try:
        domain = names.domain(data)
    except DataError as error:
        faults += error.faults
    requests = {"": request}
    if matrix is not None:
        listed: list[Request] = []
        try:
            listed = sweeps.matrix(matrix)
        except ParameterError as error:
            faults += error.faults
        requests = {f"matrix {matrix}, entry {n}, ": each for n, each in enumerate(listed, start=1)}
        requests |= {} if request.empty else {"": request}
    reports: list[Report] = []
    for place, wanted in requests.items():
        try:
            reports += plan.make(sweeps.expand(wanted, domain), domain)
        except ParameterError as error:
            faults += [replace(fault, where=f"{place}{fault.where}") for fault in error.faults]
    reports, collisions = plan.distinct(reports)
    faults += collisions
    if faults:
        raise ParameterError(list(dict.fromkeys(faults)), "Nothing was run.")
    return reports


def perform(request: Request, options: Options, listener: Listener) -> int:
    """Make the reports of a request; return the exit code.

    Raises :class:`~kumkm_analysis.errors.ParameterError` for a bad request (nothing was run) and
    :class:`~kumkm_analysis.runner.publish.BusyError` when another run holds the folder.
    """
    # A bad request waits for nobody.
    known = [*epoch.faults(), *_engine_faults(options)]
    plan_reports(request, options.data, options.matrix, known)
    folder = Folder(options.output)
    with folder.held(options.wait):
        return _perform(request, options, listener, folder)


def _engine_faults(options: Options) -> Iterator[Fault]:
    """Yield what does not go with the engine, whether anything has to be made or not."""
    if options.engine != "dask":
        if options.scheduler:
            step = "Add --engine dask, or leave --scheduler out."
            yield Fault("--scheduler", options.scheduler, "--engine dask beside it", step)
        return
    if not options.scheduler:
        step = "Name it, such as --scheduler tcp://host:8786."
        yield Fault("--scheduler", "none", "the address of a scheduler", step)
    if options.jobs:
        step = "Leave it out, and start the workers with --nthreads."
        expected = "as many reports at a time as the workers have threads"
        yield Fault("--jobs", str(options.jobs), expected, step)
    if options.kernels != "warm":
        step = "Leave it out, or run without --engine dask."
        yield Fault("--kernels", options.kernels, "warm kernels, as workers have them", step)


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _perform(request: Request, options: Options, listener: Listener, folder: Folder) -> int:
    clock = Clock()
    steps, keys = prepare(request, options)
    before = record.Record.read(folder)
    if options.on_change:
        Untold(folder).begin()
    jobs = options.jobs or cores()
    listener.planned(steps, jobs if options.engine == "local" else None)
    coordinator = run.Coordinator(
        folder, keys, listener.result, listener.warning, options.fail_fast
    )
    interrupted = False
    try:
        _make(coordinator, steps, options, jobs, listener)
    except (KeyboardInterrupt, RuntimeError) as error:
        if not interrupts.caused(error):
            raise
        interrupted = True
    results = run.verified(run.ordered(steps, coordinator.results), folder)
    for result in results:
        if result.outcome is Outcome.CANCELLED:
            listener.result(result)
    code = Exit.INTERRUPTED if interrupted else exit_code(results)
    end = Ending(folder, keys, before, results, clock, listener.warning, code)
    end.write()
    if options.on_change:
        end.announce(options.on_change, options.hook_timeout)
    with suppress(KeyboardInterrupt):  # all is on record, and the code is the one that stands there
        listener.ended(results, options.output, end.code)
    return end.code


def _make(
    coordinator: run.Coordinator,
    steps: Sequence[Step],
    options: Options,
    jobs: int,
    listener: Listener,
) -> None:
    """Run what has to be run on the engine that was asked for; none is started for nothing."""
    wanted = sum(not step.unchanged for step in steps)
    if not wanted:
        coordinator.run(steps, _NoEngine())
        return
    if options.engine == "dask":
        from kumkm_analysis.runner.cluster import DaskEngine

        engine: Any = DaskEngine(options.scheduler, options.data, options.timeout)
        if not engine.workers:
            listener.warning(f"{options.scheduler} has no worker yet; waiting for one.")
    else:
        from kumkm_analysis.runner.engines import LocalEngine

        most = min(jobs, wanted)
        try:
            engine = LocalEngine(options.data, most, options.timeout, options.kernels)
        except OSError as error:
            step = "Make room there, or set TMPDIR to a folder that can be written."
            fault = Fault("temporary folder", error.strerror or str(error), "room to work in", step)
            raise ParameterError(fault, "Nothing was run.") from None
    with engine:
        coordinator.run(steps, engine)


class _NoEngine:
    """Makes nothing; for plans in which nothing has to be made."""

    jobs = 1

    def submit(self, job: Any) -> Any:
        raise AssertionError(f"{job} was not to be made")

    def close(self) -> None:
        """There is nothing to end."""
