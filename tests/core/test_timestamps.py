"""Time stamps: what authorities give is read, and nothing else; pyHanko and OpenSSL are asked too."""

import hashlib
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from ecabinet.core import der, timestamps
from ecabinet.core.timestamps import BadTimeStamp, Reason, check_authority, read_response, verify, write_request
from tests.services import time_authority
from tests.services.time_authority import Certified, certify, for_issuing, for_time_stamps, respond, stamper

CONTENT = "ecabinet/H49/1\n12\n…\n".encode()
AT = datetime(2026, 11, 23, 1, 2, 3, 456000, tzinfo=UTC)
NONCE = 0xFEDC_BA98_7654_3210
SECOND = timedelta(seconds=1)


def token(*certified: Certified, hash_name: str = "sha256", content: bytes = CONTENT) -> bytes:
    authority = stamper(*certified, at=AT, hash_name=hash_name)
    return read_response(respond(authority, write_request(content, NONCE)), content, NONCE)


def refused(ask: Callable[[], object]) -> Reason:
    with pytest.raises(BadTimeStamp) as caught:
        ask()
    return caught.value.reason


TOKEN = token()
ROOT = time_authority.root().encoded


def test_asks_and_reads_what_it_is_given() -> None:
    asked = tsp.TimeStampReq.load(write_request(CONTENT, NONCE), strict=True)
    assert asked.native["message_imprint"]["hashed_message"] == hashlib.sha256(CONTENT).digest()
    assert (asked.native["nonce"], asked.native["cert_req"]) == (NONCE, True)
    stamp = verify(CONTENT, TOKEN)
    assert (stamp.at, stamp.nonce, stamp.accuracy) == (AT, NONCE, timedelta())
    assert "Tổ chức cấp dấu thời gian" in stamp.authority
    check_authority(stamp, [ROOT])
    check_authority(stamp, [time_authority.stamping().encoded])


@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("kind", ["curve", "rsa"])
def test_reads_tokens_by_every_algorithm_that_counts(kind: str, hash_name: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048) if kind == "rsa" else None
    signer = certify("TSA", time_authority.root(), for_time_stamps, key=key)
    check_authority(verify(CONTENT, token(signer, hash_name=hash_name)), [ROOT])


def test_reads_a_path_and_checks_every_link() -> None:
    middle = certify("CA cấp dưới", time_authority.root(), for_issuing)
    signer = certify("TSA", middle, for_time_stamps)
    for also in ((), (middle,), (middle, time_authority.root())):
        stamp = verify(CONTENT, token(signer, *also))
        assert len(stamp.path) == 1 + len(also)
        check_authority(stamp, [middle.encoded])
        if also:
            check_authority(stamp, [ROOT])
        else:
            assert refused(partial(check_authority, stamp, [ROOT])) is Reason.UNKNOWN_AUTHORITY
    stranger = certify("CA khác", None, for_issuing)
    assert refused(lambda: check_authority(verify(CONTENT, token(signer, middle)), [stranger.encoded])) is (
        Reason.UNKNOWN_AUTHORITY
    )
    assert refused(lambda: check_authority(verify(CONTENT, token(signer, middle)), [])) is Reason.UNKNOWN_AUTHORITY


def test_refuses_certificates_that_are_none_of_the_signers() -> None:
    stranger = certify("CA khác", None, for_issuing)
    impostor = certify("CA gốc của tổ chức cấp dấu thời gian", None, for_issuing)
    for also in (stranger, impostor):
        assert refused(partial(token, time_authority.stamping(), also)) is Reason.BAD_CERTIFICATE


UNFIT: dict[str, Callable[[], Certified]] = {
    "for everything": lambda: certify("TSA", time_authority.root(), for_issuing),
    "expired": lambda: certify("TSA", time_authority.root(), for_time_stamps, until=AT - SECOND),
    "not yet valid": lambda: certify("TSA", time_authority.root(), for_time_stamps, since=AT + SECOND),
}


@pytest.mark.parametrize("name", UNFIT)
def test_refuses_authorities_that_are_not_fit(name: str) -> None:
    signer = UNFIT[name]()
    stamp = verify(CONTENT, token(signer))
    for anchor in (signer.encoded, ROOT):
        assert refused(partial(check_authority, stamp, [anchor])) is Reason.UNFIT_AUTHORITY


def test_judges_the_issuers_dates_too() -> None:
    issuer = certify("CA cũ", None, for_issuing, until=AT - SECOND)
    stamp = verify(CONTENT, token(certify("TSA", issuer, for_time_stamps)))
    assert refused(lambda: check_authority(stamp, [issuer.encoded])) is Reason.UNFIT_AUTHORITY


def test_refuses_keys_that_are_weak() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the point
    for key in (ec.generate_private_key(ec.SECP384R1()), weak):
        signer = certify("TSA", time_authority.root(), for_time_stamps, key=key)
        assert refused(partial(token, signer)) is Reason.BAD_CERTIFICATE


