"""Rows of a draft added to a package: filled, validated as a whole, told, then written at once."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kumkm_analysis.curation.drafts import SOURCE, Draft, Row
from kumkm_analysis.curation.news import News, difference
from kumkm_analysis.curation.tables import inserted, replace_all
from kumkm_analysis.dataset import validate
from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.dataset.files import data_files, paths_of
from kumkm_analysis.dataset.numerals import LOCALES, Printed, parse
from kumkm_analysis.dataset.observation import READ_BY_RULE, factor
from kumkm_analysis.errors import DataError, Fault, NumeralError, ParameterError, short
from kumkm_analysis.findings import examine

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.files import Rows

DAMAGED = re.compile(r"#+|-?\d+(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
SAME = ("source_id", "region_id", "indicator_id", "breakdown", "reference_period", "status",
        "as_printed", "locator")  # fmt: skip
LONGEST_QUOTE = 500  # characters; a text is cited, not copied


@dataclass
class Addition:
    """What a draft adds to a package: new texts of its files, and what the rows tell."""

    data: Dataset
    texts: dict[str, str]
    rows: list[Row]
    quoted: int
    news: News = field(default_factory=News)

    def write(self) -> None:
        """Write all files or none: each beside its place first, then put there in one step.

        Raises :class:`~kumkm_analysis.errors.ParameterError` when the package changed meanwhile.
        """
        folder = self.data.path
        if validate.fingerprint(folder) != self.data.fingerprint:
            step = "Run the command again."
            raise ParameterError(Fault(f"{folder}", "other files than were read", "the same", step))
        replace_all({folder / name: text.encode() for name, text in self.texts.items()})


def prepare(data: Dataset, draft: Draft) -> Addition:
    """Return what a draft would add, validated and examined; nothing is written.

    Raises :class:`~kumkm_analysis.errors.ParameterError` with every fault of the draft's rows, by
    their rows in the draft.
    """
    sources = _new_sources(data, draft)
    faults, rows = _confirmed(draft, data, sources)
    _named([row for row, _ in rows], data)
    faults += [*_duplicates(rows, draft, data), *_unquotable(rows, draft)]
    package = validate.require(data.path)
    paths = {one["name"]: paths_of(one) for one in package.descriptor["resources"]}
    added: dict[str, list[tuple[Row, int]]] = {}
    for row, number in rows:
        file = _file_of(row, sources, data, package.tables["observations"])
        added.setdefault(file, []).append((row, number))
    if sources:
        added[paths["sources"][0]] = [(row, draft.numbers[n]) for row, n in sources.values()]
    quotes = _quotations(rows) if "quotations" in paths else []
    if quotes:
        added[paths["quotations"][0]] = quotes
    texts: dict[str, str] = {}
    origin: dict[tuple[str, int], int] = {}
    for name, pairs in added.items():
        old = (data.path / name).read_text(encoding="utf-8")
        in_order = name not in paths["sources"]
        texts[name], places = inserted(old, [row for row, _ in pairs], in_order=in_order)
        origin.update({(name, new): pairs[n][1] for n, new in places.items()})
    with tempfile.TemporaryDirectory() as folder:
        merged = Path(folder)
        for name in data_files(data.path):
            (merged / name).parent.mkdir(parents=True, exist_ok=True)
            if name in texts:
                (merged / name).write_text(texts[name], encoding="utf-8", newline="")
            else:
                shutil.copyfile(data.path / name, merged / name)
        try:
            after = load(merged)
        except DataError as error:
            told = [_in_draft(fault, origin, draft) for fault in error.faults]
            raise ParameterError(_causes([*faults, *told]), _refused(draft)) from None
        if faults:
            raise ParameterError(faults, _refused(draft))
        news = difference(examine(data), examine(after))
    return Addition(data, texts, [row for row, _ in rows], len(quotes), news)


def _refused(draft: Draft) -> str:
    return f"Nothing of {draft.path} was added."


def _causes(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults without repetition, what is missing or unknown before what follows from it."""

    def rank(fault: Fault) -> int:
        if "source" in fault.where.rpartition("column ")[2]:
            return 0
        return 1 if fault.found == "an empty cell" or "a code of" in fault.expected else 2

    return sorted(dict.fromkeys(faults), key=rank)


# ---- what can be derived -------------------------------------------------------------------------


