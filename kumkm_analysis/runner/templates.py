"""Our HTML templates and how they are filled: everything is escaped but what is marked as finished.

A page is filled by nbconvert's environment. The index has no notebook, and a run that made one
report should not load nbconvert for it: Jinja alone fills that.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from kumkm_analysis import __version__
from kumkm_analysis.errors import isolated
from kumkm_analysis.runner.check_page import POLICY

FOLDER = Path(__file__).parent / "template" / "kumkm"


def fill(environment: Any, template: str, **facts: Any) -> str:
    """Return a template filled with facts, by a Jinja environment that finds it."""
    environment.autoescape = True
    environment.finalize = _in_order
    common = {
        "policy": POLICY,
        "style": _style("page.css"),
        "index_style": _style("index.css"),
        "version": __version__,
    }
    filled = environment.get_template(template).render(**common, **facts)
    return str(filled).strip() + "\n"


def _in_order(value: Any) -> Any:
    """Return what a template fills in; a text that is no finished HTML leaves its neighbours be."""
    return isolated(value) if type(value) is str else value


@lru_cache
def plain() -> Any:
    """Return an environment that knows our templates and nothing of notebooks."""
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(FOLDER))  # noqa: S701 - fill() escapes


@lru_cache
def _style(name: str) -> str:
    """Return one of our style sheets, on as many lines as it has rules."""
    return (FOLDER / name).read_text(encoding="utf-8")
