from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ecabinet.core.ballots import Priority
from ecabinet.papers.ballots import in_words, typeset_collation, typeset_sheet
from ecabinet.papers.sample import SampleBallot, ballots
from tests.papers.office import ANSWERS, report, reserve, sheet
from tests.papers.reading import words

LATE = {"giam-doc-so-khoa-hoc-va-cong-nghe": 12}


def in_order(text: str, *parts: str) -> bool:
    at = 0
    for part in parts:
        at = text.index(part, at) + len(part)
    return True


@pytest.mark.parametrize("ballot", ballots(), ids=lambda ballot: ballot.key)
def test_the_sheet_says_everything_in_the_offices_order(ballot: SampleBallot) -> None:
    text = words(typeset_sheet(sheet(ballot)))
    assert in_order(
        text,
        "UBND TỈNH BÌNH MINH",
        f"Số: {ballot.number}",
        "PHIẾU LẤY Ý KIẾN",
        ballot.subject,
        "Kính gửi: Các thành viên UBND tỉnh.",
        ballot.grounds,
        ballot.decided_by,
        ballot.deciding_note,
        ballot.summary,
        "NHỮNG VẤN ĐỀ CÒN Ý KIẾN KHÁC NHAU",
        *(f"Câu {number}. {question.text}" for number, question in enumerate(ballot.questions, 1)),
        ballot.rule.in_words,
        in_words(ballot.deadline_at),
        "TÀI LIỆU KÈM THEO",
        *(paper.title for paper in ballot.papers),
        "Nơi nhận:",
    )
    assert text.count("□") == sum(len(question.options) for question in ballot.questions)
    for option in (option for question in ballot.questions for option in question.options):
        assert f"□ {option.text}" in text.replace("□", "□ ").replace("  ", " ")


@pytest.mark.parametrize(
    ("priority", "mark"),
    [(Priority.URGENT, "KHẨN"), (Priority.VERY_URGENT, "THƯỢNG KHẨN"), (Priority.FLASH, "HỎA TỐC")],
)
def test_urgency_stands_below_the_number(priority: Priority, mark: str) -> None:
    text = words(typeset_sheet(replace(sheet(reserve()), priority=priority)))
    assert text.index("Số: 213/PLYK-VP") < text.index(mark) < text.index("PHIẾU LẤY Ý KIẾN")


def test_an_ordinary_ballot_bears_no_mark() -> None:
    text = words(typeset_sheet(replace(sheet(reserve()), priority=Priority.NORMAL)))
    assert "HỎA TỐC" not in text
    assert "KHẨN" not in text


def test_a_sheet_without_dispute_says_so() -> None:
    text = words(typeset_sheet(replace(sheet(reserve()), disputed=())))
    assert "NHỮNG VẤN ĐỀ CÒN Ý KIẾN KHÁC NHAU Không có." in text


def test_the_report_counts_over_answers_and_over_ballots_and_names_offices() -> None:
    text = words(typeset_collation(report(reserve(), ANSWERS, LATE)))
    assert "Số phiếu gửi: 13; số phiếu trả lời: 10, bằng 76,9%; chưa trả lời: 03; trả lời muộn: 01." in text
    assert "Số phiếu trả lời đủ để phiếu lấy ý kiến có giá trị." in text
    first, second = text.split("Câu 2. Danh mục ưu tiên")[0], text.split("Câu 2. Danh mục ưu tiên")[1]
    assert "Đồng ý 10 100,0 76,9 Chủ tịch UBND tỉnh; Phó Chủ tịch Thường trực UBND tỉnh;" in first
    assert "Giám đốc Sở Tài chính (cơ quan trình)" in first
    assert "Không trả lời 03 - 23,1 Giám đốc Sở Khoa học và Công nghệ; Giám đốc Sở Tư pháp;" in first
    assert "Đồng ý 08 80,0 61,5" in second
    assert "Không đồng ý 01 10,0 7,7 Giám đốc Sở Nông nghiệp và Môi trường" in second
    assert "Kết quả: được thông qua (“Đồng ý” đạt tỷ lệ quy định)." in first
    assert "Kết quả: được thông qua (“Đồng ý” đạt tỷ lệ quy định)." in second


