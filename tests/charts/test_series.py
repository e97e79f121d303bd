"""Tests of the former charts, to be deleted with the modules series and frame."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import rc_context

from kumkm_analysis.charts import frame
from kumkm_analysis.charts import series as labels
from kumkm_analysis.charts import svg as vector
from kumkm_analysis.charts.marks import Mark
from kumkm_analysis.charts.series import MARKS, dots, position, series
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.metrics.figures import Figure

SVG = "{http://www.w3.org/2000/svg}"
Make = Callable[..., Dataset]
BAR = "1.6"  # the width of the line that shows an interval


def figure(
    value: int, low: int | None = None, high: int | None = None, period: str = "2012",
    unit: str = "cooperatives",
) -> Figure:  # fmt: skip
    """Return a figure with an interval; without bounds an exact one."""
    exact = low is None and high is None
    interval = Interval.exact(Fraction(value)) if exact else Interval(frac(low), frac(high))
    return Figure(
        name="cooperatives", kind="derived", value=Fraction(value), interval=interval, unit=unit,
        region="64", period=period, reading="coherent", observations=(),
    )  # fmt: skip


def frac(value: int | None) -> Fraction | None:
    """Return a bound."""
    return None if value is None else Fraction(value)


def texts(svg: str) -> list[str]:
    """Return the texts of a drawing."""
    return [t.text or "" for t in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def paths(svg: str, **attributes: str) -> list[str]:
    """Return the shapes of the paths with the given attributes (``_`` for ``-``), one a start."""
    wanted = {k.replace("_", "-"): v for k, v in attributes.items()}
    return [
        "M" + shape
        for path in ElementTree.fromstring(svg).iter(f"{SVG}path")
        if all(path.get(k) == v for k, v in wanted.items())
        for shape in path.attrib["d"].split("M")[1:]
    ]


def points(shape: str) -> list[tuple[float, float]]:
    """Return the corners of a shape, from its first."""
    x = y = 0.0
    found = [(x, y)]
    for command, body in re.findall(r"([hvl])([^hvlzaM]*)", shape):
        steps = [float(n) for n in re.findall(r"-?\d*\.?\d+", body)]
        x += 0 if command == "v" else steps[0]
        y += steps[-1] if command != "h" else 0
        found.append((x, y))
    return found


# ---- text and intervals ----


def test_text_stays_text_and_is_escaped() -> None:
    """Labels can be searched and copied; what comes from data cannot break the drawing."""
    drawn = dots([Mark(figure(3), "Kutai <b> & Paser"), Mark(figure(5), "Bali")], "en", "")
    assert {"Kutai <b> & Paser", "Bali"} <= set(texts(drawn.svg))
    assert "<b>" not in drawn.svg
    assert " id=" not in drawn.svg


@pytest.mark.parametrize("vertical", [False, True])
def test_every_interval_is_drawn_to_scale(vertical: bool) -> None:
    """One bar an interval, none for exact figures, and twice the interval is twice the bar."""
    held = [figure(50, 40, 60, "2010"), figure(60, 40, 80, "2011"), figure(70, period="2012")]
    marks = [Mark(f, f.period, "A") for f in held]
    svg = (series if vertical else dots)(marks, "en", "").svg
    lengths = [points(shape)[-1][vertical] for shape in paths(svg, stroke_width=BAR)]
    assert len(lengths) == 2
    assert abs(lengths[1]) == pytest.approx(2 * abs(lengths[0]), abs=0.3)
    assert abs(lengths[0]) > 10


@pytest.mark.parametrize(("low", "high"), [(50, None), (None, 50)])
def test_an_open_end_is_an_arrow(low: int | None, high: int | None) -> None:
    """At least and at most are told apart by where a triangle points."""
    marks = [Mark(figure(50, low, high), "a"), Mark(figure(90), "b"), Mark(figure(10), "c")]
    svg = dots(marks, "en", "").svg
    arrows = [points(s) for s in paths(svg) if s.endswith("z") and len(points(s)) == 3]
    assert len(arrows) == 1
    xs = [x for x, _ in arrows[0]]
    tip = max(xs, key=xs.count) != max(xs)  # two corners stand at the back
    assert tip == (high is None)


def test_numbers_at_the_axis_follow_the_language_and_are_told_from_figures() -> None:
    """0,5 in Indonesian, 0.5 in English, in a class of their own."""
    held = [figure(v, unit="ratio").replace(value=Fraction(v, 10)) for v in (1, 5, 9)]
    held = [f.replace(interval=Interval.exact(f.known)) for f in held]
    marks = [Mark(f, "x") for f in held]
    for language, sign in (("id", ","), ("en", ".")):
        root = ElementTree.fromstring(dots(marks, language, "").svg)
        scale = [
            t.text or "" for g in root.iter(f"{SVG}g") if g.get("class") == vector.SCALE for t in g
        ]
        assert any(re.fullmatch(rf"0\{sign}\d", label) for label in scale), scale
        assert len(scale) == len(set(scale))


def test_a_figure_far_above_the_others_stands_at_the_edge_with_its_number() -> None:
    """It is not left out, and does not flatten the others."""
    values = {"2010": 3, "2011": 4, "2012": 5, "2013": 4000}
    marks = [Mark(figure(v, period=p), "", "A") for p, v in values.items()]
    svg = series(marks, "en", "").svg
    assert any("4,000" in t for t in texts(svg))
    scale = re.search(rf'<g[^>]*class="{vector.SCALE}"[^>]*>(.*?)</g>', svg)
    assert scale is not None
    assert "4,000" not in scale[1]


def test_a_ring_is_drawn_around_contested_figures_only() -> None:
    """As many rings as contested marks."""
    marks = [
        Mark(figure(v, period=f"201{v}"), "", "A", contested=v in (2, 3)) for v in (1, 2, 3, 4)
    ]
    assert len([s for s in paths(series(marks, "en", "").svg) if "a" in s]) == 2


# ---- room for every text ----


def boxes(svg: str, scale: bool = False) -> list[tuple[float, float, float, float]]:
    """Return the left, top, right and bottom of every text, or of those of the scale."""
    found = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        if scale and group.get("class") != vector.SCALE:
            continue
        size, bold = float(group.get("font-size", 0)), group.get("font-weight") == "bold"
        for text in group.findall(f"{SVG}text"):
            wide = vector.width(text.text or "", size, bold=bold)
            shift = {"middle": wide / 2, "end": wide}.get(group.get("text-anchor", ""), 0)
            left, base = float(text.attrib["x"]) - shift, float(text.attrib["y"])
            found.append((left, base - 0.72 * size, left + wide, base + 0.2 * size))
    return found


def height(svg: str) -> float:
    """Return the height of a drawing."""
    return float(ElementTree.fromstring(svg).attrib["viewBox"].split()[3])


def meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    """Tell whether two boxes cover one another."""
    across = min(one[2], other[2]) > max(one[0], other[0])
    return across and min(one[3], other[3]) > max(one[1], other[1])


@settings(max_examples=25)
@given(
    st.sampled_from(["IDR", "people", "percent"]),
    st.sampled_from(["id", "en"]),
    st.lists(st.integers(1, 10**14), min_size=2, max_size=9, unique=True),
)
def test_no_text_around_a_picture_is_cut_off_or_covered(
    unit: str, language: str, values: list[int]
) -> None:
    """Names, scales and titles lie inside of the drawing, and none lies upon another."""
    values = [value % 100 + 1 for value in values] if unit == "percent" else values
    named = [Mark(figure(v, unit=unit), "Nusa Tenggara Timur, 31 Mei 2020") for v in values]
    dated = [
        Mark(figure(v, unit=unit, period=str(2010 + n)), "", "A") for n, v in enumerate(values)
    ]
    of_rows, of_years = dots(named, language, "").svg, series(dated, language, "").svg
    assert len(boxes(of_rows)) > len(values)
    for svg, found in ((of_rows, boxes(of_rows)), (of_years, boxes(of_years, scale=True))):
        for left, top, right, bottom in found:
            assert left >= 0
            assert top >= 0
            assert right <= frame.WIDTH + 0.2  # coordinates are rounded
            assert bottom <= height(svg)
        assert [pair for pair in combinations(found, 2) if meet(*pair)] == []


# ---- no colour needed ----


def test_sources_are_told_apart_by_shape_and_letter() -> None:
    """Twelve sources have twelve shapes, whatever their colours, and a letter each."""
    letters = "ABCDEFGHIJKL"[: len(MARKS)]
    marks = [
        Mark(figure(10 + 7 * n, period=str(2000 + n)), "", letter)
        for n, letter in enumerate(letters)
    ]
    svg = series(marks, "en", "").svg
    shapes = [points(s) for s in paths(svg) if s.endswith("z")]
    dots_of_one = [s for s in paths(svg, stroke_linecap="round") if s.endswith("h0")]
    assert dots_of_one
    assert len(shapes) == len(MARKS) - 1
    for one, other in combinations(shapes, 2):
        assert len(one) != len(other) or any(
            abs(a - b) > 0.5
            for p, q in zip(one, other, strict=True)
            for a, b in zip(p, q, strict=True)
        )
    assert set(letters) <= set(texts(svg))


def test_the_own_region_is_told_by_shape_and_weight() -> None:
    """A diamond and a bold name: seen without colour."""
    marks = [Mark(figure(3), "Bali"), Mark(figure(5), "Kalimantan Timur", own=True)]
    svg = dots(marks, "en", "").svg
    root = ElementTree.fromstring(svg)
    bold = [t.text for g in root.iter(f"{SVG}g") if g.get("font-weight") == "bold" for t in g]
    assert bold == ["Kalimantan Timur"]
    assert len([s for s in paths(svg) if s.endswith("z")]) == 1


def test_the_ink_is_that_of_the_page() -> None:
    """Axes and text take the colour of the page, so that it reads on light and on dark."""
    svg = dots([Mark(figure(3, 2, 4), "Bali")], "en", "").svg
    assert vector.INK not in svg
    assert 'stroke="currentColor"' in svg
    assert "background" not in svg


# ---- stable ----

# Two drawings that use every kind of mark, as a text, so that another process can make them too.
DRAW = """
from fractions import Fraction

