"""What every Python kernel of a report begins with, forked or not, so that both make the same page.

A forked kernel calls :func:`begin` itself; an ordinary one finds it among the startup files of its
own IPython folder (see :func:`write_startup`).
"""

from __future__ import annotations

import json
import os
import random
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

SEED = 0  # every report begins with the same random state, as it would if it were run again
CELLS = "cells"  # where the code of a cell is said to be, in place of a folder with a number
STARTUP = Path("profile_default", "startup", "00-report.py")
NO_DROP = 1


def environment() -> dict[str, str]:
    """Return the environment in which the same ingredients give the same bytes.

    One report has one core; a library that starts a thread a core would only get in the way.
    Settings of matplotlib are those beside the notebook, or its own; a user's are no ingredient.
    """
    wanted = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "0", "MATPLOTLIBRC": os.devnull}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        wanted[name] = os.environ.get(name, "1")
    return wanted


def write_startup(ipython: Path) -> None:
    """Have a kernel that is started with this folder of IPython begin as a forked one does."""
    file = ipython / STARTUP
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"__import__({__name__!r}, fromlist=['begin']).begin(get_ipython())\n")


def begin(shell: Any) -> None:
    """Begin with known random states, with cells that are called the same everywhere, and whole.

    ``shell`` is that of an ``ipykernel``; nothing that it publishes is dropped when much comes at
    once, and a cell that spoils the standard streams ends all the same.
    """
    import numpy
    from ipykernel import compiler

    random.seed(SEED)
    numpy.random.seed(SEED)
    compiler.get_tmp_directory = lambda: CELLS
    kernel = getattr(shell, "kernel", None)  # a notebook may start an IPython that has none
    if kernel is None:
        return
    kernel.session.pack = pack
    kernel.iopub_thread.schedule(lambda: _keep_all(kernel.iopub_thread.socket))
    streams = sys.stdout, sys.stderr
    shell.events.register("post_run_cell", lambda *_: _mend(*streams))


def _keep_all(socket: Any) -> None:
    """Have a socket wait where it would drop messages that come faster than they are read."""
    import zmq

    socket.setsockopt(zmq.XPUB_NODROP, NO_DROP)


def _mend(out: Any, err: Any) -> None:
    """Put the kernel's streams back in place of such as cannot be flushed, which would hang it."""
    for name, ours in (("stdout", out), ("stderr", err)):
        stream = getattr(sys, name, None)
        try:
            stream.flush()  # type: ignore[union-attr]
        except Exception:  # noqa: BLE001 - whatever a notebook put there
            setattr(sys, name, ours)
            with suppress(Exception):
                ours.flush()


def pack(value: Any) -> bytes:
    r"""Return a message as JSON; half a character, which has no place in a text, becomes ``?``.

    >>> pack({"a": "koperasi \ud800"})
    b'{"a": "koperasi ?"}'
    """
    from jupyter_client.jsonutil import json_default
    from jupyter_client.session import json_packer

    try:
        return json_packer(value)
    except UnicodeEncodeError:
        text = json.dumps(value, default=json_default, ensure_ascii=False)
        return text.encode("utf-8", "replace")
