"""The small HTML that a report emits: figures, tables, charts, the list of evidence.

Everything that comes from data is escaped; nothing needs a script. A number is a button that opens
its card as a popover; the closing list is made of the same elements, so that nothing is said twice.
The list is closed by style, not by what holds it: a popover in a closed ``<details>`` would not be
shown. The classes are styled by the page's template; to JupyterLab every output brings its style.

A page has a thousand numbers, so what HTML lets one leave out of their frame is left out: the end
tags of cells and items, the quotes around ids and plain decimals.
"""

from __future__ import annotations

import csv
import io
import re
import urllib.parse
from collections.abc import Iterable, Sequence
from html import escape, unescape

from kumkm_analysis.charts.marks import Chart
from kumkm_analysis.errors import inert, isolated

SVG = "http://www.w3.org/2000/svg"
UNQUOTED = re.compile(r"[\w:/.,;@?#%+~-]*[\w?#%+~-]", re.ASCII)  # an address as it may stand bare
PLAIN_VALUE = re.compile(r'="([\w.#,-]+)"(?=[ >])')
PRINTABLE = "".join(map(chr, range(33, 127)))
IN_ADDRESS = frozenset('%#"<>&\n\r\t')  # what cannot stand as it is in an address in quotes
SAFE_SCHEMES = ("https://", "http://")
# A line shows when both its group and the list are open, and when an address leads to it; else it
# is a popover only. Paper has the sources of a closed list without their lines.
_FLAT = (
    "{position:static;border:0;margin:0;padding:0;background:none;color:inherit;width:auto;"
    "height:auto;overflow:visible;display:"
)
EVIDENCE_STYLE = (
    ".kumkm-evidence{"
    ">details:first-child:not([open])~:is(h3,details){display:none}"
    "li:not(:popover-open)>i{display:none}"
    "li:not(:popover-open):has(:target)>i{display:block}"
    f">details[open]:first-child~details[open]+p:not(:popover-open){_FLAT}block}}"
    ">details[open]:first-child~details[open]+p+ul>li:not(:popover-open),"
    f"li:not(:popover-open):has(:target){_FLAT}list-item}}"
    "@media print{>details:first-child~h3{display:block}"
    f">p:not(:popover-open){_FLAT}block}}}}"
    "}"
)
# What makes a number look like one in an output of JupyterLab, and its card open beneath it.
OUTPUT_STYLE = (
    "<style>[popovertarget^=k]{font:inherit;color:inherit;background:none;border:0;padding:0;"
    "cursor:pointer;text-decoration:underline dotted}"
    ".kumkm-card:popover-open{inset:auto;position-area:bottom;position-try:flip-block;max-width:26rem;margin:.3rem;"
    "padding:.6rem .9rem;border:1px solid;border-radius:6px;font-size:.9em;line-height:1.5;"
    "white-space:normal;text-align:left}.kumkm-card i{display:block;font-style:normal}"
    ".kumkm-chart svg{max-width:640px}</style>"
)


def text(value: str) -> str:
    """Escape a text for element content and attributes; it leaves its neighbours in order."""
    return escape(isolated(value), quote=True)


def figure(identity: str, value: str, shown: str, more: str = "") -> str:
    """Return a number on the page: its machine value, and a button that opens its card.

    Of a phrase with numerals ("between 5 and 6") only the numerals are buttons, so that lines can
    break between them. ``more`` is finished HTML that stands inside the last button.
    """
    opened = f"<button popovertarget={identity}>"
    words = shown.split(" ")
    if not any(_has_digit(word) for word in words):
        words = [shown]
    last = max(i for i, word in enumerate(words) if _has_digit(word) or len(words) == 1)
    parts = [
        f"{opened}{text(word)}{more if i == last else ''}</button>"
        if _has_digit(word) or len(words) == 1
        else text(word)
        for i, word in enumerate(words)
    ]
    return f"<data value={value or chr(34) * 2}>{' '.join(parts)}</data>"


def opener(identity: str, shown: str, language: str = "") -> str:
    """Return a text that opens another line of the evidence, or the record of a source.

    ``language`` is that of the text where it is not the page's, here and below.
    """
    return f"<button popovertarget={identity}{_lang(language)}>{text(shown)}</button>"


def quote(shown: str, language: str = "") -> str:
    """Return words as they were printed; a voice reads ``5.855`` by their language."""
    return f"<q{_lang(language)}>{text(shown)}</q>"


def blockquote(shown: str, language: str = "") -> str:
    """Return a sentence of a source as a block of its own; it is finished HTML."""
    return f"<blockquote{_lang(language)}><p>{shown}</p></blockquote>"


