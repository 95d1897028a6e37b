"""The page process itself: the only place where PyMuPDF runs.

It answers one request at a time, in JSON over the pipe it was born with: a paper that took this process over may write
there, so the client reads it as data and never unpickles it. What it needs of a paper it asks of the client, in the
middle of a request; pages are drawn straight into shared memory. It ends when the pipe closes and, even in the middle
of a page that never ends, soon after a request's time limit, whether the client lives or not.
"""

import faulthandler
import json
import re
import signal
import sys
import time
import unicodedata
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final

import pymupdf
from pymupdf import mupdf

from ecabinet.client.pages.confinement import confine
from ecabinet.client.pages.content import Matrix, Refusal, Unreadable
from ecabinet.client.pages.layout import Bounds, reading_order, union
from ecabinet.client.pages.shared import Borrowed
from ecabinet.client.pages.worker import links
from ecabinet.client.pages.worker.adding import Output, hang, parsed, shelve
from ecabinet.client.pages.worker.geometry import Geometry, Shape, shapes
from ecabinet.client.pages.worker.pictures import Pictures
from ecabinet.client.pages.worker.stream import Stream, Window, verify

PAGES_LIMIT: Final = 50_000
HEADINGS_LIMIT: Final = 20_000
_WARNINGS_LIMIT: Final = 20
_PROPERTY_LENGTH: Final = 500
_WARNING_LENGTH: Final = 200
_HEADER_WITHIN: Final = 1024  # ISO 32000-1, annex H, note 13: where readers look for %PDF-
_FALLBACK: Final[Shape] = (
    595.0,
    842.0,
    1.0,
    0.0,
    0.0,
    -1.0,
    0.0,
    842.0,
)  # what a page that can't be found is shown as
_MEANT: Final = str.maketrans({"\u00ad": "-", "\u00d0": "Đ", "\u00f0": "đ"})
"""What many fonts say of their only hyphen, and of the letter Đ: that it is a soft hyphen, an Icelandic letter."""
_GRACE: Final = 1.0  # seconds the client has to end this process before it ends itself
_STORE_SECONDS: Final = 0.2
_SMALL_SIDE: Final = 256  # pixels
_WORDS: Final = mupdf.FZ_STEXT_PRESERVE_WHITESPACE | mupdf.FZ_STEXT_CLIP

_LOSS: Final = re.compile(r" error: |not a stream|cannot load|truncated")
"""What the library says when something on a page is not shown."""
_COLOURS: Final = mupdf.FzColorspace(mupdf.FzColorspace.Fixed_BGR)

_Words = list[tuple[str, float, float, float, float, int, int]]


class _Refused(Exception):
    def __init__(self, refusal: Refusal, *, takes_password: bool = False) -> None:
        self.refusal = refusal
        self.takes_password = takes_password


class _Failed(Exception):
    def __init__(self, reason: Unreadable) -> None:
        self.reason = reason


def serve(connection: Connection, memory: int) -> None:
    """Answer until the pipe closes, and take at most `memory` bytes of one's own meanwhile."""
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which ends the process: see _die_after
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the client, which then closes the pipe
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    verify()
    reply: dict[str, Any] = {"done": confine(memory)}  # the first word: ready, and whether confined
    reader = _Reader(connection)
    while True:
        try:
            connection.send_bytes(json.dumps(reply, separators=(",", ":")).encode())
            request = json.loads(connection.recv_bytes())
            reader.borrow(request)
        except (EOFError, OSError):
            return
        _die_after(request["seconds"] + _GRACE)
        reply = reader.answer(request)
        _live_on()


if sys.platform == "win32":

    def _die_after(seconds: float) -> None:
        faulthandler.dump_traceback_later(seconds, exit=True)

    def _live_on() -> None:
        faulthandler.cancel_dump_traceback_later()

