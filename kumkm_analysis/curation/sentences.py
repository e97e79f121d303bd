"""A sentence with its figures, each with the words that are about it alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from textwrap import wrap
from typing import TYPE_CHECKING

from kumkm_analysis.curation.amounts import PERCENT
from kumkm_analysis.curation.times import Time

if TYPE_CHECKING:
    from kumkm_analysis.curation.amounts import Amount, Amounts
    from kumkm_analysis.curation.lexicon import Lexicon, Mark
    from kumkm_analysis.curation.times import Times

Span = tuple[int, int]
LONGEST = 2_000  # characters; what is longer is a list without full stops, and is cut
CLAUSE = re.compile(r"[,;:–—]\s|\s-\s|[()]")
COMMA = re.compile(r"[,;:–—]\s")
YEAR_IN_BRACKETS = re.compile(r"\(\s*(19|20)\d\d\s*\)")
# What may follow a name without making it another one: after “cooperatives of”, a place does.
PLAIN = ("filler", "total", "boundary", "period", "part", "year", "growth", "level",
         "status", "saying", "qualifier_before", "range", "base", "unit", "on",
         "since")  # fmt: skip
LISTED = "listed"  # what a relative clause may say of a whole: those that are registered


@dataclass(frozen=True, slots=True)
class Subject:
    """What a figure counts, and how plainly its sentence says so: 2 plain, 1 likely, 0 unclear.

    ``base`` are the codes that the name in the sentence means, of which the indicator is the one
    that fits, or the share or growth.
    """

    indicator: str = ""
    breakdown: str = ""
    strength: int = 0
    base: str = ""


@dataclass(slots=True)
class Part:
    """A figure with what stands before and after it, up to its neighbours or another clause."""

    amount: Amount
    before: Span
    after: Span
    following: int  # where the next figure begins
    subject: Subject = Subject()
    region: str = ""
    status: str = "outcome"
    time: Time | None = None
    some: bool = False  # only some are counted: who took part, or received


class Sentence:
    """A sentence and what is found in it, each kind of word once."""

    def __init__(self, text: str, lexicon: Lexicon, amounts: Amounts, times: Times) -> None:
        self.text, self.lexicon = text, lexicon
        self.amounts = amounts.find(text)
        self.times = times.find(text)
        self._marks: dict[str, list[Mark]] = {}
        self.parts = self._cut()

    def marks(self, role: str) -> list[Mark]:
        """Return the words of a role."""
        if role not in self._marks:
            self._marks[role] = self.lexicon.marks(self.text, role)
        return self._marks[role]

    def within(self, span: Span, role: str) -> list[Mark]:
        """Return the words of a role that stand in a part of the sentence."""
        return [m for m in self.marks(role) if span[0] <= m.start and m.end <= span[1]]

    def counted(self, place: int) -> bool:
        """Tell whether a place lies in a figure with its unit words."""
        return any(a.start <= place < a.end for a in self.amounts)

    def at(self, place: int, roles: Iterable[str]) -> list[Mark]:
        """Return the words of some roles that begin at a place."""
        return [m for role in roles for m in self.marks(role) if m.start == place]

    @cached_property
    def names(self) -> list[Mark]:
        """What is named in the sentence, with a breakdown that stands right behind it."""
        apart = [m for role in ("apart", "place", "same") for m in self.marks(role)]
        found: list[Mark] = []
        for mark in self.marks("indicator"):
            if any(a.start <= mark.start and mark.end <= a.end for a in apart):
                continue
            if self._of_a_name(mark):
                continue
            if mark.meaning and found and not found[-1].meaning and mark.start - found[-1].end == 1:
                continue  # wages of employees are neither
            kind = next((b for b in self.marks("breakdown") if 0 <= b.start - mark.end <= 2), None)
            if kind is not None and mark.meaning:
                mark = replace(mark, end=kind.end, meaning=f"{mark.meaning}|{kind.meaning}")
            found.append(mark)
        return found

    def plain(self, mark: Mark) -> bool:
        """Tell whether nothing unknown qualifies a name, as in “women's cooperatives”."""
        place, related = mark.end, False
        whole = next((m for m in self.names if m.start > place and m.meaning), None)
        while word := re.match(r"[\s-]+(\w+)", self.text[place:]):
            start = place + word.start(1)
            if named := self.at(start, ["place", "region"]):
                place = named[0].end
                then = re.match(r"\s+(\w+)", self.text[place:])
                if then is None or not self.at(place + then.start(1), ["relative"]):
                    return True
                continue  # a clause about the noun: cooperatives in Bali that …
            if word[1][0].isdigit():
                return True
            if any(t.start <= start < t.end for t in self.times):
                return True
            if whole is not None and whole.start == start:
                return self.plain(whole)
            related |= bool(self.at(start, ["relative"]))
            only = [m for m in self.at(start, ["only"]) if self.counted(m.end + 1)]
            skipped = [*self.at(start, ["filler", "where"]), *only]
            if not skipped:
                known = self.at(start, PLAIN)
                return (
                    any(not related or m.meaning == LISTED or m.role == "level" for m in known)
                    or any(m.start <= start < m.end for m in self.marks("same"))
                    or self.counted(start)
                )
            place = skipped[0].end
        return True

    def known_before(self, amount: Amount) -> bool:
        """Tell whether the word before a figure is known, and none of which it is the object."""
        found = re.search(r"([\w-]+)\s+$", self.text[: amount.start])
        if found is None:
            return True
        end = found.end(1)
        marks = [m for role in self.lexicon.roles for m in self.marks(role)]
        return any(t.start < end <= t.end for t in self.times) or any(
            m.start < end <= m.end and (m.role != "indicator" or m.meaning) for m in marks
        )

    def moved(self, part: Part) -> Mark | None:
        """Return the word that says that a figure is a change, None where it is a level."""
        moves = self.within(part.before, "growth")
        if not moves and part.amount.kind == PERCENT:
            near = (part.amount.end, min(part.after[1], part.amount.end + 20))
            moves = self.within(near, "growth")
        if moves and any(m.start >= moves[-1].end for m in self.within(part.before, "base")):
            return None  # what moved is another figure, which this one is compared with
        return moves[-1] if moves else None

    def reached(self, part: Part) -> bool:
        """Tell whether a sentence says to what something moved, and not by how much."""
        move = self.moved(part)
        levels = self.within(part.before, "level")
        return move is not None and any(m.start >= move.end for m in levels)

    def compared(self, part: Part) -> bool:
        """Tell whether a figure is one that another is compared with: from 5,202 a year earlier."""
        origins = [m for m in self.within(part.before, "level") if m.meaning]
        moves = [m for m in self.marks("growth") if m.end <= part.amount.start]
        return bool(self.within(part.before, "base") or (origins and moves))

    def _of_a_name(self, mark: Mark) -> bool:
        """Tell whether words stand in capitals amid a sentence, as in the name of an office."""
        if not mark.meaning and re.match(r"\s+[A-Z]", self.text[mark.end :]):
            return True
        capital = all(word[:1].isupper() for word in mark.text.split()) and not mark.text.isupper()
        before = re.search(r"\S\s+(\S+)\s+$", self.text[: mark.start])
        return bool(capital and before and before[1][:1].isupper())

    def _cut(self) -> list[Part]:
        """Return the figures, each with what stands before and after it up to its neighbours."""
        borders = [m.start() for m in CLAUSE.finditer(self.text)]
        borders += [m.start for role in ("boundary", "base") for m in self.marks(role)]
        borders = [border for border in borders if not self._dates(border)]
        parts, begin = [], 0
        for place, amount in enumerate(self.amounts, start=1):
            end = self.amounts[place].start if place < len(self.amounts) else len(self.text)
            border = min((b for b in borders if amount.end <= b < end), default=end)
            parts.append(Part(amount, (begin, amount.start), (amount.tail, border), end))
            begin = border
        return parts

    def _dates(self, border: int) -> bool:
        """Tell whether a border is the bracket, or the word, before a year of the figure."""
        if YEAR_IN_BRACKETS.match(self.text, border):
            return True
        return any(
            t.start - border < 20 and not CLAUSE.search(self.text[border : t.start])
            for t in self.times if t.start > border
        ) and bool(self.at(border, ["on"]))  # fmt: skip


def sentences(paragraph: str, lexicon: Lexicon) -> list[str]:
    """Return the sentences of a paragraph; a short form with a full stop ends none."""
    ends = re.compile(r"[.!?][”\"’)]*\s+(?=[\"“‘(]?[A-Z0-9])")
    held = re.compile(rf"(?<!\w)(?:{lexicon.either('abbreviation')}|[A-Z])$")
    found, start = [], 0
    for m in ends.finditer(paragraph):
        if paragraph[m.start()] == "." and held.search(paragraph[start : m.start()]):
            continue
        found.append(paragraph[start : m.end()].strip())
        start = m.end()
    whole = [s for s in [*found, paragraph[start:].strip()] if s]
    return [part for s in whole for part in (wrap(s, LONGEST) if len(s) > LONGEST else [s])]
