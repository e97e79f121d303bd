"""Tests with a package of another country: credit unions, shillings, English only, own levels.

Nothing of Indonesia may stand on its pages, and whatever the library says must be true of it.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import kumkm, text_of

from kumkm_analysis import Figure, compute, examine, load, open_report
from kumkm_analysis.dataset import new, validate
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.request import check_parameters
from kumkm_analysis.dataset.settings import Settings
from kumkm_analysis.errors import DataError, ParameterError

OWN = Path(__file__).parent.parent / "data" / "credit_unions"
REGIONS = ("MR", "MR2", "MR21")
FOREIGN = re.compile(
    r"\bRp|rupiah|\bIDR\b|cooperative|koperasi|Kalimantan|Indonesia|\bBPS\b|provinc|regenc"
    r"|\bRAT\b|\bSHU\b|KUMKM|kabupaten",
    re.IGNORECASE,
)

CODE = re.compile(r'<details class="code.*?</details>', re.DOTALL)


@pytest.fixture(scope="module")
def unions() -> Dataset:
    """Return the package of credit unions."""
    return load(OWN)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every report on the country, a county and a ward."""
    folder = tmp_path_factory.mktemp("unions") / "reports"
    done = kumkm("run", "--data", OWN, "--region", ",".join(REGIONS), "--output", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def pages(folder: Path) -> dict[str, str]:
    """Return the pages of a folder by their names."""
    found = {path.stem: path.read_text("utf-8") for path in folder.glob("*/*.html")}
    return {**found, "index": (folder / "index.html").read_text("utf-8")}


def prose(page: str) -> str:
    """Return what a page says to a reader: without the code that it was made by."""
    return text_of(CODE.sub("", page)).replace("kumkm-analysis", "")


def broken(folder: Path, change: dict[str, Any], **tables: str) -> Path:
    """Return a copy of the package with another block of its own, or other tables."""
    there = Path(shutil.copytree(OWN, folder / "broken"))
    content = json.loads((there / "datapackage.json").read_text("utf-8"))
    content["kumkm"] |= change
    (there / "datapackage.json").write_text(json.dumps(content), "utf-8")
    for name, text in tables.items():
        (there / f"{name}.csv").write_text(text, "utf-8")
    return there


# ---- the package ----


def test_what_the_package_sets_is_read_from_its_descriptor(unions: Dataset) -> None:
    """Languages, currency, levels, region and period; nobody names them in code."""
    own = unions.settings
    assert (own.languages, own.currency, own.money) == (("en",), "KES", {"en": "shillings"})
    assert [*own.levels] == ["country", "county", "ward"]
    assert own.level("county", "en", many=True) == "counties"
    assert unions.whole is unions.regions["MR"]
    assert [unions.domain.default(name) for name in ("region", "period")] == [("MR",), ("2023",)]


def test_a_text_in_one_language_stands_for_the_other(unions: Dataset) -> None:
    """The records are whole, so that nothing fails; a page in Indonesian is refused still."""
    assert unions.regions["MR2"].title("id") == unions.regions["MR2"].title("en") == "Lake County"
    (fault,) = check_parameters(unions.domain, {"language": "id"})
    assert (fault.expected, "title_id" in fault.next_step) == ("en (English)", True)
    with pytest.raises(ParameterError, match=r"expected en \(English\)"):
        open_report(data=unions, language="id")


def test_amounts_are_written_in_the_currency_of_the_package(unions: Dataset) -> None:
    """As print marks it, with words of scale; a metric of money has its unit."""
    figure = compute("own_capital_per_member", unions, "MR", "2023")
    assert isinstance(figure, Figure)
    assert (figure.unit, figure.text("en")) == ("KES", "KSh24.3\N{NO-BREAK SPACE}thousand")


def test_a_metric_is_named_in_the_words_of_the_package(unions: Dataset) -> None:
    """It has no metrics.csv; titles and definitions are those of the library, in its words."""
    metric = unions.metrics["members_per_cooperative"]
    assert metric.title("en") == "members per credit union"
    assert not [m for m in unions.metrics.values() if FOREIGN.search(m.title_en + m.source)
                if m.metric_id != "annual_meeting_rate"]  # fmt: skip


def test_the_contradictions_that_were_planted_are_found(unions: Dataset) -> None:
    """A part beyond its whole, two conflicts, a share, a sum; told in the words of the package."""
    found = examine(unions)
    leading = {(f.kind, f.region) for f in found.leading}
    assert leading >= {
        ("part_exceeds_whole", "MR2"), ("conflict", "MR"), ("share_does_not_follow", "MR"),
        ("does_not_add_up", "MR"), ("incomplete_list", "MR"),
    }  # fmt: skip
    said = " ".join(f.sentence("en") for f in found)
    assert "412 + 388 + 600 = 1,400, but 1,408 is reported" in said
    assert not FOREIGN.search(said)


# ---- its pages ----


def test_every_page_is_about_this_package_only(published: Path) -> None:
    """No rupiah, cooperative, province or statistics office of Indonesia, on no page nor index."""
    found = pages(published)
    assert len(found) == 4 * len(REGIONS) + 1
    foreign = {name: hits for name, page in found.items() if (hits := FOREIGN.findall(prose(page)))}
    assert foreign == {}


def test_pages_say_what_the_package_holds(published: Path) -> None:
    """The same sentences as elsewhere, with its own nouns, money, levels and contradictions."""
    found = {name: text_of(page) for name, page in pages(published).items()}
    capital = found["capital_structure-MR-2023-coherent.en"]
    assert "own capital of the credit unions in 2023 was KSh18.62 billion" in capital
    assert "Amounts in shillings are not adjusted for inflation" in capital
    breach = found["capital_structure-MR2-2023-coherent.en"]
    assert "3,120 (doubted: part larger than its whole) credit unions in Lake County" in breach
    assert "Hill County" in found["membership-MR-2023-coherent.en"]
    untold = "These data hold no official series on active credit unions for Lake County."
    assert untold in found["revitalisation-MR2-2023-coherent.en"]
    assert "These data hold no programme." in found["revitalisation-MR21-2023-coherent.en"]
    assert "Counties of Maruma" in found["index"]


def test_credit_and_licence_are_those_of_the_package(published: Path) -> None:
    """Page, results and crate name who made these data, where they are, and on what terms."""
    name = "membership-MR-2023-coherent.en"
    page = pages(published)[name]
    assert "The Maruma Credit Union Archive" in page
    assert "https://archive.example/maruma" in page
    assert "Data ODC By 1.0" in text_of(page)
    crate = (published / name / "ro-crate-metadata.json").read_text("utf-8")
    assert "The Maruma Credit Union Archive" in crate
    assert "opendatacommons.org" in crate
    assert "creativecommons" not in crate


def test_the_runner_makes_every_language_of_the_package(unions: Dataset) -> None:
    """Here English alone; asking for the other says which there is, before anything runs."""
    done = kumkm("plan", "--data", OWN)
    assert [line for line in done.stdout.splitlines() if ".id" in line] == []
    refused = kumkm("run", "--data", OWN, "--language", "id")
    assert refused.returncode == 2
    assert "language: found 'id'; expected en (English)." in refused.stderr
    refused = kumkm("check", "--data", OWN, "--language", "id")
    assert (refused.returncode, "expected en (English)" in refused.stderr) == (2, True)


# ---- what a package may set wrongly ----


@pytest.mark.parametrize(
    ("change", "where", "found"),
    [
        ({"region": "MR9"}, "datapackage.json, kumkm, region", "'MR9'"),
        ({"period": "2023-13"}, "datapackage.json, kumkm, period", "'2023-13'"),
        ({"regoin": "MR"}, "datapackage.json", "'kumkm.regoin'"),
        ({"words": {"fr": {}}}, "datapackage.json", "kumkm.words.fr"),
        ({"years": {"members": "2016"}}, "datapackage.json", "kumkm.years.members"),
        ({"maps": [{"tiles": {"MR1": ["Hill", "", 0]}}]}, "datapackage.json", "kumkm.maps"),
    ],
)
def test_a_slip_in_what_a_package_sets_is_told(
    tmp_path: Path, change: dict[str, Any], where: str, found: str
) -> None:
    """With its key, what was found and what is expected."""
    faults = validate.check(broken(tmp_path, change))
    assert [f for f in faults if f.where == where and found in f.found], faults


def test_without_defaults_the_first_region_and_the_busiest_year_are_taken(tmp_path: Path) -> None:
    """A package need not set them."""
    own = broken(tmp_path, {"region": "", "period": ""})
    assert [load(own).domain.default(n) for n in ("region", "period")] == [("MR",), ("2023",)]


def test_a_column_in_one_language_must_be_there_in_every_table(tmp_path: Path) -> None:
    """The regions tell the languages; a table that lacks one of them is named."""
    own = broken(tmp_path, {})
    text = (own / "datapackage.json").read_text("utf-8")
    (own / "datapackage.json").write_text(text.replace('"definition_en"', '"definition_xx"'))
    with pytest.raises(DataError, match="no field 'definition_en'"):
        load(own)


# ---- a new package ----

WISH = new.Wanted("Credit unions of Maruma", "MR", "Maruma", ("country", "ward"), currency="KES")


def test_a_new_package_is_valid_and_has_a_page_that_says_it_is_empty(tmp_path: Path) -> None:
    """Nothing is printed yet, and that is what the page says."""
    new.create(tmp_path / "own", WISH)
    own = load(tmp_path / "own")
    assert (len(own.observations), [*own.regions], own.settings.currency) == (0, ["MR"], "KES")
    assert not [*examine(own)]
    assert "definition_id" not in (tmp_path / "own" / "indicators.csv").read_text("utf-8")
    report = open_report(data=own)
    assert not report.figure("members")


def test_a_province_that_we_know_brings_its_rows(tmp_path: Path) -> None:
    """Its own, those above and below, in both languages, with every indicator and its currency."""
    new.create(tmp_path / "own", new.Wanted("Koperasi Kalimantan Timur", "64"))
    own, known = load(tmp_path / "own"), load()
    assert {*own.regions} == {"ID", "64", *(r.region_id for r in known.children("64"))}
    assert (own.settings.languages, own.settings.currency) == (("id", "en"), "IDR")
    assert {*own.indicators} == {*known.indicators}


def test_a_new_package_never_falls_on_a_folder_in_use(tmp_path: Path) -> None:
    """All that is wrong with a wish is told at once, and nothing is written."""
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(ParameterError) as wrong:
        new.create(tmp_path, new.Wanted("", "x y", currency="ABC", languages=["fr"]))
    where = [fault.where for fault in wrong.value.faults]
    assert where == [f"folder {tmp_path}", "--region", "--title", "language", "--currency"]
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_the_command_writes_it_and_says_what_comes_next(tmp_path: Path) -> None:
    """Three commands, which work as they stand."""
    own = tmp_path / "own"
    done = kumkm("new", own, "--title", "Credit unions", "--region", "MR", "--name", "Maruma",
                 "--level", "country,county", "--currency", "EUR", "--language", "en")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"kumkm check --data {own}" in done.stdout
    checked = kumkm("check", "--data", own)
    assert checked.stdout.startswith(f"{own}: no fault")
    with (own / "regions.csv").open(encoding="utf-8", newline="") as file:
        assert [row["title_en"] for row in csv.DictReader(file)] == ["Maruma"]


def test_words_leave_placeholders_alone() -> None:
    """What stands in braces is the name of a figure, not a word of the sentence."""
    own = Settings(words={"en": {"cooperatives": "unions", "cooperative": "union"}})
    text = "A cooperative: {cooperatives} of {n|cooperative|cooperatives}. Cooperatives!"
    said = "A union: {cooperatives} of {n|cooperative|cooperatives}. Unions!"
    assert own.in_words(text, "en") == said
