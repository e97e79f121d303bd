r"""Formulas as MathML, which browsers show without script; as TeX where that cannot be made.

>>> "<msqrt>" in mathml(r"\sqrt{x}", display=False)
True
>>> mathml(r"\unheard{", display=True)
'<code>\\unheard{</code>'
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

# A text in TeX: display formulas, then those within a line.
FORMULA = re.compile(
    r"\$\$(?P<a>.+?)\$\$|\\\[(?P<b>.+?)\\\]|(?P<c>\\begin\{(?P<name>[a-z]+\*?)\}.*?\\end\{(?P=name)\})"
    r"|(?<!\\)\$(?P<d>.+?)(?<!\\)\$|\\\((?P<e>.+?)\\\)",
    re.DOTALL,
)
# What the converter does not know, as what it does; a page numbers no formulas.
SPELT = (
    (re.compile(r"\\(begin|end)\{(fl)?(align(ed)?|gather(ed)?|multline)\*?\}"), r"\\\1{split}"),
    (re.compile(r"\\begin\{align(ed)?at\*?\}\{\d+\}"), r"\\begin{split}"),
    (re.compile(r"\\end\{align(ed)?at\*?\}"), r"\\end{split}"),
    (re.compile(r"\\begin\{eqnarray\*?\}"), r"\\begin{array}{rcl}"),
    (re.compile(r"\\end\{eqnarray\*?\}"), r"\\end{array}"),
    (re.compile(r"\\(begin|end)\{(equation|displaymath|math)\*?\}"), ""),
    (re.compile(r"\\(label\{[^}]*\}|nonumber\b|notag\b|displaystyle\b)"), ""),
)
# A command or the edge of a column that was taken for a letter.
NOT_KNOWN = re.compile(r">\\[a-zA-Z]|>&(amp;|#x00026;)?<")


@lru_cache(maxsize=1024)
def mathml(tex: str, *, display: bool) -> str:
    """Return one formula, without its dollars."""
    from latex2mathml.converter import convert

    said = tex.strip()
    for theirs, ours in SPELT:
        said = theirs.sub(ours, said)
    try:
        found = str(convert(said, display="block" if display else "inline"))
    except Exception:  # noqa: BLE001 - whatever it stumbles over, the words of the formula are there
        found = ""
    if found and not NOT_KNOWN.search(found):
        return found
    return f"<code>{escape(tex, quote=False)}</code>"


def html(text: str) -> str:
    """Return a text in TeX as HTML: its formulas as such, what stands between them as text."""
    shown, place = "", 0
    for found in FORMULA.finditer(text):
        shown += escape(text[place : found.start()], quote=False)
        tex = next(found[name] for name in "abcde" if found[name] is not None)
        shown += mathml(tex, display=found["d"] is None and found["e"] is None)
        place = found.end()
    return shown + escape(text[place:], quote=False)
