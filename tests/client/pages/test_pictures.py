"""JPEG pictures decoded beside the PDF library: they look as it draws them, and it draws whatever is not plain."""

import hashlib
import random
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat
from pymupdf import mupdf

from ecabinet.client.pages import Pages, PageUnreadable, Paper, Region, Unreadable
from ecabinet.client.pages.worker.pictures import Pictures, shape
from tests.client.pages import samples

_DPI = 72
_EXIF_TURNED = Image.Exif()
_EXIF_TURNED[0x0112] = 6
_DRAWN = b"q %d 0 0 %d 0 0 cm /I Do Q"

Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


@pytest.fixture(scope="module")
def sheet() -> Image.Image:
    """Text with red and blue in it, on grained paper, as a scanner sees it."""
    document = pymupdf.open("pdf", samples.prose(1))
    page = document[0]
    page.draw_circle((400, 640), 60, color=(0.8, 0, 0.1), width=3)
    page.draw_line((80, 700), (500, 705), color=(0, 0.1, 0.7), width=2)
    drawn = page.get_pixmap(dpi=_DPI)
    image = Image.frombytes("RGB", (drawn.width, drawn.height), drawn.samples)
    grain = hashlib.shake_256(b"grain").digest(len(drawn.samples))
    return Image.blend(image, Image.frombytes("RGB", image.size, grain), 0.06)


def jpeg(image: Image.Image, **how: object) -> bytes:
    packed = BytesIO()
    image.save(packed, "JPEG", **({"quality": 80} | how))
    return packed.getvalue()


def paper_of(
    packed: bytes, *, entries: str = "", space: str = "DeviceRGB", copies: int = 1, size: tuple[int, int] | None = None
) -> bytes:
    """A page that shows a JPEG and names it so many times, each with these entries."""
    width, height = size or Image.open(BytesIO(packed)).size
    said = f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8/ColorSpace/{space}{entries}"
    names = "".join(f"/{'I' if number == 0 else f'I{number}'} {5 + number} 0 R" for number in range(copies))
    across, up = width * 72 // _DPI, height * 72 // _DPI
    return samples.one_page(
        _DRAWN % (across, up),
        box=f"0 0 {across} {up}",
        page=f"/Resources<</XObject<<{names}>>>>",
        more=[samples.stream(f"{said}/Filter/DCTDecode", packed)] * copies,
    )


def drawn_here(content: bytes, scale: float = 2.0, *, by_library: bool = False) -> tuple[Image.Image, int]:
    """In this process, as the worker does or by the library alone; and how many pictures the library was given."""
    mupdf.fz_empty_store()
    document = mupdf.pdf_open_document_with_stream(
        mupdf.fz_open_memory(mupdf.python_buffer_data(content), len(content))
    )
    page, pictures = mupdf.pdf_load_page(document, 0), Pictures()
    if not by_library:
        pictures.decode(document, page, scale)
    space = mupdf.FzColorspace(mupdf.FzColorspace.Fixed_RGB)
    pixmap = mupdf.fz_new_pixmap_from_page(page.super(), mupdf.FzMatrix(scale, 0, 0, scale, 0, 0), space, 0)
    count = len(pictures._held)
    pictures.let_go()
    return Image.frombytes("RGB", (pixmap.w(), pixmap.h()), bytes(mupdf.fz_pixmap_samples_memoryview(pixmap))), count


def drawn(pages: Pages, paper: Paper, index: int = 0, scale: float = 2.0) -> Image.Image:
    """By the worker."""
    pixels = pages.render(paper, index, scale).result(timeout=60)
    return Image.frombuffer("RGB", (pixels.width, pixels.height), bytes(pixels.samples), "raw", "BGRX", 0, 1)


def opened(pages: Pages, content: bytes) -> Paper:
    return pages.open(len(content), samples.reader(content))


