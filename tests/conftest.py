"""What tests share: the real dataset, a tiny package to break, and pages as a reader sees them."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from html.parser import HTMLParser
from pathlib import Path
from types import CodeType
from typing import Any

import IPython.display
import nbformat
import pytest
from filelock import FileLock
from hypothesis import settings

from kumkm_analysis import paths
from kumkm_analysis.dataset.dataset import Dataset, Table, load
from kumkm_analysis.dataset.records import Observation, Source
from kumkm_analysis.explore.package import Package
from kumkm_analysis.runner import engines
from kumkm_analysis.runner.engines import TIMEOUT, LocalEngine
from kumkm_analysis.runner.jobs import Answer, Job
from kumkm_analysis.runner.notebooks import SHIPPED

ROOT = Path(__file__).parent.parent
NOTEBOOKS = SHIPPED
TINY = Path(__file__).parent / "data" / "tiny"

# Machines differ in speed; a property is a law, not a race. Where CI runs, the examples are the
# same every time, so that a red run can be run again; elsewhere they are new ones.
settings.register_profile("kumkm", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("kumkm")


@pytest.fixture(scope="session", autouse=True)
def publishing() -> Iterator[None]:
    """Have reports of this process write as for publication; a test of work by hand undoes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(paths.PUBLISH_VARIABLE, "1")
        yield


@pytest.fixture(scope="session", autouse=True)
def hearing() -> None:
    """Have children hear signals, even where the tests run under nohup or in the background.

    There signals are ignored, and what a process ignores its children ignore too.
    """
    for name, usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


# ---- datasets ----


@pytest.fixture(scope="session")
def data() -> Dataset:
    """Return the dataset of the project."""
    return load(paths.shipped_data_path())


@pytest.fixture(scope="session")
def small_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data of the project with the figures of press and ministry only: quick to load."""
    folder = tmp_path_factory.mktemp("small") / "data"
    shutil.copytree(paths.shipped_data_path(), folder)
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in described["resources"]:
        if resource["name"] == "observations":
            for file in resource["path"][2:]:
                (folder / file).unlink()
            del resource["path"][2:]
            kept = "".join((folder / f).read_text(encoding="utf-8") for f in resource["path"])
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    limits = folder / "limits.csv"
    head, *rows = limits.read_text(encoding="utf-8").splitlines(keepends=True)
    learned = (row for row in rows if f",{row.split(',')[1]}," in kept)
    limits.write_text(head + "".join(learned), encoding="utf-8")
    return folder


@pytest.fixture
def small_data(small_package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what is started by the test, where any data do, find the small package."""
    monkeypatch.setenv(paths.DATA_VARIABLE, str(small_package))


@pytest.fixture
def least_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what is started by the test, whose notebooks read no data, warm up on the tiny ones."""
    monkeypatch.setenv(paths.DATA_VARIABLE, str(TINY))


@pytest.fixture(autouse=True)
def _quick_data(request: pytest.FixtureRequest) -> None:
    """Have ``kumkm`` use the small package in the tests of the runner, to which any data do."""
    if request.path.parent.name == "runner" or request.path.name == "test_cli.py":
        request.getfixturevalue("small_data")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return a copy of the tiny package that a test may break."""
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


@pytest.fixture(scope="session")
def made(data: Dataset) -> Callable[..., Dataset]:
    """Return a function that makes a dataset of a few rows, one dictionary an observation.

    A row names what matters to the test; the rest is filled in. ``sources`` maps a source to its
    kind and date of publication. There are no named readings.
    """

    def make(*rows: dict[str, str], **sources: tuple[str, str]) -> Dataset:
        observations = {}
        for row in rows:
            value = row.get("value") or row["as_printed"].split()[0].replace(".", "")
            cells = {
                "region_id": "64", "breakdown": "", "reference_period": "2012",
                "period_basis": "stated", "status": "outcome", "numerals": "id",
                "printing": "exact", "token_exception": "", "unit": "unit",
                "locator": "paragraph 1", "note": "", **row,
            }  # fmt: skip
            cells.setdefault(
                "observation_id",
                ".".join(
                    filter(
                        None,
                        (
                            cells["region_id"],
                            cells["indicator_id"],
                            cells["breakdown"].replace("=", "-"),
                            cells["reference_period"],
                            cells["source_id"],
                        ),
                    )
                ),
            )
            made_row = Observation(**{**cells, "value": Decimal(value)})  # type: ignore[arg-type]
            assert made_row.observation_id not in observations
            observations[made_row.observation_id] = made_row
        records = {
            name: Source(
                name, kind, name.title(), "", "Title", "https://example.org", date, "id", ""
            )
            for name, (kind, date) in sources.items()
        }
        return replace(
            data,
            observations=Table("observations", observations, data.schemas["observations"]),
            sources=Table("sources", records, data.schemas["sources"]),
            readings=Table("readings", {}, data.schemas["readings"]),
        )

    return make


