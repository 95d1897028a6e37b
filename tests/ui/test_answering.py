"""Answering a ballot by keyboard alone: choose, read back, PIN, receipt; and everything that may come between."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPlainTextEdit, QRadioButton, QWidget

from ecabinet.client.app import Application
from ecabinet.client.desk.ballots import AnswerStage, BallotView
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.screens import settle
from ecabinet.client.ui.widgets import StepHeader
from tests.ui.body import PIN, WRONG_PIN, Body, Sitter, wait_until
from tests.ui.hands import Hands

SUBJECT = "Về sử dụng dự phòng ngân sách cấp tỉnh năm 2026 để khắc phục hậu quả mưa lũ"
_rounds = itertools.count(1)
FIRST, SECOND = "tong-muc", "danh-muc-uu-tien"
OPTIONS = ("dong-y", "khong-dong-y", "y-kien-khac")
WORDS = "Đồng ý chủ trương; đề nghị ưu tiên đê điều."


@pytest.fixture
def ballot(body: Body, chair: Sitter) -> str:
    """A ballot that nobody has answered, here and open."""
    ballot = body.cabinet.ask(subject=f"{SUBJECT}, đợt {next(_rounds)}")
    chair.sync()
    return ballot


@pytest.fixture
def hands(ballot: str, chair: Sitter) -> Hands:
    """At the ballot, opened from the list."""
    return at_ballot(chair, ballot)


def at_ballot(chair: Sitter, ballot: str) -> Hands:
    chair.show(Place.BALLOTS)
    hands = Hands(cast(Application, chair))
    hands.see("ballots")
    chair.seat.open_ballot(ballot)
    settle(chair.is_settled)
    hands.see("answering")
    return hands


def view_of(chair: Sitter, ballot: str) -> BallotView:
    return chair.do(lambda: chair.desk.ballots.one(ballot))


def pick(hands: Hands, question: str, option: str) -> None:
    """Tab to the question, then its number: Ctrl+1…3."""
    for _ in range(40):
        focused = QApplication.focusWidget()
        if focused is not None and focused.objectName().startswith(f"{question}."):
            break
        hands.keys("Tab")
    hands.keys(f"Ctrl+{OPTIONS.index(option) + 1}")


def choose(hands: Hands, *, second: str = "dong-y", words: str = "") -> None:
    hands.keys("F2")
    pick(hands, FIRST, "dong-y")
    pick(hands, SECOND, second)
    if words:
        hands.type(f"{SECOND}.text", words)


def sign(hands: Hands, pin: str = PIN) -> None:
    hands.keys("Ctrl+Return")
    hands.see("read_back_page")
    hands.keys("Ctrl+Return")
    hands.see("pin")
    hands.type("pin", pin)
    hands.keys("Return")


def answer(hands: Hands, *, second: str = "dong-y", words: str = "") -> None:
    choose(hands, second=second, words=words)
    sign(hands)
    hands.see("receipt_page")


def said(widget: QWidget) -> str:
    return "\n".join(text() for each in widget.findChildren(QWidget) if callable(text := getattr(each, "text", None)))


def test_an_opinion_goes_from_the_list_to_its_receipt_by_keyboard_alone(ballot: str, chair: Sitter) -> None:
    chair.show(Place.BALLOTS)
    hands = Hands(cast(Application, chair))
    subject = view_of(chair, ballot).line.subject
    hands.open_row("ballots", subject)
    hands.see(f"{FIRST}.dong-y")
    choose(hands, second="y-kien-khac", words=WORDS)
    hands.keys("Ctrl+Return")
    statement = said(hands.see("read_back_page"))
    for words in (
        "PHIẾU GHI Ý KIẾN",
        "Kính gửi: Ủy ban nhân dân tỉnh Bình Minh",
        "Với tư cách Chủ tịch UBND tỉnh",
        subject,
        "Trả lời: Đồng ý",
        "Trả lời: Ý kiến khác",
        f"Nội dung ý kiến: {WORDS}",
    ):
        assert words in statement
    phrase = hands.read("phrase")
    hands.keys("Ctrl+Return")
    hands.type("pin", PIN)
    hands.keys("Return")
    hands.see("receipt_page")
    hands.hear("Đã ghi nhận")
    (opinion,) = view_of(chair, ballot).opinions
    assert opinion.stage is AnswerStage.RECORDED
    assert opinion.phrase == phrase
    assert [(each.option, each.text) for each in opinion.answers] == [("dong-y", ""), ("y-kien-khac", WORDS)]


def test_nothing_is_chosen_until_somebody_chooses(hands: Hands, chair: Sitter, ballot: str) -> None:
    hands.keys("F2")
    assert not any(card.isChecked() for card in chair.window.findChildren(QRadioButton))
    hands.keys("Down")
    assert not any(card.isChecked() for card in chair.window.findChildren(QRadioButton))
    hands.keys("Ctrl+Return")
    hands.hear("Hãy chọn một phương án.")
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.objectName() == f"{FIRST}.dong-y"
    assert view_of(chair, ballot).opinions == ()


def test_missing_words_are_pointed_out_where_they_are_missing(hands: Hands) -> None:
    choose(hands, second="y-kien-khac")
    hands.keys("Ctrl+Return")
    hands.hear("Hãy ghi rõ nội dung ý kiến.")
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.objectName() == f"{SECOND}.text"
    hands.type(f"{SECOND}.text", WORDS)
    assert "Hãy ghi rõ nội dung ý kiến." not in hands.everything_said()
    hands.keys("Ctrl+Return")
    hands.see("read_back_page")


def test_words_may_go_with_any_answer(hands: Hands, chair: Sitter, ballot: str) -> None:
    assert not hands.sees(f"{FIRST}.text")
    hands.keys("F2")
    hands.keys("Ctrl+1")
    hands.keys("Tab")
    hands.keys("Space")
    hands.type(f"{FIRST}.text", WORDS)
    pick(hands, SECOND, "dong-y")
    sign(hands)
    hands.see("receipt_page")
    assert view_of(chair, ballot).opinions[0].answers[0].text == WORDS


def test_a_wrong_pin_is_told_with_the_tries_left_and_signs_nothing(hands: Hands, chair: Sitter, ballot: str) -> None:
    choose(hands)
    sign(hands, WRONG_PIN)
    hands.hear("Còn 4 lần thử")
    assert view_of(chair, ballot).opinions == ()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert chair.window.isAncestorOf(focused)
    hands.type("pin", PIN)
    hands.keys("Return")
    hands.see("receipt_page")
    assert chair.do(chair.desk.keys).tries_left == 5


def test_going_back_from_the_pin_leaves_everything_as_it_was_chosen(hands: Hands, chair: Sitter) -> None:
    choose(hands, second="y-kien-khac", words=WORDS)
    hands.keys("Ctrl+Return")
    hands.see("read_back_page")
    hands.press("back_to_choosing")
    card = hands.see(f"{SECOND}.y-kien-khac")
    assert isinstance(card, QRadioButton)
    assert card.isChecked()
    area = hands.see(f"{SECOND}.text")
    assert isinstance(area, QPlainTextEdit)
    assert area.toPlainText() == WORDS


def test_a_draft_survives_leaving_in_the_middle_of_a_word(hands: Hands, chair: Sitter, ballot: str) -> None:
    choose(hands, second="y-kien-khac", words="Đề nghị là")
    hands.keys("Alt+Left")
    hands.see("ballots")
    hands.open_row("ballots", view_of(chair, ballot).line.subject)
    area = hands.see(f"{SECOND}.text")
    assert isinstance(area, QPlainTextEdit)
    assert area.toPlainText() == "Đề nghị là"
    assert view_of(chair, ballot).line.stage is AnswerStage.DRAFT


def test_an_answer_may_be_changed_and_the_one_before_stays_to_be_seen(hands: Hands, chair: Sitter, ballot: str) -> None:
    answer(hands)
    hands.hear("Đã ghi nhận")
    hands.press("change_answer")
    card = hands.see(f"{SECOND}.dong-y")
    assert isinstance(card, QRadioButton)
    assert card.isChecked()
    hands.hear("Đồng chí đang thay đổi ý kiến đã gửi.")
    pick(hands, SECOND, "khong-dong-y")
    hands.keys("Ctrl+Return")
    hands.see("read_back_page")
    hands.hear("Ý kiến này thay cho ý kiến đã gửi trước đó.")
    hands.keys("Ctrl+Return")
    hands.type("pin", PIN)
    hands.keys("Return")
    hands.hear("Ý kiến trước")
    wait_until(lambda: view_of(chair, ballot).opinions[0].stage is AnswerStage.RECORDED)
    later, earlier = view_of(chair, ballot).opinions
    assert [each.option for each in later.answers] == ["dong-y", "khong-dong-y"]
    assert [each.option for each in earlier.answers] == ["dong-y", "dong-y"]


def test_without_a_network_an_answer_is_signed_and_waits_and_says_so(hands: Hands, chair: Sitter, ballot: str) -> None:
    chair.relay.cut()
    answer(hands)
    hands.hear("Ý kiến đã được ký và lưu trên máy này")
    stages = said(hands.see("receipt_stages"))
    assert "Chờ gửi" in stages
    assert "tự gửi khi có mạng" in stages
    assert "Đã ghi nhận" not in stages
    assert not hands.sees("receipt_details")
    chair.relay.mend()
    chair.sync()
    hands.hear("Ý kiến đã được ghi nhận")
    assert "Chờ" not in said(hands.see("receipt_stages"))
    assert view_of(chair, ballot).opinions[0].stage is AnswerStage.RECORDED


def test_an_opinion_that_comes_after_closing_is_kept_and_explained(
    body: Body, hands: Hands, chair: Sitter, ballot: str
) -> None:
    choose(hands)
    body.cabinet.close()
    sign(hands)
    hands.see("refusal")
    hands.hear("Phiếu lấy ý kiến đã kết thúc nên ý kiến không được tính.")
    hands.hear("Ý kiến đã ký vẫn được giữ nguyên trên máy.")
    assert "Đồng ý" in said(hands.see("receipt_page"))
    assert view_of(chair, ballot).opinions[0].stage is AnswerStage.REFUSED
    hands.press("put_aside")
    wait_until(lambda: not hands.sees("put_aside"))
    assert hands.sees("refusal")
    assert chair.do(chair.desk.ballots.refused) == ()


def test_a_ballot_that_closes_while_one_chooses_says_so(body: Body, hands: Hands, chair: Sitter) -> None:
    choose(hands)
    body.cabinet.close()
    chair.sync()
    hands.hear("Phiếu đã kết thúc lấy ý kiến")
    assert not hands.sees("read_back")


def test_a_late_answer_is_taken_and_one_knows_what_becomes_of_it(body: Body, chair: Sitter) -> None:
    due = body.cabinet.now + timedelta(seconds=8)  # it must still lie ahead when the server takes the ballot in
    ballot = body.cabinet.ask(deadline_at=due)
    chair.sync()
    wait_until(lambda: datetime.now(UTC) > due)
    hands = at_ballot(chair, ballot)
    hands.hear("Đã quá hạn trả lời")
    hands.hear("không được tính vào kết quả")
    choose(hands)
    hands.keys("Ctrl+Return")
    assert "Đã quá hạn trả lời" in said(hands.see("read_back_page"))
    hands.keys("Ctrl+Return")
    hands.type("pin", PIN)
    hands.keys("Return")
    hands.hear("Ý kiến đã được ghi nhận")


def test_an_extension_is_told_with_its_reason(body: Body, hands: Hands, chair: Sitter) -> None:
    body.cabinet.extend(body.cabinet.asked.deadline_at + timedelta(days=1))
    chair.sync()
    hands.hear("Đã gia hạn trả lời: Chờ ý kiến bổ sung.")


def test_the_result_is_shown_when_it_is_announced(body: Body, hands: Hands, chair: Sitter) -> None:
    answer(hands)
    hands.hear("Đã ghi nhận")
    body.cabinet.collect(("dong-y", "dong-y"), ("dong-y", "khong-dong-y"))
    body.cabinet.close()
    body.cabinet.announce()
    chair.sync()
    hands.hear("Kết quả lấy ý kiến")
    hands.hear("Nhận được 13 trên 13 phiếu gửi đi")
    hands.hear("Phương án được chọn: Đồng ý")
    assert not hands.sees("change_answer")


def test_somebody_who_is_not_asked_is_not_shown_the_ballot(body: Body, chair: Sitter) -> None:
    cabinet = body.cabinet
    others = cabinet.electorate()
    without = [each for each in others.electors if each.person != chair.person]
    electorate = type(others)(electors=tuple(without), statutory=13, in_office=12, vacant=1, chair=without[0].person)
    ballot = cabinet.ask(electorate=electorate)
    chair.sync()
    lines = chair.do(chair.desk.ballots.all)
    assert all(line.ballot != ballot for line in lines)


def test_the_dossier_is_a_key_away_and_the_way_back_loses_nothing(hands: Hands, chair: Sitter) -> None:
    choose(hands)
    hands.keys("F7")
    hands.see("pages")
    assert chair.window.screen_shown.title.startswith("Tờ trình")
    hands.keys("Alt+Left")
    card = hands.see(f"{SECOND}.dong-y")
    assert isinstance(card, QRadioButton)
    assert card.isChecked()


def test_the_technical_side_of_a_receipt_is_one_press_further(hands: Hands, chair: Sitter, ballot: str) -> None:
    answer(hands)
    hands.hear("Đã ghi nhận")
    hands.press("receipt_details")
    wait_until(lambda: QApplication.activeModalWidget() is not None)
    sheet = QApplication.activeModalWidget()
    assert sheet is not None
    opinion = view_of(chair, ballot).opinions[0].opinion
    receipt = chair.do(lambda: chair.desk.ballots.receipt(opinion))
    assert receipt.statement_digest in said(sheet)
    hands.keys("Escape")
    wait_until(lambda: QApplication.activeModalWidget() is None)


def test_on_a_small_window_ballot_and_answer_take_turns(chair: Sitter, ballot: str) -> None:
    hands = at_ballot(chair, ballot)
    for width in (1000, 800):  # the list of places folds first
        chair.window.resize(width, 640)
        settle(chair.is_settled)
    hands.see("open_answer")
    assert not hands.sees(f"{FIRST}.dong-y")
    hands.keys("F2")
    hands.see(f"{FIRST}.dong-y")
    hands.press("to_ballot")
    hands.see("open_answer")
    assert not hands.sees(f"{FIRST}.dong-y")


def test_a_screen_reader_hears_where_one_is_and_what_is_asked(hands: Hands, chair: Sitter) -> None:
    (header,) = chair.window.findChildren(StepHeader)
    assert header.accessibleName() == "Bước 1/4: Chọn"
    card = hands.see(f"{FIRST}.y-kien-khac")
    assert isinstance(card, QAbstractButton)
    assert card.accessibleName() == "Ý kiến khác"
    assert "Cần ghi rõ nội dung ý kiến" in card.accessibleDescription()
    group = card.parentWidget()
    assert group is not None
    assert "Tổng mức 48 tỷ đồng" in group.accessibleName()
    choose(hands)
    hands.keys("Ctrl+Return")
    hands.see("read_back_page")
    assert header.accessibleName() == "Bước 2/4: Đọc lại"
