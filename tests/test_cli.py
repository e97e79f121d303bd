"""The commands run, plan and why, as a user or a schedule calls them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import workbench
from workbench import kumkm, write

from kumkm_analysis import resources
from kumkm_analysis.runner import notebooks


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Return a notebook that runs."""
    return write(tmp_path / "good.ipynb", "print(n)", parameters="n: int = 1")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Return a notebook that fails."""
    return write(tmp_path / "bad.ipynb", "print('so far')", "1 / 0")


def test_a_run_publishes_and_says_so(good: Path, bad: Path, tmp_path: Path) -> None:
    """One good and one failing notebook: a page, a kept notebook, an index, run.json, code 1."""
    out = tmp_path / "out"
    done = kumkm("run", good, bad, "--output", out, stdin=None, close_fds=True)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "2 reports: 2 to make, 0 unchanged; 2 at a time"
    assert sorted(line.split()[:2] for line in lines[1:3]) == [["done", "good"], ["failed", "bad"]]
    assert lines[-1] == f"2 reports: 1 done, 1 failed; open {out / 'index.html'}"
    assert "bad, cell 3: found ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    assert (out / "good" / "good.html").is_file()
    assert "so far" in (out / "failed" / "bad.ipynb").read_text()
    assert {p.name for p in out.iterdir()} == {"good", "failed", "index.html", "run.json", ".lock"}
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
    why = kumkm("why", out / "good" / "good.html", good)
    assert why.stdout == "good: would be made again\n  notebook code changed\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "membrship"], "Did you mean membership?"),
        (["run", "--region", "6499"], "no region 6499"),
        (["run", "--period", "2014:2010"], "2010:2014"),
        (["run", "--matrix", "none.yml"], "none.yml"),
        (["run", "--data", "nowhere"], "nothing there"),
        (["run", "--engine", "dask"], "--scheduler"),
        (["run", "--jobs", "0"], "--jobs"),
        (["plan", "--language", "fr"], "'fr'"),
        (["why", "membership-64-2012-coherent.id"], "no report"),
    ],
)
def test_a_bad_request_leaves_with_2_and_nothing_is_run(
    words: list[str], told: str, tmp_path: Path
) -> None:
    """The fault is named without a traceback, and no output folder with pages appears."""
    done = kumkm(*words, "--output", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.rglob("*.html")) == []


def test_a_held_folder_leaves_with_3(good: Path, tmp_path: Path) -> None:
    """The second run says that another is at work."""
    from kumkm_analysis.runner.publish import Folder

    with Folder(tmp_path / "out").held():
        done = kumkm("run", good, "--output", tmp_path / "out")
    assert done.returncode == 3
    assert "another run at work" in done.stderr


def test_a_run_works_with_all_streams_closed(good: Path, tmp_path: Path) -> None:
    """As some schedulers start it: no input, no output, no error stream."""
    command = f"{' '.join(workbench.KUMKM)} run {good} --output {tmp_path / 'out'} <&- >&- 2>&-"
    assert subprocess.run(command, shell=True, timeout=120).returncode == 0
    assert (tmp_path / "out" / "good" / "good.html").is_file()


def test_the_hook_of_on_change_is_silent_when_nothing_moved(tmp_path: Path) -> None:
    """Called with the news of the first run, not called by the second."""
    path = write(tmp_path / "bad.ipynb", "1 / 0")
    heard = tmp_path / "heard.jsonl"
    command = f"cat >> {heard}; echo >> {heard}"
    words = ("run", path, "--output", tmp_path / "out", "--on-change", command)
    assert kumkm(*words).returncode == 1
    [line] = heard.read_text().splitlines()
    assert [f["report"] for f in json.loads(line)["failed"]] == ["bad"]
    assert kumkm(*words).returncode == 1
    assert len(heard.read_text().splitlines()) == 1


COUNT = 200


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which 200 reports are published, as far as their keys are concerned."""
    from kumkm_analysis import dataset
    from kumkm_analysis.runner import decide, provenance
    from kumkm_analysis.runner.keys import Keys
    from kumkm_analysis.runner.plan import Request, make
    from kumkm_analysis.runner.publish import Folder

    folder = Folder(tmp_path_factory.mktemp("many"))
    domain = dataset.domain()
    request = Request(["membership"], list(domain.regions)[:50], ["2012", "2013"])
    keys = Keys(resources.data_path())
    steps = decide.decide(make(request, domain), keys, keys.data_sha256, folder)
    assert len(steps) == COUNT
    for step in steps:
        files = {f"{step.name}.html": b"page"}
        text = provenance.document(step.name, step.job.key, step.job.ingredients, dict(files))
        folder.publish(step.name, {**files, provenance.FILE: text})
    return folder.path


def test_an_unchanged_run_over_200_reports_takes_no_time(many: Path) -> None:
    """No kernel, no process, none of the heavy libraries, and well under a second."""
    names = sorted(path.name for path in many.iterdir() if "-" in path.name)
    regions = ",".join(name.split("-")[1] for name in names[::4])
    words = ["run", "membership", "--region", regions, "--period", "2012:2013"]
    words += ["--output", str(many)]
    kumkm(*words)  # writes the index
    code = (
        "import sys, subprocess, click\n"
        "subprocess.Popen = None\n"
        "from kumkm_analysis import cli\n"
        "try:\n    cli.main(sys.argv[1:])\n"
        "finally:\n    print(sorted({m.split('.')[0] for m in sys.modules}))"
    )
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    bare = time.monotonic() - begun
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    took = time.monotonic() - begun - bare
    assert done.returncode == 0, done.stderr
    assert f"{COUNT} reports: {COUNT} unchanged" in done.stdout
    loaded = set(eval(done.stdout.splitlines()[-1]))
    heavy = {"pandas", "numpy", "matplotlib", "seaborn", "frictionless", "papermill", "nbconvert"}
    heavy |= {"nbformat", "nbclient", "jupyter_client", "ipykernel", "IPython", "zmq", "jinja2"}
    assert loaded & heavy == set()
    assert took < 3.0, "far above what it takes even on a busy machine"


def test_every_shipped_notebook_can_be_planned_for_every_region() -> None:
    """The number of reports is the product of notebooks, regions and languages."""
    from kumkm_analysis import dataset

    done = kumkm("plan", "--region", "all", "--output", "/nonexistent")
    count = len(notebooks.shipped()) * len(dataset.domain().regions) * 2
    assert done.stdout.splitlines()[-1].startswith(f"{count} reports: {count} to make")
