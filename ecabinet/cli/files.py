"""Commands on papers and notes in files, without any server."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ecabinet.cli.speaking import fail

notes_app = typer.Typer(no_args_is_help=True, help="Work on notes in files.")
pages_app = typer.Typer(no_args_is_help=True, help="Look at papers in files.")


@notes_app.command()
def carry(
    old: Annotated[Path, typer.Argument(help="The version that the notes are on.")],
    new: Annotated[Path, typer.Argument(help="Another version, or a part of it.")],
    notes: Annotated[Path, typer.Argument(help="The notes: docs/notes.md says in which form.")],
) -> None:
    """Print, as JSON, what becomes of each note in another version of its paper: outcome, page and quads."""
    from ecabinet.client.desk.note_files import BadNotes, carry_files
    from ecabinet.client.pages import PagesUnavailable, PaperRefused
    from ecabinet.client.ui.exporting import explain_carrying

    try:
        print(carry_files(old, new, notes))
    except (OSError, BadNotes, PaperRefused, PagesUnavailable) as error:
        told = error
        fail(lambda: explain_carrying(told).whole)


@notes_app.command("export")
def export_notes(
    paper: Annotated[Path, typer.Argument(help="The paper that the notes are on. It is not written to.")],
    notes: Annotated[Path, typer.Argument(help="The notes: docs/notes.md says in which form.")],
    out: Annotated[Path, typer.Argument(help="The file to write: .pdf, or .json for W3C Web Annotations.")],
    *,
    form: Annotated[
        Literal["pdf", "w3c"] | None, typer.Option("--format", help="If the file's ending does not tell.")
    ] = None,
    author: Annotated[str, typer.Option(help="The office that the notes are of.")] = "",
    any_version: Annotated[
        bool, typer.Option("--any-version", help="Also notes on another version, at the same place.")
    ] = False,
) -> None:
    """Write notes into a copy of their paper, for any PDF viewer, or as W3C annotations. Tells what became of each.

    The copy is for whoever can open the file: it is no longer sealed.
    """
    from ecabinet.client.desk.exports import Form
    from ecabinet.client.desk.note_files import BadExport, BadNotes, export_files
    from ecabinet.client.pages import PagesUnavailable, PageUnreadable, PaperRefused
    from ecabinet.client.ui.exporting import explain_export

    wanted = None if form is None else Form(form)
    try:
        print(export_files(paper, notes, out, form=wanted, author=author, takes_all=any_version))
    except (OSError, BadNotes, BadExport, PaperRefused, PageUnreadable, PagesUnavailable) as error:
        told = error
        fail(lambda: explain_export(told).whole)


@pages_app.command("check")
def check_pages(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Where the PDFs are.")],
) -> None:
    """Print a line of JSON for each PDF in a folder: whether it would be shown, and why not."""
    from ecabinet.client.pages.folder import check_folder

    for line in check_folder(folder):
        typer.echo(line.encode())


@pages_app.command("compare")
def compare_pages(
    old: Annotated[Path, typer.Argument(help="The version one has read.")],
    new: Annotated[Path, typer.Argument(help="Another version.")],
    *,
    figures: Annotated[bool, typer.Option("--figures", help="Only numbers, dates, amounts and references.")] = False,
) -> None:
    """Print a line of JSON for each change of words between two versions of a paper, in reading order."""
    from ecabinet.client.desk.comparing import compare_files
    from ecabinet.client.pages import PagesUnavailable, PaperRefused
    from ecabinet.client.ui.exporting import explain_carrying

    try:
        for line in compare_files(old, new, figures_only=figures):
            typer.echo(line.encode())
    except (OSError, PaperRefused, PagesUnavailable) as error:
        told = error
        fail(lambda: explain_carrying(told).whole)
