"""The plan: what a request means, sweeps and matrices, keys, and what has to be done."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import workbench
import yaml
from hypothesis import given
from hypothesis import strategies as st
from workbench import write

from kumkm_analysis import paths as resources
from kumkm_analysis.dataset import request
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.runner import decide, keys, matrices, provenance, session, sweeps
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


def test_a_matrix_lists_requests(tmp_path: Path) -> None:
    """Each entry is a request; codes stay text, and no word becomes a truth value."""
    file = tmp_path / "weekly.yml"
    file.write_text(
        "reports:\n"
        "  - notebook: membership\n    region: [64, 51]\n    period: 2012-06\n    language: no\n"
        "  - notebook: [capital_structure]\n    region: province\n    parameters: {top: 007}\n"
    )
    first, second = sweeps.matrix(file)
    assert first.region == ["64", "51"]
    assert first.period == ["2012-06"]
    assert first.language == ["no"]
    assert second.extra == (("top", "007"),)
    file.write_text(json.dumps({"reports": [{"notebook": "membership"}]}))
    assert sweeps.matrix(file) == [
        Request(notebooks=["membership"], region=[], period=[], reading=[], language=[])
    ]


def test_a_fault_of_a_matrix_is_told_with_its_entry(tmp_path: Path) -> None:
    """Which of forty entries names no region is said, and those of the command are not entries."""
    file = tmp_path / "weekly.yml"
    file.write_text("reports:\n  - region: 64\n  - region: nowhere\n  - period: 1800s\n")
    with pytest.raises(ParameterError) as error:
        session.plan_reports(Request(reading=["odd"]), resources.data_path(), file)
    places = [fault.where.rpartition(", ")[0] for fault in error.value.faults]
    assert places == [f"matrix {file}, entry 2", f"matrix {file}, entry 3", ""]


def test_a_key_that_comes_twice_in_a_matrix_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the file, an entry or its parameters; YAML would take the last and be silent."""
    file = tmp_path / "weekly.yml"
    entries = (
        "  - {region: 64}\n  - {region: 64, period: 2012, region: 51}\n"
        "  - {notebook: own.ipynb, parameters: {top: 1, 'top': 2, low: 3}}\n"
    )
    file.write_text(f"reports: []\nreports:\n{entries}")
    for _ in range(2):
        with pytest.raises(ParameterError) as error:
            sweeps.matrix(file)
        assert [(fault.where, fault.found) for fault in error.value.faults] == [
            (f"matrix {file}", "'reports' 2 times"),
            (f"matrix {file}, entry 2", "'region' 2 times"),
            (f"matrix {file}, entry 3, parameters", "'top' 2 times"),
        ]
        monkeypatch.delattr(yaml, "CBaseLoader", raising=False)
    file.write_text('[{"region": "64", "region": "51"}]')
    with pytest.raises(ParameterError, match="entry 1: found 'region' 2 times"):
        sweeps.matrix(file)


@pytest.mark.parametrize("way", ["two entries", "an entry and the command", "one entry"])
def test_two_notebooks_for_one_page_are_refused_wherever_they_were_asked_for(
    way: str, tmp_path: Path
) -> None:
    """Neither is dropped in silence, nor where only the case of letters tells them apart."""
    paths = []
    for folder, name in (("a", "trend"), ("b", "Trend")):
        (tmp_path / folder).mkdir()
        paths.append(write(tmp_path / folder / f"{name}.ipynb", f"print('{folder}')"))
    entries = {
        "two entries": [[paths[0]], [paths[1]]],
        "an entry and the command": [[paths[1]]],
        "one entry": [paths],
    }
    file = tmp_path / "m.json"
    file.write_text(json.dumps([{"notebook": [str(p) for p in each]} for each in entries[way]]))
    request = Request(notebooks=[str(paths[0])] if way == "an entry and the command" else ())
    with pytest.raises(ParameterError) as error:
        session.plan_reports(request, resources.data_path(), file)
    [fault] = error.value.faults
    assert all(str(path) in fault.found for path in paths)
    assert fault.expected.casefold() == "one report for the page trend.html"


def test_what_is_asked_for_twice_is_made_once(tmp_path: Path) -> None:
    """The same report in two entries, its notebook named in two ways, is one report."""
    path = write(tmp_path / "trend.ipynb", "print(1)")
    other = tmp_path / "other" / ".." / "trend.ipynb"
    other.parent.parent.mkdir()
    file = tmp_path / "m.json"
    file.write_text(json.dumps([{"notebook": str(path)}, {"notebook": str(other)}]))
    assert [r.name for r in session.plan_reports(Request(), resources.data_path(), file)] == [
        "trend"
    ]


