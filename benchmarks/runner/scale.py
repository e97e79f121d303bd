"""Forty, four hundred, two thousand reports over a generated dataset: is a report's time the same?

    python benchmarks/runner/scale.py [--reports 40 400 2000] [--regencies N]

The dataset is that of the project with regencies added, each with a copy of those figures of a real
region that no finding concerns: contradictions are searched once a run, and how long that takes is
measured in benchmarks/findings. Reports are of the added regencies only, so that forty are as much
work each as two thousand. Told are seconds and CPU seconds a report in the steady state, and
how large the coordinator was: after a quarter of the reports, and at most.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kumkm_analysis import dataset, resources
from kumkm_analysis.runner import notebooks
from kumkm_analysis.runner.session import cores

PATTERN_REGION = "64"


def generate(folder: Path, regencies: int) -> tuple[Path, list[str]]:
    """Write a data package with so many more regencies; return its folder and their codes."""
    package = Path(shutil.copytree(resources.data_path(), folder / "data"))
    regions = _rows(package / "regions.csv")
    observations = _rows(package / "observations.csv")
    taken = {row["region_id"] for row in regions}
    provinces = [row["region_id"] for row in regions if row["level"] == "province"]
    codes = (f"{province}{n:02d}" for n in range(1, 70) for province in provinces)
    fresh = [code for code in codes if code not in taken][:regencies]
    contested = {name for f in dataset.load().findings() for name in f.observations}
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
    _write(package / "observations.csv", observations)
    return package, fresh


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def measure(count: int, package: Path, regencies: Sequence[str], folder: Path) -> dict[str, float]:
    """Run so many reports and watch."""
    pairs = [(n, r) for r in regencies for n in notebooks.shipped()][: count // 2]
    matrix = folder / "matrix.json"
    entries = [{"notebook": n, "region": r, "language": "both"} for n, r in pairs]
    matrix.write_text(json.dumps({"reports": entries}))
    out = folder / f"out-{count}"
    command = [Path(sys.executable).parent / "kumkm", "run", "--matrix", matrix, "--data", package]
    words = [*map(str, [*command, "--output", out]), "--log-format", "json"]
    ends: list[float] = []
    sizes: list[int] = []
    cpu: list[float] = []
    failed: list[dict[str, Any]] = []
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "report":
                failed += [event] if event["outcome"] != "done" else []
                ends.append(time.monotonic())
                sizes.append(_size(process.pid))
                cpu.append(_cpu_of_children(process.pid))
    assert process.returncode == 0, failed[:3]
    # From one moment at which all cores are busy to another: workers count when they have ended.
    first, last = 4 * cores() - 1, len(ends) - 1 - cores()
    shutil.rmtree(out)
    return {
        "reports": len(ends),
        "seconds": (ends[last] - ends[first]) / (last - first),
        "cpu": (cpu[last] - cpu[first]) / (last - first),
        "MiB after a quarter": sizes[len(sizes) // 4] / 1024,
        "MiB at most": max(sizes) / 1024,
    }


def _size(process: int) -> int:
    """Return the resident KiB of a process."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0])


def _cpu_of_children(process: int) -> float:
    """Return the CPU seconds of the warm server's buried workers."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    total = 0.0
    for child in children:
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def main() -> None:
    """Measure each number in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, nargs="+", default=[40, 400, 2000])
    parser.add_argument("--regencies", type=int, help="default: as many as the reports need")
    given = parser.parse_args()
    needed = -(-max(given.reports) // (2 * len(notebooks.shipped())))
    with tempfile.TemporaryDirectory(prefix="kumkm-scale-") as name:
        package, regencies = generate(Path(name), given.regencies or needed)
        print(dataset.load(package))
        for count in given.reports:
            facts = measure(count, package, regencies, Path(name))
            shown = "  ".join(f"{key} {value:.3f}" for key, value in facts.items())
            print(f"{shown}  load {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main()
