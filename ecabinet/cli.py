"""The `ecabinet` command. Each side is imported only inside its own commands."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
server_app = typer.Typer(no_args_is_help=True, help="Look after a server.")
app.add_typer(server_app, name="server")

Data = Annotated[Path | None, typer.Option(help="Folder for keys, papers and the database.")]
Database = Annotated[str | None, typer.Option(help="postgresql+psycopg://… ; SQLite in the data folder by default.")]


@app.callback(invoke_without_command=True)
def ecabinet(context: typer.Context) -> None:
    """Paperless meetings and signed opinion ballots. Without a command, opens the client."""
    if context.invoked_subcommand is None:
        client()


@app.command()
def client(
    *,
    data: Annotated[Path | None, typer.Option(help="Folder for keys, papers and notes.")] = None,
    language: Annotated[Literal["vi", "en"] | None, typer.Option(help="As chosen last, by default.")] = None,
    appearance: Annotated[
        Literal["light", "dark", "contrast"] | None, typer.Option(help="As chosen last, by default.")
    ] = None,
    keystore: Annotated[str, typer.Option(help="What this installation's secrets are called.")] = "ecabinet",
) -> None:
    """Open the client: read papers, answer ballots, prepare meetings."""
    from ecabinet.client.app import Application, usual_folder
    from ecabinet.client.ui.theme import Mode
    from ecabinet.client.ui.words import Language

    application = Application(
        folder=data or usual_folder(),
        service=keystore,
        language=None if language is None else Language(language),
        mode=None if appearance is None else Mode(appearance),
    )
    raise typer.Exit(application.run())


@app.command()
def serve(
    *,
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; loopback by default.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 for any that is free.")] = None,
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
def demo(
    *,
    papers: Annotated[Path | None, typer.Option(help="Folder of PDFs to hold the meeting over.")] = None,
    members: Annotated[int, typer.Option(min=5, max=13, help="How many members the body has.")] = 5,
    headless: Annotated[bool, typer.Option(help="Play the whole journey off-screen, as without a display.")] = False,
    out: Annotated[Path, typer.Option(help="Where screens, evidence and report go.")] = Path("build/demo"),
) -> None:
    """Show the whole main job on this machine, without touching a real installation."""
    from ecabinet.demo.show import show

    raise typer.Exit(show(papers=papers, members=members, headless=headless, out=out))


@server_app.command()
def check(*, data: Data = None, database: Database = None) -> None:
    """Say what is wrong with a server and what could be safer. Leaves with 1 if something is wrong."""
    from ecabinet.server.checkup import check as findings
    from ecabinet.server.settings import Settings

    is_wrong = False
    for finding in findings(Settings(**_those_given({"data": data, "database": database}))):
        is_wrong = is_wrong or finding.is_wrong
        print(f"{'✗' if finding.is_wrong else '•'} {finding.vi}\n  {finding.en}")
    raise typer.Exit(1 if is_wrong else 0)


@server_app.command()
def founding_code(*, data: Data = None, database: Database = None) -> None:
    """Print a code with which one more body can be founded."""
    from ecabinet.server.app import print_founding_code
    from ecabinet.server.settings import Settings

    print_founding_code(Settings(**_those_given({"data": data, "database": database})))


def _those_given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def main() -> None:
    """Run the command line."""
    app()
