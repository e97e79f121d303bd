"""What no single check shows: series that nobody measured, slipped tables, breaks.

* carried forward or back: a text repeats a year's figures for the next or the one before;
* two territories added up: the old territory's figure is the sum of next year's new ones;
* a row slipped: two neighbouring regions of a table have the same figures;
* a digit too many: a figure with more decimals than its table prints;
* a break of reporting: half of a table's regions fall or rise beyond all measure in one year;
* a figure that strays from both its neighbours, a value repeated by another text.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from kumkm_analysis.findings import model
from kumkm_analysis.findings.checks import Story
from kumkm_analysis.findings.facts import LARGE, Fact, Facts, Series, significant, telling
from kumkm_analysis.findings.rules import Limits
from kumkm_analysis.findings.slips import decimals

HUNDRED = 100  # per cent, all of it
FAR_APART = 180  # days between two dates that a figure can be carried over
NORMAL_DELAY = 456  # fifteen months: a text's "now" may be the last count
SELDOM_BY_CHANCE = 10_000  # a count that moves by a few per cent seldom stays the same
FEWEST_REGIONS = 8  # of a table, of which half must break
BROKEN = 2.0
SELDOM = 0.02  # of a table's figures that may have a digit too many
SLIPPED = 2  # figures that two neighbouring rows have in common
LONG_RUN = 3  # years with one figure
SELDOM_KEPT = 500  # a count that seldom stays the same for so long


def patterns(facts: Facts, limits: Limits) -> list[Story]:
    """Return everything that figures show together, each series once."""
    yearly = _yearly(facts)
    carried = list(_carried(facts, yearly))
    told = {f for p in carried for f in p.rows}
    repeated = (p for p in _repeated(facts) if not told.issuperset(p.rows))
    return [
        *carried, *repeated, *_territories(facts, yearly), *_slipped(facts), *_columns(facts),
        *_finer(facts), *_breaks(yearly), *_spikes(facts, limits),
    ]  # fmt: skip


# ---- series that nobody measured ----------------------------------------------------------------


Years = dict[int, Fact]
Yearly = dict[tuple[str, str], dict[Series, Years]]


def _yearly(facts: Facts) -> Yearly:
    """Return the yearly figures of each text and region, by series and year."""
    found: Yearly = defaultdict(dict)
    for fact in facts:
        yearly = fact.sharp and len(fact.o.reference_period) == len("YYYY") and fact.o.value
        if yearly and not facts.is_change(fact) and facts.unit(fact) != "percent":
            text = found[fact.o.source_id, fact.o.region_id]
            text.setdefault(fact.series, {})[fact.year] = fact
    return found


def _carried(facts: Facts, yearly: Yearly) -> Iterator[Story]:
    """Yield the figures of a region that stay to the last digit in several series or years.

    The series of one publisher stand together: its tables are filled in together.
    """
    regions: Yearly = defaultdict(dict)
    for (source, region), series in yearly.items():
        regions[facts.data.sources[source].publisher, region].update(series)
    for (_, region), by_series in regions.items():
        kept: dict[int, list[Series]] = defaultdict(list)  # by the year repeated
        for name, years in by_series.items():
            for one, other in pairwise(sorted(years)):
                same = years[one].o.value == years[other].o.value
                if other - one == 1 and same and telling(years[one]):
                    kept[one].append(name)
        for run in _runs(sorted(kept)):
            rows = []
            for name in dict.fromkeys(n for y in run for n in kept[y]):
                mine = [y for y in run if name in kept[y]]
                together = [y for y in mine if len({n[1] for n in kept[y]}) > 1]
                large = by_series[name][mine[0]].o.value >= SELDOM_KEPT
                if together or (len(mine) >= LONG_RUN - 1 and large):
                    stretch = sorted({*mine, *(y + 1 for y in mine)})
                    rows += [by_series[name][y] for y in stretch]
            if rows:
                yield _carried_where(facts, region, tuple(rows))


def _runs(years: Sequence[int]) -> Iterator[list[int]]:
    """Yield the stretches of years that follow on each other."""
    for _, run in groupby(enumerate(years), key=lambda x: x[1] - x[0]):
        yield [year for _, year in run]


def _carried_where(facts: Facts, region: str, rows: tuple[Fact, ...]) -> Story:
    """Tell whether figures were carried forward, or back into years that had none.

    Back, when the region did not exist yet or when other texts know the first year otherwise.
    """
    first = {f.series: f for f in reversed(rows)}
    last = {f.series: f for f in rows}
    began = facts.data.regions[region].valid_from[:4]
    start = min(f.year for f in rows)
    otherwise = any(
        other.o.source_id != f.o.source_id and other.year == f.year and not other.span.meets(f.span)
        for f in first.values() for other in facts.series[f.series]
    )  # fmt: skip
    back = bool(began and start <= int(began)) or otherwise
    measured = set((last if back else first).values())
    suspects = tuple(f for f in rows if f not in measured)
    years = tuple(sorted({f.year for f in suspects}))
    return Story(
        model.CARRIED_BACK if back else model.CARRIED_FORWARD, "soft", rows, suspects, years
    )


def _territories(facts: Facts, yearly: Yearly) -> Iterator[Story]:
    """Yield the figures that are exactly the sum of two regions' figures of the next year."""
    regions = facts.data.regions.values()
    parents = {r.region_id: r.parent_id for r in regions}
    splits = {(r.parent_id, parents[r.successor_id]) for r in regions if r.successor_id in parents}
    cells: dict[tuple[str, str], dict[tuple[str, ...], Years]] = {}
    for place, by_series in yearly.items():  # whatever their territory
        cells[place] = defaultdict(dict)
        for name, years in by_series.items():
            cells[place][name[1:4]] |= years
    for (source, old), mine in cells.items():
        for new in (b for a, b in splits if a == old):
            found: dict[int, list[Fact]] = defaultdict(list)
            for cell, years in mine.items():
                theirs = cells.get((source, new), {}).get(cell, {})
                for year, fact in years.items():
                    rows = [s[year + 1] for s in (years, theirs) if year + 1 in s]
                    summed = sum(f.o.value for f in rows) == fact.o.value
                    if len(rows) == 2 and summed and telling(fact):
                        found[year] += [fact, *rows]
            for year, rows in found.items():
                yield Story(model.TERRITORIES, "soft", tuple(rows), tuple(rows[::3]), (year,))


