"""What is found in a paper before it is published, and that nothing takes for ever."""

import os
import signal
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecabinet.client.pages.content import PaperRefused, Refusal
from ecabinet.client.pages.examination import FIRST_PAGES, Examination, Examiner, Outcome
from ecabinet.client.pages.process import PageProcess
from ecabinet.client.pages.source import Source
from ecabinet.core.meetings import Classification
from tests.client.pages import samples
from tests.client.pages.bad import slow_and_endless


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    """With time enough on a machine that is busy: what it finds is the paper's doing."""
    with Examiner(seconds=100.0, page_seconds=60.0) as examiner:
        yield examiner


@pytest.fixture(scope="module")
def hasty() -> Iterator[Examiner]:
    """For papers that take as long as they are given."""
    with Examiner(page_seconds=2.0) as examiner:
        yield examiner


def examine(examiner: Examiner, content: bytes) -> Examination:
    return examiner.examine(len(content), samples.filler(content))


def test_a_healthy_paper_is_shown(examiner: Examiner) -> None:
    found = examine(examiner, samples.prose(20))
    assert found.outcome is Outcome.SHOWN
    assert (found.refusal, found.marking) == (None, None)
    assert (found.pages, found.checked_pages, found.has_text) == (20, 20, True)


def test_a_scan_is_shown_and_known_to_have_no_text(examiner: Examiner) -> None:
    found = examine(examiner, samples.scan(2))
    assert found.outcome is Outcome.SHOWN
    assert not found.has_text


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", Refusal.EMPTY),
        (b"Hello", Refusal.NOT_PDF),
        (b"%PDF-1.7\n" + bytes(5000), Refusal.DAMAGED),
        (samples.encrypted("mật khẩu"), Refusal.ENCRYPTED),
        (samples.raw(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"]), Refusal.NO_PAGES),
        (samples.one_page(b"[" * 200_000), Refusal.DAMAGED),
    ],
    ids=["empty", "text", "junk", "encrypted", "no pages", "nested"],
)
def test_a_paper_nobody_could_read_is_refused(examiner: Examiner, content: bytes, refusal: Refusal) -> None:
    found = examine(examiner, content)
    assert (found.outcome, found.refusal) == (Outcome.REFUSED, refusal)


def test_a_paper_that_never_ends_is_refused_in_time(hasty: Examiner) -> None:
    found = examine(hasty, samples.endless())
    assert (found.outcome, found.refusal) == (Outcome.REFUSED, Refusal.TOO_SLOW)
    assert found.seconds < 15


def test_a_file_of_two_gigabytes_is_refused_unread(examiner: Examiner, tmp_path: Path) -> None:
    large = tmp_path / "lớn.pdf"
    with large.open("wb") as file:
        file.truncate(2 << 30)

    def fill(_: memoryview) -> None:
        pytest.fail("nothing should be read")

    assert examiner.examine(large.stat().st_size, fill).refusal is Refusal.TOO_LARGE


