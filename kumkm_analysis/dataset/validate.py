"""The gate: nothing is computed from a data package that breaks a rule of its descriptor.

Four stages, each reporting all it finds: the folder and its descriptor
(:mod:`~kumkm_analysis.dataset.validate_descriptor`); the raw bytes of the tables
(:mod:`~kumkm_analysis.dataset.validate_bytes`); the descriptor's own rules, by Frictionless
(:mod:`~kumkm_analysis.dataset.validate_rules`); and the double entry of printed token and value
(:mod:`~kumkm_analysis.dataset.validate_entries`). A verdict is cached under
the hash of every byte that was checked, so that an unchanged package costs only the hashing.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from kumkm_analysis.dataset.validate_bytes import RawTable, read_table
from kumkm_analysis.dataset.validate_descriptor import DESCRIPTOR, read_descriptor
from kumkm_analysis.dataset.validate_entries import entry_faults
from kumkm_analysis.dataset.validate_rules import rule_faults
from kumkm_analysis.errors import DataError, Fault

JUDGES = (
    "validate.py", "validate_bytes.py", "validate_descriptor.py", "validate_entries.py",
    "validate_rules.py",
    "numerals.py", "periods.py", "records.py",
)  # fmt: skip


def require(path: Path) -> None:
    """Raise :class:`~kumkm_analysis.errors.DataError` with every fault of a package."""
    faults = check(path)
    if faults:
        raise DataError(faults, f"The data package in {path} cannot be used.")


def check(path: Path) -> list[Fault]:
    """Return every fault of the package in a folder, located by file, row and column.

    An empty list is a good verdict. It is remembered by content; faults are looked for afresh. A
    table that can be read in spite of a byte order mark, foreign line ends or another encoding is
    checked to its last cell all the same, so that one run tells everything.
    """
    faults, descriptor = read_descriptor(path)
    if faults:
        return faults
    verdict = _verdict_file(path)
    if verdict is not None and _exists(verdict):
        return []
    tables = {str(r["name"]): read_table(path, r) for r in descriptor["resources"]}
    faults = [fault for table in tables.values() for fault in table.faults]
    with tempfile.TemporaryDirectory() as copy:
        root = path
        if any(table.faults and table.readable for table in tables.values()):
            root = _mended_copy(Path(copy), descriptor, tables)
        faults += rule_faults(root, descriptor, {n for n, t in tables.items() if not t.readable})
    faults += entry_faults(descriptor, tables)
    if not faults and verdict is not None:
        _remember(verdict)
    return faults


def fingerprint(path: Path) -> str:
    """Return the SHA-256 over the descriptor and its tables, by name and content."""
    descriptor = (path / DESCRIPTOR).read_bytes()
    digest = hashlib.sha256()
    resources = json.loads(descriptor)["resources"]
    for name in (DESCRIPTOR, *sorted(str(r["path"]) for r in resources)):
        content = (path / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _mended_copy(
    folder: Path, descriptor: Mapping[str, Any], tables: Mapping[str, RawTable]
) -> Path:
    """Write the readable tables as plain UTF-8, for Frictionless to read beyond the first byte."""
    for resource in descriptor["resources"]:
        table = tables[str(resource["name"])]
        if table.readable:
            (folder / resource["path"]).write_text(table.text, encoding="utf-8", newline="")
    return folder


# ---- the cache of verdicts --------------------------------------------------------------------


@lru_cache
def _own_hash() -> str:
    """Return the hash of the code that judges: another gate, another verdict."""
    digest = hashlib.sha256()
    for module in JUDGES:
        digest.update((Path(__file__).parent / module).read_bytes())
    return digest.hexdigest()


def _verdict_file(path: Path) -> Path | None:
    """Return where a verdict is kept, None where a user has neither a home nor a cache.

    None as well for a package of which a file cannot be read: it will not pass.
    """
    try:
        content = fingerprint(path)
        home = os.environ.get("XDG_CACHE_HOME") or str(Path("~").expanduser() / ".cache")
    except (OSError, RuntimeError):
        return None
    key = hashlib.sha256(f"{content}{_own_hash()}".encode()).hexdigest()
    return Path(home) / "kumkm-analysis" / "verdicts" / key


def _exists(verdict: Path) -> bool:
    try:
        return verdict.is_file()
    except OSError:
        return False


def _remember(verdict: Path) -> None:
    """Write a good verdict, whole or not at all; a cache that cannot be written is no fault."""
    try:
        verdict.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=verdict.parent)
        os.close(handle)
        Path(name).replace(verdict)
    except OSError:
        return
