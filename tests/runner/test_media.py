"""What a notebook shows is on its page, or a word and a warning say what is not and what to do.

The bundles are those that the libraries emit, shortened; none of them is needed here.
"""

from __future__ import annotations

import base64
import re
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest
from nbformat import v4

from kumkm_analysis import paths
from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.errors import RunError
from kumkm_analysis.runner import check_page, execute, formulas, media, notebooks, terminal
from kumkm_analysis.runner.inputs import files
from kumkm_analysis.runner.jobs import Job, Task
from kumkm_analysis.runner.page import WIDGETS
from kumkm_analysis.runner.plan import Report
from kumkm_analysis.runner.produce import finish

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAABAAUBDQottAAAAABJRU5E"
PNG += "rkJggg=="
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="5"><rect width="5" height="5"/></svg>'
BOKEH = {
    "text/html": '\n  <div id="ed46d354" data-root-id="p1008" style="display: contents;"></div>\n',
    "application/javascript": "(function(root) { embed_document(root) })",
    "application/vnd.bokehjs_exec.v0+json": "",
}
FOLIUM = (
    '<div style="width:100%;"><span>Make this Notebook Trusted to load map: File -> Trust Notebook'
    '</span><iframe srcdoc="&lt;script src=&quot;leaflet.js&quot;&gt;"></iframe></div>'
)
ALTAIR = (
    '<style>#altair-viz-98b7 .vega-embed {width: 100%}</style><div id="altair-viz-98b7"></div>'
    "<script>(function(vegaEmbed) {})()</script>"
)
SKLEARN = (
    '<style>#sk-container-id-1 {color: black}</style><div id="sk-container-id-1"><pre>'
    'LogisticRegression()</pre><input class="sk-hidden" id="sk-estimator-id-1" type="checkbox">'
    '<label for="sk-estimator-id-1">LogisticRegression</label></div><script>copy()</script>'
)
LACKING: dict[str, tuple[dict[str, Any], str, str]] = {
    "plotly": (
        {"application/vnd.plotly.v1+json": {"data": []}, "text/plain": "Figure({\n 'data': []})"},
        "application/vnd.plotly.v1+json: a plotly chart", "fig.to_image",
    ),
    "plotly as HTML": (
        {"text/html": '<div id="x"></div><script>Plotly.newPlot("x")</script>'},
        "text/html: a plotly chart", "kaleido",
    ),
    "bokeh": (BOKEH, "application/vnd.bokehjs_exec.v0+json: a bokeh chart", "export_png"),
    "altair": (
        {"text/html": ALTAIR, "text/plain": "alt.Chart(...)"},
        "text/html: an altair chart", "chart.save",
    ),
    "altair, the other way": (
        {"application/vnd.vegalite.v5+json": {}, "text/plain": "alt.Chart(...)"},
        "application/vnd.vegalite.v5+json: an altair chart", "vl-convert",
    ),
    "folium": (
        {"text/html": FOLIUM, "text/plain": "<folium.folium.Map at 0x7fb73d74e650>"},
        "text/html: an interactive map", "a picture of the map",
    ),
    "a sound": (
        {"text/html": '<audio controls><source src="data:audio/wav;base64,AA==" /></audio>',
         "text/plain": "<IPython.lib.display.Audio object>"},
        "text/html: a sound", "a link to the file",
    ),
    "a script": (
        {"application/javascript": "1", "text/plain": "<IPython.core.display.Javascript object>"},
        "application/javascript: JavaScript", "a picture, a table or text",
    ),
    "a container that a script elsewhere fills": (
        {"text/html": '<div id="chart"></div>'},
        "text/html: an output", "a picture, a table or text",
    ),
    "a widget whose state is not known": (
        {"application/vnd.jupyter.widget-view+json": {"model_id": "gone"}},
        "application/vnd.jupyter.widget-view+json: a widget", "print(widget.value)",
    ),
    "a PDF": (
        {"application/pdf": "AA=="}, "application/pdf: a PDF document", "a picture of its page",
    ),
    "a type that nobody knows": (
        {"application/x-unheard": "1"}, "application/x-unheard: an output", "",
    ),
}  # fmt: skip


