"""One sentence or two for each kind of finding."""

from __future__ import annotations

from collections.abc import Callable

from kumkm_analysis.findings.model import (
    ANOTHER_SCOPE,
    CHANGE,
    CONFLICT,
    EXCEEDS,
    INCOMPLETE,
    JUMP,
    PARALLEL,
    RATIO,
    REPEATED,
    REVISION,
    SHARE,
    SUM,
)
from kumkm_analysis.findings.narration import Story
from kumkm_analysis.findings.sentences import Wording
from kumkm_analysis.findings.tell_accounts import AccountStories
from kumkm_analysis.findings.tell_series import SeriesStories


class Teller(AccountStories, SeriesStories):
    """Tells stories about the rows of one dataset."""

    def tell(self, story: Story) -> Wording:
        """Return the sentences of a story, with the figures that they name."""
        words = Wording(self.data)
        methods: dict[str, Callable[[Story, Wording], None]] = {
            EXCEEDS: self._exceeds,
            SUM: self._sum,
            INCOMPLETE: self._incomplete,
            SHARE: self._share,
            CHANGE: self._change,
            RATIO: self._ratio,
            JUMP: self._jump,
            CONFLICT: self._conflict,
            REVISION: self._revision,
            PARALLEL: self._lines,
            REPEATED: self._repeated,
            ANOTHER_SCOPE: self._borrowed,
        }
        methods[story.kind](story, words)
        return words
