"""What a warm process loads and does once, so that no report forked from it has to.

Some of what is imported would load more in vain: ``ipykernel`` a debugger (0.3 s) that nobody can
attach to, ``jsonschema`` a grammar of internationalised addresses (1.3 s) for a check that nobody
asks for. Both do without when there is none, so they seem not to be installed.
"""

from __future__ import annotations

import builtins
import gc
import io
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

from kumkm_analysis import paths
from kumkm_analysis.runner import kernel

VAIN = ("debugpy", "rfc3987_syntax")
INLINE = "module://matplotlib_inline.backend_inline"
LIBRARY = "kumkm_analysis.report.warm_up"  # by name: only notebooks use the library
ORDINARY = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell",
    "IPython.extensions.storemagic",
)  # fmt: skip
# What an ordinary kernel and a report import one after the other, most of it lazily.
MODULES = (
    "ipykernel.debugger", "IPython.core.completer", "IPython.core.magics", "IPython.core.oinspect",
    "IPython.core.async_helpers", "IPython.core.compilerop", "IPython.core.pylabtools",
    "ipykernel.comm.manager", "IPython.core.completerlib", "IPython.core.debugger",
    "IPython.core.logger", "code", "encodings.utf_8_sig", "faulthandler", "pdb",
    "ipykernel.subshell_manager", "ipykernel.datapub", "matplotlib_inline.backend_inline",
    "matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg",
    "seaborn", "pandas", "pandas.io.formats.style", "papermill", "papermill.translators",
    "papermill.iorw", "nbclient", "nbconvert.exporters", "nbconvert.filters", "nbformat.v4",
    "jupyter_client.asynchronous", "jupyter_client.provisioning", "ipykernel.kernelspec",
    "zmq.asyncio", "tornado.platform.asyncio", "jsonschema", "babel.numbers", "pygments.lexers",
    "kumkm_analysis.report.report", "kumkm_analysis.charts.timeline",
    "kumkm_analysis.runner.papermill_engine", "kumkm_analysis.runner.produce",
    "kumkm_analysis.runner.worker",
)  # fmt: skip


def up(data: Path) -> None:
    """Load every module and the data, and make one small report of every kind of exhibit.

    Leaves no thread and no trace; what is there then is never looked at by the collector again,
    and so never copied.
    """
    gc.disable()  # hardly anything that is loaded is let go of again
    with without(*VAIN):
        for name in ORDINARY:
            import_module(name)
    kernel.ordinary = frozenset(sys.modules)
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
    gc.collect()
    gc.freeze()
    gc.enable()


def draw() -> None:
    """Draw what notebooks of users draw and ours never do: seaborn, matplotlib's own axes, a PNG.

    Letters, powers and colours take a third of a second the first time.
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


def _pages(data: Path) -> None:
    """Read our own notebooks, lay out their cells, and make a small page."""
    import nbformat
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    from kumkm_analysis.runner import check_page, execute, notebooks, page, produce
    from kumkm_analysis.runner.plan import Report

    KernelProvisionerFactory.instance()
    shown = nbformat.v4.new_output("display_data", data={"text/html": "<h1>Rehearsal</h1>"})
    for name in notebooks.SHIPPED:
        path = paths.notebooks_path() / f"{name}.ipynb"
        notebook = nbformat.from_dict(json.loads(execute.blank(path.read_bytes())))
        notebook.cells[-1].outputs = [shown]
        with tempfile.TemporaryDirectory() as folder:
            report = Report(path.stem, Path(folder, path.name), {"language": "en"})
            check_page.problems(page.build(notebook, report))
    produce.rehearse(data)


PARTS = (_library, _pages)


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Let these packages seem not to be installed, for the imports inside.

    >>> with without("this"):
    ...     import this
    Traceback (most recent call last):
        ...
    ModuleNotFoundError: import of this halted; None in sys.modules
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextmanager
def as_in_kernel() -> Iterator[None]:
    """Let the imports inside take this process for a kernel, not for a terminal.

    pandas looks once, when it is loaded, and cuts wide tables only where there is no terminal.
    """
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]
