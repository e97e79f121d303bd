"""The command ``kumkm``: parses words, calls one room per command, imports it only then."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kumkm_analysis import __version__
from kumkm_analysis.errors import Exit, Fault, KumkmError, ParameterError
from kumkm_analysis.options import (
    LONGEST,
    Commands,
    Named,
    Seconds,
    choice,
    chosen,
    data_option,
    input_option,
    jobs_option,
    or_without_end,
    output_option,
    request_options,
    unreachable,
)

if TYPE_CHECKING:
    from kumkm_analysis.runner.plan import Request
    from kumkm_analysis.runner.session import Options

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO)  # what a lost output says


def _guarded(action: Callable[[], int]) -> int:
    """Return the exit code of an action; a mistake of the user is told without a traceback."""
    from kumkm_analysis.runner.publish import BusyError

    try:
        return action()
    except BusyError as error:
        click.echo(str(error), err=True)
        return Exit.BUSY
    except KumkmError as error:
        click.echo(str(error), err=True)
        return Exit.BAD_REQUEST
    except OSError as error:
        if error.filename is None:  # a stream of our own, of which entry() knows what to say
            raise
        click.echo(str(unreachable(error)), err=True)
        return Exit.BAD_REQUEST
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        return Exit.INTERRUPTED


def _curation(name: str) -> click.Command:
    from kumkm_analysis.curation.commands import COMMANDS

    return COMMANDS[name]


@click.group(
    cls=Commands, elsewhere=dict.fromkeys(("add", "new", "read", "tidy"), _curation),
    guard=_guarded, context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
@click.version_option(__version__, prog_name="kumkm")
def main() -> None:
    """Reports on published figures of cooperatives, every number with its source."""


@main.command()
@request_options
@jobs_option
@click.option(
    "--timeout",
    type=Seconds(min=0, min_open=True, max=LONGEST),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="Time for a whole report, after which it is ended.",
)
@click.option("--strict", is_flag=True, help="A warning on the page of a report makes it fail.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first report that fails.")
@click.option(
    "--wait",
    type=Seconds(min=-1, max=LONGEST),
    callback=or_without_end,
    default=0.0,
    metavar="SECONDS",
    help="How long to wait for another run on the same output folder (-1: without end).",
)
@choice("log-format", "text", "json", help_text="Lines for people, or one JSON object a line.")
@click.option(
    "--on-change",
    metavar="COMMAND",
    default="",
    help="A command to call after a run in which results moved or a report failed; "
    "it gets the news as JSON on standard input.",
)
@click.option(
    "--hook-timeout",
    type=Seconds(min=0, min_open=True, max=LONGEST),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="Time for the command of --on-change, after which it is ended.",
)
@choice(
    "kernels",
    "warm",
    "ordinary",
    help_text="How kernels start: forked from a warm process where the system can, or afresh.",
)
@choice("engine", "local", "dask", help_text="Where reports are made.")
@click.option("--scheduler", metavar="ADDRESS", default="", help="The Dask scheduler.")
def run(*, log_format: str, **given: Any) -> int:
    """Make reports: every NOTEBOOK for every region, period, reading and language.

    NOTEBOOK is the name of one that comes with the package, or the path of your own; without any,
    all that come with the package are run. Reports whose ingredients did not change are left as
    they are.

    Exit codes: 0 all pages are there, 1 some report failed, 2 a bad request and nothing was run,
    3 another run holds the output folder, 130 interrupted.
    """
    from kumkm_analysis.runner import console, session

    listener = console.TextListener() if log_format == "text" else console.JsonListener()
    return session.perform(_request(given), _options(given), listener)


@main.command()
@request_options
@click.option("--json", "as_json", is_flag=True, help="The plan as JSON, with keys.")
def plan(*, as_json: bool, **given: Any) -> int:
    """Print what run would do, report by report, and why; nothing is run.

    Exit codes: 0 a plan, 2 a bad request.
    """
    from kumkm_analysis.runner import console, session

    steps, _ = session.prepare(_request(given), _options(given))
    click.echo(console.plan_json(steps) if as_json else "\n".join(console.plan_lines(steps)))
    return Exit.GOOD


@main.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="Faults and findings as JSON.")
@click.option("--strict", is_flag=True, help="Exit with 1 on findings that nothing settles.")
@click.option(
    "--since", metavar="REV|DIR", default="",
    help="Only what is new against a git revision of the package, or another folder of one.",
)  # fmt: skip
@click.option(
    "--language", type=click.Choice(["id", "en"]), default="en", show_default=True,
    help="Language of the findings.",
)  # fmt: skip
def check(data: str | None, as_json: bool, strict: bool, since: str, language: str) -> int:
    """Check a data package: its faults, and what its figures say against each other.

    A fault breaks a rule of the package and is told by file, row, column, value, rule and next
    step. A finding is a contradiction between printed figures: it is kept and shown, never mended.
    A row of readings.csv or acknowledgements.csv settles it.

    Exit codes: 0 no fault, 1 faults, or with --strict findings that nothing settles, 2 a path
    that cannot be read. With --since faults and findings count where they are new.
    """
    from kumkm_analysis.findings import checked

    if since:
        from kumkm_analysis.curation import news

    found = news.since(_data(data), since) if since else checked.check(_data(data))
    click.echo(found.json() if as_json else found.text(language))
    return Exit.SOME_FAILED if found.faults or (strict and found.unsettled) else Exit.GOOD


@main.command()
@click.argument("report", nargs=-1, required=True)
@click.option("--notebook", metavar="PATH", help="The notebook, where it is one of your own.")
@input_option
@data_option
@output_option
@jobs_option
@click.pass_context
def verify(
    context: click.Context,
    report: tuple[str, ...],
    notebook: str | None,
    inputs: tuple[str, ...],
    data: str | None,
    output: Path,
    jobs: int | None,
) -> int:
    """Make published REPORTs again from their provenance and compare, figures first.

    REPORT is a page, a report's folder, a folder of reports, or a name in the output folder. Where
    --output is given, a bare name is one in there.

    Exit codes: 0 all identical, 1 some differ, 2 a bad request.
    """
    from kumkm_analysis.runner import published, session
    from kumkm_analysis.runner import verify as verification

    pairs = (
        pair for name in report for pair in published.find(name, output, chosen=chosen(context))
    )
    found = list(dict.fromkeys(pairs))

    def tell(verdict: verification.Verdict) -> None:
        click.echo("\n".join(verdict.lines()))

    makers = jobs or session.cores()
    same = verification.reports(found, _data(data), notebook, makers, tell, inputs)
    return Exit.GOOD if same else Exit.SOME_FAILED


@main.command()
@click.argument("old", type=Named(path_type=Path))
@click.argument("new", type=Named(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The differences as JSON.")
def diff(old: Path, new: Path, as_json: bool) -> int:
    """Compare two published folders, OLD and NEW, by their figures and findings.

    A figure has moved when no value fits both its intervals; it is changed when some does.

    Exit codes: 0 the same figures, 1 differences, 2 a bad request.
    """
    from kumkm_analysis.runner import compare

    found = compare.folders(old, new)
    click.echo(compare.as_json(found) if as_json else "\n".join(compare.lines(found)))
    return Exit.SOME_FAILED if compare.differs(found) else Exit.GOOD


@main.command()
@click.argument("figure")
@data_option
@output_option
@click.pass_context
def show(context: click.Context, figure: str, data: str | None, output: Path) -> int:
    """Print a FIGURE's line of descent, from the page to the paragraph.

    FIGURE is a report and an id or a name: membership-64-2012-coherent.en#f3, or
    reports/membership-64-2012-coherent.en#members_per_cooperative. Where --output is given, a
    bare name is that of a report in there. The id of an observation or a finding of the data does
    as well; then what is printed and what speaks against it is told.

    Exit codes: 0 found, 2 no such figure.
    """
    from kumkm_analysis.dataset import dataset
    from kumkm_analysis.report import lineage
    from kumkm_analysis.runner import published
    from kumkm_analysis.runner.publish import RESULTS

    report, _, name = figure.rpartition("#")
    known = dataset.load(_data(data))
    if not report:
        from kumkm_analysis.explore import show as explored

        click.echo("\n".join(explored.lines(known, figure)))
        return Exit.GOOD
    for folder, each in published.find(report, output, chosen=chosen(context)):
        found = published.results(folder.home(each))
        if "figures" not in found:
            lacking = f"no {'figures in ' if found else ''}{RESULTS}"
            raise ParameterError(Fault(f"report {each}", lacking, "its results"))
        for line in lineage.lines(found, name, known):
            click.echo(line)
    return Exit.GOOD


def _data(given: str | None) -> Path:
    """Return the folder of the data package, brought here where it lies elsewhere."""
    from kumkm_analysis.dataset import remote

    return remote.folder(given)


def _request(given: Mapping[str, Any]) -> Request:
    """Return which reports are meant."""
    from kumkm_analysis.runner.plan import Request

    names = ("region", "period", "language", "reading", "extra", "inputs", "kernel")
    return Request(notebooks=given["notebook"], **{name: given[name] for name in names})


def _options(given: Mapping[str, Any]) -> Options:
    """Return how to run, of which ``plan`` is given a part."""
    from kumkm_analysis.dataset import remote
    from kumkm_analysis.runner.session import Options

    data = _data(given["data"])
    names = {field.name for field in fields(Options)} & given.keys() - {"data"}
    return Options(data=data, address=remote.address(data), **{name: given[name] for name in names})


def entry() -> int:
    """Run the command and return its exit code.

    A reader that closed the pipe is no error, an interrupt is always 130.
    """
    from kumkm_analysis.runner import interrupts

    with suppress(AttributeError):  # there may be no output at all
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        code = Exit.INTERRUPTED
    except OSError as error:
        if error.errno not in (errno.EPIPE, *NO_ROOM):
            raise
        from kumkm_analysis.runner import console

        console.silence(sys.stdout)
        if error.errno != errno.EPIPE:
            click.echo(f"The output could not be written: {error.strerror}.", err=True)
        code = Exit.SOME_FAILED
    except RuntimeError as error:
        if not interrupts.caused(error):
            raise
        click.echo("Interrupted.", err=True)
        code = Exit.INTERRUPTED
    return int(code or 0)
