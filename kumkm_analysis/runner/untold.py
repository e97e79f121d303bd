"""What the command of ``--on-change`` has not heard of yet: the results that a page had before.

They are kept before the page is replaced, and until the command has heard; so no news is lost by a
kill, an interrupt, or a command that fails. A folder that no command was ever to hear of keeps
nothing.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner import changes
from kumkm_analysis.runner.publish import RESULTS, Folder

KEPT = ".untold"
NEVER, NO_RESULTS = b"", b"none"  # in place of the results of a page


class Untold:
    """The results of pages as they were when the command last heard of them."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._kept = folder.path / KEPT

    def begin(self) -> None:
        """Keep results from now on.

        Raises :class:`~kumkm_analysis.errors.ParameterError` where that cannot be.
        """
        try:
            self._kept.mkdir(exist_ok=True)
        except OSError as error:
            found = error.strerror or type(error).__name__
            step = "Make room, or move away what stands there; or leave --on-change out."
            fault = Fault(str(self._kept), found, "a folder for what was not told yet", step)
            raise ParameterError(fault, "Nothing was run.") from None

    def keep(self, name: str) -> None:
        """Keep the results of a page that is about to be replaced; the first that were are kept."""
        kept = self._kept / name
        if not self._kept.is_dir() or kept.exists():
            return
        if not self._folder.page(name).is_file():
            self._folder.write(kept, NEVER)
            return
        results = self._folder.home(name) / RESULTS
        with suppress(OSError):
            os.link(results, kept)
            return
        self._folder.write(kept, self._folder.read(name, RESULTS) or NO_RESULTS)

    def moved(self) -> list[dict[str, Any]]:
        """Return for every page what moved since the command last heard of it, if anything did."""
        found = []
        for kept in self._all():
            now = self._folder.read(kept.name, RESULTS)
            before = kept.read_bytes()
            news = {"new": True} if before == NEVER else changes.of_report(before, now)
            if news and self._folder.page(kept.name).is_file():
                found.append({"report": kept.name, **news})
        return found

    def told(self) -> None:
        """Forget all: the command has heard of it, or there was nothing to hear."""
        for kept in self._all():
            with suppress(OSError):
                kept.unlink()

    def _all(self) -> list[Path]:
        if not self._kept.is_dir():
            return []
        return sorted(kept for kept in self._kept.iterdir() if kept.is_file())
