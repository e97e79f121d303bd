"""The recipes of docs/scheduling.md and docs/scaling.md are true: parsed, and some are run."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest
import workbench
import yaml
from workbench import write

from kumkm_analysis import cli, paths
from kumkm_analysis.runner import console, session
from kumkm_analysis.runner.decide import Step
from kumkm_analysis.runner.jobs import Job
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.plan import Report, Request

DOCS = Path(__file__).parents[2] / "docs"
DAG = DOCS / "examples" / "airflow_dag.py"
TEXTS = {
    name: (DOCS / name).read_text(encoding="utf-8") for name in ("scheduling.md", "scaling.md")
}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CRON = os.environ.get("KUMKM_CRON") or shutil.which("cron", path=f"{os.defpath}:/usr/sbin")


def blocks(language: str) -> list[str]:
    """Return the blocks of a language in both pages."""
    return [
        body for text in TEXTS.values() for lang, body in BLOCK.findall(text) if lang == language
    ]


def commands() -> list[str]:
    """Return every call of kumkm in the pages' blocks and in the DAG."""
    everything = "\n".join(body for text in TEXTS.values() for _, body in BLOCK.findall(text))
    dag = DAG.read_text(encoding="utf-8")
    everything += "\n" + dag.replace("{KUMKM}", "kumkm").replace("{REPORTS}", "/srv/reports")
    found = re.findall(r"kumkm ((?:run|plan|verify) [^\n>`\"]*)", everything)
    return sorted(set(found))


@pytest.mark.parametrize("command", commands())
def test_every_command_in_the_pages_has_options_that_exist(command: str) -> None:
    """Each is parsed as the command line would, without being run."""
    name, *words = shlex.split(command)
    subcommand = cli.main.commands[name]
    with subcommand.make_context(name, words) as context:
        assert isinstance(context, click.Context)


def test_the_pages_hold_commands_to_test() -> None:
    """The test above has something to do: every scheduler's call is found."""
    assert len(commands()) >= 5


def test_the_page_shows_what_a_run_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its example begins and ends as the console writes it, to the space in 1 008."""
    monkeypatch.setattr(Path, "is_file", lambda _: True)  # the index is there
    report = Report("membership", Path(), {})
    job = Job(report, b"", "", {}, "")
    steps = [Step(job, ("never made",))] * 12 + [Step(job)] * 1008
    ends = [Result("x", Outcome.DONE)] * 12 + [Result("x", Outcome.UNCHANGED)] * 1008
    listener = console.TextListener()
    listener.planned(steps, 8)
    listener.result(Result("membership-64-2012-coherent.id", Outcome.DONE, 0.9))
    listener.ended(ends, Path("/srv/reports"), 0)
    command, *shown = blocks("console")[0].splitlines()
    assert command.startswith("$ kumkm run")
    assert [line for line in shown if line != "…"] == capsys.readouterr().out.splitlines()


def test_the_matrix_in_the_page_can_be_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example of a matrix is a request that is not refused, and asks for what it seems to."""
    [example] = [block for block in blocks("yaml") if block.startswith("reports:")]
    (tmp_path / "m.yml").write_text(example)
    write(tmp_path / "mine.ipynb", "print(top)", parameters="top: int = 3")
    monkeypatch.chdir(tmp_path)
    reports = session.plan_reports(Request(), paths.data_path(), Path("m.yml"))
    found = {report.notebook.partition("-")[0]: report for report in reports}
    assert set(found) == {"membership", "capital_structure", "evidence", "mine"}
    assert found["mine"].parameters == {"top": 5}
    years = {r.parameters["period"] for r in reports if r.notebook == "membership"}
    assert years == {"2012", "2014"}


def test_paths_in_a_matrix_are_relative_to_where_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the page says; the folder of the file does not matter."""
    (tmp_path / "there").mkdir()
    matrix = tmp_path / "there" / "m.yml"
    matrix.write_text("- notebook: ./mine.ipynb\n")
    here = write(tmp_path / "mine.ipynb", parameters="top: int = 3")
    write(tmp_path / "there" / "mine.ipynb", parameters="top: int = 3")
    monkeypatch.chdir(tmp_path)
    [report] = session.plan_reports(Request(), paths.data_path(), matrix)
    assert report.path == here


def test_the_workflow_in_the_page_is_yaml_with_the_steps_of_pages() -> None:
    """The workflow for GitHub Actions restores, makes, keeps, uploads and deploys, in this order.

    A failed report fails its step; what follows is done all the same.
    """
    [workflow] = [yaml.safe_load(b) for b in blocks("yaml") if b.startswith("name:")]
    steps = workflow["jobs"]["reports"]["steps"]
    used = [step.get("uses", step.get("run", "")).partition("@")[0] for step in steps]
    assert used[1:] == [
        "actions/cache/restore",
        'make report ARGS="--region province"',
        "actions/cache/save",
        "actions/upload-pages-artifact",
        "actions/deploy-pages",
    ]
    assert all(step["if"] == "${{ !cancelled() }}" for step in steps[3:])
    assert workflow["permissions"]["pages"] == "write"


def test_the_units_in_the_page_are_what_systemd_reads() -> None:
    """A service that runs once, and a timer that starts it and catches up."""
    units = []
    for text in blocks("ini"):
        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(text)
        units.append(unit)
    service, timer = units
    assert service["Service"]["Type"] == "oneshot"
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_page_names_every_outcome_and_exit_code() -> None:
    """The words and numbers of the page are those of the program."""
    text = TEXTS["scheduling.md"]
    assert all(f"`{outcome.value}`" in text for outcome in Outcome)
    assert all(f"{code} " in text for code in (0, 1, 2, 3, 130))


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the Python of an environment that has Airflow; skip where it cannot be had."""
    return workbench.apart("airflow", tmp_path_factory.mktemp("airflow") / "env")


