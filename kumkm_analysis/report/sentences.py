"""How a report speaks: sentences with figures, in one of two languages, escaped and numbered."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kumkm_analysis.dataset.numerals import format_period
from kumkm_analysis.dataset.vocabulary import capital, join, the, when, word
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.metrics.formulas import METRICS
from kumkm_analysis.metrics.readings import Reader
from kumkm_analysis.report import html as markup
from kumkm_analysis.report.ledger import Ledger

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset

Part = Figure | Missing | str
NOWHERE = object()
ALWAYS = frozenset({"region", "period", "when"})  # placeholders that need no part
UNPRINTED = frozenset({"missing", "missing_official"})  # words for what nobody prints


def show(html: str, plain: str) -> None:
    """Display HTML with its plain text; nothing when there is nothing to show."""
    if html:
        from IPython.display import display

        display({"text/html": html, "text/plain": plain}, raw=True)


def _cell() -> object:
    """Return which cell of a notebook is running; None outside of one."""
    from IPython import get_ipython

    shell = get_ipython()
    return shell.execution_count if shell else None


class Voice:
    """Fills sentences for one region, period, language and reading."""

    def __init__(
        self, data: Dataset, region: str, period: str, language: str, reading: str
    ) -> None:
        self.data = data
        self.region = data.regions[region]
        self.period = period
        self.language = language
        self.reading = reading
        self.ledger = Ledger(data, language)
        self._lacking: set[tuple[str, str]] = set()  # what the page said to be missing, and why
        self._lacking_at: object = NOWHERE  # the cell in which nothing was said since

    def say(self, *, id: str, en: str, when: bool = True, **parts: Part) -> None:
        """Say a sentence with figures in the language of the run.

        Placeholders: ``{own}`` a figure as printed, or as far as its interval bears;
        ``{own:interval}`` its bounds in words; ``{own:when}`` its period with a preposition;
        ``{own:source}`` who printed it; ``{own:region}`` where and
        ``{own:period}`` for when; ``{own:.1}`` one decimal;
        ``{n|source prints|sources print}`` a word by a count. ``{region}``, ``{period}`` and
        ``{when}`` are always there. When a part is missing, the page says what no source prints;
        with ``when=False`` nothing is said. Nobody prints a hull of several sources, so where the
        sentence says who printed one, the page says what it is a hull of. Raises
        :class:`~kumkm_analysis.errors.ParameterError` when one language lacks a placeholder or a
        placeholder its part.
        """
        texts = {"id": id, "en": en}
        _check_placeholders(texts, parts)
        if not when:
            return None
        missing = [p for p in parts.values() if isinstance(p, Missing)]
        if missing:
            return self.say_missing(missing)
        self._lacking_at = NOWHERE
        credited = {name for name, spec in _placeholders(texts[self.language]) if spec == "source"}
        if any(isinstance(p := parts[n], Figure) and p.value is None for n in credited):
            return self._say_apart([p for p in parts.values() if isinstance(p, Figure)])
        self._show(texts, parts)
        return None

    def _show(self, texts: Mapping[str, str], parts: Mapping[str, Part]) -> None:
        show(markup.paragraph(self.fill(texts, parts)), self.fill(texts, parts, plain=True))

    def _say_apart(self, figures: Sequence[Figure]) -> None:
        """Say each figure of a sentence by itself, and which of them are hulls."""
        for figure in figures:
            if figure.kind != "count":
                key = "hull_of_all" if figure.value is None else "printed_by"
                texts = {language: word(key, language) for language in ("id", "en")}
                title = capital(self.ledger.title(figure.name))
                self._show(texts, {"what": title, "it": figure})

    def say_missing(self, missing: Sequence[Missing]) -> None:
        """Say which printed figures are lacking, or why none follows.

        Of what the page has said it says so, and within a cell it does not repeat it.
        """
        labels: dict[str, list[str]] = {}
        for m in missing:
            reason, lacking = self._reason(m)
            known = labels.setdefault(reason, [])
            known += [label for label in lacking if label not in known]
        every = frozenset((reason, label) for reason, known in labels.items() for label in known)
        again, cell = every <= self._lacking, _cell()
        if again and self._lacking_at == cell:
            return
        self._lacking |= every
        self._lacking_at = cell
        for reason, known in labels.items():
            unprinted = reason in UNPRINTED
            sentence = word(
                f"{reason}_again" if again and unprinted else reason,
                self.language,
                what=join(
                    [the(label, self.language) for label in known],
                    self.language,
                    "or" if unprinted else "standard",
                ),
                region=self.region_spoken,
                when=when(self.period, self.language),
            )
            show(markup.paragraph(markup.text(sentence), "missing"), sentence)

    def fill(self, texts: Mapping[str, str], parts: Mapping[str, Part], plain: bool = False) -> str:
        """Return the sentence of the run's language with its placeholders filled."""
        common: dict[str, Part] = {
            "region": self.region_spoken,
            "period": self.period_text(self.period),
            "when": when(self.period, self.language),
        }
        return _Sentence(self, plain).vformat(texts[self.language], (), {**common, **parts})

    def cell(self, part: Part, spec: str = "") -> str:
        """Return a part as the HTML of a table cell."""
        return _Sentence(self, plain=False, style="table").slot(part, spec)

    def printed(self, figure: Figure, spec: str = "") -> str:
        """Return a figure as the HTML of a table cell, its interval beneath when it has one."""
        shown = _written(figure, spec, self.language, "table")
        bounds = "" if figure.interval.is_exact else figure.between(self.language, "table")
        more = markup.small(bounds) if bounds and bounds != shown else ""
        return self.ledger.link(figure, shown, more)

    def word(self, key: str) -> str:
        """Return a fixed word in the language of the run."""
        return word(key, self.language)

    @property
    def region_title(self) -> str:
        """The region's name in the language of the run."""
        return self.region.title(self.language)

    @property
    def region_spoken(self) -> str:
        """The region's name as it stands within a sentence."""
        return the(self.region_title, self.language)

    @property
    def reading_title(self) -> str:
        """The reading by its title in the language of the run."""
        return self.data.domain.readings[self.reading][0 if self.language == "id" else 1]

    def period_text(self, period: str) -> str:
        """Return a reference period in words."""
        return format_period(period, self.language) if period else self.word("no_period")

    def term(self, term: str) -> str:
        """Return the label of a breakdown (``type.serba_usaha``)."""
        found = self.data.terms.get(term)
        return found.title(self.language) if found else term

    def place(self, figure: Figure) -> str:
        """Return the region of a figure, with its register when it belongs to one."""
        title = self.data.regions[figure.region].title(self.language)
        return f"{title} ({self.term('register.' + figure.register)})" if figure.register else title

    def publishers(self, figure: Figure) -> list[str]:
        """Return who printed what a figure rests on, each once."""
        ids = (self.data.observations[i].source_id for i in figure.observations)
        return list(dict.fromkeys(self.data.sources[i].publisher for i in ids))

    def together(self, *figures: Figure | Missing) -> bool:
        """Tell whether one sentence may name source and time for all: one source, one time.

        Where one of them is missing it may not.
        """
        known = [f for f in figures if isinstance(f, Figure)]
        printed = [self.data.observations[i] for f in known for i in f.observations]
        stood = {(o.source_id, o.reference_period) for o in printed}
        return len(known) == len(figures) and len(stood) == 1

    def _reason(self, missing: Missing) -> tuple[str, list[str]]:
        """Return the word for why something is missing, and of what it is said, by their titles.

        Of a quantity that is computed, this is said of its inputs that nobody prints.
        """
        if missing.reason != "not_printed":
            return missing.reason, [self._cell_title(missing.name, missing.category)]
        unprinted = "missing_official" if self.reading == "official" else "missing"
        if missing.name not in METRICS:
            return unprinted, [self._cell_title(missing.name, missing.category)]
        reader = Reader(self.data, self.region.region_id, self.period, self.reading)
        lacking = [
            self._cell_title(cell.indicator, cell.category)
            for cell in METRICS[missing.name].inputs.values()
            if not reader.candidates(cell)
        ]
        if lacking:
            return unprinted, lacking
        return "other_registers", [self.ledger.title(missing.name)]

    def _cell_title(self, indicator: str, category: str) -> str:
        """Return the title of what is printed, with its breakdown where it is a part."""
        title = self.ledger.title(indicator)
        parts = [self.term(part.replace("=", ".")) for part in category.split(";") if part]
        return f"{title} ({', '.join(parts)})" if parts else title


