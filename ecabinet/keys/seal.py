"""Sealing: small secrets under a key made from a keystore secret, a PIN or passphrase, or both.

AES-256-GCM under a key from HKDF-SHA-256 over all that is needed at once, so that neither part helps without the other.
A PIN goes through scrypt first, whose cost is recorded beside what it seals. What a thing is sealed for, and the key
pair that it belongs to, are bound to it: it opens nowhere else.
"""

import base64
import hashlib
import os
import unicodedata
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

SALT_SIZE = 16

_NONCE_SIZE = 12
_KEY_SIZE = 32
_COSTS = frozenset(
    1 << power for power in range(10, 21)
)  # at most 1 GiB: a hostile file can't take the machine's memory


class WrongKey(Exception):
    """What is sealed was sealed under another key, for another purpose, or was changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretching:
    """How a PIN or passphrase becomes 32 bytes: scrypt (RFC 7914) with r = 8 and p = 1.

    The default cost takes 64 MiB and a fifth of a second. Raises `ValueError` for a cost out of bounds.
    """

    salt: bytes = field(default_factory=lambda: os.urandom(SALT_SIZE))
    cost: int = 1 << 16
    """scrypt's N."""

    def __post_init__(self) -> None:
        if self.cost not in _COSTS or len(self.salt) != SALT_SIZE:
            raise ValueError("a cost or a salt out of bounds")

    def stretch(self, words: str) -> bytes:
        """32 bytes from a PIN or passphrase, however a keyboard composes its letters."""
        normal = unicodedata.normalize("NFKC", words).encode()
        return Scrypt(salt=self.salt, length=_KEY_SIZE, n=self.cost, r=8, p=1).derive(normal)


def derive_key(*parts: bytes, salt: bytes, purpose: str) -> bytes:
    """32 bytes from several secrets of 16 or 32 bytes, for one purpose."""
    material = b"".join(len(part).to_bytes(2, "big") + part for part in parts)
    return HKDF(algorithm=SHA256(), length=_KEY_SIZE, salt=salt, info=f"ecabinet {purpose}".encode()).derive(material)


def seal(key: bytes, secret: bytes, belongs_to: bytes) -> bytes:
    """Seal a secret under a key; `belongs_to` (a public key's SubjectPublicKeyInfo) is bound to it by its SHA-256."""
    nonce = os.urandom(_NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, secret, hashlib.sha256(belongs_to).digest())


def unseal(key: bytes, sealed: bytes, belongs_to: bytes) -> bytes:
    """What `seal` sealed. Raises `WrongKey`."""
    nonce, encrypted = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
    try:
        return AESGCM(key).decrypt(nonce, encrypted, hashlib.sha256(belongs_to).digest())
    except (InvalidTag, ValueError):  # a nonce cut short is a ValueError
        raise WrongKey from None


def to_text(data: bytes) -> str:
    """Bytes as key files and keystores hold them: base64."""
    return base64.b64encode(data).decode()


def from_text(text: str) -> bytes:
    """The bytes of what `to_text` wrote. Raises `ValueError`."""
    return base64.b64decode(text, validate=True)
