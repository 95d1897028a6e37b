"""What a worker gives of healthy papers: pixels where they belong, words in order, nothing mixed up between threads."""

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import Any

import pymupdf
import pytest
from PySide6.QtGui import QColor, QImage

from ecabinet.client.pages import (
    Box,
    PageCache,
    Pages,
    PageUnreadable,
    Paper,
    PaperRefused,
    Pixels,
    Priority,
    Refusal,
    Region,
    Unreadable,
)
from tests.client.pages import samples


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


def opened(pages: Pages, content: bytes) -> Paper:
    return pages.open(len(content), samples.reader(content))


def image(pixels: Pixels) -> QImage:
    return QImage(pixels.samples, pixels.width, pixels.height, pixels.stride, QImage.Format.Format_RGB32)


def colour_at(pixels: Pixels, x: float, y: float) -> str:
    return image(pixels).pixelColor(int(pixels.width * x), int(pixels.height * y)).name()


RED, GREEN, BLUE, BLACK = (QColor(name).name() for name in ("red", "lime", "blue", "black"))


def corners(pixels: Pixels) -> list[str]:
    """Colours top left, top right, bottom left, bottom right."""
    return [colour_at(pixels, x, y) for y in (0.25, 0.75) for x in (0.25, 0.75)]


# -- pixels


def test_pixels_are_a_qimage_without_conversion(pages: Pages) -> None:
    drawn = pages.render(opened(pages, samples.quarters()), 0, 2.0).result()
    assert (drawn.width, drawn.height, drawn.stride, drawn.is_complete) == (400, 200, 1600, True)
    assert drawn.samples.nbytes == drawn.stride * drawn.height
    assert corners(drawn) == [RED, GREEN, BLUE, BLACK]


