"""Commands of the registrar for what seldom happens: a server that was restored from a backup."""

from typing import Annotated

import typer

from ecabinet.cli.asking import Pin, TokenPin, token_pin_of
from ecabinet.cli.people import KeystoreName, UsedProfiles, synced, unlocked
from ecabinet.cli.speaking import both, errors_told, tell

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
        desk.restoring.begin(token_pin_of(token_pin) if desk.keys().is_on_token else pin)
        synced(desk)
        tell(lambda: say("command.epoch_begun", epoch=number(pending.epoch)))
