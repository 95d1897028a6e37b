"""Hồ sơ lấy ý kiến: what a bundle says, as a paper."""

import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import cast

import pytest
from pypdf import PdfReader
from pypdf.generic import BooleanObject, DictionaryObject, StreamObject

from ecabinet.core.ballots import Attachment, Option, Question, TieRule
from ecabinet.core.evidence import Check, read
from ecabinet.core.people import Role
from ecabinet.papers.ballots import outcome_in_words
from ecabinet.papers.dossier import UnprovenBundle, typeset_dossier
from tests.bundles import files_of, packed, sealed
from tests.cabinet import Cabinet
from tests.papers.reading import fonts, pages, words
from tests.sample import QUESTIONS, RULE

HEADINGS = (
    "I. VIỆC LẤY Ý KIẾN",
    "II. NỘI DUNG LẤY Ý KIẾN (NGUYÊN VĂN)",
    "III. TÀI LIỆU",
    "IV. QUY TẮC VÀ KẾT QUẢ",
    "V. TỔNG HỢP THEO TỪNG CÂU",
    "VI. Ý KIẾN CỦA TỪNG NGƯỜI",
    "VII. Ý KIẾN TRẢ LỜI MUỘN",
    "VIII. BIÊN BẢN",
    "PHỤ LỤC. CÁCH KIỂM TRA HỒ SƠ NÀY",
)
SAID = "Đề nghị làm rõ nguồn kinh phí, trách nhiệm của từng cơ quan và lộ trình thực hiện tại các xã vùng cao. " * 9
HOSTILE = '#panic("x") $x^2$ *đậm* <b>đậm</b> @ai https://' + "địachỉdài" * 30


def dossier(bundle: bytes) -> bytes:
    return typeset_dossier(read(bundle), digest=hashlib.sha256(bundle).hexdigest(), size=len(bundle))


def outcomes(cabinet: Cabinet) -> list[str]:
    """Of each question, in the words of all papers."""
    counted = cabinet.collation()
    asked = zip(cabinet.asked.questions, counted.tallies, strict=True)
    return [outcome_in_words(question, tally, is_quorate=counted.is_quorate) for question, tally in asked]


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    return Cabinet.with_result()


@pytest.fixture(scope="module")
def bundle(cabinet: Cabinet) -> bytes:
    return sealed(cabinet)


@pytest.fixture(scope="module")
def paper(bundle: bytes) -> bytes:
    return dossier(bundle)


@pytest.fixture(scope="module")
def large() -> Cabinet:
    """Sixty electors, five questions; two answer after a deadline that was extended once, one does not answer."""
    cabinet = Cabinet()
    people = [f"member-{number:02}" for number in range(60)]
    cabinet.offices |= {person: (f"Chủ tịch UBND xã số {number}", "") for number, person in enumerate(people, 1)}
    cabinet.found()
    cabinet.enrol("secretary", Role.SECRETARY)
    for person in people:
        cabinet.enrol(person, Role.MEMBER, *([Role.CHAIR] if person == people[0] else []))
    cabinet.publish()
    plans = tuple(
        Option(key=f"plan-{number}", text=f"Phương án {number}", decides=True, needs_text=True) for number in (1, 2, 3)
    )
    questions = (*QUESTIONS, *(Question(key=f"q{place}", text=f"Chọn {place}?", options=plans) for place in (3, 4, 5)))
    cabinet.open_ballot(questions=questions, deadline_at=cabinet.now + timedelta(minutes=5))
    cabinet.extend(cabinet.now + timedelta(hours=2))
    chosen = ("agree", "other", "plan-1", "plan-2", "plan-3")
    for person in people[:-3]:
        cabinet.answer(person, *chosen, text=HOSTILE if person == people[7] else SAID)
    cabinet.answer(people[1], *chosen, text="Đổi ý.", remark="Thay ý kiến trước.")
    cabinet.now += timedelta(hours=3)
    for person in people[-3:-1]:
        cabinet.answer(person, *chosen, text="Trả lời muộn.")
    cabinet.close()
    cabinet.announce()
    return cabinet


