"""Sentences about one account: parts, sums, shares, changes and ratios."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.vocabulary import capital, the
from kumkm_analysis.findings.checks import Check
from kumkm_analysis.findings.narration import Narrator, Story, named_by
from kumkm_analysis.findings.sentences import LANGUAGES, Wording, literal, place

SEVERAL = 2  # figures on one side, beyond which two sums are set against each other


class AccountStories(Narrator):
    """Tells what does not fit within one account."""

    def _exceeds(self, story: Story, words: Wording) -> None:
        for check in story.checks:
            part, whole = check.members
            a, b = words.figure(self.rows[part]), words.figure(self.rows[whole])
            top, what = self._head(part), self._what(whole)
            who, by = self._who(part), self._who(whole)
            same = self.rows[part].source_id == self.rows[whole].source_id
            tail = ("", "") if same else (f" ({by['id']})", f" ({by['en']})")
            words.add(
                id=f"{top['id']}: tercetak {{{a}}} ({who['id']}), lebih besar daripada "
                f"keseluruhannya, {what['id']}: {{{b}}}{tail[0]}.",
                en=f"{top['en']}: printed as {{{a}}} ({who['en']}), larger than its whole, "
                f"{the(what['en'], 'en')}: {{{b}}}{tail[1]}.",
            )

    def _sum(self, story: Story, words: Wording) -> None:
        check = story.checks[0]
        whole = named_by(check)
        right = [m for m in check.members if check.sign(m) == check.sign(whole)]
        if check.form == "equal" and len(right) > SEVERAL:
            self._two_sums(story, words)
            return
        left = sorted((m for m in check.members if m != whole), key=lambda m: -self._term(check, m))
        shown = self._added(check, left, words)
        result, _, _ = self._summed(check, left, words)
        printed = words.figure(self.rows[whole])
        top = self._head(whole)
        who = self._who(*(m for c in story.checks for m in c.members if m in story.rows))
        rule = self._rule(story)
        words.add(
            id=f"{top['id']} ({who['id']}): {shown} = {{{result}}}, tetapi tercetak {{{printed}}}. "
            f"{rule['id']}",
            en=f"{top['en']} ({who['en']}): {shown} = {{{result}}}, but {{{printed}}} is printed. "
            f"{rule['en']}",
        )

    def _two_sums(self, story: Story, words: Wording) -> None:
        """Set one sum against another, where neither is printed as a whole."""
        check = story.checks[0]
        pieces = []
        for sign in (1, -1):
            side = [m for m in check.members if check.sign(m) == sign]
            total = sum((self._value(m) for m in side), Fraction())
            spans = [self.get(m) for m in side]
            lows, highs = [x.low for x in spans], [x.high for x in spans]
            span = Interval(
                None if None in lows else sum((x for x in lows if x is not None), Fraction()),
                None if None in highs else sum((x for x in highs if x is not None), Fraction()),
            )
            shown = " + ".join(f"{{{words.figure(self.rows[m])}}}" for m in side)
            rows = [self.rows[m] for m in side]
            result = words.derived(total, span, rows[0].unit, rows, like=rows[-1])
            pieces.append(f"{shown} = {{{result}}}")
        o = self.rows[named_by(check)]
        region = {k: place(self.data, o, k) for k in LANGUAGES}
        who = self._who(*(m for c in story.checks for m in c.members))
        rule = self._rule(story)
        words.add(
            id=f"{capital(region['id'])} ({who['id']}): {pieces[0]}, tetapi {pieces[1]}. "
            f"{rule['id']}",
            en=f"{capital(region['en'])} ({who['en']}): {pieces[0]}, but {pieces[1]}. {rule['en']}",
        )

    def _added(self, check: Check, rows: Sequence[int], words: Wording) -> str:
        """Return figures joined by plus and minus."""
        return "".join(
            f" {'+' if self._term(check, m) > 0 else '−'} {{{words.figure(self.rows[m])}}}"
            for m in rows
        ).removeprefix(" + ")

    def _summed(
        self, check: Check, parts: Sequence[int], words: Wording
    ) -> tuple[str, Fraction, Interval]:
        """Enter the sum that the whole should be; return its placeholder, value and interval."""
        whole = named_by(check)
        equal = Check("", "", "", "equal", check.members, check.coefficients)
        span = equal.implied(whole, self.get) or Interval(None, None)
        total = sum((self._term(check, m) * self._value(m) for m in parts), Fraction())
        rows, like = [self.rows[m] for m in parts], self.rows[whole]
        return words.derived(total, span, like.unit, rows, like=like), total, span

    def _value(self, row: int) -> Fraction:
        return Fraction(self.rows[row].value)

    def _term(self, check: Check, member: int) -> int:
        """Return the sign of a member on the side opposite to the whole."""
        return -check.sign(member) * check.sign(named_by(check))

    def _incomplete(self, story: Story, words: Wording) -> None:
        whole, *parts = story.rows
        equal = Check("", "", "", "equal", (*parts, whole), (*[1] * len(parts), -1))
        result, total, span = self._summed(equal, parts, words)
        printed = words.figure(self.rows[whole])
        own = self.get(whole)
        rest = Interval(
            None if own.low is None or span.high is None else own.low - span.high,
            None if own.high is None or span.low is None else own.high - span.low,
        )
        rows, like = [self.rows[m] for m in (*parts, whole)], self.rows[whole]
        lacking = words.derived(self._value(whole) - total, rest, like.unit, rows, like=like)
        absent = {k: self._missing(story.missing, k) for k in LANGUAGES}
        top, who = self._head(whole), self._who(whole)
        words.add(
            id=f"{top['id']} ({who['id']}): bagian yang tercetak berjumlah {{{result}}} dari "
            f"{{{printed}}}. Daftar itu tidak memuat {absent['id']}; agar jumlahnya cocok, "
            f"angkanya harus {{{lacking}}}.",
            en=f"{top['en']} ({who['en']}): the printed parts sum to {{{result}}} of "
            f"{{{printed}}}. The list lacks {absent['en']}; for the parts to add up, that "
            f"figure would have to be {{{lacking}}}.",
        )

    def _missing(self, name: str, language: str) -> str:
        if name in self.data.regions:
            return literal(self.data.regions[name].title(language))
        term = self.data.terms.get(name.replace("=", "."))
        return literal(term.title(language) if term else name)

    def _share(self, story: Story, words: Wording) -> None:
        part, whole, share = story.checks[0].members
        a, b, s = (words.figure(self.rows[m]) for m in (part, whole, share))
        result = self._worked_out(story.checks[0], words)
        top, who = self._head(share), self._who(*(c.members[2] for c in story.checks))
        words.add(
            id=f"{top['id']}: {{{a}}} dari {{{b}}} adalah {{{result}}}, tetapi tercetak {{{s}}} "
            f"({who['id']}).",
            en=f"{top['en']}: {{{a}}} of {{{b}}} is {{{result}}}, but {{{s}}} is printed "
            f"({who['en']}).",
        )

    def _worked_out(self, check: Check, words: Wording) -> str:
        """Enter the percentage or change that follows from the printed values."""
        first, second, last = check.members
        span = check.implied(last, self.get) or Interval(None, None)
        x, y = self._value(first), self._value(second)
        if check.form == "share":
            value = 100 * x / y
        elif check.form == "growth":
            value = 100 * (y / x - 1)
        else:
            value = y - x
        rows = [self.rows[first], self.rows[second]]
        return words.derived(value, span, self.rows[last].unit, rows)

    def _change(self, story: Story, words: Wording) -> None:
        check = story.checks[0]
        change = check.members[-1]
        a, b, g = (words.figure(self.rows[m]) for m in check.members)
        result = self._worked_out(check, words)
        top, who = self._head(change), self._who(*(c.members[2] for c in story.checks))
        opening = {
            "id": f"{top['id']}: dari {{{a}}} {{{a}:when}} ke {{{b}}} {{{b}:when}} adalah "
            f"{{{result}}}",
            "en": f"{top['en']}: from {{{a}}} {{{a}:when}} to {{{b}}} {{{b}:when}} is {{{result}}}",
        }
        if story.severity == "note":
            words.add(
                id=f"{opening['id']}; {{{g}}} ({who['id']}) hanya diperoleh bila dibagi dengan "
                "angka yang kemudian.",
                en=f"{opening['en']}; {{{g}}} ({who['en']}) follows only when divided by the later "
                "figure.",
            )
            return
        words.add(
            id=f"{opening['id']}, tetapi tercetak {{{g}}} ({who['id']}).",
            en=f"{opening['en']}, but {{{g}}} is printed ({who['en']}).",
        )

    def _ratio(self, story: Story, words: Wording) -> None:
        check = story.checks[0]
        top_row, bottom_row = check.members
        a, b = (words.figure(self.rows[m]) for m in check.members)
        x, y = (self._value(m) for m in check.members)
        spans = [self.get(m) for m in check.members]
        low = None if spans[0].low is None or not spans[1].high else spans[0].low / spans[1].high
        high = None if spans[0].high is None or not spans[1].low else spans[0].high / spans[1].low
        if low is not None and high is not None and low > high:
            low, high = high, low
        same = self.rows[top_row].unit == self.rows[bottom_row].unit
        unit = "ratio" if same or self.rows[top_row].unit == "orang" else self.rows[top_row].unit
        result = words.derived(
            x / y, Interval(low, high), unit, [self.rows[m] for m in check.members]
        )
        head_, what = self._head(top_row), self._what(bottom_row)
        who, rule = self._who(top_row, bottom_row), self._rule(story)
        words.add(
            id=f"{head_['id']}: {{{a}}}, dan {what['id']}: {{{b}}} ({who['id']}); hasil baginya "
            f"{{{result}}}. {rule['id']}",
            en=f"{head_['en']}: {{{a}}}, and {what['en']}: {{{b}}} ({who['en']}); their quotient "
            f"is {{{result}}}. {rule['en']}",
        )
