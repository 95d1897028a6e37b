"""Windows are tested in Vietnamese, in the light look, at 100 %."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ecabinet.client.ui import theme, words
from ecabinet.client.ui.collecting import Collector
from ecabinet.client.ui.words import Language
from tests.ui.body import CHAIR, Body, Sitter, body_at_work
from tests.ui.showing import Show


@pytest.fixture(scope="session", autouse=True)
def collector(qapp: QApplication) -> Iterator[None]:
    """The threads of the relays and of the test runner must not be where a window of an earlier test is destroyed."""
    collector = Collector()
    yield
    collector.stop()


@pytest.fixture(autouse=True)
def vietnamese() -> Iterator[None]:
    words.use(Language.VIETNAMESE)
    yield
    words.use(Language.VIETNAMESE)


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    """The application in the usual look; a test may change it."""
    usual = theme.Theme()
    if not qapp.styleSheet():
        theme.use(qapp, usual)
    yield qapp
    if theme.current() != usual:
        theme.use(qapp, usual)


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    return Show(qtbot)


@pytest.fixture(scope="session")
def body(
    qapp: QApplication, keyring_session: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Body]:
    """A body at a real server, with the sample's papers and meeting; its ballots are put by the tests."""
    with body_at_work(tmp_path_factory.mktemp("body")) as body:
        yield body


@pytest.fixture
def chair(body: Body, dressed: QApplication) -> Iterator[Sitter]:
    """The chair at a desk; `chair.show(Place.BALLOTS)` opens the windows. Nothing may go wrong that no window told."""
    chair = body.sitter(CHAIR)
    yield chair
    chair.close_frame()
    if chair.relay.is_cut:
        chair.relay.mend()
        chair.sync()
    assert chair.unexpected == []
