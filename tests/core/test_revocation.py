"""What authorities say of their certificates: by OCSP and lists, for a time; and that all else says nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from ecabinet.core.revocation import _MOST_OF_ONE, Answers, Standing, standing
from ecabinet.keys.certificates import Authority
from tests.core import signing_parties as parties
from tests.core.signing_parties import NOW
from tests.services.time_authority import Certified, certify

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OWN = parties.outsider().chain[0]
ISSUER = parties.subordinate()
SERIAL = x509.load_der_x509_certificate(OWN).serial_number


def says(*told: bytes, at: datetime = NOW) -> Standing:
    return standing(OWN, ISSUER.certificate, told, at)


def crl(authority: Authority = ISSUER, *, revoked_at: datetime | None = None, at: datetime = NOW) -> bytes:
    revoked = {} if revoked_at is None else {SERIAL: revoked_at}
    return authority.revocation_list(revoked, number=1, at=at, valid_for=DAY)


def answer(
    *,
    revoked_at: datetime | None = None,
    status: ocsp.OCSPCertStatus | None = None,
    at: datetime = NOW,
    by: Certified | None = None,
    about: bytes = OWN,
) -> bytes:
    """An OCSP answer, by the authority or by whom it certified."""
    issuer = x509.load_der_x509_certificate(ISSUER.certificate)
    responder = issuer if by is None else by.certificate
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=x509.load_der_x509_certificate(about),
        issuer=issuer,
        algorithm=SHA1(),  # noqa: S303 - as everybody does
        cert_status=status or (ocsp.OCSPCertStatus.GOOD if revoked_at is None else ocsp.OCSPCertStatus.REVOKED),
        this_update=at,
        next_update=at + DAY,
        revocation_time=revoked_at,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
    if by is not None:
        builder = builder.certificates([by.certificate])
    key = ISSUER.private_key if by is None else by.key
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def responder(*purposes: x509.ObjectIdentifier, issuer: Authority = ISSUER, until: datetime | None = None) -> Certified:
    own = Certified(issuer.private_key, x509.load_der_x509_certificate(issuer.certificate))
    usage = x509.ExtendedKeyUsage(purposes or [ExtendedKeyUsageOID.OCSP_SIGNING])
    return certify("OCSP", own, lambda builder: builder.add_extension(usage, critical=False), until=until)


def strangers() -> Authority:
    return Authority.found(body="Cơ quan khác", at=NOW, valid_for=DAY)


GOOD: dict[str, Callable[[], bytes]] = {
    "a list": crl,
    "a later list": lambda: crl(at=NOW + 30 * DAY),
    "a list on which it was revoked since": lambda: crl(revoked_at=NOW + HOUR, at=NOW + DAY),
    "an answer": answer,
    "an answer by a responder": lambda: answer(by=responder()),
    "an answer that it was revoked since": lambda: answer(revoked_at=NOW + HOUR, at=NOW + DAY),
}
REVOKED: dict[str, Callable[[], bytes]] = {
    "a list": lambda: crl(revoked_at=NOW - HOUR),
    "a list of long ago": lambda: crl(revoked_at=NOW - 40 * DAY, at=NOW - 30 * DAY),
    "an answer": lambda: answer(revoked_at=NOW - HOUR),
    "an answer by a responder": lambda: answer(revoked_at=NOW - HOUR, by=responder()),
}
NOTHING: dict[str, Callable[[], bytes]] = {
    "nothing": bytes,
    "something else": lambda: OWN,
    "a list that ended before": lambda: crl(at=NOW - 2 * DAY),
    "a list of when it had expired": lambda: crl(at=NOW + 500 * DAY),
    "a list of another authority": lambda: crl(strangers()),
    "a list by another of the same name": lambda: crl(
        Authority(private_key=strangers().private_key, certificate=ISSUER.certificate)
    ),
    "an answer that ended before": lambda: answer(at=NOW - 2 * DAY),
    "an answer about another": lambda: answer(about=parties.certify(ISSUER)),
    "an answer that it is unknown": lambda: answer(status=ocsp.OCSPCertStatus.UNKNOWN),
    "no answer": lambda: ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
        Encoding.DER
    ),
    "an answer by who may not": lambda: answer(by=responder(ExtendedKeyUsageOID.SERVER_AUTH)),
    "an answer by another's responder": lambda: answer(by=responder(issuer=strangers())),
    "an answer by one who had expired": lambda: answer(by=responder(until=NOW - HOUR)),
}


@pytest.mark.parametrize("name", GOOD)
def test_is_good_by(name: str) -> None:
    assert says(GOOD[name]()) is Standing.GOOD


@pytest.mark.parametrize("name", REVOKED)
def test_is_revoked_by(name: str) -> None:
    assert says(GOOD["an answer"](), REVOKED[name]()) is Standing.REVOKED, "whatever else is said"


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_said_by(name: str) -> None:
    assert says(NOTHING[name]()) is Standing.NOT_CHECKED
    assert says(NOTHING[name](), GOOD["a list"]()) is Standing.GOOD


def test_a_list_that_is_asked_often_says_the_same() -> None:
    answers, other = Answers([crl(revoked_at=NOW - HOUR)]), parties.certify(ISSUER)
    asked = [
        [each.then for each in answers.about(certificate, ISSUER.certificate)] for certificate in (OWN, other) * 20
    ]
    assert asked == [[Standing.REVOKED], [Standing.GOOD]] * 20


def test_no_more_is_looked_into_than_anybody_needs() -> None:
    answers = Answers([crl(at=NOW + timedelta(seconds=number)) for number in range(_MOST_OF_ONE + 5)])
    assert len(answers.about(OWN, ISSUER.certificate)) == _MOST_OF_ONE
    assert len(answers.unread) == 5


def test_nothing_said_is_not_good() -> None:
    assert says() is Standing.NOT_CHECKED


ANSWERS = (crl(), crl(revoked_at=NOW - HOUR), answer(), answer(by=responder()))


@settings(max_examples=800, deadline=None)
@given(st.sampled_from(ANSWERS), st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_of_an_answer_makes_it_say_something_else(told: bytes, place: int, mask: int) -> None:
    changed = bytearray(told)
    changed[place % len(told)] ^= mask
    assert says(bytes(changed)) in {says(told), Standing.NOT_CHECKED}
