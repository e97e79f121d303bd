"""Tests of what is known against a figure in derived quantities: suspects yield and bound nothing.

Decision 10: the reading ``coherent`` prefers figures that are not suspect and says so; the others
keep their rule and mark what they use. Territories are never joined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.metrics.comparisons import accounts, compare
from kumkm_analysis.metrics.compute import compute, growth, look_up
from kumkm_analysis.metrics.doubts import Doubts
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.readings import Cell
from kumkm_analysis.metrics.series import change, official_series, spans

Make = Callable[..., Dataset]
SOURCES = {
    "paper": ("press", "2013-05"), "office": ("provincial_government", "2012-06"),
    "bps": ("statistics_office", "2022"),
}  # fmt: skip
PER_COOPERATIVE = "members_per_cooperative"
PER_100K = "active_cooperatives_per_100k"


def row(source: str, indicator: str, printed: str, **more: str) -> dict[str, str]:
    """Return one observation of a made dataset."""
    unit = "orang" if indicator in ("members", "population") else "unit"
    return {
        "source_id": source, "indicator_id": indicator, "as_printed": printed, "unit": unit, **more
    }  # fmt: skip


def accusing(*observations: str) -> Doubts:
    """Return doubts under which some figures are suspect."""
    return Doubts(dict.fromkeys(observations, ("finding",)), frozenset(observations))


def figure(found: Figure | Missing) -> Figure:
    """Return a figure that must be there."""
    assert isinstance(found, Figure)
    return found


# ---- a suspect figure yields ----


@pytest.fixture
def misprinted(made: Make) -> Dataset:
    """Return what an office prints as 44.407 and a paper as 4.407, and the members of both."""
    return made(
        row("office", "cooperatives", "44.407"), row("office", "members", "835.000"),
        row("paper", "cooperatives", "4.407"), row("paper", "members", "834.000"),
        **SOURCES,
    )  # fmt: skip


SUSPECT = "64.cooperatives.2012.office"


def test_coherent_takes_another_candidate_and_says_in_whose_stead(misprinted: Dataset) -> None:
    """The office would speak; its figure is suspect, so the paper does."""
    asked = (Cell("cooperatives"), misprinted, "64", "2012", "coherent")
    assert figure(look_up(*asked)).value == 44407
    found = figure(look_up(*asked, accusing(SUSPECT)))
    assert found.value == 4407
    assert (found.instead_of, found.contested) == ((SUSPECT,), False)


@pytest.mark.parametrize("reading", ["official", "latest", "envelope"])
def test_other_readings_keep_their_rule_and_mark_what_they_use(made: Make, reading: str) -> None:
    """Neither the offices' reading nor the latest one turns to another text."""
    data = made(
        row("office", "cooperatives", "44.407"), row("paper", "cooperatives", "4.407"),
        office=("provincial_government", "2014"), paper=("press", "2013"),
    )  # fmt: skip
    asked = (Cell("cooperatives"), data, "64", "2012", reading)
    plain, found = figure(look_up(*asked)), figure(look_up(*asked, accusing(SUSPECT)))
    assert found.value == plain.value
    assert found.interval == plain.interval
    assert (found.suspects, found.instead_of, found.contested) == ((SUSPECT,), (), True)


def test_an_account_without_suspects_comes_before_one_with_them(misprinted: Dataset) -> None:
    """Both inputs then come from the other text, not one from each."""
    found = figure(
        compute(PER_COOPERATIVE, misprinted, "64", "2012", "coherent", accusing(SUSPECT))
    )
    assert found.value == Fraction(834000, 4407)
    assert found.coherent
    assert found.instead_of == (SUSPECT,)


def test_a_choice_across_sources_comes_before_an_account_with_suspects(made: Make) -> None:
    """The paper prints no members: they stay those of the office, and the figure says so."""
    data = made(
        row("office", "cooperatives", "44.407"), row("office", "members", "835.000"),
        row("paper", "cooperatives", "4.407"), **SOURCES,
    )  # fmt: skip
    found = figure(compute(PER_COOPERATIVE, data, "64", "2012", "coherent", accusing(SUSPECT)))
    assert found.value == Fraction(835000, 4407)
    assert (found.coherent, found.suspects, found.instead_of) == (False, (), (SUSPECT,))


def test_a_suspect_figure_without_a_rival_speaks_and_is_marked(made: Make) -> None:
    """There is no other to prefer, so nothing is passed over."""
    data = made(row("office", "cooperatives", "44.407"), **SOURCES)
    asked = (Cell("cooperatives"), data, "64", "2012", "coherent")
    found = figure(look_up(*asked, accusing(SUSPECT)))
    assert found.value == 44407
    assert (found.suspects, found.instead_of) == ((SUSPECT,), ())


def test_a_suspect_that_would_not_have_spoken_is_not_said_to_be_passed_over(
    misprinted: Dataset,
) -> None:
    """The paper's figure is suspect; the office speaks as it would have done."""
    other = accusing("64.cooperatives.2012.paper")
    found = figure(look_up(Cell("cooperatives"), misprinted, "64", "2012", "coherent", other))
    assert found.value == 44407
    assert found.instead_of == ()


def test_a_disputed_figure_speaks_as_before(misprinted: Dataset) -> None:
    """To set aside one of several of which one is wrong would be to choose between them."""
    disputed = Doubts({SUSPECT: ("finding",)}, frozenset(), frozenset({SUSPECT}))
    found = figure(look_up(Cell("cooperatives"), misprinted, "64", "2012", "coherent", disputed))
    assert found.value == 44407
    assert (found.disputed, found.contested) == ((SUSPECT,), True)


