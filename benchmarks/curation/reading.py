"""How well articles are read: figures found, rows right at high confidence, high rows wrong.

    python benchmarks/curation/reading.py [FOLDER] [--errors] [--only PART]

FOLDER holds articles and ``rows.csv``, the right rows; by default those of the tests. A figure is
found when a row has its value and kind of unit, and right when indicator, breakdown, region, period
and status are. What a row of high confidence says and ``rows.csv`` does not is wrong.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from kumkm_analysis.curation.articles import read_article
from kumkm_analysis.curation.lexicon import Lexicon
from kumkm_analysis.curation.reading import HIGH, Reader
from kumkm_analysis.dataset.dataset import Dataset, load

ARTICLES = Path(__file__).parents[2] / "tests" / "curation" / "articles"
SAME = ("indicator_id", "breakdown", "region_id", "reference_period", "status")
LEAST_FOUND, LEAST_RIGHT, MOST_WRONG = 0.95, 0.80, 0.03
Row = dict[str, str]


@dataclass
class Score:
    """Counts over articles: expected figures, found, right at high confidence, high, high wrong."""

    expected: int = 0
    found: int = 0
    right_high: int = 0
    high: int = 0
    wrong_high: int = 0
    printing: int = 0

    @property
    def shares(self) -> tuple[float, float, float]:
        """Found and right at high of all expected, and wrong of all that are high."""
        return (
            self.found / self.expected, self.right_high / self.expected,
            self.wrong_high / max(1, self.high),
        )  # fmt: skip


def expected(folder: Path) -> dict[str, list[Row]]:
    """Return the right rows of a folder by article."""
    rows: dict[str, list[Row]] = {}
    with (folder / "rows.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            rows.setdefault(row["article"], []).append(row)
    return rows


def drafted(data: Dataset, path: Path) -> list[Row]:
    """Return the rows that are drafted from an article."""
    return Reader(data, read_article(path, Lexicon.of(data))).rows()


def compare(right: list[Row], rows: list[Row], score: Score) -> Iterator[str]:
    """Count one article into a score, and yield what is wrong with it."""
    rest = list(rows)
    score.expected += len(right)
    for wanted in right:
        same = [r for r in rest if _alike(r["as_printed"], wanted["as_printed"])]
        row = next((r for r in same if _right(r, wanted)), same[0] if same else None)
        if row is None:
            yield f"not found: {wanted['as_printed']}"
            continue
        rest.remove(row)
        score.found += 1
        score.printing += row["printing"] == wanted["printing"]
        high, good = row["confidence"] == HIGH, _right(row, wanted)
        score.high += high
        score.right_high += high and good
        score.wrong_high += high and not good
        if not good:
            told = ", ".join(f"{n} {row[n] or '-'} for {wanted[n] or '-'}" for n in SAME
                             if row[n] != wanted[n])  # fmt: skip
            yield f"{'HIGH ' * high}{row['as_printed']}: {told}"
        elif not high:
            yield f"{row['confidence']}, though right: {row['as_printed']}"
        elif row["printing"] != wanted["printing"]:
            yield f"printing {row['printing']} for {wanted['printing']}: {row['as_printed']}"
    for row in rest:
        if row["confidence"] == HIGH:
            score.high += 1
            score.wrong_high += 1
            yield f"HIGH {row['as_printed']}: {row['indicator_id']}, not to be there"


def _alike(one: str, other: str) -> bool:
    def bare(token: str) -> str:
        return "".join(token.lower().split())

    a, b = bare(one), bare(other)
    return a == b or a.startswith(b) or b.startswith(a)


def _right(row: Row, wanted: Row) -> bool:
    return all(row[name] == wanted[name] for name in SAME)


def score(data: Dataset, folder: Path, only: str = "") -> tuple[Score, dict[str, list[str]]]:
    """Return the score of the articles of a folder, and what is wrong by article."""
    total, told = Score(), {}
    right = expected(folder)
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".txt", ".html", ".pdf")):
        if only in path.name:
            told[path.name] = [*compare(right.get(path.name, []), drafted(data, path), total)]
    return total, told


def of_the_data(data: Dataset) -> Counter[str]:
    """Return how tokens of the data are read when they stand in a plain sentence."""
    from kumkm_analysis.curation.amounts import Amounts

    readers = {one: Amounts.of(Lexicon.of(data, one)) for one in ("id", "en")}
    counts: Counter[str] = Counter()
    for o in data.observations.values():
        source = data.sources[o.source_id]
        if source.kind not in ("press", "blog") or o.token_exception == "broken_token":
            continue
        read = readers[source.language].find(f"Jumlahnya {o.as_printed}.")
        half = "held out" if int.from_bytes(o.source_id.encode()) % 2 else "looked at"
        counts[f"{half}, all"] += 1
        hit = any(a.value == abs(Decimal(o.value)) for a in read)
        counts[f"{half}, value right"] += hit
    return counts


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ARTICLES)
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    data = load()
    total, told = score(data, given.folder, given.only)
    for name, lines in told.items():
        if given.errors and lines:
            print(name, *lines, sep="\n  ")
    found, right, wrong = total.shares
    print(f"{len(told)} articles, {total.expected} figures: found {found:.1%} (least 95 %), "
          f"right at high {right:.1%} (least 80 %), "
          f"wrong among {total.high} high {wrong:.1%} (most 3 %), printing right "
          f"{total.printing / max(1, total.found):.1%}")  # fmt: skip
    if not given.only:
        print("tokens of the press in the data:", dict(of_the_data(data)))


if __name__ == "__main__":
    main()
