"""Printing, on a printer that writes PDF: which pages, how large, turned which way, with notes or without."""

import itertools
from pathlib import Path

import pymupdf
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPageRanges, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit

from ecabinet.client.pages import Matrix, Page
from ecabinet.client.ui.reader.note_sheets import Sheets, Written, _beside
from ecabinet.client.ui.reader.notes import YELLOW, page_anchor
from ecabinet.client.ui.reader.printing import PaperPrint, chosen
from ecabinet.client.ui.reader.screen import ReaderScreen
from tests.client.pages import samples
from tests.ui.body import Sitter, wait_until
from tests.ui.reader.shelf import Shelf, at_paper, view_in


def printer_to(path: Path) -> QPrinter:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    printer.setResolution(150)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    return printer


def colours(path: Path, page: int = 0) -> set[tuple[int, int, int]]:
    with pymupdf.open(path) as document:
        drawn = document[page].get_pixmap(dpi=50)
        return {drawn.pixel(x, y) for x in range(drawn.width) for y in range(drawn.height)}


def test_pages_are_printed_as_large_as_they_are_and_turned_where_they_lie(
    shelf: Shelf, chair: Sitter, tmp_path: Path
) -> None:
    (document,) = shelf.put(samples.quarters())
    chair.sync()
    hands = at_paper(chair, document)
    (printing,) = chair.window.findChildren(PaperPrint)
    screen = chair.window.screen_shown
    assert isinstance(screen, ReaderScreen)
    assert screen._line is not None
    printing.print_on(printer_to(tmp_path / "out.pdf"), screen._line, [0, 0], ())
    hands.hear("Đã chuyển tài liệu đến máy in.")
    with pymupdf.open(tmp_path / "out.pdf") as written:
        assert len(written) == 2
        width, height = written[0].rect.width, written[0].rect.height
        drawn = written[0].get_pixmap(dpi=72)
    assert (round(width), round(height)) == (595, 842)
    dark = [(x, y) for x in range(drawn.width) for y in range(drawn.height) if drawn.pixel(x, y) != (255, 255, 255)]
    xs, ys = [x for x, _ in dark], [y for _, y in dark]
    assert abs(max(xs) - min(xs) - 100) <= 3  # a page of 200 x 100 points, turned
    assert abs(max(ys) - min(ys) - 200) <= 3


@pytest.mark.long
def test_the_dialogue_prints_what_was_chosen_with_notes_or_without(shelf: Shelf, chair: Sitter, tmp_path: Path) -> None:
    (document,) = shelf.put(samples.paper(*([(85, 80, f"TRANG {page}")] for page in range(3)), size=40))
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    hands.keys("Shift+Right")
    wait_until(lambda: view.picker.selection is not None)
    hands.keys("F8")
    wait_until(lambda: view.marks)
    for with_notes in (True, False):
        path = tmp_path / f"{with_notes}.pdf"
        hands.keys("Ctrl+P")
        wait_until(lambda: QApplication.activeModalWidget() is not None)
        dialogue = QApplication.activeModalWidget()
        assert isinstance(dialogue, QPrintDialog)
        notes, file = dialogue.findChild(QCheckBox, "print_notes"), dialogue.findChild(QLineEdit, "filename")
        assert notes is not None
        assert file is not None
        assert not notes.isChecked()  # they are private
        notes.setChecked(with_notes)
        file.setText(str(path))
        dialogue.accept()
        wait_until(lambda path=path: path.exists() and path.stat().st_size and chair.is_settled())  # type: ignore[misc]
        hands.hear("Đã chuyển tài liệu đến máy in.")
        with pymupdf.open(path) as written:
            assert len(written) == 3
        is_marked = any(max(colour) - min(colour) > 60 for colour in colours(path))  # in whatever colour was used last
        assert is_marked is with_notes
    hands.hear("Ghi chú không được in.")


def test_ranges_are_kept_to(qapp: QApplication, tmp_path: Path) -> None:
    printer = printer_to(tmp_path / "out.pdf")
    assert chosen(printer, 4, 9) == list(range(9))
    printer.setPrintRange(QPrinter.PrintRange.CurrentPage)
    assert chosen(printer, 4, 9) == [4]
    printer.setPrintRange(QPrinter.PrintRange.PageRange)
    printer.setPageRanges(QPageRanges.fromString("2-3,7"))
    assert chosen(printer, 4, 9) == [1, 2, 6]


@pytest.mark.qt_log_ignore("QPainter", "QPdf")
def test_a_printer_that_takes_nothing_is_told(shelf: Shelf, chair: Sitter, tmp_path: Path) -> None:
    (document,) = shelf.put(samples.prose(1))
    chair.sync()
    hands = at_paper(chair, document)
    (printing,) = chair.window.findChildren(PaperPrint)
    screen = chair.window.screen_shown
    assert isinstance(screen, ReaderScreen)
    assert screen._line is not None
    printing.print_on(printer_to(tmp_path / "no" / "such" / "out.pdf"), screen._line, [0], ())
    hands.hear("Không in được tài liệu.")


