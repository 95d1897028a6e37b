"""Papers of a test's own, and the chair reading one of them."""

import itertools
from collections.abc import Sequence
from typing import cast

from ecabinet.client.app import Application
from ecabinet.client.desk.reading import Arrangement
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import settle
from ecabinet.core.meetings import MeetingSent
from tests.ui.body import Body, Sitter
from tests.ui.hands import Hands

_numbers = itertools.count(1)


class Shelf:
    """Papers of a test's own, put before everybody by a meeting, and again by its next revision."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._meeting: MeetingSent | None = None

    def put(self, *papers: bytes) -> list[str]:
        """Their documents."""
        cabinet, stems = self._body.cabinet, [f"thu-{next(_numbers)}" for _ in papers]
        cabinet.publish(dict(zip(stems, papers, strict=True)))
        self.stems = stems
        self.send(stems)
        return [cabinet.versions[stem].document for stem in stems]

    def send(self, stems: Sequence[str]) -> None:
        self._meeting = self._body.cabinet.send_items(
            [("Nội dung thử", "Văn phòng UBND tỉnh", stems)], revises=self._meeting
        )


def at_paper(chair: Sitter, document: str) -> Hands:
    """The reader on a paper, every page in view painted."""
    chair.show(Place.MEETINGS)
    hands = Hands(cast(Application, chair))
    hands.see("meetings")
    chair.seat.open_paper(document)
    hands.see("pages")
    settle(chair.is_settled)
    return hands


def as_at_first(view: PageView) -> None:
    """Pages upright, by day, one under another, from the first on: whatever was done to the paper before."""
    view.set_night(False)
    while view.rotation:
        view.turn()
    view.arrange(Arrangement.COLUMN)
    view.fit_width()
    view.go_to(0)


def view_in(hands: Hands) -> PageView:
    view = hands.see("pages")
    assert isinstance(view, PageView)
    return view