def _repeated(facts: Facts) -> Iterator[Story]:
    """Yield the large exact figures that one series has at successive periods.

    A figure called "now" may repeat the last count; it is stale when that is over fifteen months
    old. A small count may stay the same unless other texts know that it moved.
    """
    for members in facts.series.values():
        groups: dict[object, list[Fact]] = defaultdict(list)
        for f in members:
            spanning = "/" in f.o.reference_period and not facts.is_stock(f)
            if f.year and f.sharp and f.low >= LARGE and (significant(f) or spanning):
                groups[f.o.value].append(f)
        for value, group in groups.items():
            kept = [group[0]]
            for f in group[1:]:
                delay = FAR_APART if f.stated and group[0].stated else NORMAL_DELAY
                if f.year != group[0].year and f.end - group[0].end > delay:
                    kept.append(f)
            own = [
                f for f in members if f.o.source_id == kept[0].o.source_id and f.o.value != value
            ]
            if any(kept[0].end < f.end < kept[-1].end for f in own):
                continue  # the text itself says that it moved in between
            if len(kept) > 1:
                years = {f.year for f in kept}
                moved = any(f.year in years and f.o.value != value for f in members)
                large = kept[0].low >= SELDOM_BY_CHANCE
                yield Story(model.REPEATED, "soft" if large or moved else "note", tuple(kept))


# ---- whole tables -------------------------------------------------------------------------------


