"""Bad files of every kind the project knows of, and what `ecabinet pages check` says of each."""

import random
import zlib
from collections.abc import Sequence

from tests.client.pages import samples

_BLOCK, _ADLER = 1 << 20, 65_521
SHOWN, WARNED, REFUSED = "shown", "shown with warnings", "refused"

LOOP: list[str | bytes] = [
    "<</First 6 0 R/Last 6 0 R/Count 1>>",
    "<</Title(A)/Parent 5 0 R/Dest[3 0 R/Fit]/Next 7 0 R>>",
    "<</Title(B)/Parent 5 0 R/Next 6 0 R>>",
]
SCAN = samples.scan(8)
RIGHT_TO_LEFT = b"BT /F 14 Tf 1 0 0 1 150 100 Tm <05D005D105D2> Tj ET"


def crowded(count: int) -> bytes:
    """A page with so many annotations."""
    squares: list[str | bytes] = [
        f"<</Type/Annot/Subtype/Square/Rect[{n % 180} {n // 180} {n % 180 + 9} {n // 180 + 9}]/C[1 0 0]>>"
        for n in range(count)
    ]
    annotations = " ".join(f"{5 + n} 0 R" for n in range(count))
    return samples.one_page(page=f"/Annots[{annotations}]", more=squares)


def noisy_stream(entries: str, size: int) -> bytes:
    """A stream that is not what it says it is."""
    return samples.stream(entries, random.Random(size).randbytes(size))


