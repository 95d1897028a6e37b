"""Who may do what: roles, the time for which a person holds them, and the one permission table.

The server decides with `may()`; a client hides what would be refused; the verifier asks the same table whether whoever
opened, closed or counted a ballot held the office to do so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecabinet.core.codec import AgencyCode, Name


class Role(StrEnum):
    """What a person is in a body (domain: People)."""

    CHAIR = "chair"
    MEMBER = "member"
    ASSISTANT = "assistant"
    SUBMITTER = "submitter"
    SECRETARY = "secretary"
    OFFICE_LEADER = "office_leader"
    CLERK = "clerk"
    GUEST = "guest"
    UNIT_ADMINISTRATOR = "unit_administrator"
    ADMINISTRATOR = "administrator"
    """Everything technical, and by this role no right to read a paper or a ballot."""
    REGISTRAR = "registrar"
    """Confirms whose key is whose. Held by the key that founded the ledger, and by no grant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role held from a time on, until another if one is set; an assistant's grant names whom he helps."""

    role: Role
    from_at: datetime
    to_at: datetime | None = None
    for_person: Name | None = None

    def __post_init__(self) -> None:
        if self.to_at is not None and self.to_at <= self.from_at:
            raise ValueError("to_at")
        if (self.role is Role.ASSISTANT) != (self.for_person is not None):
            raise ValueError("for_person")

    def holds(self, at: datetime) -> bool:
        return self.from_at <= at and (self.to_at is None or at < self.to_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody a body knows: by office, as its papers name people, in Vietnamese and English."""

    id: Name
    office: str
    office_en: str = ""
    grants: tuple[Grant, ...] = ()

    def roles(self, at: datetime) -> frozenset[Role]:
        """The roles held at `at`."""
        return frozenset([grant.role for grant in self.grants if grant.holds(at)])


class Act(StrEnum):
    """Everything that needs a right. Those that are signed carry the name of their statement."""

    CONFIRM_ENROLMENT = "enrolled"
    REVOKE = "revoked"
    START_EPOCH = "epoch"
    ADMIT_AUTHORITY = "authority.admitted"
    INVITE = "invite"
    PUBLISH_PAPERS = "documents.published"
    SEND_MEETING = "meeting.sent"
    OPEN_BALLOT = "ballot.opened"
    EXTEND_BALLOT = "ballot.extended"
    ANSWER_BALLOT = "opinion"
    CLOSE_BALLOT = "ballot.closed"
    SIGN_RESULT = "ballot.result"
    READ_PAPER = "read_paper"
    READ_MEETING = "read_meeting"
    READ_BALLOT = "read_ballot"
    READ_OPINION = "read_opinion"
    READ_EVIDENCE = "read_evidence"
    KEEP_EVIDENCE = "keep_evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What an act is done to, as far as rights look at it."""

    body: AgencyCode
    readers: frozenset[Name] = frozenset()
    """Persons a paper, meeting or ballot was sent to."""
    electors: frozenset[Name] = frozenset()
    author: Name | None = None
    """Whose opinion it is."""
    is_announced: bool = False
    """Whether the ballot's result has been signed."""
    shows_answers: bool = False
    """Whether the ballot lets electors see each other's answers as they are recorded."""


@dataclass(frozen=True, slots=True)
class _Right:
    roles: frozenset[Role] = frozenset()
    readers: bool = False
    electors: bool = False
    author: bool = False
    electors_once_announced: bool = False
    electors_where_shown: bool = False
    assistants: bool = False
    """Whether an assistant may, wherever the person he helps may."""


_SECRETARIAT: frozenset[Role] = frozenset({Role.SECRETARY, Role.OFFICE_LEADER, Role.CLERK})
_PREPARERS: frozenset[Role] = frozenset({Role.SECRETARY, Role.OFFICE_LEADER})
_REGISTRAR: frozenset[Role] = frozenset({Role.REGISTRAR})

_TABLE: dict[Act, _Right] = {
    Act.CONFIRM_ENROLMENT: _Right(_REGISTRAR),
    Act.REVOKE: _Right(_REGISTRAR),
    Act.START_EPOCH: _Right(_REGISTRAR),
    Act.ADMIT_AUTHORITY: _Right(_REGISTRAR),
    Act.INVITE: _Right(frozenset({Role.REGISTRAR, Role.ADMINISTRATOR, Role.UNIT_ADMINISTRATOR})),
    Act.PUBLISH_PAPERS: _Right(_SECRETARIAT),
    Act.SEND_MEETING: _Right(_PREPARERS),
    Act.OPEN_BALLOT: _Right(_PREPARERS),
    Act.EXTEND_BALLOT: _Right(_PREPARERS),
    Act.ANSWER_BALLOT: _Right(electors=True),
    Act.CLOSE_BALLOT: _Right(_PREPARERS),
    Act.SIGN_RESULT: _Right(_PREPARERS),
    Act.READ_PAPER: _Right(_SECRETARIAT, readers=True, electors=True, assistants=True),
    Act.READ_MEETING: _Right(_SECRETARIAT, readers=True, assistants=True),
    Act.READ_BALLOT: _Right(_SECRETARIAT, readers=True, electors=True, assistants=True),
    Act.READ_OPINION: _Right(_SECRETARIAT, author=True, electors_once_announced=True, electors_where_shown=True),
    Act.READ_EVIDENCE: _Right(_SECRETARIAT, electors_once_announced=True),
    Act.KEEP_EVIDENCE: _Right(_PREPARERS),
}


def may(person: Person, act: Act, thing: Thing, at: datetime, *, body: AgencyCode) -> bool:
    """Whether `person`, known in `body`, may do `act` to `thing` at `at`. The only place where a right is decided."""
    right = _TABLE[act]
    if body != thing.body:
        return False
    if right.roles and right.roles & person.roles(at):
        return True
    if not right.assistants:
        return _is_named(right, person.id, thing)
    helped = [grant.for_person for grant in person.grants if grant.for_person is not None and grant.holds(at)]
    return any(_is_named(right, name, thing) for name in (person.id, *helped))


def _is_named(right: _Right, name: Name, thing: Thing) -> bool:
    return (
        (right.readers and name in thing.readers)
        or (right.electors and name in thing.electors)
        or (right.author and name == thing.author)
        or (right.electors_once_announced and thing.is_announced and name in thing.electors)
        or (right.electors_where_shown and thing.shows_answers and name in thing.electors)
    )


def holders(people: Iterable[Person], act: Act, at: datetime) -> frozenset[Name]:
    """Those whose role alone lets them do `act`, whatever the thing."""
    return frozenset(person.id for person in people if _TABLE[act].roles & person.roles(at))
