"""The secretariat prepares a meeting: by keyboard, on real windows, at a real desk before a real server."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from ecabinet.client.desk.preparing import MeetingDraft, SendStage
from ecabinet.client.ui import screen as screens
from ecabinet.client.ui.preparing.drafting import DraftScreen
from ecabinet.client.ui.preparing.meeting_draft import MeetingDraftScreen
from ecabinet.client.ui.preparing.outline import Outline
from ecabinet.client.ui.preparing.overview import PreparingScreen
from ecabinet.client.ui.widgets import Confirmation
from ecabinet.papers import sample
from tests.client.pages import samples
from tests.ui.bad_papers import bad_papers, oddly_named_papers
from tests.ui.body import CHAIR, SECRETARY, WRONG_PIN, Body, Sitter, wait_until
from tests.ui.office import OfficeHands, at_office, draft_meeting

PAPERS = [paper.path for paper in sample.meeting().papers]


def agenda(hands: OfficeHands) -> Outline:
    outline = hands.see("agenda_draft")
    assert isinstance(outline, Outline)
    return outline


def lines(outline: Outline) -> list[str]:
    """As a screen reader speaks them."""
    model = outline.model()
    return [str(model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for row in range(model.rowCount())]


def kept(secretary: Sitter, screen: QWidget) -> MeetingDraft:
    assert isinstance(screen, MeetingDraftScreen)
    return secretary.do(lambda: secretary.desk.preparing.meeting(screen.id))


def begin(hands: OfficeHands, title: str) -> None:
    """A new meeting with a title."""
    hands.press("new_meeting")
    hands.see("meeting_title")
    hands.type("meeting_title", title)
    hands.settle()


def test_a_meeting_is_prepared_and_sent(body: Body, secretary: Sitter, hands: OfficeHands) -> None:
    begin(hands, "Phiên họp thường kỳ tháng 12 năm 2026 của UBND tỉnh")
    hands.type("meeting_place", "Phòng họp số 1")
    hands.drop("drop_papers", PAPERS)
    assert "12" in hands.read("taken_count")
    hands.settle()
    outline = agenda(hands)
    spoken = lines(outline)
    assert len(spoken) == 24
    assert spoken[0].startswith("1. Báo cáo tình hình kinh tế - xã hội")
    assert "418/BC-STC" in spoken[1]

    hands.go_to("agenda_draft")
    outline.go_to_row(2)  # the annex belongs to the report
    hands.keys("Ctrl+M")
    assert len(lines(outline)) == 23
    outline.go_to_row(0)
    hands.keys("F2")
    field = QApplication.focusWidget()
    assert field is not None
    assert field.objectName() == "line_title"
    QTest.keyClicks(field, "Tinh hinh")
    QTest.keyClick(field, Qt.Key.Key_Return)
    wait_until(lambda: lines(outline)[0].startswith("1. Tinh hinh"))
    hands.keys("Alt+Down")
    hands.settle()
    assert lines(outline)[0].startswith("1. Tờ trình về dự toán ngân sách")
    draft = kept(secretary, hands.front)
    assert [len(item.papers) for item in draft.items] == [1, 2, *[1] * 9]
    assert draft.items[1].title == "Tinh hinh"
    assert draft.participants == tuple(body.cabinet.members)

    hands.keys("Ctrl+Return")
    hands.see("pin_sheet")
    assert "11 nội dung, 12 tài liệu" in hands.everything_said()
    hands.type("pin", WRONG_PIN)
    hands.keys("Return")
    hands.hear("Còn 4 lần thử")
    hands.sign()
    wait_until(lambda: isinstance(hands.front, PreparingScreen))
    secretary.sync()
    assert secretary.do(lambda: secretary.desk.preparing.stage(draft.meeting)) is SendStage.RECORDED
    hands.hear_row("preparing", draft.title)
    assert all(line.id != draft.meeting for line in secretary.do(secretary.desk.preparing.drafts))

    chair = body.sitter(CHAIR)
    chair.sync()
    received = chair.do(lambda: chair.desk.meetings.one(draft.meeting))
    assert [item.title for item in received.items] == [item.title for item in draft.items]
    assert sum(len(item.papers) for item in received.items) == 12


def test_files_that_are_no_papers_are_refused_by_name_and_nothing_is_lost(
    secretary: Sitter, hands: OfficeHands, tmp_path: Path
) -> None:
    begin(hands, "Cuộc họp có tệp hỏng")
    bad = bad_papers(tmp_path)
    gone = tmp_path / "Đã bị xóa.pdf"
    hands.drop("drop_papers", [PAPERS[0], *bad.values(), gone, PAPERS[1], PAPERS[0]])
    assert "2 tài liệu" in hands.read("taken_count")
    hands.settle()
    told = [each.accessibleName() for each in hands._shown("refused_paper")]
    assert len(told) == len(bad) + 2
    for flaw, file in bad.items():
        assert any(file.name in each for each in told), flaw
    assert any("Tệp rỗng" in each and "chép hoặc tải lại" in each for each in told)
    assert any("mật" in each and "phát riêng" in each for each in told)
    assert any("Đã bị xóa.pdf" in each and "Không đọc được" in each for each in told)
    assert any(PAPERS[0].name in each and "đã có trong dự thảo" in each for each in told)
    assert "2 tệp khác đã được đưa vào" in hands.everything_said()
    assert all(file.exists() for file in bad.values())
    assert len(agenda(hands).model().index(0, 0).data()) > 0
    draft = kept(secretary, hands.front)
    assert (draft.title, len(draft.items)) == ("Cuộc họp có tệp hỏng", 2)
    papers = secretary.do(lambda: secretary.desk.preparing.papers(draft.meeting))
    assert [paper.file_name for paper in papers] == [PAPERS[0].name, PAPERS[1].name]


def test_a_paper_that_had_to_be_repaired_is_told_of_in_the_list_and_in_its_sheet(
    secretary: Sitter, hands: OfficeHands, tmp_path: Path
) -> None:
    begin(hands, "Cuộc họp có tệp bị đứt")
    whole = samples.prose(4, lines=9)
    cut = tmp_path / "Báo cáo bị đứt.pdf"
    cut.write_bytes(whole[: len(whole) * 3 // 4])
    told = "Tệp bị hỏng hoặc thiếu, chương trình đã tự sửa để đọc được: Báo cáo bị đứt.pdf."
    hands.drop("drop_papers", [cut, PAPERS[0]])
    hands.hear(told)
    hands.settle()
    outline = agenda(hands)
    (damaged,) = (row for row, line in enumerate(lines(outline)) if "đã tự sửa" in line)
    hands.go_to("agenda_draft")
    outline.go_to_row(damaged)
    hands.keys("Return")
    hands.see("paper_title")
    assert told in hands.everything_said()
    assert "Hãy đếm lại số trang và so với bản gốc trước khi gửi" in hands.everything_said()
    hands.press("keep_and_next")
    hands.hear("Tài liệu 2/2")
    assert not hands.sees("repaired_papers")
    hands.keys("Escape")


def test_odd_names_are_made_plain(secretary: Sitter, hands: OfficeHands, tmp_path: Path) -> None:
    begin(hands, "Cuộc họp có tên tệp lạ")
    hands.drop("drop_papers", oddly_named_papers(tmp_path))
    assert "3 tài liệu" in hands.read("taken_count")
    hands.settle()
    draft = kept(secretary, hands.front).meeting
    papers = secretary.do(lambda: secretary.desk.preparing.papers(draft))
    first, long, composed = [paper.file_name for paper in papers]
    assert first == "421-TTr-STC Tờ trình.pdf"
    assert papers[0].number == "421/TTr-STC"
    assert len(long.encode()) <= 200
    assert long.endswith(".pdf")
    assert composed == "Tờ trình điều chỉnh.pdf"


def test_taking_papers_can_be_stopped(
    secretary: Sitter, hands: OfficeHands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "SAY_AFTER_MS", 0)
    monkeypatch.setattr(screens, "OFFER_TO_STOP_AFTER_MS", 0)
    begin(hands, "Cuộc họp dừng giữa chừng")
    files = []
    for number in range(60):
        files.append(tmp_path / f"Tài liệu {number:02}.pdf")
        files[-1].write_bytes(samples.prose(1, lines=number + 1))
    draft = kept(secretary, hands.front).meeting
    hands.drop("drop_papers", files)
    wait_until(lambda: secretary.do(lambda: secretary.desk.preparing.papers(draft)))
    stop = hands.button("Dừng")
    stop.click()
    hands.settle()
    papers = secretary.do(lambda: secretary.desk.preparing.papers(draft))
    assert 0 < len(papers) < 60
    placed = [document for item in kept(secretary, hands.front).items for document in item.papers]
    assert placed == [paper.document for paper in papers]
    assert f"Đã đưa vào {len(papers)} tài liệu" in hands.read("taken_count")


def test_what_is_missing_is_named_where_it_is_filled_in(secretary: Sitter, hands: OfficeHands) -> None:
    hands.press("new_meeting")
    hands.see("meeting_title")
    hands.settle()
    hands.press("send")
    hands.hear("Hãy nhập tên phiên họp.")
    assert "Tên phiên họp" in hands.everything_on("missing")
    assert "Nội dung họp" in hands.everything_on("missing")
    assert QApplication.focusWidget() is hands.see("meeting_title")
    hands.type("meeting_title", "Họp")
    hands.settle()
    assert "Hãy nhập tên phiên họp." not in hands.everything_said()
    hands.keys("F4")
    focused = QApplication.focusWidget()
    assert focused is not None
    assert hands.see("drop_papers").isAncestorOf(focused)
    hands.keys("Ctrl+I")
    hands.type("item_title", "Dự toán ngân sách")
    hands.keys("Return")
    hands.settle()
    hands.hear("Đã đủ để gửi")


def test_a_draft_survives_leaving_in_the_middle_of_a_word(secretary: Sitter, hands: OfficeHands) -> None:
    begin(hands, "Phiên họp")
    QTest.keyClicks(hands.go_to("meeting_title"), " bat thuong")
    hands.keys("Alt+Left")
    wait_until(lambda: isinstance(hands.front, PreparingScreen))
    hands.settle()
    hands.open_row("preparing", "Phiên họp bat thuong")
    hands.see("meeting_title")
    assert hands.read("meeting_title") == "Phiên họp bat thuong"


def test_a_draft_is_kept_a_moment_after_each_change(secretary: Sitter, hands: OfficeHands) -> None:
    """What lies in the vault is there whatever happens to the window."""
    begin(hands, "Phiên họp được lưu")
    hands.hear("Đã lưu lúc")
    screen = hands.front
    hands.type("meeting_place", "Phòng họp số 2")
    box = hands.see(f"person.{CHAIR}")
    QTest.keyClick(box, Qt.Key.Key_Space)
    wait_until(lambda: kept(secretary, screen).place == "Phòng họp số 2")
    wait_until(lambda: CHAIR not in kept(secretary, screen).participants)


def test_a_draft_is_only_discarded_when_that_is_confirmed(secretary: Sitter, hands: OfficeHands) -> None:
    begin(hands, "Phiên họp bị hủy bỏ")
    draft = kept(secretary, hands.front).meeting
    hands.press("discard")
    wait_until(lambda: isinstance(QApplication.activeModalWidget(), Confirmation))
    hands.keys("Escape")
    assert isinstance(hands.front, DraftScreen)
    QTest.keyClicks(hands.go_to("meeting_title"), " x")
    hands.press("discard")
    hands.confirm()
    wait_until(lambda: isinstance(hands.front, PreparingScreen))
    hands.settle()
    assert all(line.id != draft for line in secretary.do(secretary.desk.preparing.drafts))


def test_titles_are_written_one_after_another(secretary: Sitter) -> None:
    draft = draft_meeting(secretary)
    hands = at_office(secretary, MeetingDraftScreen(secretary.seat, draft.meeting))
    outline = agenda(hands)
    hands.go_to("agenda_draft")
    outline.go_to_row(1)
    hands.keys("F2")
    for title in ("Bao cao 1", "Phu luc 1"):
        field = QApplication.focusWidget()
        assert field is not None
        QTest.keyClicks(field, title)
        QTest.keyClick(field, Qt.Key.Key_Tab)
    field = QApplication.focusWidget()
    assert field is not None
    QTest.keyClick(field, Qt.Key.Key_Escape)
    hands.settle()
    assert [line.split(".")[0] for line in lines(outline)[1:3]] == ["Bao cao 1", "Phu luc 1"]
    papers = secretary.do(lambda: secretary.desk.preparing.papers(draft.meeting))
    assert [paper.title for paper in papers[:2]] == ["Bao cao 1", "Phu luc 1"]
    assert lines(outline)[0].startswith(f"1. {draft.items[0].title}")


def test_a_paper_is_described_in_its_sheet_and_then_the_next(secretary: Sitter) -> None:
    draft = draft_meeting(secretary, is_arranged=False)
    hands = at_office(secretary, MeetingDraftScreen(secretary.seat, draft.meeting))
    hands.go_to("agenda_draft")
    agenda(hands).go_to_row(1)
    hands.keys("Return")
    hands.type("paper_number", "500/BC-STC")
    hands.type("paper_agency", "Sở Tài chính")
    kind = hands.go_to("paper_kind")
    assert isinstance(kind, QComboBox)
    kind.setCurrentIndex(kind.findData("cong-van"))
    hands.press("keep_and_next")
    hands.hear("Tài liệu 2/12")
    hands.type("paper_title", "Phụ lục mới")
    hands.press("keep_paper")
    hands.settle()
    first, second, *_ = secretary.do(lambda: secretary.desk.preparing.papers(draft.meeting))
    assert (first.number, first.agency, first.kind) == ("500/BC-STC", "Sở Tài chính", "cong-van")
    assert second.title == "Phụ lục mới"
    assert "500/BC-STC" in lines(agenda(hands))[1]


def test_a_paper_is_taken_out_and_the_rest_taken_back(secretary: Sitter) -> None:
    draft = draft_meeting(secretary)
    screen = MeetingDraftScreen(secretary.seat, draft.meeting)
    hands = at_office(secretary, screen)
    outline = agenda(hands)
    hands.go_to("agenda_draft")
    outline.go_to_row(0)
    hands.keys("Delete")  # an item: its papers stay
    hands.settle()
    assert any("chưa xếp" in line for line in lines(outline))
    hands.keys("Ctrl+Z")
    hands.settle()
    assert kept(secretary, screen).items == draft.items
    outline.go_to_row(1)
    hands.keys("Delete")
    hands.confirm()
    hands.settle()
    assert len(secretary.do(lambda: secretary.desk.preparing.papers(draft.meeting))) == 11
    assert len(kept(secretary, screen).items[0].papers) == 1
    hands.go_to("agenda_draft")
    hands.keys("Ctrl+Z")
    hands.settle()
    gone = draft.items[0].papers[0]
    assert all(gone not in item.papers for item in kept(secretary, screen).items)


def test_only_some_may_read_an_item(secretary: Sitter) -> None:
    draft = draft_meeting(secretary)
    screen = MeetingDraftScreen(secretary.seat, draft.meeting)
    hands = at_office(secretary, screen)
    hands.go_to("agenda_draft")
    agenda(hands).go_to_row(0)
    hands.keys("Return")
    readers = hands.go_to("item_readers")
    assert isinstance(readers, QComboBox)
    QTest.keyClick(readers, Qt.Key.Key_Down)
    hands.press(f"person.{CHAIR}")
    hands.press("keep_item")
    hands.settle()
    assert kept(secretary, screen).items[0].readers == (CHAIR,)
    assert "1 người được đọc" in lines(agenda(hands))[0]


def test_a_meeting_that_was_sent_is_sent_anew(
    body: Body, secretary: Sitter, hands: OfficeHands, tmp_path: Path
) -> None:
    # Papers of this test's own: the sample's are for other tests to find as they are.
    own = {"to-trinh-gui-lai": samples.prose(2, lines=5), "phu-luc-gui-lai": samples.prose(2, lines=6)}
    body.cabinet.publish(own)
    sent = body.cabinet.send_items(
        [("Dự toán ngân sách", "Sở Tài chính", list(own))],
        title="Cuộc họp chuyên đề về ngân sách",
        participants=(*body.cabinet.members, SECRETARY),
    )
    secretary.sync()
    hands.settle()
    hands.open_row("preparing", sent.title)
    outline = agenda(hands)
    assert any("đã gửi" in line for line in lines(outline))
    hands.hear("Phiên họp đã gửi lúc")
    hands.hear("thành bản sửa, lần gửi thứ 2")
    newer = tmp_path / "421-TTr-STC bản mới.pdf"
    newer.write_bytes(samples.prose(3, lines=7))
    hands.drop("drop_papers", [newer])
    hands.settle()
    hands.go_to("agenda_draft")
    outline.go_to_row(len(lines(outline)) - 1)
    hands.keys("Return")
    replaces = hands.go_to("paper_replaces")
    assert isinstance(replaces, QComboBox)
    replaces.setCurrentIndex(1)
    hands.type("paper_changed", "Điều chỉnh số liệu")
    hands.press("keep_paper")
    hands.settle()
    assert any("bản 2" in line for line in lines(outline))
    assert not hands.sees("replace_sent")
    twin = tmp_path / "phu-luc-gui-lai.pdf"
    twin.write_bytes(samples.prose(3, lines=8))
    hands.drop("drop_papers", [twin])
    hands.see("replace_sent")
    assert any("Trùng tên tệp với tài liệu đã gửi" in line for line in lines(outline))
    hands.press("replace_sent")
    hands.settle()
    wait_until(lambda: sum("bản 2" in line for line in lines(outline)) == 2)
    assert not any("Trùng tên tệp" in line for line in lines(outline))
    assert not hands.sees("replace_sent")
    hands.keys("Ctrl+Return")
    hands.see("pin_sheet")
    assert "Bản sửa này (lần gửi thứ 2)" in hands.everything_said()
    hands.sign()
    wait_until(lambda: isinstance(hands.front, PreparingScreen))
    secretary.sync()
    chair = body.sitter(CHAIR)
    chair.sync()
    line = next(each for each in chair.do(chair.desk.meetings.all) if each.meeting == sent.meeting)
    (item,) = chair.do(lambda: chair.desk.meetings.one(line.meeting)).items
    papers = item.papers
    assert [paper.version for paper in papers] == [2, 2]
    assert papers[0].what_changed == "Điều chỉnh số liệu"
