"""Commands of the registrar for what seldom happens: a key to be revoked, a restored server, an outside authority."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ecabinet.cli.asking import Pin, TokenPin, read_certificate, token_pin_of
from ecabinet.cli.people import KeystoreName, UsedProfiles, recorded, synced, unlocked
from ecabinet.cli.speaking import both, errors_told, fail, tell

app = typer.Typer(no_args_is_help=True, help=both("Việc của người phụ trách đăng ký.", "What only the registrar does."))


@app.command(
    help=both(
        "Sau khi máy chủ được khôi phục từ bản sao lưu: cho biết phần sổ đã mất; --begin để ký mở kỳ sổ mới.",
        "After the server was restored from a backup: says what of the ledger is gone; --begin signs a new epoch.",
    )
)
def epoch(
    *,
    begin: Annotated[
        bool, typer.Option("--begin", help=both("Ký mở kỳ sổ mới.", "Sign the beginning of a new epoch."))
    ] = False,
    token_pin: TokenPin = "",
    profiles: UsedProfiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: Pin,
) -> None:
    """After the server was restored from a backup: says what of the ledger is gone; --begin signs a new epoch."""
    from ecabinet.client.ui.words import number, say

    with errors_told(), unlocked(profiles, keystore, pin) as desk:
        pending = desk.restoring.pending()
        if pending is None:
            tell(lambda: say("command.no_epoch"))
            return
        restored, known = number(pending.restored_size), number(pending.known_size)
        gone = number(pending.known_size - pending.restored_size)
        tell(lambda: say("command.epoch_pending", restored=restored, known=known, gone=gone))
        tell(lambda: say("command.epoch_anew", count=number(pending.signed_anew)))
        if not begin:
            tell(lambda: say("command.epoch_to_do"))
            return
        with recorded(desk):
            desk.restoring.begin(token_pin_of(token_pin) if desk.keys().is_on_token else pin)
        tell(lambda: say("command.epoch_begun", epoch=number(pending.epoch)))


@app.command(
    help=both(
        "Chấp nhận một tổ chức cấp chứng thư bên ngoài: từ nay đăng ký được khóa bằng chứng thư do tổ chức đó cấp.",
        "Admit an outside authority: from now on keys may be enrolled with certificates that it issued.",
    )
)
def admit_authority(
    certificate: Annotated[
        Path,
        typer.Argument(
            help=both("Chứng thư (PEM, DER) của chính nơi cấp.", "Certificate (PEM, DER) of the very one that issues.")
        ),
    ],
    *,
    token_pin: TokenPin = "",
    profiles: UsedProfiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: Pin,
) -> None:
    """Admit an outside authority: from now on keys may be enrolled with certificates that it issued."""
    from ecabinet.client.ui.words import say
    from ecabinet.core.certificates import describe

    with errors_told(), unlocked(profiles, keystore, pin) as desk:
        synced(desk)
        encoded = read_certificate(certificate)
        with recorded(desk):
            desk.enrolments.admit(encoded, token_pin_of(token_pin) if desk.keys().is_on_token else pin)
        tell(lambda: say("command.admitted", name=describe(encoded).subject))


@app.command(
    help=both(
        "Thu hồi khóa của một thiết bị, theo cụm từ của thiết bị đó; nếu không ghi thì liệt kê các thiết bị.",
        "Revoke the key of the device with this phrase; without any, lists the devices.",
    )
)
def revoke(
    phrase: Annotated[
        list[str] | None,
        typer.Argument(help=both("Cụm từ của thiết bị.", "The device's phrase, quoted or not.")),
    ] = None,
    *,
    reason: Annotated[
        Literal["key_compromise", "device_lost", "left_office", "superseded"],
        typer.Option(help=both("Lý do.", "Why.")),
    ] = "device_lost",
    token_pin: TokenPin = "",
    profiles: UsedProfiles = None,
    keystore: KeystoreName = "ecabinet",
    pin: Pin,
) -> None:
    """Revoke the key of the device with this phrase; without any, lists the devices."""
    from ecabinet.client.ui.words import say
    from ecabinet.core.register import RevocationReason

    with errors_told(), unlocked(profiles, keystore, pin) as desk:
        synced(desk)
        devices = [(person, device) for person in desk.enrolments.people() for device in person.devices]
        if not phrase:
            for person, device in devices:
                asked = "" if device.reported is None else say("command.asked_to_revoke")
                print(f"{person.person}\t{person.office}\t{device.phrase}\t{device.not_after:%Y-%m-%d}\t{asked}")
            return
        wanted = " ".join(" ".join(phrase).split())
        meant = next(((person, device) for person, device in devices if device.phrase == wanted), None)
        if meant is None:
            fail(lambda: say("command.no_such_device", phrase=wanted))
        person, device = meant
        with recorded(desk):
            own_pin = token_pin_of(token_pin) if desk.keys().is_on_token else pin
            desk.enrolments.revoke(person.person, device.certificate_digest, RevocationReason(reason), own_pin)
        tell(lambda: say("command.revoked", office=person.office))
