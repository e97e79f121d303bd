"""What can become of a report: one enum, the same words in the terminal, the index and run.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Exit


class Outcome(StrEnum):
    """The end of a report; its value is the word for people and machines alike."""

    UNCHANGED = "unchanged"
    DONE = "done"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"

    @property
    def good(self) -> bool:
        """Tell whether the published page is that of this request."""
        return self in (Outcome.UNCHANGED, Outcome.DONE)

    @property
    def bad(self) -> bool:
        """Tell whether the report was tried and could not be made."""
        return self in (Outcome.FAILED, Outcome.TIMED_OUT)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one report: the outcome, why, where its page or failed notebook is.

    ``warnings`` are sentences on its page that nothing bears out.
    """

    name: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""
    path: Path | None = None
    key: str = ""
    attempts: int = 1
    changes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    warnings: tuple[str, ...] = ()


def exit_code(results: Iterable[Result]) -> int:
    """Return 0 when every page is there, 1 when some report did not end well.

    >>> exit_code([Result("a", Outcome.DONE), Result("b", Outcome.UNCHANGED)])
    0
    >>> exit_code([Result("a", Outcome.DONE), Result("b", Outcome.TIMED_OUT)])
    1
    """
    good = all(result.outcome.good for result in results)
    return Exit.GOOD if good else Exit.SOME_FAILED
