"""The coordinator: outcomes, pairs of pages, full disks; with an engine that answers as told."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import time
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import workbench

from kumkm_analysis import paths
from kumkm_analysis.dataset import request
from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner import compare, decide, hook, interrupts, provenance, record, run
from kumkm_analysis.runner.jobs import Answer, Job, Product
from kumkm_analysis.runner.keys import Keys
from kumkm_analysis.runner.outcomes import Outcome, Result, exit_code
from kumkm_analysis.runner.plan import Request, make
from kumkm_analysis.runner.publish import INDEX, Folder
from kumkm_analysis.runner.record import Record

DOMAIN = request.domain()
KEYS = Keys(paths.data_path())
BAD = Answer(error=RunError(Fault("report", "an error", "none")), notebook=b"{}")


class Told:
    """An engine that answers at once: a page that shows its link, or what it was told."""

    jobs = 1

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.made: list[tuple[str, str | None]] = []
        self.closed = False

    def submit(self, job: Job) -> Future[Answer]:
        """Answer for a report by the language of its page."""
        name = job.report.name
        self.made.append((name, job.translation))
        answer = self.answers.get(job.report.language)
        if answer is None:
            files = {f"{name}.html": f"link {job.translation}".encode()}
            files[provenance.FILE] = provenance.document(name, job.key, job.ingredients, files)
            answer = Answer(Product(files))
        elif isinstance(answer, BaseException):
            raise answer
        future: Future[Answer] = Future()
        future.set_result(answer)
        return future

    def close(self) -> None:
        """Note that everything was to end."""
        self.closed = True


def perform(
    folder: Folder, engine: Told, *, fail_fast: bool = False, **request: Any
) -> list[Result]:
    """Run a request on an engine."""
    request.setdefault("notebooks", ["membership"])
    reports = make(Request(**request), DOMAIN)
    steps = decide.decide(reports, KEYS, folder)
    coordinator = run.Coordinator(folder, KEYS, lambda _: None, fail_fast)
    coordinator.run(steps, engine)
    return run.ended(steps, coordinator.results, folder)


def outcomes(results: list[Result]) -> list[str]:
    """Return the outcomes of results."""
    return [result.outcome.value for result in results]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return an empty output folder."""
    (tmp_path / "out").mkdir()
    return Folder(tmp_path / "out")


def test_pages_of_a_pair_appear_together_and_link_to_each_other(folder: Folder) -> None:
    """Both pages are published, each with the link to the other."""
    results = perform(folder, Told())
    assert outcomes(results) == ["done", "done"]
    a, b = (result.name for result in results)
    assert folder.page(a).read_text() == f"link {b}"
    assert folder.page(b).read_text() == f"link {a}"


def test_the_first_of_a_pair_is_not_published_before_the_second_is_known(folder: Folder) -> None:
    """A run that is interrupted between the two has published neither."""
    with pytest.raises(KeyboardInterrupt):
        perform(folder, Told(en=KeyboardInterrupt()))
    assert folder.published() == []


def test_a_page_whose_translation_failed_is_made_without_link(folder: Folder) -> None:
    """The link would lead nowhere; the page's key is that of a page without."""
    engine = Told(en=BAD)
    results = perform(folder, engine)
    assert outcomes(results) == ["done", "failed"]
    name = results[0].name
    assert folder.page(name).read_text() == "link None"
    found = provenance.read(folder.home(name))
    assert found is not None
    assert found.key == results[0].key
    assert found.ingredients["translation"] == "none"
    again = perform(folder, engine)
    assert outcomes(again) == ["done", "failed"]
    healed = perform(folder, Told())
    assert outcomes(healed) == ["done", "done"]
    assert folder.page(name).read_text() == f"link {results[1].name}"


