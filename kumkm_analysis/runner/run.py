"""The coordinator: obeys a plan, several reports at a time, and alone writes to the folder."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import quote

from kumkm_analysis.errors import KumkmError
from kumkm_analysis.runner import gallery, page
from kumkm_analysis.runner.execute import EXECUTED
from kumkm_analysis.runner.outcomes import Outcome, Result
from kumkm_analysis.runner.plan import Report
from kumkm_analysis.runner.produce import Product, produce
from kumkm_analysis.runner.publish import Folder

Tell = Callable[[Result], None]


def run(
    reports: Sequence[Report], data: Path, folder: Folder, jobs: int, tell: Tell
) -> list[Result]:
    """Make and publish the reports of a plan; return what became of each, in the plan's order.

    The folder must be held. ``tell`` is called with every result as it comes. One failed report
    never stops the others; an interrupt cancels those that have not begun.
    """
    others = translations(reports)
    results: dict[str, Result] = {}
    stop = threading.Event()
    pool = ThreadPoolExecutor(max_workers=max(1, min(jobs, len(reports) or 1)))
    futures: dict[Future[Result], Report] = {
        pool.submit(_make, report, data, folder, others.get(report.name), stop): report
        for report in reports
    }
    try:
        for future in as_completed(futures):
            result = future.result()
            results[result.name] = result
            tell(result)
    except KeyboardInterrupt:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        ordered = [results.get(r.name) or Result(r.name, Outcome.CANCELLED) for r in reports]
        _mend_links(folder, others)
        gallery.write(folder, ordered)
    return ordered


def translations(reports: Sequence[Report]) -> dict[str, str]:
    """Return, for each report whose translation is in the plan too, the name of that."""
    groups: dict[str, list[str]] = {}
    for report in reports:
        groups.setdefault(report.group, []).append(report.name)
    return {
        name: other
        for names in groups.values()
        for name, other in zip(names, reversed(names), strict=True)
        if name != other
    }


def _make(
    report: Report, data: Path, folder: Folder, other: str | None, stop: threading.Event
) -> Result:
    """Make and publish one report."""
    if stop.is_set():
        return Result(report.name, Outcome.CANCELLED)
    begun = time.monotonic()
    private = Path(tempfile.mkdtemp(prefix="kumkm-"))
    try:
        product = produce(report, data, private, None if other is None else address(other))
        path = folder.publish(report.name, product.files)
        return Result(report.name, Outcome.DONE, time.monotonic() - begun, path=path)
    except KumkmError as error:
        kept = folder.keep_failed(report.name, private / EXECUTED)
        seconds = time.monotonic() - begun
        return Result(report.name, Outcome.FAILED, seconds, str(error), kept)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def address(other: str) -> str:
    """Return the relative address of another report's page.

    >>> address("membership-64-2012-coherent.id")
    '../membership-64-2012-coherent.id/membership-64-2012-coherent.id.html'
    """
    return f"../{quote(other)}/{quote(other)}.html"


def _mend_links(folder: Folder, others: Mapping[str, str]) -> None:
    """Take the link to a translation out of pages whose translation was never published."""
    published = set(folder.published())
    for name, other in others.items():
        if name in published and other not in published:
            files = {p.name: p.read_bytes() for p in folder.home(name).iterdir() if p.is_file()}
            html = files[f"{name}.html"].decode()
            files[f"{name}.html"] = page.without_translation(html).encode()
            folder.publish(name, Product(files).files)
