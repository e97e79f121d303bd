"""What can become of a report: one enum, the same words in the terminal, the index and run.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


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


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one report: the outcome, why, where its page or failed notebook is."""

    name: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""
    path: Path | None = None


def exit_code(results: Iterable[Result]) -> int:
    """Return 0 when every page is there, 1 when some report did not end well.

    >>> exit_code([Result("a", Outcome.DONE), Result("b", Outcome.UNCHANGED)])
    0
    >>> exit_code([Result("a", Outcome.DONE), Result("b", Outcome.TIMED_OUT)])
    1
    """
    return 0 if all(result.outcome.good for result in results) else 1
