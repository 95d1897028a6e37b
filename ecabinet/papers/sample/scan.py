"""A paper as a scanner gives it: grey pages, a little askew, a little dirty, and no text to search."""

from collections.abc import Sequence
from hashlib import shake_256
from io import BytesIO
from time import struct_time

from PIL import Image, ImageFilter

from ecabinet.papers.sample.budget.model import between

DOTS_PER_INCH = 150
_PAPER = 246
_QUALITY = 42


def scanned(pages: Sequence[bytes], *, title: str, made_at: struct_time) -> bytes:
    """A PDF of images alone from the PNG files of a paper's pages, rendered at DOTS_PER_INCH.

    The same pages give the same pixels; the JPEG bytes depend on the library that packs them.
    """
    images = [_scan(Image.open(BytesIO(page)).convert("L"), number) for number, page in enumerate(pages, 1)]
    made = BytesIO()
    images[0].save(
        made,
        "PDF",
        save_all=True,
        append_images=images[1:],
        resolution=DOTS_PER_INCH,
        quality=_QUALITY,
        title=title,
        producer="Scanner",
        creationDate=made_at,
        modDate=made_at,
    )
    return made.getvalue()


def _scan(page: Image.Image, number: int) -> Image.Image:
    angle = between(-70, 70, "angle", number) / 100
    shifted = page.rotate(
        angle,
        Image.Resampling.BICUBIC,
        fillcolor=255,
        translate=(between(-6, 6, "x", number), between(-6, 6, "y", number)),
    )
    # Ink fades and paper greys: 0..255 becomes 38.._PAPER.
    toned = shifted.point([38 + value * (_PAPER - 38) // 255 for value in range(256)])
    grain = Image.frombytes("L", page.size, shake_256(f"grain {number}".encode()).digest(page.width * page.height))
    return Image.blend(toned.filter(ImageFilter.GaussianBlur(0.45)), grain.filter(ImageFilter.BoxBlur(1)), 0.035)
