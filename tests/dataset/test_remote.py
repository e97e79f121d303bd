"""Data packages from elsewhere: a zip, an address; what is refused, with nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbench import called

from kumkm_analysis import load
from kumkm_analysis.dataset import remote
from kumkm_analysis.dataset.files import DESCRIPTOR
from kumkm_analysis.dataset.validate import fingerprint
from kumkm_analysis.errors import DataError

TINY = Path(__file__).parent.parent / "data" / "tiny"
Serve = Callable[[Path], str]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for temporary files; nothing from elsewhere is remembered."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    remote._brought.cache_clear()
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Return a small package of one's own."""
    return shutil.copytree(TINY, tmp_path / "mine")


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and takes down what it was asked for."""

    asked: list[str]

    def log_message(self, *_: object) -> None:
        """Write nothing."""

    def send_head(self) -> object:  # type: ignore[override]
        """Note the path, then answer."""
        self.asked.append(self.path)
        return super().send_head()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what a server is asked for."""
    paths: list[str] = []
    monkeypatch.setattr(Quiet, "asked", paths, raising=False)
    return paths


@pytest.fixture
def serve(asked: list[str]) -> Iterator[Serve]:
    """Return what serves a folder on loopback, and gives its address."""
    servers: list[ThreadingHTTPServer] = []

    def begin(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def pack(folder: Path, target: Path, top: str = "") -> Path:
    """Pack a folder as people do: as it is, or with one folder in the zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, top + path.relative_to(folder).as_posix())
    return target


def refused(given: object, temporary: Path) -> str:
    """Return why a package is refused; nothing of it is left."""
    with pytest.raises(DataError) as error:
        load(str(given))
    assert [*temporary.iterdir()] == []
    return str(error.value)


# --- Zips -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("top", ["", "mine/"])
def test_a_zip_is_read_as_the_folder_that_was_packed(mine: Path, top: str) -> None:
    """With one folder in it or without; its content, not its place, is what it is known by."""
    there, packed = load(mine), load(pack(mine, mine.parent / "mine.zip", top))
    assert packed.fingerprint == there.fingerprint
    assert packed.observations == there.observations


def test_a_changed_zip_is_read_anew(mine: Path) -> None:
    """A zip is known by its time and size, so another one under its name is another package."""
    before = load(pack(mine, mine.parent / "mine.zip")).version
    descriptor = json.loads((mine / DESCRIPTOR).read_text("utf-8"))
    (mine / DESCRIPTOR).write_text(json.dumps(descriptor | {"version": "another one"}), "utf-8")
    after = load(pack(mine, mine.parent / "mine.zip")).version
    assert (before == after, after) == (False, "another one")


def test_only_what_the_descriptor_names_is_unpacked(mine: Path) -> None:
    """A program or a picture that lies in the zip stays there."""
    (mine / "setup.py").write_text("raise SystemExit")
    home = remote.folder(pack(mine, mine.parent / "mine.zip"))
    assert not (home / "setup.py").exists()
    assert fingerprint(home) == fingerprint(mine)


@pytest.mark.parametrize(
    "name", ["../out.csv", "/etc/out.csv", "a/../../out.csv", "..\\out.csv", "C:/out.csv", "a//b"]
)
def test_a_path_that_climbs_out_of_a_zip_is_refused(mine: Path, name: str, temporary: Path) -> None:
    """The name of the file is told, whether the descriptor names it or not."""
    target = pack(mine, mine.parent / "mine.zip")
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), "x")
    told = refused(target, temporary)
    assert "out.csv" in told or "a//b" in told
    assert "leads out" in told


def test_a_link_in_a_zip_is_refused(mine: Path, temporary: Path) -> None:
    """It might lead to any file of the machine."""
    target = pack(mine, mine.parent / "mine.zip")
    with zipfile.ZipFile(target, "a") as archive:
        entry = zipfile.ZipInfo("terms-2.csv")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    assert "terms-2.csv" in (told := refused(target, temporary))
    assert "a link" in told


def test_a_zip_bomb_is_refused_before_it_is_unpacked(mine: Path, temporary: Path) -> None:
    """Much from little, and more than a package may hold, are told with both sizes."""
    (mine / "observations.csv").write_bytes(b"0" * (remote.SMALL + remote.MOST_RATIO * 2**16))
    told = refused(pack(mine, mine.parent / "mine.zip"), temporary)
    assert "unpacked" in told
    assert "packed" in told


def test_too_many_entries_of_a_zip_are_refused(tmp_path: Path, temporary: Path) -> None:
    """Before any of them is looked at."""
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(remote.MOST_FILES + 1):
            archive.writestr(f"{number}.csv", "")
    assert f"{remote.MOST_FILES + 1:,} entries" in refused(tmp_path / "many.zip", temporary)


@pytest.mark.parametrize("content", [b"", b"<!doctype html>", b"PK\x03\x04 and then nothing"])
def test_what_is_no_zip_is_refused(content: bytes, tmp_path: Path, temporary: Path) -> None:
    """An empty file, a page of a server, a zip that was cut off."""
    (tmp_path / "mine.zip").write_bytes(content)
    assert "expected a zip file" in refused(tmp_path / "mine.zip", temporary)


def test_a_zip_with_a_damaged_table_is_refused(mine: Path, temporary: Path) -> None:
    """The table is named."""
    target = pack(mine, mine.parent / "mine.zip")
    with zipfile.ZipFile(target) as archive:
        start = archive.getinfo("sources.csv").header_offset + 60
    content = bytearray(target.read_bytes())
    content[start : start + 30] = b"\xff" * 30
    target.write_bytes(content)
    assert "sources.csv in " in refused(target, temporary)


# --- Addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["/mine", "/mine/", f"/mine/{DESCRIPTOR}", "/mine.zip"])
def test_an_address_on_the_web_is_read_as_the_folder_there(
    mine: Path, end: str, serve: Serve, asked: list[str]
) -> None:
    """The descriptor first, then the tables that it names; or a zip of all."""
    pack(mine, mine.parent / "mine.zip", "mine/")
    found = load(serve(mine.parent) + end)
    assert found.fingerprint == fingerprint(mine)
    assert len({*asked}) == (1 if end.endswith("zip") else len([*mine.glob("*.csv")]) + 1)
    assert asked[0] == "/mine.zip" if end.endswith("zip") else f"/mine/{DESCRIPTOR}"


@pytest.mark.usefixtures("asked")
def test_a_bucket_is_read_as_the_folder_there(
    mine: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the client of s3 that everybody uses, from a server that keeps to its paths."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", serve(mine.parent.parent))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")
    found = load(f"s3://{mine.parent.name}/mine")
    assert found.fingerprint == fingerprint(mine)


def test_an_address_is_asked_once_in_a_process(mine: Path, serve: Serve, asked: list[str]) -> None:
    """A notebook that loads its data in every cell does not fetch them in every cell."""
    address = serve(mine)
    load(address)
    before = len(asked)
    assert load(address) is load(address)
    assert len(asked) == before


def test_what_is_not_there_is_told_all_at_once(mine: Path, serve: Serve, temporary: Path) -> None:
    """Every table that lacks, with the address, without what stands after its question mark."""
    (mine / "sources.csv").unlink()
    (mine / "terms.csv").unlink()
    told = refused(f"{serve(mine)}/?token=secret", temporary)
    assert "sources.csv in http://127.0.0.1" in told
    assert "terms.csv in http://127.0.0.1" in told
    assert "secret" not in told


def test_an_address_without_a_package_is_refused(
    tmp_path: Path, serve: Serve, temporary: Path
) -> None:
    """What was looked for is named."""
    told = refused(f"{serve(tmp_path)}/nothing", temporary)
    assert f"{DESCRIPTOR} in http" in told
    assert "no such file" in told
    assert "no such file" in refused(f"{serve(tmp_path)}/nothing.zip", temporary)


def test_a_page_in_place_of_the_descriptor_is_told(
    mine: Path, serve: Serve, temporary: Path
) -> None:
    """Servers answer with a page where they should say that there is nothing."""
    (mine / DESCRIPTOR).write_text("<!doctype html><title>Not here</title>")
    told = refused(serve(mine), temporary)
    assert "a page of a web server" in told
    assert "http://127.0.0.1" in told


def test_a_descriptor_that_climbs_out_is_refused_and_nothing_more_is_asked_for(
    mine: Path, serve: Serve, temporary: Path, asked: list[str]
) -> None:
    """A table is a file beside the descriptor, or below it."""
    text = (mine / DESCRIPTOR).read_text("utf-8")
    (mine / DESCRIPTOR).write_text(text.replace('"sources.csv"', '"../sources.csv"'), "utf-8")
    assert "../sources.csv" in refused(serve(mine), temporary)
    assert {*asked} == {f"/{DESCRIPTOR}"}


def test_more_than_a_package_may_hold_is_refused(
    mine: Path, serve: Serve, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a server says of the size does not count: the bytes that come are counted."""
    monkeypatch.setattr(remote, "MOST_BYTES", (mine / DESCRIPTOR).stat().st_size + 10)
    assert "found more than" in refused(serve(mine), temporary)


def test_an_address_where_nobody_listens_is_refused(temporary: Path) -> None:
    """At once, with what the system says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/mine"
    told = refused(address, temporary)
    assert f"{DESCRIPTOR} in {address}" in told
    assert "Connect" in told
    assert "no such file" not in told


def test_a_server_that_does_not_answer_is_not_waited_for(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the connection, and says nothing."""
    monkeypatch.setattr(remote, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/mine"
        assert "no answer" in refused(address, temporary)


def test_an_address_of_no_known_kind_is_refused(temporary: Path) -> None:
    """The word before the colon is none that can be read."""
    assert "htps" in refused("htps://example.org/mine", temporary)


@pytest.mark.parametrize("address", ["https://example.org/mine", "s3://bucket/mine"])
def test_without_the_extra_the_line_that_installs_it_is_told(
    address: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packages that read addresses are not everybody's."""
    monkeypatch.setitem(sys.modules, "fsspec", None)
    assert remote.EXTRA in refused(address, temporary)


def test_a_password_in_an_address_is_never_repeated(
    temporary: Path, serve: Serve, tmp_path: Path
) -> None:
    """Neither in a message nor in what is kept of the address."""
    address = serve(tmp_path).replace("//", "//me:secret@")
    assert "secret" not in refused(f"{address}/mine", temporary)


# --- Commands -------------------------------------------------------------------------------------


def test_the_command_takes_a_zip_and_an_address(mine: Path, serve: Serve) -> None:
    """And says of what it speaks."""
    target = pack(mine, mine.parent / "mine.zip")
    for place in (str(target), f"{serve(mine)}/"):
        done = called("check", "--data", place)
        assert done.exit_code == 0, done.stdout + done.stderr
        assert place in done.stdout


def test_the_key_of_a_report_depends_on_the_content_and_not_on_the_place(mine: Path) -> None:
    """A folder, its zip and another zip of it plan the same reports, with the same keys."""
    places = [mine, pack(mine, mine.parent / "one.zip"), pack(mine, mine.parent / "two.zip", "a/")]
    words = ("plan", "membership", "--region", "ID", "--json", "--output", mine.parent / "out")
    done = [called(*words, "--data", place) for place in places]
    assert [one.exit_code for one in done] == [0, 0, 0], done[0].stdout + done[0].stderr
    assert done[0].stdout == done[1].stdout == done[2].stdout


def test_a_package_that_cannot_be_had_ends_a_command_before_anything_runs(
    tmp_path: Path, temporary: Path
) -> None:
    """With exit code 2, no traceback, and no output folder."""
    (tmp_path / "mine.zip").write_bytes(b"")
    output = tmp_path / "out"
    done = called("run", "--data", tmp_path / "mine.zip", "--output", output)
    assert done.exit_code == 2, done.stdout + done.stderr
    assert "expected a zip file" in done.stderr
    assert not output.exists()
    assert [*temporary.iterdir()] == []


def test_the_copy_is_gone_when_the_process_has_ended(mine: Path, temporary: Path) -> None:
    """Whatever the process was."""
    target = pack(mine, mine.parent / "mine.zip")
    code = (
        "import sys, kumkm_analysis as k; d = k.load(sys.argv[1]); print(d.path.is_dir(), d.path)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        capture_output=True, text=True, env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    there, path = done.stdout.split()
    assert there == "True", done.stderr
    assert Path(path).is_relative_to(temporary)
    assert [*temporary.iterdir()] == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.sampled_from(["..", ".", "", "a", "C:", "\\", "\t", "x.csv"]), min_size=1))
def test_whatever_a_zip_and_its_descriptor_name_nothing_is_written_elsewhere(
    parts: list[str], mine: Path, temporary: Path
) -> None:
    """A table of any name, in the descriptor and in the zip, lies in the copy or is refused."""
    name, target = "/".join(parts), mine.parent / "odd.zip"
    text = (mine / DESCRIPTOR).read_text("utf-8")
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(target, "w") as archive:
        archive.writestr(DESCRIPTOR, text.replace('"sources.csv"', json.dumps(name)))
        for path in mine.glob("*.csv"):
            inside = (name or "/") if path.name == "sources.csv" else path.name
            archive.writestr(zipfile.ZipInfo(inside), path.read_bytes())
    before = {path for path in mine.parent.rglob("*") if not path.is_relative_to(temporary)}
    with suppress(DataError):
        home = remote.folder(target)
        assert (home / name).resolve().is_relative_to(home.resolve())
    after = {path for path in mine.parent.rglob("*") if not path.is_relative_to(temporary)}
    assert after == before
