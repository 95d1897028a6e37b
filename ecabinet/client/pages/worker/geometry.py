"""How large the pages of a paper are, and where things lie on them: asked of all before the first is shown."""

import contextlib
import ctypes
from collections.abc import Iterator
from typing import Any, Final

from pymupdf import mupdf

from ecabinet.client.pages.worker.stream import Window

Shape = tuple[float, ...]
"""Of a page: width, height and the six numbers of the matrix."""
_LONGEST_SIDE: Final = 1e6


def shapes(document: mupdf.PdfDocument, window: Window) -> Iterator[Shape | None]:
    """Those of all pages; None for a page that is counted but can't be found."""
    if not window.holds_all:
        _load_leaves(document, window)
    geometry, inside = Geometry(), document.m_internal
    for index in range(mupdf.pdf_count_pages(document)):
        try:
            page = mupdf.ll_pdf_lookup_page_obj(inside, index)
            shape = geometry.of(page)
        except mupdf.FzErrorBase:
            yield None
            continue
        is_sane = mupdf.ll_pdf_is_dict(page) and all(0 < side < _LONGEST_SIDE for side in shape[:2])
        yield shape if is_sane else None


def _load_leaves(document: mupdf.PdfDocument, window: Window) -> None:
    """Have the pages at hand, many at once: the library looks at all of them, one by one, when it is asked for any.

    They lie all over the file. Where one list names them, as it mostly does, it says where.
    """
    catalogue = mupdf.pdf_dict_gets(mupdf.pdf_trailer(document), "Root")
    kids = mupdf.pdf_dict_gets(mupdf.pdf_dict_gets(catalogue, "Pages"), "Kids")
    count = min(mupdf.pdf_array_len(kids), mupdf.pdf_count_pages(document))
    for begin in range(0, count, window.at_once):
        leaves = [mupdf.pdf_array_get(kids, index) for index in range(begin, min(begin + window.at_once, count))]
        window.fetch_around(_places(document, leaves))
        for leaf in leaves:
            with contextlib.suppress(mupdf.FzErrorBase):
                mupdf.pdf_is_dict(leaf)  # reads it, for good


class Geometry:
    """Sizes of pages as shown, and the ways there from PDF space: crop box, /Rotate and /UserUnit taken in.

    The library writes into one place, which is read at once: number by number would take as long as all else that is
    done to open a paper of many pages.
    """

    def __init__(self) -> None:
        self._box, self._way = mupdf.fz_rect(), mupdf.fz_matrix()
        self._corners = (ctypes.c_float * 4).from_address(int(self._box.this))
        self._numbers = (ctypes.c_float * 6).from_address(int(self._way.this))
        self._known: dict[tuple[float, ...], Shape] = {}

    def of(self, page: Any) -> Shape:
        """Of a page's object as the library's own functions give it."""
        mupdf.ll_pdf_page_obj_transform(page, self._box, self._way)
        found = *self._corners, *self._numbers
        if found not in self._known:
            shown = mupdf.ll_fz_transform_rect(self._box, self._way)
            self._known[found] = shown.x1 - shown.x0, shown.y1 - shown.y0, *self._numbers
        return self._known[found]


def _places(document: mupdf.PdfDocument, references: list[mupdf.PdfObj]) -> Iterator[int]:
    """Where objects begin in the file; nothing of those that lie within others."""
    size = mupdf.pdf_xref_len(document)
    for reference in references:
        number = mupdf.pdf_to_num(reference)
        if 0 < number < size:
            entry = mupdf.ll_pdf_get_xref_entry_no_null(document.m_internal, number)
            if entry.type == "n":
                yield entry.ofs
