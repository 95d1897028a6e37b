"""Commands of a person and his device: founding a body, enrolling, inviting, confirming, sync."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ecabinet.cli.asking import Address, FoundingCode, NewPin, Pin, TokenPin, read_certificate, token_pin_of
from ecabinet.cli.speaking import advise, both, errors_told, fail, tell
from ecabinet.core.codec import AgencyCode, Name, fits
from ecabinet.core.people import Role

if TYPE_CHECKING:
    from ecabinet.client.desk import Access, Changes
    from ecabinet.client.desk.desk import Desk
    from ecabinet.client.desk.enrolments import WaitingEnrolment
    from ecabinet.client.desk.tokens import TokenChoice
    from ecabinet.core.register import WitnessPolicy

app = typer.Typer()


def _has_profile(folder: Path | None) -> Path | None:
    """Before anybody is asked for the PIN of a profile that is not there."""
    from ecabinet.client.ui.words import say

    if not _access(folder, "").profiles():
        fail(lambda: say("command.no_profile"))
    return folder


def _short_name(person: str) -> str:
    from ecabinet.client.ui.words import say

    if not fits(person, Name):
        fail(lambda: say("command.bad_person", person=person))
    return person


_DATA_HELP = both("Thư mục chứa khóa, tài liệu và ghi chú.", "Folder for keys, papers and notes.")
Profiles = Annotated[Path | None, typer.Option("--data", help=_DATA_HELP)]
UsedProfiles = Annotated[Path | None, typer.Option("--data", callback=_has_profile, help=_DATA_HELP)]
KeystoreName = Annotated[
    str,
    typer.Option(
        "--keystore",
        help=both(
            "Tên của các bí mật thuộc bản cài đặt này trong kho khóa.", "What this installation's secrets are called."
        ),
    ),
]
Device = Annotated[str, typer.Option(help=both("Tên gọi của máy này.", "What this machine is called."))]
TokenKey = Annotated[
    str,
    typer.Option(
        "--token",
        help=both(
            "Ký bằng khóa trên thiết bị ký số: địa chỉ do lệnh ecabinet key list in ra.",
            "Sign with a key on a token: its address, as ecabinet key list prints it.",
        ),
    ),
]


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


@app.command(
    help=both(
        "Thiết lập cơ quan: người thiết lập là người phụ trách đăng ký, chứng thư của người này là gốc tin cậy.",
        "Found a body: whoever does so is its registrar, whose certificate is what verifiers trust.",
    )
)
def found(
    *,
    server: Annotated[str, typer.Option(help=both("địa chỉ:cổng", "host:port"))],
    code: FoundingCode,
    body: Annotated[
        str, typer.Option(help=both("Mã định danh cơ quan, ví dụ H49.1.", "The agency's identifier code, as H49.1."))
    ],
    name: Annotated[str, typer.Option(help=both("Tên cơ quan bằng tiếng Việt.", "The body's name, in Vietnamese."))],
    name_en: Annotated[
        str, typer.Option(help=both("Tên cơ quan bằng tiếng Anh.", "The body's name, in English."))
    ] = "",
    person: Annotated[
        str,
        typer.Option(
            callback=_short_name, help=both("Tên ngắn của người phụ trách đăng ký.", "A short name for the registrar.")
        ),
    ] = "registrar",
    office: Annotated[str, typer.Option(help=both("Chức vụ của người phụ trách đăng ký.", "The registrar's office."))],
    witness: Annotated[
        list[str] | None,
        typer.Option(
            help=both(
                "Khóa kiểm tra của một nhân chứng của sổ, do lệnh ecabinet witness check in ra; dùng được nhiều lần.",
                "The verifier key of a witness of the ledger, as ecabinet witness check prints it; repeatable.",
            )
        ),
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=both(
                "Số nhân chứng phải xác nhận; mặc định là quá nửa.", "How many must cosign; more than half by default."
            ),
        ),
    ] = None,
    device: Device = "",
    token: TokenKey = "",
    token_pin: TokenPin = "",
    profiles: Profiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: NewPin,
) -> None:
    """Found a body: whoever does so is its registrar, whose certificate is what verifiers trust."""
    from ecabinet.client.desk.access import Founder, read_invitation
    from ecabinet.client.desk.errors import BadInvitation, RefusedByServer
    from ecabinet.client.ui.words import say
    from ecabinet.core.protocol import Reason

    with errors_told(is_joining=True):
        _require_code(body)
        access = _access(profiles, keystore)
        founder = Founder(
            body=body,
            name=name,
            name_en=name_en or name,
            registrar=person,
            office=office,
            witnesses=_witness_policy(witness or [], quorum),
        )
        choice = _choice(token, token_pin)
        try:
            joined = access.found(read_invitation(server, code), pin, device or platform.node(), founder, choice)
        except BadInvitation:
            fail(lambda: say("command.bad_founding_address"))
        except RefusedByServer as error:
            if error.refusal.reason not in {Reason.WRONG_CODE, Reason.USED_CODE, Reason.EXPIRED_CODE}:
                raise
            fail(lambda: say("command.bad_founding_code"))
    print(f"{joined.profile.body}\t{joined.profile.stage}\t{joined.profile.phrase}")
    _tell_recovery(joined.recovery_code)
    advise(lambda: say("command.founded"))


@app.command(
    help=both(
        "Yêu cầu đăng ký máy này, rồi đọc cụm từ cho người phụ trách đăng ký.",
        "Ask for enrolment of this device. Read the phrase to the registrar.",
    )
)
def enrol(
    address: Address = "",
    *,
    device: Device = "",
    token: TokenKey = "",
    token_pin: TokenPin = "",
    profiles: Profiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: NewPin,
) -> None:
    """Ask for enrolment of this device. Read the phrase to the registrar."""
    from ecabinet.client.desk.access import read_invitation
    from ecabinet.client.ui.words import say

    with errors_told(is_joining=True):
        invitation, choice = read_invitation(address), _choice(token, token_pin)
        joined = _access(profiles, keystore).join(invitation, pin, device or platform.node(), choice)
    print(f"{joined.profile.person}\t{joined.profile.stage}\t{joined.profile.phrase}")
    _tell_recovery(joined.recovery_code)
    advise(lambda: say("command.read_phrase", phrase=joined.profile.phrase))


@app.command(
    help=both(
        "In địa chỉ đăng ký dùng một lần cho một người. Dành cho người phụ trách đăng ký.",
        "Print a one-time address for one person. For the registrar.",
    )
)
def invite(
    *,
    person: Annotated[
        str,
        typer.Option(
            callback=_short_name,
            help=both("Tên ngắn, ví dụ giam-doc-so-tai-chinh.", "A short name: giam-doc-so-tai-chinh."),
        ),
    ],
    office: Annotated[str, typer.Option(help=both("Chức vụ bằng tiếng Việt.", "The office, in Vietnamese."))],
    office_en: Annotated[str, typer.Option(help=both("Chức vụ bằng tiếng Anh.", "The office, in English."))] = "",
    role: Annotated[list[Invited], typer.Option(help=both("Vai trò; dùng được nhiều lần.", "Role; repeatable."))],
    profiles: UsedProfiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: Pin,
) -> None:
    """Print a one-time address for one person. For the registrar."""
    from ecabinet.client.ui.words import say
    from ecabinet.core.people import Grant

    with errors_told(), unlocked(profiles, keystore, pin) as desk:
        grants = [Grant(role=Role(each), from_at=datetime.now(UTC)) for each in role]
        invited = desk.enrolments.invite(person=person, office=office, office_en=office_en, grants=grants)
        until = invited.expires_at.astimezone(ZoneInfo(desk.me().time_zone))
    print(invited.address)
    tell(lambda: say("command.expires", until=_in_words(until)))
    advise(lambda: say("command.invited"))


def _in_words(at: datetime) -> str:
    """To the minute, in its own zone: 20:56 ngày 07/12/2026 (UTC+07:00), 7 Dec 2026 20:56 +07:00."""
    from ecabinet.client.ui.words import Language, language

    offset = at.isoformat(timespec="minutes")[len("2026-12-07T20:56") :]
    if language() is Language.VIETNAMESE:
        return f"{at:%H:%M} ngày {at:%d/%m/%Y} (UTC{offset})"
    return f"{at.day} {at:%b %Y %H:%M} {offset}"


@app.command(
    help=both(
        "Xác nhận các yêu cầu mà chính người yêu cầu đã đọc cụm từ. Dành cho người phụ trách đăng ký.",
        "Confirm the enrolments whose phrases were read out by the persons themselves. For the registrar.",
    )
)
def confirm(
    phrase: Annotated[
        list[str] | None,
        typer.Argument(
            help=both(
                "Các cụm từ đã được đọc, có hoặc không có ngoặc kép; nếu không ghi thì liệt kê.",
                "Phrases that were read out, quoted or not; without any, lists.",
            )
        ),
    ] = None,
    *,
    certificate: Annotated[
        list[Path] | None,
        typer.Option(
            help=both(
                "Chứng thư số (PEM, DER) mà tổ chức đã được chấp nhận cấp cho khóa của người đó; dùng được nhiều lần.",
                "Certificate (PEM, DER) that an admitted authority gave for such a key; repeatable.",
            )
        ),
    ] = None,
    token_pin: TokenPin = "",
    profiles: UsedProfiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: Pin,
) -> None:
    """Confirm the enrolments whose phrases were read out by the persons themselves. For the registrar.

    A phrase's words may be given with quotation marks around them or without.
    """
    from ecabinet.client.ui.words import number, say

    with errors_told(), unlocked(profiles, keystore, pin) as desk:
        synced(desk)
        waiting = desk.enrolments.waiting()
        if not phrase:
            tell(lambda: say("command.waiting", count=number(len(waiting))))
            for each in waiting:
                print(f"{each.person}\t{each.office}\t{each.phrase}\t{_granted(each)}")
                _advise_doubts(each)
            return
        unknown = " ".join(" ".join(phrase).split())
        meant = [each for each in waiting if each.phrase in unknown]
        for each in meant:
            unknown = unknown.replace(each.phrase, "")
        if unknown.strip():
            fail(lambda: say("command.nobody_waits", phrase=unknown.strip()))
        for path in certificate or ():
            meant = desk.enrolments.certified(meant, read_certificate(path))
        with recorded(desk):
            desk.enrolments.confirm(meant, token_pin_of(token_pin) if desk.keys().is_on_token else pin)
        for each in meant:
            tell(lambda office=each.office: say("command.confirmed", office=office))  # type: ignore[misc]


@app.command(help=both("Gửi việc đang chờ và nhận nội dung mới.", "Send what waits, and take over what is new."))
def sync(*, profiles: UsedProfiles = None, keystore: KeystoreName = "ecabinet", pin: Pin) -> None:
    """Send what waits, and take over what is new."""
    from ecabinet.client.ui.words import number, say

    with errors_told(), unlocked(profiles, keystore, pin) as desk:
        before, changes = desk.syncing.status(), synced(desk)
        status = desk.syncing.status()
    sent = max(0, before.waiting_to_send - status.waiting_to_send)
    new = len(changes.documents) + len(changes.meetings) + len(changes.ballots)
    tell(lambda: say("command.synced", sent=number(sent), received=number(new)))
    here, papers = status.papers_here, status.papers
    tell(lambda: say("command.papers", here=number(here), papers=number(papers)))
    if status.waiting_to_send:
        tell(lambda: say("command.still_waiting", count=number(status.waiting_to_send)))


def _granted(waiting: "WaitingEnrolment") -> str:
    """The roles as `invite` takes them, an assistant's with whom he helps: `secretary,assistant:chu-tich`."""
    return ",".join(
        each.role if each.for_person is None else f"{each.role}:{each.for_person}" for each in waiting.grants
    )


