"""What outside authorities say of the certificates that they gave for keys in the registers: fetched, and kept.

Promises: an authority is asked in the background, by the addresses that its certificates name, and nobody waits for it;
of what it says the newest CRL and the newest OCSP answer are kept that say good or revoked, and survive a restart. They
go to every client. Nothing is decided by them here: by a `revoked` of the registrar it is, as ever.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http.client import HTTPException
from typing import TypeAlias
from urllib.parse import urlsplit

import structlog
from sqlalchemy import delete, func, select

from ecabinet.core.certificates import describe
from ecabinet.core.codec import AgencyCode, Digest
from ecabinet.core.register import Register
from ecabinet.core.revocation import (
    SIZE_LIMIT,
    Answers,
    Said,
    Standing,
    addresses,
    issued_outside,
    newest,
    ocsp_request,
)
from ecabinet.server import schema
from ecabinet.server.errands import Errand, Failed
from ecabinet.server.ledger import Ledger
from ecabinet.server.outward import Question, Reach, ask
from ecabinet.server.store import BodySession, Store

_LOOKS_EVERY = 20.0
_PATIENCE = 30.0
_AGAIN = timedelta(hours=6)
"""After which what was fetched is fetched again, if it does not end before."""
_AT_LEAST = timedelta(minutes=1)
_TOLERATED_SKEW = timedelta(hours=1)
_REQUEST = "application/ocsp-request"

_log = structlog.get_logger()


# ---------------------------------------------------------------- what is kept


def outside_certificates(register: Register, now: datetime) -> Mapping[bytes, bytes]:
    """Those in the register, not expired, that an outside authority issued, with its own (DER both).

    Those revoked there too: what was signed with them before is still to be proven.
    """
    if not register.admitted:
        return {}
    valid = [each for each in register.certificates() if describe(each).not_after >= now]
    return issued_outside(valid, register.admitted)


def keep(session: BodySession, certificate: bytes, said: Iterable[Said]) -> bool:
    """Keeps what is newer than what is there, of each kind; whether anything was. For who holds the body's lock."""
    digest, is_news = hashlib.sha256(certificate).hexdigest(), False
    for each in newest(said):
        row = session.get(schema.OutsideStanding, (session.body_id, digest, each.kind.value))
        if each.as_of > session.now + _TOLERATED_SKEW or (row is not None and row.as_of >= each.as_of):
            continue
        is_news = True
        answer = hashlib.sha256(each.answer).hexdigest()
        session.merge(schema.OutsideAnswer(body_id=session.body_id, digest=answer, content=each.answer))
        told = {"answer": answer, "standing": each.then.value, "as_of": each.as_of, "until": each.until}
        session.merge(
            schema.OutsideStanding(
                body_id=session.body_id, certificate=digest, kind=each.kind.value, size=len(each.answer), **told
            )
        )
    if is_news:
        session.flush()
        used = select(schema.OutsideStanding.answer).where(schema.OutsideStanding.body_id == session.body_id)
        table = schema.OutsideAnswer
        session.execute(delete(table).where(table.body_id == session.body_id, table.digest.not_in(used)))
    return is_news


def standings(session: BodySession) -> Mapping[str, list[schema.OutsideStanding]]:
    """What is kept, by certificate (SHA-256)."""
    kept = defaultdict(list)
    rows = select(schema.OutsideStanding).order_by(schema.OutsideStanding.certificate, schema.OutsideStanding.kind)
    for row in session.scalars(rows):
        kept[row.certificate].append(row)
    return kept


# ---------------------------------------------------------------- asking


@dataclass(slots=True)
class _Plan:
    """When an address is to be asked next."""

    next_at: datetime
    pause: timedelta = timedelta(0)
    was_lacking: bool = False

    def is_due(self, now: datetime, *, is_lacking: bool) -> bool:
        """At its time; and at once when something was signed of whose time nothing is told yet."""
        is_new, self.was_lacking = is_lacking and not self.was_lacking, is_lacking
        return now >= self.next_at or is_new

    def succeeded(self, now: datetime, until: datetime) -> None:
        self.pause = timedelta(0)
        self.next_at = min(max(until, now + _AT_LEAST), now + _AGAIN)

    def failed(self, now: datetime) -> None:
        self.pause = min(max(2 * self.pause, _AT_LEAST), _AGAIN)
        self.next_at = now + self.pause


_Whom: TypeAlias = tuple[Mapping[bytes, bytes], Sequence[tuple[Question, Collection[bytes]]]]
"""Certificates with their issuers', and where to ask about them."""