class Made:
    """The page of a notebook with one cell of prose and one of code, and the warnings on it."""

    def __init__(
        self,
        folder: Path,
        *outputs: Any,
        prose: str = "# T",
        attachments: Any = None,
        metadata: Any = None,
        strict: bool = False,
    ) -> None:
        written = v4.new_markdown_cell(prose)
        if attachments:
            written.attachments = attachments
        notebook = v4.new_notebook(cells=[written, v4.new_code_cell("x", outputs=list(outputs))])
        notebook.metadata.update(metadata or {})
        report = Report("mine", folder / "mine.ipynb", {"language": "en"})
        job = Job(report, b"", "key", {}, load().fingerprint, strict=strict)
        product = finish(Task(job, folder, folder, paths.data_path()), notebook)
        self.warnings = product.warnings
        html = product.files[f"{report.name}.html"].decode()
        assert check_page.problems(html) == []
        self.shown = html.partition("<main")[2].partition('<details class="code"')[0]


def bundle(data: Any, **metadata: Any) -> Any:
    """Return an output with a bundle of media types."""
    return v4.new_output("display_data", data=data, metadata=metadata)


def printed(text: str, name: str = "stdout") -> Any:
    """Return an output that was printed."""
    return v4.new_output("stream", text=text, name=name)


@pytest.mark.parametrize("name", LACKING)
def test_what_cannot_be_shown_has_a_word_in_its_place_and_a_warning(
    name: str, tmp_path: Path
) -> None:
    """The warning names cell and media type, and says how to give what a page shows."""
    data, told, step = LACKING[name]
    made = Made(tmp_path, bundle(data))
    [warning] = made.warnings
    assert warning.startswith(f"cell 2, {told} cannot be shown without script; give ")
    assert step in warning
    assert made.shown.count('class="kumkm-missing"') == 1
    assert "Trust Notebook" not in made.shown
    assert "<pre" not in made.shown  # what Python calls the object says nothing


@pytest.mark.parametrize("name", LACKING)
def test_a_picture_in_the_same_bundle_is_shown_instead(name: str, tmp_path: Path) -> None:
    """It is what the warning asks for."""
    made = Made(tmp_path, bundle({**LACKING[name][0], "image/png": PNG}))
    assert made.warnings == ()
    assert f'src="data:image/png;base64,{PNG}"' in made.shown


def test_what_is_not_shown_is_a_failure_where_it_is_asked(tmp_path: Path) -> None:
    """As with every other warning."""
    with pytest.raises(RunError, match="cell 2, application/x-unheard"):
        Made(tmp_path, bundle({"application/x-unheard": "1"}), strict=True)


def test_what_stands_without_its_script_is_shown_and_the_script_is_told(tmp_path: Path) -> None:
    """An estimator of sklearn shows its parts by style alone."""
    made = Made(tmp_path, bundle({"text/html": SKLEARN, "text/plain": "LogisticRegression()"}))
    assert "<pre>LogisticRegression()</pre>" in made.shown
    assert '<label for="output-1-' in made.shown
    assert made.warnings == (
        "cell 2, text/html: a <script> is left out; what it holds without is on the page",
    )


@pytest.mark.parametrize(
    "html",
    ["", "<style>.container {width: 100%}</style>", '<pre style="white-space:pre"></pre>\n'],
)
def test_nothing_is_told_where_there_is_nothing_to_see(html: str, tmp_path: Path) -> None:
    """A style, or the empty end of a bar."""
    assert Made(tmp_path, bundle({"text/html": html, "text/plain": ""})).warnings == ()


def test_ids_that_a_library_draws_at_random_are_the_same_every_time(tmp_path: Path) -> None:
    """A table of pandas' Styler keeps its style, and takes no id of the page."""
    styled = "<style>#T_{0}_row0_col0 {{color: red}}</style>"
    styled += '<table id="T_{0}"><tr><td id="T_{0}_row0_col0">-2 of #T_{0}</td></tr></table>'
    one, other = (
        Made(tmp_path, bundle({"text/html": styled.format(drawn)})).shown
        for drawn in ("3f2a1", "b77c0")
    )
    assert one.replace("#T_3f2a1", "") == other.replace("#T_b77c0", "")
    assert '<td id="output-1-2">-2 of #T_3f2a1</td>' in one
    assert "#output-1-2 {color: red}" in one
    assert 'id="f1"' not in Made(tmp_path, bundle({"text/html": '<b id="f1">x</b>'})).shown


