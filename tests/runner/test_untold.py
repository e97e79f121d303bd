"""News for ``--on-change``: kept until the command has heard them, whatever happens meanwhile."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
import workbench
from workbench import kumkm, write

from kumkm_analysis import paths
from kumkm_analysis.runner import hook, interrupts, record
from kumkm_analysis.runner.ending import Clock, Ending
from kumkm_analysis.runner.keys import Keys
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.publish import RESULTS, Folder
from kumkm_analysis.runner.untold import Untold

KEYS = Keys(paths.data_path())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return an output folder in which a command is to hear what is new."""
    made = Folder(tmp_path / "out")
    made.path.mkdir()
    Untold(made).begin()
    return made


def publish(folder: Folder, value: str | None, name: str = "r") -> None:
    """Publish a report with one figure, as a run does."""
    files = {f"{name}.html": b"page"}
    if value is not None:
        files[RESULTS] = json.dumps({"figures": [{"name": "members", "value": value}]}).encode()
    Untold(folder).keep(name)
    workbench.publish(folder, name, files)


def heard(folder: Folder) -> dict[str, Any]:
    """Return what is new by report: ``new``, or the value before and after."""

    def value(figure: Any) -> Any:
        return figure and figure["value"]

    return {
        one["report"]: "new"
        if one.get("new")
        else [(value(f["before"]), value(f["after"])) for f in one["figures"]]
        for one in Untold(folder).moved()
    }


