"""What a file becomes as a paper: named by what it says of itself, and where it says nothing, by its name."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecabinet.client.desk.intake import FileRefused, PaperFlaw, PreparedPaper, plain_name, take_file
from ecabinet.client.pages.examination import Examiner
from ecabinet.client.vault import SealedFiles
from ecabinet.core.envelope import new_id
from ecabinet.papers import sample
from tests.client.pages import samples

DOCUMENT = new_id(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    with Examiner() as examiner:
        yield examiner


@pytest.fixture
def files(tmp_path: Path) -> SealedFiles:
    return SealedFiles(tmp_path / "sealed", bytes(32))


def taken(files: SealedFiles, examiner: Examiner, path: Path) -> PreparedPaper:
    return take_file(path, DOCUMENT, files, examiner)


def named(files: SealedFiles, examiner: Examiner, folder: Path, name: str) -> PreparedPaper:
    """A paper that says nothing of itself, under a file name."""
    path = folder / name
    path.write_bytes(samples.prose(1, lines=2))
    return taken(files, examiner, path)


@pytest.mark.parametrize("paper", [paper for paper in sample.papers() if paper.number], ids=lambda paper: paper.stem)
def test_a_paper_tells_its_number_and_kind(files: SealedFiles, examiner: Examiner, paper: sample.Paper) -> None:
    found = taken(files, examiner, paper.path)
    assert (found.number, found.kind) == (paper.number, paper.kind)
    assert found.agency in (paper.agency, "", "Văn phòng")
    assert " " in found.title
    assert paper.stem not in found.title


def test_an_annex_has_no_number_of_its_own(files: SealedFiles, examiner: Examiner) -> None:
    annex = next(paper for paper in sample.papers() if paper.kind == "phu-luc" and "phu-luc" in paper.stem)
    assert taken(files, examiner, annex.path).number == ""


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("421-TTr-STC Dự toán ngân sách.pdf", ("Dự toán ngân sách", "421/TTr-STC", "to-trinh")),
        ("03-421-TTr-STC.pdf", ("03-421-TTr-STC", "421/TTr-STC", "to-trinh")),
        ("12_365_BC-VP_Thủ tục hành chính.pdf", ("Thủ tục hành chính", "365/BC-VP", "bao-cao")),
        ("07-du-thao-nghi-quyet.pdf", ("07-du-thao-nghi-quyet", "", "khac")),
        ("Phụ lục kèm theo.pdf", ("Phụ lục kèm theo", "", "phu-luc")),
        ("Dự thảo Quyết định.pdf", ("Dự thảo Quyết định", "", "du-thao")),
    ],
)
def test_a_file_name_suggests_the_rest(
    files: SealedFiles, examiner: Examiner, tmp_path: Path, name: str, told: tuple[str, str, str]
) -> None:
    found = named(files, examiner, tmp_path, name)
    assert (found.title, found.number, found.kind) == told


@pytest.mark.parametrize(
    "claimed", ["Microsoft Word - 421 TTr.docx", "Dự thảo lần 3.doc", "untitled", "", "  ", "1 2 3"]
)
def test_a_title_that_names_a_file_is_none(
    files: SealedFiles, examiner: Examiner, tmp_path: Path, claimed: str
) -> None:
    path = tmp_path / "Tờ trình.pdf"
    path.write_bytes(samples.claiming(claimed))
    assert taken(files, examiner, path).title == "Tờ trình"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("..\\..\\etc\\Tờ trình.pdf", "Tờ trình.pdf"),
        ("a:b*c?.pdf", "a b c.pdf"),
        ("...", "tai-lieu"),
        ("Tờ trình\u202epdf.exe.pdf", "Tờ trìnhpdf.exe.pdf"),
    ],
)
def test_a_name_that_is_trouble_is_made_plain(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_a_name_of_three_hundred_letters_is_shortened() -> None:
    name = plain_name("ệ" * 300 + ".pdf")
    assert name.endswith("ệ.pdf")
    assert len(name.encode()) <= 200


def test_a_file_that_is_refused_leaves_nothing_behind(files: SealedFiles, examiner: Examiner, tmp_path: Path) -> None:
    path = tmp_path / "bảng tính.pdf"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(FileRefused) as refused:
        taken(files, examiner, path)
    assert refused.value.flaw is PaperFlaw.NOT_PDF
    assert [file for file in (tmp_path / "sealed").rglob("*") if file.is_file()] == []
