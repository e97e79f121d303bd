"""Tests of what changed between two windows of years, and of the verdicts that rest on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.periods import Window, windows
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.findings import doubts as findings
from kumkm_analysis.metrics.doubts import Doubts
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.metrics.verdicts import targets, verdicts
from kumkm_analysis.metrics.windows import (
    Move,
    difference_of_changes,
    mean,
    move,
    total,
)

EARLIER, LATER = Window(2008, 2010), Window(2017, 2019)
OFFICE = ("statistics_office", "2022")
PRESS = ("press", "2022")
Made = Callable[..., Dataset]


def rows(
    values: Mapping[int, int | str], indicator: str = "members", **cells: str
) -> list[dict[str, str]]:
    """Return yearly figures of one table."""
    unit = "orang" if indicator in ("members", "poor_population") else "unit"
    return [
        {
            "source_id": "bps", "indicator_id": indicator, "reference_period": str(year),
            "as_printed": str(value), "unit": unit, **cells,
        }
        for year, value in values.items()
    ]  # fmt: skip


def moved(data: Dataset, name: str = "members", **more: Any) -> Move:
    """Return how an indicator moved between the two windows of these tests."""
    region = str(more.pop("region", "51"))
    return move(data, name, region, EARLIER, LATER, **more)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=3),
    st.lists(st.integers(1, 60), min_size=1, max_size=3),
)
def test_it_rose_when_every_later_figure_is_above_every_earlier_one(
    made: Made, before: list[int], after: list[int]
) -> None:
    """And it fell when every one is below; in all other cases nothing is claimed."""
    given_years = {2008 + n: v for n, v in enumerate(before)} | {
        2017 + n: v for n, v in enumerate(after)
    }
    found = moved(made(*rows(given_years, region_id="51"), bps=OFFICE))
    rose, fell = min(after) > max(before), max(after) < min(before)
    assert found.way == ("rose" if rose else "fell" if fell else "unclear")
    growth = Fraction(sum(after), len(after)) / Fraction(sum(before), len(before)) - 1
    assert isinstance(found.size, Figure)
    assert found.size.value == growth * 100
    assert found.size.interval.is_exact


def test_figures_whose_print_overlaps_show_no_rise(made: Made) -> None:
    """5.300, rounded, may be 5.349; 5.340, rounded, may be 5.335."""
    data = made(
        *rows({2010: "5.300"}, region_id="51", printing="rounded"),
        *rows({2017: "5.340"}, region_id="51", printing="rounded"),
        bps=OFFICE,
    )
    found = moved(data)
    assert found.way == "unclear"
    assert isinstance(found.size, Figure)
    assert found.size.interval.contains(0)


def test_a_year_that_is_suspect_is_left_out(made: Made) -> None:
    """Where nothing else is printed for a window, that is the reason why nothing is told."""
    data = made(*rows({2009: 10, 2010: 90, 2017: 50}, region_id="51"), bps=OFFICE)
    suspect = "51.members.2010.bps"
    doubts = Doubts({suspect: ("f",)}, frozenset({suspect}))
    assert moved(data).way == "unclear"
    assert moved(data, doubts=doubts).way == "rose"
    only = made(*rows({2010: 90, 2017: 50}, region_id="51"), bps=OFFICE)
    assert moved(only, doubts=doubts).reason == "doubted"


@pytest.mark.parametrize(
    ("years", "reason"),
    [({2008: 5}, "none_after"), ({2018: 5}, "none_before"), ({2013: 5}, "none"), ({}, "none")],
)
def test_what_is_not_printed_is_not_compared(
    made: Made, years: dict[int, int], reason: str
) -> None:
    """The reason names the window that lacks figures, and no size is computed."""
    found = moved(made(*rows(dict(years), region_id="51"), bps=OFFICE))
    assert (found.way, found.reason) == ("untold", reason)
    assert not found.size


def test_a_split_territory_is_compared_by_adding_up_its_later_rows(made: Made) -> None:
    """East Kalimantan before 2014 is set against East and North Kalimantan together."""
    before = rows({2008: 100, 2009: 120}, "active_cooperatives")
    after = rows({2017: 70, 2018: 75}, "active_cooperatives")
    north = rows({2017: 60, 2018: 65}, "active_cooperatives", region_id="65")
    found = moved(made(*before, *after, *north, bps=OFFICE), "active_cooperatives", region="64")
    assert found.parts == ("64", "65")
    assert [f.value for f in found.after] == [130, 140]
    assert {len(f.observations) for f in found.after} == {2}
    assert found.way == "rose"
    alone = moved(made(*before, *after, bps=OFFICE), "active_cooperatives", region="64")
    assert (alone.reason, alone.parts) == ("territory", ())


def test_a_row_that_holds_the_undivided_region_is_not_added(made: Made) -> None:
    """It stands on the row of North Kalimantan, and would count the whole twice."""
    before = rows({2008: 100}, "active_cooperatives")
    after = rows({2017: 70}, "active_cooperatives")
    whole = rows({2017: 130}, "active_cooperatives", region_id="65", territory="65-14")
    found = moved(made(*before, *after, *whole, bps=OFFICE), "active_cooperatives", region="64")
    assert (found.reason, found.after) == ("territory", ())


def test_of_two_vintages_the_recalculated_one_is_compared(made: Made) -> None:
    """The first print is left out where the same source prints what it was recalculated to."""
    first, *rest = rows({2017: 90, 2008: 50}, region_id="51")
    later = {**first, "as_printed": "40", "vintage": "recalculated", "observation_id": "later"}
    found = moved(made({**first, "vintage": "first"}, later, *rest, bps=OFFICE))
    assert ([f.observations for f in found.after], found.way) == ([("later",)], "fell")


def test_shares_of_two_territories_are_not_compared(made: Made) -> None:
    """A rate cannot be added up, so that nothing is told across a split."""
    data = made(
        *rows({2008: "7", 2017: "6"}, "poverty_rate_pct", unit="percent", region_id="64"),
        bps=OFFICE,
    )
    assert moved(data, "poverty_rate_pct", region="64").reason == "territory"


def test_one_table_goes_before_several_texts_and_registers_are_not_mixed(made: Made) -> None:
    """An office's table decides where it has both windows; else texts of one register do."""
    table = rows({2008: 10, 2017: 20}, region_id="51")
    press = [{**row, "source_id": "kompas"} for row in rows({2009: 90, 2018: 5}, region_id="51")]
    both = moved(made(*table, *press, bps=OFFICE, kompas=PRESS))
    assert [f.observations for f in both.before] == [("51.members.2008.bps",)]
    assert moved(made(*press, bps=OFFICE, kompas=PRESS)).way == "fell"
    ods = [press[0], {**press[1], "breakdown": "register=ods", "source_id": "bps"}]
    assert moved(made(*ods, bps=OFFICE, kompas=PRESS)).reason == "register"


