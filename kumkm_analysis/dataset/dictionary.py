"""The dictionary of the data: ``data/README.md``, written from the descriptor and held to it.

Run as ``python -m kumkm_analysis.dataset.dictionary`` it writes the page; with
``--check`` it only tells whether the page still says what the descriptor says (exit code 1 when it
does not).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kumkm_analysis import paths
from kumkm_analysis.dataset.descriptor import read_descriptor
from kumkm_analysis.dataset.files import DESCRIPTOR, paths_of
from kumkm_analysis.errors import DataError, Fault, KumkmError

PAGE = "README.md"
COMMAND = "python -m kumkm_analysis.dataset.dictionary"

GENERATED = f"<!-- Written by `{COMMAND}` from {DESCRIPTOR}; change that file, not this one. -->"

CONVENTIONS = """\
All tables are UTF-8 without a byte order mark, with LF line ends, commas between the cells, double
quotes where a cell needs them, and a header row. An empty cell means that there is nothing to say.
Rows refer to each other by code, never by title. Titles, definitions and cautions come in
Indonesian (`…_id`) and British English (`…_en`); notes on single sources and figures are in
English and quote the source in its own words. A key such as `region_id` is a code, too: the
suffix `_id` means Indonesian only in pairs with `_en`."""

ADDING = """\
## How to add a source

1. Look whether it is there already, under its address or as a copy of the same text.
2. Add a row to `sources.csv`. Choose a readable `source_id` (publisher, subject, year); it stays
   for ever, since the codes of figures contain it. Take `title` and `published` from the text
   itself; leave the date empty when the text gives none, and say in the note how it is known.
3. Choose the `kind` by who published the text that was read, not by whom it quotes; the
   institution quoted goes into `quotes`.

## How to add a figure

1. One row a printed figure in the file of its origin under `observations/`, sorted by code, also
   when it is impossible or contradicts another row. Nothing is corrected, averaged or left out.
2. Copy `as_printed` character by character, with its unit word and its misprints. Set `numerals`
   to whose separators the source uses.
3. Take `printing` from the source's own words: a bare count is `exact`; a number with a scale word
   or decimals is `rounded`; *sekitar* is `about`, *lebih* `at_least`, *hampir* `at_most`;
   `truncated` only where the full figure is known.
4. Write `value` in base units. It is a double entry: `as_printed` times `table_unit`, the unit in
   the head of the table, must give the same number. Where no rule can read the token, say why with
   a code in `token_exception`.
5. Choose the indicator by definition, not by word. When the source counts something else, add an
   indicator. A new breakdown needs its two rows in `terms.csv` (`key` and `key.value`).
6. Give `reference_period` only as exactly as the text does. `period_basis` is `publication` when
   the text says "now". A month that is known from elsewhere goes into `survey_month`; a territory
   other than the one that the region's code means into `territory`.
7. Build `observation_id` from the row: region, indicator, breakdown (with `-` for `=`), period or
   `undated`, `target` for targets, source; append `.2`, `.3` when the source repeats the figure.

An article need not be typed: `kumkm read` drafts its rows, `kumkm add` fills what follows from the
other cells, validates and adds them; CONTRIBUTING.md shows the way.

Then run `kumkm check`, which names every fault by file, row and column, and the tests: they hold
the number of figures and their sums to seals, so an addition is a deliberate act."""


def render(descriptor: Mapping[str, Any]) -> str:
    """Return the dictionary page of a data package as Markdown.

    >>> page = render({"name": "tiny", "title": "Tiny data", "description": "Three rows.",
    ...                "version": "1", "licenses": [{"name": "CC0-1.0", "path": "https://a.b/c"}],
    ...                "resources": []})
    >>> page.splitlines()[2]
    '# Tiny data'
    """
    tables = descriptor["resources"]
    licences = ", ".join(f"[{one['name']}]({one['path']})" for one in descriptor["licenses"])
    parts = [
        GENERATED,
        f"# {descriptor['title']}",
        descriptor["description"],
        *([f"*{descriptor['description_id']}*"] if "description_id" in descriptor else []),
        f"Data package `{descriptor['name']}`, version {descriptor['version']}; licence of the "
        f"compilation: {licences}. [`{DESCRIPTOR}`]({DESCRIPTOR}) describes every column for "
        "programs (Frictionless Data Package, version 2); this page says the same for people.",
        "## Tables",
        "\n".join(_overview(tables)),
        "\n".join(_references(tables)),
        "## Conventions",
        CONVENTIONS,
        *(part for table in tables for part in _table(table)),
        ADDING,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _overview(tables: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield one line a table: its file, what a row is, and its key."""
    yield "| table | Indonesian | what a row is | key |"
    yield "|---|---|---|---|"
    for table in tables:
        key = ", ".join(f"`{name}`" for name in table["schema"].get("primaryKey", []))
        link = ", ".join(f"[{path}](#{table['name']})" for path in paths_of(table))
        yield _row(link, table["title_id"], table["description"], key)


