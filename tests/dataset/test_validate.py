"""Tests of validation: whatever is wrong with a package ends in a sentence about the place."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kumkm_analysis.dataset import dataset, validate
from kumkm_analysis.dataset.files import LONGEST_CELL
from kumkm_analysis.errors import DataError, Fault

ROOT = Path(__file__).parents[2]
TINY = Path(__file__).parents[1] / "data" / "tiny"
OBSERVATIONS, SOURCES, DESCRIPTOR = "observations.csv", "sources.csv", "datapackage.json"
Break = Callable[[bytes], bytes]


def swap(old: str, new: str) -> Break:
    """Return a change that puts one text in the place of another, once."""

    def change(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode(), 1)

    return change


def first_row_twice(content: bytes) -> bytes:
    """Append the first row of a table once more."""
    return content + content.splitlines(keepends=True)[1]


def without_column(name: str) -> Break:
    """Return a change that takes a column out of a table."""

    def change(content: bytes) -> bytes:
        rows = list(csv.reader(content.decode().splitlines()))
        place = rows[0].index(name)
        lines = [",".join(f'"{c}"' for c in row[:place] + row[place + 1 :]) for row in rows]
        return ("\n".join(lines) + "\n").encode()

    return change


def test_the_tiny_package_passes(tiny: Path) -> None:
    """What the tests break is whole before they do."""
    assert validate.check(tiny) == []
    validate.require(tiny)


@pytest.mark.parametrize(
    ("file", "change", "where", "found"),
    [
        pytest.param(
            OBSERVATIONS, swap(",5855,", ',"5,855",'), "row 2, column value", "'5,855'",
            id="decimal comma in a numeric column",
        ),
        pytest.param(
            OBSERVATIONS, swap('"Rp2,143 triliun"', "Rp2,1 triliun"), "row 4", "18 cells",
            id="unquoted comma that shifts its row",
        ),
        pytest.param(
            OBSERVATIONS, swap("2012.paper,paper,", "2012.paper,papre,"),
            "row 2, column source_id", "'papre'", id="unknown source",
        ),
        pytest.param(
            OBSERVATIONS, swap(",64,cooperatives,", ",46,cooperatives,"),
            "row 2, column region_id", "'46'", id="unknown region",
        ),
        pytest.param(
            OBSERVATIONS, swap(",64,cooperatives,", ",64,coperatives,"),
            "row 2, column indicator_id", "'coperatives'", id="unknown indicator",
        ),
        pytest.param(
            OBSERVATIONS, first_row_twice, "row 5, column observation_id",
            "'64.cooperatives.2012.paper'", id="duplicate id",
        ),
        pytest.param(
            OBSERVATIONS, swap(",5855,", ",5856,"), "row 2, column value",
            "5856, while '5.855 unit' reads 5855", id="value that disagrees with its token",
        ),
        pytest.param(
            OBSERVATIONS, swap("5855,unit", "5855,orang"), "row 2, column unit", "'orang'",
            id="unit of another indicator",
        ),
        pytest.param(
            OBSERVATIONS, swap("2012,stated", "2012-02-30,stated"),
            "row 2, column reference_period", "'2012-02-30'", id="impossible reference date",
        ),
        pytest.param(
            OBSERVATIONS, swap("2012,stated", "2013/2012,stated"),
            "row 2, column reference_period", "'2013/2012'", id="period that runs backwards",
        ),
        pytest.param(
            SOURCES, swap("2013-02-01", "2013-02-31"), "row 2, column published", "'2013-02-31'",
            id="impossible date of publication",
        ),
        pytest.param(
            SOURCES, swap("2013-02-01", "31/02/2013"), "row 2, column published", "'31/02/2013'",
            id="date of another form",
        ),
        pytest.param(
            OBSERVATIONS, without_column("locator"), "row 1", "no column 'locator'",
            id="missing column",
        ),
        pytest.param(
            OBSERVATIONS, swap(",locator,note", ",locator,remark"), "row 1",
            "unknown column 'remark'", id="unknown column",
        ),
        pytest.param(
            OBSERVATIONS, swap(",locator,note", ",note,locator"), "row 1",
            "columns in another order", id="columns in another order",
        ),
        pytest.param(OBSERVATIONS, lambda _: b"", "", "an empty file", id="empty file"),
        pytest.param(
            OBSERVATIONS, lambda c: b"\xef\xbb\xbf" + c, "", "a byte order mark", id="BOM"
        ),
        pytest.param(
            OBSERVATIONS, lambda c: c.replace(b"\n", b"\r\n"), "line 1", "CR or CRLF", id="CRLF"
        ),
        pytest.param(
            OBSERVATIONS, lambda c: c.replace(b"\n", b"\r"), "line 1", "CR or CRLF", id="CR alone"
        ),
        pytest.param(
            SOURCES, lambda c: c.replace(b"A Blog", b"Un Caf\xe9"), "line 4", "byte 0xE9",
            id="Latin-1",
        ),
        pytest.param(
            SOURCES, lambda c: c.decode().encode("utf-16"), "", "UTF-16", id="UTF-16"
        ),
        pytest.param(
            OBSERVATIONS, lambda c: c.replace(b",", b";"), "row 1", "semicolons",
            id="semicolons between the columns",
        ),
        pytest.param(
            SOURCES, lambda c: c.replace(b",", b"\t"), "row 1", "tabs",
            id="tabs between the columns",
        ),
        pytest.param(
            OBSERVATIONS, swap("paragraph 1", "para\0graph 1"), "line 2", "a NUL byte", id="NUL"
        ),
        pytest.param(
            OBSERVATIONS, swap("Third-party", "\u202eThird-party"), "row 3, column note",
            "\\u202eThird-party", id="hidden control that turns the text",
        ),
        pytest.param(
            OBSERVATIONS, swap("Third-party", "x" * (LONGEST_CELL + 1)), "row 3, column note",
            f"{LONGEST_CELL + 10:,} characters", id="cell that is too long",
        ),
        pytest.param(
            OBSERVATIONS, swap('"Rp2,143 triliun"', '"Rp2,143 triliun'), "row 4",
            "broken quoting", id="quote left open",
        ),
        pytest.param(
            OBSERVATIONS, swap("paragraph 1,\n", "paragraph 1,\n\n"), "row 3", "an empty line",
            id="empty line",
        ),
        pytest.param(
            OBSERVATIONS, swap("paragraph 1,\n", "paragraph 1\n"), "row 2", "16 cells",
            id="cell missing at the end",
        ),
        pytest.param(
            OBSERVATIONS, swap(",5855,", ",,"), "row 2, column value", "an empty cell",
            id="value missing",
        ),
        pytest.param(
            OBSERVATIONS, swap(",5855,", ",NaN,"), "row 2, column value", "'NaN'", id="NaN"
        ),
        pytest.param(
            OBSERVATIONS, swap(",5855,", ",5.855e3,"), "row 2, column value", "'5.855e3'",
            id="exponent",
        ),
        pytest.param(
            OBSERVATIONS, swap(",5855,", ",1e999999999,"), "row 2, column value",
            "'1e999999999'", id="exponent beyond all bounds",
        ),
        pytest.param(
            OBSERVATIONS, swap("exact,,5855", "exakt,,5855"), "row 2, column printing", "'exakt'",
            id="unknown code",
        ),
        pytest.param(
            OBSERVATIONS, swap("Rp622,200 miliar", "Rp622,200 M"), "row 3, column as_printed",
            "'Rp622,200 M'", id="token that means two numbers",
        ),
        pytest.param(
            OBSERVATIONS, swap(",exact,,5855,", f",exact,broken_token,{'9' * 40},"),
            "row 2, column value", "'9999999999", id="more digits than can be reckoned with",
        ),
        pytest.param(
            SOURCES, swap("https://example.org/office", "javascript:alert(1)"),
            "row 2, column url", "'javascript:alert(1)'", id="address that is a script",
        ),
        pytest.param(
            "metrics.csv", swap(",percent,5,", ",percent,5.5,"), "row 2, column digits", "'5.5'",
            id="fraction where a whole number belongs",
        ),
        pytest.param(
            "readings.csv", swap("paper_first", "coherent"), "row 2, column reading_id",
            "'coherent'", id="reading with the name of a built-in one",
        ),
        pytest.param(
            SOURCES, swap("A Blog,", "A Blog ,"), "row 4, column publisher", "'A Blog '",
            id="blank at the edge of a name",
        ),
        pytest.param(
            SOURCES, swap("A Blog,", "A\u00a0Blog,"), "row 4, column publisher",
            "'A\\xa0Blog'", id="no-break space inside a name",
        ),
        pytest.param(
            SOURCES, swap("A Blog,", "A  Blog,"), "row 4, column publisher", "'A  Blog'",
            id="two blanks inside a name",
        ),
        pytest.param(
            OBSERVATIONS, swap(",64,cooperatives,", ",64 ,cooperatives,"),
            "row 2, column region_id", "'64 '", id="blank after a code",
        ),
        *(
            pytest.param(
                SOURCES, swap("A Blog,", f'"{left}",'), "row 4, column publisher",
                f"{left!r}, which a spreadsheet left", id=f"{left} left by a spreadsheet",
            )
            for left in (
                "#N/A", "#REF!", "nan", "NULL", "########", "1,05E+12", "1E+05", "#NV", "#SPILL!",
                "Err:502", "None", "NaT", "<NA>", "n/a", "#WERT!", "#¡VALOR!", "=SUM(A1:A3)",
                "2012-01-31 00:00:00",
            )
        ),
        *(
            pytest.param(
                SOURCES, swap("A Blog,", f"A{sign}Blog,"), "row 4, column publisher",
                f"{sign!a} in", id=f"{sign!a} inside a name",
            )
            for sign in "\u200b\u200c\u200d\u200e\u2800\u3164"
        ),
        pytest.param(
            DESCRIPTOR, lambda c: c[:-5], "", "delimiter", id="descriptor that is not JSON"
        ),
        pytest.param(
            DESCRIPTOR, lambda _: b"[" * 100_000, "", "recursion", id="descriptor nested too deep"
        ),
        pytest.param(
            DESCRIPTOR, lambda _: b"9" * 10_000, "", "integer string", id="descriptor of one number"
        ),
        pytest.param(DESCRIPTOR, lambda _: b"\xff{}", "", "not UTF-8", id="descriptor in bytes"),
        pytest.param(DESCRIPTOR, lambda _: b"[]", "", "no list of resources", id="empty list"),
        pytest.param(
            DESCRIPTOR, swap('"path": "sources.csv"', '"path": "../sources.csv"'),
            "resource 1 (sources)", "'../sources.csv'", id="path out of the folder",
        ),
        pytest.param(
            DESCRIPTOR, swap('"path": "sources.csv"', '"path": "https://example.org/s.csv"'),
            "resource 1 (sources)", "'https://example.org/s.csv'", id="path into the net",
        ),
        pytest.param(
            DESCRIPTOR, swap('"type": "number"', '"type": "nummer"'),
            "resource 6 (observations), field value", "'nummer'",
            id="unknown type in the descriptor",
        ),
        pytest.param(
            DESCRIPTOR, swap('"IDR",', '"KES",'), "resource 4 (metrics), field unit",
            "'IDR'", id="second currency",
        ),
        pytest.param(
            DESCRIPTOR, swap('"required": true', '"requird": true'),
            "resource 1 (sources), field source_id", "requird", id="misspelt constraint",
        ),
        pytest.param(
            DESCRIPTOR, swap('"primaryKey"', '"primarykey"'), "resources, sources, schema",
            "the key 'primarykey'", id="misspelt key",
        ),
        pytest.param(
            DESCRIPTOR, swap('"resource": "sources"', '"resource": "source"'),
            "resource 6 (observations)", "a foreign key that leads nowhere",
            id="reference to no table",
        ),
        pytest.param(
            DESCRIPTOR, swap('"codes"', '"kodes"'), "resource 1 (sources), field kind",
            "codes without titles", id="codes that nobody explains",
        ),
        pytest.param(
            DESCRIPTOR, swap('"statistics_office",', '{"a": 1},'),
            "resource 1 (sources), field kind", "enum [",
            id="code that is no text",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place_and_the_next_step(
    tiny: Path, file: str, change: Break, where: str, found: str
) -> None:
    """File, row, column and found value are told, and what to do."""
    path = tiny / file
    path.write_bytes(change(path.read_bytes()))
    faults = validate.check(tiny)
    place = f"{file}, {where}" if where else file
    assert any(fault.where == place and found in fault.found for fault in faults), faults
    for fault in faults:
        assert fault.expected
        assert fault.next_step.endswith((".", "?", ")."))
        assert len(str(fault)) < 1000
    assert len({(f.where, f.found, f.expected) for f in faults}) == len(faults)


def test_loading_a_broken_package_raises_all_its_faults(tiny: Path) -> None:
    """What validation finds is what the user of the library gets, with the folder named."""
    file = tiny / OBSERVATIONS
    file.write_bytes(swap(",5855,", ",5856,")(file.read_bytes()))
    with pytest.raises(DataError) as caught:
        dataset.load(tiny)
    assert list(caught.value.faults) == validate.check(tiny)
    assert str(tiny) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"<!DOCTYPE html>\n<html><title>404</title></html>\n", "a page of a web server"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "Git LFS"),
        (b"sep=;\na;b\n1;2\n", "'sep=;'"),
        (b"source_id;kind;publisher\npaper;press;A Paper\n", "semicolons"),
        (b"source_id|kind|publisher\npaper|press|A Paper\n", "bars"),
        (b"\xef\xbb\xbfsep=;\r\na;b\r\n1;2\r\n", "'sep=;'"),
        (b"\xef\xbb\xbf\r\n<!-- sign in --><html>\r\n", "a page of a web server"),
        (b'{"message": "Not Found"}', "JSON"),
        (b"/annex/objects/MD5E-s1--ab.csv\n", "git-annex"),
        (b"<<<<<<< HEAD\nsource_id,kind\n", "merge"),
        (b"PK\x03\x04\x14\x00\x06", "a spreadsheet"),
    ],
)
def test_a_file_that_is_something_else_is_told_once(tiny: Path, content: bytes, found: str) -> None:
    """What the file is, is said in one sentence; not every column that it lacks."""
    for name in (SOURCES, OBSERVATIONS):
        (tiny / name).write_bytes(content)
    faults = validate.check(tiny)
    assert [fault.where.split(",")[0] for fault in faults] == [SOURCES, OBSERVATIONS]
    assert all(found in fault.found for fault in faults)


def test_rows_that_are_quoted_whole_are_told_once(tiny: Path) -> None:
    """A spreadsheet took each row for a single cell."""
    path = tiny / SOURCES
    path.write_text("".join(f'"{row}"\n' for row in path.read_text().splitlines()))
    [fault] = validate.check(tiny)
    assert fault.where == f"{SOURCES}, row 1"
    assert "a row in quotes" in fault.found


def test_a_sign_that_is_not_seen_in_a_code_is_told_once(tiny: Path) -> None:
    """Not again wherever the code is used."""
    path = tiny / SOURCES
    path.write_text(path.read_text().replace("\nblog,", "\nblog\u200b,", 1))
    [fault] = validate.check(tiny)
    assert fault.where == f"{SOURCES}, row 4, column source_id"


def test_a_descriptor_that_is_a_page_is_told_so(tiny: Path) -> None:
    """A download that failed is named as what it is, not by what JSON expects of it."""
    (tiny / DESCRIPTOR).write_bytes(b"<html><body>Sign in</body></html>")
    (fault,) = validate.check(tiny)
    assert fault.found == "a page of a web server"


def test_one_cell_is_told_once(tiny: Path) -> None:
    """A code with a blank is one fault, though no table knows it and no pattern allows it."""
    file = tiny / OBSERVATIONS
    file.write_bytes(swap("2012.paper,paper,", "2012.paper,paper ,")(file.read_bytes()))
    (fault,) = validate.check(tiny)
    assert fault.where == "observations.csv, row 2, column source_id"
    assert fault.found == "'paper '"


def test_a_code_with_a_blank_is_told_where_it_stands(tiny: Path) -> None:
    """Not at every row that names it as it should be."""
    file = tiny / SOURCES
    file.write_bytes(swap("\npaper,", "\npaper\u00a0,")(file.read_bytes()))
    assert [fault.where for fault in validate.check(tiny)] == [
        "sources.csv, row 3, column source_id"
    ]


def test_joiners_stay_where_a_script_needs_them(tiny: Path) -> None:
    """Between letters of Persian or Malayalam they are part of the word."""
    file = tiny / SOURCES
    file.write_bytes(swap("A Blog,", "\u0645\u06cc\u200c\u062e\u0648,")(file.read_bytes()))
    assert validate.check(tiny) == []


def test_fifteen_thousand_figures_are_validated_and_loaded_at_once(tiny: Path) -> None:
    """Within a second of the processor's time, which a busy machine may double."""
    file = tiny / OBSERVATIONS
    header, *rows = file.read_text().splitlines()
    more = [row.replace(",", f".{n},", 1) for n in range(5000) for row in rows]
    file.write_text("\n".join([header, *more]) + "\n")
    spent = []
    for folder in (tiny, tiny.parent / "again"):
        if not folder.exists():
            shutil.copytree(tiny, folder)
        start = time.process_time()
        assert len(dataset.load(folder).observations) == 15_000
        spent.append(time.process_time() - start)
    assert min(spent) < 2


