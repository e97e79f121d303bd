"""Forty, four hundred, two thousand reports over a generated dataset: is a report's time the same?

    python benchmarks/runner/scale.py [--reports 400 2000] [--beside 40] [--regencies N]

The dataset is that of the project with regencies added, each with a copy of those figures of a real
region that no finding concerns: contradictions are searched once a run, and how long that takes is
measured in benchmarks/findings. Reports are of the added regencies only, so that forty are as much
work each as two thousand.

A machine that others share is not equally fast from one minute to the next. So a long run, one
report at a time, is measured beside short ones, which go on one after the other as long as it
takes. Told are CPU seconds a report of both, in the steady state and over the same minutes; those
of the coordinator itself; and how large it was, after a quarter of the reports and at most.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from kumkm_analysis import paths
from kumkm_analysis.dataset import dataset
from kumkm_analysis.findings import examine
from kumkm_analysis.runner import notebooks

PATTERN_REGION = "64"


def generate(folder: Path, regencies: int) -> tuple[Path, list[str]]:
    """Write a data package with so many more regencies; return its folder and their codes."""
    package = Path(shutil.copytree(paths.data_path(), folder / "data"))
    regions = _rows(package / "regions.csv")
    observations = _rows(package / "observations" / "press.csv")
    taken = {row["region_id"] for row in regions}
    provinces = [row["region_id"] for row in regions if row["level"] == "province"]
    codes = (f"{province}{n:02d}" for n in range(1, 70) for province in provinces)
    fresh = [code for code in codes if code not in taken][:regencies]
    contested = {name for f in examine(dataset.load()) for name in f.observations}
    model = [
        row
        for row in observations
        if row["region_id"] == PATTERN_REGION and row["observation_id"] not in contested
    ]
    blank = dict.fromkeys(regions[0], "")
    letters = str.maketrans("0123456789", "abcdefghij")  # a numeral in a name would need a source
    for code in fresh:
        name = code.translate(letters).title()
        regions.append(
            {
                **blank,
                "region_id": code,
                "title_id": f"Kabupaten {name}",
                "title_en": f"{name} Regency",
                "level": "regency",
                "parent_id": code[:2],
            }
        )
        for row in model[:60]:
            named = row["observation_id"].replace(f"{PATTERN_REGION}.", f"{code}.", 1)
            observations.append({**row, "observation_id": named, "region_id": code})
    _write(package / "regions.csv", regions)
    _write(package / "observations" / "press.csv", observations)
    return package, fresh


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@dataclass
class Watch:
    """What was seen when a report was done: when, and of the coordinator what it had used."""

    at: float
    cpu: float  # seconds of the helper and of all reports and kernels that ended
    own: float  # seconds of the coordinator
    size: int  # KiB


def run(count: int, package: Path, regencies: Sequence[str], out: Path) -> list[Watch]:
    """Run so many reports, one at a time, and watch."""
    pairs = [(n, r) for r in regencies for n in notebooks.SHIPPED][: count // 2]
    matrix = out.with_suffix(".json")
    entries = [{"notebook": n, "region": r, "language": "both"} for n, r in pairs]
    matrix.write_text(json.dumps({"reports": entries}))
    command = [Path(sys.executable).parent / "kumkm", "run", "--matrix", matrix, "--data", package]
    options = ["--output", out, "--jobs", "1", "--log-format", "json"]
    seen: list[Watch] = []
    failed: list[dict[str, Any]] = []
    with subprocess.Popen(
        [*map(str, command), *map(str, options)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "report":
                failed += [event] if event["outcome"] != "done" else []
                seen.append(_look(process.pid))
    assert process.returncode == 0, failed[:3]
    shutil.rmtree(out)
    return seen


def measure(
    count: int, beside: int, package: Path, regencies: Sequence[str], folder: Path
) -> dict[str, float]:
    """Run so many reports, and short runs beside them until they are done."""
    done = Event()
    short: list[list[Watch]] = []

    def keep_on() -> None:
        while not done.is_set():
            short.append(run(beside, package, regencies, folder / f"beside-{len(short)}"))

    with ThreadPoolExecutor(1) as others:
        going = others.submit(keep_on)
        long = run(count, package, regencies, folder / "long")
        done.set()
        going.result()
    compared = [seen for seen in short if seen[-1].at <= long[-1].at]
    cpu, own = _a_report(long)
    cpu_beside = statistics.mean(_a_report(seen)[0] for seen in compared)
    return {
        "reports": len(long),
        "cpu": cpu,
        f"cpu of {len(compared)} runs of {beside}": cpu_beside,
        "ratio": cpu / cpu_beside,
        "coordinator's own": own,
        "MiB after a quarter": long[len(long) // 4].size / 1024,
        "MiB at most": max(look.size for look in long) / 1024,
    }


def _a_report(seen: Sequence[Watch]) -> tuple[float, float]:
    """Return CPU seconds a report, and the coordinator's, over whole rounds of the notebooks."""
    lap = 2 * len(notebooks.SHIPPED)
    first, last = lap - 1, (len(seen) - 1) // lap * lap - 1
    count = last - first
    return (
        (seen[last].cpu - seen[first].cpu) / count,
        (seen[last].own - seen[first].own) / count,
    )


def _look(process: int) -> Watch:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own, _ = _cpu(str(process))
    size = int(Path(f"/proc/{process}/status").read_text().split("VmRSS:")[1].split()[0])
    return Watch(time.monotonic(), sum(sum(_cpu(child)) for child in children), own, size)


def _cpu(process: str) -> tuple[float, float]:
    """Return the CPU seconds of a process and of its buried children."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own, buried = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
    tick = os.sysconf("SC_CLK_TCK")
    return own / tick, buried / tick


def main() -> None:
    """Measure each number in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, nargs="+", default=[400, 2000])
    parser.add_argument("--beside", type=int, default=40)
    parser.add_argument("--regencies", type=int, help="default: as many as the reports need")
    given = parser.parse_args()
    needed = -(-max(given.reports) // (2 * len(notebooks.SHIPPED)))
    with tempfile.TemporaryDirectory(prefix="kumkm-scale-") as name:
        package, regencies = generate(Path(name), given.regencies or needed)
        print(dataset.load(package))
        for count in given.reports:
            facts = measure(count, given.beside, package, regencies, Path(name))
            shown = "  ".join(f"{key} {value:.3f}" for key, value in facts.items())
            print(f"{shown}  load {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main()