@pytest.mark.parametrize("links", [True, False])
def test_what_moved_is_told_from_where_the_command_last_heard(
    links: bool, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several runs the first value and the last; back where it was there is nothing to tell.

    So it is where the system knows no second name of a file too.
    """
    if not links:
        refused = OSError("no links here")
        monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(refused))
    publish(folder, "1")
    assert heard(folder) == {"r": "new"}
    publish(folder, "2")
    assert heard(folder) == {"r": "new"}
    Untold(folder).told()
    assert heard(folder) == {}
    publish(folder, "3")
    publish(folder, "4")
    assert heard(folder) == {"r": [("2", "4")]}
    publish(folder, "2")
    assert heard(folder) == {}


def test_a_page_without_results_is_told_when_it_is_new(folder: Folder) -> None:
    """After that nothing of it can move; that it has results, or no longer, is told."""
    publish(folder, None)
    assert heard(folder) == {"r": "new"}
    Untold(folder).told()
    publish(folder, None)
    assert heard(folder) == {}
    publish(folder, "1")
    assert heard(folder) == {"r": "new"}
    Untold(folder).told()
    publish(folder, None)
    assert heard(folder) == {"r": [("1", None)]}


def test_a_page_that_was_not_placed_is_no_news(folder: Folder) -> None:
    """Kept before, and then the run was killed: the old page stands, or none."""
    Untold(folder).keep("never")
    publish(folder, "1")
    Untold(folder).told()
    Untold(folder).keep("r")
    assert heard(folder) == {}


def test_a_folder_that_nobody_listens_to_keeps_nothing(tmp_path: Path) -> None:
    """Without --on-change there is nothing beside the pages."""
    folder = Folder(tmp_path / "out")
    folder.path.mkdir()
    publish(folder, "1")
    publish(folder, "2")
    assert heard(folder) == {}
    assert [p.name for p in folder.path.iterdir() if p.name != ".staging"] == ["r"]


def lines(path: Path) -> list[Any]:
    """Return what the command has heard so far."""
    return [json.loads(line) for line in workbench.written(path).splitlines()]


def test_a_command_that_failed_hears_the_same_again(tmp_path: Path) -> None:
    """Failures, recoveries and new pages; once it ends well, and nothing is new, it is silent."""
    good = write(tmp_path / "good.ipynb", "print(1)")
    bad = write(tmp_path / "bad.ipynb", "1 / 0")
    log = tmp_path / "log"
    said = f"cat >> {log}; echo >> {log}"
    words = ["run", good, bad, "--output", tmp_path / "out", "--on-change"]
    assert kumkm(*words, f"{said}; exit 3").returncode == 1
    assert kumkm("run", good, bad, "--output", tmp_path / "out").returncode == 1
    assert kumkm(*words, said).returncode == 1
    kumkm(*words, said)
    first, second = lines(log)
    assert first == second
    assert [one["report"] for one in first["moved"]] == ["good"]
    assert [one["report"] for one in first["failed"]] == ["bad"]
    write(tmp_path / "bad.ipynb", "print(2)")
    assert kumkm(*words, f"{said}; exit 3").returncode == 1
    assert kumkm(*words, said).returncode == 0
    third, fourth = lines(log)[2:]
    assert third == fourth
    assert (third["recovered"], third["failed"]) == (["bad"], [])
    assert kumkm(*words, said).returncode == 0
    assert len(lines(log)) == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_news_of_a_run_that_was_ended_come_with_the_next(
    number: signal.Signals, tmp_path: Path
) -> None:
    """Interrupted or killed amid it: the page that it had published is told by the next run."""
    quick = write(tmp_path / "quick.ipynb", "print(1)")
    slow = write(tmp_path / "slow.ipynb", "import time\ntime.sleep(100)")
    log, out = tmp_path / "log", tmp_path / "out"
    words = ["--output", out, "--on-change", f"cat >> {log}; echo >> {log}"]
    process = workbench.start("run", quick, slow, *words)
    workbench.until((out / "quick" / "quick.html").is_file, 60)
    process.send_signal(number)
    process.communicate(timeout=20)
    assert lines(log) == []
    done = kumkm("run", quick, *words)
    assert "1 unchanged" in done.stdout
    [news] = lines(log)
    assert [one["report"] for one in news["moved"]] == ["quick"]


def test_a_place_that_is_taken_is_told_before_anything_is_run(tmp_path: Path) -> None:
    """A file where what was not told is kept; what else lies in there does no harm."""
    path, out = write(tmp_path / "a.ipynb", "print(1)"), tmp_path / "out"
    out.mkdir()
    (out / ".untold").write_text("")
    words = ("run", path, "--output", out, "--on-change", "cat >/dev/null")
    done = kumkm(*words)
    assert done.returncode == 2
    assert f"{out / '.untold'}: found File exists" in done.stderr
    assert "Nothing was run." in done.stderr
    (out / ".untold").unlink()
    (out / ".untold" / "mine").mkdir(parents=True)
    assert kumkm(*words).returncode == 0
    assert [p.name for p in (out / ".untold").iterdir()] == ["mine"]


@pytest.mark.parametrize("step", range(1, 7))
def test_an_interrupt_at_any_step_after_the_command_leaves_the_code_on_record(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has heard is forgotten and on record as a whole, and the code is that of the end."""
    out = Folder(tmp_path / "out")
    out.path.mkdir()
    Untold(out).begin()
    publish(out, "1", "a")
    publish(out, "1", "c")
    bad = Result("b", Outcome.FAILED, message="why")
    results = [Result("a", Outcome.DONE), bad, Result("c", Outcome.DONE)]
    monkeypatch.setattr(interrupts, "_heard", interrupts._Heard())
    end = Ending(out, KEYS, record.Record(), results, Clock(), lambda _: None, 1)
    end.write()
    monkeypatch.setattr(hook, "call", lambda *_: "")
    count = 0

    def counting(real: Any) -> Any:
        def one(*given: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                interrupts._heard(signal.SIGINT, None)
            return real(*given, **named)

        return one

    for owner, name in ((Path, "unlink"), (Folder, "write"), (Path, "replace"), (hook, "call")):
        monkeypatch.setattr(owner, name, counting(getattr(owner, name)))
    end.announce("command", 1.0)
    content = json.loads((out.path / "run.json").read_text())
    assert content["exit_code"] == end.code
    assert end.code == (130 if step <= count else 1)
    assert (content["announced"], heard(out)) in (
        ({"b": "failed"}, {}),
        ({}, {"a": "new", "c": "new"}),
    )
