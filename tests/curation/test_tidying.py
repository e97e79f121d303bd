"""What a spreadsheet did to a package is undone and told; what cannot be told is refused."""

from __future__ import annotations

import csv
import io
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

from kumkm_analysis.cli import main
from kumkm_analysis.curation.tidying import tidy
from kumkm_analysis.dataset import validate
from kumkm_analysis.errors import ParameterError

TABLE = "observations.csv"


def damaged(text: str, sign: str, end: str, mark: str, tail: str) -> bytes:
    """Return a table as a spreadsheet may save it."""
    out = io.StringIO()
    rows = [[*row, *tail] for row in csv.reader(io.StringIO(text))]
    csv.writer(out, delimiter=sign, lineterminator=end).writerows(
        [*rows, *([[""] * 3] * len(tail))]
    )
    return (mark + out.getvalue()).encode()


@pytest.mark.parametrize(
    ("sign", "end", "mark", "tail"),
    [*product((",", ";", "\t"), ("\n", "\r\n"), ("", "\ufeff"), ("", "  "))][1:],
)
def test_what_a_spreadsheet_did_is_undone_to_the_byte(
    tiny: Path, sign: str, end: str, mark: str, tail: str
) -> None:
    """Separators, ends of lines, a byte order mark, empty cells and rows at the end."""
    table = tiny / TABLE
    good = table.read_bytes()
    table.write_bytes(damaged(good.decode(), sign, end, mark, tail))
    (changed,) = [one for one in tidy(tiny) if one.changes]
    assert changed.name == TABLE
    assert table.read_bytes() == good
    assert validate.check(tiny) == []


def test_a_tidy_package_is_left_as_it_is(tiny: Path) -> None:
    """Nothing is changed twice, nor where nothing is wrong."""
    assert [one.changes for one in tidy(tiny)] == [[] for _ in tidy(tiny)]


def test_decimal_commas_are_mended_in_numbers_only(tiny: Path) -> None:
    """What a source printed keeps its comma, and its blanks."""
    table = tiny / TABLE
    text = table.read_text(encoding="utf-8")
    bad = text.replace(",2143000000000,", ',"2143000000000,0",').replace("Rp2,143", " Rp2,143")
    table.write_text(bad, encoding="utf-8")
    (changed,) = [one for one in tidy(tiny) if one.changes]
    assert changed.changes == ["decimal commas in value: 1"]
    assert '" Rp2,143 triliun"' in table.read_text(encoding="utf-8")


@pytest.mark.parametrize("residue", ["1,05E+12", "2.1E+12", "#####", "#N/A"])
def test_what_cannot_be_told_is_refused_with_its_place(tiny: Path, residue: str) -> None:
    """Nothing is guessed, and nothing is written."""
    table = tiny / TABLE
    text = table.read_text(encoding="utf-8").replace(",2143000000000,", f',"{residue}",')
    table.write_bytes(damaged(text, ";", "\r\n", "", ""))
    before = table.read_bytes()
    with pytest.raises(ParameterError, match=r"observations\.csv, row \d+, column value"):
        tidy(tiny)
    assert table.read_bytes() == before


def test_the_command_says_what_it_changed(tiny: Path) -> None:
    """File by file; --dry-run writes nothing."""
    table = tiny / TABLE
    table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes())
    before = table.read_bytes()
    shown = CliRunner().invoke(main, ["tidy", str(tiny), "--dry-run"])
    assert "observations.csv: a byte order mark" in shown.output
    assert table.read_bytes() == before
    assert CliRunner().invoke(main, ["tidy", str(tiny)]).exit_code == 0
    assert table.read_bytes() == before[3:]
    assert CliRunner().invoke(main, ["tidy", str(tiny / "nothing")]).exit_code == 2
