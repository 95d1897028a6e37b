"""The kit by keyboard and by ear: every control can be reached, used and heard, and none decides for a person."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, Qt, QTimer, QUrl
from PySide6.QtGui import QAccessible, QDropEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.background import Progress
from ecabinet.client.desk.preparing import Missing
from ecabinet.client.ui import theme
from ecabinet.client.ui.preparing.send_bar import SendBar
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import (
    Beside,
    Button,
    Chip,
    Choice,
    ChoiceField,
    Column,
    Confirmation,
    DateTimeField,
    EmptyState,
    Entry,
    Field,
    FileDrop,
    IconButton,
    Key,
    KeysSheet,
    Notice,
    OptionCards,
    PinField,
    ProgressRow,
    Record,
    Row,
    RowList,
    Section,
    Sheet,
    Split,
    Status,
    StatusLine,
    StepHeader,
    Table,
    Text,
    TextArea,
    TextField,
    TickBox,
    Toolbar,
    bind,
    boxed,
    column,
    deadline_chip,
    flow,
)
from ecabinet.client.ui.widgets.status import sentence

pytestmark = pytest.mark.usefixtures("dressed")

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
TIMES = Times(zone=HANOI, clock=lambda: NOW)
Keys = Qt.Key


class Show:
    """Shows widgets below each other in a window, and keeps it for the test."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self._windows: list[QWidget] = []

    def __call__(self, *widgets: QWidget, width: int = 480, height: int = 400) -> QWidget:
        window = boxed(column(*widgets))
        self._windows.append(window)
        self._qtbot.addWidget(window)
        window.resize(width, height)
        with self._qtbot.waitExposed(window):
            window.show()
        return window


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    return Show(qtbot)


def click(widget: QWidget, at: QPoint) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def heard(widget: QWidget, what: QAccessible.Text = QAccessible.Text.Name) -> str:
    """What a screen reader says of a widget."""
    return QAccessible.queryAccessibleInterface(widget).text(what)


def role(widget: QWidget) -> QAccessible.Role:
    return QAccessible.queryAccessibleInterface(widget).role()


# ---------------------------------------------------------------- buttons


@pytest.mark.parametrize("key", [Keys.Key_Space, Keys.Key_Return, Keys.Key_Enter])
def test_a_button_is_pressed_by_space_and_enter(qtbot: QtBot, show: Show, key: Qt.Key) -> None:
    button = Button("Gửi phiếu")
    show(button)
    button.setFocus()
    with qtbot.waitSignal(button.clicked):
        QTest.keyClick(button, key)


