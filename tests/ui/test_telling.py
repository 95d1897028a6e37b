"""What tells of how things stand: notices, steps, progress, the status line, deadlines."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ecabinet.client.background import Progress
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import (
    EmptyState,
    IconButton,
    Notice,
    ProgressRow,
    Status,
    StatusLine,
    StepHeader,
    Text,
    deadline_chip,
)
from ecabinet.client.ui.widgets.status import sentence
from tests.ui.showing import Show, heard

pytestmark = pytest.mark.usefixtures("dressed")

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
TIMES = Times(zone=HANOI, clock=lambda: NOW)
Keys = Qt.Key


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
        (
            Status(updated_at=NOW, papers_here=42, papers=42, is_connecting=True, waiting_to_be_sent=2),
            "Đang kết nối… · 2 việc chờ gửi",
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
