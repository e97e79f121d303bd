"""What a warm process does beforehand: all of it works, and leaves no trace."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from kumkm_analysis import paths
from kumkm_analysis.runner import warm


@pytest.mark.parametrize("part", warm.PARTS, ids=lambda part: part.__name__.strip("_"))
def test_every_part_is_done_to_its_end(
    part: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """One that failed would be passed over in silence, and every report would be slower."""
    part(paths.data_path())
    assert capsys.readouterr().out == ""


def test_what_users_draw_is_drawn_without_a_trace() -> None:
    """No figure stays, no setting, no warning that a notebook would then not be told, no thread."""
    settings, filters, threads = (
        dict(mpl.rcParams),
        list(warnings.filters),
        threading.active_count(),
    )
    warm.draw()
    assert dict(mpl.rcParams) == settings
    assert list(warnings.filters) == filters
    assert not plt.get_fignums()
    assert threading.active_count() == threads
