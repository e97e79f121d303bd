"""Published reports as they are named on a command line: by name, by folder, by page, or all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner.publish import Folder

RESULTS = "results.json"


def find(given: str, output: Path) -> list[tuple[Folder, str]]:
    """Return the reports that a text names: a page, a report's folder, an output folder, a name.

    Raises :class:`~kumkm_analysis.errors.ParameterError` when there is none.
    """
    path = Path(given)
    if path.suffix == ".html" and path.is_file() and path.resolve().parent.name == path.stem:
        return [(Folder(path.resolve().parent.parent), path.stem)]
    if path.is_dir():
        home = path.resolve()
        if (home / f"{home.name}.html").is_file():
            return [(Folder(home.parent), home.name)]
        names = Folder(path).published()
        if names:
            return [(Folder(path), name) for name in names]
    elif Folder(output).page(given).is_file():
        return [(Folder(output), given)]
    near = get_close_matches(path.name, Folder(output).published(), 1)
    step = (
        f"Did you mean {near[0]}?" if near else "Make some with kumkm run, or see its index.html."
    )
    expected = f"a page, a folder of reports, or the name of a report in {output}"
    raise ParameterError(Fault("report", f"no report {given!r}", expected, step))


def results(home: Path) -> Mapping[str, Any]:
    """Return the results of a published report; an empty mapping when it has none."""
    try:
        content = json.loads((home / RESULTS).read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, Mapping) else {}
