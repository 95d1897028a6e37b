"""An unlocked profile: the nouns a window may ask, and who is asking."""

from dataclasses import dataclass

from ecabinet.client.desk.ballots import Ballots
from ecabinet.client.desk.enrolments import Enrolments
from ecabinet.client.desk.meetings import Meetings
from ecabinet.client.desk.notes import Notes
from ecabinet.client.desk.papers import Papers
from ecabinet.client.desk.preparing import Preparing
from ecabinet.client.desk.syncing import Syncing
from ecabinet.client.desk.work import Work
from ecabinet.core.codec import AgencyCode, Name
from ecabinet.core.people import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who has unlocked the desk, as last enrolled. Before the first sync, office and body come from the invitation."""

    person: Name
    office: str
    office_en: str
    body: AgencyCode
    body_name: str
    body_name_en: str
    time_zone: str
    roles: frozenset[Role]
    may_prepare: bool
    may_enrol: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an unlocked profile offers. Every method may be called on the serial lane; those marked *network* must not be:
    they wait for the server, on a network lane, and go to the vault through the serial lane by themselves."""

    work: Work
    meetings: Meetings
    papers: Papers
    notes: Notes
    ballots: Ballots
    preparing: Preparing
    enrolments: Enrolments
    syncing: Syncing

    def me(self) -> Me:
        raise NotImplementedError

    def lock(self) -> None:
        """*Network.* Sends what waits in the outbox, for a few seconds at most, then closes the vault and forgets its key."""
        raise NotImplementedError
