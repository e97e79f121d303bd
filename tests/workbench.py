"""Short notebooks and real processes, for the tests of the runner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psutil
import pytest

from kumkm_analysis import paths
from kumkm_analysis.dataset import validate
from kumkm_analysis.runner import keys, notebooks, provenance
from kumkm_analysis.runner.engines import LocalEngine
from kumkm_analysis.runner.jobs import Answer, Job, Product
from kumkm_analysis.runner.plan import Report
from kumkm_analysis.runner.publish import Folder

TOOLS = Path(__file__).parent / "tools"
KUMKM = [sys.executable, "-m", "kumkm_analysis"]
# The command with an engine that answers at once, for what it says and writes itself.
AT_ONCE = [
    sys.executable,
    "-c",
    f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import workbench\n"
    "from kumkm_analysis.runner import engines; engines.LocalEngine = workbench.AtOnce\n"
    "from kumkm_analysis.__main__ import main; main()",
]


def write(path: Path, *cells: str, parameters: str = "", kernel: str = "python3") -> Path:
    """Write a notebook of code cells; its first cell holds the parameters.

    ``HERE/`` in a cell is the folder of the notebook, in which it can leave marks for a test.
    """

    def cell(number: int, source: str, tags: list[str]) -> dict[str, Any]:
        return {
            "cell_type": "code", "id": f"c{number}", "metadata": {"tags": tags},
            "source": source, "outputs": [], "execution_count": None,
        }  # fmt: skip

    made = [cell(0, parameters, ["parameters"])]
    made += [cell(number, source, []) for number, source in enumerate(cells, start=1)]
    content = {
        "cells": made,
        "metadata": {"kernelspec": {"name": kernel, "display_name": kernel}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    text = json.dumps(content).replace("HERE/", f"{path.parent}/")
    path.write_text(text, encoding="utf-8")
    return path


def job(path: Path, **parameters: Any) -> Job:
    """Return the job of a notebook that :func:`write` wrote."""
    found = notebooks.read(path)
    report = Report(path.stem, path, parameters, kernel=found.kernel)
    data = validate.fingerprint(paths.data_path())
    return Job(report, path.read_bytes(), "key", {"notebook": path.stem}, data)


def job_of(report: Report) -> Job:
    """Return the job of one of our own reports, as a run would have it made."""
    known = keys.Keys(paths.data_path())
    ingredients = known.ingredients(report, None)
    key = keys.key(ingredients)
    return Job(report, known.notebook(report), key, ingredients, known.data_sha256)


def publish(folder: Folder, name: str, files: Mapping[str, bytes]) -> None:
    """Put the files of a report in place of the old ones, as a run does."""
    folder.place(name, folder.stage(files))


def page(answer: Any) -> str:
    """Return the page of an answer, which must hold one."""
    assert answer.product is not None, answer.error
    [html] = [c for name, c in answer.product.files.items() if name.endswith(".html")]
    return str(html.decode())


def printed(answer: Any) -> Any:
    """Return what the last cell of a notebook printed as JSON between two marks."""
    from html import unescape

    return json.loads(unescape(page(answer)).split("<<<")[1].split(">>>")[0])


def tell(expression: str) -> str:
    """Return code that prints an expression so that :func:`printed` finds it on the page.

    The marks are put together at run time, so that the page's listing of the code holds none.
    """
    return f"import json\nprint('<' * 3 + json.dumps({expression}) + '>' * 3)"


def until(true: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until something is true and return it; fail when it does not become so."""
    end = time.monotonic() + seconds
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < end, f"not true within {seconds} s"
        time.sleep(0.02)


