"""Reports on a Dask cluster: a real scheduler and real workers that share no folder with us."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import workbench
from workbench import job, kumkm, until, write

from kumkm_analysis import paths as resources
from kumkm_analysis.dataset import request
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import notebooks
from kumkm_analysis.runner.cluster import DaskEngine

pytest.importorskip("distributed", reason="the extra dask is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("least_data")]

LOOPBACK = ["--host", "127.0.0.1"]
OWNER = "OF_WORKER"  # in the environment of all that a worker starts


@dataclass
class Worker:
    """A process of a cluster with a folder of its own for temporary files."""

    process: subprocess.Popen[bytes]
    home: Path
    log: Path

    def joined(self) -> None:
        """Wait until it has joined its scheduler."""
        until(lambda: "Registered to" in self.log.read_text(), 60)

    def kill(self) -> None:
        """Kill it with its nanny."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def working(self) -> int:
        """Return the process that works for the nanny."""
        # Beside the worker there is the process that watches over what multiprocessing shares.
        [found] = [
            p
            for p in running()
            if b"spawn_main" in command(p)
            and f"\nPPid:\t{self.process.pid}\n".encode() in read(p, "status")
        ]
        return found

    def processes(self) -> list[int]:
        """Return everything that it started: servers, reports, kernels."""
        mine = f"{OWNER}={self.home}\0".encode()
        return [p for p in running() if mine in read(p, "environ") and workbench.lives(p)]

    def gone(self) -> bool:
        """Tell whether nothing that it started is left."""
        return not self.processes()

    def left(self) -> list[Path]:
        """Return what is left of the folders in which reports are made."""
        return list(self.home.glob("kumkm-*"))


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.workers: list[Worker] = []
        words = [*LOOPBACK, "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file)]
        self.scheduler = self._start("scheduler", folder / "scheduler.log", words)
        self.address = until(self._told, 60)

    def _told(self) -> str:
        """Return the address of the scheduler; empty while its file is being written."""
        with suppress(OSError, json.JSONDecodeError):
            return str(json.loads(self.file.read_text())["address"])
        return ""

    def add(self, *words: str, threads: int = 1, path: Path | None = None) -> Worker:
        """Start a worker and wait until it has joined."""
        worker = self._begin(*words, threads=threads, path=path)
        worker.joined()
        return worker

    def add_two(self, *words: str, other: Path | None = None) -> tuple[Worker, Worker]:
        """Start two workers at once, the second on a path of its own, and wait for both."""
        pair = self._begin(*words), self._begin(*words, path=other)
        for worker in pair:
            worker.joined()
        return pair

    def _begin(self, *words: str, threads: int = 1, path: Path | None = None) -> Worker:
        """Start a worker; it writes nowhere near the reports."""
        # Directly below /tmp: sockets in it have paths that must be short.
        home = Path(tempfile.mkdtemp(prefix="kw-", dir="/tmp"))
        log = self.folder / f"{home.name}.log"
        given = ["--scheduler-file", str(self.file), *LOOPBACK, "--nthreads", str(threads)]
        given += ["--no-dashboard", "--local-directory", str(home), *words]
        env = {"TMPDIR": str(home), OWNER: str(home)}
        env |= {} if path is None else {"PYTHONPATH": str(path)}
        worker = Worker(self._start("worker", log, given, **env), home, log)
        self.workers.append(worker)
        return worker

    def run(self, *words: object, output: Path) -> list[object]:
        """Return the words of a run on this cluster."""
        return [
            "run", *words, "--output", output, "--engine", "dask", "--scheduler", self.address,
        ]  # fmt: skip

    def close(self) -> None:
        """End everything."""
        for process in (*(worker.process for worker in self.workers), self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for worker in self.workers:
            until(worker.gone, 30)
            shutil.rmtree(worker.home)

    def _start(self, name: str, log: Path, words: list[str], **env: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *words]
        with log.open("ab") as file:
            return subprocess.Popen(
                command, stdout=file, stderr=file, env={**os.environ, **env}, cwd=self.folder,
                start_new_session=True,
            )  # fmt: skip


def running() -> list[int]:
    """Return all processes."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def read(process: int, name: str) -> bytes:
    """Return what the system tells of a process; nothing when it has ended."""
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:
        return b""


def command(process: int) -> bytes:
    """Return the command line of a process."""
    return read(process, "cmdline")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster of two workers that no test harms."""
    made = Cluster(tmp_path_factory.mktemp("dask"))
    made.add_two()
    yield made
    made.close()


@pytest.fixture
def frail(tmp_path: Path) -> Iterator[Cluster]:
    """Return a cluster without workers that a test may harm."""
    (tmp_path / "cluster").mkdir()
    made = Cluster(tmp_path / "cluster")
    yield made
    made.close()


def telling(folder: Path, number: int, seconds: float) -> Path:
    """Write a notebook that leaves a mark with its process and where it is made, then waits."""
    mark = f"{str(folder)!r} + f'/mark-{number}-{{os.getpid()}}'"
    told = f"open({mark} + '.part', 'w').write(os.environ[{OWNER!r}])"
    moved = f"os.rename({mark} + '.part', {mark})"
    cell = f"import os, time\n{told}\n{moved}\ntime.sleep({seconds})"
    return write(folder / f"report{number}.ipynb", cell)


def marks(folder: Path, worker: Worker | None = None) -> list[tuple[int, int]]:
    """Return number and process of the reports that were begun, or begun on a worker."""
    return [
        (int(number), int(process))
        for path in folder.glob("mark-*[0-9]")
        for _, number, process in [path.name.split("-")]
        if worker is None or path.read_text() == str(worker.home)
    ]


# ---- The same reports ----


def test_the_real_reports_have_the_same_bytes_as_here(
    cluster: Cluster, small_package: Path, tmp_path: Path
) -> None:
    """Every published file of every notebook in both languages, the index too."""
    words = ["--language", "both", "--data", small_package]
    here = kumkm("run", *words, "--output", tmp_path / "here")
    there = kumkm(*cluster.run(*words, output=tmp_path / "there"))
    assert here.returncode == there.returncode == 0, here.stderr + there.stderr
    ours, theirs = published(tmp_path / "here"), published(tmp_path / "there")
    names = {name.partition("-")[0] for name in ours if name.endswith("provenance.json")}
    assert names == set(notebooks.SHIPPED)
    assert [name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name)] == []


def published(folder: Path) -> dict[str, bytes]:
    """Return every file that was published by its path; ``run.json`` tells times."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if name != "run.json"}


def test_inputs_travel_and_a_failed_notebook_comes_back(cluster: Cluster, tmp_path: Path) -> None:
    """A notebook finds on a worker what travelled with it, and nothing else of this machine."""
    (tmp_path / "stays.txt").touch()
    cell = (
        "import os, beside\nfrom kumkm_analysis import load\n"
        "found = [sorted(set(os.listdir()) - {'__pycache__'}), beside.VALUE, load().fingerprint]"
    )
    good = job(write(tmp_path / "a.ipynb", cell, workbench.tell("found")))
    good = replace(good, inputs={"beside.py": b"VALUE = 42", "more/b.txt": b"b"})
    bad = job(write(tmp_path / "b.ipynb", "1 / 0"))
    with DaskEngine(cluster.address, resources.data_path(), 60) as engine:
        made, failed = [future.result(120) for future in map(engine.submit, (good, bad))]
    assert workbench.printed(made) == [["beside.py", "more"], 42, good.data_sha256]
    assert "ZeroDivisionError" in str(failed.error)
    assert b"1 / 0" in (failed.notebook or b"")


def test_the_limit_holds_on_a_worker(cluster: Cluster, tmp_path: Path) -> None:
    """A report beyond --timeout is timed out there as it is here."""
    path = write(tmp_path / "slow.ipynb", "import time\ntime.sleep(100)")
    done = kumkm(*cluster.run(path, "--timeout", "3", output=tmp_path / "out"))
    assert done.returncode == 1
    assert "timed out  slow" in done.stdout


# ---- What is set up, and when ----


def test_data_travel_once_to_every_worker_and_it_warms_up_at_once(
    cluster: Cluster, tmp_path: Path
) -> None:
    """The engine is set up before the first report and serves all; a report brings no data."""
    data = resources.data_path()
    with DaskEngine(cluster.address, data, 60) as engine:
        homes = [home for worker in cluster.workers for home in worker.left()]
        assert [home.parent for home in homes] == [worker.home for worker in cluster.workers]
        servers = [server for worker in cluster.workers for server in helpers(worker)]
        assert len(servers) == len(cluster.workers)
        names = set(request.data_files(data))
        assert all(names == set(request.data_files(home / "data")) for home in homes)
        assert all((home / "data" / name).is_file() for home in homes for name in names)
        jobs = [job(telling(tmp_path, number, 0.2)) for number in range(6)]
        assert all(len(pickle.dumps(one)) < 10_000 for one in jobs)
        answers = [engine.submit(one) for one in jobs]
        assert [a.result(120).product is not None for a in answers] == [True] * 6
        assert {text.read_text() for text in tmp_path.glob("mark-*")} == {
            str(worker.home) for worker in cluster.workers
        }
        assert [home for worker in cluster.workers for home in worker.left()] == homes
        assert [s for worker in cluster.workers for s in helpers(worker)] == servers
        brought = f"Starting Worker plugin {engine._bench}"
        assert [w.log.read_text().count(brought) for w in cluster.workers] == [1, 1]
    assert [worker.left() for worker in cluster.workers] == [[], []]


def helpers(worker: Worker) -> list[int]:
    """Return the helpers of a worker, not what was forked from them."""
    found = [p for p in worker.processes() if b"kumkm_analysis.runner.pool" in command(p)]
    return [p for p in found if os.getsid(p) == p]


def test_a_worker_makes_as_many_reports_at_a_time_as_it_has_threads(
    frail: Cluster, tmp_path: Path
) -> None:
    """Two reports that wait for each other end on one worker with two threads."""
    frail.add(threads=2)
    cell = (
        "import pathlib, time\nhere = pathlib.Path({!r})\n(here / 'met{}').touch()\n"
        "end = time.monotonic() + 20\nwhile not (here / 'met{}').exists():\n"
        "    assert time.monotonic() < end, 'alone'\n    time.sleep(0.05)"
    )
    paths = [write(tmp_path / f"{n}.ipynb", cell.format(str(tmp_path), n, 1 - n)) for n in range(2)]
    done = kumkm(*frail.run(*paths, output=tmp_path / "out"))
    assert done.returncode == 0, done.stderr


@pytest.fixture
def other_version(tmp_path: Path) -> Path:
    """Return a path on which the package is, but for one line of one file."""
    folder = tmp_path / "other"
    ignore = shutil.ignore_patterns("__pycache__")
    package = shutil.copytree(resources.PACKAGE, folder / resources.PACKAGE.name, ignore=ignore)
    for name in ("data", "notebooks"):
        (folder / name).symlink_to(resources.PACKAGE.parent / name)
    with (package / "metrics.py").open("a") as file:
        file.write("# another line\n")
    return folder


def test_a_worker_with_another_version_is_refused(
    frail: Cluster, tmp_path: Path, other_version: Path
) -> None:
    """Nothing is run, since the pages would not be what their keys say; the worker is named."""
    frail.add_two(other=other_version)
    path = write(tmp_path / "a.ipynb", "1 + 1")
    done = kumkm(*frail.run(path, output=tmp_path / "out"))
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("found another metrics.py") == 1
    assert "worker tcp://127.0.0.1:" in done.stderr
    assert not (tmp_path / "out" / "a").exists()


def test_a_worker_with_another_version_that_joins_later_makes_nothing(
    frail: Cluster, tmp_path: Path, other_version: Path
) -> None:
    """Its reports fail and say why; the others are made."""
    frail.add()
    jobs = [job(telling(tmp_path, number, 0.5)) for number in range(6)]
    with DaskEngine(frail.address, resources.data_path(), 60) as engine:
        foreign = frail.add(path=other_version)
        answers = [one.result(120) for one in [engine.submit(one) for one in jobs]]
    errors = [str(answer.error) for answer in answers if answer.product is None]
    assert 0 < len(errors) < len(jobs)
    assert all("another metrics.py" in error for error in errors)
    assert marks(tmp_path, foreign) == []


# ---- What can break ----


@pytest.mark.parametrize("words", [(), ("--no-nanny",)], ids=["with its nanny", "bare"])
def test_a_worker_killed_in_the_middle_costs_only_its_reports_time(
    frail: Cluster, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Its one report is begun again by the other worker; nothing of it is left behind."""
    victim, _ = frail.add_two(*words)
    paths = [telling(tmp_path, number, 1) for number in range(8)]
    process = workbench.start(*frail.run(*paths, output=tmp_path / "out"))
    until(lambda: marks(tmp_path, victim), 90)
    begun = marks(tmp_path, victim)
    victim.kill()
    out, err = process.communicate(timeout=150)
    assert process.returncode == 0, err
    assert "8 reports: 8 done" in out
    times = Counter(number for number, _ in marks(tmp_path))
    assert {number for number, count in times.items() if count > 1} == {begun[-1][0]}
    assert workbench.whole(tmp_path / "out") == []
    until(lambda: not victim.processes())
    assert victim.left() == []


def test_a_worker_that_starts_again_has_the_data_again(frail: Cluster, tmp_path: Path) -> None:
    """When the only worker is lost and its nanny starts another, all reports are made."""
    worker = frail.add()
    paths = [telling(tmp_path, number, 0.5) for number in range(4)]
    process = workbench.start(*frail.run(*paths, output=tmp_path / "out"))
    until(lambda: marks(tmp_path), 90)
    lost = worker.working()
    os.kill(lost, signal.SIGKILL)
    out, err = process.communicate(timeout=150)
    assert process.returncode == 0, err
    assert "4 reports: 4 done" in out
    assert worker.working() != lost
    until(lambda: not worker.left())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_reports_end_when_the_command_does(
    cluster: Cluster, tmp_path: Path, number: signal.Signals
) -> None:
    """Interrupted or killed: kernels and folders on the workers go; the workers serve on."""
    paths = [telling(tmp_path, n, 100) for n in range(4)]
    process = workbench.start(*cluster.run(*paths, output=tmp_path / "out"))
    until(lambda: len(marks(tmp_path)) == 2, 90)
    kernels = [kernel for _, kernel in marks(tmp_path)]
    assert all(map(workbench.lives, kernels))
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert "4 reports: 4 cancelled" in out
        assert not any(map(workbench.lives, kernels))
    until(lambda: not any(map(workbench.lives, kernels)))
    until(lambda: not any(worker.left() for worker in cluster.workers))
    assert len(marks(tmp_path)) == 2  # what was waiting was not begun
    assert all(worker.process.poll() is None for worker in cluster.workers)


def test_without_a_worker_the_command_says_what_it_waits_for(
    frail: Cluster, tmp_path: Path
) -> None:
    """It waits in words, and goes on as soon as a worker joins."""
    path = write(tmp_path / "first.ipynb", "1 + 1")
    err = tmp_path / "err.txt"
    with err.open("wb") as file:
        process = workbench.start(*frail.run(path, output=tmp_path / "out"), stderr=file)
        until(lambda: b"has no worker yet; waiting for one." in err.read_bytes(), 60)
        assert process.poll() is None
        frail.add()
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "1 to make, 0 unchanged; on the workers" in out
    assert "1 report: 1 done" in out


def test_a_scheduler_that_dies_fails_the_reports(frail: Cluster, tmp_path: Path) -> None:
    """The command ends by itself, with a failed outcome for each report that was not made."""
    worker = frail.add()
    paths = [write(tmp_path / "first.ipynb", "1 + 1")]
    paths += [telling(tmp_path, number, 100) for number in range(6)]
    process = workbench.start(*frail.run(*paths, output=tmp_path / "out"))
    until(lambda: marks(tmp_path), 90)
    os.killpg(frail.scheduler.pid, signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert "7 reports: 1 done, 6 failed" in out
    assert "Traceback" not in err
    assert workbench.whole(tmp_path / "out") == []
    until(lambda: not any(workbench.lives(kernel) for _, kernel in marks(tmp_path)), 90)
    until(lambda: not worker.left(), 30)


def test_a_scheduler_that_does_not_answer_is_a_bad_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The address is told, and what to do; nothing was run."""
    from kumkm_analysis.runner import cluster as module

    monkeypatch.setattr(module, "WAIT_FOR_SCHEDULER", 1.0)
    with pytest.raises(ParameterError) as error:
        DaskEngine("tcp://127.0.0.1:9", resources.data_path(), 10)
    assert "tcp://127.0.0.1:9" in str(error.value)
