"""Kernels of reports: clean, alike whether forked or not, and never left behind."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import workbench
from conftest import TINY
from workbench import helper, job, lives, printed, tell, until, write

from kumkm_analysis import paths
from kumkm_analysis.dataset import request
from kumkm_analysis.runner import engines, keys, notebooks, plan, pool
from kumkm_analysis.runner.engines import LocalEngine
from kumkm_analysis.runner.jobs import Job

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

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


@pytest.fixture
def brief(warm: LocalEngine) -> Iterator[LocalEngine]:
    """Return the shared engine; its limit is put back after the test."""
    timeout = warm.timeout
    yield warm
    warm.timeout = timeout


def test_nothing_of_one_report_reaches_the_next(warm: LocalEngine, tmp_path: Path) -> None:
    """Modules, random state, environment, matplotlib: the second finds what the first found."""
    path = write(tmp_path / "state.ipynb", STATE, tell("state"), DIRTY)
    first, second, third = (printed(warm.make(job(path))) for _ in range(3))
    assert first == second == third
    assert first["attributes"] == [False] * 4
    assert first["figures"] == []
    assert first["history"]


def test_a_dirty_report_does_make_itself_dirty(warm: LocalEngine, tmp_path: Path) -> None:
    """The test above could see a leak: within one report the same look does see the traces."""
    path = write(tmp_path / "twice.ipynb", STATE + DIRTY + STATE, tell("state"))
    clean = printed(warm.make(job(write(tmp_path / "once.ipynb", STATE, tell("state")))))
    dirty = printed(warm.make(job(path)))
    same = {name for name in clean if clean[name] == dirty[name]}
    assert same <= {"umask", "history", "files"}


def test_what_a_report_stores_for_ipython_is_its_own(warm: LocalEngine, tmp_path: Path) -> None:
    """Variables, aliases, bookmarks, startup files: also of an IPython that a report starts."""
    path = write(
        tmp_path / "store.ipynb", STORED, STORE, STORED, tell("seen"), parameters="seen = []"
    )
    found = [printed(warm.make(job(path))) for _ in range(2)]
    nothing, kept = [[], [], 1], ["autorestore/below", "autorestore/kept", "bookmarks"]
    assert found == [[nothing, [[*kept, "stored_aliases"], ["left.py"], 1]]] * 2


def test_two_reports_at_once_do_not_meet(warm: LocalEngine, tmp_path: Path) -> None:
    """Charts, folders and sockets of reports that run side by side are their own."""
    cells = ("import os, time\nopen(f'{n}.txt', 'w').write(str(n))\ntime.sleep(0.1)",)
    path = write(
        tmp_path / "n.ipynb",
        *cells,
        tell("[n, os.getpid(), os.getpgid(0)]"),
        parameters="n: int = 0",
    )
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(printed, pool.map(lambda n: warm.make(job(path, n=n)), range(8))))
    assert [n for n, *_ in found] == list(range(8))
    assert len({process for _, process, _ in found}) == 8
    assert len({group for *_, group in found}) == 8


def test_the_kernel_is_forked_and_has_everything_loaded(warm: LocalEngine, tmp_path: Path) -> None:
    """A warm kernel is an ipykernel, and what a report needs was loaded before it was forked."""
    look = (
        "import sys\nwanted = ('pandas', 'seaborn', 'kumkm_analysis.report.report')\n"
        "missing = [name for name in wanted if name not in sys.modules]"
    )
    path = write(
        tmp_path / "warm.ipynb", look, tell("[missing, type(get_ipython()).__name__, __name__]")
    )
    assert printed(warm.make(job(path))) == [[], "ZMQInteractiveShell", "__main__"]


def test_what_was_loaded_beforehand_works_as_anywhere(warm: LocalEngine, tmp_path: Path) -> None:
    """A library that the warm process loaded for itself lacks nothing in a notebook."""
    cell = (
        "from bs4 import BeautifulSoup\n"
        "found = BeautifulSoup('<p><b>x</b></p>', 'html.parser').select_one('p > b').text"
    )
    path = write(tmp_path / "soup.ipynb", cell, tell("found"))
    assert printed(warm.make(job(path))) == "x"


def test_pictures_of_pyplot_are_on_the_page(warm: LocalEngine, tmp_path: Path) -> None:
    """The inline backend is at work: a chart at the end of a cell becomes a picture."""
    path = write(
        tmp_path / "chart.ipynb", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    )
    assert "data:image/png;base64," in workbench.page(warm.make(job(path)))


def test_a_notebook_finds_its_neighbours(warm: LocalEngine, tmp_path: Path) -> None:
    """A user's notebook stands in its own folder: modules, files and matplotlibrc beside it."""
    (tmp_path / "beside.py").write_text("VALUE = 41")
    (tmp_path / "beside.txt").write_text("1")
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7")
    cell = "import beside, matplotlib\nfound = beside.VALUE + int(open('beside.txt').read())"
    path = write(
        tmp_path / "own.ipynb", cell, tell("[found, matplotlib.rcParams['lines.linewidth']]")
    )
    assert printed(warm.make(job(path))) == [42, 7]


