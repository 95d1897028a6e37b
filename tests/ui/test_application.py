"""One member's program from unlocking to closing: locking, what was chosen, what is gone, what must not pass unseen."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from ecabinet.client.background import Call, Lane
from ecabinet.client.desk.papers import PaperLine, Presence
from ecabinet.client.desk.syncing import AlarmKind
from ecabinet.client.sync.alarms import raise_alarm
from ecabinet.client.ui import theme
from ecabinet.client.ui.preferences import Preferences
from ecabinet.client.ui.reader.notes import YELLOW
from ecabinet.client.ui.sitting import Sitting
from ecabinet.client.ui.theme import Mode
from ecabinet.client.ui.widgets import KeysSheet
from ecabinet.client.ui.words import Language
from ecabinet.core.fork import ForkEvidence
from ecabinet.demo.relay import Relay
from tests.ui.body import Body, wait_until
from tests.ui.hands import Hands
from tests.ui.machines import Machine, choose_pin, enrol, type_invitation, unlock
from tests.ui.reader import test_crossing
from tests.ui.reader.shelf import Shelf

T = TypeVar("T")
PERSON = "giam-doc-so-tu-phap"


@pytest.fixture(scope="module")
def machine(body: Body, qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Of a member who has been here before."""
    machine = Machine(tmp_path_factory.mktemp("member"))
    with machine.started() as hands:
        enrol(hands, body, PERSON)
        hands.hear("Đã tải đủ")
    return machine


@pytest.fixture
def hands(machine: Machine, dressed: QApplication) -> Iterator[Hands]:
    with machine.started() as hands:
        unlock(hands)
        yield hands


