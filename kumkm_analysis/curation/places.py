"""The region of which a figure speaks: named beside it, by its sentence, by the article, or given.

Where somebody spoke is not where the figure holds: ``said X in Samarinda``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kumkm_analysis.curation.lexicon import Lexicon, Mark

if TYPE_CHECKING:
    from kumkm_analysis.curation.articles import Article
    from kumkm_analysis.dataset.dataset import Dataset

Span = tuple[int, int]
SURE, LIKELY, UNSURE = 2, 1, 0
ELSEWHERE = "elsewhere"


class Places:
    """Finds the regions of figures in an article."""

    def __init__(self, data: Dataset, lexicon: Lexicon, article: Article, given: str) -> None:
        self.data, self.lexicon, self.given = data, lexicon, given
        self._last = ""
        details = rf"{lexicon.either('where', 'on')}|{lexicon.weekdays}"
        # What is told goes on behind a quotation mark, or a comma and no detail of the speech.
        self.resumed = re.compile(rf'[“”"]|\b(?:bahwa|that)\b|,\s+(?!(?:{details})\b)[a-z]')
        self.topic, self.topic_sure = self._topic(article)

    def find(self, text: str) -> list[Mark]:
        """Return the regions named in a sentence, without those that say where somebody spoke."""
        apart = self.lexicon.marks(text, "apart")
        found = self.lexicon.marks(text, "place") + self.lexicon.marks(text, "region")
        day = re.compile(rf"\s*,?\s*\(?(?:{self.lexicon.weekdays})\b", re.IGNORECASE)
        found = [
            m for m in found
            if not any(a.start < m.end and m.start < a.end for a in apart)
            and not self.spoken(text, m.start) and not day.match(text[m.end :])
        ]  # fmt: skip
        return sorted(found, key=lambda mark: mark.start)

    def at(self, text: str, place: int) -> bool:
        """Tell whether the name of a region begins at a place of a text."""
        marks = self.lexicon.marks(text, "place") + self.lexicon.marks(text, "region")
        return any(m.start <= place < m.end for m in marks)

    def spoken(self, text: str, place: int) -> bool:
        """Tell whether a place of a sentence tells who spoke, and where: behind ``said``."""
        for verb in self.lexicon.marks(text[:place], "speech"):
            between = text[verb.end : place]
            if len(text[: verb.start].split()) > 2 and not self.resumed.search(between):
                return True
        return False

    def of_parts(
        self, text: str, parts: Sequence[tuple[Span, Span]], follows: bool, same: bool
    ) -> list[str]:
        """Return the region of every figure of a sentence, empty where the sentence names none."""
        named = self.find(text)
        found: list[str] = []
        for before, after in parts:
            ahead = [m for m in named if before[0] <= m.start < before[1]]
            behind = [m for m in named if after[0] <= m.start < after[1]]
            if self._elsewhere(text, before, after, "level"):
                found.append(ELSEWHERE)
            elif behind and (not ahead or self._below(behind[0].meaning, ahead[-1].meaning)):
                found.append(behind[0].meaning)
            elif ahead:
                found.append(ahead[-1].meaning)
            elif self._elsewhere(text, before, after):
                found.append(ELSEWHERE)
            else:
                found.append(found[-1] if found and found[-1] else "")
        only = {m.meaning for m in named}
        if len(only) == 1:
            found = [one or next(iter(only)) for one in found]
        found = self._respectively(text, parts, named, found)
        if any(one for one in found if one != ELSEWHERE):
            self._last = next(one for one in reversed(found) if one not in ("", ELSEWHERE))
        elif follows and self._last:
            found = [self._last if same else f"?{self._last}"] * len(found)
        if not follows and not any(found):
            self._last = ""
        return found

    def _respectively(
        self, text: str, parts: Sequence[tuple[Span, Span]], named: Sequence[Mark],
        found: list[str],
    ) -> list[str]:  # fmt: skip
        for each in self.lexicon.marks(text, "each"):
            behind = [n for n, (before, _) in enumerate(parts) if before[1] >= each.end]
            names = [m for m in named if m.end <= each.start][-len(behind) :] if behind else []
            if len(behind) > 1 and 0 < len(names) != len(behind):
                for place in behind:  # one of the names is no region of the data
                    found[place] = ELSEWHERE
            if len(behind) > 1 and len(names) == len(behind):
                for place, mark in zip(behind, names, strict=True):
                    found[place] = mark.meaning
        return found

    def _elsewhere(self, text: str, before: Span, after: Span, kind: str = "") -> bool:
        """Tell whether a figure holds in a place that is no region of the data."""
        for start, end in (before, after):
            for where in self.lexicon.marks(text[start:end], "where"):
                if kind != where.meaning:
                    continue
                name = re.match(r"\s+([A-Z][a-z]+)", text[start + where.end : end])
                place = start + where.end
                if (
                    name
                    and name[1].lower() not in self.lexicon.months
                    and not self.at(text, place + 1)
                    and not self.spoken(text, place)
                ):
                    return True
        return False

    def settled(self, meaning: str, period: str) -> tuple[str, int]:
        """Return the code of a region at a time, and how sure it is."""
        if meaning == ELSEWHERE:
            return self.settled("", period)[0], LIKELY
        if meaning.startswith("?"):
            code = self._code(meaning[1:], period)
            return code, SURE if code == self._code(self.topic, period) else LIKELY
        if meaning:
            return self._code(meaning, period), SURE
        if self.topic:
            return self._code(self.topic, period), SURE if self.topic_sure else LIKELY
        return self.given, SURE if self.given else UNSURE

    def _code(self, meaning: str, period: str) -> str:
        """Return the code that was in force where a name had several over time."""
        codes = [self.data.regions[c] for c in meaning.split() if c in self.data.regions]
        day = period.split("/")[-1] or "9"
        for region in codes:
            if (region.valid_from or "0")[: len(day)] <= day and not (
                region.valid_to and day >= region.valid_to[: len(day)]
            ):
                return region.region_id
        return codes[-1].region_id if codes else ""

    def _below(self, one: str, other: str) -> bool:
        region = self.data.regions.get(one.split()[0], None)
        while region is not None and region.parent_id:
            if region.parent_id in other.split():
                return True
            region = self.data.regions.get(region.parent_id, None)
        return False

    def _topic(self, article: Article) -> tuple[str, bool]:
        """Return the region that an article is about: of its title, else named most often."""
        titled = [m.meaning for m in self.find(article.title)]
        if titled:
            return titled[0], len({*titled}) == 1 and not self._foreign(article)
        if self.given:
            return self.given, True
        named = [m.meaning for p in article.paragraphs for m in self.find(p)]
        first = [m.meaning for p in article.paragraphs[:1] for m in self.find(p)]
        if first:
            return first[0], len({*first}) == 1 and not self._foreign(article)
        return (max(named, key=named.count), len({*named}) == 1) if named else ("", False)

    def _foreign(self, article: Article) -> bool:
        """Tell whether an article is about a place in a region: Kotabaru, South Kalimantan."""
        lead, title = article.paragraphs[0], article.title
        inside = [
            m for m in self.lexicon.marks(lead, "where")
            if m.meaning and (name := re.match(r"\s+[A-Z]\w+(?: [A-Z]\w+)?,\s+", lead[m.end :]))
            and not self.at(lead, m.end + 1) and self.at(lead, m.end + name.end())
        ]  # fmt: skip
        kinds = ("", "level")
        return bool(inside) or any(
            self._elsewhere(title, (0, len(title)), (0, 0), kind) for kind in kinds
        )
