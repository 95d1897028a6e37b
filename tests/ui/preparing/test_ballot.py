"""The secretariat prepares a ballot, watches it, closes it, signs its result and proves it: by keyboard."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QTime
from PySide6.QtWidgets import QComboBox, QDateTimeEdit, QWidget

from ecabinet.client.desk.ballots import Draft
from ecabinet.client.desk.preparing import BallotDraft, SendStage
from ecabinet.client.ui.preparing.ballot_draft import BallotDraftScreen
from ecabinet.client.ui.preparing.monitor import MonitorScreen
from ecabinet.client.ui.preparing.overview import PreparingScreen
from ecabinet.client.ui.widgets import Table
from ecabinet.core.ballots import Answer, BallotState, Priority
from ecabinet.papers import sample
from tests.papers import reading
from tests.ui.body import CHAIR, PIN, WRONG_PIN, Body, SampleCabinet, Sitter, wait_until
from tests.ui.office import OfficeHands, at_office, draft_ballot

FLOODS = next(ballot for ballot in sample.ballots() if ballot.key == "du-phong-mua-lu")
AGREED = ("dong-y", "dong-y")


def kept(secretary: Sitter, screen: QWidget) -> BallotDraft:
    assert isinstance(screen, BallotDraftScreen)
    return secretary.do(lambda: secretary.desk.preparing.ballot(screen.id))


def choose(hands: OfficeHands, name: str, words: str) -> None:
    """One of what drops down, by its first letters."""
    field = hands.go_to(name)
    assert isinstance(field, QComboBox)
    field.setCurrentIndex(field.findText(words))
    field.activated.emit(field.currentIndex())


def fill_in(hands: OfficeHands) -> None:
    """Every field, as the sample's ballot on the floods has them."""
    for name in ("subject", "submitter", "grounds", "decided_by", "deciding_note"):
        hands.type(name, getattr(FLOODS, name))
    choose(hands, "priority", "Hỏa tốc")
    for name in ("field", "specialist", "summary"):
        hands.type(name, getattr(FLOODS, name))
    for point in FLOODS.disputed:
        hands.press("add_point")
        if not hands.everything_of("point_issue")[-1]:
            hands.type_here(point.issue)
            hands.keys("Tab")
        for words in (point.agency, point.view, point.reason, point.proposal):
            hands.type_here(words)
            hands.keys("Tab")
    for question in FLOODS.questions:
        hands.press("add_question")
        hands.type_here(question.text)


def test_a_ballot_is_prepared_and_sent(body: Body, secretary: Sitter, hands: OfficeHands) -> None:
    hands.press("new_ballot")
    hands.see("subject")
    hands.settle()
    fill_in(hands)
    hands.drop("drop_papers", [paper.path for paper in FLOODS.papers])
    assert "2" in hands.read("taken_count")
    hands.settle()
    draft = kept(secretary, hands.front)
    for name in ("subject", "submitter", "grounds", "decided_by", "deciding_note", "field", "specialist", "summary"):
        assert getattr(draft, name) == getattr(FLOODS, name)
    assert draft.disputed == FLOODS.disputed
    assert draft.priority is Priority.FLASH
    assert [question.text for question in draft.questions] == [question.text for question in FLOODS.questions]
    assert [[option.text for option in question.options] for question in draft.questions] == [
        ["Đồng ý", "Không đồng ý", "Ý kiến khác"]
    ] * 2
    assert {elector.person for elector in draft.electors} == set(body.cabinet.members)
    proposers = [elector.person for elector in draft.electors if elector.proposed]
    assert proposers == [FLOODS.proposed_by]
    assert draft.chair == CHAIR
    assert draft.statutory == len(body.cabinet.members)
    assert len(draft.papers) == 2

    hands.press("send")
    hands.see("pin_sheet")
    assert "2 câu hỏi, 2 tài liệu" in hands.everything_said()
    hands.type("pin", WRONG_PIN)
    hands.keys("Return")
    hands.hear("Còn 4 lần thử")
    hands.sign()
    wait_until(lambda: isinstance(hands.front, PreparingScreen))
    secretary.sync()
    assert secretary.do(lambda: secretary.desk.preparing.stage(draft.ballot)) is SendStage.RECORDED
    chair = body.sitter(CHAIR)
    chair.sync()
    received = chair.do(lambda: chair.desk.ballots.one(draft.ballot))
    assert received.line.subject == FLOODS.subject
    assert [paper.title for paper in received.dossier] == [
        paper.title for paper in secretary.do(lambda: secretary.desk.ballots.one(draft.ballot)).dossier
    ]


def with_second_device(cabinet: SampleCabinet, person: str) -> None:
    """Somebody enrols another device, and goes on with the first."""
    first = cabinet.devices[person]
    cabinet.enrol(person, device=cabinet.device(person, f"{person}-2"))
    cabinet.devices[person] = first


