"""Names of pages: readable on every system, and never one in another's place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from workbench import AtOnce, called, write

from kumkm_analysis.runner import engines


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pages made at once."""
    monkeypatch.setattr(engines, "LocalEngine", AtOnce)


def pages(out: Path) -> list[str]:
    """Return the names of the pages in a folder."""
    return sorted(page.stem for page in out.glob("*/*.html"))


def notebook(path: Path) -> Path:
    """Write a notebook, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(path, "1")


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("two words", "two_words"),
        ("größe", "grosse"),
        ("анализ", "analiz"),
        ("отчёт 2012", "otchet_2012"),
        ("Laporan “akhir” (2)", "Laporan_akhir_2_"),
        ("e\u0301te\u0301", "ete"),
        ("日本", "RiBen"),
    ],
)
def test_a_name_is_written_in_letters_that_every_system_has(
    name: str, page: str, tmp_path: Path
) -> None:
    """Blanks and letters outside ASCII are written as one would read them."""
    done = called("run", notebook(tmp_path / f"{name}.ipynb"), "--output", tmp_path / "out")
    assert (done.exit_code, done.stderr) == (0, "")
    assert pages(tmp_path / "out") == [page]


def test_two_notebooks_run_one_after_the_other_have_two_pages(tmp_path: Path) -> None:
    """Of which neither is in the other's place."""
    for name in ("анализ", "отчёт", "план"):
        called("run", notebook(tmp_path / f"{name}.ipynb"), "--output", tmp_path / "out")
    assert pages(tmp_path / "out") == ["analiz", "otchet", "plan"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("a/report", "b/report"), ("план", "plan"), ("my notes", "my_notes")],
)
def test_the_page_of_another_notebook_is_never_replaced(
    first: str, second: str, tmp_path: Path
) -> None:
    """It is told whose page it is and what to do, by plan as by run; another folder takes it."""
    one, other = notebook(tmp_path / f"{first}.ipynb"), notebook(tmp_path / f"{second}.ipynb")
    out = tmp_path / "out"
    assert called("run", one, "--output", out).exit_code == 0
    [before] = [page.stat().st_ino for page in out.glob("*/*.html")]
    for command in ("run", "plan"):
        done = called(command, other, "--output", out)
        assert done.exit_code == 2
        assert f".html of {one}; expected no page, or that of {other}" in done.stderr
        assert "choose another --output" in done.stderr
    assert [page.stat().st_ino for page in out.glob("*/*.html")] == [before]
    assert "1 unchanged" in called("run", one, "--output", out).stdout
    assert called("run", other, "--output", tmp_path / "elsewhere").exit_code == 0


def test_a_notebook_that_was_moved_keeps_its_page(tmp_path: Path) -> None:
    """Where the one that made it is gone there is nothing to confuse; nor by another way to it."""
    old, out = notebook(tmp_path / "old" / "report.ipynb"), tmp_path / "out"
    called("run", old, "--output", out)
    (tmp_path / "way").symlink_to(old.parent)
    assert called("run", tmp_path / "way" / "report.ipynb", "--output", out).exit_code == 0
    (tmp_path / "new").mkdir()
    shutil.move(old, tmp_path / "new" / "report.ipynb")
    assert called("run", tmp_path / "new" / "report.ipynb", "--output", out).exit_code == 0


def test_two_links_to_one_notebook_are_two(tmp_path: Path) -> None:
    """Each runs where it lies, and may read other files there: one page cannot be both."""
    target = notebook(tmp_path / "target" / "report.ipynb")
    links = [tmp_path / name / "report.ipynb" for name in ("north", "south")]
    for link in links:
        link.parent.mkdir()
        link.symlink_to(target)
    done = called("run", *links, "--output", tmp_path / "out")
    assert done.exit_code == 2
    assert f"{links[0]} and {links[1]}" in done.stderr
    assert called("run", links[0], links[0], "--output", tmp_path / "out").exit_code == 0
    assert called("run", links[1], "--output", tmp_path / "out").exit_code == 2
