"""What the processes of the comparison do; a module of its own, so that they can find it."""

from __future__ import annotations

import gc
import json
import os
import time
from pathlib import Path

from kumkm_analysis.runner.plan import Report


def with_exporter(report: Report, folder: Path) -> float:
    """Make one page with papermill's API and HTMLExporter; return when it was there."""
    import papermill
    from nbconvert.exporters import HTMLExporter

    executed = folder / f"{report.name}.ipynb"
    notebook = papermill.execute_notebook(
        str(report.path), str(executed), dict(report.parameters), progress_bar=False
    )
    html, _ = HTMLExporter().from_notebook_node(notebook)
    executed.with_suffix(".html").write_text(html, encoding="utf-8")
    return time.monotonic()


def warm(reports: list[Report]) -> float:
    """Run the code cells of some reports to load what they need; return when that was done."""
    for report in reports:
        bare(report)
    gc.freeze()  # what is forked copies less
    time.sleep(1)  # so that each process gets this once
    return time.monotonic()


def bare(report: Report) -> float:
    """Run the code cells of a report, outputs kept as a kernel would; return CPU seconds."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    begun = time.process_time()
    interactive = InteractiveShell.instance()
    interactive.reset()
    notebook = json.loads(report.path.read_bytes())
    codes = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    for number, cell in enumerate(codes):
        with capture_output():
            done = interactive.run_cell("".join(cell["source"]), store_history=False)
        done.raise_error()
        if number == 0:
            interactive.user_ns.update(report.parameters)
    return time.process_time() - begun


def clean(report: Report) -> float:
    """Run the code cells of a report in a fork of this process; return CPU seconds, all told."""
    before = os.times()
    process = os.fork()
    if process == 0:
        try:
            bare(report)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    assert status == 0, report.name
    after = os.times()
    return sum(after[:4]) - sum(before[:4])
