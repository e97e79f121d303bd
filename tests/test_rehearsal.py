"""The rehearsal of a warm server: everything in it is played, and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kumkm_analysis import resources
from kumkm_analysis.runner.workers import rehearsal


@pytest.mark.parametrize("part", rehearsal.PARTS, ids=lambda part: part.__name__.strip("_"))
def test_every_part_is_played_to_its_end(
    part: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """One that failed would be passed over in silence, and every report would be slower."""
    part(resources.data_path())
    assert capsys.readouterr().out == ""