def test_a_near_miss_is_answered_with_the_code_that_was_meant(tiny: Path) -> None:
    """A typing slip in a code is met with a suggestion."""
    for old, new, meant in (
        ("2012.paper,paper,", "2012.paper,papre,", "'paper'"),
        (",64,own_capital,", ",64,own_capitol,", "'own_capital'"),
        ("exact,,5855", "exakt,,5855", "'exact'"),
    ):
        file = tiny / OBSERVATIONS
        whole = file.read_bytes()
        file.write_bytes(swap(old, new)(whole))
        assert [f.next_step.startswith(f"Did you mean {meant}?") for f in validate.check(tiny)] == [
            True
        ]
        file.write_bytes(whole)


@pytest.mark.parametrize("file", sorted(path.name for path in TINY.glob("*.csv")))
def test_a_missing_table_is_named(tiny: Path, file: str) -> None:
    """A table that is not there is told by its name, whichever it is."""
    (tiny / file).unlink()
    faults = validate.check(tiny)
    assert [(f.where, f.found) for f in faults] == [(file, "no such file")]
    assert file in faults[0].next_step


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda path: None, "nothing there"),
        (lambda path: path.write_text("x"), "a file"),
        (lambda path: path.mkdir(), "no datapackage.json"),
    ],
)
def test_a_path_that_is_no_package_is_told_so(
    tmp_path: Path, make: Callable[[Path], Any], found: str
) -> None:
    """Nowhere, a file, and an empty folder are three different messages."""
    path = tmp_path / "elsewhere"
    make(path)
    (fault,) = validate.check(path)
    assert found in fault.found
    assert fault.next_step