class Revocations(Errand):
    """Asks every outside authority of every body, one address after the other."""

    kind = "revocation"
    name = "outside authorities"

    def __init__(self, store: Store, ledger: Callable[[AgencyCode], Ledger], reach: Reach) -> None:
        super().__init__()
        self._store, self._ledger, self._reach = store, ledger, reach
        self._plans: dict[tuple[AgencyCode, str, bytes], _Plan] = {}
        self._known: dict[AgencyCode, tuple[tuple[Digest, date], _Whom]] = {}
        self._silent: dict[str, _Plan] = {}
        """Hosts that did not answer: nobody waits for each of their addresses anew."""

    def do(self) -> float:
        for body in self._store.bodies():
            with self._store.reading(body.code) as session:
                outside, questions = self._whom(body.code, self._ledger(body.code).catch_up(session), session.now)
                lacking = _lacking(session, outside)
            for question, about in questions:
                if self._is_stopped:
                    break
                self._follow(body.code, question, {each: outside[each] for each in about}, lacking)
        return _LOOKS_EVERY

    def _whom(self, body: AgencyCode, register: Register, now: datetime) -> _Whom:
        """About whom to ask, and what: worked out anew for another register, and every day."""
        of = register.head, now.date()
        known = self._known.get(body)
        if known is None or known[0] != of:
            outside = outside_certificates(register, now)
            known = self._known[body] = of, (outside, tuple(_questions(outside)))
        return known[1]

    def _follow(
        self, body: AgencyCode, question: Question, about: Mapping[bytes, bytes], lacking: Collection[bytes]
    ) -> None:
        """Asks, if it is time to."""
        now = self._store.now()
        plan = self._plans.setdefault((body, question.url, question.message or b""), _Plan(now))
        host = self._silent.setdefault(_host(question.url), _Plan(now))
        is_lacking = any(each in lacking for each in about)
        if now < host.next_at or not plan.is_due(now, is_lacking=is_lacking):
            return
        try:
            answer = ask(question, self._reach, seconds=_PATIENCE, limit=SIZE_LIMIT)
            until = self._take(body, about, answer)
        except (Failed, OSError, HTTPException) as error:
            plan.failed(now)
            if not isinstance(error, Failed):
                host.failed(now)
            why = str(error) if isinstance(error, Failed) else type(error).__name__
            _log.warning(self.kind, body=body, name=question.url[:200], why=why, again_in=plan.pause.total_seconds())
        else:
            plan.succeeded(now, until)
            host.pause = timedelta(0)

    def _take(self, body: AgencyCode, about: Mapping[bytes, bytes], answer: bytes) -> datetime:
        """Keeps what is said; for how long that holds. Raises Failed if nothing that counts is."""
        answers = Answers([answer])
        said = {certificate: newest(answers.about(certificate, issuer)) for certificate, issuer in about.items()}
        told = [each for every in said.values() for each in every]
        if not told:
            raise Failed("says nothing that counts")
        with self._store.writing(body) as session:
            news = [certificate for certificate, every in said.items() if keep(session, certificate, every)]
        for certificate in news:
            if said[certificate][0].then is Standing.REVOKED:
                digest = hashlib.sha256(certificate).hexdigest()
                _log.warning("revoked_outside", body=body, certificate=digest)
        return min(each.until for each in told)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return url


def _questions(outside: Mapping[bytes, bytes]) -> Iterator[tuple[Question, Collection[bytes]]]:
    """Where to ask what, about which certificates: a list once for all whose it is."""
    lists: dict[str, list[bytes]] = defaultdict(list)
    for certificate, issuer in outside.items():
        where = addresses(certificate)
        for url in where.lists:
            lists[url].append(certificate)
        for url in where.responders:
            yield Question(url=url, message=ocsp_request(certificate, issuer), media_type=_REQUEST), [certificate]
    for url, certificates in lists.items():
        yield Question(url=url), certificates


def _lacking(session: BodySession, outside: Collection[bytes]) -> Collection[bytes]:
    """Certificates of which nothing is told that reaches to the last closing or result."""
    ballot = schema.Ballot
    last = session.scalar(select(func.max(func.coalesce(ballot.result_leaf, ballot.closed_leaf)))) if outside else None
    if last is None:
        return ()
    signed_at = session.get_one(schema.Entry, (session.body_id, last)).accepted_at
    kept = standings(session)
    reached = {each for each, rows in kept.items() if any(row.until >= signed_at for row in rows)}
    return {each for each in outside if hashlib.sha256(each).hexdigest() not in reached}
