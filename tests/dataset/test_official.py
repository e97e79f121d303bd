"""Tests of the official tables: complete, in their territories, months and vintages.

The tables are read with the csv module alone, so that a fault of the library cannot hide one of
the data.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "data"
LARGEST = 1_000_000  # bytes of a file: one that a reader of changes can still open
Row = dict[str, str]


def paths() -> list[str]:
    """Return the files of the observations."""
    package = json.loads((DATA / "datapackage.json").read_text("utf-8"))
    found: list[str] = next(r["path"] for r in package["resources"] if r["name"] == "observations")
    return found


def read(path: str) -> list[Row]:
    """Return the rows of a file."""
    with (DATA / path).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


@pytest.fixture(scope="module")
def figures() -> list[Row]:
    """All printed figures."""
    return [row for path in paths() for row in read(path)]


def of(figures: list[Row], **wanted: str) -> Iterator[Row]:
    """Yield the figures that have the wanted cells."""
    return (row for row in figures if all(row[k] == v for k, v in wanted.items()))


def value(row: Row) -> Decimal:
    """Return the value of a figure."""
    return Decimal(row["value"])


def test_a_file_is_sorted_and_small_and_a_source_stands_in_one_file() -> None:
    """A change shows as few lines, in one place."""
    place: dict[str, str] = {}
    for path in paths():
        ids = [row["observation_id"] for row in read(path)]
        assert ids == sorted(ids), path
        assert (DATA / path).stat().st_size < LARGEST, path
        for row in read(path):
            assert place.setdefault(row["source_id"], path) == path, row


@pytest.mark.parametrize(
    ("source", "unit", "slack"),
    [("bps-13-760", 1, 0), ("bps-13-124", 10**6, 3), ("bps-13-726", 10**6, 3)],
)
def test_the_provinces_add_up_to_the_nation(
    figures: list[Row], source: str, unit: int, slack: int
) -> None:
    """Sixteen years of cooperatives are copied without a slip: the sums are those printed."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    nation = {}
    for row in of(figures, source_id=source):
        if row["region_id"] == "ID":
            nation[row["reference_period"]] = value(row)
        else:
            sums[row["reference_period"]] += value(row)
    assert len(nation) == 16
    assert all(abs(sums[year] - nation[year]) <= slack * unit for year in nation)


@pytest.mark.parametrize(
    ("source", "last"),
    [
        ("bps-13-760", "2013"),
        ("bps-13-124", "2013"),
        ("bps-52-286", "2012"),
        ("bps-52-75", "2013"),
        ("bps-23-621", "2014"),
        ("bps-6-543", "2014-08"),
        ("bps-101-154", "2012"),
    ],
)
def test_a_table_holds_fourteen_units_until_its_year(
    figures: list[Row], source: str, last: str
) -> None:
    """Each table breaks in a year of its own; all its rows until then say so, and none after."""
    for row in of(figures, source_id=source, region_id="64"):
        assert (row["territory"] == "64-14") == (row["reference_period"] <= last), row


def test_one_table_has_the_rate_of_fourteen_units_and_the_number_of_ten(
    figures: list[Row],
) -> None:
    """Rate and number of one year must not be divided by each other until 2014."""
    for year in range(2004, 2015):
        east = {"region_id": "64", "reference_period": str(year)}
        (rate,) = of(figures, source_id="bps-23-621", **east)
        (number,) = of(figures, source_id="bps-23-619", **east)
        assert (rate["territory"], number["territory"]) == ("64-14", "64-10")


def test_north_kalimantan_before_2015_repeats_the_undivided_province(figures: list[Row]) -> None:
    """Where the row says the territory of fourteen, it prints what East Kalimantan prints."""
    for source in ("bps-23-621", "bps-23-624"):
        east = {
            r["reference_period"]: value(r) for r in of(figures, source_id=source, region_id="64")
        }
        north = list(of(figures, source_id=source, region_id="65", territory="65-14"))
        assert len(north) == 11
        assert all(value(row) == east[row["reference_period"]] for row in north)


def test_the_month_of_a_yearly_table_is_that_of_the_table_by_months(figures: list[Row]) -> None:
    """From 2015 a year is its March: the same figure, but for the last digit of thousands."""
    months = {
        (r["region_id"], r["indicator_id"], r["reference_period"]): value(r)
        for r in of(figures, source_id="bps-poverty-2015-2025")
    }
    compared = 0
    for row in figures:
        if not row["survey_month"]:
            continue
        assert row["survey_month"].startswith(row["reference_period"] + "-"), row
        monthly = months.get((row["region_id"], row["indicator_id"], row["survey_month"]))
        if monthly is not None:
            slack = 10 if row["indicator_id"] == "poor_population" else 0
            assert abs(value(row) - monthly) <= slack, row
            compared += 1
    assert compared > 800


def test_a_first_print_differs_from_the_figure_recalculated(figures: list[Row]) -> None:
    """Unemployment of August 2018 in East Kalimantan: 6,60 first, 6,41 afterwards."""
    east = {"region_id": "64", "indicator_id": "open_unemployment_rate_pct"}
    found: dict[str, set[str]] = defaultdict(set)
    for row in of(figures, reference_period="2018-08", **east):
        found[row["vintage"]].add(row["value"])
    assert found == {"first": {"6.6"}, "recalculated": {"6.41"}}


def test_a_territory_is_one_of_its_region_in_a_year_that_uses_it(figures: list[Row]) -> None:
    """No row names a territory of another region or of another time, and each is used."""
    known = {row["territory_id"]: row for row in read("territories.csv")}
    used = [row for row in figures if row["territory"]]
    assert {row["territory"] for row in used} == set(known)
    for row in used:
        territory, year = known[row["territory"]], row["reference_period"][:4]
        assert territory["region_id"] == row["region_id"], row
        assert (territory["used_from"] or "0") <= year <= (territory["used_to"] or "9"), row


def test_the_business_volume_without_a_region_is_that_of_its_province(figures: list[Row]) -> None:
    """What one text prints after the national totals is the BPS figure of East Nusa Tenggara."""
    volume = {"region_id": "53", "indicator_id": "business_volume"}
    (press,) = of(figures, source_id="NS86", **volume)
    (table,) = of(figures, source_id="bps-13-124", reference_period="2018", **volume)
    assert press["as_printed"] == "2.279.912.217.157"
    assert abs(value(press) - value(table)) < Decimal(10**6) / 2


def test_a_code_of_the_home_ministry_that_is_another_region_at_bps_says_so() -> None:
    """The two systems clash: 64.02 is not 6402."""
    regions = {row["region_id"] for row in read("regions.csv")}
    for alias in read("region_aliases.csv"):
        assert alias["region_id"] in regions
        bare = alias["alias"].replace(".", "")
        if alias["scheme"] == "kemendagri" and bare != alias["region_id"]:
            assert bare not in regions or bare in alias["note_en"], alias
            assert alias["note_id"], alias