def test_faults_of_matrix_and_command_come_at_once(tmp_path: Path) -> None:
    """A matrix that cannot be read keeps nothing back of what else is wrong."""
    with pytest.raises(ParameterError) as error:
        session.plan_reports(Request(language=["fr"]), tmp_path, tmp_path / "none.yml")
    said = str(error.value)
    assert "none.yml: found No such file" in said
    assert "'fr'" in said
    assert "datapackage.json" in said


LEVELS = [f" - &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 31)]
BOMB = "\n".join(["reports:", " - &a0 [x]", *LEVELS])  # written out, it would fill any memory


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("reports: [", "line 1"),
        ("reports: {}", "no list of reports"),
        ("reports:\n  - regoin: 64\n  - 7", "'regoin'"),
        ("reports:\n  - region: {a: 1}", "region that is no text"),
        ("- parameters: 5", "parameters that are no mapping"),
        ("[" * 5000, "found lists nested too deeply"),
        ("reports:\n\t- a", "found character"),
        (BOMB, "entry 31"),
        ("reports:\n  - region: 64\ndefaults: {period: 2012}", "'defaults'"),
    ],
)
def test_a_matrix_that_cannot_be_read_says_where(text: str, told: str, tmp_path: Path) -> None:
    """A slip in the file is told with its place and what was expected."""
    file = tmp_path / "m.yml"
    file.write_text(text)
    with pytest.raises(ParameterError) as error:
        sweeps.matrix(file)
    assert told in str(error.value)
    assert "m.yml" in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("reports: [", ", line 1: found the end of the file; expected a value, as in"),
        ('{"a" 1}', ", line 1: found '<scalar>'; expected ',' or '}', as in"),
        ("--- a\n--- b", ", line 2: found another document; expected YAML or JSON."),
        ("a: b\n- c", ", line 2: found '-'; expected <block end>, as in"),
        ("- a: b\n  c", ", line 2: found no ':'; expected YAML or JSON."),
        ("a: b: c", ", line 1: found mapping values where none can be; expected"),
        ("- &a x\n- &a y", ", line 2: found an anchor that is there already; expected"),
        ("- *x", ", line 1: found undefined alias 'x'; expected YAML or JSON."),
        ("a\0", ": found unacceptable character #x0000: special characters are not allowed; "),
        ("\udcff", ": found the byte 0xff, which is no UTF-8; expected YAML or JSON in UTF-8."),
    ],
)
def test_what_a_matrix_is_refused_for_is_one_sentence(text: str, told: str, tmp_path: Path) -> None:
    """The parser's words stand in ours: found once, expected once, on one line."""
    file = tmp_path / "m.yml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ParameterError) as error:
        sweeps.matrix(file)
    line = str(error.value).splitlines()[0]
    assert line.startswith(f"matrix {file}{told}")
    assert line.count("found") == line.count("expected") == 1


@given(st.text(st.sampled_from('a\N{GRINNING FACE}\U0010ffff\\"/ud8é\n\u2028'), min_size=1))
def test_every_text_of_json_comes_back_as_it_was(text: str) -> None:
    """Also what JSON writes as a pair of UTF-16, and what only looks like one."""
    where = "matrix m.json"
    for written in (text, f"{text}\\ud83d\\ude00"):
        content = json.dumps([{"parameters": {"a": written}}], indent=1)
        assert matrices.parsed(content, where, []) == [{"parameters": {"a": written}}]


def test_a_pair_that_is_no_escape_stays_as_it_is_written(tmp_path: Path) -> None:
    """In YAML without double quotes a backslash is one; and JSON keeps 64 as text."""
    file = tmp_path / "m.yml"
    pair = r"\ud83d\ude00"
    file.write_text(f"- notebook: {pair}\n  region: '{pair}'\n")
    [found] = sweeps.matrix(file)
    assert (found.notebooks, found.region) == ([pair], [pair])
    file.write_text(f"[{{notebook: '{pair}'}}]")
    assert sweeps.matrix(file)[0].notebooks == [pair]
    file.write_text(f'[{{"notebook": "{pair}.ipynb", "region": 64, "region": true}}]')
    with pytest.raises(ParameterError, match="'region' 2 times"):
        sweeps.matrix(file)
    file.write_text(f'[\n{{"notebook": "{pair}.ipynb", "region": 64, "reading": true}}]')
    [found] = sweeps.matrix(file)
    assert found.notebooks == ["\N{GRINNING FACE}.ipynb"]
    assert (found.region, found.reading) == (["64"], ["true"])


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ("notebook:", "notebook"), ('region: ""', "region"), ("region: []", "region"),
        ("period: ~", "period"), ("reading: null", "reading"), ('language: ","', "language"),
        ("region: [64, null]", "region"), ("region: {}", "region"), ("parameters:", "parameters"),
        ("parameters: {}", "parameters"), ("parameters: null", "parameters"),
        ("period: ' , '", "period"),
    ],
)  # fmt: skip
def test_an_empty_value_of_a_matrix_is_not_everything(entry: str, key: str, tmp_path: Path) -> None:
    """Whoever writes a key and nothing behind it has forgotten something; each is told at once."""
    file = tmp_path / "m.yml"
    file.write_text(f"- notebook: membership\n- {entry}\n- {entry}\n")
    with pytest.raises(ParameterError) as error:
        sweeps.matrix(file)
    told = [(f.where, f.found, f.next_step) for f in error.value.faults]
    step = "Leave the key out for its default."
    assert told == [(f"matrix {file}, entry {n}, {key}", "nothing", step) for n in (2, 3)]


