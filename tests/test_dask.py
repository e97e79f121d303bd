"""Reports on a Dask cluster: a real scheduler and two workers that share no folder with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import workbench
from workbench import kumkm, until, write

pytest.importorskip("distributed", reason="the extra dask is not installed")
pytestmark = pytest.mark.slow

LOOPBACK = ["--host", "127.0.0.1"]


class Cluster:
    """A scheduler and its workers, each a process with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        file = folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", *LOOPBACK, "--port", "0", "--no-dashboard", "--scheduler-file", str(file)
        )
        until(file.is_file, 60)
        self.file = file
        self.workers = [self.add(number) for number in range(2)]
        import json

        self.address = json.loads(file.read_text())["address"]

    def add(self, number: int) -> subprocess.Popen[bytes]:
        """Start a worker with one thread; it cannot write anywhere near the reports."""
        home = Path(tempfile.mkdtemp(prefix=f"w{number}-", dir="/tmp"))
        words = ["worker", "--scheduler-file", str(self.file), *LOOPBACK, "--nthreads", "1"]
        words += ["--no-dashboard", "--local-directory", str(home), "--name", f"w{number}"]
        return self._start(*words, env={"TMPDIR": str(home)})

    def _start(self, *words: str, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{words[0]}.log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
                stdout=log, stderr=log, env={**os.environ, **(env or {})}, start_new_session=True,
            )  # fmt: skip

    def close(self) -> None:
        """End everything."""
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster of two workers."""
    made = Cluster(tmp_path_factory.mktemp("dask"))
    yield made
    made.close()


def test_reports_made_elsewhere_are_the_same(cluster: Cluster, tmp_path: Path) -> None:
    """Page, provenance and key are those of this machine; neighbours and data travel."""
    (tmp_path / "beside.py").write_text("VALUE = 42")
    cell = "import beside\nfrom kumkm_analysis import load\nprint(beside.VALUE, load().fingerprint)"
    paths = [write(tmp_path / "a.ipynb", cell), write(tmp_path / "b.ipynb", "1 / 0")]
    here = kumkm("run", *paths, "--output", tmp_path / "here")
    there = kumkm(
        "run",
        *paths,
        "--output",
        tmp_path / "there",
        "--engine",
        "dask",
        "--scheduler",
        cluster.address,
    )
    assert here.returncode == there.returncode == 1, there.stderr
    assert "ZeroDivisionError" in there.stderr
    for name in ("a.html", "provenance.json"):
        ours, theirs = (tmp_path / side / "a" / name for side in ("here", "there"))
        assert ours.read_bytes() == theirs.read_bytes()
    assert b"1 / 0" in (tmp_path / "there" / "failed" / "b.ipynb").read_bytes()
    assert workbench.whole(tmp_path / "there") == []
    again = kumkm("run", paths[0], "--output", tmp_path / "there")
    assert "1 unchanged" in again.stdout


def test_the_limit_holds_on_a_worker(cluster: Cluster, tmp_path: Path) -> None:
    """A report beyond --timeout is timed out there as it is here."""
    path = write(tmp_path / "slow.ipynb", "import time\ntime.sleep(100)")
    done = kumkm(
        "run", path, "--output", tmp_path / "out", "--timeout", "3",
        "--engine", "dask", "--scheduler", cluster.address,
    )  # fmt: skip
    assert done.returncode == 1
    assert "timed out  slow" in done.stdout


def test_a_worker_killed_in_the_middle_costs_only_its_reports_time(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Its report is made by the other worker, and all reports are published."""
    mark = f"open({str(tmp_path)!r} + f'/{{n}}-{{os.getpid()}}', 'w')"
    cell = f"import os, time\n{mark}\ntime.sleep(0.5)"
    path = write(tmp_path / "many.ipynb", cell, parameters='n: int = 0\nlanguage: str = "id"')
    paths = [write(tmp_path / f"many{n}.ipynb", cell, parameters=f"n: int = {n}") for n in range(6)]
    process = workbench.start(
        "run", path, *paths, "--output", tmp_path / "out",
        "--engine", "dask", "--scheduler", cluster.address,
    )  # fmt: skip
    until(lambda: list(tmp_path.glob("?-*")), 90)
    os.killpg(cluster.workers[0].pid, signal.SIGKILL)
    out, err = process.communicate(timeout=150)
    assert process.returncode == 0, err
    assert "8 reports: 8 done" in out
    assert workbench.whole(tmp_path / "out") == []


def test_a_scheduler_that_does_not_answer_is_a_bad_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is told, and what to do; nothing was run."""
    from kumkm_analysis import resources
    from kumkm_analysis.errors import ParameterError
    from kumkm_analysis.runner import cluster as module

    monkeypatch.setattr(module, "WAIT_FOR_SCHEDULER", 1.0)
    with pytest.raises(ParameterError) as error:
        module.DaskEngine("tcp://127.0.0.1:9", resources.data_path(), 10)
    assert "tcp://127.0.0.1:9" in str(error.value)
