"""Two published folders compared by figures: what moved, what only changed, what came and went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbench import called

from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import compare, index
from kumkm_analysis.runner.publish import Folder


def figure(value: str, low: str | None = None, high: str | None = None, **more: Any) -> Any:
    """Return a figure; without bounds it is exact."""
    return {
        "id": "f1", "kind": "derived", "name": "share", "breakdown": "", "register": "",
        "label": "share", "value": value, "low": low or value, "high": high or value,
        "unit": "percent", "text": f"{value}%", "region": "64", "period": "2012",
        "reading": "coherent", "observations": ["a"], **more,
    }  # fmt: skip


def compared(old: list[Any], new: list[Any], **more: Any) -> dict[str, list[Any]]:
    """Return what differs, kinds without anything left out."""
    found = compare.results({"figures": old, **more.get("before", {})}, {"figures": new, **more})
    return {kind: entries for kind, entries in found.items() if entries}


def test_intervals_apart_mean_moved() -> None:
    """No value fits both."""
    assert compared([figure("5", "4", "6")], [figure("7", "6.5", "8")]).keys() == {"moved"}


def test_intervals_that_meet_mean_changed() -> None:
    """Some value fits both, were it only the bound."""
    assert compared([figure("5", "4", "6")], [figure("6.5", "6", "7")]).keys() == {"changed"}


def test_an_open_end_reaches_everything_beyond() -> None:
    """At least five and exactly nine can both be true, at least five and exactly four cannot."""
    at_least = {**figure("5"), "high": None}
    assert compared([at_least], [figure("9")]).keys() == {"changed"}
    assert compared([at_least], [figure("4")]).keys() == {"moved"}


def test_another_unit_is_another_quantity() -> None:
    """The same numbers in another unit have moved."""
    assert compared([figure("5")], [figure("5", unit="people")]).keys() == {"moved"}


def test_figures_come_and_go() -> None:
    """A figure that one side lacks is new or gone."""
    other = figure("1", name="members", observations=["b"])
    assert compared([], [other]).keys() == {"new"}
    assert compared([other], []).keys() == {"gone"}


def test_a_figure_is_found_again_with_other_sources() -> None:
    """The only figure of its kind is compared even when it rests on other print now."""
    assert compared([figure("5")], [figure("6", observations=["z"])]).keys() == {"moved"}


def test_accounts_of_several_sources_are_told_apart() -> None:
    """Of two figures of one cell each is compared with that of its own source."""
    old = [figure("5"), figure("9", observations=["b"])]
    new = [figure("9", observations=["b"]), figure("5")]
    assert compared(old, new) == {}


def test_several_conjectures_on_one_figure_are_told_apart() -> None:
    """They share everything but their values; one that changes is new, the old one gone."""
    one, other, third = figure("5"), figure("9"), figure("7")
    assert compared([one, other], [other, one]) == {}
    assert compared([one, one, other], [one, third, other]).keys() == {"moved"}
    assert compared([one], [one, other]).keys() == {"new"}


FIGURES = st.lists(
    st.builds(
        figure,
        st.sampled_from(["5", "7"]),
        name=st.sampled_from(["share", "members"]),
        observations=st.sampled_from([["a"], ["b"]]),
    ),
    max_size=8,
)


@given(FIGURES, st.randoms(use_true_random=False))
def test_the_order_of_figures_is_no_difference(figures: list[Any], chance: Any) -> None:
    """A page and itself, told in any order, are the same."""
    assert compared(figures, chance.sample(figures, len(figures))) == {}


@given(FIGURES, FIGURES)
def test_what_is_new_one_way_is_gone_the_other(one: list[Any], other: list[Any]) -> None:
    """There and back are mirror images."""
    there, back = compared(one, other), compared(other, one)
    assert len(there.get("new", [])) == len(back.get("gone", []))
    assert len(there.get("moved", [])) == len(back.get("moved", []))


def test_a_finding_is_told_by_its_sentence() -> None:
    """Not by its id alone."""
    found = compare.results({}, {"findings": [{"id": "x", "sentence": "5 of 3 cannot be."}]})
    assert list(compare.figure_lines(found)) == ["  finding  new: 5 of 3 cannot be."]


def test_findings_are_new_or_settled() -> None:
    """Findings are compared by their ids."""
    found = compared(
        [], [], findings=[{"id": "x"}, {"id": "y"}], before={"findings": [{"id": "x"}, {"id": "z"}]}
    )
    assert [f["id"] for f in found["new_findings"]] == ["y"]
    assert [f["id"] for f in found["settled_findings"]] == ["z"]


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Return two output folders, in the second of which a share moved and a report is gone."""
    for side, value, names in (("old", "5", ("a", "b")), ("new", "7", ("a",))):
        for name in names:
            home = tmp_path / side / name
            home.mkdir(parents=True)
            (home / f"{name}.html").write_text("page", encoding="utf-8")
            content = json.dumps({"figures": [figure(value)]})
            (home / "results.json").write_text(content, encoding="utf-8")
    return tmp_path / "old", tmp_path / "new"


def test_the_command_tells_people(two: tuple[Path, Path]) -> None:
    """One line a difference, exit code 1; the same folder twice is exit code 0."""
    done = called("diff", *two)
    assert done.exit_code == 1
    assert "moved    share 64 2012: 5% to 7%" in done.stdout
    assert "gone     report b" in done.stdout
    same = called("diff", two[0], two[0])
    assert same.exit_code == 0
    assert same.stdout == "2 reports with the same figures\n"


def test_values_that_are_written_alike_are_told_apart(two: tuple[Path, Path]) -> None:
    """An altered value behind the same text is told by the value."""
    altered = {"figures": [figure("7", text="5%")]}
    (two[1] / "a" / "results.json").write_text(json.dumps(altered), encoding="utf-8")
    assert "moved    share 64 2012: 5 percent to 7 percent" in called("diff", *two).stdout


def test_the_command_tells_machines(two: tuple[Path, Path]) -> None:
    """--json gives the same, with both sides of every figure."""
    found = json.loads(called("diff", *two, "--json").stdout)
    assert found["gone_reports"] == ["b"]
    (moved,) = found["reports"]["a"]["moved"]
    assert (moved["before"]["value"], moved["after"]["value"]) == ("5", "7")


def test_a_folder_without_reports_is_a_message(tmp_path: Path) -> None:
    """Exit code 2, and what to do."""
    done = called("diff", tmp_path, tmp_path)
    assert done.exit_code == 2
    assert "Name a folder that kumkm run has written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[]", b'{"figures": ['])
def test_damaged_results_are_a_message_and_nothing_is_called_gone(
    two: tuple[Path, Path], content: bytes
) -> None:
    """A file that holds no results is told; its figures are not reported as gone."""
    (two[1] / "a" / "results.json").write_bytes(content)
    with pytest.raises(ParameterError, match=r"report a: found a damaged results\.json"):
        compare.folders(*two)
    assert index.document(Folder(two[1]), [])


def test_a_report_without_results_has_no_figures(two: tuple[Path, Path]) -> None:
    """A notebook of one's own need not bring any."""
    for side in two:
        (side / "a" / "results.json").unlink()
    assert compare.folders(*two)["unchanged_reports"] == ["a"]
