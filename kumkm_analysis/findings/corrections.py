"""Which single slip would resolve a finding, and why one repair is likelier than another."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.records import WHOLE_UNITS, Observation
from kumkm_analysis.dataset.vocabulary import join
from kumkm_analysis.errors import NumeralError
from kumkm_analysis.findings.checks import Check, Get
from kumkm_analysis.findings.localise import plausible
from kumkm_analysis.findings.model import CONFLICT, JUMP, Repair
from kumkm_analysis.findings.slips import DESCRIPTIONS, KINDS, NUMBER, Slip, slips, two_wrong_digits

if TYPE_CHECKING:
    from kumkm_analysis.findings.columns import Columns

MOST = 5
USUAL = 4  # figures of a source before it has a way of printing
EACH = 3  # repairs of one figure
NEAR_YEARS = 3
# Slips that are told apart by more than that they bring a figure into a wide range.
SHARP = frozenset({"doubled", "magnitude", "sign"})
TOO_MANY = 3  # slips of one kind that would all do say nothing
_ELSEWHERE = {
    "here": ("tercetak untuk sel ini oleh {}", "printed for this cell by {}"),
    "scope": ("tercetak dengan cakupan lain oleh {}", "printed with another scope by {}"),
}


@dataclass(frozen=True, slots=True)
class _Candidate:
    slip: Slip
    value: Fraction
    row: int
    satisfied: int
    checks: int
    elsewhere: str
    texts: tuple[str, ...]
    distance: float
    place: int
    digits: bool

    @property
    def weight(self) -> tuple[object, ...]:
        """What makes repairs of different figures equally likely."""
        return self.key[:4]

    @property
    def key(self) -> tuple[object, ...]:
        """The order of likelihood.

        Printed elsewhere, rules satisfied, written as its source writes, slip, nearness in time.
        """
        return (
            ("here", "scope", "").index(self.elsewhere), self.checks - self.satisfied,
            not self.digits, KINDS.index(self.slip.kind), round(self.distance, 6), self.place,
        )  # fmt: skip


class Mender:
    """Searches the slips of single figures."""

    def __init__(self, columns: Columns, touching: Mapping[int, Sequence[Check]], get: Get) -> None:
        self.columns = columns
        self.touching = touching
        self.get = get
        self._cells: dict[tuple[str, str, str], list[int]] | None = None
        self._decimals: dict[tuple[str, str], int] | None = None
        self._read: dict[tuple[int, frozenset[int]], list[tuple[Slip, Fraction, Interval]]] = {}

    def mend(
        self, rows: Iterable[int], broken: Sequence[Check], others: frozenset[int]
    ) -> tuple[Repair, ...]:
        """Return the repairs of any of ``rows`` that resolve the broken checks, likeliest first.

        ``others`` are rows that are suspect themselves: checks with them ask nothing of a repair.
        """
        found = [
            candidate
            for row in dict.fromkeys(rows)
            for candidate in self._candidates(row, broken, others - {row})
        ]
        found.sort(key=lambda c: (c.key, c.row))
        chosen: list[_Candidate] = []
        for candidate in found:
            same = [c for c in chosen if self._alike(c.row, candidate.row)]
            if len(same) < EACH and candidate.slip.token not in {c.slip.token for c in same}:
                chosen.append(candidate)
        ranks = _ranks(chosen, self._alike)
        return tuple(self._repair(c, r) for c, r in zip(chosen[:MOST], ranks, strict=False))

    def _alike(self, one: int, other: int) -> bool:
        """Tell whether two rows print one value for one series, as copies of a text do."""
        c = self.columns
        return bool(c.series[one] == c.series[other] and c.value[one] == c.value[other])

    def _explains(self, row: int, broken: Sequence[Check]) -> bool:
        """Tell whether a figure has a part in everything that is broken, itself or in a copy."""
        return all(
            check.kind in (CONFLICT, JUMP) or any(self._alike(row, m) for m in check.members)
            for check in broken
        )

    def _candidates(
        self, row: int, broken: Sequence[Check], others: frozenset[int]
    ) -> list[_Candidate]:
        o = self.columns.rows[row]
        mine = [c for c in broken if row in c.members]
        if not mine or not self._explains(row, broken):
            return []
        checks = [
            c
            for c in self.touching.get(row, ())
            if c.severity != "note" and not (set(c.members) - {row}) & others
        ]
        ask = [(c, c.implied(row, self.get)) for c in checks]
        was = {id(c): span is not None and span.meets(self.get(row)) for c, span in ask}
        sides = [c for c in mine if c.kind == CONFLICT]
        cell = self._printed_beside(row, frozenset(m for c in sides for m in c.members))
        wanted = [span for c, span in ask if span is not None and c in mine]
        candidates = []
        for place, (slip, value, span) in enumerate(self._readable(row, sides)):
            if not any(w.meets(span) for w in wanted):
                continue  # mends nothing: most slips are left here
            holds = {id(c): i is not None and i.meets(span) for c, i in ask}
            if not _resolves(ask, was, holds, mine):
                continue
            elsewhere, texts = _printed(cell, value)
            if slip.kind == "two_slips" and elsewhere != "here":
                continue
            candidates.append(
                _Candidate(
                    slip, value, row, sum(holds.values()), len(ask), elsewhere, texts,
                    self._distance(row, value), place,
                    _decimals(slip.token, o.numerals) == self._usual_decimals(o),
                )
            )  # fmt: skip
        if all(plausible(c) for c in mine):
            farthest = self._distance(row, Fraction(o.value))
            candidates = [
                c
                for c in candidates
                if c.elsewhere or (c.slip.kind in SHARP and c.distance <= farthest)
            ]
        return _telling(candidates)

    def _readable(self, row: int, sides: Sequence[Check]) -> list[tuple[Slip, Fraction, Interval]]:
        """Return the slips of a figure that give another number of its kind, with its interval."""
        o = self.columns.rows[row]
        key = (row, frozenset(m for c in sides for m in c.members))
        if key not in self._read:
            found = []
            for slip in self._slips(o, sides, row):
                try:
                    printed = o.had_it_printed(slip.token)
                except NumeralError:
                    continue
                value = printed.value
                if o.unit in WHOLE_UNITS and (value < 0 or value != value.to_integral_value()):
                    continue
                if value != o.value:
                    span = (
                        Interval.exact(value) if o.printing == "exact" else o.interval_of(printed)
                    )
                    found.append((slip, Fraction(value), span))
            self._read[key] = found
        return self._read[key]

    def _slips(self, o: Observation, sides: Sequence[Check], row: int) -> list[Slip]:
        """Return the single slips, and two wrong digits where a text prints just that."""
        found = list(slips(o.as_printed, o.numerals))
        known = {s.token for s in found}
        for check in sides:
            (other,) = (m for m in check.members if m != row)
            token = self.columns.rows[other].as_printed
            if two_wrong_digits(o.as_printed, token) and token not in known:
                known.add(token)
                found.append(Slip("two_slips", token))
        return found

    def _printed_beside(
        self, row: int, sides: frozenset[int]
    ) -> list[tuple[Fraction, str, bool, str]]:
        """Return what is printed for the same cell: value, source, whether exactly this cell."""
        c = self.columns
        o = c.rows[row]
        if self._cells is None:
            self._cells = {}
            for i, r in enumerate(c.rows):
                key = (r.region_id, r.indicator_id, r.status)
                self._cells.setdefault(key, []).append(i)
        beside = []
        for i in self._cells[o.region_id, o.indicator_id, o.status]:
            r = c.rows[i]
            if i == row or not c.year[row] or (c.year[i] != c.year[row] and i not in sides):
                continue
            same = r.breakdown == o.breakdown
            scope = same or r.breakdown.startswith("scope=") or o.breakdown.startswith("scope=")
            if scope:
                beside.append((Fraction(r.value), r.source_id, same, r.as_printed))
        return beside

    def _usual_decimals(self, o: Observation) -> int:
        """Return how many decimals the source of a figure prints as a rule, in its unit."""
        if self._decimals is None:
            counts: dict[tuple[str, str], Counter[int]] = {}
            for r in self.columns.rows:
                if r.printing != "exact":
                    key = (r.source_id, r.unit)
                    counts.setdefault(key, Counter())[_decimals(r.as_printed, r.numerals)] += 1
            self._decimals = {
                key: kinds.most_common(1)[0][0]
                for key, kinds in counts.items()
                if kinds.most_common(1)[0][1] > kinds.total() / 2 and kinds.total() >= USUAL
            }
        own = _decimals(o.as_printed, o.numerals)
        return own if o.printing == "exact" else self._decimals.get((o.source_id, o.unit), own)

    def _distance(self, row: int, value: Fraction) -> float:
        """Return how far a value lies from its nearest neighbours in time, on a log scale."""
        c = self.columns
        if value <= 0 or not c.year[row]:
            return 9.0
        assert self._cells is not None  # noqa: S101 - filled by _printed_beside
        o = c.rows[row]
        gaps = [
            abs(math.log(float(value) / c.value[i]))
            for i in self._cells[o.region_id, o.indicator_id, o.status]
            if i != row and c.series[i] == c.series[row] and c.value[i] > 0 and c.year[i]
            and 0 < abs(int(c.year[i] - c.year[row])) <= NEAR_YEARS
        ]  # fmt: skip
        return float(sorted(gaps)[len(gaps) // 2]) if gaps else 9.0

    def _repair(self, c: _Candidate, rank: int) -> Repair:
        o = self.columns.rows[c.row]
        publishers = [self.columns.data.sources[s].publisher for s in c.texts]
        reasons = []
        for place, language in enumerate(("id", "en")):
            pieces = [DESCRIPTIONS[c.slip.kind][language]]
            if c.elsewhere:
                names = join(list(dict.fromkeys(publishers)), language)
                pieces.append(_ELSEWHERE[c.elsewhere][place].format(names))
            rules = ("memenuhi {} dari {} aturan", "satisfies {} of {} rules")[place]
            pieces.append(rules.format(c.satisfied, c.checks))
            reasons.append(tuple(pieces))
        return Repair(
            observation=o.observation_id, as_printed=o.as_printed, token=c.slip.token,
            kind=c.slip.kind, rank=rank,
            certainty="printed" if c.elsewhere == "here" else "conjectured",
            satisfied=c.satisfied, checks=c.checks, value=c.value, reasons_id=reasons[0],
            reasons_en=reasons[1], printed_by=c.texts,
        )  # fmt: skip


def _resolves(
    ask: Sequence[tuple[Check, Interval | None]],
    was: Mapping[int, bool],
    holds: Mapping[int, bool],
    mine: Sequence[Check],
) -> bool:
    """Tell whether a repair breaks nothing, and mends what is asked of it.

    Every check within a text must hold; of conflicting texts it must agree with at least one.
    """
    sides = agreed = 0
    mended = 0
    wanted = set(mine)
    for check, _ in ask:
        fine = holds[id(check)]
        if check.kind == CONFLICT:
            sides += check in wanted
            agreed += fine and check in wanted
            if was[id(check)] and not fine and not agreed:
                return False
        elif not fine:
            return False
        mended += fine and check in wanted
    return mended > 0 and (not sides or agreed > 0)


def _ranks(chosen: Sequence[_Candidate], alike: Callable[[int, int], bool]) -> list[int]:
    """Return the rank of each: repairs of different figures that weigh the same share one."""
    ranks: list[int] = []
    for place, candidate in enumerate(chosen, start=1):
        before = chosen[ranks[-1] - 1] if ranks else None
        tied = (
            before is not None
            and before.weight == candidate.weight
            and not any(alike(c.row, candidate.row) for c in chosen[ranks[-1] - 1 : place - 1])
        )
        ranks.append(ranks[-1] if tied else place)
    return ranks


@lru_cache(maxsize=65536)
def _decimals(token: str, numerals: str) -> int:
    """Return the decimals of the number in a token."""
    match = NUMBER.search(token)
    _, _, fraction = (match[0] if match else "").partition("," if numerals == "id" else ".")
    return len(fraction)


def _telling(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Drop the kinds of slip of which any number would do, unless a text prints the repair."""
    kinds = Counter((c.slip.kind, c.digits) for c in candidates if not c.elsewhere)
    return [c for c in candidates if c.elsewhere or kinds[c.slip.kind, c.digits] <= TOO_MANY]


def _printed(
    cell: Sequence[tuple[Fraction, str, bool, str]], value: Fraction
) -> tuple[str, tuple[str, ...]]:
    here = tuple(dict.fromkeys(s for v, s, same, _ in cell if v == value and same))
    if here:
        return "here", here
    scope = tuple(dict.fromkeys(s for v, s, same, _ in cell if v == value and not same))
    return ("scope", scope) if scope else ("", ())
