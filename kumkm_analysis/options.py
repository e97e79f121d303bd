"""The options that commands share, and the kinds of value that they take."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kumkm_analysis.errors import Fault

LONGEST_PATH = 100  # characters of one that are shown
LONGEST = 1e8  # seconds; the system's clocks end not far beyond


class Commands(click.Group):
    """Commands, of which those ``elsewhere`` are imported when one of them is meant.

    All of them run under ``guard``, which tells a mistake of the user and returns the exit code.
    """

    def __init__(
        self, *words: Any, elsewhere: Mapping[str, Callable[[str], click.Command]],
        guard: Callable[[Callable[[], int]], int], **settings: Any,
    ) -> None:  # fmt: skip
        super().__init__(*words, **settings)
        self.elsewhere, self.guard = elsewhere, guard

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), *self.elsewhere])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name in self.elsewhere:
            return self.elsewhere[cmd_name](cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that is asked for."""
        ctx.exit(self.guard(lambda: super(Commands, self).invoke(ctx) or 0))


class Seconds(click.FloatRange):
    """A number of seconds that a clock can wait for."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return the number; what is none is refused, which no range does."""
        found = float(super().convert(value, param, ctx))
        if math.isnan(found):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return found


def or_without_end(context: click.Context, option: click.Parameter, seconds: float) -> float:
    """Return a time to wait; of those below 0 only -1 means something."""
    if -1 < seconds < 0:
        raise click.BadParameter(
            f"{seconds:g} is no time to wait; give 0 or more, or -1 for without end.",
            context,
            option,
        )
    return seconds


class Named(click.Path):
    """A path that was given a name: an empty one would be the folder where one happens to be."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the path."""
        if value == "":
            self.fail("found nothing in it; leave the option out, or name a path.", param, ctx)
        return super().convert(value, param, ctx)


def several(name: str, help_text: str) -> Callable[[Any], Any]:
    """Return a repeatable option whose values may also be written with commas between them."""

    def split(_context: click.Context, _option: click.Parameter, given: Sequence[str]) -> list[str]:
        parts = [part.strip() for value in given for part in value.split(",")]
        found = [part for part in parts if part]
        if given and not found:
            raise click.BadParameter("found nothing in it; leave the option out, or name a value.")
        return found

    return click.option(
        f"--{name}", multiple=True, callback=split, metavar="VALUES", help=help_text
    )


def data_option(command: Any) -> Any:
    """Add the option that names a data package."""
    return click.option(
        "--data", type=Named(), metavar="PLACE",
        help="The data package: a folder, a zip, or an address (https, s3); default: the one that "
        "comes with the library.",
    )(command)  # fmt: skip


def output_option(command: Any) -> Any:
    """Add the option that names the folder of published pages."""
    return click.option(
        "--output", type=Named(path_type=Path), default=Path("reports"), show_default=True,
        metavar="DIR", help="Folder that the pages are published in.",
    )(command)  # fmt: skip


def jobs_option(command: Any) -> Any:
    """Add the option that says how many reports are made at a time."""
    return click.option(
        "--jobs", type=click.IntRange(min=1), default=None, metavar="N",
        help="Reports made at the same time. Default: the number of cores.",
    )(command)  # fmt: skip


def input_option(command: Any) -> Any:
    """Add the option that names what a notebook of one's own reads in its folder."""
    return click.option(
        "--input", "inputs", multiple=True, metavar="PATTERN",
        help="A file or folder that a notebook of your own reads in its folder; repeatable.",
    )(command)  # fmt: skip


def choice(name: str, *values: str, help_text: str) -> Callable[[Any], Any]:
    """Return an option that takes one of some words; the first is the default."""
    return click.option(
        f"--{name}", type=click.Choice(values), default=values[0], show_default=True, help=help_text
    )


def request_options(command: Any) -> Any:
    """Add what says which reports are meant; ``run`` and ``plan`` take the same."""
    for option in reversed(
        [
            click.argument("notebook", nargs=-1),
            several("region", "Codes of regions.csv, with commas; all, or the name of a level."),
            several("period", "YYYY, YYYY-MM or YYYY-MM-DD; ranges such as 2010:2014."),
            several("language", "id, en or both. Default: every language of the data."),
            several("reading", "coherent, official, latest, envelope, a named one, or all."),
            click.option(
                "-p", "--parameter", "extra", nargs=2, multiple=True, metavar="NAME VALUE",
                help="A parameter of a notebook of your own; repeatable.",
            ),
            input_option,
            click.option(
                "-k", "--kernel", metavar="NAME", default="",
                help="The kernel in which a notebook of your own runs, in place of the one it "
                "asks for.",
            ),
            click.option(
                "--matrix", type=Named(path_type=Path), metavar="FILE",
                help="A YAML or JSON file that lists requests; see docs/scheduling.md.",
            ),
            data_option,
            output_option,
            click.option(
                "--force", is_flag=True, help="Make reports again even where nothing changed."
            ),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


def new_options(command: Any) -> Any:
    """Add what a new data package is to be."""
    for option in reversed(
        [
            click.argument("folder", type=Named(path_type=Path)),
            click.option("--title", required=True, help="What its figures are about, in a line."),
            click.option("--region", required=True, help="The code of the region it is about."),
            click.option("--name", default="", help="What that region is called."),
            several("level", "Levels of regions from the highest down, such as country,county."),
            several("language", "The languages of its titles: id, en or id,en."),
            click.option("--currency", default="", metavar="CODE", help="Such as KES or EUR."),
            click.option("--period", default="", help="What reports are about by default."),
            click.option("--contributor", default="", help="Who is to be credited for it."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


def chosen(context: click.Context) -> bool:
    """Tell whether the user named the output folder, which then goes before the working one."""
    source = context.get_parameter_source("output")
    return source is not None and source is not click.core.ParameterSource.DEFAULT


def unreachable(error: OSError) -> Fault:
    """Return why a path that a user named, or one below it, cannot be used."""
    name = str(error.filename)
    shown = name if len(name) <= LONGEST_PATH else f"{name[:LONGEST_PATH]}…"
    found = error.strerror or type(error).__name__
    return Fault(f"path {shown!r}", found, "a path that can be read or written", "Name another.")
