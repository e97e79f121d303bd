"""The page builder: one whole, quiet, self-contained HTML file, whatever a notebook shows."""

from __future__ import annotations

import html as html_
import itertools
import json
import re
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import amounts
import pytest
from conftest import NOTEBOOKS
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import v4
from workbench import called

from kumkm_analysis import errors, paths
from kumkm_analysis.dataset import numerals
from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.metrics import figures
from kumkm_analysis.metrics.figures import exact
from kumkm_analysis.report import html as markup
from kumkm_analysis.report.ledger import MOST_COUNTED
from kumkm_analysis.runner import check_page, declared, page
from kumkm_analysis.runner.declared import Declared
from kumkm_analysis.runner.media import RESULTS as MEDIA_TYPE
from kumkm_analysis.runner.plan import Report

LIMIT = 150 * 1000  # bytes of a typical page with all its charts
# On East Kalimantan there is most: its comparison, and the page that lists its every figure.
RICHEST = {"membership": 180 * 1000, "evidence": 210 * 1000, "revitalisation": 100 * 1000}


def report(language: str = "en", **parameters: str) -> Report:
    """Return a report of a notebook that stands nowhere in particular."""
    return Report("mine", Path("mine.ipynb"), {"language": language, **parameters})


def cell(*outputs: dict[str, Any], source: str = "x = 1", tags: tuple[str, ...] = ()) -> Any:
    """Return a code cell with outputs, each a bundle of media types."""
    made = [v4.new_output("display_data", data=bundle) for bundle in outputs]
    return v4.new_code_cell(source, outputs=made, metadata={"tags": list(tags)})


def prose(text: str, *tags: str) -> Any:
    """Return a Markdown cell."""
    return v4.new_markdown_cell(text, metadata={"tags": list(tags)})


def build(*cells: Any, language: str = "en", **options: Any) -> str:
    """Return the page of a notebook of these cells."""
    return page.build(v4.new_notebook(cells=list(cells)), report(language), **options)


