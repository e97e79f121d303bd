"""Measure the findings: ``python benchmarks/findings [--provinces N] [--rounds N] [--rows N]``.

Prints Markdown tables: slips found and mended, ours and the published method; false findings on
clean data; time and memory on a million observations.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import baseline
import clean
from slips import KINDS, Injected, inject

from kumkm_analysis.findings import Examination, Finding

ROWS_A_PROVINCE = 279
CLASSES = ("confirmed count", "confirmed money", "part", "percentage")
FOUND, FIRST, THREE, WRONG = "found", "first", "three", "wrong"
RIGHT, FALSE = "right", "false"
Tally = dict[str, Counter[str]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--provinces", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=2009)
    parser.add_argument("--rows", type=int, nargs="*", default=[])
    given = parser.parse_args(arguments)
    if given.rounds:
        _slips(given.provinces, given.rounds, given.seed)
    for rows in given.rows:
        _scale(rows, given.seed)


def _slips(provinces: int, rounds: int, seed: int) -> None:
    data = clean.dataset(provinces, seed)
    examination = Examination(data)
    findings = examination.findings()
    false = [f for f in findings if f.severity != "note"]
    cells = len(data.observations)
    print(f"Clean data: {cells:,} figures, {findings.checks:,} checks, {_findings(len(false))} "
          f"({1000 * len(false) / cells:.3f} a thousand figures), "
          f"{len(findings) - len(false)} remarks\n")  # fmt: skip
    ours: Tally = defaultdict(Counter)
    theirs: dict[str, Tally] = {"record": defaultdict(Counter), "wide": defaultdict(Counter)}
    for round_ in range(rounds):
        slipped, injected = inject(data, seed + round_ + 1)
        examination = Examination(slipped)
        _count_ours(ours, examination.findings(), injected.values())
        equal = [c for c in examination.checks if c.form == "equal"]
        for name, wide in (("record", False), ("wide", True)):
            _count_theirs(theirs[name], baseline.repairs(equal, wide=wide), injected)
    _print(ours, theirs)


def _labels(case: Injected) -> tuple[str, ...]:
    o = case.true
    if o.unit == "percent":
        kind = "percentage"
    elif o.breakdown:
        kind = "part"
    else:
        kind = "confirmed money" if o.unit == "IDR" else "confirmed count"
    return (kind, case.kind, "all")


def _count_ours(tally: Tally, findings: Iterable[Finding], cases: Iterable[Injected]) -> None:
    about: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.severity != "note":
            for i in finding.observations:
                about[i].append(finding)
    for case in cases:
        true, value = case.true.observation_id, Fraction(case.true.value)
        mine = about.get(true, [])
        told = [f for f in mine if f.repairs]
        firsts = [r for r in told[0].repairs if r.rank == 1] if told else []
        first = firsts[0] if len(firsts) == 1 else None  # equals are no proposal
        right = first is not None and (first.observation, first.value) == (true, value)
        three = any((r.observation, r.value) == (true, value) for f in told for r in f.repairs[:3])
        for label in _labels(case):
            tally[label].update({"n": 1, FOUND: bool(mine), FIRST: right, THREE: three,
                                 WRONG: first is not None and not right})  # fmt: skip


def _count_theirs(tally: Tally, mended: dict[str, Fraction], cases: dict[str, Injected]) -> None:
    wrote: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for i, value in mended.items():
        wrote[i[:6]][i] = value
    for province, case in cases.items():
        written = wrote.get(province, {})
        right = written.get(case.true.observation_id) == Fraction(case.true.value)
        for label in _labels(case):
            tally[label].update({RIGHT: right, FALSE: bool(written) and not right})


def _print(ours: Tally, theirs: dict[str, Tally]) -> None:
    head = ("slips", "n", "found", "first right", "in first three", "first wrong",
            "record: right", "record: wrong", "wide: right", "wide: wrong")  # fmt: skip
    print("| " + " | ".join(head) + " |")
    print("|---|" + "---:|" * (len(head) - 1))
    for label in (*CLASSES, *KINDS, "all"):
        own = ours[label]
        total = own["n"]
        if not total:
            continue
        counts = [own[k] for k in (FOUND, FIRST, THREE, WRONG)]
        counts += [theirs[m][label][k] for m in ("record", "wide") for k in (RIGHT, FALSE)]
        cells = [f"{100 * c / total:.1f}" for c in counts]
        print(f"| {label} | {total} | " + " | ".join(cells) + " |")
    print()


def _findings(number: int) -> str:
    return f"{number} finding{'' if number == 1 else 's'}"


def _scale(rows: int, seed: int) -> None:
    data = clean.dataset(max(1, rows // ROWS_A_PROVINCE), seed)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    start, used = time.perf_counter(), time.process_time()
    findings = Examination(data).findings()
    spent, used = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{len(data.observations):,} observations: {spent:.1f} s ({used:.1f} s of processor), "
          f"{findings.checks:,} checks, {_findings(len(findings))}, {peak:.2f} GiB at most "
          f"({held:.2f} GiB before)")  # fmt: skip


if __name__ == "__main__":
    main()
