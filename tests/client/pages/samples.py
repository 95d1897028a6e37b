"""Papers made for these tests: well-formed ones set in Tinos, and hostile ones written by hand."""

import random
import zlib
from collections.abc import Callable, Iterable, Sequence

import pymupdf

from ecabinet import resources

A4 = pymupdf.paper_rect("a4")
FONT = resources.path("fonts", "Tinos-Regular.ttf")
RED, GREEN, BLUE, BLACK = (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)

Text = tuple[float, float, str]
"""x, y of the baseline in points from the top left, and what stands there."""


def filler(content: bytes) -> Callable[[memoryview], None]:
    """For an examiner."""

    def fill(memory: memoryview) -> None:
        memory[:] = content

    return fill


def reader(content: bytes) -> Callable[[int, memoryview], None]:
    """For pages."""

    def read(offset: int, into: memoryview) -> None:
        into[:] = content[offset : offset + len(into)]

    return read


def write(page: pymupdf.Page, texts: Iterable[Text], size: float = 13) -> None:
    page.insert_font(fontname="tinos", fontfile=str(FONT))
    for x, y, text in texts:
        page.insert_text((x, y), text, fontname="tinos", fontsize=size)


def paper(*pages: Iterable[Text], size: float = 13) -> bytes:
    """A paper with these texts on its pages."""
    document = pymupdf.open()
    for texts in pages:
        write(document.new_page(width=A4.width, height=A4.height), texts, size)
    return bytes(document.tobytes())


def prose(pages: int, lines: int = 40) -> bytes:
    """Pages of running text, each line naming its page and place."""
    line = "Ủy ban nhân dân tỉnh báo cáo dự toán ngân sách, trang {}, dòng {}"
    return paper(*([(85.0, 80.0 + 17 * row, line.format(page, row)) for row in range(lines)] for page in range(pages)))


def scanned(content: bytes, *, turned: int = 0, rotation: int = 0) -> bytes:
    """The pages as pictures of 200 dots an inch; `turned` in the scanner, and with a /Rotate of `rotation`."""
    width, height = (A4.height, A4.width) if turned % 180 else (A4.width, A4.height)
    document = pymupdf.open()
    source = pymupdf.open("pdf", content)
    for number in range(source.page_count):
        page = document.new_page(width=width, height=height)
        picture = source[number].get_pixmap(dpi=200).tobytes("jpeg", jpg_quality=60)
        page.insert_image(page.rect, stream=picture, rotate=turned)
        page.set_rotation(rotation)
    return bytes(document.tobytes())


def large(size: int) -> bytes:
    """Two pages, and an attachment of noise that makes it so many bytes at least."""
    document = pymupdf.open("pdf", prose(2))
    document.embfile_add("du-lieu", random.Random(size).randbytes(size))
    return bytes(document.tobytes())


def quarters(rotation: int = 0) -> bytes:
    """A page of 200 x 100 points: red top left, green top right, blue bottom left, black bottom right, as stored."""
    document = pymupdf.open()
    page = document.new_page(width=200, height=100)
    for x, y, colour in ((0, 0, RED), (100, 0, GREEN), (0, 50, BLUE), (100, 50, BLACK)):
        page.draw_rect(pymupdf.Rect(x, y, x + 100, y + 50), color=None, fill=colour)
    page.set_rotation(rotation)
    return bytes(document.tobytes())


