"""What a report says of printed figures side by side: whether they agree, and which is bounded."""

from __future__ import annotations

from collections.abc import Sequence

from kumkm_analysis.dataset.vocabulary import capital, the
from kumkm_analysis.metrics.comparisons import Comparison
from kumkm_analysis.metrics.figures import Figure, Missing
from kumkm_analysis.report.sentences import show
from kumkm_analysis.report.tables import Tables


class Agreement(Tables):
    """Sentences on what several sources print for one cell, each a word of the notebooks."""

    def what_sources_print(self, indicator: str, category: str = "") -> None:
        """Show what every source prints for a cell in the period, and whether they agree."""
        found = self.candidates(indicator, category)
        if not found:
            where = (self.region.region_id, self.period)
            return self.say_missing([Missing(indicator, *where, "missing", category)])
        label = self.ledger.title(indicator)
        low, high = min(found, key=lambda f: f.known), max(found, key=lambda f: f.known)
        agree = _agree(found)
        self.say(
            id="{what} {when}: hanya {low:source} yang mencetak angka, yaitu {low}.",
            en="{what} {when}: only {low:source} prints a figure, {low}.",
            when=len(found) == 1,
            what=capital(label),
            low=low,
        )
        self.say(
            id="{what} {when}: {n} sumber mencetak angka yang tidak saling bertentangan.",
            en="{what} {when}: {n} {n|source prints|sources print} figures that do not contradict "
            "each other.",
            when=len(found) > 1 and agree,
            what=capital(label),
            n=self.count("sources", found),
        )
        self.say(
            id="{what} {when}: {n} sumber mencetak angka antara {low} dan {high}; angka mana yang "
            "berlaku tidak dapat dipastikan.",
            en="{what} {when}: {n} {n|source prints|sources print} figures between {low} and "
            "{high}; which of them holds cannot be told.",
            when=not agree,
            what=capital(label),
            n=self.count("sources", found),
            low=low,
            high=high,
        )
        caption = f"{capital(label)}, {self.period_text(self.period)}"
        show(self._printed_table(caption, found), caption)
        return None

    def how_sure(self, indicator: str) -> None:
        """Grade the figure that speaks: undisputed, disputed, or the only one of its kind."""
        spoken = self.figure(indicator)
        if isinstance(spoken, Missing):
            return None
        found = self.candidates(indicator)
        what = the(self.ledger.title(indicator), self.language)
        if spoken.value is None:  # a hull, which nothing within it contradicts
            self.say(
                id="Tentang {what}, {n} sumber mencetak angka yang tidak saling bertentangan.",
                en="On {what}, {n} {n|source prints|sources print} figures that do not contradict "
                "each other.",
                when=_agree(found),
                what=what,
                n=self.count("sources", found),
            )
            return self.say(
                id="Tentang {what}, {n} sumber mencetak angka yang bertentangan, dari {low} sampai "
                "{high}.",
                en="On {what}, {n} {n|source prints|sources print} figures that contradict each "
                "other, from {low} to {high}.",
                when=not _agree(found),
                what=what,
                n=self.count("sources", found),
                low=min(found, key=lambda f: f.known),
                high=max(found, key=lambda f: f.known),
            )
        others = [f for f in found if f.observations != spoken.observations]
        apart = [f for f in others if not f.interval.meets(spoken.interval)]
        low = min(apart, key=lambda f: f.known, default=spoken)
        high = max(apart, key=lambda f: f.known, default=spoken)
        alone = len(self._sources_of(apart)) == 1 and low.known == high.known
        self.say(
            id="Tentang {what}, {low:source} mencetak angka lain, yaitu {low}.",
            en="On {what}, {low:source} prints something else: {low}.",
            when=alone,
            what=what,
            low=low,
        )
        self.say(
            id="Tentang {what}, {n} sumber lain mencetak angka lain, yaitu {low}.",
            en="On {what}, {n} other {n|source prints|sources print} something else: {low}.",
            when=bool(apart) and not alone and low.known == high.known,
            what=what,
            n=self.count("sources", apart or [spoken]),
            low=low,
        )
        self.say(
            id="Tentang {what}, {n} sumber lain mencetak angka yang berbeda, dari {low} sampai "
            "{high}.",
            en="On {what}, {n} other {n|source prints|sources print} something else, from {low} to "
            "{high}.",
            when=bool(apart) and low.known != high.known,
            what=what,
            n=self.count("sources", apart or [spoken]),
            low=low,
            high=high,
        )
        self.say(
            id="Tidak ada angka lain tentang {what} untuk {region} {when} yang bertentangan dengan "
            "angka itu.",
            en="No other figure on {what} for {region} {when} contradicts that one.",
            when=bool(others) and not apart,
            what=what,
        )
        self.say(
            id="Tidak ada sumber lain yang mencetak {what} untuk {region} {when}.",
            en="No other source prints {what} for {region} {when}.",
            when=not others,
            what=what,
        )
        return None

    def same_elsewhere(self, indicator: str) -> None:
        """Say when a region above or below is printed with the very figure of this one."""
        region = self.region
        relatives = {region.parent_id, *(r.region_id for r in self.data.children(region.region_id))}
        for own in self.candidates(indicator):
            for other in self.data.select(indicator=indicator, period=self.period):
                if other.region_id in relatives and other.value == own.value:
                    self.say(
                        id="{own:source} mencetak {own} untuk {region}, sedangkan {other:source} "
                        "mencetak angka yang sama, {other}, untuk {other:region}; satu di "
                        "antaranya mungkin menyebut wilayah yang lain.",
                        en="{own:source} prints {own} for {region}, while {other:source} prints "
                        "the same figure, {other}, for {other:region}; one of them may name "
                        "another territory.",
                        own=own,
                        other=self._observed(other),
                    )

    def loose_peers(self, comparison: Comparison) -> None:
        """Say which figures of the range are bounded on one side only and may reach our own."""
        outside = comparison.own is not None and comparison.place in ("above", "below")
        for figure in comparison.peers if outside else ():
            self.say(
                id="Angka pembanding {it:.1} ({it:region}, {it:period}) berpijak pada angka yang "
                "tercetak dengan “lebih dari” atau “hampir”, sehingga nilainya dapat mencapai "
                "rentang ini: {it:interval}.",
                en="The comparison figure {it:.1} ({it:region}, {it:period}) rests on a figure "
                "printed with “more than” or “nearly”, so it may lie anywhere {it:interval}.",
                when=comparison.own is not None
                and figure.interval.meets(comparison.own.interval)
                and self._is_one_sided(figure),
                it=figure,
            )

    def _is_one_sided(self, figure: Figure) -> bool:
        """Tell whether a figure rests on one that is printed as a bound."""
        rests_on = (self.data.observations[i] for i in figure.observations)
        return any(o.printing in ("at_least", "at_most") for o in rests_on)

    def undated_peers(self, comparison: Comparison) -> None:
        """Say what undated figures of comparison there are, and what contradicts them."""
        for figure in comparison.undated:
            against = comparison.contradicted(figure)
            low = min(against, key=lambda f: f.known, default=figure)
            high = max(against, key=lambda f: f.known, default=figure)
            alone = len({tuple(self.publishers(f)) for f in against}) == 1
            self.say(
                id="Di luar kisaran itu hanya ada angka tanpa tanggal untuk {it:region}, {it:.1} "
                "({it:source}); angka itu bertentangan dengan {low:source}, yang memberi {low:.1} "
                "sampai {high:.1}.",
                en="Outside that range stands only an undated figure for {it:region}, {it:.1} "
                "({it:source}); it is contradicted by {low:source}, which gives {low:.1} to "
                "{high:.1}.",
                when=bool(against) and alone,
                it=figure,
                low=low,
                high=high,
            )
            self.say(
                id="Di luar kisaran itu hanya ada angka tanpa tanggal untuk {it:region}, {it:.1} "
                "({it:source}); angka bertanggal untuk wilayah itu bertentangan dengannya, dari "
                "{low:.1} ({low:source}) sampai {high:.1} ({high:source}).",
                en="Outside that range stands only an undated figure for {it:region}, {it:.1} "
                "({it:source}); the dated figures of that region contradict it, from {low:.1} "
                "({low:source}) to {high:.1} ({high:source}).",
                when=bool(against) and not alone,
                it=figure,
                low=low,
                high=high,
            )
            self.say(
                id="Tanpa tanggal, dan karena itu di luar kisaran, tercetak {it:.1} untuk "
                "{it:region} ({it:source}).",
                en="Without a date, and therefore outside the range, {it:.1} is printed for "
                "{it:region} ({it:source}).",
                when=not against,
                it=figure,
            )


def _agree(figures: Sequence[Figure]) -> bool:
    """Tell whether figures may all be true, given how they are printed."""
    return all(a.interval.meets(b.interval) for a in figures for b in figures)
