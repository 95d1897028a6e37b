"""What stock tools say of a detached signature: pyHanko, and OpenSSL as `docs/evidence.md` prints its command."""

import asyncio
import subprocess
from pathlib import Path

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko_certvalidator import ValidationContext

from ecabinet.core.certificates import describe
from ecabinet.core.signer import Signer
from tests.core import signing_parties as parties

_COMMAND = "openssl cms -verify -cades -binary -inform DER -in signature -content content -CAfile root.pem -out copy"


def root_of(signer: Signer) -> bytes:
    """The root, DER, that the last certificate of a signer's chain was issued by."""
    last = describe(signer.chain[-1])
    roots = (last.encoded, parties.authority().certificate, parties.root().certificate)
    return next(root for root in roots if describe(root).subject_name == last.issuer_name)


def pyhanko_accepts(content: bytes, signature: bytes, root: bytes) -> bool:
    """Whether pyHanko finds it intact, valid and trusted."""
    signed_data = cms.ContentInfo.load(signature, strict=True)["content"]
    context = ValidationContext(trust_roots=[asn1_x509.Certificate.load(root)], allow_fetching=False)
    status = asyncio.run(async_validate_detached_cms(content, signed_data, signer_validation_context=context))
    return bool(status.intact and status.valid and status.trusted)


def openssl_says(content: bytes, signature: bytes, root: bytes, folder: Path) -> tuple[int, str]:
    """What `openssl cms -verify -cades` ends with, and what it says."""
    (folder / "content").write_bytes(content)
    (folder / "signature").write_bytes(signature)
    (folder / "root.pem").write_bytes(x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM))
    done = subprocess.run(_COMMAND.split(), cwd=folder, capture_output=True, text=True, check=False, timeout=30)
    return done.returncode, done.stderr
