"""Whose key was valid when: the chain of register statements, replayed.

Leaf 0 founds a body; each later register statement names its predecessor, so that the register is complete up to a
named head. A certificate alone makes nobody an elector: only `enrolled`, signed by the registrar who compared the
fingerprint phrase, does.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ecabinet.core import certificates
from ecabinet.core.certificates import BadCertificate, check_certificate, describe, may_issue
from ecabinet.core.checkpoint import LogKey
from ecabinet.core.codec import AgencyCode, Digest, Name
from ecabinet.core.envelope import Opened, Statement, statement
from ecabinet.core.epochs import Epochs
from ecabinet.core.ledger import ProofError
from ecabinet.core.people import Act, Grant, Person, Role, Thing, may

FOUNDING = "body.founded"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKeys:
    """The public halves of the three keys of a device: what one enrolment request carries."""

    signing_certificate: bytes
    """DER. P-256 in software; what a token holds otherwise."""
    device_key: bytes
    """Ed25519, 32 bytes: signs in."""
    sealing_key: bytes
    """X25519, 32 bytes: what is sealed to this device is sealed to it (HPKE, RFC 9180)."""

    def __post_init__(self) -> None:
        if len(self.device_key) != 32 or len(self.sealing_key) != 32:  # noqa: PLR2004 - the size of either key
            raise ValueError("device_key")

    @property
    def fingerprint(self) -> Digest:
        """SHA-256 over the three public keys: what registrar and person compare, as a phrase."""
        certificate = x509.load_der_x509_certificate(self.signing_certificate)
        spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return fingerprint_of(spki, self.device_key, self.sealing_key)


def fingerprint_of(signing_spki: bytes, device_key: bytes, sealing_key: bytes) -> Digest:
    """SHA-256 over the three public keys, the signing key as SubjectPublicKeyInfo: known before a certificate is."""
    return hashlib.sha256(hashlib.sha256(signing_spki).digest() + device_key + sealing_key).hexdigest()


_ONSETS = ("b", "c", "ch", "d", "g", "h", "kh", "l", "m", "n", "ph", "r", "s", "t", "th", "v")
_RIMES = ("a", "am", "an", "ang", "ao", "e", "em", "en", "i", "im", "o", "on", "ong", "u", "um", "ung")


def fingerprint_phrase(fingerprint: Digest) -> str:
    """Eight syllables, 64 bits, that can be read out over a telephone: `bam-khong thu-la …`."""
    syllables = [_ONSETS[byte >> 4] + _RIMES[byte & 15] for byte in bytes.fromhex(fingerprint)[:8]]
    return " ".join(f"{first}-{second}" for first, second in zip(syllables[::2], syllables[1::2], strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessPolicy:
    """Which witnesses must have cosigned a checkpoint before evidence counts as witnessed; none by default."""

    quorum: int
    keys: tuple[str, ...]
    """Verifier keys as `signed-note` writes them."""

    def __post_init__(self) -> None:
        if not 0 <= self.quorum <= len(self.keys):
            raise ValueError("quorum")


@statement(FOUNDING)
@dataclass(frozen=True, slots=True, kw_only=True)
class BodyFounded(Statement):
    """Leaf 0. Signed by the registrar, whose certificate is what every verifier trusts."""

    name: str
    name_en: str
    time_zone: str
    registrar: Name
    registrar_office: str
    registrar_keys: DeviceKeys
    log_key: bytes
    """Ed25519, 32 bytes."""
    ca_certificate: bytes
    """DER: the body CA that issues certificates."""
    clock_tolerance_seconds: int
    """By how much `accepted_at` may run behind the signers' clocks before a verifier remarks on it."""
    witnesses: WitnessPolicy