def test_surveys_of_other_months_are_not_compared(made: Made) -> None:
    """March is set against March; where a table leaves a month out, the page is told so."""

    def poor(year: int, value: int, month: str = "") -> dict[str, str]:
        (row,) = rows({year: value}, "poor_population", region_id="51")
        return {**row, "survey_month": f"{year}-{month}" if month else ""}

    march = poor(2008, 50, "03")
    assert moved(made(march, poor(2017, 40, "09"), bps=OFFICE), "poor_population").reason == "month"
    same = moved(made(march, poor(2017, 40, "03"), bps=OFFICE), "poor_population")
    assert (same.way, same.month_unknown) == ("fell", False)
    blank = moved(made(poor(2008, 50), poor(2017, 40, "03"), bps=OFFICE), "poor_population")
    assert (blank.way, blank.month_unknown) == ("fell", True)


def test_surveys_of_several_texts_are_not_mixed_over_months(made: Made) -> None:
    """One text that prints March and another that prints September are not put together."""
    (march,) = rows({2008: 50}, "poor_population", region_id="51")
    (other,) = rows({2017: 40}, "poor_population", region_id="51", source_id="kompas")
    march["survey_month"] = "2008-03"
    for month, found in (("09", "month"), ("03", "")):
        other["survey_month"] = f"2017-{month}"
        data = made(march, other, bps=OFFICE, kompas=PRESS)
        assert moved(data, "poor_population").reason == found


def test_nothing_is_compared_across_a_break_of_reporting(made: Made, data: Dataset) -> None:
    """The figures of business volume shrink twofold or more in most provinces in 2016."""
    found = made(*rows({2010: 90, 2017: 50}, region_id="51"), bps=OFFICE)
    for year, reason in ((2016, "break"), (2017, "break"), (2010, ""), (2018, "")):
        doubts = Doubts(breaks=frozenset({("members", year)}))
        assert moved(found, doubts=doubts).reason == reason
    assert findings.doubts(data).breaks == {("business_volume", 2016), ("net_surplus", 2016)}
    for region in ("64", "35", "ID"):
        spans = windows("2012")
        volume = move(data, "business_volume", region, *spans, doubts=findings.doubts(data))
        assert volume.reason == "break"


def test_regions_are_compared_in_the_same_years(made: Made) -> None:
    """A region that lacks a year of the other is not set beside it."""
    own = moved(made(*rows({2009: 10, 2017: 20}, region_id="51"), bps=OFFICE))
    more = moved(made(*rows({2008: 1, 2009: 10, 2017: 20, 2018: 9}, region_id="51"), bps=OFFICE))
    alike = more.in_years_of(own)
    assert alike is not None
    assert [f.period for f in (*alike.before, *alike.after)] == ["2009", "2017"]
    assert own.in_years_of(more) is None
    assert more.in_years_of(moved(made(bps=OFFICE))) is None