from kumkm_analysis.charts.marks import Mark
from kumkm_analysis.charts.series import dots, series
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.dataset.interval import Interval

marks = []
for group, (value, high) in zip("ABC", ((3, 4), (7, None), (5, 5)), strict=True):
    figure = Figure(
        name="cooperatives", kind="derived", value=Fraction(value),
        interval=Interval(Fraction(value), None if high is None else Fraction(high)),
        unit="cooperatives", region="64", period=f"201{value}", reading="coherent",
        observations=(),
    )
    marks.append(Mark(figure, group, group, own=group == "B", contested=group == "C"))
drawn = dots(marks, "id", "").svg + series(marks, "id", "").svg
"""


def test_the_same_figures_are_the_same_bytes() -> None:
    """A second drawing, and one in another process with other hashes, are identical."""
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    exec(DRAW, first)
    exec(DRAW, second)
    assert second["drawn"] == first["drawn"]
    there = subprocess.run(
        [sys.executable, "-c", f"{DRAW}\nprint(drawn)"], capture_output=True, text=True,
        check=True, env={**os.environ, "PYTHONHASHSEED": "7"},
    )  # fmt: skip
    assert there.stdout.rstrip("\n") == first["drawn"]


@pytest.fixture
def beforehand() -> Iterator[list[Any]]:
    """Draw frames beforehand; give the list that they are taken from."""
    frame.draw_beforehand(2)
    yield frame._beforehand
    frame._beforehand.clear()


@pytest.mark.parametrize("years", [2, 9])
def test_frames_that_were_drawn_beforehand_make_the_same_charts(
    years: int, beforehand: list[Any]
) -> None:
    """With fewer ticks than were drawn, and with all of them; each frame is taken once."""
    marks = [Mark(figure(3 * 7**n, period=str(2004 + n)), f"{n}", f"{n}") for n in range(years)]
    drawn = dots(marks, "en", "").svg, series(marks, "id", "").svg
    assert beforehand == []
    assert (dots(marks, "en", "").svg, series(marks, "id", "").svg) == drawn


def test_frames_that_were_drawn_under_other_settings_are_left(beforehand: list[Any]) -> None:
    """What a notebook sets counts, as it does where nothing was drawn beforehand."""
    marks = [Mark(figure(3), "Bali"), Mark(figure(5), "Papua")]
    with rc_context({"axes.xmargin": 0.5}):
        wide = dots(marks, "en", "").svg
    assert len(beforehand) == 2
    assert dots(marks, "en", "").svg != wide
    assert len(beforehand) == 1


spots = st.dictionaries(
    st.tuples(st.integers(20, 340).map(float), st.integers(20, 230).map(float)),
    st.sampled_from("ABCDEFG"), min_size=1, max_size=12,
)  # fmt: skip


@given(spots)
def test_every_mark_has_its_letter_and_always_at_the_same_place(
    marks: dict[tuple[float, float], str],
) -> None:
    """None is lost and none wanders, however dense the marks are."""
    placed = list(labels.place_letters(marks, 360, 10))
    assert [text for _, _, text in placed] == list(marks.values())
    assert placed == list(labels.place_letters(marks, 360, 10))
    assert {anchor for _, anchor, _ in placed} <= {"left", "right", "center"}


@given(st.lists(st.integers(1, 11), min_size=2, max_size=10, unique=True))
def test_where_there_is_room_no_letter_covers_a_mark(columns: list[int]) -> None:
    """Marks thirty points apart have their letters on the right, clear of the next."""
    marks = {(30.0 * c, 50.0): "A" for c in sorted(columns)}
    for ((x, _), anchor, _), (mark, _) in zip(
        labels.place_letters(marks, 400, 10), marks.items(), strict=True
    ):
        assert anchor == "left"
        assert labels.MARK <= x - mark[0] <= 3 * labels.MARK


@given(st.dates(), st.dates())
def test_time_runs_forward(one: date, two: date) -> None:
    """Days are in order, each inside of its month; a month and a year stand in their middle."""
    assert (one < two) == (position(one.isoformat()) < position(two.isoformat()))
    month = Fraction(one.month - 1, 12) + one.year
    assert month < position(one.isoformat()) < month + Fraction(1, 12)
    assert position(one.isoformat()[:7]) == month + Fraction(1, 24)
    assert position(one.isoformat()[:4]) == one.year + Fraction(1, 2)
