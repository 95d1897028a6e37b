import shutil
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest
from pypdf import PdfReader
from pypdf.generic import BooleanObject, DictionaryObject, StreamObject

from ecabinet import resources
from ecabinet.papers import forms
from ecabinet.papers.forms import TypesettingError
from tests.papers.letters import LETTERS
from tests.papers.reading import fonts, pages, words

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
PAPER = """#import "/forms/decree30.typ": *
#import "/forms/figures.typ": *
#let data = json(bytes(sys.inputs.data))
#show: paper.with(
  parent: "UBND tỉnh Bình Minh", agency: "Sở Tài chính", number: 5, symbol: "BC-STC",
  date: datetime(year: 2026, month: 2, day: 3), kind: "Báo cáo", abstract: "Về việc thử",
)
"""

Setting = Callable[..., bytes]


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    """Sets a source written here as if it lay among the shipped ones."""
    forms._fonts()  # from where they really are
    shutil.copytree(resources.path("forms"), tmp_path / "forms")
    monkeypatch.setattr(resources, "_root", lambda: tmp_path)
    source = tmp_path / "source.typ"

    def typeset(body: str, **data: object) -> bytes:
        source.write_text(body, "utf-8")
        return forms.typeset_source(source, data, made_at=NOON)

    return typeset


def test_the_same_data_make_the_same_bytes(setting: Setting) -> None:
    assert setting(PAPER + "Như nhau.") == setting(PAPER + "Như nhau.")
    assert setting(PAPER + "Như nhau.") != setting(PAPER + "Khác.")


def test_it_is_tagged_archival_and_dated(setting: Setting) -> None:
    reader = PdfReader(BytesIO(setting(PAPER + "= I. ĐỀ MỤC\n\nNội dung.")))
    root = reader.root_object
    metadata = cast("StreamObject", root["/Metadata"]).get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert cast("DictionaryObject", root["/MarkInfo"])["/Marked"] == BooleanObject(value=True)
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]).startswith("vi")
    assert reader.metadata is not None
    assert reader.metadata.creation_date == NOON
    assert reader.metadata.title == "Báo cáo về việc thử"


def test_letterhead_as_the_decree_has_it(setting: Setting) -> None:
    text = words(setting(PAPER + "Nội dung."))
    for line in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "UBND TỈNH BÌNH MINH SỞ TÀI CHÍNH",
        "Số: 05/BC-STC",
        "Bình Minh, ngày 03 tháng 02 năm 2026",
        "BÁO CÁO",
    ):
        assert line in text


def test_pages_are_numbered_from_the_second_and_annexes_anew(setting: Setting) -> None:
    body = "#for n in range(60) [Một đoạn của văn bản.\n\n]"
    pdf = setting(PAPER + body + '#annex([Phụ lục], "Bảng", flipped: true)[' + body + "]")
    upright = [page.text.split()[0] for page in pages(pdf) if page.size == (210, 297)]
    flipped = [page.text.split()[0] for page in pages(pdf) if page.size == (297, 210)]
    assert upright == ["UBND", *map(str, range(2, len(upright) + 1))]
    assert flipped == ["Phụ", *map(str, range(2, len(flipped) + 1))]
    assert len(upright) > 2 < len(flipped)
    assert len(upright) + len(flipped) == len(pages(pdf))


def test_every_letter_survives_in_every_style(setting: Setting) -> None:
    pdf = setting(
        PAPER + "#data.letters *#data.letters* _#data.letters _ *_#data.letters _*", letters=" ".join(LETTERS)
    )
    assert fonts(PdfReader(BytesIO(pdf))) == {"Tinos", "Tinos-Bold", "Tinos-Italic", "Tinos-BoldItalic"}
    text = words(pdf)
    assert unicodedata.is_normalized("NFC", text)
    assert text.count(" ".join(LETTERS)) == 4


def test_text_in_parts_is_put_together(setting: Setting) -> None:
    assert "Uỷ ban" in words(setting(PAPER + "#data.name", name=unicodedata.normalize("NFD", "Uỷ ban")))


def test_text_is_never_a_command(setting: Setting) -> None:
    hostile = '#panic("x") $x^2$ *đậm* @ai #import "@preview/a:1.0.0" \\ // hết'
    assert hostile.replace(" ", "") in words(setting(PAPER + "#data.text", text=hostile)).replace(" ", "")


@pytest.mark.parametrize(
    ("source", "diagnosis"),
    [
        ("Không có tiêu đề.", "document title"),
        (PAPER + "漢", "could not be displayed"),
        (PAPER + '#text(font: "Arial")[a]', "unknown font family"),
        (PAPER + '#read("/../secret")', "escape the project root"),
        (PAPER + "- một", "begin a point with"),
        (PAPER + "#nothing", "unknown variable"),
    ],
)
def test_a_form_that_cannot_be_set_says_why(setting: Setting, source: str, diagnosis: str) -> None:
    with pytest.raises(TypesettingError) as caught:
        setting(source)
    assert diagnosis in caught.value.reason
    assert caught.value.form == "source"
    assert diagnosis not in str(caught.value), "the message may reach a log, the diagnosis quotes the paper"


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        forms.typeset("ballot", {}, made_at=NOON.replace(tzinfo=None))


def test_no_shipped_source_asks_for_a_package() -> None:
    sources = [*resources.path("forms").glob("*.typ"), *resources.path("sample", "papers").glob("*.typ")]
    assert len(sources) > 20
    for source in sources:
        assert "@preview" not in source.read_text("utf-8")


@pytest.mark.parametrize(
    ("call", "written"),
    [
        ("vn(1234567)", "1.234.567"),
        ("vn(1234.56, digits: 1)", "1.234,6"),
        ("vn(0.05, digits: 2)", "0,05"),
        ("vn(-41500)", "-41.500"),
        ("vn(-0.04, digits: 1)", "0,0"),
        ("vn(1000)", "1.000"),
        ("percent(1, 3)", "33,3"),
        ("two(0) + two(7) + two(12)", "00712"),
        ("day-in-words(datetime(year: 2026, month: 1, day: 5))", "ngày 05 tháng 01 năm 2026"),
        ("day-in-words(datetime(year: 2026, month: 11, day: 23))", "ngày 23 tháng 11 năm 2026"),
    ],
)
def test_figures_are_written_the_vietnamese_way(setting: Setting, call: str, written: str) -> None:
    assert f"|{written}|" in words(setting(PAPER + f"|#{{{call}}}|"))


def test_a_listing_sums_what_it_lists(setting: Setting) -> None:
    listing = "#listing((1fr, 30mm, 30mm), ([Tên], [Năm nay], [Ghi chú]), (([A. Nhóm],), ([một], 1200, []), ([hai], "
    listing += "34.5, [x])), digits: 1, total: [Tổng số])"
    assert "Tổng số 1.234,5 A. Nhóm 1 một 1.200,0 2 hai 34,5 x" in words(setting(PAPER + listing))
