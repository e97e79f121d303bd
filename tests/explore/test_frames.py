"""Tests of tables of printed figures: who is meant, what stands in a row, what shares a cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kumkm_analysis.dataset.periods import check_period
from kumkm_analysis.errors import KumkmError, ParameterError
from kumkm_analysis.explore.compute import compute
from kumkm_analysis.explore.frames import COLUMNS
from kumkm_analysis.explore.package import Package, load
from kumkm_analysis.findings.doubts import doubts
from kumkm_analysis.findings.facts import days


@pytest.mark.parametrize("region", ["64", 64, "Kalimantan Timur", "east kalimantan", ["64"], [64]])
@pytest.mark.parametrize("indicator", ["members", "Jumlah anggota", ["number of members"]])
@pytest.mark.parametrize("period", [2012, "2012", "2012:2012", [2012, 1990]])
def test_names_are_codes_or_titles_texts_or_numbers_one_or_several(
    small: Package, region: Any, indicator: Any, period: Any
) -> None:
    """However they are written, they mean the same figure."""
    table: Any = small.frame(indicator, region, period)
    assert table.index.tolist() == ["64.members.2012.daily"]


def test_another_spelling_and_a_level_name_regions(package: Package) -> None:
    """What region_aliases.csv spells otherwise is understood; a level means all its regions."""
    spelt = package.frame(region="Kutai Kertanegara")
    assert set(spelt["region"]) == {"6403"}
    provinces = {r.region_id for r in package.regions.values() if r.level == "province"}
    assert set(package.frame(region="province")["region"]) <= provinces


def test_the_filters_of_a_frame_leave_what_fits(small: Package) -> None:
    """Each takes one name or several; targets come on demand."""
    ids = {
        "publisher": small.frame(publisher="DAILY", period=2012),
        "source": small.frame(source="daily", period=2012),
    }
    assert len({tuple(table.index) for table in ids.values()}) == 1
    assert small.frame("cooperatives", category="type=serba_usaha")["value"].tolist() == [700]
    assert 700 not in small.frame("cooperatives", category="")["value"].tolist()
    assert small.frame(status="target")["value"].tolist() == [8000]
    assert len(small.frame(status=None)) == len(small.observations)
    assert small.frame("cooperatives", period="2013:2014")["region"].tolist() == ["51"]


def test_all_wrong_names_are_told_at_once_with_the_nearest(package: Package) -> None:
    """A slip in each of seven names is seven faults, and nothing is silently not found."""
    with pytest.raises(ParameterError) as caught:
        package.frame(
            "member", "East Kalimantn", "2012-13", category="serba_usaha", source="NS466",
            publisher="ANTARA Bally", status="target ",
        )  # fmt: skip
    faults = {fault.where: fault.next_step for fault in caught.value.faults}
    assert {name: step.removesuffix("?") for name, step in faults.items()} == {
        "indicator": "Did you mean members (number of members)",
        "region": "Did you mean 64 Kalimantan Timur",
        "period": "Check the month and the day.",
        "category": "Did you mean type=serba_usaha",
        "source": "Did you mean NS46",
        "publisher": "Did you mean ANTARA Bali",
        "status": "Did you mean target",
    }


def test_an_indicator_that_only_the_shipped_package_lists_has_no_rows(small: Package) -> None:
    """It is a name, not a slip."""
    assert small.frame("gini_ratio" if "gini_ratio" in small.indicators else "assets").empty


def test_a_row_is_the_printed_figure_with_bounds_source_and_doubt(small: Package) -> None:
    """Nothing of the observation is lost, in types that pandas reckons with."""
    table: Any = small.frame(labels=True)
    assert [c for c in table.columns if not c.endswith("_label")] == list(COLUMNS)
    known = doubts(small)
    assert known.suspect | known.disputed  # else the marks below would prove nothing
    for identity, row in table.iterrows():
        o = small.observations[str(identity)]
        assert row["value"] == float(o.value)
        for name in ("low", "high"):
            end = getattr(o.interval, name)
            assert pd.isna(row[name]) if end is None else row[name] == float(end)
        assert row["publisher"] == small.sources[o.source_id].publisher
        assert row["url"] == small.sources[o.source_id].url
        assert row["contested"] == (identity in known.suspect | known.disputed)
        marks = {"doubted": known.suspect, "disputed": known.disputed - known.suspect}
        assert {m for m, ids in marks.items() if identity in ids} == {
            *table.loc[[identity], "doubt"].dropna()
        }
        assert row["region_label"] == small.regions[o.region_id].title_en
    assert str(table.dtypes["value"]) == "Float64"
    assert str(table.dtypes["year"]) == "Int64"
    assert pd.api.types.is_datetime64_any_dtype(table["start"])
    assert table.attrs["units"]["members"] == "people"
    assert table.attrs["version"] == small.version


def test_labels_speak_the_language_that_is_asked_for(small: Package) -> None:
    """Any that the titles of the package have; another one is refused."""
    for language in small.indicators.languages:
        told = small.frame("members", labels=language)["indicator_label"].unique().tolist()
        assert told == [small.indicators["members"].title(language)]
    with pytest.raises(ParameterError, match="language"):
        small.frame("members", labels="fr")


@given(st.integers(1, 9999), st.integers(1, 12), st.integers(1, 28), st.sampled_from([4, 7, 10]))
def test_a_period_begins_and_ends_within_itself(y: int, m: int, d: int, size: int) -> None:
    """Its first and last day are real days, in order, and of that year, month or day."""
    period = f"{y:04}-{m:02}-{d:02}"[:size]
    first, last = (date.fromordinal(day).isoformat() for day in days(period)[:2])
    assert check_period(first) is None
    assert check_period(last) is None
    assert first <= last
    assert first[:size] == last[:size] == period


# ---- pivot ---------------------------------------------------------------------------------------


def test_what_texts_print_for_one_cell_stands_there_together(small: Package) -> None:
    """As printed, in order of size, each with the mark of what is against it; no average."""
    wide: Any = small.pivot("cooperatives", index="year", columns="publisher", region=64)
    cell: Any = wide.loc[2012, "Office"]
    tokens = [part.partition(" (")[0] for part in cell.split(" | ")]
    assert tokens == ["5.900 unit", "6.100 unit"]
    table: Any = small.frame("cooperatives", 64, 2012, category="", publisher="Office")
    marked = [
        token for token, bad in zip(table["as_printed"], table["contested"], strict=True) if bad
    ]
    assert marked
    assert [p.partition(" (")[0] for p in cell.split(" | ") if "(" in p] == marked


def test_numbers_are_refused_where_figures_of_one_cell_differ(small: Package) -> None:
    """The message names the cell and the ways out; the ends of all of them are one way."""
    ask: dict[str, Any] = {"indicator": "cooperatives", "region": 64, "period": 2012}
    with pytest.raises(ParameterError, match=r"2012, Office: 5\.900 unit.*6\.100 unit.*'low'"):
        small.pivot(**ask, values="value")
    printed: Any = small.frame("cooperatives", 64, 2012, category="", publisher="Office")
    assert small.pivot(**ask, values="low").loc[2012, "Office"] == printed["low"].min()
    assert small.pivot(**ask, values="high").loc[2012, "Office"] == printed["high"].max()
    assert small.pivot(**ask, values="contested").loc[2012, "Office"]
    assert small.pivot(**ask, values="value", publisher="Daily").loc[2012, "Daily"] == 5855


def test_what_must_not_mix_gets_rows_of_its_own(small: Package) -> None:
    """Regions and breakdowns that would share a cell are kept apart, and none is left out."""
    wide: Any = small.pivot("cooperatives", index="publisher", columns="indicator", category=None)
    assert {"region", "category"} <= {*wide.index.names}
    shown = [part for cell in wide["cooperatives"].dropna() for part in cell.split(" | ")]
    assert len(shown) == len(small.frame("cooperatives"))


def test_figures_without_a_date_have_a_row(small: Package) -> None:
    """No year is no reason to be left out."""
    wide: Any = small.pivot("members", region=64)
    assert wide["Daily"].tolist() == ["400.000 orang", "426.325 orang"]
    assert wide.index.isna().tolist() == [True, False]


def test_a_bound_that_is_open_stays_empty(small: Package) -> None:
    """Of "more than 4,000" there is a least value and no greatest one."""
    ask: dict[str, Any] = {"indicator": "cooperatives", "region": "Bali"}
    assert small.pivot(**ask, values="low").loc[2013, "Office"] == 4000
    high: Any = small.pivot(**ask, values="high")
    assert pd.isna(high.loc[2013, "Office"])


@pytest.mark.parametrize(
    ("ask", "near"),
    [
        (lambda p: p.pivot("members", index="yaer"), "year"),
        (lambda p: p.pivot("members", values="valu"), "value"),
        (lambda p: p.findings(kind="conflicts"), "conflict"),
        (lambda p: p.findings(severity="Hrd"), "hard"),
    ],
)
def test_a_slip_in_a_choice_is_answered(
    small: Package, ask: Callable[[Package], object], near: str
) -> None:
    """With the word that is nearest."""
    with pytest.raises(KumkmError, match=rf"Did you mean {near}\?"):
        ask(small)


# ---- findings ------------------------------------------------------------------------------------


def test_findings_are_those_of_the_region_kind_and_period(small: Package) -> None:
    """Each has a sentence in HTML and a row in the frame; a region without any has none."""
    found: Any = small.findings("East Kalimantan", period=2012, indicator="members koperasi"[:7])
    assert {f.region for f in small.findings("64")} == {"64"}
    told = small.findings(64, kind="part_exceeds_whole", severity="hard")
    assert [f.printed for f in told] == [("22.977 unit", "5.855 unit")]
    assert told.frame().index.tolist() == told.list() == [f.finding_id for f in told]
    assert told[0].sentence_en.split(":")[0] in told._repr_html_()
    assert len(small.findings("Jambi")) == 0
    assert all(
        "members" in {small.observations[o].indicator_id for o in f.observations} for f in found
    )


def test_refused_numbers_of_undated_figures_are_told_like_others(package: Package) -> None:
    """A cell without a year has a message, too."""
    with pytest.raises(ParameterError, match=r"795.610 orang \| 804.066 orang"):
        package.pivot("members", values="value", region=64)


def test_a_column_stands_in_a_pivot_once(small: Package) -> None:
    """The same one as rows and columns is a slip."""
    with pytest.raises(ParameterError, match="year twice"):
        small.pivot("cooperatives", index="year", columns="year")


@pytest.mark.parametrize("period", [2012, 2012.0, pd.array([2012], dtype="Int64")[0], [2012.0]])
def test_a_year_is_one_however_pandas_keeps_it(small: Package, period: Any) -> None:
    """A column with an empty cell holds 2012.0."""
    asked = small.frame("cooperatives", 64.0, period)  # type: ignore[arg-type]
    assert len(asked)
    assert asked.index.tolist() == small.frame("cooperatives", "64", "2012").index.tolist()


@pytest.mark.parametrize("span", ["2012-2014", "2012/2014", "2012–2014"])
def test_years_written_as_people_do_are_answered_with_the_form(small: Package, span: str) -> None:
    """As a level of regions that is misspelt is."""
    with pytest.raises(ParameterError, match=r"Did you mean 2012:2014\?"):
        small.frame(period=span)
    with pytest.raises(ParameterError, match=r"Did you mean province\?"):
        small.frame(region="provnce")


def test_what_is_no_package_is_told(small: Package) -> None:
    """A region in its place is the usual slip; a number is no folder."""
    with pytest.raises(ParameterError, match="data: found 64"):
        compute("cooperatives", 64, 2012)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="load: found 3"):
        load(3)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="'fr'; expected id or en"):
        compute("cooperatives", small, 64, 2012).text("fr")  # type: ignore[union-attr]
