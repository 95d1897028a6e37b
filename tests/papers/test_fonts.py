from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontDatabase, QRawFont
from pytestqt.qtbot import QtBot

from ecabinet import resources
from tests.papers.letters import LETTERS

FACES = sorted(resources.path("fonts").glob("*.ttf"))


def test_four_faces_for_papers_and_four_for_the_interface() -> None:
    assert [face.stem for face in FACES] == [
        "Inter-Bold",
        "Inter-Medium",
        "Inter-Regular",
        "Inter-SemiBold",
        "Tinos-Bold",
        "Tinos-BoldItalic",
        "Tinos-Italic",
        "Tinos-Regular",
    ]


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.stem)
def test_every_vietnamese_letter_has_a_glyph(face: Path, qtbot: QtBot) -> None:
    font = QRawFont(str(face), 16, QFont.HintingPreference.PreferDefaultHinting)
    assert font.isValid()
    assert [letter for letter in LETTERS if not font.supportsCharacter(ord(letter))] == []
    assert not font.supportsCharacter(0x4E2D), "a face said to cover everything proves nothing"


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.stem)
def test_the_interface_can_load_it_from_its_file(face: Path, qtbot: QtBot) -> None:
    loaded = QFontDatabase.addApplicationFont(str(face))
    assert loaded >= 0
    assert QFontDatabase.applicationFontFamilies(loaded)[0] == face.stem.partition("-")[0]


@pytest.mark.parametrize("family", ["Inter", "Tinos"])
def test_the_licence_lies_beside_it(family: str) -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in resources.path("fonts", f"{family}-LICENSE.txt").read_text("utf-8")
