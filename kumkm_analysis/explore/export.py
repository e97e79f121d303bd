"""Figures to take away: one file that keeps bounds, sources, doubts and what the columns mean."""

from __future__ import annotations

import json
import locale as locales
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kumkm_analysis.errors import Fault, ParameterError, inert
from kumkm_analysis.explore.frames import told
from kumkm_analysis.findings.examine import examine

if TYPE_CHECKING:
    import pandas as pd

    from kumkm_analysis.dataset.dataset import Dataset

STATA_NAMES = {"start": "first_day", "end": "last_day"}  # "end" is a word of its language
STATA_LABEL, STATA_TEXT = 80, 2045  # characters of a label, and of a text that is no strL
DESCRIBED = {  # columns of a frame that stand in a table of the package
    "indicator": "indicator_id", "region": "region_id", "category": "breakdown",
    "period": "reference_period", "source": "source_id",
    "observation": "observation_id",
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = {
    "id": {
        "year": "tahun, kosong bila kurunnya lebih panjang", "start": "hari pertama kurun",
        "end": "hari terakhir kurun", "low": "nilai terkecil yang mungkin menurut cetakan",
        "high": "nilai terbesar yang mungkin menurut cetakan",
        "contested": "benar: ada temuan yang meragukan angka ini",
        "doubt": "doubted: diragukan; disputed: salah satu dari beberapa angka yang tidak sejalan",
        "findings": "kode semua temuan tentang angka ini",
        "register": "daftar yang disebut teks (ods, agregat …), bila ada",
        "against": "apa yang menentang angka ini, dalam kalimat",
    },
    "en": {
        "year": "year, empty where the period is longer", "start": "first day of the period",
        "end": "last day of the period", "low": "least value that the print allows",
        "high": "greatest value that the print allows",
        "contested": "true: a finding speaks against this figure",
        "doubt": "doubted: accused by a finding; disputed: one of several that do not go together",
        "findings": "codes of all findings that touch this figure",
        "register": "register that the text names (ods, aggregate …), if any",
        "against": "what speaks against this figure, in sentences",
    },
}  # fmt: skip
Tables = Mapping[str, "pd.DataFrame"]


def export(data: Dataset, table: pd.DataFrame, path: Path, locale: str, language: str) -> Path:
    """Write a table of figures; see :meth:`kumkm_analysis.explore.package.Package.export`."""
    write = WRITERS.get(path.suffix.lower())
    faults = []
    if write is None:
        faults.append(Fault("path", repr(path.name), f"an ending of {', '.join(WRITERS)}"))
    elif not path.parent.is_dir():
        step = "Make the folder first."
        faults.append(Fault("path", f"no folder {path.parent}", "a folder that is there", step))
    if locale and not _known(locale):
        faults.append(Fault("locale", repr(locale), "a locale such as id_ID or en_GB"))
    if faults or write is None:
        raise ParameterError(faults)
    tables = _tables(data, table, language)
    try:
        handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=".export-", dir=path.parent)
    except OSError as error:
        raise _unwritten(path, error) from None
    os.close(handle)
    try:
        write(Path(name), tables, locale)
        if path.suffix.lower() == ".csv":
            beside = path.with_name(f"{path.name}-metadata.json")
            beside.write_text(_metadata(path.name, tables, locale), encoding="utf-8")
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)  # a private file is of no use to others
        Path(name).replace(path)
    except ImportError as error:
        step = "pip install 'kumkm-analysis[export]'"
        raise ParameterError(
            Fault(f"export to {path.suffix}", f"no {error.name}", "it installed", step)
        ) from None
    except OSError as error:  # a folder of that name, a full disk, a file that another holds open
        raise _unwritten(path, error) from None
    finally:
        Path(name).unlink(missing_ok=True)
    return path


def _unwritten(path: Path, error: OSError) -> ParameterError:
    found = f"{path}, which cannot be written: {error.strerror or error}"
    step = "Take another folder or name, or close the program that has the file open."
    return ParameterError(Fault("path", found, "a file that can be written", step))


