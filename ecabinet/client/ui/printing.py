"""A slip of text on paper, by the system's own print dialogue."""

from PySide6.QtGui import QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QWidget

from ecabinet.client.ui import theme

_POINTS = 14
"""As on official papers. A font in pixels is one of the printer's, and too small to be read."""


def print_text(over: QWidget, text: str) -> None:
    """Ask for a printer and print a text on it; nothing of it stays on the disk."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialogue = QPrintDialog(printer, over.window())

    def print_it() -> None:
        font = theme.font()
        font.setPointSizeF(_POINTS)
        document = QTextDocument()
        document.setDefaultFont(font)
        document.setPlainText(text)
        document.print_(printer)

    dialogue.accepted.connect(print_it)
    open_print_dialogue(dialogue)


def open_print_dialogue(dialogue: QPrintDialog) -> None:
    """Show it without a second event loop; its window has the keyboard again when it goes."""

    def hand_keyboard_back() -> None:
        covered = dialogue.parentWidget()  # never kept: as in `Sheet`
        if covered is not None:
            covered.activateWindow()  # not every system has a window manager that does

    dialogue.finished.connect(hand_keyboard_back)
    dialogue.finished.connect(dialogue.deleteLater)
    QDialog.open(dialogue)  # QPrintDialog's own wants an old-style slot
