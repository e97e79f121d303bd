"""One sentence or two for each kind of finding."""

from __future__ import annotations

from collections.abc import Callable

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
            "part_exceeds_whole": self._exceeds,
            "does_not_add_up": self._sum,
            "incomplete_list": self._incomplete,
            "share_does_not_follow": self._share,
            "change_does_not_follow": self._change,
            "implausible_ratio": self._ratio,
            "implausible_jump": self._jump,
            "conflict": self._conflict,
            "revision": self._revision,
            "parallel_lines": self._lines,
            "repeated_value": self._repeated,
            "figure_of_another_scope": self._borrowed,
        }
        methods[story.kind](story, words)
        return words
