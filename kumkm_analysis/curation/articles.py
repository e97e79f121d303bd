"""An article as it was published: title, date, address and paragraphs, from text, HTML or PDF."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kumkm_analysis.errors import Fault, ParameterError

if TYPE_CHECKING:
    from kumkm_analysis.curation.lexicon import Lexicon

LARGEST = 20 * 2**20  # bytes; no article is as long
LONGEST = 200_000  # characters of all paragraphs
HEAD = 5  # paragraphs in which date and address may stand
SHORT = 110  # characters; a line of the head that is longer is text
KINDS = {".txt": "text", ".text": "text", ".md": "text", ".htm": "html", ".html": "html"}
AROUND = ("script", "style", "noscript", "nav", "header", "footer", "aside", "form", "figure",
          "template", "iframe", "button", "svg")  # fmt: skip
BLOCKS = ("p", "div", "li", "h1", "h2", "h3", "h4", "blockquote", "tr", "br", "section")
DATELINE = re.compile(r"^(?:[^.!?]|\.(?=\w)){2,70}?\s(?:-{1,2}|[–—])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Article:
    """What was read of an article; ``published`` is a date as the data write it, or empty."""

    path: Path
    title: str
    paragraphs: tuple[str, ...]
    published: str = ""
    url: str = ""
    publisher: str = ""
    language: str = ""


def read_article(path: Path, lexicon: Lexicon) -> Article:
    """Return the article in a text, HTML or PDF file.

    Raises :class:`~kumkm_analysis.errors.ParameterError` when the file is none of these, holds no
    text, or needs a library that is not installed.
    """
    content = _content(path)
    start = content[:400].lstrip().lower()
    if content.startswith(b"%PDF"):
        article = _from_text(path, _pdf_text(path), lexicon)
    elif KINDS.get(path.suffix.lower()) == "html" or start.startswith((b"<!doctype", b"<html")):
        article = _from_html(path, content, lexicon)
    else:
        article = _from_text(path, _decoded(path, content), lexicon)
    if not article.paragraphs:
        step = "A scanned PDF needs its text recognised first; copy the text into a .txt file."
        raise ParameterError(Fault(f"article {path}", "no text", "paragraphs of text", step))
    size = sum(map(len, article.paragraphs))
    if size > LONGEST:
        found, expected = f"a text of {size:,} characters", f"an article, at most {LONGEST:,}"
        raise ParameterError(Fault(f"article {path}", found, expected, "Save the article alone."))
    language = article.language if article.language in lexicon.languages else ""
    language = language or lexicon.language_of(" ".join(article.paragraphs))
    return replace(article, language=language)


def _content(path: Path) -> bytes:
    if not path.is_file():
        step = "Save the article as text, HTML or PDF, and name that file."
        raise ParameterError(Fault(f"article {path}", "no such file", "a file", step))
    if (size := path.stat().st_size) > LARGEST:
        found = f"{size:,} bytes"
        raise ParameterError(Fault(f"article {path}", found, f"at most {LARGEST:,}"))
    return path.read_bytes()


def _decoded(path: Path, content: bytes) -> str:
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        step = "Save the article as text, HTML or PDF."
        raise ParameterError(Fault(f"article {path}", "no text file", "text, HTML or PDF", step))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _pdf_text(path: Path) -> str:
    """Return the text of a PDF, its lines joined into paragraphs."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        step = "Install it with: pip install 'kumkm-analysis[curation]'"
        fault = Fault(f"article {path}", "a PDF, and no pypdf installed", "the package pypdf", step)
        raise ParameterError(fault) from None
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong is told below
    try:
        pages = [page.extract_text() for page in PdfReader(path).pages]
    except (PyPdfError, ValueError, KeyError, RecursionError) as error:
        raise ParameterError(Fault(f"article {path}", str(error), "a PDF with text")) from None
    text = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", "\n".join(pages))
    lines = [line.strip() for line in text.splitlines()]
    full = 0.75 * max(map(len, lines), default=0)
    joined = ""
    for line in lines:
        joined += line
        ends = not line or (len(line) < full and line.endswith((".", "!", "?", "”", '"')))
        joined += "\n\n" if ends or (len(line) < full and line == lines[0]) else " "
    return joined


