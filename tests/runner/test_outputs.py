"""What cells put out reaches the page, whole and in order, from warm and ordinary kernels alike."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import workbench
from conftest import TINY
from workbench import job, write

from kumkm_analysis.runner.engines import LocalEngine
from kumkm_analysis.runner.media import RESULTS as MEDIA_TYPE

OUTPUTS = {
    "printed over time, in one piece": (
        "import sys, time\nfor word in ('a', 'b', 'c'):\n    print(word); time.sleep(0.3)",
        ["out: a b c"],
    ),
    "printed between pictures and to both streams": (
        "import sys\nfrom IPython.display import HTML, display\n"
        "print('first'); display(HTML('<p>second</p>')); print('third')\n"
        "print('fourth', file=sys.stderr)",
        ["out: first", "<p>second</p>", "out: third", "err: fourth"],
    ),
    "an output that is filled in later": (
        "from IPython.display import HTML, display\n"
        "shown = display(HTML('<p>draft</p>'), display_id=True)\nprint('x')\n"
        "shown.update(HTML('<p>final</p>'))",
        ["<p>final</p>", "out: x"],
    ),
    "an output that is cleared": (
        "from IPython.display import clear_output\nprint('draft')\nclear_output()\nprint('final')",
        ["out: final"],
    ),
    "cleared by what comes next": (
        "from IPython.display import clear_output\nprint('draft')\nclear_output(wait=True)\n"
        "print('final')",
        ["out: final"],
    ),
    "the value of a cell": ("21 * 2", ["out: 42"]),
    "written by a program that a cell starts": (
        "import subprocess\nsubprocess.run(['echo', 'from below'], check=True);",
        ["out: from below"],
    ),
    "more than a pipe holds, from below": (
        "import subprocess, sys\n"
        "code = 'print(\"y\" * 300_000)'\nsubprocess.run([sys.executable, '-c', code]);",
        ["out: " + "y" * 300_000],
    ),
    "printed by a process that a cell forks": (
        "import multiprocessing\ndef speak():\n    print('from a fork', flush=True)\n"
        "one = multiprocessing.get_context('fork').Process(target=speak)\none.start(); one.join()",
        ["out: from a fork"],
    ),
    "printed by a pool of forks": (
        "import multiprocessing\ndef speak(word):\n    print(word, flush=True)\n"
        "with multiprocessing.get_context('fork').Pool(1) as pool:\n"
        "    pool.map(speak, ['p', 'q'])\n",
        ["out: p q"],
    ),
    "printed by a thread": (
        "import threading\none = threading.Thread(target=print, args=('from a thread',))\n"
        "one.start(); one.join()",
        ["out: from a thread"],
    ),
    "awaited": (
        "import asyncio\nawait asyncio.sleep(0.01)\nprint('awaited')",
        ["out: awaited"],
    ),
    "many at once": (
        "from IPython.display import HTML, display\n"
        "for n in range(3000):\n    display(HTML(f'<i>{n}</i>'))",
        [f"<i>{n}</i>" for n in range(3000)],
    ),
}


def test_outputs_are_on_the_page(engine: LocalEngine, tmp_path: Path) -> None:
    """Everything that cells put out is there, in the order in which it was put out."""
    assert shown_of_each(engine, tmp_path, OUTPUTS) == {
        name: expected for name, (_, expected) in OUTPUTS.items()
    }


def test_a_later_cell_fills_in_what_was_shown_after_several_prints(
    engine: LocalEngine, tmp_path: Path
) -> None:
    """What was printed piece by piece is joined, and the display after it is still found."""
    path = write(
        tmp_path / "later.ipynb",
        "from IPython.display import HTML, display\n"
        "print('a', flush=True)\nprint('b', flush=True)\n"
        "shown = display(HTML('<p>draft</p>'), display_id=True)\nprint('c')",
        "shown.update(HTML('<p>final</p>'))",
    )
    assert shown(engine, path) == ["out: a b", "<p>final</p>", "out: c"]


def test_a_cell_tagged_so_is_not_run(engine: LocalEngine, tmp_path: Path) -> None:
    """The tag skip-execution is Jupyter's."""
    path = write(tmp_path / "skip.ipynb", "print('left out')", "print('after')")
    tagged = '"id": "c1", "metadata": {"tags": ["skip-execution"]'
    path.write_text(path.read_text().replace('"id": "c1", "metadata": {"tags": []', tagged))
    assert tagged in path.read_text()
    assert shown(engine, path) == ["out: after"]


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("{'figures': [{'value': float('nan')}], 'findings': 'x'}", "expected what must contain"),
        ("{}", "as a whole: found {'title': 'own'}; expected what must contain ['data'"),
        ("[1]", "as a whole: found {'title': 'own'}; expected what must contain ['data'"),
        ("'text'", "as a whole: found {'title': 'own'}; expected what must contain ['data'"),
    ],
)
def test_results_that_break_the_schema_are_told_as_such(
    shown: str, told: str, warm: LocalEngine, tmp_path: Path
) -> None:
    """They are the notebook's fault, and no page is laid out around them."""
    display = "from IPython.display import display\n"
    display += f"display({{'text/plain': 'x', '{MEDIA_TYPE}': {shown}}}, raw=True)"
    answer = warm.make(job(write(tmp_path / "own.ipynb", display)))
    assert answer.product is None
    assert "own, results, as a whole: found {" in str(answer.error)
    assert told in str(answer.error)
    assert "Leave the results to report.close()" in str(answer.error)
    assert "fault of kumkm" not in str(answer.error)


