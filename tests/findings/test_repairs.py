"""The slips of a typist: each is undone by one of the repairs, and none invents more."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kumkm_analysis.dataset.numerals import format_number, parse
from kumkm_analysis.findings.phrases import phrase
from kumkm_analysis.findings.slips import KINDS, slips, two_wrong_digits


def tokens(token: str, numerals: str = "id") -> dict[str, str]:
    """Return the repairs of a token with the kind of slip that they undo."""
    return {s.token: s.kind for s in slips(token, numerals, ("ribu",))}


def slipped(digits: str) -> st.SearchStrategy[tuple[str, str]]:
    """Return what a typist may make of some digits, with the kind of the slip."""
    place = st.integers(0, len(digits) - 1)
    digit = st.sampled_from("0123456789")
    doubled = place.map(lambda i: ("doubled", digits[: i + 1] + digits[i:]))
    dropped = place.map(lambda i: ("dropped", digits[:i] + digits[i + 1 :]))
    inserted = st.tuples(place, digit).map(
        lambda x: ("inserted", digits[: x[0]] + x[1] + digits[x[0] :])
    )
    replaced = st.tuples(place, digit).map(
        lambda x: ("replaced", digits[: x[0]] + x[1] + digits[x[0] + 1 :])
    )
    swapped = st.integers(0, len(digits) - 2).map(
        lambda i: ("swapped", digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :])
    )
    return st.one_of(doubled, dropped, inserted, replaced, swapped)


@given(st.integers(100, 10**9).flatmap(lambda n: st.tuples(st.just(n), slipped(str(n)))))
def test_every_slip_of_a_digit_is_undone_by_a_repair(case: tuple[int, tuple[str, str]]) -> None:
    """Whatever one slip made of a count, the true count is among the repairs."""
    true, (_, digits) = case
    if digits[0] == "0" or len(digits) < 2 or int(digits) == true:
        return
    printed = format_number(int(digits), "id")
    assert format_number(true, "id") in tokens(printed)


@given(st.integers(1, 10**8), st.sampled_from(["id", "en"]))
def test_every_repair_is_a_token_that_can_be_read(number: int, language: str) -> None:
    """A repair is written as print is written, in the separators of its token."""
    for slip in slips(format_number(number, language) + " unit", language):
        assert parse(slip.token, language).token == slip.token
        assert slip.kind in KINDS


@given(st.integers(1, 10**8))
def test_a_token_is_no_repair_of_itself(number: int) -> None:
    """What is printed is not offered again, and no repair stands twice."""
    token = format_number(number, "id")
    offered = [s.token for s in slips(token)]
    assert token not in offered
    assert len(offered) == len(set(offered))


def test_the_likeliest_kind_of_slip_comes_first() -> None:
    """A doubled digit is confirmed in the evidence; it leads, the first digit first."""
    kinds = [s.kind for s in slips("22.977 unit")]
    assert kinds == sorted(kinds, key=KINDS.index)
    assert slips("22.977 unit")[0].token == "2.977 unit"


@pytest.mark.parametrize(
    ("printed", "meant", "kind"),
    [
        ("44.407", "4.407", "doubled"),
        ("4.013 koperasi", "40.013 koperasi", "dropped"),
        ("59,3 persen", "59,43 persen", "dropped"),
        ("5.111 unit", "6.111 unit", "replaced"),
        ("152.714", "152.174", "swapped"),
        ("Rp2,32 miliar", "Rp2,32 triliun", "magnitude"),
        ("209 koperasi", "209 ribu koperasi", "magnitude"),
        ("9,8 persen", "-9,8 persen", "sign"),
        ("Rp21,43 triliun", "Rp2,143 triliun", "separator"),
        ("Rp622,200 miliar", "Rp622.200 miliar", "separator"),
        ("16,855", "16,856", "replaced"),
    ],
)
def test_slips_seen_in_print_are_undone(printed: str, meant: str, kind: str) -> None:
    """Each kind of slip finds its repair, written as the source writes."""
    assert tokens(printed, "en" if printed.startswith("16,") else "id")[meant] == kind


def test_a_number_in_words_has_no_slips_of_digits() -> None:
    """Words are not searched."""
    assert slips("lima unit") == ()


def test_two_wrong_digits_are_told_from_one_and_from_other_lengths() -> None:
    """The weakest slip is offered only where a text prints just that."""
    assert two_wrong_digits("5.611 unit", "6.111")
    assert not two_wrong_digits("5.111", "6.111")
    assert not two_wrong_digits("5.111", "51.111")


def test_every_kind_is_described_in_both_languages() -> None:
    """A reason can be given for each kind."""
    assert all(re.search(r"\w", phrase(f"slip.{k}", w)) for k in KINDS for w in ("id", "en"))
