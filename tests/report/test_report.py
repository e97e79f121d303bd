"""Tests of what a notebook says: sentences, evidence, exhibits, alternatives, comparisons."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import NOTEBOOKS, Page, text_of
from hypothesis import given
from hypothesis import strategies as st

from kumkm_analysis import paths
from kumkm_analysis.dataset.dataset import Dataset, Table, load
from kumkm_analysis.dataset.vocabulary import LOCATOR_WORDS, join, locator, the, when
from kumkm_analysis.errors import ParameterError, isolated
from kumkm_analysis.metrics.comparisons import accounts, compare
from kumkm_analysis.metrics.compute import compute, observed
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.report import html as markup
from kumkm_analysis.report.phrases import word
from kumkm_analysis.report.report import Report, open_report

Make = Callable[..., Dataset]
Shown = list[dict[str, Any]]
LANGUAGES = ("id", "en")
in_both_languages = pytest.mark.parametrize("language", LANGUAGES)


def text(shown: Shown) -> str:
    """Return what was shown, as a reader sees it."""
    return text_of("\n".join(bundle["text/html"] for bundle in shown))


def row(source: str, indicator: str, printed: str, **more: str) -> dict[str, str]:
    """Return one observation of a made dataset."""
    unit = {"members": "orang", "own_capital": "IDR", "external_capital": "IDR"}
    return {
        "source_id": source, "indicator_id": indicator, "as_printed": printed,
        "unit": unit.get(indicator, "unit"), **more,
    }  # fmt: skip


@pytest.fixture
def report(data: Dataset) -> Report:
    """Return the English report on the founding document."""
    return open_report("64", "2012", "en", data=data, name="test")


# ---- opening ----


def test_a_report_opens_with_numbers_as_papermill_gives_them(data: Dataset) -> None:
    """64 and 2012 may be integers."""
    opened = open_report(64, 2012, "en", data=data)
    assert (opened.region.region_id, opened.period) == ("64", "2012")


def test_a_report_tells_all_that_is_wrong_with_its_parameters(data: Dataset) -> None:
    """Four faults, one error."""
    with pytest.raises(ParameterError) as caught:
        open_report("6499", "2012-13", "fr", "best", data=data)
    assert {f.where for f in caught.value.faults} == {"region", "period", "language", "reading"}


# ---- sentences ----


@in_both_languages
def test_a_sentence_is_said_in_the_language_of_the_run(
    data: Dataset, shown: Shown, language: str
) -> None:
    """One call holds both languages; the page has one, with the number as it is written there."""
    opened = open_report("64", "2012", language, data=data)
    opened.say(
        id="Tercetak {n} koperasi di {region} {when}.",
        en="{n} cooperatives are printed for {region} {when}.",
        n=opened.figure("cooperatives"),
    )
    expected = {
        "id": "Tercetak 5.855 koperasi di Kalimantan Timur pada 2012.",
        "en": "5,855 cooperatives are printed for East Kalimantan in 2012.",
    }
    assert text(shown) == expected[language]
    assert shown[0]["text/plain"].replace("\N{NO-BREAK SPACE}", " ") == expected[language]


@pytest.mark.parametrize(
    ("id", "en"),
    [
        ("Ada {n}.", "There are some."),
        ("Ada.", "There are {n}."),
        ("Ada {n} dan {m}.", "There are {n} and {n}."),
    ],
)
def test_a_placeholder_that_one_language_lacks_is_refused(
    report: Report, shown: Shown, id: str, en: str
) -> None:
    """Neither language may know a figure that the other does not, whatever the run speaks."""
    figure = report.figure("cooperatives")
    with pytest.raises(ParameterError, match="placeholder"):
        report.say(id=id, en=en, n=figure, m=figure)
    with pytest.raises(ParameterError, match="placeholder"):
        report.say(id=id, en=en, when=False, n=figure, m=figure)
    assert shown == []


@pytest.mark.parametrize("number", [5855, 72.81, True])
def test_a_bare_number_is_refused(report: Report, shown: Shown, number: Any) -> None:
    """Numbers reach a page as figures only; the error says how to get one."""
    with pytest.raises(ParameterError, match=r"a Figure or a text[\s\S]*report\.figure"):
        report.say(id="Ada {n}.", en="There are {n}.", n=number)
    assert shown == []


def test_an_unknown_way_to_write_a_figure_is_refused(report: Report) -> None:
    """The error lists the ways there are."""
    with pytest.raises(ParameterError, match="interval, low, high, when, period, source"):
        report.say(id="{n:bold}", en="{n:bold}", n=report.figure("members"))


def test_a_sentence_may_write_a_figure_in_many_ways(report: Report, shown: Shown) -> None:
    """Its bounds, period, place, source, and one decimal."""
    report.say(
        id="{s:.1!} {s:interval} {s:when} {s:region} {s:source} {s:period}",
        en="{s:.1!}; {s:interval}; {s:when}; {s:region}; {s:source}; {s:period}",
        s=report.metric("own_capital_share"),
    )
    assert text(shown) == (
        "77.5 per cent; between 77.49 per cent and 77.51 per cent; in 2012; East Kalimantan; "
        "Kalimantan News; 2012"
    )


def test_a_word_follows_a_count(report: Report, shown: Shown) -> None:
    """One source prints, two sources print."""
    found = report.candidates("cooperatives")
    for figures in (found[:1], found):
        report.say(
            id="{n} sumber", en="{n} {n|source prints|sources print}",
            n=report.count("sources", figures),
        )  # fmt: skip
    assert text(shown).split("\n")[0] == "one source prints"
    assert text(shown).endswith("sources print")


def test_what_is_not_to_be_said_is_not_said(report: Report, shown: Shown) -> None:
    """With when=False there is no output at all, not even an empty one."""
    report.say(id="Ya.", en="Yes.", when=False)
    assert shown == []


@in_both_languages
def test_a_missing_figure_is_said_plainly_and_once(
    data: Dataset, shown: Shown, language: str
) -> None:
    """The page names what no source prints, by its title; not the metric but its lacking inputs."""
    opened = open_report("11", "1999", language, data=data)
    for name in ("own_capital_share", "debt_to_equity"):
        opened.say(id="Rasio {s}.", en="The share is {s}.", s=opened.metric(name))
    assert len(shown) == 1
    titles = [data.indicators[i].title(language) for i in ("own_capital", "external_capital")]
    sentence = word("words.missing", language,
        what=join(titles, language, "or"), region=data.regions["11"].title(language),
        when=when("1999", language),
    )  # fmt: skip
    assert text(shown) == sentence
    for part in (*titles, data.regions["11"].title(language), "1999"):
        assert part in sentence
    opened.say(id="Ada.", en="So it is.")
    opened.say(id="Rasio {s}.", en="The share is {s}.", s=opened.metric("own_capital_share"))
    assert text(shown).count(sentence) == 1
    again = word(
        "words.missing_again",
        language,
        what=join(titles, language, "or"),
        when=when("1999", language),
    )
    assert text(shown).endswith(again)
    opened.say(id="Aset {a}.", en="Assets {a}.", a=opened.figure("assets"))
    assert data.indicators["assets"].title(language) in text(shown).split("\n\n")[-1]


@in_both_languages
def test_as_said_above_stands_only_where_that_was_said(
    data: Dataset, shown: Shown, language: str
) -> None:
    """Of a part nothing was said when the whole was missing: it is named, with its breakdown."""
    opened = open_report("11", "1999", language, data=data)
    again = word("words.missing_again", language).partition("{")[0]
    for category in ("", "type=serba_usaha"):
        opened.say(id="Ada.", en="So it is.")
        opened.say(id="{n}.", en="{n}.", n=opened.figure("cooperatives", category))
    title = data.indicators["cooperatives"].title(language)
    part = data.terms["type.serba_usaha"].title(language)
    assert f"{title} ({part})" in text(shown).split("\n\n")[-1]
    assert again not in text(shown)
    opened.say(id="Ada.", en="So it is.")
    opened.say(id="{n}.", en="{n}.", n=opened.figure("cooperatives"))
    assert text(shown).split("\n\n")[-1].startswith(again)


@in_both_languages
def test_what_the_press_alone_prints_is_not_said_to_be_printed_by_nobody(
    data: Dataset, shown: Shown, language: str
) -> None:
    """Under the reading that hears offices only, no official source prints it."""
    assert open_report("64", "2012", language, data=data).figure("own_capital")
    opened = open_report("64", "2012", language, "official", data=data)
    opened.say(id="Modal {c}.", en="Capital {c}.", c=opened.figure("own_capital"))
    assert text(shown) == word("words.missing_official", language,
        what=the(data.indicators["own_capital"].title(language), language),
        region=data.regions["64"].title(language), when=when("2012", language),
    )  # fmt: skip


@in_both_languages
def test_inputs_of_different_registers_are_not_said_to_be_missing(
    made: Make, shown: Shown, language: str
) -> None:
    """Where every input is printed the page says why nothing is computed from them."""
    data = made(
        row("paper", "members", "12", breakdown="register=ods"),
        row("paper", "cooperatives", "3", breakdown="register=aggregate"),
        paper=("ministry", "2013"),
    )
    opened = open_report("64", "2012", language, data=data)
    opened.say(id="{r}.", en="{r}.", r=opened.metric("members_per_cooperative"))
    assert text(shown) == word("words.other_registers", language,
        what=data.metrics["members_per_cooperative"].title(language),
        region=data.regions["64"].title(language), when=when("2012", language),
    )  # fmt: skip


# ---- what comes from data is text ----

EVIL = "<script>alert('x')</script>"
FORMULA = '=cmd("calc")'


@pytest.fixture
def hostile(made: Make) -> Dataset:
    """Return a dataset whose publisher, title, address, locator and notes are hostile."""
    data = made(
        row("paper", "cooperatives", "4", locator=f"paragraph {EVIL}"),
        row("paper", "cooperatives", "5", reference_period="2013", note=FORMULA),
        row("gazette", "cooperatives", "9"),
        paper=("press", "2013"), gazette=("press", "2014"),
    )  # fmt: skip
    sources = {
        "paper": replace(
            data.sources["paper"], publisher=EVIL, title=FORMULA, url="javascript:alert(1)"
        ),
        "gazette": replace(data.sources["gazette"], publisher=FORMULA, title=EVIL),
    }
    region = replace(data.regions["64"], title_en=f"East {EVIL}", note_en=f"Note {EVIL}")
    return replace(
        data,
        sources=Table("sources", sources, data.schemas["sources"]),
        regions=data.regions.replacing({"64": region}),
    )


def test_scripts_and_formulas_from_data_are_shown_as_text(hostile: Dataset, shown: Shown) -> None:
    """Wherever they come in, they are letters on the page: nothing runs, nothing is lost."""
    opened = Report(hostile, "64", "2012", "en", "coherent")
    opened.title(id="{region}", en="{region}")
    opened.territory()
    opened.say(
        id="{n} {n:source} {n:region} {t}", en="{n} {n:source} {n:region} {t}",
        n=opened.figure("cooperatives"), t=EVIL,
    )  # fmt: skip
    opened.what_sources_print("cooperatives")
    opened.history("cooperatives")
    opened.under("cooperatives")
    opened.close()
    html = "\n".join(bundle["text/html"] for bundle in shown)
    assert "<script" not in html.lower()
    assert 'href="javascript' not in html.lower()
    seen = text_of(html)
    assert EVIL in seen
    assert FORMULA in seen
    assert f"Note {EVIL}" in seen


@given(st.text(max_size=40))
def test_escaping_loses_nothing_and_lets_nothing_through(value: str) -> None:
    """What is escaped reads as it was, set apart where need be, and holds no sign of markup."""
    written = markup.text(value)
    assert unescape(written) == isolated(value) or "&" in value
    assert not re.search(r"[<>\"']", written)


@given(st.text(max_size=20))
def test_only_web_addresses_become_links(scheme: str) -> None:
    """Any other address is shown as text."""
    html = markup.link(f"{scheme}:x", "shown")
    assert ("<a " in html) == f"{scheme}:x".startswith(markup.SAFE_SCHEMES)
    assert "<a " in markup.link("https://example.org/?a=1&b=2", "shown")


@given(st.one_of(st.text(max_size=20), st.text("ab/?=&#'\"<> -_.~@", max_size=12)))
def test_a_link_leads_to_the_very_address(rest: str) -> None:
    """With quotes or without, a page has the address that the data have, and nothing beside it."""
    url = f"https://example.org/{rest}"
    met: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            met.append((tag, dict(attrs)))

    Reader().feed(markup.link(url, "shown", "id"))
    [(tag, attributes)] = met
    assert (tag, list(attributes)) == ("a", ["href", "lang"])
    address = str(attributes["href"])
    assert address.isascii()
    assert unquote(address) == unquote(url)


def test_a_phrase_opens_its_evidence_by_its_numerals_alone() -> None:
    """Between 5 and 6: two buttons, so that a line may break between the words."""
    html = markup.figure("f7", "", "between 5 and 6")
    assert re.findall(r"<button popovertarget=f7>([^<]*)</button>", html) == ["5", "6"]
    assert text_of(html) == "between 5 and 6"
    assert re.findall(r"<button[^>]*>([^<]*)</button>", markup.figure("f7", "3", "three")) == [
        "three"
    ]


# ---- the ledger ----


@in_both_languages
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_number_leads_to_a_source_with_publisher_and_token(
    data: Dataset, page: Callable[[str, str], Page], name: str, language: str
) -> None:
    """Followed from line to line, every figure of a page ends at printed tokens and publishers."""
    html = page(name, language).html
    lines = dict(re.findall(r"<li id=(f\d+) popover>(.*?)(?=<li id=|</ul>)", html, re.DOTALL))
    heads = dict(re.findall(r"<p id=(s\d+) popover>(.*?)</p>", html, re.DOTALL))
    publishers = {s.publisher for s in data.sources.values()}
    for number, line in lines.items():
        opened = set(re.findall(r"popovertarget=([fs]\d+)\b", line))
        listed = re.search(r"\d (printed figures|angka tercetak) \(", text_of(line))  # how many
        assert opened or listed or "<a href=" in line, (number, text_of(line))
        assert opened <= {*lines, *heads}
        for source in (i for i in opened if i.startswith("s")):
            assert any(p in text_of(heads[source]) for p in publishers)
    for entry in page(name, language).results["figures"]:
        if entry["kind"] == "observed":
            observation = data.observations[entry["observations"][0]]
            source = data.sources[observation.source_id]
            line = lines[entry["id"]]
            assert f">{markup.text(observation.as_printed)}</q>" in line
            (opener,) = re.findall(r"<i><button popovertarget=(s\d+)>([^<]*)</button>", line)
            assert opener[1].startswith(markup.text(source.publisher))
            cited = heads[opener[0]]
            assert all(markup.text(x) in cited for x in (source.title, source.url, data.version))
            assert f"href=#obs-{observation.observation_id}>" in line.replace('"', "")


def test_cards_say_what_they_rest_on_and_no_more(
    data: Dataset, page: Callable[[str, str], Page]
) -> None:
    """A bound is no disputed input, a count of findings counts findings, and a gap is told."""

    def lines(name: str, title: str) -> list[str]:
        html = page(name, "en").html
        found = re.findall(r"<li id=f\d+ popover>(.*?)(?=<li id=|</ul>)", html, re.DOTALL)
        named = re.compile(rf"</b> (?:percentage points, )?{title}, East")
        return [text_of(line) for line in found if named.search(line)]

    differ = "Other sources differ on number of cooperatives."
    assert differ in lines("capital_structure", "capital per cooperative")[0]
    bounded = lines("capital_structure", "external capital per borrowing cooperative")
    assert bounded
    assert not [line for line in bounded if "Other sources differ" in line]
    capital = lines("capital_structure", "own capital")
    assert "paragraph 11, which the copies online lack." in " ".join(capital)
    assert "our count of the findings about" in lines("evidence", "number of findings")[0]
    record = sum(o.region_id == "64" for o in data.observations.values())
    texts = f"our count of the texts of {record} printed figures ("
    assert texts in lines("evidence", "number of texts")[0]
    (apart,) = lines("capital_structure", "distance from the comparison")
    assert re.match(r"[\d.]+ \([\d.–]+\) percentage points, distance from", apart)
    conjectures = re.findall(
        r"a conjecture in place [^\n]*?(?=<li |</ul>)", page("evidence", "en").html
    )
    assert conjectures
    assert all("popovertarget=s" in line for line in conjectures)


def test_figures_of_two_times_or_texts_do_not_share_a_sentence(data: Dataset) -> None:
    """One source and one time for all, or each has a sentence with its own."""
    nation, east = (open_report(r, "2012", "en", data=data) for r in ("ID", "64"))
    apart = [nation.figure(name) for name in ("cooperatives", "members")]
    assert [f.period for f in apart] == ["2012-05", "2012"]
    assert not nation.together(*apart)
    same = [east.figure("own_capital"), east.figure("external_capital")]
    assert east.together(*same, east.metric("own_capital_share"))
    other = [o for o in data.observations.values() if o.source_id != "kalnews-revitalisasi-2013"]
    assert not east.together(*same, observed(data, other[0], ""))
    assert not east.together(*same, east.figure("assets"))


@pytest.mark.parametrize("language", ["id", "en"])
def test_each_number_of_the_opening_stands_beside_its_own_time(
    render: Callable[..., Page], language: str
) -> None:
    """The nation's cooperatives are printed for May 2012, its members for the year."""
    opening = render("membership", region="ID", language=language).text
    said = {
        "id": ["ada 192.443 koperasi di Indonesia pada Mei 2012",
               "anggota koperasi di Indonesia pada 2012 berjumlah 33.687.417"],
        "en": ["there were 192,443 cooperatives in Indonesia in May 2012",
               "cooperatives in Indonesia had 33,687,417 members in 2012"],
    }  # fmt: skip
    for part in said[language]:
        assert part in opening


