"""Which printed figure speaks when sources disagree: the readings.

A *reading* is a named rule that, for the inputs of one quantity, picks printed figures from the
candidates, in the open. It never changes a figure and never blends two.

* ``coherent``: the one source that gives all inputs for the region and period, on one reference
  date and one register, since a ratio of two sources is worth less than a ratio within one. Of
  several such sources the fullest account of that region and period comes first, so that a page
  stands on one account as far as it can; then the kind of source, then the later publication.
  When no source gives all inputs, each comes from the best source and the choice says so. A figure
  that a finding makes suspect yields to one that is not (decision 11).
* ``official``: the same among offices, ministries and statistics offices only.
* ``latest``: the same, but the text published last comes first.
* ``envelope``: every candidate; the result is the hull of what they give.
* a reading of ``readings.csv``: as ``coherent``, but the sources and figures it names come first,
  and a figure for which it accepts a repair is read as repaired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from kumkm_analysis.dataset.request import check_reading
from kumkm_analysis.errors import ParameterError
from kumkm_analysis.metrics.doubts import NONE, Doubts

if TYPE_CHECKING:
    from kumkm_analysis.dataset.dataset import Dataset
    from kumkm_analysis.dataset.records import Observation

OFFICIAL_KINDS = frozenset(
    {"statistics_office", "ministry", "provincial_government", "local_government"}
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What is asked of the data: an indicator and a breakdown (without its register).

    >>> Cell.of("grdp[series=2010]")
    Cell(indicator='grdp', category='series=2010')
    """

    indicator: str
    category: str = ""

    @classmethod
    def of(cls, text: str) -> Cell:
        """Return the cell that ``indicator`` or ``indicator[breakdown]`` names."""
        indicator, _, category = text.removesuffix("]").partition("[")
        return cls(indicator, category)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One consistent choice: an observation for every input, and whether one source gives all.

    ``instead_of`` are the suspect figures that would have spoken, had others not been at hand.
    """

    inputs: Mapping[str, Observation]
    coherent: bool
    instead_of: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that speak, each once, in the order of the inputs."""
        return tuple(dict.fromkeys(o.source_id for o in self.inputs.values()))

    @property
    def reference_period(self) -> str:
        """The reference period when all inputs share one, else empty."""
        periods = {o.reference_period for o in self.inputs.values()}
        return periods.pop() if len(periods) == 1 else ""


@dataclass(frozen=True, slots=True)
class Account:
    """A key that keeps apart what must not be mixed: source, period, register, territory.

    Tables of one collection, such as those of one office on one subject, are one account, and the
    first of them stands for all.
    """

    source_id: str
    reference_period: str
    register: str
    territory: str = ""

    @classmethod
    def of(cls, data: Dataset, o: Observation) -> Account:
        """Return the account that a printed figure belongs to."""
        source = data.sources[o.source_id].collection or o.source_id
        return cls(source, o.reference_period, o.register, data.territory_of(o))


