"""Files that become papers, and files that must not."""

import os
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from ecabinet.client.desk.intake import PaperFlaw, plain_name
from ecabinet.client.desk.preparing import Preparing
from ecabinet.core.people import Role
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.client.pages import samples

PAPER = samples.paper([(85.0, 100.0, "Tờ trình về dự toán ngân sách địa phương năm 2027")])


@pytest.fixture
def secretary(device: MakeDevice) -> ClientDevice:
    made = device("third", "secretary", Role.SECRETARY)
    made.round()
    return made


@pytest.fixture
def preparing(secretary: ClientDevice) -> Preparing:
    return secretary.desk.preparing


def unheard(done: int, total: int | None) -> None:
    """Nobody listens."""


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("421-TTr-STC.pdf", "421-TTr-STC.pdf"),
        ("..\\..\\Windows\\win.ini", "win.ini"),
        ("../../etc/passwd", "passwd"),
        ("...", "tai-lieu"),
        (" .pdf", "tai-lieu.pdf"),
        ("Báo cáo: số 418?.pdf", "Báo cáo số 418.pdf"),
        ("dòng\nhai\x00.pdf", "dòng hai.pdf"),
        (unicodedata.normalize("NFD", "Dự thảo Nghị quyết.pdf"), "Dự thảo Nghị quyết.pdf"),
        ("Bản\u202emật.pdf", "Bảnmật.pdf"),
        ("không đuôi", "không đuôi"),
    ],
)
def test_a_name_travels_without_what_could_harm(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_a_long_name_is_cut_where_letters_end_and_keeps_its_ending() -> None:
    plain = plain_name("Nghị quyết " * 30 + ".pdf")
    assert len(plain.encode()) <= 200
    assert plain.startswith("Nghị quyết Nghị")
    assert plain.endswith(".pdf")
    assert len(plain_name("ệ" * 300).encode()) <= 200


def test_a_title_is_as_long_as_the_files_name(preparing: Preparing, tmp_path: Path) -> None:
    draft, _ = preparing.new_meeting()
    title = (
        "Báo cáo kết quả thực hiện nhiệm vụ phát triển kinh tế - xã hội tháng 11 và nhiệm vụ trọng tâm "
        "tháng 12 năm 2026 trên địa bàn các xã phường miền núi biên giới"
    )
    assert len(title) > 150
    file = write(tmp_path, f"{title}.pdf", PAPER)
    (paper,) = preparing.take_papers(draft.meeting, [file], unheard).papers
    assert paper.title == title
    assert len(paper.file_name.encode()) <= 200 < len(title.encode())


def test_good_files_are_taken_and_bad_ones_named_with_the_reason(preparing: Preparing, tmp_path: Path) -> None:
    bad = {
        "khong-phai-pdf.pdf": (b"<html>", PaperFlaw.NOT_PDF),
        "rong.pdf": (b"", PaperFlaw.EMPTY),
        "ma-hoa.pdf": (samples.encrypted("mật khẩu"), PaperFlaw.ENCRYPTED),
        "khong-trang.pdf": (samples.raw(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"]), None),
        "mat.pdf": (samples.paper([(85, 60, "MẬT")], [(85, 100, "Trang hai")]), PaperFlaw.MARKED_CLASSIFIED),
    }
    files = [write(tmp_path, name, data) for name, (data, _) in bad.items()]
    files += [write(tmp_path, "421-TTr-STC dự toán.pdf", PAPER), tmp_path / "khong-co.pdf", tmp_path]
    draft, _ = preparing.new_meeting()
    counted: list[int] = []
    taken = preparing.take_papers(draft.meeting, files, lambda done, total: counted.append(done))
    (paper,) = taken.papers
    assert (paper.pages, paper.number, paper.kind, paper.title) == (1, "421/TTr-STC", "to-trinh", "dự toán")
    flaws = {refused.file_name: refused.flaw for refused in taken.refused}
    for name, (_, flaw) in bad.items():
        assert flaws[name] in ({flaw} if flaw else {PaperFlaw.NO_PAGES, PaperFlaw.DAMAGED})
    assert flaws["khong-co.pdf"] is PaperFlaw.UNREADABLE
    assert len(flaws) == len(files) - 1
    assert counted == list(range(len(files)))
    assert files[5].read_bytes() == PAPER


def test_nothing_of_a_refused_file_stays_in_the_vault(
    preparing: Preparing, secretary: ClientDevice, tmp_path: Path
) -> None:
    draft, _ = preparing.new_meeting()
    before = sorted((secretary.folder / "papers").iterdir())
    marked = samples.paper([(85, 60, "TỐI MẬT")])
    taken = preparing.take_papers(draft.meeting, [write(tmp_path, "a.pdf", marked)], unheard)
    assert [refused.flaw for refused in taken.refused] == [PaperFlaw.MARKED_CLASSIFIED]
    assert sorted((secretary.folder / "papers").iterdir()) == before


def test_two_gigabytes_are_refused_unread(preparing: Preparing, tmp_path: Path) -> None:
    huge = tmp_path / "hai-gigabyte.pdf"
    huge.touch()
    os.truncate(huge, 2 * 1024**3)
    draft, _ = preparing.new_meeting()
    taken = preparing.take_papers(draft.meeting, [huge], unheard)
    assert [refused.flaw for refused in taken.refused] == [PaperFlaw.TOO_LARGE]


def test_the_same_bytes_are_taken_once(preparing: Preparing, tmp_path: Path) -> None:
    draft, _ = preparing.new_meeting()
    files = [write(tmp_path, name, PAPER) for name in ("a.pdf", "b.pdf")]
    taken = preparing.take_papers(draft.meeting, files, unheard)
    assert [paper.file_name for paper in taken.papers] == ["a.pdf"]
    assert [refused.flaw for refused in taken.refused] == [PaperFlaw.ALREADY_HERE]


def test_a_draft_and_its_papers_outlive_the_program_and_go_when_discarded(
    preparing: Preparing, secretary: ClientDevice, tmp_path: Path
) -> None:
    draft, _ = preparing.new_meeting()
    preparing.keep_meeting(replace(draft, title=unicodedata.normalize("NFD", "Phiên họp tháng 12")))
    (paper,) = preparing.take_papers(draft.meeting, [write(tmp_path, "a.pdf", PAPER)], unheard).papers
    preparing.keep_paper(draft.meeting, replace(paper, title="Tờ trình"))
    secretary.reopen()
    again = secretary.desk.preparing
    assert again.meeting(draft.meeting).title == "Phiên họp tháng 12"
    assert [each.title for each in again.papers(draft.meeting)] == ["Tờ trình"]
    into = memoryview(bytearray(paper.size))
    secretary.desk.papers.fill(paper.digest, into)
    assert into == PAPER
    assert [(line.title, line.papers) for line in again.drafts()] == [("Phiên họp tháng 12", 1)]
    again.discard(draft.meeting)
    assert again.drafts() == ()
    assert not secretary.vault.files.holds(paper.digest)


def test_a_paper_taken_out_of_a_draft_is_forgotten(
    preparing: Preparing, secretary: ClientDevice, tmp_path: Path
) -> None:
    draft, _ = preparing.new_meeting()
    (paper,) = preparing.take_papers(draft.meeting, [write(tmp_path, "a.pdf", PAPER)], unheard).papers
    preparing.remove_paper(draft.meeting, paper.document)
    assert preparing.papers(draft.meeting) == ()
    assert not secretary.vault.files.holds(paper.digest)


def test_a_file_cut_off_that_could_be_repaired_is_marked_as_such(
    preparing: Preparing, secretary: ClientDevice, tmp_path: Path
) -> None:
    whole = samples.prose(3)
    draft, _ = preparing.new_meeting()
    files = [write(tmp_path, "whole.pdf", whole), write(tmp_path, "cut.pdf", whole[: whole.rindex(b"xref")])]
    taken = preparing.take_papers(draft.meeting, files, unheard)
    assert [(paper.file_name, paper.is_repaired) for paper in taken.papers] == [("whole.pdf", False), ("cut.pdf", True)]
    assert [paper.is_repaired for paper in preparing.papers(draft.meeting)] == [False, True]
