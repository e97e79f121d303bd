"""The same bytes again, from what provenance names; and a figure's descent as text."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import kumkm
from workbench import called, write

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.report import lineage
from kumkm_analysis.runner import provenance

NAME = "capital_structure-64-2012-coherent.en"
PROVENANCE = (
    b'{"key": "x", "ingredients": {"notebook": "n", "language": "en", "parameters": "%s"}, '
    b'"files": {"%s": {"bytes": 1, "sha256": "0"}}}'
)
# Two machines as different as can be set; the reports of the fixture are made on a third.
MACHINES = {
    "1": {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "0"},
    "8": {
        "TZ": "Asia/Makassar", "LANG": "id_ID.UTF-8", "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "1000000000",
    },
}  # fmt: skip


@pytest.fixture
def copy(reports: Path, tmp_path: Path) -> Path:
    """Return a copy of one published report that a test may alter."""
    return Path(shutil.copytree(reports / NAME, tmp_path / "reports" / NAME))


@pytest.mark.parametrize("jobs", MACHINES)
def test_other_places_times_and_languages_give_the_same_bytes(
    jobs: str, reports: Path, tmp_path: Path
) -> None:
    """Another folder, time zone, locale, hash seed, date and number of jobs change nothing.

    Nor do the settings of matplotlib that a user has for everything she draws.
    """
    folder = tmp_path / "another place" / "deep"
    settings = tmp_path / "matplotlibrc"
    settings.write_text("axes.xmargin: 0.3\nlines.linewidth: 5\n")
    wanted = ("capital_structure", "evidence", "--output", folder, "--jobs", jobs)
    done = kumkm("run", *wanted, **MACHINES[jobs], MATPLOTLIBRC=str(settings))
    assert done.returncode == 0, done.stderr
    compared = 0
    for home in folder.glob("*-coherent.*"):
        published = {file.name for file in (reports / home.name).iterdir()}
        assert {file.name for file in home.iterdir()} == published
        for file in home.iterdir():
            assert file.read_bytes() == (reports / home.name / file.name).read_bytes(), file.name
            compared += 1
    # Of each the page, results.json, a table in either way of writing, provenance and crate.
    assert compared == 4 * 6


def test_a_published_report_verifies(reports: Path) -> None:
    """Made again it is identical; exit code 0."""
    done = kumkm("verify", reports / NAME)
    assert (done.returncode, done.stdout) == (0, f"identical  {NAME}\n")


@pytest.mark.usefixtures("at_hand")
def test_an_altered_report_does_not_verify(copy: Path) -> None:
    """A digit changed by hand is told by figure first, then by file; exit code 1."""
    file = copy / "results.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    figure = next(f for f in content["figures"] if f["name"] == "own_capital")
    figure.update(value="1", low="1", high="1", text="Rp1")
    file.write_text(json.dumps(content), encoding="utf-8")
    done = called("verify", copy)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0] == f"differs    {NAME}"
    assert lines[1].startswith("  moved    own_capital 64 2012: Rp1 to Rp2.143")
    assert "  altered since it was published: results.json" in lines
    assert not any("ingredient" in line for line in lines)


@pytest.mark.usefixtures("at_hand")
def test_what_cannot_be_made_again_keeps_no_other_report_from_it(
    copy: Path, tmp_path: Path
) -> None:
    """Own notebooks without their path, or with that of another, and a page without provenance.

    Each gets its verdict with what to do; a notebook that is named is that of its reports only.
    """
    folder = copy.parent
    mine, other = (
        write(tmp_path / f"{name}.ipynb", "print(n)", parameters=f"{named} = 1\nn = 2")
        for name, named in (("mine", "top"), ("other", "low"))
    )
    for path, named in ((mine, "top"), (other, "low")):
        assert called("run", path, "-p", named, "5", "--output", folder).exit_code == 0
    shutil.copytree(copy, folder / "bare")
    (folder / "bare" / f"{NAME}.html").rename(folder / "bare" / "bare.html")
    (folder / "bare" / "provenance.json").unlink()
    my_report, other_report = (
        next(p.name for p in folder.glob(f"{path.stem}*")) for path in (mine, other)
    )

    done = called("verify", folder)
    assert done.exit_code == 1, done.stderr
    verdicts = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    failed = [f"failed     {name}" for name in ("bare", my_report, other_report)]
    assert sorted(verdicts) == sorted([f"identical  {NAME}", *failed])
    assert "report bare: found no provenance.json that can be read" in done.stdout
    assert f"report {my_report}: found a notebook of your own, mine" in done.stdout
    assert done.stdout.count("with --notebook") == 2

    done = called("verify", folder, "--notebook", mine)
    assert done.exit_code == 1, done.stderr
    verdicts = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert f"identical  {my_report}" in verdicts
    assert f"identical  {NAME}" in verdicts
    assert f"report {other_report}: found another notebook, {mine}; expected" in done.stdout

    shutil.rmtree(folder / "bare")
    shutil.rmtree(folder / other_report)
    done = called("verify", folder, "--notebook", mine)
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [[], ["--notebook", "none.ipynb"], ["--notebook", "evidence"]])
@pytest.mark.usefixtures("at_hand")
def test_a_report_of_one_s_own_that_lacks_its_notebook_is_a_bad_request(
    words: list[str], tmp_path: Path
) -> None:
    """Asked for alone it is no verdict, but says what is missing."""
    path = write(tmp_path / "own.ipynb", "1")
    assert called("run", path, "--output", tmp_path / "out").exit_code == 0
    done = called("verify", tmp_path / "out" / "own", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "notebook" in done.stderr


def test_what_cannot_be_verified_is_a_message(copy: Path) -> None:
    """No provenance, or no report: exit code 2 and a next step, no traceback."""
    (copy / "provenance.json").unlink()
    for given, said in ((copy, "no provenance.json"), ("nothing", "no report 'nothing'")):
        done = called("verify", given)
        assert done.exit_code == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00", b"[]", b'{"key": "x", "ingredients": {}, "files": {}}',
        b'{"key": "x", "ingredients": [1], "files": ["a"]}', PROVENANCE % (b"[", b"a"),
        PROVENANCE.replace(b'"notebook"', b'"notbook"') % (b"{}", b"a"),
        PROVENANCE % (b"7", b"a"),
    ],
)  # fmt: skip
def test_damaged_provenance_is_none(tmp_path: Path, content: bytes) -> None:
    """It can neither be verified nor taken for that of an unchanged report."""
    (tmp_path / "provenance.json").write_bytes(content)
    assert provenance.read(tmp_path) is None


def test_whole_provenance_is_read(tmp_path: Path) -> None:
    """What the damaged ones are made from is good by itself."""
    (tmp_path / "provenance.json").write_bytes(PROVENANCE % (b"{}", b"page.html"))
    assert provenance.read(tmp_path) is not None


def test_a_report_with_damaged_provenance_is_told_and_would_be_made_again(copy: Path) -> None:
    """To verify is to hear what is wrong with it; for the plan it was never made."""
    (copy / "provenance.json").write_bytes(b"{")
    done = called("verify", copy)
    assert done.exit_code == 2, done.stderr
    assert f"report {NAME}: found no provenance.json that can be read" in done.stderr
    plan = called("plan", "capital_structure", "--language", "en", "--output", copy.parent)
    assert plan.exit_code == 0, plan.stderr
    assert plan.stdout.splitlines()[0] == f"{NAME}  run: never made"


@pytest.mark.usefixtures("at_hand")
def test_damaged_results_are_told_as_altered_and_not_by_figures(copy: Path) -> None:
    """What is no results has no figures that could be compared; showing one is refused."""
    (copy / "results.json").write_bytes(b'{"figures": [')
    done = called("verify", copy)
    assert done.exit_code == 1, done.stderr
    assert done.stdout.splitlines() == [
        f"differs    {NAME}",
        "  altered since it was published: results.json",
        "  other bytes: results.json",
    ]
    shown = called("show", f"{copy}#f1")
    assert shown.exit_code == 2
    assert "a damaged results.json" in shown.stderr


def test_a_figure_shows_its_descent(reports: Path, data: Dataset) -> None:
    """From the share on the page to formula, printed words, source, paragraph and address."""
    done = called("show", f"{reports / NAME}#own_capital_share")
    assert done.exit_code == 0, done.stderr
    for said in (
        "77.5 per cent", "[77.4948", data.metrics["own_capital_share"].formula, "“Rp2,143 triliun”",
        "Kalimantan News", "paragraph 11", "https://",
    ):  # fmt: skip
        assert said in done.stdout.replace("\N{NO-BREAK SPACE}", " ")
    by_id = called("show", f"{NAME}#f1", "--output", reports)
    assert by_id.stdout.startswith("f1  Rp2.143")


def without(*path: str) -> Callable[[Any], None]:
    """Return what takes an entry out of results."""

    def change(results: Any) -> None:
        *places, last = path
        for place in places:
            results = results[place]
        del results[last]

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (without("data"), "does not say which data it was made from"),
        (without("data", "sha256"), "does not say which data it was made from"),
        (without("data", "version"), "own_capital “Rp2,143 triliun”"),
        (without("parameters"), "East Kalimantan"),
        (without("parameters", "language"), "East Kalimantan"),
        (lambda r: r["parameters"].update(language=["id"]), "East Kalimantan"),
        (lambda r: r["figures"][0].update(region="99"), "99 (no region of the data at hand)"),
        (lambda r: r["figures"][0].update(period="2012-xx"), "2012-xx"),
        (lambda r: r["figures"][0].update(period="2012-13"), "2012-13"),
        (lambda r: r["figures"][0].update(region="", period=""), "own_capital “Rp2,143 triliun”"),
    ],
)
def test_of_an_older_page_what_is_there_is_shown(
    change: Callable[[Any], None], told: str, copy: Path, data: Dataset
) -> None:
    """Entries that it lacks, and regions that the data at hand do not know, are no obstacle."""
    results = json.loads((copy / "results.json").read_text(encoding="utf-8"))
    change(results)
    found = "\n".join(lineage.lines(results, "f1", data))
    assert told in found
    assert "“Rp2,143 triliun”" in found


def test_results_without_figures_are_a_message(copy: Path) -> None:
    """It says what they lack, and does not say that there are none."""
    (copy / "results.json").write_text('{"title": "Capital"}', encoding="utf-8")
    done = called("show", f"{copy}#f1")
    assert done.exit_code == 2
    assert f"report {NAME}: found no figures in results.json" in done.stderr


@pytest.mark.usefixtures("at_hand")
def test_the_output_folder_that_is_named_goes_before_the_one_here(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare name is then that of a report in there; ./name is always the folder here."""
    here = Path(shutil.copytree(copy, tmp_path / "here" / NAME))
    monkeypatch.chdir(here.parent)
    text = (copy / "results.json").read_text(encoding="utf-8").replace("Rp2.143", "Rp9.999")
    (here / "results.json").write_text(text, encoding="utf-8")
    (here / "provenance.json").unlink()

    assert "Rp2.143" in called("show", f"{NAME}#f1", "--output", copy.parent).stdout
    assert "Rp9.999" in called("show", f"./{NAME}#f1", "--output", copy.parent).stdout
    assert "Rp9.999" in called("show", f"{NAME}#f1").stdout
    assert called("verify", NAME, "--output", copy.parent).stdout == f"identical  {NAME}\n"

    lacking = called("show", f"{NAME}#f1", "--output", tmp_path / "empty")
    assert lacking.exit_code == 2
    assert f"Write ./{NAME} for the folder of that name where you are." in lacking.stderr


def test_a_figure_that_is_not_there_is_a_message(reports: Path) -> None:
    """With the nearest name, or how a figure is named."""
    wrong = called("show", f"{reports / NAME}#own_capitl")
    assert wrong.exit_code == 2
    assert "Did you mean own_capital?" in wrong.stderr
    assert called("show", "f1").exit_code == 2
