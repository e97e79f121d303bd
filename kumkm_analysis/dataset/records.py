"""The frozen records of the data package, one class a table, one field a column.

Texts are kept as they stand in the tables; an empty cell is an empty string. The record that does
more than hold its cells, the printed figure, is in :mod:`~kumkm_analysis.dataset.observation`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from kumkm_analysis.dataset.observation import Observation as Observation

BUILT_IN_READINGS: dict[str, tuple[str, str]] = {
    "coherent": ("satu sumber untuk semua masukan", "one source for all inputs"),
    "latest": ("teks yang terbit terakhir", "the text published last"),
    "official": ("hanya dinas, kementerian, dan badan statistik", "offices and ministries only"),
    "envelope": ("rentang gabungan semua sumber", "the full range of all sources"),
}
ROLES = ("evidence", "reference")
AIM = re.compile(r"([+-])([a-z0-9_]+)(?:\[([A-Za-z0-9_=;]+)\])?(?:\s+|$)", re.ASCII)
WAYS = {"+": "rise", "-": "fall"}


class Titled:
    """A record that has a title in each language of the package, and that one in any other."""

    __slots__ = ()
    title_id: str
    title_en: str

    def title(self, language: str) -> str:
        """Return the title in ``"id"`` or ``"en"``."""
        return self.title_id if language == "id" else self.title_en


@dataclass(frozen=True, slots=True)
class Source:
    """A public text that prints figures: who published it, under what title, where and when."""

    source_id: str
    kind: str
    publisher: str
    quotes: str
    title: str
    url: str
    published: str
    language: str
    note: str
    collection: str = ""


@dataclass(frozen=True, slots=True)
class Region(Titled):
    """A territory with the time during which its code meant what it says."""

    region_id: str
    title_id: str
    title_en: str
    level: str
    parent_id: str
    valid_from: str
    valid_to: str
    successor_id: str
    note_id: str
    note_en: str

    def note(self, language: str) -> str:
        """Return the remark on the territory in ``"id"`` or ``"en"``, empty when there is none."""
        return self.note_id if language == "id" else self.note_en


@dataclass(frozen=True, slots=True)
class Territory(Titled):
    """What a region's row holds where that is not what the region's code means."""

    territory_id: str
    region_id: str
    title_id: str
    title_en: str
    used_from: str
    used_to: str
    note_id: str
    note_en: str
    unnamed_from: str = ""
    unnamed_to: str = ""
    later_regions: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The regions whose later rows together hold what this territory held."""
        return tuple(self.later_regions.split())

    def holds_unnamed(self, year: str) -> bool:
        """Tell whether a figure of that year that names no territory holds this one."""
        if not year or not (self.unnamed_from or self.unnamed_to):
            return False
        return (self.unnamed_from or "0") <= year <= (self.unnamed_to or "9")


@dataclass(frozen=True, slots=True)
class Alias:
    """Another code or spelling of a region, such as the code of the home ministry."""

    alias: str
    scheme: str
    region_id: str
    note_id: str
    note_en: str


@dataclass(frozen=True, slots=True)
class Indicator(Titled):
    """What a printed figure counts, in the terms of Satu Data Indonesia."""

    indicator_id: str
    title_id: str
    title_en: str
    concept_id: str
    concept_en: str
    definition_id: str
    definition_en: str
    classification_id: str
    classification_en: str
    measure_id: str
    measure_en: str
    unit: str
    stock_or_flow: str
    part_of: str
    adds_over_regions: str
    source: str
    source_locator: str
    note: str
    role: str = "evidence"

    @property
    def is_reference(self) -> bool:
        """Tell whether its figures serve as denominators, apart from the evidence examined."""
        return self.role == "reference"

    @property
    def adds_up(self) -> bool:
        """Tell whether the figures of regions add up to that of the region above."""
        return self.adds_over_regions == "yes"


@dataclass(frozen=True, slots=True)
class MetricDefinition(Titled):
    """What a derived quantity means, its formula and unit, and who defines it."""

    metric_id: str
    title_id: str
    title_en: str
    definition_id: str
    definition_en: str
    formula: str
    unit: str
    digits: str
    source: str
    source_locator: str
    note: str


@dataclass(frozen=True, slots=True)
class Term(Titled):
    """A word of the field, or the label of a breakdown (``type.serba_usaha``)."""

    term_id: str
    title_id: str
    title_en: str
    definition_id: str
    definition_en: str
    source: str
    source_locator: str


