"""The printed figures made ready to be compared: when they hold, of what series, in whose words.

A *series* is one region, indicator, breakdown, register, status, way of counting, territory and
vintage: only figures of one series are set against each other. An *account* is what one text says
of one region within one register, whatever periods it names: only figures of one account are added
up as a matter of course.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import combinations, pairwise
from math import inf
from typing import TYPE_CHECKING, TypeVar

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.records import Observation

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset

SHARED_FIGURES = 3  # exact figures of four digits and more that two texts have in common
CLOSE = 31  # days between two texts that quote one institution
SAME_DAY_SHARED = 2  # digits of a figure that two texts of one day have in common
LARGE = 1000  # of two texts in common, or of a region and another

Node = TypeVar("Node", bound=Hashable)
Item = TypeVar("Item")
World = tuple[str, ...]
Series = tuple[str, ...]
Cells = dict[tuple[str, str], list["Fact"]]  # of an account, by indicator and breakdown


@dataclass(eq=False, slots=True)
class Fact:
    """One printed figure with its interval, its days and the series that it belongs to.

    ``year`` is 0 for a figure without a period; ``seen`` is then the year of its text, since every
    print bears witness. ``sharp`` is false for a coarser repeat in the same text. ``low`` and
    ``high`` are the bounds as floats, for orders and distances.
    """

    number: int
    o: Observation
    span: Interval
    world: World
    series: Series
    start: int
    end: int
    year: int
    seen: int
    origin: int = 0
    sharp: bool = True
    low: float = field(init=False)
    high: float = field(init=False)

    def __post_init__(self) -> None:
        low, high = self.span.low, self.span.high
        self.low = -inf if low is None else float(low)
        self.high = inf if high is None else self.low if high is low else float(high)

    @property
    def stated(self) -> bool:
        """Tell whether the text states the period, rather than saying "now"."""
        return self.o.period_basis == "stated"

    @property
    def width(self) -> float:
        """How far the bounds lie apart."""
        return self.high - self.low

    @property
    def account(self) -> tuple[str, str, World]:
        """What one text says of one region within one register."""
        return self.o.source_id, self.o.region_id, self.world


@dataclass
class Facts:
    """The facts of a dataset in the order of their ids, and by account and series.

    ``splits`` holds for a region that was split its older and newer territory, and the last year
    in which figures that name none mean the older.
    """

    data: Dataset
    rows: list[Fact]
    accounts: dict[tuple[str, str, World], Cells] = field(repr=False)
    series: dict[Series, list[Fact]] = field(repr=False)
    splits: dict[str, tuple[str, str, int]] = field(repr=False)

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.rows)

    def unit(self, fact: Fact) -> str:
        """Return the unit of a figure's indicator."""
        return self.data.indicators[fact.o.indicator_id].unit

    def is_stock(self, fact: Fact) -> bool:
        """Tell whether a figure is a position rather than a flow, a ratio or a change."""
        return self.data.indicators[fact.o.indicator_id].stock_or_flow == "stock"

    def is_change(self, fact: Fact) -> bool:
        """Tell whether a figure is itself a growth rate or a change."""
        return self.data.indicators[fact.o.indicator_id].stock_or_flow == "change"

    def is_reference(self, fact: Fact) -> bool:
        """Tell whether a figure is a mere denominator, such as population or regional product."""
        return getattr(self.data.indicators[fact.o.indicator_id], "role", "") == "reference"

    def of_year(self, series: Series, year: int) -> list[Fact]:
        """Return what all texts print for a series and year, in the order of their ids."""
        found = [f for f in self.series.get(series, ()) if f.sharp and f.year == year]
        return sorted(found, key=lambda f: f.number) if year else []

    def matching(self, candidates: Sequence[Fact], anchor: Fact) -> tuple[Fact | None, bool]:
        """Return the figure of a text that is of the anchor's date, and whether both say so.

        A figure under another label of the same year, or under none, may be of the same date when
        it is the only one and a position.
        """
        for fact in candidates:
            if fact.o.reference_period == anchor.o.reference_period:
                return fact, True
        near = [
            f for f in candidates
            if not (f.year and anchor.year) or (f.year == anchor.year and self.is_stock(anchor))
        ]  # fmt: skip
        return (near[0] if len(near) == 1 else None), False

    def above(self, region: str) -> Iterator[str]:
        """Yield the regions above a region, the nearest first."""
        while region := self.data.regions[region].parent_id:
            yield region


def prepare(data: Dataset) -> Facts:
    """Return the facts of a dataset."""
    counted = {(s.source_id, s.indicator_id): s.series_id for s in data.series.values()}
    splits = _splits(data)
    rows = []
    for number, key in enumerate(sorted(data.observations)):  # the order of the table is no matter
        o = data.observations[key]
        own = counted.get((o.source_id, o.indicator_id), "")
        start, end, year = days(o.survey_month or o.reference_period)
        published = data.sources[o.source_id].published[:4]
        seen = year or (int(published) if published.isdigit() else 0)
        territory = o.territory or _meant(splits.get(o.region_id), seen)
        world = (o.register, o.status, own, territory, o.vintage)
        series = (o.region_id, o.indicator_id, o.category, *world)
        rows.append(Fact(number, o, o.interval, world, series, start, end, year, seen))
    origin = origins(data, rows)
    places: dict[tuple[object, ...], Fact] = {}
    for fact in rows:
        fact.origin = origin[fact.o.source_id]
        place = (fact.series, fact.o.source_id, fact.o.reference_period)
        rival = places.setdefault(place, fact)
        if rival is not fact:
            coarse = fact if rival.width <= fact.width else rival
            coarse.sharp = False
            places[place] = rival if coarse is fact else fact
    accounts: dict[tuple[str, str, World], Cells] = {}
    series_of: dict[Series, list[Fact]] = defaultdict(list)
    for fact in rows:
        if fact.sharp:
            cells = accounts.setdefault(fact.account, {})
            cells.setdefault((fact.o.indicator_id, fact.series[2]), []).append(fact)
        series_of[fact.series].append(fact)
    for members in series_of.values():
        members.sort(key=lambda f: (f.end, f.low, f.number))
    return Facts(data, rows, accounts, series_of, splits)


