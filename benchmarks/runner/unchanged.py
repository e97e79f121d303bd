"""How long a run takes in which nothing changed: the whole command, interpreter included.

    python benchmarks/runner/unchanged.py [--reports 200]

The reports are published as far as their keys are concerned; no kernel is needed for that.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
import workbench

from kumkm_analysis.dataset import request


def main() -> None:
    """Publish them all, then run again and again and tell the shortest time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=200)
    given = parser.parse_args()
    regions = ",".join(list(request.domain().regions)[: -(-given.reports // 4)])
    words = ["run", "membership", "--region", regions, "--period", "2012:2013"]
    with tempfile.TemporaryDirectory(prefix="kumkm-unchanged-") as name:
        workbench.kumkm(*words, "--output", name, program=workbench.AT_ONCE)
        taken = []
        for _ in range(5):
            begun, before = time.monotonic(), os.times()
            done = workbench.kumkm(*words, "--output", name)
            after = os.times()
            spent = after.children_user + after.children_system
            spent -= before.children_user + before.children_system
            taken.append((time.monotonic() - begun, spent))
        print(done.stdout.splitlines()[-1])
        print(f"{min(taken)[0]:.2f} s, {min(cpu for _, cpu in taken):.2f} CPU s")
        if "unchanged" not in done.stdout or done.returncode:
            raise SystemExit(done.stderr)


if __name__ == "__main__":
    main()