def _references(tables: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield one line a foreign key: which column must hold a code of which table."""
    keys = [(table["name"], key) for table in tables for key in _foreign_keys(table)]
    if keys:
        yield "References between the tables, all enforced:"
        yield ""
    for name, (column, other, target) in keys:
        yield f"- `{name}.{column}` → `{other}.{target}`"


def _foreign_keys(table: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (column, other table, other column) of the foreign keys of a table."""
    for key in table["schema"].get("foreignKeys", []):
        reference = key["reference"]
        other = reference.get("resource") or table["name"]
        for column, target in zip(key["fields"], reference["fields"], strict=True):
            yield column, other, target


def _table(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the sections of one table: what it holds, its columns, its codes."""
    yield f"## {table['name']}"
    yield f"{table['description']} *{table['description_id']}*"
    keys = {column: f"`{other}.{target}`" for column, other, target in _foreign_keys(table)}
    lines = ["| column | Indonesian | type | rules | meaning |", "|---|---|---|---|---|"]
    for field in table["schema"]["fields"]:
        rules = "; ".join(_rules(field, keys.get(field["name"])))
        name = f"`{field['name']}`"
        lines.append(_row(name, field["title_id"], field["type"], rules, field["description"]))
    yield "\n".join(lines)
    for field in table["schema"]["fields"]:
        if field.get("codes"):
            yield "\n".join(_codes(field))


def _rules(field: Mapping[str, Any], target: str | None) -> Iterator[str]:
    """Yield the constraints of a column in words."""
    rules = field.get("constraints", {})
    if rules.get("required"):
        yield "required"
    if rules.get("unique"):
        yield "unique"
    if target:
        yield f"code of {target}"
    if "enum" in rules:
        yield "one of the codes below" if field.get("codes") else _listed(rules["enum"])
    if "pattern" in rules:
        yield f"form `{rules['pattern']}`"
    if "minimum" in rules:
        yield f"at least {rules['minimum']}"
    if "maximum" in rules:
        yield f"at most {rules['maximum']}"


def _listed(codes: Sequence[object]) -> str:
    return "one of " + ", ".join(f"`{code}`" for code in codes)


def _codes(field: Mapping[str, Any]) -> Iterator[str]:
    """Yield the codes of a column with their meaning in both languages."""
    yield f"Codes of `{field['name']}`:"
    yield ""
    yield "| code | meaning | Indonesian |"
    yield "|---|---|---|"
    for code in field["constraints"]["enum"]:
        titles = field["codes"][code]
        yield _row(f"`{code}`", titles["title_en"], titles["title_id"])


def _row(*cells: str) -> str:
    """Return a row of a Markdown table; a bar inside a cell is escaped."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def read(folder: Path) -> Mapping[str, Any]:
    """Return the descriptor of a data package.

    Raises :class:`~kumkm_analysis.errors.DataError` with every fault of it.
    """
    faults, content, _ = read_descriptor(folder)
    if faults:
        raise DataError(faults)
    return dict(content)


def write(folder: Path) -> Path:
    """Write the page of a data package and return its path."""
    page = folder / PAGE
    page.write_text(_rendered(folder), encoding="utf-8", newline="\n")
    return page


def check(folder: Path) -> None:
    """Raise :class:`~kumkm_analysis.errors.DataError` when the page and the descriptor differ."""
    page = folder / PAGE
    step = f"Run {COMMAND} and keep what it writes."
    if not page.is_file():
        raise DataError([Fault(str(page), "no such file", f"a page made from {DESCRIPTOR}", step)])
    expected = _rendered(folder).split("\n")[:-1]
    found = page.read_bytes().decode("utf-8", errors="replace").split("\n")[:-1]
    if found != expected:
        pairs = zip([*found, ""], [*expected, ""], strict=False)
        line = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), len(expected) + 1)
        shown = found[line - 1][:80] if line <= len(found) else "the end of the page"
        wanted = expected[line - 1][:80] if line <= len(expected) else "the end of the page"
        raise DataError([Fault(f"{page}, line {line}", repr(shown), repr(wanted), step)])


def _rendered(folder: Path) -> str:
    """Return the page that belongs to the descriptor of a folder."""
    descriptor = read(folder)
    try:
        return render(descriptor)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        found = f"a part cannot be described ({type(error).__name__}: {error})"
        step = "Every table and column needs title_id, description and description_id or codes."
        raise DataError([Fault(DESCRIPTOR, found, "a complete descriptor", step)]) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the page; return 0 when all is well and 1 otherwise."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write data/README.md.")
    parser.add_argument("--check", action="store_true", help="only compare, write nothing")
    parser.add_argument("--data", type=Path, default=None, help="folder of the data package")
    options = parser.parse_args(arguments)
    try:
        folder = options.data or paths.data_path()
        if options.check:
            check(folder)
        else:
            print(f"Written: {write(folder)}")
    except KumkmError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
