"""What a report says of a programme: its plan, what would show it, and what the figures show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from kumkm_analysis.charts.chain import Link, chain
from kumkm_analysis.dataset.periods import windows
from kumkm_analysis.dataset.vocabulary import capital, join, locator, the
from kumkm_analysis.metrics import compute
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.metrics.verdicts import (
    NOT_SHOWN,
    SHOWN,
    Sign,
    Target,
    Verdict,
    targets,
    verdicts,
)
from kumkm_analysis.metrics.windows import UNTOLD, Move, difference_of_changes, move
from kumkm_analysis.report import html, peers, pictures, tables
from kumkm_analysis.report.page import Page
from kumkm_analysis.report.phrases import word
from kumkm_analysis.report.sentences import RULE_NUMBER, show

OWN_DICTIONARY = "data dictionary"  # whose definitions are at hand, so that it need not be named
OF_ROWS = frozenset({"strategies", "goals", "quantities"})  # counted in the table of the programme


class Programme:
    """A programme between two windows of years, for the region of a page.

    ``before`` and ``after`` are windows as ``2008/2012``; see
    :func:`kumkm_analysis.dataset.periods.windows` for those that are taken by default.
    """

    def __init__(self, page: Page, before: str = "", after: str = "") -> None:
        self.page = page
        self.earlier, self.later = windows(page.period, before, after)
        self.before, self.after = str(self.earlier), str(self.later)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """A verdict for every strategy and goal, in the order of the data."""
        page = self.page
        where = (page.data, page.region.region_id, self.earlier, self.later)
        return verdicts(*where, page.doubts)

    @property
    def is_own(self) -> bool:
        """Tell whether the programme is one of the region of the page."""
        own = self.page.region.region_id
        return any(v.strategy.region_id == own for v in self.verdicts)

    @property
    def title(self) -> dict[str, str]:
        """What the page of the region whose programme it is is called, in both languages."""
        own = self.page.data.remarks.get("programme_title", None)
        if own is None:
            return {"id": "Program di {region}", "en": "The programme in {region}"}
        return {"id": own.text_id, "en": own.text_en}

    def category(self, name: str) -> str:
        """Return the breakdown of an indicator that a strategy looks at; nothing where none."""
        aims = (s.aim for v in self.verdicts for s in v.signs)
        return next((aim.category for aim in aims if aim.name == name), "")

    @property
    def moves(self) -> tuple[Move, ...]:
        """Every quantity that is tied to a strategy, once, with how it moved."""
        found = {(s.aim.name, s.aim.category): s.move for v in self.verdicts for s in v.signs}
        return tuple(found.values())

    # ---- in short ----

    def say_verdicts(self) -> None:
        """Say how many strategies and goals there are, and what figures show of how many.

        As the table of verdicts, only on the page of the region whose programme it is.
        """
        if not self.is_own:
            return
        page = self.page
        goals = sum(v.strategy.is_goal for v in self.verdicts)
        shown, not_shown = (self._count(v) for v in (SHOWN, NOT_SHOWN))
        source = page.data.sources[self.verdicts[0].strategy.source_id]
        page.tell(
            "programme.in_short",
            source=source.publisher,
            n=self._number("strategies", len(self.verdicts) - goals),
            goals=self._number("goals", goals),
            k=self._number("comparable", shown + not_shown),
            before=self.before,
            after=self.after,
        )
        moved, stayed = self._number("moved", shown), self._number("moved", not_shown)
        both = shown > 0 and not_shown > 0
        page.tell("programme.of_these", when=both, shown=moved, not_shown=stayed)
        page.tell("programme.of_these_all", when=shown > 0 and not both, shown=moved)
        page.tell("programme.of_these_none", when=not_shown > 0 and not both, not_shown=stayed)

    def say_comparable(self) -> None:
        """Say how many of the quantities can be compared, where the programme is another's."""
        told = [m for m in self.moves if m.way != UNTOLD]
        if self.is_own or not self.moves:
            return
        self.page.tell(
            "programme.comparable",
            n=self._number("comparable_quantities", len(told)),
            of=self._number("quantities", len(self.moves)),
            before=self.before,
            after=self.after,
        )

    def verdict_table(self) -> None:
        """Show every strategy and goal with its verdict and the reason for it."""
        if not self.is_own:
            return
        page = self.page
        body = []
        for one in self.verdicts:
            said = "; ".join(words for words, _ in self._reasons(one))
            reason = said or page.word("no_indicator")
            body.append(
                [
                    html.text(capital(one.strategy.title(page.language))),
                    html.text(self._verdict(one.verdict)) + html.small(reason),
                ]
            )
        spans = {"before": self.before, "after": self.after}
        caption = word("words.verdicts_caption", page.language, **spans)
        show(tables.table(page, caption, ("strategy", "verdict"), body), caption)

    # ---- the plan ----

    def results_chain(self) -> None:
        """Draw the chain from strategy to quantity to what the figures show."""
        page = self.page
        links = [
            Link(
                capital(one.strategy.title(page.language)),
                capital(self._group(one)),
                one.verdict,
                self._verdict(one.verdict)
                + ("" if one.signs else f": {page.word('no_indicator')}"),
                self._reasons(one),
            )
            for one in self.verdicts
        ]
        listed = " ".join(
            f"{link.name}: {link.words}{f' ({said})' if said else ''}."
            for link in links
            for said in ["; ".join(words for words, _ in link.signs)]
        )
        title = word("words.chain_title", page.language, region=page.region_spoken)
        made = chain(links, f"{title} {listed}", title)
        show(html.chart(made, "", word("words.plan_caption", page.language), self._plan()), listed)

    def _plan(self) -> str:
        """Return a table of strategies as the text words them, with what would show them."""
        page = self.page
        body = []
        for one in self.verdicts:
            strategy = one.strategy
            spoken = page.data.sources[strategy.source_id].language
            words = html.quote(strategy.title(spoken), "" if page.language == spoken else spoken)
            if page.language != spoken:
                words += f" {html.text(strategy.title(page.language))}"
            source = pictures.listed(page, strategy.source_id)
            place = _marked(locator(strategy.locator, page.language))
            named = [page.cell_title(s.aim.name, s.aim.category) for s in one.signs]
            tied = capital(join(named, page.language)) if named else page.word("no_indicator")
            law = strategy.reason_source.removeprefix(OWN_DICTIONARY)
            basis = f" ({law})" if law else ""
            reason = f" <small>{_marked(strategy.reason(page.language) + basis)}</small>"
            body.append(
                [
                    f"{words} <small>{source}, {place}</small>",
                    html.text(self._group(one)),
                    html.text(tied) + reason,
                ]
            )
        caption = word("words.plan_caption", page.language)
        return tables.table(page, caption, ("strategy", "group", "indicator"), body)

    # ---- before and after ----

    def before_and_after(self) -> None:
        """Show the quantities that can be compared in both windows, and how each moved."""
        page = self.page
        told = [one for one in self.moves if one.way != UNTOLD]
        if told:
            spans = [
                word("words.window", page.language, years=years)
                for years in (self.before, self.after)
            ]
            heads = [page.word("quantity"), *spans]
            body = [
                [
                    html.text(capital(page.cell_title(one.name, one.category)))
                    + html.small(page.word(one.way)),
                    self._range(one.before),
                    self._range(one.after),
                ]
                for one in told
            ]
            caption = word("words.moves_caption", page.language, region=page.region_spoken)
            show(tables.titled(page, caption, heads, body), caption)
        for one in told:
            self._say_move(one)
        self._say_untold()

    def _say_move(self, one: Move) -> None:
        """Say how a quantity moved, by how much, and how much more than in the nation."""
        page = self.page
        what, size = capital(page.cell_title(one.name, one.category)), one.size
        page.tell(f"programme.{one.way}", what=what, before=self.before, after=self.after)
        points = isinstance(size, Figure) and size.unit == "points"
        if isinstance(size, Figure):
            page.tell("programme.mean_points" if points else "programme.mean", size=size)
        regions = [the(page.data.regions[r].title(page.language), page.language) for r in one.parts]
        territory = page.data.territories.get(one.after[0].territory, None)
        if territory is not None and not regions:
            title = territory.title(page.language)
            page.tell("programme.territory", when=True, territory=title)
        page.tell("programme.added", when=bool(regions), regions=join(regions, page.language))
        page.tell("programme.month_unknown", when=one.month_unknown)
        nation = self._nation(one)
        if nation is not None and isinstance(size, Figure):
            apart = difference_of_changes(size, nation)
            key = "programme.than_nation_points" if points else "programme.than_nation"
            page.tell(key, nation=nation, apart=apart)

    def _nation(self, one: Move) -> Figure | None:
        """Return by how much it moved in the nation in the same years; none on its own page."""
        page = self.page
        whole = page.data.whole
        if whole is None or whole.region_id == page.region.region_id:
            return None
        alike = self._move(one.name, one.category, whole.region_id).in_years_of(one)
        size = alike.size if alike else None
        return size if isinstance(size, Figure) and not size.suspects else None

    def _say_untold(self) -> None:
        """Say of which quantities nothing can be told, by the reason."""
        page = self.page
        reasons: dict[str, list[str]] = {}
        for one in self.moves:
            if one.reason:
                title = the(page.cell_title(one.name, one.category), page.language)
                reasons.setdefault(one.reason, []).append(title)
        for reason, titles in reasons.items():
            what = join(titles, page.language)
            key = f"untold_{reason}"
            page.tell(f"programme.{key}", what=what, before=self.before, after=self.after)

    def promised(self) -> None:
        """Show what texts promise for the region beside what is given for the same year."""
        page = self.page
        body = []
        for one in self._targets:
            f = one.promised
            title = html.text(capital(page.cell_title(f.name, f.category)))
            outcomes = " ".join(
                f"{page.printed(o)}{html.small(page.period_text(o.period))}" for o in one.outcomes
            )
            body.append(
                [
                    title + html.small(f"{page.period_text(f.period)}, {page.publishers(f)[0]}"),
                    page.printed(f),
                    outcomes or page.word("unprinted"),
                    html.text(page.word(f"target_{one.verdict}")),
                ]
            )
        if body:
            caption = word("words.targets_caption", page.language, region=page.region_spoken)
            heads = ("quantity_period", "target", "outcome", "verdict")
            show(tables.table(page, caption, heads, body), caption)

    @property
    def has_targets(self) -> bool:
        """Tell whether any text promises a number for the region."""
        return bool(self._targets)

    @cached_property
    def _targets(self) -> tuple[Target, ...]:
        page = self.page
        return targets(page.data, page.region.region_id, page.doubts)

    # ---- against others ----

    def has_peers(self, name: str) -> bool:
        """Tell whether enough regions of the level have an official series of an indicator."""
        return peers.has_peers(self.page, name)

    def small_multiples(self, name: str) -> None:
        """Draw the official series of an indicator for every region of the level, side by side."""
        peers.small_multiples(self.page, name)

    def against_others(self, name: str, category: str = "") -> None:
        """Draw how a quantity moved in every region of the level; say the rank before and after."""
        peers.against_others(self.page, name, category, self.earlier, self.later)

    # ---- words and numbers ----

    def _move(self, name: str, category: str, region: str) -> Move:
        page = self.page
        return move(page.data, name, region, self.earlier, self.later, category, page.doubts)

    def _range(self, figures: Sequence[Figure]) -> str:
        """Return the lowest and the highest of some figures, with the years that are measured."""
        page = self.page
        low, high = min(figures, key=lambda f: f.known), max(figures, key=lambda f: f.known)
        shown = [page.cell(f) for f in dict.fromkeys((low, high))]
        years = ", ".join(sorted({_years(f.period) for f in figures}))
        doubt = f" ({page.word('disputed')})" if any(f.disputed for f in (low, high)) else ""
        return f"{' – '.join(shown)}{html.small(years + doubt)}"

    def _reasons(self, one: Verdict) -> list[tuple[str, str]]:
        """Return how quantities moved or why that cannot be told, each once, with its verdict."""
        page = self.page
        grouped: dict[tuple[str, str], list[Sign]] = {}
        for sign in one.signs:
            move = sign.move
            said = page.word(f"untold_{move.reason}") if move.reason else page.word(move.way)
            grouped.setdefault((said, sign.verdict), []).append(sign)
        return [
            (f"{said}: {join(self._titles(signs), page.language)}", verdict)
            for (said, verdict), signs in grouped.items()
        ]

    def _titles(self, signs: Sequence[Sign]) -> list[str]:
        """Return the titles of quantities; those of one name with all its categories."""
        page = self.page
        categories: dict[str, list[str]] = {}
        for sign in signs:
            categories.setdefault(sign.aim.name, []).append(sign.aim.category)
        return [page.cell_title(name, ";".join(of)) for name, of in categories.items()]

    def _verdict(self, verdict: str) -> str:
        return self.page.word(f"verdict_{verdict}")

    def _group(self, one: Verdict) -> str:
        code = one.strategy.strand
        return self.page.data.code_title("programme", "strand", code, self.page.language)

    def _count(self, verdict: str) -> int:
        return sum(v.verdict == verdict for v in self.verdicts)

    def _number(self, name: str, number: int) -> Figure:
        """Return a count of ours: of rows, resting on their text; else on what is compared."""
        figures = [f for m in self.moves for f in (*m.before, *m.after)]
        ids = tuple(dict.fromkeys(i for f in figures for i in f.observations))
        if name in OF_ROWS or not ids:
            text = self.verdicts[0].strategy.source_id
            of_text = (o for o in self.page.data.observations.values() if o.source_id == text)
            ids = tuple(o.observation_id for o in of_text)
        window = self.earlier if name in OF_ROWS else self.later
        made = compute.count(name, ids, number, self.page.region.region_id)
        return made.replace(period=f"{window.first}/{window.last}")


def _years(period: str) -> str:
    """Return the year of a period, or its first and its last."""
    return "\N{EN DASH}".join(dict.fromkeys(part[:4] for part in period.split("/")))


def _marked(words: str) -> str:
    """Return a text whose numbers are those of paragraphs and laws, told apart from figures."""
    return RULE_NUMBER.sub(html.rule_number, html.text(words))
