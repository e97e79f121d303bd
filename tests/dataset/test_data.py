"""Tests of the data package itself: nothing lost, nothing corrected, every code explained.

The tables are read with the csv module alone, so that a fault of the library cannot hide one of
the data.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kumkm_analysis.dataset import validate
from kumkm_analysis.dataset.numerals import parse
from kumkm_analysis.dataset.observation import TABLE_UNITS
from kumkm_analysis.errors import NumeralError

DATA = Path(__file__).parents[2] / "data"
SEALS = Path(__file__).parents[1] / "data" / "seals.csv"
Row = dict[str, str]

# What cannot be read off a descriptor: how many rows there are.
ROWS = {
    "sources": 167,
    "regions": 55,
    "territories": 10,
    "region_aliases": 53,
    "indicators": 84,
    "metrics": 31,
    "terms": 117,
    "observations": 14571,
    "programme": 15,
    "readings": 4,
    "rules": 80,
    "limits": 49,
    "series": 4,
    "acknowledgements": 3,
    "quotations": 1,
    "words": 1778,
    "remarks": 11,
}
METRICS = {  # metric → most significant digits ever shown
    "members_per_cooperative": 3,
    "employees_per_cooperative": 3,
    "members_per_employee": 3,
    "cooperatives_per_100k": 3,
    "members_per_100": 3,
    "active_share": 3,
    "annual_meeting_rate": 3,
    "annual_growth": 3,
    "window_growth": 3,
    "window_difference": 3,
    "difference_of_changes": 3,
    "total_capital": 3,
    "own_capital_share": 3,
    "external_capital_share": 3,
    "debt_to_equity": 3,
    "capital_per_cooperative": 3,
    "capital_per_member": 3,
    "own_capital_per_cooperative": 3,
    "own_capital_per_holder": 3,
    "own_capital_per_member": 3,
    "external_capital_per_borrower": 3,
    "borrowing_share": 3,
    "return_on_own_capital": 3,
    "surplus_margin": 3,
    "active_cooperatives_per_100k": 3,
    "volume_per_active_cooperative": 3,
    "volume_per_inhabitant": 3,
    "volume_to_grdp": 3,
    "real_business_volume": 3,
    "asset_turnover": 3,
    "balance_gap": 3,
}
FOUNDING = "kalnews-revitalisasi-2013"
BECAME_NORTH_KALIMANTAN = {"6406": "6501", "6407": "6502", "6408": "6504", "6410": "6503",
                           "6473": "6571"}  # fmt: skip
FALL = "fall_without_sign"
WORKING_REMARKS = (
    "auditor", "handed over", "sources.csv", "number format", "readme", "not recorded",
    "slug", "part read", "the result", "contradiction:", "multiplied by", "collection",
)  # fmt: skip


@cache
def descriptor() -> dict[str, Any]:
    """Return the descriptor of the package."""
    content: dict[str, Any] = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    return content


def files(name: str) -> list[str]:
    """Return the files of a table."""
    path = next(r["path"] for r in descriptor()["resources"] if r["name"] == name)
    return [path] if isinstance(path, str) else list(path)


@cache
def table(name: str) -> tuple[Row, ...]:
    """Return the rows of a table, from all its files."""
    return tuple(row for file in files(name) for row in rows_of(file))


def rows_of(file: str) -> list[Row]:
    """Return the rows of a file."""
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def reads(row: Row) -> Decimal:
    """Return what a row's token reads in the unit of its table's head."""
    return parse(row["as_printed"], row["numerals"]).value * TABLE_UNITS[row["table_unit"]]


def described_fields() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (table, field) of every column that the descriptor describes."""
    for resource in descriptor()["resources"]:
        for field in resource["schema"]["fields"]:
            yield resource["name"], field


def printed(**wanted: str) -> list[str]:
    """Return what is printed in the observations that have the wanted cells."""
    rows = table("observations")
    return [r["as_printed"] for r in rows if all(r[k] == v for k, v in wanted.items())]


def parts(breakdown: str) -> list[str]:
    """Return the key=value parts of a breakdown."""
    return [part for part in breakdown.split(";") if part]


# ---- nothing lost ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ROWS)
def test_a_table_has_exactly_its_known_number_of_rows(name: str) -> None:
    """Nothing is dropped, merged or added by accident."""
    assert len(table(name)) == ROWS[name]