@pytest.mark.parametrize("stored", [0, 90, 180, 270])
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_page_is_turned_as_it_says_and_then_as_asked(pages: Pages, stored: int, turned: int) -> None:
    paper = opened(pages, samples.quarters(stored))
    drawn = pages.render(paper, 0, 1.0, rotation=turned).result()
    clockwise = {
        0: [RED, GREEN, BLUE, BLACK],
        90: [BLUE, RED, BLACK, GREEN],
        180: [BLACK, BLUE, GREEN, RED],
        270: [GREEN, BLACK, RED, BLUE],
    }
    assert corners(drawn) == clockwise[(stored + turned) % 360]
    assert (drawn.width, drawn.height) == paper.pages[0].pixel_size(1.0, turned)
    assert (paper.pages[0].width, paper.pages[0].height) == ((200, 100), (100, 200))[stored % 180 // 90]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_region_shows_exactly_what_the_whole_page_shows_there(pages: Pages, rotation: int) -> None:
    paper = opened(pages, samples.prose(1))
    whole = pages.render(paper, 0, 1.37, rotation=rotation).result()
    for region in (Region(x=0, y=0, width=31, height=17), Region(x=101, y=203, width=300, height=256)):
        part = pages.render(paper, 0, 1.37, rotation=rotation, region=region).result()
        assert image(part) == image(whole).copy(region.x, region.y, region.width, region.height)
    full = Region(x=0, y=0, width=whole.width, height=whole.height)
    assert image(pages.render(paper, 0, 1.37, rotation=rotation, region=full).result()) == image(whole)


def test_text_is_drawn_with_its_accents(pages: Pages) -> None:
    plain, accented = (
        opened(pages, samples.paper([(100, 100, text)], size=40)) for text in ("UY BAN NHAN DAN", "ỦY BAN NHÂN DÂN")
    )
    assert image(pages.render(plain, 0, 1.0).result()) != image(pages.render(accented, 0, 1.0).result())


@pytest.mark.parametrize(
    ("scale", "rotation", "region"),
    [
        (0.0, 0, None),
        (-1.0, 0, None),
        (float("nan"), 0, None),
        (float("inf"), 0, None),
        (1.0, 45, None),
        (1.0, 0, Region(x=0, y=0, width=0, height=10)),
        (1.0, 0, Region(x=-1, y=0, width=10, height=10)),
        (1.0, 0, Region(x=191, y=0, width=10, height=10)),
    ],
)
def test_what_can_not_be_drawn_is_an_error_of_the_asker(
    pages: Pages, scale: float, rotation: int, region: Region | None
) -> None:
    paper = opened(pages, samples.quarters())
    with pytest.raises(ValueError, match=r"scale|region"):
        pages.render(paper, 0, scale, rotation=rotation, region=region).result()
    with pytest.raises(IndexError):
        pages.render(paper, 1, 1.0).result()
    assert corners(pages.render(paper, 0, 1.0).result()) == [RED, GREEN, BLUE, BLACK]


def test_pixels_stay_as_they_are_while_anybody_holds_them(pages: Pages) -> None:
    paper = opened(pages, samples.prose(12))
    held = [pages.render(paper, index, 1.5).result() for index in range(3)]
    images = [image(pixels) for pixels in held]
    before = [picture.copy() for picture in images]
    assert held[0].samples.nbytes > 1 << 20  # large enough to stay in shared memory
    del held  # the pictures alone hold the memory now
    for index in range(3, 12):
        pages.render(paper, index, 1.5).result()
    assert images == before


def test_memory_is_used_again_once_nobody_holds_its_pixels(pages: Pages) -> None:
    paper = opened(pages, samples.prose(2))
    frames = pages._process._frames
    pages.render(paper, 0, 1.5).result()
    free = {block.identity for block in frames.surplus() + frames._free}
    assert free
    held = pages.render(paper, 1, 1.5).result()
    assert len({block.identity for block in frames._free} & free) == len(free) - 1
    del held
    frames.surplus()
    assert {block.identity for block in frames._free} == free


# -- words


def test_words_come_in_reading_order_with_their_boxes(pages: Pages) -> None:
    content = samples.paper([(85, 100, "Thực hiện Nghị quyết"), (85, 120, "số 15/NQ-HĐND")])
    words = pages.words(opened(pages, content), 0).result()
    assert [word.text for word in words] == ["Thực", "hiện", "Nghị", "quyết", "số", "15/NQ-HĐND"]
    assert len({(word.block, word.line) for word in words}) == 2
    first = words[0].box
    assert first.contains(90, samples.A4.height - 96)  # PDF space: y grows upwards
    assert all(left.box.x1 <= right.box.x0 for left, right in pairwise(words[:4]))
    assert words[4].box.y1 < first.y1


def test_what_was_written_last_but_stands_first_is_read_first(pages: Pages) -> None:
    body = [(85.0, 120.0 + 17 * row, f"Dòng {row} của văn bản dài đến hết bề ngang của trang") for row in range(5)]
    content = samples.paper([(290, 800, "cuối"), *body, (290, 40, "2")])
    text = pages.text(opened(pages, content), 0).result()
    assert text.split()[0] == "2"
    assert text.split()[-1] == "cuối"


def test_columns_are_read_one_after_the_other(pages: Pages) -> None:
    left = [(70.0, 100.0 + 15 * row, f"trái{row}") for row in range(6)]
    right = [(320.0, 100.0 + 15 * row, f"phải{row}") for row in range(6)]
    text = pages.text(opened(pages, samples.paper(left + right)), 0).result()
    assert text.split() == [f"{side}{row}" for side in ("trái", "phải") for row in range(6)]


def test_text_is_in_nfc_whatever_the_paper_holds(pages: Pages) -> None:
    import unicodedata  # noqa: PLC0415

    decomposed = unicodedata.normalize("NFD", "Nghị quyết")
    assert pages.text(opened(pages, samples.paper([(85, 100, decomposed)])), 0).result() == "Nghị quyết"


def test_a_letter_that_looks_like_another_is_the_one_that_is_seen(pages: Pages) -> None:
    """Fonts made for older code pages say Icelandic eth where they show Đ, and a soft hyphen for a hyphen."""
    content = samples.paper([(72, 100, "Ðồng Nai, ðất, 421/TTr\u00adSTC")])
    paper = opened(pages, content)
    assert pages.text(paper, 0).result() == "Đồng Nai, đất, 421/TTr-STC"


def test_a_scan_has_no_words(pages: Pages) -> None:
    paper = opened(pages, samples.scan())
    assert pages.words(paper, 0).result() == ()
    assert pages.text(paper, 0).result() == ""


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_keep_their_place_in_pdf_space_however_the_page_is_shown(pages: Pages, rotation: int) -> None:
    document = pymupdf.open("pdf", samples.paper([(200, 300, "Điều")], size=30))
    document[0].set_cropbox(pymupdf.Rect(150, 200, 450, 600))
    document[0].set_rotation(rotation)
    paper = opened(pages, bytes(document.tobytes()))
    page = paper.pages[0]
    assert (page.width, page.height) == ((300, 400), (400, 300))[rotation % 180 // 90]
    (word,) = pages.words(paper, 0).result()
    assert word.text == "Điều"
    assert word.box.contains(210, samples.A4.height - 295)
    shown = page.matrix.map_box(word.box)
    x, y = page.matrix.inverse().map((shown.x0 + shown.x1) / 2, (shown.y0 + shown.y1) / 2)
    assert word.box.contains(x, y)
    dark = pages.render(paper, 0, 1.0, region=_region(shown)).result().samples
    assert min(dark[::4]) < 100 < max(dark[::4])  # the letters are where the box says


def _region(box: Box) -> Region:
    return Region(x=int(box.x0), y=int(box.y0), width=int(box.x1 - box.x0), height=int(box.y1 - box.y0))


# -- papers


def test_the_outline_names_levels_and_pages(pages: Pages) -> None:
    paper = opened(pages, samples.outline([(1, "Chương I", 1), (2, "Điều 1", 2), (1, "Chương II", 3)], pages=3))
    found = [(heading.level, heading.title, heading.page) for heading in pages.outline(paper).result()]
    assert found == [(1, "Chương I", 0), (2, "Điều 1", 1), (1, "Chương II", 2)]


def test_two_papers_are_open_at_once_and_closed_apart(pages: Pages) -> None:
    one, other = opened(pages, samples.quarters()), opened(pages, samples.prose(2))
    assert "trang 1" in pages.text(other, 1).result()
    pages.close(one)
    pages.close(one)
    assert "trang 0" in pages.text(other, 0).result()
    with pytest.raises(CancelledError):
        pages.render(one, 0, 1.0).result()


def test_many_threads_get_each_what_they_asked_for(pages: Pages) -> None:
    papers = [opened(pages, samples.prose(4)), opened(pages, samples.quarters()), opened(pages, samples.scan(2))]
    wanted = [(paper, index, scale) for paper in papers for index in range(len(paper.pages)) for scale in (0.5, 1.3)]
    alone = [bytes(pages.render(paper, index, scale).result().samples) for paper, index, scale in wanted]
    start = threading.Barrier(8)

    def ask(offset: int) -> list[bool]:
        start.wait()
        turned = wanted[offset:] + wanted[:offset]
        futures = [pages.render(paper, index, scale) for paper, index, scale in turned]
        expected = alone[offset:] + alone[:offset]
        return [future.result().samples == before for future, before in zip(futures, expected, strict=True)]

    with ThreadPoolExecutor(8) as threads:
        assert all(all(same) for same in threads.map(ask, range(8)))


def test_a_paper_too_large_is_refused_before_it_is_read(pages: Pages) -> None:
    def read(_: int, __: memoryview) -> None:
        pytest.fail("nothing should be read")

    for size, refusal in ((2 << 30, Refusal.TOO_LARGE), (0, Refusal.EMPTY)):
        with pytest.raises(PaperRefused) as refused:
            pages.open(size, read)
        assert refused.value.refusal is refusal


def test_an_error_while_reading_is_the_askers(pages: Pages) -> None:
    def read(_: int, __: memoryview) -> None:
        raise OSError("vault locked")

    with pytest.raises(OSError, match="vault locked"):
        pages.open(1000, read)


def test_a_page_of_five_metres_is_shown_in_parts(pages: Pages) -> None:
    paper = opened(pages, samples.one_page(b"1 0 0 rg 0 0 7000 7000 re f", box="0 0 14173 14173"))
    assert colour_at(pages.render(paper, 0, 0.02).result(), 0.25, 0.75) == RED
    with pytest.raises(PageUnreadable) as unreadable:
        pages.render(paper, 0, 1.0).result()
    assert (unreadable.value.page, unreadable.value.reason) == (0, Unreadable.TOO_LARGE)
    part = pages.render(paper, 0, 2.0, region=Region(x=13_000, y=14_000, width=2000, height=600)).result()
    assert corners(part) == ["#ffffff", "#ffffff", RED, "#ffffff"]


def test_a_paper_whose_font_is_missing_is_still_read(pages: Pages) -> None:
    paper = opened(pages, samples.one_page(b"BT /F1 12 Tf 20 100 Td (no font) Tj ET"))
    assert pages.text(paper, 0).result() == "no font"
    assert pages.render(paper, 0, 1.0).result().is_complete


def test_faults_in_a_page_are_told(pages: Pages) -> None:
    paper = opened(pages, samples.one_page(b"1 0 0 rg 0 0 200 200 re f ]] >> (never ended"))
    drawn = pages.render(paper, 0, 1.0).result()
    assert colour_at(drawn, 0.5, 0.5) == RED
    assert not drawn.is_complete


# -- order


def _note(order: list[str], name: str, _: object) -> None:
    order.append(name)


def test_the_page_one_looks_at_comes_before_those_one_may_want(pages: Pages) -> None:
    paper = opened(pages, samples.quarters())
    order: list[str] = []
    gate, reached = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        reached.set()
        gate.wait(10)

    pages.render(paper, 0, 1.0).add_done_callback(hold)
    assert reached.wait(10)
    asked: dict[str, Future[Any]] = {
        "idle": pages.text(paper, 0),
        "near": pages.render(paper, 0, 1.0, priority=Priority.NEAR),
        "visible": pages.render(paper, 0, 1.0, priority=Priority.VISIBLE),
        "unwanted": pages.render(paper, 0, 1.0, priority=Priority.NEAR),
    }
    for name, future in asked.items():
        future.add_done_callback(partial(_note, order, name))
    assert asked["unwanted"].cancel()
    gate.set()
    asked["idle"].result()
    assert order == ["unwanted", "visible", "near", "idle"]


# -- the cache


def test_the_cache_keeps_what_was_seen_last_within_its_bytes(pages: Pages) -> None:
    paper = opened(pages, samples.quarters())
    drawn = pages.render(paper, 0, 1.0).result()
    cache: PageCache[tuple[int, int]] = PageCache(drawn.samples.nbytes * 3)
    for index in range(3):
        cache.put((paper.identity, index), drawn)
    assert cache.get((paper.identity, 0)) is drawn
    cache.put((paper.identity, 3), drawn)
    assert [cache.get((paper.identity, index)) is not None for index in range(4)] == [True, False, True, True]
    assert cache.size == cache.capacity
    cache.put((paper.identity, 3), drawn)
    assert len(cache) == 3
    cache.put((paper.identity, 4), pages.render(paper, 0, 4.0).result())
    assert cache.get((paper.identity, 4)) is None
    assert len(cache) == 3
    cache.drop(lambda key: key[1] != 0)
    assert (len(cache), cache.size) == (1, drawn.samples.nbytes)
