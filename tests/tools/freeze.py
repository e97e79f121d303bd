"""Names the bytes of what readers are given, to see that a change inside leaves them as they were.

    python tests/tools/freeze.py write FILE      # make all reports and write their hashes
    python tests/tools/freeze.py compare FILE    # make them again and name what differs

All regions, notebooks and languages at 2012 (330 reports), the default reports under three other
readings, and ``kumkm check --json``. Named are pages, ``results.json``, ``results.csv`` and the
index; provenance names our own source, so it changes with every change and is left out.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

RUNS = {
    "all": ("--region", "all", "--period", "2012", "--language", "both"),
    "envelope": ("--reading", "envelope"),
    "official": ("--reading", "official"),
    "founding": ("--reading", "founding"),
}
NAMED = ("*.html", "*/*.html", "*/results.json", "*/results.csv")
KUMKM = [sys.executable, "-m", "kumkm_analysis"]


def frozen(scratch: Path) -> Iterator[tuple[str, str]]:
    """Make everything in a scratch folder; yield the name and the SHA-256 of each file."""
    for name, options in RUNS.items():
        folder = scratch / name
        done = subprocess.run([*KUMKM, "run", *options, "--output", str(folder)], check=False)
        if done.returncode:
            sys.exit(f"The run {name!r} ended with {done.returncode}.")
        for path in sorted({path for pattern in NAMED for path in folder.glob(pattern)}):
            yield str(path.relative_to(scratch)), hashlib.sha256(path.read_bytes()).hexdigest()
    checked = subprocess.run([*KUMKM, "check", "--json"], capture_output=True, check=True)
    content = json.loads(checked.stdout)
    del content["data"]  # where the package lies
    yield "check.json", hashlib.sha256(json.dumps(content).encode()).hexdigest()


def main() -> None:
    """Write the hashes, or compare with those that were written."""
    if len(sys.argv) != 3 or sys.argv[1] not in ("write", "compare"):
        sys.exit(__doc__)
    file = Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as scratch:
        found = dict(frozen(Path(scratch)))
    if sys.argv[1] == "write":
        file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"{len(found)} files named in {file}")
        return
    before = json.loads(file.read_text(encoding="utf-8"))
    names = sorted(before.keys() | found.keys())
    moved = [name for name in names if before.get(name) != found.get(name)]
    print(*moved, f"{len(moved)} of {len(names)} files differ", sep="\n")
    sys.exit(bool(moved))


if __name__ == "__main__":
    main()