def test_ctrl_enter_belongs_to_the_window(show: Show) -> None:
    button, went_on = Button("Đóng"), []
    window = show(button)
    bind(window, [Key(keys="Ctrl+Return", name="Tiếp", act=lambda: went_on.append("on"))])
    button.setFocus()
    button.clicked.connect(lambda: pytest.fail("pressed"))
    QTest.keyClick(button, Keys.Key_Return, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(button, Keys.Key_Enter, Qt.KeyboardModifier.ControlModifier)
    assert went_on == ["on", "on"]


def test_an_icon_alone_says_what_it_does_and_by_which_key(show: Show) -> None:
    button = IconButton("search", "Tìm trong tài liệu", keys="Ctrl+F")
    show(button)
    assert heard(button) == "Tìm trong tài liệu"
    assert button.toolTip() == "Tìm trong tài liệu (Ctrl+F)"


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_every_target_is_large_enough(
    show: Show, monkeypatch: pytest.MonkeyPatch, dressed: QApplication, scale: float
) -> None:
    theme.use(dressed, theme.Theme(scale=scale))
    cards = OptionCards("A?", [Choice(key="a", label="A"), Choice(key="b", label="B")])
    show(cards)
    controls = [
        Button("A"),
        IconButton("x", "Đóng"),
        TextField(),
        ChoiceField(),
        DateTimeField(HANOI, NOW),
        TickBox("A"),
        TextArea(),
    ]
    show(*controls, height=1_400)
    controls.append(card(cards, 1))
    assert [type(each).__name__ for each in controls if min(each.width(), each.height()) < 44 * scale - 1] == []


# ---------------------------------------------------------------- option cards


def options() -> OptionCards:
    return OptionCards(
        "Câu 1. Tổng mức 48 tỷ đồng",
        [
            Choice(key="agree", label="Đồng ý"),
            Choice(key="disagree", label="Không đồng ý"),
            Choice(key="other", label="Ý kiến khác", note="Cần ghi rõ ý kiến"),
        ],
    )


def card(cards: OptionCards, number: int) -> QRadioButton:
    return cards.findChildren(QRadioButton)[number - 1]


def test_nothing_is_chosen_until_a_person_chooses(qtbot: QtBot, show: Show) -> None:
    cards = options()
    window = show(cards)
    cards.setFocus()
    assert cards.chosen_key is None
    QTest.keyClick(window.focusWidget(), Keys.Key_Down)
    QTest.keyClick(window.focusWidget(), Keys.Key_Down)
    assert card(cards, 3).hasFocus()
    assert cards.chosen_key is None, "arrows move and do not choose"
    with qtbot.waitSignal(cards.chosen) as chosen:
        QTest.keyClick(window.focusWidget(), Keys.Key_Space)
    assert chosen.args == ["other"]
    assert cards.chosen_key == "other"


def test_arrows_go_round(show: Show) -> None:
    cards = options()
    window = show(cards)
    cards.setFocus()
    QTest.keyClick(window.focusWidget(), Keys.Key_Up)
    assert card(cards, 3).hasFocus()
    QTest.keyClick(window.focusWidget(), Keys.Key_Right)
    assert card(cards, 1).hasFocus()


def test_ctrl_and_a_digit_chooses_in_the_question_that_has_the_keyboard(show: Show) -> None:
    first, second = options(), options()
    show(first, second, height=700)
    second.setFocus()
    QTest.keyClick(card(second, 1), Keys.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert (first.chosen_key, second.chosen_key) == (None, "disagree")
    QTest.keyClick(card(second, 1), Keys.Key_7, Qt.KeyboardModifier.ControlModifier)
    assert second.chosen_key == "disagree"


def test_the_whole_card_is_the_target(show: Show) -> None:
    cards = options()
    show(cards)
    target = card(cards, 2)
    click(target, QPoint(target.width() - 3, target.height() - 3))
    assert cards.chosen_key == "disagree"


def test_a_choice_can_be_changed_restored_and_taken_back(show: Show) -> None:
    cards = options()
    show(cards)
    cards.choose("agree")
    cards.choose("other")
    assert cards.chosen_key == "other"
    cards.clear()
    assert cards.chosen_key is None


def test_an_option_is_heard_as_a_radio_button_with_its_note(show: Show) -> None:
    cards = options()
    show(cards)
    assert role(card(cards, 3)) == QAccessible.Role.RadioButton
    assert heard(card(cards, 3)) == "Ý kiến khác"
    assert heard(card(cards, 3), QAccessible.Text.Description) == "Cần ghi rõ ý kiến. Phím Ctrl+3"
    assert heard(cards) == "Câu 1. Tổng mức 48 tỷ đồng"


def test_a_long_option_is_shown_whole(show: Show) -> None:
    long = "Tán thành phương án điều chỉnh theo lộ trình 02 năm như đề nghị của Sở Tài chính " * 2
    cards = OptionCards("Câu 1", [Choice(key="a", label=long), Choice(key="b", label="Không")])
    show(cards, width=360)
    assert card(cards, 1).height() >= 5 * theme.px(24)
    assert card(cards, 2).height() < card(cards, 1).height()


# ---------------------------------------------------------------- PIN


def line_of(field: QWidget) -> QLineEdit:
    return field.findChildren(QLineEdit)[0]


def test_a_pin_is_digits_and_is_never_shown(qtbot: QtBot, show: Show) -> None:
    pin = PinField()
    show(pin)
    QTest.keyClicks(line_of(pin), "12ab34 56")
    assert line_of(pin).displayText() == "●" * 6 or set(line_of(pin).displayText()).isdisjoint("0123456789")
    assert role(line_of(pin)) == QAccessible.Role.EditableText
    assert heard(line_of(pin)) == "Mã PIN"
    with qtbot.waitSignal(pin.entered) as entered:
        QTest.keyClick(line_of(pin), Keys.Key_Return)
    assert entered.args == ["123456"]
    assert line_of(pin).text() == "", "forgotten as soon as it is handed over"


def test_a_short_pin_is_not_tried(show: Show) -> None:
    pin = PinField()
    show(pin)
    pin.entered.connect(lambda _pin: pytest.fail("tried"))
    QTest.keyClicks(line_of(pin), "1234")
    assert not pin.is_complete
    QTest.keyClick(line_of(pin), Keys.Key_Return)
    assert "ít nhất 6" in heard(line_of(pin), QAccessible.Text.Description)


def test_a_wrong_pin_tells_what_is_left(show: Show) -> None:
    pin = PinField()
    show(pin)
    pin.refuse(2)
    assert (
        heard(line_of(pin), QAccessible.Text.Description)
        == "Mã PIN không đúng. Còn 2 lần thử; nhập sai hết số lần này thì khóa ký trên máy bị hủy."
    )
    QTest.keyClicks(line_of(pin), "1")
    assert heard(line_of(pin), QAccessible.Text.Description) == ""
    pin.refuse(0)
    assert not pin.isEnabled()


# ---------------------------------------------------------------- fields


def test_a_field_is_heard_with_its_label_its_help_and_what_is_wrong(show: Show) -> None:
    text = TextField()
    field = Field("Trích yếu", text, help_text="Ghi như trên tờ trình.")
    show(field)
    assert heard(text) == "Trích yếu"
    assert heard(text, QAccessible.Text.Description) == "Ghi như trên tờ trình."
    field.fail("Chưa ghi trích yếu.")
    assert heard(text, QAccessible.Text.Description) == field.error == "Chưa ghi trích yếu."
    field.clear_error()
    assert heard(text, QAccessible.Text.Description) == "Ghi như trên tờ trình."
    assert field.error == ""


def test_what_is_typed_is_composed(dressed: QApplication) -> None:
    line, area = TextField("  Tha\u0309o luận "), TextArea("Thu\u031b\u0309a\n")
    assert (line.value, area.value) == ("Thảo luận", "Thửa")


def test_tab_leaves_a_text_area(show: Show) -> None:
    area, after = TextArea(), Button("Tiếp")
    show(area, after)
    area.setFocus()
    QTest.keyClick(area, Keys.Key_Tab)
    assert after.hasFocus()
    assert area.value == ""


def test_a_wheel_that_passes_by_changes_nothing(show: Show) -> None:
    choice, when = ChoiceField(), DateTimeField(HANOI, NOW)
    choice.addItems(["Thường", "Khẩn"])
    other = TextField()
    show(other, choice, when)
    other.setFocus()
    for field in (choice, when):
        turned = QWheelEvent(
            QPointF(5, 5),
            QPointF(field.mapToGlobal(QPoint(5, 5))),
            QPoint(0, -120),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(field, turned)
    assert choice.currentText() == "Thường"
    assert when.value == NOW


def test_a_time_is_set_in_the_zone_of_the_body(show: Show) -> None:
    when = DateTimeField(HANOI, NOW)
    show(when)
    assert when.text() == "Thứ Hai, 23/11/2026, 09:30"
    when.show_time(datetime(2026, 11, 30, 10, 0, tzinfo=UTC))
    assert when.text() == "Thứ Hai, 30/11/2026, 17:00"
    assert when.value == datetime(2026, 11, 30, 10, 0, tzinfo=UTC)


def test_the_words_of_a_tick_box_belong_to_it(show: Show) -> None:
    tick = TickBox("Gửi cả cho thư ký")
    show(tick)
    click(tick, QPoint(tick.width() - 4, 20))
    assert tick.isChecked()
    assert role(tick) == QAccessible.Role.CheckBox
    assert heard(tick) == "Gửi cả cho thư ký"


# ---------------------------------------------------------------- lists and tables


ROWS: list[Entry] = [
    Section(title="Quá hạn"),
    Row(key="light", title="Chiếu sáng đô thị", detail="Sở Xây dựng", chips=(Chip(text="Khẩn"),), is_new=True),
    Section(title="Hôm nay"),
    Row(key="flood", title="Khắc phục hậu quả mưa lũ"),
    Row(key="land", title="Bảng giá đất"),
]


def test_a_list_is_walked_by_arrows_over_its_headings_and_opened_by_enter(qtbot: QtBot, show: Show) -> None:
    rows = RowList("Việc cần xử lý")
    show(rows)
    rows.show_rows(ROWS)
    rows.setFocus()
    assert rows.current_key == "light"
    QTest.keyClick(rows, Keys.Key_Down)
    assert rows.current_key == "flood", "headings are passed over"
    with qtbot.waitSignal(rows.opened) as opened:
        QTest.keyClick(rows, Keys.Key_Return)
    assert opened.args == ["flood"]
    QTest.keyClick(rows, Keys.Key_End)
    assert rows.current_key == "land"


def test_a_list_keeps_its_place_when_it_is_shown_again(show: Show) -> None:
    rows = RowList("Việc cần xử lý")
    show(rows)
    rows.show_rows(ROWS)
    rows.setFocus()
    QTest.keyClick(rows, Keys.Key_End)
    rows.show_rows([ROWS[2], ROWS[4], ROWS[3]])
    assert rows.current_key == "land"
    rows.show_rows([ROWS[2], ROWS[3]])
    assert rows.current_key == "flood"
    rows.show_rows([])
    assert rows.current_key is None


def test_a_row_is_heard_whole(show: Show) -> None:
    rows = RowList("Việc cần xử lý")
    show(rows)
    rows.show_rows(ROWS)
    list_ = QAccessible.queryAccessibleInterface(rows)
    assert list_.text(QAccessible.Text.Name) == "Việc cần xử lý"
    assert list_.child(1).text(QAccessible.Text.Name) == "Mới. Chiếu sáng đô thị. Sở Xây dựng. Khẩn"


def test_a_click_opens_a_row_and_not_a_heading(show: Show) -> None:
    rows = RowList("Việc cần xử lý")
    show(rows)
    rows.show_rows(ROWS)
    opened: list[str] = []
    rows.opened.connect(opened.append)
    for number in range(len(ROWS)):
        where = rows.visualRect(rows.model().index(number, 0)).center()
        click(rows.viewport(), where)
    assert opened == ["light", "flood", "land"]


def test_the_second_click_of_a_double_click_opens_nothing(show: Show) -> None:
    rows = RowList("Việc cần xử lý")
    show(rows)
    rows.show_rows(ROWS)
    opened: list[str] = []
    rows.opened.connect(opened.append)
    row = next(number for number, each in enumerate(ROWS) if isinstance(each, Row))
    where = rows.visualRect(rows.model().index(row, 0)).center()
    a_click = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease)
    another = (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease)
    for kinds, at, count in ((a_click, 1_000_000, 1), (another, 1_000_200, 1), (a_click, 1_002_000, 2)):
        for kind in kinds:
            left, place = Qt.MouseButton.LeftButton, QPointF(where)
            event = QMouseEvent(kind, place, place, left, left, Qt.KeyboardModifier.NoModifier)
            event.setTimestamp(at)
            QApplication.sendEvent(rows.viewport(), event)
        assert len(opened) == count


def test_a_long_list_is_set_only_where_it_is_seen(show: Show) -> None:
    rows = RowList("Kho lưu trữ")
    show(rows)
    rows.show_rows([Row(key=str(number), title=f"Phiếu số {number}") for number in range(4_000)])
    rows.setFocus()
    QTest.keyClick(rows, Keys.Key_End)
    assert rows.current_key == "3999"


def test_a_table_is_opened_by_enter_and_keeps_its_place(qtbot: QtBot, show: Show) -> None:
    table = Table("Theo dõi phiếu", [Column(title="Thành viên", stretches=True), Column(title="Trạng thái")])
    show(table)
    lines = [
        Record(key="chair", cells=("Chủ tịch UBND tỉnh", Chip(text="Đã trả lời"))),
        Record(key="finance", cells=("Giám đốc Sở Tài chính", Chip(text="Quá hạn"))),
    ]
    table.show_records(lines)
    table.setFocus()
    QTest.keyClick(table, Keys.Key_Down)
    with qtbot.waitSignal(table.opened) as opened:
        QTest.keyClick(table, Keys.Key_Return)
    assert opened.args == ["finance"]
    table.show_records(lines[::-1])
    QTest.keyClick(table, Keys.Key_Return)
    assert table.currentIndex().row() == 0
    assert table.model().index(0, 1).data() == "Quá hạn"


# ---------------------------------------------------------------- telling


def test_a_notice_tells_what_happened_what_is_safe_and_what_to_do(qtbot: QtBot, show: Show) -> None:
    notice = Notice(
        Tone.DANGER, "Phiếu đã đóng.", safe="Ý kiến vẫn còn trên máy.", to_do="Liên hệ thư ký.", is_closable=True
    )
    show(notice)
    assert heard(notice) == "Lỗi: Phiếu đã đóng."
    assert heard(notice, QAccessible.Text.Description) == "Ý kiến vẫn còn trên máy. Liên hệ thư ký."
    close = notice.findChildren(IconButton)[0]
    with qtbot.waitSignal(notice.closed):
        QTest.keyClick(close, Keys.Key_Return)
    assert notice.isHidden()


def test_a_success_goes_by_itself_unless_it_is_being_read(qtbot: QtBot, show: Show) -> None:
    notice, failure = Notice(Tone.POSITIVE, "Đã in.", is_closable=True), Notice(Tone.DANGER, "Hỏng.", is_closable=True)
    show(notice)
    assert not failure.is_passing
    timer = notice.findChildren(QTimer)[0]
    assert timer.isActive()
    close = notice.findChildren(IconButton)[0]
    notice.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)  # wherever the pointer of this machine is
    close.setFocus()
    qtbot.waitUntil(close.hasFocus)
    timer.timeout.emit()
    assert not notice.isHidden()
    close.clearFocus()
    with qtbot.waitSignal(notice.closed):
        timer.timeout.emit()
    assert notice.isHidden()


def test_an_empty_list_says_why_and_what_comes_next(show: Show) -> None:
    state = EmptyState("vote", "Không có phiếu nào", "Phiếu mới sẽ hiện ở đây.")
    show(state)
    assert heard(state) == "Không có phiếu nào"
    assert heard(state, QAccessible.Text.Description) == "Phiếu mới sẽ hiện ở đây."


def test_steps_say_where_one_is(show: Show) -> None:
    steps = StepHeader(["Chọn", "Đọc lại", "Mã PIN", "Biên nhận"])
    show(steps, width=260)
    assert heard(steps) == "Bước 1/4: Chọn"
    steps.go(2)
    assert heard(steps) == "Bước 3/4: Mã PIN"
    steps.go(4)
    assert heard(steps) == "Bước 4/4: Biên nhận"


def test_progress_is_counted_and_can_be_stopped_once(qtbot: QtBot, show: Show) -> None:
    going = ProgressRow("Đang tải tài liệu")
    show(going)
    going.show_progress(Progress(done=1_204, total=3_360))
    assert "1.204/3.360" in [text.text() for text in going.findChildren(Text)]
    stop = going.findChildren(QPushButton)[0]
    with qtbot.waitSignal(going.cancelled):
        QTest.keyClick(stop, Keys.Key_Space)
    assert not stop.isEnabled()
    assert "Đang dừng…" in [text.text() for text in going.findChildren(Text)]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status(), "Chưa cập nhật lần nào"),
        (
            Status(updated_at=NOW, papers_here=42, papers=42, ready_until=datetime(2026, 11, 30, tzinfo=UTC)),
            "Cập nhật lúc 09:30 · Đã tải đủ 42/42 tài liệu · Dùng được khi không có mạng đến hết ngày 30/11",
        ),
        (
            Status(updated_at=NOW, papers_here=3, papers=42, progress=Progress(done=3, total=42)),
            "Cập nhật lúc 09:30 · Đang tải 3/42 tài liệu",
        ),
        (
            Status(updated_at=NOW, papers_here=36, papers=42, is_offline=True, waiting_to_be_sent=2),
            "Không có mạng · Cập nhật lúc 09:30 · Mới tải 36/42 tài liệu · 2 việc chờ gửi",
        ),
    ],
)
def test_the_status_line_is_honest(show: Show, status: Status, said: str) -> None:
    assert sentence(status, TIMES) == said
    line = StatusLine(TIMES)
    show(line, width=300)
    line.show_status(status)
    assert line.text == said, "shortened to the eye only"


