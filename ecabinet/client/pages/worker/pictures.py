"""Plain JPEG pictures of a page, decoded by libjpeg-turbo before the library draws it: a scan is little else.

The library's own decoder knows no vector instructions and takes half the time of a scanned page. What is decoded here
is put where the library keeps the pictures it has loaded. Everything else about the page stays with the library, and so
does every picture about which there is any doubt: what is left alone here is drawn as ever.
"""

import ctypes
import struct
from collections.abc import Iterator
from itertools import islice
from typing import Final

from PIL import (
    Image,
    ImageFile,  # noqa: F401 - else it would be brought in when no file can be opened any more
)
from pymupdf import mupdf

_MOST: Final = 3
"""Pictures on a page: so many take no longer here than one takes the library, should only one of them be shown."""
_NAMES_LIMIT: Final = 50
_PIXELS_LIMIT: Final = 40_000_000
"""Of one picture, which takes 280 MB while it is decoded."""
_FINER: Final = 4
"""So many pixels for each of the page's at most: of finer ones the library decodes a smaller picture."""
_ROWS: Final = 64

_START, _MARK, _SCAN, _ADOBE = b"\xff\xd8", 0xFF, 0xDA, 0xEE
_FRAMES: Final = {0xC0, 0xC1, 0xC2}
"""Baseline, extended and progressive, by Huffman's code (ITU-T T.81, table B.1)."""
_OTHERS: Final = {0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)}
"""Tables, the restart interval, comments, and what programs say."""
_BITS: Final = 8
_FRAME, _FRAME_COLOUR = struct.Struct("!BHHB"), 3
_ADOBE_NAME, _ADOBE_TRANSFORM = b"Adobe", 11

_MODES: Final = {1: ("L", "L"), 3: ("RGB", "YCbCr")}
"""By colours, what comes out and what is in the file: three are YCbCr to the library, unless Adobe's marker says no."""


class Pictures:
    """Those of the one page that is shown."""

    def __init__(self) -> None:
        self._held: list[tuple[mupdf.PdfObj, mupdf.FzImage]] = []

    def decode(self, document: mupdf.PdfDocument, page: mupdf.PdfPage, scale: float) -> None:
        """Have them at hand, for a page that is shown in `scale` pixels a point; what is there already stays."""
        bounds = page.super().fz_bound_page()
        most = _FINER * (bounds.x1 - bounds.x0) * (bounds.y1 - bounds.y0) * scale**2
        for reference in _candidates(mupdf.pdf_page_resources(page)):
            try:
                image = mupdf.pdf_load_image(document, reference)
                if _is_plain(image) and image.w() * image.h() <= min(most, _PIXELS_LIMIT):
                    self._hold(reference, _decoded(image))
            except (mupdf.FzErrorBase, MemoryError, OSError, ValueError):  # the library has its turn next
                continue

    def let_go(self) -> None:
        """Another page comes: at once, so that its pictures take the same memory."""
        while self._held:
            _remove(*self._held.pop())

    def _hold(self, reference: mupdf.PdfObj, image: mupdf.FzImage) -> None:
        _remove(reference, image)
        mupdf.ll_pdf_store_item(reference.m_internal, image.m_internal, mupdf.fz_image_size(image))
        self._held.append((reference, image))


def _remove(reference: mupdf.PdfObj, image: mupdf.FzImage) -> None:
    """The library keeps things by what drops them, which is the same function for all pictures."""
    mupdf.ll_pdf_remove_item(image.m_internal.key_storable.storable.drop, reference.m_internal)


def _candidates(resources: mupdf.PdfObj) -> list[mupdf.PdfObj]:
    """Pictures that are a JPEG and no more, of a page that names but few. Those within forms are the library's."""
    named = mupdf.pdf_dict_gets(resources, "XObject")
    count = mupdf.pdf_dict_len(named)
    if count > _NAMES_LIMIT:
        return []
    references = (mupdf.pdf_dict_get_val(named, index) for index in range(count))
    found = list(islice(filter(_is_jpeg, references), _MOST + 1))
    return found if len(found) <= _MOST else []