SURROUNDINGS = {
    "a wide table is cut as in a kernel, not as in a terminal": (
        "import pandas\nprint(pandas.get_option('display.max_columns'))",
        "20",
    ),
    "a notebook finds its folder where IPython notes it": (
        "from pathlib import Path\nprint(Path(_dh[0]) == Path.cwd())",
        "True",
    ),
    "a module beside the notebook does not hide one of Python's own": (
        "from pathlib import Path\nPath('this.py').write_text('')\n"
        "import sys\nfrom importlib.util import find_spec\n"
        "print(Path(find_spec('this').origin).parent == Path(sys.modules['os'].__file__).parent)",
        "True",
    ),
    "a module beside the notebook is found": (
        "from pathlib import Path\nPath('beside_it.py').write_text('print(\"found\")')\n"
        "import beside_it",
        "found",
    ),
    "the arguments are those of a kernel": (
        "import sys\nfrom pathlib import Path\n"
        "print(Path(sys.argv[0]).name, sys.argv[1], Path(sys.argv[2]).name)",
        "ipykernel_launcher.py -f connection.json",
    ),
    "programs that a cell starts inherit no files": (
        "import os\nfiles = [int(name) for name in os.listdir('/proc/self/fd')]\n"
        "files = [n for n in files if n > 2 and os.path.exists(f'/proc/self/fd/{n}')]\n"
        "print([n for n in files if os.get_inheritable(n)])",
        "[]",
    ),
}


def test_a_notebook_finds_the_surroundings_of_a_kernel(engine: LocalEngine, tmp_path: Path) -> None:
    """What a cell can see of where it runs is the same in a kernel that was forked."""
    assert shown_of_each(engine, tmp_path, SURROUNDINGS) == {
        name: [f"out: {expected}"] for name, (_, expected) in SURROUNDINGS.items()
    }


def test_a_module_beside_the_notebook_comes_before_an_installed_one(
    engine: LocalEngine, tmp_path: Path
) -> None:
    """Whether or not the installed one was loaded before; what has no neighbour is kept."""
    (tmp_path / "babel.py").write_text("WHO = 'neighbour'")
    cell = "import babel, sys\nprint(babel.WHO, 'babel.numbers' in sys.modules)"
    path = write(tmp_path / "seen.ipynb", cell)
    assert shown(engine, path) == ["out: neighbour False"]


def test_what_a_user_has_ipython_do_at_its_start_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Startup files and configuration of interactive sessions are no ingredient of a report.

    Nor of a notebook that is run with ``papermill --engine kumkm`` alone.
    """
    profile = tmp_path / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "startup" / "00.py").write_text("started = 1")
    (profile / "ipython_config.py").write_text(
        "get_config().InteractiveShellApp.exec_lines = ['configured = 1']"
    )
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    cell = "print([name for name in ('started', 'configured') if name in globals()], n)"
    path = write(tmp_path / "seen.ipynb", cell, parameters="n: int = 1")
    with LocalEngine(TINY, jobs=1) as made:
        assert shown(made, path) == ["out: [] 1"]
    words = ["-m", "papermill", "--engine", "kumkm", path, tmp_path / "out.ipynb"]
    words += ["--language", "python", "-p", "n", "2"]
    subprocess.run([sys.executable, *map(str, words)], check=True, capture_output=True)
    [*_, cell] = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    assert cell["outputs"][0]["text"] == ["[] 2\n"]


def shown_of_each(
    engine: LocalEngine, folder: Path, cells: Mapping[str, tuple[str, Any]]
) -> dict[str, list[str]]:
    """Return what each of some cells of one notebook shows, by its name."""
    written = [cell for name, (source, _) in cells.items() for cell in (f"print({name!r})", source)]
    found = shown(engine, write(folder / "all.ipynb", *written))
    places = [found.index(f"out: {name}") for name in cells] + [len(found)]
    return {
        name: found[place + 1 : end]
        for name, place, end in zip(cells, places, places[1:], strict=False)
    }


def shown(engine: LocalEngine, path: Path) -> list[str]:
    """Return the outputs on the page of a notebook: HTML as it is, streams on one line each."""
    html = workbench.page(engine.make(job(path))).partition("<main")[2]
    found = []
    for kind, text, block in re.findall(
        r'<pre class="(std\w+)"[^>]*>(.*?)</pre>|<div class="output"[^>]*>(.*?)</div>',
        html,
        re.DOTALL,
    ):
        words = " ".join(unescape(text).split())
        found.append(f"{kind[3:]}: {words}" if kind else block.strip())
    return found


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux")
