"""What killed runs leave is cleared away by the next one; what lives, or is not ours, never is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import workbench
from workbench import until, write

from kumkm_analysis.runner import homes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is cleared there")
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

# A process that makes a home, says where, and stands still; with a fork of it, for as long.
STANDS = (
    "import os, sys, time\n"
    "from kumkm_analysis.runner import homes\n"
    "home = homes.make()\n"
    "print(home.path, flush=True)\n"
    "if sys.argv[1:] and os.fork() == 0:\n"
    "    print(os.getpid(), flush=True)\n"
    "time.sleep(100)\n"
)


def stand(temp: Path, *words: str) -> tuple[subprocess.Popen[str], Path]:
    """Start a process that makes a home in a temporary folder; return it and the home."""
    process = subprocess.Popen(
        [sys.executable, "-c", STANDS, *words],
        env={**os.environ, "TMPDIR": str(temp)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str]) -> None:
    """Kill a process as a system out of memory would."""
    process.kill()
    process.communicate()


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a temporary folder for this test's homes only."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(homes, "_short_temp", lambda: folder)
    return folder


@pytest.fixture(scope="module")
def short() -> Iterator[Path]:
    """Return a folder with a path short enough to be taken as it is from TMPDIR."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder:
        yield Path(folder)


def test_a_home_whose_run_was_killed_is_cleared_by_the_next(short: Path, temp: Path) -> None:
    """With kill -9 nothing can take it away; the next run does, with all that is in it."""
    process, home = stand(short)
    (home / "r-1").mkdir()
    (home / "r-1" / "log").touch()
    homes.clear(short)
    assert home.is_dir(), "it is in use"
    end(process)
    homes.clear(short)
    assert not home.exists()
    assert list(short.iterdir()) == []


def test_a_home_is_in_use_as_long_as_one_that_inherited_it_lives(short: Path) -> None:
    """A coordinator that is killed leaves its home to the server, which is to end first."""
    process, home = stand(short, "fork")
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    homes.clear(short)
    assert home.is_dir()
    os.kill(child, signal.SIGKILL)
    process.communicate()
    homes.clear(short)
    assert not home.exists()


def test_what_is_not_ours_or_has_no_lock_is_left_alone(
    temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without a lock, a link, a lock that is a link or no file, a stranger's: all stay."""
    (temp / "kumkm-bare").mkdir()
    (temp / "kumkm-file").touch()
    elsewhere = temp / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / homes.LOCK).touch()
    (temp / "kumkm-link").symlink_to(elsewhere)
    (temp / "kumkm-linked").mkdir()
    (temp / "kumkm-linked" / homes.LOCK).symlink_to(elsewhere / homes.LOCK)
    (temp / "kumkm-pipe").mkdir()
    os.mkfifo(temp / "kumkm-pipe" / homes.LOCK)
    before, own = sorted(temp.rglob("*")), os.geteuid()
    homes.clear(temp)
    assert sorted(temp.rglob("*")) == before
    (temp / "kumkm-foreign").mkdir()
    (temp / "kumkm-foreign" / homes.LOCK).touch()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    homes.clear(temp)
    assert (temp / "kumkm-foreign").is_dir()
    monkeypatch.undo()
    homes.clear(temp)
    assert not (temp / "kumkm-foreign").exists()


def test_without_locks_nothing_is_cleared(temp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has none (Windows) a home is made and removed, and others are left."""
    (temp / "kumkm-old").mkdir()
    (temp / "kumkm-old" / homes.LOCK).touch()
    monkeypatch.setattr(homes, "fcntl", None)
    home = homes.make()
    assert home.path.is_dir()
    home.remove()
    assert [p.name for p in temp.iterdir()] == ["kumkm-old"]


@linux
def test_all_killed_at_once_leave_a_home_that_the_next_run_clears_and_no_other(
    tmp_path: Path, short: Path
) -> None:
    """Of two runs one has all its processes killed together; a third clears after that one only."""
    runs: list[tuple[Any, Path]] = []
    for name in ("killed", "kept"):
        begun = tmp_path / name
        path = write(
            tmp_path / f"{name}.ipynb", f"open({str(begun)!r}, 'w')\nimport time\ntime.sleep(100)"
        )
        words = ("run", path, "--output", tmp_path / f"{name}-out")
        before = set(short.glob("kumkm-*"))
        process = workbench.start(*words, env={"TMPDIR": str(short)})
        until(begun.exists, 60)
        [home] = set(short.glob("kumkm-*")) - before
        runs.append((process, home))
    (killed, its_home), (kept, other) = runs
    processes = [psutil.Process(killed.pid), *psutil.Process(killed.pid).children(recursive=True)]
    for order in (signal.SIGSTOP, signal.SIGKILL):
        for process in processes:
            process.send_signal(order)
    killed.communicate()
    assert its_home.is_dir()
    quick = write(tmp_path / "quick.ipynb", "print(1)")
    words = ("run", quick, "--output", tmp_path / "third")
    done = workbench.start(*words, env={"TMPDIR": str(short)})
    assert "1 done" in done.communicate(timeout=120)[0]
    assert list(short.iterdir()) == [other]
    kept.send_signal(signal.SIGTERM)
    kept.communicate(timeout=30)
    assert list(short.iterdir()) == []
