"""Tests of ``kumkm show`` for what has no page: a printed figure, a finding."""

from __future__ import annotations

from pathlib import Path

from workbench import called

from kumkm_analysis.explore.package import Package
from kumkm_analysis.explore.show import lines


def test_a_printed_figure_shows_its_source_and_what_speaks_against_it(small: Package) -> None:
    """Token, bounds, place, and every finding that touches it."""
    text = "\n".join(lines(small, "64.cooperatives.2012.office"))
    source = small.sources["office"]
    for part in ("“5.900 unit”", "5,850", "5,950", source.publisher, source.url, "paragraph 1"):
        assert part in text
    for finding in small.findings():
        assert (finding.finding_id in text) == (
            "64.cooperatives.2012.office" in finding.observations
        )


def test_a_finding_shows_its_sentence_and_its_figures(small: Package) -> None:
    """Each figure with its source."""
    finding = small.findings(kind="part_exceeds_whole")[0]
    text = "\n".join(lines(small, finding.finding_id))
    assert finding.sentence_en in text
    assert all(identity in text for identity in finding.observations)


def test_the_command_takes_either_and_answers_a_slip(small_package: Path) -> None:
    """A figure of the data, a finding, and what is neither."""
    own = "64.own_capital.2012.kalnews-revitalisasi-2013"
    shown = called("show", own, "--data", small_package)
    assert shown.exit_code == 0
    assert "Rp2,143 triliun" in shown.stdout
    missed = called("show", own + "x", "--data", small_package)
    assert missed.exit_code == 2
    assert f"Did you mean {own}?" in missed.stderr


def test_an_amount_names_its_money_once(package: Package) -> None:
    """By the mark before it; people are named behind."""
    told = [*lines(package, "64.own_capital.2012.kalnews-revitalisasi-2013")]
    assert any("trillion (rounded)" in line for line in told)
    assert not any("IDR" in line for line in told)
