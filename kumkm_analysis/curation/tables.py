"""Tables written as they stand: rows put in to the byte, several files replaced together."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path


def replace_all(contents: Mapping[Path, bytes]) -> None:
    """Replace the contents of files, of all or of none."""
    old = {path: path.read_bytes() for path in contents}
    fresh = {path: path.with_name(f".{path.name}.{os.getpid()}.new") for path in contents}
    done: list[Path] = []
    try:
        for path, content in contents.items():
            fresh[path].write_bytes(content)
            shutil.copymode(path, fresh[path])
        for path, new in fresh.items():
            new.replace(path)
            done.append(path)
    except BaseException:
        for path in done:
            path.write_bytes(old[path])
        raise
    finally:
        for new in fresh.values():
            new.unlink(missing_ok=True)


def inserted(
    text: str, rows: Sequence[Mapping[str, str]], *, in_order: bool
) -> tuple[str, dict[int, int]]:
    r"""Return a table with rows put in by the order of its first column, all else to the byte.

    The second is which row of the file each became, counted from 1, the header's.

    >>> inserted("id,n\na,1\nc,3\n", [{"id": "b", "n": "2"}], in_order=True)
    ('id,n\na,1\nb,2\nc,3\n', {0: 3})
    """
    records = _records(text if text.endswith("\n") else text + "\n")
    header = next(csv.reader([records[0]]))
    keys = [next(csv.reader(io.StringIO(record)))[0] for record in records[1:]]
    own = [str(row.get(header[0], "")) for row in rows]
    order = sorted(range(len(rows)), key=own.__getitem__) if in_order else [*range(len(rows))]
    places: dict[int, int] = {}
    for n in order:  # so that none is put before one that was put in
        at = bisect_right(keys, own[n]) if in_order else len(keys)
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow([rows[n].get(name, "") for name in header])
        keys.insert(at, own[n])
        records.insert(at + 1, line.getvalue())
        places[n] = at + 2
    return "".join(records), places


def _records(text: str) -> list[str]:
    """Return the records of a table as they stand, each with its line end."""
    found, start = [], ""
    for line in re.findall(r"[^\n]*\n|[^\n]+$", text):
        start += line
        if start.count('"') % 2 == 0 and start.endswith("\n"):
            found.append(start)
            start = ""
    return [*found, start] if start else found
