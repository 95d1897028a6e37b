"""Enrolments: a one-time code, a device's three keys, a certificate, and the registrar who confirms or declines."""

import hashlib
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from ecabinet.core.codec import Digest, Identifier, dump, load
from ecabinet.core.envelope import new_id
from ecabinet.core.people import Act, Role, holders
from ecabinet.core.protocol import (
    Code,
    Enrolment,
    EnrolmentRequest,
    EnrolmentState,
    Invitation,
    InvitationRequest,
    Path,
    Reason,
    Refused,
    RowKind,
)
from ecabinet.core.register import (
    AuthorityAdmitted,
    DeviceKeys,
    Enrolled,
    Register,
    RegisterError,
    Revoked,
    fingerprint_of,
)
from ecabinet.keys.certificates import BadRequest, read_request
from ecabinet.server import feed, rights, schema
from ecabinet.server.actions import Server, require_name, require_plain, require_right, require_standing
from ecabinet.server.ledger import Turn
from ecabinet.server.sessions import Caller
from ecabinet.server.store import BodySession

_KEY_SIZE = 32
_LONGEST_NAME = 200


def invite(server: Server, caller: Caller, request: InvitationRequest) -> Invitation:
    """A one-time code for the person invited. Raises Refused: no_right, malformed."""
    if any(grant.role is Role.REGISTRAR for grant in request.grants):
        raise Refused(Reason.MALFORMED, "grants")
    require_name(request.office, "office")
    require_plain(request.office_en, "office_en")
    code = Code.for_server(secrets.token_bytes(Code.SIZE), server.keys.ca_spki)
    with server.store.writing(caller.body) as session:
        expires_at = session.now + server.settings.code_lasts
        register = server.ledger(caller.body).catch_up(session)
        require_right(register, caller.person, Act.INVITE, session.now)
        if request.person == register.founding.registrar:
            raise Refused(Reason.MALFORMED, "person")
        session.add(
            schema.Invitation(
                digest=hashlib.sha256(code.secret).hexdigest(),
                invited=dump(request),
                expires_at=expires_at,
                enrolment=None,
            )
        )
    return Invitation(code=code.text(), expires_at=expires_at)


def enrol(server: Server, request: EnrolmentRequest) -> Enrolment:
    """A certificate for who has the code, and a wait for the registrar. The same keys again get the same answer.

    Raises Refused: wrong_code, used_code, expired_code, malformed.
    """
    digest = hashlib.sha256(request.secret).hexdigest()
    body = server.store.body_of_invitation(digest)
    if body is None:
        raise Refused(Reason.WRONG_CODE)
    asked_for = _fingerprint(request)
    with server.store.writing(body) as session:
        invitation = session.get_one(schema.Invitation, (session.body.id, digest))
        if invitation.enrolment is not None:
            row = session.get_one(schema.Enrolment, (session.body.id, invitation.enrolment))
            known = feed.describe_enrolment(row, session.body)
            if known.keys.fingerprint != asked_for:
                raise Refused(Reason.USED_CODE)
            return known
        if invitation.expires_at < session.now:
            raise Refused(Reason.EXPIRED_CODE, at=invitation.expires_at)
        if _is_known(session, request.device_key):
            raise Refused(Reason.MALFORMED, "device_key")
        invited = load(InvitationRequest, invitation.invited)
        keys = DeviceKeys(
            signing_certificate=_issue(server, session, invited, request.csr),
            device_key=request.device_key,
            sealing_key=request.sealing_key,
        )
        row = enrolment_row(EnrolmentState.WAITING, invited, keys, device_name=request.device_name, at=session.now)
        session.add(row)
        invitation.enrolment = row.enrolment
        _tell_registrar(session, server.ledger(body).catch_up(session), row)
        return feed.describe_enrolment(row, session.body)


def _fingerprint(request: EnrolmentRequest) -> Digest:
    """Of the three keys. Raises Refused (malformed)."""
    try:
        public_key = read_request(request.csr)
    except BadRequest as error:
        raise Refused(Reason.MALFORMED, "csr") from error
    if len(request.device_key) != _KEY_SIZE or len(request.sealing_key) != _KEY_SIZE:
        raise Refused(Reason.MALFORMED, "device_key")
    if len(request.device_name) > _LONGEST_NAME:
        raise Refused(Reason.MALFORMED, "device_name")
    require_plain(request.device_name, "device_name")
    spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return fingerprint_of(spki, request.device_key, request.sealing_key)


def _is_known(session: BodySession, device_key: bytes) -> bool:
    """Whether a device with this key waits already, or was confirmed."""
    asked = select(schema.Enrolment).where(
        schema.Enrolment.device == hashlib.sha256(device_key).hexdigest(),
        schema.Enrolment.state != EnrolmentState.DECLINED.value,
    )
    return session.scalar(asked) is not None


def _issue(server: Server, session: BodySession, invited: InvitationRequest, csr: bytes) -> bytes:
    body = session.body
    return server.keys.body_authority(body.code, body.name).issue(
        csr,
        title=invited.office,
        body=body.name,
        crl_url=server.url + Path.REVOCATIONS.format(body=body.code),
        at=session.now,
        valid_for=server.settings.certificate_lasts,
    )