def difference(one: Image.Image, other: Image.Image) -> tuple[float, int]:
    """Mean and greatest, of 255."""
    said = ImageStat.Stat(ImageChops.difference(one, other))
    return max(said.mean), max(most for _, most in said.extrema)


# -- what is decoded


@pytest.mark.parametrize(
    ("how", "most"),
    [
        ({"subsampling": 0}, 1),
        ({"subsampling": 1}, 60),  # the two spread colours over pixels each in its way
        ({"subsampling": 2}, 60),
        ({"subsampling": 2, "quality": 30}, 60),
        ({"subsampling": 0, "quality": 98}, 1),
        ({"subsampling": 0, "progressive": True}, 1),
        ({"subsampling": 0, "restart_marker_rows": 1}, 1),
        ({"subsampling": 0, "exif": _EXIF_TURNED}, 1),  # which a PDF does not mind
        ({"subsampling": 0, "dpi": (10, 10), "comment": "bản quét"}, 1),
    ],
    ids=["4:4:4", "4:2:2", "4:2:0", "coarse", "fine", "progressive", "restarts", "turned", "with a comment"],
)
def test_a_scan_looks_as_the_library_draws_it(sheet: Image.Image, how: dict[str, object], most: int) -> None:
    content = paper_of(jpeg(sheet, **how))
    ours, count = drawn_here(content)
    theirs, _ = drawn_here(content, by_library=True)
    mean, greatest = difference(ours, theirs)
    assert count == 1
    assert mean < 0.7
    assert greatest <= most


def test_a_gray_scan_and_one_by_adobe_look_as_the_library_draws_them(sheet: Image.Image) -> None:
    plain = jpeg(sheet, subsampling=0)
    marker = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x01"
    for content in (
        paper_of(jpeg(sheet.convert("L")), space="DeviceGray"),
        paper_of(plain[:2] + marker + plain[2:]),
        paper_of(plain, entries="/Interpolate true"),
        paper_of(plain, entries="/Decode[0 1 0 1 0 1]"),  # as without
        paper_of(plain, entries="/Intent/Perceptual"),
    ):
        ours, _ = drawn_here(content)
        theirs, _ = drawn_here(content, by_library=True)
        assert difference(ours, theirs)[1] <= 1
    assert drawn_here(paper_of(jpeg(sheet.convert("L")), space="DeviceGray"))[1] == 1
    assert drawn_here(paper_of(plain[:2] + marker + plain[2:]))[1] == 1


def test_the_worker_draws_so_as_well_confined_as_it_is(pages: Pages, sheet: Image.Image) -> None:
    content = paper_of(jpeg(sheet, subsampling=2))
    shown = drawn(pages, opened(pages, content))
    assert difference(shown, drawn_here(content)[0])[1] <= 1
    assert difference(shown, drawn_here(content, by_library=True)[0])[1] > 1


def test_regions_sizes_and_turns_of_the_page_show_the_same(pages: Pages, sheet: Image.Image) -> None:
    """What is kept for one of them does not stand in for another."""
    content = paper_of(jpeg(sheet, subsampling=2))
    paper, other = opened(pages, content), opened(pages, paper_of(jpeg(sheet.convert("L")), space="DeviceGray"))
    small, large = drawn(pages, paper, scale=0.3), drawn(pages, paper, scale=3.0)
    part = Region(x=300, y=400, width=200, height=100)
    pixels = pages.render(paper, 0, 3.0, region=part).result(timeout=60)
    shown = Image.frombuffer("RGB", (200, 100), bytes(pixels.samples), "raw", "BGRX", 0, 1)
    assert difference(shown, large.crop((300, 400, 500, 500)))[1] <= 8  # as the library alone has it
    assert difference(small, drawn_here(content, 0.3, by_library=True)[0])[1] <= 1
    gray = drawn(pages, other)
    assert difference(drawn(pages, paper, scale=3.0), large) == (0, 0)
    pages.close(paper)
    assert difference(drawn(pages, other), gray) == (0, 0)


