"""Warm kernels: as clean as ordinary ones, in one process group, and never left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import workbench
from IPython.core.inputtransformer2 import TransformerManager
from workbench import job, lives, printed, tell, until, write

from kumkm_analysis import paths
from kumkm_analysis.dataset import request
from kumkm_analysis.runner import (
    beside,
    calls,
    engines,
    forked,
    homes,
    kernels,
    keys,
    notebooks,
    plan,
    rehearsal,
    warm,
)
from kumkm_analysis.runner.engines import LocalEngine
from kumkm_analysis.runner.jobs import Job

STATE = """
import builtins, locale, os, random, sys, threading, warnings, logging, decimal, signal, tempfile
import matplotlib, matplotlib.pyplot as plt, numpy, pandas, seaborn
state = {
    "random": [random.random(), float(numpy.random.random())],
    "environment": sorted(set(os.environ) - {"JPY_SESSION_NAME"}),
    "umask": os.umask(0o22),
    "attributes": [hasattr(m, "left_by_another") for m in (builtins, os, pandas, seaborn)],
    "line width": matplotlib.rcParams["lines.linewidth"],
    "figures": plt.get_fignums(),
    "option": pandas.get_option("display.max_rows"),
    "names": sorted(n for n in globals() if not n.startswith("_") and n != "state"),
    "path": [p for p in sys.path if "left" in p],
    "modules": "left_by_another" in sys.modules,
    "digits": decimal.getcontext().prec,
    "level": logging.getLogger().level,
    "files": sorted(p for p in os.listdir() if p.startswith("left")),
    "temporary": sorted(p for p in os.listdir(tempfile.gettempdir()) if p.startswith("left")),
    "limit": sys.getrecursionlimit(),
    "history": len(get_ipython().history_manager.input_hist_raw) < 5,
}
"""
DIRTY = """
os.environ["LEFT_BY_ANOTHER"] = "1"
for m in (builtins, os, pandas, seaborn):
    m.left_by_another = True
seaborn.set_theme()
matplotlib.rcParams["lines.linewidth"] = 99
plt.figure()
pandas.set_option("display.max_rows", 3)
sys.path.insert(0, "/left")
sys.modules["left_by_another"] = sys
decimal.getcontext().prec = 3
logging.getLogger().setLevel(1)
sys.setrecursionlimit(1234)
left_by_another = 1
open(os.path.join(tempfile.gettempdir(), "left"), "w").close()
random.seed(77)
numpy.random.seed(77)
os.umask(0)
os.chdir("/")
"""

STORED = """
import os
shell = get_ipython()
profile = shell.profile_dir
homes = {shell.ipython_dir, os.path.dirname(profile.location), os.environ["IPYTHONDIR"]}
startup = set(os.listdir(profile.startup_dir)) - {"README"}
seen.append([sorted(shell.db.keys()), sorted(startup), len(homes)])
"""
STORE = """
import subprocess, sys
kept = 1
%store kept
%alias told echo
%store told
%bookmark here
below = "below = 2; get_ipython().run_line_magic('store', 'below')"
subprocess.run([sys.executable, "-m", "IPython", "-c", below], check=True, capture_output=True)
open(f"{profile.startup_dir}/left.py", "w").close()
"""


# What a notebook of one's own that brings results needs, with a picture beside it.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364"
    "f80f00010501012718e3660000000049454e44ae426082"
)
PROSE_CELL = {"cell_type": "markdown", "id": "prose", "metadata": {}}
NAMED = {"notebook": "own", "notebook code": "code"}
MEMBERS = """
from kumkm_analysis import open_report
report = open_report(language=language)
report.title(id="Anggota", en="Members")
report.headline(report.figure("members"))
report.close()
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    """Return a warm engine that the tests of this module share."""
    with LocalEngine(paths.data_path(), jobs=2) as made:
        assert made._server is not None
        assert made._server.fit()
        yield made


@pytest.fixture
def fresh(engine: LocalEngine) -> Iterator[LocalEngine]:
    """Return the shared engine; its limit is put back after the test."""
    timeout = engine.timeout
    yield engine
    engine.timeout = timeout


