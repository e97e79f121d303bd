"""What the tests of the runner share: data that load quickly, since any data do."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _quick_data(quick_data: Path) -> None:
    """Use the small package in every test here."""
