"""Contradictions in the record that a reader found: which of them the search tells.

``python benchmarks/findings/reading.py``. ``contradictions.csv`` lists them, read by eye from the
texts and tables and written down before the search was asked; tokens stand as printed, with ``|``
between them. A case is found when one finding, remarks left out, holds all its figures; a reader's
remark in ``badly`` says what is wrong with how it is told.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from kumkm_analysis import load
from kumkm_analysis.findings import Finding, Findings, examine

LIST = Path(__file__).with_name("contradictions.csv")


def main() -> None:
    """Print the cases that are missed, and how many of all are found."""
    found = examine(load())
    with LIST.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    told = {row["case"]: telling(found, row["region"], row["tokens"].split("|")) for row in rows}
    for row in rows:
        finding = told[row["case"]]
        said = finding.finding_id if finding else "MISSED"
        badly = f" (badly: {row['badly']})" if finding and row["badly"] else ""
        print(f"{row['case']:>3} {row['region']:>4} {said:70} {row['what']}{badly}")
    missed = sum(finding is None for finding in told.values())
    ill = sum(bool(row["badly"]) for row in rows if told[row["case"]])
    well = len(rows) - missed - ill
    print(f"of {len(rows)}: {well} found well, {ill} badly, {missed} missed; "
          f"{100 * well / len(rows):.1f} per cent well")  # fmt: skip


def telling(found: Findings, region: str, tokens: Sequence[str]) -> Finding | None:
    """Return the first finding on a region, no remark, that holds all these tokens."""
    for finding in found.select(region=region):
        printed = list(finding.printed)
        if finding.severity != "note" and all(_take(printed, token) for token in tokens):
            return finding
    return None


def _take(printed: list[str], token: str) -> bool:
    """Take one printed token that begins with a text, no digit following, out of a list."""
    pattern = re.compile(re.escape(token) + r"(?![0-9])")
    for place, one in enumerate(printed):
        if pattern.match(one):
            del printed[place]
            return True
    return False


if __name__ == "__main__":
    main()