def _slipped(facts: Facts) -> Iterator[Story]:
    """Yield the neighbouring rows of a table that print the same figures."""
    tables: dict[tuple[str, ...], dict[str, dict[tuple[str, str], Fact]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for fact in facts:
        parent = facts.data.regions[fact.o.region_id].parent_id
        if fact.sharp and parent and facts.unit(fact) != "percent" and not facts.is_change(fact):
            table = tables[fact.o.source_id, parent, *fact.world]
            cell = (fact.o.indicator_id + fact.series[2], fact.o.reference_period)
            table[fact.o.region_id][cell] = fact
    for table in tables.values():
        for one, other in pairwise(sorted(table)):
            shared = [
                (table[one][c], table[other][c]) for c in table[one]
                if c in table[other] and table[one][c].o.value == table[other][c].o.value
                and telling(table[one][c])
            ]  # fmt: skip
            if len(shared) >= SLIPPED:
                rows = tuple(f for pair in shared for f in pair)
                yield Story(model.ROW_SLIPPED, "soft", rows, rows)


def _columns(facts: Facts) -> Iterator[Story]:
    """Yield the percentages of a whole that no percentage can be: another column's figure."""
    for fact in facts:
        kind = facts.data.indicators[fact.o.indicator_id]
        of_whole = kind.unit == "percent" and kind.stock_or_flow != "change"
        if of_whole and (fact.low > HUNDRED or fact.high < 0):
            yield Story(model.ROW_SLIPPED, "hard", (fact,), (fact,))


def _finer(facts: Facts) -> Iterator[Story]:
    """Yield the figures with more decimals than the table prints that they stand in."""
    tables: dict[tuple[str, str], dict[int, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        o = fact.o
        tables[o.source_id, o.indicator_id][decimals(o.as_printed, o.numerals)].append(fact)
    for printed in tables.values():
        few = SELDOM * sum(len(rows) for rows in printed.values())
        most = max((places for places, rows in printed.items() if len(rows) > few), default=0)
        odd = [f for places, rows in printed.items() if places > most for f in rows]
        yield from (Story(model.DIGIT_TOO_MANY, "soft", (f,), (f,)) for f in odd)


def _breaks(yearly: Yearly) -> Iterator[Story]:
    """Yield the years in which half of a table's regions fall or rise beyond all measure."""
    steps: dict[tuple[str, str, str, int], list[tuple[Fact, Fact]]] = defaultdict(list)
    for (source, _), by_series in yearly.items():
        for (_, indicator, category, *_), years in by_series.items():
            for one, other in pairwise(sorted(years)):
                if other - one == 1:
                    steps[source, indicator, category, other].append((years[one], years[other]))
    for (*_, year), pairs in sorted(steps.items()):
        ratios = [float(b.o.value / a.o.value) for a, b in pairs]
        down, up = sum(r < 1 / BROKEN for r in ratios), sum(r > BROKEN for r in ratios)
        if len(ratios) >= FEWEST_REGIONS and 2 * max(down, up) > len(ratios):
            ordered = sorted(pairs, key=lambda p: -max(p[0].o.value, p[1].o.value))
            rows = tuple(f for pair in ordered for f in pair)
            yield Story(model.BREAK, "soft", rows, (), (year,))


def _spikes(facts: Facts, limits: Limits) -> Iterator[Story]:
    """Yield the figures of a table that stray from both neighbours in time as no other does."""
    for members in facts.series.values():
        limit = limits.astray(members[0].o.indicator_id)
        if limit is None:
            continue
        for group in _rows_of_tables(members):
            for a, b, c in zip(group, group[1:], group[2:], strict=False):
                middle = math.sqrt(a.o.value * c.o.value) if c.year - a.year <= 2 else 0
                if not middle or float(limit.low) <= float(b.o.value) / middle <= float(limit.high):
                    continue
                # Where the neighbours lie as far apart it is a step, and told as a jump.
                apart = abs(math.log(a.o.value / c.o.value))
                if abs(math.log(float(b.o.value) / middle)) > apart:
                    yield Story(model.JUMP, "soft", (a, b, c), (b,), rule=limit.limit_id)


def _rows_of_tables(members: Iterable[Fact]) -> Iterable[list[Fact]]:
    """Return the figures of a series by the text that prints them, labelled alike."""
    groups: dict[tuple[str, int], list[Fact]] = defaultdict(list)
    for fact in members:
        if fact.sharp and fact.year and fact.o.value > 0:
            groups[fact.o.source_id, len(fact.o.survey_month or fact.o.reference_period)].append(
                fact
            )
    return groups.values()