def _new_sources(data: Dataset, draft: Draft) -> dict[str, tuple[Row, int]]:
    """Return the sources that a draft describes and the data lack, each with its first row."""
    fields = [f["name"] for f in data.schemas["sources"]["fields"]]
    found: dict[str, tuple[Row, int]] = {}
    for place, row in enumerate(draft.rows):
        code = row["source_id"]
        given = {k.removeprefix(SOURCE): v for k, v in row.items() if k.startswith(SOURCE) and v}
        if code and code not in data.sources and (given or code in found):
            known = found.setdefault(
                code, ({**dict.fromkeys(fields, ""), "source_id": code}, place)
            )
            for name, text in given.items():
                known[0][name] = known[0][name] or text
    faults = []
    for row, place in found.values():
        twin = next((s for s in data.sources.values() if row["url"] and s.url == row["url"]), None)
        if twin is not None:
            where = f"{draft.path.name}, row {draft.numbers[place]}, column {SOURCE}url"
            step = f"Use source_id {twin.source_id}, and leave the columns {SOURCE}* empty."
            faults.append(Fault(where, f"the address of {twin.source_id}", "a new address", step))
    if faults:
        raise ParameterError(faults, _refused(draft))
    return found


def _confirmed(
    draft: Draft, data: Dataset, sources: Mapping[str, tuple[Row, int]]
) -> tuple[list[Fault], list[tuple[Row, int]]]:
    """Return the rows that somebody stands by, filled, and a fault for each that nobody does."""
    faults, rows = [], []
    for row, number in zip(draft.rows, draft.numbers, strict=True):
        if row.get("confidence", "").lower() == "low":
            where = f"{draft.path.name}, row {number}, column confidence"
            step = "Look at the sentence: correct the row and write high, or delete the row."
            faults.append(Fault(where, f"low ({short(row['as_printed'], 40)})", "high", step))
        else:
            rows.append((_filled(row, data, sources), number))
    return faults, rows


def _filled(row: Row, data: Dataset, sources: Mapping[str, tuple[Row, int]]) -> Row:
    """Return a row of the draft with what follows from its other cells."""
    full = {f["name"]: row.get(f["name"], "") for f in data.schemas["observations"]["fields"]}
    full["sentence"] = row.get("sentence", "")
    source = data.sources.get(full["source_id"], None)
    language = source.language if source else sources.get(full["source_id"], ({}, 0))[0].get(
        "language", "")  # fmt: skip
    indicator = data.indicators.get(full["indicator_id"], None)
    exception = full["token_exception"]
    numerals, read = _read(full["as_printed"], full["numerals"], language)
    full["numerals"] = full["numerals"] or numerals
    value = full["value"].replace(",", ".") if full["value"].count(",") == 1 else full["value"]
    lost = not value or DAMAGED.fullmatch(value)
    if lost and read is not None and exception in READ_BY_RULE:
        value = f"{read.value * factor(exception, full.get('table_unit', '')):f}"
    full["value"] = _without_zeros(value)
    full["unit"] = full["unit"] or (indicator.unit if indicator else "")
    if not full["printing"] and read is not None:
        whole = not read.scaled and read.last_digit == 1 and full["unit"] != "percent"
        full["printing"] = "exact" if whole else "rounded"
    period = full["reference_period"]
    full["period_basis"] = full["period_basis"] or ("stated" if period else "publication")
    full["status"] = full["status"] or "outcome"
    if full["status"] == "target" and "obs_status" in full:
        full["obs_status"] = full["obs_status"] or "F"
    return full


def _read(token: str, numerals: str, language: str) -> tuple[str, Printed | None]:
    """Return whose separators a token has, those of its source's language first, and its number."""
    for one in [numerals] if numerals in LOCALES else dict.fromkeys((language, *LOCALES)):
        if one in LOCALES:
            try:
                return one, parse(token, one)
            except NumeralError:
                continue
    return language if language in LOCALES else next(iter(LOCALES)), None


def _without_zeros(value: str) -> str:
    """Return a number as the data write it: without zeros behind its last decimal.

    >>> _without_zeros("4.80"), _without_zeros("5855.0"), _without_zeros("1500")
    ('4.8', '5855', '1500')
    """
    return value.rstrip("0").rstrip(".") if re.fullmatch(r"-?\d+\.\d+", value) else value


