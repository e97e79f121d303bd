"""The index: it tells of every report where it is, how fresh it is, and what failed."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from workbench import called

from kumkm_analysis.runner import check_page, index, page
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.publish import Folder

NEW, OLD = "a" * 64, "b" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return an empty output folder."""
    return Folder(tmp_path)


PAGE = """<h1>Members</h1><section><h2>In short</h2>
<p class="kumkm-say">It says <data value=9><button popovertarget=f1>9</button></data> &amp; more</p>
{}<figure></figure><p class="kumkm-say">Later.</p></section><h2>Else</h2>"""


def publish(folder: Folder, region: str = "64", language: str = "en", **more: Any) -> str:
    """Put a report with results into the folder; return its name."""
    facts = {"notebook": "membership", "period": "2012", "title": "Members", **more}
    name = f"{facts['notebook']}-{region}-{facts['period']}-coherent.{language}"
    home = folder.path / name
    home.mkdir()
    (home / f"{name}.html").write_text(facts.get("page", "page"), encoding="utf-8")
    results = {
        "title": facts["title"],
        "notebook": facts["notebook"],
        "region_title": facts.get("region_title", f"Region {region}"),
        "parameters": {
            "region": region, "period": facts["period"], "language": language,
            "reading": "coherent",
        },
        "reading_title": "one source for all inputs",
        "data": {"name": "d", "version": "2026.1", "sha256": facts.get("sha256", NEW)},
        "headline": [{"label": "members", "text": "426,325"}],
    }  # fmt: skip
    (home / "results.json").write_text(json.dumps(results), encoding="utf-8")
    return name


def test_a_report_is_told_with_its_figures_and_data(folder: Folder) -> None:
    """Title, headline figures, reading, data and day."""
    name = publish(folder)
    text = index.document(folder, [])
    assert f'href="{name}/{name}.html"' in text
    assert "members <b>426,325</b>" in text
    assert "one source for all inputs · data 2026.1" in text
    assert re.search(r"\d{4}-\d\d-\d\d</time></p>", text)


@pytest.mark.parametrize("more", ["", '<p class="kumkm-say">Doubted.</p>' * 2])
def test_a_report_is_told_with_what_its_page_says_first(folder: Folder, more: str) -> None:
    """At most two paragraphs before its first picture, as text, instead of headline figures."""
    publish(folder, page=PAGE.format(more))
    text = index.document(folder, [])
    assert f"<p>It says 9 &amp; more{' Doubted.' if more else ''}</p>" in text
    assert "426,325" not in text


@pytest.mark.usefixtures("at_hand")
def test_a_reading_of_the_data_is_told_by_its_title(tmp_path: Path, data: Any) -> None:
    """As the built-in ones are, in the language of the report."""
    done = called("run", "membership", "--reading", "founding", "--output", tmp_path)
    assert done.exit_code == 0, done.stdout + done.stderr
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    for title in data.domain.readings["founding"]:
        assert f"{title} · data" in text


def test_a_failed_rerun_leaves_a_stale_page(folder: Folder) -> None:
    """The last good page stays on the index, marked with what became of the rerun."""
    name = publish(folder)
    text = index.document(folder, [Result(name, Outcome.FAILED, message="no kernel")])
    assert "stale: the last run failed" in text
    assert "stale:" not in index.document(folder, [Result(name, Outcome.DONE)])
    assert "stale:" not in index.document(folder, [Result(name, Outcome.CANCELLED)])


@pytest.mark.parametrize("outcome", [o for o in Outcome if o.bad])
def test_an_indonesian_entry_tells_in_indonesian_what_became_of_the_rerun(
    folder: Folder, outcome: Outcome
) -> None:
    """The English page of the report keeps the word of terminal and run.json."""
    names = publish(folder, language="id"), publish(folder, language="en")
    text = index.document(folder, [Result(name, outcome) for name in names])
    indonesian = page.words()["index"]["outcomes"][outcome]
    assert f">usang: pembuatan terakhir {indonesian}</b>" in text
    assert f">stale: the last run {outcome.value}</b>" in text


def test_a_page_from_older_data_is_stale(folder: Folder) -> None:
    """After a run on new data, pages that it did not touch are marked."""
    fresh = publish(folder)
    publish(folder, region="51", sha256=OLD)
    text = index.document(folder, [Result(fresh, Outcome.DONE)])
    assert text.count("stale: made from older data") == 1


def test_a_report_that_never_came_about_is_listed_as_failed(folder: Folder) -> None:
    """With its outcome in the word of terminal and run.json, and its message, as text."""
    text = index.document(folder, [Result("x", Outcome.TIMED_OUT, message="<b>5 s</b>")])
    assert '<b>x</b>: <span lang="en">timed out</span>' in text
    assert "&lt;b&gt;5 s&lt;/b&gt;" in text