def test_it_says_what_was_asked_answered_and_counted(cabinet: Cabinet, bundle: bytes, paper: bytes) -> None:
    text = words(paper)
    fingerprint = hashlib.sha256(cabinet.anchors[0]).digest().hex(":").upper()
    place = 0
    for part in (
        "ỦY BAN NHÂN DÂN TỈNH BÌNH MINH",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "HỒ SƠ LẤY Ý KIẾN",
        cabinet.asked.subject,
        "05 phiếu gửi, 04 phiếu trả lời",
        hashlib.sha256(bundle).hexdigest(),
        "MỤC LỤC",
        cabinet.asked.grounds,
        cabinet.asked.deciding_note,
        "Kết thúc lấy ý kiến Chuyên viên Văn phòng UBND tỉnh 08:17:00 20/11/2026 16",
        cabinet.asked.summary,
        "Ưu tiên đê điều, sau đó giao thông.",
        *(f"Câu {number}. {question.text}" for number, question in enumerate(QUESTIONS, 1)),
        "430/TTr-STC",
        cabinet.asked.documents[0].digest,
        RULE.in_words,
        "ít nhất 2/3 số phiếu gửi (5) trả lời",
        "nhiều hơn 1/2 tổng số thành viên hiện có (5) chọn",
        "04 trên 05 phiếu có trả lời, đủ để phiếu lấy ý kiến có giá trị.",
        *(f"Câu {number}: {outcome}" for number, outcome in enumerate(outcomes(cabinet), 1)),
        "Đồng ý 02 50,0 40,0 Không đồng ý 01 25,0 20,0 Ý kiến khác 01 25,0 20,0 Không trả lời 01 - 20,0",
        "Chủ tịch UBND tỉnh (người chủ trì) Câu 1: Đồng ý Câu 2: Đồng ý 08:11:00 20/11/2026 bản ghi số 10 Đúng hạn",
        "Giám đốc Sở Tài chính (cơ quan trình)",
        "đã thay ý kiến 01 lần",
        "Câu 1, Ý kiến khác: Đề nghị ưu tiên giao thông.",
        "Giám đốc Sở Nội vụ - - Không trả lời",
        "Phiếu này không có biên bản",
        fingerprint[:48],  # in two lines
        fingerprint[48:],
        "sha256sum ho-so.asice",
        "ecabinet-verify ho-so.asice --trust chung-thu.pem --html bao-cao.html",
        "Không chứng minh: thiết bị của người ký đã hiển thị đúng nội dung",
        cabinet.opening.digest,
    ):
        assert part in text[place:]
        place = text.index(part, place) + len(part)
    assert "Đề nghị làm rõ nguồn." not in text, "an opinion that was replaced does not count"


def test_its_contents_name_the_pages(paper: bytes, large: Cabinet) -> None:
    for made in (paper, dossier(sealed(large))):
        found = [" ".join(page.text.split()) for page in pages(made)]
        for heading in HEADINGS:
            named = re.search(re.escape(heading) + r"[ .]*?(\d+)", found[0])
            assert named is not None, heading
            assert heading in found[int(named[1]) - 1]
        bookmarks = [str(each["/Title"]) for each in cast("list[DictionaryObject]", PdfReader(BytesIO(made)).outline)]
        assert bookmarks == list(HEADINGS)
        assert f"gồm {len(found)} trang" in found[0]


def test_it_is_archival_tagged_and_dated(cabinet: Cabinet, paper: bytes) -> None:
    reader = PdfReader(BytesIO(paper))
    root = cast("DictionaryObject", reader.trailer["/Root"])
    metadata = cast("StreamObject", root["/Metadata"]).get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert cast("DictionaryObject", root["/MarkInfo"])["/Marked"] == BooleanObject(value=True)
    assert "/StructTreeRoot" in root
    assert fonts(reader) == {"Tinos", "Tinos-Bold", "Tinos-Italic"}
    assert {page.size for page in pages(paper)} == {(210, 297)}
    assert reader.metadata is not None
    assert reader.metadata.creation_date == cabinet.ledger[-1].accepted_at.replace(microsecond=0)