def lives(process: int) -> bool:
    """Tell whether a process runs; one that only waits to be buried does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def ended(process: int) -> bool:
    """Tell whether a process no longer runs."""
    return not lives(process)


def written(path: Path) -> str:
    """Return what a file says, nothing while it is not there."""
    return path.read_text() if path.exists() else ""


def helper(engine: LocalEngine) -> psutil.Process:
    """Return the process that makes the reports of an engine, once it has begun."""
    home = str(engine.home)
    [found] = until(lambda: [p for p in psutil.Process().children() if home in p.cmdline()])
    return found


class AtOnce:
    """An engine without kernels: a page that names its report is there as soon as it is asked."""

    jobs = 1

    def __init__(self, *_: object) -> None:
        """Start nothing."""

    def __enter__(self) -> AtOnce:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, job: Job) -> Future[Answer]:
        """Answer for a report."""
        name = job.report.name
        files = {f"{name}.html": name.encode()}
        files[provenance.FILE] = provenance.document(name, job.key, job.ingredients, files)
        future: Future[Answer] = Future()
        future.set_result(Answer(Product(files)))
        return future

    def close(self) -> None:
        """End nothing."""


def start(
    *words: object,
    env: Mapping[str, str] | None = None,
    program: Sequence[str] = KUMKM,
    **options: Any,
) -> Any:
    """Start ``kumkm`` as a process of its own."""
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("stdin", subprocess.DEVNULL)
    command = [*program, *map(str, words)]
    return subprocess.Popen(command, env={**os.environ, **(env or {})}, text=True, **options)


def kumkm(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run ``kumkm`` to its end."""
    process = start(*words, **options)
    out, err = process.communicate(timeout=180)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def called(*words: object) -> Any:
    """Call ``kumkm`` in this process, where no process of its own is the matter of a test.

    The answer has ``exit_code``, ``stdout`` and ``stderr``.
    """
    from click.testing import CliRunner

    from kumkm_analysis import cli

    done = CliRunner().invoke(cli.main, [str(word) for word in words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def apart(tool: str, home: Path) -> str:
    """Return the Python of an environment of its own, in which a tool is as its lock says.

    Where it cannot be had the test skips, or fails when ``KUMKM_REQUIRE_`` and the tool's name say
    that it must be.
    """
    required = os.environ.get(f"KUMKM_REQUIRE_{tool.replace('-', '_').upper()}") == "1"
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    lock = str(TOOLS / f"{tool}.lock")
    steps = (
        ["venv", "--quiet", "--python", sys.executable, str(home)],
        ["pip", "sync", "--quiet", "--python", str(python), "--require-hashes", lock],
    )
    for step in steps:
        done = uv and subprocess.run([uv, *step], capture_output=True, text=True, check=False)
        if not done or done.returncode:
            said = (done.stderr if done else "there is no uv").strip().splitlines()
            reason = f"{tool} cannot be installed: {said[-1] if said else 'uv says nothing'}"
            (pytest.fail if required else pytest.skip)(reason)
    return str(python)


def whole(folder: Path, *, killed: bool = False) -> list[str]:
    """Return what is not whole in a published folder: half pages, strangers, dangling links.

    A run that was killed may have published the first of a page and its translation only.
    """
    import hashlib
    import re

    from kumkm_analysis.runner import check_page

    if not folder.is_dir():
        return []
    wrong = []
    for home in folder.iterdir():
        if home.name.startswith(".") or home.name in ("index.html", "run.json", "failed"):
            continue
        page = home / f"{home.name}.html"
        try:
            listed = json.loads((home / "provenance.json").read_text())["files"]
        except (OSError, ValueError) as error:
            wrong.append(f"{home.name}: {error}")
            continue
        if {p.name for p in home.iterdir()} != {*listed, "provenance.json"}:
            wrong.append(f"{home.name}: other files than its provenance lists")
        for name, facts in listed.items():
            content = (home / name).read_bytes() if (home / name).is_file() else b""
            if hashlib.sha256(content).hexdigest() != facts["sha256"]:
                wrong.append(f"{home.name}: {name} is not what its provenance says")
        html = page.read_text(encoding="utf-8")
        wrong += [f"{home.name}: {problem}" for problem in check_page.problems(html)]
        for link in re.findall(r'href="(\.\./[^"#]+)"', html):
            target = home / link
            awaited = killed and target.stem.rpartition(".")[0] == home.name.rpartition(".")[0]
            if "index.html" not in link and not awaited and not target.is_file():
                wrong.append(f"{home.name}: a link to {link}")
    return wrong
