"""Six hundred short reports at sixteen workers: none may fail, hang, or need a second attempt.

    python benchmarks/runner/soak.py [--reports 600] [--jobs 16] [--kernels warm] [--lines 0]

With ``--lines 300`` each report also writes so many lines below Python, from a program and from a
library in C, and the lines that are missing on the pages are counted; four reports at once are
``--reports 4 --jobs 4``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
import workbench

LINES = """
import ctypes, subprocess
count = {count}
program = f"import os\\nfor n in range({{count // 2}}): os.write(1, b'<%d>\\\\n' % n)"
subprocess.run([__import__("sys").executable, "-c", program], check=True)
libc = ctypes.CDLL(None)
for n in range(count // 2, count):
    libc.printf(b"<%d>\\n", n)
libc.fflush(None);
"""


def main() -> None:
    """Run them all and count outcomes and attempts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=600)
    parser.add_argument("--jobs", type=int, default=16)
    parser.add_argument("--kernels", default="warm")
    parser.add_argument("--lines", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kumkm-soak-") as name:
        folder = Path(name)
        cell = "import time\ntime.sleep(0.2)\nprint(n)"
        paths = [
            workbench.write(
                folder / f"r{number}.ipynb",
                cell,
                *[LINES.format(count=given.lines)] * bool(given.lines),
                parameters=f"n: int = {number}",
            )
            for number in range(given.reports)
        ]
        begun = time.monotonic()
        words = ["run", *paths, "--output", folder / "out", "--jobs", given.jobs]
        process = workbench.start(*words, "--kernels", given.kernels)
        out, err = process.communicate()
        took = time.monotonic() - begun
        record = json.loads((folder / "out" / "run.json").read_text())
        attempts = Counter(entry.get("attempts", 1) for entry in record["reports"])
        print(f"{out.splitlines()[-1]}\n{took:.1f} s, attempts {dict(attempts)}")
        if given.lines:
            pages = [p.read_text().partition("<main")[2] for p in folder.glob("out/r*/*.html")]
            found = sum(len(set(re.findall(r"&lt;(\d+)&gt;", page))) for page in pages)
            print(f"{given.lines * len(paths) - found} of {given.lines * len(paths)} lines lost")
        if process.returncode or workbench.whole(folder / "out"):
            raise SystemExit(err)


if __name__ == "__main__":
    main()