def bomb(size: int) -> bytes:
    """Spaces, so many bytes of them, squeezed to a thousandth (RFC 1950: blocks that are alike, and their sum)."""
    packed = zlib.compressobj(9, wbits=-15)
    block = packed.compress(b" " * _BLOCK) + packed.flush(zlib.Z_FULL_FLUSH)
    first = 1 + size * 32
    second = size + 32 * size * (size + 1) // 2
    summed = (second % _ADLER << 16 | first % _ADLER).to_bytes(4, "big")
    return samples.stream("/Filter/FlateDecode", b"\x78\xda" + block * (size // _BLOCK) + packed.flush() + summed)


def deep_tree(levels: int, page: str = "", more: Sequence[str | bytes] = ()) -> bytes:
    """One page below so many others that are none; `more` are numbered from `levels` + 3."""
    nodes = [f"<</Type/Pages/Kids[{3 + level} 0 R]/Count 1>>" for level in range(levels)]
    leaf = f"<</Type/Page/Parent {1 + levels} 0 R/MediaBox[0 0 200 200]{page}>>"
    return samples.raw(["<</Type/Catalog/Pages 2 0 R>>", *nodes, leaf, *more])


def slow_and_endless(levels: int) -> bytes:
    """A deep tree that takes long to open, and a page that takes longer."""
    page = f"/Contents {levels + 3} 0 R/Resources<</XObject<</X {levels + 4} 0 R>>>>"
    lines = b"0 0 200 200 re f 10 10 m 99 99 200 30 40 50 c S " * 2_000
    form = samples.stream("/Type/XObject/Subtype/Form/BBox[0 0 200 200]", lines)
    return deep_tree(levels, page, [samples.stream("", b"/X Do " * 100_000), form])


def table_in_a_ring() -> bytes:
    """Its table of places says that there is an earlier one: itself."""
    whole = samples.one_page()
    place = int(whole.rsplit(b"startxref\n", 1)[1].split()[0])
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % place)


def with_font(font: str, *more: str | bytes, text: bytes = b"(A) Tj") -> bytes:
    return samples.one_page(
        b"BT /F 14 Tf 1 0 0 1 150 100 Tm " + text + b" ET", page=f"/Resources<</Font<</F {font}>>>>", more=more
    )


def with_picture(filtered: str) -> bytes:
    entries = (
        f"/Type/XObject/Subtype/Image/Width 64/Height 64/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/{filtered}"
    )
    return samples.one_page(
        b"q 200 0 0 200 0 0 cm /I Do Q", page="/Resources<</XObject<</I 5 0 R>>>>", more=[noisy_stream(entries, 4000)]
    )


FILES: dict[str, tuple[bytes, str, str]] = {
    "lành.pdf": (samples.prose(3), SHOWN, "Mọi trang đều đọc được."),
    "rỗng.pdf": (b"", REFUSED, "Tệp rỗng"),
    "chữ.pdf": (b"Hello", REFUSED, "không phải tệp PDF"),
    "rác.pdf": (b"%PDF-1.7\n" + bytes(5000), REFUSED, "hỏng"),
    "cụt.pdf": (SCAN[: len(SCAN) // 2], WARNED, "không đọc được trang"),
    "khóa.pdf": (samples.encrypted("mật khẩu"), REFUSED, "mật khẩu"),
    "không-trang.pdf": (
        samples.raw(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"]),
        REFUSED,
        "không có trang",
    ),
    "5m.pdf": (samples.one_page(box="0 0 14173 14173"), SHOWN, "Mọi trang"),
    "nested.pdf": (samples.one_page(b"[" * 200_000), REFUSED, "hỏng"),
    "nested-objects.pdf": (samples.one_page(page="/Junk " + "[" * 100_000 + "]" * 100_000), REFUSED, "hỏng"),
    "outline.pdf": (samples.one_page(catalogue="/Outlines 5 0 R", more=LOOP), WARNED, "mục lục"),
    "outside.pdf": (samples.paper([(2000, -300, "Ngoài trang"), (85, 80, "Trong trang")]), SHOWN, "Mọi trang"),
    "no-font.pdf": (samples.one_page(b"BT /Missing 14 Tf 20 100 Td (A) Tj ET"), SHOWN, "Mọi trang"),
    "rtl.pdf": (
        samples.one_page(
            RIGHT_TO_LEFT,
            page="/Resources<</Font<</F<</Type/Font/Subtype/Type0/BaseFont/Nothing/Encoding/Identity-H"
            "/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/Nothing"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>]>>>>>>",
        ),
        WARNED,
        "thiếu ở trang 1",
    ),
    "mở.pdf": (samples.encrypted(""), SHOWN, "Mọi trang"),
    "hebrew.pdf": (samples.paper([(300, 80, "שלום עולם"[::-1]), (85, 120, "Điều 1")]), SHOWN, "Mọi trang"),
    "no-order.pdf": (
        samples.paper([(85, 80 + 17 * (row * 7 % 40), f"Dòng {row * 7 % 40}") for row in range(40)]),
        SHOWN,
        "Mọi trang",
    ),
    "table-ring.pdf": (table_in_a_ring(), SHOWN, "Mọi trang"),
    "deep-tree.pdf": (deep_tree(20_000), SHOWN, "Mọi trang"),
    "count.pdf": (samples.one_page().replace(b"/Count 1", b"/Count 2147483647"), REFUSED, ""),
    "bomb.pdf": (
        samples.raw(
            [
                "<</Type/Catalog/Pages 2 0 R>>",
                "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>",
                bomb(4 << 30),
            ]
        ),
        REFUSED,
        "quá lâu",
    ),
    "bad-font.pdf": (
        with_font(
            "5 0 R",
            "<</Type/Font/Subtype/TrueType/BaseFont/Bad/FontDescriptor 6 0 R>>",
            "<</Type/FontDescriptor/FontName/Bad/Flags 4/FontFile2 7 0 R>>",
            noisy_stream("/Length1 5000", 5000),
        ),
        SHOWN,
        "Mọi trang",
    ),
    "font-ring.pdf": (
        with_font(
            "5 0 R",
            "<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/FirstChar 65/LastChar 65/Widths[1]"
            "/Encoding<</Differences[65/A]>>/CharProcs<</A 6 0 R>>/Resources<</Font<</F 5 0 R>>>>>>",
            samples.stream("", b"BT /F 1 Tf (A) Tj ET"),
        ),
        SHOWN,
        "",
    ),
    "jpx.pdf": (with_picture("JPXDecode"), WARNED, "thiếu ở trang 1"),
    "jbig2.pdf": (with_picture("JBIG2Decode"), WARNED, "thiếu ở trang 1"),
    "dct.pdf": (with_picture("DCTDecode"), WARNED, "thiếu ở trang 1"),
    "con/endless.PDF": (samples.endless(pages=3, hostile=1), WARNED, "Không đọc được trang 2"),
    "con/crowded.pdf": (crowded(32_768), SHOWN, "Mọi trang"),
}
