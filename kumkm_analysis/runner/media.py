"""What a page without script shows of each media type, in one table.

An output comes as a bundle of the same thing in several media types. The first of the table that
the bundle holds and that can be shown is shown; where none can, a word stands in its place, and
says how the notebook can give what a page can show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from fnmatch import fnmatchcase
from html import unescape
from typing import Any, NamedTuple

RESULTS = "application/vnd.kumkm.results+json"
VIEW = "application/vnd.jupyter.widget-view+json"


class Way(Enum):
    """How a media type comes to the page."""

    HTML = "as HTML, without what would run or load"
    FORMULA = "as MathML"
    PICTURE = "as a picture"
    PROSE = "as Markdown"
    WIDGET = "as the text that it stood at in the end"
    TEXT = "as text"
    DATA = "as indented text"
    MACHINES = "not at all: it is for machines"
    NEEDS = "not at all: it needs script or sound, and a word says so"


class Thing(NamedTuple):
    """What cannot be shown: its name in both languages, and how to give something static."""

    id: str
    en: str
    instead: str


PLOTLY = Thing("bagan plotly", "a plotly chart", "Image(fig.to_image('png')), which needs kaleido")
ALTAIR = Thing(
    "bagan altair", "an altair chart",
    "alt.renderers.enable('png') or chart.save('chart.svg'), which need vl-convert-python",
)  # fmt: skip
BOKEH = Thing(
    "bagan bokeh", "a bokeh chart", "bokeh.io.export_png or export_svg, and show the file"
)
HOLOVIEWS = Thing("bagan holoviews", "a holoviews chart", "hv.extension('matplotlib')")
MAP = Thing(
    "peta interaktif", "an interactive map", "a picture of the map, or a table of its places"
)
WIDGET = Thing("widget", "a widget", "print(widget.value), or show a table or picture instead")
SCRIPT = Thing("JavaScript", "JavaScript", "a picture, a table or text of what it would draw")
SOUND = Thing("suara", "a sound", "a link to the file: display(Markdown('[sound](https://…)'))")
FILM = Thing("film", "a film", "a picture from it, or a link to the file")
FRAME = Thing("halaman lain", "a frame with another page", "a link to it")
DOCUMENT = Thing("dokumen PDF", "a PDF document", "a picture of its page, or a link to it")
OTHER = Thing("keluaran", "an output", "a picture, a table or text")

# Media types in the order in which they are preferred; a type that ends in * stands for all that
# begin so.
TABLE: tuple[tuple[str, Way, Thing], ...] = (
    ("text/html", Way.HTML, OTHER),
    ("text/latex", Way.FORMULA, OTHER),
    ("image/svg+xml", Way.PICTURE, OTHER),
    ("image/png", Way.PICTURE, OTHER),
    ("image/jpeg", Way.PICTURE, OTHER),
    ("image/gif", Way.PICTURE, OTHER),
    ("image/webp", Way.PICTURE, OTHER),
    ("text/markdown", Way.PROSE, OTHER),
    (VIEW, Way.WIDGET, WIDGET),
    (RESULTS, Way.MACHINES, OTHER),
    ("application/vnd.plotly.*", Way.NEEDS, PLOTLY),
    ("application/vnd.vega*", Way.NEEDS, ALTAIR),
    ("application/vnd.bokehjs_load.*", Way.MACHINES, BOKEH),
    ("application/vnd.bokeh*", Way.NEEDS, BOKEH),
    ("application/vnd.holoviews_load.*", Way.MACHINES, HOLOVIEWS),
    ("application/vnd.holoviews*", Way.NEEDS, HOLOVIEWS),
    ("application/geo+json", Way.NEEDS, MAP),
    ("application/javascript", Way.NEEDS, SCRIPT),
    ("text/javascript", Way.NEEDS, SCRIPT),
    ("application/pdf", Way.NEEDS, DOCUMENT),
    ("audio/*", Way.NEEDS, SOUND),
    ("video/*", Way.NEEDS, FILM),
    ("application/json", Way.DATA, OTHER),
    ("text/plain", Way.TEXT, OTHER),
)

# What a piece of HTML would draw, by what its script or frame says; it shows nothing without them.
CONTAINER = re.compile(r"<(?!style)\w+[^>]*\sid\s*=")  # what a script elsewhere would fill
DRAWN = (
    (re.compile(r"plotly", re.IGNORECASE), PLOTLY),
    (re.compile(r"vega", re.IGNORECASE), ALTAIR),
    (re.compile(r"bokeh", re.IGNORECASE), BOKEH),
    (re.compile(r"leaflet|folium|deck\.gl|mapbox", re.IGNORECASE), MAP),
)
MAKERS = ("_model_module", "_anywidget_id")  # where a widget says what it is drawn with
LEFT_OUT = {
    "script": SCRIPT, "canvas": SCRIPT, "audio": SOUND, "video": FILM, "iframe": FRAME,
    "object": FRAME, "embed": FRAME,
}  # fmt: skip
# The words that Python has for an object that shows itself otherwise.
OBJECT = re.compile(
    r"<[\w.]+ (\d )?(object|at 0x)[^>]*>|alt\.\w+\(\.\.\.\)|Figure(Widget)?\(\{.*", re.DOTALL
)


def _row(mime: str) -> tuple[int, Way, Thing]:
    """Return where a media type stands in the table; an unknown one stands before text."""
    rows = (
        (n, way, thing) for n, (name, way, thing) in enumerate(TABLE) if fnmatchcase(mime, name)
    )
    return next(rows, (len(TABLE) - 2, Way.NEEDS, OTHER))


def way(mime: str) -> tuple[Way, Thing]:
    """Return how a media type comes to the page, and what it is where it cannot.

    >>> way("application/vnd.plotly.v1+json")[1].en, way("x/unheard")[0].name
    ('a plotly chart', 'NEEDS')
    """
    return _row(mime)[1:]


def ordered(data: Mapping[str, Any]) -> list[str]:
    """Return the media types of a bundle, the preferred first.

    >>> ordered({"text/plain": "1", "audio/wav": "", "image/png": "", "text/html": ""})
    ['text/html', 'image/png', 'audio/wav', 'text/plain']
    """
    return sorted(data, key=lambda mime: _row(mime)[0])


def drawn(html: str, left_out: list[str], seen: bool) -> Thing | None:
    """Return what a piece of HTML would draw with what was left out of it, if it would."""
    if not left_out:
        return OTHER if CONTAINER.search(html) and not seen else None
    marked = html if "script" in left_out or "iframe" in left_out else ""
    return kind(marked, None if seen else LEFT_OUT.get(left_out[0], OTHER))


def kind(said: str, other: Thing | None) -> Thing | None:
    """Return what it is that code or a widget would draw, by its words."""
    return next((thing for sign, thing in DRAWN if sign.search(said)), other)


def widget(state: Mapping[str, Any], alone: bool = True) -> str:
    """Return what a widget without parts says, as text: its description and its value.

    >>> widget({"_model_name": "IntSliderModel", "description": "n", "value": 7})
    'n: 7'
    """
    name, value = str(state.get("_model_name", "")), state.get("value")
    index, options = state.get("index"), state.get("_options_labels")
    if isinstance(options, list):
        chosen = [index] if isinstance(index, int) else index or []
        value = ", ".join(str(options[one]) for one in chosen if one < len(options))
    if name.startswith("HTML"):
        value = unescape(re.sub(r"<[^>]*>", "", str(value)))
    if "Progress" in name and state.get("max") and isinstance(value, int | float):
        bar = "█" * round(10 * value / state["max"])
        value = f"|{bar:<10}|" + (f" {value:g}/{state['max']:g}" if alone else "")
    if isinstance(value, bool):
        value = "☑" if value else "☐"
    if isinstance(value, list):
        value = "–".join(map(str, value))
    told = [str(one).strip() for one in (state.get("description"), value) if one not in (None, {})]
    return ": ".join(filter(None, told))