def test_a_ballot_that_was_refused_tells_why_and_is_sent_again(body: Body, secretary: Sitter) -> None:
    preparing = secretary.desk.preparing
    draft = replace(draft_ballot(secretary), subject="Phiếu gửi khi danh sách khóa vừa đổi")
    secretary.do(lambda: preparing.keep_ballot(draft))
    hands = at_office(secretary, BallotDraftScreen(secretary.seat, draft.ballot))
    with_second_device(body.cabinet, body.cabinet.members[5])  # of which this desk has not heard
    hands.press("send")
    hands.sign()
    secretary.sync()
    assert secretary.do(lambda: preparing.stage(draft.ballot)) is SendStage.REFUSED
    hands.hear_row("preparing", "Chưa được nhận")
    hands.open_row("preparing", draft.subject)
    hands.hear("Danh sách khóa đã thay đổi trong lúc chuẩn bị.")
    hands.hear("Chưa gửi đến ai; bản dự thảo vẫn còn nguyên.")
    hands.hear("Hãy xem lại danh sách người được lấy ý kiến rồi gửi lại.")
    hands.press("send")
    hands.sign()
    secretary.sync()
    assert secretary.do(lambda: preparing.stage(draft.ballot)) is SendStage.RECORDED
    chair = body.sitter(CHAIR)
    chair.sync()
    assert chair.do(lambda: chair.desk.ballots.one(draft.ballot)).line.subject == draft.subject


def test_everything_missing_is_named_and_led_to(secretary: Sitter, hands: OfficeHands) -> None:
    hands.press("new_ballot")
    hands.see("subject")
    hands.settle()
    hands.press("send")
    for words in ("Hãy nhập trích yếu.", "Hãy ghi người quyết định lấy ý kiến.", "Hãy ghi bút phê."):
        hands.hear(words)
    listed = hands.everything_on("missing")
    assert all(words in listed for words in ("Trích yếu", "Người quyết định lấy ý kiến", "Bút phê", "Câu hỏi"))
    assert not hands.sees("pin_sheet")
    hands.button("Câu hỏi").click()
    assert hands.at("add_question")
    hands.keys("Space")
    hands.settle()
    hands.button("Câu hỏi").click()
    assert hands.at("question_text")  # it is there, and asks nothing yet
    hands.type_here("Tổng mức 48 tỷ đồng")
    choose(hands, "option_set", "Các phương án do Văn phòng ghi")
    hands.go_to("option.plan-1")
    hands.type_here("")
    hands.settle()
    hands.button("Phương án trả lời").click()
    assert hands.at("option.plan-1")
    hands.type_here("Phương án 1 (một lần)")
    hands.type("subject", "Về sử dụng dự phòng ngân sách")
    hands.type("decided_by", "Chủ tịch UBND tỉnh")
    hands.type("deciding_note", "Đồng ý lấy ý kiến.")
    deadline = hands.go_to("deadline")
    assert isinstance(deadline, QDateTimeEdit)
    lies_ahead = deadline.dateTime()
    deadline.setDateTime(lies_ahead.addDays(-60))
    hands.hear("Hạn trả lời đã qua.")
    hands.settle()
    assert "Hạn trả lời ở tương lai" in hands.everything_on("missing")
    deadline.setDateTime(lies_ahead)
    hands.settle()
    hands.hear("Đã đủ để gửi")


def test_plans_are_written_added_and_removed(secretary: Sitter, hands: OfficeHands) -> None:
    hands.press("new_ballot")
    hands.see("subject")
    hands.press("add_question")
    hands.type_here("Mức điều chỉnh Bảng giá đất")
    choose(hands, "option_set", "Các phương án do Văn phòng ghi")
    hands.type("option.plan-1", "Phương án 1 (một lần)")
    hands.press("add_plan")
    hands.type_here("Phương án 3 (ba năm)")
    hands.settle()
    (question,) = kept(secretary, hands.front).questions
    assert [(option.key, option.text, option.decides, option.needs_text) for option in question.options] == [
        ("plan-1", "Phương án 1 (một lần)", True, False),
        ("plan-2", "Phương án 2", True, False),
        ("plan-3", "Phương án 3 (ba năm)", True, False),
        ("other-plan", "Phương án khác", False, True),
    ]
    hands.press_named("Bỏ phương án: Phương án 2")
    hands.settle()
    (question,) = kept(secretary, hands.front).questions
    assert [option.key for option in question.options] == ["plan-1", "plan-3", "other-plan"]


