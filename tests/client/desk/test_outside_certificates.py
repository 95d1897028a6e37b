"""A key that another authority certified: the registrar admits the authority, and takes its certificate."""

from datetime import UTC, datetime, timedelta

import pytest
import typer
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.cli.people import recorded
from ecabinet.cli.speaking import errors_told
from ecabinet.client.desk.errors import CertificateFault, CertificateUnfit, NotAllowed
from ecabinet.client.ui.explanations import explain
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


def certified(authority: Authority, enrolled: bytes, *, begins_at: datetime = NOW, lacks: str = "") -> bytes:
    """What the authority gave, some time ago, for the very key of a certificate."""
    builder = certificates._builder(
        certificates._name("Chủ tịch UBND tỉnh", OUTSIDE),
        x509.load_der_x509_certificate(authority.certificate).subject,
        x509.load_der_x509_certificate(enrolled).public_key(),  # type: ignore[arg-type]
        begins_at,
        begins_at + YEAR,
    )
    if lacks == "usage":
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    elif lacks == "purpose":
        usage = certificates._key_usage(digital_signature=True, content_commitment=True)
        builder = builder.add_extension(usage, critical=True)
    else:
        builder = certificates._for_signing(builder)
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
    assert fault(error) is CertificateFault.NOT_ADMITTED, "not admitted yet"
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


def test_says_which_of_the_demands_a_certificate_misses(town: Town) -> None:
    registrar, authority = town.people["registrar"], outside()
    enrolments = registrar.desk.enrolments
    town.ask_to_join("finance")
    registrar.sync()
    (waiting,) = enrolments.waiting()
    enrolments.admit(authority.certificate, PIN)
    registrar.sync()
    enrolled = waiting.keys.signing_certificate
    faults = {
        CertificateFault.NOT_ADMITTED: certified(outside(NOW - YEAR), enrolled),
        CertificateFault.UNFIT_USAGE: certified(authority, enrolled, lacks="usage"),
        CertificateFault.UNFIT_PURPOSE: certified(authority, enrolled, lacks="purpose"),
        CertificateFault.NOT_VALID_NOW: certified(authority, enrolled, begins_at=NOW - 2 * YEAR),
    }
    told = set()
    for expected, own in faults.items():
        with pytest.raises(CertificateUnfit) as error:
            enrolments.certified([waiting], own)
        assert fault(error) is expected
        explanation = explain(error.value)
        assert explanation is not None
        told.add(explanation.happened)
    assert len(told) == len(faults)


def test_who_is_no_registrar_signs_nothing_that_only_he_may(town: Town) -> None:
    member = town.enrol("finance")
    with pytest.raises(NotAllowed) as error:
        member.desk.enrolments.admit(outside().certificate, PIN)
    assert explain(error.value) is not None
    with pytest.raises(NotAllowed):
        member.desk.restoring.begin(PIN)
    assert member.desk.syncing.signed() == ()


def test_only_what_is_recorded_passes_for_done(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    registrar, first, second = town.people["registrar"], outside(), outside()
    admit = registrar.desk.enrolments.admit
    with recorded(registrar.desk):
        admit(first.certificate, PIN)
    assert first.certificate in registrar.desk.unlocked.vault.do(registrar.desk.unlocked.register).issuers

    admit(second.certificate, PIN)
    with pytest.raises(typer.Exit) as left, errors_told(), recorded(registrar.desk):
        admit(second.certificate, PIN)  # nothing on this machine knows yet that it will count already
    assert left.value.exit_code == 1
    assert "tell the technical staff" in capsys.readouterr().err
    *_, taken, refused = registrar.desk.syncing.signed()
    assert taken.is_recorded
    assert refused.refusal is not None

    registrar.desk.syncing.stop()  # no round is made any more, as without a network
    with pytest.raises(typer.Exit) as left, recorded(registrar.desk):
        admit(outside().certificate, PIN)
    assert left.value.exit_code == 1
    assert "waits to be sent" in capsys.readouterr().err
    assert registrar.desk.syncing.status().waiting_to_send == 1
