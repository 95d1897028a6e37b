"""What all use cases of an unlocked profile work with: the vault, who it is, and the keys."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from ecabinet.client.desk.errors import KeyFault, KeyUnusable, NotAllowed
from ecabinet.client.desk.key_faults import keys_told
from ecabinet.client.remote import Remote
from ecabinet.client.sync import Need, Sync, enqueue
from ecabinet.client.vault import schema
from ecabinet.client.vault.store import Vault
from ecabinet.core import codec, envelope
from ecabinet.core.canonical import Value
from ecabinet.core.codec import AgencyCode, Identifier, Name
from ecabinet.core.envelope import Envelope, Opened, Statement, open_envelope
from ecabinet.core.people import Act, Person, Thing, may
from ecabinet.core.register import REGISTERING, Register, Verdict
from ecabinet.core.signer import SignatureAlgorithm, Signer
from ecabinet.keys.device import DeviceKeys

_VERDICT_FAULTS = {
    Verdict.NOT_ENROLLED: KeyFault.WAITING,
    Verdict.REVOKED_BEFORE: KeyFault.REVOKED,
    Verdict.CERTIFICATE_EXPIRED: KeyFault.EXPIRED,
    Verdict.CERTIFICATE_NOT_YET_VALID: KeyFault.NOT_YET_VALID,
    Verdict.BAD_CERTIFICATE: KeyFault.DAMAGED,
}
_NEXT_LEAF = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocked:
    """An unlocked profile. What takes a `db` belongs into `vault.do`."""

    vault: Vault
    sync: Sync
    remote: Remote
    keys: DeviceKeys
    host: str
    port: int
    body: AgencyCode
    body_name: str
    person: Name
    office: str
    office_en: str
    phrase: str
    clock: Callable[[], datetime]

    def register(self, db: Connection) -> Register:
        """Raises KeyUnusable (waiting) before the first sync."""
        register = self.vault.registers.of(db, self.body)
        if register is None:
            raise KeyUnusable(KeyFault.WAITING)
        return register

    def zone(self, db: Connection) -> ZoneInfo:
        register = self.vault.registers.of(db, self.body)
        return ZoneInfo("Asia/Ho_Chi_Minh" if register is None else register.founding.time_zone)

    def me(self, db: Connection) -> Person:
        """As last enrolled; before the first sync, as invited."""
        register = self.vault.registers.of(db, self.body)
        enrolled = None if register is None else register.person(self.person)
        return enrolled or Person(id=self.person, office=self.office, office_en=self.office_en)

    def office_of(self, db: Connection, person: Name) -> str:
        register = self.vault.registers.of(db, self.body)
        known = None if register is None else register.person(person)
        return person if known is None else known.office

    def may(self, db: Connection, act: Act) -> bool:
        """Whether the person's roles give a right to this now."""
        return may(self.me(db), act, Thing(body=self.body), self.sync.now(), body=self.body)

    def require(self, act: Act) -> None:
        """Before anything is signed that nobody would take. Raises NotAllowed, KeyUnusable (waiting)."""
        self.vault.do(self.register)
        if not self.vault.do(lambda db: self.may(db, act)):
            raise NotAllowed

    # ---------------------------------------------------------------- signing

    def heading(self, db: Connection) -> Mapping[str, Any]:
        """The members that every statement has, with the largest checkpoint seen. Raises KeyUnusable (waiting)."""
        bodies = schema.bodies.c
        seen = db.scalar(select(bodies.checkpoint).where(bodies.body == self.body))
        if seen is None:
            raise KeyUnusable(KeyFault.WAITING)
        return envelope.heading(self.body, at=self.clock(), seen=seen)

    def register_head(self, db: Connection) -> str:
        """What the next register statement follows: the last one known, those that wait in the outbox included."""
        said, line = schema.statements.c, schema.outbox
        asked = (
            select(said.digest)
            .join(line, line.c.statement == said.id)
            .where(said.body == self.body, said.type.in_(REGISTERING), said.leaf.is_(None), line.c.refusal.is_(None))
            .order_by(line.c.place.desc())
        )
        return db.scalar(asked.limit(1)) or self.register(db).head

    def signer(self, pin: str) -> Signer:
        """The signing key, for as many statements as one PIN is meant for. On a token, the PIN is the token's.

        Raises WrongPin, KeyUnusable, TokenUnusable; the last also when it signs, for a token may be pulled out.
        """
        with keys_told():
            signer = _ToldSigner(self.keys.unlock(pin))
        fault = self.key_fault()
        if fault is not None:
            raise KeyUnusable(fault)
        return signer

    def queue(self, db: Connection, statement: Statement, signer: Signer, needs: Iterable[Need] = ()) -> Opened:
        """Signs, checks what came out, and puts it in line: kept with everything else of this transaction."""
        opened = open_envelope(envelope.sign(statement, signer))
        enqueue(db, opened, signer=self.person, now=self.clock(), needs=needs)
        return opened

    def key_fault(self) -> KeyFault | None:
        """Why this device's signing key can't be used now, as far as is known here."""
        with keys_told():
            chain, tries_left = self.keys.chain, self.keys.tries_left
        if not tries_left:
            return KeyFault.DESTROYED
        if not chain:
            return KeyFault.WAITING
        return self.vault.do(lambda db: self._standing(db, chain[0]))

    def _standing(self, db: Connection, certificate: bytes) -> KeyFault | None:
        """Judged as if something were signed now and accepted next, whatever it is."""
        register = self.vault.registers.of(db, self.body)
        if register is None:
            return KeyFault.WAITING
        anything = Thing(body=self.body)
        verdict = register.judge_key(certificate, Act.ANSWER_BALLOT, anything, _NEXT_LEAF, self.clock())
        return _VERDICT_FAULTS.get(verdict)


@dataclass(frozen=True, slots=True)
class _ToldSigner:
    """A signer whose errors are the desk's."""

    signer: Signer

    @property
    def chain(self) -> tuple[bytes, ...]:
        return self.signer.chain

    @property
    def algorithm(self) -> SignatureAlgorithm:
        return self.signer.algorithm

    def sign(self, message: bytes) -> bytes:
        with keys_told():
            return self.signer.sign(message)


def stored(db: Connection, identity: Identifier) -> Opened | None:
    """A statement in the vault, opened."""
    said = schema.statements.c
    row = db.execute(select(said.statement, said.signature).where(said.id == identity)).one_or_none()
    return None if row is None else open_envelope(Envelope(row.statement, row.signature))


Record = TypeVar("Record")


def in_nfc(record: Record) -> Record:
    """The same value with every text in the one form that statements know, however a keyboard composed it."""
    return codec.from_value(type(record), _normalised(codec.to_value(record)))


def _normalised(value: Value) -> Value:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {name: _normalised(member) for name, member in value.items()}
    if isinstance(value, Sequence):
        return [_normalised(member) for member in value]
    return value