def test_nothing_of_one_report_reaches_the_next(engine: LocalEngine, tmp_path: Path) -> None:
    """Modules, random state, environment, matplotlib: the second finds what the first found."""
    path = write(tmp_path / "state.ipynb", STATE, tell("state"), DIRTY)
    first, second, third = (printed(engine.make(job(path))) for _ in range(3))
    assert first == second == third
    assert first["attributes"] == [False] * 4
    assert first["figures"] == []
    assert first["history"]


def test_a_dirty_report_does_make_itself_dirty(engine: LocalEngine, tmp_path: Path) -> None:
    """The test above could see a leak: within one report the same look does see the traces."""
    path = write(tmp_path / "twice.ipynb", STATE + DIRTY + STATE, tell("state"))
    clean = printed(engine.make(job(write(tmp_path / "once.ipynb", STATE, tell("state")))))
    dirty = printed(engine.make(job(path)))
    same = {name for name in clean if clean[name] == dirty[name]}
    assert same <= {"umask", "history", "files"}


def test_what_a_report_stores_for_ipython_is_its_own(engine: LocalEngine, tmp_path: Path) -> None:
    """Variables, aliases, bookmarks, startup files: also of an IPython that a report starts."""
    path = write(
        tmp_path / "store.ipynb", STORED, STORE, STORED, tell("seen"), parameters="seen = []"
    )
    found = [printed(engine.make(job(path))) for _ in range(2)]
    nothing, kept = [[], [], 1], ["autorestore/below", "autorestore/kept", "bookmarks"]
    assert found == [[nothing, [[*kept, "stored_aliases"], ["left.py"], 1]]] * 2


def test_two_reports_at_once_do_not_meet(engine: LocalEngine, tmp_path: Path) -> None:
    """Charts, folders and sockets of reports that run side by side are their own."""
    cells = ("import os, time\nopen(f'{n}.txt', 'w').write(str(n))\ntime.sleep(0.1)",)
    path = write(
        tmp_path / "n.ipynb",
        *cells,
        tell("[n, os.getpid(), os.getpgid(0)]"),
        parameters="n: int = 0",
    )
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(printed, pool.map(lambda n: engine.make(job(path, n=n)), range(8))))
    assert [n for n, *_ in found] == list(range(8))
    assert len({process for _, process, _ in found}) == 8
    assert len({group for *_, group in found}) == 8


def test_the_kernel_is_forked_and_has_everything_loaded(
    engine: LocalEngine, tmp_path: Path
) -> None:
    """A warm kernel is an ipykernel, and what a report needs was loaded before it was forked."""
    look = (
        "import sys\nwanted = ('pandas', 'seaborn', 'kumkm_analysis.report.report')\n"
        "missing = [name for name in wanted if name not in sys.modules]"
    )
    path = write(
        tmp_path / "warm.ipynb", look, tell("[missing, type(get_ipython()).__name__, __name__]")
    )
    assert printed(engine.make(job(path))) == [[], "ZMQInteractiveShell", "__main__"]


def test_what_was_loaded_beforehand_works_as_anywhere(engine: LocalEngine, tmp_path: Path) -> None:
    """A library that the warm server loaded for itself lacks nothing in a notebook that uses it."""
    cell = (
        "from bs4 import BeautifulSoup\n"
        "found = BeautifulSoup('<p><b>x</b></p>', 'html.parser').select_one('p > b').text"
    )
    path = write(tmp_path / "soup.ipynb", cell, tell("found"))
    assert printed(engine.make(job(path))) == "x"


def test_cells_known_beforehand_become_what_they_would(engine: LocalEngine, tmp_path: Path) -> None:
    """A cell of our own notebooks is read as ever, also by what a notebook adds to the reading."""
    known = rehearsal.codes()
    assert "report.close()" in known
    transformer = TransformerManager()
    expected = [transformer.transform_cell(code) for code in known]
    calls: list[str] = []

    def listening(lines: list[str]) -> list[str]:
        calls.append("".join(lines))
        return lines

    transformer.line_transforms.append(listening)
    forked._know(transformer, known)
    assert len(calls) == len(known)
    assert [transformer.transform_cell(code) for code in known] == expected
    assert len(calls) == len(known)  # none was reckoned again
    assert transformer.transform_cell("%time 1") == TransformerManager().transform_cell("%time 1")

    instead = tell("'another cell'").splitlines(keepends=True)
    adds = f"get_ipython().input_transformers_cleanup.append(lambda lines: {instead})"
    path = write(tmp_path / "adds.ipynb", adds, "report.close()")
    assert printed(engine.make(job(path))) == "another cell"


