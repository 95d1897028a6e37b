"""Files that are dropped, tools and panes, and what becomes of them where there is little room."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.desk.preparing import Missing
from ecabinet.client.ui import theme
from ecabinet.client.ui.preparing.send_bar import SendBar
from ecabinet.client.ui.widgets import (
    Beside,
    Button,
    FileDrop,
    IconButton,
    Split,
    Text,
    TextArea,
    Toolbar,
    boxed,
    column,
    flow,
)
from tests.ui.showing import Show, click

pytestmark = pytest.mark.usefixtures("dressed")


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
    qtbot.waitUntil(more.isVisible)
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
    qtbot.waitUntil(lambda: not split.is_side_open)
    assert main.isVisible()
    split.toggle_side()
    assert side.isVisible()
    assert not main.isVisible()
    split.toggle_side()
    assert main.isVisible()
    window.resize(1_200, 400)
    qtbot.waitUntil(lambda: split.is_side_open and main.isVisible())


def test_a_side_that_waits_to_be_asked_comes_and_stays_only_then(qtbot: QtBot, show: Show) -> None:
    main, side = TextArea(), TextArea()
    split = Split(main, side, waits_to_be_asked=True)
    window = show(split, width=1_200)
    assert not split.is_side_open
    window.resize(700, 400)
    qtbot.waitUntil(lambda: split.width() <= 700)
    split.toggle_side()
    split.toggle_side()
    window.resize(1_200, 400)
    qtbot.waitUntil(lambda: split.width() > 700)
    assert not split.is_side_open
    window.resize(700, 400)
    qtbot.waitUntil(lambda: split.width() <= 700)
    split.toggle_side()
    window.resize(1_200, 400)
    qtbot.waitUntil(lambda: main.isVisible() and split.is_side_open)


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
    qtbot.waitUntil(lambda: left.x() == right.x() and right.y() > left.y())
    window.resize(900, 600)
    qtbot.waitUntil(lambda: left.y() == right.y())
