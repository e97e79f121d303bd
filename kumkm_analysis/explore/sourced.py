"""A figure that knows the texts it rests on, and how to cite them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from html import escape

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.records import Source
from kumkm_analysis.explore.names import Asked, language_of
from kumkm_analysis.findings.examine import examine
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.report import citations

# How reference managers call our kinds of source; a kind of another package is a web page.
RIS_TYPES: Mapping[str, str] = {
    "statistics_office": "DATA", "ministry": "GOVDOC", "provincial_government": "GOVDOC",
    "local_government": "GOVDOC", "academic": "GEN", "press": "NEWS", "blog": "BLOG",
}  # fmt: skip
TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
URL = {"\\": "%5C", "{": "%7B", "}": "%7D", " ": "%20", '"': "%22"}


@dataclass(frozen=True, repr=False)
class SourcedFigure(Figure):
    """A :class:`~kumkm_analysis.metrics.figures.Figure` with the package that it comes from."""

    data: Dataset | None = field(default=None, compare=False)

    @classmethod
    def of(cls, figure: Figure, data: Dataset) -> SourcedFigure:
        """Return a figure with its package."""
        own = {f.name: getattr(figure, f.name) for f in fields(Figure)}
        return cls(**own, data=data)

    def sources(self) -> tuple[Source, ...]:
        """Return the texts that print what the figure rests on, each once, in order of use."""
        data = self._data
        ids = dict.fromkeys(data.observations[o].source_id for o in self.observations)
        return tuple(data.sources[i] for i in ids)

    def cite(self, form: str = "text", language: bool | str = True) -> str:
        """Return the sources as ``text``, ``bibtex`` or ``ris``.

        The day on which an address was last read is not recorded, so none is given.

        >>> from kumkm_analysis.explore.compute import compute
        >>> compute("own_capital_share", region=64, period=2012).cite().partition(", https")[0]
        'Kalimantan News, “Kaltim Revitalisasi KUMKM 2013”, undated'
        """
        return cite(self._data, [s.source_id for s in self.sources()], form, language)

    @property
    def _data(self) -> Dataset:
        assert self.data is not None  # noqa: S101 - of() gives it
        return self.data

    def _repr_html_(self) -> str:
        """Show the figure and its bounds, the printed figures, and what is against them."""
        data, language = self._data, language_of(self._data)
        said = escape(self.text(language))
        if not self.interval.is_exact:
            said += f" ({escape(self.between(language, style='table'))})"
        rows = []
        for i in self.observations:
            o = data.observations[i]
            source = data.sources[o.source_id]
            by = escape(citations.by(source, language))
            if re.match("https?://", source.url):
                by = f'<a href="{escape(source.url)}">{by}</a>'
            title = escape(data.indicators[o.indicator_id].title(language))
            when = "" if o.reference_period == self.period else f" ({o.reference_period})"
            rows.append(f"<li>{title}{when}: “{escape(o.as_printed)}”, {by}</li>")
        found = [examine(data)[f] for f in self.findings] if self.contested else []
        rows += [
            f"<li><b>{escape(f.title(language))}</b>: {escape(f.sentence(language))}</li>"
            for f in found
            if set(f.suspects) & {*self.suspects, *self.disputed}
        ]
        place = data.regions[self.region].title(language)
        head = escape(", ".join((self.name.replace("_", " "), place, self.period)))
        return f"<div><b>{said}</b> — {head}<ul>{''.join(rows)}</ul></div>"


def cite(data: Dataset, sources: Iterable[str], form: str, language: bool | str = True) -> str:
    """Return sources of a package, by code, as ``text``, ``bibtex`` or ``ris``."""
    asked = Asked(data)
    asked.one_of("form", str(form), tuple(FORMS))
    asked.settle()
    write = FORMS[str(form).casefold()]
    return write(tuple(data.sources[i] for i in sources), data, language_of(data, language))


def _texts(sources: tuple[Source, ...], data: Dataset, language: str) -> str:
    return "\n".join(citations.plain(source, language) for source in sources)


def _bibtex(sources: tuple[Source, ...], data: Dataset, language: str) -> str:
    return "\n\n".join(_entry(source, data) for source in sources)


def _entry(source: Source, data: Dataset) -> str:
    """Return a source as an entry of BibTeX; titles and names are kept letter by letter."""
    cells = {
        "author": f"{{{_tex(source.publisher)}}}",
        "title": f"{{{_tex(source.title or source.url)}}}",
        "year": source.published[:4],
        "month": str(int(source.published[5:7])) if source.published[5:7].isdigit() else "",
        "date": source.published,
        "url": "".join(URL.get(letter, letter) for letter in source.url),
        "note": _tex(f"As recorded in {data.name} {data.version}"),
    }
    told = ",\n".join(f"  {name} = {{{cell}}}" for name, cell in cells.items() if cell.strip("{}"))
    return f"@misc{{{re.sub(r'[^A-Za-z0-9._:-]', '-', source.source_id)},\n{told}\n}}"


def _tex(text: str) -> str:
    return "".join(TEX.get(letter, letter) for letter in text)


def _ris(sources: tuple[Source, ...], data: Dataset, language: str) -> str:
    return "\n".join(line for source in sources for line in _record(source, data)) + "\n"


def _record(source: Source, data: Dataset) -> Iterator[str]:
    """Yield the lines of a source in the format of RIS."""
    date = source.published
    yield f"TY  - {RIS_TYPES.get(source.kind, 'ELEC')}"
    for tag, text in (
        ("ID", source.source_id), ("AU", source.publisher), ("TI", source.title or source.url),
        ("PY", date[:4]), ("DA", date.replace("-", "/")), ("UR", source.url),
        ("LA", source.language), ("N1", f"As recorded in {data.name} {data.version}"),
    ):  # fmt: skip
        if text:
            yield f"{tag}  - {text}"
    yield "ER  - "


FORMS: Mapping[str, Callable[[tuple[Source, ...], Dataset, str], str]] = {
    "text": _texts, "bibtex": _bibtex, "ris": _ris,
}  # fmt: skip
