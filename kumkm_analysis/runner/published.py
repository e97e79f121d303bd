"""Published reports as they are named on a command line: by name, by folder, by page, or all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner.publish import INDEX, RESULTS, Folder


def find(given: str, output: Path, *, chosen: bool = False) -> list[tuple[Folder, str]]:
    """Return the reports that a text names: a page, a report's folder, an output folder, a name.

    ``chosen`` says that the user named the output folder: then a bare name is that of a report in
    there, were there a folder of that name here too, which is written ``./name``.

    Raises :class:`~kumkm_analysis.errors.ParameterError` when there is none.
    """
    path = Path(given)
    bare = chosen and path.name == given
    if bare and Folder(output).page(given).is_file():
        return [(Folder(output), given)]
    folder_here = path.is_dir()
    home = Path(os.path.realpath(path))  # to which links in a circle are no fault
    if path.suffix == ".html" and home.parent.name == path.stem:
        home = home.parent
    if Folder(home.parent).page(home.name).is_file() and not (bare and folder_here):
        return [(Folder(home.parent), home.name)]
    if folder_here and not bare:
        names = Folder(path).published()
        if names:
            return [(Folder(path), name) for name in names]
    elif Folder(output).page(given).is_file():
        return [(Folder(output), given)]
    near = get_close_matches(path.name, Folder(output).published(), 1)
    step = f"Make some with kumkm run, or see its {INDEX}."
    if bare and folder_here:
        step = f"Write ./{given} for the folder of that name where you are."
    elif near:
        step = f"Did you mean {near[0]}?"
    expected = f"a page, a folder of reports, or the name of a report in {output}"
    raise ParameterError(Fault("report", f"no report {given!r}", expected, step))


def results(home: Path) -> Mapping[str, Any]:
    """Return the results of a published report; an empty mapping when it has none.

    Raises :class:`~kumkm_analysis.errors.ParameterError` when there is a file that holds none.
    """
    try:
        content = json.loads((home / RESULTS).read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        step = "It was altered since it was published; make the report again with --force."
        where = f"report {home.name}"
        raise ParameterError(Fault(where, f"a damaged {RESULTS}", "the results of a page", step))
    return content