def test_half_a_paper_is_shown_with_the_pages_that_are_lost(examiner: Examiner) -> None:
    whole = samples.scan(8)
    found = examine(examiner, whole[: len(whole) // 2])
    assert found.outcome is Outcome.SHOWN_WITH_WARNINGS
    assert found.is_repaired
    assert found.details
    assert 7 in found.unreadable_pages
    assert 0 not in found.unreadable_pages + found.faulty_pages


def test_a_fault_on_a_page_is_found(examiner: Examiner) -> None:
    found = examine(examiner, samples.one_page(b"1 0 0 rg 0 0 9 9 re f ]] >> (never ended"))
    assert (found.outcome, found.faulty_pages) == (Outcome.SHOWN_WITH_WARNINGS, (0,))


def test_a_page_that_never_ends_is_named_and_the_limit_kept(hasty: Examiner) -> None:
    found = examine(hasty, samples.endless(pages=4, hostile=2))
    assert (found.outcome, found.unreadable_pages) == (Outcome.SHOWN_WITH_WARNINGS, (2,))
    assert (found.pages, found.checked_pages) == (4, 3)
    assert found.seconds < 15
    assert examine(hasty, samples.prose(1)).outcome is Outcome.SHOWN


def test_a_paper_that_never_opens_is_given_up() -> None:
    with Examiner(seconds=3.0) as examiner:
        examine(examiner, samples.prose(1))
        worker = examiner._process.worker
        assert worker is not None
        os.kill(worker, signal.SIGSTOP)
        found = examine(examiner, samples.prose(1))
        assert (found.outcome, found.refusal) == (Outcome.REFUSED, Refusal.TOO_SLOW)
        assert found.seconds < 15
        assert examine(examiner, samples.prose(1)).outcome is Outcome.SHOWN


def test_when_time_is_up_nothing_more_is_asked_of_a_paper() -> None:
    content = samples.quarters()
    read = samples.reader(content)
    process = PageProcess()
    try:
        now = time.monotonic()
        paper = process.open(Source.of(len(content), read, seconds=60.0, ends_at=now + 60.0))
        assert process.check(paper, 0, seconds=60.0)
        with pytest.raises(PaperRefused) as refused:
            process.open(Source.of(len(content), read, seconds=60.0, ends_at=now))
        assert refused.value.refusal is Refusal.TOO_SLOW
    finally:
        process.end()
        process.clear()


@pytest.mark.long
def test_a_paper_that_opens_slowly_and_hangs_on_each_page_has_no_more_time_for_that() -> None:
    """Each page that hangs costs the worker, and the next one has to open the paper once more."""
    with Examiner(seconds=4.0, page_seconds=1.5) as examiner:
        found = examine(examiner, slow_and_endless(40_000))
    assert (found.outcome, found.refusal) == (Outcome.REFUSED, Refusal.TOO_SLOW)
    assert found.seconds < 6


def test_many_pages_are_looked_at_as_far_as_time_allows() -> None:
    with Examiner(page_seconds=1.0) as examiner:
        found = examine(examiner, samples.laborious(1000))
        assert found.outcome is Outcome.SHOWN
        assert FIRST_PAGES <= found.checked_pages < found.pages == 1000
        assert found.seconds < 15


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_crashes_or_hangs(hasty: Examiner, data: Any) -> None:
    whole = bytearray(HEALTHY)
    for _ in range(data.draw(st.integers(0, 30))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    content = bytes(whole[: data.draw(st.integers(1, len(whole)))])
    found = examine(hasty, content)
    assert found.outcome in Outcome
    assert (found.refusal is None) == (found.outcome is not Outcome.REFUSED)
    assert found.seconds < 15


HEALTHY = samples.prose(2, lines=4)

# -- the marking of a classified paper

LETTERHEAD = [
    (90.0, 70.0, "ỦY BAN NHÂN DÂN"),
    (110.0, 86.0, "TỈNH BÌNH MINH"),
    (110.0, 110.0, "Số: 01/BC-UBND"),
    (310.0, 70.0, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    (350.0, 86.0, "Độc lập - Tự do - Hạnh phúc"),
    (330.0, 110.0, "Bình Minh, ngày 23 tháng 11 năm 2026"),
    (250.0, 200.0, "BÁO CÁO"),
    (85.0, 280.0, "Ủy ban nhân dân tỉnh báo cáo kết quả thực hiện nhiệm vụ như sau:"),
]


@pytest.mark.parametrize(
    ("texts", "level"),
    [
        ([(120, 132, "MẬT")], Classification.MAT),
        ([(110, 132, "TỐI MẬT")], Classification.TOI_MAT),
        ([(110, 132, "TUYỆT MẬT")], Classification.TUYET_MAT),
        ([(110, 132, "[ MẬT ]")], Classification.MAT),
        ([(110, 132, "M Ậ T")], Classification.MAT),
        ([(110, 132, "T Ố I  M Ậ T")], Classification.TOI_MAT),
        ([(118, 132, "TUYỆT"), (124, 147, "MẬT")], Classification.TUYET_MAT),
        ([(118, 132, unicodedata.normalize("NFD", "TUYỆT MẬT"))], Classification.TUYET_MAT),
        ([(85, 300, "ĐỘ MẬT: TỐI MẬT")], Classification.TOI_MAT),
        ([(85, 700, "Độ mật: Mật")], Classification.MAT),
        ([(85, 700, "Độ khẩn: Hỏa tốc"), (320, 700, "Độ mật:"), (420, 700, "Tuyệt mật")], Classification.TUYET_MAT),
        ([(118, 132, "MẬT"), (85, 300, "Độ mật: Tuyệt mật")], Classification.TUYET_MAT),
    ],
)
def test_a_marking_is_found(examiner: Examiner, texts: list[samples.Text], level: Classification) -> None:
    found = examine(examiner, samples.paper(LETTERHEAD + texts))
    assert (found.outcome, found.refusal) == (Outcome.REFUSED, Refusal.MARKED_CLASSIFIED)
    assert found.marking is level


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [(85, 300, "Về công tác bảo mật thông tin và bảo vệ bí mật nhà nước")],
        [(85, 300, "Mật độ dân số của tỉnh là 412 người/km2")],
        [(85, 300, "Mật")],
        [(200, 218, "VỀ BẢO VỆ BÍ MẬT NHÀ NƯỚC")],
        [(180, 218, "VỀ AN TOÀN, AN NINH MẠNG VÀ BẢO"), (280, 234, "MẬT")],
        [(280, 218, "MẬT"), (200, 234, "ĐỘ XÂY DỰNG TRONG ĐÔ THỊ")],
        [(85, 300, "Các độ mật: Tuyệt mật, Tối mật và Mật theo quy định của pháp luật")],
        [(85, 300, "Độ mật: Không")],
        [(85, 300, "Độ mật:")],
        [(85, 700, "MẬT")],  # low on the page and no larger than the rest
    ],
)
def test_the_same_letters_in_running_text_are_no_marking(examiner: Examiner, texts: list[samples.Text]) -> None:
    found = examine(examiner, samples.paper(LETTERHEAD + texts))
    assert (found.outcome, found.marking) == (Outcome.SHOWN, None)


def test_a_marking_on_the_second_page_is_found_and_on_the_third_not_looked_for(examiner: Examiner) -> None:
    marked = [*LETTERHEAD, (280.0, 60.0, "MẬT")]
    assert examine(examiner, samples.paper(LETTERHEAD, marked)).marking is Classification.MAT
    assert examine(examiner, samples.paper(LETTERHEAD, LETTERHEAD, marked)).marking is None


def test_a_marking_is_found_however_long_the_page_before_it_takes(hasty: Examiner) -> None:
    document = pymupdf.open("pdf", samples.endless())
    page = document.new_page(width=samples.A4.width, height=samples.A4.height)
    samples.write(page, [*LETTERHEAD, (280.0, 60.0, "MẬT")])
    assert examine(hasty, bytes(document.tobytes())).marking is Classification.MAT


def test_a_large_marking_is_found_wherever_it_stands(examiner: Examiner) -> None:
    document = pymupdf.open("pdf", samples.paper(LETTERHEAD))
    samples.write(document[0], [(150, 640, "TỐI MẬT")], size=80)
    assert examine(examiner, bytes(document.tobytes())).marking is Classification.TOI_MAT


def test_a_marking_over_running_text_is_found(examiner: Examiner) -> None:
    body = [(85.0, 300.0 + 17 * row, "Ủy ban nhân dân tỉnh báo cáo kết quả thực hiện nhiệm vụ") for row in range(20)]
    document = pymupdf.open("pdf", samples.paper(LETTERHEAD + body))
    samples.write(document[0], [(150, 500, "MẬT")], size=120)
    assert examine(examiner, bytes(document.tobytes())).marking is Classification.MAT


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_marking_is_found_on_a_turned_page(examiner: Examiner, rotation: int) -> None:
    document = pymupdf.open("pdf", samples.paper(LETTERHEAD))
    page = document[0]
    page.set_rotation(rotation)
    page.insert_font(fontname="tinos", fontfile=str(samples.FONT))
    place = pymupdf.Point(120, 60) * page.derotation_matrix  # at the top, as it is shown
    page.insert_text(place, "TUYỆT MẬT", fontname="tinos", fontsize=13, rotate=rotation)
    assert examine(examiner, bytes(document.tobytes())).marking is Classification.TUYET_MAT


def test_a_marking_set_as_a_stamp_annotation_is_found(examiner: Examiner) -> None:
    letters = (
        b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
        b"3 beginbfchar <4D> <004D> <41> <1EAC> <54> <0054> endbfchar endcmap"
    )
    more: list[str | bytes] = [
        "<</Type/Annot/Subtype/Stamp/Rect[20 150 80 170]/AP<</N 6 0 R>>>>",
        samples.stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 60 20]/Resources<</Font<</F 7 0 R>>>>",
            b"BT /F 14 Tf 5 5 Td (MAT) Tj ET",
        ),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 8 0 R>>",
        samples.stream("", letters),
    ]
    assert examine(examiner, samples.one_page(page="/Annots[5 0 R]", more=more)).marking is Classification.MAT
