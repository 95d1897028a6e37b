"""Carrying notes over, on texts of any kind: nothing is lost, what stayed is found, what changed is asked about."""

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecabinet.core.notes import Anchor, NoteKind, Quad
from ecabinet.core.notes.alignment import NOWHERE, Alignment
from ecabinet.core.notes.carrying import Carried, Crossing, Outcome, Reason
from ecabinet.core.notes.pictures import Thumbnail, Version, likeness
from ecabinet.core.notes.text import Text, figures, keys_of, negations

DIGEST = "c" * 64
PER_LINE, PER_PAGE = 8, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedWord:
    text: str
    box: Rectangle
    block: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    title: str
    level: int
    page: int | None


def text_of(words: Sequence[str], *, per_line: int = PER_LINE, headings: Sequence[Entry] = ()) -> Text:
    """Words set in lines and pages, all of one size."""
    pages: list[list[PlacedWord]] = [[]]
    for number, word in enumerate(words):
        place = number % PER_PAGE
        if place == 0 and number:
            pages.append([])
        row, column = divmod(place, per_line)
        box = Rectangle(x0=50 + 60 * column, y0=780 - 20 * row, x1=100 + 60 * column, y1=792 - 20 * row)
        pages[-1].append(PlacedWord(text=word, box=box, block=0, line=row))
    return Text(pages, headings)


def anchor_of(text: Text, first: int, end: int, section: tuple[str, ...] = ()) -> Anchor:
    """A note on the words from `first` to `end`."""
    begin, stop = text.tokens_of(first).start, text.tokens_of(end - 1).stop
    pages = text.quads(begin, stop)
    said = [word.text for word in text.words]
    return Anchor(
        digest="a" * 64,
        page=pages[0][0],
        quads=pages[0][1],
        overleaf=pages[1][1] if len(pages) > 1 else (),
        strokes=(),
        quote=" ".join(said[first:end]),
        before=" ".join(said[:first])[-48:],
        after=" ".join(said[end:])[:48],
        section=section,
    )


def carried(
    old: Sequence[str], new: Sequence[str], first: int, end: int, kind: NoteKind = NoteKind.HIGHLIGHT
) -> Carried:
    before = text_of(old)
    return Crossing(before, text_of(new), digest=DIGEST).carry(kind, anchor_of(before, first, end))


SYLLABLES = ("tỉnh", "dự", "toán", "không", "48", "Hoà", "ngân", "sách", "1.250", "Sở", "trình", "năm", "phê", "duyệt,")
words = st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=240)
kinds = st.sampled_from(list(NoteKind))


@given(words, st.data())
def test_in_an_identical_text_every_note_is_found_at_the_same_words(said: list[str], data: st.DataObject) -> None:
    text = text_of(said)
    way = Crossing(text, text_of(said), digest=DIGEST)
    first = data.draw(st.integers(0, len(said) - 1))
    anchor = anchor_of(text, first, data.draw(st.integers(first + 1, min(first + 60, len(said)))))
    got = way.carry(NoteKind.HIGHLIGHT, anchor)
    assert got.outcome is Outcome.FOUND
    assert got.anchor is not None
    assert (got.anchor.page, got.anchor.quads, got.anchor.overleaf) == (anchor.page, anchor.quads, anchor.overleaf)
    assert got.anchor.digest == DIGEST


@given(words, words, kinds, st.data())
def test_every_note_has_an_outcome_and_a_place_that_exists(
    old: list[str], new: list[str], kind: NoteKind, data: st.DataObject
) -> None:
    before, after = text_of(old), text_of(new)
    first = data.draw(st.integers(0, len(old) - 1))
    anchor = anchor_of(before, first, data.draw(st.integers(first + 1, len(old))) if len(old) < 40 else first + 1)
    got = Crossing(before, after, digest=DIGEST).carry(kind, anchor)
    assert (got.anchor is None) == (got.outcome is Outcome.LEFT_BEHIND)
    if got.anchor is not None:
        assert 0 <= got.anchor.page < len(after.pages)
        assert got.anchor.quads
    if got.outcome is Outcome.FOUND and kind is NoteKind.HIGHLIGHT and got.anchor is not None:
        was, now = keys_of(anchor.quote), keys_of(got.anchor.quote)
        assert (figures(was), negations(was)) == (figures(now), negations(now))


