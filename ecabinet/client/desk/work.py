"""Cần xử lý: what needs this person now."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from ecabinet.client.desk.ballots import (
    AnswerStage,
    BallotLine,
    Ballots,
    OpinionView,
    Urgency,
    ballot_opened,
    ballot_row,
)
from ecabinet.client.desk.enrolments import Enrolments, PersonLine, WaitingEnrolment
from ecabinet.client.desk.meetings import MeetingLine, Meetings, Phase
from ecabinet.client.desk.papers import PaperLine, Papers
from ecabinet.client.desk.syncing import Alarm
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.sync.alarms import alarms
from ecabinet.client.vault import schema
from ecabinet.core.ballots import BallotState, Opinion
from ecabinet.core.codec import Identifier
from ecabinet.core.people import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """What waits, each list in the order in which it is to be dealt with."""

    ballots: tuple[BallotLine, ...]
    """To be answered; `urgency` groups them: overdue, today, soon, later. Answered ones are not here."""
    refused: tuple[tuple[BallotLine, OpinionView], ...]
    papers: tuple[PaperLine, ...]
    """New, or in a new version."""
    next_meeting: MeetingLine | None
    enrolments: tuple[WaitingEnrolment, ...]
    """For the registrar."""
    revoked_outside: tuple[PersonLine, ...]
    """For the registrar: whose key an outside authority has revoked, and nobody here yet."""
    lost: tuple[PersonLine, ...]
    """For the registrar: who asks to have the key of a device revoked."""
    closings: tuple[BallotLine, ...]
    """For the secretariat: the deadline has passed, or everybody has answered, and nobody has closed it."""
    results: tuple[BallotLine, ...]
    """For the secretariat: closed, and no result signed."""
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The numbers in the side bar."""

    todo: int
    meetings: int
    ballots: int
    papers: int


class Work:
    """What waits."""

    def __init__(
        self, unlocked: Unlocked, *, ballots: Ballots, papers: Papers, meetings: Meetings, enrolments: Enrolments
    ) -> None:
        self._unlocked = unlocked
        self._ballots, self._papers, self._meetings, self._enrolments = ballots, papers, meetings, enrolments

    def todo(self) -> Todo:
        """All of it, as of now."""
        return self._unlocked.vault.do(self._todo)

    def counts(self) -> Counts:
        """How much waits, by where it is seen to."""
        todo = self.todo()
        mine = len(todo.ballots) + len(todo.refused)
        register = len(todo.enrolments) + len(todo.revoked_outside) + len(todo.lost)
        office = register + len(todo.closings) + len(todo.results)
        meetings = int(todo.next_meeting is not None and todo.next_meeting.new_papers > 0)
        return Counts(todo=mine + office + len(todo.alarms), meetings=meetings, ballots=mine, papers=len(todo.papers))

    def _todo(self, db: Connection) -> Todo:
        lines = self._ballots.lines(db)
        open_to_me = [line for line in lines if line.state is BallotState.OPEN and line.is_elector]
        meetings = self._meetings.lines(db)
        waits = {AnswerStage.NONE, AnswerStage.DRAFT, AnswerStage.REFUSED}
        prepares = self._unlocked.may(db, Act.CLOSE_BALLOT)
        revocable = self._enrolments.everybody(db) if self._unlocked.may(db, Act.REVOKE) else ()
        return Todo(
            ballots=tuple(line for line in open_to_me if line.stage in waits),
            refused=self._ballots.refused_ones(db),
            papers=tuple(line for line in self._papers.lines(db).values() if line.is_new),
            next_meeting=next((line for line in meetings if line.phase is not Phase.AFTER), None),
            enrolments=self._enrolments.waiting_ones(db) if self._unlocked.may(db, Act.CONFIRM_ENROLMENT) else (),
            revoked_outside=tuple(each for each in revocable if each.revoked_outside),
            lost=tuple(each for each in revocable if each.reported),
            closings=tuple(line for line in lines if prepares and self._is_to_be_closed(db, line)),
            results=tuple(line for line in lines if prepares and line.state is BallotState.CLOSED),
            alarms=alarms(db, self._unlocked.body),
        )

    def _is_to_be_closed(self, db: Connection, line: BallotLine) -> bool:
        if line.state is not BallotState.OPEN:
            return False
        return line.urgency is Urgency.OVERDUE or has_everybody_answered(db, line.ballot)


def has_everybody_answered(db: Connection, ballot: Identifier) -> bool:
    """Whether every elector's opinion is here: for those who may see them all."""
    said = schema.statements.c
    given = (said.thing == ballot) & (said.type == Opinion.TYPE) & said.leaf.is_not(None)
    answered = set(db.scalars(select(said.signer).where(given)))
    asked = ballot_opened(db, ballot_row(db, ballot)).electorate.electors
    return {each.person for each in asked} <= answered
