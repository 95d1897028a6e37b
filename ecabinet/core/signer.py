"""What it takes to sign: the protocol that every private key of ours fulfils, wherever the key lives.

The core only ever sees this: a certificate chain, an algorithm and `sign()`. Keys on disk, in tokens and in tests are
all handed in as a `Signer`; what a particular key may refuse or ask of its owner is told by the errors of
`ecabinet.keys`.
"""

from enum import StrEnum
from typing import Protocol


class SignatureAlgorithm(StrEnum):
    """The signature algorithms of our statements; all of them over SHA-256."""

    ECDSA_P256_SHA256 = "ecdsa-p256-sha256"
    """ECDSA on P-256, the value in DER (RFC 5758): what our own keys make."""
    RSA_PSS_SHA256 = "rsa-pss-sha256"
    """RSASSA-PSS, MGF1 with SHA-256, a salt of 32 bytes (RFC 4056)."""
    RSA_PKCS1_SHA256 = "rsa-pkcs1-sha256"
    """RSASSA-PKCS1-v1_5 (RFC 8017): checked, because older tokens make it; never made by us."""


class Signer(Protocol):
    """A key that can sign, with the certificates that say whose it is."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """Certificates in DER, its own first, without the root; a self-signed one stands alone."""

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """How `sign` signs."""

    def sign(self, message: bytes) -> bytes:
        """Sign the message itself, hashing included, and return the signature value as CMS holds it."""