def test_html_that_does_not_close_or_runs_is_mended(tmp_path: Path) -> None:
    """A page is never lost over it."""
    html = '<div onclick="x()"><b>bold<p>one<p>two</i><a href="javascript:x()">here</a><br/>'
    html += '<base href="x"><table><tr><td>1<td>2</table><y> &lt;z&gt; <my-chart>text</my-chart>'
    shown = Made(tmp_path, bundle({"text/html": html})).shown
    assert "<div><b>bold<p>one</p><p>two<a>here</a><br>" in shown
    assert "<tr><td>1</td><td>2</td></tr></table>&lt;y&gt; &lt;z&gt; text" in shown


def test_what_lies_elsewhere_is_a_link(tmp_path: Path) -> None:
    """A film, a frame: their addresses are not lost."""
    film = '<video src="https://example.org/a.mp4" controls></video>'
    frame = '<iframe src="https://www.youtube.com/embed/abc"></iframe>'
    sound = '<audio controls><source src="https://example.org/a.wav"></audio>'
    made = Made(tmp_path, *(bundle({"text/html": one}) for one in (film, frame, sound)))
    for address in ("example.org/a.mp4", "www.youtube.com/embed/abc", "example.org/a.wav"):
        assert f'<a href="https://{address}">' in made.shown
    assert len(made.warnings) == 3


def test_formulas_are_mathml(tmp_path: Path) -> None:
    """In prose and outputs; one that cannot be read is shown as it was typed."""
    outputs = [bundle({"text/latex": "$\\displaystyle \\sqrt{x}$", "text/plain": "sqrt(x)"})]
    outputs += [
        bundle({"text/latex": "that $e=mc^2$ & so"}),
        bundle({"text/latex": "$\\unheard{$"}),
    ]
    shown = Made(tmp_path, *outputs, prose="# T\n\n$$\\frac{a}{b}$$ and $x<y$").shown
    assert shown.count("<math") == 4
    assert "<mfrac>" in shown
    assert "<msqrt>" in shown
    assert "that <math" in shown
    assert "</math> &amp; so" in shown
    assert "<code>\\unheard{</code>" in shown
    assert "sqrt(x)" not in shown


def test_prose_in_angle_brackets_is_shown_as_typed(tmp_path: Path) -> None:
    """What is HTML is HTML, and an entity one sign."""
    prose = "# T\n\nFile <kabupaten>.csv, a <b>bold</b> word, H<sub>2</sub>O, R&amp;D, 5 &le; 6, "
    prose += "a <path>/x, List<String></String>, `<code>`, <script>run()</script> 1 < 2."
    made = Made(tmp_path, prose=prose)
    assert (
        "File &lt;kabupaten&gt;.csv, a <b>bold</b> word, H<sub>2</sub>O, R&amp;D, 5 ≤ 6, "
        in made.shown
    )
    assert (
        "a &lt;path&gt;/x, List&lt;String&gt;&lt;/String&gt;, <code>&lt;code&gt;</code>,"
        in made.shown
    )
    assert "run()" not in made.shown
    assert "1 &lt; 2." in made.shown
    assert made.warnings == ("cell 1, prose: a <script> cannot be shown and is left out",)


def test_pictures_of_prose_are_on_the_page(tmp_path: Path) -> None:
    """Beside the notebook, in a folder, with blanks, as SVG, in Markdown or HTML, and attached."""
    (tmp_path / "img").mkdir()
    for name in ("two words.png", "größe.png", "img/a.png"):
        (tmp_path / name).write_bytes(base64.b64decode(PNG))
    (tmp_path / "pic.svg").write_text(SVG)
    prose = "![x](two%20words.png) ![y](<two words.png>) ![z](größe.png) ![s](pic.svg)\n"
    prose += "![x](attachment:Layar%20Baru.png)\n\n<img src='img/a.png' width='300' onload='x()'>"
    made = Made(tmp_path, prose=prose, attachments={"Layar Baru.png": {"image/png": PNG}})
    assert made.warnings == ()
    assert made.shown.count(f'src="data:image/png;base64,{PNG}"') == 5
    assert f"data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}" in made.shown
    assert 'width="300" style="max-width:100%;height:auto"' in made.shown


