"""What the benches carry: papers that cannot be pressed, and a scan of three hundred pages.

Made once, in build/bench, and the same every time.
"""

import hashlib
import random
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
_ROUNDS = 5
_A4 = 595, 842
_PARCELS, _CONTOURS = 4_000, 60


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


def mix() -> Path:
    """Twenty-five pages that are heavy each in its way: scans, photographs, tables, maps, A3 on its side, and text."""
    return _made(FOLDER / "mix.pdf", _mix)


def _made(path: Path, make: Callable[[], bytes]) -> Path:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(make())
        unfinished.replace(path)
    return path


def _mix() -> bytes:
    made = pymupdf.open()
    papers = {each.data: pymupdf.open(each.path) for each in sample.papers()}
    tables, text = papers["budget_tables"], next(each for each in papers.values() if len(each) >= _ROUNDS)
    with pymupdf.open(scan()) as scanned:
        for number in range(_ROUNDS):
            made.insert_pdf(scanned, from_page=10 * number, to_page=10 * number)
            made.insert_pdf(tables, from_page=20 * number + 5, to_page=20 * number + 5)
            _draw_map(made.new_page(width=_A4[0], height=_A4[1]), number)
            _show_photograph(made.new_page(width=_A4[0], height=_A4[1]), number)
            if number % 2:
                made.insert_pdf(text, from_page=number, to_page=number)
            else:
                _draw_map(made.new_page(width=2 * _A4[0], height=_A4[1]), _ROUNDS + number)
    return bytes(made.tobytes(garbage=4, deflate=True, no_new_id=True))


def _draw_map(page: pymupdf.Page, number: int) -> None:
    """Parcels, filled and outlined, and contour lines."""
    dice = random.Random(number)
    width, height = page.rect.width, page.rect.height
    drawn = ["0.3 w"]
    for _ in range(_PARCELS):
        x, y = dice.uniform(0, width), dice.uniform(0, height)
        corners = [(x + dice.uniform(-9, 9), y + dice.uniform(-9, 9)) for _ in range(8)]
        colour = " ".join(f"{dice.uniform(0.6, 1):.2f}" for _ in range(3))
        path = " ".join(f"{u:.2f} {v:.2f} {'l' if at else 'm'}" for at, (u, v) in enumerate(corners))
        drawn.append(f"{colour} rg {path} b")
    for _ in range(_CONTOURS):
        x, y = dice.uniform(0, width), dice.uniform(0, height)
        drawn.append(f"{x:.2f} {y:.2f} m")
        for _ in range(200):
            x, y = x + dice.uniform(-4, 4), y + dice.uniform(-4, 4)
            drawn.append(f"{x:.2f} {y:.2f} l")
        drawn.append("S")
    document = page.parent
    contents = document.get_new_xref()
    document.update_object(contents, "<<>>")
    document.update_stream(contents, "\n".join(drawn).encode(), new=True)
    page.set_contents(contents)


def _show_photograph(page: pymupdf.Page, number: int) -> None:
    """Twelve million dots in colour, in no way smooth."""
    noise = hashlib.shake_256(b"photograph %d" % number).digest(500 * 375 * 3)
    coarse = Image.frombytes("RGB", (500, 375), noise)
    packed = BytesIO()
    coarse.resize((4_000, 3_000), Image.Resampling.BICUBIC).save(packed, "JPEG", quality=_QUALITY)
    page.insert_image(page.rect, stream=packed.getvalue(), rotate=90)


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
