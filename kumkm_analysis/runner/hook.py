"""The hook ``--on-change``: a command that learns, as JSON on its input, what moved or failed.

It is called only when results moved, or a report failed that had not failed in the same way, or
one that had failed is good again. Otherwise there is silence. The run holds the output folder while
the command works, so the command has a limit, after which it is ended with all that it started.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from kumkm_analysis.runner.outcomes import Result
from kumkm_analysis.runner.workers import orphans

STDERR = 2
TIMEOUT = 600.0  # seconds
LAST_WAIT = 5.0  # seconds for what was killed to be gone


def news(results: Sequence[Result], before: Mapping[str, Result]) -> dict[str, Any]:
    """Return what is new since the last run; an empty mapping when nothing is.

    >>> from kumkm_analysis.runner.outcomes import Outcome
    >>> news([Result("a", Outcome.DONE), Result("b", Outcome.UNCHANGED)], {})
    {}
    >>> news([Result("a", Outcome.FAILED, message="no kernel")], {})["failed"]
    [{'report': 'a', 'outcome': 'failed', 'message': 'no kernel'}]
    """
    moved = [{"report": r.name, **r.changes} for r in results if r.changes]
    failed: list[dict[str, str]] = []
    still: list[dict[str, str]] = []
    for result in results:
        if result.outcome.bad:
            known = before.get(result.name)
            same = known is not None and known.outcome is result.outcome
            told = {"report": result.name, "outcome": result.outcome.value}
            told["message"] = result.message
            (still if same else failed).append(told)
    recovered = [r.name for r in results if r.outcome.good and r.name in before]
    if not (moved or failed or recovered):
        return {}
    return {"moved": moved, "failed": failed, "still_failing": still, "recovered": recovered}


def call(
    command: str,
    results: Sequence[Result],
    before: Mapping[str, Result],
    output: Path,
    timeout: float = TIMEOUT,
) -> str:
    """Call the command when there is news; return what went wrong with it, or nothing.

    It is ended after ``timeout`` seconds, and when this process is interrupted.
    """
    found = news(results, before)
    if not found:
        return ""
    content = json.dumps({"schema_version": 1, "output": str(output), **found}, ensure_ascii=False)
    mark = secrets.token_hex(16)  # tells a daemon of the command, which the tree does not
    # A shell reads it, as cron and systemd would: the command is the user's own. What it says goes
    # where our warnings go, for our output may be read by a machine.
    try:
        process = subprocess.Popen(  # noqa: S602
            command,
            shell=True,
            stdin=subprocess.PIPE,
            stdout=_errors(),
            env={**os.environ, orphans.MARK: mark},
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
            orphans.end_marked(mark)
    if process.returncode == 0:
        return ""
    return f"The command of --on-change ended with {process.returncode}: {command}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command that still runs, with its group and all below it."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            orphans.end_tree(process.pid)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
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
