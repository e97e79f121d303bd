"""Slips put into print at random: one a province, seeded, so that every run sees the same."""

from __future__ import annotations

import random
from dataclasses import dataclass

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.numerals import NUMBER_WORDS, format_number
from kumkm_analysis.dataset.records import Observation
from kumkm_analysis.errors import NumeralError
from kumkm_analysis.findings.slips import NUMBER

KINDS = ("doubled", "dropped", "inserted", "replaced", "swapped", "magnitude", "separator", "sign")
WORDS = {"miliar": ("juta", "triliun"), "triliun": ("miliar",)}
MOST_TRIES = 50


@dataclass(frozen=True)
class Injected:
    """A slip put into one figure: what was printed truly, and what stands there now."""

    kind: str
    true: Observation
    slipped: Observation


def inject(data: Dataset, seed: int) -> tuple[Dataset, dict[str, Injected]]:
    """Return a dataset with one slip in each province, and the slips by province."""
    rng = random.Random(seed)
    provinces: dict[str, list[Observation]] = {}
    for o in data.observations.values():
        provinces.setdefault(o.region_id[:6], []).append(o)
    injected: dict[str, Injected] = {}
    for province, rows in provinces.items():
        for _ in range(MOST_TRIES):
            o, kind = rng.choice(rows), rng.choice(KINDS)
            slipped = spoil(rng, o, kind)
            if slipped is not None:
                injected[province] = Injected(kind, o, slipped)
                break
    rows_now = {i.true.observation_id: i.slipped for i in injected.values()}
    return data.replacing(rows_now), injected


def spoil(rng: random.Random, o: Observation, kind: str) -> Observation | None:
    """Return the figure as a typist might have spoilt it; None where the slip does not apply."""
    match = NUMBER.search(o.as_printed)
    if match is None or match[0] in NUMBER_WORDS:
        return None
    before, number, after = o.as_printed[: match.start()], match[0], o.as_printed[match.end() :]
    if kind == "magnitude":
        word = after.strip()
        if word not in WORDS:
            return None
        token = f"{before}{number} {rng.choice(WORDS[word])}"
    elif kind == "sign":
        if o.unit != "percent":
            return None
        token = before[:-1] + number + after if before.endswith("-") else f"-{number}{after}"
    else:
        written = _digits(rng, number, kind, o.numerals)
        if written is None:
            return None
        token = before + written + after
    try:
        slipped = o.repaired(token)
    except NumeralError:
        return None
    return slipped if slipped.value != o.value else None


def _digits(rng: random.Random, number: str, kind: str, numerals: str) -> str | None:
    group, sign = (".", ",") if numerals == "id" else (",", ".")
    whole, point, fraction = number.partition(sign)
    digits = list(whole.replace(group, "") + fraction)
    places = len(fraction)
    i = rng.randrange(len(digits))
    inside = i >= len(digits) - places
    if kind == "doubled":
        digits.insert(i, digits[i])
        places += inside
    elif kind == "dropped":
        del digits[i]
        places -= inside
    elif kind == "inserted":
        digits.insert(i, rng.choice("0123456789"))
        places += inside
    elif kind == "replaced":
        digits[i] = rng.choice("0123456789")
    elif kind == "swapped":
        if i + 1 == len(digits):
            return None
        digits[i], digits[i + 1] = digits[i + 1], digits[i]
    elif kind == "separator":
        if not point:
            return None
        places += rng.choice((-1, 1))
    if places < 0 or len(digits) <= places:
        return None
    head, tail = "".join(digits[: len(digits) - places]), "".join(digits[len(digits) - places :])
    if len(head) > 1 and head[0] == "0":
        return None
    grouped = group in whole or (numerals == "id" and len(head) > len(whole))
    written = format_number(int(head), numerals) if grouped else head
    return written + (sign + tail if places else "")
