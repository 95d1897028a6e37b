"""Asking which file: in the system's own dialogue, without a second event loop."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def choose_where_to_save(over: QWidget, title: str, file_name: str, then: Callable[[Path], object]) -> None:
    """Ask where to write a file; `then` is told, unless the person leaves."""
    dialogue = QFileDialog(over.window(), title)
    dialogue.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialogue.selectFile(file_name)
    _ask(dialogue, then)


def choose_to_open(over: QWidget, title: str, pattern: str, then: Callable[[Path], object]) -> None:
    """Ask for a file that exists; `pattern` is `Words (*.ending)`."""
    dialogue = QFileDialog(over.window(), title)
    dialogue.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialogue.setNameFilter(pattern)
    _ask(dialogue, then)


def _ask(dialogue: QFileDialog, then: Callable[[Path], object]) -> None:
    dialogue.fileSelected.connect(lambda file: then(Path(file)))
    dialogue.finished.connect(dialogue.deleteLater)
    dialogue.open()