def _tables(data: Dataset, table: pd.DataFrame, language: str) -> Tables:
    """Return the figures with what is against them, their sources, findings, and the columns."""
    import pandas as pd

    figures, found = table.copy(), examine(data)
    accusing = found.where(
        lambda f: f.severity != "note" and f.finding_id not in data.acknowledgements
    )
    said = {i: [f.sentence(language) for f in accusing.of(i).findings if i in f.suspects]
            for i in figures.index}  # fmt: skip
    figures["against"] = pd.array([" ".join(said[i]) or None for i in figures.index], "string")
    figures.attrs = {}
    sources = data.sources.frame().loc[lambda s: s.index.isin(figures["source"])]
    own = set(figures.index)
    touching = found.where(lambda f: not own.isdisjoint(f.observations)).frame()
    kept = ["kind", "severity", "region", "indicator", "period", "suspects", "observations",
            f"sentence_{language}"]  # fmt: skip
    touching = touching[[name for name in kept if name in touching.columns]].copy()
    described = [*data.schemas["sources"]["fields"], *data.schemas["observations"]["fields"]]
    fields = {field["name"]: field for field in described}
    rows = [(n, _meaning(n, fields, language)) for n in (figures.index.name, *figures.columns)]
    dictionary = pd.DataFrame(rows, columns=["column", "meaning"]).set_index("column")
    about = pd.DataFrame(
        {"value": [*told(data).values(), data.homepage, ", ".join(data.contributors)]},
        index=pd.Index(["data", "version", "sha256", "homepage", "by"], name="about"),
    )
    return {"figures": figures, "sources": sources, "findings": touching,
            "dictionary": dictionary, "about": about}  # fmt: skip


def _meaning(name: str, fields: Mapping[str, Mapping[str, Any]], language: str) -> str:
    """Return what a column means, in the words of the package where it is one of its own."""
    words = WORDS.get(language, WORDS["en"])
    field = fields.get(DESCRIBED.get(name, name), {})
    label = fields.get(DESCRIBED.get(name.removesuffix("_label"), ""), {})
    return (
        words.get(name)
        or str(field.get(f"description_{language}") or field.get("description") or "")
        or str(label.get(f"title_{language}") or label.get("title") or "")
    )


