"""False alarms on tables that are consistent by construction.

``python benchmarks/findings/tables.py``. Drawn are three indicators of the
provinces and the nation over sixteen years, moving as the middle half of the official series does;
every figure is measured, and the provinces make up the nation. No rule may find more than one
figure in a thousand.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal

from kumkm_analysis import load
from kumkm_analysis.dataset.dataset import Dataset, Table
from kumkm_analysis.dataset.records import Choice, Observation, Source
from kumkm_analysis.findings import Examination

YEARS = range(2006, 2022)
MOVES = {"active_cooperatives": 0.05, "business_volume": 0.25, "net_surplus": 0.3}
MARGIN = 0.04  # of the surplus in the volume


def main() -> None:
    """Print how many figures any rule finds in ten such records."""
    figures, alarms = 0, Counter[str]()
    for seed in range(10):
        data = drawn(load(), random.Random(seed))
        figures += len(data.observations)
        alarms.update(f.rule for f in Examination(data).findings() if f.severity != "note")
    print(f"{figures:,} figures; findings by rule: {dict(alarms) or 'none'}")


def drawn(base: Dataset, rng: random.Random) -> Dataset:
    """Return three consistent tables as a dataset."""
    provinces = [r.region_id for r in base.regions.values() if r.level == "province"]
    provinces = [r for r in provinces if not base.regions[r].valid_from]
    rows: dict[str, Observation] = {}
    size = {r: rng.uniform(800, 9000) for r in provinces}
    volume = {r: size[r] * rng.uniform(2e8, 9e8) for r in provinces}
    for year in YEARS:
        values: dict[str, dict[str, int]] = {name: {} for name in MOVES}
        for r in provinces:
            size[r] *= rng.gauss(1.04, MOVES["active_cooperatives"])
            volume[r] *= rng.lognormvariate(0.08, MOVES["business_volume"])
            values["active_cooperatives"][r] = int(size[r])
            values["business_volume"][r] = int(volume[r]) // 10**6 * 10**6
            surplus = volume[r] * MARGIN * rng.lognormvariate(0, MOVES["net_surplus"])
            values["net_surplus"][r] = int(surplus) // 10**6 * 10**6
        for name, regions in values.items():
            for r, value in {**regions, "ID": sum(regions.values())}.items():
                row = _row(name, r, year, value)
                rows[row.observation_id] = row
    sources = {s: Source(s, "statistics_office", "t", "", s, "", "", "id", "") for s in MOVES}
    regions_ = {r: base.regions[r] for r in ("ID", *provinces)}
    empty: Table[Choice] = Table("readings", {}, base.schemas["readings"])
    return replace(
        base, sources=Table("sources", sources, base.schemas["sources"]), readings=empty,
        observations=Table("observations", rows, base.schemas["observations"]),
        regions=Table("regions", regions_, base.schemas["regions"]),
        series=Table("series", {}, base.schemas["series"]),
        acknowledgements=Table("acknowledgements", {}, base.schemas["acknowledgements"]),
    )  # fmt: skip


def _row(name: str, region: str, year: int, value: int) -> Observation:
    unit = "unit" if name == "active_cooperatives" else "IDR"
    return Observation(
        observation_id=f"{region}.{name}.{year}.{name}", source_id=name, region_id=region,
        indicator_id=name, breakdown="", reference_period=str(year), period_basis="stated",
        status="outcome", as_printed=str(value), numerals="en", printing="exact",
        token_exception="", value=Decimal(value), unit=unit, locator="table", note="",
    )  # fmt: skip


if __name__ == "__main__":
    main()
