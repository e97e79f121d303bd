"""Real signals on real processes: whatever ends a run, the published folder is whole."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import workbench
from conftest import TINY
from workbench import kumkm, lives, until, whole, write

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
    pytest.mark.usefixtures("least_data"),
]
SHORT = "import time\ntime.sleep(0.05)\nprint(n, language)"
PARAMETERS = 'n: int = 1\nlanguage: str = "id"'


def short(folder: Path, count: int) -> list[Path]:
    """Write short notebooks in two languages."""
    return [
        write(folder / f"short{number}.ipynb", SHORT, parameters=PARAMETERS)
        for number in range(count)
    ]


def left(marker: Path) -> list[str]:
    """Return the processes that still carry a marker in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(marker).encode() in (process / "environ").read_bytes() and lives(
                int(process.name)
            ):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_children_and_says_what_was_done(
    number: signal.Signals, tmp_path: Path
) -> None:
    """Ctrl-C and a polite end: code 130, finished pages stay, the rest is cancelled and told."""
    quick = write(tmp_path / "quick.ipynb", "print(1)")
    slow = write(tmp_path / "slow.ipynb", "open('HERE/begun', 'w')\nimport time\ntime.sleep(100)")
    process = workbench.start(
        "run", quick, slow, "--output", tmp_path / "out", env={"MARK": str(tmp_path)}
    )
    page = tmp_path / "out" / "quick" / "quick.html"
    until(lambda: (tmp_path / "begun").exists() and page.is_file(), 60)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "done       quick" in out
    assert "cancelled  slow" in out
    assert "2 reports: 1 done, 1 cancelled" in out
    assert "Interrupted" in err
    assert "Traceback" not in err
    until(lambda: left(tmp_path) == [], 5)
    assert whole(tmp_path / "out") == []


HASTY = """
import os, signal, time
from kumkm_analysis.runner import interrupts
interrupts.listen()
for first in (signal.SIGTERM, signal.SIGINT):
    try:
        os.kill(os.getpid(), first)
        time.sleep(5)
    except KeyboardInterrupt:
        print("heard")
    for another in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), another)
        time.sleep(0.01)
    print("whole")
    time.sleep(interrupts.AGAIN)
"""


def test_one_interrupt_is_enough_and_another_is_heard_when_the_ending_hangs() -> None:
    """What follows within seconds breaks up nothing; later somebody means it."""
    done = subprocess.run([sys.executable, "-c", HASTY], capture_output=True, text=True, timeout=60)
    assert (done.stdout.split(), done.stderr) == (["heard", "whole"] * 2, "")


def test_an_impatient_interrupt_ends_in_order(tmp_path: Path) -> None:
    """Ctrl-C many times, a terminal that goes: the last words, run.json and 130 all the same."""
    slow = write(tmp_path / "slow.ipynb", "open('HERE/begun', 'w')\nimport time\ntime.sleep(100)")
    for kernels in ("warm", "ordinary"):
        words = ("run", slow, "--output", tmp_path / "out", "--kernels", kernels)
        process = workbench.start(*words, env={"MARK": str(tmp_path)})
        until((tmp_path / "begun").exists, 60)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) * 200:
            process.send_signal(number)
            time.sleep(0.001)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, "Traceback" in err) == (130, False), err
        assert "1 report: 1 cancelled" in out
        assert '"exit_code": 130' in (tmp_path / "out" / "run.json").read_text()
        until(lambda: left(tmp_path) == [], 5)
        (tmp_path / "begun").unlink()
        (tmp_path / "out" / "run.json").unlink()


def test_an_interrupt_that_comes_out_as_another_error_is_one(tmp_path: Path) -> None:
    """Amid Python's own locks it becomes an error of theirs; code and words are those of 130."""
    path = write(tmp_path / "quick.ipynb", "print(1)")
    code = (
        "from kumkm_analysis.runner import run\n"
        "def amid(*_):\n"
        "    try:\n        raise KeyboardInterrupt\n"
        "    finally:\n        raise RuntimeError('release unlocked lock')\n"
        "run.Coordinator.run = amid\n"
        "from kumkm_analysis.__main__ import main\nmain()"
    )
    words = [sys.executable, "-c", code, "run", str(path), "--output", str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "Traceback" in done.stderr) == (130, False), done.stderr
    assert "1 report: 1 cancelled" in done.stdout


