"""Everything can be read: contrasts are computed, not judged; sizes follow the scale."""

import re
from dataclasses import fields

import pytest
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication

from ecabinet import resources
from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Mode, Theme, Tokens, Tone, Type

INKS = ("ink_muted", "accent", "accent_strong", "positive", "warning", "danger", "danger_strong")
GROUNDS = ("surface", "raised", "sunken", "accent_soft", "positive_soft", "warning_soft", "danger_soft")
OWN_GROUNDS = {
    "on_accent": ("accent", "accent_strong"),
    "on_danger": ("danger", "danger_strong"),
    "on_bar": ("bar",),
    "on_bar_muted": ("bar",),
    "raised": ("ink",),
}
"""Inks that lie on one ground only. Every other ink may lie on every other ground."""


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(tokens: Tokens, ink: str, ground: str) -> float:
    """WCAG 2.2, contrast ratio."""
    dark, light = sorted((luminance(getattr(tokens, ink)), luminance(getattr(tokens, ground))))
    return (light + 0.05) / (dark + 0.05)


def rules() -> list[tuple[str, dict[str, str]]]:
    """The style sheet's rules: selector, declarations."""
    written = re.sub(r"/\*.*?\*/", "", resources.path("qss", "ecabinet.qss").read_text("utf-8"), flags=re.DOTALL)
    return [
        (selector.strip(), dict(re.findall(r"([\w-]+)\s*:\s*([^;]+);", body)))
        for selector, body in re.findall(r"([^{}]+)\{([^}]*)\}", written)
    ]


def test_a_ratio_is_what_wcag_says() -> None:
    black_on_white = contrast(theme.TOKENS[Mode.CONTRAST], "ink", "surface")
    assert black_on_white == pytest.approx(21)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("ground", GROUNDS)
def test_body_text_is_seven_to_one_on_every_ground(mode: Mode, ground: str) -> None:
    assert contrast(theme.TOKENS[mode], "ink", ground) >= 7


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", INKS)
def test_other_text_is_four_and_a_half_to_one_on_every_ground(mode: Mode, ground: str, ink: str) -> None:
    assert contrast(theme.TOKENS[mode], ink, ground) >= 4.5


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(("ink", "ground"), [(ink, ground) for ink, on in OWN_GROUNDS.items() for ground in on])
def test_text_on_a_ground_of_its_own_is_seven_to_one(mode: Mode, ink: str, ground: str) -> None:
    assert contrast(theme.TOKENS[mode], ink, ground) >= (4.5 if ink == "on_bar_muted" else 7)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("shape", ["edge", "focus"])
def test_what_can_be_used_stands_out_three_to_one(mode: Mode, ground: str, shape: str) -> None:
    assert contrast(theme.TOKENS[mode], shape, ground) >= 3


def test_the_style_sheet_puts_each_ink_on_its_ground() -> None:
    wrong = []
    for selector, declared in rules():
        ink = declared.get("color", "$ink").removeprefix("$")
        ground = declared.get("background", "transparent").removeprefix("$")
        if ink in OWN_GROUNDS:
            fits = ground in OWN_GROUNDS[ink]
        else:
            fits = ink in ("ink", *INKS) and ("color" not in declared or ground in ("transparent", *GROUNDS))
        if not fits:
            wrong.append(f"{selector}: {ink} on {ground}")
    assert wrong == []


def test_the_style_sheet_names_no_colour_and_no_small_type() -> None:
    for selector, declared in rules():
        for name, value in declared.items():
            assert not re.search(r"#[0-9a-fA-F]{3}|rgb|hsl", value), f"{selector}: {name}"
            if name == "font-size":
                assert int(value.removesuffix("px")) in list(Type), selector


@pytest.mark.parametrize("mode", Mode)
def test_every_token_is_a_colour_and_the_sheet_is_whole(mode: Mode) -> None:
    tokens = theme.TOKENS[mode]
    assert all(re.fullmatch(r"#[0-9a-f]{6}", getattr(tokens, field.name)) for field in fields(tokens))
    assert "$" not in Theme(mode=mode).style_sheet()


def test_the_sheet_grows_with_the_scale() -> None:
    sizes = [list(map(int, re.findall(r"(\d+)px", Theme(scale=scale).style_sheet()))) for scale in (1.0, 1.5, 2.0)]
    assert [2 * size for size in sizes[0]] == sizes[2]
    assert all(small <= middle <= large for small, middle, large in zip(*sizes, strict=True))


@pytest.mark.parametrize("size", Type)
@pytest.mark.parametrize("weight", theme.Weight)
def test_the_interface_is_set_in_inter(dressed: QApplication, size: Type, weight: theme.Weight) -> None:
    found = QFontInfo(theme.font(size, weight))
    assert found.family() == "Inter"
    assert found.pixelSize() == size
    assert found.weight() == weight.value.value


@pytest.mark.parametrize("tone", Tone)
def test_every_tone_has_an_ink_and_a_ground(tone: Tone) -> None:
    assert theme.ink_of(tone) in INKS
    assert theme.ground_of(tone) in GROUNDS
