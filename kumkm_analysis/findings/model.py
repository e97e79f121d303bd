"""Findings as records, and the table and JSON that are made of them."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, NoReturn, overload

from kumkm_analysis.dataset.request import asked, check_one_of
from kumkm_analysis.errors import Fault, ParameterError, short
from kumkm_analysis.findings.phrases import fill, title
from kumkm_analysis.metrics.figures import Figure

if TYPE_CHECKING:
    import pandas as pd

    from kumkm_analysis.dataset.dataset import Dataset

ANOTHER_SCOPE = "figure_of_another_scope"
EXCEEDS = "part_exceeds_whole"
SUM = "does_not_add_up"
SHARE = "share_does_not_follow"
CHANGE = "change_does_not_follow"
TERRITORIES = "territories_added"
CARRIED_BACK = "carried_back"
CARRIED_FORWARD = "carried_forward"
ROW_SLIPPED = "row_slipped"
DIGIT_TOO_MANY = "digit_too_many"
BREAK = "break_of_reporting"
PARALLEL = "parallel_lines"
CONFLICT = "conflict"
RATIO = "implausible_ratio"
JUMP = "implausible_jump"
REPEATED = "repeated_value"
INCOMPLETE = "incomplete_list"
REVISION = "revision"

# The kinds, the plainest first: of several findings on one figure, that one leads.
KINDS = (
    ANOTHER_SCOPE, EXCEEDS, SUM, SHARE, CHANGE, TERRITORIES, CARRIED_BACK, CARRIED_FORWARD,
    ROW_SLIPPED, DIGIT_TOO_MANY, BREAK, PARALLEL, CONFLICT, RATIO, JUMP, REPEATED, INCOMPLETE,
    REVISION,
)  # fmt: skip
SURELY_WRONG = frozenset({EXCEEDS, SUM, SHARE, CHANGE})
SEVERITIES = ("hard", "soft", "note")  # cannot be right, unusual, a remark; the weightiest first
TOLD, UNTOLD, NOBODY = "told", "untold", "nobody"

# What a table and JSON hold of a finding, and what is called otherwise in Python.
COLUMNS = (
    "finding", "kind", "severity", "rule", "region", "indicator", "breakdown", "period",
    "observations", "printed", "gap", "suspects", "blame", "largest_movement", "metric", "told_by",
    "settled_by", "no_single_slip", "explanation", "candidates", "years", "sentence_id",
    "sentence_en", "repairs",
)  # fmt: skip
SHOWN = 30  # findings of a table for the eye
NAMED = {"finding": "finding_id", "breakdown": "category", "largest_movement": "movement"}


@dataclass(frozen=True, slots=True)
class Repair:
    """A conjecture: another token for one printed figure, with its rank and the reason for it.

    Repairs of different figures that are equally likely share a rank. ``certainty`` is ``printed``
    when some text prints exactly this for the figure's cell, else ``conjectured``. ``satisfied``
    counts the checks that touch the figure and hold with it, out of ``checks``. ``reasons`` are in
    each language the kind of slip, who prints the token for this cell or another scope, if anybody
    does, and how many rules it satisfies.
    """

    observation: str
    as_printed: str
    token: str
    kind: str
    rank: int
    certainty: str
    satisfied: int
    checks: int
    value: Fraction
    reasons: Mapping[str, tuple[str, ...]]
    printed_by: tuple[str, ...] = ()

    def reason(self, language: str) -> str:
        """Return why this repair is offered."""
        return "; ".join(self.reasons[language])

    def slip(self, language: str) -> str:
        """Return the kind of slip, and who prints just this."""
        return "; ".join(self.reasons[language][: 2 if self.certainty == "printed" else 1])

    def to_json(self) -> dict[str, Any]:
        """Return the repair as plain data."""
        return {
            "observation": self.observation, "as_printed": self.as_printed, "repair": self.token,
            "kind": self.kind, "rank": self.rank, "certainty": self.certainty,
            "rules_satisfied": self.satisfied, "rules_touched": self.checks,
            "printed_by": self.printed_by, "reason_id": self.reason("id"),
            "reason_en": self.reason("en"),
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class Finding:
    """One thing that the evidence says about itself and that cannot stand, or deserves a look.

    ``gap`` is by how much the figures miss each other, in units of the last printed digit.
    ``suspects`` are the figures without which no rule would be broken; ``blame`` tells whether
    they are the only such choice (``told``), one of several (``untold``), or whether nobody is to
    blame (``nobody``). ``explanation`` is what would explain it without any typing error
    (``truncated``, ``other_year``, ``other_scope``, ``other_definition``), empty otherwise;
    ``candidates`` counts the typing errors that would do when they are too many to be told apart.
    ``movement`` is how far the disagreement itself moves the metric that it moves most, and
    ``metric`` its name; ``years`` rest on no measurement. ``told_by`` names the finding that tells
    the same story more plainly, empty for the one that leads. ``text_id`` and ``text_en`` are
    sentences with placeholders for ``parts``, fit for ``report.say``.
    """

    finding_id: str
    kind: str
    severity: str
    rule: str
    region: str
    indicator: str
    category: str
    period: str
    observations: tuple[str, ...]
    printed: tuple[str, ...]
    gap: Fraction | None
    text_id: str
    text_en: str
    parts: Mapping[str, Figure] = field(repr=False)
    suspects: tuple[str, ...] = ()
    blame: str = NOBODY
    repairs: tuple[Repair, ...] = ()
    no_single_slip: bool = False
    explanation: str = ""
    candidates: int = 0
    years: tuple[int, ...] = ()
    movement: float | None = None
    metric: str = ""
    told_by: str = ""
    settled_by: str = ""

    @property
    def sentence_id(self) -> str:
        """The finding in Indonesian."""
        return self.sentence("id")

    @property
    def sentence_en(self) -> str:
        """The finding in British English."""
        return self.sentence("en")

    def sentence(self, language: str) -> str:
        """Return the finding in plain words of a language."""
        return fill(self.text_id if language == "id" else self.text_en, self.parts, language)

    def __repr__(self) -> str:
        return f"<Finding {self.finding_id}: {self.sentence('en')}>"

    def _repr_html_(self) -> str:
        head = f"{self.title('en')} ({self.weight('en')})"
        return f"<p><b>{escape(head)}</b>: {escape(self.sentence('en'))}</p>"

    def title(self, language: str) -> str:
        """Return the kind of the finding in words."""
        return title(self.kind, language)

    def weight(self, language: str) -> str:
        """Return the severity of the finding in words."""
        return title(self.severity, language)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        plain = {name: getattr(self, NAMED.get(name, name)) for name in COLUMNS}
        gap = None if self.gap is None else round(float(self.gap), 4)
        moved = None if self.movement is None else round(self.movement, 6)
        repairs = [r.to_json() for r in self.repairs]
        return {**plain, "gap": gap, "largest_movement": moved, "repairs": repairs}


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the evidence says against one printed figure."""

    observation: str
    findings: tuple[Finding, ...] = ()

    @property
    def suspect(self) -> bool:
        """Tell whether a finding tells that this figure is wrong."""
        return any(not f.years for f in self._accusing)

    @property
    def unmeasured(self) -> bool:
        """Tell whether the figure only repeats what was counted for another year."""
        return any(f.years for f in self._accusing)

    @property
    def _accusing(self) -> list[Finding]:
        return [f for f in self.findings if f.blame == TOLD and self.observation in f.suspects]

    def __bool__(self) -> bool:
        return bool(self.findings)


