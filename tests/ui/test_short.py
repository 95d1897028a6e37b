"""Low windows: what is told keeps its height, a foot goes with what is above it, and nothing is higher than needed."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import Below, Button, Capped, Footed, Notice, boxed, column
from ecabinet.client.ui.window import Window


def told() -> Notice:
    safe = "Mọi thứ đã có trên máy vẫn còn nguyên; những gì đã ký sẽ được gửi khi có mạng trở lại."
    return Notice(Tone.WARNING, "Ổ đĩa đã đầy nên chưa tải thêm được.", safe=safe, to_do="Hãy giải phóng dung lượng.")


def test_what_is_told_at_the_top_is_as_high_as_it_must_be_and_no_higher(dressed: QApplication, qtbot: QtBot) -> None:
    notice = told()
    window = Window()
    window.show_inside(QWidget())
    window.tell("disk", notice)
    qtbot.addWidget(window, before_close_func=lambda _: window.close_for_good())
    window.setMinimumSize(1, 1)
    window.resize(1_300, 768)
    with qtbot.waitExposed(window):
        window.show()
    (capped,) = window.findChildren(Capped)
    assert notice.height() == notice.heightForWidth(notice.width())
    assert notice.height() < capped.height() < 1.3 * notice.height()
    assert capped.verticalScrollBar().maximum() == 0
    window.resize(1_300, 200)
    assert capped.height() == 80
    assert capped.verticalScrollBar().maximum() > 0


def test_content_keeps_its_room_below_what_is_told(dressed: QApplication, qtbot: QtBot) -> None:
    notice, content = told(), QLineEdit()
    whole = Below(boxed(column(notice)), column(content, None))
    qtbot.addWidget(whole)
    whole.resize(600, 700)
    with qtbot.waitExposed(whole):
        whole.show()
    assert whole.verticalScrollBar().maximum() == 0
    whole.resize(600, 200)
    qtbot.waitUntil(lambda: whole.verticalScrollBar().maximum() > 0)
    assert notice.height() >= notice.heightForWidth(notice.width())
    whole.ensureWidgetVisible(content)
    assert content.visibleRegion().boundingRect().height() == content.height()


def test_what_the_collector_has_emptied_takes_no_event(dressed: QApplication, qtbot: QtBot) -> None:
    notice, capped = boxed(column(told())), boxed(column(told()))
    below, share = Below(notice, column(QLineEdit())), Capped(capped, 0.5)
    for widget, emptied in ((below, below.widget()), (share, share)):
        qtbot.addWidget(widget)
        vars(emptied).clear()
    for watched in (notice, capped):
        QApplication.sendEvent(watched, QEvent(QEvent.Type.LayoutRequest))


def test_a_foot_scrolls_with_the_rest_in_a_low_window(dressed: QApplication, qtbot: QtBot) -> None:
    send = Button("Gửi")
    footed = Footed(boxed(column(*(QLineEdit() for _ in range(20)))), boxed(column(send)))
    qtbot.addWidget(footed)
    footed.resize(600, 600)
    with qtbot.waitExposed(footed):
        footed.show()
    assert not footed.area.isAncestorOf(send)
    send.setFocus()
    footed.resize(600, 300)
    assert footed.area.isAncestorOf(send)
    assert send.hasFocus()
    footed.resize(600, 600)
    assert not footed.area.isAncestorOf(send)
