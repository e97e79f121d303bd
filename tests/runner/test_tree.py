"""What a notebook starts in sessions of its own ends with its report, and nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
import workbench
from conftest import TINY
from workbench import job, lives, printed, tell, until, write

from kumkm_analysis.runner import tree
from kumkm_analysis.runner.engines import LocalEngine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

# A child in a session of its own, and a daemon whose parent has gone: with a program of its own
# and a fresh environment, and as a fork of the kernel. Each writes its number beside the notebook.
STARTS = """
import os, subprocess, sys, time
def note(process):
    open(f'HERE/{process}.pid', 'w').close()
def noted():
    return sum(name.endswith('.pid') for name in os.listdir('HERE/'))
before = noted()  # by an earlier attempt
note(subprocess.Popen(['sleep', '100'], start_new_session=True).pid)
twice = 'import os, sys\\nif os.fork(): os._exit(0)\\nos.setsid()\\n'
twice += 'open(f"HERE/{os.getpid()}.pid", "w").close()\\nos.execv("/bin/sleep", ["sleep", "100"])'
subprocess.run([sys.executable, '-c', twice], check=True, start_new_session=True, env={})
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        note(os.getpid())
        time.sleep(100)
    os._exit(0)
while noted() < before + 3:
    time.sleep(0.02)
"""
WAITS = "open('HERE/begun', 'w').close()\nimport time\ntime.sleep(100)"
STARTED = 3


@pytest.fixture
def limited(engine: LocalEngine) -> Iterator[LocalEngine]:
    """Return either engine; its limit is put back after the test."""
    timeout = engine.timeout
    yield engine
    engine.timeout = timeout


def started(folder: Path) -> list[int]:
    """Return the processes that a notebook started."""
    return [int(mark.stem) for mark in folder.glob("*.pid")]


def gone(folder: Path) -> bool:
    """Tell whether all that a notebook started has ended."""
    return len(started(folder)) >= STARTED and not any(lives(one) for one in started(folder))


@pytest.fixture(autouse=True)
def _nothing_stays(tmp_path: Path) -> Iterator[None]:
    """End what a test that failed has left."""
    yield
    for process in started(tmp_path):
        if lives(process):
            os.kill(process, signal.SIGKILL)


def test_the_limit_ends_what_left_the_group(limited: LocalEngine, tmp_path: Path) -> None:
    """A child in another session and daemons are gone with a report that is timed out."""
    limited.timeout = 20.0 if limited.kernel_start == "ordinary" else 4.0
    assert limited.make(job(write(tmp_path / "slow.ipynb", STARTS, WAITS))).timed_out
    assert (tmp_path / "begun").exists()
    until(lambda: gone(tmp_path), 5)


def test_a_report_that_is_done_leaves_nothing_behind(engine: LocalEngine, tmp_path: Path) -> None:
    """What a notebook started in other sessions ends with a good report too."""
    assert engine.make(job(write(tmp_path / "done.ipynb", STARTS))).product is not None
    until(lambda: gone(tmp_path), 5)


def test_a_worker_that_is_killed_leaves_nothing_behind(engine: LocalEngine, tmp_path: Path) -> None:
    """Killed from outside it ends nothing itself; its helper does."""
    cell = "import signal\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(100)"
    answer = engine.make(job(write(tmp_path / "killed.ipynb", STARTS, cell)))
    assert answer.lost
    assert len(started(tmp_path)) == STARTED * answer.attempts
    until(lambda: gone(tmp_path), 5)


def test_reports_side_by_side_keep_their_own(engine: LocalEngine, tmp_path: Path) -> None:
    """A report that ends takes nothing from another: a daemon there still does its work."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    daemon = (
        "import os, subprocess, sys, time\n"
        "code = 'import os, sys, time\\nif os.fork(): os._exit(0)\\nos.setsid()\\n'\n"
        "code += 'while not os.path.exists(\"HERE/ask\"): time.sleep(0.02)\\n'\n"
        'code += \'open("HERE/answer", "w").close()\'\n'
        "subprocess.run([sys.executable, '-c', code], start_new_session=True, check=True)\n"
        "open('HERE/begun', 'w').close()\n"
        "while not os.path.exists('HERE/ask'): time.sleep(0.02)\n"
        "end = time.monotonic() + 10\n"
        "while not os.path.exists('HERE/answer') and time.monotonic() < end: time.sleep(0.02)\n"
        "answered = os.path.exists('HERE/answer')"
    )
    kept = engine.submit(job(write(other / "other.ipynb", daemon, tell("answered"))))
    until(lambda: (other / "begun").exists(), 60)
    assert engine.make(job(write(one / "one.ipynb", STARTS))).product is not None
    until(lambda: gone(one), 5)
    (other / "ask").touch()
    assert printed(kept.result()) is True


@pytest.mark.parametrize("kernels", ["warm", "ordinary"])
def test_nothing_outlives_a_killed_coordinator(kernels: str, tmp_path: Path) -> None:
    """With kill -9 on whoever asked, and on the helper at once, daemons are gone too."""
    path = write(tmp_path / "long.ipynb", STARTS, WAITS)
    words = ("run", path, "--output", tmp_path / "out", "--kernels", kernels, "--data", TINY)
    process = workbench.start(*words, env={"TMPDIR": str(tmp_path)})
    until(lambda: (tmp_path / "begun").exists(), 60)
    for child in psutil.Process(process.pid).children():
        child.kill()
    process.kill()
    process.communicate()
    until(lambda: gone(tmp_path), 5)


def test_nothing_else_is_ended(tmp_path: Path) -> None:
    """Of two children only the one that is asked for ends, and all below it; a sibling lives."""
    shell = "sleep 100 & echo $! >one; setsid sh -c 'sleep 100 & echo $! >two; wait' & wait"
    for name in ("spared", "ended"):
        (tmp_path / name).mkdir()
    spared, ended = (
        subprocess.Popen(["sh", "-c", shell], cwd=folder)
        for folder in (tmp_path / "spared", tmp_path / "ended")
    )
    try:
        found = {
            name: [
                int(until(partial(workbench.written, tmp_path / name / part)))
                for part in ("one", "two")
            ]
            for name in ("spared", "ended")
        }
        tree.end_below(ended.pid, itself=True)
        assert ended.wait(5) == -signal.SIGKILL
        until(lambda: not any(lives(one) for one in found["ended"]), 5)
        assert all(lives(one) for one in (spared.pid, *found["spared"]))
        tree.end_below(spared.pid, spare=found["spared"][:1])
        until(lambda: not lives(found["spared"][1]), 5)
        assert lives(spared.pid)
        assert lives(found["spared"][0])
    finally:
        tree.end_below(spared.pid, itself=True)
        spared.wait()