def _advise_doubts(waiting: "WaitingEnrolment") -> None:
    """In what the request is not what was invited from this machine."""
    from ecabinet.client.desk.enrolments import Doubt
    from ecabinet.client.ui.words import Names

    named = Names("enrolments.doubt", Doubt)
    for doubt in waiting.doubts:
        advise(lambda doubt=doubt: f"✗ {waiting.person}: {named(doubt, person=waiting.person)}")  # type: ignore[misc]


@contextmanager
def unlocked(folder: Path | None, keystore: str, pin: str) -> Iterator["Desk"]:
    """The desk of the profile used last, after a look whether it has been confirmed meanwhile."""
    from ecabinet.client.desk.access import Stage
    from ecabinet.client.desk.errors import KeyFault, KeyUnusable

    access = _access(folder, keystore)
    with errors_told(is_joining=True, has_asked=True):  # a profile that is confirmed asks nobody
        profile = access.ask_again(access.profiles()[0])
        if profile.stage is Stage.WAITING:
            raise KeyUnusable(KeyFault.WAITING)
    desk = access.unlock(profile, pin)
    try:
        yield desk
    finally:
        desk.lock()


def _choice(token: str, pin: str) -> "TokenChoice | None":
    from ecabinet.client.desk.tokens import TokenChoice

    return TokenChoice(address=token, pin=token_pin_of(pin)) if token else None


