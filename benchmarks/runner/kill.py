"""Kill a run at random moments, and look whether the published folder is whole each time.

    python benchmarks/runner/kill.py [--kills 200] [--seed 1]

Every second run makes all reports again (``--force``), so that pages are replaced all the time; the
others publish them for the first time. The ten reports are short and read no data, so that of a run
as much as can be is publication.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
import workbench

TINY = Path(__file__).parents[2] / "tests" / "data" / "tiny"
CELL = "print(n, language)\nprint('x' * 100_000)"


def main() -> None:
    """Kill, look, repeat; then make what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="kumkm-kill-") as name:
        folder = Path(name)
        parameters = 'n: int = 1\nlanguage: str = "id"'
        paths = [
            workbench.write(folder / f"r{number}.ipynb", CELL, parameters=parameters)
            for number in range(5)
        ]
        out = folder / "out"
        words = ["run", *paths, "--output", out, "--jobs", "4", "--data", TINY]
        begun = time.monotonic()
        workbench.kumkm(*words)
        whole_run = time.monotonic() - begun
        amid = 0
        for kill in range(given.kills):
            if kill % 2:
                shutil.rmtree(out, ignore_errors=True)
            process = workbench.start(*words, "--force", stdout=-3, stderr=-3)
            index = out / "run.json"
            before = index.stat().st_mtime_ns if index.exists() else 0
            time.sleep(chance.uniform(0.0, 1.1 * whole_run))
            process.kill()
            process.wait()
            ended = index.exists() and index.stat().st_mtime_ns != before
            amid += not ended
            wrong = workbench.whole(out, killed=True)
            if wrong:
                raise SystemExit(f"after kill {kill + 1}: {wrong}")
            if (kill + 1) % 20 == 0:
                print(f"{kill + 1} kills, {amid} of them before the end; whole", flush=True)
        done = workbench.kumkm(*words)
        print(done.stdout.splitlines()[-1])
        if done.returncode or workbench.whole(out):
            raise SystemExit(f"{done.stderr}{workbench.whole(out)}")


if __name__ == "__main__":
    main()