def test_counts_and_sums_per_file_and_indicator_match_their_seals() -> None:
    """Rows and exact sums of every indicator are those written down once in tests/data."""
    with SEALS.open(encoding="utf-8", newline="") as lines:
        sealed = {
            (r["file"], r["indicator_id"]): (int(r["rows"]), Decimal(r["sum"]))
            for r in csv.DictReader(lines)
        }
    found: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for file in files("observations"):
        for row in rows_of(file):
            key = file, row["indicator_id"]
            count, total = found.get(key, (0, Decimal(0)))
            found[key] = (count + 1, total + Decimal(row["value"]))
    assert found == sealed


def test_the_tables_on_disk_are_plain_utf8_with_line_feeds() -> None:
    """No byte order mark, no carriage return, no control character, a line feed at the end."""
    for file in sorted(path for path in DATA.rglob("*") if path.is_file()):
        content = file.read_bytes()
        text = content.decode("utf-8")
        assert not content.startswith(b"\xef\xbb\xbf"), file.name
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text), file.name
        assert text.endswith("\n"), file.name


def test_no_cell_begins_or_ends_with_a_blank() -> None:
    """Cells hold what they say and nothing around it."""
    for name in ROWS:
        for row in table(name):
            assert all(cell == cell.strip() for cell in row.values()), row


# ---- the descriptor ----------------------------------------------------------------------------


def test_frictionless_finds_no_error_in_the_package() -> None:
    """Another validator than ours, that of the standard, finds the package valid too."""
    from frictionless import Package

    report = Package(str(DATA / "datapackage.json")).validate()
    assert report.flatten(["type", "rowNumber", "fieldName", "message"]) == []
    assert len(report.tasks) == len(descriptor()["resources"])


@pytest.mark.parametrize(
    ("name", "column", "foreign"),
    [
        ("regions", "parent_id", "99"),
        ("regions", "successor_id", "9999"),
        ("indicators", "part_of", "unknown"),
        ("observations", "source_id", "unknown"),
        ("observations", "region_id", "6499"),
        ("observations", "indicator_id", "unknown"),
        ("readings", "source_id", "unknown"),
        ("programme", "source_id", "unknown"),
    ],
)
def test_the_descriptor_refuses_a_code_that_no_table_knows(
    tmp_path: Path, name: str, column: str, foreign: str
) -> None:
    """Every foreign key bites, those within one table included."""
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    path = files(name)[-1]
    rows = rows_of(path)
    rows[-1][column] = foreign
    with (folder / path).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (fault,) = validate.check(folder)
    assert fault.where == f"{path}, row {len(rows) + 1}, column {column}"
    assert repr(foreign) in fault.found


def test_the_header_of_every_table_is_its_described_columns() -> None:
    """Columns stand in the order of the descriptor, and no table is left undescribed."""
    described: dict[str, list[str]] = {}
    for name, field in described_fields():
        described.setdefault(name, []).append(field["name"])
    named = {file for name in described for file in files(name)}
    assert named == {str(file.relative_to(DATA)) for file in DATA.rglob("*.csv")}
    for name, columns in described.items():
        assert all(list(rows_of(file)[0]) == columns for file in files(name))


def test_every_column_has_a_title_and_a_meaning_in_both_languages() -> None:
    """No column is described in one language only."""
    for name, field in described_fields():
        for key in ("title_id", "title_en", "description", "description_id"):
            assert field.get(key, "").strip(), (name, field["name"], key)


def test_every_allowed_code_is_explained_in_both_languages() -> None:
    """The codes of a column are exactly its enum, each with two titles."""
    with_enum = [f for _, f in described_fields() if "enum" in f.get("constraints", {})]
    assert len(with_enum) > 10
    for field in with_enum:
        assert list(field["codes"]) == field["constraints"]["enum"], field["name"]
        for titles in field["codes"].values():
            assert titles["title_id"].strip()
            assert titles["title_en"].strip()


def test_the_package_says_what_it_is_and_under_which_licence() -> None:
    """Name, version, schema of version 2 and licence stand in the descriptor."""
    package = descriptor()
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert (package["name"], package["version"]) == ("kumkm-analysis-data", "2026.12.0")
    assert [licence["name"] for licence in package["licenses"]] == ["CC-BY-4.0"]
    for resource in package["resources"]:
        assert resource["encoding"] == "utf-8"
        assert resource["dialect"]["delimiter"] == ","
        assert resource["schema"]["missingValues"] == [""]


