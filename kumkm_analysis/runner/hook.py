"""The hook ``--on-change``: a command that is called once after a run with what moved or failed.

It reads JSON on its input. The run holds the output folder while the command works, so the command
has a limit, after which it is ended with its process group.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
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
    >>> news([Result("a", Outcome.DONE)], ["a"])["recovered"]
    ['a']
    >>> news([Result("a", Outcome.UNCHANGED)], [])
    {}
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
    try:
        process = subprocess.Popen(  # noqa: S602
            command,
            shell=True,
            stdin=subprocess.PIPE,
            stdout=_errors(),
            process_group=None if sys.platform == "win32" else 0,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return f"The command of --on-change could not be started ({reason}): {command}"
    try:
        process.communicate(content.encode(), timeout)
    except subprocess.TimeoutExpired:
        step = "Allow more with --hook-timeout SECONDS, or look for what it waits for."
        _end(process)
        return f"The command of --on-change was ended after {timeout:g} s: {command}\n  {step}"
    except KeyboardInterrupt:
        _end(process)
        raise
    if process.returncode == 0:
        return ""
    return f"The command of --on-change ended with {process.returncode}: {command}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all in its process group, were its shell gone already."""
    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError, subprocess.TimeoutExpired):
        process.wait(5)
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def _errors() -> int:
    try:
        os.fstat(STDERR)
    except OSError:
        return subprocess.DEVNULL
    return STDERR