def _xlsx(path: Path, tables: Tables, locale: str) -> None:
    """Write a sheet a table: real numbers and days, and texts that are no formulas."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    for blank in book.worksheets:
        book.remove(blank)
    number = _code(locale)
    prefix = f"[$-{number:x}]" if number else ""
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        rows, columns = _plain(table), [*map(str, table.reset_index().columns)]
        for y, row in enumerate([columns, *(r.values() for r in rows)], start=1):
            for x, value in enumerate(row, start=1):
                cell = sheet.cell(y, x)
                if isinstance(value, str):
                    cell.value, cell.data_type = value, "s"
                    cell.quotePrefix = inert(value) != value
                elif value is not None:
                    cell.value = value
                    cell.number_format = prefix + _format(value)
                if y == 1:
                    cell.font = Font(bold=True)
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = sheet.dimensions
        for x, column in enumerate(columns, start=1):
            longest = max([len(column), *(len(str(r[column] or "")) for r in rows[:200])])
            sheet.column_dimensions[get_column_letter(x)].width = min(48, longest + 2)
    book.save(path)


def _format(value: Any) -> str:
    """Return the format of a number or day; a year is no amount and has no separator."""
    if isinstance(value, bool):
        return "General"
    if isinstance(value, int):
        return "0"
    if isinstance(value, float):
        return "#,##0" if value == int(value) else "#,##0.0#########"
    return "yyyy-mm-dd"


def _dta(path: Path, tables: Tables, locale: str) -> None:
    """Write the figures for Stata: labels no longer than it takes, long texts as strL."""
    import pandas as pd

    table, meanings = tables["figures"].reset_index(), tables["dictionary"]["meaning"].copy()
    meanings = meanings.rename(STATA_NAMES)
    table = table.rename(columns=STATA_NAMES)
    for name, column in table.items():
        if isinstance(column.dtype, pd.StringDtype):
            table[name] = column.fillna("").astype(object)
        elif str(column.dtype) == "boolean":
            table[name] = column.astype("int8")
        elif pd.api.types.is_extension_array_dtype(column.dtype):
            table[name] = column.astype("float64")
    texts = [n for n in table.columns if table[n].dtype == object]
    long = [n for n in texts if max((len(t.encode()) for t in table[n]), default=0) > STATA_TEXT]
    labels = {n: meanings.get(n, "")[:STATA_LABEL] for n in table.columns}
    about = tables["about"]["value"]
    table.to_stata(
        path, write_index=False, version=118, variable_labels=labels, convert_strl=long,
        data_label=f"{about['data']} {about['version']}"[:STATA_LABEL],
        convert_dates=dict.fromkeys(STATA_NAMES.values(), "td"),
    )  # fmt: skip


def _parquet(path: Path, tables: Tables, locale: str) -> None:
    """Write the figures; the other tables are its ``attrs``, which pandas reads back."""
    import pyarrow  # noqa: F401 - what writes it, asked for so that its lack is told

    table = tables["figures"].copy()
    table.attrs = json.loads(_json({n: t for n, t in tables.items() if n != "figures"}))
    table.to_parquet(path, engine="pyarrow")


def _csv(path: Path, tables: Tables, locale: str) -> None:
    """Write the figures with the separators of a locale, whole numbers without decimals."""
    import pandas as pd

    point, separator = _separators(locale)
    table = tables["figures"].copy()
    for name, column in table.items():
        if str(column.dtype) == "string":
            table[name] = column.map(inert, na_action="ignore")
        elif str(column.dtype) == "Float64":
            shown = (f"{v:.17g}" if v is not pd.NA else None for v in column)
            table[name] = [v and v.replace(".", point) for v in shown]
    encoding = "utf-8-sig" if locale else "utf-8"  # spreadsheets take a file without mark for older
    table.to_csv(path, sep=separator, lineterminator="\n", encoding=encoding)


def _separators(locale: str) -> tuple[str, str]:
    """Return the decimal sign of a locale, and what then separates the cells.

    >>> _separators("id_ID"), _separators("en_GB"), _separators("")
    ((',', ';'), ('.', ','), ('.', ','))
    """
    from babel.numbers import get_decimal_symbol

    point = get_decimal_symbol(locale) if locale else "."
    return point, ";" if point == "," else ","


def _metadata(name: str, tables: Tables, locale: str) -> str:
    """Return what a CSV file cannot say of itself, in the vocabulary of CSV on the Web."""
    point, separator = _separators(locale)
    meanings, figures = tables["dictionary"]["meaning"], tables["figures"]
    number = {"base": "number", "format": {"decimalChar": point}}
    columns = [
        {"name": column, "titles": column, "dc:description": meanings.get(column, ""),
         "datatype": number if str(figures[column].dtype) == "Float64" else "string"}
        for column in figures.columns
    ]  # fmt: skip
    first = {
        "name": figures.index.name,
        "titles": figures.index.name,
        "dc:description": meanings[str(figures.index.name)],
        "datatype": "string",
    }
    content = json.loads(_json({n: t for n, t in tables.items() if n != "figures"}))
    return json.dumps(
        {
            "@context": "http://www.w3.org/ns/csvw", "url": name,
            "dialect": {"delimiter": separator, "encoding": "utf-8", "header": True},
            "tableSchema": {"columns": [first, *columns]}, "notes": [content],
        }, ensure_ascii=False, indent=1,
    )  # fmt: skip


def _write_json(path: Path, tables: Tables, locale: str) -> None:
    path.write_text(_json(tables), encoding="utf-8")


def _json(tables: Tables) -> str:
    content = {name: _plain(table) for name, table in tables.items()}
    return json.dumps(content, ensure_ascii=False, indent=1, default=lambda day: day.isoformat())


def _plain(table: Any) -> list[dict[str, Any]]:
    """Return a table as rows of plain values; ``None`` is what is empty."""
    import pandas as pd

    def plain(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return " ".join(map(str, value))
        if pd.isna(value):
            return None
        return value.date() if isinstance(value, pd.Timestamp) else value

    rows = table.reset_index().astype(object).to_dict("records")
    return [{str(name): plain(value) for name, value in row.items()} for row in rows]


def _known(locale: str) -> bool:
    from babel import Locale, UnknownLocaleError

    try:
        return bool(Locale.parse(locale))
    except (ValueError, UnknownLocaleError):
        return False


def _code(locale: str) -> int | None:
    """Return the number of a locale in spreadsheets, if it has one.

    >>> hex(_code("id_ID"))
    '0x421'
    """
    return next((n for n, name in locales.windows_locale.items() if name == locale), None)


WRITERS: Mapping[str, Callable[[Path, Tables, str], None]] = {
    ".xlsx": _xlsx, ".dta": _dta, ".parquet": _parquet, ".csv": _csv, ".json": _write_json,
}  # fmt: skip
