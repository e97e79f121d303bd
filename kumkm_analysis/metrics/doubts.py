"""What is known against printed figures, in the form in which derived quantities can use it.

The findings say it (:mod:`kumkm_analysis.findings`); readings and metrics only need to know which
figures are touched by a finding, and which are suspect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Doubts:
    """Findings by the printed figures that they touch, and what they say against these.

    ``suspect`` are figures that a finding accuses; ``disputed`` are those of which one must be
    wrong, though it cannot be told which. ``breaks`` are indicators and the years from which they
    seem to be reported otherwise.

    >>> doubts = Doubts({"a": ("f1",), "b": ("f1", "f2")}, frozenset({"b"}))
    >>> doubts.findings(["a", "b"]), doubts.suspects(["a", "b"]), bool(NONE)
    (('f1', 'f2'), ('b',), False)
    """

    touching: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    suspect: frozenset[str] = frozenset()
    disputed: frozenset[str] = frozenset()
    breaks: frozenset[tuple[str, int]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.touching)

    def findings(self, observations: Iterable[str]) -> tuple[str, ...]:
        """Return the findings that touch any of some observations, each once."""
        return tuple(dict.fromkeys(f for o in observations for f in self.touching.get(o, ())))

    def suspects(self, observations: Iterable[str]) -> tuple[str, ...]:
        """Return those of some observations that are suspect."""
        return tuple(o for o in observations if o in self.suspect)

    def disputes(self, observations: Iterable[str]) -> tuple[str, ...]:
        """Return those of some observations that are disputed, and not suspect themselves."""
        return tuple(o for o in observations if o in self.disputed and o not in self.suspect)


NONE = Doubts()
