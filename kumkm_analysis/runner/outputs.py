"""Cells as HTML: prose, folded code, and each output in the richest form that needs no script.

What a page cannot show is noted, with the cell and the media type (see
:mod:`~kumkm_analysis.runner.media` for which), and a word stands in its place.
"""

from __future__ import annotations

import base64
import json
import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from kumkm_analysis.errors import short
from kumkm_analysis.runner import formulas, media, terminal
from kumkm_analysis.runner.clean import clean
from kumkm_analysis.runner.media import Thing, Way

PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp",
            "image/avif")  # fmt: skip
OURS = re.compile(r"""class=["']kumkm-""")
# What makes prose more than words: signs, pictures, links that a page may not have.
MARKS = re.compile(r"[<&$\\]|!\[|\](?:\(|:)\s*(?!https?:|mailto:)[\w+.-]+:")
# A formula within a line, which begins with no amount of money and ends before none.
INLINE = (
    r"(?s:(?<![$\\])\$(?!\d[\d.,]*\s+[A-Za-z]{2})(?P<math_inline_tex>(?:[^$\\]|\\.)+?)\$(?![\d$]))"
)
MODEL = "IPY_MODEL_"  # before the name of a widget that another one holds
OVERWRITES = re.compile(r"\r(?!\n)|\x1b\[\d*[AF]|\x08")
WORDS = {
    "id": "Di sini ada {thing} yang tidak dapat ditampilkan tanpa skrip.",
    "en": "Here is {thing}, which cannot be shown without script.",
}


