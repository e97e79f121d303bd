"""Cells as HTML: prose, folded code, and each output in the richest form that needs no script."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

MEDIA_TYPE = "application/vnd.kumkm.results+json"
PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def markdown(source: str, attachments: Mapping[str, Any], folder: Path) -> str:
    """Return Markdown as HTML: raw HTML in it shown as text, local pictures embedded."""
    if attachments or "![" in source or "src" in source:
        return _rendered(source, attachments, folder)
    return _plain(source)


@lru_cache(maxsize=1024)
def _plain(source: str) -> str:
    """Return Markdown without pictures as HTML; hundreds of reports share the same prose."""
    return _rendered(source, {}, Path())


def _rendered(source: str, attachments: Mapping[str, Any], folder: Path) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(
        escape=True,
        allow_harmful_protocols=False,
        exclude_anchor_links=True,
        embed_images=True,
        path=str(folder),
        attachments=attachments,
    )
    html = str(MarkdownWithMath(renderer=renderer).render(source))
    html = html.replace("<table>", '<div class="output" role="region" tabindex="0"><table>')
    return html.replace("</table>", "</table></div>")


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


def output(found: Mapping[str, Any], no_alt: str) -> str:
    """Return one output of a cell, or nothing when it is for machines only."""
    kind = found["output_type"]
    if kind == "stream":
        return _text(found["text"], "stderr" if found.get("name") == "stderr" else "stdout")
    if kind == "error":
        return _text("\n".join(found["traceback"]), "stderr")
    data = found.get("data", {})
    if "text/html" in data:
        html = str(data["text/html"])
        # The library's own blocks bring their own frame; anything else may be wider than a page.
        ours = re.search(r"""class=["']kumkm-|^\s*<h1""", html)
        return html if ours else f'<div class="output" role="region" tabindex="0">{html}</div>'
    for mime in PICTURES:
        if mime in data:
            return _picture(mime, data[mime], found.get("metadata", {}), no_alt)
    if "text/markdown" in data:
        return markdown(str(data["text/markdown"]), {}, Path())
    if "text/plain" in data and not any(mime == MEDIA_TYPE for mime in data):
        return _text(str(data["text/plain"]), "stdout")
    return ""


def _text(text: str, kind: str) -> str:
    return f'<pre class="{kind}" tabindex="0">{escape(ANSI.sub("", text))}</pre>' if text else ""


def _picture(mime: str, content: Any, metadata: Mapping[str, Any], no_alt: str) -> str:
    """Return a picture inside the page; as an image element even SVG can neither run nor load."""
    own = metadata.get(mime, {})
    alt = str((own if isinstance(own, Mapping) else {}).get("alt") or metadata.get("alt") or no_alt)
    text = "".join(content) if isinstance(content, list) else str(content)
    if mime == "image/svg+xml":
        text = base64.b64encode(text.encode()).decode()
    data = re.sub(r"[^A-Za-z0-9+/=]", "", text)
    address = f"data:{mime};base64,{data}"
    return f'<figure class="picture"><img alt="{escape(alt)}" src="{address}"></figure>'
