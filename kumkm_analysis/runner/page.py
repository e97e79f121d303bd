"""The page: an executed notebook as one self-contained HTML file, without script.

Our own template lays it out. Prose of the other language is left out; the code of a
section is folded at its end, one click away, where it does not come between two sentences.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape, unescape
from itertools import chain, count
from pathlib import Path
from typing import Any

from kumkm_analysis import __version__
from kumkm_analysis.errors import isolated
from kumkm_analysis.runner import media, notebooks, outputs
from kumkm_analysis.runner.check_page import POLICY
from kumkm_analysis.runner.plan import Report

FOLDER = Path(__file__).parent / "template" / "kumkm"
LANGUAGE_TAGS = {"lang-id": "id", "lang-en": "en"}
HEADINGS = re.compile(r"<h([12])([^>]*)>(.*?)</h\1>", re.DOTALL)
MAIN_HEADING = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
WIDGETS = "application/vnd.jupyter.widget-state+json"
FEWEST_CONTENTS = 3  # a shorter page needs no list of contents
TRANSLATION = {"id": ("en", "In English"), "en": ("id", "Dalam bahasa Indonesia")}


def build(
    notebook: Any,
    report: Report,
    other: str | None = None,
    beside: Sequence[str] = (),
    folder: Path | None = None,
    notes: list[str] | None = None,
) -> str:
    """Return the page of an executed notebook.

    ``other`` is the relative address of the page in the other language, when there is one;
    ``beside`` the names of the files for machines that are published in the page's folder;
    ``folder`` is where the pictures of its prose are, by default the notebook's own. To ``notes``
    is added what the page cannot show, with its cell.
    """
    language = _language(report)
    sections, contents = _sections(notebook, report, folder, notes)
    called, found = title(notebook, report, folder), results(notebook)
    return fill(
        "page.html.j2",
        language=language,
        translation=(other, *TRANSLATION[language]) if other else None,
        words=_words(language),
        title=called,
        headed=any("<h1" in part for section in sections for part in section["parts"]),
        name=report.name,
        sections=sections,
        contents=contents if len(contents) >= FEWEST_CONTENTS else [],
        parameters={n: v for n, v in report.parameters.items() if n != "language"},
        results=found,
        credit=_credit(report, called, found) if found else {},
        beside=beside,
        running_title=_css_string(called),
    )


def fill(template: str, **facts: Any) -> str:
    """Return a template filled with facts; all is escaped but what it marks as finished HTML."""
    styles = {name: (FOLDER / f"{name}.css").read_text("utf-8") for name in ("page", "index")}
    common = {"policy": POLICY, "styles": styles, "version": __version__}
    filled = _environment().get_template(template).render(**common, **facts)
    return str(filled).strip() + "\n"


@lru_cache
def words() -> dict[str, Any]:
    """Return what pages and the index say of themselves, from ``words.toml``."""
    return tomllib.loads((FOLDER / "words.toml").read_text("utf-8"))


@lru_cache
def _environment() -> Any:
    """Return what fills our templates; a text in it leaves the order of its neighbours alone."""
    from jinja2 import Environment, FileSystemLoader

    def in_order(value: Any) -> Any:
        return isolated(value) if type(value) is str else value

    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, finalize=in_order)


def results(notebook: Any) -> dict[str, Any] | None:
    """Return the results that a notebook carries in an output of our media type, if any."""
    for cell in reversed(notebook.cells):
        for found in reversed(cell.get("outputs", [])):
            data = found.get("data", {}).get(media.RESULTS)
            if data is not None:
                return dict(data) if isinstance(data, Mapping) else {}
    return None


def title(notebook: Any, report: Report, folder: Path | None = None) -> str:
    """Return the title of a page: that of its results, its first main heading, or its notebook's.

    A notebook of one's own need not call ``report.title(…)``. The heading is taken from what the
    page shows, so that a comment in a block of code is not one.
    """
    said = str((results(notebook) or {}).get("title") or "").strip()
    if said:
        return said
    sections, _ = _sections(notebook, report, folder)
    shown = "\n".join(part for section in sections for part in section["parts"])
    main = MAIN_HEADING.search(shown)
    words = unescape(re.sub(r"<[^>]+>", "", main[1])) if main else ""
    return " ".join(words.split()) or report.notebook


def _credit(report: Report, called: str, found: Mapping[str, Any]) -> dict[str, str]:
    """Return how a page is cited: by whom its data are, of which year, where they are to be had."""
    data = found.get("data", {})
    people = [str(name) for name in data.get("contributors") or ()]
    year, address = str(data.get("created") or "")[:4], str(data.get("homepage") or "")
    address = address if address.startswith(("https://", "http://")) else ""
    period = report.parameters.get("period", "")
    fields = {
        "author": " and ".join(f"{{{_braced(name)}}}" for name in people),
        "title": f"{{{_braced(f'{called}, {period}'.removesuffix(', '))}}}",
        "year": year,
        "url": address,
        "version": str(data.get("version", "")),
        "note": _braced(f"{report.name}, {data.get('name', '')}"),
        "language": {"id": "indonesian", "en": "british"}[_language(report)],
    }
    told = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return {
        "authors": "; ".join(people) or str(data.get("name", "")),
        "year": year,
        "address": address,
        "bibtex": f"@misc{{{report.name},\n{told}}}",
    }


def _braced(text: str) -> str:
    r"""Return a text as BibTeX takes it: its own signs are written as such.

    >>> _braced("R&D, 5%")
    'R\\&D, 5\\%'
    """
    return re.sub(r"([&%$#_{}\\])", r"\\\1", text)


def _language(report: Report) -> str:
    """Return the language in which a page speaks of itself."""
    return report.language if report.language in TRANSLATION else "en"


def _words(language: str) -> dict[str, str]:
    """Return what a page says of itself in a language."""
    return {key: said[language] for key, said in words()["page"].items()}


def _sections(
    notebook: Any, report: Report, folder: Path | None, notes: list[str] | None = None
) -> tuple[list[dict[str, list[str]]], list[tuple[str, str]]]:
    """Return the cells of the run's language by section as finished HTML, and the contents."""
    language, folder = _language(report), folder or report.path.resolve().parent
    widgets = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    showing = outputs.Showing(folder, language, _words(language)["no_alt"], widgets)
    outline = _Outline()
    sections: list[dict[str, list[str]]] = [{"parts": [], "code": []}]
    for number, cell in notebooks.counted(notebook):
        tags = _tags(cell)
        if _left_out(tags, language):
            continue
        showing.cell = f"cell {number}"
        for html, heads in _parts(cell, tags, showing):
            part = outline.number(html) if heads else html
            outline.main = outline.main or "<h1" in part
            if heads and part.startswith("<h2"):
                sections.append({"parts": [], "code": []})
            sections[-1]["parts"].append(part)
        if cell.cell_type == "code" and cell.source.strip() and "remove-input" not in tags:
            sections[-1]["code"].append(outputs.code(cell.source))
    if len(sections) > 1:  # nothing stands between the title and the answer
        sections[1]["code"][:0] = sections[0]["code"]
        sections[0]["code"] = []
    if notes is not None:
        notes += showing.notes
    return [s for s in sections if s["parts"] or s["code"]], outline.contents


