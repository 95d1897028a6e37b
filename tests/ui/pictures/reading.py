"""Ways of seeing a paper: by night, side by side, one page by itself, very large, with its pages small at the side."""

from PySide6.QtWidgets import QToolButton, QWidget

from ecabinet.client.desk.reading import Arrangement
from ecabinet.client.ui.frame import Frame
from ecabinet.client.ui.reader.screen import ReaderScreen
from ecabinet.client.ui.reader.thumbnails import Thumbnails
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import picture
from tests.ui.body import Body, wait_until
from tests.ui.pictures.marking import marked


@picture("reader-night-facing")
def night_facing(body: Body) -> QWidget:
    """Two pages side by side, by night, with notes of every kind."""
    frame = marked(body)
    view = _view(frame)
    view.set_night(True)
    view.arrange(Arrangement.FACING)
    view.fit_page()
    return frame


@picture("reader-single")
def single(body: Body) -> QWidget:
    """One page, whole."""
    frame = marked(body)
    view = _view(frame)
    view.arrange(Arrangement.SINGLE)
    view.fit_page()
    return frame


@picture("reader-600")
def large(body: Body) -> QWidget:
    """As large as it gets."""
    frame = marked(body)
    _view(frame).set_zoom(6.0)
    return frame


@picture("reader-thumbnails")
def thumbnails(body: Body) -> QWidget:
    """All pages at the side."""
    frame = marked(body)
    frame.resize(1024, 720)
    frame.show()
    opener = frame.findChild(QToolButton, "thumbnails_panel")
    assert opener is not None
    opener.click()
    (panel,) = frame.findChildren(Thumbnails)
    wait_until(lambda: panel.size_kept)
    wait_until(lambda: panel.is_complete)
    return frame


@picture("reader-full-screen")
def full_screen(body: Body) -> QWidget:
    """Nothing but pages."""
    frame = marked(body)
    (screen,) = frame.findChildren(ReaderScreen)
    screen.fills.emit(True)
    return frame


def _view(frame: Frame) -> PageView:
    (view,) = frame.findChildren(PageView)
    return view
