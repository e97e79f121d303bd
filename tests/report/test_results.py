"""Tests of the results for machines: complete, valid, exact, and the same as the page."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import fastjsonschema
import pytest
from conftest import NOTEBOOKS, ROOT, Page
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.numerals import format_percent
from kumkm_analysis.metrics.compute import compute
from kumkm_analysis.metrics.figures import Figure, exact
from kumkm_analysis.report import results
from kumkm_analysis.report.report import open_report
from kumkm_analysis.runner import media

SCHEMA = json.loads(
    (ROOT / "kumkm_analysis" / "runner" / "results.schema.json").read_text(encoding="utf-8")
)
VALIDATE = fastjsonschema.compile(SCHEMA)
every_page = pytest.mark.parametrize(
    ("name", "language"), [(n, language) for n in NOTEBOOKS for language in ("id", "en")]
)


def test_the_schema_is_a_schema() -> None:
    """It is valid under its own metaschema, and leaves no door open for what it does not name."""
    Draft202012Validator.check_schema(SCHEMA)

    def objects(node: Any) -> list[dict[str, Any]]:
        if isinstance(node, list):
            return [o for part in node for o in objects(part)]
        if not isinstance(node, dict):
            return []
        own = [node] if node.get("type") == "object" else []
        return own + [o for part in node.values() for o in objects(part)]

    assert len(objects(SCHEMA)) > 4
    for described in objects(SCHEMA):
        assert described["additionalProperties"] is False
        assert set(described["required"]) <= set(described["properties"])


def test_both_wings_write_the_same_media_type() -> None:
    """What the library gives is what the runner looks for, though neither imports the other."""
    assert results.MEDIA_TYPE == media.RESULTS


@every_page
def test_results_are_valid_and_survive_json(
    page: Callable[[str, str], Page], name: str, language: str
) -> None:
    """They hold the schema and are plain data."""
    found = page(name, language).results
    VALIDATE(found)
    assert json.loads(json.dumps(found)) == found
    assert found["notebook"] == name
    assert found["parameters"] == page(name, language).parameters


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: r.pop("sources"),
        lambda r: r.update(schema_version=1),
        lambda r: r.update(comment="more"),
        lambda r: r["parameters"].update(language="fr"),
        lambda r: r["parameters"].update(period="2012/13"),
        lambda r: r["data"].update(sha256="abc"),
        lambda r: r["figures"][0].update(value=2143.0),
        lambda r: r["figures"][0].update(value="2,143"),
        lambda r: r["figures"][0].update(observations=[]),
        lambda r: r["figures"][0].update(kind="guess"),
    ],
)
def test_the_schema_refuses_what_is_not_a_result(
    page: Callable[[str, str], Page], spoil: Callable[[dict[str, Any]], Any]
) -> None:
    """Each single fault is noticed: a missing part, a float, a number of another language."""
    found = copy.deepcopy(page("capital_structure", "en").results)
    spoil(found)
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        VALIDATE(found)


@every_page
def test_every_figure_of_the_page_is_a_result_and_leads_to_printed_figures(
    data: Dataset, page: Callable[[str, str], Page], name: str, language: str
) -> None:
    """Ids are in order and each stands on the page; origins and sources exist in the data."""
    shown = page(name, language)
    figures = shown.results["figures"]
    assert [f["id"] for f in figures] == [f"f{n}" for n in range(1, len(figures) + 1)]
    listed = re.findall(r"<li id=(f\d+) popover>", shown.html)
    assert sorted(listed) == sorted(f["id"] for f in figures)
    values = dict(
        re.findall(r'<data value="?([^ >"]*)"?><button popovertarget=(f\d+)>', shown.html)
    )
    assert values
    origins = {i for f in figures for i in f["observations"]}
    assert origins <= set(data.observations)
    sources = {data.observations[i].source_id for i in origins}
    assert [s["id"] for s in shown.results["sources"]] == sorted(sources)
    observed = {f["observations"][0] for f in figures if f["kind"] == "observed"}
    inputs = {i for f in figures if f["kind"] == "derived" for i in f["observations"]}
    for lacking in inputs - observed:  # a row of an official table that only others rest on
        assert data.sources[data.observations[lacking].source_id].kind == "statistics_office"


@every_page
def test_the_value_on_the_page_is_the_value_of_the_result(
    page: Callable[[str, str], Page], name: str, language: str
) -> None:
    """Every marked number of the page has the machine value of the figure that it opens."""
    shown = page(name, language)
    known = {f["id"]: f["value"] or "" for f in shown.results["figures"]}
    marked = re.findall(r"<data value=([^>]+)>(.*?)</data>", shown.html, re.DOTALL)
    assert len(marked) > 30
    for value, inside in marked:
        opened = set(re.findall(r"popovertarget=(f\d+)\b", inside))
        assert len(opened) == 1, inside
        assert known[opened.pop()] == value.strip('"')


@every_page
def test_observed_results_are_the_recorded_values(
    data: Dataset, page: Callable[[str, str], Page], name: str, language: str
) -> None:
    """Value and bounds of a printed figure are those of its observation, exactly."""
    for f in page(name, language).results["figures"]:
        if f["kind"] != "observed":
            continue
        o = data.under(f["reading"]).observations[f["observations"][0]]
        assert Fraction(f["value"]) == o.value
        assert (f["low"], f["high"]) == bounds(o.interval)
        assert (f["region"], f["period"]) == (o.region_id, o.reference_period)


def test_a_result_says_who_printed_it_where_it_stands_and_what_is_known_against_it(
    data: Dataset, page: Callable[[str, str], Page]
) -> None:
    """Of the figure that the document cannot mean: its token, its text, the findings on it."""
    found = page("capital_structure", "en").results
    (impossible,) = [f for f in found["figures"] if f["token"] == "22.977 unit"]
    assert impossible["contested"]
    assert impossible["findings"]
    assert impossible["suspects"] == impossible["observations"]
    assert "sentence" in impossible["places"]
    (text,) = [s for s in found["sources"] if s["id"] in impossible["sources"]]
    assert text["address"] == data.sources[text["id"]].url
    assert found["data"]["contributors"] == list(data.contributors)


def test_a_ratio_of_figures_on_capital_is_not_called_capital(data: Dataset) -> None:
    """The label of a number that follows from figures of an indicator says that it is a ratio."""
    report = open_report("64", "2012", "en", data=data)
    own = report.figure("own_capital")
    assert isinstance(own, Figure)
    ratio = own.replace(kind="derived", unit="ratio", printed=None)
    assert report.ledger.label(own) == "own capital"
    assert report.ledger.label(ratio) == "ratio between figures on own capital"
    computed, repair = (own.replace(kind=kind, printed=None) for kind in ("derived", "repair"))
    assert report.ledger.label(computed) == "own capital (computed)"
    assert report.ledger.label(repair) == "own capital (conjecture)"


def test_a_result_names_register_and_breakdown(data: Dataset) -> None:
    """So that the assets of one type of cooperatives are not taken for those of all."""
    report = open_report("64", "2012", "en", data=data)
    own = report.figure("own_capital")
    assert isinstance(own, Figure)
    part = own.replace(category="type=simpan_pinjam", register="ods")
    named = report.ledger.full_label(part)
    assert named == "own capital (ODS register, savings and loan cooperatives)"
    assert report.ledger.full_label(own) == report.ledger.label(own)


def bounds(interval: Interval) -> tuple[str | None, ...]:
    """Return the bounds of an interval as results write them."""
    return tuple(None if end is None else exact(end) for end in (interval.low, interval.high))


def test_the_bounds_of_a_result_are_computed_from_its_origins(
    data: Dataset, page: Callable[[str, str], Page]
) -> None:
    """A derived result of the page is what the metric gives when asked again."""
    compared = 0
    for f in page("capital_structure", "en").results["figures"]:
        if f["kind"] != "derived" or f["name"] not in data.metrics or f["region"] != "64":
            continue
        if f["reading"] != "coherent" or not f["period"].startswith("2012"):
            continue
        again = compute(f["name"], data, "64", "2012", "coherent")
        if again and list(again.observations) == f["observations"]:  # type: ignore[union-attr]
            assert bounds(again.interval) == (f["low"], f["high"])  # type: ignore[union-attr]
            compared += 1
    assert compared > 8


def test_an_empty_page_has_empty_results(data: Dataset, shown: list[dict[str, Any]]) -> None:
    """A report that shows nothing is valid and names no figure and no source."""
    report = open_report("64", "2012", "en", data=data, name="nothing")
    report.title(id="Kosong", en="Nothing")
    report.close()
    found = shown[-1][results.MEDIA_TYPE]
    VALIDATE(found)
    assert (found["figures"], found["sources"], found["headline"]) == ([], [], [])


def test_the_headline_repeats_figures_of_the_page(
    page: Callable[[str, str], Page], render: Callable[..., Page]
) -> None:
    """The figures that the index shows stand on the page, in digits and with signs as in tables."""
    shown = page("capital_structure", "en")
    headline = shown.results["headline"]
    assert headline
    percent = format_percent(1, "en").removeprefix("1")
    entries = {(f["label"], f["text"].replace(percent, "%")) for f in shown.results["figures"]}
    assert {(h["label"], h["text"]) for h in headline} <= entries
    counts = render("evidence", language="en", region="51").results["headline"]
    assert all(re.search(r"\d", h["text"]) for h in counts)


@given(st.fractions(min_value=-(10**15), max_value=10**15))
def test_machine_values_are_exact_or_have_seventeen_digits(value: Fraction) -> None:
    """Where a decimal exists it is written out; else the nearest double is recovered."""
    written = exact(value)
    if pow(10, 400, value.denominator) == 0:
        assert Fraction(written) == value
    else:
        assert float(written) == float(value)
    assert re.fullmatch(SCHEMA["$defs"]["number"]["pattern"], written)
