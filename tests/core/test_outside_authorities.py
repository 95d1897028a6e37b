"""Keys that another authority certified: enrolled with its certificate once the registrar admitted it, not before."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from ecabinet.core.certificates import describe
from ecabinet.core.envelope import open_envelope
from ecabinet.core.evidence import Check, Culprit, ExitCode, Fault, Report, Verdict, check, read
from ecabinet.core.evidence.container import UnreadableBundle
from ecabinet.core.evidence.enclosed import is_revocation, revocation_name, with_enclosed
from ecabinet.core.people import Role
from ecabinet.core.register import Register, RegisterError, fingerprint_phrase
from ecabinet.core.revocation import Kind
from ecabinet.keys.certificates import Authority, make_request
from tests.bundles import blamed, checked, files_of, packed, resealed, sealed
from tests.cabinet import YEARS, Cabinet, Device

OUTSIDE = "Tổ chức cung cấp dịch vụ chứng thực"


def outside(cabinet: Cabinet, *, valid_for: timedelta = YEARS) -> Authority:
    return Authority.found(body=OUTSIDE, at=cabinet.began_at, valid_for=valid_for)


def certified(authority: Authority, cabinet: Cabinet, person: str) -> Device:
    """A device whose key somebody else has certified."""
    device = Device(f"{person}/token")
    device.certificate = authority.issue(
        make_request(device.signing_key),
        title="Giám đốc Sở Tài chính",
        body=OUTSIDE,
        crl_url="http://ca.example/crl",
        at=cabinet.now,
        valid_for=YEARS,
    )
    return device


def replayed(cabinet: Cabinet) -> Register:
    first, *rest = cabinet.register
    register = Register.found(first.opened)
    for each in rest:
        register.add(each.opened, each.leaf, each.accepted_at)
    return register


def answered_from_outside() -> tuple[Cabinet, Authority]:
    """A ballot of which one opinion was signed with another authority's certificate."""
    cabinet = Cabinet()
    cabinet.found()
    authority = outside(cabinet)
    cabinet.admit(authority)
    cabinet.enrol("secretary", Role.SECRETARY)
    for person in ("chair", "finance"):
        own = certified(authority, cabinet, person) if person == "finance" else None
        cabinet.enrol(person, Role.MEMBER, *([Role.CHAIR] if person == "chair" else []), device=own)
    cabinet.publish()
    cabinet.open_ballot()
    cabinet.answer("chair", "agree", "agree")
    cabinet.answer("finance", "agree", "disagree")
    cabinet.close()
    cabinet.announce()
    return cabinet, authority


def judged(cabinet: Cabinet, *told: bytes) -> Report:
    return check(read(sealed(cabinet)), cabinet.anchors, revocations=told)


def crl(authority: Authority, at: datetime, *revoked: tuple[Device, datetime]) -> bytes:
    serials = {describe(device.certificate).serial_number: when for device, when in revoked}
    return authority.revocation_list(serials, number=1, at=at, valid_for=timedelta(days=1))


def test_a_certificate_of_an_admitted_authority_signs_and_proves() -> None:
    cabinet, authority = answered_from_outside()
    assert replayed(cabinet).admitted == (authority.certificate,)
    report = judged(cabinet, crl(authority, cabinet.now))
    assert report.exit_code is ExitCode.PROVEN
    assert report[Check.REVOCATION].verdict is Verdict.PASSED
    assert report.facts is not None
    assert report.facts.collation.received == 2


def test_without_the_authoritys_word_revocation_is_not_checked() -> None:
    cabinet, authority = answered_from_outside()
    stale, other = crl(authority, cabinet.now - timedelta(days=9)), crl(outside(cabinet), cabinet.now)
    for told in ((), (stale,), (other,), (b"0",)):
        report = judged(cabinet, *told)
        assert report.exit_code is ExitCode.INCOMPLETE
        assert report[Check.REVOCATION].verdict is Verdict.NOT_CHECKED
        assert [each.fault for each in report[Check.REVOCATION].findings] == [Fault.REVOCATION_UNKNOWN]


def test_what_was_signed_after_the_authority_revoked_counts_for_nothing_to_be_proven() -> None:
    cabinet, authority = answered_from_outside()
    device = cabinet.devices["finance"]
    report = judged(cabinet, crl(authority, cabinet.now, (device, cabinet.began_at)))
    assert blamed(report) == {(Check.REVOCATION, Culprit.LOG)}
    assert report.failures()[0][1].who == "finance"
    later = crl(authority, cabinet.now + timedelta(days=2), (device, cabinet.now + timedelta(days=1)))
    assert judged(cabinet, later).exit_code is ExitCode.PROVEN, "revoked since"


def enclosing(bundle: bytes, *told: tuple[Kind, bytes]) -> bytes:
    """A bundle as it leaves the program, with what authorities say."""
    size, rest = with_enclosed(bundle, len(bundle), {revocation_name(kind, each): each for kind, each in told})
    return bundle[:size] + rest


def test_what_is_enclosed_counts_as_what_is_given_and_touches_nothing_sealed() -> None:
    cabinet, authority = answered_from_outside()
    bare, listed = sealed(cabinet), crl(authority, cabinet.now)
    stale = crl(authority, cabinet.now - timedelta(days=9))
    whole = enclosing(bare, (Kind.LIST, listed), (Kind.LIST, stale))
    report = check(read(whole), cabinet.anchors)
    assert report.exit_code is ExitCode.PROVEN
    files = files_of(whole)
    assert list(files)[-2:] == sorted(revocation_name(Kind.LIST, each) for each in (listed, stale))
    assert files_of(bare) == {name: data for name, data in files.items() if not is_revocation(name)}
    assert enclosing(bare) == bare
    assert check(read(bare), cabinet.anchors).exit_code is ExitCode.INCOMPLETE
    revoked = enclosing(bare, (Kind.LIST, crl(authority, cabinet.now, (cabinet.devices["finance"], cabinet.began_at))))
    assert blamed(check(read(revoked), cabinet.anchors)) == {(Check.REVOCATION, Culprit.LOG)}


