"""Tests of intervals: what print allows, and what follows from it, exactly."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kumkm_analysis.dataset.interval import PRINTINGS, Interval, corners, hull
from kumkm_analysis.dataset.numerals import parse
from kumkm_analysis.errors import KumkmError
from kumkm_analysis.metrics.formulas import METRICS, Metric

LARGE = Fraction(10) ** 15  # larger than any figure in use

bounds = st.fractions(min_value=-1000, max_value=1000, max_denominator=50)
positive = st.fractions(min_value=Fraction(1, 50), max_value=10**6, max_denominator=50)


@st.composite
def intervals(draw: st.DrawFn, ends: st.SearchStrategy[Fraction] = bounds) -> Interval:
    """Draw an interval, sometimes of one value."""
    low, high = sorted((draw(ends), draw(ends)))
    return Interval(low, high)


@st.composite
def half_open(draw: st.DrawFn) -> Interval:
    """Draw an interval that may lack a bound."""
    inner = draw(intervals())
    return Interval(
        None if draw(st.booleans()) else inner.low, None if draw(st.booleans()) else inner.high
    )


def points(interval: Interval, number: int) -> list[Fraction]:
    """Return evenly spaced values of an interval, both ends included."""
    assert interval.low is not None
    assert interval.high is not None
    step = (interval.high - interval.low) / number
    return [interval.low + step * n for n in range(number + 1)]


# ---- from print ----


@pytest.mark.parametrize(
    ("token", "printing", "low", "high"),
    [
        ("Rp2,143 triliun", "exact", 2_143_000_000_000, 2_143_000_000_000),
        ("Rp2,143 triliun", "rounded", 2_142_500_000_000, 2_143_500_000_000),
        ("Rp2,143 triliun", "truncated", 2_143_000_000_000, 2_144_000_000_000),
        ("Rp2,143 triliun", "about", 2_142_500_000_000, 2_143_500_000_000),
        ("Rp2,143 triliun", "at_least", 2_143_000_000_000, None),
        ("Rp2,143 triliun", "at_most", None, 2_143_000_000_000),
        ("Rp622,200 miliar", "rounded", 622_199_500_000, 622_200_500_000),
        ("-2,1 persen", "truncated", Fraction(-22, 10), Fraction(-21, 10)),
        ("0,99 persen", "rounded", Fraction(985, 1000), Fraction(995, 1000)),
    ],
)
def test_a_printed_number_stands_for_what_its_printing_allows(
    token: str, printing: str, low: Fraction | None, high: Fraction | None
) -> None:
    """Half a unit to either side, a unit further from zero, or no bound on one side."""
    found = Interval.from_printed(parse(token), printing, whole_count=False)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("token", "printing", "low", "high"),
    [
        ("5.300 unit", "rounded", 5_250, 5_350),
        ("5.300 unit", "about", 5_250, 5_350),
        ("5.300 unit", "truncated", 5_300, 5_400),
        ("5.300 unit", "exact", 5_300, 5_300),
        ("5.301 unit", "about", Fraction(10_601, 2), Fraction(10_603, 2)),
        ("0 unit", "about", Fraction(-1, 2), Fraction(1, 2)),
        ("400 ribu unit", "about", 350_000, 450_000),
        ("400.000 unit", "about", 350_000, 450_000),
        ("41 ribu unit", "rounded", 40_500, 41_500),
        ("1.000 ribu unit", "rounded", 999_500, 1_000_500),
    ],
)
def test_trailing_zeros_of_a_count_are_not_significant(
    token: str, printing: str, low: Fraction, high: Fraction
) -> None:
    """5.300 cooperatives, rounded, may be 5.250; with a scale word every digit was meant."""
    found = Interval.from_printed(parse(token), printing, whole_count=True)
    assert (found.low, found.high) == (low, high)


@given(st.integers(0, 10**7), st.integers(0, 4), st.sampled_from(PRINTINGS), st.booleans())
def test_the_printed_value_lies_in_its_own_interval(
    digits: int, places: int, printing: str, whole: bool
) -> None:
    """Whatever the printing, the number as read is one of the values it stands for."""
    token = f"{digits // 10**places},{digits % 10**places:0{places}}" if places else str(digits)
    printed = parse(token)
    found = Interval.from_printed(printed, printing, whole_count=whole)
    assert found.contains(Fraction(printed.value))


def test_an_unknown_printing_is_refused() -> None:
    """The error names what is allowed."""
    with pytest.raises(KumkmError, match="at_least"):
        Interval.from_printed(parse("5"), "guessed", whole_count=True)


# ---- relations ----


def test_bounds_in_the_wrong_order_are_refused() -> None:
    """No interval is empty."""
    with pytest.raises(KumkmError, match="low 2 above high 1"):
        Interval(Fraction(2), Fraction(1))


@given(half_open(), half_open())
def test_two_intervals_meet_when_they_share_a_value(one: Interval, other: Interval) -> None:
    """Meeting is mutual, and means that the higher low lies in both."""
    assert one.meets(other) == other.meets(one)
    lows = [low for low in (one.low, other.low) if low is not None]
    highs = [high for high in (one.high, other.high) if high is not None]
    witness = max(lows) if lows else min(highs, default=Fraction(0))
    assert one.meets(other) == (one.contains(witness) and other.contains(witness))


@given(st.lists(half_open(), min_size=1, max_size=4), bounds)
def test_the_hull_holds_all_and_no_more(parts: list[Interval], value: Fraction) -> None:
    """Every value of a part lies in the hull, and every bound of the hull is one of a part."""
    whole = hull(*parts)
    assert not any(p.contains(value) for p in parts) or whole.contains(value)
    assert whole.low in {p.low for p in parts}
    assert whole.high in {p.high for p in parts}


@given(half_open())
def test_the_part_not_below_zero_holds_the_same_amounts(interval: Interval) -> None:
    """Only values that no count can take are given up."""
    part = interval.not_below_zero()
    for value in (Fraction(0), Fraction(1, 3), Fraction(1000), *filter(None, (interval.high,))):
        if value >= 0:
            assert part.contains(value) == interval.contains(value)


def test_width_and_exactness() -> None:
    """An open interval has no width, one value has none either but is exact."""
    assert Interval(Fraction(1), None).width is None
    assert Interval.exact(3).width == 0
    assert Interval.exact(3).is_exact
    assert not Interval(None, None).is_exact
    assert repr(Interval(None, Fraction(1, 2))) == "Interval(…, 1/2)"


# ---- corners ----


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.name)
@given(drawn=st.data())
@settings(max_examples=20)
def test_the_corners_bound_every_metric_exactly(metric: Metric, drawn: st.DataObject) -> None:
    """Every point of the box of inputs lies in the result, and both bounds are attained."""
    box = [drawn.draw(intervals(positive)) for _ in metric.inputs]
    result = corners(metric.function, *box)
    assert result.low is not None
    assert result.high is not None
    attained = _grid(metric.function, box)
    assert min(attained) == result.low
    assert max(attained) == result.high


def _grid(function: Callable[..., Fraction], box: list[Interval]) -> list[Fraction]:
    """Return the function on a dense grid of the box, corners included: brute force."""
    from itertools import product

    number = {1: 60, 2: 9, 3: 5}[len(box)]
    return [function(*point) for point in product(*(points(i, number) for i in box))]


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.name)
@given(drawn=st.data())
@settings(max_examples=15)
def test_an_open_input_never_hides_a_possible_value(metric: Metric, drawn: st.DataObject) -> None:
    """With "at least" among the inputs, even very large values lie in the result."""
    box = [drawn.draw(intervals(positive)) for _ in metric.inputs]
    opened = [Interval(i.low, None) if drawn.draw(st.booleans()) else i for i in box]
    result = corners(metric.function, *opened)
    for scale in (1, 10**3, LARGE):
        point = [
            i.low + scale if o.high is None else i.low  # type: ignore[operator]
            for i, o in zip(box, opened, strict=True)
        ]
        assert result.contains(metric.function(*point))


@pytest.mark.parametrize(
    ("function", "box", "low", "high"),
    [
        (lambda a, b: a + b, [(10, None), (5, 6)], 15, None),
        (lambda a, b: a - b, [(10, None), (5, 6)], 4, None),
        (lambda a, b: a - b, [(5, 6), (10, None)], None, -4),
        (lambda a, b: a / b, [(10, 20), (5, None)], 0, 4),
        (lambda a, b: a / b, [(10, None), (5, 10)], 1, None),
        (lambda a, b: a * 100 / (a + b), [(10, None), (5, 5)], Fraction(200, 3), 100),
        (lambda a, b: a * 100 / (a + b), [(10, 10), (5, None)], 0, Fraction(200, 3)),
        (lambda a, b: a * 100 / (a + b), [(10, None), (5, None)], 0, 100),
        (lambda a: a, [(None, None)], None, None),
    ],
)
def test_an_open_end_leads_to_an_open_or_a_settled_bound(
    function: Callable[..., Fraction],
    box: list[tuple[int | None, int | None]],
    low: Fraction | None,
    high: Fraction | None,
) -> None:
    """A sum has no upper bound then, a share tends to a hundred, a quotient to nothing."""
    made = [Interval(*(None if e is None else Fraction(e) for e in ends)) for ends in box]
    found = corners(function, *made)
    assert (found.low, found.high) == (low, high)


def test_each_input_counts_once() -> None:
    """A share of itself is exactly one, which interval arithmetic term by term would miss."""
    own = Interval(Fraction(1), Fraction(3))
    assert corners(lambda a: a / a, own) == Interval.exact(1)
    term_by_term = corners(lambda a, b: a / b, own, own)
    assert term_by_term == Interval(Fraction(1, 3), Fraction(3))


@pytest.mark.parametrize(
    "divisor",
    [
        Interval.exact(0),
        Interval(Fraction(0), Fraction(5)),
        Interval(Fraction(-1), Fraction(5)),
        Interval(Fraction(-5), Fraction(0)),
        Interval(None, Fraction(5)),
        Interval(Fraction(-3), None),
        Interval(None, None),
    ],
    ids=repr,
)
def test_a_divisor_that_may_be_zero_is_refused(divisor: Interval) -> None:
    """No bound is made up where a quotient has none."""
    with pytest.raises(KumkmError, match="divisor that may be zero"):
        corners(lambda a, b: a / b, Interval(Fraction(1), Fraction(2)), divisor)