def test_all_faults_are_told_at_once(tiny: Path) -> None:
    """Who made seven mistakes in six files learns of all seven from one run."""
    changes: list[tuple[str, Break]] = [
        (OBSERVATIONS, swap(",5855,", ',"5,855",')),
        (OBSERVATIONS, swap("Rp622,200 miliar", "Rp622,201 miliar")),
        (SOURCES, swap("2013-02-01", "2013-02-31")),
        ("regions.csv", swap(",province,", ",provinsi,")),
        ("terms.csv", lambda c: b"\xef\xbb\xbf" + c),
        ("indicators.csv", swap(",stock,", ",stok,")),
        ("metrics.csv", lambda c: c.replace(b",", b";")),
    ]
    for name, change in changes:
        (tiny / name).write_bytes(change((tiny / name).read_bytes()))
    (tiny / "programme.csv").unlink()
    faults = validate.check(tiny)
    assert sorted(f.where for f in faults) == [
        "indicators.csv, row 2, column stock_or_flow",
        "metrics.csv, row 1",
        "observations.csv, row 2, column value",
        "observations.csv, row 3, column value",
        "programme.csv",
        "regions.csv, row 3, column level",
        "sources.csv, row 2, column published",
        "terms.csv",
    ]


@pytest.mark.parametrize(
    ("mark", "found"),
    [
        (lambda c: b"\xef\xbb\xbf" + c, "BOM"),
        (lambda c: c.replace(b"\n", b"\r\n"), "CRLF"),
        (lambda c: c.replace(b"Third-party", b"Caf\xe9"), "0xE9"),
    ],
)
def test_a_slip_of_the_editor_does_not_hide_the_faults_of_the_cells(
    tiny: Path, mark: Break, found: str
) -> None:
    """A byte order mark, CRLF or Latin-1 is told beside the wrong cells of the same file."""
    file = tiny / OBSERVATIONS
    file.write_bytes(mark(swap(",64,own_capital,", ",66,own_capital,")(file.read_bytes())))
    bytes_fault, cell_fault = validate.check(tiny)
    assert found in bytes_fault.found
    assert cell_fault.where == "observations.csv, row 4, column region_id"


