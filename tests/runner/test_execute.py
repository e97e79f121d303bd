"""Execution and production: parameters, kept notebooks, and the schema of results."""

from __future__ import annotations

import copy
import errno
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jsonschema import Draft202012Validator
from workbench import job, write

from kumkm_analysis.report import results
from kumkm_analysis.report.report import open_report
from kumkm_analysis.runner import execute, produce
from kumkm_analysis.runner.plan import Report

FAST = {"$schema", "$id", "$defs", "$ref", "$comment", "title", "description", "type", "format"}
FAST |= {"properties", "required", "additionalProperties", "patternProperties", "propertyNames"}
FAST |= {"items", "minItems", "maxItems", "uniqueItems", "minProperties", "minimum", "maximum"}
FAST |= {"enum", "const", "pattern", "minLength", "maxLength", "oneOf", "anyOf", "allOf", "not"}


def test_parameters_are_written_below_their_defaults(tmp_path: Any) -> None:
    """The notebook that runs has a cell with the values, and nothing of an earlier run."""
    path = write(tmp_path / "own.ipynb", "print(n)", parameters="n: int = 1")
    notebook = json.loads(path.read_text())
    notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "old"}]
    path.write_text(json.dumps(notebook))
    made = execute.parameterised(job(path, n=5))
    tags = [cell.metadata.tags for cell in made.cells]
    assert tags == [["parameters"], ["injected-parameters"], []]
    assert "n = 5" in made.cells[1].source
    assert all(not cell.outputs for cell in made.cells)
    nbformat.validate(made)


@pytest.mark.parametrize("given", [{}, {"n": 5}])
def test_a_value_of_an_earlier_run_does_not_speak(given: dict[str, int], tmp_path: Path) -> None:
    """Papermill's cell with it keeps its place, so that the cells below keep their numbers."""
    path = write(tmp_path / "own.ipynb", "n = 9", "print(n)", parameters="n: int = 1")
    content = json.loads(path.read_text())
    content["cells"][1]["metadata"]["tags"] = ["injected-parameters"]
    prose = {"cell_type": "markdown", "id": "prose", "metadata": {"tags": ["parameters"]}}
    content["cells"].insert(0, {**prose, "source": "# n"})
    path.write_text(json.dumps(content))
    cells = execute.parameterised(job(path, **given)).cells
    named: dict[str, Any] = {}
    exec("\n".join(cell.source for cell in cells if cell.cell_type == "code"), named)
    assert named["n"] == given.get("n", 1)
    assert len(cells) == 4 + len(given)
    assert [cell.source for cell in cells[-2:]] == ["", "print(n)"]


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5, "a'b\n"],
        {"a": [None, True]},
        "(1, 2)",
        ["a"],
        None,
        "\\",
        1e300,
    ],
)
def test_a_parameter_arrives_as_it_was_read(value: Any, tmp_path: Path) -> None:
    """Of its type too."""
    path = write(tmp_path / "own.ipynb", "1", parameters="value = None")
    found: dict[str, Any] = {}
    exec(execute.parameterised(job(path, value=value)).cells[1].source, found)
    assert found["value"] == value
    assert type(found["value"]) is type(value)


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\n  b", "a b"), ("\x1b[31mred\x1b[0m", "red"), ("x" * 999, "x" * 299 + "…"), ("", "")],
)
def test_an_error_is_one_line(text: str, line: str) -> None:
    """Colours, breaks and endless values do not reach the terminal."""
    assert execute.one_line(text) == line


def test_a_full_temporary_folder_is_told_with_the_next_step() -> None:
    """It is the room that is lacking, whatever the kernel was about to do with it."""
    fault = str(execute.lost("own", OSError(errno.ENOSPC, "No space left on device")))
    assert "own, temporary folder: found No space left on device" in fault
    assert "TMPDIR" in fault
    other = str(execute.lost("own", OSError(errno.ECONNRESET, "Connection reset by peer")))
    assert "a kernel that runs to the end" in other


def words(content: Any) -> Iterator[str]:
    """Yield the keywords of a schema."""
    for key, value in content.items():
        yield key
        if key in ("properties", "$defs", "patternProperties"):
            for inner in value.values():
                yield from words(inner)
        elif isinstance(value, dict) and key not in ("const", "enum"):
            yield from words(value)
        elif isinstance(value, list) and key in ("oneOf", "anyOf", "allOf"):
            for inner in value:
                yield from words(inner)


def test_the_schema_uses_only_what_its_compiled_form_knows() -> None:
    """A keyword that the compiler would skip in silence would not be checked."""
    content = json.loads(produce.SCHEMA.read_text(encoding="utf-8"))
    assert set(words(content)) - FAST == set()


def whole() -> Any:
    """Return results that keep the schema, as they are read back."""
    report = open_report("64", "2012", "en", name="membership")
    report.title(id="Judul", en="Title")
    report.headline(report.figure("cooperatives"), report.metric("members_per_cooperative"))
    built = results.build(report.page, report.name, report.heading, report.headlines)
    return json.loads(json.dumps(built))


def spoiled(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the places in results, of each list the first item only."""
    yield path
    items: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list) and value:
        items = [(0, value[0])]
    for key, inner in items:
        yield from spoiled(inner, (*path, key))


def faults(found: Any) -> list[Any]:
    """Return what is wrong with the results of a report."""
    return produce._result_faults(Report("own", Path("own.ipynb"), {}), found)


def test_both_readings_of_the_schema_agree_on_every_spoiled_result() -> None:
    """Each place taken out, emptied, or turned into another type: ours and jsonschema agree."""
    good, validator = whole(), Draft202012Validator(json.loads(produce.SCHEMA.read_text("utf-8")))
    assert faults(good) == []
    refused = 0
    for place in spoiled(good):
        wrongs: tuple[Any, ...] = (None, "", 5, [], {}, {"unheard": 1}, ...)
        for wrong in wrongs:
            bad = copy.deepcopy(good)
            if not place:
                continue
            holder = bad
            for key in place[:-1]:
                holder = holder[key]
            if wrong is ...:
                del holder[place[-1]]
            else:
                holder[place[-1]] = wrong
            slow = validator.is_valid(bad)
            assert bool(faults(bad)) is not slow, (place, wrong)
            refused += not slow
    assert refused > 100


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r: r.pop("data"), "own, results, as a whole: found {"),
        (
            lambda r: r.update(findings="x"),
            "results, findings: found 'x'; expected what must be ar",
        ),
        (
            lambda r: r["figures"][0].update(value=5),
            "figures[0].value: found 5; expected what must be string or null",
        ),
        (
            lambda r: r["figures"][0].update(id="g1"),
            "figures[0].id: found 'g1'; expected what must",
        ),
        (lambda r: r["data"].update(more=1), "expected what must not contain {'more'} properties"),
        (lambda r: r.update(sources=["x" * 9999, 5]), "results, sources[0]: found 'xxx"),
    ],
)
def test_what_the_schema_expects_is_said_in_words(change: Any, told: str) -> None:
    """Place, what stands there, what should, what to do."""
    spoilt = whole()
    change(spoilt)
    said = "\n".join(map(str, faults(spoilt)))
    assert told in said
    assert "Leave the results to report.close()" in said
    assert len(said) < 1000
