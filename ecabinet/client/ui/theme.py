"""How everything looks: tokens, and the one palette and style sheet made from them.

Nothing else in the interface names a colour or a size: widgets ask `color("ink")`, `px(8)`, `font(Type.BODY)`, and
`resources/qss/ecabinet.qss` is written in tokens. Every pair of colours that meet is checked by a test.
"""

from dataclasses import dataclass, fields
from enum import Enum, IntEnum, StrEnum
from functools import cache
from re import Match, sub
from string import Template

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from ecabinet import resources


class Mode(StrEnum):
    """The appearances a person may choose."""

    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class Type(IntEnum):
    """The sizes of type, in px at 100 %. Nothing is smaller."""

    BODY = 16
    LEAD = 18
    TITLE = 22
    DISPLAY = 28


class Space(IntEnum):
    """The distances, in px at 100 %."""

    HAIR = 4
    SMALL = 8
    MEDIUM = 12
    LARGE = 16
    HUGE = 24


RADIUS = 8
TARGET = 44
"""The least height and width of anything to be pressed, px at 100 %."""


class Tone(StrEnum):
    """What a chip, notice or button means. Never shown by colour alone: an icon or a word goes with it."""

    NEUTRAL = "neutral"
    ACCENT = "accent"
    POSITIVE = "positive"
    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one mode, as #rrggbb. `*_soft` are grounds for text in the tone itself or in ink."""

    surface: str  # the ground of a window
    raised: str  # cards, fields, panels
    sunken: str  # heads of tables, what the pointer is over
    line: str  # between things
    edge: str  # around what can be used
    focus: str  # around what has the keyboard
    ink: str
    ink_muted: str
    accent: str
    accent_strong: str  # the accent under the pointer
    accent_soft: str
    on_accent: str
    positive: str
    positive_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_strong: str
    danger_soft: str
    on_danger: str
    bar: str  # the head of the frame
    on_bar: str
    on_bar_muted: str
    veil: str  # over a window while a sheet is open


TOKENS = {
    Mode.LIGHT: Tokens(
        surface="#f3f6f9",
        raised="#ffffff",
        sunken="#e8eef4",
        line="#d3dbe4",
        edge="#6b7b8e",
        focus="#0a54aa",
        ink="#13202e",
        ink_muted="#445364",
        accent="#0a54aa",
        accent_strong="#08458d",
        accent_soft="#e1edfb",
        on_accent="#ffffff",
        positive="#17663a",
        positive_soft="#e2f3e8",
        warning="#7d4a00",
        warning_soft="#fff1d0",
        danger="#a9211a",
        danger_strong="#861812",
        danger_soft="#fce8e6",
        on_danger="#ffffff",
        bar="#0b3760",
        on_bar="#ffffff",
        on_bar_muted="#c8d9ea",
        veil="#0c1a29",
    ),
    Mode.DARK: Tokens(
        surface="#0f151c",
        raised="#18212b",
        sunken="#222e3b",
        line="#314050",
        edge="#8193a7",
        focus="#8cc0ff",
        ink="#eef3f8",
        ink_muted="#b0bdcb",
        accent="#84bbff",
        accent_strong="#abd1ff",
        accent_soft="#1a3453",
        on_accent="#04203f",
        positive="#86d9a6",
        positive_soft="#153627",
        warning="#f3c469",
        warning_soft="#3b2e10",
        danger="#ffa199",
        danger_strong="#ffc0ba",
        danger_soft="#45211e",
        on_danger="#3d0a06",
        bar="#0b2036",
        on_bar="#ffffff",
        on_bar_muted="#b9cde1",
        veil="#000000",
    ),
    Mode.CONTRAST: Tokens(
        surface="#000000",
        raised="#000000",
        sunken="#1f1f1f",
        line="#ffffff",
        edge="#ffffff",
        focus="#ffe100",
        ink="#ffffff",
        ink_muted="#ffffff",
        accent="#ffe100",
        accent_strong="#fff27a",
        accent_soft="#2b2600",
        on_accent="#000000",
        positive="#7dff9e",
        positive_soft="#002b0c",
        warning="#ffc44d",
        warning_soft="#2e1f00",
        danger="#ffb0a8",
        danger_strong="#ffd2cd",
        danger_soft="#380500",
        on_danger="#000000",
        bar="#000000",
        on_bar="#ffffff",
        on_bar_muted="#ffffff",
        veil="#000000",
    ),
}