def test_questions_change_places_and_go(secretary: Sitter) -> None:
    draft = draft_ballot(secretary)
    screen = BallotDraftScreen(secretary.seat, draft.ballot)
    hands = at_office(secretary, screen)
    first, second = (question.text for question in draft.questions)
    hands.press_named("Chuyển câu hỏi lên trên", last=True)
    hands.settle()
    assert [question.text for question in kept(secretary, screen).questions] == [second, first]
    lower = next(each for each in hands.fields("question_text") if each.toPlainText() == first)
    lower.setFocus()
    hands.keys("Shift+Tab")  # from the words of the lower question back to the button that takes it away
    hands.keys("Space")
    hands.settle()
    assert [(question.key, question.text) for question in kept(secretary, screen).questions] == [("q1", second)]


def test_electors_numbers_and_who_proposed(secretary: Sitter) -> None:
    draft = draft_ballot(secretary)
    screen = BallotDraftScreen(secretary.seat, draft.ballot)
    hands = at_office(secretary, screen)
    hands.press("person.giam-doc-cong-an-tinh")
    hands.type("vacant", "1")
    hands.press("shows_answers")
    hands.settle()
    changed = kept(secretary, screen)
    assert len(changed.electors) == len(draft.electors) - 1
    assert (changed.statutory, changed.vacant) == (draft.statutory, 1)
    assert changed.shows_answers_before_own
    assert [each.person for each in changed.electors if each.proposed] == [
        each.person for each in draft.electors if each.proposed
    ]
    hands.type("vacant", "3")
    hands.settle()
    assert "Số lượng thành viên" in hands.everything_on("missing")
    hands.press(f"person.{CHAIR}")
    hands.settle()
    assert "Người chủ trì" in hands.everything_on("missing")


def test_the_usual_deadline_follows_the_priority_until_one_is_chosen(secretary: Sitter, hands: OfficeHands) -> None:
    hands.press("new_ballot")
    hands.see("subject")
    hands.settle()
    deadline = hands.see("deadline")
    assert isinstance(deadline, QDateTimeEdit)
    usual = deadline.dateTime()
    choose(hands, "priority", "Hỏa tốc")
    hands.settle()
    assert deadline.dateTime() < usual
    chosen = deadline.dateTime().addDays(9)
    deadline.setDateTime(chosen)
    choose(hands, "priority", "Thường")
    hands.settle()
    assert deadline.dateTime() == chosen


# ------------------------------------------------------------ a ballot that is out


def watch(secretary: Sitter, ballot: str) -> OfficeHands:
    secretary.sync()
    return at_office(secretary, MonitorScreen(secretary.seat, ballot))


def cells(hands: OfficeHands, column: int = 0) -> list[str]:
    table = hands.see("electors")
    assert isinstance(table, Table)
    model = table.model()
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def test_who_has_answered_is_seen_and_the_deadline_extended(body: Body, secretary: Sitter) -> None:
    cabinet = body.cabinet
    ballot = cabinet.ask(due_in=timedelta(hours=5))
    others = [person for person in cabinet.members if person in cabinet.devices]
    for person in others[:-2]:
        cabinet.answer(person, *AGREED)
    hands = watch(secretary, ballot)
    hands.hear(f"Đã trả lời {len(others) - 2}/{len(cabinet.members)}")
    assert len(cells(hands)) == len(cabinet.members)
    hands.press("only_silent")
    assert len(cells(hands)) == len(cabinet.members) - len(others) + 2

    hands.press("extend_ballot")
    until = hands.see("extend_until")
    assert isinstance(until, QDateTimeEdit)
    later = until.dateTime()
    until.setDateTime(later.addDays(-3))
    hands.hear("Hạn mới phải sau hạn hiện nay")
    hands.type("pin", PIN)
    hands.keys("Return")
    assert hands.sees("pin_sheet")  # nothing is signed that would be refused
    until.setDateTime(later)
    hands.type("pin", PIN)
    hands.keys("Return")
    hands.hear("Hãy ghi lý do.")
    hands.type("extend_reason", "Chờ ý kiến bổ sung")
    hands.sign()
    secretary.sync()
    line = secretary.do(lambda: secretary.desk.preparing.monitor(ballot)).line
    until_time: QTime = later.time()
    assert line.deadline_at.astimezone(secretary.seat.times.zone).minute == until_time.minute()
    assert line.deadline_at > secretary.seat.times.clock() + timedelta(hours=20)


def test_what_is_signed_off_line_is_told_and_not_signed_twice(body: Body, secretary: Sitter) -> None:
    ballot = body.cabinet.ask(due_in=timedelta(hours=5))
    hands = watch(secretary, ballot)
    secretary.relay.cut()
    hands.press("close_ballot")
    hands.hear("người chưa trả lời; hạn trả lời")
    hands.type("close_reason", "Người quyết định đồng ý kết thúc sớm")
    hands.sign()
    hands.hear("Việc vừa ký đang được gửi.")
    assert not hands.sees("close_ballot")
    assert secretary.do(lambda: secretary.desk.preparing.stage(ballot)) in (SendStage.SIGNED, SendStage.SENT)
    secretary.relay.mend()
    secretary.sync()
    hands.see("compute_result")


