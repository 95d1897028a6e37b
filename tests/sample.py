"""What the cabinet of the tests is about: tỉnh Bình Minh, its offices, and the ballot on what the rains destroyed."""

from datetime import UTC, date, datetime
from typing import Any

from ecabinet.core.ballots import (
    Base,
    DecisionRule,
    DisputedPoint,
    Option,
    Priority,
    Question,
    Share,
    TieRule,
)

BODY = "H00.1"
BODY_NAME = "Ủy ban nhân dân tỉnh Bình Minh"
BEGINNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)

OFFICES = {
    "registrar": ("Chánh Văn phòng UBND tỉnh", "Head of the Provincial Office"),
    "secretary": ("Chuyên viên Văn phòng UBND tỉnh", "Specialist of the Provincial Office"),
    "chair": ("Chủ tịch UBND tỉnh", "Chair of the People's Committee"),
    "finance": ("Giám đốc Sở Tài chính", "Director of Finance"),
    "construction": ("Giám đốc Sở Xây dựng", "Director of Construction"),
    "agriculture": ("Giám đốc Sở Nông nghiệp và Môi trường", "Director of Agriculture and Environment"),
    "home-affairs": ("Giám đốc Sở Nội vụ", "Director of Home Affairs"),
}
MEMBERS = ("chair", "finance", "construction", "agriculture", "home-affairs")

AGREEMENT = (
    Option(key="agree", text="Đồng ý", decides=True, needs_text=False),
    Option(key="disagree", text="Không đồng ý", decides=True, needs_text=False),
    Option(key="other", text="Ý kiến khác", decides=False, needs_text=True),
)
QUESTIONS = (
    Question(
        key="total",
        text="Đồng chí có đồng ý sử dụng 48 tỷ đồng từ dự phòng ngân sách cấp tỉnh năm 2026 không?",
        options=AGREEMENT,
    ),
    Question(key="priorities", text="Đồng chí có đồng ý với danh mục công trình ưu tiên không?", options=AGREEMENT),
)
RULE = DecisionRule(
    quorum=Share(numerator=2, denominator=3, base=Base.SENT),
    majority=Share(numerator=1, denominator=2, base=Base.IN_OFFICE),
    tie=TieRule.CHAIR,
    silence_counts_as=None,
    late_answers_count=False,
    legal_basis="Luật Tổ chức chính quyền địa phương số 72/2025/QH15",
    effective_from=date(2025, 7, 1),
    in_words="Ít nhất 2/3 số thành viên trả lời; quá nửa tổng số thành viên đồng ý; ngang nhau thì theo Chủ tịch.",
)
BALLOT: dict[str, Any] = {
    "subject": "Về sử dụng dự phòng ngân sách cấp tỉnh năm 2026 để khắc phục hậu quả mưa lũ",
    "submitter": "Sở Tài chính",
    "grounds": "Tờ trình số 430/TTr-STC ngày 20/11/2026 của Sở Tài chính",
    "decided_by": OFFICES["chair"][0],
    "deciding_note": "Gửi phiếu lấy ý kiến thành viên UBND tỉnh.",
    "field": "Tài chính - ngân sách",
    "priority": Priority.FLASH,
    "specialist": "Chuyên viên theo dõi lĩnh vực tài chính",
    "summary": "Mưa lũ làm hư hỏng đường giao thông và đê điều.",
    "disputed": (
        DisputedPoint(
            issue="Danh mục ưu tiên",
            agency="Sở Xây dựng",
            view="Ưu tiên giao thông",
            reason="Nhiều xã bị chia cắt.",
            proposal="Ưu tiên đê điều, sau đó giao thông.",
        ),
    ),
    "questions": QUESTIONS,
    "rule": RULE,
    "shows_answers_before_own": False,
}
"""What `ballot.opened` says whatever the cabinet is."""
PAPERS = {
    "430/TTr-STC": b"%PDF-1.7\n% T\xe1\xbb\x9d tr\xc3\xacnh\n" + bytes(range(256)) * 4 + b"\n%%EOF\n",
    "phu-luc": b"%PDF-1.7\n% Ph\xe1\xbb\xa5 l\xe1\xbb\xa5c\n" + bytes(range(255, -1, -1)) * 2 + b"\n%%EOF\n",
}
"""Number or name of a paper, and its bytes: files for the ledger, which nothing here renders."""