class Outline(HTMLParser):
    """The headings, landmarks, ids and local links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        values = dict(attrs)
        self.tags.append(tag)
        self.ids += [str(values["id"])] if "id" in values else []
        self.links += [str(values["href"])] if str(values.get("href", "")).startswith("#") else []


@pytest.fixture(scope="module")
def pages(reports: Path) -> dict[str, str]:
    """Return the published pages by name."""
    files = reports.glob("*/*.html")
    return {f.stem: f.read_text(encoding="utf-8") for f in files}


def test_the_published_pages_are_small(pages: dict[str, str]) -> None:
    """Each page with all its charts stays below its budget."""
    sizes = {name: len(text.encode()) for name, text in pages.items()}
    allowed = {n: RICHEST.get(n.split("-")[0], LIMIT) for n in sizes}
    assert {n: size for n, size in sizes.items() if size >= allowed[n]} == {}
    assert {n.split("-")[0] for n in sizes} == {*RICHEST, "capital_structure"}


@pytest.mark.usefixtures("at_hand")
def test_typical_pages_are_small(tmp_path: Path) -> None:
    """Pages of another province and of a city, with all their charts."""
    done = called("run", "--region", "51,6472", "--language", "en", "--output", tmp_path)
    assert done.exit_code == 0, done.stdout + done.stderr
    sizes = {page.stem: page.stat().st_size for page in tmp_path.glob("*/*.html")}
    assert len(sizes) == 2 * len(NOTEBOOKS)
    assert {name: size for name, size in sizes.items() if size >= LIMIT} == {}


def test_the_published_pages_are_well_made(pages: dict[str, str]) -> None:
    """One main heading, one main part, contents, a foot; no id twice, no link into nothing."""
    for text in pages.values():
        outline = Outline(text)
        for tag in ("h1", "main", "footer", "nav", "title"):
            assert outline.tags.count(tag) == 1, tag
        assert len(outline.ids) == len(set(outline.ids))
        assert {link[1:] for link in outline.links if "%" not in link} <= set(outline.ids)
        levels = [int(t[1]) for t in outline.tags if re.fullmatch("h[1-6]", t)]
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
        assert text.count("<caption>") == text.count("<table>") > 0
        assert not set(outline.tags) & check_page.RUNNING


class Reader(HTMLParser):
    """What a screen reader needs of a page, gathered as it stands."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.marks: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []  # of every table the rows, of every row its cells
        self.faults: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element, and what it lacks."""
        values = dict(attrs)
        if tag == "caption" and self.marks[-1][0] != "table":
            self.faults.append("a caption that does not begin its table")
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append(f"{tag} {values.get('scope', '')}".strip())
        if (tag == "img" and not values.get("alt")) or (
            tag == "svg" and "aria-label" not in values
        ):
            self.faults.append(f"a <{tag}> without words")
        if tag in ("nav", "footer") or values.get("class") == "kumkm-evidence":
            self.faults += [] if values.get("aria-label") else [f"a <{tag}> without a name"]
        self.marks.append((tag, values))


def test_a_screen_reader_finds_its_way(pages: dict[str, str]) -> None:
    """The way past the head, named landmarks, heads with scope in every table, words for pictures.

    A head for every column and for every row.
    """
    assert {name.partition("-")[0] for name in pages} == set(NOTEBOOKS)
    for name, text in pages.items():
        found = Reader(text)
        assert found.faults == []
        assert found.marks[0] == ("html", {"lang": name[-2:]})
        links = [values["href"] for tag, values in found.marks if tag == "a"]
        assert links[0] == "#main"
        assert ("main", {"id": "main"}) in found.marks
        tags = [tag for tag, _ in found.marks]
        assert tags.index("a") < tags.index("header") < tags.index("main") < tags.index("footer")
        assert found.tables
        for head, *rows in found.tables:
            assert set(head) == {"th col"}
            assert rows
            assert {tuple(row) for row in rows} == {("th row", *["td"] * (len(head) - 1))}


def test_words_of_another_language_say_so(reports: Path, pages: dict[str, str], data: Any) -> None:
    """What a source printed carries the language of the source where the page has another."""
    for name, text in pages.items():
        results = json.loads((reports / name / "results.json").read_text(encoding="utf-8"))
        foreign = 0
        for figure in (f for f in results["figures"] if f["kind"] == "observed"):
            observation = data.observations[figure["observations"][0]]
            language = data.sources[observation.source_id].language
            attribute = f" lang={language}" if language != name[-2:] else ""
            line = re.search(rf"<li id={figure['id']} popover>.*?(<q[^>]*>)", text)
            assert line is not None
            assert line[1] == f"<q{attribute}>"
            foreign += bool(attribute)
        assert foreign or name.endswith(".id")  # most sources are Indonesian


def test_a_count_leads_to_all_that_was_counted(
    reports: Path, pages: dict[str, str], small_package: Path
) -> None:
    """Its line names every figure: by its token, with all others of its source, or with all.

    A count of more than a card can name says where they are instead: in the data.
    """
    name = "evidence-64-2012-coherent.en"
    text = pages[name]
    results = json.loads((reports / name / "results.json").read_text(encoding="utf-8"))
    listed = {
        f["id"]: f["observations"][0]
        for f in results["figures"]
        if (f["kind"], f["region"]) == ("observed", "64")
    }
    groups = re.findall(r"<p id=(s\d+) popover>(?:(?!</p>).)*</p><ul>(.*?)</ul>", text, re.S)
    of_source = {
        source: {listed[f] for f in re.findall(r"<li id=(f\d+)", lines) if f in listed}
        for source, lines in groups
    }
    counts = [f for f in results["figures"] if f["kind"] == "count"]
    known = load(small_package).observations
    in_data = {key for key, o in known.items() if o.region_id == "64"}
    many = 0
    for count in counts:
        line = re.search(rf"<li id={count['id']} popover>.*?<span>(.*?)</span>", text)
        assert line is not None
        openers = re.findall(r"popovertarget=(\w+)", line[1])
        if len(count["observations"]) > MOST_COUNTED:
            rows = [known[key] for key in count["observations"]]
            assert f"{len(rows)} printed figures (" in line[1], count
            assert ("East Kalimantan" in line[1]) == ({o.region_id for o in rows} == {"64"})
            assert len(openers) == (len({o.source_id for o in rows}) == 1), count
            # What is found on a region may also rest on figures of the country or of neighbours.
            among = known.keys() if count["name"] == "findings" else in_data
            assert set(count["observations"]) <= set(among), count
            many += 1
            continue
        found = set()
        for opener in openers:
            whole = of_source.get(opener)
            one = {o for f in results["figures"] if f["id"] == opener for o in f["observations"]}
            found |= one if whole is None else whole
        assert found == set(count["observations"]), count
    assert len(counts) - many > 30
    whole = next(f for f in counts if f["name"] == "figures")
    assert set(whole["observations"]) == in_data
    assert int(whole["value"]) == len(in_data)


def test_the_foot_speaks_the_language_of_the_page(pages: dict[str, str]) -> None:
    """The parameters of every notebook are named in words; those of one's own keep their names."""
    names = {
        "id": "wilayah <code>64</code>, periode <code>2012</code>, "
        "pilihan sumber <code>coherent</code>",
        "en": "region <code>64</code>, period <code>2012</code>, reading <code>coherent</code>",
    }
    for name, text in pages.items():
        assert names[name[-2:]] in text
    own = page.build(v4.new_notebook(), report("id", top="5", skip="x"))
    assert "top <code>5</code>, skip <code>x</code>" in own


