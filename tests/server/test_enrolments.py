"""From a code to a confirmed device, and the ways in which that is not to be."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from ecabinet.core import protocol
from ecabinet.core.certificates import check_certificate
from ecabinet.core.people import Grant, Role
from ecabinet.core.protocol import Code, Enrolment, EnrolmentState, Path, Reason, Refused, RowKind
from ecabinet.keys.certificates import Authority, make_request
from tests.cabinet import Device
from tests.sample import BODY_NAME, OFFICES
from tests.server.live import LiveCabinet
from tests.server.local import Clock, LocalCabinet


def reason_of(call: Callable[[], object]) -> tuple[Reason, str]:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.refusal.reason, refused.value.refusal.what


def states(cabinet: LiveCabinet) -> list[EnrolmentState]:
    rows = [row.enrolment for row in cabinet.read_all("registrar") if row.kind is RowKind.ENROLMENT]
    return [each.state for each in rows if each is not None]


def test_the_certificate_names_the_office_and_the_body(cabinet: LiveCabinet) -> None:
    cabinet.found()
    device = cabinet.device("chair")
    check_certificate(device.certificate, (cabinet.authority.certificate,), datetime.now(UTC))
    certificate = x509.load_der_x509_certificate(device.certificate)
    organisation = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    assert str(organisation) in BODY_NAME or BODY_NAME.startswith(str(organisation)[:20])
    assert certificate.not_valid_before_utc < datetime.now(UTC) - timedelta(hours=47)
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    url = points[0].full_name[0].value
    answer = cabinet.server.request("GET", url.removeprefix(cabinet.server.url))
    revoked = x509.load_der_x509_crl(answer.data)
    issuer = x509.load_der_x509_certificate(cabinet.authority.certificate)
    assert revoked.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    assert len(list(revoked)) == 0


def test_a_device_waits_until_the_registrar_confirms_it(cabinet: LiveCabinet) -> None:
    cabinet.found()
    device = Device(f"{cabinet.body}/chair")
    grant = Grant(role=Role.MEMBER, from_at=cabinet.began_at)
    waiting = cabinet.ask_to_enrol(cabinet.request(device, cabinet.code_for("chair", grant)))
    assert (waiting.state, waiting.person, waiting.office) == (EnrolmentState.WAITING, "chair", OFFICES["chair"][0])
    assert waiting.grants == (grant,)
    assert reason_of(lambda: cabinet.server.sign_in(device))[0] is Reason.NOT_CONFIRMED
    assert states(cabinet) == [EnrolmentState.WAITING]

    device.certificate = waiting.keys.signing_certificate
    assert waiting.keys == device.keys()
    cabinet.enrol("chair", Role.MEMBER, device=device)
    status = cabinet.server.ask(protocol.Enrolment, "GET", Path.ENROLMENT.format(enrolment=waiting.enrolment))
    assert status.state is EnrolmentState.CONFIRMED
    assert EnrolmentState.CONFIRMED in states(cabinet)
    cabinet.server.sign_in(device)


def test_a_new_member_gets_the_whole_register(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    leaves = [row.placed.leaf for row in cabinet.read_all("finance") if row.placed is not None]
    assert leaves == [0, 1, 2, 3]


def test_a_declined_device_does_not_sign_in(cabinet: LiveCabinet) -> None:
    cabinet.found()
    device = Device(f"{cabinet.body}/chair")
    waiting = cabinet.ask_to_enrol(cabinet.request(device, cabinet.code_for("chair")))
    cabinet.caller("registrar").send("POST", cabinet.path(Path.DECLINED, enrolment=waiting.enrolment))
    assert states(cabinet)[-1] is EnrolmentState.DECLINED
    assert reason_of(lambda: cabinet.server.sign_in(device))[0] is Reason.NOT_CONFIRMED
    again = cabinet.ask_to_enrol(cabinet.request(device, cabinet.code_for("chair")))
    assert again.state is EnrolmentState.WAITING


def test_only_the_registrar_declines_and_not_what_is_confirmed(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair"])
    confirmed = [row.enrolment for row in cabinet.read_all("registrar") if row.enrolment is not None][-1]
    path = cabinet.path(Path.DECLINED, enrolment=confirmed.enrolment)
    assert reason_of(lambda: cabinet.caller("registrar").send("POST", path))[0] is Reason.UNKNOWN
    assert reason_of(lambda: cabinet.caller("chair").send("POST", path))[0] is Reason.NO_RIGHT


def test_a_lost_reply_to_an_enrolment_does_no_harm(cabinet: LiveCabinet) -> None:
    cabinet.found()
    request = cabinet.request(Device(f"{cabinet.body}/chair"), cabinet.code_for("chair"))
    assert cabinet.ask_to_enrol(request) == cabinet.ask_to_enrol(request)
    assert states(cabinet) == [EnrolmentState.WAITING]


def test_a_code_is_for_one_device(cabinet: LiveCabinet) -> None:
    cabinet.found()
    code = cabinet.code_for("chair")
    cabinet.ask_to_enrol(cabinet.request(Device(f"{cabinet.body}/one"), code))
    other = cabinet.request(Device(f"{cabinet.body}/two"), code)
    assert reason_of(lambda: cabinet.ask_to_enrol(other)) == (Reason.USED_CODE, "")


def test_a_code_that_nobody_gave_out_is_wrong(cabinet: LiveCabinet) -> None:
    code = Code.for_server(bytes(10), cabinet.ca_spki)
    request = cabinet.request(Device("somebody"), code)
    assert reason_of(lambda: cabinet.ask_to_enrol(request)) == (Reason.WRONG_CODE, "")


def test_a_code_expires(local: LocalCabinet, clock: Clock) -> None:
    local.found()
    code = local.code_for("chair")
    clock.advance(timedelta(days=15))
    request = local.request(Device("late"), code)
    assert reason_of(lambda: local.ask_to_enrol(request))[0] is Reason.EXPIRED_CODE


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"csr": b"no request"}, "csr"),
        ({"device_key": b"short"}, "device_key"),
        ({"sealing_key": b"short"}, "device_key"),
        ({"device_name": "x" * 201}, "device_name"),
        ({"device_name": "máy\0"}, "device_name"),
        ({"device_name": "\u202emáy"}, "device_name"),
    ],
)
def test_a_bad_request_does_not_use_the_code_up(cabinet: LiveCabinet, changes: dict[str, Any], what: str) -> None:
    cabinet.found()
    code = cabinet.code_for("chair")
    good = cabinet.request(Device(f"{cabinet.body}/chair"), code)
    bad = replace(good, **changes)
    assert reason_of(lambda: cabinet.ask_to_enrol(bad)) == (Reason.MALFORMED, what)
    assert cabinet.ask_to_enrol(good).state is EnrolmentState.WAITING


def test_a_device_key_is_one_devices(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair"])
    request = cabinet.request(cabinet.devices["chair"], cabinet.code_for("finance"))
    assert reason_of(lambda: cabinet.ask_to_enrol(request)) == (Reason.MALFORMED, "device_key")


def test_who_may_invite(cabinet: LiveCabinet) -> None:
    cabinet.found()
    cabinet.enrol("secretary", Role.SECRETARY)
    cabinet.enrol("chair", Role.ADMINISTRATOR)
    assert reason_of(lambda: cabinet.invite("secretary", cabinet.invitation("finance")))[0] is Reason.NO_RIGHT
    cabinet.invite("chair", cabinet.invitation("finance"))
    registrar = Grant(role=Role.REGISTRAR, from_at=cabinet.began_at)
    assert reason_of(lambda: cabinet.invite("chair", cabinet.invitation("finance", registrar))) == (
        Reason.MALFORMED,
        "grants",
    )


@pytest.mark.parametrize("office", ["", " ", "Chánh\0", "\u202eChánh Văn phòng", "Chánh\nVăn phòng"])
def test_nobody_is_invited_whose_office_no_certificate_could_bear(local: LocalCabinet, office: str) -> None:
    local.found()
    bad = replace(local.invitation("chair"), office=office)
    assert reason_of(lambda: local.invite("registrar", bad)) == (Reason.MALFORMED, "office")


def test_a_register_statement_continues_the_register(cabinet: LiveCabinet) -> None:
    cabinet.found()
    first, second = cabinet.enrolment("chair", Role.MEMBER), cabinet.enrolment("finance", Role.MEMBER)
    cabinet.append(first)
    assert reason_of(lambda: cabinet.append(second)) == (Reason.STALE_REGISTER, "")


def test_a_certificate_of_another_ca_makes_nobody_an_elector(cabinet: LiveCabinet) -> None:
    cabinet.found()
    forged = Device(f"{cabinet.body}/forged")
    forged.certificate = cabinet.authority.issue(
        cabinet.request(forged, cabinet.code_for("chair")).csr,
        title=OFFICES["chair"][0],
        body=BODY_NAME,
        crl_url="http://localhost/ca.crl",
        at=datetime.now(UTC),
        valid_for=timedelta(days=1),
    )
    enrolment = cabinet.enrolment("chair", Role.MEMBER, device=forged)
    assert reason_of(lambda: cabinet.append(enrolment)) == (Reason.MALFORMED, "certificate")


def test_a_waiting_device_is_confirmed_with_the_certificate_of_an_admitted_authority(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair"])
    outside = Authority.found(body="Tổ chức chứng thực", at=cabinet.now, valid_for=timedelta(days=9))
    device = Device(f"{cabinet.body}/token")
    waiting = cabinet.ask_to_enrol(cabinet.request(device, cabinet.code_for("finance")))
    device.certificate = outside.issue(
        make_request(device.signing_key),
        title=OFFICES["finance"][0],
        body="Tổ chức chứng thực",
        crl_url="http://ca.example/crl",
        at=cabinet.now,
        valid_for=timedelta(days=8),
    )
    early = cabinet.enrolment("finance", Role.MEMBER, device=device)
    assert reason_of(lambda: cabinet.append(early)) == (Reason.MALFORMED, "certificate")
    cabinet.admit(outside)
    assert reason_of(lambda: cabinet.admit(outside)) == (Reason.MALFORMED, "certificate")
    cabinet.enrol("finance", Role.MEMBER, device=device)
    known = cabinet.server.ask(Enrolment, "GET", Path.ENROLMENT.format(enrolment=waiting.enrolment))
    assert (known.state, known.keys.signing_certificate) == (EnrolmentState.CONFIRMED, device.certificate)
    assert states(cabinet)[-1] is EnrolmentState.CONFIRMED
    cabinet.feed("finance")
    cabinet.revoke("finance")
    assert reason_of(lambda: cabinet.feed("finance"))[0] is Reason.NO_RIGHT
    answer = cabinet.server.request("GET", cabinet.path(Path.REVOCATIONS))
    assert list(x509.load_der_x509_crl(answer.data)) == [], "of what another issued that one tells"


def test_a_revoked_device_is_out_at_once(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    cabinet.feed("finance")
    statement = cabinet.meeting()
    cabinet.revoke("finance")
    assert reason_of(lambda: cabinet.feed("finance"))[0] is Reason.NO_RIGHT
    assert reason_of(lambda: cabinet.server.sign_in(cabinet.devices["finance"]))[0] is Reason.REVOKED
    answer = cabinet.server.request("GET", cabinet.path(Path.REVOCATIONS))
    serials = [each.serial_number for each in x509.load_der_x509_crl(answer.data)]
    certificate = x509.load_der_x509_certificate(cabinet.devices["finance"].certificate)
    assert serials == [certificate.serial_number]
    cabinet.append(statement)  # others go on


def test_what_was_signed_before_and_arrives_after_the_revocation_is_refused(cabinet: LiveCabinet) -> None:
    cabinet.prepare(members=["chair", "finance"])
    opinion = cabinet.opinion("finance")
    cabinet.revoke("finance")
    (outcome,) = cabinet.submit(opinion, by="chair")
    assert outcome.refusal is not None
    assert outcome.refusal.reason is Reason.REVOKED


def test_a_second_device_reads_what_the_first_reads(cabinet: LiveCabinet) -> None:
    cabinet.prepare(members=["chair", "finance"])
    before = {row.position for row in cabinet.read_all("chair")}
    first = cabinet.devices["chair"]
    cabinet.enrol("chair", Role.MEMBER, Role.CHAIR, device=cabinet.device("chair", f"{cabinet.body}/second"))
    cabinet.callers.pop("chair")
    assert before < {row.position for row in cabinet.read_all("chair")}
    assert hashlib.sha256(first.certificate).digest() != hashlib.sha256(cabinet.devices["chair"].certificate).digest()
    cabinet.answer("chair")
