"""Readings that accept a repair: what speaks then, and that the data stay as printed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from kumkm_analysis import compute
from kumkm_analysis.dataset import validate
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.metrics.compute import Refused, look_up
from kumkm_analysis.metrics.readings import Cell

BALI = "51.cooperatives.2012-06.NS46"


def test_a_repair_speaks_under_its_reading_alone(data: Dataset) -> None:
    """Bali has 4.407 cooperatives under `repaired`, and 44.407 as printed under any other."""
    repaired = look_up(Cell("cooperatives"), data, "51", "2012-06", "repaired")
    printed = look_up(Cell("cooperatives"), data, "51", "2012-06")
    assert repaired.text("id") == "4.407"  # type: ignore[union-attr]
    assert printed.text("id") == "44.407"  # type: ignore[union-attr]
    assert repaired.observations == printed.observations == (BALI,)  # type: ignore[union-attr]


def test_a_repair_never_changes_the_data(data: Dataset) -> None:
    """The observation stays as printed; the virtual record names the choice."""
    before = data.observations[BALI]
    virtual = data.under("repaired").observations[BALI]
    assert data.observations[BALI] is before
    assert (before.as_printed, before.repaired_by) == ("44.407", "")
    assert (virtual.as_printed, virtual.repaired_by) == ("4.407", "repaired-1")
    assert replace(virtual, as_printed="44.407", value=before.value, repaired_by="") == before


def test_a_repaired_figure_has_the_interval_of_its_printing(data: Dataset) -> None:
    """An exact count stays exact; a rounded amount keeps half a unit to either side."""
    assert data.under("repaired").observations[BALI].interval == Interval.exact(4407)
    own = data.observations["64.own_capital.2012.kalnews-revitalisasi-2013"]
    assert own.repaired("Rp2,134 triliun").interval.width == own.interval.width


def test_a_metric_refused_as_printed_is_computed_under_the_repair(data: Dataset) -> None:
    """Own capital per holder needs 2.977 holders instead of 22.977."""
    assert isinstance(compute("own_capital_per_holder", data, "64", "2012"), Refused)
    figure = compute("own_capital_per_holder", data, "64", "2012", "repaired")
    assert figure
    assert figure.value == Fraction(2_143 * 10**9, 2_977)  # type: ignore[union-attr]
    assert figure.text("en") == "Rp720\N{NO-BREAK SPACE}million"  # type: ignore[union-attr]


def test_readings_without_repairs_see_the_data_themselves(data: Dataset) -> None:
    """No copy is made where nothing is repaired."""
    assert data.under("coherent") is data
    assert data.under("founding") is data


def test_the_view_of_a_reading_is_its_own_view(data: Dataset) -> None:
    """To ask twice for one reading makes no second copy, and repairs nothing twice."""
    view = data.under("repaired")
    assert view is not data
    assert view is data.under("repaired")
    assert view.under("repaired") is view


def test_the_page_says_what_was_printed_and_by_which_choice_it_is_read(data: Dataset) -> None:
    """The list of evidence keeps the printed token beside the repair and its reason."""
    from kumkm_analysis import open_report

    report = open_report("51", "2012-06", "en", "repaired", data=data)
    figure = look_up(Cell("cooperatives"), data, "51", "2012-06", "repaired")
    report.ledger.number(figure)  # type: ignore[arg-type]
    html = report.page.cards.html()
    assert "<q lang=id>44.407</q>" in html
    assert "read as “4.407” by the choice repaired-1" in html


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("51.cooperatives.2012-06.NS46,4.407,", ",4.407,", "observation_id"),
        (",2.977 unit,", ",2.97 unit,", "repair_as_printed"),
    ],
)
def test_validation_refuses_a_repair_that_repairs_nothing(
    tmp_path: Path, data: Dataset, old: str, new: str, column: str
) -> None:
    """A repair names its figure and reads like it; else the fault names the row and column."""
    shutil.copytree(data.path, tmp_path, dirs_exist_ok=True)
    table = tmp_path / "readings.csv"
    text = table.read_text(encoding="utf-8")
    assert old in text
    table.write_text(text.replace(old, new), encoding="utf-8")
    (fault,) = validate.check(tmp_path)
    assert f"column {column}" in fault.where
    assert "readings.csv, row" in fault.where
