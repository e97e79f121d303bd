"""Execution: one report's notebook through papermill, in a private folder.

The library runs inside the notebook's kernel; what comes back is the executed notebook. Nothing
is written while it runs: the notebook travels as a value, and only a failed one is kept.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
from functools import lru_cache
from typing import Any

from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner import client, kernels, notebooks
from kumkm_analysis.runner.jobs import Job, Task
from kumkm_analysis.runner.kernels import WarmKernel

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LONGEST_LINE = 300
RUNS = "a cell that runs"
OUTPUT_WAIT = 60  # seconds for the outputs of a cell that has ended; much of it takes its time


class CellError(RunError):
    """A cell failed: an error of the analysis. ``notebook`` holds what ran so far."""

    def __init__(self, faults: Any, summary: str = "", notebook: bytes | None = None) -> None:
        super().__init__(faults, summary)
        self.notebook = notebook


class LostError(RunError):
    """The machinery failed (a dead kernel, a lost socket): a fresh attempt may succeed."""


def execute(task: Task, warm: WarmKernel | None = None) -> Any:
    """Run a report's notebook and return it executed (a ``nbformat`` node).

    Raises :class:`CellError` when a cell fails, :class:`LostError` when the kernel dies or does
    not answer, and :class:`~kumkm_analysis.errors.RunError` for a kernel that cannot be had.
    """
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    report = task.job.report
    notebook = None
    try:
        notebook = _parameterised(task.job)
        return _run(notebook, task, warm)
    except CellError:
        raise
    except PapermillExecutionError as error:
        where = f"{report.name}, cell {error.cell_index + 1}"
        found = one_line(f"{error.ename}: {error.evalue}") or error.ename
        fault = Fault(where, found, RUNS)
        raise CellError(fault, notebook=_bytes(notebook)) from None
    except NoSuchKernel as error:
        step = "List what there is with: jupyter kernelspec list"
        fault = Fault(report.name, one_line(str(error)), "a kernel of that name", step)
        raise RunError(fault) from None
    except (DeadKernelError, RuntimeError, OSError) as error:
        raise LostError(_lost(task, warm, error)) from None
    except Exception as error:  # noqa: BLE001 - whatever stops a notebook is told, not raised
        found = one_line(f"{type(error).__name__}: {error}")
        raise RunError(Fault(report.name, found, "a notebook that runs to the end")) from None


def one_line(text: str) -> str:
    """Return an error's text on one line, without colours and not endless."""
    line = " ".join(ANSI.sub("", text).split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def _lost(task: Task, warm: WarmKernel | None, error: Exception) -> Fault:
    """Return a fault that tells why a kernel was lost: how it ended, and the last it said."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        step = "Make room there, or set TMPDIR to a folder with more; then run again."
        where = f"{task.job.report.name}, temporary folder"
        return Fault(where, os.strerror(error.errno), "room to work in", step)
    found = one_line(str(error)) or type(error).__name__
    code = warm.poll() if warm is not None else None
    ended = f"exit code {code}" if code is not None and code >= 0 else f"signal {-(code or 0)}"
    last = one_line(kernels.last_words(task.private))
    said = [ended] if code is not None else []
    said += [f"the kernel's last words: {last}"] if last else []
    found += f" ({'; '.join(said)})" if said else ""
    return Fault(task.job.report.name, found, "a kernel that runs to the end")


def rehearse(notebook: bytes) -> None:
    """Read a notebook that many reports will be made of; they need not check it again."""
    _blank(notebook)


@lru_cache(maxsize=8)
def _blank(content: bytes) -> str:
    """Return a notebook in today's format and without outputs, ready for parameters, as JSON."""
    import nbformat

    notebook = nbformat.reads(json.dumps(notebooks.parse(content)), as_version=nbformat.NO_CONVERT)
    notebook = nbformat.v4.upgrade(notebook) or notebook
    notebook.metadata.setdefault("papermill", {})
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])
        cell.metadata.setdefault("papermill", {})
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = []
    return json.dumps(notebook)


@lru_cache
def _translate_tuples() -> None:
    """Have papermill write a tuple as one; it would write a text that looks like it."""
    from papermill.translators import PythonTranslator, papermill_translators

    class Translator(PythonTranslator):  # type: ignore[misc]
        """Python as papermill writes it, and tuples."""

        @classmethod
        def translate(cls, val: Any) -> str:
            if isinstance(val, tuple):
                return "({})".format("".join(f"{cls.translate(one)}, " for one in val))
            return str(super().translate(val))

    papermill_translators.register("python", Translator)


def _parameterised(job: Job) -> Any:
    """Return the notebook of a job with its parameters written below their defaults."""
    import nbformat
    from papermill.execute import remove_error_markers
    from papermill.parameterize import parameterize_notebook

    _translate_tuples()
    report = job.report
    notebook = nbformat.from_dict(json.loads(_blank(job.notebook)))
    if report.parameters:
        notebook = parameterize_notebook(
            notebook,
            dict(report.parameters),
            kernel_name=report.kernel,
            language="python" if report.kernel == kernels.OWN else None,
        )
    return remove_error_markers(notebook)


def _run(notebook: Any, task: Task, warm: WarmKernel | None) -> Any:
    """Run a notebook in papermill's engine, which then writes nothing, and raise what failed."""
    from papermill.execute import raise_for_execution_errors

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    kernel = task.job.report.kernel
    executed = client.engine().execute_notebook(
        notebook,
        kernel,
        output_path=None,
        progress_bar=False,
        autosave_cell_every=0,
        record_timing=False,
        iopub_timeout=OUTPUT_WAIT,
        kernel_manager=kernels.manager(kernel, task.private, task.cwd, task.data, warm),
        shutdown_kernel="immediate",
    )
    found = _first_error(executed)
    if found is None:
        return executed
    number, error = found
    if not any(map(_errors, executed.cells[: number - 1])):
        raise_for_execution_errors(executed, None)  # it marks the place in the notebook
    # papermill excuses sys.exit(), after which nothing is run, and knows no error that is meant.
    where = f"{task.job.report.name}, cell {number}"
    said = one_line(f"{error.ename}: {error.evalue}")
    early = error.ename == "SystemExit"
    step = "What is not to be run can stand below a condition." if early else ""
    fault = Fault(where, said, "a notebook that runs to its end" if early else RUNS, step)
    raise CellError(fault, notebook=_bytes(executed))


def _first_error(notebook: Any) -> tuple[int, Any] | None:
    """Return the number of the first cell with an error that is not meant, and the error."""
    for number, cell in enumerate(notebook.cells, start=1):
        errors = _errors(cell)
        if errors and client.MAY_FAIL not in cell.metadata.get("tags", []):
            return number, errors[0]
    return None


def _errors(cell: Any) -> list[Any]:
    return [one for one in cell.get("outputs", []) if one.output_type == "error"]


def _bytes(notebook: Any) -> bytes | None:
    """Return a notebook as the bytes of a file, which holds no path of this machine."""
    import nbformat

    if notebook is None:
        return None
    return str(nbformat.writes(notebook)).encode()
