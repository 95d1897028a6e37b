"""Sheets: in their window however large the type, and never done with by accident."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.ui.widgets import (
    Button,
    Confirmation,
    Field,
    Key,
    KeysSheet,
    Sheet,
    Text,
    TextField,
)
from ecabinet.client.ui.window import Window
from tests.ui.showing import Show, heard

pytestmark = pytest.mark.usefixtures("dressed")

Keys = Qt.Key


def test_a_sheet_that_is_too_tall_scrolls_to_where_the_keyboard_goes(dressed: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(640, 320)
    window.show()
    fields = [TextField() for _ in range(8)]
    act = Button("Gia hạn")
    sheet = Sheet(window, "Gia hạn", *(Field("Lý do", field) for field in fields), buttons=(act,))
    fields[0].setFocus()
    sheet.open()
    sheet.activateWindow()
    qtbot.waitUntil(fields[0].hasFocus)
    assert sheet.height() < window.height()
    assert act.visibleRegion().isEmpty()
    for field in fields:
        assert field.hasFocus()
        QTest.keyClick(field, Qt.Key.Key_Tab)
    assert act.hasFocus()
    assert act.visibleRegion().boundingRect() == act.rect()
    with qtbot.waitSignal(sheet.destroyed):
        sheet.close()


def test_a_low_sheet_shows_what_is_asked_and_what_is_wrong_with_it(dressed: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(640, 320)
    window.show()
    pin = TextField()
    asked = Field("Mã PIN", pin)
    sheet = Sheet(window, "Ký", *(Text("Những gì sẽ được ký.") for _ in range(9)), asked, buttons=(Button("Ký"),))
    pin.setFocus()
    sheet.open()
    qtbot.waitUntil(lambda: pin.visibleRegion().boundingRect() == pin.rect())
    asked.fail("Mã PIN không đúng. Còn 4 lần thử.")
    qtbot.waitUntil(lambda: asked.visibleRegion().boundingRect().bottom() == asked.rect().bottom())
    with qtbot.waitSignal(sheet.destroyed):
        sheet.close()


def test_a_sheet_grows_with_what_it_says(dressed: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1024, 768)
    window.show()
    pin = TextField()
    asked = Field("Mã PIN", pin)
    sheet = Sheet(window, "Ký", asked, buttons=(Button("Ký"),))
    sheet.open()
    qtbot.waitExposed(sheet)
    before = sheet.height()
    asked.fail("Mã PIN không đúng. Còn 1 lần thử; sai thêm lần nữa khóa ký trên máy này bị hủy. " * 3)
    qtbot.waitUntil(lambda: sheet.height() > before)
    (area,) = sheet.findChildren(QScrollArea)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0)
    assert abs(sheet.geometry().center().y() - window.geometry().center().y()) <= 1
    with qtbot.waitSignal(sheet.destroyed):
        sheet.close()


def test_the_keyboard_goes_to_a_sheet_and_back_where_no_window_manager_moves_it(
    dressed: QApplication, qtbot: QtBot
) -> None:
    window, close = Window(), Button("Đóng")
    qtbot.addWidget(window)
    window.show_inside(TextField())
    window.show()
    beside = QWidget()
    qtbot.addWidget(beside)
    beside.show()
    qtbot.waitUntil(window.isActiveWindow)  # as soon as it has appeared, whatever came up meanwhile
    sheet = Sheet(window, "Phím tắt", Text("Trợ giúp"), buttons=(close,))
    sheet.open()
    qtbot.waitUntil(sheet.isActiveWindow)
    with qtbot.waitSignal(sheet.destroyed):
        QTest.keyClick(close, Keys.Key_Escape)
    qtbot.waitUntil(window.isActiveWindow)


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
