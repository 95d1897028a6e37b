"""What an outside authority says of a certificate is shown with the device; a revoked one waits for the registrar."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from ecabinet.client.background import Call, Lane
from ecabinet.client.desk import Access, Changes
from ecabinet.client.desk.access import read_invitation
from ecabinet.client.desk.desk import Desk
from ecabinet.keys.os_keystore import Keystore
from ecabinet.server.outward import Reach
from ecabinet.server.revocations import Revocations
from tests.devices import Device
from tests.server.live import Process
from tests.server.local import local_server
from tests.services import outside_authority
from tests.services.outside_authority import LOOPBACK, OutsideAuthority
from tests.ui.body import PIN, wait_until
from tests.ui.hands import Hands
from tests.ui.machines import Machine, choose_pin, unlock

OFFICE = "Giám đốc Sở Tài chính"


@pytest.fixture
def outside() -> Iterator[OutsideAuthority]:
    with outside_authority.listening() as outside:
        yield outside


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path / "server")
    yield process
    process.stop()


@pytest.fixture
def hands(server: Process, keyring_session: dict[str, str], dressed: QApplication, tmp_path: Path) -> Iterator[Hands]:
    """Of the registrar, who has just founded the body."""
    with Machine(tmp_path / "machine").started() as hands:
        hands.type("server_address", server.url.removeprefix("https://"))
        hands.type("enrolment_code", server.said["founding_code"])
        hands.press("founds_body")
        hands.press("continue")
        hands.type("agency_code", "h49.8")
        hands.type("body_name", "Ủy ban nhân dân tỉnh Bình Minh")
        hands.type("office", "Chánh Văn phòng UBND tỉnh")
        hands.press("continue")
        choose_pin(hands)
        unlock(hands)
        hands.see("place.administer")
        yield hands


def behind(hands: Hands, act: Callable[[Desk], object]) -> None:
    """What the registrar's technical staff does by command, or the network by itself; and a round after it."""
    sitting = hands.application._sitting
    assert sitting is not None
    desk, done = sitting._desk, list[Changes]()

    def do(_: Call) -> Changes:
        act(desk)
        return desk.syncing.once()

    hands.application._background.run(Lane.NETWORK, do, then=done.append, owner=None)
    wait_until(lambda: bool(done))
    sitting._take(done[0])


def fetched(server: Process) -> None:
    """As the server's errand does it: a second process on the same data."""
    local = local_server(server.data)
    try:
        Revocations(local.store, local.ledger, Reach.within((LOOPBACK,))).do()
    finally:
        local.store.close()


@pytest.mark.long
def test_a_revocation_outside_waits_for_the_registrar(
    hands: Hands, server: Process, outside: OutsideAuthority, tmp_path: Path
) -> None:
    hands.press("place.administer")
    hands.press("invite")
    hands.type("office", OFFICE)
    hands.press("role_member")
    hands.press("make_invitation")
    access = Access(tmp_path / "joiner", Keystore(f"ecabinet-test-{tmp_path.name}", may_prompt=False))
    access.join(read_invitation(hands.read("invitation_address")), PIN, "Máy tính bảng")
    hands.keys("Alt+Left")
    token = Device(OFFICE)

    def confirm(desk: Desk) -> None:
        (waiting,) = desk.enrolments.waiting()
        token.certificate = waiting.keys.signing_certificate
        outside.certify(token)
        desk.enrolments.confirm(desk.enrolments.certified([waiting], token.certificate), PIN)

    behind(hands, lambda desk: desk.enrolments.admit(outside.certificate, PIN))
    behind(hands, confirm)
    fetched(server)
    behind(hands, lambda _: None)
    hands.press("place.attention")
    hands.press("place.administer")
    hands.open_row("rows", OFFICE)
    assert "chưa thu hồi" in hands.read("outside")
    outside.clock = lambda: datetime.now(UTC) + timedelta(minutes=1)
    outside.revoke(token.certificate)
    fetched(server)
    behind(hands, lambda _: None)
    hands.press("place.attention")
    hands.open_row("rows", f"{OFFICE}. Cần ký thu hồi khóa ở đây")
    hands.hear(f"CA {outside_authority.NAME} đã thu hồi chứng thư này")
    hands.press("revoke")
    hands.type("pin", PIN)
    hands.keys("Return")
    hands.hear("Người này không có máy nào đang dùng được.")