def test_an_encrypted_scan_looks_the_same(pages: Pages, sheet: Image.Image) -> None:
    content = paper_of(jpeg(sheet, subsampling=0))
    document = pymupdf.open("pdf", content)
    sealed = bytes(document.tobytes(encryption=mupdf.PDF_ENCRYPT_AES_256, user_pw="", owner_pw="của chủ"))
    assert difference(drawn(pages, opened(pages, sealed)), drawn_here(content)[0])[1] <= 1


# -- what is left to the library


def cut(packed: bytes) -> bytes:
    return packed[: len(packed) // 2]


def taller(packed: bytes) -> bytes:
    """Its frame says one row more."""
    place = packed.index(b"\xff\xc0") + 5
    return packed[:place] + (int.from_bytes(packed[place : place + 2]) + 1).to_bytes(2) + packed[place + 2 :]


def twelve_bits(packed: bytes) -> bytes:
    place = packed.index(b"\xff\xc0") + 4
    return packed[:place] + b"\x0c" + packed[place + 1 :]


def two_frames(packed: bytes) -> bytes:
    place = packed.index(b"\xff\xc0")
    frame = packed[place : place + 19]
    return packed[:place] + frame + packed[place:]


def arithmetic(packed: bytes) -> bytes:
    return packed.replace(b"\xff\xc0", b"\xff\xc9", 1)


def filled(packed: bytes) -> bytes:
    return packed[:2] + b"\xff" + packed[2:]


@pytest.mark.parametrize("change", [cut, taller, twelve_bits, two_frames, arithmetic, filled])
def test_whatever_is_odd_is_left_to_the_library(sheet: Image.Image, change: Change) -> None:
    packed = jpeg(sheet, subsampling=0)
    content = paper_of(change(packed), size=sheet.size)
    ours, count = drawn_here(content)
    assert count == 0
    assert difference(ours, drawn_here(content, by_library=True)[0]) == (0, 0)


def test_other_colours_and_what_lies_over_pictures_is_left_to_the_library(sheet: Image.Image) -> None:
    plain, small = jpeg(sheet, subsampling=0), jpeg(sheet.convert("L"))
    for content in (
        paper_of(jpeg(sheet.convert("CMYK")), space="DeviceCMYK"),
        paper_of(jpeg(sheet, keep_rgb=True)),  # Adobe's marker says: no transform
        paper_of(plain, entries="/DecodeParms<</ColorTransform 0>>"),
        paper_of(plain, entries="/Decode[1 0 1 0 1 0]"),
        paper_of(plain, entries="/Mask[0 10 0 10 0 10]"),
        paper_of(plain, entries="/SMask 5 0 R"),
        paper_of(plain, space="DeviceGray"),
        paper_of(small),
        paper_of(small, space="DeviceRGB/Mask 5 0 R"),
        paper_of(plain, copies=4),
        paper_of(plain, entries="/Intent/Saturation"),
    ):
        ours, count = drawn_here(content)
        assert count == 0
        assert difference(ours, drawn_here(content, by_library=True)[0]) == (0, 0)
    assert drawn_here(paper_of(plain), scale=0.4)[1] == 0, "drawn smaller, it is decoded smaller"


def test_a_spoilt_picture_that_nobody_sees_spoils_no_page(pages: Pages, sheet: Image.Image) -> None:
    content = paper_of(cut(jpeg(sheet)), size=sheet.size).replace(b"/I Do", b"     ")
    assert pages.render(opened(pages, content), 0, 2.0).result(timeout=60).is_complete


# -- hostile ones


def several(pictures: list[bytes], size: tuple[int, int]) -> bytes:
    """A page for each."""
    leaves, said = [], []
    first = 4 + len(pictures)
    entries = f"/Type/XObject/Subtype/Image/Width {size[0]}/Height {size[1]}/BitsPerComponent 8/ColorSpace/DeviceRGB"
    for number, packed in enumerate(pictures):
        names = f"/Resources<</XObject<</I {first + number} 0 R>>>>"
        leaves.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 64 64]/Contents 3 0 R{names}>>")
        said.append(samples.stream(f"{entries}/Filter/DCTDecode", packed))
    kids = " ".join(f"{4 + number} 0 R" for number in range(len(pictures)))
    catalogue = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pictures)}>>"]
    return samples.raw([*catalogue, samples.stream("", _DRAWN % (64, 64)), *leaves, *said])


