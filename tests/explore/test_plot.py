"""Tests of pictures for exploring: every dated figure is there, with bounds, hue and doubt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from kumkm_analysis.errors import ParameterError
from kumkm_analysis.explore.package import Package


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Draw into memory, and leave no figure open."""
    plt.switch_backend("agg")
    yield
    plt.close("all")


def marks(ax: Axes) -> list[tuple[float, bool, str]]:
    """Return the marks of figures: value, whether hollow, and hue."""
    lines: Any = ax.lines
    return [
        (float(line.get_ydata()[0]), to_hex(line.get_markerfacecolor()) == "#ffffff",
         to_hex(line.get_markeredgecolor()))
        for line in lines if line.get_marker() not in ("_", "None", None)
    ]  # fmt: skip


def test_every_dated_figure_is_drawn_hollow_where_it_is_contested(small: Package) -> None:
    """One hue a publisher, named in the legend; what has no date is counted in the note."""
    ax = small.plot("cooperatives", [64, 51])
    table = small.frame("cooperatives", [64, 51], category="")
    drawn = marks(ax)
    assert sorted((v, hollow) for v, hollow, _ in drawn) == sorted(
        zip(table["value"], table["contested"], strict=True)
    )
    assert any(hollow for _, hollow, _ in drawn)
    hues = {hue for _, _, hue in drawn}
    legend = ax.get_legend()
    assert legend is not None
    named = [text.get_text() for text in legend.get_texts()]
    assert len(hues) == table["publisher"].nunique()
    assert named == ["Office", "Daily", "East Kalimantan", "Bali"]
    assert "not drawn: 1." in small.plot("members", 64).get_xlabel()


def test_bars_are_what_print_allows_and_an_open_end_is_an_arrow(small: Package) -> None:
    """5,900, rounded, reaches from 5,850 to 5,950; "at least 4,000" points upward."""
    ax = small.plot("cooperatives", 64, publisher="Office", period=2012)
    ends = {
        (float(low), float(high))
        for bars in ax.collections
        for (_, low), (_, high) in bars.get_segments()  # type: ignore[attr-defined]
    }
    table = small.frame("cooperatives", 64, 2012, publisher="Office", category="")
    assert ends == set(zip(table["low"], table["high"], strict=True))
    [arrow] = small.plot("cooperatives", "Bali").texts
    assert arrow.get_position()[1] > 0


def test_it_is_titled_with_units_in_the_language(small: Package) -> None:
    """Title, axis, numbers and note."""
    ax = small.plot("net_surplus", 64, language="id")
    assert ax.get_title(loc="left") == "Sisa hasil usaha (SHU), Kalimantan Timur"
    assert small.plot("members", 64).get_ylabel() == "people"
    assert small.version in ax.get_xlabel()
    assert "Berongga" in ax.get_xlabel()


def test_a_doubted_figure_far_above_all_others_sets_no_scale(package: Package) -> None:
    """44,407 stands at the edge with its number; the others keep their scale."""
    ax = package.plot("cooperatives", "Bali")
    assert ax.get_ylim()[1] < 44_407
    assert [text.get_text().strip() for text in ax.texts if "44,407" in text.get_text()]
    assert len(marks(ax)) == len(
        package.frame("cooperatives", "Bali", category="")["period"].dropna()
    )


def test_an_axes_of_ones_own_is_drawn_upon(small: Package) -> None:
    """So that several stand in one figure, and a picture can be saved as any other."""
    canvas, (left, right) = plt.subplots(1, 2)
    assert small.plot("members", 64, ax=right) is right
    assert not left.lines
    assert isinstance(canvas, Figure)
    canvas.draw_without_rendering()


def test_nothing_to_draw_is_told(small: Package) -> None:
    """No empty axes."""
    with pytest.raises(ParameterError, match="no figure"):
        small.plot("assets", 64)


def test_what_one_title_does_not_cover_is_not_drawn_together(small: Package) -> None:
    """Several indicators or breakdowns are refused, and a breakdown stands in the title."""
    with pytest.raises(ParameterError) as caught:
        small.plot(["members", "cooperatives"], 64)  # type: ignore[arg-type]
    assert [fault.where for fault in caught.value.faults] == ["indicator"]
    with pytest.raises(ParameterError, match="the whole"):
        small.plot("cooperatives", category=None)
    part = small.plot("cooperatives", category="type=serba_usaha").get_title(loc="left")
    assert small.terms["type.serba_usaha"].title("en") in part
    assert part != small.plot("cooperatives").get_title(loc="left")