def test_one_bundle_has_one_dossier(bundle: bytes, paper: bytes) -> None:
    assert dossier(bundle) == paper


def test_every_elector_and_every_word_is_in_it(large: Cabinet) -> None:
    text = words(dossier(sealed(large))).replace("\u200b", "")
    for person in large.members:
        assert large.offices[person][0] in text
    assert text.split().count("vùng") == SAID.count("vùng") * 4 * 55, "four texts of each of 57 electors but for two"
    assert HOSTILE.replace(" ", "") in text.replace(" ", "")
    assert "thay ý kiến 01 lần" in text
    late = text[text.rindex("VII. Ý KIẾN TRẢ LỜI MUỘN") :]
    assert late.count("Muộn, không tính") == 2
    assert "Chủ tịch UBND xã số 59" in late
    assert text.count("Không trả lời có ý kiến muộn, xem mục VII") == 2
    assert "Gia hạn đến:" in text
    assert "57 phiếu trả lời" in text


def test_papers_that_are_not_enclosed_are_said_to_be_absent(cabinet: Cabinet) -> None:
    (with_papers,) = re.findall(r"430/TTr-STC .*? 1 (có|không) SHA-256", words(dossier(sealed(cabinet))))
    (without,) = re.findall(r"430/TTr-STC .*? 1 (có|không) SHA-256", words(dossier(sealed(cabinet, papers={}))))
    assert (with_papers, without) == ("có", "không")


def test_of_a_forged_bundle_none_is_made(bundle: bytes) -> None:
    files = files_of(bundle)
    opinion = min(name for name in files if name.endswith(".opinion.json"))
    with pytest.raises(UnprovenBundle) as caught:
        dossier(packed({**files, opinion: files[opinion].replace(b"agree", b"other", 1)}))
    assert Check.SIGNATURES in {each for each, _ in caught.value.report.failures()}


def test_of_a_wrong_count_none_is_made() -> None:
    cabinet = Cabinet.with_open_ballot()
    cabinet.answer("chair")
    cabinet.close()
    cabinet.announce(replace(cabinet.collation(), received=5))
    with pytest.raises(UnprovenBundle):
        dossier(sealed(cabinet))


def test_what_few_ballots_have_is_told_too() -> None:
    """An attachment, an answer in another capacity, silence that counts, late answers that count, no papers."""
    cabinet = Cabinet.seated()
    attached = Attachment(digest=hashlib.sha256(b"x").hexdigest(), size=1, file_name="công văn góp ý.pdf")
    rule = replace(RULE, silence_counts_as="agree", late_answers_count=True, tie=TieRule.NONE)
    cabinet.open_ballot(
        rule=rule, disputed=(), summary="", documents=(), deadline_at=cabinet.now + timedelta(minutes=3)
    )
    cabinet.append(cabinet.opinion("chair", capacity="Người được giao quyền", attachments=(attached,)))
    cabinet.now += timedelta(hours=1)
    cabinet.answer("finance", remark="Gửi muộn.")
    cabinet.close()
    cabinet.announce()
    text = words(dossier(sealed(cabinet)))
    for part in (
        "Phiếu không kèm tài liệu.",
        "Tệp kèm theo ý kiến",
        f"Chủ tịch UBND tỉnh công văn góp ý.pdf không SHA-256: {attached.digest}",
        "Trả lời với tư cách: Người được giao quyền",
        "kèm 01 tệp",
        "Khi ngang nhau: không áp dụng",
        "Theo quy tắc của phiếu này, không trả lời được tính vào phương án “Đồng ý”.",
        "Muộn, được tính",
        "Ý kiến chung: Gửi muộn.",
        "Dấu thời gian: không có",
    ):
        assert part in text
    assert "Tóm tắt" not in text
    assert "Những vấn đề còn ý kiến khác nhau" not in text
