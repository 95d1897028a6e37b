"""Writing a title in place while papers arrive and lines change around it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ecabinet.client.ui.preparing.outline import Entry, Outline
from ecabinet.client.ui.widgets import TextField

FIRST = Entry(key="first", title="Dự toán", number="1.")
SECOND = Entry(key="second", title="Kế hoạch", number="2.")


@pytest.fixture
def outline(qtbot: QtBot) -> Outline:
    shown = Outline("Chương trình họp")
    qtbot.addWidget(shown)
    shown.resize(640, 320)
    shown.show()
    qtbot.waitExposed(shown)
    shown.activateWindow()
    shown.setFocus()
    shown.show_entries([FIRST, SECOND])
    shown.go_to("second")
    QTest.keyClick(shown, Qt.Key.Key_F2)
    return shown


def field() -> TextField:
    written = QApplication.focusWidget()
    assert isinstance(written, TextField)
    return written


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([FIRST, Entry(key="second", title="Kế hoạch", number="2.", detail="12 trang")], id="details"),
        pytest.param([FIRST, Entry(key="paper", title="Tờ trình", depth=1), SECOND], id="a-line-above"),
        pytest.param([SECOND], id="a-line-gone"),
    ],
)
def test_what_is_being_written_stays_when_lines_change(qtbot: QtBot, outline: Outline, entries: list[Entry]) -> None:
    field().insert("Đầu tư")
    renamed: list[tuple[str, str]] = []
    outline.renamed.connect(lambda key, title: renamed.append((key, title)))
    outline.show_entries(entries)
    field().insert(" công")
    QTest.keyClick(field(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is outline)
    assert renamed == [("second", "Đầu tư công")]


def test_a_title_that_is_taken_leaves_no_field_when_lines_change_with_it(qtbot: QtBot, outline: Outline) -> None:
    outline.renamed.connect(
        lambda key, title: outline.show_entries([Entry(key=key, title=title), Entry(key="new", title="Tờ trình")])
    )
    field().insert("Đầu tư")
    QTest.keyClick(field(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is outline)
    assert outline.current_key == "second"
    assert outline.state() is Outline.State.NoState


def test_a_line_that_goes_takes_its_field_along(qtbot: QtBot, outline: Outline) -> None:
    outline.show_entries([FIRST])
    qtbot.waitUntil(lambda: QApplication.focusWidget() is outline)
    assert outline.current_key == "first"
