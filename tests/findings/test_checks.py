"""Checks hold or break exactly, and the lightest set of figures is blamed."""

from __future__ import annotations

from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.findings.checks import Check, Form, agrees, common
from kumkm_analysis.findings.facts import Fact
from kumkm_analysis.findings.localise import localise

positive = st.fractions(min_value=Fraction(1, 100), max_value=10**12, max_denominator=1000)
spans = st.tuples(positive, positive).map(lambda x: Interval(min(x), max(x)))
exact = positive.map(lambda x: Interval(x, x))
WIDTH = {"equal": 3, "at_most": 3, "share": 3, "growth": 3, "quotient": 2, "difference": 2}
PRINTED = next(iter(load().observations.values()))


def fact(span: Interval) -> Fact:
    """Return a printed figure with an interval."""
    return Fact(0, PRINTED, span, (), (), 0, 0, 0, 0)


def check(form: Form, intervals: list[Interval]) -> Check:
    """Return a check of a form over figures with these intervals."""
    members = tuple(fact(i) for i in intervals[: WIDTH[form]])
    signs = (1, 1, -1)[: WIDTH[form]]
    return Check("kind", "rule", "hard", form, members, signs, Fraction(1, 3), Fraction(3))


@pytest.mark.parametrize("form", get_args(Form))
@given(data=st.data())
def test_a_check_holds_for_one_member_if_it_holds_for_every_other(
    form: Form, data: st.DataObject
) -> None:
    """Whether the figures agree does not depend on which of them is asked."""
    one = check(form, data.draw(st.lists(spans | exact, min_size=3, max_size=3)))
    answers = {
        (implied := one.implied(m)) is not None and implied.meets(m.span) for m in one.members
    }
    assert answers == {one.holds()}


@pytest.mark.parametrize("form", get_args(Form))
@given(data=st.data())
def test_what_is_implied_makes_the_check_hold(form: Form, data: st.DataObject) -> None:
    """With the implied value in its place, a figure breaks the check no longer."""
    one = check(form, data.draw(st.lists(exact, min_size=3, max_size=3)))
    place = data.draw(st.integers(0, len(one.members) - 1))
    implied = one.implied(one.members[place])
    if implied is None or (implied.low is None and implied.high is None):
        return
    end = implied.low if implied.low is not None else implied.high
    assert end is not None
    if form in ("share", "growth", "quotient") and end <= 0 and place != 2:
        return
    mended = [m.span for m in one.members]
    mended[place] = Interval(end, end)
    assert check(form, mended).holds()


def test_an_open_end_breaks_nothing_on_its_side() -> None:
    """More than 1,348 triliun may be any growth that is larger."""
    figures = [Interval.exact(901), Interval(Fraction(1348), None), Interval.exact(60)]
    assert check("growth", figures).holds()
    assert not check("growth", [*figures[:2], Interval.exact(10)]).holds()


def test_a_repair_must_reach_inside_what_is_asked_not_only_to_its_edge() -> None:
    """A rounded share of 24.30 is met by 24.296 and not by a value that only touches 24.295."""
    asked = Interval(Fraction("24.295"), Fraction("24.305"))
    assert agrees(asked, Interval.exact(Fraction("24.296")))
    assert not agrees(asked, Interval.exact(Fraction("24.295")))
    assert agrees(Interval.exact(5), Interval.exact(5))


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
    five, three, seven = (fact(Interval.exact(n)) for n in (5, 3, 7))
    below = Check("k", "r", "hard", "at_most", (three, five), (1, -1))
    equal = Check("k", "r", "hard", "equal", (seven, five), (1, -1))
    other = Check("k", "r", "hard", "equal", (three, five), (1, -1))
    assert common(c.implied(five) for c in (below, equal)) == Interval.exact(7)
    assert common(c.implied(five) for c in (equal, other)) is None
