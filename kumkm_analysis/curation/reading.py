"""Rows drafted from an article: each figure with what its sentence says that it counts.

Nothing is learned or guessed from figures: a row follows from the words around its token, and its
confidence says how plainly they speak. It is a proposal, for a person to confirm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kumkm_analysis.curation.amounts import COUNT, MONEY, PERCENT, Amount, Amounts
from kumkm_analysis.curation.lexicon import Lexicon, Mark
from kumkm_analysis.curation.places import Places
from kumkm_analysis.curation.times import PUBLICATION, Time, Times
from kumkm_analysis.dataset.observation import FALL

if TYPE_CHECKING:
    from kumkm_analysis.curation.articles import Article
    from kumkm_analysis.dataset.dataset import Dataset

HIGH, MEDIUM, LOW = "high", "medium", "low"
LEVELS = (LOW, MEDIUM, HIGH)
Row = dict[str, str]
CLAUSE = re.compile(r"[,;:–—]\s|\s-\s|[()]")
LEVEL = "level, "  # before how something moved, where it says to what
PLAIN = ("filler", "only", "total", "boundary", "period", "part", "year", "growth", "level", "status",
         "saying", "qualifier_before", "range", "base", "unit")  # fmt: skip
LISTED = "listed"
AHEAD = 90  # characters behind a figure in which its verb stands
NEAR = 2  # words between a figure and the name of what it counts
KINDS = {MONEY: ("IDR",), PERCENT: ("percent",), COUNT: ("unit", "orang", "jenis")}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a figure counts, and how plainly its sentence says so: 2 plain, 1 likely, 0 unclear."""

    indicator: str = ""
    breakdown: str = ""
    strength: int = 0
    base: str = ""  # of a share or growth: what it is the share or growth of
    word: str = ""


@dataclass(slots=True)
class Part:
    """A figure with the words of its sentence that are about it alone."""

    amount: Amount
    before: tuple[int, int]
    after: tuple[int, int]
    following: int = 0  # where the next figure begins
    subject: Subject = Subject()
    region: str = ""
    some: bool = False
    status: str = "outcome"
    time: Time | None = None


