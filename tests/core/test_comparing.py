"""What differs between two versions: laws that hold for any words, and changes as people make them."""

import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core.comparing import Change, Comparison, Kind, Version, compare
from ecabinet.core.notes.text import joined, keys_of
from tests.notes.typesetting import prose


@dataclass(frozen=True, slots=True)
class Box:
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    box: Box
    block: int
    line: int


def page(*lines: str, block: int = 0) -> list[Word]:
    """Lines from the top down; ` | ` parts blocks side by side."""
    words: list[Word] = []
    for row, line in enumerate(lines):
        for part, block_text in enumerate(line.split(" | ")):
            for place, text in enumerate(block_text.split()):
                box = Box(50 + 40 * place, 700 - 20 * row, 85 + 40 * place, 715 - 20 * row)
                words.append(Word(text, box, block + 100 * row + part, row))
    return words


def set_in(words: Sequence[str], *, lines: int, width: int, header: str = "", numbers: str = "") -> list[list[Word]]:
    """Words set in pages of so many lines of so many words, with a running line and page numbers."""
    rows = [" ".join(words[at : at + width]) for at in range(0, len(words), width)]
    pages = [rows[at : at + lines] for at in range(0, len(rows), lines)] or [[]]
    edged = []
    for number, body in enumerate(pages, 1):
        top = [header] if header else []
        bottom = [numbers.format(number, len(pages))] if numbers else []
        edged.append(page(*top, *body, *bottom))
    return edged


def changes(old: str, new: str) -> list[tuple[str, str, str, bool]]:
    found = compare([page(*old.split("\n"))], [page(*new.split("\n"))]).changes
    return [(each.kind.value, each.old.words, each.new.words, each.touches_figures) for each in found]


# ---------------------------------------------------------------- laws

words = st.lists(
    st.sampled_from(
        [*"abcdefg", "ab", "không", "12", "3,5", "1", "tỷ", "hoà", "năm", "Điều", "-", ".", "12,5%", "a-b"]
    ),
    max_size=60,
)


@given(words)
def test_the_same_twice_differs_in_nothing(text: list[str]) -> None:
    assert compare([page(" ".join(text))], [page(" ".join(text))]).changes == ()


@given(words, words)
def test_swapping_the_sides_swaps_every_change(old: list[str], new: list[str]) -> None:
    there, back = (
        compare(set_in(one, lines=3, width=7), set_in(other, lines=3, width=7)).changes
        for one, other in ((old, new), (new, old))
    )
    turned = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED, Kind.REPLACED: Kind.REPLACED}
    assert [(turned[each.kind], each.new, each.old, each.touches_figures, each.is_moved) for each in there] == [
        (each.kind, each.old, each.new, each.touches_figures, each.is_moved) for each in back
    ]


@given(words, words)
def test_the_changes_lead_from_the_old_words_to_the_new(old: list[str], new: list[str]) -> None:
    """But for words that are glued or parted, which is no change: without spaces, it is the same."""
    found = compare(framed(old), framed(new)).changes
    was, becomes = ([key for word in framed(each)[0] for key in keys_of(word.text)] for each in (old, new))
    assert joined(applied(was, found)) == joined(becomes)
    for each in found:
        assert joined(keys_of(each.old.words)) == joined(was[slice(*each.old_tokens)])
        assert joined(keys_of(each.new.words)) == joined(becomes[slice(*each.new_tokens)])


def framed(text: Sequence[str]) -> list[list[Word]]:
    """A page with words at its edges: a number there might be the page's."""
    return [page("đầu trang", " ".join(text), "cuối trang")]


def applied(tokens: Sequence[str], found: Sequence[Change]) -> list[str]:
    """The old tokens with each change made."""
    made: list[str] = []
    at = 0
    for each in found:
        assert each.old_tokens[0] >= at
        made += [*tokens[at : each.old_tokens[0]], *keys_of(each.new.words)]
        at = each.old_tokens[1]
    return [*made, *tokens[at:]]