def test_texts_in_two_languages_are_filled_in_both_or_in_neither() -> None:
    """A title, definition, caution, note or reason never exists in one language alone."""
    pairs = 0
    for name in ROWS:
        rows = table(name)
        both = [c[:-3] for c in rows[0] if c.endswith("_id") and f"{c[:-3]}_en" in rows[0]]
        pairs += len(both)
        for row in rows:
            for column in both:
                filled = {bool(row[f"{column}_id"]), bool(row[f"{column}_en"])}
                assert len(filled) == 1, (name, column, row)
                if column != "note":
                    assert filled == {True}, (name, column, row)
    assert pairs > 10


# ---- observations ------------------------------------------------------------------------------


def test_the_id_of_a_figure_is_built_from_its_row() -> None:
    """Ids read region.indicator.breakdown.period.target.source; repeats are counted from 2."""
    seen: Counter[str] = Counter()
    for row in table("observations"):
        stem = ".".join(
            [
                row["region_id"],
                row["indicator_id"],
                *(part.replace("=", "-") for part in parts(row["breakdown"])),
                row["reference_period"].replace("/", "-") or "undated",
                *(["target"] if row["status"] == "target" else []),
                row["source_id"],
            ]
        )
        seen[stem] += 1
        expected = stem if seen[stem] == 1 else f"{stem}.{seen[stem]}"
        assert row["observation_id"] == expected


def test_the_ids_of_figures_are_unique_and_fit_for_links() -> None:
    """An id occurs once, also without regard to case, and needs no escaping in an address."""
    ids = [row["observation_id"] for row in table("observations")]
    assert len({one.lower() for one in ids}) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", one) for one in ids)


def test_every_figure_refers_to_a_known_source_region_and_indicator() -> None:
    """No figure hangs in the air, and no source or indicator stands without a figure."""
    rows = table("observations")
    assert {r["source_id"] for r in rows} == {r["source_id"] for r in table("sources")}
    assert {r["indicator_id"] for r in rows} == {r["indicator_id"] for r in table("indicators")}
    assert {r["region_id"] for r in rows} <= {r["region_id"] for r in table("regions")}


def test_every_breakdown_has_its_labels_and_every_label_its_breakdown() -> None:
    """The labels among the terms are those of the figures, and of rules on figures to come."""
    terms = {r["term_id"] for r in table("terms")}
    used = {part for row in table("observations") for part in parts(row["breakdown"])}
    assert {part.split("=")[0] for part in used} <= terms
    printed_labels = {part.replace("=", ".") for part in used}
    ruled = {
        f"{row['breakdown']}.{label}"
        for row in table("rules")
        if row["kind"] == "synonym"
        for label in re.findall(r"[a-z_]+", f"{row['left']} {row['right']}")
    }
    assert printed_labels <= terms
    assert {term for term in terms if "." in term} - printed_labels == {
        "type.simpan_pinjam_konvensional",
        "type.simpan_pinjam_syariah",
    }
    assert {term for term in terms if "." in term} <= printed_labels | ruled


def test_a_figure_is_in_the_unit_of_its_indicator() -> None:
    """One indicator, one unit."""
    units = {r["indicator_id"]: r["unit"] for r in table("indicators")}
    assert all(row["unit"] == units[row["indicator_id"]] for row in table("observations"))


def test_every_uncoded_token_reads_as_its_value() -> None:
    """Printed token and value are double entry: parsing the one gives the other exactly."""
    rows = [row for row in table("observations") if not row["token_exception"]]
    assert len(rows) > 1000
    assert {row["table_unit"] for row in rows} > {"", "thousand", "million"}
    for row in rows:
        assert reads(row) == Decimal(row["value"]), row


def test_one_token_alone_is_printed_in_another_unit_than_it_means() -> None:
    """Rupiah and per cent stand in the token as in the row, but for one known slip of a source."""
    odd = []
    for row in table("observations"):
        if row["token_exception"] in ("", FALL):
            unit = parse(row["as_printed"], row["numerals"]).unit
            if unit not in (None, row["unit"]):
                odd.append((row["observation_id"], unit, row["unit"]))
    assert odd == [("51.members_change.2019-11.NS50", "percent", "orang")]