class Reader:
    """Reads articles by the words, regions and indicators of a dataset."""

    def __init__(self, data: Dataset, article: Article, region: str = "") -> None:
        self.data, self.article = data, article
        self.lexicon = lexicon = Lexicon(data, article.language)
        self.amounts = Amounts(lexicon)
        self.times = Times(lexicon, article.published)
        self.places = Places(data, lexicon, article, region)
        rules = [rule for rule in data.rules.values() if rule.indicator_id]
        self.shares = {r.left: r.indicator_id for r in reversed(rules) if r.kind == "share"}
        self.growths = {r.left: r.indicator_id for r in rules if r.kind == "growth"}
        self.broken_down = {
            (o.indicator_id, key) for o in data.observations.values() for key in o.breakdown_parts
        }
        head = " ".join([article.title, *article.paragraphs[:1]]).lower().split()
        self.about = any(w.lower() in head for w in self._wholes)
        self.changes = {r.left: r.indicator_id for r in rules if r.kind == "change"}

    def rows(self) -> list[Row]:
        """Return one row a figure, in the order of the text."""
        found: list[Row] = []
        self.current: Time | None = None
        self.stated: set[str] = set()
        for number, paragraph in enumerate(self.article.paragraphs, start=1):
            last: list[Part] = []
            single = False
            for sentence in sentences(paragraph, self.lexicon):
                parts = self._parts(sentence, last)
                single = self._of_one(sentence) or (single and not self.places.find(sentence))
                for each in parts:
                    found.append(self._row(each, sentence, f"paragraph {number}", single))
                last = parts or last
        return found

    # ---- the parts of a sentence -----------------------------------------------------------------

    def _parts(self, text: str, last: Sequence[Part]) -> list[Part]:
        amounts = self.amounts.find(text)
        if not amounts:
            return []
        parts = self._cut(text, amounts)
        marks = self._names(text)
        times = self.times.resolved(self.times.find(text), self.current)
        for place, part in enumerate(parts):
            earlier = parts[place - 1] if place else None
            part.subject = self._broken_down(
                text, part, self._subject(text, part, marks, earlier, last), marks
            )
        self._shared(text, parts)
        self._each(text, parts, marks)
        regions = self.places.of_parts(text, [(p.before, p.after) for p in parts], bool(last))
        for place, part in enumerate(parts):
            part.region = regions[place]
            part.status = self._status(text, part, parts[place - 1] if place else None)
            part.time = self._time(text, part, times, parts, bool(last))
        self._remember(text, parts)
        return parts

    def _remember(self, text: str, parts: Sequence[Part]) -> None:
        """Keep the period of which a sentence speaks, for those after it that name none."""
        own = [
            p.time for p in parts if p.time is not None and p.time.start >= 0
            and p.status != "target" and not self._earlier(text, p)
        ]  # fmt: skip
        if own:
            periods = {time.period for time in own}
            latest = max(own, key=lambda time: time.period.split("/")[-1])
            self.current = replace(latest, sure=latest.sure and len(periods) == 1)
            self.stated |= periods

    def _earlier(self, text: str, part: Part) -> bool:
        """Tell whether a figure is one that another is compared with: from 5,202 a year earlier."""
        before = text[slice(*part.before)]
        origins = [m for m in self.lexicon.marks(before, "level") if m.meaning]
        moves = self.lexicon.marks(text[: part.amount.start], "growth")
        return bool(self.lexicon.marks(before, "base") or (origins and moves))

    def _cut(self, text: str, amounts: Sequence[Amount]) -> list[Part]:
        """Return the figures, each with what stands before and after it up to its neighbours."""
        borders = [(m.start(), m.end()) for m in CLAUSE.finditer(text)]
        borders += [(m.start, m.end) for m in self.lexicon.marks(text, "boundary")]
        borders += [(m.start, m.end) for m in self.lexicon.marks(text, "base")]
        parts, begin = [], 0
        for place, amount in enumerate(amounts):
            end = amounts[place + 1].start if place + 1 < len(amounts) else len(text)
            border = min((a for a, _ in borders if amount.end <= a < end
                          and not self._dated(text, a)), default=end)  # fmt: skip
            parts.append(Part(amount, (begin, amount.start), (amount.tail, border), end))
            begin = border
        return parts

    def _dated(self, text: str, border: int) -> bool:
        """Tell whether a border is the bracket before or the word before a year."""
        return bool(re.match(r"\(\s*(19|20)\d\d\s*\)", text[border:])) or bool(
            re.match(r"(?:pada|per|in|as of)\s", text[border:]) and any(
                t.start - border < 20 and not CLAUSE.search(text[border : t.start])
                for t in self.times.find(text) if t.start > border)
        )  # fmt: skip

    def _names(self, text: str) -> list[Mark]:
        """Return what is named in a sentence, with a breakdown that stands right behind it."""
        apart = self.lexicon.marks(text, "apart")
        parts = self.lexicon.marks(text, "breakdown")
        apart += self.lexicon.marks(text, "place")
        names = []
        for mark in self.lexicon.marks(text, "indicator"):
            if any(a.start <= mark.start and mark.end <= a.end for a in apart):
                continue
            if (not mark.meaning and re.match(r"\s+[A-Z]", text[mark.end :])) or _named(text, mark):
                continue  # part of a name
            if mark.meaning and names and not names[-1].meaning and mark.start - names[-1].end == 1:
                continue  # wages of employees
            kind = next((b for b in parts if 0 <= b.start - mark.end <= 2), None)
            if kind is not None and mark.meaning.split()[:1] != []:
                mark = replace(mark, end=kind.end, meaning=f"{mark.meaning}|{kind.meaning}")
            names.append(mark)
        return names

    def _of_one(self, text: str) -> bool:
        """Tell whether a sentence is about one cooperative, an average or a condition."""
        amounts = self.amounts.find(text)

        def counted(place: int) -> bool:
            return any(a.start <= place < a.end for a in amounts)

        if any(not counted(m.start) for m in self.lexicon.marks(text, "single")):
            return True
        for mark in [*self.lexicon.marks(text, "indicator"), *(
            m for m in self.lexicon.marks(text, "breakdown") if m.text.isupper())]:  # fmt: skip
            follows = re.match(r"\s+([A-Z][\w]+)", text[mark.end :])
            place = mark.end + (follows.start(1) if follows else 0)
            if counted(place) or (re.search(r"[A-Z][\w.]*\s+$", text[: mark.start])
                                  and not mark.text.isupper()):  # fmt: skip
                continue
            named = follows and not follows[1].isupper() and not (
                self.places.at(text, place) or self.lexicon.marks(follows[1], "law")
            )  # fmt: skip
            whole = mark.role == "breakdown" or mark.text.lower() in {
                w.lower() for w in self._wholes}  # fmt: skip
            if named and whole and not any(
                a.start <= mark.start < a.end for a in self.lexicon.marks(text, "apart")
            ):
                return True
        return False

    @property
    def _wholes(self) -> list[str]:
        """The words for what is counted in units and has parts of its own: whole registers."""
        tops = {i.indicator_id for i in self.data.indicators.values()
                if self._generic(i) and i.unit == "unit" and i.stock_or_flow == "stock"}  # fmt: skip
        return [w for w, m in self.lexicon.words("indicator").items() if m in tops]

    def _generic(self, indicator: object) -> bool:
        name = getattr(indicator, "indicator_id", "")
        return any(i.part_of == name for i in self.data.indicators.values())

    # ---- what a figure counts --------------------------------------------------------------------

    def _subject(
        self, text: str, part: Part, marks: Sequence[Mark], earlier: Part | None,
        last: Sequence[Part],
    ) -> Subject:  # fmt: skip
        amount, growth = part.amount, self._growth(text, part)
        before = [m for m in marks if part.before[0] <= m.start and m.end <= part.before[1]]
        after = [m for m in marks if part.after[0] <= m.start < part.after[1]]
        near = [m for m in after if self._near(text, amount.tail, m.start) and (m.meaning or (
            not amount.noun and len(text[amount.tail : m.start].split()) < NEAR))]
        count = amount.kind == COUNT
        part.some = self._some(text, part, rest=False) or (earlier is not None and earlier.some)
        some = count and part.some
        special = [m for m in near if not self._top(m)][:1]
        options = [(m, 1 if some or not self._owned(text, m, marks, last) else 2) for m in special]
        ahead = [m for m in before if not self._top(m) and (m.meaning or not count)]
        if nouns := [m for m in near if self._top(m)]:  # the noun says of what it is a part
            ahead = [m for m in ahead if self._part_of(m, nouns[0])]
        options += [(m, 1 if some or not (self._plain(text, m) and self._owned(text, m, marks, last))
                     else 2) for m in reversed(ahead)]  # fmt: skip
        options += [(m, 1) for m in after if m not in near and not self._top(m) and m.meaning][:1]
        generic = [m for m in near if self._top(m)][:1] or [m for m in before if self._top(m)][-1:]
        meant = earlier or (last[-1] if last else None)
        if generic and meant is not None and not special and not ahead:
            if self._compared(text, part, meant, generic[0]):
                return self._carried(part, meant.subject, "", 2)
        listed = earlier is not None and earlier.subject.strength == 2 and bool(
            self.places.find(text[slice(*part.before)]))  # fmt: skip
        for mark in generic:
            same = listed and earlier is not None and earlier.subject.indicator == mark.meaning
            options.append((mark, 2 if same or self._whole(text, part, mark) else 1))
        for mark, strength in options:
            subject = self._meant(mark, amount, growth, strength)
            if subject is None:
                continue
            return subject
        if earlier is not None and earlier.subject.base:
            return self._carried(part, earlier.subject, growth, 2)
        for one in reversed(last):
            if one.subject.base:
                return self._carried(part, one.subject, growth, 1)
        return Subject()

    def _owned(
        self, text: str, mark: Mark, marks: Sequence[Mark], last: Sequence[Part]
    ) -> bool:
        """Tell whether people and money are those of all that the article is about.

        Those of a hotel, an office or a fraud stand in a sentence that names it.
        """
        known = self.data.indicators.get(mark.meaning.partition("|")[0].split(" ")[0])
        if known is None or known.unit not in ("orang", "IDR"):
            return True
        said = f"{known.title('id')} {known.definition_id} {known.title('en')} {known.definition_en}"
        if not any(w.lower() in said.lower().split() for w in self._wholes):
            return True
        tops = [m for m in marks if self._top(m)]
        inside = any(w.lower() in mark.text.lower().split() for w in self._wholes)
        if inside or any(self._plain(text, m) for m in tops):
            return True
        others = [m for m in marks if not m.meaning and m.end <= mark.start]
        return not tops and not others and (bool(last) or self.about)

    def _compared(self, text: str, part: Part, earlier: Part, mark: Mark) -> bool:
        """Tell whether a figure is what the one before it is compared with, named more loosely."""
        known = self.data.indicators.get(earlier.subject.indicator)
        before = text[slice(*part.before)]
        back = self.lexicon.marks(before, "base") or self.lexicon.marks(before, "same")
        return bool(back) and known is not None and known.part_of in mark.meaning.split()

    def _part_of(self, mark: Mark, noun: Mark) -> bool:
        """Tell whether what a name means is counted in what a noun means."""
        known = self.data.indicators.get(mark.meaning.partition("|")[0].split()[0])
        titles = known.title(self.article.language).lower() if known else ""
        return noun.meaning in (known.part_of if known else "") or any(
            word in titles for word in noun.text.lower().split()[:1])  # fmt: skip

    def _broken_down(
        self, text: str, part: Part, subject: Subject, marks: Sequence[Mark]
    ) -> Subject:
        """Return a subject with a breakdown that its part of the sentence names apart from it."""
        taken = [(m.start, m.end) for m in marks]
        for mark in self.lexicon.marks(text[slice(*part.before)], "breakdown"):
            place = part.before[0] + mark.start
            known = (subject.base.split()[:1] + [mark.meaning.partition("=")[0]])
            if tuple(known) in self.broken_down and not any(a <= place < b for a, b in taken):
                return replace(subject, breakdown=mark.meaning)
        return subject

    def _shared(self, text: str, parts: Sequence[Part]) -> None:
        """Give a bare number before another one the subject of that: 512 and 118 cooperatives."""
        for part, following in zip(reversed(parts[:-1]), reversed(parts[1:]), strict=True):
            between = text[part.amount.end : following.amount.start]
            origin = any(m.meaning for m in self.lexicon.marks(between, "level"))
            if not part.subject.indicator and not part.amount.noun and not origin and (
                part.amount.kind == following.amount.kind and len(between.split()) < NEAR
            ):
                part.subject = following.subject

    def _carried(self, part: Part, subject: Subject, growth: str, strength: int) -> Subject:
        """Return the subject of the figure before, for one that names none itself."""
        mark = Mark(0, 0, "", f"{subject.base}|{subject.breakdown}", subject.word)
        found = self._meant(mark, part.amount, growth, min(strength, subject.strength))
        if found is None or not found.indicator:
            return Subject()
        if part.amount.kind == COUNT and not part.amount.noun and strength < 2:
            return replace(found, strength=0)
        return found

    def _near(self, text: str, start: int, end: int) -> bool:
        """Tell whether next to nothing stands between a number and a name."""
        skipped = [m for role in ("place", "filler", "unit") for m in self.lexicon.marks(text, role)]
        between = [m.start() for m in re.finditer(r"\w+", text[start:end])]
        return sum(not any(m.start <= start + w < m.end for m in skipped) for w in between) < NEAR

    def _top(self, mark: Mark) -> bool:
        """Tell whether a name is that of a whole of which other indicators are parts."""
        return mark.meaning in {m for w in self._wholes for m in [self.lexicon.words("indicator")[w]]}

    def _whole(self, text: str, part: Part, mark: Mark) -> bool:
        """Tell whether a sentence says that a whole is counted, and not only some of it."""
        clause = text[part.before[0] : part.after[1]]
        total = self.lexicon.marks(clause, "total") or self.lexicon.marks(clause, "status")
        return bool(total) and not self._some(text, part, rest=True) and self._plain(text, mark)

    def _some(self, text: str, part: Part, *, rest: bool) -> bool:
        """Tell whether only some are counted: who took part or received, or else the ``rest``."""
        end = min(part.amount.end + AHEAD, part.following or len(text))
        clause = text[part.before[0] : max(part.after[1], end)]
        return any(rest or not m.meaning for m in self.lexicon.marks(clause, "subset"))

    def _plain(self, text: str, mark: Mark) -> bool:
        """Tell whether nothing unknown qualifies a name, as in “women's cooperatives”."""
        found = {role: self.lexicon.marks(text, role) for role in PLAIN}
        starts = {a.start for a in self.amounts.find(text)}

        def counted(place: int) -> bool:
            return place in starts

        place, related = mark.end, False
        while word := re.match(r"\s+(\w+)", text[place:]):
            start = place + word.start(1)
            related |= any(m.start == start for m in self.lexicon.marks(text, "relative"))
            filler = next((m for role in ("filler", "only") for m in found[role]
                           if m.start == start and (role == "filler" or counted(m.end + 1))), None)
            if filler is None:
                if word[1][0].isdigit() or self.places.at(text, start):
                    return True
                known = [m for role in PLAIN for m in found[role] if m.start == start]
                return any(m.meaning == LISTED or m.role == "level" or not related
                           for m in known) or any(
                    m.start in (place, start) or m.start <= start < m.end
                    for m in self.lexicon.marks(text, "same")
                ) or counted(start)
            place = filler.end
        return True

    def _growth(self, text: str, part: Part) -> str:
        """Return ``rise`` or ``fall`` where a figure is a change, empty where it is a level."""
        before = text[slice(*part.before)]
        moves = self.lexicon.marks(before, "growth")
        if not moves:
            after = self.lexicon.marks(text[part.amount.end : part.after[1]], "growth")
            moves = [m for m in after if part.amount.kind == PERCENT and m.start < 12]
        if not moves:
            return ""
        if any(m.start >= moves[-1].end for m in self.lexicon.marks(before, "base")):
            return ""  # what moved is another figure, which this one is compared with
        levels = [m for m in self.lexicon.marks(before, "level") if m.start >= moves[-1].end]
        if levels:
            return "" if part.amount.kind != PERCENT else LEVEL + moves[-1].meaning
        return moves[-1].meaning

    def _meant(self, mark: Mark, amount: Amount, growth: str, strength: int) -> Subject | None:
        """Return what a name means for a figure of its kind; None where it cannot be meant."""
        meaning, _, breakdown = mark.meaning.partition("|")
        if not meaning:
            return Subject(word=mark.text)
        known, units = self.data.indicators, KINDS[amount.kind]
        for name in meaning.split():
            if name not in known:
                continue
            if growth and amount.kind == PERCENT:
                if name in self.growths:
                    return Subject(self.growths[name], breakdown, strength, meaning, mark.text)
                if not growth.startswith(LEVEL):
                    continue
            elif growth and known[name].stock_or_flow != "ratio" and known[name].unit in units:
                changed = self.changes.get(name, "")
                if changed not in known or known[changed].stock_or_flow != "change":
                    return Subject("", breakdown, strength, meaning, mark.text)
                return Subject(changed, breakdown, strength, meaning, mark.text)
            fits = known[name].unit in units and (
                not amount.noun or known[name].unit == amount.noun
            )  # fmt: skip
            bare = amount.kind == COUNT and not amount.noun and known[name].unit == "IDR"
            if fits or (bare and amount.value >= 10**6):
                if known[name].is_reference or amount.exception == "bound_of_range":
                    strength = min(strength, 1)
                return Subject(name, breakdown, strength, meaning, mark.text)
            if amount.kind == PERCENT and name in self.shares and not growth:
                share = self.shares[name]
                if share not in meaning.split() and (breakdown or known[name].part_of):
                    return Subject(share, breakdown, strength, meaning, mark.text)
        return None

    def _each(self, text: str, parts: list[Part], marks: Sequence[Mark]) -> None:
        """Give the figures behind “respectively” the names before it, in their order."""
        for each in self.lexicon.marks(text, "each"):
            behind = [p for p in parts if p.amount.start >= each.end]
            names = [m for m in marks if m.end <= each.start and m.meaning]
            names = names[-len(behind):] if len(behind) > 1 else []
            named = [self._meant(m, p.amount, "", 2)
                     for m, p in zip(names, behind, strict=False)]  # fmt: skip
            if len(names) == len(behind) and all(s and s.indicator for s in named):
                if len({s.indicator for s in named if s}) == len(behind):
                    for part, subject in zip(behind, named, strict=True):
                        part.subject = subject or part.subject
            elif len(behind) == 1:
                behind[0].subject = replace(behind[0].subject, strength=0)

    # ---- when --------------------------------------------------------------------------------------

    def _time(
        self, text: str, part: Part, times: Sequence[Time], parts: Sequence[Part], follows: bool
    ) -> Time | None:
        """Return the period of a figure: its own, that of its sentence, or the one before."""
        done = parts[: parts.index(part)]
        bases = [m.end for m in self.lexicon.marks(text, "base")]
        known = self.data.indicators.get(part.subject.indicator)
        if known is not None and known.stock_or_flow == "stock":
            times = [t for t in times if "/" not in t.period]
        if part.subject.indicator in self.growths.values():
            froms = {m.end for m in self.lexicon.marks(text, "level")}
            times = [t for t in times if t.start - 1 not in froms]
        times = [t for t in times if not self.places.spoken(text, t.start)
                 and (t.end <= part.amount.start or not any(0 <= t.start - b < 15 for b in bases))]  # fmt: skip
        own = [t for t in times if part.before[0] <= t.start < part.after[1]]
        behind = [t for t in own if t.start >= part.amount.tail]
        ahead = [t for t in own if t.end <= part.amount.start]
        if behind and ahead:
            gap = part.amount.start - ahead[-1].end
            return ahead[-1] if gap < behind[0].start - part.amount.end else behind[0]
        if behind or ahead:
            return behind[0] if behind else ahead[-1]
        led = [p for p in done if p.time is not None and p.time.start >= 0]
        if led and led[0].time is not None:
            return replace(led[0].time, sure=led[0].time.sure and len({
                p.time.period for p in led if p.time}) == 1)  # fmt: skip
        rest = [t for t in times if t.end <= part.amount.start or all(
            p.subject.indicator == part.subject.indicator for p in parts
            if part.amount.end <= p.amount.start < t.start)]  # fmt: skip
        if rest:
            return replace(rest[0], sure=len({t.period for t in rest}) == 1)
        if times and self.current is None:
            period, basis = self.times.default()
            return Time(-1, -1, period, basis, False)
        if self.current is not None:
            same = follows or any(not m.meaning for m in self.lexicon.marks(text, "same"))
            yearly = known is not None and known.stock_or_flow in ("flow", "change")
            times = [*times, self.current] if yearly and len(self.current.period) > 4 else times
            sure = not times and self.current.sure and (same or self.stated == {self.current.period})
            return Time(-1, -1, self.current.period, self.current.basis, sure)
        return None

    # ---- the row -----------------------------------------------------------------------------------

    def _row(self, part: Part, text: str, locator: str, single: bool) -> Row:
        amount, subject = part.amount, part.subject
        if part.time is None:
            period, basis = self.times.default()
        else:
            period, basis = part.time.period.strip("-"), part.time.basis
        region, sure = self.places.settled(part.region, period)
        status = part.status
        fall = amount.kind == PERCENT and self._growth(text, part) == "fall" and (
            subject.indicator in self.growths.values())  # fmt: skip
        falls = fall and not amount.exception and amount.value > 0
        value = -amount.value if falls else amount.value
        unit = self.data.indicators[subject.indicator].unit if subject.indicator else (
            {MONEY: "IDR", PERCENT: "percent"}.get(amount.kind, amount.noun)
        )  # fmt: skip
        notes = []
        if amount.said:
            notes.append(f"Printed with “{amount.said}”.")
        if amount.exception == "bound_of_range":
            notes.append(f"Lower bound of the printed range {amount.as_printed}.")
        if falls:
            notes.append("Printed as a fall; sign added in the value.")
        if basis == PUBLICATION and part.time is not None:
            notes.append(f"Dated “{text[part.time.start : part.time.end]}”."
                         if part.time.start >= 0 else "Dated by the sentence before.")  # fmt: skip
        level = subject.strength if subject.indicator else 0
        level = min(level, sure)
        if not period or (part.time is not None and not part.time.sure):
            level = min(level, 1)
        denied = self.lexicon.marks(text[slice(*part.before)], "denied")
        if single or denied:
            level = 0
        if self.places.spoken(text, amount.start):
            level = min(level, 1)
        if fall and not falls:
            level = 0
        printed = amount.as_printed
        return {
            "source_id": "", "region_id": region, "indicator_id": subject.indicator,
            "breakdown": subject.breakdown if subject.indicator else "",
            "reference_period": period, "period_basis": basis, "status": status,
            "obs_status": {"target": "F", "estimate": "E"}.get(status, ""),
            "as_printed": printed, "numerals": amount.numerals, "printing": amount.printing,
            "token_exception": FALL if falls else amount.exception,
            "value": f"{value.normalize():f}", "unit": unit, "locator": locator,
            "note": " ".join(notes), "confidence": LEVELS[level], "sentence": text,
        }  # fmt: skip

    def _status(self, text: str, part: Part, earlier: Part | None) -> str:
        """Return whether a figure is an outcome, an estimate or a target, by the nearest word."""
        before = self.lexicon.marks(text[slice(*part.before)], "status")
        if before:
            return before[-1].meaning
        after = self.lexicon.marks(text[slice(*part.after)], "status")
        if after and after[0].meaning != "outcome":
            return after[0].meaning
        return earlier.status if earlier is not None else "outcome"


def _named(text: str, mark: Mark) -> bool:
    """Tell whether words stand in capitals amid a sentence, as in the name of an office."""
    words = mark.text.split()
    capital = all(word[:1].isupper() for word in words) and not mark.text.isupper()
    before = re.search(r"\S\s+(\S+)\s+$", text[: mark.start])
    return capital and bool(before) and (len(words) > 1 or before[1][:1].isupper())


def sentences(paragraph: str, lexicon: Lexicon) -> list[str]:
    """Return the sentences of a paragraph; a short form with a full stop ends none."""
    short = lexicon.either("abbreviation")
    ends = re.compile(r"[.!?][”\"’)]*\s+(?=[\"“‘(]?[A-Z0-9])")
    held = re.compile(rf"(?<!\w)(?:{short}|[A-Z])$")
    found, start = [], 0
    for m in ends.finditer(paragraph):
        if paragraph[m.start()] == "." and held.search(paragraph[start : m.start()]):
            continue
        found.append(paragraph[start : m.end()].strip())
        start = m.end()
    return [s for s in [*found, paragraph[start:].strip()] if s]