@given(words, words)
def test_a_change_of_a_figure_is_never_hidden(old: list[str], new: list[str]) -> None:
    figures = [[key for key in keys_of(" ".join(each)) if not key[0].isalpha()] for each in (old, new)]
    found = compare(framed(old), framed(new))
    if figures[0] != figures[1]:
        assert found.following(figures_only=True) is not None


# ---------------------------------------------------------------- what is none

PROSE = " ".join(item.text for item in prose(60, seed=7)).split()


@pytest.mark.parametrize(("old", "new"), [("2", "5"), ("5", "2"), ("3", "2"), ("2", "7")])
def test_a_figure_that_happens_to_be_the_number_of_its_page_is_a_figure(old: str, new: str) -> None:
    def paper(figure: str) -> list[list[Word]]:
        lines = ("Danh mục dự án đầu tư công", "Đơn vị đề nghị bổ sung", "Số dự án được duyệt", "Ghi chú kèm theo")
        return [page(*lines, figure if number == 1 else "hết trang") for number in range(5)]

    (found,) = compare(paper(old), paper(new)).changes
    assert (found.kind, found.old.words, found.new.words, found.touches_figures) == (Kind.REPLACED, old, new, True)


def test_other_lines_pages_headers_and_numbers_are_none() -> None:
    old = set_in(PROSE, lines=30, width=11, header="UBND TỈNH | DỰ THẢO", numbers="Trang {}/{}")
    new = set_in(PROSE, lines=17, width=8, header="UBND TỈNH | DỰ THẢO", numbers="{}")
    assert len(old) < len(new)
    assert compare(old, new).changes == ()


def test_hyphens_at_the_ends_of_lines_are_none() -> None:
    assert changes("the govern-\nment of the province", "the government of the province") == []


def test_spelling_and_case_are_none() -> None:
    old = "Uỷ ban nhân dân hoà giải, thuỷ lợi."
    for new in ("Ủy ban nhân dân hòa giải, thủy lợi", unicodedata.normalize("NFD", old), old.upper()):
        assert changes(old, new) == []


def test_a_paper_without_words_has_no_changes() -> None:
    assert compare([], [[]]).changes == ()
    assert [each.kind for each in compare([[]], [page("một dòng mới")]).changes] == [Kind.ADDED]


# ---------------------------------------------------------------- what is one


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ngày 15/11/2026 tại", "ngày 16/11/2026 tại", ("replaced", "15/11/2026", "16/11/2026", True)),
        ("chi 48.500 triệu đồng", "chi 48.500 tỷ đồng", ("replaced", "triệu", "tỷ", True)),
        ("chi 1.000 đồng", "chi 1.000 USD", ("replaced", "đồng", "USD", True)),
        ("chi 1.000 ha", "chi 1,000 ha", ("replaced", "1.000", "1,000", True)),
        ("tăng 12,5% so", "tăng 12,5 so", ("replaced", "12,5%", "12,5", True)),
        ("điểm a khoản 2 Điều 5", "điểm b khoản 2 Điều 5", ("replaced", "a", "b", True)),
        ("Chương IV của luật", "Chương V của luật", ("replaced", "IV", "V", True)),
        ("quý III năm nay", "quý IV năm nay", ("replaced", "III", "IV", True)),
        ("tháng tư này", "tháng năm này", ("replaced", "tư", "năm", True)),
        ("đầu tư ba dự án", "đầu tư bốn dự án", ("replaced", "ba", "bốn", True)),
        ("vốn đầu tư công", "vốn phát triển công", ("replaced", "đầu tư", "phát triển", False)),
        ("trong năm qua", "trong kỳ qua", ("replaced", "năm", "kỳ", False)),
        ("đồng ý với", "không đồng ý với", ("added", "", "không", False)),
        ("giao Sở Tài chính chủ trì", "giao Sở Xây dựng chủ trì", ("replaced", "Tài chính", "Xây dựng", False)),
        ("chi 10 20 đồng", "chi 1020 đồng", ("replaced", "10 20", "1020", True)),
        ("giảm 5 điểm", "giảm -5 điểm", ("replaced", "5", "-5", True)),
    ],
)
def test_changes_that_people_make(old: str, new: str, expected: tuple[str, str, str, bool]) -> None:
    found = changes(f"mở đầu bài này {old} kết thúc ở đây", f"mở đầu bài này {new} kết thúc ở đây")
    assert found == [expected]


