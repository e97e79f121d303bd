"""Drafts are filled, refused with every fault, shown with their findings, written at once."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from kumkm_analysis.cli import main
from kumkm_analysis.curation.adding import prepare
from kumkm_analysis.curation.drafts import as_csv, columns_of, read_draft
from kumkm_analysis.curation.tables import replace_all
from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.errors import ParameterError

ARTICLE = Path(__file__).parent / "articles" / "01-kaltim-jumlah.txt"
ROW = {
    "source_id": "paper", "region_id": "64", "indicator_id": "own_capital",
    "reference_period": "2012", "as_printed": "Rp2,5 triliun", "locator": "paragraph 4",
    "confidence": "high", "sentence": "Modal sendiri Rp2,5 triliun.",
}  # fmt: skip
Row = dict[str, str]


def draft(folder: Path, *rows: Row, name: str = "draft.csv", **how: str) -> Path:
    """Write a draft as a spreadsheet may save it."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = as_csv(rows, columns)
    if how.get("sign"):
        out = io.StringIO()
        csv.writer(out, delimiter=how["sign"]).writerows(csv.reader(io.StringIO(text)))
        text = out.getvalue()
    path = folder / name
    path.write_text(text, encoding=how.get("encoding", "utf-8"), newline="")
    return path


def faults(package: Path, path: Path) -> str:
    """Return what is said of a draft that is refused."""
    data = load(package)
    with pytest.raises(ParameterError) as refused:
        prepare(data, read_draft(path, data))
    return str(refused.value)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_can_be_derived_is_filled(tiny: Path, tmp_path: Path) -> None:
    """Code, numerals, value, unit, printing, basis and status follow from the rest."""
    data = load(tiny)
    addition = prepare(data, read_draft(draft(tmp_path, ROW), data))
    (row,) = addition.rows
    assert row["observation_id"] == "64.own_capital.2012.paper.2"  # the source prints it twice
    assert (row["numerals"], row["value"], row["unit"]) == ("id", "2500000000000", "IDR")
    assert (row["printing"], row["period_basis"], row["status"]) == ("rounded", "stated", "outcome")


def test_the_findings_of_new_rows_are_told_before_anything_is_written(
    tiny: Path, tmp_path: Path
) -> None:
    """A contradiction that a row brings is shown; --dry-run writes nothing."""
    before = contents(tiny)
    words = ["add", str(draft(tmp_path, ROW)), "--data", str(tiny)]
    shown = CliRunner().invoke(main, [*words, "--dry-run"])
    assert shown.exit_code == 0, shown.output
    assert "New: contradiction" in shown.output
    assert contents(tiny) == before
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0
    assert "1 rows and 0 quotations added: observations.csv." in done.output


def test_only_the_new_lines_change(tiny: Path, tmp_path: Path) -> None:
    """Every byte that was there stays, in its order."""
    before = (tiny / "observations.csv").read_text(encoding="utf-8").splitlines()
    data = load(tiny)
    prepare(data, read_draft(draft(tmp_path, ROW), data)).write()
    after = (tiny / "observations.csv").read_text(encoding="utf-8").splitlines()
    assert [line for line in after if line in before] == before
    assert len(after) == len(before) + 1
    assert after[1:] == sorted(after[1:])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"indicator_id": "own_capitol"}, "Did you mean 'own_capital'"),
        ({"region_id": "99"}, "row 2, column region_id"),
        ({"as_printed": "Rp2.5 triliun", "numerals": "id"}, "stands in the sentence"),
        ({"value": "25"}, "the value of the printed token"),
        ({"confidence": "low"}, "write high, or delete the row"),
        ({"source_id": "unknown"}, "row 2, column source_id"),
        ({"reference_period": "2012-13"}, "real year, month or day"),
    ],
)
def test_a_fault_is_told_by_the_row_of_the_draft(
    tiny: Path, tmp_path: Path, change: Row, said: str
) -> None:
    """Not by the row of a file that nobody has seen."""
    told = faults(tiny, draft(tmp_path, {**ROW, **change}))
    assert said in told
    assert "draft.csv, row 2" in told


