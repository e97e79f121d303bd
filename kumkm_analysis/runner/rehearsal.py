"""The rehearsal: load what costs time, and do everything once that is loaded lazily."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import warnings
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from kumkm_analysis import paths
from kumkm_analysis.runner.imports import VAIN, as_in_kernel, without

LIBRARY = "kumkm_analysis.report.warm_up"  # by name: only notebooks use the library
INLINE = "module://matplotlib_inline.backend_inline"
KERNEL = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell",
    "IPython.extensions.storemagic",
)  # fmt: skip
# What an ordinary kernel and a report import one after the other, most of it lazily.
MODULES = (
    "ipykernel.debugger", "IPython.core.completer", "IPython.core.magics", "IPython.core.oinspect",
    "IPython.core.async_helpers", "IPython.core.compilerop", "IPython.core.pylabtools",
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.comm.manager",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger",
    "IPython.extensions.storemagic", "code", "encodings.utf_8_sig", "faulthandler", "pdb",
    "ipykernel.subshell_manager", "ipykernel.datapub", "matplotlib_inline.backend_inline",
    "matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg",
    "seaborn", "pandas", "pandas.io.formats.style", "papermill", "papermill.translators",
    "papermill.iorw", "nbclient", "nbconvert.exporters", "nbconvert.filters", "nbformat.v4",
    "jupyter_client.asynchronous", "jupyter_client.blocking", "jupyter_client.provisioning",
    "ipykernel.kernelspec", "zmq.asyncio", "tornado.platform.asyncio", "jsonschema",
    "babel.numbers", "pygments.lexers",
    "kumkm_analysis.report.report", "kumkm_analysis.report.tables", "kumkm_analysis.charts.series",
    "kumkm_analysis.runner.execute", "kumkm_analysis.runner.forked",
    "kumkm_analysis.runner.produce", "kumkm_analysis.runner.page",
    "kumkm_analysis.runner.worker",
)  # fmt: skip


def kernel() -> frozenset[str]:
    """Load what an ordinary kernel has loaded too; return the names of all that is loaded then."""
    with without(*VAIN):
        for name in KERNEL:
            import_module(name)
    return frozenset(sys.modules)


def rehearse(data: Path) -> None:
    """Load every module and the data, and make one small report of every kind of exhibit."""
    with as_in_kernel():
        import pandas  # noqa: F401
    # Charts vanish silently when pyplot is loaded under another backend than the kernel's.
    os.environ["MPLBACKEND"] = INLINE
    with without(*VAIN):
        for name in MODULES:
            with suppress(ImportError):  # another version; what needs the module will say so
                import_module(name)
    for part in PARTS:
        with suppress(Exception):  # it will be slower, or fail where that is told
            part(data)


def draw() -> None:
    """Draw what notebooks of users draw and ours never do: seaborn, matplotlib's own axes, a PNG.

    Letters, powers and colours take a third of a second the first time, and so in every kernel
    that is forked before.
    """
    import seaborn
    from matplotlib.figure import Figure

    with warnings.catch_warnings():  # one that is told here would not be told in a notebook
        warnings.simplefilter("ignore")
        figure = Figure()
        axes = figure.subplots()
        seaborn.barplot(x=[1.0, 2.0, 4.0, 8.0], y=list("abab"), hue=list("ccdd"), ax=axes)
        axes.set(title="Rehearsal 1", xscale="log")
        figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


def _library(data: Path) -> None:
    """Have the library do what notebooks ask of it."""
    import_module(LIBRARY).exercise(data)


def codes() -> list[str]:
    """Return the code of every cell of our own notebooks, which the kernels to come will run."""
    cells = [cell for content in _notebooks() for cell in json.loads(content)["cells"]]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def _notebooks() -> list[bytes]:
    """Return our own notebooks."""
    return [path.read_bytes() for path in sorted(paths.notebooks_path().glob("*.ipynb"))]


def _prose_and_code(_: Path) -> None:
    """Read our own notebooks and lay out their cells once; reports only look them up."""
    from kumkm_analysis.runner import execute, outputs

    for content in _notebooks():
        execute.rehearse(content)
        for cell in json.loads(content)["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code":
                outputs.code(source)
            else:
                outputs.markdown(source, {}, paths.notebooks_path())


def _page(data: Path) -> None:
    """Lay out a small page of prose, code and a table."""
    import nbformat

    from kumkm_analysis.runner import check_page, client, kernels, page, produce
    from kumkm_analysis.runner.plan import Report

    new = nbformat.v4
    output = new.new_output("display_data", data={"text/html": "<h1>Rehearsal</h1>"})
    cells = [
        new.new_markdown_cell(
            "## Heading\n\nText, *prose* and a [link](https://example.org).\n\n- a\n- b"
        ),
        new.new_code_cell("value: int = 1  # a comment\nprint(f'{value}')", outputs=[output]),
    ]
    notebook = new.new_notebook(cells=cells)
    with tempfile.TemporaryDirectory() as folder:
        report = Report("rehearsal", Path(folder) / "rehearsal.ipynb", {"language": "en"})
        check_page.problems(page.build(notebook, report))
    produce.rehearse(data)
    kernels.rehearse()
    client.engine()


PARTS = (_library, _page, _prose_and_code)
