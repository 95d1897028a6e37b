import json
import re
import unicodedata
from collections import Counter
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from pypdf import PdfReader

from ecabinet import resources
from ecabinet.core.people import Role
from ecabinet.papers.sample import Paper, ballots, body, meeting, papers, people
from ecabinet.papers.sample.making import make
from tests.papers.reading import fonts, pages, words

PORTRAIT, LANDSCAPE = (210, 297), (297, 210)
SCAN = next(paper for paper in papers() if paper.is_scan)
TABLES = next(paper for paper in papers() if paper.data == "budget_tables")
SET = [paper for paper in papers() if not paper.is_scan]
PAGES = {
    "01-418-BC-STC": (5, 0),
    "02-418-BC-STC-phu-luc": (0, 3),
    "03-421-TTr-STC": (5, 0),
    "04-421-TTr-STC-he-thong-bieu": (143, 157),
    "05-425-TTr-STC": (3, 3),
    "06-427-BC-STC": (3, 2),
    "07-du-thao-nghi-quyet-nha-o-xa-hoi": (4, 0),
    "08-287-BC-STP": (6, 0),
    "09-tong-hop-tiep-thu-giai-trinh": (0, 2),
    "10-365-BC-VP": (3, 1),
    "11-198-BC-SKHCN": (3, 1),
    "12-370-TTr-VP": (3, 0),
    "p1-412-TTr-SNNMT": (3, 0),
    "p1-du-thao-nghi-quyet-bang-gia-dat": (3, 2),
    "p2-430-TTr-STC": (3, 0),
    "p2-du-thao-quyet-dinh-du-phong": (2, 1),
    "p3-203-TTr-SXD": (3, 0),
    "p3-du-thao-quyet-dinh-chieu-sang": (3, 0),
    "p4-155-TTr-SKHCN": (3, 0),
    "p4-du-thao-quyet-dinh-danh-muc": (4, 0),
}
"""How many pages stand upright, how many lie."""


@pytest.mark.parametrize("paper", papers(), ids=lambda paper: paper.stem)
def test_pages_and_their_sizes(paper: Paper) -> None:
    sizes = Counter(page.size for page in pages(paper.path.read_bytes()))
    assert (sizes[PORTRAIT], sizes[LANDSCAPE]) == PAGES[paper.stem]
    assert sizes.total() == sum(PAGES[paper.stem])


@pytest.mark.parametrize("paper", SET, ids=lambda paper: paper.stem)
def test_the_shipped_file_is_what_its_source_makes(paper: Paper) -> None:
    assert make(paper) == paper.path.read_bytes()