def test_a_figure_has_one_number_however_often_it_is_said(report: Report) -> None:
    """The ledger numbers lines of evidence, not mentions; what a figure rests on comes with it."""
    share = report.metric("own_capital_share")
    assert isinstance(share, Figure)
    assert report.ledger.number(share) == report.ledger.number(share) == 1
    assert [f.name for f in report.ledger.figures] == [
        "own_capital_share", "own_capital", "external_capital"
    ]  # fmt: skip


def test_a_contradicted_figure_says_who_prints_otherwise(report: Report) -> None:
    """The evidence of 5.855 names every source of the same period that cannot be reconciled."""
    figure = report.figure("cooperatives")
    assert isinstance(figure, Figure)
    against = report.ledger.contradictions(figure)
    assert {int(f.known) for f in against} == {5611, 6140}
    report.ledger.number(figure)
    html = text_of(report.page.cards.html())
    assert "Other texts give" in html
    assert "5,611 (ANTARA Kaltim, " in html


# ---- exhibits ----


def test_how_sure_a_figure_is_depends_on_the_others(made: Make, shown: Shown) -> None:
    """Alone, undisputed, or disputed by one or by several."""
    rows = [
        row("paper", "cooperatives", "10"), row("paper", "employees", "3", unit="orang"),
        row("paper", "members", "400"), row("gazette", "members", "400"),
        row("paper", "active_cooperatives", "7"), row("gazette", "active_cooperatives", "8"),
    ]  # fmt: skip
    data = made(*rows, paper=("ministry", "2013"), gazette=("press", "2013"))
    opened = Report(data, "64", "2012", "en", "coherent")
    for indicator in ("cooperatives", "members", "active_cooperatives"):
        opened.how_sure(indicator)
    alone, agreed, disputed = text(shown).split("\n\n")
    assert alone.startswith("No other text in these data gives")
    assert agreed == (
        "No other figure on the number of members for East Kalimantan in 2012 contradicts that one."
    )
    assert (
        disputed
        == "On active cooperatives, Gazette gives another figure: 8 (disputed: Paper gives 7)."
    )
    opened.how_sure("assets")
    assert len(shown) == 3