@pytest.mark.parametrize("entry", ["{}", "", "~", "null"])
def test_an_entry_of_a_matrix_that_names_nothing_is_refused(entry: str, tmp_path: Path) -> None:
    """It would mean every report there is."""
    file = tmp_path / "m.yml"
    file.write_text(f"- {entry}\n- notebook: membership\n")
    with pytest.raises(ParameterError, match="entry 1: found nothing"):
        sweeps.matrix(file)


def test_an_empty_text_is_a_parameter_like_any_other(tmp_path: Path) -> None:
    """And a word that YAML knows is that word."""
    file = tmp_path / "m.json"
    file.write_text('[{"notebook": "own.ipynb", "parameters": {"a": "", "b": null, "c": true}}]')
    assert sweeps.matrix(file)[0].extra == (("a", ""), ("b", "null"), ("c", "true"))


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML has no loader in C here")
def test_a_good_matrix_never_meets_the_slow_loader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty entries are read by the loader in C, and every value is text all the same."""
    monkeypatch.delattr(yaml, "BaseLoader")
    file = tmp_path / "m.yml"
    file.write_text("reports:\n" + "  - {region: 0x40, period: 2012, language: no}\n" * 40)
    found = sweeps.matrix(file)
    assert len(found) == 40
    assert (found[0].region, found[0].language) == (["0x40"], ["no"])


@pytest.mark.parametrize("text", ["reports: [", "a: b: c", "- a\n b: c\n- &x", "\0", "[" * 5000])
def test_a_fault_has_the_same_words_with_and_without_the_loader_in_c(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever PyYAML was built with, a slip is told in the same words, with its line."""
    file = tmp_path / "m.yml"
    file.write_text(text)
    told = []
    for _ in range(2):
        with pytest.raises(ParameterError) as error:
            sweeps.matrix(file)
        told.append(str(error.value))
        monkeypatch.delattr(yaml, "CBaseLoader", raising=False)
    assert told[0] == told[1]


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
    """Return a user's own notebook."""
    cell = "import beside\nopen('numbers.csv')"
    return write(tmp_path / "own.ipynb", cell, parameters='n: int = 1\nlanguage: str = "id"')


def ingredients(path: Path, data: Path | None = None, n: str = "1") -> dict[str, str]:
    """Return the ingredients of a user's notebook as they are now."""
    [report] = make(Request([str(path)], language=["id"], extra=(("n", n),)), DOMAIN)
    return Keys(data or resources.data_path()).ingredients(report, None)


def test_the_same_ingredients_give_the_same_key(own: Path) -> None:
    """Reading everything again changes nothing."""
    assert keys.key(ingredients(own)) == keys.key(ingredients(own))


def test_each_ingredient_is_named_when_it_changes(own: Path, tmp_path: Path) -> None:
    """Code, prose, parameter, neighbour and table: a change of each is said by its name."""
    data = Path(shutil.copytree(resources.data_path(), tmp_path / "data"))
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
    (tmp_path / "numbers.csv").write_text("1")
    (tmp_path / "unread.csv").write_text("1")
    assert told() == [
        "beside the notebook/beside.py is new",
        "beside the notebook/numbers.csv is new",
    ]
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


def test_a_page_waits_for_a_translation_that_was_never_published(tmp_path: Path) -> None:
    """Planned with a translation that may fail again, a page without link is not made in vain."""
    folder = Folder(tmp_path)
    indonesian, english = steps(folder, "id", "en")
    assert indonesian.job.translation == english.name
    published(folder, indonesian, None)
    indonesian, english = steps(folder, "id", "en")
    assert indonesian.unchanged
    assert indonesian.waits
    assert english.reasons == (decide.NEVER,)
