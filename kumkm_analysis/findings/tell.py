"""One sentence or two for each kind of finding; the words stand in ``phrases.toml``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.numerals import format_number
from kumkm_analysis.dataset.vocabulary import capital, join, the
from kumkm_analysis.findings import model
from kumkm_analysis.findings.change import SAME_STATE
from kumkm_analysis.findings.checks import Check
from kumkm_analysis.findings.facts import Fact, Facts
from kumkm_analysis.findings.model import TOLD, UNTOLD, Repair
from kumkm_analysis.findings.phrases import (
    LANGUAGES,
    Name,
    Wording,
    Words,
    area,
    head,
    literal,
    phrase,
    place,
    source,
    subject,
    topic,
)
from kumkm_analysis.findings.stories import Story

MOST_TERMS = 8  # of a sum that are written one by one
SEVERAL = 2  # figures on one side, beyond which two sums are set against each other
MOST_NAMED = 5  # regions of a break, which may be forty


def named_by(check: Check) -> Fact:
    """Return the figure that names a check: the whole of a sum, the percentage of a quotient."""
    if check.kind == model.SUM:
        return [m for m, s in zip(check.members, check.signs, strict=True) if s < 0][-1]
    return check.members[-1]


@dataclass
class Teller:
    """Tells stories about the figures of one dataset."""

    facts: Facts

    def __post_init__(self) -> None:
        self.data = self.facts.data

    def tell(self, story: Story) -> Wording:
        """Return the sentences of a story, with the figures that they name."""
        words = Wording(self.data)
        methods: dict[str, Callable[[Story, Wording], None]] = {
            model.EXCEEDS: self._exceeds,
            model.SUM: self._sum,
            model.INCOMPLETE: self._incomplete,
            model.SHARE: self._percentage,
            model.CHANGE: self._percentage,
            model.RATIO: self._ratio,
            model.JUMP: self._jump,
            model.CONFLICT: self._conflict,
            model.REVISION: self._revision,
            model.PARALLEL: self._lines,
            model.REPEATED: self._repeated,
            model.ANOTHER_SCOPE: self._borrowed,
            model.ROW_SLIPPED: self._slipped,
            model.BREAK: self._break,
        }
        methods.get(story.kind, self._unmeasured)(story, words)
        return words

    # ---- the words around -----------------------------------------------------------------------

    def _who(self, facts: Iterable[Fact]) -> Words:
        return source(self.data, [f.o for f in facts])

    def _what(self, fact: Fact) -> Words:
        return {k: the(text, k) for k, text in subject(self.data, fact.o).items()}

    def _rule(self, story: Story) -> Words:
        limit = self.data.limits.get(story.rule)
        if limit is not None:
            words = {}
            for k in LANGUAGES:
                many = {"id": "tahun", "en": "year" if limit.years == "1" else "years"}[k]
                key, places = ("astray", 3) if limit.years == "0" else ("limits", 2)
                ends = (limit.low, limit.high)
                low, high = (format_number(Fraction(x), k, places) for x in ends)
                words[k] = phrase(f"rule.{key}", k, low=low, high=high,
                                  years=limit.years, years_word=many)  # fmt: skip
            return words
        rule = self.data.rules.get(story.rule)
        if rule is not None:
            return {k: literal(rule.title(k)) for k in LANGUAGES}
        return {k: phrase(f"rule.{story.rule}", k) for k in LANGUAGES}

    def _listed(
        self, groups: Iterable[Sequence[Fact]], words: Wording, between: str = ", ", *,
        dated: bool = True,
    ) -> Words:  # fmt: skip
        """Enter one figure of each group and return them in a list, each with who reports it."""
        key = "item.dated" if dated else "item.plain"
        said = [words.say(key, a=words.figure(g[0].o), who=self._who(g)) for g in groups]
        return {k: between.join(s[k] for s in said) for k in LANGUAGES}

    # ---- within one account ---------------------------------------------------------------------

    def _exceeds(self, story: Story, words: Wording) -> None:
        for check in story.checks:
            part, whole = check.members
            by = self._who([whole])
            same = part.o.source_id == whole.o.source_id
            words.add(
                "part_exceeds_whole", top=head(self.data, part.o), a=words.figure(part.o),
                who=self._who([part]), what=self._what(whole), b=words.figure(whole.o),
                by={k: "" if same else f" ({by[k]})" for k in LANGUAGES},
            )  # fmt: skip

    def _sum(self, story: Story, words: Wording) -> None:
        check = story.checks[0]
        whole = named_by(check)
        right = [m for m in check.members if check.sign(m) == check.sign(whole)]
        who = self._who(m for c in story.checks for m in c.members)
        top, rule = head(self.data, whole.o), self._rule(story)
        if check.form == "equal" and len(right) > SEVERAL:
            (left, sum_), (other, result) = (self._side(check, s, words) for s in (1, -1))
            words.add("two_sums", top=top, who=who, left=left, sum=sum_, right=other, other=result,
                      rule=rule)  # fmt: skip
            return
        parts = sorted((m for m in check.members if m is not whole), key=lambda m: -_term(check, m))
        shown: str | dict[str, str] = "".join(
            f" {'+' if _term(check, m) > 0 else '−'} {words.figure(m.o):}" for m in parts
        ).removeprefix(" + ")
        if len(parts) > MOST_TERMS:
            shown = words.say("item.added_up", n=str(len(parts)))
        result, _, _ = self._added(check, parts, words)
        words.add("does_not_add_up", top=top, who=who, shown=shown, sum=result,
                  a=words.figure(whole.o), rule=rule)  # fmt: skip

    def _side(self, check: Check, sign: int, words: Wording) -> tuple[str, Name]:
        """Enter one side of two sums, neither of which is printed as a whole."""
        side = [m for m in check.members if check.sign(m) == sign]
        equal = Check(model.SUM, "", "", "equal", (*side, side[0]), (*[1] * len(side), -1))
        span = equal._linear(len(side))
        total = sum((Fraction(m.o.value) for m in side), Fraction())
        shown = " + ".join(f"{words.figure(m.o):}" for m in side)
        rows = [m.o for m in side]
        return shown, words.derived(total, span, rows[0].unit, rows, like=rows[-1])

    def _added(
        self, check: Check, parts: Sequence[Fact], words: Wording
    ) -> tuple[Name, Fraction, Interval]:
        """Enter the sum that the whole should be; return its name, value and interval."""
        whole = named_by(check)
        span = replace(check, form="equal").implied(whole) or Interval(None, None)
        total = sum((_term(check, m) * Fraction(m.o.value) for m in parts), Fraction())
        name = words.derived(total, span, whole.o.unit, [m.o for m in parts], like=whole.o)
        return name, total, span

    def _incomplete(self, story: Story, words: Wording) -> None:
        whole, *parts = story.rows
        check = Check(model.SUM, "", "", "equal", (*parts, whole), (*[1] * len(parts), -1))
        result, total, span = self._added(check, parts, words)
        own = whole.span
        rest = Interval(
            None if own.low is None or span.high is None else own.low - span.high,
            None if own.high is None or span.low is None else own.high - span.low,
        )
        rows = [m.o for m in (*parts, whole)]
        lacking = words.derived(
            Fraction(whole.o.value) - total, rest, whole.o.unit, rows, like=whole.o
        )
        name = story.missing
        known = self.data.regions.get(name) or self.data.terms.get(name.replace("=", "."))
        words.add(
            "incomplete_list", top=head(self.data, whole.o), who=self._who([whole]), sum=result,
            a=words.figure(whole.o), rest=lacking,
            missing={k: literal(known.title(k) if known else name) for k in LANGUAGES},
        )  # fmt: skip

    def _percentage(self, story: Story, words: Wording) -> None:
        distinct = list({tuple(m.o.value for m in c.members): c for c in story.checks}.values())
        last = [c.members[-1] for c in story.checks]
        if len(distinct) > 1:
            said = [
                words.say("item.percentage", what=subject(self.data, c.members[-1].o),
                          a=words.figure(c.members[-1].o), b=self._worked_out(c, words))
                for c in distinct
            ]  # fmt: skip
            region = {k: capital(v) for k, v in area(self.data, last[0].o.region_id).items()}
            words.add("percentages", region=region, who=self._who(last),
                      listed={k: "; ".join(s[k] for s in said) for k in LANGUAGES})  # fmt: skip
            return
        check = distinct[0]
        a, b, c = (words.figure(m.o) for m in check.members)
        key = "other_base" if story.severity == "note" else story.kind
        words.add(key, top=head(self.data, last[0].o), a=a, b=b, c=c, who=self._who(last),
                  result=self._worked_out(check, words))  # fmt: skip

    def _worked_out(self, check: Check, words: Wording) -> Name:
        """Enter the percentage or change that follows from the printed values."""
        first, second, last = check.members
        x, y = Fraction(first.o.value), Fraction(second.o.value)
        if check.form == "share":
            value = 100 * x / y
        elif check.form == "growth":
            value = 100 * (y / x - 1)
        else:
            value = (y - x) * -check.sign(last)
        span = check.implied(last) or Interval(None, None)
        return words.derived(value, span, last.o.unit, [first.o, second.o], like=last.o)

    def _ratio(self, story: Story, words: Wording) -> None:
        check = story.checks[0]
        top, bottom = check.members
        share = Check("", "", "", "share", (top, bottom, bottom)).members
        low = None if share[0].span.low is None or not bottom.span.high else (
            share[0].span.low / bottom.span.high
        )  # fmt: skip
        high = None if top.span.high is None or not bottom.span.low else (
            top.span.high / bottom.span.low
        )  # fmt: skip
        if low is not None and high is not None and low > high:
            low, high = high, low
        unit = "ratio" if top.o.unit in (bottom.o.unit, "orang") else top.o.unit
        value = Fraction(top.o.value) / Fraction(bottom.o.value)
        words.add(
            "implausible_ratio", top=head(self.data, top.o), a=words.figure(top.o),
            what=subject(self.data, bottom.o), b=words.figure(bottom.o),
            who=self._who([top, bottom]), rule=self._rule(story),
            result=words.derived(value, Interval(low, high), unit, [top.o, bottom.o]),
        )  # fmt: skip

    # ---- series ------------------------------------------------------------------------------

    def _jump(self, story: Story, words: Wording) -> None:
        by_series: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
        for fact in sorted(story.rows, key=lambda f: (f.o.reference_period, f.number)):
            by_series[fact.series].append(fact)
        for rows in by_series.values():
            listed = self._listed([[f] for f in rows], words)
            words.add(story.kind, top=topic(self.data, rows[0].o), listed=listed)
        rule = self._rule(story)
        words.add("said", words=rule)

    def _conflict(self, story: Story, words: Wording) -> None:
        by_cell: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
        for fact in story.rows:
            by_cell[fact.o.region_id, fact.o.indicator_id, fact.o.breakdown].append(fact)
        for rows in by_cell.values():
            dated = len({f.o.reference_period for f in rows}) > 1
            top = topic(self.data, rows[0].o) if dated else head(self.data, rows[0].o)
            listed = self._listed(_by_value(rows), words, "; ", dated=dated)
            unusual = all(c.form != "equal" for c in story.checks)
            words.add("conflict_soft" if unusual else "conflict", top=top, listed=listed)
        if story.rule == SAME_STATE:
            words.add("same_state")
        elif story.rule in self.data.limits or story.rule in self.data.rules:
            words.add("said", words=self._rule(story))

    def _revision(self, story: Story, words: Wording) -> None:
        one, other = story.checks[0].members
        if one.o.obs_status != "P":
            one, other = other, one
        words.add("revision", top=head(self.data, one.o), a=words.figure(one.o),
                  who=self._who([one]), b=words.figure(other.o), by=self._who([other]))  # fmt: skip
        if len(story.checks) > 1:
            words.add("revision_elsewhere")

    def _lines(self, story: Story, words: Wording) -> None:
        lower = [f for f in story.rows if f not in story.suspects]

        def listed(side: Sequence[Fact]) -> Words:
            groups = sorted(_by_value(side), key=lambda g: (g[0].o.reference_period, g[0].number))
            return self._listed(groups, words)

        words.add("parallel_lines", top=topic(self.data, story.rows[0].o), below=listed(lower),
                  above=listed(story.suspects))  # fmt: skip

    def _repeated(self, story: Story, words: Wording) -> None:
        rows = sorted(story.rows, key=lambda f: (f.o.reference_period, f.number))
        words.add("repeated_value", top=topic(self.data, rows[0].o),
                  listed=self._listed([[f] for f in rows], words, "; "))  # fmt: skip

    def _borrowed(self, story: Story, words: Wording) -> None:
        fact, owner = story.rows
        words.add(
            story.rule, top=head(self.data, fact.o), a=words.figure(fact.o),
            who=self._who([fact]), what=self._what(owner), place=place(self.data, owner.o),
            b=words.figure(owner.o), by=self._who([owner]),
        )  # fmt: skip

    def _unmeasured(self, story: Story, words: Wording) -> None:
        """Tell of figures carried forward or back, or of two territories added up."""
        said = []
        if story.kind == model.TERRITORIES:
            for a, b, c in zip(story.rows[::3], story.rows[1::3], story.rows[2::3], strict=True):
                names = {n: words.figure(f.o) for n, f in (("a", a), ("b", b), ("c", c))}
                said.append(words.say("item.sum", what=subject(self.data, a.o), **names))
        else:
            series: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
            for fact in story.rows:
                series[fact.series].append(fact)
            for rows in series.values():
                first, last = rows[0].o.reference_period, rows[-1].o.reference_period
                what, name = subject(self.data, rows[0].o), words.figure(rows[0].o)
                said.append(words.say("item.years", what=what, a=name, first=first, last=last))
        region = {k: capital(v) for k, v in area(self.data, story.rows[0].o.region_id).items()}
        words.add(story.kind, region=region, who=self._who(story.rows),
                  years={k: join([str(y) for y in story.years], k) for k in LANGUAGES},
                  listed={k: "; ".join(s[k] for s in said) for k in LANGUAGES})  # fmt: skip

    def _slipped(self, story: Story, words: Wording) -> None:
        if len(story.rows) == 1:
            (fact,) = story.rows
            words.add("column_slipped", top=head(self.data, fact.o), a=words.figure(fact.o),
                      who=self._who([fact]))  # fmt: skip
            return
        names = [area(self.data, f.o.region_id) for f in story.rows[:2]]
        said = [words.say("item.rows", a=words.figure(f.o)) for f in story.rows[::2][:MOST_NAMED]]
        words.add(
            "row_slipped", who=self._who(story.rows),
            regions={k: capital(join([n[k] for n in names], k)) for k in LANGUAGES},
            listed={k: "; ".join(s[k] for s in said) for k in LANGUAGES},
        )  # fmt: skip

    def _break(self, story: Story, words: Wording) -> None:
        pairs = list(zip(story.rows[::2], story.rows[1::2], strict=True))
        ratios = [b.o.value / a.o.value for a, b in pairs]
        moved = max(sum(r > 2 for r in ratios), sum(2 * r < 1 for r in ratios))
        said = [
            words.say("item.step", region=area(self.data, a.o.region_id), a=words.figure(a.o),
                      b=words.figure(b.o))
            for a, b in pairs[:MOST_NAMED]
        ]  # fmt: skip
        what = {k: capital(v) for k, v in subject(self.data, pairs[0][0].o).items()}
        words.add("break_of_reporting", what=what, who=self._who(story.rows),
                  years=str(story.years[0]), n=str(moved), of=str(len(pairs)),
                  listed={k: "; ".join(s[k] for s in said) for k in LANGUAGES})  # fmt: skip

    # ---- blame and repairs -------------------------------------------------------------------

    def blame(self, story: Story, suspects: Sequence[Fact], blame: str, words: Wording) -> None:
        """Append who is suspect, by name even when several are."""
        groups = {(f.series, f.o.value, f.o.reference_period): f for f in suspects}
        among = len(suspects) < len(story.rows) and len(groups) <= SEVERAL + 1
        if blame == TOLD or (blame == UNTOLD and among):
            names = [words.figure(f.o) for f in groups.values()]
            told = ("one" if len(names) == 1 else "several") if blame == TOLD else "among"
            style: Literal["standard", "or"] = "standard" if blame == TOLD else "or"
            listed = {k: join([f"{n:}" for n in names], k, style) for k in LANGUAGES}
            words.add(f"blame.{told}", listed=listed)
        elif blame == UNTOLD and len(story.rows) > 1:
            words.add("blame.untold")

    def explained(self, code: str, facts: Sequence[Fact], words: Wording) -> None:
        """Append what would explain it without a typing error."""
        a, b = (words.figure(f.o) for f in facts)
        words.add(f"explained.{code}", a=a, b=b, who=self._who(facts[1:]),
                  what=subject(self.data, facts[1].o))  # fmt: skip

    def repairs(self, repairs: Sequence[Repair], candidates: int, words: Wording) -> None:
        """Offer the likeliest repair, or those that are equally likely, or say how many do."""
        pieces: list[dict[str, str | Words]] = []
        for repair in (r for r in repairs if r.rank == 1):
            o = self.data.observations[repair.observation]
            old, new = words.figure(o), words.figure(o.repaired(repair.token))
            words.parts[new] = words.parts[new].replace(kind="repair")
            slip = {k: phrase(f"slip.{repair.kind}", k) for k in LANGUAGES}
            if repair.certainty == "printed":
                who = source(self.data, [replace(o, source_id=s) for s in repair.printed_by])
                slip = words.say("repair.also", slip=slip, who=who)
            pieces.append({"new": new, "old": old, "slip": slip})
        if len(pieces) == 1:
            words.add("repair.one", **pieces[0])
        elif pieces:
            said = [words.say("repair.piece", **p) for p in pieces]
            pieced = {k: "; ".join(s[k] for s in said) for k in LANGUAGES}
            words.add("repair.several", pieces=pieced)
        if candidates and not pieces:
            words.add("repair.many", n=str(candidates))


def _term(check: Check, member: Fact) -> int:
    """Return the sign of a member on the side opposite to the whole."""
    return -check.sign(member) * check.sign(named_by(check))


def _by_value(facts: Iterable[Fact]) -> list[list[Fact]]:
    """Return the figures grouped by what is printed, in order of value."""
    groups: dict[object, list[Fact]] = {}
    for fact in sorted(facts, key=lambda f: (f.o.value, f.number)):
        groups.setdefault((fact.o.value, fact.o.printing), []).append(fact)
    return list(groups.values())