def test_holds_the_stamp_against_the_content_and_the_request() -> None:
    assert refused(lambda: verify(CONTENT + b" ", TOKEN)) is Reason.OTHER_CONTENT
    answer = respond(stamper(at=AT), write_request(CONTENT, NONCE))
    assert refused(lambda: read_response(answer, CONTENT, NONCE + 1)) is Reason.OTHER_REQUEST
    assert refused(lambda: read_response(answer, b"", NONCE)) is Reason.OTHER_CONTENT
    said = der.encode(der.SEQUENCE, der.encode(0x0C, "không phục vụ".encode()))
    failed = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.INTEGER, b"\x02"), said))
    assert refused(lambda: read_response(failed, CONTENT, NONCE)) is Reason.NOT_GRANTED
    assert refused(lambda: read_response(b"<html>", CONTENT, NONCE)) in {Reason.NOT_DER, Reason.UNKNOWN_FORM}
    assert refused(lambda: read_response(answer + b"\0", CONTENT, NONCE)) is Reason.UNKNOWN_FORM


def changed(change: Callable[[cms.SignedData], object]) -> bytes:
    info = cms.ContentInfo.load(TOKEN)
    change(info["content"])
    data: bytes = info.dump(force=True)
    return data


def alter_time(signed_data: cms.SignedData) -> None:
    """As somebody would who has no key."""
    info = signed_data["encap_content_info"]["content"].parsed
    info["gen_time"] = AT - timedelta(days=1)
    signed_data["encap_content_info"]["content"] = cms.ParsableOctetString(info.dump(force=True))


def alter_value(signed_data: cms.SignedData) -> None:
    signed_data["signer_infos"][0]["signature"] = bytes(70)


def drop_certificates(signed_data: cms.SignedData) -> None:
    signed_data["certificates"] = []


def sign_twice(signed_data: cms.SignedData) -> None:
    signed_data["signer_infos"].append(signed_data["signer_infos"][0])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (alter_time, Reason.BAD_ATTRIBUTE),
        (alter_value, Reason.FORGED),
        (drop_certificates, Reason.BAD_CERTIFICATE),
        (sign_twice, Reason.UNKNOWN_FORM),
    ],
)
def test_refuses_what_was_changed(change: Callable[[cms.SignedData], object], reason: Reason) -> None:
    assert refused(lambda: timestamps.read(changed(change))) is reason


@settings(max_examples=1500, deadline=None)
@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed_unseen(place: int, mask: int) -> None:
    other = bytearray(TOKEN)
    other[place] ^= mask
    with pytest.raises(BadTimeStamp):
        check_authority(verify(CONTENT, bytes(other)), [ROOT])


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200) | st.integers(0, len(TOKEN) - 1).map(lambda end: TOKEN[:end] + TOKEN[end + 1 :]))
def test_raises_nothing_else(data: bytes) -> None:
    for ask in (lambda: timestamps.read(data), lambda: read_response(data, CONTENT, NONCE)):
        with pytest.raises(BadTimeStamp):
            ask()


@pytest.mark.parametrize("text", [b"20261123010203Z", b"20261123010203.5Z", b"20261123010203.1234567Z"])
def test_reads_times_with_fractions(text: bytes) -> None:
    assert timestamps._read_time(text).replace(microsecond=0) == AT.replace(microsecond=0)


@pytest.mark.parametrize(
    "text", [b"", b"Z", b"20261123010203", b"20261323010203Z", b"20261123010203.Z", b"2026112301020Z"]
)
def test_refuses_times_of_other_forms(text: bytes) -> None:
    assert refused(lambda: timestamps._read_time(text)) is Reason.UNKNOWN_FORM


def test_reads_accuracy() -> None:
    written = der.encode(der.INTEGER, b"\x01") + der.encode(0x80, b"\x01\xf4") + der.encode(0x81, b"\x64")
    assert timestamps._read_accuracy(der.Reader(written)) == timedelta(seconds=1, milliseconds=500, microseconds=100)


def test_openssl_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "token").write_bytes(TOKEN)
    (tmp_path / "root.pem").write_bytes(time_authority.root().certificate.public_bytes(Encoding.PEM))
    command = "openssl ts -verify -data content -in token -token_in -CAfile root.pem"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "Verification: OK\n")
    (tmp_path / "content").write_bytes(CONTENT + b" ")
    assert subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode


def test_reads_what_openssl_stamps(tmp_path: Path) -> None:
    signer = time_authority.stamping()
    (tmp_path / "query").write_bytes(write_request(CONTENT, NONCE))
    (tmp_path / "serial").write_text("01\n")
    (tmp_path / "signer.pem").write_bytes(signer.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "root.pem").write_bytes(time_authority.root().certificate.public_bytes(Encoding.PEM))
    (tmp_path / "ts.cnf").write_text(
        "[tsa]\ndefault_tsa=own\n[own]\nserial=serial\nsigner_cert=signer.pem\nsigner_key=key.pem\ncerts=root.pem\n"
        "signer_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1, millisecs:500\nordering=yes\n"
        "ess_cert_id_chain=yes\ness_cert_id_alg=sha256\n"
    )
    command = "openssl ts -reply -config ts.cnf -section own -queryfile query -out reply"
    subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=True, timeout=60)
    stamp = verify(CONTENT, read_response((tmp_path / "reply").read_bytes(), CONTENT, NONCE))
    check_authority(stamp, [ROOT])
    assert stamp.accuracy == timedelta(seconds=1, milliseconds=500)
