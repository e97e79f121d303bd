"""The examples of README.md and of docs/ run, and the words they name are there."""

from __future__ import annotations

import ast
import doctest
import inspect
import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import matplotlib.pyplot as plt
import pytest
from workbench import called, write

from kumkm_analysis import Report, cli, open_report
from kumkm_analysis.metrics import formulas
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.report.programme import Programme

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "notebooks.md").read_text("utf-8")
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
}
# By tests of their own, which take back what is written; on clusters by those of the schedule.
RUN_ELSEWHERE = {"README.md", "docs/exploring.md", "docs/notebooks.md", "docs/scaling.md"}


class Blanks(doctest.OutputChecker):
    """Compares what is shown; a no-break blank looks like another."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Return whether it is what was to come out."""
        return super().check_output(want, got.replace("\N{NO-BREAK SPACE}", " "), optionflags)


SHELL = re.compile(r"^```(?:sh|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
ROWS = re.findall(r"^\| (.+?) \|", GUIDE, re.MULTILINE)
TOLD = [pair for row in ROWS for pair in re.findall(r"`(\w+)\(([^`)]*)\)`", row)]


@pytest.mark.usefixtures("at_hand")
def test_the_notebook_of_the_guide_is_published_in_both_languages(tmp_path: Path) -> None:
    """Its cells, as they stand there, make a page whose sentence has the printed figure."""
    parameters, cells = PYTHON.findall(GUIDE)
    path = write(tmp_path / "mine.ipynb", cells, parameters=parameters)
    done = called("run", path, "--language", "id,en", "--output", tmp_path / "out")
    assert done.exit_code == 0, done.stdout + done.stderr
    for language, said in (("id", "beranggota"), ("en", "are printed as having")):
        name = f"mine-64-2012.{language}"
        home = tmp_path / "out" / name
        results = json.loads((home / "results.json").read_text("utf-8"))
        [figure] = [f for f in results["figures"] if f["id"] == "f1"]
        assert figure["name"] == "members"
        page = (home / f"{name}.html").read_text("utf-8")
        assert said in page
        assert figure["text"] in page


def test_the_guide_names_every_word_of_a_report_and_no_other() -> None:
    """What a new method does is told there; what is gone is not."""
    told = [name for name, _ in TOLD]
    there = [
        name
        for kind in (Report, Programme)
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if name[0] != "_"
    ]
    assert sorted(told) == sorted(there)


@pytest.mark.parametrize(("name", "given"), TOLD)
def test_the_guide_gives_a_word_the_arguments_that_it_takes(name: str, given: str) -> None:
    """In their order, without those that have to be left out."""
    owner = Report if hasattr(Report, name) else Programme
    _, *taken = inspect.signature(getattr(owner, name)).parameters
    assert [part.strip("* ") for part in given.split(",") if part] == taken


@pytest.mark.parametrize("placeholder", re.findall(r"`(\{.+?\})`", GUIDE))
def test_a_sentence_takes_every_placeholder_of_the_guide(placeholder: str) -> None:
    """None is refused, and none is left standing."""
    report = open_report()
    own = report.figure("members")
    assert isinstance(own, Figure)
    texts = dict.fromkeys(("id", "en"), placeholder.replace("\\", ""))
    said = report.fill(texts, {"own": own, "n": report.count("texts", [own])}, plain=True)
    assert said
    assert "{" not in said


def test_the_library_does_what_the_readme_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line runs, and what stands behind one as its value is its value."""
    [example] = PYTHON.findall((ROOT / "README.md").read_text("utf-8"))
    names: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path)
    kept = dict(formulas.METRICS)
    plt.switch_backend("agg")
    exec(compile(example, "README.md", "exec"), names)
    plt.close("all")
    shown = re.findall(r"^ *([^#\n]+?)  # ('[^']*'|True)", example, re.MULTILINE)
    assert len(shown) == 9
    for expression, value in shown:
        found = eval(expression, names)
        plain = found.replace("\N{NO-BREAK SPACE}", " ") if isinstance(found, str) else found
        assert plain == ast.literal_eval(value)
    for own in formulas.METRICS.keys() - kept.keys():
        del formulas.METRICS[own]
    assert [path.name for path in tmp_path.glob("kaltim.csv")] == ["kaltim.csv"]


@pytest.mark.parametrize(
    "page",
    [name for name, text in PAGES.items() if PYTHON.search(text) if name not in RUN_ELSEWHERE],
)
def test_the_python_of_a_page_runs(page: str) -> None:
    """Its blocks one after the other; what they show behind ``>>>`` is what comes out."""
    names: dict[str, Any] = {}
    runner = doctest.DocTestRunner(Blanks(), False, doctest.NORMALIZE_WHITESPACE)
    for block in PYTHON.findall(PAGES[page]):
        if ">>>" in block:
            example = doctest.DocTestParser().get_doctest(block, names, page, page, 0)
            runner.run(example, clear_globs=False)
            names.update(example.globs)
        else:
            exec(compile(block, page, "exec"), names)
    assert runner.summarize(verbose=False).failed == 0


def commands(block: str) -> list[list[str]]:
    """Return the commands of a block as words; where it has a prompt, the rest is output."""
    lines = block.replace("\\\n", " ").splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    return [
        shlex.split(part, comments=True)
        for line in lines
        for part in re.split(r"&&|;", line.partition(" # ")[0])
    ]


COMMANDS = [
    pytest.param(words, id=f"{page}: {' '.join(words)}"[:80])
    for page, text in PAGES.items()
    for block in SHELL.findall(text)
    for words in commands(block)
    if words and words[0].split("/")[-1] in ("kumkm", "make")
]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_of_a_page_can_be_given(words: list[str]) -> None:
    """Every option of it is known and takes what stands there; a target of make is one."""
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text("utf-8")
        targets = [word for word in words[1:] if "=" not in word]
        assert [t for t in targets if f"\n{t}:" not in makefile] == []
        return
    command = cli.main.get_command(click.Context(cli.main), words[1])
    assert command is not None, words
    with command.make_context(words[1], list(words[2:])) as context:
        assert context.params


@pytest.mark.parametrize(
    "block",
    [
        block
        for text in PAGES.values()
        for block in SHELL.findall(text)
        if "Nothing was run" in block and len(commands(block)) == 1
    ],
)
def test_a_refusal_that_is_shown_is_what_the_command_says(block: str) -> None:
    """Word by word."""
    [words] = commands(block)
    done = called(*words[1:])
    assert done.exit_code == 2
    assert (done.stdout + done.stderr).strip() == block.partition("\n")[2].strip()