def test_every_chart_has_words_and_its_data(pages: dict[str, str]) -> None:
    """A chart is text and paths with a description, and folded below it the table it shows."""
    for text in pages.values():
        charts = re.findall(r'<figure class="kumkm-chart">.*?</figure>', text, re.DOTALL)
        assert charts
        for chart in charts:
            svg = chart[chart.index("<svg") : chart.index("</svg>")]
            assert re.search(r'role="img" aria-label="[^"]{20,}"', svg)
            assert "<text " in svg
            assert ' id="' not in svg
            assert "currentColor" in svg
            assert re.search(r"<details><summary>[^<]+</summary>.*<table>", chart)


def test_the_answer_comes_before_everything_else(pages: dict[str, str]) -> None:
    """Between title and answer stands what was asked, and the contents in one folded line.

    Code waits at the end of its section.
    """
    for text in pages.values():
        opening = text[text.index("<h1") : text.index("<data ")]
        before, contents, after = re.split(r'(<nav class="contents".*?</nav>)', opening, flags=re.S)
        assert re.findall("<details[^>]*>", contents) == ["<details>"]
        opening = before + after
        assert "<details" not in opening
        assert opening.count("<p") <= 4


def test_prose_of_the_other_language_is_left_out() -> None:
    """Cells with a language tag appear on pages of that language alone."""
    cells = (prose("# Judul", "lang-id"), prose("# Title", "lang-en"), prose("both"))
    assert "Title" in build(*cells)
    assert "Judul" not in build(*cells)
    assert "<h1>Judul" in build(*cells, language="id")


def test_a_title_is_made_when_a_notebook_has_none() -> None:
    """A page always has exactly one main heading."""
    assert Outline(build(prose("only text"))).tags.count("h1") == 1
    assert Outline(build(prose("# One"), prose("# Two"))).tags.count("h1") == 1


def test_a_notebook_without_a_title_is_called_by_its_first_heading_or_its_file() -> None:
    """The title is what the page shows as its main heading, whatever else looks like one."""

    def called(*cells: Any, language: str = "en") -> str:
        found = v4.new_notebook(cells=[*cells, cell({MEDIA_TYPE: {"title": ""}})])
        return page.title(found, report(language))

    assert called() == "mine"
    assert called(prose("## A part"), prose("```\n# a comment\n```")) == "mine"
    assert called(prose("Words.\n\n# Capital & *members*\n\n# More")) == "Capital & members"
    assert called(cell({"text/html": "<h1 id=x>Drawn</h1>"})) == "Drawn"
    both = prose("# Judul", "lang-id"), prose("# Title", "lang-en")
    assert (called(*both), called(*both, language="id")) == ("Title", "Judul")


def test_tags_hide_what_they_name() -> None:
    """remove-cell, remove-input and remove-output work, with dash or underscore."""
    shown = {"text/plain": "the output"}
    assert "the output" not in build(cell(shown, tags=("remove_cell",)))
    assert "the output" not in build(cell(shown, source="hidden()", tags=("remove-output",)))
    text = build(cell(shown, source="secret()", tags=("remove-input",)))
    assert "secret()" not in text
    assert "the output" in text


def test_code_is_folded_at_the_end_of_its_section() -> None:
    """All code of a section is one fold after what it made."""
    text = build(
        prose("## A"), cell({"text/plain": "one"}, source="first()"),
        cell({"text/plain": "two"}, source="second()"), prose("## B"),
    )  # fmt: skip
    assert text.count('<details class="code">') == 1
    fold = text.index('<details class="code">')
    assert text.index("two") < fold < text.index("first()") < text.index("second()")
    assert text.index("second()") < text.index(">B<")


def test_the_running_title_cannot_leave_its_string() -> None:
    """A title with quotes and tags stays a title, also in the style sheet of print."""
    text = build(prose('# "}</style><script>x</script>\\'))
    assert check_page.problems(text) == []
    assert text.count("</style>") == 1


def test_the_translation_is_linked_where_there_is_one() -> None:
    """The link to the other language is relative, and all that such a page has more."""
    linked, alone = build(prose("# A"), other="../b/b.html"), build(prose("# A"))
    link = re.search(r'\n<a href="\.\./b/b\.html" lang="id"[^>]*>[^<]*</a>', linked)
    assert link is not None
    assert linked.replace(link[0], "") == alone


@pytest.mark.parametrize(
    "css",
    [
        "a { b: url(http://x) }", "a { b: url(http://x", "a { b: UrL( 'http://x' ) }",
        "@import 'http://x';", "@import/**/'http://x';",
        """a { c: "/*"; b: url(http://x); c: "*/" }""",
        'a { b: image-set(linear-gradient(red, url(//x)) 1x) }',
    ],
)  # fmt: skip
def test_no_style_loads_whatever_its_spelling(css: str) -> None:
    """In a sheet and as an attribute; what looks like a comment, and is none, hides nothing."""
    from html import escape

    sheet = f"<style>{css}</style>"
    assert any("a style that loads" in problem for problem in check_page.problems(sheet))
    attribute = f'<p style="{escape(css)}"></p>'
    assert any("a style that loads" in problem for problem in check_page.problems(attribute))