# What is changed in the DAG of the page so that it is none, and what its error then names.
BROKEN = {
    "module.py": ("operators.bash", "operators.bahs", "bahs"),
    "argument.py": ("task_id=", "task_idea=", "task_id"),
}


@pytest.fixture(scope="module")
def imported(airflow: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what Airflow makes of a folder that holds the DAG of the page and two broken ones."""
    folder = tmp_path_factory.mktemp("dags")
    text = DAG.read_text(encoding="utf-8")
    (folder / DAG.name).write_text(text, encoding="utf-8")
    for name, (right, wrong, _) in BROKEN.items():
        assert right in text
        (folder / name).write_text(text.replace(right, wrong), encoding="utf-8")
    command = [airflow, str(workbench.TOOLS / "import_dags.py"), str(folder)]
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path_factory.mktemp("home"))}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "errors": {Path(file).name: told for file, told in found["errors"].items()}}


@pytest.mark.slow
def test_airflow_imports_the_dag(imported: dict[str, Any]) -> None:
    """A real Airflow finds one DAG with one task, which calls the command of the page once."""
    assert DAG.name not in imported["errors"]
    [dag] = imported["dags"].values()
    assert dag["schedule"] == "30 5 * * 1"
    [(command, retries)] = dag["tasks"].values()
    assert command.partition("/kumkm ")[2] in commands()
    assert retries == 0, "a report that failed would be told half an hour late"


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_airflow_does_notice_a_broken_dag(name: str, imported: dict[str, Any]) -> None:
    """The negative control: a module or an argument that does not exist."""
    *_, error = BROKEN[name]
    assert error in imported["errors"][name]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or CRON is None, reason="no cron daemon here")
def test_cron_runs_the_recipe(tmp_path: Path) -> None:
    """A real cron daemon, in a mount namespace of its own, makes a page within two minutes."""
    path = write(tmp_path / "cron.ipynb", "import os, sys\nprint(sorted(os.environ))")
    out, log = tmp_path / "out", tmp_path / "log"
    line = f"* * * * *  kumkm run {path} --output {out} --wait 3600 >>{log} 2>&1"
    recipe = next(text for text in blocks("cron")[:1])
    assert "--wait 3600 >>" in recipe
    table = tmp_path / "table"
    table.write_text(f"PATH={Path(sys.executable).parent}:/usr/bin:/bin\nHOME={tmp_path}\n{line}\n")
    script = (
        "mount -t tmpfs tmpfs /var/spool && mkdir -p /var/spool/cron/crontabs && "
        f"install -m 600 {table} /var/spool/cron/crontabs/root && "
        f"mount -t tmpfs tmpfs /run && exec {CRON} -f"
    )
    command = ["unshare", "--mount", "sh", "-c", script]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as daemon:
        time.sleep(1)
        if daemon.poll() is not None:
            assert daemon.stderr is not None
            pytest.skip(f"cron cannot be run apart here: {daemon.stderr.read().decode()}")
        try:
            workbench.until(lambda: (out / "run.json").is_file(), 150)
        finally:
            daemon.terminate()
    assert "1 report: 1 done" in log.read_text()
    assert workbench.whole(out) == []


@pytest.mark.slow
def test_a_soak_of_600_short_reports_at_16_workers_has_no_failure() -> None:
    """Six hundred kernels, sixteen at a time: none fails and none hangs."""
    script = DOCS.parent / "benchmarks" / "runner" / "soak.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr
    assert "600 reports: 600 done" in done.stdout
    assert "attempts {1: 600}" in done.stdout, "a second attempt hides a fault"


@pytest.mark.slow
def test_two_hundred_kills_leave_a_whole_folder_each_time() -> None:
    """Killed at random moments of a run; and the run after the last makes what is missing."""
    script = DOCS.parent / "benchmarks" / "runner" / "kill.py"
    words = [sys.executable, str(script), "--kills", "200"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, done.stderr
    assert "200 kills" in done.stdout
