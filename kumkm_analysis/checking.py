"""What ``kumkm check`` says of a data package: its faults, and apart from them the findings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kumkm_analysis import gate
from kumkm_analysis.dataset import load

if TYPE_CHECKING:
    from kumkm_analysis.errors import Fault
    from kumkm_analysis.findings import Finding, Findings


@dataclass(frozen=True, slots=True)
class Checked:
    """The faults of a package; without any, what its figures say against each other."""

    path: Path
    faults: tuple[Fault, ...]
    findings: Findings | None

    @property
    def unsettled(self) -> Sequence[Finding]:
        """The findings that neither a reading nor an acknowledgement settles."""
        return () if self.findings is None else self.findings.unsettled

    def text(self, language: str) -> str:
        """Return everything for people: all faults, else the findings, the weightiest first."""
        return "\n".join(self._lines(language))

    def json(self) -> str:
        """Return everything for machines, every finding with its repairs."""
        content: dict[str, Any] = {
            "data": str(self.path),
            "faults": [asdict(fault) for fault in self.faults],
            "findings": [] if self.findings is None else self.findings.to_json(),
            "unsettled": [finding.finding_id for finding in self.unsettled],
        }
        return json.dumps(content, ensure_ascii=False, indent=1)

    def _lines(self, language: str) -> Iterator[str]:
        yield from map(str, self.faults)
        if self.findings is None:
            yield f"{_number(len(self.faults), 'fault')} in {self.path}."
            return
        same = len(self.findings) - len(self.findings.leading)
        for finding in self.findings.leading:
            settled = f", settled by {finding.settled_by}" if finding.settled_by else ""
            yield f"{finding.title(language)} ({finding.severity}{settled}): {finding.finding_id}"
            yield f"  {finding.sentence(language)}"
        yield f"{self.path}: no fault; {_number(len(self.findings), 'finding')}"
        yield f"  {len(self.unsettled)} of them unsettled, {same} told by another one."


def check(path: Path) -> Checked:
    """Pass a package through the gate, and when nothing is broken examine its figures."""
    faults = tuple(gate.check(path))
    return Checked(path, faults, None if faults else load(path).findings())


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
