"""Notebooks of every kind through us and through papermill and nbconvert: the same is shown.

What is compared is the text of prose and outputs, letter by letter but for blanks, the number of
pictures, and whether the notebook failed. Where the two differ the reason stands here.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from workbench import called

SQUARE = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><path d='M0 0h9'/></svg>"
PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    )
).decode()


def code(source: str, *tags: str, **metadata: Any) -> dict[str, Any]:
    """Return a cell of code."""
    return {
        "cell_type": "code", "metadata": {"tags": list(tags), **metadata}, "source": source,
        "outputs": [], "execution_count": None,
    }  # fmt: skip


def prose(source: str, *tags: str, **more: Any) -> dict[str, Any]:
    """Return a cell of prose."""
    return {"cell_type": "markdown", "metadata": {"tags": list(tags)}, "source": source, **more}


def raw(source: str, **metadata: Any) -> dict[str, Any]:
    """Return a raw cell."""
    return {"cell_type": "raw", "metadata": metadata, "source": source}


PICTURE = {"dot.png": {"image/png": PNG}}
GOOD = {
    "nothing": [],
    "prose": [
        prose(
            "# Lists\n\n1. one\n    - inner *a*\n        - deeper\n2. two\n\n"
            "> quoted\n>\n> > twice\n\n"
            "```python\n# no heading\nx = 1\n```\n\n---\n\n[a link](https://example.org), ~~gone~~"
        ),
        prose("## Formulas\n\n$$\\frac{a}{b}$$ and $x_i < y$."),
        prose("| a | b |\n|---|--:|\n| 1 | 2 |\n"),
        prose("![dot](attachment:dot.png)", attachments=PICTURE),
    ],
    "raw": [
        raw("---\ntitle: as typed\n---"), raw("<b>bold</b> words", raw_mimetype="text/html"),
        raw("\\LaTeX only", raw_mimetype="text/latex"), code("'after it'"),
    ],
    "no_parameters": [
        code("n = 3"), code("print('three is', n)"), code("n * 2"), code("x = 1; x;"), code("_"),
        code("def f(n):\n    return 2 * n\n\nprint(f(4))"),
        code("async def g():\n    return 'awaited'\n\nawait g()"),
    ],
    "parameters_in_the_middle": [
        prose("# Late"), code("before = 1"), code("top = 5", "parameters"), code("before + top"),
    ],
    "magics": [
        code("%matplotlib inline\ntop = 5", "parameters"),
        code("%%capture kept\nprint('kept')"), code("kept.stdout"), code("!echo from a shell"),
        code("%%bash\necho from bash"),
    ],
    "skipped": [code("print('never')", "skip-execution"), code("print('always')")],
    "hidden": [
        code("print('seen')", "remove-input"), code("'too'", jupyter={"source_hidden": True}),
        code("print('not seen')", "remove-output"), prose("not seen", "remove-cell"),
        code("print('nor this')", "remove-cell"), code("print('in a fold')", collapsed=True),
    ],
    "unicode": [
        prose("# Größe – 大きさ – الحجم\n\nnaïve “quotes” … ≤ ½ 🙂"),
        code("print('Ünïcödé 🙂 שלום')"), code("größe = 'µ'; größe"),
    ],
    "long": [code("for n in range(3000):\n    print('line', n)")],
    "streams": [
        code(
            "import sys\nfor n in range(3):\n    print('out', n, flush=True)\n"
            "    print('err', n, file=sys.stderr, flush=True)"
        )
    ],
    "updates": [
        code(
            "from IPython.display import display\n"
            "h = display('first', display_id=True)\nprint('between')\nh.update('second')"
        ),
        code("h.update('third')"),
        code("from IPython.display import clear_output as c\nprint('gone')\nc()\nprint('kept')"),
        code("from IPython.display import HTML, Markdown\nHTML('<p>a <b>bold</b> word</p>')"),
        code("Markdown('## From a cell\\n\\n*slanted*')"), code("{'a': [1, {2}]}, None, b'c'"),
    ],
    "drawn": [
        code("import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['x', None]})"),
        code("pd.Series([1.5, 2.5], name='s')"),
        code("import matplotlib.pyplot as plt\nplt.plot([1, 2]);"),
        code(f"from IPython.display import SVG, Image\nSVG({SQUARE!r})"),
        code(f"import base64\nImage(base64.b64decode({PNG!r}))"),
    ],
}  # fmt: skip
BAD = {
    "error": [code("print('so far')"), code("1 / 0"), code("print('never')")],
    "asks": [code("input('name? ')"), code("print('never')")],
    "unknown_magic": [code("%%nosuch\n1"), code("print('never')")],
    "slip": [code("print('a'"), code("print('never')")],
    "killed": [code("import os\nos._exit(3)"), code("print('never')")],
}
# Papermill takes sys.exit() for an end that was meant; half a page is none.
STRICTER = {"leaves": [code("import sys\nsys.exit(0)"), code("print('never')")]}
# Papermill fails a cell whose error is meant; Jupyter and nbconvert go on.
LOOSER = {
    "meant": [
        code("raise ValueError('as meant')", "raises-exception"), code("'after it'"),
        code("%nosuch", "raises-exception"), code("'still here'"),
    ]
}  # fmt: skip
# Where we show something otherwise than nbconvert: why, what it shows, and what stands there.
REASONS: dict[str, tuple[str, str, str]] = {
    "prose": (
        "A page without script has formulas as MathML; nbconvert leaves their TeX to MathJax.",
        r"\$\$\\frac\{a\}\{b\}\$\$and\$x_i<y\$",
        "abandxi<y",
    ),
}


def written(folder: Path, name: str, cells: list[dict[str, Any]], minor: int = 5) -> Path:
    """Write a notebook as a program of some year did."""
    info: dict[str, Any] = {} if name == "nothing" else {"language_info": {"name": "python"}}
    for number, cell in enumerate(cells):
        if minor >= 5:
            cell = cells[number] = {**cell, "id": f"c{number}"}
        if minor < 3:
            cell["metadata"] = {k: v for k, v in cell["metadata"].items() if k != "jupyter"}
    if info:
        info["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"cells": cells, "metadata": info, "nbformat": 4, "nbformat_minor": minor}
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def stripped(html: str) -> str:
    """Return what HTML says, without blanks."""
    text = re.sub(r"<(style|script)\b.*?</\1>|<!--.*?-->", "", html, flags=re.DOTALL)
    return "".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


def ours(folder: Path, name: str) -> tuple[str, int]:
    """Return the text of a page and the number of its pictures, without what frames it."""
    html = (folder / name / f"{name}.html").read_text(encoding="utf-8")
    main = html.partition('<main id="main">')[2].partition("</main>")[0]
    main = re.sub(r'<details class="code">.*?</details>|<nav\b.*?</nav>', "", main, flags=re.DOTALL)
    main = main.removeprefix(f"\n<h1>{name}</h1>")
    return stripped(main), len(re.findall(r"<img|<svg", main))


def theirs(path: Path, out: Path) -> tuple[str, int] | None:
    """Return the same of papermill and nbconvert; nothing where papermill fails."""
    import nbformat
    import papermill
    from nbclient.exceptions import CellExecutionError, DeadKernelError
    from nbconvert import HTMLExporter
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    made = out / path.name
    try:
        papermill.execute_notebook(str(path), str(made), kernel_name="python3", progress_bar=False)
    except (PapermillExecutionError, CellExecutionError, DeadKernelError):
        return None
    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = ["remove-cell"]
    config.TagRemovePreprocessor.remove_all_outputs_tags = ["remove-output"]
    exporter = HTMLExporter(
        config=config, template_name="basic", exclude_input=True, exclude_input_prompt=True,
        exclude_output_prompt=True, exclude_anchor_links=True,
    )  # fmt: skip
    html, _ = exporter.from_notebook_node(nbformat.read(made, as_version=4))
    return stripped(html), len(re.findall(r"<img|<svg", html))


def differing(mine: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    """Yield the notebooks that come out otherwise, and how."""
    for name, (text, pictures) in mine.items():
        expected, count = other[name]
        _, pattern, instead = REASONS.get(name, ("", "(?!)", ""))
        if text != re.sub(pattern, instead, expected):
            yield f"{name}: {text[:300]!r} in place of {expected[:300]!r}"
        if pictures != count:
            yield f"{name}: {pictures} pictures in place of {count}"


@pytest.mark.usefixtures("at_hand")
def test_notebooks_of_every_kind_come_out_as_from_papermill_and_nbconvert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is done with a cell or an output missing, or a text changed."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    many = GOOD | BAD | STRICTER | LOOSER
    paths = {name: written(tmp_path, name, [*cells]) for name, cells in many.items()}
    for minor in (0, 4):
        name = f"format_4_{minor}"
        cells = [prose("# Of old"), code("top = 1", "parameters"), code("print('top', top)")]
        paths[name] = written(tmp_path, name, cells, minor)
    out = tmp_path / "out"
    done = called("run", *paths.values(), "--output", out)
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    outcomes = {one["name"]: one["outcome"] for one in record["reports"]}
    assert {name for name, outcome in outcomes.items() if outcome != "done"} == {*BAD, *STRICTER}
    assert done.exit_code == 1
    good = [name for name in paths if name not in BAD | STRICTER | LOOSER]
    (tmp_path / "theirs").mkdir()
    with ThreadPoolExecutor(3) as pool:
        made = pool.map(lambda name: theirs(paths[name], tmp_path / "theirs"), paths)
        other = dict(zip(paths, made, strict=True))
    assert {name for name, shown in other.items() if shown is None} == {*BAD, *LOOSER}
    mine = {name: ours(out, name) for name in good}
    assert {name for name, (text, _) in mine.items() if not text} == {"nothing"}
    assert list(differing(mine, other)) == []
    meant, _ = ours(out, "meant")
    assert re.search("ValueError:asmeant'afterit'.*nosuch.*'stillhere'$", meant)
    for name in BAD | STRICTER:
        assert not (out / name).exists()
        assert f"\n{name}, cell " in done.stderr or f"\n{name}: " in done.stderr


@pytest.mark.usefixtures("at_hand")
def test_a_notebook_of_format_3_is_read(tmp_path: Path) -> None:
    """It is brought to today's format, as papermill does."""
    old = [
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Old"]},
        {"cell_type": "code", "language": "python", "metadata": {}, "input": ["print(6 * 7)"],
         "outputs": [{"output_type": "pyout", "metadata": {}, "text": ["41"]}]},
    ]  # fmt: skip
    content = {"worksheets": [{"cells": old, "metadata": {}}], "metadata": {"name": ""}}
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({**content, "nbformat": 3, "nbformat_minor": 0}))
    assert called("run", path, "--output", tmp_path).exit_code == 0
    assert ours(tmp_path, "old") == ("Old42", 0)
