"""What killed runs leave is cleared away by the next one; what lives, or is not ours, never is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import workbench
from workbench import lives, until, write

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
# A daemon that leaves the kernel's group, and writes its number beside the notebook.
DAEMON = (
    "import os, subprocess, sys, time\n"
    "twice = 'import os\\nif os.fork(): os._exit(0)\\nos.setsid()\\n'\n"
    'twice += \'open(f"HERE/{os.getpid()}.pid", "w").close()\\n\'\n'
    'twice += \'os.execv("/bin/sleep", ["sleep", "100"])\'\n'
    "subprocess.run([sys.executable, '-c', twice], check=True, start_new_session=True)\n"
    "while not any(n.endswith('.pid') for n in os.listdir('HERE/')): time.sleep(0.02)\n"
    "open('HERE/begun', 'w').close()\n"
    "time.sleep(100)"
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


def test_no_home_is_seen_without_its_lock(temp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its lock is held a home has another name, at which nobody looks."""
    hold = homes._hold

    def look(path: Path) -> int:
        assert not list(temp.glob(f"{homes.PREFIX}*"))
        homes.clear(temp)
        return hold(path)

    monkeypatch.setattr(homes, "_hold", look)
    home = homes.make()
    homes.clear(temp)
    assert (home.path / homes.LOCK).is_file()
    home.remove()
    assert list(temp.iterdir()) == []


def test_without_locks_nothing_is_cleared(temp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has none (Windows) a home is made and removed, and others are left."""
    (temp / "kumkm-old").mkdir()
    (temp / "kumkm-old" / homes.LOCK).touch()
    monkeypatch.setattr(homes, "fcntl", None)
    home = homes.make()
    assert home.path.is_dir()
    home.remove()
    assert [p.name for p in temp.iterdir()] == ["kumkm-old"]


def test_a_home_that_cannot_be_removed_whole_keeps_its_lock(
    temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill while it is taken away leaves something that can still be cleared."""
    home = homes.make()
    (home.path / "r-1").mkdir()
    removed: list[Path] = []
    monkeypatch.setattr(shutil, "rmtree", lambda path, **_: removed.append(Path(path)))
    homes.remove(home.path)
    assert removed == [home.path / "r-1", home.path]
    assert (home.path / homes.LOCK).is_file()
    monkeypatch.undo()
    home.remove()


@linux
@pytest.mark.parametrize("kernels", ["warm", "ordinary"])
def test_all_killed_at_once_leave_a_home_and_a_daemon_and_the_next_run_ends_both(
    kernels: str, tmp_path: Path, short: Path
) -> None:
    """Coordinator, server and worker get kill -9 together, so that none ends what is below it."""
    path = write(tmp_path / "long.ipynb", DAEMON)
    words = ("run", path, "--output", tmp_path / "out", "--kernels", kernels)
    process = workbench.start(*words, env={"TMPDIR": str(short)})
    until((tmp_path / "begun").exists, 60)
    daemons = [int(mark.stem) for mark in tmp_path.glob("*.pid")]
    [home] = short.glob("kumkm-*")
    running = below(process.pid) - set(daemons)
    for order in (signal.SIGSTOP, signal.SIGKILL):
        for one in running:
            with suppress(ProcessLookupError):  # one that was about to end anyway
                os.kill(one, order)
    process.communicate()
    try:
        assert home.is_dir()
        assert daemons
        assert all(map(lives, daemons))
        quick = write(tmp_path / "quick.ipynb", "print(1)")
        other = workbench.start(
            "run", quick, "--output", tmp_path / "other", env={"TMPDIR": str(short)}
        )
        assert "1 done" in other.communicate(timeout=120)[0]
        until(lambda: not any(map(lives, daemons)), 5)
        assert list(short.iterdir()) == []
    finally:
        for one in daemons:
            if lives(one):
                os.kill(one, signal.SIGKILL)


@linux
def test_a_run_at_work_keeps_its_home_and_daemons_while_another_comes_and_goes(
    tmp_path: Path, short: Path
) -> None:
    """Two runs at once, in one temporary folder: the second clears nothing of the first."""
    path = write(tmp_path / "long.ipynb", DAEMON)
    first = workbench.start("run", path, "--output", tmp_path / "a", env={"TMPDIR": str(short)})
    until((tmp_path / "begun").exists, 60)
    [daemon] = [int(mark.stem) for mark in tmp_path.glob("*.pid")]
    [home] = short.glob("kumkm-*")
    quick = write(tmp_path / "quick.ipynb", "print(1)")
    env = {**os.environ, "TMPDIR": str(short)}
    second = workbench.start("run", quick, "--output", tmp_path / "b", env=env)
    assert "1 done" in second.communicate(timeout=120)[0]
    assert home.is_dir()
    assert lives(daemon)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=30)
    until(lambda: not lives(daemon), 5)
    assert list(short.iterdir()) == []


def below(root: int) -> set[int]:
    """Return a process and all below it."""
    found, queue = set(), [root]
    for number in queue:
        found.add(number)
        for task in Path(f"/proc/{number}/task").iterdir():
            queue += map(int, (task / "children").read_text().split())
    return found
