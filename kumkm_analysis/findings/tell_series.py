"""Sentences about series: conflicts, jumps, lines, repeats, and figures of another region."""

from __future__ import annotations

from kumkm_analysis.findings.narration import Narrator, Story, capital
from kumkm_analysis.findings.sentences import LANGUAGES, Wording, literal, place


class SeriesStories(Narrator):
    """Tells what does not fit between the figures of a series."""

    def _jump(self, story: Story, words: Wording) -> None:
        rows = sorted({m for c in story.checks for m in c.members}, key=self._date)
        names = [words.figure(self.rows[r]) for r in rows]
        rule = self._rule(story)
        what = self._what(rows[0])
        region = {
            k: literal(self.data.regions[self.rows[rows[0]].region_id].title(k)) for k in LANGUAGES
        }
        listed = {
            k: ", ".join(
                f"{{{n}}} {{{n}:when}} ({self._who(r)[k]})"
                for n, r in zip(names, rows, strict=True)
            )
            for k in LANGUAGES
        }
        words.add(
            id=f"{capital(what['id'])} di {region['id']}: {listed['id']}. {rule['id']}",
            en=f"{capital(what['en'])} in {region['en']}: {listed['en']}. {rule['en']}",
        )

    def _conflict(self, story: Story, words: Wording) -> None:
        by_series: dict[tuple[str, str, str], list[int]] = {}
        for row in story.rows:
            o = self.rows[row]
            by_series.setdefault((o.region_id, o.indicator_id, o.breakdown), []).append(row)
        for rows in by_series.values():
            self._one_conflict(rows, words)
        if story.rule == "same-state":
            words.add(
                id="Kedua teks mencetak rincian yang sama, jadi menggambarkan keadaan yang sama.",
                en="Both texts print the same sub-totals, so they describe one state.",
            )
        elif story.rule.startswith("movement"):
            rule = self._rule(story)
            words.add(id=rule["id"], en=rule["en"])

    def _one_conflict(self, rows: list[int], words: Wording) -> None:
        groups = self._by_value(rows)
        periods = {self.rows[r].reference_period for r in rows}
        several = len(periods) > 1
        pieces: dict[str, list[str]] = {k: [] for k in LANGUAGES}
        for group in groups:
            name = words.figure(self.rows[group[0]])
            for k in LANGUAGES:
                moment = f" {{{name}:when}}" if several else ""
                pieces[k].append(f"{{{name}}}{moment} ({self._who(*group)[k]})")
        o = self.rows[rows[0]]
        region = {k: literal(self.data.regions[o.region_id].title(k)) for k in LANGUAGES}
        what = self._what(rows[0])
        top = self._head(rows[0])
        start = (
            {
                "id": f"{capital(what['id'])} di {region['id']}",
                "en": f"{capital(what['en'])} in {region['en']}",
            }
            if several
            else top
        )
        joined = {k: "; ".join(pieces[k]) for k in LANGUAGES}
        words.add(
            id=f"{start['id']}: tidak semua angka ini dapat berlaku: {joined['id']}.",
            en=f"{start['en']}: these figures cannot all hold: {joined['en']}.",
        )

    def _revision(self, story: Story, words: Wording) -> None:
        one, other = story.checks[0].members
        if self.rows[one].obs_status != "P":
            one, other = other, one
        a, b = words.figure(self.rows[one]), words.figure(self.rows[other])
        top, who, by = self._head(one), self._who(one), self._who(other)
        more = len(story.checks) - 1
        also = (
            (" Demikian pula wilayah lain.", " So it is for other regions.") if more else ("", "")
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
        listed: list[dict[str, str]] = []
        for side in (groups[:cut], groups[cut:]):
            pieces = dict.fromkeys(LANGUAGES, "")
            ordered = sorted(side, key=lambda g: self._date(g[0]))
            names = [words.figure(self.rows[g[0]]) for g in ordered]
            for k in LANGUAGES:
                pieces[k] = ", ".join(
                    f"{{{n}}} {{{n}:when}} ({self._who(*g)[k]})"
                    for n, g in zip(names, ordered, strict=True)
                )
            listed.append(pieces)
        o = self.rows[story.first]
        region = {k: literal(self.data.regions[o.region_id].title(k)) for k in LANGUAGES}
        what = self._what(story.first)
        words.add(
            id=f"{capital(what['id'])} di {region['id']} tercetak dalam dua garis yang tidak "
            f"bertemu: di bawah {listed[0]['id']}; di atas {listed[1]['id']}.",
            en=f"{capital(what['en'])} in {region['en']} is printed in two lines that do not "
            f"meet: below, {listed[0]['en']}; above, {listed[1]['en']}.",
        )

    def _repeated(self, story: Story, words: Wording) -> None:
        rows = sorted(story.rows, key=self._date)
        names = [words.figure(self.rows[r]) for r in rows]
        o = self.rows[rows[0]]
        region = {k: literal(self.data.regions[o.region_id].title(k)) for k in LANGUAGES}
        what = self._what(rows[0])
        listed = {
            k: "; ".join(
                f"{{{n}}} {{{n}:when}} ({self._who(r)[k]})"
                for n, r in zip(names, rows, strict=True)
            )
            for k in LANGUAGES
        }
        words.add(
            id=f"{capital(what['id'])} di {region['id']}: angka yang sama tercetak untuk periode "
            f"yang berlainan: {listed['id']}. Agaknya angka lama terbawa.",
            en=f"{capital(what['en'])} in {region['en']}: one figure is printed for different "
            f"periods: {listed['en']}. An old figure seems to be carried over.",
        )

    def _borrowed(self, story: Story, words: Wording) -> None:
        row, owner, *_ = story.rows
        a, b = words.figure(self.rows[row]), words.figure(self.rows[owner])
        top, who, by = self._head(row), self._who(row), self._who(owner)
        what, at = self._what(owner), {k: place(self.data, self.rows[owner], k) for k in LANGUAGES}
        words.add(
            id=f"{top['id']}: tercetak {{{a}}} ({who['id']}), persis {what['id']} {at['id']}: "
            f"{{{b}}} ({by['id']}). Agaknya angka wilayah lain.",
            en=f"{top['en']}: printed as {{{a}}} ({who['en']}), exactly {what['en']} {at['en']}: "
            f"{{{b}}} ({by['en']}). It seems to be the figure of another region.",
        )