def _is_jpeg(reference: mupdf.PdfObj) -> bool:
    coded, told = (mupdf.pdf_dict_gets(reference, key) for key in ("Filter", "DecodeParms"))
    if mupdf.pdf_array_len(coded) == 1:
        coded = mupdf.pdf_array_get(coded, 0)
    is_alone = mupdf.pdf_to_name(coded) == "DCTDecode" and mupdf.pdf_is_null(told)
    return bool(is_alone and mupdf.pdf_is_indirect(reference))


def _is_plain(image: mupdf.FzImage) -> bool:
    """Whether it is still to be decoded, to 8 bits of gray or RGB, and shown just as the file says."""
    inside = image.m_internal
    packed = mupdf.ll_fz_compressed_image_buffer(inside)
    if not packed or packed.params.type != mupdf.FZ_IMAGE_JPEG or inside.bpc != _BITS or not inside.colorspace:
        return False
    if inside.imagemask or inside.mask or inside.use_colorkey or inside.use_decode or inside.has_intent:
        return False
    is_of = {1: mupdf.ll_fz_colorspace_is_gray, 3: mupdf.ll_fz_colorspace_is_rgb}.get(inside.n)
    return is_of is not None and bool(is_of(inside.colorspace))


def _decoded(image: mupdf.FzImage) -> mupdf.FzImage:
    """The same picture, of pixels. Raises ValueError for what is not decoded here."""
    inside = image.m_internal
    size, colours = (inside.w, inside.h), inside.n
    packed = mupdf.FzBuffer(mupdf.ll_fz_keep_buffer(mupdf.ll_fz_compressed_image_buffer(inside).buffer))
    data = mupdf.fz_buffer_storage_memoryview(packed)
    if shape(data) != (*size, colours):
        raise ValueError("not what the paper says, or not plain")
    mode, coded = _MODES[colours]
    picture = Image.new(mode, size, None)
    picture.frombytes(data, "jpeg", (mode, coded))  # not by `Image.open`, which reads more than is needed
    space = mupdf.FzColorspace(mupdf.ll_fz_keep_colorspace(inside.colorspace))
    pixmap = mupdf.fz_new_pixmap(space, *size, mupdf.FzSeparations(), 0)
    place = mupdf.fz_pixmap_samples_int(pixmap)
    for row in range(0, picture.height, _ROWS):
        band = picture.crop((0, row, picture.width, min(row + _ROWS, picture.height))).tobytes()
        ctypes.memmove(place, band, len(band))
        place += len(band)
    made = mupdf.fz_new_image_from_pixmap(pixmap, mupdf.FzImage())
    made.m_internal.interpolate = inside.interpolate
    return made


def shape(data: memoryview) -> tuple[int, int, int] | None:
    """Columns, rows and colours, by a JPEG's header; None where it is not plain.

    It is read so strictly that nobody can read it in another way: the decoder writes as much as it finds there.
    """
    said, is_coded = None, True
    for kind, body in _segments(data):
        if kind == _SCAN:
            return said if said is not None and (said[2] == 1 or is_coded) else None
        if kind in _FRAMES and said is None and len(body) >= _FRAME.size:
            bits, rows, columns, colours = _FRAME.unpack_from(body)
            if bits != _BITS or len(body) != _FRAME.size + _FRAME_COLOUR * colours:
                return None
            said = columns, rows, colours
        elif kind == _ADOBE and body.startswith(_ADOBE_NAME):
            is_coded = body[_ADOBE_TRANSFORM:][:1] == b"\x01"
        elif kind not in _OTHERS:
            return None
    return None


def _segments(data: memoryview) -> Iterator[tuple[int, bytes]]:
    """What a JPEG begins with: kinds, and what they say; up to where they do not follow one another."""
    place = len(_START) if data[: len(_START)] == _START else len(data)
    while place + 4 <= len(data) and data[place] == _MARK:
        length = int.from_bytes(data[place + 2 : place + 4])
        body = bytes(data[place + 4 : place + 2 + length])
        if len(body) != length - 2:
            return
        yield data[place + 1], body
        place += 2 + length
