"""The command ``kumkm``: parses words, calls one room per command, imports it only then."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kumkm_analysis import __version__
from kumkm_analysis.errors import DataError, Fault, KumkmError

if TYPE_CHECKING:
    from kumkm_analysis.runner.outcomes import Result
    from kumkm_analysis.runner.plan import Report, Request

FAILED, BAD_REQUEST, BUSY, INTERRUPTED = 1, 2, 3, 130


def several(name: str, help_text: str) -> Callable[[Any], Any]:
    """Return a repeatable option whose values may also be written with commas between them."""

    def split(_context: click.Context, _option: click.Parameter, given: Sequence[str]) -> list[str]:
        parts = (part.strip() for value in given for part in value.split(","))
        return [part for part in parts if part]

    return click.option(
        f"--{name}", multiple=True, callback=split, metavar="VALUES", help=help_text
    )


def data_option(command: Any) -> Any:
    """Add the option that names a data package."""
    return click.option(
        "--data", type=click.Path(path_type=Path), metavar="DIR",
        help="Folder of the data package; default: the one that comes with the library.",
    )(command)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kumkm")
def main() -> None:
    """Reports on published figures of Indonesian cooperatives, every number with its source."""


@main.command()
@click.argument("notebook", nargs=-1)
@several("region", "Region codes of regions.csv, such as 64,51,ID. Default: 64.")
@several("period", "Periods as YYYY, YYYY-MM or YYYY-MM-DD. Default: 2012.")
@several("language", "id, en or both. Default: both.")
@several("reading", "Which source speaks: coherent, official, latest, envelope, or a named one.")
@click.option(
    "-p", "--parameter", "extra", nargs=2, multiple=True, metavar="NAME VALUE",
    help="A parameter of a notebook of your own; repeatable.",
)  # fmt: skip
@data_option
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("reports"), show_default=True,
    metavar="DIR", help="Folder that the pages are published in.",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=1), default=None, metavar="N",
    help="Reports made at the same time. Default: the number of cores.",
)  # fmt: skip
@click.option(
    "--wait", type=float, default=0.0, metavar="SECONDS",
    help="How long to wait for another run on the same output folder (-1: without end).",
)  # fmt: skip
@click.pass_context
def run(
    context: click.Context,
    notebook: tuple[str, ...],
    region: list[str],
    period: list[str],
    language: list[str],
    reading: list[str],
    extra: tuple[tuple[str, str], ...],
    data: Path | None,
    output: Path,
    jobs: int | None,
    wait: float,
) -> None:
    """Make reports: every NOTEBOOK for every region, period, reading and language.

    NOTEBOOK is the name of one that comes with the package, or the path of your own; without any,
    all that come with the package are run.

    Exit codes: 0 all pages are there, 1 some report failed, 2 a bad request and nothing was run,
    3 another run holds the output folder, 130 interrupted.
    """
    from kumkm_analysis.runner.plan import Request

    request = Request(
        notebooks=notebook,
        region=region,
        period=period,
        language=language,
        reading=reading,
        extra=extra,
    )
    context.exit(_run(request, data, output, jobs or os.cpu_count() or 1, wait))


@main.command()
@data_option
@click.pass_context
def check(context: click.Context, data: Path | None) -> None:
    """Check a data package: every fault by file, row, column, value, rule and next step.

    Exit codes: 0 no fault, 1 faults were found.
    """
    from kumkm_analysis import gate, resources

    folder = data if data is not None else resources.data_path()
    faults = gate.check(folder)
    for fault in faults:
        click.echo(str(fault))
    if faults:
        click.echo(f"{len(faults)} fault(s) in {folder}.", err=True)
        context.exit(FAILED)
    click.echo(f"{folder}: no fault.")


def _run(request: Request, data: Path | None, output: Path, jobs: int, wait: float) -> int:
    """Plan, then run; return the exit code."""
    from kumkm_analysis import resources
    from kumkm_analysis.runner.outcomes import exit_code
    from kumkm_analysis.runner.publish import BusyError, Folder

    package = data if data is not None else resources.data_path()
    try:
        reports = _plan(request, package)
        folder = Folder(output)
        with folder.held(wait):
            results = _run_plan(reports, package, folder, jobs)
    except BusyError as error:
        click.echo(str(error), err=True)
        return BUSY
    except KumkmError as error:
        click.echo(str(error), err=True)
        return BAD_REQUEST
    except KeyboardInterrupt:
        click.echo("Interrupted; finished pages stay, nothing is half published.", err=True)
        return INTERRUPTED
    _summarise(results, output)
    return exit_code(results)


def _plan(request: Request, package: Path) -> list[Report]:
    """Return the reports of a request; every fault of request and data is told at once."""
    from kumkm_analysis import dataset
    from kumkm_analysis.runner import plan

    faults: list[Fault] = []
    domain = None
    try:
        domain = dataset.domain(package)
    except DataError as error:
        faults = list(error.faults)
    return plan.make(request, domain, faults)


def _run_plan(reports: Sequence[Report], package: Path, folder: Any, jobs: int) -> list[Result]:
    """Run a plan with a progress bar on a terminal and a line a report elsewhere."""
    from tqdm import tqdm

    from kumkm_analysis.runner.run import run as run_all

    count = len(reports)
    live = sys.stderr is not None and sys.stderr.isatty()
    if not live:
        click.echo(f"{count} report{'s' if count != 1 else ''} to make")
    with tqdm(total=count, unit="report", disable=not live, leave=False) as bar:

        def tell(result: Result) -> None:
            line = f"{result.outcome.value:<10} {result.name}  {result.seconds:.1f} s"
            bar.write(line, file=sys.stdout) if live else click.echo(line)
            bar.update()

        return run_all(reports, package, folder, jobs, tell)


def _summarise(results: Sequence[Result], output: Path) -> None:
    """Say where to look, and for every report that did not end well, why."""
    for result in results:
        if not result.outcome.good:
            click.echo(f"\n{result.name}: {result.outcome.value}", err=True)
            click.echo(result.message, err=True)
            if result.path is not None:
                click.echo(f"  The executed notebook: {result.path}", err=True)
    good = sum(result.outcome.good for result in results)
    click.echo(f"{good} of {len(results)} reports in {output}; open {output / 'index.html'}")


def entry() -> None:
    """Run the command; a reader that closed the pipe is no error."""
    try:
        main()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(FAILED) from None
