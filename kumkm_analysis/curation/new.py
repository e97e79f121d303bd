"""The smallest valid package for a province or country of one's own, to be filled row by row.

Columns and their descriptions are those of the package that comes with the library, in the
languages that are asked for; a region that it knows brings its row, those above and those below.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kumkm_analysis import paths
from kumkm_analysis.dataset import money, numerals, validate
from kumkm_analysis.dataset.dataset import Dataset, load
from kumkm_analysis.dataset.files import DESCRIPTOR
from kumkm_analysis.dataset.periods import check_period
from kumkm_analysis.dataset.records import NEEDED_TABLES, TABLES, translated
from kumkm_analysis.dataset.request import check_language
from kumkm_analysis.errors import Fault, ParameterError, short

CODE = re.compile(r"[A-Za-z0-9]+", re.ASCII)
LEVELS = ("country", "region")
FIRST = ("cooperatives", "members")  # indicators that a package of another country begins with
OFFICES = {  # what offices of another country are called, where ours would name Indonesia's
    "provincial_government": ("pemerintah daerah", "regional government"),
    "local_government": ("pemerintah setempat", "local government"),
}
UNITS = {"orang": "people", "jenis": "groups"}  # codes that are words of ours
UNWRITTEN = {"id": "Belum ditulis.", "en": "Not yet written."}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new package is to be: its title, region and name, levels, languages and currency.

    ``levels`` are those of regions from the highest down; the region itself is on the first.
    """

    title: str
    region: str
    name: str = ""
    levels: Sequence[str] = LEVELS
    languages: Sequence[str] = ()
    currency: str = ""
    period: str = ""
    contributor: str = ""


def create(folder: Path, wanted: Wanted) -> None:
    """Write the package into a folder that is new or empty; it is validated before.

    Raises :class:`~kumkm_analysis.errors.ParameterError` with all that is wrong with what is
    wanted; then nothing was written.
    """
    shipped = load(paths.shipped_data_path())
    if faults := [*_faults(folder, wanted, shipped)]:
        raise ParameterError(faults, "Nothing was written.")
    files = _files(wanted, shipped)
    with tempfile.TemporaryDirectory() as made:
        for name, text in files.items():
            (Path(made) / name).write_text(text, encoding="utf-8")
        if faults := validate.check(Path(made)):
            raise ParameterError(faults, "Nothing was written.")
        folder.mkdir(parents=True, exist_ok=True)
        for name in sorted(files, key=lambda name: name == DESCRIPTOR):  # without it no package
            shutil.copyfile(Path(made, name), folder / name)


def next_steps(folder: Path) -> list[str]:
    """Return what to do with a new package, command by command."""
    return [
        f"{folder} is a valid package. Next:",
        f"  kumkm check --data {folder}",
        f"  $EDITOR {folder}/sources.csv {folder}/observations.csv  # see docs/packages.md",
        f"  kumkm run --data {folder}",
    ]


def _faults(folder: Path, wanted: Wanted, shipped: Dataset) -> Iterable[Fault]:
    """Yield what is wrong with a wish."""
    if folder.exists() and not folder.is_dir():
        yield Fault(str(folder), "a file", "a new folder", "Name another one.")
    elif folder.is_dir() and any(folder.iterdir()):
        yield Fault(f"folder {folder}", "files in it", "a new or an empty one", "Name another one.")
    if not CODE.fullmatch(wanted.region):
        step = "Write a short code, such as the one of your statistics office."
        yield Fault("--region", repr(short(wanted.region)), "letters and digits", step)
    elif wanted.region not in shipped.regions and not wanted.name.strip():
        step = f"Write --name and what {wanted.region} is called."
        yield Fault("--name", "none", "the name of the region", step)
    if not wanted.title.strip():
        yield Fault("--title", "none", "what the figures are about", "Write one line.")
    for language in wanted.languages:
        if fault := check_language(language):
            yield fault
    if wanted.period and (fault := check_period(wanted.period)):
        yield fault
    for level in wanted.levels:
        if not level.isidentifier():
            step = "Name them from the highest down: country,county,ward."
            yield Fault("--level", repr(short(level)), "one word", step)
    if wanted.currency and wanted.currency not in money.currencies():
        step = "Write its three letters, such as KES or EUR."
        yield Fault("--currency", repr(short(wanted.currency)), "a code of ISO 4217", step)


def _files(wanted: Wanted, shipped: Dataset) -> Mapping[str, str]:
    """Return the files of a package by their names."""
    own = wanted.region in shipped.regions
    languages = [*wanted.languages] or [*(shipped.settings.languages if own else ("en",))]
    content = json.loads((shipped.path / DESCRIPTOR).read_text(encoding="utf-8"))
    known = {one["name"]: one for one in content["resources"]}
    resources = [_restricted(known[name], languages) for name in NEEDED_TABLES]
    currency = wanted.currency or (shipped.settings.currency if own else "")
    columns = {r["name"]: {f["name"]: f for f in r["schema"]["fields"]} for r in resources}
    for table in ("indicators", "observations"):
        _units(columns[table]["unit"], {} if own else UNITS, currency, languages)
    if not own:
        _elsewhere(columns, wanted, languages)
    descriptor = {
        "$schema": content["$schema"],
        "name": re.sub(r"[^a-z0-9]+", "-", wanted.title.lower()).strip("-")[:60] or "package",
        "title": wanted.title,
        "version": "0.1.0",
        "created": f"{datetime.now(UTC):%Y-%m-%dT00:00:00Z}",
        "contributors": [{"title": wanted.contributor or wanted.title, "roles": ["creator"]}],
        # without a period, reports are about the year of most figures
        "kumkm": {
            "region": wanted.region,
            **({"period": wanted.period} if wanted.period else {}),
        },
        "resources": resources,
    }
    rows = {"sources": [], "observations": [], **_rows(wanted, shipped, languages)}
    files = {}
    for one in resources:
        one["path"] = f"{one['name']}.csv"
        files[one["path"]] = _table([*columns[one["name"]]], rows[one["name"]])
    files[DESCRIPTOR] = json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"
    return files


