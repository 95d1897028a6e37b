"""The kit by keyboard and by ear: every control can be reached, used and heard, and none decides for a person."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.ui import theme
from ecabinet.client.ui.widgets import (
    Button,
    Choice,
    ChoiceField,
    DateTimeField,
    Field,
    IconButton,
    Key,
    OptionCards,
    PinField,
    TextArea,
    TextField,
    TickBox,
    bind,
)
from tests.ui.showing import Show, click, heard, role

pytestmark = pytest.mark.usefixtures("dressed")

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
Keys = Qt.Key


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
