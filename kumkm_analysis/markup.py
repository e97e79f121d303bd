"""The small HTML that a report emits: figures, tables, charts, the list of evidence.

Everything that comes from data is escaped; nothing needs a script. The classes are styled by the
page's template and read well unstyled in JupyterLab.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from kumkm_analysis.charts import Chart

SAFE_SCHEMES = ("https://", "http://")


def text(value: str) -> str:
    """Escape a text for element content and attributes."""
    return escape(value, quote=True)


def figure(number: int, value: str, shown: str) -> str:
    """Return a number on the page: its machine value and the way to its evidence."""
    return (
        f'<data class="kumkm-figure" value="{text(value)}">'
        f'<a href="#fig-{number}">{text(shown)}</a></data>'
    )


def cite(publisher: str) -> str:
    """Return the name of a source."""
    return f"<cite>{text(publisher)}</cite>"


def link(url: str, shown: str) -> str:
    """Return a link when the address is a web address, else the text alone."""
    if not url.startswith(SAFE_SCHEMES):
        return text(shown)
    return f'<a href="{text(url)}" rel="noreferrer">{text(shown)}</a>'


def paragraph(html: str, kind: str = "say") -> str:
    """Wrap finished HTML in a paragraph of the report."""
    return f'<p class="kumkm-{kind}">{html}</p>'


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with caption and scoped heads; cells are finished HTML."""
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{cell}</th>' if place == 0 else f"<td>{cell}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    label = text(_plain(caption))
    return (
        f'<div class="kumkm-table" role="region" tabindex="0" aria-label="{label}"><table>'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def chart(drawn: Chart, caption: str, summary: str, data_table: str) -> str:
    """Return a chart with alt text, caption and, folded, the table of what it shows."""
    svg = drawn.svg.replace("<svg", f'<svg role="img" aria-label="{text(drawn.alt)}"', 1)
    return (
        f'<figure class="kumkm-chart">{svg}<figcaption>{caption}</figcaption>'
        f"<details><summary>{text(summary)}</summary>{data_table}</details></figure>"
    )


def evidence(title: str, lead: str, items: Sequence[tuple[int, str]]) -> str:
    """Return the list of evidence: one anchor a figure."""
    lines = "".join(f'<li id="fig-{number}" value="{number}">{html}</li>' for number, html in items)
    return (
        f'<section class="kumkm-evidence" aria-label="{text(title)}"><p>{text(lead)}</p>'
        f"<ol>{lines}</ol></section>"
    )


def _plain(html: str) -> str:
    """Return HTML without its tags, for a label."""
    import re
    from html import unescape

    return unescape(re.sub(r"<[^>]+>", "", html))
