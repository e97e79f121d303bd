"""What is new in a data package against an earlier one: findings, changed findings, faults."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from kumkm_analysis.dataset.files import DESCRIPTOR
from kumkm_analysis.errors import Fault, ParameterError, short
from kumkm_analysis.findings import Finding, Findings
from kumkm_analysis.findings.checked import Checked, check

LONGEST = 60  # seconds that git may take


@dataclass(frozen=True, slots=True)
class News:
    """The findings of a later package that an earlier one has not, or has otherwise.

    ``changed`` are pairs, old and new, of one kind about one cell with other figures, weight or
    suspects; ``gone`` no longer hold; ``faults`` are those of the later package alone.
    """

    new: tuple[Finding, ...] = ()
    changed: tuple[tuple[Finding, Finding], ...] = ()
    gone: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def unsettled(self) -> Sequence[Finding]:
        """The new findings that nothing settles; a remark asks for nothing."""
        return [f for f in self.new if not f.settled_by and f.severity != "note"]

    def text(self, language: str = "en") -> str:
        """Return everything for people."""
        return "\n".join(self._lines(language))

    def _lines(self, language: str) -> Iterator[str]:
        yield from map(str, self.faults)
        known = {f.finding_id for f in self.new}
        led = [f for f in self.new if f.told_by not in known]
        for finding in led:
            yield from _told("New", finding, language)
        for old, finding in self.changed:
            yield from _told("Changed", finding, language)
            yield f"  before: {old.finding_id}"
        for finding in self.gone:
            yield from _told("No longer", finding, language)
        counts = (f"{len(self.new)} new", f"{len(self.changed)} changed", f"{len(self.gone)} gone")
        tail = f", {len(self.new) - len(led)} of the new told by another" * (led != [*self.new])
        faults = f"{len(self.faults)} new faults; " * bool(self.faults)
        yield f"{faults}findings: {', '.join(counts)}{tail}."

    def json(self) -> str:
        """Return everything for machines."""
        content: dict[str, Any] = {
            "faults": [asdict(fault) for fault in self.faults],
            "new": [f.to_json() for f in self.new],
            "changed": [{"before": a.to_json(), "after": b.to_json()} for a, b in self.changed],
            "gone": [f.finding_id for f in self.gone],
            "unsettled": [f.finding_id for f in self.unsettled],
        }
        return json.dumps(content, indent=1)


def difference(before: Findings, after: Findings) -> News:
    """Return what later findings tell that earlier ones did not."""
    old, now = ({f.finding_id: f for f in found} for found in (before, after))
    gone = [f for key, f in old.items() if key not in now]
    new, changed = [], []
    for key, finding in now.items():
        if key in old:
            if _weight(old[key]) != _weight(finding):
                changed.append((old[key], finding))
            continue
        twin = next((f for f in gone if _alike(f, finding)), None)
        if twin is None:
            new.append(finding)
        else:
            gone.remove(twin)
            changed.append((twin, finding))
    return News(tuple(new), tuple(changed), tuple(gone))


def since(path: Path, given: str) -> News:
    """Return what is new in the package at ``path`` against a git revision or another folder.

    Raises :class:`~kumkm_analysis.errors.ParameterError` when there is no such revision or folder,
    or the earlier package cannot be read as one.
    """
    with _earlier(path, given) as folder:
        before, after = check(folder), check(path)
    return (
        News(faults=_new_faults(before, after))
        if after.findings is None
        else _against(before, after, given)
    )


def _against(before: Checked, after: Checked, given: str) -> News:
    if before.findings is None or after.findings is None:
        found = f"{len(before.faults)} faults, the first: {short(before.faults[0], 200)}"
        step = "Name an earlier package that passes `kumkm check`."
        raise ParameterError(Fault(f"--since {given}", found, "a package without faults", step))
    return difference(before.findings, after.findings)


def _new_faults(before: Checked, after: Checked) -> tuple[Fault, ...]:
    """Return the faults that are new, in whichever row they stand now."""

    def key(fault: Fault) -> tuple[str, str]:
        return re.sub(r", (row|line) \d+", "", fault.where), fault.found

    known = [key(fault) for fault in before.faults]
    new = []
    for fault in after.faults:
        if key(fault) in known:
            known.remove(key(fault))
        else:
            new.append(fault)
    return tuple(new)


@contextmanager
def _earlier(path: Path, given: str) -> Iterator[Path]:
    """Yield the folder of the earlier package: the one given, or what git keeps of this one."""
    if (Path(given) / DESCRIPTOR).is_file():
        yield Path(given)
        return
    where = f"--since {short(given)}"
    if Path(given).is_dir():
        raise ParameterError(Fault(where, f"no {DESCRIPTOR} in it", "the folder of a package"))
    if given.startswith("-"):
        raise ParameterError(Fault(where, "an option", "a revision of git, or a folder"))
    try:
        prefix = _git(path, "rev-parse", "--show-prefix").decode().strip()
        commit = _git(path, "rev-parse", "--verify", "--quiet", f"{given}^{{commit}}").decode()
        root = Path(_git(path, "rev-parse", "--show-toplevel").decode().strip())
        packed = _git(root, "archive", "--format=tar", f"{commit.strip()}:{prefix}".rstrip("/"))
    except (OSError, subprocess.SubprocessError):
        step = "Name a commit, tag or branch of the repository that holds the package, or a folder."
        found = "neither a folder nor a revision in which git keeps this package"
        raise ParameterError(Fault(where, found, "a revision or a folder", step)) from None
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


def _git(folder: Path, *words: str) -> bytes:
    done = subprocess.run(  # noqa: S603  a fixed program, its words checked above
        ["git", "-C", str(folder), *words],  # noqa: S607  whichever git the user has
        capture_output=True, check=True, timeout=LONGEST, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout


def _alike(one: Finding, other: Finding) -> bool:
    """Tell whether two findings say the same of partly other figures."""

    def about(finding: Finding) -> tuple[str, ...]:
        return finding.kind, finding.region, finding.indicator, finding.category

    return about(one) == about(other) and bool({*one.observations} & {*other.observations})


def _weight(finding: Finding) -> tuple[object, ...]:
    return finding.severity, finding.suspects, finding.settled_by


def _told(word: str, finding: Finding, language: str) -> Iterator[str]:
    title, weight = finding.title(language), finding.weight(language)
    yield f"{word}: {title} ({weight}): {finding.finding_id}"
    yield f"  {finding.sentence(language)}"