def test_other_opinions_stand_word_for_word() -> None:
    text = words(typeset_collation(report(reserve(), ANSWERS, LATE)))
    for _, answers, remark in ANSWERS[:-1]:
        for said in (*(text for _, text in answers), remark):
            assert " ".join(said.split()) in text
    assert in_order(text, "GHI NGUYÊN VĂN", "Giám đốc Sở Xây dựng (câu 2, Ý kiến khác):", "Giao Sở Xây dựng")


def test_a_late_answer_is_shown_and_not_counted() -> None:
    text = words(typeset_collation(report(reserve(), ANSWERS, LATE)))
    late = text[text.index("Ý KIẾN TRẢ LỜI MUỘN") :]
    assert "không tính vào kết quả" in late
    assert (
        "Giám đốc Sở Khoa học và Công nghệ, nhận lúc 11 giờ 42 phút, thứ Hai, ngày 23/11/2026: câu 1: Đồng ý;" in late
    )


def test_a_letter_without_a_glyph_is_written_by_its_number() -> None:
    assert "Đồng ý [U+1F44D]" in words(typeset_collation(report(reserve(), ANSWERS, LATE)))


def test_too_few_answers_and_no_majority_are_said() -> None:
    text = words(typeset_collation(report(reserve(), ANSWERS[:4])))
    assert "Số phiếu trả lời chưa đủ để phiếu lấy ý kiến có giá trị." in text
    assert text.count("Kết quả: không được thông qua (không phương án nào đạt tỷ lệ quy định).") == 2
    assert "Ý KIẾN TRẢ LỜI MUỘN" not in text


def test_a_majority_of_too_few_has_no_effect() -> None:
    ballot = reserve()
    everybody = replace(ballot.rule.quorum, numerator=1, denominator=1)
    text = words(typeset_collation(report(replace(ballot, rule=replace(ballot.rule, quorum=everybody)), ANSWERS)))
    assert "Số phiếu trả lời chưa đủ để phiếu lấy ý kiến có giá trị." in text
    assert "“Đồng ý” đạt tỷ lệ quy định nhưng chưa có hiệu lực do chưa đủ số phiếu trả lời." in text
    assert "được thông qua" not in text.split("Kết quả:", 1)[1].split("III.")[0]


def test_a_question_that_is_answered_no_is_not_called_passed() -> None:
    refusing = tuple(
        (person, tuple(("khong-dong-y", text) for _, text in answers), remark) for person, answers, remark in ANSWERS
    )
    text = words(typeset_collation(report(reserve(), refusing)))
    assert text.count("Kết quả: không được thông qua (“Không đồng ý” đạt tỷ lệ quy định).") == 2
    assert "Kết quả: được thông qua" not in text
    assert "Căn cứ: Luật Tổ chức chính quyền địa phương số 72/2025/QH15;" in text
    assert "(áp dụng từ ngày 01/07/2026)." in text


def test_nobody_answering_is_a_report_too() -> None:
    text = words(typeset_collation(report(reserve(), ())))
    assert "số phiếu trả lời: 0, bằng 0,0%; chưa trả lời: 13." in text
    assert "Đồng ý 0 - 0,0" in text


def test_a_deadline_is_written_out() -> None:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    assert in_words(datetime(2026, 11, 23, 11, 30, tzinfo=zone)) == "11 giờ 30 phút, thứ Hai, ngày 23/11/2026"
    assert in_words(datetime(2026, 11, 29, 7, 5, tzinfo=zone)) == "07 giờ 05 phút, Chủ nhật, ngày 29/11/2026"
