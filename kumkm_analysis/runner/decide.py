"""What has to be done of a plan: each report is compared with what is published, by its key.

Nothing is run and nothing is written; ``kumkm plan`` prints this and ``kumkm run`` obeys it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kumkm_analysis.errors import Fault
from kumkm_analysis.runner import inputs, notebooks, provenance
from kumkm_analysis.runner import keys as keys_
from kumkm_analysis.runner.jobs import Job
from kumkm_analysis.runner.keys import Keys
from kumkm_analysis.runner.outcomes import Outcome
from kumkm_analysis.runner.plan import Report
from kumkm_analysis.runner.publish import Folder

NEVER = "never made"
DAMAGED = "files of it are missing"
ASKED = "asked for"
OTHER = {"id": "en", "en": "id"}


@dataclass(frozen=True, slots=True)
class Step:
    """One report of a plan: its job, whether it has to be made, and why."""

    job: Job
    reasons: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the report."""
        return self.job.report.name

    @property
    def unchanged(self) -> bool:
        """Tell whether the published report is already that of this plan."""
        return not self.reasons

    @property
    def foreseen(self) -> str:
        """The outcome to be, in a word, and why."""
        if self.unchanged:
            return Outcome.UNCHANGED.value
        return f"run: {'; '.join(self.reasons)}"


def decide(
    reports: Sequence[Report],
    keys: Keys,
    folder: Folder,
    *,
    force: bool = False,
    strict: bool = False,
    carry: bool = False,
) -> list[Step]:
    """Return what has to be done for each report, in the plan's order.

    ``strict`` jobs fail where others warn; those that ``carry`` take along the files that a
    notebook declares, to machines that do not have them.
    """
    planned = {report.name for report in reports}
    steps = []
    for report in reports:
        other = _translation(report)
        published = other is not None and folder.page(other).is_file()
        if not (published or (other in planned and folder.takes(other or ""))):
            other = None
        wanted = job(report, keys, other, strict=strict, carry=carry)
        steps.append(Step(wanted, (ASKED,) if force else _reasons(wanted, folder)))
    return steps


def taken(reports: Sequence[Report], folder: Folder) -> Iterator[Fault]:
    """Yield the pages that are those of another notebook; they would be replaced."""
    for report in reports:
        owner = None if report.shipped else folder.owner(report.name)
        if owner is not None and owner != report.place:
            where, found = f"output folder {folder.path}", f"{report.name}.html of {owner}"
            step = "Rename one of the two notebooks, or choose another --output."
            yield Fault(where, found, f"no page, or that of {report.path}", step)


def job(
    report: Report,
    keys: Keys,
    other: str | None = None,
    *,
    strict: bool = False,
    carry: bool = False,
) -> Job:
    """Return the job that makes a report, ``other`` being its page in the other language."""
    ingredients = keys.ingredients(report, other)
    files: dict[str, Path] = {}
    if carry and not report.shipped:
        text = notebooks.sources(keys.notebook(report), *notebooks.READ)
        files = inputs.files(report.path, report.inputs, text)
    return Job(
        report=report,
        notebook=keys.notebook(report),
        key=keys_.key(ingredients),
        ingredients=ingredients,
        data_sha256=keys.data_sha256,
        translation=other,
        inputs={n: path.read_bytes() for n, path in files.items() if not n.startswith("../")},
        strict=strict,
    )


def linked(wanted: Job, keys: Keys, other: str | None) -> Job:
    """Return a job whose page links to another in the other language, or to none."""
    ingredients = keys.ingredients(wanted.report, other)
    return replace(wanted, key=keys_.key(ingredients), ingredients=ingredients, translation=other)


def _reasons(wanted: Job, folder: Folder) -> tuple[str, ...]:
    """Return why a report has to be made; nothing when it does not."""
    name = wanted.report.name
    found = provenance.read(folder.home(name))
    if found is None or not folder.page(name).is_file():
        return (NEVER,)
    if not found.whole(folder.home(name)):
        return (DAMAGED,)
    if found.key == wanted.key:
        return ()
    return tuple(keys_.changes(found.ingredients, wanted.ingredients)) or (DAMAGED,)


def _translation(report: Report) -> str | None:
    """Return the name of a report's page in the other language; None when it has no language."""
    other = OTHER.get(report.language) if "language" in report.parameters else None
    return None if other is None else f"{report.group}.{other}"