def _splits(data: Dataset) -> dict[str, tuple[str, str, int]]:
    """Return the older and newer territory of regions, and the last year that means the older.

    That is the year after the units left; statistics follow a change of boundaries late.
    """
    found: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
    for t in data.territories.values():
        age = "older" if t.used_to and not t.used_from else "newer" if not t.used_to else ""
        found[t.region_id][age] = (t.territory_id, int(t.used_to or 0))
    left = {r.parent_id: int(r.valid_to[:4]) + 1 for r in data.regions.values() if r.valid_to}
    return {
        region: (ages["older"][0], ages["newer"][0], left.get(region, ages["older"][1]))
        for region, ages in found.items()
        if "older" in ages and "newer" in ages
    }


def _meant(split: tuple[str, str, int] | None, year: int) -> str:
    """Return the territory that a figure means that names none."""
    return "" if not split or not year else split[0] if year <= split[2] else split[1]


def origins(data: Dataset, rows: Iterable[Fact]) -> dict[str, int]:
    """Return the origin of each source: texts that repeat one statement share one.

    Two texts share an origin when both quote one institution within a month, when they print the
    same exact figures of four digits for three cells, or when they appear on one day with the same
    figure. What nobody can see is not assumed: other texts count as independent.
    """
    rows = list(rows)
    sources = list(dict.fromkeys(f.o.source_id for f in rows))
    pairs = (*_same_quotes(data, sources), *_same_figures(data, rows))
    edges = [frozenset(texts) for texts in (*((s,) for s in sources), *pairs)]
    return {
        source: origin
        for origin, group in enumerate(components(edges))
        for source in frozenset[str]().union(*(edges[i] for i in group))
    }


def grouped(items: Iterable[Item], key: Callable[[Item], Hashable]) -> list[list[Item]]:
    """Return what has one key together, in the order in which it comes."""
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return list(groups.values())


def components(edges: Sequence[frozenset[Node]]) -> list[list[int]]:
    """Return the groups of edges that hang together, by their places."""
    parent: dict[Node, Node] = {}

    def find(node: Node) -> Node:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for first, *rest in edges:
        for node in rest:
            parent[find(node)] = find(first)
    groups: dict[Node, list[int]] = {}
    for i, edge in enumerate(edges):
        groups.setdefault(find(next(iter(edge))), []).append(i)
    return list(groups.values())


def _same_figures(data: Dataset, rows: Iterable[Fact]) -> Iterator[tuple[str, str]]:
    printers: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for fact in rows:
        o = fact.o
        if o.printing == "exact" and o.value >= 10**SAME_DAY_SHARED:
            printers[o.region_id, o.indicator_id, o.breakdown, o.value].add(o.source_id)
    shared: Counter[tuple[str, str]] = Counter()
    for (*_, value), group in printers.items():
        if len(group) > 1:
            for pair in combinations(sorted(group), 2):
                days_ = [data.sources[s].published for s in pair]
                at_once = days_[0] == days_[1] and len(days_[0]) == len("YYYY-MM-DD")
                large = int(value) >= LARGE  # type: ignore[call-overload]
                shared[pair] += SHARED_FIGURES if at_once else large
    yield from (pair for pair, count in shared.items() if count >= SHARED_FIGURES)


def _same_quotes(data: Dataset, sources: Iterable[str]) -> Iterator[tuple[str, str]]:
    quoting: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for source_id in sources:
        source = data.sources[source_id]
        if source.quotes and len(source.published) == len("YYYY-MM-DD"):
            day = date.fromisoformat(source.published).toordinal()
            quoting[source.quotes].append((day, source_id))
    for group in quoting.values():
        for (day, a), (later, b) in pairwise(sorted(group)):
            if later - day <= CLOSE:
                yield a, b


def year_end(period: str) -> str:
    """Return a period with the end of a year written as the year, as positions are dated.

    >>> year_end("2012-12-31"), year_end("2012-12"), year_end("2012-06")
    ('2012', '2012', '2012-06')
    """
    return period[:4] if period[4:] in ("-12", "-12-31") else period


@lru_cache(maxsize=4096)
def days(period: str) -> tuple[int, int, int]:
    """Return first day, last day and year of a period; zeros when there is none.

    A span of several years has the year of its end.
    """
    if not period:
        return (0, 0, 0)
    first, last = period.split("/")[0], period.split("/")[-1]
    year, month, day = ([int(p) for p in first.split("-")] + [1, 1])[:3]
    parts = [int(p) for p in last.split("-")]
    if len(parts) == 3:
        end = date(*parts)
    elif len(parts) == 1:
        end = date(parts[0], 12, 31)
    else:
        end = date(parts[0], parts[1], monthrange(parts[0], parts[1])[1])
    return date(year, month, day).toordinal(), end.toordinal(), end.year


def telling(fact: Fact, least: int = 3) -> bool:
    """Tell whether a figure has enough digits, trailing zeros apart, that no chance repeats it."""
    printed = fact.o.printed
    return len(str(abs(int(printed.value / printed.last_digit))).rstrip("0")) >= least


def significant(fact: Fact) -> bool:
    """Tell whether an exact figure has at least four digits that are not trailing zeros."""
    return fact.span.is_exact and fact.o.value >= LARGE and telling(fact, 4)
