"""The hook ``--on-change``: a command that learns, as JSON on its input, what moved or failed.

It is called only when results moved, or a report failed or timed out and it does not know that yet,
or one that had is good again. Otherwise there is silence. The run holds the output folder while
the command works, so the command has a limit, after which it is ended with all that it started.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from kumkm_analysis.runner import tree
from kumkm_analysis.runner.outcomes import Outcome, Result

STDERR = 2
TIMEOUT = 600.0  # seconds
LAST_WAIT = 5.0  # seconds for what was killed to be gone


def news(
    results: Sequence[Result],
    failing: Mapping[str, Result],
    announced: Mapping[str, Outcome],
    moved: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return what the command has not heard of; an empty mapping when there is nothing.

    ``failing`` are the failures that stand now, those of other runs too, ``announced`` those that
    the command knows, ``moved`` the reports whose results did.

    >>> bad = Result("a", Outcome.FAILED, message="no kernel")
    >>> news([bad], {"a": bad}, {"a": Outcome.FAILED})
    {}
    >>> news([bad], {"a": bad}, {})["failed"]
    [{'report': 'a', 'outcome': 'failed', 'message': 'no kernel'}]
    >>> news([], {}, {"a": Outcome.FAILED})["recovered"]
    ['a']
    """
    fresh = [r for name, r in failing.items() if announced.get(name) is not r.outcome]
    still = [r for r in results if r.outcome.bad and announced.get(r.name) is r.outcome]
    recovered = [name for name in announced if name not in failing]
    if not (moved or fresh or recovered):
        return {}
    return {
        "moved": list(moved),
        "failed": [_failure(result) for result in fresh],
        "still_failing": [_failure(result) for result in still],
        "recovered": recovered,
    }


def _failure(result: Result) -> dict[str, str]:
    outcome = result.outcome.value
    return {"report": result.name, "outcome": outcome, "message": result.message}


def call(command: str, found: Mapping[str, Any], output: Path, timeout: float = TIMEOUT) -> str:
    """Call the command with what is new; return what went wrong with it, or nothing.

    It is ended after ``timeout`` seconds, and when this process is interrupted.
    """
    # Escaped, since a path need not be UTF-8.
    content = json.dumps({"schema_version": 1, "output": str(output), **found})
    tree.adopt()  # a daemon of the command comes to us
    others = tree.children()
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
    over = False
    try:
        process.communicate(content.encode(), timeout)
        over = True
    except subprocess.TimeoutExpired:
        step = "Allow more with --hook-timeout SECONDS, or look for what it waits for."
        return f"The command of --on-change was ended after {timeout:g} s: {command}\n  {step}"
    finally:
        _end(process)
        if not over:
            tree.end_below(os.getpid(), others)
    if process.returncode == 0:
        return ""
    return f"The command of --on-change ended with {process.returncode}: {command}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command that still runs, with its group and all below it."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            tree.end_below(process.pid, itself=True)
            tree.end_group(process.pid)
        with suppress(subprocess.TimeoutExpired):
            process.wait(LAST_WAIT)
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def _errors() -> int:
    try:
        os.fstat(STDERR)
    except OSError:
        return subprocess.DEVNULL
    return STDERR