@pytest.mark.parametrize("paper", SET, ids=lambda paper: paper.stem)
def test_text_is_vietnamese_in_nfc_and_says_which_paper_it_is(paper: Paper) -> None:
    text = words(paper.path.read_bytes())
    assert unicodedata.is_normalized("NFC", text)
    assert "\ufffd" not in text
    assert len(re.findall(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", text)) > 300
    if paper.number:
        number, symbol = paper.number.split("/")
        assert f"Số: {number}/{symbol}" in text
        day = paper.dated_on
        assert f"ngày {day.day} tháng {day.month} năm {day.year}" in text


@pytest.mark.parametrize("paper", SET, ids=lambda paper: paper.stem)
def test_its_properties_say_what_lists_call_it(paper: Paper) -> None:
    properties = PdfReader(paper.path).metadata
    assert properties is not None
    assert properties.title is not None
    assert properties.title.startswith("Dự thảo ") == (paper.kind == "du-thao")
    assert " ".join(paper.title.split()[:3]) == " ".join(properties.title.split()[:3])
    assert " Tỉnh " not in str(properties.author)


@pytest.mark.parametrize("paper", SET, ids=lambda paper: paper.stem)
def test_only_the_typeface_of_papers_is_in_it(paper: Paper) -> None:
    found = fonts(PdfReader(paper.path))
    assert "Tinos" in found
    assert found <= {"Tinos", "Tinos-Bold", "Tinos-Italic", "Tinos-BoldItalic"}


def test_the_scan_is_grey_pictures_without_a_letter() -> None:
    made = make(SCAN)
    for pdf in (made, SCAN.path.read_bytes()):
        assert [page.text for page in pages(pdf)] == [""] * 6
        reader = PdfReader(BytesIO(pdf))
        assert fonts(reader) == set()
        for page in reader.pages:
            (image,) = page.images
            assert image.image is not None
            assert (image.image.mode, image.image.size) == ("L", (1240, 1754))
            shades = image.image.histogram()
            assert sum(shades[:120]) > 5_000, "a page without ink is no paper"
            assert max(range(256), key=shades.__getitem__) > 200
    assert make(SCAN) == made
    assert abs(len(made) - SCAN.path.stat().st_size) < 0.1 * len(made)


def test_three_hundred_pages_none_like_another() -> None:
    texts = [re.sub(r"^\s*\d+\s*", "", page.text) for page in pages(TABLES.path.read_bytes())]
    assert len(texts) == len(set(texts)) == 300
    assert min(map(len, texts)) > 300
    assert TABLES.path.stat().st_size < 3_000_000


def test_the_contents_name_the_page_each_table_stands_on() -> None:
    found = [page.text for page in pages(TABLES.path.read_bytes())]
    entries = re.findall(r"^(\d\d(?:\.\d\d)?) (.+?) (\d+)$", "\n".join(found[1:4]), re.MULTILINE)
    assert len(entries) >= 100
    for form, _, page in entries:
        assert f"Biểu số {form}" in found[int(page) - 1]


def test_the_papers_fit_in_the_repository() -> None:
    assert sum(paper.path.stat().st_size for paper in papers()) < 8_000_000
    assert {file.stem for file in TABLES.path.parent.iterdir()} == {paper.stem for paper in papers()} == set(PAGES)


def test_the_agenda_has_twelve_papers_in_order() -> None:
    twelve = meeting().papers
    assert [paper.stem[:2] for paper in twelve] == [f"{number:02}" for number in range(1, 13)]
    assert meeting().title == "Phiên họp thường kỳ tháng 11 năm 2026 của UBND tỉnh"
    assert f"{meeting().starts_at:%H:%M %d/%m/%Y %a %z}" == "08:00 23/11/2026 Mon +0700"
    assert all(paper.dated_on <= meeting().starts_at.date() for paper in twelve)


def test_members_are_as_many_as_the_body_says_and_known_by_office() -> None:
    members = [person for person in people() if Role.MEMBER in person.roles]
    assert len(members) == body().in_office == body().statutory - body().vacant
    assert [person.id for person in people() if Role.CHAIR in person.roles] == [meeting().chair] == ["chu-tich"]
    assert len({person.id for person in people()}) == len({person.office for person in people()}) == len(people())
    assert {role for person in people() for role in person.roles} >= {
        Role.SECRETARY,
        Role.OFFICE_LEADER,
        Role.CLERK,
        Role.REGISTRAR,
        Role.GUEST,
        Role.SUBMITTER,
        Role.ADMINISTRATOR,
        Role.ASSISTANT,
    }
    ids = {person.id for person in people()}
    assert {*meeting().guests, *(ballot.proposed_by for ballot in ballots())} <= ids


def test_each_ballot_rests_on_the_submission_it_names() -> None:
    assert len(ballots()) == 4
    for ballot in ballots():
        submission, draft = ballot.papers
        assert (
            f"Tờ trình số {submission.number} ngày {submission.dated_on:%d/%m/%Y} của {ballot.submitter}"
            == ballot.grounds
        )
        assert (submission.kind, draft.kind) == ("to-trinh", "du-thao")
        assert "DỰ THẢO" in words(draft.path.read_bytes())
        assert ballot.issued_at < ballot.deadline_at
        assert len(ballot.questions) == 2
        assert {point.agency for point in ballot.disputed} <= {person.agency for person in people()}
        for question in ballot.questions:
            assert [option.decides for option in question.options] == [True, True, False]


def test_questions_and_options_are_those_agreed() -> None:
    asked = {
        ballot.key: [
            (question.text, tuple(option.text for option in question.options)) for question in ballot.questions
        ]
        for ballot in ballots()
    }
    in_favour = ("Tán thành", "Không tán thành", "Không biểu quyết")
    agree = ("Đồng ý", "Không đồng ý", "Ý kiến khác")
    lights = "Phương án 1 (UBND cấp xã)", "Phương án 2 (đơn vị sự nghiệp cấp tỉnh)", "Phương án khác"
    assert [options for _, options in asked["bang-gia-dat"]] == [
        ("Phương án 1 (một lần)", "Phương án 2 (lộ trình)", "Phương án khác"),
        in_favour,
    ]
    assert [options for _, options in asked["chieu-sang-do-thi"]] == [lights, in_favour]
    for key, beginnings in {
        "du-phong-mua-lu": ("Tổng mức 48 tỷ đồng", "Danh mục ưu tiên"),
        "van-ban-dien-tu": ("Phạm vi Danh mục", "Thời điểm áp dụng từ 01/01/2027"),
    }.items():
        assert [options for _, options in asked[key]] == [agree, agree]
        assert all(text.startswith(start) for (text, _), start in zip(asked[key], beginnings, strict=True))


SOURCES = [
    *resources.path("sample").glob("*.json"),
    *resources.path("sample", "papers").glob("*.typ"),
    *resources.path("forms").glob("*.typ"),
]


@pytest.mark.parametrize("source", sorted(SOURCES), ids=lambda source: source.name)
def test_one_tone_style_and_one_normal_form(source: Path) -> None:
    text = source.read_text("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    # hòa, khỏe, ủy; not hoà, khoẻ, uỷ. After q, u is part of the consonant: quý.
    assert re.findall(r"\w*(?:o[àáảãạèéẻẽẹ]|(?<![qQ])u[ỳýỷỹỵ])\b", text) == []


def test_sums_of_the_budget_hold_at_every_level() -> None:
    from ecabinet.papers.sample.budget.model import build  # noqa: PLC0415 - only here

    budget = build()
    for at, line in enumerate(budget.spending):
        assert sum(commune.spending[at] for commune in budget.communes) == line.communes
    for at, field in enumerate(budget.fields):
        assert sum(commune.fields[at] for commune in budget.communes) == field.communes
        assert sum(each.fields.get(field.code, 0) for each in (*budget.agencies, budget.unallocated)) == field.province
    for at, kind in enumerate(budget.local_revenue):
        assert sum(commune.revenue[at] for commune in budget.communes) == kind.local
    current = next(line for line in budget.spending if line.name == "Chi thường xuyên")
    assert sum(field.province for field in budget.fields) == current.province
    assert sum(sum(project.plan) for project in budget.projects) == budget.spending[0].province
    for commune in budget.communes:
        assert sum(commune.kept) + commune.balance + commune.targeted == sum(commune.spending)
        assert commune.balance > 0
        assert sum(unit.amount for unit in commune.units) == sum(commune.fields)
        assert sum(project.plan[0] for project in commune.projects) == commune.spending[0]
    figures = budget.figures()
    income = figures["kept"] + sum(figures[f"transfer_{name}"] for name in budget.transfers)
    assert income == figures["spent"] == sum(line.total for line in budget.spending)


def test_totals_on_the_tables_are_sums_of_their_rows() -> None:
    from ecabinet.papers.sample import budget  # noqa: PLC0415 - only here

    sheets = json.loads(json.dumps(budget.tables()))["sheets"]
    joined: dict[str, list[list[object]]] = {}
    for sheet in sheets:
        joined.setdefault(sheet["form"].removesuffix(" (tiếp theo)"), []).extend(sheet["rows"])
    checked = 0
    for form in (
        "05",
        "06",
        "07",
        "08",
        "09",
        "10",
        "11",
        "12",
        *(f"16.{n:02}{part}" for n in range(1, 61) for part in "bc"),
    ):
        total, *rows = joined[f"Biểu số {form}"]
        for at, cell in enumerate(total):
            if isinstance(cell, int):
                assert cell == sum(number for row in rows if isinstance(number := row[at], int)), (form, at)
                checked += 1
    assert checked > 500


def test_the_papers_agree_on_what_they_share() -> None:
    text = {paper.stem: words(paper.path.read_bytes()) for paper in SET}
    for stem in ("01-418-BC-STC", "05-425-TTr-STC", "06-427-BC-STC"):
        assert "4.726,5 tỷ đồng, bằng 69,0%" in text[stem]
    assert "19.950.000" in text[TABLES.stem]
    assert "19.950,0 tỷ đồng" in text["03-421-TTr-STC"]
    for stem in ("p2-430-TTr-STC", "p2-du-thao-quyet-dinh-du-phong"):
        assert "48,0 tỷ đồng" in text[stem]
    numbered = sorted((int(paper.number[:3]), paper.dated_on) for paper in papers() if paper.number.endswith("-STC"))
    assert len(numbered) == 5
    assert all(earlier[1] <= later[1] for earlier, later in pairwise(numbered))
