"""Publication: whole or not at all, one run at a time, on a disk that may be full or read-only."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import workbench

from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import publish
from kumkm_analysis.runner.publish import BusyError, Folder

NEW = {"r.html": b"new page", "results.json": b"new results"}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return an output folder with one published report."""
    made = Folder(tmp_path / "out")
    with made.held():
        workbench.publish(
            made, "r", {"r.html": b"old page", "results.json": b"old", "extra.txt": b"old"}
        )
    return made


def content(folder: Folder) -> dict[str, bytes]:
    """Return everything in a published report."""
    return {p.name: p.read_bytes() for p in folder.home("r").iterdir()}


@pytest.fixture(params=["exchange", "two steps"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Publish with the system's exchange, and as on a system that has none."""
    if request.param == "two steps":
        monkeypatch.setattr(publish, "_exchange", lambda *_: False)
    return str(request.param)


def test_a_report_is_replaced_as_a_whole(folder: Folder, way: str) -> None:
    """Files of the old report do not linger beside those of the new one."""
    with folder.held():
        workbench.publish(folder, "r", NEW)
        assert content(folder) == NEW
    assert [p.name for p in folder.path.iterdir() if p.name.startswith(".")] == [publish.LOCK]


def test_a_reader_never_meets_a_half_report(folder: Folder) -> None:
    """While one report is replaced over and over, every look finds one of the two, complete."""
    old = content(folder)
    stop = threading.Event()
    seen: list[bytes] = []

    def look() -> None:
        while not stop.is_set():
            seen.append((folder.home("r") / "r.html").read_bytes())

    reader = threading.Thread(target=look)
    reader.start()
    with folder.held():
        for _ in range(100):
            workbench.publish(folder, "r", NEW)
            workbench.publish(folder, "r", old)
    stop.set()
    reader.join()
    assert len(seen) > 100
    assert set(seen) == {b"old page", b"new page"}


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_write_that_fails_leaves_the_old_report(
    folder: Folder, fails_at: int, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """An error at the first or second file leaves what was published, and no staging behind."""
    old = content(folder)
    count = 0
    write = publish._write

    def failing(file: Path, data: bytes) -> None:
        nonlocal count
        count += 1
        if count == fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(file, data)

    monkeypatch.setattr(publish, "_write", failing)
    with folder.held():
        with pytest.raises(OSError, match="No space left"):
            workbench.publish(folder, "r", NEW)
        assert list((folder.path / publish.STAGING).iterdir()) == []
    assert content(folder) == old


def test_what_cannot_be_moved_into_place_leaves_the_last_good_page(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no exchange, and the second of the two steps fails, the first is undone."""
    workbench.publish(folder, "r", {"r.html": b"good"})
    fresh = folder.stage({"r.html": b"new"})
    rename = Path.rename

    def stubborn(self: Path, target: Path) -> Path:
        if self == fresh:
            raise OSError("not here")
        return rename(self, target)

    monkeypatch.setattr(publish, "_exchange", lambda *_: False)
    monkeypatch.setattr(Path, "rename", stubborn)
    with pytest.raises(OSError, match="not here"):
        folder.place("r", fresh)
    assert folder.page("r").read_bytes() == b"good"


def test_a_kill_between_two_steps_is_mended_by_the_next_run(folder: Folder) -> None:
    """On a system without exchange the report that was moved aside is put back."""
    old = content(folder)
    staging = folder.path / publish.STAGING
    staging.mkdir()
    folder.home("r").rename(staging / f"r{publish.ASIDE}")
    with folder.held():
        assert content(folder) == old
    assert folder.published() == ["r"]


@pytest.mark.parametrize("kind", ["folder", "file", "link", "dangling link"])
def test_what_is_no_report_is_not_replaced_by_one(kind: str, folder: Folder, way: str) -> None:
    """A folder, file or link of the user's own, named like a report, stays as it is."""
    mine, elsewhere = folder.home("mine"), folder.path.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "thesis.txt").write_text("two years of work")
    if kind == "folder":
        elsewhere.rename(mine)
    elif kind == "file":
        mine.write_text("two years of work")
    else:
        mine.symlink_to(elsewhere if kind == "link" else folder.path / "nowhere")
    before = mine.lstat()
    with folder.held(), pytest.raises(FileExistsError, match="mine is there already"):
        workbench.publish(folder, "mine", {"mine.html": b"new"})
    assert (mine.lstat().st_ino, mine.lstat().st_mode) == (before.st_ino, before.st_mode)
    if kind in ("folder", "link"):
        assert (mine / "thesis.txt").read_text() == "two years of work"


def test_a_report_that_was_damaged_is_replaced(folder: Folder, way: str) -> None:
    """Without its provenance, without its page or emptied it is still the place of a report."""
    with folder.held():
        for left in ([], ["r.html"], ["provenance.json"]):
            home = folder.home("r")
            for file in home.iterdir():
                file.unlink()
            for name in left:
                (home / name).write_text("half")
            workbench.publish(folder, "r", NEW)
            assert content(folder) == NEW


def test_the_second_of_two_runs_leaves_or_waits(folder: Folder) -> None:
    """Held by another process, the folder is busy; with patience it is free after that ends."""
    code = (
        "import sys, pathlib; from kumkm_analysis.runner.publish import Folder\n"
        "with Folder(pathlib.Path(sys.argv[1])).held():\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(folder.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(BusyError) as error, folder.held():
            pass
        assert "--wait" in str(error.value)
        threading.Timer(0.5, other.stdin.close).start()
        with folder.held(wait=30):
            assert other.wait(timeout=5) == 0


def test_a_lock_dies_with_its_holder(folder: Folder) -> None:
    """After kill -9 the folder is free at once; nobody has to remove a file."""
    code = (
        "import sys, time, pathlib; from kumkm_analysis.runner.publish import Folder\n"
        "with Folder(pathlib.Path(sys.argv[1])).held():\n"
        "    print('held', flush=True); time.sleep(100)"
    )
    command = [sys.executable, "-c", code, str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.kill()
        other.wait()
    with folder.held():
        assert folder.published() == ["r"]


def test_a_folder_that_others_own_is_a_bad_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is run for it, though its lock can be had, and it is free again at once."""
    folder = Folder(tmp_path)
    with monkeypatch.context() as denied:
        denied.setattr("kumkm_analysis.runner.publish.os.access", lambda *_: False)
        with pytest.raises(ParameterError, match="Permission denied"), folder.held():
            pass
    with folder.held():
        pass


def test_an_output_that_is_a_file_is_a_bad_request(tmp_path: Path) -> None:
    """The error names the folder and says what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError) as error, Folder(tmp_path / "file").held():
        pass
    assert "Choose another --output" in str(error.value)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 256 KiB; skips where it cannot be mounted."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_keeps_the_last_good_report(small_disk: Path) -> None:
    """A real file system that is full: the error comes, the old report stays, room returns."""
    folder = Folder(small_disk / "out")
    with folder.held():
        workbench.publish(folder, "r", {"r.html": b"old"})
        with pytest.raises(OSError, match="No space left"):
            workbench.publish(folder, "r", {"r.html": b"x" * 400_000})
        assert content(folder) == {"r.html": b"old"}
        workbench.publish(folder, "r", {"r.html": b"y" * 100_000})
    assert len(content(folder)["r.html"]) == 100_000


def test_a_read_only_folder_is_a_bad_request_at_the_start(small_disk: Path) -> None:
    """Nothing is run for an output that cannot be written."""
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    if subprocess.run(remount, capture_output=True).returncode:
        pytest.skip("the small file system cannot be made read-only")
    with pytest.raises(ParameterError) as error, Folder(small_disk / "out").held():
        pass
    assert "Read-only file system" in str(error.value)
