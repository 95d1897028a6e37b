"""An outside authority on loopback: certomancer's lists and OCSP answers over HTTP. It answers as a test wants."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import algos, core, ocsp
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from certomancer.services import CRLBuilder, RevocationInfoInterface, SimpleOCSPResponder
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_public_key
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from ecabinet.core.certificates import describe
from ecabinet.keys.certificates import Authority
from tests.cabinet import Device

NAME = "Tổ chức cung cấp dịch vụ chứng thực"
LOOPBACK = "127.0.0.0/8"
_ALGORITHM = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
Answer = Callable[[str, bytes], tuple[int, dict[str, str], bytes]]


@dataclass
class OutsideAuthority:
    """One that listens. `answer` makes what it says at a path; a test may put another in its place."""

    authority: Authority
    url: str
    clock: Callable[[], datetime]
    answer: Answer
    revoked: dict[int, datetime] = field(default_factory=dict)
    validity: timedelta = timedelta(days=1)
    asked: list[str] = field(default_factory=list)
    """The paths, in order."""
    _number: int = 0

    @property
    def certificate(self) -> bytes:
        return self.authority.certificate

    def certify(
        self, device: Device, *, lists: tuple[str, ...] = ("/crl",), responders: tuple[str, ...] = ("/ocsp",)
    ) -> Device:
        """Gives the device's key a certificate, which names such addresses: paths here, or whole ones."""
        own = x509.load_der_x509_certificate(self.certificate)
        now = self.clock()
        key = load_der_public_key(describe(device.certificate).public_key_info) if device.certificate else None
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Giám đốc Sở Tài chính")]))
            .issuer_name(own.subject)
            .public_key(key or device.signing_key.public_key())  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=365))
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    content_commitment=True,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=False,
                    crl_sign=False,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        )
        if lists:
            points = [
                x509.DistributionPoint(
                    [x509.UniformResourceIdentifier(self._address(each))], None, reasons=None, crl_issuer=None
                )
                for each in lists
            ]
            builder = builder.add_extension(x509.CRLDistributionPoints(points), critical=False)
        if responders:
            access = [
                x509.AccessDescription(
                    AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(self._address(each))
                )
                for each in responders
            ]
            builder = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
        device.certificate = builder.sign(self.authority.private_key, SHA256()).public_bytes(Encoding.DER)
        return device

    def revoke(self, certificate: bytes, at: datetime | None = None) -> None:
        self.revoked[describe(certificate).serial_number] = (at or self.clock()).replace(microsecond=0)

    def crl(self) -> bytes:
        """The list as it is now, DER."""
        self._number += 1
        own = x509.load_der_x509_certificate(self.certificate)
        identifier = own.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        now = self.clock().replace(microsecond=0)
        builder = CRLBuilder(
            asn1_x509.Name.load(own.subject.public_bytes()), self._key(), _ALGORITHM, core.OctetString(identifier)
        )
        rows = [builder.format_revoked_cert(serial, None, at) for serial, at in self.revoked.items()]
        encoded: bytes = builder.build_crl(self._number, now, now + self.validity, rows).dump()
        return encoded

    def ocsp(self, request: bytes) -> bytes:
        """The answer to a request, both DER."""
        responder = SimpleOCSPResponder(
            asn1_x509.Certificate.load(self.certificate),
            self._key(),
            _ALGORITHM,
            self.clock().replace(microsecond=0),
            _Told(self),
            validity=self.validity,
        )
        encoded: bytes = responder.build_ocsp_response(ocsp.OCSPRequest.load(request, strict=True)).dump()
        return encoded

    def honest(self, path: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """What it says as long as it means well."""
        if path == "/crl":
            return 200, {}, self.crl()
        return (200, {}, self.ocsp(request)) if path == "/ocsp" else (404, {}, b"")

    def _address(self, place: str) -> str:
        return self.url + place if place.startswith("/") else place

    def _key(self) -> asn1_keys.PrivateKeyInfo:
        key = self.authority.private_key
        return asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


class _Told(RevocationInfoInterface):
    def __init__(self, authority: OutsideAuthority) -> None:
        self._authority = authority

    def get_issuer_cert(self) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(self._authority.certificate)

    def check_revocation_status(self, cid: ocsp.CertId, at_time: datetime) -> tuple[ocsp.CertStatus, list[Any]]:
        revoked_at = self._authority.revoked.get(cid["serial_number"].native)
        if revoked_at is None or revoked_at > at_time:
            return ocsp.CertStatus("good"), []
        told = ocsp.RevokedInfo({"revocation_time": revoked_at})
        return ocsp.CertStatus(name="revoked", value=told), []


def _silent(_path: str, _request: bytes) -> tuple[int, dict[str, str], bytes]:
    return 503, {}, b""


@contextmanager
def listening(
    clock: Callable[[], datetime] = lambda: datetime.now(UTC), *, name: str = NAME
) -> Iterator[OutsideAuthority]:
    """An authority, and its services on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            assert self.headers["content-type"] == "application/ocsp-request"
            self._answer(self.rfile.read(int(self.headers["content-length"])))

        def _answer(self, request: bytes) -> None:
            outside.asked.append(self.path)
            status, headers, data = outside.answer(self.path, request)
            self.send_response(status)
            for key, value in {"content-length": str(len(data)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            with suppress(ConnectionError):  # who asked may have heard enough
                self.wfile.write(data)

        def log_message(self, *arguments: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    authority = Authority.found(body=name, at=clock() - timedelta(days=30), valid_for=timedelta(days=900))
    assert isinstance(authority.private_key, ec.EllipticCurvePrivateKey)
    outside = OutsideAuthority(authority, f"http://127.0.0.1:{server.server_address[1]}", clock, answer=_silent)
    outside.answer = outside.honest
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield outside
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