@given(words, words)
def test_an_alignment_pairs_equal_tokens_once(old: list[str], new: list[str]) -> None:
    a, b = [key for word in old for key in keys_of(word)], [key for word in new for key in keys_of(word)]
    way = Alignment(a, b)
    pairs = [(here, there) for here, there in enumerate(way.forward) if there != NOWHERE]
    assert all(a[here] == b[there] and way.back[there] == here for here, there in pairs)
    assert len({there for _, there in pairs}) == len(pairs) == sum(1 for each in way.back if each != NOWHERE)


def test_a_long_change_of_order_keeps_what_is_heavier() -> None:
    chance = random.Random(1)
    parts = [[f"từ{chance.randrange(10_000)}" for _ in range(length)] for length in (200, 40, 300)]
    old, new = parts[0] + parts[1] + parts[2], parts[1] + parts[0] + parts[2]
    way = Alignment(old, new)
    assert way.forward == [*range(40, 240), *range(40), *range(240, 540)]
    assert all(way.is_sure)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà giải", "hòa giải"),
        ("uỷ ban", "ủy ban"),
        ("thuý", "thúy"),
        (unicodedata.normalize("NFD", "Nghị quyết số"), "nghị quyết số"),
        ("2021–2025", "2021 - 2025"),
        ("ﬁnance", "finance"),
        ("Ðồng Nai", "Đồng Nai"),
        ("“trình,” (duyệt)", "trình duyệt"),
        ("\u22125,2 %", "-5,2 %"),
        ("10-15%-20", "10 15% 20"),
    ],
)
def test_what_only_looks_different_is_the_same(one: str, other: str) -> None:
    assert keys_of(one) == keys_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.000", "1,000"),
        ("-5%", "5%"),
        ("(-5)", "(5)"),
        ("má", "mà"),
        ("ban", "bàn"),
        ("30/2020", "30/2021"),
        ("≤ 8", "≥ 8"),
        (">30", "<30"),
        ("500 €", "500 $"),
    ],
)
def test_what_means_something_else_is_not(one: str, other: str) -> None:
    assert keys_of(one) != keys_of(other)


_SAID = "Hội đồng nhân dân tỉnh thống nhất phân bổ 48 tỷ đồng cho các xã miền núi trong năm 2026 theo tờ trình"
SAID = _SAID.split()


@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        ("48", "84", Reason.FIGURES_CHANGED),
        ("tỷ", "triệu", Reason.FIGURES_CHANGED),
        ("2026", "2027", Reason.FIGURES_CHANGED),
        ("thống", "không thống", Reason.NEGATION_CHANGED),
        ("phân", "chưa phân", Reason.NEGATION_CHANGED),
        ("bổ", "chia", Reason.WORDS_CHANGED),
    ],
)
@pytest.mark.parametrize("kind", [NoteKind.HIGHLIGHT, NoteKind.BOX])
def test_a_change_that_turns_the_meaning_is_asked_about(kind: NoteKind, was: str, now: str, reason: Reason) -> None:
    new = " ".join(now if word == was else word for word in SAID).split()
    got = carried(SAID, new, 5, 20, kind)
    assert (got.outcome, got.reason) == (Outcome.CHECK, reason)


@pytest.mark.parametrize(("was", "now"), [("XIV", "XV"), ("XXI", "XX"), ("cm²", "cm³"), ("≤", "≥")])
@pytest.mark.parametrize("kind", [NoteKind.HIGHLIGHT, NoteKind.BOX])
def test_a_figure_that_is_written_in_letters_or_small_or_as_a_sign_is_one(kind: NoteKind, was: str, now: str) -> None:
    got = carried([*SAID[:9], was, *SAID[9:]], [*SAID[:9], now, *SAID[9:]], 5, 16, kind)
    assert (got.outcome, got.reason) == (Outcome.CHECK, Reason.FIGURES_CHANGED)


@pytest.mark.parametrize("place", [7, 0])
@pytest.mark.parametrize("kind", [NoteKind.HIGHLIGHT, NoteKind.BOX])
def test_a_negation_right_before_the_quote_is_asked_about(kind: NoteKind, place: int) -> None:
    got = carried(SAID, [*SAID[:place], "không", *SAID[place:]], place, place + 5, kind)
    assert (got.outcome, got.reason) == (Outcome.CHECK, Reason.NEGATION_CHANGED)


