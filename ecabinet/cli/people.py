"""Commands of a person and his device: founding a body, enrolling, inviting, confirming, sync."""

import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ecabinet.cli.speaking import errors_told, fail, tell
from ecabinet.core.codec import AgencyCode, Name, fits
from ecabinet.core.people import Role

if TYPE_CHECKING:
    from ecabinet.client.desk import Access, Changes
    from ecabinet.client.desk.desk import Desk

app = typer.Typer()

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
    prompt="Mã thiết lập (founding code)",
    hide_input=True,
    callback=_hidden,
    help=f"The founding code the server printed. {_ASKED}",
)
_ADDRESS = typer.Argument(
    is_eager=True,  # else the PIN would be the first line of standard input
    callback=_hidden_or_asked,
    help=f"ecabinet://host:port/CODE, as the registrar gave it. {_ASKED}",
)
Pin = Annotated[str, _PIN]
NewPin = Annotated[str, _NEW_PIN]


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

    with errors_told():
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

    with errors_told():
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

    with errors_told():
        _require_name(person)
    with errors_told(), _unlocked(profiles, keystore, pin) as desk:
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

    with errors_told(), _unlocked(profiles, keystore, pin) as desk:
        _sync(desk)
        waiting = desk.enrolments.waiting()
        if not phrase:
            tell(lambda: say("command.waiting", count=number(len(waiting))))
            for each in waiting:
                print(f"{each.person}\t{each.office}\t{each.phrase}")
            return
        unknown = " ".join(" ".join(phrase).split())
        meant = [each for each in waiting if each.phrase in unknown]
        for each in meant:
            unknown = unknown.replace(each.phrase, "")
        if unknown.strip():
            fail(lambda: say("command.nobody_waits", phrase=unknown.strip()))
        desk.enrolments.confirm(meant, pin)
        _sync(desk)
        for each in meant:
            tell(lambda office=each.office: say("command.confirmed", office=office))  # type: ignore[misc]


@app.command()
def sync(*, profiles: Profiles = None, keystore: KeystoreName = "ecabinet", pin: Pin) -> None:
    """Send what waits, and take over what is new."""
    from ecabinet.client.ui.words import number, say

    with errors_told(), _unlocked(profiles, keystore, pin) as desk:
        before, changes = desk.syncing.status(), _sync(desk)
        status = desk.syncing.status()
    sent = max(0, before.waiting_to_send - status.waiting_to_send)
    new = len(changes.documents) + len(changes.meetings) + len(changes.ballots)
    tell(lambda: say("command.synced", sent=number(sent), received=number(new)))
    here, papers = status.papers_here, status.papers
    tell(lambda: say("command.papers", here=number(here), papers=number(papers)))
    if status.waiting_to_send:
        tell(lambda: say("command.still_waiting", count=number(status.waiting_to_send)))


@contextmanager
def _unlocked(folder: Path | None, keystore: str, pin: str) -> Iterator["Desk"]:
    """The desk of the profile used last, after a look whether it has been confirmed meanwhile."""
    from ecabinet.client.desk.access import Stage
    from ecabinet.client.desk.errors import KeyFault, KeyUnusable

    access = _access(folder, keystore)
    profiles = access.profiles()
    if not profiles:
        from ecabinet.client.ui.words import say

        fail(lambda: say("command.no_profile"))
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
    from ecabinet.client.ui.words import say

    before = desk.syncing.status().updated_at
    changes = desk.syncing.once()
    status = desk.syncing.status()
    trouble = status.trouble
    if trouble is Trouble.OFFLINE or (trouble is None and status.updated_at == before):
        fail(lambda: say("command.unreachable"))  # the status tells it only after some seconds, and of a next try
    if trouble is not None:
        known = trouble
        fail(lambda: explain_trouble(known).whole)
    return changes


def _require_name(person: str) -> None:
    from ecabinet.client.ui.words import say

    if not fits(person, Name):
        fail(lambda: say("command.bad_person", person=person))


def _require_code(body: str) -> None:
    from ecabinet.client.ui.words import say

    if not fits(body, AgencyCode):
        fail(lambda: say("command.bad_body", body=body))


def _tell_recovery(code: str) -> None:
    from ecabinet.client.ui.words import say

    tell(lambda: say("command.recovery", code=code))