class Findings(Sequence[Finding]):
    """The findings of a dataset, the most consequential first.

    ``checks`` is how many checks were made, and ``testable`` holds the ids of the observations
    that at least one of them could contradict.
    """

    def __init__(
        self,
        data: Dataset,
        records: Iterable[Finding],
        checks: int,
        testable: frozenset[str] = frozenset(),
    ) -> None:
        self.data = data
        self.records = tuple(records)
        self.checks = checks
        self.testable = testable
        self._by_id = {f.finding_id: f for f in self.records}

    @overload
    def __getitem__(self, index: int | str) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> Findings: ...

    def __getitem__(self, index: int | str | slice) -> Finding | Findings:
        """Return a finding by its place or its id; of a slice, findings as well.

        Raises :class:`~kumkm_analysis.errors.ParameterError` for an id that is not among them.
        """
        if isinstance(index, str):
            return self._by_id[index] if index in self._by_id else self._unknown(index)
        if isinstance(index, slice):
            return self._of(self.records[index])
        return self.records[index]

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.records)

    def __repr__(self) -> str:
        return f"<Findings: {len(self)} in {self.checks} checks, {len(self.unsettled)} unsettled>"

    def select(
        self,
        *,
        region: str | int | None = None,
        period: str | int | None = None,
        kind: str | None = None,
        observation: str | None = None,
        severity: str | None = None,
    ) -> Findings:
        """Return the findings that fit; a year takes all its months.

        Raises :class:`~kumkm_analysis.errors.ParameterError` for a kind that is not one of
        ``KINDS``, a severity other than hard, soft and note, and a region or period that there
        is not.

        >>> from kumkm_analysis.dataset.dataset import load
        >>> from kumkm_analysis.findings import examine
        >>> found = examine(load()).select(region="51", kind="conflict", period="2012-06")
        >>> [finding.settled_by for finding in found]
        ['repaired-1']
        """
        faults = (
            check_one_of(name, given, known)
            for name, given, known in (("kind", kind, KINDS), ("severity", severity, SEVERITIES))
            if given is not None
        )
        if wrong := [fault for fault in faults if fault is not None]:
            raise ParameterError(wrong)
        region, _, period = asked(self.data, region, None, period)
        rows = self.data.observations
        return self.where(
            lambda f: (
                (region is None or any(rows[o].region_id == region for o in f.observations))
                and (period is None or any(rows[o].within(period) for o in f.observations))
                and (kind is None or f.kind == kind)
                and (observation is None or observation in f.observations)
                and (severity is None or f.severity == severity)
            )
        )

    def where(self, fits: Callable[[Finding], bool]) -> Findings:
        """Return the findings that fit."""
        return self._of(f for f in self.records if fits(f))

    def list(self) -> builtins.list[str]:
        """Return the ids of the findings."""
        return [*self._by_id]

    def get(self, identity: str) -> Finding:
        """Return the finding of an id; see ``[…]``."""
        return self[str(identity)]

    def info(self, q: str = "") -> pd.DataFrame:
        """Return severity and sentences of the findings in which every word of ``q`` stands."""
        table, words = self.frame(), q.casefold().split()
        told = [n for n in table.columns if n.startswith("sentence")]
        texts = (" ".join([f, *row]).casefold() for f, *row in table[["kind", *told]].itertuples())
        return table.loc[[all(w in text for w in words) for text in texts], ["severity", *told]]

    @property
    def leading(self) -> Findings:
        """The findings that tell a story of their own, each figure's trouble told once."""
        return self._of(f for f in self.records if not f.told_by)

    @property
    def unsettled(self) -> Findings:
        """The hard and soft findings that neither a reading nor an acknowledgement settles."""
        return self._of(f for f in self.records if not f.settled_by and f.severity != "note")

    @cached_property
    def figures(self) -> Mapping[str, Doubt]:
        """What speaks against each observation that a finding touches, by its id."""
        touching: dict[str, list[Finding]] = {}
        for finding in self.records:
            for observation in dict.fromkeys((*finding.observations, *finding.suspects)):
                touching.setdefault(observation, []).append(finding)
        return {o: Doubt(o, tuple(found)) for o, found in touching.items()}

    def of(self, observation: str) -> Doubt:
        """Return what speaks against one observation; empty when nothing does.

        >>> from kumkm_analysis.dataset.dataset import load
        >>> from kumkm_analysis.findings import examine
        >>> examine(load()).of("51.cooperatives.2012-06.NS46").suspect
        True
        """
        return self.figures.get(observation, Doubt(observation))

    def frame(self) -> pd.DataFrame:
        """Return a tidy table, one row a finding, in order of consequence.

        ``sentence_id`` and ``sentence_en`` are there as far as the package has the language.
        """
        import pandas as pd

        rows = [{**f.to_json(), "repairs": [r.token for r in f.repairs]} for f in self.records]
        known = {f"sentence_{language}" for language in self.data.settings.languages}
        names = [n for n in COLUMNS if n in known or not n.startswith("sentence")]
        table = pd.DataFrame(rows, columns=names).set_index("finding")
        table["kind"] = pd.Categorical(table["kind"], categories=list(KINDS))
        table["severity"] = pd.Categorical(table["severity"], list(SEVERITIES), ordered=True)
        return table

    def to_json(self) -> builtins.list[dict[str, Any]]:
        """Return every finding as plain data, in order of consequence."""
        return [f.to_json() for f in self.records]

    def _of(self, chosen: Iterable[Finding]) -> Findings:
        return Findings(self.data, chosen, self.checks, self.testable)

    def _unknown(self, identity: str) -> NoReturn:
        """Raise an error that names the nearest finding."""
        near = get_close_matches(identity, self._by_id, 1)
        step = f"Did you mean {near[0]}?" if near else "Their frame() lists them, one row each."
        found = f"no finding {short(identity)!r}"
        raise ParameterError(Fault("findings", found, "the id of one of them", step))

    def _repr_html_(self) -> str:
        """Show the first findings with their sentences, and how many there are."""
        cells = ((f.title("en"), f.weight("en"), f.sentence("en"), f.finding_id)
                 for f in self.records[:SHOWN])  # fmt: skip
        rows = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row)
                       + "</tr>" for row in cells)  # fmt: skip
        more = f" The first {SHOWN} are shown." * (len(self) > SHOWN)
        head = "".join(f"<th scope='col'>{n}</th>" for n in ("kind", "severity", "finding", "id"))
        many = "s" * (len(self) != 1)
        caption = f"{len(self)} finding{many}, {len(self.unsettled)} unsettled.{more}"
        return (f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
                f"<tbody>{rows}</tbody></table>")  # fmt: skip
