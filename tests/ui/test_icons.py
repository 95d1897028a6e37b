"""The icons shipped are the icons used, drawn in the colours of the theme."""

import ast
from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import ecabinet.client.ui
from ecabinet import resources
from ecabinet.client.ui import icons, theme

NAMES: tuple[icons.Name, ...] = get_args(icons.Name)


def test_every_name_has_a_file_and_every_file_a_name() -> None:
    assert {file.stem for file in resources.path("icons").glob("*.svg")} == set(NAMES)


def test_every_icon_is_used() -> None:
    written: set[str] = set()
    for file in Path(ecabinet.client.ui.__file__).parent.rglob("*.py"):
        if file.name not in ("icons.py", "gallery.py"):
            constants = (
                node.value for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Constant)
            )
            written.update(value for value in constants if isinstance(value, str))
    assert set(NAMES) - written == set()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", [theme.Mode.LIGHT, theme.Mode.DARK])
def test_an_icon_takes_the_colour_of_its_token(
    dressed: QApplication, monkeypatch: pytest.MonkeyPatch, name: icons.Name, mode: theme.Mode
) -> None:
    monkeypatch.setattr(theme, "_current", theme.Theme(mode=mode))
    drawn = icons.pixmap(name, "danger", 24, 2.0).toImage()
    pixels = [drawn.pixelColor(x, y) for x in range(48) for y in range(48)]
    token = theme.color("danger")
    full = [pixel for pixel in pixels if pixel.alpha() == 255]
    assert full
    for pixel in full:  # rounding may take one step of a channel away
        assert all(abs(a - b) <= 2 for a, b in zip(pixel.getRgb()[:3], token.getRgb()[:3], strict=True))  # type: ignore[index]


def test_an_icon_is_as_large_as_the_scale_says(dressed: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme, "_current", theme.Theme(scale=1.5))
    assert icons.pixmap(NAMES[0], "ink", 24).width() == 36
    assert icons.icon(NAMES[0]).availableSizes(QIcon.Mode.Disabled) != []


def test_the_licence_travels_with_the_icons() -> None:
    assert "ISC License" in resources.path("icons", "LICENSE").read_text("utf-8")
