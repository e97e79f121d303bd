"""Tests of the dictionary page: it says what the descriptor says, and notices when it does not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kumkm_analysis.dataset import dictionary
from kumkm_analysis.dataset.files import DESCRIPTOR
from kumkm_analysis.errors import DataError

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the descriptor and its page that a test may change."""
    for name in (DESCRIPTOR, dictionary.PAGE):
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path


def test_the_page_in_the_package_is_up_to_date() -> None:
    """data/README.md is what the descriptor gives."""
    assert dictionary.render(dictionary.read(DATA)) == (DATA / "README.md").read_text("utf-8")
    dictionary.check(DATA)


def test_the_page_names_every_table_column_and_code() -> None:
    """Nothing of the descriptor is missing from the page, in either language."""
    descriptor = dictionary.read(DATA)
    page = dictionary.render(descriptor).replace("\\|", "|")
    for resource in descriptor["resources"]:
        section = page.split(f"\n## {resource['name']}\n")[1].split("\n## ")[0]
        assert resource["description_id"] in section
        for field in resource["schema"]["fields"]:
            line = next(
                line for line in section.splitlines() if line.startswith(f"| `{field['name']}` |")
            )
            assert field["title_id"] in line
            assert field["description"] in line
            assert field.get("constraints", {}).get("pattern", "") in line
            for code, titles in field.get("codes", {}).items():
                assert f"| `{code}` | {titles['title_en']} | {titles['title_id']} |" in section
        for key in resource["schema"].get("foreignKeys", []):
            other = key["reference"].get("resource", resource["name"])
            target = f"{other}.{key['reference']['fields'][0]}"
            assert f"- `{resource['name']}.{key['fields'][0]}` → `{target}`" in page


def test_the_tables_of_the_page_have_the_same_cells_in_every_row() -> None:
    """A bar inside a cell does not break a table."""
    width = 0
    for line in dictionary.render(dictionary.read(DATA)).splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.replace("\\|", "").count("|")
        width = width or cells
        assert cells == width, line


def test_a_changed_descriptor_makes_the_page_stale(folder: Path) -> None:
    """The check names the line that differs and the command that mends it."""
    file = folder / DESCRIPTOR
    descriptor = json.loads(file.read_text("utf-8"))
    descriptor["resources"][0]["schema"]["fields"][1]["title_id"] = "jenis teks"
    file.write_text(json.dumps(descriptor), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        dictionary.check(folder)
    fault = caught.value.faults[0]
    line = next(
        n for n, text in enumerate((folder / "README.md").read_text("utf-8").splitlines(), 1)
        if text.startswith("| `kind` |")
    )  # fmt: skip
    assert fault.where.endswith(f"README.md, line {line}")
    assert dictionary.COMMAND in fault.next_step
    dictionary.write(folder)
    dictionary.check(folder)


@pytest.mark.parametrize("ending", ["", "one line more\n", "\n\n"])
def test_a_page_that_was_cut_or_prolonged_is_stale(folder: Path, ending: str) -> None:
    """A missing last line or an added one is noticed."""
    page = folder / dictionary.PAGE
    text = page.read_text("utf-8")
    page.write_text(text + ending if ending else text[:-1], encoding="utf-8")
    with pytest.raises(DataError):
        dictionary.check(folder)


def test_the_command_tells_by_its_exit_code_whether_the_page_is_current(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 and silence when current, 1 and a sentence when not, and writing mends it."""
    assert dictionary.main(["--check", "--data", str(folder)]) == 0
    assert capsys.readouterr() == ("", "")
    (folder / dictionary.PAGE).unlink()
    assert dictionary.main(["--check", "--data", str(folder)]) == 1
    assert "README.md: found no such file" in capsys.readouterr().err
    assert dictionary.main(["--data", str(folder)]) == 0
    assert dictionary.main(["--check", "--data", str(folder)]) == 0


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, f"no {DESCRIPTOR}"),
        (b"{", "Expecting property name"),
        (b"\xff", "not UTF-8"),
        (b"[]", "no list of resources"),
        (b"{}", "no list of resources"),
        (b'{"resources": [{"name": "a"}]}', "no 'version'"),
    ],
)
def test_a_broken_descriptor_ends_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, found: str
) -> None:
    """Whatever stands in the descriptor, the user gets a message and never a traceback."""
    if content is not None:
        (tmp_path / DESCRIPTOR).write_bytes(content)
    assert dictionary.main(["--data", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert found in message
    assert "Traceback" not in message


def test_the_module_runs_as_a_command() -> None:
    """``python -m kumkm_analysis.dataset.dictionary --check`` passes on the package as it is."""
    command = [
        sys.executable,
        "-m",
        "kumkm_analysis.dataset.dictionary",
        "--check",
        "--data",
        str(DATA),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=DATA.parent)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
