"""Execution: one report's notebook through papermill, in a private folder.

The library runs inside the notebook's kernel; what comes back is the executed notebook.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, RunError
from kumkm_analysis.runner import kernels
from kumkm_analysis.runner.plan import Report

EXECUTED = "executed.ipynb"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LONGEST_LINE = 300


def execute(report: Report, private: Path, data: Path) -> Any:
    """Run a report's notebook and return it executed (a ``nbformat`` node).

    ``private`` is an empty folder of this report alone; ``data`` is the package that the library
    inside will load. Raises :class:`~kumkm_analysis.errors.RunError` when a cell fails or the
    kernel dies; what ran so far is then in ``private / "executed.ipynb"``.
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError

    # Unknown parameters were refused by the plan; papermill's own log would only repeat it.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    # A user's notebook finds its neighbours as it does in Jupyter; ours need none.
    cwd = private if report.shipped else report.path.resolve().parent
    try:
        return papermill.execute_notebook(
            _literal(report.path.resolve()),
            _literal(private / EXECUTED),
            parameters=dict(report.parameters),
            kernel_name=report.kernel,
            language="python" if report.kernel == kernels.OWN else None,
            progress_bar=False,
            log_output=False,
            record_timing=False,
            kernel_manager_class=kernels.manager(private, cwd, data),
            shutdown_kernel="immediate",
        )
    except PapermillExecutionError as error:
        where = f"{report.name}, cell {error.cell_index + 1}"
        found = _one_line(f"{error.ename}: {error.evalue}") or error.ename
        raise RunError(Fault(where, found, "a cell that runs")) from None
    except Exception as error:  # noqa: BLE001 - whatever stops a kernel is told, not raised
        found = _one_line(str(error)) or type(error).__name__
        last = _one_line(kernels.last_words(private))
        found += f" (the kernel's last words: {last})" if last else ""
        raise RunError(Fault(report.name, found, "a kernel that runs to the end")) from None


def _literal(path: Path) -> str:
    """Return a path that papermill will not read as a template."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _one_line(text: str) -> str:
    """Return an error's text on one line, without colours and not endless."""
    line = " ".join(ANSI.sub("", text).split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
