"""Hide one source at a time from what is learned, and read which contradictions are still found.

``python benchmarks/findings/leave_out.py``. Nothing but ``limits.csv`` is learned from the record,
and that from tables of the statistics office: for each of them the limits are learned without it,
then its figures are examined as unseen. The contradictions are those of ``contradictions.csv``; of
the other sources nothing is learned, so that each of them is unseen anyway.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace

from limits import HEADS, learned
from reading import LIST, telling

from kumkm_analysis import load
from kumkm_analysis.dataset.dataset import Table
from kumkm_analysis.dataset.records import Limit
from kumkm_analysis.findings import Examination

LARGE = 100  # figures of a table that is hidden


def main() -> None:
    """Print what is lost with each table hidden."""
    data = load()
    with LIST.open(encoding="utf-8", newline="") as lines:
        cases = list(csv.DictReader(lines))
    sizes = Counter(o.source_id for o in data.observations.values())
    kind = {s: data.sources[s].kind for s in sizes}
    print("| hidden | figures | of its contradictions | still found |")
    print("|---|---:|---:|---:|")
    whole = Examination(data).findings()
    for source, size in sizes.most_common():
        if size < LARGE or kind[source] != "statistics_office":
            continue
        rows = {str(r[0]): Limit(*map(str, r)) for r in learned(data, source)}
        limits = Table("limits", rows, {"fields": [{"name": n, "type": "string"} for n in HEADS]})
        found = Examination(replace(data, limits=limits)).findings()
        before = after = 0
        for case in cases:
            tokens = case["tokens"].split("|")
            finding = telling(whole, case["region"], tokens)
            if finding and any(
                data.observations[o].source_id == source for o in finding.observations
            ):
                before += 1
                after += telling(found, case["region"], tokens) is not None
        if before:
            print(f"| {source} | {size} | {before} | {after} |")


if __name__ == "__main__":
    main()
