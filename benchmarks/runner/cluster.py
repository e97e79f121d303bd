"""The same reports on a Dask cluster and on this machine alone, with as many cores, in one run.

    python benchmarks/runner/cluster.py [--reports 200] [--rounds 1] [--workers 2] [--threads 1]

local   ``kumkm run --jobs N``, from the command to its end
dask    ``kumkm run --engine dask`` on workers of this machine, N threads altogether

Scheduler and workers are started beforehand and wait, as those of a cluster do; the command is
measured from its start to its end, so the helper of each worker is warmed within the measured
time, as that of the local engine is. The steady state leaves out the start and the first
reports of each core. All of scheduler, workers and command share the cores with the reports.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import compare

from kumkm_analysis import paths
from kumkm_analysis.runner import session

# What docs/scaling.md advises: Dask's own statistics cost each process 2 to 4 % of a core.
QUIET = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
}


@contextmanager
def cluster(folder: Path, workers: int, threads: int) -> Iterator[list[str]]:
    """Run a scheduler and workers; yields the words that name the scheduler to ``kumkm run``."""
    file = folder / "scheduler.json"
    place = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    words = [["distributed.cli.dask_scheduler", *place, "--port", "0"]]
    words += workers * [["distributed.cli.dask_worker", *place, "--nthreads", str(threads)]]
    log = folder / "dask.log"
    processes = []
    try:
        for one in words:
            with log.open("ab") as out:
                started = subprocess.Popen(
                    [sys.executable, "-m", *one], cwd=folder, env={**os.environ, **QUIET},
                    stdout=out, stderr=out, start_new_session=True,
                )  # fmt: skip
            processes.append(started)
            while not file.is_file():
                time.sleep(0.1)
        while log.read_text().count("Registered to") < workers:
            time.sleep(0.1)
        yield ["--engine", "dask", "--scheduler", json.loads(file.read_text())["address"]]
    finally:
        for process in reversed(processes):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def measure(matrix: Path, output: Path, words: list[str]) -> dict[str, float]:
    """Run the command once; return seconds a report: whole batch, steady state."""
    command = [compare.BIN / "kumkm", "run", "--matrix", matrix, "--output", output]
    begun = time.monotonic()
    ends = []
    with subprocess.Popen(
        [*map(str, command), "--log-format", "json", *words], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "report":
                ends.append(time.monotonic())
    wall = time.monotonic() - begun
    assert process.returncode == 0
    cores = int(words[1]) if words[0] == "--jobs" else session.cores()
    warm = min(2 * cores, len(ends) - 1)
    steady = (ends[-1] - ends[warm - 1]) / (len(ends) - warm)
    return {"whole": wall / len(ends), "steady": steady, "first": ends[0] - begun}


def main() -> None:
    """Measure both engines in turn, round by round, and tell how they compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1, help="of each worker")
    given = parser.parse_args()
    cores = given.workers * given.threads
    subprocess.run([sys.executable, "-m", "compileall", "-q", paths.PACKAGE], check=True)
    print(f"{platform.platform()}, Python {platform.python_version()}, {session.cores()} cores")
    print(f"{given.reports} reports, {given.workers} workers with {given.threads} threads each")
    totals: dict[str, dict[str, float]] = {"local": {}, "dask": {}}
    with tempfile.TemporaryDirectory(prefix="kumkm-bench-", dir="/tmp") as name:
        folder = Path(name)
        matrix = folder / "matrix.json"
        wanted = compare.reports(given.reports)
        entries = [{"notebook": r.notebook, **r.parameters} for r in wanted]
        matrix.write_text(json.dumps({"reports": entries}))
        for number in range(given.rounds):
            for engine, total in totals.items():
                output = folder / f"{engine}-{number}"
                if engine == "local":
                    facts = measure(matrix, output, ["--jobs", str(cores)])
                else:
                    with cluster(folder, given.workers, given.threads) as words:
                        facts = measure(matrix, output, words)
                for key, value in facts.items():
                    total[key] = total.get(key, 0.0) + value
                shown = "  ".join(f"{key} {value:.3f} s" for key, value in facts.items())
                print(f"{engine:<6} {shown}  load {os.getloadavg()[0]:.1f}", flush=True)
    for key in ("whole", "steady"):
        ratio = totals["local"][key] / totals["dask"][key]
        print(f"throughput of dask, {key}: {ratio:.2f} of local")


if __name__ == "__main__":
    main()
