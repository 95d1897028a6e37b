"""Every picture of the kit: nothing overflows, nothing is too small to press, everything can be heard."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ecabinet.client.ui import gallery, screens, theme, words
from ecabinet.client.ui.theme import Mode
from tests.ui.sight import cut, hard_to_press, nameless, out_of_reach, sideways, small, squeezed

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
    checks = (sideways, cut, squeezed, hard_to_press, nameless, small, out_of_reach)
    assert {check.__name__: found for check in checks if (found := check(window))} == {}


def test_pictures_are_painted_for_every_screen_and_look(dressed: QApplication, tmp_path: Path) -> None:
    files = list(screens.paint_all(dressed, tmp_path, only="kit-empty"))
    assert len(files) == len(screens.LOOKS) == len({file.name for file in files})
    assert all(file.stat().st_size > 5_000 for file in files)
    assert set(KIT) <= set(screens.registered().values())
