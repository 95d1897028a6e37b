"""The registrar's work: who is invited, whose key is whose, whose key is none any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from ecabinet.client.desk.errors import CertificateFault, CertificateUnfit, NotHere
from ecabinet.client.desk.invitations import write_invitation
from ecabinet.client.desk.unlocked import Unlocked, in_nfc
from ecabinet.client.sync.losses import reported
from ecabinet.client.sync.revocations import OutsideStanding, outside_standings
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.core import codec
from ecabinet.core.certificates import BadCertificate, Reason, check_certificate, describe
from ecabinet.core.codec import AgencyCode, Digest, Identifier, Name
from ecabinet.core.envelope import parse
from ecabinet.core.losses import LostDevice
from ecabinet.core.people import Act, Grant, Person
from ecabinet.core.protocol import Enrolment, EnrolmentState, InvitationRequest
from ecabinet.core.register import (
    AuthorityAdmitted,
    DeviceKeys,
    Enrolled,
    RegisterError,
    RevocationReason,
    Revoked,
    fingerprint_phrase,
)
from ecabinet.core.revocation import Standing


class Doubt(StrEnum):
    """In what a device that waits is not what this registrar invited. For whom it is, only the server says."""

    NOT_INVITED = "not_invited"
    """Nobody was invited here under that name."""
    OTHER_OFFICE = "other_office"
    OTHER_RIGHTS = "other_rights"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEnrolment:
    """A device that waits. Its `phrase` must be the one the person reads out, screen to screen or by telephone."""

    enrolment: Identifier
    person: Name
    office: str
    office_en: str
    grants: tuple[Grant, ...]
    device_name: str
    keys: DeviceKeys
    """Those that confirming signs for: no others, whatever arrives meanwhile."""
    asked_at: datetime
    is_further_device: bool
    """The person is enrolled already, with another device."""
    invited: InvitationRequest | None
    """What this registrar last invited the person to be, as kept on this machine."""
    known: Mapping[Name, Person] = field(compare=False)
    """Everybody in the register: whom an assistant will help. Others enrolled meanwhile make it no other request."""

    @property
    def phrase(self) -> str:
        return fingerprint_phrase(self.keys.fingerprint)

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Empty when all is as it was invited."""
        if self.invited is None:
            return (Doubt.NOT_INVITED,)
        same_office = (self.invited.office, self.invited.office_en) == (self.office, self.office_en)
        same_rights = self.invited.grants == self.grants
        return (() if same_office else (Doubt.OTHER_OFFICE,)) + (() if same_rights else (Doubt.OTHER_RIGHTS,))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLine:
    """A device of an enrolled person."""

    certificate_digest: Digest
    phrase: str
    not_after: datetime
    is_this_one: bool
    outside: OutsideStanding | None
    """How its certificate stands with the outside authority that issued it; None for one of the body's own CA."""
    reported: LostDevice | None
    """That its owner asks, from another device of his, to have it revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """Somebody in the register."""

    person: Name
    office: str
    office_en: str
    grants: tuple[Grant, ...]
    devices: tuple[DeviceLine, ...]
    """Those in force."""

    @property
    def revoked_outside(self) -> tuple[DeviceLine, ...]:
        """Devices in force whose certificate its authority revoked: the registrar is to sign that here too."""
        return tuple(
            each for each in self.devices if each.outside is not None and each.outside.standing is Standing.REVOKED
        )

    @property
    def reported(self) -> tuple[DeviceLine, ...]:
        """Devices in force that this person asks to have revoked."""
        return tuple(each for each in self.devices if each.reported is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A one-time code for one person. `address` is all of it, for a QR code or a file: `ecabinet://host:port/CODE`."""

    code: str
    address: str
    expires_at: datetime