def _from_text(path: Path, text: str, lexicon: Lexicon) -> Article:
    """Return the article in a text: blank lines part paragraphs; without any, every line is one."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    parts = re.split(r"\n\s*\n|\n(?=\s*[-–•*]\s)", text)
    if len(parts) < 3:
        parts = text.split("\n")
    return _headed(path, [_plain(part) for part in parts], lexicon, Article(path, "", ()))


def _headed(path: Path, parts: list[str], lexicon: Lexicon, known: Article) -> Article:
    """Return an article whose head, where it has one, gives title, date and address."""
    title, date, url = known.title, known.published, known.url
    body: list[str] = []
    for place, part in enumerate(part for part in parts if part):
        address = re.search(r"https?://\S+", part)
        short = len(part) <= SHORT and not re.search(r"[.!?:][”\"']?$", part)
        if place < HEAD and not body and (short or (address and len(part) < 2 * SHORT)):
            url = url or (address[0] if address else "")
            found = lexicon.date_in(part)
            date = date or found
            if not (title or found or address or lexicon.is_boilerplate(part)):
                title = part
            continue
        if not lexicon.is_boilerplate(part) and part != title:
            body.append(part)
    if not date:
        date = next((d for part in [*body[:2], *body[-2:]] if (d := lexicon.date_in(part))), "")
    if body:
        body[0] = _without_dateline(body[0])
    return replace(known, path=path, title=title, paragraphs=tuple(body), published=date, url=url)


def _without_dateline(text: str) -> str:
    """Return a paragraph without the place and paper before its first dash: where it was written.

    >>> _without_dateline("SAMARINDA, ANTARA - Jumlah koperasi bertambah.")
    'Jumlah koperasi bertambah.'
    """
    found = DATELINE.match(text)
    signs = found and re.search(r"\b[A-Z]{4,}|\(|\.com|\.co|\b(19|20)\d\d\s", found[0])
    return text[found.end() :] if found and (signs or len(found[0].split()) <= 3) else text


def _from_html(path: Path, content: bytes, lexicon: Lexicon) -> Article:
    """Return the article of a web page: its main text, without menus and what stands around it."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(_decoded(path, content), "html.parser")
    known = Article(
        path,
        title=_plain(_meta(page, "og:title") or _said(page.find("h1")) or _said(page.title)),
        paragraphs=(),
        published=_date(page),
        url=_meta(page, "og:url") or _link(page),
        publisher=_meta(page, "og:site_name"),
        language=str(page.html.get("lang") or "")[:2] if page.html else "",
    )
    for tag in page.find_all(AROUND):
        tag.decompose()
    homes = [*page.find_all("article"), *page.find_all("main")] or page.find_all(("div", "body"))
    home: Any = max(homes or [page], key=_weight)
    for tag in home.find_all(BLOCKS):
        tag.insert_before("\n\n")
        tag.insert_after("\n\n")
    for row in home.find_all("tr"):
        cell = row.find(("td", "th"))
        if cell and re.fullmatch(r"\s*(?:\d{1,3}[.)]?|No\.?)\s*", cell.get_text(), re.IGNORECASE):
            cell.decompose()  # the number of the row
    for tag in home.find_all(("td", "th")):
        tag.insert_after(" ")
    parts = [_plain(part) for part in re.split(r"\n\s*\n", home.get_text())]
    return _headed(path, parts, lexicon, known)


def _weight(tag: Any) -> int:
    """Return how much text stands in paragraphs right in a tag, all below it counting a little."""
    own = sum(len(p.get_text()) for p in tag.find_all("p", recursive=False))
    return own * 1000 + len(tag.get_text()) if own else len(tag.get_text()) // 1000


def _meta(page: Any, name: str) -> str:
    tag = page.find("meta", attrs={"property": name}) or page.find("meta", attrs={"name": name})
    return str(tag.get("content") or "").strip() if tag else ""


def _link(page: Any) -> str:
    tag = page.find("link", rel="canonical")
    return str(tag.get("href") or "") if tag else ""


def _said(tag: Any) -> str:
    return tag.get_text(" ") if tag else ""


def _date(page: Any) -> str:
    """Return the day on which a page says that it was published."""
    for text in _dates(page):
        if found := re.match(r"\d{4}-\d{2}-\d{2}", text):
            return found[0]
    return ""


def _dates(page: Any) -> Iterator[str]:
    for name in ("article:published_time", "datePublished", "date", "pubdate", "publishdate"):
        yield _meta(page, name)
    for tag in page.find_all("script", type="application/ld+json"):
        try:
            content = json.loads(tag.get_text())
        except ValueError:
            continue
        for one in content if isinstance(content, list) else [content]:
            if isinstance(one, dict):
                yield str(one.get("datePublished") or "")
    for tag in page.find_all("time"):
        yield str(tag.get("datetime") or "")


def _plain(text: str) -> str:
    return " ".join(text.split())