def test_pictures_of_pyplot_are_on_the_page(engine: LocalEngine, tmp_path: Path) -> None:
    """The inline backend is at work: a chart at the end of a cell becomes a picture."""
    path = write(
        tmp_path / "chart.ipynb", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    )
    assert "data:image/png;base64," in workbench.page(engine.make(job(path)))


def test_a_notebook_finds_its_neighbours(engine: LocalEngine, tmp_path: Path) -> None:
    """A user's notebook stands in its own folder: modules, files and matplotlibrc beside it."""
    (tmp_path / "beside.py").write_text("VALUE = 41")
    (tmp_path / "beside.txt").write_text("1")
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7")
    cell = "import beside, matplotlib\nfound = beside.VALUE + int(open('beside.txt').read())"
    path = write(
        tmp_path / "own.ipynb", cell, tell("[found, matplotlib.rcParams['lines.linewidth']]")
    )
    assert printed(engine.make(job(path))) == [42, 7]


def test_a_report_that_never_says_its_title_is_called_as_its_page_is(
    engine: LocalEngine, tmp_path: Path
) -> None:
    """``open_report`` and ``close`` make a page; title and results say the notebook's name."""
    path = write(
        tmp_path / "own.ipynb", "from kumkm_analysis import open_report\nopen_report().close()"
    )
    ingredients = {"notebook": "own", "notebook code": "", "code": "", "data": ""}
    answer = engine.make(replace(job(path), ingredients=ingredients))
    assert "<h1>own</h1>" in workbench.page(answer)
    assert answer.product is not None
    assert json.loads(answer.product.files["results.json"])["title"] == "own"