def test_a_box_on_one_of_many_rows_that_are_alike_asks_when_any_of_them_went() -> None:
    row = ["Đã", "hoàn", "thành", "theo", "kế", "hoạch", "được", "giao"]
    got = carried([*SAID, *row * 12, *SAID[::-1]], [*SAID, *row * 11, *SAID[::-1]], 60, 63, NoteKind.BOX)
    assert (got.outcome, got.reason) == (Outcome.CHECK, Reason.SEVERAL_PLACES)


def test_a_box_of_whose_words_a_few_are_strewn_over_another_paper_is_left_behind() -> None:
    chance = random.Random(9)
    old, other = ([f"{name}{chance.randrange(3_000)}" for _ in range(200)] for name in ("cũ", "mới"))
    other[::40] = old[:40:8]
    got = carried(old, other, 0, 40, NoteKind.BOX)
    assert (got.outcome, got.reason) == (Outcome.LEFT_BEHIND, Reason.WORDS_GONE)


def test_a_quote_that_is_only_known_by_its_words_is_found_by_context_and_section() -> None:
    chance = random.Random(4)
    filler = [f"chữ{chance.randrange(500)}" for _ in range(300)]
    new = ["Phần", "chung", *filler[:90], *SAID, *filler[90:], "Phần", "riêng", *SAID[3:18]]
    entries = [
        Entry(title="Phần chung", level=1, page=0),
        Entry(title="Phần riêng", level=1, page=(len(new) - 17) // 80),
    ]
    anchor = Anchor(
        digest="a" * 64,
        page=3,
        quads=(Quad(x0=0, y0=0, x1=10, y1=10),),
        strokes=(),
        quote=" ".join(SAID[5:11]),
        before=" ".join(SAID[:5]),
        after=" ".join(SAID[11:]),
        section=("Phần chung",),
    )
    got = Crossing(text_of(filler), text_of(new, headings=entries), digest=DIGEST).carry(NoteKind.HIGHLIGHT, anchor)
    assert got.anchor is not None
    assert got.anchor.section == ("Phần chung",)
    assert got.anchor.page == 1


def test_a_bookmark_goes_with_its_page() -> None:
    chance = random.Random(2)
    old = [f"chữ{chance.randrange(3_000)}" for _ in range(400)]
    more = [f"mới{chance.randrange(3_000)}" for _ in range(160)]
    anchor = Anchor(digest="a" * 64, page=2, quads=(), strokes=(), quote="", before="", after="", section=())
    got = Crossing(text_of(old), text_of([*old[:80], *more, *old[80:]]), digest=DIGEST).carry(NoteKind.BOOKMARK, anchor)
    assert got.outcome is Outcome.FOUND
    assert got.anchor is not None
    assert got.anchor.page == 4
    gone = Crossing(text_of(old), text_of(more), digest=DIGEST).carry(NoteKind.BOOKMARK, anchor)
    assert (gone.outcome, gone.reason) == (Outcome.LEFT_BEHIND, Reason.PAGE_GONE)


def noise(seed: int) -> Thumbnail:
    return Thumbnail(width=16, height=16, grey=random.Random(seed).randbytes(256))


def test_ink_on_pages_without_words_goes_with_the_picture() -> None:
    def look(version: Version, page: int, frame: Quad | None) -> Thumbnail | None:
        return noise(page + 2 if version is Version.OLD else page)

    old, new = Text([[], [], []]), Text([[], [], [], [], []])
    frame = Quad(x0=100, y0=100, x1=900, y1=900)
    anchor = Anchor(digest="a" * 64, page=1, quads=(frame,), strokes=(), quote="", before="", after="", section=())
    got = Crossing(old, new, digest=DIGEST, look=look).carry(NoteKind.INK, anchor)
    assert (got.outcome, got.reason) == (Outcome.FOUND, Reason.SAME_PICTURE)
    assert got.anchor is not None
    assert (got.anchor.page, got.anchor.quads) == (3, (frame,))
    blind = Crossing(old, new, digest=DIGEST).carry(NoteKind.INK, anchor)
    assert blind.outcome is Outcome.CHECK


@settings(max_examples=50)
@given(st.binary(min_size=64, max_size=64), st.binary(min_size=64, max_size=64))
def test_likeness_is_a_share_and_full_for_the_same(one: bytes, other: bytes) -> None:
    first, second = (Thumbnail(width=8, height=8, grey=grey) for grey in (one, other))
    assert likeness(first, first) == pytest.approx(1.0)
    assert 0.0 <= likeness(first, second) <= 1.0 + 1e-9
