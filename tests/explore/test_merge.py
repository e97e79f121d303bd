"""Tests of several packages read as one: rows count once, contradictions are found or refused."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import kumkm_analysis as kumkm
from kumkm_analysis.dataset.dataset import load as load_one
from kumkm_analysis.errors import DataError
from kumkm_analysis.explore.merge import merge
from kumkm_analysis.explore.package import Package

Rows = list[dict[str, str]]


def change(folder: Path, table: str, change: Callable[[Rows], object]) -> None:
    """Change the rows of a table of a package."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows, names = list(reader), reader.fieldnames or []
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def another(row: dict[str, str], **cells: str) -> dict[str, str]:
    """Return a printed count of another source."""
    token = cells["as_printed"]
    return row | {"note": "", "locator": "page 1"} | cells | {"value": token.replace(".", "")}


@pytest.fixture
def mine(tiny: Path) -> Path:
    """Return a package like the tiny one, with another text that contradicts it."""
    folder = Path(shutil.copytree(tiny, tiny.with_name("mine")))

    def source(rows: Rows) -> None:
        rows.append(rows[0] | {"source_id": "mine", "publisher": "Mine", "title": "Mine"})

    def figure(rows: Rows) -> None:
        first = next(r for r in rows if r["indicator_id"] == "cooperatives" and not r["breakdown"])
        rows.append(another(first, observation_id="mine.1", source_id="mine", as_printed="99.999"))

    change(folder, "sources", source)
    change(folder, "observations", figure)
    return folder


def test_rows_that_are_the_same_count_once_and_new_ones_are_there(tiny: Path, mine: Path) -> None:
    """Whatever the order; name, version and fingerprint are those of both."""
    one, other = load_one(tiny), load_one(mine)
    both = kumkm.load([tiny, mine])
    assert len(both.observations) == len(other.observations) == len(one.observations) + 1
    assert both.sources["mine"].publisher == "Mine"
    assert both.regions.list() == one.regions.list()
    assert both.fingerprint not in (one.fingerprint, other.fingerprint)
    assert both.fingerprint != kumkm.load([mine, tiny]).fingerprint
    assert one.name in both.name
    assert kumkm.load([tiny, tiny]).fingerprint == one.fingerprint
    assert (
        both.frame("cooperatives").index.tolist()
        == both.frame("cooperatives").index.unique().tolist()
    )


def test_what_one_package_prints_against_another_is_a_finding(tiny: Path, mine: Path) -> None:
    """Neither has it alone."""

    def about_mine(package: kumkm.Dataset) -> list[str]:
        return [f.kind for f in kumkm.examine(package) if "mine.1" in f.observations]

    assert about_mine(kumkm.load(tiny)) == []
    assert "conflict" in about_mine(kumkm.load([tiny, mine]))


def test_a_package_is_read_beside_the_shipped_one(small_data: None, mine: Path) -> None:
    """``None`` stands for what load() gives; with the same tables beside it every row is there."""
    shipped = kumkm.load()
    folder = mine.with_name("theirs")
    shutil.copytree(shipped.path, folder)
    both = kumkm.load([folder, None])
    assert both.fingerprint == shipped.fingerprint


def test_rows_that_differ_under_one_code_are_refused_by_both_packages(
    tiny: Path, mine: Path
) -> None:
    """All of them at once, with what each has; a title for two things is refused as well."""
    change(mine, "regions", lambda rows: rows[0].update(note_en="Another remark."))
    change(mine, "sources", lambda rows: rows[0].update(published="1999"))

    def twin(rows: Rows) -> None:
        rows.append(rows[-1] | {"indicator_id": "twin"})

    change(mine, "indicators", twin)
    with pytest.raises(DataError) as caught:
        kumkm.load([tiny, mine])
    told = str(caught.value)
    where = [fault.where.partition(",")[0] for fault in caught.value.faults]
    assert {*where} == {"sources", "regions", "indicators"}
    assert "'1999'" in told
    assert "Another remark." in told
    assert all(
        str(folder) in fault.where for fault in caught.value.faults for folder in (tiny, mine)
    )
    assert "for twin" in told


def test_faults_of_one_package_are_told_as_ever(tiny: Path, mine: Path) -> None:
    """By file, row and column; and no package at all is a mistake."""
    change(mine, "observations", lambda rows: rows[0].update(value="1"))
    with pytest.raises(DataError, match="row 2"):
        kumkm.load([tiny, mine])
    with pytest.raises(DataError, match="no package"):
        kumkm.load([])


def describe(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the descriptor of a package."""
    path = folder / "datapackage.json"
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def without(folder: Path, *names: str) -> None:
    """Leave tables out of a package."""
    for name in names:
        (folder / f"{name}.csv").unlink()
    describe(folder, lambda one: one.update(
        resources=[r for r in one["resources"] if r["name"] not in names]))  # fmt: skip


def test_a_table_that_a_package_leaves_out_says_nothing_against_another(
    tiny: Path, mine: Path
) -> None:
    """The smallest package goes with one that has every table, whichever comes first."""
    without(mine, "metrics", "programme", "acknowledgements", "series", "readings", "terms")
    whole = load_one(tiny)
    for order in ([mine, tiny], [tiny, mine]):
        both = kumkm.load(order)
        assert {*both.metrics.values()} == {*whole.metrics.values()}
        assert both.programme.list() == whole.programme.list()
        assert "mine.1" in both.observations


def test_amounts_of_two_currencies_are_never_read_as_one(tiny: Path) -> None:
    """Nor things that two packages call by other words; both are told, with their packages."""
    unions = Path(__file__).parent.parent / "data" / "credit_unions"
    with pytest.raises(DataError) as caught:
        kumkm.load([tiny, unions])
    told = {f.where.partition(",")[0]: f.found for f in caught.value.faults}
    one, other = load_one(tiny).settings, load_one(unions).settings
    assert told["currency"] == f"{one.currency} and {other.currency}"
    assert "kumkm.words" in told


def test_packages_of_different_languages_speak_those_they_share(tiny: Path, mine: Path) -> None:
    """No title of one language is shown as if it were another; without a common one, none is."""

    def speaking(*languages: str) -> list[kumkm.Dataset]:
        other = load_one(mine)
        own = replace(other.settings, languages=languages)
        return [load_one(tiny), replace(other, settings=own)]

    both = Package.of(merge(speaking("en")))
    assert both.settings.languages == both.indicators.languages == ("en",)
    for table in (both.regions.frame(), both.indicators.frame(), both.findings().frame()):
        assert not {"title_id", "definition_id", "sentence_id"} & {*table.columns}
        assert {"title_en", "sentence_en"} & {*table.columns}
    with pytest.raises(DataError, match=r"languages, in .* expected one in common"):
        merge(speaking("xx"))
