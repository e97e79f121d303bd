"""One call of ``kumkm run`` or ``kumkm plan``: request, plan, run, index, record, hook.

It has no words of its own: what is to be told goes to a listener, of which
:mod:`~kumkm_analysis.runner.console` has one for people and one for machines.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kumkm_analysis.dataset import request as names
from kumkm_analysis.errors import DataError, Exit, Fault, ParameterError
from kumkm_analysis.runner import (
    decide,
    hook,
    interrupts,
    jobs,
    plan,
    record,
    run,
    sweeps,
)
from kumkm_analysis.runner.console import Listener
from kumkm_analysis.runner.decide import Step
from kumkm_analysis.runner.keys import Keys
from kumkm_analysis.runner.outcomes import Outcome, Result, exit_code
from kumkm_analysis.runner.plan import Report, Request
from kumkm_analysis.runner.publish import INDEX, Folder

NOTHING = "Nothing was run."


@dataclass(frozen=True, slots=True)
class Options:
    """How to run, as opposed to what; ``address`` is where the data were brought from."""

    data: Path
    output: Path
    address: str = ""
    jobs: int | None = None
    timeout: float = 600.0
    wait: float = 0.0
    fail_fast: bool = False
    force: bool = False
    strict: bool = False
    kernels: str = "warm"
    engine: str = "local"
    scheduler: str = ""
    on_change: str = ""
    hook_timeout: float = hook.TIMEOUT
    matrix: Path | None = None


def prepare(request: Request, options: Options) -> tuple[list[Step], Keys]:
    """Return what has to be done for a request; every fault of request and data is told at once."""
    return _decided(plan_reports(request, options.data, options.matrix), options)


def _decided(reports: Sequence[Report], options: Options) -> tuple[list[Step], Keys]:
    """Return what has to be done for reports, of data that may be used.

    Where nothing has to be made, the data are those of published pages and passed validation then.
    """
    keys, folder = Keys(options.data), Folder(options.output)
    if faults := [*decide.taken(reports, folder)]:
        raise ParameterError(faults, NOTHING)
    carry = options.engine == "dask"
    steps = decide.decide(
        reports, keys, folder, force=options.force, strict=options.strict, carry=carry
    )
    if not all(step.unchanged for step in steps):
        faults = _data_faults(options.data)
        if faults:
            raise ParameterError(faults, NOTHING)
    return steps, keys


def _data_faults(data: Path) -> list[Fault]:
    try:
        names.require(data)
    except DataError as error:
        return list(error.faults)
    return []


def plan_reports(
    request: Request, data: Path, file: Path | None = None, known: Iterable[Fault] = ()
) -> list[Report]:
    """Return the reports of a request and of the requests in a matrix, each once.

    Raises :class:`~kumkm_analysis.errors.ParameterError` with every fault, after those that are
    ``known`` already, also those of the data; without any these are not validated.
    """
    faults, listed = list(known), dict[str, Request]()
    domain = None
    with suppress(DataError):
        domain = names.domain(data, validate=False)
    if file is not None:
        from kumkm_analysis.runner import matrix

        try:
            requests = enumerate(matrix.read(file), start=1)
            listed = {f"matrix {file}, entry {n}, ": each for n, each in requests}
        except ParameterError as error:
            faults += error.faults
    if file is None or not request.empty:
        listed[""] = request
    reports: list[Report] = []
    for place, wanted in listed.items():
        try:
            reports += plan.make(sweeps.expand(wanted, domain), domain)
        except ParameterError as error:
            faults += [replace(fault, where=f"{place}{fault.where}") for fault in error.faults]
    reports, collisions = plan.distinct(reports)
    faults += collisions
    if faults or domain is None:
        faults = [*_data_faults(data), *faults]
        raise ParameterError(list(dict.fromkeys(faults)), NOTHING)
    return reports


def perform(request: Request, options: Options, listener: Listener) -> int:
    """Make the reports of a request; return the exit code.

    Raises :class:`~kumkm_analysis.errors.ParameterError` for a bad request (nothing was run) and
    :class:`~kumkm_analysis.runner.publish.BusyError` when another run holds the folder.
    """
    known = _engine_faults(options)
    reports = plan_reports(request, options.data, options.matrix, known)
    folder = Folder(options.output)
    with folder.held(options.wait):
        steps, keys = _decided(reports, options)
        own = {one.name: one.place for one in reports if not one.shipped}
        with suppress(OSError):  # a full disk, which whoever publishes will tell
            folder.own(own)
        return _perform(steps, keys, options, listener, folder)


def _engine_faults(options: Options) -> Iterator[Fault]:
    """Yield what does not go with the engine, whether anything has to be made or not."""
    yield from jobs.system_faults()
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


def _perform(
    steps: Sequence[Step], keys: Keys, options: Options, listener: Listener, folder: Folder
) -> int:
    started, begun = datetime.now(UTC), time.monotonic()
    before = record.Record.read(folder)
    jobs = options.jobs or cores()
    listener.planned(steps, jobs if options.engine == "local" else None)
    coordinator = run.Coordinator(folder, keys, listener.result, options.fail_fast)
    interrupted = False
    try:
        _make(coordinator, steps, options, jobs, listener)
    except (KeyboardInterrupt, RuntimeError) as error:
        if not interrupts.caused(error):
            raise
        interrupted = True
    results = run.ended(steps, coordinator.results, folder)
    for result in results:
        if result.outcome is Outcome.CANCELLED:
            listener.result(result)
    code = Exit.INTERRUPTED if interrupted else exit_code(results)
    end = _End(folder, keys, before, results, listener, started, begun, code, options.address)
    end.write()
    if options.on_change and not interrupted:
        end.call(options.on_change, options.hook_timeout)
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
        coordinator.run(steps, None)
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
            raise ParameterError(fault, NOTHING) from None
    with engine:
        coordinator.run(steps, engine)


@dataclass
class _End:
    """The end of a run: index, record, and the command that hears what moved or failed.

    ``code`` is what the run ends with, and what stands on record.
    """

    folder: Folder
    keys: Keys
    before: record.Record
    results: Sequence[Result]
    listener: Listener
    started: datetime
    begun: float
    code: int
    address: str
    index: str = field(default="", init=False)

    def write(self) -> None:
        """Write index and record; that one cannot be written is told."""
        try:
            with interrupts.deferred():  # pages have changed, so what tells of them is written
                self.index = record.write_index(
                    self.folder, self.results, self.before, self.keys.own, self.keys.data
                )
                self._record()
        except KeyboardInterrupt:
            self._tell("", Exit.INTERRUPTED)
        except OSError as error:
            expected = f"{INDEX} and {record.FILE} that can be written"
            step = "The pages are there. Make room, or move away what is in their place; then run "
            fault = run.unwritten(self.folder, error, expected, f"{step}again.")
            self._tell(str(fault), self.code or Exit.SOME_FAILED)

    def call(self, command: str, timeout: float) -> None:
        """Have the command hear what moved or failed; when it fails, so does the run."""
        news = hook.news(self.results, self.before.standing)
        try:
            problem = hook.call(command, news, self.folder.path, timeout) if news else ""
            if problem:
                self._tell(problem, self.code or Exit.SOME_FAILED)
        except KeyboardInterrupt:
            self._tell(f"The command of --on-change was ended: {command}", Exit.INTERRUPTED)

    def _tell(self, problem: str, code: int) -> None:
        """Warn of a problem, if there is one, and write the record with the code that follows."""
        self.code = code
        if problem:
            self.listener.warning(problem)
        with suppress(OSError):  # what cannot be written was told before
            self._record()

    def _record(self) -> None:
        facts = {
            "seconds": round(time.monotonic() - self.begun, 3),
            "exit_code": self.code,
            "data": self.keys.data_sha256,
            **({"data_address": self.address} if "://" in self.address else {}),  # no local path
            "versions": self.keys.versions,
        }
        standing = self.before.left(self.results)
        content = record.document(self.results, standing, self.index, self.started, facts)
        self.folder.write(self.folder.path / record.FILE, content)