@statement(Act.CONFIRM_ENROLMENT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled(Statement):
    """These keys are this person's, who holds these roles. The same keys again: office or roles have changed."""

    person: Name
    office: str
    office_en: str
    grants: tuple[Grant, ...]
    keys: DeviceKeys
    previous: Digest

    def __post_init__(self) -> None:
        if any(grant.role is Role.REGISTRAR for grant in self.grants):
            raise ValueError("grants")


class RevocationReason(StrEnum):
    """RFC 5280 §5.3.1, as far as a register needs it."""

    KEY_COMPROMISE = "key_compromise"
    DEVICE_LOST = "device_lost"
    LEFT_OFFICE = "left_office"
    SUPERSEDED = "superseded"


@statement(Act.REVOKE)
@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked(Statement):
    """From here on this signing certificate makes no valid statement."""

    person: Name
    certificate_digest: Digest
    """SHA-256 of the DER certificate."""
    reason: RevocationReason
    previous: Digest


@statement(Act.START_EPOCH)
@dataclass(frozen=True, slots=True, kw_only=True)
class EpochStarted(Statement):
    """After a restored backup: a new log, which names the last checkpoint known to anyone of the old one.

    See `epochs`.
    """

    epoch: int
    log_key: bytes
    last_checkpoint: str
    previous: Digest


@statement(Act.ADMIT_AUTHORITY)
@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityAdmitted(Statement):
    """From here on, keys that an outside authority has certified may be enrolled with the certificates it gave."""

    certificate: bytes
    """DER: the one that issues, whatever stands above it."""
    previous: Digest


RegisterStatement: TypeAlias = BodyFounded | Enrolled | Revoked | EpochStarted | AuthorityAdmitted
REGISTERING = tuple(kind.TYPE for kind in (BodyFounded, Enrolled, Revoked, EpochStarted, AuthorityAdmitted))
"""The types of statement that the register is replayed from."""


def register_tag(body: AgencyCode) -> bytes:
    """The ledger tag of every register statement of a body: SHA-256 of the register's name."""
    return hashlib.sha256(f"ecabinet/{body}/register".encode()).digest()


class Verdict(StrEnum):
    """Whether a statement counted at its place in the ledger, and if not, why not."""

    VALID = "valid"
    OTHER_BODY = "other_body"
    NOT_ENROLLED = "not_enrolled"
    ENROLLED_LATER = "enrolled_later"
    REVOKED_BEFORE = "revoked_before"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    BAD_CERTIFICATE = "bad_certificate"
    NO_RIGHT = "no_right"
    OTHER_PERSON = "other_person"


class RegisterError(ValueError):
    """A register statement that does not continue the register, or is not the registrar's."""


@dataclass(slots=True)
class _Key:
    person: Name
    enrolled_leaf: int
    revoked_leaf: int | None = None


@dataclass(slots=True)
class _Standing:
    """A person from a leaf on."""

    leaf: int
    person: Person


@dataclass(slots=True)
class Register:
    """The register of one body, as far as it has been replayed. `add` is the only way in."""

    founding: BodyFounded
    head: Digest
    epochs: Epochs
    issuers: tuple[bytes, ...]
    """Certificates (DER) that signers' are issued by: the body's CA, the registrar's own, and those admitted."""
    _heads: tuple[Digest, ...] = ()
    """That say the same of everybody as the head: those that only new epochs parts from it."""
    _keys: dict[Digest, _Key] = field(default_factory=dict)
    _standings: dict[Name, list[_Standing]] = field(default_factory=dict)
    _devices: dict[Name, list[DeviceKeys]] = field(default_factory=dict)
    _certified: dict[bytes, list[_Key]] = field(default_factory=dict)
    """By public key (SubjectPublicKeyInfo): whoever else certifies a key again makes it nobody else's."""

    @classmethod
    def found(cls, opened: Opened) -> "Register":
        """The register that `body.founded` begins. Raises RegisterError unless its registrar signed it.

        Whether that registrar is to be trusted, an anchor decides: see `is_anchored`.
        """
        founding = opened.statement
        if not isinstance(founding, BodyFounded) or opened.certificate != founding.registrar_keys.signing_certificate:
            raise RegisterError("not a founding statement of its own registrar")
        if len(founding.log_key) != 32:  # noqa: PLR2004 - an Ed25519 key
            raise RegisterError("not a log key")
        register = cls(
            founding=founding,
            head=opened.digest,
            epochs=Epochs(founding.body, founding.log_key),
            issuers=(founding.ca_certificate, founding.registrar_keys.signing_certificate),
        )
        # From the founding on, by position: the registrar's clock may be ahead of the server's.
        grant = Grant(role=Role.REGISTRAR, from_at=_EVER)
        person = Person(id=founding.registrar, office=founding.registrar_office, grants=(grant,))
        register._seat(person, founding.registrar_keys, 0)
        return register

    @property
    def epoch(self) -> int:
        """The number of the last."""
        return len(self.epochs)

    @property
    def log_key(self) -> LogKey:
        """Of the last epoch."""
        return self.epochs.last.log_key

    def is_anchored(self, anchors: tuple[bytes, ...], at: datetime) -> bool:
        """Whether the registrar's certificate is one of `anchors` (DER), or was issued by one."""
        certificate = self.founding.registrar_keys.signing_certificate
        return certificate in anchors or any(_has_issued(each, certificate, at) for each in anchors)

    def add(self, opened: Opened, leaf: int, accepted_at: datetime) -> None:
        """Replays the next statement. Raises RegisterError, and stays as it was, unless it is the registrar's next."""
        following = opened.statement
        if not isinstance(following, Enrolled | Revoked | EpochStarted | AuthorityAdmitted):
            raise RegisterError("not a register statement")
        if following.previous != self.head:
            raise RegisterError("does not continue the register")
        if self.judge(opened, leaf, accepted_at) is not Verdict.VALID:
            raise RegisterError("not the registrar's")
        match following:
            case AuthorityAdmitted():
                self._admit(following, accepted_at)
            case Enrolled():
                self._enrol(following, leaf, accepted_at)
            case Revoked():
                self._revoke(following, leaf)
            case EpochStarted():
                self._start_epoch(following, leaf)
        self._heads = (*self._heads, self.head) if isinstance(following, EpochStarted) else ()
        self.head = opened.digest

    def is_current(self, head: Digest) -> bool:
        """Whether nobody's keys or roles have changed since a register statement."""
        return head in {self.head, *self._heads}

    def judge(self, opened: Opened, leaf: int, accepted_at: datetime, thing: Thing | None = None) -> Verdict:
        """Whether a statement at `leaf` counts: enrolled before, not revoked before, dates valid, a right to the act.

        Judged by position and by `accepted_at`, never by the time the signer claims (proof.md §2).
        """
        asserted = opened.statement
        if asserted.body != self.founding.body:
            return Verdict.OTHER_BODY
        thing = thing or Thing(body=asserted.body)
        verdict = self.judge_key(opened.certificate, Act(asserted.TYPE), thing, leaf, accepted_at)
        elector = getattr(asserted, "elector", None)
        if verdict is Verdict.VALID and elector is not None and elector != self.signer(opened):
            return Verdict.OTHER_PERSON
        return verdict

    def judge_key(self, certificate: bytes, act: Act, thing: Thing, leaf: int, at: datetime) -> Verdict:
        """Whether the key of a certificate (DER) may do `act` to `thing` at `leaf`, at a time, whatever it signed."""
        key = self._key_of(certificate)
        if key is None:
            return Verdict.NOT_ENROLLED
        if leaf <= key.enrolled_leaf:
            return Verdict.ENROLLED_LATER
        if key.revoked_leaf is not None and key.revoked_leaf < leaf:
            return Verdict.REVOKED_BEFORE
        try:
            check_certificate(certificate, self.issuers, at)
        except BadCertificate as error:
            return _CERTIFICATE_VERDICTS.get(error.reason, Verdict.BAD_CERTIFICATE)
        person = self.person(key.person, leaf)
        is_allowed = person is not None and may(person, act, thing, at, body=self.founding.body)
        return Verdict.VALID if is_allowed else Verdict.NO_RIGHT

    def signer(self, opened: Opened) -> Name | None:
        """Whose certificate signed, whether or not it still counts."""
        key = self._key_of(opened.certificate)
        return None if key is None else key.person

    def _key_of(self, certificate: bytes) -> _Key | None:
        try:
            digest = describe(certificate).digest  # known already of whatever signed anything
        except BadCertificate:
            return None
        return self._keys.get(digest.hex())

    def person(self, name: Name, leaf: int | None = None) -> Person | None:
        """A person as enrolled before `leaf`; as last enrolled by default."""
        for standing in reversed(self._standings.get(name, [])):
            if leaf is None or standing.leaf < leaf or standing.leaf == leaf == 0:
                return standing.person
        return None

    def people(self) -> tuple[Person, ...]:
        """Everybody, as last enrolled, in order of first enrolment."""
        return tuple(standings[-1].person for standings in self._standings.values())

    def devices(self, name: Name) -> tuple[DeviceKeys, ...]:
        """The devices of a person whose signing certificate is not revoked."""
        return tuple(device for device in self._devices.get(name, []) if self._is_in_force(device))

    def certificates(self) -> tuple[bytes, ...]:
        """Every signing certificate (DER) that was ever enrolled."""
        return tuple(device.signing_certificate for devices in self._devices.values() for device in devices)

    def owner(self, certificate_digest: Digest) -> Name | None:
        """Whose a certificate is, by its SHA-256, whether or not it still counts."""
        key = self._keys.get(certificate_digest)
        return None if key is None else key.person

    def _enrol(self, enrolled: Enrolled, leaf: int, accepted_at: datetime) -> None:
        try:
            certificate = check_certificate(enrolled.keys.signing_certificate, self.issuers, accepted_at)
        except BadCertificate as error:
            raise RegisterError("neither the body's CA nor one that was admitted issued this certificate") from error
        known = self._certified.get(certificate.public_key_info, [])
        if any(key.person != enrolled.person or key.revoked_leaf is not None for key in known):
            raise RegisterError("this key is another's, or revoked")
        if enrolled.person == self.founding.registrar:
            raise RegisterError("the registrar is enrolled by the founding alone")
        person = Person(
            id=enrolled.person, office=enrolled.office, office_en=enrolled.office_en, grants=enrolled.grants
        )
        self._seat(person, enrolled.keys, leaf)

    @property
    def admitted(self) -> tuple[bytes, ...]:
        """The outside authorities among the issuers."""
        return self.issuers[2:]

    def require_authority(self, certificate: bytes, at: datetime) -> None:
        """Raises RegisterError, or BadCertificate, unless this is an authority that could be admitted at this time."""
        authority = describe(certificate)
        is_fit = may_issue(certificate) and authority.not_before <= at <= authority.not_after
        if not is_fit or certificate in self.issuers:
            raise RegisterError("not an authority that could be admitted now")

    def _admit(self, admitted: AuthorityAdmitted, accepted_at: datetime) -> None:
        try:
            self.require_authority(admitted.certificate, accepted_at)
        except BadCertificate as error:
            raise RegisterError("not a certificate") from error
        self.issuers += (admitted.certificate,)

    def _seat(self, person: Person, keys: DeviceKeys, leaf: int) -> None:
        digest = hashlib.sha256(keys.signing_certificate).hexdigest()
        if digest not in self._keys:
            key = self._keys[digest] = _Key(person.id, leaf)
            self._certified.setdefault(describe(keys.signing_certificate).public_key_info, []).append(key)
            self._devices.setdefault(person.id, []).append(keys)
        self._standings.setdefault(person.id, []).append(_Standing(leaf, person))

    def _revoke(self, revoked: Revoked, leaf: int) -> None:
        key = self._keys.get(revoked.certificate_digest)
        if key is None or key.person != revoked.person or key.revoked_leaf is not None:
            raise RegisterError("no such key to revoke")
        key.revoked_leaf = leaf

    def _start_epoch(self, started: EpochStarted, leaf: int) -> None:
        try:
            self.epochs.begin(started.epoch, started.log_key, started.last_checkpoint, leaf)
        except ProofError as error:
            raise RegisterError("not the next epoch") from error

    def _is_in_force(self, device: DeviceKeys) -> bool:
        key = self._keys[hashlib.sha256(device.signing_certificate).hexdigest()]
        return key.revoked_leaf is None


def _has_issued(anchor: bytes, certificate: bytes, at: datetime) -> bool:
    # Each anchor by itself: one that can't be read, or of a kind not known here, takes nothing from the others.
    try:
        check_certificate(certificate, (anchor,), at)
    except BadCertificate:
        return False
    return True


_EVER = datetime.min.replace(tzinfo=UTC)
_CERTIFICATE_VERDICTS = {
    certificates.Reason.EXPIRED: Verdict.CERTIFICATE_EXPIRED,
    certificates.Reason.NOT_YET_VALID: Verdict.CERTIFICATE_NOT_YET_VALID,
}