class Reader:
    """Applies one reading to one region and period of a dataset."""

    def __init__(
        self, data: Dataset, region: str, period: str, reading: str, doubts: Doubts = NONE
    ) -> None:
        self.doubts = doubts
        self.data = data.under(reading)
        self.region = region
        self.period = period
        self.reading = reading
        named = [c for c in data.readings.values() if c.reading_id == reading]
        wrong = check_reading(data.domain, reading)
        if wrong:
            raise ParameterError(wrong)
        self._preferred_sources = {c.source_id for c in named if c.source_id}
        # A repair says how a figure is read, not that it speaks before others.
        self._preferred_observations = {
            c.observation_id for c in named if c.observation_id and not c.repair_as_printed
        }
        self._fullness = self._count_indicators()

    def candidates(self, cell: Cell) -> tuple[Observation, ...]:
        """Return every figure printed for the cell in this region and period."""
        found = self.data.select(
            region=self.region, indicator=cell.indicator, period=self.period, category=cell.category
        )
        if self.reading == "official":
            kinds = self.data.sources
            return tuple(o for o in found if kinds[o.source_id].kind in OFFICIAL_KINDS)
        return found

    def scenarios(self, inputs: Mapping[str, Cell]) -> tuple[Scenario, ...]:
        """Return the consistent choices for the inputs, the reading's own choice first.

        Empty when some input has no printed figure. When no single account gives every input,
        the one scenario takes each from its best source and is marked as not coherent. Reference
        data (population, GRDP) need not come from the account: they are those of its year and
        territory.
        """
        reference = {n: c for n, c in inputs.items() if is_reference(self.data, c)}
        if reference and len(reference) < len(inputs):
            return self._over_reference(inputs, reference)
        found = {name: self.candidates(cell) for name, cell in inputs.items()}
        if not all(found.values()):
            return ()
        every = self._choices(inputs, found)
        sure = {
            name: tuple(o for o in observations if o.observation_id not in self.doubts.suspect)
            for name, observations in found.items()
        }
        if self.reading not in ("coherent", "envelope") or sure == found or not all(sure.values()):
            return every
        return self._preferring(self._choices(inputs, sure), every)

    def _preferring(
        self, sure: tuple[Scenario, ...], every: tuple[Scenario, ...]
    ) -> tuple[Scenario, ...]:
        """Put the choices without suspect figures first; the first says what it stands in for."""
        if not sure:
            return every
        ids = [o.observation_id for o in every[0].inputs.values()] if every else []
        first = replace(sure[0], instead_of=self.doubts.suspects(ids))
        known = [s.inputs for s in sure]
        return (first, *sure[1:], *(s for s in every if s.inputs not in known))

    def _choices(
        self, inputs: Mapping[str, Cell], found: Mapping[str, tuple[Observation, ...]]
    ) -> tuple[Scenario, ...]:
        """Return the consistent choices among some candidates, the reading's own choice first."""
        accounts: dict[Account, dict[str, list[Observation]]] = {}
        for name, observations in found.items():
            for o in observations:
                accounts.setdefault(Account.of(self.data, o), {}).setdefault(name, []).append(o)
        complete = [a for a, given in accounts.items() if len(given) == len(inputs)]
        if complete:
            ranked = sorted(
                complete, key=lambda a: (not self._is_named(accounts[a]), *self._account_rank(a))
            )
            return tuple(
                Scenario({n: self._sharpest(accounts[a][n]) for n in inputs}, coherent=True)
                for a in ranked
            )
        return self._patchwork(found)

    def _is_named(self, given: Mapping[str, Sequence[Observation]]) -> bool:
        """Tell whether an account holds a figure that the reading names."""
        return any(
            o.observation_id in self._preferred_observations
            for observations in given.values()
            for o in observations
        )

    def _patchwork(self, found: Mapping[str, tuple[Observation, ...]]) -> tuple[Scenario, ...]:
        """Return each input from its best source, never from two registers or two territories."""
        every = [o for observations in found.values() for o in observations]
        bearing = self.data._indicators_with_register
        territory_of = self.data.territory_of
        choices = product(
            sorted({o.register for o in every}), sorted({territory_of(o) for o in every})
        )
        for register, territory in choices:
            fitting = {
                name: [
                    o
                    for o in observations
                    if (o.register == register or o.indicator_id not in bearing)
                    and territory_of(o) in ("", territory)
                ]
                for name, observations in found.items()
            }
            if all(fitting.values()):
                best = {name: min(pool, key=self._rank) for name, pool in fitting.items()}
                return (Scenario(best, coherent=False),)
        return ()

    def _over_reference(
        self, inputs: Mapping[str, Cell], reference: Mapping[str, Cell]
    ) -> tuple[Scenario, ...]:
        """Return the choices among the evidence, each with the reference data that go with it."""
        evidence = {name: cell for name, cell in inputs.items() if name not in reference}
        found = []
        for scenario in self.scenarios(evidence):
            beside = {
                name: denominator(self.data, cell, tuple(scenario.inputs.values()), self.period)
                for name, cell in reference.items()
            }
            known = {name: o for name, o in beside.items() if o is not None}
            if len(known) == len(beside):
                every = {**scenario.inputs, **known}
                found.append(replace(scenario, inputs={n: every[n] for n in inputs}))
        return tuple(found)

    def _rank(self, observation: Observation) -> tuple[object, ...]:
        """Return the sort key of a figure: its account's rank, then the sharper print."""
        account = Account.of(self.data, observation)
        chosen = observation.observation_id not in self._preferred_observations
        return (chosen, *self._account_rank(account), observation.observation_id)

    def _account_rank(self, account: Account) -> tuple[object, ...]:
        """Return the sort key of an account under this reading, best first."""
        source = self.data.sources[account.source_id]
        kind = self.data.source_kinds.index(source.kind)
        preferred = account.source_id not in self._preferred_sources
        exact_period = account.reference_period != self.period
        published = _later_first(source.published)
        referred = _later_first(account.reference_period)
        if self.reading == "latest":
            return (preferred, published, referred, kind, account.source_id, account.register)
        if self.reading == "official":
            return (
                preferred, kind, exact_period, published, referred, account.source_id,
                account.register,
            )  # fmt: skip
        fullness = -self._fullness.get((account.source_id, account.register), 0)
        return (
            preferred, fullness, kind, exact_period, published, referred, account.source_id,
            account.register,
        )  # fmt: skip

    def _count_indicators(self) -> Mapping[tuple[str, str], int]:
        """Count the indicators each source and register gives for the region and period."""
        given: dict[tuple[str, str], set[str]] = {}
        for o in self.data.select(region=self.region, period=self.period, category=None):
            account = Account.of(self.data, o)
            given.setdefault((account.source_id, account.register), set()).add(o.indicator_id)
        return {key: len(indicators) for key, indicators in given.items()}

    def _sharpest(self, observations: Sequence[Observation]) -> Observation:
        """Return the figure with the narrowest interval: a rounded twin yields to the exact one.

        A source that prints two figures for one cell which cannot both hold leaves the choice
        open; the first in the order of the data speaks, and the page lists the other beside it.
        """
        chosen = [o for o in observations if o.observation_id in self._preferred_observations]
        return min(chosen or observations, key=breadth)