def _named(rows: Sequence[Row], data: Dataset) -> None:
    """Give every row that has no code its own, built as data/README.md says."""
    taken = {*data.observations, *(row["observation_id"] for row in rows)}
    for row in rows:
        if row["observation_id"]:
            continue
        base = identity(row)
        number, code = 1, base
        while code in taken:
            number += 1
            code = f"{base}.{number}"
        row["observation_id"] = code
        taken.add(code)


def identity(row: Mapping[str, str]) -> str:
    """Return the code of a figure, without the number of a repetition.

    >>> identity({"region_id": "64", "indicator_id": "cooperatives", "source_id": "paper",
    ...     "breakdown": "type=jasa", "reference_period": "2013/2014", "status": "target"})
    '64.cooperatives.type-jasa.2013-2014.target.paper'
    """
    parts = [row["region_id"], row["indicator_id"]]
    parts += [part.replace("=", "-") for part in row["breakdown"].split(";") if part]
    parts.append(row["reference_period"].replace("/", "-") or "undated")
    parts += ["target"] * (row["status"] == "target")
    return ".".join([*parts, row["source_id"]])


def _duplicates(rows: Sequence[tuple[Row, int]], draft: Draft, data: Dataset) -> list[Fault]:
    """Refuse what stands in the data already, or twice in the draft."""
    there = {tuple(str(getattr(o, name)) for name in SAME): o.observation_id
             for o in data.observations.values()}  # fmt: skip
    faults = []
    for row, number in rows:
        key = tuple(row[name] for name in SAME)
        if key in there:
            where = f"{draft.path.name}, row {number}"
            step = "Delete the row; a figure printed again elsewhere has another locator."
            faults.append(Fault(where, f"the same as {there[key]}", "a figure not yet there", step))
        there.setdefault(key, f"row {number}")
    return faults


# ---- quotations ----------------------------------------------------------------------------------


def _unquotable(rows: Sequence[tuple[Row, int]], draft: Draft) -> list[Fault]:
    """Check that the sentence beside a figure holds its token, and is no whole text."""
    faults = []
    for row, number in rows:
        where, said = f"{draft.path.name}, row {number}, column ", row["sentence"]
        if said and row["as_printed"] not in said:
            step = "A spreadsheet may have changed the token: copy it from the sentence."
            found, expected = repr(short(row["as_printed"])), "a token that stands in the sentence"
            faults.append(Fault(where + "as_printed", found, expected, step))
        elif len(said) > LONGEST_QUOTE:
            step = "Shorten it to what the figure needs, or empty the cell."
            found, expected = f"{len(said)} characters", f"at most {LONGEST_QUOTE}"
            faults.append(Fault(where + "sentence", found, expected, step))
    return faults


def _quotations(rows: Sequence[tuple[Row, int]]) -> list[tuple[Row, int]]:
    return [
        ({"observation_id": row["observation_id"], "quotation": row["sentence"]}, number)
        for row, number in rows if row["sentence"]
    ]  # fmt: skip


# ---- where it goes -------------------------------------------------------------------------------


def _file_of(row: Row, sources: Mapping[str, tuple[Row, int]], data: Dataset, rows: Rows) -> str:
    """Return the file that a row belongs to: that of its source, else of sources of its kind."""
    pairs = [
        (file, source)
        for (file, _), source in zip(rows.places, rows.column("source_id"), strict=True)
    ]
    own = next((file for file, source in pairs if source == row["source_id"]), "")
    kind = sources.get(row["source_id"], (row, 0))[0].get("kind", "")
    alike = {(file, source) for file, source in pairs if data.sources[source].kind == kind}
    kinds = Counter(file for file, _ in sorted(alike)).most_common(1)
    return own or (kinds[0][0] if kinds else rows.paths[0])


def _in_draft(fault: Fault, origin: Mapping[tuple[str, int], int], draft: Draft) -> Fault:
    """Return a fault of the merged package under the row of the draft that it comes from."""
    found = re.match(r"(.+?), row (\d+)(.*)", fault.where)
    row = origin.get((found[1], int(found[2]))) if found else None
    if found is None or row is None:
        return fault
    table = found[1]
    column = found[3].replace("column ", f"column {SOURCE}") if table.startswith("sources") else (
        found[3])  # fmt: skip
    return Fault(f"{draft.path.name}, row {row}{column}", fault.found, fault.expected,
                 fault.next_step)  # fmt: skip