def test_there_is_a_choice_only_where_there_are_two(folder: Folder) -> None:
    """Facets with one value are not offered; every choice has its rule and its classes."""
    publish(folder)
    assert "<fieldset>" not in index.document(folder, [])
    publish(folder, language="id")
    publish(folder, notebook="capital_structure", period="2014")
    text = index.document(folder, [])
    assert text.count("<fieldset>") == 3
    for short in re.findall(r'type="radio" name="\w+" id="(\w+)"', text):
        assert f"body:has(#{short}:checked) .report:not(.{short})" in text
        assert re.search(rf'class="report[^"]* {short}\b', text)


def test_the_maps_show_regions_that_have_reports(folder: Folder) -> None:
    """A tile with reports leads to its region; one without is no link."""
    publish(folder)
    publish(folder, region="6472")
    text = index.document(folder, [])
    for region in ("64", "6472"):
        assert f'href="#region-{region}" title="Region {region}: 1"' in text
        assert f'id="region-{region}"' in text
    assert 'href="#region-51"' not in text
    assert text.count('<nav class="map') == 2


def test_regions_stand_by_level_and_name(folder: Folder) -> None:
    """The country, the provinces, the regencies and cities, each by its own name, then others."""
    titles = {
        "6472": "Kota Samarinda", "6401": "Kabupaten Paser", "64": "Kalimantan Timur",
        "51": "Bali", "ID": "Indonesia", "": "",
    }  # fmt: skip
    for region, title in titles.items():
        publish(folder, region, "id", region_title=title)
    text = index.document(folder, [])
    heads = re.findall(r"<h[23]>(?:<span lang=\"id\">)?([^<]*)", text)
    assert heads == [
        "Negara", "Indonesia", "Provinsi", "Bali", "Kalimantan Timur",
        "Kabupaten dan kota", "Kabupaten Paser", "Kota Samarinda", "–",
    ]  # fmt: skip


def test_the_maps_have_every_province_and_unit_once(data: Any) -> None:
    """All provinces of the data, the fourteen units of 2012, no two on one spot."""
    provincial, ours = data.settings.maps
    provinces = {r.region_id for r in data.regions.values() if r.level == "province"}
    assert provincial["tiles"].keys() == provinces
    units = {r.region_id for r in data.children("64") if not r.valid_from}
    assert ours["tiles"].keys() == units
    assert len(units) == 14
    for drawn in data.settings.maps:
        spots = [(column, row) for *_, column, row in drawn["tiles"].values()]
        assert len(spots) == len(set(spots))


def test_every_word_is_said_in_both_languages_and_used() -> None:
    """A word that lacks a language, or that no template asks for, is found here."""
    templates = "".join(file.read_text("utf-8") for file in page.FOLDER.glob("*.j2"))
    said = page.words()
    asked = {*re.findall(r"\bwords\.(\w+)", templates), "facets"}
    assert said["page"].keys() - asked == {"region", "period", "reading", "no_alt"}  # by name
    assert asked - {"get", "id", "en"} <= said["page"].keys() | said["index"].keys()
    parts = [said["page"], *(said["index"][n] for n in ("states", "notebooks", "facets"))]
    assert all(both.keys() == {"id", "en"} for part in parts for both in part.values())


def test_hostile_titles_are_text(folder: Folder) -> None:
    """Nothing in a title, label or region runs on the index."""
    publish(folder, title="<script>x</script><img src=x onerror=y>", notebook="a b")
    text = index.document(folder, [])
    assert check_page.problems(text) == []
    assert "&lt;script&gt;" in text


def test_the_index_of_two_thousand_reports_is_folded_and_its_cost_grows_with_their_number(
    folder: Folder,
) -> None:
    """Ten times the reports take ten times as long, not a hundred; a report is below a kilobyte."""

    def publish_all(regions: range) -> None:
        for region in regions:
            for language in ("id", "en"):
                for notebook in ("membership", "capital_structure"):
                    publish(folder, str(region), language, notebook=notebook)

    def indexed() -> tuple[str, float]:
        begun = time.process_time()
        return index.document(folder, []), time.process_time() - begun

    publish_all(range(1000, 1050))
    indexed()  # the template is compiled
    _, few = indexed()
    publish_all(range(1050, 1500))
    text, many = indexed()
    assert many < 40 * few
    assert text.count('class="report') == 2000
    assert len(text) < 2000 * 1000
    assert '<details class="region" open' not in text


def test_a_fixed_date_makes_the_index_the_same(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SOURCE_DATE_EPOCH stands for the day of publication."""
    publish(folder)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert "1970-01-02" in index.document(folder, [])


def test_reports_are_named_in_both_languages(folder: Folder) -> None:
    """A choice of report says its name in Indonesian and, marked as such, in English."""
    publish(folder)
    publish(folder, notebook="capital_structure")
    publish(folder, notebook="my_own")
    html = index.document(folder, [])
    for said in (("struktur permodalan", "capital structure"), ("keanggotaan", "membership")):
        assert f'<span lang="id">{said[0]}</span> <span class="en" lang="en">{said[1]}<' in html
    assert "> my own</label>" in html
