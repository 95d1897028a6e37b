"""An unlocked profile: the nouns a window may ask, who is asking, and whether he may go off-line."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from ecabinet.client.desk.ballots import AnswerStage, Ballots
from ecabinet.client.desk.comparing import Comparing
from ecabinet.client.desk.crossings import Crossings
from ecabinet.client.desk.enrolments import Enrolments
from ecabinet.client.desk.errors import KeyFault, StorageUnusable
from ecabinet.client.desk.finding import Finding
from ecabinet.client.desk.key_faults import keys_told
from ecabinet.client.desk.meetings import Meetings
from ecabinet.client.desk.notes import Notes
from ecabinet.client.desk.own_keys import OwnKeys, keep_own
from ecabinet.client.desk.papers import PaperLine, Papers, Presence
from ecabinet.client.desk.preparing import Preparing
from ecabinet.client.desk.profiles import ProfileFile
from ecabinet.client.desk.recognising import Recognising
from ecabinet.client.desk.restoring import Restoring
from ecabinet.client.desk.sharing import Sharing
from ecabinet.client.desk.syncing import Syncing
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.desk.work import Work
from ecabinet.client.remote import Remote
from ecabinet.client.sync import Sync
from ecabinet.client.sync.outbox import waiting
from ecabinet.client.sync.rounds import ready_until
from ecabinet.client.vault.serial import Serially
from ecabinet.client.vault.store import Vault
from ecabinet.client.vault.tidying import tidy
from ecabinet.core.ballots import BallotState
from ecabinet.core.certificates import describe
from ecabinet.core.codec import AgencyCode, Digest, Name
from ecabinet.core.people import Act, Role, Thing, may
from ecabinet.keys.device import DeviceKeys

_PARTING = 5.0
"""Seconds that locking waits for the outbox at most."""
_UNANSWERED = frozenset({AnswerStage.NONE, AnswerStage.DRAFT, AnswerStage.REFUSED})


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
    signs_with_token: bool
    """What is signed takes the PIN of a token, not the one that opens the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatus:
    """This device's keys. `fault` says why they can't sign now; None when they can."""

    phrase: str
    certificate_digest: Digest | None
    not_after: datetime | None
    tries_left: int
    is_on_token: bool
    """The signing key is on a token: what is signed takes the token's PIN, and the token counts its own tries."""
    fault: KeyFault | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelCheck:
    """Whether everything is on this machine, every paper read through and found whole."""

    papers: int
    missing_papers: tuple[str, ...]
    """Titles."""
    damaged_papers: tuple[str, ...]
    """Titles of those whose bytes did not prove right; they are fetched again."""
    ballots: int
    """Those that are open and whose forms are here."""
    unanswered_ballots: int
    can_sign: bool
    waiting_to_send: int
    ready_until: datetime | None
    """The last deadline or meeting known."""

    @property
    def is_ready(self) -> bool:
        return self.can_sign and not self.missing_papers and not self.damaged_papers


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an unlocked profile offers.

    Every method may be called on the serial lane. Those marked *network* must not be: they wait for the server, on a
    network lane, and go to the vault through the serial lane by themselves.
    """

    work: Work
    meetings: Meetings
    papers: Papers
    notes: Notes
    sharing: Sharing
    crossings: Crossings
    comparing: Comparing
    finding: Finding
    recognising: Recognising
    ballots: Ballots
    preparing: Preparing
    enrolments: Enrolments
    syncing: Syncing
    restoring: Restoring
    own_keys: OwnKeys
    unlocked: Unlocked
    """What the nouns work with; no business of a window's."""

    def me(self) -> Me:
        """As of now."""
        return self.unlocked.vault.do(self._me)

    def keys(self) -> KeyStatus:
        """Raises KeyUnusable when the keystore can't be asked."""
        keys = self.unlocked.keys
        with keys_told():
            chain, tries_left = keys.chain, keys.tries_left
        certificate = describe(chain[0]) if chain else None
        return KeyStatus(
            phrase=self.unlocked.phrase,
            certificate_digest=None if certificate is None else certificate.digest.hex(),
            not_after=None if certificate is None else certificate.not_after,
            tries_left=tries_left,
            is_on_token=keys.is_on_token,
            fault=self.unlocked.key_fault(),
        )

    def check_for_travel(self) -> TravelCheck:
        """Reads every paper through; half a second for 500 MB on a laptop."""
        papers = self.papers.all()
        here = [paper for paper in papers if paper.presence is Presence.HERE]
        damaged = [paper.title for paper in here if not self._is_whole(paper)]
        lines = self.unlocked.vault.do(self.ballots.lines)
        to_answer = [line for line in lines if line.state is BallotState.OPEN and line.is_elector]
        now = self.unlocked.sync.now()
        return TravelCheck(
            papers=len(papers),
            missing_papers=tuple(paper.title for paper in papers if paper.presence is not Presence.HERE),
            damaged_papers=tuple(damaged),
            ballots=len(to_answer),
            unanswered_ballots=sum(line.stage in _UNANSWERED for line in to_answer),
            can_sign=self.unlocked.key_fault() is None,
            waiting_to_send=self.unlocked.vault.do(lambda db: len(db.execute(waiting(self.unlocked.body)).all())),
            ready_until=self.unlocked.vault.do(lambda db: ready_until(db, self.unlocked.body, now)),
        )

    def lock(self) -> None:
        """*Network.* Sends what waits, for some seconds at most, then closes the vault and forgets its key."""
        parting = threading.Timer(_PARTING, self.syncing.stop)
        parting.start()
        try:
            self.syncing.send()
        finally:
            parting.cancel()
            self.syncing.stop()
            self.unlocked.remote.close()
            self.unlocked.vault.close()

    def _me(self, db: Connection) -> Me:
        body, now = self.unlocked.body, self.unlocked.sync.now()
        person = self.unlocked.me(db)
        register = self.unlocked.vault.registers.of(db, body)
        thing = Thing(body=body)
        return Me(
            person=person.id,
            office=person.office,
            office_en=person.office_en,
            body=body,
            body_name=self.unlocked.body_name if register is None else register.founding.name,
            body_name_en="" if register is None else register.founding.name_en,
            time_zone=self.unlocked.zone(db).key,
            roles=person.roles(now),
            may_prepare=may(person, Act.SEND_MEETING, thing, now, body=body),
            may_enrol=may(person, Act.CONFIRM_ENROLMENT, thing, now, body=body),
            signs_with_token=self.unlocked.keys.is_on_token,
        )

    def _is_whole(self, paper: PaperLine) -> bool:
        into = memoryview(bytearray(paper.size))
        try:
            self.papers.fill(paper.digest, into)
        except StorageUnusable:
            return False
        return True