@dataclass
class Showing:
    """The cells of one page: where their pictures are, in what language, and what is lacking."""

    folder: Path = Path()
    language: str = "en"
    no_alt: str = ""
    widgets: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # what the page does not show, by cell
    cell: str = ""
    _count: int = 0

    def note(self, text: str) -> None:
        """Note what the page lacks of the cell that is being shown."""
        said = f"{self.cell}, {text}" if self.cell else text
        self.notes += [] if said in self.notes else [said]

    def markdown(self, source: str, attachments: Mapping[str, Any]) -> str:
        """Return Markdown as HTML: pictures inside, formulas as MathML, nothing that runs."""
        if not MARKS.search(source):
            return _plain(source)
        rendered = _rendered(source, raw=True)
        picture = _Pictures(self, attachments).find
        shown, left_out, _ = clean(rendered, picture, prose=True)
        for tag in left_out:
            self.note(f"prose: a <{tag}> cannot be shown and is left out")
        return shown

    def raw(self, source: str, metadata: Mapping[str, Any]) -> str:
        """Return a raw cell that is meant for a page, as nbconvert takes it; note another one."""
        mime = str(metadata.get("raw_mimetype") or metadata.get("format") or "").lower()
        if mime in ("text/html", ""):
            return clean(source, _Pictures(self, {}).find, prose=True)[0]
        if mime != "text/markdown":
            self.note(f"raw cell for {mime}: not shown; it is meant for another format")
            return ""
        return self.markdown(source, {})

    def outputs(self, found: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, bool]]:
        """Yield the outputs of a cell, and whether the headings of one are those of the page."""
        for output in _settled(found):
            html = self.output(output)
            if html:
                data = output.get("data", {})
                yield html, "text/markdown" in data and "text/html" not in data

    def output(self, found: Mapping[str, Any]) -> str:
        """Return one output of a cell, or nothing when it is for machines only."""
        kind = found["output_type"]
        if kind == "stream":
            return self._text(
                found["text"], "stderr" if found.get("name") == "stderr" else "stdout"
            )
        if kind == "error":
            return self._text("\n".join(found["traceback"]), "stderr")
        data, metadata = found.get("data", {}), found.get("metadata", {})
        lacking: tuple[str, Thing] | None = None
        machines = False
        for mime in media.ordered(data):
            way, thing = media.way(mime)
            if way is Way.MACHINES:
                machines = True
            elif way is Way.NEEDS:
                lacking = lacking if lacking and lacking[1] is not media.OTHER else (mime, thing)
            elif not (way is Way.TEXT and len(data) > 1 and _says_nothing(data, mime, machines)):
                html, missing = self._shown(way, mime, data[mime], metadata)
                if missing is not None:
                    lacking = lacking if missing is media.OTHER and lacking else (mime, missing)
                elif html:
                    beside = lacking and way in (Way.TEXT, Way.DATA)
                    return (self._lack(*lacking) if lacking and beside else "") + html
        readies = machines and lacking and lacking[1] in READIES
        return self._lack(*lacking) if lacking and not readies else ""

    def _shown(
        self, way: Way, mime: str, content: Any, metadata: Mapping[str, Any]
    ) -> tuple[str, Thing | None]:
        """Return what a page shows of one media type, and what it lacks."""
        text = "".join(content) if _is_texts(content) else content
        if way is Way.PICTURE:
            return _picture(mime, str(text), metadata, self.no_alt), None
        if way is Way.HTML:
            return self._html(str(text))
        if way is Way.FORMULA:
            return self._html(formulas.html(str(text)))
        if way is Way.PROSE:
            return self.markdown(str(text), {}), None
        if way is Way.DATA:
            said = json.dumps(text, indent=1, ensure_ascii=False)
            return self._text(said, "stdout"), None
        if way is Way.WIDGET:
            model = str(content.get("model_id"))
            html = self._widget(model)
            return html, None if html or self._empty(model) else media.kind(
                " ".join(str(self._state(model).get(name)) for name in media.MAKERS), media.WIDGET
            )
        return self._text(str(text), "stdout"), None

    def _html(self, html: str) -> tuple[str, Thing | None]:
        if OURS.search(html) or re.fullmatch(r"<h1>[^<]*</h1>", html.strip()):
            return html, None  # the library's own blocks bring their own frame
        self._count += 1
        picture = _Pictures(self, {}).find
        shown, left_out, seen = clean(html, picture, prefix=f"output-{self._count}-")
        lacking = media.drawn(html, left_out, seen)
        if lacking is not None:
            return "", lacking
        for tag in left_out:
            self.note(f"text/html: a <{tag}> is left out; what it holds without is on the page")
        return (
            f'<div class="output" role="region" tabindex="0">{shown}</div>' if shown else "",
            None,
        )

    def _widget(self, model: str) -> str:
        """Return the last state of a widget, without its controls."""
        state = self._state(model)
        if self._empty(model):
            return ""
        if isinstance(outputs := state.get("outputs"), list):
            return "".join(html for html, _ in self.outputs(outputs))
        if isinstance(children := state.get("children"), list):
            parts = [str(child).removeprefix(MODEL) for child in children]
            states = [self._state(part) for part in parts]
            if state.get("_model_name") == "HBoxModel" and all(
                "value" in one or "index" in one for one in states
            ):
                row = " ".join(filter(None, (media.widget(one, alone=False) for one in states)))
                return self._text(row, "stdout")
            heads = [self._text(str(title), "stdout") for title in state.get("titles") or ()]
            shown = [self._part(part) if part != model else "" for part in parts]
            return "".join(map("".join, zip_longest(heads, shown, fillvalue="")))
        if state.get("_model_name") == "ImageModel":
            mime = f"image/{str(state.get('format')).replace('jpg', 'jpeg')}"
            buffers = self.widgets[model].get("buffers", ())
            held = [str(one.get("data", "")) for one in buffers]
            return _picture(mime, held[0], {}, self.no_alt) if held and mime in PICTURES else ""
        return self._text(media.widget(state), "stdout")

    def _part(self, model: str) -> str:
        """Return a widget that another one holds, or a word in its place."""
        html, missing = self._shown(Way.WIDGET, media.VIEW, {"model_id": model}, {})
        return html if missing is None else self._lack(media.VIEW, missing)

    def _state(self, model: str) -> Mapping[str, Any]:
        """Return what is known of a widget at its end."""
        found = self.widgets.get(model.removeprefix(MODEL), {}).get("state", {})
        return found if isinstance(found, Mapping) else {}

    def _empty(self, model: str) -> bool:
        """Tell whether nothing of a widget is to be seen: it is hidden, or holds no output."""
        state = self._state(model)
        layout = self._state(str(state.get("layout")))
        hidden = layout.get("visibility") == "hidden" or layout.get("display") == "none"
        return hidden or state.get("outputs") in ([], ())

    def _lack(self, mime: str, thing: Thing) -> str:
        """Return the word in the place of what cannot be shown, and note it."""
        self.note(f"{mime}: {thing.en} cannot be shown without script; give {thing.instead}")
        said = WORDS[self.language].format(thing=thing.id if self.language == "id" else thing.en)
        return f'<p class="kumkm-missing">{escape(said, quote=False)}</p>'

    def _text(self, text: str, kind: str) -> str:
        """Return a text as a terminal leaves it; of an endless one its beginning and its end."""
        text = text.encode("utf-8", "replace").decode()
        kept, left = terminal.cut(text)
        if left:
            most = f"{terminal.HEAD + terminal.TAIL:,} characters"
            self.note(f"{kind}: more than {most}; its beginning and its end are on the page")
        shown = terminal.html(kept)
        return f'<pre class="{kind}" tabindex="0">{shown}</pre>' if shown else ""