def breadth(o: Observation) -> tuple[bool, Fraction]:
    """Return a key that sorts the narrower interval first, one without bound last."""
    return o.interval.width is None, o.interval.width or Fraction(0)


def is_reference(data: Dataset, cell: Cell) -> bool:
    """Tell whether a cell is reference data, such as the population, and not evidence."""
    indicator = data.indicators.get(cell.indicator, None)
    return indicator is not None and indicator.role == "reference"


def denominator(
    data: Dataset, cell: Cell, evidence: Sequence[Observation], period: str
) -> Observation | None:
    """Return the reference figure of the year and territory of some evidence, the best first.

    The statistics office comes before others, the same account before another one, a date within
    the year before the year, a later text before an earlier one.
    """
    first = evidence[0]
    year = (first.reference_period or period)[:4]
    territories = {data.territory_of(o) for o in evidence} - {""}
    accounts = {Account.of(data, o) for o in evidence}
    found = [
        o
        for o in data.select(
            region=first.region_id, indicator=cell.indicator, period=year, category=cell.category
        )
        if len(territories | ({data.territory_of(o)} - {""})) <= 1
    ]

    def rank(o: Observation) -> tuple[object, ...]:
        source = data.sources[o.source_id]
        return (
            Account.of(data, o) not in accounts,
            data.source_kinds.index(source.kind),
            _later_first(source.published),
            o.observation_id,
        )

    return min(found, key=rank, default=None)


def _later_first(date: str) -> tuple[int, ...]:
    """Return a key that sorts later dates first and a missing date last."""
    digits = [int(part) for part in date.replace("/", "-").split("-") if part.isdigit()]
    return tuple(-n for n in digits) + (0,) * (3 - len(digits)) if digits else (1,)
