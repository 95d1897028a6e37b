"""The `ecabinet` command. Each side is imported only inside its own commands."""

import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from ecabinet import __version__
from ecabinet.core.codec import AgencyCode, Name, fits
from ecabinet.core.people import Role

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
server_app = typer.Typer(no_args_is_help=True, help="Look after a server.")
app.add_typer(server_app, name="server")
notes_app = typer.Typer(no_args_is_help=True, help="Work on notes in files.")
app.add_typer(notes_app, name="notes")
pages_app = typer.Typer(no_args_is_help=True, help="Look at papers in files.")
app.add_typer(pages_app, name="pages")

if TYPE_CHECKING:
    from ecabinet.client.desk import Access, Changes
    from ecabinet.client.desk.desk import Desk

Profiles = Annotated[Path | None, typer.Option("--data", help="Folder for keys, papers and notes.")]
KeystoreName = Annotated[str, typer.Option("--keystore", help="What this installation's secrets are called.")]
Device = Annotated[str, typer.Option(help="What this machine is called.")]


def _hidden(value: str) -> str:
    """A secret, which standard input tells for `-`: what stands on a command line, everybody on the machine sees."""
    return sys.stdin.readline().rstrip("\r\n") if value == "-" else value


def _hidden_or_asked(value: str) -> str:
    return _hidden(value or str(typer.prompt("ecabinet://…", hide_input=True)))


_ASKED = "Asked for, unless given; - is for standard input."
_PIN_HELP = f"Digits, 6 at least, neither one repeated nor in a row. {_ASKED}"
_PIN = typer.Option("--pin", prompt="PIN", hide_input=True, callback=_hidden, help=_PIN_HELP)
_NEW_PIN = typer.Option(
    "--pin", prompt="PIN", hide_input=True, confirmation_prompt=True, callback=_hidden, help=_PIN_HELP
)
_CODE = typer.Option(
    "--code",
    prompt="Mã thành lập (founding code)",
    hide_input=True,
    callback=_hidden,
    help=f"The founding code the server printed. {_ASKED}",
)
_ADDRESS = typer.Argument(
    callback=_hidden_or_asked, help=f"ecabinet://host:port/CODE, as the registrar gave it. {_ASKED}"
)
Pin = Annotated[str, _PIN]
NewPin = Annotated[str, _NEW_PIN]
Data = Annotated[Path | None, typer.Option(help="Folder for keys, papers and the database.")]
Database = Annotated[str | None, typer.Option(help="postgresql+psycopg://… ; SQLite in the data folder by default.")]


