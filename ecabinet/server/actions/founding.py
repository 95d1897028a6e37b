"""Founding a body: leaf 0, signed by a registrar who was given the founding code."""

import hashlib
import secrets
from functools import partial
from zoneinfo import available_timezones

from ecabinet.core.certificates import BadCertificate, check_certificate
from ecabinet.core.codec import AgencyCode, Digest
from ecabinet.core.protocol import (
    Code,
    EnrolmentState,
    Founding,
    FoundingTerms,
    FoundingTermsRequest,
    InvitationRequest,
    Outcome,
    Reason,
    Refused,
)
from ecabinet.core.register import BodyFounded, Register, RegisterError
from ecabinet.keys.durable import replace_file
from ecabinet.server import feed, rights
from ecabinet.server.actions import Server, enrolments, require_name, require_plain, statements
from ecabinet.server.ledger import Turn

_CODE_FILE = "founding-code.txt"


def make_code(server: Server) -> Code:
    """A fresh code, with which one body can be founded."""
    code = Code.for_server(secrets.token_bytes(Code.SIZE), server.keys.ca_spki)
    server.store.add_founding_code(_digest(code.secret))
    return code


def first_code(server: Server) -> str | None:
    """The code with which the first body is founded: the same, kept in a file, until there is one."""
    path = server.settings.data / _CODE_FILE
    if server.store.bodies():
        path.unlink(missing_ok=True)
        return None
    if not path.exists():
        replace_file(path, make_code(server).text().encode())
    return path.read_text()


def offer_terms(server: Server, request: FoundingTermsRequest) -> FoundingTerms:
    """Log key and CA of a body that is to be founded. Raises Refused: wrong_code, used_code, body_exists."""
    _check_code(server, request.secret, request.body)
    require_name(request.name, "name")
    if not server.store.reserve_body(request.body, request.name):
        raise Refused(Reason.BODY_EXISTS)
    server.store.bind_founding_code(_digest(request.secret), request.body)
    return FoundingTerms(
        log_key=server.keys.log_key(request.body, 1).public_key().public_bytes_raw(),
        ca_certificate=server.keys.body_authority(request.body, request.name).certificate,
    )


def found(server: Server, founding: Founding) -> Outcome:
    """Makes leaf 0. The same founding again gets its receipt again. Raises Refused."""
    opened = statements.read(founding.envelope)
    if not isinstance(opened.statement, BodyFounded):
        raise Refused(Reason.MALFORMED, "type")
    body = opened.statement.body
    code = server.store.founding_code(_digest(founding.secret))
    if code is None or code.body != body:
        raise Refused(Reason.WRONG_CODE)
    (answer,) = server.ledger(body).append([(opened, partial(_accept, server))])
    if isinstance(answer, Exception):
        raise answer
    first_code(server)
    return statements.outcome(answer)


def _check_code(server: Server, secret: bytes, body: AgencyCode) -> None:
    code = server.store.founding_code(_digest(secret))
    if code is None:
        raise Refused(Reason.WRONG_CODE)
    if any(founded.code == code.body for founded in server.store.bodies()):
        raise Refused(Reason.BODY_EXISTS if code.body == body else Reason.USED_CODE)


def _accept(server: Server, turn: Turn) -> str:
    said = turn.opened.statement
    assert isinstance(said, BodyFounded)  # noqa: S101 - see found()
    if turn.leaf != 0:
        raise Refused(Reason.BODY_EXISTS)
    require_name(said.name, "name")
    require_plain(said.name_en, "name_en")
    try:
        register = Register.found(turn.opened)
    except RegisterError as error:
        raise Refused(Reason.MALFORMED, "registrar_keys") from error
    certificate = said.registrar_keys.signing_certificate
    try:
        check_certificate(certificate, (certificate,), turn.accepted_at)
    except BadCertificate as error:
        raise Refused(Reason.MALFORMED, "registrar_keys") from error
    if said.seen is not None:
        raise Refused(Reason.FOREIGN_CHECKPOINT)
    if said.log_key != server.keys.log_key(said.body, 1).public_key().public_bytes_raw():
        raise Refused(Reason.MALFORMED, "log_key")
    if said.ca_certificate != server.keys.body_authority(said.body, said.name).certificate:
        raise Refused(Reason.MALFORMED, "ca_certificate")
    if said.time_zone not in available_timezones():
        raise Refused(Reason.MALFORMED, "time_zone")
    turn.found_register(register)
    session = turn.session
    session.body.name, session.body.name_en = said.name, said.name_en
    invited = InvitationRequest(person=said.registrar, office=said.registrar_office, office_en="", grants=())
    session.add(
        enrolments.enrolment_row(
            EnrolmentState.CONFIRMED, invited, said.registrar_keys, device_name="", at=turn.accepted_at
        )
    )
    feed.seat(session, register.people()[0], turn.accepted_at)
    feed.spread(session, register, turn.accepted_at, before=(), after=[rights.register_item(0)])
    return ""


def _digest(secret: bytes) -> Digest:
    return hashlib.sha256(secret).hexdigest()
