"""Imports without what they would load in vain, and as a kernel would have them.

``ipykernel`` loads a debugger (0.3 s) that nobody can attach to, and ``jsonschema`` builds a
grammar of internationalised addresses (1.3 s) whenever ``rfc3987-syntax`` is installed, as it is
with JupyterLab, for a check that nobody asks for. Both do without when there is none.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

VAIN = ("debugpy", "rfc3987_syntax")


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
