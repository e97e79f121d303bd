"""The folder of a published report as a Research Object Crate: what it is, and how it was made.

RO-Crate 1.1 with the Process Run Crate profile 0.5. Written by hand, since it is one dictionary:
the ``rocrate`` library would bring its own dates and a dozen dependencies. It holds no time of the
run and nothing of the machine, so the same report has the same crate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kumkm_analysis.runner import lines, provenance, tables
from kumkm_analysis.runner.publish import RESULTS

FILE = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
CRATE = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
KINDS = {".html": "text/html", ".json": "application/json", ".csv": "text/csv"}
ROLES = {
    RESULTS: "Every figure of the page with its interval, unit and observations",
    tables.FILE: "The figures of the page for spreadsheets",
    provenance.FILE: "The key of the report, its ingredients, the digests of its files",
}


def document(
    name: str,
    results: Mapping[str, Any],
    ingredients: Mapping[str, str],
    files: Sequence[str],
    data: Path,
    software: str,
) -> bytes:
    """Return the crate of a report as the bytes of its metadata file.

    ``files`` are the names of what is published beside it, ``data`` is the folder of the data
    package, ``software`` the version of this package.
    """
    parameters = results["parameters"]
    page = f"{name}.html"
    title = f"{results['title']}, {parameters['period']}"
    inputs = [{"@id": "#data"}, *({"@id": f"#parameter-{n}"} for n in parameters)]
    graph: list[dict[str, Any]] = [
        {
            "@id": FILE,
            "@type": "CreativeWork",
            "conformsTo": {"@id": CRATE},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": title,
            "description": _description(results),
            "datePublished": _date(data),
            "inLanguage": parameters["language"],
            "license": {"@id": LICENCE},
            "author": {"@id": "#contributors"},
            "publisher": {"@id": "#contributors"},
            "conformsTo": {"@id": PROFILE},
            "hasPart": [{"@id": quote(file)} for file in files],
            "mainEntity": {"@id": quote(page)},
            "mentions": {"@id": "#run"},
        },
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        {
            "@id": LICENCE,
            "@type": "CreativeWork",
            "name": "Creative Commons Attribution 4.0",
            "identifier": "CC-BY-4.0",
        },
        {"@id": "#contributors", "@type": "Organization", "name": "kumkm-analysis contributors"},
        *(_file(file, title) for file in files),
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": f"Making {name}",
            "description": f"The notebook {ingredients['notebook']} run by kumkm-analysis",
            "actionStatus": "http://schema.org/CompletedActionStatus",
            "agent": {"@id": "#contributors"},
            "instrument": {"@id": "#notebook"},
            "object": inputs,
            "result": [{"@id": quote(file)} for file in files],
        },
        {
            "@id": "#notebook",
            "@type": ["SoftwareApplication", "SoftwareSourceCode"],
            "name": f"{ingredients['notebook']}.ipynb",
            "description": "A parameterised Jupyter notebook",
            "version": ingredients["notebook code"],
            "programmingLanguage": "Python",
            "softwareRequirements": {"@id": "#kumkm-analysis"},
        },
        {
            "@id": "#kumkm-analysis",
            "@type": "SoftwareApplication",
            "name": "kumkm-analysis",
            "version": software,
            "license": "https://spdx.org/licenses/MIT",
        },
        {
            "@id": "#data",
            "@type": "Dataset",
            "name": results["data"]["name"],
            "version": results["data"]["version"],
            "identifier": f"sha256:{results['data']['sha256']}",
            "license": {"@id": LICENCE},
        },
        *(
            {
                "@id": f"#parameter-{n}",
                "@type": "PropertyValue",
                "name": n,
                "value": str(parameters[n]),
            }
            for n in parameters
        ),
    ]
    return lines.document({"@context": CONTEXT, "@graph": graph})


def _file(name: str, title: str) -> dict[str, Any]:
    """Return what is said of one file."""
    about: dict[str, Any] = {"@id": quote(name), "@type": "File", "name": name}
    about["description"] = ROLES.get(name, title)
    about["encodingFormat"] = KINDS[Path(name).suffix]
    return about


def _description(results: Mapping[str, Any]) -> str:
    """Return the headline figures as a sentence, the title where there are none."""
    said = [f"{item['label']}: {item['text']}" for item in results.get("headline", ())]
    return f"{results['title']}. {'; '.join(said)}." if said else str(results["title"])


def _date(data: Path) -> str:
    """Return the date of the data, which is that of what is said with them."""
    try:
        created = json.loads((data / "datapackage.json").read_bytes()).get("created")
    except (OSError, ValueError, AttributeError):
        created = None
    return str(created or "1970-01-01")[:10]
