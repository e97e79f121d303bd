"""Each kind of fault that users of such tools have met, by its smallest input."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from printed import figure, of

from kumkm_analysis.dataset.dataset import Dataset, Table, load
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.records import Observation
from kumkm_analysis.findings import Finding, Findings, examine
from kumkm_analysis.findings.rules import faults

CITY = {"region": "6472"}


def told(found: Findings) -> list[Finding]:
    """Return what leads and is more than a remark."""
    return [f for f in found.leading if f.severity != "note"]


def with_dates(data: Dataset, **days: str) -> Dataset:
    """Return a dataset whose texts appeared on some days."""
    rows = {s: replace(data.sources[s], published=day) for s, day in days.items()}
    return replace(data, sources=data.sources.replacing(rows))


def yearly(indicator: str, region: str, first: int, *values: int) -> list[Observation]:
    """Return a row of an official table, one figure a year."""
    return [
        figure(f"{indicator}@{first + i}", f"{v:,}".replace(",", "."), "t", region=region)
        for i, v in enumerate(values)
    ]


# ---- repairs ------------------------------------------------------------------------------------


def test_a_word_of_magnitude_is_never_taken_out_of_the_air() -> None:
    """No "ribu" is printed in the text: 260 thousand cooperatives of a city are not offered."""
    found = examine(of(
        figure("cooperatives_not_located@2023", "412", **CITY),
        figure("cooperatives@2023", "260", printing="about", **CITY),
        figure("cooperatives@2022", "700", printing="at_least", **CITY),
    ))  # fmt: skip
    assert found
    assert [r.token for f in found for r in f.repairs if "ribu" in r.token] == []


def test_a_repaired_value_must_live_with_its_neighbours() -> None:
    """147 active cooperatives would stand beside 52 three years later: it is not offered."""
    found = examine(of(
        figure("active_cooperatives@2019", "47", **CITY),
        figure("inactive_cooperatives@2019", "8", **CITY),
        figure("cooperatives@2019", "150", printing="about", **CITY),
        figure("active_cooperatives@2022", "52", "b", **CITY),
    ))  # fmt: skip
    (finding,) = found.select(kind="does_not_add_up")
    assert "147" not in {r.token for r in finding.repairs}


def test_a_witness_counts_whatever_its_basis() -> None:
    """Two texts print 4.863 for the year; the text that says "now" is wrong in a part."""
    found = examine(of(
        figure("active_cooperatives@2016", "2.918", basis="publication"),
        figure("inactive_cooperatives@2016", "1.745", basis="publication"),
        figure("cooperatives@2016", "4.863", basis="publication"),
        figure("cooperatives@2016", "4.863", "b"), figure("cooperatives@2016", "4.863", "c"),
    ))  # fmt: skip
    (finding,) = found.select(kind="does_not_add_up")
    assert {r.observation.split(".")[1] for r in finding.repairs} <= {
        "active_cooperatives", "inactive_cooperatives",
    }  # fmt: skip
    assert not any(".cooperatives." in s for s in finding.suspects if finding.blame == "told")


def test_copies_of_one_statement_are_one_voice() -> None:
    """Two copies of one day do not outvote the single text."""
    data = of(
        figure("active_cooperatives@2021-07", "510", "a", **CITY),
        figure("active_cooperatives@2021-11", "131", "b", **CITY),
        figure("active_cooperatives@2021-11", "131", "c", **CITY),
    )
    (finding,) = told(examine(with_dates(data, a="2021-07-20", b="2021-11-15", c="2021-11-15")))
    assert not (finding.blame == "told" and any(s.endswith(".a") for s in finding.suspects))


def test_a_truncated_figure_is_explained_before_any_typing_error() -> None:
    """1,97 triliun is 1,979 triliun cut off."""
    found = examine(of(
        figure("assets@2018", "1,97 triliun", "a", printing="rounded"),
        figure("assets@2018", "1,979 triliun", "b", printing="rounded"),
    ))  # fmt: skip
    (finding,) = found.select(kind="conflict")
    assert (finding.explanation, finding.repairs) == ("truncated", ())
    assert "cut off" in finding.sentence_en


def test_a_figure_of_last_year_is_explained_before_any_typing_error() -> None:
    """One text repeats what another prints for the year before."""
    found = examine(of(
        figure("cooperatives@2020", "4.218", "a"), figure("cooperatives@2021", "4.391", "a"),
        figure("cooperatives@2021", "4.218", "b"),
    ))  # fmt: skip
    finding = found.select(kind="conflict")[0]
    assert finding.explanation == "other_year"
    assert "4,218 in 2020" in finding.sentence_en


# ---- accounts and texts -------------------------------------------------------------------------


def test_one_text_is_added_up_across_its_labels_of_period() -> None:
    """Active at 2023 and inactive at mid-2023 are of one text."""
    (finding,) = told(examine(of(
        figure("active_cooperatives@2023", "361"), figure("inactive_cooperatives@2023-06", "902"),
        figure("cooperatives@2023-06", "1.236"),
    )))  # fmt: skip
    assert (finding.kind, finding.severity) == ("does_not_add_up", "soft")


def test_sums_are_tried_across_texts_of_one_year() -> None:
    """455 and 171 of one text make 626, another text prints 612."""
    (finding,) = told(examine(of(
        figure("cooperatives@2023", "612", "a"),
        figure("active_cooperatives@2023", "455", "b"),
        figure("inactive_cooperatives@2023", "171", "b"),
    )))  # fmt: skip
    assert (finding.kind, finding.severity) == ("does_not_add_up", "soft")
    assert finding.gap == Fraction(14)


def test_a_rise_that_no_register_makes_is_a_reason_to_look() -> None:
    """From 702 to 811 in two months, below any threefold."""
    (finding,) = told(examine(of(
        figure("cooperatives@2019-12-31", "702", "a", **CITY),
        figure("cooperatives@2020-02", "811", "b", **CITY),
    )))  # fmt: skip
    assert (finding.kind, finding.severity) == ("implausible_jump", "soft")
    assert "official series" in finding.sentence_en


def test_about_reaches_half_the_last_significant_digit() -> None:
    """About 300 is not 365; about 400 thousand is about 400.000."""
    one = figure("cooperatives@2020", "300", "a", printing="about")
    other = figure("cooperatives@2020", "365", "b", printing="about")
    assert [f.kind for f in told(examine(of(one, other)))] == ["conflict"]
    word = figure("members@2020", "400 ribu", "a", printing="about")
    digits = figure("members@2020", "400.000", "b", printing="about")
    assert word.interval == digits.interval
    assert word.interval == Interval(Fraction(350_000), Fraction(450_000))


# ---- lists and rules ----------------------------------------------------------------------------


def test_labels_within_one_per_cent_of_their_whole_are_a_list() -> None:
    """Six groups that sum to 518 beside 519."""
    parts = (100, 90, 88, 80, 84, 76)
    rows = [figure(f"cooperatives:group=g{i}@2020", str(n), **CITY) for i, n in enumerate(parts)]
    (finding,) = told(examine(of(figure("cooperatives@2020", "519", **CITY), *rows)))
    assert (finding.kind, finding.rule) == ("does_not_add_up", "list")
    assert told(examine(of(figure("cooperatives@2020", "600", **CITY), *rows))) == []


def test_synonyms_of_a_label_add_up() -> None:
    """Conventional and sharia savings and loan together are savings and loan: nothing lacks."""
    names = {"konsumen": 30, "produsen": 20, "jasa": 10, "pemasaran": 5}
    rows = [figure(f"cooperatives:type={n}@2021", str(v)) for n, v in names.items()]
    rows += [
        figure("cooperatives:type=simpan_pinjam_konvensional@2021", "14"),
        figure("cooperatives:type=simpan_pinjam_syariah@2021", "5"),
    ]
    assert list(examine(of(figure("cooperatives@2021", "84"), *rows))) == []


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([("healthy_cooperatives@2020", "900"), ("active_cooperatives@2020", "800")],
         "part_exceeds_whole"),
        ([("cooperatives_proposed_for_dissolution@2020", "90"),
          ("inactive_cooperatives@2020", "80")], "part_exceeds_whole"),
        ([("annual_meetings_held@2020", "900"), ("active_cooperatives@2020", "800")],
         "part_exceeds_whole"),
        ([("cooperatives@2019", "5.000"), ("cooperatives_dissolved@2020", "300"),
          ("cooperatives@2020", "4.800")], "change_does_not_follow"),
        ([("members@2019", "50.000"), ("members_change@2020", "3.000"), ("members@2020", "54.000")],
         "change_does_not_follow"),
        ([("healthy_cooperatives:basis=assets@2020", "90"), ("healthy_cooperatives@2020", "80")],
         "part_exceeds_whole"),
    ],
)  # fmt: skip
def test_stock_and_flow_are_rules_of_the_table(rows: list[tuple[str, str]], kind: str) -> None:
    """Each is a row of rules.csv."""
    assert kind in {f.kind for f in told(examine(of(*(figure(*row) for row in rows))))}


# ---- series that are not measured ---------------------------------------------------------------


def test_figures_carried_forward_are_said_once_for_a_series() -> None:
    """Three equal years in two indicators: nothing was measured for the later two."""
    rows = yearly("active_cooperatives", "63", 2009, 1234, 1234, 1234, 1300)
    rows += yearly("members", "63", 2009, 54321, 54321, 54321, 56000)
    found = examine(of(*rows))
    (finding,) = told(found)
    assert (finding.kind, finding.years) == ("carried_forward", (2010, 2011))
    assert found.of(rows[1].observation_id).unmeasured
    assert not found.of(rows[0].observation_id).unmeasured


def test_two_years_alike_in_several_indicators_are_carried_and_in_one_are_not() -> None:
    """One count of three digits may stay the same for a year; two of them do not at once."""
    count = yearly("active_cooperatives", "63", 2009, 734, 734, 790)
    people = yearly("members", "63", 2009, 54321, 54321, 56000)
    assert "carried_forward" not in {f.kind for f in examine(of(*count))}
    assert "carried_forward" in {f.kind for f in examine(of(*count, *people))}


def test_figures_carried_back_into_a_year_before_the_region_was() -> None:
    """North Kalimantan began in November 2012: its 2011 and 2012 are those of 2013."""
    rows = yearly("active_cooperatives", "65", 2011, 512, 512, 512, 530)
    (finding,) = told(examine(of(*rows)))
    assert (finding.kind, finding.years) == ("carried_back", (2011, 2012))


def test_two_territories_added_up_are_no_measurement() -> None:
    """The old province of 2012 is exactly both provinces of 2013."""
    rows = yearly("active_cooperatives", "64", 2012, 3950, 3524)
    rows += yearly("active_cooperatives", "65", 2013, 426)
    (finding,) = examine(of(*rows)).select(kind="territories_added")
    assert finding.years == (2012,)
    assert finding.suspects == (rows[0].observation_id,)


def test_a_slipped_row_is_told_as_such() -> None:
    """South Sumatra prints the figures of the row above it."""
    rows = [*yearly("active_cooperatives", "15", 2010, 2345, 2456, 2501)]
    rows += yearly("active_cooperatives", "16", 2010, 2345, 2456, 2501)
    rows += yearly("active_cooperatives", "17", 2010, 1345, 1400, 1451)
    (finding,) = told(examine(of(*rows)))
    assert finding.kind == "row_slipped"
    assert "Jambi and South Sumatra" in finding.sentence_en


def test_a_figure_with_more_decimals_than_its_table_has_a_digit_too_many() -> None:
    """A table of two decimals prints 9.006 once, for 9.06; in a short list it says nothing."""
    rows = [
        figure(f"poverty_rate_pct@{year}", f"{9 + (place + year) % 7},{11 + place}", region=region)
        for place, region in enumerate(("11", "12", "13", "14"))
        for year in range(2005, 2020)
    ]
    odd = figure("poverty_rate_pct@2020", "9,006", region="14")
    found = examine(of(*rows, odd)).select(kind="digit_too_many")
    assert [f.suspects for f in found] == [(odd.observation_id,)]
    assert list(examine(of(*rows)).select(kind="digit_too_many")) == []
    assert list(examine(of(*rows[:5], odd)).select(kind="digit_too_many")) == []


def test_a_break_of_a_whole_table_is_told_once() -> None:
    """All regions fall to a quarter in one year: one break, no jump."""
    rows = []
    for i, region in enumerate(("11", "12", "13", "14", "15", "16", "17", "18", "19", "21")):
        n = 4000 + 137 * i
        rows += yearly("business_volume", region, 2014, n * 10**9, n * 25 * 10**7 - 10**6 * i)
    (finding,) = told(examine(of(*rows)))
    assert (finding.kind, finding.years) == ("break_of_reporting", (2015,))


# ---- one trouble, one finding; order and words --------------------------------------------------


def test_a_surplus_above_its_volume_is_one_finding() -> None:
    """It is not told a second time as an unusual margin."""
    rows = [
        figure("net_surplus@2019", "5 miliar", printing="rounded"),
        figure("business_volume@2019", "3 miliar", printing="rounded"),
    ]
    assert [f.kind for f in told(examine(of(*rows)))] == ["part_exceeds_whole"]


def test_the_percentages_of_a_text_are_its_one_trouble() -> None:
    """Four growth rates of one text fail: one finding about that text."""
    rows = []
    for name, before, after in (("members", 50_000, 51_000), ("employees", 1_000, 1_050),
                                ("cooperatives", 500, 510), ("managers", 900, 940)):  # fmt: skip
        rows += [figure(f"{name}@2011", f"{before:,}".replace(",", ".")),
                 figure(f"{name}@2012", f"{after:,}".replace(",", ".")),
                 figure(f"{name}_growth_pct@2012", "31,7 persen")]  # fmt: skip
    (finding,) = told(examine(of(*rows)))
    assert "the percentages of this text do not match its figures" in finding.sentence_en


def test_the_difference_can_be_seen() -> None:
    """One digit more than printed: 24,285 beside 24,30."""
    rows = [
        figure("annual_meetings_held@2014", "832"), figure("active_cooperatives@2014", "3.426"),
        figure("annual_meeting_share:base=active@2014", "24,30 persen"),
    ]  # fmt: skip
    (finding,) = told(examine(of(*rows)))
    assert "24.285" in finding.sentence_en


def test_a_repeat_is_not_ranked_by_an_absurd_rival() -> None:
    """A repeated figure weighs nothing by itself and stands behind a real contradiction."""
    rows = [
        figure("members@2011", "419.661", "a"), figure("members@2012", "419.661", "a"),
        figure("cooperatives@2012", "5.855", "a"), figure("cooperatives@2012", "5.111", "b"),
    ]  # fmt: skip
    assert [f.kind for f in examine(of(*rows))] == ["conflict", "repeated_value"]


def test_suspects_are_named_even_when_several(data: Dataset) -> None:
    """Both copies of a wrong figure, and every other suspect, stand in the sentence."""
    for finding in examine(data):
        if finding.blame == "told" and len(finding.suspects) > 1 and not finding.years:
            assert "suspect figure" in finding.sentence_en or finding.kind == "row_slipped"


def test_a_law_is_cited_only_while_it_was_in_force() -> None:
    """Between October 2012 and May 2014 Law 25/1992 was void: the rule then cites none."""
    by_day = {
        "2012-06": "founders-before-2012", "2013-06": "founders-2012-to-2014",
        "2016-06": "founders-before-2020", "2021-06": "founders-since-2020",
    }  # fmt: skip
    for day, rule in by_day.items():
        rows = [figure(f"members@{day}", "5.000"), figure(f"cooperatives@{day}", "1.000")]
        assert [f.rule for f in told(examine(of(*rows)))] == [rule]


# ---- what is never compared, and what is wrong with rules ---------------------------------------


@pytest.mark.parametrize("field", ["territory", "vintage"])
def test_territories_and_vintages_are_never_compared(field: str) -> None:
    """Fourteen units and ten, a first print and a recalculated one, are two series."""
    one = figure("members@2013", "400.000", "a")
    told_apart: dict[str, Any] = {field: "x"}
    other = replace(figure("members@2013", "300.000", "b"), **told_apart)
    assert list(examine(of(one, other))) == []


def test_every_observation_knows_what_speaks_against_it(data: Dataset) -> None:
    """Its findings, whether it is suspect, and nothing for a figure that nobody doubts."""
    found = examine(data)
    holders = found.of("64.cooperatives_with_own_capital.2012.kalnews-revitalisasi-2013")
    whole = found.of("64.cooperatives.2012.kalnews-revitalisasi-2013")
    assert holders.suspect
    assert whole.findings
    assert not whole.suspect
    assert not found.of("64.external_capital.2011.nobody")
    assert set(found.figures) <= set(data.observations)
    assert set(found.testable) <= set(data.observations)


@pytest.mark.parametrize(
    ("table", "key", "change", "column", "step"),
    [
        ("rules", "growth-members", {"left": "membres"}, "left", "Did you mean members?"),
        ("rules", "share-active", {"indicator_id": "active"}, "indicator_id", "indicators.csv"),
        ("rules", "partition-forms", {"left": "primer + skunder"}, "left", "form.sekunder"),
        ("rules", "workforce", {"left": "managers plus employees"}, "left", "Join the terms"),
        ("rules", "surplus-margin", {"low": "", "high": ""}, "high", "Give the rule a bound"),
        ("limits", "net-surplus-0-1", {"indicator_id": "lpdb_x"}, "indicator_id", "indicators.csv"),
        ("limits", "net-surplus-0-1", {"low": "2"}, "low", "Learn the limits again"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_a_located_fault(
    table: str, key: str, change: dict[str, str], column: str, step: str
) -> None:
    """File, row and column, what was found and the next step."""
    data = load()
    rows: Table[Any] = getattr(data, table)
    tables: dict[str, Any] = {table: rows.replacing({key: replace(rows[key], **change)})}
    spoilt = replace(data, **tables)
    place = list(rows).index(key) + 2
    (fault,) = faults(spoilt)
    assert str(fault).startswith(f"{table}.csv, row {place}, column {column}:")
    assert step in str(fault)
    assert faults(data) == []