def enrolment_row(
    state: EnrolmentState, invited: InvitationRequest, keys: DeviceKeys, *, device_name: str, at: datetime
) -> schema.Enrolment:
    """A device, as the database keeps it."""
    return schema.Enrolment(
        enrolment=new_id(at),
        state=state.value,
        person=invited.person,
        device=hashlib.sha256(keys.device_key).hexdigest(),
        device_name=device_name,
        invited=dump(invited),
        signing_certificate=keys.signing_certificate,
        certificate_digest=hashlib.sha256(keys.signing_certificate).hexdigest(),
        device_key=keys.device_key,
        sealing_key=keys.sealing_key,
        asked_at=at,
        is_revoked=False,
    )


def status(server: Server, enrolment: Identifier) -> Enrolment:
    """How an enrolment stands; its id is known to who asked for it. Raises Refused (unknown)."""
    body = server.store.body_of_enrolment(enrolment)
    if body is None:
        raise Refused(Reason.UNKNOWN)
    with server.store.reading(body) as session:
        return feed.describe_enrolment(session.get_one(schema.Enrolment, (session.body.id, enrolment)), session.body)


def decline(server: Server, caller: Caller, enrolment: Identifier) -> None:
    """The registrar will not confirm it. Raises Refused: no_right, unknown."""
    with server.store.writing(caller.body) as session:
        register = server.ledger(caller.body).catch_up(session)
        require_right(register, caller.person, Act.CONFIRM_ENROLMENT, session.now)
        row = session.get(schema.Enrolment, (session.body.id, enrolment))
        if row is None or row.state == EnrolmentState.CONFIRMED.value:
            raise Refused(Reason.UNKNOWN)
        row.state = EnrolmentState.DECLINED.value
        _tell_registrar(session, register, row)


def _tell_registrar(session: BodySession, register: Register, row: schema.Enrolment) -> None:
    for person in sorted(holders(register.people(), Act.CONFIRM_ENROLMENT, session.now)):
        session.add_to_feed(person, RowKind.ENROLMENT, row.enrolment)


# ---------------------------------------------------------------- what the registrar signs


def accept_enrolled(turn: Turn, said: Enrolled) -> str:
    """Keys become somebody's, or somebody's roles change."""
    _change_register(turn, said)
    session = turn.session
    digest = hashlib.sha256(said.keys.signing_certificate).hexdigest()
    row = session.scalar(select(schema.Enrolment).where(schema.Enrolment.certificate_digest == digest))
    if row is None:
        row = _waiting_with_other_certificate(session, said.keys)
    person = turn.register.person(said.person)
    assert person is not None  # noqa: S101 - the register has just seated him
    if row is None:
        invited = InvitationRequest(
            person=said.person, office=said.office, office_en=said.office_en, grants=said.grants
        )
        session.add(enrolment_row(EnrolmentState.CONFIRMED, invited, said.keys, device_name="", at=turn.accepted_at))
    elif row.state != EnrolmentState.CONFIRMED.value:
        # The keys sign in as the register has them, under the name the registrar gave.
        row.state, row.person = EnrolmentState.CONFIRMED.value, said.person
        row.device_key, row.sealing_key = said.keys.device_key, said.keys.sealing_key
        row.device = hashlib.sha256(said.keys.device_key).hexdigest()
        row.signing_certificate, row.certificate_digest = said.keys.signing_certificate, digest
        _tell_registrar(session, turn.register, row)
    feed.seat(session, person, turn.accepted_at)
    feed.spread(session, turn.register, turn.accepted_at, before=(), after=[rights.register_item(turn.leaf)])
    return ""


def _waiting_with_other_certificate(session: BodySession, keys: DeviceKeys) -> schema.Enrolment | None:
    """The enrolment of these very keys, for which the registrar took a certificate that another authority gave."""
    device = hashlib.sha256(keys.device_key).hexdigest()
    waiting = schema.Enrolment.state == EnrolmentState.WAITING.value
    for row in session.scalars(select(schema.Enrolment).where(schema.Enrolment.device == device, waiting)):
        if feed.describe_enrolment(row, session.body).keys.fingerprint == keys.fingerprint:
            return row
    return None


def accept_admitted(turn: Turn, said: AuthorityAdmitted) -> str:
    """An outside authority's certificates may be enrolled from now on."""
    _change_register(turn, said)
    feed.spread(turn.session, turn.register, turn.accepted_at, before=(), after=[rights.register_item(turn.leaf)])
    return ""


def accept_revoked(turn: Turn, said: Revoked) -> str:
    """From here on a device signs nothing that counts, and signs in no more."""
    _change_register(turn, said)
    asked = select(schema.Enrolment).where(schema.Enrolment.certificate_digest == said.certificate_digest)
    for row in turn.session.scalars(asked):
        row.is_revoked = True
    feed.spread(turn.session, turn.register, turn.accepted_at, before=(), after=[rights.register_item(turn.leaf)])
    return ""


def _change_register(turn: Turn, said: Enrolled | Revoked | AuthorityAdmitted) -> None:
    require_standing(turn)
    if said.previous != turn.register.head:
        raise Refused(Reason.STALE_REGISTER)
    try:
        turn.change_register(lambda register: register.add(turn.opened, turn.leaf, turn.accepted_at))
    except RegisterError as error:
        raise Refused(Reason.MALFORMED, "certificate") from error
