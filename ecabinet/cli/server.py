"""Commands of whoever runs a server."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ecabinet.cli.speaking import both

if TYPE_CHECKING:
    from ecabinet.server.checkup import Finding

app = typer.Typer(no_args_is_help=True, help=both("Quản lý máy chủ.", "Look after a server."))

Data = Annotated[
    Path | None,
    typer.Option(
        help=both(
            "Thư mục chứa khóa, tài liệu và cơ sở dữ liệu; mặc định ~/.local/share/ecabinet-server trên Linux.",
            "Folder for keys, papers and the database; ~/.local/share/ecabinet-server on Linux by default.",
        )
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        help=both(
            "Cơ sở dữ liệu; mặc định là SQLite trong thư mục dữ liệu.",
            "postgresql+psycopg://… ; SQLite in the data folder by default.",
        )
    ),
]

_NO_BODY = (
    "Chưa có khóa sổ nào: máy chủ này chưa có cơ quan nào được thiết lập (ecabinet found).",
    "There is no log key yet: no body has been founded on this server (ecabinet found).",
)
_AFTER_RESTORED = (
    (
        "Các sổ trên đang chờ kỳ mới có số ghi bên cạnh. Hãy chạy lại máy chủ (ecabinet serve); sau ít phút, người "
        "phụ trách đăng ký mở kỳ mới trên máy của mình: ecabinet admin epoch --begin. Có nhân chứng thì gửi họ khóa sổ "
        "mới: ecabinet server log-keys."
    ),
    (
        "These ledgers now wait for the epoch of the number beside them. Serve again (ecabinet serve); after some "
        "minutes the registrar begins it, on a machine of his own: ecabinet admin epoch --begin. Where there are "
        "witnesses, send them the new log keys: ecabinet server log-keys."
    ),
)


def serve(
    *,
    data: Data = None,
    host: Annotated[
        str | None,
        typer.Option(
            help=both("Địa chỉ lắng nghe; mặc định chỉ máy này.", "Address to listen on; loopback by default.")
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help=both("Cổng; mặc định 8443, 0 là cổng trống bất kỳ.", "Port; 8443 by default, 0 for any that is free."),
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            help=both(
                "Tên máy chủ ghi trong chứng thư TLS; dùng được nhiều lần.",
                "Host name the TLS certificate is for; repeatable.",
            )
        ),
    ] = None,
    database: Database = None,
    blobs: Annotated[
        str | None,
        typer.Option(help=both("Thư mục, hoặc s3://bucket, chứa tài liệu.", "Folder, or s3://bucket, for papers.")),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(
            help=both(
                'Nhân chứng của các sổ, dạng "VKEY URL"; dùng được nhiều lần.',
                'A witness of the ledgers, as "VKEY URL"; repeatable.',
            )
        ),
    ] = None,
    witness_ca: Annotated[
        Path | None,
        typer.Option(help=both("CA (PEM) của nhân chứng.", "PEM of what issued the witnesses' certificates.")),
    ] = None,
    time_authority: Annotated[
        str | None,
        typer.Option(
            help=both("Địa chỉ cấp dấu thời gian (RFC 3161).", "Where time stamps are asked for (RFC 3161): a URL.")
        ),
    ] = None,
    time_authority_ca: Annotated[
        Path | None,
        typer.Option(
            help=both("CA (PEM) của tổ chức cấp dấu thời gian.", "PEM of what issued its certificate, or of that.")
        ),
    ] = None,
    authority_network: Annotated[
        list[str] | None,
        typer.Option(
            help=both(
                "Mạng nội bộ được hỏi tình trạng chứng thư bên ngoài; dùng được nhiều lần.",
                "Inner network, as 10.0.0.0/8, where outside authorities may be asked for revocations; repeatable.",
            )
        ),
    ] = None,
    key_passphrase_file: Annotated[
        Path | None,
        typer.Option(
            help=both("Tệp chứa mật khẩu của các khóa máy chủ.", "File with the passphrase of the server's keys.")
        ),
    ] = None,
) -> None:
    """Run the server until it is asked to stop."""
    from ecabinet.server.app import serve as run
    from ecabinet.server.checkup import exposed
    from ecabinet.server.settings import Settings

    given = {"data": data, "host": host, "port": port, "names": name, "database": database, "blobs": blobs}
    given |= {"witnesses": witness, "witness_ca": witness_ca}
    given |= {"time_authority": time_authority, "time_authority_ca": time_authority_ca}
    given |= {"authority_networks": authority_network, "key_passphrase_file": key_passphrase_file}
    settings = Settings(**_those_given(given))
    with _telling():
        for finding in exposed(settings.data):
            print(_said(finding), file=sys.stderr)
        run(settings)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # all is closed, but threads of the HTTP library may live, which do not survive the interpreter's end


@app.command(
    help=both(
        "Cho biết máy chủ sai ở đâu, cần an toàn hơn ở đâu; mã thoát 1 nếu có lỗi.",
        "Say what is wrong with a server and what could be safer. Leaves with 1 if something is wrong.",
    )
)
def check(*, data: Data = None, database: Database = None) -> None:
    """Say what is wrong with a server and what could be safer. Leaves with 1 if something is wrong."""
    from ecabinet.server.checkup import check as findings
    from ecabinet.server.settings import Settings

    is_wrong = False
    for finding in findings(Settings(**_those_given({"data": data, "database": database}))):
        is_wrong = is_wrong or finding.is_wrong
        print(_said(finding))
    raise typer.Exit(1 if is_wrong else 0)


@app.command(help=both("In mã để thiết lập thêm một cơ quan.", "Print a code with which one more body can be founded."))
def founding_code(*, data: Data = None, database: Database = None) -> None:
    """Print a code with which one more body can be founded."""
    from ecabinet.server.app import print_founding_code
    from ecabinet.server.settings import Settings

    with _telling():
        print_founding_code(Settings(**_those_given({"data": data, "database": database})))


@app.command(
    help=both("In khóa sổ của từng cơ quan, để giao cho nhân chứng.", "Print the log key of every body, for witnesses.")
)
def log_keys(*, data: Data = None, database: Database = None) -> None:
    """Print the log key of every body, for witnesses."""
    from ecabinet.server.app import print_log_keys
    from ecabinet.server.settings import Settings

    with _telling():
        is_any = print_log_keys(Settings(**_those_given({"data": data, "database": database})))
    if not is_any:
        print(both(*_NO_BODY), file=sys.stderr)


@app.command(
    help=both(
        "Sau khi khôi phục từ bản sao lưu, trước khi chạy lại: cho các sổ chờ người phụ trách đăng ký mở kỳ mới.",
        "After restoring a backup, before serving again: has the ledgers wait for the registrar to begin a new epoch.",
    )
)
def restored(
    *,
    data: Data = None,
    database: Database = None,
    body: Annotated[
        str | None, typer.Option(help=both("Chỉ cơ quan này.", "Only this body, by its identifier code."))
    ] = None,
) -> None:
    """After restoring a backup, before serving again: has the ledgers wait for the registrar to begin a new epoch."""
    from ecabinet.server.app import prepare_epochs
    from ecabinet.server.settings import Settings

    try:
        with _telling():
            is_any = prepare_epochs(Settings(**_those_given({"data": data, "database": database})), body)
    except LookupError:
        print(f"Không có cơ quan {body} / There is no body {body}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(both(*(_AFTER_RESTORED if is_any else _NO_BODY)), file=sys.stderr)


@contextmanager
def _telling() -> Iterator[None]:
    """Says why a server can't start, and leaves with 1."""
    from ecabinet.server.app import CannotServe

    try:
        yield
    except CannotServe as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error


def _said(finding: "Finding") -> str:
    return f"{'✗' if finding.is_wrong else '•'} {finding.vi}\n  {finding.en}"


def _those_given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