def rule_number(found: re.Match[str]) -> str:
    """Return a number of a rule, told apart from the figures of a page."""
    return f"<var class=kumkm-rule>{found[0]}</var>"


def small(shown: str) -> str:
    """Return a second line of a table cell."""
    return f" <small>{text(shown)}</small>"


def cite(publisher: str) -> str:
    """Return the name of a source."""
    return f"<cite>{text(publisher)}</cite>"


def link(url: str, shown: str, language: str = "") -> str:
    """Return a link when the address is a web address, else the text alone."""
    if not is_web(url):
        return text(shown)
    address = urllib.parse.quote(url, safe=PRINTABLE)  # what turns letters would not lead there
    return f"<a href={_attribute(address)}{_lang(language)}>{text(shown)}</a>"


def is_web(url: str) -> bool:
    """Tell whether an address may be a link."""
    return url.startswith(SAFE_SCHEMES)


def to_record(identity: str, shown: str) -> str:
    """Return a text that leads to where a source is listed."""
    return f"<a href=#{identity}>{text(shown)}</a>"


def paragraph(html: str, kind: str = "say") -> str:
    """Wrap finished HTML in a paragraph of the report."""
    return f'<p class="kumkm-{kind}">{html}</p>'


def finding(label: str, said: str, sources: str) -> str:
    """Return a finding: its kind, what it says, and its sources; all three are finished HTML."""
    return (
        f'<div class="kumkm-finding"><p class="kumkm-label">{label}</p><p>{said}</p>'
        f'<p class="kumkm-from">{sources}</p></div>'
    )


def folded(summary: str, html: str) -> str:
    """Return something that is closed until it is asked for."""
    return f"<details><summary>{text(summary)}</summary>{html}</details>"


def table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    language: str = "en",
    download: str = "",
    data: Sequence[Sequence[str]] = (),
) -> str:
    """Return a table with caption and scoped heads; cells are finished HTML.

    ``download`` is the text of a link to the same table as CSV, with the exact value of every
    figure, in the manner of spreadsheets of the language; without it there is no such link.
    ``data`` are the rows of that CSV, heads and all, where it holds more than the table shows.
    """
    head = "".join(f"<th scope=col>{h}" for h in heads)
    body = "".join(
        "<tr>"
        + "".join(
            f"<th scope=row>{cell}" if place == 0 else f"<td>{cell}"
            for place, cell in enumerate(row)
        )
        for row in rows
    )
    return (
        f'<div class="kumkm-table"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}<tbody>{body}</table></div>"
    ) + (_download(caption, data or [heads, *rows], language, download) if download else "")


def _download(caption: str, rows: Sequence[Sequence[str]], language: str, label: str) -> str:
    """Return a link that holds a table as CSV; nothing is fetched for it."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";" if language == "id" else ",", lineterminator="\n")
    writer.writerows([[_value(cell, language) for cell in row] for row in rows])
    content = "\N{ZERO WIDTH NO-BREAK SPACE}" + written.getvalue()
    data = "".join(f"%{ord(c):02X}" if c in IN_ADDRESS else c for c in content)
    name = escape(plain(caption).rstrip("."))
    return (
        f'<a class="kumkm-csv" download="{name}.csv" '
        f'href="data:text/csv;charset=utf-8,{data}">{text(label)}</a>'
    )


def _value(cell: str, language: str) -> str:
    """Return what a cell of a table holds, a figure by its exact value.

    >>> _value("2012 <small>BPS</small>", "en"), _value("<data value=5.5>5.50</data>", "id")
    ('2012 · BPS', '5,5')
    """
    found = re.search(r"<data value=([^>\"]+)>", cell)
    if found:
        return found[1].replace(".", ",") if language == "id" else found[1]
    said = plain(cell.replace("<br>", " · ").replace(" <small>", " · "))
    return inert(" ".join(said.split()))


def chart(drawn: Chart, caption: str, summary: str, data_table: str) -> str:
    """Return a chart with alt text, caption and, folded, the table of what it shows."""
    words = f'<svg role="img" aria-label="{text(drawn.alt)}"'
    svg = _within_html(drawn.svg).replace("<svg", words, 1)
    said = f"<figcaption>{caption}</figcaption>" if caption else ""
    return (
        f'<figure class="kumkm-chart">{svg}{said}'
        f"<details><summary>{text(summary)}</summary>{data_table}</details></figure>"
    )


def card(identity: str, html: str) -> str:
    """Return the card of a number beside it, as an output of a notebook has it."""
    return f"<span class=kumkm-card id={identity} popover>{html}</span>"


def aside(html: str) -> str:
    """Return what a card says beyond its line in the list; it is finished HTML."""
    return f"<i>{html}</i>" if html else ""


def aside_line(html: str) -> str:
    """Return what list and card say on a line of its own; it is finished HTML."""
    return f"<br>{html}"


def to_here(identity: str, shown: str) -> str:
    """Return a link to where it stands itself, for whoever wants to pass it on."""
    return f"<a id={_attribute(identity)} href={_attribute('#' + identity)}>{text(shown)}</a>"


def evidence_line(identity: str, html: str) -> str:
    """Return one figure's line in the closing list: an item, and the popover of its numbers."""
    return f"<li id={identity} popover>{html}"


