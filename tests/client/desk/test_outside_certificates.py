"""A key that another authority certified: the registrar admits the authority, and takes its certificate."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.client.desk.errors import CertificateFault, CertificateUnfit
from ecabinet.core.certificates import describe
from ecabinet.core.people import Role
from ecabinet.keys import certificates
from ecabinet.keys.certificates import Authority
from tests.client.people import PIN, Town

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)
OUTSIDE = "Tổ chức cung cấp dịch vụ chứng thực"


def outside(at: datetime = NOW) -> Authority:
    return Authority.found(body=OUTSIDE, at=at, valid_for=2 * YEAR)


def certified(authority: Authority, enrolled: bytes) -> bytes:
    """What the authority gave, some time ago, for the very key of a certificate."""
    builder = certificates._for_signing(
        certificates._builder(
            certificates._name("Chủ tịch UBND tỉnh", OUTSIDE),
            x509.load_der_x509_certificate(authority.certificate).subject,
            x509.load_der_x509_certificate(enrolled).public_key(),  # type: ignore[arg-type]
            NOW,
            NOW + YEAR,
        )
    )
    return builder.sign(authority.private_key, SHA256()).public_bytes(Encoding.DER)


def fault(error: pytest.ExceptionInfo[CertificateUnfit]) -> CertificateFault:
    return error.value.fault


def test_an_existing_certificate_is_enrolled_and_signs(town: Town) -> None:
    registrar, authority = town.people["registrar"], outside()
    joined = town.ask_to_join("chair", Role.MEMBER, Role.CHAIR)
    registrar.sync()
    (waiting,) = registrar.desk.enrolments.waiting()
    own = certified(authority, waiting.keys.signing_certificate)
    with pytest.raises(CertificateUnfit) as error:
        registrar.desk.enrolments.certified([waiting], own)
    assert fault(error) is CertificateFault.UNFIT, "not admitted yet"
    registrar.desk.enrolments.admit(authority.certificate, PIN)
    registrar.sync()
    (taken,) = registrar.desk.enrolments.certified([waiting], own)
    assert taken.phrase == waiting.phrase
    registrar.desk.enrolments.confirm([taken], PIN)
    assert registrar.desk.enrolments.waiting() == ()
    registrar.sync()
    assert registrar.desk.enrolments.waiting() == ()
    chair = town.take_seat("chair", joined)
    (line,) = [line for line in registrar.desk.enrolments.people() if line.person == "chair"]
    assert [device.certificate_digest for device in line.devices] == [describe(own).digest.hex()]
    secretary = town.enrol("secretary", Role.SECRETARY)
    assert chair.desk.me().roles == {Role.MEMBER, Role.CHAIR}
    assert secretary.desk.me().roles == {Role.SECRETARY}
    # What the chair signs from now on, he signs with that certificate.
    assert chair.access._open_keys(chair.access._profiles.read(chair.profile.id)).chain == (own,)
    assert chair.desk.syncing.once() is not None


def test_says_what_is_wrong_with_a_certificate(town: Town) -> None:
    registrar, authority = town.people["registrar"], outside()
    enrolments = registrar.desk.enrolments
    town.ask_to_join("finance")
    registrar.sync()
    (waiting,) = enrolments.waiting()
    own = certified(authority, waiting.keys.signing_certificate)
    for bad in (own, outside(NOW - 5 * YEAR).certificate):
        with pytest.raises(CertificateUnfit) as error:
            enrolments.admit(bad, PIN)
        assert fault(error) is CertificateFault.NO_AUTHORITY
    with pytest.raises(CertificateUnfit) as error:
        enrolments.admit(b"0", PIN)
    assert fault(error) is CertificateFault.UNREADABLE
    enrolments.admit(authority.certificate, PIN)
    registrar.sync()
    with pytest.raises(CertificateUnfit) as error:
        enrolments.admit(authority.certificate, PIN)
    assert fault(error) is CertificateFault.NO_AUTHORITY, "admitted already"
    with pytest.raises(CertificateUnfit) as error:
        enrolments.certified([], own)
    assert fault(error) is CertificateFault.OTHER_KEY
    with pytest.raises(CertificateUnfit) as error:
        enrolments.certified([waiting], b"0")
    assert fault(error) is CertificateFault.UNREADABLE
