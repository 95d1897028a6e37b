"""The first run and unlocking, by keyboard alone: the real application, a real keystore, a real server."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from ecabinet.client.desk.access import LONGEST_PIN, PIN_LENGTH
from ecabinet.client.desk.errors import OtherCertificate
from ecabinet.client.ui.explanations import explain_joining
from ecabinet.client.ui.widgets import pin
from ecabinet.client.ui.words import Language
from ecabinet.core import protocol
from ecabinet.core.register import fingerprint_phrase
from ecabinet.keys.certificates import generate_key
from tests.services.tokens import TOKEN_PIN, SoftToken
from tests.ui.body import PIN, WRONG_PIN, Body, wait_until
from tests.ui.hands import Hands
from tests.ui.machines import Machine, choose_pin, enrol, type_invitation, unlock

PERSON = "giam-doc-so-noi-vu"
OFFICE = "Giám đốc Sở Nội vụ"
NOTHING_CHANGED = "Chưa đăng ký gì; trên máy này không có gì bị thay đổi."


@pytest.fixture
def machine(body: Body, dressed: QApplication, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.fixture
def hands(machine: Machine) -> Iterator[Hands]:
    with machine.started() as hands:
        yield hands


def waiting(body: Body) -> list[protocol.Enrolment]:
    """As the registrar's machine has them."""
    rows = body.cabinet.read_all("registrar")
    latest = {row.enrolment.enrolment: row.enrolment for row in rows if row.enrolment is not None}
    return [each for each in latest.values() if each.state is protocol.EnrolmentState.WAITING]


def test_a_first_run_leads_from_the_code_to_what_waits(body: Body, hands: Hands) -> None:
    body.cabinet.ask(due_in=timedelta(hours=3))
    type_invitation(hands, body, body.cabinet.invitation_for(PERSON))
    choose_pin(hands)
    phrase = hands.read("phrase")
    assert phrase in [fingerprint_phrase(each.keys.fingerprint) for each in waiting(body)]
    body.cabinet.confirm_waiting()
    hands.see("unlock")
    assert f"đồng chí là {OFFICE}" in hands.everything_said()
    unlock(hands)
    hands.see("next_meeting")
    rows = hands.go_to("rows")
    wait_until(lambda: hands.row(rows, "khắc phục hậu quả mưa lũ") is not None)


def test_a_first_run_may_choose_a_key_on_a_token(
    body: Body, hands: Hands, softhsm: Path, make_token: Callable[[str], SoftToken]
) -> None:
    type_invitation(hands, body, body.cabinet.invitation_for(PERSON))
    hands.press("look_for_tokens")
    hands.hear("Chưa thấy thiết bị ký số nào đang cắm.")
    make_token("Thẻ ký số").put_key(generate_key(), "01")
    hands.press("look_for_tokens")
    hands.see("token_key")
    for pin_of_token, told in (("000000", "Mã PIN của thiết bị ký số không đúng."), (TOKEN_PIN, "")):
        hands.type("pin", PIN)
        hands.type("pin_again", PIN)
        hands.type("token_pin", pin_of_token)
        hands.press("continue")
        if told:
            hands.hear(told)
            hands.hear(NOTHING_CHANGED)
    hands.press("recovery_kept")
    hands.press("continue")
    assert hands.read("phrase") in [fingerprint_phrase(each.keys.fingerprint) for each in waiting(body)]
    body.cabinet.confirm_waiting()
    hands.see("unlock")
    unlock(hands)


def test_an_address_and_code_may_be_pasted_in_one_piece(body: Body, hands: Hands) -> None:
    host, port = body.address
    hands.type("server_address", f"ecabinet://{host}:{port}/{body.cabinet.invitation_for(PERSON).text()}")
    assert not hands.sees("enrolment_code")
    hands.keys("Return")
    hands.see("pin_again")


@pytest.mark.parametrize("code", ["", "ABCD-EFGH", "không phải mã"])
def test_what_is_no_code_is_told_beside_its_field(body: Body, hands: Hands, code: str) -> None:
    hands.type("server_address", "127.0.0.1:8443")
    hands.type("enrolment_code", code)
    hands.keys("Return")
    hands.hear("mã gồm tám nhóm, mỗi nhóm bốn ký tự")
    assert hands.read("enrolment_code") == code


def test_a_server_that_the_code_does_not_mean_is_not_trusted(body: Body, hands: Hands) -> None:
    type_invitation(hands, body, replace(body.cabinet.invitation_for(PERSON), ca_key_hash=bytes(10)))
    hands.type("pin", PIN)
    hands.type("pin_again", PIN)
    hands.keys("Return")
    hands.hear("Máy chủ trả lời không phải là máy chủ mà mã này được cấp cho. Chưa gửi gì đi.")
    hands.hear(NOTHING_CHANGED)


