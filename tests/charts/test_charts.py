"""Tests of charts: what is drawn is true, nothing is joined that does not belong together."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Curve

from kumkm_analysis.charts import sheet
from kumkm_analysis.charts import svg as vector
from kumkm_analysis.charts.chain import Link, chain
from kumkm_analysis.charts.marks import Mark, position, worth_drawing
from kumkm_analysis.charts.multiples import multiples, spread
from kumkm_analysis.charts.rows import bars, rows, texts
from kumkm_analysis.charts.timeline import timeline
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.records import Observation
from kumkm_analysis.metrics.figures import Figure

SVG = "{http://www.w3.org/2000/svg}"
SERIES, BAR, DASHES = "1.4", "1.3", "3 3"  # strokes of a series, an interval, a rule
Box = tuple[float, float, float, float]
# Active cooperatives of East Kalimantan, 2006 to 2021, as BPS prints them.
BPS = (2613, 2691, 2849, 3423, 3458, 3458, 3458, 3950, 3524, 3501, 3632, 3686, 3478, 2906, 3036,
       3067)  # fmt: skip
SPLIT = 2014  # the first year without North Kalimantan


def figure(
    value: int | Fraction, low: int | None = None, high: int | None = None, *,
    period: str = "2012", unit: str = "cooperatives", printing: str = "exact", territory: str = "",
    suspect: bool = False, region: str = "64",
) -> Figure:  # fmt: skip
    """Return a figure; without bounds and of exact print an exact one."""
    ends = [None if end is None else Fraction(end) for end in (low, high)]
    exact = low is None and high is None and printing == "exact"
    interval = Interval.exact(Fraction(value)) if exact else Interval(ends[0], ends[1])
    return Figure(
        name="cooperatives", kind="derived", value=Fraction(value), interval=interval, unit=unit,
        region=region, period=period, reading="coherent", observations=("x",), printing=printing,
        territory=territory, suspects=("x",) if suspect else (), digits=5,
    )  # fmt: skip


def official(region: str = "64", *, own: bool = False) -> list[Mark]:
    """Return a series of sixteen years, of fourteen units before the split."""
    return [
        Mark(
            figure(v, period=str(y), territory="64-14" if y < SPLIT else "", region=region),
            group=region, publisher="BPS", line=True, own=own,
        )
        for y, v in enumerate(BPS, start=2006)
    ]  # fmt: skip


def dot(value: int, period: str, publisher: str = "Kompas", **changes: bool | str) -> Mark:
    """Return what a text prints for a period."""
    made = Mark(figure(value, period=period), publisher=publisher, group=publisher)
    return replace(made, **changes)  # type: ignore[arg-type]


def words(svg: str, **attributes: str) -> list[str]:
    """Return the texts of a drawing, or those in groups with some attributes."""
    wanted = {k.replace("_", "-"): v for k, v in attributes.items()}
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    within = (g for g in groups if all(g.get(k) == v for k, v in wanted.items()))
    return [t.text or "" for g in within for t in g.findall(f"{SVG}text")]


def strokes(svg: str, **attributes: str) -> list[str]:
    """Return the shapes drawn with some attributes (``_`` for ``-``), one a start of the pen."""
    wanted = {k.replace("_", "-"): v for k, v in attributes.items()}
    return [
        "M" + shape
        for path in ElementTree.fromstring(svg).iter(f"{SVG}path")
        if all(path.get(k) == v for k, v in wanted.items())
        for shape in path.attrib["d"].split("M")[1:]
    ]


def corners(shape: str) -> list[tuple[float, float]]:
    """Return the corners of a shape in the drawing."""
    found: list[tuple[float, float]] = []
    for command, body in re.findall(r"([Mhvl])([^MhvlzaA]*)", shape):
        n = [float(part) for part in re.findall(r"-?\d*\.?\d+", body)]
        x, y = found[-1] if found else (0.0, 0.0)
        if command == "M":
            found.append((n[0], n[1]))
        else:
            found.append(
                (x + (n[0] if command != "v" else 0), y + (n[-1] if command != "h" else 0))
            )
    return found


def discs(svg: str) -> list[tuple[float, float]]:
    """Return the centres of all round marks."""
    return [corners(s)[0] for s in strokes(svg, stroke_linecap="round")]


def rings(svg: str) -> list[str]:
    """Return the circles without a face."""
    return [s for s in strokes(svg) if "a" in s]


def boxes(svg: str) -> dict[Box, str]:
    """Return the texts of a drawing by the room that they fill."""
    found = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        size, bold = float(group.get("font-size", 0)), group.get("font-weight") == "bold"
        for text in group.findall(f"{SVG}text"):
            wide = vector.width(text.text or "", size, bold=bold)
            shift = {"middle": wide / 2, "end": wide}.get(group.get("text-anchor", ""), 0)
            left, base = float(text.attrib["x"]) - shift, float(text.attrib["y"])
            found[left, base - 0.72 * size, left + wide, base + 0.2 * size] = text.text or ""
    return found


def covered(svg: str) -> list[tuple[str, str]]:
    """Return the texts that lie upon another, or reach out of the drawing."""
    _, _, width, height = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    found = boxes(svg)
    out = [
        (text, "the edge")
        for (left, top, right, bottom), text in found.items()
        if left < -0.1 or top < -0.1 or right > width + 0.2 or bottom > height + 0.1
    ]
    return out + [
        (found[a], found[b])
        for a, b in combinations(found, 2)
        if min(a[2], b[2]) - max(a[0], b[0]) > 0.1 and min(a[3], b[3]) - max(a[1], b[1]) > 0.1
    ]


# ---- time ----


def test_a_stock_stands_at_the_end_of_its_year_and_a_flow_in_the_middle() -> None:
    """Or a fall would be drawn between "2012" and "December 2012" where there is none."""
    assert position("2012") == position("2012-12") == position("2012-12-31") == 2013
    assert position("2012", flow=True) == Fraction(4025, 2)
    svg = timeline([dot(5, "2012"), dot(7, "2012-12-31"), dot(9, "2014")], "en", "").svg
    (first, _), (second, _), (third, _) = discs(svg)
    assert first == second < third
    assert "end of the year" in words(svg)


@given(st.dates(), st.dates(), st.booleans())
def test_time_runs_forward(one: date, two: date, flow: bool) -> None:
    """Days are in order, each inside of its month and year."""
    here, there = (position(day.isoformat(), flow=flow) for day in (one, two))
    assert (one < two) == (here < there)
    assert one.year + Fraction(one.month - 1, 12) < here <= position(one.isoformat()[:7])
    assert position(one.isoformat()[:7]) <= position(one.isoformat()[:4]) == one.year + 1


def test_only_official_series_are_lines() -> None:
    """What single texts print is not joined, not even where one publisher has several."""
    press = [dot(3000 + y, str(y)) for y in range(2006, 2012)]
    svg = timeline([*press, *official()], "id", "").svg
    joined = {p for s in strokes(svg, stroke_width=SERIES) for p in corners(s)}
    assert len(joined) == len(BPS)
    assert strokes(timeline(press, "id", "").svg, stroke_width=SERIES) == []


def test_no_line_leads_across_a_change_of_territory_and_a_rule_says_so() -> None:
    """The rule stands between the last year before and the first after."""
    svg = timeline(official(), "en", "", rule="without North Kalimantan").svg
    before, after = (corners(s) for s in strokes(svg, stroke_width=SERIES))
    assert (len(before), len(after)) == (SPLIT - 2006, len(BPS) - (SPLIT - 2006))
    (rule,) = (corners(s) for s in strokes(svg, stroke_dasharray=DASHES))
    assert before[-1][0] < rule[0][0] == rule[1][0] < after[0][0]
    assert "without North Kalimantan" in words(svg)
    assert "wilayah berubah" in words(timeline(official(), "id", "").svg)
    plain = [replace(m, figure=m.figure.replace(territory="")) for m in official()]
    assert strokes(timeline(plain, "en", "").svg, stroke_dasharray=DASHES) == []


@pytest.mark.parametrize("change", [{"printing": "about"}, {"suspects": ("x",)}])
def test_no_line_leads_through_roundings_of_speech_or_doubted_figures(
    change: dict[str, object],
) -> None:
    """The line ends before such a figure and begins again after it."""
    marks = official()[8:]
    marks[3] = replace(marks[3], figure=marks[3].figure.replace(**change))
    parts = [corners(s) for s in strokes(timeline(marks, "en", "").svg, stroke_width=SERIES)]
    assert [len(part) for part in parts] == [3, 4]


def test_the_period_of_the_page_is_told_by_shape_and_weight() -> None:
    """Its marks are diamonds, its names bold: seen without colour."""
    marks = [dot(5 + n, f"20{11 + n}", f"Text {n}") for n in range(4)]
    svg = timeline(marks, "en", "", highlight="2012").svg
    assert len([s for s in strokes(svg) if s.endswith("z")]) == 1
    assert len(discs(svg)) == len(marks) - 1
    assert words(svg, font_weight="bold") == ["Text 1"]
    assert "2012" in words(svg)


# ---- what is known against a figure ----


def test_a_doubted_figure_is_hollow_with_a_ring_in_every_chart() -> None:
    """Two circles without a face instead of a mark, and its note in words."""
    marks = [
        Mark(
            figure(v, period="2012", suspect=v == 5), f"Text {v}", publisher=f"Text {v}",
            note="doubted" if v == 5 else "",
        )
        for v in (3, 4, 5, 6)
    ]  # fmt: skip
    for draw in (timeline, rows, texts, spread):
        svg = draw(marks, "en", "").svg
        assert len(rings(svg)) == 2
        assert len(discs(svg)) == len(marks) - 1
    assert "5 (doubted)" in words(texts(marks, "en", "").svg)
    assert "Text 5 (doubted)" in words(timeline(marks, "en", "").svg)


def test_a_figure_far_above_the_others_stands_hollow_at_the_edge_with_its_number() -> None:
    """It is not left out, and does not flatten the others."""
    values = {"2010": 3, "2011": 4, "2012": 5, "2013": 4000}
    marks = [Mark(figure(v, period=p), f"In {p}", publisher="BPS") for p, v in values.items()]
    for draw in (timeline, rows, texts):
        svg = draw(marks, "en", "").svg
        assert len(rings(svg)) == 1
        assert any("4,000" in text for text in words(svg))
        assert not any("000" in text for text in words(svg, **{"class": vector.SCALE}))


def test_a_long_name_is_cut_but_never_the_doubt_behind_it() -> None:
    """Whatever the publisher is called, the reader sees that its figure is doubted."""
    marks = [dot(n, str(2010 + n), "Dinas Koperasi " * 8, note="diragukan") for n in range(1, 5)]
    names = [w for w in words(timeline(marks, "id", "", "").svg) if w.startswith("Dinas")]
    assert names
    assert all("… (diragukan)" in name for name in names)


def test_what_has_no_end_is_an_open_arrow() -> None:
    """More than: upward in time and to the right in a row; less than: the other way."""
    others = [dot(4, "2010"), dot(8, "2011")]
    for low, high, way in ((6, None, 1), (None, 6, -1)):
        bounded = Mark(figure(6, low, high, printing="at_least"), "Text", publisher="Text")
        svg = timeline([*others, bounded], "en", "").svg
        wings, _ = (corners(s) for s in strokes(svg, stroke_width=BAR))
        assert (wings[0][1] - wings[1][1]) * way > 0
        svg = texts([*others, bounded], "en", "").svg
        wings, _ = (corners(s) for s in strokes(svg, stroke_width=BAR))
        assert (wings[1][0] - wings[0][0]) * way > 0


def test_every_interval_is_drawn_to_scale() -> None:
    """One bar an interval, none for exact figures, and twice the interval is twice the bar."""
    held = [figure(50, 40, 60, period="2010"), figure(60, 40, 80, period="2011"), figure(70)]
    marks = [Mark(f, f.period) for f in held]
    for draw, axis in ((timeline, 1), (rows, 0), (texts, 0)):
        found = [corners(s) for s in strokes(draw(marks, "en", "").svg, stroke_width=BAR)]
        long = sorted(abs(bar[0][axis] - bar[1][axis]) for bar in found)
        assert len(long) == 2
        assert long[1] / long[0] == pytest.approx(2, abs=0.02)


# ---- kinds of chart ----


def test_rows_are_sorted_by_the_latest_value_and_the_own_region_is_bold() -> None:
    """A dot a period; the period of the latest is named where places differ in it."""
    printed = [("Bali", "2010", 9), ("Bali", "2012", 3), ("Papua", "2012", 6), ("Aceh", "2011", 5)]
    marks = [
        Mark(figure(v, period=p), place, when=p, own=place == "Aceh") for place, p, v in printed
    ]
    svg = rows(marks, "en", "").svg
    names = [text for text in words(svg, text_anchor="end") if ", " in text]
    assert sorted(names, key=[*words(svg)].index) == names
    down = sorted((box[1], text) for box, text in boxes(svg).items() if text in names)
    assert [text for _, text in down] == ["Papua, 2012", "Aceh, 2011", "Bali, 2012"]
    assert words(svg, font_weight="bold") == ["Aceh, 2011"]
    assert len(discs(svg)) == 3
    same = [replace(m, when="2012") for m in marks]
    assert {"Papua", "Aceh", "Bali"} <= set(words(rows(same, "en", "").svg))


def test_texts_name_every_text_with_its_date_and_number() -> None:
    """One row a text, from the lowest number to the highest."""
    marks = [
        Mark(figure(v), publisher=name, when="2012", own=name == "Kalimantan News")
        for name, v in (("Pemprov Kaltim", 6140), ("RMOL", 5300), ("Kalimantan News", 5855))
    ]
    svg = texts(marks, "en", "", title="No text agrees").svg
    down = [text for _, text in sorted((box[1], text) for box, text in boxes(svg).items())]
    assert down == [
        "No text agrees", "RMOL, 2012", "5,300", "Kalimantan News, 2012", "5,855",
        "Pemprov Kaltim, 2012", "6,140",
    ]  # fmt: skip
    assert words(svg, font_weight="bold") == ["No text agrees", "Kalimantan News, 2012", "5,855"]


def test_bars_are_as_long_as_their_numbers_and_the_impossible_one_is_hatched() -> None:
    """22,977 that hold own capital against 5,855 there are."""
    marks = [
        Mark(figure(22977, suspect=True), "hold own capital", note="cannot be right"),
        Mark(figure(5855), "cooperatives there are"),
    ]
    svg = bars(marks, "en", "").svg
    assert {"22,977 (cannot be right)", "5,855", "hold own capital"} <= set(words(svg))
    (full,) = (corners(s) for s in strokes(svg) if s.endswith("z"))
    (hollow,) = (corners(s) for s in strokes(svg, stroke_width=SERIES))
    longs = [max(x for x, _ in box) - min(x for x, _ in box) for box in (full, hollow)]
    assert longs[1] / longs[0] == pytest.approx(22977 / 5855, rel=0.01)
    assert len([s for s in strokes(svg) if re.search(r"l[\d.]+-", s)]) > 10
    assert covered(svg) == []


def test_thirty_four_small_charts_are_small_and_the_own_one_stands_out() -> None:
    """At most forty kilobytes; only the own line has its number, and breaks with its territory."""
    panels = {f"Province {n}": official(str(n), own=n == 7) for n in range(34)}
    svg = multiples(panels, "en", "").svg
    assert len(svg.encode()) <= 40_000
    assert words(svg, font_weight="bold") == ["Province 7", "3,067"]
    assert words(svg).count("3,067") == 1
    own = [corners(s) for s in strokes(svg, stroke=sheet.ACCENT, stroke_width="2")]
    assert [len(part) for part in own] == [SPLIT - 2006, len(BPS) - (SPLIT - 2006)]
    assert covered(svg) == []


@given(
    st.lists(st.integers(-900, 900), min_size=3, max_size=34, unique=True),
    st.integers(0, 33), st.booleans(),
)  # fmt: skip
@settings(max_examples=12, deadline=None)
def test_a_spread_names_the_own_region_and_the_ends(
    values: list[int], place: int, doubted: bool
) -> None:
    """Wherever the own region lies, no name covers another and no line crosses a name."""
    marks = [
        Mark(figure(v, unit="percent"), f"Kalteng {n}", own=n == place % len(values))
        for n, v in enumerate(values)
    ]
    if doubted:
        marks[0] = replace(marks[0], figure=marks[0].figure.replace(value=Fraction(99999)),
                           contested=True)  # fmt: skip
    svg = spread(marks, "en", "").svg
    ends = (min(marks, key=lambda m: m.value), max(marks, key=lambda m: m.value))
    named = {m.label for m in marks if m.own or m in ends}
    assert {text.split(":")[0] for text in words(svg) if ":" in text} == named
    assert covered(svg) == []
    for line in (corners(s) for s in strokes(svg)):
        if len(line) == 2 and line[0][0] == line[1][0] and line[0][1] < line[1][1]:
            (x, top), bottom = line[0], line[1][1]
            crossed = [
                text for (left, above, right, below), text in boxes(svg).items()
                if ":" in text and left < x < right and top < above and below < bottom
            ]  # fmt: skip
            assert crossed == []


def test_a_results_chain_says_all_its_words_and_marks_every_verdict() -> None:
    """Nothing covers anything, and each group is named once."""
    links = [
        Link("Institutions", "cooperatives", "shown", "shown", [("active: rose", "shown")]),
        Link("A very long name of a strategy that needs more than one line on a phone", "goal",
             "not_shown", "not shown", [("poor people: rose", "not_shown"),
                                        ("rate: the territory changed", "cannot_tell")]),
        Link("Technology", "goal", "cannot_tell", "cannot be told"),
    ]  # fmt: skip
    svg = chain(links, "", "Title").svg
    said = " ".join(words(svg))
    for link in links:
        assert all(word in said for word in link.name.split())
        assert link.words in said
        assert all(sign in said for sign, _ in link.signs)
    assert words(svg).count("goal") == 1
    assert covered(svg) == []


def test_two_points_are_no_chart() -> None:
    """Nor are three texts that print one number for one period."""
    assert not worth_drawing([dot(5, "2011"), dot(6, "2012"), dot(6, "2012", "RMOL")])
    assert worth_drawing([dot(5, "2011"), dot(6, "2012"), dot(7, "2012")])


# ---- legible ----


def of_evidence(data: Dataset, o: Observation) -> Mark:
    """Return a printed figure with its publisher."""
    unit = {"unit": "cooperatives", "orang": "people"}.get(o.unit, o.unit)
    made = Figure(
        name=o.indicator_id, kind="observed", value=Fraction(o.value), interval=o.interval,
        unit=unit, region=o.region_id, period=o.reference_period, reading="coherent",
        observations=(o.observation_id,), printed=o.printed, printing=o.printing,
    )  # fmt: skip
    flow = data.indicators[o.indicator_id].stock_or_flow == "flow"
    publisher = data.sources[o.source_id].publisher
    return Mark(made, group=o.source_id, publisher=publisher, when=o.reference_period, flow=flow)


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_name_covers_another_in_charts_of_the_evidence(data: Dataset, language: str) -> None:
    """Whatever the texts print of the provinces, every word is legible and inside the drawing."""
    drawn = 0
    for region in ("64", "ID", "51", "6472"):
        for indicator in ("cooperatives", "members", "business_volume", "net_surplus", "msmes"):
            found = data.select(region=region, indicator=indicator, category="")
            marks = [of_evidence(data, o) for o in found if o.reference_period]
            if worth_drawing(marks):
                drawn += 1
                for chart in (
                    timeline(marks, language, "", "Koperasi $1 & 2", highlight="2012"),
                    texts(marks, language, ""),
                ):
                    assert covered(chart.svg) == [], f"{indicator} of {region}"
    assert drawn > 8


def test_the_names_of_the_highlighted_year_are_all_written(data: Dataset) -> None:
    """Whoever counted the cooperatives of East Kalimantan in 2012 is named in the chart."""
    found = data.select(region="64", indicator="cooperatives", category="")
    marks = [of_evidence(data, o) for o in found if "2008" <= o.reference_period[:4] <= "2021"]
    bold = ", ".join(words(timeline(marks, "id", "", highlight="2012").svg, font_weight="bold"))
    for mark in marks:
        assert mark.publisher in bold or mark.figure.period[:4] != "2012"


def test_numbers_at_the_axis_follow_the_language_and_are_told_from_figures() -> None:
    """0,5 in Indonesian, 0.5 in English, in a class of their own; amounts in words of scale."""
    marks = [Mark(figure(Fraction(v, 10), unit="ratio"), f"P{v}") for v in (1, 5, 9)]
    rich = [dot(v * 10**12, f"201{v}") for v in (1, 2, 3)]
    rich = [replace(m, figure=m.figure.replace(unit="IDR")) for m in rich]
    for language, sign, scale in (("id", ",", "Rp triliun"), ("en", ".", "Rp trillion")):
        axis = words(rows(marks, language, "").svg, **{"class": vector.SCALE})
        assert any(re.fullmatch(rf"0\{sign}\d", label) for label in axis), axis
        assert len(axis) == len(set(axis))
        assert scale in words(timeline(rich, language, "").svg)


def test_no_two_kinds_of_mark_differ_by_colour_alone() -> None:
    """Shape or size tells them apart too, but for the two dots of a context."""
    seen = {(shape, area) for kind, (shape, _, area) in sheet.KINDS.items() if kind != "line"}
    assert len(seen) == len(sheet.KINDS) - 1


def test_the_ink_is_that_of_the_page_and_text_stays_text() -> None:
    """Axes and words take the colour of the page; what comes from data cannot break a drawing."""
    marks = [Mark(figure(n), f"<b> & ${n}$") for n in (3, 5, 7)]
    drawn = rows(marks, "en", "in words", title="A & B")
    assert {"<b> & $3$", "A & B"} <= set(words(drawn.svg))
    assert vector.INK not in drawn.svg
    assert 'stroke="currentColor"' in drawn.svg
    assert " id=" not in drawn.svg
    assert drawn.alt == "in words"


def test_a_chart_is_never_wider_than_480_pixels() -> None:
    """In JupyterLab as on a page: the limit is the drawing's own."""
    assert 'style="max-width:30rem"' in bars([dot(3, "2012"), dot(4, "2012")], "en", "").svg