def test_a_notebook_runs_in_the_folder_where_its_link_lies(
    warm: LocalEngine, tmp_path: Path
) -> None:
    """As under papermill: it sees what is there and above, and what it writes stays there."""
    for name in ("own", "elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "which.txt").write_text(name)
    (tmp_path / "above.txt").write_text("above")
    cell = (
        "from pathlib import Path\nPath('made.txt').touch()\n"
        "found = [Path(name).read_text() for name in ('which.txt', '../above.txt')]"
    )
    real = write(
        tmp_path / "elsewhere" / "real.ipynb",
        cell,
        tell("found"),
    )
    link = tmp_path / "own" / "link.ipynb"
    link.symlink_to(real)
    assert printed(warm.make(job(link))) == ["own", "above"]
    assert (tmp_path / "own" / "made.txt").exists()


def test_what_travelled_with_a_notebook_lies_in_a_private_folder(tmp_path: Path) -> None:
    """Made from a package and inputs that came from elsewhere, a report reads nothing else."""
    (tmp_path / "stays.txt").touch()
    cell = (
        "import os\nfrom kumkm_analysis import load\n"
        "found = [sorted(os.listdir()), open('more/a.txt').read(), load().fingerprint]"
    )
    path = write(tmp_path / "own.ipynb", cell, tell("found"))
    data = paths.data_path()
    package = {name: (data / name).read_bytes() for name in request.data_files(data)}
    travels = replace(job(path), inputs={"more/a.txt": b"A"})
    with LocalEngine(Path("nowhere"), jobs=1, package=package) as engine:
        found = printed(engine.make(travels))
    assert found == [["more"], "A", keys.Keys(data).data_sha256]


def test_a_report_that_never_says_its_title_is_called_as_its_page_is(
    warm: LocalEngine, tmp_path: Path
) -> None:
    """``open_report`` and ``close`` make a page; title and results say the notebook's name."""
    path = write(
        tmp_path / "own.ipynb", "from kumkm_analysis import open_report\nopen_report().close()"
    )
    ingredients = {"notebook": "own", "notebook code": "", "code": "", "data": ""}
    answer = warm.make(replace(job(path), ingredients=ingredients))
    assert "<h1>own</h1>" in workbench.page(answer)
    assert answer.product is not None
    assert json.loads(answer.product.files["results.json"])["title"] == "own"


def test_paths_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        with LocalEngine(folder, jobs=1) as engine:
            answer = engine.make(one)
        assert answer.product is not None, answer.error
        made.append(answer.product.files)
    assert "data:image/png" in made[0]["own.en.html"].decode()
    assert made[0] == made[1]


def test_an_error_of_the_analysis_is_not_retried(warm: LocalEngine, tmp_path: Path) -> None:
    """A failing cell is named, what ran so far is kept, and there is one attempt."""
    path = write(tmp_path / "bad.ipynb", "print('so far')", "1 / 0", "print('never')")
    answer = warm.make(job(path))
    assert answer.product is None
    assert answer.attempts == 1
    assert not answer.lost
    assert str(answer.error).startswith(
        "bad, cell 3, line 1: found ZeroDivisionError: division by zero"
    )
    assert b"so far" in (answer.notebook or b"")
    assert str(tmp_path).encode() not in (answer.notebook or b"")


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("import sys\nsys.exit()", "found SystemExit"),
        ("raise SystemExit(0)", "found SystemExit: 0"),
        ("exit()", "found SystemExit: exit; expected a notebook that runs to its end"),
        ("%%shell\necho hi", "Cell magic `%%shell` not found"),
        ("%no_such_magic", "`%no_such_magic` not found"),
    ],
)
def test_a_notebook_that_stops_half_way_has_failed(
    cell: str, told: str, warm: LocalEngine, tmp_path: Path
) -> None:
    """An exit that is polite, a magic that only prints: what stands below was not run."""
    path = write(tmp_path / "stops.ipynb", "print('be' + 'fore')", cell, "print('af' + 'ter')")
    answer = warm.make(job(path))
    assert answer.product is None
    assert answer.attempts == 1
    assert str(answer.error).startswith("stops, cell 3: found ")
    assert told in str(answer.error)
    assert b"before" in (answer.notebook or b"")
    assert b"after" not in (answer.notebook or b"")