@in_both_languages
def test_what_sources_print_lists_every_one_of_them(
    data: Dataset, shown: Shown, language: str
) -> None:
    """All candidates stand in the table with their tokens' digits, whatever the reading says."""
    opened = open_report("64", "2012", language, "official", data=data)
    opened.what_sources_print("cooperatives")
    found = data.select(region="64", indicator="cooperatives", period="2012")
    assert len(found) > 5
    seen = text(shown)
    for o in found:
        assert data.sources[o.source_id].publisher in seen
    assert len(re.findall("<tr>", shown[-1]["text/html"])) == len(found) + 1


def test_a_part_is_set_against_a_whole_of_the_same_source(report: Report) -> None:
    """22.977 exceeds 5.855, 2.427 does not; what is not printed neither breaches nor passes."""
    holders = report.part_and_whole("cooperatives_with_own_capital", "cooperatives")
    borrowers = report.part_and_whole("cooperatives_with_external_capital", "cooperatives")
    unknown = report.part_and_whole("assets", "cooperatives")
    assert (holders.breach, holders.passes) == (True, False)
    assert (borrowers.breach, borrowers.passes) == (False, True)
    assert (unknown.breach, unknown.passes) == (False, False)


def test_the_balance_holds_where_the_print_allows_it(data: Dataset) -> None:
    """Nusa Tenggara Barat 2012 adds up within rounding; Kaltim prints no assets."""
    assert open_report("52", "2012", "en", data=data).balance_holds()
    assert not open_report("64", "2012", "en", data=data).balance_holds()


