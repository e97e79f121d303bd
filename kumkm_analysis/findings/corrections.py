"""Which single slip would resolve a finding, and which repairs must not be told.

A repaired value is tried as if it had been printed: against every rule that touches the figure,
and against all prints of its region within three years.
What would give rise to a new finding is no repair. Explanations that need no typing error, such as
a truncated figure or another year's, come before any.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.observation import WHOLE_UNITS, Observation
from kumkm_analysis.dataset.vocabulary import join
from kumkm_analysis.errors import NumeralError
from kumkm_analysis.findings.checks import Check, agrees
from kumkm_analysis.findings.facts import Fact, Facts
from kumkm_analysis.findings.localise import merely_unusual
from kumkm_analysis.findings.model import CONFLICT, JUMP, Repair
from kumkm_analysis.findings.phrases import LANGUAGES, phrase
from kumkm_analysis.findings.rules import Limits
from kumkm_analysis.findings.slips import (
    KINDS,
    Slip,
    decimals,
    digits_of,
    number_in,
    slips,
    two_wrong_digits,
    word_of,
)

MOST = 5
USUAL = 4  # figures of a source before it has a way of printing
EACH = 3  # repairs of one figure
THREE_YEARS = 3 * 366
NEARLY = Fraction(1, 20)  # how near a rival a corrected word of magnitude must bring a figure
TOO_MANY = 3  # slips of one kind that would all do say nothing
SHARP = frozenset({"magnitude", "sign"})  # slips told apart by more than their size


@dataclass(frozen=True, slots=True)
class Mended:
    """The repairs of a finding, likeliest first, and how many slips could not be told apart."""

    repairs: tuple[Repair, ...] = ()
    candidates: int = 0


@dataclass(frozen=True, slots=True)
class _Candidate:
    slip: Slip
    value: Fraction
    fact: Fact
    satisfied: int
    checks: int
    elsewhere: str
    texts: tuple[str, ...]
    distance: float
    place: int
    usual: bool
    exact: bool

    @property
    def key(self) -> tuple[object, ...]:
        """The order of likelihood.

        Printed elsewhere, rules satisfied, written as its source writes, slip, nearness in time;
        the first four make repairs of different figures equally likely.
        """
        return (
            ("here", "scope", "").index(self.elsewhere), self.checks - self.satisfied,
            not self.usual, KINDS.index(self.slip.kind), round(self.distance, 6), self.place,
        )  # fmt: skip


@dataclass
class Corrections:
    """Searches the slips of single figures."""

    facts: Facts
    touching: Mapping[Fact, Sequence[Check]]
    limits: Limits
    doubted: frozenset[Fact]
    cells: dict[tuple[str, str, str], list[Fact]] = field(default_factory=lambda: defaultdict(list))
    _words: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _decimals: dict[tuple[str, str], Counter[int]] = field(
        default_factory=lambda: defaultdict(Counter)
    )

    def __post_init__(self) -> None:
        for fact in self.facts:
            o = fact.o
            self.cells[o.region_id, o.indicator_id, o.status].append(fact)
            if word := word_of(o.as_printed):
                self._words[o.source_id].add(word)
            if o.printing != "exact":
                self._decimals[o.source_id, o.unit][decimals(o.as_printed, o.numerals)] += 1

    def mend(
        self, rows: Iterable[Fact], broken: Sequence[Check], others: frozenset[Fact]
    ) -> Mended:
        """Return the repairs of any of ``rows`` that resolve the broken checks.

        ``others`` are suspect themselves: checks with them ask nothing of a repair.
        """
        found: list[_Candidate] = []
        candidates = 0
        for fact in dict.fromkeys(rows):
            mine, untold = self._candidates(fact, broken, others - {fact})
            found += mine
            candidates += untold
        found.sort(key=lambda c: (c.key, c.fact.number))
        chosen: list[_Candidate] = []
        for c in found:
            same = [x for x in chosen if _alike(x.fact, c.fact)]
            if len(same) < EACH and c.slip.token not in {x.slip.token for x in same}:
                chosen.append(c)
        ranks: list[int] = []
        for place, c in enumerate(chosen, start=1):
            start = ranks[-1] if ranks else 0
            tied = chosen[start - 1 : place - 1] if start else []
            ties = tied and tied[0].key[:4] == c.key[:4]
            ties = ties and not any(_alike(x.fact, c.fact) for x in tied)
            ranks.append(start if ties else place)
        repairs = tuple(self._repair(c, r) for c, r in zip(chosen[:MOST], ranks, strict=False))
        return Mended(repairs, candidates)

    # ---- candidates ---------------------------------------------------------------------------

    def _candidates(
        self, fact: Fact, broken: Sequence[Check], others: frozenset[Fact]
    ) -> tuple[list[_Candidate], int]:
        mine = [c for c in broken if fact in c.members]
        explains = all(
            c.kind in (CONFLICT, JUMP) or any(_alike(fact, m) for m in c.members) for c in broken
        )
        if not mine or not explains:
            return [], 0
        ask = [
            (c, implied)
            for c in self.touching.get(fact, ())
            if c.severity != "note" and not (set(c.members) - {fact}) & others
            if (implied := c.implied(fact)) is not None
        ]
        sides = [c for c in mine if c.kind == CONFLICT]
        rivals = [m for c in sides for m in c.members if m is not fact]
        of_one_date = [m for c in sides if c.form == "equal" for m in c.members if m is not fact]
        cell = self._printed_beside(fact, rivals)
        found = []
        wanted = [i for c, i in ask if c in set(mine)]
        only = None
        if all(merely_unusual(c) for c in mine):
            only = frozenset(digits_of(f.o.as_printed) for f, _ in cell)
        for place, (slip, value, span) in enumerate(
            self._readable(fact, of_one_date, only, wanted)
        ):
            near = _near(value, rivals) if slip.kind == "magnitude" else set()
            holds = {
                c for c, i in ask
                if agrees(i, span, edge=c.form == "at_most") or near & set(c.members)
            }  # fmt: skip
            elsewhere, texts = _printed(cell, value)
            if not holds & set(mine) or not _resolves(ask, holds, mine, fact):
                continue
            usual = decimals(slip.token, fact.o.numerals) == self._usual_decimals(fact.o)
            odd = slip.kind == "two_slips" or (not usual and slip.kind != "separator")
            if odd and elsewhere != "here":
                continue
            if elsewhere != "here" and not self._lives(fact, float(value), mine):
                continue
            exact = any(c in holds and c.form == "equal" and c.kind != CONFLICT for c in mine)
            found.append(
                _Candidate(
                    slip, value, fact, len(holds), len(ask), elsewhere, texts,
                    self._distance(fact, value), place,
                    usual,
                    exact and span.is_exact,
                )
            )  # fmt: skip
        # Kinds of slip of which any number would do say nothing, unless the sum comes out exactly.
        kinds = Counter((c.slip.kind, c.usual) for c in found if not c.elsewhere)
        kept = [
            c for c in found
            if c.elsewhere or c.exact or kinds[c.slip.kind, c.usual] <= TOO_MANY
        ]  # fmt: skip
        return kept, len(found) - len(kept)

    def _readable(
        self,
        fact: Fact,
        rivals: Sequence[Fact],
        only: frozenset[str] | None,
        wanted: Sequence[Interval],
    ) -> list[tuple[Slip, Fraction, Interval]]:
        """Return the slips of a figure that give another number of its kind, with its interval.

        Two wrong digits are tried only where a text prints just that; of a figure that is merely
        unusual, ``only`` numbers that are printed nearby or differ by a word or a sign.
        """
        read: list[tuple[Slip, Fraction, Interval]] = []
        o = fact.o
        slack = float(o.printed.last_digit) + fact.width if fact.width < math.inf else math.inf
        scale = float(o.value) / (number_in(o.as_printed, o.numerals) or 1.0)
        ranges = [
            (-math.inf if w.low is None else float(w.low) - slack,
             math.inf if w.high is None else float(w.high) + slack) for w in wanted
        ]  # fmt: skip

        def near(value: float) -> bool:
            return any(low <= value <= high for low, high in ranges)

        found = list(slips(o.as_printed, o.numerals, sorted(self._words[o.source_id])))
        known = {s.token for s in found}
        for other in rivals:
            token = other.o.as_printed
            if two_wrong_digits(o.as_printed, token) and token not in known:
                known.add(token)
                found.append(Slip("two_slips", token))
        for slip in found:
            plain = slip.kind not in SHARP
            if plain and only is not None and digits_of(slip.token) not in only:
                continue
            if plain and not near(number_in(slip.token, o.numerals) * scale):
                continue  # mends nothing: most slips are left here
            try:
                printed = o.had_it_printed(slip.token)
            except NumeralError:
                continue
            value = printed.value
            whole = o.unit not in WHOLE_UNITS or (value >= 0 and value == value.to_integral_value())
            if whole and value != o.value:
                exact = o.printing == "exact"
                span = Interval.exact(value) if exact else o.interval_of(printed)
                read.append((slip, Fraction(value), span))
        return read

    def _lives(self, fact: Fact, value: float, broken: Sequence[Check]) -> bool:
        """Tell whether a value could stand beside what is printed near it.

        Near are the prints of the series within three years, unless they are in doubt themselves.
        """
        if value <= 0 or fact.o.unit == "percent":
            return True
        rivals = {m for c in broken if c.kind in (CONFLICT, JUMP) for m in c.members}
        printed = float(fact.o.value)
        if printed <= 0:
            return True
        for other in self.facts.series[fact.series]:
            near = other.year and fact.year and abs(other.end - fact.end) <= THREE_YEARS
            if not near or other in rivals or other in self.doubted or other.low <= 0:
                continue
            later = other.end > fact.end
            size = value if later else other.low
            known = self.limits.between(fact.o.indicator_id, size, abs(other.end - fact.end))
            if known is None:
                continue
            ratios = (other.low / own if later else own / other.low for own in (value, printed))
            lives, lived = (known[1] <= r <= known[2] for r in ratios)
            if lived and not lives:
                return False
        return True

    def _printed_beside(self, fact: Fact, rivals: Sequence[Fact]) -> list[tuple[Fact, bool]]:
        """Return what is printed for the same cell, and whether for exactly this cell."""
        o = fact.o
        found = []
        for other in self.cells[o.region_id, o.indicator_id, o.status]:
            of_year = other.seen == fact.seen and fact.seen
            if other is not fact and (of_year or other in rivals):
                same = other.series == fact.series
                scopes = (other.o.breakdown, o.breakdown)
                if same or any(b.startswith("scope=") for b in scopes):
                    found.append((other, same))
        return found

    def _usual_decimals(self, o: Observation) -> int:
        """Return how many decimals the source of a figure prints as a rule, in its unit."""
        counts = self._decimals.get((o.source_id, o.unit))
        own = decimals(o.as_printed, o.numerals)
        if o.printing == "exact" or not counts or counts.total() < USUAL:
            return own
        places, often = counts.most_common(1)[0]
        return places if often > counts.total() / 2 else own

    def _distance(self, fact: Fact, value: Fraction) -> float:
        """Return how far a value lies from its neighbours in time, on a log scale."""
        if value <= 0 or not fact.year:
            return 9.0
        gaps = sorted(
            abs(math.log(float(value) / float(f.o.value)))
            for f in self.facts.series[fact.series]
            if f.o.value > 0 and f.year and 0 < abs(f.year - fact.year) <= 3
        )
        return gaps[len(gaps) // 2] if gaps else 9.0

    def _repair(self, c: _Candidate, rank: int) -> Repair:
        o = c.fact.o
        publishers = dict.fromkeys(self.facts.data.sources[s].publisher for s in c.texts)
        reasons = {}
        for k in LANGUAGES:
            pieces = [phrase(f"slip.{c.slip.kind}", k)]
            if c.elsewhere:
                pieces.append(phrase(f"printed.{c.elsewhere}", k, who=join(list(publishers), k)))
            counts = {"n": str(c.satisfied), "of": str(c.checks)}
            reasons[k] = (*pieces, phrase("repair.rules", k, **counts))
        certainty = "printed" if c.elsewhere == "here" else "conjectured"
        return Repair(
            o.observation_id, o.as_printed, c.slip.token, c.slip.kind, rank, certainty,
            c.satisfied, c.checks, c.value, reasons, c.texts,
        )  # fmt: skip


def _resolves(
    ask: Sequence[tuple[Check, Interval]], holds: set[Check], mine: Sequence[Check], fact: Fact
) -> bool:
    """Tell whether a repair breaks nothing, and mends what is asked of it.

    Every check within a text must hold; of conflicting texts it must agree with at least one.
    """
    sides = [c for c in mine if c.kind == CONFLICT]
    agreed = any(c in holds for c in sides)
    for check, implied in ask:
        if check in holds:
            continue
        was = implied.meets(fact.span)
        if merely_unusual(check) and not was and check not in mine:
            continue  # it stays as unusual as it was
        copy = check.kind == CONFLICT and any(
            m is not fact and m.o.value == fact.o.value for m in check.members
        )  # it would be mended alike
        if check.kind != CONFLICT or (was and not copy):
            return False
    return agreed or not sides


def _alike(one: Fact, other: Fact) -> bool:
    """Tell whether two figures print one value for one series, as copies of a text do."""
    return one.series == other.series and one.o.value == other.o.value


def _printed(cell: Sequence[tuple[Fact, bool]], value: Fraction) -> tuple[str, tuple[str, ...]]:
    for name, wanted in (("here", True), ("scope", False)):
        texts = dict.fromkeys(
            f.o.source_id for f, same in cell if same == wanted and f.o.value == value
        )
        if texts:
            return name, tuple(texts)
    return "", ()


def _near(value: Fraction, rivals: Iterable[Fact]) -> set[Fact]:
    """Return the rivals that a value comes near to: a word of magnitude is a thousandfold."""
    return {r for r in rivals if abs(value - Fraction(r.o.value)) <= NEARLY * abs(value)}