def test_a_deadline_chip_says_it_in_words_and_exactly_on_hover() -> None:
    chip = deadline_chip(TIMES, datetime(2026, 11, 23, 4, 30, tzinfo=UTC))
    assert chip.text == "thứ Hai 23/11, 11:30 — còn 2 giờ"
    assert chip.hint == "11 giờ 30 phút, thứ Hai, ngày 23/11/2026"
    assert chip.icon is not None


# ---------------------------------------------------------------- sheets


def test_a_confirmation_starts_on_the_way_out(qtbot: QtBot, show: Show) -> None:
    window, done = show(Text("Phiếu")), []
    sheet = Confirmation(window, "Đóng phiếu?", "Không mở lại được.", do="Đóng phiếu", then=lambda: done.append(1))
    with qtbot.waitExposed(sheet):
        sheet.open()
    assert heard(sheet) == "Đóng phiếu?"
    assert heard(sheet, QAccessible.Text.Description) == "Không mở lại được."
    focused = sheet.focusWidget()
    assert isinstance(focused, QPushButton)
    assert focused.text() == "Không, quay lại"
    with qtbot.waitSignal(sheet.finished):
        QTest.keyClick(focused, Keys.Key_Return)
    assert done == []


def test_a_confirmation_acts_when_asked_and_not_on_escape(qtbot: QtBot, show: Show) -> None:
    window, done = show(Text("Phiếu")), []

    def ask() -> Confirmation:
        sheet = Confirmation(window, "Đóng phiếu?", "Không mở lại được.", do="Đóng phiếu", then=lambda: done.append(1))
        with qtbot.waitExposed(sheet):
            sheet.open()
        return sheet

    sheet = ask()
    with qtbot.waitSignal(sheet.finished):
        QTest.keyClick(sheet, Keys.Key_Escape)
    assert done == []
    sheet = ask()
    QTest.keyClick(sheet.focusWidget(), Keys.Key_Tab)
    with qtbot.waitSignal(sheet.finished):
        QTest.keyClick(sheet.focusWidget(), Keys.Key_Space)
    assert done == [1]


