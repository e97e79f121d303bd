"""Forty reports of the real notebooks, five ways, side by side in one run.

    python benchmarks/runner/compare.py [--reports 40] [--notebook FILE] [--json FILE]
                                        [shell pool limit clean kumkm]

shell   ``papermill`` and then ``jupyter nbconvert``, as many at a time as there are cores
pool    a process pool that calls papermill's API and nbconvert's HTMLExporter in-process
limit   the same cells in warm Python processes, one a core: no kernel, no messages, no page
clean   as limit, but every report in a fork of such a process, so that it starts from a clean state
kumkm   ``kumkm run``, from the command to its end

``--notebook`` takes one of your own in place of ours; ``three_charts.ipynb`` beside this is one.
Wall time depends on what else the machine does, so CPU time is told beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cells

from kumkm_analysis import paths
from kumkm_analysis.dataset import request
from kumkm_analysis.runner.plan import Report, Request, make
from kumkm_analysis.runner.session import cores

BIN = Path(sys.executable).parent


def reports(count: int, notebooks: Sequence[str] = ()) -> list[Report]:
    """Return so many reports of notebooks, by default all ours, over the first regions."""
    domain = request.domain()
    regions = ["64", *(code for code in domain.regions if code != "64")]
    every = make(Request(notebooks, region=regions), domain)
    by_notebook: dict[str, list[Report]] = {}
    for report in every:
        by_notebook.setdefault(report.notebook, []).append(report)
    share = -(-count // len(by_notebook))
    chosen = [one for many in by_notebook.values() for one in islice(many, share)]
    return chosen[:count]


def shell(wanted: list[Report], folder: Path) -> dict[str, float]:
    """Run papermill and nbconvert as commands."""

    def one(report: Report) -> float:
        executed = folder / f"{report.name}.ipynb"
        given = [w for n, v in report.parameters.items() for w in ("-p", n, str(v))]
        quiet = ["--no-progress-bar", "--log-level", "ERROR"]
        _call(BIN / "papermill", report.path, executed, *given, *quiet)
        _call(BIN / "jupyter", "nbconvert", "--log-level", "ERROR", "--to", "html", executed)
        return time.monotonic()

    with ThreadPoolExecutor(cores()) as pool:
        ends = list(pool.map(one, wanted))
    return {"first": min(ends)}


def pool(wanted: list[Report], folder: Path) -> dict[str, float]:
    """Run papermill's API and HTMLExporter in a pool of fresh processes."""
    with ProcessPoolExecutor(cores(), mp_context=get_context("spawn")) as processes:
        ends = list(processes.map(cells.with_exporter, wanted, [folder] * len(wanted)))
    return {"first": min(ends)}


def limit(wanted: list[Report], folder: Path) -> dict[str, float]:
    """Run the cells alone, in processes that have made every notebook before the clock starts."""
    return _alone(cells.bare, wanted)


def clean(wanted: list[Report], folder: Path) -> dict[str, float]:
    """Run the cells alone in such processes, each report in a fork."""
    return _alone(cells.clean, wanted)


def _alone(way: Callable[[Report], float], wanted: list[Report]) -> dict[str, float]:
    first = list({report.notebook: report for report in wanted}.values())
    with ProcessPoolExecutor(cores(), mp_context=get_context("fork")) as processes:
        begun = max(processes.map(cells.warm, [first] * cores()))
        cpu = sum(processes.map(way, wanted))
        steady = time.monotonic() - begun
    return {"steady": steady / len(wanted), "steady cpu": cpu / len(wanted)}


def kumkm(wanted: list[Report], folder: Path) -> dict[str, float]:
    """Run the command; the steady state is what lies between the first pages and the last."""
    matrix = folder / "matrix.json"
    entries = [
        {"notebook": r.notebook if r.shipped else str(r.path), **r.parameters} for r in wanted
    ]
    matrix.write_text(json.dumps({"reports": entries}))
    command = [BIN / "kumkm", "run", "--matrix", matrix, "--output", folder / "out"]
    lines: list[tuple[float, dict[str, Any]]] = []
    with subprocess.Popen(
        [*map(str, command), "--log-format", "json"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append((time.monotonic(), json.loads(line)))
    assert process.returncode == 0, lines[-3:]
    ends = [at for at, event in lines if event["event"] == "report"]
    assert len(ends) == len(wanted)
    warm = 2 * cores()  # the first reports of each core
    steady = (ends[-1] - ends[warm - 1]) / (len(ends) - warm) if len(ends) > warm else 0.0
    return {"first": ends[0], "steady": steady}


def cold(wanted: list[Report], folder: Path) -> dict[str, float]:
    """Run papermill alone, once, as a command: what the first report is measured against."""
    given = [w for n, v in wanted[0].parameters.items() for w in ("-p", n, str(v))]
    _call(BIN / "papermill", wanted[0].path, folder / "cold.ipynb", *given, "--no-progress-bar")
    return {}


def _call(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


def measure(name: str, count: int, notebooks: Sequence[str] = ()) -> dict[str, float]:
    """Run one way once; return wall and CPU seconds a report, and what it tells of itself."""
    wanted = reports(count, notebooks)
    with tempfile.TemporaryDirectory(prefix="kumkm-bench-") as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.monotonic()
        told = WAYS[name](wanted, Path(folder))
        wall = time.monotonic() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if "first" in told:
        told["first"] -= begun
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    count = 1 if name == "cold" else len(wanted)
    return {"wall": wall / count, "cpu": cpu / count, **told}


WAYS = {
    "shell": shell, "pool": pool, "limit": limit, "clean": clean, "kumkm": kumkm, "cold": cold
}  # fmt: skip


def main() -> None:
    """Measure the ways that are named, in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "ways", nargs="*", default=["cold", "kumkm", "limit", "clean", "pool", "shell"]
    )
    parser.add_argument("--reports", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--notebook", action="append", default=[])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    _call(sys.executable, "-m", "compileall", "-q", paths.PACKAGE)
    print(f"{platform.platform()}, Python {platform.python_version()}, {cores()} cores")
    found = []
    for number in range(given.rounds):
        for name in given.ways:
            facts = measure(name, given.reports, given.notebook)
            facts["load"] = os.getloadavg()[0]
            found.append({"way": name, "round": number, **facts})
            shown = "  ".join(f"{key} {value:.3f}" for key, value in facts.items())
            print(f"{name:<6} {shown}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
