"""Windows are tested in Vietnamese, in the light look, at 100 %."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from ecabinet.client.ui import theme, words
from ecabinet.client.ui.words import Language


@pytest.fixture(autouse=True)
def vietnamese() -> Iterator[None]:
    words.use(Language.VIETNAMESE)
    yield
    words.use(Language.VIETNAMESE)


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    theme.use(qapp, theme.Theme())
    return qapp