def test_no_spoilt_picture_ends_the_worker(pages: Pages, sheet: Image.Image) -> None:
    dice = random.Random(3)
    small = sheet.crop((100, 100, 164, 164))
    spoilt = []
    for number in range(150):
        packed = bytearray(jpeg(small, progressive=bool(number % 2), subsampling=number % 3))
        for _ in range(1 + number % 4):
            packed[dice.randrange(2, len(packed) if number % 3 else 200)] = dice.choice([0, 0xFF, dice.randrange(256)])
        spoilt.append(bytes(packed[: dice.randrange(100, len(packed))] if number % 10 == 0 else packed))
    paper = opened(pages, several(spoilt, small.size))
    worker = pages.worker
    for index in range(len(spoilt)):
        assert pages.render(paper, index, 2.0).result(timeout=60).width == 128
    assert pages.worker == worker


def scans_without_end(side: int) -> bytes:
    """A progressive JPEG of side x side whose last pass over all of it comes a thousand times."""
    packed = jpeg(Image.new("RGB", (side, side), (200, 30, 30)), progressive=True)
    last = packed[packed.rindex(b"\xff\xda") : -2]
    return packed[:-2] + last * 1000 + packed[-2:]


def test_a_picture_that_takes_too_long_is_ended_and_the_rest_goes_on(sheet: Image.Image) -> None:
    content = several([scans_without_end(4000), jpeg(sheet.crop((0, 0, 400, 400)))], (4000, 4000))
    with Pages(page_seconds=1.0) as pages:
        paper = opened(pages, content)
        with pytest.raises(PageUnreadable) as unreadable:
            pages.render(paper, 0, 60.0, region=Region(x=0, y=0, width=64, height=64)).result(timeout=60)
        assert unreadable.value.reason is Unreadable.TOO_SLOW
        assert pages.render(paper, 1, 2.0).result(timeout=60).width == 128


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_a_picture_for_which_there_is_no_memory_ends_no_worker() -> None:
    side = 6000
    packed = jpeg(Image.new("RGB", (side, side), (200, 30, 30)), subsampling=0)
    content = paper_of(packed)
    whole = Region(x=0, y=0, width=64, height=64)
    with Pages(memory=100 << 20, page_seconds=60) as pages:
        paper, other = opened(pages, content), opened(pages, samples.quarters())
        worker = pages.worker
        for _ in range(3):
            error = pages.render(paper, 0, 2.0, region=whole).exception(timeout=60)
            assert error is None or (isinstance(error, PageUnreadable) and error.reason is Unreadable.TOO_LARGE)
        assert pages.render(other, 0, 1.0).result(timeout=60).is_complete
        assert pages.worker == worker
        assert worker is not None
        assert Path(f"/proc/{worker}").exists()


# -- headers


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_header_is_read_or_none(noise: bytes, place: int) -> None:
    plain = jpeg(Image.new("RGB", (40, 30)))
    for data in (noise, plain[:place] + noise + plain[place:], plain[:place] + noise):
        said = shape(memoryview(data))
        assert said is None or all(0 <= each < 1 << 16 for each in said)


def test_a_header_says_columns_rows_and_colours() -> None:
    for mode, colours in (("L", 1), ("RGB", 3), ("CMYK", 4)):
        packed = jpeg(Image.new(mode, (40, 30)))
        begin = packed.index(b"\xff\xda")
        assert shape(memoryview(packed)) == ((40, 30, colours) if mode != "CMYK" else None)
        assert all(shape(memoryview(packed[:length])) is None for length in range(begin + 4))
