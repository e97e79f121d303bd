"""Tests of derived figures for exploring: known doubts, whole tables, metrics of one's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import bibtexparser
import pandas as pd
import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st

import kumkm_analysis as kumkm
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.interval import Interval, corners, strays
from kumkm_analysis.dataset.records import Source
from kumkm_analysis.errors import KumkmError, ParameterError
from kumkm_analysis.explore.package import Package
from kumkm_analysis.explore.sourced import FORMS, SourcedFigure
from kumkm_analysis.findings import examine
from kumkm_analysis.metrics import compute as metrics
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.formulas import METRICS


@pytest.fixture
def own_metrics() -> Iterator[None]:
    """Take back the metrics that a test registers."""
    before = dict(METRICS)
    yield
    METRICS.clear()
    METRICS.update(before)


def computed(*args: Any, **given: Any) -> SourcedFigure:
    """Return a figure that there is."""
    figure = kumkm.compute(*args, **given)
    assert isinstance(figure, SourcedFigure)
    return figure


def test_a_computed_figure_knows_what_speaks_against_it(package: Package) -> None:
    """Its findings touch what it rests on; it is contested where they accuse some of that."""
    figure = computed("own_capital_share", package, "Kalimantan Timur", 2012)
    plain = metrics.compute("own_capital_share", package, "64", "2012")
    assert isinstance(plain, Figure)
    assert (figure.value, figure.interval) == (plain.value, plain.interval)
    found = [examine(package)[f] for f in figure.findings]
    accused = {o for f in found for o in f.suspects}
    assert figure.contested == bool(accused & {*figure.observations}) is True
    assert not plain.contested
    assert all(finding.sentence_en in figure._repr_html_() for finding in found)


def test_names_and_numbers_are_taken_and_slips_told_at_once(package: Package) -> None:
    """As in frames; many regions are for a table."""
    assert computed("anggota per koperasi", package, 64, 2012).name == "members_per_cooperative"
    with pytest.raises(ParameterError) as caught:
        kumkm.compute("members_per_cooperativ", package, "Kalimantan Tmur", "2012-13", "coheren")
    assert [f.where for f in caught.value.faults] == ["metric", "region", "reading", "period"]
    with pytest.raises(ParameterError, match="several periods"):
        kumkm.compute("annual_growth", package, 64, 2012)
    with pytest.raises(ParameterError, match="compute_frame"):
        kumkm.compute("members_per_cooperative", package, "province", 2012)


def test_a_table_has_a_row_for_everything_that_is_asked(package: Package) -> None:
    """Each figure is the one that compute gives; what is missing says why."""
    table: Any = kumkm.compute_frame(
        ["members_per_cooperative", "own_capital_share"], [64, "Bali", 65], "2011:2013",
        data=package, labels=True,
    )  # fmt: skip
    assert len(table) == 2 * 3 * 3
    assert table["value"].notna().any()
    assert (table["value"].isna() == table["missing"].notna()).all()
    for row in table.to_dict("records"):
        one = kumkm.compute(row["metric"], package, row["region"], row["period"])
        if isinstance(one, Missing):
            assert pd.isna(row["value"])
            continue
        assert isinstance(one, SourcedFigure)
        assert row["value"] == float(one.known)
        assert row["contested"] == one.contested
        assert row["sources"].split() == [s.source_id for s in one.sources()]
        assert row["low"] <= row["value"] <= row["high"]
    lacking: Any = table[(table["region"] == "65") & (table["metric"] == "members_per_cooperative")]
    assert set(lacking["missing"]) == {"nobody prints members, cooperatives"}


def test_an_indicator_in_a_table_is_the_figure_that_speaks(small: Package) -> None:
    """With its breakdown, too; and a part that exceeds its whole is refused by name."""
    table: Any = kumkm.compute_frame(
        ["members", "cooperatives[type=serba_usaha]"], 64, 2012, data=small
    )
    assert table["value"].tolist() == [426325, 700]
    refused: Any = kumkm.compute_frame("active_share", 64, 2012, data=small)
    if METRICS["active_share"].part_of:
        assert refused["missing"].tolist() == ["part exceeds whole"]
    assert kumkm.compute_frame("members", 64, data=small)["period"].tolist() == ["2012"]


# ---- metrics of one's own ------------------------------------------------------------------------


@pytest.mark.usefixtures("own_metrics")
def test_a_metric_of_ones_own_works_like_any_other(small: Package) -> None:
    """In compute, in tables, in the catalogue and in search; running the cell again is fine."""
    for _ in range(2):

        @kumkm.metric("IDR", surplus="net_surplus", members="members")
        def surplus_per_member(surplus: Fraction, members: Fraction) -> Fraction:
            """Net surplus for each member.

            A remark that is no definition.
            """
            return surplus / members

    figure = computed("surplus_per_member", small, 64, 2012)
    assert figure.value == Fraction(86_500_000_000, 426_325)
    assert figure.interval == Interval(
        Fraction(86_450_000_000, 426_325), Fraction(86_550_000_000, 426_325)
    )
    table: Any = kumkm.compute_frame("surplus_per_member", 64, 2012, data=small, labels=True)
    assert table["metric_label"].tolist() == ["surplus per member"]
    assert kumkm.metrics.get("surplus_per_member").definition_en == "Net surplus for each member."
    assert kumkm.search("surplus per member", small).iloc[0]["id"] == "surplus_per_member"


@pytest.mark.usefixtures("own_metrics")
def test_what_is_wrong_with_a_metric_is_told_when_it_is_declared() -> None:
    """Unit, indicators, breakdowns, order and name, all at once; nothing is registered."""
    with pytest.raises(ParameterError) as caught:

        @kumkm.metric("IRD", a="net_surpluss", b="members[typ=x]")
        def active_share(b: Fraction, a: Fraction) -> Fraction:
            return b / a

    told = "\n".join(f"{f.where}: {f.next_step}" for f in caught.value.faults)
    for part in (
        "unit: Did you mean IDR?",
        "Did you mean net_surplus (",
        "category",
        "another name",
    ):
        assert part in told
    assert len(caught.value.faults) == 5
    assert METRICS["active_share"].unit == "percent"


@pytest.mark.usefixtures("own_metrics")
def test_a_function_that_turns_within_its_bounds_is_refused(small: Package) -> None:
    """Its corners are no bounds; the message says where it leaves them."""

    @kumkm.metric("IDR", surplus="net_surplus")
    def squared(surplus: Fraction) -> Fraction:
        return (surplus - 86_500_000_000) ** 2

    with pytest.raises(KumkmError, match=r"metric squared: .* at surplus = 8\.6"):
        kumkm.compute("squared", small, 64, 2012)


@given(st.fractions(-9, 9), st.fractions(0, 9), st.fractions(-5, 5), st.fractions(-5, 5))
def test_a_straight_line_never_strays_and_a_bend_inside_does(
    low: Fraction, width: Fraction, slope: Fraction, height: Fraction
) -> None:
    """The probe accuses no monotone function, and finds a turn in the middle."""
    given_ = Interval(low, low + width)
    line: Callable[[Fraction], Fraction] = lambda x: slope * x + height  # noqa: E731
    assert strays(line, corners(line, given_), given_) is None
    bend: Callable[[Fraction], Fraction] = lambda x: abs(x - low - width / 2)  # noqa: E731
    assert (strays(bend, corners(bend, given_), given_) is None) == (width == 0)


# ---- sources and citations -----------------------------------------------------------------------

ODD = Source(
    "odd 1", "press", "Harian {Übung} & Söhne", "", r"50% \alpha_{1} of ~$3^2 #1 — “ñ”",
    "https://example.org/a{b}?c=d%20e&f=_g\\h", "2013-02-03", "id", "",
)  # fmt: skip


@pytest.fixture
def odd(made: Callable[..., Dataset]) -> SourcedFigure:
    """Return a figure whose source has every letter that is special somewhere."""
    data = made(
        {"source_id": "odd 1", "indicator_id": "members", "as_printed": "10", "unit": "orang"},
        {"source_id": "plain", "indicator_id": "cooperatives", "as_printed": "2"},
        plain=("blog", ""), **{"odd 1": ("press", "2013")},
    )  # fmt: skip
    return computed("members_per_cooperative", Package.of(replaced(data)), 64, 2012)


def replaced(data: Dataset) -> Dataset:
    """Return a dataset with the odd source."""
    from dataclasses import replace

    return replace(data, sources=data.sources.replacing({"odd 1": ODD}))


def test_bibtex_is_read_by_a_parser_and_says_the_same(odd: SourcedFigure) -> None:
    """One entry a source; undone, title and publisher are those of the data, letter by letter."""
    read = bibtexparser.parse_string(odd.cite("bibtex"))
    assert read.failed_blocks == []
    assert [e.key for e in read.entries] == ["odd-1", "plain"]
    entry = {field.key: field.value for field in read.entries[0].fields}
    for name, text in (("title", ODD.title), ("author", ODD.publisher)):
        assert unescaped(entry[name]) == text
        assert re.search(r"(?<!\\)[&%$#_~^]", re.sub(r"\\text\w+", "", entry[name])) is None
    assert (entry["year"], entry["date"], entry["month"]) == ("2013", "2013-02-03", "2")
    assert not {*"{}\\ "} & {*entry["url"]}
    assert "year" not in {field.key for field in read.entries[1].fields}


def unescaped(cell: str) -> str:
    """Return a text of BibTeX as it is read, its outer braces gone."""
    text = cell.removeprefix("{").removesuffix("}")
    words = {r"\textbackslash{}": "\0", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"}
    for command, letter in words.items():
        text = text.replace(command, letter)
    for letter in "{}&%$#_":
        text = text.replace(f"\\{letter}", letter)
    return text.replace("\0", "\\")


def test_ris_is_read_by_a_parser_and_says_the_same(odd: SourcedFigure) -> None:
    """One record a source, with its type, title, address and date."""
    first, second = rispy.loads(odd.cite("ris"))
    assert (first["title"], first["authors"]) == (ODD.title, [ODD.publisher])
    assert (first["urls"], first["year"], first["date"]) == ([ODD.url], "2013", "2013/02/03")
    assert (first["type_of_reference"], second["type_of_reference"]) == ("NEWS", "BLOG")
    assert "year" not in second


def test_text_is_a_line_a_source_and_another_form_is_refused(odd: SourcedFigure) -> None:
    """With publisher, title and address; the language says how a date is written."""
    lines = odd.cite().splitlines()
    assert len(lines) == len(odd.sources()) == 2
    assert all(part in lines[0] for part in (ODD.publisher, ODD.title, ODD.url, "February"))
    assert "Februari" in odd.cite("text", "id")
    with pytest.raises(ParameterError, match=r"Did you mean bibtex\?"):
        odd.cite("bibtx")
    assert {*FORMS} == {"text", "bibtex", "ris"}


def test_a_contested_figure_says_so_in_every_shape(package: Package) -> None:
    """Also where a shell prints it."""
    figures = [kumkm.compute(n, package, 64, 2012) for n in ("own_capital_share", "population")]
    assert [f.contested for f in figures if isinstance(f, Figure)] == [True, False]
    assert ["contested" in repr(f) for f in figures] == [True, False]


def test_a_range_of_several_dates_is_of_the_year_that_they_share(package: Package) -> None:
    """Not of the first of them."""
    found = kumkm.compute("cooperatives", package, 64, 2012, "envelope")
    assert isinstance(found, Figure)
    dates = {package.observations[o].reference_period for o in found.observations}
    assert len(dates) > 1
    assert found.period == "2012"


def test_sources_of_a_table_are_cited_once_each(small: Package) -> None:
    """By a column of codes; an unknown one is refused."""
    table = small.frame("cooperatives", 64)
    cited = small.cite(table["source"], "bibtex")
    keys = re.findall(r"@misc\{([^,]+),", cited)
    assert keys == [*dict.fromkeys(table["source"])]
    assert small.cite().count("\n") + 1 == len(small.sources)
    with pytest.raises(ParameterError, match="nobody"):
        small.cite("nobody")


def test_what_cannot_be_had_says_why_where_a_shell_prints_it(
    made: Callable[..., Dataset],
) -> None:
    """More active cooperatives than there are give no share, above all none above the whole."""
    data = made(
        {"source_id": "office", "indicator_id": "cooperatives", "as_printed": "8.123"},
        {"source_id": "office", "indicator_id": "active_cooperatives", "as_printed": "9.500"},
        office=("ministry", "2013"),
    )
    refused = kumkm.compute("active_share", data, 64, 2012)
    assert not refused
    assert "part exceeds whole" in repr(refused)
    missing = kumkm.compute("members", data, 64, 2012)
    assert repr(missing) == "<Missing members, 64, 2012: not printed>"
