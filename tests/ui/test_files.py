"""Dialogues for files: where they open, what they are called, and the ending of a name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QDir, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.ui import files
from ecabinet.client.ui.widgets import Button, FileDrop
from tests.ui.body import wait_until


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[QWidget]:
    """Of somebody with documents, who has chosen no file yet."""
    (tmp_path / "Documents").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(files._Dialogue, "_last", None)
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    yield window
    assert window.findChildren(QFileDialog) == []


def asked(window: QWidget) -> QFileDialog:
    (dialogue,) = window.findChildren(QFileDialog)
    wait_until(dialogue.isVisible)
    return dialogue


def answer(dialogue: QFileDialog, file: str) -> None:
    field = dialogue.findChild(QLineEdit, "fileNameEdit")
    assert field is not None
    field.setText(file)
    QTest.keyClick(field, Qt.Key.Key_Return)
    leave(dialogue)


def leave(dialogue: QFileDialog) -> None:
    window = dialogue.parentWidget()
    assert window is not None
    dialogue.reject()
    wait_until(lambda: not window.findChildren(QFileDialog))


def test_the_first_opens_among_documents_and_the_next_where_a_file_was_chosen(window: QWidget, tmp_path: Path) -> None:
    chosen: list[Path] = []
    (tmp_path / "usb").mkdir()
    files.choose_where_to_save(window, "Chọn nơi lưu ghi chú", "ghi chú.pdf", chosen.append)
    first = asked(window)
    assert first.windowTitle() == "Chọn nơi lưu ghi chú"
    assert first.directory() == QDir(str(tmp_path / "Documents"))
    answer(first, str(tmp_path / "usb" / "bản của tôi"))
    assert chosen == [tmp_path / "usb" / "bản của tôi.pdf"]
    files.choose_to_open(window, "Chọn tệp đăng ký", "Tệp (*.txt)", chosen.append)
    second = asked(window)
    assert second.directory() == QDir(str(tmp_path / "usb"))
    leave(second)
    assert len(chosen) == 1


def test_the_place_for_dropping_asks_for_papers_by_a_title_that_says_so(window: QWidget, tmp_path: Path) -> None:
    paper = tmp_path / "Documents" / "to-trinh.pdf"
    paper.write_bytes(b"%PDF-1.7")
    drop = FileDrop("Kéo thả tệp PDF vào đây", "Mỗi tệp được kiểm tra.")
    drop.setParent(window)
    drop.show()
    dropped: list[tuple[Path, ...]] = []
    drop.dropped.connect(dropped.append)
    drop.findChildren(Button)[0].click()
    dialogue = asked(window)
    assert dialogue.windowTitle() == "Chọn tệp tài liệu cần đưa vào"
    answer(dialogue, str(paper))
    assert dropped == [(paper,)]
