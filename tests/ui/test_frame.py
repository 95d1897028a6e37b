"""The frame and its screens: one can always tell where one is, get away, and learn what is going on."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from ecabinet.client.background import Background, Call, CancelledError
from ecabinet.client.ui.frame import Frame, Identity
from ecabinet.client.ui.navigation import Navigation, Place
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import Button, Key, KeysSheet, Notice, ProgressRow, StatusLine, Text, boxed, column

pytestmark = pytest.mark.usefixtures("dressed")

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
TIMES = Times(zone=ZoneInfo("Asia/Ho_Chi_Minh"), clock=lambda: NOW)


class Ballots(Screen):
    """A screen of two panes that counts how often it loads."""

    nouns = frozenset({"ballots"})

    def __init__(self, background: Background, title: str = "Phiếu lấy ý kiến") -> None:
        super().__init__(background, title, "3 phiếu chờ trả lời")
        self.loads = 0
        self.pressed: list[str] = []
        self.first, self.second = Button("Trả lời"), Button("Hồ sơ")

    def load(self) -> None:
        self.loads += 1
        if self.loads == 1:
            self.show_content(boxed(column(self.first, self.second)))

    def panes(self) -> Sequence[QWidget]:
        return (self.first, self.second)

    def keys(self) -> Sequence[Key]:
        return [Key(keys="F2", name="Trả lời phiếu", act=lambda: self.pressed.append("F2"))]

    def explain(self, error: Exception) -> Explanation:
        if isinstance(error, PermissionError):
            return Explanation(happened="Phiếu đã đóng.", safe="Ý kiến vẫn còn.", to_do="Liên hệ thư ký.")
        return super().explain(error)


@pytest.fixture
def background() -> Iterator[Background]:
    background = Background(unhandled=lambda error: pytest.fail(str(error)))
    yield background
    background.stop()


@pytest.fixture
def frame(qtbot: QtBot, background: Background) -> Frame:
    def maker(place: Place) -> Callable[[], Screen]:
        return lambda: Ballots(background, place.name.title())

    frame = Frame(
        {place: maker(place) for place in (Place.ATTENTION, Place.BALLOTS, Place.SEARCH)},
        Identity(office="Chủ tịch UBND tỉnh", body="UBND tỉnh Bình Minh"),
        TIMES,
    )
    qtbot.addWidget(frame)
    frame.resize(1_366, 768)
    with qtbot.waitActive(frame):
        frame.show()
    return frame


def here(frame: Frame) -> Ballots:
    shown = frame.screen_shown
    assert isinstance(shown, Ballots)
    return shown


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifier)


def notices(screen: Screen) -> list[str]:
    return [notice.accessibleName() for notice in screen.findChildren(Notice) if notice.isVisible()]


# ---------------------------------------------------------------- going about


def test_the_keyboard_starts_in_the_first_pane(frame: Frame, qtbot: QtBot) -> None:
    qtbot.waitUntil(here(frame).first.hasFocus)


def test_a_screen_is_made_when_one_first_goes_there_and_kept(frame: Frame) -> None:
    first = here(frame)
    frame.go(Place.BALLOTS)
    second = here(frame)
    assert (second.title, second.loads) == ("Ballots", 1)
    frame.go(Place.ATTENTION)
    assert here(frame) is first
    frame.go(Place.BALLOTS)
    assert here(frame) is second
    assert second.loads == 1, "nothing has changed meanwhile"
    assert frame.windowTitle() == "Ballots - ecabinet"


def test_the_list_of_places_works_by_keyboard(frame: Frame, qtbot: QtBot) -> None:
    qtbot.waitUntil(here(frame).first.hasFocus)
    press(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    press(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert here(frame).title == "Ballots"
    press(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert here(frame).title == "Search"


def test_screens_lie_on_each_other_and_go_away_again(frame: Frame, background: Background, qtbot: QtBot) -> None:
    below, above = here(frame), Ballots(background, "Phiếu 2")
    below.opens.emit(above)
    assert here(frame) is above
    frame.go(Place.BALLOTS)
    frame.go(Place.ATTENTION)
    assert here(frame) is above, "as one left it"
    qtbot.waitUntil(above.first.hasFocus)
    press(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: not isValid(above))
    assert here(frame) is below
    frame.back()
    assert here(frame) is below
    another = Ballots(background, "Phiếu 3")
    below.opens.emit(another)
    frame.go(Place.ATTENTION)
    qtbot.waitUntil(lambda: not isValid(another))
    assert here(frame) is below, "the place one is at leads to its first screen"


def test_a_screen_that_is_done_leaves(frame: Frame, background: Background, qtbot: QtBot) -> None:
    below, above = here(frame), Ballots(background, "Phiếu 2")
    frame.lay(above)
    above.leaves.emit()
    qtbot.waitUntil(lambda: not isValid(above))
    assert here(frame) is below


def test_who_gets_other_rights_stays_where_he_is(frame: Frame, background: Background, qtbot: QtBot) -> None:
    frame.go(Place.BALLOTS)
    above = Ballots(background, "Phiếu 2")
    frame.lay(above)
    qtbot.waitUntil(above.first.hasFocus)
    makers = {place: lambda: Ballots(background, "Khác") for place in (Place.BALLOTS, Place.PREPARE)}
    frame.become(makers, Identity(office="Chánh Văn phòng UBND tỉnh", body="UBND tỉnh Bình Minh"))
    assert here(frame) is above
    assert above.first.hasFocus()
    navigation = frame.findChildren(Navigation)[0]

    def listed() -> dict[str, bool]:
        items = navigation.findChildren(QAbstractButton)
        return {item.objectName(): item.isChecked() for item in items if item.isVisible()}

    qtbot.waitUntil(lambda: listed() == {"place.ballots": True, "place.prepare": False})
    spoken = [button.accessibleName() for button in frame.findChildren(QToolButton)]
    assert any("Chánh Văn phòng UBND tỉnh" in name for name in spoken)
    frame.go(Place.PREPARE)
    frame.become({Place.BALLOTS: makers[Place.BALLOTS]}, Identity(office="Giám đốc", body="UBND tỉnh Bình Minh"))
    assert here(frame) is above, "the place he was at is none of his any more"


def test_f6_goes_round_the_panes_both_ways(frame: Frame, qtbot: QtBot) -> None:
    screen = here(frame)
    qtbot.waitUntil(screen.first.hasFocus)
    visited = []
    for _ in range(5):
        press(Qt.Key.Key_F6)
        focused = QApplication.focusWidget()
        assert focused is not None
        visited.append(focused)
    assert visited[0] is screen.second
    assert visited[-1] is screen.first
    status, navigation, head = visited[1:4]
    assert frame.findChildren(StatusLine)[0].isAncestorOf(status)
    assert frame.findChildren(Navigation)[0].isAncestorOf(navigation)
    assert "Chủ tịch UBND tỉnh" in head.accessibleName()
    press(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert head.hasFocus()


def test_f1_tells_the_keys_of_this_screen_and_of_all(frame: Frame, qtbot: QtBot) -> None:
    qtbot.waitUntil(here(frame).first.hasFocus)
    press(Qt.Key.Key_F1)
    sheet = frame.findChildren(KeysSheet)[0]
    words = [text.text() for text in sheet.findChildren(Text)]
    assert "Trả lời phiếu" in words
    assert "Sang khung kế tiếp" in words
    with qtbot.waitSignal(sheet.finished):
        QTest.keyClick(sheet, Qt.Key.Key_Escape)


def test_the_keys_of_a_screen_work_on_it_alone(frame: Frame, background: Background, qtbot: QtBot) -> None:
    below = here(frame)
    above = Ballots(background, "Phiếu 2")
    frame.lay(above)
    qtbot.waitUntil(above.first.hasFocus)
    press(Qt.Key.Key_F2)
    assert (above.pressed, below.pressed) == (["F2"], [])


def test_what_waits_is_heard_with_its_place(frame: Frame) -> None:
    frame.show_counts({Place.BALLOTS: 1_234})
    names = [
        QAccessible.queryAccessibleInterface(item).text(QAccessible.Text.Name)
        for item in frame.findChildren(Navigation)[0].findChildren(QAbstractButton)
    ]
    assert names == ["Cần xử lý", "Phiếu lấy ý kiến: 1.234 việc đang chờ", "Tìm kiếm"]


@pytest.mark.parametrize("width", [1_024, 1_366])
def test_the_frame_fits(frame: Frame, width: int) -> None:
    assert frame.minimumSizeHint().width() <= 1_024
    assert frame.minimumSizeHint().height() <= 720
    frame.resize(width, 720)
    assert frame.width() == width
    assert (frame.findChildren(Navigation)[0].width() < 100) == (width == 1_024)


def test_the_menu_under_ones_office_is_the_applications(qtbot: QtBot, background: Background) -> None:
    lock = QAction("Khóa")
    identity = Identity(office="Chủ tịch UBND tỉnh", body="UBND tỉnh Bình Minh")
    frame = Frame({Place.ATTENTION: lambda: Ballots(background)}, identity, TIMES, [lock])
    qtbot.addWidget(frame)
    assert any(lock in widget.actions() for widget in frame.findChildren(QWidget))


# ---------------------------------------------------------------- keeping up


def test_a_change_reaches_the_screens_that_show_it(frame: Frame) -> None:
    seen = here(frame)
    frame.go(Place.BALLOTS)
    hidden, seen = seen, here(frame)
    frame.refresh(frozenset({"meetings"}))
    assert (hidden.loads, seen.loads) == (1, 1)
    frame.refresh(frozenset({"ballots", "meetings"}))
    assert (hidden.loads, seen.loads) == (1, 2), "what is not seen waits until it is"
    frame.go(Place.ATTENTION)
    assert hidden.loads == 2


# ---------------------------------------------------------------- waiting and failing


def test_quick_work_says_nothing(frame: Frame, qtbot: QtBot) -> None:
    screen = here(frame)
    done: list[str] = []
    screen.ask("Đang mở phiếu", lambda _: "phiếu", done.append)
    qtbot.waitUntil(lambda: bool(done))
    assert done == ["phiếu"]
    assert screen.findChildren(ProgressRow) == []


def test_slow_work_is_said_counted_and_can_be_stopped(frame: Frame, qtbot: QtBot) -> None:
    screen = here(frame)
    ended: list[Exception] = []
    tick = threading.Event()

    def work(call: Call) -> None:
        for _ in range(6_000):
            tick.wait(0.01)
            call.report(12, 42)

    screen.ask("Đang tải tài liệu", work, lambda _: pytest.fail("went on"), failed=ended.append)
    assert screen.findChildren(ProgressRow) == [], "not before 0.3 s"
    qtbot.waitUntil(lambda: bool(screen.findChildren(ProgressRow)))
    line = screen.findChildren(ProgressRow)[0]
    stop = line.findChildren(QPushButton)[0]
    assert stop.isHidden(), "not before 2 s"
    assert "Đang tải tài liệu" in [text.text() for text in line.findChildren(Text)]
    qtbot.waitUntil(lambda: "12/42" in [text.text() for text in line.findChildren(Text)])
    qtbot.waitUntil(stop.isVisible)
    QTest.keyClick(stop, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(ended))
    assert isinstance(ended[0], CancelledError)
    qtbot.waitUntil(lambda: screen.findChildren(ProgressRow) == [])


def test_an_error_is_explained_and_can_be_tried_again(frame: Frame, qtbot: QtBot) -> None:
    screen = here(frame)

    def refuse(_call: Call) -> None:
        raise PermissionError

    screen.ask("Đang gửi", refuse, lambda _: None)
    qtbot.waitUntil(lambda: notices(screen) == ["Lỗi: Phiếu đã đóng."])
    first = screen.findChildren(Notice)
    screen.ask("Đang gửi", refuse, lambda _: None)
    qtbot.waitUntil(lambda: len(found := screen.findChildren(Notice)) == 1 and found != first)
    again = screen.findChildren(Notice)[0].findChildren(QPushButton)[0]
    QTest.keyClick(again, Qt.Key.Key_Space)
    assert screen.loads == 2
    assert notices(screen) == []


def test_an_error_nobody_foresaw_is_told_too(frame: Frame, qtbot: QtBot) -> None:
    screen = here(frame)

    def fail(_call: Call) -> None:
        raise ZeroDivisionError

    screen.ask("Đang mở", fail, lambda _: None)
    qtbot.waitUntil(lambda: bool(notices(screen)))
    notice = screen.findChildren(Notice)[0]
    assert "ZeroDivisionError" in notice.accessibleName()
    assert notice.accessibleDescription() != ""


def test_a_notice_stays_when_the_screen_loads_again(frame: Frame, qtbot: QtBot) -> None:
    screen = here(frame)
    screen.show_notice(Notice(Tone.POSITIVE, "Đã ghi nhận 4 phiếu."))
    frame.refresh(frozenset({"ballots"}))
    qtbot.waitUntil(lambda: notices(screen) == ["Đã xong: Đã ghi nhận 4 phiếu."])


def test_a_success_takes_the_place_of_another(frame: Frame) -> None:
    screen = here(frame)
    for words in ("Đã in.", "Đã xuất."):
        screen.show_notice(Notice(Tone.POSITIVE, words, is_closable=True))
        assert notices(screen) == [f"Đã xong: {words}"], "at once: its place is never blank"


def test_an_empty_screen_says_so(frame: Frame, qtbot: QtBot) -> None:
    screen = here(frame)
    screen.show_empty("vote", "Không có phiếu nào", "Phiếu mới sẽ hiện ở đây.", Button("Xem phiếu cũ"))
    qtbot.waitUntil(
        lambda: "Không có phiếu nào" in [w.accessibleName() for w in screen.findChildren(QWidget) if w.isVisible()]
    )


def test_the_keyboard_finds_what_an_empty_screen_offers(frame: Frame, background: Background, qtbot: QtBot) -> None:
    class Nothing(Screen):
        def load(self) -> None:
            self.show_empty("vote", "Không có phiếu nào", "", action)

    action = Button("Xem phiếu cũ")
    frame.lay(Nothing(background, "Phiếu"))
    qtbot.waitUntil(action.hasFocus)


def test_a_screen_taken_away_hears_nothing(frame: Frame, background: Background, qtbot: QtBot) -> None:
    above, go_on = Ballots(background, "Phiếu 2"), threading.Event()
    heard: list[bool] = []
    frame.lay(above)
    above.ask("Đang mở", lambda _: go_on.wait(5), heard.append)
    frame.back()
    qtbot.waitUntil(lambda: not isValid(above))
    go_on.set()
    after: list[object] = []
    here(frame).ask("Đang mở", lambda _: "sau", after.append)
    qtbot.waitUntil(lambda: bool(after))
    assert heard == []
