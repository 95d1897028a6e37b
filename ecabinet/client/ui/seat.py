"""What every screen of an unlocked profile is given."""

from collections.abc import Callable
from dataclasses import dataclass, fields

from PySide6.QtCore import QObject, Signal

from ecabinet.client.background import Background
from ecabinet.client.desk import Changes
from ecabinet.client.desk.desk import Desk, Me
from ecabinet.client.pages import Pages
from ecabinet.client.ui.behind import Behind
from ecabinet.client.ui.times import Times
from ecabinet.core.codec import Digest, Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What somebody looked for, and the page on which it was found first."""

    typed: str
    page: int


class News(QObject):
    """What became other than it was, for who shows it and can't load it all again."""

    came = Signal(object)
    """Carries Changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who sits here, what may be asked, and whom to tell of what changed."""

    desk: Desk
    background: Background
    pages: Pages
    times: Times
    me: Me
    changed: Callable[[Changes], None]
    """Refreshes every screen that shows what has changed. On the UI thread."""
    news: News
    """Tells of the same, and of what came with a round."""
    send_soon: Callable[[], None]
    """Has the outbox sent now rather than at the next round. On the UI thread."""
    recognising: Behind
    """Recognises the scans that the desk was asked to."""
    open_ballot: Callable[[Identifier], None]
    """Lays the screen of a ballot on top of the one in front; so do the next two."""
    open_meeting: Callable[[Identifier], None]
    open_paper: Callable[[Identifier], None]
    """Opens the reader on a paper's latest version."""
    open_as_sent: Callable[[Identifier, Digest], None]
    """Opens it on the version that a ballot or meeting names; a newer one is told of."""
    open_found: Callable[[Identifier, Sought], None]
    """The same, at what was found in it."""
    open_monitor: Callable[[Identifier], None]
    """For the secretariat: who has answered a ballot, closing it, its result."""


def nouns_of(changes: Changes) -> frozenset[str]:
    """The kinds of things in which something changed, as screens name them in `nouns`."""
    return frozenset(each.name for each in fields(changes) if getattr(changes, each.name))
