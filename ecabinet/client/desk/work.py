"""Cần xử lý: what needs this person now."""

from dataclasses import dataclass

from ecabinet.client.desk.ballots import BallotLine, OpinionView
from ecabinet.client.desk.enrolments import WaitingEnrolment
from ecabinet.client.desk.meetings import MeetingLine
from ecabinet.client.desk.papers import PaperLine
from ecabinet.client.desk.syncing import Alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """What waits, each list in the order in which it is to be dealt with."""

    ballots: tuple[BallotLine, ...]
    """To be answered; `urgency` groups them: overdue, today, soon, later. Answered ones are not here."""
    refused: tuple[tuple[BallotLine, OpinionView], ...]
    papers: tuple[PaperLine, ...]
    """New, or changed since last read."""
    next_meeting: MeetingLine | None
    enrolments: tuple[WaitingEnrolment, ...]
    """For the registrar."""
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

    def todo(self) -> Todo:
        raise NotImplementedError

    def counts(self) -> Counts:
        raise NotImplementedError