def test_every_coded_token_needs_its_code() -> None:
    """A code stands only where reading the token does not give the value."""
    coded = [row for row in table("observations") if row["token_exception"]]
    for row in coded:
        if row["token_exception"] == FALL:
            assert -reads(row) == Decimal(row["value"]), row
        else:
            with pytest.raises(NumeralError):
                reads(row)
    field = next(f for _, f in described_fields() if f["name"] == "token_exception")
    used = {row["token_exception"] for row in coded} | {"number_in_words"}  # of drafts so far
    assert used == set(field["constraints"]["enum"])


def test_a_range_and_other_coded_words_keep_their_first_number() -> None:
    """Where no rule reads the token, the value still begins with the digits that are printed."""
    own_rule = {"", FALL, "broken_token"}
    rows = [r for r in table("observations") if r["token_exception"] not in own_rule]
    assert rows
    for row in rows:
        number = re.search(r"\d[\d.,]*", row["as_printed"])
        assert number is not None, row
        digits = re.sub(r"\D", "", number[0]).rstrip("0")
        assert row["value"].rstrip("0").rstrip(".") == digits, row


def test_a_bound_in_words_is_printed_as_a_bound() -> None:
    """A token that itself says "more than" or gives a range is a lower bound."""
    for row in table("observations"):
        if row["token_exception"] in ("words_inside", "bound_of_range"):
            assert row["printing"] == "at_least", row


def test_no_note_speaks_of_how_the_data_were_made() -> None:
    """Notes help a reader; working remarks are gone."""
    for name in ROWS:
        for row in table(name):
            notes = " ".join(row[c] for c in row if c.startswith(("note", "caution"))).lower()
            assert not [word for word in WORKING_REMARKS if word in notes], row


def test_a_source_named_in_a_note_is_a_source_of_the_package() -> None:
    """Notes refer only to codes that a reader can look up."""
    known = {r["source_id"] for r in table("sources")}
    named = re.compile(r"\bNS\d+\b|\b[a-z]+(?:-[a-z0-9]+)*-\d{4,}(?:-\d+)*\b")
    for name in ("sources", "observations"):
        for row in table(name):
            found = {one for one in named.findall(row["note"]) if not one.startswith("mid-")}
            assert found <= known, (row, found - known)


# ---- known contradictions are kept ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "figure"),
    [
        ("cooperatives", "5.855 unit"),
        ("members", "426.325 orang"),
        ("employees", "7.253 orang"),
        ("own_capital", "Rp2,143 triliun"),
        ("cooperatives_with_own_capital", "22.977 unit"),
        ("external_capital", "Rp622,200 miliar"),
        ("cooperatives_with_external_capital", "2.427 unit koperasi"),
    ],
)
def test_the_founding_document_stands_as_printed(indicator: str, figure: str) -> None:
    """The seven figures of the founding document are there, the impossible one included."""
    assert printed(
        source_id=FOUNDING, region_id="64", indicator_id=indicator, reference_period="2012"
    ) == [figure]


def test_the_part_larger_than_its_whole_is_kept() -> None:
    """22.977 holders of own capital still exceed the 5.855 cooperatives of the same source."""
    rows = [r for r in table("observations") if r["source_id"] == FOUNDING]
    value = {r["indicator_id"]: Decimal(r["value"]) for r in rows if not r["breakdown"]}
    assert value["cooperatives_with_own_capital"] > value["cooperatives"]
    assert value["cooperatives_with_external_capital"] < value["cooperatives"]


def test_the_doubled_digit_of_bali_is_kept() -> None:
    """One text prints 44.407 cooperatives for Bali in 2012, another 4.407."""
    found = printed(region_id="51", indicator_id="cooperatives", breakdown="")
    assert {"44.407", "4.407"} <= set(found)


def test_the_four_counts_of_east_kalimantan_are_kept() -> None:
    """5.111, 5.611, 6.111 and 6.140 cooperatives, one digit apart, are all there."""
    found = printed(region_id="64", indicator_id="cooperatives", breakdown="")
    assert {"5.111 unit", "5.611 unit", "6.111 unit", "6.140 unit"} <= set(found)


def test_the_repeated_number_of_members_is_kept() -> None:
    """One text prints 419.661 members for 2011 and again for 2012."""
    for year in ("2011", "2012"):
        assert printed(
            source_id="kaltimprov-likuidasi-2013", indicator_id="members", reference_period=year
        ) == ["419.661 orang"]


