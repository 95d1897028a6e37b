"""What Qt brings by itself, dialogues for files and menus over fields, speaks the language of the program."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ecabinet.client.ui import qt_words, words
from ecabinet.client.ui.words import Language


@pytest.fixture(autouse=True)
def vietnamese(qapp: QApplication) -> Iterator[None]:
    before, locale = words.language(), QLocale()
    words.use(Language.VIETNAMESE)
    QLocale.setDefault(QLocale("vi_VN"))
    qt_words.use(qapp)
    yield
    QLocale.setDefault(locale)
    words.use(before)
    qt_words.use(qapp)


def everything_said(window: QWidget) -> Iterator[str]:
    """By a window and all that is in it, to eyes, to ears, and by its menus."""
    for each in (window, *window.findChildren(QWidget)):
        yield from (each.windowTitle(), each.toolTip(), each.accessibleName(), each.accessibleDescription())
        yield from (action.text() for action in each.actions())
        match each:
            case QLabel() | QAbstractButton():
                yield each.text()
            case QComboBox():
                yield from (each.itemText(place) for place in range(each.count()))
            case QHeaderView():
                model, across = each.model(), each.orientation()
                yield from (str(model.headerData(at, across) or "") for at in range(each.count()))
            case QLineEdit() | QPlainTextEdit():
                yield each.placeholderText() if isinstance(each, QLineEdit) else ""
                yield from (action.text() for action in menu_over(each).actions())
            case QAbstractItemView():
                yield from cells_of(each)
            case _:
                pass


def cells_of(view: QAbstractItemView) -> Iterator[str]:
    model, root = view.model(), view.rootIndex()
    for row in range(model.rowCount(root)):
        for place in range(model.columnCount(root)):
            yield str(model.index(row, place, root).data(Qt.ItemDataRole.DisplayRole) or "")


def menu_over(field: QLineEdit | QPlainTextEdit) -> QMenu:
    menu = field.createStandardContextMenu()
    menu.setParent(field, Qt.WindowType.Popup)
    return menu


def plain(said: str) -> str:
    """Without its shortcut, and without the letter that is underlined."""
    return said.partition("\t")[0].replace("&", "").strip()


def ours() -> set[str]:
    said = {plain(said) for table in qt_words.written().values() for said in table.values()}
    return said | {f"Hiện {column}" for column in qt_words.written()["QFileSystemModel"].values()}


@pytest.mark.parametrize("accepts", [QFileDialog.AcceptMode.AcceptOpen, QFileDialog.AcceptMode.AcceptSave])
@pytest.mark.parametrize("folders_only", [False, True])
def test_the_dialogue_for_files_is_in_vietnamese(
    qtbot: QtBot, tmp_path: Path, accepts: QFileDialog.AcceptMode, *, folders_only: bool
) -> None:
    (tmp_path / "báo-cáo.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "phụ-lục").mkdir()
    dialogue = QFileDialog(None, "Chọn tài liệu", str(tmp_path))
    dialogue.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialogue.setAcceptMode(accepts)
    if folders_only:
        dialogue.setFileMode(QFileDialog.FileMode.Directory)
    dialogue.setHistory([])  # folders visited before have names of their own
    qtbot.addWidget(dialogue)
    dialogue.show()
    names = {"Chọn tài liệu", "báo-cáo.pdf", "phụ-lục", *tmp_path.parts, str(Path.home()), Path.home().name}
    # How sizes are written is the system's own.
    is_given = re.compile(r"[\d\W]*(KiB|MiB|bytes?)?|(/|file:).*|.*\d{4}.*")

    def strange() -> set[str]:
        said = {plain(each) for each in everything_said(dialogue)}
        return {each for each in said - ours() - names if not is_given.fullmatch(each)}

    listed = {"phụ-lục"} if folders_only else {"báo-cáo.pdf", "Tài liệu PDF"}
    qtbot.waitUntil(lambda: listed <= set(everything_said(dialogue)))
    assert strange() == set()
    assert {"Thư mục:", "Hủy", "Tên", "Kích thước", "Ngày sửa"} <= {plain(each) for each in everything_said(dialogue)}


def test_the_menus_over_fields_are_in_vietnamese(qtbot: QtBot) -> None:
    for field in (QLineEdit(), QPlainTextEdit()):
        qtbot.addWidget(field)
        said = [plain(each.text()) for each in menu_over(field).actions() if not each.isSeparator()]
        assert said == ["Hoàn tác", "Làm lại", "Cắt", "Sao chép", "Dán", "Xóa", "Chọn tất cả"]


def test_in_english_qt_speaks_for_itself(qtbot: QtBot, qapp: QApplication) -> None:
    words.use(Language.ENGLISH)
    qt_words.use(qapp)
    field = QLineEdit()
    qtbot.addWidget(field)
    assert plain(menu_over(field).actions()[0].text()) == "Undo"


def test_what_is_filled_in_and_underlined_is_so_in_both_languages() -> None:
    pairs = [pair for table in qt_words.written().values() for pair in table.items()]
    assert [pair for pair in pairs if re.findall(r"%\d", pair[0]) != re.findall(r"%\d", pair[1])] == []
    assert [pair for pair in pairs if len(re.findall("&", pair[0])) != len(re.findall("&", pair[1]))] == []