@pytest.mark.parametrize(
    ("place", "code"),
    [("record, 'write_index'", 130), ("console.TextListener, 'ended'", 0)],
    ids=["before the record", "after it"],
)
def test_an_interrupt_after_the_reports_leaves_index_and_a_record_that_tells_the_code(
    place: str, code: int, tmp_path: Path
) -> None:
    """While the index is made it is made all the same; amid the last words nothing changes."""
    path = write(tmp_path / "quick.ipynb", "print(1)")
    program = (
        "import os, signal\n"
        "from kumkm_analysis.runner import console, record, session\n"
        f"owner, name = {place}\n"
        "usual, first = getattr(owner, name), []\n"
        "def amid(*given):\n"
        "    if not first:\n"
        "        first.append(1)\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return usual(*given)\n"
        "setattr(owner, name, amid)\n"
        "from kumkm_analysis.__main__ import main\nmain()"
    )
    out = tmp_path / "out"
    words = [sys.executable, "-c", program, "run", str(path), "--output", str(out)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert f'"exit_code": {code},' in (out / "run.json").read_text()
    assert "quick/quick.html" in (out / "index.html").read_text()


def test_an_interrupt_is_heard_while_the_helper_warms_up(tmp_path: Path) -> None:
    """Nobody waits for what is not needed any more: here it would never be there."""
    hangs = "import sys, time\nif 'kumkm_analysis.runner.pool' in sys.orig_argv: time.sleep(600)"
    (tmp_path / "sitecustomize.py").write_text(hangs)
    path = write(tmp_path / "quick.ipynb", "print(1)")
    out = tmp_path / "out"
    env = {"MARK": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    process = workbench.start("run", path, "--output", out, env=env)
    until(lambda: any("kumkm_analysis.runner.pool" in one for one in left(tmp_path)), 30)
    time.sleep(1)  # by then the run knows of its helper
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1 report: 1 cancelled" in told
    until(lambda: left(tmp_path) == [], 5)


def test_a_timeout_is_an_outcome_of_its_own(tmp_path: Path) -> None:
    """A report beyond --timeout is timed out in terminal, record and index; code 1."""
    slow = write(tmp_path / "slow.ipynb", "import time\ntime.sleep(100)")
    done = kumkm("run", slow, "--output", tmp_path / "out", "--timeout", "4")
    assert done.returncode == 1
    assert "timed out  slow" in done.stdout
    assert '"timed out"' in (tmp_path / "out" / "run.json").read_text()


@pytest.mark.slow
def test_killed_at_random_moments_the_folder_is_whole_and_the_next_run_goes_on(
    tmp_path: Path,
) -> None:
    """Killed while pages appear and are replaced; the last run makes what is missing."""
    chance = random.Random(20121231)
    out = tmp_path / "out"
    paths = short(tmp_path, 4)
    for _ in range(4):
        process = workbench.start(
            "run", *paths, "--output", out, "--force", env={"MARK": str(tmp_path)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(2.0 + 6.0 * chance.random())
        process.kill()
        process.wait()
        assert whole(out, killed=True) == []
    until(lambda: left(tmp_path) == [], 5)
    done = kumkm("run", *paths, "--output", out)
    assert done.returncode == 0, done.stderr
    assert whole(out) == []
    assert len([p for p in out.iterdir() if p.name.startswith("short")]) == 8
    assert not (out / ".staging").exists()


def test_data_that_vanish_keep_the_pages_and_are_told(tmp_path: Path) -> None:
    """A table that is gone is a bad request; pages stay as they are, and a return mends all."""
    data = Path(shutil.copytree(TINY, tmp_path / "data"))
    cell = "from kumkm_analysis import load\nprint(load().version)"
    path = write(tmp_path / "reads.ipynb", cell)
    words = ("run", path, "--data", data, "--output", tmp_path / "out")
    assert kumkm(*words).returncode == 0
    before = (tmp_path / "out" / "reads" / "reads.html").read_bytes()
    (data / "terms.csv").rename(data / "terms.away")
    done = kumkm(*words)
    assert done.returncode == 2
    assert "terms.csv: found no such file" in done.stderr
    assert (tmp_path / "out" / "reads" / "reads.html").read_bytes() == before
    (data / "terms.away").rename(data / "terms.csv")
    assert "1 unchanged" in kumkm(*words).stdout


def test_data_that_vanish_during_a_run_fail_the_report(tmp_path: Path) -> None:
    """A table taken away by then: the report fails with the name of the file, others are made."""
    data = Path(shutil.copytree(TINY, tmp_path / "data"))
    takes = (
        "import os, pathlib\npathlib.Path(os.environ['KUMKM_DATA'], 'terms.csv').unlink()\n"
        "from kumkm_analysis import load\nload()"
    )
    paths = [write(tmp_path / "a.ipynb", takes), write(tmp_path / "b.ipynb", "print(1)")]
    done = kumkm("run", *paths, "--data", data, "--output", tmp_path / "out")
    assert done.returncode == 1
    assert "terms.csv" in done.stderr
    assert (tmp_path / "out" / "b" / "b.html").is_file()
    assert whole(tmp_path / "out") == []


@pytest.mark.parametrize("taken", ["out", "out/a"], ids=["the folder", "a page"])
def test_a_page_that_was_taken_away_is_not_called_done(taken: str, tmp_path: Path) -> None:
    """Whatever took it, a notebook here: it is told, the code is 1, and the next run mends it."""
    takes = f"import shutil\nshutil.rmtree('HERE/{taken}')"
    paths = [
        write(tmp_path / "a.ipynb", "print(1)"),
        write(tmp_path / "b.ipynb", takes),
        write(tmp_path / "c.ipynb", "print(1)"),
    ]
    words = ("run", *paths, "--output", tmp_path / "out", "--jobs", "1")
    done = kumkm(*words)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    lost = 3 if taken == "out" else 1
    assert f"{lost} failed" in done.stdout.splitlines()[-1]
    assert done.stderr.count("Look for what took it away") == lost + (taken == "out")
    assert "room" not in done.stderr
    again = kumkm("run", paths[0], "--output", tmp_path / "out", program=workbench.AT_ONCE)
    assert "1 report: 1 done" in again.stdout


def test_two_runs_at_once_make_everything_once(tmp_path: Path) -> None:
    """The second waits as asked and then finds everything unchanged."""
    paths = short(tmp_path, 2)
    words = ("run", *paths, "--output", tmp_path / "out", "--wait", "100")
    first, second = workbench.start(*words), workbench.start(*words)
    told = [process.communicate(timeout=120)[0] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0]
    assert sorted(text.splitlines()[-1].split(";")[0] for text in told) == [
        "4 reports: 4 done",
        "4 reports: 4 unchanged",
    ]


def test_a_file_size_limit_is_a_full_disk(tmp_path: Path) -> None:
    """With room for small files only, the large page fails, is told, and nothing half is left."""
    path = write(tmp_path / "large.ipynb", "print('x' * 3_000_000)")
    limit = (
        f"ulimit -f 1000; exec {' '.join(workbench.KUMKM)} run {path} --output {tmp_path / 'out'}"
    )
    done = subprocess.run(["bash", "-c", limit], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    assert "large: failed" in done.stderr
    assert whole(tmp_path / "out") == []
    assert not (tmp_path / "out" / "large").exists()


def test_memory_that_runs_out_is_an_error_of_the_report(tmp_path: Path) -> None:
    """A report that the system ends for its memory is lost, tried again, and failed."""
    cell = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    done = kumkm("run", write(tmp_path / "oom.ipynb", cell), "--output", tmp_path / "out")
    assert done.returncode == 1
    assert "(attempt 3)" in done.stdout
    assert (tmp_path / "out" / "index.html").is_file()
