"""What the forms for meetings and ballots share: whom to tick, what is still missing, and the PIN before sending."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QGridLayout

from ecabinet.client.desk import Changes
from ecabinet.client.desk.enrolments import PersonLine
from ecabinet.client.desk.preparing import Incomplete, Missing
from ecabinet.client.ui import theme
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.signing import PinSheet
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Notice, TickBox
from ecabinet.client.ui.words import Names, say
from ecabinet.core.codec import Identifier, Name

_missing = Names("preparing.missing", Missing)
_COLUMNS = 2


def people_boxes(people: Sequence[PersonLine], chosen: Sequence[Name]) -> tuple[dict[Name, TickBox], QGridLayout]:
    """A tick box for each person, by office, in two columns."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.px(Space.LARGE))
    grid.setVerticalSpacing(0)
    boxes = {}
    for place, person in enumerate(people):
        box = TickBox(person.office)
        box.setObjectName(f"person.{person.person}")
        box.setChecked(person.person in chosen)
        boxes[person.person] = box
        grid.addWidget(box, place // _COLUMNS, place % _COLUMNS)
    for side in range(_COLUMNS):
        grid.setColumnStretch(side, 1)
    return boxes, grid


def explain_missing(error: Exception) -> Explanation | None:
    """What is still to be filled in, in words; None for another error."""
    if not isinstance(error, Incomplete):
        return None
    return Explanation(happened=say("preparing.incomplete"), safe=say("preparing.kept"), to_do=_listed(error.missing))


def send_sheet(
    screen: Screen, seat: Seat, draft: Identifier, missing: tuple[Missing, ...], *, title: str, consequence: str
) -> None:
    """Asks for the PIN and sends, or says what is missing."""
    if missing:
        notice = Notice(
            Tone.WARNING,
            say("preparing.incomplete"),
            safe=say("preparing.kept"),
            to_do=_listed(missing),
            is_closable=True,
        )
        notice.setObjectName("missing")
        screen.show_notice(notice)
        return

    def sent(changes: Changes) -> None:
        screen.leaves.emit()
        seat.changed(changes)
        seat.send_soon()

    preparing = seat.desk.preparing
    PinSheet(
        screen, title, consequence, do=title, sign=lambda pin: partial(preparing.send, draft, pin), then=sent
    ).open()


def _listed(missing: Sequence[Missing]) -> str:
    return "; ".join(_missing(each) for each in missing)