def test_a_picture_that_is_not_there_leaves_its_words_and_a_warning(tmp_path: Path) -> None:
    """Missing, elsewhere, or no picture at all; a badge is a link already."""
    (tmp_path / "notes.txt").write_text("secret")
    prose = "[![Open](https://x.org/b.svg)](https://z.org) ![plot](img/none.png) ![t](notes.txt) "
    prose += "![far](https://x.org/far.png) ![lost](attachment:gone.png)"
    made = Made(tmp_path, prose=prose)
    assert '<a href="https://z.org">Open</a> plot (img/none.png) t (notes.txt) ' in made.shown
    assert '<a href="https://x.org/far.png">far</a> lost (attachment:gone.png)' in made.shown
    assert len(made.warnings) == 5
    assert made.warnings[1] == (
        "cell 1, picture img/none.png: found none; put it beside the notebook"
    )


def test_pictures_of_prose_count_for_the_key(tmp_path: Path) -> None:
    """A page is made again when one changes."""
    (tmp_path / "two words.png").write_bytes(b"1")
    (tmp_path / "b.svg").write_bytes(b"1")
    (tmp_path / "c.png").write_bytes(b"1")
    (tmp_path / "deep").mkdir()
    text = "![x](two%20words.png) <img src='b.svg'> c.png [x](mine.ipynb)"
    assert list(files(tmp_path / "mine.ipynb", [], text)) == ["b.svg", "two words.png"]
    assert list(files(tmp_path / "deep" / "x.ipynb", [], "Markdown('![x](../c.png)')")) == [
        "../c.png"
    ]


def test_a_picture_keeps_its_size(tmp_path: Path) -> None:
    """A retina picture is half as wide as it has points; one without a size is as it is."""
    sizes = [bundle({"image/png": PNG}, **{"image/png": {"width": 548, "height": 413}})]
    sizes += [bundle({"image/png": PNG}, width="50%"), bundle({"image/svg+xml": SVG})]
    shown = Made(tmp_path, *sizes).shown
    assert 'style="width:548px;max-width:100%"' in shown
    assert 'style="width:50%;max-width:100%"' in shown
    assert 'style="width:auto;max-width:100%"' in shown


