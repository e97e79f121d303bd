"""Tests of search and of the four verbs on whatever has names."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kumkm_analysis as kumkm
from kumkm_analysis.errors import KumkmError, UnknownNameError
from kumkm_analysis.explore.package import Package

CATALOGUES = ["regions", "sources", "indicators", "metrics", "findings"]


@pytest.mark.parametrize("name", CATALOGUES)
def test_four_verbs_answer_for_every_concept(name: str) -> None:
    """``list``, ``get``, ``info`` and ``frame`` tell of the same things."""
    catalogue: Any = getattr(kumkm, name)
    codes = catalogue.list()
    assert codes
    assert catalogue.frame().index.tolist() == codes
    assert catalogue.info().index.tolist() == codes
    first = catalogue.get(codes[0])
    assert codes[0] in (getattr(first, field) for field in first.__dataclass_fields__)
    word = codes[0].replace("_", " ").replace(".", " ").split()[0]
    assert codes[0] in catalogue.info(q=word).index
    assert catalogue.info(q="no such word at all").empty


@pytest.mark.parametrize("name", CATALOGUES)
def test_an_unknown_code_is_refused_with_the_nearest(name: str) -> None:
    """A letter too many is answered; so is what is like nothing."""
    catalogue: Any = getattr(kumkm, name)
    code = max(catalogue.list(), key=len)
    with pytest.raises(KumkmError, match="Did you mean") as caught:
        catalogue.get(code + "x")
    assert code in str(caught.value)
    with pytest.raises(KumkmError):
        catalogue.get("§§§")


def test_a_table_is_still_a_mapping(package: Package) -> None:
    """``in``, ``[…]`` and ``get`` with a default are those of any mapping; a number is a code."""
    regions = package.regions
    assert regions[64] is regions["64"] is regions.get("Kalimantan Timur")
    assert "Kalimantan Timur" not in regions
    assert regions.get("Kalimantan Timur", None) is None
    with pytest.raises(KeyError):
        regions["99"]
    with pytest.raises(UnknownNameError):
        regions.get("99")
    assert dict(regions) == {code: regions[code] for code in regions.list()}


def test_a_package_has_the_same_verbs(small: Package) -> None:
    """Of any package, its own tables answer."""
    assert small.sources.list() == ["daily", "office"]
    assert small.findings().get(small.findings().list()[0]) is small.findings()[0]


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("modal sendiri", "indicator", "own_capital"),
        ("own capital", "indicator", "own_capital"),
        ("modal sendri", "indicator", "own_capital"),
        ("OWN CAPTIAL", "indicator", "own_capital"),
        ("members per coop", "metric", "members_per_cooperative"),
        ("kalimantan timur", "region", "64"),
        ("kutai kertanegara", "region", "6403"),
        ("debt to equity", "metric", "debt_to_equity"),
        ("serba usaha", "term", "type.serba_usaha"),
    ],
)
def test_search_finds_it_in_either_language_and_misspelt(text: str, kind: str, code: str) -> None:
    """The first row is what was meant."""
    assert kumkm.search(text).iloc[0][["kind", "id"]].tolist() == [kind, code]


@settings(max_examples=25)
@given(st.data())
def test_every_title_finds_its_own(package: Package, data: st.DataObject) -> None:
    """Whoever searches a whole title finds what has it, with full score."""
    table: Any = data.draw(st.sampled_from([package.indicators, package.metrics, package.regions]))
    code = data.draw(st.sampled_from(table.list()))
    title = table[code].title(data.draw(st.sampled_from(table.languages)))
    found = kumkm.search(title, package)
    assert found.loc[found["id"] == code, "score"].tolist()[:1] == [1.0]


def test_search_without_a_word_is_refused_and_nothing_like_it_is_empty() -> None:
    """An answer is never a guess."""
    with pytest.raises(KumkmError, match="a text with a word"):
        kumkm.search("…")
    assert kumkm.search("xyzzyx").empty


def test_the_names_of_the_rooms_are_catalogues_whatever_was_imported_before() -> None:
    """``kumkm.findings`` is the package of that name, from which modules are imported as ever."""
    code = (
        "import kumkm_analysis as k; a = k.metrics.list(); "
        "from kumkm_analysis.findings.model import KINDS; "
        "import kumkm_analysis.metrics.formulas as f; "
        "from kumkm_analysis import metrics; "
        "assert metrics is k.metrics and k.metrics.list() == a and f.METRICS and KINDS; "
        "print(k.findings.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "kumkm_analysis.findings"


def test_jupyter_shows_a_mistake_as_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand, the message alone; on a page in the making, the traceback with the line."""
    from IPython.core.interactiveshell import InteractiveShell

    def shown(cell: str) -> str:
        shell = InteractiveShell()
        lines: list[str] = []
        monkeypatch.setattr(shell, "_showtraceback", lambda kind, value, told: lines.extend(told))
        shell.run_cell(cell)
        return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines))

    cell = "import kumkm_analysis\nkumkm_analysis.regions.get('Kalimantan Tmur')"
    assert "----> 2 kumkm_analysis" in shown(cell)
    monkeypatch.delenv("KUMKM_PUBLISH")
    told = shown(cell)
    assert told.startswith("UnknownNameError: region: found 'Kalimantan Tmur'")
    assert told.endswith("Did you mean 64 (East Kalimantan)?")
