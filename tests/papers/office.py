"""The Office of the sample body at work: the papers it issues for the ballot on the reserve."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ecabinet.core.ballots import Answer, BallotOpened, Elector, Electorate, Opinion, Recorded, collate
from ecabinet.core.people import Role
from ecabinet.papers.ballots import BallotSheet, CollationReport, Issue
from ecabinet.papers.sample import SampleBallot, ballots, people

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_NOTHING = "0" * 64
_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def issue(number: int, symbol: str, issued_at: datetime, *recipients: str) -> Issue:
    return Issue(
        name="Văn phòng UBND tỉnh",
        parent="UBND tỉnh Bình Minh",
        agency="Văn phòng",
        place="Bình Minh",
        number=number,
        symbol=symbol,
        issued_at=issued_at,
        signer=("Chánh Văn phòng",),
        recipients=recipients,
    )


def sheet(ballot: SampleBallot) -> BallotSheet:
    number, symbol = ballot.number.split("/")
    return BallotSheet(
        issue=issue(
            int(number), symbol, ballot.issued_at, "Như trên", "Chủ tịch, các Phó Chủ tịch UBND tỉnh", "Lưu: VT, TH"
        ),
        addressee="Các thành viên UBND tỉnh",
        subject=ballot.subject,
        submitter=ballot.submitter,
        grounds=ballot.grounds,
        decided_by=ballot.decided_by,
        deciding_note=ballot.deciding_note,
        field=ballot.field,
        priority=ballot.priority,
        specialist=ballot.specialist,
        summary=ballot.summary,
        disputed=ballot.disputed,
        questions=ballot.questions,
        rule=ballot.rule,
        deadline_at=ballot.deadline_at,
        return_to="Văn phòng UBND tỉnh, qua hệ thống họp không giấy và lấy ý kiến điện tử",
        attachments=tuple(paper.title for paper in ballot.papers),
    )


def opened(ballot: SampleBallot) -> BallotOpened:
    members = [person for person in people() if Role.MEMBER in person.roles]
    return BallotOpened(
        body="H00",
        id=_ID,
        nonce="0" * 32,
        at=ballot.issued_at,
        seen=None,
        ballot=_ID,
        subject=ballot.subject,
        submitter=ballot.submitter,
        grounds=ballot.grounds,
        decided_by=ballot.decided_by,
        deciding_note=ballot.deciding_note,
        field=ballot.field,
        priority=ballot.priority,
        specialist=ballot.specialist,
        summary=ballot.summary,
        disputed=ballot.disputed,
        questions=ballot.questions,
        electorate=Electorate(
            electors=tuple(
                Elector(person=person.id, office=person.office, proposed=person.id == ballot.proposed_by)
                for person in members
            ),
            statutory=13,
            in_office=13,
            vacant=0,
            chair="chu-tich",
        ),
        documents=(),
        rule=ballot.rule,
        deadline_at=ballot.deadline_at,
        shows_answers_before_own=False,
        register_head=_NOTHING,
    )


def report(
    ballot: SampleBallot,
    said: Sequence[tuple[str, Sequence[tuple[str, str]], str]],
    late: Mapping[str, int] | None = None,
) -> CollationReport:
    """The report over answers `(person, [(option, text), …], remark)`, in the order they came; `late` by minutes."""
    statement = opened(ballot)
    recorded = [
        Recorded(
            leaf=leaf,
            accepted_at=ballot.deadline_at + timedelta(minutes=(late or {}).get(person, leaf - 120)),
            opinion=Opinion(
                body="H00",
                id=_ID,
                nonce="0" * 32,
                at=datetime(2026, 11, 22, tzinfo=UTC),
                seen=None,
                ballot=_ID,
                opened=_NOTHING,
                elector=person,
                capacity=person,
                answers=tuple(
                    Answer(question=question.key, option=option, text=text)
                    for question, (option, text) in zip(ballot.questions, answers, strict=True)
                ),
                remark=remark,
                attachments=(),
                counter=1,
                replaces=None,
            ),
        )
        for leaf, (person, answers, remark) in enumerate(said, 10)
    ]
    return CollationReport(
        issue=issue(
            381, "BC-VP", datetime(2026, 11, 23, 14, tzinfo=ZONE), "Như trên", "Các thành viên UBND tỉnh", "Lưu: VT, TH"
        ),
        addressee="Chủ tịch UBND tỉnh",
        sheet=f"{ballot.number} ngày {ballot.issued_at:%d/%m/%Y}",
        opened=statement,
        collation=collate(statement, [], recorded, closed_leaf=100),
        recorded={each.leaf: each for each in recorded},
        closed_at=ballot.deadline_at + timedelta(minutes=30),
        zone=ZONE,
    )


def reserve() -> SampleBallot:
    return next(ballot for ballot in ballots() if ballot.key == "du-phong-mua-lu")


ANSWERS = (
    ("chu-tich", (("dong-y", ""), ("dong-y", "")), ""),
    ("giam-doc-so-tai-chinh", (("dong-y", ""), ("dong-y", "")), ""),
    (
        "giam-doc-so-xay-dung",
        (
            ("dong-y", ""),
            (
                "y-kien-khac",
                "Đề nghị tăng phần giao thông lên 28,0 tỷ đồng.\nTuyến ĐT.318 là đường độc đạo, phải làm trước Tết.",
            ),
        ),
        "Giao Sở Xây dựng được chỉ định thầu các công trình khẩn cấp.",
    ),
    (
        "giam-doc-so-nong-nghiep-va-moi-truong",
        (("dong-y", ""), ("khong-dong-y", "Hai cung sạt đê phải xử lý trọn vẹn, không chia giai đoạn.")),
        "",
    ),
    ("pho-chu-tich-thuong-truc", (("dong-y", ""), ("dong-y", "")), ""),
    ("pho-chu-tich-kinh-te", (("dong-y", ""), ("dong-y", "")), ""),
    ("pho-chu-tich-van-hoa-xa-hoi", (("dong-y", ""), ("dong-y", "")), "Ưu tiên 07 điểm trường để kịp học kỳ II."),
    ("chanh-van-phong", (("dong-y", ""), ("dong-y", "")), ""),
    ("giam-doc-so-noi-vu", (("dong-y", ""), ("dong-y", "")), ""),
    ("giam-doc-cong-an-tinh", (("dong-y", ""), ("dong-y", "")), ""),
    ("giam-doc-so-khoa-hoc-va-cong-nghe", (("dong-y", ""), ("dong-y", "")), "Đồng ý 👍"),
)
"""Eleven answers, the last of which the tests send late."""
