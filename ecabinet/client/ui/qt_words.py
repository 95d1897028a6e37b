"""What Qt says of itself, in menus over fields and in dialogues that the system does not bring: Qt ships no Vietnamese.

They stand in `translations/qt-vi.toml`, by context and by what Qt says in English, which stays where there are none.
"""

import tomllib
from functools import cache

from PySide6.QtCore import QCoreApplication, QTranslator

from ecabinet import resources
from ecabinet.client.ui import words
from ecabinet.client.ui.words import Language

_installed: list[QTranslator] = []


class _Vietnamese(QTranslator):
    def isEmpty(self) -> bool:
        return False

    def translate(
        self,
        context: str,
        source: str,
        /,
        disambiguation: str | None = None,  # noqa: ARG002 - Qt's
        n: int = -1,  # noqa: ARG002 - Qt's
    ) -> str:
        return written().get(context, {}).get(source, source)


@cache
def written() -> dict[str, dict[str, str]]:
    """All that is written: words by context and source."""
    return tomllib.loads(resources.path("translations", "qt-vi.toml").read_text("utf-8"))


def use(application: QCoreApplication) -> None:
    """Have Qt speak the program's language from now on."""
    while _installed:
        application.removeTranslator(_installed.pop())
    if words.language() is Language.VIETNAMESE:
        _installed.append(_Vietnamese(application))
        application.installTranslator(_installed[-1])
