"""Where the data package and the notebooks lie: in a checkout, or inside an installed wheel."""

from __future__ import annotations

import os
from pathlib import Path

from kumkm_analysis.errors import PUBLISH_VARIABLE as PUBLISH_VARIABLE

PACKAGE = Path(__file__).resolve().parent
DATA_VARIABLE = "KUMKM_DATA"


def _find(folder: str, landmark: str) -> Path:
    """Return ``folder`` beside the package (a checkout) or inside it (a wheel)."""
    checkout = PACKAGE.parent / folder
    if (PACKAGE.parent / "pyproject.toml").is_file() and (checkout / landmark).exists():
        return checkout
    return PACKAGE / "shipped" / folder


def data_given() -> str:
    """Return what names the data package: ``KUMKM_DATA``, which may be an address, or a folder."""
    return os.environ.get(DATA_VARIABLE) or str(shipped_data_path())


def data_path() -> Path:
    """Return the folder of the data package; the variable ``KUMKM_DATA`` names another one."""
    return Path(data_given())


def shipped_data_path() -> Path:
    """Return the folder of the data package that comes with the library."""
    return _find("data", "datapackage.json")


def publishing() -> bool:
    """Tell whether a page is being made for publication; else somebody runs a notebook by hand."""
    return bool(os.environ.get(PUBLISH_VARIABLE))


def notebooks_path() -> Path:
    """Return the folder of the notebooks that come with the package."""
    return _find("notebooks", "membership.ipynb")
