"""One's own keys, by keyboard alone: what they are, another PIN, another device that is lost, keys that run out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from ecabinet.core.losses import LostDevices
from ecabinet.core.protocol import Path as ServerPath
from ecabinet.core.register import RevocationReason
from tests.ui.body import PIN, WRONG_PIN, Body, wait_until
from tests.ui.hands import Hands
from tests.ui.machines import Machine, enrol, type_invitation, unlock

PERSON = "giam-doc-so-noi-vu"
NEW_PIN = "864297"

pytestmark = pytest.mark.long


@pytest.fixture
def machine(body: Body, dressed: QApplication, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.fixture
def hands(body: Body, machine: Machine) -> Iterator[Hands]:
    with machine.started() as hands:
        enrol(hands, body, PERSON)
        hands.see("next_meeting")
        yield hands


def test_the_page_tells_of_every_device_and_what_to_do_when_one_is_lost(
    body: Body, hands: Hands, tmp_path: Path
) -> None:
    with Machine(tmp_path / "second").started() as second:
        enrol(second, body, PERSON)
        second.see("next_meeting")
        second.keys("Ctrl+,")
        mine = second.read("phrase")
        second.see("report_lost")
        second.hear("Máy khác của đồng chí")
        second.hear("Khóa ký nằm trên máy này")
        second.hear("Mã khôi phục chỉ hiện một lần")
        second.press("report_lost")
        second.hear("hãy gọi thêm điện thoại")
        assert mine not in second.read("own_keys_phrase")
        second.press("send_report")
        second.hear("Đã đề nghị thu hồi lúc")
        cabinet = body.cabinet
        waiting = cabinet.caller("registrar").ask(LostDevices, "GET", cabinet.path(ServerPath.LOST_DEVICES))
        assert [each.reason for each in waiting.devices] == [RevocationReason.DEVICE_LOST]


def test_another_pin_opens_and_the_old_one_no_longer_does(machine: Machine, body: Body, dressed: QApplication) -> None:
    with machine.started() as hands:
        enrol(hands, body, PERSON)
        hands.keys("Ctrl+,")
        hands.press("change_pin")
        for old, new, told in ((WRONG_PIN, NEW_PIN, "Còn 4 lần thử"), (PIN, "111111", "quá dễ đoán")):
            hands.type("old_pin", old)
            hands.type("pin", new)
            hands.type("pin_again", new)
            hands.keys("Return")
            hands.hear(told)
        hands.type("old_pin", PIN)
        hands.type("pin", NEW_PIN)
        hands.type("pin_again", NEW_PIN)
        hands.keys("Return")
        hands.hear("Đã đổi mã PIN của máy này.")
        hands.keys("Ctrl+L")
        hands.see("unlock")
        hands.type("pin", PIN)
        hands.keys("Return")
        hands.hear("Còn 4 lần thử")
        unlock(hands, NEW_PIN)


def test_a_recovery_code_is_made_anew_and_shown_until_it_is_kept(hands: Hands) -> None:
    hands.keys("Ctrl+,")
    hands.press("new_recovery")
    hands.type("pin", WRONG_PIN)
    hands.keys("Return")
    hands.hear("Còn 4 lần thử")
    hands.type("pin", PIN)
    hands.keys("Return")
    hands.hear("mã cũ đã hết hiệu lực")
    assert len(hands.read("recovery_code").split("-")) == 7
    hands.keys("Escape")
    assert hands.sees("recovery_code")
    hands.press("recovery_kept")
    hands.press("recovery_done")
    wait_until(lambda: not hands.sees("recovery_code"))


def test_keys_that_run_out_are_told_of_and_changed_with_a_new_code(machine: Machine, body: Body, hands: Hands) -> None:
    hands.keys("Ctrl+,")
    before = hands.read("phrase")
    hands.press("renew_keys")
    hands.hear("chọn Đổi khóa")
    hands.keys("Escape")
    hands.keys("Ctrl+L")
    hands.press("renew")
    hands.type("pin", WRONG_PIN)
    type_invitation(hands, body, body.cabinet.invitation_for(PERSON))
    hands.hear("Còn 4 lần thử")
    hands.type("pin", PIN)
    hands.keys("Return")
    assert hands.read("phrase") != before
    body.cabinet.confirm_waiting()
    unlock(hands)
    hands.see("next_meeting")
    hands.keys("Ctrl+,")
    wait_until(lambda: hands.sees("report_lost"))
    hands.hear("Khóa cũ của máy này")
    hands.hear("Máy này đã đổi khóa mới và không còn ký bằng khóa này")
