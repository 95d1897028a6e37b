"""A time-stamp authority on loopback: certomancer's, over real HTTP. It answers as a test wants."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from certomancer.services import TimeStamper
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Extend = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]


@dataclass(frozen=True, slots=True)
class Certified:
    """A key and its certificate."""

    key: Key
    certificate: x509.Certificate

    @property
    def encoded(self) -> bytes:
        """The certificate, DER."""
        return self.certificate.public_bytes(Encoding.DER)


def for_time_stamps(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)


def for_issuing(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)


def certify(
    title: str,
    issuer: Certified | None,
    extend: Extend,
    *,
    key: Key | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Certified:
    """A fresh certificate under an issuer, or of its own."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since or now - timedelta(days=4000))
        .not_valid_after(until or now + timedelta(days=4000))
    )
    return Certified(key, extend(builder).sign(issuer.key if issuer else key, SHA256()))


@cache
def root() -> Certified:
    return certify("CA gốc của tổ chức cấp dấu thời gian", None, for_issuing)


@cache
def stamping() -> Certified:
    return certify("Tổ chức cấp dấu thời gian", root(), for_time_stamps)


def stamper(
    signer: Certified | None = None, *also: Certified, at: datetime | None = None, hash_name: str = "sha256"
) -> TimeStamper:
    """Certomancer's, with this signer and these certificates beside his own."""
    signer = signer or stamping()
    key = signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return TimeStamper(
        asn1_x509.Certificate.load(signer.encoded),
        asn1_keys.PrivateKeyInfo.load(key),
        certs_to_embed=[asn1_x509.Certificate.load(each.encoded) for each in also],
        fixed_dt=at,
        md_algorithm=hash_name,
    )


def respond(stamper: TimeStamper, request: bytes) -> bytes:
    """The TimeStampResp to a TimeStampReq."""
    answer: bytes = stamper.request_tsa_response(tsp.TimeStampReq.load(request, strict=True)).dump()
    return answer


@dataclass
class TimeAuthority:
    """One that listens. `answer` makes what it says of what it is asked; raises OSError to say nothing."""

    url: str
    answer: Callable[[bytes], tuple[int, bytes]]
    asked: list[bytes] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)


@contextmanager
def listening(stamper: TimeStamper) -> Iterator[TimeAuthority]:
    """A time-stamp authority on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["content-length"]))
            assert self.headers["content-type"] == "application/timestamp-query"
            with authority.changed:
                authority.asked.append(request)
                authority.changed.notify_all()
            status, data = authority.answer(request)
            self.send_response(status)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    authority = TimeAuthority(
        f"http://127.0.0.1:{server.server_address[1]}/stamp", lambda request: (200, respond(stamper, request))
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
