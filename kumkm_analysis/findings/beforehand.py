"""Findings searched by a process of its own, while the one that will need them does other things.

They are the same for everyone who reads the same data. Where the search is lost, whoever needs
them first searches them.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from kumkm_analysis.dataset import load
from kumkm_analysis.errors import KumkmError
from kumkm_analysis.findings.record import Findings

FAILED = 1


def search(data: Path) -> Callable[[], None]:
    """Begin to search the findings of a package; return what waits for them and takes them.

    This forks, so no thread may have been started. A package that the gate refuses is searched by
    nobody: whoever loads it will be told why.
    """
    try:
        dataset = load(data)
    except (KumkmError, OSError):
        return lambda: None
    receive, send = os.pipe()
    alive, hold = os.pipe()  # nothing is ever written: it closes when whoever waits has ended
    process = os.fork()
    if process == 0:
        os.close(receive)
        os.close(hold)
        _search(data, send, alive)
    os.close(send)
    os.close(alive)

    def take() -> None:
        with os.fdopen(receive, "rb") as pipe:
            content = pipe.read()
        os.close(hold)
        os.waitpid(process, 0)
        with suppress(EOFError, pickle.UnpicklingError):  # the search was lost
            # It comes from a fork of this very process.
            records, checks = pickle.loads(content)  # noqa: S301
            dataset._take_findings(Findings(dataset, records, checks))

    return take


def _search(data: Path, send: int, alive: int) -> NoReturn:
    """Search, answer and end."""

    def end_when_nobody_waits() -> None:
        os.read(alive, 1)
        os._exit(FAILED)

    code = FAILED
    try:
        threading.Thread(target=end_when_nobody_waits, daemon=True).start()
        found = load(data).findings()
        with os.fdopen(send, "wb") as pipe:
            pickle.dump((found.records, found.checks), pipe)
        code = 0
    finally:
        os._exit(code)
