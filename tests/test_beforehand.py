"""Findings that are searched beforehand, in a process of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import workbench

from kumkm_analysis import dataset, resources

ASK = """
import os, signal, sys, time
from pathlib import Path
from kumkm_analysis import dataset, findings
from kumkm_analysis.findings import beforehand
data = Path(sys.argv[1])
take = beforehand.search(data)
{between}
take()
found = dataset.load(data).__dict__.get("_findings")
print(found is not None and found.to_json() == findings.examine(dataset.load(data)).to_json())
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("nobody left")
"""


def asked(between: str = "", data: Path | None = None) -> list[str]:
    """Search beforehand in a process of its own; return what it says."""
    command = [
        sys.executable,
        "-c",
        ASK.format(between=between),
        str(data or resources.data_path()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [*done.stdout.split("\n")[:-1], *done.stderr.splitlines()]


def test_findings_searched_elsewhere_are_the_same() -> None:
    """What another process found is what would have been found here, and nobody is left."""
    assert asked() == ["True", "nobody left"]


def test_a_search_that_is_lost_is_no_fault() -> None:
    """Whoever needs the findings then searches them."""
    kill = "children = Path(f'/proc/self/task/{os.getpid()}/children').read_text().split()\n"
    kill += "[os.kill(int(child), signal.SIGKILL) for child in children]"
    assert asked(kill) == ["False", "nobody left"]


def test_data_that_the_gate_refuses_are_searched_by_nobody(tmp_path: Path) -> None:
    """Every report will say what is wrong with them; the search says nothing."""
    bad = tmp_path / "data"
    shutil.copytree(resources.data_path(), bad)
    (bad / "observations.csv").write_text("")
    found = asked("sys.exit(take())", bad)
    assert found == []


def test_a_search_ends_with_whoever_waits_for_it(tmp_path: Path) -> None:
    """A searching process does not outlive the one that began it."""
    slow = (
        "import kumkm_analysis.dataset as d, time\nd.Dataset.findings = lambda self: time.sleep(99)"
    )
    script = (
        f"{slow}\nimport sys\nfrom pathlib import Path\n"
        "from kumkm_analysis.findings import beforehand\n"
        "take = beforehand.search(Path(sys.argv[1]))\nprint('begun', flush=True)\ntake()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(resources.data_path())],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    [child] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert workbench.lives(int(child))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    workbench.until(lambda: not workbench.lives(int(child)), 5)


def test_a_dataset_takes_findings_that_were_searched_elsewhere() -> None:
    """They are then its own."""
    data = dataset.load().replacing({})
    found = dataset.load().findings()
    data._take_findings(found)
    assert data.findings() is found


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
