"""Finding as people type: any case, any composition, accents only where they are typed."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core.finding import (
    Excerpt,
    FoldedPages,
    Hit,
    count_words,
    excerpts,
    numbers_of_pieces,
    phrase,
    stream,
    words,
)

SYLLABLES = st.sampled_from(
    [
        "Nghị",
        "định",
        "của",
        "ngân",
        "sách",
        "đã",
        "thủy",
        "thuỷ",
        "hòa",
        "hoà",
        "quý",
        "đá",
        "ủy",
        "2026",
        "421/TTr-STC",
    ]
)
TEXTS = st.lists(SYLLABLES | st.text(min_size=1, max_size=8), max_size=30).map(" ".join)


def places(sought: str, text: str, *, is_open: bool = False) -> int:
    found = phrase(sought, is_open=is_open)
    assert found is not None
    return len(FoldedPages([stream(text)]).find(found))


@pytest.mark.parametrize(
    "typed",
    [
        "nghị định",
        "NGHỊ ĐỊNH",
        "nghi dinh",
        "Nghi Dinh",
        "nghị dinh",
        "nghi định",
        normalize("NFD", "Nghị Định"),
        "nghi-dinh",
    ],
)
def test_all_ways_of_typing_find_the_same(typed: str) -> None:
    for text in (
        "theo Nghị định số 30",
        "THEO NGHỊ ĐỊNH SỐ 30",
        normalize("NFD", "theo nghị định số 30"),
        "nghị\nđịnh",
    ):
        assert places(typed, text) == 1


@pytest.mark.parametrize(
    ("typed", "text", "count"),
    [
        ("đá", "đã đá da dạ", 1),
        ("da", "đã đá da dạ", 4),
        ("của da", "của đá của dạ củả đá", 2),
        ("thủy", "thuỷ lợi, thủy lợi, thùy", 2),
        ("hoà", "hòa bình hoà bình hoá", 2),
        ("quý", "qúy quý quỹ", 2),
        ("hoàn", "hoàn hoan", 1),
        ("421/TTr-STC", "số 421/TTr-STC, 421 TTR STC", 2),
        ("30/2020", "Nghị định 30/2020/NĐ-CP", 1),
        ("van phong", "văn\nphòng; văn, phòng", 2),
        ("a a", "a a a a", 2),
    ],
)
def test_accents_count_where_they_are_typed(typed: str, text: str, count: int) -> None:
    assert places(typed, text) == count


def test_the_last_word_may_go_on_while_it_is_typed() -> None:
    assert places("nghị đ", "nghị định, nghị đoàn, nghị sự", is_open=True) == 2
    assert places("nghị đ ", "nghị định, nghị đ", is_open=True) == 1
    assert places("nghị", "nghịch, nghị", is_open=False) == 1


def test_nothing_to_find_in_mere_marks() -> None:
    assert phrase(" - …") is None
    assert words('"" -') == ()


def test_what_is_quoted_is_a_phrase() -> None:
    assert [each.bare for each in words("chi “ngân sách” tỉnh chi")] == [" chi ", " ngan sach ", " tinh "]


@given(st.text())
def test_both_forms_are_of_one_length(text: str) -> None:
    folded = stream(text)
    assert len(folded.exact) == len(folded.bare)
    assert [at for at, letter in enumerate(folded.exact) if letter == " "] == [
        at for at, letter in enumerate(folded.bare) if letter == " "
    ]
    assert "  " not in folded.exact
    assert folded.exact[0] == folded.exact[-1] == " "


@given(st.text())
def test_composition_and_case_change_nothing(text: str) -> None:
    assert stream(normalize("NFD", text)) == stream(normalize("NFC", text)) == stream(normalize("NFC", text).casefold())


@given(st.lists(TEXTS, min_size=1, max_size=5), st.data())
def test_what_stands_there_is_found_where_it_stands(pages: list[str], data: st.DataObject) -> None:
    streams = [stream(page) for page in pages]
    whole = [word for each in streams for word in each.exact.split()]
    if not whole:
        return
    first = data.draw(st.integers(0, len(whole) - 1))
    count = data.draw(st.integers(1, len(whole) - first))
    typed = " ".join(whole[first : first + count])
    folded, sought = FoldedPages(streams), phrase(typed)
    assert sought is not None
    assert len(sought) == count
    hits = [folded.hit(place, sought) for place in folded.find(sought)]
    assert hits
    assert hits == sorted(hits, key=lambda hit: (hit.page, hit.first))
    for hit in hits:
        found = [streams[page].exact.split()[at] for page, here in folded.parts(hit) for at in here]
        assert stream(" ".join(found)).bare == sought.bare
        typed_words = zip(found, sought.exact.split(), sought.bare.split(), strict=True)
        assert all(said == exact for said, exact, bare in typed_words if exact != bare)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.text(alphabet="adeđnghịữ 1", min_size=1, max_size=6))
def test_typing_without_accents_finds_all_that_typing_with_them_finds(pages: list[str], typed: str) -> None:
    with_accents, without = phrase(typed), phrase(stream(typed).bare)
    if with_accents is None or without is None:
        return
    folded = FoldedPages([stream(page) for page in pages])
    found, more = folded.find(with_accents), folded.find(without)
    assert len(found) <= len(more)


@given(TEXTS)
def test_words_are_counted_and_placed_alike(text: str) -> None:
    assert count_words(text) == len(stream(text).exact.split())
    pieces = text.split(" ")
    numbers = numbers_of_pieces(pieces)
    assert len(numbers) == count_words(text)
    assert numbers == sorted(numbers)


def test_an_excerpt_says_it_as_it_is_written() -> None:
    text = "Căn cứ Nghị định số\n30/2020/NĐ-CP ngày 05 tháng 3"
    assert excerpts(text, count_words(text), [Hit(0, 5, 2)]) == [
        Excerpt("Căn cứ Nghị định số", "30/2020/NĐ-CP", "ngày 05 tháng 3")
    ]


@given(TEXTS, st.data())
def test_every_word_has_an_excerpt(text: str, data: st.DataObject) -> None:
    count = count_words(text)
    if count:
        first = data.draw(st.integers(0, count - 1))
        (shown,) = excerpts(text, count, [Hit(0, first, 1)])
        assert stream(text).exact.split()[first] in stream(shown.found).exact.split()