def _access(folder: Path | None, keystore: str) -> "Access":
    from ecabinet.client import usual_folder
    from ecabinet.client.desk import Access
    from ecabinet.keys.os_keystore import Keystore

    return Access(folder or usual_folder(), Keystore(keystore))


def synced(desk: "Desk") -> "Changes":
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


@contextmanager
def recorded(desk: "Desk") -> Iterator[None]:
    """Around what signs: sends it. Unless all of it is recorded, says what became of it and leaves with 1."""
    from ecabinet.client.desk.errors import RefusedByServer
    from ecabinet.client.ui.troubles import explain_trouble
    from ecabinet.client.ui.words import say

    before = frozenset(each.statement for each in desk.syncing.signed())
    yield
    desk.syncing.once()
    signed = desk.syncing.signed(but=before)
    for each in signed:
        if each.refusal is not None:
            raise RefusedByServer(each.refusal)
    trouble = desk.syncing.status().trouble

    def tell_of_waiting() -> str:
        why = [] if trouble is None else [explain_trouble(trouble).happened]
        return " ".join([*why, say("command.signed_and_waits")])

    if not all(each.is_recorded for each in signed):
        fail(tell_of_waiting)


def _require_code(body: str) -> None:
    from ecabinet.client.ui.words import say

    if not fits(body, AgencyCode):
        fail(lambda: say("command.bad_body", body=body))


def _witness_policy(keys: list[str], quorum: int | None) -> "WitnessPolicy":
    from ecabinet.client.ui.words import say
    from ecabinet.core.register import WitnessPolicy

    for key in keys:
        _require_witness(key)
    asked = quorum or (len(keys) // 2 + 1 if keys else 0)
    if len(set(keys)) < len(keys) or asked > len(keys):
        fail(lambda: say("command.bad_quorum", quorum=str(asked), witnesses=str(len(set(keys)))))
    return WitnessPolicy(quorum=asked, keys=tuple(keys))


def _require_witness(key: str) -> None:
    from ecabinet.client.ui.words import say
    from ecabinet.core.cosignature import read_witness_key
    from ecabinet.core.ledger import ProofError

    try:
        read_witness_key(key)
    except ProofError:
        fail(lambda: say("command.bad_witness", key=key))


def _tell_recovery(code: str) -> None:
    from ecabinet.client.ui.words import say

    tell(lambda: say("command.recovery", code=code))
