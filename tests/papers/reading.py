"""What a PDF says, read by libraries that had no part in making it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pypdfium2
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject


@dataclass(frozen=True, slots=True)
class Page:
    """Text with line ends, and size in whole millimetres."""

    text: str
    size: tuple[int, int]


def pages(pdf: bytes) -> list[Page]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_page(page) for page in document]
    finally:
        document.close()


def _page(page: Any) -> Page:
    text = page.get_textpage()
    words = text.get_text_range().replace("\r\n", "\n").replace("\ufffe", "")
    size = (round(page.get_width() * 25.4 / 72), round(page.get_height() * 25.4 / 72))
    text.close()
    page.close()
    return Page(words, size)


def words(pdf: bytes) -> str:
    """The whole text with single spaces, so that line ends do not part it."""
    return " ".join(" ".join(page.text for page in pages(pdf)).split())


def fonts(reader: PdfReader) -> set[str]:
    """The names of all fonts; each must be embedded."""
    return {name for page in reader.pages for name in _fonts(page)}


def _fonts(page: Any) -> Iterator[str]:
    for font in _get(_get(page, "/Resources"), "/Font").values():
        descendant = cast("DictionaryObject", font.get_object()["/DescendantFonts"][0].get_object())
        assert "/FontFile2" in _get(descendant, "/FontDescriptor"), "a font is not embedded"
        yield str(font.get_object()["/BaseFont"]).partition("+")[2]


def _get(holder: Any, key: str) -> DictionaryObject:
    found = holder.get(key, DictionaryObject())
    return cast("DictionaryObject", found.get_object() if isinstance(found, IndirectObject) else found)
