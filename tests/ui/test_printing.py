"""A slip of text on paper: large enough to be read, and the keyboard is back in the window afterwards."""

from pathlib import Path

import pymupdf
import pytest
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.ui.printing import print_text
from ecabinet.client.ui.theme import Theme, use


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_slip_is_set_as_large_as_papers_are(
    dressed: QApplication, qtbot: QtBot, tmp_path: Path, scale: float
) -> None:
    use(dressed, Theme(scale=scale))
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    print_text(window, "Mã khôi phục: 7Q2M-9XKC")
    (dialogue,) = window.findChildren(QPrintDialog)
    qtbot.waitExposed(dialogue)
    place = dialogue.findChild(QLineEdit, "filename")
    assert place is not None
    place.setText(str(tmp_path / "slip.pdf"))
    dialogue.accept()
    qtbot.waitUntil(lambda: window.isActiveWindow() and not window.findChildren(QPrintDialog))
    with pymupdf.open(tmp_path / "slip.pdf") as written:
        (said, *_) = (
            span for block in written[0].get_text("dict")["blocks"] for line in block["lines"] for span in line["spans"]
        )
    assert said["text"].startswith("Mã khôi phục")
    assert 13 <= said["size"] <= 15