def test_one_that_is_enclosed_and_false_is_the_bundles_doing() -> None:
    cabinet, authority = answered_from_outside()
    impostor = Authority(private_key=outside(cabinet).private_key, certificate=authority.certificate)
    for false in (crl(impostor, cabinet.now), b"no answer"):
        bundle = enclosing(sealed(cabinet), (Kind.LIST, crl(authority, cabinet.now)), (Kind.LIST, false))
        report = check(read(bundle), cabinet.anchors)
        assert blamed(report) == {(Check.REVOCATION, Culprit.BUNDLE)}
        assert [each.place for _, each in report.failures()] == [revocation_name(Kind.LIST, false)]
    other = Authority.found(body="Cơ quan khác", at=cabinet.began_at, valid_for=YEARS)
    stranger = enclosing(sealed(cabinet), (Kind.LIST, crl(other, cabinet.now)))
    assert check(read(stranger), cabinet.anchors).exit_code is ExitCode.INCOMPLETE


def test_one_that_is_not_called_by_its_digest_makes_no_bundle() -> None:
    cabinet, authority = answered_from_outside()
    listed = crl(authority, cabinet.now)
    files = {**files_of(sealed(cabinet)), revocation_name(Kind.LIST, b""): listed}
    with pytest.raises(UnreadableBundle, match="malformed_entry"):
        read(packed(files))


def test_who_signed_with_the_bodys_own_certificates_alone_is_asked_nothing() -> None:
    cabinet = Cabinet.with_result()
    report = judged(cabinet)
    assert report.exit_code is ExitCode.PROVEN
    assert report[Check.REVOCATION].verdict is Verdict.NOT_APPLICABLE


def test_whoever_hides_the_admission_breaks_the_register() -> None:
    cabinet, _ = answered_from_outside()
    files = {name: data for name, data in files_of(sealed(cabinet)).items() if "authority.admitted" not in name}
    report = checked(resealed(files, cabinet.devices["secretary"].signer(), cabinet), cabinet)
    assert (Check.REGISTER, Culprit.BUNDLE) in blamed(report)


def test_an_altered_admission_is_found_out() -> None:
    cabinet, _ = answered_from_outside()
    files = files_of(sealed(cabinet))
    name = next(name for name in files if name.endswith("authority.admitted.json"))
    other = files[name].replace(b'"seen":"', b'"seen":" ', 1)
    assert check(read(packed({**files, name: other})), cabinet.anchors).exit_code is ExitCode.DISPROVEN


def test_nobody_is_enrolled_before_the_authority_is_admitted() -> None:
    cabinet = Cabinet()
    cabinet.found()
    register, authority = replayed(cabinet), outside(cabinet)
    early = open_envelope(cabinet.enrolment("finance", device=certified(authority, cabinet, "finance")))
    with pytest.raises(RegisterError, match="neither"):
        register.add(early, len(cabinet.ledger), cabinet.now)
    assert register.issuers == replayed(cabinet).issuers


def test_an_admission_lets_nobody_in() -> None:
    cabinet, authority = answered_from_outside()
    register = replayed(cabinet)
    cabinet.devices["agriculture"] = certified(authority, cabinet, "agriculture")
    stranger = open_envelope(cabinet.opinion("agriculture", "agree", "agree"))
    assert register.judge(stranger, len(cabinet.ledger), cabinet.now).value == "not_enrolled"


UNFIT: dict[str, Callable[[Cabinet], Authority]] = {
    "expired": lambda cabinet: outside(cabinet, valid_for=timedelta(seconds=1)),
    "a member's own": lambda cabinet: Authority(
        private_key=cabinet.authority.private_key, certificate=cabinet.devices["registrar"].certificate
    ),
    "no certificate": lambda cabinet: Authority(private_key=cabinet.authority.private_key, certificate=b"0"),
    "the body's own": lambda cabinet: cabinet.authority,
}


@pytest.mark.parametrize("name", UNFIT)
def test_only_an_authority_can_be_admitted(name: str) -> None:
    cabinet = Cabinet()
    cabinet.found()
    register = replayed(cabinet)
    admission = open_envelope(cabinet.admission(UNFIT[name](cabinet)))
    with pytest.raises(RegisterError):
        register.add(admission, 1, cabinet.now + timedelta(days=3))


def test_only_the_registrar_admits() -> None:
    cabinet = Cabinet.with_open_ballot()
    admission = open_envelope(cabinet.admission(outside(cabinet), by="secretary"))
    with pytest.raises(RegisterError, match="registrar"):
        replayed(cabinet).add(admission, len(cabinet.ledger), cabinet.now)


def test_the_phrase_to_be_compared_is_the_keys_whoever_certified_them() -> None:
    cabinet = Cabinet()
    cabinet.found()
    device = certified(outside(cabinet), cabinet, "finance")
    phrase = fingerprint_phrase(device.keys().fingerprint)
    device.certificate = cabinet.certify("finance", device.signing_key)
    assert fingerprint_phrase(device.keys().fingerprint) == phrase