def test_the_balance_does_not_hold_where_it_is_off(made: Make) -> None:
    """Assets that are larger than both kinds of capital together are said to differ."""
    data = made(
        *(
            row("paper", i, f"Rp{v} miliar", value=f"{v}000000000", printing="rounded", unit="IDR")
            for i, v in (("own_capital", 5), ("external_capital", 3), ("assets", 20))
        ),
        paper=("press", "2013"),
    )
    assert not Report(data, "64", "2012", "en", "coherent").balance_holds()


@in_both_languages
def test_a_breakdown_of_another_period_says_so(data: Dataset, shown: Shown, language: str) -> None:
    """Where the period has none, the page says it and shows what other periods have."""
    opened = open_report("64", "1999", language, data=data)
    opened.breakdown("cooperatives", "type")
    assert len(shown) == 2
    assert when("1999", language) in text(shown[:1])
    assert "<table>" in shown[1]["text/html"]


def test_regencies_without_figures_are_listed_as_such(data: Dataset, shown: Shown) -> None:
    """All regions below stand in the table, with no data where there is none."""
    open_report("64", "2012", "en", data=data).subregions("cooperatives")
    seen = text(shown)
    for child in data.children("64"):
        assert child.title("en") in seen
    empty = [
        c for c in data.children("64")
        if not [o for o in data.select(region=c.region_id, indicator="cooperatives")
                if o.reference_period]
    ]  # fmt: skip
    assert seen.count("no data") == len(empty)