def test_the_two_lines_of_members_are_kept() -> None:
    """About 400 and about 800 thousand members are printed for the same years."""
    found = {
        year: {
            round(Decimal(r["value"]), -5)
            for r in table("observations")
            if (r["region_id"], r["indicator_id"], r["reference_period"]) == ("64", "members", year)
        }
        for year in ("2009", "2010")
    }
    assert found == {"2009": {400_000, 800_000}, "2010": {400_000, 800_000}}


@pytest.mark.parametrize(
    ("indicator", "figure"),
    [("active_cooperatives", "200.808 unit"), ("members", "34.685.145 orang")],
)
def test_national_totals_printed_for_the_province_are_kept(indicator: str, figure: str) -> None:
    """June 2013: the national totals stand in a text on the province, and again for the nation."""
    found = printed(region_id="64", indicator_id=indicator, reference_period="2013-06")
    assert figure in found
    number = figure.split()[0]
    assert any(f.startswith(number) for f in printed(region_id="ID"))


@pytest.mark.parametrize("source", ["niaga-asia-5050-persen", "suara-kaltim-2022-02-08"])
def test_samarinda_still_does_not_add_up(source: str) -> None:
    """273 active and 988 inactive are 1.261, not the 1.264 printed."""
    rows = [
        r for r in table("observations") if (r["source_id"], r["region_id"]) == (source, "6472")
    ]
    value = {r["indicator_id"]: int(r["value"]) for r in rows}
    states = value["active_cooperatives"] + value["inactive_cooperatives"]
    assert value["cooperatives"] - states == 3


def test_the_missing_regency_is_still_missing() -> None:
    """Thirteen of fourteen regions list 2.932 of the 3.097 multi-purpose cooperatives."""
    rows = [
        r
        for r in table("observations")
        if (r["source_id"], r["breakdown"]) == ("antara-kaltim-15531", "type=serba_usaha")
    ]
    province = sum(int(r["value"]) for r in rows if r["region_id"] == "64")
    listed = {r["region_id"]: int(r["value"]) for r in rows if r["region_id"] != "64"}
    assert (province, sum(listed.values()), len(listed)) == (3097, 2932, 13)
    assert "6403" not in listed


@pytest.mark.parametrize("year", ["2010", "2011", "2012"])
def test_the_balance_of_west_nusa_tenggara_holds(year: str) -> None:
    """Own and external capital add up to the printed assets within the last printed digit."""
    rows = [
        r
        for r in table("observations")
        if (r["source_id"], r["reference_period"], r["breakdown"]) == ("NS40", year, "")
    ]
    read = {r["indicator_id"]: parse(r["as_printed"], r["numerals"]) for r in rows}
    total = Fraction(read["own_capital"].value + read["external_capital"].value)
    assert abs(total - Fraction(read["assets"].value)) <= Fraction(read["assets"].last_digit)


# ---- sources, regions, indicators, metrics -------------------------------------------------------


def test_kinds_of_sources_follow_the_publisher() -> None:
    """Offices are offices wherever their text was found; copies of press texts are blogs."""
    kinds = {r["source_id"]: r["kind"] for r in table("sources")}
    publishers = {r["source_id"]: r["publisher"] for r in table("sources")}
    assert kinds["bps-census-2010"] == kinds["kaltim-dalam-angka-2013"] == "statistics_office"
    assert kinds["kemenkop-bimtek-sumbar-2017"] == kinds["kemenkop-rakorda-ods-2015"] == "ministry"
    assert kinds["balikpapan-go-id-145"] == "local_government"
    assert kinds["tirto-copy-pdb-2018-01-05"] == kinds["darulhikamalfikri-2013-07"] == "blog"
    assert kinds[FOUNDING] == "press"
    for source, publisher in publishers.items():
        assert (kinds[source] == "provincial_government") == publisher.startswith(
            ("Pemprov ", "Disperindagkop ", "Media Center ", "KIP Kaltim")
        ), source
        assert (kinds[source] == "ministry") == publisher.startswith("Kementerian "), source


def test_the_five_regions_of_north_kalimantan_know_their_successors() -> None:
    """The codes of before the split end on the day the new ones begin, under the same name."""
    regions = {r["region_id"]: r for r in table("regions")}
    succeeded = {code: r["successor_id"] for code, r in regions.items() if r["successor_id"]}
    assert succeeded == BECAME_NORTH_KALIMANTAN
    for old, new in BECAME_NORTH_KALIMANTAN.items():
        assert regions[old]["valid_to"] == regions[new]["valid_from"] == "2012-11-17"
        assert regions[old]["title_id"] == regions[new]["title_id"]
        assert (regions[old]["parent_id"], regions[new]["parent_id"]) == ("64", "65")
        assert regions[old]["note_id"]
        assert regions[new]["note_id"]


