"""Commands on papers and notes in files, without any server."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ecabinet.cli.speaking import both, fail

notes_app = typer.Typer(no_args_is_help=True, help=both("Xử lý ghi chú trong tệp.", "Work on notes in files."))
pages_app = typer.Typer(no_args_is_help=True, help=both("Kiểm tra tài liệu trong tệp.", "Look at papers in files."))


@notes_app.command(
    help=both(
        "In ra JSON kết quả chuyển từng ghi chú sang bản khác của tài liệu.",
        "Print, as JSON, what becomes of each note in another version of its paper: outcome, page and quads.",
    )
)
def carry(
    old: Annotated[Path, typer.Argument(help=both("Bản có ghi chú.", "The version that the notes are on."))],
    new: Annotated[
        Path, typer.Argument(help=both("Bản khác, hoặc một phần của bản đó.", "Another version, or a part of it."))
    ],
    notes: Annotated[
        Path,
        typer.Argument(
            help=both("Tệp ghi chú, theo mẫu tại docs/notes.md.", "The notes: docs/notes.md says in which form.")
        ),
    ],
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


@notes_app.command(
    "export",
    help=both(
        "Ghi các ghi chú vào bản sao của tài liệu, hoặc theo chuẩn W3C; cho biết kết quả từng ghi chú. "
        "Bản sao không còn được niêm phong.",
        "Write notes into a copy of their paper, for any PDF viewer, or as W3C annotations. Tells what became of each. "
        "The copy is no longer sealed.",
    ),
)
def export_notes(
    paper: Annotated[
        Path,
        typer.Argument(
            help=both(
                "Tài liệu có ghi chú; tệp này không bị ghi vào.",
                "The paper that the notes are on. It is not written to.",
            )
        ),
    ],
    notes: Annotated[
        Path,
        typer.Argument(
            help=both("Tệp ghi chú, theo mẫu tại docs/notes.md.", "The notes: docs/notes.md says in which form.")
        ),
    ],
    out: Annotated[
        Path,
        typer.Argument(
            help=both(
                "Tệp sẽ ghi: .pdf, hoặc .json theo W3C Web Annotations.",
                "The file to write: .pdf, or .json for W3C Web Annotations.",
            )
        ),
    ],
    *,
    form: Annotated[
        Literal["pdf", "w3c"] | None,
        typer.Option("--format", help=both("Nếu đuôi tệp không cho biết.", "If the file's ending does not tell.")),
    ] = None,
    author: Annotated[
        str, typer.Option(help=both("Chức vụ của người ghi chú.", "The office that the notes are of."))
    ] = "",
    any_version: Annotated[
        bool,
        typer.Option(
            "--any-version",
            help=both("Cả ghi chú trên bản khác, ở cùng vị trí.", "Also notes on another version, at the same place."),
        ),
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


@pages_app.command(
    "check",
    help=both(
        "In một dòng JSON cho mỗi tệp PDF trong thư mục: có mở được không, vì sao.",
        "Print a line of JSON for each PDF in a folder: whether it would be shown, and why not.",
    ),
)
def check_pages(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help=both("Nơi có các tệp PDF.", "Where the PDFs are."))
    ],
) -> None:
    """Print a line of JSON for each PDF in a folder: whether it would be shown, and why not."""
    from ecabinet.client.pages.folder import check_folder

    for line in check_folder(folder):
        typer.echo(line.encode())


@pages_app.command(
    "compare",
    help=both(
        "In một dòng JSON cho mỗi thay đổi giữa hai bản của tài liệu, theo thứ tự đọc.",
        "Print a line of JSON for each change of words between two versions of a paper, in reading order.",
    ),
)
def compare_pages(
    old: Annotated[Path, typer.Argument(help=both("Bản đã đọc.", "The version one has read."))],
    new: Annotated[Path, typer.Argument(help=both("Bản khác.", "Another version."))],
    *,
    figures: Annotated[
        bool,
        typer.Option(
            "--figures",
            help=both(
                "Chỉ hiện số, ngày tháng, số tiền và số hiệu văn bản.", "Only numbers, dates, amounts and references."
            ),
        ),
    ] = False,
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
