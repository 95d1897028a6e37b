"""Whom to tick: people by office, chair and members first, all of them at one press, and how many are ticked."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSpinBox, QWidget

from ecabinet.client.desk.enrolments import PersonLine
from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Beside, Button, Kind, Muted, TickBox, boxed, column
from ecabinet.client.ui.words import Language, language, number, say
from ecabinet.core.codec import Name
from ecabinet.core.people import Role

_FOLDS_BELOW = 440
SITTING = frozenset({Role.CHAIR, Role.MEMBER})
"""Who belongs to the body itself."""
_CHAIR = frozenset({Role.CHAIR})


class People(QWidget):
    """Tick boxes, named `person.<id>`."""

    changed = Signal()

    def __init__(self, people: Sequence[PersonLine], chosen: Iterable[Name]) -> None:
        super().__init__()
        people = sorted(people, key=lambda each: not has_role(each, _CHAIR))
        ticked = frozenset(chosen)
        self._boxes: dict[Name, TickBox] = {}
        for person in people:
            box = TickBox(office_of(person))
            box.setObjectName(f"person.{person.person}")
            box.setChecked(person.person in ticked)
            box.toggled.connect(self._tell)
            self._boxes[person.person] = box
        self._is_telling = True
        self._count = Muted()
        self._count.setObjectName("people_count")
        everyone, nobody = Button(say("people.everyone"), Kind.PLAIN), Button(say("people.nobody"), Kind.PLAIN)
        everyone.clicked.connect(lambda: self.tick(self._boxes))
        nobody.clicked.connect(lambda: self.tick(()))
        self.at_once = (everyone, nobody)
        """For all at once: to stand beside the name of the part this is in."""
        members = [person for person in people if has_role(person, SITTING)]
        others = [person for person in people if not has_role(person, SITTING)]
        whole = column(self._count, self._columns(members), gap=Space.HAIR)
        if others:
            whole.addSpacing(theme.px(Space.SMALL))
            whole.addWidget(Muted(say("people.others")))
            whole.addWidget(self._columns(others))
        self.setLayout(whole)
        self._show_count()
        if self._boxes:
            self.setFocusProxy(next(iter(self._boxes.values())))

    @property
    def chosen(self) -> tuple[Name, ...]:
        """Who is ticked: the chair first, then in the order of the register."""
        return tuple(person for person, box in self._boxes.items() if box.isChecked())

    def tick(self, people: Iterable[Name]) -> None:
        """Tick these and nobody else."""
        wanted = frozenset(people)
        self._is_telling = False
        for person, box in self._boxes.items():
            box.setChecked(person in wanted)
        self._is_telling = True
        self._tell()

    def _columns(self, people: Sequence[PersonLine]) -> Beside:
        """In columns that are read downwards."""
        boxes = [self._boxes[person.person] for person in people]
        half = -(-len(boxes) // 2)
        parts = (boxed(column(*part, None, gap=0)) for part in (boxes[:half], boxes[half:]))
        return Beside(*parts, folds_below=_FOLDS_BELOW, gap=Space.LARGE)

    def _tell(self) -> None:
        if self._is_telling:
            self._show_count()
            self.changed.emit()

    def _show_count(self) -> None:
        self._count.setText(say("people.count", ticked=number(len(self.chosen)), all=number(len(self._boxes))))


class NumberField(QSpinBox):
    """A small whole number, typed or stepped with Up and Down.

    The style sheet hides the buttons: beside a style sheet, `NoButtons` leaves no room for the number.
    """

    def __init__(self, value: int) -> None:
        super().__init__()
        self.setRange(0, 999)
        self.setValue(value)
        self.setFont(theme.font())
        margin = theme.px(Space.MEDIUM) + 1  # padding from the style sheet does not reach the line
        self.lineEdit().setTextMargins(margin, 0, margin, 0)
        self.setFixedSize(theme.px(112), theme.px(theme.TARGET))

    def wheelEvent(self, event: QWheelEvent) -> None:
        # A wheel that scrolls the form past this field must not change it.
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


def has_role(person: PersonLine, roles: frozenset[Role]) -> bool:
    """Whether somebody has been granted one of these roles."""
    return any(grant.role in roles for grant in person.grants)


def office_of(person: PersonLine) -> str:
    """The office in the language of the interface."""
    return (person.office_en or person.office) if language() is Language.ENGLISH else person.office
