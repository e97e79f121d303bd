"""The commands run and plan, as a user or a schedule calls them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import workbench
from workbench import called, kumkm, write

from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import engines, jobs, notebooks

LONG = "a" * 300


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Return a notebook that runs."""
    return write(tmp_path / "good.ipynb", "print(n)", parameters="n: int = 1")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Return a notebook that fails."""
    return write(tmp_path / "bad.ipynb", "print('so far')", "1 / 0")


@pytest.mark.usefixtures("least_data")
def test_a_run_publishes_and_says_so(good: Path, bad: Path, tmp_path: Path) -> None:
    """One good and one failing notebook: a page, a kept notebook, an index, run.json, code 1."""
    out = tmp_path / "out"
    done = kumkm("run", good, bad, "--output", out, stdin=None, close_fds=True)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "2 reports: 2 to make, 0 unchanged; 2 at a time"
    assert sorted(line.split()[:2] for line in lines[1:3]) == [["done", "good"], ["failed", "bad"]]
    assert lines[-1] == f"2 reports: 1 done, 1 failed; open {out / 'index.html'}"
    assert "bad, cell 3, line 1: found ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    assert (out / "good" / "good.html").is_file()
    assert "so far" in (out / "failed" / "bad.ipynb").read_text()
    assert {p.name for p in out.iterdir()} == {
        *("good", "failed", "index.html", "run.json", ".lock", ".notebooks.json")
    }
    record = json.loads((out / "run.json").read_text())
    assert {r["name"]: r["outcome"] for r in record["reports"]} == {"good": "done", "bad": "failed"}
    assert record["exit_code"] == 1
    assert record["versions"]["matplotlib"]
    assert all(r["key"] and r["seconds"] > 0 for r in record["reports"])
    assert workbench.whole(out) == []

    again = kumkm("run", good, "--output", out, "--log-format", "json")
    assert again.returncode == 0
    events = [json.loads(line) for line in again.stdout.splitlines()]
    assert [e["event"] for e in events] == ["planned", "report", "ended"]
    assert events[1]["outcome"] == "unchanged"
    record = json.loads((out / "run.json").read_text())
    assert [r["name"] for r in record["standing"]] == ["bad"]

    write(good, "print(n, 'changed')", parameters="n: int = 1")
    plan = kumkm("plan", good, bad, "--output", out)
    assert plan.returncode == 0
    assert plan.stdout.splitlines() == [
        "good  run: notebook code changed",
        "bad  run: never made",
        "2 reports: 2 to make, 0 unchanged",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "membrship"], "Did you mean membership?"),
        (["run", "--region", "6499"], "no region 6499"),
        (["run", "--period", "2014:2010"], "2010:2014"),
        (["run", "--matrix", "none.yml"], "none.yml"),
        (["run", "--data", "nowhere"], "nothing there"),
        (["run", "--engine", "dask"], "--scheduler"),
        (["run", "--engine", "dask", "--scheduler", "foo"], "missing port"),
        (["run", "--scheduler", "tcp://127.0.0.1:9"], "--engine dask"),
        (["run", "--jobs", "0"], "--jobs"),
        (["run", "--region", ""], "--region"),
        (["run", "--region", ","], "--region"),
        (["run", "--data", ""], "--data"),
        (["run", "--timeout", "nan"], "not a number of seconds"),
        (["run", "--timeout", "inf"], "--timeout"),
        (["run", "--wait", "nan"], "not a number of seconds"),
        (["run", "--wait", "inf"], "--wait"),
        (["run", "--wait", "-0.5"], "no time to wait"),
        (["plan", "--language", "fr"], "'fr'"),
        (["run", "--input", "a.csv"], "a notebook of your own"),
        (["verify", "membership-64-2012-coherent.id"], "no report"),
        (["why", "membership-64-2012-coherent.id"], "No such command 'why'"),
    ],
)
def test_a_bad_request_leaves_with_2_and_nothing_is_run(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is named without a traceback, and no output folder with pages appears."""
    monkeypatch.chdir(tmp_path)
    done = called(*words, "--output", tmp_path / "out")
    assert done.exit_code == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.rglob("*.html")) == []


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="there are no pipes with a path here")
@pytest.mark.usefixtures("at_hand")
@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_matrix_may_come_from_another_command(command: str, good: Path, tmp_path: Path) -> None:
    """The shell gives a path to what is open already, which can be read once."""
    text = f"reports: [{{notebook: {good}, parameters: {{n: 7}}}}]"
    ours, theirs = os.pipe()
    os.write(theirs, text.encode())
    os.close(theirs)
    words = (command, "--matrix", f"/dev/fd/{ours}", "--output", tmp_path / "out")
    done = called(*words)
    os.close(ours)
    assert done.exit_code == 0, done.stderr
    assert "1 report: 1" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "--output", LONG], ["plan", "--data", LONG], ["plan", f"{LONG}.ipynb"],
        ["run", "--output", LONG], ["run", "--matrix", LONG], ["run", "--data", LONG],
        ["show", f"{LONG}#f1"], ["show", "x#f1", "--output", LONG], ["verify", LONG],
        ["verify", f"{LONG}.html"], ["diff", LONG, LONG], ["check", "--data", LONG],
    ],
)  # fmt: skip
def test_a_path_that_the_system_refuses_is_a_bad_request(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is named, it is told with the system's reason and without a traceback."""
    monkeypatch.chdir(tmp_path)
    done = called(*words)
    assert done.exit_code == 2, done.stderr
    assert "aaa" in done.stderr
    assert "File name too long" in done.stderr
    assert "Traceback" not in done.stderr


def test_bytes_that_are_no_text_are_a_bad_request(tmp_path: Path) -> None:
    """A parameter that cannot be written into the notebook is named, without a traceback."""
    path = write(tmp_path / "own.ipynb", "print(text)", parameters="text: str = 'a'")
    done = called("run", path, "-p", "text", "\udcff", "--output", tmp_path / "out")
    assert done.exit_code == 2
    assert (
        r"notebook own, parameter text: found '\udcff'; expected characters of UTF-8" in done.stderr
    )
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
def test_a_notebook_whose_file_name_is_no_text_can_be_planned(tmp_path: Path) -> None:
    """Also where its page needs a name of its own, so as not to take that of one of ours."""
    path = write(tmp_path / "membership-\udcff.ipynb", "1")
    done = kumkm("plan", path, "--output", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("own-membership-")


@pytest.mark.parametrize(
    "words", [["run"], ["run", "--engine", "dask", "--scheduler", "tcp://h:1"]]
)
def test_on_windows_a_run_says_that_it_cannot_be(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything runs, with where it can."""
    monkeypatch.setattr(jobs, "SYSTEM", "win32")
    done = called(*words, "--output", tmp_path / "out")
    assert done.exit_code == 2
    assert "Windows" in done.stderr
    assert "WSL" in done.stderr
    assert not (tmp_path / "out").exists()
    with pytest.raises(ParameterError, match="Windows"):
        engines.LocalEngine(tmp_path, 1)


def test_a_held_folder_leaves_with_3(good: Path, tmp_path: Path) -> None:
    """The second run says that another is at work."""
    from kumkm_analysis.runner.publish import Folder

    with Folder(tmp_path / "out").held():
        done = called("run", good, "--output", tmp_path / "out")
    assert done.exit_code == 3
    assert "another run at work" in done.stderr


@pytest.mark.usefixtures("least_data")
def test_a_run_works_with_all_streams_closed(good: Path, tmp_path: Path) -> None:
    """As some schedulers start it: no input, no output, no error stream."""
    command = f"{' '.join(workbench.KUMKM)} run {good} --output {tmp_path / 'out'} <&- >&- 2>&-"
    assert subprocess.run(command, shell=True, timeout=120).returncode == 0
    assert (tmp_path / "out" / "good" / "good.html").is_file()


EARLY = """
import os, signal, sys
from kumkm_analysis.__main__ import main

class Interrupting:
    def find_spec(self, name, *_):
        if name == MODULE:
            os.kill(os.getpid(), int(sys.argv.pop()))

sys.meta_path.insert(0, Interrupting())
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("module", ["cli", "runner.session"])
def test_an_interrupt_before_the_plan_is_one_too(number: int, module: str, tmp_path: Path) -> None:
    """Code 130 from the first moment on, not that of a failed report, nor a traceback."""
    early = EARLY.replace("MODULE", repr(f"kumkm_analysis.{module}"))
    words = [sys.executable, "-c", early, "run", "--output", str(tmp_path / "out"), str(number)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 130
    assert "Interrupted" in done.stderr
    assert "Traceback" not in done.stderr


LATE = """
import os, sys
from kumkm_analysis.__main__ import main

class Last:
    number = int(sys.argv.pop())
    def __del__(self, kill=os.kill, process=os.getpid()):
        kill(process, self.number)

sys.last = Last()  # goes with the interpreter, when no handler of signals is left
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(("name", "code"), [("", 0), ("no_such_notebook", 2)])
def test_an_interrupt_after_the_last_word_changes_nothing(
    number: int, name: str, code: int, tmp_path: Path
) -> None:
    """Whoever hears the code while Python shuts down hears of what was done."""
    words = ["plan", *([name] if name else []), "--output", str(tmp_path / "out"), str(number)]
    done = subprocess.run(
        [sys.executable, "-c", LATE, *words], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("sink", ["| head -n 1", "> /dev/full"])
@pytest.mark.usefixtures("least_data")
def test_a_run_whose_output_nobody_takes_goes_on(sink: str, good: Path, tmp_path: Path) -> None:
    """A closed pipe or a full disk under the log costs the log, not the pages and the record."""
    if sink.endswith("full") and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    more = write(tmp_path / "more.ipynb", "import time\ntime.sleep(1)")
    words = [*workbench.KUMKM, "run", str(good), str(more), "--output", str(tmp_path / "out")]
    command = f"{{ {' '.join(words)}; echo $? > {tmp_path / 'code'}; }} {sink}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert (tmp_path / "code").read_text() == "0\n"
    assert "Traceback" not in done.stderr
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["outcomes"] == {"done": 2}
    assert workbench.whole(tmp_path / "out") == []


def test_a_plan_that_cannot_be_written_says_so(good: Path) -> None:
    """A full disk under the output is told without a traceback."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        words = [*workbench.KUMKM, "plan", str(good)]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("least_data")
def test_no_room_for_temporary_files_is_told(good: Path, tmp_path: Path) -> None:
    """Nothing is run and no traceback is shown; an unchanged run needs no such room."""
    code = (
        "import tempfile\n"
        "def none(*_, **__): raise FileNotFoundError(2, 'No usable temporary directory')\n"
        "tempfile.gettempdir = none\n"
        "from kumkm_analysis.__main__ import main\nmain()"
    )
    words = [sys.executable, "-c", code, "run", str(good), "--output", str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "temporary folder: found No usable temporary directory" in done.stderr
    assert "TMPDIR" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("at_hand")
def test_the_hook_of_on_change_hears_once_what_moved_or_failed_in_a_run(tmp_path: Path) -> None:
    """New pages and failures; a run in which nothing moved is silent; what is good again is told.

    A command that fails makes the run exit 1, and this stands on record.
    """
    paths = [write(tmp_path / "good.ipynb", "print(1)"), write(tmp_path / "bad.ipynb", "1 / 0")]
    heard = tmp_path / "heard.jsonl"
    command = f"cat >> {heard}; echo >> {heard}; echo heard"
    words: list[Any] = ["run", *paths, "--output", tmp_path / "out", "--log-format", "json"]
    first = kumkm(*words, "--on-change", command)
    assert first.returncode == 1
    assert all(json.loads(line) for line in first.stdout.splitlines())
    assert "heard" in first.stderr
    write(tmp_path / "bad.ipynb", "print(2)")
    failing = called(*words, "--on-change", f"{command}; exit 3")
    assert failing.exit_code == 1
    assert "--on-change ended with 3" in failing.stdout
    assert json.loads((tmp_path / "out" / "run.json").read_text())["exit_code"] == 1
    assert called(*words, "--on-change", command).exit_code == 0
    told = [json.loads(line) for line in heard.read_text().splitlines()]
    assert [[[r["report"] for r in news[k]] for k in ("moved", "failed")] for news in told] == [
        [["good"], ["bad"]],
        [["bad"], []],
    ]
    assert told[1]["recovered"] == ["bad"]


@pytest.mark.usefixtures("at_hand")
def test_what_does_not_go_with_dask_is_told_at_once_though_nothing_is_to_be_made(
    good: Path, tmp_path: Path
) -> None:
    """A schedule that lacks its scheduler does not find out on the day when something changed."""
    words = ("run", good, "--output", tmp_path / "out")
    assert called(*words).exit_code == 0
    done = called(*words, "--engine", "dask", "--jobs", "2", "--kernels", "ordinary")
    assert done.exit_code == 2
    assert [line.partition(":")[0] for line in done.stderr.splitlines() if "found" in line] == [
        "--scheduler",
        "--jobs",
        "--kernels",
    ]


@pytest.mark.usefixtures("at_hand")
@pytest.mark.skipif(sys.platform == "win32", reason="there are no modes")
@pytest.mark.parametrize("mask", [0o077, 0o022, 0o002])
def test_what_is_published_may_be_read_by_whom_the_user_lets(
    mask: int, good: Path, tmp_path: Path
) -> None:
    """Folders and files have the mode that the umask gives to all that the user makes."""
    before = os.umask(mask)
    try:
        called("run", good, "--output", tmp_path / "out")
    finally:
        os.umask(before)
    made = [p for p in (tmp_path / "out").rglob("*") if p.name != ".lock"]
    assert len(made) > 3
    for path in made:
        assert path.stat().st_mode & 0o777 == (0o777 if path.is_dir() else 0o666) & ~mask, path


@pytest.mark.parametrize("encoding", ["iso-8859-1", "ascii", "utf-8"])
@pytest.mark.parametrize("name", ["日本", "out\udcff"], ids=["Japanese", "no UTF-8"])
@pytest.mark.usefixtures("least_data")
def test_what_an_output_cannot_write_is_escaped(
    encoding: str, name: str, good: Path, tmp_path: Path
) -> None:
    """Lines, JSON and the news for a command, with a name that a stream or UTF-8 does not have."""
    out, heard = tmp_path / name, tmp_path / "heard"
    try:
        out.mkdir()
    except OSError:
        pytest.skip("this system has no such names")
    env = {"PYTHONIOENCODING": encoding}
    words = ["run", good, "--output", out, "--on-change", f"cat > {heard}"]
    done = kumkm(*words, env=env, program=workbench.AT_ONCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 report: 1 done; open " in done.stdout
    assert json.loads(heard.read_text())["output"] == str(out)
    again = kumkm(*words, "--log-format", "json", env=env)
    assert (again.returncode, again.stderr) == (0, "")
    assert json.loads(again.stdout.splitlines()[-1])["output"] == str(out)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
@pytest.mark.usefixtures("least_data")
def test_a_hook_that_hangs_holds_the_folder_no_longer_than_its_limit(
    good: Path, tmp_path: Path
) -> None:
    """It is ended, this is said on the error stream and in the code, and the folder is free."""
    words = ("run", good, "--output", tmp_path / "out")
    hook = f"echo $$ > {tmp_path}/hook; sleep 100"
    done = kumkm(*words, "--on-change", hook, "--hook-timeout", "0.5")
    assert done.returncode == 1
    assert "1 report: 1 done" in done.stdout
    assert "--on-change was ended after 0.5 s" in done.stderr
    assert "Traceback" not in done.stderr
    assert not workbench.lives(int((tmp_path / "hook").read_text()))
    assert json.loads((tmp_path / "out" / "run.json").read_text())["exit_code"] == 1
    assert kumkm(*words).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
@pytest.mark.usefixtures("least_data")
def test_an_interrupt_ends_the_hook(tmp_path: Path) -> None:
    """Ctrl-C, or a polite end, while the command works: code 130, and it is gone."""
    path = write(tmp_path / "bad.ipynb", "1 / 0")
    hook = f"sleep 100 & echo $! > {tmp_path}/hook; wait"
    process = workbench.start("run", path, "--output", tmp_path / "out", "--on-change", hook)
    workbench.until(lambda: (tmp_path / "hook").is_file() and (tmp_path / "hook").read_text(), 60)
    process.send_signal(signal.SIGTERM)
    told, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "1 report: 1 failed" in told
    assert "--on-change was ended" in errors
    workbench.until(lambda: not workbench.lives(int((tmp_path / "hook").read_text())), 5)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["exit_code"] == 130


# Python runs it in every process at its start: the clock goes back an hour whenever it is read.
SET_BACK = """
import time
now = [time.time()]
def set_back():
    now[0] -= 3600
    return now[0]
time.time = set_back
open("HERE/read", "a").close()
"""


@pytest.mark.usefixtures("least_data")
def test_a_clock_that_is_set_back_gives_no_odd_seconds(tmp_path: Path) -> None:
    """What run.json says a run and its reports took is at least nothing and no more than it was."""
    (tmp_path / "sitecustomize.py").write_text(SET_BACK.replace("HERE", str(tmp_path)))
    paths = [
        write(tmp_path / "good.ipynb", "import time\nassert time.time() > time.time()"),
        write(tmp_path / "bad.ipynb", "1 / 0"),
    ]
    words = ("run", *paths, "--output", tmp_path / "out", "--log-format", "json")
    begun = time.monotonic()
    done = workbench.kumkm(*words, env={"PYTHONPATH": str(tmp_path)})
    most = time.monotonic() - begun
    assert (tmp_path / "read").exists()
    found = json.loads((tmp_path / "out" / "run.json").read_text())
    assert [r["outcome"] for r in found["reports"]] == ["done", "failed"], done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    taken = [r["seconds"] for r in (*found["reports"], *told) if "seconds" in r]
    assert len(taken) == 4
    assert all(0 < seconds <= most for seconds in (*taken, found["seconds"]))


def test_an_unchanged_run_starts_no_process_and_loads_no_heavy_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No kernel, nothing that computes, draws, runs or lays out: it only reads files."""
    monkeypatch.setattr(engines, "LocalEngine", workbench.AtOnce)
    words = ["run", "membership", "--region", "64,51", "--period", "2012:2014"]
    words += ["--output", str(tmp_path)]
    assert called(*words).stdout.splitlines()[-1].startswith("12 reports: 12 done")
    code = (
        "import sys, subprocess, click\n"
        "subprocess.Popen = None\n"
        "from kumkm_analysis import cli\n"
        "try:\n    cli.main(sys.argv[1:])\n"
        "finally:\n    print(sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "12 reports: 12 unchanged" in done.stdout
    loaded = set(eval(done.stdout.splitlines()[-1]))
    heavy = {"pandas", "numpy", "matplotlib", "seaborn", "frictionless", "papermill", "nbconvert"}
    heavy |= {"nbformat", "nbclient", "jupyter_client", "ipykernel", "IPython", "zmq", "jinja2"}
    heavy |= {"pydantic", "yaml"}
    assert loaded & heavy == set()


def test_every_shipped_notebook_can_be_planned_for_every_region() -> None:
    """The number of reports is the product of notebooks, regions and languages."""
    from kumkm_analysis.dataset import request

    done = kumkm("plan", "--region", "all", "--output", "/nonexistent")
    count = len(notebooks.SHIPPED) * len(request.domain().regions) * 2
    assert done.stdout.splitlines()[-1].startswith(f"{count} reports: {count} to make")