def test_a_sheet_stays_in_the_middle_of_a_window_that_changes(qtbot: QtBot, show: Show) -> None:
    window = show(Text("Phiếu"))
    window.resize(1366, 768)
    sheet = Sheet(window, "Cần đọc", *(Text(f"Dòng {line}") for line in range(60)), buttons=(Button("Đóng"),))
    with qtbot.waitExposed(sheet):
        sheet.open()
    for width, height in ((1024, 720), (1366, 768)):
        window.resize(width, height)
        qtbot.waitUntil(lambda width=width: abs(sheet.geometry().center().x() - width // 2) <= 1)  # type: ignore[misc]
        assert sheet.height() < height
    sheet.close()


def test_the_keys_sheet_tells_every_key(qtbot: QtBot, show: Show) -> None:
    window = show(Text("Phiếu"))
    sheet = KeysSheet(window, [("Ở đây", [Key(keys="Ctrl+Return", name="Tiếp")]), ("Trống", [])])
    with qtbot.waitExposed(sheet):
        sheet.open()
    words = [label.text() for label in sheet.findChildren(Text)]
    assert "Tiếp" in words
    assert "Trống" not in words
    with qtbot.waitSignal(sheet.finished):
        QTest.keyClick(sheet.focusWidget(), Keys.Key_Return)


# ---------------------------------------------------------------- files, tools, panes


def drop(target: QWidget, *urls: str) -> None:
    carried = QMimeData()
    carried.setUrls([QUrl(url) for url in urls])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        carried,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QEvent.Type.Drop,
    )
    assert isinstance(target, FileDrop)
    target.dropEvent(event)  # the way there is the window system's


def test_dropped_files_are_handed_on_by_path(qtbot: QtBot, show: Show) -> None:
    target = FileDrop("Thả tệp PDF vào đây", "Hoặc chọn từ máy.")
    show(target)
    with qtbot.waitSignal(target.dropped) as dropped:
        drop(target, "file:///tmp/t%E1%BB%9D%20tr%C3%ACnh.pdf", "https://example.vn/a.pdf")
    assert dropped.args == [(Path("/tmp/tờ trình.pdf"),)]  # noqa: S108 - never opened


def test_what_is_no_file_is_not_taken(show: Show) -> None:
    target = FileDrop("Thả tệp PDF vào đây", "Hoặc chọn từ máy.")
    show(target)
    target.dropped.connect(lambda _paths: pytest.fail("taken"))
    drop(target, "https://example.vn/a.pdf")


def test_tools_without_room_fold_into_a_menu_and_still_work(qtbot: QtBot, show: Show) -> None:
    tools, pressed = Toolbar("Công cụ"), []
    actions = [
        tools.add_tool("clock", f"Công cụ {number}", lambda number=number: pressed.append(number))  # type: ignore[misc]
        for number in range(8)
    ]
    window = show(tools, width=700)
    buttons = [button for button in tools.findChildren(IconButton) if button.accessibleName()[-1].isdigit()]
    more = next(button for button in tools.findChildren(IconButton) if button.menu() is not None)
    assert sum(button.isVisible() for button in buttons) == 8
    assert more.isHidden()
    window.resize(240, 400)
    qtbot.waitUntil(more.isVisible, timeout=20_000)
    visible = [button for button in buttons if button.isVisible()]
    folded = [action.text() for action in more.menu().actions()]
    assert len(visible) + len(folded) == 8
    assert all(button.geometry().right() < 240 for button in [*visible, more])
    actions[7].trigger()
    click(visible[0], visible[0].rect().center())
    assert pressed == [7, 0]
    actions[0].setEnabled(False)
    assert not buttons[0].isEnabled()


def test_the_side_steps_back_where_there_is_no_room(qtbot: QtBot, show: Show) -> None:
    main, side = TextArea(), TextArea()
    split = Split(main, side)
    window = show(split, width=1_200)
    assert split.is_side_open
    window.resize(700, 400)
    qtbot.waitUntil(lambda: not split.is_side_open, timeout=20_000)
    assert main.isVisible()
    split.toggle_side()
    assert side.isVisible()
    assert not main.isVisible()
    split.toggle_side()
    assert main.isVisible()
    window.resize(1_200, 400)
    qtbot.waitUntil(lambda: split.is_side_open and main.isVisible(), timeout=20_000)


def test_a_side_that_waits_to_be_asked_comes_and_stays_only_then(qtbot: QtBot, show: Show) -> None:
    main, side = TextArea(), TextArea()
    split = Split(main, side, waits_to_be_asked=True)
    window = show(split, width=1_200)
    assert not split.is_side_open
    window.resize(700, 400)
    qtbot.waitUntil(lambda: split.width() <= 700, timeout=20_000)
    split.toggle_side()
    split.toggle_side()
    window.resize(1_200, 400)
    qtbot.waitUntil(lambda: split.width() > 700, timeout=20_000)
    assert not split.is_side_open
    window.resize(700, 400)
    qtbot.waitUntil(lambda: split.width() <= 700, timeout=20_000)
    split.toggle_side()
    window.resize(1_200, 400)
    qtbot.waitUntil(lambda: main.isVisible() and split.is_side_open, timeout=20_000)


def test_text_is_never_mark_up_and_is_shown_whole(show: Show) -> None:
    text = Text("<b>Về việc</b> & " + "điều chỉnh Bảng giá đất " * 20)
    show(text, width=300)
    assert text.textFormat() == Qt.TextFormat.PlainText
    assert text.height() >= text.heightForWidth(text.width())
    assert text.heightForWidth(150) > text.heightForWidth(300) > text.heightForWidth(900)


def test_a_flow_breaks_lines_like_words(show: Show) -> None:
    buttons = [Button(f"Phương án {number}") for number in range(5)]
    window = show(boxed(flow(*buttons)), width=340)
    assert len({button.y() for button in buttons}) == 3
    assert all(button.geometry().right() <= window.width() for button in buttons)


@pytest.mark.parametrize("width", [1000, 700, 430])
def test_the_bar_that_sends_keeps_its_button_whole(show: Show, qtbot: QtBot, width: int) -> None:
    bar = SendBar("Gửi phiên họp")
    bar.show_missing((Missing.TITLE, Missing.CHAIR))
    bar.show_unkept()
    show(boxed(column(bar, None)), width=width)
    bar.show_kept("00:25")
    kept = bar.findChild(QWidget, "kept")
    assert kept is not None
    qtbot.waitUntil(lambda: kept.width() >= kept.sizeHint().width())
    assert bar.send.height() >= theme.px(theme.TARGET)
    assert bar.send.width() >= bar.send.sizeHint().width()
    assert bar.rect().contains(QRect(bar.send.mapTo(bar, QPoint()), bar.send.size()))


def test_columns_lie_below_each_other_where_there_is_no_room(show: Show, qtbot: QtBot) -> None:
    left, right = TextArea(), TextArea()
    window = show(Beside(left, right), width=900)
    assert left.y() == right.y()
    window.resize(500, 600)
    qtbot.waitUntil(lambda: left.x() == right.x() and right.y() > left.y(), timeout=20_000)
    window.resize(900, 600)
    qtbot.waitUntil(lambda: left.y() == right.y(), timeout=20_000)
