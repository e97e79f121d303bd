"""One sentence or two for each kind of finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from kumkm_analysis.findings.checks import Check, Get
from kumkm_analysis.findings.rules import wording
from kumkm_analysis.findings.sentences import (
    LANGUAGES,
    Wording,
    head,
    place,
    source,
    subject,
)
from kumkm_analysis.interval import Interval
from kumkm_analysis.records import Observation

if TYPE_CHECKING:
    from kumkm_analysis.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Story:
    """What a finding is about: its kind and rule, the checks that it breaks, and its figures.

    ``first`` is the figure that names it; ``rows`` are all its figures in the order of telling.
    """

    kind: str
    rule: str
    severity: str
    checks: tuple[Check, ...]
    rows: tuple[int, ...]
    missing: str = ""

    @property
    def first(self) -> int:
        """The row that names the finding."""
        return self.rows[0]


def named_by(check: Check) -> int:
    """Return the row that names a check: the whole of a sum, the percentage of a quotient."""
    if check.form in ("equal", "at_most") and check.kind == "does_not_add_up":
        pairs = zip(check.members, check.coefficients, strict=True)
        return [m for m, sign in pairs if sign < 0][-1]
    return check.members[-1]


class Teller:
    """Tells stories about the rows of one dataset."""

    def __init__(self, data: Dataset, rows: Sequence[Observation], get: Get) -> None:
        self.data = data
        self.rows = rows
        self.get = get

    def tell(self, story: Story) -> Wording:
        """Return the sentences of a story, with the figures that they name."""
        words = Wording(self.data)
        methods: dict[str, Callable[[Story, Wording], None]] = {
            "part_exceeds_whole": self._exceeds,
            "does_not_add_up": self._sum,
            "incomplete_list": self._incomplete,
            "share_does_not_follow": self._share,
            "change_does_not_follow": self._change,
            "implausible_ratio": self._ratio,
            "implausible_jump": self._jump,
            "conflict": self._conflict,
            "revision": self._revision,
            "parallel_lines": self._lines,
            "repeated_value": self._repeated,
            "figure_of_another_scope": self._borrowed,
        }
        methods[story.kind](story, words)
        return words

    # ---- helpers --------------------------------------------------------------------------------

    def _head(self, row: int) -> dict[str, str]:
        return {k: head(self.data, self.rows[row], k) for k in LANGUAGES}

    def _who(self, *rows: int) -> dict[str, str]:
        return {k: source(self.data, [self.rows[r] for r in rows], k) for k in LANGUAGES}

    def _what(self, row: int) -> dict[str, str]:
        return {k: subject(self.data, self.rows[row], k) for k in LANGUAGES}

    def _by_value(self, rows: Sequence[int]) -> list[list[int]]:
        """Return the rows grouped by what is printed, in order of value."""
        groups: dict[object, list[int]] = {}
        for row in sorted(rows, key=lambda r: self.rows[r].value):
            o = self.rows[row]
            groups.setdefault((o.value, o.printing), []).append(row)
        return list(groups.values())

    def _rule(self, story: Story) -> dict[str, str]:
        return {k: wording(self.data, story.rule, k) for k in LANGUAGES}

    # ---- the kinds ------------------------------------------------------------------------------

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
                f"{what['en']}: {{{b}}}{tail[1]}.",
            )

    def _sum(self, story: Story, words: Wording) -> None:
        check = story.checks[0]
        signs = dict(zip(check.members, check.coefficients, strict=True))
        whole = named_by(check)
        left = [m for m in check.members if m != whole]
        terms = {m: -signs[m] * signs[whole] for m in left}
        left.sort(key=lambda m: -terms[m])
        span = check.implied(whole, self.get) or Interval(None, None)
        if check.form == "at_most":
            equal = Check("", "", "", "equal", check.members, check.coefficients)
            span = equal.implied(whole, self.get) or span
        total = sum((terms[m] * Fraction(self.rows[m].value) for m in left), Fraction(0))
        unit = self.rows[whole].unit
        names = [words.figure(self.rows[m]) for m in left]
        shown = "".join(
            f" {'+' if terms[m] > 0 else '−'} {{{n}}}" for m, n in zip(left, names, strict=True)
        ).removeprefix(" + ")
        result = words.derived(
            total, span, unit, [self.rows[m] for m in left], like=self.rows[whole]
        )
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

    def _incomplete(self, story: Story, words: Wording) -> None:
        whole, *parts = story.rows
        equal = Check("", "", "", "equal", (*parts, whole), (*[1] * len(parts), -1))
        total = sum((Fraction(self.rows[m].value) for m in parts), Fraction(0))
        unit = self.rows[whole].unit
        rows = [self.rows[m] for m in parts]
        sum_span = equal.implied(whole, self.get) or Interval(None, None)
        result = words.derived(total, sum_span, unit, rows, like=self.rows[whole])
        printed = words.figure(self.rows[whole])
        own = self.get(whole)
        rest = Interval(
            None if own.low is None or sum_span.high is None else own.low - sum_span.high,
            None if own.high is None or sum_span.low is None else own.high - sum_span.low,
        )
        left = Fraction(self.rows[whole].value) - total
        whole_row = self.rows[whole]
        lacking = words.derived(left, rest, unit, [*rows, whole_row], like=whole_row)
        absent = {k: self._missing(story.missing, k) for k in LANGUAGES}
        top, who = self._head(whole), self._who(whole)
        words.add(
            id=f"{top['id']} ({who['id']}): bagian yang tercetak berjumlah {{{result}}} dari "
            f"{{{printed}}}. Daftar itu tidak memuat {absent['id']}; agar genap, nilainya harus "
            f"{{{lacking}}}.",
            en=f"{top['en']} ({who['en']}): the printed parts sum to {{{result}}} of "
            f"{{{printed}}}. The list lacks {absent['en']}, which would have to be {{{lacking}}}.",
        )

    def _missing(self, name: str, language: str) -> str:
        if name in self.data.regions:
            return self.data.regions[name].title(language)
        term = self.data.terms.get(name.replace("=", "."))
        return term.title(language) if term else name

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
        x, y = Fraction(self.rows[first].value), Fraction(self.rows[second].value)
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
        earlier, later, change = check.members
        a, b, g = (words.figure(self.rows[m]) for m in check.members)
        result = self._worked_out(check, words)
        top, who = self._head(change), self._who(*(c.members[2] for c in story.checks))
        if story.severity == "note":
            words.add(
                id=f"{top['id']}: dari {{{a}}} {{{a}:when}} ke {{{b}}} {{{b}:when}} adalah "
                f"{{{result}}}; {{{g}}} ({who['id']}) hanya diperoleh bila dibagi dengan angka "
                "yang kemudian.",
                en=f"{top['en']}: from {{{a}}} {{{a}:when}} to {{{b}}} {{{b}:when}} is "
                f"{{{result}}}; {{{g}}} ({who['en']}) follows only when divided by the later "
                "figure.",
            )
            return
        words.add(
            id=f"{top['id']}: dari {{{a}}} {{{a}:when}} ke {{{b}}} {{{b}:when}} adalah "
            f"{{{result}}}, tetapi tercetak {{{g}}} ({who['id']}).",
            en=f"{top['en']}: from {{{a}}} {{{a}:when}} to {{{b}}} {{{b}:when}} is "
            f"{{{result}}}, but {{{g}}} is printed ({who['en']}).",
        )
        del earlier, later

    def _ratio(self, story: Story, words: Wording) -> None:
        check = story.checks[0]
        top_row, bottom_row = check.members
        a, b = (words.figure(self.rows[m]) for m in check.members)
        x, y = (Fraction(self.rows[m].value) for m in check.members)
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

    def _jump(self, story: Story, words: Wording) -> None:
        rows = sorted({m for c in story.checks for m in c.members}, key=self._date)
        names = [words.figure(self.rows[r]) for r in rows]
        rule = self._rule(story)
        what = self._what(rows[0])
        region = {k: self.data.regions[self.rows[rows[0]].region_id].title(k) for k in LANGUAGES}
        listed = {
            k: ", ".join(
                f"{{{n}}} {{{n}:when}} ({self._who(r)[k]})"
                for n, r in zip(names, rows, strict=True)
            )
            for k in LANGUAGES
        }
        words.add(
            id=f"{_capital(what['id'])} di {region['id']}: {listed['id']}. {rule['id']}",
            en=f"{_capital(what['en'])} in {region['en']}: {listed['en']}. {rule['en']}",
        )

    def _date(self, row: int) -> tuple[str, int]:
        return self.rows[row].reference_period, row

    def _conflict(self, story: Story, words: Wording) -> None:
        by_series: dict[tuple[str, str, str], list[int]] = {}
        for row in story.rows:
            o = self.rows[row]
            by_series.setdefault((o.region_id, o.indicator_id, o.breakdown), []).append(row)
        for rows in by_series.values():
            self._one_conflict(story, rows, words)
        if story.rule == "same-state":
            words.add(
                id="Kedua teks mencetak rincian yang sama, jadi menggambarkan keadaan yang sama.",
                en="Both texts print the same sub-totals, so they describe one state.",
            )
        elif story.rule.startswith("movement"):
            rule = self._rule(story)
            words.add(id=rule["id"], en=rule["en"])

    def _one_conflict(self, story: Story, rows: list[int], words: Wording) -> None:
        groups = self._by_value(rows)
        periods = {self.rows[r].reference_period for r in rows}
        several = len(periods) > 1
        pieces: dict[str, list[str]] = {k: [] for k in LANGUAGES}
        for group in groups:
            name = words.figure(self.rows[group[0]])
            for k in LANGUAGES:
                moment = f" {{{name}:when}}" if several else ""
                pieces[k].append(f"{{{name}}}{moment} ({self._who(*group)[k]})")
        o = self.rows[rows[0]]
        region = {k: self.data.regions[o.region_id].title(k) for k in LANGUAGES}
        what = self._what(rows[0])
        top = self._head(rows[0])
        start = (
            {
                "id": f"{_capital(what['id'])} di {region['id']}",
                "en": f"{_capital(what['en'])} in {region['en']}",
            }
            if several
            else top
        )
        joined = {k: "; ".join(pieces[k]) for k in LANGUAGES}
        words.add(
            id=f"{start['id']}: tidak semua angka ini dapat berlaku: {joined['id']}.",
            en=f"{start['en']}: these figures cannot all hold: {joined['en']}.",
        )
        del story

    def _revision(self, story: Story, words: Wording) -> None:
        one, other = story.checks[0].members
        if self.rows[one].obs_status != "P":
            one, other = other, one
        a, b = words.figure(self.rows[one]), words.figure(self.rows[other])
        top, who, by = self._head(one), self._who(one), self._who(other)
        more = len(story.checks) - 1
        also = (
            (" Demikian pula wilayah lain.", " So it is for other regions.") if more else ("", "")
        )
        words.add(
            id=f"{top['id']}: {{{a}}} sebagai angka sementara ({who['id']}) dan {{{b}}} kemudian "
            f"({by['id']}).{also[0]}",
            en=f"{top['en']}: {{{a}}} as a provisional figure ({who['en']}) and {{{b}}} later "
            f"({by['en']}).{also[1]}",
        )

    def _lines(self, story: Story, words: Wording) -> None:
        groups = self._by_value(story.rows)
        values = [self.rows[g[0]].value for g in groups]
        steps = [values[i + 1] / values[i] for i in range(len(values) - 1)]
        cut = steps.index(max(steps)) + 1
        listed: list[dict[str, str]] = []
        for side in (groups[:cut], groups[cut:]):
            pieces = dict.fromkeys(LANGUAGES, "")
            ordered = sorted(side, key=lambda g: self._date(g[0]))
            names = [words.figure(self.rows[g[0]]) for g in ordered]
            for k in LANGUAGES:
                pieces[k] = ", ".join(
                    f"{{{n}}} {{{n}:when}} ({self._who(*g)[k]})"
                    for n, g in zip(names, ordered, strict=True)
                )
            listed.append(pieces)
        o = self.rows[story.first]
        region = {k: self.data.regions[o.region_id].title(k) for k in LANGUAGES}
        what = self._what(story.first)
        words.add(
            id=f"{_capital(what['id'])} di {region['id']} tercetak dalam dua garis yang tidak "
            f"bertemu: di bawah {listed[0]['id']}; di atas {listed[1]['id']}.",
            en=f"{_capital(what['en'])} in {region['en']} is printed in two lines that do not "
            f"meet: below, {listed[0]['en']}; above, {listed[1]['en']}.",
        )

    def _repeated(self, story: Story, words: Wording) -> None:
        rows = sorted(story.rows, key=self._date)
        names = [words.figure(self.rows[r]) for r in rows]
        o = self.rows[rows[0]]
        region = {k: self.data.regions[o.region_id].title(k) for k in LANGUAGES}
        what = self._what(rows[0])
        listed = {
            k: "; ".join(
                f"{{{n}}} {{{n}:when}} ({self._who(r)[k]})"
                for n, r in zip(names, rows, strict=True)
            )
            for k in LANGUAGES
        }
        words.add(
            id=f"{_capital(what['id'])} di {region['id']}: angka yang sama tercetak untuk periode "
            f"yang berlainan: {listed['id']}. Agaknya angka lama terbawa.",
            en=f"{_capital(what['en'])} in {region['en']}: one figure is printed for different "
            f"periods: {listed['en']}. An old figure seems to be carried over.",
        )

    def _borrowed(self, story: Story, words: Wording) -> None:
        row, owner, *_ = story.rows
        a, b = words.figure(self.rows[row]), words.figure(self.rows[owner])
        top, who, by = self._head(row), self._who(row), self._who(owner)
        what, at = self._what(owner), {k: place(self.data, self.rows[owner], k) for k in LANGUAGES}
        words.add(
            id=f"{top['id']}: tercetak {{{a}}} ({who['id']}), persis {what['id']} {at['id']}: "
            f"{{{b}}} ({by['id']}). Agaknya angka wilayah lain.",
            en=f"{top['en']}: printed as {{{a}}} ({who['en']}), exactly {what['en']} {at['en']}: "
            f"{{{b}}} ({by['en']}). It seems to be the figure of another region.",
        )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
