"""What is new against an earlier package, and nothing else, is told."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from kumkm_analysis.cli import main

WRONG = "64.own_capital.2012.office,office,64,own_capital,,2012,stated,outcome,U,Rp9 triliun,id,"
WRONG += "rounded,,9000000000000,IDR,paragraph 1,\n"


def check(package: Path, *words: object) -> tuple[int, str]:
    """Return what ``kumkm check`` ends with and says."""
    done = CliRunner().invoke(main, ["check", "--data", str(package), *map(str, words)])
    return done.exit_code, done.output


def contradict(package: Path) -> None:
    """Let an office print another figure."""
    table = package / "observations.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join([lines[0], *sorted([*lines[1:], WRONG])]), encoding="utf-8")


def test_only_what_a_row_brought_is_told(tiny: Path, tmp_path: Path) -> None:
    """Against a copy of before: the new contradiction; against itself: nothing."""
    shutil.copytree(tiny, tmp_path / "before")
    contradict(tiny)
    code, said = check(tiny, "--since", tmp_path / "before", "--strict")
    assert code == 1
    assert "New: contradiction" in said
    assert check(tiny, "--since", tiny) == (0, "findings: 0 new, 0 changed, 0 gone.\n")
    code, said = check(tmp_path / "before", "--since", tiny)
    assert "No longer: contradiction" in said


def test_a_revision_of_git_may_be_named(tiny: Path) -> None:
    """The package is taken from the revision, whichever folder of the repository it is in."""
    root = tiny.parent
    for words in (
        ["init", "-q"], ["add", tiny.name],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x"],
    ):  # fmt: skip
        subprocess.run(["git", "-C", str(root), *words], check=True)
    contradict(tiny)
    code, said = check(tiny, "--since", "HEAD", "--json")
    assert code == 0
    (new,) = json.loads(said)["new"]
    assert new["kind"] == "conflict"


def test_new_faults_are_told_and_old_ones_are_not(tiny: Path, tmp_path: Path) -> None:
    """A fault that moved to another row is no new one."""
    terms = tiny / "terms.csv"
    terms.write_text(terms.read_text(encoding="utf-8") + "odd,,x,x,x,x,x\n", encoding="utf-8")
    shutil.copytree(tiny, tmp_path / "before")
    header, rest = terms.read_text(encoding="utf-8").split("\n", 1)
    terms.write_text(f"{header}\nnew,x,,x,x,x,x\n{rest}", encoding="utf-8")
    code, said = check(tiny, "--since", tmp_path / "before")
    assert code == 1
    assert "column title_en" in said
    assert "column title_id" not in said


@pytest.mark.parametrize("given", ["nothing", "--output", "/"])
def test_what_is_neither_revision_nor_package_is_refused(tiny: Path, given: str) -> None:
    """With what it should have been."""
    code, said = check(tiny, f"--since={given}")
    assert code == 2
    assert "--since" in said