def test_a_code_that_nobody_gave_out_is_told_and_another_may_be_typed(body: Body, hands: Hands) -> None:
    type_invitation(hands, body, replace(body.cabinet.invitation_for(PERSON), secret=bytes(10)))
    hands.type("pin", PIN)
    hands.type("pin_again", PIN)
    hands.keys("Return")
    hands.hear("Mã đăng ký không đúng.")
    hands.hear("Hãy nhập lại đúng mã do Văn phòng cấp.")
    hands.hear(NOTHING_CHANGED)
    hands.see("enrolment_code")


def test_a_used_code_is_told_and_another_may_be_typed(body: Body, hands: Hands) -> None:
    code = body.cabinet.invitation_for(PERSON)
    type_invitation(hands, body, code)
    choose_pin(hands)
    hands.see("phrase")
    hands.press("other_profile")
    hands.press("join")
    type_invitation(hands, body, code)
    hands.type("pin", PIN)
    hands.type("pin_again", PIN)
    hands.keys("Return")
    hands.hear("Mã đăng ký đã được sử dụng.")
    hands.see("enrolment_code")


def test_nobody_at_the_address_is_told(hands: Hands, body: Body) -> None:
    hands.type("server_address", "127.0.0.1:1")
    hands.type("enrolment_code", body.cabinet.invitation_for(PERSON).text())
    hands.keys("Return")
    hands.type("pin", PIN)
    hands.type("pin_again", PIN)
    hands.keys("Return")
    hands.hear("Chưa kết nối được với máy chủ.")
    hands.hear("Hãy kiểm tra mạng và địa chỉ máy chủ rồi thử lại; mã chưa bị dùng đến.")
    hands.hear(NOTHING_CHANGED)
    assert "Có thể tiếp tục đọc" not in hands.everything_said()
    hands.see("pin_again")


def test_as_many_digits_can_be_typed_as_a_pin_may_have() -> None:
    assert (pin.LEAST, pin.MOST) == (PIN_LENGTH, LONGEST_PIN)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("246913", "246914", "Hai lần nhập không giống nhau"),
        ("123456", "123456", "Mã PIN quá dễ đoán"),
        ("24691", "24691", "Mã PIN quá ngắn"),
    ],
)
def test_a_pin_that_will_not_do_is_told(body: Body, hands: Hands, first: str, second: str, told: str) -> None:
    type_invitation(hands, body, body.cabinet.invitation_for(PERSON))
    hands.type("pin", first)
    hands.type("pin_again", second)
    hands.press("continue")
    hands.hear(told)


def test_what_was_typed_is_still_there_when_one_goes_back(body: Body, hands: Hands) -> None:
    code = body.cabinet.invitation_for(PERSON)
    type_invitation(hands, body, code)
    hands.press("back")
    assert hands.read("enrolment_code") == code.text()
    hands.press("continue")
    choose_pin(hands)
    hands.see("phrase")


def test_the_recovery_code_must_be_kept_before_one_goes_on(body: Body, hands: Hands) -> None:
    type_invitation(hands, body, body.cabinet.invitation_for(PERSON))
    hands.type("pin", PIN)
    hands.type("pin_again", PIN)
    hands.keys("Return")
    code = hands.read("recovery_code")
    assert not hands.see("continue").isEnabled()
    hands.press("copy_recovery")
    assert QApplication.clipboard().text() == code
    hands.press("recovery_kept")
    assert hands.see("continue").isEnabled()


def test_a_first_run_that_was_broken_off_goes_on_where_it_was(body: Body, machine: Machine) -> None:
    with machine.started() as hands:
        type_invitation(hands, body, body.cabinet.invitation_for(PERSON))
        choose_pin(hands)
        phrase = hands.read("phrase")
    with machine.started() as hands:
        assert hands.read("phrase") == phrase
        body.cabinet.confirm_waiting()
        unlock(hands)


def test_a_declined_enrolment_is_told_and_can_be_removed(body: Body, hands: Hands) -> None:
    type_invitation(hands, body, body.cabinet.invitation_for(PERSON))
    choose_pin(hands)
    phrase = hands.read("phrase")
    (asked,) = (each for each in waiting(body) if fingerprint_phrase(each.keys.fingerprint) == phrase)
    path = body.cabinet.path(protocol.Path.DECLINED, enrolment=asked.enrolment)
    body.cabinet.caller("registrar").send("POST", path)
    hands.hear("Văn phòng không xác nhận khóa của máy này.")
    hands.press("forget_profile")
    hands.press("confirm")
    hands.see("server_address")


