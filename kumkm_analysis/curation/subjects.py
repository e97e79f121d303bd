"""What a figure counts: the name beside it whose unit fits, or the one carried on from before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from kumkm_analysis.curation.amounts import COUNT, MONEY, PERCENT, Amount
from kumkm_analysis.curation.lexicon import Lexicon, Mark
from kumkm_analysis.curation.sentences import COMMA, Part, Sentence, Subject
from kumkm_analysis.dataset.money import is_money

if TYPE_CHECKING:
    from kumkm_analysis.curation.articles import Article
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Indicator

AHEAD = 90  # characters behind a figure in which its verb stands
NEAR = 2  # words between a figure and the name of what it counts
PEOPLE = "orang"
LEAST_MONEY = 10**6  # a bare number below it is no amount of money


class Subjects:
    """Finds what the figures of sentences count, by the indicators and rules of a dataset."""

    def __init__(self, data: Dataset, lexicon: Lexicon, article: Article) -> None:
        self.known = data.indicators
        rules = [rule for rule in data.rules.values() if rule.indicator_id]
        self.shares = {r.left: r.indicator_id for r in reversed(rules) if r.kind == "share"}
        self.growths = {r.left: r.indicator_id for r in rules if r.kind == "growth"}
        self.changes = {r.left: r.indicator_id for r in rules if r.kind == "change"}
        self.breakdowns = {
            (o.indicator_id, key) for o in data.observations.values() for key in o.breakdown_parts
        }
        wholes = {i.part_of for i in self.known.values() if i.part_of}
        # What is counted in units and has parts of its own: whole registers.
        self.wholes = {
            one for one in wholes
            if self.known[one].unit == "unit" and self.known[one].stock_or_flow == "stock"
        }  # fmt: skip
        names = lexicon.words("indicator").items()
        self.named = {word.lower(): meaning for word, meaning in names if meaning in self.wholes}
        self.nouns = self.named.keys()
        head = " ".join([article.title, *article.paragraphs[:1]]).lower().split()
        self.about = not self.nouns.isdisjoint(head)

    def settle(self, sentence: Sentence, last: Sequence[Part]) -> None:
        """Give every figure of a sentence its subject; ``last`` are those of the one before."""
        earlier: Part | None = None
        for part in sentence.parts:
            part.some = self._some(sentence, part, rest=False) or (
                earlier is not None and earlier.some
            )
            found = self._subject(sentence, part, earlier, last)
            part.subject = self._broken_down(sentence, part, found)
            earlier = part
        self._of_which(sentence)
        self._or_percent(sentence)
        self._shared(sentence)
        self._each(sentence)

    def is_growth(self, subject: Subject) -> bool:
        """Tell whether a subject is a growth rate."""
        return subject.indicator in self.growths.values()

    def of_one(self, sentence: Sentence) -> bool:
        """Tell whether a sentence is about one cooperative, an average or a condition."""
        if any(not (m.meaning or sentence.counted(m.start)) for m in sentence.marks("single")):
            return True
        text, apart = sentence.text, sentence.marks("apart")
        short = [m for m in sentence.marks("breakdown") if m.text.isupper()]
        nouns = [m for m in sentence.marks("indicator") if m.text.lower() in self.nouns]
        for mark in [*nouns, *short]:
            name = re.match(r"\s+([A-Z]\w+)", text[mark.end :])
            if name is None or name[1].isupper():
                continue
            place = mark.end + name.start(1)
            office = re.search(r"[A-Z][\w.]*\s+$", text[: mark.start]) and not mark.text.isupper()
            known = sentence.counted(place) or sentence.at(place, ["place", "law"])
            if not (office or known or any(a.start <= mark.start < a.end for a in apart)):
                return True
        return False

    def of_all(self, sentence: Sentence) -> bool:
        """Tell whether a sentence counts a whole: 25.102 cooperatives."""
        tails = {part.amount.tail + 1 for part in sentence.parts}
        return any(self._whole(m) and m.start in tails for m in sentence.names)

    # ---- the names beside a figure -------------------------------------------------------------

    def _subject(
        self, sentence: Sentence, part: Part, earlier: Part | None, last: Sequence[Part]
    ) -> Subject:
        """Return what a figure counts, by the first name whose unit fits.

        The nearest name that is special comes first, then those before it, then what is farther
        behind, then that of a whole; where there is none, that of the figure before goes on.
        """
        amount, some = part.amount, part.some and part.amount.kind == COUNT
        after = [m for m in sentence.names if part.after[0] <= m.start < part.after[1]]
        near = [m for m in after if self._near(sentence, amount, m)]
        before = [m for m in sentence.names if part.before[0] <= m.start and m.end <= amount.start]
        nouns = [m for m in near if self._whole(m)]
        special = [m for m in near if m not in nouns][:1]
        ahead = [m for m in before if not self._whole(m) and (m.meaning or amount.kind != COUNT)]
        ahead = [m for m in ahead if not self._passed(sentence, m, before)]
        if nouns:  # the noun says of what it is a part
            ahead = [m for m in ahead if self._part_of(m, nouns[0])]
        options = []
        for mark in [*special, *reversed(ahead)]:
            plain = mark in special or sentence.plain(mark)
            sure = plain and not some and self._owned(sentence, amount, mark, bool(last))
            nouns_ahead = [m for m in sentence.names if self._whole(m) and m.end <= mark.start]
            sure = sure and (mark in special or all(map(sentence.plain, nouns_ahead)))
            sure = sure and (amount.kind != COUNT or sentence.known_before(amount))
            options.append((mark, 2 if sure else 1))
        options += [(m, 1) for m in after if m.meaning and m not in near and not self._whole(m)][:1]
        generic = nouns[:1] or [m for m in before if self._whole(m)][-1:]
        meant = earlier or (last[-1] if last else None)
        if earlier is not None and self._from_all(sentence, earlier, part):
            whole = self.known[earlier.subject.indicator].part_of
            return self._carried(part, replace(earlier.subject, base=whole, breakdown=""), "", 2)
        loose = bool(generic and meant) and not (special or ahead)
        if loose and meant and self._compared(sentence, part, meant, generic[0]):
            return self._carried(part, meant.subject, "", 2)
        for mark in generic:
            listed = (
                earlier is not None
                and earlier.subject.strength == 2
                and earlier.subject.indicator == mark.meaning
                and sentence.within(part.before, "place")
            )
            options.append((mark, 2 if listed or self._of_all(sentence, part, mark) else 1))
        growth = self._growth(sentence, part)
        for mark, strength in options:
            if subject := self._meant(mark.meaning, amount, growth, strength):
                return subject
        if earlier is not None and earlier.subject.base:
            rest = Mark(amount.start, amount.end, "", "", "")
            told = amount.kind != COUNT or sentence.plain(rest)
            return self._carried(part, earlier.subject, growth, 2 if told else 1)
        carried = next((p.subject for p in reversed(last) if p.subject.base), None)
        return self._carried(part, carried, growth, 1) if carried else Subject()

    def _growth(self, sentence: Sentence, part: Part) -> str:
        """Return ``by`` for a change, ``to`` for a percentage that something moved to, else ''."""
        if sentence.moved(part) is None:
            return ""
        if sentence.reached(part):
            return "to" if part.amount.kind == PERCENT else ""
        return "by"

    def _meant(self, meaning: str, amount: Amount, growth: str, strength: int) -> Subject | None:
        """Return what a name means for a figure of its kind; None where it cannot be meant."""
        names, _, breakdown = meaning.partition("|")
        if not names:
            return Subject()
        for name in (n for n in names.split() if n in self.known):
            known = self.known[name]
            if growth and amount.kind == PERCENT and name in self.growths:
                return Subject(self.growths[name], breakdown, strength, names)
            if growth == "by" and amount.kind == PERCENT:
                continue
            if (
                growth == "by"
                and known.stock_or_flow != "ratio"
                and _kind(known.unit) == amount.kind
            ):
                change = self.known.get(self.changes.get(name, ""), None)
                moved = change is not None and change.stock_or_flow == "change"
                return Subject(self.changes[name] if moved else "", breakdown, strength, names)
            bare = amount.kind == COUNT and not amount.noun and is_money(known.unit)
            if (_kind(known.unit) == amount.kind and amount.noun in ("", known.unit)) or (
                bare and amount.value >= LEAST_MONEY
            ):
                unsure = known.is_reference or amount.exception == "bound_of_range"
                return Subject(name, breakdown, min(strength, 1) if unsure else strength, names)
            share = self.shares.get(name, "")
            shared = amount.kind == PERCENT and not growth and (breakdown or known.part_of)
            if shared and share not in ("", *names.split()):
                return Subject(share, breakdown, strength, names)
        return None

    def _carried(self, part: Part, subject: Subject, growth: str, strength: int) -> Subject:
        """Return the subject of the figure before, for one that names none itself."""
        amount = part.amount
        meaning = f"{subject.base}|{subject.breakdown}"
        found = self._meant(meaning, amount, growth, min(strength, subject.strength))
        if found is None:
            return Subject()
        bare = amount.kind == COUNT and not amount.noun and strength < 2
        return replace(found, strength=0) if bare else found

    # ---- how plainly ---------------------------------------------------------------------------

    def _near(self, sentence: Sentence, amount: Amount, mark: Mark) -> bool:
        """Tell whether next to nothing stands between a number and a name."""
        between = [*re.finditer(r"\w+", sentence.text[amount.tail : mark.start])]
        if not mark.meaning:  # of what is not in the data only what is counted itself
            return not amount.noun and len(between) < NEAR
        counts = sentence.within((amount.tail, mark.start), "total")
        if any(not sentence.at(m.start, ["filler"]) for m in counts):
            return False  # what comes behind “the number of” is told of the next figure
        skipped = [m for role in ("place", "filler", "unit") for m in sentence.marks(role)]
        starts = [amount.tail + word.start() for word in between]
        return sum(not any(m.start <= s < m.end for m in skipped) for s in starts) < NEAR

    def _whole(self, mark: Mark) -> bool:
        """Tell whether a name is that of a whole of which other indicators are parts."""
        return mark.meaning in self.wholes

    def _passed(self, sentence: Sentence, mark: Mark, names: Sequence[Mark]) -> bool:
        """Tell whether a whole named in a later clause takes the place of a name."""
        wholes = [m for m in names if self._whole(m) and m.start >= mark.end]
        return any(COMMA.search(sentence.text, mark.end, m.start) for m in wholes)

    def _part_of(self, mark: Mark, noun: Mark) -> bool:
        """Tell whether what a name means is counted in what a noun means."""
        known = self._first(mark)
        if known is None:
            return False
        described = self._described(known, "title")
        return noun.meaning == known.part_of or any(
            word in described for word in noun.text.lower().split()
        )

    def _first(self, mark: Mark) -> Indicator | None:
        return self.known.get(mark.meaning.partition("|")[0].partition(" ")[0], None)

    def _described(self, indicator: Indicator, *columns: str) -> str:
        """Return titles or definitions of an indicator, in all languages."""
        names = [f.name for f in fields(indicator) if f.name.startswith(columns)]
        return " ".join(str(getattr(indicator, name)) for name in names).lower()

    def _owned(self, sentence: Sentence, amount: Amount, mark: Mark, follows: bool) -> bool:
        """Tell whether people and money are those of all that the article is about.

        Those of a hotel, an office or a fraud stand in a sentence that names it.
        """
        known = self._first(mark)
        if known is None or not (is_money(known.unit) or known.unit == PEOPLE):
            return True
        words = re.findall(r"\w+", self._described(known, "title_", "definition_"))
        nouns = [m for m in sentence.names if self._whole(m)]
        if self.nouns.isdisjoint(words) or not self.nouns.isdisjoint(mark.text.lower().split()):
            return True
        own = {meaning for word, meaning in self.named.items() if word in words}
        between = [m for m in nouns if mark.end <= m.start and m.end <= amount.start]
        if between and between[0].meaning not in own:
            return False  # the turnover of other enterprises
        if any(sentence.plain(m) for m in nouns):
            return True
        others = [m for m in sentence.names if not m.meaning and m.end <= mark.start]
        return not nouns and not others and (follows or self.about)

    def _of_all(self, sentence: Sentence, part: Part, mark: Mark) -> bool:
        """Tell whether a sentence says that a whole is counted, and not only some of it."""
        clause = part.before[0], part.after[1]
        total = sentence.within(clause, "total") or sentence.within(clause, "status")
        same = [m for m in sentence.names if m.meaning == mark.meaning and clause[0] <= m.start]
        plain = all(sentence.plain(m) for m in same if m.start <= mark.start)
        return bool(total) and not self._some(sentence, part, rest=True) and plain

    def _some(self, sentence: Sentence, part: Part, *, rest: bool) -> bool:
        """Tell whether only some are counted: who took part or received, or else the ``rest``."""
        end = max(part.after[1], min(part.amount.end + AHEAD, part.following))
        found = sentence.within((part.before[0], end), "subset")
        return any(rest or not m.meaning for m in found)

    def _from_all(self, sentence: Sentence, earlier: Part, part: Part) -> bool:
        """Tell whether a figure is the whole of the one before: 60 idle ones of a total of 200."""
        known = self.known.get(earlier.subject.indicator, None)
        origin = [m for m in sentence.within(part.before, "level") if m.meaning]
        total = [
            m for m in sentence.within(part.before, "total") for o in origin if m.start > o.start
        ]
        return bool(total) and known is not None and known.part_of in self.wholes

    def _compared(self, sentence: Sentence, part: Part, earlier: Part, mark: Mark) -> bool:
        """Tell whether a figure is what an earlier one is compared with, named more loosely."""
        known = self.known.get(earlier.subject.indicator, None)
        same = [m for m in sentence.within(part.before, "same") if not m.meaning]
        back = sentence.within(part.before, "base") or same
        return bool(back) and known is not None and known.part_of == mark.meaning

    # ---- several figures -----------------------------------------------------------------------

    def _broken_down(self, sentence: Sentence, part: Part, subject: Subject) -> Subject:
        """Return a subject with a breakdown that its part of the sentence names apart from it."""
        for mark in sentence.within(part.before, "breakdown"):
            key = subject.base.partition(" ")[0], mark.meaning.partition("=")[0]
            spans = [(n.start, n.end) for n in sentence.names]
            taken = any(a <= mark.start < b and (a, b) != (mark.start, mark.end) for a, b in spans)
            if key in self.breakdowns and not taken:
                return replace(subject, breakdown=mark.meaning)
        return subject

    def _of_which(self, sentence: Sentence) -> None:
        """Tell parts from their whole: in “1,422 of 2,987 cooperatives are idle” 1,422 are idle."""
        for part, whole in pairwise(sentence.parts):
            between = part.amount.tail, whole.amount.start
            origin = [m for m in sentence.within(between, "level") if m.meaning]
            noun = next((m for m in sentence.names if m.start == whole.amount.tail + 1), None)
            told = len(sentence.text[slice(*between)].split()) - bool(part.amount.noun)
            if not origin or noun is None or not self._whole(noun) or told > NEAR:
                continue
            said = [m for m in sentence.names if m.start > noun.end and self._part_of(m, noun)]
            found = said and self._meant(said[0].meaning, part.amount, "", 2)
            ahead = [m for m in sentence.names if m.end <= part.amount.start and m.meaning]
            if found and not part.some and said[0].end <= whole.following:
                part.subject = part.subject if ahead else found
                whole.subject = Subject(noun.meaning, "", 2 - whole.some, noun.meaning)

    def _or_percent(self, sentence: Sentence) -> None:
        """Give a count the name behind its percentage: 649 cooperatives or 12 percent that met."""
        for part, share in pairwise(sentence.parts):
            between = part.amount.end, share.amount.start
            words = sentence.text[slice(*between)].split()
            joined = any(m.meaning == "or" for m in sentence.within(between, "boundary"))
            loose = part.subject.indicator in self.wholes and share.subject.base
            if (
                loose
                and joined
                and share.amount.kind == PERCENT != part.amount.kind
                and len(words) <= NEAR
            ):
                found = self._meant(share.subject.base, part.amount, "", share.subject.strength)
                part.subject = found or part.subject

    def _shared(self, sentence: Sentence) -> None:
        """Give a bare number before another one the subject of that: 512 and 118 cooperatives."""
        parts = sentence.parts
        for part, following in zip(reversed(parts[:-1]), reversed(parts[1:]), strict=True):
            span = part.amount.end, following.amount.start
            part_of = any(m.meaning for m in sentence.within(span, "level"))
            bare = not part.subject.indicator and not part.amount.noun
            alike = part.amount.kind == following.amount.kind
            if bare and alike and not part_of and len(sentence.text[slice(*span)].split()) < NEAR:
                part.subject = following.subject

    def _each(self, sentence: Sentence) -> None:
        """Leave open what figures behind “respectively” count where not all count the same."""
        for each in sentence.marks("each"):
            behind = [p for p in sentence.parts if p.amount.start >= each.end]
            names = {m.meaning for m in sentence.names if m.end <= each.start and m.meaning}
            if len(behind) == 1 or len(names - self.wholes) > 1:
                for part in behind:
                    part.subject = replace(part.subject, strength=0)


def _kind(unit: str) -> str:
    """Return the kind of figure that a unit of the data asks for."""
    return MONEY if is_money(unit) else PERCENT if unit == PERCENT else COUNT
