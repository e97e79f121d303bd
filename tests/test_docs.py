"""Everything that a user can name stands on a page, and the site is whole and needs no other."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import click
import pytest

import kumkm_analysis
from kumkm_analysis import cli

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
DESCRIPTOR = json.loads((ROOT / "data" / "datapackage.json").read_text("utf-8"))
LACKING = "the documentation cannot be made here; make docs installs what it takes"
SETTING = re.compile(r"\bKUMKM_[A-Z_]*[A-Z]\b")


def every_option(command: click.Command, name: str) -> list[tuple[str, str]]:
    """Return every option of a command and of those below it, each with its command."""
    own = [(name, text) for one in command.params for text in one.opts if text.startswith("-")]
    return own + [o for w, one in below(command).items() for o in every_option(one, f"{name}-{w}")]


def below(command: click.Command) -> dict[str, click.Command]:
    """Return the commands of a group, also those that are imported when they are meant."""
    if not isinstance(command, click.Group):
        return {}
    context = click.Context(command)
    found = {word: command.get_command(context, word) for word in command.list_commands(context)}
    return {word: one for word, one in found.items() if one is not None}


def test_every_public_name_is_in_the_reference_with_what_it_says_of_itself() -> None:
    """The page is made from ``__all__``; a name without a docstring would be an empty entry."""
    page = runpy.run_path(str(DOCS / "conf.py"))["public"]()
    for name in kumkm_analysis.__all__:
        assert f"## {name}\n" in page
        assert inspect.getdoc(getattr(kumkm_analysis, name)), name


def test_every_metric_is_told_with_formula_unit_and_source() -> None:
    """As the data have them."""
    page = runpy.run_path(str(DOCS / "conf.py"))["metrics"]()
    known = kumkm_analysis.load().metrics
    assert known
    for metric in known.values():
        for text in (metric.metric_id, metric.definition_en, metric.formula, metric.source):
            assert text in page, metric.metric_id


def test_every_setting_is_on_a_page() -> None:
    """A variable that the library or its tests ask for is told of."""
    code = [*(ROOT / "kumkm_analysis").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    asked = {name for path in code for name in SETTING.findall(path.read_text("utf-8"))}
    told = {*SETTING.findall((DOCS / "settings.md").read_text("utf-8"))}
    assert "KUMKM_DATA" in asked
    assert {name for name in asked if name != "KUMKM_REQUIRE"} - told == set()


@pytest.mark.parametrize("table", DESCRIPTOR["resources"], ids=lambda one: str(one["name"]))
def test_every_column_is_in_the_dictionary(table: dict[str, object]) -> None:
    """Under its table."""
    text = (ROOT / "data" / "README.md").read_text("utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    [section] = [one for one in sections if f'<a id="{table["name"]}"' in one or
                 re.match(rf"{table['name']}\b", one)]  # fmt: skip
    names = [column["name"] for column in table["schema"]["fields"]]  # type: ignore[index]
    assert [name for name in names if f"`{name}`" not in section] == []


def test_every_option_says_what_it_does() -> None:
    """The page on the command line is made from these words."""
    for name, command in below(cli.main).items():
        assert command.help, name
        options = [one for one in command.params if isinstance(one, click.Option)]
        assert [one.name for one in options if not one.help] == [], name


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site, made strictly."""
    if importlib.util.find_spec("sphinx_click") is None:
        if os.environ.get("KUMKM_REQUIRE_DOCS") == "1":
            pytest.fail(LACKING)
        pytest.skip(LACKING)
    folder = tmp_path_factory.mktemp("site")
    words = ["-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs", "-d", f"{folder}/trees"]
    done = subprocess.run(
        [sys.executable, *words, ".", f"{folder}/html"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_the_site_has_every_document_name_and_option_and_needs_no_other(site: Path) -> None:
    """Each under an address of its own; it can be read without a network, from a folder."""
    for document in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "data" / "README.md"):
        assert (site / document.relative_to(ROOT)).with_suffix(".html").is_file(), document
    reference = (site / "docs" / "api.html").read_text("utf-8")
    for name in kumkm_analysis.__all__:
        assert f'id="{name.lower().replace("_", "-")}"' in reference, name
    commands = (site / "docs" / "cli.html").read_text("utf-8")
    for command, option in every_option(cli.main, "kumkm"):
        assert f'id="cmdoption-{command}-{option.lstrip("-")}"' in commands, option
    loading = re.compile(r'<(?:script|link|img|iframe)\b[^>]*(?:src|href)="(?:[a-z]+:)?//')
    pages = [*site.rglob("*.html")]
    assert len(pages) > 20
    for page in pages:
        assert loading.search(page.read_text("utf-8")) is None, page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//|@import", sheet.read_text("utf-8")), sheet
