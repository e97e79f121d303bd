"""Printed figures over time on a matplotlib Axes: bounds, publishers, what is doubted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kumkm_analysis.charts.marks import FAR_ABOVE, position
from kumkm_analysis.charts.sheet import UNITS
from kumkm_analysis.dataset.vocabulary import capital
from kumkm_analysis.errors import Fault, ParameterError, short
from kumkm_analysis.explore.frames import SUSPECT, part

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from kumkm_analysis.dataset.dataset import Dataset

ONE, OUTCOME = ("indicator", "category", "status"), "outcome"  # a title covers one of each
EDGE = 1.12  # where figures beyond the scale stand, in parts of the highest on it
SHAPES = "osD^vPX*<>"  # a shape for each region
MOST_TOLD, MOST_NAMED = 10, 20  # publishers told apart by well-chosen hues, and named at all
WORDS = {
    "id": {
        "note": "Batang: yang mungkin menurut pembulatan cetak. Berongga: diragukan atau "
        "dipersoalkan. {n} teks; {data} {version}.",
        "undated": " Tanpa tanggal, tidak digambar: {n}.",
        "stock": " Angka setahun: akhir tahun itu.",
        "flow": " Angka setahun: sepanjang tahun itu.",
    },
    "en": {
        "note": "Bars: what the rounding of print allows. Hollow: doubted or disputed. "
        "{n} texts; {data} {version}.",
        "undated": " Without a date, not drawn: {n}.",
        "stock": " A year stands for its end.",
        "flow": " A year stands for all of it.",
    },
}


def plot(data: Dataset, table: pd.DataFrame, language: str, ax: Axes | None) -> Axes:
    """Draw a table of :func:`kumkm_analysis.explore.frames.figures` of one indicator.

    Stocks stand at the end of their period, flows in its middle. Raises
    :class:`~kumkm_analysis.errors.ParameterError` where nothing is to be drawn, and for what one
    title does not cover: several indicators, breakdowns or statuses.
    """
    import matplotlib.pyplot as plt
    import seaborn as sns
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    dated = table[table["period"].notna()]
    if dated.empty:
        found = f"only figures without a date ({len(table)})" if len(table) else "no figure"
        step = "Ask data.frame() what there is, of other regions, periods or breakdowns."
        raise ParameterError(Fault("plot", found, "at least one dated figure", step))
    kinds = {name: dated[name].fillna("").unique().tolist() for name in ONE}
    if many := {name: codes for name, codes in kinds.items() if len(codes) > 1}:
        step = "Name one; ax=… draws another on the same Axes."
        raise ParameterError(
            Fault(name, ", ".join(short(c, 40) or "the whole" for c in codes[:5]), "one", step)
            for name, codes in many.items()
        )
    code, category, status = (str(kinds[name][0]) for name in ONE)
    words = WORDS.get(language, WORDS["en"])
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 5), layout="constrained")
    publishers = dated["publisher"].value_counts().index.tolist()
    wheel = "colorblind" if len(publishers) <= MOST_TOLD else "husl"
    palette = sns.color_palette(wheel, len(publishers))
    hues = dict(zip(publishers, palette, strict=True))
    regions = list(dict.fromkeys(dated["region"]))
    shapes = {r: SHAPES[n % len(SHAPES)] for n, r in enumerate(regions)}
    flow = data.indicators[code].stock_or_flow == "flow"
    sure = dated[dated["doubt"].ne(SUSPECT).fillna(True)]
    top = FAR_ABOVE * float(sure["value"].max()) if len(sure) else math.inf
    ends = dated.loc[dated["value"] <= top, ["value", "high"]].max().max()
    rows: Any = dated.itertuples()
    for row in rows:
        x = float(position(str(row.period), flow=flow)) - (0.5 if flow else 1)
        if row.value <= top:
            _mark(ax, row, x, hues[row.publisher], shapes[row.region])
        else:  # a doubted figure far above all others sets no scale
            ax.plot(x, ends * EDGE, shapes[row.region], mec=hues[row.publisher], mfc="white", ms=7)
            said = f" \N{UPWARDS ARROW} {_compact(row.value, language)}"
            ax.annotate(said, (x, ends * EDGE), va="center", fontsize="small")
    _legend(ax, data, hues, shapes, language)
    unit = table.attrs["units"][code]
    said = UNITS.get(unit, {}).get(language, unit)
    ax.set_ylabel(data.settings.in_words(said, language))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _compact(value, language)))
    ax.grid(axis="y", alpha=0.25)
    what = capital(data.indicators[code].title(language))
    if category:
        what += f" ({', '.join(part(data, one, language) for one in category.split(';'))})"
    if status != OUTCOME:
        what += f" ({data.code_title('observations', 'status', status, language)})"
    where = ", ".join(data.regions[r].title(language) for r in regions[:3])
    ax.set_title(f"{what}, {where}{' …' * (len(regions) > 3)}", loc="left", fontweight="bold")
    told = {"n": dated["source"].nunique(), "data": data.name, "version": data.version}
    note = words["note"].format(**told)
    note += words["flow" if flow else "stock"]
    if len(table) > len(dated):
        note += words["undated"].format(n=len(table) - len(dated))
    ax.set_xlabel(note, loc="left", fontsize="x-small", wrap=True)
    return ax


def _mark(ax: Axes, row: Any, x: float, hue: Any, shape: str) -> None:
    """Draw one figure and the bar of what it may stand for; an open end is an arrow."""
    import pandas as pd

    open_low, open_high = pd.isna(row.low), pd.isna(row.high)
    below = 0.0 if open_low else max(0.0, row.value - row.low)
    above = 0.0 if open_high else max(0.0, row.high - row.value)
    if open_low or open_high:
        away = (12, 0) if open_high else (-12, 0)
        ax.annotate(
            "", (x, row.value), xytext=(0, away[0]), textcoords="offset points",
            arrowprops={"arrowstyle": "<|-", "color": hue, "lw": 1},
        )  # fmt: skip
    ax.errorbar(
        x, row.value, yerr=[[below], [above]], fmt=shape, color=hue, ecolor=hue, capsize=3,
        elinewidth=1.2, markersize=7, mew=1.6, mfc="white" if row.contested else hue,
        zorder=3 if row.contested else 2,
    )  # fmt: skip


def _legend(
    ax: Axes, data: Dataset, hues: dict[str, Any], shapes: dict[str, str], language: str
) -> None:
    """Name the publishers by hue and, where there are several regions, these by shape."""
    from matplotlib.lines import Line2D

    marks = [(name, "o", hue) for name, hue in list(hues.items())[:MOST_NAMED]]
    if len(hues) > MOST_NAMED:
        marks.append((f"+ {len(hues) - MOST_NAMED}", "", "none"))
    if 1 < len(shapes) <= len(SHAPES):
        marks += [(data.regions[r].title(language), s, "0.3") for r, s in shapes.items()]
    handles = [Line2D([], [], ls="", marker=s, color=c, label=name) for name, s, c in marks]
    ax.legend(handles=handles, fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _compact(value: float, language: str) -> str:
    """Return a number of a scale in the words of a language.

    >>> _compact(2.5e12, "id"), _compact(5855, "en")
    ('2,5 triliun', '5,855')
    """
    from babel.numbers import format_compact_decimal, format_decimal

    if abs(value) < 10**6:
        return str(format_decimal(value, locale=language))
    return str(
        format_compact_decimal(value, format_type="long", locale=language, fraction_digits=2)
    ).replace("\N{NO-BREAK SPACE}", " ")