def test_a_single_figure_is_a_table_without_letters(data: Dataset, shown: Shown) -> None:
    """A letter leads to a mark of the chart; without a chart it would lead nowhere."""
    open_report("64", "2012", "en", data=data).history("employees")
    assert "<svg" not in shown[0]["text/html"]
    assert "<b>" not in shown[0]["text/html"]


def test_provinces_that_a_chart_lacks_are_named(data: Dataset, shown: Shown) -> None:
    """No share of meetings is printed for three provinces; active cooperatives for all."""
    opened = open_report("64", "2012", "en", data=data)
    opened.across("active_cooperatives", "2014-12-31")
    assert "No figure is printed" not in text(shown)
    opened.across("annual_meeting_share", "2014-12-31", category="base=active")
    lacking = "the Special Region of Yogyakarta, Bali and East Nusa Tenggara"
    assert text(shown).endswith(f"No figure is printed for {lacking}.")


PRINTED = {"juta", "ribu", "kode", "wilayah", "penduduk"}  # in the source itself


def test_places_in_a_source_are_told_in_the_language(data: Dataset) -> None:
    """No English word is left between Indonesian ones, and English places stay as they are.

    Names and the labels of tables are the source's own, and begin with a capital letter.
    """
    known = PRINTED.union(*(words.split() for words in LOCATOR_WORDS.values()))
    for place in {o.locator for o in data.observations.values()}:
        told = re.findall(r"(?<![A-Za-z])[a-z]+(?:-[a-z]+)?", locator(place, "id"))
        assert {word for word in told if not {word, f"({word}", f"{word})"} & known} == set()
        assert locator(place, "en") == place