def test_a_failed_report_keeps_the_last_good_page(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page stays, the executed notebook is kept apart, and the failure is told."""
    perform(folder, Told())
    monkeypatch.setattr(KEYS, "_shared", {**KEYS._shared, "python": "another"})
    results = perform(folder, Told(en=BAD))
    assert outcomes(results) == ["done", "failed"]
    assert folder.page(results[1].name).is_file()
    assert (folder.path / "failed" / f"{results[1].name}.ipynb").read_bytes() == b"{}"
    assert exit_code(results) == 1


def test_a_notebook_that_cannot_be_kept_stops_nothing(folder: Folder) -> None:
    """What stands in its place stays, the failure is told, and other pages are made."""
    place = folder.path / "failed"
    place.write_text("mine")
    results = perform(folder, Told(en=BAD), language=["id", "en"])
    assert sorted(outcomes(results)) == ["done", "failed"]
    assert [result.path for result in results if not result.outcome.good] == [None]
    assert place.read_text() == "mine"


def test_a_failure_without_a_notebook_leaves_none_of_an_earlier_one(folder: Folder) -> None:
    """What is kept is that of the last attempt, or nothing: it would mislead."""
    [first] = perform(folder, Told(en=BAD), language=["en"])
    assert first.path is not None
    assert first.path.is_file()
    late = Answer(error=RunError(Fault("report", "no end", "one")), timed_out=True)
    [second] = perform(folder, Told(en=late), language=["en"])
    assert (second.outcome, second.path) == (Outcome.TIMED_OUT, None)
    assert not first.path.exists()


def test_one_failure_stops_the_others_only_when_asked(folder: Folder) -> None:
    """Without --fail-fast all others are made; with it the rest is cancelled."""
    request: dict[str, Any] = {"region": list(DOMAIN.regions)[:9], "language": ["en"]}
    assert outcomes(perform(folder, Told(en=BAD), **request)) == ["failed"] * 9
    engine = Told(en=BAD)
    found = outcomes(perform(folder, engine, fail_fast=True, **request))
    assert found[0] == "failed"
    assert found[-1] == "cancelled"


def test_the_words_for_outcomes_are_five() -> None:
    """The same five words everywhere; only two of them are good."""
    assert [o.value for o in Outcome] == ["unchanged", "done", "failed", "timed out", "cancelled"]
    assert [o.value for o in Outcome if o.good] == ["unchanged", "done"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_a_disk_that_takes_nothing_fails_the_report_and_keeps_the_page(
    folder: Folder, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever writing fails, nothing half is published and the error says what to do."""
    perform(folder, Told())
    before = {p: p.read_bytes() for p in folder.path.rglob("*") if p.is_file()}
    monkeypatch.setattr(KEYS, "_shared", {**KEYS._shared, "python": "another"})

    def full(*_: Any) -> None:
        raise OSError(code, "no more")

    monkeypatch.setattr("kumkm_analysis.runner.publish._write", full)
    results = perform(folder, Told())
    assert outcomes(results) == ["failed", "failed"]
    assert "no more" in results[0].message
    assert "The last good page is kept" in results[0].message
    assert {p: p.read_bytes() for p in folder.path.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("lost", ["id", "en"])
def test_a_disk_that_takes_one_page_of_a_pair_gets_it_without_a_link(
    folder: Folder, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page never links to a translation that found no room."""
    stage = Folder.stage

    def small(self: Folder, files: Any) -> Path:
        if any(name.endswith(f".{lost}.html") for name in files):
            raise OSError(errno.ENOSPC, "no more")
        return stage(self, files)

    monkeypatch.setattr(Folder, "stage", small)
    results = {r.name.rpartition(".")[2]: r for r in perform(folder, Told())}
    kept = "en" if lost == "id" else "id"
    assert results[lost].outcome is Outcome.FAILED
    assert results[kept].outcome is Outcome.DONE
    assert folder.page(results[kept].name).read_text() == "link None"


@pytest.mark.parametrize("moment", ["before the first", "between the two", "after both"])
def test_an_interrupt_waits_for_the_end_of_a_publication(
    moment: str, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both pages of a pair are there and told as done, or neither is there and told."""
    monkeypatch.setattr(interrupts, "_heard", interrupts._Heard())
    place, told = Folder.place, []

    def amid(self: Folder, name: str, fresh: Path) -> Path:
        told.append(name)
        first = {"before the first": 1, "between the two": 2}.get(moment) == len(told)
        if first:
            interrupts._heard(signal.SIGINT, None)
        found = place(self, name, fresh)
        if moment == "after both" and len(told) == 2:
            interrupts._heard(signal.SIGINT, None)
        return found

    monkeypatch.setattr(Folder, "place", amid)
    reports = make(Request(notebooks=["membership"]), DOMAIN)
    coordinator = run.Coordinator(folder, KEYS, lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        coordinator.run(decide.decide(reports, KEYS, folder), Told())
    assert {name: r.outcome for name, r in coordinator.results.items()} == dict.fromkeys(
        folder.published(), Outcome.DONE
    )
    assert len(folder.published()) == 2


@pytest.mark.parametrize("lost", ["id", "en"])
def test_a_page_whose_translation_could_not_be_moved_into_place_gets_no_link(
    folder: Folder, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the two it is: the first is made again once the second has failed."""
    place = Folder.place

    def stubborn(self: Folder, name: str, fresh: Path) -> Path:
        if name.endswith(f".{lost}"):
            raise OSError(errno.EACCES, "not here")
        return place(self, name, fresh)

    monkeypatch.setattr(Folder, "place", stubborn)
    results = {r.name.rpartition(".")[2]: r for r in perform(folder, Told())}
    kept = "en" if lost == "id" else "id"
    assert results[lost].outcome is Outcome.FAILED
    assert results[kept].outcome is Outcome.DONE
    assert folder.page(results[kept].name).read_text() == "link None"


@pytest.mark.parametrize("mine", ["id", "en"])
def test_a_page_never_links_to_a_place_that_has_something_else(
    folder: Folder, mine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something of the user's own stands where the translation would: not for a moment a link."""
    name = f"membership-64-2012-coherent.{mine}"
    (folder.home(name) / "thesis").mkdir(parents=True)
    seen: list[bytes] = []
    stage = Folder.stage

    def looking(self: Folder, files: Any) -> Path:
        seen.extend(content for file, content in files.items() if file.endswith(".html"))
        return stage(self, files)

    monkeypatch.setattr(Folder, "stage", looking)
    results = {r.name.rpartition(".")[2]: r for r in perform(folder, Told())}
    other = "en" if mine == "id" else "id"
    assert results[mine].outcome is Outcome.FAILED
    assert "is there already, and is no report" in results[mine].message
    assert results[other].outcome is Outcome.DONE
    assert seen == [b"link None"]
    assert outcomes(perform(folder, Told(), language=[other])) == ["unchanged"]


def test_failures_stand_until_they_are_mended(folder: Folder) -> None:
    """A failure that a later run does not touch stays on record; a good page takes it off."""
    from datetime import UTC, datetime

    def note(results: list[Result], before: Record) -> Record:
        content = record.document(results, before.left(results), "", datetime.now(UTC), {})
        folder.write(folder.path / record.FILE, content)
        return Record.read(folder)

    found = note([Result("a", Outcome.FAILED, message="why"), Result("b", Outcome.DONE)], Record())
    assert set(found.standing) == {"a"}
    assert found.standing["a"].message == "why"
    found = note([Result("b", Outcome.UNCHANGED), Result("a", Outcome.CANCELLED)], found)
    assert set(found.standing) == {"a"}
    found = note([Result("a", Outcome.DONE)], found)
    assert set(found.standing) == set()


def test_an_index_that_would_be_the_same_is_not_made(folder: Folder) -> None:
    """The index is written when a page, a failure or our code changed, and else left alone."""
    results = perform(folder, Told(), language=["id"])
    state = record.write_index(folder, results, Record(), KEYS.own)
    index = folder.path / INDEX
    index.write_text("left alone")
    assert record.write_index(folder, results, Record(index=state), KEYS.own) == state
    assert index.read_text() == "left alone"
    bad = [Result("other", Outcome.FAILED, message="why")]
    assert record.write_index(folder, bad, Record(index=state), KEYS.own) != state
    assert "why" in index.read_text()


def figure(name: str, value: str) -> dict[str, Any]:
    """Return a figure as results hold it."""
    known = dict.fromkeys(("id", "kind", "breakdown", "register", "label", "unit", "text"), "")
    known |= {"region": "64", "period": "2012", "reading": "coherent", "name": name}
    return {**known, "value": value, "low": value, "high": value, "observations": ["a"]}


def test_moved_figures_are_told_with_before_and_after() -> None:
    """A value that moved, a new and a lost figure; those that are the same are silent."""

    def results(*figures: dict[str, Any]) -> bytes:
        return json.dumps({"figures": list(figures), "title": "any"}).encode()

    same = figure("same", "5")
    before = results(same, figure("a", "1"), figure("gone", "1"))
    after = results(figure("a", "2"), same, figure("fresh", "3"))
    told = {
        f["name"]: (f["before"] and f["before"]["value"], f["after"] and f["after"]["value"])
        for f in compare.moved(before, after)["figures"]
    }
    assert told == {"a": ("1", "2"), "fresh": (None, "3"), "gone": ("1", None)}
    assert compare.moved(before, before) == {}
    assert compare.moved(None, after) == {"new": True}


@pytest.mark.parametrize("before", [b'{"figures": [', b"[]"])
def test_from_damaged_results_nothing_has_moved(before: bytes) -> None:
    """They are those of the last page and are replaced; a new report is told, not a traceback."""
    after = json.dumps({"figures": [figure("a", "1")]}).encode()
    assert compare.moved(before, after) == {"new": True}


def test_a_warning_on_a_page_is_told_and_on_record(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report is good; its name and the sentence stand on the error stream and in run.json."""
    from kumkm_analysis.runner.console import TextListener

    class Hesitant(Told):
        def submit(self, job: Job) -> Future[Answer]:
            future = super().submit(job)
            made = future.result().product
            assert made is not None
            again: Future[Answer] = Future()
            again.set_result(Answer(Product(made.files, ("“12 of 13” is no figure",))))
            return again

    [result] = perform(folder, Hesitant(), language=["en"])
    assert result.outcome is Outcome.DONE
    TextListener().result(result)
    assert capsys.readouterr().err == f"{result.name}: “12 of 13” is no figure\n"
    assert record.entry(result)["warnings"] == ["“12 of 13” is no figure"]


def test_strictness_travels_with_the_job(folder: Folder) -> None:
    """Who makes a report knows that a warning is to be a failure."""
    reports = make(Request(["membership"]), DOMAIN)
    for strict in (True, False):
        steps = decide.decide(reports, KEYS, folder, strict=strict)
        assert {step.job.strict for step in steps} == {strict}


@pytest.mark.parametrize("content", [b"[", b'{"standing": 1}'])
def test_a_damaged_record_is_an_empty_one(content: bytes, folder: Folder) -> None:
    """What earlier runs left is not known then; the next record is whole again."""
    folder.path.mkdir(exist_ok=True)
    (folder.path / "run.json").write_bytes(content)
    assert Record.read(folder) == Record()


FAILURE = {"failed": [{"report": "a", "outcome": "failed", "message": "x" * 1_000_000}]}


def test_the_hook_hears_what_moved_or_failed_in_a_run(tmp_path: Path) -> None:
    """A move, a failure, a recovery; nothing when there is none of them."""
    assert hook.news([Result("a", Outcome.UNCHANGED)], ["b"]) == {}
    moved = Result("a", Outcome.DONE, changes={"new": True})
    heard = hook.news([moved, Result("b", Outcome.TIMED_OUT, message="late")], ["a"])
    assert heard["moved"] == [{"report": "a", "new": True}]
    assert heard["failed"] == [{"report": "b", "outcome": "timed out", "message": "late"}]
    assert heard["recovered"] == ["a"]
    out = tmp_path / "heard"
    assert hook.call(f"cat > {out}", heard, tmp_path) == ""
    assert json.loads(out.read_text()) == {"schema_version": 1, "output": str(tmp_path), **heard}
    assert hook.call("exit 3", heard, tmp_path).endswith("3: exit 3")
    assert hook.call("exit 0", FAILURE, tmp_path) == "", "news that nobody reads are no trouble"


@pytest.mark.skipif(sys.platform == "win32", reason="speaks to a POSIX shell")
def test_a_hook_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """Were its shell gone, while the news hang in the pipe of a child; what to do is said."""
    for command in (
        "sleep 60 & echo $! > child; sleep 60",
        "exec 3<&0; sleep 60 <&3 & echo $! > child",
    ):
        begun = time.monotonic()
        told = hook.call(f"cd {tmp_path}; {command}", FAILURE, tmp_path, timeout=1.0)
        assert time.monotonic() - begun < 10
        assert "was ended after 1 s" in told
        assert "--hook-timeout" in told
        child = int((tmp_path / "child").read_text())
        workbench.until(partial(workbench.ended, child), 5)


@pytest.mark.skipif(sys.platform == "win32", reason="speaks to a POSIX shell")
def test_what_a_hook_that_ends_leaves_at_work_stays(tmp_path: Path) -> None:
    """A command may start something and go; only one that hangs is ended."""
    command = f"sleep 60 & echo $! > {tmp_path}/child"
    assert hook.call(command, FAILURE, tmp_path, timeout=30) == ""
    process = int((tmp_path / "child").read_text())
    assert workbench.lives(process)
    os.kill(process, signal.SIGKILL)
