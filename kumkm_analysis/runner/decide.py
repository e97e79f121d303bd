"""What has to be done of a plan: each report is compared with what is published, by its key.

Nothing is run and nothing is written; ``kumkm plan`` prints this and ``kumkm run`` obeys it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kumkm_analysis.runner import inputs, provenance
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
    """One report of a plan: its job, whether it has to be made, and why.

    ``waits`` names a translation that is planned but was never published: should it be published
    now, a page that has not changed otherwise is made again to link to it.
    """

    job: Job
    reasons: tuple[str, ...] = ()
    waits: bool = False

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
    return [
        _step(replace(job(report, keys), strict=strict, inputs=_carried(report, carry)),
              planned, keys, folder, force)
        for report in reports
    ]  # fmt: skip


def job(report: Report, keys: Keys, other: str | None = None) -> Job:
    """Return the job that makes a report, ``other`` being its page in the other language."""
    ingredients = keys.ingredients(report, other)
    key, notebook = keys_.key(ingredients), keys.notebook(report)
    return Job(report, notebook, key, ingredients, keys.data_sha256, other)


def linked(wanted: Job, keys: Keys, other: str | None) -> Job:
    """Return a job whose page links to another in the other language, or to none."""
    ingredients = keys.ingredients(wanted.report, other)
    return replace(wanted, key=keys_.key(ingredients), ingredients=ingredients, translation=other)


def _carried(report: Report, carry: bool) -> dict[str, bytes]:
    if report.shipped or not carry:
        return {}
    found = inputs.files(report.path, report.inputs)
    return {name: path.read_bytes() for name, path in found.items()}


def _step(bare: Job, planned: set[str], keys: Keys, folder: Folder, force: bool) -> Step:
    report = bare.report
    other = _translation(report)
    published = other is not None and folder.page(other).is_file()
    if other is not None and not published and not (other in planned and folder.takes(other)):
        other = None
    wanted = linked(bare, keys, other)
    if force:
        return Step(wanted, (ASKED,))
    found = provenance.read(folder.home(report.name))
    if found is None or not folder.page(report.name).is_file():
        return Step(wanted, (NEVER,))
    if not found.whole(folder.home(report.name)):
        return Step(wanted, (DAMAGED,))
    if found.key == wanted.key:
        return Step(wanted)
    if other is not None and not published and found.key == bare.key:
        return Step(wanted, waits=True)
    return Step(wanted, tuple(keys_.changes(found.ingredients, wanted.ingredients)) or (DAMAGED,))


def _translation(report: Report) -> str | None:
    """Return the name of a report's page in the other language; None when it has no language."""
    other = OTHER.get(report.language) if "language" in report.parameters else None
    return None if other is None else f"{report.group}.{other}"
