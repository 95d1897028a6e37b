"""The links of a page, read from its annotations: the library's own list may take minutes on one hostile page."""

import contextlib
import time
from typing import Final

from pymupdf import mupdf

Link = tuple[float, float, float, float, str, int | None, float | None, str]
"""The sides of the box, the kind of target, the page, the height on it, the address."""

LINKS_LIMIT: Final = 5_000
_ANNOTATIONS_LIMIT: Final = 50_000
_ADDRESS_LENGTH: Final = 2_048
_SECONDS: Final = 1.0  # a name may be looked for in a long list, and each link may have one
_FARTHEST: Final = 1e6
_HEIGHT_AT: Final = {"XYZ": 3, "FitH": 2, "FitBH": 2, "FitR": 5}
_NOWHERE: Final = ("nowhere", None, None, "")


def indices(document: mupdf.PdfDocument) -> dict[int, int]:
    """The pages by the numbers of their objects."""
    found: dict[int, int] = {}
    for index in range(mupdf.pdf_count_pages(document)):
        with contextlib.suppress(mupdf.FzErrorBase):  # one that can't be found is led to by nothing
            found[mupdf.pdf_to_num(mupdf.pdf_lookup_page_obj(document, index))] = index
    found.pop(0, None)
    return found


def on_page(document: mupdf.PdfDocument, page: int, pages: dict[int, int]) -> list[Link]:
    """In the order of the file. Of very many, or where finding what they lead to takes long, the first."""
    annotations = mupdf.pdf_dict_gets(mupdf.pdf_lookup_page_obj(document, page), "Annots")
    until, links = time.monotonic() + _SECONDS, list[Link]()
    for index in range(min(mupdf.pdf_array_len(annotations), _ANNOTATIONS_LIMIT)):
        if len(links) == LINKS_LIMIT or time.monotonic() > until:
            break
        annotation = mupdf.pdf_array_get(annotations, index)
        if mupdf.pdf_to_name(mupdf.pdf_dict_gets(annotation, "Subtype")) == "Link":
            rect = mupdf.pdf_to_rect(mupdf.pdf_dict_gets(annotation, "Rect"))
            sides = rect.x0, rect.y0, rect.x1, rect.y1
            if all(abs(side) < _FARTHEST for side in sides):
                links.append((*sides, *_target(document, annotation, pages)))
    return links


def _target(
    document: mupdf.PdfDocument, link: mupdf.PdfObj, pages: dict[int, int]
) -> tuple[str, int | None, float | None, str]:
    action, place = mupdf.pdf_dict_gets(link, "A"), mupdf.pdf_dict_gets(link, "Dest")
    if mupdf.pdf_is_dict(action):
        kind = mupdf.pdf_to_name(mupdf.pdf_dict_gets(action, "S"))
        if kind == "URI":
            written = mupdf.pdf_to_text_string(mupdf.pdf_dict_gets(action, "URI"))
            return "address", None, None, written[:_ADDRESS_LENGTH].encode("utf-8", "replace").decode()
        if kind != "GoTo":
            return "forbidden", None, None, ""
        place = mupdf.pdf_dict_gets(action, "D")
    try:
        return _place(document, place, pages)
    except mupdf.FzErrorBase:  # names in a circle
        return _NOWHERE


def _place(
    document: mupdf.PdfDocument, place: mupdf.PdfObj, pages: dict[int, int]
) -> tuple[str, int | None, float | None, str]:
    if mupdf.pdf_is_name(place) or mupdf.pdf_is_string(place):
        place = mupdf.pdf_lookup_dest(document, place)
    if mupdf.pdf_is_dict(place):
        place = mupdf.pdf_dict_gets(place, "D")
    target = mupdf.pdf_array_get(place, 0)
    index = mupdf.pdf_to_int(target) if mupdf.pdf_is_int(target) else pages.get(mupdf.pdf_to_num(target))
    if index is None or not 0 <= index < mupdf.pdf_count_pages(document):
        return _NOWHERE
    at = _HEIGHT_AT.get(mupdf.pdf_to_name(mupdf.pdf_array_get(place, 1)))
    height = None if at is None else mupdf.pdf_array_get(place, at)
    if height is None or not mupdf.pdf_is_number(height):
        return "place", index, None, ""
    y = mupdf.pdf_to_real(height)
    return "place", index, y if abs(y) < _FARTHEST else None, ""
