"""Draw findings by seed to be judged by a reader: ``python benchmarks/findings/draw.py``.

Prints those that lead, remarks left out, as rows for ``judgements.csv``, where a reader writes
whether each is real, a reasonable look, or wrong, and whether its first repair is plausible.
"""

from __future__ import annotations

import csv
import random
import sys

from kumkm_analysis import load
from kumkm_analysis.findings import examine

DRAWN, SEED = 60, 2009


def main() -> None:
    """Print the findings drawn."""
    leading = [f for f in examine(load()).leading if f.severity != "note"]
    drawn = random.Random(SEED).sample(sorted(leading, key=lambda f: f.finding_id), DRAWN)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("finding", "repair", "sentence"))
    for finding in drawn:
        first = finding.repairs[0].token if finding.repairs else ""
        writer.writerow((finding.finding_id, first, finding.sentence_en))


if __name__ == "__main__":
    main()