def test_means_sums_and_differences_keep_bounds_and_sources(data: Dataset) -> None:
    """A mean lies between its figures; a difference of two changes is the one less the other."""
    found = move(data, "poverty_rate_pct", "52", *windows("2012"))
    whole, middle = total(found.before), mean(found.before)
    assert middle.known * len(found.before) == whole.known
    assert min(f.known for f in found.before) <= middle.known <= max(f.known for f in found.before)
    assert middle.interval.width == sum(f.interval.width or 0 for f in found.before) / len(
        found.before
    )
    nation = move(data, "open_unemployment_rate_pct", "ID", *windows("2012"),
                  category="survey=sakernas_august").size  # fmt: skip
    own = move(data, "open_unemployment_rate_pct", "52", *windows("2012"),
               category="survey=sakernas_august").size  # fmt: skip
    assert isinstance(nation, Figure)
    assert isinstance(own, Figure)
    apart = difference_of_changes(own, nation)
    assert (apart.value, apart.unit) == (own.known - nation.known, "points")
    assert set(apart.observations) == {*own.observations, *nation.observations}


def test_windows_that_overlap_or_have_no_years_are_refused_all_at_once() -> None:
    """The message says which parameter, what was found and what to write."""
    assert windows("2012-06") == (Window(2008, 2012), Window(2017, 2021))
    assert windows("2012", before="2010/2011") == (Window(2010, 2011), Window(2016, 2017))
    with pytest.raises(
        ParameterError, match=r"after: found '2012/2013'; expected years after 2012"
    ):
        windows("2012", after="2012/2013")
    with pytest.raises(ParameterError) as raised:
        windows("2012", before="2008", after="2020/2018")
    assert [fault.where for fault in raised.value.faults] == ["before", "after"]


# ---- verdicts ----


def verdict(data: Dataset, strategy: str, region: str = "51") -> str:
    """Return the verdict on one strategy."""
    found = verdicts(data, region, EARLIER, LATER)
    return next(one.verdict for one in found if one.strategy.strategy_id == strategy)


def test_a_strategy_is_shown_when_all_that_can_be_compared_moved_as_hoped(made: Made) -> None:
    """Institutions show in active cooperatives and in annual meetings."""
    more = rows({2008: 10, 2017: 20}, "active_cooperatives", region_id="51")
    fewer = rows({2008: 10, 2017: 5}, "annual_meetings_held", region_id="51")
    assert verdict(made(*more, bps=OFFICE), "institution_building") == "shown"
    assert verdict(made(*more, *fewer, bps=OFFICE), "institution_building") == "not_shown"
    assert verdict(made(*fewer, bps=OFFICE), "institution_building") == "not_shown"


def test_what_cannot_be_compared_or_measured_cannot_be_told(made: Made) -> None:
    """Neither a single window nor a strategy without an indicator gives a verdict."""
    one = made(*rows({2008: 10}, "active_cooperatives", region_id="51"), bps=OFFICE)
    assert verdict(one, "institution_building") == "cannot_tell"
    assert verdict(one, "technology") == "cannot_tell"


def test_poverty_is_shown_to_fall_only_when_it_falls(made: Made) -> None:
    """The direction that is hoped for is a column of the data."""
    fell = made(*rows({2008: 50, 2017: 40}, "poor_population", region_id="51"), bps=OFFICE)
    rose = made(*rows({2008: 40, 2017: 50}, "poor_population", region_id="51"), bps=OFFICE)
    assert (verdict(fell, "poverty"), verdict(rose, "poverty")) == ("shown", "not_shown")


@pytest.mark.parametrize(
    ("printing", "outcomes", "expected"),
    [
        ("exact", {"2013": "9.000"}, "reached"),
        ("exact", {"2013": "7.000"}, "missed"),
        ("exact", {"2013-06": "7.000"}, "open"),  # half a year was left
        ("exact", {"2013-06": "8.500"}, "reached"),
        ("exact", {"2013": "7.000", "2013-06": "8.500"}, "open"),
        ("exact", {"2012": "9.000"}, "unprinted"),
        ("at_least", {"2013": "8.000"}, "reached"),
        ("rounded", {"2013": "8.000"}, "open"),
    ],
)
def test_a_promise_is_set_against_the_outcomes_of_its_year(
    made: Made, printing: str, outcomes: dict[str, str], expected: str
) -> None:
    """Reached or missed only where no printed outcome leaves it open."""
    (promise,) = rows({2013: "8.000"}, "cooperatives", region_id="51")
    promise |= {"status": "target", "printing": printing, "observation_id": "promise"}
    found = [
        row for period, value in outcomes.items()
        for row in rows({0: value}, "cooperatives", region_id="51", reference_period=period)
    ]  # fmt: skip
    [target] = targets(made(promise, *found, bps=OFFICE), "51")
    assert target.verdict == expected


def test_an_outcome_that_does_not_say_of_which_time_it_is_decides_nothing(made: Made) -> None:
    """It may count the years before as well, as loans do that a fund has given so far."""
    promise, found = rows({2013: "50"}, "cooperatives", region_id="51") * 2
    promise = {**promise, "status": "target", "observation_id": "promise"}
    found = {**found, "as_printed": "78", "period_basis": "publication"}
    [target] = targets(made(promise, found, bps=OFFICE), "51")
    assert target.verdict == "open"