def _parts(cell: Any, tags: set[str], showing: outputs.Showing) -> Iterator[tuple[str, bool]]:
    """Yield what a cell shows as finished HTML, and whether its headings are those of the page."""
    if cell.cell_type == "markdown":
        yield showing.markdown(cell.source, cell.get("attachments", {})), True
    elif cell.cell_type == "raw":
        yield showing.raw(cell.source, cell.metadata), True
    elif cell.cell_type == "code" and "remove-output" not in tags:
        yield from showing.outputs(cell.outputs)


def _tags(cell: Any) -> set[str]:
    """Return the tags of a cell, with dashes, as half of Jupyter writes them."""
    return {str(tag).replace("_", "-") for tag in cell.metadata.get("tags", [])}


def _left_out(tags: set[str], language: str) -> bool:
    """Tell whether a cell is no part of a page in a language."""
    others = (LANGUAGE_TAGS[tag] for tag in tags & LANGUAGE_TAGS.keys())
    return "remove-cell" in tags or any(other != language for other in others)


def _css_string(text: str) -> str:
    r"""Return a text that can stand inside a CSS string in a style element, whatever it holds.

    >>> _css_string('a"</style>')
    'a\\22 \\3c \\2f style\\3e '
    """
    return "".join(
        c if c.isalnum() or c in " ,.-" else f"\\{ord(c):x} " for c in " ".join(text.split())
    )


class _Outline:
    """The headings of a page: one main heading, and anchors for those of the second level."""

    def __init__(self) -> None:
        self.main = False
        self.contents: list[tuple[str, str]] = []

    def number(self, html: str) -> str:
        """Give the headings of prose their anchors; a second main heading steps down a level."""
        return HEADINGS.sub(self._heading, html)

    def _heading(self, match: re.Match[str]) -> str:
        if match[1] == "1" and not self.main:
            self.main = True
            return match[0]
        label = unescape(re.sub(r"<[^>]+>", "", match[3])).strip()
        anchor = self._anchor(label)
        self.contents.append((anchor, label))
        return f'<h2 id="{escape(anchor)}">{match[3]}</h2>'

    def _anchor(self, label: str) -> str:
        """Return an anchor as Jupyter makes it from a heading, unique on the page."""
        taken = {anchor for anchor, _ in self.contents}
        base = re.sub(r"\s+", "-", label) or "section"
        base = f"section-{base}" if re.fullmatch(r"[frs][0-9]+", base) else base
        numbered = (f"{base}-{number}" for number in count(2))
        return next(anchor for anchor in chain((base,), numbered) if anchor not in taken)
