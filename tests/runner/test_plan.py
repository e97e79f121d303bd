"""The plan: what a request means, sweeps, keys, and what has to be done."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import workbench
from workbench import write

from kumkm_analysis import paths as resources
from kumkm_analysis.dataset import request
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import decide, keys, provenance, sweeps
from kumkm_analysis.runner.keys import Keys
from kumkm_analysis.runner.plan import Request, make
from kumkm_analysis.runner.publish import Folder

DOMAIN = request.domain()


def names(**request: object) -> list[str]:
    """Return the names of the reports that a request means."""
    expanded = sweeps.expand(Request(**request), DOMAIN)  # type: ignore[arg-type]
    return [report.name for report in make(expanded, DOMAIN)]


def test_a_request_is_every_combination_with_translations_side_by_side() -> None:
    """Two regions and two years in both languages are eight reports; neighbours translate."""
    found = names(notebooks=["membership"], region=["64", "51"], period=["2012", "2013"])
    assert len(found) == len(set(found)) == 8
    pairs = list(zip(found[::2], found[1::2], strict=True))
    assert all(a.removesuffix(".id") == b.removesuffix(".en") for a, b in pairs)


@pytest.mark.parametrize("level", ["province", "regency", "city", "country"])
def test_a_level_stands_for_its_regions(level: str) -> None:
    """The word of a level means every region that the data put on it."""
    wanted = [c for c, found in DOMAIN.levels.items() if found == level]
    found = names(notebooks=["membership"], region=[level], language=["id"])
    assert [name.split("-")[1] for name in found] == wanted
    assert wanted


def test_all_stands_for_every_region_once() -> None:
    """The word all means every region, and naming one again adds nothing."""
    found = names(notebooks=["membership"], region=["all", "64", "province"], language=["id"])
    assert [name.split("-")[1] for name in found] == list(DOMAIN.regions)


def test_a_range_of_years_holds_both_ends() -> None:
    """2010:2014 are five years, in order."""
    found = names(notebooks=["membership"], period=["2010:2014"], language=["en"])
    assert [name.split("-")[2] for name in found] == ["2010", "2011", "2012", "2013", "2014"]


@pytest.mark.parametrize(
    "period", ["2014:2010", "2010:2014-06", "x:y", "2010:", "0001:9999", "2012-01:2012-13"]
)
def test_a_range_that_is_none_is_refused(period: str) -> None:
    """An empty, mixed or endless range is a bad request that shows how to write one."""
    with pytest.raises(ParameterError) as error:
        names(notebooks=["membership"], period=[period])
    assert "2010:2014" in str(error.value)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("2010/2014", "2012/2016", "after: found '2012/2016'; expected years after 2014"),
        ("2012/2008", "", "before: found '2012/2008'; expected two years in order"),
        ("0000/0001", "", "before: found '0000/0001'; expected two years in order"),
        ("", "2001/2005", "Take a later window that begins after the earlier one ends"),
    ],
)
def test_windows_that_cannot_be_are_refused_before_a_kernel_starts(
    before: str, after: str, message: str
) -> None:
    """Two windows that overlap, are turned round or lie the wrong way are a bad request."""
    extra = [("before", before), ("after", after)]
    with pytest.raises(ParameterError) as error:
        names(notebooks=["revitalisation"], extra=extra)
    assert message in str(error.value)


def test_all_faults_of_a_request_come_at_once() -> None:
    """A wrong region, period, reading, language and notebook are five faults of one error."""
    request = Request(["membrship"], ["6499"], ["2012-13"], ["best"], ["fr"])
    with pytest.raises(ParameterError) as error:
        make(request, DOMAIN)
    assert len(error.value.faults) == 5


def test_a_parameter_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    """Both values are told: the last would win in silence."""
    path = write(tmp_path / "own.ipynb", parameters="top = 1\nlow = 1")
    extra = [("top", "5"), ("low", "2"), ("top", "6")]
    with pytest.raises(ParameterError) as error:
        make(Request([str(path)], extra=extra), DOMAIN)
    [fault] = error.value.faults
    assert (fault.where, fault.found) == ("-p top", "'5' and '6'")


@pytest.mark.parametrize("language", ["id", "en"])
def test_what_a_published_report_names_makes_it_and_no_other_again(language: str) -> None:
    """One report of the same name, without its translation."""
    wanted = Request(["membership"], ["51"], ["2012-06"], ["official"], [language])
    (report,) = make(wanted, DOMAIN)
    made_from = Keys(resources.data_path()).ingredients(report, None)
    assert make(Request.again(report.name, made_from), DOMAIN) == [report]


@pytest.mark.parametrize("name", ["open", "residents", "en", "notes.en"])
def test_a_notebook_without_a_language_is_asked_for_none(name: str, tmp_path: Path) -> None:
    """Were there an "en" in its name: that of a language stands behind a dot, and is its own."""
    path = write(tmp_path / f"{name}.ipynb", parameters="top: int = 1")
    (report,) = make(Request([str(path)], extra=[("top", "5")]), DOMAIN)
    made_from = Keys(resources.data_path()).ingredients(report, None)
    assert make(Request.again(report.name, made_from, str(path)), DOMAIN) == [report]


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ('label: str | None = "x"', "none"), ("label = None", "'5'"), ("label = None", "'None'"),
        ("label: tuple = (1, 2)", "(1, 3)"), ("label: list = []", "[1, None, 'a']"),
        ("label: bool = False", "yes"), ("label: float = 1.0", "2"), ('label: str = "x"', "007"),
        ("label: dict = {}", "{'a': [True, 1.5]}"), ("label: tuple | str = ()", "(1,)"),
    ],
)  # fmt: skip
def test_a_value_of_any_type_makes_the_same_report_again(
    declared: str, text: str, tmp_path: Path
) -> None:
    """It is taken as it was stored: as text it could be read as something else, or as nothing."""
    path = write(tmp_path / "own.ipynb", parameters=declared)
    (report,) = make(Request([str(path)], extra=[("label", text)]), DOMAIN)
    made_from = Keys(resources.data_path()).ingredients(report, None)
    assert make(Request.again(report.name, made_from, str(path)), DOMAIN) == [report]


def test_a_stored_value_that_a_notebook_no_longer_declares_is_refused(tmp_path: Path) -> None:
    """As one on the command line is, by the name that comes near."""
    path = write(tmp_path / "own.ipynb", parameters="top = 1")
    (report,) = make(Request([str(path)], extra=[("top", "5")]), DOMAIN)
    made_from = Keys(resources.data_path()).ingredients(report, None)
    write(path, parameters="tip = 1")
    with pytest.raises(ParameterError, match=r"parameter top: found no such parameter") as error:
        make(Request.again(report.name, made_from, str(path)), DOMAIN)
    assert "Did you mean tip?" in str(error.value)


# ---- keys ----


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a user's own notebook, with a table that it reads."""
    (tmp_path / "numbers.csv").write_text("0")
    return write(tmp_path / "own.ipynb", "n", parameters='n: int = 1\nlanguage: str = "id"')


