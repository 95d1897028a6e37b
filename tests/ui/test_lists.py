"""Lists and tables by keyboard and by ear."""

from collections import Counter

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import (
    Chip,
    Column,
    Entry,
    Record,
    Row,
    RowList,
    Section,
    Table,
)
from tests.ui.showing import Show, click

pytestmark = pytest.mark.usefixtures("dressed")

Keys = Qt.Key


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


def test_a_chip_stands_out_in_the_row_one_is_on(show: Show) -> None:
    rows = RowList("Tài liệu")
    show(rows)
    chip = Chip(text="Mới", tone=Tone.ACCENT)
    rows.show_rows([Row(key="one", title="Tờ trình", chips=(chip,)), Row(key="two", title="Dự thảo", chips=(chip,))])
    seen = rows.viewport().grab().toImage()
    marks = []
    for key in (0, 1):
        area = rows.visualRect(rows.model().index(key, 0))
        colours = Counter(seen.pixel(x, y) for x in range(area.width()) for y in range(area.top(), area.bottom()))
        marks.append({QColor(colour).name() for colour, count in colours.items() if count > chip.size().width() * 8})
    assert {theme.color("accent_soft").name(), theme.color("raised").name()} <= marks[0], "the row, and the chip in it"
    assert {theme.color("accent_soft").name(), theme.color("raised").name()} <= marks[1], "the other way round"


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