else:
    # The library holds the interpreter for a whole page, so no thread of ours could end it: the system must.
    def _die_after(seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def _live_on() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A paper as the library has it open. The stream goes last."""

    document: mupdf.PdfDocument
    stream: Stream


class _Reader:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._blocks: dict[int, Borrowed] = {}
        self._windows: dict[int, Window] = {}
        self._papers: dict[int, _Open] = {}
        self._indices: dict[int, dict[int, int]] = {}
        """Of each paper, the pages by the numbers of their objects."""
        self._page: tuple[tuple[int, int], mupdf.PdfPage] | None = None
        self._pictures = Pictures()
        self._drawing_seconds = 0.0

    def borrow(self, request: dict[str, Any]) -> None:
        for block in request["blocks"]:
            self._blocks[block["id"]] = Borrowed(
                self._connection, size=block["size"], name=block["name"], is_writable=request["do"] != "open"
            )
        for identity in request["forget"]:
            del self._blocks[identity]
            self._windows.pop(identity, None)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        pymupdf.TOOLS.reset_mupdf_warnings()
        try:
            return {"done": getattr(self, f"do_{request['do']}")(**request["with"])}
        except _Refused as refused:
            return {"refused": refused.refusal, "takes_password": refused.takes_password}
        except _Failed as failed:
            return {"failed": failed.reason}
        except MemoryError:
            return {"failed": Unreadable.TOO_LARGE}
        except mupdf.FzErrorBase as error:
            return {"failed": Unreadable.TOO_LARGE if _wants_memory(error) else Unreadable.DAMAGED}

    # -- what may be asked

    def do_open(self, paper: int, size: int, password: str) -> dict[str, Any]:
        window = self._windows[paper] = Window(self._connection, self._blocks[paper], paper=paper, size=size)
        if b"%PDF-" not in window.begin(_HEADER_WITHIN):
            raise _Refused(Refusal.NOT_PDF)
        try:
            opened = _open(window, password)
            document = opened.document
            if mupdf.pdf_count_pages(document) > PAGES_LIMIT:
                raise _Refused(Refusal.TOO_LARGE)
            pages = list(shapes(document, window))
        except mupdf.FzErrorBase as error:
            if _wants_memory(error):
                raise _Refused(Refusal.TOO_LARGE) from None
            raise _Refused(Refusal.ENCRYPTED if "crypt" in str(error) else Refusal.DAMAGED) from None
        is_repaired = bool(mupdf.pdf_was_repaired(document))
        if all(page is None for page in pages):
            raise _Refused(Refusal.DAMAGED if pages or is_repaired else Refusal.NO_PAGES)
        self._papers[paper] = opened
        numbers = {shape: number for number, shape in enumerate(dict.fromkeys(page or _FALLBACK for page in pages))}
        claimed = {"title": _property(document, "info:Title"), "author": _property(document, "info:Author")}
        shown = [numbers[page or _FALLBACK] for page in pages]
        about = {"repaired": is_repaired, "warnings": _take_warnings()}
        return {"shapes": list(numbers), "pages": shown, **about, **claimed}

    def do_close(self, paper: int) -> None:
        self._page = None
        self._pictures.let_go()
        self._papers.pop(paper, None)
        self._indices.pop(paper, None)
        mupdf.fz_empty_store()

    def do_draw(
        self, *, paper: int, page: int, scale: float, rotation: int, night: bool, region: list[int], frame: int
    ) -> dict[str, Any]:
        x, y, width, height = region
        area = mupdf.FzIrect(x, y, x + width, y + height)
        samples = mupdf.python_mutable_buffer_data(self._blocks[frame].memory)
        pixmap = mupdf.fz_new_pixmap_with_bbox_and_data(_COLOURS, area, mupdf.FzSeparations(), 1, samples)
        loaded = self._load(paper, page)
        self._pictures.decode(self._papers[paper].document, loaded, scale)
        is_complete = self._draw(loaded, pixmap, scale, rotation)
        if night:
            mupdf.fz_invert_pixmap_luminance(pixmap)
        return {"complete": is_complete}

    def do_check(self, paper: int, page: int) -> dict[str, Any]:
        """Draw the page small, for nobody: whatever is wrong with it shows."""
        self._page = None  # some faults are told on loading only
        loaded = self._load(paper, page)
        bounds = loaded.super().fz_bound_page()
        scale = _SMALL_SIDE / max(bounds.x1 - bounds.x0, bounds.y1 - bounds.y0, 1.0)
        area = mupdf.FzIrect(0, 0, _SMALL_SIDE, _SMALL_SIDE)
        pixmap = mupdf.fz_new_pixmap_with_bbox(_COLOURS, area, mupdf.FzSeparations(), 1)
        return {"complete": self._draw(loaded, pixmap, scale, 0)}

    def do_words(self, paper: int, page: int) -> _Words:
        return self._words(paper, page)

    def do_text(self, paper: int, page: int) -> str:
        """Words parted by spaces, lines by a line feed, blocks by an empty line."""
        parts: list[str] = []
        place: tuple[int, int] | None = None
        for text, _, _, _, _, block, line in self._words(paper, page):
            if place is not None:
                parts.append("\n\n" if block != place[0] else "\n" if line != place[1] else " ")
            parts.append(text)
            place = block, line
        return "".join(parts)

    def do_outline(self, paper: int) -> list[tuple[str, int, int]]:
        document = self._papers[paper].document.super()
        headings: list[tuple[str, int, int]] = []
        parents: list[mupdf.FzOutline] = []
        entry = mupdf.fz_load_outline(document)
        while len(headings) < HEADINGS_LIMIT:
            if not entry.m_internal:
                if not parents:
                    break
                entry = parents.pop().next()
                continue
            page = mupdf.fz_page_number_from_location(document, mupdf.FzLocation(entry.m_internal.page))
            headings.append((_clean(entry.m_internal.title or ""), len(parents) + 1, page))
            parents.append(entry)
            entry = entry.down()
        return headings

    def do_links(self, paper: int, page: int) -> list[links.Link]:
        if paper not in self._indices:
            self._indices[paper] = links.indices(self._papers[paper].document)
        return links.on_page(self._papers[paper].document, page, self._indices[paper])

    def do_annotate(
        self,
        *,
        paper: int,
        into: int,
        password: str,
        annotations: list[tuple[int, str, str, str, int | None]],
        bookmarks: list[tuple[str, int, float, float]],
        shelf: str,
    ) -> dict[str, Any]:
        """Of a copy of the paper, what comes after the paper's own bytes; or the whole copy, where it has to be new."""
        window = self._windows[paper]
        opened = _open(window, password)  # another than the one that is shown, which stays as it is
        document = opened.document
        named = {page for page, *_ in annotations} | {page for _, page, *_ in bookmarks}
        if not all(mupdf.pdf_is_dict(mupdf.pdf_lookup_page_obj(document, page)) for page in named):
            raise _Failed(Unreadable.DAMAGED)
        made: list[mupdf.PdfObj] = []
        by_page: dict[int, list[mupdf.PdfObj]] = {}
        for page, entries, form, drawing, belongs_to in annotations:
            annotation = mupdf.pdf_add_object(document, parsed(document, f"<<{entries}>>"))
            drawn = mupdf.fz_new_buffer_from_copied_data(drawing.encode())
            appearance = mupdf.pdf_add_stream(document, drawn, parsed(document, f"<<{form}>>"), 0)
            shown = parsed(document, "<<>>")
            mupdf.pdf_dict_puts(shown, "N", appearance)
            mupdf.pdf_dict_puts(annotation, "AP", shown)
            if belongs_to is not None:
                mupdf.pdf_dict_puts(annotation, "IRT", made[belongs_to])
                mupdf.pdf_dict_puts(annotation, "RT", parsed(document, "/Group"))
            made.append(annotation)
            by_page.setdefault(page, []).append(annotation)
        for page, hung in by_page.items():
            hang(document, page, hung)
        if bookmarks:
            shelve(document, bookmarks, shelf)
        # Bytes before the header shift every place in the file: nothing can be put behind them.
        is_whole = not (mupdf.pdf_can_be_saved_incrementally(document) and window.begin(5) == b"%PDF-")
        options = mupdf.PdfWriteOptions()
        options.do_incremental, options.do_compress = not is_whole, 1
        output = Output(self._blocks[into].memory, skipped=0 if is_whole else window.size)
        mupdf.pdf_write_document(document, output, options)
        mupdf.fz_close_output(output)
        if output.written > len(self._blocks[into].memory):
            raise _Failed(Unreadable.TOO_LARGE)
        return {"whole": is_whole, "size": output.written}

    # -- how

    def _load(self, paper: int, page: int) -> mupdf.PdfPage:
        """The page; the last one stays loaded, as its regions are asked for one after another.

        The library keeps decoded images and fonts, up to 256 MB of them. They are dropped on a turn of the page once
        drawing has taken so long that making them anew adds little: after some 3 scanned pages, or 100 of text.
        """
        if self._page is None or self._page[0] != (paper, page):
            self._page = None
            self._pictures.let_go()
            if self._drawing_seconds > _STORE_SECONDS:
                mupdf.fz_empty_store()
                self._drawing_seconds = 0.0
            document = self._papers[paper].document
            if not mupdf.pdf_is_dict(mupdf.pdf_lookup_page_obj(document, page)):
                raise _Failed(Unreadable.DAMAGED)  # the library would make an empty page of it
            self._page = (paper, page), mupdf.pdf_load_page(document, page)
        return self._page[1]

    def _draw(self, page: mupdf.PdfPage, pixmap: mupdf.FzPixmap, scale: float, rotation: int) -> bool:
        """Whether everything on the page could be drawn."""
        begun_at = time.perf_counter()
        bounds = page.super().fz_bound_page()
        width, height = (bounds.x1 - bounds.x0) * scale, (bounds.y1 - bounds.y0) * scale
        turn = {
            0: (scale, 0, 0, scale, 0, 0),
            90: (0, scale, -scale, 0, height, 0),
            180: (-scale, 0, 0, -scale, width, height),
            270: (0, -scale, scale, 0, 0, width),
        }[rotation]
        mupdf.fz_clear_pixmap_with_value(pixmap, 255)
        device = mupdf.fz_new_draw_device(mupdf.FzMatrix(*turn), pixmap)
        cookie = mupdf.FzCookie()
        mupdf.fz_run_page(page.super(), device, mupdf.FzMatrix(), cookie)
        mupdf.fz_close_device(device)
        self._drawing_seconds += time.perf_counter() - begun_at
        return not cookie.m_internal.errors and not _LOSS.search(pymupdf.TOOLS.mupdf_warnings())

    def _words(self, paper: int, page: int) -> _Words:
        loaded = self._load(paper, page)
        text = mupdf.FzStextPage(loaded.super().fz_bound_page())
        device = mupdf.fz_new_stext_device(text, mupdf.FzStextOptions(_WORDS))
        mupdf.fz_run_page(loaded.super(), device, mupdf.FzMatrix(), mupdf.FzCookie())  # with stamps and form fields
        mupdf.fz_close_device(device)
        inside = self._papers[paper].document.m_internal
        _, _, *to_shown = Geometry().of(mupdf.ll_pdf_lookup_page_obj(inside, page))
        to_pdf = Matrix(*to_shown).inverse()
        blocks: dict[int, _Words] = {}
        bounds: dict[int, Bounds] = {}
        for x0, y0, x1, y1, word, block, line, _ in pymupdf.extra.extractWORDS(text, None):
            bounds[block] = union(bounds.get(block), (x0, y0, x1, y1))
            (u0, v0), (u1, v1) = to_pdf.map(x0, y0), to_pdf.map(x1, y1)
            place = min(u0, u1), min(v0, v1), max(u0, u1), max(v0, v1)
            blocks.setdefault(block, []).append((_clean(word), *place, block, line))
        numbers = list(blocks)
        order = reading_order([bounds[number] for number in numbers])
        return [word for index in order for word in blocks[numbers[index]]]


def _open(window: Window, password: str) -> _Open:
    """As a PDF and nothing else: the library's readers of other formats stay out of reach."""
    stream = Stream(window)
    document = mupdf.PdfDocument(stream.stream)
    mupdf.pdf_disable_js(document)
    if mupdf.pdf_needs_password(document) and not mupdf.pdf_authenticate_password(document, password):
        raise _Refused(Refusal.ENCRYPTED, takes_password=True)
    return _Open(document=document, stream=stream)


def _clean(text: str) -> str:
    """In NFC, with the letters that are seen, and fit for UTF-8 whatever the paper claims."""
    return unicodedata.normalize("NFC", text.translate(_MEANT)).encode("utf-8", "replace").decode()


def _property(document: mupdf.PdfDocument, name: str) -> str:
    """What the file says of itself; empty where it says nothing."""
    try:
        return _clean(mupdf.fz_lookup_metadata2(document.super(), name)[:_PROPERTY_LENGTH])
    except mupdf.FzErrorBase:
        return ""


def _take_warnings() -> list[str]:
    lines = dict.fromkeys(pymupdf.TOOLS.mupdf_warnings().splitlines())
    return [_clean(line[:_WARNING_LENGTH]) for line in list(lines)[:_WARNINGS_LIMIT]]


def _wants_memory(error: Exception) -> bool:
    return isinstance(error, mupdf.FzErrorSystem) and "alloc" in str(error)
