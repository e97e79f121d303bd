"""The commands that make and change a data package: new, read, add and tidy."""

from __future__ import annotations

from pathlib import Path

import click

from kumkm_analysis.errors import Exit, Fault, ParameterError
from kumkm_analysis.options import Named, data_option, several

WORKBOOK = ".xlsx"


@click.command()
@click.argument("article", type=Named(path_type=Path))
@click.option("--source", metavar="ID", default="", help="Code of the source, which may be new.")
@click.option("--region", metavar="CODE", default="", help="Region of figures that name none.")
@click.option("--date", "published", metavar="DATE", default="",
              help="Day of publication, YYYY-MM-DD, where the text lacks it.")  # fmt: skip
@click.option("--url", metavar="ADDRESS", default="", help="Address of the article.")
@data_option
@click.option("--output", type=Named(path_type=Path), metavar="FILE",
              help="A .csv or .xlsx file; default: CSV on standard output.")  # fmt: skip
@click.pass_context
def read(
    context: click.Context, article: Path, source: str, region: str, published: str, url: str,
    data: str | None, output: Path | None,
) -> None:  # fmt: skip
    """Draft rows from an ARTICLE: text, HTML or PDF with text.

    Every figure with its unit becomes a row as in the observations, with how confident the draft
    is and the sentence beside it. A source that the data lack gets columns source.*, filled as far
    as the article tells. Nothing is added: look through the draft, then `kumkm add` it.

    Exit codes: 0 a draft, 1 no figure was found, 2 a bad request.
    """
    from kumkm_analysis.curation import drafts, proposing
    from kumkm_analysis.dataset import remote

    if output is not None and output.suffix.lower() not in (".csv", WORKBOOK):
        expected = "a name that ends in .csv or .xlsx"
        raise ParameterError(Fault(f"--output {output}", output.suffix or "no suffix", expected))
    known, rows, columns = proposing.propose(
        remote.folder(data), article, source=source, region=region, published=published, url=url
    )
    if output is None:
        click.echo(drafts.as_csv(rows, columns), nl=False)
    elif output.suffix.lower() == WORKBOOK:
        drafts.write_workbook(output, rows, columns, known)
    else:
        output.write_text(drafts.as_csv(rows, columns), encoding="utf-8", newline="")
    for line in proposing.summary(rows, columns):
        click.echo(line, err=True)
    context.exit(Exit.GOOD if rows else Exit.SOME_FAILED)


@click.command()
@click.argument("draft", type=Named(path_type=Path))
@data_option
@click.option("--dry-run", is_flag=True, help="Show what would be added; write nothing.")
@click.option("--language", type=click.Choice(["id", "en"]), default="en", show_default=True,
              help="Language of the findings.")  # fmt: skip
@click.pass_context
def add(
    context: click.Context, draft: Path, data: str | None, dry_run: bool, language: str
) -> None:
    """Add the rows of a DRAFT, CSV or workbook, to the observations.

    What can be derived is filled: code, numerals, value, unit. The package is validated with the
    rows in it, and the findings that they create or settle are shown before anything is written.
    All tables are written, or none.

    Exit codes: 0 added, or with --dry-run it would be; 2 faults, and nothing was written.
    """
    from kumkm_analysis import paths
    from kumkm_analysis.curation import adding, drafts
    from kumkm_analysis.dataset.dataset import load

    place = data if data is not None else paths.data_given()
    if "://" in place or Path(place).is_file():
        step = "Fetch or unpack it, and name the folder."
        raise ParameterError(Fault(f"data {place}", "no folder", "a folder to write into", step))
    known = load(place)
    found = drafts.read_draft(draft, known)
    if found.mended:
        click.echo(f"{draft}: read in spite of {', '.join(found.mended)}.", err=True)
    addition = adding.prepare(known, found)
    click.echo(addition.news.text(language))
    if not dry_run:
        addition.write()
    word = "would be added" if dry_run else "added"
    files = ", ".join(sorted(addition.texts))
    click.echo(f"{len(addition.rows)} rows and {addition.quoted} quotations {word}: {files}.")
    context.exit(Exit.GOOD)


@click.command()
@click.argument("folder", metavar="DIR", type=Named(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.pass_context
def tidy(context: click.Context, folder: Path, dry_run: bool) -> None:
    """Mend what a spreadsheet did to the tables of the package in DIR, and say what.

    Separators, byte order marks, line ends, decimal commas in numbers, empty rows and columns at
    the end, blanks at the edges. What a source printed is never touched.

    Exit codes: 0 tidy now, or with --dry-run it could be made so; 2 a cell that cannot be mended,
    and nothing was written.
    """
    from kumkm_analysis.curation import tidying

    found = tidying.tidy(folder, dry_run=dry_run)
    for line in tidying.lines(found, dry_run=dry_run):
        click.echo(line)
    context.exit(Exit.GOOD)


@click.command()
@click.argument("folder", type=Named(path_type=Path))
@click.option("--title", required=True, help="What its figures are about, in a line.")
@click.option("--region", required=True, help="The code of the region it is about.")
@click.option("--name", default="", help="What that region is called.")
@several("level", "Levels of regions from the highest down, such as country,county.")
@several("language", "id, en, or both: the languages of its titles.")
@click.option("--currency", default="", metavar="CODE", help="Such as KES or EUR.")
@click.option("--period", default="", help="What reports are about by default.")
@click.option("--contributor", default="", help="Who is to be credited for it.")
def new(folder: Path, level: list[str], language: list[str], **given: str) -> None:
    """Write the smallest valid data package into FOLDER, for a province or country of your own.

    Exit codes: 0 written, 2 a bad request and nothing was written.
    """
    from kumkm_analysis.curation import new as package

    levels = level or package.LEVELS
    package.create(folder, package.Wanted(**given, languages=language, levels=levels))
    click.echo("\n".join(package.next_steps(folder)))


COMMANDS = {one.name: one for one in (read, add, tidy, new)}
