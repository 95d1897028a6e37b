"""Meetings and lists of ballots: what a member sees at a glance, and that lists stay right while things change."""

import re
from datetime import timedelta
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView

from ecabinet.client.app import Application
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.reader.progress import Progress
from ecabinet.client.ui.screens import settle
from ecabinet.client.ui.widgets import ChipLabel
from tests.client.pages import samples
from tests.ui.body import Body, Sitter, wait_until
from tests.ui.hands import Hands


def at(chair: Sitter, place: Place) -> Hands:
    chair.show(place)
    hands = Hands(cast(Application, chair))
    settle(chair.is_settled)
    return hands


def rows_in(hands: Hands, name: str) -> list[str]:
    rows = hands.see(name)
    assert isinstance(rows, QAbstractItemView)
    model = rows.model()
    return [str(model.index(n, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for n in range(model.rowCount())]


def test_the_agenda_names_every_matter_with_its_state_and_every_paper(chair: Sitter) -> None:
    hands = at(chair, Place.MEETINGS)
    hands.open_row("meetings", "Phiên họp thường kỳ tháng 11")
    hands.see("agenda")
    assert "Chủ trì: Chủ tịch UBND tỉnh" in chair.window.screen_shown.subtitle
    wait_until(lambda: len(rows_in(hands, "agenda")) == 7 + 12)
    rows = rows_in(hands, "agenda")
    assert rows[0].startswith("1. Tình hình kinh tế - xã hội tháng 11")
    assert "Sở Tài chính" in rows[0]
    (paper,) = (row for row in rows if "Tờ trình về dự toán" in row)
    assert re.search(r"421/TTr-STC · Sở Tài chính · \d+ KB", paper)


def test_reading_and_noting_show_in_the_agenda(body: Body, chair: Sitter) -> None:
    body.cabinet.publish({"nghi-quyet-thu": samples.prose(1)})
    body.cabinet.send_items([("Việc thử", "Sở Tư pháp", ["nghi-quyet-thu"])], title="Cuộc họp thử về nghị quyết")
    chair.sync()
    hands = at(chair, Place.MEETINGS)
    hands.open_row("meetings", "Cuộc họp thử về nghị quyết")
    assert rows_in(hands, "agenda")[0] == "1. Việc thử. Sở Tư pháp. Chưa đọc"
    hands.open_row("agenda", "Tài liệu thử")
    (progress,) = hands.see("pages").findChildren(Progress)
    wait_until(lambda: progress._read == {0})
    hands.keys("Alt+Left")
    wait_until(lambda: "Đã đọc" in rows_in(hands, "agenda")[0])
    hands.open_row("agenda", "Tài liệu thử")
    hands.see("pages")
    settle(chair.is_settled)
    hands.keys("F9")
    hands.type("note_text", "Cần hỏi thêm.")
    hands.press("keep_note")
    settle(chair.is_settled)
    hands.keys("Alt+Left")
    wait_until(lambda: "Có ghi chú" in rows_in(hands, "agenda")[0])
    assert "1 ghi chú" in rows_in(hands, "agenda")[1]


def test_what_a_meeting_lacks_is_told_above_its_agenda(body: Body, chair: Sitter) -> None:
    hands = at(chair, Place.MEETINGS)
    hands.open_row("meetings", "Phiên họp thường kỳ tháng 11")
    hands.see("agenda")
    told = [chip.text() for chip in chair.window.screen_shown.findChildren(ChipLabel) if chip.isVisible()]
    assert "12 tài liệu" in told
    assert "Đã tải đủ tài liệu" in told


def test_ballots_stand_under_what_is_to_be_done_with_them(body: Body, chair: Sitter) -> None:
    waiting = "Về việc thử thứ nhất, chờ trả lời"
    over = "Về việc thử thứ hai, đã kết thúc"
    body.cabinet.ask(subject=over, due_in=timedelta(hours=1))
    body.cabinet.close()
    body.cabinet.ask(subject=waiting, due_in=timedelta(minutes=30))
    chair.sync()
    rows = rows_in(at(chair, Place.BALLOTS), "ballots")
    first = rows.index("Chờ trả lời")
    last = rows.index("Đã kết thúc")
    assert any(waiting in row for row in rows[first:last])
    assert any(over in row for row in rows[last:])
    told = next(row for row in rows if waiting in row)
    assert told.startswith("Mới.")
    assert "Hỏa tốc" in told
    assert "còn 2" in told  # minutes, twenty-nine or a few less


def test_a_list_keeps_ones_place_while_new_ballots_arrive(body: Body, chair: Sitter) -> None:
    for number in range(3):
        body.cabinet.ask(subject=f"Về việc giữ chỗ số {number}")
    chair.sync()
    hands = at(chair, Place.BALLOTS)
    rows = hands.go_to("ballots")
    assert isinstance(rows, QAbstractItemView)
    while "giữ chỗ số 1" not in str(rows.currentIndex().data()):
        hands.keys("Down")
    body.cabinet.ask(subject="Về việc đến sau", due_in=timedelta(minutes=5))
    chair.sync()
    wait_until(lambda: any("Về việc đến sau" in row for row in rows_in(hands, "ballots")))
    assert "giữ chỗ số 1" in str(rows.currentIndex().data())
    assert rows.hasFocus()