READIES = (media.SCRIPT, media.BOKEH, media.HOLOVIEWS)  # beside what says that it only loads


def _says_nothing(data: Mapping[str, Any], mime: str, machines: bool) -> bool:
    """Tell whether a text is only what Python calls an object that shows itself otherwise."""
    return machines or bool(media.OBJECT.fullmatch("".join(data[mime]).strip()))


@dataclass
class _Pictures:
    """Finds the pictures of prose: attached, beside the notebook, or only their words."""

    showing: Showing
    attachments: Mapping[str, Any]

    def find(self, address: str, alt: str) -> tuple[str, str]:
        """Return a picture as an address that holds it, or else its words and a link."""
        address = address.strip()
        if address.startswith("data:"):
            kind = re.match(r"data:(image/[a-z+.-]+)[;,]", address)
            if kind:
                return escape(address), ""
        elif address.startswith(("http://", "https://", "//")):
            elsewhere = "it lies elsewhere and is a link; put it beside the notebook"
            self.showing.note(f"picture {short(address)}: {elsewhere}")
            whole = f"https:{address}" if address.startswith("//") else address
            return "", f'<a href="{escape(whole)}">{escape(alt or whole, quote=False)}</a>'
        elif address.startswith("attachment:"):
            held = self.attachments.get(unquote(address.removeprefix("attachment:"))) or {}
            for mime in PICTURES:
                if mime in held:
                    return _inside(mime, "".join(held[mime])), ""
        elif found := self._beside(address):
            return found, ""
        self.showing.note(f"picture {short(address, 80)}: found none; put it beside the notebook")
        said = f"{alt} ({short(address, 80)})" if alt else short(address, 80)
        return "", escape(said, quote=False)

    def _beside(self, address: str) -> str:
        for name in dict.fromkeys(
            (unquote(address), address, unquote(re.split(r"[?#]", address)[0]))
        ):
            mime = mimetypes.guess_type(name)[0]
            try:
                content = (self.showing.folder / name).read_bytes() if mime in PICTURES else b""
            except (OSError, ValueError):
                continue
            if content and mime:
                return f"data:{mime};base64,{base64.b64encode(content).decode()}"
        return ""


@lru_cache(maxsize=1024)
def _plain(source: str) -> str:
    """Return Markdown of words as HTML; hundreds of reports share the same prose."""
    return _rendered(source, raw=False)


