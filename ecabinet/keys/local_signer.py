"""A signer whose private key is in this process's memory: what unlocking a sealed key gives."""

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ecabinet.core.certificates import describe
from ecabinet.core.signer import SignatureAlgorithm


class LocalSigner:
    """Fulfils `ecabinet.core.signer.Signer` with a P-256 key, or with an RSA key by RSASSA-PSS.

    `chain` is the signer's certificates in DER, its own first, without the root. Raises `BadCertificate` for a
    certificate that cannot be read, `ValueError` for one that is another key's.
    """

    def __init__(self, private_key: EllipticCurvePrivateKey | RSAPrivateKey, chain: tuple[bytes, ...]) -> None:
        public = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if not chain or describe(chain[0]).public_key_info != public:
            raise ValueError("a certificate of another key")
        self._private_key = private_key
        self.chain = chain
        self.algorithm = (
            SignatureAlgorithm.ECDSA_P256_SHA256
            if isinstance(private_key, EllipticCurvePrivateKey)
            else SignatureAlgorithm.RSA_PSS_SHA256
        )

    def sign(self, message: bytes) -> bytes:
        if isinstance(self._private_key, EllipticCurvePrivateKey):
            return self._private_key.sign(message, ECDSA(SHA256()))
        return self._private_key.sign(message, PSS(mgf=MGF1(SHA256()), salt_length=32), SHA256())