def scan(pages: int = 1, width: int = 1240, height: int = 1754) -> bytes:
    """Pages that are pictures of noise, without a text layer."""
    document = pymupdf.open()
    for number in range(pages):
        row = bytes((number * 31 + column * column // 7) % 256 for column in range(width * 3))
        picture = pymupdf.Pixmap(pymupdf.csRGB, width, height, row * height, False)
        page = document.new_page(width=A4.width, height=A4.height)
        page.insert_image(page.rect, stream=picture.tobytes("jpeg", jpg_quality=80))
    return bytes(document.tobytes())


def encrypted(password: str) -> bytes:
    """Password "" gives a paper anybody may open, with its rights restricted."""
    document = pymupdf.open()
    document.new_page()
    return bytes(document.tobytes(encryption=pymupdf.mupdf.PDF_ENCRYPT_AES_256, user_pw=password, owner_pw="của chủ"))


def claiming(title: str) -> bytes:
    """A paper whose properties claim a title."""
    document = pymupdf.open()
    document.new_page()
    document.set_metadata({"title": title})
    return bytes(document.tobytes())


def raw(objects: Sequence[str | bytes]) -> bytes:
    """A PDF file of these objects, the first being the catalogue."""
    content, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        written = body if isinstance(body, bytes) else body.encode("latin-1")
        content += b"%d 0 obj\n%b\nendobj\n" % (number, written)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + end


def stream(entries: str, body: bytes) -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries.encode(), len(body), body)


def one_page(
    body: bytes = b"0 0 50 50 re f",
    *,
    box: str = "0 0 200 200",
    page: str = "",
    catalogue: str = "",
    more: Sequence[str | bytes] = (),
) -> bytes:
    """A page with this content stream; `more` are the objects from number 5 on."""
    return raw(
        [
            f"<</Type/Catalog/Pages 2 0 R {catalogue}>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 4 0 R {page}>>",
            stream("", body),
            *more,
        ]
    )


def lengthy(pages: int, size: int) -> bytes:
    """Pages that say "trang" and their number, each with a remark of `size` bytes in what draws it."""
    leaves = [f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents {3 + pages + n} 0 R>>" for n in range(pages)]
    remark = b"%" + b"ghi chu " * (size // 8) + b"\n"
    contents = [stream("", b"BT /F 12 Tf 20 100 Td (trang %d) Tj ET\n" % n + remark) for n in range(pages)]
    kids = " ".join(f"{3 + n} 0 R" for n in range(pages))
    catalogue = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {pages}>>"]
    return raw([*catalogue, *leaves, *contents])


def laborious(pages: int) -> bytes:
    """Pages of 2,000 squares each: one takes milliseconds, a thousand take far longer than a second."""
    kids = " ".join(f"{4 + index} 0 R" for index in range(pages))
    return raw(
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            f"<</Type/Pages/Kids[{kids}]/Count {pages}>>",
            stream("", b"0 0 90 90 re f " * 2_000),
            *["<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 3 0 R>>"] * pages,
        ]
    )


def endless(pages: int = 1, hostile: int = 0) -> bytes:
    """A small paper whose page `hostile` draws 10^12 squares by forms that draw forms; the other pages are blank."""
    depth, first = 12, 3 + pages
    kids = " ".join(f"{3 + index} 0 R" for index in range(pages))
    trap = f"/Contents {first} 0 R/Resources<</XObject<</F {first + 1} 0 R>>>>"
    leaf = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]{}>>"
    leaves = [leaf.format(trap if index == hostile else "") for index in range(pages)]
    forms = [
        stream(
            f"/Type/XObject/Subtype/Form/BBox[0 0 200 200]/Resources<</XObject<</F {first + 2 + level} 0 R>>>>",
            b"/F Do " * 10,
        )
        for level in range(depth)
    ]
    square = stream("/Type/XObject/Subtype/Form/BBox[0 0 200 200]", b"0 0 10 10 re f")
    return raw(
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            f"<</Type/Pages/Kids[{kids}]/Count {pages}>>",
            *leaves,
            stream("", b"/F Do"),
            *forms,
            square,
        ]
    )


def huge_picture(side: int) -> bytes:
    """A small file with a picture of side x side pixels in three colours."""
    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(bytes(side * 3)) for _ in range(side)) + packed.flush()
    entries = f"/Type/XObject/Subtype/Image/Width {side}/Height {side}/BitsPerComponent 8/ColorSpace/DeviceRGB"
    picture = stream(f"{entries}/Filter/FlateDecode", rows)
    return one_page(b"q 200 0 0 200 0 0 cm /I Do Q", page="/Resources<</XObject<</I 5 0 R>>>>", more=[picture])


def outline(headings: Sequence[tuple[int, str, int]], pages: int) -> bytes:
    """A paper with an outline of level, title and page number (from 1)."""
    document = pymupdf.open()
    for _ in range(pages):
        document.new_page()
    document.set_toc([list(heading) for heading in headings])
    return bytes(document.tobytes())


def a3_lines() -> bytes:
    """Two A3 pages of upright lines, 5 points apart."""
    document = pymupdf.open()
    for _ in range(2):
        page = document.new_page(width=842, height=1191)
        for x in range(0, 842, 5):
            page.draw_line((x, 0), (x, 1191), width=1)
    return bytes(document.tobytes())
