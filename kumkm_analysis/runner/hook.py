"""The hook ``--on-change``: a command that is called once after a run with what moved or failed.

It reads JSON on its input. The run holds the output folder while the command works, so the command
has a limit, after which it is ended with its process group.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from kumkm_analysis.runner.outcomes import Result

STDERR = 2
TIMEOUT = 600.0  # seconds


def news(results: Sequence[Result], failing: Collection[str]) -> dict[str, Any]:
    """Return what moved or failed in a run; an empty mapping when nothing did.

    ``failing`` are the reports whose failure stood before: those that are good now are told too.

    >>> from kumkm_analysis.runner.outcomes import Outcome
    >>> news([Result("a", Outcome.FAILED, message="no kernel")], [])["failed"]
    [{'report': 'a', 'outcome': 'failed', 'message': 'no kernel'}]
    """
    found: dict[str, Any] = {
        "moved": [{"report": r.name, **r.changes} for r in results if r.changes],
        "failed": [
            {"report": r.name, "outcome": r.outcome.value, "message": r.message}
            for r in results
            if r.outcome.bad
        ],
        "recovered": [r.name for r in results if r.outcome.good and r.name in failing],
    }
    return found if any(found.values()) else {}


def call(command: str, found: Mapping[str, Any], output: Path, timeout: float = TIMEOUT) -> str:
    """Call the command with what is new; return what went wrong with it, or nothing.

    It is ended after ``timeout`` seconds, and when this process is interrupted.
    """
    # Escaped, since a path need not be UTF-8.
    content = json.dumps({"schema_version": 1, "output": str(output), **found})
    # A shell reads it, as cron and systemd would: the command is the user's own. What it says goes
    # where our warnings go, for our output may be read by a machine.
    process = subprocess.Popen(  # noqa: S602
        command, shell=True, stdin=subprocess.PIPE, stdout=STDERR, process_group=0
    )
    try:
        process.communicate(content.encode(), timeout)
    except BaseException as error:
        with suppress(OSError):  # with all in its group, were its shell gone already
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        step = "Allow more with --hook-timeout SECONDS, or look for what it waits for."
        return f"The command of --on-change was ended after {timeout:g} s: {command}\n  {step}"
    if process.returncode == 0:
        return ""
    return f"The command of --on-change ended with {process.returncode}: {command}"
