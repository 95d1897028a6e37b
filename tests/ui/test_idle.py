"""When nobody touches anything."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.ui.idle import Idle
from tests.ui.body import wait_until


@pytest.fixture
def window(qtbot: QtBot, dressed: QApplication) -> QLineEdit:
    window = QLineEdit()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    wait_until(lambda: QApplication.focusWidget() is window)
    return window


def test_it_says_once_that_nobody_was_there(qtbot: QtBot, window: QWidget) -> None:
    idle = Idle(window, 100)
    with qtbot.waitSignal(idle.expired):
        pass
    with qtbot.assertNotEmitted(idle.expired, wait=300):
        pass


def test_a_key_begins_the_span_anew(qtbot: QtBot, window: QWidget) -> None:
    idle = Idle(window, 2_000)
    told: list[None] = []
    idle.expired.connect(lambda: told.append(None))
    handle = window.windowHandle()
    for _ in range(8):  # four seconds in all
        qtbot.wait(500)
        QTest.keyClick(handle, Qt.Key.Key_A)
    assert told == []
