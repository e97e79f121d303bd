"""The documentation as a site: `make docs`. Pages are the Markdown files of the repository.

The repository itself is the source folder, so that links between its documents lead to the same
places here and on a forge. Sphinx with MyST and Furo: docstrings are reStructuredText with sections
in Google's style, pages are Markdown, and nothing is loaded from elsewhere. What a page has from
code or data stands in it as a directive ``{generated} NAME``, and is written below when the site is
built.
"""

from __future__ import annotations

import csv
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

import kumkm_analysis
from kumkm_analysis import cli

ROOT = Path(__file__).parent.parent
CITATION = yaml.load((ROOT / "CITATION.cff").read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506

project = "kumkm-analysis"
author = "kumkm-analysis contributors"
release = kumkm_analysis.__version__
html_title = f"{project} {release}"
html_theme = "furo"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
smartquotes = False  # --strict is no dash
root_doc = "docs/index"
include_patterns = ["*.md", "data/README.md", "docs/**.md"]
exclude_patterns = [".*", "benchmarks", "build", "kumkm_analysis", "notebooks", "reports", "site"]
exclude_patterns += ["tests"]
myst_heading_anchors = 4
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
maximum_signature_line_length = 60
python_use_unqualified_type_names = True
suppress_warnings = ["misc.highlighting_failure"]  # of cron


def public() -> str:
    """Return the reference of the public names, from their docstrings."""
    found, told = "", dict[str, str]()
    for name in kumkm_analysis.__all__:
        thing, place = getattr(kumkm_analysis, name), f"kumkm_analysis.{name}"
        kind = "class" if inspect.isclass(thing) else "function"
        if inspect.ismodule(thing):
            kind = "module"
        elif not callable(thing):  # what can be done with it stands in its class
            kind, place = "class", f"{type(thing).__module__}.{type(thing).__qualname__}"
        if place in told:  # another table
            found += (
                f"## {name}\n\nSee [{told[place]}](#{told[place]}): the same, of its own rows.\n\n"
            )
            continue
        told[place] = name
        members = "" if kind == "function" else "\n   :members:"
        found += f"## {name}\n\n```{{eval-rst}}\n.. auto{kind}:: {place}{members}\n```\n\n"
    return found


def metrics() -> str:
    """Return every metric of data/metrics.csv: definition, formula, unit, source."""
    found = []
    with (ROOT / "data" / "metrics.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            source = f"{row['source']}, {row['source_locator']}"
            if row["source_locator"].startswith("http"):
                source = f"[{row['source']}]({row['source_locator']})"
            found += [f"### {row['title_en']}", f"*{row['title_id']}* · `{row['metric_id']}`", ""]
            found += [row["definition_en"], "", f"    {row['formula']}", ""]
            found += [f"Unit: {row['unit']}. Source: {source}. {row['note']}", ""]
    return "\n".join(found)


def citation() -> str:
    """Return how to cite the code and the data, as text and as BibTeX, from CITATION.cff."""
    found = ""
    data = next(one for one in CITATION["references"] if one["type"] == "data")
    for what, one in (("data", data), ("code", CITATION)):
        names = " and ".join(person["name"] for person in one["authors"])
        year = one.get("date-released", data["date-released"])[:4]
        title, version, licence = (one[key] for key in ("title", "version", "license"))
        found += f"""## The {what}

> {names} ({year}). *{title}*, version {version}. Licence: {licence}.

```bibtex
@misc{{kumkm-{what}-{version},
  author = {{{{{names}}}}},
  title = {{{title}}},
  year = {{{year}}},
  note = {{Version {version}, {licence}}}
}}
```

"""
    return found


GENERATED: dict[str, Callable[[], str]] = {
    "citation": citation,
    "message": lambda: str(CITATION["message"]),
    "metrics": metrics,
    "public": public,
}


def setup(app: Any) -> None:
    """Add the directive, and a first page that leads to the real one."""
    import click
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective

    class Generated(SphinxDirective):
        required_arguments = 1

        def run(self) -> list[nodes.Node]:
            self.env.note_reread()  # what it is made from may have changed
            return self.parse_text_to_nodes(
                GENERATED[self.arguments[0]](), allow_section_headings=True
            )

    def lead(app: Any, error: Exception | None) -> None:
        if error is None:
            page = f'<!doctype html><meta http-equiv="refresh" content="0; url={root_doc}.html">\n'
            Path(app.outdir, "index.html").write_text(
                f'{page}<title>{project}</title><a href="{root_doc}.html">{project}</a>\n', "utf-8"
            )

    context = click.Context(cli.main)
    for word in cli.main.list_commands(context):  # sphinx-click looks at those that are imported
        if command := cli.main.get_command(context, word):
            cli.main.add_command(command, word)
    app.add_directive("generated", Generated)
    app.connect("build-finished", lead)
