"""The `ecabinet` command. Each side is imported only inside its own commands."""

import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
server_app = typer.Typer(no_args_is_help=True, help="Look after a server.")
app.add_typer(server_app, name="server")
notes_app = typer.Typer(no_args_is_help=True, help="Work on notes in files.")
app.add_typer(notes_app, name="notes")

if TYPE_CHECKING:
    from ecabinet.client.desk import Access
    from ecabinet.client.desk.desk import Desk

Profiles = Annotated[Path | None, typer.Option("--data", help="Folder for keys, papers and notes.")]
KeystoreName = Annotated[str, typer.Option("--keystore", help="What this installation's secrets are called.")]
Device = Annotated[str, typer.Option(help="What this machine is called.")]
_PIN = typer.Option("--pin", envvar="ECABINET_PIN", prompt="PIN", hide_input=True, help="Better asked for than given.")
_NEW_PIN = typer.Option("--pin", envvar="ECABINET_PIN", prompt="PIN", hide_input=True, confirmation_prompt=True)
Pin = Annotated[str, _PIN]
NewPin = Annotated[str, _NEW_PIN]
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


@app.command()
def found(
    *,
    server: Annotated[str, typer.Option(help="host:port")],
    code: Annotated[str, typer.Option(help="The founding code the server printed.")],
    body: Annotated[str, typer.Option(help="The agency's identifier code, as H49.1.")],
    name: Annotated[str, typer.Option(help="The body's name, in Vietnamese.")],
    name_en: Annotated[str, typer.Option(help="The body's name, in English.")] = "",
    person: Annotated[str, typer.Option(help="A short name for the registrar.")] = "registrar",
    office: Annotated[str, typer.Option(help="The registrar's office.")],
    device: Device = "",
    profiles: Profiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: NewPin,
) -> None:
    """Found a body: whoever does so is its registrar, whose certificate is what verifiers trust."""
    from ecabinet.client.desk.access import Founder, read_invitation

    with _errors_told():
        access = _access(profiles, keystore)
        founder = Founder(body=body, name=name, name_en=name_en or name, registrar=person, office=office)
        joined = access.found(read_invitation(server, code), pin, device or platform.node(), founder)
    print(f"{joined.profile.body}\t{joined.profile.stage}\t{joined.profile.phrase}")
    print(f"Mã khôi phục, chỉ hiện một lần (recovery code, shown once): {joined.recovery_code}")


@app.command()
def enrol(
    address: Annotated[str, typer.Argument(help="ecabinet://host:port/CODE, as the registrar gave it.")],
    *,
    device: Device = "",
    profiles: Profiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: NewPin,
) -> None:
    """Ask for enrolment of this device. Read the phrase to the registrar."""
    from ecabinet.client.desk.access import read_invitation

    with _errors_told():
        joined = _access(profiles, keystore).join(read_invitation(address), pin, device or platform.node())
    print(f"{joined.profile.person}\t{joined.profile.stage}\t{joined.profile.phrase}")
    print(f"Mã khôi phục, chỉ hiện một lần (recovery code, shown once): {joined.recovery_code}")


@app.command()
def invite(
    *,
    person: Annotated[str, typer.Option(help="A short name: giam-doc-so-tai-chinh.")],
    office: Annotated[str, typer.Option(help="The office, in Vietnamese.")],
    office_en: Annotated[str, typer.Option(help="The office, in English.")] = "",
    role: Annotated[list[str], typer.Option(help="chair, member, secretary, office_leader, clerk …; repeatable.")],
    profiles: Profiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: Pin,
) -> None:
    """Print a one-time address for one person. For the registrar."""
    from ecabinet.core.people import Grant, Role

    with _errors_told(), _unlocked(profiles, keystore, pin) as desk:
        grants = [Grant(role=Role(each), from_at=datetime.now(UTC)) for each in role]
        invited = desk.enrolments.invite(person=person, office=office, office_en=office_en, grants=grants)
    print(f"{invited.address}\t{invited.expires_at:%Y-%m-%d %H:%M}Z")


@app.command()
def confirm(
    phrase: Annotated[list[str] | None, typer.Argument(help="Phrases that were read out; without any, lists.")] = None,
    *,
    profiles: Profiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: Pin,
) -> None:
    """Confirm the enrolments whose phrases were read out by the persons themselves. For the registrar."""
    with _errors_told(), _unlocked(profiles, keystore, pin) as desk:
        _sync(desk)
        waiting = desk.enrolments.waiting()
        for each in waiting:
            print(f"{each.person}\t{each.office}\t{each.phrase}")
        meant = [each for each in waiting if each.phrase in (phrase or [])]
        if len(meant) < len(phrase or []):
            print("Không có yêu cầu nào với cụm từ đó (nobody waits with that phrase)", file=sys.stderr)
            raise typer.Exit(1)
        if meant:
            desk.enrolments.confirm(meant, pin)
            _sync(desk)


@app.command()
def sync(*, profiles: Profiles = None, keystore: KeystoreName = "ecabinet", pin: Pin) -> None:
    """Send what waits, and take over what is new."""
    with _errors_told(), _unlocked(profiles, keystore, pin) as desk:
        _sync(desk)
        status = desk.syncing.status()
    print(f"{status.papers_here}/{status.papers} · {status.waiting_to_send}")


@contextmanager
def _unlocked(folder: Path | None, keystore: str, pin: str) -> Iterator["Desk"]:
    """The desk of the profile used last, after a look whether it has been confirmed meanwhile."""
    access = _access(folder, keystore)
    profiles = access.profiles()
    if not profiles:
        print("Chưa có hồ sơ nào (no profile here yet)", file=sys.stderr)
        raise typer.Exit(1)
    desk = access.unlock(access.ask_again(profiles[0]), pin)
    try:
        yield desk
    finally:
        desk.lock()


def _access(folder: Path | None, keystore: str) -> "Access":
    from ecabinet.client import usual_folder
    from ecabinet.client.desk import Access
    from ecabinet.keys.os_keystore import Keystore

    return Access(folder or usual_folder(), Keystore(keystore))


def _sync(desk: "Desk") -> None:
    desk.syncing.once()
    trouble = desk.syncing.status().trouble
    if trouble is not None:
        print(f"✗ {trouble}", file=sys.stderr)
        raise typer.Exit(1)


@contextmanager
def _errors_told() -> Iterator[None]:
    from ecabinet.client.desk.errors import DeskError, RemoteError, StorageUnusable

    try:
        yield
    except (DeskError, RemoteError, StorageUnusable) as error:
        print(f"✗ {type(error).__name__}: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


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


@notes_app.command()
def carry(
    old: Annotated[Path, typer.Argument(help="The version that the notes are on.")],
    new: Annotated[Path, typer.Argument(help="Another version, or a part of it.")],
    notes: Annotated[Path, typer.Argument(help="The notes: docs/notes.md says in which form.")],
) -> None:
    """Print, as JSON, what becomes of each note in another version of its paper: outcome, page and quads."""
    from ecabinet.client.desk.note_files import BadNotes, carry_files
    from ecabinet.client.pages import PagesUnavailable, PaperRefused

    try:
        print(carry_files(old, new, notes))
    except (OSError, BadNotes, PaperRefused, PagesUnavailable) as error:
        print(f"✗ {type(error).__name__}: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


def _those_given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def main() -> None:
    """Run the command line."""
    app()
