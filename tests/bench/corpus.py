"""What the benches carry: papers that cannot be pressed, and a scan of three hundred pages.

Made once, in build/bench, and the same every time.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import pymupdf
from PIL import Image

from ecabinet.papers import sample

FOLDER = Path(__file__).parents[2] / "build" / "bench"
SCANNED_PAGES = 300
_DOTS_PER_INCH = 200
_GRAIN = 0.06
_QUALITY = 78


def papers(count: int, size: int) -> list[Path]:
    """So many PDF files of some `size` bytes, each with an incompressible content of its own."""
    return [
        _made(FOLDER / f"papers-{size}" / f"{number:04}.pdf", partial(_paper, number, size)) for number in range(count)
    ]


def scan() -> Path:
    """A scan in colour of the sample's paper of 300 pages: one JPEG a page, some 150 MB in all, and no words."""
    return _made(FOLDER / "scan.pdf", _scan)


def long_text(pages: int) -> Path:
    """So many pages of the sample's papers that say something, over and over."""
    return _made(FOLDER / f"text-{pages}.pdf", partial(_long_text, pages))


def _made(path: Path, make: Callable[[], bytes]) -> Path:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(make())
        unfinished.replace(path)
    return path


def _paper(number: int, size: int) -> bytes:
    made = pymupdf.open()
    made.new_page()
    filling = made.get_new_xref()
    made.update_object(filling, "<<>>")
    made.update_stream(filling, hashlib.shake_256(b"paper %d" % number).digest(size), compress=False, new=True)
    return bytes(made.tobytes(no_new_id=True))


def _scan() -> bytes:
    (paper,) = (each for each in sample.papers() if each.data == "budget_tables")
    made = pymupdf.open()
    with pymupdf.open(paper.path) as source:
        for number, page in enumerate(source):
            drawn = page.get_pixmap(dpi=_DOTS_PER_INCH)
            image = Image.frombytes("RGB", (drawn.width, drawn.height), drawn.samples)
            grain = hashlib.shake_256(b"grain %d" % number).digest(len(drawn.samples))
            packed = BytesIO()
            Image.blend(image, Image.frombytes("RGB", image.size, grain), _GRAIN).save(packed, "JPEG", quality=_QUALITY)
            sheet = made.new_page(width=page.rect.width, height=page.rect.height)
            sheet.insert_image(sheet.rect, stream=packed.getvalue())
    return bytes(made.tobytes(no_new_id=True))


def _long_text(pages: int) -> bytes:
    made = pymupdf.open()
    sources = [pymupdf.open(paper.path) for paper in sample.papers()]
    sources = [source for source in sources if source[0].get_text().strip()]
    while len(made) < pages:
        for source in sources:
            wanted = min(len(source), 20, pages - len(made))
            if wanted:
                made.insert_pdf(source, to_page=wanted - 1)
    return bytes(made.tobytes(garbage=4, deflate=True, no_new_id=True))