def test_wrong_pins_are_counted_and_the_recovery_code_opens_the_vault_again(body: Body, machine: Machine) -> None:
    with machine.started() as hands:
        code = enrol(hands, body, PERSON)
        hands.see("next_meeting")
    with machine.started() as hands:
        hands.see("unlock")
        for left in range(4, 0, -1):
            hands.type("pin", WRONG_PIN)
            hands.keys("Return")
            hands.hear(f"Còn {left} lần thử")
        hands.type("pin", WRONG_PIN)
        hands.keys("Return")
        hands.hear("Khóa ký trên máy này đã bị hủy")
        hands.press("use_recovery")
        hands.type("recovery_code", "7Q2M-9XKC-3T5V-BN8H-4WPZ-6RDJ-1YGF")
        hands.type("pin", PIN)
        hands.type("pin_again", PIN)
        hands.keys("Return")
        hands.hear("Mã khôi phục không đúng")
        hands.type("recovery_code", code)
        hands.type("pin", PIN)
        hands.type("pin_again", PIN)
        hands.keys("Return")
        hands.hear("Khóa ký trên máy này là khóa mới")
        unlock(hands)
        hands.see("next_meeting")


def test_a_vault_that_is_being_opened_is_opened_for_somebody(body: Body, machine: Machine) -> None:
    with machine.started() as hands:
        enrol(hands, body, PERSON)
    with machine.started() as hands:
        hands.see("unlock")
        hands.type("pin", WRONG_PIN)
        hands.keys("Return")
        assert not hands.sees("other_language")
        hands.hear("Còn 4 lần thử")
        assert hands.sees("other_language")
        unlock(hands)


OPENED_ELSEWHERE = """
import sys
from pathlib import Path
from ecabinet.client.desk import Access
from ecabinet.keys.os_keystore import Keystore

folder, service, pin = sys.argv[1:]
access = Access(Path(folder), Keystore(service, may_prompt=False))
desk = access.unlock(access.profiles()[0], pin)
print("open", flush=True)
sys.stdin.readline()
desk.lock()
"""


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            Language.VIETNAMESE,
            ("đang mở ở một cửa sổ khác", "Hãy dùng cửa sổ đang mở, hoặc đóng cửa sổ đó rồi thử lại."),
        ),
        (Language.ENGLISH, ("is open in another window", "Use the window that is open, or close it and try again.")),
    ],
)
@pytest.mark.long
def test_a_profile_that_is_open_in_another_process_is_told_and_opens_when_that_has_closed(
    body: Body, machine: Machine, language: Language, told: tuple[str, str]
) -> None:
    with machine.started() as hands:
        enrol(hands, body, PERSON)
        hands.see("next_meeting")
    command = [sys.executable, "-c", OPENED_ELSEWHERE, str(machine.folder), machine.service, PIN]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other,
        machine.started(language=language) as hands,
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        hands.see("unlock")
        hands.type("pin", PIN)
        hands.keys("Return")
        for words in told:
            hands.hear(words)
        assert not hands.sees("place.attention")
        other.communicate("close\n")
        unlock(hands)
        hands.see("next_meeting")


def test_new_keys_are_enrolled_by_a_new_code(body: Body, machine: Machine) -> None:
    with machine.started() as hands:
        code = enrol(hands, body, PERSON)
    with machine.started() as hands:
        hands.press("use_recovery")
        hands.type("recovery_code", code)
        hands.type("pin", PIN)
        hands.type("pin_again", PIN)
        hands.keys("Return")
        hands.press("rejoin")
        type_invitation(hands, body, body.cabinet.invitation_for(PERSON))
        hands.see("phrase")
        body.cabinet.confirm_waiting()
        unlock(hands)
        hands.see("next_meeting")


def test_new_keys_may_be_on_a_token(body: Body, machine: Machine, soft_token: SoftToken) -> None:
    soft_token.put_key(generate_key(), "01")
    with machine.started() as hands:
        code = enrol(hands, body, PERSON)
    with machine.started() as hands:
        hands.press("use_recovery")
        hands.press("look_for_tokens")
        hands.see("token_key")
        hands.type("recovery_code", code)
        hands.type("pin", PIN)
        hands.type("pin_again", PIN)
        hands.type("token_pin", TOKEN_PIN)
        hands.keys("Return")
        hands.press("rejoin")
        type_invitation(hands, body, body.cabinet.invitation_for(PERSON))
        hands.see("phrase")
        body.cabinet.confirm_waiting()
        unlock(hands)
        hands.see("next_meeting")


def test_the_language_is_chosen_at_the_entrance_and_remembered(machine: Machine) -> None:
    with machine.started() as hands:
        hands.press("other_language")
        hands.hear("Enrol on this machine")
    with machine.started() as hands:
        hands.hear("Enrol on this machine")
    with machine.started(language=Language.VIETNAMESE) as hands:
        hands.hear("Đăng ký sử dụng trên máy này")


def test_a_wrong_clock_is_not_told_as_another_server() -> None:
    told = explain_joining(OtherCertificate(is_about_time=True))
    other = explain_joining(OtherCertificate())
    assert told is not None
    assert other is not None
    assert "đồng hồ" in told.happened
    assert "ngày, giờ" in told.to_do
    assert "đường truyền bị can thiệp" in other.to_do
