"""What a machine and its surroundings do to a member at work: told on the screen, and nothing lost."""

import resource
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication

from ecabinet.client.background import Lane
from ecabinet.client.desk import Access
from ecabinet.client.ui.reader.printing import PaperPrint
from ecabinet.client.ui.reader.screen import ReaderScreen
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import RowList
from ecabinet.demo.relay import Relay
from ecabinet.keys.certificates import generate_key
from ecabinet.server.keys import Keys
from tests.client.pages import samples
from tests.server.live import Process
from tests.ui.body import PIN, WRONG_PIN, Body, address_of, wait_until
from tests.ui.hands import Hands
from tests.ui.machines import Machine, enrol, unlock

PERSON = "giam-doc-so-xay-dung"


@pytest.fixture(scope="module")
def machine(body: Body, qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Of a member who has been here before."""
    machine = Machine(tmp_path_factory.mktemp("member"))
    with machine.started() as hands:
        enrol(hands, body, PERSON)
        hands.hear("Đã tải đủ")
    return machine


def answer(hands: Hands, body: Body) -> None:
    """From the list of ballots, where others of the same subject stand too, up to the PIN."""
    hands.press("place.ballots")
    rows = hands.go_to("ballots")
    assert isinstance(rows, RowList)

    def is_there() -> bool:
        rows.go_to(body.cabinet.asked.ballot)
        return rows.current_key == body.cabinet.asked.ballot

    wait_until(is_there)
    hands.keys("Return")
    hands.see("answering")
    for question in body.cabinet.asked.questions:
        hands.press(f"{question.key}.{question.options[0].key}")
    hands.keys("Ctrl+Return")
    hands.see("read_back_page")
    hands.keys("Ctrl+Return")
    hands.see("pin")


def sign(hands: Hands, pin: str = PIN) -> None:
    hands.type("pin", pin)
    hands.keys("Return")


def texts_of_notes(hands: Hands, document: str) -> list[str]:
    sitting = hands.application._sitting
    assert sitting is not None
    notes = sitting._desk.notes
    found: list[list[str]] = []
    hands.application._background.run(
        Lane.SERIAL,
        lambda _: [note.latest.text for note in notes.of_paper(document)],
        then=found.append,
        owner=None,
    )
    wait_until(lambda: found)
    return found[0]


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize(("days", "told"), [(1, "nhanh 24 giờ"), (-1, "chậm 24 giờ")])
def test_a_clock_off_by_a_day_is_told_and_deadlines_are_the_servers(
    body: Body, machine: Machine, monkeypatch: pytest.MonkeyPatch, days: int, told: str
) -> None:
    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(days=days)

    body.cabinet.ask("chieu-sang-do-thi", due_in=timedelta(hours=20, minutes=2))
    with monkeypatch.context() as patch:
        for reader in (Access, Times):  # where the machine's clock is read
            patch.setitem(cast(dict[str, object], reader.__init__.__kwdefaults__), "clock", clock)
        with machine.started() as hands:
            unlock(hands)
            hands.hear(f"Đồng hồ của máy này {told} so với máy chủ.")
            hands.hear("Thời hạn đang hiện theo giờ máy chủ; ý kiến được ghi nhận vào lúc đến máy chủ.")
            hands.hear("Hãy đặt lại ngày giờ của máy")
            answer(hands, body)
            assert "còn 20 giờ" in hands.everything_said()
            assert "quá hạn" not in hands.everything_said()
            sign(hands)
            hands.hear("Đã ghi nhận")
    (recorded,) = body.cabinet.opinions()
    assert abs(recorded.accepted_at - datetime.now(UTC)) < timedelta(minutes=5)
    with machine.started() as hands:
        unlock(hands)
        hands.hear("Cập nhật lúc")
        wait_until(lambda: "Đồng hồ" not in hands.everything_said())


@contextmanager
def another_server(_body: Body, folder: Path) -> Iterator[tuple[str, int]]:
    """A real one, of somebody else."""
    process = Process(folder / "other")
    try:
        yield address_of(process.url)
        assert "/v1/" not in process.log.read_text(), "it was told something"
    finally:
        process.stop()


@contextmanager
def server_three_days_ahead(body: Body, folder: Path) -> Iterator[tuple[str, int]]:
    """The body's own, with a certificate that is not valid yet by the clock of this machine."""
    key = generate_key()
    authority = Keys(body.folder / "server" / "keys").authority
    at = datetime.now(UTC) + timedelta(days=3)
    leaf = authority.issue_for_server(key.public_key(), names=["127.0.0.1"], at=at, valid_for=timedelta(days=30))
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    chain = folder / "ahead.pem"
    chain.write_bytes(
        x509.load_der_x509_certificate(leaf).public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        greeting = threading.Thread(target=greet, args=(listener, context))
        greeting.start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)
        greeting.join()


def greet(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Offers the certificate to whoever calls, until the listener is shut."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.settimeout(5)
        with connection, suppress(OSError):
            context.wrap_socket(connection, server_side=True).close()


@pytest.mark.long
@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize(
    ("impostor", "words"),
    [
        (
            another_server,
            (
                "Máy chủ trả lời không phải là máy chủ đã đăng ký, nên chương trình không gửi và không nhận gì.",
                "Hãy báo ngay bộ phận công nghệ thông tin của Văn phòng và không nhập mã PIN ở nơi khác.",
            ),
        ),
        (
            server_three_days_ahead,
            (
                "Theo đồng hồ của máy này, chứng thư của máy chủ chưa có hiệu lực hoặc đã hết hiệu lực",
                "Hãy xem ngày giờ của máy và đặt lại cho đúng; nếu ngày giờ đã đúng, hãy báo bộ phận công nghệ",
            ),
        ),
    ],
)
def test_a_server_that_does_not_prove_itself_is_told_and_gets_nothing(
    body: Body,
    tmp_path: Path,
    impostor: Callable[[Body, Path], AbstractContextManager[tuple[str, int]]],
    words: tuple[str, str],
) -> None:
    told, to_do = words
    body.cabinet.ask("bang-gia-dat", due_in=timedelta(hours=20), subject=f"Phiếu thử {impostor.__name__}")
    relay = Relay(body.address)
    with impostor(body, tmp_path) as other, relay, Machine(tmp_path / "machine").started() as hands:
        enrol(hands, body, PERSON, relay.address)
        hands.hear("Đã tải đủ")
        relay.lead_to(other)
        hands.hear(told)
        hands.hear("Mọi thứ đã có trên máy vẫn còn nguyên; những gì đã ký sẽ được gửi khi được.")
        hands.hear(to_do)
        answer(hands, body)
        sign(hands)
        hands.hear("Chờ gửi")
        assert body.cabinet.opinions() == ()
        relay.lead_to(body.address)
        wait_until(lambda: told not in hands.everything_said(), seconds=60)
        hands.hear("Đã ghi nhận")
    assert len(body.cabinet.opinions()) == 1


def test_five_wrong_pins_while_signing_are_told_and_the_draft_stays(
    body: Body, dressed: QApplication, tmp_path: Path
) -> None:
    body.cabinet.ask("bang-gia-dat", due_in=timedelta(hours=20))
    subject = body.cabinet.asked.subject
    machine = Machine(tmp_path / "machine")
    with machine.started() as hands:
        enrol(hands, body, PERSON)
        hands.hear("Đã tải đủ")
    with machine.started() as hands:
        unlock(hands)
        answer(hands, body)
        for left in range(4, 0, -1):
            sign(hands, WRONG_PIN)
            hands.hear(f"Còn {left} lần thử")
        sign(hands, WRONG_PIN)
        hands.hear("Khóa ký trên máy này đã bị hủy")
        sign(hands)
        hands.hear("Hãy liên hệ Văn phòng để được cấp mã đăng ký khóa mới.")
        hands.hear("Tài liệu, ghi chú và ý kiến đã lưu trên máy vẫn còn nguyên.")
        hands.press("place.ballots")
        hands.open_row("ballots", subject)
        hands.hear("Đã chọn")


@pytest.mark.long
def test_a_disk_that_is_full_is_told_and_the_paper_comes_when_there_is_room(
    body: Body, machine: Machine, dressed: QApplication
) -> None:
    room, paper = 32_000_000, samples.large(36_000_000)  # enough for the database, whatever other tests put into it
    with machine.started() as hands:
        unlock(hands)
        hands.hear("Cập nhật lúc")
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
        try:
            body.cabinet.publish({"lon": paper})
            body.cabinet.send_items([("Nội dung lớn", "Sở Tài chính", ["lon"])], title="Cuộc họp khi đầy đĩa")
            hands.hear("Ổ đĩa đã đầy nên chưa tải thêm được.")
            hands.hear("Mọi thứ đã có trên máy vẫn còn nguyên; những gì đã ký sẽ được gửi khi được.")
            hands.hear("Hãy giải phóng dung lượng; chương trình sẽ tải tiếp.")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        wait_until(lambda: "Ổ đĩa đã đầy" not in hands.everything_said(), seconds=60)
        hands.hear("Đã tải đủ")
        hands.press("place.meetings")
        hands.open_row("meetings", "Cuộc họp khi đầy đĩa")
        hands.open_row("agenda", "Tài liệu thử")
        hands.hear("/ 2 trang")


def test_a_right_taken_away_while_one_writes_keeps_what_was_written(
    body: Body, machine: Machine, dressed: QApplication
) -> None:
    title, items = "Cuộc họp thu hồi quyền xem", [("Nội dung", "Sở Tài chính", ["thu-hoi"])]
    body.cabinet.publish({"thu-hoi": samples.prose(2)})
    sent = body.cabinet.send_items(items, title=title)
    document = body.cabinet.versions["thu-hoi"].document
    others = tuple(person for person in body.cabinet.members if person != PERSON)
    with machine.started() as hands:
        begin_note(hands, title, "Viết dở thì mất quyền.")
        body.cabinet.send_items(items, revises=sent, participants=others)
        hands.hear("không còn được chia sẻ với đồng chí.")
        hands.hear("Ghi chú và ý kiến của đồng chí vẫn được giữ.")
        assert not hands.sees("note_text")
        assert not hands.sees("pages")
        wait_until(lambda: texts_of_notes(hands, document) == ["Viết dở thì mất quyền."])
        assert "Có lỗi ngoài dự kiến" not in hands.everything_said()


def test_locking_in_the_middle_of_a_note_hides_it_and_keeps_it(
    body: Body, machine: Machine, dressed: QApplication
) -> None:
    title = "Cuộc họp bị khóa giữa chừng"
    body.cabinet.publish({"dang-doc": samples.prose(2)})
    body.cabinet.send_items([("Nội dung", "Sở Tài chính", ["dang-doc"])], title=title)
    document = body.cabinet.versions["dang-doc"].document
    with machine.started() as hands:
        begin_note(hands, title, "Đang viết thì máy khóa.")
        sitting = hands.application._sitting
        assert sitting is not None
        sitting._idle.expired.emit()
        assert not hands.sees("note_text")
        unlock(hands)
        assert texts_of_notes(hands, document) == ["Đang viết thì máy khóa."]


def test_locking_in_the_middle_of_printing_ends_it_without_an_error(
    body: Body, machine: Machine, dressed: QApplication, tmp_path: Path
) -> None:
    title = "Cuộc họp đang in thì khóa"
    body.cabinet.publish({"dang-in": samples.prose(2)})
    body.cabinet.send_items([("Nội dung", "Sở Tài chính", ["dang-in"])], title=title)
    with machine.started() as hands:
        unlock(hands)
        open_first_paper(hands, title)
        printing = hands.see("pages").window().findChild(PaperPrint)
        assert printing is not None
        reader = printing.parent()
        assert isinstance(reader, ReaderScreen)
        assert reader._line is not None
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setOutputFileName(str(tmp_path / "out.pdf"))
        printing.print_on(printer, reader._line, [0, 1] * 500, ())
        wait_until((tmp_path / "out.pdf").exists)
        sitting = hands.application._sitting
        assert sitting is not None
        sitting._idle.expired.emit()
        unlock(hands)
        hands.see("place.meetings")
        background = hands.application._background
        wait_until(lambda: all(wishes.lane is not Lane.IDLE for wishes in background._wishes.values()))
        assert "Có lỗi ngoài dự kiến" not in hands.everything_said()


def begin_note(hands: Hands, meeting: str, text: str) -> None:
    """In the first paper of a meeting; it is not kept yet."""
    unlock(hands)
    open_first_paper(hands, meeting)
    hands.keys("F9")
    hands.type("note_text", text)


def open_first_paper(hands: Hands, meeting: str) -> None:
    hands.press("place.meetings")
    hands.open_row("meetings", meeting)
    hands.open_row("agenda", "Tài liệu thử")
    hands.hear("/ 2 trang")
