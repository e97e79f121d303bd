"""How a sentence is written: placeholders filled with figures, in one of two languages, escaped."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Any, Protocol

from kumkm_analysis import paths
from kumkm_analysis.dataset.vocabulary import join, the, when
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.report import html as markup

Part = Figure | Missing | str
# Placeholders that need no part.
ALWAYS = frozenset({"region", "period", "when", "whole", "level", "levels", "below", "money"})
# A numeral that is neither a year nor within a word; escaped text has some of its own (&#x27;).
RULE_NUMBER = re.compile(r"(?<![\w&#.,])(?!(?:18|19|20)\d\d\b)\d+(?:[.,]\d+)*(?!\w|;)")
HALF_FILLED = re.compile(r"<(Figure|Missing|Refused) |kumkm_analysis\.")  # by an f-string


class Speaker(Protocol):
    """What a sentence asks of the page that it stands on."""

    language: str

    def place(self, figure: Figure) -> str:
        """Return the region of a figure."""

    def period_text(self, period: str) -> str:
        """Return a period in words."""

    def publishers(self, figure: Figure) -> list[str]:
        """Return who printed what a figure rests on."""

    def link(self, figure: Figure, shown: str, more: str = "", place: str = "sentence") -> str:
        """Return a figure as it stands on the page."""

    def doubt(self, figure: Figure, *, plain: bool) -> str:
        """Return what is known against a figure, in brackets."""


def show(html: str, plain: str) -> None:
    """Display HTML with its plain text; nothing when there is nothing to show."""
    if html:
        from IPython.display import display

        style = "" if paths.publishing() else markup.OUTPUT_STYLE
        display({"text/html": style + html, "text/plain": plain}, raw=True)


def running_cell() -> object:
    """Return which cell of a notebook is running; None outside of one."""
    from IPython import get_ipython

    shell = get_ipython()
    return shell.execution_count if shell else None


class Sentence(string.Formatter):
    """Fills the placeholders of a sentence with the HTML (or plain text) of its parts."""

    def __init__(self, speaker: Speaker, *, plain: bool, style: str = "prose") -> None:
        self.speaker = speaker
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
        """Return a part under a placeholder spec; a doubted figure says so."""
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
        language = self.speaker.language
        if spec == "when":
            return self._text(when(value.period, language))
        if spec == "region":
            return self._text(the(self.speaker.place(value), language))
        if spec == "period":
            return self._text(self.speaker.period_text(value.period))
        if spec == "source":
            names = self.speaker.publishers(value)
            return join(names if self.plain else [markup.cite(n) for n in names], language)
        shown = written(value, spec.removesuffix("!"), language, self.style)
        if not self.plain:
            place = "table" if self.style == "table" else "sentence"
            shown = self.speaker.link(value, shown, place=place)
        bare = spec.endswith(("!", "interval")) or spec.startswith("nearest")
        return shown if bare else shown + self.speaker.doubt(value, plain=self.plain)

    def _text(self, value: str) -> str:
        return value if self.plain else markup.text(value)


class FindingSentence(Sentence):
    """A sentence on a finding: the numbers in its fixed text are those of rules, and marked so."""

    def _text(self, value: str) -> str:
        shown = super()._text(value)
        return shown if self.plain else RULE_NUMBER.sub(markup.rule_number, shown)


def written(figure: Figure, spec: str, language: str, style: str) -> str:
    """Return a figure in words under a placeholder spec."""
    if spec == "interval":
        return figure.between(language, style)
    if spec in ("low", "high"):
        return figure.bound(spec, language, style)
    if re.fullmatch(r"nearest\.\d", spec):
        return figure.nearest_bounds(language, int(spec.removeprefix("nearest.")))
    if re.fullmatch(r"\.\d", spec):
        return figure.text(language, int(spec[1:]), style)
    if not spec:
        return figure.text(language, style=style)
    raise ParameterError(
        Fault("placeholder", repr(spec), "interval, low, high, when, period, source, region or .1")
    )


def placeholders(text: str) -> list[tuple[str, str]]:
    """Return the placeholders of a sentence: the name of the part, and how it is to be written.

    Raises :class:`~kumkm_analysis.errors.ParameterError` where a brace has no other.
    """
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError as error:
        step = "Write {{ for a brace that is none of a placeholder."
        raise ParameterError(Fault("a sentence", f"{text!r} ({error})", "{name}", step)) from None
    return [(name.partition("|")[0], spec or "") for _, name, spec, _ in parsed if name is not None]


def check_placeholders(texts: Mapping[str, str], parts: Mapping[str, Part]) -> None:
    """Refuse a sentence of which one language lacks a placeholder, or a placeholder its part.

    An f-string has filled them before the sentence is said: it is refused as well.
    """
    for text in texts.values():
        if HALF_FILLED.search(text):
            step = "Leave out the f before the quotes, and give the figure beside: own=figure."
            raise ParameterError(Fault("a sentence", repr(text[:60]), "{placeholders}", step))
    names = {language: {n for n, _ in placeholders(text)} for language, text in texts.items()}
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