@pytest.mark.parametrize(
    "show",
    [
        lambda r: r.history("assets"),
        lambda r: r.breakdown("assets", "type"),
        lambda r: r.across("assets", "1999"),
        lambda r: r.what_sources_print("assets"),
        lambda r: r.intervals("balance_gap"),
        lambda r: r.under("balance_gap"),
        lambda r: r.subregions("cooperatives"),
    ],
)
def test_an_exhibit_without_figures_is_one_plain_sentence(
    data: Dataset, shown: Shown, show: Callable[[Report], None]
) -> None:
    """No empty table, no empty chart."""
    show(open_report("11", "1999", "en", data=data))
    assert len(shown) == 1
    assert "kumkm-missing" in shown[0]["text/html"]
    assert "<table" not in shown[0]["text/html"]
    assert text(shown).endswith(".")


# ---- alternatives ----


def test_readings_that_agree_are_a_sentence_and_others_a_table(made: Make, shown: Shown) -> None:
    """One source: all agree. Two sources: a row for each choice and one for the hull."""
    kinds = {"paper": ("press", "2014"), "office": ("ministry", "2013")}
    agreed = made(row("paper", "cooperatives", "10"), paper=("ministry", "2014"))
    Report(agreed, "64", "2012", "en", "coherent").under("cooperatives")
    assert "every choice of sources gives the same result, 10" in text(shown)
    shown.clear()
    split = made(row("paper", "cooperatives", "10"), row("office", "cooperatives", "40"), **kinds)
    opened = Report(split, "64", "2012", "en", "coherent")
    opened.under("cooperatives", readings=("coherent", "official", "latest", "envelope"))
    table = shown[0]["text/html"]
    rows = [text_of(r) for r in table.split("<tr>")[2:]]
    assert len(rows) == 3
    assert "40" in rows[0]
    assert "Office" in rows[0]
    assert "10" in rows[1]
    assert "Paper" in rows[1]
    assert "10–40" in rows[2]


