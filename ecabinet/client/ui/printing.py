"""A slip of text on paper, by the system's own print dialogue."""

from PySide6.QtGui import QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QWidget

from ecabinet.client.ui import theme


def print_text(over: QWidget, text: str) -> None:
    """Ask for a printer and print a text on it; nothing of it stays on the disk."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialogue = QPrintDialog(printer, over.window())

    def print_it() -> None:
        document = QTextDocument()
        document.setDefaultFont(theme.font(theme.Type.LEAD))
        document.setPlainText(text)
        document.print_(printer)

    dialogue.accepted.connect(print_it)
    dialogue.finished.connect(dialogue.deleteLater)
    QDialog.open(dialogue)  # QPrintDialog's own wants an old-style slot
