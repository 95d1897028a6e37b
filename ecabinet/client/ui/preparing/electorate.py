"""Who is asked: the members ticked, whose agency put the matter forward, and how many the law gives the body."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.enrolments import PersonLine
from ecabinet.client.desk.preparing import BallotDraft
from ecabinet.client.ui.preparing.forms import beside, named
from ecabinet.client.ui.preparing.people import SITTING, NumberField, People, has_role, office_of
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import ChoiceField, Field, TickBox, column
from ecabinet.client.ui.words import number, say
from ecabinet.core.ballots import Elector
from ecabinet.core.people import Role


class ElectorateForm(QWidget):
    """Filled in from a draft; `filled_in` gives another with what stands here."""

    changed = Signal()

    def __init__(self, draft: BallotDraft, people: Sequence[PersonLine]) -> None:
        super().__init__()
        self._before = {elector.person: elector for elector in draft.electors}
        self._voting = {person.person: person for person in people if has_role(person, SITTING)}
        self._people = People(tuple(self._voting.values()), self._before)
        self._people.setObjectName("electors")
        self.at_once = self._people.at_once
        self._proposer = named(ChoiceField(), "proposed_by")
        self._proposer.addItem(say("ballot_draft.nobody_proposed"), None)
        for person in self._voting.values():
            self._proposer.addItem(office_of(person), person.person)
        proposed = next((elector.person for elector in draft.electors if elector.proposed), None)
        self._proposer.setCurrentIndex(self._proposer.findData(proposed) if proposed is not None else 0)
        self._is_chosen = proposed is not None
        self._statutory, self._vacant = NumberField(draft.statutory), NumberField(draft.vacant)
        self._statutory.setObjectName("statutory")
        self._vacant.setObjectName("vacant")
        self._shows = named(TickBox(say("ballot_draft.shows_answers")), "shows_answers")
        self._shows.setChecked(draft.shows_answers_before_own)
        self.numbers = Field(say("ballot_draft.statutory"), self._statutory, help_text=" ")
        counts = beside(self.numbers, Field(say("ballot_draft.vacant"), self._vacant))
        self.setLayout(
            column(
                self._people,
                Field(say("ballot_draft.proposed_by"), self._proposer, help_text=say("ballot_draft.proposed_by_help")),
                counts,
                self._shows,
                gap=Space.LARGE,
            )
        )
        self._connect()
        self._show_in_office()
        self.setFocusProxy(self._people)

    def filled_in(self, draft: BallotDraft) -> BallotDraft:
        """The draft with the electorate that stands here."""
        proposer = self._proposer.currentData()
        electors = tuple(
            Elector(person=each, office=self._voting[each].office, proposed=each == proposer)
            for each in self._people.chosen
        )
        chairs = frozenset({Role.CHAIR})
        return replace(
            draft,
            electors=electors,
            statutory=self._statutory.value(),
            vacant=self._vacant.value(),
            chair=next((each for each in self._people.chosen if has_role(self._voting[each], chairs)), None),
            shows_answers_before_own=self._shows.isChecked(),
        )

    def propose(self, agency: str) -> None:
        """Take the head of an agency for who put the matter forward, unless somebody has chosen."""
        heads = [person.person for person in self._voting.values() if agency and person.office.endswith(agency)]
        if not self._is_chosen and len(heads) == 1:
            self._proposer.setCurrentIndex(self._proposer.findData(heads[0]))

    def _connect(self) -> None:
        for changed in (
            self._people.changed,
            self._proposer.currentIndexChanged,
            self._statutory.valueChanged,
            self._vacant.valueChanged,
            self._shows.toggled,
        ):
            changed.connect(self._tell)
        self._proposer.activated.connect(self._note_choice)

    def _note_choice(self) -> None:
        self._is_chosen = True

    def _tell(self) -> None:
        self._show_in_office()
        self.changed.emit()

    def _show_in_office(self) -> None:
        in_office = self._statutory.value() - self._vacant.value()
        asked = len(self._people.chosen)
        self.numbers.explain(say("ballot_draft.in_office", count=number(in_office), asked=number(asked)))