class Invited(StrEnum):
    """The roles of which no more need be said: nobody is invited as registrar, and an assistant is somebody's."""

    CHAIR = Role.CHAIR
    MEMBER = Role.MEMBER
    SUBMITTER = Role.SUBMITTER
    SECRETARY = Role.SECRETARY
    OFFICE_LEADER = Role.OFFICE_LEADER
    CLERK = Role.CLERK
    GUEST = Role.GUEST
    UNIT_ADMINISTRATOR = Role.UNIT_ADMINISTRATOR
    ADMINISTRATOR = Role.ADMINISTRATOR


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if is_wanted:
        print(f"ecabinet {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def ecabinet(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback prints and leaves
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
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
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        from ecabinet.client.ui.words import say

        _fail(lambda: say("command.no_display"))
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
    code: Annotated[str, _CODE],
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
        _require_code(body)
        _require_name(person)
        access = _access(profiles, keystore)
        founder = Founder(body=body, name=name, name_en=name_en or name, registrar=person, office=office)
        joined = access.found(read_invitation(server, code), pin, device or platform.node(), founder)
    print(f"{joined.profile.body}\t{joined.profile.stage}\t{joined.profile.phrase}")
    _tell_recovery(joined.recovery_code)


@app.command()
def enrol(
    address: Annotated[str, _ADDRESS] = "",
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
    _tell_recovery(joined.recovery_code)


@app.command()
def invite(
    *,
    person: Annotated[str, typer.Option(help="A short name: giam-doc-so-tai-chinh.")],
    office: Annotated[str, typer.Option(help="The office, in Vietnamese.")],
    office_en: Annotated[str, typer.Option(help="The office, in English.")] = "",
    role: Annotated[list[Invited], typer.Option(help="Repeatable.")],
    profiles: Profiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: Pin,
) -> None:
    """Print a one-time address for one person. For the registrar."""
    from ecabinet.core.people import Grant

    with _errors_told():
        _require_name(person)
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
    """Confirm the enrolments whose phrases were read out by the persons themselves. For the registrar.

    A phrase's words may be given with quotation marks around them or without.
    """
    from ecabinet.client.ui.words import number, say

    with _errors_told(), _unlocked(profiles, keystore, pin) as desk:
        _sync(desk)
        waiting = desk.enrolments.waiting()
        if not phrase:
            _tell(lambda: say("command.waiting", count=number(len(waiting))))
            for each in waiting:
                print(f"{each.person}\t{each.office}\t{each.phrase}")
            return
        unknown = " ".join(" ".join(phrase).split())
        meant = [each for each in waiting if each.phrase in unknown]
        for each in meant:
            unknown = unknown.replace(each.phrase, "")
        if unknown.strip():
            _fail(lambda: say("command.nobody_waits", phrase=unknown.strip()))
        desk.enrolments.confirm(meant, pin)
        _sync(desk)
        for each in meant:
            _tell(lambda office=each.office: say("command.confirmed", office=office))  # type: ignore[misc]


@app.command()
def sync(*, profiles: Profiles = None, keystore: KeystoreName = "ecabinet", pin: Pin) -> None:
    """Send what waits, and take over what is new."""
    from ecabinet.client.ui.words import number, say

    with _errors_told(), _unlocked(profiles, keystore, pin) as desk:
        before, changes = desk.syncing.status(), _sync(desk)
        status = desk.syncing.status()
    sent = max(0, before.waiting_to_send - status.waiting_to_send)
    new = len(changes.documents) + len(changes.meetings) + len(changes.ballots)
    _tell(lambda: say("command.synced", sent=number(sent), received=number(new)))
    here, papers = status.papers_here, status.papers
    _tell(lambda: say("command.papers", here=number(here), papers=number(papers)))
    if status.waiting_to_send:
        _tell(lambda: say("command.still_waiting", count=number(status.waiting_to_send)))


@contextmanager
def _unlocked(folder: Path | None, keystore: str, pin: str) -> Iterator["Desk"]:
    """The desk of the profile used last, after a look whether it has been confirmed meanwhile."""
    from ecabinet.client.desk.access import Stage
    from ecabinet.client.desk.errors import KeyFault, KeyUnusable

    access = _access(folder, keystore)
    profiles = access.profiles()
    if not profiles:
        from ecabinet.client.ui.words import say

        _fail(lambda: say("command.no_profile"))
    profile = access.ask_again(profiles[0])
    if profile.stage is Stage.WAITING:
        raise KeyUnusable(KeyFault.WAITING)
    desk = access.unlock(profile, pin)
    try:
        yield desk
    finally:
        desk.lock()


def _access(folder: Path | None, keystore: str) -> "Access":
    from ecabinet.client import usual_folder
    from ecabinet.client.desk import Access
    from ecabinet.keys.os_keystore import Keystore

    return Access(folder or usual_folder(), Keystore(keystore))


def _sync(desk: "Desk") -> "Changes":
    """A round. Where it can't be finished, says why and leaves with 1."""
    from ecabinet.client.desk.syncing import Trouble
    from ecabinet.client.ui.troubles import explain_trouble

    before = desk.syncing.status().updated_at
    changes = desk.syncing.once()
    status = desk.syncing.status()
    trouble = status.trouble
    if trouble is None and status.updated_at == before:
        trouble = Trouble.OFFLINE  # which the status tells only after some seconds
    if trouble is not None:
        known = trouble
        _fail(lambda: explain_trouble(known).whole)
    return changes


@contextmanager
def _errors_told() -> Iterator[None]:
    """What the desk could not do, in the windows' words: what happened, what is safe, what to do."""
    from ecabinet.client.desk.errors import DeskError, RemoteError, StorageUnusable
    from ecabinet.client.ui.explanations import explain

    try:
        yield
    except (DeskError, RemoteError, StorageUnusable) as error:
        told = error  # `error` ends with this clause
        _fail(lambda: explanation.whole if (explanation := explain(told)) else type(told).__name__)


def _require_name(person: str) -> None:
    from ecabinet.client.ui.words import say

    if not fits(person, Name):
        _fail(lambda: say("command.bad_person", person=person))


def _require_code(body: str) -> None:
    from ecabinet.client.ui.words import say

    if not fits(body, AgencyCode):
        _fail(lambda: say("command.bad_body", body=body))


def _tell_recovery(code: str) -> None:
    from ecabinet.client.ui.words import say

    _tell(lambda: say("command.recovery", code=code))


def _tell(speak: Callable[[], str]) -> None:
    print(_in_both(speak))


def _fail(speak: Callable[[], str], code: int = 1) -> NoReturn:
    print(f"✗ {_in_both(speak)}", file=sys.stderr)
    raise typer.Exit(code)


def _in_both(speak: Callable[[], str]) -> str:
    """Vietnamese, and English below it; `ECABINET_LANGUAGE` asks for one alone."""
    from ecabinet.client.ui import words

    asked = [language for language in words.Language if language == os.environ.get("ECABINET_LANGUAGE")]
    said = []
    for language in asked or words.Language:
        words.use(language)
        said.append(speak())
    return "\n  ".join(said)


@app.command()
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
def demo(
    *,
    papers: Annotated[Path | None, typer.Option(help="Folder of PDFs to hold the meeting over.")] = None,
    members: Annotated[int, typer.Option(min=5, max=13, help="How many members the body has.")] = 5,
    headless: Annotated[bool, typer.Option(help="Play the whole journey off-screen, as without a display.")] = False,
    out: Annotated[Path, typer.Option(help="Where screens, evidence and report go.")] = Path("build/demo"),
) -> None:
    """Show the whole main job on this machine, without touching a real installation."""
    from ecabinet.client.ui.words import say
    from ecabinet.demo.show import BROKE_OFF, NoPapers, show

    try:
        code = show(papers=papers, members=members, headless=headless, out=out)
    except NoPapers:
        _fail(lambda: say("command.no_papers", folder=str(papers)), BROKE_OFF)
    except OSError as error:
        file, why = str(error.filename or out), error.strerror or str(error)
        _fail(lambda: say("command.demo_file", file=file, why=why), BROKE_OFF)
    raise typer.Exit(code)


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
    from ecabinet.client.ui.exporting import explain_carrying

    try:
        print(carry_files(old, new, notes))
    except (OSError, BadNotes, PaperRefused, PagesUnavailable) as error:
        told = error
        _fail(lambda: explain_carrying(told).whole)


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
        _fail(lambda: explain_export(told).whole)


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
        _fail(lambda: explain_carrying(told).whole)


def _those_given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def main() -> None:
    """Run the command line."""
    app()
