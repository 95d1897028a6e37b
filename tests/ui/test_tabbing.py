"""Tab goes as the eye does, whatever was made first."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QSpinBox, QWidget

from ecabinet.client.ui.widgets import InOrder, boxed, column, row, scrolled
from tests.ui.body import wait_until


def field(name: str) -> QLineEdit:
    made = QLineEdit()
    made.setObjectName(name)
    return made


class Form(InOrder):
    """Two fields beside each other, a spin box, and a field below."""

    def __init__(self) -> None:
        super().__init__()
        last, number, second, first = field("last"), QSpinBox(), field("second"), field("first")
        number.setObjectName("number")
        self.middle = column(number)
        self.setLayout(column(boxed(row(first, second)), self.middle, last))


def names_by(key: Qt.Key, times: int) -> list[str]:
    names = []
    for _ in range(times):
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, key)
        focused = QApplication.focusWidget()
        assert focused is not None
        names.append(focused.objectName())
    return names


def shown(window: QWidget, name: str) -> None:
    window.show()
    window.activateWindow()
    wait_until(window.isActiveWindow)
    of_that_name = window.findChild(QWidget, name)
    assert of_that_name is not None
    of_that_name.setFocus()


@pytest.fixture
def form(dressed: QApplication) -> Form:
    return Form()


def test_it_follows_the_layout_and_goes_round(form: Form) -> None:
    shown(form, "first")
    assert names_by(Qt.Key.Key_Tab, 4) == ["second", "number", "last", "first"]
    assert names_by(Qt.Key.Key_Backtab, 4) == ["last", "number", "second", "first"]


def test_what_comes_and_goes_is_reached_where_it_stands(form: Form) -> None:
    shown(form, "second")
    later = field("came later")
    form.middle.insertWidget(0, later)
    gone = form.findChild(QWidget, "number")
    assert gone is not None
    gone.hide()
    wait_until(later.isVisible)
    assert names_by(Qt.Key.Key_Tab, 3) == ["came later", "last", "first"]


def test_what_takes_no_keyboard_is_passed_over(form: Form) -> None:
    second, number = form.findChild(QWidget, "second"), form.findChild(QWidget, "number")
    assert second is not None
    assert number is not None
    second.setEnabled(False)
    number.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    shown(form, "first")
    assert names_by(Qt.Key.Key_Tab, 1) == ["last"]


def test_one_inside_another_is_a_part_of_it_and_scrolls_to_what_is_reached(form: Form) -> None:
    window = InOrder()
    area: QScrollArea = scrolled(form)
    window.setLayout(column(field("above"), area, field("below")))
    form.setMinimumHeight(3_000)
    window.resize(300, 200)
    shown(window, "below")
    assert names_by(Qt.Key.Key_Backtab, 1) == ["last"]
    last = form.findChild(QWidget, "last")
    assert last is not None
    assert last.visibleRegion().boundingRect() == last.rect()
    assert names_by(Qt.Key.Key_Tab, 3) == ["below", "above", "first"]
