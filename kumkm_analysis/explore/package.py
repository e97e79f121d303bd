"""A data package for whoever explores it: the same tables, and one line for each question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.dataset.dataset import load as load_one
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.explore import frames
from kumkm_analysis.explore.names import Asked, Name, Names, language_of, listed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from kumkm_analysis.findings import Findings

WHOLE = ""  # the category of figures without a breakdown


@dataclass(frozen=True, repr=False)
class Package(Dataset):
    """A :class:`~kumkm_analysis.dataset.dataset.Dataset` that answers one question a line.

    What the figures say against each other is searched at the first question that needs it, once
    (2 to 4 seconds), and kept.

    Names are codes or titles in any language of the package, ``64`` or ``"64"`` or
    ``"Kalimantan Timur"``, one or several; what is unknown is refused, all at once, with the
    nearest there is (:class:`~kumkm_analysis.errors.ParameterError`). A period is ``2012``,
    ``"2012-06"``, ``"2006:2021"`` or several of them.
    """

    @classmethod
    def of(cls, data: Dataset) -> Package:
        """Return a dataset with these questions; what was found in one is known to the other."""
        if isinstance(data, cls):
            return data
        if __name__ not in data.kept:
            package = cls(**{f.name: getattr(data, f.name) for f in fields(data)})
            vars(package)["kept"] = data.kept
            data.kept[__name__] = package
        found: Package = data.kept[__name__]
        return found

    def frame(
        self,
        indicator: Names = None,
        region: Names = None,
        period: Names = None,
        *,
        category: Names = None,
        source: Names = None,
        publisher: Names = None,
        status: Names = "outcome",
        labels: bool | str = False,
    ) -> pd.DataFrame:
        """Return printed figures as a tidy table, one row each, indexed by their id.

        ``value``, ``low``, ``high`` are in base units (full currency, per cent, counts), the
        bounds what the printing allows; ``attrs["units"]`` has the unit of each indicator.
        ``contested`` tells that a finding speaks against the figure, ``doubt`` how. ``category=""``
        takes figures without a breakdown; targets are left out unless ``status`` asks for them.
        ``labels`` sets titles beside the codes: ``True``, or a language.

        >>> table = load().frame("members", "Kalimantan Timur", 2012)
        >>> table[["as_printed", "publisher", "contested"]].values.tolist()[:2]
        [['391.426 orang', 'ANTARA Kaltim', True], ['426.325 orang', 'Kalimantan News', False]]
        """
        found = frames.select(
            self, indicator=indicator, region=region, period=period, category=category,
            source=source, publisher=publisher, status=status,
        )  # fmt: skip
        return frames.figures(self, found, labels)

    def pivot(
        self,
        indicator: Names,
        index: str | Sequence[str] = "year",
        columns: str | Sequence[str] = "publisher",
        values: str = "printed",
        *,
        category: Names = WHOLE,
        language: bool | str = True,
        **chosen: Any,
    ) -> pd.DataFrame:
        """Return figures in rows and columns; nothing is averaged, added or left out.

        What must not share a cell (other regions, indicators, breakdowns, registers, territories)
        is kept apart in rows of its own. What different texts print for one cell stands there
        together, in order of size, as printed and with ``(doubted)`` or ``(disputed)`` behind it.
        ``values`` may instead be ``value`` (numbers; refused where figures of one cell differ),
        ``low`` or ``high`` (the ends of all that a cell may stand for, empty without bound), or
        ``contested`` (whether a finding speaks against any). ``chosen`` are filters of
        :meth:`frame`, ``labels`` among them.

        >>> load().pivot("net_surplus", region=64, period="2013:2014", values="value").shape
        (2, 1)
        """
        table = self.frame(indicator, category=category, **chosen)
        return frames.pivot(self, table, index, columns, values, language_of(self, language))

    def findings(
        self,
        region: Names = None,
        kind: Names = None,
        severity: Names = None,
        indicator: Names = None,
        period: Names = None,
    ) -> Findings:
        """Return what the figures say against each other, the most consequential first.

        A finding about several regions or indicators is given for each of them. The table of all
        is ``findings().frame()``; one is ``findings()[id]``.

        >>> found = load().findings(region=64, kind="part_exceeds_whole", period=2012)
        >>> found[0].printed
        ('22.977 unit', '5.855 unit')
        """
        from kumkm_analysis.findings import KINDS, examine
        from kumkm_analysis.findings.model import SEVERITIES

        asked = Asked(self)
        regions, indicators = asked.regions(region), asked.indicators(indicator)
        kinds = [one for name in listed(kind) for one in asked.one_of("kind", name, KINDS)]
        severities = [one for name in listed(severity)
                      for one in asked.one_of("severity", name, SEVERITIES)]  # fmt: skip
        within = asked.periods(period)
        asked.settle()
        rows = self.observations
        return examine(self).where(
            lambda f: (
                (kind is None or f.kind in kinds)
                and (severity is None or f.severity in severities)
                and any(
                    (regions is None or rows[o].region_id in regions)
                    and (indicators is None or rows[o].indicator_id in indicators)
                    and within(rows[o])
                    for o in f.observations
                )
            )
        )

    def cite(self, source: Names = None, form: str = "text", language: bool | str = True) -> str:
        """Return sources as ``text``, ``bibtex`` or ``ris``, each once; without a name all.

        >>> table = load().frame("members", "Bali", 2012)
        >>> load().cite(table["source"], "bibtex").partition(",")[0]
        '@misc{NS46'
        """
        from kumkm_analysis.explore.sourced import cite

        asked = Asked(self)
        codes = asked.sources(source)
        asked.settle()
        return cite(self, self.sources if codes is None else codes, form, language)

    def plot(
        self,
        indicator: Name,
        region: Names = None,
        *,
        category: Names = WHOLE,
        language: bool | str = True,
        ax: Axes | None = None,
        **chosen: Any,
    ) -> Axes:
        """Draw dated figures over time on a matplotlib Axes and return it.

        A bar is what the print of a figure allows, a hollow mark one that a finding speaks
        against, a hue a publisher. ``chosen`` are filters of :meth:`frame`. One indicator, one
        breakdown and one status are drawn; ``ax`` takes more on the same Axes.

        >>> load().plot("members", region=64).get_ylabel()
        'people'
        """
        from kumkm_analysis.explore.plot import plot

        table = self.frame(indicator, region, category=category, **chosen)
        return plot(self, table, language_of(self, language), ax)

    def export(
        self, path: str | Path, *, locale: str = "", language: bool | str = True, **chosen: Any
    ) -> Path:
        """Write figures with their sources, findings and dictionary into a file; return its path.

        The ending says how: ``.xlsx``, ``.dta``, ``.parquet``, ``.csv`` or ``.json``. Bounds and
        marks of doubt are columns in each. ``locale`` (``id_ID``) sets separators of ``.csv`` and
        ``.xlsx``; ``chosen`` are filters of :meth:`frame`. The file appears whole or not at all.
        Raises :class:`~kumkm_analysis.errors.ParameterError` for another ending or locale, and
        where a library is missing, with the line that installs it.
        """
        from kumkm_analysis.explore.export import export

        said = language_of(self, language)
        table = self.frame(**{"labels": said, **chosen})
        return export(self, table, Path(path), locale, said)


def load(path: str | Path | Iterable[str | Path | None] | None = None) -> Package:
    """Read a data package, or several as one, and validate it.

    ``path`` is the folder of the package, a zip of it, or an address such as ``https://…``; without
    it the variable ``KUMKM_DATA`` or the package that comes with the library is taken. Of a list,
    in which ``None`` stands for that one, rows that are the same count once, and what one package
    prints against another is a finding. Raises :class:`~kumkm_analysis.errors.DataError` with every
    fault located by file, row and column, and
    with every row that two packages tell differently.

    >>> load()
    <Package kumkm-analysis-data 2026.12.0: 14571 printed figures, 167 sources, 55 regions>
    """
    if path is None or isinstance(path, str | Path):
        return Package.of(load_one(path))
    if not isinstance(path, Iterable):
        raise ParameterError(Fault("load", repr(path), "a folder, a zip, an address, or several"))
    from kumkm_analysis.explore.merge import merge

    return Package.of(merge([load_one(one) for one in path]))