@dataclass(frozen=True, slots=True)
class Aim:
    """An indicator or metric, with its breakdown, and where it would ``rise`` or ``fall`` to."""

    name: str
    category: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Strategy(Titled):
    """One line of a programme: a strategy or a goal, and what would show it.

    ``indicators`` are codes of indicators or metrics, each with the direction that is hoped for
    before it and, where only a part is meant, its breakdown behind it:
    ``-open_unemployment_rate_pct[survey=sakernas_august]``.
    """

    strategy_id: str
    strand: str
    title_id: str
    title_en: str
    source_id: str
    locator: str
    region_id: str = ""
    indicators: str = ""
    reason_id: str = ""
    reason_en: str = ""
    reason_source: str = ""
    reason_locator: str = ""

    @property
    def is_goal(self) -> bool:
        """Tell whether this is what the programme is for, not what it does."""
        return self.strand == "goal"

    @property
    def aims(self) -> tuple[Aim, ...]:
        """What would show the strategy, and which way it would have to move."""
        found = AIM.findall(self.indicators)
        return tuple(Aim(name, category, WAYS[sign]) for sign, name, category in found)

    def reason(self, language: str) -> str:
        """Return why these indicators would show it, or why none would."""
        return self.reason_id if language == "id" else self.reason_en


@dataclass(frozen=True, slots=True)
class Choice(Titled):
    """One choice of a named reading, with the reason for it."""

    choice_id: str
    reading_id: str
    title_id: str
    title_en: str
    source_id: str
    observation_id: str
    repair_as_printed: str
    reason_id: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Rule(Titled):
    """What must or should hold between printed figures, with its source; see ``data/README.md``."""

    rule_id: str
    kind: str
    severity: str
    indicator_id: str
    breakdown: str
    left: str
    relation: str
    right: str
    low: str
    high: str
    valid_from: str
    valid_to: str
    title_id: str
    title_en: str
    source: str
    source_locator: str


@dataclass(frozen=True, slots=True)
class Limit:
    """How far figures have moved in the official series; see ``benchmarks/findings/limits.py``.

    For an indicator, or for all others of a unit: from a size on, within some years, between two
    factors; ``pairs`` movements of the indicators ``learned_from`` stand behind it.
    """

    limit_id: str
    indicator_id: str
    unit: str
    size_from: str
    years: str
    low: str
    high: str
    pairs: str
    learned_from: str


@dataclass(frozen=True, slots=True)
class Series(Titled):
    """Figures that by their own source are counted in another way: a series of their own."""

    series_id: str
    source_id: str
    indicator_id: str
    title_id: str
    title_en: str
    reason_id: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A finding that was weighed and left as it is, with the reason."""

    finding_id: str
    reason_id: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """The words of a source around a printed figure, with a remark on them where one is needed."""

    observation_id: str
    quotation: str
    note_id: str
    note_en: str

    def note(self, language: str) -> str:
        """Return the remark in ``"id"`` or ``"en"``, empty when there is none."""
        return self.note_id if language == "id" else self.note_en


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence of the pages that holds for this package only, said where a notebook names it."""

    remark_id: str
    text_id: str
    text_en: str
    source: str = ""

    def text(self, language: str) -> str:
        """Return the sentence in ``"id"`` or ``"en"``."""
        return self.text_id if language == "id" else self.text_en


@dataclass(frozen=True, slots=True)
class Word:
    """A word in which texts speak of what the tables hold: what it does in a sentence, and means.

    ``meaning`` is a code of another table or column, as the role asks for; see ``data/README.md``.
    """

    word_id: str
    language: str
    role: str
    word: str
    meaning: str


# The tables of a package, in the order in which they refer to each other.
TABLES: Mapping[str, type] = {
    "sources": Source,
    "regions": Region,
    "territories": Territory,
    "region_aliases": Alias,
    "indicators": Indicator,
    "metrics": MetricDefinition,
    "terms": Term,
    "programme": Strategy,
    "readings": Choice,
    "observations": Observation,
    "rules": Rule,
    "limits": Limit,
    "series": Series,
    "acknowledgements": Acknowledgement,
    "quotations": Quotation,
    "remarks": Remark,
    "words": Word,
}
# Tables that a package cannot do without; it is then examined by the rules of indicators.csv alone.
NEEDED_TABLES = ("sources", "regions", "indicators", "observations")


def partner(column: str) -> str:
    """Return the name of a column in the other language of the library.

    >>> partner("title_id"), partner("note_en")
    ('title_en', 'note_id')
    """
    return f"{column[:-2]}{'en' if column.endswith('_id') else 'id'}"


def translated(record: type) -> frozenset[str]:
    """Return the fields of a record that it has in both languages of the library.

    >>> sorted(translated(Quotation))
    ['note_en', 'note_id']
    """
    known = {one.name for one in fields(record)}
    return frozenset(
        name for name in known if name[-3:] in ("_id", "_en") and partner(name) in known
    )
