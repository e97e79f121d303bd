"""Each oddity that the evidence is known for is found, with its kind, by rules of no one case."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.findings import Finding, Findings, examine


@pytest.fixture(scope="module")
def found(data: Dataset) -> Findings:
    """What the data say about themselves."""
    return examine(data)


def about(found: Findings, kind: str, region: str, *tokens: str) -> Finding:
    """Return the one finding of a kind that involves all these printed tokens of a region."""
    fitting = [
        f
        for f in found.select(region=region, kind=kind)
        if all(any(p.split(" ")[0] == t for p in f.printed) for t in tokens)
    ]
    assert len(fitting) == 1, (kind, region, tokens, [f.finding_id for f in fitting])
    return fitting[0]


def test_holders_of_capital_exceed_the_cooperatives_of_the_founding_document(
    found: Findings,
) -> None:
    """22.977 cannot be a part of 5.855; 22.977 is suspect, and 2.977 is offered first."""
    finding = about(found, "part_exceeds_whole", "64", "22.977", "5.855")
    assert finding.severity == "hard"
    assert finding.gap == 22_977 - 5_855
    assert [s.split(".")[1] for s in finding.suspects] == ["cooperatives_with_own_capital"]
    first = finding.repairs[0]
    assert (first.as_printed, first.token) == ("22.977 unit", "2.977 unit")
    assert first.kind == "doubled"
    assert first.certainty == "conjectured"
    assert first.reason("en")
    assert first.reason("id")


def test_the_doubled_digit_of_bali_is_found_and_mended_first(found: Findings) -> None:
    """44.407 stands against another text's 4.407, and that is the first repair."""
    finding = about(found, "conflict", "51", "44.407", "4.407")
    assert finding.suspects == ("51.cooperatives.2012-06.NS46",)
    first = finding.repairs[0]
    assert (first.token, first.kind, first.certainty) == ("4.407", "doubled", "printed")
    assert first.printed_by == ("NS47",)


def test_the_four_counts_of_east_kalimantan_are_one_conflict(found: Findings) -> None:
    """5.111, 5.611, 6.111 and 6.140 stand in one finding; one digit apart, each way is offered."""
    finding = about(found, "conflict", "64", "5.111", "5.611", "6.111", "6.140")
    assert finding.blame == "untold"
    offered = {(r.as_printed.split(" ")[0], r.token.split(" ")[0]) for r in finding.repairs}
    assert ("5.111", "6.111") in offered or ("6.111", "5.111") in offered
    assert ("5.611", "6.111") in offered or ("6.111", "5.611") in offered


def test_two_texts_with_the_same_sub_totals_describe_one_state(found: Findings) -> None:
    """5.111 is dated 2013 and 6.111 December 2012, yet both texts print 3.097 and 447."""
    finding = about(found, "conflict", "64", "5.111", "6.111")
    assert "64.cooperatives.2013.antara-kaltim-15531" in finding.observations


def test_the_two_lines_of_members_are_told_once(found: Findings) -> None:
    """795.610 and 803.566 against 413.281 and 395.458 are two lines, not several conflicts."""
    finding = about(found, "parallel_lines", "64", "795.610", "803.566", "413.281", "395.458")
    assert finding.sentence_en.count("795,610") == 1
    for conflict in found.select(region="64", kind="conflict"):
        assert not {"795.610", "413.281"} <= {p.split(" ")[0] for p in conflict.printed}


def test_the_repeated_number_of_members_is_found(found: Findings) -> None:
    """One text prints 419.661 members for 2011 and for 2012."""
    finding = about(found, "repeated_value", "64", "419.661")
    assert {o.split(".")[2] for o in finding.observations} == {"2011", "2012"}


def test_a_fall_that_is_a_rise_is_found_and_no_single_slip_explains_it(found: Findings) -> None:
    """33.714 members cannot fall by 9,8 per cent to 307.555, and the page says so plainly."""
    finding = about(found, "change_does_not_follow", "64", "33.714", "307.555", "9,8")
    assert finding.repairs == ()
    assert finding.no_single_slip
    assert "No single typing error explains it." in finding.sentence_en
    assert "Tidak ada satu salah ketik pun" in finding.sentence_id
    assert finding.suspects == ("64.members.2015.antara-kaltim-37144",)


def test_a_growth_a_tenth_too_large_is_found(found: Findings) -> None:
    """5.407 to 5.546 is 2,57 per cent, printed 2,7; two copies of the text are told once."""
    finding = about(found, "change_does_not_follow", "64", "5.407", "5.546", "2,7")
    assert len(finding.observations) == 6
    assert "2.57" in finding.sentence_en