def test_printing_goes_on_when_one_leaves_the_paper(shelf: Shelf, chair: Sitter, tmp_path: Path) -> None:
    (document,) = shelf.put(samples.prose(6))
    chair.sync()
    hands = at_paper(chair, document)
    (printing,) = chair.window.findChildren(PaperPrint)
    screen = chair.window.screen_shown
    assert isinstance(screen, ReaderScreen)
    assert screen._line is not None
    path = tmp_path / "out.pdf"
    printing.print_on(printer_to(path), screen._line, range(6), ())
    wait_until(path.exists)
    hands.keys("Alt+Left")
    hands.see("meetings")
    wait_until(chair.is_settled)
    with pymupdf.open(path) as written:
        assert len(written) == 6


def text_of(path: Path) -> list[str]:
    """What each sheet says, its lines one after another."""
    with pymupdf.open(path) as written:
        return [" ".join(page.get_text().split()) for page in written]


def test_what_notes_say_follows_the_pages_under_the_numbers_that_stand_on_them(
    shelf: Shelf, chair: Sitter, tmp_path: Path
) -> None:
    (document,) = shelf.put(samples.prose(3))
    chair.sync()
    hands = at_paper(chair, document)
    line = chair.do(lambda: chair.desk.papers.one(document))
    place = {page: page_anchor(line.digest, page) for page in range(3)}
    for page, text in ((2, "Nội dung trang ba"), (0, "Đề nghị làm rõ"), (0, "Thêm một ý"), (1, "Trang không in")):
        chair.do(lambda page=page, text=text: chair.desk.notes.write(document, place[page], text, YELLOW))  # type: ignore[misc]
    notes = chair.do(lambda: chair.desk.notes.of_paper(document))
    (printing,) = chair.window.findChildren(PaperPrint)
    printing.print_on(printer_to(tmp_path / "out.pdf"), line, [0, 2], notes)
    hands.hear("Đã chuyển tài liệu đến máy in.")
    first, last, sheet = text_of(tmp_path / "out.pdf")
    assert {*first.split()} == {"1", "2"}  # the pages are pictures: only their numbers are words
    assert last.split() == ["3"]
    assert sheet.startswith(f"Ghi chú trên tài liệu {line.title}")
    assert "người in: Chủ tịch UBND tỉnh" in sheet
    assert "Trang 1 Đề nghị làm rõ" in sheet
    assert "3 Trang 3 Nội dung trang ba" in sheet
    assert "Trang không in" not in sheet
    assert sheet.endswith("Ghi chú 1/1")
    printer = printer_to(tmp_path / "back.pdf")
    printer.setPageOrder(QPrinter.PageOrder.LastPageFirst)
    printing.print_on(printer, line, [0, 2], notes)
    wait_until(lambda: chair.is_settled() and (tmp_path / "back.pdf").exists())
    assert text_of(tmp_path / "back.pdf") == [sheet, last, first]


def test_long_notes_go_on_overleaf_and_nothing_of_them_is_cut(dressed: QApplication, tmp_path: Path) -> None:
    long = " ".join(f"từ{at}" for at in range(900))
    written = [
        Written(number=at, key=f"{at}", head=f"Trang {at}", quote="“Trích”", said=(("", f"Ý kiến {at}\n{long}"),))
        for at in (1, 2, 3)
    ]
    printer = printer_to(tmp_path / "out.pdf")
    painter = QPainter(printer)
    sheets = Sheets(paper="Tờ trình", about="421/TTr-STC", written=tuple(written))
    leaves = sheets.on(printer, QRectF(painter.viewport()))
    for at, leaf in enumerate(leaves):
        if at:
            printer.newPage()
        for draw in leaf:
            draw(painter)
    painter.end()
    said = text_of(tmp_path / "out.pdf")
    assert len(said) == len(leaves) > 3
    together = " ".join(said)
    assert [together.count(f"từ{at} ") for at in (0, 450, 899)] == [3, 3, 3]
    with pymupdf.open(tmp_path / "out.pdf") as pages:
        for page in pages:
            assert all(page.rect.contains(pymupdf.Rect(word[:4])) for word in page.get_text("words"))


def test_numbers_of_many_notes_on_a_line_lie_beside_one_another(dressed: QApplication) -> None:
    page = Page(width=595, height=842, matrix=Matrix(a=1, b=0, c=0, d=-1, e=0, f=842))
    placed = sorted(
        _beside([(100.0, at) for at in range(1, 30)] + [(830.0, at) for at in range(30, 40)], page),
        key=lambda each: each[0],
    )
    areas = [area for _, area in placed]
    assert [count for count, _ in placed] == list(range(1, 40))
    assert all(QRectF(0, 0, 595, 842).contains(area) for area in areas)
    assert not any(one.intersects(other) for one, other in itertools.combinations(areas, 2))
    assert all(abs(area.top() - 100) <= 12 for area in areas[:29])
    assert areas[0].right() < areas[1].left()