def ingredients(path: Path, data: Path | None = None, n: str = "1") -> dict[str, str]:
    """Return the ingredients of a user's notebook as they are now."""
    asked = Request([str(path)], language=["id"], extra=(("n", n),), inputs=["*.csv"])
    [report] = make(asked, DOMAIN)
    return Keys(data or resources.data_path()).ingredients(report, None)


def test_the_same_ingredients_give_the_same_key(own: Path) -> None:
    """Reading everything again changes nothing."""
    assert keys.key(ingredients(own)) == keys.key(ingredients(own))


def test_each_ingredient_is_named_when_it_changes(own: Path, tmp_path: Path) -> None:
    """Code, prose, parameter, neighbour and table: a change of each is said by its name."""
    data = Path(shutil.copytree(resources.data_path(), tmp_path / "data"))
    (tmp_path / "numbers.csv").write_text("1")
    before = ingredients(own, data)

    def told() -> list[str]:
        return keys.changes(before, ingredients(own, data))

    assert told() == []
    notebook = json.loads(own.read_text())
    notebook["cells"].append({"cell_type": "markdown", "id": "m", "metadata": {}, "source": "hi"})
    own.write_text(json.dumps(notebook))
    assert told() == ["notebook prose changed"]
    notebook["cells"].pop()
    notebook["cells"][1]["source"] += "\n1"
    own.write_text(json.dumps(notebook))
    assert told() == ["notebook code changed"]
    notebook["cells"][1]["source"] = notebook["cells"][1]["source"].removesuffix("\n1")
    own.write_text(json.dumps(notebook))
    assert told() == []
    (tmp_path / "beside.py").write_text("1")
    (tmp_path / "numbers.csv").write_text("2")
    (tmp_path / "unread.txt").write_text("1")
    assert told() == ["input numbers.csv changed", "input beside.py is new"]
    before = ingredients(own, data)
    observations = data / "observations" / "press.csv"
    observations.write_bytes(observations.read_bytes() + b"\n")
    assert told() == ["observations/press.csv changed"]
    assert keys.changes(ingredients(own), ingredients(own, n="2")) == [
        'parameters changed from {"n": 1} to {"n": 2}'
    ]