def test_a_circle_of_the_drawing_is_one_of_matplotlib() -> None:
    """The renderer knows a dot by the points of matplotlib's circle."""
    assert np.asarray(Curve.unit_circle().vertices).shape == (vector.CIRCLE, 2)


# ---- stable ----


def every_kind() -> Iterable[str]:
    """Yield a drawing of every kind."""
    marks = [*official(), dot(3000, "2012", note="x", contested=True), dot(99999, "2011")]
    yield timeline(marks, "id", "", "Judul", "2012").svg
    for draw in (rows, texts, bars, spread):
        yield draw(marks, "en", "").svg
    yield multiples({"A": official(), "B": official(own=True)}, "en", "").svg
    yield chain([Link("A", "goal", "shown", "shown", [("b: rose", "shown")])], "").svg


def test_the_same_figures_are_the_same_bytes() -> None:
    """A second drawing, and one in another process with other hashes, are identical."""
    first = list(every_kind())
    assert list(every_kind()) == first
    here = Path(__file__).parent
    there = subprocess.run(
        [sys.executable, "-c", "from test_charts import every_kind as e; print(*e(), sep='\\n')"],
        capture_output=True, text=True, check=True, cwd=here,
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(here)},
    )  # fmt: skip
    assert there.stdout.splitlines() == first