def test_all_faults_are_told_at_once(tiny: Path, tmp_path: Path) -> None:
    """One run tells of every row."""
    path = draft(tmp_path, {**ROW, "region_id": "99"}, {**ROW, "indicator_id": "nothing"})
    told = faults(tiny, path)
    assert "row 2, column region_id" in told
    assert "row 3, column indicator_id" in told


def test_what_is_there_already_is_refused(tiny: Path, tmp_path: Path) -> None:
    """The same draft cannot be added twice, nor a row stand twice in one."""
    data, path = load(tiny), draft(tmp_path, ROW)
    prepare(data, read_draft(path, data)).write()
    assert "the same as 64.own_capital.2012.paper.2" in faults(tiny, path)
    other = {**ROW, "locator": "paragraph 9"}
    assert "the same as row 2" in faults(tiny, draft(tmp_path, other, other))


@pytest.mark.parametrize(
    "how", [{"sign": ";"}, {"sign": "\t"}, {"encoding": "utf-8-sig"}, {"encoding": "utf-16"}]
)
def test_a_draft_may_come_from_a_spreadsheet(tiny: Path, tmp_path: Path, how: Row) -> None:
    """Semicolons, tabs, a byte order mark, CRLF and damaged values do no harm."""
    data = load(tiny)
    rows = prepare(data, read_draft(draft(tmp_path, {**ROW, "value": "2,5E+12"}, **how), data)).rows
    assert [row["value"] for row in rows] == ["2500000000000"]


def test_a_source_that_is_new_comes_with_the_draft(tiny: Path, tmp_path: Path) -> None:
    """Its columns make a row of sources.csv, and what they lack is told under their names."""
    row = {**ROW, "source_id": "herald-2013", "source.kind": "press", "source.title": "Modal"}
    told = faults(tiny, draft(tmp_path, row))
    assert "column source.publisher" in told
    row |= {"source.publisher": "Herald", "source.language": "id"}
    data = load(tiny)
    prepare(data, read_draft(draft(tmp_path, row), data)).write()
    assert load(tiny).sources["herald-2013"].publisher == "Herald"


def test_all_tables_are_written_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the second file cannot be put in place, the first is as it was."""
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_bytes(b"1"), two.write_bytes(b"2")
    put = Path.replace

    def failing(path: Path, target: Path) -> Path:
        if target == two:
            raise OSError("no space left")
        return put(path, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match="no space"):
        replace_all({one: b"new", two: b"new"})
    assert contents(tmp_path) == {"one.csv": b"1", "two.csv": b"2"}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_from_article_to_rows(small_package: Path, tmp_path: Path, suffix: str) -> None:
    """Read, look, fill in who published it, add: rows, quotations and the source are there."""
    package, path = tmp_path / "data", tmp_path / f"draft.{suffix}"
    shutil.copytree(small_package, package)
    words = ["--data", str(package), "--source", "warta-2013"]
    run = CliRunner()
    done = run.invoke(main, ["read", str(ARTICLE), *words, "--output", str(path)])
    assert done.exit_code == 0, done.output
    data = load(package)
    found = read_draft(path, data)
    assert found.columns == columns_of(data, with_source=True)
    found.rows[0] |= {"source.kind": "press", "source.publisher": "Warta Mahakam"}
    path = tmp_path / "filled.csv"
    path.write_text(as_csv(found.rows, found.columns), encoding="utf-8", newline="")
    done = run.invoke(main, ["add", str(path), "--data", str(package)])
    assert done.exit_code == 0, done.output
    after = load(package)
    own = [o for o in after.observations.values() if o.source_id == "warta-2013"]
    assert len(own) == len(found.rows)
    assert all(o.as_printed in after.quotations[o.observation_id].quotation for o in own)
    assert after.sources["warta-2013"].published == "2013-08-22"


def test_a_package_that_changed_meanwhile_is_not_written(tiny: Path, tmp_path: Path) -> None:
    """What was shown is what is written, or nothing is."""
    data = load(tiny)
    addition = prepare(data, read_draft(draft(tmp_path, ROW), data))
    with (tiny / "terms.csv").open("a", encoding="utf-8") as file:
        file.write("word,kata,word,x,x,x,x\n")
    with pytest.raises(ParameterError, match="Run the command again"):
        addition.write()