class Enrolments:
    """Enrolling and revoking. What is signed goes into the outbox, and out of it as soon as there is a network."""

    def __init__(self, unlocked: Unlocked) -> None:
        self._unlocked = unlocked

    def people(self) -> tuple[PersonLine, ...]:
        """Everybody in the register, in order of first enrolment."""
        return self._unlocked.vault.do(self.everybody)

    def everybody(self, db: Connection) -> tuple[PersonLine, ...]:
        """The same, within a transaction."""
        register = self._unlocked.register(db)
        own, outside = self._unlocked.keys.signing_public_key, outside_standings(db, register)
        lost = {each.certificate: each for each in reported(db, self._unlocked.body)}
        return tuple(
            PersonLine(
                person=person.id,
                office=person.office,
                office_en=person.office_en,
                grants=person.grants,
                devices=tuple(_device_line(device, own, outside, lost) for device in register.devices(person.id)),
            )
            for person in register.people()
        )

    def waiting(self) -> tuple[WaitingEnrolment, ...]:
        """The longest waiting first. What was confirmed here and is not recorded yet no longer waits."""
        return self._unlocked.vault.do(self.waiting_ones)

    def invite(self, *, person: Name, office: str, office_en: str, grants: Sequence[Grant]) -> Invited:
        """*Network.* Kept here, to be held against who asks. Raises RemoteError and its kinds, StorageUnusable."""
        asked = InvitationRequest(person=person, office=office, office_en=office_en, grants=tuple(grants))
        request = in_nfc(asked)
        invitation = self._unlocked.remote.invite(self._unlocked.body, request)
        kept = {"body": self._unlocked.body, "person": request.person, "content": codec.dump(request)}
        self._unlocked.vault.do(lambda db: db.execute(insert(schema.invitations).values(kept)))
        return Invited(
            code=invitation.code,
            address=write_invitation(self._unlocked.host, self._unlocked.port, invitation.code),
            expires_at=invitation.expires_at,
        )

    def confirm(self, enrolments: Sequence[WaitingEnrolment], pin: str) -> Changes:
        """Signs that the keys compared are these persons', with the offices and grants given here, perhaps altered.

        Raises WrongPin, KeyUnusable, StorageUnusable, NotHere.
        """
        signer = self._unlocked.signer(pin)

        def confirm_all(db: Connection) -> None:
            previous = self._unlocked.register_head(db)
            for each in enrolments:
                _require(db, each.enrolment)
                enrolled = Enrolled(
                    **self._unlocked.heading(db),
                    person=each.person,
                    office=each.office,
                    office_en=each.office_en,
                    grants=each.grants,
                    keys=each.keys,
                    previous=previous,
                )
                previous = self._unlocked.queue(db, in_nfc(enrolled), signer).digest

        self._unlocked.vault.do(confirm_all)
        self._unlocked.sync.recount()
        return Changes(enrolments=frozenset(each.enrolment for each in enrolments), register=True)

    def admit(self, certificate: bytes, pin: str) -> Changes:
        """Signs that certificates which this authority issued may be taken from now on. `certificate` is its own, DER.

        Raises NotAllowed, CertificateUnfit, WrongPin, KeyUnusable, TokenUnusable, StorageUnusable.
        """
        self._unlocked.require(Act.ADMIT_AUTHORITY)
        register, now = self._unlocked.vault.do(self._unlocked.register), self._unlocked.sync.now()
        try:
            register.require_authority(certificate, now)
        except BadCertificate as error:
            raise CertificateUnfit(CertificateFault.UNREADABLE) from error
        except RegisterError as error:
            raise CertificateUnfit(CertificateFault.NO_AUTHORITY) from error
        signer = self._unlocked.signer(pin)

        def admit_it(db: Connection) -> None:
            previous = self._unlocked.register_head(db)
            admitted = AuthorityAdmitted(**self._unlocked.heading(db), certificate=certificate, previous=previous)
            self._unlocked.queue(db, admitted, signer)

        self._unlocked.vault.do(admit_it)
        self._unlocked.sync.recount()
        return Changes(register=True)

    def certified(self, enrolments: Sequence[WaitingEnrolment], certificate: bytes) -> list[WaitingEnrolment]:
        """The same, one of them with a certificate (DER) that another authority gave for its key.

        The phrase that was compared is the key's, and stays. Raises CertificateUnfit.
        """
        register, now = self._unlocked.vault.do(self._unlocked.register), self._unlocked.sync.now()
        try:
            key = describe(certificate).public_key_info
            keys_of = ((each, describe(each.keys.signing_certificate).public_key_info) for each in enrolments)
            whose = next((each for each, own in keys_of if own == key), None)
            if whose is None:
                raise CertificateUnfit(CertificateFault.OTHER_KEY)
            check_certificate(certificate, register.issuers, now)
        except BadCertificate as error:
            raise CertificateUnfit(_FAULTS[error.reason]) from error
        keys = replace(whose.keys, signing_certificate=certificate)
        return [replace(each, keys=keys) if each is whose else each for each in enrolments]

    def decline(self, enrolment: Identifier) -> Changes:
        """*Network.* Raises RemoteError and its kinds."""
        self._unlocked.remote.decline(self._unlocked.body, enrolment)
        table = schema.enrolments
        declined = update(table).where(table.c.enrolment == enrolment).values(state=EnrolmentState.DECLINED)
        self._unlocked.vault.do(lambda db: db.execute(declined))
        return Changes(enrolments=frozenset({enrolment}))

    def revoke(self, person: Name, certificate_digest: Digest, reason: RevocationReason, pin: str) -> Changes:
        """Signs that this device's key is none any more.

        Raises NotAllowed, WrongPin, KeyUnusable, StorageUnusable, NotHere.
        """
        self._unlocked.require(Act.REVOKE)
        known = {
            device.certificate_digest for line in self.people() if line.person == person for device in line.devices
        }
        if certificate_digest not in known:
            raise NotHere
        signer = self._unlocked.signer(pin)

        def revoke_it(db: Connection) -> None:
            revoked = Revoked(
                **self._unlocked.heading(db),
                person=person,
                certificate_digest=certificate_digest,
                reason=reason,
                previous=self._unlocked.register_head(db),
            )
            self._unlocked.queue(db, revoked, signer)

        self._unlocked.vault.do(revoke_it)
        self._unlocked.sync.recount()
        return Changes(register=True)

    def waiting_ones(self, db: Connection) -> tuple[WaitingEnrolment, ...]:
        table = schema.enrolments.c
        asked = select(table.content).where(table.body == self._unlocked.body, table.state == EnrolmentState.WAITING)
        enrolled = _enrolled_keys(db, self._unlocked.body)
        waiting = (codec.load(Enrolment, content) for content in db.scalars(asked.order_by(table.asked_at)))
        register = self._unlocked.register(db)
        known = {person.id: person for person in register.people()}
        return tuple(
            WaitingEnrolment(
                enrolment=each.enrolment,
                person=each.person,
                office=each.office,
                office_en=each.office_en,
                grants=each.grants,
                device_name=each.device_name,
                keys=each.keys,
                asked_at=each.asked_at,
                is_further_device=each.person in known,
                invited=_invited(db, self._unlocked.body, each),
                known=known,
            )
            for each in waiting
            if each.keys.device_key not in enrolled
        )


