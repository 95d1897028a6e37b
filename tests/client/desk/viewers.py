"""Other people's programs that show PDF files: what they draw of a page, at a pixel a point."""

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops

from tests.services.missing import service_missing


def poppler(path: Path) -> Image.Image:
    return _drawn_by("poppler-utils", "pdftoppm", "-r", "72", "-cropbox", "-singlefile", "-png", str(path))


def mupdf(path: Path) -> Image.Image:
    return _drawn_by("mupdf-tools", "mutool", "draw", "-q", "-r", "72", "-F", "png", "-o", "-", str(path), "1")


def pdfium(path: Path) -> Image.Image:
    document = pypdfium2.PdfDocument(path)
    try:
        drawn: Image.Image = document[0].render(scale=1).to_pil()
        return drawn.convert("RGB")
    finally:
        document.close()


ALL: tuple[Callable[[Path], Image.Image], ...] = (poppler, mupdf, pdfium)


def changed(before: Image.Image, after: Image.Image) -> Image.Image:
    """White where two pictures differ, else black."""
    assert before.size == after.size
    return ImageChops.difference(before, after).convert("L").point(lambda level: 255 if level > 8 else 0)


def _drawn_by(package: str, command: str, *arguments: str) -> Image.Image:
    if shutil.which(command) is None:
        service_missing(command, package=package)
    done = subprocess.run([command, *arguments], capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout)).convert("RGB")
