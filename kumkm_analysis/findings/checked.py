"""What ``kumkm check`` says of a data package: its faults, and apart from them the findings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kumkm_analysis.dataset import remote
from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.dataset.request import check_language
from kumkm_analysis.errors import DataError, Fault, ParameterError
from kumkm_analysis.findings import examine
from kumkm_analysis.findings.phrases import LANGUAGES, phrase
from kumkm_analysis.findings.rules import faults as rule_faults

if TYPE_CHECKING:
    from kumkm_analysis.findings import Finding, Findings


@dataclass(frozen=True, slots=True)
class Checked:
    """The faults of a package; without any, what its figures say against each other."""

    path: Path
    faults: tuple[Fault, ...]
    findings: Findings | None
    languages: Sequence[str] = LANGUAGES

    @property
    def unsettled(self) -> Sequence[Finding]:
        """The findings that neither a reading nor an acknowledgement settles."""
        return () if self.findings is None else self.findings.unsettled

    def text(self, language: str) -> str:
        """Return everything for people: all faults, else the findings, the weightiest first.

        Faults are told in English whatever the language: they name files, columns and codes.
        Raises :class:`~kumkm_analysis.errors.ParameterError` for a language that the package lacks.
        """
        if fault := check_language(language, self.languages):
            raise ParameterError(fault)
        return "\n".join(self._lines(language))

    def json(self) -> str:
        """Return everything for machines, every finding with its repairs."""
        content: dict[str, Any] = {
            "data": remote.address(self.path),
            "faults": [asdict(fault) for fault in self.faults],
            "findings": [] if self.findings is None else self.findings.to_json(),
            "unsettled": [finding.finding_id for finding in self.unsettled],
        }
        return json.dumps(content, indent=1)

    def _lines(self, language: str) -> Iterator[str]:
        yield from map(str, self.faults)
        where = remote.address(self.path)
        if self.findings is None:
            yield phrase("check.faulty", language, n=_number("fault", len(self.faults), language),
                         path=where)  # fmt: skip
            return
        for finding in self.findings.leading:
            weight = finding.weight(language)
            if finding.settled_by:
                weight = phrase("check.settled", language, weight=weight, by=finding.settled_by)
            yield f"{finding.title(language)} ({weight}): {finding.finding_id}"
            yield f"  {finding.sentence(language)}"
        found = _number("finding", len(self.findings), language)
        same = len(self.findings) - len(self.findings.leading)
        yield phrase("check.found", language, path=where, n=found)
        yield "  " + phrase("check.of_them", language, unsettled=str(len(self.unsettled)),
                            same=str(same))  # fmt: skip


def check(path: Path) -> Checked:
    """Validate a package and its rules, and when nothing is broken examine its figures."""
    try:
        data = load(path)
    except DataError as error:
        return Checked(path, error.faults, None)
    faults = tuple(rule_faults(data))
    found = None if faults else examine(data)
    return Checked(path, faults, found, data.settings.languages)


def _number(noun: str, count: int, language: str) -> str:
    """Return a count with its noun, of which English alone has a plural."""
    return phrase(f"check.{noun}" if count == 1 else f"check.{noun}s", language, n=str(count))