@pytest.mark.parametrize("name", ["fill", "mask", "marker-end", "filter"])
def test_no_drawing_loads_in_its_own_ways(name: str) -> None:
    """What paints in it may be an address."""
    drawing = f'<svg><rect {name}="url(//x/y#a)"/></svg>'
    assert any("a style that loads" in problem for problem in check_page.problems(drawing))
    inside = drawing.replace("//x/y#a", "#a")
    assert not any("a style that loads" in p for p in check_page.problems(inside))


@pytest.mark.parametrize(
    "css",
    [
        "a { b: url(#a) }", "a { b: url( data:image/png;base64,AA== ) }", "a { b: url('#a') }",
        'a { b: url( "data:image/svg+xml,%3Csvg/%3E" ) }',
        'a { b: image-set("data:," 1x, url(data:,) 2x, url( "data:," ) type("image/png") 3dppx) }',
        "a { b: image-set(linear-gradient(rgb(1 2 3), red) 1x, 'data:,' 2x) }",
        "a { b: image-set('data:,') }", 'a { b: src("data:,") }',
        r'a::before { content: "\201C\A0 @ (c)"; }',
        "@font-face { src: local('src') }", "a { b: mysrc(1) } /* @ ( */",
        r".a\:b, .\31 0 { width: calc(1px + var(--src)) }",
    ],
)  # fmt: skip
def test_a_style_of_its_own_passes(css: str) -> None:
    """What lies in the page itself, and words that only look alike, are no offence."""
    assert check_page.loads(css) == []


TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@settings(max_examples=40)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_any_text_makes_a_publishable_page(
    title: str, markdown: str, plain: str, code: str
) -> None:
    """Whatever Unicode is written or printed, the page is whole, runs nothing and loads nothing."""
    notebook = v4.new_notebook(
        cells=[
            prose(f"# {title}"),
            prose(markdown),
            cell({"text/plain": plain}, source=code),
            v4.new_code_cell("y", outputs=[v4.new_output("stream", text=plain)]),
        ]
    )
    text = page.build(notebook, report(period=title))
    assert check_page.problems(text) == []
    assert Outline(text).tags.count("h1") == 1


def from_data(text: str) -> str:
    """Return a page on which a text of the data stands wherever such texts stand."""
    inner = markup.text(text)
    line = markup.evidence_line("f1", f"{markup.opener('s1', text)} <q>{inner}</q>")
    group = markup.evidence_group(
        "s1", markup.text(text), markup.link("https://example.org", text), [line]
    )
    html = (
        f'<p class="kumkm-say">{inner}</p>{markup.table(inner, [inner], [[inner]])}'
        f'<figure><svg role="img" aria-label="{inner}"></svg></figure>'
        f"{markup.finding(inner, inner, markup.cite(text))}"
        f"{markup.evidence(text, text, [(text, [group])])}"
    )
    carried = {"title": text, "data": {"name": text, "version": text, "sha256": text}}
    found = cell({"text/html": f"<h1>{inner}</h1>"}, {"text/html": html, MEDIA_TYPE: carried})
    return page.build(v4.new_notebook(cells=[found]), report(period=text), beside=["results.csv"])


