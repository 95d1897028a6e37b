"""What is chosen is kept; letters are folded as people type in a hurry."""

import pytest

from ecabinet.client.ui.folding import folded, name_from
from ecabinet.client.ui.preferences import Preferences
from ecabinet.client.ui.theme import Mode
from ecabinet.client.ui.words import Language


def test_what_was_written_is_read_again() -> None:
    chosen = Preferences(language=Language.ENGLISH, mode=Mode.CONTRAST, scale=150, locks_after=5)
    assert Preferences.read(chosen.written()) == chosen
    assert chosen.theme.scale == 1.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "null",
        '{"language": "xx", "mode": "light", "scale": 100, "locks_after": 15}',
        '{"language": "vi", "mode": "light", "scale": 1000, "locks_after": 15}',
        '{"language": "vi", "mode": "light", "scale": 100, "locks_after": 0}',
        '{"language": "vi"}',
    ],
)
def test_what_nobody_could_have_chosen_is_as_at_a_first_start(text: str) -> None:
    assert Preferences.read(text) == Preferences()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Giám đốc Sở Tài chính", "giam-doc-so-tai-chinh"),
        ("  Đại biểu — Quốc hội  ", "dai-bieu-quoc-hoi"),
        ("Ủy viên", "uy-vien"),  # decomposed
        ("—", ""),
        ("a" * 63 + " b", "a" * 63),
    ],
)
def test_names_are_short_and_plain(text: str, name: str) -> None:
    assert name_from(text) == name


def test_case_and_accents_do_not_matter() -> None:
    assert folded("ĐƯỜNG Quốc lộ") == folded("duong quoc lo")
