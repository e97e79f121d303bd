"""Rows drafted from an article: each figure with what its sentence says that it counts.

Nothing is learned or guessed from figures: a row follows from the words around its token, and its
confidence says how plainly they speak. It is a proposal, for a person to confirm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from kumkm_analysis.curation.amounts import MONEY, PERCENT, Amounts
from kumkm_analysis.curation.lexicon import Lexicon
from kumkm_analysis.curation.places import Places
from kumkm_analysis.curation.sentences import Part, Sentence, sentences
from kumkm_analysis.curation.subjects import Subjects
from kumkm_analysis.curation.times import PUBLICATION, Time, Times
from kumkm_analysis.dataset.observation import FALL

if TYPE_CHECKING:
    from kumkm_analysis.curation.articles import Article
    from kumkm_analysis.dataset.dataset import Dataset

LOW, MEDIUM, HIGH = LEVELS = ("low", "medium", "high")
ITEM = re.compile(r"[-–—•*·]\s|\d+[.)]\s|[a-z][.)]\s")  # begins an item of a list
CLOSE = 15  # characters between a word of comparison and the period that it brings
STATUSES = {"target": "F", "estimate": "E"}  # with their codes of SDMX
Row = dict[str, str]


class Reader:
    """Reads an article by the words, regions and indicators of a dataset."""

    def __init__(self, data: Dataset, article: Article, region: str = "") -> None:
        self.data, self.article = data, article
        self.lexicon = lexicon = Lexicon.of(data, article.language)
        self.amounts = Amounts.of(lexicon)
        self.times = Times(lexicon, article.published)
        self.places = Places(data, lexicon, article, region)
        self.subjects = Subjects(data, lexicon, article)
        self.current: Time | None = None  # the period that the text speaks of
        self.stated: set[str] = set()  # all that it has spoken of
        self.dated = False  # whether this paragraph names a period anywhere
        self.told: dict[tuple[str, Decimal], Part] = {}  # what figures were when told first
        self.crossed = True
        self.fresh = False  # whether this paragraph spoke of the period itself

    def rows(self) -> list[Row]:
        """Return one row a figure, in the order of the text."""
        found: list[Row] = []
        last: list[Part] = []
        listed = single = before = False
        for number, paragraph in enumerate(self.article.paragraphs, start=1):
            listed = listed and bool(
                ITEM.match(paragraph) or not paragraph.endswith((".", "”", '"'))
            )
            if not listed:
                self.fresh = single = False
                if not any(
                    m.start < CLOSE and not m.meaning for m in self.lexicon.marks(paragraph, "same")
                ):
                    last = []
            self.crossed = not listed  # the sentence before, if any, is of another paragraph
            self.dated = any(t.basis != PUBLICATION for t in self.times.find(paragraph))
            for text in sentences(paragraph, self.lexicon):
                sentence = Sentence(text, self.lexicon, self.amounts, self.times)
                self._settle(sentence, last)
                general = self.places.find(text) or self.subjects.of_all(sentence)
                back = any(m.meaning for m in sentence.marks("single"))  # “that cooperative”
                single = self.subjects.of_one(sentence) or (
                    before if back else single and not general
                )
                before = single
                for part in sentence.parts:
                    row = self._row(sentence, part, single)
                    found.append({**row, "locator": f"paragraph {number}"})
                last, self.crossed = sentence.parts or last, False
            listed = listed or paragraph.endswith(":")
        return found

    def _settle(self, sentence: Sentence, last: Sequence[Part]) -> None:
        """Give every figure of a sentence its subject, region, status and period."""
        parts, text = sentence.parts, sentence.text
        if not parts:
            self._announced(sentence)
            return
        self.subjects.settle(sentence, last)
        same = not self.crossed and any(not m.meaning for m in sentence.marks("same"))
        spans = [(p.before, p.after) for p in parts]
        regions = self.places.of_parts(text, spans, bool(last), same)
        times = self.times.resolved(sentence.times, self.current, sure=self.fresh)
        status = "outcome"
        for part, region in zip(parts, regions, strict=True):
            part.region = region
            part.status = status = self._status(sentence, part, status)
            part.time = self._time(sentence, part, times, bool(last))
            self._again(sentence, part)
        self._remember(sentence)

    def _again(self, sentence: Sentence, part: Part) -> None:
        """Give a figure that is pointed back to what it was when it was told first."""
        back = [m for m in sentence.marks("same") if m.meaning == "figure"]
        if not any(0 <= m.start - part.amount.end <= 1 for m in back):
            if part.subject.indicator:
                self.told[part.amount.kind, part.amount.value] = part
            return
        first = self.told.get((part.amount.kind, part.amount.value))
        if first is None:
            part.subject = replace(part.subject, strength=min(part.subject.strength, 1))
        else:
            part.subject, part.region, part.time = first.subject, first.region, first.time

    def _announced(self, sentence: Sentence) -> None:
        """Keep the one period of a sentence without figures that says what those behind it are."""
        times = [t for t in self.times.resolved(sentence.times, self.current)
                 if not self.places.spoken(sentence.text, t.start)]  # fmt: skip
        if len(times) == 1 and any(m.meaning for m in sentence.names):
            self.current, self.fresh = times[0], True
            self.stated.add(times[0].period)

    def _remember(self, sentence: Sentence) -> None:
        """Keep the period of which a sentence speaks, for those after it that name none."""
        own = [
            p.time for p in sentence.parts
            if p.time is not None and p.time.start >= 0
            and p.status != "target" and not sentence.compared(p)
        ]  # fmt: skip
        if own:
            periods = {time.period for time in own}
            latest = max(own, key=lambda time: time.period.split("/")[-1])
            self.current = replace(latest, sure=latest.sure and len(periods) == 1)
            self.stated |= periods
            self.fresh = True

    def _status(self, sentence: Sentence, part: Part, before: str) -> str:
        """Return whether a figure is an outcome, an estimate or a target, by the nearest word."""
        if ahead := sentence.within(part.before, "status"):
            return ahead[-1].meaning
        behind = sentence.within(part.after, "status")
        return behind[0].meaning if behind and behind[0].meaning in STATUSES else before

    def _time(
        self, sentence: Sentence, part: Part, times: Sequence[Time], follows: bool
    ) -> Time | None:
        """Return the period of a figure: its own, that of its sentence, or the one before."""
        start, end = part.amount.start, part.amount.end
        times = [t for t in times if self._about(sentence, part, t)]
        own = [t for t in times if part.before[0] <= t.start < part.after[1]]
        ahead = [t for t in own if t.end <= start]
        behind = [t for t in own if t.start >= part.amount.tail]
        if ahead and (not behind or start - ahead[-1].end < behind[0].start - end):
            return ahead[-1]
        if behind:
            return behind[0]
        done = [p.time for p in sentence.parts if p.amount.end <= start and p.time]
        led = [time for time in done if time.start >= 0]
        if led and sentence.text[part.before[0] : start].lstrip().startswith("("):
            return led[-1]
        if led:
            one = len({t.period for t in led}) == 1 and not self._earlier(sentence, part)
            return replace(led[0], sure=led[0].sure and one)
        rest = [t for t in times if t.end <= start or self._shared(sentence, part, t)]
        if rest:
            return replace(rest[0], sure=len({t.period for t in rest}) == 1)
        others = bool(sentence.times) or self._earlier(sentence, part)
        return self._carried(sentence, part, follows, others=others)

    def _earlier(self, sentence: Sentence, part: Part) -> bool:
        """Tell whether a figure is of an earlier time that its clause does not name."""
        return sentence.compared(part) and not self.subjects.is_growth(part.subject)

    def _shared(self, sentence: Sentence, part: Part, time: Time) -> bool:
        """Tell whether a period behind several figures is that of all: no contrast parts them."""
        between = part.amount.end, time.start
        others = [p for p in sentence.parts if between[0] <= p.amount.start < between[1]]
        alike = all(p.subject.indicator == part.subject.indicator for p in others)
        contrast = any(m.meaning == "contrast" for m in sentence.within(between, "boundary"))
        return not sentence.compared(part) and (alike or not contrast)

    def _about(self, sentence: Sentence, part: Part, time: Time) -> bool:
        """Tell whether a period may be that of a figure, and not of a speech or a comparison."""
        known = self.data.indicators.get(part.subject.indicator, None)
        if self.places.spoken(sentence.text, time.start):
            return False
        if "/" in time.period and known is not None and known.stock_or_flow == "stock":
            return False
        origin = any(m.end == time.start - 1 and m.meaning for m in sentence.marks("level"))
        moved = any(m.end <= time.start for m in sentence.marks("growth"))
        ahead = time.start > part.amount.start or self.subjects.is_growth(part.subject)
        if origin and moved and ahead:
            return False  # from what it was then
        bases = sentence.marks("base")
        return time.end <= part.amount.start or not any(
            0 <= time.start - m.end < CLOSE for m in bases
        )

    def _carried(
        self, sentence: Sentence, part: Part, follows: bool, *, others: bool
    ) -> Time | None:
        """Return the period of which the text spoke before; ``others`` stand in the sentence."""
        if self.current is None:
            period, basis = self.times.default()
            return Time(-1, -1, period, basis, False) if others else None
        known = self.data.indicators.get(part.subject.indicator, None)
        yearly = known is not None and known.stock_or_flow in ("flow", "change")
        same = (follows and self.fresh) or any(not m.meaning for m in sentence.marks("same"))
        sure = self.current.sure and (same or self.stated == {self.current.period})
        sure = sure and not others and not (yearly and len(self.current.period) > len("YYYY"))
        return Time(-1, -1, self.current.period, self.current.basis, sure)

    # ---- the row -------------------------------------------------------------------------------

    def _row(self, sentence: Sentence, part: Part, single: bool) -> Row:
        """Return the row of a figure, without its source and place."""
        amount, subject, time = part.amount, part.subject, part.time
        period, basis = (time.period.strip("-"), time.basis) if time else self.times.default()
        region, sure = self.places.settled(part.region, period)
        move = sentence.moved(part)
        fall = self.subjects.is_growth(subject) and move is not None and move.meaning == "fall"
        signed = fall and not amount.exception and amount.value > 0
        level = min(subject.strength, sure) if subject.indicator else 0
        unsure = not time.sure if time else not period or self.dated or bool(self.stated)
        early = part.status == "outcome" and period[:4] > self.article.published[:4] > ""
        if unsure or early or self.places.spoken(sentence.text, amount.start):
            level = min(level, 1)
        if single or sentence.within(part.before, "denied") or (fall and not signed):
            level = 0
        unit = {MONEY: self.data.settings.currency, PERCENT: PERCENT}.get(amount.kind, amount.noun)
        if subject.indicator:
            unit = self.data.indicators[subject.indicator].unit
        return {
            "source_id": "", "region_id": region, "indicator_id": subject.indicator,
            "breakdown": subject.breakdown if subject.indicator else "",
            "reference_period": period, "period_basis": basis, "status": part.status,
            "obs_status": STATUSES.get(part.status, ""), "as_printed": amount.as_printed,
            "numerals": amount.numerals, "printing": amount.printing,
            "token_exception": FALL if signed else amount.exception,
            "value": f"{(-amount.value if signed else amount.value).normalize():f}", "unit": unit,
            "note": " ".join(self._notes(sentence, part, signed)),
            "confidence": LEVELS[level], "sentence": sentence.text,
        }  # fmt: skip

    def _notes(self, sentence: Sentence, part: Part, signed: bool) -> list[str]:
        """Return what is to be known of a figure, as the notes of the data say it."""
        amount, time = part.amount, part.time
        notes = [f"Printed with “{amount.said}”."] if amount.said else []
        if amount.exception == "bound_of_range":
            notes.append(f"Lower bound of the printed range {amount.as_printed}.")
        if signed:
            notes.append("Printed as a fall; sign added in the value.")
        if time and time.basis == PUBLICATION and time.start >= 0:
            notes.append(f"Dated “{sentence.text[time.start : time.end]}”.")
        return notes