_FAULTS = {
    Reason.UNREADABLE: CertificateFault.UNREADABLE,
    Reason.UNFIT_KEY: CertificateFault.UNFIT_KEY,
    Reason.UNKNOWN_EXTENSION: CertificateFault.UNKNOWN_EXTENSION,
    Reason.UNFIT_USAGE: CertificateFault.UNFIT_USAGE,
    Reason.UNFIT_PURPOSE: CertificateFault.UNFIT_PURPOSE,
    Reason.UNKNOWN_ISSUER: CertificateFault.NOT_ADMITTED,
    Reason.NOT_ISSUED: CertificateFault.NOT_ADMITTED,
    Reason.NOT_YET_VALID: CertificateFault.NOT_VALID_NOW,
    Reason.EXPIRED: CertificateFault.NOT_VALID_NOW,
    Reason.ISSUER_NOT_YET_VALID: CertificateFault.NOT_VALID_NOW,
    Reason.ISSUER_EXPIRED: CertificateFault.NOT_VALID_NOW,
}


def _require(db: Connection, enrolment: Identifier) -> None:
    table = schema.enrolments.c
    if db.scalar(select(table.enrolment).where(table.enrolment == enrolment)) is None:
        raise NotHere


def _invited(db: Connection, body: AgencyCode, asking: Enrolment) -> InvitationRequest | None:
    """The invitation that a device answers: the last that says the same of the person, else the last of all."""
    table = schema.invitations.c
    mine = (table.body == body) & (table.person == asking.person)
    contents = db.scalars(select(table.content).where(mine).order_by(table.place.desc()))
    invited = [codec.load(InvitationRequest, content) for content in contents]
    said = (asking.office, asking.office_en, asking.grants)
    same = (each for each in invited if (each.office, each.office_en, each.grants) == said)
    return next(same, invited[0] if invited else None)


def _device_line(
    device: DeviceKeys,
    own_key: bytes,
    outside: Mapping[Digest, OutsideStanding],
    lost: Mapping[Digest, LostDevice],
) -> DeviceLine:
    certificate = describe(device.signing_certificate)
    digest = certificate.digest.hex()
    return DeviceLine(
        certificate_digest=digest,
        phrase=fingerprint_phrase(device.fingerprint),
        not_after=certificate.not_after,
        is_this_one=certificate.public_key_info == own_key,
        outside=outside.get(digest),
        reported=lost.get(digest),
    )


def _enrolled_keys(db: Connection, body: AgencyCode) -> set[bytes]:
    """Of devices that a statement enrols which is in the ledger, or on its way there."""
    said, line = schema.statements.c, schema.outbox.c
    refused = select(line.statement).where(line.refusal.is_not(None))
    asked = select(said.statement).where(said.body == body, said.type == Enrolled.TYPE, said.id.not_in(refused))
    enrolled = (parse(statement) for statement in db.scalars(asked))
    return {each.keys.device_key for each in enrolled if isinstance(each, Enrolled)}