@pytest.mark.parametrize("token", ["200.808", "34.685.145"])
def test_national_totals_printed_for_the_province_are_found(found: Findings, token: str) -> None:
    """A provincial text prints the nation's figures of June 2013."""
    finding = about(found, "figure_of_another_scope", "64", token)
    assert finding.suspects == (finding.observations[0],)
    assert finding.observations[1].startswith("ID.")


def test_fewer_than_two_members_a_cooperative_are_found(found: Findings) -> None:
    """5.300 members of 3.529 active cooperatives are below any number of founders."""
    finding = about(found, "implausible_ratio", "64", "5.300", "3.529")
    assert finding.rule == "founders-per-active-since-2020"
    assert finding.severity == "soft"


def test_samarinda_does_not_add_up(found: Findings) -> None:
    """273 + 988 of 1.264, in two texts of one release, is told once, three too many."""
    finding = about(found, "does_not_add_up", "6472", "273", "988", "1.264")
    assert finding.gap == 3
    assert len(finding.observations) == 6


def test_the_missing_regency_is_named_with_what_it_would_have_to_be(found: Findings) -> None:
    """Thirteen regions sum to 2.932 of 3.097: Kutai Kartanegara is missing, not wrong."""
    finding = about(found, "incomplete_list", "64", "3.097", "521")
    assert finding.severity == "note"
    assert "Kutai Kartanegara" in finding.sentence_id
    assert "165" in finding.sentence_id


def test_west_nusa_tenggara_adds_up_and_its_truncated_repeats_contradict_nobody(
    data: Dataset, found: Findings
) -> None:
    """594,647 + 803,581 miliar = 1,398 triliun within printing, and the cut repeats agree."""
    own, external, assets = (
        data.observations[f"52.{i}.2012.NS40"].interval
        for i in ("own_capital", "external_capital", "assets")
    )
    assert own.low is not None
    assert own.high is not None
    assert external.low is not None
    assert external.high is not None
    assert assets.low is not None
    assert own.low + external.low <= Fraction(1_399_000_000_000)
    assert own.high + external.high >= assets.low
    for i in ("own_capital", "external_capital", "assets", "business_volume", "net_surplus"):
        repeat, full = f"52.{i}.2012.NS41", f"52.{i}.2012.NS40"
        assert data.observations[repeat].interval.meets(data.observations[full].interval)
        for finding in found.select(observation=full):
            others = {data.observations[o].source_id for o in finding.observations}
            assert not others <= {"NS40", "NS41"}


# ---- more that the evidence holds --------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "region", "tokens"),
    [
        ("does_not_add_up", "34", ("2.176", "499", "58", "2.729")),
        ("does_not_add_up", "53", ("3.341", "2.416", "4.189")),
        ("does_not_add_up", "53", ("4.495.014.091.392", "6.008.479.736.959")),
        ("does_not_add_up", "64", ("17.929", "308.036", "44.434")),
        ("change_does_not_follow", "51", ("3.734", "4.149", "12,47")),
        ("change_does_not_follow", "51", ("17.277", "18.543", "17,31")),
        ("share_does_not_follow", "71", ("832", "3.426", "24,30")),
        ("part_exceeds_whole", "52", ("Rp2,36", "Rp1,78", "Rp1,23")),
        ("part_exceeds_whole", "ID", ("209", "62", "147")),
        ("conflict", "35", ("22.464", "22.845")),
        ("conflict", "ID", ("152.172", "152.174")),
        ("implausible_ratio", "34", ("Rp2,32", "2.729")),
        ("implausible_ratio", "64", ("Rp234,729", "Rp901,167")),
        ("implausible_ratio", "64", ("Rp2,143", "Rp622,200")),
        ("implausible_jump", "ID", ("43,83",)),
        ("repeated_value", "ID", ("80.008",)),
        ("repeated_value", "64", ("5.517",)),
        ("figure_of_another_scope", "64", ("Rp",)),
    ],
)
def test_further_oddities_are_found(
    found: Findings, kind: str, region: str, tokens: tuple[str, ...]
) -> None:
    """What the notes of the evidence remark upon, the rules find by themselves."""
    assert about(found, kind, region, *tokens).sentence_en


def test_arrears_of_one_wrong_digit_are_mended(found: Findings) -> None:
    """One wrong digit in any of three figures makes the revolving fund of 2001 come out."""
    finding = next(
        f for f in found.select(region="6403", kind="does_not_add_up") if "2001" in f.period
    )
    assert {r.token for r in finding.repairs} == {
        "Rp 8.261.406.951", "Rp 11.764.764.549", "Rp 19.966.171.500",
    }  # fmt: skip
    assert finding.blame == "untold"


def test_a_lost_zero_is_offered_because_another_text_prints_it(found: Findings) -> None:
    """4.013 dissolved cooperatives: 40.013 is printed with another scope."""
    finding = about(found, "conflict", "ID", "4.013", "43.000")
    assert finding.repairs[0].token == "40.013 koperasi"