class Said(HTMLParser):
    """The text of the elements of one tag, and the words that stand for pictures."""

    def __init__(self, html: str, tag: str) -> None:
        super().__init__()
        self.tag = tag
        self.inside = False
        self.said: list[str] = []
        self.labels: list[str | None] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin to listen, or not."""
        self.inside = tag == self.tag
        self.said += [""] if self.inside else []
        self.labels += [dict(attrs)["aria-label"]] if tag == "svg" else []

    def handle_endtag(self, tag: str) -> None:
        """Cease to listen."""
        self.inside = self.inside and tag != self.tag

    def handle_data(self, data: str) -> None:
        """Listen."""
        if self.inside:
            self.said[-1] += data


PLAIN_PAGE = from_data("x")


@settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=80))
def test_no_text_of_the_data_changes_the_shape_of_a_page(text: str) -> None:
    """Any Unicode gives the elements that an x gives, and can be read back sign by sign."""
    html = from_data(text)
    assert check_page.problems(html) == []
    assert Outline(html).tags == Outline(PLAIN_PAGE).tags
    for tag in ("h1", "caption", "q"):
        assert set(Said(html, tag).said) == {errors.isolated(text)}
    assert Said(html, "h1").labels == [errors.isolated(text)]


@settings(max_examples=100)
@given(st.text(st.sampled_from("ab1\u0634\u05d0\u202a\u202c\u202e\u2066\u2069\u200f"), max_size=12))
def test_no_text_can_turn_another(text: str) -> None:
    """No control is left but the pair around a text that runs leftward."""
    found = errors.isolated(text)
    inner = found.removeprefix("\u2068").removesuffix("\u2069")
    assert not errors.TURNING.search(inner)
    assert (found == inner) == (not {"\u0634", "\u05d0", "\u200f"} & set(text))


@settings(max_examples=60)
@given(st.text(st.characters(codec="ascii", categories=["Lu", "Ll", "P", "S", "N"]), max_size=60))
def test_printed_text_is_shown_as_it_is(plain: str) -> None:
    """What a cell prints can be read back from the page, character by character."""
    text = build(cell({"text/plain": f"[{plain}]"}))
    shown = re.search(r'<pre class="stdout" tabindex="0">(.*?)</pre>', text, re.DOTALL)
    assert shown is not None
    assert html_.unescape(shown[1]) == f"[{plain}]"


# ---- every numeral is a figure ----


FIGURE = '<data value="7"><button popovertarget=f1>7</button></data>'
EVIDENCE = (
    "<p id=s1 popover>Blog 44, “7 dari 812”, 2013.</p>"
    "<ul><li id=f1 popover><b>7</b> printed <q>7 unit</q>, paragraph 3</ul>"
)
KNOWN = {
    "data": {"version": "2026.11.0"},
    "parameters": {"period": "2012"},
    "figures": [{"id": "f1", "value": "7", "period": "2014-12-31"}],
}
DATA = "A province since 3 May 2013, by Law 20/2012. See UU 25/1992 and Regulation No. 9 of 2018."
SOURCES = (
    "publisher,title,url,published\n"
    "Blog 44,7 dari 812,,2013\nBlog 44,,https://b.example/9,\nBlog 5,Title,,\n5,Title,,\n"
)
DECLARED = Declared.by((), DATA, SOURCES)
CODE = 'report.across("members", "2016-05", since="2008")'


def unaccounted(body: str, known: dict[str, Any] = KNOWN) -> list[str]:
    """Return the problems of a page with this body and one figure."""
    found = check_page.check(f"<main>{body}{EVIDENCE}</main>", known, DECLARED, CODE)
    return [*found.dead, *found.numerals]


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{FIGURE} cooperatives in 2012, on 31 December 2014.</p>",
        "<p>Under UU 25/1992 and Undang-Undang Nomor 20 Tahun 2012, since 3 Mei 2013.</p>",
        "<p>In May 2016 and since 2008; Peraturan Menteri Nomor 9 Tahun 2018.</p>",
        '<h2>Top 10</h2><details class="code"><pre><code>x = 5</code></pre></details>',
        "<p>Data <code>2026.11.0</code>. <cite>Blog 44</cite> prints it, says Blog 44.</p>",
        "<p><var>SHU × 100 ÷ volume</var>; <var>n × 100.000 ÷ penduduk</var></p>",
        "<p>Three questions, three times in four years, fifteen to twenty per cent.</p>",
        "<table><thead><tr><th scope=col>Source<th scope=col>Reference <i>period</i>, source<tbody>"
        "<tr><th scope=row>A<td>2012 <small>A</small><tr><th scope=row>B<td>2014</table>",
        "<p>DI Yogyakarta, a civil mix, by VIVID in MD.</p>",
        "<p>KBR68H and fajardwysantoso22 write.</p>",
        "<p>Members, times one hundred thousand. Anggota, dikali seratus. For every hundred.</p>",
        "<figure><svg><text>Rp trillion</text></svg></figure><p>A five-year plan of two.</p>",
        "<p>One cooperative, three questions, every hundred thousand people.</p>",
        "<p>One person in two cooperatives. Since the Law a cooperative needs nine members.</p>",
        "<p>Pada 2012 koperasi, in 2012 cooperatives, on 3 Mei 2013 anggota.</p>",
        f"<figure><svg aria-label='highest 7'><g class='kumkm-scale'><text>40</text></g>"
        f"<g><text>A 7</text></g></svg><table><tr><td>{FIGURE}</table></figure>",
    ],
)  # fmt: skip
def test_what_is_a_figure_or_declared_passes(body: str) -> None:
    """Figures, dates, laws, headings, code and names are accounted for."""
    assert unaccounted(body) == []


@pytest.mark.parametrize(
    ("body", "numeral"),
    [
        ("<p>There are 5,855 of them.</p>", "5,855"),
        ("<p>Ada dua belas koperasi.</p>", "dua belas"),
        ("<p>There are one hundred and two members.</p>", "hundred and two"),
        ("<p>Sebanyak 2000 koperasi.</p>", "2000"),
        ("<p>Some 1900 people.</p>", "1900"),
        ("<p>Rp2.143 trillion</p>", "2.143"),
        ("<p>IDR5,000 was paid</p>", "5,000"),
        ("<p>USD12</p>", "12"),
        ("<p>Some Rp2012</p>", "2012"),
        ("<p>Some Rp 2012</p>", "2012"),
        ("<p>Some $2012</p>", "2012"),
        ("<p>Some USD 2012</p>", "2012"),
        ("<p>Some 2012 million</p>", "2012"),
        ("<p>Sebesar 2012 persen, 2012%</p>", "2012"),
        ("<table><tr><td>2,012</table>", "2,012"),
        ("<p>in 2012.5</p>", "2012.5"),
        (f"<figure><svg><text>9</text></svg><table><tr><td>{FIGURE}</table></figure>", "9"),
        (f"<figure><svg aria-label='from 9'></svg><table><tr><td>{FIGURE}</table></figure>", "9"),
        ("<figcaption>22kg</figcaption>", "22"),
        ("<p>99 of <b>100</b></p>", "100"),
        ("<p>８１２ of them</p>", "８１２"),
        ('<p title="812 units">See</p>', "812"),
        ('<p><span role="img" aria-label="812 units"></span></p>', "812"),
        ('<img alt="812 units">', "812"),
        ("<svg><text>812</text></svg>", "812"),
        (f"<figure><svg><title>9</title></svg><table><tr><td>{FIGURE}</table></figure>", "9"),
        ('<p><data value="812">812</data></p>', "812"),
        ("<p><data value=812><button popovertarget=x>812</button></data></p>", "812"),
        ("<p>In 1999</p>", "1999"),
        ("<p>On 30 December 2014</p>", "30"),
        ("<p>On 31 December 2013</p>", "31"),
        ("<p>12 Mei koperasi</p>", "12"),
        ("<p>By Law 12 cooperatives</p>", "12"),
        ("<p>UU Nomor 12 koperasi, UU 812/2012</p>", "812"),
        ("<p><cite>812 cooperatives</cite></p>", "812"),
        ("<p><cite>Blog 44 prints 812</cite></p>", "812"),
        ("<p>See <code>812</code></p>", "812"),
        ('<pre class="stdout">812</pre>', "812"),
        ("<p><q>812</q> <time>813</time></p>", "812"),
        ("<details><summary>812 of them</summary></details>", "812"),
        ("<p><var>812 ÷ 100</var></p>", "812"),
        ("<p id=x popover>812</p>", "812"),
        ("<p>Sembilan pasar, six other sources</p>", "Sembilan"),
        ("<p>six other sources</p>", "six"),
        ("<p>There were twelve.</p>", "twelve"),
        ("<p>Some of them (twelve) closed.</p>", "twelve"),
        ("<p>Ada <b>dua belas</b></p>", "dua belas"),
        ("<p>A five-member board</p>", "five"),
        ("<p>A dozen members, half of them.</p>", "dozen"),
        ("<p>Selusin koperasi, tiga lusin.</p>", "Selusin"),
        ("<p>In 2012 twelve</p>", "twelve"),
        ("<p>Some three billion rupiah</p>", "three billion"),
        ("<p>Members, times one dozen.</p>", "dozen"),
    ],
)  # fmt: skip
def test_a_numeral_that_is_no_figure_is_found(body: str, numeral: str) -> None:
    """In prose, tables, captions, charts and their descriptions."""
    assert any(repr(numeral) in problem for problem in unaccounted(body))


@pytest.mark.parametrize("name", ["5", "Blog 5"])
def test_a_name_or_version_hides_no_other_numeral(name: str) -> None:
    """It is let through as a whole word, and where it has no letter only where it stands alone."""
    known = {**KNOWN, "data": {"version": name}}
    record = f"<p id=s2 popover>{name}, “Title”, undated.</p>"

    def told(body: str) -> list[str]:
        html = f"<main><p>{FIGURE}</p>{body}{record}{EVIDENCE}</main>"
        return check_page.check(html, known, DECLARED, CODE).numerals

    assert told(f"<p>Data <code>{name}</code>, says <cite>{name}</cite>.</p>") == []
    for text in ("5 members of 55", f"{name}5 members", "<code>55</code>"):
        assert told(f"<p>Of {text}</p>"), text


def test_the_version_of_the_data_hides_nothing_in_prose() -> None:
    """It stands in code."""
    known = {**KNOWN, "data": {"version": "5 of 9"}}
    assert unaccounted("<p>Data <code>5 of 9</code></p>", known) == []
    assert unaccounted("<p>These are 5 of 9</p>", known)


def test_a_line_of_evidence_begins_with_the_value_of_its_figure() -> None:
    """What a card says in bold is checked as what its buttons show."""
    known = {"figures": [{"id": "f1", "unit": "unit", "value": "7", "low": "7", "high": "7"}]}

    def told(shown: str) -> list[str]:
        line = f"<ul><li id=f1 popover><b>{shown}</b> of them</ul>"
        return amounts.faults(f"<main><p>{FIGURE}</p>{line}</main>", known)

    assert told("7") == []
    assert any("'8' for 'f1'" in problem for problem in told("8"))


def test_a_number_must_lead_to_its_own_evidence() -> None:
    """A wrong value, an unknown figure and evidence that is missing are found."""
    wrong = '<data value="8"><button popovertarget=f1>8</button></data>'
    assert amounts.faults(f"<main>{wrong}{EVIDENCE}</main>", KNOWN)
    assert unaccounted('<data value="7"><button popovertarget=f2>7</button></data>')
    assert check_page.check(f"<main><p>{FIGURE}</p></main>", KNOWN).dead


@pytest.mark.parametrize("begun", [f"<p>{FIGURE}</p>", '<h1>A</h1><p class="kumkm-scope">B</p>'])
def test_a_report_that_was_never_closed_is_found(begun: str) -> None:
    """By its numbers, which open nothing, or by its title; other notebooks promise nothing."""
    assert check_page.check(f"<main>{begun}</main>").dead
    assert check_page.check("<main><h1>A</h1><p>Of 8 <button>7</button></p></main>")[1:] == ([], [])


def test_a_problem_names_its_sentence() -> None:
    """Whole, although other elements stand in it; not what stands before or after."""
    body = "<p>First. Of <b>them <i>some</i></b> 812 &amp; more <q>closed</q>. Last.</p>"
    assert unaccounted(body) == ["the numeral '812' in <p>: 'Of them some 812 & more closed.'"]


OWN = ("IDR", "2143E9", "21425E8", "21435E8")


@pytest.mark.parametrize(
    ("language", "figure", "true", "false"),
    [
        ("en", ("people", "5855", "5855", "5855"), "5,855", "5,856,000"),
        ("en", ("people", "5855", "5855", "5855"), "5,855", "5,856"),
        ("id", ("people", "5855", "5855", "5855"), "5.855", "5,855"),
        ("en", ("percent", "77.4989", "77.4948", "77.503"), "77.499 per cent", "77.7 per cent"),
        ("en", ("percent", "77.4989", "77.4948", "77.503"), "77.4948–77.5030%", "77.48%"),
        ("id", OWN, "Rp2,143 triliun", "Rp2,143 miliar"),
        ("en", OWN, "Rp2.143 trillion [2.1425, 2.1435]", "Rp2.143 trillion [2.15, 2.16]"),
        ("en", OWN, "Rp2.143 trillion", "Rp2.143"),
        ("en", OWN, "Rp2,143 billion", "Rp2,143"),
        ("en", OWN, "Rp2.143 trillion", "Rp2.143 trillion, Rp2.143 million"),
        ("en", OWN, "Rp2.1425–2.1435 trillion", "Rp2.1425 – Rp2.1435 trillion"),
        ("en", OWN, "Rp2,143,000,000,000", "[2.1425, 2.1435]"),
        ("id", OWN, "Rp2.143.000 juta", "Rp2,143.000 juta"),
        ("en", ("people", "7", "7", "7"), "seven", "eight"),
        ("en", ("people", "7", "7", "7"), "seven people", "seven hundred people"),
        ("en", ("people", "7", "7", "7"), "7", "7 hundred"),
        ("en", ("people", "1", "1", "1"), "one", "two"),
        ("en", ("people", "7", "7", "7"), "7", "7½"),
        ("en", ("people", "7", "7", "7"), "about 7", "7th of 7"),
        ("id", ("people", "12", "12", "12"), "dua belas", "dua puluh"),
        ("id", ("people", "1", "1", "1"), "satu", "nol"),
        ("en", ("people", "7.4", "7.4", "7.4"), "7", "8"),
        ("en", ("people", "7.4", "6.9", "8.1"), "7 6–9", "7 7–8"),
        ("en", ("people", "7.4", "6.9", "8.1"), "7", "8"),
        ("en", ("people", "7.4", "6.9", "8.1"), "between 6 and 9", "between 9 and 6"),
        ("id", ("people", "7.4", "6.9", "8.1"), "antara 6 dan 9", "antara 7 dan 8"),
        ("en", ("people", None, "6.9", None), "at least 6", "at most 6"),
        ("en", ("people", "188E3", "188E3", None), "188 thousand at least 188,000", "190 thousand"),
        ("en", ("percent", "-9.8", "-9.85", "-9.75"), "−9.8 per cent", "−8.9 per cent"),
        ("en", ("percent", "-9.8", "-9.85", "-9.75"), "−9.85 – −9.75%", "9.8 per cent"),
    ],
)  # fmt: skip
def test_a_number_shows_the_value_of_its_figure(
    language: str, figure: tuple[str, str | None, str, str | None], true: str, false: str
) -> None:
    """What stands in the button is the value or a bound, in words of the language."""
    unit, value, low, high = figure
    known = {
        "parameters": {"language": language},
        "figures": [{"id": "f1", "unit": unit, "value": value, "low": low, "high": high}],
    }

    def shown(text: str) -> list[str]:
        button = f"<button popovertarget=f1>{text}</button>"
        data = f'<data value="{value or ""}">{button}</data>'
        return amounts.faults(f"<main>{data}<ul><li id=f1 popover>Of</ul></main>", known)

    assert shown(true) == []
    assert any("neither its value nor a bound" in problem for problem in shown(false))


@pytest.mark.parametrize(
    ("unit", "value", "true", "false"),
    [
        ("percent", "7", "7 per cent", "7"),
        ("percent", "7", "7%", "Rp7"),
        ("people", "7", "7", "7 per cent"),
        ("people", "7", "7", "Rp7"),
        ("people", "7000000", "7 million", "Rp7 million"),
        ("percent", "7000000", "7,000,000%", "7 million per cent"),
        ("percent", "7000000", "7,000,000%", "7 million"),
        ("ratio", "7000", "7,000", "7 thousand"),
        ("IDR", "7000000", "Rp7 million", "7 million"),
        ("IDR", "7", "Rp7", "7%"),
    ],
)
def test_a_number_shows_the_unit_of_its_figure(
    unit: str, value: str, true: str, false: str
) -> None:
    """Rupiah and per cent say so, nothing else does; no ratio is counted in thousands."""
    figure = {"id": "f1", "unit": unit, "value": value, "low": value, "high": value}

    def told(text: str) -> list[str]:
        button = f'<data value="{value}"><button popovertarget=f1>{text}</button></data>'
        line = f"<ul><li id=f1 popover><b>{true}</b></ul>"
        return amounts.faults(f"<main>{button}{line}</main>", {"figures": [figure]})

    assert told(true) == []
    assert any(f"whose unit is {unit}" in problem for problem in told(false))


NUMBERS = st.fractions(-(10**14), 10**14, max_denominator=10**6)


@settings(max_examples=100)
@given(NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["IDR", "percent", "people", "ratio", "points"]))
def test_the_walk_reads_back_whatever_the_library_writes(
    one: Fraction, two: Fraction, three: Fraction, unit: str
) -> None:
    """A value and its bounds in every way a page shows them, of any size and sign."""
    low, value, high = sorted((one, two, three))
    for bounds in (Interval(low, high), Interval(low, None), Interval(None, high)):
        written = figures.Figure("x", "derived", value, bounds, unit, "64", "2012", "", ("o",))
        ends = (None if end is None else Decimal(exact(end)) for end in (bounds.low, bounds.high))
        own = amounts.Known(unit, Decimal(exact(value)), *ends)
        for language, style in itertools.product(("id", "en"), ("prose", "table")):
            between = written.between(language, style)
            nearest = written.nearest_bounds(language, 3)
            text = f"{written.text(language, style=style)} ({between}) {nearest}"
            assert amounts.untrue(text, language, own) == [], text
            assert not amounts.of_other_unit(text, language, unit), text


def test_every_word_of_scale_that_is_written_is_read() -> None:
    """These tests and the runner, which imports none of the library, know what it writes."""
    written = {word: n for words in numerals.SCALE_WORDS.values() for n, word in words.items()}
    assert written == amounts.SCALES
    assert set(declared.SCALE.split("|")) == set(written)


def test_the_numbers_of_the_published_pages_are_those_of_their_figures(
    reports: Path, pages: dict[str, str]
) -> None:
    """Value, scale, rounding, sign and unit, in every button and line of evidence."""
    for name, text in pages.items():
        results = json.loads((reports / name / "results.json").read_text(encoding="utf-8"))
        assert amounts.faults(text, results) == [], name


def test_one_changed_digit_on_a_real_page_is_found(reports: Path, pages: dict[str, str]) -> None:
    """The published page passes; a number smuggled into it, or a changed one, does not."""
    name = "membership-64-2012-coherent.en"
    results = json.loads((reports / name / "results.json").read_text(encoding="utf-8"))
    known = declared.of_data(paths.data_path(), "")

    def told(before: str, after: str) -> list[str]:
        text = pages[name].replace(before, after, 1)
        assert (text != pages[name]) == (before != after)
        found = check_page.check(text, results, known, '"2014-12-31"')
        return [*found.dead, *found.numerals, *amounts.faults(text, results)]

    assert told("", "") == []
    assert told("The two periods are not joined.", "Since Law 9/1999.")
    assert told(" members per cooperative.", " members per cooperative, not 73.")
    assert told("value=5855>", "value=5856>")
    assert told(">5,855</button>", ">5,856</button>")


def test_bounds_that_results_cannot_tell_apart_may_still_be_rounded_outward() -> None:
    """Seventeen digits of both are the same; the page rounds each to its own side, no further."""
    end = Decimal("-100000000000000.33")
    figure = amounts.Known("people", None, end, end)
    assert (
        amounts.untrue("between −100,000,000,000,001 and −100,000,000,000,000", "en", figure) == []
    )
    assert amounts.untrue("between −100,000,000,000,002 and −99,999,999,999,999", "en", figure) == [
        "100,000,000,000,002",
        "99,999,999,999,999",
    ]


def test_bounds_of_an_exact_figure_are_shown_as_they_are() -> None:
    """Nothing is rounded outward that needs no rounding."""
    figure = amounts.Known("people", None, Decimal(5855), Decimal(5855))
    assert amounts.untrue("between 5,855 and 5,855", "en", figure) == []
    assert amounts.untrue("between 5,854 and 5,856", "en", figure) == ["5,854", "5,856"]