def test_outputs_and_counts_of_a_notebook_do_not_matter(own: Path) -> None:
    """Saving a notebook with outputs in it makes no report again."""
    before = ingredients(own)
    notebook = json.loads(own.read_text())
    notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    notebook["cells"][1]["execution_count"] = 9
    own.write_text(json.dumps(notebook))
    assert ingredients(own) == before


def test_every_file_that_can_touch_a_page_is_an_ingredient(own: Path) -> None:
    """Modules, templates, style and schema of the package, every table, and the libraries."""
    found = ingredients(own)
    package = resources.PACKAGE
    wanted = {
        f"package/{p.relative_to(package).as_posix()}"
        for pattern in ("*.py", "*.j2", "*.css", "*.json")
        for p in package.rglob(pattern)
        if "__pycache__" not in p.parts and p.name != "cli.py"
    }
    assert wanted <= set(found)
    assert {f"data/{name}" for name in request.data_files(resources.data_path())} <= set(found)
    assert {"matplotlib", "pandas", "papermill", "ipykernel", "nbconvert", "python"} <= set(found)


# ---- what has to be done ----


def published(folder: Folder, step: decide.Step, other: str | None) -> None:
    """Publish a report as if it had been made."""
    named = Keys(resources.data_path()).ingredients(step.job.report, other)
    files = {f"{step.name}.html": b"page"}
    files[provenance.FILE] = provenance.document(step.name, keys.key(named), named, dict(files))
    workbench.publish(folder, step.name, files)


def steps(folder: Folder, *languages: str, force: bool = False) -> list[decide.Step]:
    """Decide what has to be done for one report in some languages."""
    reports = make(Request(["membership"], language=languages), DOMAIN)
    ours = Keys(resources.data_path())
    return decide.decide(reports, ours, folder, force=force)


def test_a_report_is_made_once_and_then_unchanged(tmp_path: Path) -> None:
    """Never made, then unchanged, then damaged, then asked for."""
    folder = Folder(tmp_path)
    [step] = steps(folder, "id")
    assert step.foreseen == "run: never made"
    published(folder, step, None)
    [step] = steps(folder, "id")
    assert step.foreseen == "unchanged"
    assert steps(folder, "id", force=True)[0].foreseen == "run: asked for"
    folder.page(step.name).write_text("pag")
    assert steps(folder, "id")[0].foreseen == "run: files of it are missing"
    record = folder.home(step.name) / provenance.FILE
    for spoiled in ("[1]", '{"key": 1, "ingredients": [], "files": 3}', '{"key": 1'):
        record.write_text(spoiled)
        assert steps(folder, "id")[0].foreseen == "run: never made"
    whole = dict.fromkeys(step.job.ingredients, "")
    record.write_text(json.dumps({"key": "k", "ingredients": whole, "files": {"x": 3}}))
    assert steps(folder, "id")[0].foreseen == "run: never made"


def test_a_translation_is_an_ingredient(tmp_path: Path) -> None:
    """A page that could link to a translation published since is made again to do so."""
    folder = Folder(tmp_path)
    [first] = steps(folder, "id")
    published(folder, first, None)
    [second] = steps(folder, "en")
    assert second.job.translation == first.name
    published(folder, second, first.name)
    [again] = steps(folder, "id")
    assert again.reasons == (f"translation changed from none to {second.name}",)