@pytest.mark.parametrize(
    "meant", ["raise SystemExit", "import sys\nsys.exit(3)", "%no_such_magic", "1 / 0"]
)
def test_an_error_that_is_meant_is_shown(warm: LocalEngine, tmp_path: Path, meant: str) -> None:
    """A cell with the tag raises-exception may fail; the next ones run, and may not."""
    path = write(tmp_path / "meant.ipynb", meant, "print('still ' + 'here')", "n = 1")
    content = json.loads(path.read_text())
    content["cells"][1]["metadata"]["tags"] = ["raises-exception"]
    path.write_text(json.dumps(content))
    assert "still here" in workbench.page(warm.make(job(path)))
    content["cells"][3]["source"] = "1 / 0"
    path.write_text(json.dumps(content))
    answer = warm.make(job(path))
    assert str(answer.error).startswith("meant, cell 4, line 1: found ZeroDivisionError")
    assert "a cell that runs" in str(answer.error)
    assert "condition" not in str(answer.error)


def test_pools_of_processes_work_as_under_papermill(warm: LocalEngine, tmp_path: Path) -> None:
    """Each way to start one finds a module beside the notebook, as in a kernel not forked."""
    (tmp_path / "squares.py").write_text("def square(x):\n    return x * x\n")
    cell = (
        "import multiprocessing, squares\n"
        "from concurrent.futures import ProcessPoolExecutor\nfound = []\n"
        "for way in ('spawn', 'forkserver', 'fork'):\n"
        "    context = multiprocessing.get_context(way)\n"
        "    with context.Pool(2) as pool:\n"
        "        found.append(pool.map(squares.square, [1, 2, 3]))\n"
        "    with ProcessPoolExecutor(2, mp_context=context) as pool:\n"
        "        found.append(list(pool.map(squares.square, [1, 2, 3])))"
    )
    path = write(tmp_path / "pools.ipynb", cell, tell("found"))
    assert printed(warm.make(job(path))) == [[1, 4, 9]] * 6


def test_no_line_written_below_python_is_lost(warm: LocalEngine, tmp_path: Path) -> None:
    """Three hundred lines each of four reports at once, from a program and from libraries in C."""
    cell = (
        "import ctypes, subprocess\n"
        "subprocess.run(['sh', '-c', 'for n in $(seq 150); do echo \"<$n>\"; done'])\n"
        "libc = ctypes.CDLL(None)\n"
        "for n in range(151, 301): libc.printf(b'<%d>\\n', n)\n"
        "libc.fflush(None);"
    )
    path = write(tmp_path / "below.ipynb", *[cell] * 2)
    for answer in [made.result() for made in [warm.submit(job(path)) for _ in range(4)]]:
        found = re.findall(r"&lt;(\d+)&gt;", workbench.page(answer).partition("<main")[2])
        assert found == [str(n) for n in range(1, 301)] * 2


def test_a_kernel_that_dies_is_retried_twice(warm: LocalEngine, tmp_path: Path) -> None:
    """Three kernels are given to a report that kills each; then it has failed."""
    count = "open('HERE/count', 'a').write('x')\nimport os\nos._exit(7)"
    answer = warm.make(job(write(tmp_path / "dies.ipynb", count)))
    assert (tmp_path / "count").read_text() == "xxx"
    assert answer.lost
    assert answer.attempts == pool.ATTEMPTS == 3
    assert "Kernel died (exit code 7)" in str(answer.error)


