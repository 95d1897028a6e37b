"""Commands of whoever runs a witness."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ecabinet.cli.speaking import both

PORT = 8444

app = typer.Typer(
    no_args_is_help=True,
    help=both(
        "Làm nhân chứng cho sổ của cơ quan khác: xác nhận rằng mọi người cùng thấy một lịch sử.",
        "Witness the ledgers of others: confirm that everybody is shown one history.",
    ),
)

Data = Annotated[
    Path,
    typer.Option(
        help=both("Thư mục chứa khóa, danh sách sổ và những gì đã xác nhận.", "Folder for key, logs, records.")
    ),
]


@app.command(
    help=both("Chạy nhân chứng cho đến khi được yêu cầu dừng.", "Run the witness until it is asked to stop."),
)
def serve(
    *,
    data: Data,
    name: Annotated[
        str | None,
        typer.Option(
            help=both(
                "Tên nhân chứng, đặt một lần, như kiemtoan.gov.example/ecabinet.",
                "What the witness is called, chosen once, such as audit.gov.example/ecabinet.",
            )
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help=both("Địa chỉ lắng nghe; mặc định chỉ máy này.", "Address to listen on."))
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=both("Cổng; 0 là cổng trống bất kỳ.", "Port; 0 for any that is free."))
    ] = PORT,
    host_name: Annotated[
        list[str] | None,
        typer.Option(
            help=both(
                "Tên máy ghi trong chứng thư TLS; dùng được nhiều lần.",
                "Host name the TLS certificate is for; repeatable.",
            )
        ),
    ] = None,
    plain: Annotated[
        bool,
        typer.Option("--plain", help=both("Không TLS, khi đã có proxy phía trước.", "Without TLS, behind a proxy.")),
    ] = False,
) -> None:
    """Run the witness until it is asked to stop."""
    from ecabinet.witness.app import Options
    from ecabinet.witness.app import serve as run
    from ecabinet.witness.setup import Misconfigured

    options = Options(data=data, name=name, host=host, port=port, names=tuple(host_name or ()), is_plain=plain)
    try:
        run(options)
    except Misconfigured as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error


@app.command(
    help=both(
        "Cho biết khóa, các sổ và tình trạng của nhân chứng; mã thoát 1 nếu có lỗi.",
        "Say the witness's key, logs and state. Leaves with 1 if something is wrong.",
    )
)
def check(*, data: Data) -> None:
    """Say the witness's key, logs and state. Leaves with 1 if something is wrong."""
    from ecabinet.witness.setup import Folder, look_over

    os.umask(0o077)
    is_wrong = False
    for finding in look_over(Folder(data)):
        is_wrong = is_wrong or finding.is_wrong
        print(f"{'✗' if finding.is_wrong else '•'} {finding.vi}\n  {finding.en}")
    raise typer.Exit(1 if is_wrong else 0)
