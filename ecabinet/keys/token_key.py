"""A private key on a token, as `cryptography` knows private keys: what signs statements, requests and certificates.

The library's own builders and our `LocalSigner` take it as they take a key in memory. It signs in the one way that the
project uses for its kind, gives nothing away, and checks every signature before anybody gets it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurve,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurveSignatureAlgorithm,
)
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ecabinet.keys.token import KeyOnToken, TokenError, TokenFault

_SALT = 32  # bytes
_PSS = PSS(mgf=MGF1(SHA256()), salt_length=_SALT)


class _OnToken:
    """What P-256 and RSA keys on a token have in common: the key never leaves it."""

    def __init__(self, key: KeyOnToken, sign: Callable[[bytes], bytes]) -> None:
        self.on_token = key
        self._signature_of = sign

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.on_token.address}>"

    def private_numbers(self) -> NoReturn:
        raise TypeError("a token keeps its keys")

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a token keeps its keys")

    def __copy__(self) -> NoReturn:
        raise TypeError("a token keeps its keys")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("a token keeps its keys")


class TokenEllipticCurveKey(_OnToken, EllipticCurvePrivateKey):
    """A P-256 key on a token, as `cryptography` knows keys: it signs by ECDSA with SHA-256 and does nothing else."""

    def public_key(self) -> EllipticCurvePublicKey:
        public = load_der_public_key(self.on_token.public_key_info)
        if not isinstance(public, EllipticCurvePublicKey):
            raise TokenError(TokenFault.UNFIT_KEY)
        return public

    @property
    def curve(self) -> EllipticCurve:
        return self.public_key().curve

    @property
    def key_size(self) -> int:
        return self.public_key().key_size

    def sign(self, data: bytes | bytearray | memoryview, signature_algorithm: EllipticCurveSignatureAlgorithm) -> bytes:
        if not (isinstance(signature_algorithm, ECDSA) and isinstance(signature_algorithm.algorithm, SHA256)):
            raise ValueError("ECDSA with SHA-256 only")  # noqa: TRY004 - a choice of algorithm, not of type
        message = bytes(data)
        signature = self._signature_of(message)
        with _checked():
            self.public_key().verify(signature, message, ECDSA(SHA256()))
        return signature

    def exchange(self, *_: object) -> NoReturn:
        raise TypeError("a key for signing")


class TokenRSAKey(_OnToken, RSAPrivateKey):
    """An RSA key on a token, as `cryptography` knows keys: it signs by RSASSA-PSS with SHA-256, and nothing else."""

    def public_key(self) -> RSAPublicKey:
        public = load_der_public_key(self.on_token.public_key_info)
        if not isinstance(public, RSAPublicKey):
            raise TokenError(TokenFault.UNFIT_KEY)
        return public

    @property
    def key_size(self) -> int:
        return self.public_key().key_size

    def sign(
        self,
        data: bytes | bytearray | memoryview,
        padding: AsymmetricPadding,
        algorithm: Prehashed | HashAlgorithm | NoDigestInfo,
    ) -> bytes:
        if not _is_our_pss(padding) or not isinstance(algorithm, SHA256):
            raise ValueError("RSASSA-PSS with SHA-256 and a salt of 32 bytes only")
        message = bytes(data)
        signature = self._signature_of(message)
        with _checked():
            self.public_key().verify(signature, message, _PSS, SHA256())
        return signature

    def decrypt(self, *_: object) -> NoReturn:
        raise TypeError("a key for signing")


TokenPrivateKey: TypeAlias = TokenEllipticCurveKey | TokenRSAKey


def _is_our_pss(padding: AsymmetricPadding) -> bool:
    # What a padding was made with it tells the library alone.
    return isinstance(padding, PSS) and padding._salt_length == _SALT and isinstance(padding.mgf._algorithm, SHA256)  # noqa: SLF001


@contextmanager
def _checked() -> Iterator[None]:
    """What a token signed is its key's, or nobody gets it."""
    try:
        yield
    except InvalidSignature:
        raise TokenError(TokenFault.FALSE_SIGNATURE) from None