STATES = {
    "slider": {"_model_name": "IntSliderModel", "description": "n", "value": 7},
    "pick": {"_model_name": "DropdownModel", "_options_labels": ["x", "y"], "index": 1},
    "said": {"_model_name": "HTMLModel", "value": " 5/5 [00:00&lt;00:00, <b>6it/s</b>]"},
    "bar": {"_model_name": "FloatProgressModel", "value": 5.0, "max": 5.0},
    "left": {"_model_name": "HTMLModel", "value": "100%"},
    "tqdm": {"_model_name": "HBoxModel", "children": [
        "IPY_MODEL_left", "IPY_MODEL_bar", "IPY_MODEL_said"]},
    "output": {"_model_name": "OutputModel", "outputs": [
        {"output_type": "stream", "name": "stdout", "text": "within\n"},
        {"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {}}]},
    "all": {"_model_name": "VBoxModel", "children": [
        "IPY_MODEL_slider", "IPY_MODEL_pick", "IPY_MODEL_output"]},
    "away": {"visibility": "hidden"},
    "closed": {"_model_name": "HBoxModel", "children": ["IPY_MODEL_left", "IPY_MODEL_bar"],
               "layout": "IPY_MODEL_away"},
    "nothing": {"_model_name": "OutputModel", "outputs": []},
    "figure": {"_model_name": "AnyModel", "_anywidget_id": "plotly.basewidget.BaseFigureWidget"},
    "tabs": {"_model_name": "TabModel", "titles": ["First"], "children": ["IPY_MODEL_slider"]},
    "beside": {"_model_name": "HBoxModel", "children": ["IPY_MODEL_left", "IPY_MODEL_figure"]},
}  # fmt: skip


def test_a_widget_is_shown_as_it_stood_in_the_end(tmp_path: Path) -> None:
    """Its values and outputs; of a bar of tqdm the last state, not the first."""
    view = "application/vnd.jupyter.widget-view+json"
    states = {name: {"state": state} for name, state in STATES.items()}
    shown = [bundle({view: {"model_id": name}, "text/plain": " 0%|"}) for name in ("all", "tqdm")]
    made = Made(tmp_path, *shown, metadata={"widgets": {WIDGETS: {"state": states}}})
    assert made.warnings == ()
    for text in ("n: 7", "y", "within\n", "100% |██████████| 5/5 [00:00&lt;00:00, 6it/s]"):
        assert f'<pre class="stdout" tabindex="0">{text}</pre>' in made.shown
    assert PNG in made.shown
    assert " 0%|" not in made.shown


@pytest.mark.parametrize(
    ("name", "shown", "told"),
    [
        ("closed", "", ""),
        ("nothing", "", ""),
        ("tabs", "First n: 7", ""),
        ("figure", "Here is a plotly chart, which cannot be shown without script.", "a plotly"),
        (
            "beside",
            "100% Here is a plotly chart, which cannot be shown without script.",
            "a plotly",
        ),
    ],
)
def test_of_a_widget_nothing_is_lost_in_silence(
    name: str, shown: str, told: str, tmp_path: Path
) -> None:
    """What holds others has its titles and a word for what cannot be shown; what is closed none."""
    states = {one: {"state": state} for one, state in STATES.items()}
    widgets = {"widgets": {WIDGETS: {"state": states}}}
    data = {media.VIEW: {"model_id": name}, "text/plain": "FigureWidget({'uid': 'random'})"}
    made = Made(tmp_path, bundle(data), metadata=widgets)
    text = unescape(re.sub(r"<[^>]+>", " ", made.shown.partition("</h1>")[2]))
    assert " ".join(text.split()).removesuffix(">").strip() == shown
    assert [told in warning for warning in made.warnings] == [True] * bool(told)


@pytest.mark.parametrize("hiding", ["hidden", 'style="display: none"'])
def test_what_only_script_would_uncover_has_a_word_in_its_place(
    hiding: str, tmp_path: Path
) -> None:
    """A library hides its first sign of life, and fills it in later."""
    html = f"<div {hiding}><p>Loading …</p></div><script>fill()</script>"
    made = Made(tmp_path, bundle({"text/html": html}))
    assert "Here is JavaScript, which cannot be shown without script." in made.shown
    assert len(made.warnings) == 1
    assert Made(tmp_path, bundle({"text/html": f"{html}<p>seen</p>"})).shown.count("seen") == 1


@pytest.mark.parametrize(
    ("tex", "shown"),
    [
        (r"\begin{aligned}a&=b\\c&=d\end{aligned}", 4),
        (r"\begin{align}a&=b\label{x}\\c&=d\nonumber\end{align}", 4),
        (r"\begin{eqnarray}a&=&b\\c&=&d\end{eqnarray}", 6),
        (r"\begin{gather*}a\\b\end{gather*}", 2),
        (r"\begin{tabular}{ll}a & b\end{tabular}", 0),
        (r"\ce{H2O}", 0),
    ],
)
def test_a_formula_is_in_its_columns_or_as_it_was_typed(tex: str, shown: int) -> None:
    """No edge of a column and no unknown command is taken for a letter."""
    found = formulas.mathml(tex, display=True)
    assert found.count("<mtd") == shown
    assert (found == f"<code>{escape(tex, quote=False)}</code>") is (shown == 0)


@pytest.mark.parametrize(
    "prose",
    [
        "It cost $5 and then $10.",
        "US$3 to US$4 million",
        "from $1,000-$2,000",
        "$5 at night, or $.",
    ],
)
def test_an_amount_of_money_is_no_formula(prose: str, tmp_path: Path) -> None:
    """Beside a formula it is shown as typed."""
    shown = Made(tmp_path, prose=f"{prose} So $2 x_i$.").shown
    assert f"<p>{prose} So <math" in shown
    assert shown.count("<math") == 1


@pytest.mark.parametrize("scheme", ["zotero", "file", "javascript"])
def test_a_link_that_a_page_may_not_have_leaves_its_words_and_a_warning(
    scheme: str, tmp_path: Path
) -> None:
    """The report does not fail at its end; a telephone may be called."""
    made = Made(tmp_path, prose=f"[words]({scheme}:x) [two][r] [call](tel:1)\n\n[r]: {scheme}:y")
    assert "words" in made.shown
    assert "two" in made.shown
    assert f'href="{scheme}' not in made.shown
    assert '<a href="tel:1">call</a>' in made.shown
    assert len(made.warnings) == 1


def test_of_a_bar_its_last_state_alone_is_shown(tmp_path: Path) -> None:
    """Also where other lines were printed between its states."""
    bars = [printed("  0%", "stderr"), printed("row 1\n"), printed("\r 50%", "stderr")]
    made = Made(tmp_path, *bars, printed("row 2\n"), printed("\r100%\n", "stderr"))
    assert "50%" not in made.shown
    assert made.shown.count("100%") == 1
    assert "row 1\n" in made.shown
    assert "row 2\n" in made.shown


def test_an_endless_text_is_cut_and_told(tmp_path: Path) -> None:
    """With the limit."""
    made = Made(tmp_path, printed("y" * (terminal.HEAD + terminal.TAIL + 5)))
    [warning] = made.warnings
    assert warning.startswith("cell 2, stdout: more than 1,000,000 characters; its beginning")
    assert "… 5 characters are left out here …" in made.shown


def test_half_a_sign_does_not_lose_the_page(tmp_path: Path) -> None:
    """Such as a file name that is no UTF-8."""
    assert "a?b" in Made(tmp_path, printed("a\udcffb")).shown


def test_data_are_shown_as_text(tmp_path: Path) -> None:
    """With the letters that they are written in."""
    data = {"application/json": {"ä": [1]}, "text/plain": "<IPython.core.display.JSON object>"}
    assert "&quot;ä&quot;: [" in Made(tmp_path, bundle(data)).shown


def test_every_way_of_the_table_is_named_once() -> None:
    """No media type has two ways."""
    names = [name for name, _, _ in media.TABLE]
    assert len(names) == len(set(names))


# ---- errors ----


def failed(tmp_path: Path, evalue: str, traceback: str, ename: str = "ParameterError") -> str:
    """Return what is told of an error in the second cell below the parameters."""
    from types import SimpleNamespace

    from workbench import job, write

    notebook = execute.parameterised(job(write(tmp_path / "own.ipynb", "1", "2"), n=1))
    numbers = [number for number, _ in notebooks.counted(notebook)]
    assert numbers == [1, 1, 2, 3]  # the cell that was put in is nobody's
    error = SimpleNamespace(ename=ename, evalue=evalue, traceback=traceback.splitlines())
    where = f"own, cell {numbers[3]}{execute._line(error)}"
    return "\n".join(map(str, execute._told(where, error)))


def test_an_error_names_cell_and_line_as_the_author_counts(tmp_path: Path) -> None:
    """The cell that was put in with the parameters is not counted."""
    traceback = (
        "Traceback\n\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[3]\x1b[39m\x1b[32m, line 2"
    )
    traceback += "\x1b[39m\n"
    traceback += "Cell In[2], line 9, in helper(x)\nZeroDivisionError: division by zero"
    told = failed(tmp_path, "division by zero", traceback, "ZeroDivisionError")
    assert told == (
        "own, cell 3, line 2: found ZeroDivisionError: division by zero; expected a cell that runs."
    )


def test_an_error_of_the_library_keeps_all_its_hints(tmp_path: Path) -> None:
    """However long; each fault by itself."""
    hint = "Name it " + "very " * 100 + "clearly."
    said = f"Nothing was run.\nafter: found '2012/x'; expected a window.\n  {hint}\n"
    said += "region: found 9; expected a code."
    assert failed(tmp_path, said, "Cell In[3], line 1") == (
        f"own, cell 3, line 1, after: found '2012/x'; expected a window.\n  {hint}\n"
        "own, cell 3, line 1, region: found 9; expected a code."
    )
