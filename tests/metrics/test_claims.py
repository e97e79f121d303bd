"""Tests of claims: each is held against what it means for every value that the print allows."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.metrics.claims import agreed, compatible, contradicting, groups, place
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.rank import rank

SMALL = st.integers(min_value=0, max_value=6)


def figure(low: int, high: int, *, one_sided: bool = False, name: str = "x") -> Figure:
    """Return a figure of which only its bounds and its middle matter."""
    middle = Fraction(low + high, 2)
    span = Interval(Fraction(low), None if one_sided else Fraction(high))
    return Figure(
        name, "derived", middle, span, "percent", "64", "2012", "", (name,), one_sided=one_sided
    )


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    """Draw a figure with a small interval, now and then one that is given as "more than"."""
    low, width, one_sided = draw(SMALL), draw(st.integers(0, 2)), draw(st.booleans())
    return figure(low, low + width, one_sided=one_sided and draw(st.booleans()))


def values(one: Figure) -> list[Fraction]:
    """Return values that stand for all that a figure may be: its ends; far off where open."""
    low, high = one.interval.low, one.interval.high
    assert low is not None
    return [low, high if high is not None else Fraction(1000)]


def certainly_above(one: Figure, others: list[Figure]) -> bool:
    """Tell by trying all values whether one figure is above every one of the others."""
    return all(a > b for other in others for a, b in product(values(one), values(other)))


@given(own=figures(), others=st.lists(figures(), max_size=5))
def test_a_place_holds_for_every_value_that_the_print_allows(
    own: Figure, others: list[Figure]
) -> None:
    """Above is above each bounded one whatever is true, below likewise; the open ones are named."""
    found = place(own, others)
    bounded = [f for f in others if not f.one_sided]
    if not bounded:
        assert found.where == "unknown"
        return
    above = certainly_above(own, bounded)
    below = all(certainly_above(f, [own]) for f in bounded)
    assert (found.where == "above") == above
    assert (found.where == "below") == (below and not above)
    if found.where == "above":
        assert list(found.but) == [f for f in others if f.one_sided]
    if found.where == "below":
        open_ended = [f for f in others if f.one_sided]
        assert list(found.but) == [f for f in open_ended if not certainly_above(f, [own])]


def test_without_a_figure_of_our_own_no_place_is_claimed() -> None:
    """Nor where only bounds of it are known."""
    hull = figure(1, 2).replace(value=None)
    assert place(None, [figure(1, 2)]).where == place(hull, [figure(1, 2)]).where == "unknown"


@given(found=st.lists(figures(), min_size=1, max_size=5))
def test_figures_are_compatible_when_any_two_may_be_equal(found: list[Figure]) -> None:
    """The same is said of one against the rest."""
    meets = [
        [max(values(a)[0], values(b)[0]) <= min(values(a)[1], values(b)[1]) for b in found]
        for a in found
    ]
    assert compatible(found) == all(all(row) for row in meets)
    own = found[0]
    assert list(contradicting(own, found)) == [
        f for f, m in zip(found, meets[0], strict=True) if not m
    ]


@given(st.lists(st.one_of(st.none(), st.sampled_from([(1, 1), (1, 2), (2, 2)])), max_size=5))
def test_all_readings_agree_only_where_each_gives_the_same(
    given: list[tuple[int, int] | None],
) -> None:
    """One that gives nothing does not agree, whichever texts the others rest on."""
    found = {
        f"r{n}": Missing("x", "64", "2012") if ends is None else figure(*ends, name=f"text {n}")
        for n, ends in enumerate(given)
    }
    same = agreed(found)
    assert (same is not None) == (bool(given) and None not in given and len(set(given)) == 1)
    told = groups(found)
    assert len(told) == len({ends for ends in given if ends is not None})
    assert sorted(r for _, names in told for r in names) == [
        f"r{n}" for n, ends in enumerate(given) if ends is not None
    ]


@given(own=figures(), others=st.lists(figures(), max_size=4))
def test_a_rank_is_every_place_that_the_print_allows(own: Figure, others: list[Figure]) -> None:
    """It is held against all orders of the values that may be true."""
    places = set()
    for value, *rest in product(values(own), *(values(f) for f in others)):
        places.add(1 + sum(other > value for other in rest))
    found = rank(own, others)
    assert (found.first, found.last, found.among) == (min(places), max(places), 1 + len(others))


@pytest.mark.parametrize(("own", "certain"), [((5, 5), True), ((3, 5), False)])
def test_a_rank_is_certain_where_no_interval_overlaps(own: tuple[int, int], certain: bool) -> None:
    """An interval that reaches over a neighbour leaves two places open."""
    assert rank(figure(*own), [figure(4, 4), figure(9, 9)]).is_certain is certain
