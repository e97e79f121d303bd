"""What a run sets up in every Dask worker: the data, written down once, and a warm server.

A bench is a plugin of the workers, so that Dask takes it to each of them once, to those that join
or start again later too. It stands as long as the run: a lease on the scheduler takes it away when
the run's client has gone, however that came about, and reports that are still being made end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from distributed import SchedulerPlugin, WorkerPlugin, get_worker

from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner import homes, keys
from kumkm_analysis.runner.engines import LocalEngine
from kumkm_analysis.runner.jobs import Answer, Job

SAME = "what the command runs with, or a page is not what its key says"
INSTALL = "Install the same version of kumkm-analysis, of its libraries and of Python there."
SHOWN = 3  # so many differences are named, the others counted


class Bench(WorkerPlugin):  # type: ignore[misc] # distributed is not typed
    """Makes reports on a worker, as many at a time as the worker has threads.

    ``package`` holds the files of the data by name; ``installed`` is what the coordinator's
    reports depend on beside them (:func:`kumkm_analysis.runner.keys.installed`).
    """

    def __init__(
        self, name: str, package: Mapping[str, bytes], installed: Mapping[str, str], timeout: float
    ) -> None:
        self.name = name
        self.package = package
        self.installed = installed
        self.timeout = timeout
        self.faults: list[Fault] = []
        self._engine: LocalEngine | None = None

    async def setup(self, worker: Any) -> None:
        """Compare what is installed, write the data down, and start to warm up."""
        await asyncio.to_thread(self._set_up, worker.address, worker.state.nthreads)

    async def teardown(self, worker: Any) -> None:
        """End what still runs, and take everything away."""
        if self._engine is not None:
            await asyncio.to_thread(self._engine.close)

    def make(self, job: Job, address: str) -> Answer:
        """Make one report."""
        # Of a user's notebook all that is installed is an ingredient; so it is compared here.
        wanted = {n: v for n, v in job.ingredients.items() if n == keys.ENVIRONMENT}
        found = {name: keys.environment() for name in wanted}
        faults = self.faults or _different(address, wanted, found)
        if self._engine is None or faults:
            return Answer(error=RunError(faults))
        return self._engine.make(job)

    def _set_up(self, address: str, threads: int) -> None:
        self.faults = _different(address, self.installed, keys.installed())
        if self.faults:
            return
        home = homes.make()
        try:
            data, furnish = self._furnish(home), self._furnish
            self._engine = LocalEngine(data, threads, self.timeout, home=home, furnish=furnish)
        except OSError as error:
            home.remove()
            step = "Make room there, or set TMPDIR to a folder that can be written."
            found = error.strerror or type(error).__name__
            self.faults = [Fault(f"worker {address}, {home.path}", found, "room to work in", step)]

    def _furnish(self, home: homes.Home) -> Path:
        """Write the data into a home, which the warm server takes away even when this is killed."""
        data = home.path / "data"
        data.mkdir()
        for name, content in self.package.items():
            (data / name).write_bytes(content)
        return data


class Lease(SchedulerPlugin):  # type: ignore[misc] # distributed is not typed
    """Takes the benches of a run away when its client leaves the scheduler."""

    def __init__(self, bench: str, client: str) -> None:
        self.name = f"lease-{bench}"
        self._bench = bench
        self._client = client
        self._ending: asyncio.Task[object] | None = None  # kept, or it may be collected

    def remove_client(self, scheduler: Any, client: str) -> None:
        """Take note of a client that has gone."""
        if client == self._client:
            scheduler.remove_plugin(self.name)
            if self._bench in scheduler.worker_plugins:
                ending = scheduler.unregister_worker_plugin(None, self._bench)
                self._ending = asyncio.ensure_future(ending)


def make(bench: str, job: Job) -> Answer:
    """Make one report on the worker that this runs on."""
    worker = get_worker()
    found = worker.plugins.get(bench)
    if not isinstance(found, Bench):
        step = "Run again; should it stay, look at the logs of the workers."
        place = f"worker {worker.address}"
        fault = Fault(place, "nothing of this run", "what a run sets up in every worker", step)
        return Answer(error=RunError(fault), lost=True)
    return found.make(job, worker.address)


def faults(bench: str, dask_worker: Any) -> list[Fault]:
    """Return why a worker cannot make the reports of a run; nothing when it can."""
    return list(dask_worker.plugins[bench].faults)


def _different(address: str, wanted: Mapping[str, str], found: Mapping[str, str]) -> list[Fault]:
    """Return a fault when a worker has other things installed than the coordinator."""
    other = keys.differences(wanted, found)
    if not other:
        return []
    more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
    return [Fault(f"worker {address}", "; ".join(other[:SHOWN]) + more, SAME, INSTALL)]