@pytest.mark.parametrize("start", ["warm", "ordinary"])
def test_paths_may_be_relative(start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data and notebook are found from where the run was started, and the files are the same."""
    data = shutil.copytree(paths.data_path(), tmp_path / "data")
    (tmp_path / "p.png").write_bytes(PICTURE)
    path = write(tmp_path / "own.ipynb", MEMBERS, parameters="language: str = 'en'")
    content = json.loads(path.read_text())
    content["cells"].append({**PROSE_CELL, "source": "![a dot](p.png)"})
    path.write_text(json.dumps(content))
    monkeypatch.chdir(tmp_path)
    made = []
    for folder, name in ((data, str(path)), (Path("data"), "own.ipynb")):
        known = keys.Keys(folder)
        [report] = plan.make(plan.Request([name], language=["en"]), request.domain(folder))
        one = Job(report, known.notebook(report), "key", NAMED, known.data_sha256)
        with LocalEngine(folder, jobs=1, kernel_start=start) as engine:
            answer = engine.make(one)
        assert answer.product is not None, answer.error
        made.append(answer.product.files)
    assert "data:image/png" in made[0]["own.en.html"].decode()
    assert made[0] == made[1]


@pytest.mark.parametrize("module", [False, True], ids=["alone", "with a module"])
def test_a_notebook_sees_all_that_lies_beside_it_and_leaves_nothing(
    engine: LocalEngine, tmp_path: Path, module: bool
) -> None:
    """Files that it finds by a pattern count whatever else is there; what it writes is not."""
    folder = tmp_path / "own"
    (folder / "more").mkdir(parents=True)
    for name in ("a.csv", "b.csv", "more/c.csv"):
        (folder / name).write_text("1")
    if module:
        (folder / "beside.py").write_text("VALUE = 41")
    cell = (
        "from glob import glob\nopen('made.csv', 'w').write('1')\n"
        "found = sorted([*glob('*.csv'), *glob('more/*')])"
    )
    path = write(folder / "own.ipynb", cell, tell("found"))
    before = sorted(folder.rglob("*"))
    found = beside.find(path, ["import beside"] if module else [])
    answer = engine.make(replace(job(path), beside=found))
    assert printed(answer) == ["a.csv", "b.csv", "made.csv", "more/c.csv"]
    assert sorted(folder.rglob("*")) == before


def test_an_error_of_the_analysis_is_not_retried(engine: LocalEngine, tmp_path: Path) -> None:
    """A failing cell is named, what ran so far is kept, and there is one attempt."""
    path = write(tmp_path / "bad.ipynb", "print('so far')", "1 / 0", "print('never')")
    answer = engine.make(job(path))
    assert answer.product is None
    assert answer.attempts == 1
    assert not answer.lost
    assert str(answer.error).startswith("bad, cell 3: found ZeroDivisionError: division by zero")
    assert b"so far" in (answer.notebook or b"")
    assert str(tmp_path).encode() not in (answer.notebook or b"")


def test_asking_a_front_end_to_end_the_kernel_ends_nothing(
    engine: LocalEngine, tmp_path: Path
) -> None:
    """IPython's own ``exit`` only asks; nobody is there to be asked, and the rest is run."""
    path = write(tmp_path / "asks.ipynb", "exit(0)", "print('still ' + 'here')")
    assert "still here" in workbench.page(engine.make(job(path)))


@pytest.mark.parametrize("meant", ["raise SystemExit", "import sys\nsys.exit(3)", "1 / 0"])
def test_an_error_that_is_meant_is_shown(engine: LocalEngine, tmp_path: Path, meant: str) -> None:
    """A cell with the tag raises-exception may fail; the next ones run, and may not."""
    path = write(tmp_path / "meant.ipynb", meant, "print('still ' + 'here')", "n = 1")
    content = json.loads(path.read_text())
    content["cells"][1]["metadata"]["tags"] = ["raises-exception"]
    path.write_text(json.dumps(content))
    assert "still here" in workbench.page(engine.make(job(path)))
    content["cells"][3]["source"] = "1 / 0"
    path.write_text(json.dumps(content))
    answer = engine.make(job(path))
    assert str(answer.error).startswith("meant, cell 4: found ZeroDivisionError")
    assert "a cell that runs" in str(answer.error)
    assert "condition" not in str(answer.error)


def test_a_kernel_that_dies_is_retried_twice(engine: LocalEngine, tmp_path: Path) -> None:
    """Three kernels are given to a report that kills each; then it has failed."""
    count = "open('HERE/count', 'a').write('x')\nimport os\nos._exit(7)"
    answer = engine.make(job(write(tmp_path / "dies.ipynb", count)))
    assert (tmp_path / "count").read_text() == "xxx"
    assert answer.lost
    assert answer.attempts == engines.ATTEMPTS == 3
    assert "Kernel died (exit code 7)" in str(answer.error)


def test_outputs_may_come_long_after_their_cell(engine: LocalEngine, tmp_path: Path) -> None:
    """A hundred megabytes on a busy machine take more than the four seconds that are usual."""
    late = """
import time
kernel = get_ipython().kernel
publish = kernel._publish_status
def slow(status, *others, **named):
    if status == "idle":
        kernel.iopub_thread.schedule(lambda: time.sleep(6))
    return publish(status, *others, **named)
kernel._publish_status = slow
print("came " + "late")
"""
    answer = engine.make(job(write(tmp_path / "late.ipynb", late)))
    assert "came late" in workbench.page(answer)
    assert answer.attempts == 1


def test_a_fresh_kernel_mends_a_lost_one(engine: LocalEngine, tmp_path: Path) -> None:
    """A report whose first worker is killed from outside is made by the second."""
    cell = (
        "import os, signal, pathlib\n"
        "if not pathlib.Path('HERE/once').exists():\n"
        "    pathlib.Path('HERE/once').touch()\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n"
        "    import time; time.sleep(60)"
    )
    answer = engine.make(job(write(tmp_path / "once.ipynb", cell)))
    assert answer.product is not None
    assert answer.attempts == 2


def test_the_limit_ends_the_whole_group(fresh: LocalEngine, tmp_path: Path) -> None:
    """After its time the report is timed out, and neither kernel nor grandchild is left."""
    fresh.timeout = 2.0
    cell = (
        "import os, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '100'])\n"
        "open('HERE/pids', 'w').write(f'{os.getpid()} {os.getppid()} {child.pid}')\n"
        "time.sleep(100)"
    )
    begun = time.monotonic()
    answer = fresh.make(job(write(tmp_path / "slow.ipynb", cell)))
    assert answer.timed_out
    assert answer.attempts == 1
    assert time.monotonic() - begun < 2.0 + 3.0
    assert "no end after 2 s" in str(answer.error)
    processes = [int(word) for word in (tmp_path / "pids").read_text().split()]
    until(lambda: not any(lives(process) for process in processes), 5)


def test_the_limit_holds_for_a_client_that_hangs(fresh: LocalEngine, tmp_path: Path) -> None:
    """The limit is not the client's: a worker that is stopped altogether is ended all the same."""
    fresh.timeout = 2.0
    cell = "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(100)"
    assert fresh.make(job(write(tmp_path / "hangs.ipynb", cell))).timed_out


def test_the_limit_is_that_of_the_report_with_all_its_attempts(
    fresh: LocalEngine, tmp_path: Path
) -> None:
    """What a lost kernel has taken of the time the next one does not get again."""
    fresh.timeout = 8.0
    cell = "open('HERE/count', 'a').write('x')\nimport os, time\ntime.sleep(4)\nos._exit(7)"
    answer = fresh.make(job(write(tmp_path / "dies.ipynb", cell)))
    assert answer.timed_out
    assert (tmp_path / "count").read_text() == "xx"
    assert 8.0 <= answer.seconds < 14.0  # three attempts with all the time each take longer
    assert "no end after 8 s" in str(answer.error)


@pytest.mark.parametrize("seen", [True, False], ids=["is seen", "shows by its silence"])
def test_a_server_that_a_notebook_has_stopped_is_replaced(
    seen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next report waits a while for it, and is made by another; the stopped one is ended.

    What it waits is not of its time, which is shorter here.
    """
    if not seen:
        monkeypatch.setattr(calls, "FORKED", 6.0)
        monkeypatch.setattr(calls.WarmServer, "stopped", lambda _: False)
    stop = (
        "import os, pathlib, signal\n"
        "stat = pathlib.Path(f'/proc/{os.getppid()}/stat').read_text()\n"
        "os.kill(int(stat.rpartition(')')[2].split()[1]), signal.SIGSTOP)"
    )
    stops, quick = write(tmp_path / "stops.ipynb", stop), write(tmp_path / "q.ipynb", tell("[]"))
    with LocalEngine(paths.data_path(), jobs=1, timeout=5) as engine:
        assert engine.make(job(stops)).product is not None
        assert engine._server is not None
        stopped = engine._server._process
        assert stopped.poll() is None
        answer = engine.make(job(quick))
        assert (answer.attempts, printed(answer)) == (2, [])
        assert stopped.wait(5) == -signal.SIGKILL
        assert engine.make(job(quick)).attempts == 1


def test_a_lost_server_is_replaced(tmp_path: Path) -> None:
    """When the warm server is killed the next report gets a new one."""
    path = write(tmp_path / "n.ipynb", tell("[]"))
    with LocalEngine(paths.data_path(), jobs=1) as engine:
        assert engine.make(job(path)).product is not None
        assert engine._server is not None
        process = engine._server._process
        process.kill()
        process.wait()
        answer = engine.make(job(path))
        assert answer.product is not None
        assert engine._server._process.pid != process.pid


TAKE_HOME = """
import os, shutil
from pathlib import Path
home = Path.cwd().parent.parent
assert home.name.startswith("kumkm-")
shutil.rmtree(home)
"""


@pytest.mark.parametrize("start", ["warm", "ordinary"])
def test_a_report_that_takes_the_home_away_leaves_the_others_another(
    start: str, tmp_path: Path
) -> None:
    """It is published, the next are made in a new home, and nothing stays of either."""
    takes = write(tmp_path / "takes.ipynb", TAKE_HOME)
    plain = write(tmp_path / "plain.ipynb", tell("[]"))
    with LocalEngine(paths.data_path(), jobs=1, kernel_start=start) as engine:
        first, server = engine.home, engine._server
        assert engine.make(job(takes)).product is not None
        answer = engine.make(job(plain))
        assert printed(answer) == []
        assert answer.attempts == 1
        second = engine.home
        assert second != first
        assert second.is_dir()
        assert server is None or server._process.poll() is not None
    assert not first.exists()
    assert not second.exists()


def test_a_report_whose_home_another_takes_away_is_made_again(tmp_path: Path) -> None:
    """It fails for want of its folder, not by its own fault; the other goes on to its end."""
    takes = write(
        tmp_path / "takes.ipynb",
        "import time\nwhile not os.path.exists('HERE/begun'): time.sleep(0.02)",
        TAKE_HOME,
        "open('HERE/taken', 'w').close()",
        "while not os.path.exists('HERE/again'): time.sleep(0.02)",
        tell("'to its end'"),
        parameters="import os",
    )
    meets = write(
        tmp_path / "meets.ipynb",
        "again = os.path.exists('HERE/taken')",
        "open('HERE/again' if again else 'HERE/begun', 'w').close()",
        "while not os.path.exists('HERE/taken'): time.sleep(0.02)",
        "open('of its own', 'w').close()",
        tell("again"),
        parameters="import os, time",
    )
    with LocalEngine(paths.data_path(), jobs=2) as engine:
        server = engine._server
        one, other = [engine.submit(job(path)) for path in (takes, meets)]
        assert printed(other.result(120)) is True
        assert other.result().attempts == 2
        assert printed(one.result(120)) == "to its end"
        assert one.result().attempts == 1
        assert server is not None
        until(lambda: server._process.poll() is not None)


def test_a_home_that_cannot_be_made_again_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the whole temporary folder has gone, a report fails with what can be done."""

    def none() -> homes.Home:
        raise FileNotFoundError(2, "No usable temporary directory")

    plain = write(tmp_path / "plain.ipynb", tell("[]"))
    with LocalEngine(paths.data_path(), jobs=1) as engine:
        assert engine.make(job(write(tmp_path / "takes.ipynb", TAKE_HOME))).product is not None
        monkeypatch.setattr(homes, "make", none)
        answer = engine.make(job(plain))
        assert "found No usable temporary directory" in str(answer.error)
        assert "TMPDIR" in str(answer.error)
        monkeypatch.undo()
        assert printed(engine.make(job(plain))) == []


def test_a_server_that_is_replaced_while_its_engine_is_left_ends_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever leaves an engine while a lost server is being replaced leaves no new one behind."""
    path = write(tmp_path / "n.ipynb", tell("[]"))
    engine = LocalEngine(paths.data_path(), jobs=1)
    try:
        assert engine._server is not None
        assert engine._server.fit()
        engine._server._process.kill()
        engine._server._process.wait()
        fresh, leaving = [], threading.Event()

        def slowly(data: Path, home: homes.Home) -> calls.WarmServer:
            fresh.append(kind(data, home))
            leaving.wait()
            return fresh[0]

        kind = calls.WarmServer
        monkeypatch.setattr(engines, "WarmServer", slowly)
        engine.submit(job(path))
        until(lambda: fresh)
        threading.Timer(0.5, leaving.set).start()
    finally:
        engine.close()
    assert fresh[0]._process.poll() is not None


def test_leaving_an_engine_ends_what_runs(tmp_path: Path) -> None:
    """An engine that is left while reports run leaves neither processes nor folders."""
    cell = "import os, time\nopen(f'HERE/{os.getpid()}.pid', 'w').close()\ntime.sleep(100)"
    path = write(tmp_path / "long.ipynb", cell)
    with LocalEngine(paths.data_path(), jobs=2) as engine:
        futures = [engine.submit(job(path)) for _ in range(4)]
        found = until(
            lambda: len(list(tmp_path.glob("*.pid"))) == 2 and list(tmp_path.glob("*.pid")), 60
        )
    assert [future.cancelled() or future.result().product for future in futures] == [
        None,
        None,
        True,
        True,
    ]
    assert not engine.home.exists()
    until(lambda: not any(lives(int(one.stem)) for one in found), 5)


@pytest.mark.parametrize("module", ["kumkm_analysis.runner.no_such_module", "antigravity_missing"])
def test_where_nothing_can_be_forked_kernels_are_ordinary(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that cannot start is not waited for, and the report is made without it."""
    monkeypatch.setattr(warm, "__name__", module)
    path = write(tmp_path / "plain.ipynb", tell("1 + 1"))
    with LocalEngine(paths.data_path(), jobs=1) as engine:
        assert printed(engine.make(job(path))) == 2
        assert engine._server is None
    monkeypatch.undo()


def test_an_early_thread_makes_the_server_unfit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process in which a thread was started is never forked from; ordinary kernels do it."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading, time\n"
        "if 'kumkm_analysis.runner.warm' in ' '.join(sys.orig_argv):\n"
        "    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    path = write(tmp_path / "plain.ipynb", tell("1 + 1"))
    with LocalEngine(paths.data_path(), jobs=1) as engine:
        assert printed(engine.make(job(path))) == 2
        assert engine._server is None


def test_warm_and_ordinary_kernels_make_the_same_page(engine: LocalEngine, tmp_path: Path) -> None:
    """How a kernel was started cannot be seen on the page; nor can the machine, in a warning."""
    cells = (
        "import pandas as pd\nprint({'b', 'a'}, hash('a'))\npd.DataFrame({'a': [1]})",
        "import matplotlib.pyplot as plt\nplt.plot([1, 3]);",
        "import random, warnings\nimport numpy as np\nwarnings.warn('look out')",
        "print(random.random(), np.random.rand(), 'half of a pair: \\ud83d')",
    )
    path = write(tmp_path / "same.ipynb", *cells)
    with LocalEngine(paths.data_path(), jobs=1, kernel_start="ordinary") as ordinary:
        made = ordinary.make(job(path))
    assert engine.make(job(path)).product == made.product
    assert "look out" in workbench.page(made)
    assert "half of a pair: ?" in workbench.page(made)
    assert tempfile.gettempdir() not in workbench.page(made)


def test_notebooks_of_users_find_drawing_warmed_up_and_ours_do_not_wait_for_it(
    tmp_path: Path,
) -> None:
    """The parser of powers on an axis, which is made when the first is drawn, tells it."""
    look = "from matplotlib.mathtext import MathTextParser as parser\n"
    path = write(
        tmp_path / "look.ipynb", look + "raise ValueError(f'made: {parser._parser is not None}')"
    )
    guest = job(path)
    ours = replace(guest, report=replace(guest.report, shipped=True))
    with LocalEngine(paths.data_path(), jobs=1) as engine:
        assert "made: False" in str(engine.make(ours).error)
        assert "made: True" in str(engine.make(guest).error)
        assert "made: True" in str(engine.make(ours).error)


@pytest.mark.parametrize("kind", ["warm", "ordinary"])
def test_a_cell_that_spoils_the_standard_streams_ends(kind: str, tmp_path: Path) -> None:
    """A kernel that cannot flush them would never answer; the next cell has them again."""
    with LocalEngine(paths.data_path(), jobs=1, timeout=60, kernel_start=kind) as engine:
        for spoilt in ("None", "object()", "type('S', (), {'flush': id})()"):
            cell = f"import sys\nsys.stdout = sys.stderr = {spoilt}"
            path = write(tmp_path / "spoilt.ipynb", cell, tell("1 + 1"))
            assert printed(engine.make(job(path))) == 2, spoilt


@pytest.mark.parametrize("kind", ["warm", "ordinary"])
def test_nothing_is_dropped_when_much_is_shown_at_once(kind: str, tmp_path: Path) -> None:
    """More than a socket holds, while whoever reads it stands still for a second."""
    count = 5_000
    stop = (
        "import os, signal, subprocess\nreader = os.getppid()\n"
        "subprocess.Popen(['sh', '-c', f'sleep 1; kill -CONT {reader}'])\n"
        "os.kill(reader, signal.SIGSTOP)\n"
    )
    shown = f"for n in range({count}):\n    display({{'text/plain': f'<<{{n}}>>'}}, raw=True)"
    path = write(tmp_path / "much.ipynb", stop + shown)
    with LocalEngine(paths.data_path(), jobs=1, timeout=60, kernel_start=kind) as engine:
        html = workbench.page(engine.make(job(path)))
    assert re.findall(r"&lt;&lt;(\d+)&gt;&gt;", html) == [str(n) for n in range(count)]


@pytest.mark.parametrize("notebook", notebooks.shipped())
def test_our_own_pages_are_the_same_from_ordinary_kernels(
    notebook: str, engine: LocalEngine
) -> None:
    """Whatever a warm server made beforehand for its kernels: frames of charts, figures, words."""
    wanted = workbench.job_of(plan.make(plan.Request(notebooks=[notebook]), request.domain())[0])
    with LocalEngine(paths.data_path(), jobs=1, kernel_start="ordinary") as ordinary:
        made = ordinary.make(wanted).product
    assert made is not None
    assert engine.make(wanted).product == made


def test_an_ordinary_kernel_is_ended_with_its_group(tmp_path: Path) -> None:
    """The limit ends an ordinary kernel and its children as it does a warm one."""
    cell = "import os, time\nopen('HERE/pid', 'w').write(str(os.getpid()))\ntime.sleep(100)"
    path = write(tmp_path / "slow.ipynb", cell)
    with LocalEngine(paths.data_path(), 1, timeout=15, kernel_start="ordinary") as engine:
        future = engine.submit(job(path))
        process = int(
            until(lambda: (tmp_path / "pid").is_file() and (tmp_path / "pid").read_text(), 15)
        )
        assert lives(process)
        assert future.result().timed_out
    until(lambda: not lives(process), 5)


def test_a_kernel_that_is_not_installed_is_told(engine: LocalEngine, tmp_path: Path) -> None:
    """Another kernelspec is looked up as Jupyter does; a missing one is an error without retry."""
    answer = engine.make(job(write(tmp_path / "other.ipynb", "1", kernel="no-such-kernel")))
    assert answer.attempts == 1
    assert "no-such-kernel" in str(answer.error)
    assert "jupyter kernelspec list" in str(answer.error)


def test_long_paths_fall_back_to_tcp(tmp_path: Path) -> None:
    """Where the path of a socket would be too long, and only there, the kernel listens on TCP."""
    short, long = Path("/tmp/k"), Path("/tmp") / ("x" * kernels.LONGEST_SOCKET)
    assert kernels.transport(short) == ("ipc", "/tmp/k/s")
    assert kernels.transport(long) == ("tcp", "127.0.0.1")


def test_kernels_talk_over_tcp_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a temporary folder of a long path a report is made all the same."""
    deep = tmp_path / ("d" * 60)
    deep.mkdir()
    monkeypatch.setattr(homes, "_short_temp", lambda: deep)
    path = write(
        tmp_path / "tcp.ipynb",
        tell("get_ipython().kernel.config.ForkedKernelApp.get('shell_port', 0)"),
    )
    with LocalEngine(paths.data_path(), jobs=2) as engine, ThreadPoolExecutor(2) as pool:
        assert (
            list(pool.map(printed, pool.map(lambda _: engine.make(job(path)), range(4)))) == [0] * 4
        )


TELLING = """
import os, time
open('HERE/pids', 'w').write(f'{os.getpid()} {os.getppid()}')
time.sleep(100)
"""


def test_no_kernel_outlives_a_killed_coordinator(tmp_path: Path) -> None:
    """After kill -9 on whoever asked, worker, kernel and server are gone, and their folder too."""
    path = write(tmp_path / "long.ipynb", TELLING)
    process = workbench.start(
        "run", path, "--output", tmp_path / "out", env={"TMPDIR": str(tmp_path)}
    )
    pids = until(lambda: (tmp_path / "pids").is_file() and (tmp_path / "pids").read_text(), 60)
    processes = [int(word) for word in pids.split()]
    assert all(lives(one) for one in processes)
    process.kill()
    process.communicate()
    until(lambda: not any(lives(one) for one in processes), 5)
    until(lambda: not list(tmp_path.glob("kumkm-*")), 5)


def test_the_kernel_ends_with_its_worker_and_the_worker_with_its_asker(tmp_path: Path) -> None:
    """Server and coordinator killed at once: each layer below still notices and ends."""
    path = write(tmp_path / "long.ipynb", TELLING)
    process = workbench.start("run", path, "--output", tmp_path / "out")
    pids = until(lambda: (tmp_path / "pids").is_file() and (tmp_path / "pids").read_text(), 60)
    kernel, worker = (int(word) for word in pids.split())
    server = int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1])
    assert "kumkm_analysis.runner.warm" in Path(f"/proc/{server}/cmdline").read_text()
    os.kill(server, signal.SIGKILL)
    process.kill()
    process.communicate()
    until(lambda: not lives(kernel) and not lives(worker), 5)


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