class Weight(Enum):
    """The weights of Inter that are shipped."""

    REGULAR = QFont.Weight.Normal
    MEDIUM = QFont.Weight.Medium
    SEMIBOLD = QFont.Weight.DemiBold
    BOLD = QFont.Weight.Bold


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One mode at one scale."""

    mode: Mode = Mode.LIGHT
    scale: float = 1.0

    @property
    def tokens(self) -> Tokens:
        return TOKENS[self.mode]

    def px(self, size: float) -> int:
        """A size given at 100 %, at this scale; what is visible stays visible."""
        return max(1, round(size * self.scale)) if size else 0

    def style_sheet(self) -> str:
        """The one style sheet of the program."""
        colours = {field.name: getattr(self.tokens, field.name) for field in fields(Tokens)}

        def scaled(size: Match[str]) -> str:
            return f"{self.px(int(size[1]))}px"

        return sub(r"\b(\d+)px", scaled, Template(_written()).substitute(colours))

    def palette(self) -> QPalette:
        """What Fusion paints with where the style sheet is silent."""
        tokens, role = self.tokens, QPalette.ColorRole
        palette = QPalette()
        for at, colour in {
            role.Window: tokens.surface,
            role.WindowText: tokens.ink,
            role.Base: tokens.raised,
            role.AlternateBase: tokens.sunken,
            role.Text: tokens.ink,
            role.PlaceholderText: tokens.ink_muted,
            role.Button: tokens.raised,
            role.ButtonText: tokens.ink,
            role.BrightText: tokens.danger,
            role.Highlight: tokens.accent,
            role.HighlightedText: tokens.on_accent,
            role.Accent: tokens.accent,
            role.Link: tokens.accent,
            role.LinkVisited: tokens.accent,
            role.ToolTipBase: tokens.ink,
            role.ToolTipText: tokens.raised,
            role.Light: tokens.raised,
            role.Midlight: tokens.sunken,
            role.Mid: tokens.line,
            role.Dark: tokens.edge,
            role.Shadow: tokens.veil,
        }.items():
            palette.setColor(at, QColor(colour))
        for at in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, at, QColor(tokens.ink_muted))
        return palette


_current = Theme()


def use(application: QApplication, theme: Theme) -> None:
    """Dress the application. Widgets made afterwards have the right sizes; those that exist want making again."""
    global _current  # noqa: PLW0603 - one application has one look
    _current = theme
    _load_fonts()
    application.setStyle("Fusion")
    application.setPalette(theme.palette())
    application.setFont(font())
    application.setStyleSheet(theme.style_sheet())


def current() -> Theme:
    """The look in use."""
    return _current


def px(size: float) -> int:
    """A size given in px at 100 %, at the scale in use."""
    return _current.px(size)


def color(token: str) -> QColor:
    """The colour of a token in the mode in use."""
    return QColor(getattr(_current.tokens, token))


def ink_of(tone: Tone) -> str:
    """The token of text in a tone."""
    return "ink_muted" if tone is Tone.NEUTRAL else tone.value


def ground_of(tone: Tone) -> str:
    """The token of the soft ground of a tone."""
    return "sunken" if tone is Tone.NEUTRAL else f"{tone.value}_soft"


def font(size: Type = Type.BODY, weight: Weight = Weight.REGULAR) -> QFont:
    """Inter at a size and weight, at the scale in use."""
    face = QFont("Inter")
    face.setPixelSize(px(size))
    face.setWeight(weight.value)
    return face


@cache
def _written() -> str:
    return resources.path("qss", "ecabinet.qss").read_text("utf-8")


@cache
def _load_fonts() -> None:
    for name in ("Regular", "Medium", "SemiBold", "Bold"):
        file = resources.path("fonts", f"Inter-{name}.ttf")
        if QFontDatabase.addApplicationFont(str(file)) < 0:
            raise FileNotFoundError(f"{file.name} is not a font Qt can read")