def test_fourteen_regions_made_up_east_kalimantan_before_the_split() -> None:
    """The founding document's fourteen regencies and cities are those valid until the split."""
    before = [
        r
        for r in table("regions")
        if r["parent_id"] == "64" and (not r["valid_from"] or r["valid_from"] < "2012-11-17")
    ]
    assert len(before) == 14
    assert {r["level"] for r in before} == {"regency", "city"}


@pytest.mark.parametrize(
    ("region", "title"),
    [
        ("ID", "Indonesia"),
        ("64", "East Kalimantan"),
        ("52", "West Nusa Tenggara"),
        ("12", "North Sumatra"),
        ("34", "Special Region of Yogyakarta"),
        ("6409", "Penajam Paser Utara Regency"),
        ("6471", "Balikpapan City"),
    ],
)
def test_regions_have_their_common_english_names(region: str, title: str) -> None:
    """English pages name regions as English readers know them."""
    assert next(r for r in table("regions") if r["region_id"] == region)["title_en"] == title


def test_parts_and_wholes_are_of_one_unit_and_never_circular() -> None:
    """An indicator is part of another of the same unit, and of itself never."""
    indicators = {r["indicator_id"]: r for r in table("indicators")}
    assert indicators["active_cooperatives"]["part_of"] == "cooperatives"
    assert indicators["annual_meetings_held"]["part_of"] == "cooperatives"
    assert indicators["cooperatives_with_own_capital"]["part_of"] == "cooperatives"
    assert indicators["net_surplus"]["part_of"] == ""
    for code, row in indicators.items():
        chain = [code]
        while indicators[chain[-1]]["part_of"]:
            chain.append(indicators[chain[-1]]["part_of"])
            assert len(chain) == len(set(chain)), chain
            assert indicators[chain[-1]]["unit"] == row["unit"], chain


def test_percentages_never_add_up_over_regions() -> None:
    """Ratios and relative changes of regions have no sum."""
    for row in table("indicators"):
        if row["unit"] == "percent":
            assert row["adds_over_regions"] == "no", row["indicator_id"]
            assert row["stock_or_flow"] in ("ratio", "change"), row["indicator_id"]


def test_targets_are_a_status_and_not_an_indicator() -> None:
    """What was hoped for is an indicator like any other, marked as a target."""
    assert not [r for r in table("indicators") if "target" in r["indicator_id"]]
    assert sum(r["status"] == "target" for r in table("observations")) == 14


def test_employees_and_workforce_are_kept_apart() -> None:
    """Whoever counts managers or the board counts the workforce, and its scope is named."""
    rows = table("observations")
    assert not [r for r in rows if r["indicator_id"] == "employees" and "scope=" in r["breakdown"]]
    workforce = [r for r in rows if r["indicator_id"] == "workforce"]
    assert workforce
    assert all(r["breakdown"].startswith("scope=") for r in workforce)


def test_the_metrics_are_the_known_ones_with_their_digits() -> None:
    """Names and significant digits of the derived quantities are fixed."""
    assert {r["metric_id"]: int(r["digits"]) for r in table("metrics")} == METRICS


def test_a_formula_speaks_of_known_indicators_only() -> None:
    """Every word of a formula is an indicator, or a level, a side or a span of a change.

    What stands in brackets behind an indicator is a breakdown in which it is printed.
    """
    known = {r["indicator_id"] for r in table("indicators")} | {
        "later",
        "earlier",
        "years",
        "own",
        "other",
    }
    broken_down = {(r["indicator_id"], r["breakdown"]) for r in table("observations")}
    bracketed = 0
    for row in table("metrics"):
        cells = re.findall(r"([a-z][a-z_]*)(?:\[([^]]*)\])?", row["formula"])
        assert cells
        assert {word for word, _ in cells} <= known, row
        assert {cell for cell in cells if cell[1]} <= broken_down, row
        bracketed += sum(bool(breakdown) for _, breakdown in cells)
    assert bracketed == 3  # GRDP at current and at constant prices


def test_the_founding_reading_prefers_the_founding_document() -> None:
    """The named reading of the start names its source and its reason."""
    first = table("readings")[0]
    assert (first["reading_id"], first["source_id"]) == ("founding", FOUNDING)
