"""Slips planted in the real figures: how many are found, by table and by kind of slip.

``python benchmarks/findings/planted.py [--slips N] [--seed N]``. Any figure of the record may be
spoilt, whether a rule touches it or not. To save time some are planted at once, no two in one table
and year, nor in one region; found is a slip when a finding that was not there before touches it.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Sequence

from slips import KINDS, Injected, spoil

from kumkm_analysis import load
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.records import Observation
from kumkm_analysis.findings import Examination

AT_ONCE = 25
Place = tuple[str, str]


def main(arguments: Sequence[str] | None = None) -> None:
    """Plant the slips and print what was found of each table and kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2009)
    given = parser.parse_args(arguments)
    data = load()
    known = Examination(data)
    before = told(known)
    testable = {m.o.observation_id for c in known.checks for m in c.members}
    rng = random.Random(given.seed)
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    done = 0
    while done < given.slips:
        planted = plant(data, rng, min(AT_ONCE, given.slips - done))
        spoilt = data.replacing({i: p.slipped for i, p in planted.items()})
        new = told(Examination(spoilt)) - before
        for observation, slip in planted.items():
            seen = any(observation in observations for _, observations in new)
            able = observation in testable
            for label in ("all", table(data, slip.true), slip.kind):
                tally[label].update(n=1, found=seen, testable=able)
        done += len(planted)
    print("| slips in | n | found | of figures that a rule touches |")
    print("|---|---:|---:|---:|")
    for label, count in sorted(tally.items(), key=lambda x: (x[0] in KINDS, x[0] == "all", x[0])):
        share = 100 * count["found"] / count["n"]
        of = 100 * count["testable"] / count["n"]
        print(f"| {label} | {count['n']} | {share:.1f} | {of:.1f} |")


def plant(data: Dataset, rng: random.Random, many: int) -> dict[str, Injected]:
    """Return some slips, no two in one table and year nor in one region."""
    rows = list(data.observations.values())
    planted: dict[str, Injected] = {}
    taken: set[Place] = set()
    while len(planted) < many:
        o, kind = rng.choice(rows), rng.choice(KINDS)
        places = {(o.source_id, o.reference_period[:4]), ("", o.region_id)}
        slipped = None if places & taken else spoil(rng, o, kind)
        if slipped is not None:
            taken |= places
            planted[o.observation_id] = Injected(kind, o, slipped)
    return planted


def told(examination: Examination) -> set[tuple[str, frozenset[str]]]:
    """Return what an examination tells, remarks left out: the kind and the figures."""
    return {
        (s.kind, frozenset(f.o.observation_id for f in s.rows))
        for s in examination.stories
        if s.severity != "note"
    }


def table(data: Dataset, o: Observation) -> str:
    """Return the table or the kind of text that a figure stands in."""
    kind = data.sources[o.source_id].kind
    return o.indicator_id if kind == "statistics_office" else f"texts: {kind}"


if __name__ == "__main__":
    main()
