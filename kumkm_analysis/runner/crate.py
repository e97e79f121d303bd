"""The folder of a published report as a Research Object Crate: what it is, and how it was made.

RO-Crate 1.1 with the Process Run Crate profile 0.5. Written by hand, since it is one dictionary:
the ``rocrate`` library would bring its own dates and a dozen dependencies. It holds no time of the
run and nothing of the machine, so the same report has the same crate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from kumkm_analysis.runner import documents, provenance, tables
from kumkm_analysis.runner.publish import RESULTS

FILE = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
CRATE = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
KINDS = {".html": "text/html", ".json": "application/json", ".csv": "text/csv"}
ROLES = {
    RESULTS: "Every figure of the page with its interval, unit and observations",
    tables.FILE: "The figures of the page for spreadsheets",
    tables.INDONESIAN: "The same with semicolons and decimal commas",
    provenance.FILE: "The key of the report, its ingredients, the digests of its files",
}


def document(
    name: str,
    results: Mapping[str, Any],
    ingredients: Mapping[str, str],
    files: Sequence[str],
    software: str,
) -> bytes:
    """Return the crate of a report as the bytes of its metadata file.

    ``files`` are the names of what is published beside it, ``software`` is the version of this
    package.
    """
    parameters, data_used = results["parameters"], results["data"]
    title = f"{results['title']}, {parameters['period']}"
    said = "; ".join(f"{item['label']}: {item['text']}" for item in results.get("headline", ()))
    parts = [{"@id": quote(file)} for file in files]
    inputs = ["#data", *(f"#parameter-{name}" for name in parameters)]
    address, named = data_used.get("licence_url") or "#licence", data_used.get("licence") or ""
    licence, ours = {"@id": address}, {"@id": "#contributors"}
    people = "; ".join(data_used.get("contributors") or [data_used["name"]])
    graph = [
        _entity(FILE, "CreativeWork", conformsTo={"@id": CRATE}, about={"@id": "./"}),
        _entity(
            "./", "Dataset", title,
            description=f"{results['title']}. {said}." if said else str(results["title"]),
            datePublished=data_used["created"] or "1970-01-01",
            inLanguage=parameters["language"], license=licence,
            author=ours, publisher=ours, conformsTo={"@id": PROFILE}, hasPart=parts,
            mainEntity={"@id": quote(f"{name}.html")}, mentions={"@id": "#run"},
        ),
        _entity(PROFILE, "CreativeWork", "Process Run Crate", version="0.5"),
        _entity(address, "CreativeWork", named or "not stated in the data package"),
        _entity("#contributors", "Organization", people),
        *(
            _entity(
                quote(file), "File", file, description=ROLES.get(file, title),
                encodingFormat=KINDS[PurePath(file).suffix],
            )
            for file in files
        ),
        _entity(
            "#run", "CreateAction", f"Making {name}",
            description=f"The notebook {ingredients['notebook']} run by kumkm-analysis",
            actionStatus="http://schema.org/CompletedActionStatus", agent=ours,
            instrument={"@id": "#notebook"}, object=[{"@id": i} for i in inputs], result=parts,
        ),
        _entity(
            "#notebook", ["SoftwareApplication", "SoftwareSourceCode"],
            f"{ingredients['notebook']}.ipynb", description="A parameterised Jupyter notebook",
            version=ingredients["notebook code"], programmingLanguage="Python",
            softwareRequirements={"@id": "#kumkm-analysis"},
        ),
        _entity(
            "#kumkm-analysis", "SoftwareApplication", "kumkm-analysis", version=software,
            license="https://spdx.org/licenses/MIT",
        ),
        _entity(
            "#data", "Dataset", data_used["name"], version=data_used["version"],
            identifier=f"sha256:{data_used['sha256']}", license=licence,
        ),
        *(
            _entity(f"#parameter-{n}", "PropertyValue", n, value=str(value))
            for n, value in parameters.items()
        ),
    ]  # fmt: skip
    return documents.written({"@context": CONTEXT, "@graph": graph})


def _entity(identity: str, kind: str | list[str], name: str = "", **more: Any) -> dict[str, Any]:
    """Return one thing that the crate speaks of."""
    named = {"name": name} if name else {}
    return {"@id": identity, "@type": kind, **named, **more}