class Flashes(QObject):
    """Notes every window that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


def test_there_is_one_window_and_nothing_flashes_beside_it(machine: Machine, dressed: QApplication) -> None:
    flashes = Flashes()
    dressed.installEventFilter(flashes)
    with machine.started() as hands:
        unlock(hands)
        for place in ("meetings", "ballots", "papers", "search"):
            hands.press(f"place.{place}")
        window = hands.application.window
        dressed.removeEventFilter(flashes)
        assert [shown for shown in flashes.shown if shown is not window] == []


def test_keys_work_as_soon_as_the_place_is_there(machine: Machine, dressed: QApplication) -> None:
    with machine.started() as hands:
        unlock(hands)
        window = hands.application.window
        places = hands.see("place.attention")
        wait_until(lambda: QApplication.focusWidget() not in (None, places))
        before = QApplication.focusWidget()
        assert before is not None
        assert window.isAncestorOf(before)
        hands.keys("F1")
        wait_until(lambda: isinstance(QApplication.activeWindow(), KeysSheet))
        hands.keys("Escape")
        wait_until(before.hasFocus)  # the window has the keyboard again, where it was
        QTest.keyClick(before, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() not in (None, before)


def test_the_end_of_the_first_sync_leaves_the_person_where_he_is(
    body: Body, dressed: QApplication, tmp_path: Path
) -> None:
    relay = Relay(body.address)
    with Machine(tmp_path / "new").started() as hands:
        type_invitation(hands, body, body.cabinet.invitation_for(PERSON), relay.address)
        choose_pin(hands)
        hands.see("phrase")
        body.cabinet.confirm_waiting()
        hands.see("unlock")
        relay.cut()
        unlock(hands)
        hands.press("place.search")
        hands.type("sought", "dự toán")
        sitting = hands.application._sitting
        assert sitting is not None
        assert not sitting._me.roles
        relay.mend()
        wait_until(lambda: sitting._me.roles)  # as the register has them
        hands.hear("Đã tải đủ")
        assert hands.read("sought") == "dự toán"
        assert hands.at("sought")
    relay.cut()


def test_locking_takes_everything_off_the_screen_and_the_pin_brings_it_back(hands: Hands) -> None:
    hands.see("next_meeting")
    hands.keys("Ctrl+L")
    assert not hands.sees("next_meeting")
    unlock(hands)
    hands.see("next_meeting")


def test_what_nobody_touches_locks_itself(hands: Hands) -> None:
    sitting = hands.application._sitting
    assert sitting is not None
    sitting._idle.expired.emit()
    hands.see("unlock")
    assert not hands.sees("place.attention")


def test_the_look_and_the_language_change_at_once_and_last(machine: Machine, hands: Hands) -> None:
    hands.keys("Ctrl+,")
    hands.go_to("language")
    hands.keys("Down")
    hands.go_to("mode")
    hands.keys("Down")
    hands.press("apply_settings")
    hands.hear("Ready off-line")
    assert theme.current().mode is Mode.DARK
    chosen = Preferences(language=Language.ENGLISH, mode=Mode.DARK)
    kept = machine.folder / "preferences.json"
    wait_until(lambda: kept.exists() and Preferences.read(kept.read_text()) == chosen)
    hands.see("language")
    hands.go_to("language")
    hands.keys("Up")
    hands.go_to("mode")
    hands.keys("Up")
    hands.press("apply_settings")
    hands.hear("Dùng được khi không có mạng")
    wait_until(lambda: Preferences.read(kept.read_text()) == Preferences())


def test_the_travel_check_reads_every_paper(hands: Hands) -> None:
    hands.hear("Đã tải đủ")
    hands.keys("Ctrl+,")
    hands.press("check_for_travel")
    hands.see("travel_result")
    hands.hear("Khóa ký: sẵn sàng.")
    hands.hear("có đủ và nguyên vẹn.")
    hands.hear("Khóa ký trên máy này dùng được.")


def test_a_meeting_that_may_be_seen_no_longer_is_taken_away_and_said(body: Body, hands: Hands) -> None:
    title = "Cuộc họp về cải cách hành chính"
    cabinet = body.cabinet
    sent = cabinet.send_items([("Kế hoạch", "Sở Nội vụ", [])], title=title)
    hands.press("place.meetings")
    hands.open_row("meetings", title)
    hands.see("agenda")
    others = tuple(person for person in cabinet.members if person != PERSON)
    cabinet.send_items([("Kế hoạch", "Sở Nội vụ", [])], revises=sent, participants=others)
    hands.hear("không còn được chia sẻ với đồng chí.")
    assert f"“{title}" in hands.everything_said()
    assert not hands.sees("agenda")


def test_what_is_new_comes_by_itself(body: Body, hands: Hands) -> None:
    rows = hands.go_to("rows")
    body.cabinet.ask("chieu-sang-do-thi", due_in=timedelta(hours=20))
    subject = body.cabinet.asked.subject
    wait_until(lambda: hands.row(rows, subject) is not None)
    hands.open_row("rows", subject)
    hands.see("answering")


@pytest.mark.parametrize(("width", "height"), [(1024, 720), (1366, 768)])
def test_every_place_has_names_and_room(hands: Hands, width: int, height: int) -> None:
    hands.application.window.resize(width, height)
    for place in ("attention", "meetings", "ballots", "papers", "search"):
        hands.press(f"place.{place}")
        assert (place, hands.nameless(), hands.cut()) == (place, [], [])
    hands.keys("Ctrl+,")
    hands.hear("Khóa ký trên máy này dùng được.")
    assert (hands.nameless(), hands.cut()) == ([], [])
    window = hands.application.window
    assert (window.width(), window.height()) == (width, height)


def test_papers_meetings_and_ballots_are_found_without_accents(body: Body, hands: Hands) -> None:
    body.cabinet.ask("bang-gia-dat", due_in=timedelta(days=4))
    hands.press("place.search")
    hands.type("sought", "bang gia DAT")
    rows = hands.go_to("rows")
    wait_until(lambda: hands.row(rows, body.cabinet.asked.subject) is not None)
    hands.type("sought", "421/ttr-stc")
    wait_until(lambda: hands.row(rows, "421/TTr-STC") is not None)
    hands.open_row("rows", "421/TTr-STC")
    hands.see("pages")
    hands.keys("Alt+Left")
    hands.type("sought", "không có gì như vậy")
    hands.hear("Không tìm thấy")


@pytest.mark.long
def test_a_network_that_was_gone_is_told_and_then_used_at_once(
    body: Body, dressed: QApplication, tmp_path: Path
) -> None:
    relay = Relay(body.address)
    with Machine(tmp_path / "travelling").started() as hands:
        enrol(hands, body, PERSON, relay.address)
        hands.hear("Cập nhật lúc")
        relay.cut()
        body.cabinet.ask("van-ban-dien-tu", due_in=timedelta(days=5), subject="Phiếu gửi khi máy không có mạng")
        hands.hear("Không có mạng")
        rows = hands.go_to("rows")
        assert hands.row(rows, body.cabinet.asked.subject) is None
        relay.mend()
        wait_until(lambda: hands.row(rows, body.cabinet.asked.subject) is not None, seconds=15)
        wait_until(lambda: "Không có mạng" not in hands.everything_said())
    relay.cut()


def test_an_error_that_no_window_took_is_told_without_what_it_says(
    hands: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "nội dung ý kiến"  # not in the line that raises: a log shows that line

    def fail(_call: Call) -> None:
        raise LookupError(secret)

    hands.application._background.run(Lane.SERIAL, fail, then=lambda _: None, owner=None)
    hands.hear("Có lỗi ngoài dự kiến (LookupError).")
    assert "LookupError" in caplog.text
    assert secret not in caplog.text + hands.everything_said()


def test_an_alarm_is_told_on_every_screen_until_its_evidence_is_seen(body: Body, hands: Hands) -> None:
    sitting = hands.application._sitting
    assert sitting is not None
    unlocked = sitting._desk.unlocked
    evidence = ForkEvidence(
        body=unlocked.body,
        founding=body.cabinet.register[0].envelope,
        epochs=(),
        known=body.cabinet.checkpoint(),
        shown=body.cabinet.checkpoint(),
        root=None,
        path=(),
    )

    def forge(_call: Call) -> None:
        at = unlocked.clock()
        unlocked.vault.do(lambda db: raise_alarm(db, AlarmKind.FORK, evidence, subject="", at=at))

    forged: list[None] = []
    hands.application._background.run(Lane.SERIAL, forge, then=forged.append, owner=None)
    wait_until(lambda: forged)
    hands.keys("Ctrl+L")
    unlock(hands)
    hands.see("alarm_told")
    hands.press("place.papers")
    hands.see("alarm_told")
    hands.press("see_alarms")
    hands.see("save_alarm")
    hands.hear("hai lịch sử khác nhau")


@pytest.mark.long
def test_notes_cross_when_a_new_version_arrives_and_the_lists_say_what_is_to_be_checked(
    hands: Hands, body: Body
) -> None:
    sitting = hands.application._sitting
    assert sitting is not None
    desk, shelf = sitting._desk, Shelf(body)
    (document,) = shelf.put(test_crossing.OLD)
    wait_until(lambda: any(each.presence is Presence.HERE for each in papers_of(sitting, document)))
    digest = papers_of(sitting, document)[0].digest
    for number, line in enumerate((test_crossing.KEPT, test_crossing.FIGURE)):
        place = test_crossing.anchor(digest, number, line)
        done_by(sitting, partial(desk.notes.write, document, place, f"Ghi chú {number}", YELLOW))
    body.cabinet.publish_again(shelf.stems[0], test_crossing.NEW, "")
    shelf.send(shelf.stems)
    hands.press("place.papers")
    wait_until(lambda: hands.row(hands.see("rows"), "1 ghi chú cần kiểm tra") is not None)
    notes = {note.latest.text: note for note in done_by(sitting, partial(desk.notes.of_paper, document))}
    assert {text: note.is_left_behind for text, note in notes.items()} == {"Ghi chú 0": False, "Ghi chú 1": True}


def papers_of(sitting: Sitting, document: str) -> list[PaperLine]:
    """The paper, when it is known."""
    return [each for each in done_by(sitting, sitting._desk.papers.all) if each.document == document]


def done_by(sitting: Sitting, work: Callable[[], T]) -> T:
    """Done in the serial lane, with what comes of it."""
    results: list[T] = []
    sitting._background.run(Lane.SERIAL, lambda _: work(), then=results.append, owner=sitting)
    wait_until(lambda: results)
    return results[0]
