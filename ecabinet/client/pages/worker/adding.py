"""What is added to a copy of a paper: annotations on its pages, bookmarks at the end of its outline."""

from typing import Final

from pymupdf import mupdf

_ENTRIES_LIMIT: Final = 20_000


def parsed(document: mupdf.PdfDocument, source: str) -> mupdf.PdfObj:
    """The object that is written so."""
    stream = mupdf.fz_open_buffer(mupdf.fz_new_buffer_from_copied_data(source.encode()))
    return mupdf.pdf_parse_stm_obj(document, stream, mupdf.PdfLexbuf(mupdf.PDF_LEXBUF_SMALL))


def _reference(document: mupdf.PdfDocument, page: mupdf.PdfObj) -> mupdf.PdfObj:
    """A reference to a page; the page itself where the paper has it in the midst of its tree."""
    number = mupdf.pdf_to_num(page)
    return mupdf.pdf_new_indirect(document, number, 0) if number else page


def hang(document: mupdf.PdfDocument, index: int, annotations: list[mupdf.PdfObj]) -> None:
    """On their page, behind those that hang there already. The list is new: two pages may have shared the old one."""
    page = mupdf.pdf_lookup_page_obj(document, index)
    before = mupdf.pdf_dict_gets(page, "Annots")
    hung = mupdf.pdf_copy_array(before) if mupdf.pdf_is_array(before) else mupdf.pdf_new_array(document, 1)
    for annotation in annotations:
        mupdf.pdf_array_push(hung, annotation)
        if mupdf.pdf_to_num(page):
            mupdf.pdf_dict_puts(annotation, "P", _reference(document, page))
    mupdf.pdf_dict_puts(page, "Annots", hung)


def shelve(document: mupdf.PdfDocument, bookmarks: list[tuple[str, int, float, float]], shelf: str) -> None:
    """Bookmarks as entries below one more entry at the end of the outline."""
    catalogue = mupdf.pdf_dict_gets(mupdf.pdf_trailer(document), "Root")
    outline = mupdf.pdf_dict_gets(catalogue, "Outlines")
    if not (mupdf.pdf_is_dict(outline) and mupdf.pdf_is_indirect(outline)):
        outline = mupdf.pdf_add_object(document, parsed(document, "<</Type/Outlines>>"))
        mupdf.pdf_dict_puts(catalogue, "Outlines", outline)
    top = _entry(document, outline, _last_of(outline), shelf)
    mupdf.pdf_dict_puts(top, "Count", mupdf.pdf_new_int(len(bookmarks)))
    last: mupdf.PdfObj | None = None
    for title, index, x, y in bookmarks:
        last = _entry(document, top, last, title)
        place = parsed(document, f"[/XYZ {x:.2f} {y:.2f} 0]")
        mupdf.pdf_array_insert(place, _reference(document, mupdf.pdf_lookup_page_obj(document, index)), 0)
        mupdf.pdf_dict_puts(last, "Dest", place)
    shown = max(mupdf.pdf_to_int(mupdf.pdf_dict_gets(outline, "Count")), 0)
    mupdf.pdf_dict_puts(outline, "Count", mupdf.pdf_new_int(shown + 1 + len(bookmarks)))


def _entry(document: mupdf.PdfDocument, parent: mupdf.PdfObj, before: mupdf.PdfObj | None, title: str) -> mupdf.PdfObj:
    """One more entry at the end of its parent's."""
    entry = mupdf.pdf_add_object(document, parsed(document, f"<</Title{title}>>"))
    mupdf.pdf_dict_puts(entry, "Parent", parent)
    if before is None:
        mupdf.pdf_dict_puts(parent, "First", entry)
    else:
        mupdf.pdf_dict_puts(entry, "Prev", before)
        mupdf.pdf_dict_puts(before, "Next", entry)
    mupdf.pdf_dict_puts(parent, "Last", entry)
    return entry


def _last_of(outline: mupdf.PdfObj) -> mupdf.PdfObj | None:
    """The last entry at the top of the outline, if it has one; where a damaged outline does not say, it is sought."""
    last = mupdf.pdf_dict_gets(outline, "Last")
    if mupdf.pdf_is_dict(last):
        return last
    entry = mupdf.pdf_dict_gets(outline, "First")
    for _ in range(_ENTRIES_LIMIT):
        following = mupdf.pdf_dict_gets(entry, "Next")
        if not mupdf.pdf_is_dict(following):
            break
        entry = following
    return entry if mupdf.pdf_is_dict(entry) else None


class Output(mupdf.FzOutput2):  # type: ignore[misc]
    """Writes into memory what follows the first `skipped` bytes. `written` counts on where there is no room."""

    def __init__(self, memory: memoryview, skipped: int) -> None:
        super().__init__()
        self.use_virtual_write()
        self.use_virtual_tell()
        self._memory = memory
        self._skipped = skipped
        self._at = 0

    @property
    def written(self) -> int:
        return max(self._at - self._skipped, 0)

    def write(self, _context: object, data: object, length: int) -> None:
        begin, end = self._at - self._skipped, self._at - self._skipped + length
        self._at += length
        if 0 < end <= len(self._memory):
            part = mupdf.raw_to_python_bytes(data, length)
            self._memory[max(begin, 0) : end] = part[max(-begin, 0) :]

    def tell(self, _context: object) -> int:
        return self._at
