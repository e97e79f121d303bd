"""What the evidence says about itself, as words of a notebook: record, findings, repairs, sources.

The findings come from :mod:`kumkm_analysis.findings`; here they are said, drawn and listed for one
region, so that every number in them leads to its source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.request import check_one_of
from kumkm_analysis.dataset.vocabulary import capital, word
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.findings import examine
from kumkm_analysis.findings.model import KINDS
from kumkm_analysis.metrics import compute
from kumkm_analysis.metrics.figures import Figure
from kumkm_analysis.report import html
from kumkm_analysis.report.sensitivity import Alternatives
from kumkm_analysis.report.sentences import show

if TYPE_CHECKING:
    from kumkm_analysis.dataset.records import Observation
    from kumkm_analysis.findings import Finding, Repair

MOST_REPAIRS = 2  # of one finding; the machine-readable results hold all of them
FEWEST_IN_A_PICTURE = 3


class Contradictions(Alternatives):
    """The words with which a notebook examines the evidence of its region."""

    @cached_property
    def found(self) -> tuple[Finding, ...]:
        """The findings that tell of this region, each story once, the most consequential first."""
        return tuple(examine(self.data).select(region=self.region.region_id).leading)

    @cached_property
    def _told(self) -> set[str]:
        """The findings that the page has told."""
        return set()

    @cached_property
    def _printed(self) -> tuple[Observation, ...]:
        """Every figure printed for the region."""
        own = self.region.region_id
        return tuple(o for o in self.data.observations.values() if o.region_id == own)

    def tally(self) -> tuple[Figure, ...]:
        """Return how many figures, sources and findings the record holds; nothing without any."""
        figures = [self._observed(o) for o in self._printed]
        if not figures:
            return ()
        ids = tuple(o.observation_id for o in self._printed)
        concerned = tuple(dict.fromkeys(i for f in self.found for i in f.observations))
        region = self.region.region_id
        return (
            compute.count("figures", ids, len(ids), region),
            self.count("sources", figures),
            compute.count("findings", concerned or ids, len(self.found), region),
        )

    def record(self) -> None:
        """Say how many figures of how many sources there are, and how many findings in them."""
        tally = self.tally()
        if not tally:
            self._say_missing(word("nothing", self.language, region=self.region_spoken))
            return
        figures, sources, findings = tally
        self.say(
            id="Untuk {region} tercatat {n} angka tercetak dari {k} sumber.",
            en="For {region} the record holds {n} printed {n|figure|figures} from {k} "
            "{k|source|sources}.",
            n=figures,
            k=sources,
        )
        self.say(
            id="Pemeriksaan menemukan {f} hal yang tidak sejalan atau patut dilihat di dalamnya.",
            en="The examination found {f} {f|thing|things} in them that {f|does|do} not agree or "
            "{f|deserves|deserve} a look.",
            when=bool(self.found),
            f=findings,
        )
        self.say(
            id="Pemeriksaan tidak menemukan pertentangan di dalamnya.",
            en="The examination found no contradiction in them.",
            when=not self.found,
        )

    def foremost(self, most: int = 3) -> None:
        """Tell the findings that change most, whatever their kind."""
        for finding in self.found[:most]:
            self._tell(finding)
            self._told.add(finding.finding_id)

    def contradictions(self, *kinds: str) -> None:
        """Tell the findings of the given kinds that were not told yet, by what they change."""
        wrong = [f for k in kinds if (f := check_one_of("kind of finding", k, KINDS)) is not None]
        if wrong:
            raise ParameterError(wrong)
        chosen = [f for f in self.found if f.kind in kinds]
        fresh = [f for f in chosen if f.finding_id not in self._told]
        for finding in fresh:
            self._tell(finding)
        self.say(
            id="Yang semacam ini sudah disebut di atas.",
            en="Findings of this kind are told above.",
            when=bool(chosen) and not fresh,
        )
        self.say(
            id="Pemeriksaan tidak menemukan hal semacam ini untuk {region}.",
            en="The examination found nothing of this kind for {region}.",
            when=not chosen,
        )

    def disputed(self, figure: Figure | None) -> None:
        """Tell the findings in which an input of a figure, and no other, is suspect."""
        inputs = set(figure.observations) if figure else set()
        for finding in examine(self.data).leading:
            if finding.blame == "told" and inputs.intersection(finding.suspects):
                self._tell(finding)

    def pictures(self) -> None:
        """Draw every series that several sources print, with a ring around contested figures."""
        contested = frozenset(
            i for f in self.found if f.severity != "note" for i in f.suspects or f.observations
        )
        sources: dict[str, set[str]] = {}
        figures: Counter[str] = Counter()
        for o in self._printed:
            kind = self.data.indicators[o.indicator_id].stock_or_flow
            if o.reference_period and not o.category and kind in ("stock", "flow"):
                sources.setdefault(o.indicator_id, set()).add(o.source_id)
                figures[o.indicator_id] += 1
        drawn = [
            indicator
            for indicator, number in figures.most_common()
            if number >= FEWEST_IN_A_PICTURE and len(sources[indicator]) > 1
        ]
        for indicator in drawn:
            self.history(indicator, contested=contested)
        if not drawn:
            self._say_missing(word("no_series", self.language, region=self.region_spoken))

    def repairs(self) -> None:
        """List the single slips of a typist that would resolve a finding, with the reason."""
        rows = {
            (repair.observation, repair.token): repair
            for finding in self.found
            for repair in finding.repairs[:MOST_REPAIRS]
            if self.data.observations[repair.observation].region_id == self.region.region_id
        }
        if not rows:
            self._say_missing(word("no_repairs", self.language, region=self.region_spoken))
            return
        heads = ("figure", "as_printed", "possible_reading", "why")
        body = [self._repair_row(repair) for repair in rows.values()]
        caption = f"{capital(self.word('repairs'))}, {self.region_title}"
        show(self._table(caption, heads, body), caption)

    def unexplained(self) -> None:
        """Say which findings no single slip of a typist explains."""
        for finding in self.found:
            first = self._observed(self.data.observations[finding.observations[0]])
            self.say(
                id="Angka {it} ({it:source}, {it:when}) tidak dapat dijelaskan oleh satu salah "
                "ketik.",
                en="No single slip of a typist explains the figure {it} ({it:source}, {it:when}).",
                when=finding.no_single_slip,
                it=first,
            )

    def sources_examined(self) -> None:
        """List the sources of the region: how many figures, and how many of them are contested."""
        told = [f for f in self.found if f.severity != "note"]
        contested = {i for f in told for i in f.observations}
        suspects = {i for f in told for i in f.suspects}
        groups: dict[str, list[str]] = {}
        for o in self._printed:
            groups.setdefault(o.source_id, []).append(o.observation_id)
        if not groups:
            return
        order = sorted(groups, key=lambda s: (-sum(i in contested for i in groups[s]), s))
        body = [
            [
                self._listed(source),
                self._number("figures", groups[source]),
                self._number("contested", [i for i in groups[source] if i in contested]),
                self._number("suspect", [i for i in groups[source] if i in suspects]),
            ]
            for source in order
        ]
        heads = ("source", "figures", "contested", "suspect")
        caption = f"{capital(self.word('sources_examined'))}, {self.region_title}"
        show(self._table(caption, heads, body), caption)

    def _tell(self, finding: Finding) -> None:
        """Say a finding under its kind, with the sources it rests on."""
        texts = {"id": finding.text_id, "en": finding.text_en}
        label = html.text(capital(finding.title(self.language)))
        said = self.fill(texts, finding.parts)
        plain = self.fill(texts, finding.parts, plain=True)
        rows = (self.data.observations[i] for i in finding.observations)
        sources = dict.fromkeys(o.source_id for o in rows)
        by_publisher = self._by_publisher(sources)
        listed = "; ".join(self._texts(publisher, ids) for publisher, ids in by_publisher.items())
        named = self.word("evidence" if len(sources) > 1 else "source")
        show(html.finding(label, said, f"{named}: {listed}."), plain)

    def _repair_row(self, repair: Repair) -> list[str]:
        printed = self.data.observations[repair.observation]
        conjecture = compute.observed(self.data, printed.repaired(repair.token), "")
        figure = self._observed(printed)
        what = f"{self.ledger.title(figure.name)}, {self._breaking(figure.period)}"
        return [
            html.text(capital(what)),
            self.cell(figure),
            self.cell(conjecture.replace(kind="repair")),
            html.text(capital(repair.slip(self.language))),
        ]

    def _number(self, name: str, ids: Sequence[str]) -> str:
        """Return a count of observations as a cell; none is a dash."""
        if not ids:
            return "–"
        return self.cell(compute.count(name, tuple(ids), len(ids), self.region.region_id))

    def concerning(self, figures: Iterable[Figure]) -> tuple[Finding, ...]:
        """Return the findings about any printed figure on which the given ones rest."""
        shown = {i for figure in figures for i in figure.observations}
        leading = examine(self.data).leading
        return tuple(f for f in leading if shown.intersection(f.observations))