def test_outputs_may_come_long_after_their_cell(warm: LocalEngine, tmp_path: Path) -> None:
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
    answer = warm.make(job(write(tmp_path / "late.ipynb", late)))
    assert "came late" in workbench.page(answer)
    assert answer.attempts == 1


def test_a_fresh_kernel_mends_a_lost_one(warm: LocalEngine, tmp_path: Path) -> None:
    """A report whose first worker is killed from outside is made by the second."""
    cell = (
        "import os, signal, pathlib\n"
        "if not pathlib.Path('HERE/once').exists():\n"
        "    pathlib.Path('HERE/once').touch()\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n"
        "    import time; time.sleep(60)"
    )
    answer = warm.make(job(write(tmp_path / "once.ipynb", cell)))
    assert answer.product is not None
    assert answer.attempts == 2


def test_the_limit_ends_the_whole_group(brief: LocalEngine, tmp_path: Path) -> None:
    """After its time the report is timed out, and neither kernel nor grandchild is left."""
    brief.timeout = 2.0
    cell = (
        "import os, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '100'])\n"
        "open('HERE/pids', 'w').write(f'{os.getpid()} {os.getppid()} {child.pid}')\n"
        "time.sleep(100)"
    )
    begun = time.monotonic()
    answer = brief.make(job(write(tmp_path / "slow.ipynb", cell)))
    assert answer.timed_out
    assert answer.attempts == 1
    assert time.monotonic() - begun < 2.0 + 3.0
    assert "no end after 2 s" in str(answer.error)
    processes = [int(word) for word in (tmp_path / "pids").read_text().split()]
    until(lambda: not any(lives(process) for process in processes), 5)


def test_the_limit_holds_for_a_client_that_hangs(brief: LocalEngine, tmp_path: Path) -> None:
    """The limit is not the client's: a worker that is stopped altogether is ended all the same."""
    brief.timeout = 2.0
    cell = "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(100)"
    assert brief.make(job(write(tmp_path / "hangs.ipynb", cell))).timed_out


def test_the_limit_is_that_of_the_report_with_all_its_attempts(
    brief: LocalEngine, tmp_path: Path
) -> None:
    """What a lost kernel has taken of the time the next one does not get again."""
    brief.timeout = 8.0
    cell = "open('HERE/count', 'a').write('x')\nimport os, time\ntime.sleep(4)\nos._exit(7)"
    answer = brief.make(job(write(tmp_path / "dies.ipynb", cell)))
    assert answer.timed_out
    assert (tmp_path / "count").read_text() == "xx"
    assert 8.0 <= answer.seconds < 14.0  # three attempts with all the time each take longer
    assert "no end after 8 s" in str(answer.error)


def test_a_helper_that_was_killed_is_replaced(tmp_path: Path) -> None:
    """By the system for its memory, or a notebook: the reports it made are made again."""
    order = (
        "import os, time\nimport psutil\n"
        "if not os.path.exists('HERE/once'):\n"
        "    open('HERE/once', 'w').close()\n"
        "    psutil.Process(os.getppid()).parent().kill()\n"
        "    time.sleep(100)"
    )
    with LocalEngine(TINY, jobs=1, timeout=60) as engine:
        path = write(tmp_path / "kills.ipynb", order, tell("[]"))
        before = helper(engine)
        answer = engine.make(job(path))
        assert (answer.attempts, printed(answer)) == (2, [])
        assert not before.is_running()