def test_an_act_that_is_refused_tells_why(body: Body, secretary: Sitter) -> None:
    """Two of the secretariat close a ballot: the second, who was off-line, hears that it is closed."""
    ballot = body.cabinet.ask(due_in=timedelta(hours=5))
    hands = watch(secretary, ballot)
    secretary.relay.cut()
    hands.press("close_ballot")
    hands.type("close_reason", "Người quyết định đồng ý kết thúc sớm")
    hands.sign()
    hands.hear("Việc vừa ký đang được gửi.")
    body.cabinet.close()
    secretary.relay.mend()
    secretary.sync()
    hands.hear("Phiếu này đã được kết thúc từ trước.")
    hands.hear("Việc vừa ký không được ghi nhận; phiếu và các ý kiến đã ghi nhận vẫn như cũ.")
    hands.see("compute_result")


def test_a_ballot_is_closed_counted_signed_and_proven(body: Body, secretary: Sitter, tmp_path: Path) -> None:
    cabinet = body.cabinet
    ballot = cabinet.ask(due_in=timedelta(hours=5))
    chair = body.sitter(CHAIR)
    cabinet.collect(AGREED, AGREED, ("khong-dong-y", "y-kien-khac"), text="Đề nghị ưu tiên đê điều.")
    answer_as_chair(chair, ballot)
    hands = watch(secretary, ballot)
    hands.hear("Có thể kết thúc lấy ý kiến.")
    hands.press("close_ballot")
    assert hands.read("close_reason") == "Đã nhận đủ ý kiến"
    hands.type("pin", WRONG_PIN)
    hands.keys("Return")
    hands.hear("Mã PIN không đúng")
    hands.sign()
    secretary.sync()

    hands.press("compute_result")
    hands.see("sign_result")
    hands.hear("Kết quả dưới đây đã được tính lại từ sổ ghi nhận.")
    hands.press("sign_result")
    hands.sign()
    secretary.sync()
    assert secretary.do(lambda: secretary.desk.preparing.monitor(ballot)).line.state is BallotState.ANNOUNCED

    hands.press("make_evidence")
    hands.see("with_papers")
    hands.sign()
    hands.hear("Đã lập hồ sơ chứng cứ")
    hands.hear("Hồ sơ được lưu trên máy này và trên máy chủ.")
    screen = hands.front
    assert isinstance(screen, MonitorScreen)
    bundle, anchor = tmp_path / "phiếu.asice", tmp_path / "chứng thư.pem"
    screen.save_to(bundle)
    hands.hear("Đã lưu hồ sơ vào tệp phiếu.asice và bản để đọc, in vào tệp phiếu-ho-so.pdf.")
    assert hashlib.sha256(bundle.read_bytes()).hexdigest() in reading.words((tmp_path / "phiếu-ho-so.pdf").read_bytes())
    screen.save_anchor_to(anchor)
    hands.hear("Đã lưu vào tệp chứng thư.pem.")
    verified = subprocess.run(
        [sys.executable, "-m", "ecabinet.verify", str(bundle), "--trust", str(anchor), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert json.loads(verified.stdout)


def test_a_file_that_cannot_be_written_is_told(body: Body, secretary: Sitter, tmp_path: Path) -> None:
    ballot = body.cabinet.ask(due_in=timedelta(hours=5))
    hands = watch(secretary, ballot)
    screen = hands.front
    assert isinstance(screen, MonitorScreen)
    screen.save_anchor_to(tmp_path / "không có thư mục này" / "chứng thư.pem")
    hands.hear("Không ghi được tệp.")


def test_one_opens_what_a_member_said(body: Body, secretary: Sitter) -> None:
    cabinet = body.cabinet
    ballot = cabinet.ask(due_in=timedelta(hours=5))
    person = cabinet.members[3]
    cabinet.answer(person, "dong-y", "y-kien-khac", text="Đề nghị bổ sung 02 công trình.", remark="Gửi kèm công văn.")
    hands = watch(secretary, ballot)
    office = cabinet.offices[person][0]
    hands.open_row("electors", office)
    hands.hear("Đề nghị bổ sung 02 công trình.")
    hands.hear("Gửi kèm công văn.")
    hands.keys("Escape")


def answer_as_chair(chair: Sitter, ballot: str) -> None:
    chair.sync()

    def answer() -> None:
        questions = chair.desk.ballots.one(ballot).questions
        answers = tuple(Answer(question=each.key, option="dong-y", text="") for each in questions)
        chair.desk.ballots.keep_draft(ballot, Draft(answers=answers))
        chair.desk.ballots.sign_and_queue([chair.desk.ballots.read_back(ballot)], PIN)

    chair.do(answer)
    chair.sync()
