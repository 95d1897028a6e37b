"""Notes exported from the reader by keyboard: the file is there, the paper and the reading go on as before."""

import json
from pathlib import Path

import pypdf
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from ecabinet.client.ui.screens import settle
from tests.client.pages import samples
from tests.ui.body import Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in

LINE = "Đề nghị làm rõ căn cứ của số liệu dự toán"


@pytest.fixture
def content() -> bytes:
    return samples.paper([(85.0, 100.0, LINE)], [(85.0, 100.0, LINE)])


@pytest.fixture
def hands(shelf: Shelf, chair: Sitter, content: bytes) -> Hands:
    """The reader with a note on four words."""
    (document,) = shelf.put(content)
    chair.sync()
    hands = at_paper(chair, document)
    for _ in range(4):
        hands.keys("Shift+Right")
    wait_until(lambda: view_in(hands).picker.selection is not None)
    hands.keys("F9")
    hands.type("note_text", "Căn cứ nào?")
    hands.press("keep_note")
    wait_until(lambda: QApplication.activeModalWidget() is None)
    hands.keys("F4")
    wait_until(lambda: hands.row(hands.see("notes"), "Căn cứ nào?") is not None)
    return hands


def export_to(hands: Hands, chair: Sitter, path: Path) -> None:
    hands.press("export_notes")
    wait_until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialogue = QApplication.activeModalWidget()
    assert isinstance(dialogue, QFileDialog)
    field = dialogue.findChild(QLineEdit, "fileNameEdit")
    assert field is not None
    assert field.text().endswith("- ghi chú.pdf")
    field.setText(str(path))
    QTest.keyClick(field, Qt.Key.Key_Return)
    wait_until(lambda: QApplication.activeModalWidget() is None)
    settle(chair.is_settled)


def test_a_copy_has_the_notes_and_the_office(hands: Hands, chair: Sitter, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bản sao.pdf"
    export_to(hands, chair, path)
    hands.hear("Đã xuất 1 ghi chú ra tệp bản sao.pdf.")
    hands.hear("không được mã hóa")
    assert path.read_bytes().startswith(content)
    slip, words = (each.get_object() for each in pypdf.PdfReader(path).pages[0]["/Annots"])  # type: ignore[attr-defined]
    assert (slip["/Subtype"], slip["/Contents"], words["/Subtype"]) == ("/Text", "Căn cứ nào?", "/Highlight")
    assert slip["/T"] == chair.seat.me.office


def test_a_json_file_has_web_annotations(hands: Hands, chair: Sitter, tmp_path: Path) -> None:
    path = tmp_path / "ghi chú.json"
    export_to(hands, chair, path)
    (item,) = json.loads(path.read_bytes())["first"]["items"]
    assert item["body"]["value"] == "Căn cứ nào?"
    assert item["target"]["selector"][1]["exact"] == "Đề nghị làm rõ"


def test_what_keeps_notes_from_being_exported_is_told(hands: Hands, chair: Sitter, tmp_path: Path) -> None:
    export_to(hands, chair, tmp_path / "ghi chú.txt")
    hands.hear("Tên tệp cần ghi không cho biết định dạng.")
    hands.hear("Chưa ghi tệp nào")
    assert list(tmp_path.iterdir()) == []
