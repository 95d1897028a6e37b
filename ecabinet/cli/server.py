"""Commands of whoever runs a server."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True, help="Look after a server.")

Data = Annotated[Path | None, typer.Option(help="Folder for keys, papers and the database.")]
Database = Annotated[str | None, typer.Option(help="postgresql+psycopg://… ; SQLite in the data folder by default.")]


def serve(
    *,
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; loopback by default.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 for any that is free.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Host name the TLS certificate is for; repeatable.")] = None,
    database: Database = None,
    blobs: Annotated[str | None, typer.Option(help="Folder, or s3://bucket, for papers.")] = None,
) -> None:
    """Run the server until it is asked to stop."""
    from ecabinet.server.app import CannotServe
    from ecabinet.server.app import serve as run
    from ecabinet.server.settings import Settings

    given = {"data": data, "host": host, "port": port, "names": name, "database": database, "blobs": blobs}
    try:
        run(Settings(**_those_given(given)))
    except CannotServe as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error


@app.command()
def check(*, data: Data = None, database: Database = None) -> None:
    """Say what is wrong with a server and what could be safer. Leaves with 1 if something is wrong."""
    from ecabinet.server.checkup import check as findings
    from ecabinet.server.settings import Settings

    is_wrong = False
    for finding in findings(Settings(**_those_given({"data": data, "database": database}))):
        is_wrong = is_wrong or finding.is_wrong
        print(f"{'✗' if finding.is_wrong else '•'} {finding.vi}\n  {finding.en}")
    raise typer.Exit(1 if is_wrong else 0)


@app.command()
def founding_code(*, data: Data = None, database: Database = None) -> None:
    """Print a code with which one more body can be founded."""
    from ecabinet.server.app import print_founding_code
    from ecabinet.server.settings import Settings

    print_founding_code(Settings(**_those_given({"data": data, "database": database})))


def _those_given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
