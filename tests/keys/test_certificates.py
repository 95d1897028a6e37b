"""The certificates of a body, as OpenSSL and TLS see them."""

import ssl
import subprocess
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ecabinet.core.certificates import DOCUMENT_SIGNING, BadCertificate, Reason, check_certificate, describe
from ecabinet.keys.certificates import (
    BACK_DATED_BY,
    BadRequest,
    RequestFault,
    generate_key,
    make_request,
    read_request,
)
from tests.core import signing_parties as parties
from tests.core.signing_parties import BODY, NOW, TITLE, YEAR

CRL_URL = "http://ca.example/body.crl"


def issue(title: str = TITLE, body: str = BODY, *, valid_for: timedelta = YEAR) -> bytes:
    request = make_request(generate_key())
    return parties.authority().issue(request, title=title, body=body, crl_url=CRL_URL, at=NOW, valid_for=valid_for)


def pem(encoded: bytes) -> bytes:
    return x509.load_der_x509_certificate(encoded).public_bytes(Encoding.PEM)


def openssl_verify(folder: Path, leaf: bytes, *options: str) -> str:
    """What `openssl verify` says of a certificate under the body's CA, as strictly as it can."""
    (folder / "leaf.pem").write_bytes(pem(leaf))
    (folder / "ca.pem").write_bytes(pem(parties.authority().certificate))
    command = ["openssl", "verify", "-x509_strict", "-CAfile", "ca.pem", *options, "leaf.pem"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


# ---------------------------------------------------------------- signers


def test_openssl_accepts_a_signers_certificate(tmp_path: Path) -> None:
    assert openssl_verify(tmp_path, issue(), "-purpose", "smimesign") == "leaf.pem: OK\n"


def test_a_signers_certificate_says_what_stock_tools_look_for() -> None:
    extensions = x509.load_der_x509_certificate(issue()).extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(purposes) == {ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING}
    (point,) = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name == [x509.UniformResourceIdentifier(CRL_URL)]


def test_begins_before_clocks_that_are_behind() -> None:
    certificate = describe(issue(valid_for=timedelta(days=30)))
    assert certificate.not_before == NOW - BACK_DATED_BY
    assert certificate.not_after == NOW + timedelta(days=30)


def test_ends_with_its_authority() -> None:
    assert describe(issue(valid_for=1000 * YEAR)).not_after == describe(parties.authority().certificate).not_after


def test_every_certificate_has_a_number_of_its_own() -> None:
    assert len({describe(issue()).serial_number for _ in range(20)}) == 20


def test_shortens_names_that_are_too_long_for_a_certificate() -> None:
    whole = describe(issue("Ủ" * 64, "Ộ" * 64))
    assert (whole.title, whole.organization) == ("Ủ" * 64, "Ộ" * 64)
    cut = describe(issue("Ủ" * 65, "Ộ" * 200))
    assert (cut.title, cut.organization) == ("Ủ" * 63 + "…", "Ộ" * 63 + "…")
    (name,) = x509.load_der_x509_certificate(cut.encoded).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == "Ủ" * 20 + "…"


def test_a_registrar_is_an_anchor(tmp_path: Path) -> None:
    (registrar,) = parties.registrar().chain
    assert check_certificate(registrar, [registrar], NOW).is_self_issued
    (tmp_path / "leaf.pem").write_bytes(pem(registrar))
    command = ["openssl", "verify", "-CAfile", "leaf.pem", "-purpose", "smimesign", "leaf.pem"]
    assert subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout == b"leaf.pem: OK\n"


# ---------------------------------------------------------------- requests


def test_reads_the_request_of_who_holds_the_key() -> None:
    key = generate_key()
    assert read_request(make_request(key)) == key.public_key()


@pytest.mark.parametrize("bits", [2048, 3072])
def test_openssl_accepts_an_rsa_keys_request_and_certificate(bits: int, tmp_path: Path) -> None:
    key = generate_rsa_key(65537, bits)
    assert read_request(make_request(key)) == key.public_key()
    (tmp_path / "request").write_bytes(make_request(key))
    command = ["openssl", "req", "-verify", "-noout", "-inform", "DER", "-in", "request"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    leaf = parties.certify(parties.authority(), key)
    assert openssl_verify(tmp_path, leaf, "-purpose", "smimesign") == "leaf.pem: OK\n"
    assert check_certificate(leaf, [parties.authority().certificate], NOW).public_key == key.public_key()


def test_refuses_requests() -> None:
    request = make_request(generate_key())
    key = generate_private_key(SECP384R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    other_curve = builder.sign(key, SHA256()).public_bytes(Encoding.DER)
    for refused, reason in (
        (b"", RequestFault.UNREADABLE),
        (request[:-1], RequestFault.UNREADABLE),
        (request + b"\x00", RequestFault.UNREADABLE),
        (other_curve, RequestFault.UNFIT_KEY),
        (make_request(generate_rsa_key(65537, 1024)), RequestFault.UNFIT_KEY),  # noqa: S505
        (forged(request), RequestFault.FORGED),
    ):
        with pytest.raises(BadRequest) as caught:
            parties.authority().issue(refused, title=TITLE, body=BODY, crl_url=CRL_URL, at=NOW, valid_for=YEAR)
        assert caught.value.reason is reason


def forged(request: bytes) -> bytes:
    """The request with somebody else's key in it."""
    own, other = (
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for key in (x509.load_der_x509_csr(request).public_key(), generate_key().public_key())
    )
    assert own in request
    return request.replace(own, other)


# ---------------------------------------------------------------- revocation lists


def test_openssl_takes_revocation_lists(tmp_path: Path) -> None:
    good, revoked = issue(), issue()
    crl = parties.authority().revocation_list(
        {describe(revoked).serial_number: NOW}, number=1, at=NOW, valid_for=timedelta(days=7)
    )
    (tmp_path / "crl.pem").write_bytes(x509.load_der_x509_crl(crl).public_bytes(Encoding.PEM))
    options = ("-crl_check", "-CRLfile", "crl.pem")
    assert openssl_verify(tmp_path, good, *options) == "leaf.pem: OK\n"
    assert "certificate revoked" in openssl_verify(tmp_path, revoked, *options)


def test_a_revocation_list_may_be_empty() -> None:
    crl = x509.load_der_x509_crl(parties.authority().revocation_list({}, number=7, at=NOW, valid_for=YEAR))
    assert list(crl) == []
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 7


# ---------------------------------------------------------------- TLS


def shake_hands(folder: Path, names: Iterable[str], host: str, trusted: bytes) -> None:
    """A TLS handshake in memory. Raises `ssl.SSLCertVerificationError`."""
    key = generate_key()
    certificate = parties.authority().issue_for_server(key.public_key(), names=names, at=NOW, valid_for=YEAR)
    (folder / "server.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem(certificate)
    )
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(folder / "server.pem")
    client_side = ssl.create_default_context(cadata=trusted)
    client_side.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(to_client, to_server, server_hostname=host)
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert client.version() == "TLSv1.3"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "ecabinet.example", "10.1.2.3"])
def test_tls_accepts_the_servers_names(host: str, tmp_path: Path) -> None:
    shake_hands(tmp_path, ["ecabinet.example", "10.1.2.3", "localhost"], host, parties.authority().certificate)


@pytest.mark.parametrize(
    ("host", "trusted"),
    [("other.example", parties.authority().certificate), ("localhost", parties.root().certificate)],
)
def test_tls_refuses_another_name_and_another_authority(host: str, trusted: bytes, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(tmp_path, ["ecabinet.example"], host, trusted)


def test_a_servers_certificate_signs_no_statements() -> None:
    authority = parties.authority()
    certificate = authority.issue_for_server(generate_key().public_key(), names=["x.example"], at=NOW, valid_for=YEAR)
    with pytest.raises(BadCertificate, match=Reason.UNFIT_USAGE):
        check_certificate(certificate, [authority.certificate], NOW)
