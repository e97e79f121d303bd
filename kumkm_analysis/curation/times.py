"""The period of which a sentence speaks: dates, months, years, parts of a year, relative time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kumkm_analysis.curation.lexicon import Lexicon

STATED, PUBLICATION = "stated", "publication"
YEAR = r"(?:19|20)\d\d"
MEANT = "meant"  # counted from the period that the text speaks of


@dataclass(frozen=True, slots=True)
class Time:
    """A period where it stands in a sentence; ``sure`` tells whether it names its year."""

    start: int
    end: int
    period: str
    basis: str = STATED
    sure: bool = True


class Times:
    """Finds the periods of sentences, relative ones by the date of the article."""

    def __init__(self, lexicon: Lexicon, published: str) -> None:
        self.lexicon, self.published = lexicon, published
        month, year = lexicon.month_pattern, lexicon.either("year")
        part = lexicon.either("part")
        lead = rf"(?<![\w.,/])(?:(?P<part>{part})[\s/-]+)?(?:(?:{year})\s+)?"
        end = r"(?![\w/]|[.,]\d)"
        self.patterns = [
            re.compile(pattern, re.IGNORECASE)
            for pattern in (
                rf"(?<!\w)(?P<m>{month})\.?(?:\s*(?:-|–|{lexicon.either('range')})\s*"
                rf"(?P<n>{month})\.?)?\s+(?:(?:{year})\s+)?(?P<y>{YEAR}){end}",
                rf"{lead}(?P<y>{YEAR})\s*(?:-|–|/|{lexicon.either('range')})\s*(?P<z>{YEAR}){end}",
                rf"(?<!\w)(?P<since>{lexicon.either('since')})\s+(?:(?:{year})\s+)?(?P<y>{YEAR}){end}",
                rf"{lead}(?P<y>{YEAR}){end}",
            )
        ]
        relative = lexicon.either("period")
        self.relative = re.compile(
            rf"(?<!\w)(?:(?P<part>{part})\s+)?(?:(?P<m>{month})\s+)?(?P<word>{relative})(?!\w)",
            re.IGNORECASE)  # fmt: skip
        self.month = re.compile(
            rf"(?<!\w)(?:(?P<d>\d{{1,2}})\s+)?(?P<m>{month})(?!\w|\s+(?:\d|{relative}))",
            re.IGNORECASE)  # fmt: skip
        self.spoken = re.compile(rf"(?:{lexicon.weekdays})[\s,(]*$", re.IGNORECASE)

    def find(self, text: str) -> list[Time]:
        """Return the periods in a sentence, in their order; the day of a speech is none."""
        found: list[Time] = []

        def add(start: int, end: int, period: str, basis: str = STATED, sure: bool = True) -> None:
            if period and not any(a.start < end and start < a.end for a in found):
                found.append(Time(start, end, period, basis, sure))

        for start, end, date in self.lexicon.whole_dates(text):
            spoken = self.spoken.search(text[:start])
            add(start, end, "" if spoken else date)
            if spoken:
                found.append(Time(start, end, ""))
        for pattern in self.patterns:
            for m in pattern.finditer(text):
                add(m.start(), m.end(), self._written(m.groupdict()))
        for m in self.relative.finditer(text):
            period, basis = self._relative(m)
            add(m.start(), m.end(), period, basis)
        for m in self.month.finditer(text):
            if (m["d"] or m[0][:1].isupper()) and self.published and len(m["m"]) > 3:
                add(m.start(), m.end(), self._latest(m["m"]), STATED, False)
        return sorted((t for t in found if t.period), key=lambda time: time.start)

    def resolved(
        self, found: Sequence[Time], current: Time | None, *, sure: bool = True
    ) -> list[Time]:
        """Return periods with “the year before” and the like counted from what was meant last.

        ``sure`` tells whether it is plain that ``current`` is meant.
        """
        known: list[Time] = []
        for time in found:
            if time.period.startswith(MEANT):
                _, shift, precision = time.period.split()
                meant = known[-1].period if known else current.period if current else ""
                meant = meant or self.published[:4]
                if not re.match(YEAR, meant):
                    continue
                rest = meant[4:] if precision == "same" and "/" not in meant else ""
                period = f"{int(meant[:4]) + int(shift)}{rest}"
                time = replace(time, period=period, sure=sure or bool(known) or shift == "0")
            known.append(time)
        return known

    def default(self) -> tuple[str, str]:
        """Return the period of what the text says of now, with its basis."""
        return self.published[:7], PUBLICATION

    def _written(self, m: dict[str, str | None]) -> str:
        year = m["y"] or ""
        if m.get("since"):
            return f"{year}/{self.published[:4]}" if year < self.published[:4] else ""
        if m.get("z"):
            return f"{year}/{m['z']}"
        if m.get("n"):
            return f"{year}-{self._number(m['m'])}/{year}-{self._number(m['n'])}"
        if m.get("m"):
            return f"{year}-{self._number(m['m'])}"
        return f"{year}-{self._part(m['part'])}" if m.get("part") else year

    def _number(self, month: str | None) -> str:
        return f"{self.lexicon.months[(month or '').lower().rstrip('.')]:02}"

    def _part(self, word: str | None) -> str:
        known = {k.lower(): v for k, v in self.lexicon.words("part").items()}
        return known[" ".join((word or "").lower().split())]

    def _relative(self, m: re.Match[str]) -> tuple[str, str]:
        known = {k.lower(): v for k, v in self.lexicon.words("period").items()}
        unit, _, shift = known[" ".join(m["word"].lower().split())].partition(" ")
        if unit == "now":
            return self.published[:7] or "-", PUBLICATION
        if unit == MEANT:
            return f"{MEANT} {shift}", STATED
        if not self.published:
            return "", ""
        year, month = int(self.published[:4]), int(self.published[5:7] or 0)
        if unit == "month":
            place = year * 12 + month - 1 + int(shift)
            return f"{place // 12}-{place % 12 + 1:02}" if month else "", STATED
        year += int(shift)
        if m["m"]:
            return f"{year}-{self._number(m['m'])}", STATED
        return (f"{year}-{self._part(m['part'])}" if m["part"] else str(year)), STATED

    def _latest(self, month: str) -> str:
        """Return the last such month up to the article's date, which is what news mean."""
        number, year = self._number(month), int(self.published[:4])
        return f"{year - (number > (self.published[5:7] or '12'))}-{number}"
