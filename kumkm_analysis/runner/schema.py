"""The schema of results: whether what a notebook brings keeps it, in words where it does not."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping
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


def faults(where: str, results: Mapping[str, Any]) -> list[Fault]:
    """Return where results break the schema: the place in them, what is there, what should be."""
    if fits(results):
        return []
    found = [
        Fault(f"{where}, {_place(error)}", *_words(error), STEP)
        for error in validator().iter_errors(results)
    ]
    found = list(dict.fromkeys(found))
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

    schema = json.loads(FILE.read_text(encoding="utf-8"))
    schema["$schema"] = "http://json-schema.org/draft-07/schema#"  # the newest it knows
    if "$defs" in schema:
        schema["definitions"] = schema.pop("$defs")
        schema = json.loads(json.dumps(schema).replace("#/$defs/", "#/definitions/"))
    return fastjsonschema.compile(schema)


@lru_cache
def validator() -> Any:
    """Return what walks the schema and says where it is broken."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))


def _place(error: Any) -> str:
    """Return where in the results an error is, such as ``figures[0].id``."""
    return str(error.json_path).removeprefix("$").removeprefix(".") or "as a whole"


def _words(error: Any) -> tuple[str, str]:
    """Return what was found, and what the schema expects."""
    rule, wanted, found = error.validator, error.validator_value, SHORT.repr(error.instance)
    if rule == "required":
        lacking = [name for name in wanted if name not in error.instance]
        return f"no {', no '.join(lacking)}", ", ".join(wanted)
    if rule == "additionalProperties":
        known = error.schema.get("properties", {})
        others = [repr(name)[:60] for name in error.instance if name not in known]
        return ", ".join(others[:MOST]), f"no other entries than {', '.join(known)}"
    if rule == "type":
        return found, " or ".join([wanted] if isinstance(wanted, str) else wanted)
    if rule == "enum":
        return found, "one of " + ", ".join(map(repr, wanted))
    if rule == "const":
        return found, repr(wanted)
    if rule == "pattern":
        return found, f"text that matches {wanted}"
    if rule in ("minLength", "minItems"):
        return found, "one that is not empty"  # the schema asks for no more than one
    return found, f"{rule} {wanted}"
