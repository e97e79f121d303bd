"""What a published report was made from: its key and named ingredients, in a file beside the page.

The file is the same for the same ingredients: it holds no time and nothing of the machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kumkm_analysis.runner import documents

FILE = "provenance.json"
SCHEMA_VERSION = 1
NEEDED = ("notebook", "parameters", "language")  # ingredients without which nothing is made again


@dataclass(frozen=True, slots=True)
class Provenance:
    """The key of a published report, its ingredients by name, its files by name and digest."""

    key: str
    ingredients: Mapping[str, str]
    files: Mapping[str, Mapping[str, object]]

    def whole(self, home: Path) -> bool:
        """Tell whether every file is there in its full length."""
        try:
            return all(
                (home / name).stat().st_size == facts["bytes"] for name, facts in self.files.items()
            )
        except (OSError, TypeError, KeyError):
            return False


def document(
    report: str, key: str, ingredients: Mapping[str, str], files: Mapping[str, bytes]
) -> bytes:
    """Return the provenance of a report as the bytes of its file."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "report": report,
        "key": key,
        "ingredients": dict(ingredients),
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        },
    }
    return documents.written(content)


def read(home: Path) -> Provenance | None:
    """Return the provenance of a published report; None when it has none that can be read."""
    try:
        content = json.loads((home / FILE).read_bytes())
        found = Provenance(content["key"], dict(content["ingredients"]), dict(content["files"]))
        texts: list[object] = [
            *found.ingredients.values(),
            *(found.ingredients[name] for name in NEEDED),
        ]
        texts += [facts["sha256"] for facts in found.files.values()]
        dict(json.loads(found.ingredients["parameters"]))
        if not all(isinstance(text, str) for text in texts):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found