def test_a_report_that_takes_the_home_away_leaves_the_others_one(tmp_path: Path) -> None:
    """It is published, what it met is made again, the next are made, and nothing stays of it."""
    take = (
        "import os, shutil\nfrom pathlib import Path\n"
        "home = Path(os.environ['TMPDIR']).parent.parent\n"
        "assert home.name.startswith('kumkm-')\nshutil.rmtree(home)\n"
        "open('HERE/taken', 'w').close()"
    )
    wait = "import os, time\nwhile not os.path.exists('HERE/begun'): time.sleep(0.02)"
    meets = (
        "import os, tempfile, time\nagain = os.path.exists('HERE/taken')\n"
        "open('HERE/begun', 'w').close()\n"
        "while not os.path.exists('HERE/taken'): time.sleep(0.02)\n"
        "tempfile.NamedTemporaryFile().close()"
    )
    takes = write(tmp_path / "takes.ipynb", wait, take)
    met = write(tmp_path / "meets.ipynb", meets, tell("again"))
    plain = write(tmp_path / "plain.ipynb", tell("[]"))
    with LocalEngine(TINY, jobs=2) as engine:
        one, other = [engine.submit(job(path)) for path in (takes, met)]
        assert one.result(120).product is not None
        assert other.result(120).product is not None or other.result().attempts == 1
        assert printed(engine.make(job(plain))) == []
        home = engine.home
    assert not home.exists()


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no room for a report it fails with what can be done."""
    monkeypatch.setattr(engines, "_short_temp", lambda: tmp_path / "t")
    (tmp_path / "t").mkdir()
    plain = write(tmp_path / "plain.ipynb", tell("[]"))
    with LocalEngine(TINY, jobs=1) as engine:
        assert printed(engine.make(job(plain))) == []
        shutil.rmtree(tmp_path / "t")
        (tmp_path / "t").touch()
        answer = engine.make(job(plain))
        assert f"temporary folder {engine.home}: found " in str(answer.error)
        assert "TMPDIR" in str(answer.error)


def test_an_engine_that_is_left_while_its_helper_is_replaced_leaves_nothing(
    tmp_path: Path,
) -> None:
    """Neither the lost helper nor the new one is there afterwards."""
    others = {child.pid for child in psutil.Process().children()}
    for pause in (0.0, 0.05, 0.3):
        with LocalEngine(TINY, jobs=1) as engine:
            helper(engine).kill()
            time.sleep(pause)
        assert {child.pid for child in psutil.Process().children()} == others
        assert not engine.home.exists()


def test_leaving_an_engine_ends_what_runs(tmp_path: Path) -> None:
    """An engine that is left while reports run leaves neither processes nor folders."""
    cell = "import os, time\nopen(f'HERE/{os.getpid()}.pid', 'w').close()\ntime.sleep(100)"
    path = write(tmp_path / "long.ipynb", cell)
    with LocalEngine(TINY, jobs=2) as engine:
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


@pytest.mark.parametrize(
    "early",
    [
        "import threading as t, time; t.Thread(target=time.sleep, args=[600], daemon=True).start()",
        "sys.modules['pandas'] = None",
        "os._exit(3) if sys.orig_argv[5] == '1' else None",
    ],
    ids=["an early thread", "a library that is missing", "an end"],
)
def test_where_nothing_can_be_warmed_up_or_forked_kernels_are_ordinary(
    early: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What keeps a helper from warming up is not waited for, and the report is made without."""
    (tmp_path / "sitecustomize.py").write_text(
        f"import os, sys\nif 'kumkm_analysis.runner.pool' in sys.orig_argv:\n    {early}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    path = write(tmp_path / "plain.ipynb", "import sys", tell("'seaborn' in sys.modules"))
    with LocalEngine(TINY, jobs=1) as engine:
        assert printed(engine.make(job(path))) is False


def test_warm_and_ordinary_kernels_make_the_same_page(
    warm: LocalEngine, ordinary: LocalEngine, tmp_path: Path
) -> None:
    """How a kernel was started cannot be seen on the page; nor can the machine, in a warning."""
    cells = (
        "import pandas as pd\nprint({'b', 'a'}, hash('a'))\npd.DataFrame({'a': [1]})",
        "import matplotlib.pyplot as plt\nplt.plot([1, 3]);",
        "import random, warnings\nimport numpy as np\nwarnings.warn('look out')",
        "print(random.random(), np.random.rand())",
    )
    path = write(tmp_path / "same.ipynb", *cells)
    made = ordinary.make(job(path))
    assert warm.make(job(path)).product == made.product
    assert "look out" in workbench.page(made)
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
    with LocalEngine(TINY, jobs=1) as engine:
        assert "made: False" in str(engine.make(ours).error)
        assert "made: True" in str(engine.make(guest).error)
        assert "made: True" in str(engine.make(ours).error)


def test_a_cell_that_spoils_the_standard_streams_ends(engine: LocalEngine, tmp_path: Path) -> None:
    """A kernel that cannot flush them would never answer; the next cell has them again."""
    spoilt = ("None", "object()", "type('S', (), {'flush': id})()")
    cells = [f"import sys\nsys.stdout = sys.stderr = {one}" for one in spoilt]
    path = write(tmp_path / "spoilt.ipynb", *cells, tell("1 + 1"))
    assert printed(engine.make(job(path))) == 2


def test_nothing_is_dropped_when_much_is_shown_at_once(engine: LocalEngine, tmp_path: Path) -> None:
    """More than a socket holds, while whoever reads it stands still for a second."""
    count = 5_000
    stop = (
        "import os, signal, subprocess\nreader = os.getppid()\n"
        "subprocess.Popen(['sh', '-c', f'sleep 1; kill -CONT {reader}'])\n"
        "os.kill(reader, signal.SIGSTOP)\n"
    )
    shown = f"for n in range({count}):\n    display({{'text/plain': f'<<{{n}}>>'}}, raw=True)"
    path = write(tmp_path / "much.ipynb", stop + shown)
    html = workbench.page(engine.make(job(path)))
    assert re.findall(r"&lt;&lt;(\d+)&gt;&gt;", html) == [str(n) for n in range(count)]


@pytest.mark.parametrize("notebook", notebooks.SHIPPED)
def test_our_own_pages_are_the_same_from_ordinary_kernels(
    notebook: str, warm: LocalEngine, ordinary: LocalEngine
) -> None:
    """Whatever is loaded and kept beforehand: frames of charts, figures, words."""
    wanted = workbench.job_of(plan.make(plan.Request(notebooks=[notebook]), request.domain())[0])
    made = ordinary.make(wanted).product
    assert made is not None
    assert warm.make(wanted).product == made


def test_a_kernel_that_is_not_installed_is_told(warm: LocalEngine, tmp_path: Path) -> None:
    """Another kernelspec is looked up as Jupyter does; a missing one is an error without retry."""
    answer = warm.make(job(write(tmp_path / "other.ipynb", "1", kernel="no-such-kernel")))
    assert answer.attempts == 1
    assert "no-such-kernel" in str(answer.error)
    assert "jupyter kernelspec list" in str(answer.error)


def test_kernels_talk_over_tcp_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a temporary folder of a path too long for sockets a report is made all the same."""
    deep = tmp_path / ("d" * 60)
    deep.mkdir()
    monkeypatch.setattr(engines, "_short_temp", lambda: deep)
    monkeypatch.setenv("TMPDIR", str(deep))
    cell = "import json, sys\nfound = json.load(open(sys.argv[2]))['transport']"
    path = write(tmp_path / "tcp.ipynb", cell, tell("found"))
    with LocalEngine(TINY, jobs=2) as engine:
        made = [engine.submit(job(path)) for _ in range(4)]
        assert [printed(one.result()) for one in made] == ["tcp"] * 4


TELLING = """
import os, time
open('HERE/pids', 'w').write(f'{os.getpid()} {os.getppid()}')
time.sleep(100)
"""


@pytest.mark.parametrize("kernels", ["warm", "ordinary"])
def test_no_kernel_outlives_a_killed_coordinator(kernels: str, tmp_path: Path) -> None:
    """After kill -9 on whoever asked, kernel, client and helper are gone, and their folder too."""
    path = write(tmp_path / "long.ipynb", TELLING)
    words = ("run", path, "--output", tmp_path / "out", "--kernels", kernels, "--data", TINY)
    process = workbench.start(*words, env={"TMPDIR": str(tmp_path)})
    pids = until(lambda: (tmp_path / "pids").is_file() and (tmp_path / "pids").read_text(), 60)
    processes = [int(word) for word in pids.split()]
    assert all(lives(one) for one in processes)
    process.kill()
    process.communicate()
    until(lambda: not any(lives(one) for one in processes), 5)
    until(lambda: not list(tmp_path.glob("kumkm-*")), 5)