@in_both_languages
def test_a_page_names_its_readings_as_the_data_do(
    data: Dataset, shown: Shown, language: str
) -> None:
    """Every row of the table is headed by titles of readings in the language of the run."""
    opened = open_report("64", "2012", language, data=data)
    opened.under("cooperatives")
    heads = re.findall(r"<tr><th scope=row>(.*?)<td>", shown[0]["text/html"])
    titles = [pair[LANGUAGES.index(language)] for pair in data.domain.readings.values()]
    named = " ".join(text_of(h) for h in heads).lower()
    for title in titles:
        assert title.lower() in named


# ---- comparisons ----


@pytest.fixture
def neighbours(made: Make) -> Dataset:
    """Return shares of own capital: 50 and 60 elsewhere, 90 undated, ours to be placed."""
    rows = []
    for region, period, own, external in (
        ("51", "2012", 50, 50), ("52", "2011", 60, 40), ("ID", "", 90, 10), ("64", "2012", 80, 20),
    ):  # fmt: skip
        for indicator, value in (("own_capital", own), ("external_capital", external)):
            rows.append(
                row(
                    "paper", indicator, f"Rp{value} juta", value=f"{value}000000",
                    region_id=region, reference_period=period,
                )
            )  # fmt: skip
    rows.append(row("gazette", "own_capital", "Rp1 juta", value="1000000", region_id="53"))
    return made(*rows, paper=("press", "2013"), gazette=("press", "2013"))


def test_accounts_are_whole_and_never_mixed(neighbours: Dataset) -> None:
    """A region with one of the two inputs has no share; the order is that of regions and time."""
    found = accounts(neighbours, "own_capital_share", ["country", "province"])
    assert {f.region for f in found} == {"51", "52", "ID", "64"}
    assert {f.region: f.value for f in found} == {"51": 50, "52": 60, "ID": 90, "64": 80}
    for f in found:
        assert len({neighbours.observations[i].source_id for i in f.observations}) == 1
    order = [list(neighbours.regions).index(f.region) for f in found]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("region", "place", "distance"),
    [("64", "above", 20), ("52", "inside", None), ("51", "below", 10)],
)
def test_a_share_is_placed_among_the_dated_figures_of_others(
    neighbours: Dataset, region: str, place: str, distance: int | None
) -> None:
    """The undated 90 does not stretch the range; the distance is to the nearer end."""
    period = "2011" if region == "52" else "2012"
    own = compute("own_capital_share", neighbours, region, period)
    assert isinstance(own, Figure)
    found = compare(neighbours, "own_capital_share", region, own)
    assert found.place == place
    assert [f.value for f in found.undated] == [90]
    if distance is None:
        assert isinstance(found.distance, Missing)
    else:
        assert isinstance(found.distance, Figure)
        assert found.distance.value == distance


def test_without_our_own_figure_the_place_is_unknown(neighbours: Dataset) -> None:
    """Nothing is placed that is not there."""
    found = compare(neighbours, "own_capital_share", "64", None)
    assert found.place == "unknown"
    assert not found.distance


def test_the_share_of_the_founding_document_lies_above_every_dated_one(report: Report) -> None:
    """The finding that matters most: 77.5 is above all comparable figures, 23.5 to 69.1."""
    found = report.comparison("own_capital_share")
    assert found.place == "above"
    assert found.own is not None
    assert found.lowest is not None
    assert found.highest is not None
    assert found.own.interval.low is not None
    assert found.own.interval.low > found.highest.known
    for f in found.peers:  # only what is printed with "more than" may reach as far
        if f.interval.high is None or f.interval.high >= found.own.interval.low:
            printing = {report.data.observations[i].printing for i in f.observations}
            assert "at_least" in printing
    bounds = (found.lowest.text("en", 1), found.highest.text("en", 1))
    assert [b.replace("\N{NO-BREAK SPACE}", " ") for b in bounds] == [
        "23.5 per cent",
        "69.1 per cent",
    ]
    assert len(found.undated) == 1
    assert found.contradicted(found.undated[0])


def test_under_the_hull_of_all_sources_nobody_is_said_to_print_it(
    render: Callable[..., Page],
) -> None:
    """Nobody prints 5,250, and the sources differ, though every figure lies within the hull."""
    page = render("membership", language="en", reading="envelope")
    [card] = re.findall(r"<b>5,250–6,140</b>.*?(?=<li |</ul>)", page.html)
    assert "Other sources differ" not in card
    said = page.text
    assert (
        "Number of cooperatives in East Kalimantan in 2012: between 5,250 and 6,140 (rests on a "
        "disputed figure), the full range of all sources ("
    ) in said
    assert (
        "On the number of cooperatives, six texts from five publishers give figures that contradict"
    ) in said
    assert "reports" not in said.partition("On the number of cooperatives")[0]
    assert "contradicts that one" not in said