PRINTED = st.dictionaries(
    st.tuples(
        st.sampled_from(sorted(SOURCES)), st.sampled_from(["members", "cooperatives", "employees"])
    ),
    st.booleans(),
    min_size=1,
)


@given(printed=PRINTED)
def test_a_suspect_is_used_only_where_nothing_else_is_printed(
    made: Make, printed: dict[tuple[str, str], bool]
) -> None:
    """Held against the package without the suspect figures: does that give anything at all?"""
    rows = {key: row(*key, str(10 + n)) for n, key in enumerate(sorted(printed))}
    every = made(*rows.values(), **SOURCES)
    sure = made(*(rows[key] for key, suspect in printed.items() if not suspect), **SOURCES)
    doubts = accusing(
        *(f"64.{indicator}.2012.{s}" for (s, indicator), bad in printed.items() if bad)
    )
    found = compute(PER_COOPERATIVE, every, "64", "2012", "coherent", doubts)
    if compute(PER_COOPERATIVE, sure, "64", "2012"):
        assert figure(found).suspects == ()
    else:
        plain = compute(PER_COOPERATIVE, every, "64", "2012")
        assert bool(found) == bool(plain)
        if isinstance(found, Figure):
            assert found.suspects
            assert found.value == figure(plain).value


# ---- a suspect figure bounds nothing ----


def test_a_suspect_figure_bounds_no_comparison(made: Make) -> None:
    """Bali's 19 members per cooperative rest on a misprint: 150 is the low end."""
    sizes = {
        "51": ("44.407", "835.000"),
        "52": ("4", "600"),
        "53": ("4", "800"),
        "64": ("4", "320"),
    }
    rows = [
        row("paper", indicator, printed, region_id=region)
        for region, pair in sizes.items()
        for indicator, printed in zip(("cooperatives", "members"), pair, strict=True)
    ]
    data = made(*rows, **SOURCES)
    misprint = "51.cooperatives.2012.paper"
    doubts = accusing(misprint)
    own = figure(compute(PER_COOPERATIVE, data, "64", "2012", "coherent", doubts))
    found = compare(data, PER_COOPERATIVE, "64", own, "2012", doubts)
    assert found.lowest is not None
    assert found.highest is not None
    assert found.lowest.value == 150
    assert found.highest.value == 200
    assert found.place == "below"
    assert [f.suspects for f in found.set_aside] == [(misprint,)]
    assert compare(data, PER_COOPERATIVE, "64", own, "2012").place == "inside"


# ---- territories ----


def years(indicator: str, values: Sequence[int], since: int, **more: str) -> list[dict[str, str]]:
    """Return yearly figures of the statistics office."""
    return [
        row("bps", indicator, str(value), reference_period=str(year), **more)
        for year, value in enumerate(values, start=since)
    ]


def test_a_figure_has_the_territory_that_it_names_or_that_of_its_year(made: Make) -> None:
    """Until 2013 East Kalimantan held North Kalimantan, unless the row says otherwise."""
    data = made(
        *years("active_cooperatives", [5, 6], 2013),
        row("bps", "population", "7", reference_period="2012", territory="64-10"),
        row("bps", "population", "8", reference_period=""),
        row("bps", "population", "9", region_id="51"),
        **SOURCES,
    )
    held = [data.territory_of(o) for o in data.observations.values()]
    assert held == ["64-14", "64-10", "64-10", "", ""]


def test_a_series_is_parted_where_the_territory_changes(made: Make) -> None:
    """No growth leads from the fourteen units of 2013 to the ten of 2014."""
    data = made(*years("active_cooperatives", [10, 20, 40, 30, 60], 2011), **SOURCES)
    series = official_series(data, "active_cooperatives", "64")
    assert [[f.period for f in part] for part in spans(series)] == [
        ["2011", "2012", "2013"], ["2014", "2015"]
    ]  # fmt: skip
    assert [[f.period for f in part] for part in spans(series, [2013])] == [
        ["2011", "2012"], ["2013"], ["2014", "2015"]
    ]  # fmt: skip
    across = change(series[2], series[3])
    assert isinstance(across, Missing)
    assert across.reason == "territory_changed"
    assert figure(change(series[0], series[2])).value == growth(
        series[0], series[2], Fraction(2)
    ).value  # fmt: skip


def test_a_denominator_is_that_of_the_same_territory(made: Make) -> None:
    """Fourteen units' cooperatives go with fourteen units' people, whichever is printed later."""
    rows = [
        row("bps", "active_cooperatives", "40", reference_period="2012"),
        row("bps", "population", "200.000", reference_period="2012", territory="64-10",
            observation_id="ten"),
        row("office", "population", "400.000", reference_period="2012", observation_id="fourteen"),
    ]  # fmt: skip
    found = figure(compute(PER_100K, made(*rows, **SOURCES), "64", "2012"))
    assert found.value == 10
    assert "fourteen" in found.observations
    alone = made(*rows[:2], **SOURCES)
    assert not compute(PER_100K, alone, "64", "2012")
    assert accounts(alone, PER_100K, ["province"]) == ()


def test_two_territories_of_one_text_are_two_accounts(made: Make) -> None:
    """Members of the ten and cooperatives of the fourteen are not divided by each other."""
    data = made(
        row("office", "members", "400", territory="64-10"), row("office", "cooperatives", "4"),
        **SOURCES,
    )  # fmt: skip
    assert not compute(PER_COOPERATIVE, data, "64", "2012")
    assert accounts(data, PER_COOPERATIVE, ["province"]) == ()
