"""Machines on which the application is started, each with a folder and keystore names of its own."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecabinet.client.app import Application
from ecabinet.core.protocol import Code
from tests.ui.body import PIN, Body, wait_until
from tests.ui.hands import Hands

_numbers = itertools.count(1)


class Machine:
    """One of them. The program may be started on it again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = f"ecabinet-test-machine-{next(_numbers)}"

    @contextmanager
    def started(self, **options: object) -> Iterator[Hands]:
        """The application, closed at the end as a person closes it; nothing of it stays behind."""
        before = set(threading.enumerate())
        application = Application(folder=self.folder, service=self.service, **options)  # type: ignore[arg-type]
        try:
            yield Hands(application)
        finally:
            application.window.close()
            wait_until(lambda: application.has_ended)
            application.window.deleteLater()
        left = {thread.name for thread in set(threading.enumerate()) - before}
        assert [name for name in left if name.startswith(("lane-", "pages"))] == []


def type_invitation(hands: Hands, body: Body, code: Code, address: tuple[str, int] | None = None) -> None:
    """The first page of a first run; at another address than the server's when something lies between."""
    host, port = address or body.address
    hands.type("server_address", f"{host}:{port}")
    hands.type("enrolment_code", code.text())
    hands.press("continue")


def choose_pin(hands: Hands, pin: str = PIN) -> str:
    """The pages after it; the recovery code."""
    hands.type("pin", pin)
    hands.type("pin_again", pin)
    hands.press("continue")
    code = hands.read("recovery_code")
    hands.press("recovery_kept")
    hands.press("continue")
    return code


def enrol(hands: Hands, body: Body, person: str, address: tuple[str, int] | None = None) -> str:
    """The whole first run of somebody of the sample, up to the frame; the recovery code."""
    type_invitation(hands, body, body.cabinet.invitation_for(person), address)
    code = choose_pin(hands)
    hands.see("phrase")
    body.cabinet.confirm_waiting()
    unlock(hands)
    return code


def unlock(hands: Hands, pin: str = PIN) -> None:
    """From the PIN to the frame."""
    hands.see("unlock")
    hands.type("pin", pin)
    hands.keys("Return")
    hands.see("place.attention")