@pytest.mark.parametrize(
    ("ask", "meant"),
    [
        (lambda r: r.figure("member"), "members"),
        (lambda r: r.metric("member_per_cooperative"), "members_per_cooperative"),
        (lambda r: r.history("cooperativs"), "cooperatives"),
        (lambda r: r.what_sources_print("asets"), "assets"),
        (lambda r: r.how_sure("member"), "members"),
        (lambda r: r.subregions("membrs"), "members"),
        (lambda r: r.across("members", "2012", level="provinces"), "province"),
        (lambda r: r.breakdown("cooperatives", "typ"), "type"),
        (lambda r: r.contradictions("conflct"), "conflict"),
        (lambda r: r.under("member"), "members"),
    ],
)
def test_a_misspelt_name_is_refused_and_not_said_to_be_unprinted(
    data: Dataset, shown: Shown, ask: Callable[[Report], object], meant: str
) -> None:
    """The page would claim that nobody prints it; the error names what was meant."""
    with pytest.raises(ParameterError) as refused:
        ask(open_report("64", "2012", "en", data=data))
    assert refused.value.faults[0].next_step == f"Did you mean {meant}?"
    assert shown == []


def test_a_thin_package_may_be_asked_what_the_shipped_one_has(tiny: Path) -> None:
    """A package on one province need not list what it has no figure of."""
    thin = load(tiny)
    assert "assets" not in thin.indicators
    missing = open_report("64", "2012", "en", data=thin).figure("assets")
    assert isinstance(missing, Missing)


@pytest.mark.parametrize(
    ("sentence", "parts", "found"),
    [
        ("{x} and {y}", ["x"], "no part for {y}"),
        ("{x:.q}", ["x"], "'.q'"),
        ("{x:nearest.}", ["x"], "'nearest.'"),
    ],
)
def test_a_slip_in_a_sentence_is_told_with_its_place(
    data: Dataset, shown: Shown, sentence: str, parts: list[str], found: str
) -> None:
    """An author reads what the sentence lacks, not a traceback of Python's."""
    opened = open_report("64", "2012", "en", data=data)
    given: dict[str, Any] = dict.fromkeys(parts, opened.figure("members"))
    with pytest.raises(ParameterError) as refused:
        opened.say(id=sentence, en=sentence, **given)
    assert found in refused.value.faults[0].found
    assert shown == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_balance_of_which_only_limits_are_printed_is_not_said_to_hold(
    render: Callable[..., Page], language: str
) -> None:
    """Assets of "more than" Rp14.5 trillion (Bali, 2019): the difference has no bound."""
    said = render("capital_structure", region="51", period="2019", language=language).text
    told = {"id": "apakah neracanya cocok belum dapat dipastikan", "en": "whether the balance"}
    assert told[language] in said
    assert {"id": "cocok dengan asetnya", "en": "match the assets"}[language] not in said


def test_a_figure_without_bounds_says_so(data: Dataset) -> None:
    """What the balance lacks, where assets are printed as "more than"."""
    gap = compute("balance_gap", data, "51", "2019")
    assert isinstance(gap, Figure)
    assert gap.between("en") == "without known bounds"
    assert gap.between("id") == "tanpa batas yang diketahui"


# ---- work by hand ----


def test_by_hand_a_number_brings_its_own_card(
    data: Dataset, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same output, under an id that no other report or run of the cell has, and styled."""
    monkeypatch.delenv(paths.PUBLISH_VARIABLE)
    opened: list[str] = []
    for _ in range(2):
        report = open_report("64", "2012", "en", data=data)
        for _ in range(2):
            report.say(id="{own}", en="{own}", own=report.figure("own_capital"))
    assert all("(disputed: " in output["text/plain"] for output in shown)  # in every run of a cell
    for output in shown:
        html = output["text/html"]
        assert html.startswith("<style>")
        targets = set(re.findall(r"popovertarget=([\w-]+)", html))
        cards = re.findall(r"<span class=kumkm-card id=([\w-]+) popover>(.*?)</span>", html)
        assert targets == {identity for identity, _ in cards}
        assert all("Rp2,143 triliun" in card and "https://" in card for _, card in cards)
        opened += targets
    assert len(opened) == len(set(opened)) == len(shown)