def evidence_group(identity: str, summary: str, head: str, lines: Sequence[str]) -> str:
    """Return a source, closed, its record, and the figures that it prints, if any."""
    record = f"<p id={identity} popover>{head}</p>"
    if not lines:
        return record
    closed = f'<details class="kumkm-source"><summary>{summary}</summary></details>'
    return f"{closed}{record}<ul>{''.join(lines)}</ul>"


def rule_group(summary: str, head: str, told: str, lines: Iterable[str]) -> str:
    """Return a formula, closed, what it means, and the figures that were made by it.

    ``told`` is plain text that every card of the group ends with. It stands on the page once, as a
    style that the cards inherit, since to repeat it would be a twentieth of a page.
    """
    style = f" style=\"--told:'{_css_string(told)}'\"" if told else ""
    closed = f"<details><summary>{summary}</summary></details>"
    return f"{closed}<p popover>{head}</p><ul{style}>{''.join(lines)}</ul>"


def evidence(title: str, lead: str, groups: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Return the closing list: closed, with parts under a heading each, made of groups."""
    parts = "".join(f"<h3>{text(heading)}</h3>{''.join(part)}" for heading, part in groups)
    return (
        f"<style>{EVIDENCE_STYLE}</style>"
        f'<section class="kumkm-evidence" aria-label="{text(title)}"><details>'
        f"<summary>{text(title)}</summary><p>{text(lead)}</p></details>{parts}</section>"
    )


def plain(html: str) -> str:
    """Return HTML without its tags, for a label."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def _within_html(svg: str) -> str:
    """Return SVG without what HTML does not need of it: the namespace, quotes around plain values.

    >>> _within_html(f'<svg xmlns="{SVG}"><text x="7" y="1.5">a="b" c</text></svg>')
    '<svg><text x=7 y=1.5>a="b" c</text></svg>'
    >>> texts = "".join(f"<text x=7 y={row}>{row}</text>" for row in range(3))
    >>> _within_html(f"<g id=a>{texts}</g>")
    '<g id=a transform=translate(7)><text y=0>0</text><text y=1>1</text><text y=2>2</text></g>'
    """
    bare = svg.replace(f' xmlns="{SVG}"', "", 1)
    plain = re.sub(r"<[^>]*>", lambda tag: PLAIN_VALUE.sub(r"=\1", tag[0]), bare)
    return re.sub(r"<g ([^>]*)>((?:<text [^>]*>[^<]*</text>)+)", _aligned, plain)


def _aligned(group: re.Match[str]) -> str:
    """Return a group of texts that stand in one column or row with that said once."""
    places = re.findall(r"<text x=(\S+) y=([^\s>]+)>", group[2])
    across, down = ({place[axis] for place in places} for axis in (0, 1))
    if len(places) < 3 or min(len(across), len(down)) > 1:
        return group[0]
    (name, move) = ("x", f"{across.pop()}") if len(across) == 1 else ("y", f"0,{down.pop()}")
    texts = re.sub(rf"(<text[^>]*) {name}=[^\s>]+", r"\1", group[2])
    return f"<g {group[1]} transform=translate({move})>{texts}"


def _css_string(value: str) -> str:
    r"""Return a text that can stand inside a CSS string in an attribute, whatever it holds.

    >>> _css_string("a ÷ b: url('x')")
    'a ÷ b: url\\28 \\27 x\\27 \\29 '
    """
    return "".join(
        c if c.isalnum() or c in " ,.:-" or ord(c) > 127 else f"\\{ord(c):x} "
        for c in " ".join(isolated(value).split(" "))
    )


def _attribute(value: str) -> str:
    return value if UNQUOTED.fullmatch(value) else f'"{escape(value)}"'


def _lang(language: str) -> str:
    return f" lang={language}" if language.isalpha() else ""


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)