def _rendered(source: str, raw: bool) -> str:
    """Return Markdown as HTML; where it is ``raw`` the HTML in it is kept, and to be cleaned."""
    from nbconvert.filters.markdown_mistune import MarkdownWithMath

    renderer = _renderer()(escape=not raw, allow_harmful_protocols=raw, exclude_anchor_links=True)
    markdown = MarkdownWithMath(renderer=renderer)
    markdown.inline.specification["inline_math_tex"] = INLINE
    html = str(markdown.render(source))
    html = html.replace("<table>", '<div class="output" role="region" tabindex="0"><table>')
    return html.replace("</table>", "</table></div>")


@lru_cache(maxsize=1)
def _renderer() -> Any:
    """Return nbconvert's renderer, with formulas as MathML and pictures where they are."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer

    def environment(_: Any, name: str, body: str) -> str:
        return formulas.mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)

    methods = {
        "block_math": lambda _, body: formulas.mathml(body, display=True),
        "inline_math": lambda _, body: formulas.mathml(body, display=False),
        "latex_environment": environment,
        "_embed_image_or_attachment": lambda _, address: address,
    }
    return type("Renderer", (IPythonRenderer,), methods)


@lru_cache(maxsize=1024)
def code(source: str) -> str:
    """Return Python code as HTML, escaped, its comments told apart."""
    from pygments.lexers import PythonLexer
    from pygments.token import Comment

    marked = ""
    for kind, text in PythonLexer(ensurenl=False).get_tokens(source.strip("\n")):
        shown = escape(text, quote=False)
        marked += f"<em>{shown}</em>" if kind in Comment else shown
    return f'<pre tabindex="0"><code>{marked}</code></pre>'


def _settled(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return outputs with a line that a later text of the same stream writes over only there.

    So a bar between whose states something else was printed leaves its last state alone.
    """
    settled: list[dict[str, Any]] = []
    begun: dict[str, dict[str, Any]] = {}  # by stream, the output whose last line is unfinished
    for output in map(dict, found):
        if output["output_type"] == "stream":
            name, text = str(output.get("name")), "".join(output["text"])
            if name in begun and OVERWRITES.match(text):
                whole, end, line = str(begun[name]["text"]).rpartition("\n")
                begun[name]["text"], text = whole + end, line + text
            output["text"] = text
            begun[name] = output
        settled.append(output)
    return list(settled)


def _is_texts(content: Any) -> bool:
    return isinstance(content, list) and all(isinstance(one, str) for one in content)


def _picture(mime: str, content: str, metadata: Mapping[str, Any], no_alt: str) -> str:
    """Return a picture in its own size; as an image element even SVG can neither run nor load."""
    own = metadata.get(mime, {})
    own = own if isinstance(own, Mapping) else {}
    alt = str(own.get("alt") or metadata.get("alt") or no_alt)
    width, height = (_size(own.get(name) or metadata.get(name)) for name in ("width", "height"))
    fit = f"width:{width or 'auto'};max-width:100%" + (
        f";height:{height}" if height and not width else ""
    )
    image = f'<img alt="{escape(alt)}" src="{_inside(mime, content)}" style="{fit}">'
    return f'<figure class="picture">{image}</figure>'


def _size(given: Any) -> str:
    """Return a width or height as CSS has it.

    >>> _size(300), _size("50%"), _size("12em"), _size("calc(x)"), _size(None)
    ('300px', '50%', '12em', '', '')
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(px|%|em|rem|)", str(given).strip())
    return f"{found[1]}{found[2] or 'px'}" if found else ""


def _inside(mime: str, content: str) -> str:
    """Return a picture as an address that holds it; SVG may come as text."""
    text = content
    if mime == "image/svg+xml" and "<" in content:
        text = base64.b64encode(content.encode()).decode()
    return f"data:{mime};base64,{re.sub(r'[^A-Za-z0-9+/=]', '', text)}"
