"""Every picture of the kit: nothing overflows, nothing is too small to press, everything can be heard."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.ui import gallery, screens, theme, words
from ecabinet.client.ui.theme import Mode
from ecabinet.client.ui.widgets import Text

KIT = (
    gallery.attention,
    gallery.ballot,
    gallery.fields,
    gallery.notices,
    gallery.table,
    gallery.nothing,
    gallery.confirmation,
    gallery.keys,
)


def shown_parts(within: QWidget) -> list[QWidget]:
    return [widget for widget in within.findChildren(QWidget) if widget.isVisible()]


def sideways(window: QWidget) -> list[str]:
    """What is wider than its place."""
    wide = [
        "contents of a scroll area"
        for area in shown_parts(window)
        if isinstance(area, QScrollArea)
        and (content := area.widget()) is not None
        and content.width() > area.viewport().width()
    ]
    return wide + [
        type(widget).__name__
        for widget in shown_parts(window)
        if widget.window() is window and widget.mapTo(window, widget.rect().topRight()).x() >= window.width()
    ]


def cut(window: QWidget) -> list[str]:
    """Texts that are not shown whole."""
    return [
        text.text()
        for text in shown_parts(window)
        if isinstance(text, Text) and text.text() and text.height() < text.heightForWidth(text.width())
    ]


def hard_to_press(window: QWidget) -> list[tuple[str, int, int]]:
    least = theme.px(theme.TARGET) - 1
    return [
        (type(button).__name__, button.width(), button.height())
        for button in shown_parts(window)
        if isinstance(button, QAbstractButton) and min(button.width(), button.height()) < least
    ]


def nameless(window: QWidget) -> list[str]:
    """What takes the keyboard and says nothing to a screen reader."""
    return [
        type(widget).__name__
        for widget in shown_parts(window)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    ]


def small(window: QWidget) -> list[str]:
    """Labels set below 16 px."""
    return [
        label.text()
        for label in shown_parts(window)
        if isinstance(label, QLabel) and label.text() and label.fontInfo().pixelSize() < theme.px(theme.Type.BODY)
    ]


@pytest.mark.parametrize(
    "look", [look for look in screens.LOOKS if look.theme.mode is Mode.LIGHT], ids=lambda it: it.name
)
@pytest.mark.parametrize("factory", KIT, ids=lambda it: it.__name__)
def test_a_screen_fits_and_can_be_read_pressed_and_heard(
    dressed: QApplication, qtbot: QtBot, factory: screens.Factory, look: screens.Look
) -> None:
    words.use(look.language)
    theme.use(dressed, look.theme)
    window = factory(None)
    qtbot.addWidget(window)
    window.resize(look.size)
    with qtbot.waitExposed(window):
        window.show()
    screens.settle()
    assert window.size() == look.size, "the window had to grow"
    checks = (sideways, cut, hard_to_press, nameless, small)
    assert {check.__name__: found for check in checks if (found := check(window))} == {}


def test_pictures_are_painted_for_every_screen_and_look(dressed: QApplication, tmp_path: Path) -> None:
    files = list(screens.paint_all(dressed, tmp_path, only="kit-empty"))
    assert len(files) == len(screens.LOOKS) == len({file.name for file in files})
    assert all(file.stat().st_size > 5_000 for file in files)
    assert set(KIT) <= set(screens.registered().values())