def test_a_changed_header_is_one_change_not_one_a_page() -> None:
    old, new = (
        set_in(PROSE, lines=20, width=9, header=f"Phụ lục kèm theo Tờ trình số {number}", numbers="{}")
        for number in ("412", "415")
    )
    assert len(old) > 5
    (only,) = compare(old, new).changes
    assert (only.old.words, only.new.words, only.touches_figures) == ("412", "415", True)


def test_figures_at_the_edges_of_pages_are_no_page_numbers() -> None:
    rows = [f"{1000 + row} | chỉ tiêu | {row * 7}" for row in range(60)]
    pages = [page(*rows[at : at + 10]) for at in range(0, 60, 10)]
    other = [page(*(row.replace("1009", "1999") for row in rows[at : at + 10])) for at in range(0, 60, 10)]
    (only,) = compare(pages, other).changes
    assert (only.old.words, only.new.words, only.old.page) == ("1009", "1999", 0)


def test_a_moved_block_is_told_as_moved() -> None:
    items = [item.text for item in prose(12, seed=11)]
    moved = [*items[:2], *items[3:9], items[2], *items[9:]]
    found = compare(
        set_in(" ".join(items).split(), lines=30, width=9), set_in(" ".join(moved).split(), lines=30, width=9)
    )
    assert {each.kind for each in found.changes} == {Kind.ADDED, Kind.REMOVED}
    assert all(each.is_moved for each in found.changes)


# ---------------------------------------------------------------- what windows ask


def versions() -> Comparison:
    old = [page("một", f"trang {number} có số {number}00 và chữ") for number in range(2, 8)]
    new = [list(each) for each in old]
    new[1] = page("một", "trang 3 có số 999 và chữ")
    new[4] = page("một", "trang 6 có số 600 cùng chữ")
    return compare(old, new)


def test_pages_that_changed_are_known() -> None:
    found = versions()
    assert found.changed_pages(Version.NEW) == found.changed_pages(Version.OLD) == {1, 4}
    assert found.changed_pages(Version.NEW, figures_only=True) == {1}


def test_one_goes_from_change_to_change() -> None:
    found = versions()
    assert [found.following(number) for number in (-1, 0, 1)] == [0, 1, None]
    assert [found.preceding(number) for number in (2, 1, 0)] == [1, 0, None]
    assert [found.following(number, figures_only=True) for number in (-1, 0)] == [0, None]
    assert [found.first_from(Version.NEW, number) for number in (0, 2, 5)] == [0, 1, None]


def test_what_was_added_has_a_place_in_the_old_version_too() -> None:
    old = [page("một hai ba"), page("bốn năm sáu"), page("bảy tám chín")]
    new = [page("một hai ba"), page("bốn năm sáu thêm vào đây"), page("bảy tám chín")]
    (only,) = compare(old, new).changes
    assert (only.old.page, only.old.places, only.new.page) == (1, (), 1)
    ((there, quads),) = only.new.places
    assert (there, len(quads)) == (1, 1)


def test_five_hundred_pages_take_no_time() -> None:
    text = " ".join(item.text for item in prose(2000, seed=3)).split()
    old = set_in(text, lines=40, width=11, header="BÁO CÁO", numbers="{}")
    new = set_in([*text[:9000], "thêm", *text[9000:]], lines=38, width=10, header="BÁO CÁO", numbers="{}")
    begun_at = time.process_time()
    (only,) = compare(old, new).changes
    assert only.new.words == "thêm"
    assert time.process_time() - begun_at < 10
