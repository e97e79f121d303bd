"""The schema of results: whether what a notebook brings keeps it, in words where it does not."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault

FILE = Path(__file__).parent / "results.schema.json"
MOST = 20  # faults that are told; the others are counted
STEP = "Mend what the notebook shows as its results, or leave them to report.close()."
SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = 60
SHORT.maxlevel = 2

WORDS: Mapping[str, Callable[[Any], str]] = {  # what a rule of the schema expects
    "type": lambda wanted: wanted if isinstance(wanted, str) else " or ".join(wanted),
    "enum": lambda wanted: "one of " + ", ".join(map(repr, wanted)),
    "const": repr,
    "pattern": "text that matches {}".format,
    "minLength": lambda _: "one that is not empty",  # the schema asks for no more than one
    "minItems": lambda _: "one that is not empty",
}


def faults(where: str, results: Mapping[str, Any]) -> list[Fault]:
    """Return where results break the schema: the place in them, what is there, what should be."""
    if fits(results):
        return []
    errors = validator().iter_errors(results)
    found = list(
        dict.fromkeys(
            # The place of an error is such as ``figures[0].id``.
            Fault(f"{where}, {error.json_path[2:] or 'as a whole'}", *_words(error), STEP)
            for error in errors
        )
    )
    more = len(found) - MOST
    told = [Fault(where, f"{more} more such faults", "none", STEP)] if more > 0 else []
    return found[:MOST] + told


def fits(results: Mapping[str, Any]) -> bool:
    """Tell whether results keep the schema, by code compiled from it; it cannot say where not."""
    import fastjsonschema

    try:
        compiled()(results)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


@lru_cache
def compiled() -> Any:
    """Return the schema as code; this is many times faster than walking it for every figure."""
    import fastjsonschema

    text = FILE.read_text(encoding="utf-8").replace("$defs", "definitions")
    schema = json.loads(text) | {"$schema": "http://json-schema.org/draft-07/schema#"}
    return fastjsonschema.compile(schema)  # draft 7 is the newest it knows


@lru_cache
def validator() -> Any:
    """Return what walks the schema and says where it is broken."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))


def _words(error: Any) -> tuple[str, str]:
    """Return what was found, and what the schema expects."""
    rule, wanted, given = error.validator, error.validator_value, error.instance
    found = SHORT.repr(given)
    if rule == "required":
        return f"no {', no '.join(n for n in wanted if n not in given)}", ", ".join(wanted)
    if rule == "additionalProperties":
        known = error.schema.get("properties", {})
        others = [repr(name)[:60] for name in given if name not in known]
        return ", ".join(others[:MOST]), f"no other entries than {', '.join(known)}"
    return found, WORDS.get(rule, lambda wanted: f"{rule} {wanted}")(wanted)