def _restricted(resource: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    """Return the description of a table in some languages, without keys to tables left out."""
    one: dict[str, Any] = deepcopy(dict(resource))
    schema = one["schema"]
    both = translated(TABLES[one["name"]])
    kept = [f for f in schema["fields"] if f["name"] not in both or f["name"][-2:] in languages]
    kept = [f for f in kept if f["name"] != "territory"]
    others = [f"_{k}" for k in numerals.LOCALES if k not in languages]
    schema["fields"] = [_spoken(f, others) for f in kept]
    schema["foreignKeys"] = [
        key
        for key in schema.get("foreignKeys", [])
        if key["reference"].get("resource", "sources") in NEEDED_TABLES
    ]
    return {k: v for k, v in one.items() if not k.endswith(tuple(others))} if others else one


def _spoken(field: dict[str, Any], others: Sequence[str]) -> dict[str, Any]:
    """Return a column, and its codes, without what is said in other languages."""
    ends = tuple(others)
    said = {k: v for k, v in field.items() if not (ends and k.endswith(ends))}
    if "codes" in said:
        said["codes"] = {
            code: {k: v for k, v in titles.items() if not (ends and k.endswith(ends))}
            for code, titles in said["codes"].items()
        }
    return said


def _units(
    column: dict[str, Any], called: Mapping[str, str], currency: str, languages: Sequence[str]
) -> None:
    """Let a unit be the currency of the package and no other one; some codes are called anew."""
    known = [u for u in column["constraints"]["enum"] if not money.is_money(u)]
    old = {called.get(unit, unit): column["codes"][unit] for unit in known}
    units = [*old]
    titles = {f"title_{k}": money.name_of_currency(currency, k) for k in languages if currency}
    column["constraints"]["enum"] = [*units, *([currency] if currency else [])]
    column["codes"] = {**old, **({currency: titles} if currency else {})}


def _elsewhere(
    columns: Mapping[str, Mapping[str, Any]], wanted: Wanted, languages: Sequence[str]
) -> None:
    """Describe regions and offices of another country."""
    regions, kinds = columns["regions"], columns["sources"]["kind"]["codes"]
    regions["region_id"]["constraints"]["pattern"] = f"^{CODE.pattern}$"
    for k in languages:
        key = "description" if k == "en" else f"description_{k}"
        regions["region_id"][key] = {"id": "Kode wilayah.", "en": "Code of the region."}[k]
        for code, titles in OFFICES.items():
            kinds[code][f"title_{k}"] = titles[[*numerals.LOCALES].index(k)]
    level = regions["level"]
    level["constraints"]["enum"] = [*wanted.levels]
    level["codes"] = {
        one: {
            **{f"title_{k}": one.replace("_", " ") for k in languages},
            **({"plural_en": _plural(one.replace("_", " "))} if "en" in languages else {}),
        }
        for one in wanted.levels
    }


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if re.search("[^aeiou]y$", word) else f"{word}s"


def _rows(
    wanted: Wanted, shipped: Dataset, languages: Sequence[str]
) -> dict[str, list[dict[str, str]]]:
    """Return the first rows of a package: regions, and indicators to begin with."""
    if wanted.region in shipped.regions:
        above: list[str] = []
        code = wanted.region
        while code := shipped.regions[code].parent_id:
            above.insert(0, code)
        below = [one.region_id for one in shipped.children(wanted.region)]
        codes = [*above, wanted.region, *below]
        regions = [_cells(shipped.regions[one]) for one in codes]
        for row in regions:
            row["successor_id"] = row["successor_id"] if row["successor_id"] in codes else ""
        return {"regions": regions, "indicators": [*map(_cells, shipped.indicators.values())]}
    titles = {f"title_{k}": wanted.name for k in languages}
    region = {"region_id": wanted.region, "level": wanted.levels[0], **titles}
    indicators = []
    for name in FIRST:
        row = _cells(shipped.indicators[name])
        row |= {f"definition_{k}": UNWRITTEN[k] for k in languages}
        row |= {f"classification_{k}": UNWRITTEN[k] for k in languages}
        row["unit"] = UNITS.get(row["unit"], row["unit"])
        basis = dict.fromkeys(("source", "source_locator"), UNWRITTEN[languages[0]])
        indicators.append({**row, **basis, "note": ""})
    return {"regions": [region], "indicators": indicators}


def _cells(record: Any) -> dict[str, str]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return a table as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, "", "ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
