"""A clean, consistent dataset of printed figures: totals, parts, series and two sources each.

Every province is a world of its own: two regencies, three years, two releases a year. The first
prints everything in full with percentages and growth, the second the main figures, money rounded.
True values are drawn first and printed after, so that every rule holds as printed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kumkm_analysis.dataset.dataset import Dataset, Table, load
from kumkm_analysis.dataset.numerals import parse
from kumkm_analysis.dataset.records import Observation, Region, Source

YEARS = (2011, 2012, 2013)
REGENCIES = 2
TYPES = ("konsumen", "produsen", "jasa", "pemasaran", "simpan_pinjam")
FULL, BRIEF = "full", "brief"
COUNTS = ("cooperatives", "active_cooperatives", "inactive_cooperatives", "members",
          "employees", "annual_meetings_held")  # fmt: skip
MONEY = ("own_capital", "external_capital", "assets", "business_volume", "net_surplus")
PEOPLE = ("members", "employees")
GROWING = ("cooperatives", "members", "assets")
Truth = dict[str, int]


@dataclass(frozen=True)
class Block:
    """One province with its regencies: true values by region, year and cell."""

    province: str
    truth: dict[tuple[str, int], Truth]


def block(rng: random.Random, number: int) -> Block:
    """Draw the true values of one province."""
    province = f"P{number:05d}"
    regions = [f"{province}-{i}" for i in range(REGENCIES)]
    truth: dict[tuple[str, int], Truth] = {}
    for region in regions:
        size = rng.randint(400, 6000)
        members, capital = rng.uniform(60, 200), rng.uniform(2e8, 8e8)
        shares = [rng.uniform(0.5, 3) for _ in TYPES]
        active, held = rng.uniform(0.55, 0.8), rng.uniform(0.5, 0.8)
        staff = rng.uniform(1.5, 4)
        for year in YEARS:
            size = int(size * rng.uniform(1.02, 1.08)) + 1
            members *= rng.uniform(0.97, 1.05)
            capital *= rng.uniform(1.02, 1.12)
            truth[region, year] = _account(rng, size, members, capital, shares, active, held, staff)
    for year in YEARS:
        parts = [truth[r, year] for r in regions]
        truth[province, year] = {cell: sum(p[cell] for p in parts) for cell in parts[0]}
    return Block(province, truth)


def _account(
    rng: random.Random, size: int, members: float, capital: float, shares: list[float],
    active: float, held: float, staff: float,
) -> Truth:  # fmt: skip
    alive = int(size * active * rng.uniform(0.97, 1.03))
    own = int(size * capital * rng.uniform(0.35, 0.65))
    external = int(size * capital) - own
    assets = int((own + external) * rng.uniform(1.0, 1.08)) + 1
    volume = int(assets * rng.uniform(0.7, 1.3))
    account = {
        "cooperatives": size,
        "active_cooperatives": alive,
        "inactive_cooperatives": size - alive,
        "annual_meetings_held": int(alive * held * rng.uniform(0.97, 1.03)),
        "members": int(size * members),
        "employees": int(size * staff * rng.uniform(0.97, 1.03)),
        "own_capital": own,
        "external_capital": external,
        "assets": assets,
        "business_volume": volume,
        "net_surplus": int(volume * rng.uniform(0.02, 0.06)),
    }
    left = size
    total = sum(shares)
    for name, share in zip(TYPES[:-1], shares[:-1], strict=True):
        account[f"cooperatives:type={name}"] = int(size * share / total)
        left -= account[f"cooperatives:type={name}"]
    account[f"cooperatives:type={TYPES[-1]}"] = left
    return account


def dataset(blocks: int, seed: int) -> Dataset:
    """Return a clean dataset of so many provinces."""
    rng = random.Random(seed)
    base = load()
    drawn = [block(rng, n) for n in range(blocks)]
    observations = {o.observation_id: o for b in drawn for o in printed(b)}
    return _with(base, drawn, observations)


def printed(b: Block) -> Iterator[Observation]:
    """Yield what the two releases print of a province."""
    for (region, year), account in b.truth.items():
        for cell, value in account.items():
            indicator, _, breakdown = cell.partition(":")
            for source in (FULL, BRIEF):
                if source == BRIEF and breakdown:
                    continue
                token, printing, unit = _token(indicator, value, source)
                yield _observation(
                    region, indicator, breakdown, year, source, token, printing, unit
                )
        shares = (("active_cooperatives_share", "active_cooperatives", "cooperatives", ""),
                  ("annual_meeting_share", "annual_meetings_held", "active_cooperatives",
                   "base=active"))  # fmt: skip
        for indicator, part, whole, breakdown in shares:
            share = Decimal(account[part]) * 100 / Decimal(account[whole])
            yield _percent(region, indicator, breakdown, year, share)
        before = b.truth.get((region, year - 1), {})
        for indicator in GROWING if before else ():
            change = (Decimal(account[indicator]) / Decimal(before[indicator]) - 1) * 100
            yield _percent(region, f"{indicator}_growth_pct", "", year, change)


def _percent(region: str, indicator: str, breakdown: str, year: int, value: Decimal) -> Observation:
    shown = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    token = f"{shown:f}".replace(".", ",") + " persen"
    return _observation(region, indicator, breakdown, year, FULL, token, "rounded", "percent")


def _token(indicator: str, value: int, source: str) -> tuple[str, str, str]:
    if indicator in MONEY:
        if source == FULL:
            return "Rp" + _grouped(value), "exact", "IDR"
        word, scale = ("triliun", 12) if value >= 10**12 else ("miliar", 9)
        shown = Decimal(value).scaleb(-scale).quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
        whole, _, fraction = f"{shown:f}".partition(".")
        return f"Rp{_grouped(int(whole))},{fraction} {word}", "rounded", "IDR"
    unit = "orang" if indicator in PEOPLE else "unit"
    return f"{_grouped(value)} {unit}", "exact", unit


def _grouped(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _observation(
    region: str, indicator: str, breakdown: str, year: int, source: str, token: str,
    printing: str, unit: str,
) -> Observation:  # fmt: skip
    source_id = f"{source}-{region[:6]}-{year}"
    key = ".".join(
        p for p in (region, indicator, breakdown.replace("=", "-"), str(year), source_id) if p
    )
    return Observation(
        observation_id=key, source_id=source_id, region_id=region, indicator_id=indicator,
        breakdown=breakdown, reference_period=str(year), period_basis="stated", status="outcome",
        as_printed=token, numerals="id", printing=printing, token_exception="",
        value=parse(token).value, unit=unit, locator="table", note="",
    )  # fmt: skip


def _with(base: Dataset, drawn: list[Block], observations: dict[str, Observation]) -> Dataset:
    regions: dict[str, Region] = {}
    for b in drawn:
        for region in dict.fromkeys(r for r, _ in b.truth):
            top = region == b.province
            regions[region] = Region(
                region, region, region, "province" if top else "regency",
                "" if top else b.province, "", "", "", "", "",
            )  # fmt: skip
    sources = {
        s: Source(s, "press", s, "", s, "", "", "id", "")
        for s in dict.fromkeys(o.source_id for o in observations.values())
    }

    def table(name: str, rows: dict[str, Any]) -> Table[Any]:
        return Table(name, rows, base.schemas[name])

    return replace(
        base, regions=table("regions", regions), sources=table("sources", sources),
        observations=table("observations", observations), readings=table("readings", {}),
        series=table("series", {}), acknowledgements=table("acknowledgements", {}),
        quotations=table("quotations", {}),
    )  # fmt: skip
