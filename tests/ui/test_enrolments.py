"""The registrar at work, by keyboard alone: founding, inviting, comparing phrases, declining, revoking."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QComboBox
from sqlalchemy import delete

from ecabinet.client.background import Call, Lane
from ecabinet.client.desk import Access
from ecabinet.client.desk.access import Profile, Stage, read_invitation
from ecabinet.client.vault import schema
from ecabinet.keys.os_keystore import Keystore
from tests.server.live import Process
from tests.ui.body import PIN, WRONG_PIN, wait_until
from tests.ui.hands import Hands
from tests.ui.machines import Machine, choose_pin, unlock

REGISTRAR = "Chánh Văn phòng UBND tỉnh"
MEMBER = "Giám đốc Sở Tài chính"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("registrar") / "server")
    yield process
    process.stop()


@pytest.fixture(scope="module")
def machine(
    server: Process, keyring_session: dict[str, str], qapp: QApplication, tmp_path_factory: pytest.TempPathFactory
) -> Machine:
    """Of the registrar, who has founded the body on it."""
    machine = Machine(tmp_path_factory.mktemp("registrar") / "machine")
    with machine.started() as hands:
        hands.type("server_address", server.url.removeprefix("https://"))
        hands.type("enrolment_code", server.said["founding_code"])
        hands.press("founds_body")
        hands.press("continue")
        hands.type("agency_code", "h49.8")
        hands.type("body_name", "Ủy ban nhân dân tỉnh Bình Minh")
        hands.type("body_name_en", "People's Committee of Bình Minh Province")
        hands.type("office", REGISTRAR)
        hands.press("continue")
        choose_pin(hands)
        unlock(hands)
        hands.see("place.administer")
    return machine


@pytest.fixture
def hands(machine: Machine, dressed: QApplication) -> Iterator[Hands]:
    with machine.started() as hands:
        unlock(hands)
        hands.press("place.administer")
        yield hands


class Joiner:
    """Somebody with a machine of his own, at which nobody looks."""

    def __init__(self, folder: Path, service: str) -> None:
        self.access = Access(folder, Keystore(service, may_prompt=False))

    def join(self, address: str) -> Profile:
        return self.access.join(read_invitation(address), PIN, "Máy tính bảng").profile


@pytest.fixture
def joiner(tmp_path: Path, machine: Machine) -> Joiner:
    return Joiner(tmp_path / "joiner", f"{machine.service}-{tmp_path.name}")


def invite(hands: Hands, office: str, *roles: str) -> str:
    """Through the form; the address that the invited person is handed."""
    hands.press("invite")
    hands.type("office", office)
    for role in roles:
        hands.press(f"role_{role}")
    hands.press("make_invitation")
    address = hands.read("invitation_address")
    hands.keys("Alt+Left")
    return address


def confirm(hands: Hands, office: str) -> None:
    """A member who waits, without comparing anything."""
    hands.open_row("rows", office)
    hands.press("phrase_compared")
    hands.press("confirm_enrolment")
    hands.type("pin", PIN)
    hands.keys("Return")
    rows = hands.go_to("rows")
    wait_until(lambda: hands.row(rows, f"{office}. Thành viên. 1 máy") is not None)


def test_somebody_is_invited_compared_and_confirmed(hands: Hands, joiner: Joiner) -> None:
    profile = joiner.join(invite(hands, MEMBER, "member", "chair"))
    hands.open_row("rows", MEMBER)
    assert hands.read("phrase") == profile.phrase
    assert not hands.see("confirm_enrolment").isEnabled()
    assert not hands.sees("doubts")
    for told in ("Tên ngắn trong hệ thống: giam-doc-so-tai-chinh", "Thành viên, từ ", "Chủ trì, từ "):
        assert told in hands.everything_said()
    hands.press("phrase_compared")
    hands.press("confirm_enrolment")
    hands.type("pin", WRONG_PIN)
    hands.keys("Return")
    wait_until(lambda: "Còn 4 lần thử" in hands.everything_said())
    hands.type("pin", PIN)
    hands.keys("Return")
    wait_until(lambda: not hands.sees("phrase"))
    wait_until(lambda: joiner.access.ask_again(profile).stage is Stage.CONFIRMED)
    rows = hands.go_to("rows")
    wait_until(lambda: hands.row(rows, "Chủ trì, Thành viên. 1 máy") is not None)


def test_who_was_invited_elsewhere_is_told_as_known_from_the_server_alone(hands: Hands, joiner: Joiner) -> None:
    """As by another registrar, or by an operator who makes an invitation of his own."""
    office = "Chánh Thanh tra tỉnh"
    joiner.join(invite(hands, office, "member"))
    sitting = hands.application._sitting
    assert sitting is not None
    vault = sitting._desk.unlocked.vault

    def forget(_: Call) -> None:
        vault.do(lambda db: db.execute(delete(schema.invitations)))

    hands.application._background.run(Lane.SERIAL, forget, then=lambda _: None, owner=None)
    hands.open_row("rows", office)
    hands.see("doubts")
    hands.hear("Máy này không lưu lời mời nào cho người có tên ngắn “chanh-thanh-tra-tinh”.")


def test_an_assistant_is_nobodys_until_somebody_is_chosen(hands: Hands, joiner: Joiner) -> None:
    helped_office = "Phó Chủ tịch UBND tỉnh"
    joiner.join(invite(hands, helped_office, "member"))
    confirm(hands, helped_office)
    hands.press("invite")
    hands.type("office", "Chuyên viên giúp việc")
    helped = hands.application.window.findChild(QComboBox, "for_person")
    assert helped is not None
    hands.press("role_assistant")
    assert helped.currentData() is None
    hands.press("make_invitation")
    hands.hear("Hãy chọn người được giúp việc.")
    hands.go_to("for_person")
    hands.keys("End")
    office = helped.currentText()
    assert office
    hands.press("make_invitation")
    joiner.join(hands.read("invitation_address"))
    told = f"Thư ký, chuyên viên giúp việc (giúp việc cho {office})"
    assert f"Vai trò: {told}" in hands.everything_said()
    hands.keys("Alt+Left")
    hands.open_row("rows", f"Chuyên viên giúp việc. {told}")
    hands.hear(f"{told}, từ ")


def test_a_phrase_that_differs_is_declined(hands: Hands, joiner: Joiner) -> None:
    office = "Giám đốc Sở Xây dựng"
    profile = joiner.join(invite(hands, office, "member"))
    hands.open_row("rows", office)
    hands.press("decline_enrolment")
    hands.press("confirm")
    wait_until(lambda: joiner.access.ask_again(profile).stage is Stage.DECLINED)
    wait_until(lambda: hands.row(hands.see("rows"), office) is None)


def test_a_lost_machine_is_revoked(hands: Hands, joiner: Joiner) -> None:
    office = "Giám đốc Sở Nội vụ"
    joiner.join(invite(hands, office, "member"))
    confirm(hands, office)
    hands.open_row("rows", f"{office}. Thành viên. 1 máy")
    hands.press("revoke")
    hands.go_to("revocation_reason")
    hands.keys("Down")
    hands.type("pin", PIN)
    hands.keys("Return")
    hands.hear("Người này không có máy nào đang dùng được.")
    hands.keys("Alt+Left")
    rows = hands.go_to("rows")
    wait_until(lambda: hands.row(rows, f"{office}. Thành viên. Không có máy") is not None)


def test_an_invitation_wants_an_office_and_a_role(hands: Hands) -> None:
    hands.press("invite")
    hands.press("make_invitation")
    hands.hear("Cần ghi nội dung này.")
    hands.type("office", "Giám đốc Sở Tư pháp")
    assert hands.read("person_id") == "giam-doc-so-tu-phap"
    hands.press("make_invitation")
    hands.hear("Hãy chọn ít nhất một vai trò.")
    hands.type("person_id", "Giám đốc")
    hands.press("role_member")
    hands.press("make_invitation")
    hands.hear("Chỉ dùng chữ thường không dấu, chữ số và dấu gạch nối.")


def test_the_registrars_windows_have_names_and_room(hands: Hands, joiner: Joiner) -> None:
    hands.application.window.resize(1024, 720)
    office = "Chỉ huy trưởng Bộ Chỉ huy Quân sự tỉnh"
    hands.press("invite")
    hands.see("office")
    assert (hands.nameless(), hands.cut()) == ([], [])
    hands.keys("Alt+Left")
    joiner.join(invite(hands, office, "member"))
    assert (hands.nameless(), hands.cut()) == ([], [])
    hands.open_row("rows", office)
    hands.press("phrase_compared")
    assert (hands.nameless(), hands.cut()) == ([], [])
    hands.keys("Alt+Left")
    hands.open_row("rows", REGISTRAR)
    hands.see("revoke")
    assert (hands.nameless(), hands.cut()) == ([], [])


def test_an_agency_code_is_checked_before_anything_is_sent(
    server: Process, keyring_session: dict[str, str], dressed: QApplication, tmp_path: Path
) -> None:
    with Machine(tmp_path / "machine").started() as hands:
        hands.type("server_address", server.url.removeprefix("https://"))
        hands.type("enrolment_code", server.said["founding_code"])
        hands.press("founds_body")
        hands.press("continue")
        hands.type("agency_code", "tỉnh Bình Minh")
        hands.press("continue")
        hands.hear("Mã định danh chỉ gồm chữ số, chữ in hoa không dấu")