def open_desk(
    place: Path,
    file: ProfileFile,
    keys: DeviceKeys,
    vault_key: bytes,
    *,
    serially: Serially,
    clock: Callable[[], datetime],
) -> Desk:
    """Opens the vault in `place`, and the desk over it. Raises StorageUnusable; then nothing is left open."""
    vault = Vault(place / "vault", vault_key, serially)
    try:
        remote = Remote(file.host, file.port, file.ca_certificate, keys)
        sync = Sync(
            vault,
            remote,
            body=file.body,
            person=file.person,
            sealing_key=keys.sealing_private_key,
            device_sign=keys.device_sign,
            clock=clock,
        )
        vault.do(lambda db: keep_own(db, file.body, file.phrase))
        return desk_of(
            Unlocked(
                vault=vault,
                sync=sync,
                remote=remote,
                keys=keys,
                host=file.host,
                port=file.port,
                body=file.body,
                body_name=file.body_name,
                person=file.person,
                office=file.office,
                office_en=file.office_en,
                phrase=file.phrase,
                clock=clock,
            )
        )
    except BaseException:
        vault.close()
        raise


def desk_of(unlocked: Unlocked) -> Desk:
    """The nouns over one unlocked profile."""
    papers, notes = Papers(unlocked), Notes(unlocked)
    ballots, meetings, enrolments = Ballots(unlocked, papers), Meetings(unlocked, papers), Enrolments(unlocked)
    tidy(unlocked.vault)
    unlocked.sync.recount()
    return Desk(
        work=Work(unlocked, ballots=ballots, papers=papers, meetings=meetings, enrolments=enrolments),
        meetings=meetings,
        papers=papers,
        notes=notes,
        sharing=Sharing(unlocked),
        crossings=Crossings(unlocked, notes, papers),
        comparing=Comparing(papers),
        finding=Finding(unlocked, papers),
        recognising=Recognising(unlocked, papers),
        ballots=ballots,
        preparing=Preparing(unlocked, ballots),
        enrolments=enrolments,
        syncing=Syncing(unlocked),
        restoring=Restoring(unlocked),
        own_keys=OwnKeys(unlocked),
        unlocked=unlocked,
    )
