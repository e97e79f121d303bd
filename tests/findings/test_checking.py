"""Tests of ``kumkm check``: faults apart from findings, words for people, JSON for machines."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kumkm_analysis.cli import main
from kumkm_analysis.dataset.dataset import Dataset, load
from kumkm_analysis.findings import examine

DATA = Path(__file__).parents[2] / "data"


def check(*words: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, ["check", *words], catch_exceptions=False)


def acknowledge(folder: Path, ids: list[str]) -> None:
    """Acknowledge findings in the package of a folder."""
    with (folder / "acknowledgements.csv").open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([one, "Sudah ditimbang.", "Weighed."] for one in ids)


@pytest.fixture
def package(tmp_path: Path, small_package: Path) -> Path:
    """Return a copy of the real package, with press and ministry only, that a test may change."""
    return Path(shutil.copytree(small_package, tmp_path / "data"))


def test_findings_are_no_faults_and_exit_with_nought(data: Dataset) -> None:
    """The real data have no fault; every leading finding is listed with its sentence."""
    result = check("--data", str(DATA))
    assert result.exit_code == 0
    for finding in examine(data).leading:
        assert finding.finding_id in result.output
        assert finding.sentence_en in result.output
    assert f"no fault; {len(examine(data))} findings" in result.output


def test_the_findings_can_be_read_in_indonesian(data: Dataset) -> None:
    """The language of the sentences, and of what stands around them, is that of the option."""
    output = check("--data", str(DATA), "--language", "id").output
    found = examine(data)
    assert all(finding.sentence_id in output for finding in found.leading)
    heads = output.splitlines()[:-2:2]
    assert len(heads) == len(found.leading)
    weight = re.compile(
        r" \((tidak mungkin benar|tidak lazim|keterangan)(, diselesaikan oleh \S+)?\): "
    )
    assert [head for head in heads if not weight.search(head)] == []
    assert "diselesaikan oleh repaired-1" in output
    assert f"tidak ada kesalahan; {len(found)} temuan\n" in output
    assert f"  {len(found.unsettled)} di antaranya belum diselesaikan, " in output


def test_the_count_of_faults_is_told_in_the_language_asked_for(package: Path) -> None:
    """Faults name files and columns in English; how many there are is said in either language."""
    (package / "regions.csv").unlink()
    told = {
        language: check("--data", str(package), "--language", language).output.splitlines()[-1]
        for language in ("id", "en")
    }
    assert re.search(r"^\d+ kesalahan dalam /", told["id"])
    assert re.search(r"^\d+ faults? in /", told["en"])


def test_the_json_lists_kind_ids_tokens_gap_and_repairs(data: Dataset) -> None:
    """Each finding carries what a machine needs, in the order of consequence."""
    content = json.loads(check("--data", str(DATA), "--json").output)
    assert content["faults"] == []
    found = {f["finding"]: f for f in content["findings"]}
    assert list(found) == [f.finding_id for f in examine(data)]
    for finding in examine(data):
        plain = found[finding.finding_id]
        assert plain["kind"] == finding.kind
        assert plain["observations"] == list(finding.observations)
        assert plain["printed"] == [data.observations[i].as_printed for i in finding.observations]
        assert (plain["gap"] is None) == (finding.gap is None)
        for repair in plain["repairs"]:
            assert repair["rank"] >= 1
            assert repair["reason_id"]
            assert repair["reason_en"]
    holders = next(f for f in content["findings"] if "22.977 unit" in f["printed"])
    assert holders["repairs"][0]["repair"] == "2.977 unit"


def test_strict_asks_for_every_finding_to_be_settled(package: Path) -> None:
    """Unsettled findings exit with 1 under --strict, until the last is acknowledged."""
    unsettled = json.loads(check("--data", str(package), "--json").output)["unsettled"]
    assert unsettled == [finding.finding_id for finding in examine(load(package)).unsettled]
    assert unsettled
    assert check("--data", str(package), "--strict").exit_code == 1
    acknowledge(package, unsettled[1:])
    assert check("--data", str(package), "--strict").exit_code == 1
    acknowledge(package, unsettled[:1])
    assert check("--data", str(package), "--strict").exit_code == 0


def test_faults_exit_with_one_and_are_told_without_findings(package: Path) -> None:
    """A broken package is not examined; its faults come as text and as JSON."""
    table = package / "observations" / "press.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace(",2143000000000,", ',"2,143",', 1), encoding="utf-8")
    result = check("--data", str(package))
    assert result.exit_code == 1
    assert "observations/press.csv, row" in result.output
    assert "column value: found '2,143'" in result.output
    content = json.loads(check("--data", str(package), "--json").output)
    assert content["findings"] == []
    assert [fault["found"] for fault in content["faults"]] == ["'2,143'"]
    assert all(fault["next_step"] for fault in content["faults"])


def test_a_path_to_nothing_is_a_fault_and_no_traceback(tmp_path: Path) -> None:
    """--data pointing nowhere says what was expected there."""
    result = check("--data", str(tmp_path / "nowhere"))
    assert result.exit_code == 1
    assert "expected the folder of a data package" in result.output
