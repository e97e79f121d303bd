"""The hook ``--on-change``: a command that learns, as JSON on its input, what moved or failed.

It is called only when results moved, or a report failed that had not failed in the same way, or
one that had failed is good again. Otherwise there is silence.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kumkm_analysis.runner.outcomes import Outcome, Result

STDERR = 2
BAD = (Outcome.FAILED, Outcome.TIMED_OUT)


def news(results: Sequence[Result], before: Mapping[str, Result]) -> dict[str, Any]:
    """Return what is new since the last run; an empty mapping when nothing is.

    >>> news([Result("a", Outcome.DONE), Result("b", Outcome.UNCHANGED)], {})
    {}
    >>> news([Result("a", Outcome.FAILED, message="no kernel")], {})["failed"]
    [{'report': 'a', 'outcome': 'failed', 'message': 'no kernel'}]
    """
    moved = [{"report": r.name, **r.changes} for r in results if r.changes]
    failed: list[dict[str, str]] = []
    still: list[dict[str, str]] = []
    for result in results:
        if result.outcome in BAD:
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
    command: str, results: Sequence[Result], before: Mapping[str, Result], output: Path
) -> str:
    """Call the command when there is news; return what went wrong with it, or nothing."""
    found = news(results, before)
    if not found:
        return ""
    content = json.dumps({"schema_version": 1, "output": str(output), **found}, ensure_ascii=False)
    # A shell reads it, as cron and systemd would: the command is the user's own. What it says goes
    # where our warnings go, for our output may be read by a machine.
    done = subprocess.run(  # noqa: S602
        command, shell=True, input=content.encode(), stdout=_errors(), check=False
    )
    if done.returncode == 0:
        return ""
    return f"The command of --on-change ended with {done.returncode}: {command}"


def _errors() -> int:
    try:
        os.fstat(STDERR)
    except OSError:
        return subprocess.DEVNULL
    return STDERR
