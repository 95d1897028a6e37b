"""Pictures of every screen, for people to look at: `python -m ecabinet.client.ui.screens build/screens`.

A module of windows registers what it wants painted: `@picture("ballot")` over a function that takes the sample desk and
gives a widget. Each is painted in both languages, light and dark, at both sizes, and once more in high contrast, at
150 % and, at both sizes again, at 200 %. Run by itself, this module paints the kit, which needs no desk.
"""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEvent, QEventLoop, QPoint, QSize, QThread
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from ecabinet.client import ui
from ecabinet.client.ui import qt_words, theme, words
from ecabinet.client.ui.theme import Mode, Theme
from ecabinet.client.ui.words import Language

Factory = Callable[[Any], QWidget]
"""Makes what is painted, from the sample desk."""

_WIDE, _SMALL = QSize(1366, 768), QSize(1024, 720)
_PATIENCE_MS = 10_000
_registered: dict[str, Factory] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One way of painting a screen."""

    language: Language
    theme: Theme
    size: QSize

    @property
    def name(self) -> str:
        scale = f"-{self.theme.scale:.0%}".rstrip("%") if self.theme.scale != 1 else ""
        return f"{self.language}-{self.theme.mode}-{self.size.width()}{scale}"


LOOKS = (
    *(
        Look(language=language, theme=Theme(mode=mode), size=size)
        for language in Language
        for mode in (Mode.LIGHT, Mode.DARK)
        for size in (_WIDE, _SMALL)
    ),
    Look(language=Language.VIETNAMESE, theme=Theme(mode=Mode.CONTRAST), size=_WIDE),
    Look(language=Language.VIETNAMESE, theme=Theme(scale=1.5), size=_WIDE),
    Look(language=Language.VIETNAMESE, theme=Theme(scale=2.0), size=_WIDE),
    Look(language=Language.VIETNAMESE, theme=Theme(scale=2.0), size=_SMALL),
)


def picture(name: str) -> Callable[[Factory], Factory]:
    """Register a screen to be painted under a name, which is also the name of its files."""

    def register(factory: Factory) -> Factory:
        _registered[name] = factory
        return factory

    return register


def registered() -> dict[str, Factory]:
    """Every screen that any module of windows has registered, by name."""
    for module in pkgutil.walk_packages(ui.__path__, f"{ui.__name__}."):
        importlib.import_module(module.name)
    return dict(sorted(_registered.items()))


def paint(
    application: QApplication,
    factory: Factory,
    look: Look,
    desk: Any = None,
    *,
    is_settled: Callable[[], bool] = lambda: True,
) -> QPixmap:
    """Paint one screen in one look, once nothing is on its way any more; sheets lie where they would."""
    words.use(look.language)
    qt_words.use(application)
    theme.use(application, look.theme)
    widget = factory(desk)
    widget.resize(look.size)
    widget.show()
    settle(is_settled)
    painted = widget.grab()
    painter = QPainter(painted)
    for other in application.topLevelWidgets():
        if other.isVisible() and _belongs(other, widget):
            painter.drawPixmap(other.pos() - widget.mapToGlobal(QPoint(0, 0)), other.grab())
    painter.end()
    widget.close()
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return painted


def paint_all(
    application: QApplication,
    out: Path,
    desk: Any = None,
    *,
    only: str = "",
    is_settled: Callable[[], bool] = lambda: True,
) -> Iterator[Path]:
    """Paint every screen whose name begins with `only` in every look; gives the files as they are written."""
    out.mkdir(parents=True, exist_ok=True)
    for name, factory in registered().items():
        for look in LOOKS if name.startswith(only) else ():
            file = out / f"{name}-{look.name}.png"
            paint(application, factory, look, desk, is_settled=is_settled).save(str(file))
            yield file


def _belongs(window: QWidget, widget: QWidget) -> bool:
    """Whether a window was opened from within a widget."""
    above = window.parentWidget()
    while above is not None and above is not widget:
        above = above.parentWidget()
    return above is widget


def settle(is_settled: Callable[[], bool] = lambda: True) -> None:
    """Run the event loop until nothing is on its way and everything is laid out."""
    patience = QDeadlineTimer(_PATIENCE_MS)
    while True:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        if is_settled():
            break
        if patience.hasExpired():
            raise TimeoutError("a screen did not come to rest")
        QThread.msleep(2)  # the lanes want the interpreter
    for _ in range(5):  # layouts, deferred layouts of lists, and what they cause
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def main() -> None:
    """Paint into the folder named on the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("out", type=Path)
    options.add_argument("--only", default="kit-", help="the beginning of the names to paint")
    given = options.parse_args()
    application = QApplication(sys.argv[:1])
    for file in paint_all(application, given.out, only=given.only):
        sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    # Run as a script this file is `__main__`, and screens register with the module: start from that one.
    importlib.import_module("ecabinet.client.ui.screens").main()
