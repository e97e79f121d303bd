"""Checks: floats screen, fractions decide, and each figure's share in a breach is exact."""

from __future__ import annotations

import math
from fractions import Fraction
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.findings.blame import localise, solvable
from kumkm_analysis.findings.checks import Batch, Check, Form
from kumkm_analysis.findings.columns import columns

Bounds = tuple[Fraction, Fraction]
positive = st.fractions(min_value=Fraction(1, 100), max_value=10**12, max_denominator=1000)
spans = st.tuples(positive, positive).map(lambda x: Interval(min(x), max(x)))
exact = positive.map(lambda x: Interval(x, x))
WIDTH = {"equal": 3, "at_most": 3, "share": 3, "growth": 3, "quotient": 2, "difference": 2}


def batch(form: Form) -> Batch:
    """Return one check of a form over its first rows."""
    slots = [np.array([i]) for i in range(WIDTH[form])]
    return Batch.of(
        "kind", "rule", "hard", form, *slots, signs=(1, 1, -1)[: WIDTH[form]],
        low=Fraction(1, 3), high=Fraction(3),
    )  # fmt: skip


def as_columns(intervals: list[Interval]) -> SimpleNamespace:
    """Return intervals as the columns that a batch reads."""
    low = np.array([float(i.low) for i in intervals if i.low is not None])
    high = np.array([float(i.high) for i in intervals if i.high is not None])
    whole = (low == np.floor(low)) & (high == np.floor(high)) & (high < 2**52)
    return SimpleNamespace(low=low, high=high, whole=whole)


@pytest.mark.parametrize("form", get_args(Form))
@given(data=st.data())
def test_no_breach_escapes_the_screening(form: Form, data: st.DataObject) -> None:
    """What does not hold exactly is suspected in floats, however close it is."""
    intervals = data.draw(st.lists(spans | exact, min_size=3, max_size=3))[: WIDTH[form]]
    one = batch(form)
    found = list(one.broken(as_columns(intervals), intervals.__getitem__))  # type: ignore[arg-type]
    assert bool(found) == (not one.check(0).holds(intervals.__getitem__))


@pytest.mark.parametrize("form", get_args(Form))
@given(data=st.data())
def test_a_check_holds_for_one_member_if_it_holds_for_every_other(
    form: Form, data: st.DataObject
) -> None:
    """Whether the figures agree does not depend on which of them is asked."""
    intervals = data.draw(st.lists(spans | exact, min_size=3, max_size=3))[: WIDTH[form]]
    check = batch(form).check(0)
    answers = set()
    for member in check.members:
        implied = check.implied(member, intervals.__getitem__)
        answers.add(implied is not None and implied.meets(intervals[member]))
    assert len(answers) == 1


@pytest.mark.parametrize("form", get_args(Form))
@given(data=st.data())
def test_what_is_implied_makes_the_check_hold(form: Form, data: st.DataObject) -> None:
    """With the implied value in its place, a figure breaks the check no longer."""
    intervals = data.draw(st.lists(exact, min_size=3, max_size=3))[: WIDTH[form]]
    check = batch(form).check(0)
    member = data.draw(st.sampled_from(check.members))
    implied = check.implied(member, intervals.__getitem__)
    if implied is None or (implied.low is None and implied.high is None):
        return
    end = implied.low if implied.low is not None else implied.high
    assert end is not None
    if form in ("share", "growth", "quotient") and end <= 0 and member != 2:
        return
    mended = [Interval(end, end) if i == member else x for i, x in enumerate(intervals)]
    assert check.holds(mended.__getitem__)


def test_an_open_end_breaks_nothing_on_its_side() -> None:
    """More than 1,348 triliun may be any growth that is larger."""
    check = Check("k", "r", "hard", "growth", (0, 1, 2))
    figures = [Interval.exact(901), Interval(Fraction(1348), None), Interval.exact(60)]
    assert check.holds(figures.__getitem__)
    assert not check.holds([*figures[:2], Interval.exact(10)].__getitem__)


def test_the_floats_that_screen_are_the_bounds_of_print() -> None:
    """Every printed figure of the data has the same bounds in floats as in fractions."""
    table = columns(load())
    for o, low, high in zip(table.rows, table.low, table.high, strict=True):
        ends = o.interval.low, o.interval.high
        exact = [math.inf if e is None else float(e) for e in ends]
        exact[0] = -math.inf if ends[0] is None else exact[0]
        assert [low, high] == pytest.approx(exact, rel=1e-14), o.observation_id


# ---- blame --------------------------------------------------------------------------------------


def test_the_figure_that_breaks_most_is_blamed() -> None:
    """Three checks share one figure: it alone explains them, and surely."""
    edges = [frozenset((1, 2)), frozenset((1, 3)), frozenset((1, 4))]
    verdict = localise(edges, dict.fromkeys(range(5), 1.0), lambda _: True)
    assert verdict.suspects == verdict.sure == {1}


def test_between_two_equals_blame_cannot_be_told() -> None:
    """One check between two figures of equal weight leaves both possible."""
    verdict = localise([frozenset((1, 2))], {1: 1.0, 2: 1.0}, lambda _: True)
    assert verdict.sure == frozenset()


def test_the_better_confirmed_figure_stands() -> None:
    """A figure that two origins print outweighs one that one origin prints."""
    verdict = localise([frozenset((1, 2))], {1: 1.0, 2: 2.0}, lambda _: True)
    assert verdict.suspects == verdict.sure == {1}


def test_a_set_that_cannot_be_mended_is_passed_over() -> None:
    """The lightest set is no answer when no value of its members satisfies the checks."""
    verdict = localise(
        [frozenset((1, 2))], {1: 1.0, 2: 5.0}, lambda chosen: chosen != frozenset((1,))
    )
    assert verdict.suspects == {2}


@settings(max_examples=60)
@given(
    st.lists(st.frozensets(st.integers(0, 6), min_size=1, max_size=3), min_size=1, max_size=7),
    st.lists(st.integers(1, 4), min_size=7, max_size=7),
)
def test_the_exact_search_is_no_heavier_than_any_other_choice(
    edges: list[frozenset[int]], weights: list[int]
) -> None:
    """Branch and bound finds the least weight, compared with all subsets."""
    weight = {i: float(w) for i, w in enumerate(weights)}
    verdict = localise(edges, weight, lambda _: True)
    assert all(edge & verdict.suspects for edge in edges)
    every = (frozenset(i for i in range(7) if mask >> i & 1) for mask in range(2**7))
    least = min(sum(weight[i] for i in s) for s in every if all(e & s for e in edges))
    assert sum(weight[i] for i in verdict.suspects) == least


def test_what_several_checks_ask_of_a_figure_is_their_common_part() -> None:
    """A figure between two others can be mended; one that must be two things cannot."""
    figures = [Interval.exact(5), Interval.exact(3), Interval.exact(7)]
    below = Check("k", "r", "hard", "at_most", (1, 0), (1, -1))
    equal = Check("k", "r", "hard", "equal", (2, 0), (1, -1))
    assert solvable([below, equal], 0, figures.__getitem__) == Interval.exact(7)
    other = Check("k", "r", "hard", "equal", (1, 0), (1, -1))
    assert solvable([equal, other], 0, figures.__getitem__) is None