class _Sentence(string.Formatter):
    """Fills the placeholders of a sentence with the HTML (or plain text) of its parts."""

    def __init__(self, voice: Voice, plain: bool, style: str = "prose") -> None:
        self.voice = voice
        self.plain = plain
        self.style = style

    def parse(self, format_string: str) -> Any:
        """Escape the fixed text, so that only figures bring markup."""
        for literal, name, spec, conversion in super().parse(format_string):
            yield self._text(literal), name, spec, conversion

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        """Return the part; ``{n|one|many}`` chooses a word by a count."""
        name, _, choices = field_name.partition("|")
        if choices:
            one, _, many = choices.partition("|")
            return (one if kwargs[name].known == 1 else many), name
        return kwargs[name], name

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one part."""
        return self.slot(value, format_spec)

    def slot(self, value: Part, spec: str) -> str:
        """Return a part under a placeholder spec."""
        if isinstance(value, str):
            return self._text(value)
        if not isinstance(value, Figure):
            raise ParameterError(
                Fault(
                    "a sentence",
                    f"{value!r} ({type(value).__name__})",
                    "a Figure or a text",
                    "Numbers reach a page only as Figures: report.figure(…), report.metric(…).",
                )
            )
        language = self.voice.language
        if spec == "when":
            return self._text(when(value.period, language))
        if spec == "region":
            return self._text(the(self.voice.place(value), language))
        if spec == "period":
            return self._text(self.voice.period_text(value.period))
        if spec == "source":
            names = self.voice.publishers(value)
            return join(names if self.plain else [markup.cite(n) for n in names], language)
        shown = _written(value, spec, language, self.style)
        return shown if self.plain else self.voice.ledger.link(value, shown)

    def _text(self, value: str) -> str:
        return value if self.plain else markup.text(value)


def _written(figure: Figure, spec: str, language: str, style: str) -> str:
    """Return a figure in words under a placeholder spec."""
    if spec == "interval":
        return figure.between(language, style)
    if re.fullmatch(r"nearest\.\d", spec):
        return figure.nearest_bounds(language, int(spec.removeprefix("nearest.")))
    if re.fullmatch(r"\.\d", spec):
        return figure.text(language, int(spec[1:]), style)
    if not spec:
        return figure.text(language, style=style)
    raise ParameterError(
        Fault("placeholder", repr(spec), "interval, when, period, source, region or .1")
    )


def _placeholders(text: str) -> list[tuple[str, str]]:
    """Return the placeholders of a sentence: the name of the part, and how it is to be written."""
    parsed = string.Formatter().parse(text)
    return [(name.partition("|")[0], spec or "") for _, name, spec, _ in parsed if name]


def _check_placeholders(texts: Mapping[str, str], parts: Mapping[str, Part]) -> None:
    """Refuse a sentence of which one language lacks a placeholder, or a placeholder its part."""
    names = {language: {n for n, _ in _placeholders(text)} for language, text in texts.items()}
    if names["id"] != names["en"]:
        raise ParameterError(
            Fault(
                "a sentence",
                f"id with {sorted(names['id'])}, en with {sorted(names['en'])}",
                "the same placeholders in both languages",
                "Give both sentences the same figures.",
            )
        )
    lacking = sorted(names["en"] - parts.keys() - ALWAYS)
    if lacking:
        given = ", ".join([*parts, *sorted(ALWAYS)])
        raise ParameterError(
            Fault(
                "a sentence",
                f"no part for {', '.join(f'{{{name}}}' for name in lacking)}",
                f"one of {given}",
                f"Give it beside the sentences: {lacking[0]}=…",
            )
        )
