"""The published method for typing errors under balance edits, written from its description.

Scholtus (2009), generalised by van der Loo, de Jonge and Scholtus (2011), as the R package
deducorrect has it: of the figures that stand in violated equalities and in no satisfied one, take
the values that would satisfy a violated equality and lie within one edit (a digit inserted, left
out, replaced, or two neighbours exchanged, or a sign) of what is written; keep those that satisfy
most violated equalities, and apply the result when it is unique.

Its equalities lie within one record. ``wide`` gives it more than the papers do: a whole province
with both releases as one record, so that equal figures and sums over regions count as equalities.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from kumkm_analysis.findings.checks import Check
from kumkm_analysis.findings.facts import Fact

Suggestion = tuple[Fact, Fraction]


def repairs(equalities: Iterable[Check], *, wide: bool) -> dict[str, Fraction]:
    """Return what the method would write, by observation."""
    records: dict[object, list[Check]] = defaultdict(list)
    for check in equalities:
        if any(m.o.printing != "exact" for m in check.members):
            continue
        accounts = {(m.account, m.o.reference_period) for m in check.members}
        if wide:
            records[check.members[0].o.region_id[:6]].append(check)
        elif len(accounts) == 1:
            records[accounts.pop()].append(check)
    found: dict[str, Fraction] = {}
    for checks in records.values():
        suggestion = _solve(checks)
        if suggestion is not None:
            found[suggestion[0].o.observation_id] = suggestion[1]
    return found


def _solve(checks: list[Check]) -> Suggestion | None:
    violated = [c for c in checks if _total(c) != 0]
    settled = {m for c in checks if _total(c) == 0 for m in c.members}
    votes: dict[Suggestion, int] = defaultdict(int)
    for check in violated:
        total = _total(check)
        for member, sign in zip(check.members, check.signs, strict=True):
            if member in settled:
                continue
            wanted = Fraction(member.o.value) - total / sign
            if within_one_edit(Fraction(member.o.value), wanted):
                votes[member, wanted] += 1
    best = max(votes.values(), default=0)
    chosen = [s for s, count in votes.items() if count == best]
    return chosen[0] if len(chosen) == 1 else None


def _total(check: Check) -> Fraction:
    pairs = zip(check.members, check.signs, strict=True)
    return sum((sign * Fraction(m.o.value) for m, sign in pairs), Fraction(0))


def within_one_edit(one: Fraction, other: Fraction) -> bool:
    """Tell whether two numbers are one typing error apart, a sign included.

    >>> within_one_edit(Fraction(44407), Fraction(4407))
    True
    >>> within_one_edit(Fraction(123), Fraction(321))
    False
    """
    if one == -other:
        return True
    if one.denominator != 1 or other.denominator != 1 or (one < 0) != (other < 0):
        return False
    a, b = str(abs(one)), str(abs(other))
    if abs(len(a) - len(b)) > 1:
        return False
    if len(a) == len(b):
        wrong = [i for i in range(len(a)) if a[i] != b[i]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return a[wrong[0]] == b[wrong[1]] and a[wrong[1]] == b[wrong[0]]
        return len(wrong) <= 1
    short, long = sorted((a, b), key=len)
    return any(short == long[:i] + long[i + 1 :] for i in range(len(long)))