def test_faults_beyond_counting_are_cut_with_a_word(tiny: Path) -> None:
    """A table that is wrong throughout does not flood the screen, and says that there is more."""
    file = tiny / OBSERVATIONS
    header, first, *_ = file.read_text().splitlines()
    rows = [first.replace("64.coop", f"{n}.coop").replace(",64,", ",99,") for n in range(700)]
    file.write_text("\n".join([header, *rows]) + "\n")
    faults = validate.check(tiny)
    assert 200 <= len(faults) <= 202
    assert "perhaps more" in faults[-1].found


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_field_of_a_hundred_megabytes_is_named_with_little_memory(tiny: Path) -> None:
    """Real size, own process: the message names the cell, and memory stays within bounds."""
    file = tiny / OBSERVATIONS
    file.write_bytes(swap("Third-party capital.", "x" * 100_000_000)(file.read_bytes()))
    code = (
        "import sys; from pathlib import Path; "
        "from kumkm_analysis.dataset import validate\n"
        "[fault] = validate.check(Path(sys.argv[1])); print(fault.where, '|', fault.found)\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    message, memory = done.stdout.splitlines()
    assert message == (
        "observations.csv, row 3, column note | a cell of more than 80,000 characters"
    )
    assert int(memory) < 700_000  # KiB, of which Python takes a few dozen


def test_a_long_cell_behind_other_cells_and_lines_is_named(tiny: Path) -> None:
    """The column is right also where earlier cells are long or hold line ends."""
    file = tiny / OBSERVATIONS
    earlier = '"' + "a\n" * 100 + '",' + "z" * 200_000
    file.write_bytes(swap("paragraph 2,Third-party capital.", earlier)(file.read_bytes()))
    (fault,) = validate.check(tiny)
    assert fault.where == "observations.csv, row 3, column note"


def test_checking_leaves_the_limits_of_the_csv_module_alone(tiny: Path) -> None:
    """A library does not change how the rest of a program reads its files."""
    before = csv.field_size_limit()
    validate.check(tiny)
    file = tiny / OBSERVATIONS
    file.write_bytes(swap("Third-party", "x" * 200_000)(file.read_bytes()))
    validate.check(tiny)
    assert csv.field_size_limit() == before


# ---- several files, units of a table's head, territories ----

HEADER = (ROOT / "data" / "observations" / "press.csv").read_text(encoding="utf-8").split("\n")[0]
PAPER, TABLE = "observations/paper.csv", "observations/table.csv"
ROWS = {
    PAPER: {
        "64.cooperatives.2012.paper": {"as_printed": "5.855 unit", "value": "5855"},
    },
    TABLE: {
        "64.business_volume.2012.office": {
            "indicator_id": "external_capital", "as_printed": "780107", "table_unit": "million",
            "value": "780107000000", "unit": "IDR", "printing": "rounded", "territory": "64-14",
        },
        "64.cooperatives.2012.office": {
            "as_printed": "5856", "value": "5856", "survey_month": "2012-09", "vintage": "first",
        },
    },
}  # fmt: skip


@pytest.fixture
def split(tiny: Path) -> Path:
    """Return a package of today's columns, its figures in two files, to be broken."""
    descriptor = json.loads((ROOT / "data" / DESCRIPTOR).read_text(encoding="utf-8"))
    for resource in descriptor["resources"]:
        if resource["name"] == "observations":
            resource["path"] = [*ROWS]
    (tiny / DESCRIPTOR).write_text(json.dumps(descriptor), encoding="utf-8")
    (tiny / OBSERVATIONS).unlink()
    (tiny / "observations").mkdir()
    for path, rows in ROWS.items():
        usual = {
            "source_id": path[13:-4].replace("table", "office"), "region_id": "64",
            "indicator_id": "cooperatives", "reference_period": "2012", "period_basis": "stated",
            "status": "outcome", "numerals": "en" if path == TABLE else "id", "printing": "exact",
            "unit": "unit", "locator": "table row Kalimantan Timur",
        }  # fmt: skip
        cells = [{"observation_id": one, **usual, **row} for one, row in rows.items()]
        lines = [",".join(row.get(name, "") for name in HEADER.split(",")) for row in cells]
        text = "\n".join([HEADER, *lines]) + "\n"
        (tiny / path).write_text(text, encoding="utf-8")
    for name, table in (
        ("territories", "64-14,64,empat belas,fourteen,,2014,,,,,\nID-38,ID,semua,all,,,,,,,\n"),
        ("region_aliases", "64.01,kemendagri,64,,\n"),
        ("limits", ""),
        ("quotations", ""),
        ("words", ""),
        ("remarks", ""),
        ("words", ""),
        (
            "programme",
            "markets,koperasi,pasar,markets,paper,paragraph 1,64,+cooperatives,"
            "alasan,reason,dictionary,indicators.csv\n",
        ),
    ):
        header = (ROOT / "data" / f"{name}.csv").read_text(encoding="utf-8").split("\n")[0]
        (tiny / f"{name}.csv").write_text(f"{header}\n{table}", encoding="utf-8")
    for name, place, column, cell in (
        ("indicators", -3, "role", "reference"),
        ("sources", 9, "collection", ""),
    ):
        with (tiny / f"{name}.csv").open(encoding="utf-8", newline="") as lines_of:
            rows_of = list(csv.reader(lines_of))
        for number, cells_of in enumerate(rows_of):
            cells_of.insert(place, cell if number else column)
        with (tiny / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines_of:
            csv.writer(lines_of, lineterminator="\n").writerows(rows_of)
    return tiny


def test_figures_in_several_files_are_one_table(split: Path) -> None:
    """Rows keep the order of the files; what a table's head says is part of the number."""
    data = dataset.load(split)
    assert list(data.observations) == [one for rows in ROWS.values() for one in rows]
    volume = data.observations["64.business_volume.2012.office"]
    assert (volume.printed.value, volume.printed.last_digit) == (780_107_000_000, 1_000_000)
    assert (volume.interval.low, volume.interval.high) == (780_106_500_000, 780_107_500_000)
    assert (volume.table_unit, volume.territory) == ("million", "64-14")
    count = data.observations["64.cooperatives.2012.office"]
    assert (count.survey_month, count.vintage) == ("2012-09", "first")
    assert all(indicator.is_reference for indicator in data.indicators.values())
    assert data.domain.aliases["64.01"][:2] == ("kemendagri", "64")
    assert validate.fingerprint(split) == data.fingerprint


def test_an_older_package_has_no_such_columns_and_tables(tiny: Path) -> None:
    """What a package does not say is empty: no territory, no month, and all of it evidence."""
    data = dataset.load(tiny)
    assert len(data.territories) == len(data.region_aliases) == 0
    assert {(o.table_unit, o.territory) for o in data.observations.values()} == {("", "")}
    assert {indicator.role for indicator in data.indicators.values()} == {"evidence"}
    assert "table_unit" not in data.observations.frame()


@pytest.mark.parametrize(
    ("file", "change", "where", "found", "step"),
    [
        pytest.param(
            TABLE, swap(",million,", ",millions,"), "row 2, column table_unit", "'millions'",
            "Did you mean 'million'?", id="unknown unit of a table's head",
        ),
        pytest.param(
            TABLE, swap(",million,", ",thousand,"), "row 2, column value",
            "780107000000, while '780107' in units of a thousand reads 780107000",
            "Does the head of the table say million?", id="token that disagrees under its unit",
        ),
        pytest.param(
            TABLE, swap(",64-14,", ",64-41,"), "row 2, column territory", "'64-41'",
            "Did you mean '64-14'?", id="unknown territory",
        ),
        pytest.param(
            TABLE, swap(",64-14,", ",ID-38,"), "row 2, column territory", "'ID-38'",
            "Correct it", id="territory of another region",
        ),
        pytest.param(
            TABLE, swap(",2012,stated,,,64-14", ",2015,stated,,,64-14"), "row 2, column territory",
            "'64-14' in 2015", "Correct the territory", id="territory of another time",
        ),
        pytest.param(
            TABLE, swap("2012-09", "2013-09"), "row 3, column survey_month", "'2013-09'",
            "Correct the month", id="month of another year",
        ),
        pytest.param(
            TABLE, swap("2012-09", "2012-13"), "row 3, column survey_month", "'2012-13'",
            "Check the day and month", id="month that there is not",
        ),
        pytest.param(
            TABLE, lambda c: c + c.splitlines()[2].replace(b".office,", b".office.2,", 1)
            .replace(b"5856", b"5865") + b"\n",
            "row 4, column value", f"5865, while {TABLE}, row 3 has 5856 for the same cell",
            "Delete the wrong row", id="two values in one cell",
        ),
        pytest.param(
            TABLE, swap("64.cooperatives.2012.office", "64.cooperatives.2012.paper"),
            "row 3, column observation_id", "'64.cooperatives.2012.paper'", "Give every row",
            id="code that stands in the other file",
        ),
        pytest.param(
            PAPER, swap(",locator,", ",place,"), "row 1", "no column 'locator'", "Restore",
            id="another header in one of the files",
        ),
        pytest.param(
            "indicators.csv", swap(",reference,", ",denominator,"), "row 2, column role",
            "'denominator'", "See the codes", id="unknown role",
        ),
    ],
)  # fmt: skip
def test_a_fault_of_the_larger_package_is_named_by_its_file(
    split: Path, file: str, change: Break, where: str, found: str, step: str
) -> None:
    """The file within its folder, row, column, and what to do."""
    path = split / file
    path.write_bytes(change(path.read_bytes()))
    faults = validate.check(split)
    assert any(
        (f.where, f.next_step[: len(step)]) == (f"{file}, {where}", step) and found in f.found
        for f in faults
    ), faults


def test_a_text_may_print_two_values_for_one_thing(split: Path) -> None:
    """Only a table has one value in a cell; paragraphs may contradict each other and are kept."""
    file = split / PAPER
    row = file.read_text().splitlines()[1].replace("table row Kalimantan Timur", "paragraph 1")
    other = row.replace(".paper,", ".paper.2,").replace("5.855", "5.585").replace("5855", "5585")
    file.write_text("\n".join([HEADER, row, other]) + "\n")
    assert validate.check(split) == []


# ---- attacks ----


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the tiny package that every example may overwrite."""
    return Path(shutil.copytree(TINY, tmp_path_factory.mktemp("arena") / "tiny"))


mutations = st.lists(
    st.tuples(
        st.sampled_from(sorted(p.name for p in TINY.iterdir())),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 6),
        st.one_of(
            st.binary(max_size=4),
            st.sampled_from(
                [b",", b'"', b"\n", b"\r", b"\0", b";", b"-", b"9", b"{", b"}", b"[", b"null",
                 b"\xff", b"\xe2\x80\xa8", b"=cmd()", b"\\", b"true", b"1e400", b'""', b":"]
            ),
        ),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


@given(mutations)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_bytes_changed_at_random_end_in_faults_or_in_a_dataset(
    arena: Path, changes: list[tuple[str, float, int, bytes]]
) -> None:
    """Whatever is cut out of or put into the files, the answer is a verdict, never a traceback."""
    for name in {name for name, *_ in changes}:
        content = (TINY / name).read_bytes()
        for _, at, cut, put in (c for c in changes if c[0] == name):
            place = int(at * len(content))
            content = content[:place] + put + content[place + cut :]
        (arena / name).write_bytes(content)
    try:
        faults = validate.check(arena)
        assert all(isinstance(fault, Fault) and str(fault) for fault in faults)
        if not faults:
            loaded = dataset.load(arena)
            for observation in loaded.observations.values():
                assert observation.interval.contains(Fraction(observation.value))
            assert set(loaded.domain.regions) == set(loaded.regions)
    finally:
        for name in {name for name, *_ in changes}:
            (arena / name).write_bytes((TINY / name).read_bytes())


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path to every value inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, inner in items:
        found.append((*path, key))
        if isinstance(inner, dict | list):
            found += _paths(inner, (*path, key))
    return found


JSON = json.loads((TINY / DESCRIPTOR).read_text(encoding="utf-8"))
PATHS = sorted(_paths(JSON), key=repr)


@given(
    st.sampled_from(PATHS),
    st.one_of(
        st.sampled_from(["delete", None, 0, 1.5, True, "", "x", "\ud800", "a\0b", [], {}, [None]]),
        st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
    ),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_a_descriptor_changed_anywhere_ends_in_faults_or_in_a_dataset(
    arena: Path, path: tuple[Any, ...], value: Any
) -> None:
    """Any value of the descriptor may be deleted or replaced by anything of another type."""
    changed = json.loads(json.dumps(JSON))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    if value == "delete":
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    (arena / DESCRIPTOR).write_text(json.dumps(changed), encoding="utf-8")
    try:
        faults = validate.check(arena)
        assert all(isinstance(fault, Fault) and fault.next_step for fault in faults), faults
        if not faults:
            loaded = dataset.load(arena)
            assert len(loaded.observations) == 3
            loaded.code_title("observations", "printing", "rounded", "id")
            assert loaded.source_kinds
            loaded.observations.frame()
    finally:
        shutil.copy(TINY / DESCRIPTOR, arena / DESCRIPTOR)


# ---- the programme ----


def test_a_strategy_names_indicators_that_there_are_and_why(
    small_package: Path, tmp_path: Path
) -> None:
    """An unknown one, a missing sign, no source of the reason, no reason: each a fault."""
    folder = Path(shutil.copytree(small_package, tmp_path / "data"))
    file = folder / "programme.csv"
    rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
    place = {name: rows[0].index(name) for name in rows[0]}
    rows[1][place["reason_en"]] = ""
    rows[2][place["indicators"]] = "+busines_volume"
    rows[4][place["reason_source"]] = ""
    rows[5][place["indicators"]] = "external_capital"
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows(rows)
    faults = {fault.where: fault for fault in validate.check(folder)}
    assert sorted(faults) == [
        f"programme.csv, row {row}, column {column}"
        for row, column in (
            (2, "reason_en"), (3, "indicators"), (5, "reason_source"), (6, "indicators"),
        )
    ]  # fmt: skip
    unknown = faults["programme.csv, row 3, column indicators"]
    assert unknown.next_step == "Did you mean 'business_volume'?"
