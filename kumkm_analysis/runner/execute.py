"""Execution: one report's notebook through papermill's front door.

The library runs inside the notebook's kernel; what comes back is the executed notebook. Nothing
is written while it runs: the notebook travels as a value, and only a failed one is kept.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
from contextlib import chdir
from functools import lru_cache
from typing import Any

from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner import kernel, notebooks
from kumkm_analysis.runner.jobs import Job, Task

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
INJECTED = "injected-parameters"  # papermill's tag
LONGEST_LINE = 300
RUNS = "a cell that runs"
# The line of a cell in a traceback of IPython: that of the cell itself comes first.
IN_CELL = re.compile(r"Cell In ?\[\d+\], line (\d+)|^\s*File .*\bline (\d+)$", re.MULTILINE)
# An error of the library: its faults, each with its next step.
OWN_FAULT = re.compile(r"^(\S.*?): found (.*?); expected (.*)\.\n((?:  .*\n)*)", re.MULTILINE)


class CellError(RunError):
    """A cell failed: an error of the analysis. ``notebook`` holds what ran so far."""

    def __init__(self, faults: Any, summary: str = "", notebook: bytes | None = None) -> None:
        super().__init__(faults, summary)
        self.notebook = notebook


class LostError(RunError):
    """The machinery failed (a dead kernel, a lost socket): a fresh attempt may succeed."""


def execute(task: Task) -> Any:
    """Run a report's notebook and return it executed (a ``nbformat`` node).

    Raises :class:`CellError` when a cell fails, :class:`LostError` when the kernel dies or does
    not answer, and :class:`~kumkm_analysis.errors.RunError` for a kernel that cannot be had.
    """
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from kumkm_analysis.runner import papermill_engine

    name = task.job.report.name
    notebook = None
    try:
        notebook = parameterised(task.job)
        with chdir(task.cwd):
            papermill_engines.execute_notebook_with_engine(
                papermill_engine.NAME, notebook, task.job.report.kernel,
                progress_bar=False, autosave_cell_every=0,
            )  # fmt: skip
        if error := papermill_engine.first_error(notebook):
            raise error
        return notebook
    except PapermillExecutionError as error:
        number = notebooks.counted(notebook)[error.cell_index][0]
        where = f"{name}, cell {number}{_line(error)}"
        raise CellError(_told(where, error), notebook=_bytes(notebook)) from None
    except NoSuchKernel as error:
        step = "List what there is with: jupyter kernelspec list"
        raise RunError(Fault(name, one_line(str(error)), "a kernel of that name", step)) from None
    except (DeadKernelError, RuntimeError, OSError) as error:
        raise LostError(lost(name, error)) from None
    except Exception as error:  # noqa: BLE001 - whatever stops a notebook is told, not raised
        found = one_line(f"{type(error).__name__}: {error}")
        raise RunError(Fault(name, found, "a notebook that runs to the end")) from None


def _line(error: Any) -> str:
    """Return the line of a cell that failed, as its traceback tells it, if it does."""
    told = ANSI.sub("", "\n".join(error.traceback or ()))
    found = IN_CELL.search(told)
    return f", line {found[1] or found[2]}" if found else ""


def _told(where: str, error: Any) -> list[Fault]:
    """Return the error of a cell as faults: those that our own error names, whole; else one."""
    from kumkm_analysis.runner import papermill_engine

    own = OWN_FAULT.findall(f"{error.evalue}\n")
    if own:
        return [
            Fault(f"{where}, {place}", found, rule, step.strip())
            for place, found, rule, step in own
        ]
    found = one_line(f"{error.ename}: {error.evalue}") or error.ename
    if error.ename == papermill_engine.LEFT:
        step = "What is not to be run can stand below a condition."
        return [Fault(where, found, "a notebook that runs to its end", step)]
    return [Fault(where, found, RUNS)]


def one_line(text: str) -> str:
    """Return an error's text on one line, without colours and not endless."""
    line = " ".join(ANSI.sub("", text).split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def lost(name: str, error: Exception) -> Fault:
    """Return a fault that tells why the kernel of a report was lost."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        step = "Make room there, or set TMPDIR to a folder with more; then run again."
        found = os.strerror(error.errno)
        return Fault(f"{name}, temporary folder", found, "room to work in", step)
    found = one_line(str(error)) or type(error).__name__
    return Fault(name, found, "a kernel that runs to the end")


def parameterised(job: Job) -> Any:
    """Return the notebook of a job with its parameters written below their defaults."""
    import nbformat
    import papermill

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    report = job.report
    given = nbformat.from_dict(json.loads(blank(job.notebook)))
    before = tuple(given.cells)
    notebook = papermill.execute_notebook(
        given,
        None,
        dict(report.parameters),
        prepare_only=True,
        kernel_name=report.kernel,
        language="python" if report.kernel == kernel.OWN else None,
    )
    if len(notebook.cells) > len(before):
        for cell in notebook.cells:
            if INJECTED in cell.metadata.tags:
                cell.metadata["kumkm"] = {notebooks.PUT_IN: True}
    notebook.metadata.pop("papermill", None)  # it notes where it was read from, and when
    notebook.metadata["papermill"] = {}
    return notebook


@lru_cache(maxsize=8)
def blank(content: bytes) -> str:
    """Return a notebook in today's format and without outputs, ready for parameters, as JSON.

    Reports of one notebook are many; it is read and checked once.
    """
    import nbformat

    notebook = nbformat.reads(json.dumps(notebooks.parse(content)), as_version=nbformat.NO_CONVERT)
    notebook = nbformat.v4.upgrade(notebook) or notebook
    for cell in notebook.cells:
        tags = cell.metadata.setdefault("tags", [])
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = []
            if notebooks.INJECTED in tags:  # an old value does not speak, nor move the cells below
                cell.source = ""
        theirs = {notebooks.INJECTED, *([] if cell.cell_type == "code" else [notebooks.TAG])}
        cell.metadata.tags = [tag for tag in tags if tag not in theirs]  # papermill would go by it
    return json.dumps(notebook)


def _bytes(notebook: Any) -> bytes | None:
    """Return a notebook as the bytes of a file, which holds no path of this machine."""
    import nbformat

    return None if notebook is None else str(nbformat.writes(notebook)).encode()
