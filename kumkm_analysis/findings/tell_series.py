"""Sentences about series: conflicts, jumps, lines, repeats, and figures of another region."""

from __future__ import annotations

from kumkm_analysis.dataset.vocabulary import the
from kumkm_analysis.findings.change import SAME_STATE
from kumkm_analysis.findings.narration import Narrator, Story
from kumkm_analysis.findings.sentences import LANGUAGES, Wording, place


class SeriesStories(Narrator):
    """Tells what does not fit between the figures of a series."""

    def _jump(self, story: Story, words: Wording) -> None:
        rows = sorted({m for c in story.checks for m in c.members}, key=self._date)
        listed = self._listed([[row] for row in rows], words)
        top, rule = self._topic(rows[0]), self._rule(story)
        words.add(
            id=f"{top['id']}: {listed['id']}. {rule['id']}",
            en=f"{top['en']}: {listed['en']}. {rule['en']}",
        )

    def _conflict(self, story: Story, words: Wording) -> None:
        by_series: dict[tuple[str, str, str], list[int]] = {}
        for row in story.rows:
            o = self.rows[row]
            by_series.setdefault((o.region_id, o.indicator_id, o.breakdown), []).append(row)
        for rows in by_series.values():
            self._one_conflict(rows, words)
        if story.rule == SAME_STATE:
            words.add(
                id="Kedua teks mencetak rincian yang sama, jadi menggambarkan keadaan yang sama.",
                en="Both texts print the same sub-totals, so they describe one state.",
            )
        elif story.rule.startswith("movement"):
            rule = self._rule(story)
            words.add(id=rule["id"], en=rule["en"])

    def _one_conflict(self, rows: list[int], words: Wording) -> None:
        several = len({self.rows[r].reference_period for r in rows}) > 1
        listed = self._listed(self._by_value(rows), words, "; ", dated=several)
        top = self._topic(rows[0]) if several else self._head(rows[0])
        words.add(
            id=f"{top['id']}: angka-angka ini tidak mungkin semuanya berlaku: {listed['id']}.",
            en=f"{top['en']}: these figures cannot all hold: {listed['en']}.",
        )

    def _revision(self, story: Story, words: Wording) -> None:
        one, other = story.checks[0].members
        if self.rows[one].obs_status != "P":
            one, other = other, one
        a, b = words.figure(self.rows[one]), words.figure(self.rows[other])
        top, who, by = self._head(one), self._who(one), self._who(other)
        more = len(story.checks) - 1
        also = (
            (" Demikian pula wilayah lain.", " The same holds for other regions.")
            if more
            else ("", "")
        )
        words.add(
            id=f"{top['id']}: {{{a}}} sebagai angka sementara ({who['id']}) dan {{{b}}} kemudian "
            f"({by['id']}).{also[0]}",
            en=f"{top['en']}: {{{a}}} as a provisional figure ({who['en']}) and {{{b}}} later "
            f"({by['en']}).{also[1]}",
        )

    def _lines(self, story: Story, words: Wording) -> None:
        groups = self._by_value(story.rows)
        values = [self.rows[g[0]].value for g in groups]
        steps = [values[i + 1] / values[i] for i in range(len(values) - 1)]
        cut = steps.index(max(steps)) + 1
        below, above = (
            self._listed(sorted(side, key=lambda g: self._date(g[0])), words)
            for side in (groups[:cut], groups[cut:])
        )
        top = self._topic(story.first)
        words.add(
            id=f"{top['id']} tercetak dalam dua garis yang tidak bertemu: di bawah {below['id']}; "
            f"di atas {above['id']}.",
            en=f"{top['en']} is printed in two lines that do not meet: below, {below['en']}; "
            f"above, {above['en']}.",
        )

    def _repeated(self, story: Story, words: Wording) -> None:
        rows = sorted(story.rows, key=self._date)
        top, listed = self._topic(rows[0]), self._listed([[row] for row in rows], words, "; ")
        words.add(
            id=f"{top['id']}: angka yang sama tercetak untuk periode yang berlainan: "
            f"{listed['id']}. Agaknya angka lama terbawa.",
            en=f"{top['en']}: one figure is printed for different periods: {listed['en']}. An old "
            "figure seems to be carried over.",
        )

    def _borrowed(self, story: Story, words: Wording) -> None:
        row, owner, *_ = story.rows
        a, b = words.figure(self.rows[row]), words.figure(self.rows[owner])
        top, who, by = self._head(row), self._who(row), self._who(owner)
        what, at = self._what(owner), {k: place(self.data, self.rows[owner], k) for k in LANGUAGES}
        words.add(
            id=f"{top['id']}: tercetak {{{a}}} ({who['id']}), persis angka {what['id']} "
            f"{at['id']}: "
            f"{{{b}}} ({by['id']}). Agaknya angka wilayah lain.",
            en=f"{top['en']}: printed as {{{a}}} ({who['en']}), the very figure for "
            f"{the(what['en'], 'en')} {at['en']}: "
            f"{{{b}}} ({by['en']}). It seems to be the figure of another region.",
        )
