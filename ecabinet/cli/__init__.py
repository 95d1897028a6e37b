"""The `ecabinet` command. Each side is imported only inside its own commands."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from ecabinet import __version__
from ecabinet.cli import admin, evidence, keys, people, server, witness
from ecabinet.cli.files import notes_app, pages_app
from ecabinet.cli.speaking import both, fail, missing_told

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.add_typer(people.app)
app.command(help=both("Chạy máy chủ cho đến khi được yêu cầu dừng.", "Run the server until it is asked to stop."))(
    server.serve
)
app.add_typer(server.app, name="server")
app.add_typer(witness.app, name="witness")
app.add_typer(keys.app, name="key")
app.command(
    help=both(
        "Lập Hồ sơ lấy ý kiến (PDF/A, để đọc, in và lưu) từ một hồ sơ chứng cứ.",
        "Make a ballot's dossier (PDF/A, to read, print and file) from its evidence.",
    )
)(evidence.dossier)
app.add_typer(admin.app, name="admin")
app.add_typer(notes_app, name="notes")
app.add_typer(pages_app, name="pages")


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if is_wanted:
        print(f"ecabinet {__version__}")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    help=both(
        "Họp và lấy ý kiến không giấy, có ký số. Không kèm lệnh thì mở chương trình.",
        "Paperless meetings and signed opinion ballots. Without a command, opens the client.",
    ),
)
def ecabinet(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback prints and leaves
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help=both("In phiên bản.", "Print the version.")
        ),
    ] = False,
) -> None:
    """Paperless meetings and signed opinion ballots. Without a command, opens the client."""
    if context.invoked_subcommand is None:
        client()


@app.command(
    help=both(
        "Mở chương trình: đọc tài liệu, trả lời phiếu, chuẩn bị họp.",
        "Open the client: read papers, answer ballots, prepare meetings.",
    )
)
def client(
    *,
    data: Annotated[
        Path | None,
        typer.Option(help=both("Thư mục chứa khóa, tài liệu và ghi chú.", "Folder for keys, papers and notes.")),
    ] = None,
    language: Annotated[
        Literal["vi", "en"] | None,
        typer.Option(help=both("Mặc định như lần chọn trước.", "As chosen last, by default.")),
    ] = None,
    appearance: Annotated[
        Literal["light", "dark", "contrast"] | None,
        typer.Option(help=both("Mặc định như lần chọn trước.", "As chosen last, by default.")),
    ] = None,
    keystore: Annotated[
        str,
        typer.Option(
            help=both(
                "Tên của các bí mật thuộc bản cài đặt này trong kho khóa.",
                "What this installation's secrets are called.",
            )
        ),
    ] = "ecabinet",
) -> None:
    """Open the client: read papers, answer ballots, prepare meetings."""
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        from ecabinet.client.ui.words import say

        fail(lambda: say("command.no_display"))
    from ecabinet.client import usual_folder
    from ecabinet.client.app import Application
    from ecabinet.client.ui.theme import Mode
    from ecabinet.client.ui.words import Language

    application = Application(
        folder=data or usual_folder(),
        service=keystore,
        language=None if language is None else Language(language),
        mode=None if appearance is None else Mode(appearance),
    )
    raise typer.Exit(application.run())


@app.command(
    help=both(
        "Trình diễn toàn bộ công việc chính trên máy này, không đụng đến bản cài đặt thật.",
        "Show the whole main job on this machine, without touching a real installation.",
    )
)
def demo(
    *,
    papers: Annotated[
        Path | None,
        typer.Option(help=both("Thư mục các tệp PDF làm tài liệu họp.", "Folder of PDFs to hold the meeting over.")),
    ] = None,
    members: Annotated[
        int, typer.Option(min=5, max=13, help=both("Số thành viên của cơ quan.", "How many members the body has."))
    ] = 5,
    headless: Annotated[
        bool,
        typer.Option(
            help=both(
                "Chạy toàn bộ quy trình không hiện cửa sổ, như khi không có màn hình.",
                "Play the whole journey off-screen, as without a display.",
            )
        ),
    ] = False,
    out: Annotated[
        Path,
        typer.Option(
            help=both("Nơi lưu ảnh màn hình, hồ sơ chứng cứ và báo cáo.", "Where screens, evidence and report go.")
        ),
    ] = Path("build/demo"),
) -> None:
    """Show the whole main job on this machine, without touching a real installation."""
    from ecabinet.client.ui.words import say
    from ecabinet.demo.show import BROKE_OFF, NoPapers, show

    try:
        code = show(papers=papers, members=members, headless=headless, out=out)
    except NoPapers:
        fail(lambda: say("command.no_papers", folder=str(papers)), BROKE_OFF)
    except OSError as error:
        file, why = str(error.filename or out), error.strerror or str(error)
        fail(lambda: say("command.demo_file", file=file, why=why), BROKE_OFF)
    raise typer.Exit(code)


def main() -> None:
    """Run the command line."""
    with missing_told():
        app()
