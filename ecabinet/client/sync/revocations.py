"""What outside authorities say of certificates in the register: fetched in every round, so that who is off-line has it.

The server hands it out and is not believed: each answer is looked into here, and only one that is the authority's, and
newer than what is here, is kept. It decides nothing: a key is none any more once the registrar's `revoked` says so.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import BadAnswer, RefusedByServer
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.store import Vault
from ecabinet.core.certificates import describe
from ecabinet.core.codec import AgencyCode, Digest, Identifier
from ecabinet.core.evidence.enclosed import revocation_name
from ecabinet.core.meetings import DocumentsPublished
from ecabinet.core.protocol import Reason
from ecabinet.core.register import Register
from ecabinet.core.revocation import SIZE_LIMIT, Answers, Kind, Said, Standing, issued_outside, newest


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideStanding:
    """How a certificate stands with the outside authority that issued it, by what is here."""

    authority: str
    """Its name."""
    standing: Standing
    as_of: datetime | None
    """When the authority said so; None while nothing that it said is here."""


class OutsideRevocations:
    """Of one body."""

    def __init__(self, vault: Vault, remote: Remote, body: AgencyCode) -> None:
        self._vault, self._remote, self._body = vault, remote, body
        self._passed: set[tuple[Digest, Digest]] = set()
        """What was looked into, by certificate and answer: not asked for again, whatever it said."""

    def fetch(self) -> Changes:
        """Takes what is new; nothing, where no outside authority is admitted. Raises RemoteError."""
        outside = self._vault.do(self._outside)
        if not outside:
            return Changes()
        try:
            listed = self._remote.outside_revocations(self._body)
        except RefusedByServer as error:
            if error.refusal.reason is Reason.UNKNOWN:  # a server that knows of none
                return Changes()
            raise
        known = self._vault.do(self._known) | self._passed
        wanted: dict[Digest, dict[Digest, tuple[bytes, bytes]]] = {}
        for each in listed:
            if each.certificate in outside and (each.certificate, each.answer) not in known:
                wanted.setdefault(each.answer, {})[each.certificate] = outside[each.certificate]
        changes = Changes()
        for digest, about in wanted.items():
            if self._take(digest, about):
                changes |= Changes(register=True)
            self._passed.update((certificate, digest) for certificate in about)
        return changes

    def _take(self, digest: Digest, about: Mapping[Digest, tuple[bytes, bytes]]) -> bool:
        """Whether it says anything new of one of these."""
        data = self._remote.outside_revocation(self._body, digest)
        if hashlib.sha256(data).hexdigest() != digest or len(data) > SIZE_LIMIT:
            raise BadAnswer
        answers = Answers([data])
        said = {each: newest(answers.about(certificate, issuer)) for each, (certificate, issuer) in about.items()}
        return self._vault.do(partial(_keep, body=self._body, digest=digest, said=said))

    def _outside(self, db: Connection) -> Mapping[Digest, tuple[bytes, bytes]]:
        register = self._vault.registers.of(db, self._body)
        return {} if register is None else outside_certificates(register)

    def _known(self, db: Connection) -> set[tuple[Digest, Digest]]:
        kept = schema.outside_standings.c
        return {(row.certificate, row.answer) for row in db.execute(select(kept.certificate, kept.answer))}


def outside_certificates(register: Register) -> Mapping[Digest, tuple[bytes, bytes]]:
    """Certificates in the register that an outside authority issued, by SHA-256, each with its issuer's (DER both)."""
    if not register.admitted:
        return {}
    issued = issued_outside(register.certificates(), register.admitted)
    return {describe(each).digest.hex(): (each, issuer) for each, issuer in issued.items()}


def outside_standings(db: Connection, register: Register) -> Mapping[Digest, OutsideStanding]:
    """How each of those stands, by its SHA-256."""
    table, found = schema.outside_standings.c, {}
    for digest, (_, issuer) in outside_certificates(register).items():
        rows = db.execute(select(table.standing, table.as_of).where(table.certificate == digest)).all()
        last = max(rows, key=lambda row: (row.standing == Standing.REVOKED, row.as_of), default=None)
        found[digest] = OutsideStanding(
            authority=describe(issuer).title,
            standing=Standing.NOT_CHECKED if last is None else Standing(last.standing),
            as_of=None if last is None else last.as_of,
        )
    return found


def revocations_for(db: Connection, register: Register, ballot: Identifier) -> Mapping[str, bytes]:
    """What goes with a ballot's evidence: by file name, what is said of those who signed anything in it."""
    said, standing, answer = schema.statements.c, schema.outside_standings.c, schema.outside_answers.c
    signed = select(said.signer).where((said.thing == ballot) | (said.type == DocumentsPublished.TYPE)).distinct()
    signers = set(db.scalars(signed.where(said.body == register.founding.body)))
    digests = [digest for digest in outside_certificates(register) if register.owner(digest) in signers]
    asked = select(standing.kind, answer.content).join(schema.outside_answers, answer.digest == standing.answer)
    rows = db.execute(asked.where(standing.certificate.in_(digests)))
    return {revocation_name(Kind(row.kind), row.content): row.content for row in rows}


def _keep(db: Connection, *, body: AgencyCode, digest: Digest, said: Mapping[Digest, Iterable[Said]]) -> bool:
    table, is_news = schema.outside_standings, False
    for certificate, every in said.items():
        for each in every:
            here = (table.c.certificate == certificate) & (table.c.kind == each.kind)
            before = db.scalar(select(table.c.as_of).where(here))
            if before is not None and before >= each.as_of:
                continue
            is_news = True
            told = {"body": body, "answer": digest, "standing": each.then.value, "as_of": each.as_of}
            kept = insert(table).values(certificate=certificate, kind=each.kind.value, **told)
            db.execute(kept.on_conflict_do_update(index_elements=["certificate", "kind"], set_=told))
            content = insert(schema.outside_answers).values(digest=digest, body=body, content=each.answer)
            db.execute(content.on_conflict_do_nothing())
    used = select(table.c.answer)
    db.execute(delete(schema.outside_answers).where(schema.outside_answers.c.digest.not_in(used)))
    return is_news
