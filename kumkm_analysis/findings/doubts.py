"""What the findings say against a figure, for those who use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kumkm_analysis.findings.examine import examine
from kumkm_analysis.findings.model import BREAK, TOLD
from kumkm_analysis.metrics.doubts import Doubts

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Observation
    from kumkm_analysis.findings.model import Finding


def doubts(data: Dataset) -> Doubts:
    """Return which printed figures findings touch, and which are suspect; kept with the dataset.

    >>> from kumkm_analysis.dataset.dataset import load
    >>> found = doubts(load())
    >>> [o for o in found.suspect if o.startswith("51.cooperatives.2012-06")]
    ['51.cooperatives.2012-06.NS46']
    """
    if __name__ not in data.kept:
        touching: dict[str, list[str]] = {}
        suspect: set[str] = set()
        disputed: set[str] = set()
        breaks: set[tuple[str, int]] = set()
        for finding in examine(data):
            if finding.kind == BREAK:
                breaks.update((finding.indicator, year) for year in finding.years)
            for observation in finding.observations:
                touching.setdefault(observation, []).append(finding.finding_id)
            if finding.severity != "note" and finding.finding_id not in data.acknowledgements:
                (suspect if finding.blame == TOLD else disputed).update(finding.suspects)
        data.kept[__name__] = Doubts(
            {o: tuple(ids) for o, ids in touching.items()},
            frozenset(suspect),
            frozenset(disputed),
            frozenset(breaks),
        )
    found: Doubts = data.kept[__name__]
    return found


def reason(data: Dataset, suspect: str) -> tuple[Finding, Observation | None]:
    """Return the finding that makes a figure suspect or disputed, and who says otherwise, if any.

    Raises :class:`KeyError` for a figure that nothing is said against.
    """
    own = data.observations[suspect]
    accusing = [
        f
        for f in examine(data)
        if suspect in f.suspects
        and f.severity != "note"
        and f.finding_id not in data.acknowledgements
    ]
    if not accusing:
        raise KeyError(suspect)
    known = doubts(data).suspect
    accusing.sort(key=lambda f: f.blame != TOLD)
    for finding in accusing:
        rivals = [
            other
            for i in finding.observations
            if i not in known
            for other in [data.observations[i]]
            if (other.region_id, other.indicator_id, other.category)
            == (own.region_id, own.indicator_id, own.category)
            and not other.interval.meets(own.interval)
            and other.reference_period[:4] == own.reference_period[:4]
        ]
        if rivals:
            return finding, rivals[0]
    return accusing[0], None