@pytest.fixture(scope="session")
def package(data: Dataset) -> Package:
    """Return the data of the project for whoever explores them."""
    return Package.of(data)


@pytest.fixture(scope="session")
def small(made: Callable[..., Dataset]) -> Package:
    """Return a few figures of two publishers: one part exceeds its whole, two texts disagree."""
    rows = [
        {"source_id": "daily", "indicator_id": "cooperatives", "as_printed": "5.855 unit"},
        {"source_id": "daily", "indicator_id": "active_cooperatives", "as_printed": "22.977 unit"},
        {"source_id": "daily", "indicator_id": "members", "as_printed": "426.325 orang",
         "unit": "orang"},
        {"source_id": "daily", "indicator_id": "net_surplus", "as_printed": "Rp86,5 miliar",
         "value": "86500000000", "unit": "IDR", "printing": "rounded"},
        {"source_id": "office", "indicator_id": "cooperatives", "as_printed": "5.900 unit",
         "printing": "rounded", "note": "=1+1"},
        {"source_id": "office", "indicator_id": "cooperatives", "as_printed": "6.100 unit",
         "observation_id": "64.cooperatives.2012.office-again"},
        {"source_id": "office", "indicator_id": "cooperatives", "as_printed": "4.000 unit",
         "printing": "at_least", "region_id": "51", "reference_period": "2013-06"},
        {"source_id": "office", "indicator_id": "cooperatives", "as_printed": "700 unit",
         "breakdown": "type=serba_usaha"},
        {"source_id": "office", "indicator_id": "cooperatives", "as_printed": "8.000 unit",
         "status": "target", "reference_period": "2014"},
        {"source_id": "daily", "indicator_id": "members", "as_printed": "400.000 orang",
         "unit": "orang", "reference_period": ""},
    ]  # fmt: skip
    sources = {"daily": ("press", "2013-02-03"), "office": ("provincial_government", "2013")}
    return Package.of(made(*rows, **sources))


# ---- pages ----


class _Text(HTMLParser):
    """Collects the text of HTML as a reader sees it: no tags, pictures by their words."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("svg", "style")
        if tag == "svg":
            self.parts.append(f"[{dict(attrs).get('aria-label')}]")
        if tag in ("p", "h1", "li", "tr", "td", "th", "caption", "figcaption", "summary"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("svg", "style")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def text_of(html: str) -> str:
    """Return HTML as plain text with ordinary blanks, a line a paragraph or cell."""
    reader = _Text()
    reader.feed(html)
    return "".join(reader.parts).replace("\N{NO-BREAK SPACE}", " ").strip()


@dataclass(frozen=True)
class Page:
    """What a run of a notebook put on the page: bundles of media types, in order."""

    notebook: str
    parameters: dict[str, Any]
    bundles: tuple[dict[str, Any], ...]

    @cached_property
    def html(self) -> str:
        """The HTML of the outputs, without the prose cells."""
        return "\n".join(b["text/html"] for b in self.bundles if "text/html" in b)

    @cached_property
    def text(self) -> str:
        """The text of the outputs as a reader sees it."""
        return text_of(self.html)

    @property
    def results(self) -> dict[str, Any]:
        """The machine-readable results, which must be there exactly once."""
        media = "application/vnd.kumkm.results+json"
        (found,) = [b[media] for b in self.bundles if media in b]
        return dict(found)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the list in which whatever is displayed from now on is caught."""
    bundles: list[dict[str, Any]] = []

    def catch(bundle: dict[str, Any], *, raw: bool) -> None:
        assert raw
        bundles.append(bundle)

    monkeypatch.setattr(IPython.display, "display", catch)
    return bundles


