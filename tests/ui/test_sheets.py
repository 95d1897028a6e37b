"""A sheet stays within its window, however large the type."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.ui.widgets import Button, Field, Sheet, TextField


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
