"""Asking which file: in the system's own dialogue, without a second event loop.

It opens where the last file was chosen since the program started, and at first among the person's documents.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QDir, QFileInfo, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget


def choose_where_to_save(over: QWidget, title: str, file_name: str, then: Callable[[Path], object]) -> None:
    """Ask where to write a file; `then` is told, unless the person leaves. A name without an ending gets that one."""
    dialogue = _Dialogue(over, title)
    dialogue.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialogue.setDefaultSuffix(Path(file_name).suffix.removeprefix("."))
    dialogue.selectFile(file_name)
    dialogue.fileSelected.connect(lambda file: then(Path(file)))
    dialogue.open()


def choose_to_open(over: QWidget, title: str, pattern: str, then: Callable[[Path], object]) -> None:
    """Ask for a file that exists; `pattern` is `Words (*.ending)`."""
    dialogue = _Dialogue(over, title)
    dialogue.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialogue.setNameFilter(pattern)
    dialogue.fileSelected.connect(lambda file: then(Path(file)))
    dialogue.open()


def choose_several_to_open(over: QWidget, title: str, pattern: str, then: Callable[[Sequence[Path]], object]) -> None:
    """The same, for one file or more."""
    dialogue = _Dialogue(over, title)
    dialogue.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialogue.setNameFilter(pattern)
    dialogue.filesSelected.connect(lambda files: then([Path(file) for file in files]))
    dialogue.open()


class _Dialogue(QFileDialog):
    _last: ClassVar[QDir | None] = None

    def __init__(self, over: QWidget, title: str) -> None:
        super().__init__(over.window(), title)
        self.setDirectory(self._last or _documents())
        self.accepted.connect(self._remember)
        self.finished.connect(self._hand_keyboard_back)
        self.finished.connect(self.deleteLater)

    def _hand_keyboard_back(self) -> None:
        covered = self.parentWidget()  # never kept: as in `Sheet`
        if covered is not None:
            covered.activateWindow()  # not every system has a window manager that does

    def _remember(self) -> None:
        _Dialogue._last = QFileInfo(self.selectedFiles()[0]).dir()  # a name that is typed may lead elsewhere


def _documents() -> QDir:
    documents = QDir(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    return documents if documents.exists() else QDir.home()
