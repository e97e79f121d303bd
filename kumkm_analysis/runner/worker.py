"""The process that makes one report: client, page and kernel, all in one process group.

It leaves its answer as a file in the private folder of the report and ends. When whoever started it
goes away, the whole group goes with it, and so does all that the report started elsewhere.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import tempfile
from functools import partial
from pathlib import Path

from kumkm_analysis import paths
from kumkm_analysis.errors import Fault, KumkmError, RunError
from kumkm_analysis.runner import kernel, tree
from kumkm_analysis.runner.execute import CellError, LostError, lost, one_line
from kumkm_analysis.runner.jobs import Answer, Job, Task

ANSWER = "answer"
LONGEST_TEMPORARY = 60  # bytes; multiprocessing has sockets in there, with names of forty letters


def run(
    job: Job, folder: Path | None, private: Path, data: Path, warm: bool, inherited: int | None
) -> None:
    """Make a report and leave the answer in its private folder; ends with all it started.

    The notebook runs in ``folder``, or in a private one where there is none; ``inherited`` is the
    pipe of the process that this one was forked from.
    """
    os.setpgid(0, 0)
    if inherited is not None:
        os.close(inherited)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    task = Task(job, private, folder or _lay(job, private), data)
    os.environ.update(environment(task))
    tempfile.tempdir = None  # it was looked up before
    if warm and job.report.kernel == kernel.OWN:
        kernel.fork()  # before any thread is started
    tree.adopt()
    tree.end_with_parent(partial(shutil.rmtree, private, ignore_errors=True))
    os.chdir(os.sep)  # a notebook can take away where it was started
    answer = make(task)
    try:
        _leave(answer, private)
    except OSError as error:  # it does not fit; why it is lacking may
        _leave(Answer(error=RunError(lost(job.report.name, error))), private)
    if not tree.childless():
        tree.end_below(os.getpid())
    os._exit(0)


def make(task: Task) -> Answer:
    """Return what became of a task; nothing that goes wrong in a report is raised."""
    from kumkm_analysis.runner.produce import produce

    try:
        return Answer(produce(task))
    except CellError as error:
        return Answer(error=RunError(error.faults), notebook=error.notebook)
    except LostError as error:
        return Answer(error=RunError(error.faults), lost=True)
    except KumkmError as error:
        return Answer(error=error)
    except Exception as error:  # noqa: BLE001 - one broken report never stops the others
        found = one_line(f"{type(error).__name__}: {error}")
        step = "Run it again; if it stays, it is a fault of kumkm: please report it."
        return Answer(error=RunError(Fault(task.job.report.name, found, "a finished page", step)))


def _leave(answer: Answer, private: Path) -> None:
    """Write an answer, which is seen only when it is whole."""
    private.mkdir(parents=True, exist_ok=True)  # a notebook can take it away
    unfinished = private / f"{ANSWER}.new"
    unfinished.write_bytes(pickle.dumps(answer))
    unfinished.rename(private / ANSWER)


def environment(task: Task) -> dict[str, str]:
    """Return what the environment of a report and its kernel adds to ours."""
    wanted = {paths.DATA_VARIABLE: str(task.data), paths.PUBLISH_VARIABLE: "1"}
    temporary = task.private / "tmp"
    if len(os.fsencode(temporary)) <= LONGEST_TEMPORARY:
        temporary.mkdir(exist_ok=True)
        wanted["TMPDIR"] = str(temporary)
    home = paths.PACKAGE.parent
    if (home / "pyproject.toml").is_file():
        # A checkout: the kernel loads the code that runs this, installed or not.
        others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        found = [str(home), *(one for one in others if one and one != str(home))]
        wanted["PYTHONPATH"] = os.pathsep.join(found)
    return wanted


def _lay(job: Job, private: Path) -> Path:
    """Return a private folder for a notebook to run in, with the inputs that travelled with it."""
    folder = private / "folder"
    folder.mkdir()
    for name, content in job.inputs.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder
