"""A keystore that is absent, locked or refused when a person wants in: told with what to do, and nothing lost."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest
import secretstorage
from PySide6.QtWidgets import QApplication

from ecabinet.keys.secret_service import private_secret_service
from tests.keys.prompter import prompter
from tests.ui.body import PIN, Body, wait_until
from tests.ui.hands import Hands
from tests.ui.machines import Machine, choose_pin, enrol, type_invitation, unlock

PERSON = "giam-doc-cong-an-tinh"
PASSWORD = "mật khẩu"
SAFE = "Tài liệu, ghi chú và ý kiến đã lưu trên máy vẫn còn nguyên."


@pytest.fixture
def keyring(body: Body, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a Secret Service of this test's own, which it may lock or take away."""
    folder = tmp_path / "keyring"
    folder.mkdir()
    with private_secret_service(folder, PASSWORD) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield folder


@pytest.fixture
def machine(dressed: QApplication, keyring: Path, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def lock_keyring() -> None:
    with closing(secretstorage.dbus_init()) as connection:
        secretstorage.get_default_collection(connection).lock()


def try_to_unlock(hands: Hands) -> None:
    """And wait until it did not work."""
    hands.type("pin", PIN)
    hands.keys("Return")
    wait_until(lambda: hands.see("pin").isEnabled())


@pytest.mark.long
def test_a_locked_keystore_is_told_and_opens_later(
    body: Body, machine: Machine, keyring: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with machine.started() as hands:
        enrol(hands, body, PERSON)
        hands.see("next_meeting")
    lock_keyring()
    with machine.started() as hands:
        try_to_unlock(hands)
        hands.hear("Kho khóa của hệ điều hành đang bị khóa.")
        hands.hear("Hãy mở khóa kho khóa của hệ điều hành rồi thử lại.")
        hands.hear(SAFE)
        with prompter(answers=True) as asked:
            try_to_unlock(hands)
            hands.hear("Yêu cầu mở kho khóa đã bị từ chối.")
            hands.hear("Hãy thử lại và đồng ý khi hệ điều hành hỏi.")
            hands.hear(SAFE)
            assert asked.is_set()
        with private_secret_service(copytree(keyring, tmp_path / "opened"), PASSWORD) as opened:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", opened["DBUS_SESSION_BUS_ADDRESS"])
            unlock(hands)
            hands.see("next_meeting")


def test_a_keystore_that_is_gone_is_told_and_costs_no_try(
    body: Body, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with machine.started() as hands:
        enrol(hands, body, PERSON)
    with machine.started() as hands:
        with monkeypatch.context() as without:
            without.delenv("DBUS_SESSION_BUS_ADDRESS")
            for _ in range(6):
                try_to_unlock(hands)
                hands.hear("Máy này không có kho khóa của hệ điều hành.")
            hands.hear("GNOME Keyring, Windows Credential Manager hoặc Keychain")
            hands.hear(SAFE)
        unlock(hands)
        hands.see("next_meeting")


def test_a_first_run_without_a_keystore_does_not_use_the_code_up(
    body: Body, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with machine.started() as hands:
        type_invitation(hands, body, body.cabinet.invitation_for(PERSON))
        with monkeypatch.context() as without:
            without.delenv("DBUS_SESSION_BUS_ADDRESS")
            hands.type("pin", PIN)
            hands.type("pin_again", PIN)
            hands.keys("Return")
            hands.hear("Máy này không có kho khóa của hệ điều hành.")
        choose_pin(hands)
        hands.see("phrase")
        body.cabinet.confirm_waiting()
        unlock(hands)
