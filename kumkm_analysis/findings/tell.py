"""One sentence or two for each kind of finding; the words stand in ``phrases.toml``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from kumkm_analysis.dataset.interval import Interval
from kumkm_analysis.dataset.numerals import format_number
from kumkm_analysis.dataset.vocabulary import capital, the
from kumkm_analysis.findings import model
from kumkm_analysis.findings.change import SAME_STATE
from kumkm_analysis.findings.checks import Check, Story, combined, over
from kumkm_analysis.findings.facts import Fact, grouped
from kumkm_analysis.findings.model import TOLD, UNTOLD, Repair
from kumkm_analysis.findings.phrases import Name, Wording, literal

MOST_TERMS = 8  # of a sum that are written one by one
SEVERAL = 2  # figures on one side, beyond which two sums are set against each other
MOST_NAMED = 3  # regions of a break, which may be forty


def tell(story: Story, words: Wording) -> None:
    """Enter the sentences of a story, with the figures that they name."""
    TELLERS.get(story.kind, _unmeasured)(story, words)


def named_by(check: Check) -> Fact:
    """Return the figure that names a check: the whole of a sum, the percentage of a quotient."""
    if check.kind == model.SUM:
        return [m for m, s in zip(check.members, check.signs, strict=True) if s < 0][-1]
    return check.members[-1]


# ---- the words around ---------------------------------------------------------------------------


def _who(facts: Iterable[Fact], words: Wording) -> str:
    return words.who(f.o.source_id for f in facts)


def _what(fact: Fact, words: Wording) -> str:
    return the(words.subject(fact.o), words.language)


def _rule(code: str, words: Wording) -> str:
    """Return what a rule says, or how far a limit lets figures go."""
    language = words.language
    if code in words.data.rules:
        return literal(words.data.rules[code].title(language))
    limit = words.data.limits.get(code, None)
    if limit is None:
        return words.say(f"rule.{code}")
    many = {"id": "tahun", "en": "year" if limit.years == "1" else "years"}[language]
    key, places = ("astray", 3) if limit.years == "0" else ("limits", 2)
    low, high = (format_number(Fraction(x), language, places) for x in (limit.low, limit.high))
    return words.say(f"rule.{key}", low=low, high=high, years=limit.years, years_word=many)


def _listed(
    groups: Iterable[Sequence[Fact]], words: Wording, between: str = ", ", key: str = "item.dated"
) -> str:
    """Enter one figure of each group and return them in a list, each with who reports it."""
    return between.join(words.say(key, a=words.figure(g[0].o), who=_who(g, words)) for g in groups)


def _by_value(facts: Iterable[Fact]) -> list[list[Fact]]:
    """Return the figures grouped by what is printed, in order of value."""
    ordered = sorted(facts, key=lambda f: (f.o.value, f.number))
    return grouped(ordered, lambda f: (f.o.value, f.o.printing))


def _by_date(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda f: (f.o.reference_period, f.number))


# ---- within one account -------------------------------------------------------------------------


def _exceeds(story: Story, words: Wording) -> None:
    for check in story.checks:
        part, whole = check.members
        by = "" if part.o.source_id == whole.o.source_id else f" ({_who([whole], words)})"
        words.add(
            "part_exceeds_whole", top=words.head(part.o), a=words.figure(part.o),
            who=_who([part], words), what=_what(whole, words), b=words.figure(whole.o), by=by,
        )  # fmt: skip


def _sum(story: Story, words: Wording) -> None:
    check = story.checks[0]
    whole = named_by(check)
    own = check.sign(whole)
    said = {
        "top": words.head(whole.o), "rule": _rule(story.rule, words),
        "who": _who((m for c in story.checks for m in c.members), words),
    }  # fmt: skip
    left, right = (
        [(1, m) for m in check.members if (check.sign(m) == own) == of_whole]
        for of_whole in (False, True)
    )
    if check.form == "equal" and len(right) > SEVERAL:
        sides = [" + ".join(f"{words.figure(m.o):}" for _, m in side) for side in (left, right)]
        total, other = (_added(side, side[-1][1], words) for side in (left, right))
        words.add("two_sums", left=sides[0], sum=total, right=sides[1], other=other, **said)
        return
    terms = [(-own * check.sign(m), m) for m in check.members if m is not whole]
    terms.sort(key=lambda term: -term[0])
    shown = "".join(f" {'+' if s > 0 else '−'} {words.figure(m.o):}" for s, m in terms)
    if len(terms) > MOST_TERMS:
        shown = words.say("item.added_up", n=str(len(terms)))
    words.add("does_not_add_up", shown=shown.removeprefix(" + "), sum=_added(terms, whole, words),
              a=words.figure(whole.o), **said)  # fmt: skip


def _added(terms: Sequence[tuple[int, Fact]], like: Fact, words: Wording) -> Name:
    """Enter what some figures come to when added up with their signs."""
    value = sum((sign * Fraction(m.o.value) for sign, m in terms), Fraction())
    span = combined([(sign, m.span) for sign, m in terms])
    return words.derived(value, span, like.o.unit, [m.o for _, m in terms], like=like.o)


def _incomplete(story: Story, words: Wording) -> None:
    whole, *parts = story.rows
    name = story.missing
    known = words.data.regions.get(name, None) or words.data.terms.get(name.replace("=", "."), None)
    words.add(
        "incomplete_list", top=words.head(whole.o), who=_who([whole], words),
        sum=_added([(1, p) for p in parts], whole, words), a=words.figure(whole.o),
        rest=_added([*((-1, p) for p in parts), (1, whole)], whole, words),
        missing=literal(known.title(words.language) if known else name),
    )  # fmt: skip


def _percentage(story: Story, words: Wording) -> None:
    distinct = list({tuple(m.o.value for m in c.members): c for c in story.checks}.values())
    last = [c.members[-1] for c in story.checks]
    who = _who(last, words)
    if len(distinct) > 1:
        listed = "; ".join(
            words.say("item.percentage", what=words.subject(c.members[-1].o),
                      a=words.figure(c.members[-1].o), b=_worked_out(c, words))
            for c in distinct
        )  # fmt: skip
        region = capital(words.area(last[0].o.region_id))
        words.add("percentages", region=region, who=who, listed=listed)
        return
    a, b, c = (words.figure(m.o) for m in distinct[0].members)
    key = "other_base" if story.severity == "note" else story.kind
    result = _worked_out(distinct[0], words)
    words.add(key, top=words.head(last[0].o), a=a, b=b, c=c, who=who, result=result)


def _worked_out(check: Check, words: Wording) -> Name:
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


def _ratio(story: Story, words: Wording) -> None:
    top, bottom = story.checks[0].members
    unit = "ratio" if top.o.unit in (bottom.o.unit, "orang", "people") else top.o.unit
    value = Fraction(top.o.value) / Fraction(bottom.o.value)
    words.add(
        "implausible_ratio", top=words.head(top.o), a=words.figure(top.o),
        what=words.subject(bottom.o), b=words.figure(bottom.o), who=_who([top, bottom], words),
        rule=_rule(story.rule, words),
        result=words.derived(value, over(top.span, bottom.span), unit, [top.o, bottom.o]),
    )  # fmt: skip


# ---- series -------------------------------------------------------------------------------------


def _jump(story: Story, words: Wording) -> None:
    for rows in grouped(_by_date(story.rows), lambda f: f.series):
        listed = _listed([[f] for f in rows], words)
        words.add(story.kind, top=words.head(rows[0].o, dated=False), listed=listed)
    words.add("said", words=_rule(story.rule, words))


def _conflict(story: Story, words: Wording) -> None:
    unusual = all(c.form != "equal" for c in story.checks)
    cells = grouped(story.rows, lambda f: (f.o.region_id, f.o.indicator_id, f.o.breakdown))
    for rows in cells:
        dated = len({f.o.reference_period for f in rows}) > 1
        key = "item.dated" if dated else "item.plain"
        words.add("conflict_soft" if unusual else "conflict",
                  top=words.head(rows[0].o, dated=not dated),
                  listed=_listed(_by_value(rows), words, "; ", key))  # fmt: skip
    if story.rule == SAME_STATE:
        words.add("same_state")
    elif story.rule in words.data.limits or story.rule in words.data.rules:
        words.add("said", words=_rule(story.rule, words))


def _revision(story: Story, words: Wording) -> None:
    one, other = sorted(story.checks[0].members, key=lambda f: f.o.obs_status != "P")
    words.add("revision", top=words.head(one.o), a=words.figure(one.o), who=_who([one], words),
              b=words.figure(other.o), by=_who([other], words))  # fmt: skip
    if len(story.checks) > 1:
        words.add("revision_elsewhere")


def _lines(story: Story, words: Wording) -> None:
    def listed(side: Iterable[Fact]) -> str:
        groups = sorted(_by_value(side), key=lambda g: (g[0].o.reference_period, g[0].number))
        return _listed(groups, words)

    below = listed(f for f in story.rows if f not in story.suspects)
    top = words.head(story.rows[0].o, dated=False)
    words.add("parallel_lines", top=top, below=below, above=listed(story.suspects))


def _repeated(story: Story, words: Wording) -> None:
    rows = _by_date(story.rows)
    words.add("repeated_value", top=words.head(rows[0].o, dated=False),
              listed=_listed([[f] for f in rows], words, "; "))  # fmt: skip


def _borrowed(story: Story, words: Wording) -> None:
    fact, owner = story.rows
    words.add(
        story.rule or story.kind, top=words.head(fact.o), a=words.figure(fact.o),
        who=_who([fact], words),
        what=_what(owner, words), place=words.place(owner.o), b=words.figure(owner.o),
        by=_who([owner], words),
    )  # fmt: skip


def _unmeasured(story: Story, words: Wording) -> None:
    """Tell of figures carried forward or back, or of two territories added up."""
    said = []
    if story.kind == model.TERRITORIES:
        for three in zip(story.rows[::3], story.rows[1::3], story.rows[2::3], strict=True):
            a, b, c = (words.figure(f.o) for f in three)
            said.append(words.say("item.sum", what=words.subject(three[0].o), a=a, b=b, c=c))
    else:
        for rows in grouped(story.rows, lambda f: f.series):
            first, last = rows[0].o.reference_period, rows[-1].o.reference_period
            what, name = words.subject(rows[0].o), words.figure(rows[0].o)
            said.append(words.say("item.years", what=what, a=name, first=first, last=last))
    words.add(story.kind, region=capital(words.area(story.rows[0].o.region_id)),
              who=_who(story.rows, words), years=words.join([str(y) for y in story.years]),
              listed="; ".join(said))  # fmt: skip


def _slipped(story: Story, words: Wording) -> None:
    first = story.rows[0].o
    who = _who(story.rows, words)
    if len(story.rows) == 1:
        words.add("column_slipped", top=words.head(first), a=words.figure(first), who=who)
        return
    regions = capital(words.join([words.area(f.o.region_id) for f in story.rows[:2]]))
    rows = story.rows[::2][:MOST_NAMED]
    listed = "; ".join(words.say("item.rows", a=words.figure(f.o)) for f in rows)
    words.add("row_slipped", who=who, regions=regions, listed=listed)


def _finer(story: Story, words: Wording) -> None:
    first = story.rows[0].o
    words.add("digit_too_many", top=words.head(first), a=words.figure(first),
              who=_who(story.rows, words))  # fmt: skip


def _break(story: Story, words: Wording) -> None:
    pairs = list(zip(story.rows[::2], story.rows[1::2], strict=True))
    ratios = [b.o.value / a.o.value for a, b in pairs]
    moved = max(sum(r > 2 for r in ratios), sum(2 * r < 1 for r in ratios))
    listed = "; ".join(
        words.say("item.step", region=words.area(a.o.region_id), a=words.figure(a.o),
                  b=words.figure(b.o))
        for a, b in pairs[:MOST_NAMED]
    )  # fmt: skip
    words.add("break_of_reporting", what=capital(words.subject(pairs[0][0].o)),
              who=_who(story.rows, words), years=str(story.years[0]), n=str(moved),
              of=str(len(pairs)), listed=listed)  # fmt: skip


TELLERS: Mapping[str, Callable[[Story, Wording], None]] = {
    model.EXCEEDS: _exceeds, model.SUM: _sum, model.INCOMPLETE: _incomplete,
    model.SHARE: _percentage, model.CHANGE: _percentage, model.RATIO: _ratio, model.JUMP: _jump,
    model.CONFLICT: _conflict, model.REVISION: _revision, model.PARALLEL: _lines,
    model.REPEATED: _repeated, model.ANOTHER_SCOPE: _borrowed, model.ROW_SLIPPED: _slipped,
    model.BREAK: _break, model.DIGIT_TOO_MANY: _finer,
}  # fmt: skip


# ---- blame and repairs --------------------------------------------------------------------------


def tell_blame(story: Story, suspects: Sequence[Fact], blame: str, words: Wording) -> None:
    """Append who is suspect, by name even when several are."""
    groups = {(f.series, f.o.value, f.o.reference_period): f for f in suspects}
    among = len(suspects) < len(story.rows) and len(groups) <= SEVERAL + 1
    if blame == TOLD or (blame == UNTOLD and among):
        names = [f"{words.figure(f.o):}" for f in groups.values()]
        told = ("one" if len(names) == 1 else "several") if blame == TOLD else "among"
        words.add(
            f"blame.{told}", listed=words.join(names, "or" if told == "among" else "standard")
        )
    elif blame == UNTOLD and len(story.rows) > 1:
        words.add("blame.untold")


def tell_explanation(code: str, facts: Sequence[Fact], words: Wording) -> None:
    """Append what would explain it without a typing error."""
    a, b = (words.figure(f.o) for f in facts)
    words.add(f"explained.{code}", a=a, b=b, who=_who(facts[1:], words),
              what=words.subject(facts[1].o))  # fmt: skip


def tell_repairs(repairs: Sequence[Repair], candidates: int, words: Wording) -> None:
    """Offer the likeliest repair, or those that are equally likely, or say how many do."""
    pieces = []
    for repair in (r for r in repairs if r.rank == 1):
        o = words.data.observations[repair.observation]
        old, new = words.figure(o), words.figure(o.repaired(repair.token), "repair")
        slip = words.say(f"slip.{repair.kind}")
        if repair.certainty == "printed":
            slip = words.say("repair.also", slip=slip, who=words.who(repair.printed_by))
        pieces.append({"new": new, "old": old, "slip": slip})
    if len(pieces) == 1:
        words.add("repair.one", **pieces[0])
    elif pieces:
        words.add(
            "repair.several", pieces="; ".join(words.say("repair.piece", **p) for p in pieces)
        )
    elif candidates:
        words.add("repair.many", n=str(candidates))
