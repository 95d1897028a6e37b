"""The dialogue for files speaks the language of the program."""

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from ecabinet.client.ui import words
from ecabinet.client.ui.widgets.dialogues import worded
from ecabinet.client.ui.words import Language


@pytest.mark.parametrize(
    ("mode", "accept"), [(QFileDialog.AcceptMode.AcceptOpen, "Mở"), (QFileDialog.AcceptMode.AcceptSave, "Lưu")]
)
def test_it_is_in_vietnamese(qtbot: QtBot, mode: QFileDialog.AcceptMode, accept: str) -> None:
    words.use(Language.VIETNAMESE)
    dialogue = QFileDialog()
    qtbot.addWidget(dialogue)
    dialogue.setAcceptMode(mode)
    worded(dialogue)
    label = QFileDialog.DialogLabel
    told = [dialogue.labelText(each) for each in (label.LookIn, label.FileName, label.Accept, label.Reject)]
    assert told == ["Thư mục:", "Tên tệp:", accept, "Hủy"]
