"""What ``kumkm check`` says of a data package: its faults, and apart from them the findings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.errors import DataError, Fault
from kumkm_analysis.findings import examine
from kumkm_analysis.findings.rules import faults as rule_faults

if TYPE_CHECKING:
    from kumkm_analysis.findings import Finding, Findings

WORDS: Mapping[str, Mapping[str, str]] = {
    "id": {
        "fault": "kesalahan",
        "finding": "temuan",
        "in": "dalam",
        "settled": "diselesaikan oleh",
        "no_fault": "tidak ada kesalahan",
        "of_them": "{unsettled} di antaranya belum diselesaikan, {same} diceritakan temuan lain.",
    },
    "en": {
        "fault": "fault",
        "finding": "finding",
        "in": "in",
        "settled": "settled by",
        "no_fault": "no fault",
        "of_them": "{unsettled} of them unsettled, {same} told by another one.",
    },
}


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
        """Return everything for people: all faults, else the findings, the weightiest first.

        Faults are told in English whatever the language: they name files, columns and codes.
        """
        return "\n".join(self._lines(language))

    def json(self) -> str:
        """Return everything for machines, every finding with its repairs."""
        content: dict[str, Any] = {
            "data": str(self.path),
            "faults": [asdict(fault) for fault in self.faults],
            "findings": [] if self.findings is None else self.findings.to_json(),
            "unsettled": [finding.finding_id for finding in self.unsettled],
        }
        return json.dumps(content, indent=1)

    def _lines(self, language: str) -> Iterator[str]:
        words = WORDS[language]
        yield from map(str, self.faults)
        if self.findings is None:
            faults = _number(len(self.faults), "fault", language)
            yield f"{faults} {words['in']} {self.path}."
            return
        same = len(self.findings) - len(self.findings.leading)
        for finding in self.findings.leading:
            by = f", {words['settled']} {finding.settled_by}" if finding.settled_by else ""
            weight = finding.weight(language)
            yield f"{finding.title(language)} ({weight}{by}): {finding.finding_id}"
            yield f"  {finding.sentence(language)}"
        found = _number(len(self.findings), "finding", language)
        yield f"{self.path}: {words['no_fault']}; {found}"
        yield "  " + words["of_them"].format(unsettled=len(self.unsettled), same=same)


def check(path: Path) -> Checked:
    """Validate a package and its rules, and when nothing is broken examine its figures."""
    try:
        data = load(path)
    except DataError as error:
        return Checked(path, error.faults, None)
    faults = tuple(rule_faults(data))
    return Checked(path, faults, None if faults else examine(data))


def _number(count: int, noun: str, language: str) -> str:
    """Return a count with its noun, of which English alone has a plural."""
    plural = "" if count == 1 or language == "id" else "s"
    return f"{count} {WORDS[language][noun]}{plural}"