@lru_cache
def _compiled(notebook: str) -> tuple[CodeType, ...]:
    """Return the code cells of a notebook but for its parameters, compiled once."""
    content = nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", as_version=4)
    return tuple(
        compile(ast.parse(cell.source), f"{notebook}.ipynb:{cell.id}", "exec")
        for cell in content.cells
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", [])
    )


@pytest.fixture(scope="session")
def render() -> Iterator[Callable[..., Page]]:
    """Return a function that runs a notebook's cells in this process and catches its page."""
    patch = pytest.MonkeyPatch()

    def run(notebook: str, **parameters: Any) -> Page:
        given = {"region": "64", "period": "2012", "language": "id", "reading": "coherent"}
        given |= parameters
        bundles: list[dict[str, Any]] = []
        names: dict[str, Any] = {"before": "", "after": "", **given}
        with patch.context() as context:
            context.setattr(
                IPython.display, "display", lambda bundle, *, raw: bundles.append(bundle)
            )
            for code in _compiled(notebook):
                exec(code, names)
        return Page(notebook, given, tuple(bundles))

    yield run
    patch.undo()


# ---- published reports ----


def kumkm(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command ``kumkm`` as a user does, in a process of its own."""
    command = [sys.executable, "-c", "from kumkm_analysis.__main__ import main; main()"]
    return subprocess.run(
        [*command, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory, small_package: Path) -> Path:
    """Return a folder with the reports that ``kumkm run`` makes by default; do not write.

    Where tests run side by side, it is made once for all of them.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "published"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            done = kumkm("run", "--output", folder, "--data", small_package)
            assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return Chromium for the tests of a module; beyond it, its event loop would disturb others."""
    from browsing import launched
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = launched(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address(reports: Path) -> Callable[[str], str]:
    """Return a function that tells where the page of a published report is, or the index."""

    def of(name: str) -> str:
        file = reports / name / f"{name}.html" if name != "index" else reports / "index.html"
        assert file.is_file()
        return file.as_uri()

    return of


@pytest.fixture(scope="session")
def page(render: Callable[..., Page]) -> Callable[[str, str], Page]:
    """Return a function that gives a notebook's page with its defaults, made once a language."""
    return lru_cache(lambda notebook, language: render(notebook, language=language))


@pytest.fixture(scope="session")
def warm(small_package: Path) -> Iterator[LocalEngine]:
    """Return an engine with warm kernels that all tests share; put back what you set."""
    with engine_as_by_itself(small_package, "warm") as made:
        yield made


@pytest.fixture(scope="session")
def ordinary(small_package: Path) -> Iterator[LocalEngine]:
    """Return an engine with ordinary kernels that all tests share; put back what you set."""
    with engine_as_by_itself(small_package, "ordinary") as made:
        yield made


@pytest.fixture(params=["warm", "ordinary"])
def engine(request: pytest.FixtureRequest) -> LocalEngine:
    """Return either engine."""
    made: LocalEngine = request.getfixturevalue(request.param)
    return made


@dataclass
class Borrowed:
    """An engine that is there already, in place of one that a command would start and end."""

    engine: LocalEngine

    @property
    def jobs(self) -> int:
        """How many reports it makes at a time."""
        return self.engine.jobs

    def submit(self, job: Job) -> Future[Answer]:
        """Have a report made."""
        return self.engine.submit(job)

    def close(self) -> None:
        """Leave it to whom it belongs."""

    def __enter__(self) -> Borrowed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def at_hand(small_data: None, warm: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have commands that are called in this process use the shared engine and its data.

    Its kernels are those that a command of its own would start; warming them up takes seconds.
    """

    def borrow(data: Path, jobs: int, timeout: float = TIMEOUT, kernels: str = "warm") -> Borrowed:
        assert (data.resolve(), timeout, kernels) == (warm.data, warm.timeout, warm.kernel_start)
        return Borrowed(warm)

    monkeypatch.setattr(engines, "LocalEngine", borrow)


def engine_as_by_itself(data: Path, kernel_start: str) -> LocalEngine:
    """Return an engine whose kernels do not know that pytest is about; ipykernel looks for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        return LocalEngine(data, jobs=2, kernel_start=kernel_start)
